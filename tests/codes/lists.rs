//! The key list: one text for one list, refused when anything in it cannot be right, and a chain of roots.

use nguongoc::codes::Checker;
use nguongoc::keys::{
    Anchor, Host, KeyList, KeyName, KeyStatus, Keyring, ListError, ListedKey, NoteError, Quarter, Role,
    SecretKey, Trust,
};
use proptest::prelude::*;

use crate::{NOW, code_key, key, later, list, listed, rfc8032_key, root_key, signed};

const TEXT: &str = "t.example.vn/keys
sequence 7
issued 2026-11-23T00:00:00Z
valid-until 2027-03-31T00:00:00Z
key code active 2026-10-01T00:00:00Z 2027-01-31T00:00:00Z t.example.vn/code/2026q4+b157996e+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea
key code compromised 900 2026-10-01T00:00:00Z 2027-01-31T00:00:00Z t.example.vn/code/2026q3+ID3
key log active 2026-01-01T00:00:00Z - t.example.vn/log+839494d9+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea
";

fn text() -> String {
    let stolen = rfc8032_key("t.example.vn/code/2026q3");
    TEXT.replace("t.example.vn/code/2026q3+ID3", &stolen.verifier().to_string())
}

fn trust() -> Trust {
    Trust::new(root_key().verifier().clone()).unwrap()
}

#[test]
fn the_documented_list_parses_and_prints_the_same_bytes() {
    let list = KeyList::parse(&text()).unwrap();
    assert_eq!(list.to_string(), text());
    assert_eq!((list.sequence(), list.issued(), list.keys().len()), (7, NOW, 3));
    let found = list.lookup(code_key().verifier().id(), "T.Example.vn").unwrap();
    assert_eq!((found.role(), found.status()), (Role::Code, KeyStatus::Active));
    assert!(list.lookup(code_key().verifier().id(), "u.example.vn").is_none());
    let log = rfc8032_key("t.example.vn/log");
    assert_eq!(log.verifier().id().to_string(), "839494d9");
    assert!(list.lookup(log.verifier().id(), "t.example.vn").is_none(), "the log's key signs no codes");
}

#[test]
fn a_list_that_cannot_be_right_is_refused() {
    let text = text();
    let edits: &[(&str, &str)] = &[
        ("t.example.vn/keys", "T.example.vn/keys"),
        ("t.example.vn/keys", "t.example.vn/key"),
        ("t.example.vn/keys", "u.example.vn/keys"),
        ("t.example.vn/keys\n", "t.example.vn/keys\n\n"),
        ("sequence 7", "sequence 0"),
        ("sequence 7", "sequence 07"),
        ("sequence 7", "sequence +7"),
        ("sequence 7", "sequence  7"),
        ("sequence 7", "sequence 18446744073709551616"),
        ("sequence 7\n", ""),
        ("issued 2026-11-23T00:00:00Z", "issued 2026-11-23T00:00:00+00:00"),
        ("issued 2026-11-23T00:00:00Z", "issued 2026-11-23T00:00:00.5Z"),
        ("issued 2026-11-23T00:00:00Z", "issued 2026-11-31T00:00:00Z"),
        ("issued 2026-11-23T00:00:00Z", "issued 2026-11-23t00:00:00Z"),
        ("issued 2026-11-23T00:00:00Z", "issued 2028-11-23T00:00:00Z"),
        ("valid-until ", "valid until "),
        ("key code active 2026-10-01T00:00:00Z", "key code active  2026-10-01T00:00:00Z"),
        ("key code active 2026-10-01T00:00:00Z", "key log active 2026-10-01T00:00:00Z"),
        ("key code active 2026-10-01T00:00:00Z", "key code good 2026-10-01T00:00:00Z"),
        ("key code active 2026-10-01T00:00:00Z", "key code active 9 2026-10-01T00:00:00Z"),
        ("key code active 2026-10-01T00:00:00Z", "key code active 2027-10-01T00:00:00Z"),
        ("compromised 900", "compromised"),
        ("compromised 900", "compromised -1"),
        ("+b157996e+", "+b157996f+"),
        ("3B1Ea\n", "3B1Ea \n"),
        ("3B1Ea\nkey log", "3B1Ea\n\nkey log"),
    ];
    for (from, to) in edits {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text, "{from}");
        assert!(KeyList::parse(&edited).is_err(), "{from} -> {to}");
    }
    assert!(KeyList::parse(text.trim_end()).is_err());
    let twice = format!("{text}{}", text.lines().nth(4).unwrap().to_owned() + "\n");
    assert!(matches!(KeyList::parse(&twice), Err(ListError::SameId(_))));
}

