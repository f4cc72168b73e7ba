//! The SQL of what parties hold and of what is under way: guarded statements, whose row count is the verdict.

use crate::kernel::{EventId, LotId, Moment, PartyId, PlaceId};
use crate::lots::model::{Account, Arrival, Direction, Holding, Movement, NewShipment, Shipment};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// The statement for whole shipments, with what follows `FROM shipment`.
macro_rules! select_shipment {
    ($rest:literal) => {
        concat!(
            "SELECT lot_id, id, from_party, to_party, from_place, amount, boxed, received, refused, back_from, shipped_at \
             FROM shipment ",
            $rest
        )
    };
}

#[derive(FromRow)]
pub(super) struct ShipmentRow {
    pub(super) lot_id: Uuid,
    id: Uuid,
    from_party: Uuid,
    to_party: Uuid,
    from_place: Option<Uuid>,
    amount: i64,
    boxed: i64,
    received: i64,
    refused: i64,
    back_from: Option<Uuid>,
    shipped_at: i64,
}

impl From<ShipmentRow> for Shipment {
    fn from(row: ShipmentRow) -> Self {
        Self {
            sent: NewShipment {
                id: EventId::from_uuid(row.id),
                lot: LotId::from_uuid(row.lot_id),
                from: PartyId::from_uuid(row.from_party),
                to: PartyId::from_uuid(row.to_party),
                from_place: row.from_place.map(PlaceId::from_uuid),
                amount: row.amount,
                boxed: row.boxed,
                back_from: row.back_from.map(EventId::from_uuid),
                shipped_at: Moment::from_micros(row.shipped_at),
            },
            received: row.received,
            refused: row.refused,
        }
    }
}

/// What a party has of a lot.
///
/// # Errors
/// When the database fails.
pub async fn holding(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<Option<Holding>, StoreError> {
    let row: Option<(i64, i64, i64, i64, i64)> = on!(tx, |conn| sqlx::query_as(
        "SELECT amount, short, taken_in, packed, boxed FROM holding WHERE lot_id = $1 AND party_id = $2"
    )
    .bind(lot.as_uuid())
    .bind(party.as_uuid())
    .fetch_optional(conn)
    .await)?;
    Ok(row.map(|(amount, short, taken_in, packed, boxed)| Holding { amount, short, taken_in, packed, boxed }))
}

/// What all parties together have of a lot, and what is under way.
///
/// # Errors
/// When the database fails.
pub async fn in_the_chain(tx: &mut Tx, lot: LotId) -> Result<(i64, i64), StoreError> {
    on!(tx, |conn| {
        sqlx::query_as(
        "SELECT (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM holding WHERE lot_id = $1), \
         (SELECT CAST(COALESCE(SUM(amount - received - refused), 0) AS BIGINT) FROM shipment WHERE lot_id = $1)"
    )
    .bind(lot.as_uuid())
    .fetch_one(conn)
    .await
    })
}

/// Everybody who has, or had, some of a lot.
///
/// # Errors
/// When the database fails.
pub async fn holders(tx: &mut Tx, lot: LotId) -> Result<Vec<(PartyId, Holding)>, StoreError> {
    let rows: Vec<(Uuid, i64, i64, i64, i64, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT party_id, amount, short, taken_in, packed, boxed FROM holding WHERE lot_id = $1 ORDER BY party_id"
    )
    .bind(lot.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    let holder = |(party, amount, short, taken_in, packed, boxed)| {
        (PartyId::from_uuid(party), Holding { amount, short, taken_in, packed, boxed })
    };
    Ok(rows.into_iter().map(holder).collect())
}

/// Moves an amount on an account of a lot, as far as there is enough: packed and boxed goods stay counted. Whether there was.
///
/// # Errors
/// When the database fails.
pub async fn enter(tx: &mut Tx, movement: &Movement) -> Result<bool, StoreError> {
    let touched = match movement.account.direction() {
        // What comes in needs nothing to be there.
        Direction::In => {
            change(tx, movement, 1).await?;
            1
        }
        Direction::Out => run!(
            tx,
            sqlx::query(
                "UPDATE holding SET amount = amount - $3 WHERE lot_id = $1 AND party_id = $2 \
                 AND amount - CASE WHEN boxed > 0 THEN boxed ELSE 0 END >= $3"
            )
            .bind(movement.lot.as_uuid())
            .bind(movement.party.as_uuid())
            .bind(movement.amount)
        )?,
        Direction::Packed => run!(
            tx,
            sqlx::query(
                "UPDATE holding SET packed = packed + $3 \
                 WHERE lot_id = $1 AND party_id = $2 AND amount >= $3 AND packed + $3 <= taken_in"
            )
            .bind(movement.lot.as_uuid())
            .bind(movement.party.as_uuid())
            .bind(movement.amount)
        )?,
        Direction::Boxed => run!(
            tx,
            sqlx::query(
                "UPDATE holding SET boxed = boxed + $3 \
                 WHERE lot_id = $1 AND party_id = $2 \
                 AND amount - CASE WHEN boxed > 0 THEN boxed ELSE 0 END >= $3 AND boxed + $3 >= 0"
            )
            .bind(movement.lot.as_uuid())
            .bind(movement.party.as_uuid())
            .bind(movement.amount)
        )?,
    };
    if touched == 1 {
        note(tx, movement).await?;
    }
    Ok(touched == 1)
}

/// Moves an amount on an account of a lot because it was reported, whether there was as much or not: what is short is counted.
///
/// # Errors
/// When the database fails.
pub async fn enter_fact(tx: &mut Tx, movement: &Movement) -> Result<(), StoreError> {
    change(tx, movement, 1).await?;
    note(tx, movement).await
}

/// Takes back every movement of an event, and tells which they were.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn take_back(tx: &mut Tx, event: EventId) -> Result<Vec<Movement>, StoreError> {
    let movements = movements(tx, event).await?;
    for movement in &movements {
        change(tx, movement, -1).await?;
    }
    run!(tx, sqlx::query("DELETE FROM balance_entry WHERE event_id = $1").bind(event.as_uuid()))?;
    Ok(movements)
}

/// The movements of an event.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn movements(tx: &mut Tx, event: EventId) -> Result<Vec<Movement>, StoreError> {
    let rows: Vec<(Uuid, Uuid, String, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT lot_id, party_id, account, amount FROM balance_entry WHERE event_id = $1 ORDER BY lot_id, party_id, account"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter()
        .map(|(lot, party, account, amount)| {
            let account = Account::parse(&account)
                .ok_or_else(|| StoreError::misfit("balance_entry", "account", event, account.as_str()))?;
            Ok(Movement {
                lot: LotId::from_uuid(lot),
                event,
                party: PartyId::from_uuid(party),
                account,
                amount,
            })
        })
        .collect()
}

/// How much of a lot one account moved, over all parties.
///
/// # Errors
/// When the database fails.
pub async fn moved(tx: &mut Tx, lot: LotId, account: Account) -> Result<i64, StoreError> {
    on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM balance_entry WHERE lot_id = $1 AND account = $2"
    )
    .bind(lot.as_uuid())
    .bind(account.as_str())
    .fetch_one(conn)
    .await
    })
}

