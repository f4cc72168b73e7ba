//! Capture: documents of a thousand EPCIS events through the one door, against a bare loop that inserts the same rows with the same
//! durability.
//!
//! Our side reads the document, checks it, finds what it speaks of, meets the gates, moves the balances and writes the journal, all in
//! one unit of work. The floor writes, row by row with bound values, what the first document left in the tables: one transaction,
//! the same settings of the database. Both are timed by the clock, for both wait for the disk.

use super::codes::HOST;
use super::postgres::Cluster;
use super::ratio::{Pairs, Size, alternate, float, heading, line, now};
use super::season::{self, Farm};
use anyhow::{Context, Result, anyhow, ensure};
use nguongoc::app::App;
use nguongoc::chain::By;
use nguongoc::chain::capture::{self, Incoming, OnError};
use nguongoc::store::Store;
use serde_json::{Value, json};
use sqlx::postgres::{PgPool, PgRow};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Column, Row, TypeInfo, ValueRef};
use std::path::Path;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// The tables that a capture writes.
const TABLES: [&str; 16] = [
    "event",
    "thing",
    "thing_alias",
    "event_thing",
    "event_attribute",
    "lineage",
    "containment",
    "lot",
    "balance_entry",
    "holding",
    "shipment",
    "arrival",
    "log_waiting",
    "private_value",
    "capture",
    "capture_result",
];

pub(crate) fn measure(size: Size) -> Result<()> {
    heading("Capture of documents, durable, one client");
    let (events, rounds) = size.pick((1_000, 9), (20, 1));
    let runtime = Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite:{}", folder.path().join("ours.db").display());
    let floor = format!("sqlite:{}", folder.path().join("floor.db").display());
    let both = runtime.block_on(sides(&url, &floor, folder.path(), events))?;
    line("events, SQLite", "a loop that inserts the same rows", pairs(&runtime, &both, rounds)?, Some(0.5));
    let cluster = Cluster::start()?;
    let floor = runtime.block_on(beside(&cluster.url))?;
    let both = runtime.block_on(sides(&cluster.url, &floor, folder.path(), events))?;
    line(
        "events, PostgreSQL",
        "a loop that inserts the same rows",
        pairs(&runtime, &both, rounds)?,
        Some(0.5),
    );
    runtime.block_on(async {
        both.app.store.close().await;
        both.bare.close().await;
    });
    Ok(())
}

/// Another empty database of the same cluster.
async fn beside(url: &str) -> Result<String> {
    let pool = PgPool::connect(url).await?;
    sqlx::query("CREATE DATABASE capture_floor").execute(&pool).await?;
    pool.close().await;
    let (before, after) = url.split_once('?').unwrap_or((url, ""));
    let base = before.rsplit_once('/').context("a database in the address")?.0;
    Ok(if after.is_empty() {
        format!("{base}/capture_floor")
    } else {
        format!("{base}/capture_floor?{after}")
    })
}

/// A registry, and an empty database with the rows that go into it.
struct Sides {
    app: App,
    farm: Farm,
    rows: Vec<Table>,
    bare: Store,
    events: usize,
}

async fn sides(url: &str, floor: &str, folder: &Path, events: usize) -> Result<Sides> {
    let app = season::app(url, folder, Vec::new()).await?;
    app.store.migrate().await?;
    let farm = season::farm(&app).await?;
    let by = By::own(farm.member);
    send(&app, &by, &document(&app, &farm, events)).await?;
    let rows = rows(&app.store).await?;
    let bare = Store::open(floor).await?;
    bare.migrate().await?;
    prepare(&bare).await?;
    Ok(Sides { app, farm, rows, bare, events })
}

/// Lets both sides take turns.
fn pairs(runtime: &Runtime, sides: &Sides, rounds: usize) -> Result<Pairs> {
    let by = By::own(sides.farm.member);
    let events = sides.events;
    alternate(
        rounds,
        || {
            let text = document(&sides.app, &sides.farm, events);
            let begun = now();
            runtime.block_on(send(&sides.app, &by, &text))?;
            Ok(float(events) / begun.elapsed().as_secs_f64())
        },
        || Ok(float(events) / runtime.block_on(insert(&sides.bare, &sides.rows))?),
    )
}

