//! A run of unit codes and its ranges.
//!
//! What must stay true: a range of a run is activated once, and never after it is void; what is void stays void.

use crate::chain::{Amount, QuantityDraft};
use crate::kernel::text::absent_as_empty;
use crate::kernel::{
    EventId, Line, LogEntryId, LotId, Moment, PartyId, Problem, Problems, ProductId, Quantity, RunId, Serial,
    Unit,
};
use crate::keys::{Host, KeyId};
use serde::Deserialize;

/// The most labels of one run.
pub const MOST_LABELS: i64 = 1_000_000;
/// The most in one pack: 10^12 grams (a million tonnes) or pieces.
const LARGEST_PACK: i64 = 1_000_000_000_000;

/// A run: so many labels of a product, from one index on.
#[derive(Clone, Debug)]
pub struct Run {
    /// The id.
    pub id: RunId,
    /// The product.
    pub product: ProductId,
    /// What its paths name the product by: `01/GTIN` or `P/NUMBER`.
    pub product_key: String,
    /// The lot; none for a stock roll.
    pub lot: Option<LotId>,
    /// Whose labels they are.
    pub party: PartyId,
    /// The key that signs them.
    pub key: KeyId,
    /// The host that they are signed for.
    pub host: Host,
    /// The first index.
    pub first: i64,
    /// How many labels.
    pub count: i64,
    /// Grams or pieces in one pack.
    pub pack_size: i64,
    /// When it was issued.
    pub issued_at: Moment,
    /// The entry of the log that tells the issue.
    pub entry: LogEntryId,
    /// Raised by every range that is activated or voided.
    pub version: i64,
}

/// What became of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeState {
    /// They stand on packs.
    Activated,
    /// They count no more.
    Void,
}

impl RangeState {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Activated => "activated",
            Self::Void => "void",
        }
    }

    /// The state with this stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Activated, Self::Void].into_iter().find(|state| state.as_str() == text)
    }
}

/// Neighbouring indices: from the first until before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: i64,
    /// The one after the last.
    pub end: i64,
}

impl Span {
    /// How many.
    #[must_use]
    pub const fn count(self) -> i64 {
        self.end - self.first
    }

    /// Whether it holds an index.
    #[must_use]
    pub const fn holds(self, index: i64) -> bool {
        self.first <= index && index < self.end
    }

    fn meets(self, other: Self) -> bool {
        self.first < other.end && other.first < self.end
    }
}

/// A range of a run.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// What became of it.
    pub state: RangeState,
    /// Which labels.
    pub span: Span,
    /// The lot that activated labels are on.
    pub lot: Option<LotId>,
    /// Whether the log's signed checkpoint covers the act: an activation counts for the public only then.
    pub is_logged: bool,
    /// The entry of the log that tells the act.
    pub entry: LogEntryId,
}

/// What is left of spans when others are taken out, in order.
#[must_use]
pub fn without(spans: &[Span], taken: impl Iterator<Item = Span>) -> Vec<Span> {
    let mut left = spans.to_vec();
    for out in taken {
        left = left
            .into_iter()
            .flat_map(|span| {
                let before = Span { first: span.first, end: span.end.min(out.first) };
                let after = Span { first: span.first.max(out.end), end: span.end };
                let parts = if span.meets(out) { [Some(before), Some(after)] } else { [Some(span), None] };
                parts.into_iter().flatten().filter(|part| part.count() > 0)
            })
            .collect();
    }
    left
}

/// A run with what became of it.
#[derive(Clone, Debug)]
pub struct RunState {
    /// The run.
    pub run: Run,
    /// Its ranges, in the order in which they were added.
    pub ranges: Vec<Range>,
}

impl RunState {
    /// All its labels.
    #[must_use]
    pub const fn span(&self) -> Span {
        Span { first: self.run.first, end: self.run.first + self.run.count }
    }

