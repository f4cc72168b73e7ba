//! The registry's word for what an EPCIS event tells, and whether it tells more than a day.

use super::interpret::own_text;
use crate::events::epcis::{self, Action, What};
use crate::events::{Step, uri};

/// The registry's word for what an event tells.
pub(super) fn step(event: &epcis::Event) -> Step {
    if let Some(step) =
        own_text(event, "ng:step").and_then(Step::parse).filter(|step| fits(*step, &event.what))
    {
        return step;
    }
    if event.error.is_some() {
        return Step::Correct;
    }
    let biz_step = event.biz_step.as_ref();
    let bare = biz_step.and_then(epcis::Word::bare).unwrap_or_default();
    let returned = event.disposition.as_ref().and_then(epcis::Word::bare) == Some("returned");
    match &event.what {
        What::Transformation { .. } => transformation(event),
        What::Aggregation { action: Action::Add, .. } => Step::Aggregate,
        What::Aggregation { action: Action::Delete, .. } => Step::Disaggregate,
        What::Object { action: Action::Add, .. } if bare == "creating_class_instance" => Step::Pick,
        What::Object { action: Action::Add, .. } if matches!(bare, "commissioning" | "killing" | "") => {
            Step::Harvest
        }
        What::Object { action, .. } => match bare {
            "packing" => Step::Pack,
            "shipping" if returned => Step::Return,
            "shipping" => Step::Ship,
            "receiving" => Step::Receive,
            "retail_selling" | "dispensing" => Step::Sell,
            "sampling" => Step::Sample,
            "inspecting" => Step::Test,
            _ if *action == Action::Delete => Step::Waste,
            _ => Step::Observe,
        },
        _ => Step::Observe,
    }
}

/// Whether only the day of an event is known.
pub(super) fn is_whole_day(event: &epcis::Event) -> bool {
    own_text(event, "ng:timePrecision") == Some("day")
}

/// Whether an event of this type can be told to be such an act. What the authority does is told by nobody.
fn fits(step: Step, what: &What) -> bool {
    match (step, what) {
        (Step::Aggregate, What::Aggregation { action, .. }) => *action == Action::Add,
        (Step::Disaggregate, What::Aggregation { action, .. }) => *action == Action::Delete,
        (
            Step::Hold | Step::Release | Step::Recall | Step::Correct | Step::Aggregate | Step::Disaggregate,
            _,
        ) => false,
        (Step::Observe, _) => true,
        (_, What::Transformation { .. }) => step.is_transformation(),
        (_, What::Object { .. }) => !step.is_transformation(),
        _ => false,
    }
}

/// Which transformation an event tells.
pub(super) fn transformation(event: &epcis::Event) -> Step {
    if let Some(step) =
        own_text(event, "ng:step").and_then(Step::parse).filter(|step| step.is_transformation())
    {
        return step;
    }
    match event.biz_step.as_ref().map(epcis::Word::as_str) {
        Some("repackaging") => Step::Repack,
        Some(word) => {
            let own = word.strip_prefix(uri::VOCABULARY).unwrap_or_default();
            match own {
                "washing" => Step::Wash,
                "cutting" => Step::Cut,
                "mixing" => Step::Mix,
                "splitting" => Step::Split,
                "merging" => Step::Merge,
                _ => Step::Process,
            }
        }
        None => Step::Process,
    }
}
