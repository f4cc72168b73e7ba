//! Genealogy and contents: what went into what, and what lies in which case. Made from the journal; every row can be taken back.

use super::things::quantity;
use crate::events::model::{Order, Step};
use crate::kernel::{EventId, LotId, Moment, Quantity, ThingId};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// On which side of a transformation a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// It went in.
    In,
    /// It came out.
    Out,
}

impl Side {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// A thing on one side of a transformation.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// The thing.
    pub thing: ThingId,
    /// The side.
    pub side: Side,
    /// The transformation: an event's id, or the id that stands for a transformationID.
    pub node: Uuid,
    /// The event that says so.
    pub event: EventId,
    /// When.
    pub time: Moment,
    /// How much, where that was told.
    pub quantity: Option<Quantity>,
}

/// Writes one side of a transformation.
///
/// # Errors
/// When the database fails.
pub async fn link(tx: &mut Tx, link: &Link) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO lineage (thing_id, side, node, event_id, event_time, amount, unit) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
        )
        .bind(link.thing.as_uuid())
        .bind(link.side.as_str())
        .bind(link.node)
        .bind(link.event.as_uuid())
        .bind(link.time.micros())
        .bind(link.quantity.map(Quantity::amount))
        .bind(link.quantity.map(|quantity| quantity.unit().as_str()))
    )?;
    Ok(())
}

/// Takes back what an event said of genealogy.
///
/// # Errors
/// When the database fails.
pub async fn unlink(tx: &mut Tx, event: EventId) -> Result<(), StoreError> {
    run!(tx, sqlx::query("DELETE FROM lineage WHERE event_id = $1").bind(event.as_uuid()))?;
    Ok(())
}

/// The transformations that an event is one of several tellings of.
///
/// # Errors
/// When the database fails.
pub async fn nodes_of(tx: &mut Tx, event: EventId) -> Result<Vec<Uuid>, StoreError> {
    on!(tx, |conn| sqlx::query_scalar(
        "SELECT DISTINCT node FROM lineage WHERE event_id = $1 AND node <> $1 ORDER BY node"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await)
}

/// So much of a registered lot on one side of a transformation.
#[derive(Clone, Copy, Debug)]
pub struct Weighed {
    /// The lot.
    pub lot: LotId,
    /// The event that says so.
    pub event: EventId,
    /// The side.
    pub side: Side,
    /// How much.
    pub quantity: Quantity,
}

#[derive(FromRow)]
struct WeighedRow {
    thing_id: Uuid,
    event_id: Uuid,
    side: String,
    amount: Option<i64>,
    unit: Option<String>,
}

/// What all events of a transformation tell of registered lots, in the order of the lots.
///
/// # Errors
/// When the database fails.
pub async fn weighed(tx: &mut Tx, node: Uuid) -> Result<Vec<Weighed>, StoreError> {
    let rows: Vec<WeighedRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT n.thing_id, n.event_id, n.side, n.amount, n.unit FROM lineage n JOIN lot l ON l.id = n.thing_id \
         WHERE n.node = $1 ORDER BY n.thing_id, n.event_id, n.side"
    )
    .bind(node)
    .fetch_all(conn)
    .await
    })?;
    let weighed = rows.into_iter().filter_map(|row| {
        Some(Weighed {
            lot: LotId::from_uuid(row.thing_id),
            event: EventId::from_uuid(row.event_id),
            side: if row.side == Side::In.as_str() { Side::In } else { Side::Out },
            quantity: quantity(row.amount, row.unit.as_deref())?,
        })
    });
    Ok(weighed.collect())
}

/// Takes back what was found when a transformation was weighed before, unless an inspector has overridden it; the lots that were
/// held for it.
///
/// # Errors
/// When the database fails.
pub async fn drop_surplus(tx: &mut Tx, node: Uuid) -> Result<Vec<LotId>, StoreError> {
    let lots: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
        "DELETE FROM breach WHERE rule IN ('more_out_than_in', 'beyond_conversion', 'unit_not_comparable') \
         AND overridden_by IS NULL \
         AND event_id IN (SELECT event_id FROM lineage WHERE node = $1) RETURNING lot_id"
    )
    .bind(node)
    .fetch_all(conn)
    .await
    })?;
    Ok(lots.into_iter().map(LotId::from_uuid).collect())
}

