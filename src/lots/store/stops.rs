//! The SQL of stops that reach what was made of a lot.
//!
//! What must stay true: a thing has a row for each stopped lot that it was made of, by whatever ways, and for no other: also where the lot went in
//! as a single unit, or in a case or pallet that it lay in then. Where an inspector let it go, the walk ends there. `lot.upstream` says what the
//! rows that stand say together.
//!
//! `CROSS JOIN` keeps SQLite from beginning at the large table; to PostgreSQL it is a join like others.

use crate::kernel::{EventId, LotId, PartyId, ThingId};
use crate::lots::model::{DANGERS, Danger};
use crate::store::{StoreError, Tx, among, on, run, sets};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Stops everything that things became, because `origin` is stopped: the things themselves, and what was made of them, up to what an
/// inspector let go. Those that were not stopped for it until now.
async fn inherit(tx: &mut Tx, origin: LotId, starts: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let mut reached = made_of(tx, origin, starts).await?;
    if !is_carried(tx).await? {
        return Ok(reached);
    }
    let mut level: Vec<Uuid> = starts.iter().chain(&reached).copied().collect();
    while !level.is_empty() {
        let further = carried(tx, origin, &level).await?;
        level = made_of(tx, origin, &further).await?;
        reached.extend_from_slice(&level);
    }
    Ok(reached)
}

/// Stops things, and what was made of them under their own names.
async fn made_of(tx: &mut Tx, origin: LotId, starts: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let mut reached = Vec::new();
    for set in sets(starts) {
        let rows: Vec<(Uuid,)> = among!(
            tx,
            (Uuid,),
            "WITH RECURSIVE reached (thing_id) AS (SELECT id FROM thing WHERE NOT EXISTS \
             (SELECT 1 FROM inherited_stop s WHERE s.thing_id = thing.id AND s.origin_id = $2 AND s.overridden_by IS NOT NULL) \
             AND id",
            set,
            " UNION SELECT o.thing_id FROM reached r CROSS JOIN lineage i CROSS JOIN lineage o \
             WHERE i.thing_id = r.thing_id AND i.side = 'in' AND o.node = i.node AND o.side = 'out' AND NOT EXISTS \
             (SELECT 1 FROM inherited_stop s WHERE s.thing_id = o.thing_id AND s.origin_id = $2 AND s.overridden_by IS NOT NULL)) \
             INSERT INTO inherited_stop (thing_id, origin_id) SELECT thing_id, $2 FROM reached WHERE thing_id <> $2 \
             ON CONFLICT DO NOTHING RETURNING thing_id",
            origin.as_uuid(),
        )?;
        reached.extend(rows.into_iter().map(|(thing,)| thing));
    }
    Ok(reached)
}

/// Whether there are units or cases at all: most small registries number lots only, and are spared the search.
async fn is_carried(tx: &mut Tx) -> Result<bool, StoreError> {
    let found: i64 = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM containment) \
             OR EXISTS (SELECT 1 FROM thing WHERE class_id IS NOT NULL) THEN 1 ELSE 0 END AS BIGINT)",
        )
        .fetch_one(conn)
        .await
    })?;
    Ok(found == 1)
}

/// What came of things that went in as units of theirs, or in a case, or a case of cases, that they lay in then; without what the origin
/// stops already, or an inspector let go.
async fn carried(tx: &mut Tx, origin: LotId, things: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let mut found = Vec::new();
    for set in sets(things) {
        let rows: Vec<(Uuid,)> = among!(
            tx,
            (Uuid,),
            "WITH RECURSIVE stopped (id) AS (SELECT id FROM thing WHERE id",
            set,
            "), units (id) AS (SELECT t.id FROM stopped s CROSS JOIN thing t WHERE t.class_id = s.id), \
             stay (case_id, since, until) AS (\
             SELECT c.parent_id, c.added_at, COALESCE(c.removed_at, 9223372036854775807) \
             FROM (SELECT id FROM stopped UNION ALL SELECT id FROM units) p CROSS JOIN containment c WHERE c.child_id = p.id \
             UNION SELECT c.parent_id, CASE WHEN c.added_at > s.since THEN c.added_at ELSE s.since END, \
             CASE WHEN c.removed_at < s.until THEN c.removed_at ELSE s.until END \
             FROM stay s CROSS JOIN containment c WHERE c.child_id = s.case_id \
             AND c.added_at <= s.until AND (c.removed_at IS NULL OR c.removed_at >= s.since)), \
             used (node) AS (SELECT l.node FROM stay s CROSS JOIN lineage l WHERE l.thing_id = s.case_id AND l.side = 'in' \
             AND l.event_time >= s.since AND l.event_time <= s.until \
             UNION SELECT l.node FROM units u CROSS JOIN lineage l WHERE l.thing_id = u.id AND l.side = 'in') \
             SELECT DISTINCT o.thing_id FROM used u CROSS JOIN lineage o WHERE o.node = u.node AND o.side = 'out' \
             AND o.thing_id <> $2 AND NOT EXISTS \
             (SELECT 1 FROM inherited_stop i WHERE i.thing_id = o.thing_id AND i.origin_id = $2)",
            origin.as_uuid(),
        )?;
        found.extend(rows.into_iter().map(|(thing,)| thing));
    }
    Ok(found)
}

