//! Runs of unit codes: labels for single packs, drawn from the code account of a lot, or printed on stock before their lot is known.
//!
//! What must stay true: a unit costs no row: only the run and its ranges are kept and logged, and labels are computed whenever they are
//! printed. An index of a product is given once. Codes for a lot are issued, and labels of a stock roll activated, only against what
//! was packed and not coded yet, while the lot is free and in hand, and never so many that more labels wait than there is food for; a
//! range is activated once. Voiding waits for nothing, is never
//! undone, and gives back what the labels had drawn, so that each code that counts stands for goods that were packed once.

pub mod api;
mod food;
mod model;
pub mod pages;
mod press;
mod serial;
mod service;
pub mod store;
mod telling;

pub use model::{
    MOST_LABELS, NewRun, Range, RangeState, Run, RunDraft, RunState, Span, Told, Which, sum, without,
};
pub use press::{Press, Printed};
pub use serial::{MOST_SERIALS, Scatter, Serials};
pub use service::{
    Acted, Units, activate, issue, issue_roll, of_lot, of_product, pack_sizes, press, run, void,
};
pub use store::holding;
