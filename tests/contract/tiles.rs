//! Full tiles are kept as files, and a file is believed only if it stands in the tree.

use crate::sequence::{append, entry, sql};
use crate::support::app::{On, TestApp, on_both};
use nguongoc::app::App;
use nguongoc::log::{self, Entry, Resource};
use nguongoc::store::Kind;
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

on_both!(
    a_full_tile_is_served_from_its_file,
    full_tiles_are_files_before_anybody_asks,
    a_file_that_is_not_of_this_log_is_not_served,
    a_folder_that_cannot_be_written_hinders_nobody,
    caches_are_told_what_never_changes,
);

/// The first tile of entries, and the first one of hashes.
const TILES: [Resource; 2] =
    [Resource { level: None, index: 0, width: 256 }, Resource { level: Some(0), index: 0, width: 256 }];

fn kind(tile: Resource) -> &'static str {
    if tile.level.is_none() { "entries" } else { "0" }
}

/// Where the file of the first tile of a kind lies.
fn file(registry: &TestApp, tile: Resource) -> PathBuf {
    registry.app.config.data.join("log/tiles").join(kind(tile)).join("0/000")
}

/// A registry whose log has one full tile and a few entries more.
async fn filled(on: On) -> TestApp {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    let entries: Vec<Entry> =
        (0..270_u64).map(|number| entry(app, u128::from(number % 7), json!({ "number": number }))).collect();
    app.store.write(async |tx| log::append_all(tx, &entries).await).await.unwrap();
    while log::carry(app).await.unwrap() > 0 {}
    registry
}

async fn get(registry: &TestApp, tile: Resource) -> Vec<u8> {
    let answer = registry.browser().get(&format!("/log/tile/{}/000", kind(tile))).await;
    assert_eq!(answer.status, 200, "{tile:?}");
    answer.bytes
}

/// A tile, as a service that has just started on the same folder would give it; nothing where that is an error.
async fn anew(registry: &TestApp, tile: Resource) -> Option<Vec<u8>> {
    log::resource(&registry.another_app(), tile).await.ok().flatten().map(|bytes| bytes.to_vec())
}

/// Takes the first tile, of hashes and of entries, out of the database, past what keeps it there.
async fn take_away(app: &App) {
    let permit = match app.store.kind() {
        Kind::Sqlite => "DROP TRIGGER log_entry_is_not_removed",
        Kind::Postgres => "ALTER TABLE log_entry DISABLE TRIGGER ALL",
    };
    let away = ["DELETE FROM log_entry WHERE idx < 256", "DELETE FROM log_tile WHERE level = 0 AND idx = 0"];
    for statement in [permit].into_iter().chain(away) {
        sql(app, statement).await.unwrap();
    }
}

async fn a_full_tile_is_served_from_its_file(on: On) {
    let registry = filled(on).await;
    // A tile that is not full has no file.
    assert_eq!(registry.browser().get("/log/tile/entries/001.p/14").await.status, 200);
    assert!(TILES.iter().all(|tile| !file(&registry, *tile).parent().unwrap().exists()));
    let served = [get(&registry, TILES[0]).await, get(&registry, TILES[1]).await];
    // Neither the memory of the service that wrote them nor the database has them now.
    take_away(&registry.app).await;
    for (tile, served) in TILES.into_iter().zip(&served) {
        assert_eq!(fs::read(file(&registry, tile)).unwrap(), *served);
        assert_eq!(anew(&registry, tile).await.unwrap(), *served);
        fs::remove_file(file(&registry, tile)).unwrap();
        assert_eq!(anew(&registry, tile).await, None, "{tile:?}");
    }
    registry.stop().await;
}

async fn full_tiles_are_files_before_anybody_asks(on: On) {
    let registry = filled(on).await;
    let (app, later) = (&*registry.app, registry.another_app());
    assert!(TILES.iter().all(|tile| !file(&registry, *tile).exists()));
    // While anything is on its way into the log, nothing else is done.
    sql(app, "UPDATE log_head SET published = published - 1").await.unwrap();
    assert_eq!(log::copy_ahead(app).await.unwrap(), 0);
    sql(app, "UPDATE log_head SET published = published + 1").await.unwrap();
    assert_eq!(log::copy_ahead(app).await.unwrap(), 256);
    assert_eq!(log::copy_ahead(app).await.unwrap(), 0, "the second tile is not full");
    let kept = TILES.map(|tile| fs::read(file(&registry, tile)).unwrap());
    // A process that starts later believes nothing before it has hashed it.
    fs::write(file(&registry, TILES[0]), b"torn").unwrap();
    assert_eq!(log::copy_ahead(&later).await.unwrap(), 256);
    for (tile, kept) in TILES.into_iter().zip(kept) {
        assert_eq!(fs::read(file(&registry, tile)).unwrap(), kept);
        assert_eq!(get(&registry, tile).await, kept);
    }
    registry.stop().await;
}

