//! The SQL of a lookup: exact point queries, as few as it takes, because this is what every scan costs.

mod goods;
mod passed;
mod report;

pub use goods::{Goods, LotLine, goods, latest_lots, party_by_gln, party_of};
pub use passed::passed;
pub use report::{handle_report, insert_report, open_reports};

use super::model::{IssuedCode, Lot, Producer, Product, Stamp, Upstream};
use crate::codes::{CodeSignature, ProductKey};
use crate::kernel::{
    CommuneCode, Day, Gtin, LotCode, LotId, Moment, PartyId, PictureId, ProductNumber, Quantity, Sha256Hash,
    ShortCode, Unit,
};
use crate::keys::KeyId;
use crate::products::Picture;
use crate::store::{StoreError, Tx, on};
use crate::trace::PublicParty;
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct LotRow {
    id: Uuid,
    code: String,
    short_code: String,
    unit: String,
    declared: i64,
    harvested_on: String,
    packed_on: Option<String>,
    expires_on: Option<String>,
    hold: String,
    hold_reason: Option<String>,
    recall: String,
    recall_reason: Option<String>,
    breach: Option<String>,
    upstream: Option<String>,
    upstream_code: Option<String>,
    upstream_hold_reason: Option<String>,
    upstream_recall_reason: Option<String>,
    upstream_breach: Option<String>,
    version: i64,
    number: String,
    gtin: Option<String>,
    group_code: String,
    name: String,
    name_en: Option<String>,
    brand: Option<String>,
    shelf_life_days: Option<i64>,
    storage: Option<String>,
    standards: Option<String>,
    safety_warning: Option<String>,
    packaging: Option<String>,
    disposal: Option<String>,
    product_version: i64,
    party_id: Uuid,
    party_kind: String,
    party_name: String,
    party_commune: String,
    party_address: String,
    party_gln: Option<String>,
    party_tax_kind: String,
    party_consent: i64,
    party_version: i64,
    code_path: Option<String>,
    code_host: Option<String>,
    code_issued_at: Option<i64>,
    code_signature: Option<Vec<u8>>,
    code_key: Option<Vec<u8>>,
    key_name: Option<String>,
    key_status: Option<String>,
    picture_id: Option<Uuid>,
    picture_small: Option<Vec<u8>>,
    picture_large: Option<Vec<u8>>,
    picture_width: Option<i64>,
    picture_height: Option<i64>,
}

/// One statement for each way in, with the same columns.
macro_rules! lot_where {
    ($condition:literal) => {
        concat!(
            "SELECT l.id, l.code, l.short_code, l.unit, l.declared, l.harvested_on, l.packed_on, l.expires_on, \
             l.hold, l.hold_reason, l.recall, l.recall_reason, l.breach, l.version, \
             l.upstream, u.code AS upstream_code, u.hold_reason AS upstream_hold_reason, \
             u.recall_reason AS upstream_recall_reason, u.breach AS upstream_breach, \
             p.number, p.gtin, p.group_code, p.name, p.name_en, p.brand, p.shelf_life_days, p.storage, \
             p.standards, p.safety_warning, p.packaging, p.disposal, p.version AS product_version, \
             pa.id AS party_id, pa.kind AS party_kind, pa.name AS party_name, pa.commune AS party_commune, \
             pa.address AS party_address, pa.gln AS party_gln, pa.tax_kind AS party_tax_kind, \
             pa.consent AS party_consent, pa.version AS party_version, \
             c.path AS code_path, c.host AS code_host, c.issued_at AS code_issued_at, \
             c.signature AS code_signature, c.key_id AS code_key, \
             k.name AS key_name, k.status AS key_status, \
             f.id AS picture_id, f.small AS picture_small, f.large AS picture_large, \
             f.width AS picture_width, f.height AS picture_height \
             FROM lot l \
             LEFT JOIN lot u ON u.id = l.upstream_lot \
             JOIN product p ON p.id = l.product_id \
             JOIN party pa ON pa.id = l.party_id \
             LEFT JOIN lot_code c ON c.lot_id = l.id \
             LEFT JOIN signing_key k ON k.id = c.key_id \
             LEFT JOIN product_picture f ON f.id = (SELECT q.id FROM product_picture q \
             WHERE q.product_id = p.id AND q.removed_at IS NULL ORDER BY q.position, q.id LIMIT 1) \
             WHERE ",
            $condition
        )
    };
}

