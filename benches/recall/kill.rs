//! Whoever tells the holders is killed in the middle, again and again; whoever comes after goes on, and everybody is told once.

use super::{Counts, count, decided, line, now, open};
use anyhow::{Context, Result, ensure};
use nguongoc::app::App;
use nguongoc::kernel::LotId;
use nguongoc::recalls;
use nguongoc::store::Store;
use std::env;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

/// The argument of the child.
pub(super) const TELL: &str = "--tell";
/// How often it is killed.
const KILLS: u32 = 5;

/// What the child does: it goes on with what is to be done until nothing is.
pub(super) async fn tell(url: &str, folder: &Path) -> Result<()> {
    let store = Store::open(url).await?;
    let app = open(&store, url, folder)?;
    while recalls::carry_on(&app).await? > 0 {}
    store.close().await;
    Ok(())
}

/// The child, killed when this value goes.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(super) async fn measure(app: &App, lot: LotId, url: &str, folder: &Path) -> Result<()> {
    let begun = now();
    let (id, ..) = decided(app, lot).await?;
    let told = "SELECT COUNT(*) FROM recall_notice WHERE recall_id = $1";
    let done = "SELECT COUNT(*) FROM recall WHERE id = $1 AND phase = 'told'";
    let beyond = "SELECT COUNT(*) FROM recall_notice n JOIN recall r ON r.id = n.recall_id
        WHERE r.id = $1 AND r.phase = 'telling' AND n.party_id > r.told_up_to";
    let (mut kills, mut before, mut between) = (0, 0, 0);
    loop {
        let child = Command::new(env::current_exe()?).args([TELL, url]).arg(folder).spawn();
        let mut child = Running(child.context("the child")?);
        let started = now();
        let ended = loop {
            if child.0.try_wait()?.is_some() {
                break true;
            }
            let now_told = count(&app.store, told, id.as_uuid()).await?;
            // Once while it still seeks, then as soon as it has told some.
            let seeks = kills == 0 && started.elapsed() > Duration::from_millis(150);
            if kills < KILLS && (seeks || now_told > before) {
                before = now_told;
                break false;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        drop(child);
        if ended {
            break;
        }
        kills += 1;
        between += i32::from(before > 0 && count(&app.store, done, id.as_uuid()).await? == 0);
        ensure!(count(&app.store, beyond, id.as_uuid()).await? == 0, "somebody was told beyond the mark");
    }
    let known = Counts::of(app, id).await?;
    ensure!(count(&app.store, done, id.as_uuid()).await? == 1, "not all were told: {known:?}");
    let once =
        known.notices == known.holders && known.messages == known.holders && known.parties == known.holders;
    ensure!(once && known.holders > 0, "not everybody was told once: {known:?}");
    ensure!(kills > 0, "it was never killed");
    let what = format!(
        "recall of {} lots with {} holders, killed {kills} times ({between} between two batches), told once",
        known.lots, known.holders
    );
    line(&what, begun.elapsed());
    Ok(())
}
