//! The SQL of recalls: their rows, and what they begin with.

mod goods;
mod reach;
mod recovery;
mod told;

pub use goods::{Claim, Goods, Hand, Sent, goods, own};
pub use reach::{Made, affected, counts, reach, share_out, somewhere};
pub use recovery::{Sums, recover, recoveries, sums};
pub use told::{
    Answers, Batch, Reader, answers, batch, mark_told, notices, put_call, put_notices, shares, told_at,
};

use super::model::{Danger, Doer, Held, Kind, Origin, Phase, Recall, State, Way};
use crate::accounts::Role;
use crate::kernel::{Day, LotId, Moment, PartyId, PersonId, RecallId};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use std::fmt::Display;
use uuid::Uuid;

macro_rules! select_recall {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.number, r.kind, r.state, r.danger, r.way, r.reason, r.takes_back, r.until_day, r.proposed_at, \
             r.proposed_by, r.proposed_role, r.proposed_party, r.decided_at, r.decided_by, r.decided_role, r.decided_party, \
             r.decision_reason, r.closed_at, r.phase, r.told_up_to, r.reached_at, r.told_at, r.lots, r.holders, r.tells, r.seed, \
             r.report, r.note FROM recall r ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct RecallRow {
    id: Uuid,
    number: String,
    kind: String,
    state: String,
    danger: String,
    way: String,
    reason: String,
    takes_back: String,
    until_day: Option<String>,
    proposed_at: i64,
    proposed_by: Uuid,
    proposed_role: String,
    proposed_party: Option<Uuid>,
    decided_at: Option<i64>,
    decided_by: Option<Uuid>,
    decided_role: Option<String>,
    decided_party: Option<Uuid>,
    decision_reason: Option<String>,
    closed_at: Option<i64>,
    phase: String,
    told_up_to: Uuid,
    reached_at: Option<i64>,
    told_at: Option<i64>,
    lots: i64,
    holders: i64,
    tells: i64,
    seed: Option<i64>,
    report: Option<String>,
    note: Option<String>,
}

fn fit<T, E: Display>(column: &'static str, id: Uuid, value: Result<T, E>) -> Result<T, StoreError> {
    value.map_err(|why| StoreError::misfit("recall", column, id, why))
}

impl TryFrom<RecallRow> for Recall {
    type Error = StoreError;

    fn try_from(row: RecallRow) -> Result<Self, StoreError> {
        let id = row.id;
        let doer = |column, person: Uuid, role: &str, party: Option<Uuid>| {
            let role = fit(column, id, Role::parse(role))?;
            Ok::<_, StoreError>(Doer {
                person: PersonId::from(person),
                role,
                party: party.map(PartyId::from),
            })
        };
        let decided = match (row.decided_at, row.decided_by, &row.decided_role) {
            (Some(at), Some(by), Some(role)) => {
                Some((Moment::from_micros(at), doer("decided_role", by, role, row.decided_party)?))
            }
            _ => None,
        };
        let until = row.until_day.map(|day| fit("until_day", id, Day::parse(&day))).transpose()?;
        let report = row.report.map(|text| fit("report", id, serde_json::from_str(&text))).transpose()?;
        Ok(Self {
            id: RecallId::from(id),
            number: row.number,
            kind: fit("kind", id, Kind::parse(&row.kind))?,
            state: fit("state", id, State::parse(&row.state))?,
            danger: fit("danger", id, Danger::parse(&row.danger))?,
            way: fit("way", id, Way::parse(&row.way))?,
            reason: row.reason,
            takes_back: row.takes_back,
            until,
            proposed_at: Moment::from_micros(row.proposed_at),
            proposed_by: doer("proposed_role", row.proposed_by, &row.proposed_role, row.proposed_party)?,
            decided,
            decision_reason: row.decision_reason,
            closed_at: row.closed_at.map(Moment::from_micros),
            phase: fit("phase", id, Phase::parse(&row.phase))?,
            told_up_to: PartyId::from(row.told_up_to),
            reached_at: row.reached_at.map(Moment::from_micros),
            told_at: row.told_at.map(Moment::from_micros),
            lots: row.lots,
            holders: row.holders,
            tells: row.tells != 0,
            seed: row.seed,
            report,
            note: row.note,
        })
    }
}

/// How many recalls or drills began in a stretch of time. Not counted by how their numbers are spelt: each database sorts texts as it was
/// set up to.
///
/// # Errors
/// When the database fails.
pub async fn begun(tx: &mut Tx, kind: Kind, from: Moment, until: Moment) -> Result<i64, StoreError> {
    on!(tx, |conn| sqlx::query_scalar(
        "SELECT COUNT(*) FROM recall WHERE kind = $1 AND proposed_at >= $2 AND proposed_at < $3"
    )
    .bind(kind.as_str())
    .bind(from.micros())
    .bind(until.micros())
    .fetch_one(conn)
    .await)
}

/// Writes a recall and the lots that it begins with.
///
/// # Errors
/// When the database fails; a unique violation when the number is taken.
pub async fn insert(tx: &mut Tx, recall: &Recall, lots: &[LotId], hold: Held) -> Result<(), StoreError> {
    let (decided_at, decided) = recall.decided.map_or((None, None), |(at, doer)| (Some(at), Some(doer)));
    run!(
        tx,
        sqlx::query(
            "INSERT INTO recall (id, number, kind, state, danger, way, reason, takes_back, until_day, proposed_at, proposed_by, \
             proposed_role, proposed_party, decided_at, decided_by, decided_role, decided_party, phase, told_up_to, tells, seed) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)"
        )
        .bind(recall.id.as_uuid())
        .bind(recall.number.as_str())
        .bind(recall.kind.as_str())
        .bind(recall.state.as_str())
        .bind(recall.danger.as_str())
        .bind(recall.way.as_str())
        .bind(recall.reason.as_str())
        .bind(recall.takes_back.as_str())
        .bind(recall.until.map(|day| day.to_string()))
        .bind(recall.proposed_at.micros())
        .bind(recall.proposed_by.person.as_uuid())
        .bind(recall.proposed_by.role.as_str())
        .bind(recall.proposed_by.party.map(|party| party.as_uuid()))
        .bind(decided_at.map(Moment::micros))
        .bind(decided.map(|doer| doer.person.as_uuid()))
        .bind(decided.map(|doer| doer.role.as_str()))
        .bind(decided.and_then(|doer| doer.party).map(|party| party.as_uuid()))
        .bind(recall.phase.as_str())
        .bind(recall.told_up_to.as_uuid())
        .bind(i64::from(recall.tells))
        .bind(recall.seed)
    )?;
    for lot in lots {
        run!(
            tx,
            sqlx::query(
                "INSERT INTO recall_origin (recall_id, lot_id, hold, recalled) VALUES ($1, $2, $3, 0)"
            )
            .bind(recall.id.as_uuid())
            .bind(lot.as_uuid())
            .bind(hold.as_str())
        )?;
    }
    Ok(())
}

/// The recall with this id.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn find(tx: &mut Tx, id: RecallId) -> Result<Option<Recall>, StoreError> {
    let row: Option<RecallRow> = on!(tx, |conn| sqlx::query_as(select_recall!("WHERE r.id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await)?;
    row.map(Recall::try_from).transpose()
}

/// The recall with this number.
///
/// # Errors
/// When the database fails or the row does not fit.
pub async fn by_number(tx: &mut Tx, number: &str) -> Result<Option<Recall>, StoreError> {
    let row: Option<RecallRow> = on!(tx, |conn| sqlx::query_as(select_recall!("WHERE r.number = $1"))
        .bind(number)
        .fetch_optional(conn)
        .await)?;
    row.map(Recall::try_from).transpose()
}

/// Whose list of recalls is read.
#[derive(Clone, Copy, Debug)]
pub enum Whose {
    /// What everybody may see.
    Public,
    /// What everybody may see, and what a party proposed, owns a lot of, or was told of.
    Party(PartyId),
    /// Everything.
    Authority,
}

/// Recalls, the newest first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn list(
    tx: &mut Tx,
    whose: Whose,
    before: (Moment, Uuid),
    limit: i64,
) -> Result<Vec<Recall>, StoreError> {
    let (all, party) = match whose {
        Whose::Public => (0_i64, None),
        Whose::Party(party) => (0, Some(party.as_uuid())),
        Whose::Authority => (1, None),
    };
    let rows: Vec<RecallRow> = on!(tx, |conn| {
        sqlx::query_as(select_recall!(
        "WHERE (r.proposed_at < $1 OR (r.proposed_at = $1 AND r.id < $2)) AND ($3 = 1
         OR (r.kind = 'recall' AND r.state IN ('decided', 'closed')) OR r.proposed_party = $4
         OR EXISTS (SELECT 1 FROM recall_notice n WHERE n.recall_id = r.id AND n.party_id = $4 AND n.message_id IS NOT NULL)
         OR (r.kind = 'recall' AND EXISTS (SELECT 1 FROM recall_origin o JOIN lot l ON l.id = o.lot_id
             WHERE o.recall_id = r.id AND l.party_id = $4)))
         ORDER BY r.proposed_at DESC, r.id DESC LIMIT $5"
    ))
    .bind(before.0.micros())
    .bind(before.1)
    .bind(all)
    .bind(party)
    .bind(limit)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Recall::try_from).collect()
}

/// The lots that a recall begins with.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn origins(tx: &mut Tx, id: RecallId) -> Result<Vec<Origin>, StoreError> {
    let rows: Vec<(Uuid, String, i64)> = on!(tx, |conn| sqlx::query_as(
        "SELECT lot_id, hold, recalled FROM recall_origin WHERE recall_id = $1 ORDER BY lot_id"
    )
    .bind(id.as_uuid())
    .fetch_all(conn)
    .await)?;
    rows.into_iter()
        .map(|(lot, hold, recalled)| {
            let hold = Held::parse(&hold)
                .map_err(|why| StoreError::misfit("recall_origin", "hold", id, why.to_string()))?;
            Ok(Origin { lot: LotId::from(lot), hold, recalled: recalled != 0 })
        })
        .collect()
}

/// The recall that a lot is in already: one that begins with it, or a decided one that reaches it; its number and state.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn about(tx: &mut Tx, lot: LotId) -> Result<Option<(String, State)>, StoreError> {
    let row: Option<(String, String)> = on!(tx, |conn| sqlx::query_as(
        "SELECT r.number, r.state FROM recall r WHERE r.kind = 'recall' AND r.state <> 'rejected' AND (
         EXISTS (SELECT 1 FROM recall_origin o WHERE o.recall_id = r.id AND o.lot_id = $1)
         OR EXISTS (SELECT 1 FROM recall_reach t WHERE t.recall_id = r.id AND t.thing_id = $1))
         ORDER BY r.proposed_at LIMIT 1"
    )
    .bind(lot.as_uuid())
    .fetch_optional(conn)
    .await)?;
    row.map(|(number, state)| Ok((number, fit("state", lot.as_uuid(), State::parse(&state))?))).transpose()
}

