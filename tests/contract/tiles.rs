//! Full tiles of entries are kept as files, and a file is believed only if its entries stand in the tree.

use crate::sequence::sql;
use crate::support::app::{On, TestApp, on_both};
use nguongoc::app::App;
use nguongoc::kernel::LotId;
use nguongoc::log::{self, Author, Entry, Kind, Resource, Subject};
use nguongoc::store::{Kind as Database, StoreError};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use uuid::Uuid;

on_both!(
    a_tile_of_entries_is_served_from_its_file,
    a_file_that_is_not_of_this_log_is_not_served,
    a_folder_that_cannot_be_written_hinders_nobody,
);

/// A registry whose log has one full tile and a few entries more; where the file of the tile would lie.
async fn filled(on: On) -> (TestApp, PathBuf) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    app.store
        .write(async |tx| {
            for number in 0..270 {
                let entry = Entry {
                    id: app.id(),
                    kind: Kind::EventRecorded,
                    subject: Subject::Lot(LotId::from_uuid(Uuid::from_u128(number % 7))),
                    at: app.clock.now(),
                    actor: Author { party: None, role: "officer" },
                    body: json!({ "number": u64::try_from(number).unwrap() }),
                };
                log::append(tx, &entry).await?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    while log::carry(app).await.unwrap() > 0 {}
    let file = app.config.data.join("log/entries/0/000");
    (registry, file)
}

async fn get(registry: &TestApp, path: &str) -> Vec<u8> {
    let answer = registry.browser().get(path).await;
    assert_eq!(answer.status, 200, "{path}");
    answer.bytes
}

/// The first tile of entries, as a service that has just started on the same folder would give it.
async fn anew(registry: &TestApp) -> Vec<u8> {
    let first = Resource { level: None, index: 0, width: 256 };
    log::resource(&registry.another_app(), first).await.unwrap().unwrap().to_vec()
}

/// Takes the entries of the first tile out of the database, past what keeps them there.
async fn take_away(app: &App) {
    let statements = match app.store.kind() {
        Database::Sqlite => {
            ["DROP TRIGGER log_entry_is_not_removed", "DELETE FROM log_entry WHERE idx < 256"]
        }
        Database::Postgres => {
            ["ALTER TABLE log_entry DISABLE TRIGGER ALL", "DELETE FROM log_entry WHERE idx < 256"]
        }
    };
    for statement in statements {
        sql(app, statement).await.unwrap();
    }
}

async fn a_tile_of_entries_is_served_from_its_file(on: On) {
    let (registry, file) = filled(on).await;
    // A tile that is not full has no file.
    get(&registry, "/log/tile/entries/001.p/14").await;
    assert!(!file.parent().unwrap().exists());
    let served = get(&registry, "/log/tile/entries/000").await;
    assert_eq!(fs::read(&file).unwrap(), served);
    // Neither the memory of the service that wrote it nor the database has it now.
    take_away(&registry.app).await;
    assert_eq!(anew(&registry).await, served);
    fs::remove_file(&file).unwrap();
    let first = Resource { level: None, index: 0, width: 256 };
    assert!(log::resource(&registry.another_app(), first).await.is_err());
    registry.stop().await;
}

async fn a_file_that_is_not_of_this_log_is_not_served(on: On) {
    let (registry, file) = filled(on).await;
    let served = get(&registry, "/log/tile/entries/000").await;
    let altered: [fn(&mut Vec<u8>); 6] = [
        |bytes| bytes[300] ^= 1,
        |bytes| bytes[1] ^= 1,
        |bytes| bytes.truncate(1_000),
        |bytes| bytes.push(0),
        Vec::clear,
        |bytes| bytes.rotate_left(1),
    ];
    for alter in altered {
        let mut bytes = served.clone();
        alter(&mut bytes);
        fs::write(&file, &bytes).unwrap();
        assert_eq!(anew(&registry).await, served, "what the database has");
        assert_eq!(fs::read(&file).unwrap(), served, "and the file is as it should be again");
    }
    // One that the database cannot mend either is not served.
    fs::write(&file, b"").unwrap();
    take_away(&registry.app).await;
    let first = Resource { level: None, index: 0, width: 256 };
    assert!(log::resource(&registry.another_app(), first).await.is_err());
    registry.stop().await;
}

async fn a_folder_that_cannot_be_written_hinders_nobody(on: On) {
    let (registry, file) = filled(on).await;
    // A file where the folder should be.
    fs::write(file.parent().unwrap().parent().unwrap(), b"").unwrap();
    let served = get(&registry, "/log/tile/entries/000").await;
    assert_eq!(anew(&registry).await, served);
    assert!(!file.exists());
    registry.stop().await;
}
