//! Reading lots: who may see which, and what of it.

use super::model::{Delivery, Doubts, Holding, Line, Lot, Receiver};
use super::store;
use crate::accounts::{Identity, Official};
use crate::app::App;
use crate::kernel::fold::fold;
use crate::kernel::{
    Cursor, Day, EventId, Gln, LotCode, LotId, Moment, Page, PageSize, PartyId, Problem, Problems, Quantity,
    ShortCode, TaxNumber,
};
use crate::parties::{self, Party};
use crate::places::{self, Place};
use crate::products::{self, Product};
use crate::store::{StoreError, Tx};
use uuid::Uuid;

/// How many lots or receivers a search gives.
const FOUND: i64 = 12;

/// How many lots a form offers to choose from.
const OFFERED: i64 = 200;

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such lot, shipment or party, as far as the one who asks may know.
    #[error("no such lot, shipment or party")]
    NotFound,
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

/// Whose eyes a lot is looked at with.
#[derive(Clone, Debug)]
pub enum Viewer {
    /// The authority sees all.
    Authority,
    /// A firm sees what it and those that it records for have to do with.
    Parties(Vec<PartyId>),
}

impl Viewer {
    /// Whether something between these parties is the viewer's affair.
    #[must_use]
    pub fn is_party_to(&self, parties: &[Option<PartyId>]) -> bool {
        match self {
            Self::Authority => true,
            Self::Parties(own) => parties.iter().flatten().any(|party| own.contains(party)),
        }
    }

    /// Whether the viewer may see a lot: the authority, and the parties of its chain.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn may_see(&self, tx: &mut Tx, lot: LotId) -> Result<bool, StoreError> {
        let Self::Parties(own) = self else { return Ok(true) };
        for party in own {
            if store::is_in_chain(tx, lot, *party).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The eyes of `who` on `today`, for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn viewer(tx: &mut Tx, who: &Identity, today: Day) -> Result<Viewer, StoreError> {
    let Some(party) = who.party else { return Ok(Viewer::Authority) };
    let grantors = parties::grantors(tx, party, today).await?;
    Ok(Viewer::Parties([party].into_iter().chain(grantors.into_iter().map(|(id, _)| id)).collect()))
}

/// What a form offers to somebody who records for `party`: its open places and its products.
///
/// # Errors
/// [`Error::NotFound`] when `who` may not record for it.
pub async fn choices(app: &App, who: &Identity, party: PartyId) -> Result<(Vec<Place>, Vec<Product>), Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            if !viewer(tx, who, today).await?.is_party_to(&[Some(party)]) {
                return Err(Error::NotFound);
            }
            Ok((places::open_places(tx, party).await?, products::products_to_choose(tx, party).await?))
        })
        .await
}

/// The lots that `party` declared or ever held, newest first.
///
/// # Errors
/// [`Error::NotFound`] when `who` may not look at that party's lots.
pub async fn list(
    app: &App,
    who: &Identity,
    party: PartyId,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Line>, Error> {
    let before = after.map(Cursor::time).transpose().map_err(|problem| problem.at("after"))?;
    let before = before.map_or(Uuid::max(), |(_, id)| id);
    let today = app.clock.now().day();
    let rows = app
        .store
        .read(async |tx| {
            if !viewer(tx, who, today).await?.is_party_to(&[Some(party)]) {
                return Err(Error::NotFound);
            }
            Ok(store::of_party(tx, party, before, size.limit()).await?)
        })
        .await?;
    Ok(Page::of(rows, size, |line| Cursor::Time(line.lot.created_at, line.lot.id.as_uuid())))
}

/// The lots that `party` has something of, newest first, as many as a form offers.
///
/// # Errors
/// [`Error::NotFound`] when `who` may not record for it.
pub async fn in_hand(app: &App, who: &Identity, party: PartyId) -> Result<Vec<Line>, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            if !viewer(tx, who, today).await?.is_party_to(&[Some(party)]) {
                return Err(Error::NotFound);
            }
            Ok(store::in_hand(tx, party, OFFERED).await?)
        })
        .await
}

/// The open places that a lot of `party` may be harvested at: its own, and those of the parties that gave it a mandate, each with its
/// party's name.
///
/// # Errors
/// [`Error::NotFound`] when `who` may not record for it.
pub async fn origins(app: &App, who: &Identity, party: PartyId) -> Result<Vec<(String, Place)>, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            if !viewer(tx, who, today).await?.is_party_to(&[Some(party)]) {
                return Err(Error::NotFound);
            }
            let own = parties::party(tx, party).await?.ok_or(Error::NotFound)?;
            let mut found = Vec::new();
            let grantors = parties::grantors(tx, party, today).await?;
            for (id, name) in std::iter::once((own.id, own.name)).chain(grantors) {
                for place in places::open_places(tx, id).await? {
                    found.push((name.clone(), place));
                }
            }
            Ok(found)
        })
        .await
}

