//! The SQL of what an inspector let pass.

use crate::kernel::{LotCode, LotId, Moment};
use crate::lookup::model::Passed;
use crate::store::{StoreError, Tx, among, sets};
use serde_json::Value;
use uuid::Uuid;

/// What an inspector let pass of some lots and of what they were made of, the earliest first.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn passed(tx: &mut Tx, lots: &[LotId]) -> Result<Vec<Passed>, StoreError> {
    let ids: Vec<Uuid> = lots.iter().map(LotId::as_uuid).collect();
    let mut rows: Vec<(i64, String, String, String)> = Vec::new();
    for set in sets(&ids) {
        rows.extend(among!(
            tx,
            (i64, String, String, String),
            "SELECT DISTINCT e.event_time, l.code, b.rule, e.epcis FROM breach b JOIN lot l ON l.id = b.lot_id \
             JOIN event e ON e.id = b.overridden_by WHERE b.lot_id",
            set,
            ""
        )?);
        rows.extend(among!(
            tx,
            (i64, String, String, String),
            "SELECT DISTINCT e.event_time, l.code, 'made_of', e.epcis FROM inherited_stop s JOIN lot l ON l.id = s.thing_id \
             JOIN event e ON e.id = s.overridden_by WHERE s.thing_id",
            set,
            ""
        )?);
    }
    rows.sort();
    rows.into_iter()
        .map(|(at, code, rule, text)| {
            // The reason stands in the event of the release, as the registry wrote it.
            let event: Value = serde_json::from_str(&text).unwrap_or_default();
            let lot = LotCode::parse(&code).map_err(|why| StoreError::misfit("lot", "code", &code, why))?;
            Ok(Passed {
                lot,
                rule,
                on: Moment::from_micros(at).day(),
                reason: event["ng:reason"].as_str().unwrap_or_default().to_owned(),
            })
        })
        .collect()
}
