//! The SQL of a rebuild: which tables follow from the journal, their empty shadows, and what differs between the two.
//!
//! What must stay true: a table that follows from the journal stands in [`PROJECTIONS`], and nowhere else is said which do; what is
//! compared is compared whole, also where nothing stands (`NULL`).

use super::{beginning, timeline};
use crate::events::{Event, event};
use crate::kernel::{EventId, Moment};
use crate::store::aside::{self, Aside, Schemas};
use crate::store::{StoreError, Tx, on};
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What kind of value a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Id,
    Text,
    Number,
    Real,
}

use Value::{Id, Number, Real, Text};

/// How a table is made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// All of it follows from the journal.
    Journal,
    /// Names and numbers that were given once: it is copied, and may only grow.
    Record,
    /// Names and numbers that were given once, with columns that follow from the journal: a row begins when its thing began.
    Mixed,
}

/// A table that follows from the journal, wholly or in part.
#[derive(Clone, Copy, Debug)]
pub struct Projection {
    /// The table.
    pub table: &'static str,
    origin: Origin,
    /// What tells one row from another.
    keys: &'static [(&'static str, Value)],
    /// What else is compared.
    columns: &'static [(&'static str, Value)],
    /// The key that names a lot, or a thing that may be one; else the key that names an event.
    lot: Option<&'static str>,
    /// The key that names an event.
    event: Option<&'static str>,
    /// Which rows count.
    only: &'static str,
}

/// All that follows from the journal. A further table, or a further column of `lot`, is named here, and is then made anew, compared
/// and kept with the others.
pub const PROJECTIONS: [Projection; 18] = [
    Projection {
        table: "lot",
        origin: Origin::Mixed,
        keys: &[("id", Id)],
        columns: &[
            ("declared", Number),
            ("harvested_on", Text),
            ("packed_on", Text),
            ("expires_on", Text),
            ("hold", Text),
            ("hold_reason", Text),
            ("hold_by", Text),
            ("own_hold", Text),
            ("recall", Text),
            ("recall_reason", Text),
            ("breach", Text),
            ("troubles", Number),
            ("upstream", Text),
            ("upstream_lot", Id),
        ],
        lot: Some("id"),
        event: None,
        only: "",
    },
    Projection {
        table: "balance_entry",
        origin: Origin::Journal,
        keys: &[("lot_id", Id), ("event_id", Id), ("party_id", Id), ("account", Text)],
        columns: &[("amount", Number)],
        lot: Some("lot_id"),
        event: Some("event_id"),
        only: "",
    },
    Projection {
        table: "holding",
        origin: Origin::Journal,
        keys: &[("lot_id", Id), ("party_id", Id)],
        columns: &[
            ("amount", Number),
            ("short", Number),
            ("taken_in", Number),
            ("packed", Number),
            ("boxed", Number),
        ],
        lot: Some("lot_id"),
        event: None,
        // Nothing, as where nothing ever was.
        only: "WHERE amount <> 0 OR short <> 0 OR taken_in <> 0 OR packed <> 0 OR boxed <> 0",
    },
    Projection {
        table: "shipment",
        origin: Origin::Journal,
        keys: &[("lot_id", Id), ("id", Id)],
        columns: &[
            ("from_party", Id),
            ("to_party", Id),
            ("from_place", Id),
            ("amount", Number),
            ("boxed", Number),
            ("received", Number),
            ("refused", Number),
            ("lost", Number),
            ("back_from", Id),
            ("shipped_at", Number),
        ],
        lot: Some("lot_id"),
        event: Some("id"),
        only: "",
    },
    Projection {
        table: "arrival",
        origin: Origin::Journal,
        keys: &[("lot_id", Id), ("shipment", Id), ("event_id", Id)],
        columns: &[("received", Number), ("refused", Number), ("lost", Number), ("tolerated", Number)],
        lot: Some("lot_id"),
        event: Some("event_id"),
        only: "",
    },
    Projection {
        table: "spray_judged",
        origin: Origin::Journal,
        keys: &[("activity_id", Id)],
        // When it was looked at says nothing.
        columns: &[
            ("substance", Id),
            ("list_id", Id),
            ("ingredient", Text),
            ("list_days", Number),
            ("waiting_days", Number),
            ("closed_to", Text),
            ("reason", Text),
            ("dose_exceeded", Number),
        ],
        lot: None,
        event: None,
        only: "",
    },
    Projection {
        table: "code_account",
        origin: Origin::Journal,
        keys: &[("lot_id", Id), ("party_id", Id)],
        columns: &[("coded", Number), ("carried_packed", Number), ("carried_coded", Number)],
        lot: Some("lot_id"),
        event: None,
        // Nothing, as where nothing was ever coded.
        only: "WHERE coded <> 0 OR carried_packed <> 0 OR carried_coded <> 0",
    },
    Projection {
        table: "code_carry",
        origin: Origin::Journal,
        keys: &[("event_id", Id), ("lot_id", Id), ("party_id", Id)],
        columns: &[("packed", Number), ("coded", Number)],
        lot: Some("lot_id"),
        event: Some("event_id"),
        // Also what carried nothing: told again, it carries nothing again.
        only: "",
    },
    Projection {
        table: "lineage",
        origin: Origin::Journal,
        keys: &[("thing_id", Id), ("side", Text), ("node", Id), ("event_id", Id)],
        columns: &[("event_time", Number), ("amount", Number), ("unit", Text)],
        lot: Some("thing_id"),
        event: Some("event_id"),
        only: "",
    },
    Projection {
        table: "containment",
        origin: Origin::Journal,
        keys: &[("child_id", Id), ("parent_id", Id), ("added_by", Id), ("part", Number)],
        columns: &[
            ("added_at", Number),
            ("amount", Number),
            ("unit", Text),
            ("removed_by", Id),
            ("removed_at", Number),
        ],
        lot: Some("child_id"),
        event: Some("added_by"),
        only: "",
    },
    Projection {
        table: "breach",
        origin: Origin::Journal,
        keys: &[("lot_id", Id), ("event_id", Id), ("rule", Text)],
        // The detail is a sentence for whoever looks, and says no more than the rule.
        columns: &[("overridden_by", Id), ("stops", Number)],
        lot: Some("lot_id"),
        event: Some("event_id"),
        only: "",
    },
    Projection {
        table: "inherited_stop",
        origin: Origin::Journal,
        keys: &[("thing_id", Id), ("origin_id", Id)],
        columns: &[("overridden_by", Id)],
        lot: Some("thing_id"),
        event: None,
        only: "",
    },
    Projection {
        table: "parked",
        origin: Origin::Journal,
        keys: &[("event_id", Id)],
        columns: &[("event_time", Number), ("missing", Text), ("waits_for", Text)],
        lot: None,
        event: Some("event_id"),
        only: "",
    },
    Projection {
        table: "correction",
        origin: Origin::Journal,
        keys: &[("event_id", Id)],
        columns: &[("corrected_by", Id), ("reason", Text), ("declared_at", Number)],
        lot: None,
        event: Some("event_id"),
        only: "",
    },
    Projection {
        table: "event_thing",
        origin: Origin::Journal,
        keys: &[("thing_id", Id), ("event_id", Id), ("role", Text)],
        columns: &[("event_time", Number), ("amount", Number), ("unit", Text)],
        lot: Some("thing_id"),
        event: Some("event_id"),
        only: "",
    },
    Projection {
        table: "event_attribute",
        origin: Origin::Journal,
        keys: &[("name", Text), ("value", Text), ("event_id", Id)],
        columns: &[("number", Real)],
        lot: None,
        event: Some("event_id"),
        only: "",
    },
    Projection {
        table: "thing",
        origin: Origin::Record,
        keys: &[("id", Id)],
        columns: &[("kind", Text), ("name", Text), ("class_id", Id)],
        lot: Some("id"),
        event: None,
        only: "",
    },
    Projection {
        table: "thing_alias",
        origin: Origin::Record,
        keys: &[("thing_id", Id), ("name", Text)],
        columns: &[],
        lot: Some("thing_id"),
        event: None,
        only: "",
    },
];

