//! A city's trade, made up: fields, collection, washing and mixing, packing, wholesale, shops; now and then one batch that goes to
//! thousands of shops. The same seed gives the same trade.
//!
//! What must stay true: masses are kept (what is lost in a process is lost there), nothing is mixed across groups, so that the
//! closure of a lot is as large as its own trade, and no chain is deeper than ten makings.

use super::rows::{Content, Entry, Event, Holding, Lineage, Lot, Part, Rows, Shipment, Thing};
use anyhow::Result;
use nguongoc::store::Store;
use uuid::Uuid;

/// A minute in microseconds.
const MINUTE: i64 = 60_000_000;
/// Rows that are held before they are written.
const HELD: usize = 20_000;
/// Firms of each kind.
const FIRMS: u64 = 200;
/// The first harvest of a group that goes to so many shops is from a plot of its own: what is done there reaches no other group.
const OWN_PLOT: usize = 200;

/// A party with its place and product.
#[derive(Clone, Copy, Debug)]
struct Firm {
    party: Uuid,
    place: Uuid,
    product: Uuid,
}

/// A quantity of goods in somebody's hands.
#[derive(Clone, Copy, Debug)]
struct Goods {
    lot: Uuid,
    grams: i64,
    with: Firm,
}

/// The trade as it goes on.
pub(crate) struct Trade {
    store: Store,
    random: u64,
    next: u64,
    clock: i64,
    rows: Rows,
    /// Plots that one group has for itself.
    plots: u64,
    /// Lots so far.
    pub(crate) lots: usize,
    /// Events so far.
    pub(crate) events: usize,
    /// A field lot of each group, with the number of lots that its trade has.
    pub(crate) fields: Vec<(Uuid, usize)>,
    /// Some lots that lie in shops.
    pub(crate) shops: Vec<Uuid>,
}

impl Trade {
    /// A trade that goes into `store`, which holds nothing of it yet.
    pub(crate) async fn begin(store: Store, seed: u64) -> Result<Self> {
        let mut trade = Self {
            store,
            random: seed,
            next: 1,
            clock: 1_767_225_600_000_000,
            rows: Rows::default(),
            plots: 0,
            lots: 0,
            events: 0,
            fields: Vec::new(),
            shops: Vec::new(),
        };
        trade.firms().await?;
        Ok(trade)
    }

    /// A number below `below`.
    fn roll(&mut self, below: u64) -> u64 {
        // SplitMix64: small, and the same everywhere.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below.max(1)
    }

    /// An id in order of time, as the application makes them.
    fn id(&mut self) -> Uuid {
        self.next += 1;
        let noise = self.roll(u64::MAX);
        let milliseconds = u128::from(1_767_225_600_000_u64 + self.next);
        Uuid::from_u128((milliseconds << 80) | (0x7 << 76) | (0x2 << 62) | u128::from(noise >> 2))
    }

    /// A later time.
    fn later(&mut self) -> i64 {
        self.clock += MINUTE / 100;
        self.clock
    }

