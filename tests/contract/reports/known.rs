//! What is told of lots, places and products before they are known, or under another name than they have now.

use super::{Teller, greens, lot_named};
use crate::sequence::sql;
use crate::support::app::{On, on_both};
use crate::support::chain::{Accounts, follows, later, report};
use crate::support::rows;
use crate::support::trade::{Firm, Trade, product};
use nguongoc::chain::{self, Outcome, PlaceError, ReportError};
use nguongoc::kernel::Unit;
use nguongoc::places::{self, PlaceDraft};
use nguongoc::products::{self, ProductDraft};
use nguongoc::{events, lots};
use serde_json::json;

on_both!(
    a_split_that_is_told_before_the_lot_is_known_carries_what_was_known,
    what_was_told_of_a_place_is_told_of_it_whatever_it_is_called,
    what_was_told_of_a_product_before_it_was_known_was_told_of_nothing_known,
    a_product_that_comes_later_and_does_not_fit_gives_nothing_back,
    a_gln_by_which_something_was_told_or_sent_is_kept,
);

async fn a_split_that_is_told_before_the_lot_is_known_carries_what_was_known(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await;
    let farm = Teller::of(&trade, &trade.farm).await;
    let (a, b) = (format!("{class}A"), format!("{class}B"));
    // In this order it happened, and the other way round it is told: nothing is known of the lot until its harvest is.
    let harvest = farm.event(1, "ADD", "commissioning", &a, 10.0);
    let mut split = farm.transformation(2, &[(&a, 4.0)], &[(&b, 4.0)]);
    split["bizStep"] = format!("{}splitting", events::uri::VOCABULARY).into();
    let packing = farm.event(3, "OBSERVE", "packing", &a, 6.0);
    for event in [&packing, &split, &harvest] {
        farm.tell(event).await;
        follows(trade.app()).await;
    }
    let mut packed = Vec::new();
    for name in ["A", "B"] {
        let lot = lot_named(&trade, &format!("01/09521234543213/10/{name}")).await;
        let account =
            trade.app().store.read(async |tx| lots::code_account(tx, lot, trade.farm.party).await).await;
        packed.push(account.unwrap().packed);
    }
    // Nothing was packed when it was split.
    assert_eq!(packed, [6_000, 0]);
}

async fn what_was_told_of_a_product_before_it_was_known_was_told_of_nothing_known(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await;
    let farm = Teller::of(&trade, &trade.farm).await;
    let grown = format!("{class}A");
    assert_eq!(farm.tell(&farm.event(1, "ADD", "commissioning", &grown, 10.0)).await, Outcome::Recorded);
    // What comes out of it is of products that are registered afterwards: one as a new one, one that had no GTIN until then.
    let (new, named) = (rows::gtin(31), rows::gtin(32));
    for (number, gtin) in [(2, &new), (3, &named)] {
        let made = format!("https://id.gs1.org/01/0{gtin}/10/B");
        let made = farm.transformation(number, &[(&grown, 2.0)], &[(&made, 2.0)]);
        assert_eq!(farm.tell(&made).await, Outcome::Recorded);
    }
    let lot = lot_named(&trade, "01/09521234543213/10/A").await;
    assert_eq!(farm.left(lot).await, (6_000, 0));
    let member = &trade.farm.member;
    later(trade.app());
    product(&trade.registry, member, "Rau rửa", Unit::Gram, Some(&format!("0{new}"))).await;
    let other = product(&trade.registry, member, "Rau cắt", Unit::Gram, None).await;
    let made = lot_named(&trade, &format!("01/0{new}/10/B")).await;
    assert_eq!(farm.left(made).await, (2_000, 0), "it is a lot as soon as its product is known");
    follows(trade.app()).await;
    later(trade.app());
    let known = trade.app().store.read(async |tx| products::product(tx, other).await).await.unwrap().unwrap();
    let draft = ProductDraft { gtin: format!("0{named}"), ..ProductDraft::from(&known) };
    chain::change_product(trade.app(), member, other, &draft.parse().unwrap()).await.unwrap();
    let made = lot_named(&trade, &format!("01/0{named}/10/B")).await;
    assert_eq!(farm.left(made).await, (2_000, 0));
    follows(trade.app()).await;
    // Where it is not known any more since when the product has its GTIN, its lots begin when they began all the same.
    let as_before = "UPDATE product_gtin SET since = (SELECT created_at FROM product WHERE id = product_id)";
    assert_eq!(sql(trade.app(), as_before).await.unwrap(), 3);
    follows(trade.app()).await;
    // Told now, it is a lot at once.
    let made = format!("https://id.gs1.org/01/0{named}/10/C");
    assert_eq!(
        farm.tell(&farm.transformation(4, &[(&grown, 1.0)], &[(&made, 1.0)])).await,
        Outcome::Recorded
    );
    assert_eq!(farm.left(lot).await, (5_000, 0));
    let made = lot_named(&trade, &format!("01/0{named}/10/C")).await;
    assert_eq!(farm.left(made).await, (1_000, 0));
    follows(trade.app()).await;
}

