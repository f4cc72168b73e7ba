//! The field book through the front door: forms and interface, for one's own plots and those of households, and every kind of wrong
//! input.

use crate::support::app::{Answer, Browser, On, Program, on_both};
use crate::support::field::{self, plot, publish_lists, season};
use crate::support::trade::{Trade, revoke};
use nguongoc::chain;
use nguongoc::kernel::Quantity;
use nguongoc::lots;
use serde_json::{Value, json};
use std::time::Duration;

on_both!(
    a_spray_is_written_in_a_few_touches,
    what_cannot_be_is_told,
    one_entry_for_many_households,
    a_book_of_others_is_not_there,
    a_wrong_entry_stays_to_be_read,
    the_same_as_last_time_counts_as_copied,
    a_harvest_form_warns_before,
    a_season_as_a_file,
    the_shopper_reads_sprays,
    a_list_from_the_command_line_looks_at_what_grew,
    who_entered_for_a_household_shows,
    a_template_that_is_sent_counts_as_copied,
);

const XANH: &str = "Mẫu Sâu Xanh 36EC";

async fn trade(on: On) -> (Trade, String) {
    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let place = plot(&trade, &trade.farm, "Ruộng hai sào").await;
    season(&trade, &trade.farm.by(), place, "cai_ngot", "2026-10-01").await;
    (trade, place.to_string())
}

fn spray(place: &str) -> Value {
    json!({
        "kind": "spray", "place": place, "day": "2026-11-20", "product": XANH, "pest": "sâu tơ",
        "dose": "5 ml/sào", "area": "2 sào", "person": "Nguyễn Thị Riêng Tư",
    })
}

#[expect(clippy::needless_pass_by_value, reason = "changes are written where they are given")]
fn with(mut value: Value, changes: Value) -> Value {
    for (name, change) in changes.as_object().unwrap() {
        value[name] = change.clone();
    }
    value
}

async fn clerk(trade: &Trade) -> (Browser, Program) {
    (trade.registry.signed_in(&trade.farm.clerk).await, trade.registry.program(&trade.farm.clerk).await)
}

/// The hidden key of the form on a page.
fn key(page: &Answer) -> String {
    let found = page.text.split("name=\"key\" value=\"").nth(1).expect("a form");
    found.split('"').next().unwrap().to_owned()
}

