//! Finished answers in memory, for what many shoppers scan.
//!
//! What must stay true: only answers for codes that were verified enter, so that nobody can fill it with rubbish; a kept answer is dropped
//! at once when this process changes the lot, compared with the lot's version after at most two seconds, and never outlives the
//! day, the keyring it was verified by, or a minute (for what has no version of its own: names of other parties at the stages).

use super::model::Stamp;
use crate::kernel::{Lang, LotId, Moment, Sha256Hash};
use crate::keys::Mark;
use brotli::enc::BrotliEncoderParams;
use moka::sync::Cache as Moka;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The most memory that kept answers take, in bytes.
const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// After so long a kept answer is compared with the lot's version.
const TRUSTED: Duration = Duration::from_secs(2);
/// After so long it is made anew.
const LIFE: Duration = Duration::from_mins(1);

/// What a kept answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A page.
    Page,
    /// JSON.
    Json,
}

impl Form {
    /// The media type of the answer.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Page => "text/html; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// Under what an answer is kept: the exact path, the language and the form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The path, in capitals where capitals are meant.
    pub path: String,
    /// The language.
    pub lang: Lang,
    /// Page or JSON.
    pub form: Form,
}

/// What an answer was made from, read before anything else of it was.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The lot.
    pub lot: LotId,
    /// Its versions.
    pub stamp: Stamp,
    /// This process's changes to the lot, counted before the database was asked.
    pub changes: u64,
    /// The keyring that it was verified by.
    pub keys: Option<Mark>,
    /// Whether this process changed anything while it was made: then it is sent, and not kept.
    pub disturbed: bool,
    /// When.
    pub at: Moment,
}

/// A finished answer.
#[derive(Debug)]
pub struct Kept {
    /// What it was made from.
    pub seen: Seen,
    /// Its tag: the same for every encoding, and therefore weak (RFC 9110 §8.8.1).
    pub etag: String,
    /// Page or JSON.
    pub form: Form,
    until: Moment,
    checked: AtomicI64,
    plain: Arc<[u8]>,
    squeezed: OnceLock<Option<Arc<[u8]>>>,
}

impl Kept {
    /// A finished answer.
    #[must_use]
    pub fn new(seen: Seen, form: Form, body: Vec<u8>) -> Self {
        let hash = Sha256Hash::of(&body).to_string();
        let midnight = seen.at.day().plus_days(1).start();
        Self {
            etag: format!("W/\"{}\"", hash.get(..24).unwrap_or(&hash)),
            form,
            until: midnight.min(seen.at.plus(LIFE)),
            checked: AtomicI64::new(seen.at.micros()),
            plain: body.into(),
            squeezed: OnceLock::new(),
            seen,
        }
    }

    /// The bytes as they are.
    #[must_use]
    pub fn plain(&self) -> Arc<[u8]> {
        Arc::clone(&self.plain)
    }

    /// The bytes compressed with Brotli (RFC 7932): done once, when first asked for.
    #[must_use]
    pub fn brotli(&self) -> Option<Arc<[u8]>> {
        self.squeezed.get_or_init(|| squeeze(&self.plain).map(Arc::from)).clone()
    }

    /// Whether it may be used without asking the database.
    fn standing(&self, changes: u64, keys: Option<Mark>, now: Moment) -> Standing {
        if self.seen.changes != changes || self.seen.keys != keys || now >= self.until || now < self.seen.at {
            return Standing::Stale;
        }
        let checked = Moment::from_micros(self.checked.load(Ordering::Relaxed));
        if now < checked.plus(TRUSTED) { Standing::Good } else { Standing::Compare }
    }

    /// Notes that it was compared with the database and found right.
    pub fn confirm(&self, now: Moment) {
        self.checked.fetch_max(now.micros(), Ordering::Relaxed);
    }
}

enum Standing {
    Good,
    Compare,
    Stale,
}

fn squeeze(bytes: &[u8]) -> Option<Vec<u8>> {
    // Most codes are looked up once or twice, so this is paid for nearly every page. The default window of 4 MiB is cleared for each
    // of them, which takes longer than all the rest; an answer is far shorter than 64 KiB. Measured on a page of 6,388 bytes: 2,534
    // bytes in 40 µs, where quality 5 with the default window takes 640 µs for 2,277 bytes.
    let parameters =
        BrotliEncoderParams { quality: 3, lgwin: 16, size_hint: bytes.len(), ..Default::default() };
    let mut squeezed = Vec::with_capacity(bytes.len() / 3);
    brotli::BrotliCompress(&mut &*bytes, &mut squeezed, &parameters).ok()?;
    Some(squeezed)
}

/// What the cache says of a key.
#[derive(Debug)]
pub enum Found {
    /// It may be sent as it is.
    Good(Arc<Kept>),
    /// It may be sent when the database still has the same versions.
    Compare(Arc<Kept>),
    /// There is none.
    Nothing,
}

/// Kept answers, bounded by their weight.
pub struct PageCache {
    kept: Moka<Key, Arc<Kept>>,
}

impl PageCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        let weigh = |key: &Key, kept: &Arc<Kept>| {
            // With room for the compressed form, which comes later.
            let bytes = kept.plain.len() + kept.plain.len() / 2 + key.path.len() + 512;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self { kept: Moka::builder().max_capacity(MOST_BYTES).weigher(weigh).build() }
    }

    /// The answer under `key`, as far as it still holds. `changes` gives this process's count for its lot.
    pub fn find(&self, key: &Key, changes: impl Fn(LotId) -> u64, keys: Option<Mark>, now: Moment) -> Found {
        let Some(kept) = self.kept.get(key) else { return Found::Nothing };
        match kept.standing(changes(kept.seen.lot), keys, now) {
            Standing::Good => Found::Good(kept),
            Standing::Compare => Found::Compare(kept),
            Standing::Stale => {
                self.kept.invalidate(key);
                Found::Nothing
            }
        }
    }

    /// Keeps an answer for a code that was verified.
    pub fn keep(&self, key: Key, kept: Arc<Kept>) {
        self.kept.insert(key, kept);
    }

    /// Drops an answer.
    pub fn drop(&self, key: &Key) {
        self.kept.invalidate(key);
    }
}

impl Default for PageCache {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for PageCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PageCache({} answers)", self.kept.entry_count())
    }
}
