//! The use cases of links, one unit of work each.

use super::model::{NewLink, ProductLink};
use crate::accounts::Member;
use crate::app::App;
use crate::kernel::{LinkId, PartyId, Problem, ProductId};
use crate::products::Error;
use crate::products::store;

/// The most links that a party may put on a product.
pub const LINKS: usize = 20;

/// The links of a product of `party`; of any product for people of the authority, who have none.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn links_of(app: &App, party: Option<PartyId>, id: ProductId) -> Result<Vec<ProductLink>, Error> {
    app.store
        .read(async |tx| {
            let product = store::product(tx, id).await?;
            let seen = product.is_some_and(|product| party.is_none_or(|party| party == product.party));
            if !seen {
                return Err(Error::NotFound);
            }
            Ok(store::links(tx, id).await?)
        })
        .await
}

/// Puts a link on a product of the member's party.
///
/// # Errors
/// [`Error::NotFound`], [`Error::TooManyLinks`]; `link_twice` when the same link stands there already.
pub async fn add_link(app: &App, by: &Member, id: ProductId, new: &NewLink) -> Result<ProductLink, Error> {
    let now = app.clock.now();
    let link = ProductLink {
        id: app.id(),
        kind: new.kind,
        href: new.href.clone(),
        title: new.title.as_str().to_owned(),
        lang: new.lang.clone(),
        media_type: new.media_type.clone(),
        added_at: now,
    };
    app.store
        .write(async |tx| {
            if !store::touch(tx, id, by.party, now).await? {
                return Err(Error::NotFound);
            }
            let there = store::links(tx, id).await?;
            if there.len() >= LINKS {
                return Err(Error::TooManyLinks);
            }
            let same = |other: &ProductLink| {
                (other.kind, &other.href, &other.lang) == (link.kind, &link.href, &link.lang)
            };
            if there.iter().any(same) {
                return Err(Problem::new("link_twice").value(&link.href).at("href").into());
            }
            store::insert_link(tx, id, &link).await?;
            Ok(())
        })
        .await?;
    Ok(link)
}

/// Takes a link off a product of the member's party.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove_link(app: &App, by: &Member, id: ProductId, link: LinkId) -> Result<(), Error> {
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            let done =
                store::touch(tx, id, by.party, now).await? && store::remove_link(tx, id, link, now).await?;
            if done { Ok(()) } else { Err(Error::NotFound) }
        })
        .await
}
