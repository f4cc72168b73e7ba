//! What a row of the journal says beside its EPCIS event.

pub use crate::evidence::Grade;
use crate::kernel::{
    CaptureId, EventId, MandateId, Moment, Offset, PartyId, PersonId, PlaceId, Quantity, Sha256Hash, ThingId,
};

/// What was done. The stored names are the registry's own; the EPCIS business step stands in the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A lot began: it was harvested, picked, caught or slaughtered.
    Harvest,
    /// More was harvested into a lot that had begun.
    Pick,
    /// Lots were washed, sorted or trimmed into a new one.
    Wash,
    /// Lots were cut.
    Cut,
    /// Lots of different goods were mixed.
    Mix,
    /// A lot was split.
    Split,
    /// Lots of the same goods were put together.
    Merge,
    /// Lots were packed anew.
    Repack,
    /// Lots were cooked, dried, milled or otherwise processed.
    Process,
    /// A lot, or a part of it, was packed.
    Pack,
    /// Goods were put into a case or onto a pallet.
    Aggregate,
    /// Goods were taken out of a case or off a pallet.
    Disaggregate,
    /// A part was handed over to another party.
    Ship,
    /// A part was taken over from another party.
    Receive,
    /// A part that was sent was not taken.
    Refuse,
    /// What was sent never arrived, as its receiver says: nothing of it is awaited any more.
    Lose,
    /// A part was sent back to where it came from.
    Return,
    /// A part was sold to consumers.
    Sell,
    /// A sample was taken.
    Sample,
    /// A sample was tested, or the lot looked at.
    Test,
    /// A part was lost or destroyed.
    Waste,
    /// The lot was stopped until it is looked into.
    Hold,
    /// The stop was lifted.
    Release,
    /// The lot was called back.
    Recall,
    /// An event was declared wrong.
    Correct,
    /// Something that the registry has no word for was seen.
    Observe,
}

impl Step {
    /// All steps.
    pub const ALL: [Self; 26] = [
        Self::Harvest,
        Self::Pick,
        Self::Wash,
        Self::Cut,
        Self::Mix,
        Self::Split,
        Self::Merge,
        Self::Repack,
        Self::Process,
        Self::Pack,
        Self::Aggregate,
        Self::Disaggregate,
        Self::Ship,
        Self::Receive,
        Self::Refuse,
        Self::Lose,
        Self::Return,
        Self::Sell,
        Self::Sample,
        Self::Test,
        Self::Waste,
        Self::Hold,
        Self::Release,
        Self::Recall,
        Self::Correct,
        Self::Observe,
    ];

    /// The steps that make new lots out of others.
    pub const TRANSFORMATIONS: [Self; 7] =
        [Self::Wash, Self::Cut, Self::Mix, Self::Split, Self::Merge, Self::Repack, Self::Process];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Harvest => "harvest",
            Self::Pick => "pick",
            Self::Wash => "wash",
            Self::Cut => "cut",
            Self::Mix => "mix",
            Self::Split => "split",
            Self::Merge => "merge",
            Self::Repack => "repack",
            Self::Process => "process",
            Self::Pack => "pack",
            Self::Aggregate => "aggregate",
            Self::Disaggregate => "disaggregate",
            Self::Ship => "ship",
            Self::Receive => "receive",
            Self::Refuse => "refuse",
            Self::Lose => "lose",
            Self::Return => "return",
            Self::Sell => "sell",
            Self::Sample => "sample",
            Self::Test => "test",
            Self::Waste => "waste",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Recall => "recall",
            Self::Correct => "correct",
            Self::Observe => "observe",
        }
    }

    /// The step with this stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == text)
    }

    /// The key of the step's word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Harvest => "events-step-harvest",
            Self::Pick => "events-step-pick",
            Self::Wash => "events-step-wash",
            Self::Cut => "events-step-cut",
            Self::Mix => "events-step-mix",
            Self::Split => "events-step-split",
            Self::Merge => "events-step-merge",
            Self::Repack => "events-step-repack",
            Self::Process => "events-step-process",
            Self::Pack => "events-step-pack",
            Self::Aggregate => "events-step-aggregate",
            Self::Disaggregate => "events-step-disaggregate",
            Self::Ship => "events-step-ship",
            Self::Receive => "events-step-receive",
            Self::Refuse => "events-step-refuse",
            Self::Lose => "events-step-lose",
            Self::Return => "events-step-return",
            Self::Sell => "events-step-sell",
            Self::Sample => "events-step-sample",
            Self::Test => "events-step-test",
            Self::Waste => "events-step-waste",
            Self::Hold => "events-step-hold",
            Self::Release => "events-step-release",
            Self::Recall => "events-step-recall",
            Self::Correct => "events-step-correct",
            Self::Observe => "events-step-observe",
        }
    }

    /// Whether lots were made out of others.
    #[must_use]
    pub fn is_transformation(self) -> bool {
        Self::TRANSFORMATIONS.contains(&self)
    }
}

