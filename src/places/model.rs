//! What a place is, and what a person must say of one.

use super::point::Point;
use crate::kernel::commune::{self, Match};
use crate::kernel::text::absent_as_empty;
use crate::kernel::{
    Area, Commune, CommuneCode, Gln, Line, Moment, PartyId, PlaceId, PlaceNumber, Problem, Problems,
};
use serde::Deserialize;

/// What a place is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlaceKind {
    /// A field or orchard.
    Plot,
    /// A greenhouse or net house.
    Greenhouse,
    /// A barn, sty or poultry house.
    Barn,
    /// A pond or cage for fish.
    Pond,
    /// Where produce is sorted and packed.
    Packhouse,
    /// Where animals are slaughtered.
    Slaughterhouse,
    /// Where food is processed.
    Processing,
    /// Where goods are stored.
    Warehouse,
    /// A stall in a market.
    MarketStall,
    /// A shop or supermarket.
    Shop,
    /// A laboratory.
    Laboratory,
    /// An office.
    Office,
}

impl PlaceKind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [Self; 12] = [
        Self::Plot,
        Self::Greenhouse,
        Self::Barn,
        Self::Pond,
        Self::Packhouse,
        Self::Slaughterhouse,
        Self::Processing,
        Self::Warehouse,
        Self::MarketStall,
        Self::Shop,
        Self::Laboratory,
        Self::Office,
    ];

    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plot => "plot",
            Self::Greenhouse => "greenhouse",
            Self::Barn => "barn",
            Self::Pond => "pond",
            Self::Packhouse => "packhouse",
            Self::Slaughterhouse => "slaughterhouse",
            Self::Processing => "processing",
            Self::Warehouse => "warehouse",
            Self::MarketStall => "market_stall",
            Self::Shop => "shop",
            Self::Laboratory => "laboratory",
            Self::Office => "office",
        }
    }

    /// The kind with this name.
    ///
    /// # Errors
    /// `place_kind_missing`, `place_kind_unknown`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let name = text.trim();
        if name.is_empty() {
            return Err(Problem::new("place_kind_missing"));
        }
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| Problem::new("place_kind_unknown").value(text))
    }

    /// Whether crops grow there: it has a field book.
    #[must_use]
    pub const fn grows(self) -> bool {
        matches!(self, Self::Plot | Self::Greenhouse)
    }

    /// The key of the kind's word.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Plot => "places-kind-plot",
            Self::Greenhouse => "places-kind-greenhouse",
            Self::Barn => "places-kind-barn",
            Self::Pond => "places-kind-pond",
            Self::Packhouse => "places-kind-packhouse",
            Self::Slaughterhouse => "places-kind-slaughterhouse",
            Self::Processing => "places-kind-processing",
            Self::Warehouse => "places-kind-warehouse",
            Self::MarketStall => "places-kind-market-stall",
            Self::Shop => "places-kind-shop",
            Self::Laboratory => "places-kind-laboratory",
            Self::Office => "places-kind-office",
        }
    }
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The id.
    pub id: PlaceId,
    /// The party whose place it is.
    pub party: PartyId,
    /// The registry's number; it never changes.
    pub number: PlaceNumber,
    /// What it is used for.
    pub kind: PlaceKind,
    /// What its people call it.
    pub name: String,
    /// The commune it lies in.
    pub commune: CommuneCode,
    /// The address as written.
    pub address: Option<String>,
    /// Where it is on the map.
    pub point: Option<Point>,
    /// How large it is.
    pub area: Option<Area>,
    /// The planting-area or packhouse code, as its issuer wrote it; never taken apart.
    pub planting_code: Option<String>,
    /// Who issued that code.
    pub planting_code_issuer: Option<String>,
    /// The Global Location Number, where it has one.
    pub gln: Option<Gln>,
    /// Raised by what shuts a gate at this place; what passes one compares it (see `pass_gate`).
    pub gate_version: i64,
    /// Raised by every change of what is shown of the place.
    pub version: i64,
    /// Since when it takes no new events.
    pub closed_at: Option<Moment>,
    /// Since when it is known.
    pub created_at: Moment,
}

impl Place {
    /// The code of the place for tracing (Circular 02/2024/TT-BKHCN): its GLN, else the registry's number.
    #[must_use]
    pub fn code(&self) -> &str {
        self.gln.as_ref().map_or(self.number.as_str(), Gln::as_str)
    }

    /// Whether new events may happen there.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }
}

/// What a person may say of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPlace {
    /// What it is used for.
    pub kind: PlaceKind,
    /// What its people call it.
    pub name: Line,
    /// The commune it lies in.
    pub commune: CommuneCode,
    /// The address as written.
    pub address: Option<Line<300>>,
    /// Where it is on the map.
    pub point: Option<Point>,
    /// How large it is.
    pub area: Option<Area>,
    /// The planting-area or packhouse code.
    pub planting_code: Option<Line<60>>,
    /// Who issued that code.
    pub planting_code_issuer: Option<Line>,
    /// The Global Location Number.
    pub gln: Option<Gln>,
}

