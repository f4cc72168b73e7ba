//! Files of evidence: PDF, JPEG, PNG or WebP, decided from their bytes. A file that says it is something else is refused, and told what it
//! is.
//!
//! What must stay true: what is kept is one whole document and nothing after it; it is kept as it came, because its hash is its proof.

use crate::kernel::{Problem, Problems};
use crate::parties::Document;
use crate::store::MediaType;
use data_encoding::BASE64;
use image::{ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// The most pixels of a picture: an A4 sheet at 600 dots per inch has 35 million.
const MOST_PIXELS: u64 = 40_000_000;
/// The largest file, in bytes.
const LARGEST: usize = 12 * 1024 * 1024;

/// A file that may be kept.
#[derive(Clone)]
pub struct Attachment {
    /// What it holds.
    pub media_type: MediaType,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attachment({}, {} bytes)", self.media_type.as_str(), self.bytes.len())
    }
}

/// What the first bytes of files that people send by mistake, or on purpose, show them to be.
const STRANGERS: [(&[u8], &str); 14] = [
    (b"PK\x03\x04", "ZIP (docx, xlsx, apk)"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "DOC, XLS"),
    (b"{\\rtf", "RTF"),
    (b"#!", "script"),
    (b"%!PS", "PostScript"),
];

/// What a file is, by its bytes; for those that are refused.
fn stranger(bytes: &[u8]) -> &'static str {
    if let Some((_, name)) = STRANGERS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return name;
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return if matches!(bytes.get(8..11), Some(b"hei" | b"mif" | b"avi")) { "HEIC" } else { "MP4" };
    }
    let start = String::from_utf8_lossy(bytes.get(..512).unwrap_or(bytes)).to_lowercase();
    let text = start.trim_start_matches('\u{feff}').trim_start();
    match () {
        () if text.contains("<svg") => "SVG",
        () if text.starts_with('<') || text.contains("<script") || text.contains("<html") => "HTML, XML",
        () if std::str::from_utf8(bytes).is_ok() => "text",
        () => "?",
    }
}

fn kind(bytes: &[u8]) -> Option<MediaType> {
    if bytes.starts_with(b"%PDF-") {
        Some(MediaType::Pdf)
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(MediaType::Jpeg)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(MediaType::Png)
    } else {
        (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")).then_some(MediaType::Webp)
    }
}

const fn ending(kind: MediaType) -> &'static str {
    match kind {
        MediaType::Pdf => "pdf",
        MediaType::Jpeg => "jpg",
        MediaType::Png => "png",
        MediaType::Webp => "webp",
        MediaType::Csv => "csv",
        MediaType::Xlsx => "xlsx",
    }
}

/// Refuses a name whose ending says something else than the bytes; a name without an ending says nothing.
fn named_truly(kind: MediaType, name: &str) -> Result<(), Problem> {
    let Some((_, said)) = name.trim().rsplit_once('.') else { return Ok(()) };
    let said = said.to_lowercase();
    let said = if matches!(said.as_str(), "jpeg" | "jpe" | "jfif") { "jpg" } else { said.as_str() };
    if said == ending(kind) {
        return Ok(());
    }
    let is = ending(kind).to_uppercase();
    Err(Problem::new("file_lies").value(name).arg("is", is))
}

impl Attachment {
    /// Reads a file that was sent under a name.
    ///
    /// # Errors
    /// `file_kind` and `file_lies`, which say what it is; `document_truncated`, `document_unreadable`, `document_too_large`,
    /// `document_too_many_pixels`, `document_missing`.
    pub async fn read(bytes: Vec<u8>, name: &str) -> Result<Self, Problem> {
        if bytes.is_empty() {
            return Err(Problem::new("document_missing"));
        }
        let Some(kind) = kind(&bytes) else {
            return Err(Problem::new("file_kind").value(name).arg("is", stranger(&bytes)));
        };
        named_truly(kind, name)?;
        if kind == MediaType::Webp {
            let read = tokio::task::spawn_blocking(move || webp(bytes)).await;
            return read.unwrap_or_else(|_| Err(Problem::new("document_unreadable")));
        }
        let document = Document::read(bytes).await?;
        Ok(Self { media_type: document.media_type(), bytes: document.into_bytes() })
    }

    /// Reads a file in base64 (RFC 4648 §4); nothing when nothing was sent.
    ///
    /// # Errors
    /// As [`Attachment::read`]; `document_base64`.
    pub async fn read_base64(text: &str, name: &str) -> Result<Option<Self>, Problem> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let bytes = BASE64.decode(text.trim().as_bytes()).map_err(|_| Problem::new("document_base64"))?;
        Self::read(bytes, name).await.map(Some)
    }

    /// The value and the file that belong together, or all that is wrong with either.
    ///
    /// # Errors
    /// The problems of both; those of the file under `file`.
    pub fn beside<T>(
        value: Result<T, Problems>,
        file: Result<Option<Self>, Problem>,
    ) -> Result<(T, Option<Self>), Problems> {
        let mut problems = Problems::default();
        let file = problems.take("file", file);
        match (value, file) {
            (Ok(value), Some(file)) => Ok((value, file)),
            (Ok(_), None) => Err(problems),
            (Err(mut found), _) => {
                found.0.append(&mut problems.0);
                Err(found)
            }
        }
    }

    /// The ending of a file that holds it.
    #[must_use]
    pub const fn ending(&self) -> &'static str {
        ending(self.media_type)
    }
}

/// Cuts a WebP picture at the end that its container names, and decodes it under limits.
fn webp(mut bytes: Vec<u8>) -> Result<Attachment, Problem> {
    if bytes.len() > LARGEST {
        return Err(Problem::new("document_too_large").arg("megabytes", LARGEST / (1024 * 1024)));
    }
    let size = bytes.get(4..8).and_then(|size| <[u8; 4]>::try_from(size).ok()).map(u32::from_le_bytes);
    let end = size.and_then(|size| usize::try_from(size).ok()).and_then(|size| size.checked_add(8));
    let end = end.filter(|end| *end <= bytes.len()).ok_or_else(|| Problem::new("document_truncated"))?;
    bytes.truncate(end);
    let unreadable = |_| Problem::new("document_unreadable");
    let reader = || ImageReader::with_format(Cursor::new(&bytes), ImageFormat::WebP);
    let (width, height) = reader().into_dimensions().map_err(unreadable)?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Problem::new("document_too_many_pixels").arg("megapixels", MOST_PIXELS / 1_000_000));
    }
    let mut limited = reader();
    let mut limits = Limits::default();
    limits.max_alloc = Some(512 * 1024 * 1024);
    limited.limits(limits);
    limited.decode().map(drop).map_err(unreadable)?;
    Ok(Attachment { media_type: MediaType::Webp, bytes })
}
