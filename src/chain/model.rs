//! What can be asked of the door, and by whom.

use crate::accounts::{Member, Official, Role};
use crate::events::Step;
use crate::kernel::{
    CertificateId, Day, EventId, Line, LotCode, LotId, Moment, Note, Offset, PartyId, PersonId, PlaceId,
    ProductId, Quantity, ThingId,
};
use crate::lots::Lot;
use serde::Serialize;
use std::time::Duration;

/// The most that one act may speak of: 10^11 grams (a hundred thousand tonnes) or pieces. What is more is a mistake in the number or its unit.
pub(super) const LARGEST: i64 = 100_000_000_000;

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
    /// On the day of this moment, which only keeps the order; the hour is not known. A reported fact may say so.
    Within(Moment, Offset),
}

/// What is asked of the door.
#[derive(Clone, Debug, Serialize)]
pub enum Command {
    /// A lot began.
    Declare(DeclareLot),
    /// A lot began with harvests from several places at once, as a co-operative collects from many households.
    Collect(Collect),
    /// More was harvested into a lot that had begun.
    Pick(Move),
    /// Lots were made out of others: washed, cut, mixed, split, merged, packed anew, processed.
    Transform(Transform),
    /// Some of a lot was packed.
    Pack(Pack),
    /// Goods were put into a case or onto a pallet.
    Aggregate(Casing),
    /// Goods were taken out of a case or off a pallet.
    Disaggregate(Casing),
    /// Goods go to another party.
    Ship(Ship),
    /// Some of what is under way arrived.
    Receive(Receive),
    /// Some of what arrived was not taken, and goes back.
    Refuse(Receive),
    /// Some of what was sent did not arrive, and is not awaited any more.
    Lose(Receive),
    /// Some of a lot goes to consumers.
    Sell(Move),
    /// A sample was taken.
    Sample(Move),
    /// A sample was tested, or the goods looked at.
    Test(Test),
    /// Some of a lot was lost or destroyed.
    Waste(Move),
    /// An event that was recorded before is wrong.
    Correct(Correct),
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
    /// Where it began; a place of the declaring party. A command always has one, a reported fact may lack it.
    pub place: Option<PlaceId>,
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

/// A lot that began in several places.
#[derive(Clone, Debug, Serialize)]
pub struct Collect {
    /// The lot, with the first of the places and what came from there.
    pub lot: DeclareLot,
    /// The further places, each with what came from there: of the declaring party, or of parties that gave it a mandate.
    pub more: Vec<(PlaceId, Quantity)>,
}

/// A part of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Portion {
    /// The lot.
    pub lot: LotId,
    /// How much, in the lot's unit.
    pub quantity: Quantity,
}

/// Goods that move together.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Goods {
    /// Parts of lots.
    pub lots: Vec<Portion>,
    /// Cases and pallets with all that lies in them, by their names (`00/SSCC`).
    pub cases: Vec<String>,
}

impl Goods {
    /// A part of one lot.
    #[must_use]
    pub fn of(lot: LotId, quantity: Quantity) -> Self {
        Self { lots: vec![Portion { lot, quantity }], cases: Vec::new() }
    }
}

/// An amount of goods at a place.
#[derive(Clone, Debug, Serialize)]
pub struct Move {
    /// What.
    pub goods: Goods,
    /// Where; a place of the acting party. A command always has one, a reported fact may lack it.
    pub place: Option<PlaceId>,
    /// When; now when absent.
    pub when: Option<When>,
    /// A remark; private.
    pub note: Option<Note>,
}

impl Move {
    /// A part of one lot at a place, now.
    #[must_use]
    pub fn of(lot: LotId, quantity: Quantity, place: PlaceId) -> Self {
        Self { goods: Goods::of(lot, quantity), place: Some(place), when: None, note: None }
    }
}

