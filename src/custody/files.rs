//! Private keys on the disk: sealed files of mode 0600, or credentials that the system hands over.
//!
//! What must stay true: a file that others may read is refused, not repaired; a new file is whole and on the disk before it has
//! its name; a bare private key is taken from the system's credentials only.

use super::error::Error;
use super::model::{StoredKey, key_file_name};
use crate::app::App;
use crate::config::{self, Config};
use crate::keys::{SecretKey, VerifierKey};
use data_encoding::BASE32_NOPAD;
use secrecy::{ExposeSecret, SecretString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The most work that opening a seal may ask for: sixteen times what we ask for ourselves.
const MOST_WORK: u8 = SecretKey::WORK_FACTOR + 4;
/// A sealed key has a few hundred bytes.
const LARGEST_FILE: u64 = 64 * 1024;
/// The credential that holds the passphrase, and the file of a trial's passphrase beside its keys.
pub const PASSPHRASE_FILE: &str = "passphrase";
/// Work factor for a passphrase of 160 random bits, which no amount of work makes better.
const TRIAL_WORK: u8 = 10;

/// How keys are sealed: with which passphrase and how much work.
#[derive(Clone, Debug)]
pub struct Seal {
    /// The passphrase.
    pub passphrase: SecretString,
    /// The binary logarithm of scrypt's rounds.
    pub work_factor: u8,
}

impl Seal {
    /// A seal in earnest.
    #[must_use]
    pub fn new(passphrase: SecretString) -> Self {
        Self { passphrase, work_factor: SecretKey::WORK_FACTOR }
    }
}

/// Where private keys and their passphrase are looked for.
#[derive(Clone, Debug)]
pub struct Opening {
    folder: PathBuf,
    credentials: Option<PathBuf>,
    passphrase_file: Option<PathBuf>,
    typed: Option<SecretString>,
}

impl Opening {
    /// The places that a service's settings name.
    #[must_use]
    pub fn of(app: &App) -> Self {
        Self { typed: app.keys.typed(), ..Self::configured(&app.config) }
    }

    /// The places that settings name, without a typed passphrase.
    #[must_use]
    pub fn configured(config: &Config) -> Self {
        Self {
            folder: folder(config),
            credentials: config::credentials_directory(),
            passphrase_file: config.passphrase_file.clone(),
            typed: None,
        }
    }

    /// The passphrase: from its file, else from the system's credential `passphrase`, else typed, else beside a trial's keys.
    ///
    /// # Errors
    /// When a file of it cannot be read or may be read by others.
    pub fn passphrase(&self) -> Result<Option<SecretString>, Error> {
        if let Some(path) = &self.passphrase_file {
            return read_passphrase(path, OWN).map(Some);
        }
        if let Some(path) = self.credentials.as_ref().map(|folder| folder.join(PASSPHRASE_FILE))
            && path.exists()
        {
            return read_passphrase(&path, SYSTEM).map(Some);
        }
        if let Some(typed) = &self.typed {
            return Ok(Some(typed.clone()));
        }
        let beside = self.folder.join(PASSPHRASE_FILE);
        if beside.exists() { read_passphrase(&beside, OWN).map(Some) } else { Ok(None) }
    }

    /// Whether a sealed key lies here and nothing says what opens it, so that somebody has to type it.
    ///
    /// # Errors
    /// When a file of the passphrase cannot be read or may be read by others.
    pub fn needs_typing(&self) -> Result<bool, Error> {
        let mut files = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let any = files.any(|file| file.path().extension().is_some_and(|extension| extension == "key"));
        Ok(any && self.passphrase()?.is_none())
    }

    /// Whether a private key lies here, sealed or not.
    #[must_use]
    pub fn has(&self, key: &StoredKey) -> bool {
        self.places(key).iter().any(|(path, _)| path.exists())
    }

    fn places(&self, key: &StoredKey) -> Vec<(PathBuf, bool)> {
        let name = key_file_name(key.verifier.name(), &key.verifier);
        let credential = self.credentials.as_ref().map(|folder| (folder.join(&name), true));
        credential.into_iter().chain([(self.folder.join(&name), false)]).collect()
    }

    /// The private half of a stored key, if it lies here. Takes about a second: call it off the threads of requests.
    ///
    /// # Errors
    /// When its file may be read by others, is bare, damaged, of another key, or its passphrase is wrong or absent.
    pub fn open(&self, key: &StoredKey) -> Result<Option<SecretKey>, Error> {
        let Some((path, lent)) = self.places(key).into_iter().find(|(path, _)| path.exists()) else {
            return Ok(None);
        };
        let secret = if lent {
            open_file(&path, SYSTEM, true, || self.passphrase())?
        } else {
            open_file(&path, OWN, false, || self.passphrase())?
        };
        if secret.verifier() == &key.verifier {
            Ok(Some(secret))
        } else {
            Err(Error::Seal { path, source: crate::keys::SealError::Damaged })
        }
    }
}

/// The bits of a mode that a file of ours must not have, and one that the system lends (it may show its group).
const OWN: u32 = 0o077;
const SYSTEM: u32 = 0o007;

/// The folder of a service's sealed keys.
#[must_use]
pub fn folder(config: &Config) -> PathBuf {
    config.data.join("keys")
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { path, source }
}

fn read(path: &Path, forbidden: u32) -> Result<Zeroizing<Vec<u8>>, Error> {
    let file = File::open(path).map_err(at(path))?;
    let mode = file.metadata().map_err(at(path))?.permissions().mode() & 0o7777;
    if mode & forbidden != 0 {
        return Err(Error::Readable { path: path.to_owned(), mode });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(LARGEST_FILE).read_to_end(&mut bytes).map_err(at(path))?;
    Ok(bytes)
}

fn read_passphrase(path: &Path, forbidden: u32) -> Result<SecretString, Error> {
    let bytes = read(path, forbidden)?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() { Err(Error::NoPassphrase(path.to_owned())) } else { Ok(SecretString::from(line)) }
}

/// The passphrase in a file that nobody else may read: its first line.
///
/// # Errors
/// When others may read it, or it is empty.
pub fn passphrase_in(path: &Path) -> Result<SecretString, Error> {
    read_passphrase(path, OWN)
}

fn open_file(
    path: &Path,
    forbidden: u32,
    may_be_bare: bool,
    passphrase: impl FnOnce() -> Result<Option<SecretString>, Error>,
) -> Result<SecretKey, Error> {
    let bytes = read(path, forbidden)?;
    if SecretKey::is_sealed(&bytes) {
        let passphrase = passphrase()?.ok_or_else(|| Error::NoPassphrase(path.to_owned()))?;
        return SecretKey::unseal(&bytes, &passphrase, MOST_WORK)
            .map_err(|source| Error::Seal { path: path.to_owned(), source });
    }
    if !may_be_bare {
        return Err(Error::Bare(path.to_owned()));
    }
    Ok(SecretKey::parse(std::str::from_utf8(&bytes).unwrap_or_default())?)
}

/// Seals a private key into a file of the folder, which is made when absent.
///
/// # Errors
/// When the folder or the file cannot be written, or a file of that name is there.
pub(super) fn write_sealed(folder: &Path, key: &SecretKey, seal: &Seal) -> Result<PathBuf, Error> {
    let verifier = key.verifier();
    let path = folder.join(key_file_name(verifier.name(), verifier));
    let sealed = key
        .seal(&seal.passphrase, seal.work_factor)
        .map_err(|source| Error::Seal { path: path.clone(), source })?;
    make_folder(folder)?;
    write_new(&path, &sealed, 0o600)?;
    Ok(path)
}

fn make_folder(folder: &Path) -> Result<(), Error> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))
}

