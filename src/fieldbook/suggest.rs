//! What the form of an entry offers, so that nothing is typed twice: the products, pests, people and tools of the latest entries; and what a
//! product would shut, before it is sprayed.

use super::error::Error;
use super::lists::Substance;
use super::model::{Kind, Rule, Use, judge};
use super::service::may_read;
use super::{lists, permit, store};
use crate::accounts::Identity;
use crate::app::App;
use crate::kernel::{ActivityId, CropCode, Day, Dose, Measure, MeasureUnit, PartyId};

/// How many of the latest entries are looked at.
const LATEST: i64 = 20;
/// How many products are offered.
const PRODUCTS: usize = 5;

/// What was given the last times, each once, the latest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Suggestions {
    /// The last spray with each product, the product, and how the list has it today.
    pub(super) products: Vec<(ActivityId, String, Option<Substance>)>,
    /// Inputs of other entries.
    pub(super) inputs: Vec<String>,
    /// Pests and diseases.
    pub(super) pests: Vec<String>,
    /// Who did it.
    pub(super) people: Vec<String>,
    /// The tools.
    pub(super) equipment: Vec<String>,
    /// How it was done.
    pub(super) methods: Vec<String>,
}

fn once(known: &mut Vec<String>, text: Option<&String>) {
    if let Some(text) = text.filter(|text| !known.contains(text)) {
        known.push(text.clone());
    }
}

/// What was given in the latest entries of a kind in a party's book.
///
/// # Errors
/// [`Error::NotFound`] for a party whose book one may not read.
pub(super) async fn suggestions(
    app: &App,
    who: &Identity,
    party: PartyId,
    kind: Kind,
) -> Result<Suggestions, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            may_read(tx, who, party, today).await?;
            let mut found = Suggestions::default();
            for entry in store::latest_like(tx, party, kind, LATEST).await? {
                let known = |name: &String| found.products.iter().any(|(_, product, _)| product == name);
                if let Some(spray) = &entry.spray {
                    if found.products.len() < PRODUCTS && !known(&spray.product) {
                        let listed = lists::substance_in_force(tx, &spray.product, today).await?;
                        found.products.push((entry.id, spray.product.clone(), listed));
                    }
                    once(&mut found.pests, Some(&spray.pest));
                } else {
                    once(&mut found.inputs, entry.input.as_ref());
                }
                once(&mut found.people, entry.person.as_ref());
                once(&mut found.equipment, entry.equipment.as_ref());
                once(&mut found.methods, entry.details.method.as_ref());
            }
            Ok(found)
        })
        .await
}

/// What a product says of the plot that it would be sprayed on today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outlook {
    /// The active ingredient; none for a product that is in no list.
    pub(super) ingredient: Option<String>,
    /// The rule that would shut the plot.
    pub(super) rule: Rule,
    /// The first day on which a harvest would be allowed; none for the end of the season.
    pub(super) until: Option<Day>,
}

/// What a product would shut when it is sprayed on `day`, by the list and not counting its dose.
///
/// # Errors
/// When the database fails.
pub(super) async fn outlook(
    app: &App,
    product: &str,
    crop: Option<&CropCode>,
    day: Day,
    label_days: Option<u32>,
) -> Result<Outlook, Error> {
    app.store
        .read(async |tx| {
            let found = permit::find(tx, None, product, crop, day).await?;
            let by_list = match found.by_list {
                Use::Permitted { days, .. } => Use::Permitted { days, most: None },
                other => other,
            };
            // Not compared with anything.
            let dose = Dose::new(Measure::new(1, MeasureUnit::Milligram)?, 1)?;
            let judged = judge(day, by_list, label_days, &dose)?;
            Ok(Outlook { ingredient: found.ingredient, rule: judged.rule, until: judged.to })
        })
        .await
}