async fn note(tx: &mut Tx, movement: &Movement) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO balance_entry (lot_id, event_id, party_id, account, amount) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (lot_id, event_id, party_id, account) DO UPDATE SET amount = balance_entry.amount + $5"
        )
        .bind(movement.lot.as_uuid())
        .bind(movement.event.as_uuid())
        .bind(movement.party.as_uuid())
        .bind(movement.account.as_str())
        .bind(movement.amount)
    )?;
    Ok(())
}

/// Changes the sums by a movement (`sign` 1) or by its contrary (`sign` -1), whatever is there: the sums depend on the movements
/// that are in force and not on their order.
async fn change(tx: &mut Tx, movement: &Movement, sign: i64) -> Result<(), StoreError> {
    let delta = sign * movement.amount;
    let (net, taken_in, packed, boxed) = match movement.account.direction() {
        Direction::In => (delta, delta, 0, 0),
        Direction::Out => (-delta, 0, 0, 0),
        Direction::Packed => (0, 0, delta, 0),
        Direction::Boxed => (0, 0, 0, delta),
    };
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE holding SET \
             amount = CASE WHEN amount - short + $3 > 0 THEN amount - short + $3 ELSE 0 END, \
             short = CASE WHEN amount - short + $3 < 0 THEN short - amount - $3 ELSE 0 END, \
             taken_in = taken_in + $4, packed = packed + $5, boxed = boxed + $6 WHERE lot_id = $1 AND party_id = $2"
        )
        .bind(movement.lot.as_uuid())
        .bind(movement.party.as_uuid())
        .bind(net)
        .bind(taken_in)
        .bind(packed)
        .bind(boxed)
    )?;
    if touched == 0 {
        // An upsert would not do: its row is checked before the conflict is seen, and what is taken back is below zero.
        run!(
            tx,
            sqlx::query(
                "INSERT INTO holding (lot_id, party_id, amount, short, taken_in, packed, boxed) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)"
            )
            .bind(movement.lot.as_uuid())
            .bind(movement.party.as_uuid())
            .bind(net.max(0))
            .bind((-net).max(0))
            .bind(taken_in)
            .bind(packed)
            .bind(boxed)
        )
        .map_err(raced)?;
    }
    Ok(())
}

/// Two that were the first of a party at the same moment: the second runs again.
fn raced(error: StoreError) -> StoreError {
    if error.is_unique_violation() { StoreError::lost_race() } else { error }
}

