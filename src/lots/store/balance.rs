//! The SQL of what parties hold: guarded statements, whose row count is the verdict.

use crate::kernel::{EventId, LotId, PartyId};
use crate::lots::model::{Account, Direction, Holding, Movement};
use crate::store::{StoreError, Tx, on, run};
use uuid::Uuid;

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
         (SELECT CAST(COALESCE(SUM(amount - received - refused - lost), 0) AS BIGINT) FROM shipment WHERE lot_id = $1)"
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
        // What comes in, or was in no hand, needs nothing to be there.
        Direction::In | Direction::Back | Direction::Gone => {
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
        Direction::Back => (delta, 0, 0, 0),
        Direction::Out => (-delta, 0, 0, 0),
        Direction::Gone => (0, 0, 0, 0),
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

/// Reckons which rule stops a lot: what is short or withdrawn, else the first of the rules that its events breach.
///
/// # Errors
/// When the database fails.
pub async fn reckon(tx: &mut Tx, lot: LotId) -> Result<Reckoned, StoreError> {
    let found: Option<(Option<String>, i64, Option<String>, i64)> = on!(tx, |conn| {
        sqlx::query_as(
            "WITH sums AS (SELECT CASE \
             WHEN EXISTS (SELECT 1 FROM holding WHERE lot_id = $1 AND (short > 0 OR boxed > amount OR packed > taken_in)) \
               OR EXISTS (SELECT 1 FROM shipment WHERE lot_id = $1 AND received + refused + lost > amount) \
               OR EXISTS (SELECT 1 FROM code_account c JOIN holding h ON h.lot_id = c.lot_id AND h.party_id = c.party_id \
                 WHERE c.lot_id = $1 AND c.coded + c.carried_coded > h.packed + c.carried_packed) THEN 'overdrawn' \
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