async fn a_file_that_is_not_of_this_log_is_not_served(on: On) {
    let registry = filled(on).await;
    let altered: [fn(&mut Vec<u8>); 6] = [
        |bytes| bytes[300] ^= 1,
        |bytes| bytes[1] ^= 1,
        |bytes| bytes.truncate(1_024),
        |bytes| bytes.push(0),
        Vec::clear,
        |bytes| bytes.rotate_left(1),
    ];
    for tile in TILES {
        let (file, served) = (file(&registry, tile), get(&registry, tile).await);
        for alter in altered {
            let mut bytes = served.clone();
            alter(&mut bytes);
            fs::write(&file, &bytes).unwrap();
            assert_eq!(anew(&registry, tile).await.unwrap(), served, "what the database has");
            assert_eq!(fs::read(&file).unwrap(), served, "and the file is as it should be again");
        }
    }
    // One that the database cannot mend either is not served.
    take_away(&registry.app).await;
    for tile in TILES {
        fs::write(file(&registry, tile), b"").unwrap();
        assert_eq!(anew(&registry, tile).await, None, "{tile:?}");
    }
    registry.stop().await;
}

async fn a_folder_that_cannot_be_written_hinders_nobody(on: On) {
    let registry = filled(on).await;
    // A file where the folder should be.
    let blocked = registry.app.config.data.join("log/tiles");
    fs::write(&blocked, b"").unwrap();
    for tile in TILES {
        let served = get(&registry, tile).await;
        assert_eq!(anew(&registry, tile).await.unwrap(), served);
        assert!(!file(&registry, tile).exists());
    }
    assert_eq!(log::copy_ahead(&registry.app).await.unwrap(), 0);
    // A minute later it is tried again.
    fs::remove_file(&blocked).unwrap();
    assert_eq!(log::copy_ahead(&registry.app).await.unwrap(), 0);
    assert!(!blocked.exists());
    registry.app.clock.set(registry.app.clock.now().plus(Duration::from_secs(61)));
    assert_eq!(log::copy_ahead(&registry.app).await.unwrap(), 256);
    for tile in TILES {
        assert_eq!(fs::read(file(&registry, tile)).unwrap(), get(&registry, tile).await);
    }
    registry.stop().await;
}

async fn caches_are_told_what_never_changes(on: On) {
    let registry = filled(on).await;
    let app = &*registry.app;
    let browser = registry.browser();
    let get = async |path: &str| {
        let answer = browser.get(path).await.expect(200);
        // For pages of any origin: the log is for whoever wants to check it.
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        (answer.header("cache-control").to_owned(), answer.bytes)
    };
    // Full tiles; and narrow ones, for their width is a part of their address.
    let tiles = [
        "/log/tile/entries/000",
        "/log/tile/0/000",
        "/log/tile/entries/001.p/14",
        "/log/tile/0/001.p/14",
        "/log/tile/1/000.p/1",
    ];
    let mut before = Vec::new();
    for path in tiles {
        let (kept, bytes) = get(path).await;
        assert_eq!(kept, "public, max-age=31536000, immutable", "{path}");
        before.push(bytes);
    }
    let checkpoint = get("/log/checkpoint").await;
    assert_eq!(checkpoint.0, "public, max-age=1");
    let proof = get("/log/proof/0").await;
    assert_eq!(proof.0, "no-cache");
    // What is not there yet is not kept as absent.
    for path in ["/log/tile/entries/001", "/log/tile/0/001", "/log/tile/1/000", "/log/tile/entries/001.p/255"]
    {
        let answer = browser.get(path).await.expect(404);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    // The log grows: the tiles are what they were, and what is not kept has changed.
    append(app, 7, json!({ "later": true })).await;
    assert_eq!(log::carry(app).await.unwrap(), 1);
    for (path, before) in tiles.into_iter().zip(before) {
        assert_eq!(get(path).await.1, before, "{path}");
    }
    assert_ne!(get("/log/checkpoint").await.1, checkpoint.1);
    assert_ne!(get("/log/proof/0").await.1, proof.1);
    registry.stop().await;
}
