//! Evidence: certificates and laboratory tests, who verified them, what they cover, until when, and how well each is proved.
//!
//! What must stay true: a row is added and never changed, also when it was wrong; a grade follows from who looked, a verdict from what was
//! measured, and neither is ever entered; files are private until their party publishes them; a number of a household's
//! certificate is in the log only as a commitment.

pub mod api;
mod file;
mod model;
pub mod pages;
mod service;
pub mod store;

pub use file::Attachment;
pub use model::{
    About, Certificate, CertificateDraft, Check, Finding, Grade, Judged, Keeper, LabTest, LabTestDraft,
    Limit, LimitRow, NewCertificate, NewLabTest, NewResult, PlotFailure, PlotResult, PlotRule, PlotTest,
    ResultDraft, ResultUnit, Scheme, Showing, Standing, Turn, TurnDraft, TurnKind, Verdict, Written, judge,
    limit_for, limits, overall, plot_rule, reason, schemes, shut_by,
};
pub use service::*;
