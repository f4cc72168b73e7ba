//! The SQL of registers as they were: what follows from the journal also rests on the field book, on evidence, on the authority's lists, on
//! what is said of places and products, and on unit codes. While all is made anew, these tables stand behind views that show them as
//! they were at a moment, and what changed in them is told in its turn among the events.
//!
//! What must stay true: a register whose rows the door reads stands in `REGISTERS`, and a change after which the door looks again in
//! `CHANGES`.

use crate::kernel::{LotId, Moment, PartyId};
use crate::store::aside::{self, Schemas};
use crate::store::{StoreError, Tx, on, run};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// A register, as it was at a moment.
struct Register {
    table: &'static str,
    /// Which rows `t` were there. `$now` is the moment, `$of` the schema of the tables.
    only: &'static str,
    /// Columns that held something else: each with what it held.
    were: &'static [(&'static str, &'static str)],
}

const REGISTERS: [Register; 13] = [
    Register {
        table: "party",
        only: "1 = 1",
        were: &[("approved_at", "CASE WHEN t.approved_at <= $now THEN t.approved_at END")],
    },
    Register {
        table: "season",
        only: "t.recorded_at <= $now",
        were: &[
            // What was said last of its end: a day, or that the one before was told by mistake.
            (
                "cleared_on",
                "(SELECT e.cleared_on FROM $of.season_end e WHERE e.season_id = t.id AND e.recorded_at <= $now \
                 ORDER BY e.number DESC LIMIT 1)",
            ),
            (
                "cleared_at",
                "(SELECT CASE WHEN e.cleared_on IS NOT NULL THEN e.recorded_at END FROM $of.season_end e \
                 WHERE e.season_id = t.id AND e.recorded_at <= $now ORDER BY e.number DESC LIMIT 1)",
            ),
            ("withdrawn_at", "CASE WHEN t.withdrawn_at <= $now THEN t.withdrawn_at END"),
        ],
    },
    Register { table: "activity", only: "t.recorded_at <= $now", were: &[] },
    Register { table: "activity_correction", only: "t.declared_at <= $now", were: &[] },
    Register {
        table: "spray",
        only: "EXISTS (SELECT 1 FROM $of.activity a WHERE a.id = t.activity_id AND a.recorded_at <= $now)",
        were: &[],
    },
    Register { table: "authority_list", only: "t.published_at <= $now", were: &[] },
    Register { table: "certificate_turn", only: "t.turned_at <= $now", were: &[] },
    Register { table: "lab_test", only: "t.recorded_at <= $now", were: &[] },
    Register { table: "lab_test_wrong", only: "t.declared_at <= $now", were: &[] },
    Register {
        table: "place",
        only: "t.created_at <= $now",
        were: &[
            ("closed_at", "CASE WHEN t.closed_at <= $now THEN t.closed_at END"),
            (
                "area_m2",
                "CASE WHEN EXISTS (SELECT 1 FROM $of.place_past b WHERE b.place_id = t.id AND b.until_at > $now) \
                 THEN (SELECT b.area_m2 FROM $of.place_past b WHERE b.place_id = t.id AND b.until_at > $now \
                 ORDER BY b.until_at LIMIT 1) ELSE t.area_m2 END",
            ),
            (
                "kind",
                "COALESCE((SELECT b.kind FROM $of.place_past b WHERE b.place_id = t.id AND b.until_at > $now AND b.kind IS NOT NULL \
                 ORDER BY b.until_at LIMIT 1), t.kind)",
            ),
        ],
    },
    Register { table: "place_gln", only: "t.since <= $now", were: &[] },
    Register {
        table: "product",
        // Nobody tells of one by its number before it is there; by its GTIN it is known from when it has it (`product_gtin`).
        only: "1 = 1",
        were: &[
            (
                "group_code",
                "COALESCE((SELECT b.group_code FROM $of.product_past b WHERE b.product_id = t.id AND b.until_at > $now \
                 ORDER BY b.until_at LIMIT 1), t.group_code)",
            ),
            (
                "crop_code",
                "CASE WHEN EXISTS (SELECT 1 FROM $of.product_past b WHERE b.product_id = t.id AND b.until_at > $now) \
                 THEN (SELECT b.crop_code FROM $of.product_past b WHERE b.product_id = t.id AND b.until_at > $now \
                 ORDER BY b.until_at LIMIT 1) ELSE t.crop_code END",
            ),
            (
                "shelf_life_days",
                "CASE WHEN EXISTS (SELECT 1 FROM $of.product_past b WHERE b.product_id = t.id AND b.until_at > $now) \
                 THEN (SELECT b.shelf_life_days FROM $of.product_past b WHERE b.product_id = t.id AND b.until_at > $now \
                 ORDER BY b.until_at LIMIT 1) ELSE t.shelf_life_days END",
            ),
        ],
    },
    Register { table: "product_gtin", only: "t.since <= $now", were: &[] },
];

