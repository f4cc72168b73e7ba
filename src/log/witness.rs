//! Asking witnesses to cosign checkpoints (C2SP `tlog-witness`, `add-checkpoint`), and serving what they say.
//!
//! A witness keeps the last size and root of each log that it has seen, and signs a checkpoint only when that extends them. Who asks for
//! the signatures of several of them need not trust the registry to show everybody the same history.
//!
//! What must stay true: nothing waits for a witness, and no unit of work is open while one is asked; a cosignature is kept only once it is
//! verified, with the checkpoint that it is of, and served with no other; one node asks a witness at a time.

use super::checkpoint::{Checkpoint, number};
use super::node::Stop;
use super::sequencer;
use super::store::tree as tree_store;
use super::store::witness::{self as store, Cosignature, WitnessRow};
use super::tree::Wanted;
use crate::app::App;
use crate::config::{Address, Config};
use crate::http::{self, Ask};
use crate::kernel::Moment;
use crate::keys::{Note, VkeyError, WitnessKey};
use crate::store::{StoreError, Tx};
use data_encoding::BASE64;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;
use uuid::Uuid;

/// How long one witness has for an answer, with all that is asked again.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a claim on a witness lasts: well beyond that.
const CLAIM: Duration = Duration::from_secs(30);

/// How often witnesses that cosigned are asked again: at times that are the same for all, so that they cosign the same checkpoints.
const PAUSE: Duration = Duration::from_secs(5);

/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// The largest answer that is read: a cosignature is some 200 bytes.
const LARGEST_ANSWER: u64 = 16 * 1024;

/// How far a witness's clock may be from ours.
const SKEW: Duration = Duration::from_mins(5);

/// How often a witness is told another size to begin from, in one asking.
const TRIES: u32 = 3;

/// How many checkpoints are kept with their cosignatures.
const KEPT: u32 = 64;

/// A witness that this registry asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its key.
    pub key: WitnessKey,
    /// Its submission prefix.
    pub address: Address,
}

/// A key in the settings that cannot be one of a witness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("witnesses: {value:?}: {why}; it must be the key of a witness for cosignature/v1 (name+id+base64)")]
pub struct WitnessError {
    /// What stands there.
    pub value: String,
    /// What is wrong with it.
    pub why: VkeyError,
}

impl Witness {
    /// The witnesses of the settings.
    ///
    /// # Errors
    /// [`WitnessError`] for the first key that is none.
    pub fn all(config: &Config) -> Result<Vec<Self>, WitnessError> {
        let read = config.witnesses.iter().map(|setting| {
            let key = WitnessKey::parse(&setting.key)
                .map_err(|why| WitnessError { value: setting.key.clone(), why })?;
            Ok(Self { key, address: setting.address.clone() })
        });
        read.collect()
    }
}

/// How a witness stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessStanding {
    /// The name of its key.
    pub name: String,
    /// How many entries are under the last checkpoint that it cosigned; 0 when it never did.
    pub size: u64,
    /// When it did.
    pub cosigned_at: Option<Moment>,
    /// How often it failed since.
    pub failures: u32,
    /// When it failed last, unless it has cosigned since.
    pub failed_at: Option<Moment>,
    /// Why, by a stable name in snake case.
    pub failure: Option<String>,
    /// Why, in words.
    pub detail: Option<String>,
}

impl WitnessStanding {
    /// Whether it has seen more of the log than is here, or another history of it.
    #[must_use]
    pub fn doubts(&self) -> bool {
        matches!(self.failure.as_deref(), Some("ahead" | "forked" | "proof_refused"))
    }

