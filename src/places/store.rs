//! The SQL of places.

use super::model::{NewPlace, Place, PlaceKind};
use super::point::Point;
use crate::kernel::fold::fold;
use crate::kernel::{Area, CommuneCode, Gln, Moment, PageSize, PartyId, PlaceId, PlaceNumber};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// The most places that a form offers to choose from.
const CHOICES: i64 = 1_000;

/// The statement for whole rows, with what follows `FROM place`.
macro_rules! select_place {
    ($rest:literal) => {
        concat!(
            "SELECT id, party_id, number, kind, name, commune, address, latitude_e7, longitude_e7, area_m2, \
             planting_code, planting_code_issuer, gln, gate_version, version, closed_at, created_at FROM place ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct PlaceRow {
    id: Uuid,
    party_id: Uuid,
    number: String,
    kind: String,
    name: String,
    commune: String,
    address: Option<String>,
    latitude_e7: Option<i64>,
    longitude_e7: Option<i64>,
    area_m2: Option<i64>,
    planting_code: Option<String>,
    planting_code_issuer: Option<String>,
    gln: Option<String>,
    gate_version: i64,
    version: i64,
    closed_at: Option<i64>,
    created_at: i64,
}

impl TryFrom<PlaceRow> for Place {
    type Error = StoreError;

    fn try_from(row: PlaceRow) -> Result<Self, StoreError> {
        let misfit = |column| move |why| StoreError::misfit("place", column, row.id, why);
        let point = match (row.latitude_e7, row.longitude_e7) {
            (Some(latitude), Some(longitude)) => {
                Some(Point::new(latitude, longitude).map_err(misfit("latitude_e7"))?)
            }
            _ => None,
        };
        Ok(Self {
            id: PlaceId::from_uuid(row.id),
            party: PartyId::from_uuid(row.party_id),
            number: PlaceNumber::parse(&row.number).map_err(misfit("number"))?,
            kind: PlaceKind::parse(&row.kind).map_err(misfit("kind"))?,
            name: row.name,
            commune: CommuneCode::parse(&row.commune).map_err(misfit("commune"))?,
            address: row.address,
            point,
            area: row.area_m2.map(Area::new).transpose().map_err(misfit("area_m2"))?,
            planting_code: row.planting_code,
            planting_code_issuer: row.planting_code_issuer,
            gln: row.gln.as_deref().map(Gln::parse).transpose().map_err(misfit("gln"))?,
            gate_version: row.gate_version,
            version: row.version,
            closed_at: row.closed_at.map(Moment::from_micros),
            created_at: Moment::from_micros(row.created_at),
        })
    }
}

/// Adds a place. `false` when its number or its GLN belongs to another place; then nothing was written.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    id: PlaceId,
    party: PartyId,
    number: &PlaceNumber,
    place: &NewPlace,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "INSERT INTO place (id, party_id, number, kind, name, name_folded, commune, address, latitude_e7, \
             longitude_e7, area_m2, planting_code, planting_code_issuer, gln, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING"
        )
        .bind(id.as_uuid())
        .bind(party.as_uuid())
        .bind(number.as_str())
        .bind(place.kind.as_str())
        .bind(place.name.as_str())
        .bind(fold(place.name.as_str()))
        .bind(place.commune.as_str())
        .bind(place.address.as_ref().map(AsRef::as_ref))
        .bind(place.point.map(Point::latitude_e7))
        .bind(place.point.map(Point::longitude_e7))
        .bind(place.area.map(Area::square_metres))
        .bind(place.planting_code.as_ref().map(AsRef::as_ref))
        .bind(place.planting_code_issuer.as_ref().map(AsRef::as_ref))
        .bind(place.gln.as_ref().map(Gln::as_str))
        .bind(now.micros())
    )?;
    if done == 1 {
        call(tx, id, place.gln.as_ref(), now).await?;
    }
    Ok(done == 1)
}

