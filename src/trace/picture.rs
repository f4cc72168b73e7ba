//! A trace as a picture for a phone: causes above, effects below, 360 pixels wide. Few lots are drawn one by one, many are drawn by stage.
//!
//! What must stay true: every text in it is escaped; there is no script and no style that the pages' content policy refuses; what a
//! line or a border means is also said in words, so that nobody needs to see colours; the width is never more than [`WIDTH`].

use super::report::{Line, StageKind, Standing, Trace};
use super::rows::{drawn_stage, kind_key, standing_key, unit_key};
use crate::kernel::{Quantity, ThingId, Unit};
use crate::words::Words;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

/// The width of the picture in pixels.
pub(super) const WIDTH: usize = 360;
/// The most lots that are drawn one by one.
pub(super) const MOST_BOXES: usize = 24;
/// The most lines between boxes.
const MOST_LINES: usize = 200;

const MARGIN: usize = 8;
const GUTTER: usize = 8;
const BOX_WIDTH: usize = (WIDTH - 2 * MARGIN - GUTTER) / 2;
const BOX_HEIGHT: usize = 66;
const WIDE_HEIGHT: usize = 64;
const GAP: usize = 26;

/// A picture under way.
struct Drawing {
    body: String,
}

/// Text for an XML document: markup and control characters do not survive.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            character if character.is_control() => safe.push(' '),
            '\u{fffe}' | '\u{ffff}' => safe.push(' '),
            character => safe.push(character),
        }
    }
    safe
}

/// As much of a text as fits into so many letters.
fn short(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}

impl Drawing {
    fn text(&mut self, x: usize, y: usize, text: &str, bold: bool) {
        let weight = if bold { " font-weight=\"700\"" } else { "" };
        let _ = write!(self.body, "<text x=\"{x}\" y=\"{y}\"{weight}>{}</text>", escaped(text));
    }

    fn frame(&mut self, [x, y, width, height]: [usize; 4], look: Look) {
        let look = match look {
            Look::Start => "stroke-width=\"3\" fill=\"#f2f6f3\"",
            Look::Known => "stroke-width=\"1\" fill=\"#fff\"",
            Look::Unknown => "stroke-width=\"1\" stroke-dasharray=\"4 3\" fill=\"#fff4dc\"",
        };
        let _ = write!(
            self.body,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\" stroke=\"#17201a\" {look}/>"
        );
    }

    fn line(&mut self, (x, y): (usize, usize), (to_x, to_y): (usize, usize)) {
        let middle = usize::midpoint(y, to_y);
        let _ = write!(
            self.body,
            "<path d=\"M{x} {y}C{x} {middle} {to_x} {middle} {to_x} {to_y}\" fill=\"none\" stroke=\"#4a574e\" \
             marker-end=\"url(#tip)\"/>"
        );
    }

    fn finish(self, height: usize, title: &str, description: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"trace-title trace-description\" \
             font-family=\"system-ui, 'Noto Sans', sans-serif\" font-size=\"12\" fill=\"#17201a\">\
             <title id=\"trace-title\">{}</title><desc id=\"trace-description\">{}</desc>\
             <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#4a574e\"/></marker></defs>\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>{}</svg>",
            escaped(title),
            escaped(description),
            self.body
        )
    }
}

#[derive(Clone, Copy)]
enum Look {
    Start,
    Known,
    Unknown,
}

fn amount_text((amount, unit): (i64, Unit), words: &Words) -> String {
    Quantity::new(amount, unit).map_or_else(
        |_| format!("{amount} {}", words.say(unit_key(unit))),
        |quantity| quantity.show(words.lang()),
    )
}

/// Millionths as a percentage with one digit.
pub(super) fn percent(millionths: u64, words: &Words) -> String {
    let tenths = (millionths + 500) / 1_000;
    let comma = if words.lang() == crate::kernel::Lang::Vi { ',' } else { '.' };
    if tenths == 0 && millionths > 0 {
        return format!("< 0{comma}1 %");
    }
    format!("{}{comma}{} %", tenths / 10, tenths % 10)
}

/// Draws a trace.
#[must_use]
pub fn svg(trace: &Trace, words: &Words) -> String {
    let started: Vec<String> = trace
        .lines
        .iter()
        .filter(|line| line.standing == Standing::Start)
        .take(3)
        .map(|line| trace.label(line.thing, words))
        .collect();
    let title = words.one("trace-picture-title", "what", started.join(", "));
    let count = |standing| trace.lines.iter().filter(|line| line.standing == standing).count();
    let counts = [
        ("back", count(Standing::Back).to_string()),
        ("forward", count(Standing::Forward).to_string()),
        ("gaps", trace.gaps.len().to_string()),
    ];
    let description = words.with("trace-picture-description", &counts);
    if trace.lines.len() <= MOST_BOXES {
        one_by_one(trace, words, &title, &description)
    } else {
        by_stage(trace, words, &title, &description)
    }
}

