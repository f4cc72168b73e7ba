//! The 34 provinces and 3,321 communes of Viet Nam since 1 July 2025, and how people's spelling of them is understood.
//!
//! What must stay true: a [`CommuneCode`] names a commune that exists; codes are text with leading zeros; names repeat across
//! provinces, so a name alone is matched only when one commune bears it.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::fold::{fold, fold_commune, tones_last};
use super::problem::Problem;
use super::text_form::text_form;

/// The two-digit code of a province that exists.
///
/// ```
/// use nguongoc::kernel::ProvinceCode;
/// assert_eq!(ProvinceCode::parse("01").unwrap().province().to_string(), "Thành phố Hà Nội");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProvinceCode(&'static str, u8);

/// The five-digit code of a commune that exists.
///
/// ```
/// use nguongoc::kernel::CommuneCode;
/// let code = CommuneCode::parse("00004").unwrap();
/// assert_eq!(code.commune().to_string(), "Phường Ba Đình, Thành phố Hà Nội");
/// assert_eq!(CommuneCode::parse("99999").unwrap_err().code, "commune_unknown");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommuneCode(&'static str, u16);

/// A province or centrally run city.
#[derive(Debug, PartialEq, Eq)]
pub struct Province {
    /// Its code.
    pub code: ProvinceCode,
    /// Its full name: `Thành phố Hà Nội`, `Tỉnh Cao Bằng`.
    pub name: String,
    /// The name without its kind: `Hà Nội`.
    pub short: &'static str,
    folded: String,
}

/// A commune, ward or special zone.
#[derive(Debug, PartialEq, Eq)]
pub struct Commune {
    /// Its code.
    pub code: CommuneCode,
    /// The code of the province it belongs to.
    pub province: ProvinceCode,
    /// Its full name: `Phường Ba Đình`.
    pub name: String,
    /// The name without its kind: `Ba Đình`.
    pub short: &'static str,
    folded: String,
    /// Name with diacritics, for telling `Tân Hòa` from `Tân Hoa`.
    spelled: String,
}

/// What a name in an imported list stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// Exactly this commune.
    One(&'static Commune),
    /// No commune of this name (in that province).
    None,
    /// Several: a person has to choose.
    Many(Vec<&'static Commune>),
}

struct Table {
    provinces: Vec<Province>,
    communes: Vec<Commune>,
    by_code: HashMap<&'static str, usize>,
}

static TABLE: LazyLock<Table> = LazyLock::new(read_table);

/// Reads the embedded files; a test asserts that every line of them was understood.
fn read_table() -> Table {
    let provinces = rows(include_str!("../../assets/data/provinces.csv"));
    let provinces: Vec<Province> = (0..)
        .zip(provinces)
        .filter_map(|(row, [code, kind, short, ..])| {
            let kind = match kind {
                "thanh_pho" => "Thành phố",
                "tinh" => "Tỉnh",
                _ => return None,
            };
            Some(Province {
                code: ProvinceCode(code, row),
                name: format!("{kind} {short}"),
                short,
                folded: fold(short),
            })
        })
        .collect();
    let communes = rows(include_str!("../../assets/data/communes.csv"));
    let communes: Vec<Commune> = (0..)
        .zip(communes)
        .filter_map(|(row, [code, province, kind, short])| {
            let kind = match kind {
                "phuong" => "Phường",
                "xa" => "Xã",
                "dac_khu" => "Đặc khu",
                _ => return None,
            };
            Some(Commune {
                code: CommuneCode(code, row),
                province: provinces.iter().find(|known| known.code.0 == province)?.code,
                name: format!("{kind} {short}"),
                short,
                folded: fold(short),
                spelled: tones_last(short),
            })
        })
        .collect();
    let by_code = communes.iter().enumerate().map(|(row, commune)| (commune.code.0, row)).collect();
    Table { provinces, communes, by_code }
}

/// The rows of a file after its head, as up to four columns.
fn rows(text: &'static str) -> impl Iterator<Item = [&'static str; 4]> {
    text.lines().skip(1).map(|line| {
        let mut columns = line.split(',');
        std::array::from_fn(|_| columns.next().unwrap_or_default())
    })
}

/// All provinces, by code.
#[must_use]
pub fn provinces() -> &'static [Province] {
    &TABLE.provinces
}

/// All communes, by code.
#[must_use]
pub fn communes() -> &'static [Commune] {
    &TABLE.communes
}

/// The commune with this code, when there is one.
#[must_use]
pub fn commune(code: &str) -> Option<&'static Commune> {
    TABLE.by_code.get(code.trim()).and_then(|row| TABLE.communes.get(*row))
}

/// The province with this code, when there is one.
#[must_use]
pub fn province(code: &str) -> Option<&'static Province> {
    TABLE.provinces.iter().find(|province| province.code.0 == code.trim())
}

/// The province that a name means, however it is spelled: `TP Hà Nội`, `hanoi`, `Tỉnh Hoà …`; also its code.
#[must_use]
pub fn province_named(text: &str) -> Option<&'static Province> {
    let bare = fold_commune(text);
    let joined = bare.replace(' ', "");
    let found = match joined.as_str() {
        "hcm" | "tphcm" | "saigon" => "79",
        "hn" | "tphn" => "01",
        _ => bare.as_str(),
    };
    province(found).or_else(|| {
        let named =
            |province: &&Province| province.folded == bare || province.folded.replace(' ', "") == joined;
        TABLE.provinces.iter().find(named)
    })
}

