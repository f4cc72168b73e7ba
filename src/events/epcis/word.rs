//! The words of the Core Business Vocabulary 2.0: three spellings, one word.
//!
//! `shipping`, `https://ref.gs1.org/cbv/BizStep-shipping` and `urn:epcglobal:cbv:bizstep:shipping` are the same; inside it is
//! always the first. What must stay true: a word that the vocabulary does not have is refused, and what is not of the
//! vocabulary is a URI.

use std::borrow::Cow;

use super::names::Namespaces;
use super::syntax;
use crate::kernel::Problem;

/// A value of a vocabulary: a bare word of GS1's, or a URI of somebody else's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Value);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Value {
    Bare(Cow<'static, str>),
    Uri(String),
}

impl Word {
    /// A word of GS1's that the code names.
    #[must_use]
    pub const fn cbv(word: &'static str) -> Self {
        Self(Value::Bare(Cow::Borrowed(word)))
    }

    /// A word of somebody else's, by its URI.
    #[must_use]
    pub fn own(uri: impl Into<String>) -> Self {
        Self(Value::Uri(uri.into()))
    }

    /// The bare word, where it is one of GS1's.
    #[must_use]
    pub fn bare(&self) -> Option<&str> {
        match &self.0 {
            Value::Bare(word) => Some(word),
            Value::Uri(_) => None,
        }
    }

    /// The word as it stands in events: bare where it is one of GS1's, else the URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Value::Bare(word) => word,
            Value::Uri(uri) => uri,
        }
    }

    /// The full URI; that of a bare word depends on the vocabulary that it is read in.
    ///
    /// ```
    /// use nguongoc::events::epcis::{Vocabulary, Word};
    /// let uri = Word::cbv("in_transit").uri(Vocabulary::Disposition);
    /// assert_eq!(uri, "https://ref.gs1.org/cbv/Disp-in_transit");
    /// ```
    #[must_use]
    pub fn uri(&self, vocabulary: Vocabulary) -> String {
        match &self.0 {
            Value::Bare(word) => format!("{}{word}", vocabulary.web()),
            Value::Uri(uri) => uri.clone(),
        }
    }

    /// Reads a word in any spelling.
    ///
    /// # Errors
    /// `epcis_word_unknown`, `epcis_uri_malformed`, `text_too_long`.
    pub fn read(text: &str, vocabulary: Vocabulary, namespaces: &Namespaces) -> Result<Self, Problem> {
        let uri = if text.contains(':') { namespaces.expand(text) } else { Cow::Borrowed(text) };
        let bare = if uri.contains(':') { vocabulary.strip(&uri) } else { Some(uri.as_ref()) };
        let Some(bare) = bare else {
            syntax::uri(&uri)?;
            return Ok(Self(Value::Uri(uri.into_owned())));
        };
        vocabulary.words().find(|word| *word == bare).map(Self::cbv).ok_or_else(|| {
            let nearest = syntax::nearest(bare, vocabulary.words());
            Problem::new("epcis_word_unknown").value(text).arg("nearest", nearest)
        })
    }
}

/// A list of GS1's words for one member of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// Business steps (CBV 2.0 §7.1).
    BizStep,
    /// Dispositions (§7.2).
    Disposition,
    /// Kinds of business transactions (§7.3).
    BizTransactionType,
    /// Kinds of sources and destinations (§7.4).
    SourceDestinationType,
    /// Reasons of error declarations (§7.5).
    ErrorReason,
    /// Components of a measured vector (§7.6).
    Component,
    /// What sensors measure (§7.7).
    Measurement,
    /// What sensors alert to (§7.8).
    Alert,
}