/// The number of the public recall that a lot is in.
///
/// # Errors
/// When the database fails.
pub async fn public_about(tx: &mut Tx, lot: LotId) -> Result<Option<String>, StoreError> {
    on!(tx, |conn| sqlx::query_scalar(
        "SELECT r.number FROM recall r WHERE r.kind = 'recall' AND r.state IN ('decided', 'closed') AND (
         EXISTS (SELECT 1 FROM recall_origin o WHERE o.recall_id = r.id AND o.lot_id = $1)
         OR EXISTS (SELECT 1 FROM recall_reach t WHERE t.recall_id = r.id AND t.thing_id = $1))
         ORDER BY r.decided_at LIMIT 1"
    )
    .bind(lot.as_uuid())
    .fetch_optional(conn)
    .await)
}

/// Decides or rejects a recall that is proposed; whether it still was.
///
/// # Errors
/// When the database fails.
pub async fn decide(
    tx: &mut Tx,
    id: RecallId,
    to: (State, Phase),
    by: Doer,
    at: Moment,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE recall SET state = $2, phase = $3, decided_at = $4, decided_by = $5, decided_role = $6, decided_party = $7, \
             decision_reason = $8 WHERE id = $1 AND state = 'proposed'"
        )
        .bind(id.as_uuid())
        .bind(to.0.as_str())
        .bind(to.1.as_str())
        .bind(at.micros())
        .bind(by.person.as_uuid())
        .bind(by.role.as_str())
        .bind(by.party.map(|party| party.as_uuid()))
        .bind(reason)
    )?;
    Ok(touched > 0)
}

