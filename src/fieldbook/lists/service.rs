//! The use cases of the lists: a file is handed in, looked at, and published or removed.
//!
//! What must stay true: [`publish`] is the only way into force; it writes the version, the entry of the log, the line of the trail and
//! what has to be looked at again in one unit of work. Who looks is the door (`chain`), which calls it.

use super::change::{Change, Changed, changed_substances, changes};
use super::import::{self, Ground, Imported};
use super::model::{Contents, Draft, List, ListKind, NewList};
use super::store::{self, Looked};
use crate::accounts::{self, Act, Official};
use crate::app::App;
use crate::kernel::{
    CropCode, Cursor, Day, Line, ListId, LogEntryId, Moment, Page, PageSize, PersonId, Problem, Problems,
    Sha256Hash,
};
use crate::log::{self, Author, Subject};
use crate::products::Group;
use crate::sheet::{Format, RowProblem, Sheet};
use crate::store::{MediaType, StoreError, Tx, file, put_file};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;

/// The most changes that a preview names; their number is always whole.
const SHOWN_CHANGES: usize = 500;

/// Why a use case of the lists was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such list or draft.
    #[error("no such list or draft")]
    NotFound,
    /// The form breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// Rows of the file break rules; nothing was taken in.
    #[error("{} problems in the file", .0.len())]
    Rows(Vec<RowProblem>),
    /// Another version was published since the preview.
    #[error("another version was published meanwhile: {number}")]
    Superseded {
        /// The number of that version.
        number: i64,
    },
    /// The log disagrees with what is stored: nothing is published until somebody has looked.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid(problem.into())
    }
}

/// What a form says of a file that is handed in, kept as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListForm {
    /// Which list.
    pub kind: String,
    /// The first day in force.
    pub in_force_from: String,
    /// Where it comes from.
    pub source: String,
    /// Not empty when it is sample data.
    pub sample: String,
}

/// What a form said, read.
#[derive(Clone, Debug)]
struct Heading {
    kind: ListKind,
    from: Day,
    source: String,
    sample: bool,
}

impl ListForm {
    fn parse(&self, today: Day) -> Result<Heading, Problems> {
        let mut problems = Problems::default();
        let kind =
            ListKind::parse(self.kind.trim()).ok_or_else(|| Problem::new("list_of_what").value(&self.kind));
        let kind = problems.take("kind", kind);
        let from = problems.take("in_force_from", Day::parse(&self.in_force_from));
        let source = problems.take("source", Line::<300>::parse(&self.source));
        if let (Some(ListKind::Crops), Some(from)) = (kind, from)
            && from > today
        {
            // A product or season may name a crop from now on; codes that count only later would be refused until then.
            problems.push(Problem::new("list_crops_later").value(from.vietnamese()).at("in_force_from"));
        }
        match (kind, from, source) {
            (Some(kind), Some(from), Some(source)) if problems.is_empty() => Ok(Heading {
                kind,
                from,
                source: source.into_string(),
                sample: !self.sample.trim().is_empty(),
            }),
            _ => Err(problems),
        }
    }
}

/// What a draft would change.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The draft; its id is that of the version.
    pub draft: Draft,
    /// What its file is.
    pub format: Format,
    /// How many entries it has.
    pub entries: usize,
    /// The version that is in force on its first day without it.
    pub against: Option<List>,
    /// Versions that are to come into force later, and that it would stand in the place of.
    pub ahead: Vec<List>,
    /// The number of the newest version: publishing names it, so that no other comes between.
    pub newest: i64,
    /// How much differs from the version in force.
    pub differing: usize,
    /// What differs, the first few hundred.
    pub changes: Vec<Change>,
    /// What was read and should be looked at all the same.
    pub warnings: Vec<RowProblem>,
}

/// What was published.
#[derive(Clone, Debug)]
pub struct Published {
    /// The version.
    pub list: List,
    /// The folded names of the substances of which something else is said than before, on any day on which it counts.
    pub changed: Vec<String>,
}

/// Who publishes.
#[derive(Clone, Copy, Debug)]
pub struct Publisher {
    /// The person; none from the command line.
    pub person: Option<PersonId>,
    /// The role, by its stored name.
    pub role: &'static str,
}

impl Publisher {
    /// The one who has the machine: the command line, and the sample.
    #[must_use]
    pub fn console() -> Self {
        Self { person: None, role: "administrator" }
    }
}

