//! Honest lots with honest noise, and frauds of 120 to 300 % of what there can be.
//!
//! A plot's harvest is spread around 62 % of the band's top with a deviation of 13 %, comes in one to three picks, and is weighed or, one time
//! in five, guessed to ten kilograms. Most of it is washed, which takes away a tenth of the weight or adds a fiftieth of water; some is sold as
//! it grew. Two in five are packed under the plot's own certificate. Not all packs get codes, and some labels are spoiled and made again. It
//! goes in one or two shipments; under way 2 % is lost with a deviation of 0.8 %; a tenth is received in two parts, and of one shipment in
//! twenty nobody records that it came. A fraud states 120 to 300 % of the most that its plot, its inputs, its stock, its packs or its
//! certificate allow. A last figure, which is not judged, states 120 to 300 % of what the plot really gave: the part of it that stays
//! below what a plot can give is not seen by a band, whatever the band is.

use super::Plan;
use super::dice::Dice;
use super::door::{PACK, Verdict, grams, kilograms};
use super::registry::Registry;
use anyhow::{Result, bail, ensure};
use nguongoc::chain::{Command, Portion};
use nguongoc::events::Step;
use nguongoc::kernel::{CertificateId, LotId};
use serde_json::{Value, json};

/// The most that a square metre gives in a season, in grams.
const MOST: i64 = 3_000;
/// The most that comes out of washing, of a thousand.
const WASHED: i64 = 1_050;

/// The ways of fraud.
const WAYS: [&str; 12] = [
    "a harvest beyond the plot, by form",
    "a harvest beyond the plot, in parts",
    "a harvest beyond the plot, as a reported fact",
    "bought-in goods packed as one's own, by form",
    "bought-in goods packed as one's own, as a reported fact",
    "other plots' goods under one plot's certificate, by form",
    "other plots' goods under one plot's certificate, as a reported fact",
    "more washed than goes out of what went in",
    "the same, told in two events",
    "more shipped than is there, by form and as a reported fact",
    "more codes than packs",
    "codes for the same packs on both parts of a split",
];

/// Sends goods on and lets them arrive: whether the shipment is flagged.
async fn sent(registry: &Registry, lot: LotId, amount: i64, dice: &mut Dice) -> Result<bool> {
    let Verdict::Passed(sent) = registry.ship(lot, amount).await? else { return Ok(true) };
    let luck = dice.roll(100);
    if luck < 5 {
        // Nobody records that it came: it is awaited, which is no reproach.
        return Ok(false);
    }
    let lost = (amount / 10_000 * dice.near(200, 80)).clamp(0, amount - 1);
    let came = amount - lost;
    let parts = if luck < 15 { vec![came / 3, came - came / 3] } else { vec![came] };
    for part in parts.into_iter().filter(|part| *part > 0) {
        let portion = vec![Portion { lot, quantity: grams(part)? }];
        registry.act(Command::Receive(registry.receipt(sent.event, portion))).await?;
    }
    if lost > 0 {
        registry.act(Command::Lose(registry.receipt(sent.event, Vec::new()))).await?;
    }
    Ok(lost * 1_000 > amount * 50)
}

/// Packs a part of a lot, with codes for most of the packs: whether anything of it was refused.
async fn packed(
    registry: &Registry,
    lot: LotId,
    packed: i64,
    claims: &[CertificateId],
    dice: &mut Dice,
) -> Result<bool> {
    if packed < PACK {
        return Ok(false);
    }
    if matches!(registry.pack(lot, packed, claims).await?, Verdict::Refused) {
        return Ok(true);
    }
    if dice.roll(10) >= 7 {
        return Ok(false);
    }
    let Some(run) = registry.code(lot, packed).await? else { return Ok(true) };
    let labels = packed / PACK;
    if labels > 40 && dice.roll(3) == 0 {
        // A few labels tore, and are made again.
        let spoiled = dice.between(1, labels / 40);
        registry.spoil(&run, spoiled).await?;
        return Ok(registry.code(lot, spoiled * PACK).await?.is_none());
    }
    Ok(false)
}

