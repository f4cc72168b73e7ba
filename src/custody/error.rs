//! Why a use case of the keys was refused.

use crate::keys::{ListError, SealError, SecretError};
use crate::store::StoreError;
use std::io;
use std::path::PathBuf;

/// Why a use case of the keys was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registry has no keys yet.
    #[error("this registry has no keys yet")]
    NotBegun,
    /// The registry has keys already.
    #[error("this registry has keys already")]
    AlreadyBegun,
    /// No key of this name or id.
    #[error("no such key: {0}")]
    NoSuchKey(String),
    /// Several keys have this name; the id tells them apart.
    #[error("several keys are named so: {0}")]
    Ambiguous(String),
    /// The root is not declared compromised by this door.
    #[error("a root is replaced by a list that the old root signs")]
    IsRoot,
    /// The key is compromised already.
    #[error("the key is compromised already: {0}")]
    AlreadyCompromised(String),
    /// The next quarter's key is there already.
    #[error("the next key is made already: {0}")]
    AlreadyMade(String),
    /// Only a key of the log is retired by hand.
    #[error("this key is none of the log: {0}")]
    NotOfLog(String),
    /// No other key of the log is published, which could sign in the place of this one.
    #[error("no other key of the log is published yet: {0}")]
    Alone(String),
    /// The list is not acceptable.
    #[error(transparent)]
    List(#[from] ListError),
    /// The list calls a key good that is known to be compromised.
    #[error("the list does not know that this key is compromised: {0}")]
    Forgets(String),
    /// The host that codes are signed for cannot stand in a key's name.
    #[error("codes cannot be signed for this host: {0}")]
    Host(String),
    /// A key file cannot be read or written.
    #[error("cannot use {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A key file may be read by others.
    #[error("others may read {path} (mode {mode:o})")]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A private key lies bare where it must be sealed.
    #[error("the private key in {0} is not sealed")]
    Bare(PathBuf),
    /// No passphrase was given for a sealed key.
    #[error("no passphrase for {0}")]
    NoPassphrase(PathBuf),
    /// The key of the registry's serials lies on another node: it must be copied here.
    #[error("the serial key of this registry is not in {0}: copy it from the node that made it")]
    NoSerialKey(PathBuf),
    /// The seal cannot be opened or made.
    #[error("{path}: {source}")]
    Seal {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SealError,
    },
    /// A fresh seed made no usable key: practically impossible.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A background task ended without an answer.
    #[error("a task ended without an answer")]
    Task(#[from] tokio::task::JoinError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
