//! The SQL of a lot's history: one statement for the events of a lot, one for what went into it, one for
//! what of it is in the log.

use crate::events::{Grade, Step};
use crate::kernel::{CommuneCode, EventId, LotCode, LotId, Moment, Offset, ThingId};
use crate::log::{self, Kind, Subject};
use crate::store::{StoreError, Tx, on};
use crate::trace::model::{PublicParty, PublicPlace, Shipped, Stage, may_be_named};
use serde::Deserialize;
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

/// The most stages of one lot that are read.
pub const MOST_STAGES: usize = 400;

#[derive(FromRow)]
struct StageRow {
    event_id: Uuid,
    step: String,
    event_time: i64,
    zone_offset: i64,
    whole_day: i64,
    recorded_at: i64,
    grade: String,
    lot_code: String,
    gtin: Option<String>,
    product_number: String,
    party_kind: Option<String>,
    party_name: Option<String>,
    party_commune: Option<String>,
    party_address: Option<String>,
    party_gln: Option<String>,
    party_consent: Option<i64>,
    behalf_kind: Option<String>,
    behalf_name: Option<String>,
    behalf_commune: Option<String>,
    behalf_address: Option<String>,
    behalf_gln: Option<String>,
    behalf_consent: Option<i64>,
    place_number: Option<String>,
    place_gln: Option<String>,
    place_kind: Option<String>,
    place_name: Option<String>,
    place_commune: Option<String>,
    planting_code: Option<String>,
    owner_kind: Option<String>,
    owner_consent: Option<i64>,
    shipped: Option<i64>,
    received: Option<i64>,
}

fn commune(text: &str, row: Uuid) -> Result<CommuneCode, StoreError> {
    CommuneCode::parse(text).map_err(|why| StoreError::misfit("party", "commune", row, why))
}

/// The columns of a party that was joined in, if there was one.
struct PartyColumns {
    kind: Option<String>,
    name: Option<String>,
    commune: Option<String>,
    address: Option<String>,
    gln: Option<String>,
    consent: Option<i64>,
}

impl PartyColumns {
    fn read(self, row: Uuid) -> Result<Option<PublicParty>, StoreError> {
        let (Some(kind), Some(name), Some(place)) = (self.kind, self.name, self.commune) else {
            return Ok(None);
        };
        let consent = self.consent == Some(1);
        let address = self.address.unwrap_or_default();
        Ok(Some(PublicParty::of(kind, consent, name, commune(&place, row)?, address, self.gln)))
    }
}

impl StageRow {
    fn into_stage(self, lot: LotId) -> Result<Stage, StoreError> {
        let id = self.event_id;
        let grade = Grade::parse(&self.grade)
            .ok_or_else(|| StoreError::misfit("event", "grade", id, self.grade.as_str()))?;
        let step = Step::parse(&self.step)
            .ok_or_else(|| StoreError::misfit("event", "step", id, self.step.as_str()))?;
        let lot_code = LotCode::parse_strict(&self.lot_code)
            .map_err(|why| StoreError::misfit("lot", "code", lot, why))?;
        let offset = Offset::from_minutes(self.zone_offset)
            .map_err(|why| StoreError::misfit("event", "zone_offset", id, why))?;
        let place = match (self.place_number, self.place_kind, self.place_name, self.place_commune) {
            (Some(number), Some(kind), Some(name), Some(place)) => {
                let place = commune(&place, id)?;
                let owner = self.owner_kind.unwrap_or_default();
                let named = may_be_named(&owner, self.owner_consent == Some(1));
                Some(PublicPlace {
                    code: self.place_gln.unwrap_or(number),
                    kind,
                    province: place.commune().province,
                    named: named.then_some((name, place)),
                    planting_code: self.planting_code.filter(|_| named),
                })
            }
            _ => None,
        };
        let party = PartyColumns {
            kind: self.party_kind,
            name: self.party_name,
            commune: self.party_commune,
            address: self.party_address,
            gln: self.party_gln,
            consent: self.party_consent,
        };
        let on_behalf_of = PartyColumns {
            kind: self.behalf_kind,
            name: self.behalf_name,
            commune: self.behalf_commune,
            address: self.behalf_address,
            gln: self.behalf_gln,
            consent: self.behalf_consent,
        };
        let shipped = self.shipped.zip(self.received).map(|(amount, received)| Shipped { amount, received });
        // What was recorded under a mandate is the act of the one who gave it.
        let (recorder, behalf) = (party.read(id)?, on_behalf_of.read(id)?);
        let (party, recorded_by) = match behalf {
            Some(behalf) => (Some(behalf), recorder),
            None => (recorder, None),
        };
        Ok(Stage {
            event: EventId::from_uuid(id),
            lot,
            lot_code,
            product_code: self.gtin.unwrap_or(self.product_number),
            step,
            time: Moment::from_micros(self.event_time),
            offset,
            whole_day: self.whole_day == 1,
            recorded_at: Moment::from_micros(self.recorded_at),
            party,
            recorded_by,
            place,
            grade,
            shipped,
            log_index: None,
        })
    }
}

