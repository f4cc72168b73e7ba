//! Checking signed codes, against the bare signature check with the same key and the same messages.

use super::codes::{self, Keys, NOW, Sealed};
use super::process;
use super::ratio::{Size, alternate, float, heading, line, now, rate};
use anyhow::{Context, Result, ensure};
use ed25519_dalek::VerifyingKey;
use nguongoc::codes::{SignatureState, parse_link};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

pub(crate) fn measure(size: Size) -> Result<()> {
    let keys = Keys::new()?;
    let sealed = codes::sealed(&keys, size.pick(4_096, 64))?;
    heading("Verification");
    library(size, &keys, &sealed)?;
    program(size, &keys)
}

/// In this process, one thread.
fn library(size: Size, keys: &Keys, sealed: &[Sealed]) -> Result<()> {
    let checker = keys.checker()?;
    let bare = codes::bare_verifier(keys);
    ensure!(sealed.iter().all(|one| checker.check(&one.address, NOW).is_valid()), "a good code is refused");
    ensure!(sealed.iter().all(|one| verified(&bare, one)), "a good signature is refused");
    let (rounds, turn) = size.pick((15, Duration::from_millis(400)), (2, Duration::from_millis(8)));
    let nth = |n: usize| &sealed[n % sealed.len()];
    let floor = || rate(turn, |n| verified(&bare, nth(n)));
    let parsed = alternate(
        rounds,
        || {
            rate(turn, |n| {
                parse_link(&nth(n).address)
                    .is_ok_and(|link| checker.signature(&link.code).0 == SignatureState::Valid)
            })
        },
        floor,
    )?;
    line("parse and check an address", "bare `verify_strict`", parsed, Some(0.9));
    let told = alternate(
        rounds,
        || rate(turn, |n| serde_json::to_string(&checker.check(&nth(n).address, NOW))),
        floor,
    )?;
    line("the same, with a JSON answer", "bare `verify_strict`", told, Some(0.9));
    Ok(())
}

fn verified(key: &VerifyingKey, one: &Sealed) -> bool {
    key.verify_strict(&one.message, &one.signature).is_ok()
}

/// The program itself over a file of codes, against a loop that reads the same lines and checks the same signatures.
fn program(size: Size, keys: &Keys) -> Result<()> {
    if !process::knows("verify")? {
        println!("| `nguongoc verify -` | | | | | | | not in this program yet |");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let sealed = codes::sealed(keys, size.pick(200_000, 200))?;
    let list = folder.path().join("keys.txt");
    std::fs::write(&list, &keys.note)?;
    let root = keys.root.verifier().to_string();
    let lines = folder.path().join("codes.txt");
    let mut file = BufWriter::new(File::create(&lines)?);
    for one in &sealed {
        writeln!(file, "{}", one.address)?;
    }
    file.flush()?;
    let bare = codes::bare_verifier(keys);
    let rounds = size.pick(9, 1);
    let cores = thread::available_parallelism()?.get();
    for threads in if cores == 1 { vec![1] } else { vec![1, cores] } {
        let pairs = alternate(
            rounds,
            || verify_lines(&lines, &list, &root, sealed.len(), threads, cores),
            || bare_lines(&lines, &bare, &sealed, threads),
        )?;
        let figure = format!("`nguongoc verify -`, {} codes, {threads} thread(s)", sealed.len());
        line(&figure, "bare loop over the same lines", pairs, Some(0.9));
    }
    Ok(())
}

/// Runs the program on so many cores, from its start to its end.
fn verify_lines(
    lines: &Path,
    list: &Path,
    root: &str,
    count: usize,
    threads: usize,
    cores: usize,
) -> Result<f64> {
    let program = process::program();
    // The program takes all the cores it may run on; `taskset` (util-linux) says which.
    let mut command = if threads < cores {
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.args(["verify", "-", "--keys"]).arg(list).args(["--root", root]);
    let begun = now();
    let status = command
        .stdin(File::open(lines)?)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot start the program (or taskset)")?;
    let taken = begun.elapsed();
    ensure!(status.success(), "the program refused good codes");
    Ok(float(count) / taken.as_secs_f64())
}

/// Reads the lines and checks the signatures, taken apart beforehand, on so many threads.
fn bare_lines(path: &Path, key: &VerifyingKey, sealed: &[Sealed], threads: usize) -> Result<f64> {
    let begun = now();
    let lines =
        BufReader::with_capacity(1 << 16, File::open(path)?).lines().collect::<Result<Vec<_>, _>>()?;
    let (next, good) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let from = next.fetch_add(256, Ordering::Relaxed);
                    let Some(part) = sealed.get(from..sealed.len().min(from + 256)).filter(|p| !p.is_empty())
                    else {
                        return;
                    };
                    let verified = part.iter().filter(|one| verified(key, one)).count();
                    good.fetch_add(verified, Ordering::Relaxed);
                }
            });
        }
    });
    let taken = begun.elapsed();
    ensure!(good.into_inner() == lines.len(), "the bare loop refused good signatures");
    Ok(float(lines.len()) / taken.as_secs_f64())
}
