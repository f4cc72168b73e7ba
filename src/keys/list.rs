//! The key list: which keys speak for a host, signed by its root, numbered, dated.
//!
//! ```text
//! t.example.vn/keys
//! sequence 7
//! issued 2026-11-23T00:00:00Z
//! valid-until 2027-03-31T00:00:00Z
//! key code active 2026-10-01T00:00:00Z 2027-01-31T00:00:00Z t.example.vn/code/2026q4+b157996e+AddamAGC…
//! key log active 2026-01-01T00:00:00Z - t.example.vn/log+839494d9+AddamAGC…
//! ```
//!
//! What must stay true: a list prints the bytes it was read from; every key's name is of the list's host and of the role that
//! its line says; no two keys share an id.

use std::fmt;

use super::name::{Host, NameError, Role};
use super::note::NoteError;
use super::vkey::{KeyId, VerifierKey, VkeyError};
use crate::kernel::Moment;

/// The most keys that a list may name; a quarter's key for a century are 400.
const MOST_KEYS: usize = 1000;

/// Why a key list was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The note around the list is malformed or wrongly signed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A line is not what should stand there; counted from 1.
    #[error("line {0} of the key list is malformed")]
    Line(usize),
    /// The first line is not a host and `/keys`.
    #[error("the key list does not begin with its host: {0}")]
    Host(NameError),
    /// The verifier key of a line is malformed.
    #[error("the key in line {0} of the key list: {1}")]
    Key(usize, VkeyError),
    /// The key's name is not of this host, or not of the role that its line says.
    #[error("the key {0} does not belong to its line: wrong host or role")]
    Misplaced(Box<str>),
    /// Two keys have the same id, so a code could not tell which is meant.
    #[error("two keys of the list have the id {0}")]
    SameId(KeyId),
    /// A key's term ends before it begins.
    #[error("the term of the key {0} ends before it begins")]
    Term(Box<str>),
    /// Issued after its own end, or numbered zero.
    #[error("the key list's number or dates cannot be right")]
    Dates,
    /// More than 1000 keys.
    #[error("the key list names too many keys")]
    TooMany,
    /// None of the trusted roots signed it.
    #[error("the key list is not signed by a trusted root")]
    NotAnchored,
    /// Older than the one that was seen before.
    #[error("the key list is older than one seen before: {given} after {seen}")]
    Older {
        /// The sequence number of this list.
        given: u64,
        /// The highest one seen.
        seen: u64,
    },
    /// The same number as one seen before, with other contents.
    #[error("two different key lists have the number {0}")]
    Forked(u64),
    /// Not of the host that this checker trusts.
    #[error("the key list is of another host: {0}")]
    OtherHost(Box<str>),
}

/// Whether a key may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// In use, or published ahead of its use.
    Active,
    /// No longer used for signing; what it signed stays good for ever.
    Retired,
    /// In the wrong hands: what it signed must be confirmed by the registry.
    Compromised {
        /// The last size of the log, in entries, at which the key was still good.
        last_good_log_size: u64,
    },
}

impl KeyStatus {
    /// The word for the status, without its number.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Compromised { .. } => "compromised",
        }
    }
}

impl fmt::Display for KeyStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Self::Compromised { last_good_log_size } => write!(f, " {last_good_log_size}"),
            Self::Active | Self::Retired => Ok(()),
        }
    }
}

/// A key, with its role, status and term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    role: Role,
    status: KeyStatus,
    from: Moment,
    until: Option<Moment>,
    key: VerifierKey,
}

impl ListedKey {
    /// A line of a list, its times to the second. `until` is when the key stops signing; nothing means not yet decided.
    ///
    /// # Errors
    /// [`ListError::Misplaced`] when the name is none of ours; [`ListError::Term`] when it would end before it begins.
    pub fn new(
        key: VerifierKey,
        status: KeyStatus,
        from: Moment,
        until: Option<Moment>,
    ) -> Result<Self, ListError> {
        let role = key.name().role().ok_or_else(|| ListError::Misplaced(key.name().as_str().into()))?;
        let (from, until) = (whole_second(from), until.map(whole_second));
        if until.is_some_and(|until| until <= from) {
            return Err(ListError::Term(key.name().as_str().into()));
        }
        Ok(Self { role, status, from, until, key })
    }

    /// What the key may sign.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether it may be relied on.
    #[must_use]
    pub fn status(&self) -> KeyStatus {
        self.status
    }

    /// The same key with another status.
    #[must_use]
    pub fn with_status(self, status: KeyStatus) -> Self {
        Self { status, ..self }
    }

    /// When it may begin to sign.
    #[must_use]
    pub fn from(&self) -> Moment {
        self.from
    }

    /// When it stops signing.
    #[must_use]
    pub fn until(&self) -> Option<Moment> {
        self.until
    }

    /// The public key.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    fn parse(at: usize, line: &str) -> Result<Self, ListError> {
        let mut words = line.split(' ');
        let mut next = || words.next().ok_or(ListError::Line(at));
        if next()? != "key" {
            return Err(ListError::Line(at));
        }
        let role = Role::from_word(next()?).ok_or(ListError::Line(at))?;
        let status = match next()? {
            "active" => KeyStatus::Active,
            "retired" => KeyStatus::Retired,
            "compromised" => {
                let last_good_log_size = number(next()?).ok_or(ListError::Line(at))?;
                KeyStatus::Compromised { last_good_log_size }
            }
            _ => return Err(ListError::Line(at)),
        };
        let from = moment(next()?).ok_or(ListError::Line(at))?;
        let until = match next()? {
            "-" => None,
            text => Some(moment(text).ok_or(ListError::Line(at))?),
        };
        let key = VerifierKey::parse(next()?).map_err(|error| ListError::Key(at, error))?;
        let listed = Self::new(key, status, from, until)?;
        if listed.role != role {
            return Err(ListError::Misplaced(listed.key.name().as_str().into()));
        }
        if words.next().is_some() { Err(ListError::Line(at)) } else { Ok(listed) }
    }
}

