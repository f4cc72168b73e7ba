//! A certificate: what it says, who found it true, what became of it, and what of it everybody may see.

use super::grade::Grade;
use super::scheme::Scheme;
use crate::accounts::{Member, Official, Role};
use crate::kernel::text::absent_as_empty;
use crate::kernel::{
    Area, CertificateId, Day, EventId, Line, Moment, Note, PartyId, PersonId, PlaceId, Problem, Problems,
    ProductId, Sha256Hash,
};
use serde::Deserialize;

/// Who keeps evidence: a person of a party, or of the authority.
#[derive(Clone, Copy, Debug)]
pub struct Keeper {
    /// The person.
    pub person: PersonId,
    /// The party; none for the authority.
    pub party: Option<PartyId>,
    /// The role.
    pub role: Role,
}

impl From<&Member> for Keeper {
    fn from(member: &Member) -> Self {
        Self { person: member.person, party: Some(member.party), role: member.role }
    }
}

impl From<&Official> for Keeper {
    fn from(official: &Official) -> Self {
        Self { person: official.person, party: None, role: official.role }
    }
}

/// What became of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TurnKind {
    /// Not valid from a day on, until it is resumed.
    Suspended,
    /// Valid again.
    Resumed,
    /// Not valid from a day on, for good.
    Withdrawn,
    /// It never was what was recorded.
    Wrong,
}

impl TurnKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Suspended, Self::Resumed, Self::Withdrawn, Self::Wrong];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Withdrawn => "withdrawn",
            Self::Wrong => "wrong",
        }
    }

    /// The one with this name.
    ///
    /// # Errors
    /// `choose_one`, `certificate_turn_unknown`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let name = text.trim();
        if name.is_empty() {
            return Err(Problem::new("choose_one"));
        }
        let found = Self::ALL.into_iter().find(|turn| turn.as_str() == name);
        found.ok_or_else(|| Problem::new("certificate_turn_unknown").value(text))
    }

    /// The key of its word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Suspended => "evidence-turn-suspended",
            Self::Resumed => "evidence-turn-resumed",
            Self::Withdrawn => "evidence-turn-withdrawn",
            Self::Wrong => "evidence-turn-wrong",
        }
    }
}

/// A row of what became of a certificate.
#[derive(Clone, Debug)]
pub struct Turn {
    /// What.
    pub kind: TurnKind,
    /// From which day on.
    pub from: Day,
    /// Why.
    pub reason: String,
    /// By which party; none for the authority.
    pub party: Option<PartyId>,
    /// When it was entered.
    pub at: Moment,
}

/// A row of who found a certificate true.
#[derive(Clone, Debug)]
pub struct Check {
    /// Third party or inspected.
    pub grade: Grade,
    /// The certifier; none for the authority.
    pub party: Option<PartyId>,
    /// When.
    pub at: Moment,
}

/// What of a certificate everybody may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Showing {
    /// Nothing.
    #[default]
    Nothing,
    /// What it says, without its files.
    Line,
    /// Also its files.
    Files,
}

impl Showing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::Line, Self::Files];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Line => "line",
            Self::Files => "files",
        }
    }

    /// The one with this name; nothing when nothing is written.
    ///
    /// # Errors
    /// `showing_unknown`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match text.trim() {
            "" => Ok(Self::Nothing),
            name => Self::ALL
                .into_iter()
                .find(|showing| showing.as_str() == name)
                .ok_or_else(|| Problem::new("showing_unknown").value(text)),
        }
    }

    /// The key of its word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Nothing => "evidence-showing-nothing",
            Self::Line => "evidence-showing-line",
            Self::Files => "evidence-showing-files",
        }
    }
}

/// Where a certificate stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Valid.
    Valid,
    /// Its term has not begun.
    NotYet,
    /// Its term is over.
    Expired,
    /// Suspended since a day.
    Suspended(Day),
    /// Withdrawn since a day.
    Withdrawn(Day),
    /// Declared wrong.
    Wrong,
}

impl Standing {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotYet => "not_yet",
            Self::Expired => "expired",
            Self::Suspended(_) => "suspended",
            Self::Withdrawn(_) => "withdrawn",
            Self::Wrong => "wrong",
        }
    }

    /// The key of its word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Valid => "evidence-standing-valid",
            Self::NotYet => "evidence-standing-not-yet",
            Self::Expired => "evidence-standing-expired",
            Self::Suspended(_) => "evidence-standing-suspended",
            Self::Withdrawn(_) => "evidence-standing-withdrawn",
            Self::Wrong => "evidence-standing-wrong",
        }
    }
}

