//! The door of products: when another crop or group is said of a product, what was harvested of it is measured again, and what is packed of
//! it under certificates is weighed again; when it gets its GTIN, what was told under that passes the door; in the same unit of work.
//!
//! What must stay true: a crop that is said later, or taken back, opens no way round what a plot and a certificate yield.

use super::act::Act;
use super::error::Error;
use super::model::By;
use super::store::claims as store;
use super::{claims, door, growth, known};
use crate::accounts::Member;
use crate::app::App;
use crate::kernel::ProductId;
use crate::products::{self, NewProduct, Product, ProductView};
use crate::store::{StoreError, Tx};

/// Why a product was not changed: its own reason, or the door's.
#[derive(Debug, thiserror::Error)]
pub enum ProductError {
    /// The product cannot be said to be so.
    #[error(transparent)]
    Product(#[from] products::Error),
    /// The door stays shut.
    #[error(transparent)]
    Chain(#[from] Error),
}

impl From<StoreError> for ProductError {
    fn from(error: StoreError) -> Self {
        Self::Chain(error.into())
    }
}

/// Adds a product of the member's party: what was told under its GTIN before has its effect now.
///
/// # Errors
/// As [`products::add`].
pub async fn add_product(app: &App, by: &Member, new: &NewProduct) -> Result<Product, ProductError> {
    let drawn = products::Drawn::draw(app);
    door::change(app, &By::own(*by), async |tx, act| {
        let product = products::add(tx, by, &drawn, new, act.now).await;
        // Another product may have got the same GTIN at the same moment.
        let product = product.map_err(|error| products::taken_meanwhile(error, new))?;
        known::known(tx, act, product.id).await?;
        Ok::<_, ProductError>(product)
    })
    .await
}

/// Changes what is said of a product of the member's party.
///
/// # Errors
/// As [`products::change`].
pub async fn change_product(
    app: &App,
    by: &Member,
    id: ProductId,
    new: &NewProduct,
) -> Result<ProductView, ProductError> {
    door::change(app, &By::own(*by), async |tx, act| {
        let before = products::product(tx, id).await?;
        let view = products::change(tx, by, id, new, act.now).await;
        // Another product may have got the same GTIN at the same moment.
        let view = view.map_err(|error| products::taken_meanwhile(error, new))?;
        if before.as_ref().is_some_and(|before| grows_otherwise(before, &view.product)) {
            product_changed(tx, act, id).await?;
        }
        if before.is_none_or(|before| before.gtin != view.product.gtin) {
            known::known(tx, act, id).await?;
        }
        Ok::<_, ProductError>(view)
    })
    .await
}

/// Whether another crop or group is said of a product, by which what grew is measured.
pub(super) fn grows_otherwise(before: &Product, after: &Product) -> bool {
    before.crop != after.crop || before.group != after.group
}

/// Measures and weighs again what was harvested of a product and beside it, and what is packed of it under certificates.
pub(super) async fn product_changed(tx: &mut Tx, act: &mut Act<'_>, product: ProductId) -> Result<(), Error> {
    for (place, first) in store::harvested_at(tx, product).await? {
        growth::season_changed(tx, act, place, first.day()).await?;
    }
    claims::note_product(tx, act, product).await
}
