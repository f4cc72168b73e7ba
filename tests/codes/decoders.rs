//! Each drawn code is read back by two decoders that share no code: `rqrr` and `rxing`; clean, turned and shrunk, always.
#![expect(
    clippy::cast_possible_truncation,
    reason = "pixels of small pictures: all are far below the limits"
)]

use image::GrayImage;
use nguongoc::codes::{Code, Symbol};

use crate::answers::ALL;
use crate::picture::{from_png, from_svg, shrunk, turned};
use crate::{Dice, gtin, lot, number, serial, sign_here};

/// As a scanner does: the picture as it is, then once more cut at mid-grey. rqrr alone takes all below 95 % of the local mean for
/// dark, so that soft edges of a shrunk picture join neighbouring modules; a hard cut in turn frays the edges of a turned one.
pub(crate) fn rqrr_reads(picture: &GrayImage) -> Option<String> {
    let reads = |shown: fn(u8) -> u8| {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let grey = |x, y| shown(picture.get_pixel(x as u32, y as u32).0[0]);
        let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
        prepared.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
    };
    reads(|grey| grey).or_else(|| reads(|grey| if grey < 128 { 0 } else { 255 }))
}

pub(crate) fn rxing_reads(picture: &GrayImage) -> Option<String> {
    let format = Some(rxing::BarcodeFormat::QR_CODE);
    let read =
        rxing::helpers::detect_in_luma(picture.as_raw().clone(), picture.width(), picture.height(), format);
    read.ok().map(|result| result.getText().to_owned())
}

/// Reads a picture, if it can.
pub(crate) type Decoder = fn(&GrayImage) -> Option<String>;

pub(crate) const DECODERS: [(&str, Decoder); 2] = [("rqrr", rqrr_reads), ("rxing", rxing_reads)];

fn must_read(picture: &GrayImage, url: &str, how: &str) {
    for (decoder, reads) in DECODERS {
        assert_eq!(reads(picture).as_deref(), Some(url), "{decoder}, {how}");
    }
}

#[test]
fn png_and_svg_are_read_by_both() {
    for url in ALL {
        let symbol = Symbol::of(url).unwrap();
        let picture = from_png(&symbol.png(4).unwrap());
        assert_eq!(
            from_svg(&symbol.svg("mã truy xuất"), 4),
            picture,
            "the two drawings are the same picture"
        );
        must_read(&picture, url, "clean");
    }
}

#[test]
fn codes_of_many_kinds_are_read_by_both() {
    let mut dice = Dice(1);
    let mut word = |longest: u64| {
        let length = 1 + dice.next() % longest;
        let letters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-";
        (0..length).map(|_| char::from(letters[(dice.next() % 37) as usize])).collect::<String>()
    };
    for round in 0..8 {
        let product = if round % 2 == 0 { gtin() } else { number() };
        let (lot, serial) = (lot(&word(20)), serial(&word(20)));
        let code = match round % 3 {
            0 => Code::for_lot(product, lot),
            1 => Code::for_unit(product, lot, serial),
            _ => Code::for_stock(product, serial),
        };
        let url = sign_here(code.unwrap());
        must_read(&from_png(&Symbol::of(&url).unwrap().png(4).unwrap()), &url, "of many kinds");
    }
}

#[test]
fn turned_codes_are_read_by_both() {
    for url in [ALL[0], ALL[3]] {
        let picture = from_png(&Symbol::of(url).unwrap().png(5).unwrap());
        for degrees in [7.0, 30.0, 45.0, 90.0, 180.0, 263.0, 270.0] {
            must_read(&turned(&picture, degrees), url, &format!("turned by {degrees}°"));
        }
    }
}

#[test]
fn shrunk_codes_are_read_by_both() {
    for url in [ALL[0], ALL[3]] {
        let picture = from_svg(&Symbol::of(url).unwrap().svg(""), 10);
        for pixels_a_module in [6.0, 5.0, 4.3, 4.0, 3.7, 3.2, 3.0] {
            must_read(
                &shrunk(&picture, pixels_a_module / 10.0),
                url,
                &format!("{pixels_a_module} pixels a module"),
            );
        }
        for pixels_a_module in [2.7, 2.4, 2.0] {
            let shrunk = shrunk(&picture, pixels_a_module / 10.0);
            assert_eq!(rxing_reads(&shrunk).as_deref(), Some(url), "{pixels_a_module}, where rqrr gives up");
        }
    }
}
