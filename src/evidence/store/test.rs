//! The SQL of laboratory tests. Rows are added and never changed.

use super::certificate::file_hash;
use crate::evidence::model::{
    Finding, Grade, Judged, Keeper, LabTest, Limit, PlotResult, PlotTest, ResultUnit, Verdict,
};
use crate::kernel::fold::fold;
use crate::kernel::{Day, Decimal, EventId, LabTestId, LotId, Moment, PageSize, PartyId, PlaceId};
use crate::store::{StoreError, Tx, among, on, run};
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

/// The statement for whole tests, with what follows the join of those that were declared wrong.
macro_rules! select_test {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.lot_id, t.place_id, t.party_id, t.owner_id, t.laboratory, t.laboratory_id, t.report, t.sample, \
             t.method, t.sampled_on, t.reported_on, t.verdict, t.grade, t.file_hash, t.event_id, t.recorded_at, \
             w.reason AS wrong FROM lab_test t LEFT JOIN lab_test_wrong w ON w.lab_test_id = t.id ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct TestRow {
    id: Uuid,
    lot_id: Option<Uuid>,
    place_id: Option<Uuid>,
    party_id: Uuid,
    owner_id: Uuid,
    laboratory: String,
    laboratory_id: Option<Uuid>,
    report: String,
    sample: Option<String>,
    method: Option<String>,
    sampled_on: String,
    reported_on: String,
    verdict: String,
    grade: String,
    file_hash: Option<Vec<u8>>,
    event_id: Option<Uuid>,
    recorded_at: i64,
    wrong: Option<String>,
}

impl TryFrom<TestRow> for LabTest {
    type Error = StoreError;

    fn try_from(row: TestRow) -> Result<Self, StoreError> {
        let misfit = |column: &'static str, why: &dyn ToString| {
            StoreError::misfit("lab_test", column, row.id, why.to_string())
        };
        Ok(Self {
            id: LabTestId::from_uuid(row.id),
            lot: row.lot_id.map(LotId::from_uuid),
            place: row.place_id.map(PlaceId::from_uuid),
            party: PartyId::from_uuid(row.party_id),
            owner: PartyId::from_uuid(row.owner_id),
            laboratory_id: row.laboratory_id.map(PartyId::from_uuid),
            sampled_on: Day::parse(&row.sampled_on).map_err(|why| misfit("sampled_on", &why))?,
            reported_on: Day::parse(&row.reported_on).map_err(|why| misfit("reported_on", &why))?,
            verdict: Verdict::parse(&row.verdict).ok_or_else(|| misfit("verdict", &row.verdict))?,
            grade: Grade::parse(&row.grade).ok_or_else(|| misfit("grade", &row.grade))?,
            file: row.file_hash.map(|hash| file_hash("lab_test", row.id, hash)).transpose()?,
            event: row.event_id.map(EventId::from_uuid),
            recorded_at: Moment::from_micros(row.recorded_at),
            laboratory: row.laboratory,
            report: row.report,
            sample: row.sample,
            method: row.method,
            wrong: row.wrong,
            results: Vec::new(),
        })
    }
}

#[derive(FromRow)]
struct ResultRow {
    lab_test_id: Uuid,
    analyte: String,
    finding: String,
    amount: Option<String>,
    unit: String,
    limit_kind: String,
    limit_amount: Option<String>,
    limit_unit: Option<String>,
    limit_source: Option<String>,
    verdict: String,
}

impl TryFrom<ResultRow> for Judged {
    type Error = StoreError;

    fn try_from(row: ResultRow) -> Result<Self, StoreError> {
        let misfit = |column: &'static str, why: &dyn ToString| {
            StoreError::misfit("lab_result", column, row.lab_test_id, why.to_string())
        };
        let number = |column: &'static str, text: Option<&String>| {
            text.map(|text| Decimal::parse_plain(text)).transpose().map_err(|why| misfit(column, &why))
        };
        let unit =
            |column: &'static str, text: &str| ResultUnit::parse(text).map_err(|why| misfit(column, &why));
        let amount = number("amount", row.amount.as_ref())?;
        let most = number("limit_amount", row.limit_amount.as_ref())?;
        let limit = match (row.limit_kind.as_str(), most, &row.limit_unit) {
            ("at_most", Some(most), Some(of)) => Some(Limit::AtMost(most, unit("limit_unit", of)?)),
            ("absent", ..) => Some(Limit::Absent),
            ("none", ..) => None,
            (other, ..) => return Err(misfit("limit_kind", &other)),
        };
        Ok(Self {
            finding: Finding::of_row(&row.finding, amount).ok_or_else(|| misfit("finding", &row.finding))?,
            unit: unit("unit", &row.unit)?,
            limit,
            verdict: Verdict::parse(&row.verdict).ok_or_else(|| misfit("verdict", &row.verdict))?,
            analyte: row.analyte,
            limit_source: row.limit_source,
        })
    }
}