/// Reckons anew what lots inherit.
async fn refresh(tx: &mut Tx, things: &[Uuid]) -> Result<Vec<LotId>, StoreError> {
    let mut lots = Vec::new();
    for set in sets(things) {
        let rows: Vec<(Uuid,)> = among!(
            tx,
            (Uuid,),
            "UPDATE lot SET (upstream, upstream_lot) = (SELECT \
             CASE WHEN o.recall = 'recalled' THEN 'recalled' ELSE 'held' END, s.origin_id \
             FROM inherited_stop s JOIN lot o ON o.id = s.origin_id \
             WHERE s.thing_id = lot.id AND s.overridden_by IS NULL \
             ORDER BY CASE WHEN o.recall = 'recalled' THEN 0 ELSE 1 END, s.origin_id LIMIT 1), \
             gate_version = gate_version + 1, version = version + 1 WHERE id",
            set,
            " RETURNING id",
        )?;
        lots.extend(rows.into_iter().map(|(lot,)| LotId::from_uuid(lot)));
    }
    Ok(lots)
}

/// What became of the lots that were made of a stopped or freed one.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    /// Those whose stop may have changed.
    pub lots: Vec<LotId>,
    /// Whether it is stopped now.
    pub is_stopped: bool,
    /// The things that were not stopped for it until now.
    pub stopped: Vec<ThingId>,
}

/// Lets what stops a lot reach everything that was made of it, or lifts it there when the lot is free. `anew`: what an inspector let go
/// until now is stopped again, since there is another reason.
///
/// # Errors
/// When the database fails.
pub async fn spread(tx: &mut Tx, origin: LotId, anew: bool) -> Result<Spread, StoreError> {
    let stopped: Option<i64> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT CAST(1 AS BIGINT) FROM lot WHERE id = $1 \
             AND (hold = 'held' OR recall = 'recalled' OR breach IS NOT NULL)",
        )
        .bind(origin.as_uuid())
        .fetch_optional(conn)
        .await
    })?;
    let before = reached(tx, origin).await?;
    if stopped.is_none() && before.is_empty() {
        return Ok(Spread::default());
    }
    let all = anew || stopped.is_none();
    run!(
        tx,
        sqlx::query("DELETE FROM inherited_stop WHERE origin_id = $1 AND (overridden_by IS NULL OR $2 = 1)")
            .bind(origin.as_uuid())
            .bind(i64::from(all))
    )?;
    let now = match stopped {
        Some(_) => inherit(tx, origin, &[origin.as_uuid()]).await?,
        None => Vec::new(),
    };
    let known: BTreeSet<Uuid> = before.iter().copied().collect();
    let newly = now.iter().filter(|thing| !known.contains(thing)).map(|thing| ThingId::from_uuid(*thing));
    let newly = newly.collect();
    let touched: BTreeSet<Uuid> = before.into_iter().chain(now).collect();
    let touched: Vec<Uuid> = touched.into_iter().collect();
    Ok(Spread { lots: refresh(tx, &touched).await?, is_stopped: stopped.is_some(), stopped: newly })
}

/// The things that a stopped lot stops.
async fn reached(tx: &mut Tx, origin: LotId) -> Result<Vec<Uuid>, StoreError> {
    on!(tx, |conn| sqlx::query_scalar("SELECT thing_id FROM inherited_stop WHERE origin_id = $1")
        .bind(origin.as_uuid())
        .fetch_all(conn)
        .await)
}

