//! What a row of the journal says beside its EPCIS event.

use crate::kernel::{EventId, LotId, MandateId, Moment, Offset, PartyId, PersonId, PlaceId, Sha256Hash};

/// What was done. The stored names are the registry's own; the EPCIS business step stands in the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A lot began: it was harvested, picked, caught, slaughtered or made.
    Harvest,
    /// A lot, or a part of it, was packed.
    Pack,
    /// A part was handed over to another party.
    Ship,
    /// A part was taken over from another party.
    Receive,
    /// A part was sold to consumers.
    Sell,
    /// The lot was stopped until it is looked into.
    Hold,
    /// The stop was lifted.
    Release,
    /// The lot was called back.
    Recall,
}

impl Step {
    /// All steps.
    pub const ALL: [Self; 8] = [
        Self::Harvest,
        Self::Pack,
        Self::Ship,
        Self::Receive,
        Self::Sell,
        Self::Hold,
        Self::Release,
        Self::Recall,
    ];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Harvest => "harvest",
            Self::Pack => "pack",
            Self::Ship => "ship",
            Self::Receive => "receive",
            Self::Sell => "sell",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Recall => "recall",
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
            Self::Pack => "events-step-pack",
            Self::Ship => "events-step-ship",
            Self::Receive => "events-step-receive",
            Self::Sell => "events-step-sell",
            Self::Hold => "events-step-hold",
            Self::Release => "events-step-release",
            Self::Recall => "events-step-recall",
        }
    }
}

/// How well a statement is proved. Grades are never added together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grade {
    /// Somebody says so.
    Declared,
    /// A paper says so.
    Documented,
    /// A third party confirms it.
    ThirdParty,
    /// The authority looked.
    Inspected,
}

impl Grade {
    /// All grades, the weakest first.
    pub const ALL: [Self; 4] = [Self::Declared, Self::Documented, Self::ThirdParty, Self::Inspected];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Documented => "documented",
            Self::ThirdParty => "third_party",
            Self::Inspected => "inspected",
        }
    }

    /// The grade with this stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.as_str() == text)
    }

    /// The key of the grade's word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Declared => "events-grade-declared",
            Self::Documented => "events-grade-documented",
            Self::ThirdParty => "events-grade-third-party",
            Self::Inspected => "events-grade-inspected",
        }
    }
}

/// What a lot is to an event.
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
        }
    }
}

/// A lot's part in an event.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The lot.
    pub lot: LotId,
    /// What it is to the event.
    pub role: Role,
    /// Grams or pieces, where an amount was moved.
    pub amount: Option<i64>,
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

impl Event {
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

/// A row to be written: what it says, and its EPCIS event as JSON.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What the row says.
    pub event: Event,
    /// The EPCIS 2.0 event.
    pub epcis: String,
}
