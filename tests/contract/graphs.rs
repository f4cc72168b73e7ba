//! Many writers split, merge, process and correct the same lots at the same moment: what comes out of anything is never more than what went
//! in, whatever came between; and what a transformation may give is asked of all of it, however many events tell it.

use crate::support::app::{On, on_both};
use crate::support::chain::{follows, later, report, sums_are_kept, written};
use crate::support::field::publish_lists;
use crate::support::season::grams;
use crate::support::trade::{Trade, movement};
use futures_util::future::join_all;
use nguongoc::chain::{self, Command, Correct, Error, Outcome, Output, Portion, Transform};
use nguongoc::events::{self, Step};
use nguongoc::kernel::{EventId, LotId, ProductId, Quantity, Unit};
use nguongoc::lots;
use nguongoc::products::ProductDraft;
use nguongoc::store::Store;
use std::cell::RefCell;

on_both!(
    many_writers_make_no_gram_of_nothing,
    a_band_holds_for_a_transformation_in_several_events,
    an_input_is_not_used_once_for_each_of_its_bands,
    bundles_of_kilograms_are_pointed_out,
);

/// Writers at once.
const WRITERS: u64 = 24;

/// A number below `below`, the same every time.
fn roll(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 31)) % below.max(1)
}

fn amount(seed: &mut u64, most: u64) -> i64 {
    i64::try_from(1 + roll(seed, most)).expect("small")
}

/// The whole numbers that a statement gives.
async fn numbers(store: &Store, statement: &'static str) -> Vec<i64> {
    match store {
        Store::Sqlite { writer, .. } => sqlx::query_scalar(statement).fetch_all(writer).await,
        Store::Postgres { pool, .. } => sqlx::query_scalar(statement).fetch_all(pool).await,
    }
    .expect("numbers")
}

/// What must hold at every moment, by the tables alone.
async fn nothing_comes_of_nothing(store: &Store) {
    let more = numbers(
        store,
        "SELECT CAST(SUM(CASE side WHEN 'out' THEN amount ELSE -amount END) AS BIGINT) FROM lineage GROUP BY node \
         HAVING SUM(CASE side WHEN 'out' THEN amount ELSE -amount END) > 0",
    );
    assert!(more.await.is_empty(), "more came out of a transformation than went in");
    let there = numbers(
        store,
        "SELECT CAST(COALESCE((SELECT SUM(amount) FROM balance_entry WHERE account = 'harvested'), 0) \
         - COALESCE((SELECT SUM(amount) FROM balance_entry WHERE account IN ('sold', 'wasted', 'sampled')), 0) \
         - COALESCE((SELECT SUM(amount - short) FROM holding), 0) AS BIGINT)",
    );
    assert!(there.await[0] >= 0, "there is more than ever grew");
    let loose = numbers(
        store,
        "SELECT CAST(COUNT(*) AS BIGINT) FROM holding h JOIN lot l ON l.id = h.lot_id WHERE h.short > 0 AND l.breach IS NULL",
    );
    assert_eq!(loose.await, [0], "what is overdrawn is held");
}

