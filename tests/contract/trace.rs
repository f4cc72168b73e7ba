//! The closure and the shares against a simple model in memory: circles, diamonds, depth, breadth, cases and units.
#![expect(clippy::cast_precision_loss, reason = "the model reckons in floating numbers, far below 2^53")]

use crate::support::app::{On, TestStore, on_both};
use crate::support::lineage::{Hand, World, at, id};
use nguongoc::kernel::{Moment, ThingId};
use nguongoc::store::{Store, StoreError};
use nguongoc::trace::{
    self, Amounts, Closure, Direction, Flow, MILLION, MOST_PARTS, WHOLE, Way, contents, split,
};
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use uuid::Uuid;

on_both!(
    the_closure_is_that_of_a_simple_model,
    shares_are_those_of_a_simple_model,
    deep_and_wide_is_followed,
    too_much_is_cut_and_told,
    a_case_is_its_contents,
    a_unit_is_one_of_its_class,
    a_place_and_a_time_name_things,
    the_made_up_trade_is_whole,
);

const NOBODY: Hand = Hand { party: Uuid::from_u128(7), place: None, product: Uuid::from_u128(8) };

async fn closure(store: &Store, starts: &[Uuid], direction: Direction, most: usize) -> Closure {
    let starts: Vec<ThingId> = starts.iter().copied().map(ThingId::from_uuid).collect();
    let read = store.read(async |tx| trace::closure(tx, &starts, direction, most).await).await;
    read.unwrap_or_else(|error: StoreError| panic!("{error:?}"))
}

fn names(closure: &Closure, places: &[usize]) -> BTreeSet<Uuid> {
    let names: Vec<Uuid> = places.iter().map(|place| closure.graph.thing(*place).as_uuid()).collect();
    let set: BTreeSet<Uuid> = names.iter().copied().collect();
    assert_eq!(set.len(), names.len(), "a thing is told twice");
    set
}

/// What became what: for each making its inputs and outputs, with amounts.
#[derive(Clone, Debug, Default)]
struct Model {
    makings: Vec<[Vec<(usize, i64)>; 2]>,
}

impl Model {
    fn reach(&self, start: usize, forward: bool) -> BTreeSet<usize> {
        let (mut found, mut waiting) = (BTreeSet::new(), vec![start]);
        while let Some(thing) = waiting.pop() {
            for [inputs, outputs] in &self.makings {
                let (near, far) = if forward { (inputs, outputs) } else { (outputs, inputs) };
                if near.iter().any(|(one, _)| *one == thing) {
                    waiting.extend(far.iter().map(|(one, _)| *one).filter(|one| found.insert(*one)));
                }
            }
        }
        found
    }

    fn whole(&self, thing: usize) -> i64 {
        let made = |making: &[Vec<(usize, i64)>; 2]| {
            making[1].iter().filter(|(one, _)| *one == thing).map(|(_, amount)| amount).sum::<i64>()
        };
        let sum: i64 = self.makings.iter().map(made).sum();
        if sum == 0 { 1_000_000 } else { sum }
    }

    /// Which part of a thing came from which first things.
    fn back(&self, thing: usize) -> BTreeMap<usize, f64> {
        let makers: Vec<(f64, &Vec<(usize, i64)>)> = self
            .makings
            .iter()
            .flat_map(|[inputs, outputs]| {
                outputs
                    .iter()
                    .filter(|(one, _)| *one == thing)
                    .map(move |(_, amount)| (*amount as f64, inputs))
            })
            .collect();
        if makers.is_empty() {
            return BTreeMap::from([(thing, 1.0)]);
        }
        let sum: f64 = makers.iter().map(|(amount, _)| amount).sum();
        let mut shares = BTreeMap::new();
        for (amount, inputs) in makers {
            let whole: f64 = inputs.iter().map(|(_, amount)| *amount as f64).sum();
            for (input, used) in inputs {
                for (root, share) in self.back(*input) {
                    *shares.entry(root).or_default() += amount / sum * (*used as f64) / whole * share;
                }
            }
        }
        shares
    }

