//! The waiting-period gate as a generated matrix: crop × substance × interval × back-dated or corrected entry × midnight and time zones × every door,
//! each case compared with the rule in its plainest form (`gate/oracle.rs`), which asks the program nothing.
//!
//! The suite runs a seeded sample in which every two values of two dimensions meet; `scripts/campaign gate` runs all of them. The
//! number of cases, and that all of them agreed, stand on the standard output.

#![expect(
    clippy::disallowed_methods,
    clippy::cast_possible_wrap,
    reason = "how long a run takes is told, its size is asked of the caller; counts are small"
)]

mod cases;
mod doors;
mod oracle;
mod stage;

use crate::support::app::{On, on_both};
use crate::support::chain::follows;
use cases::{Case, Order, PRODUCTS};
use doors::DOORS;
use oracle::{Shut, shut};
use stage::{Stage, list, publish};
use std::time::Instant;

on_both!(every_door_agrees_with_the_rule, a_list_that_reaches_back_agrees_with_the_rule);

/// Cases of one registry: its plots are offered by every form.
const OF_ONE: usize = 60;

/// The cases that are run: a sample, all (`NGUONGOC_TEST_GATE=all`), or one part of all (`2/4`), so that a run can be spread over several goes.
fn chosen(on: On) -> (Vec<Case>, bool) {
    let Ok(asked) = std::env::var("NGUONGOC_TEST_GATE") else {
        let seed = match on {
            On::Sqlite => 206,
            On::Postgres => 2018,
        };
        return (cases::sample(seed), false);
    };
    let all = cases::all();
    if asked == "all" {
        return (all, true);
    }
    let part = asked.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    let (part, of): (usize, usize) = part
        .filter(|(part, of)| (1..=*of).contains(part))
        .unwrap_or_else(|| panic!("NGUONGOC_TEST_GATE is {asked}; it can be `all`, or a part such as `2/4`"));
    let each = all.len().div_ceil(of);
    (all.into_iter().skip((part - 1) * each).take(each).collect(), true)
}

async fn every_door_agrees_with_the_rule(on: On) {
    let (cases, all) = chosen(on);
    let begun = Instant::now();
    let (mut held, mut doors) = (0, 0);
    for (n, some) in cases.chunks(OF_ONE).enumerate() {
        let stage = Stage::open(on).await;
        for (m, case) in some.iter().enumerate() {
            // Each door in its turn, or all of them.
            let turn = n * OF_ONE + m;
            let knocked: Vec<&str> = if all {
                DOORS.to_vec()
            } else {
                (0..4).map(|k| DOORS[(turn * 4 + k) % DOORS.len()]).collect()
            };
            doors += knocked.len();
            held += usize::from(play(&stage, case, &knocked).await);
        }
        // And all of it is what follows from the journal, the book and the lists.
        follows(stage.trade.app()).await;
        if all {
            eprintln!("{on:?}: {} of {} cases agreed", n * OF_ONE + some.len(), cases.len());
        }
    }
    println!(
        "{on:?}: {} cases agreed with the rule, {held} of them held, {doors} doors knocked at, {} s",
        cases.len(),
        begun.elapsed().as_secs()
    );
}

