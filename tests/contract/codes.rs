//! The store of codes that were issued, and issuing at the same moment.

use crate::support::app::{On, on_both};
use crate::support::log::told;
use crate::support::trade::Trade;
use futures_util::future::join_all;
use nguongoc::chain::{self, By, Command, StopLot};
use nguongoc::codes::{self, store};
use nguongoc::kernel::{LotId, Note};
use nguongoc::log::{self, Standing, Stop, Subject};
use nguongoc::store::StoreError;
use std::time::Duration;

on_both!(
    a_code_is_written_once,
    many_at_once_issue_one_code,
    issuing_and_holding_at_once,
    a_node_looks_at_the_log_before_its_first_act,
);

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

async fn a_node_looks_at_the_log_before_its_first_act(on: On) {
    let trade = Trade::start(on).await;
    let (by, official) = (trade.farm.by(), By::Official(trade.officer));
    let (first, lot) = (trade.lot(1_000).await, trade.lot(1_000).await);
    codes::issue(trade.app(), &by, first).await.unwrap();
    let stop = |lot: LotId| StopLot { lot, reason: Note::parse("Kiểm tra").unwrap() };
    chain::record(trade.app(), &official, Command::Hold(stop(first))).await.unwrap();
    // A second node has just started, and has never seen a checkpoint: it learns that before it does anything, not behind it.
    let (node, _data) = trade.registry.node(9).await;
    assert_eq!(node.log.standing(), Standing::Unknown);
    let is_stopped = |error: &log::Error| matches!(error, log::Error::Stopped(Stop::FileMissing { .. }));
    match codes::issue(&node, &by, lot).await {
        Err(codes::Error::Log(error)) if is_stopped(&error) => {}
        other => panic!("{other:?}"),
    }
    let stored =
        async |lot: LotId| trade.app().store.read(async |tx| store::issued(tx, lot).await).await.unwrap();
    assert!(stored(lot).await.is_none(), "nothing was issued");
    match chain::record(&node, &official, Command::Release(stop(first))).await {
        Err(chain::Error::Log(error)) if is_stopped(&error) => {}
        other => panic!("{other:?}"),
    }
    let held = trade.app().store.read(async |tx| nguongoc::lots::find(tx, first).await).await.unwrap();
    assert!(held.unwrap().stop().is_some(), "nothing was freed");
    // What was issued before is answered again.
    assert_eq!(codes::issue(&node, &by, first).await.unwrap().url(), stored(first).await.unwrap().url());
    // Once it has seen one, it goes on.
    log::adopt(&node, &log::checkpoint(&node).await.unwrap().unwrap()).await.unwrap();
    node.clock.set(node.clock.now().plus(Duration::from_secs(10)));
    log::carry(&node).await.unwrap();
    codes::issue(&node, &by, lot).await.unwrap();
    assert!(stored(lot).await.is_some());
}
