//! Reading the book, and the seasons that it is kept by. What writes goes through the door (`chain`), within its unit of work.

use super::error::Error;
use super::gate;
use super::lists::{self, Crop, Substance};
use super::model::{Activity, Copies, Harvest, Kind, Left, Objection, Season, SeasonEnd, Template};
use super::store;
use crate::accounts::{Identity, Member};
use crate::app::App;
use crate::kernel::{
    ActivityId, CropCode, Cursor, Day, Line, Page, PageSize, PartyId, PlaceId, SeasonId, SubstanceId,
    TemplateId,
};
use crate::parties;
use crate::places::{self, Place};
use crate::store::{StoreError, Tx};
use std::collections::{BTreeMap, BTreeSet};

/// The most entries of a season on one page or in one file.
pub const MOST_ENTRIES: i64 = 5_000;

/// The names of parties whose people wrote into the book of another.
pub(super) type Recorders = BTreeMap<PartyId, String>;

/// A season with what a page says of it.
#[derive(Clone, Debug)]
pub struct SeasonSheet {
    /// The season.
    pub season: Season,
    /// Its ends as they were told; those that were taken back among them.
    pub ends: Vec<SeasonEnd>,
    /// The parties whose people told them, by name.
    pub tellers: Recorders,
    /// The plot.
    pub place: Place,
    /// The crop, as the authority's list says it.
    pub crop: Option<Crop>,
    /// The entries, the latest day first; those that were declared wrong among them.
    pub activities: Vec<Activity>,
    /// Who entered those that another party's person entered.
    pub recorders: Recorders,
    /// The harvests of the season, read from the journal.
    pub harvests: Vec<Harvest>,
    /// How many of the entries were copied.
    pub copies: Copies,
    /// What keeps the plot shut today.
    pub shut: Vec<Objection>,
}

/// A plot's book.
#[derive(Clone, Debug)]
pub struct PlotBook {
    /// The plot.
    pub place: Place,
    /// Its seasons, the newest first, each with its crop.
    pub seasons: Vec<(Season, Option<Crop>)>,
    /// Its latest entries.
    pub activities: Vec<Activity>,
    /// Who entered those that another party's person entered.
    pub recorders: Recorders,
    /// Its harvests of the last year, read from the journal.
    pub harvests: Vec<Harvest>,
    /// What keeps it shut today.
    pub shut: Vec<Objection>,
}

/// A party's book.
#[derive(Clone, Debug)]
pub struct Book {
    /// The plots that crops grow on, each with its open seasons and what keeps it shut today.
    pub plots: Vec<Plot>,
    /// How many entries were copied.
    pub copies: Copies,
    /// What is left of each input.
    pub left: Vec<Left>,
}

/// A plot with what grows on it now.
#[derive(Clone, Debug)]
pub struct Plot {
    /// The plot.
    pub place: Place,
    /// Its open seasons.
    pub seasons: Vec<(Season, Option<Crop>)>,
    /// What keeps it shut today.
    pub shut: Vec<Objection>,
}

/// Whether somebody may read the book of a party: its own people, those with its mandate in force, and the authority.
pub(super) async fn may_read(tx: &mut Tx, who: &Identity, party: PartyId, today: Day) -> Result<(), Error> {
    match who.party {
        None => Ok(()),
        Some(own) if own == party => Ok(()),
        Some(own) => {
            let mandate = parties::mandate_in_force(tx, party, own, today).await?;
            mandate.map(|_| ()).ok_or(Error::NotFound)
        }
    }
}

async fn with_crops(tx: &mut Tx, seasons: Vec<Season>) -> Result<Vec<(Season, Option<Crop>)>, StoreError> {
    let mut found = Vec::with_capacity(seasons.len());
    for season in seasons {
        let crop = lists::crop(tx, &season.crop).await?;
        found.push((season, crop));
    }
    Ok(found)
}

/// The names of parties.
async fn names(tx: &mut Tx, of: BTreeSet<PartyId>) -> Result<Recorders, StoreError> {
    let mut names = Recorders::new();
    for id in of {
        if let Some(party) = parties::party(tx, id).await? {
            names.insert(party.id, party.name);
        }
    }
    Ok(names)
}

