//! The door of places: when a plot's area is said anew, what was harvested there and what is packed under certificates that cover it is
//! weighed again, in the same unit of work.

use super::act::{Act, Fresh, Mode};
use super::error::Error;
use super::memory::Memory;
use super::model::By;
use super::{growth, service};
use crate::accounts::Member;
use crate::app::App;
use crate::kernel::{PlaceId, Sha256Hash};
use crate::places::{self, NewPlace, Place};
use crate::store::StoreError;

/// Why a place was not changed: its own reason, or the door's.
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

/// Changes what is said of a place of the member's party.
///
/// # Errors
/// As [`places::change`].
pub async fn change_place(app: &App, by: &Member, id: PlaceId, new: &NewPlace) -> Result<Place, PlaceError> {
    let (fresh, host) = (Fresh::draw(app, None), app.config.code_host());
    let acting = By::own(*by);
    let changed = app
        .store
        .write(async |tx| {
            let now = app.clock.now();
            let before = places::place(tx, id).await?;
            let place = places::change(tx, by, id, new, now).await?;
            let memory = Memory::default();
            let nothing = Sha256Hash::of(&[]);
            let mut act = Act::new(host, &memory, now, &acting, fresh.clone(), nothing, Mode::Command);
            if place.kind.grows() && before.is_some_and(|before| before.area != place.area) {
                growth::reweigh(tx, &mut act, place.id).await?;
                Box::pin(service::conclude(tx, &mut act)).await?;
            }
            Ok::<_, PlaceError>((place, act.touched.into_iter().chain(act.reached).collect::<Vec<_>>()))
        })
        .await;
    let (place, touched) = changed.map_err(|error| match error {
        // Another place got the same GLN at the same moment.
        PlaceError::Chain(Error::Store(error)) => places::taken_meanwhile(error.into(), new).into(),
        PlaceError::Place(error) => places::taken_meanwhile(error, new).into(),
        error @ PlaceError::Chain(_) => error,
    })?;
    for lot in touched {
        app.changes.note(lot);
    }
    Ok(place)
}
