//! Many writers draw on one lot at the same moment, by every command that takes goods away: not one gram too much. What a program then tells to have
//! been sold beyond what is left is recorded, and holds the lot.

use super::Plan;
use super::dice::Dice;
use super::registry::Registry;
use anyhow::{Context, Result, anyhow, bail, ensure};
use futures_util::future::join_all;
use nguongoc::chain::{self, Command, DeclareLot, Error, Move, Output, Portion, Ship, Transform};
use nguongoc::events::Step;
use nguongoc::kernel::{EventId, LotId, Quantity};
use nguongoc::lots;
use nguongoc::store::StoreError;
use std::time::{Duration, Instant};

/// Writers at once.
const WRITERS: usize = 64;

/// Draws, all of them together asking for more than there is.
pub(crate) async fn run(registry: &Registry, plan: Plan) -> Result<()> {
    let each = plan.draws.div_ceil(WRITERS);
    // On average 50.5 g are asked for; there is nine tenths of that.
    let total = i64::try_from(each * WRITERS)? * 45;
    let plot = registry.plot(900_000, 9_000_000).await?;
    let quantity = Quantity::grams(total).map_err(|problem| anyhow!("{problem:?}"))?;
    let begun = DeclareLot {
        product: registry.product,
        place: Some(plot),
        when: None,
        quantity,
        code: None,
        variety: None,
        note: None,
    };
    let lot = chain::record(&registry.app, &registry.farm(), Command::Declare(begun)).await?.lot.id;
    let begun = now();
    // Each in turn goes on while the others wait for the database.
    let writer = async |n: usize| -> Result<(i64, usize, usize, Option<EventId>)> {
        let mut dice = Dice(u64::try_from(n)?);
        let (mut drawn, mut refused, mut again, mut sold) = (0, 0, 0_usize, None);
        for _ in 0..each {
            let amount = dice.between(1, 100);
            let quantity = Quantity::grams(amount).map_err(|problem| anyhow!("{problem:?}"))?;
            let what = Move::of(lot, quantity, registry.packhouse);
            let kind = dice.roll(5);
            let command = match kind {
                0 => Command::Waste(what),
                1 => Command::Sample(what),
                2 => {
                    let to = Some(registry.seller.party);
                    Command::Ship(Ship { what, to, document: None, vehicle: None, back: false })
                }
                3 => Command::Transform(Transform {
                    step: Step::Cut,
                    inputs: vec![Portion { lot, quantity }],
                    unknown: Vec::new(),
                    unknown_outputs: Vec::new(),
                    outputs: vec![Output { product: registry.product, code: None, quantity }],
                    node: None,
                    place: Some(registry.packhouse),
                    when: None,
                    note: None,
                }),
                _ => Command::Sell(what),
            };
            loop {
                match chain::record(&registry.app, &registry.farm(), command.clone()).await {
                    Ok(done) => {
                        drawn += amount;
                        if kind == 4 {
                            sold = Some(done.event);
                        }
                    }
                    Err(Error::BalanceExceeded { .. }) => refused += 1,
                    Err(Error::Store(error)) if error.is_contended() => {
                        // As a program does that is told to come again.
                        again += 1;
                        tokio::time::sleep(Duration::from_millis(5)).await;
                        continue;
                    }
                    Err(error) => bail!(error),
                }
                break;
            }
        }
        Ok((drawn, refused, again, sold))
    };
    let done = join_all((0..WRITERS).map(writer)).await;
    let (mut drawn, mut refused, mut again, mut sold) = (0, 0, 0, None);
    for one in done {
        let one = one?;
        (drawn, refused, again) = (drawn + one.0, refused + one.1, again + one.2);
        sold = sold.or(one.3);
    }
    let took = begun.elapsed().as_secs_f64();
    let party = registry.farmer.party;
    let held =
        registry.app.store.read(async |tx| Ok::<_, StoreError>(lots::holding(tx, lot, party).await?)).await?;
    let held = held.unwrap_or_default();
    let over = drawn + held.amount - total;
    println!(
        "| {} draws of {WRITERS} writers on one lot | {refused} refused for want of goods | {again} told to come again | \
         **{over} g over**, {} g short | {took:.0} s |",
        each * WRITERS,
        held.short
    );
    ensure!(over == 0 && held.short == 0 && held.amount >= 0, "grams over: {over}");
    let sold = sold.context("nothing was sold")?;
    let facts = fact(registry, lot, sold, held.amount + 250).await?;
    println!(
        "| a reported sale of 250 g more than is left | recorded, and the lot held | | {facts} g short | |"
    );
    ensure!(facts == 250, "{facts} g short");
    Ok(())
}

/// A sale as a program tells it; how much is short then.
async fn fact(registry: &Registry, lot: LotId, like: EventId, grams: i64) -> Result<i64> {
    let (app, party) = (&registry.app, registry.farmer.party);
    let kilograms = serde_json::from_str(&format!("{}.{:03}", grams / 1_000, grams % 1_000))?;
    let told = registry.tell(like, 0xd_0000, |told| told["quantityList"][0]["quantity"] = kilograms);
    ensure!(told.await?, "it holds nothing");
    let held = app.store.read(async |tx| Ok::<_, StoreError>(lots::holding(tx, lot, party).await?)).await?;
    Ok(held.unwrap_or_default().short)
}

#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn now() -> Instant {
    Instant::now()
}
