//! The two accounts of a lot, with many writers at once and along random graphs: nothing goes below zero, nothing is coded twice, what
//! was sent is received, refused or lost; and what the authority's bands refuse.
//!
//! Over 600 lines because the stories share their firms, their acts and the page of paper that they are compared with.

use crate::support::app::{On, on_both};
use crate::support::chain::{later, sums_are_kept};
use crate::support::season::grams;
use crate::support::trade::{Firm, Trade, movement};
use futures_util::future::join_all;
use nguongoc::accounts::{Identity, Scopes};
use nguongoc::app::App;
use nguongoc::chain::{
    self, Command, Correct, Error, Output, Pack, Portion, QuantityDraft, Receive, Recorded, Ship, Transform,
};
use nguongoc::codes::runs::{self, Acted, RunDraft};
use nguongoc::codes::{self};
use nguongoc::events::Step;
use nguongoc::fieldbook::lists::{
    Bands, Beyond, Contents, ConversionBand, List, ListKind, Term, WeightLoss, store,
};
use nguongoc::kernel::{Day, EventId, ListId, LotId, Moment, PageSize, Quantity, RunId, Sha256Hash};
use nguongoc::lots::{self, CodeAccount};
use nguongoc::store::{MediaType, put_file};
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::collections::BTreeMap;
use uuid::Uuid;

on_both!(
    many_writers_of_one_lot_draw_no_gram_too_much,
    many_writers_code_no_pack_twice,
    random_graphs_keep_both_accounts,
    what_was_sent_is_received_refused_or_lost,
    goods_that_come_back_are_not_packed_again,
    a_band_refuses_what_cannot_come_out,
    labels_are_activated_once_and_void_for_ever,
    a_stock_roll_gets_its_lot_when_it_is_activated,
);

/// Writers at once.
const WRITERS: u64 = 64;

async fn act(trade: &Trade, firm: &Firm, command: Command) -> Recorded {
    later(trade.app());
    let done = chain::record(trade.app(), &firm.by(), command).await;
    done.unwrap_or_else(|error| panic!("{error:?}"))
}

fn pack(firm: &Firm, lot: LotId, amount: i64) -> Command {
    Command::Pack(Pack {
        what: movement(firm, lot, amount),
        expires_on: None,
        pack_size: None,
        certificates: Vec::new(),
    })
}

fn make(firm: &Firm, step: Step, inputs: &[(LotId, i64)], outputs: &[i64]) -> Command {
    Command::Transform(Transform {
        step,
        inputs: inputs.iter().map(|(lot, amount)| Portion { lot: *lot, quantity: grams(*amount) }).collect(),
        unknown: Vec::new(),
        unknown_outputs: Vec::new(),
        outputs: outputs
            .iter()
            .map(|amount| Output { product: firm.product, code: None, quantity: grams(*amount) })
            .collect(),
        node: None,
        place: Some(firm.place),
        when: None,
        note: None,
    })
}

fn draft(count: i64, size: &str) -> RunDraft {
    RunDraft {
        count: count.to_string(),
        pack_size: QuantityDraft::Text(size.to_owned()),
        ..RunDraft::default()
    }
}

async fn issue(app: &App, firm: &Firm, lot: LotId, count: i64, size: i64) -> Result<Acted, codes::Error> {
    runs::issue(app, &firm.by(), lot, &draft(count, &format!("{size} g"))).await
}

async fn account(trade: &Trade, firm: &Firm, lot: LotId) -> CodeAccount {
    trade.app().store.read(async |tx| lots::code_account(tx, lot, firm.party).await).await.unwrap()
}

async fn held(trade: &Trade, firm: &Firm, lot: LotId) -> lots::Holding {
    let held = trade.app().store.read(async |tx| lots::holding(tx, lot, firm.party).await).await;
    held.unwrap().unwrap_or_default()
}

/// A number below `below`, the same every time.
fn roll(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 31)) % below.max(1)
}

