//! The SQL of certificates. Rows are added and never changed.

use crate::evidence::model::{Certificate, Check, Grade, Keeper, NewCertificate, Showing, Turn, TurnKind};
use crate::kernel::{Area, CertificateId, Day, Moment, PartyId, PlaceId, ProductId, Sha256Hash};
use crate::store::{StoreError, Tx, among, on, run};
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

/// The statement for whole certificates, with what follows `FROM certificate k`.
macro_rules! select_certificate {
    ($rest:literal) => {
        concat!(
            "SELECT k.id, k.party_id, k.scheme, k.number, k.issuer, k.certifier_id, k.area, k.valid_from, k.valid_to, \
             k.recorded_at FROM certificate k ",
            $rest
        )
    };
}
pub(super) use select_certificate;

#[derive(FromRow)]
pub(super) struct CertificateRow {
    id: Uuid,
    party_id: Uuid,
    scheme: String,
    number: String,
    issuer: String,
    certifier_id: Option<Uuid>,
    area: Option<i64>,
    valid_from: String,
    valid_to: String,
    recorded_at: i64,
}

impl TryFrom<CertificateRow> for Certificate {
    type Error = StoreError;

    fn try_from(row: CertificateRow) -> Result<Self, StoreError> {
        let misfit = |column: &'static str, why: crate::kernel::Problem| {
            StoreError::misfit("certificate", column, row.id, why)
        };
        Ok(Self {
            id: CertificateId::from_uuid(row.id),
            party: PartyId::from_uuid(row.party_id),
            scheme: row.scheme,
            number: row.number,
            issuer: row.issuer,
            certifier: row.certifier_id.map(PartyId::from_uuid),
            area: row.area.map(Area::new).transpose().map_err(|why| misfit("area", why))?,
            from: Day::parse(&row.valid_from).map_err(|why| misfit("valid_from", why))?,
            to: Day::parse(&row.valid_to).map_err(|why| misfit("valid_to", why))?,
            recorded_at: Moment::from_micros(row.recorded_at),
            places: Vec::new(),
            products: Vec::new(),
            files: Vec::new(),
            checks: Vec::new(),
            turns: Vec::new(),
            showing: Showing::Nothing,
        })
    }
}

/// Makes whole certificates of their rows, in the same order: one statement for each kind of what hangs on them.
pub(super) async fn whole(tx: &mut Tx, rows: Vec<CertificateRow>) -> Result<Vec<Certificate>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut found = rows.into_iter().map(Certificate::try_from).collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Ok(found);
    }
    let position: HashMap<Uuid, usize> = ids.iter().enumerate().map(|(n, id)| (*id, n)).collect();
    let places: Vec<(Uuid, Uuid)> = among!(
        tx,
        (Uuid, Uuid),
        "SELECT certificate_id, place_id FROM certificate_place WHERE certificate_id",
        &ids,
        " ORDER BY place_id"
    )?;
    let products: Vec<(Uuid, Uuid)> = among!(
        tx,
        (Uuid, Uuid),
        "SELECT certificate_id, product_id FROM certificate_product WHERE certificate_id",
        &ids,
        " ORDER BY product_id"
    )?;
    let files: Vec<(Uuid, Vec<u8>)> = among!(
        tx,
        (Uuid, Vec<u8>),
        "SELECT certificate_id, file_hash FROM certificate_file WHERE certificate_id",
        &ids,
        " ORDER BY added_at, file_hash"
    )?;
    let checks: Vec<(Uuid, String, Option<Uuid>, i64)> = among!(
        tx,
        (Uuid, String, Option<Uuid>, i64),
        "SELECT certificate_id, grade, party_id, checked_at FROM certificate_check WHERE certificate_id",
        &ids,
        " ORDER BY checked_at, id"
    )?;
    let turns: Vec<(Uuid, String, String, String, Option<Uuid>, i64)> = among!(
        tx,
        (Uuid, String, String, String, Option<Uuid>, i64),
        "SELECT certificate_id, turn, from_day, reason, party_id, turned_at FROM certificate_turn WHERE certificate_id",
        &ids,
        " ORDER BY certificate_id, position"
    )?;
    let showings: Vec<(Uuid, String)> = among!(
        tx,
        (Uuid, String),
        "SELECT certificate_id, showing FROM certificate_showing WHERE certificate_id",
        &ids,
        " ORDER BY certificate_id, position"
    )?;
    let mut of = |id: &Uuid, then: &mut dyn FnMut(&mut Certificate)| {
        if let Some(one) = position.get(id).and_then(|n| found.get_mut(*n)) {
            then(one);
        }
    };
    for (id, place) in &places {
        of(id, &mut |one| one.places.push(PlaceId::from_uuid(*place)));
    }
    for (id, product) in &products {
        of(id, &mut |one| one.products.push(ProductId::from_uuid(*product)));
    }
    for (id, hash) in files {
        let hash = file_hash("certificate_file", id, hash)?;
        of(&id, &mut |one| one.files.push(hash));
    }
    for (id, grade, party, at) in checks {
        let grade = Grade::parse(&grade)
            .ok_or_else(|| StoreError::misfit("certificate_check", "grade", id, &grade))?;
        let party = party.map(PartyId::from_uuid);
        of(&id, &mut |one| one.checks.push(Check { grade, party, at: Moment::from_micros(at) }));
    }
    for (id, kind, from, reason, party, at) in turns {
        let misfit = |column, why| StoreError::misfit("certificate_turn", column, id, why);
        let kind = TurnKind::parse(&kind).map_err(|why| misfit("turn", why))?;
        let from = Day::parse(&from).map_err(|why| misfit("from_day", why))?;
        let party = party.map(PartyId::from_uuid);
        let at = Moment::from_micros(at);
        of(&id, &mut |one| one.turns.push(Turn { kind, from, reason: reason.clone(), party, at }));
    }
    for (id, showing) in showings {
        let showing = Showing::parse(&showing)
            .map_err(|why| StoreError::misfit("certificate_showing", "showing", id, why))?;
        of(&id, &mut |one| one.showing = showing);
    }
    Ok(found)
}

