//! The symbol as PNG: grey, a whole number of pixels a module, and the print size in its `pHYs` chunk.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::{DrawError, MICROMETRES_OF_203_MODULES, Symbol};

/// The signature and the `IHDR` chunk of a PNG; `pHYs` must stand after them and before the pixels.
const HEAD: usize = 8 + 4 + 4 + 13 + 4;

impl Symbol {
    /// A PNG with this many pixels a module (at least 1, at most 40), on white, with the quiet zone.
    ///
    /// # Errors
    /// [`DrawError::Encoder`] when the picture could not be written.
    pub fn png(&self, pixels: u8) -> Result<Vec<u8>, DrawError> {
        let pixels = u32::from(pixels.clamp(1, 40));
        let side = self.full_width() * pixels;
        let grey: Vec<u8> = (0..side)
            .flat_map(|y| (0..side).map(move |x| (x, y)))
            .map(|(x, y)| if self.dark(x / pixels, y / pixels) { 0 } else { u8::MAX })
            .collect();
        let mut file = Vec::with_capacity(4096);
        PngEncoder::new_with_quality(&mut file, CompressionType::Best, FilterType::NoFilter)
            .write_image(&grey, side, side, ExtendedColorType::L8)
            .map_err(|_| DrawError::Encoder)?;
        let chunk = physical_size(pixels);
        if file.len() > HEAD {
            file.splice(HEAD..HEAD, chunk);
        }
        Ok(file)
    }
}

/// A sheet of symbols, so many beside each other, each in a square cell of so many modules; three pixels a module.
///
/// # Errors
/// [`DrawError::Encoder`] when the picture could not be written.
pub(in crate::codes) fn png_sheet(symbols: &[Symbol], columns: u32, cell: u32) -> Result<Vec<u8>, DrawError> {
    const PIXELS: u32 = 3;
    let count = u32::try_from(symbols.len()).map_err(|_| DrawError::Encoder)?;
    let wide = columns.min(count.max(1)) * cell * PIXELS;
    let high = count.max(1).div_ceil(columns) * cell * PIXELS;
    let grey: Vec<u8> = (0..high)
        .flat_map(|y| (0..wide).map(move |x| (x / PIXELS, y / PIXELS)))
        .map(|(x, y)| {
            let place = usize::try_from(y / cell * columns + x / cell).unwrap_or(usize::MAX);
            let dark = symbols.get(place).is_some_and(|symbol| symbol.dark(x % cell, y % cell));
            if dark { 0 } else { u8::MAX }
        })
        .collect();
    let mut file = Vec::new();
    PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::NoFilter)
        .write_image(&grey, wide, high, ExtendedColorType::L8)
        .map_err(|_| DrawError::Encoder)?;
    let chunk = physical_size(PIXELS);
    if file.len() > HEAD {
        file.splice(HEAD..HEAD, chunk);
    }
    Ok(file)
}

/// The `pHYs` chunk: pixels a metre in both directions, so that a module prints as three dots of 203 dpi.
fn physical_size(pixels: u32) -> Vec<u8> {
    let per_metre = (pixels * 203 * 1_000_000 + MICROMETRES_OF_203_MODULES / 2) / MICROMETRES_OF_203_MODULES;
    let mut body = b"pHYs".to_vec();
    body.extend(per_metre.to_be_bytes());
    body.extend(per_metre.to_be_bytes());
    body.push(1);
    let mut chunk = 9_u32.to_be_bytes().to_vec();
    let check = crc32(&body);
    chunk.extend(body);
    chunk.extend(check.to_be_bytes());
    chunk
}

/// The CRC of a PNG chunk (ISO/IEC 15948, annex D), bit by bit: thirteen bytes need no table.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 },
        )
    })
}
