//! What the whole program shares, built once and used by the web, the command line and the tests: the only place where the
//! clock is read and randomness is drawn.

use crate::codes::runs::Serials;
use crate::codes::{Checker, Checking};
use crate::config::Config;
use crate::kernel::{LotId, Moment};
use crate::keys::Keys;
use crate::log::Node;
use crate::lookup::PageCache;
use crate::store::Store;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng, TryRng};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The program's shared parts.
#[derive(Debug)]
pub struct App {
    /// The settings it was started with.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
    /// The keyring in force: the signing keys that this service holds, and the list that it checks by.
    pub keys: Keys,
    /// The checker over that list.
    pub checking: Checking,
    /// What makes serials out of the counters of products, opened when it is first needed.
    pub serials: Serials,
    /// Which lots this process has changed, for caches.
    pub changes: Changes,
    /// Finished answers to what many people look up.
    pub pages: PageCache,
    /// What this node knows of the log.
    pub log: Node,
    order: Order,
}

impl App {
    /// The shared parts over an open database.
    #[must_use]
    pub fn new(config: Config, store: Store, clock: Clock, random: Random, keys: Keys) -> Self {
        Self {
            config,
            store,
            clock,
            random,
            keys,
            checking: Checking::default(),
            serials: Serials::default(),
            changes: Changes::new(),
            pages: PageCache::new(),
            log: Node::default(),
            order: Order::default(),
        }
    }

    /// The checker over the key list in force, to be asked without a lock; nothing while there is no list.
    #[must_use]
    pub fn checker(&self) -> Option<Arc<Checker>> {
        self.checking.over(self.keys.current())
    }

    /// A new id: a UUID of version 7 (RFC 9562 §5.7), so that rows written together lie together, and in the order in which this
    /// process made them: ids of one millisecond are counted (RFC 9562 §6.2, method 1).
    pub fn id<T: From<uuid::Uuid>>(&self) -> T {
        let mut noise = [0; 10];
        self.random.fill(&mut noise);
        let milliseconds = u64::try_from(self.clock.now().micros() / 1_000).unwrap_or(0);
        let place = self.order.place(milliseconds);
        // The first twelve bits after the version, and six after the variant.
        let [_, high, middle, low] = (place << 2).to_be_bytes();
        noise[0] = high;
        noise[1] = middle;
        noise[2] = low >> 2;
        T::from(uuid::Builder::from_unix_timestamp_millis(milliseconds, &noise).into_uuid())
    }

    /// A new secret to hand out: 32 random bytes.
    pub fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        self.random.fill(&mut secret);
        secret
    }
}

/// Counts the ids of one millisecond.
#[derive(Debug, Default)]
struct Order(Mutex<(u64, u32)>);

impl Order {
    /// The place among the ids of the millisecond, in 18 bits.
    fn place(&self, millisecond: u64) -> u32 {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = if last.0 == millisecond { (millisecond, last.1.wrapping_add(1)) } else { (millisecond, 0) };
        last.1
    }
}

/// The clock.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that stands until it is set: for the sample season and for tests.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `moment`.
    #[must_use]
    pub fn at(moment: Moment) -> Self {
        Self::Set(Arc::new(AtomicI64::new(moment.micros())))
    }

    /// The present moment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    pub fn now(&self) -> Moment {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
                Moment::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
            }
            Self::Set(micros) => Moment::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Sets a standing clock; the system's clock is left alone.
    pub fn set(&self, moment: Moment) {
        if let Self::Set(micros) = self {
            micros.store(moment.micros(), Ordering::SeqCst);
        }
    }
}

/// The source of randomness.
#[derive(Debug)]
pub enum Random {
    /// The system's generator.
    System,
    /// A seeded generator: the sample season and tests come out the same each time. Never for a real registry.
    Seeded(Box<Mutex<StdRng>>),
}

impl Random {
    /// A generator that always gives the same sequence.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Box::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) {
        match self {
            Self::System => {
                // The system's generator fails only before it is seeded at boot; then waiting is the only cure.
                while SysRng.try_fill_bytes(bytes).is_err() {
                    std::thread::yield_now();
                }
            }
            Self::Seeded(generator) => {
                generator.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
            }
        }
    }

    /// A random number.
    pub fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// Which lots this process has changed: striped counters that a cache compares with what it saw when it kept an answer.
/// Two lots may share a stripe; that costs a look at the database, never a stale answer.
pub struct Changes {
    stripes: Box<[AtomicU64]>,
    total: AtomicU64,
    hasher: RandomState,
}

impl Changes {
    const STRIPES: usize = 4096;

    /// Counters at zero.
    #[must_use]
    pub fn new() -> Self {
        let stripes = (0..Self::STRIPES).map(|_| AtomicU64::new(0)).collect();
        Self { stripes, total: AtomicU64::new(0), hasher: RandomState::new() }
    }

    fn stripe(&self, lot: LotId) -> Option<&AtomicU64> {
        let index = usize::try_from(self.hasher.hash_one(lot) % Self::STRIPES as u64).unwrap_or(0);
        self.stripes.get(index)
    }

    /// Notes that `lot` was changed: called after the commit.
    pub fn note(&self, lot: LotId) {
        if let Some(stripe) = self.stripe(lot) {
            stripe.fetch_add(1, Ordering::SeqCst);
        }
        self.total.fetch_add(1, Ordering::SeqCst);
    }

    /// The number of all changes: for a reader that does not yet know which lot it is about to read.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::SeqCst)
    }

    /// The counter of `lot`: an answer kept under another count is stale.
    #[must_use]
    pub fn count(&self, lot: LotId) -> u64 {
        self.stripe(lot).map_or(0, |stripe| stripe.load(Ordering::SeqCst))
    }
}

impl Default for Changes {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Changes")
    }
}
