//! Rounds: what the service does from time to time beside answering requests. A job is one line in the table of who starts the rounds.
//!
//! What must stay true: jobs do not wait for each other; one that fails is told once and tried again; each does its work in units that a
//! kill cannot break, so that stopping is only a matter of not beginning the next one.

use crate::app::App;
use futures_util::future::LocalBoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Why a job failed.
pub type JobError = Box<dyn std::error::Error + Send + Sync>;

/// A job: what is done, and how long after it was last done.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Its name in the logs.
    pub name: &'static str,
    /// The pause between two rounds.
    pub every: Duration,
    /// One unit of its work; how much was done. While something was, the next unit follows at once.
    pub work: fn(Arc<App>) -> LocalBoxFuture<'static, Result<u64, JobError>>,
}

/// Rounds that are under way.
#[derive(Debug)]
pub struct Rounds {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// How long the units under way are waited for.
const GRACE: Duration = Duration::from_secs(10);

impl Rounds {
    /// Starts the jobs. Call it on the program's main thread.
    #[must_use]
    pub fn start(app: &Arc<App>, jobs: &'static [Job]) -> Self {
        let (stop, told) = watch::channel(false);
        let tasks =
            jobs.iter().map(|job| tokio::task::spawn_local(rounds(app.clone(), job, told.clone()))).collect();
        Self { stop, tasks }
    }

    /// Begins no further unit, and waits for those under way.
    pub async fn stop(self) {
        // Nobody listens any more: then nothing is under way.
        let _ = self.stop.send(true);
        for mut task in self.tasks {
            if tokio::time::timeout(GRACE, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

async fn rounds(app: Arc<App>, job: &'static Job, mut told: watch::Receiver<bool>) {
    let mut failing = false;
    while !*told.borrow() {
        let outcome = (job.work)(app.clone()).await;
        if let Err(error) = &outcome
            && !failing
        {
            tracing::warn!(job = job.name, %error, "a job failed; it is tried again");
        }
        failing = outcome.is_err();
        if outcome.is_ok_and(|done| done > 0) {
            tokio::task::yield_now().await;
            continue;
        }
        // Woken by the word to stop, or by the hour.
        let _ = tokio::time::timeout(job.every, told.changed()).await;
    }
}
