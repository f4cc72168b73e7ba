//! Issuing a lot's own code, and showing it again.
//!
//! A lot's own code draws on no balance: it states the declared quantity. It is refused while the lot is held or recalled; a lot
//! past its date still gets one, since its page says so and food without a code says nothing. The second time, the same code is
//! answered, whatever stops the lot by then: it is a reprint.

use super::error::Error;
use super::grammar::{Code, ProductKey};
use super::label::{Issued, Label};
use super::sign::sign;
use super::store;
use crate::accounts::Identity;
use crate::app::App;
use crate::chain::By;
use crate::custody;
use crate::kernel::{Day, LotId, PartyId};
use crate::keys::{Host, Role, SecretKey};
use crate::log::{self, Author, Entry, Kind, Subject};
use crate::lots::{self, Lot};
use crate::parties::{self, Status};
use crate::products::{self, Product};
use crate::store::{StoreError, Tx};
use serde_json::json;

/// Issues the lot's own code, or gives the one that it has.
///
/// # Errors
/// [`Error::NotFound`] when the lot is not one of the party's chain, [`Error::NotInHand`] when it has left it,
/// [`Error::Stopped`], [`Error::NoKey`]; [`Error::Log`] when the log takes no entries, or the checkpoint is late: asked again, the same
/// code is answered once it is there.
pub async fn issue(app: &App, by: &By, lot: LotId) -> Result<Issued, Error> {
    let By::Member { member, behalf_of } = by else { return Err(Error::NotInHand) };
    log::first_look(app).await?;
    let ring = app.keys.current();
    let key = ring.signing(Role::Code, app.clock.now());
    let (issued, fresh) = app
        .store
        .write(async |tx| {
            let today = app.clock.now().day();
            let found = lots::find(tx, lot).await?.ok_or(Error::NotFound)?;
            let standing = standing(tx, &found, member.party, *behalf_of, today).await?;
            let (party, may_issue) = standing.ok_or(Error::NotFound)?;
            if let Some(issued) = store::issued(tx, lot).await? {
                return Ok((issued, false));
            }
            if !may_issue {
                return Err(Error::NotInHand);
            }
            let approved =
                parties::party(tx, party).await?.is_some_and(|them| them.status == Status::Approved);
            if !approved {
                return Err(Error::NotApproved);
            }
            if let Some(stop) = found.stop() {
                return Err(Error::stopped(tx, &found, stop).await?);
            }
            log::still_ready(app)?;
            let key = key.ok_or(Error::NoKey)?;
            // Another service may have heard of a compromise that this one has not yet.
            let signs = custody::may_sign(tx, app, key.verifier().id()).await?;
            let (entry, now) = signs.ok_or(Error::NoKey)?;
            let product = products::product(tx, found.product).await?.ok_or(Error::NotFound)?;
            let code = signed(&found, &product, key)?;
            let host =
                Host::parse(key.verifier().name().host()).map_err(|why| Error::Path(why.to_string()))?;
            let issued = Issued { code, host, key: key.verifier().id(), party, issued_at: now, entry };
            if !lots::pass(tx, lot, found.gate_version).await? {
                return Err(StoreError::lost_race().into());
            }
            store::insert(tx, lot, member.person, &issued)
                .await
                .map_err(|error| if error.is_unique_violation() { StoreError::lost_race() } else { error })?;
            let body = json!({
                "what": "lot",
                "host": issued.host.as_str(),
                "path": issued.code.key_path().as_str(),
                "key": key.verifier().name().as_str(),
                "key_id": issued.key.to_string(),
            });
            let actor = Author { party: Some(party), role: member.role.as_str() };
            let subject = Subject::Lot(lot);
            let told = Entry { id: entry, kind: Kind::CodesIssued, subject, at: now, actor, body };
            log::append(tx, &told).await?;
            Ok((issued, true))
        })
        .await?;
    // Before the wait, which may end late or with whoever asked: what is kept of the lot is old now, and what waits is not kept.
    if fresh {
        app.changes.note(lot);
    }
    // Also the second time: the one who asks again may not have had an answer the first time.
    log::sealed(app, issued.entry).await?;
    Ok(issued)
}

fn signed(lot: &Lot, product: &Product, key: &SecretKey) -> Result<Code, Error> {
    let named = match &product.gtin {
        Some(gtin) => ProductKey::Gtin(gtin.clone()),
        None => ProductKey::Number(product.number.clone()),
    };
    let code = Code::for_lot(named, lot.code.clone()).map_err(|why| Error::Path(why.to_string()))?;
    sign(code, key).map_err(|why| Error::Path(why.to_string()))
}

/// Whose act issuing would be, and whether they may; nothing for somebody who may not know of the lot.
pub(super) async fn standing(
    tx: &mut Tx,
    lot: &Lot,
    own: PartyId,
    behalf_of: Option<PartyId>,
    today: Day,
) -> Result<Option<(PartyId, bool)>, StoreError> {
    let mut parties = Vec::new();
    match behalf_of {
        Some(grantor) if parties::mandate_in_force(tx, grantor, own, today).await?.is_some() => {
            parties.push(grantor);
        }
        Some(_) => {}
        None => {
            parties.push(own);
            if lot.party != own && parties::mandate_in_force(tx, lot.party, own, today).await?.is_some() {
                parties.push(lot.party);
            }
        }
    }
    let mut known = None;
    for party in parties {
        let holds = lots::holding(tx, lot.id, party).await?.is_some_and(|holding| holding.amount > 0);
        if lot.party == party || holds {
            return Ok(Some((party, true)));
        }
        if known.is_none() && lots::is_in_chain(tx, lot.id, party).await? {
            known = Some((party, false));
        }
    }
    Ok(known)
}

/// A lot's label, for the parties of its chain and for the authority.
///
/// # Errors
/// [`Error::NotFound`] when it is not theirs to see.
pub async fn label(app: &App, who: &Identity, lot: LotId) -> Result<Label, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let found = lots::find(tx, lot).await?.ok_or(Error::NotFound)?;
            let may_issue = match who.party {
                Some(own) => standing(tx, &found, own, None, today).await?.ok_or(Error::NotFound)?.1,
                None => false,
            };
            let product = products::product(tx, found.product).await?.ok_or(Error::NotFound)?;
            let producer = parties::party(tx, found.party).await?.map(|party| party.name).unwrap_or_default();
            let issued = match store::issued(tx, lot).await? {
                Some(issued) if log::published_at(tx, issued.entry).await?.is_some() => Some(issued),
                _ => None,
            };
            Ok(Label { lot: found, product, producer, issued, may_issue })
        })
        .await
}

/// The signed code alone, kept so that it can be drawn again at any time: also when its key is retired, or its private half gone.
///
/// # Errors
/// [`Error::NotFound`], [`Error::NotIssued`].
pub async fn reprint(app: &App, who: &Identity, lot: LotId) -> Result<(Label, Issued), Error> {
    let label = label(app, who, lot).await?;
    let issued = label.issued.clone().ok_or(Error::NotIssued)?;
    Ok((label, issued))
}
