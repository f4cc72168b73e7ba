//! A registry's keys and signed codes to measure with: fixed seeds, a GTIN of the range for samples, the host of the demo.

use anyhow::{Context, Result, anyhow};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use nguongoc::codes::{Checker, Code, ProductKey, message, sign};
use nguongoc::kernel::{Gtin, LotCode, Moment, ProductNumber, Serial, check_digit};
use nguongoc::keys::{Host, KeyList, KeyName, KeyStatus, ListedKey, Note, SecretKey, Trust};
use zeroize::Zeroizing;

/// The host that the codes are signed for.
pub(crate) const HOST: &str = "demo.example.vn";
/// 2026-11-23T00:00:00Z
pub(crate) const NOW: Moment = Moment::from_micros(1_795_392_000_000_000);
const DAY: i64 = 86_400_000_000;
const CODE_SEED: [u8; 32] = [4; 32];
const ROOT_SEED: [u8; 32] = [7; 32];

/// The keys of a registry.
pub(crate) struct Keys {
    /// Signs codes.
    pub(crate) code: SecretKey,
    /// The same key as the bare crate has it.
    pub(crate) bare: SigningKey,
    /// Signs the list.
    pub(crate) root: SecretKey,
    /// The list, signed, as it is published.
    pub(crate) note: String,
}

impl Keys {
    pub(crate) fn new() -> Result<Self> {
        let code = secret(&format!("{HOST}/code/2026q4"), CODE_SEED)?;
        let root = secret(&format!("{HOST}/root"), ROOT_SEED)?;
        let days = |days: i64| Moment::from_micros(NOW.micros() + days * DAY);
        let listed = ListedKey::new(code.verifier().clone(), KeyStatus::Active, days(-50), Some(days(70)))?;
        let list = KeyList::new(host()?, 7, NOW, days(120), vec![listed])?;
        let note = Note::sign(&list.to_string(), &[&root])?.to_string();
        Ok(Self { code, bare: SigningKey::from_bytes(&CODE_SEED), root, note })
    }

    /// A checker that trusts the root.
    pub(crate) fn checker(&self) -> Result<Checker> {
        Ok(Checker::new(Trust::new(self.root.verifier().clone())?.accept(&self.note)?))
    }
}

fn secret(name: &str, seed: [u8; 32]) -> Result<SecretKey> {
    Ok(SecretKey::from_seed(KeyName::parse(name)?, Zeroizing::new(seed))?)
}

pub(crate) fn host() -> Result<Host> {
    Ok(Host::parse(HOST)?)
}

/// A trade item number of the range for samples.
pub(crate) fn gtin() -> Result<Gtin> {
    parsed(Gtin::parse(&ended("0952000010013")?))
}

/// Codes to be signed: of lots and of packs, with GTINs and with registry numbers in turn.
pub(crate) fn unsigned(count: usize) -> Result<Vec<Code>> {
    let gtin = ProductKey::Gtin(gtin()?);
    let number = ProductKey::Number(parsed(ProductNumber::parse(&ended("100000001")?))?);
    (0..count)
        .map(|n| {
            let product = if n % 2 == 0 { gtin.clone() } else { number.clone() };
            let lot = parsed(LotCode::parse(&format!("L26-{n:07}")))?;
            let code = if n % 4 < 2 {
                Code::for_lot(product, lot)
            } else {
                let serial = parsed(Serial::parse(&format!("{:012}", (n * 7_919_237) % 1_000_000_000_000)))?;
                Code::for_unit(product, lot, serial)
            };
            code.map_err(|reason| anyhow!("{reason:?}"))
        })
        .collect()
}

fn ended(digits: &str) -> Result<String> {
    let last = check_digit::compute(digits).context("digits")?;
    Ok(format!("{digits}{last}"))
}

fn parsed<T>(outcome: Result<T, nguongoc::kernel::Problem>) -> Result<T> {
    outcome.map_err(|problem| anyhow!("{problem:?}"))
}

/// A signed code, as a label has it and as the bare crate would take it.
pub(crate) struct Sealed {
    /// The address in the QR.
    pub(crate) address: String,
    /// The signed bytes.
    pub(crate) message: Vec<u8>,
    /// The signature.
    pub(crate) signature: Signature,
}

/// Codes, signed.
pub(crate) fn sealed(keys: &Keys, count: usize) -> Result<Vec<Sealed>> {
    let host = host()?;
    unsigned(count)?
        .into_iter()
        .map(|code| {
            let message = message(&host, code.key_path()).as_bytes().to_vec();
            let code = sign(code, &keys.code)?;
            let bytes = code.signature().context("a signature")?.bytes;
            Ok(Sealed { address: code.url(&host), message, signature: Signature::from_bytes(&bytes) })
        })
        .collect()
}

/// The public half as the bare crate has it, unpacked once, as the checker does.
pub(crate) fn bare_verifier(keys: &Keys) -> VerifyingKey {
    keys.bare.verifying_key()
}