/// The names of the parties whose people entered some of these for another.
async fn recorders(tx: &mut Tx, activities: &[Activity]) -> Result<Recorders, StoreError> {
    let others = activities.iter().filter(|activity| activity.is_for_another());
    names(tx, others.map(|activity| activity.entered_for).collect()).await
}

/// The names of the parties whose people told of ends that were taken back, and took them back.
async fn tellers(tx: &mut Tx, ends: &[SeasonEnd]) -> Result<Recorders, StoreError> {
    let back = ends.iter().filter_map(|end| Some((end, end.taken_back.as_ref()?)));
    names(tx, back.flat_map(|(end, back)| [end.told.recorder, back.told.recorder]).collect()).await
}

/// Who entered an entry that another party's person entered.
///
/// # Errors
/// When the database fails.
pub(super) async fn recorders_of(app: &App, activity: &Activity) -> Result<Recorders, Error> {
    Ok(app.store.glance(async |tx| recorders(tx, std::slice::from_ref(activity)).await).await?)
}

/// The book of a party: its plots, what is shut, what is left of its inputs, and how much was copied.
///
/// # Errors
/// [`Error::NotFound`] for a party whose book one may not read.
pub async fn book(app: &App, who: &Identity, party: PartyId) -> Result<Book, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            may_read(tx, who, party, today).await?;
            let mut plots = Vec::new();
            for place in places::open_places(tx, party).await? {
                if !place.kind.grows() {
                    continue;
                }
                let seasons = store::seasons_at(tx, place.id).await?;
                let open = seasons.into_iter().filter(Season::is_open).collect();
                let seasons = with_crops(tx, open).await?;
                let shut = gate::shut_on(tx, place.id, today).await?;
                plots.push(Plot { place, seasons, shut });
            }
            let copies = store::copies(tx, party, None).await?;
            let left = store::left(tx, party).await?;
            Ok(Book { plots, copies, left })
        })
        .await
}

/// The book of a plot.
///
/// # Errors
/// [`Error::NotFound`] for a plot whose book one may not read.
pub async fn plot(app: &App, who: &Identity, id: PlaceId) -> Result<PlotBook, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let place = places::place(tx, id).await?.ok_or(Error::NotFound)?;
            may_read(tx, who, place.party, today).await?;
            let seasons = store::seasons_at(tx, id).await?;
            let seasons = with_crops(tx, seasons).await?;
            let activities = store::activities_of(tx, place.party, Some(id), None, 50).await?;
            let recorders = recorders(tx, &activities).await?;
            let shut = gate::shut_on(tx, id, today).await?;
            let (from, until) = (today.plus_days(-366).start(), today.plus_days(1).start());
            let harvests = store::harvests(tx, id, from, until).await?;
            Ok(PlotBook { place, seasons, activities, recorders, harvests, shut })
        })
        .await
}

/// A season with all its entries.
///
/// # Errors
/// [`Error::NotFound`] for a season whose book one may not read.
pub async fn season(app: &App, who: &Identity, id: SeasonId) -> Result<SeasonSheet, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let season = store::season(tx, id).await?.ok_or(Error::NotFound)?;
            may_read(tx, who, season.party, today).await?;
            let ends = store::ends_of(tx, id).await?;
            let tellers = tellers(tx, &ends).await?;
            let place = places::place(tx, season.place).await?.ok_or(Error::NotFound)?;
            let crop = lists::crop(tx, &season.crop).await?;
            let activities = store::activities_of_season(tx, id, MOST_ENTRIES).await?;
            let recorders = recorders(tx, &activities).await?;
            let until = season.after().unwrap_or_else(|| today.plus_days(1));
            let harvests = store::harvests(tx, place.id, season.began_on.start(), until.start()).await?;
            let copies = store::copies(tx, season.party, Some(id)).await?;
            let shut = gate::shut_on(tx, place.id, today).await?;
            Ok(SeasonSheet {
                season,
                ends,
                tellers,
                place,
                crop,
                activities,
                recorders,
                harvests,
                copies,
                shut,
            })
        })
        .await
}