async fn send(app: &App, by: &By, text: &str) -> Result<()> {
    let mut incoming = Incoming::begin(app).await.map_err(|error| anyhow!("{error:?}"))?;
    for part in text.as_bytes().chunks(16 * 1024) {
        incoming.take(part).await.map_err(|error| anyhow!("{error:?}"))?;
    }
    let job =
        capture::accept(app, by, incoming, OnError::Rollback).await.map_err(|error| anyhow!("{error:?}"))?;
    capture::run(app, &job).await;
    let state: String = match &app.store {
        Store::Sqlite { readers, .. } => {
            let query = sqlx::query_scalar("SELECT state FROM capture WHERE id = $1").bind(job.id.as_uuid());
            query.fetch_one(readers).await?
        }
        Store::Postgres { pool, .. } => {
            let query = sqlx::query_scalar("SELECT state FROM capture WHERE id = $1").bind(job.id.as_uuid());
            query.fetch_one(pool).await?
        }
    };
    ensure!(state == "succeeded", "the capture {state}");
    Ok(())
}

/// A document of a packhouse's day: of every ten events four begin lots, two pack, and one each washes, fills a case, ships and sells.
fn document(app: &App, farm: &Farm, events: usize) -> String {
    let run = app.id::<Uuid>().simple().to_string().to_uppercase();
    let run = run.get(20..).unwrap_or_default();
    let day = farm.day.as_str();
    let class = |lot: &str| format!("https://{HOST}/P/{}/L/{lot}", farm.product);
    let kilograms =
        |lot: &str, amount: usize| json!({ "epcClass": class(lot), "quantity": amount, "uom": "KGM" });
    let place = json!({ "id": farm.place });
    let list: Vec<Value> = (0..events)
        .map(|n| {
            let (round, turn) = (n / 10, n % 10);
            let lot = |which: usize| format!("{run}-{round}-{which}");
            // Ten events, ten minutes: in the order in which they happen.
            let time = format!("{day}T{:02}:{:02}:00.{:03}+07:00", turn / 60, turn % 60, round % 1_000);
            let mut event = json!({
                "eventID": format!("urn:uuid:{}", app.id::<Uuid>()),
                "eventTime": time,
                "eventTimeZoneOffset": "+07:00",
                "readPoint": place,
            });
            let more = match turn {
                0..=3 => json!({ "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active",
                    "quantityList": [kilograms(&lot(turn), 100)], "bizLocation": place }),
                4 | 5 => json!({ "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "packing",
                    "quantityList": [kilograms(&lot(turn - 4), 50)] }),
                6 => json!({ "type": "TransformationEvent",
                    "inputQuantityList": [kilograms(&lot(2), 60), kilograms(&lot(3), 40)],
                    "outputQuantityList": [kilograms(&lot(9), 95)] }),
                7 => json!({ "type": "AggregationEvent", "action": "ADD", "bizStep": "packing",
                    "parentID": format!("urn:epc:id:sscc:9521234.{:010}", app.random.number() % 10_000_000_000),
                    "childQuantityList": [kilograms(&lot(9), 20)] }),
                8 => json!({ "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit",
                    "quantityList": [kilograms(&lot(0), 30)],
                    "destinationList": [{ "type": "owning_party", "destination": farm.buyer }] }),
                _ => json!({ "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "retail_selling",
                    "quantityList": [kilograms(&lot(1), 10)] }),
            };
            if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
                event.extend(more);
            }
            event
        })
        .collect();
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": format!("{day}T12:00:00+07:00"),
        "epcisBody": { "eventList": list },
    })
    .to_string()
}

/// One value of a row.
enum Cell {
    Whole(Option<i64>),
    Real(Option<f64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Id(Option<Uuid>),
}

/// The rows of a table, and the statement that inserts one.
struct Table {
    statement: String,
    rows: Vec<Vec<Cell>>,
}

/// What one document left behind.
async fn rows(store: &Store) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for table in TABLES {
        let all = AssertSqlSafe(format!("SELECT * FROM {table}"));
        let (names, rows) = match store {
            Store::Sqlite { readers, .. } => {
                let found: Vec<SqliteRow> = sqlx::query(all).fetch_all(readers).await?;
                let names: Vec<String> = found
                    .first()
                    .map(|row| row.columns().iter().map(|column| column.name().to_owned()).collect())
                    .unwrap_or_default();
                let cells = found.iter().map(|row| (0..row.len()).map(|at| of_sqlite(row, at)).collect());
                (names, cells.collect::<Result<Vec<Vec<Cell>>>>()?)
            }
            Store::Postgres { pool, .. } => {
                let found: Vec<PgRow> = sqlx::query(all).fetch_all(pool).await?;
                let names: Vec<String> = found
                    .first()
                    .map(|row| row.columns().iter().map(|column| column.name().to_owned()).collect())
                    .unwrap_or_default();
                let cells = found.iter().map(|row| (0..row.len()).map(|at| of_postgres(row, at)).collect());
                (names, cells.collect::<Result<Vec<Vec<Cell>>>>()?)
            }
        };
        let places: Vec<String> = (1..=names.len()).map(|place| format!("${place}")).collect();
        let statement = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
        tables.push(Table { statement, rows });
    }
    Ok(tables)
}

