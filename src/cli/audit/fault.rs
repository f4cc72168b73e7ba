//! What an audit finds wrong with a log, and the sentences that say it.

use crate::cli::say;
use crate::log::CheckpointError;
use crate::words::Words;

/// What is wrong with the log, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// An entry is not what an entry has to be, or does not fit those before it.
    Entry { index: u64, why: Wrong },
    /// A tile is not that of the entries.
    Tile { path: String },
    /// A file ends too early.
    Short { path: String },
    /// The entries have another root than the checkpoint says.
    Root { size: u64 },
    /// A file that the checkpoint covers is not there.
    Missing { path: String },
    /// What was signed before is not at the beginning of what is signed now.
    Rewritten { before: u64, now: u64 },
    /// Fewer entries are signed now.
    Shrunk { before: u64, now: u64 },
    /// Two roots are signed for one size.
    Forked { size: u64 },
    /// No log of the policy signed the checkpoint.
    Unsigned { why: CheckpointError },
    /// The policy's witnesses have not cosigned it.
    NoQuorum { of: String },
    /// The last audit was of another log.
    OtherLog { before: String, now: String },
}

impl Fault {
    /// The sentence about it.
    pub(super) fn say(&self, words: Words) -> String {
        let number = |name: &'static str, value: &u64| (name, value.to_string());
        match self {
            Self::Entry { index, why } => {
                words.with("cli-audit-fault-entry", &[number("index", index), ("why", why.say(words))])
            }
            Self::Tile { path } => words.one("cli-audit-fault-tile", "path", path),
            Self::Short { path } => words.one("cli-audit-fault-short", "path", path),
            Self::Root { size } => words.one("cli-audit-fault-root", "size", size),
            Self::Missing { path } => words.one("cli-audit-fault-missing", "path", path),
            Self::Rewritten { before, now } => {
                words.two("cli-audit-fault-rewritten", ("before", before), ("now", now))
            }
            Self::Shrunk { before, now } => {
                words.two("cli-audit-fault-shrunk", ("before", before), ("now", now))
            }
            Self::Forked { size } => words.one("cli-audit-fault-forked", "size", size),
            Self::Unsigned { why } => {
                words.one("cli-audit-fault-unsigned", "why", say::checkpoint(words, why))
            }
            Self::NoQuorum { of } => words.one("cli-audit-fault-quorum", "of", of),
            Self::OtherLog { before, now } => {
                words.two("cli-audit-fault-other-log", ("before", before), ("now", now))
            }
        }
    }
}

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It cannot be read.
    Unreadable(String),
    /// It says the same in another spelling than RFC 8785.
    Spelling,
    /// It has other members than an entry has.
    Members(String),
    /// It is of another version.
    Version(String),
    /// A member that has to be there is not, or is of another kind.
    Lacks(&'static str),
    /// It does not stand where its subject's next entry is due.
    Place { subject: String, found: String, due: u64 },
    /// It names another entry before it than there is.
    Before { subject: String },
    /// Codes by a key that signed no more.
    EndedKey(String),
    /// Codes by a key of which no entry tells.
    UnknownKey(String),
    /// Codes by a key that signs something else.
    KeyOfRole { key: String, role: String },
    /// Codes by a key before its term or after it.
    KeyOutOfTerm(String),
    /// Serials that another run has.
    Taken(String),
    /// A run that is issued again.
    Again(String),
    /// Labels of a run that was not issued.
    NoRun(String),
    /// Labels outside their run.
    Foreign { run: String, product: String },
    /// Labels that are active already.
    Active(String),
    /// Labels that are void already.
    Void(String),
    /// Labels that are activated after they were void.
    Revived(String),
    /// Other labels than the ranges hold.
    Count { run: String, told: i64, found: i64 },
    /// More labels, with those told before, than the run has.
    TooMany { run: String, told: i64, before: i64, has: i64 },
}

impl Wrong {
    fn say(&self, words: Words) -> String {
        match self {
            Self::Unreadable(why) => words.one("cli-audit-wrong-unreadable", "why", why),
            Self::Spelling => words.say("cli-audit-wrong-spelling").into_owned(),
            Self::Members(names) => words.one("cli-audit-wrong-members", "names", names),
            Self::Version(version) => words.one("cli-audit-wrong-version", "version", version),
            Self::Lacks(name) => words.one("cli-audit-wrong-lacks", "name", name),
            Self::Place { subject, found, due } => {
                let values =
                    [("subject", subject.clone()), ("found", found.clone()), ("due", due.to_string())];
                words.with("cli-audit-wrong-place", &values)
            }
            Self::Before { subject } => words.one("cli-audit-wrong-before", "subject", subject),
            Self::EndedKey(key) => words.one("cli-audit-wrong-ended-key", "key", key),
            Self::UnknownKey(key) => words.one("cli-audit-wrong-unknown-key", "key", key),
            Self::KeyOfRole { key, role } => {
                words.two("cli-audit-wrong-key-of-role", ("key", key), ("role", role))
            }
            Self::KeyOutOfTerm(key) => words.one("cli-audit-wrong-key-out-of-term", "key", key),
            Self::Taken(run) => words.one("cli-audit-wrong-taken", "run", run),
            Self::Again(run) => words.one("cli-audit-wrong-again", "run", run),
            Self::NoRun(run) => words.one("cli-audit-wrong-no-run", "run", run),
            Self::Foreign { run, product } => {
                words.two("cli-audit-wrong-foreign", ("run", run), ("product", product))
            }
            Self::Active(run) => words.one("cli-audit-wrong-active", "run", run),
            Self::Void(run) => words.one("cli-audit-wrong-void", "run", run),
            Self::Revived(run) => words.one("cli-audit-wrong-revived", "run", run),
            Self::Count { run, told, found } => {
                let values = [("run", run.clone()), ("told", told.to_string()), ("found", found.to_string())];
                words.with("cli-audit-wrong-count", &values)
            }
            Self::TooMany { run, told, before, has } => {
                let number = |name: &'static str, value: &i64| (name, value.to_string());
                let values = [number("told", told), number("before", before), number("has", has)];
                words.with("cli-audit-wrong-too-many", &[&[("run", run.clone())], &values[..]].concat())
            }
        }
    }
}
