//! What another implementation must answer, written down from this one: the offline page's script is held to the same lines
//! (`assets/web/tests/parity.test.js`).
//!
//! Each line of the snapshot is one JSON document. `list`: a key list by name. `code`: an address under a list at a time, and the answer
//! of [`Checker::check`]. `trust`: notes handed to one [`Trust`] in order, each with the reason of its refusal. `key`: whether a
//! text is a verifier key.

use nguongoc::codes::Checker;
use nguongoc::kernel::Moment;
use nguongoc::keys::{KeyList, KeyStatus, ListError, Note, NoteError, SecretKey, Trust, VerifierKey};
use serde_json::{Value, json};

use crate::answers::{ALL, GTIN_LOT, GTIN_UNIT, NUMBER_LOT, NUMBER_UNIT, VKEY};
use crate::{Dice, NOW, code_key, key, later, list, listed, rfc8032_key, root_key, signed};

/// Signatures of the lot of [`GTIN_LOT`] by its key that lenient verifiers take; made by `assets/web/tests/crafted.js`. The first is
/// a good one with a nonce of its own.
const CRAFTED: [(&str, &str); 8] = [
    (
        "nothing",
        "WFLZS3SAA7NFLEZ7YTRUPPCFDM4HZ7XWWDP6Y6YU3JNKWFZY6R6FF533OCUBB76SJKHN4UVE6Z5Z2QMBBA2YGS2JCC57DQNCTG2Y3CKZ5WPQW",
    ),
    (
        "R is the identity",
        "WFLZS3QBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABQBCRPCXC6DCMCLYXXN5P4HGEAO2CUKD5JDRP3SFKBGMNXZ3NRA6",
    ),
    (
        "R is the identity, written with a sign",
        "WFLZS3QBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQA5F5HMQCWMIFKGLECQPJCKLGK5ZL3P4HO6WGIMJXQALWK3CPLGAI",
    ),
    (
        "R is the identity, written beyond the field",
        "WFLZS3XO777777777777777777777777777777777777777777777777P56L56ZHIAYI47Q2DHAHAK2VPICF3J6VFYBWMHQMG5VJESCO3TIA4",
    ),
    (
        "R is of order two",
        "WFLZS3XM777777777777777777777777777777777777777777777777P4NSAZTEEAHFKQH55BL4T2E33QODHFOD74DAYKMZNYEPNH4ZOPBAY",
    ),
    (
        "R is of order eight",
        "WFLZS3RG5CKY7QVSE6YELQ7URHZO7GHQ2XP2YBOTYYZTTMJYAKEG2U74AVWMKQCTIXVSHOUSQBRCBHW6Q5EWHC2GBL74SVLF4OCU3PEN2Q2AQ",
    ),
    (
        "R has a part of order eight",
        "WFLZS3TWADUWPGXND4YMBGZ2ABORIPHFWQKRWWCSQBUTWFTCI2OOPUIJNSWS3SLYVUC5MD7PZFGXUBNFRD22SISH4LUWKLPPPKST6YJIFE3A6",
    ),
    (
        "S is beyond the order of the group",
        "WFLZS3SAA7NFLEZ7YTRUPPCFDM4HZ7XWWDP6Y6YU3JNKWFZY6R6FF533OCK6J5BPMXY7BKT2SNZUAID345EYGS2JCC57DQNCTG2Y3CKZ5WPRW",
    ),
];

fn seconds(moment: Moment) -> i64 {
    moment.micros() / 1_000_000
}

/// The lists under which codes are checked.
fn lists() -> Vec<(&'static str, KeyList)> {
    let compromised = KeyStatus::Compromised { last_good_log_size: 900 };
    let one = |status| list(7, vec![listed(&code_key(), status), listed(&root_key(), KeyStatus::Active)]);
    let log = rfc8032_key("t.example.vn/log");
    vec![
        ("active", one(KeyStatus::Active)),
        ("retired", one(KeyStatus::Retired)),
        ("compromised", one(compromised)),
        ("log only", list(7, vec![listed(&log, KeyStatus::Active)])),
    ]
}

