//! What the pages of the door read: what an event did, before it is taken back; what lies in a case.
//!
//! What must stay true: a case is seen by the authority and by the parties of the lots that lie in it or of the events that speak of
//! it, and of it only what is their affair.

use super::error::Error;
use crate::accounts::Identity;
use crate::app::App;
use crate::events::{self, Event, Role, Step, ThingKind};
use crate::kernel::{Day, EventId, LotCode, LotId, PartyId, Quantity, ThingId};
use crate::lots::{self, Viewer};
use crate::parties;
use crate::places;
use crate::products;
use crate::store::{StoreError, Tx};

/// The latest events of a case that its page tells.
const EVENTS: usize = 50;

/// A part of a lot, with the words of a page for it.
#[derive(Clone, Debug)]
pub struct CaseLine {
    /// The lot.
    pub lot: LotId,
    /// Its code.
    pub code: LotCode,
    /// The product's name.
    pub product: String,
    /// How much, where that was told.
    pub quantity: Option<Quantity>,
}

/// An event that may be declared wrong, and what would be taken back.
#[derive(Clone, Debug)]
pub struct Undoing {
    /// The event.
    pub event: Event,
    /// The party whose act it is.
    pub party: PartyId,
    /// The lots that it speaks of.
    pub lots: Vec<CaseLine>,
    /// Where it happened.
    pub place: Option<String>,
    /// To whom or from whom.
    pub counterparty: Option<String>,
    /// Whether something was received or refused of it, which would wait from then on.
    pub has_arrived: bool,
    /// Whether it was declared wrong before.
    pub is_corrected: bool,
}

/// The event with this id, for those whose act it is.
///
/// # Errors
/// [`Error::NotFound`] for everybody else.
pub async fn undoing(app: &App, who: &Identity, id: EventId) -> Result<Undoing, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let event = events::event(tx, id).await?.ok_or(Error::NotFound)?;
            let party = event.whose().ok_or(Error::NotFound)?;
            let viewer = lots::viewer(tx, who, today).await?;
            if !matches!(&viewer, Viewer::Parties(own) if own.contains(&party)) {
                return Err(Error::NotFound);
            }
            let mut lines: Vec<CaseLine> = Vec::new();
            for part in events::parts(tx, id).await? {
                if let Some(line) = line(tx, part.thing, part.quantity).await?
                    && !lines.iter().any(|known| known.lot == line.lot)
                {
                    lines.push(line);
                }
            }
            Ok(Undoing {
                party,
                lots: lines,
                place: match event.place {
                    Some(place) => places::place(tx, place).await?.map(|place| place.name),
                    None => None,
                },
                counterparty: name(tx, event.counterparty).await?,
                has_arrived: !lots::arrivals_of(tx, id).await?.is_empty(),
                is_corrected: events::is_corrected(tx, id).await?,
                event,
            })
        })
        .await
}

async fn line(
    tx: &mut Tx,
    thing: ThingId,
    quantity: Option<Quantity>,
) -> Result<Option<CaseLine>, StoreError> {
    let Some(lot) = lots::find(tx, thing.as_lot()).await? else { return Ok(None) };
    let Some(product) = products::product(tx, lot.product).await? else { return Ok(None) };
    Ok(Some(CaseLine { lot: lot.id, code: lot.code, product: product.name, quantity }))
}

async fn name(tx: &mut Tx, party: Option<PartyId>) -> Result<Option<String>, StoreError> {
    let Some(party) = party else { return Ok(None) };
    Ok(parties::party(tx, party).await?.map(|party| party.name))
}

/// A case or pallet, as the one who looks may know it.
#[derive(Clone, Debug)]
pub struct CaseSheet {
    /// The SSCC: 18 digits.
    pub sscc: String,
    /// What lies in it of lots that the viewer has to do with.
    pub lots: Vec<CaseLine>,
    /// The cases in it, by their SSCC.
    pub cases: Vec<String>,
    /// Whether something lies in it that is not the viewer's affair.
    pub has_more: bool,
    /// Who has it now, where the viewer may know that.
    pub with: Option<String>,
    /// Who it is under way to, while it is.
    pub under_way_to: Option<String>,
    /// The party that the viewer records for and that has goods in it: it may empty or send it.
    pub mine: Option<PartyId>,
    /// What happened to it, newest first.
    pub events: Vec<Happening>,
}

