//! The settings of a service: defaults, then a file, then the environment, then flags, each later one winning. The only
//! reader of the environment.

mod address;

pub use address::{Address, DatabaseUrl, WitnessSetting};

use crate::kernel::Lang;
use lettre::message::Mailbox;
use secrecy::SecretString;
use serde::Deserialize;
use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// The database: `sqlite:PATH` or `postgres://…`. May hold a password: shown only as its kind.
    pub database: DatabaseUrl,
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address under which people reach the service.
    pub base_url: BaseUrl,
    /// The folder of what lies outside the database: sealed keys and the newest key list.
    pub data: PathBuf,
    /// The host that codes are signed for; `None` means the host of `base_url`.
    pub code_host: Option<String>,
    /// A file holding the passphrase that opens the sealed keys.
    pub passphrase_file: Option<PathBuf>,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// How logs are written.
    pub log_format: LogFormat,
    /// Web workers; `None` means one for each core.
    pub workers: Option<usize>,
    /// How freely the public may ask.
    pub limits: Limits,
    /// The server that takes the registry's mail; without one, messages stand in the registry only.
    pub mail: Option<MailServer>,
    /// Who is asked to cosign the log's checkpoints.
    pub witnesses: Vec<WitnessSetting>,
    /// Whether this service holds sample data, which every page then says.
    pub sample: bool,
}

/// A server that takes mail (SMTP, RFC 5321).
#[derive(Clone, Debug)]
pub struct MailServer {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub tls: MailTls,
    /// Whom to sign in as.
    pub user: Option<String>,
    /// The file that holds the password; read whenever mail is sent, so that a new password needs no restart.
    pub password_file: Option<PathBuf>,
    /// Whom the mail is from.
    pub from: Mailbox,
}

/// How a connection to a mail server is kept private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// Begun in the clear and then encrypted (RFC 3207); never left in the clear.
    #[default]
    Starttls,
    /// Encrypted from the first byte (RFC 8314).
    Tls,
    /// Not at all: on the same machine only.
    None,
}

impl MailTls {
    const fn port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

/// Requests that one source may make; beyond it is answered 429 with `Retry-After`.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Look-ups and other public pages a second, for each source.
    pub public_per_second: u32,
    /// Sign-ins, one-time codes and sign-ups a minute, for each source.
    pub sign_in_per_minute: u32,
    /// Applications and other public forms an hour, for each source.
    pub forms_per_hour: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { public_per_second: 50, sign_in_per_minute: 20, forms_per_hour: 10 }
    }
}

impl Config {
    /// The host that codes are signed for.
    #[must_use]
    pub fn code_host(&self) -> &str {
        self.code_host.as_deref().unwrap_or_else(|| self.base_url.host())
    }
}

/// How logs are written to standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For eyes.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The public address: `https://host[:port]` without a path; `http` only for loopback and private addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    secure: bool,
    host: String,
    port: Option<u16>,
}

impl BaseUrl {
    /// Parses an address.
    ///
    /// # Errors
    /// When it is not `http(s)://host[:port]`, or is plain http on a public host.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::read(text).map_err(|why| ConfigError::Value { name: "base-url", value: text.to_owned(), why })
    }

    /// Reads an address; why not.
    fn read(text: &str) -> Result<Self, &'static str> {
        let (secure, rest) = if let Some(rest) = text.strip_prefix("https://") {
            (true, rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            (false, rest)
        } else {
            return Err("it must begin with https:// (or http:// on a loopback or private address)");
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.is_empty() || rest.contains(['/', '?', '#', '@', ' ']) {
            return Err("it must be a scheme and a host, such as https://tracuu.example.vn");
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') && (!host.contains(':') || host.ends_with(']')) => {
                (host, Some(port.parse().map_err(|_| "the port is not a number up to 65535")?))
            }
            _ => (rest, None),
        };
        let url = Self { secure, host: host.to_ascii_lowercase(), port };
        if !secure && !url.is_private() {
            return Err("plain http is allowed only on a loopback or private address; use https");
        }
        Ok(url)
    }

    /// Whether cookies may carry `Secure`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host, lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, where it is named.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    fn is_private(&self) -> bool {
        if self.host == "localhost" || self.host.ends_with(".localhost") {
            return true;
        }
        match self.host.trim_matches(['[', ']']).parse() {
            Ok(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
            Ok(IpAddr::V6(v6)) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
            Err(_) => false,
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value does not fit.
    #[error("{name}: {value:?}: {why}")]
    Value {
        /// The setting's name, as in the flag.
        name: &'static str,
        /// The value given.
        value: String,
        /// What is wrong, and what would be right.
        why: &'static str,
    },
    /// A file of settings or secrets cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The settings file is not what it should be.
    #[error("{path}: {why}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The parser's words.
        why: String,
    },
}

