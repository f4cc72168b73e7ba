//! Two sides taking turns, and what comes of it: the ratio of each pair of turns, its least, middle and greatest.
//!
//! A slow second of the machine hits both sides of a pair or stands out as one bad pair; the median of the ratios is therefore
//! far steadier than the quotient of two rates taken minutes apart.

use anyhow::{Context, Result};
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// What is published.
    Full,
    /// As little as shows that it runs.
    Smoke,
}

impl Size {
    /// One of two counts.
    pub(crate) fn pick<T>(self, full: T, smoke: T) -> T {
        match self {
            Self::Full => full,
            Self::Smoke => smoke,
        }
    }
}

/// Now.
#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Whole numbers as floating-point ones, for rates; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of a measurement stay far below 2^53")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

/// Processor time of the calling thread so far.
pub(crate) fn own_time() -> Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().context("the first number of schedstat")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// Times that `work` is done by this thread in a second of its processor time, in a turn of about `turn`; the argument counts
/// up from 0. Processor time, for other programs may take the core away in the middle of a turn. The kernel counts it in steps of
/// up to 4 ms, so turns should last some hundreds.
pub(crate) fn rate<T>(turn: Duration, mut work: impl FnMut(usize) -> T) -> Result<f64> {
    let (begun, spent) = (now(), own_time()?);
    let mut done = 0;
    while begun.elapsed() < turn {
        // In batches, so that the clock costs nothing.
        for _ in 0..16 {
            black_box(work(done));
            done += 1;
        }
    }
    Ok(float(done) / own_time()?.saturating_sub(spent).as_secs_f64())
}

/// The least, the middle and the greatest of some measurements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) middle: f64,
    pub(crate) most: f64,
}

impl Spread {
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let half = values.len() / 2;
        let middle = if values.len().is_multiple_of(2) {
            f64::midpoint(at(half.wrapping_sub(1)), at(half))
        } else {
            at(half)
        };
        Self { least: at(0), middle, most: at(values.len().wrapping_sub(1)) }
    }
}

/// What two sides gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pairs {
    /// Rates of the side that is judged.
    pub(crate) ours: Spread,
    /// Rates of its floor or peer.
    pub(crate) theirs: Spread,
    /// Ours divided by theirs, pair by pair.
    pub(crate) ratio: Spread,
}

/// Lets two sides take turns, after one turn of each that is thrown away. Each gives a rate a second.
pub(crate) fn alternate(
    rounds: usize,
    mut ours: impl FnMut() -> Result<f64>,
    mut theirs: impl FnMut() -> Result<f64>,
) -> Result<Pairs> {
    ours()?;
    theirs()?;
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        a.push(ours()?);
        b.push(theirs()?);
    }
    let ratio = a.iter().zip(&b).map(|(ours, theirs)| ours / theirs).collect();
    Ok(Pairs { ours: Spread::of(a), theirs: Spread::of(b), ratio: Spread::of(ratio) })
}

/// Begins a table of ratios.
pub(crate) fn heading(title: &str) {
    println!("\n### {title}\n");
    println!("| figure | ours /s | against | its /s | ratio min | **median** | max | goal |");
    println!("|---|--:|---|--:|--:|--:|--:|--:|");
}

/// Prints a line of the table; rates are medians.
pub(crate) fn line(figure: &str, against: &str, pairs: Pairs, goal: Option<f64>) {
    let goal = goal.map_or_else(|| "–".to_owned(), |goal| format!("≥ {goal}"));
    println!(
        "| {figure} | {} | {against} | {} | {:.3} | **{:.3}** | {:.3} | {goal} |",
        grouped(pairs.ours.middle),
        grouped(pairs.theirs.middle),
        pairs.ratio.least,
        pairs.ratio.middle,
        pairs.ratio.most,
    );
}

/// A rate with its thousands set apart.
fn grouped(rate: f64) -> String {
    let digits = format!("{rate:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
