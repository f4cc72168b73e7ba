//! A lot begins, in one place or in several.

use super::act::{self, Act, Fresh, Known, amount, lot_names, run_again, short_code};
use super::error::Error;
use super::evidence;
use super::growth;
use super::journal::{Said, Told, append, private};
use super::model::{Collect, DeclareLot, EventTime, Move, Portion};
use super::store::beginning::{self, BeginsAgain};
use crate::events::epcis::Ilmd;
use crate::events::{self, Role, Step, Thing, ThingKind, uri};
use crate::kernel::{Day, LotCode, LotId, PartyId, PlaceId, Quantity, ThingId};
use crate::log::{Kind, Subject};
use crate::lots::{self, Account, NewLot, Stop};
use crate::parties;
use crate::places::{self, Place};
use crate::products::Product;
use crate::store::{StoreError, Tx};
use serde_json::json;

/// The characters that end a code that is made: no vowels and nothing that looks like another, so that a code spells no word
/// and is read out over a bad line without doubt.
const ENDINGS: [char; 24] = [
    '2', '3', '4', '5', '6', '7', '8', '9', 'B', 'C', 'D', 'F', 'G', 'H', 'K', 'M', 'N', 'P', 'R', 'T', 'V',
    'W', 'X', 'Z',
];

/// A lot to be entered.
pub(super) struct Beginning<'a> {
    pub(super) product: &'a Product,
    pub(super) party: PartyId,
    pub(super) place: &'a Place,
    pub(super) quantity: Quantity,
    pub(super) code: Option<&'a LotCode>,
    /// When it was made.
    pub(super) time: &'a EventTime,
    /// When it grew.
    pub(super) harvested_on: Day,
    /// How it came into being: harvested or produced.
    pub(super) account: Account,
}

pub(super) async fn declare(tx: &mut Tx, act: &mut Act<'_>, asked: &DeclareLot) -> Result<Said, Error> {
    let time = act.time(asked.when, None)?;
    let standing = act.standing(tx, &time).await?;
    let product = own_product(tx, act, asked.product, standing.party.id).await?;
    let place = act.place(tx, asked.place, &standing, &time, None).await?.ok_or_else(Error::no_place)?;
    amount(asked.quantity, product.unit, "quantity")?;
    let beginning = Beginning {
        product: &product,
        party: standing.party.id,
        place: &place,
        quantity: asked.quantity,
        code: asked.code.as_ref(),
        time: &time,
        harvested_on: time.day(),
        account: Account::Harvested,
    };
    let known = begin(tx, act, &beginning).await?;
    evidence::grown(tx, act, known.lot.id, place.id, time.day()).await?;
    growth::measure(tx, act, known.lot.id, &product, &place, (&time, asked.quantity)).await?;
    Ok(Said {
        parts: vec![Told::lot(Role::Object, &known, Some(asked.quantity))],
        ilmd: Some(Ilmd {
            harvest_date: time.day().to_string(),
            origin: uri::place(act.host, &place),
            variety: asked.variety.as_ref().map(ToString::to_string),
        }),
        place: Some(place),
        private: private(asked.note.as_ref(), &[]),
        ..Said::new(Step::Harvest, time, Some(standing))
    })
}

/// One of the acting party's own products.
pub(super) async fn own_product(
    tx: &mut Tx,
    act: &Act<'_>,
    id: crate::kernel::ProductId,
    party: PartyId,
) -> Result<Product, Error> {
    let product = act.memory.product(tx, id).await?;
    product.filter(|product| product.party == party).ok_or_else(|| Error::not_yours("product", &id))
}

