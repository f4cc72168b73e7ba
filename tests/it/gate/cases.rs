//! The cases of the matrix: crop × substance × interval × offset × order of telling × door of the harvest. All of them, or a seeded sample in which
//! every two values of two dimensions meet.

#![expect(clippy::cast_possible_truncation, reason = "indices of a list in memory")]

use super::oracle::{Civil, Listed, Sprayed, When};
use std::collections::BTreeSet;

/// 2026-11-05: the day of the sprays, but for those about a ban.
const BASE: Civil = Civil(20_762);
/// The ban of one of the products: from its first day to its last.
pub(super) const BAN: (Civil, Civil) = (BASE, Civil(20_764));
/// How long after the spray a plot is cleared, where it is.
const CLEARED: i64 = 4;
/// Where a wrong entry puts a spray that shuts nothing any more: days before.
const HARMLESS: i64 = -25;

pub(super) const CROPS: [&str; 2] = ["cai_ngot", "cai_bap"];

/// A product of the list: waiting days on each crop, none where it is not permitted.
pub(super) struct Product {
    pub(super) name: &'static str,
    pub(super) days: [Option<i64>; 2],
    pub(super) banned: bool,
    pub(super) listed: bool,
}

const fn product(name: &'static str, days: [Option<i64>; 2]) -> Product {
    Product { name, days, banned: false, listed: true }
}

/// The largest dose of all of them is 500 ml/ha.
pub(super) const PRODUCTS: [Product; 8] = [
    product("Mẫu Không", [Some(0), Some(1)]),
    product("Mẫu Một", [Some(1), Some(3)]),
    product("Mẫu Ba", [Some(3), Some(7)]),
    product("Mẫu Bảy", [Some(7), Some(14)]),
    product("Mẫu Mười Bốn", [Some(14), Some(0)]),
    product("Mẫu Một Cây", [None, Some(7)]),
    Product { name: "Mẫu Cấm", days: [Some(3), Some(3)], banned: true, listed: true },
    Product { name: "Mẫu Lạ", days: [None, None], banned: false, listed: false },
];

/// A spray of the matrix: which product, days after the base day, the label's days, the dose.
pub(super) struct Variant {
    pub(super) product: usize,
    pub(super) shift: i64,
    pub(super) label: Option<i64>,
    pub(super) dose: &'static str,
}

const USUAL: &str = "5 ml/sào";

const fn plain(product: usize) -> Variant {
    Variant { product, shift: 0, label: None, dose: USUAL }
}

pub(super) const VARIANTS: [Variant; 14] = [
    plain(0),
    plain(1),
    plain(2),
    plain(3),
    plain(4),
    plain(5),
    // A ban: the day before it, its first and last day, the day after it.
    Variant { shift: -1, ..plain(6) },
    plain(6),
    Variant { shift: 2, ..plain(6) },
    Variant { shift: 3, ..plain(6) },
    plain(7),
    // The label asks for more, or for less, than the list.
    Variant { label: Some(10), ..plain(2) },
    Variant { label: Some(2), ..plain(3) },
    // 20 ml on 360 m² is 555 ml/ha.
    Variant { dose: "20 ml/sào", ..plain(2) },
];

/// When the harvest lies, and what is known of hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Interval {
    DayBeforeSpray,
    LastSecondBeforeSpray,
    SprayDay,
    SprayDayHourKnown,
    HourBeforeSpray,
    HourOfSpray,
    HourWithoutSprayHour,
    LastDay,
    LastSecond,
    FirstSecond,
    FirstDay,
}

impl Interval {
    pub(super) const ALL: [Self; 11] = [
        Self::DayBeforeSpray,
        Self::LastSecondBeforeSpray,
        Self::SprayDay,
        Self::SprayDayHourKnown,
        Self::HourBeforeSpray,
        Self::HourOfSpray,
        Self::HourWithoutSprayHour,
        Self::LastDay,
        Self::LastSecond,
        Self::FirstSecond,
        Self::FirstDay,
    ];

    fn is_timed(self) -> bool {
        !matches!(
            self,
            Self::DayBeforeSpray | Self::SprayDay | Self::SprayDayHourKnown | Self::LastDay | Self::FirstDay
        )
    }

    fn knows_spray_hour(self) -> bool {
        matches!(self, Self::SprayDayHourKnown | Self::HourBeforeSpray | Self::HourOfSpray)
    }
}

/// In which order things are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    SprayFirst,
    BackDated,
    /// The spray did not happen: it is declared wrong.
    Withdrawn,
    /// It was told for a harmless day first, and is corrected.
    ReplacedHere,
    /// It was told for this day first, and had been on a harmless one.
    ReplacedAway,
}

impl Order {
    pub(super) const ALL: [Self; 5] =
        [Self::SprayFirst, Self::BackDated, Self::Withdrawn, Self::ReplacedHere, Self::ReplacedAway];
}

/// Which way a harvest comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Door {
    DeclareForm,
    DeclareApi,
    /// From a household's plot, into a lot with goods of another place.
    CollectApi,
    PickForm,
    PickApi,
    CaptureHarvest,
    CapturePick,
}

impl Door {
    pub(super) const ALL: [Self; 7] = [
        Self::DeclareForm,
        Self::DeclareApi,
        Self::CollectApi,
        Self::PickForm,
        Self::PickApi,
        Self::CaptureHarvest,
        Self::CapturePick,
    ];

    pub(super) fn is_form(self) -> bool {
        matches!(self, Self::DeclareForm | Self::PickForm)
    }
}

/// The offsets at which moments are told, in hours.
pub(super) const OFFSETS: [i64; 4] = [7, 0, -5, 9];

