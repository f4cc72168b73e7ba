//! The SQL of what a trace tells of its things beside the genealogy. Every statement is about a set of ids.

use super::lineage::{Content, ContentRow};
use crate::kernel::{CommuneCode, EventId, LotId, Moment, Offset, PartyId, PlaceId, ThingId, Unit};
use crate::store::{StoreError, Tx, among, sets};
use crate::trace::told::{Account, Happening, Holding, KnownLot, KnownParty, KnownPlace, Parcel, Thing};
use sqlx::FromRow;
use uuid::Uuid;

#[derive(FromRow)]
struct ThingRow {
    id: Uuid,
    kind: String,
    name: String,
}

/// Names and kinds of things.
///
/// # Errors
/// When the database fails.
pub async fn things(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Thing>, StoreError> {
    let mut found = Vec::new();
    for set in sets(ids) {
        let rows = among!(tx, ThingRow, "SELECT id, kind, name FROM thing WHERE id", set, "")?;
        found.extend(rows.into_iter().map(|row: ThingRow| Thing {
            id: ThingId::from_uuid(row.id),
            kind: row.kind,
            name: row.name,
        }));
    }
    Ok(found)
}

#[derive(FromRow)]
struct LotRow {
    id: Uuid,
    code: String,
    product_name: String,
    product_name_en: Option<String>,
    gtin: Option<String>,
    product_number: String,
    party_id: Uuid,
    place_id: Uuid,
    unit: String,
    declared: i64,
    hold: String,
    recall: String,
}

/// The registered lots among things.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn lots(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<KnownLot>, StoreError> {
    let mut found = Vec::new();
    for set in sets(ids) {
        let rows = among!(
            tx,
            LotRow,
            "SELECT l.id, l.code, p.name AS product_name, p.name_en AS product_name_en, p.gtin, p.number AS product_number, \
             l.party_id, l.place_id, l.unit, l.declared, \
             CASE WHEN l.hold = 'none' AND l.breach IS NULL AND l.upstream IS NULL THEN 'none' ELSE 'held' END AS hold, \
             CASE WHEN l.upstream = 'recalled' THEN 'recalled' ELSE l.recall END AS recall \
             FROM lot l JOIN product p ON p.id = l.product_id WHERE l.id",
            set,
            "",
        )?;
        for row in rows {
            let row: LotRow = row;
            found.push(KnownLot {
                id: LotId::from_uuid(row.id),
                code: row.code,
                product: row.product_name,
                product_en: row.product_name_en,
                product_code: row.gtin.unwrap_or(row.product_number),
                party: PartyId::from_uuid(row.party_id),
                place: PlaceId::from_uuid(row.place_id),
                unit: Unit::parse(&row.unit).map_err(|why| StoreError::misfit("lot", "unit", row.id, why))?,
                declared: row.declared,
                held: row.hold == "held",
                recalled: row.recall == "recalled",
            });
        }
    }
    Ok(found)
}

#[derive(FromRow)]
struct PartyRow {
    id: Uuid,
    kind: String,
    name: String,
    commune: String,
    gln: Option<String>,
    consent: i64,
}

/// The parties with these ids.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn parties(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<KnownParty>, StoreError> {
    let mut found = Vec::new();
    for set in sets(ids) {
        let rows = among!(
            tx,
            PartyRow,
            "SELECT id, kind, name, commune, gln, consent FROM party WHERE id",
            set,
            ""
        )?;
        for row in rows {
            let row: PartyRow = row;
            found.push(KnownParty {
                id: PartyId::from_uuid(row.id),
                kind: row.kind,
                name: row.name,
                commune: CommuneCode::parse(&row.commune)
                    .map_err(|why| StoreError::misfit("party", "commune", row.id, why))?,
                gln: row.gln,
                consent: row.consent == 1,
            });
        }
    }
    Ok(found)
}

#[derive(FromRow)]
struct PlaceRow {
    id: Uuid,
    party_id: Uuid,
    number: String,
    gln: Option<String>,
    kind: String,
    name: String,
    commune: String,
}

