//! What can be asked of the door, and by whom.

use crate::accounts::{Member, Official, Role};
use crate::kernel::{
    Day, EventId, Line, LotCode, LotId, Moment, Note, Offset, PartyId, PersonId, PlaceId, ProductId, Quantity,
};
use crate::lots::Lot;
use serde::Serialize;
use std::time::Duration;

/// The most that a command may speak of: 10^12 grams (a million tonnes) or pieces.
pub(super) const LARGEST: i64 = 1_000_000_000_000;

/// How far ahead of the registry's clock a phone's clock may be.
pub(super) const GRACE: Duration = Duration::from_mins(5);

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// A clerk or manager, for their own party or on behalf of another under a mandate.
    Member {
        /// Who enters it.
        member: Member,
        /// The party on whose behalf, when not their own.
        behalf_of: Option<PartyId>,
    },
    /// An inspector or officer.
    Official(Official),
}

impl By {
    /// A member for their own party.
    #[must_use]
    pub const fn own(member: Member) -> Self {
        Self::Member { member, behalf_of: None }
    }

    /// A member on behalf of `grantor`; for their own party when that is the grantor.
    #[must_use]
    pub fn behalf(member: Member, grantor: PartyId) -> Self {
        let behalf_of = (grantor != member.party).then_some(grantor);
        Self::Member { member, behalf_of }
    }

    /// The person.
    #[must_use]
    pub const fn person(&self) -> PersonId {
        match self {
            Self::Member { member, .. } => member.person,
            Self::Official(official) => official.person,
        }
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self {
            Self::Member { member, .. } => member.role,
            Self::Official(official) => official.role,
        }
    }
}

/// When something happened, as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum When {
    /// At this moment; the offset is kept as given.
    At(Moment, Offset),
    /// On this day; the hour is not known.
    On(Day),
}

/// What is asked of the door.
#[derive(Clone, Debug, Serialize)]
pub enum Command {
    /// A lot began.
    Declare(DeclareLot),
    /// Some of a lot was packed.
    Pack(Pack),
    /// Some of a lot goes to another party.
    Ship(Ship),
    /// Some of what is under way arrived.
    Receive(Receive),
    /// Some of a lot goes to consumers.
    Sell(Move),
    /// Stop a lot until it is looked into: for the authority.
    Hold(StopLot),
    /// Lift the stop: for the authority.
    Release(StopLot),
    /// Call a lot back: for officers.
    Recall(StopLot),
}

/// A lot that began: a harvest, a catch, a slaughter, a batch made.
#[derive(Clone, Debug, Serialize)]
pub struct DeclareLot {
    /// What it is a quantity of; of the declaring party.
    pub product: ProductId,
    /// Where it began; a place of the declaring party.
    pub place: PlaceId,
    /// When; now when absent.
    pub when: Option<When>,
    /// How much, in the product's unit.
    pub quantity: Quantity,
    /// The lot's code; made when absent.
    pub code: Option<LotCode>,
    /// The variety, which everybody may read.
    pub variety: Option<Line>,
    /// A remark; private.
    pub note: Option<Note>,
}

/// An amount of a lot at a place.
#[derive(Clone, Debug, Serialize)]
pub struct Move {
    /// The lot.
    pub lot: LotId,
    /// Where; a place of the acting party.
    pub place: PlaceId,
    /// How much, in the lot's unit.
    pub quantity: Quantity,
    /// When; now when absent.
    pub when: Option<When>,
    /// A remark; private.
    pub note: Option<Note>,
}

/// A packing.
#[derive(Clone, Debug, Serialize)]
pub struct Pack {
    /// What was packed, where and when.
    pub what: Move,
    /// The last day of use; counted from the packing by the product's shelf life when absent.
    pub expires_on: Option<Day>,
    /// The contents of one pack.
    pub pack_size: Option<Quantity>,
}

/// A hand-over to another party.
#[derive(Clone, Debug, Serialize)]
pub struct Ship {
    /// What is sent, from where and when.
    pub what: Move,
    /// Who receives it, and nobody else.
    pub to: PartyId,
    /// The number of the delivery note; private.
    pub document: Option<Line>,
    /// The vehicle; private.
    pub vehicle: Option<Line>,
}

/// A receipt, by the party that it was sent to.
#[derive(Clone, Debug, Serialize)]
pub struct Receive {
    /// The shipment.
    pub shipment: EventId,
    /// Where it arrived; a place of the receiving party.
    pub place: PlaceId,
    /// How much arrived, in the lot's unit.
    pub quantity: Quantity,
    /// When; now when absent.
    pub when: Option<When>,
    /// A remark; private.
    pub note: Option<Note>,
}

/// An act of the authority on a lot.
#[derive(Clone, Debug, Serialize)]
pub struct StopLot {
    /// The lot.
    pub lot: LotId,
    /// The reason, which everybody may read.
    pub reason: Note<500>,
}

/// What was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The event.
    pub event: EventId,
    /// The lot, as it is after the event.
    pub lot: Lot,
    /// What the acting party has left of it; nothing for the authority.
    pub left: Option<Quantity>,
    /// Whether the same command had been recorded before under this key, and nothing was done now.
    pub repeated: bool,
}

/// When an event happened, after the gates of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventTime {
    pub(super) moment: Moment,
    pub(super) offset: Offset,
    pub(super) whole_day: bool,
}

impl EventTime {
    pub(super) fn day(&self) -> Day {
        self.moment.day()
    }
}