/// Settings from one source; what is absent is left to the source below. These are the flags, the keys of the TOML file and,
/// upper-cased after `NGUONGOC_`, the environment variables.
#[derive(Clone, Debug, Default, Deserialize, clap::Args)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Database: `sqlite:PATH` or `postgres://user@host/name` [default: sqlite: in the data folder]
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// File that holds the database URL, for secrets kept as files
    #[arg(long, value_name = "FILE")]
    pub database_file: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Option<String>,
    /// Address under which people reach the service [default: http:// and the listening address]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Folder for the embedded database, sealed keys and the key list [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Host that codes are signed for [default: the host of the base URL]
    #[arg(long, value_name = "HOST")]
    pub code_host: Option<String>,
    /// File with the passphrase that opens the sealed keys
    #[arg(long, value_name = "FILE")]
    pub key_passphrase_file: Option<PathBuf>,
    /// Proxies whose X-Forwarded-For is believed, separated by commas
    #[arg(long, value_name = "ADDR,…")]
    pub trusted_proxies: Option<String>,
    /// How logs are written
    #[arg(long)]
    pub log_format: Option<LogFormat>,
    /// Web workers [default: one for each core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// Look-ups a second that one source may make [default: 50]
    #[arg(long, value_name = "N")]
    pub public_per_second: Option<u32>,
    /// Sign-ins a minute that one source may try [default: 20]
    #[arg(long, value_name = "N")]
    pub sign_in_per_minute: Option<u32>,
    /// Public forms an hour that one source may send [default: 10]
    #[arg(long, value_name = "N")]
    pub forms_per_hour: Option<u32>,
    /// Server that takes the registry's mail [default: none, messages stand in the registry only]
    #[arg(long, value_name = "HOST")]
    pub mail_host: Option<String>,
    /// Port of the mail server [default: 587, 465 or 25, after the kind of encryption]
    #[arg(long, value_name = "PORT")]
    pub mail_port: Option<u16>,
    /// How the connection to the mail server is kept private; none only on the same machine [default: starttls]
    #[arg(long)]
    pub mail_tls: Option<MailTls>,
    /// Whom to sign in to the mail server as
    #[arg(long, value_name = "NAME")]
    pub mail_user: Option<String>,
    /// File that holds the password for the mail server
    #[arg(long, value_name = "FILE")]
    pub mail_password_file: Option<PathBuf>,
    /// Whom the mail is from: `truy-xuat@example.vn` or `Nguồn Gốc <truy-xuat@example.vn>`
    #[arg(long, value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Witnesses that cosign the log's checkpoints: key and address of each, separated by commas
    #[arg(long, value_name = "KEY URL,…")]
    pub witnesses: Option<String>,
}

macro_rules! overlay {
    ($upper:expr, $lower:expr, $($field:ident),+ $(,)?) => {
        Settings { $($field: $upper.$field.or($lower.$field)),+ }
    };
}

