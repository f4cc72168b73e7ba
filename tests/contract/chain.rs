//! Every act through the one door: what is left, what is under way, what was made of what, what lies where; and that what was written
//! of it is EPCIS 2.0 that means the same when it is read back. Over 600 lines because all of it is tried on one chain of lots.

use crate::support::app::{On, on_both};
use crate::support::chain::{Accounts, later, report, sums_are_kept, told, twin, written};
use crate::support::season::{CASES, Season, Wish, collect, firms, grams};
use crate::support::trade::{Firm, Trade, inspector, movement, product};
use futures_util::future::join_all;
use nguongoc::chain::{
    self, By, Casing, Command, Correct, DeclareLot, Error, Goods, Move, Outcome, Output, Pack, Portion,
    Receive, Recorded, Ship, StopLot, Test, Transform, When,
};
use nguongoc::events::{self, Step};
use nguongoc::kernel::{Day, EventId, LotCode, LotId, Note, ProductId, Quantity, Unit};
use nguongoc::lots;
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};

on_both!(
    every_act_and_what_is_read_back_of_it,
    each_refusal,
    lots_and_cases_travel_together,
    a_part_of_a_case_is_counted_in_no_case,
    a_correction_takes_everything_back,
    a_failed_test_holds_until_it_is_let_pass,
    many_writers_of_one_lot_and_one_case,
    a_gtin_that_comes_later_joins_what_was_told,
    a_case_resolves_to_the_lots_in_it,
);

async fn act(trade: &Trade, firm: &Firm, command: Command) -> Recorded {
    later(trade.app());
    let done = chain::record(trade.app(), &firm.by(), command).await;
    done.unwrap_or_else(|error| panic!("{error:?}"))
}

async fn refused(trade: &Trade, firm: &Firm, command: Command) -> Error {
    chain::record(trade.app(), &firm.by(), command).await.expect_err("a refusal")
}

/// What a firm has of a lot, and how much of it in cases.
async fn left(trade: &Trade, firm: &Firm, lot: LotId) -> (i64, i64) {
    let held = trade.app().store.read(async |tx| lots::holding(tx, lot, firm.party).await).await;
    let held = held.unwrap().unwrap_or_default();
    (held.amount, held.boxed)
}

fn declare(firm: &Firm, amount: i64, code: &str) -> DeclareLot {
    DeclareLot {
        product: firm.product,
        place: Some(firm.place),
        when: None,
        quantity: grams(amount),
        code: Some(LotCode::parse(code).unwrap()),
        variety: None,
        note: None,
    }
}

fn goods(firm: &Firm, lots: &[(LotId, i64)], cases: &[&str]) -> Move {
    let lots = lots.iter().map(|(lot, amount)| Portion { lot: *lot, quantity: grams(*amount) });
    let cases = cases.iter().map(|case| (*case).to_owned()).collect();
    Move { goods: Goods { lots: lots.collect(), cases }, place: Some(firm.place), when: None, note: None }
}

fn casing(firm: &Firm, case: &str, lots: &[(LotId, i64)], cases: &[&str]) -> Casing {
    Casing { case: case.to_owned(), what: goods(firm, lots, cases) }
}

fn ship(what: Move, to: &Firm, back: bool) -> Command {
    Command::Ship(Ship { what, to: Some(to.party), document: None, vehicle: None, back })
}

fn receipt(firm: &Firm, shipment: EventId, lots: &[(LotId, i64)]) -> Receive {
    Receive {
        shipment: Some(shipment),
        from: None,
        lots: goods(firm, lots, &[]).goods.lots,
        place: Some(firm.place),
        when: None,
        note: None,
    }
}

fn make(firm: &Firm, step: Step, inputs: &[(LotId, i64)], outputs: &[(&str, i64)]) -> Transform {
    let outputs = outputs.iter().map(|(code, amount)| Output {
        product: firm.product,
        code: Some(LotCode::parse(code).unwrap()),
        quantity: grams(*amount),
    });
    Transform {
        step,
        inputs: goods(firm, inputs, &[]).goods.lots,
        unknown: Vec::new(),
        unknown_outputs: Vec::new(),
        outputs: outputs.collect(),
        node: None,
        place: Some(firm.place),
        when: None,
        note: None,
    }
}

fn pack(what: Move, pack_size: Option<Quantity>, expires_on: Option<Day>) -> Command {
    Command::Pack(Pack { what, expires_on, pack_size, certificates: Vec::new() })
}

fn test(firm: &Firm, lot: LotId, conforms: bool) -> Command {
    Command::Test(Test { lot, conforms, report: None, place: Some(firm.place), when: None, note: None })
}

