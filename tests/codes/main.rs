//! Codes and keys as others see them: known answers, tampering, foreign formats, and drawn symbols read back by two decoders
//! that know nothing of this crate.
#![cfg(test)]

mod answers;
mod check;
mod decoders;
mod dirt;
mod draw;
mod grammar;
mod lists;
mod notes;
mod picture;
mod sealing;
mod serials;
mod tamper;
mod vectors;
mod wording;

use nguongoc::codes::{Checker, Code, ProductKey, sign};
use nguongoc::kernel::{Gtin, LotCode, Moment, ProductNumber, Serial};
use nguongoc::keys::{KeyList, KeyName, KeyStatus, ListedKey, Note, SecretKey, Trust};
use zeroize::Zeroizing;

/// 2026-11-23T00:00:00Z.
pub(crate) const NOW: Moment = Moment::from_micros(1_795_392_000_000_000);
pub(crate) const DAY: i64 = 86_400_000_000;

/// The secret key of RFC 8032, section 7.1, test 1: known to everybody, so good for tests only.
pub(crate) const RFC8032_SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

pub(crate) fn later(days: i64) -> Moment {
    Moment::from_micros(NOW.micros() + days * DAY)
}

pub(crate) fn key(name: &str, seed: [u8; 32]) -> SecretKey {
    SecretKey::from_seed(KeyName::parse(name).unwrap(), Zeroizing::new(seed)).unwrap()
}

pub(crate) fn rfc8032_key(name: &str) -> SecretKey {
    let seed = data_encoding::HEXLOWER.decode(RFC8032_SEED.as_bytes()).unwrap();
    key(name, seed.try_into().unwrap())
}

pub(crate) fn code_key() -> SecretKey {
    rfc8032_key("t.example.vn/code/2026q4")
}

pub(crate) fn root_key() -> SecretKey {
    key("t.example.vn/root", [7; 32])
}

pub(crate) fn listed(key: &SecretKey, status: KeyStatus) -> ListedKey {
    ListedKey::new(key.verifier().clone(), status, later(-50), Some(later(70))).unwrap()
}

pub(crate) fn list(sequence: u64, keys: Vec<ListedKey>) -> KeyList {
    KeyList::new("t.example.vn".parse().unwrap(), sequence, NOW, later(120), keys).unwrap()
}

pub(crate) fn signed(list: &KeyList, roots: &[&SecretKey]) -> String {
    Note::sign(&list.to_string(), roots).unwrap().to_string()
}

/// A checker that trusts the root and knows the code key with this status.
pub(crate) fn checker(status: KeyStatus) -> Checker {
    let note = signed(&list(7, vec![listed(&code_key(), status)]), &[&root_key()]);
    Checker::new(Trust::new(root_key().verifier().clone()).unwrap().accept(&note).unwrap())
}

pub(crate) fn gtin() -> ProductKey {
    ProductKey::Gtin(Gtin::parse("09506000134352").unwrap())
}

pub(crate) fn number() -> ProductKey {
    ProductKey::Number(ProductNumber::parse("1000000014").unwrap())
}

pub(crate) fn lot(text: &str) -> LotCode {
    LotCode::parse(text).unwrap()
}

pub(crate) fn serial(text: &str) -> Serial {
    Serial::parse(text).unwrap()
}

pub(crate) fn sign_here(code: Code) -> String {
    sign(code, &code_key()).unwrap().url(&"t.example.vn".parse().unwrap())
}

/// Small deterministic randomness (`SplitMix64`), so that a failure can be repeated from its seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, not including, 1.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / (f64::from(u32::MAX) + 1.0)
    }
}