/// The layer of a line: causes above.
fn layer(line: &Line) -> i64 {
    let depth = i64::try_from(line.depth).unwrap_or(i64::MAX);
    match line.standing {
        Standing::Back => -depth,
        Standing::Start => 0,
        Standing::Forward => depth,
    }
}

/// Which things became which, without the makings between, each pair once.
fn links(trace: &Trace, most: usize) -> Vec<(usize, usize)> {
    let graph = &trace.closure.graph;
    let drawn: HashSet<usize> = trace.lines.iter().map(|line| line.place).collect();
    let mut links = BTreeSet::new();
    for node in 0..graph.nodes().len() {
        for input in graph.inputs(node).filter(|part| drawn.contains(&part.thing)) {
            for output in graph.outputs(node).filter(|part| drawn.contains(&part.thing)) {
                links.insert((input.thing, output.thing));
                if links.len() >= most {
                    return links.into_iter().collect();
                }
            }
        }
    }
    links.into_iter().collect()
}

fn one_by_one(trace: &Trace, words: &Words, title: &str, description: &str) -> String {
    let mut layers: BTreeMap<i64, Vec<&Line>> = BTreeMap::new();
    for line in &trace.lines {
        layers.entry(layer(line)).or_default().push(line);
    }
    let faulty: HashSet<ThingId> = trace.gaps.iter().flat_map(|gap| gap.things().iter().copied()).collect();
    let mut drawing = Drawing { body: String::new() };
    let mut places: HashMap<usize, (usize, usize)> = HashMap::new();
    let mut boxes = Vec::new();
    let mut y = MARGIN;
    for lines in layers.values() {
        for pair in lines.chunks(2) {
            for (column, line) in pair.iter().enumerate() {
                let x = if pair.len() == 1 {
                    (WIDTH - BOX_WIDTH) / 2
                } else {
                    MARGIN + column * (BOX_WIDTH + GUTTER)
                };
                places.insert(line.place, (x, y));
                boxes.push((x, y, *line));
            }
            y += BOX_HEIGHT + GUTTER;
        }
        y += GAP - GUTTER;
    }
    let height = (y + MARGIN).saturating_sub(GAP);
    for (from, to) in links(trace, MOST_LINES) {
        if let (Some((x, y)), Some((to_x, to_y))) = (places.get(&from), places.get(&to)) {
            let (from, to) = (x + BOX_WIDTH / 2, to_x + BOX_WIDTH / 2);
            drawing.line((from, y + BOX_HEIGHT), (to, *to_y));
        }
    }
    // After the lines, so that no text is crossed out.
    for (x, y, line) in boxes {
        let known = trace.known.lot(line.thing);
        let look = match (line.standing, known) {
            (_, None) => Look::Unknown,
            (Standing::Start, _) => Look::Start,
            _ => Look::Known,
        };
        drawing.frame([x, y, BOX_WIDTH, BOX_HEIGHT], look);
        let warning = if faulty.contains(&line.thing) { "⚠ " } else { "" };
        let head = match known {
            Some(_) => trace.product(line.thing, words.lang()).unwrap_or_default(),
            None => words.say("trace-not-known").into_owned(),
        };
        drawing.text(x + 6, y + 15, &short(&format!("{warning}{head}"), 22), true);
        let name = known.map_or_else(|| trace.label(line.thing, words), |lot| lot.code.clone());
        drawing.text(x + 6, y + 30, &short(&name, 24), false);
        let party = known
            .and_then(|lot| trace.seen_party(lot.party))
            .map(|party| party.name.unwrap_or_else(|| words.say(kind_key(&party.kind)).into_owned()));
        drawing.text(x + 6, y + 45, &short(&party.unwrap_or_default(), 24), false);
        let amount = trace.seen_amount(line).map(|amount| amount_text(amount, words)).unwrap_or_default();
        let share = trace.seen_share(line).filter(|_| line.standing != Standing::Start);
        let share = share.map(|share| format!(" · {}", percent(share, words))).unwrap_or_default();
        let start = if line.standing == Standing::Start { words.say(standing_key(line)) } else { "".into() };
        let last = [amount.as_str(), share.as_str(), " ", &start].concat();
        drawing.text(x + 6, y + 60, &short(last.trim(), 24), false);
    }
    drawing.finish(height.max(BOX_HEIGHT), title, description)
}

/// What is drawn as one box where there are many lots: where they stand, and their stage.
type Kind = (Standing, StageKind);

