//! The SQL of where the goods of a lot are, beside what was recovered of them.

use super::super::model::Way;
use crate::kernel::{LotId, Moment, PartyId, RecallId};
use crate::store::{StoreError, Tx, among, on, sets};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What one party recovered of a lot in one way.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The party.
    pub party: PartyId,
    /// The way.
    pub way: Way,
    /// How much.
    pub amount: i64,
    /// When the first of it was entered.
    pub at: Moment,
}

/// What one party has of a lot, and what became of it there.
#[derive(Clone, Copy, Debug)]
pub struct Hand {
    /// The party.
    pub party: PartyId,
    /// What is left in its hands.
    pub held: i64,
    /// What it lost or destroyed.
    pub wasted: i64,
    /// What it sold to consumers.
    pub sold: i64,
    /// What it gave as samples.
    pub sampled: i64,
}

/// What one party sent to another, or sent back.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Who sent it.
    pub from: PartyId,
    /// To whom.
    pub to: PartyId,
    /// What is still under way.
    pub under_way: i64,
    /// What the other took in, or refused: that goes on from there.
    pub taken: i64,
    /// What never arrived.
    pub lost: i64,
    /// When it was recorded.
    pub at: Moment,
}

/// Where the goods of a lot are, and what was recovered of them.
#[derive(Clone, Debug, Default)]
pub struct Goods {
    /// The stored name of the lot's unit.
    pub unit: String,
    /// What was recovered.
    pub claims: Vec<Claim>,
    /// In whose hands they came.
    pub hands: Vec<Hand>,
    /// What went from one hand to another.
    pub sent: Vec<Sent>,
}

/// Lot, unit, party, way, amount, first entered.
type ClaimRow = (Uuid, String, Uuid, String, i64, i64);
/// Lot, sender, receiver, amounts sent, taken or refused, lost, and when it was recorded.
type SentRow = (Uuid, Uuid, Uuid, i64, i64, i64, i64);

/// The goods of each lot of which something was recovered in a recall; with `lot` of that lot only, whether something was or not.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn goods(tx: &mut Tx, recall: RecallId, lot: Option<LotId>) -> Result<Vec<Goods>, StoreError> {
    let mut all: BTreeMap<Uuid, Goods> =
        lot.map(|lot| (lot.as_uuid(), Goods::default())).into_iter().collect();
    let rows: Vec<ClaimRow> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT v.lot_id, l.unit, v.party_id, v.way, CAST(SUM(v.amount) AS BIGINT), MIN(v.at)
             FROM recall_recovery v JOIN lot l ON l.id = v.lot_id WHERE v.recall_id = $1 AND ($2 IS NULL OR v.lot_id = $2)
             GROUP BY v.lot_id, l.unit, v.party_id, v.way ORDER BY v.lot_id, v.party_id, v.way",
        )
        .bind(recall.as_uuid())
        .bind(lot.map(|lot| lot.as_uuid()))
        .fetch_all(conn)
        .await
    })?;
    for (lot, unit, party, way, amount, at) in rows {
        let way = Way::parse(&way);
        let way = way.map_err(|why| StoreError::misfit("recall_recovery", "way", recall, why.to_string()))?;
        let goods = all.entry(lot).or_default();
        goods.unit = unit;
        goods.claims.push(Claim { party: PartyId::from(party), way, amount, at: Moment::from_micros(at) });
    }
    let lots: Vec<Uuid> = all.keys().copied().collect();
    for some in sets(&lots) {
        add_hands(tx, some, &mut all).await?;
        add_sent(tx, some, &mut all).await?;
    }
    Ok(all.into_values().collect())
}

