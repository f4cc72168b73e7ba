//! The SQL of what published versions have still to be looked at again for.
//!
//! What must stay true: the row is written with the version, so that no version comes into force without it; how far it is moves forward
//! from the place that was read only, so that of two who carry it on one does nothing.

use super::super::change::Changed;
use super::super::model::ListKind;
use super::{day, kind};
use crate::kernel::{Day, ListId, Moment};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// A version that has still to be looked at again for.
#[derive(Clone, Debug)]
pub struct Look {
    /// The version.
    pub list: ListId,
    /// Which list.
    pub kind: ListKind,
    /// The first day on which it counts.
    pub from: Day,
    /// The substances that it says something else of.
    pub changed: Changed,
    /// The last one that was looked at: all others lie before.
    pub before: (Moment, Uuid),
}

/// What came of a look, so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Sprays, harvests and makings that were looked at.
    pub looked: i64,
    /// Lots that are held because of it.
    pub held: i64,
    /// Lots that are free because of it.
    pub freed: i64,
    /// When the last one was looked at; none while it is under way.
    pub ended_at: Option<Moment>,
}

#[derive(FromRow)]
struct LookRow {
    list_id: Uuid,
    kind: String,
    in_force_from: String,
    names: String,
    before_at: i64,
    before_id: Uuid,
}

impl TryFrom<LookRow> for Look {
    type Error = StoreError;

    fn try_from(row: LookRow) -> Result<Self, StoreError> {
        let names: Vec<String> = serde_json::from_str(&row.names)
            .map_err(|why| StoreError::misfit("list_look", "names", row.list_id, why))?;
        Ok(Self {
            list: ListId::from_uuid(row.list_id),
            kind: kind("authority_list", row.list_id, &row.kind)?,
            from: day("authority_list", "in_force_from", row.list_id, &row.in_force_from)?,
            changed: Changed::of(names),
            before: (Moment::from_micros(row.before_at), row.before_id),
        })
    }
}

/// Notes that everything since the first day of a version has to be looked at again.
///
/// # Errors
/// When the database fails.
pub async fn begin_look(tx: &mut Tx, list: ListId, changed: &Changed) -> Result<(), StoreError> {
    let names = serde_json::json!(changed.names().collect::<Vec<_>>()).to_string();
    run!(
        tx,
        sqlx::query("INSERT INTO list_look (list_id, names, before_at, before_id) VALUES ($1, $2, $3, $4)")
            .bind(list.as_uuid())
            .bind(names)
            .bind(Moment::MAX.micros())
            .bind(Uuid::max())
    )?;
    Ok(())
}

/// A look that has not ended: of the version that was published last.
///
/// # Errors
/// When the database fails.
pub async fn look_under_way(tx: &mut Tx) -> Result<Option<Look>, StoreError> {
    let row: Option<LookRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT k.list_id, l.kind, l.in_force_from, k.names, k.before_at, k.before_id FROM list_look k \
             JOIN authority_list l ON l.id = k.list_id WHERE k.ended_at IS NULL \
             ORDER BY l.published_at DESC, l.id DESC LIMIT 1",
        )
        .fetch_optional(conn)
        .await
    })?;
    row.map(Look::try_from).transpose()
}

/// What a version has, or had, to be looked at again for: all of it.
///
/// # Errors
/// When the database fails.
pub async fn look_of(tx: &mut Tx, list: ListId) -> Result<Option<Look>, StoreError> {
    let row: Option<LookRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT k.list_id, l.kind, l.in_force_from, k.names, k.before_at, k.before_id FROM list_look k \
             JOIN authority_list l ON l.id = k.list_id WHERE k.list_id = $1",
        )
        .bind(list.as_uuid())
        .fetch_optional(conn)
        .await
    })?;
    let look = row.map(Look::try_from).transpose()?;
    Ok(look.map(|look| Look { before: (Moment::MAX, Uuid::max()), ..look }))
}

/// Moves a look forward by what was looked at; `last` is none at its end. `false` when somebody else has moved it since.
///
/// # Errors
/// When the database fails.
pub async fn look_further(
    tx: &mut Tx,
    look: &Look,
    last: Option<(Moment, Uuid)>,
    done: Looked,
) -> Result<bool, StoreError> {
    let next = last.unwrap_or(look.before);
    let moved = run!(
        tx,
        sqlx::query(
            "UPDATE list_look SET before_at = $4, before_id = $5, looked = looked + $6, held = held + $7, \
             freed = freed + $8, ended_at = $9 WHERE list_id = $1 AND before_at = $2 AND before_id = $3 \
             AND ended_at IS NULL"
        )
        .bind(look.list.as_uuid())
        .bind(look.before.0.micros())
        .bind(look.before.1)
        .bind(next.0.micros())
        .bind(next.1)
        .bind(done.looked)
        .bind(done.held)
        .bind(done.freed)
        .bind(done.ended_at.map(Moment::micros))
    )?;
    Ok(moved == 1)
}

/// What came of looking again for a version; nothing where there is nothing to look at.
///
/// # Errors
/// When the database fails.
pub async fn looked(tx: &mut Tx, list: ListId) -> Result<Option<Looked>, StoreError> {
    let row: Option<(i64, i64, i64, Option<i64>)> = on!(tx, |conn| {
        sqlx::query_as("SELECT looked, held, freed, ended_at FROM list_look WHERE list_id = $1")
            .bind(list.as_uuid())
            .fetch_optional(conn)
            .await
    })?;
    Ok(row.map(|(looked, held, freed, ended)| Looked {
        looked,
        held,
        freed,
        ended_at: ended.map(Moment::from_micros),
    }))
}