/// A lot, with what its own page says of it beside its events.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The lot.
    pub lot: Lot,
    /// Its product.
    pub product: Product,
    /// Where it began.
    pub place: Place,
    /// Whose lot it is.
    pub party: Party,
    /// Whether the viewer sees that party's name even when it is not published.
    pub party_known: bool,
    /// What the parties that the viewer records for have of it; all parties, for the authority.
    pub hands: Vec<Hand>,
    /// Whether the viewer may see the stopped lot that it was made of.
    pub upstream_known: bool,
    /// What became of its events.
    pub doubts: Doubts,
    /// The cases that some of it lies in, by their SSCC: for the authority, and for those who have some of it in cases.
    pub cases: Vec<String>,
}

/// What one party has of a lot.
#[derive(Clone, Debug)]
pub struct Hand {
    /// The party.
    pub party: PartyId,
    /// Its name.
    pub name: String,
    /// What is left.
    pub left: Quantity,
    /// What is left and not yet packed.
    pub unpacked: Quantity,
    /// Those that it came from, to whom it can go back; not told to the authority.
    pub senders: Vec<Receiver>,
}

/// The lot with this id, for those who may see it.
///
/// # Errors
/// [`Error::NotFound`] for everybody else, as if it were not there.
pub async fn show(app: &App, who: &Identity, id: LotId) -> Result<Sheet, Error> {
    let today = app.clock.now().day();
    app.store.read(async |tx| sheet(tx, who, id, today).await).await
}

async fn sheet(tx: &mut Tx, who: &Identity, id: LotId, today: Day) -> Result<Sheet, Error> {
    let lot = store::find(tx, id).await?.ok_or(Error::NotFound)?;
    let viewer = viewer(tx, who, today).await?;
    if !viewer.may_see(tx, id).await? {
        return Err(Error::NotFound);
    }
    let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
    let place = places::place(tx, lot.place).await?.ok_or(Error::NotFound)?;
    let party = parties::party(tx, lot.party).await?.ok_or(Error::NotFound)?;
    let mut hands = Vec::new();
    let mut sees_cases = matches!(viewer, Viewer::Authority);
    for (holder, holding) in store::holders(tx, id).await? {
        if viewer.is_party_to(&[Some(holder)]) {
            let name = parties::party(tx, holder).await?.map(|party| party.name).unwrap_or_default();
            sees_cases |= holding.boxed > 0;
            let senders = match viewer {
                Viewer::Authority => Vec::new(),
                Viewer::Parties(_) => store::senders(tx, id, holder).await?,
            };
            hands.push(hand(&lot, holder, name, holding, senders));
        }
    }
    let doubts = Doubts {
        corrections: store::corrections(tx, id).await?,
        parked: store::parked(tx, id).await?,
        breaches: store::breaches(tx, id).await?,
    };
    let cases = if sees_cases { store::cases(tx, id).await? } else { Vec::new() };
    let cases = cases.iter().filter_map(|name| name.strip_prefix("00/").map(str::to_owned)).collect();
    let upstream_known = match lot.upstream {
        Some(upstream) => viewer.may_see(tx, upstream.lot).await?,
        None => false,
    };
    let party_known = viewer.is_party_to(&[Some(lot.party)]);
    Ok(Sheet { lot, product, place, party, party_known, hands, upstream_known, doubts, cases })
}

fn hand(lot: &Lot, party: PartyId, name: String, holding: Holding, senders: Vec<Receiver>) -> Hand {
    let unpacked = (holding.taken_in - holding.packed).min(holding.amount);
    Hand { party, name, left: lot.quantity(holding.amount), unpacked: lot.quantity(unpacked), senders }
}

