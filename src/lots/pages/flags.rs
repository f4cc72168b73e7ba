//! The authority's page of what is only pointed out, and the same as a table.

use super::differences::{attached, neutral, say_cut};
use crate::accounts::{Actor, CanOversee};
use crate::app::App;
use crate::kernel::{Page, Unit};
use crate::lots::api::FlagQuery;
use crate::lots::flags::{self, Flag, RULES, Which};
use crate::lots::model::breach_key;
use crate::web::{self, Frame, Html};
use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;

/// What is only pointed out.
#[derive(Template)]
#[template(path = "lots/flags.html")]
pub struct FlagsPage {
    frame: Frame,
    page: Page<Flag>,
    which: Which,
}

impl FlagsPage {
    /// The rules to choose from, each with the key of its words.
    fn rules() -> Vec<(&'static str, &'static str)> {
        RULES.into_iter().map(|rule| (rule, breach_key(rule))).collect()
    }

    /// What a link to another page of the same list carries on.
    fn kept(&self) -> String {
        let rule = self.which.rule.map(|rule| format!("rule={rule}&"));
        let party = self.which.party.map(|party| format!("party={party}&"));
        rule.unwrap_or_default() + &party.unwrap_or_default()
    }

    /// The sentence of how much there is and how much there can be.
    fn measured(&self, flag: &Flag) -> Option<String> {
        let (sum, most) = flag.amounts()?;
        let lang = self.frame.lang;
        Some(self.frame.t.two("lots-flag-measured", ("sum", sum.show(lang)), ("most", most.show(lang))))
    }

    /// How much is beyond.
    fn beyond(&self, flag: &Flag) -> Option<String> {
        Some(flag.beyond()?.show(self.frame.lang))
    }
}

/// `GET /flags`
///
/// # Errors
/// 403 for everybody who is not of the authority; 422 for a rule or party that is none.
pub async fn list(
    app: Data<App>,
    frame: Frame,
    _actor: Actor<CanOversee>,
    query: Query<FlagQuery>,
) -> Result<Html<FlagsPage>, web::Error> {
    let (which, after, size) = query.parse()?;
    let page = flags::flags(&app, &which, after.as_ref(), size).await?;
    Ok(Html(FlagsPage { frame, page, which }))
}

/// `GET /flags.csv`: amounts in kilograms or pieces.
///
/// # Errors
/// As [`list`].
pub async fn csv(
    app: Data<App>,
    _actor: Actor<CanOversee>,
    query: Query<FlagQuery>,
) -> Result<HttpResponse, web::Error> {
    let (which, _, _) = query.parse()?;
    let (lines, more) = flags::all_flags(&app, &which).await?;
    let mut table = csv::Writer::from_writer(Vec::new());
    let head = [
        "day",
        "rule",
        "firm",
        "party",
        "lot",
        "product",
        "unit",
        "sum",
        "most",
        "beyond",
        "certificates",
        "event",
        "page",
    ];
    table.write_record(head).map_err(web::Error::internal)?;
    for line in &lines {
        let amounts = line.amounts();
        let amount = |quantity: Option<crate::kernel::Quantity>| {
            quantity.map(|quantity| quantity.epcis().0.to_string()).unwrap_or_default()
        };
        table
            .write_record([
                line.at.day().to_string(),
                line.rule.clone(),
                neutral(&line.firm),
                line.party.to_string(),
                neutral(line.code.as_str()),
                neutral(&line.product),
                if line.unit == Unit::Gram { "kg" } else { "piece" }.to_owned(),
                amount(amounts.map(|(sum, _)| sum)),
                amount(amounts.map(|(_, most)| most)),
                amount(line.beyond()),
                neutral(&line.certificates().join(" ")),
                line.event.to_string(),
                format!("/lots/{}", line.lot),
            ])
            .map_err(web::Error::internal)?;
    }
    if more {
        say_cut(&mut table, head.len(), lines.len())?;
    }
    attached(table, "flags.csv")
}
