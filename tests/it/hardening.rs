//! What happens when things go wrong around the registry: the database goes away, the disk is full or read-only, the process is
//! killed, a second service starts on the same file, the database is of another version.

use crate::support::app::{On, PASSWORD, TestApp, TestStore, on_both};
use nguongoc::accounts::Role;
use nguongoc::store::{MigrateError, Store};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

on_both!(
    every_answer_has_the_security_headers,
    bodies_beyond_the_limit_are_refused,
    a_database_of_a_newer_program_is_left_alone,
    too_many_requests_are_told_when_to_come_back,
);

/// The program as people run it, ended with this value.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts `serve` on the embedded database in `data` and waits until it says where it serves.
pub(crate) fn serve(data: &Path) -> (Running, String) {
    let mut child = program()
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--sign-in-per-minute",
            "100000",
            "--log-format",
            "json",
            "--public-per-second",
            "100000",
            "--data",
        ])
        .arg(data)
        .spawn()
        .unwrap();
    let log = child.stderr.take().unwrap();
    let running = Running(child);
    let mut lines = BufReader::new(log).lines();
    let address = lines
        .by_ref()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok())
        .find_map(|line| line["address"].as_str().map(str::to_owned))
        .expect("the service did not start");
    // Read on, or a full pipe would stop the service.
    std::thread::spawn(move || lines.for_each(drop));
    (running, format!("http://{address}"))
}

fn add_administrator(data: &Path) {
    add_person(data, "root", "administrator");
}

