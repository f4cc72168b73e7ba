//! The SQL of rosters, and of what a report counts.
//!
//! What a report counts is read in a handful of statements over whole tables, also over tables of the rooms above: a query for each
//! firm would read another moment for each of them, and take hours on a city.

use super::definition::{Definition, PlaceNeed, ProductNeed};
use super::model::{Decision, Entry, Firm, LotDay, Months, Period, Roster, Standing, Verdict};
use crate::kernel::{
    CommuneCode, Cursor, Day, Moment, Page, PageSize, PartyId, PersonId, RosterEntryId, RosterId, Sha256Hash,
};
use crate::parties::Kind;
use crate::products::Group;
use crate::store::{StoreError, Tx, on, run};
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

const DAY: i64 = 86_400_000_000;
/// The legal zone, UTC+7, in microseconds.
const ZONE: i64 = 25_200_000_000;

#[derive(FromRow)]
struct RosterRow {
    id: Uuid,
    name: String,
    period_from: String,
    period_to: String,
    file_hash: Vec<u8>,
    entries: i64,
    imported_at: i64,
    frozen_at: Option<i64>,
}

fn hash(
    table: &'static str,
    column: &'static str,
    row: Uuid,
    bytes: Vec<u8>,
) -> Result<Sha256Hash, StoreError> {
    let bytes =
        <[u8; 32]>::try_from(bytes).map_err(|_| StoreError::misfit(table, column, row, "not 32 bytes"))?;
    Ok(Sha256Hash::from_bytes(bytes))
}

fn day(table: &'static str, column: &'static str, row: Uuid, text: &str) -> Result<Day, StoreError> {
    Day::parse(text).map_err(|why| StoreError::misfit(table, column, row, why))
}

fn commune(table: &'static str, row: Uuid, text: &str) -> Result<CommuneCode, StoreError> {
    CommuneCode::parse(text).map_err(|why| StoreError::misfit(table, "commune", row, why))
}

impl TryFrom<RosterRow> for Roster {
    type Error = StoreError;

    fn try_from(row: RosterRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: RosterId::from_uuid(row.id),
            name: row.name,
            period: Period {
                from: day("roster", "period_from", row.id, &row.period_from)?,
                to: day("roster", "period_to", row.id, &row.period_to)?,
            },
            file_hash: hash("roster", "file_hash", row.id, row.file_hash)?,
            entries: row.entries,
            imported_at: Moment::from_micros(row.imported_at),
            frozen_at: row.frozen_at.map(Moment::from_micros),
        })
    }
}

/// Puts down a roster with all its lines.
///
/// # Errors
/// When the database fails, or the name is taken.
pub async fn insert_roster(
    tx: &mut Tx,
    roster: &Roster,
    entries: &[Entry],
    by: PersonId,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO roster (id, name, period_from, period_to, file_hash, entries, imported_by, imported_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(roster.id.as_uuid())
        .bind(roster.name.as_str())
        .bind(roster.period.from.to_string())
        .bind(roster.period.to.to_string())
        .bind(roster.file_hash.as_bytes().as_slice())
        .bind(roster.entries)
        .bind(by.as_uuid())
        .bind(roster.imported_at.micros())
    )?;
    for entry in entries {
        run!(
            tx,
            sqlx::query(
                "INSERT INTO roster_entry (roster_id, id, row, name, name_folded, tax_shown, tax_match, commune, kind, \
             groups, selling_months, active_from, active_to, expected) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
            )
            .bind(roster.id.as_uuid())
            .bind(entry.id.as_uuid())
            .bind(entry.row)
            .bind(entry.name.as_str())
            .bind(entry.name_folded.as_str())
            .bind(entry.tax_shown.as_deref())
            .bind(entry.tax_match.as_ref().map(|hash| hash.as_bytes().as_slice()))
            .bind(entry.commune.as_str())
            .bind(entry.kind.map(Kind::as_str))
            .bind(entry.groups.iter().map(|group| group.code).collect::<Vec<_>>().join(" "))
            .bind(i64::from(entry.months.bits()))
            .bind(entry.active_from.map(|day| day.to_string()))
            .bind(entry.active_to.map(|day| day.to_string()))
            .bind(i64::from(entry.expected))
        )?;
    }
    Ok(())
}

