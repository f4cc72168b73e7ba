//! Names of keys: `<host>/root`, `<host>/log`, `<host>/code/2026q4`.
//!
//! The name carries the host that the key speaks for, so a signature never depends on the Host header of a request. Any
//! C2SP key name can be held (witnesses choose their own); [`KeyName::role`] says which of our roles it is, if any.

use std::fmt;
use std::str::FromStr;

/// The longest name accepted, in bytes; a host may have 253 of them.
const LONGEST_NAME: usize = 300;

/// Why a name of a key or of a host was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("the name is empty")]
    Empty,
    /// More than 300 bytes for a key, 253 for a host.
    #[error("the name is too long")]
    TooLong,
    /// White space, a plus sign or a control character (C2SP signed-note).
    #[error("the name holds a space, a plus sign or a control character")]
    Forbidden,
    /// Not a lower-case DNS name of letters, digits, hyphens and dots.
    #[error("the host is not a lower-case domain name")]
    Host,
    /// Not a quarter like `2026q4`.
    #[error("the quarter is not written like 2026q4")]
    Quarter,
}

/// A lower-case DNS name without port, such as `demo.example.vn`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(String);

impl Host {
    /// The longest host in bytes (RFC 1035).
    pub const LONGEST: usize = 253;

    /// Reads a host that is already lower case.
    ///
    /// # Errors
    /// [`NameError::Host`] for upper case, an empty label, a label that begins or ends with a hyphen, or other characters.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > Self::LONGEST {
            return Err(NameError::TooLong);
        }
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        };
        if text.split('.').all(label) { Ok(Self(text.to_owned())) } else { Err(NameError::Host) }
    }

    /// The host in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Host {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

/// A quarter of a year, written `2026q4`: the term of one code key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: i16,
    number: u8,
}

impl Quarter {
    /// A quarter of a year from 2000 to 9999, numbered 1 to 4.
    ///
    /// # Errors
    /// [`NameError::Quarter`] when year or number is out of range.
    pub fn new(year: i16, number: u8) -> Result<Self, NameError> {
        if (2000..=9999).contains(&year) && (1..=4).contains(&number) {
            Ok(Self { year, number })
        } else {
            Err(NameError::Quarter)
        }
    }

    /// Reads `2026q4`.
    ///
    /// # Errors
    /// [`NameError::Quarter`] for any other form.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (year, number) = text.split_once('q').ok_or(NameError::Quarter)?;
        let digits = |part: &str, len: usize| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(number, 1) {
            return Err(NameError::Quarter);
        }
        let year = year.parse().map_err(|_| NameError::Quarter)?;
        Self::new(year, number.parse().map_err(|_| NameError::Quarter)?)
    }

    /// The calendar year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.year
    }

    /// The number of the quarter, 1 to 4.
    #[must_use]
    pub fn number(self) -> u8 {
        self.number
    }

    /// The month in which the quarter begins: 1, 4, 7 or 10.
    #[must_use]
    pub fn first_month(self) -> i8 {
        match self.number {
            1 => 1,
            2 => 4,
            3 => 7,
            _ => 10,
        }
    }

    /// The quarter after this one.
    #[must_use]
    pub fn next(self) -> Self {
        if self.number == 4 {
            Self { year: self.year.saturating_add(1), number: 1 }
        } else {
            Self { year: self.year, number: self.number + 1 }
        }
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}q{}", self.year, self.number)
    }
}

/// What a key may sign. Each role's messages begin with their own line, so that none can be taken for another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Signs the key list and nothing else; never lies on a server.
    Root,
    /// Signs the codes of one quarter.
    Code,
    /// Signs the checkpoints of the log.
    Log,
}

impl Role {
    /// The word for the role in a key list.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Code => "code",
            Self::Log => "log",
        }
    }

    /// The role of a word in a key list.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Root, Self::Code, Self::Log].into_iter().find(|role| role.word() == word)
    }
}

/// The name of a key: any name that C2SP signed-note allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`NameError`] when it is empty, too long, or holds white space, `+` or a control character.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > LONGEST_NAME {
            return Err(NameError::TooLong);
        }
        if text.chars().any(|c| c.is_whitespace() || c == '+' || c.is_control()) {
            return Err(NameError::Forbidden);
        }
        Ok(Self(text.to_owned()))
    }

    /// The root key's name of a host.
    #[must_use]
    pub fn root(host: &Host) -> Self {
        Self(format!("{host}/root"))
    }

    /// The log key's name of a host; also the origin line of its checkpoints.
    #[must_use]
    pub fn log(host: &Host) -> Self {
        Self(format!("{host}/log"))
    }

    /// The name of a host's code key of one quarter.
    #[must_use]
    pub fn code(host: &Host, quarter: Quarter) -> Self {
        Self(format!("{host}/code/{quarter}"))
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first slash: the host, when the name is one of ours.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.split_once('/').map_or(self.0.as_str(), |(host, _)| host)
    }

    /// Our role of this name, or nothing when it is not a name of ours (lower-case host, then `root`, `log` or
    /// `code/<quarter>`).
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        let (host, rest) = self.0.split_once('/')?;
        Host::parse(host).ok()?;
        match rest {
            "root" => Some(Role::Root),
            "log" => Some(Role::Log),
            _ => self.quarter().map(|_| Role::Code),
        }
    }

    /// The quarter in the name of a code key.
    #[must_use]
    pub fn quarter(&self) -> Option<Quarter> {
        let (_, rest) = self.0.split_once('/')?;
        Quarter::parse(rest.strip_prefix("code/")?).ok()
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}