/// Plays one case; whether the lot was held in the end.
async fn play(stage: &Stage, case: &Case, doors: &[&str]) -> bool {
    let place = stage.plot(case).await;
    let (spray, harmless, harvest) = (case.spray(), case.harmless(), case.harvest());
    let (here, away) = (shut(&spray, harvest), shut(&harmless, harvest));
    let (lot, made, expected): (String, Option<doors::Made>, Option<Shut>) = match case.order {
        Order::SprayFirst => {
            stage.spray(case, place, &spray).await;
            (stage.harvest(case, place, here.as_ref()).await, None, here)
        }
        Order::BackDated => {
            let lot = stage.harvest(case, place, None).await;
            let made = stage.make(case, &lot).await;
            stage.spray(case, place, &spray).await;
            (lot, Some(made), here)
        }
        Order::Withdrawn => {
            let lot = stage.harvest(case, place, None).await;
            let made = stage.make(case, &lot).await;
            let wrong = stage.spray(case, place, &spray).await;
            stage.compare(case, &lot, here.as_ref(), Some(&made), &["sell"]).await;
            stage.correct(case, place, &wrong, None).await;
            (lot, Some(made), None)
        }
        Order::ReplacedHere => {
            let wrong = stage.spray(case, place, &harmless).await;
            let lot = stage.harvest(case, place, away.as_ref()).await;
            stage.correct(case, place, &wrong, Some(&spray)).await;
            (lot, None, here)
        }
        Order::ReplacedAway => {
            let wrong = stage.spray(case, place, &spray).await;
            let lot = stage.harvest(case, place, here.as_ref()).await;
            stage.compare(case, &lot, here.as_ref(), None, &["ship"]).await;
            stage.correct(case, place, &wrong, Some(&harmless)).await;
            (lot, None, away)
        }
    };
    stage.compare(case, &lot, expected.as_ref(), made.as_ref(), doors).await;
    if expected.is_some() {
        stage.let_pass(case, &lot).await;
    }
    expected.is_some()
}

/// How a published list changes what was said of each product: days more or less, permitted or not any more, the ban lifted.
fn later(product: usize, crop: usize) -> Option<i64> {
    match (PRODUCTS[product].days[crop], product) {
        (Some(_), 4) if crop == 0 => None,
        (None, _) => Some(2),
        (Some(days), n) if n % 2 == 0 => Some(days + 3),
        (Some(days), _) => Some((days - 2).max(0)),
    }
}

async fn a_list_that_reaches_back_agrees_with_the_rule(on: On) {
    let (cases, all) = chosen(on);
    let some = if all { cases.len() / 4 } else { OF_ONE };
    // Sprays and harvests that stand as they were told.
    let told = cases.into_iter().filter(|case| matches!(case.order, Order::SprayFirst | Order::BackDated));
    let told: Vec<Case> = told.take(some).collect();
    let mut turned = 0;
    for some in told.chunks(OF_ONE) {
        let stage = Stage::open(on).await;
        let mut lots = Vec::new();
        for case in some {
            let place = stage.plot(case).await;
            let now = shut(&case.spray(), case.harvest());
            stage.spray(case, place, &case.spray()).await;
            lots.push((case, stage.harvest(case, place, now.as_ref()).await));
        }
        for round in 0..2 {
            let after = |case: &Case| {
                if round == 0 {
                    shut(&case.spray_by(later), case.harvest())
                } else {
                    shut(&case.spray(), case.harvest())
                }
            };
            let before = |case: &Case| {
                if round == 0 {
                    shut(&case.spray(), case.harvest())
                } else {
                    shut(&case.spray_by(later), case.harvest())
                }
            };
            let file = if round == 0 { list(later, false) } else { list(|p, c| PRODUCTS[p].days[c], true) };
            let done = publish(&stage.trade, "substances", &file).await;
            let looked = done.looked.expect("looked again");
            assert!(
                looked.ended_at.is_some() && looked.looked == i64::try_from(some.len()).unwrap(),
                "{looked:?}"
            );
            let count = |from: fn(Option<Shut>, Option<Shut>) -> bool| {
                some.iter().filter(|case| from(before(case), after(case))).count() as i64
            };
            assert_eq!(looked.held, count(|was, is| was.is_none() && is.is_some()), "{looked:?}");
            assert_eq!(looked.freed, count(|was, is| was.is_some() && is.is_none()), "{looked:?}");
            turned += looked.held + looked.freed;
            for (case, lot) in &lots {
                stage.compare(case, lot, after(case).as_ref(), None, &["sell"]).await;
            }
        }
    }
    println!("{on:?}: {} lots looked at again for two lists, {turned} held or freed", told.len());
}