/// Enters a lot, with its names: when events spoke of it before it was known, it is that thing.
pub(super) async fn begin(tx: &mut Tx, act: &mut Act<'_>, new: &Beginning<'_>) -> Result<Known, Error> {
    if act.anew {
        return begin_again(tx, act, new).await;
    }
    let n = act.begun.len();
    let code = match new.code {
        Some(code) => code.clone(),
        None => made(new.time.day(), act.fresh.number(n))?,
    };
    if lots::is_code_taken(tx, new.product.id, &code).await? {
        let given = new.code.is_some();
        return Err(if given { Error::LotCodeTaken { code } } else { Error::Clash });
    }
    let short_code = short_code(&act.fresh, n);
    if lots::is_short_code_taken(tx, &short_code).await? {
        return Err(Error::Clash);
    }
    let id = name(tx, act, n, new, &code).await?;
    let lot = NewLot {
        id,
        product: new.product.id,
        code,
        short_code,
        party: new.party,
        place: new.place.id,
        declared: new.quantity,
        harvested_on: new.harvested_on,
        created_at: act.now,
    };
    lots::insert(tx, &lot).await.map_err(run_again)?;
    act.begins(id);
    let lot = lot.into_lot();
    act.enter(tx, &lot, new.party, new.account, new.quantity).await?;
    let body = json!({
        "lot": lot.id,
        "lot_code": lot.code,
        "short_code": lot.short_code,
        "product": lot.product,
        "product_code": new.product.trace_code(),
        "party": lot.party,
        "place_code": new.place.code(),
        "declared": lot.declared,
        "harvested_on": lot.harvested_on,
    });
    append(tx, act, n, Kind::LotDeclared, Subject::Lot(lot.id), body).await?;
    Ok(Known { lot, product: new.product.clone() })
}

/// Lets a lot begin that began once: its names and numbers are kept on record.
async fn begin_again(tx: &mut Tx, act: &mut Act<'_>, new: &Beginning<'_>) -> Result<Known, Error> {
    let again = BeginsAgain {
        product: new.product.id,
        code: new.code.ok_or(Error::Clash)?,
        declared: new.quantity,
        harvested_on: new.harvested_on,
        now: act.now,
    };
    let begun = beginning::begin_again(tx, &again).await?;
    let id = begun.ok_or_else(|| Error::LotCodeTaken { code: again.code.clone() })?;
    said_before(tx, act, id.into()).await?;
    act.begins(id);
    let lot = lots::find(tx, id).await?.ok_or(Error::NotFound)?;
    act.enter(tx, &lot, new.party, new.account, new.quantity).await?;
    Ok(Known { lot, product: new.product.clone() })
}

/// What was said of a lot before it was known passes the door now.
pub(super) async fn said_before(tx: &mut Tx, act: &mut Act<'_>, thing: ThingId) -> Result<(), Error> {
    for event in events::of_thing(tx, thing).await? {
        act.replay(event);
    }
    Ok(())
}

/// Gives a new lot its names, and its id: that of the thing that one of the names had.
async fn name(
    tx: &mut Tx,
    act: &mut Act<'_>,
    n: usize,
    new: &Beginning<'_>,
    code: &LotCode,
) -> Result<LotId, Error> {
    let names = lot_names(new.product, code);
    let mut found: Option<Thing> = None;
    for name in &names {
        if let Some(thing) = events::by_name(tx, name).await? {
            found = Some(thing);
            break;
        }
    }
    if let Some(thing) = found.as_ref().filter(|thing| !act.is_new(thing.id)) {
        said_before(tx, act, thing.id).await?;
    }
    let id = found.as_ref().map_or_else(|| act.fresh.lot(n), |thing| thing.id.as_lot());
    for (position, name) in names.iter().enumerate() {
        if found.as_ref().is_some_and(|thing| thing.name == *name) {
            continue;
        }
        if position == 0 && found.is_none() {
            let thing = Thing {
                id: ThingId::from(id),
                kind: ThingKind::Class,
                name: name.clone(),
                class: None,
                first_seen: act.now,
            };
            events::insert_thing(tx, &thing).await.map_err(run_again)?;
        } else {
            events::add_alias(tx, name, ThingId::from(id)).await?;
        }
    }
    Ok(id)
}

