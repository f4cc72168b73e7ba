//! Whose eyes a trace is seen with.
//!
//! What must stay true: the authority sees all. A firm sees its own dealings whole and is told the names of those one step before and
//! behind it; of everybody else it sees what the public may see, and of lots that it had nothing to do with no amounts.

use super::model::may_be_named;
use super::told::{Account, Happening, Holding, KnownLot, KnownParty, KnownPlace, Parcel};
use crate::kernel::{Commune, LotId, PartyId, PlaceId, ProvinceCode, ThingId};
use crate::lots::Viewer;
use std::collections::{HashMap, HashSet};

/// What of a trace may be shown.
#[derive(Debug)]
pub struct Sight {
    /// Nothing for the authority, which sees all.
    own: Option<Own>,
}

#[derive(Debug, Default)]
struct Own {
    parties: HashSet<PartyId>,
    /// Those that one of its parties dealt with.
    known: HashSet<PartyId>,
    things: HashSet<ThingId>,
}

/// A party as the viewer may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenParty {
    /// The id, where the name is told.
    pub id: Option<PartyId>,
    /// Its kind, by its stored name.
    pub kind: String,
    /// Its province.
    pub province: ProvinceCode,
    /// Its name, where it may be told.
    pub name: Option<String>,
    /// Its commune, where the name is told.
    pub commune: Option<&'static Commune>,
    /// Its GLN, where the name is told.
    pub gln: Option<String>,
}

/// A place as the viewer may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenPlace {
    /// The trace code.
    pub code: String,
    /// Its kind, by its stored name.
    pub kind: String,
    /// Its province.
    pub province: ProvinceCode,
    /// Its name, where the owner may be named.
    pub name: Option<String>,
    /// Its commune, where the owner may be named.
    pub commune: Option<&'static Commune>,
}

impl Sight {
    /// What `viewer` sees of what a trace is about.
    #[must_use]
    pub fn of(
        viewer: &Viewer,
        lots: &HashMap<ThingId, KnownLot>,
        holdings: &[Holding],
        accounts: &[Account],
        parcels: &[Parcel],
        events: &[Happening],
    ) -> Self {
        let Viewer::Parties(parties) = viewer else { return Self { own: None } };
        let mut own = Own { parties: parties.iter().copied().collect(), ..Own::default() };
        own.known.clone_from(&own.parties);
        let thing = |lot: LotId| ThingId::from_uuid(lot.as_uuid());
        let is_own = |party: PartyId| parties.contains(&party);
        own.things.extend(lots.values().filter(|lot| is_own(lot.party)).map(|lot| thing(lot.id)));
        own.things.extend(holdings.iter().filter(|one| is_own(one.party)).map(|one| thing(one.lot)));
        own.things.extend(accounts.iter().filter(|one| is_own(one.party)).map(|one| thing(one.lot)));
        for parcel in parcels.iter().filter(|one| is_own(one.from) || is_own(one.to)) {
            own.known.extend([parcel.from, parcel.to]);
            own.things.insert(thing(parcel.lot));
        }
        for event in events {
            let ends = [event.party, event.recorder, event.counterparty];
            if ends.into_iter().flatten().any(is_own) {
                own.known.extend(ends.into_iter().flatten());
                own.things.insert(event.thing);
                own.things.extend(event.carrier);
            }
        }
        Self { own: Some(own) }
    }

    /// Whether everything is seen.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.own.is_none()
    }

    /// Whether the viewer had to do with a thing: then its amounts are shown.
    #[must_use]
    pub fn deals_with(&self, thing: ThingId) -> bool {
        self.own.as_ref().is_none_or(|own| own.things.contains(&thing))
    }

    /// Whether a party is the viewer's own, or the viewer is the authority.
    #[must_use]
    pub fn is_own(&self, party: PartyId) -> bool {
        self.own.as_ref().is_none_or(|own| own.parties.contains(&party))
    }

    /// Whether an event is the viewer's affair, and so shown whole.
    #[must_use]
    pub fn is_party_to(&self, event: &Happening) -> bool {
        [event.party, event.recorder, event.counterparty]
            .into_iter()
            .flatten()
            .any(|party| self.is_own(party))
            || self.is_whole()
    }

    /// A party as the viewer may know it.
    #[must_use]
    pub fn party(&self, party: &KnownParty) -> SeenParty {
        let dealt = self.own.as_ref().is_none_or(|own| own.known.contains(&party.id));
        let named = dealt || may_be_named(&party.kind, party.consent);
        let commune = party.commune.commune();
        SeenParty {
            id: dealt.then_some(party.id),
            kind: party.kind.clone(),
            province: commune.province,
            name: named.then(|| party.name.clone()),
            commune: named.then_some(commune),
            gln: party.gln.clone().filter(|_| named),
        }
    }

    /// A place as the viewer may know it.
    #[must_use]
    pub fn place(&self, place: &KnownPlace, owner: Option<&KnownParty>) -> SeenPlace {
        let named = owner.is_some_and(|owner| self.party(owner).name.is_some());
        let commune = place.commune.commune();
        SeenPlace {
            code: place.code.clone(),
            kind: place.kind.clone(),
            province: commune.province,
            name: named.then(|| place.name.clone()),
            commune: named.then_some(commune),
        }
    }
}

/// Names by id, for the rooms of a trace.
pub(super) type Parties = HashMap<PartyId, KnownParty>;
/// Places by id.
pub(super) type Places = HashMap<PlaceId, KnownPlace>;
