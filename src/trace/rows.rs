//! A trace as tables: one row a thing, an event, a part, an origin, a holder, a gap. The sheets and the page are made of them.
//!
//! What must stay true: nothing is put into a row that the viewer may not see; amounts and shares are numbers, times are
//! moments, so that rows sort.

use super::report::{Line, StageKind, Trace, share_of};
use super::share::{MILLION, WHOLE};
use super::sight::{SeenParty, SeenPlace};
use crate::events::Step;
use crate::kernel::{Lang, Moment, PartyId, PlaceId, ThingId, Unit};
use crate::parties::Kind;
use crate::words::Words;

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A code of digits, which must keep its leading zeros.
    Code(String),
    /// A whole number.
    Number(i64),
    /// Millionths, shown as a percentage.
    Share(u64),
    /// A time.
    Time(Moment),
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Empty, Self::Text)
    }
}

/// A table: its name, its heading and its rows.
#[derive(Clone, Debug)]
pub struct Table {
    /// The name in URLs.
    pub name: &'static str,
    /// The key of its title.
    pub title: &'static str,
    /// The keys of its headings.
    pub head: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// The names of the tables.
pub const TABLES: [&str; 6] = ["lots", "events", "parts", "origins", "holders", "gaps"];

/// Grams of a share of an amount.
fn weighed(amount: Option<(i64, Unit)>, weight: Option<u64>) -> Option<i64> {
    Some(share_of(amount?.0, weight?, WHOLE))
}

impl Trace {
    /// A party as the viewer may know it.
    #[must_use]
    pub fn seen_party(&self, id: PartyId) -> Option<SeenParty> {
        self.known.party(id).map(|party| self.sight.party(party))
    }

    /// A place as the viewer may know it.
    #[must_use]
    pub fn seen_place(&self, id: PlaceId) -> Option<SeenPlace> {
        let place = self.known.place(id)?;
        Some(self.sight.place(place, self.known.party(place.party)))
    }

    /// The name of a thing, where the viewer may know it: of registered lots always, of others to those who deal with them.
    #[must_use]
    pub fn seen_name(&self, thing: ThingId) -> Option<&str> {
        let is_lot = self.known.lots.contains_key(&thing);
        let told = is_lot || self.sight.deals_with(thing);
        self.known.things.get(&thing).filter(|_| told).map(|thing| thing.name.as_str())
    }

    /// How much of a thing there was, where the viewer may know it.
    #[must_use]
    pub fn seen_amount(&self, line: &Line) -> Option<(i64, Unit)> {
        line.amount.filter(|_| self.sight.deals_with(line.thing))
    }

    /// How much of what was asked for came through a thing or went into it, where the viewer may know it.
    #[must_use]
    pub fn seen_part(&self, line: &Line) -> Option<i64> {
        weighed(self.whole, line.weight).filter(|_| self.sight.deals_with(line.thing))
    }

    /// That as a share in millionths.
    #[must_use]
    pub fn seen_share(&self, line: &Line) -> Option<u64> {
        let share = line.weight.map(|weight| weight / (WHOLE / MILLION));
        share.filter(|_| self.sight.deals_with(line.thing))
    }

    /// The product's name of a lot.
    #[must_use]
    pub fn product(&self, thing: ThingId, lang: Lang) -> Option<String> {
        let lot = self.known.lot(thing)?;
        Some(match (lang, &lot.product_en) {
            (Lang::En, Some(name)) => name.clone(),
            _ => lot.product.clone(),
        })
    }

    /// A thing in a few words: product and lot code, or its name.
    #[must_use]
    pub fn label(&self, thing: ThingId, words: &Words) -> String {
        if let Some(lot) = self.known.lot(thing) {
            let product = self.product(thing, words.lang()).unwrap_or_default();
            return format!("{product} · {}", lot.code);
        }
        match self.seen_name(thing) {
            Some(name) => name.to_owned(),
            None => words.say("trace-unknown-thing").into_owned(),
        }
    }

    /// One of the tables.
    #[must_use]
    pub fn table(&self, name: &str, words: &Words) -> Option<Table> {
        match name {
            "lots" => Some(self.lots_table(words)),
            "events" => Some(self.events_table(words)),
            "parts" => Some(self.parts_table(words)),
            "origins" => Some(self.origins_table(words)),
            "holders" => Some(self.holders_table(words)),
            "gaps" => Some(self.gaps_table(words)),
            _ => None,
        }
    }

