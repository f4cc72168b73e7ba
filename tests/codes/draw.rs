//! Segments are the best there are, symbols the smallest, and each drawing has its size, margin and form.

use nguongoc::codes::{DrawError, Mode, Segment, Symbol, TerminalInk, plan};
use proptest::prelude::*;

use crate::answers::ALL;
use crate::decoders::DECODERS;
use crate::picture::{from_png, from_svg};

fn bits(segment: &Segment, version: u8) -> usize {
    let length = segment.end - segment.start;
    let packed = match segment.mode {
        Mode::Numeric => (10 * length).div_ceil(3),
        Mode::Alphanumeric => (11 * length).div_ceil(2),
        Mode::Byte => 8 * length,
    };
    4 + segment.mode.count_bits(version) + packed
}

/// The least bits of any division at all: every way to cut the text, every mode for each piece.
fn least_by_trying_all(text: &[u8], version: u8) -> usize {
    if text.is_empty() {
        return 0;
    }
    let pieces = (1..=text.len()).flat_map(|end| {
        [Mode::Numeric, Mode::Alphanumeric, Mode::Byte].map(|mode| Segment { mode, start: 0, end })
    });
    let lawful = pieces.filter(|piece| text[..piece.end].iter().all(|byte| piece.mode.holds(*byte)));
    lawful
        .map(|piece| bits(&piece, version) + least_by_trying_all(&text[piece.end..], version))
        .min()
        .unwrap()
}

/// A plan must be lawful: it covers the text without gaps, each piece in a mode that holds it, no neighbours alike.
fn assert_lawful(text: &[u8], segments: &[Segment], total: usize, version: u8) {
    let mut at = 0;
    for (place, segment) in segments.iter().enumerate() {
        assert_eq!(segment.start, at);
        assert!(segment.end > at && text[at..segment.end].iter().all(|byte| segment.mode.holds(*byte)));
        assert!(place == 0 || segments[place - 1].mode != segment.mode);
        at = segment.end;
    }
    assert_eq!(at, text.len());
    assert_eq!(segments.iter().map(|segment| bits(segment, version)).sum::<usize>(), total);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn no_division_of_a_short_text_is_better(text in "[0-9A-Za:]{0,9}", version in prop_oneof![Just(1_u8), Just(10), Just(27)]) {
        let (segments, total) = plan(text.as_bytes(), version);
        assert_lawful(text.as_bytes(), &segments, total, version);
        prop_assert_eq!(total, least_by_trying_all(text.as_bytes(), version));
    }

    #[test]
    fn no_single_mode_division_of_runs_is_better(runs in proptest::collection::vec("([0-9]{1,18}|[A-Z]{1,14}|[a-z]{1,9})", 1..8)) {
        // Long enough runs that switching pays; compared with the naive division by runs and with all-bytes.
        let text = runs.concat();
        let (segments, total) = plan(text.as_bytes(), 1);
        assert_lawful(text.as_bytes(), &segments, total, 1);
        let all_bytes = bits(&Segment { mode: Mode::Byte, start: 0, end: text.len() }, 1);
        let by_runs: usize = runs.iter().map(|run| {
            let mode = match run.as_bytes()[0] { b'0'..=b'9' => Mode::Numeric, b'A'..=b'Z' => Mode::Alphanumeric, _ => Mode::Byte };
            bits(&Segment { mode, start: 0, end: run.len() }, 1)
        }).sum();
        prop_assert!(total <= all_bytes.min(by_runs));
    }
}

#[test]
fn a_lot_code_is_version_7_and_a_unit_code_version_8_at_most() {
    let versions = ALL.map(|url| Symbol::of(url).unwrap().version());
    // A unit code with a registry number is short enough for version 7.
    assert_eq!(versions, [7, 8, 7, 7]);
    let lot = Symbol::of(ALL[0]).unwrap();
    assert_eq!((lot.width(), lot.full_width()), (45, 53));
    assert_eq!((lot.side_micrometres(), Symbol::of(ALL[1]).unwrap().side_micrometres()), (19_894, 21_396));
}

#[test]
fn the_smallest_version_is_taken_at_each_border() {
    // Capacity of M in alphanumeric characters: version 1 holds 20, 2 holds 38, 9 holds 262, 10 holds 311, 40 holds 3391.
    for (length, version) in
        [(1, 1), (20, 1), (21, 2), (38, 2), (39, 3), (262, 9), (263, 10), (311, 10), (312, 11), (3391, 40)]
    {
        assert_eq!(Symbol::of(&"A".repeat(length)).unwrap().version(), version, "{length}");
    }
    assert_eq!(Symbol::of(&"A".repeat(3392)), Err(DrawError::TooLong));
    assert!(Symbol::of("").is_ok());
}

#[test]
fn the_svg_has_its_print_size_and_a_harmless_title() {
    let svg = Symbol::of(ALL[0]).unwrap().svg("Rau <muống> & \"cải\"\u{1}");
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"19.894mm\" height=\"19.894mm\" viewBox=\"0 0 53 53\""), "{svg}");
    assert!(
        svg.contains("shape-rendering=\"crispEdges\"")
            && svg.contains("<title>Rau &lt;muống&gt; &amp; &quot;cải&quot; </title>")
    );
    assert!(!svg.contains("<script") && !svg.contains("style="));
    assert!(svg.len() < 12_000, "{} bytes", svg.len());
}

