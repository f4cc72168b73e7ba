//! The house as a test: the import rules, the twin migrations, the two languages, the licences. Each rule is a function
//! from text to faults, and is itself tried on a small example that breaks it.
#![cfg(test)]

mod licences;
mod migrations;
mod rooms;
mod source;
mod statements;
mod tree;
mod words;

#[path = "../support/postgres.rs"]
mod postgres;

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::source::{Source, files, read};

#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn crate_files() -> Vec<String> {
    files("src", &[".rs"])
}

#[test]
fn no_test_stands_in_the_source() {
    let faults: Vec<_> =
        crate_files().iter().flat_map(|path| source::test_faults(path, &read(path))).collect();
    none(&faults);
}

#[test]
fn rooms_import_upwards_in_the_list_and_floors_downwards() {
    let faults: Vec<_> =
        crate_files().iter().flat_map(|path| rooms::import_faults(path, &read(path))).collect();
    none(&faults);
}

#[test]
fn the_world_outside_is_touched_only_at_its_doors() {
    let faults: Vec<_> =
        crate_files().iter().flat_map(|path| rooms::door_faults(path, &read(path))).collect();
    none(&faults);
}

#[test]
fn statements_are_written_for_both_databases() {
    let faults: Vec<_> =
        crate_files().iter().flat_map(|path| statements::statement_faults(path, &read(path))).collect();
    none(&faults);
}

#[test]
fn every_file_stands_in_a_room_of_the_map() {
    let faults: Vec<_> = crate_files().iter().filter_map(|path| rooms::stranger(path)).collect();
    none(&faults);
}

#[test]
fn files_are_short_or_say_why_not() {
    let paths = ["src", "tests", "benches"].into_iter().flat_map(|directory| files(directory, &[".rs"]));
    let faults: Vec<_> = paths.filter_map(|path| tree::length_fault(&path, &read(&path))).collect();
    none(&faults);
}

#[test]
fn templates_lie_with_their_rooms() {
    let faults: Vec<_> =
        files("assets/templates", &[""]).iter().filter_map(|path| tree::template_fault(path)).collect();
    none(&faults);
}

#[test]
fn nothing_belongs_to_one_machine() {
    let faults: Vec<_> = tree::texts()
        .iter()
        .flat_map(|(path, text)| {
            [tree::machine_path_faults(path, text), tree::lock_faults(path, text)].concat()
        })
        .collect();
    none(&faults);
}

#[test]
fn dependencies_have_lawful_licences_and_few_duplicates() {
    let packages = licences::packages();
    assert!(packages.len() > 50, "cargo metadata names {} packages", packages.len());
    let mut faults: Vec<_> = packages
        .iter()
        .filter(|package| package.name != "nguongoc")
        .filter_map(licences::licence_fault)
        .collect();
    faults.extend(licences::duplicate_faults(&packages));
    let listed = read("deny.toml");
    let missing = licences::LICENCES.iter().filter(|licence| !listed.contains(&format!("\"{licence}\"")));
    faults.extend(missing.map(|licence| format!("deny.toml does not list {licence}")));
    none(&faults);
}

#[test]
fn migrations_are_twins() {
    let names = |directory: &str| {
        let paths = files(&format!("migrations/{directory}"), &[".sql"]);
        paths
            .into_iter()
            .map(|path| path.rsplit('/').next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("sqlite"), names("postgres"), "the two sets of migrations have different files");
    let mut faults = Vec::new();
    for name in names("sqlite") {
        let text = |directory: &str| read(&format!("migrations/{directory}/{name}"));
        faults.extend(migrations::twin_faults(&name, &text("sqlite"), &text("postgres")));
    }
    none(&faults);
}

/// Table → its columns in order of name, as the database itself tells.
type Tables = BTreeMap<String, Vec<String>>;

fn tables(rows: Vec<(String, String)>) -> Tables {
    let mut tables = Tables::new();
    for (table, column) in rows {
        tables.entry(table).or_default().push(column);
    }
    for columns in tables.values_mut() {
        columns.sort();
    }
    tables
}

#[tokio::test]
async fn every_migration_runs_and_both_databases_end_alike() {
    let migrator =
        async |directory: &str| Migrator::new(Path::new(&source::root().join(directory))).await.unwrap();

    let mut sqlite = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    migrator("migrations/sqlite").await.run(&mut sqlite).await.unwrap();
    let rows = sqlx::query_as(
        "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_sqlx_migrations'",
    );
    let on_sqlite = tables(rows.fetch_all(&mut sqlite).await.unwrap());

    let database = postgres::database("empty", async |_| ()).await;
    let mut postgres = PgConnection::connect(&database.url).await.unwrap();
    migrator("migrations/postgres").await.run(&mut postgres).await.unwrap();
    let rows = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'",
    );
    let on_postgres = tables(rows.fetch_all(&mut postgres).await.unwrap());
    postgres.close().await.unwrap();

    assert_eq!(on_sqlite, on_postgres);
}

#[test]
fn both_languages_say_the_same_and_every_message_is_used() {
    let rooms: Vec<String> = ["vi", "en"]
        .into_iter()
        .flat_map(|language| files(&format!("assets/locales/{language}"), &[".ftl"]))
        .filter_map(|path| Some(path.rsplit('/').next()?.strip_suffix(".ftl")?.to_owned()))
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();

    let mut faults = Vec::new();
    let mut known = words::Messages::new();
    let mut referred = Vec::new();
    for room in &rooms {
        let mut language = |language: &str| {
            let path = format!("assets/locales/{language}/{room}.ftl");
            if !source::root().join(&path).exists() {
                return Err(format!("{path} is missing"));
            }
            let text = read(&path);
            referred.extend(words::references(&text));
            words::messages(&path, &text)
        };
        match (language("vi"), language("en")) {
            (Ok(vi), Ok(en)) => {
                faults.extend(words::language_faults(room, &vi, &en));
                faults.extend(words::twice_faults(room, &known, &vi));
                known.extend(vi);
            }
            (vi, en) => faults.extend([vi.err(), en.err()].into_iter().flatten()),
        }
    }

    let mut literals = Vec::new();
    for path in crate_files() {
        literals
            .extend(Source::new(&read(&path)).literals.into_iter().map(|literal| (path.clone(), literal)));
    }
    for path in files("assets/templates", &[""]) {
        literals.extend(
            words::template_literals(&read(&path)).into_iter().map(|literal| (path.clone(), literal)),
        );
    }
    faults.extend(words::use_faults(&known, &literals, &referred));
    none(&faults);
}