/// Communes whose name fits what a person is typing, best first; the province may be typed along.
///
/// First names that are equal, then those that begin with it, then those with a word that begins with it, then the
/// rest; among equals, names with the diacritics as typed, then by code.
///
/// ```
/// use nguongoc::kernel::commune::search;
/// assert_eq!(search("ba dinh ha noi", None, 5)[0].short, "Ba Đình");
/// ```
#[must_use]
pub fn search(text: &str, province: Option<ProvinceCode>, limit: usize) -> Vec<&'static Commune> {
    let wanted = fold(text);
    let bare = fold_commune(text);
    if wanted.is_empty() {
        return Vec::new();
    }
    let spelled = tones_last(text);
    let mut found: Vec<(u8, bool, &Commune)> = TABLE
        .communes
        .iter()
        .filter(|commune| province.is_none_or(|province| commune.province == province))
        .filter_map(|commune| {
            let rank = rank(commune, &bare).into_iter().chain(rank(commune, &wanted)).min()?;
            Some((rank, !spelled.contains(commune.spelled.as_str()), commune))
        })
        .collect();
    found.sort_by_key(|(rank, other, commune)| (*rank, *other, commune.code));
    found.into_iter().take(limit).map(|(_, _, commune)| commune).collect()
}

fn rank(commune: &Commune, wanted: &str) -> Option<u8> {
    if wanted.is_empty() {
        return None;
    }
    let name = commune.folded.as_str();
    if commune.code.0 == wanted || name == wanted {
        return Some(0);
    }
    if name.starts_with(wanted) {
        return Some(1);
    }
    let inner = name.match_indices(wanted).map(|(at, _)| at);
    let word_start = |at: usize| name.get(..at).is_some_and(|before| before.ends_with(' '));
    let mut inside = None;
    for at in inner {
        if word_start(at) {
            return Some(2);
        }
        inside = Some(3);
    }
    inside.or_else(|| with_province(commune, wanted))
}

/// `ba dinh ha noi`: the whole name, then words that begin words of the province.
fn with_province(commune: &Commune, wanted: &str) -> Option<u8> {
    let rest = wanted.strip_prefix(commune.folded.as_str())?.strip_prefix(' ')?;
    let province = &commune.province.province().folded;
    let rest = fold_commune(rest);
    province.starts_with(&rest).then_some(1)
}

/// The commune that a name in a list means; the province may stand in its own column or after a comma.
///
/// Where several fit, the kind (`Phường`, `Xã`) and then the diacritics decide, when they were written. A province that does not
/// exist (any more) matches nothing. The five-digit code is understood too.
///
/// ```
/// use nguongoc::kernel::commune::{Match, matching};
/// let Match::One(commune) = matching("p. ba dinh", Some("Hà Nội")) else { panic!() };
/// assert_eq!(commune.code.as_str(), "00004");
/// ```
#[must_use]
pub fn matching(text: &str, province_text: Option<&str>) -> Match {
    let province_text = province_text.map(str::trim).filter(|text| !text.is_empty());
    let (name, province) = match (province_text, text.rsplit_once(',')) {
        (Some(province), _) => match province_named(province) {
            Some(province) => (text, Some(province.code)),
            None => return Match::None,
        },
        (None, Some((name, province))) => match province_named(province) {
            Some(province) => (name, Some(province.code)),
            None => return Match::None,
        },
        (None, None) => (text, None),
    };
    // A column for the province does not stop people from writing it after the name as well.
    let name = name.split(',').next().unwrap_or(name);
    let (whole, bare) = (fold(name), fold_commune(name));
    let fits = |commune: &&'static Commune| {
        (commune.folded == bare || commune.folded == whole || commune.code.0 == whole)
            && province.is_none_or(|province| commune.province == province)
    };
    let mut found: Vec<&'static Commune> = TABLE.communes.iter().filter(fits).collect();
    narrow(&mut found, |commune| fold(&commune.name) == whole);
    let spelled = tones_last(name);
    narrow(&mut found, |commune| {
        spelled == commune.spelled || spelled.ends_with(&format!(" {}", commune.spelled))
    });
    match found.as_slice() {
        [] => Match::None,
        [one] => Match::One(one),
        _ => Match::Many(found),
    }
}

/// Keeps those that pass, unless none does.
fn narrow(found: &mut Vec<&'static Commune>, keep: impl Fn(&Commune) -> bool) {
    if found.len() > 1 && found.iter().any(|commune| keep(commune)) {
        found.retain(|commune| keep(commune));
    }
}

impl CommuneCode {
    /// Reads five digits.
    ///
    /// # Errors
    /// `commune_unknown`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        commune(text).map(|commune| commune.code).ok_or_else(|| Problem::new("commune_unknown").value(text))
    }

    /// The five digits.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The commune.
    #[must_use]
    pub fn commune(self) -> &'static Commune {
        // Only the table makes codes, each with its row.
        &TABLE.communes[usize::from(self.1)]
    }
}

impl ProvinceCode {
    /// Reads two digits.
    ///
    /// # Errors
    /// `province_unknown`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        province(text)
            .map(|province| province.code)
            .ok_or_else(|| Problem::new("province_unknown").value(text))
    }

    /// The two digits.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The province.
    #[must_use]
    pub fn province(self) -> &'static Province {
        &TABLE.provinces[usize::from(self.1)]
    }
}

impl fmt::Display for Province {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Display for Commune {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.name, self.province.province())
    }
}

macro_rules! code_form {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        text_form!($name, $name::parse);
    };
}

code_form!(ProvinceCode);
code_form!(CommuneCode);
