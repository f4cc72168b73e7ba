//! Every kind of entry that VietGAP asks for (TCVN 11892-1:2017): written by the form and by the interface with all its fields, refused
//! without what it needs, and read back on its page and in the book of its season.

use crate::support::app::{Answer, Browser, On, Program, on_both};
use crate::support::field::{plot, publish_lists, season};
use crate::support::trade::Trade;
use nguongoc::fieldbook::Kind;
use serde_json::{Map, Value, json};

on_both!(every_kind_of_entry_is_written_and_read_back);

/// Whether an entry is about a plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plot {
    Must,
    May,
    Never,
}

/// A kind of entry, by its name: whether it is about a plot, what it needs, and what it takes besides.
struct Case(&'static str, Plot, &'static [&'static str], &'static [&'static str]);

const CASES: [Case; 13] = [
    Case("land_preparation", Plot::Must, &["method"], &["area", "equipment", "result"]),
    Case("planting", Plot::Must, &[], &["input", "amount", "area", "method", "input_lot"]),
    Case("fertiliser_purchase", Plot::Never, &["input", "amount"], &["source", "input_lot", "expires_on"]),
    Case("fertiliser_use", Plot::Must, &["input", "amount"], &["area", "method", "reason", "equipment"]),
    Case("compost", Plot::May, &["input", "method"], &["amount", "result"]),
    Case("pesticide_purchase", Plot::Never, &["input", "amount"], &["source", "input_lot", "expires_on"]),
    Case(
        "spray",
        Plot::Must,
        &["product", "pest", "dose"],
        &["area", "total", "label_days", "method", "equipment"],
    ),
    Case("watering", Plot::Must, &[], &["source", "method", "amount", "area"]),
    Case("waste", Plot::May, &["input", "method"], &["amount"]),
    Case("equipment_check", Plot::May, &["equipment", "result"], &["method"]),
    Case("training", Plot::Never, &["reason"], &["source", "result"]),
    Case("stock_count", Plot::Never, &["input", "amount"], &["reason"]),
    Case("self_inspection", Plot::May, &["result"], &["reason"]),
];

const PERSON: &str = "Nguyễn Thị Mẫu";

impl Case {
    fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.2.iter().chain(self.3).copied()
    }

    /// What is typed into a field of an entry that goes one of two ways.
    fn typed(&self, field: &str, way: &str) -> String {
        match field {
            "input" => format!("Vật tư {} {way}", self.0),
            "amount" => "2,5 kg".to_owned(),
            "area" => "1 sào".to_owned(),
            "method" => "Rải đều quanh gốc".to_owned(),
            "reason" => "Theo lịch của hợp tác xã".to_owned(),
            "source" => "Đại lý Vật tư Mẫu".to_owned(),
            "input_lot" => "LO-2026-77".to_owned(),
            "expires_on" => "31/12/2027".to_owned(),
            "result" => "Đạt yêu cầu".to_owned(),
            "equipment" => "Máy xới tay".to_owned(),
            "product" => "Mẫu Sâu Xanh 36EC".to_owned(),
            "pest" => "sâu tơ".to_owned(),
            "dose" => "5 ml/sào".to_owned(),
            "total" => "6 ml".to_owned(),
            "label_days" => "9".to_owned(),
            other => panic!("no value for {other}"),
        }
    }

    fn note(&self, way: &str) -> String {
        format!("Ghi chú {} {way}", self.0)
    }

    /// What a page and a file show of a field.
    fn shown(&self, field: &str, way: &str) -> String {
        if field == "area" { "360 m²".to_owned() } else { self.typed(field, way) }
    }

    /// What programs are told of a field: where in the entry, and the value.
    fn told(&self, field: &str, way: &str) -> (String, Value) {
        let place = match field {
            "input" | "equipment" | "source" => format!("/{field}"),
            "amount" => "/amount/amount".to_owned(),
            "area" if self.0 == "spray" => "/spray/area_m2".to_owned(),
            "area" => "/details/area_m2".to_owned(),
            "product" | "pest" | "dose" | "total" | "label_days" => format!("/spray/{field}"),
            _ => format!("/details/{field}"),
        };
        let value = match field {
            "amount" => json!(2_500_000),
            "area" => json!(360),
            "label_days" => json!(9),
            "expires_on" => json!("2027-12-31"),
            _ => json!(self.typed(field, way)),
        };
        (place, value)
    }

    /// All that is sent of an entry, but for what is left out.
    fn draft(&self, way: &str, place: &str, without: &[&str]) -> Vec<(&'static str, String)> {
        let mut draft: Vec<(&'static str, String)> =
            self.fields().map(|field| (field, self.typed(field, way))).collect();
        draft.push(("kind", self.0.to_owned()));
        draft.push(("day", "2026-11-20".to_owned()));
        draft.push(("person", PERSON.to_owned()));
        draft.push(("note", self.note(way)));
        if self.1 != Plot::Never {
            draft.push(("place", place.to_owned()));
        }
        draft.retain(|(field, _)| !without.contains(field));
        draft
    }

    /// Each field that must not be left out, with what is left out for that: a dose follows from the total.
    fn needed(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        let plot = (self.1 == Plot::Must).then_some("place");
        let needed = self.2.iter().copied().chain(["day"]).chain(plot);
        needed
            .map(|field| (field, if field == "dose" { vec!["dose", "total"] } else { vec![field] }))
            .collect()
    }
}

fn body(draft: Vec<(&'static str, String)>) -> Value {
    draft
        .into_iter()
        .map(|(field, value)| (field.to_owned(), json!(value)))
        .collect::<Map<String, Value>>()
        .into()
}

/// With plain spaces.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

fn key(page: &Answer) -> String {
    let found = page.text.split("name=\"key\" value=\"").nth(1).expect("a form");
    found.split('"').next().unwrap().to_owned()
}

struct Book {
    browser: Browser,
    program: Program,
    place: String,
}

impl Book {
    /// By the interface: refused without what it needs, then written; the id of the entry.
    async fn by_interface(&self, case: &Case) -> String {
        for (field, without) in case.needed() {
            let draft = body(case.draft("api", &self.place, &without));
            let refused = self.program.post("/api/v1/activities", &draft).await.expect(422).json();
            let problems = refused["problems"].as_array().expect("problems");
            let fields: Vec<&str> = problems.iter().filter_map(|one| one["field"].as_str()).collect();
            assert_eq!(fields, [field], "{} without {field}: {refused}", case.0);
        }
        let draft = body(case.draft("api", &self.place, &[]));
        let written = self.program.post("/api/v1/activities", &draft).await.expect(201).json();
        written["activities"][0]["id"].as_str().expect("an id").to_owned()
    }

    /// By the form, which has each field: the same.
    async fn by_form(&self, case: &Case) -> String {
        let path = format!("/fieldbook/new?kind={}&place={}", case.0, self.place);
        let form = self.browser.get(&path).await.expect(200);
        for field in case.fields().chain(["day", "person", "note"]) {
            assert_eq!(form.texts(&format!("main [name={field}]")).len(), 1, "{} has {field}", case.0);
        }
        let key = key(&form);
        let send = async |without: &[&str]| {
            let mut draft = case.draft("form", &self.place, without);
            draft.push(("key", key.clone()));
            let fields: Vec<(&str, &str)> =
                draft.iter().map(|(field, value)| (*field, value.as_str())).collect();
            self.browser.send(&path, "/fieldbook/new", &fields).await
        };
        for (field, without) in case.needed() {
            let refused = send(&without).await.expect(422);
            let told = refused.texts(&format!("#{field}-problem"));
            assert!(told.len() == 1 && !told[0].is_empty(), "{} without {field}: {told:?}", case.0);
            assert!(refused.text.contains(&case.note("form")), "what was typed is kept");
        }
        let written = send(&[]).await.expect(303);
        written.header("location").strip_prefix("/activities/").expect("an entry").to_owned()
    }

    /// What was written stands on its page and is told to programs.
    async fn read_back(&self, case: &Case, way: &str, id: &str) {
        let entry = self.program.get(&format!("/api/v1/activities/{id}")).await.expect(200).json();
        let page = self.browser.get(&format!("/activities/{id}?lang=vi")).await.expect(200);
        let page = page.texts("main").concat();
        assert_eq!((&entry["kind"], &entry["origin"]), (&json!(case.0), &json!(way)));
        assert_eq!(entry["place"].is_null(), case.1 == Plot::Never, "{}", case.0);
        assert_eq!(entry["season"].is_null(), case.1 == Plot::Never, "{}: the season of the day", case.0);
        for field in case.fields() {
            let (place, value) = case.told(field, way);
            let told = match entry.pointer(&place) {
                // What is used goes out.
                Some(Value::Number(amount)) => json!(amount.as_i64().expect("a number").abs()),
                Some(Value::String(text)) => json!(plain(text)),
                other => panic!("{}: nothing at {place}: {other:?}", case.0),
            };
            assert_eq!(told, value, "{}: {field}", case.0);
            let shown = case.shown(field, way);
            assert!(page.contains(&shown), "{}: no {shown} on its page: {page}", case.0);
        }
        for common in [PERSON, &case.note(way), "20/11/2026"] {
            assert!(page.contains(common), "{}: no {common} on its page: {page}", case.0);
        }
        assert_eq!((&entry["person"], &entry["note"]), (&json!(PERSON), &json!(case.note(way))));
    }
}

async fn every_kind_of_entry_is_written_and_read_back(on: On) {
    let mut kinds = CASES.map(|case| case.0);
    let mut all = Kind::ALL.map(Kind::as_str);
    kinds.sort_unstable();
    all.sort_unstable();
    assert_eq!(kinds, all, "a kind is not tried");

    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let place = plot(&trade, &trade.farm, "Ruộng hai sào").await;
    let season = season(&trade, &trade.farm.by(), place, "cai_ngot", "2026-10-01").await;
    let book = Book {
        browser: trade.registry.signed_in(&trade.farm.clerk).await,
        program: trade.registry.program(&trade.farm.clerk).await,
        place: place.to_string(),
    };
    for case in &CASES {
        let id = book.by_interface(case).await;
        book.read_back(case, "api", &id).await;
        let id = book.by_form(case).await;
        book.read_back(case, "form", &id).await;
    }
    // The file has a line for each entry about the plot, and none for the others.
    let file = book.browser.get(&format!("/seasons/{season}/book.csv?lang=vi")).await.expect(200);
    let file = plain(&file.text);
    for case in &CASES {
        for way in ["api", "form"] {
            let note = case.note(way);
            let lines: Vec<&str> = file.lines().filter(|line| line.contains(&note)).collect();
            if case.1 == Plot::Never {
                assert!(lines.is_empty(), "{}: {lines:?}", case.0);
                continue;
            }
            assert_eq!(lines.len(), 1, "{}: {file}", case.0);
            let shown = case.fields().map(|field| case.shown(field, way));
            for shown in shown.chain(["20/11/2026".to_owned(), PERSON.to_owned(), "Ruộng hai sào".to_owned()])
            {
                assert!(lines[0].contains(&shown), "{}: no {shown} in {}", case.0, lines[0]);
            }
        }
    }
}