/// A certificate.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The id.
    pub id: CertificateId,
    /// Whose it is.
    pub party: PartyId,
    /// Under which scheme, by its code.
    pub scheme: String,
    /// Its number, as its issuer wrote it; never taken apart.
    pub number: String,
    /// Who issued it.
    pub issuer: String,
    /// The issuer's account, where it is registered.
    pub certifier: Option<PartyId>,
    /// The certified area.
    pub area: Option<Area>,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
    /// When it was entered.
    pub recorded_at: Moment,
    /// The places that it covers; none for all of its party's.
    pub places: Vec<PlaceId>,
    /// The products that it covers; none for all of its party's.
    pub products: Vec<ProductId>,
    /// Its files, by their hashes.
    pub files: Vec<Sha256Hash>,
    /// Who found it true.
    pub checks: Vec<Check>,
    /// What became of it, in order.
    pub turns: Vec<Turn>,
    /// What of it everybody may see.
    pub showing: Showing,
}

impl Certificate {
    /// How well it is proved.
    #[must_use]
    pub fn grade(&self) -> Grade {
        let own = if self.files.is_empty() { Grade::Declared } else { Grade::Documented };
        self.checks.iter().map(|check| check.grade).max().unwrap_or(own).max(own)
    }

    /// Where it stands on a day.
    #[must_use]
    pub fn standing(&self, day: Day) -> Standing {
        if self.turns.iter().any(|turn| turn.kind == TurnKind::Wrong) {
            return Standing::Wrong;
        }
        let since = |kind: TurnKind| {
            self.turns.iter().filter(move |turn| turn.kind == kind && turn.from <= day).map(|turn| turn.from)
        };
        if let Some(first) = since(TurnKind::Withdrawn).min() {
            return Standing::Withdrawn(first);
        }
        // What was said last of the days until then counts.
        let paused =
            self.turns.iter().rev().find(|turn| {
                matches!(turn.kind, TurnKind::Suspended | TurnKind::Resumed) && turn.from <= day
            });
        if let Some(turn) = paused.filter(|turn| turn.kind == TurnKind::Suspended) {
            return Standing::Suspended(turn.from);
        }
        if day < self.from {
            Standing::NotYet
        } else if day > self.to {
            Standing::Expired
        } else {
            Standing::Valid
        }
    }

    /// Whether it is valid on a day.
    #[must_use]
    pub fn is_valid_on(&self, day: Day) -> bool {
        self.standing(day) == Standing::Valid
    }

    /// Whether it covers goods of `product` at one of `places`, where goods and places are of `parties`. A certificate that names places
    /// covers what lies there, whosever it is; else it covers its party's own.
    #[must_use]
    pub fn covers(&self, parties: &[PartyId], places: &[PlaceId], product: Option<ProductId>) -> bool {
        let of_product =
            self.products.is_empty() || product.is_some_and(|product| self.products.contains(&product));
        let of_place = if self.places.is_empty() {
            parties.contains(&self.party)
        } else {
            places.iter().any(|place| self.places.contains(place))
        };
        of_product && of_place
    }

    /// Whether it is about land: it says how much, or its scheme certifies land and what grows there.
    #[must_use]
    pub fn is_about_land(&self) -> bool {
        self.area.is_some() || Scheme::parse(&self.scheme).is_ok_and(|scheme| scheme.land)
    }

    /// Whether it may be shown to everybody.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.showing != Showing::Nothing
    }

    /// Whether it ended for good.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.turns.iter().any(|turn| matches!(turn.kind, TurnKind::Withdrawn | TurnKind::Wrong))
    }

    /// The scheme's name in a language.
    #[must_use]
    pub fn scheme_name(&self, lang: crate::kernel::Lang) -> String {
        Scheme::parse(&self.scheme)
            .map_or_else(|_| self.scheme.clone(), |scheme| scheme.name(lang).to_owned())
    }
}

/// A certificate to be entered.
#[derive(Clone, Debug)]
pub struct NewCertificate {
    /// Under which scheme.
    pub scheme: &'static Scheme,
    /// Its number.
    pub number: Line<100>,
    /// Who issued it; may be left to the name of the certifier.
    pub issuer: Option<Line>,
    /// The issuer's account.
    pub certifier: Option<PartyId>,
    /// The certified area.
    pub area: Option<Area>,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
    /// The places that it covers.
    pub places: Vec<PlaceId>,
    /// The products that it covers.
    pub products: Vec<ProductId>,
    /// What of it everybody may see.
    pub showing: Showing,
}

