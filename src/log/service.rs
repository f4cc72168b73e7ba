//! What the log serves: tiles, entries and proofs under the published checkpoint, and how it stands.

use super::checkpoint::proof_text;
use super::copies::measure_of;
use super::leaf::bundle;
use super::node::Standing;
use super::store::tree as store;
use super::tree::{TileAt, WIDTH, Wanted, width};
use super::witness;
use crate::app::App;
use crate::kernel::{LogEntryId, Moment};
use crate::store::{StoreError, Tx};
use bytes::Bytes;
use std::collections::{BTreeSet, HashMap};

/// What a path under `/log/tile/` names (C2SP `tlog-tiles`): hashes of a level, or entries; and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    /// The level of hashes; none for entries.
    pub level: Option<u8>,
    /// Which tile of the level.
    pub index: u64,
    /// How many hashes or entries: 1 to 256.
    pub width: u64,
}

impl Resource {
    /// Reads `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`; nothing for any other spelling, so that each has one address.
    ///
    /// ```
    /// use nguongoc::log::Resource;
    /// let tile = Resource::parse("0/x001/x234/067.p/8").unwrap();
    /// assert_eq!((tile.level, tile.index, tile.width), (Some(0), 1_234_067, 8));
    /// assert_eq!(Resource::parse("entries/000").unwrap().level, None);
    /// assert!(Resource::parse("0/1").is_none() && Resource::parse("0/000.p/256").is_none());
    /// ```
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (kind, rest) = path.split_once('/')?;
        let level = match kind {
            "entries" => None,
            level => Some(u8::try_from(super::checkpoint::number(level)?).ok().filter(|level| *level < 64)?),
        };
        let (place, width) = match rest.split_once(".p/") {
            Some((place, width)) => {
                (place, super::checkpoint::number(width).filter(|width| (1..WIDTH).contains(width))?)
            }
            None => (rest, WIDTH),
        };
        Some(Self { level, index: place_of(place)?, width })
    }

    /// Whether nothing can be added to it any more.
    pub(super) fn is_full(self) -> bool {
        self.width == WIDTH
    }

    /// The tile that it is, or whose entries it is.
    fn tile(self) -> TileAt {
        TileAt { level: self.level.unwrap_or(0), index: self.index }
    }
}

/// A number as path elements of three digits, all but the last with an `x`.
fn place_of(path: &str) -> Option<u64> {
    let mut index: u64 = 0;
    let mut parts = path.split('/').peekable();
    let mut is_first = true;
    while let Some(part) = parts.next() {
        let digits = if parts.peek().is_some() { part.strip_prefix('x')? } else { part };
        let is_number = digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit());
        let is_padding = is_first && digits == "000" && parts.peek().is_some();
        if !is_number || is_padding {
            return None;
        }
        index = index.checked_mul(1_000)?.checked_add(digits.parse().ok()?)?;
        is_first = false;
    }
    Some(index)
}

/// The bytes of a resource; nothing when the published log does not reach that far.
///
/// # Errors
/// When the database fails.
pub async fn resource(app: &App, asked: Resource) -> Result<Option<Bytes>, StoreError> {
    if let Some(bytes) = app.log.shelf.get(&asked) {
        return Ok(Some(bytes));
    }
    let found = if asked.is_full() { full(app, asked).await? } else { stored(app, asked).await? };
    if let Some(bytes) = &found {
        app.log.shelf.put(asked, bytes);
    }
    Ok(found)
}

/// A full tile: its file, or as it is stored, which is kept as a file.
pub(super) async fn full(app: &App, asked: Resource) -> Result<Option<Bytes>, StoreError> {
    let (copies, data) = (&app.log.copies, &app.config.data);
    if copies.believes(asked)
        && let Some(bytes) = copies.read(data, asked).await
    {
        return Ok(Some(bytes));
    }
    let Some(hashes) = Box::pin(resource(app, measure_of(asked))).await? else { return Ok(None) };
    if let Some(bytes) = copies.measured(data, asked, &hashes).await {
        return Ok(Some(bytes));
    }
    let found = stored(app, asked).await?;
    if let Some(bytes) = &found {
        copies.keep(data, app.clock.now(), asked, (bytes, &hashes)).await;
    }
    Ok(found)
}

/// A resource out of the database.
async fn stored(app: &App, asked: Resource) -> Result<Option<Bytes>, StoreError> {
    app.store.glance(async |tx| read(tx, app, asked).await).await
}

