//! The closure: everything that some things came from, everything that they went into, or both.
//!
//! What must stay true: each round of the walk is a fixed number of statements about all its things together, from few things a
//! recursive one, from many one for each level, so that its cost grows with the answer and not with the database; a thing is
//! visited once, whatever circles the facts make; what is left out for being too much is told.

use super::graph::{Graph, Node, Side, Told};
use super::store::{self, Content};
use crate::kernel::{Moment, ThingId, Unit};
use crate::store::{StoreError, Tx};
use std::collections::HashSet;
use uuid::Uuid;

/// Which way a trace goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To where it came from.
    Back,
    /// To where it went.
    Forward,
    /// Both.
    Both,
}

impl Direction {
    /// All directions.
    pub const ALL: [Self; 3] = [Self::Back, Self::Forward, Self::Both];

    /// The word for it in URLs and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Back => "back",
            Self::Forward => "forward",
            Self::Both => "both",
        }
    }

    /// Whether it goes to the origins.
    #[must_use]
    pub const fn is_back(self) -> bool {
        matches!(self, Self::Back | Self::Both)
    }

    /// Whether it goes to the holders.
    #[must_use]
    pub const fn is_forward(self) -> bool {
        matches!(self, Self::Forward | Self::Both)
    }
}

/// The most things from which one recursive statement is asked. It costs fewer round trips than a walk by levels and carries no
/// lists; from many things at once PostgreSQL would rather read the whole table.
const FEW: usize = 64;

/// Everything that a trace reached.
#[derive(Clone, Debug, Default)]
pub struct Closure {
    /// What is known of how things became others. It also holds what was mixed with the things reached.
    pub graph: Graph,
    /// What was asked for, by place in the graph.
    pub starts: Vec<usize>,
    /// What the starts came from, in no order.
    pub back: Vec<usize>,
    /// What the starts went into, in no order.
    pub forward: Vec<usize>,
    /// Whether there is more than was read.
    pub cut: bool,
}

impl Closure {
    /// All things reached, the starts first, each once.
    #[must_use]
    pub fn reached(&self) -> Vec<usize> {
        let mut seen = HashSet::new();
        let all = self.starts.iter().chain(&self.back).chain(&self.forward);
        all.copied().filter(|thing| seen.insert(*thing)).collect()
    }
}

/// A walk under way.
struct Walk<'t> {
    tx: &'t mut Tx,
    closure: Closure,
    /// How many more parts may be read.
    left: usize,
    /// Whether there are units at all, once that was asked.
    units: Option<bool>,
}

/// Everything that `starts` came from or went into. At most about `most` parts are read.
///
/// # Errors
/// When the database fails.
pub async fn closure(
    tx: &mut Tx,
    starts: &[ThingId],
    direction: Direction,
    most: usize,
) -> Result<Closure, StoreError> {
    let mut walk = Walk { tx, closure: Closure::default(), left: most, units: None };
    let starts = walk.begin(starts).await?;
    if direction.is_back() {
        walk.closure.back = walk.back(&starts).await?;
    }
    if direction.is_forward() {
        walk.closure.forward = walk.forward(&starts).await?;
    }
    Ok(walk.closure)
}

fn uuids(things: &[ThingId]) -> Vec<Uuid> {
    things.iter().map(ThingId::as_uuid).collect()
}

/// What of a case went into it: what lay there.
fn packed(content: &Content) -> [Told; 2] {
    let node = Node::Packed(content.parent);
    let (time, amount, unit) = (content.from, content.amount, content.unit);
    let case =
        Told { thing: content.parent, node, side: Side::Out, time, amount: Some(1), unit: Some(Unit::Piece) };
    [Told { thing: content.child, node, side: Side::In, time, amount, unit }, case]
}

fn one_of(unit: ThingId, class: ThingId) -> [Told; 2] {
    let node = Node::UnitOf(unit);
    let (time, amount, unit_of) = (Moment::MIN, Some(1), Some(Unit::Piece));
    let single = Told { thing: unit, node, side: Side::Out, time, amount, unit: unit_of };
    [Told { thing: class, node, side: Side::In, time, amount: None, unit: None }, single]
}

