//! Why a text is not a code, one reason for each rule of the grammar.
//!
//! A person sees the sentence of [`Malformed::key`]; machines see [`Malformed::word`]. Words never change once published.

use std::fmt;

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal, $key:literal;)+) => {
        /// Why a path or an address is not a code of this registry.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Malformed { $($(#[doc = $doc])+ $name,)+ }

        impl Malformed {
            /// Every reason, for tests of the messages.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable word of the reason, in snake case.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// The key of its sentence in `codes.ftl`.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }
        }
    };
}

reasons! {
    /// The address does not begin with `https://`.
    Scheme = "scheme", "codes-malformed-scheme";
    /// The address holds a user name or password before the host.
    UserInfo = "user_info", "codes-malformed-user-info";
    /// The address holds a port.
    Port = "port", "codes-malformed-port";
    /// The host is empty or no domain name.
    Host = "host", "codes-malformed-host";
    /// The path begins as no code does.
    NotACode = "not_a_code", "codes-malformed-not-a-code";
    /// Longer than any code.
    TooLong = "too_long", "codes-malformed-too-long";
    /// A percent sign: codes are never percent-encoded.
    Percent = "percent", "codes-malformed-percent";
    /// A character that no code holds, or a small letter where none may stand.
    Character = "character", "codes-malformed-character";
    /// The signature does not have 109 characters.
    SignatureLength = "signature_length", "codes-malformed-signature-length";
    /// The signature holds a character outside base32 (`A`–`Z`, `2`–`7`).
    SignatureCharacter = "signature_character", "codes-malformed-signature-character";
    /// The last, unused bit of the signature is not zero.
    SignaturePadding = "signature_padding", "codes-malformed-signature-padding";
    /// Neither a GTIN (`01`) nor a registry product number (`P`) follows.
    ProductKind = "product_kind", "codes-malformed-product-kind";
    /// The GTIN does not have 14 digits.
    GtinShape = "gtin_shape", "codes-malformed-gtin-shape";
    /// The check digit of the GTIN is wrong.
    GtinCheckDigit = "gtin_check_digit", "codes-malformed-gtin-check-digit";
    /// The GTIN is one that cannot name a product everywhere.
    GtinRestricted = "gtin_restricted", "codes-malformed-gtin-restricted";
    /// The product number does not have 10 digits.
    ProductShape = "product_shape", "codes-malformed-product-shape";
    /// The check digit of the product number is wrong.
    ProductCheckDigit = "product_check_digit", "codes-malformed-product-check-digit";
    /// The product number cannot be one.
    ProductNumber = "product_number", "codes-malformed-product-number";
    /// The lot code is not 1 to 20 of `0`–`9`, `A`–`Z`, `-`.
    Lot = "lot", "codes-malformed-lot";
    /// The serial is not 1 to 20 of `0`–`9`, `A`–`Z`, `-`.
    Serial = "serial", "codes-malformed-serial";
    /// A product alone, with neither lot nor serial.
    NoLotNorSerial = "no_lot_nor_serial", "codes-malformed-no-lot-nor-serial";
    /// A part that does not belong there, or in another order.
    Part = "part", "codes-malformed-part";
    /// Something follows where the code should end.
    Trailing = "trailing", "codes-malformed-trailing";
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed code: {}", self.word())
    }
}

impl std::error::Error for Malformed {}
