//! A trace as it is told: every thing reached, origins with their shares, holders, hand-overs, times, paths and gaps.
//!
//! What must stay true: everything that should be there and is not stands among the gaps; amounts are whole grams or pieces, rounded to
//! the nearest (half up) where they follow from a share; nothing here is hidden yet (see `sight`): views ask it line by line.

use super::closure::{Closure, Direction};
use super::gaps::Gap;
use super::graph::{Node, Order};
use super::share::{Amounts, Flow, Shares, WHOLE, Way, contents};
use super::sight::{Parties, Places, Sight};
use super::told::{Account, Happening, Holding, KnownLot, KnownParty, KnownPlace, Parcel, Thing};
use crate::kernel::{EventId, LotId, Moment, PartyId, PlaceId, ThingId, Unit};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The most paths that are told each way.
const MOST_PATHS: usize = 12;

/// Where a line of a trace stands to what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// It went into it.
    Back,
    /// It is what was asked for.
    Start,
    /// It came out of it.
    Forward,
}

impl Standing {
    /// The word for it in JSON and sheets.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Back => "back",
            Self::Start => "start",
            Self::Forward => "forward",
        }
    }
}

/// What somebody did with goods, in five kinds that everybody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StageKind {
    /// They began.
    Origin,
    /// They were changed.
    Processing,
    /// They were packed.
    Packing,
    /// They were under way.
    Transport,
    /// They lay with a holder.
    Storage,
    /// They were sold.
    Sale,
}

impl StageKind {
    /// All kinds in the order of a chain.
    pub const ALL: [Self; 6] =
        [Self::Origin, Self::Processing, Self::Packing, Self::Transport, Self::Storage, Self::Sale];

    /// The stage that a step begins; nothing for what only looks at goods.
    #[must_use]
    pub fn begun_by(step: &str) -> Option<Self> {
        match step {
            "harvest" | "pick" => Some(Self::Origin),
            "wash" | "cut" | "mix" | "split" | "merge" | "repack" | "process" => Some(Self::Processing),
            "pack" | "aggregate" | "disaggregate" => Some(Self::Packing),
            "ship" => Some(Self::Transport),
            "receive" | "refuse" | "return" => Some(Self::Storage),
            "sell" => Some(Self::Sale),
            _ => None,
        }
    }

    /// The word for it in JSON and sheets.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Processing => "processing",
            Self::Packing => "packing",
            Self::Transport => "transport",
            Self::Storage => "storage",
            Self::Sale => "sale",
        }
    }

    /// The key of the word for it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Origin => "trace-stage-origin",
            Self::Processing => "trace-stage-processing",
            Self::Packing => "trace-stage-packing",
            Self::Transport => "trace-stage-transport",
            Self::Storage => "trace-stage-storage",
            Self::Sale => "trace-stage-sale",
        }
    }
}

/// A thing reached.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its place in the graph.
    pub place: usize,
    /// The thing.
    pub thing: ThingId,
    /// Where it stands.
    pub standing: Standing,
    /// How many makings lie between it and what was asked for.
    pub depth: usize,
    /// How much of it there was in all.
    pub amount: Option<(i64, Unit)>,
    /// Back: how much of what was asked for came through it. Forward: how much of what was asked for went into it. In
    /// weights of [`WHOLE`].
    pub weight: Option<u64>,
    /// Forward: what part of it came from what was asked for, in trillionths.
    pub content: Option<u64>,
    /// The furthest stage that is told of it.
    pub stage: Option<StageKind>,
    /// When the first and the last thing happened to it.
    pub times: Option<(Moment, Moment)>,
}

/// What something came from, or what it ended as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The thing.
    pub thing: ThingId,
    /// Parts per million of what was asked for.
    pub share: u64,
    /// That share in grams or pieces, where the whole is known.
    pub amount: Option<i64>,
    /// Whether the registry knows it as a lot.
    pub known: bool,
}

/// How the mass of one way is shared out; everything sums to a million exactly.
#[derive(Clone, Debug, Default)]
pub struct Sharing {
    /// The ends, the largest first.
    pub ends: Vec<End>,
    /// Of things that the registry does not know.
    pub unknown: u64,
    /// Lost where an amount is missing.
    pub unweighed: u64,
    /// Leading into a circle.
    pub circular: u64,
    /// The heaviest paths: the things along each from the first cause on, the weight in parts per million, the amount.
    pub paths: Vec<(Vec<ThingId>, u64, Option<i64>)>,
}

/// A part of a lot in somebody's hands, or gone from them for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hand {
    /// What is left there.
    pub left: i64,
    /// What was sold to consumers.
    pub sold: i64,
    /// What was wasted or taken as a sample.
    pub gone: i64,
}

