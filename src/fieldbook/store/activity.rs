//! The SQL of entries. An entry is never changed: that it is wrong stands in a row of its own.

use super::spray;
use crate::fieldbook::model::{Activity, Copies, Correction, Details, Kind, Left, Origin};
use crate::kernel::fold::fold;
use crate::kernel::{
    ActivityId, Day, MandateId, MeasureUnit, Moment, PartyId, PersonId, PlaceId, SeasonId, Sha256Hash,
    TemplateId,
};
use crate::log;
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// The statement for whole rows, with what follows the join.
macro_rules! select_activity {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.party_id, a.kind, a.place_id, a.season_id, a.day, a.at, a.equipment, a.details, a.input, \
             a.amount, a.unit, a.entry_id, a.fingerprint, a.origin, a.copied_from, a.entered_by, a.entered_for, \
             a.mandate_id, a.recorded_at, c.declared_at, c.replaced_by \
             FROM activity a LEFT JOIN activity_correction c ON c.activity_id = a.id ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct ActivityRow {
    id: Uuid,
    party_id: Uuid,
    kind: String,
    place_id: Option<Uuid>,
    season_id: Option<Uuid>,
    day: String,
    at: Option<i64>,
    equipment: Option<String>,
    details: String,
    input: Option<String>,
    amount: Option<i64>,
    unit: Option<String>,
    entry_id: Uuid,
    fingerprint: Vec<u8>,
    origin: String,
    copied_from: Option<Uuid>,
    entered_by: Uuid,
    entered_for: Uuid,
    mandate_id: Option<Uuid>,
    recorded_at: i64,
    declared_at: Option<i64>,
    replaced_by: Option<Uuid>,
}

fn origin(row: &ActivityRow) -> Result<Origin, StoreError> {
    Ok(match (row.origin.as_str(), row.copied_from) {
        ("form", None) => Origin::Form,
        ("api", None) => Origin::Api,
        ("copied", Some(from)) => Origin::Copied(ActivityId::from_uuid(from)),
        ("template", Some(from)) => Origin::Template(TemplateId::from_uuid(from)),
        _ => return Err(StoreError::misfit("activity", "origin", row.id, &row.origin)),
    })
}

impl TryFrom<ActivityRow> for Activity {
    type Error = StoreError;

    fn try_from(row: ActivityRow) -> Result<Self, StoreError> {
        let misfit = |column| move |why| StoreError::misfit("activity", column, row.id, why);
        let fingerprint = <[u8; 32]>::try_from(row.fingerprint.as_slice())
            .map_err(|_| StoreError::misfit("activity", "fingerprint", row.id, "not 32 bytes"))?;
        let details: Details = serde_json::from_str(&row.details)
            .map_err(|why| StoreError::misfit("activity", "details", row.id, why))?;
        let unit = row.unit.as_deref().map(MeasureUnit::parse).transpose().map_err(misfit("unit"))?;
        Ok(Self {
            id: ActivityId::from_uuid(row.id),
            party: PartyId::from_uuid(row.party_id),
            kind: Kind::parse(&row.kind).map_err(misfit("kind"))?,
            place: row.place_id.map(PlaceId::from_uuid),
            season: row.season_id.map(SeasonId::from_uuid),
            day: Day::parse(&row.day).map_err(misfit("day"))?,
            at: row.at.map(Moment::from_micros),
            amount: row.amount.zip(unit),
            details,
            spray: None,
            entry: ActivityId::from_uuid(row.entry_id),
            fingerprint: Sha256Hash::from_bytes(fingerprint),
            origin: origin(&row)?,
            entered_by: PersonId::from_uuid(row.entered_by),
            entered_for: PartyId::from_uuid(row.entered_for),
            mandate: row.mandate_id.map(MandateId::from_uuid),
            recorded_at: Moment::from_micros(row.recorded_at),
            wrong: row.declared_at.map(|at| Correction {
                declared_at: Moment::from_micros(at),
                replaced_by: row.replaced_by.map(ActivityId::from_uuid),
            }),
            equipment: row.equipment,
            input: row.input,
            person: None,
            source: None,
            note: None,
        })
    }
}

/// Adds the row of an entry.
///
/// # Errors
/// When the database fails; an id that is taken is a unique violation.
pub async fn insert_activity(tx: &mut Tx, activity: &Activity) -> Result<(), StoreError> {
    let details = serde_json::to_string(&activity.details)
        .map_err(|why| StoreError::misfit("activity", "details", activity.id, why))?;
    let copied_from = match &activity.origin {
        Origin::Form | Origin::Api => None,
        Origin::Copied(from) => Some(from.as_uuid()),
        Origin::Template(from) => Some(from.as_uuid()),
    };
    run!(
        tx,
        sqlx::query(
            "INSERT INTO activity (id, party_id, kind, place_id, season_id, day, at, equipment, details, input, \
             input_folded, amount, unit, entry_id, fingerprint, origin, copied_from, entered_by, entered_for, mandate_id, \
             recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, \
             $20, $21)"
        )
        .bind(activity.id.as_uuid())
        .bind(activity.party.as_uuid())
        .bind(activity.kind.as_str())
        .bind(activity.place.as_ref().map(PlaceId::as_uuid))
        .bind(activity.season.as_ref().map(SeasonId::as_uuid))
        .bind(activity.day.to_string())
        .bind(activity.at.map(Moment::micros))
        .bind(activity.equipment.as_deref())
        .bind(details.as_str())
        .bind(activity.input.as_deref())
        .bind(activity.input.as_deref().map(fold))
        .bind(activity.amount.map(|(amount, _)| amount))
        .bind(activity.amount.map(|(_, unit)| unit.as_str()))
        .bind(activity.entry.as_uuid())
        .bind(activity.fingerprint.as_bytes().as_slice())
        .bind(activity.origin.as_str())
        .bind(copied_from)
        .bind(activity.entered_by.as_uuid())
        .bind(activity.entered_for.as_uuid())
        .bind(activity.mandate.as_ref().map(MandateId::as_uuid))
        .bind(activity.recorded_at.micros())
    )?;
    Ok(())
}

/// Declares an entry wrong. `false` when it was declared wrong before.
///
/// # Errors
/// When the database fails.
pub async fn declare_wrong(
    tx: &mut Tx,
    activity: ActivityId,
    replaced_by: Option<ActivityId>,
    by: PersonId,
    recorder: PartyId,
    mandate: Option<MandateId>,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "INSERT INTO activity_correction (activity_id, replaced_by, declared_by, declared_for, mandate_id, declared_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
        )
        .bind(activity.as_uuid())
        .bind(replaced_by.as_ref().map(ActivityId::as_uuid))
        .bind(by.as_uuid())
        .bind(recorder.as_uuid())
        .bind(mandate.as_ref().map(MandateId::as_uuid))
        .bind(now.micros())
    )?;
    Ok(done == 1)
}

