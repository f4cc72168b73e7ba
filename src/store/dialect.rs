//! What really differs between the two databases, side by side, each with its reason; and the pause between repeats.

use sqlx::{Connection, SqliteConnection};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// The pause before the `attempt`th repeat (from 1): doubling from about 1 ms to at most 250 ms, with jitter so that two
/// losers of one race do not meet again.
pub(super) fn back_off(attempt: u32) -> Duration {
    let ceiling = (1_000_u64 << attempt.min(8)).min(250_000);
    // A fresh hasher is seeded by the process: enough randomness to part two writers, and no clock or generator needed.
    let noise = RandomState::new().build_hasher().finish();
    Duration::from_micros(ceiling / 2 + noise % (ceiling / 2 + 1))
}

/// Whether the writer may be used again. On a full disk SQLite ends the transaction by itself, the driver's own roll-back then
/// fails, and the connection would count as inside a transaction for ever; PostgreSQL has no such state.
pub(super) fn is_clean(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}
