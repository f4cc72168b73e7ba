//! The door of the authority's lists. A version is published here, because what it says of substances and bands reaches back to its first
//! day: sprays since then are judged anew, and what was harvested or made is looked at again.
//!
//! What must stay true: no version comes into force without the note that everything since its first day has to be looked at; what is
//! noted is looked at at once, a page in a unit of work, the latest first, and carried on from where it stands after a kill; when a version is
//! followed by a milder one, what only the first one held is free.

use super::act::{Act, Fresh, Mode};
use super::error::Error;
use super::field::shown_anew;
use super::memory::Memory;
use super::model::By;
use super::{claims, growth, service};
use crate::accounts::{Official, Role};
use crate::app::App;
use crate::events::{self, Event, Step};
use crate::fieldbook::lists::{self, ListForm, Look, Looked, Marks, NewList, Published, Publisher};
use crate::fieldbook::{judge_anew, sprays_of};
use crate::kernel::{Day, ListId, LotId, Moment, PersonId, PlaceId, Sha256Hash};
use crate::log;
use crate::lots;
use crate::places;
use crate::store::{MediaType, StoreError, Tx, put_file};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Sprays on a page: most are only read, and those that are judged anew are few.
const SPRAYS: i64 = 500;
/// Harvests and makings on a page: each of them is weighed.
const MEASURED: i64 = 100;
/// How many pages whoever publishes waits for; the rounds of the service see to the rest.
const AT_ONCE: usize = 20;

/// A version that was published.
#[derive(Clone, Debug)]
pub struct PublishedList {
    /// The version.
    pub published: Published,
    /// What looking again came to so far; nothing for crops.
    pub looked: Option<Looked>,
}

/// Publishes a draft that was looked at when `newest` was the number of the newest version.
///
/// # Errors
/// As [`lists::preview`] and [`lists::publish`].
pub async fn publish_draft(
    app: &App,
    by: &Official,
    id: ListId,
    newest: i64,
) -> Result<PublishedList, lists::Error> {
    let new = lists::ready(app, id).await?;
    let published = publish(app, &new, by.into(), Some(newest), None).await?;
    begin(app, published, AT_ONCE).await
}

/// Reads a file and publishes it; comes back when everything was looked at again.
///
/// # Errors
/// As [`lists::check_file`] and [`lists::publish`].
pub async fn publish_list(
    app: &App,
    by: Publisher,
    form: &ListForm,
    bytes: &[u8],
) -> Result<PublishedList, lists::Error> {
    let (kind, new) = lists::ready_file(app, form, bytes).await?;
    let published = publish(app, &new, by, None, Some((kind, bytes))).await?;
    begin(app, published, usize::MAX).await
}

async fn publish(
    app: &App,
    new: &NewList,
    by: Publisher,
    newest: Option<i64>,
    file: Option<(MediaType, &[u8])>,
) -> Result<Published, lists::Error> {
    app.store
        .write(async |tx| {
            log::still_agrees(app)?;
            // Within the unit of work: the log tells versions in the order of their numbers.
            let marks = Marks::of(app);
            if let Some((kind, bytes)) = file {
                put_file(tx, kind, bytes, marks.now).await?;
            }
            lists::publish(tx, new, by, newest, marks).await
        })
        .await
}

/// Looks again at once, as far as somebody waits for it. It is published whatever comes of this: what fails is tried again by the rounds.
async fn begin(app: &App, published: Published, pages: usize) -> Result<PublishedList, lists::Error> {
    for _ in 0..pages {
        match look_further(app).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                tracing::warn!(%error, "a list was published; what it changes is looked at again later");
                break;
            }
        }
    }
    let looked = lists::looked(app, published.list.id).await?;
    Ok(PublishedList { published, looked })
}

/// One unit of what published versions have to be looked at again for; how much was done. Call it until it is nothing.
///
/// # Errors
/// When the database fails.
pub async fn look_at_lists(app: &App) -> Result<u64, Error> {
    Ok(u64::from(look_further(app).await?))
}

/// One unit of it; whether there was anything to do.
async fn look_further(app: &App) -> Result<bool, Error> {
    if app.store.glance(async |tx| lists::look_under_way(tx).await).await?.is_none() {
        return Ok(false);
    }
    let host = app.config.code_host();
    // Nobody: what is looked at again meets no gate that asks who does it.
    let nobody = Official { person: PersonId::from_uuid(Uuid::nil()), role: Role::Administrator };
    let by = By::Official(nobody);
    let touched = app
        .store
        .write_ahead(Some("lot"), async |tx| {
            let Some(look) = lists::look_under_way(tx).await? else { return Ok::<_, Error>(Vec::new()) };
            let (fresh, now) = (Fresh::draw(app, None), app.clock.now());
            let memory = Memory::default();
            let fingerprint = Sha256Hash::of(look.list.as_uuid().as_bytes());
            let mut act = Act::new(host, &memory, now, &by, fresh, fingerprint, Mode::Command);
            Box::pin(page(tx, &mut act, &look)).await?;
            Ok(act.touched.into_iter().chain(act.reached).collect())
        })
        .await?;
    for lot in touched {
        app.changes.note(lot);
    }
    Ok(true)
}

