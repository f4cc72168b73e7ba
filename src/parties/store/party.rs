//! The SQL of parties.

use crate::kernel::fold::fold;
use crate::kernel::{CommuneCode, Gln, Moment, PageSize, PartyId, Sha256Hash, TaxNumber};
use crate::parties::model::{Filter, Kind, Likeness, NewParty, Party, Status, Tax, tax_match};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// The columns of a [`PartyRow`].
macro_rules! party_columns {
    () => {
        "id, kind, name, tax_number, tax_kind, commune, address, gln, status, status_reason, consent, consent_at, \
         applied_at, approved_at, version"
    };
}

#[derive(FromRow)]
struct PartyRow {
    id: Uuid,
    kind: String,
    name: String,
    tax_number: Option<String>,
    tax_kind: String,
    commune: String,
    address: String,
    gln: Option<String>,
    status: String,
    status_reason: Option<String>,
    consent: i64,
    consent_at: Option<i64>,
    applied_at: i64,
    approved_at: Option<i64>,
    version: i64,
}

impl TryFrom<PartyRow> for Party {
    type Error = StoreError;

    fn try_from(row: PartyRow) -> Result<Self, StoreError> {
        let misfit = |column: &'static str, why: &dyn ToString| {
            StoreError::misfit("party", column, row.id, why.to_string())
        };
        let tax = match (row.tax_kind.as_str(), &row.tax_number) {
            ("none", None) => Tax::None,
            ("personal", None) => Tax::Personal,
            ("enterprise" | "branch", Some(number)) => {
                Tax::Public(TaxNumber::parse(number).map_err(|why| misfit("tax_number", &why))?)
            }
            (other, _) => return Err(misfit("tax_kind", &other)),
        };
        let gln = row.gln.as_deref().map(Gln::parse).transpose();
        Ok(Self {
            id: PartyId::from_uuid(row.id),
            kind: Kind::parse(&row.kind).map_err(|why| misfit("kind", &why))?,
            tax,
            commune: CommuneCode::parse(&row.commune).map_err(|why| misfit("commune", &why))?,
            gln: gln.map_err(|why| misfit("gln", &why))?,
            status: Status::parse(&row.status).map_err(|why| misfit("status", &why))?,
            name: row.name,
            address: row.address,
            status_reason: row.status_reason,
            consent: row.consent == 1,
            consent_at: row.consent_at.map(Moment::from_micros),
            applied_at: Moment::from_micros(row.applied_at),
            approved_at: row.approved_at.map(Moment::from_micros),
            version: row.version,
        })
    }
}

/// Adds a party that has applied.
///
/// # Errors
/// When the database fails; a unique violation for a tax number that is registered or pending.
pub async fn insert_party(tx: &mut Tx, id: PartyId, party: &NewParty, now: Moment) -> Result<(), StoreError> {
    let tax_kind = match &party.tax {
        None => "none",
        Some(TaxNumber::Enterprise(_)) => "enterprise",
        Some(TaxNumber::Branch(_)) => "branch",
        Some(TaxNumber::Personal(_)) => "personal",
    };
    let shown = party.tax.as_ref().filter(|number| !number.is_personal()).map(TaxNumber::as_str);
    let compared = party.tax.as_ref().map(tax_match);
    run!(
        tx,
        sqlx::query(
            "INSERT INTO party (id, kind, name, name_folded, tax_number, tax_kind, tax_match, commune, address, gln, \
             status, consent, consent_at, applied_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'applied', $11, $12, $13)"
        )
        .bind(id.as_uuid())
        .bind(party.kind.as_str())
        .bind(party.name.as_str())
        .bind(fold(party.name.as_str()))
        .bind(shown)
        .bind(tax_kind)
        .bind(compared.as_ref().map(|hash| hash.as_bytes().as_slice()))
        .bind(party.commune.as_str())
        .bind(party.address.as_str())
        .bind(party.gln.as_ref().map(Gln::as_str))
        .bind(i64::from(party.consent))
        .bind(party.consent.then(|| now.micros()))
        .bind(now.micros())
    )?;
    Ok(())
}

/// The party with this id.
///
/// # Errors
/// When the database fails.
pub async fn party(tx: &mut Tx, id: PartyId) -> Result<Option<Party>, StoreError> {
    let row: Option<PartyRow> =
        on!(tx, |conn| sqlx::query_as(concat!("SELECT ", party_columns!(), " FROM party WHERE id = $1"))
            .bind(id.as_uuid())
            .fetch_optional(conn)
            .await)?;
    row.map(Party::try_from).transpose()
}

/// The party that is registered, or waits for a decision, under a tax number with this hash.
///
/// # Errors
/// When the database fails.
pub async fn by_tax(tx: &mut Tx, hash: &Sha256Hash) -> Result<Option<Party>, StoreError> {
    let row: Option<PartyRow> = on!(tx, |conn| sqlx::query_as(concat!(
        "SELECT ",
        party_columns!(),
        " FROM party WHERE tax_match = $1"
    ))
    .bind(hash.as_bytes().as_slice())
    .fetch_optional(conn)
    .await)?;
    row.map(Party::try_from).transpose()
}

