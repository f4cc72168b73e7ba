//! The SQL of the genealogy: each statement is about a set of things or nodes, and gives at most so many rows.
//!
//! `CROSS JOIN` keeps SQLite from beginning at the large table, whatever its statistics say; to PostgreSQL it is a join like others.

use crate::kernel::{Moment, ThingId, Unit};
use crate::store::{StoreError, Tx, among, on, sets};
use crate::trace::graph::{Node, Side, Told};
use sqlx::FromRow;
use uuid::Uuid;

/// A part as a statement gives it: thing, node, time, amount, and what it is. Numbers by their position, because closures read
/// tens of thousands of them.
type PartRow = (Uuid, Uuid, i64, Option<i64>, i64);

/// The columns of a [`PartRow`] of the table with this short name. The last says whether it came out (10, else 0) and what the amount
/// counts (1 grams, 2 pieces, 0 nothing told).
macro_rules! part_columns {
    ($table:literal) => {
        concat!(
            $table,
            ".thing_id, ",
            $table,
            ".node, ",
            $table,
            ".event_time, ",
            $table,
            ".amount, CAST(CASE ",
            $table,
            ".side WHEN 'out' THEN 10 ELSE 0 END + CASE ",
            $table,
            ".unit WHEN 'gram' THEN 1 WHEN 'piece' THEN 2 ELSE 0 END AS BIGINT)"
        )
    };
}

fn unit(text: Option<&str>, row: Uuid) -> Result<Option<Unit>, StoreError> {
    text.map(Unit::parse).transpose().map_err(|why| StoreError::misfit("containment", "unit", row, why))
}

fn told((thing, node, time, amount, what): PartRow) -> Told {
    Told {
        thing: ThingId::from_uuid(thing),
        node: Node::Made(node),
        side: if what < 10 { Side::In } else { Side::Out },
        time: Moment::from_micros(time),
        amount,
        unit: match what % 10 {
            1 => Some(Unit::Gram),
            2 => Some(Unit::Piece),
            _ => None,
        },
    }
}

/// Brings the events of one node together: the same thing on the same side, told by several, is one part.
fn together(mut rows: Vec<PartRow>) -> Vec<Told> {
    // By node, what went in first.
    rows.sort_unstable_by_key(|(thing, node, time, _, what)| (*node, *what >= 10, *thing, *time));
    let mut parts: Vec<Told> = Vec::with_capacity(rows.len());
    for told in rows.into_iter().map(told) {
        match parts.last_mut() {
            Some(last) if last.thing == told.thing && last.node == told.node && last.side == told.side => {
                last.time = last.time.min(told.time);
                last.amount = match (last.amount, told.amount) {
                    (Some(one), Some(other)) if last.unit == told.unit => Some(one.saturating_add(other)),
                    _ => None,
                };
            }
            _ => parts.push(told),
        }
    }
    parts
}

/// By which nodes things came to be.
///
/// # Errors
/// When the database fails.
pub async fn makers(tx: &mut Tx, things: &[Uuid], most: i64) -> Result<Vec<Told>, StoreError> {
    let mut rows = Vec::new();
    for set in sets(things) {
        rows.extend(among!(
            tx,
            PartRow,
            concat!("SELECT ", part_columns!("l"), " FROM lineage l WHERE l.side = 'out' AND l.thing_id"),
            set,
            " LIMIT $2",
            most,
        )?);
    }
    Ok(together(rows))
}

/// All parts behind things: what went into every making behind them, and what of that came out of which. The parts by which the
/// things themselves came to be are left to [`makers`].
///
/// # Errors
/// When the database fails.
pub async fn ancestry(tx: &mut Tx, things: &[Uuid], most: i64) -> Result<Vec<Told>, StoreError> {
    let rows: Vec<PartRow> = among!(
        tx,
        PartRow,
        "WITH RECURSIVE reached (node) AS (SELECT node FROM lineage WHERE side = 'out' AND thing_id",
        things,
        concat!(
            " UNION SELECT o.node FROM reached r CROSS JOIN lineage i CROSS JOIN lineage o \
             WHERE i.node = r.node AND i.side = 'in' AND o.thing_id = i.thing_id AND o.side = 'out') SELECT ",
            part_columns!("l"),
            " FROM reached r CROSS JOIN lineage l WHERE l.node = r.node AND l.side = 'in' UNION ALL SELECT ",
            part_columns!("o"),
            " FROM (SELECT DISTINCT i.thing_id FROM reached r CROSS JOIN lineage i \
             WHERE i.node = r.node AND i.side = 'in') t \
             CROSS JOIN lineage o WHERE o.thing_id = t.thing_id AND o.side = 'out' LIMIT $2"
        ),
        most,
    )?;
    Ok(together(rows))
}

