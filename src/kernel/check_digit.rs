//! The GS1 mod-10 check digit (GS1 General Specifications §7.9), for numbers of any length.
//!
//! From the right, without the check digit, the digits weigh 3, 1, 3, 1 …; the check digit brings the sum to a multiple of ten.

/// The check digit, 0–9, of digits that do not have one yet; nothing when a character is not an ASCII digit or none is given.
///
/// ```
/// use nguongoc::kernel::check_digit;
/// assert_eq!(check_digit::compute("629104150021"), Some(3));
/// assert_eq!(check_digit::compute("62910415002x"), None);
/// ```
#[must_use]
pub fn compute(digits: &str) -> Option<u8> {
    if digits.is_empty() {
        return None;
    }
    let mut sum = 0_u8;
    for (place, digit) in digits.bytes().rev().enumerate() {
        if !digit.is_ascii_digit() {
            return None;
        }
        let weight = if place % 2 == 0 { 3 } else { 1 };
        sum = (sum + (digit - b'0') * weight) % 10;
    }
    Some((10 - sum) % 10)
}

/// Whether the last digit is the check digit of those before it.
///
/// ```
/// use nguongoc::kernel::check_digit;
/// assert!(check_digit::verify("6291041500213"));
/// assert!(!check_digit::verify("6291041500214"));
/// ```
#[must_use]
pub fn verify(digits: &str) -> bool {
    expected(digits).is_some_and(|digit| digits.bytes().last() == Some(b'0' + digit))
}

/// The check digit that a complete number should end in, for telling a person what was expected.
#[must_use]
pub fn expected(digits: &str) -> Option<u8> {
    let (place, _) = digits.char_indices().next_back()?;
    digits.get(..place).and_then(compute)
}