impl From<&Official> for Publisher {
    fn from(official: &Official) -> Self {
        Self { person: Some(official.person), role: official.role.as_str() }
    }
}

/// What is drawn in the unit of work in which a version is published, anew each time that this is run.
#[derive(Clone, Copy, Debug)]
pub struct Marks {
    /// The id of the entry of the log.
    pub entry: LogEntryId,
    /// The id of the line of the trail.
    pub trail: LogEntryId,
    /// The present moment.
    pub now: Moment,
}

impl Marks {
    /// Fresh ones.
    #[must_use]
    pub fn of(app: &App) -> Self {
        Self { entry: app.id(), trail: app.id(), now: app.clock.now() }
    }
}

/// Publishes a version. Its file must be stored already; `newest` is the number of the newest version when it was looked at, and none
/// when that does not matter.
///
/// # Errors
/// [`Error::Superseded`] when another version came between.
pub async fn publish(
    tx: &mut Tx,
    new: &NewList,
    by: Publisher,
    newest: Option<i64>,
    marks: Marks,
) -> Result<Published, Error> {
    let kind = new.contents.kind();
    let last = store::newest(tx, kind).await?.map_or(0, |list| list.number);
    if newest.is_some_and(|seen| seen != last) {
        return Err(Error::Superseded { number: last });
    }
    let list = List {
        id: new.id,
        kind,
        number: last + 1,
        in_force_from: new.in_force_from,
        source: new.source.clone(),
        sample: new.sample,
        file_hash: new.file_hash,
        entries: i64::try_from(new.contents.entries()).unwrap_or(i64::MAX),
        published_at: marks.now,
        published_by: by.person,
    };
    let changed = Changed::of(changed(tx, new).await?);
    store::insert(tx, &list, &new.contents).await.map_err(|error| {
        // The number was taken while this was under way: the unit of work is run again, and sees it.
        if error.is_unique_violation() { StoreError::lost_race() } else { error }
    })?;
    let body = json!({
        "list": list.id,
        "kind": kind.as_str(),
        "number": list.number,
        "in_force_from": list.in_force_from,
        "source": list.source,
        "sample": list.sample,
        "entries": list.entries,
        "file": list.file_hash,
    });
    let entry = log::Entry {
        id: marks.entry,
        kind: log::Kind::ListPublished,
        subject: Subject::Registry,
        at: marks.now,
        actor: Author { party: None, role: by.role },
        body,
    };
    log::append(tx, &entry).await?;
    let detail = json!({ "kind": kind.as_str(), "number": list.number });
    let subject = Some(list.id.as_uuid());
    accounts::note(tx, marks.trail, marks.now, by.person, Act::ListPublished, subject, &detail).await?;
    store::remove_draft(tx, list.id).await?;
    // Crops shut no plot.
    if kind != ListKind::Crops {
        store::begin_look(tx, list.id, &changed).await?;
    }
    Ok(Published { list, changed: changed.names().map(str::to_owned).collect() })
}

/// The substances of which a version says something else than any version that it stands in the place of.
async fn changed(tx: &mut Tx, new: &NewList) -> Result<Vec<String>, StoreError> {
    let Contents::Substances(after) = &new.contents else { return Ok(Vec::new()) };
    let mut names = BTreeSet::new();
    let replaced = store::in_force_since(tx, ListKind::Substances, new.in_force_from).await?;
    for list in &replaced {
        if let Contents::Substances(before) = store::contents(tx, list).await? {
            names.extend(changed_substances(&before, after));
        }
    }
    // Where no version was in force on the first day, every name is new from then on.
    if store::in_force(tx, ListKind::Substances, new.in_force_from).await?.is_none() {
        names.extend(after.iter().map(|substance| substance.name_folded.clone()));
    }
    Ok(names.into_iter().collect())
}

/// Reads a file against the crops of the registry.
async fn read_file(app: &App, heading: &Heading, bytes: &[u8]) -> Result<(Format, Imported), Error> {
    let sheet = Sheet::open(bytes).await.map_err(Error::Rows)?;
    let crops = app.store.read(async |tx| store::crops(tx).await).await?;
    let ground = Ground { crops: &crops, from: heading.from, source: &heading.source };
    let imported = import::read(heading.kind, &sheet, &ground).map_err(Error::Rows)?;
    Ok((sheet.format, imported))
}

fn media_type(format: Format) -> MediaType {
    match format {
        Format::Csv => MediaType::Csv,
        Format::Xlsx => MediaType::Xlsx,
    }
}

