//! Identifiers of things in the registry: one type for each kind, so that a lot is never looked up by a party's id.
//!
//! What must stay true: an id says nothing and is never made here; the application makes version 7 UUIDs, in order of time.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::digest::Sha256Hash;
use super::problem::Problem;

/// Reads the hyphenated form only: other spellings of a UUID in a URL would give one thing several addresses.
fn parse(text: &str) -> Result<Uuid, Problem> {
    let text = text.trim();
    if text.len() == 36
        && let Ok(id) = Uuid::try_parse(text)
    {
        return Ok(id);
    }
    Err(Problem::new("id_malformed").value(text))
}

/// Makes a newtype over [`Uuid`] for each name given.
macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID that the application made or that a row holds.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID, for binding to a statement.
            #[must_use]
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = Problem;

            fn from_str(text: &str) -> Result<Self, Problem> {
                parse(text).map(Self)
            }
        }
    )*};
}

impl From<LotId> for ThingId {
    /// A registered lot is the thing of the same id.
    fn from(lot: LotId) -> Self {
        Self(lot.0)
    }
}

impl ThingId {
    /// The lot of the same id, if there is one.
    #[must_use]
    pub const fn as_lot(&self) -> LotId {
        LotId(self.0)
    }
}

impl SubstanceId {
    /// The id of the substance of this folded name: the same in every version of the list, whoever publishes it.
    #[must_use]
    pub fn of_name(folded: &str) -> Self {
        let hash = Sha256Hash::of(format!("nguongoc-substance/v1\n{folded}").as_bytes());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(hash.as_bytes()).for_each(|(byte, part)| *byte = *part);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

id! {
    /// A person who signs in.
    PersonId;
    /// An enterprise, co-operative, household, shop, laboratory or certifier in the registry.
    PartyId;
    /// A plot, packhouse, warehouse, stall or shop.
    PlaceId;
    /// A trade item of one party.
    ProductId;
    /// A quantity of one product with one history.
    LotId;
    /// An event in the journal.
    EventId;
    /// An API token.
    TokenId;
    /// A firm's application to be registered.
    ApplicationId;
    /// A permission of one party to record for another.
    MandateId;
    /// A stored file, such as a scanned document.
    FileId;
    /// A frozen list of the firms that the target counts.
    RosterId;
    /// A line of a roster.
    RosterEntryId;
    /// An entry of the log, from the moment it is pending.
    LogEntryId;
    /// A published list of signing keys.
    KeyListId;
    /// A picture of a product.
    PictureId;
    /// Whatever events speak of: a lot, a unit, a case, or something that the registry does not know.
    ThingId;
    /// A captured EPCIS document.
    CaptureId;
    /// A further link of a product.
    LinkId;
    /// What a shopper reported of a lot or a label.
    ReportId;
    /// An entry of the field book.
    ActivityId;
    /// A crop on a plot, from sowing to clearing.
    SeasonId;
    /// A version of a list that the authority keeps: substances, crops, bands.
    ListId;
    /// A plant-protection product, through all versions of the authority's list.
    SubstanceId;
    /// A template of field-book entries.
    TemplateId;
    /// A certificate.
    CertificateId;
    /// A laboratory's report on a sample.
    LabTestId;
    /// A recall or a drill.
    RecallId;
    /// A message to a party.
    MessageId;
    /// A run of unit codes.
    RunId;
}
