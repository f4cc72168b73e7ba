//! What a harvest would be held for, told before it is recorded: for the forms, which ask whether it happened all the same.

use super::error::Error;
use super::model::{By, Command, When};
use crate::app::App;
use crate::fieldbook::{self, Objection};
use crate::kernel::{Moment, PartyId, PlaceId, ProductId};
use crate::lots;
use crate::parties;
use crate::places::{self, Place};
use crate::products;
use crate::store::Tx;

/// What would hold the harvests that a command tells of, plot by plot; of plots that one does not record for, nothing is told.
///
/// # Errors
/// When the database fails.
pub async fn foreseen(app: &App, by: &By, command: &Command) -> Result<Vec<(Place, Objection)>, Error> {
    let By::Member { member, behalf_of } = by else { return Ok(Vec::new()) };
    let party = behalf_of.unwrap_or(member.party);
    let now = app.clock.now();
    app.store
        .read(async |tx| {
            let Some((product, plots, when)) = told(tx, command).await? else { return Ok(Vec::new()) };
            let crop = products::product(tx, product).await?.as_ref().and_then(fieldbook::crop_of);
            let (at, whole_day) = match when {
                None => (now, false),
                Some(When::At(moment, _)) => (moment, false),
                Some(When::On(day)) => (day.start(), true),
                Some(When::Within(moment, _)) => (moment, true),
            };
            let mut found = Vec::new();
            for plot in plots {
                let Some(place) = known(tx, plot, party, now).await? else { continue };
                let against = fieldbook::against(tx, plot, crop.as_ref(), at, whole_day).await?;
                found.extend(against.into_iter().map(|objection| (place.clone(), objection)));
            }
            Ok::<_, Error>(found)
        })
        .await
}

type Told = (ProductId, Vec<PlaceId>, Option<When>);

/// What was harvested, where and when.
async fn told(tx: &mut Tx, command: &Command) -> Result<Option<Told>, Error> {
    Ok(match command {
        Command::Declare(lot) => Some((lot.product, lot.place.into_iter().collect(), lot.when)),
        Command::Collect(collect) => {
            let more = collect.more.iter().map(|(place, _)| *place);
            let plots = collect.lot.place.into_iter().chain(more).collect();
            Some((collect.lot.product, plots, collect.lot.when))
        }
        Command::Pick(pick) => {
            let Some(portion) = pick.goods.lots.first() else { return Ok(None) };
            let lot = lots::find(tx, portion.lot).await?;
            lot.map(|lot| (lot.product, pick.place.into_iter().collect(), pick.when))
        }
        _ => None,
    })
}

/// The plot, where it is the party's or of one that gave it a mandate.
async fn known(tx: &mut Tx, plot: PlaceId, party: PartyId, now: Moment) -> Result<Option<Place>, Error> {
    let Some(place) = places::place(tx, plot).await? else { return Ok(None) };
    let theirs =
        place.party == party || parties::mandate_in_force(tx, place.party, party, now.day()).await?.is_some();
    Ok(theirs.then_some(place))
}
