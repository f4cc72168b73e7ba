//! The answer as programs read it: separate axes, words in snake case, times in RFC 3339, quantities with their unit.

use super::ask::Refusal;
use super::model::{Activation, Answer, Asked, Issuance, IssuedCode, Verdict};
use super::papers::ShownCertificate;
use super::passed::{self, PassedShown};
use super::service::Error;
use super::sprays::{self, SprayShown};
use super::units::Unit;
use crate::codes::SignatureState;
use crate::evidence::{Judged, LabTest};
use crate::kernel::{CommuneCode, Day, Gtin, Moment, ProvinceCode, Quantity};
use crate::log::Proved;
use crate::products::Picture;
use crate::trace::{Gap, PublicParty, Stage};
use crate::web;
use actix_web::http::StatusCode;
use data_encoding::BASE64;
use serde::Serialize;
use std::collections::HashMap;

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Unknown | Error::NoLot(_) => Self::new(StatusCode::NOT_FOUND, "code_unknown"),
            Error::Serials(error) => error.into(),
            Error::Invalid(problems) => problems.into(),
            Error::Store(error) => error.into(),
        }
    }
}

/// What a refused code is told as: an error with the axis of the signature. `reason` is the sentence that says what is wrong.
#[must_use]
pub fn refused(refusal: &Refusal, reason: &str) -> web::Error {
    let code = match refusal {
        Refusal::Malformed { .. } | Refusal::Identifier(_) => "code_malformed",
        Refusal::ShortCode(_) => "short_code_malformed",
        Refusal::Signature => "signature_invalid",
        Refusal::UnknownKey => "key_unknown",
        Refusal::OtherHost => "other_registry",
        Refusal::Empty => "code_missing",
    };
    let error = web::Error::bad_request(code)
        .arg("reason", reason)
        .member("signature", signature_word(refusal.signature()))
        .member("verdict", Verdict::NotIssuedByUs.as_str());
    match refusal {
        Refusal::Malformed { reason, .. } => error.member("reason", reason.word()),
        Refusal::Identifier(problem) => error.member("reason", problem.code),
        _ => error,
    }
}

/// What a code under which nothing is known is told as.
#[must_use]
pub fn unknown(signature: SignatureState) -> web::Error {
    web::Error::from(Error::Unknown)
        .member("signature", signature_word(signature))
        .member("verdict", Verdict::Unknown.as_str())
}

/// What is told to somebody who asks for a link of a type that there is none of.
#[must_use]
pub fn no_such_link() -> web::Error {
    web::Error::new(StatusCode::NOT_FOUND, "link_type_absent")
}

/// What a label that stands on no lot is told as: the axes without a lot, and the proofs of what the log tells of it.
#[must_use]
pub fn no_lot(unit: &Unit, signature: SignatureState, proofs: &Proofs) -> serde_json::Value {
    let (logged, acts) = (LoggedShown::of(unit.log_index, proofs), ActsShown::of(Some(unit), proofs));
    serde_json::json!({
        "verdict": verdict_of(unit).as_str(),
        "signature": signature_word(signature),
        "issuance": unit.issuance.as_str(),
        "activation": unit.activation.as_str(),
        "recall": "none",
        "scan_pattern": "unknown",
        "lot": null,
        "proof": LabelProofShown { logged, acts },
    })
}

/// The verdict of a label that stands on no lot.
#[must_use]
pub fn verdict_of(unit: &Unit) -> Verdict {
    match (unit.issuance, unit.activation) {
        (Issuance::OutsideRun, _) => Verdict::NotIssuedByUs,
        (_, Activation::Void) => Verdict::Void,
        _ => Verdict::NotActivated,
    }
}

const fn signature_word(signature: SignatureState) -> &'static str {
    match signature {
        SignatureState::Valid => "valid",
        SignatureState::Invalid => "invalid",
        SignatureState::Absent => "absent",
        SignatureState::UnknownKey => "unknown_key",
        SignatureState::CompromisedKey => "compromised_key",
    }
}

/// The file in which the public keys are.
pub const KEY_LIST: &str = "/.well-known/nguongoc-keys.txt";

#[derive(Serialize)]
struct Shown<'a> {
    verdict: &'static str,
    signature: &'static str,
    issuance: &'static str,
    activation: &'static str,
    recall: &'static str,
    scan_pattern: &'static str,
    completeness: CompletenessShown<'a>,
    code: CodeShown<'a>,
    product: ProductShown<'a>,
    producer: PartyShown<'a>,
    lot: LotShown<'a>,
    /// `none`: no plot behind the lot has a field book, and an empty list of sprays says nothing; `partial`: some have; `kept`: all.
    field_book: &'static str,
    sprays: Vec<SprayShown<'a>>,
    certificates: Vec<CertificateShown<'a>>,
    lab_tests: Vec<LabTestShown<'a>>,
    /// What an inspector let pass of it, and of what it was made of.
    overrides: Vec<PassedShown<'a>>,
    chain: Vec<StageShown<'a>>,
    gaps: Vec<GapShown>,
    chain_cut: bool,
    proof: ProofShown<'a>,
}

