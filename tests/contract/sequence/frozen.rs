//! A leader that freezes in the middle of a write: PostgreSQL cuts it off, and another node goes on; one that only waits gives up.

use super::{append, published};
use crate::support::app::{On, TestApp, on_both};
use nguongoc::kernel::Sha256Hash;
use nguongoc::log::store::tree;
use nguongoc::log::{self, Standing};
use nguongoc::store::{Connection, StoreError};
use serde_json::json;
use std::time::Duration;
use tokio::sync::oneshot;

on_both!(
    a_leader_that_freezes_while_it_writes_is_followed_within_five_seconds,
    nobody_waits_long_for_the_head,
);

/// How long one is frozen: SQLite has one program that writes, and no server that could cut it off.
const FROZEN: Duration = Duration::from_mins(5);

/// How soon others go on.
const SOON: Duration = Duration::from_secs(5);

async fn a_leader_that_freezes_while_it_writes_is_followed_within_five_seconds(on: On) {
    if on == On::Sqlite {
        return;
    }
    let registry = TestApp::start(on).await;
    while log::carry(&registry.app).await.unwrap() > 0 {}
    let (other, _data) = registry.node(9).await;
    log::adopt(&other, &log::checkpoint(&other).await.unwrap().unwrap()).await.unwrap();
    let told = append(&other, 1, json!({})).await;
    let head = other.store.glance(async |tx| tree::head(tx).await).await.unwrap();
    let (begun, is_in) = oneshot::channel();
    // The first node moves the head, as a round does, and is stopped there with its connection open.
    let (app, led) = (registry.app.clone(), (head.holder.unwrap(), head.fence));
    let frozen = actix_web::rt::spawn(async move {
        let begun = std::cell::Cell::new(Some(begun));
        app.store
            .write_briefly(async |tx| {
                let to = (head.size + 1, &Sha256Hash::of(b"half a round"));
                assert!(tree::advance(tx, led, head.size, to, app.clock.now()).await?);
                begun.take().map(|begun| begun.send(()));
                tokio::time::sleep(FROZEN).await;
                Ok::<_, StoreError>(())
            })
            .await
    });
    is_in.await.unwrap();
    // Its lead is over by the clock.
    other.clock.set(other.clock.now().plus(Duration::from_secs(10)));
    let sealed = tokio::time::timeout(SOON, log::sealed(&other, told)).await;
    let index = sealed.expect("nobody took over").unwrap();
    assert_eq!((index, other.log.standing()), (head.size, Standing::Leads));
    published(&other).await;
    frozen.abort();
    registry.stop().await;
}

async fn nobody_waits_long_for_the_head(on: On) {
    if on == On::Sqlite {
        return;
    }
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    while log::carry(app).await.unwrap() > 0 {}
    append(app, 1, json!({})).await;
    // Somebody has the head in hand, under the server's own limits.
    let apart = registry.apart().await;
    let (begun, is_in) = oneshot::channel();
    let holding = actix_web::rt::spawn(async move {
        let begun = std::cell::Cell::new(Some(begun));
        apart
            .store
            .write_beside(async |tx| {
                if let Connection::Postgres(conn) = tx.connection() {
                    sqlx::query("SELECT one FROM log_head FOR UPDATE").execute(conn).await?;
                }
                begun.take().map(|begun| begun.send(()));
                tokio::time::sleep(FROZEN).await;
                Ok::<_, StoreError>(())
            })
            .await
    });
    is_in.await.unwrap();
    // It does not fail: another one has it.
    let carried = tokio::time::timeout(SOON, log::carry(app)).await;
    assert_eq!(carried.expect("it waits").unwrap(), 0);
    assert_eq!(app.log.standing(), Standing::Follows);
    holding.abort();
    registry.stop().await;
}
