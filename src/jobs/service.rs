//! The use cases of messages: the desk of a party, reading, answering; and what the authority sees of the outbox.

use super::model::{Letter, Lost, Tally};
use super::store;
use crate::app::App;
use crate::config::ConfigError;
use crate::kernel::{Cursor, MessageId, Page, PageSize, PartyId, PersonId, Problem, Problems};
use crate::store::StoreError;

/// Why a use case of messages was refused, or mail could not be carried.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such message, as far as the one who asks may know.
    #[error("no such message")]
    NotFound,
    /// The message waits for no answer.
    #[error("the message needs no answer")]
    NoAnswerNeeded,
    /// The message was answered before.
    #[error("the message was answered before")]
    AnsweredAlready,
    /// The input breaks rules.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// The mail server's settings cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The connection to the mail server cannot be made private.
    #[error("the mail server's settings cannot be used")]
    Tls(#[from] lettre::transport::smtp::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How many given-up mails the authority is shown.
const SHOWN: i64 = 100;

/// The messages of `party`, the newest first.
///
/// # Errors
/// When the cursor is of another list.
pub async fn desk(
    app: &App,
    party: PartyId,
    after: Option<&Cursor>,
    size: PageSize,
) -> Result<Page<Letter>, Error> {
    let after = after.map(Cursor::time).transpose();
    let after = after.map_err(|problem: Problem| Problems::from(problem.at("after")))?;
    let rows = app.store.read(async |tx| store::desk(tx, party, after, size).await).await?;
    Ok(Page::of(rows, size, store::cursor))
}

/// How many messages `party` has not read, counted up to 99.
///
/// # Errors
/// When the database fails.
pub async fn unread(app: &App, party: PartyId) -> Result<i64, Error> {
    Ok(app.store.glance(async |tx| store::unread(tx, party).await).await?)
}

/// Notes that a message of `party` was read.
///
/// # Errors
/// [`Error::NotFound`] for another party's message.
pub async fn read(app: &App, party: PartyId, id: MessageId) -> Result<(), Error> {
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            store::letter(tx, party, id).await?.ok_or(Error::NotFound)?;
            store::mark_read(tx, party, id, now).await?;
            Ok(())
        })
        .await
}

/// Answers a message of `party` that waits for it: it has been read and understood.
///
/// # Errors
/// [`Error::NotFound`] for another party's message, [`Error::NoAnswerNeeded`], [`Error::AnsweredAlready`].
pub async fn answer(app: &App, party: PartyId, id: MessageId, by: PersonId) -> Result<Letter, Error> {
    let now = app.clock.now();
    app.store
        .write(async |tx| {
            let letter = store::letter(tx, party, id).await?.ok_or(Error::NotFound)?;
            if !letter.needs_answer {
                return Err(Error::NoAnswerNeeded);
            }
            if !store::answered(tx, party, id, by, now).await? {
                return Err(Error::AnsweredAlready);
            }
            Ok(Letter { answered: Some((now, by)), read_at: letter.read_at.or(Some(now)), ..letter })
        })
        .await
}

/// The outbox as the authority sees it.
///
/// # Errors
/// When the database fails.
pub async fn outbox(app: &App) -> Result<(Tally, Vec<Lost>), Error> {
    Ok(app
        .store
        .read(async |tx| Ok::<_, StoreError>((store::tally(tx).await?, store::given_up(tx, SHOWN).await?)))
        .await?)
}