/// Calls a place of a firm by a GLN, or by none.
async fn call(trade: &Trade, firm: &Firm, gln: &str) -> Result<(), PlaceError> {
    later(trade.app());
    let place =
        trade.app().store.read(async |tx| places::place(tx, firm.place).await).await.unwrap().unwrap();
    let draft = PlaceDraft { gln: gln.to_owned(), ..PlaceDraft::from(&place) };
    chain::change_place(trade.app(), &firm.member, firm.place, &draft.parse().unwrap()).await.map(|_| ())
}

async fn what_was_told_of_a_place_is_told_of_it_whatever_it_is_called(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await;
    let (first, second) = (rows::gln(1).to_string(), rows::gln(2).to_string());
    let (first, second) = (first.as_str(), second.as_str());
    call(&trade, &trade.shop, second).await.unwrap();
    // Nothing was told of the shop under that one, typed by mistake.
    call(&trade, &trade.shop, "").await.unwrap();
    // Nobody is called so yet: nothing grew at a place that is known.
    let mut early =
        Teller::of(&trade, &trade.farm).await.event(1, "ADD", "commissioning", &format!("{class}A"), 10.0);
    early["readPoint"]["id"] = format!("https://id.gs1.org/414/{second}").into();
    let refused = report(trade.app(), &trade.farm.by(), &early).await;
    assert!(
        matches!(&refused, Err(ReportError::Refused(problem)) if problem.code == "read_point_not_yours"),
        "{refused:?}"
    );
    call(&trade, &trade.farm, first).await.unwrap();
    let farm = Teller::of(&trade, &trade.farm).await;
    assert!(farm.place.ends_with(first), "{}", farm.place);
    let grown = farm.event(2, "ADD", "commissioning", &format!("{class}A"), 10.0);
    assert_eq!(farm.tell(&grown).await, Outcome::Recorded);
    let formed = trade.lot(5_000).await;
    call(&trade, &trade.farm, second).await.unwrap();
    follows(trade.app()).await;
    // More of it, told by a program that knows the old name, and by one that knows the new one.
    let more = farm.event(3, "ADD", "creating_class_instance", &format!("{class}A"), 1.0);
    assert_eq!(farm.tell(&more).await, Outcome::Recorded);
    let renamed = Teller::of(&trade, &trade.farm).await;
    assert!(renamed.place.ends_with(second), "{}", renamed.place);
    let more = renamed.event(4, "ADD", "creating_class_instance", &format!("{class}A"), 1.0);
    assert_eq!(renamed.tell(&more).await, Outcome::Recorded);
    let lot = lot_named(&trade, "01/09521234543213/10/A").await;
    for lot in [lot, formed] {
        let lot = trade.app().store.read(async |tx| lots::find(tx, lot).await).await.unwrap().unwrap();
        assert_eq!(lot.stop(), None);
    }
    assert_eq!(farm.left(lot).await, (12_000, 0));
    // Sent to a shop by the GLN that it had then.
    let third = rows::gln(3).to_string();
    call(&trade, &trade.shop, &third).await.unwrap();
    let mut sent = renamed.event(5, "OBSERVE", "shipping", &format!("{class}A"), 3.0);
    sent["destinationList"] =
        json!([{ "type": "location", "destination": format!("https://id.gs1.org/414/{third}") }]);
    assert_eq!(renamed.tell(&sent).await, Outcome::Recorded);
    call(&trade, &trade.shop, "").await.unwrap();
    let taken = call(&trade, &trade.packer, &third).await;
    assert!(matches!(taken, Err(PlaceError::Place(places::Error::GlnTaken { .. }))), "{taken:?}");
    follows(trade.app()).await;
    assert_eq!(farm.left(lot).await, (9_000, 0));
    // No other place is ever called as this one was when something was told of it.
    for gln in [first, second] {
        let taken = call(&trade, &trade.shop, gln).await;
        assert!(matches!(taken, Err(PlaceError::Place(places::Error::GlnTaken { .. }))), "{taken:?}");
    }
    call(&trade, &trade.farm, "").await.unwrap();
    call(&trade, &trade.farm, first).await.unwrap();
    follows(trade.app()).await;
}

