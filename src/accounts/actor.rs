//! Permission as a type. A handler that takes `Actor<CanRecord>` cannot be reached by somebody who may not record, and what
//! the permission opens (the [`Member`], the [`Official`]) cannot be had without it.

use super::model::{Role, Scope, Scopes};
use crate::kernel::{PartyId, PersonId};
use std::ops::Deref;

/// Who sent a request.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The person.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The party, for clerks and managers.
    pub party: Option<PartyId>,
    /// What the session or token may do.
    pub scopes: Scopes,
}

/// A person acting for a party: a clerk or manager.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The person.
    pub person: PersonId,
    /// The party that the person belongs to.
    pub party: PartyId,
    /// Clerk or manager.
    pub role: Role,
}

/// A person acting for the authority: an inspector, officer or administrator.
#[derive(Clone, Copy, Debug)]
pub struct Official {
    /// The person.
    pub person: PersonId,
    /// Inspector, officer or administrator.
    pub role: Role,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Nobody is signed in.
    NotSignedIn,
    /// The role does not allow it.
    WrongRole,
    /// The token's scopes do not allow it.
    WrongScope(Scope),
}

/// What somebody must be to enter.
pub trait Permission {
    /// What is behind the door.
    type Who;

    /// Lets in or turns away.
    ///
    /// # Errors
    /// Why not.
    fn admit(identity: Option<&Identity>) -> Result<Self::Who, Denied>;
}

/// Proof that the one who asks has the permission `P`; it dereferences to what the permission opens.
#[derive(Debug)]
pub struct Actor<P: Permission>(P::Who);

impl<P: Permission> Actor<P> {
    /// Checks `identity` for the permission.
    ///
    /// # Errors
    /// Why the door stays shut.
    pub fn admit(identity: Option<&Identity>) -> Result<Self, Denied> {
        P::admit(identity).map(Self)
    }
}

impl<P: Permission> Deref for Actor<P> {
    type Target = P::Who;

    fn deref(&self) -> &P::Who {
        &self.0
    }
}

fn scoped(identity: Option<&Identity>, scope: Scope) -> Result<&Identity, Denied> {
    let identity = identity.ok_or(Denied::NotSignedIn)?;
    if identity.scopes.has(scope) { Ok(identity) } else { Err(Denied::WrongScope(scope)) }
}

fn member(identity: &Identity, roles: &[Role]) -> Result<Member, Denied> {
    match identity.party {
        Some(party) if roles.contains(&identity.role) => {
            Ok(Member { person: identity.person, party, role: identity.role })
        }
        _ => Err(Denied::WrongRole),
    }
}

fn official(identity: &Identity, roles: &[Role]) -> Result<Official, Denied> {
    if identity.party.is_none() && roles.contains(&identity.role) {
        Ok(Official { person: identity.person, role: identity.role })
    } else {
        Err(Denied::WrongRole)
    }
}

/// Anybody, signed in or not.
#[derive(Debug)]
pub struct Anyone;

impl Permission for Anyone {
    type Who = Option<Identity>;

    fn admit(identity: Option<&Identity>) -> Result<Self::Who, Denied> {
        Ok(identity.cloned())
    }
}

/// A person of any role, by a session or any token.
#[derive(Debug)]
pub struct SignedIn;

impl Permission for SignedIn {
    type Who = Identity;

    fn admit(identity: Option<&Identity>) -> Result<Identity, Denied> {
        identity.cloned().ok_or(Denied::NotSignedIn)
    }
}

/// A person of any role who may read; what of it is decided by party or authority.
#[derive(Debug)]
pub struct CanRead;

impl Permission for CanRead {
    type Who = Identity;

    fn admit(identity: Option<&Identity>) -> Result<Identity, Denied> {
        scoped(identity, Scope::Read).cloned()
    }
}

