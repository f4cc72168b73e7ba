//! An entry of the field book, as it is written and as it is read.

use super::kind::Kind;
use super::waiting::{Judged, Rule, Window};
use crate::kernel::{
    ActivityId, Area, CropCode, Day, Dose, Line, ListId, LotCode, LotId, MandateId, Measure, MeasureUnit,
    Moment, Note, PartyId, PersonId, PlaceId, Quantity, SeasonId, Sha256Hash, ShortCode, SubstanceId,
    TemplateId,
};
use serde::{Deserialize, Serialize};

/// How an entry came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Origin {
    /// Typed by hand.
    Form,
    /// Sent by a program.
    Api,
    /// Copied from an earlier entry.
    Copied(ActivityId),
    /// Filled in from a template.
    Template(TemplateId),
}

impl Origin {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Api => "api",
            Self::Copied(_) => "copied",
            Self::Template(_) => "template",
        }
    }

    /// Whether its values were not given anew.
    #[must_use]
    pub const fn is_copy(self) -> bool {
        matches!(self, Self::Copied(_) | Self::Template(_))
    }
}

/// What kinds ask for besides the common fields; kept as JSON, without what is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// On how much land, in square metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_m2: Option<i64>,
    /// How it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Why, or about what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The maker's lot number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_lot: Option<String>,
    /// The last day of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Day>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

/// What a person or program says of something that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewActivity {
    /// The kind.
    pub kind: Kind,
    /// The plot, for kinds that have one.
    pub place: Option<PlaceId>,
    /// The season; the one that is open on the day when not said.
    pub season: Option<SeasonId>,
    /// The civil day at UTC+7.
    pub day: Day,
    /// The moment, where the hour is known.
    pub at: Option<Moment>,
    /// Who did it; private.
    pub person: Option<Line>,
    /// The tools.
    pub equipment: Option<Line>,
    /// Supplier, water source, trainer; private.
    pub source: Option<Line>,
    /// A remark; private.
    pub note: Option<Note>,
    /// The input.
    pub input: Option<Line>,
    /// How much of it.
    pub amount: Option<Measure>,
    /// What else the kind asks for.
    pub details: Details,
    /// For a spray, what it asks for.
    pub spray: Option<NewSpray>,
    /// How it came about.
    pub origin: Origin,
}

/// What is said of a spray besides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewSpray {
    /// The crop, where there is no season.
    pub crop: Option<CropCode>,
    /// The product as written.
    pub product: Line,
    /// Which of the list's it is, where it was chosen.
    pub substance: Option<SubstanceId>,
    /// The pest or disease.
    pub pest: Line,
    /// The dose; by total and area when not said.
    pub dose: Option<Dose>,
    /// On how much land; the area of the season or plot when not said.
    pub area: Option<Area>,
    /// How much in all; by dose and area when not said.
    pub total: Option<Measure>,
    /// The waiting days on the label.
    pub label_days: Option<u32>,
}

/// Who writes into whose book, and under which ids.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The id of the new entry.
    pub id: ActivityId,
    /// The key that it was sent under: several entries made at once share it.
    pub entry: ActivityId,
    /// SHA-256 of what was sent.
    pub fingerprint: Sha256Hash,
    /// Whose book.
    pub party: PartyId,
    /// The person who writes.
    pub by: PersonId,
    /// The party of that person.
    pub recorder: PartyId,
    /// The mandate, when it is another party's book.
    pub mandate: Option<MandateId>,
    /// Now.
    pub now: Moment,
    /// A secret from which the salts of private values follow.
    pub secret: [u8; 32],
}

/// An entry as it stands in the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The id.
    pub id: ActivityId,
    /// Whose book.
    pub party: PartyId,
    /// The kind.
    pub kind: Kind,
    /// The plot.
    pub place: Option<PlaceId>,
    /// The season.
    pub season: Option<SeasonId>,
    /// The civil day.
    pub day: Day,
    /// The moment, where the hour is known.
    pub at: Option<Moment>,
    /// The tools.
    pub equipment: Option<String>,
    /// The input.
    pub input: Option<String>,
    /// How much came in (above zero) or was used (below), or how much it was of.
    pub amount: Option<(i64, MeasureUnit)>,
    /// What else.
    pub details: Details,
    /// For a spray, what the gate reads.
    pub spray: Option<Spray>,
    /// The key that it was sent under.
    pub entry: ActivityId,
    /// SHA-256 of what was sent.
    pub fingerprint: Sha256Hash,
    /// How it came about.
    pub origin: Origin,
    /// Who entered it.
    pub entered_by: PersonId,
    /// The party of that person.
    pub entered_for: PartyId,
    /// The mandate, when it is another party's book.
    pub mandate: Option<MandateId>,
    /// When it was entered.
    pub recorded_at: Moment,
    /// When it was declared wrong, and what stands instead.
    pub wrong: Option<Correction>,
    /// Who did it, where that was said and was not erased.
    pub person: Option<String>,
    /// Supplier, water source, trainer.
    pub source: Option<String>,
    /// The remark.
    pub note: Option<String>,
}

