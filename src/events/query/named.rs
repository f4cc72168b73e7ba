//! Questions that are asked again and again, by a name: each party keeps its own, and the authority its own.

use super::model::Query;
use super::parameters::Parameters;
use crate::accounts::Identity;
use crate::app::App;
use crate::events::epcis::Namespaces;
use crate::events::store;
use crate::events::store::query::NamedRow;
use crate::kernel::{Cursor, Moment, PartyId, Problem, Problems};
use crate::store::StoreError;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;
/// The longest question, in bytes.
const LONGEST_QUERY: usize = 64 * 1024;

/// A question with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedQuery {
    /// The name.
    pub name: String,
    /// The parameters as they were given, with their context.
    pub query: Map<String, Value>,
    /// When it was named.
    pub created_at: Moment,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name is taken.
    #[error("the name is taken")]
    Taken,
    /// There is no such query.
    #[error("no such query")]
    NotFound,
    /// The question or its name is not understood.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NamedQuery {
    /// Reads it as a question.
    ///
    /// # Errors
    /// Those of [`Parameters::read`].
    pub fn read(&self, own_hosts: &[&str]) -> Result<Query, Problems> {
        question(&self.query, own_hosts)
    }
}

fn question(members: &Map<String, Value>, own_hosts: &[&str]) -> Result<Query, Problems> {
    let names = members.get("@context").map(Namespaces::of).transpose()?.unwrap_or_default();
    Parameters::of_json(members)?.read(&names, own_hosts)
}

impl TryFrom<NamedRow> for NamedQuery {
    type Error = StoreError;

    fn try_from(row: NamedRow) -> Result<Self, StoreError> {
        let query = serde_json::from_str(&row.query)
            .map_err(|error| StoreError::misfit("named_query", "query", &row.name, error))?;
        Ok(Self { name: row.name, query, created_at: row.created_at })
    }
}

/// Whose queries they are: the party's, or the authority's.
fn owner(who: &Identity) -> PartyId {
    who.party.unwrap_or_else(|| PartyId::from_uuid(Uuid::nil()))
}

fn check(name: &str) -> Result<(), Problem> {
    let lawful = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if name.is_empty() || name.chars().count() > LONGEST_NAME || !name.chars().all(lawful) {
        return Err(Problem::new("query_name_malformed").value(name).arg("longest", LONGEST_NAME).at("name"));
    }
    Ok(())
}

/// Names a question.
///
/// # Errors
/// [`Error::Taken`], [`Error::Invalid`].
pub async fn add(
    app: &App,
    who: &Identity,
    name: &str,
    query: Map<String, Value>,
) -> Result<NamedQuery, Error> {
    check(name).map_err(Problems::from)?;
    let text = Value::from(query.clone()).to_string();
    if text.len() > LONGEST_QUERY {
        let problem = Problem::new("json_too_large").arg("count", text.len()).arg("largest", LONGEST_QUERY);
        return Err(Error::Invalid(problem.at("query").into()));
    }
    question(&query, &[app.config.code_host()])
        .map_err(|problems| Problems(problems.0.into_iter().map(|problem| problem.at("query")).collect()))?;
    let created_at = app.clock.now();
    let row = NamedRow { name: name.to_owned(), query: text, created_at };
    let owner = owner(who);
    let free = app
        .store
        .write(async |tx| Ok::<_, Error>(store::query::insert_named(tx, owner, &row).await?))
        .await?;
    if free { Ok(NamedQuery { name: row.name, query, created_at }) } else { Err(Error::Taken) }
}

/// The question of this name.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn named(app: &App, who: &Identity, name: &str) -> Result<NamedQuery, Error> {
    let owner = owner(who);
    let row =
        app.store.read(async |tx| Ok::<_, Error>(store::query::named_query(tx, owner, name).await?)).await?;
    Ok(row.ok_or(Error::NotFound)?.try_into()?)
}

/// All named questions, a page of them.
///
/// # Errors
/// [`Error::Invalid`] for the token of another list.
pub async fn all(
    app: &App,
    who: &Identity,
    after: Option<&Cursor>,
    size: usize,
) -> Result<(Vec<NamedQuery>, Option<Cursor>), Error> {
    let after = after.map(Cursor::text).transpose();
    let after = after.map_err(|problem| Problems::from(problem.at("nextPageToken")))?.unwrap_or_default();
    let owner = owner(who);
    let limit = i64::try_from(size).unwrap_or(i64::MAX - 1) + 1;
    let rows = app
        .store
        .read(async |tx| Ok::<_, Error>(store::query::named_after(tx, owner, after, limit).await?))
        .await?;
    let more = rows.len() > size;
    let found = rows.into_iter().take(size).map(NamedQuery::try_from).collect::<Result<Vec<_>, _>>()?;
    let next = found.last().filter(|_| more).map(|last| Cursor::Text(last.name.clone()));
    Ok((found, next))
}

/// Forgets a name.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(app: &App, who: &Identity, name: &str) -> Result<(), Error> {
    let owner = owner(who);
    let there = app
        .store
        .write(async |tx| Ok::<_, Error>(store::query::remove_named(tx, owner, name).await?))
        .await?;
    if there { Ok(()) } else { Err(Error::NotFound) }
}
