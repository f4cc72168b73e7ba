//! Every store function of evidence, on both databases.

use crate::support::app::{On, on_both};
use crate::support::trade::Trade;
use nguongoc::accounts::Role;
use nguongoc::evidence::{
    self, CertificateDraft, Grade, Keeper, NewCertificate, Showing, Standing, TurnKind, Verdict, store,
};
use nguongoc::kernel::{CertificateId, Day, EventId, LabTestId, Moment, PageSize, PersonId};
use nguongoc::store::{MediaType, put_file};
use uuid::Uuid;

on_both!(
    a_certificate_is_kept_whole,
    lists_agree_with_the_model_on_every_day,
    a_check_is_noted_once_whoever_is_first,
    what_covers_a_place_is_found,
    a_test_is_kept_whole_and_declared_wrong_once,
);

const NOW: Moment = Moment::from_micros(1_795_000_000_000_000);

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn id(n: u128) -> CertificateId {
    CertificateId::from_uuid(Uuid::from_u128(n))
}

fn row(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn draft(number: &str) -> CertificateDraft {
    CertificateDraft {
        scheme: "vietgap".to_owned(),
        number: number.to_owned(),
        issuer: "Tổ chức mẫu".to_owned(),
        valid_from: "2026-01-01".to_owned(),
        valid_to: "2026-12-31".to_owned(),
        ..CertificateDraft::default()
    }
}

fn keeper(trade: &Trade) -> Keeper {
    Keeper::from(&trade.farm.member)
}

async fn insert(trade: &Trade, n: u128, new: &NewCertificate) {
    let by = keeper(trade);
    let done = trade
        .app()
        .store
        .write(async |tx| store::insert(tx, id(n), trade.farm.party, new, "Tổ chức mẫu", &by, NOW).await);
    done.await.expect("a certificate");
}

async fn a_certificate_is_kept_whole(on: On) {
    let trade = Trade::start(on).await;
    let (by, app) = (keeper(&trade), trade.app());
    let whole = CertificateDraft {
        area: "12 sào".to_owned(),
        places: vec![trade.farm.place.to_string()],
        products: vec![trade.farm.product.to_string()],
        certifier: trade.shop.party.to_string(),
        ..draft("A/1")
    };
    let new = whole.parse().expect("a certificate");
    insert(&trade, 1, &new).await;
    let hash = app
        .store
        .write(async |tx| {
            let hash = put_file(tx, MediaType::Pdf, b"%PDF", NOW).await?;
            for _ in 0..2 {
                store::add_file(tx, id(1), &hash, &by, NOW).await?;
            }
            store::add_showing(tx, row(1), id(1), Showing::Files, &by, NOW).await?;
            store::add_showing(tx, row(2), id(1), Showing::Line, &by, NOW).await?;
            let turn = (TurnKind::Suspended, day("2026-05-01"), "x");
            store::add_turn(tx, row(3), id(1), turn, &by, NOW).await?;
            Ok::<_, nguongoc::store::StoreError>(hash)
        })
        .await
        .expect("written");
    let known = app.store.read(async |tx| store::certificate(tx, id(1)).await).await.unwrap().unwrap();
    assert_eq!(
        (known.number.as_str(), known.area.map(nguongoc::kernel::Area::square_metres)),
        ("A/1", Some(4_320))
    );
    assert_eq!((known.places, known.products), (vec![trade.farm.place], vec![trade.farm.product]));
    assert_eq!((known.files, known.showing), (vec![hash], Showing::Line));
    assert_eq!(known.certifier, Some(trade.shop.party));
    assert!(matches!(known.turns.as_slice(), [turn] if turn.kind == TurnKind::Suspended));
    let shown = app.store.read(async |tx| store::shown_file(tx, id(1), &hash).await).await.unwrap();
    assert!(!shown, "the last row counts");
    assert!(app.store.read(async |tx| store::is_recorded(tx, trade.farm.party, &new).await).await.unwrap());
    app.store
        .write(async |tx| {
            store::add_turn(tx, row(4), id(1), (TurnKind::Wrong, day("2026-05-01"), "x"), &by, NOW).await
        })
        .await
        .unwrap();
    let again = app.store.read(async |tx| store::is_recorded(tx, trade.farm.party, &new).await).await;
    assert!(!again.unwrap(), "what was wrong is entered again");
    assert!(app.store.read(async |tx| store::certificate(tx, id(9)).await).await.unwrap().is_none());
}

async fn lists_agree_with_the_model_on_every_day(on: On) {
    let trade = Trade::start(on).await;
    let (by, app) = (keeper(&trade), trade.app());
    let turns: [&[(TurnKind, &str)]; 6] = [
        &[],
        &[(TurnKind::Suspended, "2026-03-01")],
        &[(TurnKind::Suspended, "2026-03-01"), (TurnKind::Resumed, "2026-06-01")],
        &[(TurnKind::Withdrawn, "2026-06-01")],
        &[
            (TurnKind::Suspended, "2026-03-01"),
            (TurnKind::Resumed, "2026-06-01"),
            (TurnKind::Withdrawn, "2026-09-01"),
        ],
        &[(TurnKind::Wrong, "2026-06-01")],
    ];
    let mut rows = 100;
    for (n, turns) in (1_u128..).zip(turns) {
        insert(&trade, n, &draft(&format!("B/{n}")).parse().unwrap()).await;
        for (kind, from) in turns {
            rows += 2;
            let at = Moment::from_micros(NOW.micros() + i64::try_from(rows).unwrap());
            app.store
                .write(async |tx| {
                    store::add_turn(tx, row(rows), id(n), (*kind, day(from), "x"), &by, at).await
                })
                .await
                .unwrap();
        }
        let showing = if n == 1 { Showing::Files } else { Showing::Line };
        app.store
            .write(async |tx| store::add_showing(tx, row(rows + 1_000), id(n), showing, &by, NOW).await)
            .await
            .unwrap();
    }
    insert(&trade, 50, &draft("B/nothing").parse().unwrap()).await;
    let ids: Vec<CertificateId> = (1..=6).map(id).collect();
    let known = app.store.read(async |tx| store::certificates(tx, &ids).await).await.unwrap();
    for on in [
        "2025-12-31",
        "2026-01-01",
        "2026-02-28",
        "2026-03-01",
        "2026-05-31",
        "2026-06-01",
        "2026-09-01",
        "2026-12-31",
        "2027-01-01",
    ] {
        let listed =
            app.store.read(async |tx| store::published(tx, "", day(on), None, 100).await).await.unwrap();
        let mut listed: Vec<CertificateId> = listed.iter().map(|one| one.id).collect();
        listed.reverse();
        let valid = known.iter().filter(|one| one.standing(day(on)) == Standing::Valid).map(|one| one.id);
        assert_eq!(listed, valid.collect::<Vec<_>>(), "{on}");
    }
    let page =
        app.store.read(async |tx| store::published(tx, "vietgap", day("2026-02-01"), Some(id(3)), 1).await);
    assert_eq!(page.await.unwrap().iter().map(|one| one.id).collect::<Vec<_>>(), [id(2)]);
    let own = app.store.read(async |tx| store::of_party(tx, trade.farm.party, None, PageSize::MAX).await);
    assert_eq!(own.await.unwrap().len(), 7);
    let between = (day("2026-12-01"), day("2026-12-31"));
    let ending = app.store.read(async |tx| store::ending(tx, None, between, None, 100).await).await.unwrap();
    assert_eq!(ending.len(), 4, "what ended before is not told of");
    let after = ending.first().map(|one| (one.to, one.id));
    let rest =
        app.store.read(async |tx| store::ending(tx, Some(trade.farm.party), between, after, 100).await);
    assert_eq!(rest.await.unwrap().len(), 3);
    let waiting =
        app.store.read(async |tx| store::waiting(tx, None, day("2026-11-23"), None, PageSize::MAX).await);
    assert_eq!(waiting.await.unwrap().len(), 4);
    let of = Some(trade.shop.party);
    let waiting =
        app.store.read(async |tx| store::waiting(tx, of, day("2026-11-23"), None, PageSize::MAX).await);
    assert!(waiting.await.unwrap().is_empty());
}

async fn a_check_is_noted_once_whoever_is_first(on: On) {
    let trade = Trade::start(on).await;
    insert(&trade, 1, &draft("C/1").parse().unwrap()).await;
    let inspectors = (1..=8_u128).map(|n| {
        let app = trade.app();
        async move {
            let by = Keeper { person: PersonId::from_uuid(row(n)), party: None, role: Role::Inspector };
            let done = app
                .store
                .write(async |tx| store::add_check(tx, row(n), id(1), Grade::Inspected, &by, NOW).await);
            done.await.expect("a verdict")
        }
    });
    let done = futures_util::future::join_all(inspectors).await;
    assert_eq!(done.into_iter().filter(|first| *first).count(), 1);
    let known =
        trade.app().store.read(async |tx| store::certificate(tx, id(1)).await).await.unwrap().unwrap();
    assert_eq!((known.grade(), known.checks.len()), (Grade::Inspected, 1));
}

async fn what_covers_a_place_is_found(on: On) {
    let trade = Trade::start(on).await;
    let app = trade.app();
    insert(&trade, 1, &draft("D/1").parse().unwrap()).await;
    let of_place = CertificateDraft { places: vec![trade.packer.place.to_string()], ..draft("D/2") };
    insert(&trade, 2, &of_place.parse().unwrap()).await;
    let of_plot = CertificateDraft { places: vec![trade.farm.place.to_string()], ..draft("D/3") };
    insert(&trade, 3, &of_plot.parse().unwrap()).await;
    let on = day("2026-11-23");
    let found = async |party, place| {
        let found = app.store.read(async |tx| evidence::valid_on(tx, party, place, None, on).await).await;
        found.unwrap().iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(found(trade.farm.party, None).await, [id(1)]);
    assert_eq!(found(trade.farm.party, Some(trade.farm.place)).await, [id(1), id(3)]);
    assert_eq!(found(trade.packer.party, Some(trade.packer.place)).await, [id(2)]);
    assert!(found(trade.shop.party, None).await.is_empty());
    let late = app
        .store
        .read(async |tx| evidence::valid_on(tx, trade.farm.party, None, None, day("2027-01-01")).await);
    assert!(late.await.unwrap().is_empty());
    let known = app.store.read(async |tx| store::certificate(tx, id(3)).await).await.unwrap().unwrap();
    let area = app.store.read(async |tx| evidence::covered_area(tx, &known).await).await.unwrap();
    assert_eq!(area, None, "the plot's area is not known");
}

async fn a_test_is_kept_whole_and_declared_wrong_once(on: On) {
    let trade = Trade::start(on).await;
    let (by, app) = (keeper(&trade), trade.app());
    let draft = evidence::LabTestDraft {
        place: trade.farm.place.to_string(),
        laboratory: "Phòng mẫu".to_owned(),
        report: "R/1".to_owned(),
        sampled_on: "2026-11-20".to_owned(),
        reported_on: "2026-11-22".to_owned(),
        results: vec![
            evidence::ResultDraft {
                analyte: "Nitrat".to_owned(),
                value: evidence::Written::Text("1600,50".to_owned()),
                unit: "mg/kg".to_owned(),
                limit: evidence::Written::Text("1500".to_owned()),
                ..evidence::ResultDraft::default()
            },
            evidence::ResultDraft {
                analyte: "Chất lạ".to_owned(),
                value: evidence::Written::Text("<0,010".to_owned()),
                unit: "µg/kg".to_owned(),
                ..evidence::ResultDraft::default()
            },
        ],
        ..evidence::LabTestDraft::default()
    };
    let report = draft.parse(day("2026-11-23"), false).expect("a report");
    let results = evidence::judge_all(&report, Some("rau")).expect("results");
    let at = evidence::TestEntry {
        id: LabTestId::from_uuid(row(1)),
        entry: nguongoc::kernel::LogEntryId::from_uuid(row(2)),
        salt: [7; 32],
        now: NOW,
    };
    let new = evidence::NewTest {
        report: &report,
        results,
        about: Err(trade.farm.place),
        party: trade.farm.party,
        owner: trade.farm.party,
        laboratory: None,
        group: Some("rau"),
        file: None,
        event: Some(EventId::from_uuid(row(9))),
    };
    app.store.write(async |tx| evidence::enter_test(tx, &at, &by, &new).await).await.expect("a test");
    let known = app.store.read(async |tx| store::test(tx, at.id).await).await.unwrap().unwrap();
    assert_eq!((known.verdict, known.grade), (Verdict::Fail, Grade::Declared));
    let kept: Vec<String> = known
        .results
        .iter()
        .filter_map(|one| one.finding.amount())
        .map(|amount| amount.to_string())
        .collect();
    assert_eq!(kept, ["1600.50", "0.010"], "exactly as written");
    assert_eq!(known.results[1].verdict, Verdict::Inconclusive);
    let found = app.store.read(async |tx| store::of_event(tx, EventId::from_uuid(row(9))).await).await;
    assert_eq!(found.unwrap(), Some(at.id));
    assert!(app.store.read(async |tx| evidence::is_test_recorded(tx, &new).await).await.unwrap());
    let shut = async |on: &str| {
        let found = app.store.read(async |tx| evidence::failed_on_plot(tx, trade.farm.place, day(on)).await);
        !found.await.unwrap().is_empty()
    };
    assert!(shut("2026-11-19").await && shut("2026-10-21").await && !shut("2026-10-20").await);
    let wrong = async || {
        let person = trade.farm.member.person;
        app.store.write(async |tx| store::declare_wrong(tx, at.id, "x", person, NOW).await).await.unwrap()
    };
    assert!(wrong().await && !wrong().await);
    assert!(!shut("2026-11-19").await);
    assert!(!app.store.read(async |tx| evidence::is_test_recorded(tx, &new).await).await.unwrap());
    let all =
        app.store.read(async |tx| store::tests_with(tx, None, None, PageSize::MAX).await).await.unwrap();
    assert!(matches!(all.as_slice(), [test] if test.wrong.as_deref() == Some("x")));
    let of_lot =
        app.store.read(async |tx| store::tests_of_lot(tx, nguongoc::kernel::LotId::from_uuid(row(5))).await);
    assert!(of_lot.await.unwrap().is_empty());
}
