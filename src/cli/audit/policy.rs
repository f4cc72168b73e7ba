//! The auditor's policy: which logs count, which witnesses, and how many of them must have cosigned (C2SP `tlog-policy`).

use super::fault::Fault;
use crate::cli::say;
use crate::kernel::Moment;
use crate::keys::{Note, VerifierKey, VkeyError, WitnessKey};
use crate::log::Checkpoint;
use crate::words::Words;
use std::collections::{BTreeMap, BTreeSet};

/// What a name of the policy stands for.
#[derive(Clone, Debug)]
enum Named {
    Witness(WitnessKey),
    Group { needed: usize, members: Vec<String> },
}

/// A policy.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    logs: Vec<VerifierKey>,
    named: BTreeMap<String, Named>,
    quorum: Option<String>,
}

/// Why a policy is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PolicyError {
    /// A line is not as it has to be; counted from 1.
    Line { line: usize, why: LineError },
    /// No line says who must have cosigned.
    NoQuorum,
    /// No line names a log.
    NoLog,
}

/// Why a line of a policy is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LineError {
    /// It holds a control character.
    Control,
    /// The key of the log is none.
    LogKey(VkeyError),
    /// The log was named before.
    LogTwice,
    /// The key of the witness is none.
    WitnessKey(VkeyError),
    /// The key of the witness was named before.
    WitnessTwice,
    /// Something else has the name.
    NameTaken,
    /// How many members of a group are needed is not said.
    Needed,
    /// Nothing above has this name.
    Undefined(String),
    /// A member of a group is one of another group.
    TwoGroups(String),
    /// Another line said who must have cosigned.
    SecondQuorum,
    /// It begins with another word.
    Word(String),
}

impl PolicyError {
    /// The sentence about it.
    pub(super) fn say(&self, words: Words) -> String {
        match self {
            Self::NoQuorum => words.say("cli-policy-no-quorum").into_owned(),
            Self::NoLog => words.say("cli-policy-no-log").into_owned(),
            Self::Line { line, why } => {
                let (reason, value) = why.parts(words);
                let values = [("line", line.to_string()), ("reason", reason.to_owned()), ("value", value)];
                words.with("cli-policy-line", &values)
            }
        }
    }
}

impl LineError {
    /// What the sentence about a line says it with: the name of the reason, and what the reason names.
    fn parts(&self, words: Words) -> (&'static str, String) {
        let none = String::new;
        match self {
            Self::Control => ("control", none()),
            Self::LogKey(why) => ("log_key", say::vkey(words, *why)),
            Self::LogTwice => ("log_twice", none()),
            Self::WitnessKey(why) => ("witness_key", say::vkey(words, *why)),
            Self::WitnessTwice => ("witness_twice", none()),
            Self::NameTaken => ("name_taken", none()),
            Self::Needed => ("needed", none()),
            Self::Undefined(name) => ("undefined", name.clone()),
            Self::TwoGroups(name) => ("two_groups", name.clone()),
            Self::SecondQuorum => ("second_quorum", none()),
            Self::Word(word) => ("word", word.clone()),
        }
    }
}

/// A checkpoint that a log of the policy signed.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    /// The note, as it was read.
    pub(super) note: String,
    /// What it says.
    pub(super) checkpoint: Checkpoint,
    read: Note,
}