async fn read(tx: &mut Tx, app: &App, asked: Resource) -> Result<Option<Bytes>, StoreError> {
    // What was published once stays so.
    if width(asked.tile(), app.log.published()) < asked.width {
        let head = store::head(tx).await?;
        app.log.publishes(head.published);
        if width(asked.tile(), head.published) < asked.width {
            return Ok(None);
        }
    }
    if asked.level.is_none() {
        let first = asked.index * WIDTH;
        let entries = store::entries(tx, first, asked.width).await?;
        if entries.count() != asked.width {
            let next = first + entries.count();
            return Err(StoreError::misfit("log_entry", "idx", next, "the entry is not there"));
        }
        return Ok(Some(bundle(entries.iter()).into()));
    }
    let hashes = store::tile_bytes(tx, asked.tile()).await?.unwrap_or_default();
    let wide = usize::try_from(asked.width * 32).unwrap_or(usize::MAX);
    Ok(hashes.get(..wide).map(Bytes::copy_from_slice))
}

/// An entry with the proof that it stands in the log.
#[derive(Clone, Debug)]
pub struct Proved {
    /// Its index.
    pub index: u64,
    /// Its exact bytes.
    pub entry: Vec<u8>,
    /// The proof, with the checkpoint (C2SP `tlog-proof`).
    pub proof: String,
}

/// The proof of the entry at `index`; nothing when the published log does not reach that far.
///
/// # Errors
/// When the database fails.
pub async fn proof(app: &App, index: u64) -> Result<Option<Proved>, StoreError> {
    Ok(proofs(app, [index]).await?.remove(&index))
}

/// The proofs of entries, all under one checkpoint; of those that the published log does not reach, none.
///
/// # Errors
/// When the database fails.
pub async fn proofs(
    app: &App,
    indices: impl IntoIterator<Item = u64>,
) -> Result<HashMap<u64, Proved>, StoreError> {
    let indices: BTreeSet<u64> = indices.into_iter().collect();
    app.store
        .glance(async |tx| {
            let head = store::head(tx).await?;
            let Some(checkpoint) = &head.checkpoint else { return Ok(HashMap::new()) };
            let checkpoint = &witness::signed(tx, &app.config, head.published, checkpoint).await?;
            let wanted = indices.iter().map(|index| (*index, Wanted::inclusion(*index, head.published)));
            let wanted: Vec<_> = wanted.filter_map(|(index, wanted)| Some((index, wanted?))).collect();
            let at: BTreeSet<TileAt> = wanted.iter().flat_map(|(_, wanted)| wanted.tiles()).collect();
            let tiles = store::tiles(tx, at).await?;
            let mut entries = store::entries_at(tx, wanted.iter().map(|(index, _)| *index)).await?;
            let mut proved = HashMap::with_capacity(wanted.len());
            for (index, wanted) in wanted {
                let way = wanted.hashes(&tiles).ok_or_else(|| {
                    StoreError::misfit(
                        "log_tile",
                        "hashes",
                        index,
                        "a tile under the checkpoint is not there",
                    )
                })?;
                let Some(entry) = entries.remove(&index) else {
                    return Err(StoreError::misfit("log_entry", "bytes", index, "the entry is not there"));
                };
                proved.insert(index, Proved { index, entry, proof: proof_text(index, &way, checkpoint) });
            }
            Ok(proved)
        })
        .await
}

/// Where an entry stands, once it is under the published checkpoint.
///
/// # Errors
/// When the database fails.
pub async fn index_of(app: &App, entry: LogEntryId) -> Result<Option<u64>, StoreError> {
    app.store.glance(async |tx| store::published_at(tx, entry).await).await
}

/// The published checkpoint with what witnesses have said of it so far; nothing before the first one.
///
/// # Errors
/// When the database fails.
pub async fn checkpoint(app: &App) -> Result<Option<String>, StoreError> {
    app.store
        .glance(async |tx| {
            let head = store::head(tx).await?;
            let Some(checkpoint) = &head.checkpoint else { return Ok(None) };
            witness::signed(tx, &app.config, head.published, checkpoint).await.map(Some)
        })
        .await
}

/// How the log stands.
#[derive(Clone, Debug)]
pub struct State {
    /// How this node stands to it.
    pub standing: Standing,
    /// How many entries are under the published checkpoint.
    pub published: u64,
    /// When it was published.
    pub signed_at: Option<Moment>,
    /// How many entries wait.
    pub waiting: u64,
    /// Since when the oldest of them does.
    pub waiting_since: Option<Moment>,
}

/// How the log stands, as this node sees it.
///
/// # Errors
/// When the database fails.
pub async fn state(app: &App) -> Result<State, StoreError> {
    let standing = app.log.standing();
    app.store
        .glance(async |tx| {
            let head = store::head(tx).await?;
            let (waiting, waiting_since) = store::backlog(tx).await?;
            let (published, signed_at) = (head.published, head.signed_at);
            Ok(State { standing: standing.clone(), published, signed_at, waiting, waiting_since })
        })
        .await
}
