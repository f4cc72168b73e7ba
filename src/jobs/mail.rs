//! Carrying mails to the server: each is claimed, sent, and marked as what became of it.
//!
//! What must stay true: nothing waits for this; a mail is sent at least once, and under the same Message-ID each time, so that whoever
//! gets it twice sees it once (RFC 5322 §3.6.4); neither addresses nor the password stand in a log.

use super::model::{Errand, Failure, TOO_OLD, TRIES, Why, pause};
use super::store;
use crate::app::App;
use crate::config::{MailServer, MailTls, mail_password};
use crate::kernel::{Lang, Moment};
use crate::store::StoreError;
use crate::words::Words;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message as Mail};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;
use std::time::{Duration, UNIX_EPOCH};
use uuid::Uuid;

/// Mails carried side by side.
const AT_ONCE: i64 = 8;
/// How long one mail may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a claim lasts: well beyond what the mails of one claim may take.
const LEASE: Duration = Duration::from_mins(5);

/// `Auto-Submitted` (RFC 3834): nobody's holiday notice answers this.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Carries the mails that are due, up to a handful; how many were tried. Without a mail server none is.
///
/// # Errors
/// When the database fails, or the password cannot be read.
pub async fn carry(app: &App) -> Result<u64, super::Error> {
    let Some(server) = &app.config.mail else { return Ok(0) };
    let node = app.id::<Uuid>();
    let now = app.clock.now();
    let errands = app
        .store
        .write(async |tx| store::claim(tx, node, now, now.plus(LEASE), AT_ONCE).await)
        .await
        .map_err(super::Error::Store)?;
    if errands.is_empty() {
        return Ok(0);
    }
    let transport = transport(app, server)?;
    let carried = errands.iter().map(|errand| one(app, server, &transport, node, errand));
    for outcome in futures_util::future::join_all(carried).await {
        outcome?;
    }
    Ok(u64::try_from(errands.len()).unwrap_or(u64::MAX))
}

fn transport(app: &App, server: &MailServer) -> Result<AsyncSmtpTransport<Tokio1Executor>, super::Error> {
    let tls = || TlsParameters::new(server.host.clone());
    let tls = match server.tls {
        MailTls::Starttls => Tls::Required(tls()?),
        MailTls::Tls => Tls::Wrapper(tls()?),
        MailTls::None => Tls::None,
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str())
        .port(server.port)
        .tls(tls)
        .hello_name(ClientId::Domain(app.config.code_host().to_owned()))
        .timeout(Some(PATIENCE));
    if let (Some(user), Some(file)) = (&server.user, &server.password_file) {
        let password = mail_password(file)?;
        builder = builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
    }
    Ok(builder.build())
}

/// Carries one mail and marks what became of it.
async fn one(
    app: &App,
    server: &MailServer,
    transport: &AsyncSmtpTransport<Tokio1Executor>,
    node: Uuid,
    errand: &Errand,
) -> Result<(), StoreError> {
    let outcome = match written(app, server, errand) {
        Ok(mail) => {
            let sending = tokio::time::timeout(PATIENCE * 2, transport.send(mail)).await;
            match sending {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(failure(&error)),
                Err(_) => Err(Failure { why: Why::BrokenOff, reply: None }),
            }
        }
        Err(why) => Err(Failure { why, reply: None }),
    };
    let (id, now) = (errand.letter.id, app.clock.now());
    if let Err(failure) = outcome {
        tracing::warn!(message = %id, why = failure.why.as_str(), reply = failure.reply, "a mail was not delivered");
        let ends = failure.why.is_final() || errand.attempts >= TRIES;
        let due = now.plus(pause(errand.attempts));
        return app
            .store
            .write(async |tx| {
                if ends {
                    store::gave_up(tx, id, node, now, failure).await?;
                } else {
                    store::postponed(tx, id, node, due, failure).await?;
                }
                Ok(())
            })
            .await;
    }
    app.store.write(async |tx| store::sent(tx, id, now).await.map(|_| ())).await
}

/// Codes by which a server turns away the registry itself and not this mail (RFC 4954 §6): a new password mends them.
const SIGN_IN: [u16; 5] = [530, 532, 534, 535, 538];

fn failure(error: &lettre::transport::smtp::Error) -> Failure {
    let reply = error.status().map(u16::from);
    let why = match reply {
        Some(code) if SIGN_IN.contains(&code) => Why::NotSignedIn,
        Some(_) if error.is_permanent() => Why::Refused,
        Some(_) => Why::Postponed,
        None if error.is_timeout() || error.is_response() || error.is_client() => Why::BrokenOff,
        None if is_connecting(error) => Why::Unreachable,
        None => Why::BrokenOff,
    };
    Failure { why, reply: reply.map(i64::from) }
}

fn is_connecting(error: &lettre::transport::smtp::Error) -> bool {
    // The kind is not told otherwise.
    error.to_string().starts_with("Connection error")
}

/// The mail of a message: in Vietnamese, and below it in English.
fn written(app: &App, server: &MailServer, errand: &Errand) -> Result<Mail, Why> {
    let letter = &errand.letter;
    if letter.at.plus(TOO_OLD) < app.clock.now() {
        return Err(Why::TooLate);
    }
    let address = errand.address.as_deref().ok_or(Why::NoAddress)?;
    let address = address.parse().map_err(|_| Why::NoAddress)?;
    let link = format!("{}/messages", app.config.base_url);
    let part = |lang| {
        let words = Words::of(lang);
        let body = words.with(&letter.body_key(), &letter.values(lang));
        let answer = if letter.waits() { words.say("jobs-mail-answer") } else { words.say("jobs-mail-see") };
        format!("{body}\r\n\r\n{answer}\r\n{link}\r\n")
    };
    let text = format!("{}\r\n-- \r\n\r\n{}", part(Lang::Vi), part(Lang::En)).replace("\r\n", "\n");
    Mail::builder()
        .from(server.from.clone())
        .to(Mailbox::new(None, address))
        .subject(Words::of(Lang::Vi).with(&letter.subject_key(), &letter.values(Lang::Vi)))
        .message_id(Some(format!("<{}@{}>", letter.id, app.config.code_host())))
        .date(UNIX_EPOCH + since_epoch(letter.at))
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN)
        .body(text)
        .map_err(|_| Why::NoAddress)
}

fn since_epoch(at: Moment) -> Duration {
    Duration::from_micros(u64::try_from(at.micros()).unwrap_or(0))
}
