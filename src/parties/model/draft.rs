//! What an applicant or an officer writes of a party: kept as typed, and parsed as a whole, so that all that is wrong is told
//! at once.

use super::party::Kind;
use crate::kernel::commune::{Match, matching};
use crate::kernel::{CommuneCode, Gln, Line, Problem, Problems, TaxNumber};
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The form of an application as typed; the JSON of the interface has the same members.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Draft {
    /// The kind's stored name.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The tax number.
    pub tax_number: String,
    /// The commune: its code or its name, with the province where names repeat.
    pub commune: String,
    /// The commune picked from those that fitted the name.
    pub commune_choice: String,
    /// The address.
    pub address: String,
    /// The Global Location Number, or nothing.
    pub gln: String,
    /// Whether a household lets its name and place be published.
    #[serde(deserialize_with = "ticked")]
    pub consent: bool,
    /// Whom the officer may ask.
    pub contact_name: String,
    /// The number to call.
    pub contact_phone: String,
    /// The scanned document in base64: in JSON only, a form sends the file beside its fields.
    pub document: String,
}

/// Reads what a form sends for a ticked box, and what JSON says with `true` and `false`.
fn ticked<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Ticked;
    impl Visitor<'_> for Ticked {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true or false")
        }

        fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }

        fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<bool, E> {
            match value {
                "yes" | "on" | "true" => Ok(true),
                "no" | "" | "false" => Ok(false),
                _ => Err(E::custom("true or false expected")),
            }
        }
    }
    deserializer.deserialize_any(Ticked)
}

/// A party to be.
#[derive(Clone, Debug)]
pub struct NewParty {
    /// What it does.
    pub kind: Kind,
    /// Its name.
    pub name: Line,
    /// Its tax number; a household may have none.
    pub tax: Option<TaxNumber>,
    /// Its commune.
    pub commune: CommuneCode,
    /// Its address as written.
    pub address: Line,
    /// Its Global Location Number.
    pub gln: Option<Gln>,
    /// Whether its people let name and place be published.
    pub consent: bool,
}

/// Whom an officer asks about an application: personal data.
#[derive(Clone)]
pub struct Contact {
    /// The name.
    pub name: Line<100>,
    /// The telephone number.
    pub phone: Phone,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(…)")
    }
}

/// A telephone number: 8 to 15 digits (ITU-T E.164), with or without a plus.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Reads a number; spaces, points, hyphens and brackets between the digits are ignored.
    ///
    /// # Errors
    /// `phone_malformed`, without the value, which is personal.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let kept: String =
            text.trim().chars().filter(|c| !c.is_whitespace() && !".-()".contains(*c)).collect();
        let digits = kept.strip_prefix('+').unwrap_or(&kept);
        if (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(kept))
        } else {
            Err(Problem::new("phone_malformed"))
        }
    }

    /// The digits, with the plus where it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

/// The commune that a code or a name means.
///
/// # Errors
/// `commune_several` when the name fits more than one, `commune_not_found` when it fits none.
pub fn commune_of(text: &str) -> Result<CommuneCode, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::new("text_empty"));
    }
    match matching(text, None) {
        Match::One(commune) => Ok(commune.code),
        Match::Many(_) => Err(Problem::new("commune_several").value(text)),
        Match::None => Err(Problem::new("commune_not_found").value(text)),
    }
}

impl Draft {
    /// The party that this describes.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn party(&self) -> Result<NewParty, Problems> {
        let mut problems = Problems::default();
        match self.take_party(&mut problems) {
            Some(party) if problems.is_empty() => Ok(party),
            _ => Err(problems),
        }
    }

    /// The party and its contact.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn application(&self) -> Result<(NewParty, Contact), Problems> {
        let mut problems = Problems::default();
        let party = self.take_party(&mut problems);
        let name = problems.take("contact_name", Line::parse(&self.contact_name));
        let phone = problems.take("contact_phone", Phone::parse(&self.contact_phone));
        match (party, name, phone) {
            (Some(party), Some(name), Some(phone)) if problems.is_empty() => {
                Ok((party, Contact { name, phone }))
            }
            _ => Err(problems),
        }
    }

    fn take_party(&self, problems: &mut Problems) -> Option<NewParty> {
        let kind = problems.take("kind", applicant(&self.kind));
        let name = problems.take("name", Line::parse(&self.name));
        let tax = match kind {
            Some(kind) => problems.take("tax_number", tax_of(kind, &self.tax_number)),
            // Without a kind only the number itself can be judged.
            None => problems.take("tax_number", optional(&self.tax_number, TaxNumber::parse)),
        };
        let commune = match self.commune_choice.trim() {
            "" => problems.take("commune", commune_of(&self.commune)),
            code => problems.take("commune", CommuneCode::parse(code)),
        };
        let address = problems.take("address", Line::parse(&self.address));
        let gln = problems.take("gln", optional(&self.gln, Gln::parse));
        let (Some(kind), Some(name), Some(tax), Some(commune), Some(address), Some(gln)) =
            (kind, name, tax, commune, address, gln)
        else {
            return None;
        };
        Some(NewParty { kind, name, tax, commune, address, gln, consent: self.consent })
    }
}

fn applicant(text: &str) -> Result<Kind, Problem> {
    Kind::parse(text)
        .ok()
        .filter(|kind| *kind != Kind::Authority)
        .ok_or_else(|| Problem::new("party_kind_unknown").value(text))
}

fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

fn tax_of(kind: Kind, text: &str) -> Result<Option<TaxNumber>, Problem> {
    match optional(text, TaxNumber::parse)? {
        None if kind != Kind::Household => Err(Problem::new("tax_missing")),
        Some(number) if number.is_personal() && !kind.may_be_a_person() => {
            Err(Problem::new("tax_of_a_person"))
        }
        number => Ok(number),
    }
}