/// The places with these ids.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn places(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<KnownPlace>, StoreError> {
    let mut found = Vec::new();
    for set in sets(ids) {
        let rows = among!(
            tx,
            PlaceRow,
            "SELECT id, party_id, number, gln, kind, name, commune FROM place WHERE id",
            set,
            "",
        )?;
        for row in rows {
            let row: PlaceRow = row;
            found.push(KnownPlace {
                id: PlaceId::from_uuid(row.id),
                party: PartyId::from_uuid(row.party_id),
                code: row.gln.unwrap_or(row.number),
                kind: row.kind,
                name: row.name,
                commune: CommuneCode::parse(&row.commune)
                    .map_err(|why| StoreError::misfit("place", "commune", row.id, why))?,
            });
        }
    }
    Ok(found)
}

#[derive(FromRow)]
struct EventRow {
    thing_id: Uuid,
    role: String,
    amount: Option<i64>,
    unit: Option<String>,
    id: Uuid,
    event_id: String,
    step: String,
    event_time: i64,
    zone_offset: i64,
    recorded_at: i64,
    party_id: Option<Uuid>,
    behalf_of: Option<Uuid>,
    counterparty_id: Option<Uuid>,
    place_id: Option<Uuid>,
    place_name: Option<String>,
}

impl TryFrom<EventRow> for Happening {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let id = row.id;
        Ok(Self {
            thing: ThingId::from_uuid(row.thing_id),
            role: row.role,
            amount: row.amount,
            unit: row
                .unit
                .as_deref()
                .map(Unit::parse)
                .transpose()
                .map_err(|why| StoreError::misfit("event_thing", "unit", id, why))?,
            event: EventId::from_uuid(id),
            event_id: row.event_id,
            step: row.step,
            time: Moment::from_micros(row.event_time),
            offset: Offset::from_minutes(row.zone_offset)
                .map_err(|why| StoreError::misfit("event", "zone_offset", id, why))?,
            recorded_at: Moment::from_micros(row.recorded_at),
            party: row.behalf_of.or(row.party_id).map(PartyId::from_uuid),
            recorder: row.party_id.map(PartyId::from_uuid),
            counterparty: row.counterparty_id.map(PartyId::from_uuid),
            place: row.place_id.map(PlaceId::from_uuid),
            place_name: row.place_name,
            carrier: None,
        })
    }
}

/// The events that things had, without those that were declared wrong or wait for something.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn events(tx: &mut Tx, things: &[Uuid], most: i64) -> Result<Vec<Happening>, StoreError> {
    let mut found = Vec::new();
    for set in sets(things) {
        let rows = among!(
            tx,
            EventRow,
            "SELECT t.thing_id, t.role, t.amount, t.unit, e.id, e.event_id, e.step, e.event_time, e.zone_offset, \
             e.recorded_at, e.party_id, e.behalf_of, e.counterparty_id, e.place_id, \
             COALESCE(e.read_point, e.biz_location) AS place_name \
             FROM event_thing t JOIN event e ON e.id = t.event_id \
             WHERE e.declares_error = 0 \
             AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.event_id = e.id) \
             AND NOT EXISTS (SELECT 1 FROM parked p WHERE p.event_id = e.id) AND t.thing_id",
            set,
            " ORDER BY t.event_time, t.event_id, t.thing_id, t.role LIMIT $2",
            most,
        )?;
        for row in rows {
            found.push(Happening::try_from(row)?);
        }
    }
    Ok(found)
}

/// The events of things that wait for something: the thing, the event and what is missing.
///
/// # Errors
/// When the database fails.
pub async fn parked(tx: &mut Tx, things: &[Uuid]) -> Result<Vec<(ThingId, EventId, String)>, StoreError> {
    let mut found = Vec::new();
    for set in sets(things) {
        let rows = among!(
            tx,
            (Uuid, Uuid, String),
            "SELECT t.thing_id, p.event_id, p.missing FROM event_thing t JOIN parked p ON p.event_id = t.event_id \
             WHERE t.thing_id",
            set,
            " ORDER BY p.event_time, p.event_id, t.thing_id",
        )?;
        found.extend(
            rows.into_iter().map(|(thing, event, missing)| {
                (ThingId::from_uuid(thing), EventId::from_uuid(event), missing)
            }),
        );
    }
    Ok(found)
}

