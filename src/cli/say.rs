//! What the command line says: the words of its messages, and of the errors that its use cases meet.

use crate::custody::Error;
use crate::keys::{ListError, NameError, NoteError, SealError, VkeyError};
use crate::log::CheckpointError;
use crate::words::Words;
use anyhow::{Result, anyhow, bail};
use secrecy::SecretString;
use std::io::{BufRead, IsTerminal, stdin};
use std::path::Path;

/// A text in one line in which nothing hides: what could break it, reorder it or move a terminal's cursor is written as an escape. For what
/// was read from elsewhere.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\'' | '"' | '\\' => plain.push(sign),
            sign => plain.extend(sign.escape_debug()),
        }
    }
    plain
}

/// A message as an error.
pub(super) fn error<V: AsRef<str>>(words: Words, key: &str, values: &[(&str, V)]) -> anyhow::Error {
    anyhow!(words.with(key, values))
}

/// What is wrong with the keys, and what to do.
pub(super) fn keys(words: Words, error: &Error) -> String {
    let one = |key: &str, name: &str, value: String| words.with(key, &[(name, value)]);
    match error {
        Error::NotBegun => words.say("cli-keys-none").into_owned(),
        Error::AlreadyBegun => words.say("cli-keys-begun").into_owned(),
        Error::NoSuchKey(key) => one("cli-keys-no-such", "key", key.clone()),
        Error::Ambiguous(key) => one("cli-keys-ambiguous", "key", key.clone()),
        Error::IsRoot => words.say("cli-keys-is-root").into_owned(),
        Error::AlreadyCompromised(key) => one("cli-keys-compromised-already", "key", key.clone()),
        Error::AlreadyMade(key) => one("cli-keys-next-made", "key", key.clone()),
        Error::NotOfLog(key) => one("cli-keys-not-of-log", "key", key.clone()),
        Error::Alone(key) => one("cli-keys-alone", "key", key.clone()),
        Error::List(why) => list(words, why),
        Error::Forgets(key) => one("cli-list-forgets", "key", key.clone()),
        Error::Host(host) => one("cli-keys-host", "host", host.clone()),
        Error::File { path, source } => words.two("cli-key-file", ("path", path.display()), ("why", source)),
        Error::Readable { path, mode } => {
            let mode = format!("{mode:04o}");
            words.two("cli-key-readable", ("path", path.display()), ("mode", mode))
        }
        Error::Bare(path) => one("cli-key-bare", "path", path.display().to_string()),
        Error::NoPassphrase(path) => one("cli-key-no-passphrase", "path", path.display().to_string()),
        Error::NoSerialKey(path) => one("cli-key-no-serials", "path", path.display().to_string()),
        Error::Seal { path, source } => seal(words, path, *source),
        other @ (Error::Secret(_) | Error::Task(_) | Error::Store(_)) => {
            one("cli-failed", "why", chain(other))
        }
    }
}

/// What is wrong with a key list.
fn list(words: Words, error: &ListError) -> String {
    let none = String::new;
    let (reason, value, line) = match error {
        ListError::NotAnchored => return words.say("cli-list-not-anchored").into_owned(),
        ListError::Note(NoteError::WrongSignature(_)) => return words.say("cli-list-tampered").into_owned(),
        ListError::Older { given, seen } => {
            return words.two("cli-list-older", ("given", given), ("seen", seen));
        }
        ListError::Note(why) => return words.one("cli-list-malformed", "why", note(words, why)),
        ListError::Line(line) => ("line", none(), line.to_string()),
        ListError::Host(why) => ("host", name(words, *why), none()),
        ListError::Key(line, why) => ("key", vkey(words, *why), line.to_string()),
        ListError::Misplaced(key) => ("misplaced", key.to_string(), none()),
        ListError::SameId(id) => ("same_id", id.to_string(), none()),
        ListError::Term(key) => ("term", key.to_string(), none()),
        ListError::Dates => ("dates", none(), none()),
        ListError::TooMany => ("too_many", none(), none()),
        ListError::Forked(sequence) => ("forked", sequence.to_string(), none()),
        ListError::OtherHost(host) => ("other_host", host.to_string(), none()),
    };
    let values = [("reason", reason.to_owned()), ("value", value), ("line", line)];
    words.one("cli-list-malformed", "why", words.with("cli-list-why", &values))
}

