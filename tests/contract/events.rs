//! The journal: what is written of each command, that it is EPCIS 2.0, that free text is not in it, and that nothing changes it.

use crate::support::app::{On, on_both};
use crate::support::log::told;
use crate::support::trade::{Trade, movement, product};
use nguongoc::app::App;
use nguongoc::chain::{self, By, Command, DeclareLot, Error, Pack, Ship, StopLot, When};
use nguongoc::events::{self, Event, Grade, Step};
use nguongoc::kernel::{Day, EventId, LEGAL_ZONE, Line, LotId, Moment, Note, Quantity, Unit};
use nguongoc::log::{self, Commitment, Subject};
use nguongoc::store::{Store, StoreError};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

on_both!(
    each_command_is_an_epcis_event,
    free_text_lies_in_the_erasable_table,
    the_journal_is_never_changed,
    time_and_place_are_gates,
    a_mandate_is_shown_and_needed,
);

/// The words of the Core Business Vocabulary that the registry uses.
const STEPS: [&str; 7] =
    ["commissioning", "packing", "shipping", "receiving", "retail_selling", "holding", "inspecting"];
const DISPOSITIONS: [&str; 5] = ["active", "in_progress", "in_transit", "retail_sold", "recalled"];

/// The rules of EPCIS 2.0 that an event of the registry must keep.
fn check(event: &Value) {
    let object = event.as_object().expect("an object");
    assert_eq!(event["type"], "ObjectEvent");
    assert_eq!(event["@context"][1]["ng"], "urn:nguongoc:voc:");
    assert!(event["eventID"].as_str().unwrap().starts_with("urn:uuid:"));
    for field in ["eventTime", "recordTime"] {
        Moment::parse(event[field].as_str().unwrap()).unwrap();
    }
    let offset = event["eventTimeZoneOffset"].as_str().unwrap();
    assert!(event["eventTime"].as_str().unwrap().ends_with(offset), "{event}");
    assert!(["ADD", "OBSERVE"].contains(&event["action"].as_str().unwrap()));
    assert!(STEPS.contains(&event["bizStep"].as_str().unwrap()), "{event}");
    let disposition = event["disposition"].as_str().unwrap();
    assert!(DISPOSITIONS.contains(&disposition) || disposition.starts_with("urn:nguongoc:voc:"), "{event}");
    let element = &event["quantityList"][0];
    assert!(element["epcClass"].as_str().unwrap().starts_with("https://demo.example.vn/"));
    assert!(element.get("uom").is_none_or(|uom| uom == "KGM"));
    let own = object.keys().filter(|key| key.contains(':'));
    let ilmd = event.get("ilmd").and_then(Value::as_object).into_iter().flat_map(|ilmd| ilmd.keys());
    assert!(own.chain(ilmd).all(|key| key.starts_with("ng:")), "{event}");
    assert!(!event.to_string().contains("null"), "an empty member is left out: {event}");
}

async fn epcis(app: &App, id: EventId) -> Value {
    let text = app.store.read(async |tx| events::epcis_of(tx, id).await).await.unwrap().unwrap();
    let event = serde_json::from_str(&text).unwrap();
    check(&event);
    assert_eq!(event["eventID"], format!("urn:uuid:{id}"));
    event
}

async fn row(app: &App, id: EventId) -> Event {
    app.store.read(async |tx| events::event(tx, id).await).await.unwrap().unwrap()
}

async fn waiting(app: &App, lot: LotId) -> Vec<(String, Value)> {
    told(&app.store, &Subject::Lot(lot)).await
}