/// Closes a recall or drill that is decided and told, with its figures; whether it still was open.
///
/// # Errors
/// When the database fails.
pub async fn close(
    tx: &mut Tx,
    id: RecallId,
    by: PersonId,
    at: Moment,
    report: &str,
    note: Option<&str>,
) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE recall SET state = 'closed', closed_at = $2, closed_by = $3, report = $4, note = $5
             WHERE id = $1 AND state = 'decided' AND phase = 'told'"
        )
        .bind(id.as_uuid())
        .bind(at.micros())
        .bind(by.as_uuid())
        .bind(report)
        .bind(note)
    )?;
    Ok(touched > 0)
}

/// Notes what became of the hold on a lot, and whether the door has recalled it.
///
/// # Errors
/// When the database fails.
pub async fn mark_origin(tx: &mut Tx, id: RecallId, origin: &Origin) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("UPDATE recall_origin SET hold = $3, recalled = $4 WHERE recall_id = $1 AND lot_id = $2")
            .bind(id.as_uuid())
            .bind(origin.lot.as_uuid())
            .bind(origin.hold.as_str())
            .bind(i64::from(origin.recalled))
    )?;
    Ok(())
}

/// Recalls whose acts at the door are not all done: holds that are wanted, recalls that are decided, holds to lift.
///
/// # Errors
/// When the database fails.
pub async fn unsettled(tx: &mut Tx) -> Result<Vec<RecallId>, StoreError> {
    let rows: Vec<(Uuid,)> = on!(tx, |conn| sqlx::query_as(
        "SELECT DISTINCT r.id FROM recall r JOIN recall_origin o ON o.recall_id = r.id
         WHERE r.kind = 'recall' AND ((r.state IN ('proposed', 'decided') AND o.hold = 'wanted')
         OR (r.state = 'decided' AND o.recalled = 0) OR (r.state = 'rejected' AND o.hold = 'ours'))"
    )
    .fetch_all(conn)
    .await)?;
    Ok(rows.into_iter().map(|(id,)| RecallId::from(id)).collect())
}

