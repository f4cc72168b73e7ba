//! What is missing in a trace, named one by one.

use super::closure::Closure;
use super::graph::Order;
use super::report::{Known, Line, StageKind, Standing};
use crate::kernel::{EventId, ThingId};
use std::collections::HashSet;

/// Something that should be there and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// A lot that was made from nothing, and nothing tells of its harvest.
    NoOrigin(ThingId),
    /// Shipped, and not received in full.
    NoReceipt(ThingId, EventId),
    /// Refused on arrival.
    Refused(ThingId, EventId),
    /// Somebody handled it, nobody says where.
    NoPlace(ThingId, EventId),
    /// The registry does not know it, nor what it was made from.
    UnknownInput(ThingId),
    /// How much of it went into a mixture is not told.
    NoAmount(ThingId),
    /// An event that waits for something, and what.
    Parked(ThingId, EventId, String),
    /// By the facts as reported, these came from each other.
    Circle(Vec<ThingId>),
    /// There is more than was read.
    Cut,
}

impl Gap {
    /// The stable name, in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoOrigin(_) => "no_origin",
            Self::NoReceipt(..) => "no_receipt",
            Self::Refused(..) => "refused",
            Self::NoPlace(..) => "no_place",
            Self::UnknownInput(_) => "unknown_input",
            Self::NoAmount(_) => "no_amount",
            Self::Parked(..) => "parked",
            Self::Circle(_) => "circle",
            Self::Cut => "cut",
        }
    }

    /// The key of the sentence about it.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::NoOrigin(_) => "trace-gap-no-origin",
            Self::NoReceipt(..) => "trace-gap-no-receipt",
            Self::Refused(..) => "trace-gap-refused",
            Self::NoPlace(..) => "trace-gap-no-place",
            Self::UnknownInput(_) => "trace-gap-unknown-input",
            Self::NoAmount(_) => "trace-gap-no-amount",
            Self::Parked(..) => "trace-gap-parked",
            Self::Circle(_) => "trace-gap-circle",
            Self::Cut => "trace-gap-cut",
        }
    }

    /// The things that it is about.
    #[must_use]
    pub fn things(&self) -> &[ThingId] {
        match self {
            Self::NoOrigin(thing) | Self::UnknownInput(thing) | Self::NoAmount(thing) => {
                std::slice::from_ref(thing)
            }
            Self::NoReceipt(thing, _)
            | Self::Refused(thing, _)
            | Self::NoPlace(thing, _)
            | Self::Parked(thing, ..) => std::slice::from_ref(thing),
            Self::Circle(things) => things,
            Self::Cut => &[],
        }
    }

    /// The event that it is about.
    #[must_use]
    pub fn event(&self) -> Option<EventId> {
        match self {
            Self::NoReceipt(_, event)
            | Self::Refused(_, event)
            | Self::NoPlace(_, event)
            | Self::Parked(_, event, _) => Some(*event),
            _ => None,
        }
    }
}

/// All gaps, in the order of the things and then by kind.
#[must_use]
pub(super) fn gaps(closure: &Closure, order: &Order, known: &Known, lines: &[Line]) -> Vec<Gap> {
    let graph = &closure.graph;
    let mut gaps = Vec::new();
    let begun: HashSet<ThingId> = known
        .events
        .iter()
        .filter(|event| StageKind::begun_by(&event.step) == Some(StageKind::Origin))
        .map(|event| event.thing)
        .collect();
    let reached: HashSet<ThingId> = lines.iter().map(|line| line.thing).collect();
    for line in lines {
        let is_root = line.standing != Standing::Forward && graph.made_by(line.place).next().is_none();
        if is_root && !closure.cut {
            match known.lot(line.thing) {
                Some(_) if !begun.contains(&line.thing) => gaps.push(Gap::NoOrigin(line.thing)),
                Some(_) => {}
                None => gaps.push(Gap::UnknownInput(line.thing)),
            }
        }
        let unmeasured = graph.used_in(line.place).any(|part| {
            part.amount.is_none()
                && graph.nodes().get(part.node).is_some_and(|node| super::report::is_making(*node))
                && graph.inputs(part.node).count() > 1
        });
        if unmeasured {
            gaps.push(Gap::NoAmount(line.thing));
        }
    }
    for parcel in &known.parcels {
        let thing = ThingId::from_uuid(parcel.lot.as_uuid());
        if !reached.contains(&thing) {
            continue;
        }
        if parcel.under_way() > 0 {
            gaps.push(Gap::NoReceipt(thing, parcel.shipment));
        }
        if parcel.refused > 0 {
            gaps.push(Gap::Refused(thing, parcel.shipment));
        }
    }
    let mut placeless = HashSet::new();
    for event in &known.events {
        let somewhere = event.place.is_some() || event.place_name.is_some();
        let handled = StageKind::begun_by(&event.step).is_some();
        if handled && !somewhere && reached.contains(&event.thing) && placeless.insert(event.event) {
            gaps.push(Gap::NoPlace(event.thing, event.event));
        }
    }
    let parked = known.parked.iter().filter(|(thing, ..)| reached.contains(thing));
    gaps.extend(parked.map(|(thing, event, missing)| Gap::Parked(*thing, *event, missing.clone())));
    for circle in order.circles() {
        gaps.push(Gap::Circle(circle.into_iter().map(|place| graph.thing(place)).collect()));
    }
    if closure.cut || known.cut {
        gaps.push(Gap::Cut);
    }
    gaps
}
