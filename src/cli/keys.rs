//! `nguongoc keys …`: making, listing, rotating and condemning keys, and the way of the key list to the root and back.
//!
//! The root never lies on the server: `export-list` writes the unsigned list, `sign-list` signs it on the machine of the root,
//! without database or network, `import-list` takes it over.

use super::{ServiceArguments, open, say};
use crate::app::App;
use crate::custody::{self, Begun, Opening, Root, Seal};
use crate::kernel::Moment;
use crate::keys::{Host, Role, SecretKey, VerifierKey};
use crate::words::Words;
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make the first keys: this quarter's code key and the log key; and make or pin the root
    Init(Init),
    /// Show all keys: role, status, term, name, id, and whether the private half lies here
    List(ServiceArguments),
    /// Make the next quarter's code key, thirty days ahead, and retire those whose term has ended; or a new key of the log
    Rotate(Rotate),
    /// End a key of the log, once a published list names another one; what it signed stays good
    Retire(Retire),
    /// Declare a key compromised; it acts at once, and cannot be undone
    Compromise(Compromise),
    /// Write the next key list, unsigned, to standard output
    ExportList(ExportList),
    /// Sign a key list with the root, on any machine; the note goes to standard output
    SignList(SignList),
    /// Take a signed key list over and publish it
    ImportList(ImportList),
    /// Show the fingerprint of a verifier key, as the page that checks codes offline shows it
    Fingerprint {
        /// The verifier key: name, id and key, joined by plus signs
        key: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Init {
    /// Pin a root that was made elsewhere: its verifier key
    #[arg(long, value_name = "VKEY", conflicts_with_all = ["root_out", "with_root"], required_unless_present_any = ["root_out", "with_root"])]
    root: Option<String>,
    /// Make the root and write it to this folder, on a medium that leaves this machine
    #[arg(long, value_name = "DIR", conflicts_with = "with_root")]
    root_out: Option<PathBuf>,
    /// Make only the root, for `--code-host`, without a database: on the machine where it stays
    #[arg(long, requires = "root_out")]
    root_only: bool,
    /// Keep the root beside the other keys: for demonstrations and trials, never in earnest
    #[arg(long)]
    with_root: bool,
    /// File with the passphrase that seals the root [default: asked for]
    #[arg(long, value_name = "FILE")]
    root_passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    service: ServiceArguments,
}

#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// Make a key of the log instead: beside the one in force, or in the place of a compromised one
    #[arg(long)]
    log: bool,
    #[command(flatten)]
    service: ServiceArguments,
}

#[derive(Debug, Args)]
pub(super) struct Retire {
    /// The key: its name, its id, or both joined by a plus sign
    key: String,
    #[command(flatten)]
    service: ServiceArguments,
}

#[derive(Debug, Args)]
pub(super) struct Compromise {
    /// The key: its name, its id, or both joined by a plus sign
    key: String,
    /// The last size of the log, in entries, at which the key was still good
    #[arg(long, value_name = "N")]
    last_good: u64,
    #[command(flatten)]
    service: ServiceArguments,
}

#[derive(Debug, Args)]
pub(super) struct ExportList {
    /// Add a new root, which counts once the old one has signed this list
    #[arg(long, value_name = "VKEY")]
    new_root: Option<String>,
    #[command(flatten)]
    service: ServiceArguments,
}

