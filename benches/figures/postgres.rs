//! A PostgreSQL cluster for the time of the run, through `scripts/throwaway-postgres`; it ends with this value.

use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The cluster; it lives as long as its input is held open.
pub(crate) struct Cluster {
    child: Child,
    /// The address of an empty database.
    pub(crate) url: String,
}

impl Cluster {
    pub(crate) fn start() -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/throwaway-postgres");
        // As a server that keeps a city's registry: memory for what is in use, what is gone is cleared away, and what is committed is on
        // the disk.
        let settings = [
            "shared_buffers=512MB",
            "autovacuum=on",
            "fsync=on",
            "synchronous_commit=on",
            "full_page_writes=on",
        ];
        let mut child = Command::new(script)
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start scripts/throwaway-postgres")?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().context("its output")?).read_line(&mut url)?;
        ensure!(!url.is_empty(), "PostgreSQL did not start; the script above says why");
        Ok(Self { child, url: url.trim_end().to_owned() })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The end of its input tells it to go; then it removes its folder.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
