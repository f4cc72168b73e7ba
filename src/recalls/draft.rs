//! What a form or a program sends, kept as typed.

use super::model::{Danger, NewRecall, Way};
use crate::chain::QuantityDraft;
use crate::kernel::text::absent_as_empty;
use crate::kernel::{Day, EventId, LotId, Note, PartyId, Problem, Problems, Quantity};
use serde::Deserialize;

/// A proposal as typed. The lots stand in one text, by id or short code, parted by spaces, commas or lines.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RecallDraft {
    /// The lots.
    pub lots: String,
    /// How dangerous.
    #[serde(deserialize_with = "absent_as_empty")]
    pub danger: String,
    /// What is to be done with the goods.
    #[serde(deserialize_with = "absent_as_empty")]
    pub way: String,
    /// Why.
    #[serde(deserialize_with = "absent_as_empty")]
    pub reason: String,
    /// Where the goods are taken back.
    #[serde(deserialize_with = "absent_as_empty")]
    pub takes_back: String,
    /// The last day on which they are.
    #[serde(deserialize_with = "absent_as_empty")]
    pub until: String,
}

impl RecallDraft {
    /// The proposal.
    ///
    /// # Errors
    /// All that is wrong with it, field by field.
    pub fn parse(&self) -> Result<NewRecall, Problems> {
        let mut problems = Problems::default();
        let lots = written(&self.lots);
        if lots.is_empty() {
            problems.push(Problem::new("text_empty").at("lots"));
        }
        let danger = problems.take("danger", Danger::parse(&self.danger));
        let way = problems.take("way", Way::parse(&self.way).and_then(of_law));
        let reason = problems.take("reason", Note::parse(&self.reason));
        let takes_back = problems.take("takes_back", Note::parse(&self.takes_back));
        let until = match self.until.trim() {
            "" => Some(None),
            text => problems.take("until", Day::parse(text).map(Some)),
        };
        match (danger, way, reason, takes_back, until) {
            (Some(danger), Some(way), Some(reason), Some(takes_back), Some(until)) if problems.is_empty() => {
                Ok(NewRecall { lots, danger, way, reason, takes_back, until })
            }
            _ => Err(problems),
        }
    }
}

fn of_law(way: Way) -> Result<Way, Problem> {
    if Way::OF_LAW.contains(&way) { Ok(way) } else { Err(Problem::new("choose_one").value(way.as_str())) }
}

/// The lots that a text names.
pub(super) fn written(text: &str) -> Vec<String> {
    let mut lots: Vec<String> = Vec::new();
    // A short code may be written in groups of digits: `409 600 0017`.
    let pieces = text.split([',', ';', '\n', '\r']).map(str::trim).filter(|piece| !piece.is_empty());
    for piece in pieces {
        let grouped = piece.chars().all(|c| c.is_ascii_digit() || c == ' ');
        let named: Vec<String> = if grouped {
            let digits: String = piece.chars().filter(char::is_ascii_digit).collect();
            if digits.len() == 10 { vec![digits] } else { piece.split(' ').map(str::to_owned).collect() }
        } else {
            piece.split_whitespace().map(str::to_owned).collect()
        };
        for lot in named.into_iter().filter(|lot| !lot.is_empty()) {
            if !lots.contains(&lot) {
                lots.push(lot);
            }
        }
    }
    lots
}

/// A recovered quantity as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RecoveryDraft {
    /// The lot.
    #[serde(deserialize_with = "absent_as_empty")]
    pub lot: String,
    /// Whose goods; one's own when empty.
    #[serde(deserialize_with = "absent_as_empty")]
    pub party: String,
    /// What was done with them.
    #[serde(deserialize_with = "absent_as_empty")]
    pub way: String,
    /// How much.
    pub quantity: QuantityDraft,
    /// The unit, in forms.
    #[serde(deserialize_with = "absent_as_empty")]
    pub unit: String,
    /// What it is entered under once.
    #[serde(deserialize_with = "absent_as_empty")]
    pub key: String,
}

/// A recovered quantity to be entered.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewRecovery {
    pub(super) lot: LotId,
    pub(super) party: Option<PartyId>,
    pub(super) way: Way,
    pub(super) quantity: Quantity,
    pub(super) key: Option<EventId>,
}

impl RecoveryDraft {
    pub(super) fn parse(&self) -> Result<NewRecovery, Problems> {
        let mut problems = Problems::default();
        let lot = match self.lot.trim() {
            "" => problems.take("lot", Err(Problem::new("choose_one"))),
            text => problems.take("lot", text.parse()),
        };
        let party = match self.party.trim() {
            "" => Some(None),
            text => problems.take("party", text.parse().map(Some)),
        };
        let way = problems.take("way", Way::parse(&self.way));
        let positive = |quantity: Quantity| {
            if quantity.is_zero() {
                Err(Problem::new("recovered_nothing").value(self.quantity.typed()))
            } else {
                Ok(quantity)
            }
        };
        let quantity = problems.take("quantity", self.quantity.parse(&self.unit).and_then(positive));
        let key = match self.key.trim() {
            "" => Some(None),
            text => problems.take("key", text.parse().map(Some)),
        };
        match (lot, party, way, quantity, key) {
            (Some(lot), Some(party), Some(way), Some(quantity), Some(key)) => {
                Ok(NewRecovery { lot, party, way, quantity, key })
            }
            _ => Err(problems),
        }
    }
}
