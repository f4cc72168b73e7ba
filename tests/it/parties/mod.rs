//! Parties through the front door: applying, deciding, the registry, one's own firm, mandates, consent.

mod applications;
mod registry;

use crate::support::app::{Answer, Browser, Program, TestApp};
use crate::support::log::told;
use data_encoding::BASE64;
use nguongoc::accounts::Role;
use nguongoc::kernel::PartyId;
use nguongoc::log::Subject;
use nguongoc::parties::{self, PartyView};
use serde_json::{Value, json};
use std::io::Cursor;

pub(super) fn pdf() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec()
}

pub(super) fn picture(format: image::ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::DynamicImage::new_luma8(width, height).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A tax number with a right check digit.
pub(super) fn tax(seed: u32) -> String {
    const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    (seed..)
        .map(|n| format!("{n:09}"))
        .find_map(|nine| {
            let sum: u32 = nine.bytes().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
            let check = 10 - sum % 11;
            (check < 10).then(|| format!("{nine}{check}"))
        })
        .unwrap()
}

pub(super) const FIELDS: [(&str, &str); 8] = [
    ("kind", "cooperative"),
    ("name", "Hợp tác xã Rau Vân Mẫu"),
    ("tax_number", "9900001073"),
    ("commune", "Phường Ba Đình, Hà Nội"),
    ("address", "Thôn Đông, số 7"),
    ("gln", ""),
    ("contact_name", "Nguyễn Thị Liên"),
    ("contact_phone", "+84 912 345 678"),
];

/// The fields of an application, some of them changed.
pub(super) fn fields<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<(&str, &str)> = FIELDS.to_vec();
    for (name, value) in changes {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some(field) => field.1 = value,
            None => fields.push((name, value)),
        }
    }
    fields
}

pub(super) async fn apply(browser: &Browser, changes: &[(&str, &str)]) -> Answer {
    let files = [("document", "giay.pdf", pdf())];
    browser.send_files("/apply", "/apply", &fields(changes), &files).await
}

pub(super) fn body(changes: &[(&str, Value)]) -> Value {
    let mut body: Value = FIELDS
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    body["document"] = BASE64.encode(&pdf()).into();
    for (name, value) in changes {
        body[*name] = value.clone();
    }
    body
}

/// A party registered by `officer` on paper.
pub(super) async fn registered(officer: &Program, changes: &[(&str, Value)]) -> PartyId {
    let mut whole = body(changes);
    whole["contact_name"] = "".into();
    whole["contact_phone"] = "".into();
    let made = officer.post("/api/v1/parties", &whole).await.expect(201);
    made.json()["id"].as_str().unwrap().parse().unwrap()
}

pub(super) async fn officer(registry: &TestApp) -> (Browser, Program) {
    registry.person("can-bo", Role::Officer, None).await;
    (registry.signed_in("can-bo").await, registry.program("can-bo").await)
}

pub(super) async fn view(registry: &TestApp, party: PartyId) -> PartyView {
    let party = registry.app.store.read(async |tx| parties::party(tx, party).await).await.unwrap();
    party.unwrap().view()
}

pub(super) async fn logged(registry: &TestApp, party: PartyId) -> Vec<(String, String)> {
    let subject = Subject::Party(party);
    let told = told(&registry.app.store, &subject).await;
    told.into_iter().map(|(kind, body)| (kind, body.to_string())).collect()
}
