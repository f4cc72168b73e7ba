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

    /// Whether a harvest on `day`, after the plot was cleared with `cleared`, is one of its crop all the same, as far
    /// as sprays go: of `all` seasons of the plot none of that crop began since of which it can be, for a crop is
    /// harvested on the day from which on it is `ripe` or later. A harvest that names no crop is of the one that the
    /// book has there that day, where it can be; where it has none, it may be of this one.
    #[must_use]
    pub fn is_borne_after(
        &self,
        cleared: Day,
        crop: Option<&CropCode>,
        day: Day,
        all: &[Self],
        ripe: impl Fn(&Self) -> Day,
    ) -> bool {
        let counts = |other: &Self| other.id != self.id && other.withdrawn_at.is_none() && ripe(other) <= day;
        let others: Vec<&Self> = all.iter().filter(|other| counts(other)).collect();
        let since = |other: &Self| other.began_on >= cleared;
        let there = others.iter().filter(|other| other.has(day));
        let there = there.max_by_key(|other| (other.began_on, other.id)).map(|other| &other.crop);
        match crop.or(there) {
            Some(crop) => {
                let anew = |other: &Self| other.crop == *crop && since(other);
                *crop == self.crop && !others.iter().any(|other| anew(other))
            }
            None => !others.iter().any(|other| since(other)),
        }
    }
}

/// Who said something of a season's end, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The person.
    pub by: PersonId,
    /// The party of that person.
    pub recorder: PartyId,
    /// The mandate, when it is another party's book.
    pub mandate: Option<MandateId>,
    /// When.
    pub at: Moment,
}

/// An end of a season as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeasonEnd {
    /// The last day of the season.
    pub day: Day,
    /// Who told it.
    pub told: Telling,
    /// That it was told by mistake, where it was.
    pub taken_back: Option<TakenBack>,
}

/// That an end of a season was told by mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    /// Who says so.
    pub told: Telling,
    /// Why; nothing once that was erased.
    pub reason: Option<String>,
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
