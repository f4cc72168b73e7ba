//! Things: whatever events speak of, by their names, and their parts in events.

use crate::events::model::{Part, Role};
use crate::kernel::{EventId, Moment, Quantity, ThingId, Unit};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// How many rows one statement inserts at most: far below the databases' limits of bound values.
pub(super) const ROWS: usize = 500;

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ThingKind {
    /// All goods of one lot, or of one trade item.
    Class,
    /// One pack with a serial of its own.
    Unit,
    /// A case, pallet or other logistic unit.
    Container,
}

impl ThingKind {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Unit => "unit",
            Self::Container => "container",
        }
    }

    /// The kind with this stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Class, Self::Unit, Self::Container].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Whatever events speak of. A registered lot is the thing of the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// The id.
    pub id: ThingId,
    /// What kind of thing it is.
    pub kind: ThingKind,
    /// The key path of a GS1 or registry key, else the URI as it was given.
    pub name: String,
    /// The class that a unit is one of, where it is known.
    pub class: Option<ThingId>,
    /// When an event first spoke of it.
    pub first_seen: Moment,
}

#[derive(FromRow)]
struct ThingRow {
    id: Uuid,
    kind: String,
    name: String,
    class_id: Option<Uuid>,
    first_seen: i64,
}

impl TryFrom<ThingRow> for Thing {
    type Error = StoreError;

    fn try_from(row: ThingRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: ThingId::from_uuid(row.id),
            kind: ThingKind::parse(&row.kind)
                .ok_or_else(|| StoreError::misfit("thing", "kind", row.id, row.kind.as_str()))?,
            name: row.name,
            class: row.class_id.map(ThingId::from_uuid),
            first_seen: Moment::from_micros(row.first_seen),
        })
    }
}

/// Writes a thing.
///
/// # Errors
/// When the database fails; a unique violation when the name is taken.
pub async fn insert_thing(tx: &mut Tx, thing: &Thing) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("INSERT INTO thing (id, kind, name, class_id, first_seen) VALUES ($1, $2, $3, $4, $5)")
            .bind(thing.id.as_uuid())
            .bind(thing.kind.as_str())
            .bind(&thing.name)
            .bind(thing.class.map(|id| id.as_uuid()))
            .bind(thing.first_seen.micros())
    )?;
    Ok(())
}

/// The thing with this id.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn thing(tx: &mut Tx, id: ThingId) -> Result<Option<Thing>, StoreError> {
    let row: Option<ThingRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, kind, name, class_id, first_seen FROM thing WHERE id = $1"
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await)?;
    row.map(Thing::try_from).transpose()
}

/// The thing with this name, its own or a further one.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Thing>, StoreError> {
    let row: Option<ThingRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, kind, name, class_id, first_seen FROM thing WHERE name = $1 UNION ALL \
         SELECT t.id, t.kind, t.name, t.class_id, t.first_seen FROM thing_alias a JOIN thing t ON t.id = a.thing_id \
         WHERE a.name = $1"
    )
    .bind(name)
    .fetch_optional(conn)
    .await
    })?;
    row.map(Thing::try_from).transpose()
}

/// The classes whose names begin with `prefix`, in the order of their names: all lots of a trade item.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn classes_with_prefix(tx: &mut Tx, prefix: &str, limit: i64) -> Result<Vec<Thing>, StoreError> {
    let rows: Vec<ThingRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, kind, name, class_id, first_seen FROM thing WHERE name >= $1 AND name < $2 AND kind = 'class' \
         ORDER BY name LIMIT $3"
    )
    .bind(prefix)
    // Names are text of code points; nothing sorts after the last one.
    .bind(format!("{prefix}{}", char::MAX))
    .bind(limit)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Thing::try_from).collect()
}

/// Gives a thing a further name.
///
/// # Errors
/// When the database fails; a unique violation when the name is another thing's.
pub async fn add_alias(tx: &mut Tx, name: &str, thing: ThingId) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("INSERT INTO thing_alias (name, thing_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(thing.as_uuid())
    )?;
    Ok(())
}

/// Puts everything that was said of `from` to `into`, which is the same thing by another name. The events of `from` must have been
/// taken back before, and are applied again after.
///
/// # Errors
/// When the database fails.
pub async fn merge_thing(tx: &mut Tx, from: &Thing, into: ThingId) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO event_thing (thing_id, event_time, event_id, role, amount, unit) \
             SELECT $2, event_time, event_id, role, amount, unit FROM event_thing WHERE thing_id = $1 \
             ON CONFLICT DO NOTHING"
        )
        .bind(from.id.as_uuid())
        .bind(into.as_uuid())
    )?;
    run!(tx, sqlx::query("DELETE FROM event_thing WHERE thing_id = $1").bind(from.id.as_uuid()))?;
    run!(
        tx,
        sqlx::query("UPDATE thing SET class_id = $2 WHERE class_id = $1")
            .bind(from.id.as_uuid())
            .bind(into.as_uuid())
    )?;
    run!(
        tx,
        sqlx::query("UPDATE thing_alias SET thing_id = $2 WHERE thing_id = $1")
            .bind(from.id.as_uuid())
            .bind(into.as_uuid())
    )?;
    run!(tx, sqlx::query("DELETE FROM thing WHERE id = $1").bind(from.id.as_uuid()))?;
    add_alias(tx, &from.name, into).await
}

/// Names the things that an event speaks of, in one statement; what is named already stays as it is.
///
/// # Errors
/// When the database fails.
pub async fn add_parts(tx: &mut Tx, event: EventId, time: Moment, parts: &[Part]) -> Result<(), StoreError> {
    for some in parts.chunks(ROWS) {
        on!(tx, |conn| {
            let mut statement = sqlx::QueryBuilder::new(
                "INSERT INTO event_thing (thing_id, event_time, event_id, role, amount, unit) ",
            );
            statement.push_values(some, |mut row, part| {
                row.push_bind(part.thing.as_uuid())
                    .push_bind(time.micros())
                    .push_bind(event.as_uuid())
                    .push_bind(part.role.as_str())
                    .push_bind(part.quantity.map(Quantity::amount))
                    .push_bind(part.quantity.map(|quantity| quantity.unit().as_str()));
            });
            statement.push(" ON CONFLICT DO NOTHING");
            statement.build().execute(conn).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// Forgets what an event carried in cases: it is to be told anew.
///
/// # Errors
/// When the database fails.
pub async fn drop_carried(tx: &mut Tx, event: EventId) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("DELETE FROM event_thing WHERE event_id = $1 AND role = 'carried'").bind(event.as_uuid())
    )?;
    Ok(())
}

/// The parts of an event.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn parts(tx: &mut Tx, event: EventId) -> Result<Vec<Part>, StoreError> {
    let rows: Vec<(Uuid, String, Option<i64>, Option<String>)> = on!(tx, |conn| sqlx::query_as(
        "SELECT thing_id, role, amount, unit FROM event_thing WHERE event_id = $1 ORDER BY role, thing_id"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await)?;
    rows.into_iter()
        .map(|(thing, role, amount, unit)| {
            let role = Role::parse(&role)
                .ok_or_else(|| StoreError::misfit("event_thing", "role", event, role.as_str()))?;
            Ok(Part { thing: ThingId::from_uuid(thing), role, quantity: quantity(amount, unit.as_deref()) })
        })
        .collect()
}

/// An amount with its unit, where both are told.
pub(super) fn quantity(amount: Option<i64>, unit: Option<&str>) -> Option<Quantity> {
    Quantity::new(amount?, Unit::parse(unit?).ok()?).ok()
}