async fn each_command_is_an_epcis_event(on: On) {
    let trade = Trade::start(on).await;
    let app = trade.app();
    let farm = &trade.farm;
    let gtin = product(&trade.registry, &farm.member, "Rau muống", Unit::Gram, Some("09521234543213")).await;
    let (moment, offset) = Moment::parse_with_offset("2026-11-22T06:30:00+07:00").unwrap();
    let declare = DeclareLot {
        product: gtin,
        place: Some(farm.place),
        when: Some(When::At(moment, offset)),
        quantity: Quantity::grams(12_500).unwrap(),
        code: Some("HN-2611-07".parse().unwrap()),
        variety: Some(Line::parse("Trung Quốc").unwrap()),
        note: None,
    };
    let harvest = chain::record(app, &farm.by(), Command::Declare(declare)).await.unwrap();
    let lot = harvest.lot.id;
    let event = epcis(app, harvest.event).await;
    assert_eq!(event["action"], "ADD");
    assert_eq!((&event["bizStep"], &event["disposition"]), (&json!("commissioning"), &json!("active")));
    assert_eq!(event["eventTime"], "2026-11-22T06:30:00+07:00");
    assert_eq!(
        event["quantityList"],
        json!([{ "epcClass": "https://demo.example.vn/01/09521234543213/10/HN-2611-07", "quantity": 12.5, "uom": "KGM" }])
    );
    assert_eq!(event["readPoint"], event["bizLocation"]);
    assert!(event["readPoint"]["id"].as_str().unwrap().starts_with("https://demo.example.vn/place/2"));
    assert_eq!(event["ilmd"]["ng:harvestDate"], "2026-11-22");
    assert_eq!(event["ilmd"]["ng:variety"], "Trung Quốc");
    assert_eq!(event["ng:evidenceGrade"], "declared");

    let size = Some(Quantity::grams(500).unwrap());
    let pack = Pack {
        what: movement(farm, lot, 10_000),
        expires_on: None,
        pack_size: size,
        certificates: Vec::new(),
    };
    let packed = chain::record(app, &farm.by(), Command::Pack(pack)).await.unwrap();
    assert_eq!(packed.lot.packed_on, Some(trade.today()));
    assert_eq!(packed.lot.expires_on, Some(trade.today().plus_days(5)), "from the product's shelf life");
    let event = epcis(app, packed.event).await;
    assert_eq!((&event["bizStep"], &event["disposition"]), (&json!("packing"), &json!("in_progress")));
    assert_eq!(event["ng:packSize"], json!({ "ng:value": 0.5, "ng:uom": "KGM" }));
    assert_eq!(event["ng:useBy"], "2026-11-28");

    let shipped = trade.ship(farm, &trade.packer, lot, 10_000).await.unwrap();
    assert_eq!(shipped.left.unwrap().amount(), 2_500);
    let event = epcis(app, shipped.event).await;
    assert_eq!((&event["bizStep"], &event["disposition"]), (&json!("shipping"), &json!("in_transit")));
    assert_eq!(event["sourceList"][0]["type"], "owning_party");
    assert_eq!(
        event["destinationList"][0]["destination"],
        format!("urn:nguongoc:party:{}", trade.packer.party)
    );
    assert!(event.get("bizLocation").is_none(), "what is under way is nowhere yet");

    let received = trade.receive(&trade.packer, shipped.event, 9_900).await.unwrap();
    let event = epcis(app, received.event).await;
    assert_eq!((&event["bizStep"], &event["disposition"]), (&json!("receiving"), &json!("in_progress")));
    assert_eq!(
        event["bizTransactionList"][0],
        json!({ "type": "desadv", "bizTransaction": format!("urn:uuid:{}", shipped.event) })
    );
    let sold = trade.sell(&trade.packer, lot, 900).await.unwrap();
    let event = epcis(app, sold.event).await;
    assert_eq!((&event["bizStep"], &event["disposition"]), (&json!("retail_selling"), &json!("retail_sold")));

    let officer = By::Official(trade.officer);
    let stop = StopLot { lot, reason: Note::parse("Vượt dư lượng").unwrap() };
    for (command, step, disposition) in [
        (Command::Hold(stop.clone()), "holding", "urn:nguongoc:voc:on_hold"),
        (Command::Release(stop.clone()), "inspecting", "urn:nguongoc:voc:released"),
        (Command::Recall(stop), "inspecting", "recalled"),
    ] {
        let recorded = chain::record(app, &officer, command).await.unwrap();
        let event = epcis(app, recorded.event).await;
        assert_eq!((&event["bizStep"], &event["disposition"]), (&json!(step), &json!(disposition)));
        assert_eq!(event["ng:reason"], "Vượt dư lượng");
        let row = row(app, recorded.event).await;
        assert_eq!((row.grade, row.party), (Grade::Inspected, None));
    }
    // One entry for the lot and one for each event; each raised the lot's version.
    let entries = waiting(app, lot).await;
    assert_eq!(entries.iter().filter(|(kind, _)| kind == "lot.declared").count(), 1);
    assert_eq!(entries.iter().filter(|(kind, _)| kind == "event.recorded").count(), 8);
    let found = app.store.read(async |tx| nguongoc::lots::find(tx, lot).await).await.unwrap().unwrap();
    assert_eq!(found.version, 7);
    assert!(app.changes.count(lot) >= 8);
}

