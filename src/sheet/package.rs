//! What a file is by its first bytes, and whether a packed one may be unpacked.
//!
//! What must stay true: the number of entries is read before the list of them is built, the sizes that they claim are added up
//! before anything is inflated, and what they really inflate to is counted without being kept: a packed bomb costs a moment of
//! work and no memory, whatever it claims.

use crate::kernel::Problem;
use std::io::{self, Cursor, Read, Write};
use zip::ZipArchive;

/// The most entries of a workbook; an honest one has some dozen.
const MOST_ENTRIES: usize = 1_000;
/// The most that a workbook may unpack to, in bytes.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// The most that its table of texts may unpack to: in memory each text costs several times its bytes.
const MOST_TEXTS: u64 = 24 * 1024 * 1024;
/// How many times its packed size an entry may unpack to. Honest sheets stay below 50.
const RATIO: u64 = 200;
/// Below this size the ratio says nothing: a short entry of spaces packs well.
const SMALL: u64 = 1024 * 1024;

/// The kind of a file that has no rows for us, by its first bytes.
pub(super) fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 9] = [
        (b"\xd0\xcf\x11\xe0", "Excel 97–2003 (.xls)"),
        (b"%PDF", "PDF"),
        (b"\x89PNG", "PNG"),
        (b"\xff\xd8\xff", "JPEG"),
        (b"GIF8", "GIF"),
        (b"Rar!", "RAR"),
        (b"7z\xbc\xaf", "7z"),
        (b"\x1f\x8b", "gzip"),
        (b"{\\rtf", "RTF"),
    ];
    KINDS.iter().find(|(head, _)| bytes.starts_with(head)).map(|(_, kind)| *kind)
}

/// Looks at a packed file before it is unpacked.
///
/// # Errors
/// `sheet_file_other_kind` when it is no workbook, `sheet_file_damaged`, `sheet_file_bomb`.
pub(super) fn inspect(bytes: &[u8]) -> Result<(), Problem> {
    let damaged = || Problem::new("sheet_file_damaged");
    if entries(bytes).ok_or_else(damaged)? > MOST_ENTRIES {
        return Err(bomb());
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if archive.len() > MOST_ENTRIES {
        return Err(bomb());
    }
    let mut names = Vec::with_capacity(archive.len());
    let mut claimed = 0_u64;
    for place in 0..archive.len() {
        let entry = archive.by_index_raw(place).map_err(|_| damaged())?;
        claimed = claimed.saturating_add(entry.size());
        names.push(entry.name().map_err(|_| damaged())?.into_owned());
    }
    if let Some(kind) = packed_kind(&names) {
        return Err(Problem::new("sheet_file_other_kind").value(kind));
    }
    if claimed > MOST_BYTES {
        return Err(bomb());
    }
    let mut left = MOST_BYTES;
    for (place, name) in names.iter().enumerate() {
        let mut entry = archive.by_index(place).map_err(|_| damaged())?;
        let by_ratio = entry.compressed_size().saturating_mul(RATIO).max(SMALL);
        let texts = if name.ends_with("sharedStrings.xml") { MOST_TEXTS } else { MOST_BYTES };
        let most = left.min(by_ratio).min(texts);
        let inflated = inflate(&mut entry, most).map_err(|_| damaged())?.ok_or_else(bomb)?;
        left = left.saturating_sub(inflated);
    }
    Ok(())
}

fn bomb() -> Problem {
    Problem::new("sheet_file_bomb").arg("megabytes", MOST_BYTES / (1024 * 1024))
}

/// How many entries the end of the file says that it has (APPNOTE 4.3.16); as many as can be said for the larger form.
fn entries(bytes: &[u8]) -> Option<usize> {
    let tail = bytes.get(bytes.len().saturating_sub(65_557)..)?;
    let end = tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let count = tail.get(end + 10..end + 12)?;
    Some(usize::from(u16::from_le_bytes(count.try_into().ok()?)))
}

/// What a packed file is by the names in it, when it is no workbook.
fn packed_kind(names: &[String]) -> Option<&'static str> {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    if has("xl/workbook.xml") {
        None
    } else if has("xl/workbook.bin") {
        Some("Excel .xlsb")
    } else if has("word/document.xml") {
        Some("Word (.docx)")
    } else if has("ppt/presentation.xml") {
        Some("PowerPoint (.pptx)")
    } else if has("mimetype") && has("content.xml") {
        Some("OpenDocument (.ods, .odt)")
    } else {
        Some("ZIP")
    }
}

/// Inflates without keeping anything; the size, or nothing when it is more than `most`.
fn inflate(entry: &mut impl Read, most: u64) -> io::Result<Option<u64>> {
    let mut limited = entry.take(most.saturating_add(1));
    let size = io::copy(&mut limited, &mut Nowhere)?;
    Ok((size <= most).then_some(size))
}

struct Nowhere;

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
