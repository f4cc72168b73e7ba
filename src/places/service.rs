//! The use cases of places, one unit of work each.

use super::model::{NewPlace, Place};
use super::store;
use crate::accounts::{Identity, Member};
use crate::app::App;
use crate::kernel::{Cursor, Moment, Page, PageSize, PartyId, PlaceId, PlaceNumber, Problem, Problems};
use crate::store::{StoreError, Tx};

/// How many numbers are drawn for a new place: of 10^8 numbers, eight in a row that are taken mean a full registry.
const NUMBERS: usize = 8;

/// Why a place's use case was refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such place, as far as the one who asks may know.
    #[error("no such place")]
    NotFound,
    /// The GLN belongs to another place.
    #[error("the GLN is taken: {gln}")]
    GlnTaken {
        /// The GLN.
        gln: String,
        /// Whether that place is one of the same party.
        own: bool,
    },
    /// The place is closed.
    #[error("the place is closed")]
    Closed,
    /// Every number drawn was taken.
    #[error("no free number was found")]
    NoFreeNumber,
    /// The input breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid(problem.into())
    }
}

/// What is drawn for a new place before its unit of work, which may be run again.
#[derive(Clone, Debug)]
pub struct Drawn {
    id: PlaceId,
    numbers: Vec<PlaceNumber>,
}

impl Drawn {
    /// Draws an id and numbers.
    #[must_use]
    pub fn draw(app: &App) -> Self {
        let id = app.id();
        let numbers = (0..NUMBERS).map(|_| PlaceNumber::from_seed(app.random.number())).collect();
        Self { id, numbers }
    }
}

/// Adds a place of the member's party, within the unit of work of the door (`chain`), which weighs again what its land bears.
///
/// # Errors
/// [`Error::GlnTaken`].
pub async fn add(
    tx: &mut Tx,
    by: &Member,
    drawn: &Drawn,
    new: &NewPlace,
    now: Moment,
) -> Result<Place, Error> {
    refuse_taken(tx, by.party, None, new).await?;
    for number in &drawn.numbers {
        if store::insert(tx, drawn.id, by.party, number, new, now).await? {
            return store::place(tx, drawn.id).await?.ok_or(Error::NotFound);
        }
    }
    Err(Error::NoFreeNumber)
}

/// Changes what is said of a place of the member's party, within the unit of work of the door (`chain`), which weighs again what grew there.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Closed`], [`Error::GlnTaken`].
pub async fn change(
    tx: &mut Tx,
    by: &Member,
    id: PlaceId,
    new: &NewPlace,
    now: Moment,
) -> Result<Place, Error> {
    let place = own(tx, by, id).await?;
    if !place.is_open() {
        return Err(Error::Closed);
    }
    refuse_taken(tx, by.party, Some(id), new).await?;
    store::keep_past(tx, id, new, now).await?;
    if !store::update(tx, id, new, now).await? {
        return Err(Error::Closed);
    }
    store::place(tx, id).await?.ok_or(Error::NotFound)
}

/// Closes a place of the member's party for new events. What happened there stays.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Closed`] when it is closed already.
pub async fn close(app: &App, by: &Member, id: PlaceId) -> Result<Place, Error> {
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            own(tx, by, id).await?;
            if !store::close(tx, id, now).await? {
                return Err(Error::Closed);
            }
            store::place(tx, id).await?.ok_or(Error::NotFound)
        })
        .await
}

/// The place, when `who` may see it: people of its party and of the authority.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn show(app: &App, who: &Identity, id: PlaceId) -> Result<Place, Error> {
    let place = app.store.glance(async |tx| store::place(tx, id).await).await?;
    place.filter(|place| who.party.is_none_or(|party| party == place.party)).ok_or(Error::NotFound)
}

/// The place of the member's own party.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn of(app: &App, by: &Member, id: PlaceId) -> Result<Place, Error> {
    app.store.glance(async |tx| own(tx, by, id).await).await
}

/// The places of `party`, newest first; `search` is part of a name.
///
/// # Errors
/// `cursor_malformed` for a cursor of another list.
pub async fn list(
    app: &App,
    party: PartyId,
    search: &str,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Place>, Error> {
    let before = after.map(Cursor::time).transpose().map_err(|problem| problem.at("after"))?;
    let before = before.map(|(_, id)| id);
    let rows = app.store.glance(async |tx| store::places_of(tx, party, search, before, size).await).await?;
    Ok(Page::of(rows, size, |place| Cursor::Time(place.created_at, place.id.as_uuid())))
}

async fn own(tx: &mut Tx, by: &Member, id: PlaceId) -> Result<Place, Error> {
    store::place(tx, id).await?.filter(|place| place.party == by.party).ok_or(Error::NotFound)
}

/// Refuses a GLN that another place has, or had when something was told of it.
async fn refuse_taken(tx: &mut Tx, party: PartyId, id: Option<PlaceId>, new: &NewPlace) -> Result<(), Error> {
    let Some(gln) = &new.gln else { return Ok(()) };
    match store::by_gln(tx, gln).await? {
        Some(other) if Some(other.id) != id => {
            Err(Error::GlnTaken { gln: gln.to_string(), own: other.party == party })
        }
        _ => Ok(()),
    }
}

/// The error for a GLN that was free when it was looked up, and taken when it was written.
pub fn taken_meanwhile(error: Error, new: &NewPlace) -> Error {
    match (error, &new.gln) {
        (Error::Store(error), Some(gln)) if error.is_unique_violation() => {
            Error::GlnTaken { gln: gln.to_string(), own: false }
        }
        (error, _) => error,
    }
}