/// The seasons of a party, the newest first.
///
/// # Errors
/// [`Error::NotFound`] for a party whose book one may not read; `cursor_malformed`.
pub async fn seasons(
    app: &App,
    who: &Identity,
    party: PartyId,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Season>, Error> {
    let today = app.clock.now().day();
    let before = after.map(Cursor::time).transpose().map_err(|problem| problem.at("after"))?;
    let before = before.map(|(_, id)| id);
    app.store
        .read(async |tx| {
            may_read(tx, who, party, today).await?;
            let rows = store::seasons_of(tx, party, before, size.limit()).await?;
            Ok(Page::of(rows, size, |season| Cursor::Time(season.recorded_at, season.id.as_uuid())))
        })
        .await
}

/// The entries of a party's book, of one plot where given, the latest day first.
///
/// # Errors
/// [`Error::NotFound`] for a party whose book one may not read; `cursor_malformed`.
pub async fn activities(
    app: &App,
    who: &Identity,
    party: PartyId,
    place: Option<PlaceId>,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Activity>, Error> {
    let today = app.clock.now().day();
    let before = after.map(Cursor::time).transpose().map_err(|problem| problem.at("after"))?;
    let before = before.map(|(day, id)| (day.day(), id));
    app.store
        .read(async |tx| {
            may_read(tx, who, party, today).await?;
            let rows = store::activities_of(tx, party, place, before, size.limit()).await?;
            Ok(Page::of(rows, size, |activity| Cursor::Time(activity.day.start(), activity.id.as_uuid())))
        })
        .await
}

/// An entry, and the plot that it is about.
///
/// # Errors
/// [`Error::NotFound`] for an entry of a book that one may not read.
pub async fn show(app: &App, who: &Identity, id: ActivityId) -> Result<(Activity, Option<Place>), Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let activity = store::activity(tx, id).await?.ok_or(Error::NotFound)?;
            may_read(tx, who, activity.party, today).await?;
            let place = match activity.place {
                Some(place) => places::place(tx, place).await?,
                None => None,
            };
            Ok((activity, place))
        })
        .await
}

/// What keeps a plot shut for harvests on `day`.
///
/// # Errors
/// [`Error::NotFound`] for a plot whose book one may not read.
pub async fn waiting(
    app: &App,
    who: &Identity,
    id: PlaceId,
    day: Day,
) -> Result<(Place, Vec<Objection>), Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let place = places::place(tx, id).await?.ok_or(Error::NotFound)?;
            may_read(tx, who, place.party, today).await?;
            let shut = gate::shut_on(tx, id, day).await?;
            Ok((place, shut))
        })
        .await
}

/// What keeps any of some plots of a party shut today: for the form of a harvest.
///
/// # Errors
/// When the database fails.
pub async fn shut_today(app: &App, plots: &[PlaceId]) -> Result<Vec<(PlaceId, Vec<Objection>)>, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let mut found = Vec::new();
            for plot in plots {
                let shut = gate::shut_on(tx, *plot, today).await?;
                if !shut.is_empty() {
                    found.push((*plot, shut));
                }
            }
            Ok(found)
        })
        .await
}

/// The last entry of a kind in a book that stands: of the plot, else of the party.
///
/// # Errors
/// [`Error::NotFound`] for a party whose book one may not read.
pub async fn last_time(
    app: &App,
    who: &Identity,
    party: PartyId,
    kind: Kind,
    place: Option<PlaceId>,
) -> Result<Option<Activity>, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            may_read(tx, who, party, today).await?;
            if let Some(place) = place
                && let Some(last) = store::last_like(tx, party, kind, Some(place)).await?
            {
                return Ok(Some(last));
            }
            Ok(store::last_like(tx, party, kind, None).await?)
        })
        .await
}

