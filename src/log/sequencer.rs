//! Giving entries their place, and signing how far the log goes: one node leads, by a lease in the head of the log.
//!
//! A round makes what waits ready, numbers and commits it; reads it back, hashes it again and measures it by the last checkpoint; signs;
//! puts the checkpoint into this node's file; publishes it. Whatever step a node dies at, the next round, here or elsewhere, goes on from
//! there. Where more waits than one round takes, the steps of several rounds go on beside each other, each round's in their order: one is
//! signed while the next is put in its place, and published with it where it is signed by then.
//!
//! What must stay true: nothing is signed that does not begin with what was signed before; nothing is published that is not in the
//! signer's file; a node that lost the lead writes nothing more (the head is changed under its fence only).

use super::batch::{Batch, Placed};
use super::checkpoint::Checkpoint;
use super::kept::{self, Outcome};
use super::node::{Known, Standing, Stop};
use super::store::held;
use super::store::tree as store;
use super::tree::Wanted;
use crate::app::App;
use crate::kernel::{LogEntryId, Moment, Sha256Hash};
use crate::keys::{Role, SecretKey, VerifierKey};
use crate::store::{Kind, StoreError, Tx};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use uuid::Uuid;

/// How long a lead lasts that is not taken again: so long nothing is signed when a leader dies. It is taken again when half of it is over.
/// A leader that is frozen while it writes is cut off by the server as soon ([`crate::store::Store::write_briefly`]).
const LEASE: Duration = Duration::from_secs(2);

/// How long a turn begins further rounds: the lead, which each of them prolongs, lasts longer.
const TURN: Duration = Duration::from_secs(1);

/// How long a permissive act waits for its checkpoint before it says that the log is late.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long one waits for a round, of another node or one that is under way here, before looking again.
const LOOK_AGAIN: Duration = Duration::from_millis(15);

/// Why the log did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This node may not sign.
    #[error("the log is stopped: {0}")]
    Stopped(#[from] Stop),
    /// The entry is recorded, and waits until the log goes on.
    #[error("the entry is recorded; its checkpoint waits, as the log is stopped: {0}")]
    Waits(Stop),
    /// The entry is recorded, and its checkpoint is not there in time.
    #[error("the entry is recorded; its checkpoint is late")]
    Late,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// So many entries are under the published checkpoint now.
    Published { entries: u64 },
    /// Another node leads.
    Follows,
}

/// Gives what waits its place and signs it, when this node leads or may take the lead; how many entries that were.
///
/// # Errors
/// [`Error::Stopped`] when this node may not sign.
pub async fn carry(app: &App) -> Result<u64, Error> {
    let mut known = app.log.turn.lock().await;
    round(app, &mut known).await
}

/// Measures the database by the last checkpoint that this node has seen, and signs nothing.
///
/// # Errors
/// [`Error::Stopped`] when this node would not sign for what it found; whether the key is open here is not asked.
pub async fn look(app: &App) -> Result<(), Error> {
    let head = app.store.glance(async |tx| store::head(tx).await).await?;
    measure(app, &mut Known::default(), &head).await?;
    // Measuring did so already.
    if head.size > AT_ONCE { super::check::whole(app, head.size, &head.root).await } else { Ok(()) }
}

/// Gives the lead back at the end of the service, so that another node need not wait for its end.
///
/// # Errors
/// When the database fails.
pub async fn leave(app: &App) -> Result<(), StoreError> {
    let Some(node) = app.log.id.get().copied() else { return Ok(()) };
    app.store.write_briefly(async |tx| store::leave(tx, node).await).await
}

