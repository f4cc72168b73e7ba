//! What a form or a program sends, kept as typed, until it is a command.

use super::cases;
use super::model::{
    Casing, Collect, Correct, DeclareLot, Goods, LARGEST, Move, Output, Pack, Portion, Receive, Ship,
    StopLot, Test, Transform, When,
};
use crate::events::Step;
use crate::kernel::text::absent_as_empty;
use crate::kernel::{
    CertificateId, Day, EventId, Line, LotCode, LotId, Moment, Note, PartyId, PlaceId, Problem, Problems,
    Quantity,
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

    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }

    /// The quantity; `unit` is the one that the form offers.
    ///
    /// # Errors
    /// What is wrong with the number or its unit.
    pub fn parse(&self, unit: &str) -> Result<Quantity, Problem> {
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
                let largest = if quantity.unit().uom().is_some() { "10^8 kg" } else { "10^11" };
                return Err(Problem::new("amount_too_large").value(self.typed()).arg("largest", largest));
            }
            Ok(quantity)
        })
    }
}

/// A line of a command that is about several lots or places: what went in, what came out, what was collected from where.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LineDraft {
    /// The lot.
    #[serde(deserialize_with = "absent_as_empty")]
    pub lot: String,
    /// The product, of a lot that is made.
    #[serde(deserialize_with = "absent_as_empty")]
    pub product: String,
    /// The place, of what was collected.
    #[serde(deserialize_with = "absent_as_empty")]
    pub place: String,
    /// The code, of a lot that is made; made when empty.
    #[serde(deserialize_with = "absent_as_empty")]
    pub code: String,
    /// How much.
    pub quantity: QuantityDraft,
    /// The unit, in forms.
    #[serde(deserialize_with = "absent_as_empty")]
    pub unit: String,
}

impl LineDraft {
    /// Whether nothing was filled in: a form has more lines than are needed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let texts = [&self.lot, &self.product, &self.place, &self.code];
        texts.iter().all(|text| text.trim().is_empty()) && self.quantity.is_empty()
    }

    fn portion(&self) -> Result<Portion, Problem> {
        let lot = chosen(&self.lot)?;
        Ok(Portion { lot, quantity: self.quantity.parse(&self.unit)? })
    }

    fn output(&self) -> Result<Output, Problem> {
        Ok(Output {
            product: chosen(&self.product)?,
            code: optional(&self.code, LotCode::parse)?,
            quantity: self.quantity.parse(&self.unit)?,
        })
    }

    fn origin(&self) -> Result<(PlaceId, Quantity), Problem> {
        Ok((chosen(&self.place)?, self.quantity.parse(&self.unit)?))
    }
}

/// Reads the lines that are filled in; a problem names its line.
fn lines<T>(
    field: &'static str,
    drafts: &[LineDraft],
    problems: &mut Problems,
    read: impl Fn(&LineDraft) -> Result<T, Problem>,
) -> Vec<T> {
    let mut found = Vec::new();
    for (n, draft) in drafts.iter().enumerate().filter(|(_, draft)| !draft.is_empty()) {
        match read(draft) {
            Ok(line) => found.push(line),
            Err(problem) => problems.0.push(problem.at(format!("{field}/{n}"))),
        }
    }
    found
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
    /// The certificates that the packs claim.
    pub certificates: Vec<String>,
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
    /// What kind of transformation it is.
    #[serde(deserialize_with = "absent_as_empty")]
    pub step: String,
    /// What went in.
    pub inputs: Vec<LineDraft>,
    /// What came out.
    pub outputs: Vec<LineDraft>,
    /// Further places that a lot was collected from.
    pub collected: Vec<LineDraft>,
    /// Parts of several lots.
    pub lots: Vec<LineDraft>,
    /// Cases and pallets that move, by their SSCC.
    pub cases: Vec<String>,
    /// The case or pallet that goods are put into or taken out of.
    #[serde(deserialize_with = "absent_as_empty")]
    pub case: String,
    /// The outcome of a test: `true` or `false`.
    #[serde(deserialize_with = "text_or_bool")]
    pub conforms: String,
    /// The number of the test report.
    #[serde(deserialize_with = "absent_as_empty")]
    pub report: String,
    /// Whether a wrong event did not happen at all: `true` or `false`.
    #[serde(deserialize_with = "text_or_bool")]
    pub did_not_occur: String,
    /// The events that say what is right.
    pub instead: Vec<String>,
}

