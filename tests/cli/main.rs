//! The program as people run it: arguments in, exit code, standard output and standard error out.
#![cfg(test)]

mod answers;
mod audit;
mod demo;
mod doctor;
mod epcis;
mod issue;
#[path = "../support/journey.rs"]
mod journey;
mod keys;
mod log;
mod rebuild;
mod verify;
mod witness;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }
}

/// A folder of its own, in which the program runs without any setting from outside.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.write("pass", "một cụm mật khẩu dài", 0o600);
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str, mode: u32) {
        std::fs::write(self.path(name), text).unwrap();
        chmod(&self.path(name), mode);
    }

    /// The one file in a folder whose name begins so.
    pub(crate) fn find(&self, folder: &str, start: &str, end: &str) -> String {
        let names = std::fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        let mut found: Vec<_> = names
            .map(|name| name.into_string().unwrap())
            .filter(|name| name.starts_with(start) && name.ends_with(end))
            .collect();
        assert_eq!(found.len(), 1, "{found:?}");
        format!("{folder}/{}", found.remove(0))
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nguongoc"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        // Beside the reading: the program answers while it is still being asked.
        let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the program with its standard error at a terminal, and gives all that was written there; its standard output goes
    /// elsewhere, as data does.
    pub(crate) fn run_at_terminal(&self, arguments: &[&str]) -> Ran {
        let command = format!("exec \"$PROGRAM\" {} > told", arguments.join(" "));
        let output = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .current_dir(self.folder.path())
            .env_clear()
            .envs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("TERM", "xterm")])
            .env("PROGRAM", env!("CARGO_BIN_EXE_nguongoc"))
            .stdin(Stdio::null())
            .output()
            .expect("script (package bsdutils)");
        Ran {
            code: output.status.code().unwrap(),
            out: std::fs::read_to_string(self.path("told")).unwrap(),
            err: String::from_utf8(output.stdout).unwrap(),
        }
    }

    /// Runs the program on this desk's registry.
    pub(crate) fn registry(&self, arguments: &[&str]) -> Ran {
        let service = ["--data", "d", "--code-host", "t.example.vn", "--key-passphrase-file", "pass"];
        self.run(&[arguments, &service].concat())
    }

    /// A registry whose root lies in `root/`; gives the root's verifier key.
    pub(crate) fn begun(&self) -> String {
        let init = ["keys", "init", "--root-out", "root", "--root-passphrase-file", "pass"];
        self.registry(&init).expect(0).out.trim().to_owned()
    }
}

pub(crate) fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