impl fmt::Display for ListedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let until = self.until.map_or_else(|| "-".to_owned(), written);
        write!(f, "key {} {} {} {until} {}", self.role.word(), self.status, written(self.from), self.key)
    }
}

/// The keys of a host, as one issue of the list states them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyList {
    host: Host,
    sequence: u64,
    issued: Moment,
    valid_until: Moment,
    keys: Vec<ListedKey>,
}

impl KeyList {
    /// A list to be signed by the root. Times count to the second: fractions are cut off.
    ///
    /// # Errors
    /// [`ListError`] when a key is of another host, two have the same id, or number or dates cannot be right.
    pub fn new(
        host: Host,
        sequence: u64,
        issued: Moment,
        valid_until: Moment,
        keys: Vec<ListedKey>,
    ) -> Result<Self, ListError> {
        let (issued, valid_until) = (whole_second(issued), whole_second(valid_until));
        if sequence == 0 || valid_until <= issued {
            return Err(ListError::Dates);
        }
        if keys.len() > MOST_KEYS {
            return Err(ListError::TooMany);
        }
        for (at, listed) in keys.iter().enumerate() {
            if listed.key.name().host() != host.as_str() {
                return Err(ListError::Misplaced(listed.key.name().as_str().into()));
            }
            if keys.iter().take(at).any(|other| other.key.id() == listed.key.id()) {
                return Err(ListError::SameId(listed.key.id()));
            }
        }
        Ok(Self { host, sequence, issued, valid_until, keys })
    }

    /// Reads the text of a list, without its signatures.
    ///
    /// # Errors
    /// [`ListError`] names the line.
    pub fn parse(text: &str) -> Result<Self, ListError> {
        let body = text.strip_suffix('\n').ok_or(ListError::Line(1))?;
        let mut lines = body.split('\n').enumerate().map(|(at, line)| (at + 1, line));
        let mut head = |prefix: &str, suffix: &str| {
            let (at, line) = lines.next().ok_or(ListError::Line(1))?;
            let value = line.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix));
            value.map(|value| (at, value)).ok_or(ListError::Line(at))
        };
        let (_, host) = head("", "/keys")?;
        let host = Host::parse(host).map_err(ListError::Host)?;
        let (at, sequence) = head("sequence ", "")?;
        let sequence = number(sequence).ok_or(ListError::Line(at))?;
        let (at, issued) = head("issued ", "")?;
        let issued = moment(issued).ok_or(ListError::Line(at))?;
        let (at, valid_until) = head("valid-until ", "")?;
        let valid_until = moment(valid_until).ok_or(ListError::Line(at))?;
        let keys = lines.take(MOST_KEYS + 1).map(|(at, line)| ListedKey::parse(at, line));
        Self::new(host, sequence, issued, valid_until, keys.collect::<Result<_, _>>()?)
    }

    /// The host that the keys speak for.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The number of this issue; each is higher than the one before.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// When it was issued.
    #[must_use]
    pub fn issued(&self) -> Moment {
        self.issued
    }

    /// When a newer list should have come.
    #[must_use]
    pub fn valid_until(&self) -> Moment {
        self.valid_until
    }

    /// All keys, in the order of the list.
    #[must_use]
    pub fn keys(&self) -> &[ListedKey] {
        &self.keys
    }

    /// The code key of this id, when the list is of this host (written in any case).
    #[must_use]
    pub fn lookup(&self, id: KeyId, host: &str) -> Option<&ListedKey> {
        if !self.speaks_for(host) {
            return None;
        }
        self.keys.iter().find(|key| key.key.id() == id && key.role == Role::Code)
    }

    /// Whether this is the list of the host, which may be written in any case.
    #[must_use]
    pub fn speaks_for(&self, host: &str) -> bool {
        self.host.as_str().eq_ignore_ascii_case(host)
    }

    /// Whole seconds since the list was issued; negative when the checker's clock is behind it.
    #[must_use]
    pub fn age_seconds(&self, now: Moment) -> i64 {
        (now.micros() - self.issued.micros()).div_euclid(1_000_000)
    }

    /// Whether a newer list should have come by now.
    #[must_use]
    pub fn has_expired(&self, now: Moment) -> bool {
        now >= self.valid_until
    }
}

impl fmt::Display for KeyList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}/keys", self.host)?;
        writeln!(f, "sequence {}", self.sequence)?;
        writeln!(f, "issued {}", written(self.issued))?;
        writeln!(f, "valid-until {}", written(self.valid_until))?;
        self.keys.iter().try_for_each(|key| writeln!(f, "{key}"))
    }
}

/// A decimal number without sign or leading zero, so that it has one text.
fn number(text: &str) -> Option<u64> {
    let canonical = !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if canonical { text.parse().ok() } else { None }
}

/// `2026-11-23T00:00:00Z` and no other way of writing a time, so that it has one text.
fn moment(text: &str) -> Option<Moment> {
    if text.len() != 20 || !text.ends_with('Z') {
        return None;
    }
    let stamp: jiff::Timestamp = text.parse().ok()?;
    let moment = Moment::from_micros(stamp.as_microsecond());
    (written(moment) == text).then_some(moment)
}

fn whole_second(moment: Moment) -> Moment {
    Moment::from_micros(moment.micros().div_euclid(1_000_000) * 1_000_000)
}

fn written(moment: Moment) -> String {
    let seconds = moment.micros().div_euclid(1_000_000);
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}
