//! The application identifiers of GS1 (General Specifications §3): which values each takes, and where it may stand in a Digital
//! Link URI: as its key, as a qualifier after a key, or as an attribute in the query.
//!
//! What must stay true: an identifier that is not in these tables is unknown, and so is refused when it is numeric. Checked are
//! length, characters, check digits, dates and times; code lists of other standards (countries, currencies) are not.

use super::component::Set;
use crate::kernel::check_digit;
use crate::kernel::gtin::require_check_digit;
use crate::kernel::problem::Problem;
use crate::kernel::time::Day;

/// What a part must satisfy beyond its length and characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Any,
    /// The last digit is the check digit.
    CheckDigit,
    /// `YYMMDD`.
    Date,
    /// `YYMMDD`, where day `00` stands for the whole month.
    DateOrMonth,
    /// `YYYYMMDD`.
    LongDate,
    /// `HHMM`.
    Time,
    /// The digit zero.
    Zero,
    /// Which piece of how many: `0102`.
    PieceOfTotal,
}

/// One part of a value.
#[derive(Clone, Copy)]
pub(super) struct Part {
    set: Set,
    least: usize,
    most: usize,
    rule: Rule,
    optional: bool,
}

impl Part {
    const fn of(set: Set, least: usize, most: usize) -> Self {
        Self { set, least, most, rule: Rule::Any, optional: false }
    }

    const fn that(self, rule: Rule) -> Self {
        Self { rule, ..self }
    }

    const fn or_none(self) -> Self {
        Self { optional: true, ..self }
    }
}

/// So many digits.
const fn n(length: usize) -> Part {
    Part::of(Set::Digits, length, length)
}

/// Up to so many digits.
const fn n_to(most: usize) -> Part {
    Part::of(Set::Digits, 1, most)
}

/// So many characters of set 82.
const fn x(length: usize) -> Part {
    Part::of(Set::Cset82, length, length)
}

/// Up to so many characters of set 82.
const fn x_to(most: usize) -> Part {
    Part::of(Set::Cset82, 1, most)
}

/// Digits of which the last is the check digit.
const fn sum(length: usize) -> Part {
    n(length).that(Rule::CheckDigit)
}

const DATE: Part = n(6).that(Rule::Date);
const DATE_OR_MONTH: Part = n(6).that(Rule::DateOrMonth);
const LONG_DATE: Part = n(8).that(Rule::LongDate);
const TIME: Part = n(4).that(Rule::Time);
const COUNTRY: Part = n(3);
const PIECE: Part = n(4).that(Rule::PieceOfTotal);

/// The qualifiers that may follow a key: of one row, each at most once, in this order.
type Orders = &'static [&'static [&'static str]];

/// A primary key of Digital Link URIs.
pub(super) struct PrimaryKey {
    pub(super) ai: &'static str,
    pub(super) orders: Orders,
}

const KEYS: &[PrimaryKey] = &[
    PrimaryKey { ai: "00", orders: &[] },
    PrimaryKey { ai: "01", orders: &[&["22", "10", "21"], &["235"]] },
    PrimaryKey { ai: "253", orders: &[] },
    PrimaryKey { ai: "255", orders: &[] },
    PrimaryKey { ai: "401", orders: &[] },
    PrimaryKey { ai: "402", orders: &[] },
    PrimaryKey { ai: "414", orders: &[&["254"], &["7040"]] },
    PrimaryKey { ai: "415", orders: &[&["8020"]] },
    PrimaryKey { ai: "417", orders: &[&["7040"]] },
    PrimaryKey { ai: "8003", orders: &[] },
    PrimaryKey { ai: "8004", orders: &[&["7040"]] },
    PrimaryKey { ai: "8006", orders: &[&["22", "10", "21"]] },
    PrimaryKey { ai: "8010", orders: &[&["8011"]] },
    PrimaryKey { ai: "8013", orders: &[] },
    PrimaryKey { ai: "8017", orders: &[&["8019"]] },
    PrimaryKey { ai: "8018", orders: &[&["8019"]] },
];

/// The primary key of this name.
pub(super) fn primary(ai: &str) -> Option<&'static PrimaryKey> {
    KEYS.iter().find(|key| key.ai == ai)
}

/// Measures: the first three digits, the fourth (0–5) says where the decimal point stands; six digits each.
const MEASURES: &[&str] = &[
    "310", "311", "312", "313", "314", "315", "316", "320", "321", "322", "323", "324", "325", "326", "327",
    "328", "329", "330", "331", "332", "333", "334", "335", "336", "337", "340", "341", "342", "343", "344",
    "345", "346", "347", "348", "349", "350", "351", "352", "353", "354", "355", "356", "357", "360", "361",
    "362", "363", "364", "365", "366", "367", "368", "369", "395",
];