/// Lots made out of others.
#[derive(Clone, Debug, Serialize)]
pub struct Transform {
    /// Which kind: one of [`Step::TRANSFORMATIONS`].
    pub step: Step,
    /// What went in.
    pub inputs: Vec<Portion>,
    /// What went in that the registry does not know: it counts as nothing. Only in reported facts.
    pub unknown: Vec<(ThingId, Option<Quantity>)>,
    /// What came out that the registry does not know. Only in reported facts.
    pub unknown_outputs: Vec<(ThingId, Option<Quantity>)>,
    /// What came out. What is missing between in and out was lost.
    pub outputs: Vec<Output>,
    /// What ties several reported facts into one transformation; a command is one by itself.
    pub node: Option<uuid::Uuid>,
    /// Where; a place of the acting party.
    pub place: Option<PlaceId>,
    /// When; now when absent.
    pub when: Option<When>,
    /// A remark; private.
    pub note: Option<Note>,
}

/// A lot that came out of others.
#[derive(Clone, Debug, Serialize)]
pub struct Output {
    /// What it is a quantity of; of the acting party.
    pub product: ProductId,
    /// The lot's code; made when absent. A reported fact may add to a lot that is there.
    pub code: Option<LotCode>,
    /// How much, in the product's unit.
    pub quantity: Quantity,
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
    /// The certificates that the packs claim; each must be valid on the day and cover what is packed.
    pub certificates: Vec<CertificateId>,
}

/// Goods into a case, or out of it.
#[derive(Clone, Debug, Serialize)]
pub struct Casing {
    /// The case or pallet by its name (`00/SSCC`).
    pub case: String,
    /// What goes in or comes out, where and when. Nothing, for all that lies in it, when it comes out.
    pub what: Move,
}

/// A hand-over to another party.
#[derive(Clone, Debug, Serialize)]
pub struct Ship {
    /// What is sent, from where and when.
    pub what: Move,
    /// Who receives it, and nobody else. A reported fact may name somebody whom the registry does not know: nobody here.
    pub to: Option<PartyId>,
    /// The number of the delivery note; private.
    pub document: Option<Line>,
    /// The vehicle; private.
    pub vehicle: Option<Line>,
    /// Whether it goes back to where it came from.
    pub back: bool,
}

/// A receipt, a refusal or a loss, by the party that it was sent to.
#[derive(Clone, Debug, Serialize)]
pub struct Receive {
    /// The shipment. A reported fact may leave it to be found.
    pub shipment: Option<EventId>,
    /// From whom, where a reported fact says so.
    pub from: Option<PartyId>,
    /// How much of which lots; nothing for all that is under way.
    pub lots: Vec<Portion>,
    /// Where it arrived; a place of the receiving party.
    pub place: Option<PlaceId>,
    /// When; now when absent.
    pub when: Option<When>,
    /// A remark; private.
    pub note: Option<Note>,
}

/// The outcome of a test.
#[derive(Clone, Debug, Serialize)]
pub struct Test {
    /// What was tested.
    pub lot: LotId,
    /// Whether it conforms.
    pub conforms: bool,
    /// The number of the report.
    pub report: Option<Line>,
    /// Where.
    pub place: Option<PlaceId>,
    /// When; now when absent.
    pub when: Option<When>,
    /// A remark; private.
    pub note: Option<Note>,
}

/// A declaration that an event is wrong. What is right is recorded as an event of its own.
#[derive(Clone, Debug, Serialize)]
pub struct Correct {
    /// The wrong event.
    pub event: EventId,
    /// Whether it did not happen at all; else it happened otherwise.
    pub did_not_occur: bool,
    /// The events that say what is right.
    pub instead: Vec<EventId>,
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
    /// The first of the lots, as it is after the event.
    pub lot: Lot,
    /// All lots that the event touches: those that it made stand first.
    pub lots: Vec<LotId>,
    /// Further lots whose stop may have changed, because they were made of one of these.
    pub reached: Vec<LotId>,
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
