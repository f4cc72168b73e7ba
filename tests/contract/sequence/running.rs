//! A node that runs: it hears of what is recorded, and sees when the database is put back under it.

use super::{append, sql};
use crate::support::app::{On, TestApp, on_both};
use futures_util::future::join;
use nguongoc::log::{self, Error, Stop};
use serde_json::json;
use std::time::Duration;

on_both!(what_is_recorded_wakes_who_sequences, a_database_that_goes_back_under_a_running_node_is_found,);

async fn what_is_recorded_wakes_who_sequences(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    // What was recorded until now has woken whoever waits already.
    app.store.heard(Duration::ZERO).await;
    let both = join(app.store.heard(Duration::from_hours(1)), append(app, 1, json!({})));
    tokio::time::timeout(Duration::from_mins(1), both).await.expect("nobody was woken");
}

async fn a_database_that_goes_back_under_a_running_node_is_found(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    append(app, 1, json!({})).await;
    while log::carry(app).await.unwrap() > 0 {}
    log::ready(app).await.unwrap();
    let back = "UPDATE log_head SET size = size - 1, published = published - 1 WHERE one = 1";
    let forth = "UPDATE log_head SET size = size + 1, published = published + 1 WHERE one = 1";
    assert_eq!(sql(app, back).await.unwrap(), 1);
    // Nothing waits, and the next round sees it all the same.
    let outcome = log::carry(app).await;
    assert!(
        matches!(outcome, Err(Error::Stopped(Stop::Shorter { signed, found })) if signed == found + 1),
        "{outcome:?}"
    );
    assert!(matches!(log::ready(app).await, Err(Error::Stopped(Stop::Shorter { .. }))));
    assert!(matches!(log::agrees(app).await, Err(Error::Stopped(Stop::Shorter { .. }))));
    assert_eq!(sql(app, forth).await.unwrap(), 1);
    log::carry(app).await.unwrap();
    log::ready(app).await.unwrap();
}