fn of_sqlite(row: &SqliteRow, at: usize) -> Result<Cell> {
    let value = row.try_get_raw(at)?;
    Ok(match value.type_info().name() {
        "INTEGER" => Cell::Whole(row.try_get(at)?),
        "REAL" => Cell::Real(row.try_get(at)?),
        "BLOB" => Cell::Bytes(row.try_get(at)?),
        "NULL" => Cell::Text(None),
        _ => Cell::Text(row.try_get(at)?),
    })
}

fn of_postgres(row: &PgRow, at: usize) -> Result<Cell> {
    Ok(match row.column(at).type_info().name() {
        "INT8" => Cell::Whole(row.try_get(at)?),
        "FLOAT8" => Cell::Real(row.try_get(at)?),
        "BYTEA" => Cell::Bytes(row.try_get(at)?),
        "UUID" => Cell::Id(row.try_get(at)?),
        _ => Cell::Text(row.try_get(at)?),
    })
}

/// Lets the journal be emptied between turns.
async fn prepare(store: &Store) -> Result<()> {
    match store {
        Store::Sqlite { writer, .. } => {
            for trigger in ["event_is_never_changed", "event_is_never_removed"] {
                sqlx::query(AssertSqlSafe(format!("DROP TRIGGER {trigger}"))).execute(writer).await?;
            }
            // What the rows refer to is not there; the rows are the same.
            sqlx::query("PRAGMA foreign_keys = OFF").execute(writer).await?;
        }
        Store::Postgres { pool, .. } => {
            sqlx::query("DROP TRIGGER event_is_permanent ON event").execute(pool).await?;
            let keys: Vec<String> = sqlx::query_scalar(
                "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'lot'::regclass",
            )
            .fetch_all(pool)
            .await?;
            for key in keys {
                let text = format!("ALTER TABLE lot DROP CONSTRAINT {key}");
                sqlx::query(AssertSqlSafe(text)).execute(pool).await?;
            }
        }
    }
    Ok(())
}

/// Inserts all rows in one transaction, and gives the seconds that it took; then they are removed.
async fn insert(store: &Store, tables: &[Table]) -> Result<f64> {
    match store {
        Store::Sqlite { writer, .. } => in_sqlite(writer, tables).await,
        Store::Postgres { pool, .. } => in_postgres(pool, tables).await,
    }
}

macro_rules! bound {
    ($statement:expr, $row:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($statement.clone()));
        for cell in $row {
            query = match cell {
                Cell::Whole(value) => query.bind(*value),
                Cell::Real(value) => query.bind(*value),
                Cell::Text(value) => query.bind(value.as_deref()),
                Cell::Bytes(value) => query.bind(value.as_deref()),
                Cell::Id(value) => query.bind(*value),
            };
        }
        query
    }};
}

async fn in_sqlite(pool: &SqlitePool, tables: &[Table]) -> Result<f64> {
    let begun = now();
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    for table in tables {
        for row in &table.rows {
            bound!(table.statement, row).execute(&mut *tx).await?;
        }
    }
    tx.commit().await?;
    let spent = begun.elapsed().as_secs_f64();
    for table in TABLES {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}"))).execute(pool).await?;
    }
    Ok(spent)
}

async fn in_postgres(pool: &PgPool, tables: &[Table]) -> Result<f64> {
    let begun = now();
    let mut tx = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
    for table in tables {
        for row in &table.rows {
            bound!(table.statement, row).execute(&mut *tx).await?;
        }
    }
    tx.commit().await?;
    let spent = begun.elapsed().as_secs_f64();
    for table in TABLES {
        sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}"))).execute(pool).await?;
    }
    Ok(spent)
}