fn small(seed: &mut u64, most: u64) -> i64 {
    i64::try_from(1 + roll(seed, most)).unwrap()
}

/// Records a command as a program does that is told to come again when too many write at once.
async fn patiently(app: &App, firm: &Firm, command: &Command) -> Result<Recorded, Error> {
    loop {
        match chain::record(app, &firm.by(), command.clone()).await {
            Err(Error::Store(error)) if error.is_contended() => tokio::task::yield_now().await,
            outcome => return outcome,
        }
    }
}

async fn many_writers_of_one_lot_draw_no_gram_too_much(on: On) {
    let trade = Trade::start(on).await;
    let farm = &trade.farm;
    // Far less than all of them ask for.
    let total = 20_000;
    let lot = trade.lot(total).await;
    let writer = async |n: u64| {
        let (mut seed, mut drawn) = (n + 1, 0);
        for _ in 0..32 {
            let amount = small(&mut seed, 40);
            let command = match roll(&mut seed, 4) {
                0 => Command::Waste(movement(farm, lot, amount)),
                1 => Command::Sample(movement(farm, lot, amount)),
                2 => make(farm, Step::Cut, &[(lot, amount)], &[amount]),
                _ => Command::Sell(movement(farm, lot, amount)),
            };
            match patiently(trade.app(), farm, &command).await {
                Ok(_) => drawn += amount,
                Err(Error::BalanceExceeded { left, .. }) => assert!(left.amount() < amount, "{left:?}"),
                Err(error) => panic!("{error:?}"),
            }
        }
        drawn
    };
    let drawn: i64 = join_all((0..WRITERS).map(writer)).await.into_iter().sum();
    let left = held(&trade, farm, lot).await;
    assert_eq!((left.amount + drawn, left.short), (total, 0), "not a gram over, none lost");
    assert!(left.amount < 40, "what is left is too little for somebody: {left:?}");
    sums_are_kept(&trade.app().store).await;
}

