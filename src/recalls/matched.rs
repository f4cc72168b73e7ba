//! Which of the goods that the chain knows of are those that were recovered.
//!
//! What must stay true: a recovery makes no goods: each recovered gram is one that lies in hands, is under way, was sold, sampled or lost, and each
//! of these is one recovered gram at most. Goods that were recovered and leave their holder afterwards (they go back to who sent them) stay the
//! same goods, under way and in the next hands. What is found nowhere is told as recovered beyond what there was.

use super::model::Way;
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
        net.fill();
        net.matched(goods)
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

/// The most that a party can still have recovered of a lot: what it has, sold, gave as samples or lost of it, less what of that was recovered already, by
/// itself or by who had the goods before.
///
/// # Errors
/// When the database fails.
pub(super) async fn most(
    tx: &mut Tx,
    recall: RecallId,
    lot: LotId,
    party: PartyId,
) -> Result<i64, StoreError> {
    let mut left = 0;
    for goods in store::goods(tx, recall, Some(lot)).await? {
        let mut net = Net::of(&goods);
        net.fill();
        left += net.left(party);
    }
    Ok(left)
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
    /// Ways that are likelier are filled first.
    turn: u8,
}

/// Parties and the ways between them: the recovered amounts are sent through as far as there is room (Ford and Fulkerson).
struct Net {
    parties: BTreeMap<PartyId, usize>,
    /// What of each party's recoveries is not matched yet.
    rest: Vec<i64>,
    arcs: Vec<Arc>,
}

impl Net {
    fn of(goods: &Goods) -> Self {
        let mut net = Self { parties: BTreeMap::new(), rest: Vec::new(), arcs: Vec::new() };
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
        }
        node
    }

    fn arc(&mut self, from: usize, to: To, room: i64, turn: u8) {
        if room > 0 && to != To::Party(from) {
            self.arcs.push(Arc { from, to, room, flow: 0, turn });
        }
    }

    /// Matches so much of a party's recoveries with what ended there in one way.
    fn push(&mut self, node: usize, end: End, amount: i64) {
        let arc = self.arcs.iter_mut().find(|arc| arc.from == node && arc.to == To::End(end));
        if let (Some(arc), Some(rest)) = (arc, self.rest.get_mut(node)) {
            let taken = amount.min(*rest).min(arc.room).max(0);
            arc.room -= taken;
            arc.flow += taken;
            *rest -= taken;
        }
    }

    /// Matches as much as there is room for: first with what lies where it was recovered, then with what left from there, then with what was sold.
    fn fill(&mut self) {
        for turn in 1..=3 {
            for node in 0..self.rest.len() {
                while self.rest.get(node).is_some_and(|rest| *rest > 0) && self.augment(node, turn) {}
            }
        }
    }

    /// Sends some of what rests at a party through a shortest way that has room; whether there was one.
    fn augment(&mut self, source: usize, turn: u8) -> bool {
        // By which arc each party was come to, and whether against it.
        let mut come: Vec<Option<(usize, bool)>> = vec![None; self.rest.len()];
        let mut queue = VecDeque::from([source]);
        while let Some(node) = queue.pop_front() {
            for (index, arc) in self.arcs.iter().enumerate().filter(|(_, arc)| arc.turn <= turn) {
                let next = match arc.to {
                    To::End(_) if arc.from == node && arc.room > 0 => {
                        self.send(source, node, index, &come);
                        return true;
                    }
                    To::Party(to) if arc.from == node && arc.room > 0 => Some((to, false)),
                    To::Party(to) if to == node && arc.flow > 0 => Some((arc.from, true)),
                    _ => None,
                };
                if let Some((next, against)) = next
                    && next != source
                    && let Some(place @ None) = come.get_mut(next)
                {
                    *place = Some((index, against));
                    queue.push_back(next);
                }
            }
        }
        false
    }

    /// Sends as much as fits from `source` along the arcs by which `node` was come to, and by `last` to its end.
    fn send(&mut self, source: usize, node: usize, last: usize, come: &[Option<(usize, bool)>]) {
        let mut path = vec![(last, false)];
        let mut at = node;
        while at != source {
            let Some((index, against)) = come.get(at).copied().flatten() else { return };
            let Some(arc) = self.arcs.get(index) else { return };
            at = match arc.to {
                To::Party(to) if against => to,
                _ => arc.from,
            };
            path.push((index, against));
        }
        let fits = path.iter().filter_map(|(index, against)| {
            self.arcs.get(*index).map(|arc| if *against { arc.flow } else { arc.room })
        });
        let some = fits.min().unwrap_or(0).min(self.rest.get(source).copied().unwrap_or(0));
        for (index, against) in path {
            if let Some(arc) = self.arcs.get_mut(index) {
                let some = if against { -some } else { some };
                arc.room -= some;
                arc.flow += some;
            }
        }
        if let Some(rest) = self.rest.get_mut(source) {
            *rest -= some;
        }
    }

    /// What a party has, sold, gave as samples or lost, and nobody recovered.
    fn left(&self, party: PartyId) -> i64 {
        let own = |arc: &&Arc| {
            self.parties.get(&party) == Some(&arc.from)
                && matches!(arc.to, To::End(End::Held | End::Wasted | End::Sold | End::Sampled))
        };
        self.arcs.iter().filter(own).map(|arc| arc.room).sum()
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