async fn page(tx: &mut Tx, act: &mut Act<'_>, look: &Look) -> Result<(), Error> {
    let (mut done, last) = match look.kind {
        lists::ListKind::Substances => sprays(tx, act, look).await?,
        lists::ListKind::Bands => measured(tx, act, look).await?,
        lists::ListKind::Crops => (Looked::default(), None),
    };
    done.ended_at = last.is_none().then_some(act.now);
    if lists::look_further(tx, look, last, done).await? {
        Ok(())
    } else {
        // Somebody else looked at this page at the same moment.
        Err(StoreError::lost_race().into())
    }
}

type Page = (Looked, Option<(Moment, Uuid)>);

/// A page of sprays, judged anew where the version says something else of them.
async fn sprays(tx: &mut Tx, act: &mut Act<'_>, look: &Look) -> Result<Page, Error> {
    let before = (look.before.0.day(), look.before.1);
    let page = sprays_of(tx, look.from, before, &look.changed, SPRAYS).await?;
    let mut done = Looked { looked: page.looked, ..Looked::default() };
    for dubious in page.changed {
        let Some((spray, window)) = judge_anew(tx, dubious, act.now).await? else { continue };
        if !act.anew {
            // A harvest that passes the gate at this moment has read the plot as it was: it is run again.
            places::shut_gate(tx, spray.place).await?;
        }
        shown_anew(tx, act, &spray).await?;
        let until = window.to.map_or(Moment::MAX, Day::start);
        let mut grown = BTreeSet::new();
        for one in events::harvests_at(tx, window.place, window.from.start(), until).await? {
            grown.insert(one.lot);
        }
        let stopped = those_stopped(tx, &grown).await?;
        growth::recheck(tx, act, window.place, window.from, window.to).await?;
        count(tx, &mut done, &grown, &stopped).await?;
    }
    let last = page.last.filter(|_| page.looked == SPRAYS);
    Ok((done, last.map(|(day, id)| (day.start(), id))))
}

/// A page of harvests, weighed by the bands as they stand, and of what was made or lost under way, told again. The bands
/// also say from which day on a crop can be harvested, and so whether a harvest is of a season that was sown anew: what
/// stands against each is looked at again.
async fn measured(tx: &mut Tx, act: &mut Act<'_>, look: &Look) -> Result<Page, Error> {
    let page = events::measured_since(tx, look.from.start(), look.before, MEASURED).await?;
    let looked = i64::try_from(page.len()).unwrap_or(i64::MAX);
    let mut done = Looked { looked, ..Looked::default() };
    let last = page.last().filter(|_| looked == MEASURED).map(|row| (row.time, row.id.as_uuid()));
    // Made anew, what was recorded since is told later.
    let page: Vec<_> = page.into_iter().filter(|row| row.recorded_at <= act.now).collect();
    let is_harvest = |row: &Event| matches!(row.step, Step::Harvest | Step::Pick);
    let mut lots = BTreeSet::new();
    let mut grown: BTreeSet<(PlaceId, Day)> = BTreeSet::new();
    for row in &page {
        lots.extend(events::lots_of(tx, row.id).await?);
        grown.extend(row.place.filter(|_| is_harvest(row)).map(|place| (place, row.time.day())));
    }
    // A page may end within a day, which is looked at whole.
    for (place, day) in &grown {
        let harvests = events::harvests_at(tx, *place, day.start(), day.plus_days(1).start()).await?;
        lots.extend(harvests.into_iter().map(|one| one.lot));
    }
    let stopped = those_stopped(tx, &lots).await?;
    for (place, day) in grown {
        growth::recheck(tx, act, place, day, Some(day.plus_days(1))).await?;
    }
    for row in &page {
        if is_harvest(row) {
            let harvested = events::lots_of(tx, row.id).await?;
            growth::weigh(tx, act, row, &harvested).await?;
            for lot in harvested {
                for certificate in events::claimed(tx, lot).await? {
                    claims::note_all(act, certificate);
                }
            }
        } else {
            act.replay(row.id);
        }
    }
    service::conclude(tx, act).await?;
    count(tx, &mut done, &lots, &stopped).await?;
    Ok((done, last))
}

/// Looks again for all of a version at once, when everything is made anew: as it was looked at when it was published.
pub(super) async fn look_again(tx: &mut Tx, act: &mut Act<'_>, id: ListId) -> Result<(), Error> {
    let Some(mut look) = lists::look_of(tx, id).await? else { return Ok(()) };
    loop {
        let (_, last) = match look.kind {
            lists::ListKind::Substances => sprays(tx, act, &look).await?,
            lists::ListKind::Bands => measured(tx, act, &look).await?,
            lists::ListKind::Crops => return Ok(()),
        };
        match last {
            Some(last) => look.before = last,
            None => return Ok(()),
        }
    }
}

async fn those_stopped(tx: &mut Tx, lots: &BTreeSet<LotId>) -> Result<BTreeSet<LotId>, Error> {
    let mut stopped = BTreeSet::new();
    for lot in lots {
        if lots::find(tx, *lot).await?.is_some_and(|lot| lot.stop().is_some()) {
            stopped.insert(*lot);
        }
    }
    Ok(stopped)
}

/// Counts which of the lots are held or free now and were not before.
async fn count(
    tx: &mut Tx,
    done: &mut Looked,
    lots: &BTreeSet<LotId>,
    before: &BTreeSet<LotId>,
) -> Result<(), Error> {
    let now = those_stopped(tx, lots).await?;
    let many = |lots: usize| i64::try_from(lots).unwrap_or(i64::MAX);
    done.held += many(now.difference(before).count());
    done.freed += many(before.difference(&now).count());
    Ok(())
}