async fn many_writers_code_no_pack_twice(on: On) {
    let trade = Trade::start(on).await;
    let farm = &trade.farm;
    let lot = trade.lot(100_000).await;
    act(&trade, farm, pack(farm, lot, 60_000)).await;
    let writer = async |n: u64| {
        let (mut seed, mut coded) = (n + 1, 0);
        for _ in 0..3 {
            let (count, size) = (small(&mut seed, 9), small(&mut seed, 120));
            match issue(trade.app(), farm, lot, count, size).await {
                Ok(acted) => {
                    assert_eq!(acted.state.run.count, count);
                    coded += count * size;
                }
                Err(codes::Error::Invalid(_)) => {}
                Err(codes::Error::Store(error)) if error.is_contended() => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        coded
    };
    let coded: i64 = join_all((0..WRITERS).map(writer)).await.into_iter().sum();
    let account = account(&trade, farm, lot).await;
    assert_eq!(account.coded, coded);
    assert!(coded <= 60_000 && coded > 40_000, "{coded}");
    // No index was given twice.
    let who = trade.registry.app.clone();
    let all = who.store.read(async |tx| runs::store::of_lot(tx, lot).await).await.unwrap();
    let mut spans: Vec<_> = all.iter().map(runs::RunState::span).collect();
    spans.sort_by_key(|span| span.first);
    assert!(spans.windows(2).all(|two| two[0].end <= two[1].first), "{spans:?}");
}

/// What a page of paper would say of the same acts: nothing of the registry's own arithmetic.
#[derive(Default)]
struct Paper {
    /// What is there of each lot.
    there: BTreeMap<LotId, i64>,
    /// Changes of each event, to be taken back when it is declared wrong.
    changes: BTreeMap<EventId, Vec<(LotId, i64)>>,
    /// All that ever grew, and all that was made by opening packs.
    grown: i64,
    reopened: i64,
    /// What packs with codes hold.
    coded: i64,
}

impl Paper {
    fn note(&mut self, event: EventId, changes: Vec<(LotId, i64)>) {
        for (lot, change) in &changes {
            *self.there.entry(*lot).or_default() += change;
        }
        self.changes.insert(event, changes);
    }
}

#[expect(clippy::too_many_lines, reason = "one story")]
async fn random_graphs_keep_both_accounts(on: On) {
    let trade = Trade::start(on).await;
    let farm = &trade.farm;
    let strategy = (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>(), any::<u8>());
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(207), ..Config::default() });
    let mut paper = Paper::default();
    let mut runs_made: Vec<(RunId, LotId, i64, i64)> = Vec::new();
    let (mut left_after, mut refused_for_food) = (0, 0);
    let mut corrected = false;
    let mut issued = 0;
    for n in 0..280 {
        let (what, a, b, amount, part) = strategy.new_tree(&mut runner).unwrap().current();
        let lots: Vec<LotId> = paper.there.keys().copied().collect();
        let pick = |x: u8| lots.get(usize::from(x) % lots.len().max(1)).copied();
        let amount = 1 + i64::from(amount % 3_000);
        later(trade.app());
        let by = farm.by();
        match what % 15 {
            0 | 1 => {
                let done =
                    chain::record(trade.app(), &by, trade.declaration(amount * 3, None)).await.unwrap();
                paper.grown += amount * 3;
                paper.note(done.event, vec![(done.lot.id, amount * 3)]);
            }
            2..=5 => {
                let step = [Step::Split, Step::Merge, Step::Process, Step::Repack][usize::from(a % 4)];
                let Some(first) = pick(a) else { continue };
                let mut inputs = vec![(first, amount)];
                inputs
                    .extend(pick(b).filter(|second| *second != first).map(|second| (second, amount / 2 + 1)));
                let whole: i64 = inputs.iter().map(|(_, amount)| amount).sum();
                let cut = whole * i64::from(part) / 255;
                let outputs: Vec<i64> = [cut, whole - cut].into_iter().filter(|out| *out > 0).collect();
                match chain::record(trade.app(), &by, make(farm, step, &inputs, &outputs)).await {
                    Ok(done) => {
                        let mut changes: Vec<_> =
                            inputs.iter().map(|(lot, amount)| (*lot, -amount)).collect();
                        let made = &done.lots[..outputs.len()];
                        changes.extend(made.iter().copied().zip(outputs));
                        if matches!(step, Step::Process | Step::Repack) {
                            paper.reopened += whole;
                        }
                        paper.note(done.event, changes);
                    }
                    Err(Error::Store(error)) => panic!("{error:?}"),
                    Err(_) => {
                        let short = inputs.iter().any(|(lot, amount)| paper.there[lot] < *amount);
                        assert!(short || corrected, "{n}: refused without a reason");
                    }
                }
            }
            6 | 7 => {
                let most = |lot: &LotId| (paper.there[lot] * i64::from(part) / 255).max(1);
                if let Some(lot) = pick(a)
                    && let Ok(done) = chain::record(trade.app(), &by, pack(farm, lot, most(&lot))).await
                {
                    paper.note(done.event, Vec::new());
                }
            }
            8 | 9 => {
                let Some(lot) = pick(a) else { continue };
                let size = 1 + i64::from(part % 20);
                let count = 1 + amount / 200;
                // None of these labels is activated: each waits for a pack.
                let waiting: i64 =
                    runs_made.iter().filter(|run| run.1 == lot).map(|(.., count, size)| count * size).sum();
                let there = held(&trade, farm, lot).await.amount;
                match issue(trade.app(), farm, lot, count, size).await {
                    Ok(acted) => {
                        assert!(waiting + count * size <= there, "{n}: labels for food that is not there");
                        paper.coded += count * size;
                        issued += 1;
                        runs_made.push((acted.state.run.id, lot, count, size));
                    }
                    Err(codes::Error::Store(error)) => panic!("{error:?}"),
                    Err(codes::Error::Invalid(problems)) => {
                        let short = problems.0.iter().any(|problem| problem.code == "labels_without_food");
                        assert!(!short || waiting + count * size > there, "{n}: there is food for them");
                        refused_for_food += i32::from(short);
                    }
                    Err(_) => {}
                }
            }
            10 if a % 2 == 0 => {
                let Some((run, _, count, size)) = runs_made.pop() else { continue };
                let asked = RunDraft { count: count.to_string(), ..RunDraft::default() };
                runs::void(trade.app(), &by, run, &asked).await.unwrap();
                paper.coded -= count * size;
            }
            11 if b % 3 == 0 => {
                let Some((event, changes)) =
                    paper.changes.iter().nth(usize::from(a) % paper.changes.len().max(1))
                else {
                    continue;
                };
                let (event, changes) = (*event, changes.clone());
                let wrong = Correct { event, did_not_occur: true, instead: Vec::new(), note: None };
                chain::record(trade.app(), &by, Command::Correct(wrong)).await.unwrap();
                corrected = true;
                paper.changes.remove(&event);
                for (lot, change) in changes {
                    *paper.there.entry(lot).or_default() -= change;
                }
            }
            12..=14 => {
                let Some(lot) = pick(a) else { continue };
                let amount = (paper.there[&lot] * i64::from(part) / 255).max(1);
                let what = movement(farm, lot, amount);
                let command = match b % 3 {
                    0 => Command::Waste(what),
                    1 => Command::Sell(what),
                    _ => Command::Ship(Ship {
                        what,
                        to: Some(trade.packer.party),
                        document: None,
                        vehicle: None,
                        back: false,
                    }),
                };
                match chain::record(trade.app(), &by, command).await {
                    Ok(done) => {
                        paper.note(done.event, vec![(lot, -amount)]);
                        left_after += 1;
                    }
                    Err(Error::Store(error)) => panic!("{error:?}"),
                    Err(_) => assert!(
                        paper.there[&lot] < amount || corrected,
                        "{n}: what is there may leave, be sold or thrown away"
                    ),
                }
            }
            _ => {}
        }
        // The right to code is only ever as large as what grew, and what came out of opened packs.
        assert!(paper.coded <= paper.grown + paper.reopened, "{n}: coded more than there ever was");
    }
    assert!(issued > 8, "only {issued} runs were issued");
    assert!(left_after > 8, "only {left_after} times something left");
    assert!(refused_for_food > 0, "no labels were refused for want of food");
    for (lot, expected) in &paper.there {
        let now = held(&trade, farm, *lot).await;
        assert_eq!(now.amount - now.short, *expected, "{lot}");
        let account = account(&trade, farm, *lot).await;
        let found = trade.app().store.read(async |tx| lots::find(tx, *lot).await).await.unwrap().unwrap();
        let fits = account.coded <= account.packed && now.short == 0 && now.packed <= now.taken_in;
        assert!(fits || found.breach.is_some(), "{lot} is overdrawn and not held: {account:?} {now:?}");
    }
    sums_are_kept(&trade.app().store).await;
}

