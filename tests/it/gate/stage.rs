//! A registry for cases of the matrix: lists, plots, programs and browsers; sprays and harvests by every door.

use super::cases::{BAN, CROPS, Case, Door, PRODUCTS};
use super::oracle::{Shut, Sprayed, When};
use crate::support::app::{Answer, Browser, On, Program};
use crate::support::chain::written;
use crate::support::field::day;
use crate::support::trade::{Firm, Trade, document};
use nguongoc::accounts::Role;
use nguongoc::chain::{self, By};
use nguongoc::fieldbook::SeasonDraft;
use nguongoc::fieldbook::lists::{ListForm, Publisher};
use nguongoc::kernel::{EventId, PlaceId};
use nguongoc::parties::{self, MandateDraft, Signatory};
use nguongoc::places::{self, PlaceDraft};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// The acts by which food leaves, as programs tell of them.
const ACTS: [&str; 3] = ["pack", "ship", "sell"];

/// What the cases of one registry share.
pub(super) struct Stage {
    pub(super) trade: Trade,
    pub(super) farm: Program,
    pub(super) browser: Browser,
    pub(super) shop: Program,
    pub(super) inspector: Program,
    pub(super) officer: Program,
    /// A household that gave the farm a mandate.
    household: Firm,
    /// A place of the farm where nothing is sprayed.
    pub(super) clean: PlaceId,
    /// A product of the farm for each crop.
    pub(super) products: Vec<String>,
    /// A roll of labels for each product.
    pub(super) rolls: Vec<String>,
    /// Events whose text reports are made from: a harvest and a pick, for each product.
    templates: Vec<[Value; 2]>,
    /// And those of [`ACTS`].
    acts: Vec<Vec<Value>>,
    count: std::cell::Cell<usize>,
}

/// The list that the cases are judged by.
pub(super) fn list(days: impl Fn(usize, usize) -> Option<i64>, banned: bool) -> String {
    let heads = [
        "Tên thương phẩm",
        "Hoạt chất",
        "Loại thuốc",
        "Cây trồng",
        "Thời gian cách ly (ngày)",
        "Liều tối đa",
        "Đơn vị liều",
        "Cấm từ",
        "Cấm đến",
    ];
    let mut file = format!("{}\n", heads.join(";"));
    for (n, product) in PRODUCTS.iter().enumerate().filter(|(_, product)| product.listed) {
        let ban = if product.banned && banned {
            format!("{};{}", BAN.0.shown(), BAN.1.shown())
        } else {
            ";".to_owned()
        };
        for (crop, days) in CROPS.iter().enumerate().filter_map(|(c, crop)| Some((crop, days(n, c)?))) {
            writeln!(file, "{0};Hoạt chất {0};Thuốc trừ sâu;{crop};{days};500;ml/ha;{ban}", product.name)
                .unwrap();
        }
    }
    file
}

/// Publishes a file of a list from a day long before the sprays.
pub(super) async fn publish(trade: &Trade, kind: &str, file: &str) -> chain::PublishedList {
    let form = ListForm {
        kind: kind.to_owned(),
        in_force_from: "2026-01-01".to_owned(),
        source: "Danh mục mẫu".to_owned(),
        sample: "1".to_owned(),
    };
    let done = chain::publish_list(trade.app(), Publisher::console(), &form, file.as_bytes()).await;
    done.expect("a list")
}

fn amount(kilograms: &str) -> Value {
    json!({ "amount": kilograms, "unit": "kg" })
}

