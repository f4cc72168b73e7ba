//! The authority's lists: what is kept, and which version is in force.

use crate::support::app::{On, TestStore, on_both};
use crate::support::field::{plot, publish_lists, season, spray, write};
use crate::support::log::told;
use crate::support::trade::Trade;
use crate::support::waits::{until, waiting};
use futures_util::future::join;
use nguongoc::chain::{self, Command, DeclareLot, When};
use nguongoc::events::Step;
use nguongoc::fieldbook;
use nguongoc::fieldbook::lists::{
    self, Bands, Beyond, Changed, Contents, ConversionBand, Crop, Dose, DoseUnit, Draft, List, ListForm,
    ListKind, Looked, Marks, Permission, Publisher, Substance, SubstanceKind, Term, Use, WeightLoss,
    YieldBand, store,
};
use nguongoc::kernel::{
    Area, CropCode, Day, ListId, Moment, PageSize, PersonId, Sha256Hash, SubstanceId, Unit, fold::fold,
};
use nguongoc::log::Subject;
use nguongoc::products::Group;
use nguongoc::store::{MediaType, Store, StoreError, Tx, put_file};
use serde_json::Value;
use uuid::Uuid;

on_both!(
    versions_supersede_from_their_first_day,
    substances_are_found,
    bands_are_found_by_day_and_season,
    years_are_counted_from_a_day,
    crops_stay_known,
    drafts_come_and_go,
    a_number_is_given_once,
    a_version_that_lost_its_number_stands_behind_the_one_that_has_it,
    what_is_looked_at_again_is_carried_on,
    a_version_without_a_look_does_not_come_into_force,
);

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn code(text: &str) -> CropCode {
    CropCode::parse(text).unwrap()
}

fn list(kind: ListKind, number: i64, from: &str) -> List {
    let place = ListKind::ALL.iter().position(|known| *known == kind).unwrap() as u128;
    List {
        id: ListId::from_uuid(Uuid::from_u128(place * 1_000 + u128::from(number.unsigned_abs()))),
        kind,
        number,
        in_force_from: day(from),
        source: "Quyết định mẫu".to_owned(),
        sample: true,
        file_hash: Sha256Hash::of(b"x"),
        entries: 1,
        published_at: Moment::from_second(1_790_000_000 + number),
        published_by: None,
    }
}

fn substance(name: &str, days: u16) -> Substance {
    Substance {
        id: SubstanceId::of_name(&fold(name)),
        name: name.to_owned(),
        name_folded: fold(name),
        ingredients: "Hoạt chất Đỏ 5 %".to_owned(),
        kind: SubstanceKind::Fungicide,
        banned_from: Some(day("2027-01-01")),
        banned_to: Some(day("2027-12-31")),
        uses: vec![
            Use {
                crop: code("cai"),
                waiting_days: days,
                dose: Some(Dose { thousandths: 500_500, unit: DoseUnit::Gram }),
            },
            Use { crop: code("rau_muong"), waiting_days: 0, dose: None },
        ],
    }
}

fn crop(code_text: &str, name: &str) -> Crop {
    Crop {
        code: code(code_text),
        name: name.to_owned(),
        name_en: name.to_owned(),
        group: Group::named("Rau").unwrap(),
        unit: Unit::Gram,
    }
}

async fn put(tx: &mut Tx, list: &List, contents: Contents) -> Result<(), StoreError> {
    put_file(tx, MediaType::Csv, b"x", list.published_at).await?;
    store::insert(tx, list, &contents).await
}