/// What a form or a program sends of a place, kept as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceDraft {
    /// The kind's stored name.
    #[serde(deserialize_with = "absent_as_empty")]
    pub kind: String,
    /// The name.
    #[serde(deserialize_with = "absent_as_empty")]
    pub name: String,
    /// A commune: its code, or its name with or without the province.
    #[serde(deserialize_with = "absent_as_empty")]
    pub commune: String,
    /// The code chosen among communes of that name; it goes before what was typed.
    #[serde(deserialize_with = "absent_as_empty")]
    pub commune_choice: String,
    /// The address.
    #[serde(deserialize_with = "absent_as_empty")]
    pub address: String,
    /// Latitude and longitude, or a link of a map.
    #[serde(deserialize_with = "absent_as_empty")]
    pub point: String,
    /// The area with its unit.
    #[serde(deserialize_with = "absent_as_empty")]
    pub area: String,
    /// The planting-area code.
    #[serde(deserialize_with = "absent_as_empty")]
    pub planting_code: String,
    /// Its issuer.
    #[serde(deserialize_with = "absent_as_empty")]
    pub planting_code_issuer: String,
    /// The GLN.
    #[serde(deserialize_with = "absent_as_empty")]
    pub gln: String,
}

impl PlaceDraft {
    /// Reads everything at once, so that a person corrects it in one go.
    ///
    /// # Errors
    /// A problem for each field that breaks its rule.
    pub fn parse(&self) -> Result<NewPlace, Problems> {
        let mut problems = Problems::default();
        let kind = problems.take("kind", PlaceKind::parse(&self.kind));
        let name = problems.take("name", Line::parse(&self.name));
        let commune = problems.take("commune", self.commune_code());
        let address = problems.take("address", Line::optional(&self.address));
        let point = problems.take("point", optional(&self.point, Point::parse));
        let area = problems.take("area", optional(&self.area, Area::parse));
        let planting_code = problems.take("planting_code", Line::optional(&self.planting_code));
        let planting_code_issuer =
            problems.take("planting_code_issuer", Line::optional(&self.planting_code_issuer));
        let gln = problems.take("gln", optional(&self.gln, Gln::parse));
        if let (Some(None), Some(Some(_))) = (&planting_code, &planting_code_issuer) {
            problems.push(Problem::new("planting_code_missing").at("planting_code"));
        }
        problems.clone().finish()?;
        match (kind, name, commune, address, point, area, planting_code, planting_code_issuer, gln) {
            (
                Some(kind),
                Some(name),
                Some(commune),
                Some(address),
                Some(point),
                Some(area),
                Some(planting_code),
                Some(planting_code_issuer),
                Some(gln),
            ) => Ok(NewPlace {
                kind,
                name,
                commune,
                address,
                point,
                area,
                planting_code,
                planting_code_issuer,
                gln,
            }),
            _ => Err(problems),
        }
    }

    /// The commune that is meant: the one chosen, else the only one that the text can mean.
    fn commune_code(&self) -> Result<CommuneCode, Problem> {
        let choice = self.commune_choice.trim();
        if !choice.is_empty() {
            return CommuneCode::parse(choice);
        }
        let typed = self.commune.trim();
        if typed.is_empty() {
            return Err(Problem::new("commune_missing"));
        }
        if typed.bytes().all(|b| b.is_ascii_digit()) {
            return CommuneCode::parse(typed);
        }
        match commune::matching(typed, None) {
            Match::One(commune) => Ok(commune.code),
            Match::Many(found) => Err(Problem::new("commune_choose").value(typed).arg("count", found.len())),
            Match::None => match self.communes().len() {
                0 => Err(Problem::new("commune_name_unknown").value(typed)),
                count => Err(Problem::new("commune_choose").value(typed).arg("count", count)),
            },
        }
    }

    /// The communes to choose from when what was typed can mean several; empty when it means one, or none.
    #[must_use]
    pub fn communes(&self) -> Vec<&'static Commune> {
        let typed = self.commune.trim();
        if !self.commune_choice.trim().is_empty() || typed.bytes().all(|b| b.is_ascii_digit()) {
            return Vec::new();
        }
        match commune::matching(typed, None) {
            Match::One(_) => Vec::new(),
            Match::Many(found) => found,
            Match::None => commune::search(typed, None, 12),
        }
    }

    /// The draft with a chosen commune written out, so that a form shown again says it in words.
    #[must_use]
    pub fn settled(mut self) -> Self {
        if let Some(commune) = commune::commune(&self.commune_choice) {
            self.commune = commune.to_string();
            self.commune_choice.clear();
        }
        self
    }
}

impl From<&Place> for PlaceDraft {
    fn from(place: &Place) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            kind: place.kind.as_str().to_owned(),
            name: place.name.clone(),
            commune: place.commune.commune().to_string(),
            commune_choice: String::new(),
            address: text(&place.address),
            point: place.point.map(|point| point.to_string()).unwrap_or_default(),
            area: place.area.map(|area| format!("{} m2", area.square_metres())).unwrap_or_default(),
            planting_code: text(&place.planting_code),
            planting_code_issuer: text(&place.planting_code_issuer),
            gln: place.gln.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

/// Reads a value that may be left empty.
fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}
