//! Many writers draw on one lot at the same moment: not one gram too much.

use super::Plan;
use super::dice::Dice;
use super::registry::Registry;
use anyhow::{Result, anyhow, bail, ensure};
use nguongoc::chain::{self, Command, DeclareLot, Error, Move};
use nguongoc::kernel::Quantity;
use nguongoc::lots;
use nguongoc::store::StoreError;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Writers at once.
const WRITERS: usize = 64;

/// Draws, all of them together asking for more than there is.
pub(crate) async fn run(registry: Registry, plan: Plan) -> Result<()> {
    let registry = Arc::new(registry);
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
    let mut writers = Vec::new();
    for n in 0..WRITERS {
        let registry = Arc::clone(&registry);
        writers.push(tokio::spawn(async move {
            let mut dice = Dice(u64::try_from(n)?);
            let (mut drawn, mut refused, mut again) = (0, 0, 0_usize);
            for _ in 0..each {
                let amount = dice.between(1, 100);
                let quantity = Quantity::grams(amount).map_err(|problem| anyhow!("{problem:?}"))?;
                let what = Move::of(lot, quantity, registry.packhouse);
                let command = match dice.roll(3) {
                    0 => Command::Waste(what),
                    1 => Command::Sample(what),
                    _ => Command::Sell(what),
                };
                loop {
                    match chain::record(&registry.app, &registry.farm(), command.clone()).await {
                        Ok(_) => drawn += amount,
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
            Ok((drawn, refused, again))
        }));
    }
    let (mut drawn, mut refused, mut again) = (0, 0, 0);
    for writer in writers {
        let one = writer.await??;
        (drawn, refused, again) = (drawn + one.0, refused + one.1, again + one.2);
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
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn now() -> Instant {
    Instant::now()
}
