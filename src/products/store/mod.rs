//! The SQL of products, their pictures and links.

mod links;

pub use links::{insert_link, links, remove_link};

use super::group::Group;
use super::model::{NewProduct, Picture, Product};
use crate::kernel::fold::fold;
use crate::kernel::{
    CropCode, Gtin, Moment, PageSize, PartyId, PictureId, ProductId, ProductNumber, Sha256Hash, Unit,
};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

/// The most products that a form offers to choose from.
const CHOICES: i64 = 1_000;

/// The statement for whole rows, with what follows `FROM product`.
macro_rules! select_product {
    ($rest:literal) => {
        concat!(
            "SELECT id, party_id, number, gtin, group_code, crop_code, name, name_en, brand, unit, shelf_life_days, storage, \
             standards, safety_warning, packaging, disposal, created_at, changed_at, version FROM product ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct ProductRow {
    id: Uuid,
    party_id: Uuid,
    number: String,
    gtin: Option<String>,
    group_code: String,
    crop_code: Option<String>,
    name: String,
    name_en: Option<String>,
    brand: Option<String>,
    unit: String,
    shelf_life_days: Option<i64>,
    storage: Option<String>,
    standards: Option<String>,
    safety_warning: Option<String>,
    packaging: Option<String>,
    disposal: Option<String>,
    created_at: i64,
    changed_at: i64,
    version: i64,
}

impl TryFrom<ProductRow> for Product {
    type Error = StoreError;

    fn try_from(row: ProductRow) -> Result<Self, StoreError> {
        let misfit = |column| move |why| StoreError::misfit("product", column, row.id, why);
        let days = row.shelf_life_days.map(u32::try_from).transpose();
        Ok(Self {
            id: ProductId::from_uuid(row.id),
            party: PartyId::from_uuid(row.party_id),
            number: ProductNumber::parse(&row.number).map_err(misfit("number"))?,
            gtin: row.gtin.as_deref().map(Gtin::parse).transpose().map_err(misfit("gtin"))?,
            group: Group::parse(&row.group_code).map_err(misfit("group_code"))?,
            crop: row.crop_code.as_deref().map(CropCode::parse).transpose().map_err(misfit("crop_code"))?,
            name: row.name,
            name_en: row.name_en,
            brand: row.brand,
            unit: Unit::parse(&row.unit).map_err(misfit("unit"))?,
            shelf_life_days: days
                .map_err(|why| StoreError::misfit("product", "shelf_life_days", row.id, why))?,
            storage: row.storage,
            standards: row.standards,
            safety_warning: row.safety_warning,
            packaging: row.packaging,
            disposal: row.disposal,
            created_at: Moment::from_micros(row.created_at),
            changed_at: Moment::from_micros(row.changed_at),
            version: row.version,
        })
    }
}

/// Adds a product. `false` when its number or its GTIN belongs to another product; then nothing was written.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    id: ProductId,
    party: PartyId,
    number: &ProductNumber,
    product: &NewProduct,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "INSERT INTO product (id, party_id, number, gtin, group_code, name, name_folded, name_en, brand, unit, \
             shelf_life_days, storage, standards, safety_warning, packaging, disposal, created_at, changed_at, \
             crop_code) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18) \
             ON CONFLICT DO NOTHING"
        )
        .bind(id.as_uuid())
        .bind(party.as_uuid())
        .bind(number.as_str())
        .bind(product.gtin.as_ref().map(Gtin::as_str))
        .bind(product.group.code)
        .bind(product.name.as_str())
        .bind(fold(product.name.as_str()))
        .bind(product.name_en.as_ref().map(AsRef::as_ref))
        .bind(product.brand.as_ref().map(AsRef::as_ref))
        .bind(product.unit.as_str())
        .bind(product.shelf_life_days.map(i64::from))
        .bind(product.storage.as_ref().map(AsRef::as_ref))
        .bind(product.standards.as_ref().map(AsRef::as_ref))
        .bind(product.safety_warning.as_ref().map(AsRef::as_ref))
        .bind(product.packaging.as_ref().map(AsRef::as_ref))
        .bind(product.disposal.as_ref().map(AsRef::as_ref))
        .bind(now.micros())
        .bind(product.crop.as_ref().map(CropCode::as_str))
    )?;
    if done == 1 {
        know(tx, id, product.gtin.as_ref(), now).await?;
    }
    Ok(done == 1)
}

/// Knows a product by a GTIN from now on, or by none.
async fn know(tx: &mut Tx, id: ProductId, gtin: Option<&Gtin>, now: Moment) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query("DELETE FROM product_gtin WHERE product_id = $1 AND gtin IS DISTINCT FROM $2")
            .bind(id.as_uuid())
            .bind(gtin.map(Gtin::as_str))
    )?;
    let Some(gtin) = gtin else { return Ok(()) };
    run!(
        tx,
        sqlx::query(
            "INSERT INTO product_gtin (gtin, product_id, since) SELECT $1, $2, $3 \
             WHERE NOT EXISTS (SELECT 1 FROM product_gtin WHERE product_id = $2)"
        )
        .bind(gtin.as_str())
        .bind(id.as_uuid())
        .bind(now.micros())
    )?;
    Ok(())
}