/// A hash from a row.
pub(super) fn file_hash(table: &'static str, row: Uuid, bytes: Vec<u8>) -> Result<Sha256Hash, StoreError> {
    let bytes = bytes.try_into();
    let bytes = bytes.map_err(|_| StoreError::misfit(table, "file_hash", row, "not 32 bytes"))?;
    Ok(Sha256Hash::from_bytes(bytes))
}

/// Adds a certificate of `party`, with what it covers.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    id: CertificateId,
    party: PartyId,
    new: &NewCertificate,
    issuer: &str,
    by: &Keeper,
    now: Moment,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO certificate (id, party_id, scheme, number, issuer, certifier_id, area, valid_from, valid_to, \
             recorded_at, recorded_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        )
        .bind(id.as_uuid())
        .bind(party.as_uuid())
        .bind(new.scheme.code.as_str())
        .bind(new.number.as_str())
        .bind(issuer)
        .bind(new.certifier.map(|certifier| certifier.as_uuid()))
        .bind(new.area.map(Area::square_metres))
        .bind(new.from.to_string())
        .bind(new.to.to_string())
        .bind(now.micros())
        .bind(by.person.as_uuid())
    )?;
    for place in &new.places {
        run!(
            tx,
            sqlx::query("INSERT INTO certificate_place (certificate_id, place_id) VALUES ($1, $2)")
                .bind(id.as_uuid())
                .bind(place.as_uuid())
        )?;
    }
    for product in &new.products {
        run!(
            tx,
            sqlx::query("INSERT INTO certificate_product (certificate_id, product_id) VALUES ($1, $2)")
                .bind(id.as_uuid())
                .bind(product.as_uuid())
        )?;
    }
    Ok(())
}

/// Adds a file to a certificate; the same file once.
///
/// # Errors
/// When the database fails.
pub async fn add_file(
    tx: &mut Tx,
    id: CertificateId,
    hash: &Sha256Hash,
    by: &Keeper,
    now: Moment,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO certificate_file (certificate_id, file_hash, added_at, added_by) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING"
        )
        .bind(id.as_uuid())
        .bind(hash.as_bytes().as_slice())
        .bind(now.micros())
        .bind(by.person.as_uuid())
    )?;
    Ok(())
}

/// Notes that somebody found a certificate true; whether nobody of that grade had before.
///
/// # Errors
/// When the database fails.
pub async fn add_check(
    tx: &mut Tx,
    row: Uuid,
    id: CertificateId,
    grade: Grade,
    by: &Keeper,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "INSERT INTO certificate_check (id, certificate_id, grade, party_id, role, checked_by, checked_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (certificate_id, grade) DO NOTHING"
        )
        .bind(row)
        .bind(id.as_uuid())
        .bind(grade.as_str())
        .bind(by.party.map(|party| party.as_uuid()))
        .bind(by.role.as_str())
        .bind(by.person.as_uuid())
        .bind(now.micros())
    )?;
    Ok(done == 1)
}

/// Whether something became of a certificate under this id, and if so whether it was this, told by this person.
///
/// # Errors
/// When the database fails.
pub async fn turned(
    tx: &mut Tx,
    row: Uuid,
    id: CertificateId,
    (kind, from, reason): (TurnKind, Day, &str),
    by: &Keeper,
) -> Result<Option<bool>, StoreError> {
    let known: Option<(Uuid, String, String, String, Option<Uuid>, Uuid)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT certificate_id, turn, from_day, reason, party_id, turned_by FROM certificate_turn WHERE id = $1",
        )
        .bind(row)
        .fetch_optional(conn)
        .await
    })?;
    Ok(known.map(|known| {
        let party = by.party.map(|party| party.as_uuid());
        let asked = (id.as_uuid(), kind.as_str(), from.to_string(), reason, party, by.person.as_uuid());
        let (id, kind, from, reason, party, person) = &known;
        (*id, kind.as_str(), from.clone(), reason.as_str(), *party, *person) == asked
    }))
}