/// One case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) crop: usize,
    pub(super) variant: usize,
    pub(super) interval: Interval,
    pub(super) offset: i64,
    pub(super) order: Order,
    pub(super) door: Door,
}

impl Case {
    pub(super) fn variant(&self) -> &'static Variant {
        &VARIANTS[self.variant]
    }

    pub(super) fn product(&self) -> &'static Product {
        &PRODUCTS[self.variant().product]
    }

    fn spray_day(&self) -> Civil {
        BASE.plus(self.variant().shift)
    }

    fn listed_on(&self, day: Civil) -> Listed {
        let product = self.product();
        match product.days[self.crop] {
            _ if !product.listed => Listed::Unlisted,
            _ if product.banned && BAN.0 <= day && day <= BAN.1 => Listed::Banned,
            None => Listed::NotPermitted,
            Some(days) => Listed::Permitted { days, over: self.variant().dose != USUAL },
        }
    }

    /// Whether the plot is cleared: where nothing else opens it.
    pub(super) fn cleared(&self) -> Option<Civil> {
        let opens = matches!(self.listed_on(self.spray_day()), Listed::Permitted { over: false, .. });
        (!opens).then(|| self.spray_day().plus(CLEARED))
    }

    /// The spray as it was.
    pub(super) fn spray(&self) -> Sprayed {
        self.spray_on(self.spray_day())
    }

    /// The spray as another list says it, which bans nothing.
    pub(super) fn spray_by(&self, days: impl Fn(usize, usize) -> Option<i64>) -> Sprayed {
        let product = self.product();
        let listed = match days(self.variant().product, self.crop) {
            _ if !product.listed => Listed::Unlisted,
            None => Listed::NotPermitted,
            Some(days) => Listed::Permitted { days, over: self.variant().dose != USUAL },
        };
        Sprayed { listed, cleared: self.cleared(), ..self.spray() }
    }

    /// The spray where a wrong entry has it.
    pub(super) fn harmless(&self) -> Sprayed {
        self.spray_on(self.spray_day().plus(HARMLESS))
    }

    fn spray_on(&self, day: Civil) -> Sprayed {
        let ten = When::Second(day.start() + 10 * 3_600);
        Sprayed {
            when: if self.interval.knows_spray_hour() { ten } else { When::Day(day) },
            listed: self.listed_on(day),
            label: self.variant().label,
            cleared: self.cleared(),
        }
    }

    /// The first day on which a harvest is allowed.
    fn first(&self) -> Civil {
        let days = match self.listed_on(self.spray_day()) {
            Listed::Permitted { days, over: false } => days.max(self.variant().label.unwrap_or(0)),
            _ => CLEARED + 1,
        };
        self.spray_day().plus(days)
    }

    /// When the harvest was.
    pub(super) fn harvest(&self) -> When {
        let (spray, first) = (self.spray_day(), self.first());
        let ten = spray.start() + 10 * 3_600;
        let when = match self.interval {
            Interval::DayBeforeSpray => When::Day(spray.plus(-1)),
            Interval::LastSecondBeforeSpray => When::Second(spray.start() - 1),
            Interval::SprayDay | Interval::SprayDayHourKnown => When::Day(spray),
            Interval::HourBeforeSpray => When::Second(ten - 60),
            Interval::HourOfSpray => When::Second(ten),
            Interval::HourWithoutSprayHour => When::Second(ten - 4 * 3_600),
            Interval::LastDay => When::Day(first.plus(-1)),
            Interval::LastSecond => When::Second(first.start() - 1),
            Interval::FirstSecond => When::Second(first.start()),
            Interval::FirstDay => When::Day(first),
        };
        if self.door.is_form() { when.in_minutes() } else { when }
    }

    /// The values of its dimensions.
    fn values(&self) -> [String; 6] {
        [
            format!("crop {}", CROPS[self.crop]),
            format!("variant {}", self.variant),
            format!("{:?}", self.interval),
            format!("offset {}", self.offset),
            format!("{:?}", self.order),
            format!("{:?}", self.door),
        ]
    }
}

/// Every case that can be told.
pub(super) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for crop in 0..CROPS.len() {
        for variant in 0..VARIANTS.len() {
            for interval in Interval::ALL {
                for order in Order::ALL {
                    for door in Door::ALL {
                        // Days have no offset, and forms ask for none.
                        let told = interval.is_timed() && !door.is_form();
                        for offset in OFFSETS.into_iter().filter(|offset| told || *offset == 7) {
                            cases.push(Case { crop, variant, interval, offset, order, door });
                        }
                    }
                }
            }
        }
    }
    cases
}

/// A sample: cases in a seeded order, each of which brings two values together that did not meet before.
pub(super) fn sample(seed: u64) -> Vec<Case> {
    let mut cases = all();
    let mut state = seed;
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    for n in (1..cases.len()).rev() {
        cases.swap(n, (next() % (n as u64 + 1)) as usize);
    }
    let mut met: BTreeSet<(String, String)> = BTreeSet::new();
    let mut chosen = Vec::new();
    // First those that bring many pairs, then what is left.
    for wanted in [15, 12, 9, 6, 4, 2, 1] {
        for case in &cases {
            let values = case.values();
            let pairs: Vec<(String, String)> = (0..values.len())
                .flat_map(|one| (one + 1..values.len()).map(move |other| (one, other)))
                .map(|(one, other)| (values[one].clone(), values[other].clone()))
                .filter(|pair| !met.contains(pair))
                .collect();
            if pairs.len() >= wanted {
                met.extend(pairs);
                chosen.push(*case);
            }
        }
    }
    chosen
}
