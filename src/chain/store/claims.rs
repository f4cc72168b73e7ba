//! The SQL of what is packed under the claim of a certificate, and of what says which crop it is of.

use crate::events::uri;
use crate::kernel::{
    CertificateId, CropCode, Day, EventId, LotId, Moment, PlaceId, ProductId, ThingId, Unit,
};
use crate::products::Group;
use crate::store::{StoreError, Tx, among, on, sets};
use sqlx::FromRow;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// A packing that claims a certificate and is in force.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The event.
    pub event: EventId,
    /// What was packed.
    pub lot: LotId,
    /// The crop that its product is of; nothing where the product names none.
    pub crop: Option<CropCode>,
    /// Whether some of what it was made of is known to have grown, also where that is of several crops: no row says so.
    pub grew: bool,
    /// The group of its product.
    pub group: &'static Group,
    /// What it is counted in.
    pub unit: Unit,
    /// When it grew.
    pub harvested_on: Day,
    /// Where it began.
    pub place: PlaceId,
    /// When it was packed.
    pub time: Moment,
    /// How much, in grams or pieces.
    pub amount: i64,
    /// How much of the lot there ever was.
    pub made: i64,
    /// How much of the lot was opened again: it went into others, other than by splitting and merging.
    pub opened: i64,
}

impl Claimed {
    /// How much of `packed`, which is all that was packed of its lot under the claim, is packed still, in grams or pieces: what was opened
    /// was first what no claim was made for. Never negative.
    #[must_use]
    pub fn still_packed(&self, packed: i64) -> i64 {
        let loose = (self.made - packed).max(0);
        (packed - (self.opened - loose).max(0)).max(0)
    }
}

#[derive(FromRow)]
struct ClaimedRow {
    event_id: Uuid,
    lot_id: Uuid,
    crop_code: Option<String>,
    group_code: String,
    unit: String,
    harvested_on: String,
    place_id: Uuid,
    event_time: i64,
    amount: i64,
    made: i64,
    opened: i64,
}

impl TryFrom<ClaimedRow> for Claimed {
    type Error = StoreError;

    fn try_from(row: ClaimedRow) -> Result<Self, StoreError> {
        let misfit = |column| move |why| StoreError::misfit("lot", column, row.lot_id, why);
        Ok(Self {
            event: EventId::from_uuid(row.event_id),
            lot: LotId::from_uuid(row.lot_id),
            crop: row.crop_code.as_deref().map(CropCode::parse).transpose().map_err(misfit("crop_code"))?,
            grew: false,
            group: Group::parse(&row.group_code).map_err(misfit("group_code"))?,
            unit: Unit::parse(&row.unit).map_err(misfit("unit"))?,
            harvested_on: Day::parse(&row.harvested_on).map_err(misfit("harvested_on"))?,
            place: PlaceId::from_uuid(row.place_id),
            time: Moment::from_micros(row.event_time),
            amount: row.amount,
            made: row.made,
            opened: row.opened,
        })
    }
}

/// Packings of one crop that is counted in one unit, and grew from one day to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// The crop.
    pub crop: CropCode,
    /// What it is counted in.
    pub unit: Unit,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

/// Which of the packings that claim a certificate.
#[derive(Clone, Debug)]
pub enum Which {
    /// All of them.
    All,
    /// Those of a period; and those of products that name no crop, in the same unit and days.
    Of(Period),
    /// Those of a lot.
    Lot(LotId),
}

/// The packings that claim a certificate and are in force, in the order in which they happened.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn claims(
    tx: &mut Tx,
    certificate: CertificateId,
    which: &Which,
) -> Result<Vec<Claimed>, StoreError> {
    let (kind, period, lot) = match which {
        Which::All => (0_i64, None, None),
        Which::Of(period) => (1, Some(period), None),
        Which::Lot(lot) => (2, None, Some(lot)),
    };
    let rows: Vec<ClaimedRow> = on!(tx, |conn| {
        sqlx::query_as(
        "SELECT a.event_id, b.lot_id, p.crop_code, p.group_code, l.unit, l.harvested_on, l.place_id, e.event_time, b.amount, \
         CAST(COALESCE((SELECT SUM(m.amount) FROM balance_entry m \
           WHERE m.lot_id = b.lot_id AND m.account IN ('harvested', 'produced')), 0) AS BIGINT) AS made, \
         CAST(COALESCE((SELECT SUM(u.amount) FROM balance_entry u JOIN event o ON o.id = u.event_id \
           WHERE u.lot_id = b.lot_id AND u.account = 'used' AND o.step NOT IN ('split', 'merge')), 0) AS BIGINT) AS opened \
         FROM event_attribute a JOIN event e ON e.id = a.event_id \
         JOIN balance_entry b ON b.event_id = a.event_id AND b.account = 'packed' \
         JOIN lot l ON l.id = b.lot_id JOIN product p ON p.id = l.product_id \
         WHERE a.name = 'certificationInfo' AND a.value = $1 \
         AND ($2 = 0 OR ($2 = 1 AND (p.crop_code IS NULL OR p.crop_code = $3) AND l.unit = $4 \
           AND l.harvested_on >= $5 AND l.harvested_on <= $6) OR ($2 = 2 AND l.id = $7)) \
         ORDER BY e.event_time, e.recorded_at, e.id, b.lot_id"
    )
    .bind(uri::certificate(certificate))
    .bind(kind)
    .bind(period.map(|period| period.crop.as_str()))
    .bind(period.map(|period| period.unit.as_str()))
    .bind(period.map(|period| period.from.to_string()))
    .bind(period.map(|period| period.to.to_string()))
    .bind(lot.map(LotId::as_uuid))
    .fetch_all(conn)
    .await
    })?;
    rows.into_iter().map(Claimed::try_from).collect()
}

