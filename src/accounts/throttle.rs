//! How sign-ins are slowed down: after a few failures each further one locks the account's or the source's bucket for twice as
//! long, up to a quarter of an hour. Buckets lie in the database, as hashes, so that a restart forgets nothing.

use crate::kernel::{Moment, Sha256Hash};
use std::net::IpAddr;
use std::time::Duration;

/// What is throttled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bucket<'n> {
    /// One account, whether it exists or not.
    Account(&'n str),
    /// One address.
    Source(IpAddr),
}

impl Bucket<'_> {
    /// The key in the database: a hash, so that neither names nor addresses lie there.
    pub(super) fn key(self) -> Sha256Hash {
        match self {
            Self::Account(name) => Sha256Hash::of(format!("account\n{name}").as_bytes()),
            Self::Source(ip) => Sha256Hash::of(format!("source\n{ip}").as_bytes()),
        }
    }

    /// Failures that are free of delay.
    pub(super) fn free(self) -> i64 {
        match self {
            Self::Account(_) => 5,
            // Many people may sit behind one address.
            Self::Source(_) => 30,
        }
    }
}

/// Failures older than this no longer count.
pub(super) const MEMORY: Duration = Duration::from_hours(24);

const LONGEST: u64 = 900;

/// Until when a bucket with `failures` is locked, the last of them at `now`.
pub(super) fn locked_until(failures: i64, free: i64, now: Moment) -> Moment {
    let over = failures - free;
    if over < 0 {
        return now;
    }
    let seconds =
        1_u64.checked_shl(u32::try_from(over.min(20)).unwrap_or(20) + 1).unwrap_or(LONGEST).min(LONGEST);
    now.plus(Duration::from_secs(seconds))
}
