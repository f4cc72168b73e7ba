//! Pictures drawn anew.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use nguongoc::kernel::{PictureId, Sha256Hash};
use nguongoc::products::{Picture, redraw};
use proptest::prelude::*;
use std::io::Cursor;
use uuid::Uuid;

fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Noise: what JPEG packs worst.
fn noise(width: u32, height: u32) -> DynamicImage {
    let mut state = 88_172_645_463_325_252_u64;
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |_, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let [a, b, c, ..] = state.to_le_bytes();
        Rgb([a, b, c])
    }))
}

#[test]
fn the_small_one_is_light_even_of_noise() {
    let drawn = redraw(&png(&noise(1_600, 1_200))).unwrap();
    assert_eq!((drawn.width, drawn.height), (1_280, 960));
    assert!(drawn.small.len() <= 12 * 1_024, "{} bytes", drawn.small.len());
    let small = image::load_from_memory_with_format(&drawn.small, ImageFormat::Jpeg).unwrap();
    assert!(small.width() <= 320 && small.width() * 3 == small.height() * 4);
}

#[test]
fn a_small_picture_keeps_its_size_and_transparency_turns_white() {
    let clear = RgbaImage::from_pixel(40, 30, Rgba([0, 0, 0, 0]));
    let drawn = redraw(&png(&DynamicImage::ImageRgba8(clear))).unwrap();
    assert_eq!((drawn.width, drawn.height), (40, 30));
    let seen = image::load_from_memory(&drawn.large).unwrap().to_rgb8();
    assert!(seen.pixels().all(|pixel| pixel.0.iter().all(|c| *c > 250)), "not white");
}

/// A picture whose large size has this many pixels across and down.
fn picture(width: u32, height: u32) -> Picture {
    let hash = Sha256Hash::of(b"x");
    Picture { id: PictureId::from_uuid(Uuid::from_u128(1)), small: hash, large: hash, width, height }
}

#[test]
fn a_thin_picture_is_a_line() {
    assert_eq!(picture(1_280, 1).small_size(), (320, 1));
    assert_eq!(picture(1, 1_280).small_size(), (1, 320));
}

proptest! {
    #[test]
    fn a_size_fits_its_square(width in 1_u32..100_000, height in 1_u32..100_000) {
        let (w, h) = picture(width, height).small_size();
        prop_assert!(w >= 1 && h >= 1 && w <= 320.min(width) && h <= 320.min(height));
    }
}