    fn lots_table(&self, words: &Words) -> Table {
        let rows = self.lines.iter().map(|line| self.lot_row(line, words)).collect();
        let head = vec![
            "trace-standing",
            "trace-depth",
            "trace-name",
            "trace-product",
            "trace-lot-code",
            "trace-stage",
            "trace-party",
            "trace-commune",
            "trace-province",
            "trace-place",
            "trace-amount",
            "trace-unit",
            "trace-share",
            "trace-part",
            "trace-first",
            "trace-last",
            "trace-known",
        ];
        Table { name: "lots", title: "trace-table-lots", head, rows }
    }

    fn lot_row(&self, line: &Line, words: &Words) -> Vec<Cell> {
        let lot = self.known.lot(line.thing);
        let party = lot.and_then(|lot| self.seen_party(lot.party));
        let place = lot.and_then(|lot| self.seen_place(lot.place));
        let amount = self.seen_amount(line);
        let known = if lot.is_some() { "trace-yes" } else { "trace-no" };
        let [name, commune, province] = party_cells(party, words);
        vec![
            Cell::Text(words.say(standing_key(line)).into_owned()),
            Cell::Number(i64::try_from(line.depth).unwrap_or(i64::MAX)),
            self.seen_name(line.thing).map(str::to_owned).into(),
            self.product(line.thing, words.lang()).into(),
            lot.map_or(Cell::Empty, |lot| Cell::Code(lot.code.clone())),
            line.stage.map(|stage| words.say(stage.key()).into_owned()).into(),
            name,
            commune,
            province,
            place.map_or(Cell::Empty, |place| Cell::Code(place.code)),
            amount.map_or(Cell::Empty, |(amount, _)| Cell::Number(amount)),
            amount.map(|(_, unit)| words.say(unit_key(unit)).into_owned()).into(),
            self.seen_share(line).map_or(Cell::Empty, Cell::Share),
            self.seen_part(line).map_or(Cell::Empty, Cell::Number),
            line.times.map_or(Cell::Empty, |(first, _)| Cell::Time(first)),
            line.times.map_or(Cell::Empty, |(_, last)| Cell::Time(last)),
            Cell::Text(words.say(known).into_owned()),
        ]
    }

    fn events_table(&self, words: &Words) -> Table {
        let mut rows = Vec::new();
        for event in &self.known.events {
            let whole = self.sight.is_party_to(event);
            let party = event.party.and_then(|id| self.seen_party(id));
            let other = event.counterparty.filter(|_| whole).and_then(|id| self.seen_party(id));
            let place = event.place.and_then(|id| self.seen_place(id)).map(|place| place.code);
            let [name, commune, province] = party_cells(party, words);
            rows.push(vec![
                Cell::Time(event.time),
                Cell::Text(words.say(step_key(&event.step)).into_owned()),
                Cell::Text(self.label(event.thing, words)),
                event.amount.filter(|_| whole).map_or(Cell::Empty, Cell::Number),
                event.unit.filter(|_| whole).map(|unit| words.say(unit_key(unit)).into_owned()).into(),
                name,
                commune,
                province,
                place.or_else(|| event.place_name.clone().filter(|_| whole)).map_or(Cell::Empty, Cell::Code),
                other.and_then(|other| other.name).into(),
                event.carrier.and_then(|case| self.seen_name(case)).map(str::to_owned).into(),
                if whole { Cell::Text(event.event_id.clone()) } else { Cell::Empty },
            ]);
        }
        let head = vec![
            "trace-time",
            "trace-step",
            "trace-thing",
            "trace-amount",
            "trace-unit",
            "trace-party",
            "trace-commune",
            "trace-province",
            "trace-place",
            "trace-other-party",
            "trace-case",
            "trace-event-id",
        ];
        Table { name: "events", title: "trace-table-events", head, rows }
    }

    fn parts_table(&self, words: &Words) -> Table {
        let graph = &self.closure.graph;
        let mut rows = Vec::new();
        for part in graph.parts() {
            let thing = graph.thing(part.thing);
            let side = match part.side {
                super::graph::Side::In => "trace-side-in",
                super::graph::Side::Out => "trace-side-out",
            };
            let seen = self.sight.deals_with(thing);
            rows.push(vec![
                Cell::Number(i64::try_from(part.node).unwrap_or(i64::MAX).saturating_add(1)),
                Cell::Time(part.time),
                Cell::Text(words.say(side).into_owned()),
                Cell::Text(self.label(thing, words)),
                part.amount.filter(|_| seen).map_or(Cell::Empty, Cell::Number),
                part.unit.filter(|_| seen).map(|unit| words.say(unit_key(unit)).into_owned()).into(),
            ]);
        }
        let head =
            vec!["trace-making", "trace-time", "trace-side", "trace-thing", "trace-amount", "trace-unit"];
        Table { name: "parts", title: "trace-table-parts", head, rows }
    }

