//! Reading recalls: who may see which, and what of it.

use super::drill;
use super::model::{Kind, Recall, Recovery, Share, State, message_of};
use super::reconcile::{self, Reconciled};
use super::service::{Error, lots_of};
use super::store::{self, Answers, Made, Reader, Whose};
use crate::accounts::{Identity, Role};
use crate::app::App;
use crate::codes;
use crate::kernel::{Cursor, Lang, LotId, Moment, Page, PageSize, PartyId, Problems, Quantity, RecallId};
use crate::lots::{self, Lot};
use crate::parties::{self, Party, PartyView};
use crate::places;
use crate::products::{self, Product};
use crate::store::{StoreError, Tx};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The most lots or recoveries that a page lists.
const LISTED: i64 = 200;

/// A lot that a recall begins with, as it is shown.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The lot.
    pub lot: Lot,
    /// Its product.
    pub product: Product,
    /// Whose it is.
    pub party: Party,
    /// The place where it began: its code.
    pub place_code: String,
    /// What the packs hold that its unit codes stand on.
    pub packs: Vec<Quantity>,
    /// What became of its hold.
    pub hold: super::model::Held,
    /// Whether it is recalled.
    pub recalled: bool,
}

impl Facts {
    /// The key of the words for how the recall stops it.
    #[must_use]
    pub fn stop_key(&self) -> String {
        if self.recalled { "recalls-origin-recalled".to_owned() } else { self.hold.key() }
    }
}

/// What a party was told, and what it said to it.
#[derive(Clone, Debug)]
pub struct Told {
    /// When.
    pub at: Moment,
    /// When it was acknowledged.
    pub acknowledged_at: Option<Moment>,
    /// The lots, with what the party has of each.
    pub shares: Vec<Share>,
}

/// A recall as those see it whom it concerns.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The recall.
    pub recall: Recall,
    /// The lots that it begins with.
    pub origins: Vec<Facts>,
    /// The name of the proposing party; none for the authority.
    pub proposed_by: Option<String>,
    /// The name of the deciding party; none for the authority.
    pub decided_by: Option<String>,
    /// What one's own party was told.
    pub told: Option<Told>,
    /// While it is proposed: how many lots that were made of its lots are stopped, and how many parties have some of them. For those who decide.
    pub stops: Option<(usize, usize)>,
    /// How the notices were answered: for the authority and the deciding party.
    pub answers: Option<Answers>,
    /// What came back: one's own, or all.
    pub recoveries: Vec<Recovery>,
    /// The accounts: for the authority and the deciding party.
    pub figures: Option<Vec<Reconciled>>,
    /// Whether the one who looks may decide, reject or close.
    pub may_decide: bool,
    /// Whether the one who looks may reject.
    pub may_reject: bool,
}

