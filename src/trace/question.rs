//! What a trace is asked for, and the answer: the closure with all that is told of it, in one unit of work.

use super::cases;
use super::closure::{self, Closure, Direction};
use super::report::{self, Known, Trace};
use super::sight::Sight;
use super::store::{self, PlaceNames};
use super::told::Happening;
use crate::accounts::Identity;
use crate::app::App;
use crate::kernel::identifier;
use crate::kernel::{Day, EventId, LotId, Moment, PlaceId, Problem, Problems, ThingId};
use crate::lots::{self, Viewer};
use crate::places::{self, Place};
use crate::store::{StoreError, Tx};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The most parts of a genealogy that one trace reads.
pub const MOST_PARTS: usize = 200_000;
/// The most events that one trace reads.
const MOST_EVENTS: i64 = 200_000;

/// What is traced.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A lot by its id.
    Lot(LotId),
    /// Whatever has this name or URI.
    Thing(String),
    /// Everything that had an event at a place.
    Place {
        /// The place: its id, number, GLN, name or URI.
        place: String,
        /// From this moment.
        from: Moment,
        /// Up to this one, which is left out.
        to: Moment,
    },
}

/// Why there is no trace.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such lot, thing or place, as far as the one who asks may know.
    #[error("no such lot, thing or place")]
    NotFound,
    /// The question breaks rules.
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

/// The trace of what is asked, as far as `who` may see it.
///
/// # Errors
/// [`Error::NotFound`] for what is not there or none of the asker's affair.
pub async fn trace(app: &App, who: &Identity, asked: &Asked, direction: Direction) -> Result<Trace, Error> {
    let today = app.clock.now().day();
    let host = app.config.code_host().to_string();
    app.store.read(async |tx| answer(tx, who, asked, direction, today, &host).await).await
}