async fn a_product_that_comes_later_and_does_not_fit_gives_nothing_back(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await;
    let farm = Teller::of(&trade, &trade.farm).await;
    let grown = format!("{class}A");
    farm.tell(&farm.event(1, "ADD", "commissioning", &grown, 10.0)).await;
    // Kilograms of what is counted in pieces when it is registered; and what was made nobody says where.
    let (pieces, nowhere) = (rows::gtin(41), rows::gtin(42));
    for (number, gtin) in [(2, &pieces), (3, &nowhere)] {
        let made = format!("https://id.gs1.org/01/0{gtin}/10/B");
        let mut made = farm.transformation(number, &[(&grown, 2.0)], &[(&made, 2.0)]);
        if *gtin == nowhere {
            made.as_object_mut().unwrap().remove("readPoint");
        }
        assert_eq!(farm.tell(&made).await, Outcome::Recorded);
    }
    let lot = lot_named(&trade, "01/09521234543213/10/A").await;
    assert_eq!(farm.left(lot).await, (6_000, 0));
    let lineage = Accounts::of(&trade.app().store).await.lineage;
    let member = &trade.farm.member;
    for (name, unit, gtin) in [("Rau bó", Unit::Piece, &pieces), ("Rau cắt", Unit::Gram, &nowhere)] {
        later(trade.app());
        product(&trade.registry, member, name, unit, Some(&format!("0{gtin}"))).await;
        assert_eq!(farm.left(lot).await, (6_000, 0), "what went into it does not come back: {name}");
        assert_eq!(Accounts::of(&trade.app().store).await.lineage, lineage);
        follows(trade.app()).await;
    }
}

async fn a_gln_by_which_something_was_told_or_sent_is_kept(on: On) {
    let trade = Trade::start(on).await;
    let class = greens(&trade).await;
    let farm = Teller::of(&trade, &trade.farm).await;
    let (shops, fields, next) =
        (rows::gln(51).to_string(), rows::gln(52).to_string(), rows::gln(53).to_string());
    // Told at a place before anything is called so, of a product that is not there either.
    let gtin = rows::gtin(54);
    let mut grown =
        farm.event(1, "ADD", "commissioning", &format!("https://id.gs1.org/01/0{gtin}/10/E"), 5.0);
    grown.as_object_mut().unwrap().remove("readPoint");
    grown["bizLocation"] = json!({ "id": format!("https://id.gs1.org/414/{fields}") });
    assert_eq!(farm.tell(&grown).await, Outcome::Recorded);
    call(&trade, &trade.farm, &fields).await.unwrap();
    later(trade.app());
    product(&trade.registry, &trade.farm.member, "Rau thơm", Unit::Gram, Some(&format!("0{gtin}"))).await;
    let early = lot_named(&trade, &format!("01/0{gtin}/10/E")).await;
    assert_eq!(farm.left(early).await, (5_000, 0));
    // Sent to a shop as to a party of that GLN.
    let farm = Teller::of(&trade, &trade.farm).await;
    farm.tell(&farm.event(2, "ADD", "commissioning", &format!("{class}A"), 10.0)).await;
    call(&trade, &trade.shop, &shops).await.unwrap();
    let mut sent = farm.event(3, "OBSERVE", "shipping", &format!("{class}A"), 3.0);
    sent["destinationList"] =
        json!([{ "type": "owning_party", "destination": format!("https://id.gs1.org/417/{shops}") }]);
    assert_eq!(farm.tell(&sent).await, Outcome::Recorded);
    follows(trade.app()).await;
    for (firm, other, was) in [(&trade.farm, next.as_str(), &fields), (&trade.shop, "", &shops)] {
        call(&trade, firm, other).await.unwrap();
        let taken = call(&trade, &trade.packer, was).await;
        assert!(matches!(taken, Err(PlaceError::Place(places::Error::GlnTaken { .. }))), "{was}: {taken:?}");
    }
    follows(trade.app()).await;
    let stop = trade.app().store.read(async |tx| lots::find(tx, early).await).await.unwrap().unwrap().stop();
    assert_eq!(stop, None);
}
