//! The SQL of seasons.

use crate::fieldbook::model::{NewSeason, Season, Seed};
use crate::kernel::{
    Area, CropCode, Day, MandateId, Measure, MeasureUnit, Moment, PartyId, PersonId, PlaceId, SeasonId,
    Sha256Hash,
};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// The statement for whole rows, with what follows `FROM season`.
macro_rules! select_season {
    ($rest:literal) => {
        concat!(
            "SELECT id, party_id, place_id, crop, variety, began_on, expected_end, area_m2, seed_source, seed_lot, \
             seed_amount, seed_unit, cleared_on, withdrawn_at, entered_by, entered_for, mandate_id, recorded_at \
             FROM season ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct SeasonRow {
    id: Uuid,
    party_id: Uuid,
    place_id: Uuid,
    crop: String,
    variety: Option<String>,
    began_on: String,
    expected_end: Option<String>,
    area_m2: i64,
    seed_source: Option<String>,
    seed_lot: Option<String>,
    seed_amount: Option<i64>,
    seed_unit: Option<String>,
    cleared_on: Option<String>,
    withdrawn_at: Option<i64>,
    entered_by: Uuid,
    entered_for: Uuid,
    mandate_id: Option<Uuid>,
    recorded_at: i64,
}

impl TryFrom<SeasonRow> for Season {
    type Error = StoreError;

    fn try_from(row: SeasonRow) -> Result<Self, StoreError> {
        let misfit = |column| move |why| StoreError::misfit("season", column, row.id, why);
        let amount = match (row.seed_amount, row.seed_unit) {
            (Some(amount), Some(unit)) => Some(
                MeasureUnit::parse(&unit)
                    .and_then(|unit| Measure::new(amount, unit))
                    .map_err(misfit("seed_amount"))?,
            ),
            _ => None,
        };
        Ok(Self {
            id: SeasonId::from_uuid(row.id),
            party: PartyId::from_uuid(row.party_id),
            place: PlaceId::from_uuid(row.place_id),
            crop: CropCode::parse(&row.crop).map_err(misfit("crop"))?,
            variety: row.variety,
            began_on: Day::parse(&row.began_on).map_err(misfit("began_on"))?,
            expected_end: row
                .expected_end
                .as_deref()
                .map(Day::parse)
                .transpose()
                .map_err(misfit("expected_end"))?,
            area: Area::new(row.area_m2).map_err(misfit("area_m2"))?,
            seed: Seed { source: row.seed_source, lot: row.seed_lot, amount },
            cleared_on: row
                .cleared_on
                .as_deref()
                .map(Day::parse)
                .transpose()
                .map_err(misfit("cleared_on"))?,
            withdrawn_at: row.withdrawn_at.map(Moment::from_micros),
            entered_by: PersonId::from_uuid(row.entered_by),
            entered_for: PartyId::from_uuid(row.entered_for),
            mandate: row.mandate_id.map(MandateId::from_uuid),
            recorded_at: Moment::from_micros(row.recorded_at),
        })
    }
}

/// Who enters a season into whose book.
#[derive(Clone, Copy, Debug)]
pub struct SeasonEntry {
    /// The id of the new season: the key that it was sent under.
    pub id: SeasonId,
    /// SHA-256 of what was sent.
    pub fingerprint: Sha256Hash,
    /// Whose book.
    pub party: PartyId,
    /// The person.
    pub by: PersonId,
    /// The party of that person.
    pub recorder: PartyId,
    /// The mandate, when it is another party's book.
    pub mandate: Option<MandateId>,
    /// Now.
    pub now: Moment,
}

/// Adds a season.
///
/// # Errors
/// When the database fails.
pub async fn insert_season(
    tx: &mut Tx,
    entry: &SeasonEntry,
    new: &NewSeason,
    area: Area,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO season (id, party_id, place_id, crop, variety, began_on, expected_end, area_m2, seed_source, \
             seed_lot, seed_amount, seed_unit, entered_by, entered_for, mandate_id, fingerprint, recorded_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
        )
        .bind(entry.id.as_uuid())
        .bind(entry.party.as_uuid())
        .bind(new.place.as_uuid())
        .bind(new.crop.as_str())
        .bind(new.variety.as_ref().map(AsRef::as_ref))
        .bind(new.began_on.to_string())
        .bind(new.expected_end.map(|day| day.to_string()))
        .bind(area.square_metres())
        .bind(new.seed_source.as_ref().map(AsRef::as_ref))
        .bind(new.seed_lot.as_ref().map(AsRef::as_ref))
        .bind(new.seed_amount.map(Measure::amount))
        .bind(new.seed_amount.map(|amount| amount.unit().as_str()))
        .bind(entry.by.as_uuid())
        .bind(entry.recorder.as_uuid())
        .bind(entry.mandate.as_ref().map(MandateId::as_uuid))
        .bind(entry.fingerprint.as_bytes().as_slice())
        .bind(entry.now.micros())
    )?;
    Ok(())
}

/// The season with this id.
///
/// # Errors
/// When the database fails.
pub async fn season(tx: &mut Tx, id: SeasonId) -> Result<Option<Season>, StoreError> {
    let row: Option<SeasonRow> = on!(tx, |conn| sqlx::query_as(select_season!("WHERE id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await)?;
    row.map(Season::try_from).transpose()
}

/// SHA-256 of what a season was sent as.
///
/// # Errors
/// When the database fails.
pub async fn season_fingerprint(tx: &mut Tx, id: SeasonId) -> Result<Option<Sha256Hash>, StoreError> {
    let row: Option<(Vec<u8>,)> =
        on!(tx, |conn| sqlx::query_as("SELECT fingerprint FROM season WHERE id = $1")
            .bind(id.as_uuid())
            .fetch_optional(conn)
            .await)?;
    row.map(|(bytes,)| {
        <[u8; 32]>::try_from(bytes.as_slice())
            .map(Sha256Hash::from_bytes)
            .map_err(|_| StoreError::misfit("season", "fingerprint", id, "not 32 bytes"))
    })
    .transpose()
}

/// The seasons of a plot that stand, newest first.
///
/// # Errors
/// When the database fails.
pub async fn seasons_at(tx: &mut Tx, place: PlaceId) -> Result<Vec<Season>, StoreError> {
    let rows: Vec<SeasonRow> = on!(tx, |conn| sqlx::query_as(select_season!(
        "WHERE place_id = $1 AND withdrawn_at IS NULL ORDER BY began_on DESC, id DESC"
    ))
    .bind(place.as_uuid())
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Season::try_from).collect()
}

/// The seasons of a plot in which `day` lies, the one that began last first.
///
/// # Errors
/// When the database fails.
pub async fn seasons_on(tx: &mut Tx, place: PlaceId, day: Day) -> Result<Vec<Season>, StoreError> {
    let rows: Vec<SeasonRow> = on!(tx, |conn| {
        sqlx::query_as(select_season!(
        "WHERE place_id = $1 AND withdrawn_at IS NULL AND began_on <= $2 AND (cleared_on IS NULL OR cleared_on >= $2) \
         ORDER BY began_on DESC, id DESC"
    ))
    .bind(place.as_uuid())
    .bind(day.to_string())
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Season::try_from).collect()
}

/// The seasons of a crop on a plot that have a day between two, in the order in which they began.
///
/// # Errors
/// When the database fails.
pub async fn seasons_between(
    tx: &mut Tx,
    place: PlaceId,
    crop: &CropCode,
    from: Day,
    to: Day,
) -> Result<Vec<Season>, StoreError> {
    let rows: Vec<SeasonRow> = on!(tx, |conn| {
        sqlx::query_as(select_season!(
            "WHERE place_id = $1 AND crop = $2 AND withdrawn_at IS NULL AND began_on <= $4 \
         AND (cleared_on IS NULL OR cleared_on >= $3) ORDER BY began_on, id"
        ))
        .bind(place.as_uuid())
        .bind(crop.as_str())
        .bind(from.to_string())
        .bind(to.to_string())
        .fetch_all(conn)
        .await
    })?;
    rows.into_iter().map(Season::try_from).collect()
}

/// The seasons of a party, newest first, below `before`.
///
/// # Errors
/// When the database fails.
pub async fn seasons_of(
    tx: &mut Tx,
    party: PartyId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Season>, StoreError> {
    let rows: Vec<SeasonRow> = on!(tx, |conn| sqlx::query_as(select_season!(
        "WHERE party_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    ))
    .bind(party.as_uuid())
    .bind(before.unwrap_or(Uuid::max()))
    .bind(limit)
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Season::try_from).collect()
}

/// Takes back a season that was entered by mistake, while no entry that stands names it. `false` when one does.
///
/// # Errors
/// When the database fails.
pub async fn withdraw_season(
    tx: &mut Tx,
    id: SeasonId,
    by: PersonId,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE season SET withdrawn_at = $2, withdrawn_by = $3 WHERE id = $1 AND withdrawn_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM activity a WHERE a.season_id = season.id \
             AND NOT EXISTS (SELECT 1 FROM activity_correction c WHERE c.activity_id = a.id))"
        )
        .bind(id.as_uuid())
        .bind(now.micros())
        .bind(by.as_uuid())
    )?;
    Ok(done == 1)
}