async fn many_writers_make_no_gram_of_nothing(on: On) {
    let trade = Trade::start(on).await;
    let farm = &trade.farm;
    let lots: RefCell<Vec<LotId>> = RefCell::default();
    let events: RefCell<Vec<EventId>> = RefCell::default();
    for _ in 0..4 {
        later(trade.app());
        let lot = trade.lot(20_000).await;
        lots.borrow_mut().push(lot);
    }
    let rounds = if on == On::Sqlite { 24 } else { 12 };
    let writer = async |n: u64| {
        let mut seed = n + 1;
        let mut done = 0;
        for _ in 0..rounds {
            let pick = |seed: &mut u64| {
                let lots = lots.borrow();
                lots[usize::try_from(roll(seed, lots.len() as u64)).expect("a place")]
            };
            let (first, second) = (pick(&mut seed), pick(&mut seed));
            let part = amount(&mut seed, 1_500);
            let command = match roll(&mut seed, 12) {
                0..8 => {
                    let mut inputs = vec![(first, part)];
                    if second != first {
                        inputs.push((second, amount(&mut seed, 1_500)));
                    }
                    let whole: i64 = inputs.iter().map(|(_, amount)| amount).sum();
                    // Sometimes a gram more than went in, which is refused.
                    let out = whole + i64::try_from(roll(&mut seed, 3)).expect("small") - 1;
                    let cut = (out / 3).max(1);
                    let step = [Step::Split, Step::Merge, Step::Process, Step::Cut]
                        [usize::try_from(part % 4).expect("a step")];
                    make(farm.product, farm.place, step, &inputs, &[cut, (out - cut).max(1)])
                }
                8 => Command::Sell(movement(farm, first, part)),
                9 => Command::Waste(movement(farm, first, part)),
                _ => {
                    let event = {
                        let events = events.borrow();
                        let place =
                            usize::try_from(roll(&mut seed, events.len().max(1) as u64)).expect("a place");
                        events.get(place).copied()
                    };
                    let Some(event) = event else { continue };
                    Command::Correct(Correct { event, did_not_occur: true, instead: Vec::new(), note: None })
                }
            };
            loop {
                match chain::record(trade.app(), &farm.by(), command.clone()).await {
                    Ok(recorded) => {
                        done += 1;
                        if matches!(command, Command::Transform(_)) {
                            events.borrow_mut().push(recorded.event);
                            lots.borrow_mut().extend(recorded.lots.iter().take(2));
                        }
                    }
                    Err(Error::Store(error)) if error.is_contended() => {
                        tokio::task::yield_now().await;
                        continue;
                    }
                    Err(Error::Store(error)) => panic!("{error:?}"),
                    Err(_) => {}
                }
                break;
            }
        }
        done
    };
    let done: usize = join_all((0..WRITERS).map(writer)).await.into_iter().sum();
    assert!(done > 40, "only {done} acts were done");
    sums_are_kept(&trade.app().store).await;
    nothing_comes_of_nothing(&trade.app().store).await;
    follows(trade.app()).await;
}

fn make(
    product: ProductId,
    place: nguongoc::kernel::PlaceId,
    step: Step,
    inputs: &[(LotId, i64)],
    outputs: &[i64],
) -> Command {
    Command::Transform(Transform {
        step,
        inputs: inputs.iter().map(|(lot, amount)| Portion { lot: *lot, quantity: grams(*amount) }).collect(),
        unknown: Vec::new(),
        unknown_outputs: Vec::new(),
        outputs: outputs
            .iter()
            .map(|amount| Output { product, code: None, quantity: grams(*amount) })
            .collect(),
        node: None,
        place: Some(place),
        when: None,
        note: None,
    })
}

async fn product(trade: &Trade, name: &str, group: &str, unit: &str) -> ProductId {
    let draft = ProductDraft {
        group: group.to_owned(),
        name: name.to_owned(),
        unit: unit.to_owned(),
        ..ProductDraft::default()
    };
    let new = draft.parse().expect("a product");
    nguongoc::chain::add_product(trade.app(), &trade.farm.member, &new).await.expect("a product").id
}

/// A lot of a product of the farm.
async fn begin(trade: &Trade, product: ProductId, kilograms: i64) -> LotId {
    later(trade.app());
    let begun = chain::DeclareLot {
        product,
        place: Some(trade.farm.place),
        when: None,
        quantity: grams(kilograms * 1_000),
        code: None,
        variety: None,
        note: None,
    };
    chain::record(trade.app(), &trade.farm.by(), Command::Declare(begun)).await.expect("a lot").lot.id
}