    fn of(witness: &Witness, row: Option<&WitnessRow>) -> Self {
        Self {
            name: witness.key.name().to_string(),
            size: row.map_or(0, |row| row.size),
            cosigned_at: row.and_then(|row| row.cosigned_at),
            failures: row.map_or(0, |row| row.failures),
            failed_at: row.and_then(|row| row.failed_at),
            failure: row.and_then(|row| row.failure.clone()),
            detail: row.and_then(|row| row.detail.clone()),
        }
    }
}

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Exchange(#[from] http::Error),
    #[error("it does not know this log (404): its keeper has to add the log's key")]
    UnknownLog,
    #[error("it does not trust the key that signed the checkpoint (403)")]
    Untrusted,
    #[error("it refuses the proof that the checkpoint extends its last one (422)")]
    Proof,
    #[error("it answers with the status {0}")]
    Status(u16),
    #[error(
        "it has seen {seen} entries of this log, and {published} are published here: the database is an older one"
    )]
    Ahead { seen: u64, published: u64 },
    #[error("it has seen another history of the same {size} entries")]
    Forked { size: u64 },
    #[error("its last checkpoint is always another one")]
    Conflict,
    #[error("its answer is no signature lines")]
    Garbage,
    #[error("its answer holds no cosignature of this checkpoint by its key")]
    NotCosigned,
    #[error("its cosignature is of another time: {time} s since the epoch")]
    Time { time: u64 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure {
    const fn code(&self) -> &'static str {
        match self {
            Self::Exchange(http::Error::Late(_)) => "late",
            Self::Exchange(http::Error::TooLarge(_)) => "too_large",
            Self::Exchange(http::Error::NotHttp | http::Error::BrokenOff { .. }) | Self::Garbage => "garbage",
            Self::Exchange(_) => "unreachable",
            Self::UnknownLog => "unknown_log",
            Self::Untrusted => "not_trusted",
            Self::Proof => "proof_refused",
            Self::Status(_) => "status",
            Self::Ahead { .. } => "ahead",
            Self::Forked { .. } => "forked",
            Self::Conflict => "conflict",
            Self::NotCosigned => "not_cosigned",
            Self::Time { .. } => "time",
            Self::Store(_) => "database",
        }
    }
}

/// Which witnesses are asked in a round: those that failed last are asked apart, so that the others need not wait for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Those that answered the last time, and those that were never asked.
    Steady,
    /// Those that did not.
    Failing,
}

/// Asks the witnesses that have not seen the published checkpoint and are due, side by side; how many cosigned it.
///
/// # Errors
/// When the database fails, or the published checkpoint cannot be read. What is wrong with a witness is noted with it.
pub async fn ask_witnesses(app: &App, which: Asked) -> Result<u64, sequencer::Error> {
    if app.config.witnesses.is_empty() {
        return Ok(0);
    }
    // The settings were read at the start.
    let witnesses = Witness::all(&app.config).unwrap_or_default();
    let (head, rows) = app
        .store
        .glance(async |tx| Ok::<_, StoreError>((tree_store::head(tx).await?, store::all(tx).await?)))
        .await?;
    let rows: BTreeMap<String, WitnessRow> = rows.into_iter().map(|row| (row.witness.clone(), row)).collect();
    stand(app, &witnesses, &rows);
    let Some(note) = &head.checkpoint else { return Ok(0) };
    let now = app.clock.now();
    let due = witnesses.iter().filter(|witness| {
        rows.get(&witness.key.line()).map_or(which == Asked::Steady, |row| {
            let is_asked = (row.failures == 0) == (which == Asked::Steady);
            is_asked && row.size != head.published && row.due_at <= now && row.claimed_until <= now
        })
    });
    let due: Vec<&Witness> = due.collect();
    if due.is_empty() {
        return Ok(0);
    }
    let checkpoint = sequencer::open(app, note).map_err(Stop::File)?;
    let node = *app.log.id.get_or_init(|| app.id());
    let asked = due.into_iter().map(|witness| {
        let known = rows.get(&witness.key.line());
        one(app, node, witness, known, (note, &checkpoint), now)
    });
    let mut cosigned = 0;
    for outcome in futures_util::future::join_all(asked).await {
        cosigned += u64::from(outcome?);
    }
    let rows = app.store.glance(async |tx| store::all(tx).await).await?;
    stand(app, &witnesses, &rows.into_iter().map(|row| (row.witness.clone(), row)).collect());
    Ok(cosigned)
}

