//! Further links of products, by pages and by the interface: what may be linked, by whom, and how much.

use super::products::{Farm, farm, item, problems};
use crate::support::app::{On, Program, on_both};
use serde_json::{Value, json};

on_both!(
    a_manager_keeps_links_by_pages,
    what_may_be_linked,
    nobody_reaches_the_links_of_others,
    twenty_links_are_enough,
);

fn recipe() -> Value {
    json!({ "type": "gs1:recipeInfo", "href": "https://rau.example/canh", "title": "Canh rau", "lang": "vi" })
}

fn with(field: &str, value: &str) -> Value {
    let mut body = recipe();
    body[field] = value.into();
    body
}

async fn product(farm: &Farm) -> (Program, String) {
    let program = farm.registry.program("lan").await;
    let made = program.post("/api/v1/products", &item("Rau muống")).await.expect(201).json();
    let id = made["id"].as_str().expect("an id").to_owned();
    (program, id)
}

async fn version(program: &Program, id: &str) -> i64 {
    program.get(&format!("/api/v1/products/{id}")).await.expect(200).json()["version"].as_i64().unwrap()
}

async fn a_manager_keeps_links_by_pages(on: On) {
    let farm = farm(on).await;
    let (program, id) = product(&farm).await;
    let browser = farm.registry.signed_in("lan").await;
    let page = format!("/products/{id}");
    let action = format!("{page}/links");
    assert_eq!(
        browser.get(&page).await.expect(200).texts("select#type option").len(),
        29,
        "28 types and nothing"
    );

    let mut fields = vec![
        ("type", "recipeInfo"),
        ("href", "http://rau.example"),
        ("title", "Canh rau"),
        ("lang", ""),
        ("media_type", ""),
    ];
    let refused = browser.send(&page, &action, &fields).await.expect(422);
    assert_eq!(refused.texts("#href-problem").len(), 1, "{}", refused.text);
    assert!(
        refused.text.contains("value=\"http://rau.example\"") && refused.text.contains("value=\"Canh rau\"")
    );
    assert!(refused.text.contains("value=\"recipeInfo\" selected"));
    fields[1].1 = "https://rau.example/canh";
    let before = version(&program, &id).await;
    browser.send(&page, &action, &fields).await.expect(303);
    assert_eq!(version(&program, &id).await, before + 1, "a change drops what is kept");
    let shown = browser.get(&page).await.expect(200);
    assert!(shown.texts("#links .card").concat().contains("Công thức nấu ăn"), "{:?}", shown.texts("#links"));
    // A clerk sees them and changes nothing.
    let clerk = farm.registry.signed_in("binh").await;
    let seen = clerk.get(&page).await.expect(200);
    assert_eq!((seen.texts("#links .card").len(), seen.texts("#links form").len()), (1, 0));
    clerk.send("/account", &action, &fields).await.expect(403);

    let there = program.get(&format!("/api/v1/products/{id}/links")).await.expect(200).json();
    let link = there["links"][0]["id"].as_str().expect("an id").to_owned();
    browser.send_bare(&format!("{action}/{link}/remove"), &[]).await.expect(403);
    browser.send(&page, &format!("{action}/{link}/remove"), &[]).await.expect(303);
    assert_eq!(version(&program, &id).await, before + 2);
    assert!(browser.get(&page).await.texts("#links .card").is_empty());
    browser.send(&page, &format!("{action}/{link}/remove"), &[]).await.expect(404);
}

async fn what_may_be_linked(on: On) {
    let farm = farm(on).await;
    let (program, id) = product(&farm).await;
    let links = format!("/api/v1/products/{id}/links");
    let made = program.post(&links, &recipe()).await.expect(201).json();
    assert_eq!((&made["type"], &made["lang"]), (&"gs1:recipeInfo".into(), &"vi".into()));
    assert_eq!(made["media_type"], "text/html");
    program.post(&links, &with("lang", "en-gb")).await.expect(201);
    for (body, problem) in [
        (recipe(), "href link_twice"),
        (with("type", ""), "type link_type_missing"),
        (with("type", "gs1:recipe"), "type link_type_unknown"),
        (with("type", "https://gs1.org/voc/recipeInfo"), "type link_type_unknown"),
        (with("type", "gs1:defaultLink"), "type link_type_reserved"),
        (with("type", "gs1:pip"), "type link_type_reserved"),
        (with("type", "traceability"), "type link_type_reserved"),
        (with("type", "gs1:epcis"), "type link_type_reserved"),
        (with("href", "http://rau.example/"), "href link_address"),
        (with("href", "javascript:alert(1)"), "href link_address"),
        (with("href", "https://u@rau.example/"), "href link_address"),
        (with("href", "https://10.0.0.1/"), "href link_address"),
        (with("title", ""), "title text_empty"),
        (with("title", &"a".repeat(121)), "title text_too_long"),
        (with("lang", "tiếng Việt"), "lang link_language"),
        (with("media_type", "html"), "media_type link_media_type"),
    ] {
        let refused = program.post(&links, &body).await.expect(422);
        assert_eq!(problems(&refused), [problem], "{body}");
    }
    program.post(&links, &with("defaultLink", "x")).await.expect(400);
    let there = program.get(&links).await.expect(200).json();
    assert_eq!(there["links"].as_array().unwrap().len(), 2);
    assert!(there["links"].as_array().unwrap().contains(&made));
}

async fn nobody_reaches_the_links_of_others(on: On) {
    let farm = farm(on).await;
    let (program, id) = product(&farm).await;
    let links = format!("/api/v1/products/{id}/links");
    let link = program.post(&links, &recipe()).await.expect(201).json();
    let link = format!("{links}/{}", link["id"].as_str().unwrap());
    let other = farm.registry.program("other").await;
    other.get(&links).await.expect(404);
    other.post(&links, &recipe()).await.expect(404);
    other.delete(&link).await.expect(404);
    let clerk = farm.registry.program("binh").await;
    clerk.get(&links).await.expect(200);
    clerk.post(&links, &with("lang", "en")).await.expect(403);
    clerk.delete(&link).await.expect(403);
    farm.registry.program("officer").await.get(&links).await.expect(200);
    program.delete(&link).await.expect(204);
    program.delete(&link).await.expect(404);
    assert_eq!(program.get(&links).await.json()["links"], json!([]));
}

async fn twenty_links_are_enough(on: On) {
    let farm = farm(on).await;
    let (program, id) = product(&farm).await;
    let links = format!("/api/v1/products/{id}/links");
    for number in 0..20 {
        program.post(&links, &with("href", &format!("https://rau.example/{number}"))).await.expect(201);
    }
    let refused = program.post(&links, &recipe()).await.expect(409);
    assert_eq!(refused.json()["code"], "too_many_links");
    let browser = farm.registry.signed_in("lan").await;
    let page = browser.get(&format!("/products/{id}")).await.expect(200);
    assert!(page.texts("form[action$='/links']").is_empty());
}