/// Recalls, the newest first: all that the one who asks may see. Without anybody, what is public.
///
/// # Errors
/// When the cursor is of another list.
pub async fn list(
    app: &App,
    who: Option<&Identity>,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Recall>, Error> {
    let after = after.map(Cursor::time).transpose();
    let before = after.map_err(|problem| Problems::from(problem.at("after")))?;
    let before = before.unwrap_or((Moment::MAX, Uuid::max()));
    let whose = match who {
        None => Whose::Public,
        Some(Identity { party: Some(party), .. }) => Whose::Party(*party),
        Some(_) => Whose::Authority,
    };
    let rows = app.store.read(async |tx| store::list(tx, whose, before, size.limit()).await).await?;
    Ok(Page::of(rows, size, |last| Cursor::Time(last.proposed_at, last.id.as_uuid())))
}

async fn name(tx: &mut Tx, party: Option<PartyId>) -> Result<Option<String>, StoreError> {
    match party {
        Some(party) => Ok(parties::party(tx, party).await?.map(|party| party.name)),
        None => Ok(None),
    }
}

async fn facts(tx: &mut Tx, id: RecallId) -> Result<Vec<Facts>, Error> {
    let origins = store::origins(tx, id).await?;
    let lots = lots_of(tx, &origins).await?;
    let mut facts = Vec::with_capacity(lots.len());
    for (lot, origin) in lots.into_iter().zip(origins) {
        let product = products::product(tx, lot.product).await?.ok_or(Error::NotFound)?;
        let party = parties::party(tx, lot.party).await?.ok_or(Error::NotFound)?;
        let place = places::place(tx, lot.place).await?.ok_or(Error::NotFound)?;
        let packs = codes::runs::pack_sizes(tx, lot.id).await?;
        let packs = packs.into_iter().map(|size| lot.quantity(size)).collect();
        let place_code = place.code().to_owned();
        facts.push(Facts {
            lot,
            product,
            party,
            place_code,
            packs,
            hold: origin.hold,
            recalled: origin.recalled,
        });
    }
    Ok(facts)
}

/// A recall, for those whom it concerns: the authority, who proposed it, whose lots it begins with, who was told.
///
/// # Errors
/// [`Error::NotFound`] for everybody else, as if it were not there.
pub async fn show(app: &App, who: &Identity, id: RecallId) -> Result<Sheet, Error> {
    app.store.read(async |tx| sheet(tx, who, id).await).await
}

async fn sheet(tx: &mut Tx, who: &Identity, id: RecallId) -> Result<Sheet, Error> {
    let recall = store::find(tx, id).await?.ok_or(Error::NotFound)?;
    let origins = facts(tx, id).await?;
    let mut told = None;
    if let Some(party) = who.party {
        let message = crate::jobs::letter(tx, party, message_of(id, party)).await?;
        if let Some(letter) = message {
            let shares = store::shares(tx, id, party, LISTED).await?;
            told = Some(Told { at: letter.at, acknowledged_at: letter.answered.map(|(at, _)| at), shares });
        }
    }
    let owns = |party: PartyId| origins.iter().any(|facts| facts.lot.party == party);
    let owns_all = |party: PartyId| origins.iter().all(|facts| facts.lot.party == party);
    let concerned = match who.party {
        None => true,
        Some(party) => {
            let own = recall.kind == Kind::Recall && owns(party);
            own || recall.proposed_by.party == Some(party) || told.is_some()
        }
    };
    if !concerned {
        return Err(Error::NotFound);
    }
    let may_decide = recall.kind == Kind::Recall
        && match who.party {
            None => matches!(who.role, Role::Officer | Role::Administrator),
            Some(party) => who.role == Role::Manager && owns_all(party),
        };
    let own_proposal = who.party.is_none() || recall.proposed_by.party == who.party;
    let may_reject = may_decide && own_proposal && who.role != Role::Administrator;
    let sees_all =
        may_decide || drill::sees(who, &recall) && (who.party.is_none() || recall.kind == Kind::Drill);
    let figures = match (&recall.state, sees_all) {
        (State::Decided | State::Closed, true) => Some(reconcile::reconcile(tx, id).await?),
        _ => None,
    };
    let own = if sees_all { None } else { who.party };
    let is_proposed = recall.state == State::Proposed;
    Ok(Sheet {
        stops: if sees_all && is_proposed { Some(stopped(tx, &origins).await?) } else { None },
        proposed_by: name(tx, recall.proposed_by.party).await?,
        decided_by: name(tx, recall.decided.and_then(|(_, doer)| doer.party)).await?,
        answers: if sees_all { Some(store::answers(tx, id).await?) } else { None },
        recoveries: store::recoveries(tx, id, own, LISTED).await?,
        told,
        figures,
        origins,
        may_decide,
        may_reject,
        recall,
    })
}

/// How many lots that were made of others are stopped with them, and how many parties have some of either.
async fn stopped(tx: &mut Tx, origins: &[Facts]) -> Result<(usize, usize), StoreError> {
    let (mut lots, mut parties) = (HashSet::new(), HashSet::new());
    for facts in origins {
        lots.extend(lots::stopped_for(tx, facts.lot.id).await?);
        parties.extend(lots::concerned(tx, facts.lot.id).await?.into_iter().map(|(party, _)| party));
    }
    lots.retain(|lot| origins.iter().all(|facts| facts.lot.id != *lot));
    Ok((lots.len(), parties.len()))
}

/// Who was told of a recall, in the order of their ids; with `waiting` only those that have not acknowledged, each with whom to call. For the
/// authority.
///
/// # Errors
/// [`Error::NotFound`]; a cursor of another list.
pub async fn notices_of(
    app: &App,
    who: &Identity,
    id: RecallId,
    waiting: bool,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<(Recall, Page<Reader>), Error> {
    if who.party.is_some() {
        return Err(Error::NotFound);
    }
    let malformed = |problem: crate::kernel::Problem| Error::from(Problems::from(problem.at("after")));
    let after = match after {
        Some(cursor) => cursor.text().and_then(str::parse).map_err(malformed)?,
        None => PartyId::from_uuid(Uuid::nil()),
    };
    app.store
        .read(async |tx| {
            let recall = store::find(tx, id).await?.ok_or(Error::NotFound)?;
            let rows = store::notices(tx, id, waiting, after, size.limit()).await?;
            Ok((recall, Page::of(rows, size, |last| Cursor::Text(last.party.to_string()))))
        })
        .await
}

/// The figures of a recall as they stand, or as they were fixed when it was closed. For the authority and who may decide.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn report(app: &App, who: &Identity, id: RecallId) -> Result<(Recall, Vec<Reconciled>), Error> {
    let sheet = show(app, who, id).await?;
    match sheet.figures {
        Some(figures) => Ok((sheet.recall, figures)),
        None => Err(Error::NotFound),
    }
}

/// The accounts of a recall or drill, for programs of the house.
///
/// # Errors
/// When the database fails or a row does not fit.
pub async fn figures(app: &App, id: RecallId) -> Result<Vec<Reconciled>, Error> {
    Ok(app.store.read(async |tx| reconcile::reconcile(tx, id).await).await?)
}

/// A lot that was made of those that a recall begins with, as everybody may know it.
#[derive(Clone, Debug)]
pub struct Affected {
    /// The lot.
    pub lot: Made,
    /// Whose it is.
    pub producer: PartyView,
}

impl Affected {
    /// The product's name in a language.
    #[must_use]
    pub fn product(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => self.lot.product_en.as_deref().unwrap_or(&self.lot.product),
            Lang::Vi => &self.lot.product,
        }
    }
}

