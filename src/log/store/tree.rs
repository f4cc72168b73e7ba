//! The SQL of the tree: entries in their places, tiles, and the head.

use super::ROWS;
use crate::kernel::{LogEntryId, Moment, Sha256Hash};
use crate::log::leaf::{Leaf, Waiting};
use crate::log::tree::{Grown, TileAt, Tiles};
use crate::store::{Connection, StoreError, Tx, on, run};
use sqlx::{PgConnection, QueryBuilder, Sqlite, SqliteConnection};
use std::collections::HashMap;
use uuid::Uuid;

/// The head of the log: how far it goes, what of it is signed, who leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries have their place.
    pub size: u64,
    /// The root over them.
    pub root: Sha256Hash,
    /// How many are under the published checkpoint.
    pub published: u64,
    /// The published checkpoint; none before the first one.
    pub checkpoint: Option<String>,
    /// When it was published.
    pub signed_at: Option<Moment>,
    /// The node that leads.
    pub holder: Option<Uuid>,
    /// Until when it does, unless it says so again.
    pub held_until: Moment,
    /// How often the lead has passed from one to another.
    pub fence: i64,
}

#[derive(sqlx::FromRow)]
struct HeadRow {
    size: i64,
    root: Vec<u8>,
    published: i64,
    checkpoint: Option<String>,
    signed_at: Option<i64>,
    holder: Option<Uuid>,
    held_until: i64,
    fence: i64,
}

fn misfit(table: &'static str, column: &'static str, row: i64, why: &str) -> StoreError {
    StoreError::misfit(table, column, row, why)
}

fn hash(table: &'static str, column: &'static str, row: i64, bytes: &[u8]) -> Result<Sha256Hash, StoreError> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| misfit(table, column, row, "not 32 bytes"))?;
    Ok(Sha256Hash::from_bytes(bytes))
}

/// A count of entries, as the database keeps it.
pub(super) fn stored(count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|_| misfit("log_head", "size", i64::MAX, "more entries than a log can have"))
}

fn count(table: &'static str, column: &'static str, row: i64, number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| misfit(table, column, row, "below zero"))
}

/// The head.
///
/// # Errors
/// When the database fails.
pub async fn head(tx: &mut Tx) -> Result<Head, StoreError> {
    let row: HeadRow = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT size, root, published, checkpoint, signed_at, holder, held_until, fence FROM log_head WHERE one = 1"
    )
    .fetch_one(conn)
    .await
    })?;
    Ok(Head {
        size: count("log_head", "size", 1, row.size)?,
        root: hash("log_head", "root", 1, &row.root)?,
        published: count("log_head", "published", 1, row.published)?,
        checkpoint: row.checkpoint,
        signed_at: row.signed_at.map(Moment::from_micros),
        holder: row.holder,
        held_until: Moment::from_micros(row.held_until),
        fence: row.fence,
    })
}

/// Takes the lead, or says again that it is held; whether that worked. `now` decides whether another one's time is over.
///
/// # Errors
/// When the database fails.
pub async fn lead(
    tx: &mut Tx,
    node: Uuid,
    head: &Head,
    now: Moment,
    until: Moment,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE log_head SET fence = CASE WHEN holder = $1 THEN fence ELSE fence + 1 END, holder = $1, held_until = $2
             WHERE one = 1 AND fence = $3 AND (holder IS NULL OR holder = $1 OR held_until <= $4)"
        )
        .bind(node)
        .bind(until.micros())
        .bind(head.fence)
        .bind(now.micros())
    )?;
    Ok(touched == 1)
}

/// Gives the lead back, so that another node need not wait.
///
/// # Errors
/// When the database fails.
pub async fn leave(tx: &mut Tx, node: Uuid) -> Result<(), StoreError> {
    run!(tx, sqlx::query("UPDATE log_head SET held_until = 0 WHERE one = 1 AND holder = $1").bind(node))?;
    Ok(())
}

/// Whether an entry waits for its place.
///
/// # Errors
/// When the database fails.
pub async fn waits(tx: &mut Tx) -> Result<bool, StoreError> {
    let one: Option<i64> = on!(tx, |conn| {
        sqlx::query_scalar("SELECT CAST(1 AS BIGINT) FROM log_waiting ORDER BY id LIMIT 1")
            .fetch_optional(conn)
            .await
    })?;
    Ok(one.is_some())
}

