//! The stages of a lot's history and the gaps between them, as the public may see them.
//!
//! What must stay true: a household is named, and its places told, only with its consent; a party that is not published has no
//! name here at all.

use crate::events::{Grade, Step};
use crate::kernel::{CommuneCode, EventId, LotCode, LotId, Moment, Offset, ProvinceCode};

/// A party as the public may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicParty {
    /// What kind of party it is, by its stored name.
    pub kind: String,
    /// Its province, which names nobody.
    pub province: ProvinceCode,
    /// What is published of it; nothing for a household that has not agreed.
    pub published: Option<Published>,
}

/// What names a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The name.
    pub name: String,
    /// The commune.
    pub commune: CommuneCode,
    /// The address as written.
    pub address: String,
    /// The GLN, if it has one.
    pub gln: Option<String>,
}

impl PublicParty {
    /// What of a party the public may know.
    #[must_use]
    pub fn of(
        kind: String,
        consent: bool,
        name: String,
        commune: CommuneCode,
        address: String,
        gln: Option<String>,
    ) -> Self {
        let published = may_be_named(&kind, consent).then_some(Published { name, commune, address, gln });
        Self { kind, province: commune.commune().province, published }
    }

    /// The name, when it may be told.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.published.as_ref().map(|published| published.name.as_str())
    }
}

/// Whether a party of this kind is named in public: households only with their recorded consent.
#[must_use]
pub fn may_be_named(kind: &str, consent: bool) -> bool {
    kind != "household" || consent
}

/// A place as the public may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicPlace {
    /// Its trace code: the GLN, or the registry's number.
    pub code: String,
    /// What kind of place it is, by its stored name.
    pub kind: String,
    /// Its province.
    pub province: ProvinceCode,
    /// Its name and commune, when its owner is published.
    pub named: Option<(String, CommuneCode)>,
    /// The code of the planting area, when its owner is published and it has one.
    pub planting_code: Option<String>,
}

/// How much of a shipment has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// What was shipped, in the lot's unit.
    pub amount: i64,
    /// What has been received of it.
    pub received: i64,
}

/// One stage: an event, as the public sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The event.
    pub event: EventId,
    /// Whose history it belongs to: the lot itself, or one that went into it.
    pub lot: LotId,
    /// The code of that lot.
    pub lot_code: LotCode,
    /// The trace code of that lot's product: GTIN or product number.
    pub product_code: String,
    /// What happened.
    pub step: Step,
    /// When it happened.
    pub time: Moment,
    /// The offset in which that was told.
    pub offset: Offset,
    /// Whether only the day is known.
    pub whole_day: bool,
    /// When it was entered.
    pub recorded_at: Moment,
    /// Whose act it is; nobody's for an act of the authority.
    pub party: Option<PublicParty>,
    /// Who recorded it for that party, under a mandate, when it did not do so itself.
    pub recorded_by: Option<PublicParty>,
    /// Where.
    pub place: Option<PublicPlace>,
    /// Who vouches for it.
    pub grade: Grade,
    /// For a shipment: how much of it has arrived.
    pub shipped: Option<Shipped>,
    /// Its place in the log, once it is there.
    pub log_index: Option<u64>,
}

/// A stage that should be there and is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Nothing tells of the harvest.
    NoHarvest,
    /// Nothing tells of the packing.
    NoPacking,
    /// The place or its code is missing at a stage.
    NoPlace(EventId),
    /// Shipped, and nobody has received it.
    NotReceived(EventId),
}

/// The whole history of a lot, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The stages.
    pub stages: Vec<Stage>,
    /// Whether there are more than were read.
    pub cut: bool,
    /// Where the issue of the lot's code stands in the log, once it is there.
    pub issue_logged_at: Option<u64>,
}

impl Origin {
    /// The gaps of the history of `lot`, whose packing may also be told by the lot itself.
    #[must_use]
    pub fn gaps(&self, lot: LotId, packed: bool) -> Vec<Gap> {
        let mut gaps = Vec::new();
        if !self.has(Step::Harvest) {
            gaps.push(Gap::NoHarvest);
        }
        let packing = |stage: &Stage| stage.step == Step::Pack && stage.lot == lot;
        if !packed && !self.stages.iter().any(packing) {
            gaps.push(Gap::NoPacking);
        }
        for stage in &self.stages {
            if stage.place.is_none() && stage.is_handling() {
                gaps.push(Gap::NoPlace(stage.event));
            }
            if stage.shipped.is_some_and(|shipped| shipped.received == 0) {
                gaps.push(Gap::NotReceived(stage.event));
            }
        }
        gaps
    }

    /// Whether a stage of this kind was recorded.
    #[must_use]
    pub fn has(&self, step: Step) -> bool {
        self.stages.iter().any(|stage| stage.step == step)
    }
}

impl Stage {
    /// Whether somebody handled the goods somewhere; a hold or a recall is a decision and needs no place.
    #[must_use]
    pub fn is_handling(&self) -> bool {
        matches!(self.step, Step::Harvest | Step::Pack | Step::Ship | Step::Receive | Step::Sell)
    }
}
