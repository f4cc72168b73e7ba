//! What became of an event after it was recorded: corrected, waiting for its predecessor, in breach of a rule.

use crate::events::model::{Event, Step};
use crate::kernel::{EventId, LotId, Moment, PlaceId};
use crate::store::{StoreError, Tx, on, run};
use uuid::Uuid;

/// An event that waits for what it needs.
#[derive(Clone, Debug)]
pub struct Parked {
    /// The event.
    pub event: EventId,
    /// When it happened.
    pub time: Moment,
    /// What kind of thing is missing: `lot`, `shipment` or `event`.
    pub missing: &'static str,
    /// The name of what is missing.
    pub waits_for: String,
}

/// Lets an event wait.
///
/// # Errors
/// When the database fails.
pub async fn park(tx: &mut Tx, parked: &Parked) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO parked (event_id, event_time, missing, waits_for) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
        )
        .bind(parked.event.as_uuid())
        .bind(parked.time.micros())
        .bind(parked.missing)
        .bind(&parked.waits_for)
    )?;
    Ok(())
}

/// The events that wait for something, in the order in which they happened.
///
/// # Errors
/// When the database fails.
pub async fn waiting(tx: &mut Tx, waits_for: &str) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT event_id FROM parked WHERE waits_for = $1 ORDER BY event_time, event_id"
    )
    .bind(waits_for)
    .fetch_all(conn)
    .await)?;
    Ok(ids.into_iter().map(EventId::from_uuid).collect())
}

/// Lets an event wait no longer.
///
/// # Errors
/// When the database fails.
pub async fn unpark(tx: &mut Tx, event: EventId) -> Result<(), StoreError> {
    run!(tx, sqlx::query("DELETE FROM parked WHERE event_id = $1").bind(event.as_uuid()))?;
    Ok(())
}

/// Whether an event waits.
///
/// # Errors
/// When the database fails.
pub async fn is_parked(tx: &mut Tx, event: EventId) -> Result<bool, StoreError> {
    let found: Option<i64> =
        on!(tx, |conn| sqlx::query_scalar("SELECT CAST(1 AS BIGINT) FROM parked WHERE event_id = $1")
            .bind(event.as_uuid())
            .fetch_optional(conn)
            .await)?;
    Ok(found.is_some())
}

/// Notes that an event was declared wrong; whether it was not so already.
///
/// # Errors
/// When the database fails.
pub async fn correct(
    tx: &mut Tx,
    event: EventId,
    by: EventId,
    reason: Option<&str>,
    at: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "INSERT INTO correction (event_id, corrected_by, reason, declared_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING"
        )
        .bind(event.as_uuid())
        .bind(by.as_uuid())
        .bind(reason)
        .bind(at.micros())
    )?;
    Ok(done == 1)
}

/// The declaration that says an event is wrong, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn corrected_by(tx: &mut Tx, event: EventId) -> Result<Option<EventId>, StoreError> {
    let id: Option<Uuid> =
        on!(tx, |conn| sqlx::query_scalar("SELECT corrected_by FROM correction WHERE event_id = $1")
            .bind(event.as_uuid())
            .fetch_optional(conn)
            .await)?;
    Ok(id.map(EventId::from_uuid))
}

/// Whether an event was declared wrong.
///
/// # Errors
/// When the database fails.
pub async fn is_corrected(tx: &mut Tx, event: EventId) -> Result<bool, StoreError> {
    Ok(corrected_by(tx, event).await?.is_some())
}

/// Notes that a reported fact breaches a rule.
///
/// # Errors
/// When the database fails.
pub async fn add_breach(
    tx: &mut Tx,
    lot: LotId,
    event: EventId,
    rule: &str,
    detail: &str,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO breach (lot_id, event_id, rule, detail) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
        )
        .bind(lot.as_uuid())
        .bind(event.as_uuid())
        .bind(rule)
        .bind(detail)
    )?;
    Ok(())
}

/// Notes what is only to be pointed out of an event: it holds nothing.
///
/// # Errors
/// When the database fails.
pub async fn point_out(
    tx: &mut Tx,
    lot: LotId,
    event: EventId,
    rule: &str,
    detail: &str,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO breach (lot_id, event_id, rule, detail, stops) VALUES ($1, $2, $3, $4, 0) ON CONFLICT DO NOTHING"
        )
        .bind(lot.as_uuid())
        .bind(event.as_uuid())
        .bind(rule)
        .bind(detail)
    )?;
    Ok(())
}