/// What one party has, sold, gave as samples or lost of a lot less what it recovered of it; none where some of it was sent to the party at or after
/// `since`, so that it can be what others recovered. It reads nothing of what others recovered: those who recover of one lot at once wait for nobody.
///
/// # Errors
/// When the database fails.
pub async fn own(
    tx: &mut Tx,
    recall: RecallId,
    since: Moment,
    lot: LotId,
    party: PartyId,
) -> Result<Option<i64>, StoreError> {
    let (lot, party) = (lot.as_uuid(), party.as_uuid());
    let came: Option<i64> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT CAST(1 AS BIGINT) FROM shipment s CROSS JOIN event e
             WHERE s.lot_id = $1 AND s.to_party = $2 AND e.id = s.id AND e.recorded_at >= $3 LIMIT 1",
        )
        .bind(lot)
        .bind(party)
        .bind(since.micros())
        .fetch_optional(conn)
        .await
    })?;
    if came.is_some() {
        return Ok(None);
    }
    let (here, gone, claimed): (i64, i64, i64) = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT CAST(COALESCE((SELECT amount FROM holding WHERE lot_id = $1 AND party_id = $2), 0) AS BIGINT),
             CAST(COALESCE((SELECT SUM(amount) FROM balance_entry WHERE lot_id = $1 AND party_id = $2
                 AND account IN ('wasted', 'sold', 'sampled')), 0) AS BIGINT),
             CAST(COALESCE((SELECT SUM(amount) FROM recall_recovery WHERE recall_id = $3 AND party_id = $2
                 AND lot_id = $1), 0) AS BIGINT)",
        )
        .bind(lot)
        .bind(party)
        .bind(recall.as_uuid())
        .fetch_one(conn)
        .await
    })?;
    Ok(Some(here + gone - claimed))
}

async fn add_hands(tx: &mut Tx, lots: &[Uuid], all: &mut BTreeMap<Uuid, Goods>) -> Result<(), StoreError> {
    let mut hands: BTreeMap<(Uuid, Uuid), Hand> = BTreeMap::new();
    let empty = |party| Hand { party: PartyId::from(party), held: 0, wasted: 0, sold: 0, sampled: 0 };
    let held: Vec<(Uuid, Uuid, i64)> =
        among!(tx, (Uuid, Uuid, i64), "SELECT lot_id, party_id, amount FROM holding WHERE lot_id", lots, "")?;
    for (lot, party, amount) in held {
        hands.entry((lot, party)).or_insert_with(|| empty(party)).held = amount;
    }
    let gone: Vec<(Uuid, Uuid, String, i64)> = among!(
        tx,
        (Uuid, Uuid, String, i64),
        "SELECT lot_id, party_id, account, CAST(SUM(amount) AS BIGINT) FROM balance_entry WHERE lot_id",
        lots,
        " AND account IN ('wasted', 'sold', 'sampled') GROUP BY lot_id, party_id, account"
    )?;
    for (lot, party, account, amount) in gone {
        let hand = hands.entry((lot, party)).or_insert_with(|| empty(party));
        match account.as_str() {
            "wasted" => hand.wasted = amount,
            "sold" => hand.sold = amount,
            _ => hand.sampled = amount,
        }
    }
    for ((lot, _), hand) in hands {
        all.entry(lot).or_default().hands.push(hand);
    }
    Ok(())
}

async fn add_sent(tx: &mut Tx, lots: &[Uuid], all: &mut BTreeMap<Uuid, Goods>) -> Result<(), StoreError> {
    let rows: Vec<SentRow> = among!(
        tx,
        SentRow,
        "SELECT s.lot_id, s.from_party, s.to_party, s.amount, s.received + s.refused, s.lost, e.recorded_at
         FROM shipment s JOIN event e ON e.id = s.id WHERE s.lot_id",
        lots,
        " ORDER BY s.lot_id, e.recorded_at, s.id"
    )?;
    for (lot, from, to, amount, taken, lost, at) in rows {
        let sent = Sent {
            from: PartyId::from(from),
            to: PartyId::from(to),
            under_way: (amount - taken - lost).max(0),
            // More arrived than was sent only by reported facts: that is no more of these goods.
            taken: taken.min(amount),
            lost,
            at: Moment::from_micros(at),
        };
        all.entry(lot).or_default().sent.push(sent);
    }
    Ok(())
}