impl Policy {
    /// Reads a policy.
    pub(super) fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut policy = Self { logs: Vec::new(), named: BTreeMap::new(), quorum: None };
        let (mut quorums, mut publics, mut members_of_all) = (0, BTreeSet::new(), BTreeSet::new());
        for (at, line) in text.split('\n').enumerate() {
            let fault = |why: LineError| PolicyError::Line { line: at + 1, why };
            if line.chars().any(|c| c.is_control() && c != '\t') {
                return Err(fault(LineError::Control));
            }
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            match words.as_slice() {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["log", key] | ["log", key, _] => {
                    let key: VerifierKey = key.parse().map_err(|why| fault(LineError::LogKey(why)))?;
                    if !publics.insert((0, *key.public())) {
                        return Err(fault(LineError::LogTwice));
                    }
                    policy.logs.push(key);
                }
                ["witness", name, key] | ["witness", name, key, _] => {
                    let key = WitnessKey::parse(key).map_err(|why| fault(LineError::WitnessKey(why)))?;
                    if !publics.insert((1, *key.public())) {
                        return Err(fault(LineError::WitnessTwice));
                    }
                    policy.name(name, Named::Witness(key)).map_err(fault)?;
                }
                ["group", name, needed, members @ ..] if !members.is_empty() => {
                    let needed = match *needed {
                        "any" => 1,
                        "all" => members.len(),
                        number => number
                            .parse()
                            .ok()
                            .filter(|needed| (1..=members.len()).contains(needed) && !number.starts_with('0'))
                            .ok_or_else(|| fault(LineError::Needed))?,
                    };
                    for member in members {
                        if !policy.named.contains_key(*member) {
                            return Err(fault(LineError::Undefined((*member).to_owned())));
                        }
                        if !members_of_all.insert((*member).to_owned()) {
                            return Err(fault(LineError::TwoGroups((*member).to_owned())));
                        }
                    }
                    let members = members.iter().map(|member| (*member).to_owned()).collect();
                    policy.name(name, Named::Group { needed, members }).map_err(fault)?;
                }
                ["quorum", name] => {
                    quorums += 1;
                    if quorums > 1 {
                        return Err(fault(LineError::SecondQuorum));
                    }
                    if *name != "none" {
                        if !policy.named.contains_key(*name) {
                            return Err(fault(LineError::Undefined((*name).to_owned())));
                        }
                        policy.quorum = Some((*name).to_owned());
                    }
                }
                [first, ..] => return Err(fault(LineError::Word((*first).to_owned()))),
            }
        }
        match (quorums, policy.logs.is_empty()) {
            (0, _) => Err(PolicyError::NoQuorum),
            (_, true) => Err(PolicyError::NoLog),
            _ => Ok(policy),
        }
    }

    fn name(&mut self, name: &str, what: Named) -> Result<(), LineError> {
        if name == "none" || self.named.contains_key(name) {
            return Err(LineError::NameTaken);
        }
        self.named.insert(name.to_owned(), what);
        Ok(())
    }

    /// Reads a checkpoint that a log of the policy signed, whoever has cosigned it.
    pub(super) fn signed(&self, note: String) -> Result<Signed, Fault> {
        let checkpoint = Checkpoint::open(&note, &self.logs);
        let checkpoint = checkpoint.map_err(|why| Fault::Unsigned { why })?;
        let read = Note::parse(&note).map_err(|why| Fault::Unsigned { why: why.into() })?;
        Ok(Signed { note, checkpoint, read })
    }

    /// The keys of the policy's logs that signed it.
    pub(super) fn signers(&self, signed: &Signed) -> impl Iterator<Item = &VerifierKey> {
        self.logs.iter().filter(|key| {
            let mut lines = signed.read.signatures().iter();
            // One that is wrong would have spoilt the note.
            lines.any(|line| line.id() == key.id() && line.name() == key.name())
        })
    }

    /// Whether the policy's witnesses have cosigned it.
    pub(super) fn quorum(&self, signed: &Signed) -> Result<(), Fault> {
        match &self.quorum {
            Some(quorum) if !self.has_seen(quorum, &signed.read) => {
                Err(Fault::NoQuorum { of: quorum.clone() })
            }
            _ => Ok(()),
        }
    }

    /// When the last of the policy's witnesses cosigned it; nothing when none did.
    pub(super) fn cosigned_at(&self, signed: &Signed) -> Option<Moment> {
        let times = self.named.values().filter_map(|named| match named {
            Named::Witness(key) => key.cosigned(&signed.read),
            Named::Group { .. } => None,
        });
        Some(Moment::from_micros(i64::try_from(times.max()?).ok()?.checked_mul(1_000_000)?))
    }

    fn has_seen(&self, name: &str, note: &Note) -> bool {
        match self.named.get(name) {
            Some(Named::Witness(key)) => key.cosigned(note).is_some(),
            Some(Named::Group { needed, members }) => {
                members.iter().filter(|member| self.has_seen(member, note)).count() >= *needed
            }
            None => false,
        }
    }
}
