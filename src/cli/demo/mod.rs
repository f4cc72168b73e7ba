//! `nguongoc demo`: a registry with a season of fictional sample data, entered through the same use cases as everybody's, that
//! people can look at, sign in to and scan.
//!
//! What must stay true: the sample is entered into a folder of its own and moved into place when it is whole, so that a demo that
//! was stopped half-way starts anew; a second start finds its data again; only here does a root key lie on the server, and it
//! is said.

mod drawings;
mod field;
mod lists;
mod painter;
mod papers;
mod people;
mod sample;
mod season;

use super::{ServiceArguments, open, rounds};
use crate::accounts::Official;
use crate::app::{App, Clock, Random};
use crate::chain;
use crate::codes::{Symbol, TerminalInk};
use crate::config::{Config, DatabaseUrl};
use crate::coverage::{self, RosterDraft};
use crate::custody::{self, Root};
use crate::jobs;
use crate::keys::Keys;
use crate::store::{ServiceLock, Store};
use crate::telemetry;
use crate::web::server::{self, Service};
use crate::words::Words;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// The host that the sample's codes are signed for; it belongs to nobody (RFC 2606).
const HOST: &str = "demo.example.vn";
/// What the demo remembers of its sample, beside the database.
const SHOWN: &str = "sample.json";
/// The published key list, for `nguongoc verify`.
const LIST: &str = "nguongoc-keys.txt";
/// Steps of the loading: firms, places, products, lots, codes.
const STEPS: u64 = 12 + 20 + 31 + 2 * season::LOTS as u64;

/// What is printed at each start.
#[derive(Debug, Serialize, Deserialize)]
struct Shown {
    /// The address of a signed code.
    url: String,
    /// The same path, to be opened at the local address.
    path: String,
    /// The root's public half.
    root: String,
}

pub(super) async fn run(arguments: ServiceArguments, words: Words) -> Result<ExitCode> {
    if arguments.settings.database.is_some() || arguments.settings.database_file.is_some() {
        bail!("{}", words.say("cli-demo-embedded-only"));
    }
    let mut config = open::settings(arguments)?;
    telemetry::start(config.log_format, "warn");
    let folder = config.data.join("demo");
    config.code_host.get_or_insert_with(|| HOST.to_owned());
    config.sample = true;
    fs::create_dir_all(&config.data)
        .with_context(|| format!("cannot create folder: {}", config.data.display()))?;
    if !folder.exists() {
        Box::pin(load(&config, &folder, words)).await?;
    }
    config.data.clone_from(&folder);
    config.database = database(&folder);
    let _lock = ServiceLock::claim(config.database.expose())?;
    serve(config, &folder, words).await
}

fn database(folder: &Path) -> DatabaseUrl {
    DatabaseUrl::new(format!("sqlite:{}", folder.join("nguongoc.sqlite").display()))
}

/// Enters the sample into a folder beside the final one, and moves it there when it is whole.
async fn load(config: &Config, folder: &Path, words: Words) -> Result<()> {
    let half = folder.with_extension("loading");
    if half.exists() {
        fs::remove_dir_all(&half).with_context(|| format!("cannot remove: {}", half.display()))?;
    }
    fs::create_dir_all(&half).with_context(|| format!("cannot create folder: {}", half.display()))?;
    let config = Config { data: half.clone(), database: database(&half), ..config.clone() };
    let store = Store::open(config.database.expose()).await?;
    store.migrate().await?;
    // Keys are made with the system's randomness; the season after them comes out the same each time.
    let now = Clock::System.now();
    let keys = App::new(config.clone(), store.clone(), Clock::System, Random::System, Keys::default());
    let seal = custody::trial_passphrase(&keys)?;
    let begun = custody::begin(&keys, None, Root::Kept, &seal).await?;

    let bar = ProgressBar::new(STEPS);
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}")?;
    bar.set_style(style);
    bar.set_message(words.say("cli-demo-loading").into_owned());
    let tick = || bar.inc(1);
    let today = now.day();
    let clock = Clock::at(today.plus_days(-60).start());
    let app = App::new(config, store, clock, Random::seeded(206), Keys::default());
    custody::refresh(&app).await?;
    lists::enter(&app).await?;
    let cast = people::enter(&app, &tick).await?;
    field::begin(&app, &cast, today).await?;
    let made = season::record(&app, &cast, today, &tick).await?;
    // The keys were made while this ran: their term began after `now`.
    app.clock.set(Clock::System.now());
    let issued = season::issue(&app, &made, &tick).await?;
    papers::enter(&app, &cast, &made, app.clock.now().day()).await?;
    season::stop(&app, &cast, &made).await?;
    field::late(&app, &cast, &made).await?;
    enter_roster(&app, &cast.officer).await?;
    bar.finish_and_clear();

    let note = app.keys.note().context("the key list is not published")?;
    fs::write(half.join(LIST), note.as_bytes())?;
    let shown = Shown { url: issued.url(), path: issued.code.to_string(), root: begun.root.to_string() };
    fs::write(half.join(SHOWN), serde_json::to_vec_pretty(&shown)?)?;
    app.store.close().await;
    fs::rename(&half, folder).with_context(|| format!("cannot move into place: {}", folder.display()))
}

