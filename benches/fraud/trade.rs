//! Honest lots with honest noise, and frauds of 120 to 300 % of what there can be.
//!
//! A plot's harvest is spread around 62 % of the band's top with a deviation of 13 %; washing loses 1 to 10 %; under way 2 % is lost,
//! with a deviation of 0.8 %; all of it in whole grams. A fraud states 120 to 300 % of the most that its plot, its inputs, its stock or
//! its packs allow. A last figure, which is not judged, states 120 to 300 % of what the plot really gave: the part of it that stays
//! below what a plot can give is not seen by a band, whatever the band is.

use super::Plan;
use super::dice::Dice;
use super::registry::Registry;
use anyhow::{Context, Result, anyhow, bail, ensure};
use nguongoc::chain::{
    self, Command, DeclareLot, Error, Move, Output, Pack, Portion, QuantityDraft, Receive, Recorded,
    Reporter, Ship, ToldEvent, Transform,
};
use nguongoc::codes::runs::{self, RunDraft};
use nguongoc::codes::{self};
use nguongoc::events::{self, Step, epcis};
use nguongoc::kernel::{EventId, LotId, PlaceId, Quantity};
use nguongoc::lots;
use serde_json::{Value, json};

/// The most that a square metre gives in a season, in grams.
const MOST: i64 = 3_000;
/// What a pack holds, in grams.
const PACK: i64 = 500;

/// The ways of fraud.
const WAYS: [&str; 6] = [
    "a harvest beyond the plot, by form",
    "a harvest beyond the plot, in parts",
    "a harvest beyond the plot, as a reported fact",
    "more washed than went in",
    "more shipped than is there",
    "more codes than packs",
];

/// What became of an act: whether the registry let it pass.
#[derive(Debug)]
enum Verdict {
    Passed(Recorded),
    Refused,
}

fn grams(amount: i64) -> Result<Quantity> {
    Quantity::grams(amount).map_err(|problem| anyhow!("{problem:?}"))
}

impl Registry {
    /// Records an act; what the registry refuses for its amounts is no error of the trial.
    async fn act(&self, command: Command) -> Result<Verdict> {
        self.later();
        let by = match &command {
            Command::Receive(_) | Command::Lose(_) => self.shop(),
            _ => self.farm(),
        };
        match chain::record(&self.app, &by, command).await {
            Ok(recorded) => Ok(Verdict::Passed(recorded)),
            Err(
                Error::BeyondYield { .. }
                | Error::BeyondConversion { .. }
                | Error::MoreOutThanIn { .. }
                | Error::BalanceExceeded { .. }
                | Error::PackedAlready { .. }
                | Error::Breached { .. },
            ) => Ok(Verdict::Refused),
            Err(error) => bail!(error),
        }
    }

    async fn declare(&self, plot: PlaceId, amount: i64) -> Result<Verdict> {
        let lot = DeclareLot {
            product: self.product,
            place: Some(plot),
            when: None,
            quantity: grams(amount)?,
            code: None,
            variety: None,
            note: None,
        };
        self.act(Command::Declare(lot)).await
    }

    fn at(&self, lot: LotId, amount: i64, place: PlaceId) -> Result<Move> {
        Ok(Move::of(lot, grams(amount)?, place))
    }

    async fn wash(&self, lot: LotId, input: i64, output: i64) -> Result<Verdict> {
        let made = Output { product: self.product, code: None, quantity: grams(output)? };
        self.act(Command::Transform(Transform {
            step: Step::Wash,
            inputs: vec![Portion { lot, quantity: grams(input)? }],
            unknown: Vec::new(),
            unknown_outputs: Vec::new(),
            outputs: vec![made],
            node: None,
            place: Some(self.packhouse),
            when: None,
            note: None,
        }))
        .await
    }

    async fn ship(&self, lot: LotId, amount: i64) -> Result<Verdict> {
        let what = self.at(lot, amount, self.packhouse)?;
        let to = Some(self.seller.party);
        self.act(Command::Ship(Ship { what, to, document: None, vehicle: None, back: false })).await
    }

    /// Issues codes for so much: whether that passed.
    async fn code(&self, lot: LotId, amount: i64) -> Result<bool> {
        let draft = RunDraft {
            count: (amount / PACK).max(1).to_string(),
            pack_size: QuantityDraft::Text(format!("{PACK} g")),
            ..RunDraft::default()
        };
        match runs::issue(&self.app, &self.farm(), lot, &draft).await {
            Ok(_) => Ok(true),
            Err(codes::Error::Invalid(_) | codes::Error::Stopped(_)) => Ok(false),
            Err(error) => bail!(error),
        }
    }

    /// Tells an event again as a fact of its own, changed by `change`: the rules that it breaches.
    async fn tell(&self, like: EventId, n: usize, change: impl FnOnce(&mut Value)) -> Result<bool> {
        self.later();
        let text =
            self.app.store.read(async |tx| events::epcis_of(tx, like).await).await?.context("an event")?;
        let mut value: Value = serde_json::from_str(&text)?;
        value["eventID"] = json!(format!("urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-{n:012}"));
        value["eventTime"] = json!(self.app.clock.now().to_rfc3339());
        change(&mut value);
        let members = value.as_object().context("an object")?;
        let own = members.get("@context").map(epcis::Namespaces::of).transpose();
        let own = own.map_err(|problems| anyhow!("{problems:?}"))?.unwrap_or_default();
        let event = epcis::read(members, &own, "").map_err(|problems| anyhow!("{problems:?}"))?;
        let told = ToldEvent { event, raw: value.to_string(), context: None };
        let reporter = Reporter { by: self.farm(), capture: None };
        let app = &self.app;
        let reported = app.store.write(async |tx| chain::report(tx, app, &reporter, &told).await).await?;
        Ok(matches!(reported.outcome, chain::Outcome::Held(_)))
    }

