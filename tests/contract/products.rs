//! The store of `products` on both databases.

use crate::support::app::{NOW, On, TestStore, on_both};
use crate::support::rows::{self, firm, gtin};
use nguongoc::kernel::{Gtin, Moment, PageSize, ProductNumber, Sha256Hash};
use nguongoc::places::{PlaceDraft, store as places};
use nguongoc::products::store::{
    by_gtin, by_number, has_lots, insert, insert_link, insert_picture, is_picture, links, pictures,
    place_picture, product, products_of, products_to_choose, remove_link, remove_picture, touch, update,
};
use nguongoc::products::{LinkType, NewProduct, Picture, ProductDraft, ProductLink, view};
use nguongoc::store::{MediaType, StoreError, put_file};

on_both!(
    a_product_is_kept_whole,
    a_number_and_a_gtin_belong_to_one_product,
    a_change_is_made_to_what_was_read,
    products_are_listed,
    pictures_stand_in_order,
    lots_are_seen,
    one_of_many_gets_a_gtin,
    links_stand_until_they_are_removed,
);

fn now() -> Moment {
    Moment::parse(NOW).expect("a moment")
}

fn number(seed: u64) -> ProductNumber {
    ProductNumber::from_seed(seed)
}

fn bare(name: &str) -> NewProduct {
    let draft = ProductDraft { group: "rau".into(), name: name.into(), ..ProductDraft::default() };
    draft.parse().expect("a product")
}

fn full(name: &str) -> NewProduct {
    let draft = ProductDraft {
        gtin: gtin(1),
        group: "trung".into(),
        crop: "rau_muong".to_owned(),
        name: name.into(),
        name_en: "Eggs".into(),
        brand: "Mẫu".into(),
        unit: "piece".into(),
        shelf_life_days: "30".into(),
        storage: "Mát".into(),
        standards: "VietGAP".into(),
        safety_warning: "Dễ vỡ".into(),
        packaging: "Giấy".into(),
        disposal: "Tái chế".into(),
    };
    draft.parse().expect("a product")
}

async fn a_product_is_kept_whole(on: On) {
    let opened = TestStore::open(on).await;
    let party = firm(&opened.store, "Mẫu").await;
    let (one, two) = (rows::id(), rows::id());
    let later = Moment::from_micros(now().micros() + 1);
    opened
        .store
        .write(async |tx| {
            assert!(insert(tx, one, party, &number(1), &full("Trứng"), now()).await?);
            assert!(insert(tx, two, party, &number(2), &bare("Rau"), now()).await?);
            assert_eq!(product(tx, rows::id()).await?, None);
            let kept = product(tx, one).await?.expect("a product");
            // What was read back says what was written.
            assert_eq!(ProductDraft::from(&kept).parse().expect("a product"), full("Trứng"));
            assert_eq!((kept.party, &kept.number, kept.version), (party, &number(1), 0));
            assert_eq!((kept.created_at, kept.changed_at), (now(), now()));
            let other = product(tx, two).await?.expect("a product");
            assert_eq!(ProductDraft::from(&other).parse().expect("a product"), bare("Rau"));

            let known = Gtin::parse(&gtin(1)).expect("a GTIN");
            assert_eq!(by_gtin(tx, &known).await?.as_ref(), Some(&kept));
            assert_eq!(by_number(tx, &number(1)).await?.as_ref(), Some(&kept));
            assert_eq!(by_number(tx, &number(9)).await?, None);
            assert_eq!(by_gtin(tx, &Gtin::parse(&gtin(9)).expect("a GTIN")).await?, None);
            assert!(update(tx, one, 0, &bare("Cải"), later).await?);
            let changed = product(tx, one).await?.expect("a product");
            assert_eq!(ProductDraft::from(&changed).parse().expect("a product"), bare("Cải"));
            assert_eq!((changed.version, changed.created_at, changed.changed_at), (1, now(), later));
            Ok::<_, StoreError>(())
        })
        .await
        .expect("products");
}