/// Takes a file in as a draft. A file with a problem is not kept.
///
/// # Errors
/// [`Error::Invalid`], or [`Error::Rows`] with everything that is wrong in the file.
pub async fn hand_in(app: &App, by: &Official, form: &ListForm, bytes: &[u8]) -> Result<Draft, Error> {
    let now = app.clock.now();
    let heading = form.parse(now.day())?;
    let (format, _) = read_file(app, &heading, bytes).await?;
    let draft = Draft {
        id: app.id(),
        kind: heading.kind,
        in_force_from: heading.from,
        source: heading.source,
        sample: heading.sample,
        file_hash: Sha256Hash::of(bytes),
        sent_at: now,
        sent_by: by.person,
    };
    app.store
        .write(async |tx| {
            put_file(tx, media_type(format), bytes, now).await?;
            store::insert_draft(tx, &draft).await
        })
        .await?;
    Ok(draft)
}

/// A draft with what it holds.
async fn reread(app: &App, id: ListId) -> Result<(Draft, Format, Imported), Error> {
    let (draft, file) = app
        .store
        .read(async |tx| {
            let draft = store::draft(tx, id).await?.ok_or(Error::NotFound)?;
            let file = file(tx, &draft.file_hash).await?.ok_or(Error::NotFound)?;
            Ok::<_, Error>((draft, file))
        })
        .await?;
    let heading = Heading {
        kind: draft.kind,
        from: draft.in_force_from,
        source: draft.source.clone(),
        sample: draft.sample,
    };
    let (format, imported) = read_file(app, &heading, &file.bytes).await?;
    Ok((draft, format, imported))
}

/// What a draft would change.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Rows`] when the crops that it names have changed since.
pub async fn preview(app: &App, id: ListId) -> Result<Preview, Error> {
    let (draft, format, imported) = reread(app, id).await?;
    let (against, before, ahead, newest) = app
        .store
        .read(async |tx| {
            let against = store::in_force(tx, draft.kind, draft.in_force_from).await?;
            let before = match &against {
                Some(list) => store::contents(tx, list).await?,
                None => Contents::none(draft.kind),
            };
            let since = store::in_force_since(tx, draft.kind, draft.in_force_from).await?;
            let ahead = since.into_iter().filter(|list| list.in_force_from > draft.in_force_from).collect();
            let newest = store::newest(tx, draft.kind).await?.map_or(0, |list| list.number);
            Ok::<_, StoreError>((against, before, ahead, newest))
        })
        .await?;
    let mut changes = changes(&before, &imported.contents);
    let differing = changes.len();
    changes.truncate(SHOWN_CHANGES);
    Ok(Preview {
        draft,
        format,
        entries: imported.contents.entries(),
        against,
        ahead,
        newest,
        differing,
        changes,
        warnings: imported.warnings,
    })
}

/// Makes a draft ready to be published, where the log takes that: any list may permit what the one before did not.
///
/// # Errors
/// As [`preview`]; [`Error::Log`].
pub async fn ready(app: &App, id: ListId) -> Result<NewList, Error> {
    let (draft, _, imported) = reread(app, id).await?;
    // Last: what is published now is published under what is asked now.
    log::agrees(app).await?;
    Ok(NewList {
        id: draft.id,
        in_force_from: draft.in_force_from,
        source: draft.source,
        sample: draft.sample,
        file_hash: draft.file_hash,
        contents: imported.contents,
    })
}

/// Removes a draft.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn discard(app: &App, _by: &Official, id: ListId) -> Result<(), Error> {
    let gone = app.store.write(async |tx| store::remove_draft(tx, id).await).await?;
    if gone { Ok(()) } else { Err(Error::NotFound) }
}

/// Reads a file without keeping it: what it holds, and what should be looked at.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Rows`].
pub async fn check_file(app: &App, form: &ListForm, bytes: &[u8]) -> Result<Imported, Error> {
    let heading = form.parse(app.clock.now().day())?;
    Ok(read_file(app, &heading, bytes).await?.1)
}

