//! The SQL of the journal, of the things that its events speak of, and of what follows from it: genealogy, contents of cases, what
//! waits, what is wrong.
//!
//! What must stay true: the journal itself is only ever added to; everything else here can be taken back, event by event.

mod claims;
mod lineage;
pub mod query;
mod state;
mod things;

pub use claims::{claimed, claiming};
pub use lineage::{
    Aggregation, Content, Link, Side, Weighed, aggregations, contents, contents_of, drop_surplus, holders_of,
    is_ancestor, link, nodes_of, put_contents, unlink, weighed,
};
pub use state::{
    Breaching, Grown, LetPass, Parked, PointedOut, add_breach, breaches_at, breaches_of, breaching, correct,
    corrected_by, drop_breach, drop_breaches, harvests_at, is_corrected, is_parked, let_pass, let_pass_again,
    measured_since, override_breach, override_breaches, park, point_out, pointed_out, standing_breaches,
    stopped_at, unpark, waiting,
};
pub use things::{
    Thing, ThingKind, add_alias, add_parts, by_name, classes_with_prefix, drop_carried, insert_thing,
    merge_thing, parts, thing,
};

use super::model::{Event, Grade, NewEvent, Step};
use crate::kernel::{
    Day, EventId, LotId, MandateId, Moment, Offset, PartyId, PersonId, PlaceId, Sha256Hash, ThingId,
};
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
            "INSERT INTO event (id, event_id, declares_error, type, step, action, biz_step, disposition, read_point, \
             biz_location, event_time, zone_offset, whole_day, recorded_at, recorded_by, party_id, behalf_of, mandate_id, \
             place_id, counterparty_id, grade, command, capture_id, context, epcis) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
             $23, $24, $25)"
        )
        .bind(event.id.as_uuid())
        .bind(&new.index.event_id)
        .bind(i64::from(new.index.declares_error))
        .bind(new.index.kind)
        .bind(event.step.as_str())
        .bind(new.index.action)
        .bind(new.index.biz_step.as_deref())
        .bind(new.index.disposition.as_deref())
        .bind(new.index.read_point.as_deref())
        .bind(new.index.biz_location.as_deref())
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
        .bind(new.capture.map(|id| id.as_uuid()))
        .bind(new.context.as_deref())
        .bind(&new.epcis)
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

/// The EPCIS event of a row, as it was told, with the `@context` of the document that it came in.
///
/// # Errors
/// When the database fails.
pub async fn told(tx: &mut Tx, id: EventId) -> Result<Option<(String, Option<String>)>, StoreError> {
    on!(tx, |conn| sqlx::query_as("SELECT epcis, context FROM event WHERE id = $1")
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
         FROM event_thing l JOIN event e ON e.id = l.event_id \
         WHERE l.thing_id = $1 AND (l.event_time < $2 OR (l.event_time = $2 AND l.event_id < $3)) \
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

/// The time of a thing's last event on a day, if it has one.
///
/// # Errors
/// When the database fails.
pub async fn latest_on(tx: &mut Tx, thing: ThingId, day: Day) -> Result<Option<Moment>, StoreError> {
    let micros: Option<i64> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT event_time FROM event_thing WHERE thing_id = $1 AND event_time >= $2 AND event_time < $3 \
         ORDER BY event_time DESC LIMIT 1"
    )
    .bind(thing.as_uuid())
    .bind(day.start().micros())
    .bind(day.plus_days(1).start().micros())
    .fetch_optional(conn)
    .await)?;
    Ok(micros.map(Moment::from_micros))
}

/// The registered lots that an event touches.
///
/// # Errors
/// When the database fails.
pub async fn lots_of(tx: &mut Tx, event: EventId) -> Result<Vec<LotId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT DISTINCT t.thing_id FROM event_thing t JOIN lot l ON l.id = t.thing_id WHERE t.event_id = $1 \
         ORDER BY t.thing_id"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    Ok(ids.into_iter().map(LotId::from_uuid).collect())
}

/// How much of a lot an event moved.
///
/// # Errors
/// When the database fails.
pub async fn amount_of(tx: &mut Tx, event: EventId, lot: LotId) -> Result<Option<i64>, StoreError> {
    let amount: Option<Option<i64>> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT amount FROM event_thing WHERE event_id = $1 AND thing_id = $2 ORDER BY role LIMIT 1"
    )
    .bind(event.as_uuid())
    .bind(lot.as_uuid())
    .fetch_optional(conn)
    .await)?;
    Ok(amount.flatten())
}

/// The row with this EPCIS eventID: the event itself, or an error declaration of it.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn by_event_id(
    tx: &mut Tx,
    event_id: &str,
    declares_error: bool,
) -> Result<Option<Event>, StoreError> {
    let row: Option<EventRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, step, event_time, zone_offset, whole_day, recorded_at, recorded_by, party_id, behalf_of, \
         mandate_id, place_id, counterparty_id, grade, command FROM event WHERE event_id = $1 AND declares_error = $2"
    )
    .bind(event_id)
    .bind(i64::from(declares_error))
    .fetch_optional(conn)
    .await
    })?;
    row.map(Event::try_from).transpose()
}

/// The events that name a business transaction as a despatch advice or without its type.
///
/// # Errors
/// When the database fails.
pub async fn with_transaction(tx: &mut Tx, id: &str) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT event_id FROM event_attribute WHERE name IN ('bizTransaction desadv', 'bizTransaction ') AND value = $1 \
         ORDER BY event_id"
    )
    .bind(id)
    .fetch_all(conn)
    .await
    })?;
    Ok(ids.into_iter().map(EventId::from_uuid).collect())
}

/// The EPCIS eventID of a row.
///
/// # Errors
/// When the database fails.
pub async fn event_id_of(tx: &mut Tx, id: EventId) -> Result<Option<String>, StoreError> {
    on!(tx, |conn| sqlx::query_scalar("SELECT event_id FROM event WHERE id = $1")
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await)
}

/// The events that speak of a thing, oldest first, with the thing's role in each.
///
/// # Errors
/// When the database fails.
pub async fn of_thing(tx: &mut Tx, thing: ThingId) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<(Uuid, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT DISTINCT event_id, event_time FROM event_thing WHERE thing_id = $1 ORDER BY event_time, event_id"
    )
    .bind(thing.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    Ok(ids.into_iter().map(|(id, _)| EventId::from_uuid(id)).collect())
}

/// The value by which an event may be asked for, beside its columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// What kind of value it is, such as `bizTransaction` or the expanded name of an extension.
    pub name: String,
    /// The value as text.
    pub value: String,
    /// The value as a number, where it is one.
    pub number: Option<f64>,
}

/// Writes the values by which an event may be asked for, in one statement.
///
/// # Errors
/// When the database fails.
pub async fn add_attributes(tx: &mut Tx, event: EventId, attributes: &[Attribute]) -> Result<(), StoreError> {
    for some in attributes.chunks(things::ROWS) {
        on!(tx, |conn| {
            let mut statement =
                sqlx::QueryBuilder::new("INSERT INTO event_attribute (name, value, event_id, number) ");
            statement.push_values(some, |mut row, attribute| {
                row.push_bind(attribute.name.as_str())
                    .push_bind(attribute.value.as_str())
                    .push_bind(event.as_uuid())
                    .push_bind(attribute.number);
            });
            statement.push(" ON CONFLICT DO NOTHING");
            statement.build().execute(conn).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(())
}
