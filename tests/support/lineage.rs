//! The bulk loader and the made-up trade of the campaign, and a small world of things for the tests of traces.

#[path = "../../benches/lineage/rows.rs"]
pub(crate) mod rows;
#[path = "../../benches/lineage/trade.rs"]
pub(crate) mod trade;

use rows::{Content, Entry, Event, Holding, Lineage, Lot, Part, Rows, Shipment, Thing};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// 2026-11-20 09:00 in the legal zone; each step is so many minutes later.
pub(crate) fn at(minute: i64) -> i64 {
    1_795_140_000_000_000 + minute * 60_000_000
}

/// An id of this test.
pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + number)
}

/// Rows under way, in grams.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) rows: Rows,
}

/// Events so far, in all worlds of this process.
static EVENTS: AtomicU64 = AtomicU64::new(1);

/// Who does something, where.
#[derive(Clone, Copy)]
pub(crate) struct Hand {
    pub(crate) party: Uuid,
    pub(crate) place: Option<Uuid>,
    pub(crate) product: Uuid,
}

/// An event and its time.
pub(crate) type When = (Uuid, i64);

impl World {
    /// A thing that the registry does not know as a lot.
    pub(crate) fn thing(&mut self, id: Uuid, kind: &'static str, name: &str) -> Uuid {
        self.rows.things.push(Thing { id, kind, name: name.to_owned(), class: None, at: at(0) });
        id
    }

    /// A unit of a class.
    pub(crate) fn unit(&mut self, id: Uuid, class: Uuid, name: &str) -> Uuid {
        self.rows.things.push(Thing {
            id,
            kind: "unit",
            name: name.to_owned(),
            class: Some(class),
            at: at(0),
        });
        id
    }

    /// A registered lot.
    pub(crate) fn lot(&mut self, id: Uuid, hand: Hand, code: &str, grams: i64) -> Uuid {
        self.thing(id, "class", &format!("P/{}/L/{code}", hand.product.simple()));
        self.rows.lots.push(Lot {
            id,
            product: hand.product,
            code: code.to_owned(),
            short_code: rows::short_code(u64::try_from(id.as_u128() % 700_000_000).unwrap_or(0)),
            party: hand.party,
            place: hand.place.expect("a place"),
            declared: grams,
            day: "2026-11-20".to_owned(),
            at: at(0),
        });
        id
    }

    /// An event by somebody.
    pub(crate) fn event(&mut self, step: &'static str, hand: Hand, to: Option<Uuid>, minute: i64) -> When {
        let event = id(0x00e0_0000_0000 + u128::from(EVENTS.fetch_add(1, Ordering::SeqCst)));
        let kind = match step {
            "mix" | "split" | "merge" | "cut" | "wash" | "repack" => "TransformationEvent",
            "aggregate" => "AggregationEvent",
            _ => "ObjectEvent",
        };
        let epcis =
            format!("{{\"type\":\"{kind}\",\"eventID\":\"urn:uuid:{event}\",\"x:kept\":\"số {minute}\"}}");
        self.rows.events.push(Event {
            id: event,
            kind,
            step,
            biz_step: "inspecting",
            at: at(minute),
            party: hand.party,
            place: hand.place,
            counterparty: to,
            epcis,
        });
        (event, at(minute))
    }

    /// A thing in an event.
    pub(crate) fn part(&mut self, thing: Uuid, (event, at): When, role: &'static str, amount: Option<i64>) {
        self.rows.parts.push(Part { thing, at, event, role, amount });
    }

    /// A movement of the mass account.
    pub(crate) fn entry(
        &mut self,
        lot: Uuid,
        (event, _): When,
        party: Uuid,
        account: &'static str,
        amount: i64,
    ) {
        self.rows.entries.push(Entry { lot, event, party, account, amount });
    }

    /// A line of the genealogy.
    pub(crate) fn line(&mut self, thing: Uuid, side: &'static str, (event, at): When, amount: Option<i64>) {
        let unit = amount.map(|_| "gram");
        self.rows.lineage.push(Lineage { thing, side, node: event, event, at, amount, unit });
    }

    /// A lot harvested by somebody.
    pub(crate) fn harvest(&mut self, id: Uuid, hand: Hand, code: &str, grams: i64, minute: i64) -> Uuid {
        let lot = self.lot(id, hand, code, grams);
        let event = self.event("harvest", hand, None, minute);
        self.part(lot, event, "object", Some(grams));
        self.entry(lot, event, hand.party, "harvested", grams);
        lot
    }

    /// Things made from others.
    pub(crate) fn make(
        &mut self,
        step: &'static str,
        hand: Hand,
        inputs: &[(Uuid, Option<i64>)],
        outputs: &[(Uuid, Option<i64>)],
        minute: i64,
    ) -> When {
        let event = self.event(step, hand, None, minute);
        for (thing, amount) in inputs {
            self.part(*thing, event, "input", *amount);
            self.line(*thing, "in", event, *amount);
        }
        for (thing, amount) in outputs {
            self.part(*thing, event, "output", *amount);
            self.line(*thing, "out", event, *amount);
            if let Some(amount) = amount {
                self.entry(*thing, event, hand.party, "produced", *amount);
            }
        }
        event
    }

    /// From one hand to another.
    pub(crate) fn ship(&mut self, lot: Uuid, from: Hand, to: Hand, sent: i64, received: i64, minute: i64) {
        let event = self.event("ship", from, Some(to.party), minute);
        self.part(lot, event, "object", Some(sent));
        self.rows.shipments.push(Shipment {
            lot,
            id: event.0,
            from: from.party,
            to: to.party,
            amount: sent,
            received,
            refused: 0,
            at: event.1,
        });
        self.hold(lot, from.party, 0, sent);
        if received > 0 {
            let event = self.event("receive", to, Some(from.party), minute + 30);
            self.part(lot, event, "object", Some(received));
            self.hold(lot, to.party, received, received);
        }
    }

    /// What somebody has.
    pub(crate) fn hold(&mut self, lot: Uuid, party: Uuid, amount: i64, taken_in: i64) {
        self.rows.holdings.retain(|one| (one.lot, one.party) != (lot, party));
        self.rows.holdings.push(Holding { lot, party, amount, taken_in });
    }

    /// What lies in a case.
    pub(crate) fn inside(&mut self, parent: Uuid, child: Uuid, (event, from): When, until: Option<i64>) {
        self.rows.contents.push(Content { parent, child, event, from, until, amount: Some(100) });
    }
}
