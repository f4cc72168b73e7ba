//! The sample's certificates and laboratory tests: fictional, with numbers that say so.

use super::people::Cast;
use super::sample::paper;
use super::season::{Fate, Made};
use crate::app::App;
use crate::chain::{self, By};
use crate::evidence::{self, Attachment, CertificateDraft, Keeper, LabTestDraft, ResultDraft};
use crate::kernel::Day;
use anyhow::Result;

/// Certificates: whose, under which scheme, how many days from today they end, whether an inspector looked.
const CERTIFICATES: [(&str, &str, i32, bool); 6] = [
    ("vanxanh", "vietgap", 400, true),
    ("songdao", "vietgap", 45, false),
    ("thaomay", "huu_co", 620, false),
    ("trungtin", "du_dieu_kien_attp", -12, false),
    ("sochehat", "haccp", 25, true),
    ("cuahangla", "diem_ban_xanh", 300, false),
];

/// Enters the certificates, and a test of each of the first complete lots by the sample's laboratory.
pub(super) async fn enter(app: &App, cast: &Cast, made: &[Made], today: Day) -> Result<()> {
    for (number, (firm, scheme, left, inspected)) in (1..).zip(CERTIFICATES) {
        let member = cast.firm(firm)?.recorder;
        let draft = CertificateDraft {
            scheme: scheme.to_owned(),
            number: format!("MAU-CN-{number:03}"),
            issuer: "Tổ chức chứng nhận mẫu (hư cấu)".to_owned(),
            valid_from: today.plus_days(left - 730).to_string(),
            valid_to: today.plus_days(left).to_string(),
            showing: "line".to_owned(),
            ..CertificateDraft::default()
        };
        let file = Attachment::read(paper(&format!("certificate of {firm}")), "giay-mau.pdf").await?;
        let id = evidence::record(app, &member, &draft.parse()?, Some(&file)).await?;
        if inspected {
            evidence::verify(app, &Keeper::from(&cast.inspector), id).await?;
        }
    }
    let laboratory = cast.firm("kiemnghiem")?.recorder;
    let complete = made.iter().filter(|one| one.fate == Fate::Complete).take(4);
    for (number, one) in (1..).zip(complete) {
        let line = |analyte: &str, value: &str, limit: &str| ResultDraft {
            analyte: analyte.to_owned(),
            value: evidence::Written::Text(value.to_owned()),
            unit: "mg/kg".to_owned(),
            limit: evidence::Written::Text(limit.to_owned()),
            ..ResultDraft::default()
        };
        let draft = LabTestDraft {
            lot: one.lot.to_string(),
            report: format!("MAU-PKN-{number:03}"),
            sampled_on: today.plus_days(-1).to_string(),
            reported_on: today.to_string(),
            results: vec![line("Nitrat", "312,5", "1500"), line("Chì (Pb)", "<0,01", "0,1")],
            ..LabTestDraft::default()
        };
        let new = draft.parse(today, true)?;
        chain::record_lab_test(app, &By::own(laboratory), &new, None).await?;
    }
    Ok(())
}