/// The roster with this id.
///
/// # Errors
/// When the database fails.
pub async fn roster(tx: &mut Tx, id: RosterId) -> Result<Option<Roster>, StoreError> {
    let row: Option<RosterRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, name, period_from, period_to, file_hash, entries, imported_at, frozen_at FROM roster WHERE id = $1"
    )
    .bind(id.as_uuid())
    .fetch_optional(conn)
    .await
    })?;
    row.map(Roster::try_from).transpose()
}

/// Rosters, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn rosters(
    tx: &mut Tx,
    before: Option<(Moment, Uuid)>,
    size: PageSize,
) -> Result<Page<Roster>, StoreError> {
    let (at, id) = before.unwrap_or((Moment::MAX, Uuid::max()));
    let rows: Vec<RosterRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT id, name, period_from, period_to, file_hash, entries, imported_at, frozen_at FROM roster \
         WHERE imported_at < $1 OR (imported_at = $1 AND id < $2) ORDER BY imported_at DESC, id DESC LIMIT $3"
    )
    .bind(at.micros())
    .bind(id)
    .bind(size.limit())
    .fetch_all(conn)
    .await)?;
    let rosters = rows.into_iter().map(Roster::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::of(rosters, size, |last| Cursor::Time(last.imported_at, last.id.as_uuid())))
}

/// Freezes a roster; whether it was not frozen before.
///
/// # Errors
/// When the database fails.
pub async fn freeze(tx: &mut Tx, id: RosterId, by: PersonId, now: Moment) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query("UPDATE roster SET frozen_at = $2, frozen_by = $3 WHERE id = $1 AND frozen_at IS NULL")
            .bind(id.as_uuid())
            .bind(now.micros())
            .bind(by.as_uuid())
    )?;
    Ok(done == 1)
}

/// Removes a roster that was never frozen, with its lines and decisions; whether there was one. Its file stays.
///
/// # Errors
/// When the database fails.
pub async fn discard(tx: &mut Tx, id: RosterId) -> Result<bool, StoreError> {
    // The guard first: nothing of a frozen roster is touched.
    let draft: Option<i64> =
        on!(tx, |conn| sqlx::query_scalar("SELECT entries FROM roster WHERE id = $1 AND frozen_at IS NULL")
            .bind(id.as_uuid())
            .fetch_optional(conn)
            .await)?;
    if draft.is_none() {
        return Ok(false);
    }
    run!(tx, sqlx::query("DELETE FROM roster_decision WHERE roster_id = $1").bind(id.as_uuid()))?;
    run!(tx, sqlx::query("DELETE FROM roster_entry WHERE roster_id = $1").bind(id.as_uuid()))?;
    let gone =
        run!(tx, sqlx::query("DELETE FROM roster WHERE id = $1 AND frozen_at IS NULL").bind(id.as_uuid()))?;
    if gone == 1 { Ok(true) } else { Err(StoreError::lost_race()) }
}

#[derive(FromRow)]
struct EntryRow {
    id: Uuid,
    row: i64,
    name: String,
    name_folded: String,
    tax_shown: Option<String>,
    tax_match: Option<Vec<u8>>,
    commune: String,
    kind: Option<String>,
    groups: String,
    selling_months: i64,
    active_from: Option<String>,
    active_to: Option<String>,
    expected: i64,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let misfit = |column, why: &str| StoreError::misfit("roster_entry", column, row.id, why);
        let kind = row.kind.as_deref().map(|text| Kind::parse(text).map_err(|_| misfit("kind", text)));
        let groups = row.groups.split(' ').map(|text| Group::parse(text).map_err(|_| misfit("groups", text)));
        let known =
            |column, text: Option<String>| text.map(|text| day("roster_entry", column, row.id, &text));
        Ok(Self {
            kind: kind.transpose()?,
            groups: groups.collect::<Result<_, _>>()?,
            months: Months::from_bits(row.selling_months)
                .ok_or_else(|| misfit("selling_months", "not twelve bits"))?,
            active_from: known("active_from", row.active_from).transpose()?,
            active_to: known("active_to", row.active_to).transpose()?,
            commune: commune("roster_entry", row.id, &row.commune)?,
            tax_match: row
                .tax_match
                .map(|bytes| hash("roster_entry", "tax_match", row.id, bytes))
                .transpose()?,
            id: RosterEntryId::from_uuid(row.id),
            row: row.row,
            name: row.name,
            name_folded: row.name_folded,
            tax_shown: row.tax_shown,
            expected: row.expected == 1,
        })
    }
}

