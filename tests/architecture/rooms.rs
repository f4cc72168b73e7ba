//! Who may import what, and where the world outside may be touched: the order of the rooms and of the floors in each.

use crate::source::{Named, Source};

/// The rooms from top to bottom: each uses those above it. The same order stands in `src/lib.rs`.
pub(crate) const ROOMS: [&str; 20] = [
    "keys",
    "jobs",
    "log",
    "accounts",
    "custody",
    "parties",
    "places",
    "products",
    "evidence",
    "lots",
    "events",
    "fieldbook",
    "trace",
    "chain",
    "codes",
    "scans",
    "recalls",
    "lookup",
    "coverage",
    "directory",
];

/// Everything else that may stand at the top of `src/`.
pub(crate) const TOOLS: [&str; 12] =
    ["main", "lib", "cli", "config", "http", "app", "telemetry", "kernel", "sheet", "store", "web", "words"];

/// A part of a room with floors of its own: `src/fieldbook/lists/store.rs` is a store.
const PARTS: [(&str, &str); 2] = [("fieldbook", "lists"), ("codes", "runs")];

/// The floor that a path from the crate's root leads to.
fn floor_of<'a>(words: &[&'a str]) -> &'a str {
    let part = PARTS.iter().any(|(room, part)| words.first() == Some(room) && words.get(1) == Some(part));
    words.get(if part { 2 } else { 1 }).copied().unwrap_or("")
}

/// Where a file stands: `src/lots/api.rs` is the floor `api` of the room `lots`.
struct Stand<'a> {
    module: Vec<&'a str>,
    top: &'a str,
    floor: &'a str,
    rank: Option<usize>,
}

impl<'a> Stand<'a> {
    fn of(path: &'a str) -> Self {
        let inner = path.strip_prefix("src/").unwrap_or(path);
        let inner = inner.strip_suffix(".rs").unwrap_or(inner);
        let words: Vec<&str> = inner.split('/').collect();
        let top = words[0];
        let floor = floor_of(&words);
        let module = words.iter().copied().filter(|word| !matches!(*word, "mod" | "lib" | "main")).collect();
        Self { module, top, floor, rank: rank(top) }
    }

    fn is_room(&self) -> bool {
        self.rank.is_some()
    }
}

/// The floors that know the web: JSON, HTML, and what a handler's type may ask of a request.
const HANDLERS: [&str; 3] = ["api", "pages", "extract"];

fn rank(name: &str) -> Option<usize> {
    ROOMS.iter().position(|room| *room == name)
}

/// Floors from the ground up; a file with a name of its own stands with the service, and says for itself what it needs.
fn height(floor: &str) -> Option<usize> {
    ["model", "store", "service", "api", "pages"]
        .iter()
        .position(|name| *name == floor)
        .map(|height| height.min(3))
}

/// The breaches of the import rules in one file of `src/`.
pub(crate) fn import_faults(path: &str, text: &str) -> Vec<String> {
    let stand = Stand::of(path);
    let source = Source::new(text);
    let mut faults = Vec::new();
    for named in source.paths() {
        let Some(target) = named.in_crate(&stand.module) else {
            continue;
        };
        if let Some(reason) = refusal(&stand, path, &target) {
            faults.push(format!("{path}:{}: `{}`: {reason}", named.line, named.path.join("::")));
        }
    }
    faults
}

fn refusal(stand: &Stand, path: &str, target: &[String]) -> Option<String> {
    let words: Vec<&str> = target.iter().map(String::as_str).collect();
    let top = *words.first()?;
    let floor = floor_of(&words);
    let into_room = rank(top);
    if top == stand.top {
        return stand.is_room().then(|| upwards(stand.floor, floor)).flatten();
    }
    match stand.top {
        "kernel" => Some("the kernel knows nothing but itself".to_owned()).filter(|_| is_known(top)),
        "store" if into_room.is_some() => Some("the store knows no room".to_owned()),
        "store" if matches!(top, "web" | "app" | "cli" | "telemetry") => {
            Some("the store knows only the kernel".to_owned())
        }
        "web" if path != "src/web/routes.rs" && into_room.is_some() => {
            Some("the tools of the web know no room; only routes.rs does".to_owned())
        }
        "web" if top == "cli" => Some("the web does not call the command line".to_owned()),
        "config" | "http" | "telemetry" | "words" | "sheet" if into_room.is_some() => {
            Some("it stands above all rooms".to_owned())
        }
        "cli" if into_room.is_some() && (floor == "store" || HANDLERS.contains(&floor)) => {
            Some("the command line calls services".to_owned())
        }
        _ if stand.is_room() => from_room(stand, top, floor, into_room),
        _ => None,
    }
}