/// Lets what stops the inputs of a transformation reach what came out of it; the lots whose stop may have changed.
///
/// # Errors
/// When the database fails.
pub async fn inherit_by(tx: &mut Tx, node: Uuid) -> Result<Vec<LotId>, StoreError> {
    let origins: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "WITH RECURSIVE inside (id, at) AS (SELECT thing_id, event_time FROM lineage WHERE node = $1 AND side = 'in' \
             UNION SELECT c.child_id, i.at FROM inside i CROSS JOIN containment c WHERE c.parent_id = i.id \
             AND c.added_at <= i.at AND (c.removed_at IS NULL OR c.removed_at >= i.at)), \
             went_in (id) AS (SELECT id FROM inside \
             UNION SELECT t.class_id FROM inside i CROSS JOIN thing t WHERE t.id = i.id AND t.class_id IS NOT NULL) \
             SELECT l.id FROM went_in w CROSS JOIN lot l WHERE l.id = w.id \
             AND (l.hold = 'held' OR l.recall = 'recalled' OR l.breach IS NOT NULL) \
             UNION SELECT s.origin_id FROM went_in w CROSS JOIN inherited_stop s WHERE s.thing_id = w.id AND s.overridden_by IS NULL",
        )
        .bind(node)
        .fetch_all(conn)
        .await
    })?;
    if origins.is_empty() {
        return Ok(Vec::new());
    }
    let outputs: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar("SELECT DISTINCT thing_id FROM lineage WHERE node = $1 AND side = 'out'")
            .bind(node)
            .fetch_all(conn)
            .await
    })?;
    let mut touched = BTreeSet::new();
    for origin in origins {
        touched.extend(inherit(tx, LotId::from_uuid(origin), &outputs).await?);
    }
    let touched: Vec<Uuid> = touched.into_iter().collect();
    refresh(tx, &touched).await
}

/// The stopped lots for which what came out of the transformations of an event is stopped: asked before it is taken back, since
/// afterwards it may not come from them.
///
/// # Errors
/// When the database fails.
pub async fn origins_behind(tx: &mut Tx, event: EventId) -> Result<Vec<LotId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT DISTINCT s.origin_id FROM lineage e JOIN lineage o ON o.node = e.node AND o.side = 'out' \
             JOIN inherited_stop s ON s.thing_id = o.thing_id WHERE e.event_id = $1",
        )
        .bind(event.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    Ok(ids.into_iter().map(LotId::from_uuid).collect())
}

/// The transformations that used a case, or a case that it lay in; and the stopped lots for which what came out of them is stopped.
///
/// # Errors
/// When the database fails.
pub async fn used_case(tx: &mut Tx, case: ThingId) -> Result<(Vec<Uuid>, Vec<LotId>), StoreError> {
    let nodes: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "WITH RECURSIVE around (id) AS (SELECT id FROM thing WHERE id = $1 \
             UNION SELECT c.parent_id FROM around a CROSS JOIN containment c WHERE c.child_id = a.id) \
             SELECT DISTINCT l.node FROM around a CROSS JOIN lineage l WHERE l.thing_id = a.id AND l.side = 'in'",
        )
        .bind(case.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    let mut origins = BTreeSet::new();
    for set in sets(&nodes) {
        let rows: Vec<(Uuid,)> = among!(
            tx,
            (Uuid,),
            "SELECT DISTINCT s.origin_id FROM lineage o JOIN inherited_stop s ON s.thing_id = o.thing_id \
             WHERE o.side = 'out' AND o.node",
            set,
            "",
        )?;
        origins.extend(rows.into_iter().map(|(origin,)| LotId::from_uuid(origin)));
    }
    Ok((nodes, origins.into_iter().collect()))
}

/// Lets a lot go in spite of what holds the lots that it was made of; those origins. What was recalled stays.
///
/// # Errors
/// When the database fails.
pub async fn override_upstream(tx: &mut Tx, lot: LotId, by: EventId) -> Result<Vec<LotId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "UPDATE inherited_stop SET overridden_by = $2 WHERE thing_id = $1 AND overridden_by IS NULL AND EXISTS \
             (SELECT 1 FROM lot o WHERE o.id = inherited_stop.origin_id AND o.recall = 'none') RETURNING origin_id",
        )
        .bind(lot.as_uuid())
        .bind(by.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    refresh(tx, &[lot.as_uuid()]).await?;
    Ok(ids.into_iter().map(LotId::from_uuid).collect())
}