fn stand(app: &App, witnesses: &[Witness], rows: &BTreeMap<String, WitnessRow>) {
    let standings =
        witnesses.iter().map(|witness| WitnessStanding::of(witness, rows.get(&witness.key.line())));
    app.log.witnesses_stand(standings.collect());
}

/// The next time at which witnesses are asked that cosigned: a multiple of [`PAUSE`] since the epoch.
fn next(now: Moment) -> Moment {
    let pause = i64::try_from(PAUSE.as_micros()).unwrap_or(i64::MAX);
    Moment::from_micros((now.micros().div_euclid(pause) + 1).saturating_mul(pause))
}

/// Whether no witness of the settings has seen more of the log than this checkpoint says, or something else. One that does not answer, or
/// that has other reasons, says nothing of that.
pub(super) async fn agree(app: &App, note: &str, checkpoint: &Checkpoint) -> Result<(), Stop> {
    for witness in Witness::all(&app.config).unwrap_or_default() {
        let asking = tokio::time::timeout(PATIENCE, ask(app, &witness, 0, note, checkpoint));
        match asking.await {
            Ok(Err(Failure::Ahead { seen, published })) => {
                return Err(Stop::Shorter { signed: seen, found: published });
            }
            Ok(Err(Failure::Forked { size })) => return Err(Stop::Different { size }),
            // What it has seen does not lead to this one.
            Ok(Err(Failure::Proof)) => return Err(Stop::Different { size: checkpoint.size }),
            _ => {}
        }
    }
    Ok(())
}

/// Whether the witnesses of the settings say that this is the last checkpoint of the log: each of them answers, none has seen more, and one has
/// seen exactly this. One alone may have missed what the others saw. Asking shows them nothing that they have not seen: else the second asking
/// would find that all have.
pub(super) async fn know_nothing_newer(app: &App, note: &str, checkpoint: &Checkpoint) -> Result<bool, Stop> {
    let mut is_last_seen = false;
    for witness in Witness::all(&app.config).unwrap_or_default() {
        let asking = tokio::time::timeout(PATIENCE, seen_by(app, &witness, note, checkpoint));
        match asking.await {
            Ok(Ok(seen)) if seen <= checkpoint.size => is_last_seen |= seen == checkpoint.size,
            Ok(Err(Failure::Ahead { seen, published })) => {
                return Err(Stop::Shorter { signed: seen, found: published });
            }
            Ok(Err(Failure::Forked { size })) => return Err(Stop::Different { size }),
            _ => return Ok(false),
        }
    }
    Ok(is_last_seen)
}

/// Claims a witness, asks it, and notes what became of it; whether it cosigned.
async fn one(
    app: &App,
    node: Uuid,
    witness: &Witness,
    known: Option<&WitnessRow>,
    (note, checkpoint): (&str, &Checkpoint),
    now: Moment,
) -> Result<bool, StoreError> {
    let line = witness.key.line();
    let until = now.plus(CLAIM);
    if !app.store.write_beside(async |tx| store::claim(tx, &line, node, now, until).await).await? {
        return Ok(false);
    }
    let from = known.map_or(0, |row| row.size).min(checkpoint.size);
    let asking = tokio::time::timeout(PATIENCE, ask(app, witness, from, note, checkpoint));
    let outcome = asking.await.unwrap_or(Err(Failure::Exchange(http::Error::Late(PATIENCE))));
    let failed = known.and_then(|row| row.failure.as_deref());
    match outcome {
        Ok(Cosigned { time, line: signature }) => {
            if failed.is_some() {
                tracing::info!(witness = %witness.key.name(), size = checkpoint.size, "a witness cosigns again");
            }
            let kept = Cosignature {
                size: checkpoint.size,
                checkpoint: note.to_owned(),
                witness: line,
                time,
                line: signature,
            };
            let done = app.clock.now();
            app.store
                .write_beside(async |tx| {
                    let is_kept = store::cosigned(tx, node, &kept, done, next(now)).await?;
                    store::prune(tx, KEPT).await?;
                    Ok(is_kept)
                })
                .await
        }
        Err(Failure::Store(error)) => Err(error),
        Err(failure) => {
            let (name, code) = (witness.key.name(), failure.code());
            match failure {
                // Told once for each kind; the standing keeps it.
                _ if failed == Some(code) => {}
                Failure::Ahead { .. } | Failure::Forked { .. } => {
                    tracing::error!(witness = %name, %failure, "a witness has seen another history of the log");
                }
                _ => tracing::warn!(witness = %name, why = code, %failure, "a witness did not cosign"),
            }
            let failures = known.map_or(0, |row| row.failures);
            let pause = Duration::from_secs(1 << failures.min(9)).min(LONGEST_PAUSE);
            let (detail, done) = (failure.to_string(), app.clock.now());
            let told = (code, detail.as_str());
            app.store
                .write_beside(async |tx| store::failed(tx, node, &line, told, done, done.plus(pause)).await)
                .await?;
            Ok(false)
        }
    }
}

