//! Labels get dirty. The model: opaque round spots of three to six modules in diameter (1.1 to 2.3 mm in print: drops of mud,
//! scratches), each dark or light with equal chance, centred anywhere on the symbol, until they cover 5 % of its area. Seeds are
//! fixed, so the figures are the same on every machine.
//!
//! Three things are told apart, because one figure would hide them:
//! - *error correction*: what any reader could do that knows where the modules are. It is the property of our drawing.
//! - *each decoder, the same dirt wiped off the function patterns*: finder, alignment and timing patterns, format and version
//!   lie outside the error correction of every QR code. With the dirt left on the data, each decoder must reach nine in ten.
//! - *each decoder, dirt everywhere*: both lose a symbol when a spot joins or breaks one of the three finder patterns, as about
//!   half of these do. That is the decoders' weakness, at any level of correction; the floor here only tells when it grows.
//!
//! Smaller spots are harder for their area: at one to two modules in diameter 5 % are near sixty spots, which touch more codewords
//! than level M can mend (it reads about a quarter then).
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels of small pictures: all are far below the limits"
)]

use image::GrayImage;
use nguongoc::codes::Symbol;
use qrcode::Version;

use crate::Dice;
use crate::answers::ALL;
use crate::decoders::{DECODERS, Decoder, rqrr_reads, rxing_reads};
use crate::picture::from_png;

/// Pixels of a module in these pictures.
const PIXELS: u32 = 6;
const QUIET_ZONE: u32 = 4;
const SHARE: f64 = 0.05;
/// Diameters of spots, in modules.
const DROPS: (f64, f64) = (3.0, 6.0);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Where {
    Everywhere,
    OnData,
}

/// Spots the picture until the share of its symbol is covered.
fn dirty(picture: &GrayImage, symbol: &Symbol, stays: Where, size: (f64, f64), seed: u64) -> GrayImage {
    let mut picture = picture.clone();
    let mut dice = Dice(seed);
    let module = f64::from(PIXELS);
    let (start, side) = (f64::from(QUIET_ZONE) * module, f64::from(symbol.width()) * module);
    let (version, width) = (Version::Normal(i16::from(symbol.version())), symbol.width() as i16);
    let function = |x: u32, y: u32| {
        let module = |pixel: u32| (pixel / PIXELS - QUIET_ZONE) as i16;
        qrcode::canvas::is_functional(version, width, module(x), module(y))
    };
    let mut covered = vec![false; picture.as_raw().len()];
    let mut count = 0;
    while f64::from(count) < SHARE * side * side {
        let (x, y) = (start + dice.unit() * side, start + dice.unit() * side);
        let radius = module * (size.0 + (size.1 - size.0) * dice.unit()) / 2.0;
        let grey = if dice.unit() < 0.5 { 20.0 + 50.0 * dice.unit() } else { 200.0 + 55.0 * dice.unit() };
        let range = |at: f64| {
            (at - radius).floor().max(start) as u32..((at + radius).ceil().min(start + side)) as u32
        };
        for (px, py) in range(y).flat_map(|py| range(x).map(move |px| (px, py))) {
            let (dx, dy) = (f64::from(px) + 0.5 - x, f64::from(py) + 0.5 - y);
            if dx * dx + dy * dy <= radius * radius {
                if stays == Where::Everywhere || !function(px, py) {
                    picture.put_pixel(px, py, image::Luma([grey as u8]));
                }
                let seen = &mut covered[(py * picture.width() + px) as usize];
                count += u32::from(!*seen);
                *seen = true;
            }
        }
    }
    picture
}

/// What error correction alone can do: each module is sampled where it is known to be.
fn knowing_the_grid(picture: &GrayImage) -> Option<String> {
    let modules = (picture.width() / PIXELS - 2 * QUIET_ZONE) as usize;
    let grid = rqrr::SimpleGrid::from_func(modules, |x, y| {
        let at = |module: usize| (module as u32 + QUIET_ZONE) * PIXELS + PIXELS / 2;
        picture.get_pixel(at(x), at(y)).0[0] < 128
    });
    rqrr::Grid::new(grid).decode().ok().map(|(_, text)| text)
}

/// How many of the seeds a decoder reads.
fn read(decoder: Decoder, stays: Where, size: (f64, f64), seeds: std::ops::Range<u64>) -> usize {
    let drawn: Vec<_> = ALL.iter().map(|url| (url, Symbol::of(url).unwrap())).collect();
    let pictures: Vec<_> =
        drawn.iter().map(|(_, symbol)| from_png(&symbol.png(PIXELS as u8).unwrap())).collect();
    seeds
        .filter(|seed| {
            let at = (*seed % 4) as usize;
            let picture = dirty(&pictures[at], &drawn[at].1, stays, size, *seed);
            let text = decoder(&picture);
            assert!(
                text.as_deref().is_none_or(|text| text == *drawn[at].0),
                "a dirty code is read or not read, never misread"
            );
            text.is_some()
        })
        .count()
}

#[test]
fn error_correction_mends_five_per_cent_anywhere_in_nine_of_ten() {
    let count = read(knowing_the_grid, Where::Everywhere, DROPS, 0..100);
    assert!(count >= 90, "{count} of 100");
}

#[test]
fn each_decoder_reads_nine_of_ten_with_five_per_cent_of_dirt_on_the_data() {
    for (name, decoder) in DECODERS {
        let count = read(decoder, Where::OnData, DROPS, 0..100);
        assert!(count >= 90, "{name} read {count} of 100");
    }
}

#[test]
fn with_dirt_on_finder_patterns_too_the_decoders_are_no_worse_than_they_were() {
    for (name, decoder, floor) in [("rqrr", rqrr_reads as Decoder, 30), ("rxing", rxing_reads, 40)] {
        let count = read(decoder, Where::Everywhere, DROPS, 0..100);
        assert!(count >= floor, "{name} read {count} of 100");
    }
}
