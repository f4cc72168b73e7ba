//! Captures and named queries: their rows, and the guarded statements between them.

use crate::support::app::{On, TestStore, on_both};
use nguongoc::accounts::{Identity, Role, Scopes};
use nguongoc::chain::capture::{OnError, State, Verdict};
use nguongoc::chain::store;
use nguongoc::events::query::{Query, Resource, Sight};
use nguongoc::events::store::query::{self, NamedRow};
use nguongoc::kernel::{CaptureId, Moment, PartyId, PersonId};
use nguongoc::store::StoreError;
use uuid::Uuid;

on_both!(
    a_capture_ends_once,
    captures_are_their_partys,
    named_queries_are_each_ones_own,
    an_empty_journal_answers
);

fn who(party: Option<PartyId>) -> Identity {
    Identity {
        person: PersonId::from_uuid(Uuid::from_u128(1)),
        name: String::new(),
        role: if party.is_some() { Role::Clerk } else { Role::Officer },
        party,
        scopes: Scopes::ALL,
    }
}

fn verdict(position: i64, result: &'static str) -> Verdict {
    Verdict { position, event_id: Some(format!("urn:x:{position}")), result, details: None }
}

async fn a_capture_ends_once(on: On) {
    let opened = TestStore::open(on).await;
    let (id, at) = (CaptureId::from_uuid(Uuid::from_u128(7)), Moment::from_second(1_790_000_000));
    let person = PersonId::from_uuid(Uuid::from_u128(1));
    let work = opened.store.write(async |tx| {
        store::begin(tx, id, None, person, OnError::Proceed, at).await?;
        store::add_result(tx, id, &verdict(1, "refused")).await?;
        store::add_result(tx, id, &verdict(0, "recorded")).await?;
        // The same place is told once.
        store::add_result(tx, id, &verdict(0, "held")).await?;
        Ok::<_, StoreError>(())
    });
    work.await.unwrap();
    let verdicts = opened.store.read(async |tx| store::verdicts(tx, id).await).await.unwrap();
    assert_eq!(verdicts, [verdict(0, "recorded"), verdict(1, "refused")]);
    let ends = (0..8).map(|turn| {
        let store = opened.store.clone();
        tokio::task::spawn_local(async move {
            let state = if turn % 2 == 0 { State::Succeeded } else { State::Failed };
            store.write(async |tx| store::finish(tx, id, state, at, turn, None).await).await.unwrap()
        })
    });
    let mut ended = 0;
    for end in ends.collect::<Vec<_>>() {
        ended += i32::from(end.await.unwrap());
    }
    assert_eq!(ended, 1);
    let none =
        opened.store.write(async |tx| store::finish_interrupted(tx, at, at, "[]").await).await.unwrap();
    assert_eq!(none, 0, "it is not running");
    let other = CaptureId::from_uuid(Uuid::from_u128(8));
    let begun = opened.store.write(async |tx| {
        store::begin(tx, other, None, person, OnError::Rollback, at).await?;
        store::add_result(tx, other, &verdict(0, "recorded")).await?;
        store::add_result(tx, other, &verdict(1, "refused")).await?;
        let before = at.minus(std::time::Duration::from_secs(1));
        assert_eq!(
            store::finish_interrupted(tx, before, at, "[1]").await?,
            0,
            "somebody may be at work on it"
        );
        store::finish_interrupted(tx, at, at, "[1]").await
    });
    assert_eq!(begun.await.unwrap(), 1);
    let found =
        opened.store.read(async |tx| store::capture(tx, &who(None), other).await).await.unwrap().unwrap();
    assert_eq!((found.state, found.events, found.problems.as_deref()), (State::Failed, 1, Some("[1]")));
}

