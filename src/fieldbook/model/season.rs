//! A season: one crop on one plot, from sowing until the plot is cleared.

use crate::kernel::{
    Area, CropCode, Day, Line, MandateId, Measure, Moment, PartyId, PersonId, PlaceId, SeasonId,
};
use serde::Serialize;

/// Where the seed came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seed {
    /// Supplier or own seed.
    pub source: Option<String>,
    /// The supplier's lot number.
    pub lot: Option<String>,
    /// How much.
    pub amount: Option<Measure>,
}

/// A season.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Season {
    /// The id.
    pub id: SeasonId,
    /// Whose book.
    pub party: PartyId,
    /// The plot.
    pub place: PlaceId,
    /// The crop.
    pub crop: CropCode,
    /// The variety.
    pub variety: Option<String>,
    /// Sown or planted.
    pub began_on: Day,
    /// When it is expected to end.
    pub expected_end: Option<Day>,
    /// On how much land.
    pub area: Area,
    /// Where the seed came from.
    pub seed: Seed,
    /// Its last day, once the plot is cleared.
    pub cleared_on: Option<Day>,
    /// Entered by mistake.
    pub withdrawn_at: Option<Moment>,
    /// Who entered it.
    pub entered_by: PersonId,
    /// The party of that person.
    pub entered_for: PartyId,
    /// The mandate, when it is another party's book.
    pub mandate: Option<MandateId>,
    /// When it was entered.
    pub recorded_at: Moment,
}

impl Season {
    /// Whether `day` lies within, as far as its end is known.
    #[must_use]
    pub fn has(&self, day: Day) -> bool {
        self.withdrawn_at.is_none()
            && self.began_on <= day
            && self.cleared_on.is_none_or(|cleared| day <= cleared)
    }

    /// Whether its crop takes up land on `day`: until the plot was cleared, or was to be, whichever came first.
    #[must_use]
    pub fn stands_on(&self, day: Day) -> bool {
        let ends = [self.cleared_on, self.expected_end];
        self.withdrawn_at.is_none()
            && self.began_on <= day
            && ends.into_iter().flatten().all(|end| day <= end)
    }

    /// Whether the plot is not yet cleared.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.withdrawn_at.is_none() && self.cleared_on.is_none()
    }

    /// The first day after it.
    #[must_use]
    pub fn after(&self) -> Option<Day> {
        self.cleared_on.map(|day| day.plus_days(1))
    }
}

/// What a person says of a season.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewSeason {
    /// The plot.
    pub place: PlaceId,
    /// The crop.
    pub crop: CropCode,
    /// The variety.
    pub variety: Option<Line>,
    /// Sown or planted.
    pub began_on: Day,
    /// When it is expected to end.
    pub expected_end: Option<Day>,
    /// On how much land; all of the plot when not said.
    pub area: Option<Area>,
    /// Supplier or own seed.
    pub seed_source: Option<Line>,
    /// The supplier's lot number.
    pub seed_lot: Option<Line>,
    /// How much seed.
    pub seed_amount: Option<Measure>,
}