    fn of(&self, state: RangeState) -> impl Iterator<Item = Span> + '_ {
        self.ranges.iter().filter(move |range| range.state == state).map(|range| range.span)
    }

    /// Labels that are neither activated nor void.
    #[must_use]
    pub fn free(&self) -> Vec<Span> {
        without(&[self.span()], self.ranges.iter().map(|range| range.span))
    }

    /// Labels that are not void.
    #[must_use]
    pub fn live(&self) -> Vec<Span> {
        without(&[self.span()], self.of(RangeState::Void))
    }

    /// How many are active: activated and not void.
    #[must_use]
    pub fn active_count(&self) -> i64 {
        let not_void = sum(&self.live());
        not_void - sum(&self.free())
    }

    /// How many are void.
    #[must_use]
    pub fn void_count(&self) -> i64 {
        self.run.count - sum(&self.live())
    }

    /// How many are neither.
    #[must_use]
    pub fn free_count(&self) -> i64 {
        sum(&self.free())
    }

    /// What became of a label as far as the public may rely on it, and the lot that it is on where it has one: an activation counts once
    /// it is logged, a void at once.
    #[must_use]
    pub fn label(&self, index: i64) -> (Option<RangeState>, Option<LotId>) {
        let active = self
            .ranges
            .iter()
            .find(|range| range.state == RangeState::Activated && range.is_logged && range.span.holds(index));
        let lot = self.run.lot.or_else(|| active.and_then(|range| range.lot));
        let state = if self.of(RangeState::Void).any(|span| span.holds(index)) {
            Some(RangeState::Void)
        } else {
            active.map(|range| range.state)
        };
        (state, lot)
    }

    /// The entries of the log that tell what became of a label: of its activation once that counts, and of its being void.
    #[must_use]
    pub fn entries(&self, index: i64) -> (Option<LogEntryId>, Option<LogEntryId>) {
        let of = |state| {
            let mut ranges = self.ranges.iter().filter(move |range| range.state == state && range.is_logged);
            ranges.find(|range| range.span.holds(index)).map(|range| range.entry)
        };
        (of(RangeState::Activated), of(RangeState::Void))
    }

    /// The labels that are to be activated.
    ///
    /// # Errors
    /// `labels_void`, `labels_activated`, `labels_left`.
    pub fn to_activate(&self, asked: Which) -> Result<Vec<Span>, Problem> {
        match asked {
            Which::Next(count) => self.next(count),
            Which::Span(span) if self.of(RangeState::Void).any(|void| void.meets(span)) => {
                Err(Problem::new("labels_void").at("from"))
            }
            Which::Span(span) if self.of(RangeState::Activated).any(|active| active.meets(span)) => {
                Err(Problem::new("labels_activated").at("from"))
            }
            Which::Span(span) => Ok(vec![span]),
        }
    }

    /// The labels that are to be voided: of those that are void already, nothing.
    ///
    /// # Errors
    /// `labels_left`.
    pub fn to_void(&self, asked: Which) -> Result<Vec<Span>, Problem> {
        match asked {
            Which::Next(count) => self.next(count),
            Which::Span(span) => Ok(without(&[span], self.of(RangeState::Void))),
        }
    }

    /// The next labels that are neither activated nor void.
    fn next(&self, count: i64) -> Result<Vec<Span>, Problem> {
        let (mut wanted, mut found) = (count, Vec::new());
        for span in self.free() {
            let taken = span.count().min(wanted);
            if taken > 0 {
                found.push(Span { first: span.first, end: span.first + taken });
                wanted -= taken;
            }
        }
        if wanted > 0 {
            let left = self.free_count().to_string();
            return Err(Problem::new("labels_left").value(count.to_string()).arg("left", left).at("count"));
        }
        Ok(found)
    }

    /// How many of some labels are activated, lot by lot.
    #[must_use]
    pub fn activated_in(&self, spans: &[Span]) -> Vec<(LotId, i64)> {
        let mut found: Vec<(LotId, i64)> = Vec::new();
        for range in self.ranges.iter().filter(|range| range.state == RangeState::Activated) {
            let outside = without(spans, std::iter::once(range.span));
            let inside = sum(spans) - sum(&outside);
            if let Some(lot) = range.lot.filter(|_| inside > 0) {
                match found.iter_mut().find(|(known, _)| *known == lot) {
                    Some((_, count)) => *count += inside,
                    None => found.push((lot, inside)),
                }
            }
        }
        found
    }
}

/// How many labels some spans hold.
#[must_use]
pub fn sum(spans: &[Span]) -> i64 {
    spans.iter().map(|span| span.count()).sum()
}

/// Which labels are meant, once serials are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The next so many that are neither activated nor void.
    Next(i64),
    /// These.
    Span(Span),
}

/// A run to be issued.
#[derive(Clone, Copy, Debug)]
pub struct NewRun {
    /// How many labels.
    pub count: i64,
    /// What is in one pack.
    pub pack_size: Quantity,
}

impl NewRun {
    /// What all packs hold together, in grams or pieces.
    #[must_use]
    pub fn mass(&self) -> i64 {
        self.count.saturating_mul(self.pack_size.amount())
    }
}

/// Which labels are meant, as it was told.
#[derive(Clone, Debug)]
pub enum Told {
    /// The next so many.
    Next(i64),
    /// From one serial to another, both among them.
    Serials(Serial, Serial),
}

