//! Every door by which food leaves: each is shut in plain words while a lot is held, and open while it is free.

use super::cases::{Case, PRODUCTS};
use super::oracle::Shut;
use super::stage::{Stage, text};
use crate::support::app::Answer;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the words of a refusal must tell: what was sprayed, when, and from which day on a harvest is allowed.
pub(super) fn told(case: &Case, shut: &Shut) -> Vec<String> {
    let product = &PRODUCTS[case.variant().product];
    let name =
        if product.listed { format!("Hoạt chất {}", product.name) } else { product.name.to_owned() };
    let until = shut.until.filter(|_| shut.rule == "waiting_period");
    [name, shut.sprayed.shown()].into_iter().chain(until.map(super::oracle::Civil::shown)).collect()
}

/// The code of the refusal that a rule gives.
fn code(rule: &str) -> &'static str {
    match rule {
        "waiting_period" => "waiting_period_open",
        "banned_substance" => "banned_substance_used",
        "substance_not_permitted" => "substance_not_permitted_used",
        _ => "largest_dose_exceeded",
    }
}

fn small() -> Value {
    json!({ "amount": "100", "unit": "g" })
}

/// What was done with a lot while it was free.
pub(super) struct Made {
    run: String,
    child: String,
}

/// The doors, each with its name.
pub(super) const DOORS: [&str; 14] = [
    "code",
    "run",
    "roll",
    "pack",
    "ship",
    "ship form",
    "sell",
    "sell form",
    "consign",
    "transform",
    "case",
    "pack told",
    "ship told",
    "sell told",
];

impl Stage {
    /// Packs some of a free lot, issues its code and labels that are not activated yet, and makes another lot of some of it.
    pub(super) async fn make(&self, case: &Case, lot: &str) -> Made {
        self.tick();
        let pack = json!({ "place": self.clean, "quantity": { "amount": "3", "unit": "kg" } });
        self.farm.post(&format!("/api/v1/lots/{lot}/pack"), &pack).await.expect(201);
        self.farm.post(&format!("/api/v1/lots/{lot}/code"), &json!({})).await.expect(200);
        let asked = json!({ "count": 5, "pack_size": "100 g" });
        let run = self.farm.post(&format!("/api/v1/lots/{lot}/runs"), &asked).await.expect(201).json();
        let made = self.making(case, lot, "1 kg");
        let child = self.farm.post("/api/v1/transformations", &made).await.expect(201).json();
        let child = text(&child["lot"]["id"]);
        self.farm.post(&format!("/api/v1/lots/{child}/code"), &json!({})).await.expect(200);
        Made { run: text(&run["id"]), child }
    }

    /// Another lot made of so much of a lot.
    fn making(&self, case: &Case, lot: &str, amount: &str) -> Value {
        json!({
            "step": "mix", "place": self.clean, "inputs": [{ "lot": lot, "quantity": amount }],
            "outputs": [{ "product": self.products[case.crop], "quantity": amount }],
        })
    }

    /// Knocks at a door with some of a lot.
    async fn door(&self, case: &Case, door: &str, lot: &str) -> Answer {
        let (place, shop) = (self.clean.to_string(), self.trade.shop.party.to_string());
        let mut goods = json!({ "place": place, "quantity": small() });
        let form =
            [("place", &*place), ("quantity", "0,1"), ("unit", "kg"), ("day", "2026-11-23"), ("to", &*shop)];
        let api = |end: &str| format!("/api/v1/lots/{lot}/{end}");
        let page = |end: &str| format!("/lots/{lot}/{end}");
        match door {
            "pack told" | "ship told" | "sell told" => self.told_act(case, &door[..4], lot).await,
            "code" => self.farm.post(&api("code"), &json!({})).await,
            "run" => self.farm.post(&api("runs"), &json!({ "count": 1, "pack_size": "100 g" })).await,
            "roll" => {
                let path = format!("/api/v1/runs/{}/activate", self.rolls[case.crop]);
                self.farm.post(&path, &json!({ "count": 1, "lot": lot })).await
            }
            "ship" => {
                goods["to"] = shop.into();
                self.farm.post(&api("ship"), &goods).await
            }
            "ship form" => self.browser.send("/lots/new", &page("ship"), &form).await,
            "sell form" => self.browser.send("/lots/new", &page("sell"), &form[..4]).await,
            "consign" => {
                let lots = json!([{ "lot": lot, "quantity": small() }]);
                let sent = json!({ "place": place, "to": shop, "lots": lots });
                self.farm.post("/api/v1/shipments", &sent).await
            }
            "transform" => self.farm.post("/api/v1/transformations", &self.making(case, lot, "100 g")).await,
            "case" => {
                let filled = json!({
                    "place": place, "case": "095200000000000011",
                    "lots": [{ "lot": lot, "quantity": small() }],
                });
                self.farm.post("/api/v1/cases/fill", &filled).await
            }
            other => self.farm.post(&api(other), &goods).await,
        }
    }

