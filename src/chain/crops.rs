//! The crop that goods are of whose product names none: what the field book has where they were harvested; and of what was made of other
//! lots what all of those are of, each by its own product where that names a crop, however many makings lie between, also where it went in
//! as single units or in a case.
//!
//! What must stay true: goods of several crops, or of something of which nobody knows the crop, are of no crop; and what is found of a lot
//! does not depend on which others are asked with it.

use super::store::claims::{self as store, Source};
use crate::fieldbook;
use crate::kernel::{CropCode, Day, LotId, PlaceId, ThingId};
use crate::store::{StoreError, Tx};
use crate::trace::{self, Closure, Direction};
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

/// The crops that grew at places on days, as far as they were asked for.
#[derive(Debug, Default)]
struct Seen(BTreeMap<(PlaceId, Day), Option<CropCode>>);

impl Seen {
    /// What a lot is of that was harvested: the crop that grew where it began.
    async fn grown(&mut self, tx: &mut Tx, source: &Source) -> Result<Option<CropCode>, StoreError> {
        let key = (source.place, source.harvested_on);
        if let Some(known) = self.0.get(&key) {
            return Ok(known.clone());
        }
        let crop = fieldbook::grown_at(tx, source.place, source.harvested_on).await?;
        self.0.insert(key, crop.clone());
        Ok(crop)
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
            let one = seen.grown(tx, source).await?;
            found.insert(*lot, Crops { grew: one.is_some(), one });
        }
    }
    let mut open: Vec<&[LotId]> = made.chunks(TOGETHER).collect();
    while let Some(set) = open.pop() {
        let starts: Vec<ThingId> = set.iter().copied().map(ThingId::from).collect();
        // On the heap: a walk carries much.
        let closure = Box::pin(trace::closure(tx, &starts, Direction::Back, READ)).await?;
        if closure.cut && set.len() > 1 {
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
            Some(source) => match seen.grown(tx, source).await? {
                Some(crop) => {
                    crops.insert(crop);
                }
                None => is_known = false,
            },
            None => is_known &= is_made,
        }
    }
    let is_whole = !closure.cut && met.len() <= MOST;
    let one = crops.first().cloned().filter(|_| is_known && is_whole && crops.len() == 1);
    Ok(Crops { one, grew: !crops.is_empty() || !is_whole })
}