fn wrong(event: EventId) -> Command {
    Command::Correct(Correct { event, did_not_occur: true, instead: Vec::new(), note: None })
}

async fn made(trade: &Trade, product: ProductId, code: &str) -> LotId {
    let code = LotCode::parse(code).unwrap();
    let found = trade.app().store.read(async |tx| lots::by_code(tx, product, &code).await).await;
    found.unwrap().expect("a lot").id
}

/// All that was written is read as EPCIS, and told to another registry it has the same effects.
async fn read_back(on: On, trade: &Trade, done: &[(usize, EventId)]) {
    sums_are_kept(&trade.app().store).await;
    let other = twin(on, trade).await;
    other.app().clock.set(trade.app().clock.now());
    for (who, event) in done {
        let value = written(trade.app(), *event).await;
        let read = told(&value).event;
        let mut members = value.as_object().unwrap().clone();
        members.retain(|name, _| !matches!(name.as_str(), "@context" | "recordTime"));
        assert_eq!(read.to_json(), members, "written again as it was");
        later(other.app());
        let outcome = report(other.app(), &firms(&other)[*who].by(), &value).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{error}: {value:#}")).outcome;
        assert!(
            !matches!(outcome, Outcome::Parked("shipment") | Outcome::Repeated),
            "{outcome:?}: {value:#}"
        );
    }
    assert_eq!(Accounts::of(&trade.app().store).await, Accounts::of(&other.app().store).await);
}

async fn every_act_and_what_is_read_back_of_it(on: On) {
    let trade = Trade::start(on).await;
    let (farm, packer, shop) = (&trade.farm, &trade.packer, &trade.shop);
    let mut done: Vec<(usize, EventId)> = Vec::new();
    // Collected from several places, and more of it picked later.
    let more = vec![(farm.place, grams(500)), (farm.place, grams(250))];
    let lot = act(&trade, farm, collect(declare(farm, 1_000, "A"), more)).await;
    assert_eq!(lot.left.unwrap().amount(), 1_750);
    let lot = lot.lot.id;
    let all = trade.app().store.read(async |tx| events::of_thing(tx, lot.into()).await).await.unwrap();
    assert_eq!(all.len(), 3, "each place is an event of its own");
    done.extend(all.into_iter().map(|event| (0, event)));
    let picked = act(&trade, farm, Command::Pick(movement(farm, lot, 250))).await;
    assert_eq!((picked.left.unwrap().amount(), picked.lot.declared.amount()), (2_000, 2_000));
    done.push((0, picked.event));
    // Made in each way: two in, two out; what is missing was lost.
    let mut sources = vec![lot];
    for (n, step) in Step::TRANSFORMATIONS.into_iter().enumerate() {
        let codes = [format!("T{n}-1"), format!("T{n}-2")];
        let inputs: Vec<(LotId, i64)> = sources.iter().rev().take(2).map(|lot| (*lot, 100)).collect();
        let most = 100 * i64::try_from(inputs.len()).unwrap();
        let outputs = [(codes[0].as_str(), most / 2), (codes[1].as_str(), most / 2 - 10)];
        let recorded = act(&trade, farm, Command::Transform(make(farm, step, &inputs, &outputs))).await;
        assert_eq!(recorded.left.unwrap().amount(), most / 2);
        done.push((0, recorded.event));
        let fresh = act(&trade, farm, Command::Declare(declare(farm, 300, &format!("D{n}")))).await;
        done.push((0, fresh.event));
        sources = vec![fresh.lot.id, lot];
    }
    let lines = Accounts::of(&trade.app().store).await.lineage;
    assert_eq!(lines.len(), 1 + 2 + 6 * 4, "{lines:#?}");
    // Packed, into cases, onto a pallet, sent whole, received whole.
    done.push((0, act(&trade, farm, pack(movement(farm, lot, 500), Some(grams(250)), None)).await.event));
    for command in [
        Command::Aggregate(casing(farm, CASES[0], &[(lot, 300)], &[])),
        Command::Aggregate(casing(farm, CASES[0], &[(lot, 100)], &[])),
        Command::Disaggregate(casing(farm, CASES[0], &[(lot, 50)], &[])),
        Command::Aggregate(casing(farm, CASES[3], &[], &[CASES[0]])),
    ] {
        done.push((0, act(&trade, farm, command).await.event));
    }
    let held = left(&trade, farm, lot).await;
    assert_eq!(held.1, 350);
    let sent = act(&trade, farm, ship(goods(farm, &[(lot, 150)], &[CASES[3]]), packer, false)).await;
    done.push((0, sent.event));
    assert_eq!(left(&trade, farm, lot).await, (held.0 - 500, 0));
    let received = act(&trade, packer, Command::Receive(receipt(packer, sent.event, &[]))).await;
    done.push((1, received.event));
    assert_eq!(left(&trade, packer, lot).await, (500, 350));
    for command in [
        Command::Disaggregate(casing(packer, CASES[3], &[], &[CASES[0]])),
        Command::Disaggregate(casing(packer, CASES[0], &[], &[])),
    ] {
        done.push((1, act(&trade, packer, command).await.event));
    }
    assert_eq!(left(&trade, packer, lot).await, (500, 0));
    // Sent on: received in part, refused in part, the refused received back; sent back, received.
    let sent = act(&trade, packer, ship(goods(packer, &[(lot, 300)], &[]), shop, false)).await;
    done.push((1, sent.event));
    done.push((2, act(&trade, shop, Command::Receive(receipt(shop, sent.event, &[(lot, 200)]))).await.event));
    let back = act(&trade, shop, Command::Refuse(receipt(shop, sent.event, &[(lot, 100)]))).await;
    done.push((2, back.event));
    done.push((1, act(&trade, packer, Command::Receive(receipt(packer, back.event, &[]))).await.event));
    assert_eq!((left(&trade, packer, lot).await.0, left(&trade, shop, lot).await.0), (300, 200));
    let back = act(&trade, shop, ship(movement(shop, lot, 50), packer, true)).await;
    done.push((2, back.event));
    assert_eq!(written(trade.app(), back.event).await["disposition"], "returned");
    done.push((1, act(&trade, packer, Command::Receive(receipt(packer, back.event, &[]))).await.event));
    // Sold, sampled, tested, lost.
    for command in [
        Command::Sell(movement(shop, lot, 40)),
        Command::Sample(movement(shop, lot, 10)),
        test(shop, lot, true),
        Command::Waste(movement(shop, lot, 30)),
    ] {
        done.push((2, act(&trade, shop, command).await.event));
    }
    assert_eq!(left(&trade, shop, lot).await.0, 70);
    // An error and its correction.
    let sale = act(&trade, shop, Command::Sell(movement(shop, lot, 20))).await;
    done.push((2, sale.event));
    done.push((2, act(&trade, shop, wrong(sale.event)).await.event));
    assert_eq!(left(&trade, shop, lot).await.0, 70);
    assert!(Accounts::of(&trade.app().store).await.breaches.is_empty());
    read_back(on, &trade, &done).await;
}

#[expect(clippy::too_many_lines, reason = "the refusals, one after the other, in one registry")]
async fn each_refusal(on: On) {
    let trade = Trade::start(on).await;
    let (farm, packer, shop) = (&trade.farm, &trade.packer, &trade.shop);
    let pieces = product(&trade.registry, &farm.member, "Trứng gà", Unit::Piece, None).await;
    let a = Box::pin(act(&trade, farm, Command::Declare(declare(farm, 1_000, "A")))).await.lot.id;
    let b = Box::pin(act(&trade, farm, Command::Declare(declare(farm, 1_000, "B")))).await.lot.id;
    let sent = Box::pin(act(&trade, farm, ship(goods(farm, &[(a, 100)], &[]), packer, false))).await;
    Box::pin(act(&trade, farm, Command::Aggregate(casing(farm, CASES[0], &[(a, 800)], &[])))).await;
    Box::pin(act(&trade, farm, Command::Aggregate(casing(farm, CASES[1], &[], &[CASES[0]])))).await;
    macro_rules! is {
        ($firm:expr, $command:expr, $error:pat) => {{
            // In a box: so many futures of this size are too much for the stack of a thread.
            let error = Box::pin(refused(&trade, $firm, $command)).await;
            assert!(matches!(error, $error), "{} instead of {}", format!("{error:?}"), stringify!($error));
        }};
    }
    let nowhere = |what: Move| Move { place: None, ..what };
    let egg = Quantity::new(1, Unit::Piece).unwrap();
    is!(shop, Command::Sell(movement(shop, a, 1)), Error::NotFound);
    is!(farm, Command::Sell(nowhere(movement(farm, b, 1))), Error::NotYours { what: "place", .. });
    is!(farm, Command::Sell(movement(packer, b, 1)), Error::NotYours { what: "place", .. });
    is!(
        farm,
        Command::Declare(DeclareLot { product: shop.product, ..declare(farm, 1, "X") }),
        Error::NotYours { .. }
    );
    is!(farm, Command::Declare(declare(farm, 1, "A")), Error::LotCodeTaken { .. });
    is!(
        farm,
        Command::Declare(DeclareLot { product: pieces, ..declare(farm, 1, "X") }),
        Error::WrongUnit { .. }
    );
    is!(farm, ship(movement(farm, b, 1), farm, false), Error::ToOneself);
    let nobody = Firm { party: trade.app().id(), ..shop.clone() };
    is!(farm, ship(movement(farm, b, 1), &nobody, false), Error::UnknownReceiver { .. });
    is!(farm, Command::Sell(movement(farm, b, 1_001)), Error::BalanceExceeded { .. });
    is!(farm, Command::Sell(movement(farm, a, 101)), Error::InCases { .. });
    is!(farm, Command::Sell(movement(farm, b, 0)), Error::Nothing);
    is!(farm, Command::Sell(goods(farm, &[], &[])), Error::Nothing);
    is!(farm, Command::Sell(movement(farm, b, 1_000_000_000_001)), Error::TooMuch { .. });
    let tomorrow = Move { when: Some(When::On(trade.today().plus_days(1))), ..movement(farm, b, 1) };
    is!(farm, Command::Sell(tomorrow), Error::Future { .. });
    let before = Move { when: Some(When::On(Day::parse("2026-11-01").unwrap())), ..movement(farm, b, 1) };
    is!(farm, Command::Sell(before.clone()), Error::BeforeHarvest { .. });
    is!(farm, Command::Waste(before), Error::BeforeHarvest { .. });
    is!(farm, Command::Receive(receipt(farm, sent.event, &[])), Error::WrongReceiver);
    is!(shop, Command::Receive(receipt(shop, sent.event, &[])), Error::NotFound);
    is!(packer, Command::Receive(receipt(packer, sent.event, &[(a, 101)])), Error::MoreThanShipped { .. });
    is!(
        packer,
        Command::Receive(receipt(packer, sent.event, &[(b, 1)])),
        Error::ShipmentSettled | Error::NotFound
    );
    let early = Receive {
        when: Some(When::On(Day::parse("2026-11-22").unwrap())),
        ..receipt(packer, sent.event, &[])
    };
    is!(packer, Command::Receive(early), Error::BeforeShipment { .. });
    Box::pin(act(&trade, packer, Command::Receive(receipt(packer, sent.event, &[])))).await;
    is!(packer, Command::Receive(receipt(packer, sent.event, &[])), Error::ShipmentSettled);
    is!(packer, Command::Refuse(receipt(packer, sent.event, &[(a, 1)])), Error::ShipmentSettled);
    is!(farm, Command::Transform(make(farm, Step::Mix, &[], &[("X", 1)])), Error::NoInput);
    is!(farm, Command::Transform(make(farm, Step::Mix, &[(b, 1)], &[])), Error::NoOutput);
    is!(farm, Command::Transform(make(farm, Step::Mix, &[(b, 1), (b, 1)], &[("X", 1)])), Error::InputTwice);
    is!(farm, Command::Transform(make(farm, Step::Mix, &[(b, 5)], &[("X", 6)])), Error::MoreOutThanIn { .. });
    is!(farm, Command::Transform(make(farm, Step::Mix, &[(b, 5)], &[("B", 5)])), Error::LotCodeTaken { .. });
    is!(farm, pack(movement(farm, b, 10), Some(grams(11)), None), Error::PackTooLarge);
    is!(farm, pack(movement(farm, b, 10), Some(egg), None), Error::WrongUnit { .. });
    let past = Day::parse("2026-11-01").ok();
    is!(farm, pack(movement(farm, b, 10), None, past), Error::ExpiryBeforePacking { .. });
    Box::pin(act(&trade, farm, pack(movement(farm, b, 900), None, None))).await;
    is!(farm, pack(movement(farm, b, 101), None, None), Error::PackedAlready { .. });
    is!(farm, Command::Aggregate(casing(farm, CASES[0], &[], &[CASES[0]])), Error::CaseInItself { .. });
    is!(farm, Command::Aggregate(casing(farm, CASES[0], &[], &[CASES[1]])), Error::CaseInItself { .. });
    is!(farm, Command::Aggregate(casing(farm, CASES[0], &[], &[CASES[2]])), Error::UnknownCase { .. });
    is!(farm, Command::Aggregate(casing(farm, CASES[0], &[], &[])), Error::Nothing);
    is!(packer, Command::Aggregate(casing(packer, CASES[2], &[], &[CASES[0]])), Error::UnknownCase { .. });
    is!(packer, Command::Disaggregate(casing(packer, CASES[1], &[], &[])), Error::UnknownCase { .. });
    is!(farm, Command::Disaggregate(casing(farm, CASES[2], &[], &[])), Error::UnknownCase { .. });
    is!(farm, Command::Disaggregate(casing(farm, CASES[0], &[(a, 801)], &[])), Error::BalanceExceeded { .. });
    is!(packer, Command::Sell(goods(packer, &[], &[CASES[1]])), Error::BalanceExceeded { .. });
    is!(farm, Command::Sell(goods(farm, &[], &[CASES[2]])), Error::UnknownCase { .. });
    let reason = Note::parse("Nghi tồn dư thuốc").unwrap();
    let stop = StopLot { lot: b, reason };
    let officer = By::Official(trade.officer);
    is!(packer, Command::Hold(stop.clone()), Error::WrongRole | Error::NotFound);
    let official = |command| Box::pin(chain::record(trade.app(), &officer, command));
    let sale = official(Command::Sell(movement(farm, b, 1))).await;
    assert!(matches!(sale, Err(Error::WrongRole)), "{sale:?}");
    let release = official(Command::Release(stop.clone())).await;
    assert!(matches!(release, Err(Error::NotHeld)), "{release:?}");
    let held = official(Command::Hold(stop.clone())).await.unwrap();
    let again = official(Command::Hold(stop.clone())).await;
    assert!(matches!(again, Err(Error::HeldAlready)), "{again:?}");
    is!(farm, Command::Sell(movement(farm, b, 1)), Error::OnHold { .. });
    is!(farm, Command::Aggregate(casing(farm, CASES[2], &[(b, 1)], &[])), Error::OnHold { .. });
    is!(farm, Command::Transform(make(farm, Step::Cut, &[(b, 5)], &[("X", 5)])), Error::OnHold { .. });
    Box::pin(act(&trade, farm, Command::Sample(movement(farm, b, 1)))).await;
    official(Command::Recall(stop.clone())).await.unwrap();
    let again = official(Command::Recall(stop)).await;
    assert!(matches!(again, Err(Error::RecalledAlready)), "{again:?}");
    is!(farm, Command::Sell(movement(farm, b, 1)), Error::Recalled { .. });
    let destroyed = Box::pin(act(&trade, farm, Command::Waste(movement(farm, b, 10)))).await;
    is!(packer, wrong(destroyed.event), Error::NotFound);
    is!(farm, wrong(held.event), Error::NotFound | Error::NotCorrectable);
    Box::pin(act(&trade, farm, wrong(destroyed.event))).await;
    is!(farm, wrong(destroyed.event), Error::CorrectedAlready);
    sums_are_kept(&trade.app().store).await;
}

async fn lots_and_cases_travel_together(on: On) {
    let trade = Trade::start(on).await;
    let (farm, packer) = (&trade.farm, &trade.packer);
    let a = act(&trade, farm, Command::Declare(declare(farm, 1_000, "A"))).await;
    let b = act(&trade, farm, Command::Declare(declare(farm, 1_000, "B"))).await;
    let mut done = vec![(0, a.event), (0, b.event)];
    let (a, b) = (a.lot.id, b.lot.id);
    // Where only the day is known, what happened later that day is later.
    let today = Some(When::On(trade.today()));
    let case = Casing {
        what: Move { when: today, ..goods(farm, &[(a, 400), (b, 100)], &[]) },
        ..casing(farm, CASES[0], &[], &[])
    };
    done.push((0, act(&trade, farm, Command::Aggregate(case)).await.event));
    // The same lot in a case and out of it, and another one: one shipment.
    let what = Move { when: today, ..goods(farm, &[(a, 50), (b, 20)], &[CASES[0]]) };
    let sent = act(&trade, farm, ship(what, packer, false)).await;
    done.push((0, sent.event));
    assert_eq!((left(&trade, farm, a).await, left(&trade, farm, b).await), ((550, 0), (880, 0)));
    let shipments = Accounts::of(&trade.app().store).await.shipments;
    assert_eq!(shipments.len(), 2, "{shipments:?}");
    let received = act(&trade, packer, Command::Receive(receipt(packer, sent.event, &[]))).await;
    done.push((1, received.event));
    assert_eq!((left(&trade, packer, a).await, left(&trade, packer, b).await), ((450, 400), (120, 100)));
    let sold = act(&trade, packer, Command::Sell(goods(packer, &[(b, 20)], &[CASES[0]]))).await;
    done.push((1, sold.event));
    assert_eq!((left(&trade, packer, a).await, left(&trade, packer, b).await), ((50, 0), (0, 0)));
    let again = refused(&trade, packer, Command::Sell(goods(packer, &[], &[CASES[0]]))).await;
    assert!(matches!(again, Error::BalanceExceeded { .. }), "{again:?}");
    read_back(on, &trade, &done).await;
}

async fn a_part_of_a_case_is_counted_in_no_case(on: On) {
    let trade = Trade::start(on).await;
    let (farm, packer) = (&trade.farm, &trade.packer);
    let lot = act(&trade, farm, Command::Declare(declare(farm, 1_000, "A"))).await;
    let mut done = vec![(0, lot.event)];
    let lot = lot.lot.id;
    done.push((
        0,
        act(&trade, farm, Command::Aggregate(casing(farm, CASES[0], &[(lot, 400)], &[]))).await.event,
    ));
    let sent = act(&trade, farm, ship(goods(farm, &[], &[CASES[0]]), packer, false)).await.event;
    done.push((0, sent));
    done.push((1, act(&trade, packer, Command::Receive(receipt(packer, sent, &[(lot, 300)]))).await.event));
    assert_eq!(left(&trade, packer, lot).await, (300, 0), "what was counted out can be sold");
    done.push((1, act(&trade, packer, Command::Refuse(receipt(packer, sent, &[(lot, 60)]))).await.event));
    done.push((1, act(&trade, packer, Command::Receive(receipt(packer, sent, &[]))).await.event));
    assert_eq!(left(&trade, packer, lot).await, (340, 0));
    done.push((1, act(&trade, packer, Command::Sell(movement(packer, lot, 340))).await.event));
    read_back(on, &trade, &done).await;
}

async fn a_correction_takes_everything_back(on: On) {
    let trade = Trade::start(on).await;
    let (farm, packer) = (&trade.farm, &trade.packer);
    let lot = act(&trade, farm, Command::Declare(declare(farm, 1_000, "A"))).await.lot.id;
    let before = Accounts::of(&trade.app().store).await;
    // An act of each kind, declared wrong at once, leaves nothing behind but itself.
    let sent = act(&trade, farm, ship(movement(farm, lot, 10), packer, false)).await.event;
    act(&trade, farm, wrong(sent)).await;
    assert_eq!(before, Accounts::of(&trade.app().store).await);
    for command in [
        Command::Pick(movement(farm, lot, 10)),
        pack(movement(farm, lot, 10), None, None),
        Command::Aggregate(casing(farm, CASES[0], &[(lot, 10)], &[])),
        Command::Sell(movement(farm, lot, 10)),
        Command::Sample(movement(farm, lot, 10)),
        test(farm, lot, false),
        Command::Waste(movement(farm, lot, 10)),
    ] {
        let recorded = act(&trade, farm, command).await.event;
        let corrected = act(&trade, farm, wrong(recorded)).await;
        assert_eq!(corrected.lot.packed_on, None);
        assert_eq!(before, Accounts::of(&trade.app().store).await);
        let declaration = written(trade.app(), corrected.event).await;
        assert_eq!(declaration["eventID"], format!("urn:uuid:{recorded}"), "both stay to be read");
        assert_eq!(declaration["errorDeclaration"]["reason"], "did_not_occur");
        assert!(written(trade.app(), recorded).await.get("errorDeclaration").is_none());
    }
    // A shipment that did not occur: what was received of it, and what was done with that, waits; and comes back with a right one.
    let sent = act(&trade, farm, ship(movement(farm, lot, 100), packer, false)).await.event;
    act(&trade, packer, Command::Receive(receipt(packer, sent, &[]))).await;
    act(&trade, packer, Command::Sell(movement(packer, lot, 30))).await;
    act(&trade, farm, wrong(sent)).await;
    let now = Accounts::of(&trade.app().store).await;
    assert_eq!((now.parked.len(), left(&trade, packer, lot).await), (2, (0, 0)), "{now:#?}");
    assert_eq!(now.holdings, before.holdings);
    act(&trade, farm, ship(movement(farm, lot, 100), packer, false)).await;
    let now = Accounts::of(&trade.app().store).await;
    assert_eq!((now.parked.len(), left(&trade, packer, lot).await), (0, (70, 0)), "{now:#?}");
    // The harvest itself: everything that was drawn on it is short, and the lot is held.
    let harvest = trade.app().store.read(async |tx| events::of_thing(tx, lot.into()).await).await.unwrap();
    act(&trade, farm, wrong(harvest[0])).await;
    let held = refused(&trade, packer, Command::Sell(movement(packer, lot, 1))).await;
    assert!(matches!(held, Error::Breached { .. }), "{held:?}");
    sums_are_kept(&trade.app().store).await;
}

async fn a_failed_test_holds_until_it_is_let_pass(on: On) {
    let trade = Trade::start(on).await;
    let farm = &trade.farm;
    let lot = act(&trade, farm, Command::Declare(declare(farm, 1_000, "A"))).await.lot.id;
    act(&trade, farm, Command::Aggregate(casing(farm, CASES[0], &[(lot, 100)], &[]))).await;
    act(&trade, farm, test(farm, lot, false)).await;
    let held = refused(&trade, farm, Command::Sell(movement(farm, lot, 1))).await;
    assert!(matches!(&held, Error::Breached { rule, .. } if rule == "test_failed"), "{held:?}");
    let stop = StopLot { lot, reason: Note::parse("Kiểm nghiệm lại đạt").unwrap() };
    let officer = By::Official(trade.officer);
    let refusal = chain::record(trade.app(), &officer, Command::Release(stop.clone())).await.unwrap_err();
    assert!(matches!(&refusal, Error::Breached { rule, .. } if rule == "test_failed"), "{refusal:?}");
    chain::record(trade.app(), &inspector(), Command::Release(stop)).await.unwrap();
    act(&trade, farm, Command::Sell(movement(farm, lot, 1))).await;
}

async fn many_writers_of_one_lot_and_one_case(on: On) {
    let trade = Trade::start(on).await;
    let strategy = (any::<u8>(), any::<u8>(), any::<u16>(), any::<u8>(), any::<u8>(), any::<u8>());
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(206), ..Config::default() });
    // Facts that were written elsewhere, about the same lots.
    let elsewhere = twin(on, &trade).await;
    let mut there = Season::default();
    let first: [Wish; 4] =
        [(0, 0, 399, 0, 0, 0), (6, 0, 99, 0, 0, 0), (12, 0, 99, 0, 0, 0), (14, 0, 0, 0, 0, 0)];
    for wish in first {
        there.wish(&elsewhere, wish).await.expect("an act");
    }
    for _ in 0..20 {
        there.wish(&elsewhere, strategy.new_tree(&mut runner).unwrap().current()).await;
    }
    let mut facts = Vec::new();
    for (who, event) in &there.done {
        facts.push((*who, written(elsewhere.app(), *event).await));
    }
    trade.app().clock.set(elsewhere.app().clock.now());
    let (who, harvest) = facts.remove(0);
    report(trade.app(), &firms(&trade)[who].by(), &harvest).await.unwrap();
    let lot = made(&trade, trade.farm.product, "X0-0").await;
    // Another service on the same database, whose ids are its own.
    let forms = trade.registry.another_app();
    let forms = &forms;
    let commands = async |n: usize| {
        let farm = &trade.farm;
        let mut succeeded = 0;
        for round in 0..6 {
            let command = match (n + round) % 4 {
                0 => Command::Sell(movement(farm, lot, 70)),
                1 => Command::Aggregate(casing(farm, CASES[0], &[(lot, 30)], &[])),
                2 => Command::Disaggregate(casing(farm, CASES[0], &[(lot, 10)], &[])),
                _ => ship(movement(farm, lot, 40), &trade.packer, false),
            };
            match chain::record(forms, &farm.by(), command).await {
                Ok(done) if round % 2 == 1 => {
                    succeeded += 1;
                    let corrected = chain::record(forms, &farm.by(), wrong(done.event)).await;
                    assert!(!matches!(corrected, Err(Error::Store(_))), "{corrected:?}");
                }
                Ok(_) => succeeded += 1,
                Err(error) => assert!(!matches!(error, Error::Store(_)), "{error:?}"),
            }
        }
        succeeded
    };
    let captures = async |n: usize| {
        for (who, event) in facts.iter().skip(n).step_by(4) {
            let outcome = report(trade.app(), &firms(&trade)[*who].by(), event).await;
            assert!(!matches!(outcome, Err(nguongoc::chain::ReportError::Store(_))), "{outcome:?}");
        }
    };
    let (done, _) =
        futures_util::future::join(join_all((0..4).map(commands)), join_all((0..4).map(captures))).await;
    assert!(done.iter().sum::<usize>() > 4, "too little went through: {done:?}");
    sums_are_kept(&trade.app().store).await;
    for (who, event) in &facts {
        let again = report(trade.app(), &firms(&trade)[*who].by(), event).await.unwrap();
        assert_eq!(again.outcome, Outcome::Repeated);
    }
}

