//! How a value type looks as text: `FromStr` and `Deserialize` through its parser, `Serialize` through its `Display`.
//!
//! What must stay true: there is one parser for each type, so that a value from a path, a form, a row or JSON meets the same rule.

/// Gives a type that has `Display` the text forms that the rooms need, all through the parser named.
macro_rules! text_form {
    (@ [$($generics:tt)*] $type:ty, $parse:path) => {
        impl<$($generics)*> ::std::str::FromStr for $type {
            type Err = $crate::kernel::problem::Problem;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $parse(text)
            }
        }

        impl<$($generics)*> ::serde::Serialize for $type {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de, $($generics)*> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                $parse(&text).map_err(::serde::de::Error::custom)
            }
        }
    };
    ($type:ty, $parse:path) => {
        $crate::kernel::text_form::text_form!(@ [] $type, $parse);
    };
}

pub(crate) use text_form;