/// A person of any role who may keep access: make and revoke tokens, help and disable people, as far as the role goes. A token
/// needs the scope `manage`, or a leaked one could give birth to others and outlive itself.
#[derive(Debug)]
pub struct CanKeepAccess;

impl Permission for CanKeepAccess {
    type Who = Identity;

    fn admit(identity: Option<&Identity>) -> Result<Identity, Denied> {
        scoped(identity, Scope::Manage).cloned()
    }
}

/// A clerk or manager: may record what the party did.
#[derive(Debug)]
pub struct CanRecord;

impl Permission for CanRecord {
    type Who = Member;

    fn admit(identity: Option<&Identity>) -> Result<Member, Denied> {
        member(scoped(identity, Scope::Record)?, &[Role::Clerk, Role::Manager])
    }
}

/// A manager: may change what the party is.
#[derive(Debug)]
pub struct CanManage;

impl Permission for CanManage {
    type Who = Member;

    fn admit(identity: Option<&Identity>) -> Result<Member, Denied> {
        member(scoped(identity, Scope::Manage)?, &[Role::Manager])
    }
}

/// Anybody of the authority: may see what is in the registry.
#[derive(Debug)]
pub struct CanOversee;

impl Permission for CanOversee {
    type Who = Identity;

    fn admit(identity: Option<&Identity>) -> Result<Identity, Denied> {
        let identity = scoped(identity, Scope::Read)?;
        let roles = [Role::Inspector, Role::Officer, Role::Administrator];
        official(identity, &roles).map(|_| identity.clone())
    }
}

/// An inspector or officer: may hold and release lots.
#[derive(Debug)]
pub struct CanInspect;

impl Permission for CanInspect {
    type Who = Official;

    fn admit(identity: Option<&Identity>) -> Result<Official, Denied> {
        official(scoped(identity, Scope::Record)?, &[Role::Inspector, Role::Officer])
    }
}

/// An officer or administrator: may decide on applications, recall, and keep the roster.
#[derive(Debug)]
pub struct CanReview;

impl Permission for CanReview {
    type Who = Official;

    fn admit(identity: Option<&Identity>) -> Result<Official, Denied> {
        official(scoped(identity, Scope::Manage)?, &[Role::Officer, Role::Administrator])
    }
}

/// Who may stop a lot: its own party, or the authority.
#[derive(Clone, Copy, Debug)]
pub enum Stopper {
    /// A person of a party.
    Member(Member),
    /// A person of the authority.
    Official(Official),
}

fn stopper(identity: &Identity, members: &[Role], officials: &[Role]) -> Result<Stopper, Denied> {
    match identity.party {
        Some(_) => member(identity, members).map(Stopper::Member),
        None => official(identity, officials).map(Stopper::Official),
    }
}

/// Anybody who may hold a lot, and lift that again: people of its own party, inspectors and officers.
#[derive(Debug)]
pub struct CanStop;

impl Permission for CanStop {
    type Who = Stopper;

    fn admit(identity: Option<&Identity>) -> Result<Stopper, Denied> {
        let identity = scoped(identity, Scope::Record)?;
        stopper(identity, &[Role::Clerk, Role::Manager], &[Role::Inspector, Role::Officer])
    }
}

/// Anybody who may call a lot back: a manager of its own party, officers and administrators.
#[derive(Debug)]
pub struct CanCallBack;

impl Permission for CanCallBack {
    type Who = Stopper;

    fn admit(identity: Option<&Identity>) -> Result<Stopper, Denied> {
        let identity = scoped(identity, Scope::Manage)?;
        stopper(identity, &[Role::Manager], &[Role::Officer, Role::Administrator])
    }
}

/// An administrator: may keep the people of the authority.
#[derive(Debug)]
pub struct CanAdminister;

impl Permission for CanAdminister {
    type Who = Official;

    fn admit(identity: Option<&Identity>) -> Result<Official, Denied> {
        official(scoped(identity, Scope::Manage)?, &[Role::Administrator])
    }
}