    fn origins_table(&self, words: &Words) -> Table {
        let mut rows = Vec::new();
        for end in self.origins.iter().flat_map(|sharing| &sharing.ends) {
            let lot = self.known.lot(end.thing);
            let [name, commune, province] =
                party_cells(lot.and_then(|lot| self.seen_party(lot.party)), words);
            let place = lot.and_then(|lot| self.seen_place(lot.place));
            rows.push(vec![
                Cell::Text(self.label(end.thing, words)),
                name,
                commune,
                province,
                place.map_or(Cell::Empty, |place| Cell::Code(place.code)),
                if self.sight.deals_with(end.thing) { Cell::Share(end.share) } else { Cell::Empty },
                end.amount.filter(|_| self.sight.deals_with(end.thing)).map_or(Cell::Empty, Cell::Number),
            ]);
        }
        let head = vec![
            "trace-thing",
            "trace-party",
            "trace-commune",
            "trace-province",
            "trace-place",
            "trace-share",
            "trace-part",
        ];
        Table { name: "origins", title: "trace-table-origins", head, rows }
    }

    fn holders_table(&self, words: &Words) -> Table {
        let mut rows = Vec::new();
        for ((lot, party), hand) in &self.hands {
            let thing = ThingId::from_uuid(lot.as_uuid());
            let seen = self.sight.is_own(*party);
            let number = |amount: i64| if seen { Cell::Number(amount) } else { Cell::Empty };
            let [name, commune, province] = party_cells(self.seen_party(*party), words);
            let unit = self.known.lot(thing).map(|lot| words.say(unit_key(lot.unit)).into_owned());
            rows.push(vec![
                name,
                commune,
                province,
                Cell::Text(self.label(thing, words)),
                number(hand.left),
                number(hand.sold),
                number(hand.gone),
                unit.into(),
            ]);
        }
        let head = vec![
            "trace-party",
            "trace-commune",
            "trace-province",
            "trace-thing",
            "trace-left",
            "trace-sold",
            "trace-gone",
            "trace-unit",
        ];
        Table { name: "holders", title: "trace-table-holders", head, rows }
    }

    fn gaps_table(&self, words: &Words) -> Table {
        let mut rows = Vec::new();
        for gap in &self.gaps {
            let things: Vec<String> = gap.things().iter().map(|thing| self.label(*thing, words)).collect();
            rows.push(vec![
                Cell::Text(words.say(gap.key()).into_owned()),
                Cell::Text(things.join(", ")),
                gap.event().map(|event| event.to_string()).into(),
            ]);
        }
        let head = vec!["trace-gap", "trace-thing", "trace-event"];
        Table { name: "gaps", title: "trace-table-gaps", head, rows }
    }
}

/// The name of a party or, where it may not be named, its kind; its commune; its province.
fn party_cells(party: Option<SeenParty>, words: &Words) -> [Cell; 3] {
    let Some(party) = party else { return [Cell::Empty, Cell::Empty, Cell::Empty] };
    let kind = words.say(kind_key(&party.kind)).into_owned();
    [
        Cell::Text(party.name.unwrap_or(kind)),
        party.commune.map(|commune| commune.name.clone()).into(),
        Cell::Text(party.province.province().to_string()),
    ]
}

/// The key of the word for where a line stands.
pub(super) fn standing_key(line: &Line) -> &'static str {
    match line.standing {
        super::report::Standing::Back => "trace-standing-back",
        super::report::Standing::Start => "trace-standing-start",
        super::report::Standing::Forward => "trace-standing-forward",
    }
}

/// The key of the word for a kind of party.
pub(super) fn kind_key(kind: &str) -> &'static str {
    Kind::parse(kind).map_or("trace-party", Kind::key)
}

/// The key of the word for a step.
pub(super) fn step_key(step: &str) -> &'static str {
    Step::parse(step).map_or("trace-step-other", Step::key)
}

/// The key of the word for a unit.
pub(super) const fn unit_key(unit: Unit) -> &'static str {
    match unit {
        Unit::Gram => "trace-unit-gram",
        Unit::Piece => "trace-unit-piece",
    }
}

/// The stage in which a line is drawn; what no event tells of is drawn as the beginning or the end of its side.
pub(super) fn drawn_stage(line: &Line) -> StageKind {
    line.stage.unwrap_or(match line.standing {
        super::report::Standing::Back => StageKind::Origin,
        super::report::Standing::Start => StageKind::Processing,
        super::report::Standing::Forward => StageKind::Storage,
    })
}