/// How long goods were in a stage at a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// How many stays were counted.
    pub stays: u64,
    /// Their sum in microseconds.
    pub sum: i64,
    /// The longest, in microseconds.
    pub longest: i64,
}

/// All that the tables tell of the things of a closure.
#[derive(Debug, Default)]
pub struct Known {
    /// Names.
    pub things: HashMap<ThingId, Thing>,
    /// The registered lots.
    pub lots: HashMap<ThingId, KnownLot>,
    /// The parties.
    pub parties: Parties,
    /// The places.
    pub places: Places,
    /// What happened, in order of time, in cases and out of them.
    pub events: Vec<Happening>,
    /// Events that wait.
    pub parked: Vec<(ThingId, EventId, String)>,
    /// Who has what.
    pub holdings: Vec<Holding>,
    /// Who did what with how much.
    pub accounts: Vec<Account>,
    /// What was sent.
    pub parcels: Vec<Parcel>,
    /// Whether there were more events than were read.
    pub cut: bool,
}

impl Known {
    /// The lot that a thing is.
    #[must_use]
    pub fn lot(&self, thing: ThingId) -> Option<&KnownLot> {
        self.lots.get(&thing)
    }

    /// A party.
    #[must_use]
    pub fn party(&self, id: PartyId) -> Option<&KnownParty> {
        self.parties.get(&id)
    }

    /// A place.
    #[must_use]
    pub fn place(&self, id: PlaceId) -> Option<&KnownPlace> {
        self.places.get(&id)
    }
}

/// A whole trace.
#[derive(Debug)]
pub struct Trace {
    /// Which way it goes.
    pub direction: Direction,
    /// The genealogy.
    pub closure: Closure,
    /// What is known of its things.
    pub known: Known,
    /// What of it may be shown.
    pub sight: Sight,
    /// The things reached, the furthest causes first.
    pub lines: Vec<Line>,
    /// Where it came from.
    pub origins: Option<Sharing>,
    /// Where it went.
    pub goals: Option<Sharing>,
    /// Who has or had it, lot by lot.
    pub hands: BTreeMap<(LotId, PartyId), Hand>,
    /// Hand-overs that were not confirmed in full.
    pub open: Vec<Parcel>,
    /// How long it was where.
    pub spent: BTreeMap<(StageKind, Option<PlaceId>), Spent>,
    /// What is missing.
    pub gaps: Vec<Gap>,
    /// How much was asked for, where that is known in one unit.
    pub whole: Option<(i64, Unit)>,
    /// What part of each thing came from what was asked for, in trillionths, where it is known.
    pub contents: HashMap<ThingId, u64>,
}

/// A share of an amount, to the nearest whole (half up).
#[must_use]
pub fn share_of(amount: i64, part: u64, whole: u64) -> i64 {
    let amount = u128::try_from(amount).unwrap_or(0);
    let (part, whole) = (u128::from(part), u128::from(whole.max(1)));
    i64::try_from((amount * part * 2 + whole) / (whole * 2)).unwrap_or(i64::MAX)
}

/// Tells a closure.
#[must_use]
pub(super) fn tell(closure: Closure, direction: Direction, known: Known, sight: Sight) -> Trace {
    let order = closure.graph.order();
    let amounts = amounts(&closure, &known);
    let back = direction.is_back().then(|| share(&closure, &order, &amounts, &known, Way::Back));
    let forward = direction.is_forward().then(|| share(&closure, &order, &amounts, &known, Way::Forward));
    let contents = if direction.is_forward() {
        contents(&closure.graph, &order, &amounts, &closure.starts)
    } else {
        HashMap::new()
    };
    let weights = [&back, &forward].map(|one| one.as_ref().map(|(_, shares)| &shares.through));
    let lines = lines(&closure, &known, &amounts, weights, &contents);
    let gaps = super::gaps::gaps(&closure, &order, &known, &lines);
    let whole = whole(&closure, &order, &amounts, direction);
    Trace {
        origins: back.map(|(sharing, _)| sharing),
        goals: forward.map(|(sharing, _)| sharing),
        hands: hands(&closure, &known, direction),
        open: open(&closure, &known),
        spent: spent(&known),
        gaps,
        whole,
        contents: lines.iter().filter_map(|line| Some((line.thing, line.content?))).collect(),
        lines,
        direction,
        closure,
        known,
        sight,
    }
}

/// How much there was of each thing: what was harvested and produced of a lot, else what came out of nodes, else what was declared.
fn amounts(closure: &Closure, known: &Known) -> Amounts {
    let mut entered: HashMap<LotId, i64> = HashMap::new();
    for account in &known.accounts {
        if matches!(account.account.as_str(), "harvested" | "produced") {
            let sum = entered.entry(account.lot).or_default();
            *sum = sum.saturating_add(account.amount);
        }
    }
    let mut amounts = Amounts::new();
    for (place, thing) in closure.graph.things().iter().enumerate() {
        let lot = known.lot(*thing);
        let entered = lot.and_then(|lot| Some((*entered.get(&lot.id)?, lot.unit)));
        let declared = lot.map(|lot| (lot.declared, lot.unit));
        let amount = entered.filter(|(amount, _)| *amount > 0).or(closure.graph.made(place)).or(declared);
        if let Some(amount) = amount {
            amounts.insert(place, amount);
        }
    }
    amounts
}

