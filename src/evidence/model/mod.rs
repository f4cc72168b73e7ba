//! What evidence is: certificates and their schemes, laboratory tests, limits and verdicts, and the forms that enter them.
//!
//! What must stay true: numbers of reports are exact decimals; a verdict is computed, never entered; what is below a limit of
//! quantification that lies above the limit proves nothing.

mod certificate;
mod draft;
mod figure;
mod grade;
mod limit;
mod plot;
mod scheme;
mod test;

pub use certificate::{
    Certificate, CertificateDraft, Check, Keeper, NewCertificate, Showing, Standing, Turn, TurnDraft,
    TurnKind,
};
pub use draft::{About, LabTestDraft, NewLabTest, NewResult, ResultDraft, Written, reason};
pub use figure::{Finding, ResultUnit};
pub use grade::Grade;
pub use limit::{Limit, LimitRow, limit_for, limits};
pub use plot::{PlotFailure, PlotResult, PlotRule, PlotTest, plot_rule, shut_by};
pub use scheme::{Scheme, schemes};
pub use test::{Judged, LabTest, Verdict, judge, overall};