/// Whether an entry was declared wrong.
///
/// # Errors
/// When the database fails.
pub async fn is_wrong(tx: &mut Tx, activity: ActivityId) -> Result<bool, StoreError> {
    let row: Option<(i64,)> =
        on!(tx, |conn| sqlx::query_as("SELECT declared_at FROM activity_correction WHERE activity_id = $1")
            .bind(activity.as_uuid())
            .fetch_optional(conn)
            .await)?;
    Ok(row.is_some())
}

/// The entries with their sprays.
async fn whole(tx: &mut Tx, rows: Vec<ActivityRow>) -> Result<Vec<Activity>, StoreError> {
    let mut activities = rows.into_iter().map(Activity::try_from).collect::<Result<Vec<_>, _>>()?;
    let sprays: Vec<ActivityId> = activities
        .iter()
        .filter(|activity| activity.kind == Kind::Spray)
        .map(|activity| activity.id)
        .collect();
    if !sprays.is_empty() {
        let mut found = spray::sprays_among(tx, &sprays).await?;
        for activity in &mut activities {
            if let Some(place) = found.iter().position(|spray| spray.activity == activity.id) {
                activity.spray = Some(found.swap_remove(place));
            }
        }
    }
    Ok(activities)
}

/// Reads the private values of an entry into it, as far as they were not erased.
async fn unfold(tx: &mut Tx, activity: &mut Activity) -> Result<(), StoreError> {
    let subject = activity.id.as_uuid();
    for (field, value) in
        [("person", &mut activity.person), ("source", &mut activity.source), ("note", &mut activity.note)]
    {
        let kept = log::private(tx, subject, field).await?;
        *value = kept.and_then(|kept| kept.value.as_str().map(str::to_owned));
    }
    Ok(())
}