/// Bands that are in force from a year before the tests' day.
async fn bands(trade: &Trade, conversions: Vec<(Step, i64, Beyond)>, loss: Option<i64>) {
    let from = trade.today().plus_days(-365);
    let term = || Term { from, to: None, source: "Thử nghiệm".to_owned() };
    let group = nguongoc::products::groups().first().expect("a group");
    let contents = Contents::Bands(Bands {
        yields: Vec::new(),
        conversions: conversions
            .into_iter()
            .map(|(step, high, beyond)| ConversionBand {
                step,
                group_in: group,
                group_out: group,
                low: 0,
                high,
                beyond,
                term: term(),
            })
            .collect(),
        losses: loss.into_iter().map(|most| WeightLoss { group, most, term: term() }).collect(),
    });
    publish(trade, from, contents).await;
}

async fn publish(trade: &Trade, from: Day, contents: Contents) {
    let list = List {
        id: ListId::from_uuid(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0020)),
        kind: ListKind::Bands,
        number: 1,
        in_force_from: from,
        source: "Thử nghiệm".to_owned(),
        sample: true,
        file_hash: Sha256Hash::of(b"bands"),
        entries: 1,
        published_at: Moment::parse("2026-01-01T00:00:00Z").unwrap(),
        published_by: None,
    };
    let now = list.published_at;
    let stored = trade.app().store.write(async |tx| {
        put_file(tx, MediaType::Csv, b"bands", now).await?;
        store::insert(tx, &list, &contents).await
    });
    stored.await.unwrap();
}

