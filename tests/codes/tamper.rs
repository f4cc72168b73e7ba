//! One changed character, anywhere, in any way: never valid.

use nguongoc::codes::{Checked, Fault, SignatureState};
use nguongoc::keys::KeyStatus;

use crate::answers::{ALL, GTIN_LOT, NUMBER_UNIT};
use crate::{NOW, checker};

/// What a phone or a server would see after reading the printed text.
fn check(text: &str) -> Checked {
    checker(KeyStatus::Active).check(text, NOW)
}

fn must_fail(checker: &nguongoc::codes::Checker, url: &str, at: usize, other: char) {
    let mut changed: Vec<char> = url.chars().collect();
    changed[at] = other;
    let changed: String = changed.into_iter().collect();
    let checked = checker.check(&changed, NOW);
    assert!(!checked.is_valid(), "passed with {other:?} at {at}: {changed}");
    assert_ne!(checked.signature, SignatureState::Valid);
}

#[test]
fn one_changed_character_fails_at_each_position() {
    let checker = checker(KeyStatus::Active);
    // All characters that a code can hold in one code of each kind, a few in the other two.
    let every = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-/.:% é";
    let few = "07AVZ-/";
    for url in ALL {
        let all = url == GTIN_LOT || url == NUMBER_UNIT;
        let scheme_and_host = "https://T.EXAMPLE.VN".len();
        for (at, original) in url.chars().enumerate().skip(scheme_and_host) {
            for other in if all { every } else { few }.chars().filter(|c| c.to_ascii_uppercase() != original)
            {
                must_fail(&checker, url, at, other);
            }
        }
        for at in 0..scheme_and_host {
            let original = url.chars().nth(at).unwrap();
            for other in "xX0-./:@?#".chars().filter(|c| !c.eq_ignore_ascii_case(&original)) {
                must_fail(&checker, url, at, other);
            }
        }
    }
}

#[test]
fn a_character_left_out_or_doubled_fails() {
    let checker = checker(KeyStatus::Active);
    for url in ALL {
        for at in 0..url.len() {
            let shorter = format!("{}{}", &url[..at], &url[at + 1..]);
            let longer = format!("{}{}{}", &url[..at], &url[at..=at], &url[at..]);
            for changed in [shorter, longer] {
                assert!(!checker.check(&changed, NOW).is_valid(), "{changed}");
            }
        }
    }
}

#[test]
fn letters_in_any_case_pass_for_they_are_the_same_code() {
    for url in ALL {
        let lower = url.to_ascii_lowercase();
        let mixed: String = url
            .char_indices()
            .map(|(at, c)| if at > 7 && at % 2 == 0 { c.to_ascii_lowercase() } else { c })
            .collect();
        for same in [url.to_owned(), lower, mixed, format!("{url}?utm_source=x"), format!("{url}#top")] {
            let checked = check(&same);
            assert!(checked.is_valid(), "{same}");
            assert_eq!(checked.issuer.as_deref(), Some("t.example.vn"));
        }
    }
}

#[test]
fn a_signature_of_one_lot_does_not_serve_another() {
    let signature = &GTIN_LOT["https://T.EXAMPLE.VN/1/".len()..][..109];
    for path in [
        "01/09506000134352/10/L2611A08",
        "01/09506000134352/10/L2611A07/21/1",
        "01/09506000134352/21/L2611A07",
        "P/1000000014/L/L2611A07",
    ] {
        let checked = check(&format!("https://t.example.vn/1/{signature}/{path}"));
        assert_eq!((checked.signature, checked.fault), (SignatureState::Invalid, None), "{path}");
    }
}

#[test]
fn the_code_of_another_host_is_told_as_such() {
    for host in ["evil.example", "t.example.vn.evil.example", "x.t.example.vn", "t.example.vn."] {
        let checked = check(&GTIN_LOT.replace("T.EXAMPLE.VN", host));
        assert_eq!(checked.fault, Some(Fault::OtherHost), "{host}");
        assert_eq!(checked.signature, SignatureState::UnknownKey);
        assert_eq!(checked.issuer, None);
    }
}

/// How many changed codes are tried: few in the suite, as many as asked for by `scripts/campaign mutants`.
#[expect(clippy::disallowed_methods, reason = "how many is asked of the caller")]
fn asked() -> u64 {
    std::env::var("NGUONGOC_TEST_MUTANTS").map_or(20_000, |count| count.parse().expect("a count of codes"))
}

/// A generator of numbers from a seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    #[expect(clippy::cast_possible_truncation, reason = "an index into a short text")]
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % most as u64) as usize
    }
}

/// Changes a code in one of many ways, once to four times.
fn mutate(dice: &mut Dice) -> String {
    const OTHERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567019-/.:%=_~ ";
    let mut text = ALL[dice.below(ALL.len())].as_bytes().to_vec();
    for _ in 0..=dice.below(4) {
        let (at, other) = (dice.below(text.len()), dice.below(text.len()));
        match dice.below(7) {
            0 | 1 => text[at] = OTHERS[dice.below(OTHERS.len())],
            2 => drop(text.remove(at)),
            3 => text.insert(at, OTHERS[dice.below(OTHERS.len())]),
            4 => text.swap(at, other),
            // A piece again, or the same piece of another code.
            5 => {
                let end = (at + 1 + dice.below(12)).min(text.len());
                let piece = text[at..end].to_vec();
                text.splice(other..other, piece);
            }
            _ => {
                let donor = ALL[dice.below(ALL.len())].as_bytes();
                let end = (at + 1 + dice.below(120)).min(text.len()).min(donor.len());
                if at < end {
                    text[at..end].copy_from_slice(&donor[at..end]);
                }
            }
        }
    }
    String::from_utf8(text).expect("only ASCII")
}

#[test]
fn no_mutated_code_is_accepted() {
    let checker = checker(KeyStatus::Active);
    let (count, mut tried, mut dice) = (asked(), 0_u64, Dice(206));
    while tried < count {
        let changed = mutate(&mut dice);
        // What is a code as it was issued, in whatever spelling, is none of them.
        if ALL.iter().any(|url| url.eq_ignore_ascii_case(changed.trim())) {
            continue;
        }
        assert!(!checker.check(&changed, NOW).is_valid(), "accepted: {changed}");
        tried += 1;
    }
    println!("{tried} mutated codes: none was accepted");
}