/// Up to `most` entries that wait for their place behind the entry `last`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn waiting(tx: &mut Tx, last: LogEntryId, most: i64) -> Result<Vec<Waiting>, StoreError> {
    // All of them in one row: a row for each costs several times as much as reading it. Whatever order the aggregates meet them in, it is
    // the same for all of them.
    let mut waiting: Vec<Waiting> = match tx.connection() {
        Connection::Sqlite(conn) => {
            let (heads, texts): (String, Option<String>) = sqlx::query_as(
                "SELECT json_group_array(json_array(hex(id), type, subject, at, octet_length(actor), octet_length(body))),
                 group_concat(actor || body, '')
                 FROM (SELECT id, type, subject, at, actor, body FROM log_waiting WHERE id > $1 ORDER BY id LIMIT $2)",
            )
            .bind(last.as_uuid())
            .bind(most)
            .fetch_one(conn)
            .await?;
            let heads: Vec<(Uuid, String, String, i64, usize, usize)> = serde_json::from_str(&heads)
                .map_err(|error| StoreError::misfit("log_waiting", "id", "", error))?;
            let mut texts = texts.as_deref().unwrap_or_default();
            let mut cut = |id, length| {
                let (text, rest) = texts.split_at_checked(length).ok_or_else(|| {
                    StoreError::misfit("log_waiting", "body", id, "its length is another one")
                })?;
                texts = rest;
                Ok::<_, StoreError>(text.to_owned())
            };
            let waiting = heads.into_iter().map(|(id, kind, subject, at, actor, body)| {
                let (actor, body) = (cut(id, actor)?, cut(id, body)?);
                let id = LogEntryId::from_uuid(id);
                Ok(Waiting { id, kind, subject, at: Moment::from_micros(at), actor, body })
            });
            waiting.collect::<Result<_, StoreError>>()?
        }
        Connection::Postgres(conn) => {
            type Columns = (Vec<Uuid>, Vec<String>, Vec<String>, Vec<i64>, Vec<String>, Vec<String>);
            let columns: Option<Columns> = sqlx::query_as(
                "SELECT array_agg(id), array_agg(type), array_agg(subject), array_agg(at), array_agg(actor), array_agg(body)
                 FROM (SELECT id, type, subject, at, actor, body FROM log_waiting WHERE id > $1 ORDER BY id LIMIT $2) AS oldest
                 HAVING COUNT(*) > 0",
            )
            .bind(last.as_uuid())
            .bind(most)
            .fetch_optional(conn)
            .await?;
            let (ids, kinds, subjects, times, actors, bodies) = columns.unwrap_or_default();
            let rows = ids.into_iter().zip(kinds).zip(subjects).zip(times).zip(actors).zip(bodies);
            let waiting = rows.map(|(((((id, kind), subject), at), actor), body)| {
                let id = LogEntryId::from_uuid(id);
                Waiting { id, kind, subject, at: Moment::from_micros(at), actor, body }
            });
            waiting.collect()
        }
    };
    waiting.sort_by_key(|entry| entry.id);
    Ok(waiting)
}

/// Moves entries from those that wait into their places from `first` on.
///
/// # Errors
/// When the database fails, a place is taken, or one of them does not wait any more.
pub async fn place(tx: &mut Tx, first: u64, leaves: &[Leaf]) -> Result<(), StoreError> {
    // Each database by the way that is quickest on it: how rows are given to it, and how it finds those that go however many are gone already.
    let moved = match tx.connection() {
        Connection::Sqlite(conn) => {
            let mut chunks = leaves.chunks(ROWS).zip((stored(first)?..).step_by(ROWS)).map(rows_of);
            let mut next = chunks.next();
            while let Some(mut statement) = next {
                // The next statement is put together while this one, which is sent first, is carried out.
                let insert = statement.build().execute(&mut *conn);
                let (inserted, after) = tokio::join!(biased; insert, async { chunks.next() });
                inserted?;
                next = after;
            }
            take_from_waiting(conn, first, leaves).await?
        }
        Connection::Postgres(conn) => {
            let ids: Vec<Uuid> = leaves.iter().map(|leaf| leaf.id.as_uuid()).collect();
            sqlx::query(
                "INSERT INTO log_entry (idx, id, subject, seq, leaf, bytes)
                 SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::bigint[], $5::bytea[], $6::bytea[])",
            )
            .bind((stored(first)?..).take(leaves.len()).collect::<Vec<i64>>())
            .bind(&ids)
            .bind(leaves.iter().map(|leaf| leaf.subject.as_str()).collect::<Vec<_>>())
            .bind(leaves.iter().map(|leaf| stored(leaf.seq)).collect::<Result<Vec<i64>, _>>()?)
            .bind(leaves.iter().map(|leaf| leaf.hash.as_bytes().as_slice()).collect::<Vec<_>>())
            .bind(leaves.iter().map(|leaf| leaf.bytes.as_slice()).collect::<Vec<_>>())
            .execute(&mut *conn)
            .await?;
            take_stretch_from_waiting(conn, &ids).await?
        }
    };
    if moved == leaves.len() as u64 {
        Ok(())
    } else {
        Err(misfit("log_waiting", "id", stored(first)?, "an entry did not wait"))
    }
}

