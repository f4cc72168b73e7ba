//! A node that cannot keep what it signs: it gives up the lead, and takes none before it can.

use super::{append, published, published_size};
use crate::support::app::{On, TestApp, on_both};
use nguongoc::app::App;
use nguongoc::log::store::tree;
use nguongoc::log::{self, Error, Standing, Stop};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

on_both!(
    who_cannot_write_its_file_leaves_the_lead_to_others,
    what_was_recorded_before_the_log_stopped_is_told_as_recorded,
);

/// Puts a file in the place of the folder of the checkpoint; where the folder is now.
fn break_folder(app: &App) -> PathBuf {
    let (folder, away) = (app.config.data.join("log"), app.config.data.join("away"));
    fs::rename(&folder, &away).unwrap();
    fs::write(&folder, "no folder").unwrap();
    away
}

fn mend_folder(app: &App) {
    let (folder, away) = (app.config.data.join("log"), app.config.data.join("away"));
    fs::remove_file(&folder).unwrap();
    fs::rename(&away, &folder).unwrap();
}

async fn head(app: &App) -> tree::Head {
    app.store.glance(async |tx| tree::head(tx).await).await.unwrap()
}

async fn who_cannot_write_its_file_leaves_the_lead_to_others(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    while log::carry(app).await.unwrap() > 0 {}
    let (other, _data) = registry.node(9).await;
    log::adopt(&other, &log::checkpoint(&other).await.unwrap().unwrap()).await.unwrap();
    assert_eq!((log::carry(&other).await.unwrap(), other.log.standing()), (0, Standing::Follows));
    let (before, led) = (published_size(app).await, head(app).await.holder);
    break_folder(app);
    let told = append(app, 1, json!({ "n": 1 })).await;
    let outcome = log::carry(app).await;
    assert!(matches!(outcome, Err(Error::Stopped(Stop::File(_)))), "{outcome:?}");
    // The other one need not wait for the end of a lead: the clock stands.
    assert_eq!((log::carry(&other).await.unwrap(), other.log.standing()), (1, Standing::Leads));
    log::ready(&other).await.unwrap();
    assert_eq!(log::sealed(&other, told).await.unwrap(), before);
    let next = append(&other, 1, json!({ "n": 2 })).await;
    assert_eq!(log::sealed(&other, next).await.unwrap(), before + 1);
    // The first one takes the lead no more, also when nobody has it, and says why.
    for _ in 0..3 {
        other.clock.set(other.clock.now().plus(Duration::from_secs(10)));
        let outcome = log::carry(app).await;
        assert!(matches!(outcome, Err(Error::Stopped(Stop::File(_)))), "{outcome:?}");
        assert_ne!(head(app).await.holder, led, "it did not come back to the lead");
        assert!(matches!(log::ready(app).await, Err(Error::Stopped(Stop::File(_)))));
    }
    // Mended, it may lead again.
    mend_folder(app);
    other.clock.set(other.clock.now().plus(Duration::from_secs(10)));
    let last = append(app, 1, json!({ "n": 3 })).await;
    assert_eq!(log::sealed(app, last).await.unwrap(), before + 2);
    assert_eq!((app.log.standing(), head(app).await.holder), (Standing::Leads, led));
    published(app).await;
}

async fn what_was_recorded_before_the_log_stopped_is_told_as_recorded(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    while log::carry(app).await.unwrap() > 0 {}
    break_folder(app);
    // No round has found it out yet: the act may begin, and its entry is recorded.
    log::ready(app).await.unwrap();
    let told = append(app, 1, json!({})).await;
    let outcome = log::sealed(app, told).await;
    assert!(matches!(outcome, Err(Error::Waits(Stop::File(_)))), "{outcome:?}");
    assert!(matches!(log::ready(app).await, Err(Error::Stopped(Stop::File(_)))));
    mend_folder(app);
    log::sealed(app, told).await.unwrap();
}
