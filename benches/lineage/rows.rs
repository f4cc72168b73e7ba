//! Rows of the chain's tables, put in by the thousand: the bulk loader of the campaign and of the tests of traces.
//!
//! What must stay true: what lies here in a `Rows` is what the door would have written for the same history; nothing reads back
//! what it wrote.

use anyhow::Result;
use nguongoc::kernel::{PlaceNumber, ProductNumber, ShortCode};
use nguongoc::store::Store;
use sqlx::{Postgres, QueryBuilder, Sqlite};
use uuid::Uuid;

/// A thing, and the lot that it is when it is one.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    pub(crate) id: Uuid,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) class: Option<Uuid>,
    pub(crate) at: i64,
}

/// A registered lot.
#[derive(Clone, Debug)]
pub(crate) struct Lot {
    pub(crate) id: Uuid,
    pub(crate) product: Uuid,
    pub(crate) code: String,
    pub(crate) short_code: String,
    pub(crate) party: Uuid,
    pub(crate) place: Uuid,
    pub(crate) declared: i64,
    pub(crate) day: String,
    pub(crate) at: i64,
}

/// An event of the journal.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: Uuid,
    pub(crate) kind: &'static str,
    pub(crate) step: &'static str,
    pub(crate) biz_step: &'static str,
    pub(crate) at: i64,
    pub(crate) party: Uuid,
    pub(crate) place: Option<Uuid>,
    pub(crate) counterparty: Option<Uuid>,
    pub(crate) epcis: String,
}

/// A thing in an event.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) thing: Uuid,
    pub(crate) at: i64,
    pub(crate) event: Uuid,
    pub(crate) role: &'static str,
    pub(crate) amount: Option<i64>,
}

/// A thing at a node of the genealogy.
#[derive(Clone, Debug)]
pub(crate) struct Lineage {
    pub(crate) thing: Uuid,
    pub(crate) side: &'static str,
    pub(crate) node: Uuid,
    pub(crate) event: Uuid,
    pub(crate) at: i64,
    pub(crate) amount: Option<i64>,
    pub(crate) unit: Option<&'static str>,
}

/// What lay in a case.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) parent: Uuid,
    pub(crate) child: Uuid,
    pub(crate) event: Uuid,
    pub(crate) from: i64,
    pub(crate) until: Option<i64>,
    pub(crate) amount: Option<i64>,
}

/// What a party has of a lot.
#[derive(Clone, Debug)]
pub(crate) struct Holding {
    pub(crate) lot: Uuid,
    pub(crate) party: Uuid,
    pub(crate) amount: i64,
    pub(crate) taken_in: i64,
}

/// A movement of the mass account.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) lot: Uuid,
    pub(crate) event: Uuid,
    pub(crate) party: Uuid,
    pub(crate) account: &'static str,
    pub(crate) amount: i64,
}

/// What was sent.
#[derive(Clone, Debug)]
pub(crate) struct Shipment {
    pub(crate) lot: Uuid,
    pub(crate) id: Uuid,
    pub(crate) from: Uuid,
    pub(crate) to: Uuid,
    pub(crate) amount: i64,
    pub(crate) received: i64,
    pub(crate) refused: i64,
    pub(crate) at: i64,
}

/// Rows that wait to be written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) things: Vec<Thing>,
    pub(crate) lots: Vec<Lot>,
    pub(crate) events: Vec<Event>,
    pub(crate) parts: Vec<Part>,
    pub(crate) lineage: Vec<Lineage>,
    pub(crate) contents: Vec<Content>,
    pub(crate) holdings: Vec<Holding>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) shipments: Vec<Shipment>,
}

/// The short code of the lot with this number.
pub(crate) fn short_code(number: u64) -> String {
    ShortCode::from_seed(number).to_string()
}

/// Rows of one statement: few enough for the limits of both databases on values.
const AT_ONCE: usize = 500;

/// Writes rows with one text for both databases; all of them, or none.
macro_rules! bulk {
    ($store:expr, $into:literal, $rows:expr, |$line:ident, $row:ident| $values:expr) => {
        match $store {
            Store::Sqlite { writer, .. } => {
                let mut tx = writer.begin().await?;
                for some in $rows.chunks(AT_ONCE) {
                    let mut query: QueryBuilder<Sqlite> =
                        QueryBuilder::new(concat!("INSERT INTO ", $into, " "));
                    query.push_values(some, |mut $line, $row| $values);
                    query.build().execute(&mut *tx).await?;
                }
                tx.commit().await?;
            }
            Store::Postgres { pool, .. } => {
                let mut tx = pool.begin().await?;
                for some in $rows.chunks(AT_ONCE) {
                    let mut query: QueryBuilder<Postgres> =
                        QueryBuilder::new(concat!("INSERT INTO ", $into, " "));
                    query.push_values(some, |mut $line, $row| $values);
                    query.build().execute(&mut *tx).await?;
                }
                tx.commit().await?;
            }
        }
    };
}