#[test]
fn a_list_without_a_root_is_unanchored_and_with_one_must_be_signed_by_it() {
    let list = list(7, vec![listed(&code_key(), KeyStatus::Active)]);
    let note = signed(&list, &[&root_key()]);
    assert_eq!(KeyList::open_unanchored(&note).unwrap().anchor, Anchor::Unanchored);
    let opened = trust().accept(&note).unwrap();
    assert_eq!(opened.anchor, Anchor::Anchored(root_key().verifier().id()));
    assert_eq!(opened.list, list);

    let other = key("t.example.vn/root", [8; 32]);
    assert_eq!(trust().accept(&signed(&list, &[&other])), Err(ListError::NotAnchored));
    assert!(
        trust().accept(&signed(&list, &[&other, &root_key()])).is_ok(),
        "a second, unknown signature does no harm"
    );
    let altered = note.replace(" active ", " retired ");
    assert!(matches!(trust().accept(&altered), Err(ListError::Note(NoteError::WrongSignature(_)))));
    assert!(Trust::new(code_key().verifier().clone()).is_err(), "a code key is no root");
}

#[test]
fn a_list_of_another_host_is_refused_though_signed() {
    let foreign = KeyList::new(Host::parse("u.example.vn").unwrap(), 1, NOW, later(9), vec![]).unwrap();
    assert!(matches!(trust().accept(&signed(&foreign, &[&root_key()])), Err(ListError::OtherHost(_))));
}

#[test]
fn an_older_list_and_a_second_list_of_the_same_number_are_refused() {
    let at = |sequence, status| signed(&list(sequence, vec![listed(&code_key(), status)]), &[&root_key()]);
    let mut trust = trust();
    trust.accept(&at(7, KeyStatus::Active)).unwrap();
    trust.accept(&at(7, KeyStatus::Active)).unwrap();
    assert_eq!(trust.accept(&at(7, KeyStatus::Retired)), Err(ListError::Forked(7)));
    assert_eq!(trust.accept(&at(6, KeyStatus::Active)), Err(ListError::Older { given: 6, seen: 7 }));
    trust.accept(&at(9, KeyStatus::Retired)).unwrap();
    assert_eq!(trust.sequence(), Some(9));
}

#[test]
fn a_new_root_counts_only_after_the_old_one_signed_it() {
    let old = root_key();
    let next = key("t.example.vn/root", [8; 32]);
    let third = key("t.example.vn/root", [11; 32]);
    let by = |sequence, roots: &[(&SecretKey, KeyStatus)], signer| {
        signed(&list(sequence, roots.iter().map(|(key, status)| listed(key, *status)).collect()), &[signer])
    };
    let mut trust = trust();
    assert_eq!(
        trust.accept(&by(2, &[(&next, KeyStatus::Active)], &next)),
        Err(ListError::NotAnchored),
        "it cannot vouch for itself"
    );
    trust.accept(&by(2, &[(&next, KeyStatus::Active)], &old)).unwrap();
    assert_eq!(trust.roots().len(), 2);
    trust.accept(&by(3, &[(&old, KeyStatus::Retired), (&next, KeyStatus::Active)], &next)).unwrap();
    assert_eq!(trust.roots(), [next.verifier().clone()]);
    let stolen = by(4, &[(&third, KeyStatus::Active)], &old);
    assert_eq!(trust.accept(&stolen), Err(ListError::NotAnchored), "the old root is done");
}

#[test]
fn a_refused_list_leaves_trust_as_it_was() {
    let mut trust = trust();
    let before = trust.clone();
    let other = key("t.example.vn/root", [8; 32]);
    let _ = trust.accept(&signed(&list(5, vec![listed(&other, KeyStatus::Active)]), &[&other]));
    let _ = trust.accept("nonsense");
    assert_eq!(trust, before);
}