/// The substances in force today with `text` in their names, and the crops of the list: what a form offers.
///
/// # Errors
/// When the database fails.
pub async fn offer(
    app: &App,
    text: &str,
    crop: Option<&CropCode>,
) -> Result<(Vec<Substance>, Vec<Crop>), Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let crops = lists::crops(tx).await?;
            if text.trim().is_empty() {
                return Ok((Vec::new(), crops));
            }
            let size = PageSize::default();
            let found = lists::search_substances(tx, text, crop, today, "", size).await?.items;
            // What is not permitted on the crop is offered too, but last: what was sprayed is entered as it was.
            let all = lists::search_substances(tx, text, None, today, "", size).await?.items;
            let mut offered = found;
            for substance in all {
                if offered.iter().all(|known| known.id != substance.id) {
                    offered.push(substance);
                }
            }
            Ok((offered, crops))
        })
        .await
}

/// The templates of a member's party.
///
/// # Errors
/// When the database fails.
pub async fn templates(app: &App, by: &Member) -> Result<Vec<Template>, Error> {
    Ok(app.store.glance(async |tx| store::templates_of(tx, by.party).await).await?)
}

/// A template of a member's party.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn template(app: &App, by: &Member, id: TemplateId) -> Result<Template, Error> {
    let found = app.store.glance(async |tx| store::template(tx, id).await).await?;
    found.filter(|template| template.party == by.party).ok_or(Error::NotFound)
}

/// Keeps a template of a member's party; `draft` is what was typed, as JSON.
///
/// # Errors
/// When the database fails.
pub async fn keep_template(
    app: &App,
    by: &Member,
    name: &Line<80>,
    crop: Option<CropCode>,
    kind: Kind,
    draft: String,
) -> Result<Template, Error> {
    let template =
        Template { id: app.id(), party: by.party, name: name.as_str().to_owned(), crop, kind, draft };
    let now = app.clock.now();
    app.store.write(async |tx| store::insert_template(tx, &template, now).await).await?;
    Ok(template)
}

/// Removes a template of a member's party; what was entered with it stays.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove_template(app: &App, by: &Member, id: TemplateId) -> Result<(), Error> {
    let now = app.clock.now();
    let removed = app.store.write(async |tx| store::remove_template(tx, id, by.party, now).await).await?;
    if removed { Ok(()) } else { Err(Error::NotFound) }
}

/// Whose book an entry stands in.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn whose(app: &App, id: ActivityId) -> Result<PartyId, Error> {
    let found = app.store.glance(async |tx| store::activity(tx, id).await).await?;
    found.map(|activity| activity.party).ok_or(Error::NotFound)
}

/// Whose book a season stands in.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn season_whose(app: &App, id: SeasonId) -> Result<PartyId, Error> {
    let found = app.store.glance(async |tx| store::season(tx, id).await).await?;
    found.map(|season| season.party).ok_or(Error::NotFound)
}

/// Whose the plots are, as far as they are there.
///
/// # Errors
/// When the database fails.
pub(super) async fn owners_of(app: &App, plots: &[PlaceId]) -> Result<Vec<(PlaceId, PartyId)>, Error> {
    app.store
        .read(async |tx| {
            let mut found = Vec::with_capacity(plots.len());
            for plot in plots {
                found.extend(places::place(tx, *plot).await?.map(|place| (place.id, place.party)));
            }
            Ok(found)
        })
        .await
}

/// The plots of the parties that a member records for, each with the name of its party.
///
/// # Errors
/// When the database fails.
pub(super) async fn plots_of(
    app: &App,
    parties: &[(PartyId, String)],
) -> Result<Vec<(String, Place)>, Error> {
    app.store
        .read(async |tx| {
            let mut found = Vec::new();
            for (party, name) in parties {
                for place in places::open_places(tx, *party).await? {
                    if place.kind.grows() {
                        found.push((name.clone(), place));
                    }
                }
            }
            Ok(found)
        })
        .await
}

/// The trade name of a substance by the list in force today.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn substance_name(app: &App, id: SubstanceId) -> Result<String, Error> {
    let today = app.clock.now().day();
    let found = app.store.read(async |tx| lists::substance(tx, id, today).await).await?;
    found.map(|substance| substance.name).ok_or(Error::NotFound)
}
