//! Private keys at rest: sealed with a passphrase, and never shown by accident.

use age::secrecy::SecretString;
use nguongoc::keys::{SealError, SecretError, SecretKey};

use crate::{RFC8032_SEED, code_key};

/// Quick and weak, for tests only.
const WORK: u8 = 4;

fn passphrase(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

#[test]
fn a_sealed_key_opens_with_its_passphrase_only() {
    let key = code_key();
    let sealed = key.seal(&passphrase("ruộng bậc thang"), WORK).unwrap();
    assert!(SecretKey::is_sealed(&sealed) && !SecretKey::is_sealed(key.reveal().as_bytes()));
    let opened = SecretKey::unseal(&sealed, &passphrase("ruộng bậc thang"), WORK).unwrap();
    assert_eq!(opened.verifier(), key.verifier());
    assert_eq!(opened.sign(b"x"), key.sign(b"x"));
    let refused =
        |bytes: &[u8], word: &str, most| SecretKey::unseal(bytes, &passphrase(word), most).unwrap_err();
    assert_eq!(refused(&sealed, "ruong bac thang", WORK), SealError::WrongPassphrase);
    assert_eq!(refused(&sealed, "ruộng bậc thang", WORK - 1), SealError::TooMuchWork);
    assert_eq!(refused(&sealed[..sealed.len() - 1], "ruộng bậc thang", WORK), SealError::Damaged);
    assert_eq!(refused(b"", "x", WORK), SealError::Damaged);
    assert_eq!(refused(key.reveal().as_bytes(), "x", WORK), SealError::Damaged);
    assert_eq!(key.seal(&passphrase("x"), 0), Err(SealError::WorkFactor));
    assert_eq!(key.seal(&passphrase("x"), 64), Err(SealError::WorkFactor));
}

#[test]
fn a_seal_around_something_else_is_told_as_such() {
    let mut recipient = age::scrypt::Recipient::new(passphrase("x"));
    recipient.set_work_factor(WORK);
    let sealed = age::encrypt(&recipient, b"not a key").unwrap();
    let refused = SecretKey::unseal(&sealed, &passphrase("x"), WORK).unwrap_err();
    assert_eq!(refused, SealError::Secret(SecretError::Shape));
}

#[test]
fn every_mangled_private_key_is_refused() {
    let text = code_key().reveal();
    let text = text.trim_end();
    assert!(SecretKey::parse(text).is_ok());
    for at in 0..text.len() {
        assert!(SecretKey::parse(&text[..at]).is_err());
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] += 1;
        assert!(SecretKey::parse(&String::from_utf8(bytes).unwrap()).is_err(), "position {at}");
    }
    assert!(SecretKey::parse(&format!("{text}\n\n")).is_err());
}

#[test]
fn nothing_printed_shows_the_secret() {
    let key = code_key();
    let base64 = key.reveal().rsplit('+').next().unwrap().trim_end().to_owned();
    let error = SecretKey::parse("PRIVATE+KEY+secretname+00000000+AAAA").unwrap_err();
    let shown = format!("{key:?} {key:#?} {:?} {error:?} {error}", key.verifier());
    assert!(
        !shown.contains(&base64) && !shown.contains(RFC8032_SEED) && !shown.contains("secretname"),
        "{shown}"
    );
    assert!(shown.contains("hidden"));
}
