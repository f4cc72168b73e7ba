//! Laboratory tests: what they find, what they hold, what their correction frees.

use super::{PDF, Season, codes, result};
use crate::support::app::{On, on_both};
use crate::support::chain::{follows, later, written};
use crate::support::trade::inspector;
use data_encoding::BASE64;
use nguongoc::chain::{self, Command, StopLot};
use nguongoc::kernel::Note;
use serde_json::{Value, json};
use std::time::Duration;

on_both!(
    a_failed_test_holds_and_its_correction_frees,
    less_than_can_be_measured_proves_nothing,
    a_failed_plot_holds_its_harvests,
    another_failed_sample_holds_what_was_let_pass,
);

async fn a_failed_test_holds_and_its_correction_frees(on: On) {
    let season = Season::start(on).await;
    let lot = season.trade.lot(100_000).await;
    let short = season.lot(lot).await.short_code.to_string();
    let laboratory = season.program("worker-lab").await;
    let failed =
        season.test(&short, "PKN-1", &json!([result("Chlorpyrifos", "0,05"), result("Chì", "<0,01")]));
    let told = laboratory.post("/api/v1/lab-tests", &failed).await.expect(201).json();
    assert_eq!((told["verdict"].as_str(), told["grade"].as_str()), (Some("fail"), Some("third_party")));
    assert_eq!(told["laboratory"], "Phòng Kiểm nghiệm Sen");
    assert_eq!(told["results"][0]["limit_source"], "Danh mục mẫu");
    assert_eq!(told["results"][1]["verdict"], "pass");
    assert_eq!(season.lot(lot).await.breach.as_deref(), Some("test_failed"));
    let shipped = season.trade.ship(&season.trade.farm, &season.trade.packer, lot, 1_000).await;
    assert!(shipped.is_err(), "a lot that failed is not shipped");
    let twice = laboratory.post("/api/v1/lab-tests", &failed).await.expect(409).json();
    assert_eq!(twice["code"], "evidence_recorded_already");
    // The journal tells of it, by the laboratory.
    let event = told["event"].as_str().expect("an event");
    let seen = season.farm.get(&format!("/api/v1/events/{event}")).await.expect(200).json();
    assert_eq!((seen["step"].as_str(), seen["grade"].as_str()), (Some("test"), Some("third_party")));
    let written = written(season.trade.app(), event.parse().expect("an id")).await;
    assert_eq!(written["disposition"], "non_conformant");
    // Everybody sees that it failed, and nobody who took the sample but the laboratory and the authority.
    let public = season.trade.registry.anonymous_program().get(&format!("/lot/{short}")).await.expect(200);
    assert_eq!(public.json()["lab_tests"][0]["verdict"], "fail");
    assert!(!public.text.contains("Trần Thị Mơ"));
    let id = told["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/lab-tests/{id}");
    assert_eq!(laboratory.get(&path).await.expect(200).json()["sampled_by"], "Trần Thị Mơ");
    assert_eq!(season.farm.get(&path).await.expect(200).json()["sampled_by"], Value::Null);
    season.program("manager-packer").await.get(&path).await.expect(404);
    // Only who entered it declares it wrong.
    let wrong = json!({ "reason": "Nhầm mẫu" });
    season.farm.post(&format!("{path}/wrong"), &wrong).await.expect(404);
    laboratory.post(&format!("{path}/wrong"), &json!({ "reason": " " })).await.expect(422);
    laboratory.post(&format!("{path}/wrong"), &wrong).await.expect(200);
    assert!(season.lot(lot).await.stop().is_none(), "nothing else stands against it");
    let again = laboratory.post(&format!("{path}/wrong"), &wrong).await.expect(409).json();
    assert_eq!(again["code"], "lab_test_wrong_already");
    let public = season.trade.registry.anonymous_program().get(&format!("/lot/{short}")).await.expect(200);
    assert_eq!(public.json()["lab_tests"].as_array().map(Vec::len), Some(0));
    // A report that the farm uploads; declared wrong by the correction of its event.
    let mut own = season.test(&short, "PKN-2", &json!([result("Chlorpyrifos", "1,5")]));
    own["laboratory"] = "Phòng ngoài hệ thống".into();
    own["file"] = BASE64.encode(PDF).into();
    let told = season.farm.post("/api/v1/lab-tests", &own).await.expect(201).json();
    assert_eq!((told["verdict"].as_str(), told["grade"].as_str()), (Some("fail"), Some("documented")));
    assert!(season.lot(lot).await.stop().is_some());
    let event = told["event"].as_str().expect("an event");
    let correction = json!({ "did_not_occur": false });
    season.farm.post(&format!("/api/v1/events/{event}/correct"), &correction).await.expect(201);
    assert!(season.lot(lot).await.stop().is_none());
    let id = told["id"].as_str().expect("an id");
    assert!(
        season.farm.get(&format!("/api/v1/lab-tests/{id}")).await.expect(200).json()["wrong"].is_string()
    );
}

