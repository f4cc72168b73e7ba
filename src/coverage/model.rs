//! Rosters, their lines, and the decisions about who stands behind a line.
//!
//! What must stay true: a line never changes once it is imported; a decision is about identity, not about membership, so it may
//! be made after the freeze, and a later decision on the same pair replaces an earlier one that stays on record.

use crate::kernel::{
    CommuneCode, Day, Line, Moment, PartyId, PersonId, Problem, Problems, RosterEntryId, RosterId, Sha256Hash,
};
use crate::parties::Kind;
use crate::products::Group;
use std::fmt;

/// Further folded names that people write for a product group, beside those of the list itself.
const GROUP_NAMES: [(&str, &[&str]); 10] = [
    ("rau", &["rau xanh", "rau an la", "vegetables"]),
    ("cu", &["roots"]),
    ("qua", &["trai cay", "hoa qua", "cay an qua"]),
    ("gao", &["lua gao"]),
    ("thit lon", &["lon", "thit heo"]),
    ("thit gia cam", &["gia cam", "thit ga"]),
    ("thit trau bo", &["trau bo", "thit bo"]),
    ("trung", &["trung gia cam"]),
    ("thuy san", &["ca", "fish"]),
    ("san pham che bien", &["che bien", "thuc pham che bien"]),
];

/// The group that a cell names.
///
/// # Errors
/// `roster_group_unknown`.
pub fn group(text: &str) -> Result<&'static Group, Problem> {
    let folded = crate::kernel::fold::fold(text);
    let also = || {
        let (name, _) = GROUP_NAMES.iter().find(|(_, names)| names.contains(&folded.as_str()))?;
        Group::named(name)
    };
    Group::named(text).or_else(also).ok_or_else(|| Problem::new("roster_group_unknown").value(text.trim()))
}

/// The folded names that people write for the kinds of firm.
const KIND_NAMES: [(Kind, &[&str]); 9] = [
    (Kind::Household, &["ho", "ho gia dinh", "ho kinh doanh", "ho san xuat", "ho nong dan"]),
    (Kind::Cooperative, &["hop tac xa", "htx", "to hop tac", "lien hiep hop tac xa"]),
    (Kind::Company, &["cong ty", "doanh nghiep", "cong ty tnhh", "cong ty co phan"]),
    (Kind::Processor, &["co so che bien", "so che", "che bien", "so che che bien"]),
    (Kind::Trader, &["thuong lai", "co so kinh doanh", "kinh doanh", "phan phoi"]),
    (Kind::Shop, &["cua hang"]),
    (Kind::Market, &["cho", "sieu thi"]),
    (Kind::Laboratory, &["phong kiem nghiem", "phong thu nghiem"]),
    (Kind::Certifier, &["to chuc chung nhan"]),
];

/// The kind that a cell names.
///
/// # Errors
/// `roster_kind_unknown`.
pub fn kind(text: &str) -> Result<Kind, Problem> {
    let folded = crate::kernel::fold::fold(text);
    let found =
        KIND_NAMES.iter().find(|(kind, names)| kind.as_str() == folded || names.contains(&folded.as_str()));
    found.map(|(kind, _)| *kind).ok_or_else(|| Problem::new("roster_kind_unknown").value(text))
}

/// Whether firms of this kind sell food at all.
#[must_use]
pub fn sells(kind: Kind) -> bool {
    !matches!(kind, Kind::Laboratory | Kind::Certifier | Kind::Authority)
}

/// The months in which a firm sells.
///
/// ```
/// use nguongoc::coverage::Months;
/// let months = Months::parse("1-3, 11").unwrap();
/// assert!(months.has(2) && months.has(11) && !months.has(4));
/// assert_eq!(Months::parse("11-2").unwrap().to_string(), "1–2, 11–12");
/// assert!(Months::parse("13").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Months(u16);

impl Months {
    /// The whole year.
    pub const ALL: Self = Self(0x0fff);

    /// Reads `1-3, 11`, `T1; T2`, `10–2` (over the new year), `quanh năm`, `all`.
    ///
    /// # Errors
    /// `roster_months_malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let malformed = || Problem::new("roster_months_malformed").value(text);
        let folded = crate::kernel::fold::fold(text);
        if ["quanh nam", "ca nam", "all", "all year"].contains(&folded.as_str()) {
            return Ok(Self::ALL);
        }
        let text = text.replace(['–', '—'], "-");
        let mut bits = 0;
        for part in text.split([',', ';', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let (mut month, last) = (month(from).ok_or_else(malformed)?, month(to).ok_or_else(malformed)?);
            bits |= bit(month);
            while month != last {
                month = month % 12 + 1;
                bits |= bit(month);
            }
        }
        if bits == 0 { Err(malformed()) } else { Ok(Self(bits)) }
    }

    /// Whether month 1–12 is one of them.
    #[must_use]
    pub fn has(self, month: i8) -> bool {
        u8::try_from(month).is_ok_and(|month| (1..=12).contains(&month) && self.0 & bit(month) != 0)
    }

    /// One bit for each month, January lowest.
    #[must_use]
    pub fn bits(self) -> u16 {
        self.0
    }

    /// The months of stored bits.
    #[must_use]
    pub fn from_bits(bits: i64) -> Option<Self> {
        u16::try_from(bits).ok().filter(|bits| (1..=0x0fff).contains(bits)).map(Self)
    }
}

fn month(text: &str) -> Option<u8> {
    let digits = text.trim().trim_start_matches(['T', 't']);
    digits.parse().ok().filter(|month| (1..=12).contains(month) && digits.len() <= 2)
}

fn bit(month: u8) -> u16 {
    1 << (month - 1)
}