async fn a_band_holds_for_a_transformation_in_several_events(on: On) {
    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let farm = &trade.farm;
    // Of leaves, at most 30 % come out as dry tea.
    let tea = product(&trade, "Chè búp", "che", "").await;
    let leaves = begin(&trade, tea, 1_000).await;
    later(trade.app());
    let like = make(tea, farm.place, Step::Process, &[(leaves, 1_000)], &[300]);
    let like = chain::record(trade.app(), &farm.by(), like).await.expect("30 %").event;
    let tell = async |n: usize, side: &str, kilograms: i64| {
        later(trade.app());
        let mut event = written(trade.app(), like).await;
        event["eventID"] = format!("urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-{n:012}").into();
        event["eventTime"] = trade.app().clock.now().to_rfc3339().into();
        event["transformationID"] = "urn:x:batch:1".into();
        let other = if side == "in" { "outputQuantityList" } else { "inputQuantityList" };
        event.as_object_mut().expect("an object").remove(other);
        let list = if side == "in" { "inputQuantityList" } else { "outputQuantityList" };
        event[list][0]["quantity"] = kilograms.into();
        if side == "out" {
            event[list][0]["epcClass"] = format!("{}M", event[list][0]["epcClass"].as_str().unwrap()).into();
        }
        report(trade.app(), &farm.by(), &event).await.expect("a report")
    };
    assert_eq!(tell(1, "in", 100).await.outcome, Outcome::Recorded);
    let out = tell(2, "out", 90).await;
    assert_eq!(out.outcome, Outcome::Held(vec!["beyond_conversion".to_owned()]), "90 of 100, and at most 30");
    let breach = async || {
        let lot = out.lots[0];
        let found = trade.app().store.read(async |tx| lots::find(tx, lot).await).await;
        found.unwrap().unwrap().breach
    };
    // More went in: 300 give 90.
    let more = tell(3, "in", 200).await;
    assert_eq!(breach().await, None);
    follows(trade.app()).await;
    let wrong = Correct { event: more.event, did_not_occur: true, instead: Vec::new(), note: None };
    later(trade.app());
    chain::record(trade.app(), &farm.by(), Command::Correct(wrong)).await.expect("a correction");
    assert_eq!(breach().await.as_deref(), Some("beyond_conversion"));
    follows(trade.app()).await;
}

async fn an_input_is_not_used_once_for_each_of_its_bands(on: On) {
    let trade = Trade::start(on).await;
    publish_lists(&trade.registry).await;
    let farm = &trade.farm;
    // Cut greens: 100 % may come out as processed food; and for cut greens no band says anything of greens themselves.
    let (greens, ready) =
        (product(&trade, "Rau", "rau", "").await, product(&trade, "Rau cắt sẵn", "che_bien", "gram").await);
    let lot = begin(&trade, greens, 100).await;
    let both = |first: i64, second: i64| {
        Command::Transform(Transform {
            step: Step::Cut,
            inputs: vec![Portion { lot, quantity: grams(10_000) }],
            unknown: Vec::new(),
            unknown_outputs: Vec::new(),
            outputs: vec![
                Output { product: ready, code: None, quantity: grams(first) },
                Output { product: greens, code: None, quantity: grams(second) },
            ],
            node: None,
            place: Some(farm.place),
            when: None,
            note: None,
        })
    };
    later(trade.app());
    let twice = chain::record(trade.app(), &farm.by(), both(9_000, 9_000)).await;
    assert!(matches!(twice, Err(Error::MoreOutThanIn { .. })), "{twice:?}");
    chain::record(trade.app(), &farm.by(), both(6_000, 4_000)).await.expect("as much as went in");
    let beyond = make(ready, farm.place, Step::Cut, &[(lot, 1_000)], &[1_001]);
    let beyond = chain::record(trade.app(), &farm.by(), beyond).await;
    assert!(matches!(beyond, Err(Error::BeyondConversion { .. })), "{beyond:?}");
    sums_are_kept(&trade.app().store).await;
}

async fn bundles_of_kilograms_are_pointed_out(on: On) {
    let trade = Trade::start(on).await;
    let farm = &trade.farm;
    let (greens, bundles) =
        (product(&trade, "Rau", "rau", "").await, product(&trade, "Rau bó", "rau", "piece").await);
    let lot = begin(&trade, greens, 100).await;
    later(trade.app());
    let made = Command::Transform(Transform {
        step: Step::Repack,
        inputs: vec![Portion { lot, quantity: grams(1_000) }],
        unknown: Vec::new(),
        unknown_outputs: Vec::new(),
        outputs: vec![Output {
            product: bundles,
            code: None,
            quantity: Quantity::new(1_000_000, Unit::Piece).expect("pieces"),
        }],
        node: None,
        place: Some(farm.place),
        when: None,
        note: None,
    });
    let made =
        chain::record(trade.app(), &farm.by(), made).await.expect("no band says how many are too many");
    let noted =
        trade.app().store.read(async |tx| events::breaches_at(tx, made.lot.id, made.event).await).await;
    let noted: Vec<(String, bool)> = noted.unwrap().into_iter().map(|one| (one.rule, one.stops)).collect();
    assert_eq!(noted, [("unit_not_comparable".to_owned(), false)]);
    assert_eq!(made.lot.breach, None);
    follows(trade.app()).await;
}
