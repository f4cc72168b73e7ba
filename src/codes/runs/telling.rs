//! What is told of runs and their labels: the ids of an act, and its entries for the log.

use super::model::{RangeState, Run, Span, sum};
use crate::app::App;
use crate::kernel::{LogEntryId, LotCode, Moment, PartyId, Quantity, RunId};
use crate::keys::SecretKey;
use crate::log::{self, Author, Entry, Kind, Subject};
use crate::products::Product;
use crate::store::{StoreError, Tx};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How many pieces of a run one entry of the log tells of.
const PIECES: usize = 200;

/// What an act makes. The run is known before the unit of work, which may run twice; the rest is drawn anew each time.
pub(super) struct Made {
    /// The key of an act on a run, under which it is done once; what becomes of labels is known by it.
    pub(super) key: Option<Uuid>,
    pub(super) run: RunId,
    pub(super) entry: LogEntryId,
    pub(super) now: Moment,
}

impl Made {
    pub(super) fn now(app: &App, key: Option<RunId>) -> Self {
        Self { key: None, run: key.unwrap_or_else(|| app.id()), entry: app.id(), now: app.clock.now() }
    }

    /// The `n`-th piece of what becomes of labels. Under a key it is known by that, and by no other key however near: who chooses keys may
    /// count them.
    pub(super) fn piece(&self, what: RangeState, n: usize) -> Uuid {
        let Some(key) = self.key else { return later(self.entry.as_uuid(), n as u64) };
        let hash = Sha256::new()
            .chain_update(key)
            .chain_update((n as u64).to_be_bytes())
            .chain_update(what.as_str())
            .finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        uuid::Builder::from_custom_bytes(id).into_uuid()
    }

    /// The entry of the log that tells of the `n`-th piece of what becomes of labels.
    pub(super) fn entry_of(&self, n: usize) -> LogEntryId {
        LogEntryId::from_uuid(later(self.entry.as_uuid(), (n / PIECES) as u64))
    }

    /// The same run, within the unit of work: the log tells acts in the order of their entries' ids, which has to be that in which units
    /// were done. A void that lost against an activation, and is repeated, stands behind it.
    pub(super) fn again(&self, app: &App) -> Self {
        Self { key: self.key, run: self.run, entry: app.id(), now: app.clock.now() }
    }
}

/// One of many ids that follow from one.
pub(super) fn later(id: Uuid, n: u64) -> Uuid {
    const LOW: u64 = 0x3fff_ffff_ffff_ffff;
    let (high, low) = id.as_u64_pair();
    Uuid::from_u64_pair(high, (low & !LOW) | (low.wrapping_add(n) & LOW))
}

pub(super) async fn tell(
    tx: &mut Tx,
    made: &Made,
    kind: Kind,
    subject: Subject,
    (party, role): (Option<PartyId>, &'static str),
    body: Value,
) -> Result<(), StoreError> {
    let actor = Author { party, role };
    log::append(tx, &Entry { id: made.entry, kind, subject, at: made.now, actor, body }).await
}

/// What the log tells of a run; what is in a pack it only commits to.
pub(super) async fn told(
    tx: &mut Tx,
    run: &Run,
    product: &Product,
    key: &SecretKey,
    (salt, pack_size): ([u8; 32], Quantity),
) -> Result<Value, StoreError> {
    let pack_size = log::keep_private(tx, run.id.as_uuid(), "pack_size", salt, &json!(pack_size)).await?;
    Ok(json!({
        "what": "run",
        "run": run.id,
        "host": run.host.as_str(),
        "product": run.product_key,
        "product_number": product.number.as_str(),
        "lot": run.lot,
        "key": key.verifier().name().as_str(),
        "key_id": run.key.to_string(),
        "first_index": run.first,
        "count": run.count,
        "commitments": { "pack_size": pack_size },
    }))
}

/// Puts what becomes of labels into the log: one entry for every so many pieces, so that each of them stands there.
pub(super) async fn tell_pieces(
    tx: &mut Tx,
    made: &Made,
    (kind, subject): (Kind, Subject),
    (party, role): (Option<PartyId>, &'static str),
    (run, lot, spans): (&Run, Option<&LotCode>, &[Span]),
) -> Result<(), StoreError> {
    let entries = spans.chunks(PIECES).enumerate().map(|(n, some)| {
        let ranges: Vec<Value> =
            some.iter().map(|span| json!({ "first_index": span.first, "count": span.count() })).collect();
        Entry {
            id: made.entry_of(n * PIECES),
            kind,
            subject: subject.clone(),
            at: made.now,
            actor: Author { party, role },
            body: json!({ "run": run.id, "lot_code": lot, "labels": sum(some), "ranges": ranges }),
        }
    });
    log::append_all(tx, &entries.collect::<Vec<_>>()).await
}