/// Takes over a checkpoint from elsewhere (another node, a witness, a mirror) as the last one that this node has seen: for a node that has
/// no file of its own yet, or one that cannot be used. The database must begin with what it signs; the node's own file must not go
/// further, nor any witness of the settings that answers.
///
/// # Errors
/// [`Error::Stopped`] when it is no checkpoint of this log, the database has less or something else, or more was signed than it says.
pub async fn adopt(app: &App, note: &str) -> Result<Checkpoint, Error> {
    let mut known = app.log.turn.lock().await;
    let checkpoint = open(app, note).map_err(Stop::File)?;
    let head = app.store.glance(async |tx| store::head(tx).await).await?;
    fits(app, checkpoint.size, &checkpoint.root, &head).await?;
    super::witness::agree(app, note, &checkpoint).await?;
    *known = Known::default();
    match keep(app, note).await? {
        Outcome::Kept => {
            app.store.write_briefly(async |tx| held::let_go(tx).await).await?;
            Ok(checkpoint)
        }
        Outcome::Stays(size) if size > head.size => {
            Err(Stop::Shorter { signed: size, found: head.size }.into())
        }
        Outcome::Stays(size) if size == checkpoint.size => Err(Stop::Different { size }.into()),
        Outcome::Stays(signed) => Err(Stop::File(format!(
            "it holds a checkpoint of {signed} entries, and this one has {}",
            checkpoint.size
        ))
        .into()),
    }
}

/// Whether a checkpoint from elsewhere leaves open what was signed since this database was saved: it says no more than the database itself, and
/// the witnesses of the settings do not all answer, one of them that it has seen this one last and none more. A registry that is put back on a new machine by such a one may grow another history
/// than the one that was lost: whoever adopts it has to have asked.
///
/// # Errors
/// As [`adopt`], for what a witness says against it.
pub async fn says_nothing_newer(app: &App, note: &str) -> Result<bool, Error> {
    // What is no checkpoint of this log is refused when it is to be adopted.
    let Ok(checkpoint) = open(app, note) else { return Ok(false) };
    let head = app.store.glance(async |tx| store::head(tx).await).await?;
    if checkpoint.size > head.published {
        return Ok(false);
    }
    fits(app, checkpoint.size, &checkpoint.root, &head).await?;
    Ok(!super::witness::know_nothing_newer(app, note, &checkpoint).await?)
}

/// Lets a log go on of which nothing was signed when it was saved, and which was put back: there is no checkpoint that could be adopted. Whoever
/// does so has to have asked whether something was signed since. Whether it was such a one.
///
/// # Errors
/// When the database fails.
pub async fn begin_again(app: &App) -> Result<bool, StoreError> {
    let work = async |tx: &mut Tx| {
        let is_new = store::head(tx).await?.published == 0;
        if is_new {
            held::let_go(tx).await?;
        }
        Ok(is_new)
    };
    app.store.write(work).await
}

