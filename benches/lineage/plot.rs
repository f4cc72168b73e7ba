//! The plot of `docs/closure.svg`: two panels, time against the size of the answer and against the size of the database.

use std::fmt::Write as _;

/// A series: its name and its points.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// A panel: its title, the word under its axis, its series.
pub(crate) struct Panel {
    pub(crate) title: &'static str,
    pub(crate) axis: &'static str,
    pub(crate) series: Vec<Series>,
}

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 52.0;
/// Shapes as well as colours, so that nobody needs to see these.
const COLOURS: [&str; 4] = ["#0b4a7a", "#8f1d1d", "#14532d", "#7a4a00"];

/// Powers of ten that hold all values.
fn range(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let least = values.clone().fold(f64::INFINITY, f64::min).max(1e-6);
    let most = values.fold(f64::NEG_INFINITY, f64::max).max(1e-6);
    let (low, high) = (least.log10().floor(), most.log10().ceil());
    if low < high { (low, high) } else { (low, low + 1.0) }
}

fn mark(picture: &mut String, series: usize, x: f64, y: f64, colour: &str) {
    let _ = match series % 3 {
        0 => write!(picture, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"),
        1 => write!(
            picture,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"6\" height=\"6\" fill=\"none\" stroke=\"{colour}\"/>",
            x - 3.0,
            y - 3.0
        ),
        _ => write!(
            picture,
            "<path d=\"M{:.1} {:.1}l4 7h-8z\" fill=\"none\" stroke=\"{colour}\"/>",
            x,
            y - 4.0
        ),
    };
}

fn panel(picture: &mut String, panel: &Panel, offset: f64) {
    let points = || panel.series.iter().flat_map(|series| series.points.iter().copied());
    let (x_low, x_high) = range(points().map(|(x, _)| x));
    let (y_low, y_high) = range(points().map(|(_, y)| y));
    let x = |value: f64| {
        offset + LEFT + (value.max(1e-6).log10() - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)
    };
    let y = |value: f64| {
        HEIGHT - BOTTOM - (value.max(1e-6).log10() - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)
    };
    let _ = write!(
        picture,
        "<text x=\"{:.0}\" y=\"20\" font-weight=\"700\">{}</text>",
        offset + LEFT,
        panel.title
    );
    let mut power = y_low;
    while power <= y_high {
        let at = y(10_f64.powf(power));
        let _ = write!(
            picture,
            "<path d=\"M{:.1} {at:.1}H{:.1}\" stroke=\"#c9d3cb\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            offset + LEFT,
            offset + WIDTH - RIGHT,
            offset + LEFT - 6.0,
            at + 4.0,
            10_f64.powf(power)
        );
        power += 1.0;
    }
    let mut power = x_low;
    while power <= x_high {
        let at = x(10_f64.powf(power));
        let _ = write!(
            picture,
            "<path d=\"M{at:.1} {TOP:.1}V{:.1}\" stroke=\"#c9d3cb\"/><text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 16.0,
            10_f64.powf(power)
        );
        power += 1.0;
    }
    let _ = write!(
        picture,
        "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text><text x=\"{:.0}\" y=\"{:.0}\">ms</text>",
        offset + LEFT + (WIDTH - LEFT - RIGHT) / 2.0,
        HEIGHT - 8.0,
        panel.axis,
        offset + 8.0,
        TOP - 6.0
    );
    for (place, series) in panel.series.iter().enumerate() {
        let colour = COLOURS[place % COLOURS.len()];
        for (at, value) in &series.points {
            mark(picture, place, x(*at), y(*value), colour);
        }
        let row = TOP + 12.0 + f64::from(u8::try_from(place).unwrap_or(0)) * 15.0;
        mark(picture, place, offset + LEFT + 12.0, row - 4.0, colour);
        let _ = write!(
            picture,
            "<text x=\"{:.0}\" y=\"{row:.0}\" fill=\"{colour}\">{}</text>",
            offset + LEFT + 22.0,
            series.name
        );
    }
}

/// Draws the panels side by side.
pub(crate) fn draw(panels: &[Panel]) -> String {
    let mut picture = String::new();
    let mut offset = 0.0;
    for one in panels {
        panel(&mut picture, one, offset);
        offset += WIDTH;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {offset:.0} {HEIGHT:.0}\" width=\"{offset:.0}\" \
         height=\"{HEIGHT:.0}\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#17201a\">\
         <title>Time of a closure</title><rect width=\"{offset:.0}\" height=\"{HEIGHT:.0}\" fill=\"#fff\"/>{picture}</svg>\n"
    )
}
