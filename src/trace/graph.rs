//! The genealogy in memory: things, the nodes that made them from others, and what lies in a circle.
//!
//! What must stay true: a part is kept once, however often it is told; a circle of reported facts is found and named, and every walk
//! of this room leaves out the parts within it, so that none of them runs for ever.

use crate::kernel::{Moment, ThingId, Unit};
use std::collections::HashMap;
use uuid::Uuid;

/// Where a thing stands at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// It went in.
    In,
    /// It came out.
    Out,
}

/// One part: a thing at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The thing, by its place in [`Graph::things`].
    pub thing: usize,
    /// The node, by its place in [`Graph::nodes`].
    pub node: usize,
    /// Whether it went in or came out.
    pub side: Side,
    /// When; the earliest where several events tell of it.
    pub time: Moment,
    /// Grams or pieces; nothing when one of the events tells no amount.
    pub amount: Option<i64>,
    /// What the amount counts.
    pub unit: Option<Unit>,
}

/// What made things from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A transformation: one event, or all events of one transformation id.
    Made(Uuid),
    /// What lay in a case came out as that case.
    Packed(ThingId),
    /// A single unit is one of its class.
    UnitOf(ThingId),
}

/// A part as it is told, before it has its place.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The thing.
    pub thing: ThingId,
    /// The node.
    pub node: Node,
    /// Whether it went in or came out.
    pub side: Side,
    /// When.
    pub time: Moment,
    /// Grams or pieces.
    pub amount: Option<i64>,
    /// What the amount counts.
    pub unit: Option<Unit>,
}

/// Things and nodes, and the parts between them.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    things: Vec<ThingId>,
    nodes: Vec<Node>,
    parts: Vec<Part>,
    thing_places: HashMap<ThingId, usize>,
    node_places: HashMap<Node, usize>,
    part_places: HashMap<(usize, usize, Side), usize>,
    made_by: Vec<Vec<usize>>,
    used_in: Vec<Vec<usize>>,
    inputs: Vec<Vec<usize>>,
    outputs: Vec<Vec<usize>>,
}

impl Graph {
    /// The things, in the order in which they were met.
    #[must_use]
    pub fn things(&self) -> &[ThingId] {
        &self.things
    }

    /// The nodes, in the order in which they were met.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All parts.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The place of a thing, if it is here.
    #[must_use]
    pub fn place_of(&self, thing: ThingId) -> Option<usize> {
        self.thing_places.get(&thing).copied()
    }

    /// The thing at a place.
    #[must_use]
    pub fn thing(&self, place: usize) -> ThingId {
        self.things.get(place).copied().unwrap_or(ThingId::from_uuid(Uuid::nil()))
    }

    /// Whether a node is here.
    #[must_use]
    pub fn knows(&self, node: Node) -> bool {
        self.node_places.contains_key(&node)
    }

    /// The place of a thing, which is given one when it has none.
    pub fn enter(&mut self, thing: ThingId) -> usize {
        let next = self.things.len();
        let place = *self.thing_places.entry(thing).or_insert(next);
        if place == next {
            self.things.push(thing);
            self.made_by.push(Vec::new());
            self.used_in.push(Vec::new());
        }
        place
    }

    fn enter_node(&mut self, node: Node) -> usize {
        let next = self.nodes.len();
        let place = *self.node_places.entry(node).or_insert(next);
        if place == next {
            self.nodes.push(node);
            self.inputs.push(Vec::new());
            self.outputs.push(Vec::new());
        }
        place
    }

    /// Adds a part; the same part told twice changes nothing.
    pub fn add(&mut self, told: &Told) -> usize {
        let (thing, node) = (self.enter(told.thing), self.enter_node(told.node));
        let next = self.parts.len();
        let place = *self.part_places.entry((thing, node, told.side)).or_insert(next);
        if place == next {
            let (side, time, amount, unit) = (told.side, told.time, told.amount, told.unit);
            self.parts.push(Part { thing, node, side, time, amount, unit });
            let (of_thing, of_node) = match side {
                Side::In => (self.used_in.get_mut(thing), self.inputs.get_mut(node)),
                Side::Out => (self.made_by.get_mut(thing), self.outputs.get_mut(node)),
            };
            of_thing.into_iter().chain(of_node).for_each(|list| list.push(next));
        }
        place
    }

    fn listed<'g>(&'g self, list: Option<&'g Vec<usize>>) -> impl Iterator<Item = &'g Part> {
        list.into_iter().flatten().filter_map(|part| self.parts.get(*part))
    }

    /// The parts by which a thing came to be.
    pub fn made_by(&self, thing: usize) -> impl Iterator<Item = &Part> {
        self.listed(self.made_by.get(thing))
    }

    /// The parts in which a thing was used.
    pub fn used_in(&self, thing: usize) -> impl Iterator<Item = &Part> {
        self.listed(self.used_in.get(thing))
    }

    /// What went into a node.
    pub fn inputs(&self, node: usize) -> impl Iterator<Item = &Part> {
        self.listed(self.inputs.get(node))
    }

    /// What came out of a node.
    pub fn outputs(&self, node: usize) -> impl Iterator<Item = &Part> {
        self.listed(self.outputs.get(node))
    }

    /// How much of a thing came out of nodes, when all of them tell it in one unit.
    #[must_use]
    pub fn made(&self, thing: usize) -> Option<(i64, Unit)> {
        total(self.made_by(thing))
    }

    /// The order in which the parts can be walked, and what lies in circles.
    #[must_use]
    pub fn order(&self) -> Order {
        Order::of(self)
    }