    /// As what a thing ended.
    fn forward(&self, thing: usize) -> BTreeMap<usize, f64> {
        let uses: Vec<(f64, &Vec<(usize, i64)>)> = self
            .makings
            .iter()
            .flat_map(|[inputs, outputs]| {
                inputs
                    .iter()
                    .filter(|(one, _)| *one == thing)
                    .map(move |(_, amount)| (*amount as f64, outputs))
            })
            .collect();
        let used: f64 = uses.iter().map(|(amount, _)| amount).sum();
        let stays = (self.whole(thing) as f64 - used).max(0.0);
        let mut shares = BTreeMap::new();
        if stays > 0.0 {
            shares.insert(thing, stays / (used + stays));
        }
        for (amount, outputs) in uses {
            let whole: f64 = outputs.iter().map(|(_, amount)| *amount as f64).sum();
            for (output, made) in outputs {
                for (end, share) in self.forward(*output) {
                    *shares.entry(end).or_default() +=
                        amount / (used + stays) * (*made as f64) / whole * share;
                }
            }
        }
        shares
    }
}

/// Writes a model under ids of its own.
async fn write(store: &Store, model: &Model, things: usize, base: u128) {
    let mut world = World::default();
    let thing = |number: usize| id(base + u128::try_from(number).unwrap());
    for number in 0..things {
        world.thing(thing(number), "class", &format!("urn:example:{base}:{number}"));
    }
    for (place, [inputs, outputs]) in model.makings.iter().enumerate() {
        let event = (id(base + 0x1000 + u128::try_from(place).unwrap()), at(i64::try_from(place).unwrap()));
        for (side, parts) in [("in", inputs), ("out", outputs)] {
            for (number, amount) in parts {
                world.line(thing(*number), side, event, Some(*amount));
            }
        }
    }
    world.rows.write(store).await.unwrap();
}

/// Makings among so many things; without circles when `forward_only`.
fn models(things: usize, forward_only: bool) -> impl Strategy<Value = Model> {
    let part = || proptest::collection::vec((0..things, 1..5_000_i64), 1..4);
    proptest::collection::vec((part(), part(), any::<bool>()), 1..14).prop_map(move |makings| {
        let once = |parts: Vec<(usize, i64)>| {
            let mut seen = HashSet::new();
            parts.into_iter().filter(|(thing, _)| seen.insert(*thing)).collect::<Vec<_>>()
        };
        let mut model = Model::default();
        for (inputs, outputs, _) in makings {
            let (mut inputs, mut outputs) = (once(inputs), once(outputs));
            if forward_only {
                // Everything goes to a higher number.
                let middle = inputs.iter().map(|(thing, _)| *thing).min().unwrap_or(0) + 1;
                inputs.retain(|(thing, _)| *thing < middle);
                outputs.retain(|(thing, _)| *thing >= middle);
            }
            if !inputs.is_empty() && !outputs.is_empty() {
                model.makings.push([inputs, outputs]);
            }
        }
        model
    })
}

fn runner() -> TestRunner {
    TestRunner::new(Config { rng_seed: RngSeed::Fixed(206), ..Config::default() })
}

async fn the_closure_is_that_of_a_simple_model(on: On) {
    let opened = TestStore::open(on).await;
    let (things, mut runner, mut circles) = (14, runner(), 0);
    for round in 0..24_u128 {
        let model = models(things, false).new_tree(&mut runner).unwrap().current();
        let base = round * 0x10_0000;
        write(&opened.store, &model, things, base).await;
        for start in 0..things {
            let found = closure(
                &opened.store,
                &[id(base + u128::try_from(start).unwrap())],
                Direction::Both,
                MOST_PARTS,
            )
            .await;
            let expected = |forward| -> BTreeSet<Uuid> {
                let reached = model.reach(start, forward).into_iter().filter(|one| *one != start);
                reached.map(|one| id(base + u128::try_from(one).unwrap())).collect()
            };
            assert_eq!(names(&found, &found.back), expected(false), "{model:?} from {start}");
            assert_eq!(names(&found, &found.forward), expected(true), "{model:?} from {start}");
            assert!(!found.cut);
            // A thing that the model leads back to itself lies in a circle, and is told so.
            let order = found.graph.order();
            let place =
                found.graph.place_of(ThingId::from_uuid(id(base + u128::try_from(start).unwrap()))).unwrap();
            let own_ancestor = model.reach(start, false).contains(&start);
            assert_eq!(order.is_in_a_circle(place), own_ancestor, "{model:?} from {start}");
            circles += usize::from(own_ancestor);
            // Whatever the facts, every walk ends, and nothing of the weight is lost.
            let amounts = Amounts::new();
            for way in [Way::Back, Way::Forward] {
                let flow = Flow::new(&found.graph, &order, &amounts, way);
                let begin = flow.begin(&found.starts).unwrap();
                let shares = flow.shares(&begin);
                let ends: u64 = shares.ends.iter().map(|(_, weight)| weight).sum();
                assert_eq!(ends + shares.unweighed + shares.circular, WHOLE);
                let (parts, unweighed, circular) = shares.millionths();
                assert_eq!(parts.iter().map(|(_, part)| part).sum::<u64>() + unweighed + circular, MILLION);
                assert!(flow.paths(&begin, 10).len() <= 10);
            }
        }
    }
    assert!(circles > 10, "the test tries no circles");
}

