//! Verifier keys and signed notes against the public vectors of Go's `sumdb/note`, and against mangling.

use nguongoc::keys::{Note, NoteError, SecretKey, VerifierKey, VkeyError};
use proptest::prelude::*;

use crate::{code_key, key};

const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_LINE: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

fn vkey(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

fn open(note: &str, keys: &[VerifierKey]) -> Result<Vec<String>, NoteError> {
    let opened = Note::parse(note)?.open(keys)?;
    assert_eq!(opened.text, TEXT);
    Ok(opened.signers.into_iter().map(|(name, _)| name.to_string()).collect())
}

#[test]
fn signing_gives_the_published_note() {
    let peter = SecretKey::parse(PETER_SECRET).unwrap();
    assert_eq!(peter.verifier().to_string(), PETER);
    let mut note = Note::sign(TEXT, &[&peter]).unwrap();
    assert_eq!(note.to_string(), format!("{TEXT}\n{PETER_LINE}"));
    note.add(&peter);
    assert_eq!(note.to_string(), format!("{TEXT}\n{PETER_LINE}"), "the old signature gives way");
    assert_eq!(peter.reveal().as_str(), format!("{PETER_SECRET}\n"));
}

#[test]
fn the_published_notes_open_as_published() {
    let both = format!("{TEXT}\n{PETER_LINE}{ENOCH_LINE}");
    assert_eq!(open(&both, &[vkey(PETER)]).unwrap(), ["PeterNeumann"]);
    assert_eq!(open(&both, &[vkey(PETER), vkey(ENOCH)]).unwrap(), ["PeterNeumann", "EnochRoot"]);
    assert_eq!(open(&both, &[]), Err(NoteError::NotSigned));
    assert_eq!(open(&format!("{TEXT}\n{PETER_LINE}{PETER_LINE}"), &[vkey(PETER)]).unwrap(), ["PeterNeumann"]);
    assert_eq!(
        open(&format!("{TEXT}\n{}", PETER_LINE.repeat(101)), &[vkey(PETER)]),
        Err(NoteError::TooLarge)
    );
    assert!(open(&format!("{TEXT}\n{}", PETER_LINE.repeat(100)), &[vkey(PETER)]).is_ok());
}

#[test]
fn a_wrong_signature_of_a_known_key_spoils_the_note_and_of_an_unknown_one_does_not() {
    let at = 60;
    let wrong = format!("{}ABCD{}", &PETER_LINE[..at], &PETER_LINE[at..]);
    let note = format!("{TEXT}\n{ENOCH_LINE}{wrong}");
    assert!(matches!(open(&note, &[vkey(PETER), vkey(ENOCH)]), Err(NoteError::WrongSignature(_))));
    assert_eq!(open(&note, &[vkey(ENOCH)]).unwrap(), ["EnochRoot"]);
    let altered = format!("{TEXT}\n{PETER_LINE}").replace("cryptography", "cryptographY");
    assert!(matches!(Note::parse(&altered).unwrap().open(&[vkey(PETER)]), Err(NoteError::WrongSignature(_))));
}

#[test]
fn a_name_or_an_id_alone_does_not_make_a_known_key() {
    let renamed = PETER_LINE.replace("PeterNeumann", "PeterNeuman");
    assert_eq!(open(&format!("{TEXT}\n{renamed}"), &[vkey(PETER)]), Err(NoteError::NotSigned));
    let other_key = key("PeterNeumann", [1; 32]);
    let note = Note::sign(TEXT, &[&other_key]).unwrap().to_string();
    assert_eq!(open(&note, &[vkey(PETER)]), Err(NoteError::NotSigned));
}

#[test]
fn malformed_notes_are_refused() {
    for bad in [
        String::new(),
        "\n".into(),
        "\n\n".into(),
        TEXT.into(),
        format!("{TEXT}\n"),
        format!("{TEXT}\n\n"),
        format!("\n{PETER_LINE}"),
        format!("{TEXT}\n{}", PETER_LINE.trim_end()),
        format!("{TEXT}\n{PETER_LINE}\n"),
        format!("\u{1}{TEXT}\n{PETER_LINE}"),
        format!("{}\r\n\n{PETER_LINE}", TEXT.trim_end()),
        format!("{TEXT}\n{}", PETER_LINE.replace("PeterNeumann", "Bad Name")),
        format!("{TEXT}\n{}", PETER_LINE.replace("PeterNeumann", "Bad+Name")),
        format!("{TEXT}\n{}", PETER_LINE.replace('—', "-")),
        format!("{TEXT}\n{}", PETER_LINE.replace("AM=", "AM")),
        format!("{TEXT}\n{}", PETER_LINE.replace("AM=", "AN=")),
        format!("{TEXT}\n{}", PETER_LINE.replace(" x0", "  x0")),
        format!("{TEXT}\n— PeterNeumann x08gow==\n"),
        format!("{TEXT}\n{PETER_LINE}Unexpected line.\n"),
        format!("{TEXT}{}\n{PETER_LINE}", "x\n".repeat(600_000)),
    ] {
        assert!(Note::parse(&bad).is_err(), "{:?}", &bad[..bad.len().min(300)]);
    }
    let peter = SecretKey::parse(PETER_SECRET).unwrap();
    for bad in ["", "\n", "abc", "a\tb\n"] {
        assert!(Note::sign(bad, &[&peter]).is_err(), "{bad:?}");
    }
}

#[test]
fn every_mangled_verifier_key_is_refused() {
    for text in [PETER, ENOCH, crate::answers::VKEY] {
        assert_eq!(vkey(text).to_string(), text);
        for start in 0..text.len() {
            for end in start + 1..=text.len() {
                assert!((start, end) == (0, text.len()) || VerifierKey::parse(&text[start..end]).is_err());
            }
        }
        for at in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] += 1;
            let mangled = String::from_utf8(bytes).unwrap();
            assert!(VerifierKey::parse(&mangled).is_err(), "{mangled}");
        }
    }
    for (text, error) in [
        ("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", VkeyError::Base64),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", VkeyError::Algorithm),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", VkeyError::Id),
        ("PeterNeumann+c74f20a3", VkeyError::Shape),
        // The neutral element: any signature could be made to pass under it.
        ("a+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", VkeyError::Point),
    ] {
        assert_eq!(VerifierKey::parse(text), Err(error), "{text}");
    }
}