/// From this identifier to that one, the parts of the value, and whether it may be an attribute in the query.
struct Row(&'static str, &'static str, &'static [Part], bool);

const ROWS: &[Row] = &[
    Row("00", "00", &[sum(18)], true),
    Row("01", "03", &[sum(14)], true),
    Row("10", "10", &[x_to(20)], true),
    Row("11", "13", &[DATE_OR_MONTH], true),
    Row("15", "17", &[DATE_OR_MONTH], true),
    Row("20", "20", &[n(2)], true),
    Row("21", "22", &[x_to(20)], false),
    Row("235", "235", &[x_to(28)], false),
    Row("240", "241", &[x_to(30)], true),
    Row("242", "242", &[n_to(6)], true),
    Row("243", "243", &[x_to(20)], true),
    Row("250", "251", &[x_to(30)], true),
    Row("253", "253", &[sum(13), x_to(17).or_none()], true),
    Row("254", "254", &[x_to(20)], false),
    Row("255", "255", &[sum(13), n_to(12).or_none()], true),
    Row("30", "30", &[n_to(8)], true),
    Row("37", "37", &[n_to(8)], true),
    Row("3900", "3909", &[n_to(15)], true),
    Row("3910", "3919", &[n(3), n_to(15)], true),
    Row("3920", "3929", &[n_to(15)], true),
    Row("3930", "3939", &[n(3), n_to(15)], true),
    Row("3940", "3943", &[n(4)], true),
    Row("400", "401", &[x_to(30)], true),
    Row("402", "402", &[sum(17)], true),
    Row("403", "403", &[x_to(30)], true),
    Row("410", "417", &[sum(13)], true),
    Row("420", "420", &[x_to(20)], true),
    Row("421", "421", &[COUNTRY, x_to(9)], true),
    Row("422", "422", &[COUNTRY], true),
    Row("423", "423", &COUNTRIES, true),
    Row("424", "424", &[COUNTRY], true),
    Row("425", "425", &COUNTRIES, true),
    Row("426", "426", &[COUNTRY], true),
    Row("427", "427", &[x_to(3)], true),
    Row("4300", "4301", &[x_to(35)], true),
    Row("4302", "4306", &[x_to(70)], true),
    Row("4307", "4307", &[x(2)], true),
    Row("4308", "4308", &[x_to(30)], true),
    Row("4309", "4309", &[n(20)], true),
    Row("4310", "4311", &[x_to(35)], true),
    Row("4312", "4316", &[x_to(70)], true),
    Row("4317", "4317", &[x(2)], true),
    Row("4318", "4318", &[x_to(20)], true),
    Row("4319", "4319", &[x_to(30)], true),
    Row("4320", "4320", &[x_to(35)], true),
    Row("4321", "4323", &[n(1)], true),
    Row("4324", "4325", &[DATE_OR_MONTH, n(4)], true),
    Row("4326", "4326", &[DATE], true),
    Row("4330", "4333", &[n(6), x(1).or_none()], true),
    Row("7001", "7001", &[n(13)], true),
    Row("7002", "7002", &[x_to(30)], true),
    Row("7003", "7003", &[DATE, TIME], true),
    Row("7004", "7004", &[n_to(4)], true),
    Row("7005", "7005", &[x_to(12)], true),
    Row("7006", "7006", &[DATE], true),
    Row("7007", "7007", &[DATE, DATE.or_none()], true),
    Row("7008", "7008", &[x_to(3)], true),
    Row("7009", "7009", &[x_to(10)], true),
    Row("7010", "7010", &[x_to(2)], true),
    Row("7011", "7011", &[DATE, TIME.or_none()], true),
    Row("7020", "7022", &[x_to(20)], true),
    Row("7023", "7023", &[x_to(30)], true),
    Row("7030", "7039", &[COUNTRY, x_to(27)], true),
    Row("7040", "7040", &[n(1), x(3)], false),
    Row("7041", "7041", &[x_to(4)], true),
    Row("710", "717", &[x_to(20)], true),
    Row("7230", "7239", &[x(2), x_to(28)], true),
    Row("7240", "7240", &[x_to(20)], true),
    Row("7241", "7241", &[n(2)], true),
    Row("7242", "7242", &[x_to(25)], true),
    Row("7250", "7250", &[LONG_DATE], true),
    Row("7251", "7251", &[LONG_DATE, TIME], true),
    Row("7252", "7252", &[n(1)], true),
    Row("7253", "7254", &[x_to(40)], true),
    Row("7255", "7255", &[x_to(10)], true),
    Row("7256", "7256", &[x_to(90)], true),
    Row("7257", "7257", &[x_to(70)], true),
    Row("7258", "7258", &[x(3)], true),
    Row("7259", "7259", &[x_to(40)], true),
    Row("8001", "8001", &[n(14)], true),
    Row("8002", "8002", &[x_to(20)], true),
    Row("8003", "8003", &[n(1).that(Rule::Zero), sum(13), x_to(16).or_none()], true),
    Row("8004", "8004", &[x_to(30)], true),
    Row("8005", "8005", &[n(6)], true),
    Row("8006", "8006", &[sum(14), PIECE], true),
    Row("8007", "8007", &[x_to(34)], true),
    Row("8008", "8008", &[DATE, n(2), n(2).or_none(), n(2).or_none()], true),
    Row("8009", "8009", &[x_to(50)], true),
    Row("8010", "8010", &[Part::of(Set::Cset39, 1, 30)], true),
    Row("8011", "8011", &[n_to(12)], false),
    Row("8012", "8012", &[x_to(20)], true),
    Row("8013", "8013", &[x_to(25)], true),
    Row("8014", "8014", &[x_to(25)], false),
    Row("8017", "8018", &[sum(18)], true),
    Row("8019", "8019", &[n_to(10)], false),
    Row("8020", "8020", &[x_to(25)], false),
    Row("8026", "8026", &[sum(14), PIECE], true),
    Row("8030", "8030", &[Part::of(Set::Base64, 1, 90)], true),
    Row("8040", "8041", &[n(15)], false),
    Row("8042", "8042", &[n(32)], false),
    Row("8043", "8043", &[n(18), n_to(2).or_none()], false),
    Row("8110", "8110", &[x_to(70)], false),
    Row("8111", "8111", &[n(4)], false),
    Row("8112", "8112", &[x_to(70)], false),
    Row("8200", "8200", &[x_to(70)], false),
    Row("90", "90", &[x_to(30)], true),
    Row("91", "99", &[x_to(90)], true),
];

const COUNTRIES: [Part; 5] =
    [COUNTRY, COUNTRY.or_none(), COUNTRY.or_none(), COUNTRY.or_none(), COUNTRY.or_none()];

/// An application identifier, as far as a Digital Link needs it.
pub(super) struct Element {
    parts: &'static [Part],
    /// Whether it may be an attribute in the query.
    pub(super) attribute: bool,
}

const MEASURE: Element = Element { parts: &[n(6)], attribute: true };

/// The application identifier of this number; nothing when GS1 gave it to nothing.
pub(super) fn element(ai: &str) -> Option<Element> {
    if let (Some(measure), Some('0'..='5'), 4) = (ai.get(..3), ai.chars().last(), ai.len())
        && MEASURES.contains(&measure)
    {
        return Some(MEASURE);
    }
    let row = ROWS.iter().find(|row| row.0.len() == ai.len() && row.0 <= ai && ai <= row.1)?;
    Some(Element { parts: row.2, attribute: row.3 })
}

/// Refuses a value that this application identifier cannot have.
pub(super) fn check(ai: &str, value: &str) -> Result<(), Problem> {
    let Some(element) = element(ai) else {
        return Err(Problem::new("element_unknown").value(ai));
    };
    if value.is_empty() {
        return Err(Problem::new("element_empty").value(ai));
    }
    let mut rest = value;
    for part in element.parts {
        if rest.is_empty() && part.optional {
            break;
        }
        let take = rest.char_indices().nth(part.most).map_or(rest.len(), |(place, _)| place);
        let (piece, after) = rest.split_at(take);
        if let Some(character) = piece.chars().find(|c| !part.set.holds(*c)) {
            return Err(Problem::new("element_character")
                .value(value)
                .arg("element", ai)
                .arg("character", character.escape_debug()));
        }
        if piece.len() < part.least {
            return Err(Problem::new("element_malformed").value(value).arg("element", ai));
        }
        holds(part.rule, piece, ai, value)?;
        rest = after;
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(Problem::new("element_malformed").value(value).arg("element", ai))
    }
}

fn holds(rule: Rule, piece: &str, ai: &str, value: &str) -> Result<(), Problem> {
    let good = match rule {
        Rule::Any => true,
        Rule::CheckDigit if check_digit::verify(piece) => true,
        Rule::CheckDigit => return require_check_digit(piece, value),
        Rule::Date => is_date(&format!("20{piece}")),
        // The whole month: it exists when its first day does.
        Rule::DateOrMonth => is_date(&format!(
            "20{}",
            piece.strip_suffix("00").map_or(piece.to_owned(), |month| format!("{month}01"))
        )),
        Rule::LongDate => is_date(piece),
        Rule::Time => {
            piece.get(..2).is_some_and(|hours| hours < "24")
                && piece.get(2..).is_some_and(|minutes| minutes < "60")
        }
        Rule::Zero => piece == "0",
        Rule::PieceOfTotal => {
            let (this, total) = (piece.get(..2), piece.get(2..));
            this > Some("00") && this <= total
        }
    };
    if good { Ok(()) } else { Err(Problem::new("element_malformed").value(value).arg("element", ai)) }
}

fn is_date(digits: &str) -> bool {
    match (digits.get(..4), digits.get(4..6), digits.get(6..)) {
        (Some(year), Some(month), Some(day)) => Day::parse(&format!("{year}-{month}-{day}")).is_ok(),
        _ => false,
    }
}
