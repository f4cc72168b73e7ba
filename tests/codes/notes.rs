//! Verifier keys and signed notes against the public vectors of Go's `sumdb/note`, and against mangling.

use ed25519_dalek::{Signature, Verifier};
use nguongoc::keys::{Note, NoteError, SecretKey, VerifierKey, VkeyError};
use proptest::prelude::*;
use sha2::{Digest, Sha512};

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
fn crafted_signatures_that_loose_checks_accept_are_refused() {
    let key = code_key();
    let (public, message) = (*key.verifier().public(), b"x");
    let seed = data_encoding::HEXLOWER.decode(crate::RFC8032_SEED.as_bytes()).unwrap();
    let loose = ed25519_dalek::SigningKey::from_bytes(&seed.try_into().unwrap());

    // R is the neutral element and S = H(R, A, M) · a: the owner of a key could make as many codes of one lot as he likes.
    let secret = loose.to_scalar();
    let one = secret * secret.invert();
    let neutral = [&[1][..], &[0; 31]].concat();
    let hash = Sha512::digest([&neutral, public.as_slice(), message].concat());
    let bits = hash.iter().rev().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    let hash = bits.fold(one - one, |sum, bit| if bit { sum + sum + one } else { sum + sum });
    let crafted: [u8; 64] = [neutral, (hash * secret).to_bytes().to_vec()].concat().try_into().unwrap();
    let accepted = loose.verifying_key().verify(message, &Signature::from_bytes(&crafted));
    assert!(accepted.is_ok(), "or this test would show nothing");
    assert!(!key.verifier().verify(message, &crafted));

    // The same S raised by the order of the group.
    let mut signature = key.sign(message);
    assert!(key.verifier().verify(message, &signature));
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let order = data_encoding::HEXLOWER.decode(order.as_bytes()).unwrap();
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let [low, high] = (u16::from(*byte) + u16::from(add) + carry).to_le_bytes();
        (*byte, carry) = (low, u16::from(high));
    }
    assert!(!key.verifier().verify(message, &signature));
    assert!(!key.verifier().verify(message, &[0; 64]));
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
