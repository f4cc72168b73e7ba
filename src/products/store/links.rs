//! The SQL of the further links of products.

use crate::kernel::{LinkId, Moment, ProductId};
use crate::products::links::{LinkType, ProductLink};
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct LinkRow {
    id: Uuid,
    link_type: String,
    href: String,
    title: String,
    lang: Option<String>,
    media_type: String,
    added_at: i64,
}

impl TryFrom<LinkRow> for ProductLink {
    type Error = StoreError;

    fn try_from(row: LinkRow) -> Result<Self, StoreError> {
        let kind = LinkType::named(&row.link_type);
        let misfit = || StoreError::misfit("product_link", "link_type", row.id, "not in the list");
        Ok(Self {
            id: LinkId::from_uuid(row.id),
            kind: kind.ok_or_else(misfit)?,
            href: row.href,
            title: row.title,
            lang: row.lang,
            media_type: row.media_type,
            added_at: Moment::from_micros(row.added_at),
        })
    }
}

/// The links that stand on a product, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn links(tx: &mut Tx, product: ProductId) -> Result<Vec<ProductLink>, StoreError> {
    let rows: Vec<LinkRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, link_type, href, title, lang, media_type, added_at FROM product_link \
         WHERE product_id = $1 AND removed_at IS NULL ORDER BY id"
    )
    .bind(product.as_uuid())
    .fetch_all(conn)
    .await)?;
    rows.into_iter().map(ProductLink::try_from).collect()
}

/// Puts a link on a product.
///
/// # Errors
/// When the database fails.
pub async fn insert_link(tx: &mut Tx, product: ProductId, link: &ProductLink) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO product_link (id, product_id, link_type, href, title, lang, media_type, added_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(link.id.as_uuid())
        .bind(product.as_uuid())
        .bind(link.kind.code.as_str())
        .bind(link.href.as_str())
        .bind(link.title.as_str())
        .bind(link.lang.as_deref())
        .bind(link.media_type.as_str())
        .bind(link.added_at.micros())
    )?;
    Ok(())
}

/// Takes a link off a product. `false` when it does not stand there.
///
/// # Errors
/// When the database fails.
pub async fn remove_link(
    tx: &mut Tx,
    product: ProductId,
    link: LinkId,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "UPDATE product_link SET removed_at = $3 WHERE id = $1 AND product_id = $2 AND removed_at IS NULL"
        )
        .bind(link.as_uuid())
        .bind(product.as_uuid())
        .bind(now.micros())
    )?;
    Ok(done == 1)
}