/// Whether an honest lot was flagged anywhere on its way.
async fn honest(registry: &Registry, n: usize, dice: &mut Dice) -> Result<bool> {
    let area = dice.between(500, 5_000);
    let plot = registry.plot(n, area).await?;
    let mut claims = Vec::new();
    if dice.roll(5) < 2 {
        claims.push(registry.certificate(n, &[plot, registry.packhouse], None).await?);
    }
    let mut grown = (area * MOST / 1_000 * dice.near(620, 130)).max(1_000);
    if dice.roll(5) == 0 {
        grown = (grown / 10_000).max(1) * 10_000;
    }
    let first = grown * dice.between(40, 100) / 100;
    let Verdict::Passed(begun) = registry.declare(plot, first).await? else { return Ok(true) };
    let lot = begun.lot.id;
    let mut left = grown - first;
    while left > 0 {
        let part = if dice.roll(2) == 0 { left } else { left / 2 + 1 };
        let more = registry.at(lot, part, plot)?;
        if matches!(registry.act(Command::Pick(more)).await?, Verdict::Refused) {
            return Ok(true);
        }
        left -= part;
    }
    let mut flagged = false;
    let (clean, clean_amount) = if dice.roll(10) < 7 {
        // Some of it may be sold as it grew.
        let washed = grown * dice.between(80, 100) / 100;
        let out = washed * dice.between(900, 1_020) / 1_000;
        let Verdict::Passed(made) = registry.make(Step::Wash, lot, washed, &[out]).await? else {
            return Ok(true);
        };
        if grown > washed {
            flagged |= sent(registry, lot, grown - washed, dice).await?;
        }
        (made.lot.id, out)
    } else {
        (lot, grown)
    };
    let amount = clean_amount / PACK * PACK;
    flagged |= packed(registry, clean, amount, &claims, dice).await?;
    let half = if dice.roll(3) == 0 { amount / 2 } else { amount };
    flagged |= sent(registry, clean, half, dice).await?;
    if amount > half {
        flagged |= sent(registry, clean, amount - half, dice).await?;
    }
    Ok(flagged || registry.is_flagged(lot).await? || registry.is_flagged(clean).await?)
}

/// Tells a list of an event as another amount, under another lot where `suffix` says so.
fn say(event: &mut Value, list: &str, amount: &Value, suffix: &str) {
    let element = &mut event[list][0];
    let class = element["epcClass"].as_str().unwrap_or_default();
    element["epcClass"] = json!(format!("{class}{suffix}"));
    element["quantity"] = amount.clone();
}