/// All parts before things: both sides of every making that they, or what came of them, went into.
///
/// # Errors
/// When the database fails.
pub async fn progeny(tx: &mut Tx, things: &[Uuid], most: i64) -> Result<Vec<Told>, StoreError> {
    let rows: Vec<PartRow> = among!(
        tx,
        PartRow,
        "WITH RECURSIVE reached (node) AS (SELECT node FROM lineage WHERE side = 'in' AND thing_id",
        things,
        concat!(
            " UNION SELECT i.node FROM reached r CROSS JOIN lineage o CROSS JOIN lineage i \
             WHERE o.node = r.node AND o.side = 'out' AND i.thing_id = o.thing_id AND i.side = 'in') SELECT ",
            part_columns!("l"),
            " FROM reached r CROSS JOIN lineage l WHERE l.node = r.node LIMIT $2"
        ),
        most,
    )?;
    Ok(together(rows))
}

/// In which nodes things were used.
///
/// # Errors
/// When the database fails.
pub async fn nodes_of_inputs(tx: &mut Tx, things: &[Uuid], most: i64) -> Result<Vec<Uuid>, StoreError> {
    let mut nodes = Vec::new();
    for set in sets(things) {
        let rows: Vec<(Uuid,)> = among!(
            tx,
            (Uuid,),
            "SELECT node FROM lineage WHERE side = 'in' AND thing_id",
            set,
            " LIMIT $2",
            most,
        )?;
        nodes.extend(rows.into_iter().map(|(node,)| node));
    }
    nodes.sort_unstable();
    nodes.dedup();
    Ok(nodes)
}

/// What went into nodes, and with `whole` also what came out of them.
///
/// # Errors
/// When the database fails.
pub async fn made(tx: &mut Tx, nodes: &[Uuid], whole: bool, most: i64) -> Result<Vec<Told>, StoreError> {
    let mut rows = Vec::new();
    for set in sets(nodes) {
        rows.extend(if whole {
            among!(
                tx,
                PartRow,
                concat!("SELECT ", part_columns!("l"), " FROM lineage l WHERE l.node"),
                set,
                " LIMIT $2",
                most,
            )?
        } else {
            among!(
                tx,
                PartRow,
                concat!("SELECT ", part_columns!("l"), " FROM lineage l WHERE l.side = 'in' AND l.node"),
                set,
                " LIMIT $2",
                most,
            )?
        });
    }
    Ok(together(rows))
}

/// What lay in a case, from when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// The case or pallet.
    pub parent: ThingId,
    /// What lay in it.
    pub child: ThingId,
    /// From when.
    pub from: Moment,
    /// Until when; nothing while it still lies there.
    pub until: Option<Moment>,
    /// How much.
    pub amount: Option<i64>,
    /// What the amount counts.
    pub unit: Option<Unit>,
}

#[derive(FromRow)]
pub(super) struct ContentRow {
    parent_id: Uuid,
    child_id: Uuid,
    added_at: i64,
    removed_at: Option<i64>,
    amount: Option<i64>,
    unit: Option<String>,
}

impl TryFrom<ContentRow> for Content {
    type Error = StoreError;

    fn try_from(row: ContentRow) -> Result<Self, StoreError> {
        Ok(Self {
            parent: ThingId::from_uuid(row.parent_id),
            child: ThingId::from_uuid(row.child_id),
            from: Moment::from_micros(row.added_at),
            until: row.removed_at.map(Moment::from_micros),
            amount: row.amount,
            unit: unit(row.unit.as_deref(), row.child_id)?,
        })
    }
}

/// What lay in cases.
///
/// # Errors
/// When the database fails.
pub async fn contents(tx: &mut Tx, cases: &[Uuid], most: i64) -> Result<Vec<Content>, StoreError> {
    let mut found = Vec::new();
    for set in sets(cases) {
        let rows: Vec<ContentRow> = among!(
            tx,
            ContentRow,
            "SELECT parent_id, child_id, added_at, removed_at, amount, unit FROM containment WHERE parent_id",
            set,
            " ORDER BY parent_id, child_id, added_at, part LIMIT $2",
            most,
        )?;
        for row in rows {
            found.push(Content::try_from(row)?);
        }
    }
    Ok(found)
}