/// A lot as something that others are made of.
#[derive(Clone, Debug)]
pub struct Source {
    /// The crop that its product names.
    pub crop: Option<CropCode>,
    /// Where and when it was harvested, as far as the place is known; where no harvest is told, where it began. Nothing of one whose
    /// product names the crop.
    pub grown: BTreeSet<(Option<PlaceId>, Day)>,
    /// Whether some of it was harvested.
    pub is_harvested: bool,
    /// Whether some of it was made of others.
    pub is_made: bool,
}

#[derive(FromRow)]
struct SourceRow {
    id: Uuid,
    crop_code: Option<String>,
    place_id: Uuid,
    harvested_on: String,
    harvested: i64,
    made: i64,
}

impl TryFrom<SourceRow> for Source {
    type Error = StoreError;

    fn try_from(row: SourceRow) -> Result<Self, StoreError> {
        let misfit = |column| move |why| StoreError::misfit("lot", column, row.id, why);
        Ok(Self {
            crop: row.crop_code.as_deref().map(CropCode::parse).transpose().map_err(misfit("crop_code"))?,
            grown: if row.crop_code.is_none() && row.harvested == 0 {
                let began = Day::parse(&row.harvested_on).map_err(misfit("harvested_on"))?;
                BTreeSet::from([(Some(PlaceId::from_uuid(row.place_id)), began)])
            } else {
                BTreeSet::new()
            },
            is_harvested: row.harvested == 1,
            is_made: row.made == 1,
        })
    }
}

/// The lots among things, each with what says which crop it is of: of one that was collected from several plots, all of them.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn sources(tx: &mut Tx, things: &[Uuid]) -> Result<HashMap<ThingId, Source>, StoreError> {
    let mut found = HashMap::new();
    for set in sets(things) {
        let rows: Vec<SourceRow> = among!(
            tx,
            SourceRow,
            "SELECT l.id, p.crop_code, l.place_id, l.harvested_on, \
             CAST(CASE WHEN EXISTS (SELECT 1 FROM balance_entry b WHERE b.lot_id = l.id AND b.account = 'harvested') \
             THEN 1 ELSE 0 END AS BIGINT) AS harvested, \
             CAST(CASE WHEN EXISTS (SELECT 1 FROM lineage o WHERE o.thing_id = l.id AND o.side = 'out') \
             THEN 1 ELSE 0 END AS BIGINT) AS made \
             FROM lot l JOIN product p ON p.id = l.product_id WHERE l.id",
            set,
            "",
        )?;
        for row in rows {
            found.insert(ThingId::from_uuid(row.id), Source::try_from(row)?);
        }
    }
    let unnamed = found.iter().filter(|(_, source)| source.crop.is_none() && source.is_harvested);
    let unnamed: Vec<Uuid> = unnamed.map(|(thing, _)| thing.as_uuid()).collect();
    for set in sets(&unnamed) {
        let rows: Vec<(Uuid, Option<Uuid>, i64)> = among!(
            tx,
            (Uuid, Option<Uuid>, i64),
            "SELECT DISTINCT b.lot_id, e.place_id, e.event_time FROM balance_entry b JOIN event e ON e.id = b.event_id \
             WHERE b.account = 'harvested' AND b.lot_id",
            set,
            "",
        )?;
        for (lot, place, time) in rows {
            if let Some(source) = found.get_mut(&ThingId::from_uuid(lot)) {
                source.grown.insert((place.map(PlaceId::from_uuid), Moment::from_micros(time).day()));
            }
        }
    }
    Ok(found)
}

/// The certificates that packings of things claim whose products name no crop; with `named` also of those that name one.
///
/// # Errors
/// When the database fails.
pub async fn claimed_of(tx: &mut Tx, things: &[Uuid], named: bool) -> Result<Vec<CertificateId>, StoreError> {
    let mut found = Vec::new();
    for set in sets(things) {
        let rows: Vec<(String,)> = among!(
            tx,
            (String,),
            "SELECT DISTINCT a.value FROM balance_entry b JOIN lot l ON l.id = b.lot_id \
             JOIN product p ON p.id = l.product_id \
             JOIN event_attribute a ON a.event_id = b.event_id AND a.name = 'certificationInfo' \
             WHERE b.account = 'packed' AND ($2 = 1 OR p.crop_code IS NULL) AND b.lot_id",
            set,
            " ORDER BY a.value",
            i64::from(named),
        )?;
        found.extend(rows.iter().filter_map(|(uri,)| uri::certificate_of(uri)));
    }
    Ok(found)
}