impl Settings {
    /// These settings, with what they leave open taken from `lower`.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        // A database named in one source must not lose to a file named in a lower one.
        let lower = if self.database.is_some() || self.database_file.is_some() {
            Self { database: None, database_file: None, ..lower }
        } else {
            lower
        };
        overlay!(
            self,
            lower,
            database,
            database_file,
            listen,
            base_url,
            data,
            code_host,
            key_passphrase_file,
            trusted_proxies,
            log_format,
            workers,
            public_per_second,
            sign_in_per_minute,
            forms_per_hour,
            mail_host,
            mail_port,
            mail_tls,
            mail_user,
            mail_password_file,
            mail_from,
            witnesses,
        )
    }

    /// The settings of a TOML file.
    ///
    /// # Errors
    /// When the file cannot be read, or has a key or value that is not a setting.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = read(path)?;
        toml::from_str(&text)
            .map_err(|error| ConfigError::Syntax { path: path.to_owned(), why: error.to_string() })
    }

    /// The settings of the environment: `NGUONGOC_DATABASE`, `NGUONGOC_LISTEN` and so on.
    ///
    /// # Errors
    /// When a value cannot be used.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::from_variables(environment())
    }

    /// The settings among `variables`.
    ///
    /// # Errors
    /// When a variable begins with `NGUONGOC_` and is no setting, or its value cannot be used.
    pub fn from_variables(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let mut table = toml::Table::new();
        for (name, value) in variables {
            let Some(key) = name.to_str().and_then(|name| name.strip_prefix("NGUONGOC_")) else { continue };
            let key = key.to_ascii_lowercase().replace('_', "-");
            // Kept for the command line itself and for tests, which read them elsewhere.
            if key == "config" || key == "lang" || key.starts_with("test-") {
                continue;
            }
            let value = value.to_string_lossy().into_owned();
            let number = matches!(
                key.as_str(),
                "workers" | "public-per-second" | "sign-in-per-minute" | "forms-per-hour" | "mail-port"
            );
            let value = match value.parse::<i64>() {
                Ok(parsed) if number => toml::Value::Integer(parsed),
                _ => toml::Value::String(value),
            };
            table.insert(key, value);
        }
        table.try_into().map_err(|error| ConfigError::Syntax {
            path: PathBuf::from("environment (NGUONGOC_…)"),
            why: error.to_string(),
        })
    }

    /// The settings in force, with the defaults filled in.
    ///
    /// # Errors
    /// When a value cannot be used, naming it and what would be right.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        let mail = self.mail()?;
        let witnesses = WitnessSetting::all(self.witnesses.as_deref().unwrap_or_default())?;
        let listen = self.listen.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen: SocketAddr = listen.parse().map_err(|_| ConfigError::Value {
            name: "listen",
            value: listen.clone(),
            why: "it must be an address and a port, such as 127.0.0.1:8080",
        })?;
        let data = self.data.unwrap_or_else(|| PathBuf::from("data"));
        let database = match (self.database, self.database_file) {
            (Some(url), _) => url,
            (None, Some(path)) => read(&path)?.trim().to_owned(),
            (None, None) => format!("sqlite:{}", data.join("nguongoc.sqlite").display()),
        };
        if crate::store::Kind::of(&database).is_none() {
            return Err(ConfigError::Value {
                name: "database",
                value: DatabaseUrl::new(database).to_string(),
                why: "it must begin with sqlite: or postgres://",
            });
        }
        let base_url = match self.base_url {
            Some(text) => BaseUrl::parse(&text)?,
            None => local_base(listen),
        };
        let trusted_proxies = self
            .trusted_proxies
            .as_deref()
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| {
                text.parse().map_err(|_| ConfigError::Value {
                    name: "trusted-proxies",
                    value: text.to_owned(),
                    why: "it must be an IP address",
                })
            })
            .collect::<Result<_, _>>()?;
        let defaults = Limits::default();
        Ok(Config {
            database: DatabaseUrl::new(database),
            listen,
            base_url,
            data,
            code_host: self.code_host.map(|host| host.to_ascii_lowercase()),
            passphrase_file: self.key_passphrase_file,
            trusted_proxies,
            log_format: self.log_format.unwrap_or_default(),
            workers: self.workers,
            limits: Limits {
                public_per_second: self.public_per_second.unwrap_or(defaults.public_per_second).max(1),
                sign_in_per_minute: self.sign_in_per_minute.unwrap_or(defaults.sign_in_per_minute).max(1),
                forms_per_hour: self.forms_per_hour.unwrap_or(defaults.forms_per_hour).max(1),
            },
            mail,
            witnesses,
            sample: false,
        })
    }

    /// The mail server, when one is named.
    fn mail(&self) -> Result<Option<MailServer>, ConfigError> {
        let bad = |name, value: &str, why| ConfigError::Value { name, value: value.to_owned(), why };
        let Some(host) = self.mail_host.as_deref().map(str::trim).filter(|host| !host.is_empty()) else {
            let orphan = self.mail_from.as_deref().or(self.mail_user.as_deref());
            return match orphan {
                Some(value) => Err(bad("mail-host", value, "mail settings need the host of a mail server")),
                None => Ok(None),
            };
        };
        let tls = self.mail_tls.unwrap_or_default();
        let loopback = host.eq_ignore_ascii_case("localhost")
            || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if tls == MailTls::None && !loopback {
            return Err(bad("mail-tls", "none", "mail is sent in the clear only on the same machine"));
        }
        if self.mail_user.is_some() != self.mail_password_file.is_some() {
            let value = self.mail_user.as_deref().unwrap_or_default();
            return Err(bad("mail-user", value, "a name and a password file go together"));
        }
        let from = self.mail_from.as_deref().unwrap_or_default();
        let why = "it must be an address, such as truy-xuat@example.vn";
        let parsed = from.parse().map_err(|_| bad("mail-from", from, why))?;
        Ok(Some(MailServer {
            host: host.to_owned(),
            port: self.mail_port.unwrap_or(tls.port()),
            tls,
            user: self.mail_user.clone(),
            password_file: self.mail_password_file.clone(),
            from: parsed,
        }))
    }
}