/// The cases with some of these things in them that were used while they lay there.
///
/// # Errors
/// When the database fails.
pub async fn used_cases(tx: &mut Tx, things: &[Uuid], most: i64) -> Result<Vec<Content>, StoreError> {
    let mut found = Vec::new();
    for set in sets(things) {
        let rows: Vec<ContentRow> = among!(
            tx,
            ContentRow,
            "SELECT c.parent_id, c.child_id, c.added_at, c.removed_at, c.amount, c.unit FROM containment c \
             WHERE EXISTS (SELECT 1 FROM lineage l WHERE l.thing_id = c.parent_id AND l.side = 'in' \
             AND l.event_time >= c.added_at AND (c.removed_at IS NULL OR l.event_time <= c.removed_at)) AND c.child_id",
            set,
            " ORDER BY c.parent_id, c.child_id, c.added_at, c.part LIMIT $2",
            most,
        )?;
        for row in rows {
            found.push(Content::try_from(row)?);
        }
    }
    Ok(found)
}

/// Whether there is any unit whose class is known: most registries number lots only, and are spared the search.
///
/// # Errors
/// When the database fails.
pub async fn has_units(tx: &mut Tx) -> Result<bool, StoreError> {
    let one: Option<i64> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM thing WHERE class_id IS NOT NULL LIMIT 1"
    )
    .fetch_optional(conn)
    .await)?;
    Ok(one.is_some())
}

/// A unit and its class; with `of_classes` the units of these classes, else the classes of these units.
///
/// # Errors
/// When the database fails.
pub async fn units(
    tx: &mut Tx,
    things: &[Uuid],
    of_classes: bool,
    most: i64,
) -> Result<Vec<(ThingId, ThingId)>, StoreError> {
    let mut found = Vec::new();
    for set in sets(things) {
        let rows: Vec<(Uuid, Uuid)> = if of_classes {
            among!(tx, (Uuid, Uuid), "SELECT id, class_id FROM thing WHERE class_id", set, " LIMIT $2", most)?
        } else {
            among!(
                tx,
                (Uuid, Uuid),
                "SELECT id, class_id FROM thing WHERE class_id IS NOT NULL AND id",
                set,
                " LIMIT $2",
                most,
            )?
        };
        found.extend(rows.into_iter().map(|(id, class)| (ThingId::from_uuid(id), ThingId::from_uuid(class))));
    }
    found.sort_unstable();
    Ok(found)
}

/// The thing with this name.
///
/// # Errors
/// When the database fails.
pub async fn named(tx: &mut Tx, name: &str) -> Result<Option<ThingId>, StoreError> {
    let id: Option<Uuid> = on!(tx, |conn| sqlx::query_scalar("SELECT id FROM thing WHERE name = $1")
        .bind(name)
        .fetch_optional(conn)
        .await)?;
    Ok(id.map(ThingId::from_uuid))
}

/// The thing with this further name.
///
/// # Errors
/// When the database fails.
pub async fn alias(tx: &mut Tx, name: &str) -> Result<Option<ThingId>, StoreError> {
    let id: Option<Uuid> =
        on!(tx, |conn| sqlx::query_scalar("SELECT thing_id FROM thing_alias WHERE name = $1")
            .bind(name)
            .fetch_optional(conn)
            .await)?;
    Ok(id.map(ThingId::from_uuid))
}

/// What a place is known by in events: the registry's id, and its names.
#[derive(Clone, Debug, Default)]
pub struct PlaceNames {
    /// The registry's place.
    pub id: Option<Uuid>,
    /// The name in read points and business locations; empty when it has none.
    pub name: String,
}

/// Everything that had an event at a place from one moment up to another, which is left out.
///
/// # Errors
/// When the database fails.
pub async fn at_place(
    tx: &mut Tx,
    place: &PlaceNames,
    from: Moment,
    to: Moment,
    most: i64,
) -> Result<Vec<ThingId>, StoreError> {
    let rows: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT DISTINCT t.thing_id FROM (\
             SELECT id FROM event WHERE place_id = $1 AND event_time >= $3 AND event_time < $4 \
             UNION SELECT id FROM event WHERE read_point = $2 AND event_time >= $3 AND event_time < $4 \
             UNION SELECT id FROM event WHERE biz_location = $2 AND event_time >= $3 AND event_time < $4) e \
             JOIN event_thing t ON t.event_id = e.id \
             WHERE NOT EXISTS (SELECT 1 FROM correction c WHERE c.event_id = e.id) \
             AND NOT EXISTS (SELECT 1 FROM parked p WHERE p.event_id = e.id) \
             ORDER BY t.thing_id LIMIT $5",
        )
        .bind(place.id)
        .bind(place.name.as_str())
        .bind(from.micros())
        .bind(to.micros())
        .bind(most)
        .fetch_all(conn)
        .await
    })?;
    Ok(rows.into_iter().map(ThingId::from_uuid).collect())
}
