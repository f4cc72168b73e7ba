//! What shoppers report: a problem with goods or a label, without a word about who reports.
//!
//! What must stay true: nothing of the sender is kept; the words, which may name people, lie in the erasable table.

use super::model::{About, Report};
use super::service::Error;
use super::store;
use crate::accounts::Official;
use crate::app::App;
use crate::kernel::{Cursor, Note, Page, PageSize, Problem, Problems, ReportId, ShortCode};
use crate::log;
use serde::Deserialize;
use serde_json::Value;

/// The longest report, in characters.
const LONGEST: usize = 2000;

/// What the form sends, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReportDraft {
    /// The short code of the lot; may be left out.
    pub lot: String,
    /// What it is about.
    pub about: String,
    /// The words.
    pub text: String,
    /// A field that people do not see: only a machine fills it in.
    pub website: String,
}

/// A report that may be put down.
#[derive(Clone, Debug)]
pub struct NewReport {
    lot: Option<ShortCode>,
    about: About,
    text: Note<LONGEST>,
}

impl ReportDraft {
    /// Reads everything at once.
    ///
    /// # Errors
    /// A problem for each field that breaks its rule.
    pub fn parse(&self) -> Result<NewReport, Problems> {
        let mut problems = Problems::default();
        let lot = if self.lot.trim().is_empty() {
            Some(None)
        } else {
            problems.take("lot", ShortCode::parse(&self.lot).map(Some))
        };
        let known = About::parse(&self.about).ok_or_else(|| Problem::new("report_about_missing"));
        let about = problems.take("about", known);
        let text = problems.take("text", Note::parse(&self.text));
        match (lot, about, text) {
            (Some(lot), Some(about), Some(text)) => Ok(NewReport { lot, about, text }),
            _ => Err(problems),
        }
    }

    /// Whether a machine sent it.
    #[must_use]
    pub fn is_spam(&self) -> bool {
        !self.website.is_empty()
    }
}

/// Puts a report down.
///
/// # Errors
/// [`Error::Unknown`] when it names a lot that does not exist; otherwise when the database fails.
pub async fn send_report(app: &App, new: &NewReport) -> Result<(), Error> {
    let (id, salt, now) = (app.id::<ReportId>(), app.secret(), app.clock.now());
    app.store
        .write(async |tx| {
            let lot = match &new.lot {
                Some(code) => Some(store::lot_by_short_code(tx, code).await?.ok_or(Error::Unknown)?.id),
                None => None,
            };
            store::insert_report(tx, id, lot, new.about, now).await?;
            let text = Value::from(new.text.as_str());
            log::keep_private(tx, id.as_uuid(), "text", salt, &text).await?;
            Ok(())
        })
        .await
}

/// The reports that nobody has handled, oldest first.
///
/// # Errors
/// When the cursor is of another list, or the database fails.
pub async fn open_reports(
    app: &App,
    _by: &Official,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Report>, Error> {
    let after = after.map(Cursor::time).transpose().map_err(|problem| Problems::from(problem.at("after")))?;
    let rows = app
        .store
        .read(async |tx| {
            let mut rows = store::open_reports(tx, after, size).await?;
            for row in &mut rows {
                let kept = log::private(tx, row.id.as_uuid(), "text").await?;
                row.text = kept.and_then(|kept| kept.value.as_str().map(str::to_owned));
            }
            Ok::<_, Error>(rows)
        })
        .await?;
    Ok(Page::of(rows, size, |last| Cursor::Time(last.sent_at, last.id.as_uuid())))
}

/// Marks a report as handled.
///
/// # Errors
/// [`Error::Unknown`] when it was before, or there is none.
pub async fn handle_report(app: &App, by: &Official, id: ReportId) -> Result<(), Error> {
    let now = app.clock.now();
    app.store
        .write(
            async |tx| {
                if store::handle_report(tx, id, by.person, now).await? { Ok(()) } else { Err(Error::Unknown) }
            },
        )
        .await
}
