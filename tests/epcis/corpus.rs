//! Bad files, written by hand: each has its line in `corpus/expected.txt`, with the pointers and codes of its problems.

use crate::outcome;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

#[test]
fn every_bad_file_is_refused_for_its_reasons() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/epcis/corpus");
    let expected = std::fs::read_to_string(folder.join("expected.txt")).unwrap();
    let mut found = String::new();
    let mut files: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.remove("expected.txt");
    for file in files {
        let (sound, problems) = outcome(&std::fs::read(folder.join(&file)).unwrap());
        let problems: Vec<_> =
            problems.iter().map(|problem| format!("{} {}", problem.field, problem.code)).collect();
        assert!(!problems.is_empty(), "{file} was taken");
        writeln!(found, "{file}, {sound} sound: {}", problems.join(", ")).unwrap();
    }
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found, expected);
}