async fn shares_are_those_of_a_simple_model(on: On) {
    let opened = TestStore::open(on).await;
    let (things, mut runner, mut mixed) = (12, runner(), 0);
    for round in 0..24_u128 {
        let model = models(things, true).new_tree(&mut runner).unwrap().current();
        let base = round * 0x10_0000;
        write(&opened.store, &model, things, base).await;
        for start in 0..things {
            let found = closure(
                &opened.store,
                &[id(base + u128::try_from(start).unwrap())],
                Direction::Both,
                MOST_PARTS,
            )
            .await;
            let number = |place: usize| {
                let thing = found.graph.thing(place).as_uuid().as_u128();
                usize::try_from(thing - id(base).as_u128()).unwrap()
            };
            let order = found.graph.order();
            let grams = |place: usize| (model.whole(number(place)), nguongoc::kernel::Unit::Gram);
            let amounts: Amounts =
                (0..found.graph.things().len()).map(|place| (place, grams(place))).collect();
            for (way, expected) in [(Way::Back, model.back(start)), (Way::Forward, model.forward(start))] {
                let flow = Flow::new(&found.graph, &order, &amounts, way);
                let begin = flow.begin(&found.starts).unwrap();
                let shares = flow.shares(&begin);
                let told: BTreeMap<usize, f64> = shares
                    .ends
                    .iter()
                    .map(|(place, weight)| (number(*place), *weight as f64 / WHOLE as f64))
                    .collect();
                assert_eq!((shares.unweighed, shares.circular), (0, 0));
                for thing in told.keys().chain(expected.keys()) {
                    let (one, other) = (told.get(thing).unwrap_or(&0.0), expected.get(thing).unwrap_or(&0.0));
                    assert!(
                        (one - other).abs() < 1e-9,
                        "{way:?} from {start}: {told:?}, not {expected:?}: {model:?}"
                    );
                }
                mixed += usize::from(told.len() > 2);
                // All paths together are all that came or went.
                let paths = flow.paths(&begin, usize::MAX);
                let sum: u64 = paths.iter().map(|(_, weight)| weight).sum();
                assert!(WHOLE - sum < 100_000, "{sum}");
                assert!(paths.windows(2).all(|two| two[0].1 >= two[1].1), "the heaviest first");
            }
            // What part of each thing came from the start is what its own way back says.
            for (place, content) in contents(&found.graph, &order, &amounts, &found.starts) {
                let thing = number(place);
                if thing == start || found.back.contains(&place) || !found.forward.contains(&place) {
                    continue;
                }
                let first =
                    model.makings.iter().all(|[_, outputs]| outputs.iter().all(|(one, _)| *one != start));
                if first {
                    let expected = model.back(thing).get(&start).copied().unwrap_or(0.0);
                    let told = content.unwrap() as f64 / 1e12;
                    assert!(
                        (told - expected).abs() < 1e-9,
                        "{thing} holds {told}, not {expected}: {model:?}"
                    );
                }
            }
        }
    }
    assert!(mixed > 20, "the test mixes nothing");
}

