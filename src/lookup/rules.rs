//! Which data the law wants to see at a scan, by the rule set in force on the lot's day, and how much of it is there.
//!
//! What must stay true: a rule set is dated data (`assets/data/rule-sets.json`), never a constant; an item that the law wants only
//! "if any" never counts against a lot; what is held but may not be shown counts as missing, because a scan does not show it.

use super::model::{Completeness, Lot};
use crate::events::Step;
use crate::kernel::Day;
use crate::trace::{Gap, Origin};
use serde::Deserialize;
use std::sync::LazyLock;

/// Something that the law wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// The name of the product.
    ProductName,
    /// Its picture.
    ProductPicture,
    /// The name of the producer or trader.
    Producer,
    /// Its address.
    ProducerAddress,
    /// The stages, each with product code, place code and time: counted stage by stage.
    Stages,
    /// The time of production.
    ProductionTime,
    /// The product's trace code.
    ProductCode,
    /// The brand.
    Brand,
    /// The shelf life.
    ShelfLife,
    /// The standards applied.
    Standards,
    /// The origin: the place of the harvest.
    Origin,
    /// A number that identifies the producer.
    ProducerIdentifier,
    /// A number that identifies this very product and lot.
    UniqueIdentifier,
    /// What to beware of.
    SafetyWarning,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    item: Item,
    #[serde(rename = "clause")]
    _clause: String,
    #[serde(default)]
    if_any: bool,
}

/// What one state of the law wants.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// Its stable name.
    pub id: String,
    /// Where it stands.
    pub source: String,
    in_force_from: Day,
    #[serde(default)]
    in_force_to: Option<Day>,
    items: Vec<Wanted>,
}

static RULE_SETS: LazyLock<Vec<RuleSet>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../assets/data/rule-sets.json")).unwrap_or_default()
});

/// All rule sets, the earliest first; a test asserts that the embedded file is understood.
#[must_use]
pub fn rule_sets() -> &'static [RuleSet] {
    &RULE_SETS
}

/// The rule set in force on a day.
#[must_use]
pub fn in_force(day: Day) -> Option<&'static RuleSet> {
    let holds = |set: &&RuleSet| set.in_force_from <= day && set.in_force_to.is_none_or(|last| day <= last);
    RULE_SETS.iter().rev().find(holds)
}

/// How much of what has to be told of the lot is there.
#[must_use]
pub fn completeness(lot: &Lot, origin: &Origin) -> Completeness {
    let Some(set) = in_force(lot.harvested_on) else {
        return Completeness { have: 0, need: 0, rule_set: None, source: "", missing: Vec::new() };
    };
    let mut count = Count::default();
    for wanted in set.items.iter().filter(|wanted| !wanted.if_any) {
        match wanted.item {
            Item::Stages => stages(&mut count, lot, origin),
            item => count.item(word(item), is_there(item, lot, origin)),
        }
    }
    Completeness {
        have: count.have,
        need: count.have + count.missing.len(),
        rule_set: Some(&set.id),
        source: &set.source,
        missing: count.missing,
    }
}

#[derive(Default)]
struct Count {
    have: usize,
    missing: Vec<&'static str>,
}

impl Count {
    fn item(&mut self, word: &'static str, there: bool) {
        if there {
            self.have += 1;
        } else {
            self.missing.push(word);
        }
    }
}

/// The stable word of an item.
#[must_use]
const fn word(item: Item) -> &'static str {
    match item {
        Item::ProductName => "product_name",
        Item::ProductPicture => "product_picture",
        Item::Producer => "producer",
        Item::ProducerAddress => "producer_address",
        Item::Stages => "stages",
        Item::ProductionTime => "production_time",
        Item::ProductCode => "product_code",
        Item::Brand => "brand",
        Item::ShelfLife => "shelf_life",
        Item::Standards => "standards",
        Item::Origin => "origin",
        Item::ProducerIdentifier => "producer_identifier",
        Item::UniqueIdentifier => "unique_identifier",
        Item::SafetyWarning => "safety_warning",
    }
}

fn is_there(item: Item, lot: &Lot, origin: &Origin) -> bool {
    let product = &lot.product;
    let producer = lot.producer.party.published.as_ref();
    match item {
        Item::ProductName => !product.name.is_empty(),
        Item::ProductPicture => product.picture.is_some(),
        Item::Producer => producer.is_some(),
        Item::ProducerAddress => producer.is_some_and(|published| !published.address.is_empty()),
        Item::Stages => !origin.stages.is_empty(),
        // A lot has its day, its code and its product's number from the beginning: its table wants them.
        Item::ProductionTime | Item::ProductCode | Item::UniqueIdentifier => true,
        Item::Brand => product.brand.is_some(),
        Item::ShelfLife => product.shelf_life_days.is_some(),
        Item::Standards => product.standards.is_some(),
        Item::Origin => origin.stages.iter().any(|stage| {
            stage.step == Step::Harvest && stage.place.as_ref().is_some_and(|p| p.named.is_some())
        }),
        Item::ProducerIdentifier => lot.producer.identified,
        Item::SafetyWarning => product.safety_warning.is_some(),
    }
}

/// The stages that must be there: harvest, packing, and for what was shipped its receipt; and a place at each of them.
fn stages(count: &mut Count, lot: &Lot, origin: &Origin) {
    let gaps = origin.gaps(lot.id, lot.packed_on.is_some());
    count.item("step_harvest", !gaps.contains(&Gap::NoHarvest));
    count.item("step_pack", !gaps.contains(&Gap::NoPacking));
    if origin.has(Step::Ship) {
        count.item("step_ship", true);
        count.item("step_receive", !gaps.iter().any(|gap| matches!(gap, Gap::NotReceived(_))));
    }
    if gaps.iter().any(|gap| matches!(gap, Gap::NoPlace(_))) {
        count.item("step_place", false);
    }
}
