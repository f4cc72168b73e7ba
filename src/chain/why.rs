//! Why a lot is stopped because of what was sprayed, in what it takes to say it plainly: what was sprayed, when, when it was harvested, and from
//! which day on it could have been.

use super::growth::RULES;
use crate::app::App;
use crate::events;
use crate::kernel::{Day, LotCode};
use crate::lots::{self, Lot, Stop};
use crate::store::{StoreError, Tx};
use serde::Deserialize;

/// The spray that stops a lot, or one that it was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SprayStop {
    /// The stable word of the rule.
    pub rule: String,
    /// The code of the lot that was harvested.
    pub lot: LotCode,
    /// Whether the lot that is stopped was made of it.
    pub made_of: bool,
    /// The day of the harvest.
    pub harvested_on: Day,
    /// The active ingredient, or the product as it was written.
    pub substance: String,
    /// The day of the spray.
    pub sprayed_on: Day,
    /// The first day on which a harvest was allowed; none where only the end of the season opens the plot.
    pub until: Option<Day>,
}

impl SprayStop {
    /// The stable code of the refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.rule.as_str() {
            "banned_substance" => "banned_substance_used",
            "substance_not_permitted" => "substance_not_permitted_used",
            "dose_exceeded" => "largest_dose_exceeded",
            _ => "waiting_period_open",
        }
    }

    /// The values of its sentence.
    #[must_use]
    pub fn values(&self) -> [(&'static str, String); 5] {
        [
            ("lot", self.lot.to_string()),
            ("harvested", self.harvested_on.vietnamese()),
            ("substance", self.substance.clone()),
            ("sprayed", self.sprayed_on.vietnamese()),
            ("until", self.until.map(Day::vietnamese).unwrap_or_default()),
        ]
    }
}

/// The spray that stops a lot, for whoever may see the lot.
///
/// # Errors
/// When the database fails.
pub async fn stopped_by_spray(app: &App, lot: &Lot) -> Result<Option<SprayStop>, StoreError> {
    app.store.read(async |tx| spray_stop(tx, lot).await).await
}

/// What a breach of these rules has for its reason.
#[derive(Deserialize)]
struct Reason {
    substance: String,
    sprayed_on: Day,
    until: Option<Day>,
}

/// The spray that stops a lot: of several, the one that lasts longest. Nothing where something else stops it.
///
/// # Errors
/// When the database fails.
pub async fn spray_stop(tx: &mut Tx, lot: &Lot) -> Result<Option<SprayStop>, StoreError> {
    let (origin, made_of) = match lot.stop() {
        Some(Stop::Breach { .. }) => (lot.clone(), false),
        Some(Stop::Upstream { from, .. }) => match lots::find(tx, from).await? {
            Some(origin) if matches!(origin.stop(), Some(Stop::Breach { .. })) => (origin, true),
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    let Some(rule) = origin.breach.clone().filter(|rule| RULES.contains(&rule.as_str())) else {
        return Ok(None);
    };
    let mut worst: Option<(Day, Reason)> = None;
    for (harvested, told, detail) in events::standing_breaches(tx, origin.id).await? {
        if told != rule {
            continue;
        }
        let reasons: Vec<Reason> = serde_json::from_str(&detail).unwrap_or_default();
        for reason in reasons {
            let lasts = |until: Option<Day>| until.map_or((1, None), |day| (0, Some(day)));
            if worst.as_ref().is_none_or(|(_, known)| lasts(known.until) < lasts(reason.until)) {
                worst = Some((harvested.day(), reason));
            }
        }
    }
    Ok(worst.map(|(harvested_on, reason)| SprayStop {
        rule,
        lot: origin.code,
        made_of,
        harvested_on,
        substance: reason.substance,
        sprayed_on: reason.sprayed_on,
        until: reason.until,
    }))
}