async fn less_than_can_be_measured_proves_nothing(on: On) {
    let season = Season::start(on).await;
    let lot = season.trade.lot(100_000).await;
    let short = season.lot(lot).await.short_code.to_string();
    let laboratory = season.program("worker-lab").await;
    for (report, value, verdict) in [
        ("A", "<0,01", "pass"),
        ("B", "<0.05", "inconclusive"),
        ("C", "0.01", "pass"),
        ("D", "KPH", "inconclusive"),
    ] {
        let told = season.test(&short, report, &json!([result("Chlorpyrifos", value)]));
        let told = laboratory.post("/api/v1/lab-tests", &told).await.expect(201).json();
        assert_eq!(told["verdict"], verdict, "{value}");
        assert_eq!(told["event"].is_null(), verdict == "inconclusive", "nothing was found out");
        assert!(season.lot(lot).await.stop().is_none());
    }
    let mut bad = season.test(
        &short,
        "E",
        &json!([
            { "analyte": "Chlorpyrifos", "value": "1.250", "unit": "mg/kg" },
            { "analyte": "Chlorpyrifos", "value": "0,1", "unit": "kg" },
            { "analyte": "Nitrat", "value": "-3", "unit": "mg/kg" },
            { "analyte": "Nitrat", "value": "<0,02", "loq": "0,01", "unit": "mg/kg" },
        ]),
    );
    bad["sampled_on"] = "2026-11-24".into();
    let refused = laboratory.post("/api/v1/lab-tests", &bad).await.expect(422).json();
    let told: Vec<(String, String)> = codes(&refused);
    let expected = [
        ("sampled_on", "day_ahead"),
        ("results/0.value", "number_ambiguous"),
        ("results/1.unit", "result_unit_unknown"),
        ("results/2.value", "amount_negative"),
        ("results/3.value", "loq_differs"),
    ];
    assert_eq!(told, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let mixed = season.test(&short, "F", &json!([{ "analyte": "Nitrat", "value": "5", "unit": "CFU/g" }]));
    let refused = laboratory.post("/api/v1/lab-tests", &mixed).await.expect(422).json();
    assert_eq!(codes(&refused), [("results/0.unit".to_owned(), "result_unit_differs".to_owned())]);
    let strange = season.test("3000000003", "G", &json!([result("Nitrat", "5")]));
    let refused = laboratory.post("/api/v1/lab-tests", &strange).await.expect(422).json();
    assert_eq!(codes(&refused)[0].0, "lot");
    // A party tests only what came into its hands.
    let mut packer = season.test(&short, "H", &json!([result("Nitrat", "5")]));
    packer["laboratory"] = "X".into();
    let refused = season.program("manager-packer").await.post("/api/v1/lab-tests", &packer).await.expect(422);
    assert_eq!(codes(&refused.json()), [("lot".to_owned(), "sample_unknown".to_owned())]);
}

async fn a_failed_plot_holds_its_harvests(on: On) {
    let season = Season::start(on).await;
    let before = season.trade.lot(10_000).await;
    let laboratory = season.program("worker-lab").await;
    let place =
        season.trade.app().store.read(async |tx| nguongoc::places::place(tx, season.trade.farm.place).await);
    let number = place.await.unwrap().unwrap().number.to_string();
    let told = |report: &str, day: &str, value: &str| {
        json!({ "place": number, "product_group": "rau", "report": report, "sampled_on": day,
            "reported_on": day, "results": [result("Nitrat", value)] })
    };
    let failed =
        laboratory.post("/api/v1/lab-tests", &told("R-1", "2026-11-23", "1501")).await.expect(201).json();
    assert_eq!((failed["verdict"].as_str(), failed["event"].is_null()), (Some("fail"), true));
    assert_eq!(season.lot(before).await.breach.as_deref(), Some("plot_test_failed"));
    // What is harvested while the sample speaks is recorded and held.
    season.trade.app().clock.set(season.trade.app().clock.now().plus(Duration::from_hours(48)));
    let after = season.trade.lot(10_000).await;
    assert_eq!(season.lot(after).await.breach.as_deref(), Some("plot_test_failed"));
    // A later sample that passes for it frees what is harvested from its day on, and not what came before.
    laboratory.post("/api/v1/lab-tests", &told("R-2", "2026-11-25", "1500")).await.expect(201);
    assert!(season.lot(after).await.stop().is_none());
    assert!(season.lot(before).await.stop().is_some());
    let page = season.trade.registry.anonymous_program();
    let short = season.lot(before).await.short_code.to_string();
    let seen = page.get(&format!("/lot/{short}")).await.expect(200).json();
    assert_eq!(seen["lab_tests"][0]["of_plot"], true);
    let id = failed["id"].as_str().unwrap();
    laboratory
        .post(&format!("/api/v1/lab-tests/{id}/wrong"), &json!({ "reason": "Nhầm ruộng" }))
        .await
        .expect(200);
    assert!(season.lot(before).await.stop().is_none());
}

async fn another_failed_sample_holds_what_was_let_pass(on: On) {
    let season = Season::start(on).await;
    let app = season.trade.app();
    later(app);
    let lot = season.trade.lot(10_000).await;
    let place = app.store.read(async |tx| nguongoc::places::place(tx, season.trade.farm.place).await).await;
    let number = place.unwrap().unwrap().number.to_string();
    let laboratory = season.program("worker-lab").await;
    let send = async |report: &str, results: Value| {
        later(app);
        let told = json!({ "place": number, "product_group": "rau", "report": report, "sampled_on": "2026-11-23",
            "reported_on": "2026-11-23", "results": results });
        let told = laboratory.post("/api/v1/lab-tests", &told).await.expect(201).json();
        (told["verdict"].as_str().unwrap().to_owned(), told["id"].as_str().unwrap().to_owned())
    };
    let let_pass = async || {
        later(app);
        let release = StopLot { lot, reason: Note::parse("Đã kiểm tra tại ruộng").unwrap() };
        chain::record(app, &inspector(), Command::Release(release)).await.expect("a release");
        assert_eq!(season.lot(lot).await.breach, None);
    };
    let held = async || season.lot(lot).await.breach.as_deref() == Some("plot_test_failed");
    assert_eq!(send("R-1", json!([result("Nitrat", "1501")])).await.0, "fail");
    assert!(held().await);
    let_pass().await;
    // A sample that says nothing against it changes nothing.
    assert_eq!(send("R-2", json!([result("Nitrat", "1500")])).await.0, "pass");
    assert!(!held().await, "nothing more speaks against it");
    follows(app).await;
    // Another one failed: that is more than what the inspector saw.
    let more = json!([result("Nitrat", "1502"), result("Chlorpyrifos", "1,5")]);
    let (verdict, third) = send("R-3", more).await;
    assert_eq!(verdict, "fail");
    assert!(held().await, "there is more against it");
    follows(app).await;
    // What was let pass of both stays so when one of them turns out wrong.
    let_pass().await;
    later(app);
    let wrong = json!({ "reason": "Nhầm ruộng" });
    laboratory.post(&format!("/api/v1/lab-tests/{third}/wrong"), &wrong).await.expect(200);
    assert!(!held().await, "the rest was let pass");
    follows(app).await;
    send("R-4", json!([result("Nitrat", "1503")])).await;
    assert!(held().await);
    follows(app).await;
}