/// Tables that telling an event again may write to, and that are neither compared nor kept: what was sent out once is not sent again.
const UNKEPT: [&str; 2] = ["message", "mail"];

/// How many differing rows of one table are told one by one, on either side.
pub const TOLD: u64 = 1_000;

/// One value that differs, or a row that stands on one side only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// The table.
    pub table: &'static str,
    /// The lot, or thing, that the row is about.
    pub thing: Option<Uuid>,
    /// The event that the row is about.
    pub event: Option<Uuid>,
    /// The whole key of the row, as text.
    pub key: String,
    /// The column; none for a row that stands on one side only.
    pub column: Option<&'static str>,
    /// What stands.
    pub was: Option<String>,
    /// What follows from the journal.
    pub now: Option<String>,
}

/// Sets an empty shadow before every table that follows from the journal. What is kept shuts other writers out first.
///
/// # Errors
/// When the database fails.
pub async fn set_aside(tx: &mut Tx, mode: Aside) -> Result<Schemas, StoreError> {
    if mode == Aside::Keep {
        let mut tables: Vec<&str> = PROJECTIONS.iter().map(|projection| projection.table).collect();
        tables.push("event");
        tables.extend(timeline::TABLES);
        aside::shut(tx, &tables).await?;
    }
    let schemas = aside::schemas(tx).await?;
    for table in UNKEPT {
        aside::shadow(tx, &schemas, table).await?;
    }
    for Projection { table, origin, .. } in PROJECTIONS {
        aside::shadow(tx, &schemas, table).await?;
        if origin == Origin::Record {
            let Schemas { standing, aside } = &schemas;
            let copy = format!("INSERT INTO {aside}.{table} SELECT * FROM {standing}.{table}");
            aside::execute(tx, copy).await?;
        }
    }
    beginning::set_record(tx, &schemas).await?;
    timeline::set_before(tx, &schemas).await?;
    if mode == Aside::Look {
        aside::seal(tx).await?;
    }
    Ok(schemas)
}