/// More is harvested into a lot: by its party, from a place of its own or of a party that gave it a mandate.
pub(super) async fn pick(tx: &mut Tx, act: &mut Act<'_>, asked: &Move) -> Result<Said, Error> {
    let Some(portion) = asked.goods.lots.first().copied() else { return Err(Error::Nothing) };
    let time = act.time_after(tx, asked.when, &[portion.lot.into()]).await?;
    let standing = act.standing(tx, &time).await?;
    let known = act.known(tx, portion.lot, standing.party.id).await?;
    if known.lot.party != standing.party.id {
        return Err(Error::NotFound);
    }
    let stopped = matches!(known.lot.stop(), Some(Stop::Held { .. } | Stop::Recalled { .. }));
    if act.is_fact() || !stopped {
        // A harvest releases nothing, and may be the first that is told later.
        lots::touch(tx, known.lot.id).await?;
        act.touch(known.lot.id);
        if !act.is_fact() && time.day() < known.lot.harvested_on {
            return Err(Error::BeforeHarvest { day: known.lot.harvested_on });
        }
    } else {
        act.open(tx, &known.lot, &time).await?;
    }
    let wrong_unit = amount(portion.quantity, known.lot.unit(), "quantity").err();
    let place = origin(tx, act, asked.place, standing.party.id, &time).await?;
    match wrong_unit {
        Some(error) => act.refuse(known.lot.id, error)?,
        None => act.enter(tx, &known.lot, standing.party.id, Account::Harvested, portion.quantity).await?,
    }
    match &place {
        Some(place) => {
            growth::measure(tx, act, known.lot.id, &known.product, place, (&time, portion.quantity)).await?;
        }
        // No field book, yield or closing of a place can be asked about it.
        None => act.breach(known.lot.id, growth::ORIGIN_UNKNOWN, ""),
    }
    lots::redeclare(tx, known.lot.id).await?;
    if let Some(place) = &place {
        evidence::grown(tx, act, known.lot.id, place.id, time.day()).await?;
    }
    Ok(Said {
        parts: vec![Told::lot(Role::Object, &known, Some(portion.quantity))],
        ilmd: place.as_ref().map(|place| Ilmd {
            harvest_date: time.day().to_string(),
            origin: uri::place(act.host, place),
            variety: None,
        }),
        place,
        private: private(asked.note.as_ref(), &[]),
        ..Said::new(Step::Pick, time, Some(standing))
    })
}

/// Where something grew: a place of the party, or of one that it records for.
async fn origin(
    tx: &mut Tx,
    act: &Act<'_>,
    id: Option<PlaceId>,
    party: PartyId,
    time: &EventTime,
) -> Result<Option<Place>, Error> {
    let Some(id) = id else {
        return if act.is_fact() { Ok(None) } else { Err(Error::no_place()) };
    };
    let place = places::place(tx, id).await?.ok_or_else(|| Error::not_yours("place", &id))?;
    // What passed once was under a mandate then, whatever became of it.
    let mandated = act.passed
        || act.told != act::Told::Now
        || place.party == party
        || parties::mandate_in_force(tx, place.party, party, time.day()).await?.is_some();
    if !mandated {
        return Err(Error::not_yours("place", &id));
    }
    if !act.is_fact() {
        if let Some(since) = place.closed_at {
            return Err(Error::PlaceClosed { since });
        }
        places::pass_gate(tx, &place).await?;
    }
    Ok(Some(place))
}

/// The picks that follow the beginning of a lot that was collected from several places, each an event of its own.
pub(super) fn picks(fresh: &Fresh, asked: &Collect, lot: LotId) -> Vec<(Fresh, Move)> {
    let picks = asked.more.iter().enumerate().map(|(n, (place, quantity))| {
        let picked = Move {
            goods: super::model::Goods {
                lots: vec![Portion { lot, quantity: *quantity }],
                cases: Vec::new(),
            },
            place: Some(*place),
            when: asked.lot.when,
            note: None,
        };
        (fresh.another(fresh.id(2_000_000 + n)), picked)
    });
    picks.collect()
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
