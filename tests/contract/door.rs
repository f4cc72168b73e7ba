//! What is said of places and products at the same moment as somebody else says the like.

use crate::support::app::{On, on_both};
use crate::support::rows::gln;
use crate::support::trade::Trade;
use crate::support::waits::{until, waiting};
use futures_util::future::join;
use nguongoc::chain::{self, PlaceError, ProductError};
use nguongoc::places::{self, PlaceDraft};
use nguongoc::products::{self, ProductDraft};
use nguongoc::store::Store;
use uuid::Uuid;

on_both!(a_number_that_was_taken_meanwhile_is_told);

/// Does something while somebody else gives a number to a row, which is not seen before it is met. On SQLite, which has one writer, they
/// come first.
async fn beside<T>(
    store: &Store,
    gives: &'static str,
    (number, row): (&str, Uuid),
    act: impl Future<Output = T>,
) -> T {
    match store {
        Store::Sqlite { writer, .. } => {
            sqlx::query(gives).bind(number).bind(row).execute(writer).await.unwrap();
            act.await
        }
        Store::Postgres { pool, .. } => {
            let mut held = pool.begin().await.unwrap();
            sqlx::query(gives).bind(number).bind(row).execute(&mut *held).await.unwrap();
            let commits = async {
                until("the act waits", async || waiting(store).await > 0).await;
                held.commit().await.unwrap();
            };
            join(act, commits).await.0
        }
    }
}

async fn a_number_that_was_taken_meanwhile_is_told(on: On) {
    let trade = Trade::start(on).await;
    let (app, farm, packer) = (trade.app(), &trade.farm, &trade.packer);
    let gln = gln(7).to_string();
    let draft = PlaceDraft {
        kind: "plot".to_owned(),
        name: "Ruộng".to_owned(),
        commune: "00004".to_owned(),
        gln: gln.clone(),
        ..PlaceDraft::default()
    };
    let place = draft.parse().expect("a place");
    let gives = "UPDATE place SET gln = $1 WHERE id = $2";
    let change = chain::change_place(app, &farm.member, farm.place, &place);
    let changed = beside(&app.store, gives, (&gln, packer.place.as_uuid()), change).await;
    let is_told = matches!(
        &changed,
        Err(PlaceError::Place(places::Error::GlnTaken { gln: taken, own: false })) if *taken == gln
    );
    assert!(is_told, "{changed:?}");

    let gtin = "09520000000028";
    let draft = ProductDraft {
        gtin: gtin.to_owned(),
        group: "rau".to_owned(),
        name: "Rau dền".to_owned(),
        ..ProductDraft::default()
    };
    let product = draft.parse().expect("a product");
    let gives = "UPDATE product SET gtin = $1 WHERE id = $2";
    let change = chain::change_product(app, &farm.member, farm.product, &product);
    let changed = beside(&app.store, gives, (gtin, packer.product.as_uuid()), change).await;
    let is_told = matches!(
        &changed,
        Err(ProductError::Product(products::Error::GtinTaken { gtin: taken, own: false })) if taken == gtin
    );
    assert!(is_told, "{changed:?}");
}
