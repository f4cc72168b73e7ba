//! The SQL of products, places and parties as the public sees them: point queries, and the latest lots of a product.

use crate::codes::ProductKey;
use crate::kernel::{CommuneCode, Day, Gln, Lang, LotCode, PartyId, ProductId};
use crate::store::{StoreError, Tx, on};
use crate::trace::PublicParty;
use sqlx::FromRow;
use uuid::Uuid;

/// How many lots the page of a product shows.
const LATEST: i64 = 10;

/// A product and, when it was named and is there, a lot of it: as much as a redirect needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goods {
    /// The product.
    pub id: ProductId,
    /// Its trace code: GTIN or registry number.
    pub code: String,
    /// The name, in Vietnamese.
    pub name: String,
    /// The name in English.
    pub name_en: Option<String>,
    /// The short code of the lot.
    pub short_code: Option<String>,
}

impl Goods {
    /// The name in a language.
    #[must_use]
    pub fn name_in(&self, lang: Lang) -> &str {
        match (lang, &self.name_en) {
            (Lang::En, Some(name)) => name,
            _ => &self.name,
        }
    }
}

#[derive(FromRow)]
struct GoodsRow {
    id: Uuid,
    gtin: Option<String>,
    number: String,
    name: String,
    name_en: Option<String>,
    short_code: Option<String>,
}

/// The product of a code, and the short code of this lot of it, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn goods(
    tx: &mut Tx,
    product: &ProductKey,
    lot: Option<&LotCode>,
) -> Result<Option<Goods>, StoreError> {
    let lot = lot.map(LotCode::as_str);
    let row: Option<GoodsRow> = match product {
        ProductKey::Gtin(gtin) => on!(tx, |conn| sqlx::query_as(
            "SELECT p.id, p.gtin, p.number, p.name, p.name_en, l.short_code FROM product p \
             LEFT JOIN lot l ON l.product_id = p.id AND l.code = $2 WHERE p.gtin = $1"
        )
        .bind(gtin.as_str())
        .bind(lot)
        .fetch_optional(conn)
        .await)?,
        ProductKey::Number(number) => on!(tx, |conn| sqlx::query_as(
            "SELECT p.id, p.gtin, p.number, p.name, p.name_en, l.short_code FROM product p \
             LEFT JOIN lot l ON l.product_id = p.id AND l.code = $2 WHERE p.number = $1"
        )
        .bind(number.as_str())
        .bind(lot)
        .fetch_optional(conn)
        .await)?,
    };
    Ok(row.map(|row| Goods {
        id: ProductId::from_uuid(row.id),
        code: row.gtin.unwrap_or(row.number),
        name: row.name,
        name_en: row.name_en,
        short_code: row.short_code,
    }))
}

/// A lot in the list on a product's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotLine {
    /// Its code.
    pub code: String,
    /// Its short code.
    pub short_code: String,
    /// When it was harvested.
    pub harvested_on: Day,
    /// When it is past its date.
    pub expires_on: Option<Day>,
    /// Whether it is stopped.
    pub held: bool,
    /// Whether it was called back.
    pub recalled: bool,
}

#[derive(FromRow)]
struct LineRow {
    id: Uuid,
    code: String,
    short_code: String,
    harvested_on: String,
    expires_on: Option<String>,
    hold: String,
    recall: String,
}

impl TryFrom<LineRow> for LotLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let day = |column: &'static str, text: &str| {
            Day::parse(text).map_err(|why| StoreError::misfit("lot", column, row.id, why))
        };
        Ok(Self {
            harvested_on: day("harvested_on", &row.harvested_on)?,
            expires_on: row.expires_on.as_deref().map(|text| day("expires_on", text)).transpose()?,
            code: row.code,
            short_code: row.short_code,
            held: row.hold != "none",
            recalled: row.recall != "none",
        })
    }
}

/// The latest lots of a product for which a code was issued, newest first.
///
/// # Errors
/// When the database fails.
pub async fn latest_lots(tx: &mut Tx, product: ProductId) -> Result<Vec<LotLine>, StoreError> {
    let rows: Vec<LineRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT l.id, l.code, l.short_code, l.harvested_on, l.expires_on, \
         CASE WHEN l.hold = 'none' AND l.breach IS NULL AND l.upstream IS NULL THEN 'none' ELSE 'held' END AS hold, \
         CASE WHEN l.upstream = 'recalled' THEN 'recalled' ELSE l.recall END AS recall FROM lot l \
         WHERE l.product_id = $1 AND EXISTS (SELECT 1 FROM lot_code c WHERE c.lot_id = l.id) \
         ORDER BY l.id DESC LIMIT $2"
    )
    .bind(product.as_uuid())
    .bind(LATEST)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(LotLine::try_from).collect()
}

#[derive(FromRow)]
struct PartyRow {
    id: Uuid,
    kind: String,
    name: String,
    commune: String,
    address: String,
    gln: Option<String>,
    consent: i64,
}

fn public(row: PartyRow) -> Result<PublicParty, StoreError> {
    let commune = CommuneCode::parse(&row.commune);
    let commune = commune.map_err(|why| StoreError::misfit("party", "commune", row.id, why))?;
    Ok(PublicParty::of(row.kind, row.consent == 1, row.name, commune, row.address, row.gln))
}

/// A party as the public may know it.
///
/// # Errors
/// When the database fails.
pub async fn party_of(tx: &mut Tx, id: PartyId) -> Result<Option<PublicParty>, StoreError> {
    let row: Option<PartyRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, kind, name, commune, address, gln, consent FROM party WHERE id = $1"
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await)?;
    row.map(public).transpose()
}

/// The party of this GLN, once it is in the registry.
///
/// # Errors
/// When the database fails.
pub async fn party_by_gln(tx: &mut Tx, gln: &Gln) -> Result<Option<PublicParty>, StoreError> {
    let row: Option<PartyRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, kind, name, commune, address, gln, consent FROM party \
         WHERE gln = $1 AND status IN ('approved', 'suspended')"
    )
    .bind(gln.as_str())
    .fetch_optional(conn)
    .await)?;
    row.map(public).transpose()
}
