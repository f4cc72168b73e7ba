//! What stands in the lists of the authority, and how it is measured.
//!
//! What must stay true: every amount is a whole number of a unit that its field names, and comparing multiplies instead of
//! dividing, so that nothing is rounded; the last day of a ban or band belongs to it.

use crate::events::Step;
use crate::kernel::{
    Area, CropCode, Day, Lang, ListId, Moment, PersonId, Problem, Sha256Hash, SubstanceId, Unit,
};
use crate::products::Group;

/// Square metres of a hectare.
const HECTARE: i128 = 10_000;

/// Makes an enumeration with its stored names and the keys of its words.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $stored:literal, $key:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All of them, in the order in which they are offered.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stored name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $stored),* }
            }

            /// The key of the word.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key),* }
            }

            /// The one with this stored name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text)
            }
        }
    };
}

named! {
    /// Which of the lists.
    ListKind {
        /// Crops.
        Crops = "crops", "lists-kind-crops";
        /// Plant-protection products.
        Substances = "substances", "lists-kind-substances";
        /// Bands of yield and conversion, and tolerances for weight loss.
        Bands = "bands", "lists-kind-bands";
    }
}

named! {
    /// What a substance is used against.
    SubstanceKind {
        /// Insects and mites.
        Insecticide = "insecticide", "lists-substance-insecticide";
        /// Diseases.
        Fungicide = "fungicide", "lists-substance-fungicide";
        /// Weeds.
        Herbicide = "herbicide", "lists-substance-herbicide";
        /// Rats and mice.
        Rodenticide = "rodenticide", "lists-substance-rodenticide";
        /// Snails.
        Molluscicide = "molluscicide", "lists-substance-molluscicide";
        /// Growth.
        GrowthRegulator = "growth_regulator", "lists-substance-growth-regulator";
        /// It attracts insects.
        Attractant = "attractant", "lists-substance-attractant";
        /// It helps others to spread and stick.
        Adjuvant = "adjuvant", "lists-substance-adjuvant";
        /// Anything else.
        Other = "other", "lists-substance-other";
    }
}

named! {
    /// What a dose is measured in.
    DoseUnit {
        /// Millilitres.
        Millilitre = "millilitre", "lists-dose-millilitre";
        /// Grams.
        Gram = "gram", "lists-dose-gram";
    }
}

named! {
    /// What becomes of a quantity beyond its band.
    Beyond {
        /// It is refused; a reported fact is a breach.
        Refuse = "refuse", "lists-beyond-refuse";
        /// It is recorded and flagged.
        Flag = "flag", "lists-beyond-flag";
    }
}

/// A published version of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The id.
    pub id: ListId,
    /// Which list.
    pub kind: ListKind,
    /// Its number among the versions of this list, from 1; a higher number supersedes.
    pub number: i64,
    /// The first day on which it is in force.
    pub in_force_from: Day,
    /// Where it comes from: the decision or circular that it follows.
    pub source: String,
    /// Whether it is sample data, made up.
    pub sample: bool,
    /// The hash of the file that was published.
    pub file_hash: Sha256Hash,
    /// How many entries it has: crops, substances, bands.
    pub entries: i64,
    /// When it was published.
    pub published_at: Moment,
    /// Who published it; none from the command line.
    pub published_by: Option<PersonId>,
}

/// What waits to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The id, which the version will have.
    pub id: ListId,
    /// Which list.
    pub kind: ListKind,
    /// The first day on which it will be in force.
    pub in_force_from: Day,
    /// Where it comes from.
    pub source: String,
    /// Whether it is sample data.
    pub sample: bool,
    /// The hash of the file.
    pub file_hash: Sha256Hash,
    /// When it was handed in.
    pub sent_at: Moment,
    /// By whom.
    pub sent_by: PersonId,
}

/// A crop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crop {
    /// The code.
    pub code: CropCode,
    /// The name in Vietnamese.
    pub name: String,
    /// The name in English.
    pub name_en: String,
    /// The group that its products belong to.
    pub group: &'static Group,
    /// Whether its harvest is weighed or counted.
    pub unit: Unit,
}

impl Crop {
    /// The name in a language.
    #[must_use]
    pub fn name_in(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.name,
            Lang::En => &self.name_en,
        }
    }
}

/// The largest dose of a substance on a crop, per hectare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dose {
    /// Thousandths of a millilitre or gram per hectare: 500 ml/ha is 500,000.
    pub thousandths: i64,
    /// Millilitres or grams.
    pub unit: DoseUnit,
}

impl Dose {
    /// The largest dose that can be told: 1,000 litres or kilograms per hectare.
    pub const MOST: i64 = 1_000_000_000;