async fn versions_supersede_from_their_first_day(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    let kind = ListKind::Substances;
    store
        .write(async |tx| {
            for (number, from, days) in [(1, "2026-01-01", 7), (2, "2026-06-01", 9), (3, "2026-03-01", 8)] {
                put(tx, &list(kind, number, from), Contents::Substances(vec![substance("A", days)])).await?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    for (on, number) in
        [("2025-12-31", 0), ("2026-01-01", 1), ("2026-02-28", 1), ("2026-03-01", 3), ("2026-07-01", 3)]
    {
        let found = store.read(async |tx| store::in_force(tx, kind, day(on)).await).await.unwrap();
        assert_eq!(found.map_or(0, |list| list.number), number, "{on}");
    }
    for (from, numbers) in [("2025-01-01", vec![3, 1]), ("2026-02-28", vec![3, 1]), ("2026-03-01", vec![3])] {
        let since = store.read(async |tx| store::in_force_since(tx, kind, day(from)).await).await.unwrap();
        assert_eq!(since.iter().map(|list| list.number).collect::<Vec<_>>(), numbers, "{from}");
    }
    let (one, three) = (list(kind, 1, "2026-01-01"), list(kind, 3, "2026-03-01"));
    let back = store.read(async |tx| store::list(tx, one.id).await).await.unwrap();
    assert_eq!(back.as_ref(), Some(&one));
    let contents = store.read(async |tx| store::contents(tx, &one).await).await.unwrap();
    assert_eq!(contents, Contents::Substances(vec![substance("A", 7)]));
    let changed = store.read(async |tx| lists::changes_between(tx, Some(one.id), three.id).await).await;
    assert_eq!(changed.unwrap(), ["a"]);
    let same = store.read(async |tx| lists::changes_between(tx, Some(one.id), one.id).await).await;
    assert_eq!(same.unwrap(), Vec::<String>::new());
    let newest = store.read(async |tx| store::newest(tx, kind).await).await.unwrap().unwrap();
    assert_eq!(newest.number, 3);
    let all =
        store.read(async |tx| store::lists(tx, None, PageSize::parse("2").unwrap()).await).await.unwrap();
    assert_eq!(all.items.iter().map(|list| list.number).collect::<Vec<_>>(), [3, 2]);
    let next = all.next.unwrap().time().unwrap();
    let rest = store.read(async |tx| store::lists(tx, Some(next), PageSize::MAX).await).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
}

async fn substances_are_found(on: On) {
    let opened = TestStore::open(on).await;
    let rows: Vec<Substance> = ["Thuốc Đậm 5EC", "Ánh Dương", "Xanh"].map(|name| substance(name, 7)).into();
    let mut rows = rows;
    rows[1].uses.clear();
    rows.sort_by(|one, other| one.name_folded.cmp(&other.name_folded));
    let kept = rows.clone();
    opened
        .store
        .write(async |tx| {
            put(tx, &list(ListKind::Substances, 1, "2026-01-01"), Contents::Substances(kept.clone())).await
        })
        .await
        .unwrap();
    let today = day("2026-05-01");
    let found =
        opened.store.read(async |tx| lists::substance_in_force(tx, "THUOC  dam 5ec", today).await).await;
    let found = found.unwrap().unwrap();
    assert_eq!(found, rows[1]);
    assert!(matches!(found.on(&code("cai"), today), Permission::Permitted(known) if known.waiting_days == 7));
    assert_eq!(found.on(&code("ca_rot"), today), Permission::NotOnCrop);
    assert_eq!(found.on(&code("cai"), day("2027-12-31")), Permission::Banned);
    assert!(matches!(found.on(&code("cai"), day("2028-01-01")), Permission::Permitted(_)));
    let by_id = opened.store.read(async |tx| lists::substance(tx, found.id, today).await).await.unwrap();
    assert_eq!(by_id, Some(found));
    let early =
        opened.store.read(async |tx| lists::substance_in_force(tx, "Xanh", day("2025-01-01")).await).await;
    assert_eq!(early.unwrap(), None);
    for (text, crop, expected) in [
        ("", None, vec!["anh duong", "thuoc dam 5ec", "xanh"]),
        ("đậm", None, vec!["thuoc dam 5ec"]),
        ("hoat chat do", Some("cai"), vec!["thuoc dam 5ec", "xanh"]),
        ("100%_", None, vec![]),
    ] {
        let crop = crop.map(code);
        let page = opened
            .store
            .read(async |tx| {
                lists::search_substances(tx, text, crop.as_ref(), today, "", PageSize::MAX).await
            })
            .await
            .unwrap();
        let names: Vec<_> = page.items.iter().map(|one| one.name_folded.clone()).collect();
        assert_eq!(names, expected, "{text}");
    }
    let size = PageSize::parse("1").unwrap();
    let page =
        opened.store.read(async |tx| lists::search_substances(tx, "", None, today, "anh duong", size).await);
    let page = page.await.unwrap();
    assert_eq!((page.items[0].name.as_str(), page.next.is_some()), ("Thuốc Đậm 5EC", true));
}

fn term(from: &str, to: Option<&str>) -> Term {
    Term { from: day(from), to: to.map(day), source: "Định mức mẫu".to_owned() }
}

async fn bands_are_found_by_day_and_season(on: On) {
    let opened = TestStore::open(on).await;
    let (rau, cu) = (Group::named("Rau").unwrap(), Group::named("Củ").unwrap());
    let winter = YieldBand {
        crop: code("cai"),
        unit: Unit::Gram,
        month_from: 11,
        month_to: 2,
        low: 1_000,
        high: 30_000,
        days_to_harvest: Some(45),
        beyond: Beyond::Refuse,
        term: term("2026-01-01", Some("2026-12-31")),
    };
    let summer = YieldBand {
        month_from: 3,
        month_to: 10,
        days_to_harvest: None,
        beyond: Beyond::Flag,
        ..winter.clone()
    };
    let conversion = ConversionBand {
        step: Step::Cut,
        group_in: rau,
        group_out: cu,
        low: 0,
        high: 850,
        beyond: Beyond::Flag,
        term: term("2026-02-01", None),
    };
    let loss = WeightLoss { group: rau, most: 50, term: term("2026-01-01", Some("2026-06-30")) };
    let bands = Bands {
        yields: vec![winter.clone(), summer.clone()],
        conversions: vec![conversion.clone()],
        losses: vec![loss.clone()],
    };
    let version = list(ListKind::Bands, 1, "2026-01-01");
    let kept = Contents::Bands(bands);
    opened.store.write(async |tx| put(tx, &version, kept.clone()).await).await.unwrap();
    let back = opened.store.read(async |tx| store::contents(tx, &version).await).await.unwrap();
    assert_eq!(back, kept);
    for (on, expected) in [
        ("2025-12-31", None),
        ("2026-02-28", Some(&winter)),
        ("2026-03-01", Some(&summer)),
        ("2026-11-01", Some(&winter)),
        ("2026-12-31", Some(&winter)),
        ("2027-01-01", None),
    ] {
        let crop = code("cai");
        let found = opened.store.read(async |tx| lists::yield_band(tx, &crop, day(on)).await).await.unwrap();
        assert_eq!(found.as_ref(), expected, "{on}");
    }
    for (on, from, to, found) in
        [("2026-01-31", rau, cu, false), ("2026-02-01", rau, cu, true), ("2026-02-01", cu, rau, false)]
    {
        let band = opened
            .store
            .read(async |tx| lists::conversion_band(tx, Step::Cut, from, to, day(on)).await)
            .await;
        assert_eq!(band.unwrap(), found.then(|| conversion.clone()), "{on}");
    }
    for (on, found) in [("2026-06-30", true), ("2026-07-01", false)] {
        let known = opened.store.read(async |tx| lists::weight_loss(tx, rau, day(on)).await).await.unwrap();
        assert_eq!(known, found.then(|| loss.clone()), "{on}");
    }
}

async fn years_are_counted_from_a_day(on: On) {
    let opened = TestStore::open(on).await;
    let all_year = YieldBand {
        crop: code("rau_muong"),
        unit: Unit::Gram,
        month_from: 1,
        month_to: 12,
        low: 1_000,
        high: 30_000,
        days_to_harvest: None,
        beyond: Beyond::Refuse,
        term: term("2020-01-01", None),
    };
    let bands = Bands { yields: vec![all_year.clone()], conversions: Vec::new(), losses: Vec::new() };
    let version = list(ListKind::Bands, 1, "2020-01-01");
    let kept = Contents::Bands(bands);
    opened.store.write(async |tx| put(tx, &version, kept.clone()).await).await.unwrap();
    let (crop, area) = (&all_year.crop, Area::parse("1 ha").unwrap());
    for (since, on, from, to) in [
        ("2025-06-15", "2026-06-14", "2025-06-15", "2026-06-14"),
        ("2025-06-15", "2026-06-15", "2026-06-15", "2027-06-14"),
        ("2026-01-01", "2026-12-31", "2026-01-01", "2026-12-31"),
        ("2024-02-29", "2026-02-27", "2025-02-28", "2026-02-27"),
        ("2024-02-29", "2028-02-28", "2027-02-28", "2028-02-28"),
        // Before it began.
        ("2026-06-15", "2026-05-01", "2025-06-15", "2026-06-14"),
    ] {
        let found = opened
            .store
            .read(async |tx| {
                fieldbook::land_yields(tx, &[], area, (crop, Unit::Gram), day(on), day(since)).await
            })
            .await;
        let found = found.unwrap().expect("a band");
        assert_eq!((found.from, found.to), (day(from), day(to)), "{on} in a year since {since}");
    }
}

async fn crops_stay_known(on: On) {
    let opened = TestStore::open(on).await;
    let (old, new) = (vec![crop("cai", "Cải"), crop("hanh", "Hành")], vec![crop("cai", "Cải ngọt")]);
    opened
        .store
        .write(async |tx| {
            put(tx, &list(ListKind::Crops, 1, "2026-01-01"), Contents::Crops(old.clone())).await?;
            put(tx, &list(ListKind::Crops, 2, "2026-01-01"), Contents::Crops(new.clone())).await
        })
        .await
        .unwrap();
    let crops = opened.store.read(async |tx| lists::crops(tx).await).await.unwrap();
    assert_eq!(crops, new);
    for (asked, name) in [("cai", Some("Cải ngọt")), ("hanh", Some("Hành")), ("ot", None)] {
        let asked = code(asked);
        let found = opened.store.read(async |tx| lists::crop(tx, &asked).await).await.unwrap();
        assert_eq!(found.map(|crop| crop.name), name.map(str::to_owned));
    }
}

async fn drafts_come_and_go(on: On) {
    let opened = TestStore::open(on).await;
    let draft = Draft {
        id: ListId::from_uuid(Uuid::from_u128(7)),
        kind: ListKind::Bands,
        in_force_from: day("2026-01-01"),
        source: "Nguồn".to_owned(),
        sample: false,
        file_hash: Sha256Hash::of(b"x"),
        sent_at: Moment::from_second(1_790_000_000),
        sent_by: PersonId::from_uuid(Uuid::from_u128(3)),
    };
    opened
        .store
        .write(async |tx| {
            put_file(tx, MediaType::Xlsx, b"x", draft.sent_at).await?;
            store::insert_draft(tx, &draft).await
        })
        .await
        .unwrap();
    let (one, all) = opened
        .store
        .read(async |tx| Ok::<_, StoreError>((store::draft(tx, draft.id).await?, store::drafts(tx).await?)))
        .await
        .unwrap();
    assert_eq!((one.as_ref(), all), (Some(&draft), vec![draft.clone()]));
    for gone in [true, false] {
        let removed = opened.store.write(async |tx| store::remove_draft(tx, draft.id).await).await.unwrap();
        assert_eq!(removed, gone);
    }
}

async fn a_number_is_given_once(on: On) {
    let opened = TestStore::open(on).await;
    let first = list(ListKind::Crops, 1, "2026-01-01");
    let contents = Contents::Crops(vec![crop("cai", "Cải")]);
    opened.store.write(async |tx| put(tx, &first, contents.clone()).await).await.unwrap();
    let again = List { id: ListId::from_uuid(Uuid::from_u128(99)), ..first };
    let refused = opened.store.write(async |tx| put(tx, &again, contents.clone()).await).await;
    assert!(refused.unwrap_err().is_unique_violation());
}

async fn what_is_looked_at_again_is_carried_on(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    let version = list(ListKind::Substances, 1, "2026-01-01");
    let changed = Changed::of(["sau xanh".to_owned(), "sau to".to_owned()]);
    store
        .write(async |tx| {
            put(tx, &version, Contents::Substances(vec![substance("A", 7)])).await?;
            store::begin_look(tx, version.id, &changed).await
        })
        .await
        .unwrap();
    let under_way = async || store.read(async |tx| store::look_under_way(tx).await).await.unwrap();
    let look = under_way().await.unwrap();
    assert_eq!(
        (look.list, look.from, look.before),
        (version.id, day("2026-01-01"), (Moment::MAX, Uuid::max()))
    );
    assert_eq!(look.changed, changed);
    assert!(changed.has("sau to") && changed.has_id(SubstanceId::of_name("sau xanh")) && !changed.has("sau"));
    let further = async |last, done| {
        store.write(async |tx| store::look_further(tx, &look, last, done).await).await.unwrap()
    };
    let some = Looked { looked: 500, held: 2, freed: 1, ended_at: None };
    let place = (day("2026-06-01").start(), Uuid::from_u128(8));
    assert!(further(Some(place), some).await);
    // Who read the place before that moves nothing.
    assert!(!further(Some((day("2026-05-01").start(), Uuid::from_u128(7))), some).await);
    let next = under_way().await.unwrap();
    assert_eq!(next.before, place);
    let end = Looked { looked: 20, ended_at: Some(Moment::from_second(1_790_000_100)), ..Looked::default() };
    assert!(store.write(async |tx| store::look_further(tx, &next, None, end).await).await.unwrap());
    assert!(under_way().await.is_none());
    let looked = store.read(async |tx| store::looked(tx, version.id).await).await.unwrap();
    assert_eq!(looked, Some(Looked { looked: 520, held: 2, freed: 1, ended_at: end.ended_at }));
    let other = list(ListKind::Crops, 1, "2026-01-01");
    assert_eq!(store.read(async |tx| store::looked(tx, other.id).await).await.unwrap(), None);
}

/// Whoever publishes a version without looking, or is killed before, leaves it to the rounds of the service: they see to the rest.
async fn a_version_without_a_look_does_not_come_into_force(on: On) {
    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let (app, by) = (trade.app(), trade.farm.by());
    let place = plot(&trade, &trade.farm, "Ruộng hai sào").await;
    season(&trade, &by, place, "cai_ngot", "2026-10-01").await;
    write(&trade, &by, place, &spray("Mẫu Sâu Xanh 36EC", "2026-11-10")).await.unwrap();
    let declare = Command::Declare(DeclareLot {
        product: trade.farm.product,
        place: Some(place),
        when: Some(When::On(day("2026-11-18"))),
        quantity: nguongoc::kernel::Quantity::grams(1_000).unwrap(),
        code: None,
        variety: None,
        note: None,
    });
    let lot = chain::record(app, &by, declare).await.unwrap().lot.id;
    let stop = async || {
        let found = app.store.read(async |tx| nguongoc::lots::find(tx, lot).await).await;
        found.unwrap().unwrap().stop().is_some()
    };
    assert!(!stop().await);
    let file = include_str!("../../assets/data/lists/substances.csv");
    let file = file.replacen("Cải ngọt;7;500;ml/ha", "Cải ngọt;10;500;ml/ha", 1);
    let form = ListForm {
        kind: "substances".to_owned(),
        in_force_from: "2026-01-01".to_owned(),
        source: "QĐ mẫu".to_owned(),
        sample: "1".to_owned(),
    };
    let (kind, new) = lists::ready_file(app, &form, file.as_bytes()).await.unwrap();
    let marks = Marks::of(app);
    app.store
        .write(async |tx| {
            put_file(tx, kind, file.as_bytes(), marks.now).await?;
            lists::publish(tx, &new, Publisher::console(), None, marks).await
        })
        .await
        .unwrap();
    // The version stands, and what it changes is noted with it.
    assert!(app.store.read(async |tx| store::look_under_way(tx).await).await.unwrap().is_some());
    let other = trade.registry.another_app();
    let mut units = 0;
    while chain::look_at_lists(&other).await.unwrap() > 0 {
        units += 1;
    }
    assert_eq!(units, 1);
    assert!(stop().await, "held by the rounds");
    assert_eq!(chain::look_at_lists(app).await.unwrap(), 0);
}

async fn a_version_that_lost_its_number_stands_behind_the_one_that_has_it(on: On) {
    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let app = trade.app();
    let file = |days: u8| {
        let file = include_str!("../../assets/data/lists/substances.csv");
        file.replacen("Cải ngọt;7;500;ml/ha", &format!("Cải ngọt;{days};500;ml/ha"), 1)
    };
    let (one, other) = (file(10), file(11));
    let publish = async |file: &str| {
        let form = ListForm {
            kind: "substances".to_owned(),
            in_force_from: "2026-01-01".to_owned(),
            source: "QĐ mẫu".to_owned(),
            sample: "1".to_owned(),
        };
        let published = chain::publish_list(app, Publisher::console(), &form, file.as_bytes()).await;
        published.unwrap().published.list.number
    };
    // The one is held up at its file, which somebody else is about to store. SQLite has one writer.
    let held = match &app.store {
        Store::Postgres { pool, .. } => {
            let mut held = pool.begin().await.unwrap();
            let stores = "INSERT INTO file (hash, media_type, size, bytes, stored_at) VALUES ($1, 'text/csv', 0, $2, 0)";
            let hash = Sha256Hash::of(one.as_bytes());
            let stores = sqlx::query(stores).bind(hash.as_bytes().as_slice()).bind(b"".as_slice());
            stores.execute(&mut *held).await.unwrap();
            Some(held)
        }
        Store::Sqlite { .. } => None,
    };
    let comes_between = async {
        let Some(held) = held else { return publish(other.as_str()).await };
        until("the one waits", async || waiting(&app.store).await > 0).await;
        let number = publish(other.as_str()).await;
        held.rollback().await.unwrap();
        number
    };
    let (number, between) = join(Box::pin(publish(one.as_str())), Box::pin(comes_between)).await;
    if on == On::Postgres {
        assert_eq!((number, between), (3, 2));
    }
    let number = |body: &Value| (body["kind"] == "substances").then(|| body["number"].as_i64().unwrap());
    let told = told(&app.store, &Subject::Registry).await;
    let told = told.iter().filter(|(kind, _)| kind == "list.published");
    assert!(told.filter_map(|(_, body)| number(body)).eq([1, 2, 3]), "the log has them by their numbers");
    let sql = "SELECT detail FROM audit_trail WHERE act = 'list_published' ORDER BY id";
    let trail: Vec<String> = match &app.store {
        Store::Sqlite { readers, .. } => sqlx::query_scalar(sql).fetch_all(readers).await.unwrap(),
        Store::Postgres { pool, .. } => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
    };
    let trail = trail.iter().map(|detail| serde_json::from_str::<Value>(detail).unwrap());
    assert!(trail.filter_map(|detail| number(&detail)).eq([1, 2, 3]), "so has the trail");
}
