//! Pictures drawn anew: whatever was sent, only its pixels are kept, upright, in two sizes, as JPEG without metadata.
//!
//! What must stay true: a picture's pixels are counted by its header before any of them is decoded; no byte of the file that was sent is stored: neither the position where it was taken nor anything that
//! was hidden in it or behind it.

use crate::kernel::Problem;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use std::io::Cursor;

/// The largest file that is looked at, in bytes.
const FILE_BYTES: usize = 12 * 1_024 * 1_024;
/// The most pixels of a picture.
const PIXELS: u64 = 40_000_000;
/// The most memory that decoding one picture may take, in bytes.
const MEMORY: u64 = 320 * 1_024 * 1_024;

/// The longest side of the small size, in pixels.
pub(super) const SMALL: u32 = 320;
/// The longest side of the large size, in pixels.
const LARGE: u32 = 1_280;
/// What the small size aims to weigh, in bytes: the shopper's first view is 30 KB in all.
const SMALL_BYTES: usize = 12 * 1_024;
const LARGE_QUALITY: u8 = 82;

/// A picture drawn anew.
#[derive(Clone, Debug)]
pub struct Redrawn {
    /// The small size, as JPEG.
    pub small: Vec<u8>,
    /// The large size, as JPEG.
    pub large: Vec<u8>,
    /// Pixels across the large one.
    pub width: u32,
    /// Pixels down the large one.
    pub height: u32,
}

/// Decodes a picture under limits and draws it anew. Takes long: call it off the threads that answer requests.
///
/// # Errors
/// `picture_bytes`, `picture_kind`, `picture_pixels`, `picture_broken`.
pub fn redraw(bytes: &[u8]) -> Result<Redrawn, Problem> {
    let large = flat(&shrunk(&decode(bytes)?, LARGE));
    let small = shrunk(&DynamicImage::ImageRgb8(large.clone()), SMALL).into_rgb8();
    Ok(Redrawn {
        small: light(&small)?,
        width: large.width(),
        height: large.height(),
        large: jpeg(&large, LARGE_QUALITY)?,
    })
}

/// What a picture's first bytes show it to be; what the sender says of it counts for nothing.
fn recognise(bytes: &[u8]) -> Option<ImageFormat> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        Some(ImageFormat::Jpeg)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(ImageFormat::Png)
    } else {
        (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")).then_some(ImageFormat::WebP)
    }
}

/// Decodes a picture and turns it upright.
fn decode(bytes: &[u8]) -> Result<DynamicImage, Problem> {
    if bytes.len() > FILE_BYTES {
        return Err(Problem::new("picture_bytes").arg("most", FILE_BYTES / (1_024 * 1_024)));
    }
    let format = recognise(bytes).ok_or_else(|| Problem::new("picture_kind"))?;
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = reader().into_dimensions().map_err(|_| broken())?;
    if u64::from(width) * u64::from(height) > PIXELS {
        let size = format!("{width} × {height}");
        return Err(Problem::new("picture_pixels").value(size).arg("most", PIXELS / 1_000_000));
    }
    if format == ImageFormat::Jpeg && !jpeg_has_its_end(bytes) {
        return Err(broken());
    }
    let mut limited = reader();
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    limited.limits(limits);
    let mut decoder = limited.into_decoder().map_err(|_| broken())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| broken())?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Whether the scan of a JPEG is closed by its end marker: the decoder would fill what is cut off with grey.
fn jpeg_has_its_end(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    matches!((last(0xda), last(0xd9)), (Some(scan), Some(end)) if scan < end)
}

fn broken() -> Problem {
    Problem::new("picture_broken")
}

/// The size of a picture drawn into a square of `longest` pixels; never larger than it was.
pub(super) fn fit(width: u32, height: u32, longest: u32) -> (u32, u32) {
    let side = width.max(height);
    if side <= longest {
        return (width, height);
    }
    let scaled = |pixels: u32| {
        let scaled = (u64::from(pixels) * u64::from(longest) + u64::from(side) / 2) / u64::from(side);
        u32::try_from(scaled).unwrap_or(longest).max(1)
    };
    (scaled(width), scaled(height))
}

fn shrunk(picture: &DynamicImage, longest: u32) -> DynamicImage {
    let (width, height) = fit(picture.width(), picture.height(), longest);
    if (width, height) == (picture.width(), picture.height()) {
        return picture.clone();
    }
    // In two steps: averaging is fast on many pixels, the filter is fine on few.
    let (rough_width, rough_height) = (width.saturating_mul(2), height.saturating_mul(2));
    if rough_width < picture.width() && rough_height < picture.height() {
        let rough = picture.thumbnail_exact(rough_width, rough_height);
        rough.resize_exact(width, height, FilterType::CatmullRom)
    } else {
        picture.resize_exact(width, height, FilterType::CatmullRom)
    }
}

/// The picture on white: JPEG has no transparency, and black behind a product would look spoilt.
fn flat(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let seen = picture.to_rgba8();
    RgbImage::from_fn(seen.width(), seen.height(), |x, y| {
        let [red, green, blue, alpha] = seen.get_pixel(x, y).0;
        let on_white = |c: u8| {
            let mixed = (u16::from(c) * u16::from(alpha) + 255 * (255 - u16::from(alpha)) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Rgb([on_white(red), on_white(green), on_white(blue)])
    })
}

/// The small size as light as it should be: first at lower quality, then with fewer pixels.
fn light(picture: &RgbImage) -> Result<Vec<u8>, Problem> {
    let mut drawn = Vec::new();
    for quality in [80, 70, 60, 50, 40] {
        drawn = jpeg(picture, quality)?;
        if drawn.len() <= SMALL_BYTES {
            return Ok(drawn);
        }
    }
    for longest in [240, 160] {
        let fewer = shrunk(&DynamicImage::ImageRgb8(picture.clone()), longest).into_rgb8();
        drawn = jpeg(&fewer, 50)?;
        if drawn.len() <= SMALL_BYTES {
            break;
        }
    }
    Ok(drawn)
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8)
        .map_err(|_| broken())?;
    Ok(bytes)
}