impl Stage {
    pub(super) async fn open(on: On) -> Self {
        let trade = Trade::start(on).await;
        publish(&trade, "crops", include_str!("../../../assets/data/lists/crops.csv")).await;
        publish(&trade, "substances", &list(|product, crop| PRODUCTS[product].days[crop], true)).await;
        let registry = &trade.registry;
        registry.person("manager", Role::Manager, Some(trade.farm.party)).await;
        let manager = registry.program("manager").await;
        let farm = registry.program(&trade.farm.clerk).await;
        let browser = registry.signed_in(&trade.farm.clerk).await;
        let shop = registry.program(&trade.shop.clerk).await;
        let inspector = registry.program("inspector").await;
        let officer = registry.program("officer").await;
        let household = household(&trade).await;
        let clean = plot(&trade, &trade.farm, "Ruộng sạch").await;
        let mut stage = Self {
            household,
            clean,
            farm,
            browser,
            shop,
            inspector,
            officer,
            products: Vec::new(),
            rolls: Vec::new(),
            templates: Vec::new(),
            acts: Vec::new(),
            count: std::cell::Cell::new(0),
            trade,
        };
        for crop in CROPS {
            let asked = json!({ "group": "rau", "name": format!("Rau {crop}"), "crop": crop });
            let product = manager.post("/api/v1/products", &asked).await.expect(201).json();
            let product = product["id"].as_str().unwrap().to_owned();
            let roll = json!({ "count": 1_000, "pack_size": "100 g" });
            let roll = stage.farm.post(&format!("/api/v1/products/{product}/runs"), &roll).await;
            stage.rolls.push(roll.expect(201).json()["id"].as_str().unwrap().to_owned());
            stage.products.push(product);
        }
        for product in 0..stage.products.len() {
            let lot = stage.declare(product, stage.clean, When::Day(day_of("2026-10-01")), 7).await;
            let (lot, event) = (text(&lot["lot"]["id"]), text(&lot["event"]));
            let asked = json!({ "place": stage.clean, "quantity": amount("1"), "day": "2026-10-02" });
            let picked =
                stage.farm.post(&format!("/api/v1/lots/{lot}/pick"), &asked).await.expect(201).json();
            let mut told = Vec::new();
            for event in [event, text(&picked["event"])] {
                told.push(written(stage.trade.app(), event.parse::<EventId>().unwrap()).await);
            }
            stage.templates.push([told.remove(0), told.remove(0)]);
            let mut acts = Vec::new();
            for act in ACTS {
                stage.tick();
                let mut goods = json!({ "place": stage.clean, "quantity": amount("0.1") });
                if act == "ship" {
                    goods["to"] = json!(stage.trade.shop.party);
                }
                let done = stage.farm.post(&format!("/api/v1/lots/{lot}/{act}"), &goods).await.expect(201);
                let event = text(&done.json()["event"]).parse::<EventId>().unwrap();
                acts.push(written(stage.trade.app(), event).await);
            }
            stage.acts.push(acts);
        }
        stage
    }

    /// A plot for one case, with its season; whose it is follows from the door.
    pub(super) async fn plot(&self, case: &Case) -> PlaceId {
        let firm = if case.door == Door::CollectApi { &self.household } else { &self.trade.farm };
        let n = self.next();
        let place = plot(&self.trade, firm, &format!("Ruộng {n}")).await;
        let by = By::behalf(self.trade.farm.member, firm.party);
        let app = self.trade.app();
        let sow = async |began_on: String| {
            let season = SeasonDraft {
                place: place.to_string(),
                crop: CROPS[case.crop].to_owned(),
                began_on,
                ..SeasonDraft::default()
            };
            chain::open_season(app, &by, None, &season.parse().unwrap()).await.unwrap().0.id
        };
        let season = sow("2026-10-01".to_owned()).await;
        if let Some(last) = case.cleared() {
            chain::clear_season(app, &by, season, day(&last.iso())).await.unwrap();
            // And sown anew the same day: where no list says how soon a crop can be harvested, what is harvested from
            // the next day on is another season's.
            sow(last.iso()).await;
        }
        place
    }

    /// Lets a second go by, so that the journal knows what was told first.
    pub(super) fn tick(&self) {
        let clock = &self.trade.app().clock;
        clock.set(clock.now().plus(Duration::from_secs(1)));
    }

    fn next(&self) -> usize {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }

    /// The spray as a program tells it.
    fn spray_json(&self, case: &Case, place: PlaceId, spray: &Sprayed) -> Value {
        let mut told = json!({
            "kind": "spray", "place": place, "product": case.product().name, "pest": "sâu tơ",
            "dose": case.variant().dose, "person": "Người phun mẫu",
        });
        match spray.when.at(case.offset) {
            Some(time) => told["time"] = time.into(),
            None => told["day"] = spray.when.day().iso().into(),
        }
        if let Some(days) = spray.label {
            told["label_days"] = days.into();
        }
        if case.door == Door::CollectApi {
            told["behalf_of"] = json!(self.household.party);
        }
        told
    }

    /// Enters a spray, by the form or by the interface: its id, and the lots that the answer calls held.
    pub(super) async fn spray(&self, case: &Case, place: PlaceId, spray: &Sprayed) -> String {
        self.tick();
        if self.next().is_multiple_of(2) {
            let told = self.spray_json(case, place, spray);
            let done = self.farm.post("/api/v1/activities", &told).await.expect(201).json();
            return text(&done["activities"][0]["id"]);
        }
        let (day, clock) = (spray.when.day().iso(), spray.when.clock().unwrap_or_default());
        let label = spray.label.map(|days| days.to_string()).unwrap_or_default();
        let behalf_of =
            if case.door == Door::CollectApi { self.household.party.to_string() } else { String::new() };
        let place = place.to_string();
        let fields = [
            ("kind", "spray"),
            ("place", &*place),
            ("behalf_of", &*behalf_of),
            ("product", case.product().name),
            ("pest", "sâu tơ"),
            ("dose", case.variant().dose),
            ("label_days", &*label),
            ("day", &*day),
            ("clock", &*clock),
        ];
        let sent = self.browser.send("/lots/new", "/fieldbook/new", &fields).await.expect(303);
        sent.header("location").trim_start_matches("/activities/").to_owned()
    }