/// Writes a file that must not exist yet; it is on the disk, with its name, when this returns.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(at(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(at(path))?;
    let folder = path.parent().unwrap_or(path);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// Seals a root key into a folder, with its verifier key in the clear beside it: the two paths.
///
/// # Errors
/// As for every key file.
pub fn write_root(folder: &Path, key: &SecretKey, seal: &Seal) -> Result<(PathBuf, PathBuf), Error> {
    let sealed = write_sealed(folder, key, seal)?;
    let public = sealed.with_extension("vkey");
    write_new(&public, format!("{}\n", key.verifier()).as_bytes(), 0o644)?;
    Ok((sealed, public))
}

/// Opens the file of a root key on the machine that signs lists.
///
/// # Errors
/// When it may be read by others, is bare or damaged, or the passphrase is wrong or absent.
pub fn read_root(path: &Path, passphrase: Option<SecretString>) -> Result<SecretKey, Error> {
    open_file(path, OWN, false, || Ok(passphrase))
}

/// The root that a trial keeps beside its other keys, if this registry is such a trial.
///
/// # Errors
/// As for every key file.
pub(super) fn kept_root(opening: &Opening, roots: &[VerifierKey]) -> Result<Option<SecretKey>, Error> {
    for root in roots {
        let path = opening.folder.join(key_file_name(root.name(), root));
        if path.exists() {
            return open_file(&path, OWN, false, || opening.passphrase()).map(Some);
        }
    }
    Ok(None)
}

/// The seal of a trial: a random passphrase in a file beside the keys, made when absent. It keeps nobody out who can read the
/// folder; it keeps the keys out of copies of single files.
///
/// # Errors
/// When the file cannot be written or read.
pub fn trial_passphrase(app: &App) -> Result<Seal, Error> {
    let folder = folder(&app.config);
    let path = folder.join(PASSPHRASE_FILE);
    if !path.exists() {
        make_folder(&folder)?;
        let made = SecretString::from(BASE32_NOPAD.encode(&app.secret()));
        write_new(&path, made.expose_secret().as_bytes(), 0o600)?;
    }
    Ok(Seal { passphrase: read_passphrase(&path, OWN)?, work_factor: TRIAL_WORK })
}

/// Reads a secret that is no signing key; one that the system lends may show its group.
///
/// # Errors
/// When others may read it.
pub(super) fn read_secret(path: &Path, lent: bool) -> Result<Zeroizing<Vec<u8>>, Error> {
    read(path, if lent { SYSTEM } else { OWN })
}

/// Writes a secret that is no signing key into a new file of the folder of keys.
///
/// # Errors
/// When it cannot be written, or is there.
pub(super) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    write_new(path, bytes, 0o600)
}
