//! What is only pointed out: acts beyond what the authority's bands say, where the band flags them instead of refusing them. They hold
//! nothing, and the authority looks at them.
//!
//! What must stay true: a line is there as long as what it says is true, and goes with it; whoever is not of the authority sees none.

use super::service::Error;
use super::store;
use crate::app::App;
use crate::kernel::{
    Cursor, EventId, LotCode, LotId, Moment, Page, PageSize, PartyId, Problem, Problems, Quantity, Unit,
};
use serde_json::Value;
use uuid::Uuid;

/// The most lines of a table that is taken as a file.
pub(super) const MOST_LINES: i64 = 20_000;

/// The rules that may be pointed out.
pub const RULES: [&str; 10] = [
    "released_recalled",
    "released_on_hold",
    "stop_taken_back",
    "beyond_yield",
    "beyond_certificate",
    "beyond_conversion",
    "unit_not_comparable",
    "before_sowing",
    "crop_unknown",
    "area_unknown",
];

/// Something that is pointed out.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The lot.
    pub lot: LotId,
    /// Its code.
    pub code: LotCode,
    /// What it is counted in.
    pub unit: Unit,
    /// The product's name.
    pub product: String,
    /// Whose act it was.
    pub party: PartyId,
    /// That party's name.
    pub firm: String,
    /// The event.
    pub event: EventId,
    /// When it happened.
    pub at: Moment,
    /// The stable word of the rule.
    pub rule: String,
    /// Why, as it was written down.
    pub detail: String,
}

impl Flag {
    /// How much there is, and how much there can be; nothing where no band says so.
    #[must_use]
    pub fn amounts(&self) -> Option<(Quantity, Quantity)> {
        let why: Value = serde_json::from_str(&self.detail).ok()?;
        let one = |why: &Value| Some((why.get("sum")?.as_i64()?, why.get("most")?.as_i64()?));
        // Of several certificates the one that it goes furthest beyond.
        let (sum, most) = match &why {
            Value::Array(whys) => whys.iter().filter_map(one).max_by_key(|(sum, most)| sum - most)?,
            why => one(why)?,
        };
        let quantity = |amount: i64| Quantity::new(amount, self.unit).ok();
        Some((quantity(sum)?, quantity(most)?))
    }

    /// How much of it is beyond.
    #[must_use]
    pub fn beyond(&self) -> Option<Quantity> {
        let (sum, most) = self.amounts()?;
        Quantity::new(sum.amount() - most.amount(), self.unit).ok()
    }

    /// The numbers of the certificates that it goes beyond, or claims while nobody can weigh it.
    #[must_use]
    pub fn certificates(&self) -> Vec<String> {
        let why: Value = serde_json::from_str(&self.detail).unwrap_or_default();
        let numbers = why.as_array().map(Vec::as_slice).unwrap_or_default().iter();
        numbers.filter_map(|why| why.get("number")?.as_str()).map(str::to_owned).collect()
    }

    fn key(&self) -> Cursor {
        let (at, event, lot) = (self.at.micros(), self.event.as_uuid(), self.lot.as_uuid());
        Cursor::Text(format!("{at} {event} {lot} {}", self.rule))
    }
}

/// Where a page begins: before this line, in the order of [`flags`].
#[derive(Clone, Debug)]
pub struct Before {
    /// When it happened.
    pub at: Moment,
    /// The event.
    pub event: Uuid,
    /// The lot.
    pub lot: Uuid,
    /// The rule.
    pub rule: String,
}

impl Before {
    fn read(cursor: &Cursor) -> Result<Self, Problem> {
        let malformed = || Problem::new("cursor_malformed").value(cursor.to_string());
        let mut words = cursor.text()?.split(' ');
        let mut next = || words.next().ok_or_else(malformed);
        Ok(Self {
            at: Moment::from_micros(next()?.parse().map_err(|_| malformed())?),
            event: next()?.parse().map_err(|_| malformed())?,
            lot: next()?.parse().map_err(|_| malformed())?,
            rule: next()?.to_owned(),
        })
    }
}

/// Which of them.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Of this rule; of all when none.
    pub rule: Option<&'static str>,
    /// Of this party's acts; of everybody's when none.
    pub party: Option<PartyId>,
}

impl Which {
    /// Reads what a page or program asks for; empty is all.
    ///
    /// # Errors
    /// `rule_unknown`, `id_malformed`.
    pub fn parse(rule: &str, party: &str) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let rule = match rule.trim() {
            "" => Some(None),
            text => {
                let known = RULES.into_iter().find(|known| *known == text);
                let known = known.ok_or_else(|| Problem::new("rule_unknown").value(text));
                problems.take("rule", known.map(Some))
            }
        };
        let party = match party.trim() {
            "" => Some(None),
            text => problems.take("party", text.parse().map(Some)),
        };
        match (rule, party) {
            (Some(rule), Some(party)) => Ok(Self { rule, party }),
            _ => Err(problems),
        }
    }
}

/// What is pointed out, the latest first. For the authority: who asks is the caller's to know.
///
/// # Errors
/// `cursor_malformed`.
pub async fn flags(
    app: &App,
    which: &Which,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Flag>, Error> {
    let before = after.map(Before::read).transpose().map_err(|problem| problem.at("after"))?;
    let rows =
        app.store.read(async |tx| store::flags(tx, which, before.as_ref(), size.limit()).await).await?;
    Ok(Page::of(rows, size, Flag::key))
}

/// All of it, for a table that is taken as a file; and whether there is more than a file has lines.
///
/// # Errors
/// When the database fails.
pub async fn all_flags(app: &App, which: &Which) -> Result<(Vec<Flag>, bool), Error> {
    let found = app.store.read(async |tx| store::flags(tx, which, None, MOST_LINES + 1).await).await?;
    Ok(cut(found))
}

/// At most so many lines as a file has, and whether there were more.
pub(super) fn cut<T>(mut lines: Vec<T>) -> (Vec<T>, bool) {
    let most = usize::try_from(MOST_LINES).unwrap_or(usize::MAX);
    let more = lines.len() > most;
    lines.truncate(most);
    (lines, more)
}