impl serde::Serialize for Step {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What a thing is to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// What the event is about.
    Object,
    /// What went in.
    Input,
    /// What came out.
    Output,
    /// What holds others.
    Parent,
    /// What is held by another.
    Child,
    /// What lay in a case that the event is about.
    Carried,
}

impl Role {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Input => "input",
            Self::Output => "output",
            Self::Parent => "parent",
            Self::Child => "child",
            Self::Carried => "carried",
        }
    }

    /// The role with this stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Object, Self::Input, Self::Output, Self::Parent, Self::Child, Self::Carried]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}

/// A thing's part in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The thing; a registered lot's id is that of its thing.
    pub thing: ThingId,
    /// What it is to the event.
    pub role: Role,
    /// How much of it, where that was told in a unit that the registry counts in.
    pub quantity: Option<Quantity>,
}

/// What every row of the journal says of when, who and where.
#[derive(Clone, Debug)]
pub struct Event {
    /// The id, also within the EPCIS event as `urn:uuid:`.
    pub id: EventId,
    /// What was done.
    pub step: Step,
    /// When it happened.
    pub time: Moment,
    /// The offset that the time was given with.
    pub offset: Offset,
    /// Whether only the day is known.
    pub whole_day: bool,
    /// When it was entered.
    pub recorded_at: Moment,
    /// Who entered it.
    pub recorded_by: PersonId,
    /// That person's party; none for the authority.
    pub party: Option<PartyId>,
    /// The party on whose behalf it was entered, when another.
    pub behalf_of: Option<PartyId>,
    /// The mandate under which that was done.
    pub mandate: Option<MandateId>,
    /// Where it happened.
    pub place: Option<PlaceId>,
    /// To whom it went or from whom it came.
    pub counterparty: Option<PartyId>,
    /// How well it is proved.
    pub grade: Grade,
    /// SHA-256 of the command that it came from.
    pub command: Sha256Hash,
}

/// The place of an event among all: when it happened, then when it was recorded, then its id.
pub type Order = (Moment, Moment, EventId);

impl Event {
    /// Its place among all events.
    #[must_use]
    pub const fn order(&self) -> Order {
        (self.time, self.recorded_at, self.id)
    }

    /// The party whose act it is: the one on whose behalf it was entered, else the party of who entered it.
    #[must_use]
    pub fn whose(&self) -> Option<PartyId> {
        self.behalf_of.or(self.party)
    }

    /// When it happened, as it stands on pages: the day alone where only the day is known.
    #[must_use]
    pub fn when(&self) -> String {
        if self.whole_day { self.time.day().vietnamese() } else { self.time.vietnamese() }
    }
}

/// What a row of the journal is found by, beside its own columns: the EPCIS event in short.
#[derive(Clone, Debug)]
pub struct Index {
    /// The EPCIS eventID.
    pub event_id: String,
    /// Whether the event repeats another one to declare it wrong.
    pub declares_error: bool,
    /// The type, such as `ObjectEvent`.
    pub kind: &'static str,
    /// `ADD`, `OBSERVE` or `DELETE`.
    pub action: Option<&'static str>,
    /// The business step: a bare CBV word, else a URI.
    pub biz_step: Option<String>,
    /// The disposition: a bare CBV word, else a URI.
    pub disposition: Option<String>,
    /// The name of the place where it happened.
    pub read_point: Option<String>,
    /// The name of the place where the goods are from then on.
    pub biz_location: Option<String>,
}

/// A row to be written: what it says, what it is found by, and its EPCIS event as JSON.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What the row says.
    pub event: Event,
    /// What it is found by.
    pub index: Index,
    /// The capture that brought it; none for the registry's own forms.
    pub capture: Option<CaptureId>,
    /// The `@context` of the document that it came in, where it has none of its own.
    pub context: Option<String>,
    /// The EPCIS 2.0 event: as received, or as made.
    pub epcis: String,
}