/// The authority's roster of the season: the sample's firms, and some that are not in the registry.
async fn enter_roster(app: &App, officer: &Official) -> Result<()> {
    let today = app.clock.now().day();
    // From the month in which most of the season lies: a roster of the whole year would find a sample that sold in one month.
    let begin = today.plus_days(-10);
    let draft = RosterDraft {
        name: format!("Danh sách mẫu tháng {:02}/{} (hư cấu)", begin.month(), begin.year()),
        from: format!("{}-{:02}-01", begin.year(), begin.month()),
        to: today.plus_days(31).to_string(),
    };
    match coverage::import(app, officer, &draft, sample::ROSTER.as_bytes()).await {
        Ok((roster, _)) => Ok(coverage::freeze(app, officer, roster.id).await?),
        Err(coverage::Error::Rows(problems)) => bail!("the sample roster has problems: {problems:?}"),
        Err(error) => Err(error.into()),
    }
}

async fn serve(config: Config, folder: &Path, words: Words) -> Result<ExitCode> {
    let app = Arc::new(open::app(config).await?);
    chain::capture::end_interrupted(&app, chain::capture::abandoned_by(&app)).await?;
    let service = Service::bind(app.clone())
        .with_context(|| words.one("cli-demo-cannot-listen", "address", app.config.listen))?;
    let watching = custody::watch(app.clone());
    let beside = jobs::Rounds::start(&app, rounds::JOBS);
    let base = match app.config.base_url.port() {
        // Port 0 was asked for: the address is known only now.
        Some(0) => crate::config::local_base(service.address()?).to_string(),
        _ => app.config.base_url.to_string(),
    };
    let (server, handle) = service.start()?;
    server::stop_when_told(handle)?;
    let shown: Shown = serde_json::from_slice(&fs::read(folder.join(SHOWN))?)?;
    print(&shown, &base, folder, words)?;
    server.await?;
    beside.stop().await;
    watching.abort();
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn print(shown: &Shown, base: &str, folder: &Path, words: Words) -> Result<()> {
    let local = format!("{base}{}", shown.path);
    let ink = if std::io::stdout().is_terminal() { TerminalInk::Colour } else { TerminalInk::DarkOnLight };
    println!("{}\n", words.say("cli-demo-title"));
    println!("{}\n  {base}/\n", words.say("cli-demo-look"));
    println!("{}\n  {base}/account/sign-in\n", words.one("cli-demo-sign-in", "password", people::PASSWORD));
    for (name, key) in [
        ("canbo", "cli-demo-officer"),
        ("thanhtra", "cli-demo-inspector"),
        ("quantri", "cli-demo-administrator"),
        ("vanxanh", "cli-demo-manager"),
        ("vanxanh.ghi", "cli-demo-clerk"),
        ("baoan", "cli-demo-trader"),
        ("cuahangla", "cli-demo-shop"),
    ] {
        println!("  {name:<12} {}", words.say(key));
    }
    println!("\n{}\n  {}\n", words.say("cli-demo-code"), shown.url);
    println!("{}", words.say("cli-demo-verify"));
    let list = folder.join(LIST);
    println!("  nguongoc verify {} --keys {} --root '{}'\n", shown.url, list.display(), shown.root);
    println!("{}\n  {local}\n", words.say("cli-demo-local"));
    println!("{}", Symbol::of(&local)?.terminal(ink));
    println!("{}", words.say("cli-demo-stop"));
    Ok(())
}
