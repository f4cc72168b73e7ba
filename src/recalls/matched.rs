//! Which of the goods that the chain knows of are those that were recovered.
//!
//! What must stay true: a recovery makes no goods: each recovered gram is one that lies in hands, is under way, was sold, sampled or lost, and each
//! of these is one recovered gram at most. Whatever can be what was not recovered may still be. Goods that were recovered and leave their holder afterwards (they go back to who sent them) stay the
//! same goods, under way and in the next hands. What is found nowhere is told as recovered beyond what there was.

use super::model::{Recall, Way};
use super::store::{self, Goods};
use crate::kernel::{LotId, Moment, PartyId, RecallId};
use crate::store::{StoreError, Tx};
use std::collections::{BTreeMap, VecDeque};

/// How much of what is known of some goods was recovered, and in which ways; amounts in grams or pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// What was recovered in each way.
    pub ways: BTreeMap<Way, i64>,
    /// Of what lies in hands.
    pub held: i64,
    /// Of what is under way.
    pub under_way: i64,
    /// Of what was sold to consumers.
    pub sold: i64,
    /// Of what was taken as samples.
    pub sampled: i64,
    /// Of what was lost or destroyed outside of the recall.
    pub wasted: i64,
    /// Of what was lost between two hands.
    pub lost: i64,
}

impl Matched {
    /// The match for the goods of one lot.
    #[must_use]
    pub fn of(goods: &Goods) -> Self {
        let mut net = Net::of(goods);
        net.fill(3);
        net.matched(goods)
    }

    /// The most that a party can still have recovered of the goods of one lot: what it has, sold, gave as samples or lost of them, less what of that
    /// must be what was recovered already, by itself or by who had the goods before.
    #[must_use]
    pub fn most(goods: &Goods, party: PartyId) -> i64 {
        let mut net = Net::of(goods);
        net.fill(3);
        net.left(party)
    }

    /// Adds the match of other goods of the same unit.
    pub(super) fn add(&mut self, other: &Self) {
        for (way, amount) in &other.ways {
            *self.ways.entry(*way).or_default() += amount;
        }
        self.held += other.held;
        self.under_way += other.under_way;
        self.sold += other.sold;
        self.sampled += other.sampled;
        self.wasted += other.wasted;
        self.lost += other.lost;
    }
}

/// The matches of all lots of a recall of which something was recovered, by the stored name of the unit.
///
/// # Errors
/// When the database fails.
pub(super) async fn by_unit(tx: &mut Tx, recall: RecallId) -> Result<BTreeMap<String, Matched>, StoreError> {
    let mut units: BTreeMap<String, Matched> = BTreeMap::new();
    for goods in store::goods(tx, recall, None).await? {
        units.entry(goods.unit.clone()).or_default().add(&Matched::of(&goods));
    }
    Ok(units)
}

/// The most that a party can still have recovered of a lot, or at least `asked` where it can have recovered as much. Where nothing of it came to the
/// party since the recall was proposed, nothing that others recovered is there, and its own rows tell it.
///
/// # Errors
/// When the database fails.
pub(super) async fn most(
    tx: &mut Tx,
    recall: &Recall,
    lot: LotId,
    party: PartyId,
    asked: i64,
) -> Result<i64, StoreError> {
    match store::own(tx, recall.id, recall.proposed_at, lot, party).await? {
        Some(own) if asked <= own => Ok(own),
        // What it recovered may have left: then what it has may be other goods.
        _ => {
            let goods = store::goods(tx, recall.id, Some(lot)).await?;
            Ok(goods.iter().map(|goods| Matched::most(goods, party)).sum())
        }
    }
}

/// Where goods end, as the chain tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Held,
    Wasted,
    UnderWay,
    Lost,
    Sold,
    Sampled,
}

/// Where goods went next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    /// To another party, by its place in the net.
    Party(usize),
    /// Nowhere else.
    End(End),
}

/// A way that recovered goods can have gone: from a party to where they ended, or on to another party.
#[derive(Clone, Copy, Debug)]
struct Arc {
    from: usize,
    to: To,
    /// How much more can have gone so, and how much is taken to have.
    room: i64,
    flow: i64,
    /// Of the flow what can have gone no other way.
    fixed: i64,
    /// Ways that are likelier are filled first.
    turn: u8,
}

/// Parties and the ways between them: the recovered amounts are sent through as far as there is room, along shortest ways first (Dinic).
struct Net {
    parties: BTreeMap<PartyId, usize>,
    /// What of each party's recoveries is not matched yet.
    rest: Vec<i64>,
    arcs: Vec<Arc>,
    /// The arcs at each party: those that begin there, and, told by `true`, those that come from another.
    at: Vec<Vec<(usize, bool)>>,
}

