//! Checking a code offline, with a key list and nothing else.
//!
//! The answer has separate axes: what the signature is, whether the list of keys is anchored in a root, how old that list is.
//! It says "issued by X for lot Y; a copy would look the same", never "genuine". Whether the lot is recalled, or the label
//! activated, only the registry knows.

use serde::{Serialize, Serializer};

use super::grammar::{Code, ProductKey};
use super::link::parse_link;
use super::malformed::Malformed;
use super::sign::message;
use crate::kernel::Moment;
use crate::keys::{Anchor, KeyList, KeyStatus, ListedKey, OpenedList};

/// What the signature of a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureState {
    /// A key of the list signed exactly this, for this host.
    Valid,
    /// The key that it names did not sign this; or what stands there is no signature.
    Invalid,
    /// The code is not signed.
    Absent,
    /// The list has no code key of that id for that host.
    UnknownKey,
    /// The signature is right, but its key fell into wrong hands: ask the registry.
    CompromisedKey,
}

impl SignatureState {
    /// Every state, for tests of the messages.
    pub const ALL: &[Self] =
        &[Self::Valid, Self::Invalid, Self::Absent, Self::UnknownKey, Self::CompromisedKey];

    /// The key of its sentence in `codes.ftl`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Valid => "codes-signature-valid",
            Self::Invalid => "codes-signature-invalid",
            Self::Absent => "codes-signature-absent",
            Self::UnknownKey => "codes-signature-unknown-key",
            Self::CompromisedKey => "codes-signature-compromised-key",
        }
    }
}

/// Why the question of the signature could not even be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is no code.
    Malformed(Malformed),
    /// It is a code of another host than the list's.
    OtherHost,
}

impl Fault {
    /// The stable word of the fault.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malformed(reason) => reason.word(),
            Self::OtherHost => "other_host",
        }
    }

    /// The key of its sentence in `codes.ftl`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Malformed(reason) => reason.key(),
            Self::OtherHost => "codes-other-host",
        }
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// How much the list of keys is worth at the moment of checking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Whether a root that the checker trusts signed the list.
    pub anchored: bool,
    /// The list's number.
    pub list_sequence: u64,
    /// Whole seconds since it was issued; negative when the checker's clock is behind.
    pub list_age_seconds: i64,
    /// Whether a newer list should have come by now.
    pub list_expired: bool,
}

impl Standing {
    /// The key of the sentence in `codes.ftl` that says where the list comes from, with `$sequence` and `$days`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        if self.anchored { "codes-list-anchored" } else { "codes-list-unanchored" }
    }

    /// The key of the warning for a list that should have been replaced.
    #[must_use]
    pub fn warning(self) -> Option<&'static str> {
        self.list_expired.then_some("codes-list-expired")
    }
}

/// The answer for one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// What the signature is.
    pub signature: SignatureState,
    /// Why it could not be checked, if so.
    pub fault: Option<Fault>,
    /// Who signed, if the signature is right: the host of the list.
    pub issuer: Option<String>,
    /// The GTIN, if the code names the product by one.
    pub gtin: Option<String>,
    /// The registry product number, if the code names the product by one.
    pub product_number: Option<String>,
    /// The lot code.
    pub lot: Option<String>,
    /// The serial of the pack.
    pub serial: Option<String>,
    /// The name of the key that the code names, if the list has it.
    pub key: Option<String>,
    /// Whether that key is active, retired or compromised.
    pub key_status: Option<&'static str>,
    /// How much the list is worth.
    #[serde(flatten)]
    pub standing: Standing,
}

impl Checked {
    /// Whether the signature is valid: the only answer with exit status 0.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.signature == SignatureState::Valid && self.fault.is_none()
    }

    /// The key of the one sentence that tells the answer, in `codes.ftl`.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.fault.map_or(self.signature.key(), Fault::key)
    }
}

/// A key list put to use. Public keys are unpacked once, and a check allocates nothing beyond the parsed code.
#[derive(Debug, Clone)]
pub struct Checker {
    list: KeyList,
    anchored: bool,
}

impl Checker {
    /// A checker over an opened list.
    #[must_use]
    pub fn new(opened: OpenedList) -> Self {
        let anchored = matches!(opened.anchor, Anchor::Anchored(_));
        Self { list: opened.list, anchored }
    }

    /// The list in use.
    #[must_use]
    pub fn list(&self) -> &KeyList {
        &self.list
    }

    /// How much the list is worth now.
    #[must_use]
    pub fn standing(&self, now: Moment) -> Standing {
        Standing {
            anchored: self.anchored,
            list_sequence: self.list.sequence(),
            list_age_seconds: self.list.age_seconds(now),
            list_expired: self.list.has_expired(now),
        }
    }

    /// What the signature of a parsed code is, and the key that it names. The host is the list's: a server never takes it
    /// from the request.
    #[must_use]
    pub fn signature(&self, code: &Code) -> (SignatureState, Option<&ListedKey>) {
        let Some(signature) = code.signature() else {
            return (SignatureState::Absent, None);
        };
        let Some(listed) = self.list.lookup(signature.key, self.list.host().as_str()) else {
            return (SignatureState::UnknownKey, None);
        };
        let message = message(self.list.host(), code.key_path());
        let state = match (listed.key().verify(message.as_bytes(), &signature.bytes), listed.status()) {
            (false, _) => SignatureState::Invalid,
            (true, KeyStatus::Compromised { .. }) => SignatureState::CompromisedKey,
            (true, KeyStatus::Active | KeyStatus::Retired) => SignatureState::Valid,
        };
        (state, Some(listed))
    }

    /// Checks a whole address.
    #[must_use]
    pub fn check(&self, address: &str, now: Moment) -> Checked {
        let mut checked = Checked {
            signature: if address.contains("/1/") { SignatureState::Invalid } else { SignatureState::Absent },
            fault: None,
            issuer: None,
            gtin: None,
            product_number: None,
            lot: None,
            serial: None,
            key: None,
            key_status: None,
            standing: self.standing(now),
        };
        let link = match parse_link(address) {
            Ok(link) => link,
            Err(reason) => {
                checked.fault = Some(Fault::Malformed(reason));
                return checked;
            }
        };
        match link.code.product() {
            ProductKey::Gtin(gtin) => checked.gtin = Some(gtin.as_str().to_owned()),
            ProductKey::Number(number) => checked.product_number = Some(number.as_str().to_owned()),
        }
        checked.lot = link.code.lot().map(|lot| lot.as_str().to_owned());
        checked.serial = link.code.serial().map(|serial| serial.as_str().to_owned());
        if !self.list.speaks_for(link.host) {
            checked.fault = Some(Fault::OtherHost);
            // No key of this list speaks for that host, whatever id stands in the code.
            let signed = link.code.signature().is_some();
            checked.signature = if signed { SignatureState::UnknownKey } else { SignatureState::Absent };
            return checked;
        }
        let (state, listed) = self.signature(&link.code);
        checked.signature = state;
        checked.key = listed.map(|listed| listed.key().name().to_string());
        checked.key_status = listed.map(|listed| listed.status().word());
        if matches!(state, SignatureState::Valid | SignatureState::CompromisedKey) {
            checked.issuer = Some(self.list.host().to_string());
        }
        checked
    }
}
