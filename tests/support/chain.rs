//! The accounts of a registry as text, so that two registries can be compared; acts as events; and events as reports.

use super::app::On;
use super::trade::Trade;
use nguongoc::app::App;
use nguongoc::chain::{self, By, ReportError, Reported, Reporter, ToldEvent};
use nguongoc::events::{self, epcis};
use nguongoc::kernel::{EventId, Moment};
use nguongoc::store::Store;
use serde_json::Value;
use std::time::Duration;

/// All values of a statement's one column of text, in order.
macro_rules! texts {
    ($store:expr, $sql:expr) => {{
        let rows: Result<Vec<String>, sqlx::Error> = match $store {
            Store::Sqlite { writer, .. } => sqlx::query_scalar($sql).fetch_all(writer).await,
            Store::Postgres { pool, .. } => sqlx::query_scalar($sql).fetch_all(pool).await,
        };
        let mut rows = rows.expect("rows");
        rows.sort();
        rows
    }};
}

/// Everything that follows from the journal, by names that are alike in every registry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Accounts {
    pub(crate) holdings: Vec<String>,
    pub(crate) shipments: Vec<String>,
    pub(crate) lineage: Vec<String>,
    pub(crate) containment: Vec<String>,
    pub(crate) breaches: Vec<String>,
    pub(crate) stopped: Vec<String>,
    pub(crate) parked: Vec<String>,
    pub(crate) inherited: Vec<String>,
}

impl Accounts {
    pub(crate) async fn of(store: &Store) -> Self {
        Self {
            holdings: texts!(
                store,
                "SELECT t.name || ' ' || p.name || ' amount ' || CAST(h.amount AS TEXT) || ' short ' || CAST(h.short AS TEXT) \
                 || ' in ' || CAST(h.taken_in AS TEXT) || ' packed ' || CAST(h.packed AS TEXT) || ' boxed ' \
                 || CAST(h.boxed AS TEXT) FROM holding h JOIN thing t ON t.id = h.lot_id JOIN party p ON p.id = h.party_id \
                 WHERE h.amount <> 0 OR h.short <> 0 OR h.taken_in <> 0 OR h.packed <> 0 OR h.boxed <> 0"
            ),
            shipments: texts!(
                store,
                "SELECT t.name || ' ' || e.event_id || ' to ' || p.name || ' amount ' || CAST(s.amount AS TEXT) || ' boxed ' \
                 || CAST(s.boxed AS TEXT) || ' received ' || CAST(s.received AS TEXT) || ' refused ' \
                 || CAST(s.refused AS TEXT) || ' lost ' || CAST(s.lost AS TEXT) FROM shipment s JOIN thing t ON t.id = s.lot_id \
                 JOIN event e ON e.id = s.id JOIN party p ON p.id = s.to_party"
            ),
            lineage: texts!(
                store,
                "SELECT e.event_id || ' ' || l.side || ' ' || t.name || ' ' || COALESCE(CAST(l.amount AS TEXT), '?') \
                 FROM lineage l JOIN thing t ON t.id = l.thing_id JOIN event e ON e.id = l.event_id"
            ),
            containment: texts!(
                store,
                "SELECT t.name || ' holds ' || k.name || ' ' || COALESCE(CAST(c.amount AS TEXT), '?') || ' from ' || a.event_id \
                 || ' to ' || COALESCE(r.event_id, 'now') FROM containment c JOIN thing t ON t.id = c.parent_id \
                 JOIN thing k ON k.id = c.child_id JOIN event a ON a.id = c.added_by LEFT JOIN event r ON r.id = c.removed_by"
            ),
            // What is pointed out of what was known when somebody told it depends on when he did.
            breaches: texts!(
                store,
                "SELECT t.name || ' ' || e.event_id || ' ' || b.rule FROM breach b JOIN thing t ON t.id = b.lot_id \
                 JOIN event e ON e.id = b.event_id \
                 WHERE b.stops = 1 OR b.rule NOT IN ('released_on_hold', 'released_recalled', 'stop_taken_back')"
            ),
            stopped: texts!(
                store,
                "SELECT t.name || ' ' || COALESCE(l.breach, 'free') || CASE WHEN l.breach = 'withdrawn' THEN '' \
                 ELSE ' since ' || l.harvested_on || ' declared ' || CAST(l.declared AS TEXT) END \
                 FROM lot l JOIN thing t ON t.id = l.id"
            ),
            parked: texts!(
                store,
                "SELECT e.event_id || ' waits for a ' || k.missing FROM parked k JOIN event e ON e.id = k.event_id"
            ),
            inherited: texts!(
                store,
                "SELECT t.name || ' made of ' || o.name || ' ' || COALESCE(l.upstream, 'free') FROM inherited_stop s \
                 JOIN thing t ON t.id = s.thing_id JOIN thing o ON o.id = s.origin_id LEFT JOIN lot l ON l.id = s.thing_id"
            ),
        }
    }
}