    /// Declares a spray wrong, and says what is right where something is.
    pub(super) async fn correct(
        &self,
        case: &Case,
        place: PlaceId,
        wrong: &str,
        instead: Option<&Sprayed>,
    ) -> Value {
        self.tick();
        let path = format!("/api/v1/activities/{wrong}/correct");
        let told = match instead {
            Some(spray) => json!({ "instead": self.spray_json(case, place, spray) }),
            None => json!({}),
        };
        self.farm.post(&path, &told).await.expect(201).json()
    }

    fn when(told: &mut Value, when: When, offset: i64) {
        match when.at(offset) {
            Some(time) => told["time"] = time.into(),
            None => told["day"] = when.day().iso().into(),
        }
    }

    async fn declare(&self, product: usize, place: PlaceId, when: When, offset: i64) -> Value {
        let mut told = json!({ "product": self.products[product], "place": place, "quantity": amount("10") });
        Self::when(&mut told, when, offset);
        self.farm.post("/api/v1/lots", &told).await.expect(201).json()
    }

    /// Harvests, by the door of the case: the lot. What the door says of `expected` is compared.
    pub(super) async fn harvest(&self, case: &Case, place: PlaceId, expected: Option<&Shut>) -> String {
        self.tick();
        let when = case.harvest();
        let (day, clock) = (when.day().iso(), when.clock().unwrap_or_default());
        let plot = place.to_string();
        let common =
            [("place", &*plot), ("quantity", "10"), ("unit", "kg"), ("day", &*day), ("clock", &*clock)];
        match case.door {
            Door::DeclareApi => text(&self.declare(case.crop, place, when, case.offset).await["lot"]["id"]),
            Door::DeclareForm => {
                let product = ("product", &*self.products[case.crop]);
                let fields = [&common[..], &[product]].concat();
                let sent = self.fill(case, "/lots/new", &fields, expected).await;
                lot_of(&sent)
            }
            Door::CollectApi => {
                let mut told = json!({
                    "product": self.products[case.crop], "place": self.clean, "quantity": amount("2"),
                    "collected": [{ "place": place, "quantity": amount("8") }],
                });
                Self::when(&mut told, when, case.offset);
                let done = self.farm.post("/api/v1/lots/collect", &told).await.expect(201).json();
                text(&done["lot"]["id"])
            }
            Door::PickForm | Door::PickApi => {
                let before = When::Day(day_of("2026-10-05"));
                let lot = text(&self.declare(case.crop, self.clean, before, 7).await["lot"]["id"]);
                self.tick();
                let path = format!("/lots/{lot}/pick");
                if case.door == Door::PickForm {
                    self.fill(case, &path, &common, expected).await;
                } else {
                    let mut told = json!({ "place": place, "quantity": amount("10") });
                    Self::when(&mut told, when, case.offset);
                    self.farm.post(&format!("/api/v1{path}"), &told).await.expect(201);
                }
                lot
            }
            Door::CaptureHarvest => self.capture(case, place, 0, None, expected).await,
            Door::CapturePick => {
                let before = When::Day(day_of("2026-10-05"));
                let made = self.declare(case.crop, self.clean, before, 7).await;
                let code = text(&made["lot"]["code"]);
                self.tick();
                self.capture(case, place, 1, Some(&code), expected).await;
                text(&made["lot"]["id"])
            }
        }
    }

    /// Sends a form of a harvest: it warns before where the harvest will be held, and only then.
    async fn fill(
        &self,
        case: &Case,
        path: &str,
        fields: &[(&str, &str)],
        expected: Option<&Shut>,
    ) -> Answer {
        let sent = self.browser.send(path, path, fields).await;
        let Some(shut) = expected else { return sent.expect(303) };
        let warned = sent.expect(409);
        let words = warned.texts(".refusal").join(" ");
        for told in super::doors::told(case, shut) {
            assert!(words.contains(&told), "{case:?}: {told} is not in: {words}");
        }
        let anyway = [fields, &[("button", "anyway")]].concat();
        self.browser.send(path, path, &anyway).await.expect(303)
    }