/// Adds a person of the authority to the registry in `data`.
pub(crate) fn add_person(data: &Path, name: &str, role: &str) {
    let mut child = program()
        .args(["user", "add", name, "--role", role, "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn every_answer_has_the_security_headers(on: On) {
    let registry = TestApp::start(on).await;
    let browser = registry.browser();
    for (path, status) in [("/account/sign-in", 200), ("/nowhere", 404), ("/healthz", 200), ("/account", 401)]
    {
        let answer = browser.get(path).await.expect(status);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
    }
    let page = browser.get("/account/sign-in").await.text;
    assert!(!page.contains("<script") && !page.contains("style="), "the page breaks its own policy");
    registry.browser().get("/readyz").await.expect(200);
}

async fn bodies_beyond_the_limit_are_refused(on: On) {
    let registry = TestApp::start(on).await;
    let program = registry.anonymous_program();
    let long = json!({ "code": "x".repeat(1_200_000), "password": PASSWORD });
    program.post("/api/v1/reset", &long).await.expect(413);
    let huge = json!({ "code": "x".repeat(3_000_000), "password": PASSWORD });
    let refused = program.client.post(format!("{}/api/v1/reset", registry.base)).json(&huge).send().await;
    // The server may answer or, having seen the length, close: either way nothing was taken in.
    assert!(refused.is_err() || refused.unwrap().status().is_client_error());
    let broken = program
        .client
        .post(format!("{}/api/v1/reset", registry.base))
        .header("content-type", "application/json")
        .body("{\"code\": ")
        .send()
        .await
        .unwrap();
    assert_eq!(broken.status(), 400);
    let problem: serde_json::Value = broken.json().await.unwrap();
    assert_eq!((problem["code"].as_str(), problem["line"].as_u64()), (Some("json_unreadable"), Some(1)));
}

async fn a_database_of_a_newer_program_is_left_alone(on: On) {
    let opened = TestStore::open(on).await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
                 SELECT 9999, 'newer', installed_on, success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    match &opened.store {
        Store::Sqlite { writer, .. } => drop(sqlx::query(newer).execute(writer).await.unwrap()),
        Store::Postgres { pool, .. } => drop(sqlx::query(newer).execute(pool).await.unwrap()),
    }
    for outcome in [opened.store.check_version().await, opened.store.migrate().await] {
        assert!(matches!(outcome, Err(MigrateError::Newer { found: 9999, .. })), "{outcome:?}");
    }
}

async fn too_many_requests_are_told_when_to_come_back(on: On) {
    let registry = TestApp::start_with(on, |config| config.limits.sign_in_per_minute = 3).await;
    let browser = registry.browser();
    let token = browser.form_token("/account/sign-in").await;
    let fields = [("name", "nobody"), ("password", "wrong password"), ("csrf", token.as_str())];
    for _ in 0..3 {
        browser.send_bare("/account/sign-in", &fields).await.expect(401);
    }
    let refused = browser.send_bare("/account/sign-in", &fields).await.expect(429);
    assert!((1..=60).contains(&refused.header("retry-after").parse::<u32>().unwrap()));
    // Opening the form is no attempt.
    browser.get("/account/sign-in").await.expect(200);
}

#[actix_web::test]
async fn a_connection_lost_in_the_middle_is_told_and_leaves_nothing() {
    let registry = TestApp::start(On::Postgres).await;
    registry.person("lan", Role::Officer, None).await;
    let program = registry.program("lan").await;
    let Store::Postgres { pool, .. } = &registry.app.store else { unreachable!() };
    let before = program.get("/api/v1/tokens").await.json()["tokens"].as_array().unwrap().len();
    // Hold the table so that the request stands in the middle of its unit of work, then cut its connection.
    let mut holder = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE audit_trail IN EXCLUSIVE MODE").execute(&mut *holder).await.unwrap();
    let request = {
        let program = program.clone();
        actix_web::rt::spawn(async move {
            program.post("/api/v1/tokens", &json!({ "name": "x", "scopes": ["read"], "days": 1 })).await
        })
    };
    let waiting =
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut pid: Option<i32> = None;
    for _ in 0..200 {
        pid = sqlx::query_scalar(waiting).fetch_optional(pool).await.unwrap();
        if pid.is_some() {
            break;
        }
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    }
    let pid = pid.expect("the request never waited");
    sqlx::query("SELECT pg_terminate_backend($1)").bind(pid).execute(pool).await.unwrap();
    let answer = request.await.unwrap().expect(503);
    assert_eq!(answer.json()["code"], "database_unavailable");
    assert!(!answer.text.contains("terminat"), "the cause is for the log only: {}", answer.text);
    holder.rollback().await.unwrap();
    // Nothing half-written, and the next request is served.
    let after = program.get("/api/v1/tokens").await.expect(200).json()["tokens"].as_array().unwrap().len();
    assert_eq!(before, after);
}

#[actix_web::test]
async fn a_full_disk_is_told_and_leaves_nothing() {
    let registry = TestApp::start(On::Sqlite).await;
    registry.person("lan", Role::Officer, None).await;
    let program = registry.program("lan").await;
    let Store::Sqlite { writer, .. } = &registry.app.store else { unreachable!() };
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(writer).await.unwrap();
    let limit = format!("PRAGMA max_page_count = {pages}");
    sqlx::query(sqlx::AssertSqlSafe(limit)).execute(writer).await.unwrap();
    let mut recorded = 0;
    let full = loop {
        let name = format!("{recorded} {}", "y".repeat(180));
        let answer =
            program.post("/api/v1/tokens", &json!({ "name": name, "scopes": ["read"], "days": 1 })).await;
        if answer.status != 201 {
            break answer.expect(503);
        }
        recorded += 1;
        assert!(recorded < 500, "the disk was never full");
    };
    assert_eq!(full.json()["code"], "disk_full");
    // Reading goes on, and once there is room again so does writing.
    let tokens = program.get("/api/v1/tokens").await.expect(200).json()["tokens"].as_array().unwrap().len();
    assert_eq!(tokens, recorded + 1);
    sqlx::query("PRAGMA max_page_count = 1000000").execute(writer).await.unwrap();
    program.post("/api/v1/tokens", &json!({ "name": "z", "scopes": ["read"], "days": 1 })).await.expect(201);
}

/// A root user may write whatever the modes of a file say, so the connection itself is made read-only, which SQLite answers with the
/// same code.
#[actix_web::test]
async fn a_read_only_disk_is_told_and_reading_goes_on() {
    let registry = TestApp::start(On::Sqlite).await;
    registry.person("lan", Role::Officer, None).await;
    let program = registry.program("lan").await;
    let Store::Sqlite { writer, .. } = &registry.app.store else { unreachable!() };
    sqlx::query("PRAGMA query_only = ON").execute(writer).await.unwrap();
    let body = json!({ "name": "x", "scopes": ["read"], "days": 1 });
    let refused = program.post("/api/v1/tokens", &body).await.expect(503);
    assert_eq!(refused.json()["code"], "database_read_only");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!(program.get("/api/v1/tokens").await.expect(200).json()["tokens"].as_array().unwrap().len(), 1);
    sqlx::query("PRAGMA query_only = OFF").execute(writer).await.unwrap();
    program.post("/api/v1/tokens", &body).await.expect(201);
}

#[test]
fn a_second_service_on_the_same_file_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let (_first, _) = serve(data.path());
    let second =
        program().args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data.path()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("another nguongoc service is using this database"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no-folder");
    std::fs::write(&file, "a file where a folder should be").unwrap();
    let refused = program().args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&file).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("no-folder"), "{said}");
    for (arguments, word) in [
        (&["--listen", "nowhere"][..], "listen"),
        (&["--database", "mysql://x"][..], "sqlite: or postgres://"),
        (&["--base-url", "http://city.example.vn"][..], "https"),
        (&["--base-url", "ftp://x"][..], "https://"),
    ] {
        let refused = program().arg("serve").args(arguments).output().unwrap();
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains(word), "{arguments:?}: {said}");
    }
    let unknown = program().arg("serve").env("NGUONGOC_LISTNE", "x").output().unwrap();
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("listne"));
}

