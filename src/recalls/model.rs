//! What a recall is.

use crate::accounts::{Member, Official, Role};
use crate::chain::By;
use crate::jobs::message_id;
use crate::kernel::{
    Day, EventId, LotId, MessageId, Moment, Note, PartyId, PersonId, Problem, Quantity, RecallId,
};
use serde::Serialize;
use std::time::Duration;

/// The time in which the authority decides (Circular 17/2021/TT-BNNPTNT).
pub(super) const TO_DECIDE: Duration = Duration::from_hours(24);
/// The most lots that one proposal begins with.
pub(super) const MOST_ORIGINS: usize = 50;

/// Makes an enumeration with stored names and the keys of their words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, $code:literal: $($(#[$each:meta])* $variant:ident = $stored:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$each])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stored name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $stored),+ }
            }

            /// The key of its word.
            #[must_use]
            pub fn key(self) -> String {
                format!($what, self.as_str().replace('_', "-"))
            }

            /// Reads a stored name.
            ///
            /// # Errors
            #[doc = concat!("`", $code, "`.")]
            pub fn parse(text: &str) -> Result<Self, Problem> {
                let found = Self::ALL.iter().copied().find(|one| one.as_str() == text.trim());
                found.ok_or_else(|| Problem::new($code).value(text))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

words! {
    /// In earnest, or to see whether it would work.
    Kind, "recalls-kind-{}", "choose_one":
    /// In earnest.
    Recall = "recall",
    /// A drill.
    Drill = "drill",
}

words! {
    /// Where it stands.
    State, "recalls-state-{}", "choose_one":
    /// Its lots are held until it is decided.
    Proposed = "proposed",
    /// Its lots are recalled.
    Decided = "decided",
    /// Its lots are free again.
    Rejected = "rejected",
    /// Its figures are fixed; its lots stay recalled.
    Closed = "closed",
}

words! {
    /// How dangerous the food is.
    Danger, "recalls-danger-{}", "choose_one":
    /// It may do serious harm.
    Serious = "serious",
    /// It may do harm that passes.
    Possible = "possible",
    /// Harm is unlikely: a wrong label, a quality that was promised.
    Unlikely = "unlikely",
}

words! {
    /// What is done with recalled goods: the four ways of the law, and goods that came back to a holder.
    Way, "recalls-way-{}", "choose_one":
    /// The product or its label is repaired.
    Repair = "repair",
    /// It is used for something else.
    ChangeUse = "change_use",
    /// It goes back to the country that it came from.
    Reexport = "reexport",
    /// It is destroyed.
    Destroy = "destroy",
    /// It came back from those who had bought it.
    Returned = "returned",
}

impl Way {
    /// The four ways of the law, of which a recall names one.
    pub const OF_LAW: [Self; 4] = [Self::Repair, Self::ChangeUse, Self::Reexport, Self::Destroy];
}

words! {
    /// How far the notices are.
    Phase, "recalls-phase-{}", "choose_one":
    /// Nothing is told yet.
    Waiting = "waiting",
    /// What came of the lots, and who has it, is sought.
    Reaching = "reaching",
    /// The holders are being told.
    Telling = "telling",
    /// All are told.
    Told = "told",
}

words! {
    /// What came of a call to a party that had not acknowledged its notice.
    Called, "recalls-called-{}", "choose_one":
    /// Somebody there was told.
    Reached = "reached",
    /// Nobody answered.
    Missed = "missed",
}

words! {
    /// What became of the hold on a lot that a recall begins with.
    Held, "recalls-hold-{}", "choose_one":
    /// It is to be held.
    Wanted = "wanted",
    /// This recall holds it.
    Ours = "ours",
    /// It was held before by somebody else.
    Others = "others",
    /// This recall's hold was lifted.
    Lifted = "lifted",
}

/// Who proposed or decided: a person in a role, for a party or, without one, for the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doer {
    /// The person; shown to nobody.
    pub person: PersonId,
    /// The role.
    pub role: Role,
    /// The party.
    pub party: Option<PartyId>,
}

impl Doer {
    /// Who acts, as the door wants it told.
    #[must_use]
    pub const fn by(&self) -> By {
        match self.party {
            Some(party) => By::own(Member { person: self.person, party, role: self.role }),
            None => By::Official(Official { person: self.person, role: self.role }),
        }
    }
}

impl From<&By> for Doer {
    fn from(by: &By) -> Self {
        let party = match by {
            By::Member { member, .. } => Some(member.party),
            By::Official(_) => None,
        };
        Self { person: by.person(), role: by.role(), party }
    }
}