/// The holdings are the sums of the movements, and what goes through a command is never overdrawn.
pub(crate) async fn sums_are_kept(store: &Store) {
    let apart = texts!(
        store,
        "SELECT t.name || ' ' || CAST(h.amount - h.short AS TEXT) || ' ' || CAST(COALESCE(s.net, 0) AS TEXT) || ' ' \
         || CAST(h.boxed AS TEXT) || ' ' || CAST(COALESCE(s.boxed, 0) AS TEXT) \
         FROM holding h JOIN thing t ON t.id = h.lot_id LEFT JOIN (SELECT lot_id, party_id, \
         SUM(CASE WHEN account IN ('harvested', 'produced', 'received', 'returned') THEN amount \
             WHEN account IN ('packed', 'boxed', 'lost') THEN 0 ELSE -amount END) AS net, \
         SUM(CASE WHEN account = 'boxed' THEN amount ELSE 0 END) AS boxed, \
         SUM(CASE WHEN account = 'packed' THEN amount ELSE 0 END) AS packed, \
         SUM(CASE WHEN account IN ('harvested', 'produced', 'received') THEN amount ELSE 0 END) AS taken_in \
         FROM balance_entry GROUP BY lot_id, party_id) s ON s.lot_id = h.lot_id AND s.party_id = h.party_id \
         WHERE h.amount - h.short <> COALESCE(s.net, 0) OR h.boxed <> COALESCE(s.boxed, 0) \
         OR h.packed <> COALESCE(s.packed, 0) OR h.taken_in <> COALESCE(s.taken_in, 0)"
    );
    assert!(apart.is_empty(), "holdings and movements differ: {apart:#?}");
    let missing = texts!(
        store,
        "SELECT t.name FROM balance_entry b JOIN thing t ON t.id = b.lot_id WHERE NOT EXISTS \
         (SELECT 1 FROM holding h WHERE h.lot_id = b.lot_id AND h.party_id = b.party_id)"
    );
    assert!(missing.is_empty(), "movements without a holding: {missing:#?}");
    let arrived = texts!(
        store,
        "SELECT t.name FROM shipment s JOIN thing t ON t.id = s.lot_id WHERE s.received + s.refused + s.lost <> \
         (SELECT COALESCE(SUM(a.received + a.refused + a.lost), 0) FROM arrival a WHERE a.lot_id = s.lot_id AND a.shipment = s.id)"
    );
    assert!(arrived.is_empty(), "arrivals and shipments differ: {arrived:#?}");
}

/// All that follows from the journal, made anew, is what stands.
pub(crate) async fn follows(app: &App) {
    let rebuilt = chain::rebuild(app, false, |_, _| {}).await.expect("a rebuild");
    assert!(rebuilt.rows == 0, "{} rows differ: {:#?}", rebuilt.rows, rebuilt.differences);
}

/// Lets some time go by, so that no two acts happen at the same moment.
pub(crate) fn later(app: &App) -> Moment {
    let then = app.clock.now().plus(Duration::from_hours(1));
    app.clock.set(then);
    then
}

/// The EPCIS event of an act, as it was written.
pub(crate) async fn written(app: &App, event: EventId) -> Value {
    let text = app.store.read(async |tx| events::epcis_of(tx, event).await).await.unwrap().unwrap();
    serde_json::from_str(&text).unwrap()
}

/// An event as somebody tells it.
#[track_caller]
pub(crate) fn told(value: &Value) -> ToldEvent {
    let members = value.as_object().expect("an object");
    let own = members.get("@context").map(|context| epcis::Namespaces::of(context).expect("namespaces"));
    let event = epcis::read(members, &own.unwrap_or_default(), "");
    ToldEvent {
        event: event.unwrap_or_else(|problems| panic!("{problems:?}: {value:#}")),
        raw: value.to_string(),
        context: None,
    }
}

/// Reports an event for a firm.
pub(crate) async fn report(app: &App, by: &By, value: &Value) -> Result<Reported, ReportError> {
    let reporter = Reporter { by: *by, capture: None };
    let told = told(value);
    app.store.write(async |tx| chain::report(tx, app, &reporter, &told).await).await
}

/// Another registry that begins alike: with the same firms, places and products under the same numbers.
pub(crate) async fn twin(on: On, of: &Trade) -> Trade {
    let twin = Trade::start(on).await;
    assert_eq!(twin.farm.party, of.farm.party, "the sample registries begin alike");
    assert_eq!(twin.shop.place, of.shop.place);
    twin
}