    fn vertices(&self) -> usize {
        self.things.len() + self.nodes.len()
    }

    /// The `nth` vertex that follows a vertex: things first, then nodes.
    fn next(&self, vertex: usize, nth: usize) -> Option<usize> {
        let things = self.things.len();
        if vertex < things {
            let part = *self.used_in.get(vertex)?.get(nth)?;
            self.parts.get(part).map(|part| things + part.node)
        } else {
            let part = *self.outputs.get(vertex - things)?.get(nth)?;
            self.parts.get(part).map(|part| part.thing)
        }
    }
}

/// The sum of some parts, when each has an amount and all have one unit.
pub(super) fn total<'p>(parts: impl Iterator<Item = &'p Part>) -> Option<(i64, Unit)> {
    let mut sum: Option<(i64, Unit)> = None;
    for part in parts {
        let (amount, unit) = (part.amount?, part.unit?);
        sum = match sum {
            None => Some((amount, unit)),
            Some((so_far, known)) if known == unit => Some((so_far.saturating_add(amount), unit)),
            Some(_) => return None,
        };
    }
    sum
}

/// The order of things and nodes from the first cause to the last effect. What lies in one circle has one rank.
#[derive(Clone, Debug)]
pub struct Order {
    things: usize,
    /// Rank of each vertex, effects before causes.
    ranks: Vec<usize>,
    /// How many vertices have each rank.
    sizes: Vec<usize>,
    /// The vertices, causes first.
    sorted: Vec<usize>,
}

/// A vertex in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vertex {
    /// A thing, by its place.
    Thing(usize),
    /// A node, by its place.
    Node(usize),
}

/// A vertex under way of the search for circles: which it is, and how many of those that follow it were looked at.
struct Open {
    vertex: usize,
    looked: usize,
}

impl Order {
    /// Tarjan's search, with a stack of its own: a chain of facts may be far deeper than a thread's stack.
    fn of(graph: &Graph) -> Self {
        const NONE: usize = usize::MAX;
        let count = graph.vertices();
        let (mut met, mut low, mut ranks) = (vec![NONE; count], vec![NONE; count], vec![NONE; count]);
        let (mut sizes, mut stack, mut open) = (Vec::new(), Vec::new(), Vec::new());
        let mut clock = 0;
        for begin in 0..count {
            if met.get(begin) != Some(&NONE) {
                continue;
            }
            open.push(Open { vertex: begin, looked: 0 });
            while let Some(top) = open.last_mut() {
                let vertex = top.vertex;
                if top.looked == 0 {
                    set(&mut met, vertex, clock);
                    set(&mut low, vertex, clock);
                    clock += 1;
                    stack.push(vertex);
                }
                if let Some(next) = graph.next(vertex, top.looked) {
                    top.looked += 1;
                    if get(&met, next) == NONE {
                        open.push(Open { vertex: next, looked: 0 });
                    } else if get(&ranks, next) == NONE {
                        let least = get(&low, vertex).min(get(&met, next));
                        set(&mut low, vertex, least);
                    }
                    // A vertex that was looked at once must not be begun again.
                    continue;
                }
                open.pop();
                if get(&low, vertex) == get(&met, vertex) {
                    let rank = sizes.len();
                    let mut size = 0;
                    while let Some(member) = stack.pop() {
                        set(&mut ranks, member, rank);
                        size += 1;
                        if member == vertex {
                            break;
                        }
                    }
                    sizes.push(size);
                }
                if let Some(before) = open.last() {
                    let least = get(&low, before.vertex).min(get(&low, vertex));
                    set(&mut low, before.vertex, least);
                }
            }
        }
        let mut sorted: Vec<usize> = (0..count).collect();
        sorted.sort_by_key(|vertex| (std::cmp::Reverse(get(&ranks, *vertex)), *vertex));
        Self { things: graph.things.len(), ranks, sizes, sorted }
    }

    /// The vertices, causes before effects.
    pub fn causes_first(&self) -> impl DoubleEndedIterator<Item = Vertex> {
        self.sorted.iter().map(|vertex| self.vertex(*vertex))
    }

    fn vertex(&self, vertex: usize) -> Vertex {
        match vertex.checked_sub(self.things) {
            Some(node) => Vertex::Node(node),
            None => Vertex::Thing(vertex),
        }
    }

    /// Whether a part lies within a circle.
    #[must_use]
    pub fn is_circular(&self, part: &Part) -> bool {
        get(&self.ranks, part.thing) == get(&self.ranks, self.things + part.node)
    }

    /// Whether a thing is, as the facts tell it, its own ancestor.
    #[must_use]
    pub fn is_in_a_circle(&self, thing: usize) -> bool {
        get(&self.sizes, get(&self.ranks, thing)) > 1
    }

    /// The things of each circle.
    #[must_use]
    pub fn circles(&self) -> Vec<Vec<usize>> {
        let mut circles: HashMap<usize, Vec<usize>> = HashMap::new();
        for thing in (0..self.things).filter(|thing| self.is_in_a_circle(*thing)) {
            circles.entry(get(&self.ranks, thing)).or_default().push(thing);
        }
        let mut circles: Vec<Vec<usize>> = circles.into_values().collect();
        circles.sort();
        circles
    }
}

fn get(list: &[usize], at: usize) -> usize {
    list.get(at).copied().unwrap_or(usize::MAX)
}

fn set(list: &mut [usize], at: usize, value: usize) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
}
