//! People, roles and scopes.

use crate::kernel::{Line, Moment, PartyId, PersonId, Problem, TokenId};
use std::fmt;

/// What a person does here. The first two belong to a party, the others to the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Records for a party.
    Clerk,
    /// Records for a party, and manages its people, places, products and mandates.
    Manager,
    /// Checks labels and firms; holds, releases and overrides.
    Inspector,
    /// Decides on applications, keeps the roster, recalls.
    Officer,
    /// Keeps the people of the authority and the keys.
    Administrator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] =
        [Self::Clerk, Self::Manager, Self::Inspector, Self::Officer, Self::Administrator];

    /// The stored name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Manager => "manager",
            Self::Inspector => "inspector",
            Self::Officer => "officer",
            Self::Administrator => "administrator",
        }
    }

    /// The role with this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| Problem::new("role_unknown").value(text))
    }

    /// Whether people of this role belong to a party.
    #[must_use]
    pub fn belongs_to_party(self) -> bool {
        matches!(self, Self::Clerk | Self::Manager)
    }

    /// The key of the role's word.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Clerk => "accounts-role-clerk",
            Self::Manager => "accounts-role-manager",
            Self::Inspector => "accounts-role-inspector",
            Self::Officer => "accounts-role-officer",
            Self::Administrator => "accounts-role-administrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an API token may do; a token never may more than its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Read what its person may read.
    Read,
    /// Record: lots, events, codes.
    Record,
    /// Manage: places, products, people, mandates; decide, for officers.
    Manage,
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// Everything: what a signed-in person has.
    pub const ALL: Self = Self(7);

    const NAMES: [(Scope, &'static str, u8); 3] =
        [(Scope::Read, "read", 1), (Scope::Record, "record", 2), (Scope::Manage, "manage", 4)];

    /// Whether `scope` is in the set.
    #[must_use]
    pub fn has(self, scope: Scope) -> bool {
        Self::NAMES.iter().any(|(known, _, bit)| *known == scope && self.0 & bit != 0)
    }

    /// Whether every scope of `other` is in the set.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Parses names separated by spaces or commas.
    ///
    /// # Errors
    /// When a name is unknown, or there is none.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut set = 0;
        for name in text.split([' ', ',']).filter(|name| !name.is_empty()) {
            let known = Self::NAMES.iter().find(|(_, known, _)| *known == name);
            set |= known.ok_or_else(|| Problem::new("scope_unknown").value(name))?.2;
        }
        if set == 0 { Err(Problem::new("scope_missing")) } else { Ok(Self(set)) }
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            Self::NAMES.iter().filter(|(_, _, bit)| self.0 & bit != 0).map(|(_, name, _)| *name).collect();
        f.write_str(&names.join(" "))
    }
}

/// The name that a person signs in with: 3 to 64 characters of `a-z 0-9 . _ - @ +`, folded to lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignInName(String);

impl SignInName {
    /// Parses a name as typed.
    ///
    /// # Errors
    /// When it has other characters or another length.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let name = text.trim().to_ascii_lowercase();
        let right = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@+".contains(c);
        if (3..=64).contains(&name.len()) && name.chars().all(right) {
            Ok(Self(name))
        } else {
            Err(Problem::new("sign_in_name").value(text))
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SignInName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A password that may be set: at least 10 characters, at most 200, not the sign-in name, not one character repeated
/// (NIST SP 800-63B-4 §3.1.1: length over composition).
#[derive(Clone)]
pub struct NewPassword(String);

impl NewPassword {
    /// Parses a password.
    ///
    /// # Errors
    /// When it is too short, too long or trivial. The password itself is never repeated in the error.
    pub fn parse(text: &str, name: &SignInName) -> Result<Self, Problem> {
        let length = text.chars().count();
        if length < 10 {
            return Err(Problem::new("password_short").arg("least", 10));
        }
        if length > 200 {
            return Err(Problem::new("password_long").arg("most", 200));
        }
        let lower = text.to_lowercase();
        let first = lower.chars().next();
        if lower == name.as_str() || lower.chars().all(|c| Some(c) == first) || EASY.contains(&lower.as_str())
        {
            return Err(Problem::new("password_easy"));
        }
        Ok(Self(text.to_owned()))
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

/// Passwords of ten characters and more that are guessed first.
const EASY: [&str; 8] = [
    "1234567890",
    "0123456789",
    "12345678910",
    "0987654321",
    "qwertyuiop",
    "password123",
    "matkhau123",
    "1q2w3e4r5t",
];

/// A person to be added.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// The name to sign in with.
    pub sign_in: SignInName,
    /// The name to be greeted with.
    pub name: Line,
    /// The password.
    pub password: NewPassword,
    /// The role.
    pub role: Role,
    /// The party, for clerks and managers.
    pub party: Option<PartyId>,
}

/// A person.
#[derive(Clone, Debug)]
pub struct Person {
    /// The id.
    pub id: PersonId,
    /// The name to sign in with.
    pub sign_in: String,
    /// The name to be greeted with.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The party, for clerks and managers.
    pub party: Option<PartyId>,
    /// Since when the person may not sign in any more.
    pub disabled_at: Option<Moment>,
    /// Since when the person is known.
    pub created_at: Moment,
}

/// An API token, without its secret.
#[derive(Clone, Debug)]
pub struct Token {
    /// The id.
    pub id: TokenId,
    /// What its person calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Moment,
    /// When it ends.
    pub expires_at: Moment,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Moment>,
}
