//! Paging by key: a page begins after the last row of the one before, however many rows have come or gone since.
//!
//! What must stay true: a cursor is opaque to callers and safe to parse from anywhere; it names a place in an order, never a right.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use super::problem::Problem;
use super::text_form::text_form;
use super::time::Moment;

const LONGEST_TEXT: usize = 512;

/// The key of the last row of a page.
///
/// ```
/// use nguongoc::kernel::Cursor;
/// let cursor = Cursor::Text("rau muong".into());
/// assert_eq!(Cursor::parse(&cursor.to_string()).unwrap(), cursor);
/// assert_eq!(Cursor::parse("1 OR 1=1").unwrap_err().code, "cursor_malformed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// In lists ordered by time, with the id for rows of the same microsecond.
    Time(Moment, Uuid),
    /// In lists ordered by a unique text, such as a code.
    Text(String),
}

impl Cursor {
    /// Reads the `after=` of a request.
    ///
    /// # Errors
    /// `cursor_malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::read(text).ok_or_else(|| Problem::new("cursor_malformed").value(text))
    }

    /// Time and id, when the cursor is of a list ordered by time.
    ///
    /// # Errors
    /// `cursor_malformed` for a cursor of another list.
    pub fn time(&self) -> Result<(Moment, Uuid), Problem> {
        match self {
            Self::Time(moment, id) => Ok((*moment, *id)),
            Self::Text(_) => Err(Problem::new("cursor_malformed").value(self.to_string())),
        }
    }

    /// The text key, when the cursor is of a list ordered by text.
    ///
    /// # Errors
    /// `cursor_malformed` for a cursor of another list.
    pub fn text(&self) -> Result<&str, Problem> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Time(..) => Err(Problem::new("cursor_malformed").value(self.to_string())),
        }
    }

    fn read(text: &str) -> Option<Self> {
        if text.len() > LONGEST_TEXT * 2 {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (kind, key) = bytes.split_first()?;
        match kind {
            b't' => {
                let (micros, id) = key.split_at_checked(8)?;
                let micros = i64::from_be_bytes(micros.try_into().ok()?);
                let moment = Moment::from_micros(micros);
                // A clamped moment would make two texts of one cursor.
                let exact = moment.micros() == micros;
                exact.then_some(Self::Time(moment, Uuid::from_slice(id).ok()?))
            }
            b's' if key.len() <= LONGEST_TEXT => {
                let text = String::from_utf8(key.to_vec()).ok()?;
                (!text.contains('\0')).then_some(Self::Text(text))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        match self {
            Self::Time(moment, id) => {
                bytes.push(b't');
                bytes.extend(moment.micros().to_be_bytes());
                bytes.extend(id.as_bytes());
            }
            Self::Text(text) => {
                bytes.push(b's');
                bytes.extend(text.as_bytes());
            }
        }
        f.write_str(&BASE64URL_NOPAD.encode(&bytes))
    }
}

text_form!(Cursor, Cursor::parse);

/// How many rows a page holds: 1–100, 25 when nobody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u8);

impl PageSize {
    /// The largest page.
    pub const MAX: Self = Self(100);

    /// Reads the `size=` of a request.
    ///
    /// # Errors
    /// `page_size_malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        text.trim()
            .parse()
            .ok()
            .filter(|size| (1..=Self::MAX.0).contains(size))
            .map(Self)
            .ok_or_else(|| Problem::new("page_size_malformed").value(text).arg("largest", Self::MAX.0))
    }

    /// Rows on a page.
    #[must_use]
    pub const fn rows(self) -> usize {
        self.0 as usize
    }

    /// What a statement's `LIMIT` is given: one row more, which tells whether a next page exists.
    #[must_use]
    pub const fn limit(self) -> i64 {
        self.0 as i64 + 1
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(25)
    }
}

impl fmt::Display for PageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

text_form!(PageSize, PageSize::parse);

/// The rows of one page, and where the next begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// At most as many rows as were asked for.
    pub items: Vec<T>,
    /// The cursor for the next page; nothing on the last one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of the rows that a statement limited by [`PageSize::limit`] gave.
    #[must_use]
    pub fn of(mut rows: Vec<T>, size: PageSize, key: impl FnOnce(&T) -> Cursor) -> Self {
        let more = rows.len() > size.rows();
        rows.truncate(size.rows());
        let next = rows.last().filter(|_| more).map(key);
        Self { items: rows, next }
    }

    /// The same page with every row turned into something else.
    #[must_use]
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}
