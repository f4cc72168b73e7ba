//! What a form or a program sends, kept as typed, until it is a command.

use super::model::{DeclareLot, LARGEST, Move, Pack, Receive, Ship, StopLot, When};
use crate::kernel::text::absent_as_empty;
use crate::kernel::{
    Day, EventId, Line, LotCode, LotId, Moment, Note, PartyId, PlaceId, Problem, Problems, Quantity,
};
use serde::Deserialize;
use serde_json::Number;

/// A quantity as it was sent: a text, whose unit may stand in a field of its own, or a number with its unit.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum QuantityDraft {
    /// `12,5` or `12,5 kg`
    Text(String),
    /// `{"amount": 12.5, "unit": "kg"}`
    Parts {
        /// The amount: a number, or as people write it.
        amount: Amount,
        /// The unit.
        unit: String,
    },
}

impl Default for QuantityDraft {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

/// An amount as it was sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// `12.5`
    Number(Number),
    /// `"12,5"`
    Text(String),
}

impl QuantityDraft {
    /// What was typed, for a form that is shown again.
    #[must_use]
    pub fn typed(&self) -> &str {
        match self {
            Self::Text(text) | Self::Parts { amount: Amount::Text(text), .. } => text,
            Self::Parts { .. } => "",
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }

    fn parse(&self, unit: &str) -> Result<Quantity, Problem> {
        match self {
            Self::Text(text) if text.trim().is_empty() => Err(Problem::new("text_empty")),
            // A unit written beside the number goes before the one that the form offers.
            Self::Text(text) if unit.trim().is_empty() || text.chars().any(char::is_alphabetic) => {
                Quantity::parse(text)
            }
            Self::Text(text) => Quantity::from_parts(text, unit),
            Self::Parts { amount: Amount::Text(text), unit } => Quantity::from_parts(text, unit),
            Self::Parts { amount: Amount::Number(number), unit } => Quantity::from_number(number, unit),
        }
        .and_then(|quantity| {
            if quantity.amount() > LARGEST {
                let largest = if quantity.unit().uom().is_some() { "10^9 kg" } else { "10^12" };
                return Err(Problem::new("amount_too_large").value(self.typed()).arg("largest", largest));
            }
            Ok(quantity)
        })
    }
}

/// The fields of all commands. Each command reads those that it knows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Draft {
    /// The key under which the command is recorded once: a UUID. Programs send it as the header `Idempotency-Key`.
    #[serde(deserialize_with = "absent_as_empty")]
    pub key: String,
    /// The party on whose behalf it is recorded.
    #[serde(deserialize_with = "absent_as_empty")]
    pub behalf_of: String,
    /// The product.
    #[serde(deserialize_with = "absent_as_empty")]
    pub product: String,
    /// The place.
    #[serde(deserialize_with = "absent_as_empty")]
    pub place: String,
    /// The receiver: an id; programs may give a tax number or GLN.
    #[serde(deserialize_with = "absent_as_empty")]
    pub to: String,
    /// A part of the receiver's name, or the tax number or GLN, to choose from.
    #[serde(deserialize_with = "absent_as_empty")]
    pub search: String,
    /// Which button was pressed.
    #[serde(deserialize_with = "absent_as_empty")]
    pub button: String,
    /// The moment, in RFC 3339; it goes before the day.
    #[serde(deserialize_with = "absent_as_empty")]
    pub time: String,
    /// The day.
    #[serde(deserialize_with = "absent_as_empty")]
    pub day: String,
    /// The hour of that day, `HH:MM`, where it is known.
    #[serde(deserialize_with = "absent_as_empty")]
    pub clock: String,
    /// How much.
    pub quantity: QuantityDraft,
    /// The unit, in forms.
    #[serde(deserialize_with = "absent_as_empty")]
    pub unit: String,
    /// The lot's code; made when empty.
    #[serde(deserialize_with = "absent_as_empty")]
    pub code: String,
    /// The variety.
    #[serde(deserialize_with = "absent_as_empty")]
    pub variety: String,
    /// The last day of use.
    #[serde(deserialize_with = "absent_as_empty")]
    pub expires_on: String,
    /// The contents of one pack.
    pub pack_size: QuantityDraft,
    /// The number of the delivery note.
    #[serde(deserialize_with = "absent_as_empty")]
    pub document: String,
    /// The vehicle.
    #[serde(deserialize_with = "absent_as_empty")]
    pub vehicle: String,
    /// The reason of the authority.
    #[serde(deserialize_with = "absent_as_empty")]
    pub reason: String,
    /// A remark.
    #[serde(deserialize_with = "absent_as_empty")]
    pub note: String,
}

/// Reads a value that may be left empty.
fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Reads an id that must be chosen.
fn chosen<T: std::str::FromStr<Err = Problem>>(text: &str) -> Result<T, Problem> {
    if text.trim().is_empty() { Err(Problem::new("choose_one")) } else { text.parse() }
}