async fn a_spray_is_written_in_a_few_touches(on: On) {
    let (trade, place) = trade(on).await;
    let (browser, program) = clerk(&trade).await;
    assert!(browser.get("/fieldbook?lang=en").await.expect(200).text.contains("Field book"));
    assert!(browser.get("/fieldbook?lang=vi").await.expect(200).text.contains("Ruộng hai sào"));
    let path = format!("/fieldbook/new?kind=spray&place={place}");
    let found = browser.get(&format!("{path}&q=sau+xanh")).await.expect(200);
    assert!(found.text.contains("cách ly 7 ngày"), "the list's days on this crop stand with the product");
    let chosen = found.text.split("substance=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = browser.get(&format!("{path}&substance={chosen}")).await.expect(200);
    assert!(form.text.contains(&format!("value=\"{XANH}\"")));
    let key = key(&form);
    let fields = [
        ("key", key.as_str()),
        ("kind", "spray"),
        ("place", place.as_str()),
        ("product", XANH),
        ("pest", "sâu tơ"),
        ("dose", "5 ml/sào"),
        ("day", "2026-11-20"),
        ("clock", "16:30"),
        ("person", "Nguyễn Thị Riêng Tư"),
    ];
    let sent = browser.send(&path, "/fieldbook/new", &fields).await.expect(303);
    let again = browser.send(&path, "/fieldbook/new", &fields).await.expect(303);
    assert_eq!(sent.header("location"), again.header("location"), "sent twice, written once");
    let page = browser.get(sent.header("location")).await.expect(200);
    assert!(page.text.contains("Được thu hoạch từ 27/11/2026") && page.text.contains("Nguyễn Thị Riêng Tư"));
    let listed = program.get("/api/v1/activities").await.expect(200).json();
    assert_eq!(listed["activities"].as_array().unwrap().len(), 1);
    let waiting =
        program.get(&format!("/api/v1/places/{place}/waiting?day=2026-11-26")).await.expect(200).json();
    assert_eq!((&waiting["open"], &waiting["until"]), (&json!(false), &json!("2026-11-27")));
    let open =
        program.get(&format!("/api/v1/places/{place}/waiting?day=27/11/2026")).await.expect(200).json();
    assert_eq!(open["open"], json!(true));
}

async fn what_cannot_be_is_told(on: On) {
    let (trade, place) = trade(on).await;
    let (browser, program) = clerk(&trade).await;
    let other = plot(&trade, &trade.farm, "Ruộng bên").await;
    let theirs = trade.shop.place.to_string();
    let elsewhere = season(&trade, &trade.farm.by(), other, "cai_bap", "2026-10-01").await.to_string();
    for (change, field, code) in [
        (json!({"day": "2026-11-24"}), "day", "day_ahead"),
        (json!({"day": "30/02/2026"}), "day", "day_does_not_exist"),
        (json!({"place": theirs}), "place", "place_not_yours"),
        (json!({"season": elsewhere}), "season", "season_of_another_plot"),
        (json!({"area": "3 sào"}), "area", "area_larger_than_plot"),
        (json!({"area": "2"}), "area", "area_unit_missing"),
        (json!({"dose": "5 ml"}), "dose", "dose_per_area"),
        (json!({"dose": "5 kg/sào"}), "dose", "dose_units_differ"),
        (json!({"total": "10 g"}), "total", "dose_units_differ"),
        (json!({"dose": "1.250 ml/ha"}), "dose", "number_ambiguous"),
        (json!({"dose": "5 muỗng/sào"}), "dose", "input_unit_unknown"),
        (json!({"dose": ""}), "dose", "dose_missing"),
        (json!({"label_days": "bảy"}), "label_days", "waiting_days_malformed"),
        (json!({"label_days": 366}), "label_days", "waiting_days_malformed"),
        (json!({"pest": ""}), "pest", "text_empty"),
        (json!({"kind": "dance"}), "kind", "activity_kind_unknown"),
        (
            json!({"copied_from": "01932f3a-7c1e-7b5a-9d2e-4f6a8b0c1d2e"}),
            "copied_from",
            "copied_from_unknown",
        ),
        (
            json!({"kind": "pesticide_purchase", "input": XANH, "amount": "1..9 kg"}),
            "amount",
            "number_not_understood",
        ),
        (
            json!({"kind": "pesticide_purchase", "input": XANH, "amount": "1000000000000 tấn"}),
            "amount",
            "amount_too_large",
        ),
    ] {
        let refused =
            program.post("/api/v1/activities", &with(spray(&place), change.clone())).await.expect(422);
        let told = &refused.json()["problems"][0];
        assert_eq!((told["field"].as_str(), told["code"].as_str()), (Some(field), Some(code)), "{change}");
    }
    // A decimal comma is no error, and neither is a spray after a harvest: it happened.
    let comma = with(spray(&place), json!({"dose": "0,4 l/ha", "day": "2026-11-22"}));
    program.post("/api/v1/activities", &comma).await.expect(201);
    let path = format!("/fieldbook/new?kind=spray&place={place}");
    let form = browser.get(&path).await.expect(200);
    let fields = [
        ("key", &*key(&form)),
        ("kind", "spray"),
        ("place", &place),
        ("product", XANH),
        ("pest", "sâu"),
        ("dose", "5"),
        ("day", "2026-11-20"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = browser.send(&path, "/fieldbook/new", &fields).await.expect(422);
    assert_eq!(refused.texts("#dose-problem").len(), 1);
    assert!(refused.text.contains(&format!("value=\"{XANH}\"")), "what was typed is kept");
}

async fn one_entry_for_many_households(on: On) {
    let (trade, place) = trade(on).await;
    let (_, program) = clerk(&trade).await;
    let (household, mandate) = trade.household().await;
    let theirs = household.place.to_string();
    let many = with(
        spray(&place),
        json!({"place": null, "plots": [place, theirs], "crop": "cai_ngot", "day": "2026-11-23"}),
    );
    let done = program.post("/api/v1/activities", &many).await.expect(201).json();
    let entries = done["activities"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1]["party"], json!(household.party));
    assert_eq!(entries[1]["entered_for"], json!(trade.farm.party), "it shows who entered for whom");
    assert!(!entries[1]["mandate"].is_null() && entries[0]["mandate"].is_null());
    // All or nothing: without the mandate none is written, and the plot is named.
    revoke(trade.app(), &trade.officer, mandate).await;
    let refused = program.post("/api/v1/activities", &many).await.expect(422).json();
    assert_eq!(refused["problems"][0]["field"], json!("plots/1.place"), "{refused}");
    let late = with(
        many,
        json!({"plots": [place, trade.farm.place.to_string()], "area": "2 sào", "day": "2026-12-01"}),
    );
    let refused = program.post("/api/v1/activities", &late).await.expect(422).json();
    let fields: Vec<&str> =
        refused["problems"].as_array().unwrap().iter().filter_map(|one| one["field"].as_str()).collect();
    assert_eq!(fields, ["plots/0.day", "plots/1.day"], "every problem, by plot");
    let listed = program.get("/api/v1/activities").await.expect(200).json();
    assert_eq!(listed["activities"].as_array().unwrap().len(), 1);
}

async fn a_book_of_others_is_not_there(on: On) {
    let (trade, place) = trade(on).await;
    let (_, program) = clerk(&trade).await;
    let done = program.post("/api/v1/activities", &spray(&place)).await.expect(201).json();
    let (id, season) = (
        done["activities"][0]["id"].as_str().unwrap().to_owned(),
        done["activities"][0]["season"].as_str().unwrap().to_owned(),
    );
    let stranger = trade.registry.program(&trade.shop.clerk).await;
    for path in [
        format!("/api/v1/activities/{id}"),
        format!("/api/v1/activities?party={}", trade.farm.party),
        format!("/api/v1/seasons/{season}"),
        format!("/api/v1/seasons?party={}", trade.farm.party),
        format!("/api/v1/places/{place}/waiting"),
        format!("/api/v1/seasons/{season}/book.csv"),
    ] {
        stranger.get(&path).await.expect(404);
    }
    stranger.post(&format!("/api/v1/activities/{id}/correct"), &json!({})).await.expect(404);
    stranger
        .post(&format!("/api/v1/seasons/{season}/clear"), &json!({"cleared_on": "2026-11-22"}))
        .await
        .expect(404);
    stranger.post(&format!("/api/v1/seasons/{season}/withdraw"), &json!({})).await.expect(404);
    let why = json!({"reason": "Ghi nhầm"});
    stranger.post(&format!("/api/v1/seasons/{season}/reopen"), &why).await.expect(404);
    let browser = trade.registry.signed_in(&trade.shop.clerk).await;
    browser.get(&format!("/fieldbook/plots/{place}")).await.expect(404);
    browser.get(&format!("/fieldbook/new?behalf_of={}", trade.farm.party)).await.expect(404);
    browser.get(&format!("/activities/{id}")).await.expect(404);
    let officer = trade.registry.program("officer").await;
    officer.get(&format!("/api/v1/activities/{id}")).await.expect(200);
    officer.post("/api/v1/activities", &spray(&place)).await.expect(403);
}

async fn a_wrong_entry_stays_to_be_read(on: On) {
    let (trade, place) = trade(on).await;
    let (browser, program) = clerk(&trade).await;
    let done = program.post("/api/v1/activities", &spray(&place)).await.expect(201).json();
    let id = done["activities"][0]["id"].as_str().unwrap().to_owned();
    let form = browser.get(&format!("/fieldbook/new?kind=spray&instead_of={id}")).await.expect(200);
    assert!(form.text.contains(&id) && form.text.contains("2026-11-20"));
    let instead = json!({"instead": with(spray(&place), json!({"day": "2026-11-01"}))});
    let path = format!("/api/v1/activities/{id}/correct");
    let right = program.post(&path, &instead).await.expect(201).json();
    let again = program.post(&path, &json!({})).await.expect(409).json();
    assert_eq!(again["code"], json!("corrected_already"));
    let old = program.get(&format!("/api/v1/activities/{id}")).await.expect(200).json();
    assert_eq!(old["wrong"]["replaced_by"], right["activities"][0]["id"]);
    let waiting = program.get(&format!("/api/v1/places/{place}/waiting")).await.expect(200).json();
    assert_eq!(waiting["open"], json!(true), "what was wrong shuts nothing");
    let page = browser.get(&format!("/fieldbook/plots/{place}")).await.expect(200);
    assert!(page.text.contains("Đã khai là ghi sai") && page.text.contains("Ghi bổ sung lúc"));
}

async fn the_same_as_last_time_counts_as_copied(on: On) {
    let (trade, place) = trade(on).await;
    let (browser, program) = clerk(&trade).await;
    let done = program.post("/api/v1/activities", &spray(&place)).await.expect(201).json();
    let (id, season) =
        (done["activities"][0]["id"].as_str().unwrap(), done["activities"][0]["season"].as_str().unwrap());
    let path = format!("/fieldbook/new?kind=spray&place={place}&again=1");
    let form = browser.get(&path).await.expect(200);
    for kept in [id, "value=\"5 ml/sào\"", "value=\"sâu tơ\"", "value=\"720 m2\""] {
        assert!(form.text.contains(kept), "{kept}");
    }
    let key = key(&form);
    let fields = [
        ("key", key.as_str()),
        ("kind", "spray"),
        ("place", place.as_str()),
        ("copied_from", id),
        ("product", XANH),
        ("pest", "sâu tơ"),
        ("dose", "5 ml/sào"),
        ("day", "2026-11-21"),
    ];
    browser.send(&path, "/fieldbook/new", &fields).await.expect(303);
    let shown = program.get(&format!("/api/v1/seasons/{season}")).await.expect(200).json();
    assert_eq!((&shown["copied"], &shown["entries"]), (&json!(1), &json!(2)));
    // A template, kept from the entry and used.
    let page = format!("/activities/{id}");
    browser.send(&page, &format!("{page}/template"), &[("name", " ")]).await.expect(422);
    browser.send(&page, &format!("{page}/template"), &[("name", "Sâu tơ cải ngọt")]).await.expect(303);
    let templates = browser.get("/fieldbook/templates").await.expect(200);
    let template = templates.text.split("template=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = browser
        .get(&format!("/fieldbook/new?kind=spray&place={place}&template={template}"))
        .await
        .expect(200);
    assert!(form.text.contains("value=\"5 ml/sào\""));
    let stranger = trade.registry.signed_in(&trade.shop.clerk).await;
    stranger.get(&format!("/fieldbook/new?kind=spray&template={template}")).await.expect(404);
    let remove = format!("/fieldbook/templates/{template}/remove");
    browser.send("/fieldbook/templates", &remove, &[]).await.expect(303);
    browser.send("/lots/new", &remove, &[]).await.expect(404);
}

async fn a_harvest_form_warns_before(on: On) {
    let (trade, place) = trade(on).await;
    let (browser, program) = clerk(&trade).await;
    let before = browser.get("/lots/new").await.expect(200);
    assert!(before.texts(".warning").is_empty());
    program.post("/api/v1/activities", &spray(&place)).await.expect(201);
    let warned = browser.get("/lots/new").await.expect(200).texts(".warning").join(" ");
    assert!(
        warned.contains("27/11/2026") && warned.contains("20/11/2026") && warned.contains("mẫu A1"),
        "{warned}"
    );
}

async fn a_season_as_a_file(on: On) {
    let (trade, place) = trade(on).await;
    let (browser, program) = clerk(&trade).await;
    let formula = with(spray(&place), json!({"pest": "=1+1"}));
    let done = program.post("/api/v1/activities", &formula).await.expect(201).json();
    let season = done["activities"][0]["season"].as_str().unwrap().to_owned();
    let csv = browser.get(&format!("/seasons/{season}/book.csv?lang=vi")).await.expect(200);
    assert!(csv.text.starts_with('\u{feff}') || csv.bytes.starts_with(b"\xef\xbb\xbf"));
    assert!(csv.text.contains("20/11/2026") && csv.text.contains("27/11/2026") && csv.text.contains("'=1+1"));
    let book = browser.get(&format!("/seasons/{season}/book.xlsx")).await.expect(200);
    assert!(book.bytes.starts_with(b"PK"));
    browser.get(&format!("/seasons/{season}/book.pdf")).await.expect(404);
    // The season ends once, not before its last entry.
    let clear = format!("/api/v1/seasons/{season}/clear");
    let early = program.post(&clear, &json!({"cleared_on": "2026-11-19"})).await.expect(422).json();
    assert_eq!(early["problems"][0]["code"], json!("season_has_later_entries"));
    program.post(&clear, &json!({"cleared_on": "2026-11-22"})).await.expect(200);
    program.post(&clear, &json!({"cleared_on": "2026-11-23"})).await.expect(409);
    program.post(&format!("/api/v1/seasons/{season}/withdraw"), &json!({})).await.expect(409);
}

async fn the_shopper_reads_sprays(on: On) {
    let (trade, place) = trade(on).await;
    let (_, program) = clerk(&trade).await;
    let lot = async |place: &str, day: &str| {
        let body = json!({
            "product": trade.farm.product, "place": place, "day": day, "quantity": "10 kg",
        });
        let made = program.post("/api/v1/lots", &body).await.expect(201).json();
        made["lot"]["short_code"].as_str().unwrap().to_owned()
    };
    let public = trade.registry.browser();
    let look = async |short: &str| public.get(&format!("/lot/{short}?lang=en")).await.expect(200).text;
    let bare = lot(&trade.farm.place.to_string(), "2026-11-22").await;
    assert!(look(&bare).await.contains("field book"), "no field book for this lot");
    assert!(!look(&bare).await.contains("No spray is recorded"));
    let early = lot(&place, "2026-11-05").await;
    assert!(look(&early).await.contains("No spray is recorded"));
    let spray = with(spray(&place), json!({"day": "2026-11-01"}));
    program.post("/api/v1/activities", &spray).await.expect(201);
    let page = look(&early).await;
    assert!(page.contains("Hoạt chất mẫu A1") && page.contains("01/11/2026") && page.contains("08/11/2026"));
    assert!(page.contains("harvest was not allowed"), "a new spray is on the page at once");
    for private in ["Nguyễn Thị Riêng Tư", "sâu tơ", "5 ml"] {
        assert!(!page.contains(private), "{private} is the farmer's own");
    }
    let later = lot(&place, "2026-11-10").await;
    let client = trade.registry.anonymous_program();
    let told = client.client.get(format!("{}/lot/{later}", client.base)).header("accept", "application/json");
    let told: Value = told.send().await.unwrap().json().await.unwrap();
    assert_eq!(told["field_book"], json!("kept"));
    let spray = &told["sprays"][0];
    assert_eq!(
        (&spray["verdict"], &spray["first_allowed_harvest"]),
        (&json!("observed"), &json!("2026-11-08"))
    );
    assert_eq!(spray["days_required"], json!(7));
}

/// `nguongoc import`, beside the service: checked, published, and what grew since its first day is looked at again.
async fn a_list_from_the_command_line_looks_at_what_grew(on: On) {
    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let (app, farm) = (trade.app(), &trade.farm);
    let place = plot(&trade, farm, "Thửa 1").await;
    let mut draft = field::spray("Mẫu Sâu Xanh 36EC", &trade.today().plus_days(-10).to_string());
    draft.crop = "rau_muong".to_owned();
    app.clock.set(app.clock.now().plus(Duration::from_mins(1)));
    field::write(&trade, &farm.by(), place, &draft).await.expect("a spray");
    app.clock.set(app.clock.now().plus(Duration::from_mins(1)));
    let begun = chain::DeclareLot {
        product: farm.product,
        place: Some(place),
        when: None,
        quantity: Quantity::grams(10_000).expect("an amount"),
        code: None,
        variety: None,
        note: None,
    };
    let grown = chain::record(app, &farm.by(), chain::Command::Declare(begun)).await.expect("a lot").lot.id;
    let breach = async || {
        app.store.read(async |tx| lots::find(tx, grown).await).await.expect("read").expect("the lot").breach
    };
    assert_eq!(breach().await, None, "seven days are over");

    let folder = tempfile::tempdir().expect("a folder");
    let list = include_str!("../../assets/data/lists/substances.csv");
    let longer = list.replace("Rau muống;7;", "Rau muống;14;");
    assert_ne!(list, longer);
    std::fs::write(folder.path().join("longer.csv"), longer).expect("a file");
    std::fs::write(folder.path().join("wrong.csv"), list.replace("Rau muống;7;", "Rau muống;bảy;"))
        .expect("a file");
    let import = async |file: &str, more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nguongoc"));
        command.current_dir(folder.path()).args(["--lang", "en", "import", "substances", file]).args(more);
        command.args(["--from", "2026-11-01", "--database", app.config.database.expose(), "--data", "d"]);
        // The registry's own thread.
        let ran =
            tokio::task::spawn_blocking(move || command.output().expect("the program")).await.expect("run");
        let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        (ran.status.code(), said)
    };
    let (code, said) = import("wrong.csv", &["--publish"]).await;
    assert!(code == Some(1) && said.contains("bảy"), "{code:?}: {said}");
    let (code, said) = import("longer.csv", &[]).await;
    assert!(code == Some(0) && said.contains("--publish"), "{code:?}: {said}");
    assert_eq!(breach().await, None, "it was only checked");
    let (code, said) = import("longer.csv", &["--publish"]).await;
    assert!(code == Some(0) && said.contains("1 lots held, 0 lots freed"), "{code:?}: {said}");
    assert_eq!(breach().await.as_deref(), Some("waiting_period"));
}

async fn who_entered_for_a_household_shows(on: On) {
    let (trade, place) = trade(on).await;
    let (browser, program) = clerk(&trade).await;
    let (household, _) = trade.household().await;
    let theirs = plot(&trade, &household, "Ruộng bà Mơ").await;
    let season = season(&trade, &household.by(), theirs, "cai_ngot", "2026-10-01").await;
    let write = async |changes: Value| {
        let entry =
            with(spray(&theirs.to_string()), json!({"day": "2026-11-23", "behalf_of": household.party}));
        let done = program.post("/api/v1/activities", &with(entry, changes)).await.expect(201).json();
        done["activities"][0]["id"].as_str().unwrap().to_owned()
    };
    let first = write(json!({})).await;
    let second = write(json!({"copied_from": first, "pest": "bọ nhảy"})).await;
    for (lang, words) in [
        ("vi", "Do Hợp tác xã rau Vân Mẫu ghi theo uỷ quyền"),
        ("en", "Entered by Hợp tác xã rau Vân Mẫu under a mandate"),
    ] {
        for path in [
            format!("/activities/{first}"),
            format!("/fieldbook/plots/{theirs}"),
            format!("/seasons/{season}"),
        ] {
            let page = browser.get(&format!("{path}?lang={lang}")).await.expect(200);
            let marks: Vec<String> = page.texts("main .soft, main .warning");
            assert!(marks.iter().any(|mark| mark == words), "{path}: {marks:?}");
        }
        let file = browser.get(&format!("/seasons/{season}/book.csv?lang={lang}")).await.expect(200).text;
        let line = |text: &str| file.lines().find(|line| line.contains(text)).expect("a line").to_owned();
        assert!(line("sâu tơ").contains(words), "{file}");
        let copied = if lang == "vi" { "Sao chép" } else { "Copied" };
        assert!(line("bọ nhảy").contains(&format!("\"{copied}; {words}\"")), "copied, and by whom: {file}");
    }
    assert_ne!(first, second);
    // What one enters into one's own book is nobody else's.
    let own = program.post("/api/v1/activities", &spray(&place)).await.expect(201).json();
    let own = format!("/activities/{}?lang=en", own["activities"][0]["id"].as_str().unwrap());
    assert!(!browser.get(&own).await.expect(200).text.contains("under a mandate"));
}

async fn a_template_that_is_sent_counts_as_copied(on: On) {
    let (trade, place) = trade(on).await;
    let (browser, program) = clerk(&trade).await;
    let done = program.post("/api/v1/activities", &spray(&place)).await.expect(201).json();
    let (id, season) =
        (done["activities"][0]["id"].as_str().unwrap(), done["activities"][0]["season"].as_str().unwrap());
    let copied = async || {
        let shown = program.get(&format!("/api/v1/seasons/{season}")).await.expect(200).json();
        (shown["copied"].as_i64().unwrap(), shown["entries"].as_i64().unwrap())
    };
    assert_eq!(copied().await, (0, 1));
    let page = format!("/activities/{id}");
    browser.send(&page, &format!("{page}/template"), &[("name", "Sâu tơ cải ngọt")]).await.expect(303);
    let listed = browser.get("/fieldbook/templates").await.expect(200).text;
    let template = listed.split("template=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // The form as it was opened, with what stands hidden in it, and a day of its own.
    let path = format!("/fieldbook/new?kind=spray&place={place}&template={template}");
    let form = browser.get(&path).await.expect(200);
    let value = |name: &str| {
        let found = form.text.split(&format!("name=\"{name}\" ")).nth(1).expect(name);
        found.split("value=\"").nth(1).expect("a value").split('"').next().unwrap().to_owned()
    };
    let fields: Vec<(&str, String)> =
        ["key", "kind", "template", "copied_from", "product", "pest", "dose", "area", "person"]
            .into_iter()
            .map(|name| (name, value(name)))
            .chain([("place", place.clone()), ("day", "2026-11-21".to_owned())])
            .collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let sent = browser.send(&path, "/fieldbook/new", &fields).await.expect(303);
    assert_eq!(copied().await, (1, 2));
    let written = sent.header("location").strip_prefix("/activities/").unwrap().to_owned();
    let shown = program.get(&format!("/api/v1/activities/{written}")).await.expect(200).json();
    assert_eq!((&shown["origin"], &shown["copied_from"]), (&json!("template"), &json!(template)));
    assert_eq!((&shown["spray"]["pest"], &shown["spray"]["dose"]), (&json!("sâu tơ"), &json!("5 ml/sào")));
    assert!(browser.get(&format!("/activities/{written}?lang=en")).await.expect(200).text.contains("Copied"));
    assert!(browser.get("/fieldbook?lang=en").await.expect(200).text.contains("1 of 2 entries"));
}
