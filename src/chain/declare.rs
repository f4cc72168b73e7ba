//! A lot begins.

use super::error::Error;
use super::journal::{Said, append, private};
use super::model::{DeclareLot, Recorded};
use super::service::{Act, amount, answer, run_again};
use crate::events::epcis::Ilmd;
use crate::events::{Step, uri};
use crate::kernel::{Day, LotCode};
use crate::log::Kind;
use crate::lots::{self, NewLot};
use crate::places;
use crate::products;
use crate::store::{StoreError, Tx};
use serde_json::json;

/// The characters that end a code that is made: no vowels and nothing that looks like another, so that a code spells no word
/// and is read out over a bad line without doubt.
const ENDINGS: [char; 24] = [
    '2', '3', '4', '5', '6', '7', '8', '9', 'B', 'C', 'D', 'F', 'G', 'H', 'K', 'M', 'N', 'P', 'R', 'T', 'V',
    'W', 'X', 'Z',
];

pub(super) async fn declare(tx: &mut Tx, act: &Act<'_>, asked: &DeclareLot) -> Result<Recorded, Error> {
    let time = act.time(asked.when, None)?;
    let standing = act.standing(tx, &time).await?;
    let product = products::product(tx, asked.product).await?;
    let product = product
        .filter(|product| product.party == standing.party.id)
        .ok_or(Error::NotYours { what: "product" })?;
    let place = act.place(tx, asked.place, &standing).await?;
    let declared = amount(asked.quantity, product.unit, "quantity")?;
    let code = match &asked.code {
        Some(code) => code.clone(),
        None => made(time.day(), act.fresh.ending)?,
    };
    if lots::is_code_taken(tx, asked.product, &code).await? {
        let given = asked.code.is_some();
        return Err(if given { Error::LotCodeTaken { code } } else { Error::Clash });
    }
    if lots::is_short_code_taken(tx, &act.fresh.short_code).await? {
        return Err(Error::Clash);
    }
    places::pass_gate(tx, &place).await?;
    let lot = NewLot {
        id: act.fresh.lot,
        product: asked.product,
        code,
        short_code: act.fresh.short_code.clone(),
        party: standing.party.id,
        place: place.id,
        declared: asked.quantity,
        harvested_on: time.day(),
        created_at: act.now,
    };
    lots::insert(tx, &lot).await.map_err(run_again)?;
    lots::add(tx, lot.id, lot.party, declared).await?;
    let body = json!({
        "lot": lot.id,
        "lot_code": lot.code,
        "short_code": lot.short_code,
        "product": lot.product,
        "product_code": product.trace_code(),
        "party": lot.party,
        "place_code": place.code(),
        "declared": lot.declared,
        "harvested_on": lot.harvested_on,
    });
    append(tx, act, 0, Kind::LotDeclared, lot.id, body).await?;
    let said = Said {
        step: Step::Harvest,
        time,
        standing: Some(&standing),
        lot: lot.id,
        code: &lot.code,
        product: &product,
        place: Some(&place),
        quantity: Some(asked.quantity),
        passage: None,
        ilmd: Some(Ilmd {
            harvest_date: time.day().to_string(),
            origin: uri::place(act.host, &place),
            variety: asked.variety.as_ref().map(ToString::to_string),
        }),
        pack_size: None,
        use_by: None,
        reason: None,
        private: private(asked.note.as_ref(), &[]),
    };
    said.write(tx, act).await?;
    answer(tx, lot.id, act.fresh.event, Some(lot.party), false).await
}

/// A code that is made: `L`, the day as `yymmdd`, `-`, three characters.
fn made(day: Day, ending: u64) -> Result<LotCode, Error> {
    let radix = ENDINGS.len() as u64;
    let ending: String = [ending, ending / radix, ending / radix / radix]
        .into_iter()
        .filter_map(|seed| usize::try_from(seed % radix).ok())
        .filter_map(|index| ENDINGS.get(index))
        .collect();
    let text = format!("L{:02}{:02}{:02}-{ending}", day.year() % 100, day.month(), day.day_of_month());
    LotCode::parse_strict(&text).map_err(|why| StoreError::misfit("lot", "code", text, why).into())
}

#[cfg(test)]
mod tests {
    use super::made;
    use crate::kernel::Day;

    #[test]
    fn a_made_code_tells_the_day() {
        let day = Day::parse("2026-11-03").unwrap();
        assert_eq!(made(day, 0).unwrap().as_str(), "L261103-222");
        assert_eq!(made(day, u64::MAX).unwrap().as_str().len(), 11);
    }
}