/// What a form or a program sends of a run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunDraft {
    /// The key under which it is done once, issuing or activating: a UUID. Programs send it as the header `Idempotency-Key`.
    #[serde(deserialize_with = "absent_as_empty")]
    pub key: String,
    /// The party on whose behalf.
    #[serde(deserialize_with = "absent_as_empty")]
    pub behalf_of: String,
    /// How many labels.
    #[serde(deserialize_with = "text_or_number")]
    pub count: String,
    /// What is in one pack, with its unit.
    pub pack_size: QuantityDraft,
    /// The first serial of a range.
    #[serde(deserialize_with = "absent_as_empty")]
    pub from: String,
    /// The last one.
    #[serde(deserialize_with = "absent_as_empty")]
    pub to: String,
    /// The lot that labels of a stock roll are put on.
    #[serde(deserialize_with = "absent_as_empty")]
    pub lot: String,
    /// Why labels are void.
    #[serde(deserialize_with = "absent_as_empty")]
    pub reason: String,
}

fn text_or_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(serde_json::Number),
        Text(String),
    }
    Ok(match Option::<Given>::deserialize(deserializer)? {
        None => String::new(),
        Some(Given::Number(number)) => number.to_string(),
        Some(Given::Text(text)) => text,
    })
}

/// Reads how many labels: whole, and no more than a run may have.
fn count(text: &str) -> Result<i64, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::new("text_empty"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::new("label_count_malformed").value(text));
    }
    match text.parse::<i64>() {
        Ok(0) => Err(Problem::new("label_count_malformed").value(text)),
        Ok(count) if count <= MOST_LABELS => Ok(count),
        _ => Err(Problem::new("label_count_too_large").value(text).arg("most", MOST_LABELS.to_string())),
    }
}

fn pack_size(draft: &QuantityDraft, unit: Unit) -> Result<Quantity, Problem> {
    let size = match draft {
        QuantityDraft::Text(text) if text.trim().is_empty() => Err(Problem::new("text_empty")),
        QuantityDraft::Text(text) => Quantity::parse(text),
        QuantityDraft::Parts { amount: Amount::Text(text), unit } => Quantity::from_parts(text, unit),
        QuantityDraft::Parts { amount: Amount::Number(number), unit } => Quantity::from_number(number, unit),
    }?;
    match unit {
        _ if size.unit() == unit && size.amount() <= LARGEST_PACK => Ok(size),
        _ if size.unit() == unit => {
            let largest = if unit == Unit::Gram { "10^9 kg" } else { "10^12" };
            Err(Problem::new("amount_too_large").value(draft.typed()).arg("largest", largest))
        }
        Unit::Gram => Err(Problem::new("unit_must_be_mass")),
        Unit::Piece => Err(Problem::new("unit_must_be_pieces")),
    }
}

impl RunDraft {
    /// The key under which it is issued or activated once.
    ///
    /// # Errors
    /// `id_malformed`.
    pub fn once(&self) -> Result<Option<EventId>, Problem> {
        match self.key.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|problem: Problem| problem.at("key")),
        }
    }

    /// The party on whose behalf.
    ///
    /// # Errors
    /// `id_malformed`.
    pub fn grantor(&self) -> Result<Option<PartyId>, Problem> {
        match self.behalf_of.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|problem: Problem| problem.at("behalf_of")),
        }
    }

    /// The lot that labels of a stock roll are put on.
    ///
    /// # Errors
    /// `id_malformed`.
    pub fn lot(&self) -> Result<Option<LotId>, Problem> {
        match self.lot.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|problem: Problem| problem.at("lot")),
        }
    }

    /// A run of a product that is counted in `unit`.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn run(&self, unit: Unit) -> Result<NewRun, Problems> {
        let mut problems = Problems::default();
        let count = problems.take("count", count(&self.count));
        let pack_size = problems.take("pack_size", pack_size(&self.pack_size, unit));
        match (count, pack_size) {
            (Some(count), Some(pack_size)) => Ok(NewRun { count, pack_size }),
            _ => Err(problems),
        }
    }

    /// Which labels are meant: a count, or two serials.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn which(&self) -> Result<Told, Problems> {
        let (from, to, amount) = (self.from.trim(), self.to.trim(), self.count.trim());
        let mut problems = Problems::default();
        if from.is_empty() && to.is_empty() {
            let count = problems.take("count", count(amount));
            return count.map(Told::Next).ok_or(problems);
        }
        if !amount.is_empty() {
            return Err(Problem::new("labels_told_twice").value(amount).at("count").into());
        }
        let read = |text: &str| {
            let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            if text.is_empty() { Err(Problem::new("text_empty")) } else { Serial::parse(&text) }
        };
        match (problems.take("from", read(from)), problems.take("to", read(to))) {
            (Some(from), Some(to)) => Ok(Told::Serials(from, to)),
            _ => Err(problems),
        }
    }

    /// Why labels are void.
    ///
    /// # Errors
    /// `text_too_long`.
    pub fn why(&self) -> Result<Option<Line>, Problems> {
        Line::optional(&self.reason).map_err(|problem| problem.at("reason").into())
    }
}
