//! Where the mass of a trace came from and where it went: shares, and the paths that most of it took.
//!
//! All reckoning is in whole numbers. What is traced weighs [`WHOLE`]; at each parting it is split in proportion to the amounts, each
//! part rounded down, and what is left over goes one by one to the parts with the largest remainders (the earlier part first
//! where they are equal). So no parting loses or makes anything, and the shares of the ends sum to the whole exactly. Where an amount
//! is not told, nothing is guessed: that weight is unknown.

use super::graph::{Graph, Order, Part, Vertex, total};
use crate::kernel::Unit;
use std::collections::{BinaryHeap, HashMap};

/// The weight of all that is traced.
pub const WHOLE: u64 = 1_000_000_000_000_000;
/// Parts per million: the unit of the shares that are told.
pub const MILLION: u64 = 1_000_000;
/// The most partings that are looked at for paths.
const MOST_STEPS: usize = 20_000;

/// Splits `weight` in proportion to `amounts`, exactly.
#[must_use]
pub fn split(weight: u64, amounts: &[i64]) -> Vec<u64> {
    let amounts: Vec<u128> = amounts.iter().map(|amount| u128::try_from(*amount).unwrap_or(0)).collect();
    let sum: u128 = amounts.iter().sum();
    if sum == 0 {
        return vec![0; amounts.len()];
    }
    let whole = u128::from(weight);
    let mut parts: Vec<u64> =
        amounts.iter().map(|amount| u64::try_from(whole * amount / sum).unwrap_or(weight)).collect();
    let mut left = weight.saturating_sub(parts.iter().sum());
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let remainder = |place: &usize| amounts.get(*place).map_or(0, |amount| whole * amount % sum);
    order.sort_by_key(|place| (std::cmp::Reverse(remainder(place)), *place));
    for place in order {
        if left == 0 {
            break;
        }
        if let Some(part) = parts.get_mut(place) {
            *part += 1;
            left -= 1;
        }
    }
    parts
}

/// What the things of a trace amount to, by their place in the graph.
pub type Amounts = HashMap<usize, (i64, Unit)>;

/// What is traced, split over where it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// The weight that ended at each thing: back, at what was made from nothing; forward, what stayed as that thing.
    pub ends: Vec<(usize, u64)>,
    /// The weight that amounts are missing for.
    pub unweighed: u64,
    /// The weight that leads into a circle.
    pub circular: u64,
    /// The weight that passed through, or ended at, each thing.
    pub through: HashMap<usize, u64>,
}

impl Shares {
    /// Everything in parts per million, summing to a million: the ends in their order, then what is unweighed and what is circular.
    #[must_use]
    pub fn millionths(&self) -> (Vec<(usize, u64)>, u64, u64) {
        let weights: Vec<i64> = self
            .ends
            .iter()
            .map(|(_, weight)| *weight)
            .chain([self.unweighed, self.circular])
            .map(|weight| i64::try_from(weight).unwrap_or(i64::MAX))
            .collect();
        let mut parts = split(MILLION, &weights);
        let circular = parts.pop().unwrap_or(0);
        let unweighed = parts.pop().unwrap_or(0);
        (self.ends.iter().map(|(thing, _)| *thing).zip(parts).collect(), unweighed, circular)
    }
}

/// Which way the mass is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From effects to causes.
    Back,
    /// From causes to effects.
    Forward,
}

/// How a weight parts at a thing or node.
struct Parting {
    /// To whom, and how much.
    to: Vec<(usize, u64)>,
    /// What ends here.
    ends: u64,
    unweighed: u64,
    circular: u64,
}

/// The weights by which the parts of a parting are known, or nothing when they cannot be compared.
fn comparable(parts: &[&Part], unit: Option<Unit>) -> Option<Vec<i64>> {
    let mut unit = unit;
    parts
        .iter()
        .map(|part| {
            let (amount, counted) = (part.amount.filter(|amount| *amount > 0)?, part.unit?);
            (*unit.get_or_insert(counted) == counted).then_some(amount)
        })
        .collect()
}