/// Whether `older` went, over however many steps, into `younger`.
///
/// # Errors
/// When the database fails.
pub async fn is_ancestor(tx: &mut Tx, older: ThingId, younger: ThingId) -> Result<bool, StoreError> {
    // UNION, not UNION ALL: what was reached once is not walked again, so that a circle ends.
    let found: Option<i64> = on!(tx, |conn| sqlx::query_scalar(
        "WITH RECURSIVE back (thing_id) AS (\
         SELECT i.thing_id FROM lineage o JOIN lineage i ON i.node = o.node AND i.side = 'in' \
         WHERE o.thing_id = $1 AND o.side = 'out' UNION \
         SELECT i.thing_id FROM back b JOIN lineage o ON o.thing_id = b.thing_id AND o.side = 'out' \
         JOIN lineage i ON i.node = o.node AND i.side = 'in') \
         SELECT CAST(1 AS BIGINT) FROM back WHERE thing_id = $2 LIMIT 1"
    )
    .bind(younger.as_uuid())
    .bind(older.as_uuid())
    .fetch_optional(conn)
    .await)?;
    Ok(found.is_some())
}

/// What an aggregation event says of the contents of one parent.
#[derive(Clone, Debug)]
pub struct Aggregation {
    /// The event.
    pub event: EventId,
    /// When.
    pub time: Moment,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// Whether things were put in; taken out else.
    pub adds: bool,
    /// What; nothing means all that lies there, where it was taken out.
    pub children: Vec<(ThingId, Option<Quantity>)>,
}

impl Aggregation {
    /// Its place among all events.
    #[must_use]
    pub const fn order(&self) -> Order {
        (self.time, self.recorded_at, self.event)
    }
}

/// One thing in a case, from when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// What.
    pub child: ThingId,
    /// How much of it, where that was told.
    pub quantity: Option<Quantity>,
    /// The event that put it in.
    pub added: (EventId, Moment),
    /// The event that took it out.
    pub removed: Option<(EventId, Moment)>,
}

#[derive(FromRow)]
struct AggregationRow {
    id: Uuid,
    event_time: i64,
    recorded_at: i64,
    step: String,
    thing_id: Option<Uuid>,
    amount: Option<i64>,
    unit: Option<String>,
}

/// The aggregation events of a parent that are in force, in the order in which they happened.
///
/// # Errors
/// When the database fails.
pub async fn aggregations(tx: &mut Tx, parent: ThingId) -> Result<Vec<Aggregation>, StoreError> {
    let rows: Vec<AggregationRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT e.id, e.event_time, e.recorded_at, e.step, c.thing_id, c.amount, c.unit FROM event_thing p \
         JOIN event e ON e.id = p.event_id AND e.step IN ('aggregate', 'disaggregate') AND e.declares_error = 0 \
         LEFT JOIN event_thing c ON c.event_id = e.id AND c.role = 'child' \
         WHERE p.thing_id = $1 AND p.role = 'parent' \
         AND NOT EXISTS (SELECT 1 FROM correction x WHERE x.event_id = e.id) \
         AND NOT EXISTS (SELECT 1 FROM parked k WHERE k.event_id = e.id) \
         ORDER BY e.event_time, e.recorded_at, e.id, c.thing_id"
    )
    .bind(parent.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    let mut events: Vec<Aggregation> = Vec::new();
    for row in rows {
        let event = EventId::from_uuid(row.id);
        if events.last().is_none_or(|last| last.event != event) {
            events.push(Aggregation {
                event,
                time: Moment::from_micros(row.event_time),
                recorded_at: Moment::from_micros(row.recorded_at),
                adds: row.step == Step::Aggregate.as_str(),
                children: Vec::new(),
            });
        }
        if let (Some(child), Some(last)) = (row.thing_id, events.last_mut()) {
            last.children.push((ThingId::from_uuid(child), quantity(row.amount, row.unit.as_deref())));
        }
    }
    Ok(events)
}

