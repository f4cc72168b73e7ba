//! Whether recalled food is accounted for: to the gram on chains whose facts fit together, however goods went, and by exactly what was made up where
//! they do not.

use crate::support::app::{On, on_both};
use crate::support::chain::{later, report, written};
use crate::support::season::grams;
use crate::support::trade::{Firm, Trade, movement};
use nguongoc::chain::{self, By, Command, Output, Portion, Receive, Recorded, Ship, Transform};
use nguongoc::events::Step;
use nguongoc::kernel::{EventId, LotId, RecallId};
use nguongoc::lots;
use nguongoc::recalls::{self, RecallDraft, Reconciled, RecoveryDraft};
use serde_json::{Value, json};

on_both!(honest_chains_are_accounted_for, what_was_made_up_is_told_exactly,);

/// `SplitMix64`: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) % most.max(1).unsigned_abs()).unwrap()
    }
}

/// A lot, the lots that came of it, and the events by which that can be told again.
struct Chain {
    trade: Trade,
    dice: Dice,
    root: LotId,
    lots: Vec<LotId>,
    sales: Vec<(Firm, EventId)>,
    receipts: Vec<(Firm, EventId)>,
    makings: Vec<(Firm, EventId)>,
}

impl Chain {
    async fn begin(on: On, seed: u64) -> Self {
        let trade = Trade::start(on).await;
        let mut dice = Dice(seed);
        let root = trade.lot(200_000 + dice.below(300_000)).await;
        Self {
            trade,
            dice,
            root,
            lots: vec![root],
            sales: Vec::new(),
            receipts: Vec::new(),
            makings: Vec::new(),
        }
    }

    fn firms(&self) -> [Firm; 3] {
        [self.trade.farm.clone(), self.trade.packer.clone(), self.trade.shop.clone()]
    }

    async fn held(&self, lot: LotId, firm: &Firm) -> i64 {
        let party = firm.party;
        let held = self.trade.app().store.read(async |tx| lots::holding(tx, lot, party).await).await;
        held.unwrap().unwrap_or_default().amount
    }

