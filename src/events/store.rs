//! The SQL of the journal.

use super::model::{Event, Grade, NewEvent, Part, Step};
use crate::kernel::{Day, EventId, LotId, MandateId, Moment, Offset, PartyId, PersonId, PlaceId, Sha256Hash};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct EventRow {
    id: Uuid,
    step: String,
    event_time: i64,
    zone_offset: i64,
    whole_day: i64,
    recorded_at: i64,
    recorded_by: Uuid,
    party_id: Option<Uuid>,
    behalf_of: Option<Uuid>,
    mandate_id: Option<Uuid>,
    place_id: Option<Uuid>,
    counterparty_id: Option<Uuid>,
    grade: String,
    command: Vec<u8>,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let misfit = |column, why: &str| StoreError::misfit("event", column, row.id, why);
        Ok(Self {
            id: EventId::from_uuid(row.id),
            step: Step::parse(&row.step).ok_or_else(|| misfit("step", &row.step))?,
            time: Moment::from_micros(row.event_time),
            offset: Offset::from_minutes(row.zone_offset)
                .map_err(|problem| misfit("zone_offset", &problem.to_string()))?,
            whole_day: row.whole_day == 1,
            recorded_at: Moment::from_micros(row.recorded_at),
            recorded_by: PersonId::from_uuid(row.recorded_by),
            party: row.party_id.map(PartyId::from_uuid),
            behalf_of: row.behalf_of.map(PartyId::from_uuid),
            mandate: row.mandate_id.map(MandateId::from_uuid),
            place: row.place_id.map(PlaceId::from_uuid),
            counterparty: row.counterparty_id.map(PartyId::from_uuid),
            grade: Grade::parse(&row.grade).ok_or_else(|| misfit("grade", &row.grade))?,
            command: <[u8; 32]>::try_from(row.command.as_slice())
                .map(Sha256Hash::from_bytes)
                .map_err(|_| misfit("command", "not 32 bytes"))?,
        })
    }
}

/// Writes a row into the journal.
///
/// # Errors
/// When the database fails; a unique violation when the id is taken.
pub async fn insert(tx: &mut Tx, new: &NewEvent) -> Result<(), StoreError> {
    let event = &new.event;
    run!(
        tx,
        sqlx::query(
            "INSERT INTO event (id, step, event_time, zone_offset, whole_day, recorded_at, recorded_by, party_id, \
             behalf_of, mandate_id, place_id, counterparty_id, grade, command, epcis) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        )
        .bind(event.id.as_uuid())
        .bind(event.step.as_str())
        .bind(event.time.micros())
        .bind(i64::from(event.offset.minutes()))
        .bind(i64::from(event.whole_day))
        .bind(event.recorded_at.micros())
        .bind(event.recorded_by.as_uuid())
        .bind(event.party.map(|id| id.as_uuid()))
        .bind(event.behalf_of.map(|id| id.as_uuid()))
        .bind(event.mandate.map(|id| id.as_uuid()))
        .bind(event.place.map(|id| id.as_uuid()))
        .bind(event.counterparty.map(|id| id.as_uuid()))
        .bind(event.grade.as_str())
        .bind(event.command.as_bytes().as_slice())
        .bind(&new.epcis)
    )?;
    Ok(())
}

/// Names a lot that an event touches.
///
/// # Errors
/// When the database fails.
pub async fn add_part(tx: &mut Tx, event: EventId, time: Moment, part: Part) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO event_lot (lot_id, event_time, event_id, role, amount) VALUES ($1, $2, $3, $4, $5)"
        )
        .bind(part.lot.as_uuid())
        .bind(time.micros())
        .bind(event.as_uuid())
        .bind(part.role.as_str())
        .bind(part.amount)
    )?;
    Ok(())
}