fn receipt(firm: &Firm, shipment: EventId, lots: &[(LotId, i64)]) -> Receive {
    let lots = lots.iter().map(|(lot, amount)| Portion { lot: *lot, quantity: grams(*amount) }).collect();
    Receive { shipment: Some(shipment), from: None, lots, place: Some(firm.place), when: None, note: None }
}

async fn what_was_sent_is_received_refused_or_lost(on: On) {
    let trade = Trade::start(on).await;
    bands(&trade, Vec::new(), Some(50)).await;
    let (farm, packer) = (&trade.farm, &trade.packer);
    let lot = trade.lot(10_000).await;
    let differences = async |firm: &Firm| {
        let identity = Identity {
            person: firm.member.person,
            name: String::new(),
            role: firm.member.role,
            party: Some(firm.party),
            scopes: Scopes::ALL,
        };
        let page =
            lots::differences(trade.app(), &identity, Some(firm.party), None, PageSize::default()).await;
        page.unwrap().items
    };
    // 40 of 1,000 are missing: within the tolerance for loss of weight. 80 of 1,000 are not.
    for (lost, flagged) in [(40, 0), (80, 1)] {
        let sent = trade.ship(farm, packer, lot, 1_000).await.unwrap().event;
        assert_eq!(differences(packer).await.len(), 1, "what is awaited is listed, and nothing else");
        act(&trade, packer, Command::Refuse(receipt(packer, sent, &[(lot, 100)]))).await;
        act(&trade, packer, Command::Receive(receipt(packer, sent, &[(lot, 900 - lost)]))).await;
        let too_much = Command::Lose(receipt(packer, sent, &[(lot, lost + 1)]));
        let refused = chain::record(trade.app(), &packer.by(), too_much).await;
        assert!(matches!(refused, Err(Error::MoreThanShipped { .. })), "{refused:?}");
        let sender = chain::record(trade.app(), &farm.by(), Command::Lose(receipt(farm, sent, &[]))).await;
        assert!(matches!(sender, Err(Error::WrongReceiver)), "{sender:?}");
        let lost_event = act(&trade, packer, Command::Lose(receipt(packer, sent, &[]))).await.event;
        let shipment = trade.app().store.read(async |tx| lots::shipment(tx, sent).await).await.unwrap()[0];
        assert_eq!((shipment.received, shipment.refused, shipment.lost), (900 - lost, 100, lost));
        assert_eq!(shipment.left(), 0);
        let again = chain::record(trade.app(), &packer.by(), Command::Lose(receipt(packer, sent, &[]))).await;
        assert!(matches!(again, Err(Error::ShipmentSettled)), "{again:?}");
        let listed = differences(farm).await;
        let of_this: Vec<_> = listed.iter().filter(|one| one.shipment.sent.id == sent).collect();
        assert_eq!(of_this.len(), flagged, "{of_this:?}");
        for one in of_this {
            assert_eq!((one.per_mille(), one.tolerated, one.is_beyond()), (lost, 50, true));
        }
        if flagged == 1 {
            // Declared wrong, it is awaited again.
            let wrong = Correct { event: lost_event, did_not_occur: true, instead: Vec::new(), note: None };
            act(&trade, packer, Command::Correct(wrong)).await;
            let shipment =
                trade.app().store.read(async |tx| lots::shipment(tx, sent).await).await.unwrap()[0];
            assert_eq!((shipment.lost, shipment.left()), (0, lost));
        }
        // The goods that were refused come home.
        let back =
            trade.app().store.read(async |tx| lots::under_way(tx, lot, farm.party).await).await.unwrap();
        let back = back.first().expect("goods on their way home").sent.id;
        act(&trade, farm, Command::Receive(receipt(farm, back, &[]))).await;
    }
    sums_are_kept(&trade.app().store).await;
}

