//! Addresses with a path: those of witnesses and of logs, and that of the database.

use super::{BaseUrl, ConfigError};
use std::fmt;

/// `https://host[:port]/path`; `http` only for loopback and private addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The server.
    pub server: BaseUrl,
    /// The path, beginning with a slash and ending without one; empty when there is none.
    pub path: String,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it.
    ///
    /// ```
    /// use nguongoc::config::Address;
    /// let witness = Address::parse("https://witness.example.vn/w1/").unwrap();
    /// assert_eq!(witness.path, "/w1");
    /// assert!(Address::parse("http://witness.example.vn/w1").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let begin = text.find("://").map_or(0, |at| at + 3);
        let end = text[begin..].find('/').map_or(text.len(), |at| begin + at);
        let (server, path) = text.split_at(end);
        let path = path.trim_end_matches('/').to_owned();
        if path.bytes().any(|byte| !byte.is_ascii_graphic() || matches!(byte, b'?' | b'#')) {
            return Err("the path of an address has no spaces, queries or fragments");
        }
        Ok(Self { server: BaseUrl::read(server)?, path })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.server, self.path)
    }
}

/// A witness as it stands in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessSetting {
    /// The line of its key, `name+id+base64`, not read yet.
    pub key: String,
    /// Its submission prefix.
    pub address: Address,
}

impl WitnessSetting {
    /// Reads the setting: key and address of each, with a space between; the witnesses separated by commas or line ends.
    ///
    /// # Errors
    /// [`ConfigError::Value`] with the part that does not fit.
    pub(super) fn all(text: &str) -> Result<Vec<Self>, ConfigError> {
        let bad = |value: &str, why| ConfigError::Value { name: "witnesses", value: value.to_owned(), why };
        let mut all: Vec<Self> = Vec::new();
        for item in text.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty()) {
            let words: Vec<&str> = item.split_whitespace().collect();
            let [key, url] = words.as_slice() else {
                return Err(bad(item, "each witness is its key and its https address, with a space between"));
            };
            let address = Address::parse(url).map_err(|why| bad(url, why))?;
            if all.iter().any(|other| other.key == *key) {
                return Err(bad(key, "the key stands twice"));
            }
            all.push(Self { key: (*key).to_owned(), address });
        }
        Ok(all)
    }
}

/// The URL of a database, which may hold a password and is therefore never printed whole.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Wraps a URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The whole URL, to open the database with.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_once('@') {
            Some((before, after)) if !self.0.starts_with("sqlite:") => {
                let scheme = before.split("://").next().unwrap_or("postgres");
                write!(f, "{scheme}://…@{after}")
            }
            _ => f.write_str(&self.0),
        }
    }
}