/// The rule between the floors of one room.
fn upwards(from: &str, to: &str) -> Option<String> {
    // A named file (`labels.rs`) is called by the floors and calls what lies below the handlers.
    let from_height = height(from).or_else(|| (from != "mod" && !from.is_empty()).then_some(2))?;
    let to_height = height(to)?;
    (to_height > from_height).then(|| format!("`{from}` does not look up to `{to}`"))
}

fn from_room(stand: &Stand, top: &str, floor: &str, into_room: Option<usize>) -> Option<String> {
    let handler = HANDLERS.contains(&stand.floor);
    if let Some(into) = into_room {
        if floor == "store" || HANDLERS.contains(&floor) {
            return Some(format!("`{floor}` of another room is its own affair; use what its mod.rs shows"));
        }
        if !handler && stand.rank.is_some_and(|own| into > own) {
            return Some(format!("`{top}` stands below `{}` in the order of the rooms", stand.top));
        }
        return None;
    }
    match (stand.floor, top) {
        ("model", "store" | "app" | "web" | "cli" | "config" | "http" | "telemetry") => {
            Some("a model does no I/O and knows no tool".to_owned())
        }
        ("store", "web" | "app" | "cli" | "config" | "http") => {
            Some("SQL needs its transaction and nothing more".to_owned())
        }
        (_, "store") if handler => Some("a handler never sees the store; it calls a service".to_owned()),
        (_, "web") if !handler => Some("only api.rs, pages.rs and extract.rs know the web".to_owned()),
        (_, "cli") => Some("nothing calls the command line".to_owned()),
        _ => None,
    }
}

fn is_known(top: &str) -> bool {
    rank(top).is_some() || TOOLS.contains(&top)
}

/// A door to the world outside, and the files that may stand in it.
struct Door {
    what: &'static str,
    opens: fn(&Named) -> bool,
    lawful: fn(&Stand) -> bool,
}

const DOORS: [Door; 5] = [
    Door {
        what: "SQL belongs in src/store/ and in files named store.rs",
        opens: |named| named.path[0] == "sqlx",
        lawful: |stand| stand.top == "store" || (stand.is_room() && stand.floor == "store"),
    },
    Door {
        what: "only config.rs reads the environment",
        opens: |named| {
            named.has(&["std", "env"])
                || ["var", "vars", "var_os", "vars_os"].iter().any(|name| named.has(&["env", name]))
        },
        lawful: |stand| stand.top == "config",
    },
    Door {
        what: "the clock is app.clock: take a time as a value",
        opens: |named| {
            ["SystemTime", "Instant", "Timestamp", "Zoned", "Utc", "Local"]
                .iter()
                .any(|name| named.has(&[name, "now"]))
        },
        lawful: |stand| matches!(stand.top, "app" | "telemetry"),
    },
    Door {
        what: "randomness is app.random and app.ids: take a value",
        opens: |named| {
            let makers = [
                ["rand", "rng"],
                ["rand", "random"],
                ["Uuid", "now_v7"],
                ["Uuid", "new_v7"],
                ["Uuid", "new_v4"],
            ];
            makers.iter().any(|maker| named.has(maker))
                || named
                    .path
                    .iter()
                    .any(|name| matches!(name.as_str(), "OsRng" | "SysRng" | "ThreadRng" | "getrandom"))
        },
        lawful: |stand| stand.top == "app",
    },
    Door {
        what: "actix belongs in web/, api.rs, pages.rs, extract.rs and telemetry.rs",
        opens: |named| named.path[0].starts_with("actix") || named.path[0] == "tracing_actix_web",
        lawful: |stand| {
            matches!(stand.top, "web" | "telemetry") || (stand.is_room() && HANDLERS.contains(&stand.floor))
        },
    },
];

/// The breaches, in one file of `src/`, of the rules on SQL, environment, clock, randomness, web and output.
pub(crate) fn door_faults(path: &str, text: &str) -> Vec<String> {
    let stand = Stand::of(path);
    let source = Source::new(text);
    let mut faults = Vec::new();
    for named in source.paths() {
        for door in DOORS.iter().filter(|door| (door.opens)(&named) && !(door.lawful)(&stand)) {
            faults.push(format!("{path}:{}: `{}`: {}", named.line, named.path.join("::"), door.what));
        }
    }
    if stand.top != "cli" {
        for line in source.macros(&["print", "println", "eprint", "eprintln", "dbg"]) {
            faults.push(format!("{path}:{line}: only cli/ writes to the terminal"));
        }
    }
    faults
}

/// A name at the top of `src/` that the map does not have.
pub(crate) fn stranger(path: &str) -> Option<String> {
    let top = Stand::of(path).top;
    (!is_known(top)).then(|| format!("{path}: `{top}` is no room of the map in src/lib.rs"))
}

#[cfg(test)]
mod tests {
    use super::{door_faults, import_faults, stranger};