/// The lines of a roster, by row.
///
/// # Errors
/// When the database fails.
pub async fn entries(tx: &mut Tx, roster: RosterId) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<EntryRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, row, name, name_folded, tax_shown, tax_match, commune, kind, groups, selling_months, active_from, \
         active_to, expected FROM roster_entry WHERE roster_id = $1 ORDER BY row"
    )
    .bind(roster.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Puts down a decision.
///
/// # Errors
/// When the database fails.
pub async fn insert_decision(tx: &mut Tx, roster: RosterId, decision: &Decision) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO roster_decision (roster_id, entry_id, id, party_id, verdict, decided_by, decided_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(roster.as_uuid())
        .bind(decision.entry.as_uuid())
        .bind(decision.id)
        .bind(decision.party.as_uuid())
        .bind(decision.verdict.as_str())
        .bind(decision.by.as_uuid())
        .bind(decision.at.micros())
    )?;
    Ok(())
}

#[derive(FromRow)]
struct DecisionRow {
    id: Uuid,
    entry_id: Uuid,
    party_id: Uuid,
    verdict: String,
    decided_by: Uuid,
    by_name: Option<String>,
    decided_at: i64,
}

/// All decisions on a roster, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn decisions(tx: &mut Tx, roster: RosterId) -> Result<Vec<Decision>, StoreError> {
    let rows: Vec<DecisionRow> = on!(tx, |conn| sqlx::query_as(
        "SELECT d.id, d.entry_id, d.party_id, d.verdict, d.decided_by, p.name AS by_name, d.decided_at \
         FROM roster_decision d LEFT JOIN person p ON p.id = d.decided_by \
         WHERE d.roster_id = $1 ORDER BY d.decided_at, d.id"
    )
    .bind(roster.as_uuid())
    .fetch_all(conn)
    .await)?;
    rows.into_iter()
        .map(|row| {
            let verdict = Verdict::parse(&row.verdict)
                .ok_or_else(|| StoreError::misfit("roster_decision", "verdict", row.id, &row.verdict))?;
            Ok(Decision {
                id: row.id,
                entry: RosterEntryId::from_uuid(row.entry_id),
                party: PartyId::from_uuid(row.party_id),
                verdict,
                by: PersonId::from_uuid(row.decided_by),
                by_name: row.by_name.unwrap_or_default(),
                at: Moment::from_micros(row.decided_at),
            })
        })
        .collect()
}

#[derive(FromRow)]
struct FirmRow {
    id: Uuid,
    name: String,
    name_folded: String,
    kind: String,
    commune: String,
    address: String,
    tax_number: Option<String>,
    tax_match: Option<Vec<u8>>,
    status: String,
    approved_at: Option<i64>,
}

impl FirmRow {
    /// The firm as it stood before `end`, without what it has.
    fn firm(self, end: Moment) -> Result<Firm, StoreError> {
        let approved = self.approved_at.is_some_and(|at| at < end.micros());
        let standing = match self.status.as_str() {
            "approved" | "suspended" if !approved => Standing::Applied,
            "approved" => Standing::Approved,
            "suspended" => Standing::Suspended,
            "applied" => Standing::Applied,
            "refused" => Standing::Refused,
            other => return Err(StoreError::misfit("party", "status", self.id, other)),
        };
        Ok(Firm {
            id: PartyId::from_uuid(self.id),
            commune: commune("party", self.id, &self.commune)?,
            tax_match: self.tax_match.map(|bytes| hash("party", "tax_match", self.id, bytes)).transpose()?,
            name: self.name,
            name_folded: self.name_folded,
            kind: Kind::parse(&self.kind).map_err(|why| StoreError::misfit("party", "kind", self.id, why))?,
            address: self.address,
            tax_number: self.tax_number,
            standing,
            places: 0,
            complete_places: 0,
            products: 0,
            complete_products: 0,
            days: Vec::new(),
        })
    }
}