fn whole(closure: &Closure, order: &Order, amounts: &Amounts, direction: Direction) -> Option<(i64, Unit)> {
    let way = if direction.is_back() { Way::Back } else { Way::Forward };
    whole_of(&Flow::new(&closure.graph, order, amounts, way).begin(&closure.starts)?, amounts)
}

fn whole_of(begin: &[(usize, u64)], amounts: &Amounts) -> Option<(i64, Unit)> {
    let mut sum: Option<(i64, Unit)> = None;
    for (thing, _) in begin {
        let (amount, unit) = amounts.get(thing).copied()?;
        sum = match sum {
            None => Some((amount, unit)),
            Some((so_far, known)) if known == unit => Some((so_far.saturating_add(amount), unit)),
            Some(_) => return None,
        };
    }
    sum
}

fn share(closure: &Closure, order: &Order, amounts: &Amounts, known: &Known, way: Way) -> (Sharing, Shares) {
    let flow = Flow::new(&closure.graph, order, amounts, way);
    let Some(begin) = flow.begin(&closure.starts) else {
        let unweighed = if closure.starts.is_empty() { 0 } else { super::share::MILLION };
        return (Sharing { unweighed, ..Sharing::default() }, Shares::default());
    };
    let whole = whole_of(&begin, amounts).map(|(amount, _)| amount);
    let shares = flow.shares(&begin);
    let (ends, unweighed, circular) = shares.millionths();
    let weights: HashMap<usize, u64> = shares.ends.iter().copied().collect();
    let mut sharing = Sharing { unweighed, circular, ..Sharing::default() };
    for (place, share) in ends {
        let thing = closure.graph.thing(place);
        let is_known = known.lots.contains_key(&thing);
        if !is_known && way == Way::Back {
            sharing.unknown += share;
        }
        let weight = weights.get(&place).copied().unwrap_or(0);
        let amount = whole.map(|whole| share_of(whole, weight, WHOLE));
        sharing.ends.push(End { thing, share, amount, known: is_known });
    }
    for (path, weight) in flow.paths(&begin, MOST_PATHS) {
        let mut things: Vec<ThingId> = path.into_iter().map(|place| closure.graph.thing(place)).collect();
        if way == Way::Back {
            things.reverse();
        }
        let amount = whole.map(|whole| share_of(whole, weight, WHOLE));
        sharing.paths.push((things, weight / (WHOLE / super::share::MILLION), amount));
    }
    (sharing, shares)
}

/// Levels: how many makings lie between the starts and each thing.
fn depths(closure: &Closure, forward: bool) -> HashMap<usize, usize> {
    let graph = &closure.graph;
    let mut depths: HashMap<usize, usize> = closure.starts.iter().map(|start| (*start, 0)).collect();
    let mut level = closure.starts.clone();
    let mut depth = 0;
    while !level.is_empty() {
        depth += 1;
        let mut next = Vec::new();
        let mut met = HashSet::new();
        for thing in level {
            let nodes: Vec<usize> = if forward {
                graph.used_in(thing).map(|part| part.node).collect()
            } else {
                graph.made_by(thing).map(|part| part.node).collect()
            };
            for node in nodes.into_iter().filter(|node| met.insert(*node)) {
                let parts: Vec<usize> = if forward {
                    graph.outputs(node).map(|part| part.thing).collect()
                } else {
                    graph.inputs(node).map(|part| part.thing).collect()
                };
                for thing in parts {
                    depths.entry(thing).or_insert_with(|| {
                        next.push(thing);
                        depth
                    });
                }
            }
        }
        level = next;
    }
    depths
}