/// A certificate as typed; the JSON of the interface has the same members.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CertificateDraft {
    /// The scheme's code.
    #[serde(deserialize_with = "absent_as_empty")]
    pub scheme: String,
    /// The number.
    #[serde(deserialize_with = "absent_as_empty")]
    pub number: String,
    /// Who issued it.
    #[serde(deserialize_with = "absent_as_empty")]
    pub issuer: String,
    /// The issuer's account, by its id.
    #[serde(deserialize_with = "absent_as_empty")]
    pub certifier: String,
    /// The certified area with its unit.
    #[serde(deserialize_with = "absent_as_empty")]
    pub area: String,
    /// The first day.
    #[serde(deserialize_with = "absent_as_empty")]
    pub valid_from: String,
    /// The last day.
    #[serde(deserialize_with = "absent_as_empty")]
    pub valid_to: String,
    /// The places that it covers, by their ids.
    pub places: Vec<String>,
    /// The products that it covers, by their ids.
    pub products: Vec<String>,
    /// What of it everybody may see.
    #[serde(deserialize_with = "absent_as_empty")]
    pub showing: String,
    /// The scanned paper in base64: in JSON only, a form sends the file beside its fields.
    #[serde(deserialize_with = "absent_as_empty")]
    pub file: String,
    /// The name of that file.
    #[serde(deserialize_with = "absent_as_empty")]
    pub file_name: String,
}

/// Reads a value that may be left empty.
pub(super) fn optional<T>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, Problem>,
) -> Result<Option<T>, Problem> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Reads a list of ids, of which empty ones are left out and each counts once.
fn ids<T: std::str::FromStr<Err = Problem> + PartialEq>(texts: &[String]) -> Result<Vec<T>, Problem> {
    let mut found = Vec::new();
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        let id = text.parse()?;
        if !found.contains(&id) {
            found.push(id);
        }
    }
    Ok(found)
}

impl CertificateDraft {
    /// The certificate that this describes.
    ///
    /// # Errors
    /// All that is wrong, field by field.
    pub fn parse(&self) -> Result<NewCertificate, Problems> {
        let mut problems = Problems::default();
        let scheme = problems.take("scheme", Scheme::parse(&self.scheme));
        let number = problems.take("number", Line::parse(&self.number));
        let certifier = problems.take("certifier", optional(&self.certifier, str::parse));
        let issuer = match certifier {
            Some(None) => problems.take("issuer", Line::parse(&self.issuer).map(Some)),
            _ => problems.take("issuer", Line::optional(&self.issuer)),
        };
        let area = problems.take("area", optional(&self.area, Area::parse));
        let from = problems.take("valid_from", required(&self.valid_from));
        let mut to = problems.take("valid_to", required(&self.valid_to));
        if let (Some(first), Some(last)) = (from, to)
            && last < first
        {
            let early = Problem::new("valid_to_before_from").value(last.vietnamese());
            problems.push(early.arg("from", first.vietnamese()).at("valid_to"));
            to = None;
        }
        let places = problems.take("places", ids(&self.places));
        let products = problems.take("products", ids(&self.products));
        let showing = problems.take("showing", Showing::parse(&self.showing));
        match (scheme, number, issuer, certifier, area, (from, to), places, products, showing) {
            (
                Some(scheme),
                Some(number),
                Some(issuer),
                Some(certifier),
                Some(area),
                (Some(from), Some(to)),
                Some(places),
                Some(products),
                Some(showing),
            ) => Ok(NewCertificate {
                scheme,
                number,
                issuer,
                certifier,
                area,
                from,
                to,
                places,
                products,
                showing,
            }),
            _ => Err(problems),
        }
    }
}

fn required(text: &str) -> Result<Day, Problem> {
    if text.trim().is_empty() { Err(Problem::new("day_missing")) } else { Day::parse(text) }
}

/// What becomes of a certificate, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnDraft {
    /// `suspended`, `resumed`, `withdrawn` or `wrong`.
    pub turn: String,
    /// From which day on; today when empty.
    pub from: String,
    /// Why.
    pub reason: String,
    /// The key under which it is done once: a UUID. Programs send it as the header `Idempotency-Key`.
    pub key: String,
}

impl TurnDraft {
    /// The key under which it is done once.
    ///
    /// # Errors
    /// `id_malformed`.
    pub fn once(&self) -> Result<Option<EventId>, Problem> {
        match self.key.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|problem: Problem| problem.at("key")),
        }
    }

    /// What, from when and why.
    ///
    /// # Errors
    /// All that is wrong, field by field; `day_ahead` for a day that lies ahead.
    pub fn parse(&self, today: Day) -> Result<(TurnKind, Day, Note<500>), Problems> {
        let mut problems = Problems::default();
        let turn = problems.take("turn", TurnKind::parse(&self.turn));
        let day = optional(&self.from, Day::parse).map(|day| day.unwrap_or(today));
        let day = day.and_then(|day| {
            if day > today { Err(Problem::new("day_ahead").value(day.vietnamese())) } else { Ok(day) }
        });
        let from = problems.take("from", day);
        let reason = problems.take("reason", Note::parse(&self.reason));
        match (turn, from, reason) {
            (Some(turn), Some(from), Some(reason)) => Ok((turn, from, reason)),
            _ => Err(problems),
        }
    }
}