/// A yes or no of a program, or the text of a form.
fn text_or_bool<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Bool(bool),
        Text(String),
    }
    Ok(match Option::<Given>::deserialize(deserializer)? {
        None => String::new(),
        Some(Given::Bool(yes)) => yes.to_string(),
        Some(Given::Text(text)) => text,
    })
}

/// Reads a yes or no that must be given.
fn yes_or_no(text: &str) -> Result<bool, Problem> {
    match text.trim() {
        "true" | "yes" | "on" => Ok(true),
        "false" | "no" => Ok(false),
        "" => Err(Problem::new("choose_one")),
        other => Err(Problem::new("yes_or_no").value(other)),
    }
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
            ) => Ok(DeclareLot { product, place: Some(place), when, quantity, code, variety, note }),
            _ => Err(problems),
        }
    }

    fn movement(&self, lot: LotId, problems: &mut Problems) -> Option<Move> {
        let place: Option<PlaceId> = problems.take("place", chosen(&self.place));
        let when = problems.take("day", self.when());
        let quantity = problems.take("quantity", self.quantity.parse(&self.unit));
        let note = problems.take("note", Note::optional(&self.note));
        Some(Move { goods: Goods::of(lot, quantity?), place: Some(place?), when: when?, note: note? })
    }

    /// Parts of several lots and cases, at a place.
    fn goods(&self, problems: &mut Problems) -> Option<Move> {
        let place: Option<PlaceId> = problems.take("place", chosen(&self.place));
        let when = problems.take("day", self.when());
        let note = problems.take("note", Note::optional(&self.note));
        let lots = lines("lots", &self.lots, problems, LineDraft::portion);
        let mut cases = Vec::new();
        for (n, text) in self.cases.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            match cases::read(text) {
                Ok(case) => cases.push(case),
                Err(problem) => problems.0.push(problem.at(format!("cases/{n}"))),
            }
        }
        Some(Move { goods: Goods { lots, cases }, place: Some(place?), when: when?, note: note? })
    }

    /// A declaration with further places that the lot was collected from.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn collect(&self) -> Result<Collect, Problems> {
        let mut problems = Problems::default();
        let more = lines("collected", &self.collected, &mut problems, LineDraft::origin);
        match self.declare() {
            Ok(lot) if problems.0.is_empty() => Ok(Collect { lot, more }),
            Ok(_) => Err(problems),
            Err(mut all) => {
                all.0.extend(problems.0);
                Err(all)
            }
        }
    }

    /// More of `lot`, a sample of it, or what was lost of it.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn part_of(&self, lot: LotId) -> Result<Move, Problems> {
        self.sell(lot)
    }

    /// A transformation.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn transform(&self) -> Result<Transform, Problems> {
        let mut problems = Problems::default();
        let step = Step::parse(self.step.trim()).filter(|step| step.is_transformation());
        let step = problems.take(
            "step",
            step.ok_or_else(|| match self.step.trim() {
                "" => Problem::new("choose_one"),
                other => Problem::new("transformation_unknown").value(other),
            }),
        );
        let inputs = lines("inputs", &self.inputs, &mut problems, LineDraft::portion);
        let outputs = lines("outputs", &self.outputs, &mut problems, LineDraft::output);
        let place: Option<PlaceId> = problems.take("place", chosen(&self.place));
        let when = problems.take("day", self.when());
        let note = problems.take("note", Note::optional(&self.note));
        match (step, place, when, note) {
            (Some(step), Some(place), Some(when), Some(note)) if problems.0.is_empty() => Ok(Transform {
                step,
                inputs,
                unknown: Vec::new(),
                unknown_outputs: Vec::new(),
                outputs,
                node: None,
                place: Some(place),
                when,
                note,
            }),
            _ => Err(problems),
        }
    }

    /// Goods into a case, or out of it.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn casing(&self) -> Result<Casing, Problems> {
        let mut problems = Problems::default();
        let case = match self.case.trim() {
            "" => Err(Problem::new("text_empty")),
            text => cases::read(text),
        };
        let case = problems.take("case", case);
        match (case, self.goods(&mut problems)) {
            (Some(case), Some(what)) if problems.0.is_empty() => Ok(Casing { case, what }),
            _ => Err(problems),
        }
    }

    /// A shipment of parts of several lots, and of cases, to `to`.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn consign(&self, to: Option<PartyId>) -> Result<Ship, Problems> {
        let mut problems = Problems::default();
        let what = self.goods(&mut problems);
        self.passage(what, to, problems)
    }

    fn passage(
        &self,
        what: Option<Move>,
        to: Option<PartyId>,
        mut problems: Problems,
    ) -> Result<Ship, Problems> {
        let to = problems.take("to", to.ok_or_else(|| Problem::new("receiver_missing")));
        let document = problems.take("document", Line::optional(&self.document));
        let vehicle = problems.take("vehicle", Line::optional(&self.vehicle));
        let back = self.step.trim() == Step::Return.as_str();
        match (what, to, document, vehicle) {
            (Some(what), Some(to), Some(document), Some(vehicle)) if problems.0.is_empty() => {
                Ok(Ship { what, to: Some(to), document, vehicle, back })
            }
            _ => Err(problems),
        }
    }

    /// A test of `lot`.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn test(&self, lot: LotId) -> Result<Test, Problems> {
        let mut problems = Problems::default();
        let conforms = problems.take("conforms", yes_or_no(&self.conforms));
        let report = problems.take("report", Line::optional(&self.report));
        let place: Option<PlaceId> = problems.take("place", chosen(&self.place));
        let when = problems.take("day", self.when());
        let note = problems.take("note", Note::optional(&self.note));
        match (conforms, report, place, when, note) {
            (Some(conforms), Some(report), Some(place), Some(when), Some(note)) => {
                Ok(Test { lot, conforms, report, place: Some(place), when, note })
            }
            _ => Err(problems),
        }
    }

    /// A declaration that `event` is wrong.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn correct(&self, event: EventId) -> Result<Correct, Problems> {
        let mut problems = Problems::default();
        let did_not_occur = problems.take("did_not_occur", yes_or_no(&self.did_not_occur));
        let note = problems.take("note", Note::optional(&self.note));
        let mut instead = Vec::new();
        for (n, text) in self.instead.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
            match text.parse() {
                Ok(id) => instead.push(id),
                Err(problem) => {
                    let problem: Problem = problem;
                    problems.0.push(problem.at(format!("instead/{n}")));
                }
            }
        }
        match (did_not_occur, note) {
            (Some(did_not_occur), Some(note)) if problems.0.is_empty() => {
                Ok(Correct { event, did_not_occur, instead, note })
            }
            _ => Err(problems),
        }
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
        let claimed = self.certificates.iter().filter(|text| !text.trim().is_empty());
        let claimed: Result<Vec<CertificateId>, Problem> = claimed.map(|text| text.parse()).collect();
        let claimed = problems.take("certificates", claimed);
        match (what, expires_on, pack_size, claimed) {
            (Some(what), Some(expires_on), Some(pack_size), Some(certificates)) => {
                Ok(Pack { what, expires_on, pack_size, certificates })
            }
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
        self.passage(what, to, problems)
    }

    /// A sale of `lot`.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn sell(&self, lot: LotId) -> Result<Move, Problems> {
        let mut problems = Problems::default();
        self.movement(lot, &mut problems).ok_or(problems)
    }

    /// A receipt or refusal of `shipment`, whose lots are `sent`: of all that is under way when nothing is told, of the one lot when
    /// an amount is told, else line by line.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn receive(&self, shipment: EventId, sent: &[LotId]) -> Result<Receive, Problems> {
        let mut problems = Problems::default();
        let place = problems.take("place", chosen(&self.place));
        let when = problems.take("day", self.when());
        let note = problems.take("note", Note::optional(&self.note));
        let mut lots = lines("lots", &self.lots, &mut problems, LineDraft::portion);
        if lots.is_empty() && !self.quantity.is_empty() {
            match (problems.take("quantity", self.quantity.parse(&self.unit)), sent) {
                (Some(quantity), [lot]) => lots.push(Portion { lot: *lot, quantity }),
                (Some(_), _) => problems.0.push(Problem::new("lots_missing").at("lots")),
                (None, _) => {}
            }
        }
        match (place, when, note) {
            (Some(place), Some(when), Some(note)) if problems.0.is_empty() => {
                Ok(Receive { shipment: Some(shipment), from: None, lots, place: Some(place), when, note })
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