    /// The id of the row with a number in one of a few tables.
    fn row(table: u128, number: u64) -> Uuid {
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + (table << 32) + u128::from(number))
    }

    fn firm(kind: u64, number: u64) -> Firm {
        let base = kind * FIRMS + number % FIRMS + 1;
        Firm { party: Self::row(1, base), place: Self::row(2, base), product: Self::row(3, base) }
    }

    /// The same household on a plot where nothing was harvested yet.
    async fn own_plot(&mut self, of: Firm) -> Result<Firm> {
        self.plots += 1;
        let place = Self::row(4, self.plots);
        super::rows::put_place(&self.store, place, of.party, "plot", 5 * FIRMS + self.plots).await?;
        Ok(Firm { place, ..of })
    }

    async fn firms(&mut self) -> Result<()> {
        const KINDS: [(&str, &str); 5] = [
            ("household", "plot"),
            ("cooperative", "packhouse"),
            ("processor", "processing"),
            ("trader", "warehouse"),
            ("shop", "shop"),
        ];
        for (kind, (party, place)) in (0_u64..).zip(KINDS) {
            for number in 0..FIRMS {
                let firm = Self::firm(kind, number);
                let ids = [firm.party, firm.place, firm.product];
                super::rows::firm(&self.store, ids, party, place, kind * FIRMS + number).await?;
            }
        }
        Ok(())
    }

    fn event(
        &mut self,
        (kind, step, biz_step): (&'static str, &'static str, &'static str),
        by: Firm,
        to: Option<Firm>,
    ) -> (Uuid, i64) {
        let (id, at) = (self.id(), self.later());
        let epcis = format!(
            "{{\"type\":\"{kind}\",\"eventID\":\"urn:uuid:{id}\",\"eventTime\":\"2026-01-01T00:00:00Z\",\
             \"eventTimeZoneOffset\":\"+07:00\",\"bizStep\":\"{biz_step}\"}}"
        );
        let place = Some(by.place);
        let counterparty = to.map(|firm| firm.party);
        self.rows.events.push(Event {
            id,
            kind,
            step,
            biz_step,
            at,
            party: by.party,
            place,
            counterparty,
            epcis,
        });
        self.events += 1;
        (id, at)
    }

    fn part(&mut self, thing: Uuid, (event, at): (Uuid, i64), role: &'static str, amount: i64) {
        self.rows.parts.push(Part { thing, at, event, role, amount: Some(amount) });
    }

    fn entry(&mut self, goods: &Goods, event: Uuid, account: &'static str, amount: i64) {
        self.rows.entries.push(Entry { lot: goods.lot, event, party: goods.with.party, account, amount });
    }

    fn lot(&mut self, with: Firm, grams: i64) -> Goods {
        let (id, at) = (self.id(), self.clock);
        self.lots += 1;
        let code = format!("L{:07}", self.lots);
        let short_code = super::rows::short_code(u64::try_from(self.lots).unwrap_or(0));
        let product = with.product;
        let name = format!("P/{}/L/{code}", product.simple());
        self.rows.things.push(Thing { id, kind: "class", name, class: None, at });
        let (party, place, day) = (with.party, with.place, "2026-01-01".to_owned());
        self.rows.lots.push(Lot { id, product, code, short_code, party, place, declared: grams, day, at });
        Goods { lot: id, grams, with }
    }

    fn harvest(&mut self, by: Firm) -> Goods {
        let grams = 20_000 + i64::try_from(self.roll(400_000)).unwrap_or(0);
        let goods = self.lot(by, grams);
        let event = self.event(("ObjectEvent", "harvest", "commissioning"), goods.with, None);
        self.part(goods.lot, event, "object", grams);
        self.entry(&goods, event.0, "harvested", grams);
        goods
    }

    /// From one hand to another: shipped, and mostly received whole; now and then a hundredth stays under way, and only what came in goes on.
    fn hand_over(&mut self, goods: Goods, to: Firm) -> Goods {
        let sent = self.event(("ObjectEvent", "ship", "shipping"), goods.with, Some(to));
        self.part(goods.lot, sent, "object", goods.grams);
        self.entry(&goods, sent.0, "shipped", goods.grams);
        let late = if self.roll(500) == 0 { goods.grams / 100 } else { 0 };
        let received = goods.grams - late;
        let (lot, from, amount) = (goods.lot, goods.with.party, goods.grams);
        let id = sent.0;
        self.rows.shipments.push(Shipment {
            lot,
            id,
            from,
            to: to.party,
            amount,
            received,
            refused: 0,
            at: sent.1,
        });
        self.rows.holdings.push(Holding { lot, party: from, amount: 0, taken_in: amount });
        let goods = Goods { with: to, grams: received, ..goods };
        let got = self.event(("ObjectEvent", "receive", "receiving"), to, None);
        self.part(lot, got, "object", received);
        self.entry(&goods, got.0, "received", received);
        goods
    }

    /// Inputs become outputs of these weights, less what is lost.
    fn make(
        &mut self,
        (step, biz_step): (&'static str, &'static str),
        inputs: &[Goods],
        outputs: usize,
        kept_percent: i64,
    ) -> Vec<Goods> {
        let Some(with) = inputs.first().map(|goods| goods.with) else { return Vec::new() };
        let event = self.event(("TransformationEvent", step, biz_step), with, None);
        let whole: i64 = inputs.iter().map(|goods| goods.grams).sum::<i64>() * kept_percent / 100;
        let count = i64::try_from(outputs).unwrap_or(1).max(1);
        for goods in inputs {
            self.part(goods.lot, event, "input", goods.grams);
            self.entry(goods, event.0, "used", goods.grams);
            self.line(goods.lot, "in", event, goods.grams);
        }
        let mut made = Vec::with_capacity(outputs);
        for place in 0..count {
            let grams = (whole / count + i64::from(place < whole % count)).max(1);
            let goods = self.lot(with, grams);
            self.part(goods.lot, event, "output", grams);
            self.entry(&goods, event.0, "produced", grams);
            self.line(goods.lot, "out", event, grams);
            made.push(goods);
        }
        made
    }

    fn line(&mut self, thing: Uuid, side: &'static str, (event, at): (Uuid, i64), amount: i64) {
        let (amount, unit) = (Some(amount), Some("gram"));
        self.rows.lineage.push(Lineage { thing, side, node: event, event, at, amount, unit });
    }

    /// Goods in a shop: looked at, and sold twice.
    fn sell(&mut self, goods: Goods) {
        let looked = self.event(("ObjectEvent", "observe", "inspecting"), goods.with, None);
        self.part(goods.lot, looked, "object", goods.grams);
        let half = goods.grams / 2;
        for amount in [half, half / 2] {
            let sold = self.event(("ObjectEvent", "sell", "retail_selling"), goods.with, None);
            self.part(goods.lot, sold, "object", amount);
            self.entry(&goods, sold.0, "sold", amount);
        }
        let left = goods.grams - half - half / 2;
        let (lot, party) = (goods.lot, goods.with.party);
        self.rows.holdings.push(Holding { lot, party, amount: left, taken_in: goods.grams });
        if self.roll(50) == 0 {
            self.shops.push(goods.lot);
        }
    }

    /// A case of several lots, sent as one: its events are those of what lies in it.
    fn case(&mut self, lots: &[Goods], to: Firm) {
        let Some(with) = lots.first().map(|goods| goods.with) else { return };
        let case = self.id();
        let name = format!("00/{:018}", self.next);
        self.rows.things.push(Thing { id: case, kind: "container", name, class: None, at: self.clock });
        let packed = self.event(("AggregationEvent", "aggregate", "packing"), with, None);
        self.rows.parts.push(Part {
            thing: case,
            at: packed.1,
            event: packed.0,
            role: "parent",
            amount: None,
        });
        for goods in lots {
            self.part(goods.lot, packed, "child", goods.grams);
        }
        for step in [("ObjectEvent", "ship", "shipping"), ("ObjectEvent", "receive", "receiving")] {
            let event = self.event(step, with, Some(to));
            let (event, at) = event;
            self.rows.parts.push(Part { thing: case, at, event, role: "object", amount: None });
        }
        let until = Some(self.later());
        for goods in lots {
            let (child, event, from, amount) = (goods.lot, packed.0, packed.1, Some(goods.grams));
            self.rows.contents.push(Content { parent: case, child, event, from, until, amount });
        }
    }

    /// One group: some fields, what is made of them, and so many shops that it goes to.
    pub(crate) async fn group(&mut self, shops: usize) -> Result<()> {
        let before = self.lots;
        let (fields, steps) = (3 + self.roll(12), self.roll(5));
        let collector = self.roll(FIRMS);
        let mut harvests = Vec::new();
        let mut first = None;
        for field in 0..fields {
            let number = self.roll(FIRMS);
            let mut grower = Self::firm(0, number);
            if field == 0 && shops >= OWN_PLOT {
                grower = self.own_plot(grower).await?;
            }
            let harvest = self.harvest(grower);
            first.get_or_insert(harvest.lot);
            let collector = Self::firm(1, collector);
            harvests.push(self.hand_over(harvest, collector));
        }
        let middle = harvests.len() / 2;
        let (one, other) = harvests.split_at(middle);
        let mut batches = Vec::new();
        for half in [one, other] {
            batches.extend(self.make(("merge", "accepting"), half, 1, 100));
        }
        let processor = self.roll(FIRMS);
        let mut goods: Vec<Goods> = Vec::new();
        for batch in batches {
            let processor = Self::firm(2, processor);
            let mut batch = self.hand_over(batch, processor);
            for step in 0..steps {
                let what = if step % 2 == 0 { ("wash", "cleaning") } else { ("cut", "disassembling") };
                batch = self.make(what, &[batch], 1, 97).pop().unwrap_or(batch);
            }
            goods.push(batch);
        }
        let mixed = self.make(("mix", "commissioning"), &goods, 1, 99);
        self.rest(&mixed, shops).await?;
        if let Some(first) = first {
            self.fields.push((first, self.lots - before));
        }
        self.flush(HELD).await
    }

    /// Packing, wholesale and shops.
    async fn rest(&mut self, mixed: &[Goods], shops: usize) -> Result<()> {
        let packs = (shops / 40).clamp(1, 60);
        let wholesale = (shops / 12).clamp(1, packs * 20) / packs;
        for pack in self.make(("pack", "packing"), mixed, packs, 100) {
            let trader = self.roll(FIRMS);
            let trader = Self::firm(3, trader);
            let pack = self.hand_over(pack, trader);
            let each = (shops / packs / wholesale.max(1)).max(1);
            for bulk in self.make(("split", "packing"), &[pack], wholesale.max(1), 100) {
                let shop = self.roll(FIRMS);
                let units = self.make(("repack", "packing"), &[bulk], each, 100);
                if self.roll(10) == 0 {
                    let shop = Self::firm(4, shop);
                    self.case(&units, shop);
                    for unit in units {
                        self.sell(Goods { with: shop, ..unit });
                    }
                    continue;
                }
                for (place, unit) in (0_u64..).zip(units) {
                    let shop = Self::firm(4, shop + place);
                    let unit = self.hand_over(unit, shop);
                    self.sell(unit);
                }
                self.flush(HELD).await?;
            }
        }
        Ok(())
    }

    /// Writes what waits when it is more than `held` events.
    pub(crate) async fn flush(&mut self, held: usize) -> Result<()> {
        if self.rows.events.len() > held { self.rows.write(&self.store).await } else { Ok(()) }
    }

    /// Groups until there are about `lots` lots. A fifth of the lots is in groups of `wide` shops.
    pub(crate) async fn grow(&mut self, lots: usize, wide: usize) -> Result<()> {
        let mut in_wide = 0;
        let begun = self.lots;
        while self.lots < lots {
            let before = self.lots;
            if in_wide * 5 < self.lots - begun + wide && self.lots + wide < lots + wide / 2 {
                self.group(wide).await?;
                in_wide += self.lots - before;
                continue;
            }
            let shops = match self.roll(100) {
                0..60 => 10 + self.roll(20),
                60..90 => 60 + self.roll(80),
                90..99 => 300 + self.roll(400),
                _ => 1_500 + self.roll(1_500),
            };
            self.group(usize::try_from(shops).unwrap_or(20).min(lots / 4 + 10)).await?;
        }
        self.flush(0).await
    }
}
