//! Which characters go into which mode, so that the fewest bits are spent.
//!
//! Greedy choices waste up to 50 bits on some texts, which can cost a version. Here the best division is found by dynamic
//! programming: for each prefix and each mode, the least cost of a division that ends in that mode. Costs are counted in sixths
//! of a bit, as a digit takes 10/3 and an alphanumeric character 11/2; a segment's end rounds up to a whole bit.

/// Sixths of a bit in a bit.
const SIXTHS: usize = 6;
const MODES: [Mode; 3] = [Mode::Numeric, Mode::Alphanumeric, Mode::Byte];
/// The mode indicator before each segment, in bits.
const INDICATOR: usize = 4;

/// How a run of characters is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Digits, three in ten bits.
    Numeric,
    /// Digits, capitals and ` $%*+-./:`, two in eleven bits.
    Alphanumeric,
    /// Any byte, in eight bits.
    Byte,
}

impl Mode {
    /// Whether a byte may stand in this mode.
    #[must_use]
    pub fn holds(self, byte: u8) -> bool {
        match self {
            Self::Numeric => byte.is_ascii_digit(),
            Self::Alphanumeric => {
                byte.is_ascii_digit() || byte.is_ascii_uppercase() || b" $%*+-./:".contains(&byte)
            }
            Self::Byte => true,
        }
    }

    /// The bits of the character count in this mode at a version (ISO/IEC 18004, table 3).
    #[must_use]
    pub fn count_bits(self, version: u8) -> usize {
        match (self, version) {
            (Self::Numeric, ..=9) => 10,
            (Self::Numeric, ..=26) => 12,
            (Self::Numeric, _) => 14,
            (Self::Alphanumeric, ..=9) => 9,
            (Self::Alphanumeric, ..=26) => 11,
            (Self::Alphanumeric, _) => 13,
            (Self::Byte, ..=9) => 8,
            (Self::Byte, _) => 16,
        }
    }

    fn sixths(self) -> usize {
        match self {
            Self::Numeric => 20,
            Self::Alphanumeric => 33,
            Self::Byte => 48,
        }
    }

    fn place(self) -> usize {
        match self {
            Self::Numeric => 0,
            Self::Alphanumeric => 1,
            Self::Byte => 2,
        }
    }
}

/// A run of one mode: the bytes from `start` up to `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// How it is packed.
    pub mode: Mode,
    /// Its first byte.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// Versions whose character counts are equally long: one plan serves them all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    pub(super) first: u8,
    pub(super) last: u8,
}

pub(super) const CLASSES: [Class; 3] =
    [Class { first: 1, last: 9 }, Class { first: 10, last: 26 }, Class { first: 27, last: 40 }];

/// The division of a text that takes the fewest bits at a version, and that number of bits.
#[must_use]
pub fn plan(text: &[u8], version: u8) -> (Vec<Segment>, usize) {
    // cost[m]: sixths of a bit for the prefix so far when it ends in mode m; nothing when it cannot.
    let mut cost: [Option<usize>; 3] = [None; 3];
    let mut came_from: Vec<[Mode; 3]> = Vec::with_capacity(text.len());
    for (at, &byte) in text.iter().enumerate() {
        let mut next = [None; 3];
        let mut from = MODES;
        for mode in MODES.into_iter().filter(|mode| mode.holds(byte)) {
            let begin = (INDICATOR + mode.count_bits(version)) * SIXTHS;
            let mut best = (at == 0).then_some((begin, mode));
            for before in MODES {
                let Some(spent) = cost[before.place()] else { continue };
                let total = if before == mode { spent } else { spent.next_multiple_of(SIXTHS) + begin };
                // On a tie the run goes on, so there are no needless segments.
                if best.is_none_or(|(least, _)| total < least || (total == least && before == mode)) {
                    best = Some((total, before));
                }
            }
            if let Some((total, before)) = best {
                next[mode.place()] = Some(total + mode.sixths());
                from[mode.place()] = before;
            }
        }
        cost = next;
        came_from.push(from);
    }
    let last =
        MODES.into_iter().filter_map(|mode| Some((cost[mode.place()]?.next_multiple_of(SIXTHS), mode)));
    let Some((sixths, mode)) = last.min_by_key(|(sixths, _)| *sixths) else {
        return (Vec::new(), 0);
    };
    (retrace(&came_from, mode), sixths / SIXTHS)
}

/// Walks back from the mode of the last character and joins equal neighbours.
fn retrace(came_from: &[[Mode; 3]], last: Mode) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut mode = last;
    for (at, from) in came_from.iter().enumerate().rev() {
        match segments.last_mut() {
            Some(segment) if segment.mode == mode => segment.start = at,
            _ => segments.push(Segment { mode, start: at, end: at + 1 }),
        }
        mode = from[mode.place()];
    }
    segments.reverse();
    segments
}