#[actix_web::test]
async fn what_was_acknowledged_survives_a_kill() {
    let data = tempfile::tempdir().unwrap();
    add_administrator(data.path());
    let client = reqwest::Client::new();
    let sign_in = |name: String| json!({ "sign_in": "root", "password": PASSWORD, "name": name, "scopes": ["read", "manage"], "days": 1 });
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let (mut service, base) = serve(data.path());
        let secret = client
            .post(format!("{base}/api/v1/tokens"))
            .json(&sign_in(format!("round {round}")))
            .send()
            .await
            .unwrap()
            .json::<serde_json::Value>()
            .await
            .unwrap()["secret"]
            .as_str()
            .unwrap()
            .to_owned();
        // Four writers go on while the process is killed under them.
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (client, base, secret) = (client.clone(), base.clone(), secret.clone());
                actix_web::rt::spawn(async move {
                    let mut done = Vec::new();
                    for n in 0.. {
                        let name = format!("{round}-{writer}-{n}");
                        let body = json!({ "name": name, "scopes": ["read"], "days": 1 });
                        let sent =
                            client.post(format!("{base}/api/v1/tokens")).bearer_auth(&secret).json(&body);
                        match sent.send().await {
                            Ok(answer) if answer.status() == 201 => done.push(name),
                            Ok(answer) => panic!("{}", answer.status()),
                            Err(_) => break,
                        }
                    }
                    done
                })
            })
            .collect();
        actix_web::rt::time::sleep(Duration::from_millis(700)).await;
        service.0.kill().unwrap();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
    }
    assert!(acknowledged.len() > 20, "too few writes to show anything: {}", acknowledged.len());
    let (_service, base) = serve(data.path());
    let answer =
        client.post(format!("{base}/api/v1/tokens")).json(&sign_in("last".into())).send().await.unwrap();
    let secret = answer.json::<serde_json::Value>().await.unwrap()["secret"].as_str().unwrap().to_owned();
    let answer = client.get(format!("{base}/api/v1/tokens")).bearer_auth(&secret).send().await.unwrap();
    let found: serde_json::Value = answer.json().await.unwrap();
    let names: std::collections::HashSet<&str> =
        found["tokens"].as_array().unwrap().iter().filter_map(|token| token["name"].as_str()).collect();
    for name in &acknowledged {
        assert!(names.contains(name.as_str()), "{name} was acknowledged and is gone");
    }
}

/// Whoever reads the log may go away: the service goes on and still ends when it is told.
#[actix_web::test]
async fn a_service_outlives_the_reader_of_its_log() {
    let data = tempfile::tempdir().unwrap();
    let mut child = program()
        .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--data"])
        .arg(data.path())
        .spawn()
        .unwrap();
    let log = child.stderr.take().unwrap();
    let mut running = Running(child);
    let mut lines = BufReader::new(log).lines();
    let address = lines
        .by_ref()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok())
        .find_map(|line| line["address"].as_str().map(str::to_owned))
        .expect("the service did not start");
    drop(lines);
    let told = |id: u32| Command::new("kill").args(["-TERM", &id.to_string()]).status().unwrap();
    let answer = reqwest::get(format!("http://{address}/healthz")).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(told(running.0.id()).success());
    let mut ended = None;
    for _ in 0..150 {
        ended = running.0.try_wait().unwrap();
        if ended.is_some() {
            break;
        }
        actix_web::rt::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(ended.expect("it did not end").success());
}

#[test]
fn a_service_ends_gracefully_when_told() {
    let data = tempfile::tempdir().unwrap();
    let (mut running, base) = serve(data.path());
    assert!(base.starts_with("http://127.0.0.1:"));
    let told = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().unwrap();
    assert!(told.success());
    let status = running.0.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(data.path().join("nguongoc.sqlite").exists());
}