/// The entry with this id, with its private values.
///
/// # Errors
/// When the database fails.
pub async fn activity(tx: &mut Tx, id: ActivityId) -> Result<Option<Activity>, StoreError> {
    let row: Option<ActivityRow> = on!(tx, |conn| sqlx::query_as(select_activity!("WHERE a.id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await)?;
    let Some(row) = row else { return Ok(None) };
    let mut activity = whole(tx, vec![row]).await?.into_iter().next();
    if let Some(activity) = &mut activity {
        unfold(tx, activity).await?;
    }
    Ok(activity)
}

/// The entries that were sent under one key.
///
/// # Errors
/// When the database fails.
pub async fn among_entry(tx: &mut Tx, entry: ActivityId) -> Result<Vec<Activity>, StoreError> {
    let rows: Vec<ActivityRow> =
        on!(tx, |conn| sqlx::query_as(select_activity!("WHERE a.entry_id = $1 ORDER BY a.id"))
            .bind(entry.as_uuid())
            .fetch_all(conn)
            .await)?;
    whole(tx, rows).await
}

/// A stretch of a party's book: of one plot where given; the latest day first, below `before`.
///
/// # Errors
/// When the database fails.
pub async fn activities_of(
    tx: &mut Tx,
    party: PartyId,
    place: Option<PlaceId>,
    before: Option<(Day, Uuid)>,
    limit: i64,
) -> Result<Vec<Activity>, StoreError> {
    let (day, id) = before.map_or(("9999-12-31".to_owned(), Uuid::max()), |(day, id)| (day.to_string(), id));
    let rows: Vec<ActivityRow> = match place {
        Some(place) => on!(tx, |conn| sqlx::query_as(select_activity!(
            "WHERE a.party_id = $1 AND a.place_id = $2 AND (a.day < $3 OR (a.day = $3 AND a.id < $4)) \
             ORDER BY a.day DESC, a.id DESC LIMIT $5"
        ))
        .bind(party.as_uuid())
        .bind(place.as_uuid())
        .bind(day.as_str())
        .bind(id)
        .bind(limit)
        .fetch_all(conn)
        .await)?,
        None => on!(tx, |conn| sqlx::query_as(select_activity!(
            "WHERE a.party_id = $1 AND (a.day < $2 OR (a.day = $2 AND a.id < $3)) \
             ORDER BY a.day DESC, a.id DESC LIMIT $4"
        ))
        .bind(party.as_uuid())
        .bind(day.as_str())
        .bind(id)
        .bind(limit)
        .fetch_all(conn)
        .await)?,
    };
    whole(tx, rows).await
}

/// The entries of a season, the latest day first.
///
/// # Errors
/// When the database fails.
pub async fn activities_of_season(
    tx: &mut Tx,
    season: SeasonId,
    limit: i64,
) -> Result<Vec<Activity>, StoreError> {
    let rows: Vec<ActivityRow> = on!(tx, |conn| sqlx::query_as(select_activity!(
        "WHERE a.season_id = $1 ORDER BY a.day DESC, a.id DESC LIMIT $2"
    ))
    .bind(season.as_uuid())
    .bind(limit)
    .fetch_all(conn)
    .await)?;
    let mut activities = whole(tx, rows).await?;
    for activity in &mut activities {
        unfold(tx, activity).await?;
    }
    Ok(activities)
}

/// The latest entries of a kind in a party's book that stand: what was typed once is offered the next time.
///
/// # Errors
/// When the database fails.
pub async fn latest_like(
    tx: &mut Tx,
    party: PartyId,
    kind: Kind,
    limit: i64,
) -> Result<Vec<Activity>, StoreError> {
    let rows: Vec<ActivityRow> = on!(tx, |conn| {
        sqlx::query_as(select_activity!(
        "WHERE a.party_id = $1 AND a.kind = $2 AND c.activity_id IS NULL ORDER BY a.day DESC, a.id DESC LIMIT $3"
    ))
    .bind(party.as_uuid())
    .bind(kind.as_str())
    .bind(limit)
    .fetch_all(conn)
    .await
    })?;
    let mut activities = whole(tx, rows).await?;
    for activity in &mut activities {
        unfold(tx, activity).await?;
    }
    Ok(activities)
}

/// The last entry of a kind in a party's book that stands, of one plot where given: what "same as last time" copies.
///
/// # Errors
/// When the database fails.
pub async fn last_like(
    tx: &mut Tx,
    party: PartyId,
    kind: Kind,
    place: Option<PlaceId>,
) -> Result<Option<Activity>, StoreError> {
    let row: Option<ActivityRow> = match place {
        Some(place) => on!(tx, |conn| sqlx::query_as(select_activity!(
            "WHERE a.place_id = $1 AND a.kind = $2 AND a.party_id = $3 AND c.activity_id IS NULL \
             ORDER BY a.day DESC, a.id DESC LIMIT 1"
        ))
        .bind(place.as_uuid())
        .bind(kind.as_str())
        .bind(party.as_uuid())
        .fetch_optional(conn)
        .await)?,
        None => on!(tx, |conn| sqlx::query_as(select_activity!(
            "WHERE a.party_id = $1 AND a.kind = $2 AND c.activity_id IS NULL \
             ORDER BY a.day DESC, a.id DESC LIMIT 1"
        ))
        .bind(party.as_uuid())
        .bind(kind.as_str())
        .fetch_optional(conn)
        .await)?,
    };
    let Some(row) = row else { return Ok(None) };
    let mut activity = whole(tx, vec![row]).await?.into_iter().next();
    if let Some(activity) = &mut activity {
        unfold(tx, activity).await?;
    }
    Ok(activity)
}

/// What is left of each input by the book of a party: in − used, of the entries that stand.
///
/// # Errors
/// When the database fails.
pub async fn left(tx: &mut Tx, party: PartyId) -> Result<Vec<Left>, StoreError> {
    let rows: Vec<(String, i64, String)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT MAX(a.input), CAST(SUM(a.amount) AS BIGINT), a.unit FROM activity a \
         WHERE a.party_id = $1 AND a.input_folded IS NOT NULL AND a.unit IS NOT NULL \
         AND a.kind IN ('fertiliser_purchase', 'pesticide_purchase', 'fertiliser_use', 'spray', 'stock_count') \
         AND NOT EXISTS (SELECT 1 FROM activity_correction c WHERE c.activity_id = a.id) \
         GROUP BY a.input_folded, a.unit ORDER BY a.input_folded, a.unit"
    )
    .bind(party.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter()
        .map(|(input, amount, unit)| {
            let unit = MeasureUnit::parse(&unit)
                .map_err(|why| StoreError::misfit("activity", "unit", party, why))?;
            Ok(Left { input, amount, unit })
        })
        .collect()
}

/// What is left of one input in one unit by the book of a party.
///
/// # Errors
/// When the database fails.
pub async fn left_of(tx: &mut Tx, party: PartyId, input: &str, unit: MeasureUnit) -> Result<i64, StoreError> {
    let (sum,): (i64,) = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT CAST(COALESCE(SUM(a.amount), 0) AS BIGINT) FROM activity a \
         WHERE a.party_id = $1 AND a.input_folded = $2 AND a.unit = $3 \
         AND a.kind IN ('fertiliser_purchase', 'pesticide_purchase', 'fertiliser_use', 'spray', 'stock_count') \
         AND NOT EXISTS (SELECT 1 FROM activity_correction c WHERE c.activity_id = a.id)"
    )
    .bind(party.as_uuid())
    .bind(fold(input))
    .bind(unit.as_str())
    .fetch_one(conn)
    .await
    })?;
    Ok(sum)
}