async fn a_gtin_that_comes_later_joins_what_was_told(on: On) {
    let trade = Trade::start(on).await;
    let (farm, packer) = (&trade.farm, &trade.packer);
    let lot = act(&trade, farm, Command::Declare(declare(farm, 1_000, "A"))).await.lot.id;
    let sent = act(&trade, farm, ship(movement(farm, lot, 400), packer, false)).await.event;
    // The packer's program knows the goods by the GTIN that the registry does not know yet.
    let mut receiving = serde_json::json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "receiving", "eventID": "urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-000000000001",
        "eventTime": later(trade.app()).to_rfc3339(), "eventTimeZoneOffset": "+07:00",
        "quantityList": [{ "epcClass": "https://id.gs1.org/01/09521234543213/10/A", "quantity": 0.4, "uom": "KGM" }],
        "bizTransactionList": [{ "type": "desadv", "bizTransaction": format!("urn:uuid:{sent}") }],
    });
    let place = trade
        .app()
        .store
        .read(async |tx| nguongoc::places::place(tx, packer.place).await)
        .await
        .unwrap()
        .unwrap();
    receiving["readPoint"] = serde_json::json!({ "id": events::uri::place("demo.example.vn", &place) });
    report(trade.app(), &packer.by(), &receiving).await.unwrap();
    assert_eq!(left(&trade, packer, lot).await, (0, 0));
    let mut draft = trade
        .app()
        .store
        .read(async |tx| nguongoc::products::product(tx, farm.product).await)
        .await
        .unwrap()
        .unwrap();
    draft.gtin = Some(nguongoc::kernel::Gtin::parse("09521234543213").unwrap());
    let new = nguongoc::products::NewProduct {
        gtin: draft.gtin.clone(),
        group: draft.group,
        crop: None,
        name: nguongoc::kernel::Line::parse("Cải bẹ xanh").unwrap(),
        name_en: None,
        brand: None,
        unit: draft.unit,
        shelf_life_days: draft.shelf_life_days,
        storage: None,
        standards: None,
        safety_warning: None,
        packaging: None,
        disposal: None,
    };
    chain::change_product(trade.app(), &farm.member, farm.product, &new).await.unwrap();
    assert_eq!(left(&trade, packer, lot).await, (400, 0), "the receipt passes the door now");
    let name = "01/09521234543213/10/A";
    let thing = trade.app().store.read(async |tx| events::by_name(tx, name).await).await.unwrap().unwrap();
    assert_eq!(thing.id, lot.into());
    let once = Accounts::of(&trade.app().store).await;
    chain::change_product(trade.app(), &farm.member, farm.product, &new).await.unwrap();
    assert_eq!(once, Accounts::of(&trade.app().store).await);
    sums_are_kept(&trade.app().store).await;
}