/// Why the file of a private key was not opened or made.
fn seal(words: Words, path: &Path, error: SealError) -> String {
    let reason = match error {
        SealError::WrongPassphrase => return words.one("cli-key-wrong-passphrase", "path", path.display()),
        SealError::WorkFactor => "work_factor",
        SealError::TooMuchWork => "too_much_work",
        SealError::Secret(_) => "no_key",
        SealError::Damaged => "damaged",
    };
    let why = words.one("cli-seal-why", "reason", reason);
    words.two("cli-key-damaged", ("path", path.display()), ("why", why))
}

/// What is wrong with a verifier key.
pub(super) fn vkey(words: Words, error: VkeyError) -> String {
    let none = String::new;
    let (reason, why) = match error {
        VkeyError::Shape => ("shape", none()),
        VkeyError::Name(why) => ("name", name(words, why)),
        VkeyError::Id => ("id", none()),
        VkeyError::Base64 => ("base64", none()),
        VkeyError::Algorithm => ("algorithm", none()),
        VkeyError::Point => ("point", none()),
        VkeyError::IdMismatch => ("mismatch", none()),
    };
    words.two("cli-vkey-why", ("reason", reason), ("why", why))
}

/// What is wrong with the name of a key or a host.
fn name(words: Words, error: NameError) -> String {
    let reason = match error {
        NameError::Empty => "empty",
        NameError::TooLong => "too_long",
        NameError::Forbidden => "forbidden",
        NameError::Host => "host",
        NameError::Quarter => "quarter",
    };
    words.one("cli-name-why", "reason", reason)
}

/// What is wrong with a signed note.
pub(super) fn note(words: Words, error: &NoteError) -> String {
    let none = String::new;
    let (reason, value) = match error {
        NoteError::TooLarge => ("too_large", none()),
        NoteError::Control => ("control", none()),
        NoteError::Text => ("text", none()),
        NoteError::NoSignatures => ("no_signatures", none()),
        NoteError::SignatureLine(line) => ("line", line.to_string()),
        NoteError::NotSigned => ("not_signed", none()),
        NoteError::WrongSignature(key) => ("wrong", key.to_string()),
    };
    words.two("cli-note-why", ("reason", reason), ("value", value))
}

/// Why a text is no checkpoint.
pub(super) fn checkpoint(words: Words, error: &CheckpointError) -> String {
    match error {
        CheckpointError::Note(why) => note(words, why),
        CheckpointError::Line(line) => words.one("cli-checkpoint-line", "line", line),
        CheckpointError::Origin(origin) => words.one("cli-checkpoint-origin", "origin", origin),
    }
}

/// What failed, with its causes: nothing that has words of its own.
pub(super) fn failed(words: Words, why: &dyn std::error::Error) -> anyhow::Error {
    error(words, "cli-failed", &[("why", chain(why))])
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

/// The error in words, as an error of the command.
pub(super) fn refused(words: Words) -> impl Fn(Error) -> anyhow::Error {
    move |error| anyhow!(keys(words, &error))
}

/// Asks for a passphrase at the terminal; twice when it is a new one.
pub(super) fn typed(words: Words, prompt: &str, twice: bool) -> Result<SecretString> {
    if !stdin().is_terminal() {
        bail!(words.say("cli-passphrase-how").into_owned());
    }
    let ask = |key: &str| -> Result<String> {
        eprint!("{}", words.say(key));
        let mut line = String::new();
        stdin().lock().read_line(&mut line)?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    };
    let first = ask(prompt)?;
    if first.is_empty() {
        bail!(words.say("cli-passphrase-empty").into_owned());
    }
    if twice && ask("cli-passphrase-again")? != first {
        bail!(words.say("cli-passphrase-differs").into_owned());
    }
    Ok(SecretString::from(first))
}
