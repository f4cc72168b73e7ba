//! The words of the Core Business Vocabulary (CBV 2.0 §7) for what the registry records.

use crate::events::epcis::{Action, Word};
use crate::events::{Step, uri};

/// The CBV business step and disposition of a step, and what it does to the existence of what it is about. Where the vocabulary has no
/// word, the registry's own stands.
pub(super) fn words(step: Step, conforms: Option<bool>) -> (Action, Word, Option<Word>) {
    let own = |word: &str| Word::own(format!("{}{word}", uri::VOCABULARY));
    let cbv = Word::cbv;
    let (action, biz_step, disposition) = match step {
        Step::Harvest => (Action::Add, cbv("commissioning"), Some(cbv("active"))),
        Step::Pick => (Action::Add, cbv("creating_class_instance"), Some(cbv("active"))),
        Step::Wash => (Action::Observe, own("washing"), Some(cbv("active"))),
        Step::Cut => (Action::Observe, own("cutting"), Some(cbv("active"))),
        Step::Mix => (Action::Observe, own("mixing"), Some(cbv("active"))),
        Step::Split => (Action::Observe, own("splitting"), Some(cbv("active"))),
        Step::Merge => (Action::Observe, own("merging"), Some(cbv("active"))),
        Step::Process => (Action::Observe, own("processing"), Some(cbv("active"))),
        Step::Repack => (Action::Observe, cbv("repackaging"), Some(cbv("active"))),
        Step::Pack => (Action::Observe, cbv("packing"), Some(cbv("in_progress"))),
        Step::Aggregate => (Action::Add, cbv("packing"), Some(cbv("in_progress"))),
        Step::Disaggregate => (Action::Delete, cbv("unpacking"), Some(cbv("in_progress"))),
        Step::Ship => (Action::Observe, cbv("shipping"), Some(cbv("in_transit"))),
        Step::Receive => (Action::Observe, cbv("receiving"), Some(cbv("in_progress"))),
        Step::Refuse | Step::Return => (Action::Observe, cbv("shipping"), Some(cbv("returned"))),
        Step::Lose => (Action::Observe, own("missing"), Some(cbv("mismatch_quantity"))),
        Step::Sell => (Action::Observe, cbv("retail_selling"), Some(cbv("retail_sold"))),
        Step::Sample => (Action::Observe, cbv("sampling"), None),
        Step::Test => {
            let verdict = conforms.map(|yes| if yes { cbv("conformant") } else { cbv("non_conformant") });
            (Action::Observe, cbv("inspecting"), verdict)
        }
        Step::Waste => (Action::Delete, cbv("destroying"), Some(cbv("disposed"))),
        Step::Hold => (Action::Observe, cbv("holding"), Some(own("on_hold"))),
        Step::Release => (Action::Observe, cbv("inspecting"), Some(own("released"))),
        Step::Recall => (Action::Observe, cbv("inspecting"), Some(cbv("recalled"))),
        Step::Correct | Step::Observe => (Action::Observe, cbv("other"), None),
    };
    (action, biz_step, disposition)
}