async fn free_text_lies_in_the_erasable_table(on: On) {
    let trade = Trade::start(on).await;
    let app = trade.app();
    let lot = trade.lot(1_000).await;
    let note = "Gọi anh Hoa\u{300}n 0912 345 678 <script>alert(1)</script>'; DROP TABLE lot; --";
    let what = chain::Move { note: Some(Note::parse(note).unwrap()), ..movement(&trade.farm, lot, 400) };
    let vehicle = Some(Line::parse("29C-123.45").unwrap());
    let document = Some(Line::parse("PX-77").unwrap());
    let ship = Ship { what, to: Some(trade.packer.party), document, vehicle, back: false };
    let id = chain::record(app, &trade.farm.by(), Command::Ship(ship)).await.unwrap().event;
    let event = epcis(app, id).await.to_string();
    let entries = waiting(app, lot).await;
    let (_, body) = entries.iter().find(|(_, body)| body["event"] == json!(id)).unwrap();
    for secret in ["0912", "script", "29C", "PX-77"] {
        assert!(!event.contains(secret) && !body.to_string().contains(secret), "{secret} got out");
    }
    for secret in ["400", &trade.packer.party.to_string()] {
        assert!(!body.to_string().contains(secret), "{secret} got into the log");
    }
    for field in ["note", "vehicle", "document", "quantity", "counterparty", "shipment"] {
        let kept =
            app.store.read(async |tx| log::private(tx, id.as_uuid(), field).await).await.unwrap().unwrap();
        let opened = Commitment::to(&kept.salt, &kept.value).unwrap().to_string();
        assert_eq!(body["commitments"][field], opened, "{field}");
    }
    let kept =
        app.store.read(async |tx| log::private(tx, id.as_uuid(), "note").await).await.unwrap().unwrap();
    assert!(kept.value.as_str().unwrap().starts_with("Gọi anh Hoàn"), "NFC: {}", kept.value);
}

async fn the_journal_is_never_changed(on: On) {
    let trade = Trade::start(on).await;
    trade.lot(1_000).await;
    for statement in ["UPDATE event SET step = 'sell'", "DELETE FROM event"] {
        let refused = match &trade.app().store {
            Store::Sqlite { writer, .. } => sqlx::query(statement).execute(writer).await.map(|_| ()),
            Store::Postgres { pool, .. } => sqlx::query(statement).execute(pool).await.map(|_| ()),
        };
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("the journal is never changed"), "{refused}");
    }
}