/// Calls a place by a GLN from now on, or by none. One that it had before stays its own where something was told of the place or sent to it
/// since; where nothing was, it was typed by mistake, and is free.
async fn call(tx: &mut Tx, id: PlaceId, gln: Option<&Gln>, now: Moment) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "DELETE FROM place_gln WHERE place_id = $1 AND gln IS DISTINCT FROM $2 \
             AND NOT EXISTS (SELECT 1 FROM event e WHERE e.place_id = $1 AND e.recorded_at >= place_gln.since) \
             AND NOT EXISTS (SELECT 1 FROM event e WHERE e.read_point = '414/' || place_gln.gln) \
             AND NOT EXISTS (SELECT 1 FROM event e WHERE e.biz_location = '414/' || place_gln.gln) \
             AND NOT EXISTS (SELECT 1 FROM event_attribute a \
             WHERE (a.value IN ('414/' || place_gln.gln, '417/' || place_gln.gln) OR a.value LIKE '414/' || place_gln.gln || '/254/%') AND a.name IN \
             ('source location', 'source owning_party', 'source possessing_party', \
             'destination location', 'destination owning_party', 'destination possessing_party'))"
        )
        .bind(id.as_uuid())
        .bind(gln.map(Gln::as_str))
    )?;
    let Some(gln) = gln else { return Ok(()) };
    run!(
        tx,
        sqlx::query(
            "INSERT INTO place_gln (gln, place_id, since) SELECT $1, $2, $3 \
             WHERE NOT EXISTS (SELECT 1 FROM place_gln WHERE gln = $1 AND place_id = $2)"
        )
        .bind(gln.as_str())
        .bind(id.as_uuid())
        .bind(now.micros())
    )?;
    Ok(())
}

/// Changes what is said of an open place. `false` when it is closed, or there is none.
///
/// # Errors
/// When the database fails; a GLN that was taken meanwhile is a unique violation.
pub async fn update(tx: &mut Tx, id: PlaceId, place: &NewPlace, now: Moment) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE place SET kind = $2, name = $3, name_folded = $4, commune = $5, address = $6, latitude_e7 = $7, \
             longitude_e7 = $8, area_m2 = $9, planting_code = $10, planting_code_issuer = $11, gln = $12, \
             version = version + 1 WHERE id = $1 AND closed_at IS NULL"
        )
        .bind(id.as_uuid())
        .bind(place.kind.as_str())
        .bind(place.name.as_str())
        .bind(fold(place.name.as_str()))
        .bind(place.commune.as_str())
        .bind(place.address.as_ref().map(AsRef::as_ref))
        .bind(place.point.map(Point::latitude_e7))
        .bind(place.point.map(Point::longitude_e7))
        .bind(place.area.map(Area::square_metres))
        .bind(place.planting_code.as_ref().map(AsRef::as_ref))
        .bind(place.planting_code_issuer.as_ref().map(AsRef::as_ref))
        .bind(place.gln.as_ref().map(Gln::as_str))
    )?;
    if done == 1 {
        call(tx, id, place.gln.as_ref(), now).await?;
    }
    Ok(done == 1)
}

/// Closes an open place, and shuts its gate. `false` when it is closed already, or there is none.
///
/// # Errors
/// When the database fails.
pub async fn close(tx: &mut Tx, id: PlaceId, now: Moment) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE place SET closed_at = $2, gate_version = gate_version + 1, version = version + 1 \
             WHERE id = $1 AND closed_at IS NULL"
        )
        .bind(id.as_uuid())
        .bind(now.micros())
    )?;
    Ok(done == 1)
}

/// Passes the gate of a place as it was read: what shut it meanwhile (closing, a spray) is a lost race, and the unit of work is
/// run again.
///
/// # Errors
/// [`StoreError::Race`], or when the database fails.
pub async fn pass_gate(tx: &mut Tx, place: &Place) -> Result<(), StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE place SET gate_version = gate_version WHERE id = $1 AND gate_version = $2 AND closed_at IS NULL"
        )
        .bind(place.id.as_uuid())
        .bind(place.gate_version)
    )?;
    if done == 1 { Ok(()) } else { Err(StoreError::lost_race()) }
}

