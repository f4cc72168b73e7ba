//! A party of the registry, and what others may see of it.
//!
//! What must stay true: a personal tax number is not in here; a party that is a person's household shows name, commune and
//! address to the public only while its consent stands.

use crate::kernel::{CommuneCode, Gln, Moment, PartyId, Problem, ProvinceCode, Sha256Hash, TaxNumber};
use crate::words::Words;
use serde::{Serialize, Serializer};

/// What a party does in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A farming household.
    Household,
    /// A co-operative.
    Cooperative,
    /// A company that grows or raises.
    Company,
    /// A processor or packer.
    Processor,
    /// A trader or distributor.
    Trader,
    /// A shop.
    Shop,
    /// A market.
    Market,
    /// A laboratory.
    Laboratory,
    /// A body that certifies.
    Certifier,
    /// An authority that records as a party, such as a state farm's department; never by application.
    Authority,
}

impl Kind {
    /// The kinds that may apply.
    pub const APPLICANTS: [Self; 9] = [
        Self::Household,
        Self::Cooperative,
        Self::Company,
        Self::Processor,
        Self::Trader,
        Self::Shop,
        Self::Market,
        Self::Laboratory,
        Self::Certifier,
    ];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Cooperative => "cooperative",
            Self::Company => "company",
            Self::Processor => "processor",
            Self::Trader => "trader",
            Self::Shop => "shop",
            Self::Market => "market",
            Self::Laboratory => "laboratory",
            Self::Certifier => "certifier",
            Self::Authority => "authority",
        }
    }

    /// The kind with this name.
    ///
    /// # Errors
    /// `party_kind_unknown`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let known = Self::APPLICANTS.into_iter().chain([Self::Authority]);
        known
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Problem::new("party_kind_unknown").value(text))
    }

    /// The key of the kind's word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Household => "parties-kind-household",
            Self::Cooperative => "parties-kind-cooperative",
            Self::Company => "parties-kind-company",
            Self::Processor => "parties-kind-processor",
            Self::Trader => "parties-kind-trader",
            Self::Shop => "parties-kind-shop",
            Self::Market => "parties-kind-market",
            Self::Laboratory => "parties-kind-laboratory",
            Self::Certifier => "parties-kind-certifier",
            Self::Authority => "parties-kind-authority",
        }
    }

    /// Whether a party of this kind may have a person's id as its tax number.
    #[must_use]
    pub const fn may_be_a_person(self) -> bool {
        matches!(self, Self::Household | Self::Processor | Self::Trader | Self::Shop)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Where a party stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Its application waits for a decision.
    Applied,
    /// In the registry.
    Approved,
    /// Its application was refused.
    Refused,
    /// In the registry, and may not record for now.
    Suspended,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Applied, Self::Approved, Self::Refused, Self::Suspended];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Suspended => "suspended",
        }
    }

    /// The status with this name.
    ///
    /// # Errors
    /// `party_status_unknown`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| Problem::new("party_status_unknown").value(text))
    }

    /// The key of the status's word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Applied => "parties-status-applied",
            Self::Approved => "parties-status-approved",
            Self::Refused => "parties-status-refused",
            Self::Suspended => "parties-status-suspended",
        }
    }
}

/// What a party's row says of its tax number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tax {
    /// It has none.
    None,
    /// A number of 10 or 10-3 digits.
    Public(TaxNumber),
    /// A person's id: the number itself lies in the private table.
    Personal,
}

/// The hash by which tax numbers are compared: SHA-256("nguongoc-tax/v1\n" ‖ canonical number).
#[must_use]
pub fn tax_match(number: &TaxNumber) -> Sha256Hash {
    Sha256Hash::of(format!("nguongoc-tax/v1\n{}", number.as_str()).as_bytes())
}

/// A party, as the authority and its own people see it.
#[derive(Clone, Debug)]
pub struct Party {
    /// The id.
    pub id: PartyId,
    /// What it does.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its tax number, unless that is personal.
    pub tax: Tax,
    /// Its commune.
    pub commune: CommuneCode,
    /// Its address as written at registration.
    pub address: String,
    /// Its Global Location Number.
    pub gln: Option<Gln>,
    /// Where it stands.
    pub status: Status,
    /// Why it was suspended or reinstated last.
    pub status_reason: Option<String>,
    /// Whether its people agreed that name and place are published; meaningless where nobody has to be asked.
    pub consent: bool,
    /// When that was said last.
    pub consent_at: Option<Moment>,
    /// When it applied or was registered.
    pub applied_at: Moment,
    /// When it was approved.
    pub approved_at: Option<Moment>,
    /// Raised by every change of what others see of it.
    pub version: i64,
}

impl Party {
    /// Whether name and place are a person's data: published only with consent, and never in the log.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.kind == Kind::Household || self.tax == Tax::Personal
    }

    /// Whether it may record now.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Status::Approved
    }

    /// What the public sees of it.
    #[must_use]
    pub fn view(&self) -> PartyView {
        let published = !self.is_personal() || self.consent;
        PartyView {
            id: self.id,
            kind: self.kind,
            name: published.then(|| self.name.clone()),
            commune: published.then_some(self.commune),
            province: self.commune.commune().province,
            address: published.then(|| self.address.clone()),
            gln: self.gln.clone().filter(|_| published),
            published,
        }
    }
}

/// What the public sees of a party: a household without consent shows its province and nothing nearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyView {
    /// The id.
    pub id: PartyId,
    /// What it does.
    pub kind: Kind,
    /// Its name, where published.
    pub name: Option<String>,
    /// Its commune, where published.
    pub commune: Option<CommuneCode>,
    /// Its province.
    pub province: ProvinceCode,
    /// Its address as written, where published.
    pub address: Option<String>,
    /// Its Global Location Number, where published.
    pub gln: Option<Gln>,
    /// Whether name and place are published.
    pub published: bool,
}

impl PartyView {
    /// The name, or the words for a household that is not published.
    #[must_use]
    pub fn shown_name(&self, words: &Words) -> String {
        match (&self.name, self.kind) {
            (Some(name), _) => name.clone(),
            (None, Kind::Household) => words.say("parties-unpublished-household").into_owned(),
            (None, _) => words.say("parties-unpublished-business").into_owned(),
        }
    }

    /// The address with commune and province, or the province alone.
    #[must_use]
    pub fn shown_place(&self) -> String {
        match (&self.address, self.commune) {
            (Some(address), Some(commune)) => format!("{address}, {}", commune.commune()),
            _ => self.province.province().to_string(),
        }
    }
}

/// What a list of parties is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A part of the folded name; empty for all.
    pub name: String,
    /// The commune.
    pub commune: Option<CommuneCode>,
    /// The kind.
    pub kind: Option<Kind>,
    /// The status.
    pub status: Option<Status>,
}
