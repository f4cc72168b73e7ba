//! A lot and its accounts.

use crate::kernel::{
    CommuneCode, Day, EventId, LotCode, LotId, Moment, PartyId, PlaceId, ProductId, Quantity, ShortCode, Unit,
};

/// A lot.
#[derive(Clone, Debug)]
pub struct Lot {
    /// The id.
    pub id: LotId,
    /// What it is a quantity of.
    pub product: ProductId,
    /// Its code, unique for the product.
    pub code: LotCode,
    /// The ten digits that people type, unique in the registry.
    pub short_code: ShortCode,
    /// Whose lot it is: the party on whose behalf it was declared.
    pub party: PartyId,
    /// Where it began.
    pub place: PlaceId,
    /// How much there was in the beginning.
    pub declared: Quantity,
    /// The day on which it began.
    pub harvested_on: Day,
    /// The first day on which a part of it was packed.
    pub packed_on: Option<Day>,
    /// The earliest last day of use of what was packed of it.
    pub expires_on: Option<Day>,
    /// Why it is held, while it is.
    pub held: Option<String>,
    /// Why it was recalled, if it was.
    pub recalled: Option<String>,
    /// Which rule a reported fact about it breaches, while one does: then it is held.
    pub breach: Option<String>,
    /// Whether its own party holds it, and may lift that.
    pub held_by_party: bool,
    /// What stops it from above: a lot that it was made of.
    pub upstream: Option<Upstream>,
    /// Raised by what stops or frees the lot; what relies on its being free confirms it.
    pub gate_version: i64,
    /// Raised by everything that changes what the lot's page shows.
    pub version: i64,
    /// When it was entered.
    pub created_at: Moment,
}

impl Lot {
    /// What the lot is counted in.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.declared.unit()
    }

    /// What keeps food of this lot from being released: a recall before a hold.
    #[must_use]
    pub fn stop(&self) -> Option<Stop> {
        let recalled = self.recalled.clone().map(|reason| Stop::Recalled { reason });
        let held = || self.held.clone().map(|reason| Stop::Held { reason });
        let breach = || self.breach.clone().map(|rule| Stop::Breach { rule });
        let upstream = self.upstream.map(|Upstream { lot, recalled }| Stop::Upstream { recalled, from: lot });
        let worst = upstream.clone().filter(|_| self.upstream.is_some_and(|upstream| upstream.recalled));
        recalled.or(worst).or_else(held).or_else(breach).or(upstream)
    }

    /// Whether its last day of use lies before `today`.
    #[must_use]
    pub fn is_past_date(&self, today: Day) -> bool {
        self.expires_on.is_some_and(|last| last < today)
    }

    /// The key of the word for its state on `today`.
    #[must_use]
    pub fn state_key(&self, today: Day) -> &'static str {
        match self.stop() {
            Some(Stop::Recalled { .. } | Stop::Upstream { recalled: true, .. }) => "lots-state-recalled",
            Some(Stop::Held { .. } | Stop::Breach { .. } | Stop::Upstream { .. }) => "lots-state-held",
            None if self.is_past_date(today) => "lots-state-past-date",
            None => "lots-state-free",
        }
    }

    /// The state on `today`, as programs read it.
    #[must_use]
    pub fn state(&self, today: Day) -> &'static str {
        match self.stop() {
            Some(Stop::Recalled { .. } | Stop::Upstream { recalled: true, .. }) => "recalled",
            Some(Stop::Held { .. } | Stop::Breach { .. } | Stop::Upstream { .. }) => "on_hold",
            None if self.is_past_date(today) => "past_date",
            None => "free",
        }
    }

    /// An amount of this lot, as a row or a sum holds it; what does not fit is nothing.
    #[must_use]
    pub fn quantity(&self, amount: i64) -> Quantity {
        Quantity::new(amount, self.unit()).unwrap_or(Quantity::zero(self.unit()))
    }
}

/// The rules by which a lot is a danger to those who eat it: what was sprayed on it, or found in it. What others say is amiss in the books.
pub const DANGERS: [&str; 6] = [
    "waiting_period",
    "banned_substance",
    "substance_not_permitted",
    "dose_exceeded",
    "test_failed",
    "plot_test_failed",
];

