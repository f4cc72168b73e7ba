//! The grammar of a code's path, read from the raw path of a request.
//!
//! ```text
//! /1/SIG/01/GTIN14/10/LOT[/21/SERIAL]     /1/SIG/P/PRODUCT/L/LOT[/S/SERIAL]
//! /1/SIG/01/GTIN14/21/SERIAL              /1/SIG/P/PRODUCT/S/SERIAL
//! ```
//! and the same without `/1/SIG`, unsigned. `SIG` is 109 characters of RFC 4648 base32 (4 bytes key id, 64 bytes signature, last
//! bit zero); `LOT` and `SERIAL` are `[0-9A-Z-]{1,20}`. Small letters are taken for capitals under `/1/` and `/P/` only.
//!
//! What must stay true: each code has exactly one path after folding to capitals, so nothing is decoded, trimmed or
//! normalised; a wrong path is refused before any hash, key or database is asked.

use std::fmt;

use data_encoding::{BASE32_NOPAD, DecodeKind};

use super::malformed::Malformed;
use crate::kernel::{Gtin, LotCode, ProductNumber, Serial};
use crate::keys::{Host, KeyId};

/// The length of the signature in base32: 68 bytes and one bit that is zero.
const SIGNATURE_CHARS: usize = 109;
/// `01/` 14 `/10/` 20 `/21/` 20.
const LONGEST_KEY_PATH: usize = 65;
/// `/1/` signature `/` key path.
const LONGEST_PATH: usize = 3 + SIGNATURE_CHARS + 1 + LONGEST_KEY_PATH;

/// What names the product of a code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ProductKey {
    /// A trade item number, known to the whole world.
    Gtin(Gtin),
    /// A number that this registry gave.
    Number(ProductNumber),
}

/// The signed part of a path, from `01/` or `P/` on: the identity of what is labelled. Signature bytes never are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyPath {
    // Inline, so that checking a million codes allocates nothing for it.
    bytes: [u8; LONGEST_KEY_PATH],
    length: u8,
}

impl KeyPath {
    fn of(text: &str) -> Option<Self> {
        let mut bytes = [0; LONGEST_KEY_PATH];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { bytes, length: u8::try_from(text.len()).ok()? })
    }

    /// The path without a leading slash, in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever written here, so the fall-back is never taken.
        self.bytes
            .get(..usize::from(self.length))
            .and_then(|bytes| str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPath({self})")
    }
}

/// The signature in a code, with the id of the key that it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeSignature {
    /// Which key to try.
    pub key: KeyId,
    /// The Ed25519 signature.
    pub bytes: [u8; 64],
}

impl CodeSignature {
    fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() != SIGNATURE_CHARS {
            return Err(Malformed::SignatureLength);
        }
        let mut raw = [0; 68];
        BASE32_NOPAD.decode_mut(text.as_bytes(), &mut raw).map_err(|partial| match partial.error.kind {
            DecodeKind::Trailing => Malformed::SignaturePadding,
            DecodeKind::Length => Malformed::SignatureLength,
            DecodeKind::Symbol | DecodeKind::Padding => Malformed::SignatureCharacter,
        })?;
        let (id, rest) = raw.split_first_chunk::<4>().ok_or(Malformed::SignatureLength)?;
        let bytes = rest.try_into().map_err(|_| Malformed::SignatureLength)?;
        Ok(Self { key: KeyId(*id), bytes })
    }
}

impl fmt::Display for CodeSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut raw = [0; 68];
        raw[..4].copy_from_slice(&self.key.0);
        raw[4..].copy_from_slice(&self.bytes);
        f.write_str(&BASE32_NOPAD.encode(&raw))
    }
}

/// A code: a product with a lot, a serial or both, signed or not. That it parsed says nothing about its signature.
///
/// ```
/// let code = nguongoc::codes::parse("/01/09506000134352/10/L2611A07").unwrap();
/// assert_eq!(code.lot().map(|lot| lot.as_str()), Some("L2611A07"));
/// assert!(code.signature().is_none());
/// assert_eq!(code.to_string(), "/01/09506000134352/10/L2611A07");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    signature: Option<CodeSignature>,
    key_path: KeyPath,
    product: ProductKey,
    lot: Option<LotCode>,
    serial: Option<Serial>,
}

impl Code {
    /// The code of a lot, not yet signed.
    ///
    /// # Errors
    /// [`Malformed`] when a part cannot stand in a path; parts that were parsed always can.
    pub fn for_lot(product: ProductKey, lot: LotCode) -> Result<Self, Malformed> {
        Self::unsigned(product, Some(lot), None)
    }

    /// The code of one pack of a lot, not yet signed.
    ///
    /// # Errors
    /// As [`Code::for_lot`].
    pub fn for_unit(product: ProductKey, lot: LotCode, serial: Serial) -> Result<Self, Malformed> {
        Self::unsigned(product, Some(lot), Some(serial))
    }

    /// The code of a label that is printed before its lot is known, not yet signed.
    ///
    /// # Errors
    /// As [`Code::for_lot`].
    pub fn for_stock(product: ProductKey, serial: Serial) -> Result<Self, Malformed> {
        Self::unsigned(product, None, Some(serial))
    }

    fn unsigned(
        product: ProductKey,
        lot: Option<LotCode>,
        serial: Option<Serial>,
    ) -> Result<Self, Malformed> {
        let (mut path, lot_word, serial_word) = match &product {
            ProductKey::Gtin(gtin) => (format!("01/{}", gtin.as_str()), "10", "21"),
            ProductKey::Number(number) => (format!("P/{}", number.as_str()), "L", "S"),
        };
        for (word, value) in [
            (lot_word, lot.as_ref().map(LotCode::as_str)),
            (serial_word, serial.as_ref().map(Serial::as_str)),
        ] {
            if let Some(value) = value {
                path.extend(["/", word, "/", value]);
            }
        }
        let key_path = KeyPath::of(&path).ok_or(Malformed::TooLong)?;
        Ok(Self { signature: None, key_path, product, lot, serial })
    }