async fn whole(tx: &mut Tx, rows: Vec<TestRow>) -> Result<Vec<LabTest>, StoreError> {
    let mut tests = rows.into_iter().map(LabTest::try_from).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<Uuid> = tests.iter().map(|test| test.id.as_uuid()).collect();
    if ids.is_empty() {
        return Ok(tests);
    }
    let results: Vec<ResultRow> = among!(
        tx,
        ResultRow,
        "SELECT lab_test_id, analyte, finding, amount, unit, limit_kind, limit_amount, limit_unit, limit_source, verdict \
         FROM lab_result WHERE lab_test_id",
        &ids,
        " ORDER BY lab_test_id, position"
    )?;
    let position: HashMap<Uuid, usize> = ids.iter().enumerate().map(|(n, id)| (*id, n)).collect();
    for row in results {
        if let Some(test) = position.get(&row.lab_test_id).and_then(|n| tests.get_mut(*n)) {
            test.results.push(Judged::try_from(row)?);
        }
    }
    Ok(tests)
}

/// Adds a test with its results.
///
/// # Errors
/// When the database fails.
pub async fn insert_test(
    tx: &mut Tx,
    test: &LabTest,
    group: Option<&str>,
    by: &Keeper,
) -> Result<(), StoreError> {
    run!(
        tx,
        sqlx::query(
            "INSERT INTO lab_test (id, lot_id, place_id, party_id, owner_id, laboratory, laboratory_id, report, sample, method, \
             product_group, sampled_on, reported_on, verdict, grade, file_hash, event_id, recorded_at, recorded_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
        )
        .bind(test.id.as_uuid())
        .bind(test.lot.map(|lot| lot.as_uuid()))
        .bind(test.place.map(|place| place.as_uuid()))
        .bind(test.party.as_uuid())
        .bind(test.owner.as_uuid())
        .bind(&test.laboratory)
        .bind(test.laboratory_id.map(|laboratory| laboratory.as_uuid()))
        .bind(&test.report)
        .bind(&test.sample)
        .bind(&test.method)
        .bind(group)
        .bind(test.sampled_on.to_string())
        .bind(test.reported_on.to_string())
        .bind(test.verdict.as_str())
        .bind(test.grade.as_str())
        .bind(test.file.as_ref().map(|hash| hash.as_bytes().as_slice()))
        .bind(test.event.map(|event| event.as_uuid()))
        .bind(test.recorded_at.micros())
        .bind(by.person.as_uuid())
    )?;
    for (position, result) in (0_i64..).zip(&test.results) {
        let limit = result.limit.as_ref();
        run!(
            tx,
            sqlx::query(
                "INSERT INTO lab_result (lab_test_id, position, analyte, analyte_folded, finding, amount, unit, limit_kind, \
                 limit_amount, limit_unit, limit_source, verdict) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
            )
            .bind(test.id.as_uuid())
            .bind(position)
            .bind(&result.analyte)
            .bind(fold(&result.analyte))
            .bind(result.finding.kind())
            .bind(result.finding.amount().map(|amount| amount.to_string()))
            .bind(result.unit.as_str())
            .bind(limit.map_or("none", Limit::kind))
            .bind(limit.and_then(Limit::amount).map(|amount| amount.to_string()))
            .bind(limit.and_then(Limit::unit).map(|unit| unit.as_str()))
            .bind(&result.limit_source)
            .bind(result.verdict.as_str())
        )?;
    }
    Ok(())
}

/// The test with this id.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn test(tx: &mut Tx, id: LabTestId) -> Result<Option<LabTest>, StoreError> {
    let rows: Vec<TestRow> = on!(tx, |conn| sqlx::query_as(select_test!("WHERE t.id = $1"))
        .bind(id.as_uuid())
        .fetch_all(conn)
        .await)?;
    Ok(whole(tx, rows).await?.into_iter().next())
}