/// Why a lot should not have left, where the registry knew better than whoever let it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// It was held, or something that it was made of.
    Held,
    /// It was called back, or something that it was made of.
    Recalled,
}

impl Danger {
    /// The stable word of the rule.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Held => "released_on_hold",
            Self::Recalled => "released_recalled",
        }
    }
}

/// The key of the words for a rule that a report breaches.
#[must_use]
pub fn breach_key(rule: &str) -> &'static str {
    match rule {
        "withdrawn" => "lots-breach-withdrawn",
        "released_on_hold" => "lots-breach-released-on-hold",
        "released_recalled" => "lots-breach-released-recalled",
        "stop_taken_back" => "lots-breach-stop-taken-back",
        "place_closed" => "lots-breach-place-closed",
        "place_is_no_plot" => "lots-breach-place-is-no-plot",
        "origin_unknown" => "lots-breach-origin-unknown",
        "before_harvest" => "lots-breach-before-harvest",
        "before_shipment" => "lots-breach-before-shipment",
        "expiry_before_packing" => "lots-breach-expiry-before-packing",
        "pack_too_large" => "lots-breach-pack-too-large",
        "wrong_unit" => "lots-breach-wrong-unit",
        "more_out_than_in" => "lots-breach-more-out-than-in",
        "beyond_conversion" => "lots-breach-beyond-conversion",
        "own_ancestor" => "lots-breach-own-ancestor",
        "test_failed" => "lots-breach-test-failed",
        "plot_test_failed" => "lots-breach-plot-test-failed",
        "certificate_not_valid" => "lots-breach-certificate-not-valid",
        "waiting_period" => "lots-breach-waiting-period",
        "banned_substance" => "lots-breach-banned-substance",
        "substance_not_permitted" => "lots-breach-substance-not-permitted",
        "dose_exceeded" => "lots-breach-dose-exceeded",
        "beyond_yield" => "lots-breach-beyond-yield",
        "beyond_certificate" => "lots-breach-beyond-certificate",
        "unit_not_comparable" => "lots-breach-unit-not-comparable",
        "before_sowing" => "lots-breach-before-sowing",
        "crop_unknown" => "lots-breach-crop-unknown",
        "area_unknown" => "lots-breach-area-unknown",
        _ => "lots-breach-overdrawn",
    }
}

/// The key of the words for what would make right what breaches a rule.
#[must_use]
pub fn cure_key(rule: &str) -> &'static str {
    match rule {
        "withdrawn" => "lots-cure-withdrawn",
        "released_on_hold" | "released_recalled" => "lots-cure-released",
        "stop_taken_back" => "lots-cure-stop-taken-back",
        "test_failed" | "plot_test_failed" => "lots-cure-test-failed",
        "waiting_period" | "banned_substance" | "substance_not_permitted" | "dose_exceeded" => {
            "lots-cure-sprayed"
        }
        "beyond_yield" => "lots-cure-beyond-yield",
        "beyond_certificate" => "lots-cure-beyond-certificate",
        "before_sowing" => "lots-cure-before-sowing",
        "crop_unknown" => "lots-cure-crop-unknown",
        "area_unknown" => "lots-cure-area-unknown",
        "place_is_no_plot" | "origin_unknown" => "lots-cure-origin",
        "overdrawn" => "lots-cure-overdrawn",
        _ => "lots-cure-correct",
    }
}

/// An event of a lot that was declared wrong.
#[derive(Clone, Copy, Debug)]
pub struct Correction {
    /// The wrong event.
    pub event: EventId,
    /// The event that says so.
    pub by: EventId,
    /// Whether it did not happen at all; else it happened otherwise.
    pub did_not_occur: bool,
}

/// A rule that an event of a lot breaches.
#[derive(Clone, Debug)]
pub struct Breach {
    /// The event.
    pub event: EventId,
    /// The stable word of the rule.
    pub rule: String,
    /// Whether an inspector let the lot go all the same.
    pub overridden: bool,
    /// Whether it holds the lot; else it is only pointed out.
    pub stops: bool,
}

