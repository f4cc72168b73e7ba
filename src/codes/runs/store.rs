//! The SQL of runs: counters, runs and their ranges. What must not be done twice is done by guarded statements, whose row count is the
//! verdict.

use super::model::{Range, RangeState, Run, RunState, Span};
use super::serial::MOST_SERIALS;
use crate::kernel::{Line, LogEntryId, LotId, Moment, PartyId, PersonId, ProductId, RunId};
use crate::keys::{Host, KeyId};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// The statement for whole runs, with what follows `FROM code_run`.
macro_rules! select_run {
    ($rest:literal) => {
        concat!(
            "SELECT id, product_id, product_key, lot_id, party_id, key_id, host, first_index, count, pack_size, issued_at, \
             entry_id, version FROM code_run ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct RunRow {
    id: Uuid,
    product_id: Uuid,
    product_key: String,
    lot_id: Option<Uuid>,
    party_id: Uuid,
    key_id: Vec<u8>,
    host: String,
    first_index: i64,
    count: i64,
    pack_size: i64,
    issued_at: i64,
    entry_id: Uuid,
    version: i64,
}

impl TryFrom<RunRow> for Run {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        let id = row.id;
        let key = <[u8; 4]>::try_from(row.key_id)
            .map_err(|_| StoreError::misfit("code_run", "key_id", id, "not 4 bytes"))?;
        Ok(Self {
            id: RunId::from_uuid(id),
            product: ProductId::from_uuid(row.product_id),
            product_key: row.product_key,
            lot: row.lot_id.map(LotId::from_uuid),
            party: PartyId::from_uuid(row.party_id),
            key: KeyId(key),
            host: Host::parse(&row.host).map_err(|why| StoreError::misfit("code_run", "host", id, why))?,
            first: row.first_index,
            count: row.count,
            pack_size: row.pack_size,
            issued_at: Moment::from_micros(row.issued_at),
            entry: LogEntryId::from_uuid(row.entry_id),
            version: row.version,
        })
    }
}

/// Takes the next so many indices of a product: the first of them; nothing when there are not so many left.
///
/// # Errors
/// When the database fails.
pub async fn take_indices(tx: &mut Tx, product: ProductId, count: i64) -> Result<Option<i64>, StoreError> {
    on!(tx, |conn| {
        sqlx::query_scalar(
            "INSERT INTO code_counter (product_id, next) VALUES ($1, $2) ON CONFLICT (product_id) \
             DO UPDATE SET next = code_counter.next + $2 WHERE code_counter.next + $2 <= $3 RETURNING next - $2",
        )
        .bind(product.as_uuid())
        .bind(count)
        .bind(MOST_SERIALS)
        .fetch_optional(conn)
        .await
    })
}

/// Writes a run.
///
/// # Errors
/// When the database fails; a unique violation when its id or its first index is taken.
pub async fn insert(tx: &mut Tx, new: &Run, by: PersonId) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO code_run (id, product_id, product_key, lot_id, party_id, key_id, host, first_index, count, \
             pack_size, issued_by, issued_at, entry_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        )
        .bind(new.id.as_uuid())
        .bind(new.product.as_uuid())
        .bind(new.product_key.as_str())
        .bind(new.lot.map(|id| id.as_uuid()))
        .bind(new.party.as_uuid())
        .bind(new.key.0.to_vec())
        .bind(new.host.as_str())
        .bind(new.first)
        .bind(new.count)
        .bind(new.pack_size)
        .bind(by.as_uuid())
        .bind(new.issued_at.micros())
        .bind(new.entry.as_uuid())
    )?;
    Ok(())
}

/// Confirms that no range was added to a run since it was read, and notes that one is; whether so.
///
/// # Errors
/// When the database fails.
pub async fn pass(tx: &mut Tx, run: &Run) -> Result<bool, StoreError> {
    let passed = run!(
        tx,
        sqlx::query("UPDATE code_run SET version = version + 1 WHERE id = $1 AND version = $2")
            .bind(run.id.as_uuid())
            .bind(run.version)
    )?;
    Ok(passed == 1)
}

/// A range to be added.
#[derive(Clone, Debug)]
pub struct NewRange<'a> {
    /// Its id.
    pub id: Uuid,
    /// The run.
    pub run: RunId,
    /// What became of the labels.
    pub range: Range,
    /// Why they are void.
    pub reason: Option<&'a Line>,
    /// Whose act it is; none for the authority.
    pub party: Option<PartyId>,
    /// Who did it.
    pub by: PersonId,
    /// When.
    pub at: Moment,
}

/// A range that was added.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The run.
    pub run: RunId,
    /// What became of the labels.
    pub range: Range,
}

/// The range with this id, whether it is logged or not.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn piece(tx: &mut Tx, id: Uuid) -> Result<Option<Piece>, StoreError> {
    let row: Option<(Uuid, String, i64, i64, Option<Uuid>, Uuid)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT run_id, state, first_index, count, lot_id, entry_id FROM code_range WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(conn)
        .await
    })?;
    let Some((run, state, first, count, lot, entry)) = row else { return Ok(None) };
    let state = RangeState::parse(&state)
        .ok_or_else(|| StoreError::misfit("code_range", "state", id, state.as_str()))?;
    let span = Span { first, end: first + count };
    let (lot, entry) = (lot.map(LotId::from_uuid), LogEntryId::from_uuid(entry));
    let range = Range { state, span, lot, is_logged: false, entry };
    Ok(Some(Piece { run: RunId::from_uuid(run), range }))
}

