//! What a service does from time to time beside answering: one line for each job.

use crate::chain;
use crate::evidence;
use crate::jobs::{self, Job};
use crate::log;
use crate::recalls;
use std::time::Duration;
use tokio::time::sleep;

/// The jobs of `serve` and `demo`.
pub(super) const JOBS: &[Job] = &[
    Job {
        name: "log",
        every: Duration::ZERO,
        work: |app| {
            Box::pin(async move {
                log::news(&app).await;
                // What it is stopped by is told once, where it is found.
                match log::carry(&app).await {
                    Err(log::Error::Stopped(_)) => Ok(0),
                    outcome => Ok(outcome?),
                }
            })
        },
    },
    Job {
        name: "log check",
        every: Duration::from_mins(10),
        work: |app| Box::pin(async move { Ok(log::look_through(&app).await?) }),
    },
    Job {
        name: "log tiles",
        every: Duration::from_secs(10),
        work: |app| {
            Box::pin(async move {
                let done = log::copy_ahead(&app).await?;
                if done > 0 {
                    // A long log takes minutes after a start, and nobody is hindered.
                    sleep(Duration::from_millis(5)).await;
                }
                Ok(done)
            })
        },
    },
    Job {
        name: "witnesses",
        every: Duration::from_secs(1),
        work: |app| Box::pin(async move { Ok(log::ask_witnesses(&app, log::Asked::Steady).await?) }),
    },
    Job {
        name: "witnesses that failed",
        every: Duration::from_secs(1),
        work: |app| Box::pin(async move { Ok(log::ask_witnesses(&app, log::Asked::Failing).await?) }),
    },
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