/// What a witness signed.
struct Cosigned {
    /// When it signed, in seconds since the epoch.
    time: u64,
    /// Its signature line.
    line: String,
}

/// Asks a witness whose last checkpoint had `from` entries, as far as is known.
async fn ask(
    app: &App,
    witness: &Witness,
    mut from: u64,
    note: &str,
    checkpoint: &Checkpoint,
) -> Result<Cosigned, Failure> {
    for _ in 0..TRIES {
        match ask_from(app, witness, from, note, checkpoint).await? {
            Said::Cosigned(cosigned) => return Ok(cosigned),
            Said::Seen(seen) => from = seen,
        }
    }
    Err(Failure::Conflict)
}

/// How many entries are under the last checkpoint that a witness has seen, where that is not more than this one has; it is shown nothing that
/// it has not seen.
async fn seen_by(app: &App, witness: &Witness, note: &str, checkpoint: &Checkpoint) -> Result<u64, Failure> {
    // As if it had seen exactly this one: it signs it anew only if it has.
    match ask_from(app, witness, checkpoint.size, note, checkpoint).await? {
        Said::Cosigned(_) => Ok(checkpoint.size),
        Said::Seen(seen) => Ok(seen),
    }
}

/// What a witness answers.
enum Said {
    Cosigned(Cosigned),
    /// It has seen another number of entries than it was told.
    Seen(u64),
}

/// Asks a witness once, as if its last checkpoint had `from` entries.
async fn ask_from(
    app: &App,
    witness: &Witness,
    from: u64,
    note: &str,
    checkpoint: &Checkpoint,
) -> Result<Said, Failure> {
    let path = format!("{}/add-checkpoint", witness.address.path);
    let body = body(app, from, note, checkpoint.size).await?;
    let asked = Ask {
        method: "POST",
        path: &path,
        lang: "en",
        token: None,
        body: Some(("text/plain; charset=utf-8", body)),
        patience: PATIENCE,
    };
    let reply = http::ask_beside(&witness.address.server, &asked, LARGEST_ANSWER).await?;
    match reply.status {
        200 => {
            let (time, line) = read(&witness.key, note, &reply.body, app.clock.now())?;
            return Ok(Said::Cosigned(Cosigned { time, line }));
        }
        404 => return Err(Failure::UnknownLog),
        403 => return Err(Failure::Untrusted),
        422 => return Err(Failure::Proof),
        409 => {}
        status => return Err(Failure::Status(status)),
    }
    let seen = std::str::from_utf8(&reply.body).ok().and_then(|text| number(text.strip_suffix('\n')?));
    match seen {
        Some(seen) if seen > checkpoint.size => {
            // Another node may have gone on, and asked, meanwhile.
            let head = app.store.glance(async |tx| tree_store::head(tx).await).await?;
            let (published, is_ahead) = (head.published, seen > head.published);
            Err(if is_ahead { Failure::Ahead { seen, published } } else { Failure::Conflict })
        }
        Some(seen) if seen != from => Ok(Said::Seen(seen)),
        // The sizes are equal, and it is none of them: the roots.
        _ if from == checkpoint.size => Err(Failure::Forked { size: from }),
        _ => Err(Failure::Garbage),
    }
}

