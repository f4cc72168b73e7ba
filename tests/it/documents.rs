//! What the documents say of settings and addresses, against the program.

use clap::{Args, Command};
use nguongoc::config::Settings;
use std::path::PathBuf;

fn read(path: &str) -> String {
    std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a document")
}

/// The rows of the table of settings: flag, file key, environment, default.
fn rows(text: &str) -> Vec<[String; 4]> {
    let lines = text.lines().filter(|line| line.starts_with("| `--"));
    lines
        .map(|line| {
            let mut cells =
                line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`').to_owned());
            std::array::from_fn(|_| cells.next().unwrap_or_default())
        })
        .collect()
}

#[test]
fn the_table_of_settings_is_that_of_the_program() {
    let command = Settings::augment_args(Command::new("serve"));
    let expected: Vec<[String; 4]> = command
        .get_arguments()
        .map(|argument| {
            let flag = argument.get_long().expect("a flag");
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let default = help.split_once("[default: ").and_then(|(_, rest)| rest.strip_suffix(']'));
            [
                format!("--{flag}"),
                flag.to_owned(),
                format!("NGUONGOC_{}", flag.replace('-', "_").to_uppercase()),
                default.unwrap_or("–").to_owned(),
            ]
        })
        .collect();
    let mut written = rows(&read("docs/operations.md"));
    // The default of an enumeration is not in the words of its help.
    for row in &mut written {
        if row[0] == "--log-format" {
            assert_eq!(row[3], "text");
            "–".clone_into(&mut row[3]);
        }
    }
    assert_eq!(written, expected);
}

#[test]
fn the_settings_file_of_the_example_is_read() {
    let text = read("docs/operations.md");
    let file = text.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("nguongoc.toml");
    std::fs::write(&path, file).expect("a file");
    let settings = Settings::from_file(&path).expect("settings");
    assert_eq!(settings.base_url.as_deref(), Some("https://tracuu.example.vn"));
}

#[test]
fn every_address_of_the_documents_is_described() {
    let described: serde_json::Value =
        serde_json::from_str(nguongoc::web::reference::OPENAPI).expect("the description");
    let paths = described["paths"].as_object().expect("paths");
    // `lots/$LOT/ship` of the example is `/api/v1/lots/{lot}/ship`.
    let known: Vec<String> = paths
        .keys()
        .filter_map(|path| path.strip_prefix("/api/v1/"))
        .map(|path| {
            path.split('/')
                .map(|part| if part.starts_with('{') { "*" } else { part })
                .collect::<Vec<_>>()
                .join("/")
        })
        .collect();
    let text = read("docs/api.md");
    let mut asked = 0;
    for piece in text.split("ask \"$").skip(1) {
        let path = piece.split_whitespace().nth(1).expect("a path").trim_matches(['"', ')']);
        let path: Vec<&str> =
            path.split('/').map(|part| if part.starts_with('$') { "*" } else { part }).collect();
        assert!(known.contains(&path.join("/")), "{path:?} is no address");
        asked += 1;
    }
    assert!(asked > 10, "only {asked} addresses were found");
}
