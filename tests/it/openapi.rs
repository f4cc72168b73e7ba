//! The description of the interface against the interface: paths, examples, error codes.

use super::support::app::{On, TestApp, on_both};
use nguongoc::words::Words;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> Value {
    serde_json::from_str(nguongoc::web::reference::OPENAPI).expect("JSON")
}

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// Every operation of the document: method, path, what is said of it.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            if METHODS.contains(&method.as_str()) {
                operations.push((method.clone(), path.clone(), operation.clone()));
            }
        }
    }
    operations
}

/// The operations below `/api/v1` as `routes.rs` writes them down. A `resource("/x")` names the path for the `.route(get()` after it;
/// a `.route("/x", get()` names its own.
fn routes(source: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let functions = source.split("\nfn ").filter(|function| {
        let name = function.split('(').next().unwrap_or_default();
        name.ends_with("_api")
    });
    for function in functions {
        let code: String = function
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        let mut path = String::new();
        let mut rest = code.as_str();
        while let Some(at) = rest.find(['"', '(']) {
            if rest[at..].starts_with('"') {
                let text = &rest[at + 1..];
                let end = text.find('"').expect("an end of the text");
                if text.starts_with('/') {
                    path = format!("/api/v1{}", &text[..end]);
                }
                rest = &text[end + 1..];
                continue;
            }
            let name = rest[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
            if METHODS.contains(&name) && rest[at..].starts_with("()") {
                found.insert((name.to_owned(), path.clone()));
            }
            rest = &rest[at + 1..];
        }
    }
    found
}

#[test]
fn routes_are_read_from_the_source() {
    let source = "\nfn lots_api(api: &mut ServiceConfig) {\n    api.service(\n        resource(\"/lots\")\n            .wrap(x)\n            // .route(put()\n            .route(get().to(a))\n            .route(post().to(b)),\n    )\n    .route(\"/lots/{lot}\", delete().to(c));\n}\nfn lots_pages(s: &mut S) { s.route(\"/x\", get().to(d)) }\n";
    let expected = [("get", "/api/v1/lots"), ("post", "/api/v1/lots"), ("delete", "/api/v1/lots/{lot}")];
    assert_eq!(routes(source), expected.map(|(m, p)| (m.to_owned(), p.to_owned())).into());
}

#[test]
fn every_route_is_described_and_every_description_is_a_route() {
    let source = std::fs::read_to_string(root().join("src/web/routes.rs")).expect("the table");
    let routes = routes(&source);
    let described: BTreeSet<_> = operations(&document())
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .filter(|(_, path)| path.starts_with("/api/v1/"))
        .collect();
    let missing: Vec<_> = routes.difference(&described).collect();
    let invented: Vec<_> = described.difference(&routes).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "not described: {missing:#?}\nno route: {invented:#?}"
    );
}

/// What `reference` points to.
fn follow<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let found = document.pointer(reference.trim_start_matches('#'));
            found.unwrap_or_else(|| panic!("{reference} points to nothing"))
        }
        None => value,
    }
}

/// Where `value` does not fit `schema`. Knows the words of JSON Schema that the document uses, and refuses others.
fn misfits(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    const KNOWN: [&str; 24] = [
        "$ref",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "const",
        "oneOf",
        "allOf",
        "format",
        "pattern",
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "description",
        "examples",
        "default",
        "title",
        "contentEncoding",
        "contentMediaType",
    ];
    let Some(words) = schema.as_object() else { return vec![format!("{at}: {schema} is no schema")] };
    let mut faults: Vec<String> = words
        .keys()
        .filter(|word| !KNOWN.contains(&word.as_str()))
        .map(|word| format!("{at}: the schema says {word}"))
        .collect();
    if words.contains_key("$ref") {
        return misfits(document, follow(document, schema), value, at);
    }
    if let Some(kinds) = words.get("type") {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let fits = |name: &Value| name == kind || (name == "number" && kind == "integer");
        if !kinds.as_array().map_or_else(|| fits(kinds), |kinds| kinds.iter().any(fits)) {
            faults.push(format!("{at}: {value} is no {kinds}"));
        }
    }
    if let Some(choices) = words.get("enum").and_then(Value::as_array)
        && !choices.contains(value)
    {
        faults.push(format!("{at}: {value} is none of {choices:?}"));
    }
    if let Some(object) = value.as_object() {
        let known = words.get("properties").and_then(Value::as_object);
        for name in words.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !object.contains_key(name.as_str().unwrap_or_default()) {
                faults.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, member) in object {
            match known.and_then(|known| known.get(name)) {
                Some(schema) => faults.extend(misfits(document, schema, member, &format!("{at}.{name}"))),
                None if words.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    faults.push(format!("{at}: {name} is not described"));
                }
                None => {}
            }
        }
    }
    if let (Some(items), Some(list)) = (words.get("items"), value.as_array()) {
        for (index, item) in list.iter().enumerate() {
            faults.extend(misfits(document, items, item, &format!("{at}[{index}]")));
        }
    }
    for schema in words.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        faults.extend(misfits(document, schema, value, at));
    }
    if let Some(choices) = words.get("oneOf").and_then(Value::as_array)
        && !choices.iter().any(|schema| misfits(document, schema, value, at).is_empty())
    {
        faults.push(format!("{at}: {value} fits none of the choices"));
    }
    faults
}

