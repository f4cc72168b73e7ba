//! The definitions of the rungs, as dated settings: `assets/data/coverage-definitions.json`.
//!
//! What must stay true: a version never changes once a report was made with it; a change is a new version, and restates the whole
//! series.

use crate::kernel::{Day, Problem};
use serde::Deserialize;
use std::sync::LazyLock;

/// One version of the definitions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name.
    pub version: String,
    /// The day from which reports are made with it.
    pub in_force_from: Day,
    /// The province whose coverage is measured; firms elsewhere are told apart.
    pub city: String,
    /// What a place needs to be complete.
    pub place_needs: Vec<PlaceNeed>,
    /// What a product needs to be complete.
    pub product_needs: Vec<ProductNeed>,
    /// The part of the elapsed selling months in which a firm must have lots, in percent.
    pub issuing_months_percent: u32,
    /// The least number of firms beside which a percentage may stand.
    pub least_for_percentage: u32,
}

/// What a place needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceNeed {
    /// An address, or a point on the map.
    AddressOrPoint,
}

/// What a product needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductNeed {
    /// A picture.
    Picture,
    /// The standards that it follows.
    Standards,
}

static ALL: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    // A file that does not parse leaves none, and every report says so; a test reads it.
    serde_json::from_str(include_str!("../../assets/data/coverage-definitions.json")).unwrap_or_default()
});

/// All versions, oldest first.
#[must_use]
pub fn definitions() -> &'static [Definition] {
    &ALL
}

/// The named version; the newest when none is named.
///
/// # Errors
/// `roster_definition_unknown`.
pub fn definition(version: Option<&str>) -> Result<&'static Definition, Problem> {
    let found = match version {
        Some(version) => ALL.iter().find(|known| known.version == version),
        None => ALL.last(),
    };
    found.ok_or_else(|| Problem::new("roster_definition_unknown").value(version.unwrap_or_default()))
}