/// Waits until `entry`, which is recorded, stands under a published checkpoint; its index. Whoever waits takes a turn at numbering and signing,
/// so that the wait is that of one round.
///
/// # Errors
/// [`Error::Waits`], [`Error::Late`]: never [`Error::Stopped`], for the entry is there.
pub async fn sealed(app: &App, entry: LogEntryId) -> Result<u64, Error> {
    let wait = async {
        loop {
            if let Some(index) = place_of(app, entry).await? {
                return Ok(index);
            }
            {
                // A turn that is under way may publish it long before it ends.
                let mut turn = pin!(app.log.turn.lock());
                let mut known = loop {
                    match tokio::time::timeout(LOOK_AGAIN, &mut turn).await {
                        Ok(known) => break known,
                        Err(_) => {
                            if let Some(index) = place_of(app, entry).await? {
                                return Ok(index);
                            }
                        }
                    }
                };
                // The round that was waited for may have been the one.
                if let Some(index) = place_of(app, entry).await? {
                    return Ok(index);
                }
                if let Err(Error::Stopped(stop)) = round(app, &mut known).await {
                    return Err(Error::Waits(stop));
                }
            }
            if let Some(index) = place_of(app, entry).await? {
                return Ok(index);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    let late = || Err(app.log.stopped().map_or(Error::Late, Error::Waits));
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| late())
}

/// Whether a permissive act may begin: its entry could be signed. This is asked before the unit of work, as [`first_look`] is.
///
/// # Errors
/// [`Error::Stopped`].
pub async fn ready(app: &App) -> Result<(), Error> {
    first_look(app).await?;
    still_ready(app)
}

/// Measures the log before the first permissive act of this node, where no round has done so yet: else that act could be recorded in the
/// first moments after a start, draw on a balance, and only then be told that nothing is signed here. Never within a unit of work: whoever
/// has the turn may wait for the database.
///
/// # Errors
/// When the database fails.
pub async fn first_look(app: &App) -> Result<(), StoreError> {
    // A program without a keyring can read no checkpoint, and issues nothing.
    if app.log.is_looked_at() || app.keys.mark().is_none() {
        return Ok(());
    }
    Box::pin(async {
        let mut known = app.log.turn.lock().await;
        // A round that was waited for has looked.
        if app.log.is_looked_at() {
            return Ok(());
        }
        match or_unreadable(may_go_on(app, &mut known).await) {
            Ok(()) | Err(Error::Waits(_) | Error::Late) => app.log.looks(),
            Err(Error::Stopped(stop)) => app.log.stand(Standing::Stopped(stop)),
            Err(Error::Store(error)) => return Err(error),
        }
        Ok(())
    })
    .await
}

/// Whether this node could begin a round, as far as that is known before it does.
async fn may_go_on(app: &App, known: &mut Known) -> Result<(), Error> {
    if let Some(stop) = app.log.broken.get() {
        return Err(stop.clone().into());
    }
    if !holds_key(app) {
        return Err(Stop::NoKey.into());
    }
    let head = app.store.glance(async |tx| store::head(tx).await).await?;
    measure(app, known, &head).await
}

/// Whether a key of the log is open here, whatever its term: that is for the round to ask, when it signs.
fn holds_key(app: &App) -> bool {
    app.keys.current().secrets().iter().any(|key| key.verifier().name().role() == Some(Role::Log))
}

/// As [`ready`], by what is known already: within the unit of work.
///
/// # Errors
/// [`Error::Stopped`].
pub fn still_ready(app: &App) -> Result<(), Error> {
    match app.log.stopped() {
        Some(stop) => Err(stop.into()),
        None => Ok(()),
    }
}

/// Whether an act may begin that permits something and yet lets no food go by itself: a party is approved, a mandate given, a list published.
/// It waits for no signature, and is refused while the log and what is stored disagree: nobody could say later in which of two histories it
/// was done. That no key of the log is open here is no disagreement: a registry is set up before its keys are, and other nodes have them; what
/// is done then is recorded and logged later. As [`ready`], it is asked before the unit of work, never within.
///
/// # Errors
/// [`Error::Stopped`], for every reason but [`Stop::NoKey`].
pub async fn agrees(app: &App) -> Result<(), Error> {
    // A round that this node makes has measured; no other does where the key is not open, or not yet.
    let goes_on = matches!(app.log.standing(), Standing::Leads | Standing::Follows);
    if app.keys.mark().is_some() && !goes_on {
        Box::pin(measured(app)).await?;
    }
    still_agrees(app)
}

/// As [`agrees`], by what is known already: within the unit of work.
///
/// # Errors
/// [`Error::Stopped`], for every reason but [`Stop::NoKey`].
pub fn still_agrees(app: &App) -> Result<(), Error> {
    match app.log.stopped() {
        None | Some(Stop::NoKey) => Ok(()),
        Some(stop) => Err(stop.into()),
    }
}

/// Measures the database by what this node has seen; the first time all of it, as at the start of a node that signs.
async fn measured(app: &App) -> Result<(), Error> {
    let mut known = app.log.turn.lock().await;
    let head = app.store.glance(async |tx| store::head(tx).await).await?;
    or_unreadable(measure_unsigned(app, &mut known, &head).await)
}

/// As [`measure`], for a node that may not be able to sign.
async fn measure_unsigned(app: &App, known: &mut Known, head: &store::Head) -> Result<(), Error> {
    match measure(app, known, head).await {
        // It has seen nothing that the database could disagree with, and signs nothing.
        Err(Error::Stopped(Stop::FileMissing { .. })) if !holds_key(app) => Ok(()),
        outcome => outcome,
    }
}

/// Where an entry stands, once it is under a published checkpoint.
async fn place_of(app: &App, entry: LogEntryId) -> Result<Option<u64>, StoreError> {
    app.store.glance(async |tx| store::published_at(tx, entry).await).await
}

async fn round(app: &App, known: &mut Known) -> Result<u64, Error> {
    let outcome = match or_unreadable(Box::pin(turn(app, known)).await) {
        // Another node holds the head for longer than a round takes: a frozen one, which the server is about to cut off.
        Err(Error::Store(error)) if error.is_in_others_hands() => Ok(Turn::Follows),
        outcome => outcome,
    };
    match &outcome {
        Ok(Turn::Published { .. }) => app.log.stand(Standing::Leads),
        Ok(Turn::Follows) => app.log.stand(Standing::Follows),
        Err(Error::Stopped(stop)) => app.log.stand(Standing::Stopped(stop.clone())),
        Err(Error::Waits(_) | Error::Late | Error::Store(_)) => {}
    }
    outcome.map(|turn| match turn {
        Turn::Published { entries } => entries,
        Turn::Follows => 0,
    })
}

/// What stands there and cannot be read stops the log: nothing goes on before somebody has looked.
fn or_unreadable<T>(outcome: Result<T, Error>) -> Result<T, Error> {
    match outcome {
        Err(Error::Store(error @ StoreError::Misfit { .. })) => {
            Err(Stop::Unreadable(error.to_string()).into())
        }
        outcome => outcome,
    }
}

async fn turn(app: &App, known: &mut Known) -> Result<Turn, Error> {
    if let Some(stop) = app.log.broken.get() {
        return Err(stop.clone().into());
    }
    if let Some(Stop::File(_)) = app.log.stopped() {
        // It does not lead again before it could keep what it signs: another one may.
        probe(app).await?;
    }
    let now = app.clock.now();
    let node = *app.log.id.get_or_init(|| app.id());
    let mut head = app.store.glance(async |tx| store::head(tx).await).await?;
    let ring = app.keys.current();
    let keys = ring.all_signing(Role::Log, now);
    if keys.is_empty() {
        // Where what is stored disagrees with what was seen here, that is the reason to tell.
        if app.keys.mark().is_some() {
            measure_unsigned(app, known, &head).await?;
        }
        return Err(Stop::NoKey.into());
    }
    measure(app, known, &head).await?;
    if head.holder == Some(held::NOBODY) {
        // This node has seen all of what was put back.
        app.store.write_briefly(async |tx| held::let_go(tx).await).await?;
        head = app.store.glance(async |tx| store::head(tx).await).await?;
    }
    let is_led = head.holder == Some(node) && now.plus(LEASE / 2) < head.held_until;
    if is_led && head.size == head.published && !app.store.glance(async |tx| store::waits(tx).await).await? {
        return Ok(Turn::Published { entries: 0 });
    }
    if head.holder != Some(node) && head.held_until > now {
        return Ok(Turn::Follows);
    }
    if !is_led {
        let until = now.plus(LEASE);
        let leads =
            app.store.write_briefly(async |tx| store::lead(tx, node, &head, now, until).await).await?;
        if !leads {
            return Ok(Turn::Follows);
        }
    }
    // As it stands under this node's lead.
    let head = if is_led { head } else { app.store.glance(async |tx| store::head(tx).await).await? };
    if head.holder != Some(node) {
        return Ok(Turn::Follows);
    }
    let outcome = Box::pin(lead(app, known, &keys, (node, &head), now)).await;
    if matches!(outcome, Err(Error::Stopped(Stop::File(_)))) {
        // Another node may have a file that it can write: it need not wait for this one.
        if let Err(error) = app.store.write_briefly(async |tx| store::leave(tx, node).await).await {
            tracing::warn!(%error, "the lead of the log was not given up");
        }
    }
    outcome
}

/// What a node does with its lead, which it has under the head as it is given.
async fn lead(
    app: &App,
    known: &mut Known,
    keys: &[&SecretKey],
    (node, head): (Uuid, &store::Head),
    now: Moment,
) -> Result<Turn, Error> {
    let led = (node, head.fence);
    // Three things at once, for as long as there is enough to do: what has its place is signed, what is ready is put in its place, and what
    // waits behind it is made ready.
    let (mut size, mut signed) = (head.size, head.published);
    // What this node put in its place last, and has not signed; where chains end behind it.
    let (mut placed, mut ends) = (None, std::mem::take(&mut known.ends).behind(&head.root));
    // What cannot be made ready is told when all that has its place is signed.
    let (mut batch, mut failed) = match Batch::first(app, size, &ends).await {
        Ok(batch) => (batch, None),
        Err(error) => (None, Some(error)),
    };
    while size > signed || batch.is_some() {
        let goes_on = app.clock.now() < now.plus(TURN);
        let note = OnceLock::new();
        let sign = async {
            let outcome =
                if size > signed { sign(app, known, keys, size, placed.as_ref()).await } else { Ok(None) };
            if let Ok(Some(signed)) = &outcome {
                note.get_or_init(|| signed.clone());
            }
            outcome
        };
        let put = async {
            // What is signed by then is published in the same unit of work: one wait for the disk less.
            let besides = async |tx: &mut Tx| match note.get() {
                Some(note) => store::publish(tx, led, size, note, app.clock.now()).await,
                None => Ok(false),
            };
            match &batch {
                Some(batch) => batch.put(app, led, LEASE, besides).await,
                None => Ok(Some(false)),
            }
        };
        let ready = async {
            match &batch {
                Some(batch) if goes_on && batch.is_full => batch.after(app, &ends).await,
                _ => Ok(None),
            }
        };
        let (note, put, next) = tokio::join!(sign, put, ready);
        let is_published = match (note?, &put) {
            // There was nothing to sign, or it is published beside the next ones.
            (None, _) => size == signed,
            (Some(_), Ok(Some(true))) => true,
            (Some(note), _) => {
                let publish = async |tx: &mut Tx| store::publish(tx, led, size, &note, app.clock.now()).await;
                app.store.write_briefly(publish).await?
            }
        };
        if !is_published || put?.is_none() {
            return Ok(Turn::Follows);
        }
        signed = size;
        placed = batch.map(|batch| batch.into_placed(&mut ends));
        size = placed.as_ref().map_or(size, |placed| placed.size());
        batch = next.unwrap_or_else(|error| {
            failed = Some(error);
            None
        });
    }
    known.ends = ends;
    if let Some(error) = failed {
        return Err(error);
    }
    Ok(Turn::Published { entries: size - head.published })
}

/// Signs for the first `size` entries, as they are stored; the note, which is in this node's file and may be published. None when another
/// process of this machine went further. `placed` is what this node has just put in its place.
async fn sign(
    app: &App,
    known: &mut Known,
    keys: &[&SecretKey],
    size: u64,
    placed: Option<&Arc<Placed>>,
) -> Result<Option<String>, Error> {
    let root = super::check::again(app, known, size, placed).await?;
    let origin = keys.first().ok_or(Stop::NoKey)?.verifier().name().to_string();
    let checkpoint = Checkpoint { origin, size, root };
    let note = checkpoint.sign_by(keys).map_err(|error| Stop::File(error.to_string()))?;
    if keep(app, &note).await? != Outcome::Kept {
        // Another process of this machine went further: it is measured anew.
        *known = Known::default();
        return Ok(None);
    }
    known.last = Some(checkpoint);
    Ok(Some(note))
}

/// Measures the database by the last checkpoint that this node has seen: at the first round, and whenever another node went on since.
async fn measure(app: &App, known: &mut Known, head: &store::Head) -> Result<(), Error> {
    if !known.is_measured {
        known.last = last(app, head).await?;
        if let Some(last) = &known.last {
            fits(app, last.size, &last.root, head).await?;
        }
        if known.has_seen_less(head) {
            return Err(Stop::FileMissing { published: head.published }.into());
        }
        if head.size <= AT_ONCE {
            super::check::whole(app, head.size, &head.root).await?;
        }
        known.is_measured = true;
    }
    if known.has_seen_less(head) {
        *known = Known::default();
        return Err(Stop::FileMissing { published: head.published }.into());
    }
    let seen = known.last.as_ref().map_or(0, |last| last.size);
    if seen > head.size {
        // It was put back to an earlier state while this node ran.
        *known = Known::default();
        return Err(Stop::Shorter { signed: seen, found: head.size }.into());
    }
    if head.published > seen
        && let Some(note) = &head.checkpoint
    {
        let published = open(app, note).map_err(Stop::File)?;
        fits(app, published.size, &published.root, head).await?;
        // A larger one that stands there already is measured with the next round.
        known.is_measured = keep(app, note).await? == Outcome::Kept;
        known.last = Some(published);
    }
    Ok(())
}

/// Up to how many entries the whole tree is hashed again before the first signature of a start; a larger one is looked through beside.
pub(super) const AT_ONCE: u64 = 16_384;

/// The last checkpoint that this node has seen.
async fn last(app: &App, head: &store::Head) -> Result<Option<Checkpoint>, Error> {
    let data = app.config.data.clone();
    let read = tokio::task::spawn_blocking(move || kept::read(&data)).await;
    let note = read.map_err(StoreError::task)?.map_err(|error| Stop::File(error.to_string()))?;
    match note {
        Some(note) => Ok(Some(open(app, &note).map_err(Stop::File)?)),
        None if head.published == 0 => Ok(None),
        None => Err(Stop::FileMissing { published: head.published }.into()),
    }
}

/// Reads a checkpoint of this log, signed by a key that the list in force names for it.
pub(super) fn open(app: &App, note: &str) -> Result<Checkpoint, String> {
    let ring = app.keys.current();
    let listed = ring.opened().map(|opened| opened.list.keys()).unwrap_or_default();
    let keys: Vec<VerifierKey> =
        listed.iter().filter(|key| key.role() == Role::Log).map(|key| key.key().clone()).collect();
    Checkpoint::open(note, &keys).map_err(|error| error.to_string())
}

/// Whether the first `size` entries of the tree as stored have this root.
async fn fits(app: &App, size: u64, root: &Sha256Hash, head: &store::Head) -> Result<(), Error> {
    if size > head.size {
        return Err(Stop::Shorter { signed: size, found: head.size }.into());
    }
    let wanted = Wanted::root(size);
    let tiles = app.store.glance(async |tx| store::tiles(tx, wanted.tiles()).await).await?;
    match wanted.hashes(&tiles) {
        Some(found) if found.first() == Some(root) => Ok(()),
        _ => Err(Stop::Different { size }.into()),
    }
}

/// Puts a checkpoint into this node's file, unless that goes further.
async fn keep(app: &App, note: &str) -> Result<Outcome, Error> {
    let (data, note) = (app.config.data.clone(), note.to_owned());
    let kept = tokio::task::spawn_blocking(move || kept::write(&data, &note)).await;
    Ok(kept.map_err(StoreError::task)?.map_err(|error| Stop::File(error.to_string()))?)
}

/// Whether this node's file could be written; what is in it stays.
async fn probe(app: &App) -> Result<(), Error> {
    let data = app.config.data.clone();
    let written = tokio::task::spawn_blocking(move || kept::probe(&data)).await;
    Ok(written.map_err(StoreError::task)?.map_err(|error| Stop::File(error.to_string()))?)
}

/// Waits until something may wait for its place: a unit of work was committed here, or another process had time to commit one.
pub async fn news(app: &App) {
    let longest = match app.store.kind() {
        Kind::Sqlite => Duration::from_millis(250),
        // Other nodes write, too, and those who wait for a signature wait for this one.
        Kind::Postgres => Duration::from_millis(40),
    };
    app.store.heard(longest).await;
}