async fn a_number_and_a_gtin_belong_to_one_product(on: On) {
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
            assert!(
                !insert(tx, rows::id(), party, &number(2), &full("B"), now()).await?,
                "the GTIN is taken"
            );
            assert!(insert(tx, two, party, &number(2), &bare("B"), now()).await?);
            Ok::<_, StoreError>(())
        })
        .await
        .expect("products");
    let taken = opened.store.write(async |tx| update(tx, two, 0, &full("B"), now()).await).await;
    assert!(taken.expect_err("the GTIN is taken").is_unique_violation());
}

async fn a_change_is_made_to_what_was_read(on: On) {
    let opened = TestStore::open(on).await;
    let (party, other) = (firm(&opened.store, "Mẫu").await, firm(&opened.store, "Khác").await);
    let id = rows::id();
    opened
        .store
        .write(async |tx| {
            insert(tx, id, party, &number(1), &bare("A"), now()).await?;
            assert!(!update(tx, id, 7, &bare("B"), now()).await?);
            assert!(!touch(tx, id, other, now()).await?, "another party's product");
            assert!(touch(tx, id, party, now()).await?);
            assert!(!update(tx, id, 0, &bare("B"), now()).await?, "changed since");
            assert!(update(tx, id, 1, &bare("B"), now()).await?);
            Ok::<_, StoreError>(())
        })
        .await
        .expect("changes");
    // Everybody changes the version that all have read: one does.
    let tries = (0..6).map(|_| {
        let store = opened.store.clone();
        async move { store.write(async |tx| update(tx, id, 2, &bare("C"), now()).await).await }
    });
    let all = futures_util::future::join_all(tries).await;
    assert_eq!(all.iter().filter(|made| matches!(made, Ok(true))).count(), 1, "{all:?}");
}

async fn products_are_listed(on: On) {
    let opened = TestStore::open(on).await;
    let (party, other) = (firm(&opened.store, "Mẫu").await, firm(&opened.store, "Khác").await);
    let ids = [rows::id(), rows::id(), rows::id()];
    let size = PageSize::parse("1").expect("a size");
    opened
        .store
        .write(async |tx| {
            for ((id, name), seed) in ids.iter().zip(["Đậu", "Cải", "Đậu đũa"]).zip(1..) {
                assert!(insert(tx, *id, party, &number(seed), &bare(name), now()).await?);
            }
            let names = |products: Vec<nguongoc::products::Product>| -> Vec<String> {
                products.into_iter().map(|product| product.name).collect()
            };
            assert_eq!(names(products_of(tx, party, "", None, size).await?), ["Đậu đũa", "Cải"]);
            assert_eq!(names(products_of(tx, party, "", Some(ids[1].as_uuid()), size).await?), ["Đậu"]);
            assert_eq!(names(products_of(tx, party, "dau", None, size).await?), ["Đậu đũa", "Đậu"]);
            assert_eq!(products_of(tx, other, "", None, size).await?, []);
            assert_eq!(names(products_to_choose(tx, party).await?), ["Cải", "Đậu", "Đậu đũa"]);
            Ok::<_, StoreError>(())
        })
        .await
        .expect("lists");
}