/// Changes what is said of the product as it was read at `version`. `false` when it was changed since, or there is none.
///
/// # Errors
/// When the database fails; a GTIN that was taken meanwhile is a unique violation.
pub async fn update(
    tx: &mut Tx,
    id: ProductId,
    version: i64,
    product: &NewProduct,
    now: Moment,
) -> Result<bool, StoreError> {
    // What the ledger rests on is kept as it was until now, where it is said anew.
    run!(
        tx,
        sqlx::query(
            "INSERT INTO product_past (product_id, until_at, group_code, crop_code, shelf_life_days) \
             SELECT id, $2, group_code, crop_code, shelf_life_days FROM product WHERE id = $1 AND version = $6 \
             AND (group_code <> $3 OR crop_code IS DISTINCT FROM $4 OR shelf_life_days IS DISTINCT FROM $5) \
             ON CONFLICT DO NOTHING"
        )
        .bind(id.as_uuid())
        .bind(now.micros())
        .bind(product.group.code)
        .bind(product.crop.as_ref().map(CropCode::as_str))
        .bind(product.shelf_life_days.map(i64::from))
        .bind(version)
    )?;
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE product SET gtin = $3, group_code = $4, name = $5, name_folded = $6, name_en = $7, brand = $8, \
             unit = $9, shelf_life_days = $10, storage = $11, standards = $12, safety_warning = $13, packaging = $14, \
             disposal = $15, changed_at = $16, crop_code = $17, version = version + 1 WHERE id = $1 AND version = $2"
        )
        .bind(id.as_uuid())
        .bind(version)
        .bind(product.gtin.as_ref().map(Gtin::as_str))
        .bind(product.group.code)
        .bind(product.name.as_str())
        .bind(fold(product.name.as_str()))
        .bind(product.name_en.as_ref().map(AsRef::as_ref))
        .bind(product.brand.as_ref().map(AsRef::as_ref))
        .bind(product.unit.as_str())
        .bind(product.shelf_life_days.map(i64::from))
        .bind(product.storage.as_ref().map(AsRef::as_ref))
        .bind(product.standards.as_ref().map(AsRef::as_ref))
        .bind(product.safety_warning.as_ref().map(AsRef::as_ref))
        .bind(product.packaging.as_ref().map(AsRef::as_ref))
        .bind(product.disposal.as_ref().map(AsRef::as_ref))
        .bind(now.micros())
        .bind(product.crop.as_ref().map(CropCode::as_str))
    )?;
    if done == 1 {
        know(tx, id, product.gtin.as_ref(), now).await?;
    }
    Ok(done == 1)
}

/// Raises the version of a party's product, before its pictures are changed: two such changes never run side by side. `false`
/// when it is not the party's product.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, id: ProductId, party: PartyId, now: Moment) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE product SET version = version + 1, changed_at = $3 WHERE id = $1 AND party_id = $2"
        )
        .bind(id.as_uuid())
        .bind(party.as_uuid())
        .bind(now.micros())
    )?;
    Ok(done == 1)
}