/// Lets a lot go in spite of one origin that a release named.
///
/// # Errors
/// When the database fails.
pub async fn override_origin(tx: &mut Tx, lot: LotId, origin: LotId, by: EventId) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "UPDATE inherited_stop SET overridden_by = $3 WHERE thing_id = $1 AND origin_id = $2 AND overridden_by IS NULL"
        )
        .bind(lot.as_uuid())
        .bind(origin.as_uuid())
        .bind(by.as_uuid())
    )?;
    refresh(tx, &[lot.as_uuid()]).await?;
    Ok(())
}

/// Whether one party was sent some of a lot by another.
///
/// # Errors
/// When the database fails.
pub async fn came_from(tx: &mut Tx, lot: LotId, from: PartyId, to: PartyId) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT CAST(1 AS BIGINT) FROM shipment WHERE lot_id = $1 AND from_party = $2 AND to_party = $3 LIMIT 1",
        )
        .bind(lot.as_uuid())
        .bind(from.as_uuid())
        .bind(to.as_uuid())
        .fetch_optional(conn)
        .await
    })?;
    Ok(found.is_some())
}

/// The lots that are stopped because this one is, which they were made of.
///
/// # Errors
/// When the database fails.
pub async fn stopped_for(tx: &mut Tx, origin: LotId) -> Result<Vec<LotId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT l.id FROM inherited_stop s JOIN lot l ON l.id = s.thing_id \
             WHERE s.origin_id = $1 AND s.overridden_by IS NULL ORDER BY l.id",
        )
        .bind(origin.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    Ok(ids.into_iter().map(LotId::from_uuid).collect())
}

/// Who has some of a lot, or of what was made of it and is stopped with it, in hand or on the way to them; each with how many lots.
///
/// # Errors
/// When the database fails.
pub async fn concerned(tx: &mut Tx, origin: LotId) -> Result<Vec<(PartyId, i64)>, StoreError> {
    let rows: Vec<(Uuid, i64)> = on!(tx, |conn| {
        sqlx::query_as(
            "WITH stopped AS (SELECT id FROM lot WHERE id = $1 \
             UNION SELECT thing_id FROM inherited_stop WHERE origin_id = $1 AND overridden_by IS NULL), \
             theirs AS (SELECT h.party_id, h.lot_id FROM stopped s JOIN holding h ON h.lot_id = s.id WHERE h.amount > 0 \
             UNION SELECT w.to_party, w.lot_id FROM stopped s JOIN shipment w ON w.lot_id = s.id \
             WHERE w.received + w.refused + w.lost < w.amount \
             UNION SELECT party_id, id FROM lot WHERE id = $1) \
             SELECT party_id, COUNT(*) FROM theirs GROUP BY party_id ORDER BY party_id",
        )
        .bind(origin.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    Ok(rows.into_iter().map(|(party, many)| (PartyId::from_uuid(party), many)).collect())
}

/// Whether a lot is stopped as a danger to those who eat it: called back, held by somebody's word, or for what was sprayed on it or found in
/// it; by itself, or with what it was made of. What is only amiss in the books is none.
///
/// # Errors
/// When the database fails.
pub async fn danger(tx: &mut Tx, lot: LotId) -> Result<Option<Danger>, StoreError> {
    let rows: Vec<(String, String, Option<String>)> = on!(tx, |conn| {
        sqlx::query_as(
            "WITH origins (id) AS (SELECT id FROM lot WHERE id = $1 \
             UNION SELECT origin_id FROM inherited_stop WHERE thing_id = $1 AND overridden_by IS NULL) \
             SELECT DISTINCT l.recall, l.hold, b.rule FROM origins o JOIN lot l ON l.id = o.id \
             LEFT JOIN breach b ON b.lot_id = l.id AND b.stops = 1 AND b.overridden_by IS NULL",
        )
        .bind(lot.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    let of = |(recall, hold, rule): &(String, String, Option<String>)| match rule {
        _ if recall == "recalled" => Some(Danger::Recalled),
        _ if hold == "held" => Some(Danger::Held),
        Some(rule) if DANGERS.contains(&rule.as_str()) => Some(Danger::Held),
        _ => None,
    };
    Ok(rows.iter().filter_map(of).max())
}