/// Writes what is under way.
///
/// # Errors
/// When the database fails.
pub async fn insert_shipment(tx: &mut Tx, shipment: &NewShipment) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            // What was counted on it before it was taken back is counted on it again.
            "INSERT INTO shipment (lot_id, id, from_party, to_party, from_place, amount, boxed, back_from, shipped_at, \
             received, refused) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
             (SELECT CAST(COALESCE(SUM(received), 0) AS BIGINT) FROM arrival WHERE lot_id = $1 AND shipment = $2), \
             (SELECT CAST(COALESCE(SUM(refused), 0) AS BIGINT) FROM arrival WHERE lot_id = $1 AND shipment = $2))"
        )
        .bind(shipment.lot.as_uuid())
        .bind(shipment.id.as_uuid())
        .bind(shipment.from.as_uuid())
        .bind(shipment.to.as_uuid())
        .bind(shipment.from_place.map(|id| id.as_uuid()))
        .bind(shipment.amount)
        .bind(shipment.boxed)
        .bind(shipment.back_from.map(|id| id.as_uuid()))
        .bind(shipment.shipped_at.micros())
    )?;
    Ok(())
}

/// Takes back a shipment, of all its lots. Its arrivals must have been taken back before.
///
/// # Errors
/// When the database fails.
pub async fn remove_shipment(tx: &mut Tx, id: EventId) -> Result<(), StoreError> {
    run!(tx, sqlx::query("DELETE FROM shipment WHERE id = $1").bind(id.as_uuid()))?;
    Ok(())
}

/// What was sent by one event, lot by lot.
///
/// # Errors
/// When the database fails.
pub async fn shipment(tx: &mut Tx, id: EventId) -> Result<Vec<Shipment>, StoreError> {
    let rows: Vec<ShipmentRow> =
        on!(tx, |conn| sqlx::query_as(select_shipment!("WHERE id = $1 ORDER BY lot_id"))
            .bind(id.as_uuid())
            .fetch_all(conn)
            .await)?;
    Ok(rows.into_iter().map(Shipment::from).collect())
}

/// What is under way of a lot to `to`, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn under_way(tx: &mut Tx, lot: LotId, to: PartyId) -> Result<Vec<Shipment>, StoreError> {
    let rows: Vec<ShipmentRow> = on!(tx, |conn| sqlx::query_as(select_shipment!(
        "WHERE lot_id = $1 AND to_party = $2 AND received + refused < amount ORDER BY shipped_at, id"
    ))
    .bind(lot.as_uuid())
    .bind(to.as_uuid())
    .fetch_all(conn)
    .await)?;
    Ok(rows.into_iter().map(Shipment::from).collect())
}

/// Counts what arrived of a shipment, received or refused. `guarded` refuses more than is under way; else, for reported facts, it
/// is counted all the same. Whether it was counted.
///
/// # Errors
/// When the database fails.
pub async fn arrive(tx: &mut Tx, arrival: &Arrival, guarded: bool) -> Result<bool, StoreError> {
    let counted = run!(
        tx,
        sqlx::query(
            "UPDATE shipment SET received = received + $3, refused = refused + $4 \
             WHERE lot_id = $1 AND id = $2 AND ($5 = 0 OR received + refused + $3 + $4 <= amount)"
        )
        .bind(arrival.lot.as_uuid())
        .bind(arrival.shipment.as_uuid())
        .bind(arrival.received)
        .bind(arrival.refused)
        .bind(i64::from(guarded))
    )?;
    if counted == 1 {
        run!(
            tx,
            sqlx::query(
                "INSERT INTO arrival (lot_id, shipment, event_id, received, refused) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (lot_id, shipment, event_id) DO UPDATE SET received = arrival.received + $4, \
                 refused = arrival.refused + $5"
            )
            .bind(arrival.lot.as_uuid())
            .bind(arrival.shipment.as_uuid())
            .bind(arrival.event.as_uuid())
            .bind(arrival.received)
            .bind(arrival.refused)
        )?;
    }
    Ok(counted == 1)
}

