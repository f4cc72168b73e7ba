//! A mandate: a dated, revocable permission of one party to record for another.
//!
//! It is entered by a manager of the grantor, or by an officer who holds the grantor's signed paper; never by the holder, whom it
//! favours. Always with its days and a document.

use crate::kernel::{
    Day, Gln, MandateId, Moment, PartyId, PersonId, Problem, Problems, Sha256Hash, TaxNumber,
};
use serde::Deserialize;

/// The longest mandate, in days: about five years.
pub(in crate::parties) const LONGEST: i32 = 1_830;

/// A mandate.
#[derive(Clone, Debug)]
pub struct Mandate {
    /// The id.
    pub id: MandateId,
    /// Who is recorded for.
    pub grantor: PartyId,
    /// Who records.
    pub holder: PartyId,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// The hash of the signed paper.
    pub document: Sha256Hash,
    /// Who entered it.
    pub made_by: PersonId,
    /// When.
    pub made_at: Moment,
    /// When it was revoked.
    pub revoked_at: Option<Moment>,
}

impl Mandate {
    /// Whether the mandate allows recording on `day`.
    #[must_use]
    pub fn is_in_force(&self, day: Day) -> bool {
        self.revoked_at.is_none() && self.from <= day && day <= self.to
    }

    /// The key of the word for its state on `day`.
    #[must_use]
    pub fn state_key(&self, day: Day) -> &'static str {
        if self.revoked_at.is_some() {
            "parties-mandate-revoked"
        } else if day < self.from {
            "parties-mandate-not-yet"
        } else if day > self.to {
            "parties-mandate-over"
        } else {
            "parties-mandate-in-force"
        }
    }
}

/// A mandate with the names of both sides.
#[derive(Clone, Debug)]
pub struct MandateLine {
    /// The mandate.
    pub mandate: Mandate,
    /// The grantor's name.
    pub grantor_name: String,
    /// The holder's name.
    pub holder_name: String,
}

/// Which side of its mandates a party is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Those it gave.
    Given,
    /// Those it holds.
    Held,
}

/// The form of a mandate as typed; the JSON of the interface has the same members.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MandateDraft {
    /// The holder: tax number, GLN or id.
    pub holder: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// The scanned document in base64: in JSON only.
    pub document: String,
}

/// A party as somebody refers to it who does not look it up.
#[derive(Clone, Debug, Default)]
pub struct PartyReference {
    /// By its id.
    pub id: Option<PartyId>,
    /// By its tax number; never by a person's.
    pub tax: Option<TaxNumber>,
    /// By its GLN; 13 digits may be a branch's number as well.
    pub gln: Option<Gln>,
}

impl PartyReference {
    /// Reads an id, a tax number or a GLN.
    ///
    /// # Errors
    /// `party_reference`; `party_reference_personal` for a person's id, by which nobody is looked up.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if let Ok(id) = text.parse() {
            return Ok(Self { id: Some(id), ..Self::default() });
        }
        let tax = TaxNumber::parse(text).ok();
        if tax.as_ref().is_some_and(TaxNumber::is_personal) {
            return Err(Problem::new("party_reference_personal"));
        }
        let gln = Gln::parse(text).ok();
        match (&tax, &gln) {
            (None, None) => Err(Problem::new("party_reference")),
            _ => Ok(Self { id: None, tax, gln }),
        }
    }
}

/// A mandate to be.
#[derive(Clone, Debug)]
pub struct NewMandate {
    /// Who shall record.
    pub holder: PartyReference,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

impl MandateDraft {
    /// The mandate that this describes, as seen on `today`.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn parse(&self, today: Day) -> Result<NewMandate, Problems> {
        let mut problems = Problems::default();
        let holder = problems.take("holder", PartyReference::parse(&self.holder));
        let from = problems.take("from", Day::parse(&self.from));
        let to = problems.take("to", Day::parse(&self.to).and_then(|to| last_day(from, to, today)));
        match (holder, from, to) {
            (Some(holder), Some(from), Some(to)) => Ok(NewMandate { holder, from, to }),
            _ => Err(problems),
        }
    }
}

fn last_day(from: Option<Day>, to: Day, today: Day) -> Result<Day, Problem> {
    if from.is_some_and(|from| to < from) {
        return Err(Problem::new("mandate_ends_before").value(to.vietnamese()));
    }
    if to < today {
        return Err(Problem::new("mandate_is_over").value(to.vietnamese()));
    }
    if from.is_some_and(|from| from.days_until(to) > LONGEST) {
        return Err(Problem::new("mandate_too_long").value(to.vietnamese()).arg("most", LONGEST));
    }
    Ok(to)
}
