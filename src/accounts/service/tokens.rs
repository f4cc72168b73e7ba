//! Tokens for programs: shown once, stored hashed, scoped, expiring, revocable.

use super::Error;
use super::session::identity;
use crate::accounts::actor::Identity;
use crate::accounts::audit::{Act, note};
use crate::accounts::model::{Scopes, Token};
use crate::accounts::secret::Secret;
use crate::accounts::store;
use crate::app::App;
use crate::kernel::{Line, Problem, Problems, TokenId};
use serde_json::json;
use std::time::Duration;

/// The longest life of a token, in days.
const LONGEST: u32 = 366;

/// Makes a token for `who` that lives for `days`. The secret is returned this once.
///
/// # Errors
/// When the scopes or the days are out of bounds.
pub async fn make_token(
    app: &App,
    who: &Identity,
    name: &Line,
    scopes: Scopes,
    days: u32,
) -> Result<(Token, Secret), Error> {
    if days == 0 || days > LONGEST {
        let problem = Problem::new("token_days").value(days.to_string()).arg("most", LONGEST).at("days");
        return Err(Problems::from(problem).into());
    }
    let now = app.clock.now();
    let secret = Secret::token(app.secret());
    let token = Token {
        id: app.id(),
        name: name.as_str().to_owned(),
        scopes,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(u64::from(days) * 86_400)),
        revoked_at: None,
    };
    let trail = app.id();
    app.store
        .write(async |tx| {
            store::insert_token(tx, &token, &secret.hash(), who.person).await?;
            let detail = json!({ "scopes": token.scopes.to_string(), "days": days });
            note(tx, trail, now, Some(who.person), Act::TokenMade, Some(token.id.as_uuid()), &detail).await
        })
        .await?;
    Ok((token, secret))
}

/// The tokens of `who`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn tokens(app: &App, who: &Identity) -> Result<Vec<Token>, Error> {
    Ok(app.store.read(async |tx| store::tokens_of(tx, who.person).await).await?)
}

/// Revokes a token of `who`.
///
/// # Errors
/// [`Error::NotFound`] when it is not theirs, or revoked already.
pub async fn revoke_token(app: &App, who: &Identity, token: TokenId) -> Result<(), Error> {
    let now = app.clock.now();
    let trail = app.id();
    app.store
        .write(async |tx| {
            if !store::revoke_token(tx, token, who.person, now).await? {
                return Err(Error::NotFound);
            }
            let subject = Some(token.as_uuid());
            Ok(note(tx, trail, now, Some(who.person), Act::TokenRevoked, subject, &json!({})).await?)
        })
        .await
}

/// Who a token belongs to.
///
/// # Errors
/// [`Error::TokenNotValid`] when it is unknown, expired or revoked, or its person may not sign in any more.
pub async fn identify_token(app: &App, presented: &str) -> Result<Identity, Error> {
    if !presented.starts_with(Secret::TOKEN_PREFIX) {
        return Err(Error::TokenNotValid("unknown"));
    }
    let now = app.clock.now();
    let hash = Secret::presented(presented).hash();
    let found = app.store.glance(async |tx| store::token(tx, &hash).await).await?;
    let Some((token, person)) = found else { return Err(Error::TokenNotValid("unknown")) };
    if token.revoked_at.is_some() || person.disabled_at.is_some() {
        return Err(Error::TokenNotValid("revoked"));
    }
    if token.expires_at <= now {
        return Err(Error::TokenNotValid("expired"));
    }
    Ok(identity(&person, token.scopes))
}