    /// A program tells of an act with 100 g of a lot.
    pub(super) async fn told_act(&self, case: &Case, act: &str, lot: &str) -> Answer {
        let n = self.next();
        let which = ACTS.iter().position(|one| *one == act).expect("an act");
        let mut told = self.acts[case.crop][which].clone();
        let shown = self.farm.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json();
        told["eventID"] = format!("urn:uuid:00000000-0000-4000-8000-{n:012}").into();
        told["eventTime"] = self.trade.app().clock.now().to_rfc3339().into();
        told["eventTimeZoneOffset"] = "+00:00".into();
        told.as_object_mut().unwrap().remove("ng:timePrecision");
        let class =
            told["quantityList"][0]["epcClass"].as_str().unwrap().rsplit_once('/').unwrap().0.to_owned();
        told["quantityList"][0]["epcClass"] = format!("{class}/{}", text(&shown["code"])).into();
        self.tell(&told).await
    }

    async fn tell(&self, told: &Value) -> Answer {
        let request = self.farm.client.post(format!("{}/epcis/events", self.farm.base));
        let request = request.bearer_auth(self.farm.token.as_ref().unwrap());
        let sent = request.header("content-type", "application/json").body(told.to_string()).send().await;
        Answer::of(sent.unwrap()).await
    }

    /// Reports a harvest as an EPCIS event.
    async fn capture(
        &self,
        case: &Case,
        place: PlaceId,
        which: usize,
        code: Option<&str>,
        expected: Option<&Shut>,
    ) -> String {
        let n = self.next();
        let made = format!("G{n:05}");
        let code = code.unwrap_or(&made);
        let found = self.trade.app().store.read(async |tx| places::place(tx, place).await).await;
        let number = found.unwrap().unwrap().number;
        let mut told = self.templates[case.crop][which].clone();
        told["eventID"] = format!("urn:uuid:00000000-0000-4000-8000-{n:012}").into();
        let when = case.harvest();
        let whole = told.as_object_mut().unwrap().remove("ng:timePrecision");
        let time = if let Some(time) = when.at(case.offset) {
            time
        } else {
            told["ng:timePrecision"] = whole.expect("a template with a day");
            When::Second(when.day().start()).at(7).unwrap()
        };
        told["eventTimeZoneOffset"] = time[time.len() - 6..].into();
        told["eventTime"] = time.into();
        let at = told["readPoint"]["id"].as_str().unwrap().rsplit_once('/').unwrap().0.to_owned();
        let at = format!("{at}/{number}");
        told["readPoint"]["id"] = at.clone().into();
        if !told["bizLocation"].is_null() {
            told["bizLocation"]["id"] = at.into();
        }
        let class =
            told["quantityList"][0]["epcClass"].as_str().unwrap().rsplit_once('/').unwrap().0.to_owned();
        told["quantityList"][0]["epcClass"] = format!("{class}/{code}").into();
        let answer = self.tell(&told).await.expect(201).json();
        let rules: Vec<&str> =
            answer["rules"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let result = if expected.is_some() { "held" } else { "recorded" };
        assert_eq!(answer["result"], result, "{case:?}: {answer:#}");
        assert_eq!(rules, expected.map(|shut| shut.rule).into_iter().collect::<Vec<_>>(), "{case:?}");
        let lots = self.farm.get("/api/v1/lots?size=100").await.expect(200).json();
        let lots = lots["lots"].as_array().unwrap();
        let lot = lots.iter().find(|lot| lot["code"] == code).expect("the lot that was reported");
        text(&lot["id"])
    }
}

/// A household with a mandate that covers all days of the matrix.
async fn household(trade: &Trade) -> Firm {
    let (household, _) = trade.household().await;
    let draft = MandateDraft {
        holder: trade.farm.party.to_string(),
        from: "2026-09-01".to_owned(),
        to: "2027-03-01".to_owned(),
        ..MandateDraft::default()
    };
    let mandate = draft.parse(trade.today()).expect("a mandate");
    let by = Signatory::from(&trade.officer);
    parties::give_mandate(trade.app(), &by, household.party, &mandate, &document().await).await.unwrap();
    household
}

async fn plot(trade: &Trade, firm: &Firm, name: &str) -> PlaceId {
    let draft = PlaceDraft {
        kind: "plot".to_owned(),
        name: name.to_owned(),
        commune: "00004".to_owned(),
        area: "2 sào".to_owned(),
        ..PlaceDraft::default()
    };
    chain::add_place(trade.app(), &firm.member, &draft.parse().unwrap()).await.expect("a plot").id
}

fn day_of(text: &str) -> super::oracle::Civil {
    super::oracle::Civil(20_762 + i64::from(day("2026-11-05").days_until(day(text))))
}

/// A text of an answer.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn lot_of(sent: &Answer) -> String {
    let path = sent.header("location").trim_start_matches("/lots/");
    path.split('?').next().unwrap().to_owned()
}