/// What happened to a lot, or to a case in which it lay, within a time.
#[derive(Clone, Copy, Debug)]
pub struct Stay {
    /// Whose events: the lot's own thing, or a case.
    pub thing: ThingId,
    /// From when.
    pub from: Moment,
    /// Until when, both ends included.
    pub until: Moment,
}

/// The stages of one lot in one stay, oldest first: without what was declared wrong and what waits for something. At most one
/// more than [`MOST_STAGES`].
///
/// # Errors
/// When the database fails or holds what it should not.
pub async fn stages(tx: &mut Tx, lot: LotId, stay: &Stay) -> Result<Vec<Stage>, StoreError> {
    let most = i64::try_from(MOST_STAGES).unwrap_or(i64::MAX) + 1;
    let rows: Vec<StageRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT e.id AS event_id, e.step, e.event_time, e.zone_offset, e.whole_day, e.recorded_at, e.grade, \
         l.code AS lot_code, p.gtin, p.number AS product_number, \
         pa.kind AS party_kind, pa.name AS party_name, pa.commune AS party_commune, \
         pa.address AS party_address, pa.gln AS party_gln, pa.consent AS party_consent, \
         b.kind AS behalf_kind, b.name AS behalf_name, b.commune AS behalf_commune, \
         b.address AS behalf_address, b.gln AS behalf_gln, b.consent AS behalf_consent, \
         pl.number AS place_number, pl.gln AS place_gln, pl.kind AS place_kind, pl.name AS place_name, \
         pl.commune AS place_commune, pl.planting_code, o.kind AS owner_kind, o.consent AS owner_consent, \
         s.amount AS shipped, s.received \
         FROM event_thing el \
         JOIN event e ON e.id = el.event_id \
         JOIN lot l ON l.id = $2 \
         JOIN product p ON p.id = l.product_id \
         LEFT JOIN party pa ON pa.id = e.party_id \
         LEFT JOIN party b ON b.id = e.behalf_of \
         LEFT JOIN place pl ON pl.id = e.place_id \
         LEFT JOIN party o ON o.id = pl.party_id \
         LEFT JOIN shipment s ON s.lot_id = $2 AND s.id = e.id \
         WHERE el.thing_id = $1 AND ($1 = $2 OR el.role = 'object') \
         AND el.event_time >= $3 AND el.event_time <= $4 AND e.declares_error = 0 \
         AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.event_id = e.id) \
         AND NOT EXISTS (SELECT 1 FROM parked w WHERE w.event_id = e.id) \
         ORDER BY el.event_time, el.event_id LIMIT $5"
    )
    .bind(stay.thing.as_uuid())
    .bind(lot.as_uuid())
    .bind(stay.from.micros())
    .bind(stay.until.micros())
    .bind(most)
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(|row| row.into_stage(lot)).collect()
}

/// What went into a lot.
///
/// # Errors
/// When the database fails.
pub async fn inputs(tx: &mut Tx, lot: LotId) -> Result<Vec<LotId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| sqlx::query_scalar(
        "SELECT DISTINCT i.thing_id FROM lineage o JOIN lineage i ON i.node = o.node AND i.side = 'in' \
         WHERE o.thing_id = $1 AND o.side = 'out' ORDER BY i.thing_id"
    )
    .bind(lot.as_uuid())
    .fetch_all(conn)
    .await)?;
    Ok(ids.into_iter().map(LotId::from_uuid).collect())
}

/// What of a log entry's body tells which event it is about.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    event: Option<EventId>,
    what: Option<String>,
}

/// Where the events of a lot stand in the log, and where the issue of its code does, as far as they are there.
///
/// # Errors
/// When the database fails.
pub async fn logged(tx: &mut Tx, lot: LotId) -> Result<(HashMap<EventId, u64>, Option<u64>), StoreError> {
    let mut events = HashMap::new();
    let mut issue = None;
    for (index, kind, body) in log::store::published(tx, &Subject::Lot(lot)).await? {
        let body = Body::deserialize(body).unwrap_or_default();
        match body {
            // Runs of unit codes are told of the lot too.
            Body { what: Some(what), .. } if kind == Kind::CodesIssued.as_str() => {
                issue = issue.or(Some(index).filter(|_| what == "lot"));
            }
            Body { event: Some(event), .. } => {
                events.insert(event, index);
            }
            Body { .. } => {}
        }
    }
    Ok((events, issue))
}