    /// Compares what the registry says of a lot, and of one made of it, with what it must: its state, the public's verdict, and the doors
    /// `doors`.
    pub(super) async fn compare(
        &self,
        case: &Case,
        lot: &str,
        expected: Option<&Shut>,
        made: Option<&Made>,
        doors: &[&str],
    ) {
        self.tick();
        self.state(case, lot, expected, false).await;
        if let Some(made) = made {
            self.state(case, &made.child, expected, true).await;
        }
        let Some(shut) = expected else {
            let pack = json!({ "place": self.clean, "quantity": { "amount": "1", "unit": "kg" } });
            self.farm.post(&format!("/api/v1/lots/{lot}/pack"), &pack).await.expect(201);
            for door in doors.iter().filter(|door| **door != "pack") {
                let answer = self.door(case, door, lot).await;
                assert!([200, 201, 303].contains(&answer.status), "{case:?}: {door}: {}", answer.text);
                if door.ends_with(" told") {
                    assert_eq!(answer.json()["result"], "recorded", "{case:?}: {door}: {}", answer.text);
                }
            }
            if let Some(made) = made {
                let path = format!("/api/v1/runs/{}/activate", made.run);
                self.farm.post(&path, &json!({ "count": 1 })).await.expect(200);
                self.door(case, "sell", &made.child).await.expect(201);
            }
            return;
        };
        for door in doors {
            // A code that is out there already is printed once more; it releases nothing.
            if *door == "code" && made.is_some() {
                continue;
            }
            let answer = self.door(case, door, lot).await;
            if door.ends_with(" told") {
                // It happened: the lot is held as it was, and that it left all the same is pointed out.
                let told = answer.expect(201).json();
                let rules: BTreeSet<&str> =
                    told["rules"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                assert_eq!(told["result"], "held", "{case:?}: {door}: {told:#}");
                assert_eq!(rules, BTreeSet::from(["released_on_hold", shut.rule]), "{case:?}: {door}");
            } else {
                self.refused(case, door, &answer, shut);
            }
        }
        if let Some(made) = made {
            let path = format!("/api/v1/runs/{}/activate", made.run);
            self.refused(case, "activate", &self.farm.post(&path, &json!({ "count": 1 })).await, shut);
            self.refused(case, "child", &self.door(case, "ship", &made.child).await, shut);
        }
        // Nobody but an inspector lets it pass.
        let path = format!("/api/v1/lots/{lot}/release");
        let asked = json!({ "reason": "Xin cho xuất" });
        self.refused(case, "release", &self.officer.post(&path, &asked).await, shut);
    }

    #[expect(clippy::unused_self, reason = "it reads as the other comparisons do")]
    fn refused(&self, case: &Case, door: &str, answer: &Answer, shut: &Shut) {
        assert_eq!(answer.status, 409, "{case:?}: {door}: {}", answer.text);
        let words = if door.ends_with(" form") {
            answer.texts(".refusal").join(" ")
        } else {
            let refused = answer.json();
            assert_eq!(refused["code"], code(shut.rule), "{case:?}: {door}: {refused:#}");
            assert_eq!(refused["sprayed_on"], json!(shut.sprayed.iso()), "{case:?}: {door}");
            assert_eq!(refused["harvested_on"], json!(case.harvest().day().iso()), "{case:?}: {door}");
            assert_eq!(
                refused["first_allowed"],
                json!(shut.until.map(super::oracle::Civil::iso)),
                "{case:?}: {door}"
            );
            text(&refused["detail"])
        };
        for part in told(case, shut) {
            assert!(words.contains(&part), "{case:?}: {door}: {part} is not in: {words}");
        }
    }

    /// What the registry and the public's page say of a lot.
    async fn state(&self, case: &Case, lot: &str, expected: Option<&Shut>, made_of: bool) {
        let shown = self.farm.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json();
        let state = if expected.is_some() { "on_hold" } else { "free" };
        assert_eq!(shown["state"], state, "{case:?}: {expected:?}: {shown:#}");
        let rule = expected.map(|shut| shut.rule);
        if !made_of {
            assert_eq!(shown["breach"], json!(rule), "{case:?}");
        }
        assert_eq!(shown["spray"]["rule"], json!(rule), "{case:?}: {shown:#}");
        assert_eq!(shown["spray"]["made_of"], json!(expected.map(|_| made_of)), "{case:?}");
        let public = self.trade.registry.anonymous_program();
        let looked = public.get(&format!("/lot/{}", text(&shown["short_code"]))).await.expect(200).json();
        assert_eq!(looked["verdict"] == "on_hold", expected.is_some(), "{case:?}: {looked:#}");
        if let Some(shut) = expected {
            let sprays = looked["sprays"].as_array().unwrap();
            let told = sprays.iter().any(|spray| {
                spray["date"] == json!(shut.sprayed.iso())
                    && spray["first_allowed_harvest"] == json!(shut.until.map(super::oracle::Civil::iso))
                    && spray["verdict"] == "not_observed"
            });
            assert!(told, "{case:?}: {looked:#}");
        }
    }

    /// An inspector lets a held lot pass, with a reason that everybody reads: it is free, and sold.
    pub(super) async fn let_pass(&self, case: &Case, lot: &str) {
        self.tick();
        let asked = json!({ "reason": "Mẫu kiểm nghiệm đạt" });
        self.inspector.post(&format!("/api/v1/lots/{lot}/release"), &asked).await.expect(201);
        self.door(case, "sell", lot).await.expect(201);
        let shown = self.farm.get(&format!("/api/v1/lots/{lot}")).await.expect(200).json();
        let page = self.trade.registry.browser().get(&format!("/lot/{}", text(&shown["short_code"]))).await;
        assert!(
            page.expect(200).text.contains("Mẫu kiểm nghiệm đạt"),
            "{case:?}: the page shows the override"
        );
    }
}