#[test]
fn names_of_keys_say_host_role_and_quarter() {
    let host = Host::parse("demo.example.vn").unwrap();
    let quarter = Quarter::parse("2026q4").unwrap();
    assert_eq!(KeyName::code(&host, quarter).to_string(), "demo.example.vn/code/2026q4");
    assert_eq!(quarter.next().to_string(), "2027q1");
    assert_eq!((quarter.first_month(), Quarter::new(2027, 2).unwrap().next().number()), (10, 3));
    for (name, role) in [
        ("demo.example.vn/root", Some(Role::Root)),
        ("demo.example.vn/log", Some(Role::Log)),
        ("demo.example.vn/code/2026q4", Some(Role::Code)),
        ("demo.example.vn/code/2026q0", None),
        ("demo.example.vn/code/2026Q4", None),
        ("demo.example.vn/code/+026q4", None),
        ("demo.example.vn/logs", None),
        ("Demo.example.vn/log", None),
        ("PeterNeumann", None),
    ] {
        assert_eq!(KeyName::parse(name).ok().and_then(|name| name.role()), role, "{name}");
    }
    for bad in ["", "a b", "a+b", "a\tb", "a\u{a0}b", "a\u{7f}b"] {
        assert!(KeyName::parse(bad).is_err(), "{bad:?}");
    }
    for bad in ["", "A.vn", ".vn", "vn.", "a..vn", "-a.vn", "a-.vn", "a_b.vn", "a.vn:80"] {
        assert!(Host::parse(bad).is_err(), "{bad}");
    }
}

fn any_key() -> impl Strategy<Value = ListedKey> {
    let name = prop_oneof![
        Just("t.example.vn/root".to_owned()),
        Just("t.example.vn/log".to_owned()),
        (2000..3000, 1..5).prop_map(|(year, quarter)| format!("t.example.vn/code/{year}q{quarter}")),
    ];
    let status = prop_oneof![
        Just(KeyStatus::Active),
        Just(KeyStatus::Retired),
        any::<u64>().prop_map(|last_good_log_size| KeyStatus::Compromised { last_good_log_size }),
    ];
    (name, any::<[u8; 32]>(), status, 0..9_000_i64, proptest::option::of(1..9_000_i64)).prop_map(
        |(name, seed, status, from, term)| {
            let until = term.map(|days| later(from + days));
            ListedKey::new(key(&name, seed).verifier().clone(), status, later(from), until).unwrap()
        },
    )
}

proptest! {
    #[test]
    fn a_list_prints_and_parses_to_itself(sequence in 1..u64::MAX, keys in proptest::collection::vec(any_key(), 0..5), extra in 0..999_999_i64) {
        let issued = nguongoc::kernel::Moment::from_micros(NOW.micros() + extra);
        let list = KeyList::new(Host::parse("t.example.vn").unwrap(), sequence, issued, later(90), keys).unwrap();
        let text = list.to_string();
        prop_assert_eq!(&KeyList::parse(&text).unwrap(), &list);
        prop_assert_eq!(KeyList::parse(&text).unwrap().to_string(), text);
    }

    #[test]
    fn one_changed_byte_is_refused_or_another_list(at in 0_usize..700, byte in 0x20_u8..0x7f) {
        let original = text();
        let mut bytes = original.clone().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        if let Ok(list) = KeyList::parse(&changed) {
            prop_assert_eq!(list.to_string(), changed);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = KeyList::parse(&text);
        let _ = KeyList::open_unanchored(&text).map(Checker::new);
        let _ = trust().accept(&text);
    }
}

#[test]
fn a_keyring_signs_only_with_a_key_that_the_list_lets_sign_now() {
    let (old, new) = (key("t.example.vn/code/2026q3", [3; 32]), code_key());
    let keys = |status| {
        let term = |key: &SecretKey, from, until| {
            ListedKey::new(key.verifier().clone(), status, later(from), Some(later(until))).unwrap()
        };
        vec![term(&new, -10, 80), term(&old, -100, 5), listed(&root_key(), KeyStatus::Active)]
    };
    let ring = |status| {
        let opened = trust().accept(&signed(&list(1, keys(status)), &[&root_key()])).unwrap();
        Keyring::new(vec![key("t.example.vn/code/2026q3", [3; 32]), code_key()], Some(opened))
    };
    let active = ring(KeyStatus::Active);
    let signing = |days| active.signing(Role::Code, later(days)).map(|key| key.verifier().name().to_string());
    assert_eq!(signing(-101), None);
    assert_eq!(signing(-50).as_deref(), Some("t.example.vn/code/2026q3"));
    assert_eq!(signing(0).as_deref(), Some("t.example.vn/code/2026q4"), "both may; the newer does");
    assert_eq!(signing(80), None);
    assert!(active.signing(Role::Root, NOW).is_none() && active.signing(Role::Log, NOW).is_none());
    assert!(ring(KeyStatus::Retired).signing(Role::Code, NOW).is_none());
    assert!(Keyring::default().signing(Role::Code, NOW).is_none());
}