/// The decided recalls and drills whose notices are not done, and the recalls that were not looked at since `stale`: the oldest decision first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn under_way(tx: &mut Tx, stale: Moment) -> Result<Vec<Recall>, StoreError> {
    let rows: Vec<RecallRow> = on!(tx, |conn| {
        sqlx::query_as(select_recall!(
            "WHERE r.state = 'decided' AND (r.phase IN ('reaching', 'telling')
             OR (r.kind = 'recall' AND r.phase = 'told' AND r.looked_at < $1)) ORDER BY r.decided_at, r.id"
        ))
        .bind(stale.micros())
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter().map(Recall::try_from).collect()
}

/// The closed recalls, at most so many, that are being looked at again or were not since `stale`; those that were closed before `settled`, not since
/// `old`. The one that was looked at longest ago comes first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn closed(
    tx: &mut Tx,
    stale: Moment,
    (settled, old): (Moment, Moment),
    most: i64,
) -> Result<Vec<Recall>, StoreError> {
    let rows: Vec<RecallRow> = on!(tx, |conn| {
        sqlx::query_as(select_recall!(
            "WHERE r.kind = 'recall' AND r.state = 'closed' AND (r.phase IN ('reaching', 'telling')
             OR (r.phase = 'told' AND r.looked_at < CASE WHEN r.closed_at < $2 THEN $3 ELSE $1 END))
             ORDER BY r.looked_at, r.id LIMIT $4"
        ))
        .bind(stale.micros())
        .bind(settled.micros())
        .bind(old.micros())
        .bind(most)
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter().map(Recall::try_from).collect()
}

/// Puts a closed recall off as if it were looked at then: behind the others, or for ever.
///
/// # Errors
/// When the database fails.
pub async fn put_off(tx: &mut Tx, id: RecallId, until: Moment) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("UPDATE recall SET looked_at = $2 WHERE id = $1 AND state = 'closed'")
            .bind(id.as_uuid())
            .bind(until.micros())
    )?;
    Ok(())
}