    async fn act(&self, firm: &Firm, command: Command) -> Recorded {
        later(self.trade.app());
        let done = chain::record(self.trade.app(), &firm.by(), command).await;
        done.unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// Somebody does something with some of what it has.
    async fn step(&mut self) {
        let firm = self.firms()[usize::try_from(self.dice.below(3)).unwrap()].clone();
        let lot =
            self.lots[usize::try_from(self.dice.below(i64::try_from(self.lots.len()).unwrap())).unwrap()];
        let held = self.held(lot, &firm).await;
        if held < 1_000 {
            return;
        }
        let some = 1 + self.dice.below(held / 2);
        match self.dice.below(10) {
            0..=3 => self.hand_over(&firm, lot, some).await,
            4..=6 => self.make(&firm, lot, some).await,
            7 => {
                let event = self.act(&firm, Command::Sell(movement(&firm, lot, some))).await.event;
                self.sales.push((firm, event));
            }
            8 => drop(self.act(&firm, Command::Sample(movement(&firm, lot, 1 + some / 50))).await),
            _ => drop(self.act(&firm, Command::Waste(movement(&firm, lot, some))).await),
        }
    }

    /// Goods go on the way, and arrive whole, in part, not at all, or are refused or lost.
    async fn hand_over(&mut self, from: &Firm, lot: LotId, amount: i64) {
        let to = self.firms().into_iter().find(|firm| firm.party != from.party).unwrap();
        let to = if self.dice.below(2) == 0 { to } else { self.firms()[2].clone() };
        if to.party == from.party {
            return;
        }
        later(self.trade.app());
        let sent = self.trade.ship(from, &to, lot, amount).await.unwrap().event;
        let receipt = |amount: i64| Receive {
            shipment: Some(sent),
            from: None,
            lots: vec![Portion { lot, quantity: grams(amount) }],
            place: Some(to.place),
            when: None,
            note: None,
        };
        let part = 1 + self.dice.below(amount);
        match self.dice.below(6) {
            0 => {}
            1 if part < amount => {
                self.act(&to, Command::Receive(receipt(part))).await;
                self.act(&to, Command::Lose(receipt(amount - part))).await;
            }
            2 if part < amount => {
                self.act(&to, Command::Receive(receipt(part))).await;
                self.act(&to, Command::Refuse(receipt(amount - part))).await;
            }
            3 => drop(self.act(&to, Command::Receive(receipt(part))).await),
            _ => {
                let event = self.act(&to, Command::Receive(receipt(amount))).await.event;
                self.receipts.push((to, event));
            }
        }
    }

    /// Some of it becomes another lot, and a part of that is lost in the making.
    async fn make(&mut self, firm: &Firm, lot: LotId, amount: i64) {
        let kept = amount - self.dice.below(amount / 4 + 1);
        let made = Transform {
            step: if self.dice.below(2) == 0 { Step::Wash } else { Step::Cut },
            inputs: vec![Portion { lot, quantity: grams(amount) }],
            unknown: Vec::new(),
            unknown_outputs: Vec::new(),
            outputs: vec![Output { product: firm.product, code: None, quantity: grams(kept.max(1)) }],
            node: None,
            place: Some(firm.place),
            when: None,
            note: None,
        };
        let done = self.act(firm, Command::Transform(made)).await;
        self.lots.push(done.lot.id);
        self.makings.push((firm.clone(), done.event));
    }

    /// Tells an event again under another id, changed: what a firm says that made something up.
    async fn tell_again(&self, firm: &Firm, event: EventId, number: u32, change: impl FnOnce(&mut Value)) {
        let mut told = written(self.trade.app(), event).await;
        told["eventID"] = json!(format!("urn:uuid:01932f3a-7c1e-7b5a-9d2e-{number:012}"));
        told["eventTime"] = json!(later(self.trade.app()).to_rfc3339());
        change(&mut told);
        report(self.trade.app(), &firm.by(), &told).await.expect("recorded");
    }

    /// The lot is recalled, and the account of that.
    async fn recalled(&self) -> (RecallId, Vec<Reconciled>) {
        let app = self.trade.app();
        let draft = RecallDraft {
            lots: self.root.to_string(),
            danger: "serious".into(),
            way: "destroy".into(),
            reason: "Thử".into(),
            takes_back: "Chợ".into(),
            until: String::new(),
        };
        let by = By::Official(self.trade.officer);
        let id = recalls::propose(app, &by, &draft.parse().unwrap()).await.unwrap().id;
        recalls::decide(app, &by, id).await.unwrap();
        while recalls::carry_on(app).await.unwrap() > 0 {}
        (id, recalls::figures(app, id).await.unwrap())
    }
}

/// Kilograms as an event has them.
fn kilograms(grams: i64) -> Value {
    serde_json::from_str(&format!("{}.{:03}", grams / 1_000, grams % 1_000)).unwrap()
}

async fn honest_chains_are_accounted_for(on: On) {
    let seeds = match on {
        On::Sqlite => 0..8,
        On::Postgres => 8..12,
    };
    let (mut lost, mut under_way, mut makings, mut gone_back) = (0, 0, 0, 0);
    for seed in seeds {
        let mut chain = Chain::begin(on, seed).await;
        for _ in 0..30 {
            chain.step().await;
        }
        let (id, figures) = chain.recalled().await;
        let [account] = figures.as_slice() else { panic!("one unit: {figures:?}") };
        fits(seed, account);
        // What comes back changes where it is, and not how much there was.
        let mut back = 0;
        for lot in &chain.lots {
            for firm in chain.firms() {
                let held = chain.held(*lot, &firm).await;
                if held < 2 {
                    continue;
                }
                let amount = 1 + chain.dice.below(held);
                let draft: RecoveryDraft = serde_json::from_value(json!({
                    "lot": lot, "way": "destroy", "quantity": { "amount": amount.to_string(), "unit": "g" },
                }))
                .unwrap();
                recalls::recover(chain.trade.app(), &firm.by(), id, &draft).await.unwrap();
                back += amount;
            }
        }
        let after = recalls::figures(chain.trade.app(), id).await.unwrap();
        assert_eq!((after[0].recovered, after[0].unaccounted), (back, 0), "seed {seed}: {after:?}");
        assert_eq!(after[0].entered, account.entered);
        // Goods go back, recovered or not, and whoever gets them enters what nobody has entered.
        for _ in 0..24 {
            let firm = chain.firms()[usize::try_from(chain.dice.below(3)).unwrap()].clone();
            let lots = i64::try_from(chain.lots.len()).unwrap();
            let lot = chain.lots[usize::try_from(chain.dice.below(lots)).unwrap()];
            match chain.dice.below(3) {
                0 => back += chain.recover(id, &firm, lot).await,
                _ => gone_back += chain.send_back(&firm, lot).await,
            }
            let now = recalls::figures(chain.trade.app(), id).await.unwrap();
            fits(seed, &now[0]);
            assert_eq!((now[0].recovered, now[0].entered), (back, account.entered), "seed {seed}: {now:?}");
        }
        lost += account.lost;
        under_way += account.under_way;
        makings += chain.makings.len();
    }
    assert!(
        lost > 0 && under_way > 0 && makings > 4 && gone_back > 0,
        "the chains are too plain: {lost} {under_way} {makings} {gone_back}"
    );
}

/// On an honest chain everything is accounted for.
fn fits(seed: u64, account: &Reconciled) {
    let points = account.basis_points().expect("a share");
    assert!((9_950..=10_150).contains(&points), "seed {seed}: {account:?}");
    assert_eq!((account.unaccounted, account.surplus), (0, 0), "seed {seed}: {account:?}");
    let parts =
        [account.held, account.under_way, account.sold, account.sampled, account.wasted, account.lost];
    assert!(parts.iter().all(|part| *part >= 0), "seed {seed}: {account:?}");
}

impl Chain {
    /// A firm enters some of a lot as recovered: as much as it is told that it may, where it asks for more.
    async fn recover(&mut self, id: RecallId, firm: &Firm, lot: LotId) -> i64 {
        let mut amount = 1 + self.dice.below(20_000);
        for _ in 0..2 {
            let way = if self.dice.below(3) == 0 { "returned" } else { "destroy" };
            let draft: RecoveryDraft = serde_json::from_value(json!({
                "lot": lot, "way": way, "quantity": { "amount": amount.to_string(), "unit": "g" },
            }))
            .unwrap();
            later(self.trade.app());
            match recalls::recover(self.trade.app(), &firm.by(), id, &draft).await {
                Ok(_) => return amount,
                Err(recalls::Error::MoreThanHad { most, .. }) if !most.is_zero() => amount = most.amount(),
                Err(recalls::Error::MoreThanHad { .. } | recalls::Error::NotFound) => return 0,
                Err(error) => panic!("{error:?}"),
            }
        }
        panic!("what may be recovered is refused")
    }