async fn time_and_place_are_gates(on: On) {
    let trade = Trade::start(on).await;
    let app = trade.app();
    let now = app.clock.now();
    let farm = &trade.farm;
    let declare = async |when: Option<When>| {
        let Command::Declare(lot) = trade.declaration(1_000, None) else { unreachable!() };
        chain::record(app, &farm.by(), Command::Declare(DeclareLot { when, ..lot })).await
    };
    let at = |minutes: u64| Some(When::At(now.plus(Duration::from_secs(minutes * 60)), LEGAL_ZONE));
    // A phone's clock may be a little ahead; a day or an hour that lies ahead is refused.
    assert!(declare(at(4)).await.is_ok());
    assert!(matches!(declare(at(6)).await, Err(Error::Future { .. })));
    let tomorrow = trade.today().plus_days(1);
    assert!(matches!(declare(Some(When::On(tomorrow))).await, Err(Error::Future { day }) if day == tomorrow));
    // A civil date is one of the legal zone, whatever offset was given: 20:00 UTC on the 21st is the 22nd here.
    let (moment, offset) = Moment::parse_with_offset("2026-11-21T20:00:00+00:00").unwrap();
    let lot = declare(Some(When::At(moment, offset))).await.unwrap();
    assert_eq!(lot.lot.harvested_on, Day::parse("2026-11-22").unwrap());
    let lot = lot.lot.id;

    let sell = async |when| {
        let sale = chain::Move { when, ..movement(farm, lot, 10) };
        chain::record(app, &farm.by(), Command::Sell(sale)).await
    };
    let early = sell(Some(When::On(Day::parse("2026-11-21").unwrap()))).await;
    assert!(matches!(early, Err(Error::BeforeHarvest { .. })), "{early:?}");
    // The same day without an hour comes after what the day already holds.
    let sold = sell(Some(When::On(Day::parse("2026-11-22").unwrap()))).await.unwrap();
    let event = row(app, sold.event).await;
    assert!(event.whole_day && event.time >= moment, "{event:?}");
    assert_eq!(epcis(app, sold.event).await["ng:timePrecision"], "day");

    // Another firm's place and product, and a place that is closed.
    let Command::Declare(right) = trade.declaration(1_000, None) else { unreachable!() };
    for (wrong, what) in [
        (DeclareLot { place: Some(trade.shop.place), ..right.clone() }, "place"),
        (DeclareLot { product: trade.shop.product, ..right.clone() }, "product"),
    ] {
        let refused = chain::record(app, &farm.by(), Command::Declare(wrong)).await;
        assert!(matches!(refused, Err(Error::NotYours { what: named, .. }) if named == what));
    }
    nguongoc::places::close(app, &farm.member, farm.place).await.unwrap();
    let refused = chain::record(app, &farm.by(), Command::Declare(right)).await;
    assert!(matches!(refused, Err(Error::PlaceClosed { .. })));
    // The authority does not trade, a firm does not stop the lots of others: it is not told that there are any.
    let officer = By::Official(trade.officer);
    let refused = chain::record(app, &officer, Command::Sell(movement(farm, lot, 1))).await;
    assert!(matches!(refused, Err(Error::WrongRole)));
    let stop = StopLot { lot, reason: Note::parse("x").unwrap() };
    let refused = chain::record(app, &trade.shop.by(), Command::Hold(stop.clone())).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    chain::record(app, &farm.by(), Command::Hold(stop)).await.expect("a firm's own lot");
}

async fn a_mandate_is_shown_and_needed(on: On) {
    let trade = Trade::start(on).await;
    let app = trade.app();
    let (household, mandate) = trade.household().await;
    let command = || {
        Command::Declare(DeclareLot {
            product: household.product,
            place: Some(household.place),
            when: None,
            quantity: Quantity::grams(5_000).unwrap(),
            code: None,
            variety: None,
            note: None,
        })
    };
    let by = By::behalf(trade.farm.member, household.party);
    let recorded = chain::record(app, &by, command()).await.unwrap();
    assert_eq!(recorded.lot.party, household.party, "the lot is the household's");
    let event = row(app, recorded.event).await;
    assert_eq!(
        (event.party, event.behalf_of, event.mandate),
        (Some(trade.farm.party), Some(household.party), Some(mandate))
    );
    assert_eq!(event.whose(), Some(household.party));
    assert_eq!(event.step, Step::Harvest);
    let shown = epcis(app, recorded.event).await;
    assert_eq!(shown["ng:mandate"], format!("urn:uuid:{mandate}"));
    assert_eq!(shown["ng:onBehalfOf"], format!("urn:nguongoc:party:{}", household.party));
    assert_eq!(shown["ng:recordedBy"], format!("urn:nguongoc:party:{}", trade.farm.party));

    // Somebody without a mandate; a day before it began; after it was revoked.
    let stranger = By::behalf(trade.shop.member, household.party);
    let refused = chain::record(app, &stranger, command()).await;
    assert!(matches!(refused, Err(Error::NoMandate { .. })), "{refused:?}");
    let Command::Declare(lot) = command() else { unreachable!() };
    let yesterday = Some(When::On(trade.today().plus_days(-1)));
    let refused = chain::record(app, &by, Command::Declare(DeclareLot { when: yesterday, ..lot })).await;
    assert!(matches!(refused, Err(Error::NoMandate { .. })), "{refused:?}");
    let signatory = nguongoc::parties::Signatory::from(&trade.officer);
    nguongoc::parties::revoke_mandate(app, &signatory, mandate).await.unwrap();
    let refused = chain::record(app, &by, command()).await;
    assert!(matches!(refused, Err(Error::NoMandate { .. })), "{refused:?}");
    let nothing: Result<Vec<_>, StoreError> = app
        .store
        .read(async |tx| nguongoc::lots::store::of_party(tx, household.party, Uuid::max(), 10).await)
        .await;
    assert_eq!(nothing.unwrap().len(), 1, "a refused command left something behind");
}
