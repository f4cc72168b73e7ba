//! What the sample's products look like.

use super::painter::{Canvas, Colour, mix};

const SIDE: u32 = 480;
const GREEN: Colour = [62, 138, 58];
const DARK: Colour = [35, 98, 48];
const BROWN: Colour = [126, 88, 52];
const WHITE: Colour = [250, 250, 246];

/// The picture of the sample product drawn as `name`; `seed` turns and tints it a little, so that no two are the same.
pub(super) fn draw(name: &str, seed: u8) -> image::ImageResult<Vec<u8>> {
    let tint = f32::from(seed % 7) * 0.05;
    let turn = f32::from(seed % 9) * 3.0 - 12.0;
    let mut canvas = Canvas::new(SIDE, [246, 249, 242], [222, 231, 216]);
    let c = &mut canvas;
    match name {
        "leafy" => leafy(c, mix(GREEN, [150, 190, 70], tint * 2.0)),
        "cabbage" => cabbage(c),
        "tomato" => balls(c, &[(34.0, 62.0), (66.0, 64.0), (50.0, 42.0)], 19.0, [214, 52, 40], true),
        "plum" => {
            balls(c, &[(32.0, 60.0), (60.0, 66.0), (48.0, 42.0), (72.0, 48.0)], 15.0, [116, 36, 66], true);
        }
        "guava" => balls(c, &[(36.0, 60.0), (66.0, 58.0)], 21.0, [168, 200, 84], true),
        "pomelo" => balls(c, &[(50.0, 54.0)], 32.0, [222, 196, 66], true),
        "dragonfruit" => dragon_fruit(c),
        "grape" => grapes(c),
        "cucumber" => rods(c, turn, &[[88, 150, 62], [70, 132, 56], [98, 160, 70]], 11.0),
        "banana" => rods(c, turn + 20.0, &[[240, 205, 70], [228, 190, 58], [246, 214, 92]], 12.0),
        "carrot" => {
            rods(c, turn - 20.0, &[[232, 122, 38], [222, 110, 34], [240, 134, 52]], 11.0);
            leafy_tops(c);
        }
        "chayote" => balls(c, &[(38.0, 58.0), (64.0, 62.0)], 20.0, [138, 184, 96], false),
        "potato" => balls(c, &[(36.0, 56.0), (62.0, 66.0), (66.0, 42.0)], 17.0, [176, 96, 84], false),
        "mushroom" => mushrooms(c),
        "tea" => tea(c),
        "rice" => rice(c),
        "meat" => meat(c, turn),
        "chicken" => chicken(c),
        "eggs" => {
            balls(c, &[(34.0, 62.0), (52.0, 66.0), (68.0, 60.0), (50.0, 46.0)], 12.0, [226, 186, 146], false);
        }
        "fish" => fish(c),
        "milk" => bottle(c, WHITE, [70, 130, 190]),
        "honey" => jar(c, [222, 150, 34]),
        "jar" => jar(c, mix([150, 120, 50], GREEN, tint * 2.0)),
        _ => mixed(c),
    }
    canvas.png()
}

fn balls(c: &mut Canvas, at: &[(f32, f32)], r: f32, colour: Colour, stalk: bool) {
    for &(x, y) in at {
        c.ball((x, y), (r, r * 0.95), 0.0, colour);
        if stalk {
            c.stroke((x, y - r * 0.75), (x + r * 0.12, y - r * 1.15), r * 0.12, BROWN);
            c.leaf((x, y - r * 0.9), r * 0.8, -20.0, GREEN);
        }
    }
}

fn leafy(c: &mut Canvas, colour: Colour) {
    for step in -3_i8..=3 {
        let lean = f32::from(step) * 9.0;
        c.stroke((50.0, 86.0), (50.0 + lean * 0.9, 52.0), 3.0, mix(colour, WHITE, 0.45));
        c.leaf((50.0 + lean * 0.5, 62.0), 34.0, -90.0 + lean * 1.6, mix(colour, DARK, 0.2));
        c.leaf((50.0 + lean * 0.8, 54.0), 36.0, -90.0 + lean * 2.2, colour);
    }
    c.block((42.0, 76.0), (16.0, 5.0), 2.0, [196, 160, 96]);
}

fn leafy_tops(c: &mut Canvas) {
    for step in -2_i8..=2 {
        c.leaf((24.0, 26.0), 20.0, 215.0 + f32::from(step) * 16.0, GREEN);
    }
}

