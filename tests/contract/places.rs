//! The store of `places` on both databases.

use crate::support::app::{NOW, On, TestStore, on_both};
use crate::support::rows::{self, firm, gln};
use nguongoc::kernel::{Moment, PageSize, PlaceNumber};
use nguongoc::places::store::{
    by_gln, by_number, close, insert, open_places, pass_gate, place, places_of, update,
};
use nguongoc::places::{NewPlace, PlaceDraft};
use nguongoc::store::StoreError;

on_both!(
    a_place_is_kept_whole,
    a_number_and_a_gln_belong_to_one_place,
    places_are_listed_and_closed,
    a_gate_is_passed_as_it_was_read,
    one_of_many_gets_a_gln,
);

fn now() -> Moment {
    Moment::parse(NOW).expect("a moment")
}

fn number(seed: u64) -> PlaceNumber {
    PlaceNumber::from_seed(seed)
}

fn bare(name: &str) -> NewPlace {
    let draft = PlaceDraft {
        kind: "plot".into(),
        name: name.into(),
        commune: "00004".into(),
        ..PlaceDraft::default()
    };
    draft.parse().expect("a place")
}

fn full(name: &str) -> NewPlace {
    let draft = PlaceDraft {
        kind: "market_stall".into(),
        name: name.into(),
        commune: "00070".into(),
        address: "Thôn Mẫu".into(),
        point: "21.0285001, 105.8542".into(),
        area: "2 sào".into(),
        planting_code: "VN-1".into(),
        planting_code_issuer: "Chi cục Mẫu".into(),
        gln: gln(1).to_string(),
        ..PlaceDraft::default()
    };
    draft.parse().expect("a place")
}

async fn a_place_is_kept_whole(on: On) {
    let opened = TestStore::open(on).await;
    let party = firm(&opened.store, "Mẫu").await;
    let (one, two) = (rows::id(), rows::id());
    let kept = opened
        .store
        .write(async |tx| {
            assert!(insert(tx, one, party, &number(1), &full("Sạp Hoà"), now()).await?);
            assert!(insert(tx, two, party, &number(2), &bare("Ruộng"), now()).await?);
            assert_eq!(place(tx, rows::id()).await?, None);
            Ok::<_, StoreError>(place(tx, one).await?.expect("a place"))
        })
        .await
        .expect("a place");
    let new = full("Sạp Hoà");
    assert_eq!((kept.id, kept.party, &kept.number, kept.kind), (one, party, &number(1), new.kind));
    assert_eq!((kept.name.as_str(), kept.commune), ("Sạp Hoà", new.commune));
    assert_eq!((kept.point, kept.area, &kept.gln), (new.point, new.area, &new.gln));
    assert_eq!(kept.address.as_deref(), Some("Thôn Mẫu"));
    assert_eq!(kept.planting_code.as_deref(), Some("VN-1"));
    assert_eq!(kept.planting_code_issuer.as_deref(), Some("Chi cục Mẫu"));
    assert_eq!((kept.gate_version, kept.version, kept.closed_at, kept.created_at), (0, 0, None, now()));

    opened
        .store
        .write(async |tx| {
            assert_eq!(by_number(tx, &number(1)).await?.as_ref(), Some(&kept));
            assert_eq!(by_gln(tx, &gln(1)).await?.as_ref(), Some(&kept));
            assert_eq!(by_number(tx, &number(9)).await?, None);
            assert_eq!(by_gln(tx, &gln(9)).await?, None);
            assert!(update(tx, one, &bare("Vườn"), now()).await?);
            assert!(!update(tx, rows::id(), &bare("Vườn"), now()).await?);
            let changed = place(tx, one).await?.expect("a place");
            assert_eq!((changed.version, changed.gln, changed.point, changed.area), (1, None, None, None));
            assert_eq!((changed.name.as_str(), changed.number), ("Vườn", number(1)));
            // No event names it by that GLN, which is free.
            assert_eq!(by_gln(tx, &gln(1)).await?, None);
            assert!(update(tx, two, &full("Ruộng"), now()).await?);
            assert_eq!(by_gln(tx, &gln(1)).await?.expect("a place").id, two);
            Ok::<_, StoreError>(())
        })
        .await
        .expect("a change");
}