/// What is under way to `party` and not yet received, the oldest first.
///
/// # Errors
/// [`Error::NotFound`] when `who` does not record for that party.
pub async fn incoming(
    app: &App,
    who: &Identity,
    party: PartyId,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Delivery>, Error> {
    let after = after.map(Cursor::time).transpose().map_err(|problem| problem.at("after"))?;
    deliveries(app, who, party, size, async |tx| {
        store::incoming(tx, party, after.unwrap_or((Moment::MIN, Uuid::nil())), size.limit()).await
    })
    .await
}

/// What `party` has sent, the newest first.
///
/// # Errors
/// [`Error::NotFound`] when `who` does not record for that party.
pub async fn outgoing(
    app: &App,
    who: &Identity,
    party: PartyId,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Delivery>, Error> {
    let before = after.map(Cursor::time).transpose().map_err(|problem| problem.at("after"))?;
    deliveries(app, who, party, size, async |tx| {
        store::outgoing(tx, party, before.unwrap_or((Moment::MAX, Uuid::max())), size.limit()).await
    })
    .await
}

async fn deliveries(
    app: &App,
    who: &Identity,
    party: PartyId,
    size: PageSize,
    rows: impl AsyncFn(&mut Tx) -> Result<Vec<Delivery>, StoreError>,
) -> Result<Page<Delivery>, Error> {
    let today = app.clock.now().day();
    let found = app
        .store
        .read(async |tx| {
            if !viewer(tx, who, today).await?.is_party_to(&[Some(party)]) {
                return Err(Error::NotFound);
            }
            Ok(rows(tx).await?)
        })
        .await?;
    Ok(Page::of(found, size, |line| {
        Cursor::Time(line.shipment.sent.shipped_at, line.shipment.sent.id.as_uuid())
    }))
}

/// A shipment, for those at its two ends and for the authority.
#[derive(Clone, Debug)]
pub struct Passage {
    /// The first of its lots with the product, seen from the receiver.
    pub delivery: Delivery,
    /// Its further lots.
    pub further: Vec<Delivery>,
    /// The receiver's name.
    pub to: String,
    /// Whether the viewer may receive it.
    pub is_for_me: bool,
}

impl Passage {
    /// The lots of the shipment.
    #[must_use]
    pub fn lots(&self) -> Vec<LotId> {
        let all = std::iter::once(&self.delivery).chain(&self.further);
        all.map(|delivery| delivery.shipment.sent.lot).collect()
    }
}

/// The shipment with this id.
///
/// # Errors
/// [`Error::NotFound`] for everybody at neither end of it.
pub async fn passage(app: &App, who: &Identity, id: EventId) -> Result<Passage, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let shipments = store::shipment(tx, id).await?;
            let first = shipments.first().copied().ok_or(Error::NotFound)?;
            let viewer = viewer(tx, who, today).await?;
            if !viewer.is_party_to(&[Some(first.sent.from), Some(first.sent.to)]) {
                return Err(Error::NotFound);
            }
            let from = parties::party(tx, first.sent.from).await?.ok_or(Error::NotFound)?;
            let to = parties::party(tx, first.sent.to).await?.ok_or(Error::NotFound)?;
            let is_for_me = who.party.is_some() && viewer.is_party_to(&[Some(first.sent.to)]);
            let mut deliveries = Vec::new();
            for shipment in shipments {
                let lot = store::find(tx, shipment.sent.lot).await?.ok_or(Error::NotFound)?;
                let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
                let unit = lot.unit();
                let other = from.name.clone();
                deliveries.push(Delivery { shipment, code: lot.code, unit, product: product.name, other });
            }
            // What is still under way stands first.
            deliveries.sort_by_key(|delivery| delivery.shipment.left() <= 0);
            let mut deliveries = deliveries.into_iter();
            let delivery = deliveries.next().ok_or(Error::NotFound)?;
            Ok(Passage { delivery, further: deliveries.collect(), to: to.name, is_for_me })
        })
        .await
}

/// The lots that an official means by a short code or a lot's code.
///
/// # Errors
/// When the text is neither.
pub async fn search(app: &App, _by: &Official, text: &str) -> Result<Vec<Line>, Error> {
    let short = ShortCode::parse(text).ok();
    let code = LotCode::parse(text);
    let code = match (&short, code) {
        (Some(_), code) => code.ok(),
        (None, code) => Some(code.map_err(|problem| problem.at("code"))?),
    };
    app.store
        .read(async |tx| {
            let mut lots = Vec::new();
            if let Some(short) = &short {
                lots.extend(store::by_short_code(tx, short).await?);
            }
            if let Some(code) = &code {
                lots.extend(store::with_code(tx, code, FOUND).await?);
            }
            let mut lines = Vec::new();
            for lot in lots {
                let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
                let (held, _) = store::in_the_chain(tx, lot.id).await?;
                lines.push(Line { held: lot.quantity(held), product: product.name, lot });
            }
            Ok(lines)
        })
        .await
}

/// The parties to send to that a text may mean: a part of a name, a tax number, a GLN. With an empty text, those that `party`
/// sent to last. Never `party` itself.
///
/// # Errors
/// When the database fails.
pub async fn receivers(app: &App, party: PartyId, text: &str) -> Result<Vec<Receiver>, Error> {
    let folded = fold(text);
    let tax = TaxNumber::parse(text).ok().filter(|number| !number.is_personal());
    let gln = Gln::parse(text).ok();
    let found = app
        .store
        .read(async |tx| {
            if folded.is_empty() {
                return store::recent_receivers(tx, party, FOUND).await;
            }
            let tax = tax.as_ref().map_or("", TaxNumber::as_str);
            store::receivers(tx, &folded, tax, gln.as_ref().map_or("", Gln::as_str), FOUND).await
        })
        .await?;
    Ok(found.into_iter().filter(|receiver| receiver.id != party).collect())
}

/// The one party that a program names by its id, tax number or GLN.
///
/// # Errors
/// `receiver_unknown` when there is none.
pub async fn receiver(app: &App, party: PartyId, text: &str) -> Result<PartyId, Error> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let unknown = || Problem::new("receiver_unknown").value(text).at("to");
    let is_number = text.chars().all(|c| c.is_ascii_digit() || c == '-');
    if !is_number {
        return Err(unknown().into());
    }
    match receivers(app, party, text).await?.as_slice() {
        [one] => Ok(one.id),
        _ => Err(unknown().into()),
    }
}