/// An event of a case.
#[derive(Clone, Debug)]
pub struct Happening {
    /// The event.
    pub event: Event,
    /// Whose act it was.
    pub party: Option<String>,
    /// To whom or from whom.
    pub counterparty: Option<String>,
    /// Whether it was declared wrong.
    pub is_corrected: bool,
}

/// The case with this name (`00/SSCC`), for those who have to do with it and for the authority.
///
/// # Errors
/// [`Error::NotFound`] for everybody else, as if it were not there.
pub async fn case(app: &App, who: &Identity, name: &str) -> Result<CaseSheet, Error> {
    let today = app.clock.now().day();
    app.store.read(async |tx| sheet(tx, who, name, today).await).await
}

async fn sheet(tx: &mut Tx, who: &Identity, case: &str, today: Day) -> Result<CaseSheet, Error> {
    let thing = events::by_name(tx, case).await?.filter(|thing| thing.kind == ThingKind::Container);
    let thing = thing.ok_or(Error::NotFound)?;
    let viewer = lots::viewer(tx, who, today).await?;
    let mut sheet = CaseSheet {
        sscc: case.strip_prefix("00/").unwrap_or(case).to_owned(),
        lots: Vec::new(),
        cases: Vec::new(),
        has_more: false,
        with: None,
        under_way_to: None,
        mine: None,
        events: Vec::new(),
    };
    let there: Vec<_> = events::contents(tx, thing.id).await?;
    for content in there.iter().filter(|content| content.removed.is_none()) {
        let inner = events::thing(tx, content.child).await?;
        if let Some(inner) = inner.filter(|inner| inner.kind == ThingKind::Container) {
            sheet.cases.push(inner.name.strip_prefix("00/").unwrap_or(&inner.name).to_owned());
            continue;
        }
        match line(tx, content.child, content.quantity).await? {
            Some(line) if viewer.may_see(tx, line.lot).await? => sheet.lots.push(line),
            _ => sheet.has_more = true,
        }
    }
    happened(tx, &viewer, thing.id, &mut sheet).await?;
    if sheet.lots.is_empty() && sheet.events.is_empty() {
        return Err(Error::NotFound);
    }
    if let Viewer::Parties(own) = &viewer {
        let mut inside: Vec<LotId> = sheet.lots.iter().map(|line| line.lot).collect();
        for (deep, _) in events::contents_of(tx, thing.id, crate::kernel::Moment::MAX).await? {
            inside.push(deep.as_lot());
        }
        for lot in inside {
            for party in own {
                let boxed = lots::holding(tx, lot, *party).await?.is_some_and(|holding| holding.boxed > 0);
                if boxed {
                    sheet.mine = sheet.mine.or(Some(*party));
                }
            }
        }
    }
    Ok(sheet)
}

/// The events of a case that the viewer is party to, and where the last one in force left it.
async fn happened(
    tx: &mut Tx,
    viewer: &Viewer,
    case: ThingId,
    sheet: &mut CaseSheet,
) -> Result<(), StoreError> {
    let mut is_last = true;
    for id in events::of_thing(tx, case).await?.into_iter().rev() {
        let Some(event) = events::event(tx, id).await? else { continue };
        let is_corrected = events::is_corrected(tx, id).await?;
        let theirs = viewer.is_party_to(&[event.whose(), event.party, event.counterparty]);
        let is_whole = event.step != Step::Correct && !is_corrected;
        let lies_in = is_whole
            && events::parts(tx, id)
                .await?
                .iter()
                .any(|part| part.thing == case && part.role != Role::Carried);
        let (party, other) = if theirs {
            (name(tx, event.whose()).await?, name(tx, event.counterparty).await?)
        } else {
            (None, None)
        };
        if is_last && lies_in {
            is_last = false;
            sheet.with.clone_from(&party);
            if matches!(event.step, Step::Ship | Step::Return | Step::Refuse) {
                sheet.under_way_to.clone_from(&other);
            }
        }
        if theirs && sheet.events.len() < EVENTS {
            sheet.events.push(Happening { event, party, counterparty: other, is_corrected });
        }
    }
    Ok(())
}