async fn a_number_and_a_gln_belong_to_one_place(on: On) {
    let opened = TestStore::open(on).await;
    let party = firm(&opened.store, "Mẫu").await;
    let two = rows::id();
    opened
        .store
        .write(async |tx| {
            assert!(insert(tx, rows::id(), party, &number(1), &full("A"), now()).await?);
            assert!(
                !insert(tx, rows::id(), party, &number(1), &bare("B"), now()).await?,
                "the number is taken"
            );
            assert!(!insert(tx, rows::id(), party, &number(2), &full("B"), now()).await?, "the GLN is taken");
            assert!(insert(tx, two, party, &number(2), &bare("B"), now()).await?);
            Ok::<_, StoreError>(())
        })
        .await
        .expect("places");
    let taken = opened.store.write(async |tx| update(tx, two, &full("B"), now()).await).await;
    assert!(taken.expect_err("the GLN is taken").is_unique_violation());
    // A party that is not there has no places.
    let orphan = opened
        .store
        .write(async |tx| insert(tx, rows::id(), rows::id(), &number(3), &bare("C"), now()).await)
        .await;
    assert!(orphan.is_err());
}

async fn places_are_listed_and_closed(on: On) {
    let opened = TestStore::open(on).await;
    let (party, other) = (firm(&opened.store, "Mẫu").await, firm(&opened.store, "Khác").await);
    let ids = [rows::id(), rows::id(), rows::id()];
    let size = PageSize::parse("1").expect("a size");
    opened
        .store
        .write(async |tx| {
            for (id, name) in ids.iter().zip(["Vườn Hoà", "Ao", "Ruộng hòa"]) {
                assert!(
                    insert(tx, *id, party, &number(id.as_uuid().as_u64_pair().1), &bare(name), now()).await?
                );
            }
            let names = |places: Vec<nguongoc::places::Place>| -> Vec<String> {
                places.into_iter().map(|place| place.name).collect()
            };
            // One row more than the page, newest first.
            assert_eq!(names(places_of(tx, party, "", None, size).await?), ["Ruộng hòa", "Ao"]);
            let before = Some(ids[1].as_uuid());
            assert_eq!(names(places_of(tx, party, "", before, size).await?), ["Vườn Hoà"]);
            assert_eq!(names(places_of(tx, party, "HOÀ", None, size).await?), ["Ruộng hòa", "Vườn Hoà"]);
            assert_eq!(names(places_of(tx, party, "100%", None, size).await?), Vec::<String>::new());
            assert_eq!(places_of(tx, other, "", None, size).await?, []);

            assert!(close(tx, ids[1], now()).await?);
            assert!(!close(tx, ids[1], now()).await?);
            assert!(!update(tx, ids[1], &bare("B"), now()).await?);
            let closed = place(tx, ids[1]).await?.expect("a place");
            assert_eq!((closed.closed_at, closed.gate_version, closed.version), (Some(now()), 1, 1));
            assert_eq!(names(open_places(tx, party).await?), ["Ruộng hòa", "Vườn Hoà"]);
            Ok::<_, StoreError>(())
        })
        .await
        .expect("lists");
}

async fn a_gate_is_passed_as_it_was_read(on: On) {
    let opened = TestStore::open(on).await;
    let party = firm(&opened.store, "Mẫu").await;
    let id = rows::id();
    let read = opened
        .store
        .write(async |tx| {
            insert(tx, id, party, &number(1), &bare("A"), now()).await?;
            let read = place(tx, id).await?.expect("a place");
            pass_gate(tx, &read).await?;
            pass_gate(tx, &read).await?;
            Ok::<_, StoreError>(read)
        })
        .await
        .expect("an open gate");
    opened.store.write(async |tx| close(tx, id, now()).await).await.expect("closed");
    let late = opened.store.write(async |tx| pass_gate(tx, &read).await).await;
    assert!(matches!(late, Err(StoreError::Race(_))), "{late:?}");
}

async fn one_of_many_gets_a_gln(on: On) {
    let opened = TestStore::open(on).await;
    let party = firm(&opened.store, "Mẫu").await;
    let tries =
        (0..8_u64).map(|seed| {
            let store = opened.store.clone();
            let id = rows::id();
            async move {
                store.write(async |tx| insert(tx, id, party, &number(seed), &full("A"), now()).await).await
            }
        });
    let all = futures_util::future::join_all(tries).await;
    assert_eq!(all.iter().filter(|made| matches!(made, Ok(true))).count(), 1, "{all:?}");
    assert!(all.iter().all(Result::is_ok), "{all:?}");
}