fn cabbage(c: &mut Canvas) {
    c.ball((50.0, 56.0), (34.0, 31.0), 0.0, [134, 186, 96]);
    for (turn, shade) in [(-130.0, 0.1), (-95.0, 0.25), (-60.0, 0.4), (-30.0, 0.15), (-150.0, 0.3)] {
        c.leaf((50.0, 74.0), 44.0, turn, mix([150, 198, 108], WHITE, shade));
    }
}

fn dragon_fruit(c: &mut Canvas) {
    c.ball((50.0, 54.0), (24.0, 31.0), 12.0, [206, 42, 96]);
    for (x, y, turn) in [
        (38.0, 40.0, 235.0),
        (60.0, 38.0, 300.0),
        (34.0, 58.0, 200.0),
        (66.0, 56.0, 340.0),
        (50.0, 30.0, 270.0),
    ] {
        c.leaf((x, y), 17.0, turn, [150, 178, 70]);
    }
}

fn grapes(c: &mut Canvas) {
    for (row, count) in [(0_u8, 5_u8), (1, 4), (2, 4), (3, 3), (4, 2), (5, 1)] {
        for place in 0..count {
            let x = 50.0 + (f32::from(place) - f32::from(count - 1) / 2.0) * 12.0;
            c.ball((x, 32.0 + f32::from(row) * 10.5), (7.2, 7.2), 0.0, [70, 40, 92]);
        }
    }
    c.stroke((50.0, 26.0), (53.0, 12.0), 2.4, BROWN);
    c.leaf((52.0, 18.0), 22.0, -12.0, GREEN);
}

fn rods(c: &mut Canvas, turn: f32, colours: &[Colour], width: f32) {
    let (sin, cos) = (turn + 40.0).to_radians().sin_cos();
    for (place, &colour) in (0_u8..).zip(colours) {
        let shift = f32::from(place) * (width + 2.0) - (width + 2.0);
        let at = |along: f32| (50.0 + along * cos - shift * sin, 52.0 + along * sin + shift * cos);
        c.stroke(at(-30.0), at(30.0), width, mix(colour, [0, 0, 0], 0.2));
        c.stroke(at(-29.0), at(29.0), width * 0.82, colour);
        c.stroke(at(-22.0), at(10.0), width * 0.16, mix(colour, WHITE, 0.5));
    }
}

fn mushrooms(c: &mut Canvas) {
    for (x, y, r) in [(34.0, 50.0, 19.0), (64.0, 46.0, 21.0), (50.0, 64.0, 17.0)] {
        c.stroke((x, y + 4.0), (x + 1.0, y + r * 1.35), r * 0.5, [236, 230, 214]);
        c.ball((x, y), (r, r * 0.62), -6.0, [244, 240, 228]);
    }
}

fn tea(c: &mut Canvas) {
    c.ellipse((50.0, 82.0), (34.0, 6.0), 0.0, [200, 206, 192]);
    c.block((28.0, 50.0), (44.0, 30.0), 14.0, WHITE);
    c.ellipse((50.0, 52.0), (22.0, 6.5), 0.0, [214, 218, 204]);
    c.ellipse((50.0, 52.5), (19.0, 5.0), 0.0, [168, 178, 70]);
    for (turn, length) in [(-120.0, 26.0), (-90.0, 32.0), (-58.0, 26.0)] {
        c.leaf((50.0, 44.0), length, turn, GREEN);
    }
}

fn rice(c: &mut Canvas) {
    c.ellipse((50.0, 78.0), (36.0, 9.0), 0.0, [176, 132, 84]);
    c.ellipse((50.0, 62.0), (32.0, 20.0), 0.0, [250, 246, 230]);
    for step in 0_u16..26 {
        let (x, y) = (26.0 + f32::from(step * 11 % 49), 48.0 + f32::from(step * 7 % 26));
        c.ellipse((x, y), (2.6, 1.0), f32::from(step) * 27.0, [226, 218, 190]);
    }
    c.stroke((72.0, 70.0), (84.0, 24.0), 1.2, [190, 160, 60]);
    for step in 0_u8..7 {
        c.ellipse(
            (83.0 - f32::from(step) * 1.4, 26.0 + f32::from(step) * 5.0),
            (3.0, 1.5),
            60.0,
            [220, 186, 80],
        );
    }
}

