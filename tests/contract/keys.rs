//! The store of keys and key lists.

use crate::support::app::{On, TestStore, on_both, test_key};
use nguongoc::custody::{NewKey, store};
use nguongoc::kernel::Moment;
use nguongoc::keys::{Host, KeyName, KeyStatus, Quarter, Role};
use nguongoc::store::StoreError;

on_both!(keys_are_entered_and_change_status, lists_are_numbered_once);

const NOW: Moment = Moment::from_micros(1_795_392_000_000_000);
const BAD: KeyStatus = KeyStatus::Compromised { last_good_log_size: 41 };

fn new_key(quarter: u8) -> NewKey {
    let host = Host::parse("t.example.vn").unwrap();
    let name = KeyName::code(&host, Quarter::new(2026, quarter).unwrap());
    let until = Some(Moment::from_micros(NOW.micros() + 1));
    NewKey { verifier: test_key(&name).verifier().clone(), from: NOW, until }
}

async fn keys_are_entered_and_change_status(on: On) {
    let opened = TestStore::open(on).await;
    let (first, second) = (new_key(3), new_key(4));
    let enter = async |key: &NewKey| -> Result<(), StoreError> {
        let status = KeyStatus::Active;
        opened.store.write(async |tx| store::insert_key(tx, key, Role::Code, status, NOW).await).await
    };
    assert_eq!(opened.store.glance(store::mark).await.unwrap().keys, 0);
    enter(&first).await.unwrap();
    enter(&second).await.unwrap();
    assert!(enter(&second).await.unwrap_err().is_unique_violation());
    let mark = opened.store.glance(store::mark).await.unwrap();
    let set = async |before, after| {
        let id = first.verifier.id();
        let work = opened.store.write(async |tx| store::set_status(tx, id, before, after, NOW).await);
        let done: Result<bool, StoreError> = work.await;
        done.unwrap()
    };
    // Guarded by what it was, and a compromise is never undone.
    assert!(!set(KeyStatus::Retired, BAD).await);
    assert!(set(KeyStatus::Active, KeyStatus::Retired).await);
    let retired = opened.store.glance(store::mark).await.unwrap();
    assert_ne!(mark, retired);
    assert!(set(KeyStatus::Retired, BAD).await);
    assert_ne!(retired, opened.store.glance(store::mark).await.unwrap());
    assert!(!set(BAD, KeyStatus::Active).await);
    // One alone who signs, or who changes keys, waits for nobody.
    let held = opened.store.write(async |tx| {
        store::stop_signing(tx).await?;
        let unknown = store::held_key(tx, new_key(1).verifier.id()).await?;
        Ok::<_, StoreError>((store::held_key(tx, second.verifier.id()).await?, unknown))
    });
    let (held, unknown) = held.await.unwrap();
    let held = held.expect("the second one");
    assert_eq!((held.verifier, held.status), (second.verifier.clone(), KeyStatus::Active));
    assert_eq!(unknown, None);
    let keys = opened.store.read(store::keys).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.status).collect::<Vec<_>>().len(), 2);
    let stored = keys.iter().find(|key| key.verifier == first.verifier).unwrap();
    assert_eq!((stored.status, stored.from, stored.until), (BAD, first.from, first.until));
}

async fn lists_are_numbered_once(on: On) {
    let opened = TestStore::open(on).await;
    let add = async |number, note: &str| -> Result<(), StoreError> {
        opened.store.write(async |tx| store::insert_list(tx, number, note, NOW).await).await
    };
    add(2, "second").await.unwrap();
    add(1, "first").await.unwrap();
    assert!(add(2, "forked").await.unwrap_err().is_unique_violation());
    for (number, note) in [(1, Some("first")), (2, Some("second")), (3, None), (0, None)] {
        let found = opened.store.glance(async |tx| store::list(tx, number).await).await.unwrap();
        assert_eq!(found.as_deref(), note, "{number}");
    }
    assert_eq!(opened.store.read(store::lists).await.unwrap(), ["first", "second"]);
    assert_eq!(opened.store.glance(store::mark).await.unwrap().sequence, 2);
}