/// The lots of which some was harvested or made at a place and whose products name no crop: what the book of that place says grew there
/// says what they are of.
///
/// # Errors
/// When the database fails.
pub async fn begun_without_crop(tx: &mut Tx, place: PlaceId) -> Result<Vec<ThingId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT DISTINCT l.id FROM event h JOIN balance_entry g ON g.event_id = h.id AND g.account IN ('harvested', 'produced') \
             JOIN lot l ON l.id = g.lot_id \
             JOIN product p ON p.id = l.product_id AND p.crop_code IS NULL WHERE h.place_id = $1 ORDER BY l.id",
        )
        .bind(place.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    Ok(ids.into_iter().map(ThingId::from_uuid).collect())
}

/// What came out of the transformations that an event tells of, alone or with others, without what names its crop itself.
///
/// # Errors
/// When the database fails.
pub async fn made_by(tx: &mut Tx, event: EventId) -> Result<Vec<ThingId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, |conn| {
        sqlx::query_scalar(
            "SELECT DISTINCT o.thing_id FROM lineage e JOIN lineage o ON o.node = e.node AND o.side = 'out' \
             LEFT JOIN lot l ON l.id = o.thing_id LEFT JOIN product p ON p.id = l.product_id \
             WHERE e.event_id = $1 AND p.crop_code IS NULL ORDER BY o.thing_id",
        )
        .bind(event.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    Ok(ids.into_iter().map(ThingId::from_uuid).collect())
}

/// What came out of transformations, without what names its crop itself.
///
/// # Errors
/// When the database fails.
pub async fn came_out_of(tx: &mut Tx, nodes: &[Uuid]) -> Result<Vec<ThingId>, StoreError> {
    let mut found = Vec::new();
    for set in sets(nodes) {
        let rows: Vec<(Uuid,)> = among!(
            tx,
            (Uuid,),
            "SELECT DISTINCT o.thing_id FROM lineage o LEFT JOIN lot l ON l.id = o.thing_id \
             LEFT JOIN product p ON p.id = l.product_id WHERE o.side = 'out' AND p.crop_code IS NULL AND o.node",
            set,
            " ORDER BY o.thing_id",
        )?;
        found.extend(rows.into_iter().map(|(thing,)| ThingId::from_uuid(thing)));
    }
    Ok(found)
}

/// Those of some lots that went into others or came out of them, lie or lay in a case, or have units of their own; without those whose
/// product names the crop, for nothing says another one of them.
///
/// # Errors
/// When the database fails.
pub async fn used(tx: &mut Tx, lots: &[Uuid]) -> Result<Vec<ThingId>, StoreError> {
    let mut found = Vec::new();
    for set in sets(lots) {
        let rows: Vec<(Uuid,)> = among!(
            tx,
            (Uuid,),
            "SELECT l.id FROM lot l JOIN product p ON p.id = l.product_id AND p.crop_code IS NULL \
             WHERE (EXISTS (SELECT 1 FROM lineage i WHERE i.thing_id = l.id) \
             OR EXISTS (SELECT 1 FROM containment c WHERE c.child_id = l.id) \
             OR EXISTS (SELECT 1 FROM thing t WHERE t.class_id = l.id)) AND l.id",
            set,
            "",
        )?;
        found.extend(rows.into_iter().map(|(lot,)| ThingId::from_uuid(lot)));
    }
    Ok(found)
}

/// The places where lots of a product were harvested, each with when the first one was.
///
/// # Errors
/// When the database fails.
pub async fn harvested_at(tx: &mut Tx, product: ProductId) -> Result<Vec<(PlaceId, Moment)>, StoreError> {
    let rows: Vec<(Uuid, i64)> = on!(tx, |conn| {
        sqlx::query_as(
            "SELECT e.place_id, MIN(e.event_time) FROM lot l JOIN balance_entry b ON b.lot_id = l.id AND b.account = 'harvested' \
             JOIN event e ON e.id = b.event_id WHERE l.product_id = $1 AND e.place_id IS NOT NULL \
             GROUP BY e.place_id ORDER BY e.place_id",
        )
        .bind(product.as_uuid())
        .fetch_all(conn)
        .await
    })?;
    let row = |(place, first)| (PlaceId::from_uuid(place), Moment::from_micros(first));
    Ok(rows.into_iter().map(row).collect())
}

/// The certificates that an event claims.
///
/// # Errors
/// When the database fails.
pub async fn claimed_by(tx: &mut Tx, event: EventId) -> Result<Vec<CertificateId>, StoreError> {
    let uris: Vec<String> = on!(tx, |conn| {
        sqlx::query_scalar(
        "SELECT value FROM event_attribute WHERE event_id = $1 AND name = 'certificationInfo' ORDER BY value"
    )
    .bind(event.as_uuid())
    .fetch_all(conn)
    .await
    })?;
    Ok(uris.iter().filter_map(|uri| uri::certificate_of(uri)).collect())
}