/// Every `$ref` below `value`.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn the_document_holds_together() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut faults = Vec::new();

    let mut pointed = BTreeSet::new();
    references(&document, &mut pointed);
    for reference in &pointed {
        if document.pointer(reference.trim_start_matches('#')).is_none() {
            faults.push(format!("{reference} points to nothing"));
        }
    }
    for kind in ["schemas", "responses", "parameters"] {
        for name in document["components"][kind].as_object().into_iter().flat_map(serde_json::Map::keys) {
            if !pointed.contains(&format!("#/components/{kind}/{name}")) {
                faults.push(format!("{name} of {kind} is used nowhere"));
            }
        }
    }

    let tags: Vec<&Value> =
        document["tags"].as_array().into_iter().flatten().map(|tag| &tag["name"]).collect();
    let schemes = document["components"]["securitySchemes"].as_object().expect("security schemes");
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        if !ids.insert(operation["operationId"].as_str().unwrap_or_default().to_owned()) {
            faults.push(format!("{at}: its operationId is missing or taken"));
        }
        if operation["summary"].as_str().is_none_or(str::is_empty) {
            faults.push(format!("{at}: no summary"));
        }
        if !operation["tags"].as_array().is_some_and(|own| own.iter().all(|tag| tags.contains(&tag))) {
            faults.push(format!("{at}: a tag that is not described"));
        }
        let Some(security) = operation["security"].as_array() else {
            faults.push(format!("{at}: who may?"));
            continue;
        };
        for name in security.iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys) {
            if !schemes.contains_key(name) {
                faults.push(format!("{at}: {name} is no security scheme"));
            }
        }
        // The parameters of a path stand beside its operations, or with them.
        let beside = document["paths"][&path]["parameters"].as_array();
        let own = operation["parameters"].as_array();
        let named: BTreeSet<&str> = beside
            .into_iter()
            .chain(own)
            .flatten()
            .map(|parameter| follow(&document, parameter))
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let in_path: BTreeSet<&str> =
            path.split('{').skip(1).filter_map(|piece| piece.split('}').next()).collect();
        if named != in_path {
            faults.push(format!("{at}: its parameters are {in_path:?}, described are {named:?}"));
        }
        let responses = operation["responses"].as_object().expect("responses");
        if !responses.keys().any(|status| status.starts_with(['2', '3'])) {
            faults.push(format!("{at}: no answer that is not an error"));
        }
        if !security.is_empty() && !responses.contains_key("401") {
            faults.push(format!("{at}: no answer to somebody who is not signed in"));
        }
        let body = std::iter::once(("body".to_owned(), &operation["requestBody"]));
        let answers = responses.iter().map(|(status, answer)| (status.clone(), follow(&document, answer)));
        for (which, part) in body.chain(answers) {
            for (kind, media) in part["content"].as_object().into_iter().flatten() {
                let schema = &media["schema"];
                let one = media.get("example").into_iter();
                let many = media["examples"]
                    .as_object()
                    .into_iter()
                    .flat_map(|all| all.values())
                    .map(|e| &e["value"]);
                for example in one.chain(many) {
                    faults.extend(misfits(&document, schema, example, &format!("{at} {which} {kind}")));
                }
                if which == "body"
                    && kind == "application/json"
                    && media.get("example").is_none()
                    && media.get("examples").is_none()
                {
                    faults.push(format!("{at}: no example of the body"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// A path with a value for each parameter: the example of the parameter.
fn filled(document: &Value, path: &str, operation: &Value) -> String {
    let mut filled = path.to_owned();
    let parameters = [&document["paths"][path]["parameters"], &operation["parameters"]];
    for parameter in parameters.into_iter().filter_map(Value::as_array).flatten() {
        let parameter = follow(document, parameter);
        if parameter["in"] == "path" {
            let name = parameter["name"].as_str().expect("a name");
            let example = parameter["example"].as_str().unwrap_or_else(|| panic!("{name} has no example"));
            filled = filled.replace(&format!("{{{name}}}"), example);
        }
    }
    filled
}

async fn every_described_path_answers(on: On) {
    let registry = TestApp::start(on).await;
    let document = document();
    let program = registry.anonymous_program();
    let mut faults = Vec::new();
    for (method, path, operation) in operations(&document) {
        let address = filled(&document, &path, &operation);
        let request = program
            .client
            .request(method.to_uppercase().parse().expect("a method"), format!("{}{address}", program.base));
        let status =
            request.header("accept", "application/json").send().await.expect("an answer").status().as_u16();
        let public = operation["security"].as_array().is_some_and(Vec::is_empty);
        // In an empty registry a public path may name what is not there, and then says so.
        let absent = status == 404 && public && operation["responses"].get("404").is_some();
        if status == 405 || (status == 404 && !absent) || status >= 500 {
            faults.push(format!("{method} {address}: {status}"));
        }
        if !public && status != 401 {
            faults.push(format!("{method} {address}: {status} to somebody who is not signed in"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    registry.stop().await;
}

async fn the_reference_is_served(on: On) {
    let registry = TestApp::start(on).await;
    let answer = registry.anonymous_program().get("/api/openapi.json").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json(), document());
    let page = registry.browser().get("/api/errors?lang=en").await.expect(200);
    for (code, status) in listed_codes() {
        let row = page.texts(&format!("div[id='{code}']"));
        assert_eq!(row.len(), 1, "{code}");
        assert!(row[0].contains(&status.to_string()) && !row[0].contains("error-"), "{row:?}");
    }
    // The link in a problem leads to its code.
    let problem = registry.anonymous_program().get("/api/v1/me").await.expect(401).json();
    let anchor = problem["type"].as_str().and_then(|link| link.strip_prefix("/api/errors#")).expect("a link");
    assert_eq!(page.texts(&format!("div[id='{anchor}']")).len(), 1);
    registry.stop().await;
}

on_both!(every_described_path_answers, the_reference_is_served);

/// The codes of `assets/api/errors.csv`.
fn listed_codes() -> BTreeMap<String, u16> {
    let text = std::fs::read_to_string(root().join("assets/api/errors.csv")).expect("the list");
    let lines = text.lines().skip(1).filter_map(|line| line.split_once(','));
    lines.map(|(code, status)| (code.to_owned(), status.parse().expect("a status"))).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The codes that the source gives to the constructors of `web::Error` as literals, with the status that goes with each.
fn raised(source: &str) -> Vec<(String, u16)> {
    let statuses = [
        ("BAD_REQUEST", 400),
        ("UNAUTHORIZED", 401),
        ("FORBIDDEN", 403),
        ("NOT_FOUND", 404),
        ("CONFLICT", 409),
        ("GONE", 410),
        ("PAYLOAD_TOO_LARGE", 413),
        ("UNSUPPORTED_MEDIA_TYPE", 415),
        ("UNPROCESSABLE_ENTITY", 422),
        ("INTERNAL_SERVER_ERROR", 500),
        ("SERVICE_UNAVAILABLE", 503),
    ];
    let mut found = Vec::new();
    let starts = [("bad_request(", 400), ("forbidden(", 403), ("conflict(", 409), ("too_many(", 429)];
    for (start, status) in starts {
        for piece in source.split(start).skip(1) {
            if let Some(code) = piece.trim_start().strip_prefix('"').and_then(|text| text.split('"').next()) {
                found.push((code.to_owned(), status));
            }
        }
    }
    for (name, status) in statuses {
        for piece in source.split(&format!("StatusCode::{name},")).skip(1) {
            if let Some(code) = piece.trim_start().strip_prefix('"').and_then(|text| text.split('"').next()) {
                found.push((code.to_owned(), status));
            }
        }
    }
    found.retain(|(code, _)| !code.is_empty() && code.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    found
}

#[test]
fn every_error_code_is_listed_with_its_status_and_words() {
    let listed = listed_codes();
    let mut faults = Vec::new();
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut seen = 0;
    for file in files {
        for (code, status) in raised(&std::fs::read_to_string(&file).expect("a source")) {
            seen += 1;
            match listed.get(&code) {
                None => faults.push(format!("{}: {code} ({status}) is not listed", file.display())),
                Some(known) if *known != status => {
                    faults.push(format!(
                        "{}: {code} is raised with {status}, listed with {known}",
                        file.display()
                    ));
                }
                Some(_) => {}
            }
        }
    }
    assert!(seen > 20, "only {seen} codes were found in the source");
    for words in [nguongoc::kernel::Lang::Vi, nguongoc::kernel::Lang::En].map(Words::of) {
        let known: BTreeSet<String> = words
            .keys("error-")
            .map(|key| key.trim_start_matches("error-"))
            .filter(|key| !key.starts_with("title-") && !key.starts_with("way-") && *key != "request-id")
            .map(|key| key.replace('-', "_"))
            .collect();
        let codes: BTreeSet<String> = listed.keys().cloned().collect();
        faults.extend(known.difference(&codes).map(|code| format!("{code} has words and is not listed")));
        faults.extend(codes.difference(&known).map(|code| format!("{code} has no words in {words:?}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
