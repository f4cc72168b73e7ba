//! A product gets its GTIN: its lots have a further name from then on, and what was told under that name before passes the door.

use super::act::Act;
use super::error::Error;
use super::{correct, declare};
use crate::events;
use crate::kernel::{LotId, ProductId};
use crate::lots;
use crate::products;
use crate::store::Tx;

/// How many lots of one trade item are looked at.
const MOST: i64 = 100_000;

/// Gives every lot of a product its name by the product's GTIN, and lets all that was told of such names have its effect now.
/// Nothing happens to a product without one.
///
/// # Errors
/// [`Error::NotFound`] without such a product; when the database fails.
pub(super) async fn known(tx: &mut Tx, act: &mut Act<'_>, product: ProductId) -> Result<(), Error> {
    let product = products::product(tx, product).await?.ok_or(Error::NotFound)?;
    let Some(gtin) = &product.gtin else { return Ok(()) };
    for (lot, code) in lots::of_product(tx, product.id).await? {
        let name = format!("01/{gtin}/10/{code}");
        match events::by_name(tx, &name).await? {
            // Made anew, it has the name from the start, and passes the door when it got it.
            Some(thing) if thing.id.as_lot() == lot && act.anew => {
                declare::said_before(tx, act, lot.into()).await?;
            }
            Some(thing) if thing.id.as_lot() == lot => {}
            Some(other) => merge(tx, act, &other, lot).await?,
            None => events::add_alias(tx, &name, lot.into()).await?,
        }
    }
    // Of lots that nobody declared, a harvest may have been told: it makes them now, and then all that was said of them passes the door.
    for thing in events::classes_with_prefix(tx, &format!("01/{gtin}/10/"), MOST).await? {
        if lots::find(tx, thing.id.as_lot()).await?.is_some() {
            continue;
        }
        for event in events::of_thing(tx, thing.id).await? {
            if events::event(tx, event).await?.is_some_and(|row| row.whose() == Some(product.party)) {
                act.replay(event);
            }
        }
    }
    Ok(())
}

/// Two names turn out to be those of one lot.
async fn merge(tx: &mut Tx, act: &mut Act<'_>, other: &events::Thing, lot: LotId) -> Result<(), Error> {
    let told = events::of_thing(tx, other.id).await?;
    for event in &told {
        correct::take_back(tx, act, *event).await?;
    }
    events::merge_thing(tx, other, lot.into()).await?;
    for event in told {
        act.replay(event);
    }
    act.touch(lot);
    Ok(())
}
