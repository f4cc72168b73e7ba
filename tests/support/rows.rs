//! Rows of other rooms that a test of goods needs, written straight into their tables.

use nguongoc::kernel::{Gln, PartyId, PlaceId, ProductId};
use nguongoc::store::Store;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// An id that no other row of this test has, in rising order.
pub(crate) fn id<T: From<Uuid>>() -> T {
    let number = u128::from(NEXT.fetch_add(1, Ordering::SeqCst));
    T::from(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + number))
}

macro_rules! execute {
    ($store:expr, $query:expr) => {
        match $store {
            Store::Sqlite { writer, .. } => drop($query.execute(writer).await.expect("a row")),
            Store::Postgres { pool, .. } => drop($query.execute(pool).await.expect("a row")),
        }
    };
}

/// An approved firm of Hanoi.
pub(crate) async fn firm(store: &Store, name: &str) -> PartyId {
    let party: PartyId = id();
    execute!(
        store,
        sqlx::query(
            "INSERT INTO party (id, kind, name, name_folded, tax_kind, commune, address, status, consent, applied_at) \
             VALUES ($1, 'cooperative', $2, $2, 'none', '00004', 'Thôn Mẫu', 'approved', 1, 0)"
        )
        .bind(party.as_uuid())
        .bind(name)
    );
    party
}

/// A lot of a product.
pub(crate) async fn lot(store: &Store, product: ProductId, party: PartyId, place: PlaceId) {
    let lot: PlaceId = id();
    execute!(
        store,
        sqlx::query(
            "INSERT INTO lot (id, product_id, code, short_code, party_id, place_id, unit, declared, harvested_on, created_at) \
             VALUES ($1, $2, 'L1', '3000000010', $3, $4, 'gram', 1000, '2026-11-23', 0)"
        )
        .bind(lot.as_uuid())
        .bind(product.as_uuid())
        .bind(party.as_uuid())
        .bind(place.as_uuid())
    );
}

/// A GLN under the prefix for examples, with its check digit.
pub(crate) fn gln(number: u32) -> Gln {
    let digits = format!("952{number:09}");
    let check = nguongoc::kernel::check_digit::compute(&digits).expect("digits");
    Gln::parse(&format!("{digits}{check}")).expect("a GLN")
}

/// A GTIN under the prefix for examples, with its check digit, in 13 digits.
pub(crate) fn gtin(number: u32) -> String {
    gln(number).to_string()
}

/// An event waits for a lot.
pub(crate) async fn park(store: &Store, event: Uuid) {
    execute!(
        store,
        sqlx::query(
            "INSERT INTO parked (event_id, event_time, missing, waits_for) VALUES ($1, 0, 'lot', 'x')"
        )
        .bind(event)
    );
}

/// An event was declared wrong.
pub(crate) async fn correct(store: &Store, event: Uuid) {
    execute!(
        store,
        sqlx::query("INSERT INTO correction (event_id, corrected_by, declared_at) VALUES ($1, $1, 0)")
            .bind(event)
    );
}
