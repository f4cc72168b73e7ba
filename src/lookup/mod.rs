//! What the public sees: the shopper's page behind a code, the same facts as JSON, the pages of products and places, and the
//! resolver of GS1 Digital Link URIs that leads to them.
//!
//! What must stay true: a bad code costs no database access; recall beats all; an absent item is never shown as present; the page
//! never says "genuine", it says what was checked; a look-up asks nothing of the person and leaves nothing with them, no cookie
//! either; only answers for verified codes are kept in memory.

pub mod api;
pub mod ask;
mod cache;
mod model;
pub mod pages;
mod papers;
mod passed;
mod report;
pub mod resolver;
mod rules;
mod service;
mod sprays;
pub mod store;
mod units;
mod verdict;

pub use ask::{Question, Refusal, Which};
pub use cache::{Form, Kept, Key, PageCache, Seen};
pub use model::{
    About, Activation, Answer, Asked, Axes, Completeness, Issuance, IssuedCode, Lot, Producer, Product,
    Recall, Report, ScanPattern, Stamp, Verdict,
};
pub use papers::{Papers, ShownCertificate};
pub use report::{NewReport, ReportDraft, handle_report, open_reports, send_report};
pub use rules::{Item, RuleSet, completeness, in_force, rule_sets};
pub use service::{
    CaseLine, Error, GoodsPage, answer, case_page, keep, kept, party_page, place_page, product_page,
};
pub use units::{AskedUnit, Unit};
pub use verdict::{axes, is_past, verdict};
