//! Units of measure: UN/CEFACT Recommendation 20, of which `assets/data/units-of-measure.csv` has those that food is traded in.
//!
//! A code is known by its shape (GS1's schema asks for no more); the table serves to tell what was probably meant.

use std::sync::LazyLock;

use super::syntax;
use crate::kernel::Problem;

/// Code, signs.
static TABLE: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let lines = include_str!("../../../assets/data/units-of-measure.csv").lines().skip(1);
    lines.filter_map(|line| line.split_once(',')).collect()
});

/// Checks the shape of a code.
///
/// # Errors
/// `epcis_uom_malformed`, with the code that was probably meant.
pub(super) fn check(code: &str) -> Result<(), Problem> {
    let shape = (2..=3).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if shape {
        return Ok(());
    }
    let sign = code.trim().to_lowercase();
    let meant = TABLE.iter().find(|(_, signs)| signs.split(' ').any(|known| known.to_lowercase() == sign));
    let nearest = match meant {
        Some((code, _)) => code,
        None => syntax::nearest(code, TABLE.iter().map(|(code, _)| *code)),
    };
    Err(Problem::new("epcis_uom_malformed").value(code).arg("nearest", nearest))
}
