//! `nguongoc erase`: takes private values of a record away for good, and puts into the log that this was done.

use super::{ServiceArguments, open, say};
use crate::log;
use crate::words::Words;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;
use uuid::Uuid;

#[derive(Debug, Args)]
pub(super) struct Erase {
    /// Id of the record: a party, an event, an entry of a field book, a certificate, a test
    #[arg(value_name = "ID")]
    record: Uuid,
    /// Which of its private values; several times for several. Without it they are listed, and nothing is erased
    #[arg(long, value_name = "NAME")]
    field: Vec<String>,
    #[command(flatten)]
    service: ServiceArguments,
}

pub(super) async fn run(asked: Erase, words: Words) -> Result<ExitCode> {
    let app = open::app(open::settings(asked.service)?).await?;
    let record = asked.record.to_string();
    let outcome = if asked.field.is_empty() {
        let fields = log::private_fields(&app, asked.record).await?;
        for field in &fields {
            println!("{field}");
        }
        Ok(words.with("cli-erase-kept", &[("record", record), ("count", fields.len().to_string())]))
    } else {
        match log::erase(&app, asked.record, &asked.field).await {
            Ok(()) => {
                let values = [("record", record), ("fields", asked.field.join(", "))];
                let mut said = words.with("cli-erase-done", &values);
                // Else it would stand in the file beside the database for as long as little is written.
                if !app.store.forget().await? {
                    said.push('\n');
                    said.push_str(&words.say("cli-erase-left"));
                }
                Ok(said)
            }
            Err(error) => Err(error),
        }
    };
    app.store.close().await;
    match outcome {
        Ok(said) => {
            eprintln!("{said}");
            Ok(ExitCode::SUCCESS)
        }
        Err(log::EraseError::NotKept { record, field, kept }) => {
            let kept = if kept.is_empty() { "–".to_owned() } else { kept.join(", ") };
            let values = [("record", record.to_string()), ("field", field), ("kept", kept)];
            eprintln!("{}", words.with("cli-erase-not-kept", &values));
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(say::failed(words, &error)),
    }
}
