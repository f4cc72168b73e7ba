//! The sample's season: 200 lots of the last weeks, harvested, packed, handed over and sold through the one door, in the order of
//! time. Deterministic for a day: the same day gives the same season.
//!
//! Most lots are complete. As in life, some shipments were never received, some lots never packed; one lot is recalled, one held,
//! one past its date. Rice is milled from paddy that another firm grew.

use super::people::{Cast, Firm, SampleProduct};
use crate::accounts::Member;
use crate::app::App;
use crate::chain::{
    self, By, Command, DeclareLot, Move, Output, Pack, Portion, Receive, Ship, StopLot, Transform, When,
};
use crate::codes::{self, Issued};
use crate::events;
use crate::fieldbook;
use crate::kernel::{Day, EventId, LEGAL_ZONE, Line, LotId, Moment, Note, PartyId, PlaceId, Quantity, Unit};
use crate::products;
use crate::store::StoreError;
use anyhow::{Context, Result, anyhow};
use std::time::Duration;

/// How many lots the season has.
pub(super) const LOTS: usize = 200;

/// How many days before its product what that is made of was harvested.
const DRYING: i32 = 3;

/// What one lot goes through.
struct Plan {
    product: SampleProduct,
    /// What it is made of, where it does not begin as itself.
    material: Option<SampleProduct>,
    day: Day,
    amount: i64,
    /// Who has it in turn, after the firm that declared it.
    hands: Vec<&'static str>,
    fate: Fate,
}

/// How a lot ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Every step was recorded.
    Complete,
    /// The last hand-over was never confirmed by its receiver.
    Unreceived,
    /// It was never packed, or nobody wrote it down.
    Unpacked,
    /// Harvested only: still where it began.
    AtOrigin,
    Recalled,
    Held,
    PastDate,
}

/// What has become of a lot so far.
#[derive(Default)]
struct State {
    /// What it is made of.
    material: Option<LotId>,
    lot: Option<LotId>,
    left: i64,
    shipment: Option<EventId>,
}

/// A step of a lot, and when it happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// What it is made of is harvested, sent to the firm that makes it, and received.
    Grow,
    Send,
    Fetch,
    /// It is harvested, or made.
    Declare,
    Pack,
    /// From the hand with this number to the next.
    Ship(usize),
    Receive(usize),
    Sell(usize),
}

/// Ways that goods take through the sample's firms.
const WAYS: [&[&str]; 6] = [
    &["baoan", "cuahangla"],
    &["baoan", "bepque"],
    &["cuahangla"],
    &["sochehat", "bepque"],
    &["chodau"],
    &["baoan", "chodau"],
];

/// A lot that the season made.
pub(super) struct Made {
    pub(super) lot: LotId,
    party: PartyId,
    issuer: Member,
    pub(super) fate: Fate,
}

/// A sequence of numbers that is the same each time.
struct Dice(u64);