/// What each way needs of a graph.
#[derive(Debug)]
pub struct Flow<'g> {
    graph: &'g Graph,
    order: &'g Order,
    amounts: &'g Amounts,
    way: Way,
}

impl<'g> Flow<'g> {
    /// Mass followed one way.
    #[must_use]
    pub fn new(graph: &'g Graph, order: &'g Order, amounts: &'g Amounts, way: Way) -> Self {
        Self { graph, order, amounts, way }
    }

    /// Splits `weight` over parts that are all of it.
    fn over(&self, parts: &[&Part], weight: u64, to: impl Fn(&Part) -> usize) -> Parting {
        let mut parting = Parting { to: Vec::new(), ends: 0, unweighed: 0, circular: 0 };
        let weights = match (parts.len(), comparable(parts, None)) {
            (1, _) => vec![weight],
            (_, Some(amounts)) => split(weight, &amounts),
            (_, None) => {
                parting.unweighed = weight;
                return parting;
            }
        };
        for (part, weight) in parts.iter().zip(weights) {
            if self.order.is_circular(part) {
                parting.circular += weight;
            } else {
                parting.to.push((to(part), weight));
            }
        }
        parting
    }

    fn at_node(&self, node: usize, weight: u64) -> Parting {
        let parts: Vec<&Part> = match self.way {
            Way::Back => self.graph.inputs(node).collect(),
            Way::Forward => self.graph.outputs(node).collect(),
        };
        if parts.is_empty() {
            // A transformation that tells of nothing on this side: nobody knows.
            return Parting { to: Vec::new(), ends: 0, unweighed: weight, circular: 0 };
        }
        self.over(&parts, weight, |part| part.thing)
    }

    fn at_thing(&self, thing: usize, weight: u64) -> Parting {
        let nothing = Parting { to: Vec::new(), ends: weight, unweighed: 0, circular: 0 };
        match self.way {
            Way::Back => {
                let parts: Vec<&Part> = self.graph.made_by(thing).collect();
                if parts.is_empty() { nothing } else { self.made_or_begun(thing, &parts, weight) }
            }
            Way::Forward => self.stays_or_goes(thing, weight),
        }
    }

    /// Back, a thing may have been more than what came out of others: the rest began here, such as a harvest that was added to.
    fn made_or_begun(&self, thing: usize, parts: &[&Part], weight: u64) -> Parting {
        let whole = self.amounts.get(&thing).copied();
        let made = total(parts.iter().copied());
        let rest = match (whole, made) {
            (Some((whole, unit)), Some((made, counted))) if unit == counted => (whole - made).max(0),
            _ => 0,
        };
        if rest == 0 {
            return self.over(parts, weight, |part| part.node);
        }
        let made = made.map_or(0, |(made, _)| made);
        let weights = split(weight, &[made, rest]);
        let mut parting = self.over(parts, weights.first().copied().unwrap_or(0), |part| part.node);
        parting.ends = weights.last().copied().unwrap_or(0);
        parting
    }

    /// Forward, a part of a thing may go on and the rest stay.
    fn stays_or_goes(&self, thing: usize, weight: u64) -> Parting {
        let uses: Vec<&Part> = self.graph.used_in(thing).collect();
        let mut parting = Parting { to: Vec::new(), ends: weight, unweighed: 0, circular: 0 };
        if uses.is_empty() {
            return parting;
        }
        let Some((amount, unit)) = self.amounts.get(&thing).copied() else {
            // How much there was is not told; what is told is that it went into these.
            return self.over(&uses, weight, |part| part.node);
        };
        let Some(mut amounts) = comparable(&uses, Some(unit)) else {
            parting.ends = 0;
            parting.unweighed = weight;
            return parting;
        };
        let used: i64 = amounts.iter().fold(0_i64, |sum, amount| sum.saturating_add(*amount));
        // More was used than there was: the facts contradict each other, and nothing can have stayed.
        amounts.push(amount.saturating_sub(used).max(0));
        let mut weights = split(weight, &amounts);
        parting.ends = weights.pop().unwrap_or(0);
        for (part, weight) in uses.iter().zip(weights) {
            if self.order.is_circular(part) {
                parting.circular += weight;
            } else {
                parting.to.push((part.node, weight));
            }
        }
        parting
    }