fn lines(
    closure: &Closure,
    known: &Known,
    amounts: &Amounts,
    [back, forward]: [Option<&HashMap<usize, u64>>; 2],
    contents: &HashMap<usize, Option<u64>>,
) -> Vec<Line> {
    let mut times: HashMap<ThingId, (Moment, Moment)> = HashMap::new();
    let mut stages: HashMap<ThingId, StageKind> = HashMap::new();
    for event in &known.events {
        let span = times.entry(event.thing).or_insert((event.time, event.time));
        *span = (span.0.min(event.time), span.1.max(event.time));
        // What was used up in a making was not processed itself: its output was.
        if event.role != "input"
            && let Some(stage) = StageKind::begun_by(&event.step)
        {
            let furthest = stages.entry(event.thing).or_insert(stage);
            *furthest = (*furthest).max(stage);
        }
    }
    let (behind, before) = (depths(closure, false), depths(closure, true));
    let mut seen = HashSet::new();
    let groups = [
        (Standing::Start, &closure.starts, None),
        (Standing::Back, &closure.back, back),
        (Standing::Forward, &closure.forward, forward),
    ];
    let mut lines = Vec::new();
    for (standing, places, weights) in groups {
        let depths = if standing == Standing::Forward { &before } else { &behind };
        for place in places.iter().copied().filter(|place| seen.insert(*place)) {
            let thing = closure.graph.thing(place);
            let weights = weights.or(back).or(forward);
            lines.push(Line {
                place,
                thing,
                standing,
                depth: depths.get(&place).copied().unwrap_or(0),
                amount: amounts.get(&place).copied(),
                weight: weights.and_then(|weights| weights.get(&place).copied()),
                content: contents.get(&place).copied().flatten(),
                stage: stages.get(&thing).copied(),
                times: times.get(&thing).copied(),
            });
        }
    }
    let far = |line: &Line| match line.standing {
        Standing::Back => usize::MAX - line.depth,
        _ => line.depth,
    };
    lines.sort_by_key(|line| (line.standing, far(line), line.times.map(|times| times.0), line.thing));
    lines
}

fn forward_lots(closure: &Closure, direction: Direction) -> HashSet<ThingId> {
    let graph = &closure.graph;
    let forward = closure.forward.iter().filter(|_| direction.is_forward());
    closure.starts.iter().chain(forward).map(|place| graph.thing(*place)).collect()
}

fn hands(closure: &Closure, known: &Known, direction: Direction) -> BTreeMap<(LotId, PartyId), Hand> {
    let reached = forward_lots(closure, direction);
    let is_reached = |lot: LotId| reached.contains(&ThingId::from_uuid(lot.as_uuid()));
    let mut hands: BTreeMap<(LotId, PartyId), Hand> = BTreeMap::new();
    for one in known.holdings.iter().filter(|one| one.amount > 0 && is_reached(one.lot)) {
        hands.entry((one.lot, one.party)).or_default().left = one.amount;
    }
    for one in known.accounts.iter().filter(|one| is_reached(one.lot)) {
        let hand = |hands: &mut BTreeMap<(LotId, PartyId), Hand>, sold: i64, gone: i64| {
            let hand = hands.entry((one.lot, one.party)).or_default();
            hand.sold = hand.sold.saturating_add(sold);
            hand.gone = hand.gone.saturating_add(gone);
        };
        match one.account.as_str() {
            "sold" => hand(&mut hands, one.amount, 0),
            "wasted" | "sampled" => hand(&mut hands, 0, one.amount),
            _ => {}
        }
    }
    hands
}

fn open(closure: &Closure, known: &Known) -> Vec<Parcel> {
    let reached: HashSet<ThingId> =
        closure.reached().into_iter().map(|place| closure.graph.thing(place)).collect();
    let is_open = |parcel: &&Parcel| parcel.under_way() > 0 || parcel.refused > 0;
    let is_reached = |parcel: &&Parcel| reached.contains(&ThingId::from_uuid(parcel.lot.as_uuid()));
    known.parcels.iter().filter(is_open).filter(is_reached).copied().collect()
}

/// From each event of a thing to its next one, counted to the stage that the first of them began, at its place.
fn spent(known: &Known) -> BTreeMap<(StageKind, Option<PlaceId>), Spent> {
    let mut last: HashMap<ThingId, (StageKind, Option<PlaceId>, Moment)> = HashMap::new();
    let mut spent: BTreeMap<(StageKind, Option<PlaceId>), Spent> = BTreeMap::new();
    for event in &known.events {
        // What goes into a making ends its stay there and begins none.
        let stage = if event.role == "input" { None } else { StageKind::begun_by(&event.step) };
        let ends = stage.is_some() || event.role == "input";
        if ends && let Some((stage, place, since)) = last.remove(&event.thing) {
            let stay = event.time.micros().saturating_sub(since.micros()).max(0);
            let sum = spent.entry((stage, place)).or_default();
            sum.stays += 1;
            sum.sum = sum.sum.saturating_add(stay);
            sum.longest = sum.longest.max(stay);
        }
        if let Some(stage) = stage.filter(|stage| *stage != StageKind::Sale) {
            let place = event.place.filter(|_| stage != StageKind::Transport);
            last.insert(event.thing, (stage, place, event.time));
        }
    }
    spent
}

/// Whether a node is a real making, and not the way into a case or out of a class.
#[must_use]
pub(super) fn is_making(node: Node) -> bool {
    matches!(node, Node::Made(_))
}