impl fmt::Display for Months {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut months = (1..=12).filter(|month| self.has(*month)).peekable();
        let mut first = true;
        while let Some(from) = months.next() {
            let mut to = from;
            while let Some(next) = months.next_if_eq(&(to + 1)) {
                to = next;
            }
            let before = if std::mem::take(&mut first) { "" } else { ", " };
            if from == to { write!(f, "{before}{from}")? } else { write!(f, "{before}{from}–{to}")? }
        }
        Ok(())
    }
}

/// The days that a roster counts, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

impl Period {
    /// A period of at most three years.
    ///
    /// # Errors
    /// `roster_period_backwards`, `roster_period_too_long`.
    pub fn new(from: Day, to: Day) -> Result<Self, Problem> {
        let days = from.days_until(to);
        if days < 0 {
            return Err(Problem::new("roster_period_backwards")
                .value(to.vietnamese())
                .arg("from", from.vietnamese()));
        }
        if days > 3 * 366 {
            return Err(Problem::new("roster_period_too_long").value(to.vietnamese()));
        }
        Ok(Self { from, to })
    }
}

/// What the import form says beside the file; kept as typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct RosterDraft {
    /// The roster's name.
    #[serde(default)]
    pub name: String,
    /// The first day of the period.
    #[serde(default)]
    pub from: String,
    /// The last day of the period.
    #[serde(default)]
    pub to: String,
}

impl RosterDraft {
    /// Reads name and period.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn parse(&self) -> Result<(Line, Period), Problems> {
        let mut problems = Problems::default();
        let name = problems.take("name", Line::parse(&self.name));
        let from = problems.take("from", Day::parse(&self.from));
        let to = problems.take("to", Day::parse(&self.to));
        let period = from.zip(to).and_then(|(from, to)| problems.take("to", Period::new(from, to)));
        name.zip(period).ok_or(problems)
    }
}

/// A roster, without its lines.
#[derive(Clone, Debug)]
pub struct Roster {
    /// The id.
    pub id: RosterId,
    /// Its name.
    pub name: String,
    /// What it counts.
    pub period: Period,
    /// The hash of the file as it was handed in.
    pub file_hash: Sha256Hash,
    /// How many lines it has.
    pub entries: i64,
    /// When it was imported.
    pub imported_at: Moment,
    /// When it was frozen, if it was.
    pub frozen_at: Option<Moment>,
}

/// A line of a roster: a firm that the target counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The id.
    pub id: RosterEntryId,
    /// The row of the file, as a spreadsheet numbers it.
    pub row: i64,
    /// The firm's name as written.
    pub name: String,
    /// The name, folded.
    pub name_folded: String,
    /// The tax number as it may be shown.
    pub tax_shown: Option<String>,
    /// The hash of the tax number, for comparison.
    pub tax_match: Option<Sha256Hash>,
    /// The commune.
    pub commune: CommuneCode,
    /// The kind of firm, when it was written.
    pub kind: Option<Kind>,
    /// Its product groups, at least one, in the order of the list.
    pub groups: Vec<&'static Group>,
    /// The months in which it sells.
    pub months: Months,
    /// The first day on which it is active, when not from before the period.
    pub active_from: Option<Day>,
    /// The last day on which it is active, when it ends.
    pub active_to: Option<Day>,
    /// Whether it is expected to sell.
    pub expected: bool,
}

/// What a person decided about a line and a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The party is the firm of the line.
    Same,
    /// It is another.
    Other,
}

impl Verdict {
    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Other => "other",
        }
    }

    /// The verdict with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Same, Self::Other].into_iter().find(|verdict| verdict.as_str() == text)
    }
}

/// A decision, as it stands on record.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Its id, in order of time.
    pub id: uuid::Uuid,
    /// The line.
    pub entry: RosterEntryId,
    /// The party.
    pub party: PartyId,
    /// What was decided.
    pub verdict: Verdict,
    /// By whom.
    pub by: PersonId,
    /// The name of that person.
    pub by_name: String,
    /// When.
    pub at: Moment,
}

/// Where a party stands with the registry on the day of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Approved by that day.
    Approved,
    /// Applied, and not approved by that day.
    Applied,
    /// Refused.
    Refused,
    /// Suspended.
    Suspended,
}

/// What the registry knows of a party, as of a day.
#[derive(Clone, Debug)]
pub struct Firm {
    /// The id.
    pub id: PartyId,
    /// The name.
    pub name: String,
    /// The name, folded.
    pub name_folded: String,
    /// What it does.
    pub kind: Kind,
    /// The commune.
    pub commune: CommuneCode,
    /// The address as written.
    pub address: String,
    /// The tax number of an enterprise; a household's is never here.
    pub tax_number: Option<String>,
    /// The hash of the tax number.
    pub tax_match: Option<Sha256Hash>,
    /// Whether it was approved by that day.
    pub standing: Standing,
    /// Places open on that day, and those of them that are complete.
    pub places: i64,
    /// Of these, with all that the definition needs.
    pub complete_places: i64,
    /// Products by that day.
    pub products: i64,
    /// Of these, with all that the definition needs.
    pub complete_products: i64,
    /// The days on which its lots began, in order.
    pub days: Vec<LotDay>,
}

/// The lots of a firm that began on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LotDay {
    /// The day of the first event of these lots.
    pub day: Day,
    /// How many lots.
    pub lots: i64,
    /// Of these, with a signed code issued by the day of the report.
    pub coded: i64,
}

/// Everything that a report is computed from, beside its definition.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The roster.
    pub roster: Roster,
    /// Its lines, by row.
    pub entries: Vec<Entry>,
    /// All decisions on them, oldest first.
    pub decisions: Vec<Decision>,
    /// The parties, by id.
    pub firms: Vec<Firm>,
}