#[derive(Serialize)]
struct CertificateShown<'a> {
    scheme: &'a str,
    number: Option<&'a str>,
    issuer: &'a str,
    /// Whose it is, where that is not the producer and may be told.
    holder: Option<&'a str>,
    valid_from: Day,
    valid_to: Day,
    /// Where it stood on the day that matters.
    standing: &'static str,
    /// That day: of packing, else of harvest.
    on: Day,
    /// Whether a pack of the lot claims it.
    claimed: bool,
    grade: &'static str,
}

impl<'a> CertificateShown<'a> {
    fn of(shown: &'a ShownCertificate, on: Day) -> Self {
        let known = &shown.certificate;
        Self {
            scheme: &known.scheme,
            number: shown.number.as_deref(),
            issuer: &known.issuer,
            holder: shown.holder.as_deref(),
            valid_from: known.from,
            valid_to: known.to,
            standing: known.standing(on).as_str(),
            on,
            claimed: shown.claimed,
            grade: known.grade().as_str(),
        }
    }
}

#[derive(Serialize)]
struct LabTestShown<'a> {
    laboratory: &'a str,
    report: &'a str,
    /// Whether the sample was taken on the plot, and not of the lot.
    of_plot: bool,
    sampled_on: Day,
    reported_on: Day,
    verdict: &'static str,
    grade: &'static str,
    results: Vec<ResultShown<'a>>,
}

#[derive(Serialize)]
struct ResultShown<'a> {
    analyte: &'a str,
    finding: &'static str,
    /// An exact decimal: the value, or the limit of quantification.
    amount: Option<String>,
    unit: &'static str,
    verdict: &'static str,
}

impl<'a> From<&'a LabTest> for LabTestShown<'a> {
    fn from(test: &'a LabTest) -> Self {
        let result = |result: &'a Judged| ResultShown {
            analyte: &result.analyte,
            finding: result.finding.kind(),
            amount: result.finding.amount().map(|amount| amount.to_string()),
            unit: result.unit.as_str(),
            verdict: result.verdict.as_str(),
        };
        Self {
            laboratory: &test.laboratory,
            report: &test.report,
            of_plot: test.place.is_some(),
            sampled_on: test.sampled_on,
            reported_on: test.reported_on,
            verdict: test.verdict.as_str(),
            grade: test.grade.as_str(),
            results: test.results.iter().map(result).collect(),
        }
    }
}

#[derive(Serialize)]
struct CompletenessShown<'a> {
    have: usize,
    need: usize,
    rule_set: Option<&'static str>,
    missing: &'a [&'static str],
}

#[derive(Serialize)]
struct CodeShown<'a> {
    short_code: &'a str,
    path: Option<&'a str>,
    serial: Option<&'a str>,
    host: Option<&'a str>,
    issued_at: Option<String>,
}

#[derive(Serialize)]
struct ProductShown<'a> {
    code: &'a str,
    gtin: Option<&'a str>,
    number: &'a str,
    group: &'a str,
    name: &'a str,
    name_en: Option<&'a str>,
    brand: Option<&'a str>,
    picture: Option<String>,
    shelf_life_days: Option<i64>,
    storage: Option<&'a str>,
    standards: Option<&'a str>,
    safety_warning: Option<&'a str>,
    packaging: Option<&'a str>,
    disposal: Option<&'a str>,
}

#[derive(Serialize)]
struct PartyShown<'a> {
    kind: &'a str,
    published: bool,
    name: Option<&'a str>,
    address: Option<&'a str>,
    commune: Option<Named>,
    province: Named,
    gln: Option<&'a str>,
}

#[derive(Serialize)]
struct Named {
    code: &'static str,
    name: &'static str,
}

impl Named {
    fn commune(code: CommuneCode) -> Self {
        Self { code: code.as_str(), name: &code.commune().name }
    }

    fn province(code: ProvinceCode) -> Self {
        Self { code: code.as_str(), name: &code.province().name }
    }
}

impl<'a> From<&'a PublicParty> for PartyShown<'a> {
    fn from(party: &'a PublicParty) -> Self {
        let published = party.published.as_ref();
        Self {
            kind: &party.kind,
            published: published.is_some(),
            name: published.map(|it| it.name.as_str()),
            address: published.map(|it| it.address.as_str()),
            commune: published.map(|it| Named::commune(it.commune)),
            province: Named::province(party.province),
            gln: published.and_then(|it| it.gln.as_deref()),
        }
    }
}