#[test]
fn a_signature_of_small_order_is_refused() {
    // R and S zero under the honest key, and S raised by the group's order: both are malleations that loose checks accept.
    let key = code_key();
    let mut signature = key.sign(b"x");
    assert!(key.verifier().verify(b"x", &signature));
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0_u16;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    assert!(!key.verifier().verify(b"x", &signature));
    assert!(!key.verifier().verify(b"x", &[0; 64]));
}

proptest! {
    #[test]
    fn a_note_prints_and_parses_to_itself(lines in proptest::collection::vec("[ -~éạ\n]{0,30}", 1..6), seed in any::<[u8; 32]>()) {
        let text = format!("{}\n", lines.join("\n"));
        prop_assume!(text.len() > 1);
        let key = key("t.example.vn/log", seed);
        let note = Note::sign(&text, &[&key, &code_key()]).unwrap();
        let parsed = Note::parse(&note.to_string()).unwrap();
        prop_assert_eq!(&parsed, &note);
        prop_assert_eq!(parsed.open(&[key.verifier().clone()]).unwrap().text, text);
    }

    #[test]
    fn a_verifier_key_prints_and_parses_to_itself(name in "[a-zé0-9./-]{1,40}", seed in any::<[u8; 32]>()) {
        let secret = key(&name, seed);
        let text = secret.verifier().to_string();
        prop_assert_eq!(&VerifierKey::parse(&text).unwrap(), secret.verifier());
        let again = SecretKey::parse(&secret.reveal()).unwrap();
        prop_assert_eq!(again.verifier(), secret.verifier());
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in any::<String>(), near in "[a-z]{1,3}\n\n(— [a-z+ ]{1,4} [A-Za-z0-9+/=]{0,12}\n?){0,3}") {
        for text in [&text, &near] {
            if let Ok(note) = Note::parse(text) {
                prop_assert_eq!(&note.to_string(), text);
            }
            let _ = VerifierKey::parse(text);
            let _ = SecretKey::parse(text);
            let _ = SecretKey::parse(&format!("PRIVATE+KEY+{text}"));
        }
    }
}