/// Takes back what an event counted as arrived.
///
/// # Errors
/// When the database fails.
pub async fn take_back_arrivals(tx: &mut Tx, event: EventId) -> Result<(), StoreError> {
    let rows: Vec<(Uuid, Uuid, i64, i64)> = on!(tx, |conn| sqlx::query_as(
        "SELECT lot_id, shipment, received, refused FROM arrival WHERE event_id = $1"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await)?;
    for (lot, shipment, received, refused) in rows {
        run!(
            tx,
            sqlx::query(
                "UPDATE shipment SET received = received - $3, refused = refused - $4 WHERE lot_id = $1 AND id = $2"
            )
            .bind(lot)
            .bind(shipment)
            .bind(received)
            .bind(refused)
        )?;
    }
    run!(tx, sqlx::query("DELETE FROM arrival WHERE event_id = $1").bind(event.as_uuid()))?;
    Ok(())
}

/// What an event counted as arrived: the lot, the shipment, how much was received, how much refused.
///
/// # Errors
/// When the database fails.
pub async fn arrivals(tx: &mut Tx, event: EventId) -> Result<Vec<Arrival>, StoreError> {
    let rows: Vec<(Uuid, Uuid, i64, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT lot_id, shipment, received, refused FROM arrival WHERE event_id = $1 ORDER BY lot_id, shipment"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    let row = |(lot, shipment, received, refused)| Arrival {
        lot: LotId::from_uuid(lot),
        shipment: EventId::from_uuid(shipment),
        event,
        received,
        refused,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The events that counted something as arrived of what was sent of a lot to a party.
///
/// # Errors
/// When the database fails.
pub async fn arrivals_at(tx: &mut Tx, lot: LotId, to: PartyId) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT DISTINCT a.event_id FROM shipment s JOIN arrival a ON a.lot_id = s.lot_id AND a.shipment = s.id \
         WHERE s.to_party = $2 AND s.lot_id = $1 ORDER BY a.event_id"
    )
    .bind(lot.as_uuid())
    .bind(to.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    Ok(ids.into_iter().map(EventId::from_uuid).collect())
}

/// Whether a lot can have come to a party: it is the party's own, or some of it was sent there.
///
/// # Errors
/// When the database fails.
pub async fn came_to(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM shipment WHERE lot_id = $1 AND to_party = $2) OR \
         EXISTS (SELECT 1 FROM lot WHERE id = $1 AND party_id = $2)"
    )
    .bind(lot.as_uuid())
    .bind(party.as_uuid())
    .fetch_optional(conn)
    .await
    })?;
    Ok(found.is_some())
}

/// The events that counted something as arrived of a shipment.
///
/// # Errors
/// When the database fails.
pub async fn arrivals_of(tx: &mut Tx, shipment: EventId) -> Result<Vec<EventId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT DISTINCT event_id FROM arrival WHERE shipment = $1 ORDER BY event_id"
    )
    .bind(shipment.as_uuid())
    .fetch_all(conn)
    .await)?;
    Ok(ids.into_iter().map(EventId::from_uuid).collect())
}

/// Reckons which rule stops a lot: what is short or withdrawn, else the first of the rules that its events breach.
///
/// # Errors
/// When the database fails.
pub async fn reckon(tx: &mut Tx, lot: LotId) -> Result<Reckoned, StoreError> {
    let found: Option<(Option<String>, i64, Option<String>, i64)> = on!(tx, |conn| {
        sqlx::query_as(
            "WITH sums AS (SELECT CASE \
             WHEN EXISTS (SELECT 1 FROM holding WHERE lot_id = $1 AND (short > 0 OR boxed > amount OR packed > taken_in)) \
               OR EXISTS (SELECT 1 FROM shipment WHERE lot_id = $1 AND received + refused > amount) THEN 'overdrawn' \
             WHEN NOT EXISTS (SELECT 1 FROM balance_entry WHERE lot_id = $1 AND account IN ('harvested', 'produced')) \
               THEN 'withdrawn' END AS rule), \
             told AS (SELECT MIN(rule) AS rule, COUNT(*) AS many FROM breach \
             WHERE lot_id = $1 AND overridden_by IS NULL AND stops = 1) \
             SELECT l.breach, l.troubles, COALESCE(s.rule, t.rule), \
             CAST(t.many + CASE WHEN s.rule IS NULL THEN 0 ELSE 1 END AS BIGINT) \
             FROM lot l CROSS JOIN sums s CROSS JOIN told t WHERE l.id = $1",
        )
        .bind(lot.as_uuid())
        .fetch_optional(conn)
        .await
    })?;
    let Some((before, troubles_before, rule, troubles)) = found else { return Ok(Reckoned::default()) };
    let changed = before != rule;
    let worse = troubles > troubles_before;
    if changed || troubles != troubles_before {
        run!(
            tx,
            sqlx::query(
                "UPDATE lot SET breach = $2, troubles = $3, gate_version = gate_version + 1, version = version + 1 \
                 WHERE id = $1"
            )
            .bind(lot.as_uuid())
            .bind(rule.as_deref())
            .bind(troubles)
        )?;
    }
    Ok(Reckoned { rule, changed, worse })
}

/// What stops a lot by its own events.
#[derive(Clone, Debug, Default)]
pub struct Reckoned {
    /// The rule.
    pub rule: Option<String>,
    /// Whether it is another one than before.
    pub changed: bool,
    /// Whether there is more that stops it than before.
    pub worse: bool,
}