/// What is only pointed out of an event.
///
/// # Errors
/// When the database fails.
pub async fn pointed_out(tx: &mut Tx, event: EventId) -> Result<Vec<PointedOut>, StoreError> {
    let rows: Vec<(Uuid, String, String)> = on!(tx, |conn| sqlx::query_as(
        "SELECT lot_id, rule, detail FROM breach WHERE event_id = $1 AND stops = 0 ORDER BY lot_id, rule"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await)?;
    let row = |(lot, rule, detail)| PointedOut { lot: LotId::from_uuid(lot), event, rule, detail };
    Ok(rows.into_iter().map(row).collect())
}

/// Something that is only pointed out.
#[derive(Clone, Debug)]
pub struct PointedOut {
    /// The lot.
    pub lot: LotId,
    /// The event.
    pub event: EventId,
    /// The rule.
    pub rule: String,
    /// Why.
    pub detail: String,
}

/// Takes back the breaches of an event.
///
/// # Errors
/// When the database fails.
pub async fn drop_breaches(tx: &mut Tx, event: EventId) -> Result<(), StoreError> {
    run!(tx, sqlx::query("DELETE FROM breach WHERE event_id = $1").bind(event.as_uuid()))?;
    Ok(())
}

/// Something that an inspector let pass.
#[derive(Clone, Debug)]
pub struct LetPass {
    /// The lot.
    pub lot: LotId,
    /// The event that breaches the rule.
    pub event: EventId,
    /// The rule.
    pub rule: String,
    /// What was written of it.
    pub detail: String,
    /// The release.
    pub by: EventId,
}

/// What an inspector let pass of what an event breaches.
///
/// # Errors
/// When the database fails.
pub async fn let_pass(tx: &mut Tx, event: EventId) -> Result<Vec<LetPass>, StoreError> {
    let rows: Vec<(Uuid, String, String, Uuid)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT lot_id, rule, detail, overridden_by FROM breach WHERE event_id = $1 AND overridden_by IS NOT NULL \
         ORDER BY lot_id, rule"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    let row = |(lot, rule, detail, by)| LetPass {
        lot: LotId::from_uuid(lot),
        event,
        rule,
        detail,
        by: EventId::from_uuid(by),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Lets a breach pass again that was let pass before.
///
/// # Errors
/// When the database fails.
pub async fn let_pass_again(tx: &mut Tx, passed: &LetPass) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("UPDATE breach SET overridden_by = $4 WHERE lot_id = $1 AND event_id = $2 AND rule = $3")
            .bind(passed.lot.as_uuid())
            .bind(passed.event.as_uuid())
            .bind(passed.rule.as_str())
            .bind(passed.by.as_uuid())
    )?;
    Ok(())
}

/// What stopped a lot at a moment: a recall, else a hold of the authority or of its own party that nothing had lifted. The authority's
/// release lifts its own hold, and the party's where that stands alone.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn stopped_at(tx: &mut Tx, lot: LotId, at: Moment) -> Result<Option<Step>, StoreError> {
    let steps: Vec<(String, i64)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT e.step, CAST(CASE WHEN COALESCE(e.behalf_of, e.party_id) IS NULL THEN 0 ELSE 1 END AS BIGINT) \
             FROM event_thing t JOIN event e ON e.id = t.event_id \
             WHERE t.thing_id = $1 AND t.event_time <= $2 AND e.step IN ('hold', 'release', 'recall') \
             ORDER BY e.event_time, e.recorded_at, e.id",
        )
        .bind(lot.as_uuid())
        .bind(at.micros())
        .fetch_all(conn)
        .await
    })?;
    let (mut by_authority, mut by_party) = (false, false);
    for (step, own) in steps {
        match (Step::parse(&step), own == 1) {
            (Some(Step::Recall), _) => return Ok(Some(Step::Recall)),
            (Some(Step::Hold), false) => by_authority = true,
            (Some(Step::Hold), true) => by_party = true,
            (Some(Step::Release), false) if by_authority => by_authority = false,
            (Some(Step::Release), _) => by_party = false,
            _ => {}
        }
    }
    Ok((by_authority || by_party).then_some(Step::Hold))
}

/// The events that breach a rule, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn breaching(tx: &mut Tx, rule: &str) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT DISTINCT event_id FROM breach WHERE rule = $1 ORDER BY event_id"
    )
    .bind(rule)
    .fetch_all(conn)
    .await)?;
    Ok(ids.into_iter().map(EventId::from_uuid).collect())
}

