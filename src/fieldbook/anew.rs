//! What a list that was published says of sprays that were: each is judged anew by the version that is in force on its day now.
//!
//! What must stay true: what a spray shuts follows from the spray and from the lists as they stand, whichever came first.

use super::enter::measured;
use super::lists::Changed;
use super::model::{Judged, Rule, Spray, Window, judge};
use super::{permit, store};
use crate::kernel::{ActivityId, Day, Moment, SubstanceId};
use crate::store::{StoreError, Tx};
use uuid::Uuid;

/// A page of sprays, and where the next one begins; none after the last.
#[derive(Clone, Debug)]
pub struct SprayPage {
    /// How many sprays the page has.
    pub looked: i64,
    /// Those of which a list says something else.
    pub changed: Vec<Dubious>,
    /// The last one.
    pub last: Option<(Day, Uuid)>,
}

/// A spray that is to be judged anew.
#[derive(Clone, Copy, Debug)]
pub struct Dubious {
    /// The entry.
    pub activity: ActivityId,
    substance: Option<SubstanceId>,
}

/// A page of the sprays from `from` on, the latest first: those that `changed` names.
///
/// # Errors
/// When the database fails.
pub async fn sprays_of(
    tx: &mut Tx,
    from: Day,
    before: (Day, Uuid),
    changed: &Changed,
    limit: i64,
) -> Result<SprayPage, StoreError> {
    let page = store::sprays_since(tx, from, before, limit).await?;
    let known = |spray: &store::Known| {
        changed.has(&spray.folded) || spray.substance.is_some_and(|id| changed.has_id(id))
    };
    Ok(SprayPage {
        looked: i64::try_from(page.len()).unwrap_or(i64::MAX),
        last: page.last().map(|spray| (spray.day, spray.activity.as_uuid())),
        changed: page
            .iter()
            .filter(|spray| known(spray))
            .map(|spray| Dubious { activity: spray.activity, substance: spray.substance })
            .collect(),
    })
}

/// Judges a spray anew: what it is now, and the days in which harvests are to be looked at, since until when it shuts its plot depends on
/// what was harvested. Nothing where the lists say nothing else of it, and nothing of another crop was harvested since. Its plot's gate is
/// the door's to shut.
///
/// # Errors
/// When the database fails.
pub async fn judge_anew(
    tx: &mut Tx,
    dubious: Dubious,
    now: Moment,
) -> Result<Option<(Spray, Window)>, StoreError> {
    let Some(before) = store::spray(tx, dubious.activity).await? else { return Ok(None) };
    let crop = before.crop.as_ref();
    let found = permit::find(tx, dubious.substance, &before.product, crop, before.day).await?;
    let measured = measured(before.dose, before.total, before.area);
    let judged = measured
        .and_then(|dose| judge(before.day, found.by_list, before.label_days, &dose))
        // A list whose unit cannot be compared with what was written is no reason to let it pass.
        .unwrap_or(Judged {
            rule: Rule::NotPermitted,
            list_days: None,
            waiting_days: before.label_days,
            to: None,
            dose_exceeded: false,
        });
    let after = Spray {
        substance: found.substance,
        list: found.list,
        ingredient: found.ingredient,
        judged,
        ..before.clone()
    };
    let window = Window { place: after.place, from: after.day, to: None };
    if after.judged == before.judged && after.ingredient == before.ingredient {
        // By the crop that was harvested, the list may say something else all the same.
        let others = match crop {
            Some(crop) => store::others_harvested(tx, before.place, before.day.start(), crop).await?,
            None => true,
        };
        return Ok(others.then_some((before, window)));
    }
    store::judge_spray(tx, &after, now).await?;
    Ok(Some((after, window)))
}