async fn a_case_resolves_to_the_lots_in_it(on: On) {
    let trade = Trade::start(on).await;
    let farm = &trade.farm;
    let lot = act(&trade, farm, Command::Declare(declare(farm, 1_000, "A"))).await.lot;
    let other = act(&trade, farm, Command::Declare(declare(farm, 1_000, "B"))).await.lot;
    act(&trade, farm, Command::Aggregate(casing(farm, CASES[0], &[(lot.id, 437), (other.id, 5)], &[]))).await;
    act(&trade, farm, Command::Disaggregate(casing(farm, CASES[0], &[(other.id, 5)], &[]))).await;
    act(&trade, farm, Command::Aggregate(casing(farm, CASES[3], &[], &[CASES[0]]))).await;
    let browser = trade.registry.browser();
    for case in [CASES[0], CASES[3]] {
        let sent = browser.get(&format!("/{case}")).await.expect(307);
        let page = format!("/case/{}", &case[3..]);
        assert_eq!(sent.header("location"), page);
        let page = browser.get(&page).await.expect(200);
        assert!(
            page.text.contains(lot.short_code.as_str()) && !page.text.contains(other.short_code.as_str())
        );
        assert!(!page.text.contains("437"), "no amounts: {}", page.text);
    }
    browser.get(&format!("/{}", CASES[1])).await.expect(404);
    browser.get(&format!("/case/{}", &CASES[1][3..])).await.expect(404);
    browser.get("/case/195212340000000011").await.expect(404);
    let description = browser.get("/.well-known/gs1resolver").await.expect(200).json();
    assert!(description["supportedPrimaryKeys"].as_array().unwrap().contains(&"00".into()));
}