impl Dice {
    /// A number below `n`.
    fn below(&mut self, n: usize) -> usize {
        // SplitMix64: the sample needs variety, not secrecy.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let wide = u128::from(z ^ (z >> 31)) * (n.max(1) as u128);
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}

fn plans(cast: &Cast, today: Day) -> Vec<Plan> {
    let mut dice = Dice(206);
    let material_of =
        |product: &SampleProduct| cast.products.iter().find(|other| other.name == product.made_of).cloned();
    let is_material = |product: &SampleProduct| cast.products.iter().any(|one| one.made_of == product.name);
    let products: Vec<&SampleProduct> =
        cast.products.iter().filter(|product| !is_material(product)).collect();
    (0..LOTS)
        .map(|number| {
            let product = products[number % products.len()].clone();
            let material = material_of(&product);
            let fate = match number {
                17 => Fate::Recalled,
                43 => Fate::Held,
                64 => Fate::PastDate,
                n if n % 23 == 5 => Fate::Unreceived,
                n if n % 29 == 7 => Fate::Unpacked,
                n if n % 31 == 9 => Fate::AtOrigin,
                _ => Fate::Complete,
            };
            let freshest = product.shelf_life_days.min(40);
            let age = match fate {
                Fate::PastDate => product.shelf_life_days + 3,
                // Yesterday at the latest, so that the whole chain lies in the past.
                _ => 1 + i32::try_from(dice.below(usize::try_from(freshest - 1).unwrap_or(1))).unwrap_or(0),
            };
            let amount = match product.unit {
                Unit::Gram => 1_000 * i64::try_from(20 + dice.below(480)).unwrap_or(20),
                Unit::Piece => i64::try_from(30 + dice.below(970)).unwrap_or(30),
            };
            let ways: Vec<_> = WAYS.iter().filter(|way| !way.contains(&product.firm.as_str())).collect();
            let hands =
                if fate == Fate::AtOrigin { Vec::new() } else { ways[dice.below(ways.len())].to_vec() };
            Plan { day: today.plus_days(-age), product, material, amount, hands, fate }
        })
        .collect()
}

/// The steps of a lot with their times: minutes after midnight on its day, or on that on which what it is made of was harvested.
fn steps(plan: &Plan, number: usize) -> Vec<(Moment, Step)> {
    let on = |day: Day, minutes: usize| {
        let minutes = minutes + number % 37;
        day.start().plus(Duration::from_mins(u64::try_from(minutes).unwrap_or(0)))
    };
    let at = |minutes: usize| on(plan.day, minutes);
    let mut steps = Vec::new();
    if plan.material.is_some() {
        let first = plan.day.plus_days(-DRYING);
        let grown = [(5 * 60, Step::Grow), (8 * 60, Step::Send), (8 * 60 + 95, Step::Fetch)];
        steps.extend(grown.map(|(minutes, step)| (on(first, minutes), step)));
    }
    steps.push((at(5 * 60), Step::Declare));
    if !matches!(plan.fate, Fate::Unpacked | Fate::AtOrigin) {
        steps.push((at(6 * 60 + 30), Step::Pack));
    }
    for hand in 0..plan.hands.len() {
        let begin = 8 * 60 + hand * 3 * 60;
        steps.push((at(begin), Step::Ship(hand)));
        let last = hand + 1 == plan.hands.len();
        if last && plan.fate == Fate::Unreceived {
            break;
        }
        steps.push((at(begin + 95), Step::Receive(hand)));
        if last {
            steps.push((at(begin + 180), Step::Sell(hand)));
        }
    }
    steps
}

/// Records the season. `tick` is called after each lot's last step. The clock is set to each event's time, so that the journal shows
/// when it was entered as it would have been.
pub(super) async fn record(app: &App, cast: &Cast, today: Day, tick: &dyn Fn()) -> Result<Vec<Made>> {
    let plans = plans(cast, today);
    let mut schedule: Vec<(Moment, usize, Step, bool)> = Vec::new();
    for (number, plan) in plans.iter().enumerate() {
        let steps = steps(plan, number);
        let last = steps.len().saturating_sub(1);
        schedule.extend(steps.into_iter().enumerate().map(|(n, (at, step))| (at, number, step, n == last)));
    }
    schedule.sort_by_key(|(at, number, ..)| (*at, *number));
    let mut states: Vec<State> = plans.iter().map(|_| State::default()).collect();
    for (at, number, step, last) in schedule {
        // A few minutes pass between the act and its entry.
        app.clock.set(at.plus(Duration::from_mins(4 + u64::try_from(number % 11).unwrap_or(0))));
        take(app, cast, &plans[number], &mut states[number], at, step)
            .await
            .with_context(|| format!("lot {number}, {step:?}"))?;
        if last {
            tick();
        }
    }
    plans
        .iter()
        .zip(&states)
        .map(|(plan, state)| {
            let firm = cast.firm(&plan.product.firm)?;
            let lot = state.lot.ok_or_else(|| anyhow!("a lot was not declared"))?;
            Ok(Made { lot, party: firm.party, issuer: firm.recorder, fate: plan.fate })
        })
        .collect()
}

/// Where a firm packs, keeps and makes its goods.
fn works_of(firm: &Firm) -> Result<PlaceId> {
    let place = firm.works.first().or_else(|| firm.origins.first());
    place.copied().ok_or_else(|| anyhow!("a sample firm without a place"))
}

/// The plot of a firm where by its book the crop of a product grew on a day.
async fn plot_of(app: &App, firm: &Firm, product: &SampleProduct, day: Day) -> Result<PlaceId> {
    let found = app.store.read(async |tx| {
        let crop = products::product(tx, product.id).await?.and_then(|product| product.crop);
        for plot in &firm.origins {
            if crop.is_some() && fieldbook::grown_at(tx, *plot, day).await? == crop {
                return Ok(Some(*plot));
            }
        }
        Ok::<_, StoreError>(None)
    });
    found.await?.ok_or_else(|| anyhow!("no plot of a sample firm has the crop: {}", product.name))
}

/// How much goes into a product that is made: rice is two thirds of its paddy.
fn material(plan: &Plan) -> Result<Quantity> {
    Ok(Quantity::new(plan.amount / 2 * 3, plan.product.unit)?)
}

/// A step of what a lot is made of.
async fn prepare(
    app: &App,
    cast: &Cast,
    plan: &Plan,
    state: &mut State,
    at: Moment,
    step: Step,
) -> Result<()> {
    let product = plan.material.as_ref().ok_or_else(|| anyhow!("it is made of nothing"))?;
    let (grower, maker) = (cast.firm(&product.firm)?, cast.firm(&plan.product.firm)?);
    let when = Some(When::At(at, LEGAL_ZONE));
    let lot = || state.material.ok_or_else(|| anyhow!("nothing was grown"));
    let (actor, command) = match step {
        Step::Grow => {
            let grown = DeclareLot {
                product: product.id,
                place: Some(plot_of(app, grower, product, at.day()).await?),
                when,
                quantity: material(plan)?,
                code: None,
                variety: None::<Line>,
                note: None,
            };
            (grower, Command::Declare(grown))
        }
        Step::Send => {
            let sent = Ship {
                what: Move { when, ..Move::of(lot()?, material(plan)?, works_of(grower)?) },
                to: Some(maker.party),
                back: false,
                document: None,
                vehicle: None,
            };
            (grower, Command::Ship(sent))
        }
        _ => {
            let received = Receive {
                shipment: Some(state.shipment.ok_or_else(|| anyhow!("nothing was sent"))?),
                from: None,
                place: Some(works_of(maker)?),
                lots: Vec::new(),
                when,
                note: None,
            };
            (maker, Command::Receive(received))
        }
    };
    let recorded = chain::record(app, &By::behalf(actor.recorder, actor.party), command).await?;
    state.material = Some(recorded.lot.id);
    state.shipment = Some(recorded.event);
    Ok(())
}

/// How a lot begins: it is harvested, or made of what has come.
fn begin(plan: &Plan, origin: &Firm, state: &State, when: Option<When>) -> Result<Command> {
    let quantity = Quantity::new(plan.amount, plan.product.unit)?;
    if plan.material.is_none() {
        let begun = origin.origins.first().or_else(|| origin.works.first());
        return Ok(Command::Declare(DeclareLot {
            product: plan.product.id,
            place: Some(*begun.ok_or_else(|| anyhow!("a sample firm without a place"))?),
            when,
            quantity,
            code: None,
            variety: None::<Line>,
            note: None,
        }));
    }
    let lot = state.material.ok_or_else(|| anyhow!("nothing has come to make it of"))?;
    Ok(Command::Transform(Transform {
        step: events::Step::Process,
        inputs: vec![Portion { lot, quantity: material(plan)? }],
        unknown: Vec::new(),
        unknown_outputs: Vec::new(),
        outputs: vec![Output { product: plan.product.id, code: None, quantity }],
        node: None,
        place: Some(works_of(origin)?),
        when,
        note: None,
    }))
}

async fn take(app: &App, cast: &Cast, plan: &Plan, state: &mut State, at: Moment, step: Step) -> Result<()> {
    let origin = cast.firm(&plan.product.firm)?;
    let when = Some(When::At(at, LEGAL_ZONE));
    let lot = || state.lot.ok_or_else(|| anyhow!("the lot was not declared"));
    let whole = Quantity::new(state.left.max(1), plan.product.unit)?;
    let command = match step {
        Step::Grow | Step::Send | Step::Fetch => return prepare(app, cast, plan, state, at, step).await,
        Step::Declare => begin(plan, origin, state, when)?,
        Step::Pack => Command::Pack(Pack {
            what: Move { when, ..Move::of(lot()?, whole, works_of(origin)?) },
            expires_on: None,
            pack_size: Some(match plan.product.unit {
                Unit::Gram => Quantity::grams(500)?,
                Unit::Piece => Quantity::pieces(1)?,
            }),
            certificates: Vec::new(),
        }),
        Step::Ship(hand) => {
            let from = if hand == 0 { origin } else { cast.firm(plan.hands[hand - 1])? };
            // Nine tenths go on, so that every hand keeps a little: balances that are not all zero.
            let amount = Quantity::new((state.left * 9 / 10).max(1), plan.product.unit)?;
            Command::Ship(Ship {
                what: Move { when, ..Move::of(lot()?, amount, works_of(from)?) },
                to: Some(cast.firm(plan.hands[hand])?.party),
                back: false,
                document: Line::optional(&format!("PX-MAU-{:04}", amount.amount() % 10_000))?,
                vehicle: None,
            })
        }
        Step::Receive(hand) => Command::Receive(Receive {
            shipment: Some(state.shipment.ok_or_else(|| anyhow!("nothing was shipped"))?),
            from: None,
            place: Some(works_of(cast.firm(plan.hands[hand])?)?),
            lots: Vec::new(),
            when,
            note: None,
        }),
        Step::Sell(hand) => {
            let quantity = Quantity::new((state.left * 2 / 3).max(1), plan.product.unit)?;
            let place = works_of(cast.firm(plan.hands[hand])?)?;
            Command::Sell(Move { when, ..Move::of(lot()?, quantity, place) })
        }
    };
    let actor = match step {
        Step::Grow | Step::Send | Step::Fetch | Step::Declare | Step::Pack | Step::Ship(0) => origin,
        Step::Ship(hand) => cast.firm(plan.hands[hand - 1])?,
        Step::Receive(hand) | Step::Sell(hand) => cast.firm(plan.hands[hand])?,
    };
    let shipped = match &command {
        Command::Ship(ship) => {
            Some(ship.what.goods.lots.first().map_or(0, |portion| portion.quantity.amount()))
        }
        _ => None,
    };
    let recorded = chain::record(app, &By::behalf(actor.recorder, actor.party), command).await?;
    state.lot = Some(recorded.lot.id);
    match (step, shipped) {
        (Step::Ship(_), Some(amount)) => {
            state.shipment = Some(recorded.event);
            state.left = amount;
        }
        _ => state.left = recorded.left.map_or(0, Quantity::amount),
    }
    Ok(())
}

/// The authority's acts at the end of the season, after the codes: labels were printed before anybody knew.
pub(super) async fn stop(app: &App, cast: &Cast, made: &[Made]) -> Result<()> {
    for one in made {
        let reason = |text: &str| Note::parse(text);
        let lot = one.lot;
        let (by, command) = match one.fate {
            Fate::Recalled => {
                let reason = reason("Mẫu thử: kết quả kiểm nghiệm vượt giới hạn (dữ liệu hư cấu)")?;
                (By::Official(cast.officer), Command::Recall(StopLot { lot, reason }))
            }
            Fate::Held => {
                let reason = reason("Mẫu thử: chờ xác minh nhật ký phun (dữ liệu hư cấu)")?;
                (By::Official(cast.inspector), Command::Hold(StopLot { lot, reason }))
            }
            _ => continue,
        };
        chain::record(app, &by, command).await?;
    }
    Ok(())
}

/// Issues the codes, but for lots that never left the place where they began. Returns the first complete lot's, to be shown.
pub(super) async fn issue(app: &App, made: &[Made], tick: &dyn Fn()) -> Result<Issued> {
    let mut first = None;
    for one in made {
        if one.fate != Fate::AtOrigin {
            let issued = codes::issue(app, &By::behalf(one.issuer, one.party), one.lot).await?;
            if one.fate == Fate::Complete && first.is_none() {
                first = Some(issued);
            }
        }
        tick();
    }
    first.ok_or_else(|| anyhow!("the season has no complete lot"))
}
