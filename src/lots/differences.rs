//! What was sent and did not come to be received: what is still awaited, what never arrived beyond loss of weight, and what arrived
//! in excess. For the parties at both ends and for the authority.

use super::flags::{MOST_LINES, cut};
use super::model::Shipment;
use super::service::{Error, viewer};
use super::store;
use crate::accounts::Identity;
use crate::app::App;
use crate::kernel::{Cursor, Day, LotCode, Moment, Page, PageSize, PartyId, Problem, Quantity, Unit};
use crate::lots::Viewer;
use uuid::Uuid;

/// A shipment whose account does not close.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The shipment, with what became of it.
    pub shipment: Shipment,
    /// The lot's code.
    pub code: LotCode,
    /// What the lot is counted in.
    pub unit: Unit,
    /// The product's name.
    pub product: String,
    /// Who sent.
    pub from: String,
    /// To whom.
    pub to: String,
    /// How much of a thousand may be missing for loss of weight.
    pub tolerated: i64,
}

impl Difference {
    /// An amount of it.
    #[must_use]
    pub fn quantity(&self, amount: i64) -> Quantity {
        Quantity::new(amount.max(0), self.unit).unwrap_or(Quantity::zero(self.unit))
    }

    /// How much of a thousand never arrived, rounded to the nearest.
    #[must_use]
    pub fn per_mille(&self) -> i64 {
        let sent = self.shipment.sent.amount.max(1);
        (self.shipment.lost.saturating_mul(1_000) + sent / 2) / sent
    }

    /// Whether more is missing than goods lose in weight.
    #[must_use]
    pub fn is_beyond(&self) -> bool {
        let lost = i128::from(self.shipment.lost) * 1_000;
        lost > i128::from(self.shipment.sent.amount) * i128::from(self.tolerated)
    }

    /// For how many days something of it has been awaited; nothing when nothing is.
    #[must_use]
    pub fn days_open(&self, today: Day) -> Option<i32> {
        let open = self.shipment.left() > 0;
        open.then(|| self.shipment.sent.shipped_at.day().days_until(today).max(0))
    }
}

/// The shipments that `party` sent or was sent, or of everybody for the authority, whose accounts do not close; newest first.
///
/// # Errors
/// [`Error::NotFound`] when `who` may not look at that party's shipments.
pub async fn differences(
    app: &App,
    who: &Identity,
    party: Option<PartyId>,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Difference>, Error> {
    let before = after.map(Before::read).transpose().map_err(|problem| problem.at("after"))?;
    let rows = found(app, who, party, before.unwrap_or(Before::ALL), size.limit()).await?;
    Ok(Page::of(rows, size, |line| {
        let sent = &line.shipment.sent;
        let (at, shipment, lot) = (sent.shipped_at.micros(), sent.id.as_uuid(), sent.lot.as_uuid());
        Cursor::Text(format!("{at} {shipment} {lot}"))
    }))
}

/// Where a page begins: before this line. A shipment has a line for each of its lots.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    /// When it was sent.
    pub at: Moment,
    /// The shipment.
    pub shipment: Uuid,
    /// The lot.
    pub lot: Uuid,
}

impl Before {
    /// Before nothing: all of them.
    pub const ALL: Self = Self { at: Moment::MAX, shipment: Uuid::max(), lot: Uuid::max() };

    fn read(cursor: &Cursor) -> Result<Self, Problem> {
        let malformed = || Problem::new("cursor_malformed").value(cursor.to_string());
        let mut words = cursor.text()?.split(' ');
        let mut next = || words.next().ok_or_else(malformed);
        Ok(Self {
            at: Moment::from_micros(next()?.parse().map_err(|_| malformed())?),
            shipment: next()?.parse().map_err(|_| malformed())?,
            lot: next()?.parse().map_err(|_| malformed())?,
        })
    }
}

/// All of them, for a table that is taken as a file; and whether there are more than a file has lines.
///
/// # Errors
/// As [`differences`].
pub async fn all_differences(
    app: &App,
    who: &Identity,
    party: Option<PartyId>,
) -> Result<(Vec<Difference>, bool), Error> {
    Ok(cut(found(app, who, party, Before::ALL, MOST_LINES + 1).await?))
}

async fn found(
    app: &App,
    who: &Identity,
    party: Option<PartyId>,
    before: Before,
    limit: i64,
) -> Result<Vec<Difference>, Error> {
    let today = app.clock.now().day();
    app.store
        .read(async |tx| {
            let viewer = viewer(tx, who, today).await?;
            let allowed = match party {
                Some(party) => viewer.is_party_to(&[Some(party)]),
                None => matches!(viewer, Viewer::Authority),
            };
            if !allowed {
                return Err(Error::NotFound);
            }
            Ok(store::differences(tx, party, before, limit).await?)
        })
        .await
}
