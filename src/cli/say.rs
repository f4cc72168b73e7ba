//! What the command line says: the words of its messages, and of the errors that its use cases meet.

use crate::custody::Error;
use crate::keys::{ListError, NoteError, SealError};
use crate::words::Words;
use anyhow::{Result, anyhow, bail};
use secrecy::SecretString;
use std::io::{BufRead, IsTerminal, stdin};

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
        Error::List(ListError::NotAnchored) => words.say("cli-list-not-anchored").into_owned(),
        Error::List(ListError::Note(NoteError::WrongSignature(_))) => {
            words.say("cli-list-tampered").into_owned()
        }
        Error::List(ListError::Older { given, seen }) => {
            words.two("cli-list-older", ("given", given), ("seen", seen))
        }
        Error::List(other) => one("cli-list-malformed", "why", other.to_string()),
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
        Error::Seal { path, source: SealError::WrongPassphrase } => {
            one("cli-key-wrong-passphrase", "path", path.display().to_string())
        }
        Error::Seal { path, source } => {
            words.two("cli-key-damaged", ("path", path.display()), ("why", source))
        }
        other @ (Error::Secret(_) | Error::Task(_) | Error::Store(_)) => {
            one("cli-failed", "why", chain(other))
        }
    }
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