fn day(column: &'static str, text: &str, row: Uuid) -> Result<Day, StoreError> {
    Day::parse(text).map_err(|why| StoreError::misfit("lot", column, row, why))
}

fn hash(column: &'static str, bytes: Vec<u8>, row: Uuid) -> Result<Sha256Hash, StoreError> {
    let bytes = bytes.try_into();
    let bytes = bytes.map_err(|_| StoreError::misfit("product_picture", column, row, "not 32 bytes"))?;
    Ok(Sha256Hash::from_bytes(bytes))
}

fn signature(key: Option<Vec<u8>>, bytes: Option<Vec<u8>>, row: Uuid) -> Result<CodeSignature, StoreError> {
    let misfit = |column| StoreError::misfit("lot_code", column, row, "of another length");
    let key = key.unwrap_or_default().try_into().map_err(|_| misfit("key_id"))?;
    let bytes = bytes.unwrap_or_default().try_into().map_err(|_| misfit("signature"))?;
    Ok(CodeSignature { key: KeyId(key), bytes })
}

fn pixels(count: Option<i64>) -> u32 {
    count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1)
}

impl TryFrom<LotRow> for Lot {
    type Error = StoreError;

    fn try_from(row: LotRow) -> Result<Self, StoreError> {
        let id = row.id;
        let lot = |column, why: crate::kernel::Problem| StoreError::misfit("lot", column, id, why);
        let product = |column, why: crate::kernel::Problem| StoreError::misfit("product", column, id, why);
        let unit = Unit::parse(&row.unit).map_err(|why| lot("unit", why))?;
        let commune = CommuneCode::parse(&row.party_commune)
            .map_err(|why| StoreError::misfit("party", "commune", row.party_id, why))?;
        let picture = match (row.picture_id, row.picture_small, row.picture_large) {
            (Some(id), Some(small), Some(large)) => Some(Picture {
                id: PictureId::from_uuid(id),
                small: hash("small", small, id)?,
                large: hash("large", large, id)?,
                width: pixels(row.picture_width),
                height: pixels(row.picture_height),
            }),
            _ => None,
        };
        let issued = match (row.code_path, row.code_host, row.code_issued_at) {
            (Some(path), Some(host), Some(issued_at)) => Some(IssuedCode {
                signature: signature(row.code_key, row.code_signature, id)?,
                path,
                host,
                key: row.key_name,
                issued_at: Moment::from_micros(issued_at),
            }),
            _ => None,
        };
        let upstream = match (row.upstream, row.upstream_code) {
            (Some(kind), Some(code)) => Some(Upstream {
                code: LotCode::parse_strict(&code).map_err(|why| lot("upstream_lot", why))?,
                recalled: kind == "recalled",
                reason: if kind == "recalled" {
                    row.upstream_recall_reason
                } else {
                    row.upstream_hold_reason
                },
                breach: row.upstream_breach,
            }),
            _ => None,
        };
        Ok(Self {
            id: LotId::from_uuid(id),
            code: LotCode::parse_strict(&row.code).map_err(|why| lot("code", why))?,
            short_code: ShortCode::parse(&row.short_code).map_err(|why| lot("short_code", why))?,
            declared: Quantity::new(row.declared, unit).map_err(|why| lot("declared", why))?,
            harvested_on: day("harvested_on", &row.harvested_on, id)?,
            packed_on: row.packed_on.map(|text| day("packed_on", &text, id)).transpose()?,
            expires_on: row.expires_on.map(|text| day("expires_on", &text, id)).transpose()?,
            hold: (row.hold != "none").then(|| row.hold_reason.unwrap_or_default()),
            breach: row.breach,
            recall: (row.recall != "none").then(|| row.recall_reason.unwrap_or_default()),
            upstream,
            product: Product {
                number: ProductNumber::parse(&row.number).map_err(|why| product("number", why))?,
                gtin: row
                    .gtin
                    .map(|gtin| Gtin::parse(&gtin))
                    .transpose()
                    .map_err(|why| product("gtin", why))?,
                group: row.group_code,
                name: row.name,
                name_en: row.name_en,
                brand: row.brand,
                shelf_life_days: row.shelf_life_days,
                storage: row.storage,
                standards: row.standards,
                safety_warning: row.safety_warning,
                packaging: row.packaging,
                disposal: row.disposal,
                picture,
            },
            producer: Producer {
                id: PartyId::from_uuid(row.party_id),
                identified: row.party_tax_kind != "none" || row.party_gln.is_some(),
                party: PublicParty::of(
                    row.party_kind,
                    row.party_consent == 1,
                    row.party_name,
                    commune,
                    row.party_address,
                    row.party_gln,
                ),
            },
            issued,
            stamp: Stamp {
                lot: row.version,
                product: row.product_version,
                party: row.party_version,
                key_compromised: row.key_status.as_deref() == Some("compromised"),
            },
        })
    }
}