    #[track_caller]
    fn refused(path: &str, text: &str) {
        let faults = [import_faults(path, text), door_faults(path, text)].concat();
        assert_eq!(faults.len(), 1, "{path} with `{text}`: {faults:?}");
    }

    #[track_caller]
    fn allowed(path: &str, text: &str) {
        let faults = [import_faults(path, text), door_faults(path, text)].concat();
        assert!(faults.is_empty(), "{faults:?}");
    }

    #[test]
    fn the_tools_know_no_room() {
        refused("src/kernel/time.rs", "use crate::app::App;");
        refused("src/kernel/time.rs", "use crate::lots::Lot;");
        refused("src/store/mod.rs", "fn f(lot: crate::lots::Lot) {}");
        refused("src/web/page.rs", "use crate::{app::App, accounts::Actor};");
        refused("src/config.rs", "use crate::keys;");
        allowed("src/kernel/time.rs", "use super::day::Day; use crate::kernel::Grams;");
        allowed("src/store/mod.rs", "use crate::kernel::Time; use sqlx::Row;");
        allowed("src/web/routes.rs", "use crate::{accounts, lots::{api, pages}};");
        allowed("src/app.rs", "use crate::{keys::KeyRing, store::Store};");
    }

    #[test]
    fn rooms_stand_in_order() {
        refused("src/lots/service.rs", "use crate::chain;");
        refused("src/lots/model.rs", "use crate::{kernel::Day, codes::Code};");
        refused("src/keys/mod.rs", "pub fn f() { crate::lookup::find() }");
        allowed("src/lots/pages.rs", "use crate::chain;");
        allowed("src/chain/service.rs", "use crate::lots::{self, Lot};");
    }

    #[test]
    fn floors_look_down_only() {
        refused("src/lots/model.rs", "use super::store;");
        refused("src/lots/store.rs", "use crate::lots::service::declare;");
        refused("src/lots/service.rs", "fn f() { super::api::show() }");
        refused("src/lots/labels.rs", "use super::pages;");
        refused("src/lots/model.rs", "use crate::store::Tx;");
        refused("src/lots/store.rs", "use crate::app::App;");
        refused("src/lots/service.rs", "use crate::web::Error;");
        refused("src/lots/api.rs", "use crate::store::Tx;");
        refused("src/chain/service.rs", "use crate::lots::store;");
        refused("src/cli/issue.rs", "use crate::codes::store;");
        allowed("src/lots/api.rs", "use super::{model::Lot, service}; use crate::{app::App, web};");
        allowed("src/lots/service.rs", "use super::{store, model}; use crate::store::Tx;");
        allowed(
            "src/accounts/extract.rs",
            "use crate::web::Error; use actix_web::FromRequest; use super::service;",
        );
        refused("src/lots/service.rs", "use crate::accounts::extract::Actor;");
        refused("src/words.rs", "use crate::lots::Lot;");
        refused("src/sheet/mod.rs", "use crate::lots::Lot;");
        refused("src/fieldbook/lists/model.rs", "use super::store;");
        refused("src/chain/service.rs", "use crate::fieldbook::lists::store;");
        allowed("src/fieldbook/lists/store/mod.rs", "use super::model::List; use sqlx::Row;");
        allowed("src/lots/mod.rs", "pub use self::model::Lot; pub mod api;");
    }

    #[test]
    fn the_world_outside_has_few_doors() {
        refused("src/lots/service.rs", "use sqlx::Row;");
        refused("src/lots/api.rs", "fn f() { sqlx::query!(\"SELECT 1\"); }");
        refused("src/app.rs", "fn f() { std::env::var(\"HOME\"); }");
        refused("src/cli/mod.rs", "use std::{env, fs};");
        refused("src/lots/service.rs", "fn f() { jiff::Timestamp::now(); }");
        refused("src/lots/model.rs", "fn f() { std::time::Instant::now(); }");
        refused("src/codes/service.rs", "fn f() { rand::rng(); }");
        refused("src/codes/service.rs", "fn f() { Uuid::now_v7(); }");
        refused("src/lots/service.rs", "use actix_web::HttpResponse;");
        refused("src/lots/service.rs", "fn f() { println!(\"hello\"); }");
        allowed("src/lots/store.rs", "use sqlx::Row;");
        allowed("src/cli/mod.rs", "fn f() { println!(\"hello\"); }");
        allowed("src/config.rs", "fn f() { std::env::var(\"HOME\"); }");
        allowed("src/app.rs", "fn f() { jiff::Timestamp::now(); rand::rng(); }");
        allowed("src/lots/api.rs", "use actix_web::web::Json;");
    }

    #[test]
    fn a_room_is_on_the_map() {
        assert!(stranger("src/util.rs").is_some());
        assert!(stranger("src/lots/util.rs").is_none());
    }
}
