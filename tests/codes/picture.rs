//! Pictures for the decoders: PNG read back, SVG rasterised by its own few lines, turned, shrunk.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pixels of small pictures: all are far below the limits"
)]

use image::GrayImage;
use image::imageops::FilterType;

/// The pixels of a PNG.
pub(crate) fn from_png(file: &[u8]) -> GrayImage {
    image::load_from_memory_with_format(file, image::ImageFormat::Png).unwrap().into_luma8()
}

/// Rasterises the SVG that this crate draws: white, then each `Mx yhRv1h-Rz` of the second path in black.
pub(crate) fn from_svg(svg: &str, pixels: u32) -> GrayImage {
    let between = |start: &str, end: &str| {
        let from = svg.rfind(start).unwrap() + start.len();
        &svg[from..from + svg[from..].find(end).unwrap()]
    };
    let side: u32 = between("viewBox=\"0 0 ", " ").parse().unwrap();
    let mut picture = GrayImage::from_pixel(side * pixels, side * pixels, image::Luma([255]));
    for run in between("<path d=\"", "\"").split('z').filter(|run| !run.is_empty()) {
        let (at, size) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
        let (x, y) = at.split_once(' ').unwrap();
        let (width, back) = size.split_once("v1h-").unwrap();
        assert_eq!(width, back);
        let [x, y, width] = [x, y, width].map(|number| number.parse::<u32>().unwrap() * pixels);
        for (x, y) in (y..y + pixels).flat_map(|y| (x..x + width).map(move |x| (x, y))) {
            picture.put_pixel(x, y, image::Luma([0]));
        }
    }
    picture
}

/// The picture shrunk so that a module measures this share of what it did.
pub(crate) fn shrunk(picture: &GrayImage, share: f64) -> GrayImage {
    let side = |pixels: u32| (f64::from(pixels) * share).round() as u32;
    image::imageops::resize(picture, side(picture.width()), side(picture.height()), FilterType::Triangle)
}

/// The picture turned around its centre on a larger white ground, by bilinear sampling.
pub(crate) fn turned(picture: &GrayImage, degrees: f64) -> GrayImage {
    let old = f64::from(picture.width());
    let side = (old * 1.45).ceil();
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let grey = |x: i64, y: i64| {
        let inside = u32::try_from(x).ok().zip(u32::try_from(y).ok());
        inside.and_then(|(x, y)| picture.get_pixel_checked(x, y)).map_or(255.0, |pixel| f64::from(pixel.0[0]))
    };
    GrayImage::from_fn(side as u32, side as u32, |x, y| {
        let (dx, dy) = (f64::from(x) + 0.5 - side / 2.0, f64::from(y) + 0.5 - side / 2.0);
        let (sx, sy) = (cosine * dx + sine * dy + old / 2.0 - 0.5, cosine * dy - sine * dx + old / 2.0 - 0.5);
        let (left, top) = (sx.floor(), sy.floor());
        let (fx, fy, left, top) = (sx - left, sy - top, left as i64, top as i64);
        let upper = grey(left, top) * (1.0 - fx) + grey(left + 1, top) * fx;
        let lower = grey(left, top + 1) * (1.0 - fx) + grey(left + 1, top + 1) * fx;
        image::Luma([(upper * (1.0 - fy) + lower * fy).round() as u8])
    })
}