/// Keeps on record what was pointed out by these rules: they tell what the registry knew, and who was asked, when somebody told it.
///
/// # Errors
/// When the database fails.
pub async fn keep_told(tx: &mut Tx, schemas: &Schemas, rules: &[&str]) -> Result<(), StoreError> {
    let Schemas { standing, aside } = schemas;
    let rules = rules.join("', '");
    let copy = format!(
        "INSERT INTO {aside}.breach SELECT * FROM {standing}.breach WHERE stops = 0 AND rule IN ('{rules}') \
         ON CONFLICT DO NOTHING"
    );
    aside::execute(tx, copy).await
}

/// How many events the journal has.
///
/// # Errors
/// When the database fails.
pub async fn events(tx: &mut Tx) -> Result<i64, StoreError> {
    on!(tx, |conn| sqlx::query_scalar("SELECT COUNT(*) FROM event").fetch_one(conn).await)
}

/// So many events after one, in the order in which they were recorded, each with whether it declares another one wrong.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn after(
    tx: &mut Tx,
    last: (Moment, EventId),
    limit: i64,
) -> Result<Vec<(Event, bool)>, StoreError> {
    let rows: Vec<(Uuid, i64)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT id, declares_error FROM event WHERE recorded_at > $1 OR (recorded_at = $1 AND id > $2) \
             ORDER BY recorded_at, id LIMIT $3",
        )
        .bind(last.0.micros())
        .bind(last.1.as_uuid())
        .bind(limit)
        .fetch_all(conn)
        .await
    })?;
    let mut found = Vec::with_capacity(rows.len());
    for (id, declares_error) in rows {
        if let Some(row) = event(tx, EventId::from_uuid(id)).await? {
            found.push((row, declares_error == 1));
        }
    }
    Ok(found)
}

/// So many lots after one.
///
/// # Errors
/// When the database fails.
pub async fn lots_after(tx: &mut Tx, last: Uuid, limit: i64) -> Result<Vec<Uuid>, StoreError> {
    on!(tx, |conn| sqlx::query_scalar("SELECT id FROM lot WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(last)
        .bind(limit)
        .fetch_all(conn)
        .await)
}

impl Projection {
    /// The rows of one schema that are not in the other one, as a statement.
    fn only_in(&self, columns: &str, schema: &str, other: &str) -> String {
        let Self { table, only, .. } = self;
        format!(
            "SELECT {columns} FROM {schema}.{table} {only} EXCEPT SELECT {columns} FROM {other}.{table} {only}"
        )
    }

    fn compared(&self) -> impl Iterator<Item = (&'static str, Value)> {
        self.keys.iter().chain(self.columns).copied()
    }

    fn columns(&self) -> String {
        self.compared().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
    }

    /// How many rows of one schema are not in the other one, and the first of them.
    async fn surplus(
        &self,
        tx: &mut Tx,
        schema: &str,
        other: &str,
    ) -> Result<(i64, Vec<Vec<Option<String>>>), StoreError> {
        let rows = self.only_in(&self.columns(), schema, other);
        let count: i64 = on!(tx, |conn| {
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM ({rows}) differing")))
                .fetch_one(conn)
                .await
        })?;
        if count == 0 {
            return Ok((0, Vec::new()));
        }
        let keys = self.keys.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let statement = format!("{rows} ORDER BY {keys} LIMIT {TOLD}");
        let found = on!(tx, |conn| {
            sqlx::query(AssertSqlSafe(statement)).fetch_all(conn).await.and_then(|rows| {
                let mut read = Vec::with_capacity(rows.len());
                for row in rows {
                    let mut cells: Vec<Option<String>> = Vec::new();
                    for (n, (_, value)) in self.compared().enumerate() {
                        cells.push(match value {
                            Id => row.try_get::<Option<Uuid>, _>(n)?.map(|id| id.to_string()),
                            Text => row.try_get::<Option<String>, _>(n)?,
                            Number => row.try_get::<Option<i64>, _>(n)?.map(|number| number.to_string()),
                            Real => row.try_get::<Option<f64>, _>(n)?.map(|number| number.to_string()),
                        });
                    }
                    read.push(cells);
                }
                Ok(read)
            })
        })?;
        Ok((count, found))
    }

    /// The key of a row, and one of its parts.
    fn key_of(&self, row: &[Option<String>], column: Option<&str>) -> Option<Uuid> {
        let position = self.keys.iter().position(|(name, _)| Some(*name) == column)?;
        row.get(position)?.as_deref()?.parse().ok()
    }

    /// What differs between what stands and what was made anew: how many rows, and value by value.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn compare(&self, tx: &mut Tx, schemas: &Schemas) -> Result<(u64, Vec<Differing>), StoreError> {
        let (were, standing) = self.surplus(tx, &schemas.standing, schemas.aside).await?;
        let (are, anew) = self.surplus(tx, schemas.aside, &schemas.standing).await?;
        let mut pairs: BTreeMap<String, [Option<Vec<Option<String>>>; 2]> = BTreeMap::new();
        for (side, rows) in [standing, anew].into_iter().enumerate() {
            for row in rows {
                let key: Vec<&str> =
                    row.iter().take(self.keys.len()).map(|cell| cell.as_deref().unwrap_or("-")).collect();
                if let Some(slot) = pairs.entry(key.join(" ")).or_default().get_mut(side) {
                    *slot = Some(row);
                }
            }
        }
        let mut found = Vec::new();
        for (key, [was, now]) in pairs {
            let Some(any) = was.as_ref().or(now.as_ref()) else { continue };
            let base = Differing {
                table: self.table,
                thing: self.key_of(any, self.lot),
                event: self.key_of(any, self.event),
                key,
                column: None,
                was: None,
                now: None,
            };
            let values = |row: Vec<Option<String>>| {
                let named = self.compared().zip(row).skip(self.keys.len());
                let named = named.map(|((name, _), cell)| format!("{name}={}", cell.unwrap_or_default()));
                named.collect::<Vec<_>>().join(" ")
            };
            match (was, now) {
                (Some(was), Some(now)) => {
                    let cells = self.compared().zip(was.into_iter().zip(now));
                    let cells = cells.filter(|(_, (was, now))| was != now);
                    found.extend(cells.map(|((column, _), (was, now))| Differing {
                        column: Some(column),
                        was,
                        now,
                        ..base.clone()
                    }));
                }
                (was, now) => {
                    found.push(Differing { was: was.map(values), now: now.map(values), ..base });
                }
            }
        }
        Ok((were.max(are).unsigned_abs(), found))
    }
}

