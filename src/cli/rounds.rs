//! What a service does from time to time beside answering: one line for each job.

use crate::chain;
use crate::evidence;
use crate::jobs::{self, Job};
use crate::recalls;
use std::time::Duration;

/// The jobs of `serve` and `demo`.
pub(super) const JOBS: &[Job] = &[
    Job {
        name: "recall notices",
        every: Duration::from_secs(1),
        work: |app| Box::pin(async move { Ok(recalls::carry_on(&app).await?) }),
    },
    Job {
        name: "mail",
        every: Duration::from_secs(2),
        work: |app| Box::pin(async move { Ok(jobs::carry(&app).await?) }),
    },
    Job {
        name: "published lists",
        every: Duration::from_secs(1),
        work: |app| Box::pin(async move { Ok(chain::look_at_lists(&app).await?) }),
    },
    evidence::WATCH,
];