/// The EPCIS events of a trace as they were received, in order of time: those that the viewer may see whole.
///
/// # Errors
/// When the database fails.
pub async fn documents(app: &App, trace: &Trace) -> Result<Vec<String>, Error> {
    let seen = trace.known.events.iter().filter(|event| trace.sight.is_party_to(event));
    let mut ids: Vec<Uuid> = seen.map(|event| event.event.as_uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(app.store.read(async |tx| store::written(tx, &ids).await).await?)
}

async fn answer(
    tx: &mut Tx,
    who: &Identity,
    asked: &Asked,
    direction: Direction,
    today: Day,
    host: &str,
) -> Result<Trace, Error> {
    let viewer = lots::viewer(tx, who, today).await?;
    let starts = starts(tx, &viewer, asked, host).await?;
    let closure = closure::closure(tx, &starts, direction, MOST_PARTS).await?;
    let known = know(tx, &closure).await?;
    let sight =
        Sight::of(&viewer, &known.lots, &known.holdings, &known.accounts, &known.parcels, &known.events);
    if matches!(asked, Asked::Thing(_)) && !starts.iter().any(|start| sight.deals_with(*start)) {
        // A case is the affair of those whose goods lie in it.
        let inside = closure.starts.iter().map(|place| closure.graph.thing(*place));
        if !inside.into_iter().any(|thing| sight.deals_with(thing)) {
            return Err(Error::NotFound);
        }
    }
    Ok(report::tell(closure, direction, known, sight))
}

async fn starts(tx: &mut Tx, viewer: &Viewer, asked: &Asked, host: &str) -> Result<Vec<ThingId>, Error> {
    match asked {
        Asked::Lot(lot) => {
            let lot = lots::find(tx, *lot).await?.ok_or(Error::NotFound)?;
            if !viewer.may_see(tx, lot.id).await? {
                return Err(Error::NotFound);
            }
            Ok(vec![ThingId::from_uuid(lot.id.as_uuid())])
        }
        Asked::Thing(text) => {
            let name = name_of(text, host);
            let thing = match store::named(tx, &name).await? {
                Some(thing) => Some(thing),
                None => store::alias(tx, &name).await?,
            };
            Ok(vec![thing.ok_or(Error::NotFound)?])
        }
        Asked::Place { place, from, to } => {
            if to <= from {
                return Err(Problem::new("trace_window_empty").value(to.to_string()).at("to").into());
            }
            let names = place_names(tx, viewer, place, host).await?;
            let most = i64::try_from(MOST_PARTS).unwrap_or(i64::MAX);
            Ok(store::at_place(tx, &names, *from, *to, most).await?)
        }
    }
}

/// The name under which a thing or place is known, however it was written.
fn name_of(text: &str, host: &str) -> String {
    let text = text.trim();
    if text.contains("://") || text.starts_with("urn:") {
        identifier::name_of(text, &[host])
    } else {
        text.to_owned()
    }
}

async fn registered(tx: &mut Tx, text: &str) -> Result<Option<Place>, StoreError> {
    if let Ok(id) = text.parse::<PlaceId>() {
        return places::place(tx, id).await;
    }
    if let Ok(number) = crate::kernel::PlaceNumber::parse(text)
        && let Some(place) = places::by_number(tx, &number).await?
    {
        return Ok(Some(place));
    }
    match crate::kernel::Gln::parse(text) {
        Ok(gln) => places::by_gln(tx, &gln).await,
        Err(_) => Ok(None),
    }
}

async fn place_names(tx: &mut Tx, viewer: &Viewer, text: &str, host: &str) -> Result<PlaceNames, Error> {
    let text = text.trim();
    let name = name_of(text, host);
    let inner = name.strip_prefix("414/").filter(|rest| !rest.contains('/')).unwrap_or(text);
    if let Some(place) = registered(tx, inner).await? {
        if !viewer.is_party_to(&[Some(place.party)]) {
            return Err(Error::NotFound);
        }
        let name = place.gln.as_ref().map(|gln| format!("414/{gln}")).unwrap_or_default();
        return Ok(PlaceNames { id: Some(place.id.as_uuid()), name });
    }
    // Nobody but the authority has a claim on places that the registry does not know.
    match viewer {
        Viewer::Authority => Ok(PlaceNames { id: None, name }),
        Viewer::Parties(_) => Err(Error::NotFound),
    }
}

fn distinct<T: Copy + Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Reads all that is told of the things of a closure.
async fn know(tx: &mut Tx, closure: &Closure) -> Result<Known, StoreError> {
    let all: Vec<Uuid> = closure.graph.things().iter().map(ThingId::as_uuid).collect();
    let reached: Vec<Uuid> =
        closure.reached().into_iter().map(|place| closure.graph.thing(place).as_uuid()).collect();
    let mut known = Known::default();
    let lots = store::lots(tx, &all).await?;
    known.lots = lots.into_iter().map(|lot| (ThingId::from_uuid(lot.id.as_uuid()), lot)).collect();
    let registered: Vec<Uuid> =
        reached.iter().copied().filter(|id| known.lots.contains_key(&ThingId::from_uuid(*id))).collect();
    known.holdings = store::holdings(tx, &registered).await?;
    known.accounts = store::accounts(tx, &registered).await?;
    known.parcels = store::arrivals_due(tx, &registered).await?;
    known.parked = store::parked(tx, &reached).await?;
    known.events = happenings(tx, &reached, &mut known.cut).await?;
    let carriers = known.events.iter().filter_map(|event| event.carrier).map(|carrier| carrier.as_uuid());
    let named = distinct(all.iter().copied().chain(carriers));
    known.things = store::things(tx, &named).await?.into_iter().map(|thing| (thing.id, thing)).collect();
    let places = known.events.iter().filter_map(|event| event.place);
    let places = distinct(places.chain(known.lots.values().map(|lot| lot.place)).map(|id| id.as_uuid()));
    known.places = store::places(tx, &places).await?.into_iter().map(|place| (place.id, place)).collect();
    let mut parties: Vec<_> = known.lots.values().map(|lot| lot.party).collect();
    for event in &known.events {
        parties.extend([event.party, event.recorder, event.counterparty].into_iter().flatten());
    }
    parties.extend(known.places.values().map(|place| place.party));
    parties.extend(known.holdings.iter().map(|holding| holding.party));
    parties.extend(known.accounts.iter().map(|account| account.party));
    parties.extend(known.parcels.iter().flat_map(|parcel| [parcel.from, parcel.to]));
    let parties = distinct(parties.into_iter().map(|id| id.as_uuid()));
    known.parties = store::parties(tx, &parties).await?.into_iter().map(|party| (party.id, party)).collect();
    Ok(known)
}

/// What happened to things, and to the cases in which they lay while they lay there, in order of time.
async fn happenings(tx: &mut Tx, things: &[Uuid], cut: &mut bool) -> Result<Vec<Happening>, StoreError> {
    let mut events = store::events(tx, things, MOST_EVENTS).await?;
    *cut = i64::try_from(events.len()).unwrap_or(i64::MAX) >= MOST_EVENTS;
    let stays = cases::stays(tx, things).await?;
    let cases = distinct(stays.iter().map(|stay| stay.parent.as_uuid()));
    let mut of_case: HashMap<ThingId, Vec<Happening>> = HashMap::new();
    for event in store::events(tx, &cases, MOST_EVENTS).await? {
        if event.role == "object" {
            of_case.entry(event.thing).or_default().push(event);
        }
    }
    let mut seen: HashSet<(ThingId, EventId)> =
        events.iter().map(|event| (event.thing, event.event)).collect();
    for stay in &stays {
        for event in of_case.get(&stay.parent).into_iter().flatten() {
            let within = event.time >= stay.from && stay.until.is_none_or(|until| event.time <= until);
            if within && seen.insert((stay.child, event.event)) {
                let (amount, unit) = (stay.amount, stay.unit);
                let (thing, carrier) = (stay.child, Some(stay.parent));
                events.push(Happening { thing, carrier, amount, unit, ..event.clone() });
            }
        }
    }
    // Where only the day is known, several events have one time: they happened in the order in which they were entered.
    events.sort_by_key(|event| (event.time, event.recorded_at, event.event, event.thing));
    Ok(events)
}
