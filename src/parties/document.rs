//! Scanned documents: what they are is decided from their bytes, never from a file's name or the sender's word.
//!
//! What must stay true: what is kept begins and ends as a PDF, or is a picture that decodes under limits and has nothing after its
//! end, so that no second file rides along.

use crate::kernel::{Problem, Problems};
use crate::store::{File, MediaType};
use data_encoding::BASE64;
use image::{ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// The most pixels of a picture: an A4 sheet at 600 dots per inch has 35 million.
const MOST_PIXELS: u64 = 40_000_000;
/// The largest document, in bytes.
const LARGEST: usize = 12 * 1024 * 1024;

/// A document that may be kept.
#[derive(Clone)]
pub struct Document {
    media_type: MediaType,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({}, {} bytes)", self.media_type.as_str(), self.bytes.len())
    }
}

impl Document {
    /// Reads a PDF, JPEG or PNG. What follows a picture's end is cut off.
    ///
    /// # Errors
    /// `document_kind`, `document_truncated`, `document_unreadable`, `document_too_large`, `document_too_many_pixels`.
    pub async fn read(bytes: Vec<u8>) -> Result<Self, Problem> {
        // A page of 40 million pixels takes a second to decode: not on a thread that answers requests.
        let read = tokio::task::spawn_blocking(move || Self::of(bytes)).await;
        read.unwrap_or_else(|_| Err(Problem::new("document_unreadable")))
    }

    /// Reads a document in base64 (RFC 4648 §4).
    ///
    /// # Errors
    /// As [`Document::read`]; `document_base64`.
    pub async fn read_base64(text: &str) -> Result<Self, Problem> {
        let bytes = BASE64.decode(text.trim().as_bytes()).map_err(|_| Problem::new("document_base64"))?;
        Self::read(bytes).await
    }

    /// The value and the document that belong together, or all that is wrong with either.
    ///
    /// # Errors
    /// The problems of both.
    pub fn beside<T>(
        value: Result<T, Problems>,
        document: Result<Self, Problem>,
    ) -> Result<(T, Self), Problems> {
        let mut problems = Problems::default();
        let document = problems.take("document", document);
        match (value, document) {
            (Ok(value), Some(document)) => Ok((value, document)),
            (Ok(_), None) => Err(problems),
            (Err(mut found), _) => {
                found.0.append(&mut problems.0);
                Err(found)
            }
        }
    }

    /// A document that was kept.
    pub(super) fn kept(file: File) -> Self {
        Self { media_type: file.media_type, bytes: file.bytes }
    }

    fn of(mut bytes: Vec<u8>) -> Result<Self, Problem> {
        if bytes.is_empty() {
            return Err(Problem::new("document_missing"));
        }
        if bytes.len() > LARGEST {
            return Err(Problem::new("document_too_large").arg("megabytes", LARGEST / (1024 * 1024)));
        }
        let (media_type, end) = if bytes.starts_with(b"%PDF-") {
            (MediaType::Pdf, end_of_pdf(&bytes))
        } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            (MediaType::Jpeg, end_of_jpeg(&bytes))
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            (MediaType::Png, end_of_png(&bytes))
        } else {
            return Err(Problem::new("document_kind"));
        };
        let end = end.ok_or_else(|| Problem::new("document_truncated"))?;
        bytes.truncate(end);
        match media_type {
            MediaType::Jpeg => decode(&bytes, ImageFormat::Jpeg)?,
            MediaType::Png => decode(&bytes, ImageFormat::Png)?,
            MediaType::Pdf | MediaType::Webp | MediaType::Csv | MediaType::Xlsx => {}
        }
        Ok(Self { media_type, bytes })
    }

    /// The registered name of its media type.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        self.media_type.as_str()
    }

    /// The ending of a file that holds it.
    #[must_use]
    pub fn ending(&self) -> &'static str {
        match self.media_type {
            MediaType::Pdf => "pdf",
            MediaType::Jpeg => "jpg",
            MediaType::Png => "png",
            MediaType::Webp => "webp",
            MediaType::Csv => "csv",
            MediaType::Xlsx => "xlsx",
        }
    }

    /// What it is.
    #[must_use]
    pub fn media_type(&self) -> MediaType {
        self.media_type
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its bytes, owned.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The length of a PDF whose trailer ends it; blanks and zeros may follow.
fn end_of_pdf(bytes: &[u8]) -> Option<usize> {
    let kept = bytes.iter().rposition(|byte| !byte.is_ascii_whitespace() && *byte != 0)? + 1;
    bytes.get(..kept)?.ends_with(b"%%EOF").then_some(bytes.len())
}

/// The place after the end marker of a JPEG (ISO/IEC 10918-1, annex B): the segments are walked, because pictures embedded in
/// them have end markers of their own.
fn end_of_jpeg(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        match (*bytes.get(at)?, *bytes.get(at + 1)?) {
            (0xff, 0xff) => at += 1,
            (0xff, 0xd9) => return Some(at + 2),
            (0xff, 0x01 | 0xd0..=0xd7) => at += 2,
            (0xff, marker) => {
                let length = u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]);
                at += 2 + usize::from(length);
                if marker == 0xda {
                    // Coded data runs to the next marker that is neither a stuffed byte nor a restart.
                    let is_marker =
                        |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff);
                    at += bytes.get(at..)?.windows(2).position(is_marker)?;
                }
            }
            _ => return None,
        }
    }
}

/// The place after the last chunk of a PNG (ISO/IEC 15948 §5).
fn end_of_png(bytes: &[u8]) -> Option<usize> {
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        let is_last = bytes.get(at + 4..at + 8)? == b"IEND";
        at = at.checked_add(usize::try_from(length).ok()?)?.checked_add(12)?;
        if is_last {
            return (at <= bytes.len()).then_some(at);
        }
    }
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<(), Problem> {
    let unreadable = |_| Problem::new("document_unreadable");
    let (width, height) =
        ImageReader::with_format(Cursor::new(bytes), format).into_dimensions().map_err(unreadable)?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Problem::new("document_too_many_pixels").arg("megapixels", MOST_PIXELS / 1_000_000));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(512 * 1024 * 1024);
    reader.limits(limits);
    reader.decode().map(drop).map_err(unreadable)
}