fn meat(c: &mut Canvas, turn: f32) {
    c.ellipse((50.0, 74.0), (38.0, 8.0), 0.0, [198, 204, 194]);
    c.ellipse((50.0, 54.0), (36.0, 23.0), turn, [150, 44, 46]);
    c.ellipse((49.0, 52.0), (35.0, 22.0), turn, [192, 70, 68]);
    for shift in [-10.0, -1.0, 8.0] {
        c.stroke((22.0, 52.0 + shift), (76.0, 50.0 + shift * 0.8 - turn * 0.3), 3.0, [244, 218, 206]);
    }
}

fn chicken(c: &mut Canvas) {
    c.ball((50.0, 56.0), (33.0, 22.0), -6.0, [238, 206, 150]);
    c.ball((70.0, 66.0), (14.0, 9.0), 28.0, [230, 194, 136]);
    c.stroke((80.0, 71.0), (92.0, 78.0), 3.4, [246, 232, 206]);
    c.ball((40.0, 52.0), (13.0, 8.0), -30.0, [230, 196, 138]);
}

fn fish(c: &mut Canvas) {
    c.ellipse((52.0, 76.0), (38.0, 5.0), 0.0, [198, 206, 200]);
    c.leaf((26.0, 54.0), 20.0, 150.0, [96, 120, 128]);
    c.leaf((26.0, 54.0), 20.0, 212.0, [96, 120, 128]);
    c.ball((54.0, 54.0), (34.0, 15.0), 0.0, [130, 156, 160]);
    c.ellipse((56.0, 59.0), (28.0, 8.0), 0.0, [212, 222, 218]);
    c.ellipse((76.0, 50.0), (3.2, 3.2), 0.0, WHITE);
    c.ellipse((76.5, 50.0), (1.7, 1.7), 0.0, [20, 24, 26]);
    for step in 0_u8..4 {
        let x = 34.0 + f32::from(step) * 9.0;
        c.stroke((x, 46.0), (x + 4.0, 54.0), 1.2, [92, 118, 124]);
    }
}

fn bottle(c: &mut Canvas, body: Colour, label: Colour) {
    c.ellipse((50.0, 89.0), (22.0, 4.0), 0.0, [196, 204, 196]);
    c.block((43.0, 12.0), (14.0, 10.0), 2.0, label);
    c.block((44.0, 20.0), (12.0, 16.0), 3.0, mix(body, [0, 0, 0], 0.08));
    c.block((33.0, 32.0), (34.0, 57.0), 9.0, mix(body, [0, 0, 0], 0.08));
    c.block((35.0, 33.0), (28.0, 55.0), 8.0, body);
    c.block((33.0, 50.0), (34.0, 22.0), 1.0, label);
    c.leaf((42.0, 61.0), 17.0, -20.0, WHITE);
}

fn jar(c: &mut Canvas, inside: Colour) {
    c.ellipse((50.0, 86.0), (28.0, 5.0), 0.0, [196, 204, 196]);
    c.block((26.0, 30.0), (48.0, 56.0), 10.0, mix(inside, [0, 0, 0], 0.2));
    c.block((28.0, 32.0), (42.0, 52.0), 9.0, inside);
    c.block((31.0, 36.0), (5.0, 40.0), 2.5, mix(inside, WHITE, 0.5));
    c.block((29.0, 18.0), (42.0, 13.0), 3.0, [172, 60, 48]);
    c.block((34.0, 50.0), (32.0, 18.0), 2.0, WHITE);
    c.leaf((43.0, 61.0), 16.0, -18.0, GREEN);
}

fn mixed(c: &mut Canvas) {
    c.block((20.0, 46.0), (60.0, 38.0), 6.0, [214, 190, 150]);
    c.ball((36.0, 46.0), (12.0, 12.0), 0.0, [214, 52, 40]);
    c.ball((58.0, 44.0), (13.0, 12.0), 0.0, [134, 186, 96]);
    c.stroke((66.0, 50.0), (80.0, 26.0), 8.0, [232, 122, 38]);
    c.leaf((46.0, 42.0), 24.0, -100.0, GREEN);
    c.leaf((50.0, 42.0), 24.0, -70.0, DARK);
    c.block((20.0, 56.0), (60.0, 28.0), 6.0, [226, 204, 166]);
}
