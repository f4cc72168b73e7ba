//! The SQL of lots that begin again, while everything is made anew: none is there before the event with which it began.
//!
//! What must stay true: a lot begins under the names and numbers that it has on record, and with nothing of what became of it since.

use crate::kernel::{Day, LotCode, LotId, Moment, ProductId, Quantity};
use crate::store::aside::{self, Schemas};
use crate::store::{StoreError, Tx, on, run};
use uuid::Uuid;

/// Shows the lots on record beside those that have begun.
///
/// # Errors
/// When the database fails.
pub async fn set_record(tx: &mut Tx, schemas: &Schemas) -> Result<(), StoreError> {
    aside::view(tx, "recorded_lot", &format!("SELECT * FROM {}.lot", schemas.standing)).await
}

/// A lot that begins again, as it began once.
#[derive(Clone, Copy, Debug)]
pub struct BeginsAgain<'a> {
    /// The product.
    pub product: ProductId,
    /// The lot's code.
    pub code: &'a LotCode,
    /// How much was declared.
    pub declared: Quantity,
    /// When it grew.
    pub harvested_on: Day,
    /// The moment: a lot that began later does not begin yet.
    pub now: Moment,
}

/// Lets a lot begin under the names and numbers that it has on record, with nothing of what became of it since. None where none is on
/// record, or it has begun.
///
/// # Errors
/// When the database fails.
pub async fn begin_again(tx: &mut Tx, lot: &BeginsAgain<'_>) -> Result<Option<LotId>, StoreError> {
    let begun: Option<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "INSERT INTO lot SELECT * FROM recorded_lot r WHERE r.product_id = $1 AND r.code = $2 AND r.created_at <= $3 \
             AND NOT EXISTS (SELECT 1 FROM lot l WHERE l.id = r.id) RETURNING id",
        )
        .bind(lot.product.as_uuid())
        .bind(lot.code.as_str())
        .bind(lot.now.micros())
        .fetch_optional(conn)
        .await
    })?;
    let Some(begun) = begun else { return Ok(None) };
    let as_new = "UPDATE lot SET declared = $2, harvested_on = $3, packed_on = NULL, expires_on = NULL, hold = 'none', \
                  hold_reason = NULL, hold_by = NULL, own_hold = NULL, recall = 'none', recall_reason = NULL, breach = NULL, \
                  troubles = 0, upstream = NULL, upstream_lot = NULL WHERE id = $1";
    run!(tx, sqlx::query(as_new).bind(begun).bind(lot.declared.amount()).bind(lot.harvested_on.to_string()))?;
    Ok(Some(LotId::from_uuid(begun)))
}

/// The code of a lot on record that did not begin again.
///
/// # Errors
/// When the database fails.
pub async fn not_begun(tx: &mut Tx) -> Result<Option<String>, StoreError> {
    on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT r.code FROM recorded_lot r WHERE NOT EXISTS (SELECT 1 FROM lot l WHERE l.id = r.id) ORDER BY r.id LIMIT 1"
    )
    .fetch_optional(conn)
    .await
    })
}