impl Vocabulary {
    /// How URIs of its words begin today.
    const fn web(self) -> &'static str {
        match self {
            Self::BizStep => "https://ref.gs1.org/cbv/BizStep-",
            Self::Disposition => "https://ref.gs1.org/cbv/Disp-",
            Self::BizTransactionType => "https://ref.gs1.org/cbv/BTT-",
            Self::SourceDestinationType => "https://ref.gs1.org/cbv/SDT-",
            Self::ErrorReason => "https://ref.gs1.org/cbv/ER-",
            Self::Component => "https://ref.gs1.org/cbv/Comp-",
            Self::Measurement | Self::Alert => "https://gs1.org/voc/",
        }
    }

    /// How they began until EPCIS 1.2.
    const fn urn(self) -> Option<&'static str> {
        match self {
            Self::BizStep => Some("urn:epcglobal:cbv:bizstep:"),
            Self::Disposition => Some("urn:epcglobal:cbv:disp:"),
            Self::BizTransactionType => Some("urn:epcglobal:cbv:btt:"),
            Self::SourceDestinationType => Some("urn:epcglobal:cbv:sdt:"),
            Self::ErrorReason => Some("urn:epcglobal:cbv:er:"),
            Self::Component | Self::Measurement | Self::Alert => None,
        }
    }

    /// An old URN of a word in its spelling of today.
    pub(super) fn written_out(uri: &str) -> Option<String> {
        let lists = [
            Self::BizStep,
            Self::Disposition,
            Self::BizTransactionType,
            Self::SourceDestinationType,
            Self::ErrorReason,
        ];
        lists.into_iter().find_map(|list| Some(format!("{}{}", list.web(), uri.strip_prefix(list.urn()?)?)))
    }

    /// What follows GS1's own prefix; for a URI of GS1's vocabulary that is not of this list, the whole of it, which is no word.
    fn strip(self, uri: &str) -> Option<&str> {
        let known = uri.strip_prefix(self.web()).or_else(|| uri.strip_prefix(self.urn()?));
        // GS1's schema lets nobody coin words under these names.
        let theirs: &[&str] = match self {
            Self::Measurement | Self::Alert => &[
                "https://gs1.org/voc/",
                "http://gs1.org/voc/",
                "https://www.gs1.org/voc/",
                "http://www.gs1.org/voc/",
            ],
            _ => &[
                "urn:epcglobal:cbv",
                "https://ref.gs1.org/cbv/",
                "http://ref.gs1.org/cbv/",
                "https://ns.gs1.org/cbv/",
                "http://ns.gs1.org/cbv/",
            ],
        };
        known.or_else(|| theirs.iter().any(|theirs| uri.starts_with(theirs)).then_some(uri))
    }

    /// Its words.
    pub(super) fn words(self) -> impl Iterator<Item = &'static str> {
        let words = match self {
            Self::BizStep => BIZ_STEPS,
            Self::Disposition => DISPOSITIONS,
            Self::BizTransactionType => BIZ_TRANSACTION_TYPES,
            Self::SourceDestinationType => "owning_party possessing_party location",
            Self::ErrorReason => "did_not_occur incorrect_data",
            Self::Component => COMPONENTS,
            Self::Measurement => MEASUREMENTS,
            Self::Alert => "ALARM_CONDITION ERROR_CONDITION",
        };
        words.split_ascii_whitespace()
    }
}

const BIZ_STEPS: &str = "accepting arriving assembling collecting commissioning consigning creating_class_instance
    cycle_counting decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
    installing killing loading other packing picking receiving removing repackaging repairing replacing reserving retail_selling
    sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting unloading unpacking
    void_shipping";

const DISPOSITIONS: &str = "active available completeness_inferred completeness_verified conformant container_closed
    container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class
    mismatch_instance mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other
    partially_dispensed recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable
    unknown";

const BIZ_TRANSACTION_TYPES: &str =
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt";

const COMPONENTS: &str =
    "x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing
    latitude longitude altitude";

const MEASUREMENTS: &str = "AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance Conductance
    Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity ElectricCharge ElectricCurrent
    ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency Illuminance Inductance Irradiance
    KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity MagneticFlux MagneticFluxDensity
    MagneticVectorPotential Mass MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy
    MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity
    SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate
    VolumeFraction VolumetricFlux Wavenumber";