/// The address of a service that was not told one: where it listens, or loopback when it listens everywhere.
#[must_use]
pub fn local_base(listen: SocketAddr) -> BaseUrl {
    let ip = if listen.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { listen.ip() };
    let host = match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    };
    BaseUrl { secure: false, host, port: Some(listen.port()) }
}

/// The passphrase that opens the sealed keys, from its file; a trailing newline is not part of it.
///
/// # Errors
/// When the file cannot be read or is empty.
pub fn passphrase(path: &Path) -> Result<SecretString, ConfigError> {
    let text = read(path)?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    if text.is_empty() {
        return Err(ConfigError::Syntax {
            path: path.to_owned(),
            why: "the passphrase file is empty".to_owned(),
        });
    }
    Ok(SecretString::from(text))
}

/// The password for the mail server, from its file.
///
/// # Errors
/// When the file cannot be read or is empty.
pub fn mail_password(path: &Path) -> Result<SecretString, ConfigError> {
    passphrase(path)
}

/// The folder in which systemd hands over credentials to the service, if it was started so.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
pub fn credentials_directory() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from)
}

/// The file of settings that the environment names, if any.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
pub fn file_from_environment() -> Option<PathBuf> {
    std::env::var_os("NGUONGOC_CONFIG").map(PathBuf::from)
}

/// The folder of PostgreSQL's programs that the environment names (`PG_BIN`), if any; else they are on the path.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
pub fn postgres_programs_from_environment() -> Option<PathBuf> {
    std::env::var_os("PG_BIN").map(PathBuf::from)
}

/// The language that the environment asks the command line to speak (`NGUONGOC_LANG`), if any.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
pub fn lang_from_environment() -> Option<Lang> {
    std::env::var("NGUONGOC_LANG").ok().as_deref().and_then(Lang::from_code)
}

#[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
fn environment() -> Vec<(OsString, OsString)> {
    std::env::vars_os().collect()
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::File { path: path.to_owned(), source })
}
