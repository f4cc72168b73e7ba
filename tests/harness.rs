//! The tests of the tests' own PostgreSQL: each database is its own, migrations run once, nothing is left behind.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "waits for another process, in real time")]

#[path = "support/postgres.rs"]
mod postgres;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};

use sqlx::{Connection, PgConnection};

static MIGRATED: AtomicUsize = AtomicUsize::new(0);

/// A stand-in for the application's migrations.
async fn migrate(url: String) {
    MIGRATED.fetch_add(1, Ordering::SeqCst);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("CREATE TABLE basket (id BIGINT PRIMARY KEY)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_test_has_its_own_copy_and_migrations_run_at_most_once() {
    let begun: Vec<_> = (0..8).map(|_| tokio::spawn(postgres::database("harness", migrate))).collect();
    let mut databases = Vec::new();
    for task in begun {
        databases.push(task.await.unwrap());
    }

    for database in &databases {
        let mut connection = PgConnection::connect(&database.url).await.unwrap();
        // The same key in each: it would be refused if two of them were one.
        sqlx::query("INSERT INTO basket (id) VALUES (1)").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
    assert!(MIGRATED.load(Ordering::SeqCst) <= 1, "migrated {} times", MIGRATED.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_database_is_gone_with_its_value() {
    let database = postgres::database("empty", async |_| ()).await;
    let url = database.url.clone();
    // An open connection must not keep it.
    let _open = PgConnection::connect(&url).await.unwrap();
    drop(database);
    assert!(PgConnection::connect(&url).await.is_err());
}

#[test]
fn the_cluster_ends_with_its_holder() {
    let mut script = throwaway_postgres(None);
    let mut line = String::new();
    let output = script.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).unwrap();
    let directory = line.trim_end().rsplit_once("host=").unwrap().1.to_owned();
    assert!(Path::new(&directory).join(".s.PGSQL.5432").exists(), "{directory} has no socket");

    drop(script.stdin.take());
    let begun = Instant::now();
    while Path::new(&directory).exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{directory} was left behind");
        thread::sleep(Duration::from_millis(20));
    }
    script.wait().unwrap();
}

#[test]
fn a_machine_without_postgresql_is_told_what_to_install() {
    let answer = throwaway_postgres(Some("/nowhere")).wait_with_output().unwrap();
    assert!(!answer.status.success());
    let said = String::from_utf8(answer.stderr).unwrap();
    assert!(said.contains("apt-get install postgresql"), "{said}");
}

fn throwaway_postgres(programs: Option<&str>) -> std::process::Child {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/throwaway-postgres"));
    if let Some(directory) = programs {
        command.env("PG_BIN", directory);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}