/// The statement that puts leaves into their places from `first` on.
fn rows_of((leaves, first): (&[Leaf], i64)) -> QueryBuilder<Sqlite> {
    let mut statement = QueryBuilder::new("INSERT INTO log_entry (idx, id, subject, seq, leaf, bytes) ");
    statement.push_values((first..).zip(leaves), |mut row, (at, leaf)| {
        row.push_bind(at)
            .push_bind(leaf.id.as_uuid())
            .push_bind(leaf.subject.as_str())
            .push_bind(i64::try_from(leaf.seq).unwrap_or(i64::MAX))
            .push_bind(leaf.hash.as_bytes().as_slice())
            .push_bind(leaf.bytes.as_slice());
    });
    statement
}

/// Takes leaves that have their places from `first` on away from what waits; how many waited.
async fn take_from_waiting(
    conn: &mut SqliteConnection,
    first: u64,
    leaves: &[Leaf],
) -> Result<u64, StoreError> {
    let (Some(oldest), Some(newest)) = (leaves.first(), leaves.last()) else { return Ok(0) };
    // All of the leaves wait here: nothing but this takes any away, and only with the head. So where no other entry lies between them, which
    // one that was put down late may, the whole stretch goes, which is several times as quick as one by one.
    let lie: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM log_waiting WHERE id BETWEEN $1 AND $2")
        .bind(oldest.id.as_uuid())
        .bind(newest.id.as_uuid())
        .fetch_one(&mut *conn)
        .await?;
    let gone = if u64::try_from(lie).ok() == u64::try_from(leaves.len()).ok() {
        sqlx::query("DELETE FROM log_waiting WHERE id BETWEEN $1 AND $2")
            .bind(oldest.id.as_uuid())
            .bind(newest.id.as_uuid())
            .execute(conn)
            .await?
    } else {
        sqlx::query("DELETE FROM log_waiting WHERE id IN (SELECT id FROM log_entry WHERE idx >= $1)")
            .bind(stored(first)?)
            .execute(conn)
            .await?
    };
    Ok(gone.rows_affected())
}

/// As [`take_from_waiting`], on a database where another entry may be put down between two statements: the stretch goes and is counted, and comes
/// back when more went than should. That what should go all waits rests on the head, which this unit of work has: nobody else removes any.
async fn take_stretch_from_waiting(conn: &mut PgConnection, ids: &[Uuid]) -> Result<u64, StoreError> {
    let (Some(oldest), Some(newest)) = (ids.first(), ids.last()) else { return Ok(0) };
    sqlx::query("SAVEPOINT stretch").execute(&mut *conn).await?;
    let stretch = sqlx::query("DELETE FROM log_waiting WHERE id BETWEEN $1 AND $2").bind(oldest).bind(newest);
    let gone = stretch.execute(&mut *conn).await?.rows_affected();
    if gone <= ids.len() as u64 {
        return Ok(gone);
    }
    sqlx::query("ROLLBACK TO SAVEPOINT stretch").execute(&mut *conn).await?;
    let each = sqlx::query("DELETE FROM log_waiting WHERE id = ANY($1)").bind(ids);
    Ok(each.execute(conn).await?.rows_affected())
}

