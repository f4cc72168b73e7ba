//! Serials of packs: the FF1 permutation (NIST SP 800-38G) of a counter, so that a serial tells neither how many there are nor which one
//! comes next, and needs no row.
//!
//! What must stay true: for one product each index has one serial of twelve digits and back; the key is one for the registry, the tweak
//! is the product's own number, which never changes.

use super::super::error::Error;
use crate::app::App;
use crate::custody;
use crate::kernel::{ProductNumber, Serial};
use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// The digits of a serial.
const DIGITS: usize = 12;

/// How many serials a product can have: 10^12.
pub const MOST_SERIALS: i64 = 1_000_000_000_000;

/// The permutation under the registry's key.
pub struct Scatter(FF1<Aes256>);

impl fmt::Debug for Scatter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scatter")
    }
}

impl Scatter {
    /// The permutation under a key; nothing for a key that is none.
    #[must_use]
    pub fn under(key: &[u8; 32]) -> Option<Self> {
        FF1::new(key, 10).ok().map(Self)
    }

    fn tweak(product: &ProductNumber) -> [u8; 10] {
        let mut tweak = [0; 10];
        for (to, from) in tweak.iter_mut().zip(product.as_str().bytes()) {
            *to = from;
        }
        tweak
    }

    /// The serial of an index of a product; nothing beyond the last one.
    #[must_use]
    pub fn serial(&self, product: &ProductNumber, index: i64) -> Option<Serial> {
        if !(0..MOST_SERIALS).contains(&index) {
            return None;
        }
        let digits: Vec<u16> = format!("{index:012}").bytes().map(|digit| u16::from(digit - b'0')).collect();
        let text = FlexibleNumeralString::from(digits);
        let scattered: Vec<u16> = self.0.encrypt(&Self::tweak(product), &text).ok()?.into();
        Serial::parse_strict(&letters(&scattered)).ok()
    }

    /// The index of a serial of a product; nothing for a text that is no such serial.
    #[must_use]
    pub fn index(&self, product: &ProductNumber, serial: &Serial) -> Option<i64> {
        let text = serial.as_str();
        if text.len() != DIGITS || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits: Vec<u16> = text.bytes().map(|digit| u16::from(digit - b'0')).collect();
        let text = FlexibleNumeralString::from(digits);
        let gathered: Vec<u16> = self.0.decrypt(&Self::tweak(product), &text).ok()?.into();
        letters(&gathered).parse().ok()
    }
}

fn letters(digits: &[u16]) -> String {
    digits.iter().filter_map(|digit| char::from_digit(u32::from(*digit), 10)).collect()
}

/// The permutation in force, opened once.
#[derive(Debug, Default)]
pub struct Serials(RwLock<Option<Arc<Scatter>>>);

impl Serials {
    /// The permutation under the registry's key, which is made when the registry has none yet.
    ///
    /// # Errors
    /// When the key lies on another node only.
    pub async fn open(&self, app: &App) -> Result<Arc<Scatter>, Error> {
        if let Some(opened) = &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Arc::clone(opened));
        }
        let key = custody::serial_key(app).await?;
        self.keep(&key)
    }

    /// The permutation, if the registry has a key: reading makes none.
    ///
    /// # Errors
    /// When the key lies on another node only.
    pub async fn known(&self, app: &App) -> Result<Option<Arc<Scatter>>, Error> {
        if let Some(opened) = &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Some(Arc::clone(opened)));
        }
        custody::known_serial_key(app).await?.map(|key| self.keep(&key)).transpose()
    }

    fn keep(&self, key: &[u8; 32]) -> Result<Arc<Scatter>, Error> {
        let opened = Arc::new(Scatter::under(key).ok_or(Error::NoKey)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&opened));
        Ok(opened)
    }
}