async fn goods_that_come_back_are_not_packed_again(on: On) {
    let trade = Trade::start(on).await;
    let (farm, packer) = (&trade.farm, &trade.packer);
    let lot = trade.lot(1_000).await;
    act(&trade, farm, pack(farm, lot, 1_000)).await;
    let sent = trade.ship(farm, packer, lot, 400).await.unwrap().event;
    act(&trade, packer, Command::Refuse(receipt(packer, sent, &[]))).await;
    let back = trade.app().store.read(async |tx| lots::under_way(tx, lot, farm.party).await).await.unwrap();
    act(&trade, farm, Command::Receive(receipt(farm, back[0].sent.id, &[]))).await;
    let now = held(&trade, farm, lot).await;
    assert_eq!((now.amount, now.taken_in, now.packed), (1_000, 1_000, 1_000), "it came in once");
    let again = chain::record(trade.app(), &farm.by(), pack(farm, lot, 1)).await;
    assert!(matches!(again, Err(Error::PackedAlready { .. })), "{again:?}");
    assert_eq!(account(&trade, farm, lot).await.left(), 1_000);
    sums_are_kept(&trade.app().store).await;
}

async fn a_band_refuses_what_cannot_come_out(on: On) {
    let trade = Trade::start(on).await;
    let farm = &trade.farm;
    let bands_of = vec![(Step::Process, 2_500, Beyond::Refuse), (Step::Wash, 900, Beyond::Flag)];
    bands(&trade, bands_of, None).await;
    let lot = trade.lot(10_000).await;
    // Soaked and cooked, 1,000 g give 2,500 g, and not a gram more.
    let refused =
        chain::record(trade.app(), &farm.by(), make(farm, Step::Process, &[(lot, 1_000)], &[2_501])).await;
    match refused {
        Err(Error::BeyondConversion { most, .. }) => assert_eq!(most, Quantity::grams(2_500).unwrap()),
        other => panic!("{other:?}"),
    }
    act(&trade, farm, make(farm, Step::Process, &[(lot, 1_000)], &[2_000, 500])).await;
    // A step without a band gives what went in, and not more.
    let more = chain::record(trade.app(), &farm.by(), make(farm, Step::Cut, &[(lot, 1_000)], &[1_001])).await;
    assert!(matches!(more, Err(Error::MoreOutThanIn { .. })), "{more:?}");
    // What is only flagged is recorded, and goes on.
    let washed = act(&trade, farm, make(farm, Step::Wash, &[(lot, 1_000)], &[950])).await;
    assert_eq!(washed.lot.breach, None);
    act(&trade, farm, Command::Sell(movement(farm, washed.lot.id, 1))).await;
    // Reported as a fact, it is recorded and held.
    let event = act(&trade, farm, make(farm, Step::Process, &[(lot, 100)], &[200])).await;
    let mut told = crate::support::chain::written(trade.app(), event.event).await;
    told["eventID"] = "urn:uuid:7b1c5c2e-3a4d-4c55-9d6a-000000000099".into();
    let output = &mut told["outputQuantityList"][0];
    output["epcClass"] = format!("{}X", output["epcClass"].as_str().unwrap()).into();
    output["quantity"] = serde_json::json!(0.3);
    let reported = crate::support::chain::report(trade.app(), &farm.by(), &told).await.unwrap();
    let rules = vec!["beyond_conversion".to_owned()];
    assert_eq!(reported.outcome, chain::Outcome::Held(rules));
}

