//! Serials of packs: the permutation against the samples of its standard, and each serial back to its index.

use aes::{Aes128, Aes192, Aes256};
use fpe::ff1::{FF1, FlexibleNumeralString};
use nguongoc::codes::runs::{MOST_SERIALS, Scatter};
use nguongoc::kernel::ProductNumber;
use proptest::prelude::*;

/// The digits of a serial.
const DIGITS: usize = 12;

fn digits(text: &str) -> Vec<u16> {
    text.bytes().map(|digit| u16::from(digit - b'0')).collect()
}

fn letters(digits: &[u16]) -> String {
    digits.iter().map(ToString::to_string).collect()
}

/// The samples of NIST for FF1 with AES-128, AES-192 and AES-256 in decimal.
#[test]
fn known_answers_of_the_standard() {
    let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
    let key = "2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f7f036d6f04fc6a94";
    let answers = [
        (16, "", "2433477484"),
        (16, "39383736353433323130", "6124200773"),
        (24, "", "2830668132"),
        (24, "39383736353433323130", "2496655549"),
        (32, "", "6657667009"),
        (32, "39383736353433323130", "1001623463"),
    ];
    for (bytes, tweak, expected) in answers {
        let key = match bytes {
            16 => hex("2b7e151628aed2a6abf7158809cf4f3c"),
            24 => hex("2b7e151628aed2a6abf7158809cf4f3cef4359d8d580aa4f"),
            _ => hex(key),
        };
        let plain = FlexibleNumeralString::from(digits("0123456789"));
        let (sealed, back): (Vec<u16>, Vec<u16>) = match bytes {
            16 => both(&FF1::<Aes128>::new(&key, 10).unwrap(), &hex(tweak), &plain),
            24 => both(&FF1::<Aes192>::new(&key, 10).unwrap(), &hex(tweak), &plain),
            _ => both(&FF1::<Aes256>::new(&key, 10).unwrap(), &hex(tweak), &plain),
        };
        assert_eq!(letters(&sealed), expected);
        assert_eq!(letters(&back), "0123456789");
    }
}

fn both<C>(ff1: &FF1<C>, tweak: &[u8], plain: &FlexibleNumeralString) -> (Vec<u16>, Vec<u16>)
where
    C: aes::cipher::BlockCipherEncrypt + Clone,
{
    let sealed = ff1.encrypt(tweak, plain).unwrap();
    let back = ff1.decrypt(tweak, &sealed).unwrap();
    (sealed.into(), back.into())
}

proptest! {
    #[test]
    fn each_index_has_one_serial_and_back(index in 0..MOST_SERIALS, seed: u64, other: u64) {
        let scatter = Scatter::under(&[7; 32]).unwrap();
        let product = ProductNumber::from_seed(seed);
        let serial = scatter.serial(&product, index).unwrap();
        prop_assert_eq!(serial.as_str().len(), DIGITS);
        // What the standard gives for the index in decimal under the product's number.
        let plain = FlexibleNumeralString::from(digits(&format!("{index:012}")));
        let (sealed, _) = both(&FF1::<Aes256>::new(&[7; 32], 10).unwrap(), product.as_str().as_bytes(), &plain);
        prop_assert_eq!(serial.as_str(), letters(&sealed));
        prop_assert_eq!(scatter.index(&product, &serial), Some(index));
        let elsewhere = ProductNumber::from_seed(other);
        prop_assume!(elsewhere != product);
        prop_assert_ne!(scatter.serial(&elsewhere, index), Some(serial));
    }
}
