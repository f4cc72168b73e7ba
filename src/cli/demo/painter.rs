//! A small painter for the sample products' pictures: ellipses, strokes and polygons with soft edges, so that the sample has
//! pictures of its own and copies nobody's.

use image::{ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// A colour: red, green, blue.
pub(super) type Colour = [u8; 3];

/// A square picture being painted; coordinates run from 0 to 100, whatever the size in pixels.
pub(super) struct Canvas {
    image: RgbImage,
    scale: f32,
}

impl Canvas {
    /// A canvas of `side` pixels, washed from `top` to `bottom`.
    pub(super) fn new(side: u32, top: Colour, bottom: Colour) -> Self {
        let mut image = RgbImage::new(side, side);
        for (_, y, pixel) in image.enumerate_pixels_mut() {
            *pixel = Rgb(mix(top, bottom, ratio(y, side)));
        }
        Self { image, scale: pixels(side) / 100.0 }
    }

    /// Lays `colour` over every point within `reach` of the middle, by how far inside a shape it lies: `depth` gives that in
    /// canvas units.
    fn lay(&mut self, colour: Colour, (x, y): (f32, f32), reach: f32, depth: impl Fn(f32, f32) -> f32) {
        let (scale, side) = (self.scale, self.image.width());
        let (left, right) = (pixel((x - reach) * scale - 1.0, side), pixel((x + reach) * scale + 2.0, side));
        let (top, bottom) = (pixel((y - reach) * scale - 1.0, side), pixel((y + reach) * scale + 2.0, side));
        for (px, py) in (top..bottom).flat_map(|py| (left..right).map(move |px| (px, py))) {
            let inside = depth((pixels(px) + 0.5) / scale, (pixels(py) + 0.5) / scale) * scale + 0.5;
            if inside > 0.0 {
                let pixel = self.image.get_pixel_mut(px, py);
                pixel.0 = mix(pixel.0, colour, inside.min(1.0));
            }
        }
    }

    /// An ellipse around (`x`, `y`) with the half axes `rx` and `ry`, turned by `turn` degrees.
    pub(super) fn ellipse(&mut self, (x, y): (f32, f32), (rx, ry): (f32, f32), turn: f32, colour: Colour) {
        let (sin, cos) = turn.to_radians().sin_cos();
        self.lay(colour, (x, y), rx.max(ry), |px, py| {
            let (dx, dy) = (px - x, py - y);
            let (u, v) = ((dx * cos + dy * sin) / rx, (dy * cos - dx * sin) / ry);
            (1.0 - u.hypot(v)) * rx.min(ry)
        });
    }

    /// A ball: an ellipse with a shadow below and a light above.
    pub(super) fn ball(&mut self, at: (f32, f32), r: (f32, f32), turn: f32, colour: Colour) {
        self.ellipse((at.0, at.1 + r.1 * 0.92), (r.0 * 0.9, r.1 * 0.18), 0.0, [196, 204, 190]);
        self.ellipse(at, r, turn, mix(colour, [0, 0, 0], 0.22));
        self.ellipse((at.0 - r.0 * 0.06, at.1 - r.1 * 0.06), (r.0 * 0.92, r.1 * 0.92), turn, colour);
        let light = mix(colour, [255, 255, 255], 0.55);
        self.ellipse((at.0 - r.0 * 0.35, at.1 - r.1 * 0.4), (r.0 * 0.2, r.1 * 0.14), turn - 30.0, light);
    }

    /// A stroke with round ends.
    pub(super) fn stroke(&mut self, (ax, ay): (f32, f32), (bx, by): (f32, f32), width: f32, colour: Colour) {
        let (dx, dy) = (bx - ax, by - ay);
        let length = (dx * dx + dy * dy).max(f32::EPSILON);
        let (middle, reach) =
            ((f32::midpoint(ax, bx), f32::midpoint(ay, by)), f32::midpoint(length.sqrt(), width));
        self.lay(colour, middle, reach, |px, py| {
            let along = (((px - ax) * dx + (py - ay) * dy) / length).clamp(0.0, 1.0);
            width / 2.0 - (px - ax - along * dx).hypot(py - ay - along * dy)
        });
    }

    /// A rectangle with round corners.
    pub(super) fn block(&mut self, (x, y): (f32, f32), (w, h): (f32, f32), round: f32, colour: Colour) {
        self.lay(colour, (x + w / 2.0, y + h / 2.0), w.max(h) / 2.0, |px, py| {
            let dx = (px - x - w / 2.0).abs() - w / 2.0 + round;
            let dy = (py - y - h / 2.0).abs() - h / 2.0 + round;
            round - dx.max(0.0).hypot(dy.max(0.0)) - dx.max(dy).min(0.0)
        });
    }

    /// A leaf from (`x`, `y`), pointing along `turn` degrees, with its middle vein.
    pub(super) fn leaf(&mut self, (x, y): (f32, f32), length: f32, turn: f32, colour: Colour) {
        let (sin, cos) = turn.to_radians().sin_cos();
        let tip = (x + length * cos, y + length * sin);
        let middle = (x + length * 0.5 * cos, y + length * 0.5 * sin);
        self.ellipse(middle, (length * 0.5, length * 0.2), turn, colour);
        self.stroke((x, y), tip, 1.0, mix(colour, [255, 255, 255], 0.35));
    }

    /// The picture as PNG.
    pub(super) fn png(&self) -> image::ImageResult<Vec<u8>> {
        let mut bytes = Cursor::new(Vec::new());
        self.image.write_to(&mut bytes, ImageFormat::Png)?;
        Ok(bytes.into_inner())
    }
}

/// `a` with a share of `b`, from 0 to 1.
pub(super) fn mix(a: Colour, b: Colour, share: f32) -> Colour {
    let blend = |a: u8, b: u8| {
        let value = f32::from(a) + (f32::from(b) - f32::from(a)) * share;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a byte's range"
        )]
        let byte = value.round().clamp(0.0, 255.0) as u8;
        byte
    };
    [blend(a[0], b[0]), blend(a[1], b[1]), blend(a[2], b[2])]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the picture")]
fn pixel(at: f32, side: u32) -> u32 {
    at.clamp(0.0, pixels(side)) as u32
}

#[expect(clippy::cast_precision_loss, reason = "a picture's side is far below 2^24 pixels")]
fn pixels(n: u32) -> f32 {
    n as f32
}

fn ratio(n: u32, of: u32) -> f32 {
    pixels(n) / pixels(of.max(1))
}
