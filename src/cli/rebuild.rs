//! `nguongoc rebuild`: makes anew all that follows from the journal, and says what differed. A line on standard output for each value:
//! table, column, lot, event, what stood, what follows. With `--check` nothing is changed, and exit 1 says that something differs.

use super::{ServiceArguments, open, say};
use crate::chain::{self, Difference};
use crate::custody;
use crate::store::{ServiceLock, StoreError};
use crate::words::Words;
use anyhow::{Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Rebuild {
    /// Only look whether anything differs; beside a running service
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    service: ServiceArguments,
}

pub(super) async fn run(asked: Rebuild, words: Words) -> Result<ExitCode> {
    let config = open::settings(asked.service)?;
    // Whoever changes what stands is alone: on PostgreSQL the tables are locked.
    let _claim = match (asked.check, ServiceLock::claim(config.database.expose())) {
        (true, _) => None,
        (false, Ok(claim)) => Some(claim),
        (false, Err(StoreError::InUse { .. })) => bail!(words.say("cli-rebuild-in-use").into_owned()),
        (false, Err(error)) => return Err(say::failed(words, &error)),
    };
    let app = open::app(config).await?;
    // What names the registry's goods by codes of another host is strange here, and nothing would follow from it.
    let (host, keys) = (app.config.code_host(), custody::stored(&app).await?);
    if let Some(key) = keys.first()
        && !keys.iter().any(|key| key.verifier.name().host() == host)
    {
        let hosts = [("host", host.to_owned()), ("known", key.verifier.name().host().to_owned())];
        bail!(words.with("cli-rebuild-host", &hosts));
    }
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}")?);
    bar.set_message(words.say("cli-rebuild-telling").into_owned());
    let rebuilt = chain::rebuild(&app, !asked.check, |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })
    .await;
    bar.finish_and_clear();
    app.store.close().await;
    let rebuilt = rebuilt?;
    for difference in &rebuilt.differences {
        println!("{}", line(difference));
    }
    let events = ("events", rebuilt.events.to_string());
    let rows = ("rows", rebuilt.rows.to_string());
    if rebuilt.rows == 0 {
        eprintln!("{}", words.with("cli-rebuild-same", &[events]));
        return Ok(ExitCode::SUCCESS);
    }
    if rebuilt.told_in_part {
        eprintln!("{}", words.say("cli-rebuild-more"));
    }
    if asked.check {
        eprintln!("{}", words.with("cli-rebuild-differs", &[events, rows]));
        return Ok(ExitCode::FAILURE);
    }
    let lots = ("lots", rebuilt.lots.len().to_string());
    eprintln!("{}", words.with("cli-rebuild-kept", &[events, rows, lots]));
    Ok(ExitCode::SUCCESS)
}

/// A difference as a line: what is not there is `-`, and a row that stands on one side only has no column and is told whole.
fn line(difference: &Difference) -> String {
    let Difference { table, thing, event, key, column, was, now } = difference;
    let event = event.map(|event| event.to_string());
    let texts = [*column, thing.as_deref().or(Some(key)), event.as_deref(), was.as_deref(), now.as_deref()];
    texts.into_iter().fold((*table).to_owned(), |line, text| line + "\t" + text.unwrap_or("-"))
}