/// The row with this id, without its EPCIS event.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn event(tx: &mut Tx, id: EventId) -> Result<Option<Event>, StoreError> {
    let row: Option<EventRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, step, event_time, zone_offset, whole_day, recorded_at, recorded_by, party_id, behalf_of, \
         mandate_id, place_id, counterparty_id, grade, command FROM event WHERE id = $1"
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await
    })?;
    row.map(Event::try_from).transpose()
}

/// The EPCIS event of a row, as it was written.
///
/// # Errors
/// When the database fails.
pub async fn epcis(tx: &mut Tx, id: EventId) -> Result<Option<String>, StoreError> {
    on!(tx, |conn| sqlx::query_scalar("SELECT epcis FROM event WHERE id = $1")
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await)
}

/// The events of a lot before (`time`, `id`), newest first, with the amount of the lot that each moved.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn of_lot(
    tx: &mut Tx,
    lot: LotId,
    before: (Moment, Uuid),
    limit: i64,
) -> Result<Vec<(Event, Option<i64>)>, StoreError> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        event: EventRow,
        amount: Option<i64>,
    }
    let rows: Vec<Row> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT e.id, e.step, e.event_time, e.zone_offset, e.whole_day, e.recorded_at, e.recorded_by, e.party_id, \
         e.behalf_of, e.mandate_id, e.place_id, e.counterparty_id, e.grade, e.command, l.amount \
         FROM event_lot l JOIN event e ON e.id = l.event_id \
         WHERE l.lot_id = $1 AND (l.event_time < $2 OR (l.event_time = $2 AND l.event_id < $3)) \
         ORDER BY l.event_time DESC, l.event_id DESC LIMIT $4"
    )
    .bind(lot.as_uuid())
    .bind(before.0.micros())
    .bind(before.1)
    .bind(limit)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(|row| Ok((Event::try_from(row.event)?, row.amount))).collect()
}

/// The time of a lot's last event on a day, if it has one.
///
/// # Errors
/// When the database fails.
pub async fn latest_on(tx: &mut Tx, lot: LotId, day: Day) -> Result<Option<Moment>, StoreError> {
    let micros: Option<i64> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT event_time FROM event_lot WHERE lot_id = $1 AND event_time >= $2 AND event_time < $3 \
         ORDER BY event_time DESC LIMIT 1"
    )
    .bind(lot.as_uuid())
    .bind(day.start().micros())
    .bind(day.plus_days(1).start().micros())
    .fetch_optional(conn)
    .await)?;
    Ok(micros.map(Moment::from_micros))
}

/// The lots that an event touches.
///
/// # Errors
/// When the database fails.
pub async fn lots_of(tx: &mut Tx, event: EventId) -> Result<Vec<LotId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT DISTINCT lot_id FROM event_lot WHERE event_id = $1 ORDER BY lot_id"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await)?;
    Ok(ids.into_iter().map(LotId::from_uuid).collect())
}

/// How much of a lot was moved by its events of one step, in grams or pieces.
///
/// # Errors
/// When the database fails.
pub async fn moved(tx: &mut Tx, lot: LotId, step: Step) -> Result<i64, StoreError> {
    on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT CAST(COALESCE(SUM(l.amount), 0) AS BIGINT) FROM event_lot l JOIN event e ON e.id = l.event_id \
         WHERE l.lot_id = $1 AND e.step = $2"
    )
    .bind(lot.as_uuid())
    .bind(step.as_str())
    .fetch_one(conn)
    .await
    })
}

/// How much of a lot an event moved.
///
/// # Errors
/// When the database fails.
pub async fn amount_of(tx: &mut Tx, event: EventId, lot: LotId) -> Result<Option<i64>, StoreError> {
    let amount: Option<Option<i64>> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT amount FROM event_lot WHERE event_id = $1 AND lot_id = $2 ORDER BY role LIMIT 1"
    )
    .bind(event.as_uuid())
    .bind(lot.as_uuid())
    .fetch_optional(conn)
    .await)?;
    Ok(amount.flatten())
}