/// The lots of one stage, drawn as one box.
#[derive(Default)]
struct Group {
    lots: usize,
    unknown: usize,
    grams: i64,
    pieces: i64,
    hidden: bool,
    parties: BTreeSet<String>,
    products: BTreeMap<String, usize>,
}

fn by_stage(trace: &Trace, words: &Words, title: &str, description: &str) -> String {
    let mut groups: BTreeMap<Kind, Group> = BTreeMap::new();
    let mut group_of: HashMap<usize, Kind> = HashMap::new();
    for line in &trace.lines {
        let key = (line.standing, drawn_stage(line));
        group_of.insert(line.place, key);
        let group = groups.entry(key).or_default();
        group.lots += 1;
        group.unknown += usize::from(trace.known.lot(line.thing).is_none());
        match trace.seen_amount(line) {
            Some((amount, Unit::Gram)) => group.grams = group.grams.saturating_add(amount),
            Some((amount, Unit::Piece)) => group.pieces = group.pieces.saturating_add(amount),
            None => group.hidden = true,
        }
        let party = trace.known.lot(line.thing).map(|lot| lot.party.to_string());
        group.parties.extend(party);
        if let Some(product) = trace.product(line.thing, words.lang()) {
            *group.products.entry(product).or_default() += 1;
        }
    }
    let mut counts: BTreeMap<(Kind, Kind), usize> = BTreeMap::new();
    for (from, to) in links(trace, usize::MAX) {
        if let (Some(from), Some(to)) = (group_of.get(&from), group_of.get(&to))
            && from != to
        {
            *counts.entry((*from, *to)).or_default() += 1;
        }
    }
    let mut drawing = Drawing { body: String::new() };
    let (x, width) = (MARGIN + 44, WIDTH - 2 * MARGIN - 44);
    let places: HashMap<Kind, usize> = groups.keys().enumerate().map(|(row, key)| (*key, row)).collect();
    let top = |row: usize| MARGIN + row * (WIDE_HEIGHT + GAP);
    for (lane, ((from, to), count)) in counts.iter().enumerate() {
        let (Some(from), Some(to)) = (places.get(from), places.get(to)) else { continue };
        let label = format!("× {count}");
        if *to == from + 1 {
            drawing.line((WIDTH / 2, top(*from) + WIDE_HEIGHT), (WIDTH / 2, top(*to)));
            drawing.text(WIDTH / 2 + 8, top(*to) - 9, &label, false);
        } else {
            // Around the boxes between, in a lane of its own.
            let side = MARGIN + (lane % 4) * 9;
            let (y, to_y) = (top(*from) + WIDE_HEIGHT / 2, top(*to) + WIDE_HEIGHT / 2 + 6);
            let _ = write!(
                drawing.body,
                "<path d=\"M{x} {y}H{side}V{to_y}H{x}\" fill=\"none\" stroke=\"#4a574e\" marker-end=\"url(#tip)\"/>"
            );
        }
    }
    for (row, ((standing, stage), group)) in groups.iter().enumerate() {
        let y = top(row);
        let look = match standing {
            Standing::Start => Look::Start,
            _ if group.unknown == group.lots => Look::Unknown,
            _ => Look::Known,
        };
        drawing.frame([x, y, width, WIDE_HEIGHT], look);
        let standing = words.say(match standing {
            Standing::Back => "trace-standing-back",
            Standing::Start => "trace-standing-start",
            Standing::Forward => "trace-standing-forward",
        });
        let head = format!("{} · {standing}", words.say(stage.key()));
        drawing.text(x + 8, y + 17, &short(&head, 40), true);
        let mut second = words.one("trace-lots", "count", group.lots);
        if group.unknown > 0 {
            let _ = write!(second, " · {}", words.one("trace-lots-unknown", "count", group.unknown));
        }
        let _ = write!(second, " · {}", words.one("trace-parties", "count", group.parties.len()));
        drawing.text(x + 8, y + 34, &short(&second, 44), false);
        let mut amounts = Vec::new();
        for (amount, unit) in [(group.grams, Unit::Gram), (group.pieces, Unit::Piece)] {
            if amount > 0 {
                amounts.push(amount_text((amount, unit), words));
            }
        }
        let mut products: Vec<_> = group.products.iter().collect();
        products.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), (*name).clone()));
        let products: Vec<&str> = products.into_iter().take(2).map(|(name, _)| name.as_str()).collect();
        let third = [amounts, vec![products.join(", ")]].concat().join(" · ");
        drawing.text(x + 8, y + 51, &short(&third, 44), false);
    }
    drawing.finish(top(groups.len()).saturating_sub(GAP) + MARGIN, title, description)
}
