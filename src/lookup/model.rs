//! What is known of a lot when somebody looks it up, and the separate axes of the answer. There is never one "ok".

use super::papers::Papers;
use super::units::Unit;
use crate::codes::{CodeSignature, SignatureState};
use crate::fieldbook::Behind;
use crate::kernel::{
    Day, Gtin, LotCode, LotId, Moment, PartyId, ProductNumber, Quantity, ReportId, ShortCode,
};
use crate::products::Picture;
use crate::trace::{Gap, Origin, PublicParty};

/// Makes an enum with its stable words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable word, in snake case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

words! {
    /// The one line that a shopper reads first. Each beats those after it.
    Verdict {
        /// Called back: beats all.
        Recalled = "recalled",
        /// No code of this registry: the signature is wrong, or nothing was issued under it.
        NotIssuedByUs = "not_issued_by_us",
        /// Nothing is known under this code.
        Unknown = "unknown",
        /// The label was voided.
        Void = "void",
        /// The label was not activated.
        NotActivated = "not_activated",
        /// The use-by day is over.
        PastDate = "past_date",
        /// Stopped until something is cleared up.
        OnHold = "on_hold",
        /// The code was scanned unusually often.
        UnusualScans = "unusual_scans",
        /// Something that has to be told is missing.
        Incomplete = "incomplete",
        /// Everything that has to be told is there.
        InOrder = "in_order",
    }
}

words! {
    /// What the registry knows of the issue of the code.
    Issuance {
        /// Issued, and in the log.
        Logged = "logged",
        /// Issued, and being written into the log.
        Pending = "pending",
        /// Signed, but never issued: the work of a thief of the key.
        OutsideRun = "outside_run",
        /// No code was issued for the lot.
        None = "none",
    }
}

words! {
    /// Whether a unit's label was activated.
    Activation {
        /// Activated.
        Active = "active",
        /// Not activated.
        NotActivated = "not_activated",
        /// Voided.
        Void = "void",
        /// The code is a lot's own, which is not activated by piece.
        NotApplicable = "not_applicable",
    }
}

words! {
    /// Whether the lot may be sold.
    Recall {
        /// Nothing stands against it.
        None = "none",
        /// Stopped.
        OnHold = "on_hold",
        /// Called back.
        Recalled = "recalled",
    }
}

words! {
    /// What the scans look like.
    ScanPattern {
        /// As usual.
        Normal = "normal",
        /// Too often, or in too many places.
        Unusual = "unusual",
        /// Not counted.
        Unknown = "unknown",
    }
}

/// What the cache compares to know whether a kept answer still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The version of the lot.
    pub lot: i64,
    /// The version of its product.
    pub product: i64,
    /// The version of its party.
    pub party: i64,
    /// Whether the key of its code is compromised.
    pub key_compromised: bool,
}

/// A lot and what belongs to it.
#[derive(Clone, Debug)]
pub struct Lot {
    /// The lot.
    pub id: LotId,
    /// Its code.
    pub code: LotCode,
    /// Its short code.
    pub short_code: ShortCode,
    /// How much was declared.
    pub declared: Quantity,
    /// The day of the harvest.
    pub harvested_on: Day,
    /// The day of the packing.
    pub packed_on: Option<Day>,
    /// The last day on which it may be used.
    pub expires_on: Option<Day>,
    /// Why it is held, when it is.
    pub hold: Option<String>,
    /// Which rule a report of it breaches, while one does: then it is held too.
    pub breach: Option<String>,
    /// Why it was recalled, when it was.
    pub recall: Option<String>,
    /// A stopped lot that it was made of, while there is one.
    pub upstream: Option<Upstream>,
    /// Its product.
    pub product: Product,
    /// Whose lot it is.
    pub producer: Producer,
    /// The code that was issued for it.
    pub issued: Option<IssuedCode>,
    /// The versions that this was read at.
    pub stamp: Stamp,
}

/// A stopped lot that another was made of.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Its code.
    pub code: LotCode,
    /// Whether it was recalled; held else.
    pub recalled: bool,
    /// The authority's reason, or its party's.
    pub reason: Option<String>,
    /// Which rule a report of it breaches.
    pub breach: Option<String>,
}

/// The product of a lot.
#[derive(Clone, Debug)]
pub struct Product {
    /// The registry's number.
    pub number: ProductNumber,
    /// The GTIN, if it has one.
    pub gtin: Option<Gtin>,
    /// The group, by its code.
    pub group: String,
    /// The name.
    pub name: String,
    /// The English name.
    pub name_en: Option<String>,
    /// The brand.
    pub brand: Option<String>,
    /// Days that it keeps.
    pub shelf_life_days: Option<i64>,
    /// How to store it.
    pub storage: Option<String>,
    /// The standards applied.
    pub standards: Option<String>,
    /// What to beware of.
    pub safety_warning: Option<String>,
    /// What the package is made of.
    pub packaging: Option<String>,
    /// How to dispose of the package.
    pub disposal: Option<String>,
    /// The first picture.
    pub picture: Option<Picture>,
}

impl Product {
    /// The product's trace code: the GTIN, else the registry's number.
    #[must_use]
    pub fn code(&self) -> &str {
        self.gtin.as_ref().map_or(self.number.as_str(), |gtin| gtin.as_str())
    }
}