/// Writes the contents of a parent anew.
///
/// # Errors
/// When the database fails.
pub async fn put_contents(tx: &mut Tx, parent: ThingId, contents: &[Content]) -> Result<(), StoreError> {
    run!(tx, sqlx::query("DELETE FROM containment WHERE parent_id = $1").bind(parent.as_uuid()))?;
    for (part, content) in (0_i64..).zip(contents) {
        run!(
            tx,
            sqlx::query(
                "INSERT INTO containment (parent_id, child_id, added_by, added_at, amount, unit, removed_by, removed_at, \
                 part) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            )
            .bind(parent.as_uuid())
            .bind(content.child.as_uuid())
            .bind(content.added.0.as_uuid())
            .bind(content.added.1.micros())
            .bind(content.quantity.map(Quantity::amount))
            .bind(content.quantity.map(|quantity| quantity.unit().as_str()))
            .bind(content.removed.map(|(event, _)| event.as_uuid()))
            .bind(content.removed.map(|(_, time)| time.micros()))
            .bind(part)
        )?;
    }
    Ok(())
}

#[derive(FromRow)]
struct ContentRow {
    child_id: Uuid,
    amount: Option<i64>,
    unit: Option<String>,
    added_by: Uuid,
    added_at: i64,
    removed_by: Option<Uuid>,
    removed_at: Option<i64>,
}

impl From<ContentRow> for Content {
    fn from(row: ContentRow) -> Self {
        Self {
            child: ThingId::from_uuid(row.child_id),
            quantity: quantity(row.amount, row.unit.as_deref()),
            added: (EventId::from_uuid(row.added_by), Moment::from_micros(row.added_at)),
            removed: row
                .removed_by
                .zip(row.removed_at)
                .map(|(event, time)| (EventId::from_uuid(event), Moment::from_micros(time))),
        }
    }
}

/// The cases in which a thing ever lay.
///
/// # Errors
/// When the database fails.
pub async fn holders_of(tx: &mut Tx, child: ThingId) -> Result<Vec<ThingId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT DISTINCT parent_id FROM containment WHERE child_id = $1 ORDER BY parent_id"
    )
    .bind(child.as_uuid())
    .fetch_all(conn)
    .await)?;
    Ok(ids.into_iter().map(ThingId::from_uuid).collect())
}

/// All that ever lay in a case.
///
/// # Errors
/// When the database fails.
pub async fn contents(tx: &mut Tx, parent: ThingId) -> Result<Vec<Content>, StoreError> {
    let rows: Vec<ContentRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT child_id, amount, unit, added_by, added_at, removed_by, removed_at FROM containment \
         WHERE parent_id = $1 ORDER BY part"
    )
    .bind(parent.as_uuid())
    .fetch_all(conn)
    .await)?;
    Ok(rows.into_iter().map(Content::from).collect())
}

/// A thing in a case, and whether anything ever lay in it.
#[derive(FromRow)]
struct HeldRow {
    child_id: Uuid,
    amount: Option<i64>,
    unit: Option<String>,
    holds: i64,
}

/// What lies in a case, and in the cases in it, at a moment: things that hold nothing else. A case that lies in itself, by a
/// mistaken report, is looked into once.
///
/// # Errors
/// When the database fails.
pub async fn contents_of(
    tx: &mut Tx,
    case: ThingId,
    at: Moment,
) -> Result<Vec<(ThingId, Option<Quantity>)>, StoreError> {
    let mut seen = std::collections::HashSet::from([case]);
    let mut open = vec![case];
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        let rows: Vec<HeldRow> = on!(tx, |conn| {
            sqlx::query_as(
            "SELECT c.child_id, c.amount, c.unit, \
             CASE WHEN EXISTS (SELECT 1 FROM containment i WHERE i.parent_id = c.child_id) THEN CAST(1 AS BIGINT) ELSE 0 END AS holds \
             FROM containment c WHERE c.parent_id = $1 AND c.added_at <= $2 \
             AND (c.removed_at IS NULL OR c.removed_at > $2) ORDER BY c.part"
        )
        .bind(next.as_uuid())
        .bind(at.micros())
        .fetch_all(conn)
        .await
        })?;
        for row in rows {
            let child = ThingId::from_uuid(row.child_id);
            if row.holds == 0 {
                found.push((child, quantity(row.amount, row.unit.as_deref())));
            } else if seen.insert(child) {
                open.push(child);
            }
        }
    }
    Ok(found)
}