/// Shuts the gate of a place anew: whoever passes it at this moment has read it as it was, and is run again.
///
/// # Errors
/// When the database fails.
pub async fn shut_gate(tx: &mut Tx, id: PlaceId) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("UPDATE place SET gate_version = gate_version + 1 WHERE id = $1").bind(id.as_uuid())
    )?;
    Ok(())
}

/// The place with this id, open or closed.
///
/// # Errors
/// When the database fails.
pub async fn place(tx: &mut Tx, id: PlaceId) -> Result<Option<Place>, StoreError> {
    let row: Option<PlaceRow> = on!(tx, |conn| sqlx::query_as(select_place!("WHERE id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await)?;
    row.map(Place::try_from).transpose()
}

/// The place with this registry number.
///
/// # Errors
/// When the database fails.
pub async fn by_number(tx: &mut Tx, number: &PlaceNumber) -> Result<Option<Place>, StoreError> {
    let row: Option<PlaceRow> = on!(tx, |conn| sqlx::query_as(select_place!("WHERE number = $1"))
        .bind(number.as_str())
        .fetch_optional(conn)
        .await)?;
    row.map(Place::try_from).transpose()
}

/// The place that is called by this GLN, or was when something was told of it.
///
/// # Errors
/// When the database fails.
pub async fn by_gln(tx: &mut Tx, gln: &Gln) -> Result<Option<Place>, StoreError> {
    let row: Option<PlaceRow> = on!(tx, |conn| sqlx::query_as(select_place!(
        "WHERE id = (SELECT place_id FROM place_gln WHERE gln = $1)"
    ))
    .bind(gln.as_str())
    .fetch_optional(conn)
    .await)?;
    row.map(Place::try_from).transpose()
}

/// The places of a party, newest first, that lie below `before`, open ones and closed ones; `search` is part of a folded name.
///
/// # Errors
/// When the database fails.
pub async fn places_of(
    tx: &mut Tx,
    party: PartyId,
    search: &str,
    before: Option<Uuid>,
    size: PageSize,
) -> Result<Vec<Place>, StoreError> {
    let rows: Vec<PlaceRow> = on!(tx, |conn| sqlx::query_as(select_place!(
        "WHERE party_id = $1 AND id < $2 AND name_folded LIKE $3 ORDER BY id DESC LIMIT $4"
    ))
    .bind(party.as_uuid())
    .bind(before.unwrap_or(Uuid::max()))
    .bind(format!("%{}%", fold(search)))
    .bind(size.limit())
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Place::try_from).collect()
}

/// The open places of a party in the order of their names: what a form offers to choose from.
///
/// # Errors
/// When the database fails.
pub async fn open_places(tx: &mut Tx, party: PartyId) -> Result<Vec<Place>, StoreError> {
    let rows: Vec<PlaceRow> = on!(tx, |conn| sqlx::query_as(select_place!(
        "WHERE party_id = $1 AND closed_at IS NULL ORDER BY name_folded, id LIMIT $2"
    ))
    .bind(party.as_uuid())
    .bind(CHOICES)
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Place::try_from).collect()
}

/// All places of a party, closed ones among them.
///
/// # Errors
/// When the database fails.
pub async fn places_of_party(tx: &mut Tx, party: PartyId) -> Result<Vec<Place>, StoreError> {
    let rows: Vec<PlaceRow> =
        on!(tx, |conn| sqlx::query_as(select_place!("WHERE party_id = $1 ORDER BY id"))
            .bind(party.as_uuid())
            .fetch_all(conn)
            .await)?;
    rows.into_iter().map(Place::try_from).collect()
}

/// Keeps what was said of a place's area and kind until `now`, where something else is said from now on.
///
/// # Errors
/// When the database fails.
pub async fn keep_past(tx: &mut Tx, id: PlaceId, new: &NewPlace, now: Moment) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO place_past (place_id, until_at, area_m2, kind) SELECT id, $2, area_m2, kind FROM place WHERE id = $1 \
             AND (area_m2 IS DISTINCT FROM $3 OR kind <> $4) ON CONFLICT DO NOTHING"
        )
        .bind(id.as_uuid())
        .bind(now.micros())
        .bind(new.area.map(Area::square_metres))
        .bind(new.kind.as_str())
    )?;
    Ok(())
}