impl Activity {
    /// Whether it was entered on a later day than it happened.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.recorded_at.day() > self.day
    }

    /// Whether another party's person entered it.
    #[must_use]
    pub fn is_for_another(&self) -> bool {
        self.mandate.is_some()
    }
}

/// That an entry was declared wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Correction {
    /// When.
    pub declared_at: Moment,
    /// The entry that says what is right.
    pub replaced_by: Option<ActivityId>,
}

/// A spray as the gate reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spray {
    /// The entry.
    pub activity: ActivityId,
    /// The plot.
    pub place: PlaceId,
    /// The season.
    pub season: Option<SeasonId>,
    /// The crop.
    pub crop: Option<CropCode>,
    /// The civil day.
    pub day: Day,
    /// The moment, where the hour is known.
    pub at: Option<Moment>,
    /// The substance in the list.
    pub substance: Option<SubstanceId>,
    /// The version of the list.
    pub list: Option<ListId>,
    /// The product as written.
    pub product: String,
    /// The active ingredient by the list.
    pub ingredient: Option<String>,
    /// The pest or disease.
    pub pest: String,
    /// The dose.
    pub dose: Dose,
    /// On how much land.
    pub area: Area,
    /// How much in all.
    pub total: Measure,
    /// The waiting days on the label.
    pub label_days: Option<u32>,
    /// What follows.
    pub judged: Judged,
    /// The last day of the season, once the plot is cleared; judged for a harvest that the end of the season frees of
    /// nothing, none.
    pub cleared_on: Option<Day>,
}

impl Spray {
    /// The first day on which a harvest is allowed, as far as it is known: the end of the waiting period, or of the season.
    #[must_use]
    pub fn until(&self) -> Option<Day> {
        match self.judged.rule {
            Rule::WaitingPeriod => self.judged.to,
            _ => self.cleared_on.map(|day| day.plus_days(1)),
        }
    }

    /// What to call it: the active ingredient, else the product as written.
    #[must_use]
    pub fn name(&self) -> &str {
        self.ingredient.as_deref().unwrap_or(&self.product)
    }
}

/// What was entered.
#[derive(Clone, Debug)]
pub struct Entered {
    /// The entry.
    pub activity: Activity,
    /// What it shuts.
    pub shuts: Option<Window>,
    /// What may be logged of it: public fields, and commitments to the private ones.
    pub body: serde_json::Value,
}

/// A harvest at a plot, as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harvest {
    /// The lot that it went into.
    pub lot: LotId,
    /// Its code.
    pub code: LotCode,
    /// Its short code.
    pub short_code: ShortCode,
    /// The product.
    pub product: String,
    /// Its crop, where the product names one.
    pub crop: Option<CropCode>,
    /// When.
    pub at: Moment,
    /// Whether only the day is known.
    pub whole_day: bool,
    /// How much.
    pub amount: Option<Quantity>,
}

/// How much of the book was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    /// Entries whose values were copied.
    pub copied: i64,
    /// All entries.
    pub all: i64,
}

/// What is left of an input by the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The input as it was written last.
    pub input: String,
    /// Below zero when more was used than was bought.
    pub amount: i64,
    /// The unit.
    pub unit: MeasureUnit,
}

impl Left {
    /// Whether more was used than was bought.
    #[must_use]
    pub const fn is_short(&self) -> bool {
        self.amount < 0
    }
}

/// A party's own template of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The id.
    pub id: TemplateId,
    /// Whose.
    pub party: PartyId,
    /// What its people call it.
    pub name: String,
    /// For which crop.
    pub crop: Option<CropCode>,
    /// The kind.
    pub kind: Kind,
    /// The fields of the form as typed, as JSON.
    pub draft: String,
}
