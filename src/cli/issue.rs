//! `nguongoc issue`: issues a lot's code through a running registry, by an API token. There is no side door into the database:
//! whoever issues is a person of a party, with the rights of that person.

use super::http::{Ask, ask};
use super::say;
use crate::codes::{Symbol, TerminalInk};
use crate::config::BaseUrl;
use crate::kernel::LotId;
use crate::words::Words;
use anyhow::{Context, Result, anyhow};
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Pixels a module of a picture: sharp at four times the least print size.
const PIXELS: u8 = 12;

#[derive(Debug, Args)]
pub(super) struct Issue {
    /// The lot's id
    lot: LotId,
    /// Address of the registry
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// File whose first line is an API token with the scopes read and record
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// Draw the code into an SVG file, sized for print
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Draw the code into a PNG file
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Draw the code in the terminal
    #[arg(long)]
    terminal: bool,
}

pub(super) fn run(asked: &Issue, words: Words) -> Result<ExitCode> {
    let server = BaseUrl::parse(&asked.server)?;
    let token =
        std::fs::read_to_string(&asked.token_file).with_context(|| asked.token_file.display().to_string())?;
    let path = format!("/api/v1/lots/{}/code", asked.lot);
    let reply = ask(
        &server,
        &Ask {
            method: "POST",
            path: &path,
            lang: words.lang().code(),
            token: token.lines().next().map(str::trim),
            patience: Duration::from_secs(30),
        },
    )?;
    let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    if reply.status != 200 {
        let detail = answer["detail"].as_str().map(str::to_owned);
        let detail = detail.unwrap_or_else(|| reply.status.to_string());
        return Err(say::error(words, "cli-issue-refused", &[("why", detail)]));
    }
    let url = answer["url"].as_str().ok_or_else(|| anyhow!("{}: no url", asked.server))?;
    println!("{url}");
    draw(asked, url, words)?;
    Ok(ExitCode::SUCCESS)
}

fn draw(asked: &Issue, url: &str, words: Words) -> Result<()> {
    if asked.svg.is_none() && asked.png.is_none() && !asked.terminal {
        return Ok(());
    }
    let symbol = Symbol::of(url)?;
    let write = |path: &PathBuf, bytes: &[u8]| -> Result<()> {
        std::fs::write(path, bytes).with_context(|| path.display().to_string())?;
        eprintln!("{}", words.one("cli-written", "path", path.display()));
        Ok(())
    };
    if let Some(path) = &asked.svg {
        write(path, symbol.svg(url).as_bytes())?;
    }
    if let Some(path) = &asked.png {
        write(path, &symbol.png(PIXELS)?)?;
    }
    if asked.terminal {
        eprint!("{}", symbol.terminal(TerminalInk::Colour));
    }
    Ok(())
}