/// What is sent: the old size, the proof, the checkpoint.
async fn body(app: &App, from: u64, note: &str, size: u64) -> Result<String, StoreError> {
    let damaged =
        || StoreError::misfit("log_tile", "hashes", from, "a tile under the checkpoint is not there");
    let wanted = Wanted::consistency(from, size).ok_or_else(damaged)?;
    let tiles = app.store.glance(async |tx| tree_store::tiles(tx, wanted.tiles()).await).await?;
    let mut body = format!("old {from}\n");
    for hash in wanted.hashes(&tiles).ok_or_else(damaged)? {
        // Writing into a text cannot fail.
        let _ = writeln!(body, "{}", BASE64.encode(hash.as_bytes()));
    }
    body.push('\n');
    body.push_str(note);
    Ok(body)
}

/// Reads the signature lines of an answer: the one by this witness over this checkpoint, signed now.
fn read(key: &WitnessKey, note: &str, answer: &[u8], now: Moment) -> Result<(u64, String), Failure> {
    let answer = std::str::from_utf8(answer).map_err(|_| Failure::Garbage)?;
    let mut note = Note::parse(note).map_err(|_| Failure::Garbage)?;
    note.join(answer).map_err(|_| Failure::Garbage)?;
    let (time, line) = key.cosignature(&note).ok_or(Failure::NotCosigned)?;
    let seconds = |moment: Moment| u64::try_from(moment.micros() / 1_000_000).unwrap_or(0);
    if (seconds(now.minus(SKEW))..=seconds(now.plus(SKEW))).contains(&time) {
        Ok((time, line.to_string()))
    } else {
        Err(Failure::Time { time })
    }
}

/// A checkpoint of this log with the cosignatures of the witnesses that the settings name, in their order, behind the log's own.
pub(super) async fn signed(
    tx: &mut Tx,
    config: &Config,
    size: u64,
    checkpoint: &str,
) -> Result<String, StoreError> {
    let mut note = checkpoint.to_owned();
    if !config.witnesses.is_empty() {
        let kept = store::cosignatures(tx, Some((size, checkpoint))).await?;
        for setting in &config.witnesses {
            note.extend(
                kept.iter().filter(|kept| kept.witness == setting.key).map(|kept| kept.line.as_str()),
            );
        }
    }
    Ok(note)
}

/// Of the last checkpoints, the one that most witnesses of the settings have cosigned, the largest of those; nothing when none has.
///
/// # Errors
/// When the database fails.
pub async fn witnessed(app: &App) -> Result<Option<String>, StoreError> {
    if app.config.witnesses.is_empty() {
        return Ok(None);
    }
    app.store
        .glance(async |tx| {
            let mut all: BTreeMap<(u64, String), usize> = BTreeMap::new();
            for kept in store::cosignatures(tx, None).await? {
                if app.config.witnesses.iter().any(|setting| setting.key == kept.witness) {
                    *all.entry((kept.size, kept.checkpoint)).or_default() += 1;
                }
            }
            // The last of equals is the largest.
            let best = all.into_iter().max_by_key(|(_, witnesses)| *witnesses);
            let Some(((size, checkpoint), _)) = best else { return Ok(None) };
            signed(tx, &app.config, size, &checkpoint).await.map(Some)
        })
        .await
}

/// How the witnesses of the settings stand, by the database.
///
/// # Errors
/// When the database fails.
pub async fn witness_standings(app: &App) -> Result<Vec<WitnessStanding>, StoreError> {
    let rows = app.store.glance(async |tx| store::all(tx).await).await?;
    let witnesses = Witness::all(&app.config).unwrap_or_default();
    let row = |witness: &Witness| rows.iter().find(|row| row.witness == witness.key.line());
    Ok(witnesses.iter().map(|witness| WitnessStanding::of(witness, row(witness))).collect())
}