    fn part(&self, vertex: Vertex, weight: u64) -> Parting {
        match vertex {
            Vertex::Thing(thing) => self.at_thing(thing, weight),
            Vertex::Node(node) => self.at_node(node, weight),
        }
    }

    /// The starts that no other start leads to this way, each with its weight: by amount, or all of it where there is one.
    /// Nothing when several have amounts that cannot be compared.
    #[must_use]
    pub fn begin(&self, starts: &[usize]) -> Option<Vec<(usize, u64)>> {
        let led_to = |thing: &usize| match self.way {
            Way::Back => self.graph.used_in(*thing).any(|part| !self.order.is_circular(part)),
            Way::Forward => self.graph.made_by(*thing).any(|part| !self.order.is_circular(part)),
        };
        if let [only] = starts {
            return Some(vec![(*only, WHOLE)]);
        }
        let first: Vec<usize> = starts.iter().copied().filter(|start| !led_to(start)).collect();
        if let [only] = first.as_slice() {
            return Some(vec![(*only, WHOLE)]);
        }
        let mut unit = None;
        let amounts: Option<Vec<i64>> = first
            .iter()
            .map(|start| {
                let (amount, counted) = self.amounts.get(start).copied()?;
                (amount > 0 && *unit.get_or_insert(counted) == counted).then_some(amount)
            })
            .collect();
        Some(first.iter().copied().zip(split(WHOLE, &amounts?)).collect())
    }

    /// Follows the weights of `begin` to where they end.
    #[must_use]
    pub fn shares(&self, begin: &[(usize, u64)]) -> Shares {
        let mut at_things: HashMap<usize, u64> = HashMap::new();
        let mut at_nodes: HashMap<usize, u64> = HashMap::new();
        for (thing, weight) in begin {
            *at_things.entry(*thing).or_default() += weight;
        }
        let mut shares = Shares::default();
        let mut walk = |vertex: Vertex| {
            let weight = match vertex {
                Vertex::Thing(thing) => at_things.remove(&thing),
                Vertex::Node(node) => at_nodes.remove(&node),
            };
            let Some(weight) = weight.filter(|weight| *weight > 0) else { return };
            if let Vertex::Thing(thing) = vertex {
                shares.through.insert(thing, weight);
            }
            let parting = self.part(vertex, weight);
            shares.unweighed += parting.unweighed;
            shares.circular += parting.circular;
            if let (Vertex::Thing(thing), 1..) = (vertex, parting.ends) {
                shares.ends.push((thing, parting.ends));
            }
            let next = match vertex {
                Vertex::Thing(_) => &mut at_nodes,
                Vertex::Node(_) => &mut at_things,
            };
            for (to, weight) in parting.to {
                *next.entry(to).or_default() += weight;
            }
        };
        match self.way {
            Way::Back => self.order.causes_first().rev().for_each(&mut walk),
            Way::Forward => self.order.causes_first().for_each(&mut walk),
        }
        shares.ends.sort_by_key(|(thing, weight)| (std::cmp::Reverse(*weight), *thing));
        shares
    }

