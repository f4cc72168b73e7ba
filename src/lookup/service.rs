//! Looking a lot up: what is kept in memory when it still holds, else a few point queries and the walk back to the origin.

use super::ask::{Question, Which};
use super::cache::{Found, Kept, Key, Seen};
use super::model::{Answer, Lot, Passed, Stamp};
use super::papers::{self, Papers};
use super::store::LotLine;
use super::units::{self, Unit};
use super::{rules, store, verdict};
use crate::app::App;
use crate::codes::{self, ProductKey};
use crate::events::{self, Step};
use crate::fieldbook;
use crate::kernel::{Gln, Identifier, LotId, Moment, PlaceNumber, Problems};
use crate::keys::Mark;
use crate::places::{self, Place};
use crate::products::{self, Product, ProductLink, ProductView};
use crate::recalls;
use crate::store::StoreError;
use crate::trace::{self, PublicParty};
use std::sync::Arc;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is known under this code.
    #[error("nothing is known under this code")]
    Unknown,
    /// A label that stands on no lot: not yet activated, void before it ever was, or never issued.
    #[error("a label that stands on no lot")]
    NoLot(Unit),
    /// The serials of the registry cannot be read here.
    #[error(transparent)]
    Serials(#[from] codes::Error),
    /// The input breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The answer kept under `key`, when it still holds.
///
/// # Errors
/// When the database has to be asked and fails: an answer that cannot be confirmed is not given.
pub async fn kept(app: &App, key: &Key) -> Result<Option<Arc<Kept>>, Error> {
    let now = app.clock.now();
    match app.pages.find(key, |lot| app.changes.count(lot), app.keys.mark(), now) {
        Found::Good(kept) => Ok(Some(kept)),
        Found::Compare(kept) => {
            if stamp(app, kept.seen.lot).await? == Some(kept.seen.stamp) {
                kept.confirm(now);
                return Ok(Some(kept));
            }
            app.pages.drop(key);
            Ok(None)
        }
        Found::Nothing => Ok(None),
    }
}

async fn stamp(app: &App, lot: LotId) -> Result<Option<Stamp>, Error> {
    Ok(app.store.glance(async |tx| store::stamp(tx, lot).await).await?)
}

/// The answer to a question, from the database, and what it was made from. `keys` is the mark of the keyring from before the
/// question's code was verified.
///
/// # Errors
/// [`Error::Unknown`] when no such lot exists; otherwise when the database fails.
pub async fn answer(app: &App, question: Question, keys: Option<Mark>) -> Result<(Answer, Seen), Error> {
    let now = app.clock.now();
    // The lot's own count cannot be taken before the lot is known; a change in between shows in the count of all.
    let before = app.changes.total();
    let scatter = match &question.unit {
        Some(_) => app.serials.known(app).await?,
        None => None,
    };
    let found = app
        .store
        .glance(async |tx| {
            let unit = match &question.unit {
                Some(asked) => Some(units::find(tx, scatter.as_deref(), asked).await?),
                None => None,
            };
            let lot = match (&question.which, unit.and_then(|unit| unit.lot)) {
                (Which::Short(code), _) => store::lot_by_short_code(tx, code).await?,
                (Which::OfProduct(product, lot), _) => store::lot_of_product(tx, product, lot).await?,
                (Which::NoLot, Some(lot)) => store::lot_by_id(tx, lot).await?,
                (Which::NoLot, None) => None,
            };
            let Some(lot) = lot else { return Ok::<_, StoreError>(Err(unit)) };
            let changes = app.changes.count(lot.id);
            let origin = trace::origin(tx, lot.id).await?;
            let harvests: Vec<_> = origin
                .stages
                .iter()
                .filter(|stage| matches!(stage.step, Step::Harvest | Step::Pick))
                .map(|stage| stage.event)
                .collect();
            let behind = fieldbook::behind(tx, &harvests).await?;
            let papers = papers::of(tx, &lot).await?;
            let mut lots: Vec<LotId> = origin.stages.iter().map(|stage| stage.lot).collect();
            lots.push(lot.id);
            lots.sort_unstable();
            lots.dedup();
            let passed = store::passed(tx, &lots).await?;
            let recalled =
                lot.recall.is_some() || lot.upstream.as_ref().is_some_and(|upstream| upstream.recalled);
            let notice = if recalled { recalls::public_of(tx, lot.id).await? } else { None };
            Ok(Ok((lot, unit, (origin, behind, papers, (passed, notice)), changes)))
        })
        .await?;
    let (lot, unit, known, changes) = match (found, &question.which) {
        (Ok(found), _) => found,
        (Err(Some(unit)), Which::NoLot) => return Err(Error::NoLot(unit)),
        (Err(_), _) => return Err(Error::Unknown),
    };
    let (lot_id, stamp) = (lot.id, lot.stamp);
    let answer = assemble(question, unit, lot, known, now);
    let disturbed = app.changes.total() != before || answer.is_pending();
    Ok((answer, Seen { lot: lot_id, stamp, changes, keys, disturbed, at: now }))
}

fn assemble(
    question: Question,
    unit: Option<Unit>,
    lot: Lot,
    (origin, behind, papers, (passed, notice)): (
        trace::Origin,
        fieldbook::Behind,
        Papers,
        (Vec<Passed>, Option<String>),
    ),
    now: Moment,
) -> Answer {
    let day = now.day();
    let axes = verdict::axes(&question.asked, unit.as_ref(), &lot, origin.issue_logged_at);
    let completeness = rules::completeness(&lot, &origin);
    let past = verdict::is_past(lot.expires_on, day);
    let verdict = verdict::verdict(&axes, past, completeness.is_complete());
    Answer {
        asked: question.asked,
        unit,
        axes,
        verdict,
        completeness,
        lot,
        origin,
        behind,
        papers,
        passed,
        notice,
        day,
    }
}

/// Keeps a finished answer, unless the lot may have changed while it was made, or something that it tells waits for the log.
pub fn keep(app: &App, key: Key, kept: &Arc<Kept>) {
    if !kept.seen.disturbed {
        app.pages.keep(key, Arc::clone(kept));
    }
}

/// What the public page of a product shows.
#[derive(Clone, Debug)]
pub struct GoodsPage {
    /// The product with its pictures.
    pub view: ProductView,
    /// Whose it is.
    pub producer: PublicParty,
    /// Its latest lots that have a code, newest first.
    pub lots: Vec<LotLine>,
    /// The further links that its party keeps.
    pub links: Vec<ProductLink>,
}

/// The public page of a product.
///
/// # Errors
/// [`Error::Unknown`] when there is none.
pub async fn product_page(app: &App, key: &ProductKey) -> Result<GoodsPage, Error> {
    let found = app
        .store
        .read(async |tx| {
            let product = match key {
                ProductKey::Gtin(gtin) => products::by_gtin(tx, gtin).await?,
                ProductKey::Number(number) => products::by_number(tx, number).await?,
            };
            let Some(product) = product else { return Ok::<_, StoreError>(None) };
            let (id, party) = (product.id, product.party);
            let Some(view) = products::view(tx, id).await? else { return Ok(None) };
            let Some(producer) = store::party_of(tx, party).await? else { return Ok(None) };
            let lots = store::latest_lots(tx, id).await?;
            let links = products::links_on(tx, id).await?;
            Ok(Some(GoodsPage { view, producer, lots, links }))
        })
        .await?;
    found.ok_or(Error::Unknown)
}

/// A case and the lots that lie in it now, for its public page: not how much of them.
///
/// # Errors
/// [`Error::Unknown`] when no event speaks of it.
pub async fn case_page(app: &App, sscc: &Identifier) -> Result<Vec<CaseLine>, Error> {
    let name = sscc.name();
    let found = app
        .store
        .read(async |tx| {
            let Some(case) = events::by_name(tx, &name).await? else { return Ok::<_, StoreError>(None) };
            let mut lines: Vec<CaseLine> = Vec::new();
            for (thing, _) in events::contents_of(tx, case.id, Moment::MAX).await? {
                let Some(lot) = crate::lots::find(tx, thing.as_lot()).await? else { continue };
                let Some(product) = products::product(tx, lot.product).await? else { continue };
                if !lines.iter().any(|line| line.lot.id == lot.id) {
                    lines.push(CaseLine { lot, product });
                }
            }
            Ok(Some(lines))
        })
        .await?;
    found.ok_or(Error::Unknown)
}

/// A lot that lies in a case.
#[derive(Clone, Debug)]
pub struct CaseLine {
    /// The lot.
    pub lot: crate::lots::Lot,
    /// What it is a lot of.
    pub product: Product,
}

/// A place and whose it is, for its public page.
///
/// # Errors
/// [`Error::Unknown`] when there is none.
pub async fn place_page(app: &App, code: &str) -> Result<(Place, PublicParty), Error> {
    let found = app
        .store
        .read(async |tx| {
            // One spelling only, so that each place has one address.
            let place = match (Gln::parse(code), PlaceNumber::parse(code)) {
                (Ok(gln), _) if gln.as_str() == code => places::by_gln(tx, &gln).await?,
                (_, Ok(number)) if number.as_str() == code => places::by_number(tx, &number).await?,
                _ => None,
            };
            let Some(place) = place else { return Ok::<_, StoreError>(None) };
            let owner = store::party_of(tx, place.party).await?;
            Ok(owner.map(|owner| (place, owner)))
        })
        .await?;
    found.ok_or(Error::Unknown)
}

/// A party that may be named, by its GLN.
///
/// # Errors
/// [`Error::Unknown`] when there is none, or it may not be named.
pub async fn party_page(app: &App, gln: &Gln) -> Result<PublicParty, Error> {
    let found = app.store.read(async |tx| store::party_by_gln(tx, gln).await).await?;
    found.filter(|party| party.published.is_some()).ok_or(Error::Unknown)
}