    /// The same code with a signature.
    #[must_use]
    pub(super) fn with_signature(self, signature: CodeSignature) -> Self {
        Self { signature: Some(signature), ..self }
    }

    /// The signature, not yet checked.
    #[must_use]
    pub fn signature(&self) -> Option<&CodeSignature> {
        self.signature.as_ref()
    }

    /// What is signed, and the identity of what is labelled.
    #[must_use]
    pub fn key_path(&self) -> &KeyPath {
        &self.key_path
    }

    /// The product.
    #[must_use]
    pub fn product(&self) -> &ProductKey {
        &self.product
    }

    /// The lot, when the code names one.
    #[must_use]
    pub fn lot(&self) -> Option<&LotCode> {
        self.lot.as_ref()
    }

    /// The serial, when the code is of one pack.
    #[must_use]
    pub fn serial(&self) -> Option<&Serial> {
        self.serial.as_ref()
    }

    /// The address as it is printed in the QR: `https` in small letters, since phones refuse a capital scheme, all else
    /// in capitals, so that the symbol stays small.
    #[must_use]
    pub fn url(&self, host: &Host) -> String {
        format!("https://{}{self}", host.as_str().to_ascii_uppercase())
    }
}

/// The path, with a leading slash.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(signature) = &self.signature {
            write!(f, "/1/{signature}")?;
        }
        write!(f, "/{}", self.key_path)
    }
}

/// Reads a code from the raw path of a request: as it came, not decoded, without query and fragment.
///
/// # Errors
/// [`Malformed`] names the first rule that the path breaks.
pub fn parse(raw_path: &str) -> Result<Code, Malformed> {
    if raw_path.contains('%') {
        return Err(Malformed::Percent);
    }
    let signed = raw_path.starts_with("/1/");
    let folded = signed || raw_path.starts_with("/P/") || raw_path.starts_with("/p/");
    if !folded && !raw_path.starts_with("/01/") {
        return Err(Malformed::NotACode);
    }
    let mut buffer = [0; LONGEST_PATH];
    let buffer = buffer.get_mut(..raw_path.len()).ok_or(Malformed::TooLong)?;
    buffer.copy_from_slice(raw_path.as_bytes());
    if folded {
        buffer.make_ascii_uppercase();
    }
    if !buffer.iter().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'Z' | b'-' | b'/')) {
        return Err(Malformed::Character);
    }
    let path = str::from_utf8(buffer).map_err(|_| Malformed::Character)?;
    let (signature, key_path) = match path.strip_prefix("/1/") {
        Some(rest) => {
            let (signature, key_path) = rest.split_once('/').ok_or(Malformed::ProductKind)?;
            (Some(CodeSignature::parse(signature)?), key_path)
        }
        None => (None, path.strip_prefix('/').ok_or(Malformed::NotACode)?),
    };
    let code = parse_key_path(key_path)?;
    Ok(Code { signature, ..code })
}

fn parse_key_path(text: &str) -> Result<Code, Malformed> {
    let mut parts = text.split('/');
    let kind = parts.next();
    let name = parts.next().unwrap_or_default();
    let (product, lot_word, serial_word) = match kind {
        Some("01") => (ProductKey::Gtin(gtin(name)?), "10", "21"),
        Some("P") => (ProductKey::Number(product_number(name)?), "L", "S"),
        _ => return Err(Malformed::ProductKind),
    };
    let mut word = parts.next().ok_or(Malformed::NoLotNorSerial)?;
    let mut lot = None;
    if word == lot_word {
        lot = Some(lot_code(parts.next().unwrap_or_default())?);
        match parts.next() {
            Some(next) => word = next,
            None => return code(text, product, lot, None),
        }
    }
    if word != serial_word {
        return Err(Malformed::Part);
    }
    let serial = serial(parts.next().unwrap_or_default())?;
    if parts.next().is_some() {
        return Err(Malformed::Trailing);
    }
    code(text, product, lot, Some(serial))
}

fn code(
    text: &str,
    product: ProductKey,
    lot: Option<LotCode>,
    serial: Option<Serial>,
) -> Result<Code, Malformed> {
    let key_path = KeyPath::of(text).ok_or(Malformed::TooLong)?;
    Ok(Code { signature: None, key_path, product, lot, serial })
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

fn gtin(text: &str) -> Result<Gtin, Malformed> {
    if !digits(text, 14) {
        return Err(Malformed::GtinShape);
    }
    Gtin::parse(text).map_err(|problem| match problem.code {
        "wrong_check_digit" => Malformed::GtinCheckDigit,
        _ => Malformed::GtinRestricted,
    })
}

fn product_number(text: &str) -> Result<ProductNumber, Malformed> {
    if !digits(text, 10) {
        return Err(Malformed::ProductShape);
    }
    ProductNumber::parse(text).map_err(|problem| match problem.code {
        "wrong_check_digit" => Malformed::ProductCheckDigit,
        _ => Malformed::ProductNumber,
    })
}

fn lot_code(text: &str) -> Result<LotCode, Malformed> {
    LotCode::parse_strict(text).map_err(|_| Malformed::Lot)
}

fn serial(text: &str) -> Result<Serial, Malformed> {
    Serial::parse_strict(text).map_err(|_| Malformed::Serial)
}
