//! The program as it is installed: how soon it answers, and how much memory it holds when nobody asks.

use super::codes::HOST;
use super::load;
use super::ratio::{Size, Spread, float, now};
use super::season;
use super::site::Registry;
use anyhow::{Context, Result, bail, ensure};
use nguongoc::web::server;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// The program, built with this bench.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_nguongoc"))
}

/// Whether the program has this command.
pub(crate) fn knows(command: &str) -> Result<bool> {
    let help = Command::new(program()).arg("--help").output()?;
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    Ok(help.lines().any(|line| line.split_whitespace().next() == Some(command)))
}

/// A service running in a process of its own, ended with this value.
pub(crate) struct Running {
    child: Child,
    /// From the start of the process until `/readyz` answered.
    pub(crate) ready_after: Duration,
}

impl Running {
    /// Starts `nguongoc serve` and waits until it is ready.
    pub(crate) fn start(database: &str, folder: &Path) -> Result<Self> {
        // Taken and given back: nobody else on this machine asks for it in the same instant.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let begun = now();
        let child = Command::new(program())
            .args(["serve", "--database", database, "--listen", &address.to_string(), "--data"])
            .arg(folder)
            .args(["--code-host", HOST, "--key-passphrase-file"])
            .arg(folder.join(season::PASSPHRASE))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut running = Self { child, ready_after: Duration::ZERO };
        let request = load::request("/readyz", "*/*", "identity");
        while load::once(address, &request).is_err() {
            if let Some(status) = running.child.try_wait()? {
                bail!("the service ended: {status}");
            }
            ensure!(begun.elapsed() < Duration::from_secs(30), "the service does not get ready");
            pause(Duration::from_millis(1));
        }
        running.ready_after = begun.elapsed();
        Ok(running)
    }

    /// A line of `/proc/PID/status`, in megabytes (10^6 bytes): `VmRSS:` is what it holds, `VmHWM:` the most that it held.
    fn memory(&self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with(name)).context("a line")?;
        let kibibytes: usize = line.split_whitespace().nth(1).context("a number")?.parse()?;
        Ok(float(kibibytes * 1024) / 1e6)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It holds nothing of worth; if it cannot be ended it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "this thread serves nobody")]
pub(crate) fn pause(time: Duration) {
    thread::sleep(time);
}

/// Starts the program several times over a database that is there already, of the size of the demo, with its sealed keys.
pub(crate) fn measure(size: Size) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let database = format!("sqlite:{}", folder.path().join("registry.sqlite").display());
    let lots = size.pick(200, 2);
    server::block_on(Registry::fill(size, database.clone(), folder.path().to_owned(), lots))?;
    let (mut ready, mut fresh, mut most, mut idle) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size.pick(7, 1) {
        let running = Running::start(&database, folder.path())?;
        ready.push(running.ready_after.as_secs_f64() * 1e3);
        fresh.push(running.memory("VmRSS:")?);
        pause(size.pick(Duration::from_secs(10), Duration::from_millis(20)));
        idle.push(running.memory("VmRSS:")?);
        most.push(running.memory("VmHWM:")?);
    }
    println!("\n### The program at rest, over {lots} lots on SQLite\n");
    println!("| figure | min | **median** | max | goal |\n|---|--:|--:|--:|--:|");
    for (figure, values, goal) in [
        ("from start to ready, ms", ready, "≤ 500"),
        ("memory when ready, MB", fresh, "≤ 64"),
        ("memory after 10 s idle, MB", idle, "≤ 64"),
        ("most memory since the start, MB", most, "–"),
    ] {
        let spread = Spread::of(values);
        println!(
            "| {figure} | {:.1} | **{:.1}** | {:.1} | {goal} |",
            spread.least, spread.middle, spread.most
        );
    }
    Ok(())
}
