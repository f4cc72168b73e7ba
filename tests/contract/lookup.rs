//! The stores of `lookup` and `trace` on both databases.

use crate::support::app::{On, on_both};
use crate::support::trade::Trade;
use nguongoc::accounts::Role;
use nguongoc::chain::{self, By, Command, StopLot};
use nguongoc::codes::ProductKey;
use nguongoc::kernel::{Gln, LotCode, Note, PageSize, PersonId, ProductNumber, ReportId, ShortCode};
use nguongoc::lookup::store;
use nguongoc::store::StoreError;
use nguongoc::{lookup, trace};
use uuid::Uuid;

on_both!(
    a_lot_is_found_by_each_of_its_names,
    its_stamp_moves_with_whatever_the_page_shows,
    stages_come_in_the_order_of_time,
    a_report_is_handled_by_one_of_many,
);

async fn a_lot_is_found_by_each_of_its_names(on: On) {
    let trade = Trade::start(on).await;
    let command = trade.declaration(5_000, Some("LO-1"));
    let lot = chain::record(trade.app(), &trade.farm.by(), command).await.unwrap().lot;
    let numbered = ProductNumber::from_seed(1);
    trade
        .app()
        .store
        .glance(async |tx| {
            let found = store::lot_by_short_code(tx, &lot.short_code).await?.unwrap();
            assert_eq!((found.id, found.code.as_str()), (lot.id, "LO-1"));
            let key = match &found.product.gtin {
                Some(gtin) => ProductKey::Gtin(gtin.clone()),
                None => ProductKey::Number(found.product.number.clone()),
            };
            let code = LotCode::parse("LO-1").unwrap();
            assert_eq!(store::lot_of_product(tx, &key, &code).await?.unwrap().id, lot.id);
            let goods = store::goods(tx, &key, Some(&code)).await?.unwrap();
            assert_eq!(goods.short_code.as_deref(), Some(lot.short_code.as_str()));
            assert_eq!((goods.id, goods.code.as_str()), (lot.product, found.product.code()));
            let number = ProductKey::Number(found.product.number.clone());
            assert_eq!(store::goods(tx, &number, Some(&code)).await?, Some(goods.clone()));
            // The product is there without its lot.
            assert_eq!(store::goods(tx, &key, None).await?.unwrap().short_code, None);
            assert_eq!(store::latest_lots(tx, lot.product).await?, [], "no code was issued");
            assert!(store::party_of(tx, lot.party).await?.is_some());
            assert!(store::party_by_gln(tx, &Gln::parse("9520000000004").unwrap()).await?.is_none());
            // Another lot code, another product, another short code: nothing, and no error.
            let other = LotCode::parse("LO-2").unwrap();
            assert!(store::lot_of_product(tx, &key, &other).await?.is_none());
            assert!(store::lot_of_product(tx, &ProductKey::Number(numbered.clone()), &code).await?.is_none());
            assert_eq!(store::goods(tx, &key, Some(&other)).await?.unwrap().short_code, None);
            assert!(store::goods(tx, &ProductKey::Number(numbered.clone()), Some(&code)).await?.is_none());
            assert!(store::lot_by_short_code(tx, &ShortCode::from_seed(7)).await?.is_none());
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}

async fn its_stamp_moves_with_whatever_the_page_shows(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(5_000).await;
    let stamp =
        async || trade.app().store.glance(async |tx| store::stamp(tx, lot).await).await.unwrap().unwrap();
    let first = stamp().await;
    assert_eq!(first, stamp().await);
    let reason: Note<500> = Note::parse("chờ xác minh").unwrap();
    let inspector = By::Official(trade.officer);
    chain::record(trade.app(), &inspector, Command::Hold(StopLot { lot, reason })).await.unwrap();
    let held = stamp().await;
    assert!(held.lot > first.lot, "{held:?} after {first:?}");
    assert_eq!((held.product, held.party, held.key_compromised), (first.product, first.party, false));
}

async fn stages_come_in_the_order_of_time(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(5_000).await;
    let shipped = trade.ship(&trade.farm, &trade.packer, lot, 3_000).await.unwrap();
    trade.receive(&trade.packer, shipped.event, 3_000).await.unwrap();
    let origin = trade.app().store.read(async |tx| trace::origin(tx, lot).await).await.unwrap();
    let steps: Vec<_> = origin.stages.iter().map(|stage| stage.step.as_str()).collect();
    assert_eq!(steps, ["harvest", "ship", "receive"]);
    let nothing = trade
        .app()
        .store
        .glance(async |tx| {
            assert!(trace::store::inputs(tx, lot).await?.is_empty(), "nothing was mixed");
            trace::store::logged(tx, lot).await
        })
        .await
        .unwrap();
    assert!(nothing.0.is_empty() && nothing.1.is_none(), "nothing is logged yet");
}

async fn a_report_is_handled_by_one_of_many(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(5_000).await;
    let db = trade.app().store.clone();
    let now = trade.app().clock.now();
    let id = ReportId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
    let about = lookup::About::ALL[0];
    db.write(async |tx| store::insert_report(tx, id, Some(lot), about, now).await).await.unwrap();
    let open = db.read(async |tx| store::open_reports(tx, None, PageSize::default()).await).await.unwrap();
    assert_eq!(open.iter().map(|report| report.id).collect::<Vec<_>>(), [id]);
    let officials: Vec<_> = (0..6_u128)
        .map(|n| {
            let db = db.clone();
            let person = PersonId::from_uuid(Uuid::from_u128(n + 1));
            actix_web::rt::spawn(async move {
                db.write(async |tx| store::handle_report(tx, id, person, now).await).await.unwrap()
            })
        })
        .collect();
    let mut handled = 0;
    for official in officials {
        handled += u32::from(official.await.unwrap());
    }
    assert_eq!((handled, trade.officer.role), (1, Role::Officer));
    let open = db.read(async |tx| store::open_reports(tx, None, PageSize::default()).await).await.unwrap();
    assert!(open.is_empty());
}