/// Writes tiles as full as they are now.
///
/// # Errors
/// When the database fails.
pub async fn grow(tx: &mut Tx, grown: &Grown) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(grown.len());
    for (at, hashes) in grown {
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
        rows.push((i64::from(at.level), stored(at.index)?, bytes));
    }
    for some in rows.chunks(ROWS) {
        on!(tx, |conn| {
            let mut statement = sqlx::QueryBuilder::new("INSERT INTO log_tile (level, idx, hashes) ");
            statement.push_values(some, |mut row, (level, index, hashes)| {
                row.push_bind(*level).push_bind(*index).push_bind(hashes.as_slice());
            });
            statement.push(" ON CONFLICT (level, idx) DO UPDATE SET hashes = excluded.hashes");
            statement.build().execute(conn).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}

/// Moves the head from `from` to `size`, and holds the lead until `until`; whether `from` was the head, and this node leads under `fence`.
///
/// # Errors
/// When the database fails.
pub async fn advance(
    tx: &mut Tx,
    (node, fence): (Uuid, i64),
    from: u64,
    (size, root): (u64, &Sha256Hash),
    until: Moment,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE log_head SET size = $1, root = $2, held_until = $6 WHERE one = 1 AND size = $3 AND holder = $4 AND fence = $5"
        )
        .bind(stored(size)?)
        .bind(root.as_bytes().as_slice())
        .bind(stored(from)?)
        .bind(node)
        .bind(fence)
        .bind(until.micros())
    )?;
    Ok(touched == 1)
}

/// Publishes a checkpoint over `size` entries; whether it is a larger one than was published, by the node that leads.
///
/// # Errors
/// When the database fails.
pub async fn publish(
    tx: &mut Tx,
    (node, fence): (Uuid, i64),
    size: u64,
    checkpoint: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE log_head SET published = $1, checkpoint = $2, signed_at = $3
             WHERE one = 1 AND published < $1 AND size >= $1 AND holder = $4 AND fence = $5"
        )
        .bind(stored(size)?)
        .bind(checkpoint)
        .bind(now.micros())
        .bind(node)
        .bind(fence)
    )?;
    Ok(touched == 1)
}

/// The tiles at these places, as far as they are there.
///
/// # Errors
/// When the database fails.
pub async fn tiles(tx: &mut Tx, at: impl IntoIterator<Item = TileAt>) -> Result<Tiles, StoreError> {
    let mut places = Vec::new();
    for at in at {
        places.push((i64::from(at.level), stored(at.index)?));
    }
    let mut found = Vec::with_capacity(places.len());
    for some in places.chunks(ROWS) {
        let rows: Vec<(i64, i64, Vec<u8>)> = on!(tx, |conn| {
            let mut statement =
                sqlx::QueryBuilder::new("SELECT level, idx, hashes FROM log_tile WHERE (level, idx) IN (");
            statement.push_values(some, |mut row, (level, index)| {
                row.push_bind(*level).push_bind(*index);
            });
            statement.push(")").build_query_as().persistent(false).fetch_all(conn).await
        })?;
        for (level, index, bytes) in rows {
            let level = u8::try_from(level).map_err(|_| misfit("log_tile", "level", index, "not a level"))?;
            let at = TileAt { level, index: count("log_tile", "idx", index, index)? };
            found.push((at, hashes(index, &bytes)?));
        }
    }
    Ok(found.into_iter().collect())
}

fn hashes(index: i64, bytes: &[u8]) -> Result<Vec<Sha256Hash>, StoreError> {
    bytes.chunks(32).map(|bytes| hash("log_tile", "hashes", index, bytes)).collect()
}

/// The hashes of one tile one after the other, as full as it is.
///
/// # Errors
/// When the database fails.
pub async fn tile_bytes(tx: &mut Tx, at: TileAt) -> Result<Option<Vec<u8>>, StoreError> {
    let index = stored(at.index)?;
    on!(tx, |conn| sqlx::query_scalar("SELECT hashes FROM log_tile WHERE level = $1 AND idx = $2")
        .bind(i64::from(at.level))
        .bind(index)
        .fetch_optional(conn)
        .await)
}

/// The exact bytes of entries that stand one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    bytes: Vec<u8>,
    /// How many bytes each of them has.
    lengths: Vec<usize>,
}

impl Entries {
    /// These bytes, of entries of which place and length are given, from `first` on.
    pub(super) fn of(
        first: i64,
        numbers: impl IntoIterator<Item = (i64, i64)>,
        bytes: Vec<u8>,
    ) -> Result<Self, StoreError> {
        let mut lengths = Vec::new();
        for (expected, (at, length)) in (first..).zip(numbers) {
            if at != expected {
                return Err(misfit("log_entry", "idx", expected, "the entry is not there"));
            }
            lengths
                .push(usize::try_from(length).map_err(|_| misfit("log_entry", "bytes", at, "below zero"))?);
        }
        if lengths.iter().sum::<usize>() == bytes.len() {
            Ok(Self { bytes, lengths })
        } else {
            Err(misfit("log_entry", "bytes", first, "the bytes do not fit their lengths"))
        }
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.lengths.len() as u64
    }