/// The lot of a short code.
///
/// # Errors
/// When the database fails or holds what it should not.
pub async fn lot_by_short_code(tx: &mut Tx, code: &ShortCode) -> Result<Option<Lot>, StoreError> {
    let row: Option<LotRow> = on!(tx, |conn| sqlx::query_as(lot_where!("l.short_code = $1"))
        .bind(code.as_str())
        .fetch_optional(conn)
        .await)?;
    row.map(Lot::try_from).transpose()
}

/// The lot with this id.
///
/// # Errors
/// When the database fails or holds what it should not.
pub async fn lot_by_id(tx: &mut Tx, lot: LotId) -> Result<Option<Lot>, StoreError> {
    let row: Option<LotRow> = on!(tx, |conn| {
        sqlx::query_as(lot_where!("l.id = $1")).bind(lot.as_uuid()).fetch_optional(conn).await
    })?;
    row.map(Lot::try_from).transpose()
}

/// The lot of this code of the product that a code names.
///
/// # Errors
/// When the database fails or holds what it should not.
pub async fn lot_of_product(
    tx: &mut Tx,
    product: &ProductKey,
    lot: &LotCode,
) -> Result<Option<Lot>, StoreError> {
    let row: Option<LotRow> = match product {
        ProductKey::Gtin(gtin) => on!(tx, |conn| sqlx::query_as(lot_where!("p.gtin = $1 AND l.code = $2"))
            .bind(gtin.as_str())
            .bind(lot.as_str())
            .fetch_optional(conn)
            .await)?,
        ProductKey::Number(number) => {
            on!(tx, |conn| sqlx::query_as(lot_where!("p.number = $1 AND l.code = $2"))
                .bind(number.as_str())
                .bind(lot.as_str())
                .fetch_optional(conn)
                .await)?
        }
    };
    row.map(Lot::try_from).transpose()
}

#[derive(FromRow)]
struct StampRow {
    lot: i64,
    product: i64,
    party: i64,
    key_status: Option<String>,
}

/// The versions that a kept answer is compared with.
///
/// # Errors
/// When the database fails.
pub async fn stamp(tx: &mut Tx, lot: LotId) -> Result<Option<Stamp>, StoreError> {
    let row: Option<StampRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT l.version AS lot, p.version AS product, pa.version AS party, k.status AS key_status \
         FROM lot l JOIN product p ON p.id = l.product_id JOIN party pa ON pa.id = l.party_id \
         LEFT JOIN lot_code c ON c.lot_id = l.id LEFT JOIN signing_key k ON k.id = c.key_id \
         WHERE l.id = $1"
    )
    .bind(lot.as_uuid())
    .fetch_optional(conn)
    .await)?;
    Ok(row.map(|row| Stamp {
        lot: row.lot,
        product: row.product,
        party: row.party,
        key_compromised: row.key_status.as_deref() == Some("compromised"),
    }))
}
