//! The door of places: when a plot is added, or its area or kind is said anew, what was harvested there and what is packed under certificates
//! that cover it is weighed again, in the same unit of work.

use super::error::Error;
use super::model::By;
use super::{door, growth};
use crate::accounts::Member;
use crate::app::App;
use crate::kernel::PlaceId;
use crate::places::{self, NewPlace, Place};
use crate::store::StoreError;

/// Why a place was not added or changed: its own reason, or the door's.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The place cannot be said to be so.
    #[error(transparent)]
    Place(#[from] places::Error),
    /// The door stays shut.
    #[error(transparent)]
    Chain(#[from] Error),
}

impl From<StoreError> for PlaceError {
    fn from(error: StoreError) -> Self {
        Self::Chain(error.into())
    }
}

/// Adds a place of the member's party: a plot is land of the certificates that cover all of the party's.
///
/// # Errors
/// As [`places::add`].
pub async fn add_place(app: &App, by: &Member, new: &NewPlace) -> Result<Place, PlaceError> {
    let drawn = places::Drawn::draw(app);
    door::change(app, &By::own(*by), async |tx, act| {
        let place = places::add(tx, by, &drawn, new, act.now).await;
        let place = place.map_err(|error| places::taken_meanwhile(error, new))?;
        // Certificates of land cover what crops grow on.
        if place.kind.grows() {
            growth::reweigh(tx, act, place.id).await?;
        }
        Ok::<_, PlaceError>(place)
    })
    .await
}

/// Changes what is said of a place of the member's party.
///
/// # Errors
/// As [`places::change`].
pub async fn change_place(app: &App, by: &Member, id: PlaceId, new: &NewPlace) -> Result<Place, PlaceError> {
    door::change(app, &By::own(*by), async |tx, act| {
        let before = places::place(tx, id).await?;
        let place = places::change(tx, by, id, new, act.now).await;
        // Another place may have got the same GLN at the same moment.
        let place = place.map_err(|error| places::taken_meanwhile(error, new))?;
        // A plot that is none any more takes its land with it, and brings it back.
        if before.is_some_and(|before| before.area != place.area || before.kind != place.kind) {
            growth::reweigh(tx, act, place.id).await?;
        }
        Ok::<_, PlaceError>(place)
    })
    .await
}
