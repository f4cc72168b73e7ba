//! Messages and the outbox: told once, claimed by one node, ended once.

use crate::support::app::{On, TestStore, on_both};
use nguongoc::jobs::{Failure, Message, Why, message_id, store};
use nguongoc::kernel::{Moment, PageSize, PartyId, PersonId};
use nguongoc::log;
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

on_both!(a_message_is_told_once, a_mail_is_claimed_by_one_and_ended_once, an_answer_is_given_once);

fn party(number: u128) -> PartyId {
    PartyId::from_uuid(Uuid::from_u128(number))
}

fn at(seconds: i64) -> Moment {
    Moment::from_second(1_790_000_000 + seconds)
}

fn message(number: u32, to: PartyId) -> Message {
    Message {
        id: message_id(&[b"contract", &number.to_be_bytes()]),
        party: to,
        kind: "lot_held",
        lot: None,
        recall: None,
        args: json!({ "lot": "L1" }),
        at: at(i64::from(number)),
        needs_answer: number.is_multiple_of(2),
    }
}

async fn known(opened: &TestStore, party: PartyId) {
    let kept = opened.store.write(async |tx| {
        log::keep_private(tx, party.as_uuid(), "mail", [1; 32], &json!("a@demo.example.vn")).await
    });
    kept.await.expect("kept");
}

async fn a_message_is_told_once(on: On) {
    let opened = TestStore::open(on).await;
    known(&opened, party(1)).await;
    let messages: Vec<Message> = (0..2_500).map(|n| message(n, party(1 + u128::from(n % 2)))).collect();
    for expected in [2_500, 0] {
        let told = opened.store.write(async |tx| store::tell(tx, &messages).await).await.expect("told");
        assert_eq!(told, expected);
    }
    // Mail goes to whoever has an address.
    let tally = opened.store.read(async |tx| store::tally(tx).await).await.expect("a tally");
    assert_eq!((tally.waiting, tally.sent, tally.given_up), (1_250, 0, 0));
    // The desk is paged from the newest on.
    let mut seen = HashSet::new();
    let mut after = None;
    loop {
        let size = PageSize::MAX;
        let rows =
            opened.store.read(async |tx| store::desk(tx, party(2), after, size).await).await.expect("rows");
        let more = rows.len() > size.rows();
        for letter in rows.iter().take(size.rows()) {
            assert!(seen.insert(letter.id), "twice on the desk");
            after = Some((letter.at, letter.id.as_uuid()));
        }
        if !more {
            break;
        }
    }
    assert_eq!(seen.len(), 1_250);
    assert_eq!(opened.store.read(async |tx| store::unread(tx, party(2)).await).await.expect("a count"), 99);
}

async fn a_mail_is_claimed_by_one_and_ended_once(on: On) {
    let opened = TestStore::open(on).await;
    known(&opened, party(1)).await;
    let messages: Vec<Message> = (0..60).map(|n| message(n, party(1))).collect();
    opened.store.write(async |tx| store::tell(tx, &messages).await).await.expect("told");
    let (now, until) = (at(100), at(400));
    let node = Uuid::from_u128;
    // Six nodes at once: nobody gets what another has.
    let claims = (1..=6).map(|number| {
        let store = opened.store.clone();
        async move {
            store
                .write(async |tx| store::claim(tx, node(number), now, until, 8).await)
                .await
                .expect("claimed")
        }
    });
    let mut seen = HashSet::new();
    for errand in futures_util::future::join_all(claims).await.into_iter().flatten() {
        assert!(seen.insert(errand.letter.id), "claimed twice");
        assert_eq!((errand.address.as_deref(), errand.attempts), (Some("a@demo.example.vn"), 1));
    }
    assert_eq!(seen.len(), 48);
    // What was not ended in time is due again, and counted as tried.
    let again = opened.store.write(async |tx| store::claim(tx, node(9), at(401), at(700), 100).await);
    let again = again.await.expect("claimed");
    assert_eq!(again.len(), 60);
    let (first, second, third) = (again[0].letter.id, again[1].letter.id, again[2].letter.id);
    let failure = Failure { why: Why::Postponed, reply: Some(451) };
    opened
        .store
        .write(async |tx| {
            // Who lost the claim changes nothing; who has sent has sent.
            assert!(!store::postponed(tx, first, node(1), at(500), failure).await?);
            assert!(store::postponed(tx, first, node(9), at(1_000), failure).await?);
            assert!(store::sent(tx, second, at(450)).await?);
            assert!(!store::sent(tx, second, at(451)).await?);
            assert!(!store::gave_up(tx, second, node(9), at(452), failure).await?);
            assert!(store::gave_up(tx, third, node(9), at(453), failure).await?);
            assert!(!store::sent(tx, third, at(454)).await?);
            Ok::<_, nguongoc::store::StoreError>(())
        })
        .await
        .expect("marked");
    let tally = opened.store.read(async |tx| store::tally(tx).await).await.expect("a tally");
    assert_eq!((tally.waiting, tally.sent, tally.given_up), (58, 1, 1));
    let due = opened.store.write(async |tx| store::claim(tx, node(3), at(999), at(2_000), 100).await);
    let due: Vec<_> = due.await.expect("claimed").into_iter().map(|errand| errand.letter.id).collect();
    assert!(due.len() == 57 && !due.contains(&first), "what was put off is not due before its time");
    let later = at(1_000).plus(Duration::ZERO);
    let due = opened.store.write(async |tx| store::claim(tx, node(3), later, at(2_000), 100).await);
    assert_eq!(due.await.expect("claimed").first().map(|errand| errand.attempts), Some(3));
}

async fn an_answer_is_given_once(on: On) {
    let opened = TestStore::open(on).await;
    let (asks, tells) = (message(2, party(1)), message(3, party(1)));
    let told = opened.store.write(async |tx| store::tell(tx, &[asks.clone(), tells.clone()]).await);
    told.await.expect("told");
    let by = PersonId::from_uuid(Uuid::from_u128(7));
    let answer = async |who: PartyId, id| {
        opened.store.write(async |tx| store::answered(tx, who, id, by, at(9)).await).await.expect("an answer")
    };
    assert!(!answer(party(2), asks.id).await, "another party's message");
    assert!(!answer(party(1), tells.id).await, "a message that asks for nothing");
    assert!(answer(party(1), asks.id).await);
    assert!(!answer(party(1), asks.id).await, "twice");
    let letter =
        opened.store.read(async |tx| store::letter(tx, party(1), asks.id).await).await.expect("a row");
    assert_eq!(letter.expect("a message").answered, Some((at(9), by)));
    assert!(
        opened
            .store
            .read(async |tx| store::letter(tx, party(2), asks.id).await)
            .await
            .expect("none")
            .is_none()
    );
    let read = async || {
        opened
            .store
            .write(async |tx| store::mark_read(tx, party(1), tells.id, at(10)).await)
            .await
            .expect("read")
    };
    assert_eq!((read().await, read().await), (true, false));
}