#[derive(Serialize)]
struct LotShown<'a> {
    code: &'a str,
    quantity: Quantity,
    harvested_on: Day,
    packed_on: Option<Day>,
    expires_on: Option<Day>,
    hold_reason: Option<&'a str>,
    /// The stable word of a rule that a report breaches.
    breach: Option<&'a str>,
    recall_reason: Option<&'a str>,
    /// A stopped lot that it was made of.
    made_of: Option<MadeOf<'a>>,
}

#[derive(Serialize)]
struct MadeOf<'a> {
    lot: &'a str,
    /// `on_hold` or `recalled`.
    state: &'static str,
    reason: Option<&'a str>,
    breach: Option<&'a str>,
}

#[derive(Serialize)]
struct StageShown<'a> {
    step: &'static str,
    lot: &'a str,
    product_code: &'a str,
    place_code: Option<&'a str>,
    place: Option<PlaceShown<'a>>,
    time: String,
    whole_day: bool,
    recorded_at: String,
    party: Option<PartyShown<'a>>,
    /// Who recorded it for that party under a mandate.
    recorded_by: Option<PartyShown<'a>>,
    grade: &'static str,
    event: String,
    #[serde(flatten)]
    logged: LoggedShown<'a>,
}

#[derive(Serialize)]
struct PlaceShown<'a> {
    kind: &'a str,
    name: Option<&'a str>,
    commune: Option<Named>,
    province: Named,
    planting_area_code: Option<&'a str>,
}

impl<'a> StageShown<'a> {
    fn of(stage: &'a Stage, proofs: &'a Proofs) -> Self {
        Self {
            step: stage.step.as_str(),
            lot: stage.lot_code.as_str(),
            product_code: &stage.product_code,
            place_code: stage.place.as_ref().map(|place| place.code.as_str()),
            place: stage.place.as_ref().map(|place| PlaceShown {
                kind: &place.kind,
                name: place.named.as_ref().map(|(name, _)| name.as_str()),
                commune: place.named.as_ref().map(|(_, commune)| Named::commune(*commune)),
                province: Named::province(place.province),
                planting_area_code: place.planting_code.as_deref(),
            }),
            time: stage.time.to_rfc3339_at(stage.offset),
            whole_day: stage.whole_day,
            recorded_at: stage.recorded_at.to_rfc3339(),
            party: stage.party.as_ref().map(PartyShown::from),
            recorded_by: stage.recorded_by.as_ref().map(PartyShown::from),
            grade: stage.grade.as_str(),
            event: stage.event.to_string(),
            logged: LoggedShown::of(stage.log_index, proofs),
        }
    }
}

#[derive(Serialize)]
struct GapShown {
    missing: &'static str,
    after: Option<String>,
}

impl From<Gap> for GapShown {
    fn from(gap: Gap) -> Self {
        match gap {
            Gap::NoHarvest => Self { missing: "step_harvest", after: None },
            Gap::NoPacking => Self { missing: "step_pack", after: None },
            Gap::NoPlace(event) => Self { missing: "step_place", after: Some(event.to_string()) },
            Gap::NotReceived(event) => Self { missing: "step_receive", after: Some(event.to_string()) },
        }
    }
}

#[derive(Serialize)]
struct ProofShown<'a> {
    signed_path: Option<&'a str>,
    key: Option<&'a str>,
    key_list: &'static str,
    verify: Option<String>,
    #[serde(flatten)]
    logged: LoggedShown<'a>,
    #[serde(flatten)]
    acts: ActsShown<'a>,
}

/// What became of a unit's label, as the log tells it: nothing where it does not, or there is no label.
#[derive(Serialize)]
struct ActsShown<'a> {
    activated: Option<LoggedShown<'a>>,
    voided: Option<LoggedShown<'a>>,
}

impl<'a> ActsShown<'a> {
    fn of(unit: Option<&Unit>, proofs: &'a Proofs) -> Self {
        let shown = |index: Option<u64>| index.map(|index| LoggedShown::of(Some(index), proofs));
        Self {
            activated: shown(unit.and_then(|unit| unit.activated_at)),
            voided: shown(unit.and_then(|unit| unit.voided_at)),
        }
    }
}

/// The proofs of a label that stands on no lot.
#[derive(Serialize)]
struct LabelProofShown<'a> {
    #[serde(flatten)]
    logged: LoggedShown<'a>,
    #[serde(flatten)]
    acts: ActsShown<'a>,
}

/// Proofs by the index of their entry.
pub(super) type Proofs = HashMap<u64, Proved>;

/// Where something stands in the log: the index, the exact bytes of the entry in base64, and a proof for itself (C2SP `tlog-proof`). All
/// absent while it is recorded and not yet logged.
#[derive(Serialize)]
struct LoggedShown<'a> {
    #[serde(rename = "log_index")]
    index: Option<u64>,
    #[serde(rename = "log_entry")]
    entry: Option<String>,
    #[serde(rename = "log_proof")]
    proof: Option<&'a str>,
}

