//! The SQL of the code account: how much of what was packed may still get unit codes. The number of rows that a guarded statement
//! touches is the verdict.
//!
//! What must stay true: no act creates a right to code. A party may code of a lot what it packed, and never more than it has taken in
//! and not used up; all parties together never more than there ever was of the lot and is not used up. With a split or merge the
//! share of what went in goes along: of what may still be coded rounded down, of what is coded already rounded up. Other
//! transformations open the packs: what they use up carries nothing, and codes of opened packs count against the rest until
//! they are void.

use crate::kernel::{EventId, LotId, PartyId};
use crate::lots::entitlement::{CodeAccount, share_of_codes, spread_codes};
use crate::store::{StoreError, Tx, on, run};
use uuid::Uuid;

/// What a party has coded of a lot, and what bounds it.
///
/// # Errors
/// When the database fails.
pub async fn code_account(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<CodeAccount, StoreError> {
    let (packed, taken_in, used, coded, carried_packed, carried_coded, elsewhere): (
        i64,
        i64,
        i64,
        i64,
        i64,
        i64,
        i64,
    ) = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT CAST(COALESCE((SELECT packed FROM holding WHERE lot_id = $1 AND party_id = $2), 0) AS BIGINT), \
         CAST(COALESCE((SELECT taken_in FROM holding WHERE lot_id = $1 AND party_id = $2), 0) AS BIGINT), \
         CAST(COALESCE((SELECT SUM(amount) FROM balance_entry \
           WHERE lot_id = $1 AND party_id = $2 AND account = 'used'), 0) AS BIGINT), \
         CAST(COALESCE((SELECT coded FROM code_account WHERE lot_id = $1 AND party_id = $2), 0) AS BIGINT), \
         CAST(COALESCE((SELECT carried_packed FROM code_account WHERE lot_id = $1 AND party_id = $2), 0) AS BIGINT), \
         CAST(COALESCE((SELECT carried_coded FROM code_account WHERE lot_id = $1 AND party_id = $2), 0) AS BIGINT), \
         CAST(COALESCE((SELECT SUM(CASE account WHEN 'used' THEN -amount ELSE amount END) FROM balance_entry \
           WHERE lot_id = $1 AND account IN ('harvested', 'produced', 'used')), 0) \
           - COALESCE((SELECT SUM(coded + carried_coded) FROM code_account WHERE lot_id = $1), 0) AS BIGINT)"
    )
    .bind(lot.as_uuid())
    .bind(party.as_uuid())
    .fetch_one(conn)
    .await
    })?;
    Ok(CodeAccount {
        packed: packed + carried_packed,
        in_hand: taken_in - used,
        coded: coded + carried_coded,
        of_all: elsewhere,
    })
}

/// How much of a lot a party may still code, in grams or pieces.
///
/// # Errors
/// When the database fails.
pub async fn entitlement(tx: &mut Tx, lot: LotId, party: PartyId) -> Result<i64, StoreError> {
    Ok(code_account(tx, lot, party).await?.left())
}

/// Draws on the code account of a party's part of a lot, as far as it is entitled. Whether it was.
///
/// # Errors
/// When the database fails.
pub async fn draw_codes(tx: &mut Tx, lot: LotId, party: PartyId, amount: i64) -> Result<bool, StoreError> {
    run!(
        tx,
        sqlx::query("INSERT INTO code_account (lot_id, party_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(lot.as_uuid())
            .bind(party.as_uuid())
    )?;
    let drawn = run!(
        tx,
        sqlx::query(
            "UPDATE code_account SET coded = coded + $3 WHERE lot_id = $1 AND party_id = $2 AND $3 > 0 \
             AND coded + carried_coded + $3 <= carried_packed \
               + COALESCE((SELECT packed FROM holding WHERE lot_id = $1 AND party_id = $2), 0) \
             AND coded + carried_coded + $3 <= COALESCE((SELECT taken_in FROM holding WHERE lot_id = $1 AND party_id = $2), 0) \
               - COALESCE((SELECT SUM(amount) FROM balance_entry \
                   WHERE lot_id = $1 AND party_id = $2 AND account = 'used'), 0) \
             AND COALESCE((SELECT SUM(c.coded + c.carried_coded) FROM code_account c WHERE c.lot_id = $1), 0) + $3 \
               <= COALESCE((SELECT SUM(CASE account WHEN 'used' THEN -amount ELSE amount END) FROM balance_entry \
                   WHERE lot_id = $1 AND account IN ('harvested', 'produced', 'used')), 0)"
        )
        .bind(lot.as_uuid())
        .bind(party.as_uuid())
        .bind(amount)
    )?;
    Ok(drawn == 1)
}

/// Counts what codes had drawn before, when the account is made anew: they were given, whatever bounds them now.
///
/// # Errors
/// When the database fails.
pub async fn count_codes(tx: &mut Tx, lot: LotId, party: PartyId, amount: i64) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO code_account (lot_id, party_id, coded) VALUES ($1, $2, $3) \
             ON CONFLICT (lot_id, party_id) DO UPDATE SET coded = code_account.coded + $3"
        )
        .bind(lot.as_uuid())
        .bind(party.as_uuid())
        .bind(amount)
    )?;
    Ok(())
}