/// The test that an event of the journal tells of.
///
/// # Errors
/// When the database fails.
pub async fn of_event(tx: &mut Tx, event: EventId) -> Result<Option<LabTestId>, StoreError> {
    let id: Option<Uuid> = on!(tx, |conn| sqlx::query_scalar("SELECT id FROM lab_test WHERE event_id = $1")
        .bind(event.as_uuid())
        .fetch_optional(conn)
        .await)?;
    Ok(id.map(LabTestId::from_uuid))
}

/// The tests of a lot that count, the oldest sample first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn tests_of_lot(tx: &mut Tx, lot: LotId) -> Result<Vec<LabTest>, StoreError> {
    let rows: Vec<TestRow> = on!(tx, |conn| sqlx::query_as(select_test!(
        "WHERE t.lot_id = $1 AND w.lab_test_id IS NULL ORDER BY t.sampled_on, t.id LIMIT 50"
    ))
    .bind(lot.as_uuid())
    .fetch_all(conn)
    .await)?;
    whole(tx, rows).await
}

/// The tests of a plot that count and were sampled between two days, the oldest first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn tests_of_place(
    tx: &mut Tx,
    place: PlaceId,
    (first, last): (Day, Day),
) -> Result<Vec<LabTest>, StoreError> {
    let rows: Vec<TestRow> = on!(tx, |conn| sqlx::query_as(select_test!(
        "WHERE t.place_id = $1 AND t.sampled_on >= $2 AND t.sampled_on <= $3 AND w.lab_test_id IS NULL \
         ORDER BY t.sampled_on, t.id LIMIT 200"
    ))
    .bind(place.as_uuid())
    .bind(first.to_string())
    .bind(last.to_string())
    .fetch_all(conn)
    .await)?;
    whole(tx, rows).await
}

/// The same as what they say of harvests.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn of_plot(tx: &mut Tx, place: PlaceId, between: (Day, Day)) -> Result<Vec<PlotTest>, StoreError> {
    let tests = tests_of_place(tx, place, between).await?;
    let plot = |test: LabTest| PlotTest {
        id: test.id,
        sampled_on: test.sampled_on,
        results: test
            .results
            .iter()
            .map(|result| PlotResult { analyte: fold(&result.analyte), verdict: result.verdict })
            .collect(),
    };
    Ok(tests.into_iter().map(plot).collect())
}

/// The tests that a party entered or whose goods are its own, the newest first; of everybody for the authority.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn tests_with(
    tx: &mut Tx,
    party: Option<PartyId>,
    after: Option<LabTestId>,
    size: PageSize,
) -> Result<Vec<LabTest>, StoreError> {
    let rows: Vec<TestRow> = on!(tx, |conn| sqlx::query_as(select_test!(
        "WHERE ($1 = 0 OR t.party_id = $2 OR t.owner_id = $2) AND t.id < $3 ORDER BY t.id DESC LIMIT $4"
    ))
    .bind(i64::from(party.is_some()))
    .bind(party.map_or(Uuid::nil(), |party| party.as_uuid()))
    .bind(after.map_or(Uuid::max(), |id| id.as_uuid()))
    .bind(size.limit())
    .fetch_all(conn)
    .await)?;
    whole(tx, rows).await
}

/// Declares a test wrong; whether it counted until now.
///
/// # Errors
/// When the database fails.
pub async fn declare_wrong(
    tx: &mut Tx,
    id: LabTestId,
    reason: &str,
    by: crate::kernel::PersonId,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = run!(
        tx,
        sqlx::query(
            "INSERT INTO lab_test_wrong (lab_test_id, reason, declared_at, declared_by) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (lab_test_id) DO NOTHING"
        )
        .bind(id.as_uuid())
        .bind(reason)
        .bind(now.micros())
        .bind(by.as_uuid())
    )?;
    Ok(done == 1)
}

/// Whether a party has entered a report of this number of a lot, or of a plot, that counts.
///
/// # Errors
/// When the database fails.
pub async fn is_test_recorded(
    tx: &mut Tx,
    party: PartyId,
    report: &str,
    about: Result<LotId, PlaceId>,
) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM lab_test t WHERE t.party_id = $1 AND t.report = $2 \
         AND (t.lot_id = $3 OR t.place_id = $4) \
         AND NOT EXISTS (SELECT 1 FROM lab_test_wrong w WHERE w.lab_test_id = t.id) LIMIT 1"
    )
    .bind(party.as_uuid())
    .bind(report)
    .bind(about.ok().map(|lot| lot.as_uuid()))
    .bind(about.err().map(|place| place.as_uuid()))
    .fetch_optional(conn)
    .await)?;
    Ok(found.is_some())
}