/// Every form that an address may be wrong or unusual in.
#[expect(clippy::too_many_lines, reason = "a list")]
fn addresses() -> Vec<String> {
    let path = |url: &str| url["https://T.EXAMPLE.VN".len()..].to_owned();
    let (lot, unit) = (path(GTIN_LOT), path(NUMBER_UNIT));
    let signature = &lot[3..112];
    let mut all: Vec<String> = ALL.iter().map(|url| (*url).to_owned()).collect();
    for url in ALL {
        all.extend([
            url.to_ascii_lowercase(),
            url.replacen("https", "HTTPS", 1),
            format!("{url}?s=1/2#/1/X"),
        ]);
        all.extend([
            format!("{url}/"),
            format!("{url}%20"),
            format!(" {url}"),
            url[..url.len() - 1].to_owned(),
        ]);
    }
    let at = |path: &str| format!("https://t.example.vn{path}");
    for path in [
        "",
        "/",
        "/1/",
        "/1/A",
        "/lot/3456789012",
        "/10/L1",
        "/01/",
        "/01/09506000134352",
        "/01/09506000134352/",
        "/01/09506000134352/10",
        "/01/09506000134352/10/",
        "/01/09506000134352/10/L1",
        "/01/09506000134352/10/l1",
        "/01/09506000134352/10/L%31",
        "/01/09506000134352/10/L 1",
        "/01/09506000134352/10/123456789012345678901",
        "/01/09506000134352/10/12345678901234567890/21/12345678901234567890",
        "/01/09506000134352/10/L1/",
        "/01/09506000134352/10/L1/21",
        "/01/09506000134352/10/L1/21/",
        "/01/09506000134352/10/L1/21/S1/",
        "/01/09506000134352/10/L1/10/L2",
        "/01/09506000134352/21/S1",
        "/01/09506000134352/21/S1/10/L1",
        "/01/09506000134352/L/L1",
        "/01/09506000134352/22/A/10/L1",
        "/01/9506000134352/10/L1",
        "/01/0950600013435A/10/L1",
        "/01/09506000134353/10/L1",
        "/01/00000000000000/10/L1",
        "/01/02012345678903/10/L1",
        "/01/00201234567899/10/L1",
        "/01/00412345678903/10/L1",
        "/01/00000020123451/10/L1",
        "/01/00000000012348/10/L1",
        "/01/00000096385074/10/L1",
        "/01/09801234567899/10/L1",
        "/01/09845678901232/10/L1",
        "/01/09857890123458/10/L1",
        "/01/00512345678900/10/L1",
        "/01/09912345678904/10/L1",
        "/P/1000000014/L/A",
        "/p/1000000014/l/a/s/b",
        "/P/1000000014/S/A",
        "/P/1000000014/10/L1",
        "/P/100000001/L/A",
        "/P/1000000015/L/A",
        "/P/2000000011/L/A",
        "/P/1000000014",
        "/P/1000000014/L/L\u{d4}7",
        "/P/1000000014/L/A.B",
        "/p/1000000014/l/\u{17f}1",
        "/p/1000000014/l/\u{131}1",
        "/p/1000000014/l/\u{212a}1",
        "/P/1000000014/L/\u{ff11}",
        "/\u{24e9}/1000000014/L/A",
    ] {
        all.push(at(path));
    }
    for rest in
        ["02/09506000134352/10/L1", "1/P/1000000014/L/A", "P/1000000014/L/A", "01/09506000134352/10/L2611A08"]
    {
        all.push(at(&format!("/1/{signature}/{rest}")));
    }
    for changed in [
        signature[1..].to_owned(),
        format!("0{}", &signature[1..]),
        format!("-{}", &signature[1..]),
        format!("{}B", &signature[..108]),
        format!("{}=", &signature[..108]),
        format!("AAAAAAA{}", &signature[7..]),
        signature.to_ascii_lowercase(),
    ] {
        all.push(at(&format!("/1/{changed}/01/09506000134352/10/L2611A07")));
    }
    all.push(at(&format!("/1/{signature}")));
    all.push(at(&format!("/1/{signature}/P/1000000014/L/{}/S/{}", "A".repeat(20), "B".repeat(40))));
    for front in [
        "http://t.example.vn",
        "Https://t.example.vn",
        "//t.example.vn",
        "",
        "t.example.vn",
        "https://t.example.vn:443",
        "https://t.example.vn:",
        "https://a@t.example.vn",
        "https://t.example.vn:x@evil.example",
        "https://",
        "https://t.example.vn.",
        "https://t.example.vn.evil.example",
        "https://t-example.vn",
        "https://t.exarnple.vn",
        "https://t.examp1e.vn",
        "https://xn--t.example.vn",
        "https://t.ex\u{430}mple.vn",
        "https://t\u{2024}example.vn",
        "https://t.example.vn\\.evil.example",
        "https://evil.example",
        "https://x.t.example.vn",
        "https://\u{17f}.example.vn",
    ] {
        all.extend([format!("{front}{lot}"), format!("{front}{unit}")]);
    }
    all.push(format!("https://{}{lot}", "a".repeat(253)));
    all.push(format!("https://{}{lot}", "a".repeat(254)));
    for (_, signature) in CRAFTED {
        all.push(at(&format!("/1/{signature}/01/09506000134352/10/L2611A07")));
    }
    let mut dice = Dice(2611);
    let signs: Vec<char> = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-/.:%?# \u{e9}".chars().collect();
    let mut roll = move |of: usize| usize::try_from(dice.next() % u64::try_from(of).unwrap()).unwrap();
    for number in 0..60 {
        let mut changed: Vec<char> = ALL[number % 4].chars().collect();
        let (at, sign) = (roll(changed.len()), signs[roll(signs.len())]);
        match number % 3 {
            0 => changed[at] = sign,
            1 => drop(changed.remove(at)),
            _ => changed.insert(at, sign),
        }
        all.push(changed.into_iter().collect());
    }
    all
}