#[test]
fn the_png_is_small_and_knows_its_print_size() {
    let symbol = Symbol::of(ALL[0]).unwrap();
    let file = symbol.png(6).unwrap();
    assert!(file.len() < 8_000, "{} bytes", file.len());
    assert_eq!(&file[33..33 + 8], b"\0\0\0\x09pHYs");
    let per_metre = u32::from_be_bytes(file[41..45].try_into().unwrap());
    // Six pixels a module, a module is 3/203 inch.
    assert_eq!(per_metre, 15_984);
    assert_eq!(from_png(&file).dimensions(), (53 * 6, 53 * 6));
    let mut rest = &file[8..];
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (chunk, after) = after.split_at(4 + u32::from_be_bytes(*length) as usize);
        let (check, after) = after.split_first_chunk::<4>().unwrap();
        assert_eq!(u32::from_be_bytes(*check), crc32(chunk), "{:?}", &chunk[..4]);
        rest = after;
    }
    assert_eq!(symbol.png(0).unwrap(), symbol.png(1).unwrap());
}

/// By division of polynomials, most significant bit first: another way than the crate's.
fn crc32(bytes: &[u8]) -> u32 {
    let bits = bytes.iter().chain(&[0; 4]).flat_map(|byte| (0..8).map(move |bit| u64::from(byte >> bit & 1)));
    let divided = bits.enumerate().fold(0_u64, |rest, (at, bit)| {
        let rest = rest << 1 | (bit ^ u64::from(at < 32));
        if rest >> 32 == 1 { rest ^ 0x1_04c1_1db7 } else { rest }
    });
    !u32::try_from(divided).unwrap().reverse_bits()
}

#[test]
fn each_drawing_keeps_the_quiet_zone() {
    let symbol = Symbol::of(ALL[1]).unwrap();
    let side = symbol.full_width();
    for at in 0..side {
        for edge in 0..4 {
            assert!(
                ![(at, edge), (at, side - 1 - edge), (edge, at), (side - 1 - edge, at)]
                    .iter()
                    .any(|(x, y)| symbol.dark(*x, *y))
            );
        }
    }
    assert!(symbol.dark(4, 4) && symbol.dark(side - 5, 4) && symbol.dark(4, side - 5));
}

/// What a screen shows: the modules of a terminal drawing, as a picture of four pixels a module.
fn screenshot(lines: &str, ink: TerminalInk) -> image::GrayImage {
    let mut rows: Vec<Vec<bool>> = Vec::new();
    for line in lines.lines() {
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        let (mut fore, mut back) = (false, false);
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("\u{1b}[") {
                let (codes, after) = after.split_once('m').unwrap();
                if codes != "0" {
                    let numbers: Vec<&str> = codes.split(';').collect();
                    assert_eq!((numbers[0], numbers[1], numbers[3], numbers[4]), ("38", "5", "48", "5"));
                    (fore, back) = (numbers[2] == "16", numbers[5] == "16");
                }
                rest = after;
                continue;
            }
            let (up, down) = match c {
                '█' => (true, true),
                '▀' => (true, false),
                '▄' => (false, true),
                ' ' => (false, false),
                other => panic!("{other:?}"),
            };
            // Each half shows the text's colour where the block fills it, else the ground's.
            let shows = |filled: bool| match ink {
                TerminalInk::Colour => {
                    if filled {
                        fore
                    } else {
                        back
                    }
                }
                TerminalInk::LightOnDark => !filled,
                TerminalInk::DarkOnLight => filled,
            };
            upper.push(shows(up));
            lower.push(shows(down));
            rest = &rest[c.len_utf8()..];
        }
        rows.extend([upper, lower]);
    }
    let side = u32::try_from(rows[0].len()).unwrap();
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "all lines are equally long");
    image::GrayImage::from_fn(side * 4, u32::try_from(rows.len()).unwrap() * 4, |x, y| {
        image::Luma([if rows[(y / 4) as usize][(x / 4) as usize] { 0 } else { 255 }])
    })
}

#[test]
fn the_terminal_shows_the_symbol_dark_on_light_in_each_ink() {
    for url in [ALL[0], ALL[1]] {
        let symbol = Symbol::of(url).unwrap();
        let expected = from_svg(&symbol.svg(""), 4);
        for ink in [TerminalInk::Colour, TerminalInk::LightOnDark, TerminalInk::DarkOnLight] {
            let lines = symbol.terminal(ink);
            let shown = screenshot(&lines, ink);
            let cut = image::imageops::crop_imm(&shown, 0, 0, expected.width(), expected.height()).to_image();
            assert_eq!(cut, expected, "{ink:?}");
            assert!(
                shown.enumerate_pixels().all(|(_, y, pixel)| y < expected.height() || pixel.0 == [255]),
                "the last half row is light"
            );
            for (decoder, reads) in DECODERS {
                assert_eq!(reads(&shown).as_deref(), Some(url), "{decoder} {ink:?}");
            }
            assert_eq!(lines.contains('\u{1b}'), ink == TerminalInk::Colour);
        }
    }
}