impl Net {
    fn of(goods: &Goods) -> Self {
        let mut net = Self { parties: BTreeMap::new(), rest: Vec::new(), arcs: Vec::new(), at: Vec::new() };
        for hand in &goods.hands {
            let from = net.node(hand.party);
            for (end, room, turn) in [
                (End::Held, hand.held, 1),
                (End::Wasted, hand.wasted, 1),
                (End::Sold, hand.sold, 3),
                (End::Sampled, hand.sampled, 3),
            ] {
                net.arc(from, To::End(end), room, turn);
            }
        }
        let mut since: BTreeMap<PartyId, Moment> = BTreeMap::new();
        let mut returned: BTreeMap<PartyId, i64> = BTreeMap::new();
        for claim in &goods.claims {
            let node = net.node(claim.party);
            if let Some(rest) = net.rest.get_mut(node) {
                *rest += claim.amount;
            }
            let first = since.entry(claim.party).or_insert(claim.at);
            *first = claim.at.min(*first);
            if claim.way == Way::Returned {
                *returned.entry(claim.party).or_default() += claim.amount;
            }
        }
        // What was told to have left before anything was recovered there is other goods.
        let mut sent: Vec<_> = goods.sent.iter().collect();
        sent.sort_by_key(|sent| sent.at);
        let mut carries = vec![false; sent.len()];
        let mut found = true;
        while found {
            found = false;
            for (sent, carries) in sent.iter().zip(&mut carries) {
                if !*carries && since.get(&sent.from).is_some_and(|since| sent.at >= *since) {
                    let first = since.entry(sent.to).or_insert(sent.at);
                    *first = sent.at.min(*first);
                    (*carries, found) = (true, true);
                }
            }
        }
        for (sent, _) in sent.iter().zip(carries).filter(|(_, carries)| *carries) {
            let (from, to) = (net.node(sent.from), net.node(sent.to));
            net.arc(from, To::End(End::UnderWay), sent.under_way, 2);
            net.arc(from, To::End(End::Lost), sent.lost, 2);
            net.arc(from, To::Party(to), sent.taken, 2);
        }
        // What came back from buyers was sold before.
        for (party, amount) in returned {
            let node = net.node(party);
            net.push(node, End::Sold, amount);
        }
        net
    }

    fn node(&mut self, party: PartyId) -> usize {
        let next = self.rest.len();
        let node = *self.parties.entry(party).or_insert(next);
        if node == next {
            self.rest.push(0);
            self.at.push(Vec::new());
        }
        node
    }

    fn arc(&mut self, from: usize, to: To, room: i64, turn: u8) {
        if room <= 0 || to == To::Party(from) {
            return;
        }
        let index = self.arcs.len();
        self.arcs.push(Arc { from, to, room, flow: 0, fixed: 0, turn });
        if let Some(at) = self.at.get_mut(from) {
            at.push((index, false));
        }
        if let To::Party(to) = to
            && let Some(at) = self.at.get_mut(to)
        {
            at.push((index, true));
        }
    }

    /// The arcs at a party, by their places.
    fn arcs_at(&self, node: usize) -> &[(usize, bool)] {
        self.at.get(node).map_or(&[], Vec::as_slice)
    }

    /// Matches so much of a party's recoveries with what ended there in one way.
    fn push(&mut self, node: usize, end: End, amount: i64) {
        let is_end = |index: &usize| self.arcs.get(*index).is_some_and(|arc| arc.to == To::End(end));
        let index = self.arcs_at(node).iter().map(|(index, _)| *index).find(is_end);
        let arc = index.and_then(|index| self.arcs.get_mut(index));
        if let (Some(arc), Some(rest)) = (arc, self.rest.get_mut(node)) {
            let taken = amount.min(*rest).min(arc.room).max(0);
            arc.room -= taken;
            arc.flow += taken;
            arc.fixed += taken;
            *rest -= taken;
        }
    }

    /// Matches as much as there is room for: first with what lies where it was recovered, then with what left from there, then with what was sold; as far
    /// as the turn `last`.
    fn fill(&mut self, last: u8) {
        for turn in 1..=last {
            while let Some(mut levels) = self.levels(turn) {
                let mut tried = vec![0; self.rest.len()];
                for source in 0..self.rest.len() {
                    self.send(source, turn, &mut levels, &mut tried);
                }
            }
        }
    }

    /// By an arc at a party, how much more can go along it, or back against it, and where that leads to.
    fn along(&self, (index, against): (usize, bool), turn: u8) -> Option<To> {
        let arc = self.arcs.get(index).filter(|arc| arc.turn <= turn)?;
        let (room, to) = if against { (arc.flow, To::Party(arc.from)) } else { (arc.room, arc.to) };
        (room > 0).then_some(to)
    }