/// Gives back what labels that became void had drawn: never more than is coded in this part of the lot, since the rest went
/// along with goods that were split off.
///
/// # Errors
/// When the database fails.
pub async fn return_codes(tx: &mut Tx, lot: LotId, party: PartyId, amount: i64) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "UPDATE code_account SET coded = coded - CASE WHEN coded + carried_coded < $3 \
             THEN CASE WHEN coded + carried_coded > 0 THEN coded + carried_coded ELSE 0 END ELSE $3 END \
             WHERE lot_id = $1 AND party_id = $2"
        )
        .bind(lot.as_uuid())
        .bind(party.as_uuid())
        .bind(amount)
    )?;
    Ok(())
}

/// Carries the right to code, and what is coded, from what went into a split or merge of `party` to what came out of it, each with its
/// amount in one unit. Done once for an event, as soon as it is known what went in: told again, it carries what it carried, also where that
/// was nothing.
///
/// # Errors
/// When the database fails.
pub async fn carry(
    tx: &mut Tx,
    event: EventId,
    party: PartyId,
    went_in: &[(LotId, i64)],
    came_out: &[(LotId, i64)],
) -> Result<(), StoreError> {
    let known: i64 = on!(tx, |conn| sqlx::query_scalar(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM code_carry WHERE event_id = $1"
    )
    .bind(event.as_uuid())
    .fetch_one(conn)
    .await)?;
    if known > 0 {
        return Ok(());
    }
    let mut shares = Vec::new();
    for (lot, amount) in went_in {
        let account = code_account(tx, *lot, party).await?;
        // What this very event has used up is among what is used: the share is that of what was there before.
        shares.push(share_of_codes(account.packed, account.coded, account.in_hand + amount, *amount));
    }
    let free = shares.iter().map(|share| share.0).sum();
    let coded = shares.iter().map(|share| share.1).sum();
    let given = spread_codes(free, coded, came_out.iter().map(|(_, amount)| *amount));
    for ((lot, _), (free, coded)) in went_in.iter().zip(&shares) {
        move_codes(tx, event, *lot, party, -(free + coded), -coded).await?;
    }
    for ((lot, _), (free, coded)) in came_out.iter().zip(given) {
        if free + coded > 0 {
            move_codes(tx, event, *lot, party, free + coded, coded).await?;
        }
    }
    Ok(())
}

async fn move_codes(
    tx: &mut Tx,
    event: EventId,
    lot: LotId,
    party: PartyId,
    packed: i64,
    coded: i64,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO code_carry (event_id, lot_id, party_id, packed, coded) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (event_id, lot_id, party_id) DO UPDATE SET packed = code_carry.packed + $4, \
             coded = code_carry.coded + $5"
        )
        .bind(event.as_uuid())
        .bind(lot.as_uuid())
        .bind(party.as_uuid())
        .bind(packed)
        .bind(coded)
    )?;
    if packed == 0 && coded == 0 { Ok(()) } else { add(tx, lot, party, packed, coded).await }
}

async fn add(tx: &mut Tx, lot: LotId, party: PartyId, packed: i64, coded: i64) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO code_account (lot_id, party_id, carried_packed, carried_coded) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (lot_id, party_id) DO UPDATE SET carried_packed = code_account.carried_packed + $3, \
             carried_coded = code_account.carried_coded + $4"
        )
        .bind(lot.as_uuid())
        .bind(party.as_uuid())
        .bind(packed)
        .bind(coded)
    )?;
    Ok(())
}

/// Takes back what an event carried: it was declared wrong.
///
/// # Errors
/// When the database fails.
pub async fn drop_carried_codes(tx: &mut Tx, event: EventId) -> Result<(), StoreError> {
    let rows: Vec<(Uuid, Uuid, i64, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT lot_id, party_id, packed, coded FROM code_carry WHERE event_id = $1 ORDER BY lot_id, party_id"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    for (lot, party, packed, coded) in rows {
        add(tx, LotId::from_uuid(lot), PartyId::from_uuid(party), -packed, -coded).await?;
    }
    run!(tx, sqlx::query("DELETE FROM code_carry WHERE event_id = $1").bind(event.as_uuid()))?;
    Ok(())
}