/// Adds a range to a run.
///
/// # Errors
/// When the database fails.
pub async fn add_range(tx: &mut Tx, new: &NewRange<'_>) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO code_range (id, run_id, state, first_index, count, lot_id, reason, party_id, by_person, at, \
             entry_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        )
        .bind(new.id)
        .bind(new.run.as_uuid())
        .bind(new.range.state.as_str())
        .bind(new.range.span.first)
        .bind(new.range.span.count())
        .bind(new.range.lot.map(|id| id.as_uuid()))
        .bind(new.reason.map(Line::as_str))
        .bind(new.party.map(|id| id.as_uuid()))
        .bind(new.by.as_uuid())
        .bind(new.at.micros())
        .bind(new.range.entry.as_uuid())
    )?;
    Ok(())
}

/// The run with this id, with its ranges.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn find(tx: &mut Tx, id: RunId) -> Result<Option<RunState>, StoreError> {
    let row: Option<RunRow> = on!(tx, |conn| sqlx::query_as(select_run!("WHERE id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await)?;
    match row {
        Some(row) => Ok(Some(with_ranges(tx, row.try_into()?).await?)),
        None => Ok(None),
    }
}

/// The run that holds an index of a product, with its ranges.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn holding(tx: &mut Tx, product: ProductId, index: i64) -> Result<Option<RunState>, StoreError> {
    let row: Option<RunRow> = on!(tx, |conn| sqlx::query_as(select_run!(
        "WHERE product_id = $1 AND first_index <= $2 ORDER BY first_index DESC LIMIT 1"
    ))
    .bind(product.as_uuid())
    .bind(index)
    .fetch_optional(conn)
    .await)?;
    let Some(row) = row else { return Ok(None) };
    let found = Run::try_from(row)?;
    if index < found.first + found.count { Ok(Some(with_ranges(tx, found).await?)) } else { Ok(None) }
}

/// The runs of a lot, and of stock rolls with labels on it; newest first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn of_lot(tx: &mut Tx, lot: LotId) -> Result<Vec<RunState>, StoreError> {
    let rows: Vec<RunRow> = on!(tx, |conn| {
        sqlx::query_as(select_run!(
        "WHERE lot_id = $1 OR id IN (SELECT run_id FROM code_range WHERE lot_id = $1) ORDER BY id DESC LIMIT 500"
    ))
    .bind(lot.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    all(tx, rows).await
}

/// All runs that were issued to a party for a lot.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn issued_for(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<Vec<RunState>, StoreError> {
    let rows: Vec<RunRow> = on!(tx, |conn| {
        sqlx::query_as(select_run!("WHERE lot_id = $1 AND party_id = $2 ORDER BY id"))
            .bind(lot.as_uuid())
            .bind(party.as_uuid())
            .fetch_all(conn)
            .await
    })?;
    all(tx, rows).await
}

/// What the packs hold on which codes of a lot stand, the smallest first.
///
/// # Errors
/// When the database fails.
pub async fn pack_sizes(tx: &mut Tx, lot: LotId) -> Result<Vec<i64>, StoreError> {
    on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT DISTINCT pack_size FROM code_run WHERE lot_id = $1 OR id IN (SELECT run_id FROM code_range WHERE lot_id = $1) \
             ORDER BY pack_size",
        )
        .bind(lot.as_uuid())
        .fetch_all(conn)
        .await
    })
}

/// The stock rolls that a party has of a product; newest first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn rolls(tx: &mut Tx, product: ProductId, party: PartyId) -> Result<Vec<RunState>, StoreError> {
    let rows: Vec<RunRow> = on!(tx, |conn| sqlx::query_as(select_run!(
        "WHERE product_id = $1 AND party_id = $2 AND lot_id IS NULL ORDER BY id DESC LIMIT 500"
    ))
    .bind(product.as_uuid())
    .bind(party.as_uuid())
    .fetch_all(conn)
    .await)?;
    all(tx, rows).await
}

async fn all(tx: &mut Tx, rows: Vec<RunRow>) -> Result<Vec<RunState>, StoreError> {
    let mut found = Vec::new();
    for row in rows {
        found.push(with_ranges(tx, row.try_into()?).await?);
    }
    Ok(found)
}

async fn with_ranges(tx: &mut Tx, run: Run) -> Result<RunState, StoreError> {
    let rows: Vec<(String, i64, i64, Option<Uuid>, i64, Uuid)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT state, first_index, count, lot_id, CAST(CASE WHEN EXISTS (
             SELECT 1 FROM log_entry AS entry JOIN log_head AS head ON head.one = 1 AND entry.idx < head.published
             WHERE entry.id = code_range.entry_id) THEN 1 ELSE 0 END AS BIGINT), entry_id
         FROM code_range WHERE run_id = $1 ORDER BY at, id"
    )
    .bind(run.id.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    let mut ranges = Vec::new();
    for (state, first, count, lot, is_logged, entry) in rows {
        let state = RangeState::parse(&state)
            .ok_or_else(|| StoreError::misfit("code_range", "state", run.id, state.as_str()))?;
        let span = Span { first, end: first + count };
        let (lot, entry) = (lot.map(LotId::from_uuid), LogEntryId::from_uuid(entry));
        ranges.push(Range { state, span, lot, is_logged: is_logged == 1, entry });
    }
    Ok(RunState { run, ranges })
}