fn word(error: &ListError) -> &'static str {
    match error {
        ListError::Note(NoteError::TooLarge) => "too_large",
        ListError::Note(NoteError::Control) => "control",
        ListError::Note(NoteError::Text) => "text",
        ListError::Note(NoteError::NoSignatures) => "no_signatures",
        ListError::Note(NoteError::SignatureLine(_)) => "signature_line",
        ListError::Note(NoteError::NotSigned) | ListError::NotAnchored => "not_anchored",
        ListError::Note(NoteError::WrongSignature(_)) => "wrong_signature",
        ListError::Line(_) => "line",
        ListError::Host(_) => "host",
        ListError::Key(..) => "key",
        ListError::Misplaced(_) => "misplaced",
        ListError::SameId(_) => "same_id",
        ListError::Term(_) => "term",
        ListError::Dates => "dates",
        ListError::TooMany => "too_many",
        ListError::Older { .. } => "older",
        ListError::Forked(_) => "forked",
        ListError::OtherHost(_) => "other_host",
    }
}

/// One trust that begins with the root, and the notes that it is handed.
fn trusted(name: &str, notes: &[String]) -> Value {
    let root = root_key().verifier().clone();
    let mut trust = Trust::new(root.clone()).unwrap();
    let steps = notes.iter().map(|note| {
        let refused = trust.accept(note).err();
        json!({
            "note": note,
            "refused": refused.as_ref().map(word),
            "roots": trust.roots().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "sequence": trust.sequence(),
        })
    });
    json!({ "trust": name, "root": root.to_string(), "steps": steps.collect::<Vec<_>>() })
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn trusts() -> Vec<Value> {
    let (old, next, third) =
        (root_key(), key("t.example.vn/root", [8; 32]), key("t.example.vn/root", [11; 32]));
    let by = |sequence, roots: &[(&SecretKey, KeyStatus)], signers: &[&SecretKey]| {
        signed(&list(sequence, roots.iter().map(|(key, status)| listed(key, *status)).collect()), signers)
    };
    let at = |sequence, status| signed(&list(sequence, vec![listed(&code_key(), status)]), &[&old]);
    let good = at(7, KeyStatus::Active);
    let (active, retired) = (KeyStatus::Active, KeyStatus::Retired);
    let mut all = vec![
        trusted("sequences", &[good.clone(), good.clone(), at(7, retired), at(6, active), at(9, retired)]),
        trusted(
            "successor",
            &[
                by(2, &[(&next, active)], &[&next]),
                by(2, &[(&next, active)], &[&old]),
                by(3, &[(&old, retired), (&next, active)], &[&next]),
                by(4, &[(&third, active)], &[&old]),
                by(
                    4,
                    &[(&next, KeyStatus::Compromised { last_good_log_size: 4 }), (&third, active)],
                    &[&third, &next],
                ),
                by(5, &[(&third, active)], &[&third]),
            ],
        ),
        trusted(
            "another's signature beside",
            &[
                by(1, &[(&old, active)], &[&third]),
                by(1, &[(&old, active)], &[&third, &old]),
                good.replace(" active ", " retired "),
            ],
        ),
        trusted(
            "another host",
            &[{
                let foreign =
                    KeyList::new("u.example.vn".parse().unwrap(), 1, NOW, later(9), vec![]).unwrap();
                signed(&foreign, &[&old])
            }],
        ),
        trusted(
            "broken notes",
            &[
                String::new(),
                "nonsense".to_owned(),
                good.trim_end().to_owned(),
                good.replacen("\n\n", "\n", 1),
                good.replacen("\u{2014} ", "- ", 1),
                good.replacen("\n\n", "\r\n\n", 1),
                format!("{good}\n"),
                format!("\n\n{good}"),
                format!("{good}{}", &good[good.rfind("\u{2014}").unwrap()..]),
                good.replace("\n\n", "\n\n\n"),
                "\n\n\u{2014} a AAAAAAA=\n".to_owned(),
                format!("{good}{}", "\u{2014} a AAAAAAA=\n".repeat(100)),
                format!("{good}\u{2014} a AAAAAAB=\n"),
                format!("{good}\u{2014} a b AAAAAAA=\n"),
                format!("{good}\u{2014} a\u{a0}b AAAAAAA=\n"),
                format!("{good}\u{2014} a AAAAAA==\n"),
                format!("{good}\u{2014} a AAAAAAA\n"),
            ],
        ),
    ];
    let text = list(7, vec![listed(&code_key(), active), listed(&rfc8032_key("t.example.vn/log"), active)])
        .to_string();
    let weak = "t.example.vn/code/2026q4+7bb06f6c+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let edits: &[(&str, &str)] = &[
        ("t.example.vn/keys", "T.example.vn/keys"),
        ("t.example.vn/keys", "t.example.vn/key"),
        ("t.example.vn/keys", "-t.example.vn/keys"),
        ("t.example.vn/keys", "u.example.vn/keys"),
        ("t.example.vn/keys\n", "t.example.vn/keys\n\n"),
        ("sequence 7", "sequence 0"),
        ("sequence 7", "sequence 07"),
        ("sequence 7", "sequence 18446744073709551615"),
        ("sequence 7", "sequence 18446744073709551616"),
        ("sequence 7\n", ""),
        ("issued 2026-11-23T00:00:00Z", "issued 2026-11-23T00:00:00.5Z"),
        ("issued 2026-11-23T00:00:00Z", "issued 2026-11-31T00:00:00Z"),
        ("issued 2026-11-23T00:00:00Z", "issued 2026-11-23T24:00:00Z"),
        ("issued 2026-11-23T00:00:00Z", "issued 2026-11-23t00:00:00Z"),
        ("issued 2026-11-23T00:00:00Z", "issued 2028-11-23T00:00:00Z"),
        ("valid-until ", "valid until "),
        ("key code active", "key code active "),
        ("key code active", "key log active"),
        ("key code active", "key wood active"),
        ("key code active", "key code good"),
        ("key code active", "key code compromised"),
        ("key code active", "key code compromised -1"),
        ("key code active", "key code compromised 900"),
        ("key code active", "key code active 9"),
        ("key code active 2026", "key code active 2027"),
        ("+b157996e+", "+b157996f+"),
        ("+b157996e+", "+B157996E+"),
        ("3B1Ea\nkey log", "3B1Ea \nkey log"),
        ("3B1Ea\nkey log", "3B1Ea x\nkey log"),
        ("3B1Ea\nkey log", "3B1Eb\nkey log"),
        ("3B1Ea\nkey log", "3B1Ea\n\nkey log"),
        (VKEY, weak),
        ("/code/2026q4+", "/code/2026q5+"),
        ("/log+", "/logs+"),
    ];
    let mut edited: Vec<String> = edits
        .iter()
        .map(|(from, to)| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            changed
        })
        .collect();
    let second = text.lines().nth(4).unwrap();
    edited.push(format!("{text}{second}\n"));
    // Each in a trust of its own: the highest number would shut out the rest.
    for (number, text) in edited.iter().enumerate() {
        let note = Note::sign(text, &[&old]).unwrap().to_string();
        all.push(trusted(&format!("edit {number}"), &[note]));
    }
    all
}