    /// How many steps each party is from one at which something rests, as far as the nearest end; none when no end can be come to.
    fn levels(&self, turn: u8) -> Option<Levels> {
        let mut steps: Vec<Option<usize>> = self.rest.iter().map(|rest| (*rest > 0).then_some(0)).collect();
        let mut queue: VecDeque<usize> =
            (0..steps.len()).filter(|node| steps.get(*node) == Some(&Some(0))).collect();
        let mut last = None;
        while let Some(node) = queue.pop_front() {
            let here = steps.get(node).copied().flatten().unwrap_or(0);
            if last.is_some_and(|last| here >= last) {
                break;
            }
            for place in self.arcs_at(node) {
                match self.along(*place, turn) {
                    Some(To::End(_)) => last = Some(here),
                    Some(To::Party(next)) => {
                        if let Some(steps @ None) = steps.get_mut(next) {
                            *steps = Some(here + 1);
                            queue.push_back(next);
                        }
                    }
                    None => {}
                }
            }
        }
        last.map(|last| Levels { steps, last })
    }

    /// Sends what rests at a party by all ways of the fewest steps that have room. `tried` is how many arcs of each party lead nowhere any more.
    fn send(&mut self, source: usize, turn: u8, levels: &mut Levels, tried: &mut [usize]) {
        let mut way: Vec<(usize, (usize, bool))> = Vec::new();
        let mut node = source;
        while self.rest.get(source).is_some_and(|rest| *rest > 0) {
            let Some(tried) = tried.get_mut(node) else { return };
            let mut next = None;
            while let Some(place) = self.arcs_at(node).get(*tried) {
                next = self.along(*place, turn).filter(|to| levels.leads(node, *to)).map(|to| (*place, to));
                if next.is_some() {
                    break;
                }
                *tried += 1;
            }
            match next {
                Some((place, To::Party(to))) => {
                    way.push((node, place));
                    node = to;
                }
                Some((place, To::End(_))) => {
                    way.push((node, place));
                    self.carry(source, &way);
                    way.clear();
                    node = source;
                }
                None => {
                    levels.shut(node);
                    let Some((before, _)) = way.pop() else { return };
                    node = before;
                }
            }
        }
    }

    /// Sends as much as fits from `source` along a way.
    fn carry(&mut self, source: usize, way: &[(usize, (usize, bool))]) {
        let fits = way.iter().filter_map(|(_, (index, against))| {
            self.arcs.get(*index).map(|arc| if *against { arc.flow } else { arc.room })
        });
        let some = fits.min().unwrap_or(0).min(self.rest.get(source).copied().unwrap_or(0));
        for (_, (index, against)) in way {
            if let Some(arc) = self.arcs.get_mut(*index) {
                let some = if *against { -some } else { some };
                arc.room -= some;
                arc.flow += some;
            }
        }
        if let Some(rest) = self.rest.get_mut(source) {
            *rest -= some;
        }
    }

    /// Of what a party has, sold, gave as samples or lost, how much need not be what was recovered: what nobody recovered, and what can as well be
    /// somewhere else. What lies in hands is not taken to have been sold for that. Call it when the net is filled.
    fn left(mut self, party: PartyId) -> i64 {
        let Some(node) = self.parties.get(&party).copied() else { return 0 };
        self.rest.fill(0);
        let mut left = 0;
        for (ends, last) in [([End::Held, End::Wasted], 2), ([End::Sold, End::Sampled], 3)] {
            let mut taken = 0;
            for arc in self.arcs.iter_mut().filter(|arc| arc.from == node) {
                if ends.iter().any(|end| arc.to == To::End(*end)) {
                    left += arc.room;
                    taken += arc.flow - arc.fixed;
                    (arc.room, arc.flow) = (0, arc.fixed);
                }
            }
            // What is taken to be there is sent elsewhere, as far as it finds room.
            if let Some(rest) = self.rest.get_mut(node) {
                *rest = taken;
            }
            self.fill(last);
            left += taken - self.rest.get(node).copied().unwrap_or(0);
        }
        left
    }

    fn matched(&self, goods: &Goods) -> Matched {
        let mut matched = Matched::default();
        for claim in &goods.claims {
            *matched.ways.entry(claim.way).or_default() += claim.amount;
        }
        for arc in &self.arcs {
            let To::End(end) = arc.to else { continue };
            *match end {
                End::Held => &mut matched.held,
                End::Wasted => &mut matched.wasted,
                End::UnderWay => &mut matched.under_way,
                End::Lost => &mut matched.lost,
                End::Sold => &mut matched.sold,
                End::Sampled => &mut matched.sampled,
            } += arc.flow;
        }
        matched
    }
}

/// How many steps each party is from one at which something rests.
struct Levels {
    steps: Vec<Option<usize>>,
    /// At how many steps the first have an end.
    last: usize,
}

impl Levels {
    /// Whether it is one step further from a party to there.
    fn leads(&self, from: usize, to: To) -> bool {
        let steps = |node| self.steps.get(node).copied().flatten();
        match to {
            To::End(_) => steps(from) == Some(self.last),
            To::Party(to) => steps(from).is_some_and(|here| here < self.last && steps(to) == Some(here + 1)),
        }
    }

    /// No way leads on from this party.
    fn shut(&mut self, node: usize) {
        if let Some(steps) = self.steps.get_mut(node) {
            *steps = None;
        }
    }
}