/// What changed in a register, after which the door looks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A season was opened, cleared or taken back, or its end was.
    Season,
    /// A spray was entered, or declared wrong.
    Spray,
    /// Something became of a certificate.
    Certificate,
    /// A plot's test was entered, or declared wrong.
    PlotTest,
    /// A place was added, or its area or kind was said anew.
    Area,
    /// Something was said anew of a product.
    Product,
    /// A run of codes was issued for a lot.
    Run,
    /// Labels of a run were activated or voided.
    Range,
    /// A version of a list was published.
    List,
    /// A product got its GTIN.
    Known,
    /// A lot began with no event.
    Begun,
}

/// Each kind of change, with the statement of its rows: when, the row's own id, and what it is about.
const CHANGES: [(What, &str); 16] = [
    (What::Season, "SELECT recorded_at, id, id FROM $of.season"),
    (What::Season, "SELECT recorded_at, season_id, season_id FROM $of.season_end"),
    (What::Season, "SELECT withdrawn_at, id, id FROM $of.season WHERE withdrawn_at IS NOT NULL"),
    (
        What::Spray,
        "SELECT a.recorded_at, a.id, a.id FROM $of.spray s JOIN $of.activity a ON a.id = s.activity_id",
    ),
    (
        What::Spray,
        "SELECT c.declared_at, c.activity_id, c.activity_id FROM $of.activity_correction c \
         JOIN $of.spray s ON s.activity_id = c.activity_id",
    ),
    (What::Certificate, "SELECT turned_at, id, certificate_id FROM $of.certificate_turn"),
    (What::PlotTest, "SELECT recorded_at, id, id FROM $of.lab_test WHERE place_id IS NOT NULL"),
    (
        What::PlotTest,
        "SELECT w.declared_at, t.id, t.id FROM $of.lab_test_wrong w JOIN $of.lab_test t ON t.id = w.lab_test_id \
         WHERE t.place_id IS NOT NULL",
    ),
    (What::Area, "SELECT created_at, id, id FROM $of.place"),
    (What::Area, "SELECT until_at, place_id, place_id FROM $of.place_past"),
    (What::Product, "SELECT until_at, product_id, product_id FROM $of.product_past"),
    (What::Known, "SELECT since, product_id, product_id FROM $of.product_gtin"),
    // Of a harvest that was told before its product was known, where that became known in a unit of work of its own.
    (
        What::Begun,
        "SELECT l.created_at, l.id, l.id FROM $of.lot l \
         WHERE NOT EXISTS (SELECT 1 FROM $of.event e WHERE e.recorded_at = l.created_at)",
    ),
    (What::Run, "SELECT issued_at, id, id FROM $of.code_run WHERE lot_id IS NOT NULL"),
    (What::Range, "SELECT at, id, id FROM $of.code_range"),
    (What::List, "SELECT published_at, id, id FROM $of.authority_list WHERE kind <> 'crops'"),
];

/// The tables that a change may come into while what is made anew is kept: no writer may.
pub const TABLES: [&str; 18] = [
    "party",
    "season",
    "season_end",
    "activity",
    "activity_correction",
    "spray",
    "authority_list",
    "certificate_turn",
    "lab_test",
    "lab_test_wrong",
    "place",
    "place_past",
    "place_gln",
    "product",
    "product_past",
    "product_gtin",
    "code_run",
    "code_range",
];

/// A change of a register, in its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Moment,
    /// What kind.
    pub what: What,
    /// Which season, spray, certificate, test, place, product, run or range.
    pub about: Uuid,
    /// The place among all of them.
    position: i64,
}

/// Sets the views before the registers, shows them as they were before everything, and writes down what changed in its order.
///
/// # Errors
/// When the database fails.
pub async fn set_before(tx: &mut Tx, schemas: &Schemas) -> Result<(), StoreError> {
    let of = &schemas.standing;
    let all: Vec<String> = CHANGES
        .iter()
        .enumerate()
        .map(|(kind, (_, rows))| {
            let rows = rows.replace("$of", of);
            format!("SELECT {kind} AS kind, r.* FROM ({rows}) r")
        })
        .collect();
    // The type of an id is the database's own, and the names of the columns are those of the first rows.
    let first = all.join(" UNION ALL ").replacen(
        "SELECT recorded_at, id, id FROM",
        "SELECT recorded_at AS at, id AS row_id, id AS about FROM",
        1,
    );
    let numbered = format!(
        "CREATE TEMPORARY TABLE rebuilt_change AS SELECT ROW_NUMBER() OVER (ORDER BY at, kind, row_id) AS position, \
         kind, at, about FROM ({first}) changes"
    );
    aside::execute(tx, numbered).await?;
    aside::execute(tx, "CREATE INDEX rebuilt_change_by_position ON rebuilt_change (position)".to_owned())
        .await?;
    aside::set_clock(tx).await?;
    let now = aside::clock(tx);
    for Register { table, only, were } in REGISTERS {
        let filled = |text: &str| text.replace("$now", now).replace("$of", of);
        let columns = aside::columns(tx, schemas, table).await?;
        let shown: Vec<String> = columns
            .iter()
            .map(|column| match were.iter().find(|(name, _)| name == column) {
                Some((_, was)) => format!("{} AS {column}", filled(was)),
                None => format!("t.{column}"),
            })
            .collect();
        let rows = format!("SELECT {} FROM {of}.{table} t WHERE {}", shown.join(", "), filled(only));
        aside::view(tx, table, &rows).await?;
    }
    Ok(())
}