/// How many entries of a party's book, or of one season, were copied, of those that stand.
///
/// # Errors
/// When the database fails.
pub async fn copies(tx: &mut Tx, party: PartyId, season: Option<SeasonId>) -> Result<Copies, StoreError> {
    let (copied, all): (i64, i64) = match season {
        Some(season) => on!(tx, |conn| sqlx::query_as(
            "SELECT CAST(COALESCE(SUM(CASE WHEN a.copied_from IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT), \
             CAST(COUNT(*) AS BIGINT) FROM activity a WHERE a.season_id = $1 AND a.party_id = $2 \
             AND NOT EXISTS (SELECT 1 FROM activity_correction c WHERE c.activity_id = a.id)"
        )
        .bind(season.as_uuid())
        .bind(party.as_uuid())
        .fetch_one(conn)
        .await)?,
        None => on!(tx, |conn| sqlx::query_as(
            "SELECT CAST(COALESCE(SUM(CASE WHEN a.copied_from IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT), \
             CAST(COUNT(*) AS BIGINT) FROM activity a WHERE a.party_id = $1 \
             AND NOT EXISTS (SELECT 1 FROM activity_correction c WHERE c.activity_id = a.id)"
        )
        .bind(party.as_uuid())
        .fetch_one(conn)
        .await)?,
    };
    Ok(Copies { copied, all })
}