    /// Whether `used` thousandths of `unit` on all of `area` stay within the dose; nothing when the units differ, because
    /// millilitres cannot be compared with grams.
    ///
    /// ```
    /// use nguongoc::fieldbook::lists::{Dose, DoseUnit};
    /// use nguongoc::kernel::Area;
    /// let dose = Dose { thousandths: 500_000, unit: DoseUnit::Millilitre };
    /// let sao = Area::new(360).unwrap();
    /// assert_eq!(dose.allows(18_000, DoseUnit::Millilitre, sao), Some(true));
    /// assert_eq!(dose.allows(18_001, DoseUnit::Millilitre, sao), Some(false));
    /// assert_eq!(dose.allows(1, DoseUnit::Gram, sao), None);
    /// ```
    #[must_use]
    pub fn allows(self, used: i64, unit: DoseUnit, area: Area) -> Option<bool> {
        let most = i128::from(self.thousandths) * i128::from(area.square_metres());
        (unit == self.unit).then_some(i128::from(used) * HECTARE <= most)
    }
}

/// What the list says of a substance on a crop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The crop.
    pub crop: CropCode,
    /// The days between the last spray and harvest, 0–365.
    pub waiting_days: u16,
    /// The largest dose, where one is set.
    pub dose: Option<Dose>,
}

/// A plant-protection product in one version of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substance {
    /// The id: the same in every version.
    pub id: SubstanceId,
    /// The trade name.
    pub name: String,
    /// The trade name, folded: what it is known by.
    pub name_folded: String,
    /// The active ingredients, as written.
    pub ingredients: String,
    /// What it is used against.
    pub kind: SubstanceKind,
    /// The first day of its ban.
    pub banned_from: Option<Day>,
    /// The last day of its ban; none while the ban has no end.
    pub banned_to: Option<Day>,
    /// The crops that it is permitted on, in order of their codes.
    pub uses: Vec<Use>,
}

/// What the list says of a substance on a crop on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission<'s> {
    /// It is banned on that day.
    Banned,
    /// It is not permitted on that crop.
    NotOnCrop,
    /// It is permitted, with these waiting days and this dose.
    Permitted(&'s Use),
}

impl Substance {
    /// Whether it is banned on a day.
    #[must_use]
    pub fn is_banned(&self, day: Day) -> bool {
        self.banned_from.is_some_and(|from| from <= day) && self.banned_to.is_none_or(|to| day <= to)
    }

    /// What the list says of it on a crop on a day. A ban outweighs every permission.
    #[must_use]
    pub fn on(&self, crop: &CropCode, day: Day) -> Permission<'_> {
        if self.is_banned(day) {
            return Permission::Banned;
        }
        self.uses
            .iter()
            .find(|known| known.crop == *crop)
            .map_or(Permission::NotOnCrop, Permission::Permitted)
    }

    /// The most waiting days on any crop, for a plot whose crop is not known; nothing when it is permitted on none.
    #[must_use]
    pub fn longest_waiting(&self) -> Option<u16> {
        self.uses.iter().map(|known| known.waiting_days).max()
    }
}

/// The days on which a row of the bands is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The first day.
    pub from: Day,
    /// The last day; none without end.
    pub to: Option<Day>,
    /// Where the row comes from.
    pub source: String,
}

impl Term {
    /// Whether a day lies in it.
    #[must_use]
    pub fn holds(&self, day: Day) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// Whether two terms have a day in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.to.is_none_or(|to| other.from <= to) && other.to.is_none_or(|to| self.from <= to)
    }
}

/// What a hectare of a crop yields in one season.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YieldBand {
    /// The crop.
    pub crop: CropCode,
    /// Whether `low` and `high` are kilograms (`Gram`) or pieces.
    pub unit: Unit,
    /// The first month of harvest, 1–12.
    pub month_from: u8,
    /// The last month of harvest; lower than the first when the season goes over the new year.
    pub month_to: u8,
    /// The least to be expected, in kilograms or pieces per hectare.
    pub low: i64,
    /// The most to be expected, in kilograms or pieces per hectare.
    pub high: i64,
    /// The least days from sowing or planting until the first harvest: land that was sown does not bear again before. None where the
    /// authority does not say, as of trees.
    pub days_to_harvest: Option<u16>,
    /// What becomes of more.
    pub beyond: Beyond,
    /// When the row is in force.
    pub term: Term,
}

impl YieldBand {
    /// The highest yield that can be told, in kilograms or pieces per hectare.
    pub const MOST: i64 = 10_000_000;

    /// The most days until the first harvest.
    pub const MOST_DAYS: i64 = 1_000;

    /// The months of the season.
    #[must_use]
    pub fn months(&self) -> Vec<u8> {
        let whole = (1..=12).cycle().skip(usize::from(self.month_from.saturating_sub(1)));
        let count = (12 + self.month_to - self.month_from) % 12 + 1;
        whole.take(usize::from(count)).collect()
    }

    /// Whether the crop is harvested all year round.
    #[must_use]
    pub fn is_all_year(&self) -> bool {
        self.months().len() == 12
    }

    /// Whether a harvest on `day` is of this season and the row in force then.
    #[must_use]
    pub fn holds(&self, day: Day) -> bool {
        let month = u8::try_from(day.month()).unwrap_or_default();
        self.term.holds(day) && self.months().contains(&month)
    }

    /// The most that an area yields in a season, in grams or pieces, rounded down.
    #[must_use]
    pub fn most(&self, area: Area) -> i64 {
        let each = i128::from(self.high) * if self.unit == Unit::Gram { 1_000 } else { 1 };
        i64::try_from(each * i128::from(area.square_metres()) / HECTARE).unwrap_or(i64::MAX)
    }
}

