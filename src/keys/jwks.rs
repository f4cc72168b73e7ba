//! The public keys in the form that web libraries read: a JWK set (RFC 7517, RFC 8037).
//!
//! `kty` OKP, `crv` Ed25519, `kid` the key's name (of a further key of that name, with its id), and no `alg`: the registered names
//! of the algorithm have changed, and a reader that trusts `alg` can be misled by it. Compromised keys are left out.

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;

use super::list::{KeyList, KeyStatus, ListedKey};
use super::name::Role;
use super::vkey::VerifierKey;

/// One public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    kid: String,
    x: String,
}

impl Jwk {
    /// The JWK of a verifier key.
    #[must_use]
    pub fn of(key: &VerifierKey) -> Self {
        Self {
            kty: "OKP",
            crv: "Ed25519",
            usage: "sig",
            kid: key.name().to_string(),
            x: BASE64URL_NOPAD.encode(key.public()),
        }
    }
}

/// The document behind `/.well-known/jwks.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

impl JwkSet {
    /// The keys of a list for codes and the log that are active or retired, in the list's order.
    #[must_use]
    pub fn of(list: &KeyList) -> Self {
        let good = |status| !matches!(status, KeyStatus::Compromised { .. });
        let shown = list.keys().iter().filter(|key| key.role() != Role::Root && good(key.status()));
        let mut keys: Vec<Jwk> = Vec::new();
        for key in shown.map(ListedKey::key) {
            let mut jwk = Jwk::of(key);
            if keys.iter().any(|other| other.kid == jwk.kid) {
                jwk.kid = format!("{}+{}", key.name(), key.id());
            }
            keys.push(jwk);
        }
        Self { keys }
    }
}
