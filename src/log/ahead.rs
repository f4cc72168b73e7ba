//! Full tiles become files before anybody asks for them, while the log is at rest: who reads a log for the first time waits no longer
//! than who reads it again.

use super::service::{Resource, full};
use super::store::tree as store;
use super::tree::WIDTH;
use crate::app::App;
use crate::store::StoreError;

/// Sees to the files of the next 256 entries that fill a tile, and of the tiles of hashes that end with them; how many entries that were.
/// Nothing while entries get their place, when all is done, and for a while after a file could not be written.
///
/// # Errors
/// When the database fails.
pub async fn copy_ahead(app: &App) -> Result<u64, StoreError> {
    let copies = &app.log.copies;
    let place = copies.ahead();
    let head = app.store.glance(async |tx| store::head(tx).await).await?;
    if copies.pauses(app.clock.now()) || head.size > head.published || head.published / WIDTH <= place {
        return Ok(0);
    }
    for tile in ending_with(place) {
        full(app, tile).await?;
        if copies.pauses(app.clock.now()) {
            return Ok(0);
        }
    }
    copies.goes_on_after(place);
    Ok(WIDTH)
}

/// The full tiles whose last entry is the last one of this tile of entries.
fn ending_with(place: u64) -> Vec<Resource> {
    let mut tiles = vec![Resource { level: None, index: place, width: WIDTH }];
    let mut index = place;
    for level in 0..8 {
        tiles.push(Resource { level: Some(level), index, width: WIDTH });
        if index % WIDTH != WIDTH - 1 {
            break;
        }
        index /= WIDTH;
    }
    tiles
}