fn keys() -> Vec<String> {
    let named = |name: &str| rfc8032_key(name).verifier().to_string();
    let mut keys =
        vec![VKEY.to_owned(), named("t.example.vn/root"), named("PeterNeumann"), named("\u{1ea1}/root")];
    keys.extend([
        VKEY.replace("+b1", "+b2"),
        VKEY.replace('+', " "),
        format!("{VKEY}="),
        format!("{VKEY}\n"),
        String::new(),
    ]);
    keys
}

#[test]
fn the_answers_are_those_written_down() {
    let mut lines: Vec<Value> = Vec::new();
    for (name, list) in lists() {
        lines.push(json!({ "list": name, "note": signed(&list, &[&root_key()]) }));
        let note = signed(&list, &[&root_key()]);
        let trusted = Trust::new(root_key().verifier().clone()).unwrap().accept(&note).unwrap();
        let checker = Checker::new(trusted);
        let asked =
            if name == "active" { addresses() } else { vec![GTIN_UNIT.to_owned(), NUMBER_LOT.to_owned()] };
        for address in asked {
            let answer = serde_json::to_value(checker.check(&address, later(3))).unwrap();
            lines.push(json!({ "code": address, "list": name, "now": seconds(later(3)), "answer": answer }));
        }
        let answer = serde_json::to_value(checker.check(GTIN_LOT, later(200))).unwrap();
        lines.push(json!({ "code": GTIN_LOT, "list": name, "now": seconds(later(200)), "answer": answer }));
    }
    lines.extend(trusts());
    for text in keys() {
        let key = VerifierKey::parse(&text).ok();
        lines.push(json!({ "key": text, "fingerprint": key.map(|key| key.fingerprint()) }));
    }
    // Members that say nothing are left out: the file stays small.
    for line in &mut lines {
        if let Some(answer) = line.get_mut("answer").and_then(Value::as_object_mut) {
            answer.retain(|_, value| !value.is_null());
        }
    }
    let told: Vec<String> = lines.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!("vectors", told.join("\n"));
}

#[test]
fn crafted_signatures_are_refused_and_the_plain_one_is_not() {
    let checker = crate::checker(KeyStatus::Active);
    for (wrong, signature) in CRAFTED {
        let checked =
            checker.check(&format!("https://t.example.vn/1/{signature}/01/09506000134352/10/L2611A07"), NOW);
        assert_eq!(checked.is_valid(), wrong == "nothing", "{wrong}");
        assert_eq!(checked.fault, None, "{wrong}");
    }
}