/// In which cases things lay, from when to when.
///
/// # Errors
/// When the database fails.
pub async fn carriers(tx: &mut Tx, things: &[Uuid]) -> Result<Vec<Content>, StoreError> {
    let mut found = Vec::new();
    for set in sets(things) {
        let rows = among!(
            tx,
            ContentRow,
            "SELECT parent_id, child_id, added_at, removed_at, amount, unit FROM containment WHERE child_id",
            set,
            " ORDER BY child_id, added_at, parent_id, part",
        )?;
        for row in rows {
            let row: ContentRow = row;
            found.push(Content::try_from(row)?);
        }
    }
    Ok(found)
}

/// Who has how much of lots.
///
/// # Errors
/// When the database fails.
pub async fn holdings(tx: &mut Tx, lots: &[Uuid]) -> Result<Vec<Holding>, StoreError> {
    let mut found = Vec::new();
    for set in sets(lots) {
        let rows = among!(
            tx,
            (Uuid, Uuid, i64),
            "SELECT lot_id, party_id, amount FROM holding WHERE lot_id",
            set,
            " ORDER BY lot_id, party_id",
        )?;
        found.extend(rows.into_iter().map(|(lot, party, amount): (Uuid, Uuid, i64)| Holding {
            lot: LotId::from_uuid(lot),
            party: PartyId::from_uuid(party),
            amount,
        }));
    }
    Ok(found)
}

/// What parties did with lots, summed by what it was.
///
/// # Errors
/// When the database fails.
pub async fn accounts(tx: &mut Tx, lots: &[Uuid]) -> Result<Vec<Account>, StoreError> {
    let mut found = Vec::new();
    for set in sets(lots) {
        let rows = among!(
            tx,
            (Uuid, Uuid, String, i64),
            "SELECT lot_id, party_id, account, CAST(SUM(amount) AS BIGINT) FROM balance_entry WHERE lot_id",
            set,
            " GROUP BY lot_id, party_id, account ORDER BY lot_id, party_id, account",
        )?;
        found.extend(rows.into_iter().map(|(lot, party, account, amount): (Uuid, Uuid, String, i64)| {
            Account { lot: LotId::from_uuid(lot), party: PartyId::from_uuid(party), name: account, amount }
        }));
    }
    Ok(found)
}

#[derive(FromRow)]
struct ParcelRow {
    lot_id: Uuid,
    id: Uuid,
    from_party: Uuid,
    to_party: Uuid,
    amount: i64,
    received: i64,
    refused: i64,
    lost: i64,
    shipped_at: i64,
}

/// What of lots was sent: all shipments.
///
/// # Errors
/// When the database fails.
pub async fn arrivals_due(tx: &mut Tx, lots: &[Uuid]) -> Result<Vec<Parcel>, StoreError> {
    let mut found = Vec::new();
    for set in sets(lots) {
        let rows = among!(
            tx,
            ParcelRow,
            "SELECT lot_id, id, from_party, to_party, amount, received, refused, lost, shipped_at FROM shipment WHERE lot_id",
            set,
            " ORDER BY shipped_at, id, lot_id",
        )?;
        found.extend(rows.into_iter().map(|row: ParcelRow| Parcel {
            lot: LotId::from_uuid(row.lot_id),
            shipment: EventId::from_uuid(row.id),
            from: PartyId::from_uuid(row.from_party),
            to: PartyId::from_uuid(row.to_party),
            sent: row.amount,
            received: row.received,
            refused: row.refused,
            lost: row.lost,
            shipped_at: Moment::from_micros(row.shipped_at),
        }));
    }
    Ok(found)
}

/// The events as they were received, in order of time.
///
/// # Errors
/// When the database fails.
pub async fn written(tx: &mut Tx, events: &[Uuid]) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for set in sets(events) {
        let rows =
            among!(tx, (i64, Uuid, String), "SELECT event_time, id, epcis FROM event WHERE id", set, "")?;
        found.extend(rows);
    }
    found.sort_unstable_by_key(|(time, id, _): &(i64, Uuid, String)| (*time, *id));
    Ok(found.into_iter().map(|(_, _, epcis)| epcis).collect())
}
