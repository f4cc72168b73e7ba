//! From a request to an [`Acting`]: somebody with a permission, for the own party or for the one that `behalf_of` in the query
//! names.
//!
//! What must stay true: whoever has no mandate of that party in force today is told nothing of it: 404.

use super::service::{self, Choice, Error};
use crate::accounts::{Actor, Identity, Member, Permission};
use crate::app::App;
use crate::kernel::{PartyId, Problem};
use crate::web;
use actix_web::dev::Payload;
use actix_web::web::{Data, Query};
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use std::ops::Deref;
use std::pin::Pin;

/// Who can stand in for another party.
pub trait Stands: Clone {
    /// The person as a member of the own party; nobody for people of the authority.
    fn member(&self) -> Option<Member>;

    /// The same person, seen as `member` of another party.
    #[must_use]
    fn seen_as(&self, member: Member) -> Self;
}

impl Stands for Member {
    fn member(&self) -> Option<Member> {
        Some(*self)
    }

    fn seen_as(&self, member: Member) -> Self {
        member
    }
}

impl Stands for Identity {
    fn member(&self) -> Option<Member> {
        self.party.map(|party| Member { person: self.person, party, role: self.role })
    }

    fn seen_as(&self, member: Member) -> Self {
        Self { party: Some(member.party), ..self.clone() }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    behalf_of: String,
}

/// Proof that the one who asks has the permission `P`, for the party that the request is about; it dereferences to what the
/// permission opens, as a member of that party.
#[derive(Debug)]
pub struct Acting<P: Permission> {
    who: P::Who,
    /// The party that the person belongs to.
    own: Option<PartyId>,
    /// The party on whose behalf, when another.
    grantor: Option<PartyId>,
}

impl<P: Permission> Deref for Acting<P> {
    type Target = P::Who;

    fn deref(&self) -> &P::Who {
        &self.who
    }
}

impl<P: Permission<Who: Stands>> Acting<P> {
    async fn of(app: &App, actor: Actor<P>, asked: &str) -> Result<Self, web::Error> {
        let member = actor.member();
        let own = member.map(|member| member.party);
        let grantor = match asked.trim() {
            "" => None,
            text => Some(text.parse::<PartyId>().map_err(|problem: Problem| problem.at("behalf_of"))?),
        };
        let Some(grantor) = grantor.filter(|grantor| Some(*grantor) != own) else {
            return Ok(Self { who: actor.clone(), own, grantor: None });
        };
        let member = member.ok_or(Error::NotFound)?;
        let standing = service::stand_in(app, &member, grantor).await?;
        Ok(Self { who: actor.seen_as(standing), own, grantor: Some(grantor) })
    }

    /// What a page says and carries on of whose behalf it is about.
    ///
    /// # Errors
    /// When the database fails, or the mandate has just been revoked.
    pub async fn behalf(&self, app: &App) -> Result<Behalf, web::Error> {
        let firms = match self.own {
            Some(own) => service::may_record_for(app, own).await?,
            None => Vec::new(),
        };
        if self.grantor.is_some_and(|grantor| firms.iter().all(|(id, _)| *id != grantor)) {
            return Err(Error::NotFound.into());
        }
        Ok(Behalf { grantor: self.grantor, firms })
    }
}

impl<P: Permission<Who: Stands> + 'static> FromRequest for Acting<P> {
    type Error = web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let app = request.app_data::<Data<App>>().cloned();
        let actor = Actor::<P>::from_request(request, payload);
        let asked = Query::<Asked>::from_query(request.query_string());
        Box::pin(async move {
            let actor = actor.await?;
            let asked = asked.map_err(|_| Problem::new("id_malformed").value("").at("behalf_of"))?;
            let app = app.ok_or_else(web::Error::not_found)?;
            Self::of(&app, actor, &asked.behalf_of).await
        })
    }
}

/// On whose behalf a page is worked on, and for whom else it could be.
#[derive(Clone, Debug)]
pub struct Behalf {
    grantor: Option<PartyId>,
    /// One's own party first, then those that gave it a mandate; none for people of the authority.
    firms: Vec<Choice>,
}

impl Behalf {
    /// What is added to the address of a page or form: nothing for the own party.
    #[must_use]
    pub fn query(&self) -> String {
        self.grantor.map(|id| format!("?behalf_of={id}")).unwrap_or_default()
    }

    /// The other party, when there is one.
    #[must_use]
    pub fn grantor(&self) -> Option<PartyId> {
        self.grantor
    }

    /// The name of the other party.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let grantor = self.grantor?;
        self.firms.iter().find(|(id, _)| *id == grantor).map(|(_, name)| name.as_str())
    }

    /// The parties to choose from.
    #[must_use]
    pub fn firms(&self) -> &[Choice] {
        &self.firms
    }

    /// Whether the page is about the party `number` of [`Behalf::firms`].
    #[must_use]
    pub fn is_about(&self, number: &usize) -> bool {
        match (self.grantor, self.firms.get(*number)) {
            (Some(grantor), Some((id, _))) => *id == grantor,
            (None, Some(_)) => *number == 0,
            (_, None) => false,
        }
    }
}
