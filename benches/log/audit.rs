//! How long an auditor takes for the whole log, as everybody can: from the files of a mirror, against a loop that reads the same files and
//! hashes each entry.

use super::ratio::{Size, Spread, float, now};
use super::{Place, registry};
use anyhow::{Context, Result, ensure};
use clap::Parser;
use nguongoc::cli::{self, Arguments};
use nguongoc::keys::Role;
use nguongoc::log::tree::{Edge, Grown, TileAt, leaf_hash, width};
use nguongoc::log::{self, Resource};
use nguongoc::web::server::block_on;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn measure(place: &Place, size: Size, secrets: &[String]) -> Result<()> {
    let mirror = place.folder.join("mirror");
    let (entries, policy) = block_on(copy(place, &mirror, secrets))?;
    let policy_file = place.folder.join("policy");
    fs::write(&policy_file, policy)?;
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..size.pick(3, 1) {
        let begun = now();
        let arguments = ["nguongoc", "audit", "--log"].map(Into::into).into_iter();
        let paths =
            [mirror.clone().into_os_string(), "--policy".into(), policy_file.clone().into_os_string()];
        let outcome = cli::run(Arguments::try_parse_from(arguments.chain(paths))?);
        ours.push(begun.elapsed().as_secs_f64());
        ensure!(outcome == ExitCode::SUCCESS, "the audit found fault");
        let begun = now();
        hash_all(&mirror, entries)?;
        floor.push(begun.elapsed().as_secs_f64());
    }
    let (ours, floor) = (Spread::of(ours), Spread::of(floor));
    println!(
        "\n| audit of {entries} entries on {} | median | most | goal |\n|---|--:|--:|--:|",
        place.database
    );
    println!(
        "| `nguongoc audit` over the files of a mirror | **{:.1} s** | {:.1} s | 1,000,000 in ≤ 60 s |",
        ours.middle, ours.most
    );
    println!(
        "| reading the same files and hashing each entry, no more | {:.1} s | {:.1} s | – |",
        floor.middle, floor.most
    );
    let each = float(usize::try_from(entries)?) / ours.middle;
    println!("| entries audited a second | {each:.0} | | |");
    Ok(())
}

/// Writes the files of the log as the registry serves them; how many entries they have, and the policy that trusts its key.
async fn copy(place: &Place, mirror: &Path, secrets: &[String]) -> Result<(u64, String)> {
    let app = registry::open(&place.url, &place.folder, secrets).await?;
    let note = log::checkpoint(&app).await?.context("a checkpoint")?;
    let ring = app.keys.current();
    let key = ring.signing(Role::Log, app.clock.now()).context("the log's key")?;
    let policy = format!("log {}\nquorum none\n", key.verifier());
    let entries = log::Checkpoint::read(&note)?.size;
    for level in [None, Some(0), Some(1), Some(2), Some(3)] {
        for index in 0.. {
            let wide = width(TileAt { level: level.unwrap_or(0), index }, entries);
            if wide == 0 {
                break;
            }
            let bytes =
                log::resource(&app, Resource { level, index, width: wide }).await?.context("a tile")?;
            let kind = level.map_or("entries".to_owned(), |level| level.to_string());
            let part = if wide == 256 { String::new() } else { format!(".p/{wide}") };
            let file = mirror.join(format!("tile/{kind}/{}{part}", super::tiles::place_of(index)));
            fs::create_dir_all(file.parent().context("a folder")?)?;
            fs::write(file, bytes)?;
        }
    }
    fs::write(mirror.join("checkpoint"), note)?;
    app.store.close().await;
    Ok((entries, policy))
}

/// The floor: every bundle read, every entry hashed, and the tree over them.
fn hash_all(mirror: &Path, entries: u64) -> Result<()> {
    let mut edge = Edge::default();
    while edge.size() < entries {
        let index = edge.size() / 256;
        let wide = (entries - edge.size()).min(256);
        let part = if wide == 256 { String::new() } else { format!(".p/{wide}") };
        let file = mirror.join(format!("tile/entries/{}{part}", super::tiles::place_of(index)));
        let bundle = fs::read(&file).with_context(|| file.display().to_string())?;
        let mut rest = bundle.as_slice();
        let mut leaves = Vec::new();
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let (entry, after) =
                after.split_at_checked(usize::from(u16::from_be_bytes(*length))).context("an entry")?;
            leaves.push(leaf_hash(entry));
            rest = after;
        }
        edge.extend(leaves, &mut Grown::new());
    }
    ensure!(edge.size() == entries, "as many entries as the checkpoint has");
    Ok(())
}
