//! The watch over ends: a party is told 60, 30 and 7 days before a certificate ends, and when it has.
//!
//! What must stay true: each of these is told once, however often this runs; a certificate that was entered late is told of where it stands
//! now, and not of what lies behind it.

use super::Error;
use crate::app::App;
use crate::evidence::model::Certificate;
use crate::evidence::store;
use crate::jobs::{self, Job, JobError, Message};
use crate::kernel::{CertificateId, Day, Lang, Moment};
use futures_util::future::LocalBoxFuture;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Days before the last day on which a party is told.
const AHEAD: [i32; 3] = [7, 30, 60];
/// After so many days nobody is told any more that a certificate has ended.
const BEHIND: i32 = 30;
/// Certificates that are looked at in one unit of work.
const AT_ONCE: i64 = 500;

/// Tells of all certificates that end soon or have ended; how many messages are new. To be run once a day or more often.
///
/// # Errors
/// When the database fails.
pub async fn remind(app: &App, now: Moment) -> Result<u64, Error> {
    let today = now.day();
    let between = (today.plus_days(-BEHIND), today.plus_days(60));
    let mut told = 0;
    let mut after: Option<(Day, CertificateId)> = None;
    loop {
        let (new, last) = app
            .store
            .write(async |tx| {
                let found = store::ending(tx, None, between, after, AT_ONCE).await?;
                let messages: Vec<Message> =
                    found.iter().flat_map(|known| messages(known, today, now)).collect();
                let new = if messages.is_empty() { 0 } else { jobs::tell(tx, &messages).await? };
                Ok::<_, Error>((new, found.last().map(|known| (known.to, known.id))))
            })
            .await?;
        told += new;
        match last {
            Some(last) => after = Some(last),
            None => return Ok(told),
        }
    }
}

/// What is told of a certificate today, to its party and to its certifier.
fn messages(known: &Certificate, today: Day, now: Moment) -> Vec<Message> {
    let left = today.days_until(known.to);
    let step = if left < 0 { Some(-1) } else { AHEAD.into_iter().find(|days| left <= *days) };
    let Some(step) = step else { return Vec::new() };
    let kind = if left < 0 { "certificate_expired" } else { "certificate_expiring" };
    let told = [Some(known.party), known.certifier.filter(|certifier| *certifier != known.party)];
    told.into_iter()
        .flatten()
        .map(|party| Message {
            id: jobs::message_id(&[
                kind.as_bytes(),
                known.id.as_uuid().as_bytes(),
                party.as_uuid().as_bytes(),
                &step.to_be_bytes(),
            ]),
            party,
            kind,
            lot: None,
            recall: None,
            args: json!({
                "scheme": known.scheme_name(Lang::Vi),
                "number": known.number,
                "day": known.to.vietnamese(),
                "days": left.max(0).to_string(),
            }),
            at: now,
            needs_answer: false,
        })
        .collect()
}

/// The watch, as a line of the table of rounds.
pub const WATCH: Job = Job { name: "certificates", every: Duration::from_hours(6), work: watch };

fn watch(app: Arc<App>) -> LocalBoxFuture<'static, Result<u64, JobError>> {
    Box::pin(async move { Ok(remind(&app, app.clock.now()).await?) })
}