/// Whose lot it is.
#[derive(Clone, Debug)]
pub struct Producer {
    /// The party.
    pub id: PartyId,
    /// What may be told of it.
    pub party: PublicParty,
    /// Whether the registry holds a number that identifies it (tax number or GLN).
    pub identified: bool,
}

/// The code issued for a lot.
#[derive(Clone, Debug)]
pub struct IssuedCode {
    /// The signed path, from `01/` or `P/` on.
    pub path: String,
    /// The signature on the label.
    pub signature: CodeSignature,
    /// The host it was signed for.
    pub host: String,
    /// The name of the key.
    pub key: Option<String>,
    /// When it was issued.
    pub issued_at: Moment,
}

impl IssuedCode {
    /// The address on the label: capitals after the scheme, as the symbol holds it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("https://{}/1/{}/{}", self.host.to_ascii_uppercase(), self.signature, self.path)
    }
}

/// How the lot was asked for.
#[derive(Clone, Debug)]
pub enum Asked {
    /// By the short code that a person typed, or that an unsigned code leads to.
    Short,
    /// By a signed code.
    Signed {
        /// The raw path, in capitals, with its leading slash.
        path: String,
        /// What was signed.
        key_path: String,
        /// The serial, for a unit's label.
        serial: Option<String>,
        /// What its signature is.
        signature: SignatureState,
        /// The name of the key that it names.
        key: Option<String>,
    },
}

impl Asked {
    /// What the signature is.
    #[must_use]
    pub fn signature(&self) -> SignatureState {
        match self {
            Self::Short => SignatureState::Absent,
            Self::Signed { signature, .. } => *signature,
        }
    }
}

/// The axes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes {
    /// What the signature is.
    pub signature: SignatureState,
    /// What is known of the issue.
    pub issuance: Issuance,
    /// Whether the label is active.
    pub activation: Activation,
    /// Whether the lot may be sold.
    pub recall: Recall,
    /// What the scans look like.
    pub scan_pattern: ScanPattern,
}

/// How much of what has to be told is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completeness {
    /// Items that are there.
    pub have: usize,
    /// Items that have to be there.
    pub need: usize,
    /// The rule set, by its id; nothing when none was in force.
    pub rule_set: Option<&'static str>,
    /// Where the rules come from.
    pub source: &'static str,
    /// What is missing, by its stable word.
    pub missing: Vec<&'static str>,
}

impl Completeness {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}

/// The whole answer for a lot that exists.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How it was asked for.
    pub asked: Asked,
    /// The unit, when the code is of one.
    pub unit: Option<Unit>,
    /// The axes.
    pub axes: Axes,
    /// The line to read first.
    pub verdict: Verdict,
    /// How complete it is.
    pub completeness: Completeness,
    /// The lot.
    pub lot: Lot,
    /// Its history.
    pub origin: Origin,
    /// Its certificates and tests.
    pub papers: Papers,
    /// What was sprayed before its harvests.
    pub behind: Behind,
    /// What an inspector let pass of it, and of what it was made of.
    pub passed: Vec<Passed>,
    /// The number of the recall that it is in, where there is a public notice.
    pub notice: Option<String>,
    /// The day of the answer, in the legal zone.
    pub day: Day,
}

/// What an inspector let pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The lot.
    pub lot: LotCode,
    /// The stable word of the rule that it breaches; `made_of` for a lot that was made of a stopped one.
    pub rule: String,
    /// On which day.
    pub on: Day,
    /// Why.
    pub reason: String,
}

impl Answer {
    /// What is missing in the history.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        self.origin.gaps(self.lot.id, self.lot.packed_on.is_some())
    }

    /// Where the issue of the code stands in the log.
    #[must_use]
    pub fn issue_index(&self) -> Option<u64> {
        self.unit.map_or(self.origin.issue_logged_at, |unit| unit.log_index)
    }

    /// Where everything that it tells stands in the log, as far as it does.
    pub fn log_indices(&self) -> impl Iterator<Item = u64> {
        let stages = self.origin.stages.iter().filter_map(|stage| stage.log_index);
        stages.chain(self.issue_index()).chain(self.unit.iter().flat_map(Unit::log_indices))
    }

    /// Whether it tells of something that is recorded and not yet logged: the answer changes without a change of the lot.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.axes.issuance == Issuance::Pending
            || self.unit.is_some_and(|unit| unit.is_pending)
            || self.origin.stages.iter().any(|stage| stage.log_index.is_none())
    }
}

words! {
    /// What a report is about.
    About {
        /// The goods do not match the page.
        Mismatch = "mismatch",
        /// The label was torn off, stuck on again or copied.
        Label = "label",
        /// The goods are bad.
        Quality = "quality",
        /// Something else.
        Other = "other",
    }
}

impl About {
    /// Reads the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|about| about.as_str() == text)
    }

    /// The key of its words.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Mismatch => "lookup-about-mismatch",
            Self::Label => "lookup-about-label",
            Self::Quality => "lookup-about-quality",
            Self::Other => "lookup-about-other",
        }
    }
}

/// What a shopper reported, as an official reads it.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// What it is about.
    pub about: About,
    /// When it was sent.
    pub sent_at: Moment,
    /// The code of the lot, when it names one.
    pub lot: Option<LotCode>,
    /// The lot's short code.
    pub short_code: Option<String>,
    /// The name of its product.
    pub product: Option<String>,
    /// The words, until they are erased.
    pub text: Option<String>,
}