async fn pictures_stand_in_order(on: On) {
    let opened = TestStore::open(on).await;
    let party = firm(&opened.store, "Mẫu").await;
    let (id, elsewhere) = (rows::id(), rows::id());
    opened
        .store
        .write(async |tx| {
            insert(tx, id, party, &number(1), &bare("A"), now()).await?;
            insert(tx, elsewhere, party, &number(2), &bare("B"), now()).await?;
            let mut put = Vec::new();
            for name in ["one", "two", "three"] {
                let small = put_file(tx, MediaType::Jpeg, name.as_bytes(), now()).await?;
                let large = put_file(tx, MediaType::Jpeg, format!("{name} large").as_bytes(), now()).await?;
                let picture = Picture { id: rows::id(), small, large, width: 1_280, height: 960 };
                insert_picture(tx, id, &picture, now()).await?;
                put.push(picture);
            }
            let document = put_file(tx, MediaType::Pdf, b"a document", now()).await?;
            assert_eq!(pictures(tx, id).await?, put);
            assert_eq!(view(tx, id).await?.expect("a product").cover(), Some(&put[0]));
            assert_eq!(view(tx, rows::id()).await?, None);
            assert!(is_picture(tx, &put[0].small).await? && is_picture(tx, &put[0].large).await?);
            assert!(!is_picture(tx, &document).await? && !is_picture(tx, &Sha256Hash::of(b"x")).await?);

            assert!(place_picture(tx, id, put[2].id, 0).await?);
            assert!(!place_picture(tx, elsewhere, put[1].id, 0).await?);
            assert!(!remove_picture(tx, elsewhere, put[1].id, now()).await?);
            assert!(remove_picture(tx, id, put[0].id, now()).await?);
            assert!(!remove_picture(tx, id, put[0].id, now()).await?);
            assert!(!place_picture(tx, id, put[0].id, 9).await?);
            assert_eq!(pictures(tx, id).await?, [put[2].clone(), put[1].clone()]);
            assert!(!is_picture(tx, &put[0].small).await?);
            // The same bytes may stand on another product: there they stay for everybody to see.
            insert_picture(tx, elsewhere, &Picture { id: rows::id(), ..put[0].clone() }, now()).await?;
            assert!(is_picture(tx, &put[0].small).await?);
            Ok::<_, StoreError>(())
        })
        .await
        .expect("pictures");
}

async fn lots_are_seen(on: On) {
    let opened = TestStore::open(on).await;
    let party = firm(&opened.store, "Mẫu").await;
    let (id, place) = (rows::id(), rows::id());
    let draft = PlaceDraft {
        kind: "plot".into(),
        name: "A".into(),
        commune: "00004".into(),
        ..PlaceDraft::default()
    };
    let plot = draft.parse().expect("a place");
    let number_of_place = nguongoc::kernel::PlaceNumber::from_seed(1);
    opened
        .store
        .write(async |tx| {
            insert(tx, id, party, &number(1), &bare("A"), now()).await?;
            places::insert(tx, place, party, &number_of_place, &plot, now()).await?;
            assert!(!has_lots(tx, id).await?);
            Ok::<_, StoreError>(())
        })
        .await
        .expect("a product");
    rows::lot(&opened.store, id, party, place).await;
    assert!(opened.store.glance(async |tx| has_lots(tx, id).await).await.expect("an answer"));
}

async fn one_of_many_gets_a_gtin(on: On) {
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

async fn links_stand_until_they_are_removed(on: On) {
    let opened = TestStore::open(on).await;
    let party = firm(&opened.store, "Mẫu").await;
    let (one, other) = (rows::id(), rows::id());
    let link = |lang: Option<&str>| ProductLink {
        id: rows::id(),
        kind: LinkType::of_party("recipeInfo").expect("a type"),
        href: "https://rau.example/canh?a=%20#b".to_owned(),
        title: "Canh “rau”".to_owned(),
        lang: lang.map(str::to_owned),
        media_type: "text/html".to_owned(),
        added_at: now(),
    };
    let (first, second) = (link(Some("vi")), link(None));
    opened
        .store
        .write(async |tx| {
            insert(tx, one, party, &number(1), &bare("Một"), now()).await?;
            insert(tx, other, party, &number(2), &bare("Hai"), now()).await?;
            insert_link(tx, one, &first).await?;
            insert_link(tx, one, &second).await?;
            assert_eq!(links(tx, one).await?, [first.clone(), second.clone()]);
            assert_eq!(links(tx, other).await?, []);
            assert!(!remove_link(tx, other, first.id, now()).await?, "it stands on another product");
            assert!(remove_link(tx, one, first.id, now()).await?);
            assert!(!remove_link(tx, one, first.id, now()).await?, "it is gone");
            assert_eq!(links(tx, one).await?, std::slice::from_ref(&second));
            Ok::<_, StoreError>(())
        })
        .await
        .expect("links");
}
