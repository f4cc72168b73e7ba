//! `nguongoc log …`: how the log stands, and taking over the last checkpoint on a node that has none of its own.

use super::{ServiceArguments, open, say};
use crate::app::App;
use crate::config::BaseUrl;
use crate::custody;
use crate::http::{Ask, ask};
use crate::kernel::{LotId, Moment, PartyId};
use crate::keys::{Role, VerifierKey};
use crate::log::{self, Checkpoint, Opened, Stop, WitnessStanding};
use crate::words::Words;
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::fs::OpenOptions;
use std::io::{BufWriter, Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show how far the log goes, what waits, and whether this machine may sign
    Show(ServiceArguments),
    /// Take over the last checkpoint from another node, a mirror or a witness, on a machine that has no file of its own
    Adopt(Adopt),
    /// Open the amounts behind the log's commitments for an auditor: names and texts stay closed
    Disclose(Disclose),
}

#[derive(Debug, Args)]
pub(super) struct Disclose {
    /// Only what was recorded of these lots
    #[arg(long, value_name = "ID", conflicts_with = "party")]
    lot: Vec<LotId>,
    /// Only what this party did
    #[arg(long, value_name = "ID")]
    party: Option<PartyId>,
    /// File that is written [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    service: ServiceArguments,
}

#[derive(Debug, Args)]
pub(super) struct Adopt {
    /// File with the checkpoint
    #[arg(long, value_name = "FILE", conflicts_with = "from", required_unless_present_any = ["from", "nothing_newer"])]
    checkpoint: Option<PathBuf>,
    /// Address of another node or a mirror, whose /log/checkpoint is read
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// Say that mirrors, auditors and witnesses were asked and know nothing newer: needed for a checkpoint that this database holds itself; alone
    /// where nothing was signed yet when the database was saved
    #[arg(long)]
    nothing_newer: bool,
    #[command(flatten)]
    service: ServiceArguments,
}

pub(super) async fn run(command: Command, words: Words) -> Result<ExitCode> {
    match command {
        Command::Show(service) => show(service, words).await,
        Command::Adopt(asked) => adopt(asked, words).await,
        Command::Disclose(asked) => disclose(asked, words).await,
    }
}

async fn show(service: ServiceArguments, words: Words) -> Result<ExitCode> {
    let app = open::app(open::settings(service)?).await?;
    custody::refresh_list(&app).await.map_err(say::refused(words))?;
    let state = log::state(&app).await?;
    let witnesses = log::witness_standings(&app).await?;
    let stopped = log::look(&app).await;
    app.store.close().await;
    println!("{}", words.with("cli-log-published", &[("count", state.published.to_string())]));
    if let Some(at) = state.signed_at {
        println!("{}", words.with("cli-log-signed", &[("time", at.vietnamese())]));
    }
    println!("{}", words.with("cli-log-waiting", &[("count", state.waiting.to_string())]));
    for witness in witnesses {
        println!("{}", words.with(witness_key(&witness), &witness_values(&witness)));
    }
    match stopped {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(log::Error::Stopped(stop)) => {
            eprintln!("{}", words.one("cli-log-stopped", "why", words.with("log-why", &stop.values())));
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(say::failed(words, &error)),
    }
}

/// How a witness stands: it never cosigned, it did, or it failed since.
const fn witness_key(witness: &WitnessStanding) -> &'static str {
    match (witness.failed_at, witness.cosigned_at) {
        (None, None) => "cli-log-witness-new",
        (None, Some(_)) => "cli-log-witness",
        (Some(_), None) => "cli-log-witness-never",
        (Some(_), Some(_)) => "cli-log-witness-failed",
    }
}