/// Puts what was made anew in the place of what stands, for the tables that differ; and lets the pages and gates of the lots that
/// changed know. The lots.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &mut Tx, schemas: &Schemas, differ: &[&Projection]) -> Result<Vec<Uuid>, StoreError> {
    let Schemas { standing, aside } = schemas;
    // The type of an id is the database's own.
    let changed =
        format!("CREATE TEMPORARY TABLE changed_thing AS SELECT id FROM {standing}.lot WHERE 1 = 0");
    aside::execute(tx, changed).await?;
    for projection in differ {
        // Which lots a table without them is about follows from the things of the event.
        let (column, select) = match (projection.lot, projection.event) {
            (Some(lot), _) => (lot, lot.to_owned()),
            (None, Some(event)) => (event, "thing_id".to_owned()),
            (None, None) => continue,
        };
        let all = projection.columns();
        let both = [projection.only_in(&all, standing, aside), projection.only_in(&all, aside, standing)];
        for rows in both {
            let from = if projection.lot.is_some() {
                format!("({rows}) differing")
            } else {
                format!("({rows}) differing JOIN event_thing t ON t.event_id = differing.{column}")
            };
            let note = format!("INSERT INTO changed_thing (id) SELECT DISTINCT {select} FROM {from}");
            aside::execute(tx, note).await?;
        }
    }
    for projection in differ {
        let table = projection.table;
        let statements = match projection.origin {
            Origin::Journal => vec![
                format!("DELETE FROM {standing}.{table}"),
                format!("INSERT INTO {standing}.{table} SELECT * FROM {aside}.{table}"),
            ],
            Origin::Record => vec![format!(
                "INSERT INTO {standing}.{table} SELECT * FROM {aside}.{table} ON CONFLICT DO NOTHING"
            )],
            Origin::Mixed => {
                let set = projection.columns.iter().map(|(name, _)| format!("{name} = a.{name}"));
                let set = set.collect::<Vec<_>>().join(", ");
                vec![format!(
                    "UPDATE {standing}.{table} AS s SET {set} FROM {aside}.{table} a WHERE a.id = s.id"
                )]
            }
        };
        for statement in statements {
            aside::execute(tx, statement).await?;
        }
    }
    on!(tx, |conn| {
        sqlx::query_scalar(AssertSqlSafe(format!(
            "UPDATE {standing}.lot SET version = version + 1, gate_version = gate_version + 1 \
             WHERE id IN (SELECT id FROM changed_thing) RETURNING id"
        )))
        .fetch_all(conn)
        .await
    })
}
