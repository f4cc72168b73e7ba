//! EPC URNs (Tag Data Standard §6) that stand for GS1 keys, read into the same type as Digital Link URIs.
//!
//! A URN leaves the check digit out and shows where the company prefix ends; a Digital Link does the opposite, so there is a way
//! from the first to the second and none back.

use super::component::decode;
use super::{Identifier, assemble};
use crate::kernel::check_digit;
use crate::kernel::problem::Problem;

/// Whether a text claims to be an EPC URN.
pub(super) fn is_urn(uri: &str) -> bool {
    uri.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("urn:epc:"))
}

/// Reads `urn:epc:id:…`, `urn:epc:class:lgtin:…` and `urn:epc:idpat:…` whose only pattern is the serial.
pub(super) fn read(uri: &str) -> Result<Identifier, Problem> {
    let malformed = || Problem::new("urn_malformed").value(uri);
    let rest = uri.get(8..).ok_or_else(malformed)?;
    let (form, rest) = rest.split_once(':').ok_or_else(malformed)?;
    let (scheme, rest) = rest.split_once(':').ok_or_else(malformed)?;
    let (prefix, rest) = rest.split_once('.').ok_or_else(malformed)?;
    if !(6..=12).contains(&prefix.len()) || !digits(prefix) {
        return Err(malformed());
    }
    let urn = Urn { prefix, rest, pattern: form == "idpat" };
    match (form, scheme) {
        ("class", "lgtin") => urn.item("10"),
        ("id" | "idpat", "sgtin") => urn.item("21"),
        ("id" | "idpat", "upui") => urn.item("235"),
        ("id", "sscc") => urn.led("00", 17),
        ("id" | "idpat", "sgln") => urn.place(),
        ("id", "pgln") => urn.plain("417", 12),
        ("id" | "idpat", "grai") => urn.with_serial("8003", "0"),
        ("id" | "idpat", "gdti") => urn.with_serial("253", ""),
        ("id" | "idpat", "sgcn") => urn.with_serial("255", ""),
        ("id", "giai") => urn.joined("8004"),
        ("id", "ginc") => urn.joined("401"),
        ("id", "gsin") => urn.plain("402", 16),
        ("id", "gsrn") => urn.plain("8018", 17),
        ("id", "gsrnp") => urn.plain("8017", 17),
        ("id" | "idpat", "cpi") => urn.part(),
        ("id" | "idpat", "itip") => urn.piece(),
        _ => return Err(Problem::new("urn_scheme_unknown").value(uri)),
    }
    .ok_or_else(malformed)?
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Digits with their check digit; nothing when they are not `count` digits.
fn complete(body: &str, count: usize) -> Option<String> {
    let check = check_digit::compute(body).filter(|_| body.len() == count)?;
    Some(format!("{body}{check}"))
}

fn key(ai: &str, value: &str, qualifiers: &[(&str, String)]) -> Option<Result<Identifier, Problem>> {
    Some(assemble(super::element::primary(ai)?, value, qualifiers))
}

/// What follows the scheme. Each reading gives nothing when the shape is wrong.
#[derive(Clone, Copy)]
struct Urn<'a> {
    prefix: &'a str,
    rest: &'a str,
    /// Whether a serial `*` stands for every serial.
    pattern: bool,
}

impl Urn<'_> {
    /// The serial at the end; nothing inside when every serial is meant.
    fn serial(self, raw: &str) -> Option<String> {
        (!(self.pattern && raw == "*")).then(|| decode(raw))
    }

    /// The indicator, which a URN puts after the prefix, goes to the front: `CP.IRRR` → `I CP RRR`.
    fn led_digits(self, reference: &str, count: usize) -> Option<String> {
        let (first, others) = reference.split_at_checked(1)?;
        complete(&format!("{first}{}{others}", self.prefix), count)
    }

    fn led(self, ai: &str, count: usize) -> Option<Result<Identifier, Problem>> {
        key(ai, &self.led_digits(self.rest, count)?, &[])
    }

    fn item(self, qualifier: &str) -> Option<Result<Identifier, Problem>> {
        let (reference, serial) = self.rest.split_once('.')?;
        let gtin = self.led_digits(reference, 13)?;
        let qualifiers: Vec<_> = self.serial(serial).map(|serial| (qualifier, serial)).into_iter().collect();
        key("01", &gtin, &qualifiers)
    }

    fn place(self) -> Option<Result<Identifier, Problem>> {
        let (reference, extension) = self.rest.split_once('.')?;
        let gln = complete(&format!("{}{reference}", self.prefix), 12)?;
        let extension = self.serial(extension).filter(|extension| extension != "0");
        let qualifiers: Vec<_> = extension.map(|extension| ("254", extension)).into_iter().collect();
        key("414", &gln, &qualifiers)
    }

    fn plain(self, ai: &str, count: usize) -> Option<Result<Identifier, Problem>> {
        key(ai, &complete(&format!("{}{}", self.prefix, self.rest), count)?, &[])
    }

    /// Twelve digits and a serial in one value, such as a returnable asset.
    fn with_serial(self, ai: &str, before: &str) -> Option<Result<Identifier, Problem>> {
        let (reference, serial) = self.rest.split_once('.')?;
        let number = complete(&format!("{}{reference}", self.prefix), 12)?;
        let serial = match self.serial(serial) {
            Some(serial) if serial.is_empty() => return None,
            serial => serial.unwrap_or_default(),
        };
        key(ai, &format!("{before}{number}{serial}"), &[])
    }

    fn joined(self, ai: &str) -> Option<Result<Identifier, Problem>> {
        (!self.rest.is_empty()).then_some(())?;
        key(ai, &format!("{}{}", self.prefix, decode(self.rest)), &[])
    }

    fn part(self) -> Option<Result<Identifier, Problem>> {
        let (reference, serial) =
            self.rest.rsplit_once('.').filter(|(reference, _)| !reference.is_empty())?;
        let qualifiers: Vec<_> = self.serial(serial).map(|serial| ("8011", serial)).into_iter().collect();
        key("8010", &format!("{}{}", self.prefix, decode(reference)), &qualifiers)
    }

    fn piece(self) -> Option<Result<Identifier, Problem>> {
        let mut fields = self.rest.splitn(4, '.');
        let (reference, piece) = (fields.next()?, fields.next()?);
        let (total, serial) = (fields.next()?, fields.next()?);
        let gtin = self.led_digits(reference, 13)?;
        let qualifiers: Vec<_> = self.serial(serial).map(|serial| ("21", serial)).into_iter().collect();
        key("8006", &format!("{gtin}{piece}{total}"), &qualifiers)
    }
}
