//! Opening commitments for an auditor: the amounts behind the entries of the log, each with its salt.
//!
//! What must stay true: only amounts go out (how much of a lot an event moved, what is in a pack), never names, addresses or free text; and
//! only what opens the commitment that stands in the log.

use super::model::{Commitment, Kept};
use super::store::{self, tree as tree_store};
use crate::app::App;
use crate::kernel::{LotId, PartyId};
use crate::store::StoreError;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How many entries are read at once.
const CHUNK: u64 = 512;

/// Which entries are opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// All of them.
    All,
    /// Those of these lots.
    Lots(Vec<LotId>),
    /// Those of what is a party's own, whoever recorded it.
    Party(PartyId),
}

impl Opened {
    fn holds(&self, entry: &Value) -> bool {
        match self {
            Self::All => true,
            Self::Lots(lots) => {
                let subject = entry["subject"].as_str().and_then(|subject| subject.strip_prefix("lot:"));
                subject.is_some_and(|subject| lots.iter().any(|lot| lot.to_string() == subject))
            }
            Self::Party(party) => {
                // Whose it is, and not who wrote it down: a cooperative that records for its members does not open its members' books.
                // A run of codes names the firm as its actor, also under a mandate.
                let whose = if entry["type"] == "codes.issued" { &entry["actor"] } else { &entry["body"] };
                whose["party"].as_str() == Some(party.to_string().as_str())
            }
        }
    }
}

/// An opened commitment: the line of a file of disclosures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Opening {
    /// The event or the run whose entry holds the commitment.
    pub of: Uuid,
    /// The name of the commitment in the entry.
    pub field: String,
    /// The salt, in hexadecimal.
    pub salt: String,
    /// The value.
    pub value: Value,
}

/// Some of the openings, and what they are out of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disclosed {
    /// The openings of a part of the log, in the order of its entries.
    pub openings: Vec<Opening>,
    /// How many amounts could not be opened: they were erased.
    pub erased: u64,
    /// The next entry to go on from; none at the end.
    pub next: Option<u64>,
}

/// Opens the amounts of the published entries from `first` on, some hundred entries at a time.
///
/// # Errors
/// When the database fails, or what is kept does not open what the log says.
pub async fn disclose(app: &App, wanted: &Opened, first: u64) -> Result<Disclosed, StoreError> {
    app.store
        .read(async |tx| {
            let published = tree_store::head(tx).await?.published;
            let some = published.saturating_sub(first).min(CHUNK);
            let mut disclosed = Disclosed::default();
            if some == 0 {
                return Ok(disclosed);
            }
            let mut asked: Vec<(Uuid, String, String)> = Vec::new();
            for entry in tree_store::entries(tx, first, some).await?.iter() {
                let entry: Value = serde_json::from_slice(entry)
                    .map_err(|error| StoreError::misfit("log_entry", "bytes", first, error))?;
                if wanted.holds(&entry) {
                    asked.extend(amount(&entry));
                }
            }
            let subjects: Vec<Uuid> = asked.iter().map(|(of, ..)| *of).collect();
            let kept: BTreeMap<(Uuid, String), Kept> =
                store::amounts(tx, &subjects).await?.into_iter().collect();
            for (of, field, commitment) in asked {
                let Some(Kept { salt, value }) = kept.get(&(of, field.clone())) else {
                    disclosed.erased += 1;
                    continue;
                };
                let opened = Commitment::to(salt, value)
                    .map_err(|problem| StoreError::misfit("private_value", "value", of, problem))?;
                if opened.to_string() != commitment {
                    let why = format!("{field} does not open what the log says");
                    return Err(StoreError::misfit("private_value", "value", of, why));
                }
                let salt = data_encoding::HEXLOWER.encode(salt);
                disclosed.openings.push(Opening { of, field, salt, value: value.clone() });
            }
            disclosed.next = (first + some < published).then_some(first + some);
            Ok(disclosed)
        })
        .await
}

/// The amount that an entry commits to: of what, the field, the commitment.
fn amount(entry: &Value) -> Option<(Uuid, String, String)> {
    let body = &entry["body"];
    let (of, field) = match entry["type"].as_str()? {
        "event.recorded" => (&body["event"], body["amount"].as_str()?),
        "codes.issued" => (&body["run"], "pack_size"),
        _ => return None,
    };
    let commitment = body["commitments"][field].as_str()?;
    Some((Uuid::parse_str(of.as_str()?).ok()?, field.to_owned(), commitment.to_owned()))
}