impl Walk<'_> {
    /// One row more than may be read, so that the last one tells that there are more.
    fn most(&self) -> i64 {
        i64::try_from(self.left).unwrap_or(i64::MAX - 1) + 1
    }

    /// Counts what was read; whether there was too much.
    fn read(&mut self, rows: usize) -> bool {
        if rows > self.left {
            self.left = 0;
            self.closure.cut = true;
        } else {
            self.left -= rows;
        }
        self.closure.cut
    }

    /// The starts, and what lies or lay in those of them that are cases, however deep.
    async fn begin(&mut self, asked: &[ThingId]) -> Result<Vec<ThingId>, StoreError> {
        let mut starts = Vec::new();
        let mut seen = HashSet::new();
        let mut next: Vec<ThingId> = asked.iter().copied().filter(|thing| seen.insert(*thing)).collect();
        while !next.is_empty() {
            if self.read(next.len()) {
                next.truncate(self.left.max(1));
            }
            for thing in &next {
                let place = self.closure.graph.enter(*thing);
                self.closure.starts.push(place);
            }
            starts.extend_from_slice(&next);
            if self.closure.cut {
                break;
            }
            let most = self.most();
            let inside = store::contents(self.tx, &uuids(&next), most).await?;
            for content in &inside {
                self.add(&packed(content));
            }
            next =
                inside.into_iter().map(|content| content.child).filter(|child| seen.insert(*child)).collect();
        }
        Ok(starts)
    }

    async fn has_units(&mut self) -> Result<bool, StoreError> {
        if self.units.is_none() {
            self.units = Some(store::has_units(self.tx).await?);
        }
        Ok(self.units == Some(true))
    }

    fn add(&mut self, told: &[Told]) {
        for told in told {
            self.closure.graph.add(told);
        }
    }

    /// Everything behind `starts`: in rounds, for behind a unit lies its class and behind a case what lay in it.
    async fn back(&mut self, starts: &[ThingId]) -> Result<Vec<usize>, StoreError> {
        let mut seen: HashSet<ThingId> = starts.iter().copied().collect();
        let mut known = HashSet::new();
        let mut found = Vec::new();
        let mut round = starts.to_vec();
        while !round.is_empty() && !self.closure.cut {
            let inputs = if round.len() <= FEW {
                self.behind_few(&round, &mut seen).await?
            } else {
                self.behind_many(&round, &mut seen, &mut known).await?
            };
            round.extend_from_slice(&inputs);
            found.extend(inputs);
            if self.closure.cut {
                break;
            }
            round = self.behind(&round, starts).await?;
            round.retain(|thing| seen.insert(*thing));
            found.extend_from_slice(&round);
        }
        Ok(self.places(&found))
    }

    /// What few things came from, in one recursive statement.
    async fn behind_few(
        &mut self,
        things: &[ThingId],
        seen: &mut HashSet<ThingId>,
    ) -> Result<Vec<ThingId>, StoreError> {
        let ids = uuids(things);
        let most = self.most();
        let makers = store::makers(self.tx, &ids, most).await?;
        if self.read(makers.len()) || makers.is_empty() {
            return Ok(Vec::new());
        }
        self.add(&makers);
        let most = self.most();
        let parts = store::ancestry(self.tx, &ids, most).await?;
        self.read(parts.len());
        self.add(&parts);
        let inputs = parts.into_iter().filter(|told| told.side == Side::In).map(|told| told.thing);
        Ok(inputs.filter(|thing| seen.insert(*thing)).collect())
    }

    /// What many things came from, level by level.
    async fn behind_many(
        &mut self,
        things: &[ThingId],
        seen: &mut HashSet<ThingId>,
        known: &mut HashSet<Uuid>,
    ) -> Result<Vec<ThingId>, StoreError> {
        let mut found = Vec::new();
        let mut level = things.to_vec();
        while !level.is_empty() {
            let most = self.most();
            let makers = store::makers(self.tx, &uuids(&level), most).await?;
            if self.read(makers.len()) {
                break;
            }
            self.add(&makers);
            let nodes: Vec<Uuid> = makers
                .iter()
                .filter_map(|told| if let Node::Made(node) = told.node { Some(node) } else { None })
                .filter(|node| known.insert(*node))
                .collect();
            let most = self.most();
            let inputs = store::made(self.tx, &nodes, false, most).await?;
            let is_cut = self.read(inputs.len());
            self.add(&inputs);
            level = inputs.into_iter().map(|told| told.thing).filter(|thing| seen.insert(*thing)).collect();
            found.extend_from_slice(&level);
            if is_cut {
                break;
            }
        }
        Ok(found)
    }

    /// What units are units of, and what lay in the cases that were used. What lies in the starts was taken in with them.
    async fn behind(&mut self, things: &[ThingId], starts: &[ThingId]) -> Result<Vec<ThingId>, StoreError> {
        let ids = uuids(things);
        let mut level = Vec::new();
        let most = self.most();
        let units = if self.has_units().await? {
            store::units(self.tx, &ids, false, most).await?
        } else {
            Vec::new()
        };
        if self.read(units.len()) {
            return Ok(level);
        }
        for (unit, class) in units {
            self.add(&one_of(unit, class));
            level.push(class);
        }
        let starts: HashSet<Uuid> = starts.iter().map(ThingId::as_uuid).collect();
        let ids: Vec<Uuid> = ids.into_iter().filter(|id| !starts.contains(id)).collect();
        let most = self.most();
        let inside = store::contents(self.tx, &ids, most).await?;
        if self.read(inside.len()) {
            return Ok(level);
        }
        for content in inside {
            if self.used_within(&content) {
                self.add(&packed(&content));
                level.push(content.child);
            }
        }
        Ok(level)
    }

    /// Whether a case was used, as far as this walk knows, while something lay in it.
    fn used_within(&self, content: &Content) -> bool {
        let graph = &self.closure.graph;
        graph.place_of(content.parent).is_some_and(|case| {
            graph.used_in(case).any(|part| {
                part.time >= content.from && content.until.is_none_or(|until| part.time <= until)
                    || matches!(graph.nodes().get(part.node), Some(Node::Packed(_)))
            })
        })
    }

    /// Everything before `starts`: in rounds, for a class has units and things may lie in a case that is used.
    async fn forward(&mut self, starts: &[ThingId]) -> Result<Vec<usize>, StoreError> {
        let mut seen: HashSet<ThingId> = starts.iter().copied().collect();
        let mut known = HashSet::new();
        let mut found = Vec::new();
        let mut round = starts.to_vec();
        while !round.is_empty() && !self.closure.cut {
            let outputs = if round.len() <= FEW {
                self.before_few(&round, &mut seen).await?
            } else {
                self.before_many(&round, &mut seen, &mut known).await?
            };
            round.extend_from_slice(&outputs);
            found.extend(outputs);
            if self.closure.cut {
                break;
            }
            round = self.before(&round).await?;
            round.retain(|thing| seen.insert(*thing));
            found.extend_from_slice(&round);
        }
        Ok(self.places(&found))
    }

    /// What few things went into, in one recursive statement.
    async fn before_few(
        &mut self,
        things: &[ThingId],
        seen: &mut HashSet<ThingId>,
    ) -> Result<Vec<ThingId>, StoreError> {
        let most = self.most();
        let parts = store::progeny(self.tx, &uuids(things), most).await?;
        self.read(parts.len());
        self.add(&parts);
        let made = parts.into_iter().filter(|told| told.side == Side::Out).map(|told| told.thing);
        Ok(made.filter(|thing| seen.insert(*thing)).collect())
    }

    /// What many things went into, level by level.
    async fn before_many(
        &mut self,
        things: &[ThingId],
        seen: &mut HashSet<ThingId>,
        known: &mut HashSet<Uuid>,
    ) -> Result<Vec<ThingId>, StoreError> {
        let mut found = Vec::new();
        let mut level = things.to_vec();
        while !level.is_empty() {
            let most = self.most();
            let mut nodes = store::nodes_of_inputs(self.tx, &uuids(&level), most).await?;
            if self.read(nodes.len()) {
                break;
            }
            nodes.retain(|node| known.insert(*node));
            let most = self.most();
            let parts = store::made(self.tx, &nodes, true, most).await?;
            let is_cut = self.read(parts.len());
            self.add(&parts);
            let made = parts.into_iter().filter(|told| told.side == Side::Out).map(|told| told.thing);
            level = made.filter(|thing| seen.insert(*thing)).collect();
            found.extend_from_slice(&level);
            if is_cut {
                break;
            }
        }
        Ok(found)
    }

    /// The units of classes, and the cases that things lay in when those were used.
    async fn before(&mut self, things: &[ThingId]) -> Result<Vec<ThingId>, StoreError> {
        let ids = uuids(things);
        let mut level = Vec::new();
        let most = self.most();
        let units =
            if self.has_units().await? { store::units(self.tx, &ids, true, most).await? } else { Vec::new() };
        if self.read(units.len()) {
            return Ok(level);
        }
        for (unit, class) in units {
            self.add(&one_of(unit, class));
            level.push(unit);
        }
        let most = self.most();
        let cases = store::used_cases(self.tx, &ids, most).await?;
        if self.read(cases.len()) {
            return Ok(level);
        }
        for content in cases {
            self.add(&packed(&content));
            level.push(content.parent);
        }
        Ok(level)
    }

    fn places(&self, things: &[ThingId]) -> Vec<usize> {
        things.iter().filter_map(|thing| self.closure.graph.place_of(*thing)).collect()
    }
}