impl Rows {
    /// Writes everything that waits.
    pub(crate) async fn write(&mut self, store: &Store) -> Result<()> {
        bulk!(store, "thing (id, kind, name, class_id, first_seen)", self.things, |line, row| {
            line.push_bind(row.id)
                .push_bind(row.kind)
                .push_bind(&row.name)
                .push_bind(row.class)
                .push_bind(row.at);
        });
        bulk!(
            store,
            "lot (id, product_id, code, short_code, party_id, place_id, unit, declared, harvested_on, created_at)",
            self.lots,
            |line, row| {
                line.push_bind(row.id)
                    .push_bind(row.product)
                    .push_bind(&row.code)
                    .push_bind(&row.short_code)
                    .push_bind(row.party)
                    .push_bind(row.place)
                    .push_bind("gram")
                    .push_bind(row.declared)
                    .push_bind(&row.day)
                    .push_bind(row.at);
            }
        );
        bulk!(
            store,
            "event (id, event_id, declares_error, type, step, action, biz_step, event_time, zone_offset, whole_day, \
             recorded_at, recorded_by, party_id, place_id, counterparty_id, grade, command, epcis)",
            self.events,
            |line, row| {
                line.push_bind(row.id)
                    .push_bind(format!("urn:uuid:{}", row.id))
                    .push_bind(0_i64)
                    .push_bind(row.kind)
                    .push_bind(row.step)
                    .push_bind((row.kind != "TransformationEvent").then_some("OBSERVE"))
                    .push_bind(row.biz_step)
                    .push_bind(row.at)
                    .push_bind(420_i64)
                    .push_bind(0_i64)
                    .push_bind(row.at)
                    .push_bind(row.party)
                    .push_bind(row.party)
                    .push_bind(row.place)
                    .push_bind(row.counterparty)
                    .push_bind("declared")
                    .push_bind([0_u8; 32].as_slice())
                    .push_bind(&row.epcis);
            }
        );
        bulk!(
            store,
            "event_thing (thing_id, event_time, event_id, role, amount, unit)",
            self.parts,
            |line, row| {
                line.push_bind(row.thing)
                    .push_bind(row.at)
                    .push_bind(row.event)
                    .push_bind(row.role)
                    .push_bind(row.amount)
                    .push_bind(row.amount.map(|_| "gram"));
            }
        );
        bulk!(
            store,
            "lineage (thing_id, side, node, event_id, event_time, amount, unit)",
            self.lineage,
            |line, row| {
                line.push_bind(row.thing)
                    .push_bind(row.side)
                    .push_bind(row.node)
                    .push_bind(row.event)
                    .push_bind(row.at)
                    .push_bind(row.amount)
                    .push_bind(row.unit);
            }
        );
        self.write_accounts(store).await?;
        *self = Self::default();
        Ok(())
    }

    async fn write_accounts(&self, store: &Store) -> Result<()> {
        bulk!(
            store,
            "containment (parent_id, child_id, added_by, added_at, amount, unit, removed_at, part)",
            self.contents,
            |line, row| {
                line.push_bind(row.parent)
                    .push_bind(row.child)
                    .push_bind(row.event)
                    .push_bind(row.from)
                    .push_bind(row.amount)
                    .push_bind(row.amount.map(|_| "gram"))
                    .push_bind(row.until)
                    .push_bind(0_i64);
            }
        );
        bulk!(store, "holding (lot_id, party_id, amount, taken_in)", self.holdings, |line, row| {
            line.push_bind(row.lot).push_bind(row.party).push_bind(row.amount).push_bind(row.taken_in);
        });
        bulk!(
            store,
            "balance_entry (lot_id, event_id, party_id, account, amount)",
            self.entries,
            |line, row| {
                line.push_bind(row.lot)
                    .push_bind(row.event)
                    .push_bind(row.party)
                    .push_bind(row.account)
                    .push_bind(row.amount);
            }
        );
        bulk!(
            store,
            "shipment (lot_id, id, from_party, to_party, amount, received, refused, shipped_at)",
            self.shipments,
            |line, row| {
                line.push_bind(row.lot)
                    .push_bind(row.id)
                    .push_bind(row.from)
                    .push_bind(row.to)
                    .push_bind(row.amount)
                    .push_bind(row.received)
                    .push_bind(row.refused)
                    .push_bind(row.at);
            }
        );
        Ok(())
    }
}

/// An approved firm with a place and a product, all known by one number.
pub(crate) async fn firm(
    store: &Store,
    [party, place, product]: [Uuid; 3],
    party_kind: &str,
    place_kind: &str,
    number: u64,
) -> Result<()> {
    bulk!(
        store,
        "party (id, kind, name, name_folded, tax_kind, commune, address, status, consent, applied_at)",
        [party],
        |line, row| {
            line.push_bind(*row)
                .push_bind(party_kind)
                .push_bind(format!("Cơ sở mẫu {number}"))
                .push_bind(format!("co so mau {number}"))
                .push_bind("none")
                .push_bind("00004")
                .push_bind("Thôn Mẫu")
                .push_bind("approved")
                .push_bind(0_i64)
                .push_bind(0_i64);
        }
    );
    put_place(store, place, party, place_kind, number).await?;
    bulk!(
        store,
        "product (id, party_id, number, group_code, name, name_folded, unit, created_at, changed_at)",
        [product],
        |line, row| {
            line.push_bind(*row)
                .push_bind(party)
                .push_bind(ProductNumber::from_seed(number).to_string())
                .push_bind("rau")
                .push_bind("Rau mẫu")
                .push_bind("rau mau")
                .push_bind("gram")
                .push_bind(0_i64)
                .push_bind(0_i64);
        }
    );
    Ok(())
}

/// A place of a firm.
pub(crate) async fn put_place(
    store: &Store,
    place: Uuid,
    party: Uuid,
    kind: &str,
    number: u64,
) -> Result<()> {
    bulk!(
        store,
        "place (id, party_id, number, kind, name, name_folded, commune, created_at)",
        [place],
        |line, row| {
            line.push_bind(*row)
                .push_bind(party)
                .push_bind(PlaceNumber::from_seed(number).to_string())
                .push_bind(kind)
                .push_bind(format!("Địa điểm mẫu {number}"))
                .push_bind(format!("dia diem mau {number}"))
                .push_bind("00004")
                .push_bind(0_i64);
        }
    );
    Ok(())
}
