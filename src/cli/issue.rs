//! `nguongoc issue`: issues a lot's code, or with `--units` codes for its packs, through a running registry, by an API token. There is no side door into the database:
//! whoever issues is a person of a party, with the rights of that person.

use super::say;
use crate::codes::{Symbol, TerminalInk};
use crate::config::BaseUrl;
use crate::http::{Ask, ask};
use crate::kernel::LotId;
use crate::words::Words;
use anyhow::{Context, Result, anyhow};
use clap::Args;
use serde_json::{Value, json};
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
    /// Issue codes for this many packs instead; the table of them goes to standard output
    #[arg(long, value_name = "N", requires = "pack_size", conflicts_with_all = ["svg", "png", "terminal"])]
    units: Option<u32>,
    /// What is in one pack, with its unit, such as "500 g"
    #[arg(long, value_name = "AMOUNT")]
    pack_size: Option<String>,
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
    let desk = Desk { server: &server, token: token.lines().next().map(str::trim), words };
    if let (Some(units), Some(pack_size)) = (asked.units, &asked.pack_size) {
        return desk.units(asked.lot, units, pack_size);
    }
    let answer = desk.ask("POST", &format!("/api/v1/lots/{}/code", asked.lot), None)?;
    let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
    let url = answer["url"].as_str().ok_or_else(|| anyhow!("{}: no url", asked.server))?;
    println!("{url}");
    draw(asked, url, words)?;
    Ok(ExitCode::SUCCESS)
}

/// The registry that is asked.
struct Desk<'a> {
    server: &'a BaseUrl,
    token: Option<&'a str>,
    words: Words,
}

impl Desk<'_> {
    /// Labels that are asked for at a time.
    const PART: u32 = 10_000;

    fn ask(&self, method: &str, path: &str, body: Option<String>) -> Result<Vec<u8>> {
        let (lang, patience) = (self.words.lang().code(), Duration::from_mins(1));
        let body = body.map(|body| ("application/json", body));
        let reply = ask(self.server, &Ask { method, path, lang, token: self.token, body, patience })?;
        if matches!(reply.status, 200 | 201) {
            return Ok(reply.body);
        }
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let problem = answer["problems"][0]["detail"].as_str();
        let detail = problem.or(answer["detail"].as_str()).map(str::to_owned);
        let detail = detail.unwrap_or_else(|| reply.status.to_string());
        Err(say::error(self.words, "cli-issue-refused", &[("why", detail)]))
    }

    /// Issues codes for packs, and writes the table of them, part by part.
    fn units(&self, lot: LotId, units: u32, pack_size: &str) -> Result<ExitCode> {
        let body = json!({ "count": units, "pack_size": pack_size }).to_string();
        let answer = self.ask("POST", &format!("/api/v1/lots/{lot}/runs"), Some(body))?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let run = answer["id"].as_str().ok_or_else(|| anyhow!("{}: no run", self.server))?;
        eprintln!("{}", self.words.one("cli-issue-run", "run", run));
        for from in (1..=units).step_by(Self::PART as usize) {
            let path = format!("/api/v1/runs/{run}/codes.csv?from={from}&count={}", Self::PART);
            let part = String::from_utf8(self.ask("GET", &path, None)?)?;
            let (head, lines) = part.split_once("\r\n").unwrap_or(("", &part));
            if from == 1 {
                println!("{head}");
            }
            print!("{}", lines.replace("\r\n", "\n"));
        }
        Ok(ExitCode::SUCCESS)
    }
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