async fn labels_are_activated_once_and_void_for_ever(on: On) {
    let trade = Trade::start(on).await;
    let farm = &trade.farm;
    let lot = trade.lot(10_000).await;
    let early = issue(trade.app(), farm, lot, 1, 500).await;
    assert!(matches!(early, Err(codes::Error::Invalid(_))), "nothing is packed: {early:?}");
    act(&trade, farm, pack(farm, lot, 5_000)).await;
    let acted = issue(trade.app(), farm, lot, 10, 500).await.unwrap();
    assert!(issue(trade.app(), farm, lot, 1, 1).await.is_err(), "all that was packed is coded");
    let run = acted.state.run.id;
    let of = |count: i64| RunDraft { count: count.to_string(), ..RunDraft::default() };
    let by = farm.by();
    runs::activate(trade.app(), &by, run, &of(4)).await.unwrap();
    let scatter = trade.app().serials.open(trade.app()).await.unwrap();
    let product =
        trade.app().store.read(async |tx| nguongoc::products::product(tx, farm.product).await).await;
    let number = product.unwrap().unwrap().number;
    let first = acted.state.run.first;
    let serials = |from: i64, to: i64| RunDraft {
        from: scatter.serial(&number, first + from).unwrap().to_string(),
        to: scatter.serial(&number, first + to).unwrap().to_string(),
        ..RunDraft::default()
    };
    let code = |outcome: Result<Acted, codes::Error>| match outcome {
        Err(codes::Error::Invalid(problems)) => problems.0[0].code,
        other => panic!("{other:?}"),
    };
    // Labels 1 to 4 are active: 3 to 6 overlap them.
    assert_eq!(code(runs::activate(trade.app(), &by, run, &serials(2, 5)).await), "labels_activated");
    assert_eq!(code(runs::activate(trade.app(), &by, run, &serials(6, 5)).await), "serials_reversed");
    assert_eq!(code(runs::activate(trade.app(), &by, run, &serials(8, 10)).await), "serial_of_other_run");
    runs::void(trade.app(), &by, run, &serials(3, 5)).await.unwrap();
    let again = runs::void(trade.app(), &by, run, &serials(3, 5)).await.unwrap();
    assert!(again.spans.is_empty(), "void is void");
    assert_eq!(code(runs::activate(trade.app(), &by, run, &serials(5, 7)).await), "labels_void");
    assert_eq!(code(runs::activate(trade.app(), &by, run, &of(5)).await), "labels_left");
    let state = runs::activate(trade.app(), &by, run, &of(4)).await.unwrap().state;
    assert_eq!((state.active_count(), state.void_count(), state.free_count()), (7, 3, 0));
    // What the void ones had drawn can be coded again, once.
    assert_eq!(account(&trade, farm, lot).await.left(), 1_500);
    issue(trade.app(), farm, lot, 3, 500).await.unwrap();
    assert_eq!(account(&trade, farm, lot).await.left(), 0);
    // A packing that did not happen leaves codes without packs: the lot is held until they are void.
    let packings = trade.app().store.read(async |tx| nguongoc::events::of_thing(tx, lot.into()).await).await;
    let packing = packings.unwrap()[1];
    let wrong = Correct { event: packing, did_not_occur: true, instead: Vec::new(), note: None };
    act(&trade, farm, Command::Correct(wrong)).await;
    let breach = async || {
        let found = trade.app().store.read(async |tx| lots::find(tx, lot).await).await;
        found.unwrap().unwrap().breach
    };
    assert_eq!(breach().await.as_deref(), Some("overdrawn"));
    let runs_of = trade.app().store.read(async |tx| runs::store::of_lot(tx, lot).await).await.unwrap();
    for other in runs_of.iter().filter(|other| other.run.id != run) {
        runs::void(trade.app(), &by, other.run.id, &of(other.run.count)).await.unwrap();
    }
    assert_eq!(breach().await.as_deref(), Some("overdrawn"));
    runs::void(trade.app(), &by, run, &serials(1, 9)).await.unwrap();
    runs::void(trade.app(), &by, run, &serials(0, 0)).await.unwrap();
    assert_eq!(breach().await, None);
    act(&trade, farm, pack(farm, lot, 5_000)).await;
    let acted = issue(trade.app(), farm, lot, 10, 500).await.unwrap();
    let (run, first) = (acted.state.run.id, acted.state.run.first);
    let serials = |from: i64, to: i64| RunDraft {
        from: scatter.serial(&number, first + from).unwrap().to_string(),
        to: scatter.serial(&number, first + to).unwrap().to_string(),
        ..RunDraft::default()
    };
    // A stop refuses what releases, and voiding goes on.
    let stop = chain::StopLot { lot, reason: nguongoc::kernel::Note::parse("Nghi nhiễm").unwrap() };
    chain::record(trade.app(), &chain::By::Official(trade.officer), Command::Hold(stop)).await.unwrap();
    let second = issue(trade.app(), farm, lot, 1, 1).await;
    assert!(matches!(second, Err(codes::Error::Stopped(_))), "{second:?}");
    runs::void(trade.app(), &chain::By::Official(trade.officer), run, &serials(0, 0)).await.unwrap();
    let strange = runs::void(trade.app(), &trade.packer.by(), run, &serials(0, 0)).await;
    assert!(matches!(strange, Err(codes::Error::NotFound)), "{strange:?}");
}