    /// The `most` heaviest paths from `begin`, the heaviest first: the things along each in the order walked, and its weight. Two
    /// paths through the same things by different nodes are two paths.
    #[must_use]
    pub fn paths(&self, begin: &[(usize, u64)], most: usize) -> Vec<(Vec<usize>, u64)> {
        let mut waiting: BinaryHeap<Waiting> = begin
            .iter()
            .map(|(thing, weight)| Waiting { weight: *weight, done: false, vertex: 0, path: vec![*thing] })
            .collect();
        let mut found = Vec::new();
        // Weights only become less along a path: the heaviest that waits is the heaviest there is.
        for _ in 0..MOST_STEPS {
            let Some(next) = waiting.pop() else { break };
            if next.done {
                found.push((next.path, next.weight));
                if found.len() == most {
                    break;
                }
                continue;
            }
            let Some(thing) = next.path.last().copied() else { continue };
            let parting = self.at_thing(thing, next.weight);
            if parting.ends > 0 {
                let (weight, path) = (parting.ends, next.path.clone());
                waiting.push(Waiting { weight, done: true, vertex: thing, path });
            }
            for (node, weight) in parting.to {
                for (to, weight) in self.at_node(node, weight).to {
                    if weight > 0 {
                        let mut path = next.path.clone();
                        path.push(to);
                        waiting.push(Waiting { weight, done: false, vertex: to, path });
                    }
                }
            }
        }
        found
    }
}

/// A path under way.
#[derive(PartialEq, Eq)]
struct Waiting {
    weight: u64,
    done: bool,
    vertex: usize,
    path: Vec<usize>,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |one: &Self| (one.weight, one.done, std::cmp::Reverse(one.vertex));
        key(self).cmp(&key(other)).then_with(|| other.path.cmp(&self.path))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What part of each thing came from the starts, in trillionths, rounded down at each mixing; nothing where an amount is missing. The
/// error is below a trillionth for each step between.
#[must_use]
pub fn contents(
    graph: &Graph,
    order: &Order,
    amounts: &Amounts,
    starts: &[usize],
) -> HashMap<usize, Option<u64>> {
    const ALL: u64 = 1_000_000_000_000;
    let mut things: HashMap<usize, Option<u64>> = starts.iter().map(|start| (*start, Some(ALL))).collect();
    let mut nodes: HashMap<usize, Option<u64>> = HashMap::new();
    for vertex in order.causes_first() {
        match vertex {
            Vertex::Node(node) => {
                let inputs: Vec<&Part> = graph.inputs(node).collect();
                if inputs.iter().any(|part| things.contains_key(&part.thing)) {
                    let of = |part: &Part| things.get(&part.thing).copied().unwrap_or(Some(0));
                    nodes.insert(node, mixed(&inputs, None, of));
                }
            }
            Vertex::Thing(thing) if !things.contains_key(&thing) => {
                let made: Vec<&Part> = graph.made_by(thing).filter(|part| !order.is_circular(part)).collect();
                if made.iter().any(|part| nodes.contains_key(&part.node)) {
                    let of = |part: &Part| nodes.get(&part.node).copied().unwrap_or(Some(0));
                    things.insert(thing, mixed(&made, amounts.get(&thing).copied(), of));
                }
            }
            Vertex::Thing(_) => {}
        }
    }
    things
}

/// The content of a mixture of `parts`, which is `whole` where that is more than the parts told.
fn mixed(parts: &[&Part], whole: Option<(i64, Unit)>, content: impl Fn(&Part) -> Option<u64>) -> Option<u64> {
    if let [only] = parts
        && whole.is_none_or(|(whole, _)| only.amount.is_none_or(|amount| amount >= whole))
    {
        return content(only);
    }
    let amounts = comparable(parts, None)?;
    let sum: u128 = amounts.iter().map(|amount| u128::try_from(*amount).unwrap_or(0)).sum();
    let whole = whole
        .filter(|(_, unit)| parts.first().is_some_and(|part| part.unit == Some(*unit)))
        .map_or(sum, |(whole, _)| u128::try_from(whole).unwrap_or(0).max(sum));
    let mut held: u128 = 0;
    for (part, amount) in parts.iter().zip(&amounts) {
        held += u128::from(content(part)?) * u128::try_from(*amount).unwrap_or(0);
    }
    u64::try_from(held / whole.max(1)).ok()
}