/// Reads a file and makes it ready to be published, as [`ready`] does with a draft; it has to be stored as what it was read as.
///
/// # Errors
/// As [`check_file`]; [`Error::Log`].
pub async fn ready_file(app: &App, form: &ListForm, bytes: &[u8]) -> Result<(MediaType, NewList), Error> {
    let heading = form.parse(app.clock.now().day())?;
    let (format, imported) = read_file(app, &heading, bytes).await?;
    log::agrees(app).await?;
    let new = NewList {
        id: app.id(),
        in_force_from: heading.from,
        source: heading.source,
        sample: heading.sample,
        file_hash: Sha256Hash::of(bytes),
        contents: imported.contents,
    };
    Ok((media_type(format), new))
}

/// What the officers see first: the versions in force today, the drafts, and all versions, the newest first.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The version of each list that is in force.
    pub in_force: Vec<List>,
    /// What waits to be published.
    pub drafts: Vec<Draft>,
    /// All versions.
    pub lists: Page<List>,
}

/// What the officers see first.
///
/// # Errors
/// When the cursor is not one of this list.
pub async fn overview(app: &App, after: Option<&Cursor>, size: PageSize) -> Result<Overview, Error> {
    let before = after.map(Cursor::time).transpose().map_err(|problem| problem.at("after"))?;
    let today = app.clock.now().day();
    let overview = app.store.read(async |tx| {
        let mut standing = Vec::new();
        for kind in ListKind::ALL {
            standing.extend(store::in_force(tx, *kind, today).await?);
        }
        let drafts = store::drafts(tx).await?;
        let lists = store::lists(tx, before, size).await?;
        Ok::<_, StoreError>(Overview { in_force: standing, drafts, lists })
    });
    Ok(overview.await?)
}

/// A version with all that it holds.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn show(app: &App, id: ListId) -> Result<(List, Contents), Error> {
    app.store
        .read(async |tx| {
            let list = store::list(tx, id).await?.ok_or(Error::NotFound)?;
            let contents = store::contents(tx, &list).await?;
            Ok((list, contents))
        })
        .await
}

/// What came of looking again at everything since the first day of a version; nothing for crops.
///
/// # Errors
/// When the database fails.
pub async fn looked(app: &App, id: ListId) -> Result<Option<Looked>, Error> {
    Ok(app.store.glance(async |tx| store::looked(tx, id).await).await?)
}

/// The crops that are offered, all or those of a group.
///
/// # Errors
/// When the database fails.
pub async fn crops_of(app: &App, group: Option<&Group>) -> Result<Vec<super::Crop>, Error> {
    let crops = app.store.read(async |tx| store::crops(tx).await).await?;
    Ok(crops.into_iter().filter(|crop| group.is_none_or(|group| crop.group == group)).collect())
}

/// Refuses a product's crop that is on no list, or of another group than the product.
///
/// # Errors
/// `crop_unknown`, `crop_other_group`, as problems of the field `crop`.
pub async fn require_crop(app: &App, code: &CropCode, group: &Group) -> Result<(), Error> {
    let found = app.store.read(async |tx| store::crop(tx, code).await).await?;
    let crop = found.ok_or_else(|| Problem::new("crop_unknown").value(code.as_str()).at("crop"))?;
    super::require_group(&crop, group).map_err(|problem| problem.at("crop"))?;
    Ok(())
}

/// What somebody looks up in the list of substances.
#[derive(Clone, Debug)]
pub struct Found {
    /// The version in force on the day; none while there is none.
    pub list: Option<List>,
    /// The substances, by name.
    pub substances: Page<super::Substance>,
}

/// Looks substances up, by part of a name or ingredient and by crop, as the list stands on a day.
///
/// # Errors
/// When the cursor is not one of this list.
pub async fn look_up(
    app: &App,
    text: &str,
    crop: Option<&CropCode>,
    day: Day,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Found, Error> {
    let after =
        after.map(Cursor::text).transpose().map_err(|problem| problem.at("after"))?.unwrap_or_default();
    let found = app.store.read(async |tx| {
        let list = store::in_force(tx, ListKind::Substances, day).await?;
        let substances = store::search_substances(tx, text, crop, day, after, size).await?;
        Ok::<_, StoreError>(Found { list, substances })
    });
    Ok(found.await?)
}

/// The bands in force on a day, with their version.
///
/// # Errors
/// When the database fails.
pub async fn bands_on(app: &App, day: Day) -> Result<Option<(List, Contents)>, Error> {
    let found = app.store.read(async |tx| {
        let Some(list) = store::in_force(tx, ListKind::Bands, day).await? else { return Ok(None) };
        let contents = store::contents(tx, &list).await?;
        Ok::<_, StoreError>(Some((list, contents)))
    });
    Ok(found.await?)
}
