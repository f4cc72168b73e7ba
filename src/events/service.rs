//! Reading the journal: the history of a lot, and one event whole, for those who may see them.

use super::model::{Event, Step};
use super::store;
use crate::accounts::Identity;
use crate::app::App;
use crate::kernel::{
    Cursor, Day, EventId, LotId, Moment, Page, PageSize, PartyId, PlaceId, Problem, Problems, Quantity,
};
use crate::log;
use crate::lots::{self, Lot, Viewer};
use crate::parties::{self, Party};
use crate::places::{self, Place};
use crate::store::{StoreError, Tx};
use std::collections::HashMap;
use uuid::Uuid;

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such event, as far as the one who asks may know.
    #[error("no such event")]
    NotFound,
    /// The input breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An event with what its viewer may know of it: the public part of what others did, all of one's own.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The row.
    pub event: Event,
    /// Whose act it is.
    pub party: Option<Party>,
    /// Who entered it, when another than that.
    pub entered_by: Option<Party>,
    /// Where.
    pub place: Option<Place>,
    /// Whether all of it may be shown; the rest is empty else.
    pub whole: bool,
    /// To whom or from whom.
    pub counterparty: Option<Party>,
    /// How much.
    pub quantity: Option<Quantity>,
    /// The remark.
    pub note: Option<String>,
    /// The EPCIS event, as it was written; only where one event is asked for.
    pub epcis: Option<String>,
    /// The lot.
    pub lot: LotId,
}

impl Shown {
    /// Whether it is a shipment: it has a page of its own.
    #[must_use]
    pub fn is_shipment(&self) -> bool {
        self.event.step == Step::Ship
    }
}

/// Names that are met again and again in one history.
#[derive(Default)]
struct Known {
    parties: HashMap<PartyId, Option<Party>>,
    places: HashMap<PlaceId, Option<Place>>,
}

impl Known {
    async fn party(&mut self, tx: &mut Tx, id: Option<PartyId>) -> Result<Option<Party>, StoreError> {
        let Some(id) = id else { return Ok(None) };
        if let Some(known) = self.parties.get(&id) {
            return Ok(known.clone());
        }
        let found = parties::party(tx, id).await?;
        self.parties.insert(id, found.clone());
        Ok(found)
    }

    async fn place(&mut self, tx: &mut Tx, id: Option<PlaceId>) -> Result<Option<Place>, StoreError> {
        let Some(id) = id else { return Ok(None) };
        if let Some(known) = self.places.get(&id) {
            return Ok(known.clone());
        }
        let found = places::place(tx, id).await?;
        self.places.insert(id, found.clone());
        Ok(found)
    }

    async fn shown(
        &mut self,
        tx: &mut Tx,
        viewer: &Viewer,
        lot: &Lot,
        event: Event,
        amount: Option<i64>,
    ) -> Result<Shown, StoreError> {
        let whole = viewer.is_party_to(&[event.whose(), event.party, event.counterparty]);
        let note = if whole { log::private(tx, event.id.as_uuid(), "note").await? } else { None };
        Ok(Shown {
            party: self.party(tx, event.whose()).await?,
            entered_by: self.party(tx, event.behalf_of.and(event.party)).await?,
            place: self.place(tx, event.place).await?,
            whole,
            counterparty: self.party(tx, event.counterparty.filter(|_| whole)).await?,
            quantity: amount.filter(|_| whole).map(|amount| lot.quantity(amount)),
            note: note.and_then(|kept| kept.value.as_str().map(str::to_owned)),
            epcis: None,
            lot: lot.id,
            event,
        })
    }
}

/// The events of a lot, newest first, for those who may see the lot.
///
/// # Errors
/// [`Error::NotFound`] for everybody else.
pub async fn history(
    app: &App,
    who: &Identity,
    lot: LotId,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Shown>, Error> {
    let before = after.map(Cursor::time).transpose().map_err(|problem: Problem| problem.at("after"));
    let before = before.map_err(Problems::from)?.unwrap_or((Moment::MAX, Uuid::max()));
    let today = app.clock.now().day();
    let rows = app
        .store
        .read(async |tx| {
            let (viewer, lot) = seen(tx, who, lot, today).await?;
            let mut known = Known::default();
            let mut rows = Vec::new();
            for (event, amount) in store::of_lot(tx, lot.id, before, size.limit()).await? {
                rows.push(known.shown(tx, &viewer, &lot, event, amount).await?);
            }
            Ok::<_, Error>(rows)
        })
        .await?;
    Ok(Page::of(rows, size, |last| Cursor::Time(last.event.time, last.event.id.as_uuid())))
}

/// One event, for those who may see a lot that it touches.
///
/// # Errors
/// [`Error::NotFound`] for everybody else.
pub async fn show(app: &App, who: &Identity, id: EventId) -> Result<Shown, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let event = store::event(tx, id).await?.ok_or(Error::NotFound)?;
            let lot = store::lots_of(tx, id).await?.first().copied().ok_or(Error::NotFound)?;
            let (viewer, lot) = seen(tx, who, lot, today).await?;
            let amount = store::amount_of(tx, id, lot.id).await?;
            let mut shown = Known::default().shown(tx, &viewer, &lot, event, amount).await?;
            if shown.whole {
                shown.epcis = store::epcis(tx, id).await?;
            }
            Ok(shown)
        })
        .await
}

async fn seen(tx: &mut Tx, who: &Identity, lot: LotId, today: Day) -> Result<(Viewer, Lot), Error> {
    let lot = lots::find(tx, lot).await?.ok_or(Error::NotFound)?;
    let viewer = lots::viewer(tx, who, today).await?;
    if viewer.may_see(tx, lot.id).await? { Ok((viewer, lot)) } else { Err(Error::NotFound) }
}
