//! What a file really is: told by its bytes, never by its name or by what the sender says; and pictures decoded under limits.
//!
//! What must stay true: a picture's pixels are counted by its header before a byte of them is decoded; nothing is decoded
//! that is not one of the three kinds of picture. A table (`.csv`) is not told by its bytes: the room that reads it judges it.

use super::MediaType;
use crate::kernel::Problem;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// The largest file that is looked at, in bytes.
pub const FILE_BYTES: usize = 12 * 1024 * 1024;
/// The most pixels of a picture.
pub const PIXELS: u64 = 40_000_000;
/// The most memory that decoding one picture may take, in bytes.
const MEMORY: u64 = 320 * 1024 * 1024;

impl MediaType {
    /// The kind that a file's first bytes show; a PDF must also have its end (ISO 32000-1 §7.5.5).
    #[must_use]
    pub fn recognise(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"%PDF-") {
            let tail = bytes.get(bytes.len().saturating_sub(1_024)..).unwrap_or(bytes);
            return tail.windows(5).any(|five| five == b"%%EOF").then_some(Self::Pdf);
        }
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            return Some(Self::Jpeg);
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")).then_some(Self::Webp)
    }

    fn picture_format(self) -> Option<ImageFormat> {
        match self {
            Self::Pdf | Self::Csv => None,
            Self::Jpeg => Some(ImageFormat::Jpeg),
            Self::Png => Some(ImageFormat::Png),
            Self::Webp => Some(ImageFormat::WebP),
        }
    }
}

/// Checks a scanned document: a PDF, or a picture that decodes under the limits. Decoding takes long: call it off the threads that
/// answer requests.
///
/// # Errors
/// `file_too_large`, `document_kind`, `picture_pixels`, `picture_broken`.
pub fn check_document(bytes: &[u8]) -> Result<MediaType, Problem> {
    if bytes.len() > FILE_BYTES {
        return Err(too_large());
    }
    match MediaType::recognise(bytes) {
        None => Err(Problem::new("document_kind")),
        Some(MediaType::Pdf) => Ok(MediaType::Pdf),
        Some(kind) => decode(bytes).map(|_| kind),
    }
}

/// Decodes a JPEG, PNG or WebP picture and turns it upright. Takes long: call it off the threads that answer requests.
///
/// # Errors
/// `file_too_large`, `picture_kind`, `picture_pixels`, `picture_broken`.
pub fn decode(bytes: &[u8]) -> Result<DynamicImage, Problem> {
    if bytes.len() > FILE_BYTES {
        return Err(too_large());
    }
    let kind = MediaType::recognise(bytes);
    let format = kind.and_then(MediaType::picture_format).ok_or_else(|| Problem::new("picture_kind"))?;
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = reader().into_dimensions().map_err(|_| broken())?;
    if u64::from(width) * u64::from(height) > PIXELS {
        let megapixels = PIXELS / 1_000_000;
        return Err(Problem::new("picture_pixels")
            .value(format!("{width} × {height}"))
            .arg("most", megapixels));
    }
    if kind == Some(MediaType::Jpeg) && !jpeg_has_its_end(bytes) {
        return Err(broken());
    }
    let mut limited = reader();
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    limited.limits(limits);
    let mut decoder = limited.into_decoder().map_err(|_| broken())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| broken())?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Whether the scan of a JPEG is closed by its end marker: the decoder would fill what is cut off with grey.
fn jpeg_has_its_end(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    match (last(0xda), last(0xd9)) {
        (Some(scan), Some(end)) => scan < end,
        _ => false,
    }
}

fn too_large() -> Problem {
    Problem::new("file_too_large").arg("megabytes", FILE_BYTES / (1024 * 1024))
}

fn broken() -> Problem {
    Problem::new("picture_broken")
}