/// The registered party with this GLN.
///
/// # Errors
/// When the database fails.
pub async fn by_gln(tx: &mut Tx, gln: &Gln) -> Result<Option<Party>, StoreError> {
    let row: Option<PartyRow> = on!(tx, |conn| sqlx::query_as(concat!(
        "SELECT ",
        party_columns!(),
        " FROM party WHERE gln = $1 AND approved_at IS NOT NULL"
    ))
    .bind(gln.as_str())
    .fetch_optional(conn)
    .await)?;
    row.map(Party::try_from).transpose()
}

/// Puts a party that has applied into the registry; whether it was waiting.
///
/// # Errors
/// When the database fails; a unique violation for a GLN that another party has.
pub async fn approve(tx: &mut Tx, id: PartyId, now: Moment) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE party SET status = 'approved', approved_at = $2, version = version + 1 \
             WHERE id = $1 AND status = 'applied'"
        )
        .bind(id.as_uuid())
        .bind(now.micros())
    )?;
    Ok(done == 1)
}

/// Refuses a party that has applied, and frees its tax number; whether it was waiting.
///
/// # Errors
/// When the database fails.
pub async fn refuse(tx: &mut Tx, id: PartyId) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE party SET status = 'refused', tax_match = NULL, version = version + 1 \
             WHERE id = $1 AND status = 'applied'"
        )
        .bind(id.as_uuid())
    )?;
    Ok(done == 1)
}

/// Changes the status of a party from `from` to `to`; whether it was `from`.
///
/// # Errors
/// When the database fails.
pub async fn set_status(
    tx: &mut Tx,
    id: PartyId,
    from: Status,
    to: Status,
    reason: &str,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE party SET status = $3, status_reason = $4, version = version + 1 \
             WHERE id = $1 AND status = $2"
        )
        .bind(id.as_uuid())
        .bind(from.as_str())
        .bind(to.as_str())
        .bind(reason)
    )?;
    Ok(done == 1)
}

/// Raises the version of a party.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, id: PartyId) -> Result<(), StoreError> {
    run!(tx, sqlx::query("UPDATE party SET version = version + 1 WHERE id = $1").bind(id.as_uuid()))?;
    Ok(())
}

/// Records consent to publication, or its withdrawal; whether that is a change.
///
/// # Errors
/// When the database fails.
pub async fn set_consent(tx: &mut Tx, id: PartyId, consent: bool, now: Moment) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE party SET consent = $2, consent_at = $3, version = version + 1 \
             WHERE id = $1 AND consent <> $2"
        )
        .bind(id.as_uuid())
        .bind(i64::from(consent))
        .bind(now.micros())
    )?;
    Ok(done == 1)
}

/// Parties that fit `filter`, the newest first, after the id `after`.
///
/// # Errors
/// When the database fails.
pub async fn parties(
    tx: &mut Tx,
    filter: &Filter,
    after: Option<PartyId>,
    size: PageSize,
) -> Result<Vec<Party>, StoreError> {
    let name = fold(&filter.name);
    let rows: Vec<PartyRow> = on!(tx, |conn| sqlx::query_as(concat!(
        "SELECT ",
        party_columns!(),
        " FROM party WHERE id < $1 AND ($2 = '' OR name_folded LIKE $3) AND ($4 = '' OR commune = $4) \
          AND ($5 = '' OR kind = $5) AND ($6 = '' OR status = $6) ORDER BY id DESC LIMIT $7"
    ))
    .bind(after.map_or(Uuid::max(), |id| id.as_uuid()))
    // Folded text holds letters, digits and spaces, so nothing in it is a wildcard.
    .bind(&name)
    .bind(format!("%{name}%"))
    .bind(filter.commune.map_or("", CommuneCode::as_str))
    .bind(filter.kind.map_or("", Kind::as_str))
    .bind(filter.status.map_or("", Status::as_str))
    .bind(size.limit())
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Party::try_from).collect()
}

#[derive(FromRow)]
struct LikenessRow {
    id: Uuid,
    name: String,
    same_name: i64,
    same_gln: i64,
    status: String,
}

/// Parties that may be the same as `party`: of the same folded name in the same commune, or with the same GLN.
///
/// # Errors
/// When the database fails.
pub async fn likenesses(tx: &mut Tx, party: &Party) -> Result<Vec<Likeness>, StoreError> {
    let rows: Vec<LikenessRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, name, CAST(CASE WHEN name_folded = $2 AND commune = $3 THEN 1 ELSE 0 END AS BIGINT) AS same_name, \
         CAST(CASE WHEN gln = $4 THEN 1 ELSE 0 END AS BIGINT) AS same_gln, status FROM party \
         WHERE id <> $1 AND ((name_folded = $2 AND commune = $3) OR gln = $4) ORDER BY id DESC LIMIT 20"
    )
    .bind(party.id.as_uuid())
    .bind(fold(&party.name))
    .bind(party.commune.as_str())
    .bind(party.gln.as_ref().map(Gln::as_str))
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter()
        .map(|row| {
            let status = Status::parse(&row.status)
                .map_err(|why| StoreError::misfit("party", "status", row.id, why))?;
            Ok(Likeness {
                party: PartyId::from_uuid(row.id),
                name: row.name,
                same_name: row.same_name == 1,
                same_gln: row.same_gln == 1,
                status,
            })
        })
        .collect()
}