#[derive(Debug, Args)]
pub(super) struct SignList {
    /// The list, or - for standard input
    list: PathBuf,
    /// File of the sealed root key
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// File with the passphrase that opens it [default: asked for]
    #[arg(long, value_name = "FILE")]
    key_passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ImportList {
    /// The signed list, or - for standard input
    note: PathBuf,
    #[command(flatten)]
    service: ServiceArguments,
}

pub(super) async fn run(command: Command, words: Words) -> Result<ExitCode> {
    let service = match command {
        Command::SignList(sign) => return sign_list(&sign, words),
        Command::Fingerprint { key } => {
            println!("{}", vkey(&key, words)?.fingerprint());
            return Ok(ExitCode::SUCCESS);
        }
        Command::Init(init) if init.root_only => return root_only(init, words),
        Command::Init(init) => {
            let app = open::app(open::settings(init.service.clone())?).await?;
            let done = begin(&app, &init, words).await;
            app.store.close().await;
            return done.map(|()| ExitCode::SUCCESS);
        }
        Command::List(ref service) => service,
        Command::Rotate(ref rotate) => &rotate.service,
        Command::Retire(ref retire) => &retire.service,
        Command::Compromise(ref compromise) => &compromise.service,
        Command::ExportList(ref export) => &export.service,
        Command::ImportList(ref import) => &import.service,
    };
    let app = open::app(open::settings(service.clone())?).await?;
    let done = match &command {
        Command::Rotate(asked) => rotate(&app, asked.log, words).await,
        Command::Retire(asked) => retire(&app, &asked.key, words).await,
        Command::Compromise(asked) => compromise(&app, asked, words).await,
        Command::ExportList(asked) => export_list(&app, asked, words).await,
        Command::ImportList(asked) => import_list(&app, &asked.note, words).await,
        _ => list(&app, words).await,
    };
    app.store.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

/// The seal of a service's own keys: its passphrase from where it lies, or typed.
fn seal(app: &App, words: Words) -> Result<Seal> {
    let found = Opening::of(app).passphrase().map_err(say::refused(words))?;
    if let Some(passphrase) = found {
        return Ok(Seal::new(passphrase));
    }
    let typed = say::typed(words, "cli-passphrase-new", true)?;
    app.keys.remember(typed.clone());
    Ok(Seal::new(typed))
}

fn root_seal(file: Option<&Path>, words: Words) -> Result<Seal> {
    Ok(Seal::new(match file {
        Some(path) => custody::passphrase_in(path).map_err(say::refused(words))?,
        None => say::typed(words, "cli-passphrase-root", true)?,
    }))
}

fn vkey(text: &str, words: Words) -> Result<VerifierKey> {
    text.trim()
        .parse()
        .map_err(|why| say::error(words, "cli-vkey-malformed", &[("why", say::vkey(words, why))]))
}

async fn begin(app: &App, init: &Init, words: Words) -> Result<()> {
    let pinned = init.root.as_deref().map(|text| vkey(text, words)).transpose()?;
    let sealed;
    let root = match (&pinned, &init.root_out) {
        (Some(root), _) => Root::Elsewhere(root),
        (None, Some(folder)) => {
            sealed = root_seal(init.root_passphrase_file.as_deref(), words)?;
            Root::Out(folder, &sealed)
        }
        (None, None) => Root::Kept,
    };
    let trial =
        matches!(root, Root::Kept) && Opening::of(app).passphrase().map_err(say::refused(words))?.is_none();
    let own =
        if trial { custody::trial_passphrase(app).map_err(say::refused(words))? } else { seal(app, words)? };
    let begun = custody::begin(app, None, root, &own).await.map_err(say::refused(words))?;
    tell_begun(&begun, init, words);
    Ok(())
}

fn tell_begun(begun: &Begun, init: &Init, words: Words) {
    println!("{}", begun.root);
    for key in &begun.keys {
        eprintln!("{}", words.one("cli-keys-made", "key", key.name()));
    }
    if let Some(file) = &begun.root_file {
        let key = if init.with_root { "cli-root-kept" } else { "cli-root-written" };
        eprintln!("{}", words.one(key, "path", file.display()));
    }
    match begun.sequence {
        Some(sequence) => eprintln!("{}", words.one("cli-list-published", "sequence", sequence)),
        None => eprintln!("\n{}", words.say("cli-list-to-sign")),
    }
    eprintln!("\n{}", words.say("cli-root-pin"));
    eprintln!("{}", words.one("cli-root-fingerprint", "fingerprint", begun.root.fingerprint()));
}

fn root_only(init: Init, words: Words) -> Result<ExitCode> {
    let config = open::settings(init.service)?;
    let host = Host::parse(config.code_host())
        .map_err(|_| say::error(words, "cli-keys-host", &[("host", config.code_host())]))?;
    let Some(folder) = init.root_out else { bail!(words.say("cli-failed").into_owned()) };
    let seal = root_seal(init.root_passphrase_file.as_deref(), words)?;
    let mut seed = [0; 32];
    crate::app::Random::System.fill(&mut seed);
    let root = custody::make_root(&host, seed).map_err(say::refused(words))?;
    let (file, _) = custody::write_root(&folder, &root, &seal).map_err(say::refused(words))?;
    println!("{}", root.verifier());
    eprintln!("{}", words.one("cli-root-written", "path", file.display()));
    eprintln!("{}", words.one("cli-root-fingerprint", "fingerprint", root.verifier().fingerprint()));
    Ok(ExitCode::SUCCESS)
}

async fn list(app: &App, words: Words) -> Result<()> {
    let keys = custody::stored(app).await.map_err(say::refused(words))?;
    if keys.is_empty() {
        bail!(say::keys(words, &custody::Error::NotBegun));
    }
    let opening = Opening::of(app);
    for key in &keys {
        let until = key.until.map_or_else(|| "-".to_owned(), Moment::to_rfc3339);
        println!(
            "{}\t{}\t{}\t{until}\t{}\t{}\t{}",
            key.role.word(),
            key.status,
            key.from.to_rfc3339(),
            key.verifier.name(),
            key.verifier.id(),
            if opening.has(key) { "here" } else { "-" },
        );
    }
    Ok(())
}

async fn rotate(app: &App, log: bool, words: Words) -> Result<()> {
    let seal = seal(app, words)?;
    let made = if log {
        custody::rotate_log(app, None, &seal).await
    } else {
        custody::rotate(app, None, &seal).await
    };
    let made = made.map_err(say::refused(words))?;
    println!("{}", made.key);
    match made.until {
        Some(until) => {
            let (from, until) = (made.from.vietnamese(), until.vietnamese());
            eprintln!("{}", words.two("cli-keys-rotated", ("from", from), ("until", until)));
        }
        None => eprintln!("{}", words.say("cli-keys-rotated-log")),
    }
    tell_published(made.sequence, words);
    Ok(())
}

async fn retire(app: &App, key: &str, words: Words) -> Result<()> {
    let (key, sequence) = custody::retire(app, None, key).await.map_err(say::refused(words))?;
    println!("{key}");
    let named = format!("{}+{}", key.name(), key.id());
    eprintln!("{}", words.one("cli-keys-retired", "key", named));
    tell_published(sequence, words);
    Ok(())
}

async fn compromise(app: &App, asked: &Compromise, words: Words) -> Result<()> {
    let done = custody::compromise(app, None, &asked.key, asked.last_good).await;
    let (key, sequence) = done.map_err(say::refused(words))?;
    println!("{key}");
    eprintln!("{}", words.one("cli-keys-compromised", "key", key.name()));
    tell_published(sequence, words);
    let is_log = key.name().role() == Some(Role::Log);
    let command = if is_log { "nguongoc keys rotate --log" } else { "nguongoc keys rotate" };
    eprintln!("{}", words.one("cli-keys-rotate-next", "command", command));
    Ok(())
}

fn tell_published(sequence: Option<u64>, words: Words) {
    match sequence {
        Some(sequence) => eprintln!("{}", words.one("cli-list-published", "sequence", sequence)),
        None => eprintln!("\n{}", words.say("cli-list-to-sign")),
    }
}

async fn export_list(app: &App, asked: &ExportList, words: Words) -> Result<()> {
    let new_root = asked.new_root.as_deref().map(|text| vkey(text, words)).transpose()?;
    let list = custody::unsigned_list(app, new_root.as_ref()).await.map_err(say::refused(words))?;
    print!("{list}");
    Ok(())
}

fn sign_list(asked: &SignList, words: Words) -> Result<ExitCode> {
    let text = read(&asked.list)?;
    let passphrase = match &asked.key_passphrase_file {
        Some(path) => custody::passphrase_in(path).map_err(say::refused(words))?,
        None => say::typed(words, "cli-passphrase-root", false)?,
    };
    let root: SecretKey = custody::read_root(&asked.root, Some(passphrase)).map_err(say::refused(words))?;
    print!("{}", custody::sign_list(&text, &root).map_err(say::refused(words))?);
    Ok(ExitCode::SUCCESS)
}

async fn import_list(app: &App, path: &Path, words: Words) -> Result<()> {
    let note = read(path)?;
    let sequence = custody::import_list(app, None, &note).await.map_err(say::refused(words))?;
    eprintln!("{}", words.one("cli-list-published", "sequence", sequence));
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        stdin().lock().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}