/// What everybody may read of a recall: the content of a notice as the law wants it.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The recall.
    pub recall: Recall,
    /// The lots that it begins with.
    pub origins: Vec<Facts>,
    /// Who decided it; none for the authority, or for a party that is not published.
    pub decided_by: Option<Party>,
    /// What was made of these lots, as far as the page goes.
    pub affected: Vec<Affected>,
    /// How many lots were made of them in all.
    pub affected_total: i64,
}

impl Notice {
    /// The names of the products, each once.
    #[must_use]
    pub fn products(&self, lang: Lang) -> String {
        product_names(&self.origins, lang)
    }
}

/// The names of the products of lots, each once.
pub(super) fn product_names(origins: &[Facts], lang: Lang) -> String {
    let mut names: Vec<&str> = Vec::new();
    for facts in origins {
        let name = facts.product.name_in(lang);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// The public notice of a decided recall.
///
/// # Errors
/// [`Error::NotFound`] for what is not public.
pub async fn notice(app: &App, number: &str) -> Result<Notice, Error> {
    app.store
        .read(async |tx| {
            let recall =
                store::by_number(tx, number).await?.filter(Recall::is_public).ok_or(Error::NotFound)?;
            let origins = facts(tx, recall.id).await?;
            let decided_by = match recall.decided.and_then(|(_, doer)| doer.party) {
                Some(party) => parties::party(tx, party).await?,
                None => None,
            };
            let affected = made(tx, recall.id, LISTED).await?;
            let begun_with = i64::try_from(origins.len()).unwrap_or(0);
            let affected_total = (recall.lots - begun_with).max(0);
            Ok(Notice { recall, origins, decided_by, affected, affected_total })
        })
        .await
}

async fn made(tx: &mut Tx, id: RecallId, most: i64) -> Result<Vec<Affected>, Error> {
    let mut views: HashMap<PartyId, PartyView> = HashMap::new();
    let mut affected = Vec::new();
    for lot in store::affected(tx, id, most).await? {
        let producer = if let Some(view) = views.get(&lot.party) {
            view.clone()
        } else {
            let view = parties::party(tx, lot.party).await?.ok_or(Error::NotFound)?.view();
            views.insert(lot.party, view.clone());
            view
        };
        affected.push(Affected { lot, producer });
    }
    Ok(affected)
}

/// All lots that were made of those that a public recall begins with.
///
/// # Errors
/// [`Error::NotFound`] for what is not public.
pub async fn affected(app: &App, number: &str) -> Result<Vec<Affected>, Error> {
    app.store
        .read(async |tx| {
            let recall =
                store::by_number(tx, number).await?.filter(Recall::is_public).ok_or(Error::NotFound)?;
            made(tx, recall.id, i64::MAX).await
        })
        .await
}

/// The recall that a lot is in, for the people of the authority: its id and number.
///
/// # Errors
/// When the database fails.
pub async fn of_lot(app: &App, lot: LotId) -> Result<Option<(RecallId, String)>, Error> {
    app.store
        .read(async |tx| {
            let Some((number, _)) = store::about(tx, lot).await? else { return Ok(None) };
            Ok(store::by_number(tx, &number).await?.map(|recall| (recall.id, recall.number)))
        })
        .await
}

/// The number of the public recall that a lot is in; for another room's unit of work.
///
/// # Errors
/// When the database fails.
pub async fn public_of(tx: &mut Tx, lot: LotId) -> Result<Option<String>, StoreError> {
    store::public_about(tx, lot).await
}
