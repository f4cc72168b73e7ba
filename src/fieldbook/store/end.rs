//! The SQL of what was said of the ends of seasons.
//!
//! What must stay true: rows are only added, and the last one of a season says whether and when it ended; the season's
//! own row says the same.

use crate::fieldbook::model::{SeasonEnd, TakenBack, Telling};
use crate::kernel::{Day, MandateId, Moment, PartyId, PersonId, SeasonId};
use crate::log;
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct EndRow {
    number: i64,
    cleared_on: Option<String>,
    entered_by: Uuid,
    entered_for: Uuid,
    mandate_id: Option<Uuid>,
    recorded_at: i64,
}

impl EndRow {
    fn telling(&self) -> Telling {
        Telling {
            by: PersonId::from_uuid(self.entered_by),
            recorder: PartyId::from_uuid(self.entered_for),
            mandate: self.mandate_id.map(MandateId::from_uuid),
            at: Moment::from_micros(self.recorded_at),
        }
    }
}

/// The name under which it is kept why an end was taken back by the `number`-th thing that was said.
#[must_use]
pub fn reason_field(number: i64) -> String {
    format!("reason-{number}")
}

/// Clears the plot: the season ends with `on`. `false` when it has ended already, or there is none.
///
/// # Errors
/// When the database fails.
pub async fn clear_season(tx: &mut Tx, id: SeasonId, on: Day, told: &Telling) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE season SET cleared_on = $2, cleared_by = $3, cleared_at = $4 \
             WHERE id = $1 AND cleared_on IS NULL AND withdrawn_at IS NULL AND began_on <= $2"
        )
        .bind(id.as_uuid())
        .bind(on.to_string())
        .bind(told.by.as_uuid())
        .bind(told.at.micros())
    )?;
    if done == 1 {
        say(tx, id, Some(on), told).await?;
    }
    Ok(done == 1)
}

/// Takes back the end of a season, which is open again: the number of what says so. Nothing when it has not ended, or
/// there is none.
///
/// # Errors
/// When the database fails.
pub async fn reopen_season(tx: &mut Tx, id: SeasonId, told: &Telling) -> Result<Option<i64>, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE season SET cleared_on = NULL, cleared_by = NULL, cleared_at = NULL \
             WHERE id = $1 AND cleared_on IS NOT NULL AND withdrawn_at IS NULL"
        )
        .bind(id.as_uuid())
    )?;
    if done == 1 { say(tx, id, None, told).await.map(Some) } else { Ok(None) }
}

/// Adds what is said of a season's end: a last day, or that the one before it is taken back. Its number.
async fn say(tx: &mut Tx, season: SeasonId, day: Option<Day>, told: &Telling) -> Result<i64, StoreError> {
    let last: i64 = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT CAST(COALESCE(MAX(number), 0) AS BIGINT) FROM season_end WHERE season_id = $1",
        )
        .bind(season.as_uuid())
        .fetch_one(conn)
        .await
    })?;
    run!(
        tx,
        sqlx::query(
            "INSERT INTO season_end (season_id, number, cleared_on, entered_by, entered_for, mandate_id, recorded_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(season.as_uuid())
        .bind(last + 1)
        .bind(day.map(|day| day.to_string()))
        .bind(told.by.as_uuid())
        .bind(told.recorder.as_uuid())
        .bind(told.mandate.as_ref().map(MandateId::as_uuid))
        .bind(told.at.micros())
    )?;
    Ok(last + 1)
}

/// The ends of a season as they were told, the first one first; those that were taken back among them.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn ends_of(tx: &mut Tx, season: SeasonId) -> Result<Vec<SeasonEnd>, StoreError> {
    let rows: Vec<EndRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT number, cleared_on, entered_by, entered_for, mandate_id, recorded_at FROM season_end \
         WHERE season_id = $1 ORDER BY number"
    )
    .bind(season.as_uuid())
    .fetch_all(conn)
    .await)?;
    let misfit = |why: String| StoreError::misfit("season_end", "cleared_on", season, why);
    let mut ends: Vec<SeasonEnd> = Vec::new();
    for row in rows {
        let told = row.telling();
        if let Some(day) = &row.cleared_on {
            let day = Day::parse(day).map_err(|problem| misfit(problem.to_string()))?;
            ends.push(SeasonEnd { day, told, taken_back: None });
            continue;
        }
        let kept = log::private(tx, season.as_uuid(), &reason_field(row.number)).await?;
        let reason = kept.as_ref().and_then(|kept| kept.value.as_str()).map(str::to_owned);
        let end = ends.last_mut().ok_or_else(|| misfit("nothing to take back".to_owned()))?;
        end.taken_back = Some(TakenBack { told, reason });
    }
    Ok(ends)
}
