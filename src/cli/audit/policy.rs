//! The auditor's policy: which logs count, which witnesses, and how many of them must have cosigned (C2SP `tlog-policy`).

use super::fault::Fault;
use crate::kernel::Moment;
use crate::keys::{Note, VerifierKey, WitnessKey};
use crate::log::Checkpoint;
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

/// Why a line of a policy is not accepted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PolicyError {
    #[error("line {line}: {why}")]
    Line { line: usize, why: String },
    #[error("there is no quorum line")]
    NoQuorum,
    #[error("there is no log line")]
    NoLog,
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
            let fault = |why: &str| PolicyError::Line { line: at + 1, why: why.to_owned() };
            if line.chars().any(|c| c.is_control() && c != '\t') {
                return Err(fault("a control character"));
            }
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            match words.as_slice() {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["log", key] | ["log", key, _] => {
                    let key: VerifierKey = key.parse().map_err(|why| fault(&format!("log: {why}")))?;
                    if !publics.insert((0, *key.public())) {
                        return Err(fault("the log stands twice"));
                    }
                    policy.logs.push(key);
                }
                ["witness", name, key] | ["witness", name, key, _] => {
                    let key = WitnessKey::parse(key).map_err(|why| fault(&format!("witness: {why}")))?;
                    if !publics.insert((1, *key.public())) {
                        return Err(fault("the witness's key stands twice"));
                    }
                    policy.name(name, Named::Witness(key)).map_err(&fault)?;
                }
                ["group", name, needed, members @ ..] if !members.is_empty() => {
                    let needed = match *needed {
                        "any" => 1,
                        "all" => members.len(),
                        number => number
                            .parse()
                            .ok()
                            .filter(|needed| (1..=members.len()).contains(needed) && !number.starts_with('0'))
                            .ok_or_else(|| fault("a group needs any, all, or a number of its members"))?,
                    };
                    for member in members {
                        if !policy.named.contains_key(*member) {
                            return Err(fault(&format!("{member} is not defined above")));
                        }
                        if !members_of_all.insert((*member).to_owned()) {
                            return Err(fault(&format!("{member} is in two groups")));
                        }
                    }
                    let members = members.iter().map(|member| (*member).to_owned()).collect();
                    policy.name(name, Named::Group { needed, members }).map_err(&fault)?;
                }
                ["quorum", name] => {
                    quorums += 1;
                    if quorums > 1 {
                        return Err(fault("a second quorum line"));
                    }
                    if *name != "none" {
                        if !policy.named.contains_key(*name) {
                            return Err(fault(&format!("{name} is not defined above")));
                        }
                        policy.quorum = Some((*name).to_owned());
                    }
                }
                [first, ..] => {
                    return Err(fault(&format!(
                        "{first}: write log, witness, group or quorum as tlog-policy says"
                    )));
                }
            }
        }
        match (quorums, policy.logs.is_empty()) {
            (0, _) => Err(PolicyError::NoQuorum),
            (_, true) => Err(PolicyError::NoLog),
            _ => Ok(policy),
        }
    }

    fn name(&mut self, name: &str, what: Named) -> Result<(), &'static str> {
        if name == "none" || self.named.contains_key(name) {
            return Err("the name is taken");
        }
        self.named.insert(name.to_owned(), what);
        Ok(())
    }

    /// Reads a checkpoint that a log of the policy signed, whoever has cosigned it.
    pub(super) fn signed(&self, note: String) -> Result<Signed, Fault> {
        let checkpoint = Checkpoint::open(&note, &self.logs);
        let checkpoint = checkpoint.map_err(|error| Fault::Unsigned { why: error.to_string() })?;
        let read = Note::parse(&note).map_err(|error| Fault::Unsigned { why: error.to_string() })?;
        Ok(Signed { note, checkpoint, read })
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
