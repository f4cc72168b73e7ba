//! Passwords as Argon2id hashes (RFC 9106), computed off the threads that answer requests.

use super::model::NewPassword;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::sync::LazyLock;

/// Why a hash could not be made: never because of what a person typed.
#[derive(Debug, thiserror::Error)]
#[error("a password could not be hashed")]
pub struct HashFailed;

/// Hashes a password with `salt`.
pub(super) async fn hash(password: &NewPassword, salt: [u8; 16]) -> Result<String, HashFailed> {
    let password = password.expose().to_owned();
    let hashed = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    hashed.await.map_err(|_| HashFailed)?.map_err(|_| HashFailed)
}

/// A hash of nothing in particular: checked when the account does not exist, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    Argon2::default()
        .hash_password_with_salt(b"nobody", b"nguongoc-nobody!")
        .map(|hash| hash.to_string())
        .unwrap_or_default()
});

/// Whether `typed` is the password behind `stored`; with no account it takes as long and says no.
pub(super) async fn matches(typed: &str, stored: Option<String>) -> bool {
    let typed = typed.to_owned();
    let checked = tokio::task::spawn_blocking(move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.clone());
        let Ok(hash) = PasswordHash::new(&stored) else { return false };
        Argon2::default().verify_password(typed.as_bytes(), &hash).is_ok() && known
    });
    checked.await.unwrap_or(false)
}