impl Draft {
    /// The key under which the command is recorded once.
    ///
    /// # Errors
    /// `id_malformed`.
    pub fn once(&self) -> Result<Option<EventId>, Problem> {
        optional(&self.key, str::parse).map_err(|problem| problem.at("key"))
    }

    /// The party on whose behalf it is recorded.
    ///
    /// # Errors
    /// `id_malformed`.
    pub fn grantor(&self) -> Result<Option<PartyId>, Problem> {
        optional(&self.behalf_of, str::parse).map_err(|problem| problem.at("behalf_of"))
    }

    fn when(&self) -> Result<Option<When>, Problem> {
        if !self.time.trim().is_empty() {
            let (moment, offset) = Moment::parse_with_offset(&self.time)?;
            return Ok(Some(When::At(moment, offset)));
        }
        if self.day.trim().is_empty() {
            return if self.clock.trim().is_empty() { Ok(None) } else { Err(Problem::new("day_missing")) };
        }
        let day = Day::parse(&self.day)?;
        if self.clock.trim().is_empty() {
            return Ok(Some(When::On(day)));
        }
        let text = format!("{day}T{}:00+07:00", self.clock.trim());
        let (moment, offset) = Moment::parse_with_offset(&text)
            .map_err(|_| Problem::new("clock_malformed").value(&self.clock))?;
        Ok(Some(When::At(moment, offset)))
    }

    /// A declaration.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn declare(&self) -> Result<DeclareLot, Problems> {
        let mut problems = Problems::default();
        let product = problems.take("product", chosen(&self.product));
        let place = problems.take("place", chosen(&self.place));
        let when = problems.take("day", self.when());
        let quantity = problems.take("quantity", self.quantity.parse(&self.unit));
        let code = problems.take("code", optional(&self.code, LotCode::parse));
        let variety = problems.take("variety", Line::optional(&self.variety));
        let note = problems.take("note", Note::optional(&self.note));
        match (product, place, when, quantity, code, variety, note) {
            (
                Some(product),
                Some(place),
                Some(when),
                Some(quantity),
                Some(code),
                Some(variety),
                Some(note),
            ) => Ok(DeclareLot { product, place, when, quantity, code, variety, note }),
            _ => Err(problems),
        }
    }

    fn movement(&self, lot: LotId, problems: &mut Problems) -> Option<Move> {
        let place: Option<PlaceId> = problems.take("place", chosen(&self.place));
        let when = problems.take("day", self.when());
        let quantity = problems.take("quantity", self.quantity.parse(&self.unit));
        let note = problems.take("note", Note::optional(&self.note));
        Some(Move { lot, place: place?, quantity: quantity?, when: when?, note: note? })
    }

    /// A packing of `lot`.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn pack(&self, lot: LotId) -> Result<Pack, Problems> {
        let mut problems = Problems::default();
        let what = self.movement(lot, &mut problems);
        let expires_on = problems.take("expires_on", optional(&self.expires_on, Day::parse));
        let size = if self.pack_size.is_empty() { Ok(None) } else { self.pack_size.parse("").map(Some) };
        let pack_size = problems.take("pack_size", size);
        match (what, expires_on, pack_size) {
            (Some(what), Some(expires_on), Some(pack_size)) => Ok(Pack { what, expires_on, pack_size }),
            _ => Err(problems),
        }
    }

    /// A shipment of `lot` to `to`, which has been looked up from [`Draft::to`].
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn ship(&self, lot: LotId, to: Option<PartyId>) -> Result<Ship, Problems> {
        let mut problems = Problems::default();
        let what = self.movement(lot, &mut problems);
        let to = problems.take("to", to.ok_or_else(|| Problem::new("receiver_missing")));
        let document = problems.take("document", Line::optional(&self.document));
        let vehicle = problems.take("vehicle", Line::optional(&self.vehicle));
        match (what, to, document, vehicle) {
            (Some(what), Some(to), Some(document), Some(vehicle)) => Ok(Ship { what, to, document, vehicle }),
            _ => Err(problems),
        }
    }

    /// A sale of `lot`.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn sell(&self, lot: LotId) -> Result<Move, Problems> {
        let mut problems = Problems::default();
        self.movement(lot, &mut problems).ok_or(problems)
    }

    /// A receipt of `shipment`.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn receive(&self, shipment: EventId) -> Result<Receive, Problems> {
        let mut problems = Problems::default();
        let place = problems.take("place", chosen(&self.place));
        let when = problems.take("day", self.when());
        let quantity = problems.take("quantity", self.quantity.parse(&self.unit));
        let note = problems.take("note", Note::optional(&self.note));
        match (place, when, quantity, note) {
            (Some(place), Some(when), Some(quantity), Some(note)) => {
                Ok(Receive { shipment, place, quantity, when, note })
            }
            _ => Err(problems),
        }
    }

    /// An act of the authority on `lot`.
    ///
    /// # Errors
    /// When the reason is missing or too long.
    pub fn stop(&self, lot: LotId) -> Result<StopLot, Problems> {
        let reason = Note::parse(&self.reason).map_err(|problem| problem.at("reason"))?;
        Ok(StopLot { lot, reason })
    }
}