async fn a_stock_roll_gets_its_lot_when_it_is_activated(on: On) {
    let trade = Trade::start(on).await;
    let farm = &trade.farm;
    let by = farm.by();
    let roll = runs::issue_roll(trade.app(), &by, farm.product, &draft(20, "0,5 kg")).await.unwrap();
    let (a, b) = (trade.lot(5_000).await, trade.lot(5_000).await);
    act(&trade, farm, pack(farm, a, 2_000)).await;
    act(&trade, farm, pack(farm, b, 5_000)).await;
    let on_lot = |lot: LotId, count: i64| RunDraft {
        count: count.to_string(),
        lot: lot.to_string(),
        ..RunDraft::default()
    };
    let run = roll.state.run.id;
    let beyond = runs::activate(trade.app(), &by, run, &on_lot(a, 5)).await;
    assert!(matches!(beyond, Err(codes::Error::Invalid(_))), "four packs of a half kilogram: {beyond:?}");
    runs::activate(trade.app(), &by, run, &on_lot(a, 4)).await.unwrap();
    let state = runs::activate(trade.app(), &by, run, &on_lot(b, 6)).await.unwrap().state;
    let first = state.run.first;
    assert_eq!(state.label(first).1, Some(a));
    assert_eq!(state.label(first + 4).1, Some(b));
    assert_eq!(state.label(first + 10), (None, None));
    assert_eq!((account(&trade, farm, a).await.left(), account(&trade, farm, b).await.left()), (0, 2_000));
    let other = trade.lot(1_000).await;
    let unpacked = runs::activate(trade.app(), &by, run, &on_lot(other, 1)).await;
    assert!(matches!(unpacked, Err(codes::Error::Invalid(_))), "{unpacked:?}");
    // Void labels give back to the lot that they stand on.
    let asked = RunDraft { count: "10".to_owned(), ..RunDraft::default() };
    runs::void(trade.app(), &by, run, &asked).await.unwrap();
    assert_eq!(account(&trade, farm, a).await.left(), 0, "the ones that stood on nothing had drawn nothing");
}