async fn deep_and_wide_is_followed(on: On) {
    let opened = TestStore::open(on).await;
    let mut world = World::default();
    for depth in 0..=50 {
        world.thing(id(depth), "class", &format!("urn:example:deep:{depth}"));
        if depth > 0 {
            let (from, to) = ([(id(depth - 1), Some(1_000))], [(id(depth), Some(1_000))]);
            world.make("wash", NOBODY, &from, &to, i64::try_from(depth).unwrap());
        }
    }
    let leaves: Vec<(Uuid, Option<i64>)> = (0..10_000).map(|leaf| (id(0x1_0000 + leaf), Some(7))).collect();
    for (leaf, _) in &leaves {
        world.thing(*leaf, "class", &format!("urn:example:wide:{leaf}"));
    }
    world.make("split", NOBODY, &[(id(50), Some(1_000))], &leaves, 100);
    world.rows.write(&opened.store).await.unwrap();
    let from_field = closure(&opened.store, &[id(0)], Direction::Both, MOST_PARTS).await;
    assert_eq!((from_field.back.len(), from_field.forward.len()), (0, 10_050));
    let from_leaf = closure(&opened.store, &[leaves[77].0], Direction::Both, MOST_PARTS).await;
    assert_eq!((from_leaf.back.len(), from_leaf.forward.len()), (51, 0));
    assert!(from_leaf.graph.parts().len() < 200, "the way back reads nothing of the other leaves");
    let order = from_field.graph.order();
    let amounts = Amounts::new();
    let flow = Flow::new(&from_field.graph, &order, &amounts, Way::Forward);
    let (ends, ..) = flow.shares(&flow.begin(&from_field.starts).unwrap()).millionths();
    assert_eq!(ends.len(), 10_000);
    assert!(ends.iter().all(|(_, share)| *share == 100));
}

async fn too_much_is_cut_and_told(on: On) {
    let opened = TestStore::open(on).await;
    let mut world = World::default();
    let leaves: Vec<(Uuid, Option<i64>)> = (1..=500).map(|leaf| (id(leaf), Some(7))).collect();
    world.make("split", NOBODY, &[(id(0), Some(3_500))], &leaves, 100);
    world.rows.write(&opened.store).await.unwrap();
    let cut = closure(&opened.store, &[id(0)], Direction::Forward, 100).await;
    assert!(cut.cut);
    assert!(cut.reached().len() <= 102, "{}", cut.reached().len());
    let whole = closure(&opened.store, &[id(0)], Direction::Forward, 600).await;
    assert!(!whole.cut);
    assert_eq!(whole.forward.len(), 500);
}

async fn a_case_is_its_contents(on: On) {
    let opened = TestStore::open(on).await;
    let mut world = World::default();
    let [field, lot, other, late, soup] = [1, 2, 3, 4, 5].map(id);
    let [case, pallet] = [10, 11].map(id);
    for thing in [field, lot, other, late, soup] {
        world.thing(thing, "class", &format!("urn:example:{thing}"));
    }
    world.thing(case, "container", "00/095200000000000010");
    world.thing(pallet, "container", "00/095200000000000027");
    world.make("wash", NOBODY, &[(field, Some(100))], &[(lot, Some(100))], 1);
    let packed = world.event("aggregate", NOBODY, None, 2);
    world.inside(case, lot, packed, Some(at(20)));
    world.inside(pallet, case, packed, None);
    let packed = world.event("aggregate", NOBODY, None, 30);
    world.inside(case, late, packed, None);
    // The case goes whole into a pot while `lot` lies in it, and again long after.
    world.make("mix", NOBODY, &[(case, None), (other, Some(5))], &[(soup, Some(50))], 10);
    world.rows.write(&opened.store).await.unwrap();
    let of_pallet = closure(&opened.store, &[pallet], Direction::Both, MOST_PARTS).await;
    assert_eq!(names(&of_pallet, &of_pallet.starts), BTreeSet::from([pallet, case, lot, late]));
    assert_eq!(names(&of_pallet, &of_pallet.back), BTreeSet::from([field]));
    assert_eq!(names(&of_pallet, &of_pallet.forward), BTreeSet::from([soup]));
    let of_field = closure(&opened.store, &[field], Direction::Forward, MOST_PARTS).await;
    assert_eq!(names(&of_field, &of_field.forward), BTreeSet::from([lot, case, soup]));
    let of_soup = closure(&opened.store, &[soup], Direction::Back, MOST_PARTS).await;
    assert_eq!(
        names(&of_soup, &of_soup.back),
        BTreeSet::from([case, other, lot, field]),
        "not what came later"
    );
    let of_late = closure(&opened.store, &[late], Direction::Forward, MOST_PARTS).await;
    assert_eq!(of_late.forward.len(), 0, "it came when the case had been used");
}

