//! What was sprayed before some harvests, for whoever may see nothing else of the book: no person, no pest, no dose, no free text.

use super::model::{Rule, touches};
use super::{gate, store};
use crate::kernel::{CropCode, Day, EventId, PlaceId};
use crate::store::{StoreError, Tx};

/// The most harvests that are looked at: what a page can show.
const MOST_HARVESTS: usize = 50;

/// How far back sprays count where no season is known.
const YEAR: i32 = 366;

/// A spray before a harvest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sprayed {
    /// The active ingredient by the list; nothing for a product that no list has.
    pub substance: Option<String>,
    /// The day of the spray.
    pub day: Day,
    /// The waiting days in force, where there are any.
    pub waiting_days: Option<u32>,
    /// The first day on which a harvest was allowed; none when only the end of the season opens the plot.
    pub first_allowed: Option<Day>,
    /// The day of the harvest that came after it.
    pub harvested_on: Day,
    /// What shut the plot.
    pub rule: Rule,
    /// Whether the harvest was in order as far as this spray goes.
    pub observed: bool,
}

/// What the field books say of some harvests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    /// Harvests at plots that have a field book for that time.
    pub with_book: usize,
    /// Harvests at plots that have none.
    pub without_book: usize,
    /// Harvests that were not looked at, beyond the most that a page can show.
    pub not_looked_at: usize,
    /// The sprays, by harvest and day.
    pub sprays: Vec<Sprayed>,
}

/// What was sprayed before harvests, each in its season; where no season is known, in the year before; and whatever else stands against the
/// harvest. Each spray is judged as the gate judges it.
///
/// # Errors
/// When the database fails.
pub async fn behind(tx: &mut Tx, harvests: &[EventId]) -> Result<Behind, StoreError> {
    let mut found = Behind::default();
    let mut seen: Vec<(PlaceId, Day, Option<CropCode>)> = Vec::new();
    found.not_looked_at = harvests.len().saturating_sub(MOST_HARVESTS);
    let harvests = harvests.get(..MOST_HARVESTS.min(harvests.len())).unwrap_or(harvests);
    for (place, at, whole_day, crop) in store::plots_of_harvests(tx, harvests).await? {
        let day = at.day();
        let Some(place) = place else {
            found.without_book += 1;
            continue;
        };
        let this = (place, day, crop.clone());
        if seen.contains(&this) {
            continue;
        }
        seen.push(this);
        let seasons = store::seasons_on(tx, place, day).await?;
        let from = seasons.iter().map(|season| season.began_on).min().unwrap_or(day.plus_days(-YEAR));
        let mut sprays = store::sprays_between(tx, place, from, day).await?;
        // Where the season is known, what was sprayed on the crop before it is of no concern.
        sprays.retain(|spray| {
            seasons.is_empty()
                || spray.season.is_none()
                || seasons.iter().any(|season| spray.season == Some(season.id))
        });
        gate::judge_harvested(tx, &mut sprays, place, crop.as_ref(), day).await?;
        let against = gate::touching(tx, place, crop.as_ref(), at, whole_day).await?;
        let told: Vec<_> = sprays.iter().map(|spray| spray.activity).collect();
        sprays.extend(against.into_iter().filter(|spray| !told.contains(&spray.activity)));
        sprays.sort_by_key(|spray| (spray.day, spray.activity));
        let keeps =
            !seasons.is_empty() || !sprays.is_empty() || store::has_entries(tx, place, from, day).await?;
        if !keeps {
            found.without_book += 1;
            continue;
        }
        found.with_book += 1;
        found.sprays.extend(sprays.iter().map(|spray| {
            let first_allowed = spray.until();
            Sprayed {
                substance: spray.ingredient.clone(),
                day: spray.day,
                waiting_days: spray.judged.waiting_days,
                first_allowed,
                harvested_on: day,
                rule: spray.judged.rule,
                observed: !touches(spray.day, spray.at, first_allowed, at, whole_day),
            }
        }));
    }
    Ok(found)
}