    /// The bytes of each, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        self.lengths.iter().map(move |length| {
            let (entry, after) = rest.split_at_checked(*length).unwrap_or((rest, &[]));
            rest = after;
            entry
        })
    }
}

/// The exact bytes of the entries from `first` on, up to `most` of them, in order.
///
/// # Errors
/// When the database fails, or one of them is not there before others that are.
pub async fn entries(tx: &mut Tx, first: u64, most: u64) -> Result<Entries, StoreError> {
    let from = stored(first)?;
    let to = from.saturating_add(stored(most)?);
    // All of them in one row: a row for each costs several times as much as reading it. The aggregates meet the rows in one order, and by
    // the numbers it is seen to be the right one.
    let (numbers, bytes): (Vec<(i64, i64)>, Vec<u8>) = match tx.connection() {
        Connection::Sqlite(conn) => {
            let (numbers, bytes): (String, Option<Vec<u8>>) = sqlx::query_as(
                "SELECT json_group_array(json_array(idx, length(bytes))),
                 CAST(group_concat(CAST(bytes AS TEXT), '') AS BLOB)
                 FROM (SELECT idx, bytes FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx)",
            )
            .bind(from)
            .bind(to)
            .fetch_one(conn)
            .await?;
            let numbers = serde_json::from_str(&numbers)
                .map_err(|_| misfit("log_entry", "idx", from, "not a list of numbers"))?;
            (numbers, bytes.unwrap_or_default())
        }
        Connection::Postgres(conn) => {
            let columns: Option<(Vec<i64>, Vec<i64>, Vec<u8>)> = sqlx::query_as(
                "SELECT array_agg(idx), array_agg(length(bytes)::bigint), string_agg(bytes, ''::bytea)
                 FROM (SELECT idx, bytes FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx) AS part
                 HAVING COUNT(*) > 0",
            )
            .bind(from)
            .bind(to)
            .fetch_optional(conn)
            .await?;
            let (indices, lengths, bytes) = columns.unwrap_or_default();
            (indices.into_iter().zip(lengths).collect(), bytes)
        }
    };
    Entries::of(from, numbers, bytes)
}

/// The exact bytes of the entries at these indices, as far as they are there.
///
/// # Errors
/// When the database fails.
pub async fn entries_at(
    tx: &mut Tx,
    indices: impl IntoIterator<Item = u64>,
) -> Result<HashMap<u64, Vec<u8>>, StoreError> {
    let indices: Vec<i64> = indices.into_iter().map(stored).collect::<Result<_, _>>()?;
    let mut found = HashMap::with_capacity(indices.len());
    for some in indices.chunks(ROWS) {
        let rows: Vec<(i64, Vec<u8>)> = on!(tx, |conn| {
            let mut statement = sqlx::QueryBuilder::new("SELECT idx, bytes FROM log_entry WHERE idx IN (");
            let mut list = statement.separated(", ");
            for index in some {
                list.push_bind(*index);
            }
            statement.push(")").build_query_as().persistent(false).fetch_all(conn).await
        })?;
        for (index, bytes) in rows {
            found.insert(count("log_entry", "idx", index, index)?, bytes);
        }
    }
    Ok(found)
}

/// Where an entry stands, once it is under the published checkpoint.
///
/// # Errors
/// When the database fails.
pub async fn published_at(tx: &mut Tx, entry: LogEntryId) -> Result<Option<u64>, StoreError> {
    let at: Option<i64> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT entry.idx FROM log_entry AS entry JOIN log_head AS head ON head.one = 1 AND entry.idx < head.published
         WHERE entry.id = $1"
    )
    .bind(entry.as_uuid())
    .fetch_optional(conn)
    .await
    })?;
    at.map(|at| count("log_entry", "idx", at, at)).transpose()
}

/// How many entries wait for their place, and since when the oldest does.
///
/// # Errors
/// When the database fails.
pub async fn backlog(tx: &mut Tx) -> Result<(u64, Option<Moment>), StoreError> {
    let (waiting, since): (i64, Option<i64>) =
        on!(tx, |conn| sqlx::query_as("SELECT COUNT(*), MIN(at) FROM log_waiting").fetch_one(conn).await)?;
    Ok((count("log_waiting", "id", 0, waiting)?, since.map(Moment::from_micros)))
}
