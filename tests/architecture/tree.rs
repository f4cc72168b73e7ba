//! The rules on files as files: their length, their place, and that nothing in them belongs to one machine.

use std::process::Command;

use crate::rooms::ROOMS;
use crate::source::{files, read, root};

/// A file longer than this says in its module docs why it is ("Over 600 lines because …").
const LONGEST: usize = 600;

/// The files that git tracks, or every file of an unpacked archive.
pub(crate) fn tracked() -> Vec<String> {
    let answer = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    match answer {
        Ok(answer) if answer.status.success() && !answer.stdout.is_empty() => {
            let listed = String::from_utf8(answer.stdout).unwrap();
            // Listed, yet deleted in the working tree: gone with the next commit.
            listed.split('\0').filter(|path| root().join(path).is_file()).map(str::to_owned).collect()
        }
        _ => files("", &[""]).into_iter().filter(|path| !path.starts_with("target/")).collect(),
    }
}

pub(crate) fn length_fault(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    let excused = text
        .lines()
        .take_while(|line| line.starts_with("//!") || line.starts_with("#!"))
        .any(|line| line.contains("Over 600 lines because"));
    (lines > LONGEST && !excused)
        .then(|| format!("{path}: {lines} lines; split it, or say why in its module docs"))
}

/// A template lies in the directory of its room, or beside the frame of the pages.
pub(crate) fn template_fault(path: &str) -> Option<String> {
    let inner = path.strip_prefix("assets/templates/")?;
    let (directory, _) = inner.split_once('/')?;
    (directory != "web" && !ROOMS.contains(&directory))
        .then(|| format!("{path}: `{directory}` names no room"))
}

/// A directory that exists on somebody's machine only. Spelt in two parts, so that this file is none of its own finds.
pub(crate) fn machine_path_faults(path: &str, text: &str) -> Vec<String> {
    let places = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/Us", "ers/"),
        concat!("C:\\Us", "ers\\"),
    ];
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for place in places {
            for (at, _) in line.match_indices(place) {
                let before = line[..at].chars().next_back();
                let after = line[at + place.len()..].chars().next();
                // `https://example.vn/home/` and `src/work/` are no paths of a machine.
                let begins = before
                    .is_none_or(|character| !character.is_alphanumeric() && !"._-/{}$".contains(character));
                if begins && after.is_some_and(|character| character.is_alphanumeric() || character == '.') {
                    faults.push(format!("{path}:{}: `{place}…` is a path of one machine", number + 1));
                }
            }
        }
    }
    faults
}

/// A lock file names no address that a package was downloaded from: npm's holds none at all, and cargo's holds the one name of
/// its own registry, which a mirror or a repository would differ from.
pub(crate) fn lock_faults(path: &str, text: &str) -> Vec<String> {
    let marker = if path.ends_with("package-lock.json") {
        "\"resolved\": \""
    } else if path.ends_with("Cargo.lock") {
        "source = \""
    } else {
        return Vec::new();
    };
    let sources =
        text.lines().enumerate().filter_map(|(number, line)| Some((number + 1, line.split_once(marker)?.1)));
    let is_own = |source: &str| marker.starts_with("source") && source.ends_with("-index\"");
    sources
        .filter(|(_, source)| !is_own(source))
        .map(|(line, source)| format!("{path}:{line}: names where it was downloaded from: {source}"))
        .collect()
}

/// Every text among the tracked files, with its path.
pub(crate) fn texts() -> Vec<(String, String)> {
    let is_text =
        |path: &String| std::fs::read(root().join(path)).is_ok_and(|bytes| String::from_utf8(bytes).is_ok());
    tracked().into_iter().filter(is_text).map(|path| (path.clone(), read(&path))).collect()
}

#[cfg(test)]
mod tests {
    use super::{length_fault, lock_faults, machine_path_faults, template_fault};

    #[test]
    fn a_long_file_needs_an_excuse() {
        let long = "fn f() {}\n".repeat(601);
        assert!(length_fault("src/lots/service.rs", &long).is_some());
        assert!(
            length_fault("src/lots/service.rs", &format!("//! Over 600 lines because.\n{long}")).is_none()
        );
        assert!(
            length_fault("src/lots/service.rs", &format!("{long}// Over 600 lines because.\n")).is_some()
        );
        assert!(length_fault("src/lots/service.rs", "fn f() {}\n").is_none());
    }

    #[test]
    fn templates_lie_with_their_rooms() {
        assert!(template_fault("assets/templates/stuff/list.html").is_some());
        assert!(template_fault("assets/templates/lots/list.html").is_none());
        assert!(template_fault("assets/templates/base.html").is_none());
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        let found = |line: String| machine_path_faults("README.md", &line).len();
        assert_eq!(found(format!("run {}ann/bin", concat!("/ho", "me/"))), 1);
        assert_eq!(found(format!("`{}.cargo`", concat!("/ro", "ot/"))), 1);
        assert_eq!(found(format!("https://example.vn{}x", concat!("/ho", "me/"))), 0);
        assert_eq!(found("src/lots/model.rs".to_owned()), 0);
    }

    #[test]
    fn mirrors_are_found() {
        assert_eq!(lock_faults("Cargo.lock", "source = \"registry+https://mirror.example/\"").len(), 1);
        assert_eq!(
            lock_faults("tests/browser/package-lock.json", "\"resolved\": \"http://127.0.0.1/a.tgz\"").len(),
            1
        );
        assert!(lock_faults("tests/browser/package-lock.json", "\"integrity\": \"sha512-…\"").is_empty());
        assert!(lock_faults("Cargo.lock", "source = \"registry+https://example/the-index\"").is_empty());
    }
}