/// How soon after sowing a crop can be harvested, as each version of the bands says for its days.
#[derive(Clone, Debug, Default)]
pub struct DaysToHarvest(Vec<VersionDays>);

/// One version: its number, its first day, and of each row the first and last day and the days to harvest.
#[derive(Clone, Debug)]
struct VersionDays {
    number: i64,
    from: Day,
    rows: Vec<(Day, Option<Day>, u16)>,
}

impl DaysToHarvest {
    /// Adds what a row of a version says; the versions are told from the highest number down.
    pub(super) fn tell(&mut self, (number, from): (i64, Day), row: Option<(Day, Option<Day>, u16)>) {
        if self.0.last().is_none_or(|last| last.number != number) {
            self.0.push(VersionDays { number, from, rows: Vec::new() });
        }
        if let (Some(version), Some(row)) = (self.0.last_mut(), row) {
            version.rows.push(row);
        }
    }

    /// From which day on land that was sown on `sown` may bear again: the least days of the version in force then, whatever the months of
    /// harvest; the day itself where it says nothing.
    #[must_use]
    pub fn bears_again(&self, sown: Day) -> Day {
        let version = self.0.iter().find(|version| version.from <= sown);
        let rows = version.into_iter().flat_map(|version| &version.rows);
        let holds = rows.filter(|(from, to, _)| *from <= sown && to.is_none_or(|to| sown <= to));
        sown.plus_days(holds.map(|(.., days)| i32::from(*days)).min().unwrap_or_default())
    }
}

/// What a step makes of its input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversionBand {
    /// One of [`Step::TRANSFORMATIONS`].
    pub step: Step,
    /// The group of the input.
    pub group_in: &'static Group,
    /// The group of the output.
    pub group_out: &'static Group,
    /// The least output to be expected, per 1000 of input, each in grams or pieces as it is counted.
    pub low: i64,
    /// The most output to be expected, per 1000 of input.
    pub high: i64,
    /// What becomes of more.
    pub beyond: Beyond,
    /// When the row is in force.
    pub term: Term,
}

impl ConversionBand {
    /// The highest conversion that can be told: a hundredfold.
    pub const MOST: i64 = 100_000;

    /// The most that an input makes, rounded down; in grams or pieces of the output.
    #[must_use]
    pub fn most(&self, input: i64) -> i64 {
        i64::try_from(i128::from(input) * i128::from(self.high) / 1_000).unwrap_or(i64::MAX)
    }
}

/// What may be missing from a shipment because food dries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightLoss {
    /// The group of the product.
    pub group: &'static Group,
    /// The most that may be missing, per 1000 of what was shipped.
    pub most: i64,
    /// When the row is in force.
    pub term: Term,
}

/// The rows of the bands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bands {
    /// Of yield.
    pub yields: Vec<YieldBand>,
    /// Of conversion.
    pub conversions: Vec<ConversionBand>,
    /// Of weight loss.
    pub losses: Vec<WeightLoss>,
}

/// What a version holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Crops, in the order of the file.
    Crops(Vec<Crop>),
    /// Substances, in the order of their folded names.
    Substances(Vec<Substance>),
    /// Bands, in the order of the file.
    Bands(Bands),
}

impl Contents {
    /// Which list they are of.
    #[must_use]
    pub fn kind(&self) -> ListKind {
        match self {
            Self::Crops(_) => ListKind::Crops,
            Self::Substances(_) => ListKind::Substances,
            Self::Bands(_) => ListKind::Bands,
        }
    }

    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> usize {
        match self {
            Self::Crops(crops) => crops.len(),
            Self::Substances(substances) => substances.len(),
            Self::Bands(bands) => bands.yields.len() + bands.conversions.len() + bands.losses.len(),
        }
    }

    /// Nothing of a kind.
    #[must_use]
    pub fn none(kind: ListKind) -> Self {
        match kind {
            ListKind::Crops => Self::Crops(Vec::new()),
            ListKind::Substances => Self::Substances(Vec::new()),
            ListKind::Bands => Self::Bands(Bands::default()),
        }
    }
}

/// A version about to be published.
#[derive(Clone, Debug)]
pub struct NewList {
    /// Its id.
    pub id: ListId,
    /// The first day on which it is in force.
    pub in_force_from: Day,
    /// Where it comes from.
    pub source: String,
    /// Whether it is sample data.
    pub sample: bool,
    /// The hash of its file, which is stored already.
    pub file_hash: Sha256Hash,
    /// What it holds.
    pub contents: Contents,
}

/// Refuses a product's crop that is of another group than the product.
///
/// # Errors
/// `crop_other_group`.
pub fn require_group(crop: &Crop, group: &Group) -> Result<(), Problem> {
    if crop.group == group {
        return Ok(());
    }
    let named = |group: &Group| group.name(Lang::Vi).to_owned();
    Err(Problem::new("crop_other_group")
        .value(&crop.name)
        .arg("group", named(crop.group))
        .arg("wanted", named(group)))
}