/// What became of the events of a lot.
#[derive(Clone, Debug, Default)]
pub struct Doubts {
    /// Those that were declared wrong.
    pub corrections: Vec<Correction>,
    /// Those that wait for what they need, and for what kind of thing: `lot`, `shipment` or `event`.
    pub parked: Vec<(EventId, String)>,
    /// The rules that they breach.
    pub breaches: Vec<Breach>,
}

/// Why food of a lot may not be released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Until it is looked into.
    Held {
        /// The authority's reason.
        reason: String,
    },
    /// Until a report that breaches a rule is corrected.
    Breach {
        /// The stable word of the rule.
        rule: String,
    },
    /// For good.
    Recalled {
        /// The authority's reason.
        reason: String,
    },
    /// As long as a lot that it was made of is stopped.
    Upstream {
        /// Whether that one was recalled; held else.
        recalled: bool,
        /// Which.
        from: LotId,
    },
}

/// A stopped lot that another was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The lot that is stopped itself.
    pub lot: LotId,
    /// Whether it was recalled; held else.
    pub recalled: bool,
}

/// A lot to be declared.
#[derive(Clone, Debug)]
pub struct NewLot {
    /// The id.
    pub id: LotId,
    /// What it is a quantity of.
    pub product: ProductId,
    /// Its code.
    pub code: LotCode,
    /// The ten digits that people type.
    pub short_code: ShortCode,
    /// Whose it is.
    pub party: PartyId,
    /// Where it began.
    pub place: PlaceId,
    /// How much.
    pub declared: Quantity,
    /// The day on which it began.
    pub harvested_on: Day,
    /// When it was entered.
    pub created_at: Moment,
}

impl NewLot {
    /// The lot as it is when it has just begun.
    #[must_use]
    pub fn into_lot(self) -> Lot {
        Lot {
            id: self.id,
            product: self.product,
            code: self.code,
            short_code: self.short_code,
            party: self.party,
            place: self.place,
            declared: self.declared,
            harvested_on: self.harvested_on,
            packed_on: None,
            expires_on: None,
            held: None,
            recalled: None,
            breach: None,
            held_by_party: false,
            upstream: None,
            gate_version: 0,
            version: 0,
            created_at: self.created_at,
        }
    }
}

/// What one party has of a lot, in grams or pieces: the sums of its movements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// What is left. Never negative.
    pub amount: i64,
    /// How much more went out than came in, by reported facts; then nothing is left, and the lot is held.
    pub short: i64,
    /// All that ever came in.
    pub taken_in: i64,
    /// How much of that was packed.
    pub packed: i64,
    /// How much of what is left lies in cases.
    pub boxed: i64,
}

/// Where a movement is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Account {
    /// In: it grew there, was caught or slaughtered.
    Harvested,
    /// In: it was made out of other lots.
    Produced,
    /// In: it was taken over from another party.
    Received,
    /// In: it came back from where it had been sent. It came in before, so that nothing more may be packed of it.
    Returned,
    /// Out: it was handed over.
    Shipped,
    /// Out: consumers bought it.
    Sold,
    /// Out: it went into other lots.
    Used,
    /// Out: it was taken as a sample.
    Sampled,
    /// Out: it was lost or destroyed.
    Wasted,
    /// Out of what was under way, which nobody has in hand: it never arrived.
    Lost,
    /// Beside mass: it was packed.
    Packed,
    /// Beside mass: it was put into a case, or, below zero, came out of one.
    Boxed,
}

/// What a movement does to a holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Mass in.
    In,
    /// Mass in that had gone out before.
    Back,
    /// Mass out.
    Out,
    /// Out of no hand: it was lost under way.
    Gone,
    /// Counted as packed.
    Packed,
    /// Counted as in a case.
    Boxed,
}