/// Shows the registers as they were at a moment.
///
/// # Errors
/// When the database fails.
pub async fn show_at(tx: &mut Tx, at: Moment) -> Result<(), StoreError> {
    aside::turn_clock(tx, at.micros()).await
}

/// So many changes after one, in their order.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn changes_after(tx: &mut Tx, last: Option<Change>, limit: i64) -> Result<Vec<Change>, StoreError> {
    let rows: Vec<(i64, i64, i64, Uuid)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT position, CAST(kind AS BIGINT), at, about FROM rebuilt_change WHERE position > $1 ORDER BY position LIMIT $2"
    )
    .bind(last.map_or(0, |last| last.position))
    .bind(limit)
    .fetch_all(conn)
    .await
    })?;
    let change = |(position, kind, at, about): (i64, i64, i64, Uuid)| {
        let what = usize::try_from(kind).ok().and_then(|kind| CHANGES.get(kind)).map(|(what, _)| *what);
        let what = what.ok_or_else(|| StoreError::misfit("rebuilt_change", "kind", about, kind))?;
        Ok(Change { at: Moment::from_micros(at), what, about, position })
    };
    rows.into_iter().map(change).collect()
}

/// Puts down what the lists said of a spray when it was entered.
///
/// # Errors
/// When the database fails.
pub async fn judge_first(tx: &mut Tx, activity: Uuid) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO spray_judged (activity_id, substance, list_id, ingredient, list_days, waiting_days, closed_to, reason, \
             dose_exceeded, judged_at) SELECT s.activity_id, s.substance, s.list_id, s.ingredient, s.list_days, s.waiting_days, \
             s.closed_to, s.reason, s.dose_exceeded, a.recorded_at FROM spray s JOIN activity a ON a.id = s.activity_id \
             WHERE s.activity_id = $1 ON CONFLICT DO NOTHING"
        )
        .bind(activity)
    )?;
    Ok(())
}

/// What a run or a range of it does to a code account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The lot.
    pub lot: LotId,
    /// Whose part of it.
    pub party: PartyId,
    /// Contents of the packs, in grams or pieces.
    pub mass: i64,
    /// Whether the labels are void.
    pub void: bool,
}

/// What a run that was issued for a lot drew.
///
/// # Errors
/// When the database fails.
pub async fn drawn_by_run(tx: &mut Tx, run: Uuid) -> Result<Vec<Counted>, StoreError> {
    counted(tx, "SELECT lot_id, party_id, count * pack_size, CAST(0 AS BIGINT) FROM code_run WHERE id = $1 AND lot_id IS NOT NULL", run).await
}

/// What a range drew or gives back: labels of a stock roll draw when they are activated, and void ones give back what they had drawn.
///
/// # Errors
/// When the database fails.
pub async fn drawn_by_range(tx: &mut Tx, range: Uuid) -> Result<Vec<Counted>, StoreError> {
    let statement = "SELECT g.lot_id, r.party_id, g.count * r.pack_size, CAST(0 AS BIGINT) FROM code_range g JOIN code_run r ON r.id = g.run_id \
         WHERE g.id = $1 AND g.state = 'activated' AND r.lot_id IS NULL \
         UNION ALL SELECT r.lot_id, r.party_id, g.count * r.pack_size, CAST(1 AS BIGINT) FROM code_range g JOIN code_run r ON r.id = g.run_id \
         WHERE g.id = $1 AND g.state = 'void' AND r.lot_id IS NOT NULL \
         UNION ALL SELECT a.lot_id, r.party_id, CAST(SUM( \
           CASE WHEN a.first_index + a.count < g.first_index + g.count THEN a.first_index + a.count ELSE g.first_index + g.count END \
           - CASE WHEN a.first_index > g.first_index THEN a.first_index ELSE g.first_index END) AS BIGINT) * r.pack_size, CAST(1 AS BIGINT) \
         FROM code_range g JOIN code_run r ON r.id = g.run_id \
         JOIN code_range a ON a.run_id = g.run_id AND a.state = 'activated' AND (a.at < g.at OR (a.at = g.at AND a.id < g.id)) \
         AND a.first_index < g.first_index + g.count AND g.first_index < a.first_index + a.count \
         WHERE g.id = $1 AND g.state = 'void' AND r.lot_id IS NULL GROUP BY a.lot_id, r.party_id, r.pack_size";
    counted(tx, statement, range).await
}

async fn counted(tx: &mut Tx, statement: &'static str, id: Uuid) -> Result<Vec<Counted>, StoreError> {
    let rows: Vec<(Uuid, Uuid, i64, i64)> =
        on!(tx, |conn| sqlx::query_as(AssertSqlSafe(statement)).bind(id).fetch_all(conn).await)?;
    let row = |(lot, party, mass, void): (Uuid, Uuid, i64, i64)| Counted {
        lot: LotId::from_uuid(lot),
        party: PartyId::from_uuid(party),
        mass,
        void: void == 1,
    };
    Ok(rows.into_iter().map(row).collect())
}
