//! The key that scatters serials: one for a registry, shared by all its nodes and kept for ever, since a reprint and every look-up of
//! a unit code need it.
//!
//! What must stay true: it lies in a file of mode 0600 beside the sealed keys, never in the database; the database holds its
//! fingerprint, so that a node with another key, or none, gives no serials and says why instead of giving them twice. Whoever has it
//! can tell how many labels of a product there are, and sign nothing.

use super::error::Error;
use super::files::{self, folder};
use super::store;
use crate::app::App;
use crate::config::credentials_directory;
use crate::kernel::Sha256Hash;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The file of the key: in the folder of keys, or among the system's credentials.
pub const SERIAL_KEY_FILE: &str = "serials.key";

/// The key of this registry's serials, if it has one already.
///
/// # Errors
/// As [`serial_key`].
pub async fn known_serial_key(app: &App) -> Result<Option<Zeroizing<[u8; 32]>>, Error> {
    match app.store.glance(store::serial_fingerprint).await? {
        Some(_) => serial_key(app).await.map(Some),
        None => Ok(None),
    }
}

/// The key of this registry's serials; made when the registry has none yet.
///
/// # Errors
/// [`Error::NoSerialKey`] when another node made the registry's key and it does not lie here.
pub async fn serial_key(app: &App) -> Result<Zeroizing<[u8; 32]>, Error> {
    let known = app.store.glance(store::serial_fingerprint).await?;
    let lent =
        credentials_directory().map(|folder| folder.join(SERIAL_KEY_FILE)).filter(|path| path.exists());
    let path = folder(&app.config).join(SERIAL_KEY_FILE);
    let key = match lent {
        Some(lent) => read(&files::read_secret(&lent, true)?),
        None if path.exists() => read(&files::read_secret(&path, false)?),
        None if known.is_some() => return Err(Error::NoSerialKey(path)),
        None => {
            let made = Zeroizing::new(app.secret());
            files::write_secret(&path, BASE32_NOPAD.encode(&*made).as_bytes())?;
            Some(made)
        }
    };
    let key = key.ok_or_else(|| Error::NoSerialKey(path.clone()))?;
    let own = fingerprint(&key);
    let kept = if let Some(known) = known {
        known
    } else {
        let now = app.clock.now();
        app.store.write(async |tx| store::keep_serial_fingerprint(tx, &own, now).await).await?
    };
    if kept == own { Ok(key) } else { Err(Error::NoSerialKey(path)) }
}

fn read(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let line = text.split(u8::is_ascii_whitespace).next()?;
    let bytes = Zeroizing::new(BASE32_NOPAD.decode(line).ok()?);
    Some(Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?))
}

fn fingerprint(key: &[u8; 32]) -> Sha256Hash {
    let hash = Sha256::new().chain_update("nguongoc-serial-key/v1\n").chain_update(key).finalize();
    Sha256Hash::from_bytes(hash.into())
}