/// The drills that have told everybody and wait for their record.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn unrecorded(tx: &mut Tx) -> Result<Vec<Recall>, StoreError> {
    let rows: Vec<RecallRow> = on!(tx, |conn| sqlx::query_as(select_recall!(
        "WHERE r.state = 'decided' AND r.kind = 'drill' AND r.phase = 'told' ORDER BY r.decided_at, r.id"
    ))
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Recall::try_from).collect()
}

/// Moves a decided or closed recall from one phase of its notices to another; whether it stood there.
///
/// # Errors
/// When the database fails.
pub async fn step(tx: &mut Tx, id: RecallId, from: Phase, to: Phase) -> Result<bool, StoreError> {
    let touched = run!(
        tx,
        sqlx::query(
            "UPDATE recall SET phase = $3, told_up_to = $4 WHERE id = $1 AND phase = $2 AND state IN ('decided', 'closed')"
        )
        .bind(id.as_uuid())
        .bind(from.as_str())
        .bind(to.as_str())
        .bind(Uuid::nil())
    )?;
    Ok(touched > 0)
}

/// When the last drill of a party ended; without one, the authority's.
///
/// # Errors
/// When the database fails.
pub async fn last_drill(tx: &mut Tx, party: Option<PartyId>) -> Result<Option<Moment>, StoreError> {
    let at: Option<i64> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT MAX(closed_at) FROM recall WHERE kind = 'drill' AND state = 'closed'
         AND (proposed_party = $1 OR ($1 IS NULL AND proposed_party IS NULL))"
    )
    .bind(party.map(|party| party.as_uuid()))
    .fetch_one(conn)
    .await)?;
    Ok(at.map(Moment::from_micros))
}

/// The last drill of a party whose holders get messages that is not ended, or that began after `since`: when it began.
///
/// # Errors
/// When the database fails.
pub async fn telling_drill(tx: &mut Tx, party: PartyId, since: Moment) -> Result<Option<Moment>, StoreError> {
    let at: Option<i64> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT MAX(proposed_at) FROM recall WHERE kind = 'drill' AND tells = 1 AND proposed_party = $1
         AND (state = 'decided' OR proposed_at > $2)"
    )
    .bind(party.as_uuid())
    .bind(since.micros())
    .fetch_one(conn)
    .await)?;
    Ok(at.map(Moment::from_micros))
}

/// The first lot whose short code is this one or comes after it, else the first of all; with `party` of its own lots.
///
/// # Errors
/// When the database fails.
pub async fn drawn(tx: &mut Tx, from: &str, party: Option<PartyId>) -> Result<Option<LotId>, StoreError> {
    for from in [from, ""] {
        let row: Option<(Uuid,)> = match party {
            None => on!(tx, |conn| sqlx::query_as(
                "SELECT id FROM lot WHERE short_code >= $1 ORDER BY short_code LIMIT 1"
            )
            .bind(from)
            .fetch_optional(conn)
            .await)?,
            // `|| ''` keeps either database from walking through the lots of all by their short codes.
            Some(party) => on!(tx, |conn| {
                sqlx::query_as(
                "SELECT id FROM lot WHERE party_id = $2 AND short_code || '' >= $1 ORDER BY short_code || '' LIMIT 1"
            )
            .bind(from)
            .bind(party.as_uuid())
            .fetch_optional(conn)
            .await
            })?,
        };
        if let Some((id,)) = row {
            return Ok(Some(LotId::from(id)));
        }
    }
    Ok(None)
}