async fn a_unit_is_one_of_its_class(on: On) {
    let opened = TestStore::open(on).await;
    let mut world = World::default();
    let [field, lot, unit, dish, sister] = [1, 2, 3, 4, 5].map(id);
    for thing in [field, lot, dish] {
        world.thing(thing, "class", &format!("urn:example:{thing}"));
    }
    world.unit(unit, lot, "01/09521234543213/21/1");
    world.unit(sister, lot, "01/09521234543213/21/2");
    world.make("wash", NOBODY, &[(field, Some(100))], &[(lot, Some(100))], 1);
    world.make("mix", NOBODY, &[(unit, None)], &[(dish, Some(50))], 10);
    world.rows.write(&opened.store).await.unwrap();
    let of_dish = closure(&opened.store, &[dish], Direction::Back, MOST_PARTS).await;
    assert_eq!(names(&of_dish, &of_dish.back), BTreeSet::from([unit, lot, field]));
    let of_field = closure(&opened.store, &[field], Direction::Forward, MOST_PARTS).await;
    assert_eq!(names(&of_field, &of_field.forward), BTreeSet::from([lot, unit, sister, dish]));
    let of_unit = closure(&opened.store, &[sister], Direction::Both, MOST_PARTS).await;
    assert_eq!(names(&of_unit, &of_unit.back), BTreeSet::from([lot, field]));
    assert_eq!(of_unit.forward.len(), 0);
}

async fn a_place_and_a_time_name_things(on: On) {
    let opened = TestStore::open(on).await;
    let mut world = World::default();
    let here = Hand { place: Some(id(100)), ..NOBODY };
    let there = Hand { place: Some(id(101)), ..NOBODY };
    for (number, hand, minute) in [(1, here, 10), (2, here, 20), (3, there, 15), (4, here, 30)] {
        let thing = world.thing(id(number), "class", &format!("urn:example:{number}"));
        let event = world.event("harvest", hand, None, minute);
        world.part(thing, event, "object", Some(5));
    }
    world.rows.write(&opened.store).await.unwrap();
    let names = trace::store::PlaceNames { id: Some(id(100)), name: String::new() };
    let window = (Moment::from_micros(at(10)), Moment::from_micros(at(30)));
    let read = opened.store.read(async |tx| trace::store::at_place(tx, &names, window.0, window.1, 10).await);
    let found: Vec<Uuid> = read
        .await
        .unwrap_or_else(|error: StoreError| panic!("{error:?}"))
        .iter()
        .map(ThingId::as_uuid)
        .collect();
    assert_eq!(found, [id(1), id(2)], "from a moment on, up to one that is left out");
}

async fn the_made_up_trade_is_whole(on: On) {
    let opened = TestStore::open(on).await;
    let mut trade = crate::support::lineage::trade::Trade::begin(opened.store.clone(), 206).await.unwrap();
    trade.grow(600, 100).await.unwrap();
    assert!(trade.lots >= 600 && trade.events >= trade.lots * 4, "{} {}", trade.lots, trade.events);
    for (field, lots) in trade.fields.iter().take(5) {
        let found = closure(&opened.store, &[*field], Direction::Both, MOST_PARTS).await;
        assert!(
            found.forward.len() * 2 > *lots / 2 && found.forward.len() < *lots,
            "{} of {lots}",
            found.forward.len()
        );
        assert!(found.graph.order().circles().is_empty());
    }
}

#[test]
fn a_split_loses_nothing() {
    let mut runner = runner();
    let amounts = proptest::collection::vec(0..1_000_000_000_000_i64, 1..40);
    runner
        .run(&(0..=WHOLE, amounts), |(weight, amounts)| {
            let parts = split(weight, &amounts);
            let sum: i64 = amounts.iter().sum();
            proptest::prop_assert_eq!(parts.iter().sum::<u64>(), if sum == 0 { 0 } else { weight });
            for (part, amount) in parts.iter().zip(&amounts) {
                let exact = u128::from(weight) * u128::try_from(*amount).unwrap();
                let whole = u128::try_from(sum.max(1)).unwrap();
                proptest::prop_assert!(u128::from(*part) * whole <= exact + whole);
                proptest::prop_assert!(u128::from(*part) * whole + whole >= exact);
            }
            Ok(())
        })
        .unwrap();
}
