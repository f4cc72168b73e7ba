//! What the crate is built from: each dependency under a licence of the list, and the heavy ones once.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::source::root;

/// The same list as in deny.toml. None of them asks anything of the source that links it.
pub(crate) const LICENCES: [&str; 18] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OFL-1.1",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that cost build time, memory, or a second copy of a trusted thing, and how many versions of each we bear.
const BUDGET: [(&str, usize); 16] = [
    ("actix-http", 1),
    ("aws-lc-sys", 1),
    // age and fpe-like crates of the older RustCrypto family; ours is the newer.
    ("curve25519-dalek", 2),
    ("ed25519-dalek", 1),
    ("h2", 1),
    ("image", 1),
    ("jiff", 1),
    ("libsqlite3-sys", 1),
    ("regex-automata", 1),
    ("rustls", 1),
    ("serde", 1),
    ("sqlx-core", 1),
    // Derive macros in the middle of a change of generation.
    ("syn", 2),
    ("tokio", 1),
    ("tracing-core", 1),
    ("zstd-sys", 1),
];

/// One package of the build.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: String,
}

/// All packages that this machine's build takes, from `cargo metadata`.
pub(crate) fn packages() -> Vec<Package> {
    let host = output("rustc", &["-vV"]);
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let text = output("cargo", &["metadata", "--format-version", "1", "--locked", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let built: Vec<&str> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|node| node["id"].as_str())
        .collect();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .filter(|package| package["id"].as_str().is_some_and(|id| built.contains(&id)))
        .map(|package| Package {
            name: text(&package["name"]),
            version: text(&package["version"]),
            licence: text(&package["license"]),
        })
        .collect()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let answer = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
    assert!(answer.status.success(), "{program}: {}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).unwrap()
}

pub(crate) fn licence_fault(package: &Package) -> Option<String> {
    (!lawful(&package.licence)).then(|| {
        format!("{} {}: the licence `{}` is not on the list", package.name, package.version, package.licence)
    })
}

/// Whether an SPDX expression can be met by the list: one side of each OR, both sides of each AND.
fn lawful(expression: &str) -> bool {
    // The form before SPDX expressions: a slash for OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let verdict = either(&words, &mut at);
    verdict && at == words.len()
}

fn either(words: &[&str], at: &mut usize) -> bool {
    let mut verdict = both(words, at);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        verdict |= both(words, at);
    }
    verdict
}

fn both(words: &[&str], at: &mut usize) -> bool {
    let mut verdict = one(words, at);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        verdict &= one(words, at);
    }
    verdict
}

fn one(words: &[&str], at: &mut usize) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let verdict = either(words, at);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return verdict && closed;
    }
    if words.get(*at) == Some(&"WITH") {
        let exception = words.get(*at + 1).copied().unwrap_or_default();
        *at += 2;
        return LICENCES.contains(&format!("{word} WITH {exception}").as_str());
    }
    LICENCES.contains(word)
}

/// The heavy crates that come in more versions than the budget has.
pub(crate) fn duplicate_faults(packages: &[Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().push(&package.version);
    }
    let over = BUDGET.iter().filter_map(|(name, budget)| Some((name, budget, versions.get(name)?)));
    over.filter(|(_, budget, found)| found.len() > **budget)
        .map(|(name, budget, found)| {
            format!("{name}: {budget} in the budget, {} in the build: {}", found.len(), found.join(", "))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Package, duplicate_faults, lawful};

    #[test]
    fn expressions_are_weighed() {
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "MIT/Apache-2.0",
            "(MIT OR GPL-2.0) AND ISC",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
        ] {
            assert!(lawful(good), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "AGPL-3.0-only",
            "MIT AND GPL-3.0",
            "(MIT OR ISC",
            "MIT ISC",
            "Apache-2.0 WITH Other-exception",
        ] {
            assert!(!lawful(bad), "{bad}");
        }
    }

    #[test]
    fn a_second_heavy_crate_is_found() {
        let package = |version: &str| Package {
            name: "tokio".to_owned(),
            version: version.to_owned(),
            licence: String::new(),
        };
        assert!(duplicate_faults(&[package("1.0.0")]).is_empty());
        assert_eq!(duplicate_faults(&[package("1.0.0"), package("2.0.0")]).len(), 1);
    }
}
