//! Random acts by forms: whatever three firms may do to a few lots and cases, in any order, some of it declared wrong later.

use super::chain::later;
use super::trade::{Firm, Trade, movement};
use nguongoc::chain::{
    self, Casing, Collect, Command, Correct, DeclareLot, Error, Goods, Move, Output, Pack, Portion, Receive,
    Recorded, Ship, Test, Transform,
};
use nguongoc::events::Step;
use nguongoc::kernel::{EventId, LotCode, LotId, Quantity};
use nguongoc::lots;

/// What somebody tries to do, as numbers: what, who, how much, and three choices.
pub(crate) type Wish = (u8, u8, u16, u8, u8, u8);

/// Cases and pallets, under the prefix for examples.
pub(crate) const CASES: [&str; 4] =
    ["00/195212340000000010", "00/195212340000000027", "00/195212340000000034", "00/195212340000000041"];

/// What was done so far.
pub(crate) struct Season {
    /// The cases and pallets that it is about.
    pub(crate) cases: [String; 4],
    /// What the codes of its lots begin with.
    pub(crate) prefix: String,
    pub(crate) lots: Vec<LotId>,
    pub(crate) shipments: Vec<EventId>,
    /// Every event, with the firm whose act it was.
    pub(crate) done: Vec<(usize, EventId)>,
    /// Refusals, by what they say.
    pub(crate) refused: std::collections::BTreeMap<String, usize>,
}

impl Default for Season {
    fn default() -> Self {
        Self::of(CASES.map(str::to_owned), "X")
    }
}

/// A case that no other season is about.
fn case(number: u64) -> String {
    let digits = format!("1952123{number:010}");
    let sum: u32 =
        digits.bytes().rev().zip([3, 1].into_iter().cycle()).map(|(b, w)| u32::from(b - b'0') * w).sum();
    format!("00/{digits}{}", (10 - sum % 10) % 10)
}

pub(crate) fn grams(grams: i64) -> Quantity {
    Quantity::grams(grams).expect("an amount")
}

pub(crate) fn firms(trade: &Trade) -> [&Firm; 3] {
    [&trade.farm, &trade.packer, &trade.shop]
}

impl Season {
    fn of(cases: [String; 4], prefix: &str) -> Self {
        let (prefix, refused) = (prefix.to_owned(), std::collections::BTreeMap::default());
        Self { cases, prefix, lots: Vec::new(), shipments: Vec::new(), done: Vec::new(), refused }
    }

    /// One of many seasons in one registry, about cases and lots of its own.
    pub(crate) fn nth(number: u64, prefix: &str) -> Self {
        Self::of([1, 2, 3, 4].map(|n| case(number * 4 + n)), &format!("{prefix}{number}-"))
    }

    /// A lot of which the firm has so much in no case: the first from a random one on.
    async fn lot(&self, trade: &Trade, firm: &Firm, from: u8, amount: i64) -> Option<LotId> {
        let count = self.lots.len();
        for n in 0..count {
            let lot = self.lots[(usize::from(from) + n) % count];
            let held = trade.app().store.read(async |tx| lots::holding(tx, lot, firm.party).await).await;
            let held = held.expect("a holding").unwrap_or_default();
            if held.amount - held.boxed.max(0) >= amount {
                return Some(lot);
            }
        }
        None
    }