fn witness_values(witness: &WitnessStanding) -> [(&'static str, String); 6] {
    let time = |at: Option<Moment>| at.map(Moment::vietnamese).unwrap_or_default();
    [
        ("name", witness.name.clone()),
        ("count", witness.size.to_string()),
        ("time", time(witness.cosigned_at)),
        ("failed", time(witness.failed_at)),
        ("times", witness.failures.to_string()),
        ("why", witness.detail.clone().unwrap_or_default()),
    ]
}

async fn adopt(asked: Adopt, words: Words) -> Result<ExitCode> {
    let note = match (&asked.checkpoint, &asked.from) {
        (Some(path), _) => std::fs::read_to_string(path).with_context(|| path.display().to_string())?,
        (None, Some(url)) => fetch(url, words)?,
        (None, None) => return begin_again(asked.service, words).await,
    };
    let app = open::app(open::settings(asked.service)?).await?;
    // The public halves of the log's keys: whoever adopts needs no private one.
    custody::refresh_list(&app).await.map_err(say::refused(words))?;
    let adopted = take_over(&app, &note, asked.nothing_newer, words).await;
    app.store.close().await;
    let (count, path) = (adopted?.size, log::kept_path(&app.config.data));
    println!("{}", words.two("cli-log-adopted", ("count", count), ("path", path.display())));
    Ok(ExitCode::SUCCESS)
}

/// Lets a registry go on that was put back from before its first checkpoint.
async fn begin_again(service: ServiceArguments, words: Words) -> Result<ExitCode> {
    let app = open::app(open::settings(service)?).await?;
    let begins = log::begin_again(&app).await;
    app.store.close().await;
    if !begins? {
        bail!(words.say("cli-log-nothing").into_owned());
    }
    println!("{}", words.say("cli-log-unbegun"));
    Ok(ExitCode::SUCCESS)
}

/// Takes a checkpoint over, or says in words why not.
async fn take_over(app: &App, note: &str, nothing_newer: bool, words: Words) -> Result<Checkpoint> {
    let ring = app.keys.current();
    let listed = ring.opened().map(|opened| opened.list.keys()).unwrap_or_default();
    let keys: Vec<VerifierKey> =
        listed.iter().filter(|key| key.role() == Role::Log).map(|key| key.key().clone()).collect();
    let given = Checkpoint::open(note, &keys)
        .map_err(|why| say::error(words, "cli-log-refused", &[("why", say::checkpoint(words, &why))]))?;
    let refused = |why: log::Error| refusal(app, &given, &why, words);
    if !nothing_newer && log::says_nothing_newer(app, note).await.map_err(refused)? {
        bail!(words.say("cli-log-newer").into_owned());
    }
    log::adopt(app, note).await.map_err(refused)
}

/// Why a checkpoint of this log is not taken over.
fn refusal(app: &App, given: &Checkpoint, why: &log::Error, words: Words) -> anyhow::Error {
    let detail = match why {
        log::Error::Stopped(Stop::File(detail)) => detail,
        log::Error::Stopped(stop) => {
            return say::error(words, "cli-log-unfit", &[("why", words.with("log-why", &stop.values()))]);
        }
        log::Error::Waits(_) | log::Error::Late | log::Error::Store(_) => return say::failed(words, why),
    };
    // A file that goes further stays as it is; any other could not be read or written.
    let path = log::kept_path(&app.config.data);
    let held = std::fs::read_to_string(&path).ok().and_then(|note| Checkpoint::read(&note).ok());
    let why = match held.filter(|held| held.size > given.size) {
        Some(held) => words.two("cli-log-held", ("held", held.size), ("given", given.size)),
        None => words.two("cli-key-file", ("path", path.display()), ("why", detail)),
    };
    say::error(words, "cli-log-refused", &[("why", why)])
}

async fn disclose(asked: Disclose, words: Words) -> Result<ExitCode> {
    let wanted = match (asked.party, asked.lot) {
        (Some(party), _) => Opened::Party(party),
        (None, lots) if lots.is_empty() => Opened::All,
        (None, lots) => Opened::Lots(lots),
    };
    let mut out: Box<dyn Write> = match &asked.out {
        Some(path) => {
            // What it holds is private: a new file, for its owner only.
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o600);
            Box::new(BufWriter::new(options.open(path).with_context(|| path.display().to_string())?))
        }
        None => Box::new(stdout().lock()),
    };
    let app = open::app(open::settings(asked.service)?).await?;
    let (mut first, mut opened, mut erased) = (Some(0), 0_usize, 0);
    while let Some(from) = first {
        let part = log::disclose(&app, &wanted, from).await?;
        for opening in &part.openings {
            serde_json::to_writer(&mut out, opening)?;
            out.write_all(b"\n")?;
        }
        opened += part.openings.len();
        erased += part.erased;
        first = part.next;
    }
    out.flush()?;
    app.store.close().await;
    let values = [("count", opened.to_string()), ("erased", erased.to_string())];
    eprintln!("{}", words.with("cli-log-disclosed", &values));
    Ok(ExitCode::SUCCESS)
}

fn fetch(url: &str, words: Words) -> Result<String> {
    let server = BaseUrl::parse(url)?;
    let asked = Ask {
        method: "GET",
        path: "/log/checkpoint",
        lang: words.lang().code(),
        token: None,
        body: None,
        patience: Duration::from_secs(10),
    };
    let reply = ask(&server, &asked)?;
    if reply.status != 200 {
        bail!(
            words.with("cli-log-no-answer", &[("url", url.to_owned()), ("status", reply.status.to_string())])
        );
    }
    // What is no text is no checkpoint either, and is told as such.
    Ok(String::from_utf8_lossy(&reply.body).into_owned())
}