async fn captures_are_their_partys(on: On) {
    let opened = TestStore::open(on).await;
    let party = |n| PartyId::from_uuid(Uuid::from_u128(n));
    let person = PersonId::from_uuid(Uuid::from_u128(1));
    let work = opened.store.write(async |tx| {
        for n in 1..=6_u32 {
            let id = CaptureId::from_uuid(Uuid::from_u128(n.into()));
            let at = Moment::from_second(1_790_000_000 + i64::from(n / 2));
            store::begin(tx, id, Some(party(u128::from(n % 2))), person, OnError::Rollback, at).await?;
        }
        Ok::<_, StoreError>(())
    });
    work.await.unwrap();
    let list = async |who: &Identity, before, limit| {
        opened.store.read(async |tx| store::captures(tx, who, before, limit).await).await.unwrap()
    };
    let start = (Moment::MAX, Uuid::max());
    let all = list(&who(None), start, 10).await;
    assert_eq!(all.iter().map(|one| one.id.as_uuid().as_u128()).collect::<Vec<_>>(), [6, 5, 4, 3, 2, 1]);
    let own = list(&who(Some(party(1))), start, 2).await;
    assert_eq!(own.iter().map(|one| one.id.as_uuid().as_u128()).collect::<Vec<_>>(), [5, 3]);
    let last = own.last().unwrap();
    let rest = list(&who(Some(party(1))), (last.created_at, last.id.as_uuid()), 2).await;
    assert_eq!(rest.iter().map(|one| one.id.as_uuid().as_u128()).collect::<Vec<_>>(), [1]);
    let foreign = CaptureId::from_uuid(Uuid::from_u128(2));
    let find = async |who: &Identity| {
        opened.store.read(async |tx| store::capture(tx, who, foreign).await).await.unwrap()
    };
    assert!(find(&who(Some(party(1)))).await.is_none());
    assert!(find(&who(Some(party(0)))).await.is_some() && find(&who(None)).await.is_some());
}

async fn named_queries_are_each_ones_own(on: On) {
    let opened = TestStore::open(on).await;
    let owner = |n| PartyId::from_uuid(Uuid::from_u128(n));
    let row = |name: &str| NamedRow {
        name: name.to_owned(),
        query: "{}".to_owned(),
        created_at: Moment::from_second(1_790_000_000),
    };
    let add = async |n, name: &str| {
        let row = row(name);
        opened.store.write(async |tx| query::insert_named(tx, owner(n), &row).await).await.unwrap()
    };
    assert!(add(1, "a").await && add(1, "b").await && add(2, "a").await);
    assert!(!add(1, "a").await, "taken");
    let after = |n, after: &'static str| {
        let store = opened.store.clone();
        async move { store.read(async |tx| query::named_after(tx, owner(n), after, 10).await).await.unwrap() }
    };
    assert_eq!(after(1, "").await, [row("a"), row("b")]);
    assert_eq!(after(1, "a").await, [row("b")]);
    let remove = async |n, name: &'static str| {
        opened.store.write(async |tx| query::remove_named(tx, owner(n), name).await).await.unwrap()
    };
    assert!(remove(1, "a").await && !remove(1, "a").await);
    let one = opened.store.read(async |tx| query::named_query(tx, owner(2), "a").await).await.unwrap();
    assert_eq!(one, Some(row("a")));
    let gone = opened.store.read(async |tx| query::named_query(tx, owner(1), "a").await).await.unwrap();
    assert_eq!(gone, None);
}

async fn an_empty_journal_answers(on: On) {
    let opened = TestStore::open(on).await;
    let query = Query::default();
    let party = Sight::Party(PartyId::from_uuid(Uuid::from_u128(1)));
    for sight in [Sight::All, Sight::Nothing, party] {
        let found =
            opened.store.read(async |tx| query::find(tx, &query, sight, None, 5).await).await.unwrap();
        assert_eq!(found, []);
        let count = opened.store.read(async |tx| query::count(tx, &query, sight, 5).await).await.unwrap();
        assert_eq!(count, 0);
        for resource in Resource::ALL {
            let values = opened.store.read(async |tx| query::values(tx, resource, sight, "", 5).await).await;
            assert_eq!(values.unwrap(), Vec::<String>::new());
        }
    }
}
