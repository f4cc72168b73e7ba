//! Rosters, their lines and decisions, and the statements that count.

use crate::support::app::{On, TestStore, on_both};
use nguongoc::coverage::{Decision, Entry, Months, Period, Roster, Verdict, definition, group, store};
use nguongoc::kernel::{
    CommuneCode, Cursor, Day, Moment, PageSize, PartyId, PersonId, RosterEntryId, RosterId, Sha256Hash,
};
use nguongoc::parties::Kind;
use nguongoc::store::{MediaType, StoreError, put_file};
use uuid::Uuid;

on_both!(a_roster_is_kept_as_it_was, a_roster_is_frozen_once, drafts_are_removed_whole);

fn roster(number: u128) -> Roster {
    Roster {
        id: RosterId::from_uuid(Uuid::from_u128(number)),
        name: format!("Danh sách {number}"),
        period: Period::new(Day::parse("2026-01-01").unwrap(), Day::parse("2026-12-31").unwrap()).unwrap(),
        file_hash: Sha256Hash::of(b"a;b"),
        entries: 2,
        imported_at: Moment::from_second(1_790_000_000),
        frozen_at: None,
    }
}

fn entries() -> Vec<Entry> {
    let full = Entry {
        id: RosterEntryId::from_uuid(Uuid::from_u128(11)),
        row: 2,
        name: "Cơ sở Mẫu".to_owned(),
        name_folded: "co so mau".to_owned(),
        tax_shown: Some("0100233488".to_owned()),
        tax_match: Some(Sha256Hash::of(b"tax")),
        commune: CommuneCode::parse("00004").unwrap(),
        kind: Some(Kind::Cooperative),
        groups: vec![group("rau").unwrap(), group("củ").unwrap()],
        months: Months::parse("1-3, 11").unwrap(),
        active_from: Some(Day::parse("2026-02-01").unwrap()),
        active_to: Some(Day::parse("2026-11-30").unwrap()),
        expected: false,
    };
    let bare = Entry {
        id: RosterEntryId::from_uuid(Uuid::from_u128(12)),
        row: 5,
        tax_shown: None,
        tax_match: None,
        kind: None,
        months: Months::ALL,
        active_from: None,
        active_to: None,
        expected: true,
        ..full.clone()
    };
    vec![full, bare]
}

fn by() -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(3))
}

async fn keep(opened: &TestStore, number: u128) -> Result<(), StoreError> {
    opened
        .store
        .write(async |tx| {
            put_file(tx, MediaType::Csv, b"a;b", Moment::from_second(1)).await?;
            store::insert_roster(tx, &roster(number), &entries(), by()).await
        })
        .await
}

async fn a_roster_is_kept_as_it_was(on: On) {
    let opened = TestStore::open(on).await;
    keep(&opened, 1).await.unwrap();
    keep(&opened, 2).await.unwrap();
    let again = keep(&opened, 1).await.unwrap_err();
    assert!(again.is_unique_violation(), "{again:?}");
    let id = roster(1).id;
    opened
        .store
        .read(async |tx| {
            let kept = store::roster(tx, id).await?.unwrap();
            assert_eq!(
                (kept.name, kept.period, kept.file_hash),
                (roster(1).name, roster(1).period, roster(1).file_hash)
            );
            assert_eq!(store::entries(tx, id).await?, entries());
            let one = PageSize::parse("1").unwrap();
            let first = store::rosters(tx, None, one).await?;
            let next = first.next.as_ref().map(Cursor::time).unwrap().unwrap();
            let second = store::rosters(tx, Some(next), one).await?;
            assert_eq!((first.items[0].id, second.items[0].id), (roster(2).id, id));
            assert!(second.next.is_none());
            assert!(store::decisions(tx, id).await?.is_empty());
            // On an empty registry the counting statements run and find nothing.
            let mut firms = store::firms(tx, Moment::MAX).await?;
            store::count(tx, &mut firms, definition(None).unwrap(), roster(1).period, roster(1).period.to)
                .await?;
            assert!(firms.is_empty());
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}

async fn a_roster_is_frozen_once(on: On) {
    let opened = TestStore::open(on).await;
    keep(&opened, 1).await.unwrap();
    let id = roster(1).id;
    let now = Moment::from_second(1_790_000_100);
    let freeze =
        async || opened.store.write(async |tx| store::freeze(tx, id, by(), now).await).await.unwrap();
    let (first, second) = tokio::join!(freeze(), freeze());
    assert!(first ^ second, "frozen twice or not at all");
    let removed = opened.store.write(async |tx| store::discard(tx, id).await).await.unwrap();
    assert!(!removed);
    let kept = opened.store.read(async |tx| store::entries(tx, id).await).await.unwrap();
    assert_eq!(kept.len(), 2);
}

async fn drafts_are_removed_whole(on: On) {
    let opened = TestStore::open(on).await;
    keep(&opened, 1).await.unwrap();
    let id = roster(1).id;
    let decision = Decision {
        id: Uuid::from_u128(21),
        entry: entries()[1].id,
        party: PartyId::from_uuid(Uuid::from_u128(31)),
        verdict: Verdict::Same,
        by: by(),
        by_name: String::new(),
        at: Moment::from_second(1_790_000_000),
    };
    // A decision about a party that does not exist is refused by the database itself.
    opened.store.write(async |tx| store::insert_decision(tx, id, &decision).await).await.unwrap_err();
    assert!(opened.store.write(async |tx| store::discard(tx, id).await).await.unwrap());
    assert!(!opened.store.write(async |tx| store::discard(tx, id).await).await.unwrap());
    assert!(opened.store.read(async |tx| store::roster(tx, id).await).await.unwrap().is_none());
    keep(&opened, 1).await.unwrap();
}