/// Notes what became of a certificate.
///
/// # Errors
/// When the database fails.
pub async fn add_turn(
    tx: &mut Tx,
    row: Uuid,
    id: CertificateId,
    (kind, from, reason): (TurnKind, Day, &str),
    by: &Keeper,
    now: Moment,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO certificate_turn (id, certificate_id, position, turn, from_day, reason, party_id, role, turned_by, \
             turned_at) SELECT $1, $2, COALESCE(MAX(position), 0) + 1, $3, $4, $5, $6, $7, $8, $9 FROM certificate_turn \
             WHERE certificate_id = $2"
        )
        .bind(row)
        .bind(id.as_uuid())
        .bind(kind.as_str())
        .bind(from.to_string())
        .bind(reason)
        .bind(by.party.map(|party| party.as_uuid()))
        .bind(by.role.as_str())
        .bind(by.person.as_uuid())
        .bind(now.micros())
    )
    .map_err(|error| if error.is_unique_violation() { StoreError::lost_race() } else { error })?;
    Ok(())
}

/// Notes what of a certificate everybody may see from now on.
///
/// # Errors
/// When the database fails.
pub async fn add_showing(
    tx: &mut Tx,
    row: Uuid,
    id: CertificateId,
    showing: Showing,
    by: &Keeper,
    now: Moment,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO certificate_showing (id, certificate_id, position, showing, shown_by, shown_at) \
             SELECT $1, $2, COALESCE(MAX(position), 0) + 1, $3, $4, $5 FROM certificate_showing WHERE certificate_id = $2"
        )
        .bind(row)
        .bind(id.as_uuid())
        .bind(showing.as_str())
        .bind(by.person.as_uuid())
        .bind(now.micros())
    )?;
    Ok(())
}

/// The certificate with this id.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn certificate(tx: &mut Tx, id: CertificateId) -> Result<Option<Certificate>, StoreError> {
    Ok(certificates(tx, &[id]).await?.into_iter().next())
}

/// The certificates with these ids, in the order of their ids.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn certificates(tx: &mut Tx, ids: &[CertificateId]) -> Result<Vec<Certificate>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(CertificateId::as_uuid).collect();
    let rows: Vec<CertificateRow> =
        among!(tx, CertificateRow, select_certificate!("WHERE k.id"), &ids, " ORDER BY k.id")?;
    whole(tx, rows).await
}

/// Whether the party has recorded a certificate of this scheme, number and first day that was not declared wrong.
///
/// # Errors
/// When the database fails.
pub async fn is_recorded(tx: &mut Tx, party: PartyId, new: &NewCertificate) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM certificate k WHERE k.party_id = $1 AND k.scheme = $2 AND k.number = $3 \
         AND k.valid_from = $4 AND NOT EXISTS (SELECT 1 FROM certificate_turn t WHERE t.certificate_id = k.id \
         AND t.turn = 'wrong') LIMIT 1"
    )
    .bind(party.as_uuid())
    .bind(new.scheme.code.as_str())
    .bind(new.number.as_str())
    .bind(new.from.to_string())
    .fetch_optional(conn)
    .await
    })?;
    Ok(found.is_some())
}

/// The certificates whose term holds `day`, of a party or naming a place. Whether they are valid and cover something is the model's to
/// say.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn covering(
    tx: &mut Tx,
    party: PartyId,
    place: Option<PlaceId>,
    day: Day,
) -> Result<Vec<Certificate>, StoreError> {
    let rows: Vec<CertificateRow> = on!(tx, |conn| {
        sqlx::query_as(select_certificate!(
        "WHERE k.valid_from <= $3 AND k.valid_to >= $3 AND k.id IN (SELECT id FROM certificate WHERE party_id = $1 \
         UNION SELECT certificate_id FROM certificate_place WHERE place_id = $2) ORDER BY k.id"
    ))
    .bind(party.as_uuid())
    .bind(place.map_or(Uuid::nil(), |place| place.as_uuid()))
    .bind(day.to_string())
    .fetch_all(conn)
    .await
    })?;
    whole(tx, rows).await
}

/// The certificates that name a plot, and those of its party that name no place; also those that are valid no more.
///
/// # Errors
/// When the database fails.
pub async fn covering_land(tx: &mut Tx, place: PlaceId) -> Result<Vec<CertificateId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT certificate_id FROM certificate_place WHERE place_id = $1 \
         UNION SELECT k.id FROM certificate k JOIN place p ON p.party_id = k.party_id WHERE p.id = $1 \
         AND NOT EXISTS (SELECT 1 FROM certificate_place n WHERE n.certificate_id = k.id)",
        )
        .bind(place.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    Ok(ids.into_iter().map(CertificateId::from_uuid).collect())
}