    /// Whether anything is noted against a lot.
    async fn is_flagged(&self, lot: LotId) -> Result<bool> {
        self.app
            .store
            .read(async |tx| {
                let found = lots::find(tx, lot).await?;
                let noted = lots::store::breaches(tx, lot).await?;
                Ok(found.is_some_and(|lot| lot.stop().is_some()) || !noted.is_empty())
            })
            .await
    }
}

/// A kilogram as an event tells it.
fn kilograms(amount: i64) -> Result<Value> {
    let (number, _) = grams(amount)?.epcis();
    Ok(json!(number))
}

/// Whether an honest lot was flagged anywhere on its way.
async fn honest(registry: &Registry, n: usize, dice: &mut Dice) -> Result<bool> {
    let area = dice.between(500, 5_000);
    let plot = registry.plot(n, area).await?;
    let most = area * MOST;
    let grown = (most / 1_000 * dice.near(620, 130)).max(1_000);
    let first = grown * dice.between(40, 100) / 100;
    let Verdict::Passed(begun) = registry.declare(plot, first).await? else { return Ok(true) };
    let lot = begun.lot.id;
    if grown > first {
        let more = registry.at(lot, grown - first, plot)?;
        if matches!(registry.act(Command::Pick(more)).await?, Verdict::Refused) {
            return Ok(true);
        }
    }
    let washed = grown * dice.between(900, 990) / 1_000;
    let Verdict::Passed(made) = registry.wash(lot, grown, washed).await? else { return Ok(true) };
    let clean = made.lot.id;
    let packed = washed / PACK * PACK;
    let what = registry.at(clean, packed, registry.packhouse)?;
    let pack = Pack { what, expires_on: None, pack_size: Some(grams(PACK)?) };
    if matches!(registry.act(Command::Pack(pack)).await?, Verdict::Refused) {
        return Ok(true);
    }
    if !registry.code(clean, packed).await? {
        return Ok(true);
    }
    let Verdict::Passed(sent) = registry.ship(clean, packed).await? else { return Ok(true) };
    let lost = (packed / 10_000 * dice.near(200, 80)).clamp(0, packed - 1);
    let receipt = |lots: Vec<Portion>| Receive {
        shipment: Some(sent.event),
        from: None,
        lots,
        place: Some(registry.counter),
        when: None,
        note: None,
    };
    let came = vec![Portion { lot: clean, quantity: grams(packed - lost)? }];
    registry.act(Command::Receive(receipt(came))).await?;
    if lost > 0 {
        registry.act(Command::Lose(receipt(Vec::new()))).await?;
    }
    let beyond = lost * 1_000 > packed * 50;
    Ok(beyond || registry.is_flagged(lot).await? || registry.is_flagged(clean).await?)
}

/// Whether a fraud was refused or held.
async fn fraud(registry: &Registry, n: usize, way: usize, dice: &mut Dice) -> Result<bool> {
    let area = dice.between(500, 5_000);
    let plot = registry.plot(100_000 + n, area).await?;
    let most = area * MOST;
    let percent = dice.between(120, 300);
    let beyond = |amount: i64| amount * percent / 100;
    let fair = most * dice.between(40, 80) / 100;
    match way {
        0 => return Ok(matches!(registry.declare(plot, beyond(most)).await?, Verdict::Refused)),
        1 => {
            let Verdict::Passed(begun) = registry.declare(plot, fair).await? else { return Ok(false) };
            let mut left = beyond(most) - fair;
            while left > 0 {
                let part = left.min(most / 5 + 1);
                let more = registry.at(begun.lot.id, part, plot)?;
                if matches!(registry.act(Command::Pick(more)).await?, Verdict::Refused) {
                    return Ok(true);
                }
                left -= part;
            }
            return registry.is_flagged(begun.lot.id).await;
        }
        _ => {}
    }
    let Verdict::Passed(begun) = registry.declare(plot, fair).await? else { return Ok(false) };
    let lot = begun.lot.id;
    match way {
        2 => {
            let amount = kilograms(beyond(most) - fair)?;
            registry
                .tell(begun.event, n, |event| {
                    let element = &mut event["quantityList"][0];
                    let class = element["epcClass"].as_str().unwrap_or_default();
                    element["epcClass"] = json!(format!("{class}X"));
                    element["quantity"] = amount;
                })
                .await
        }
        3 => Ok(matches!(registry.wash(lot, fair, beyond(fair)).await?, Verdict::Refused)),
        4 => {
            let Verdict::Passed(sent) = registry.ship(lot, fair / 10 + 1).await? else { return Ok(false) };
            if matches!(registry.ship(lot, beyond(fair)).await?, Verdict::Passed(_)) {
                return Ok(false);
            }
            let amount = kilograms(beyond(fair))?;
            registry.tell(sent.event, n, |event| event["quantityList"][0]["quantity"] = amount).await
        }
        _ => {
            let packed = fair / PACK * PACK;
            let what = registry.at(lot, packed, registry.packhouse)?;
            registry.act(Command::Pack(Pack { what, expires_on: None, pack_size: None })).await?;
            let first = registry.code(lot, packed).await?;
            ensure!(first, "honest codes were refused");
            // The same packs again, on the same lot.
            Ok(!registry.code(lot, beyond(packed) - packed).await?)
        }
    }
}

/// Whether a plot that states more than it really gave is found.
async fn relabelled(registry: &Registry, n: usize, dice: &mut Dice) -> Result<bool> {
    let area = dice.between(500, 5_000);
    let plot = registry.plot(200_000 + n, area).await?;
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
        seen += usize::from(relabelled(registry, n, &mut dice).await?);
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