/// The product with this id.
///
/// # Errors
/// When the database fails.
pub async fn product(tx: &mut Tx, id: ProductId) -> Result<Option<Product>, StoreError> {
    let row: Option<ProductRow> = on!(tx, |conn| sqlx::query_as(select_product!("WHERE id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await)?;
    row.map(Product::try_from).transpose()
}

/// The product with this GTIN.
///
/// # Errors
/// When the database fails.
pub async fn by_gtin(tx: &mut Tx, gtin: &Gtin) -> Result<Option<Product>, StoreError> {
    let row: Option<ProductRow> = on!(tx, |conn| sqlx::query_as(select_product!(
        "WHERE gtin = $1 AND id = (SELECT product_id FROM product_gtin WHERE gtin = $1)"
    ))
    .bind(gtin.as_str())
    .fetch_optional(conn)
    .await)?;
    row.map(Product::try_from).transpose()
}

/// The product with this registry number.
///
/// # Errors
/// When the database fails.
pub async fn by_number(tx: &mut Tx, number: &ProductNumber) -> Result<Option<Product>, StoreError> {
    let row: Option<ProductRow> = on!(tx, |conn| sqlx::query_as(select_product!("WHERE number = $1"))
        .bind(number.as_str())
        .fetch_optional(conn)
        .await)?;
    row.map(Product::try_from).transpose()
}

/// The products of a party, newest first, that lie below `before`; `search` is part of a folded name.
///
/// # Errors
/// When the database fails.
pub async fn products_of(
    tx: &mut Tx,
    party: PartyId,
    search: &str,
    before: Option<Uuid>,
    size: PageSize,
) -> Result<Vec<Product>, StoreError> {
    let rows: Vec<ProductRow> = on!(tx, |conn| sqlx::query_as(select_product!(
        "WHERE party_id = $1 AND id < $2 AND name_folded LIKE $3 ORDER BY id DESC LIMIT $4"
    ))
    .bind(party.as_uuid())
    .bind(before.unwrap_or(Uuid::max()))
    .bind(format!("%{}%", fold(search)))
    .bind(size.limit())
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Product::try_from).collect()
}

/// The products of a party in the order of their names: what a form offers to choose from.
///
/// # Errors
/// When the database fails.
pub async fn products_to_choose(tx: &mut Tx, party: PartyId) -> Result<Vec<Product>, StoreError> {
    let rows: Vec<ProductRow> = on!(tx, |conn| sqlx::query_as(select_product!(
        "WHERE party_id = $1 ORDER BY name_folded, id LIMIT $2"
    ))
    .bind(party.as_uuid())
    .bind(CHOICES)
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Product::try_from).collect()
}

/// Whether a lot of the product exists: from then on its labels may be anywhere.
///
/// # Errors
/// When the database fails.
pub async fn has_lots(tx: &mut Tx, id: ProductId) -> Result<bool, StoreError> {
    on!(tx, |conn| sqlx::query("SELECT 1 FROM lot WHERE product_id = $1 LIMIT 1")
        .bind(id.as_uuid())
        .fetch_optional(conn)
        .await
        .map(|row| row.is_some()))
}

#[derive(FromRow)]
struct PictureRow {
    id: Uuid,
    small: Vec<u8>,
    large: Vec<u8>,
    width: i64,
    height: i64,
}

impl TryFrom<PictureRow> for Picture {
    type Error = StoreError;

    fn try_from(row: PictureRow) -> Result<Self, StoreError> {
        let misfit = |column| StoreError::misfit("product_picture", column, row.id, "out of range");
        let hash = |bytes: &[u8], column| {
            <[u8; 32]>::try_from(bytes).map(Sha256Hash::from_bytes).map_err(|_| misfit(column))
        };
        Ok(Self {
            id: PictureId::from_uuid(row.id),
            small: hash(&row.small, "small")?,
            large: hash(&row.large, "large")?,
            width: u32::try_from(row.width).map_err(|_| misfit("width"))?,
            height: u32::try_from(row.height).map_err(|_| misfit("height"))?,
        })
    }
}

/// The pictures that stand on a product, in order.
///
/// # Errors
/// When the database fails.
pub async fn pictures(tx: &mut Tx, product: ProductId) -> Result<Vec<Picture>, StoreError> {
    let rows: Vec<PictureRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, small, large, width, height FROM product_picture \
         WHERE product_id = $1 AND removed_at IS NULL ORDER BY position, id"
    )
    .bind(product.as_uuid())
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(Picture::try_from).collect()
}

/// Puts a picture on a product, after those that stand there. Its files must be stored already.
///
/// # Errors
/// When the database fails.
pub async fn insert_picture(
    tx: &mut Tx,
    product: ProductId,
    picture: &Picture,
    now: Moment,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO product_picture (id, product_id, position, small, large, width, height, added_at) \
             SELECT $1, $2, CAST(COALESCE(MAX(position), 0) + 1 AS BIGINT), $3, $4, $5, $6, $7 \
             FROM product_picture WHERE product_id = $2"
        )
        .bind(picture.id.as_uuid())
        .bind(product.as_uuid())
        .bind(picture.small.as_bytes().as_slice())
        .bind(picture.large.as_bytes().as_slice())
        .bind(i64::from(picture.width))
        .bind(i64::from(picture.height))
        .bind(now.micros())
    )?;
    Ok(())
}

/// Gives a picture its place in the order. `false` when it does not stand on the product.
///
/// # Errors
/// When the database fails.
pub async fn place_picture(
    tx: &mut Tx,
    product: ProductId,
    picture: PictureId,
    position: i64,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE product_picture SET position = $3 WHERE id = $1 AND product_id = $2 AND removed_at IS NULL"
        )
        .bind(picture.as_uuid())
        .bind(product.as_uuid())
        .bind(position)
    )?;
    Ok(done == 1)
}

/// Takes a picture off a product. `false` when it does not stand there.
///
/// # Errors
/// When the database fails.
pub async fn remove_picture(
    tx: &mut Tx,
    product: ProductId,
    picture: PictureId,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE product_picture SET removed_at = $3 WHERE id = $1 AND product_id = $2 AND removed_at IS NULL"
        )
        .bind(picture.as_uuid())
        .bind(product.as_uuid())
        .bind(now.micros())
    )?;
    Ok(done == 1)
}

/// Whether a file is a picture that stands on a product, and so for everybody to see; documents never are.
///
/// # Errors
/// When the database fails.
pub async fn is_picture(tx: &mut Tx, hash: &Sha256Hash) -> Result<bool, StoreError> {
    on!(tx, |conn| sqlx::query(
        "SELECT 1 FROM product_picture WHERE (small = $1 OR large = $1) AND removed_at IS NULL LIMIT 1"
    )
    .bind(hash.as_bytes().as_slice())
    .fetch_optional(conn)
    .await
    .map(|row| row.is_some()))
}