    #[expect(clippy::too_many_lines, reason = "a wish of each kind, side by side")]
    async fn command(&self, trade: &Trade, wish: Wish) -> Option<Command> {
        let (what, who, amount, a, b, c) = wish;
        let firm = firms(trade)[usize::from(who) % 3];
        let other = firms(trade)[(usize::from(who) + 1 + usize::from(a) % 2) % 3];
        let amount = 1 + i64::from(amount % 400);
        let case = self.cases[usize::from(b) % 3].clone();
        let shipment = self.shipments.get(usize::from(c) % self.shipments.len().max(1)).copied();
        let of_cases = |cases: Vec<String>, lots: Vec<Portion>| Move {
            goods: Goods { lots, cases },
            place: Some(firm.place),
            when: None,
            note: None,
        };
        let ship = |what, back| {
            Command::Ship(Ship { what, to: Some(other.party), document: None, vehicle: None, back })
        };
        let code =
            |n: usize| LotCode::parse(&format!("{}{}-{n}", self.prefix, self.done.len())).expect("a code");
        let moved = |lot| movement(firm, lot, amount);
        let receipt =
            |lots| Receive { shipment, from: None, lots, place: Some(firm.place), when: None, note: None };
        Some(match what % 24 {
            0 | 1 => Command::Declare(DeclareLot {
                product: firm.product,
                place: Some(firm.place),
                when: None,
                quantity: grams(10 * amount),
                code: Some(code(0)),
                variety: None,
                note: None,
            }),
            2 => Command::Pick(moved(*self.lots.get(usize::from(c) % self.lots.len().max(1))?)),
            3 | 4 => {
                let first = self.lot(trade, firm, b, amount).await?;
                let mut inputs = vec![Portion { lot: first, quantity: grams(amount) }];
                if let Some(second) =
                    self.lot(trade, firm, b.wrapping_add(1), amount).await.filter(|lot| *lot != first)
                {
                    inputs.push(Portion { lot: second, quantity: grams(amount) });
                }
                let outputs = (0..=usize::from(c) % 2).map(|n| Output {
                    product: firm.product,
                    code: Some(code(n)),
                    quantity: grams((amount / 2).max(1)),
                });
                Command::Transform(Transform {
                    step: Step::TRANSFORMATIONS[usize::from(a) % 7],
                    inputs,
                    unknown: Vec::new(),
                    unknown_outputs: Vec::new(),
                    outputs: outputs.collect(),
                    node: None,
                    place: Some(firm.place),
                    when: None,
                    note: None,
                })
            }
            5 => {
                let what = moved(self.lot(trade, firm, b, amount).await?);
                Command::Pack(Pack { what, expires_on: None, pack_size: None, certificates: Vec::new() })
            }
            6..=8 => {
                let lot = self.lot(trade, firm, a, amount).await?;
                Command::Aggregate(Casing { case, what: moved(lot) })
            }
            9 => Command::Aggregate(Casing {
                case: self.cases[3].clone(),
                what: of_cases(vec![case], Vec::new()),
            }),
            10 => {
                let case = self.cases[usize::from(c) % 4].clone();
                Command::Disaggregate(Casing { case, what: of_cases(Vec::new(), Vec::new()) })
            }
            11 => {
                let lot = *self.lots.get(usize::from(c) % self.lots.len().max(1))?;
                Command::Disaggregate(Casing { case, what: moved(lot) })
            }
            12 | 13 => ship(moved(self.lot(trade, firm, b, amount).await?), false),
            14 | 15 => {
                let case = self.cases[usize::from(c) % 4].clone();
                let loose = self.lot(trade, firm, b, amount).await.filter(|_| a % 3 == 0);
                let loose = loose.map(|lot| Portion { lot, quantity: grams(amount) });
                ship(of_cases(vec![case], loose.into_iter().collect()), a % 5 == 0)
            }
            16..=18 => {
                shipment?;
                Command::Receive(receipt(Vec::new()))
            }
            19 => {
                let lot = sent_lot(trade, shipment?).await?;
                let part = receipt(vec![Portion { lot, quantity: grams(amount) }]);
                match a % 6 {
                    0 | 3 => Command::Refuse(part),
                    1 => Command::Lose(part),
                    _ => Command::Receive(part),
                }
            }
            20 => {
                let sale = moved(self.lot(trade, firm, b, amount).await?);
                if a % 2 == 0 { Command::Sell(sale) } else { Command::Sample(sale) }
            }
            21 => Command::Waste(moved(self.lot(trade, firm, b, amount).await?)),
            22 => Command::Test(Test {
                lot: self.lot(trade, firm, b, amount).await?,
                conforms: a % 8 != 0,
                report: None,
                place: Some(firm.place),
                when: None,
                note: None,
            }),
            _ => {
                let (_, event) = *self.done.get(usize::from(c) % self.done.len().max(1))?;
                Command::Correct(Correct {
                    event,
                    did_not_occur: a % 2 == 0,
                    instead: Vec::new(),
                    note: None,
                })
            }
        })
    }

    /// Tries something; what is refused is counted.
    pub(crate) async fn wish(&mut self, trade: &Trade, wish: Wish) -> Option<Recorded> {
        let mut who = usize::from(wish.1) % 3;
        let command = self.command(trade, wish).await?;
        if let Command::Correct(asked) = &command {
            who = self.done.iter().find(|(_, event)| *event == asked.event)?.0;
        }
        if let Command::Receive(asked) | Command::Refuse(asked) | Command::Lose(asked) = &command {
            let sent =
                trade.app().store.read(async |tx| lots::shipment(tx, asked.shipment.unwrap()).await).await;
            let to = sent.expect("a shipment").first()?.sent.to;
            who = firms(trade).iter().position(|firm| firm.party == to)?;
        }
        let by = firms(trade)[who].by();
        let command = at_home(command, firms(trade)[who]);
        let makes = matches!(command, Command::Declare(_) | Command::Transform(_));
        let sends = matches!(command, Command::Ship(_) | Command::Refuse(_));
        later(trade.app());
        match chain::record(trade.app(), &by, command).await {
            Ok(recorded) => {
                self.done.push((who, recorded.event));
                if makes {
                    let new: Vec<LotId> =
                        recorded.lots.iter().filter(|lot| !self.lots.contains(lot)).copied().collect();
                    self.lots.extend(new);
                }
                if sends {
                    self.shipments.push(recorded.event);
                }
                Some(recorded)
            }
            Err(Error::Store(error)) => panic!("{error:?}"),
            Err(error) => {
                let said = format!("{error:?}");
                let said = said.split([' ', '(']).next().unwrap_or_default().to_owned();
                *self.refused.entry(said).or_default() += 1;
                None
            }
        }
    }
}

/// A receipt happens at a place of who receives.
fn at_home(command: Command, firm: &Firm) -> Command {
    match command {
        Command::Receive(receipt) => Command::Receive(Receive { place: Some(firm.place), ..receipt }),
        Command::Refuse(receipt) => Command::Refuse(Receive { place: Some(firm.place), ..receipt }),
        Command::Lose(receipt) => Command::Lose(Receive { place: Some(firm.place), ..receipt }),
        other => other,
    }
}

async fn sent_lot(trade: &Trade, shipment: EventId) -> Option<LotId> {
    let sent = trade.app().store.read(async |tx| lots::shipment(tx, shipment).await).await;
    sent.expect("a shipment").first().map(|sent| sent.sent.lot)
}

/// A lot that began in several places.
pub(crate) fn collect(lot: DeclareLot, more: Vec<(nguongoc::kernel::PlaceId, Quantity)>) -> Command {
    Command::Collect(Collect { lot, more })
}
