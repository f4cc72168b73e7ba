//! The crop that goods are of whose product names none: what the field book has wherever they were harvested; and of what was made of other
//! lots what all of those are of, each by its own product where that names a crop, however many makings lie between, also where it went in
//! as single units or in a case.
//!
//! What must stay true: goods of several crops, or of something of which nobody knows the crop, are of no crop; and what is found of a lot
//! does not depend on which others are asked with it.

use super::store::claims::{self as store, Source};
use crate::fieldbook;
use crate::kernel::{CropCode, Day, LotId, PlaceId, ThingId};
use crate::store::{StoreError, Tx};
use crate::trace::{self, Closure, Direction, Node};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// The most things behind a lot that are asked: of what was mixed out of more than that nobody says the crop.
const MOST: usize = 10_000;

/// The most parts that are read at once: many times what lies behind one lot, for a thing may have several.
const READ: usize = 20 * MOST;

/// The most lots that are asked at once.
const TOGETHER: usize = 500;

/// What is known of the crop of a lot whose product names none.
#[derive(Clone, Debug, Default)]
pub(super) struct Crops {
    /// The crop, where all of it is of one.
    pub(super) one: Option<CropCode>,
    /// Whether some of it is known to be of a crop, or it was made of more than is asked.
    pub(super) grew: bool,
}

/// The crops that grew where and when something was harvested.
#[derive(Debug)]
struct Grown {
    crops: BTreeSet<CropCode>,
    /// Whether the crop of each of the harvests is known.
    is_known: bool,
}

/// The crops that grew at places on days, as far as they were asked for.
#[derive(Debug, Default)]
struct Seen(BTreeMap<(PlaceId, Day), Option<CropCode>>);

impl Seen {
    /// The crop that grew at a place on a day.
    async fn at(&mut self, tx: &mut Tx, place: PlaceId, day: Day) -> Result<Option<CropCode>, StoreError> {
        if let Some(known) = self.0.get(&(place, day)) {
            return Ok(known.clone());
        }
        let crop = fieldbook::grown_at(tx, place, day).await?;
        self.0.insert((place, day), crop.clone());
        Ok(crop)
    }

    /// What a lot is of that was harvested: the crops that grew wherever some of it was.
    async fn grown(&mut self, tx: &mut Tx, source: &Source) -> Result<Grown, StoreError> {
        let mut grown = Grown { crops: BTreeSet::new(), is_known: true };
        for (place, day) in &source.grown {
            let crop = match place {
                Some(place) => self.at(tx, *place, *day).await?,
                None => None,
            };
            grown.is_known &= crop.is_some();
            grown.crops.extend(crop);
        }
        Ok(grown)
    }
}

/// The crops of lots whose products name none: what is asked of the genealogy is asked of many of them together.
pub(super) async fn of(tx: &mut Tx, lots: &BTreeSet<LotId>) -> Result<BTreeMap<LotId, Crops>, StoreError> {
    let ids: Vec<Uuid> = lots.iter().map(LotId::as_uuid).collect();
    let own = store::sources(tx, &ids).await?;
    let mut seen = Seen::default();
    let mut found = BTreeMap::new();
    let mut made: Vec<LotId> = Vec::new();
    for lot in lots {
        let Some(source) = own.get(&ThingId::from(*lot)) else { continue };
        if source.is_made {
            made.push(*lot);
        } else {
            let Grown { crops, is_known } = seen.grown(tx, source).await?;
            let one = crops.first().cloned().filter(|_| is_known && crops.len() == 1);
            found.insert(*lot, Crops { one, grew: !crops.is_empty() });
        }
    }
    let mut open: Vec<&[LotId]> = made.chunks(TOGETHER).collect();
    while let Some(set) = open.pop() {
        let starts: Vec<ThingId> = set.iter().copied().map(ThingId::from).collect();
        // On the heap: a walk carries much.
        let closure = Box::pin(trace::closure(tx, &starts, Direction::Back, READ)).await?;
        // Of a case that is used again, a walk takes what lay there at each of the uses that it met: that of one lot meets only its own.
        let mixes = closure.graph.nodes().iter().any(|node| matches!(node, Node::Packed(_)));
        if (closure.cut || mixes) && set.len() > 1 {
            let (some, others) = set.split_at(set.len() / 2);
            open.extend([some, others]);
            continue;
        }
        let reached: Vec<Uuid> = closure.graph.things().iter().map(ThingId::as_uuid).collect();
        let sources = store::sources(tx, &reached).await?;
        for lot in set {
            found.insert(*lot, behind(tx, &mut seen, &closure, &sources, *lot).await?);
        }
    }
    Ok(found)
}

/// What a lot is of that was made of others: asked backwards from thing to thing, up to those that say themselves what they are of.
async fn behind(
    tx: &mut Tx,
    seen: &mut Seen,
    closure: &Closure,
    sources: &HashMap<ThingId, Source>,
    lot: LotId,
) -> Result<Crops, StoreError> {
    let graph = &closure.graph;
    let mut crops: BTreeSet<CropCode> = BTreeSet::new();
    let mut is_known = true;
    let mut met: HashSet<usize> = HashSet::new();
    let mut open: Vec<usize> = graph.place_of(lot.into()).into_iter().collect();
    while let Some(place) = open.pop().filter(|_| met.len() <= MOST) {
        if !met.insert(place) {
            continue;
        }
        let source = sources.get(&graph.thing(place));
        if let Some(crop) = source.and_then(|source| source.crop.as_ref()) {
            crops.insert(crop.clone());
            continue;
        }
        let mut is_made = false;
        for part in graph.made_by(place) {
            let before = open.len();
            open.extend(graph.inputs(part.node).map(|input| input.thing));
            // A making that tells of nothing that went in: nobody knows.
            is_known &= open.len() > before;
            is_made = true;
        }
        // What was made may have been harvested into as well.
        match source.filter(|source| source.is_harvested || !is_made) {
            Some(source) => {
                let grown = seen.grown(tx, source).await?;
                is_known &= grown.is_known;
                crops.extend(grown.crops);
            }
            None => is_known &= is_made,
        }
    }
    let is_whole = !closure.cut && met.len() <= MOST;
    let one = crops.first().cloned().filter(|_| is_known && is_whole && crops.len() == 1);
    Ok(Crops { one, grew: !crops.is_empty() || !is_whole })
}
