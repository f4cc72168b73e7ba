//! The first keys of a registry.

use super::{host, import_list, made, sign_list, tell, unsigned_list};
use crate::app::App;
use crate::custody::error::Error;
use crate::custody::files::{Seal, folder, write_root, write_sealed};
use crate::custody::model::{NewKey, code_term, quarter_of};
use crate::custody::store;
use crate::kernel::PersonId;
use crate::keys::{Host, KeyName, KeyStatus, Role, SecretKey, VerifierKey};
use crate::log::{Kind, Subject};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where the root of a new registry comes from.
#[derive(Debug)]
pub enum Root<'a> {
    /// Made on another machine; only its public half is known here. The first list has still to be signed there.
    Elsewhere(&'a VerifierKey),
    /// Made now and written to a folder that leaves this machine; it signs the first list before it is forgotten.
    Out(&'a Path, &'a Seal),
    /// Kept beside the other keys: for demonstrations and trials only.
    Kept,
}

/// The first keys.
#[derive(Debug)]
pub struct Begun {
    /// The root's public half: what people pin.
    pub root: VerifierKey,
    /// The file of its private half, when it was made here.
    pub root_file: Option<PathBuf>,
    /// The public halves of the code key and the log key.
    pub keys: Vec<VerifierKey>,
    /// The number of the first list, when it could be signed.
    pub sequence: Option<u64>,
}

/// A fresh root key for a host, on any machine.
///
/// # Errors
/// When the seed makes no key, which does not happen.
pub fn make_root(host: &Host, seed: [u8; 32]) -> Result<SecretKey, Error> {
    Ok(SecretKey::from_seed(KeyName::root(host), Zeroizing::new(seed))?)
}

/// Makes the first keys: a root if it is not made elsewhere, this quarter's code key, a log key; and the first list.
///
/// # Errors
/// [`Error::AlreadyBegun`]; a key file that cannot be written.
pub async fn begin(app: &App, by: Option<PersonId>, root: Root<'_>, seal: &Seal) -> Result<Begun, Error> {
    if app.store.glance(store::mark).await?.keys > 0 {
        return Err(Error::AlreadyBegun);
    }
    let host = host(app)?;
    let now = app.clock.now();
    let quarter = quarter_of(now).map_err(|_| Error::Host(host.to_string()))?;
    let make = |name| SecretKey::from_seed(name, Zeroizing::new(app.secret()));
    let code = make(KeyName::code(&host, quarter))?;
    let log = make(KeyName::log(&host))?;
    let folder = folder(&app.config);
    let (root_key, root_file) = match root {
        Root::Elsewhere(_) => (None, None),
        Root::Out(out, root_seal) => {
            let key = make_root(&host, app.secret())?;
            let (file, _) = write_root(out, &key, root_seal)?;
            (Some(key), Some(file))
        }
        Root::Kept => {
            let key = make_root(&host, app.secret())?;
            let (file, _) = write_root(&folder, &key, seal)?;
            (Some(key), Some(file))
        }
    };
    let verifier = match (root, &root_key) {
        (Root::Elsewhere(verifier), _) => verifier.clone(),
        (_, Some(key)) => key.verifier().clone(),
        (_, None) => return Err(Error::NotBegun),
    };
    for key in [&code, &log] {
        write_sealed(&folder, key, seal)?;
    }
    let (_, until) = code_term(quarter);
    let keys = vec![code.verifier().clone(), log.verifier().clone()];
    let entered = [
        NewKey { verifier: code.verifier().clone(), from: now, until: Some(until) },
        NewKey { verifier: log.verifier().clone(), from: now, until: None },
    ];
    enter(app, by, &verifier, &entered).await?;
    let mut sequence = None;
    if let Some(root) = &root_key {
        let note = sign_list(&unsigned_list(app, None).await?.to_string(), root)?;
        sequence = Some(import_list(app, by, &note).await?);
    }
    Ok(Begun { root: verifier, root_file, keys, sequence })
}

/// Enters the first keys into the registry and pins their root; their private halves lie where they lie.
///
/// # Errors
/// [`Error::AlreadyBegun`]; a key of another host or of none of our roles.
pub async fn enter(
    app: &App,
    by: Option<PersonId>,
    root: &VerifierKey,
    keys: &[NewKey],
) -> Result<(), Error> {
    let host = host(app)?;
    let now = app.clock.now();
    let role_of = |key: &VerifierKey| {
        let ours = key.name().host() == host.as_str();
        let role = key.name().role().filter(|_| ours);
        role.ok_or_else(|| crate::keys::ListError::Misplaced(key.name().as_str().into()))
    };
    if role_of(root)? != Role::Root {
        return Err(crate::keys::ListError::Misplaced(root.name().as_str().into()).into());
    }
    let root = NewKey { verifier: root.clone(), from: now, until: None };
    app.store
        .write(async |tx| {
            if store::mark(tx).await?.keys > 0 {
                return Err(Error::AlreadyBegun);
            }
            for key in std::iter::once(&root).chain(keys) {
                let role = role_of(&key.verifier)?;
                store::insert_key(tx, key, role, KeyStatus::Active, now).await?;
                let subject = Subject::Key(key.verifier.name().to_string());
                tell(tx, app, (by, now), Kind::KeyMade, subject, made(key, role)).await?;
            }
            Ok(())
        })
        .await
}
