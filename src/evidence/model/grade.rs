//! How well a statement is proved: one ladder for everything that the registry shows.

/// How well a statement is proved. Grades are never added together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grade {
    /// Somebody says so.
    Declared,
    /// A paper says so.
    Documented,
    /// A third party confirms it.
    ThirdParty,
    /// The authority looked.
    Inspected,
}

impl Grade {
    /// All grades, the weakest first.
    pub const ALL: [Self; 4] = [Self::Declared, Self::Documented, Self::ThirdParty, Self::Inspected];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Documented => "documented",
            Self::ThirdParty => "third_party",
            Self::Inspected => "inspected",
        }
    }

    /// The grade with this stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.as_str() == text)
    }

    /// The key of the grade's word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Declared => "events-grade-declared",
            Self::Documented => "events-grade-documented",
            Self::ThirdParty => "events-grade-third-party",
            Self::Inspected => "events-grade-inspected",
        }
    }
}