    /// Goods go back to who sent them, and arrive there whole, in part, or are refused, lost or still awaited; how much was sent.
    async fn send_back(&mut self, from: &Firm, lot: LotId) -> i64 {
        let held = self.held(lot, from).await;
        let to = self.firms()[usize::try_from(self.dice.below(3)).unwrap()].clone();
        if held < 2 || to.party == from.party {
            return 0;
        }
        let amount = 1 + self.dice.below(held);
        let what = movement(from, lot, amount);
        let ship = Ship { what, to: Some(to.party), document: None, vehicle: None, back: true };
        later(self.trade.app());
        let Ok(sent) = chain::record(self.trade.app(), &from.by(), Command::Ship(ship)).await else {
            // It did not come from there.
            return 0;
        };
        let part = 1 + self.dice.below(amount);
        let receipt = Receive {
            shipment: Some(sent.event),
            from: None,
            lots: vec![Portion { lot, quantity: grams(part) }],
            place: Some(to.place),
            when: None,
            note: None,
        };
        match self.dice.below(6) {
            0 => {}
            1 => drop(self.act(&to, Command::Refuse(receipt)).await),
            2 => drop(self.act(&to, Command::Lose(receipt)).await),
            _ => drop(self.act(&to, Command::Receive(receipt)).await),
        }
        amount
    }
}

async fn what_was_made_up_is_told_exactly(on: On) {
    let seeds = match on {
        On::Sqlite => 100..109,
        On::Postgres => 109..115,
    };
    let mut told = [0_i64; 3];
    for seed in seeds {
        let mut chain = Chain::begin(on, seed).await;
        for _ in 0..30 {
            chain.step().await;
        }
        let mut made_up = 0;
        // One kind in each chain: who sells what it never had and claims to have received it makes it up once.
        let kind = seed % 3;
        // More sold than there is.
        if let Some((firm, event)) = chain.sales.last().cloned().filter(|_| kind == 0) {
            let lot = chain.act_lot(event).await;
            let beyond = 1 + chain.dice.below(50_000);
            let amount = chain.held(lot, &firm).await + beyond;
            chain
                .tell_again(&firm, event, 1, |told| told["quantityList"][0]["quantity"] = kilograms(amount))
                .await;
            made_up += beyond;
            told[0] += beyond;
        }
        // More received than was sent.
        if let Some((firm, event)) = chain.receipts.last().cloned().filter(|_| kind == 1) {
            let beyond = 1 + chain.dice.below(50_000);
            chain
                .tell_again(&firm, event, 2, |told| told["quantityList"][0]["quantity"] = kilograms(beyond))
                .await;
            made_up += beyond;
            told[1] += beyond;
        }
        // More made than went in.
        for (firm, event) in chain.makings.clone().into_iter().filter(|_| kind == 2) {
            let input = chain.act_lot(event).await;
            if chain.held(input, &firm).await < 100 {
                continue;
            }
            let beyond = 1 + chain.dice.below(50_000);
            chain
                .tell_again(&firm, event, 3, |told| {
                    told["inputQuantityList"][0]["quantity"] = kilograms(100);
                    let class = told["outputQuantityList"][0]["epcClass"].as_str().unwrap().to_owned();
                    let start = class.rsplit_once('/').unwrap().0;
                    told["outputQuantityList"] = json!([{ "epcClass": format!("{start}/THEM-{seed}"), "uom": "KGM",
                        "quantity": kilograms(100 + beyond) }]);
                })
                .await;
            made_up += beyond;
            told[2] += beyond;
            break;
        }
        let (_, figures) = chain.recalled().await;
        assert_eq!(figures[0].unaccounted, -made_up, "seed {seed}: {figures:?}");
        let expected = 10_000 * i128::from(figures[0].entered + made_up) / i128::from(figures[0].entered);
        assert_eq!(figures[0].basis_points().map(i128::from), Some(expected));
    }
    assert!(told.iter().all(|grams| *grams > 0), "not every kind of fraud was tried: {told:?}");
}

impl Chain {
    /// The lot that an event is about, or that went into what it made.
    async fn act_lot(&self, event: EventId) -> LotId {
        let parts =
            self.trade.app().store.read(async |tx| nguongoc::events::parts(tx, event).await).await.unwrap();
        let part = parts.iter().find(|part| part.role != nguongoc::events::Role::Output).expect("a part");
        part.thing.as_lot()
    }
}
