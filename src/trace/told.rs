//! What is known of the things of a trace, as the tables hold it: names, lots, parties, places, events, amounts.

use crate::kernel::{CommuneCode, EventId, LotId, Moment, Offset, PartyId, PlaceId, ThingId, Unit};

/// A thing that events speak of.
#[derive(Clone, Debug)]
pub struct Thing {
    /// The id.
    pub id: ThingId,
    /// `class`, `unit` or `container`.
    pub kind: String,
    /// The name.
    pub name: String,
}

/// A registered lot.
#[derive(Clone, Debug)]
pub struct KnownLot {
    /// The id, which is that of its thing.
    pub id: LotId,
    /// Its code.
    pub code: String,
    /// The product's name.
    pub product: String,
    /// The product's name in English.
    pub product_en: Option<String>,
    /// The product's trace code.
    pub product_code: String,
    /// Whose it is.
    pub party: PartyId,
    /// Where it began.
    pub place: PlaceId,
    /// What it is counted in.
    pub unit: Unit,
    /// How much there was in the beginning.
    pub declared: i64,
    /// Whether it is on hold.
    pub held: bool,
    /// Whether it is recalled.
    pub recalled: bool,
}

/// A party of the registry.
#[derive(Clone, Debug)]
pub struct KnownParty {
    /// The id.
    pub id: PartyId,
    /// Its kind, by its stored name.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its commune.
    pub commune: CommuneCode,
    /// Its GLN.
    pub gln: Option<String>,
    /// Whether it agreed to be published.
    pub consent: bool,
}

/// A place of the registry.
#[derive(Clone, Debug)]
pub struct KnownPlace {
    /// The id.
    pub id: PlaceId,
    /// Whose it is.
    pub party: PartyId,
    /// The trace code.
    pub code: String,
    /// Its kind, by its stored name.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its commune.
    pub commune: CommuneCode,
}

/// What happened to a thing.
#[derive(Clone, Debug)]
pub struct Happening {
    /// The thing.
    pub thing: ThingId,
    /// What the thing was to the event, by its stored name.
    pub role: String,
    /// How much of it.
    pub amount: Option<i64>,
    /// What the amount counts.
    pub unit: Option<Unit>,
    /// The event.
    pub event: EventId,
    /// The EPCIS event id.
    pub event_id: String,
    /// What was done, by its stored name.
    pub step: String,
    /// When.
    pub time: Moment,
    /// The offset of that time.
    pub offset: Offset,
    /// When it was entered.
    pub recorded_at: Moment,
    /// Whose act it was.
    pub party: Option<PartyId>,
    /// The party of who entered it.
    pub recorder: Option<PartyId>,
    /// To whom it went or from whom it came.
    pub counterparty: Option<PartyId>,
    /// Where, in the registry.
    pub place: Option<PlaceId>,
    /// Where, by the name that the event gave.
    pub place_name: Option<String>,
    /// The case in which the thing lay when this happened to the case.
    pub carrier: Option<ThingId>,
}

/// What a party has of a lot.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    /// The lot.
    pub lot: LotId,
    /// The party.
    pub party: PartyId,
    /// How much is left.
    pub amount: i64,
}

/// What a party did with a lot.
#[derive(Clone, Debug)]
pub struct Account {
    /// The lot.
    pub lot: LotId,
    /// The party.
    pub party: PartyId,
    /// What it did, by its stored name.
    pub name: String,
    /// How much of it in all.
    pub amount: i64,
}

/// A part of a lot that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Parcel {
    /// The lot.
    pub lot: LotId,
    /// The shipment.
    pub shipment: EventId,
    /// Who sent it.
    pub from: PartyId,
    /// To whom.
    pub to: PartyId,
    /// How much.
    pub sent: i64,
    /// How much of it was received.
    pub received: i64,
    /// How much of it was refused.
    pub refused: i64,
    /// How much of it never arrived.
    pub lost: i64,
    /// When it was sent.
    pub shipped_at: Moment,
}

impl Parcel {
    /// How much is under way and unconfirmed.
    #[must_use]
    pub fn under_way(&self) -> i64 {
        self.sent.saturating_sub(self.received).saturating_sub(self.refused).saturating_sub(self.lost).max(0)
    }
}