/// The rules that an event breaches.
///
/// # Errors
/// When the database fails.
pub async fn breaches_of(tx: &mut Tx, event: EventId) -> Result<Vec<(LotId, String)>, StoreError> {
    let rows: Vec<(Uuid, String)> = on!(tx, |conn| sqlx::query_as(
        "SELECT lot_id, rule FROM breach WHERE event_id = $1 ORDER BY lot_id, rule"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await)?;
    Ok(rows.into_iter().map(|(lot, rule)| (LotId::from_uuid(lot), rule)).collect())
}

/// Lets a lot go in spite of the breaches reported of it so far: the events with the rules that they breach.
///
/// # Errors
/// When the database fails.
pub async fn override_breaches(
    tx: &mut Tx,
    lot: LotId,
    by: EventId,
) -> Result<Vec<(EventId, String)>, StoreError> {
    let mut rows: Vec<(Uuid, String)> = on!(tx, |conn| {
        sqlx::query_as(
            "UPDATE breach SET overridden_by = $2 WHERE lot_id = $1 AND overridden_by IS NULL AND stops = 1 \
             RETURNING event_id, rule",
        )
        .bind(lot.as_uuid())
        .bind(by.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    rows.sort();
    Ok(rows.into_iter().map(|(event, rule)| (EventId::from_uuid(event), rule)).collect())
}

/// Lets one breach pass that a release named, where it still holds the lot.
///
/// # Errors
/// When the database fails.
pub async fn override_breach(
    tx: &mut Tx,
    lot: LotId,
    event: EventId,
    rule: &str,
    by: EventId,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "UPDATE breach SET overridden_by = $4 WHERE lot_id = $1 AND event_id = $2 AND rule = $3 \
             AND overridden_by IS NULL AND stops = 1"
        )
        .bind(lot.as_uuid())
        .bind(event.as_uuid())
        .bind(rule)
        .bind(by.as_uuid())
    )?;
    Ok(())
}

/// A rule that an event breaches about a lot.
#[derive(Clone, Debug)]
pub struct Breaching {
    /// The rule.
    pub rule: String,
    /// Why.
    pub detail: String,
    /// Whether an inspector let it pass.
    pub overridden: bool,
    /// Whether it holds the lot; else it is only pointed out.
    pub stops: bool,
}

/// The rules that an event breaches about a lot, with why.
///
/// # Errors
/// When the database fails.
pub async fn breaches_at(tx: &mut Tx, lot: LotId, event: EventId) -> Result<Vec<Breaching>, StoreError> {
    let rows: Vec<(String, String, Option<Uuid>, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT rule, detail, overridden_by, stops FROM breach WHERE lot_id = $1 AND event_id = $2 ORDER BY rule"
    )
    .bind(lot.as_uuid())
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    let row = |(rule, detail, by, stops): (String, String, Option<Uuid>, i64)| Breaching {
        rule,
        detail,
        overridden: by.is_some(),
        stops: stops == 1,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The rules that events of a lot breach and that stop it, with when these happened and why.
///
/// # Errors
/// When the database fails.
pub async fn standing_breaches(tx: &mut Tx, lot: LotId) -> Result<Vec<(Moment, String, String)>, StoreError> {
    let rows: Vec<(i64, String, String)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT e.event_time, b.rule, b.detail FROM breach b JOIN event e ON e.id = b.event_id \
             WHERE b.lot_id = $1 AND b.overridden_by IS NULL AND b.stops = 1 ORDER BY e.event_time, e.id, b.rule",
        )
        .bind(lot.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    Ok(rows.into_iter().map(|(at, rule, detail)| (Moment::from_micros(at), rule, detail)).collect())
}

/// Takes back one breach.
///
/// # Errors
/// When the database fails.
pub async fn drop_breach(tx: &mut Tx, lot: LotId, event: EventId, rule: &str) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("DELETE FROM breach WHERE lot_id = $1 AND event_id = $2 AND rule = $3")
            .bind(lot.as_uuid())
            .bind(event.as_uuid())
            .bind(rule)
    )?;
    Ok(())
}

/// A harvest that is in force.
#[derive(Clone, Copy, Debug)]
pub struct Grown {
    /// The event.
    pub event: EventId,
    /// What was harvested.
    pub lot: LotId,
    /// When.
    pub time: Moment,
    /// Whether only the day is known.
    pub whole_day: bool,
    /// Grams or pieces.
    pub amount: i64,
}

/// The harvests at a place from one moment until before another, in their order.
///
/// # Errors
/// When the database fails.
pub async fn harvests_at(
    tx: &mut Tx,
    place: PlaceId,
    from: Moment,
    until: Moment,
) -> Result<Vec<Grown>, StoreError> {
    let rows: Vec<(Uuid, Uuid, i64, i64, i64)> = on!(tx, |conn| sqlx::query_as(
        "SELECT e.id, b.lot_id, e.event_time, e.whole_day, b.amount FROM event e \
         JOIN balance_entry b ON b.event_id = e.id AND b.account = 'harvested' \
         WHERE e.place_id = $1 AND e.event_time >= $2 AND e.event_time < $3 ORDER BY e.event_time, e.id"
    )
    .bind(place.as_uuid())
    .bind(from.micros())
    .bind(until.micros())
    .fetch_all(conn)
    .await)?;
    let row = |(event, lot, time, whole_day, amount)| Grown {
        event: EventId::from_uuid(event),
        lot: LotId::from_uuid(lot),
        time: Moment::from_micros(time),
        whole_day: whole_day == 1,
        amount,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The harvests, makings and losses since `from` that are in force, the latest first, below `before`: what the authority's bands measure.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn measured_since(
    tx: &mut Tx,
    from: Moment,
    before: (Moment, Uuid),
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT e.id FROM event e WHERE e.event_time >= $1 AND (e.event_time < $2 OR (e.event_time = $2 AND e.id < $3)) \
             AND e.step IN ('harvest', 'pick', 'wash', 'cut', 'mix', 'split', 'merge', 'repack', 'process', 'lose') \
             AND e.declares_error = 0 AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.event_id = e.id) \
             ORDER BY e.event_time DESC, e.id DESC LIMIT $4",
        )
        .bind(from.micros())
        .bind(before.0.micros())
        .bind(before.1)
        .bind(limit)
        .fetch_all(conn)
        .await
    })?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(super::event(tx, EventId::from_uuid(id)).await?);
    }
    Ok(found)
}
