//! Reported facts: the same acts told as EPCIS events have the effects that the forms had, in whatever order they come; what a form
//! would be refused for holds the lot; and nobody tells another's acts.

use crate::support::app::{On, on_both};
use crate::support::chain::{Accounts, later, report, sums_are_kept, twin, written};
use crate::support::season::{Season, Wish, firms};
use crate::support::trade::Trade;
use nguongoc::chain::Outcome;
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;

on_both!(told_in_any_order_the_accounts_are_those_of_the_forms);

/// A season of random acts by forms, and what was written of each: by whom, and the event.
async fn season(trade: &Trade, runner: &mut TestRunner, wishes: usize) -> (Season, Vec<(usize, Value)>) {
    let strategy = (any::<u8>(), any::<u8>(), any::<u16>(), any::<u8>(), any::<u8>(), any::<u8>());
    let mut season = Season::default();
    for _ in 0..wishes {
        let wish: Wish = strategy.new_tree(runner).unwrap().current();
        season.wish(trade, wish).await;
    }
    let mut told = Vec::new();
    for (who, event) in &season.done {
        told.push((*who, written(trade.app(), *event).await));
    }
    (season, told)
}

async fn told_in_any_order_the_accounts_are_those_of_the_forms(on: On) {
    let rounds: u64 = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let first: u64 = std::env::var("FIRST").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    for round in first..first + rounds {
        let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(round), ..Config::default() });
        let forms = Trade::start(on).await;
        let (season, told) = season(&forms, &mut runner, 80).await;
        sums_are_kept(&forms.app().store).await;
        let expected = Accounts::of(&forms.app().store).await;
        println!("round {round}: {} acts, refused {:?}", told.len(), season.refused);
        assert!(told.len() > 15, "too little happened");
        for (n, order) in orders(&mut runner, told.len()).into_iter().enumerate() {
            let other = twin(on, &forms).await;
            other.app().clock.set(forms.app().clock.now());
            for position in &order {
                let (who, event) = &told[*position];
                later(other.app());
                let by = firms(&other)[*who].by();
                let outcome = report(other.app(), &by, event).await;
                let outcome =
                    outcome.unwrap_or_else(|error| panic!("round {round}, order {n}: {error}: {event:#}"));
                assert_ne!(outcome.outcome, Outcome::Repeated);
            }
            sums_are_kept(&other.app().store).await;
            let found = Accounts::of(&other.app().store).await;
            same(&expected, &found, &format!("round {round}, order {n}"));
        }
    }
}

/// As it happened, backwards, and at random.
fn orders(runner: &mut TestRunner, count: usize) -> Vec<Vec<usize>> {
    let forwards: Vec<usize> = (0..count).collect();
    let backwards = (0..count).rev().collect();
    let random =
        proptest::strategy::Just(forwards.clone()).prop_shuffle().new_tree(runner).unwrap().current();
    vec![forwards, backwards, random]
}

#[track_caller]
fn same(expected: &Accounts, found: &Accounts, which: &str) {
    let pairs = [
        ("holdings", &expected.holdings, &found.holdings),
        ("shipments", &expected.shipments, &found.shipments),
        ("lineage", &expected.lineage, &found.lineage),
        ("containment", &expected.containment, &found.containment),
        ("parked", &expected.parked, &found.parked),
        ("breaches", &expected.breaches, &found.breaches),
        ("lots", &expected.stopped, &found.stopped),
    ];
    let mut wrong = String::new();
    for (what, expected, found) in pairs {
        let missing: Vec<_> = expected.iter().filter(|row| !found.contains(row)).collect();
        let surplus: Vec<_> = found.iter().filter(|row| !expected.contains(row)).collect();
        if !missing.is_empty() || !surplus.is_empty() {
            wrong.push_str(&format!("{what}: missing {missing:#?}, surplus {surplus:#?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{which}:\n{wrong}");
}