impl Account {
    /// All accounts.
    pub const ALL: [Self; 12] = [
        Self::Harvested,
        Self::Produced,
        Self::Received,
        Self::Returned,
        Self::Shipped,
        Self::Sold,
        Self::Used,
        Self::Sampled,
        Self::Wasted,
        Self::Lost,
        Self::Packed,
        Self::Boxed,
    ];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Harvested => "harvested",
            Self::Produced => "produced",
            Self::Received => "received",
            Self::Returned => "returned",
            Self::Shipped => "shipped",
            Self::Sold => "sold",
            Self::Used => "used",
            Self::Sampled => "sampled",
            Self::Wasted => "wasted",
            Self::Lost => "lost",
            Self::Packed => "packed",
            Self::Boxed => "boxed",
        }
    }

    /// The account with this stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.as_str() == text)
    }

    /// What a movement on it does to a holding.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Harvested | Self::Produced | Self::Received => Direction::In,
            Self::Returned => Direction::Back,
            Self::Lost => Direction::Gone,
            Self::Shipped | Self::Sold | Self::Used | Self::Sampled | Self::Wasted => Direction::Out,
            Self::Packed => Direction::Packed,
            Self::Boxed => Direction::Boxed,
        }
    }
}

/// One movement of a lot on one party's account, by an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The lot.
    pub lot: LotId,
    /// The event.
    pub event: EventId,
    /// Whose account.
    pub party: PartyId,
    /// Which account.
    pub account: Account,
    /// Grams or pieces; below zero only for what comes out of a case.
    pub amount: i64,
}

/// A part of a lot to be sent to another party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewShipment {
    /// The event of the shipment, which may be of several lots.
    pub id: EventId,
    /// Of which lot.
    pub lot: LotId,
    /// Who sends.
    pub from: PartyId,
    /// Who is to receive, and nobody else.
    pub to: PartyId,
    /// From where, where that is known.
    pub from_place: Option<PlaceId>,
    /// Grams or pieces.
    pub amount: i64,
    /// How much of that lies in cases.
    pub boxed: i64,
    /// The shipment that these goods come back from.
    pub back_from: Option<EventId>,
    /// When.
    pub shipped_at: Moment,
}

/// A part of a lot that was sent to another party.
#[derive(Clone, Copy, Debug)]
pub struct Shipment {
    /// What was sent.
    pub sent: NewShipment,
    /// How much of it was received.
    pub received: i64,
    /// How much of it was not taken.
    pub refused: i64,
    /// How much of it never arrived.
    pub lost: i64,
}

impl Shipment {
    /// How much is still under way; below zero when more was reported to have arrived than was sent.
    #[must_use]
    pub fn left(&self) -> i64 {
        self.sent.amount - self.received - self.refused - self.lost
    }
}

/// What arrived of a shipment, or did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Of which lot.
    pub lot: LotId,
    /// Of which shipment.
    pub shipment: EventId,
    /// By which event.
    pub event: EventId,
    /// How much was taken.
    pub received: i64,
    /// How much was not.
    pub refused: i64,
    /// How much never arrived.
    pub lost: i64,
    /// How much of a thousand may be missing for loss of weight.
    pub tolerated: i64,
}

/// A line of a party's list of lots.
#[derive(Clone, Debug)]
pub struct Line {
    /// The lot.
    pub lot: Lot,
    /// The product's name.
    pub product: String,
    /// What the party has of it.
    pub held: Quantity,
}

/// A shipment, with what a list says of it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The shipment.
    pub shipment: Shipment,
    /// The lot's code.
    pub code: LotCode,
    /// What the lot is counted in.
    pub unit: Unit,
    /// The product's name.
    pub product: String,
    /// The name of the party at the other end.
    pub other: String,
}

impl Delivery {
    /// What was sent.
    #[must_use]
    pub fn sent(&self) -> Quantity {
        Quantity::new(self.shipment.sent.amount, self.unit).unwrap_or(Quantity::zero(self.unit))
    }

    /// What is still under way.
    #[must_use]
    pub fn left(&self) -> Quantity {
        Quantity::new(self.shipment.left(), self.unit).unwrap_or(Quantity::zero(self.unit))
    }
}

/// A party to send to, as it is offered to be chosen.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// The id.
    pub id: PartyId,
    /// The name.
    pub name: String,
    /// The commune.
    pub commune: CommuneCode,
}