/// The parties that had applied before `end`, by id, without what they have.
///
/// # Errors
/// When the database fails.
pub async fn firms(tx: &mut Tx, end: Moment) -> Result<Vec<Firm>, StoreError> {
    let rows: Vec<FirmRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT id, name, name_folded, kind, commune, address, tax_number, tax_match, status, approved_at \
         FROM party WHERE applied_at < $1 ORDER BY id"
    )
    .bind(end.micros())
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(|row| row.firm(end)).collect()
}

/// Fills in what the firms had by the end of `as_of`: places, products, and the days of the period on which their lots began.
///
/// # Errors
/// When the database fails.
pub async fn count(
    tx: &mut Tx,
    firms: &mut [Firm],
    definition: &Definition,
    period: Period,
    as_of: Day,
) -> Result<(), StoreError> {
    let end = as_of.plus_days(1).start().micros();
    let wants = |wanted: bool| i64::from(wanted);
    let of: HashMap<Uuid, usize> =
        firms.iter().enumerate().map(|(at, firm)| (firm.id.as_uuid(), at)).collect();

    let places: Vec<(Uuid, i64, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT party_id, COUNT(*), CAST(SUM(CASE WHEN $2 = 0 OR latitude_e7 IS NOT NULL OR address IS NOT NULL \
         THEN 1 ELSE 0 END) AS BIGINT) \
         FROM place WHERE created_at < $1 AND (closed_at IS NULL OR closed_at >= $1) GROUP BY party_id"
    )
    .bind(end)
    .bind(wants(definition.place_needs.contains(&PlaceNeed::AddressOrPoint)))
    .fetch_all(conn)
    .await
    })?;
    for (party, all, complete) in places {
        if let Some(firm) = of.get(&party).and_then(|at| firms.get_mut(*at)) {
            (firm.places, firm.complete_places) = (all, complete);
        }
    }

    let products: Vec<(Uuid, i64, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT party_id, COUNT(*), CAST(SUM(CASE WHEN ($2 = 0 OR pictured = 1) AND ($3 = 0 OR standards IS NOT NULL) \
         THEN 1 ELSE 0 END) AS BIGINT) \
         FROM (SELECT p.party_id, p.standards, CASE WHEN EXISTS (SELECT 1 FROM product_picture x \
         WHERE x.product_id = p.id AND x.added_at < $1 AND (x.removed_at IS NULL OR x.removed_at >= $1)) \
         THEN 1 ELSE 0 END AS pictured FROM product p WHERE p.created_at < $1) item GROUP BY party_id"
    )
    .bind(end)
    .bind(wants(definition.product_needs.contains(&ProductNeed::Picture)))
    .bind(wants(definition.product_needs.contains(&ProductNeed::Standards)))
    .fetch_all(conn)
    .await
    })?;
    for (party, all, complete) in products {
        if let Some(firm) = of.get(&party).and_then(|at| firms.get_mut(*at)) {
            (firm.products, firm.complete_products) = (all, complete);
        }
    }

    // A lot began when it was harvested or made, by the time of that event and not of its recording; what was recorded later is not
    // known yet.
    let lots: Vec<(Uuid, i64, i64, i64)> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT party_id, began, COUNT(*), CAST(SUM(coded) AS BIGINT) FROM (\
         SELECT l.party_id, l.id, (MIN(t.event_time) + $4) / $5 AS began, \
         MAX(CASE WHEN c.lot_id IS NULL THEN 0 ELSE 1 END) AS coded \
         FROM lot l JOIN event_thing t ON t.thing_id = l.id JOIN event e ON e.id = t.event_id AND e.step = 'harvest' AND e.recorded_at < $1 \
         LEFT JOIN lot_code c ON c.lot_id = l.id AND c.issued_at < $1 GROUP BY l.party_id, l.id) begun \
         WHERE began BETWEEN $2 AND $3 GROUP BY party_id, began ORDER BY party_id, began"
    )
    .bind(end)
    .bind((period.from.start().micros() + ZONE) / DAY)
    .bind((period.to.min(as_of).start().micros() + ZONE) / DAY)
    .bind(ZONE)
    .bind(DAY)
    .fetch_all(conn)
    .await
    })?;
    for (party, began, lots, coded) in lots {
        if let Some(firm) = of.get(&party).and_then(|at| firms.get_mut(*at)) {
            firm.days.push(LotDay { day: Moment::from_micros(began * DAY).day(), lots, coded });
        }
    }
    Ok(())
}