/// Whether a fraud was refused or held.
#[expect(clippy::too_many_lines, reason = "the ways side by side")]
async fn fraud(registry: &Registry, n: usize, way: usize, dice: &mut Dice) -> Result<bool> {
    let area = dice.between(500, 5_000);
    let plot = registry.plot(100_000 + 10 * n, area).await?;
    let most = area * MOST;
    let percent = dice.between(120, 300);
    let beyond = |amount: i64| amount * percent / 100;
    let fair = most / 10 * dice.between(4, 9);
    let refused = |verdict: &Verdict| matches!(verdict, Verdict::Refused);
    match way {
        0 => return Ok(refused(&registry.declare(plot, beyond(most)).await?)),
        1 => {
            let Verdict::Passed(begun) = registry.declare(plot, fair).await? else { return Ok(true) };
            let mut left = beyond(most) - fair;
            while left > 0 {
                let part = left.min(fair);
                let more = registry.at(begun.lot.id, part, plot)?;
                if refused(&registry.act(Command::Pick(more)).await?) {
                    return Ok(true);
                }
                left -= part;
            }
            return registry.is_flagged(begun.lot.id).await;
        }
        5 | 6 => {
            // As many plots as it takes, each of which gives what it can; and the paper of one.
            let paper = registry.certificate(100_000 + n, &[], Some(area)).await?;
            let mut left = beyond(most);
            let mut small = None;
            for m in 0..4 {
                let other = registry.plot(100_000 + 10 * n + 1 + m, area).await?;
                let part = left.min(most * 9 / 10);
                let grown = registry.grown(other, part).await?;
                if way == 6 && small.is_none() {
                    let Verdict::Passed(first) = registry.pack(grown.lot.id, PACK, &[paper]).await? else {
                        bail!("a first pack was refused");
                    };
                    small = Some(first.event);
                }
                if let (6, Some(like)) = (way, small) {
                    // Of the first, a pack is packed already.
                    let told = if m == 0 { part - PACK } else { part };
                    let (amount, class) = (kilograms(told)?, registry.class_of(grown.event).await?);
                    let held = registry.tell(like, 10 * n + m + 1, |event| {
                        event["quantityList"][0] =
                            json!({ "epcClass": class, "quantity": amount, "uom": "KGM" });
                    });
                    if held.await? {
                        return Ok(true);
                    }
                } else if refused(&registry.pack(grown.lot.id, part, &[paper]).await?) {
                    return Ok(true);
                }
                left -= part;
                if left <= 0 {
                    break;
                }
            }
            return Ok(false);
        }
        _ => {}
    }
    let begun = registry.grown(plot, fair).await?;
    let lot = begun.lot.id;
    match way {
        2 => {
            let amount = kilograms(beyond(most) - fair)?;
            registry.tell(begun.event, 10 * n, |event| say(event, "quantityList", &amount, "X")).await
        }
        3 => Ok(refused(&registry.pack(lot, beyond(fair), &[]).await?)),
        4 => {
            let Verdict::Passed(first) = registry.pack(lot, PACK, &[]).await? else { return Ok(false) };
            let amount = kilograms(beyond(fair))?;
            registry.tell(first.event, 10 * n, |event| say(event, "quantityList", &amount, "")).await
        }
        7 => {
            let out = beyond(fair * WASHED / 1_000);
            Ok(refused(&registry.make(Step::Wash, lot, fair, &[out]).await?))
        }
        8 => {
            let part = fair / 4;
            let Verdict::Passed(like) = registry.make(Step::Wash, lot, part, &[part * 9 / 10]).await? else {
                return Ok(false);
            };
            let batch = json!(format!("urn:x:batch:{n}"));
            let (input, output) = (kilograms(part)?, kilograms(beyond(part * WASHED / 1_000))?);
            let into = registry.tell(like.event, 10 * n, |event| {
                event["transformationID"] = batch.clone();
                say(event, "inputQuantityList", &input, "");
                if let Some(members) = event.as_object_mut() {
                    members.remove("outputQuantityList");
                }
            });
            let early = into.await?;
            let out = registry.tell(like.event, 10 * n + 1, |event| {
                event["transformationID"] = batch.clone();
                say(event, "outputQuantityList", &output, "X");
                if let Some(members) = event.as_object_mut() {
                    members.remove("inputQuantityList");
                }
            });
            Ok(early || out.await?)
        }
        9 => {
            let Verdict::Passed(sent) = registry.ship(lot, fair / 10 + 1).await? else { return Ok(false) };
            if !refused(&registry.ship(lot, beyond(fair)).await?) {
                return Ok(false);
            }
            let amount = kilograms(beyond(fair))?;
            registry.tell(sent.event, 10 * n, |event| say(event, "quantityList", &amount, "")).await
        }
        _ => {
            let packed = fair / PACK * PACK;
            registry.pack(lot, packed, &[]).await?;
            ensure!(registry.code(lot, packed).await?.is_some(), "honest codes were refused");
            if way == 10 {
                // The same packs again, on the same lot.
                return Ok(registry.code(lot, beyond(packed) - packed).await?.is_none());
            }
            let parts = [fair / 2, fair - fair / 2];
            let Verdict::Passed(split) = registry.make(Step::Split, lot, fair, &parts).await? else {
                return Ok(false);
            };
            for part in split.lots.iter().take(2) {
                if registry.code(*part, beyond(packed) - packed).await?.is_some() {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

/// Whether a plot that states more than it really gave is found.
async fn overstated(registry: &Registry, n: usize, dice: &mut Dice) -> Result<bool> {
    let area = dice.between(500, 5_000);
    let plot = registry.plot(50_000 + n, area).await?;
    let really = (area * MOST / 1_000 * dice.near(620, 130)).max(1_000);
    let stated = really * dice.between(120, 300) / 100;
    Ok(matches!(registry.declare(plot, stated).await?, Verdict::Refused))
}

/// All of it, with its figures.
pub(crate) async fn run(registry: &Registry, plan: Plan) -> Result<()> {
    let mut dice = Dice(206);
    let mut flagged = 0_usize;
    for n in 0..plan.honest {
        flagged += usize::from(honest(registry, n, &mut dice).await?);
    }
    let mut found = [0_usize; WAYS.len()];
    let each = plan.frauds.div_ceil(WAYS.len());
    for n in 0..each * WAYS.len() {
        let way = n % WAYS.len();
        if let Some(count) = found.get_mut(way) {
            *count += usize::from(fraud(registry, n, way, &mut dice).await?);
        }
    }
    let mut seen = 0;
    for n in 0..each {
        seen += usize::from(overstated(registry, n, &mut dice).await?);
    }
    let share = |part: usize, whole: usize| {
        // Thousandths, so that no floating number is needed.
        let thousandths = (part * 1_000 + whole / 2) / whole.max(1);
        format!("{}.{} %", thousandths / 10, thousandths % 10)
    };
    let (all, tried) = (found.iter().sum::<usize>(), each * WAYS.len());
    println!("| fraud of 120–300 % of what can be | found | of |\n|---|---|---|");
    for (way, count) in WAYS.iter().zip(found) {
        println!("| {way} | {} | {each} |", share(count, each));
    }
    println!("| **all** | **{}** (goal ≥ 95 %) | {tried} |", share(all, tried));
    println!("| honest lots flagged | **{}** (goal ≤ 2 %) | {} |", share(flagged, plan.honest), plan.honest);
    println!("| not judged: 120–300 % of what the plot really gave | {} | {each} |", share(seen, each));
    ensure!(all * 100 >= tried * 95, "found {all} of {tried} frauds");
    ensure!(
        !plan.full || flagged * 100 <= plan.honest * 2,
        "flagged {flagged} of {} honest lots",
        plan.honest
    );
    Ok(())
}
