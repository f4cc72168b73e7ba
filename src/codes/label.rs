//! What a lot's label shows: the code, and beside it the words for eyes.

use super::draw::Symbol;
use super::error::Error;
use super::grammar::Code;
use crate::kernel::{LogEntryId, Moment, PartyId};
use crate::keys::{Host, KeyId};
use crate::lots::Lot;
use crate::products::Product;

/// Dots of 203 to the inch that one module may have on a label: three are 20 mm for a lot's code, the least that phones
/// read when it is dirty.
pub const DOTS: [u8; 4] = [3, 4, 6, 8];

/// A code that was issued for a lot.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The signed code.
    pub code: Code,
    /// The host that it was signed for.
    pub host: Host,
    /// The key that signed it.
    pub key: KeyId,
    /// The party that issued it.
    pub party: PartyId,
    /// When.
    pub issued_at: Moment,
    /// The entry of the log that tells it.
    pub entry: LogEntryId,
}

impl Issued {
    /// The address in the QR, in capitals.
    #[must_use]
    pub fn url(&self) -> String {
        self.code.url(&self.host)
    }

    /// The symbol to be printed.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn symbol(&self) -> Result<Symbol, Error> {
        Ok(Symbol::of(&self.url())?)
    }
}

/// A lot with what its label says.
#[derive(Clone, Debug)]
pub struct Label {
    /// The lot.
    pub lot: Lot,
    /// Its product.
    pub product: Product,
    /// The name of the party that declared it.
    pub producer: String,
    /// Its code, when one was issued and the log's signed checkpoint covers the issue.
    pub issued: Option<Issued>,
    /// Whether the one who looks may issue it.
    pub may_issue: bool,
}

/// The side of a print in tenths of a millimetre, for a number of dots of 203 to the inch.
#[must_use]
pub fn tenths_of_mm(symbol: &Symbol, dots: u8) -> u32 {
    (symbol.side_micrometres() * u32::from(dots) / 3 + 50) / 100
}