/// What is proposed.
#[derive(Clone, Debug)]
pub struct NewRecall {
    /// The lots, by id or short code, as written.
    pub lots: Vec<String>,
    /// How dangerous.
    pub danger: Danger,
    /// What is to be done with the goods.
    pub way: Way,
    /// Why; everybody may read it.
    pub reason: Note<500>,
    /// Where the goods are taken back.
    pub takes_back: Note<500>,
    /// The last day on which they are.
    pub until: Option<Day>,
}

/// A recall or a drill.
#[derive(Clone, Debug)]
pub struct Recall {
    /// The id.
    pub id: RecallId,
    /// What people name it by.
    pub number: String,
    /// Recall or drill.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// How dangerous the food is.
    pub danger: Danger,
    /// What is to be done with it.
    pub way: Way,
    /// Why.
    pub reason: String,
    /// Where the goods are taken back.
    pub takes_back: String,
    /// The last day on which they are.
    pub until: Option<Day>,
    /// When it was proposed.
    pub proposed_at: Moment,
    /// Who proposed it.
    pub proposed_by: Doer,
    /// When it was decided or rejected, by whom.
    pub decided: Option<(Moment, Doer)>,
    /// Why it was rejected.
    pub decision_reason: Option<String>,
    /// When its figures were fixed.
    pub closed_at: Option<Moment>,
    /// How far the notices are.
    pub phase: Phase,
    /// The last party told.
    pub told_up_to: PartyId,
    /// When lots and holders were first known.
    pub reached_at: Option<Moment>,
    /// When the last of them was first told.
    pub told_at: Option<Moment>,
    /// How many lots it reaches.
    pub lots: i64,
    /// How many holders.
    pub holders: i64,
    /// Whether the holders get messages.
    pub tells: bool,
    /// What the lot of a drill was drawn by.
    pub seed: Option<i64>,
    /// The figures at the end.
    pub report: Option<serde_json::Value>,
    /// The signed record of a drill.
    pub note: Option<String>,
}

impl Recall {
    /// Whether everybody may see it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.kind == Kind::Recall && matches!(self.state, State::Decided | State::Closed)
    }

    /// Until when the authority decides.
    #[must_use]
    pub fn decide_until(&self) -> Moment {
        self.proposed_at.plus(TO_DECIDE)
    }

    /// How long is left to decide, or by how much it is late: hours and minutes, and whether it is late.
    #[must_use]
    pub fn clock(&self, now: Moment) -> (u64, u64, bool) {
        let until = self.decide_until();
        let late = now > until;
        let minutes = if late { now.since(until) } else { until.since(now) }.as_secs() / 60;
        (minutes / 60, minutes % 60, late)
    }
}

/// A lot that a recall begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The lot.
    pub lot: LotId,
    /// What became of its hold.
    pub hold: Held,
    /// Whether the door has recalled it.
    pub recalled: bool,
}

/// What a party has or had of a lot.
#[derive(Clone, Debug)]
pub struct Share {
    /// The party.
    pub party: PartyId,
    /// The lot.
    pub lot: LotId,
    /// The lot's code.
    pub code: String,
    /// The product's name.
    pub product: String,
    /// What it has now.
    pub held: Quantity,
    /// What it had when it was first looked.
    pub held_then: Quantity,
    /// What is under way to it.
    pub coming: Quantity,
    /// All that it ever took in.
    pub taken_in: Quantity,
    /// What of it came back or was dealt with.
    pub recovered: Quantity,
}

/// What came back, or was dealt with where it lay.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Its id: what is sent twice under one is entered once.
    pub id: EventId,
    /// Whose goods they were.
    pub party: PartyId,
    /// The lot.
    pub lot: LotId,
    /// What was done with it.
    pub way: Way,
    /// How much.
    pub quantity: Quantity,
    /// When it was entered.
    pub at: Moment,
    /// Who entered it.
    pub by: PersonId,
}

/// The message by which a party is told: the same each time.
#[must_use]
pub fn message_of(recall: RecallId, party: PartyId) -> MessageId {
    message_id(&[b"recall", recall.as_uuid().as_bytes(), party.as_uuid().as_bytes()])
}

/// The event of an act of a recall on a lot: the same each time, so that the door does it once.
pub(super) fn act_of(what: &str, recall: RecallId, lot: LotId) -> EventId {
    let id = message_id(&[what.as_bytes(), recall.as_uuid().as_bytes(), lot.as_uuid().as_bytes()]);
    EventId::from_uuid(id.as_uuid())
}

/// The text of the number of the `serial`th of a year.
pub(super) fn number(kind: Kind, year: i16, serial: i64) -> String {
    let letters = match kind {
        Kind::Recall => "TH",
        Kind::Drill => "DT",
    };
    format!("{letters}-{year}-{serial:04}")
}
