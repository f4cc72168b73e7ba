//! The store of codes that were issued, and issuing at the same moment.

use crate::support::app::{On, on_both};
use crate::support::log::told;
use crate::support::trade::Trade;
use futures_util::future::join_all;
use nguongoc::chain::{self, By, Command, StopLot};
use nguongoc::codes::{self, store};
use nguongoc::kernel::Note;
use nguongoc::log::Subject;
use nguongoc::store::StoreError;

on_both!(a_code_is_written_once, many_at_once_issue_one_code, issuing_and_holding_at_once);

async fn a_code_is_written_once(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let read = async || trade.app().store.read(async |tx| store::issued(tx, lot).await).await.unwrap();
    assert!(read().await.is_none());
    let issued = codes::issue(trade.app(), &trade.farm.by(), lot).await.unwrap();
    let stored = read().await.unwrap();
    assert_eq!((stored.url(), stored.key, stored.party), (issued.url(), issued.key, trade.farm.party));
    let person = trade.farm.member.person;
    let again: Result<(), StoreError> =
        trade.app().store.write(async |tx| store::insert(tx, lot, person, &issued).await).await;
    assert!(again.unwrap_err().is_unique_violation());
}

async fn many_at_once_issue_one_code(on: On) {
    let trade = Trade::start(on).await;
    let lot = trade.lot(1_000).await;
    let by = trade.farm.by();
    let issued = join_all((0..8).map(|_| codes::issue(trade.app(), &by, lot))).await;
    let urls: Vec<_> = issued.into_iter().map(|issued| issued.unwrap().url()).collect();
    assert!(urls.iter().all(|url| *url == urls[0]), "{urls:?}");
    let entries = told(&trade.app().store, &Subject::Lot(lot)).await;
    assert_eq!(entries.iter().filter(|(kind, _)| kind == "codes.issued").count(), 1, "{entries:?}");
}

async fn issuing_and_holding_at_once(on: On) {
    let trade = Trade::start(on).await;
    let (by, official) = (trade.farm.by(), By::Official(trade.officer));
    for _ in 0..4 {
        let lot = trade.lot(1_000).await;
        let stop = StopLot { lot, reason: Note::parse("Kiểm tra").unwrap() };
        let hold = chain::record(trade.app(), &official, Command::Hold(stop));
        let (issued, held) = futures_util::join!(codes::issue(trade.app(), &by, lot), hold);
        held.unwrap();
        // Either order is right; what is never right is a refusal for another reason, or half of it.
        let stored = trade.app().store.read(async |tx| store::issued(tx, lot).await).await.unwrap();
        match issued {
            Ok(issued) => assert_eq!(stored.unwrap().url(), issued.url()),
            Err(codes::Error::Stopped(_)) => assert!(stored.is_none()),
            Err(other) => panic!("{other:?}"),
        }
    }
}