impl<'a> LoggedShown<'a> {
    fn of(index: Option<u64>, proofs: &'a Proofs) -> Self {
        let proved = index.and_then(|index| proofs.get(&index));
        Self {
            index,
            entry: proved.map(|proved| BASE64.encode(&proved.entry)),
            proof: proved.map(|proved| proved.proof.as_str()),
        }
    }
}

/// The whole signed address, as a checker takes it: that of the question, else that of the code issued for the lot.
#[must_use]
pub fn address(answer: &Answer, host: &str) -> Option<String> {
    match &answer.asked {
        Asked::Signed { path, .. } => Some(format!("https://{}{path}", host.to_ascii_uppercase())),
        Asked::Short => answer.lot.issued.as_ref().map(IssuedCode::address),
    }
}

/// The answer as JSON. `host` is the host that codes are signed for; `proofs` are those of the entries that it tells of.
#[must_use]
pub fn body(answer: &Answer, host: &str, proofs: &Proofs) -> Vec<u8> {
    let (lot, product, axes) = (&answer.lot, &answer.lot.product, &answer.axes);
    let issued = lot.issued.as_ref();
    let (signed_path, serial, key) = match &answer.asked {
        Asked::Signed { key_path, serial, key, .. } => {
            (Some(key_path.as_str()), serial.as_deref(), key.as_deref())
        }
        Asked::Short => (None, None, None),
    };
    let shown = Shown {
        verdict: answer.verdict.as_str(),
        signature: signature_word(axes.signature),
        issuance: axes.issuance.as_str(),
        activation: axes.activation.as_str(),
        recall: axes.recall.as_str(),
        scan_pattern: axes.scan_pattern.as_str(),
        completeness: CompletenessShown {
            have: answer.completeness.have,
            need: answer.completeness.need,
            rule_set: answer.completeness.rule_set,
            missing: &answer.completeness.missing,
        },
        code: CodeShown {
            short_code: lot.short_code.as_str(),
            path: issued.map(|code| code.path.as_str()),
            serial,
            host: issued.map(|code| code.host.as_str()),
            issued_at: match answer.unit {
                Some(unit) => unit.issued_at.map(Moment::to_rfc3339),
                None => issued.map(|code| code.issued_at.to_rfc3339()),
            },
        },
        product: ProductShown {
            code: product.code(),
            gtin: product.gtin.as_ref().map(Gtin::as_str),
            number: product.number.as_str(),
            group: &product.group,
            name: &product.name,
            name_en: product.name_en.as_deref(),
            brand: product.brand.as_deref(),
            picture: product.picture.as_ref().map(Picture::small_url),
            shelf_life_days: product.shelf_life_days,
            storage: product.storage.as_deref(),
            standards: product.standards.as_deref(),
            safety_warning: product.safety_warning.as_deref(),
            packaging: product.packaging.as_deref(),
            disposal: product.disposal.as_deref(),
        },
        producer: PartyShown::from(&lot.producer.party),
        lot: LotShown {
            code: lot.code.as_str(),
            quantity: lot.declared,
            harvested_on: lot.harvested_on,
            packed_on: lot.packed_on,
            expires_on: lot.expires_on,
            hold_reason: lot.hold.as_deref(),
            breach: lot.breach.as_deref(),
            recall_reason: lot.recall.as_deref(),
            made_of: lot.upstream.as_ref().map(|upstream| MadeOf {
                lot: upstream.code.as_str(),
                state: if upstream.recalled { "recalled" } else { "on_hold" },
                reason: upstream.reason.as_deref(),
                breach: upstream.breach.as_deref(),
            }),
        },
        field_book: sprays::field_book(&answer.behind),
        sprays: sprays::shown(answer),
        certificates: answer
            .papers
            .certificates
            .iter()
            .map(|it| CertificateShown::of(it, answer.papers.day))
            .collect(),
        lab_tests: answer.papers.tests.iter().map(LabTestShown::from).collect(),
        overrides: passed::shown(answer),
        chain: answer.origin.stages.iter().map(|stage| StageShown::of(stage, proofs)).collect(),
        gaps: answer.gaps().into_iter().map(GapShown::from).collect(),
        chain_cut: answer.origin.cut,
        proof: ProofShown {
            signed_path,
            key,
            key_list: KEY_LIST,
            verify: address(answer, host)
                .map(|address| format!("nguongoc verify {address} --keys nguongoc-keys.txt")),
            logged: LoggedShown::of(answer.issue_index(), proofs),
            acts: ActsShown::of(answer.unit.as_ref(), proofs),
        },
    };
    // Plain structs of texts and numbers: nothing in them can fail to be written.
    serde_json::to_vec(&shown).unwrap_or_default()
}
