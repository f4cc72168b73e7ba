//! Drawing a code: text → segments → symbol → SVG, PNG or terminal.
//!
//! What must stay true: the symbol is the smallest that error correction M allows, since the segments are chosen optimally;
//! every drawing has the quiet zone of four modules; one module is three dots of a 203 dpi label printer, so a lot's code
//! measures about 20 mm; two symbols of the same text are equal.

mod png;
mod segments;
mod svg;
mod terminal;

use qrcode::bits::Bits;
use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode, Version};

pub(in crate::codes) use png::png_sheet;
pub use segments::{Mode, Segment, plan};
pub use terminal::TerminalInk;

use segments::CLASSES;

/// The light margin that ISO/IEC 18004 asks for, in modules on each side.
const QUIET_ZONE: u32 = 4;
/// One module is three dots of 203 to the inch, so this many micrometres fill 203 modules.
const MICROMETRES_OF_203_MODULES: u32 = 3 * 25_400;

/// Why a symbol could not be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// The text does not fit into the largest symbol.
    #[error("the text is too long for a QR code")]
    TooLong,
    /// The encoder refused, or the picture could not be written.
    #[error("the QR code could not be drawn")]
    Encoder,
}

impl From<QrError> for DrawError {
    fn from(error: QrError) -> Self {
        match error {
            QrError::DataTooLong => Self::TooLong,
            _ => Self::Encoder,
        }
    }
}

/// A QR symbol, error correction M, without its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    // Row by row; true is dark.
    modules: Vec<bool>,
    width: u32,
    version: u8,
}

impl Symbol {
    /// The smallest symbol that holds the text.
    ///
    /// # Errors
    /// [`DrawError::TooLong`] beyond the capacity of version 40.
    pub fn of(text: &str) -> Result<Self, DrawError> {
        for class in CLASSES {
            let (segments, needed) = plan(text.as_bytes(), class.first);
            for version in class.first..=class.last {
                let mut bits = Bits::new(Version::Normal(i16::from(version)));
                if needed <= bits.max_len(EcLevel::M)? {
                    push(&mut bits, text.as_bytes(), &segments)?;
                    return Self::from_bits(bits, version);
                }
            }
        }
        Err(DrawError::TooLong)
    }

    fn from_bits(mut bits: Bits, version: u8) -> Result<Self, DrawError> {
        bits.push_terminator(EcLevel::M)?;
        let drawn = QrCode::with_bits(bits, EcLevel::M)?;
        let width = u32::try_from(drawn.width()).map_err(|_| DrawError::Encoder)?;
        let modules = drawn.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { modules, width, version })
    }

    /// The version, 1 to 40.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Modules on a side, without the quiet zone: 17 + 4 × version.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Modules on a side with the quiet zone.
    #[must_use]
    pub fn full_width(&self) -> u32 {
        self.width + 2 * QUIET_ZONE
    }

    /// The side of the print with its quiet zone, in micrometres, at three dots of 203 dpi a module.
    #[must_use]
    pub fn side_micrometres(&self) -> u32 {
        self.full_width() * MICROMETRES_OF_203_MODULES / 203
    }

    /// Whether the module in a column and row is dark, counted with the quiet zone; light outside.
    #[must_use]
    pub fn dark(&self, column: u32, row: u32) -> bool {
        let (Some(x), Some(y)) = (column.checked_sub(QUIET_ZONE), row.checked_sub(QUIET_ZONE)) else {
            return false;
        };
        if x >= self.width || y >= self.width {
            return false;
        }
        usize::try_from(y * self.width + x).ok().and_then(|at| self.modules.get(at)).copied().unwrap_or(false)
    }
}

fn push(bits: &mut Bits, text: &[u8], segments: &[Segment]) -> Result<(), DrawError> {
    for segment in segments {
        let part = text.get(segment.start..segment.end).ok_or(DrawError::Encoder)?;
        match segment.mode {
            Mode::Numeric => bits.push_numeric_data(part)?,
            Mode::Alphanumeric => bits.push_alphanumeric_data(part)?,
            Mode::Byte => bits.push_byte_data(part)?,
        }
    }
    Ok(())
}
