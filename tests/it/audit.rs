//! The auditor against a registry, a mirror of its files, and mirrors that were tampered with.

use crate::support::app::{On, TestApp, on_both, test_key};
use crate::support::journey::{Api, Journey};
use crate::support::log::proved;
use data_encoding::BASE64;
use nguongoc::accounts::Role;
use nguongoc::keys::{Host, KeyName, Note};
use nguongoc::log::tree::{Edge, Grown, leaf_hash};
use nguongoc::log::{self, Checkpoint, bundle};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

on_both!(an_audit_goes_on_where_the_last_one_ended, a_lookup_carries_proofs_that_stand_for_themselves);

/// A registry with a lot that went from the farm to the shop, with its code.
pub(crate) async fn registry(on: On) -> (TestApp, Journey) {
    let registry = TestApp::start(on).await;
    registry.person("officer", Role::Officer, None).await;
    let office = Api::at(&registry.base, &registry.anonymous_program().client)
        .signed_in("officer", crate::support::app::PASSWORD)
        .await;
    let clock = &registry.app.clock;
    let journey = Journey::made(&office, || clock.set(clock.now().plus(Duration::from_mins(10)))).await;
    let path = format!("/api/v1/lots/{}/code", journey.lot);
    journey.farm.api.done(200, &path, &json!({})).await;
    (registry, journey)
}

pub(crate) fn log_key() -> nguongoc::keys::SecretKey {
    let host: Host = "demo.example.vn".parse().unwrap();
    test_key(&KeyName::log(&host))
}

/// The program that audits a log, by a policy without witnesses, with a state in `folder` or none.
pub(crate) fn audit_command(log: &str, folder: &Path, state: bool) -> Command {
    audit_command_in("en", log, folder, state)
}

fn audit_command_in(lang: &str, log: &str, folder: &Path, state: bool) -> Command {
    let policy = folder.join("policy");
    fs::write(
        &policy,
        format!("# the registry's log, no witnesses\nlog {}\nquorum none\n", log_key().verifier()),
    )
    .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    command.args(["--lang", lang, "audit", "--log", log, "--policy"]).arg(&policy).current_dir(folder);
    if state {
        command.arg("--state").arg(folder.join("state"));
    }
    command
}

pub(crate) async fn audit(log: &str, folder: &Path, state: bool) -> Output {
    let mut command = audit_command(log, folder, state);
    // The registry answers on this thread.
    tokio::task::spawn_blocking(move || command.output().expect("the program")).await.unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
pub(crate) fn good(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", said(output));
    said(output)
}

async fn an_audit_goes_on_where_the_last_one_ended(on: On) {
    let (registry, journey) = registry(on).await;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("{}/log", registry.base);
    let first = good(&audit(&url, folder.path(), true).await);
    let size = Checkpoint::open(
        &log::checkpoint(&registry.app).await.unwrap().unwrap(),
        &[log_key().verifier().clone()],
    )
    .unwrap()
    .size;
    assert!(first.contains(&format!("demo.example.vn/log, {size} entries ({size} new)")), "{first}");
    // Nothing new, then some.
    assert!(good(&audit(&url, folder.path(), true).await).contains("(0 new)"));
    let hold = format!("/api/v1/lots/{}/hold", journey.lot);
    journey.farm.api.done(201, &hold, &json!({ "reason": "kiểm tra lại" })).await;
    log::carry(&registry.app).await.unwrap();
    let again = good(&audit(&url, folder.path(), true).await);
    assert!(!again.contains("(0 new)"), "{again}");
    // A policy that asks for a witness who has seen nothing.
    let witness = test_key(&KeyName::parse("witness.example/w1").unwrap());
    let key = nguongoc::keys::WitnessKey::new(witness.verifier().name().clone(), witness.verifier().public())
        .unwrap();
    let vkey = format!(
        "{}+{}+{}",
        key.name(),
        key.id(),
        data_encoding::BASE64.encode(&[&[4][..], key.public()].concat())
    );
    assert_eq!(nguongoc::keys::WitnessKey::parse(&vkey).unwrap(), key);
    let policy = folder.path().join("witnessed");
    fs::write(&policy, format!("log {}\nwitness one {vkey}\nquorum one\n", log_key().verifier())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nguongoc"));
    command.args(["--lang", "en", "audit", "--log", &url, "--policy"]).arg(&policy);
    command.current_dir(folder.path());
    let output = tokio::task::spawn_blocking(move || command.output().expect("the program")).await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("the witnesses of one have not cosigned it"), "{}", said(&output));
    registry.stop().await;
}

async fn a_lookup_carries_proofs_that_stand_for_themselves(on: On) {
    let (registry, journey) = registry(on).await;
    log::carry(&registry.app).await.unwrap();
    let api = Api::at(&registry.base, &registry.anonymous_program().client);
    let lot = journey.farm.api.read(&format!("/api/v1/lots/{}/code", journey.lot)).await;
    let path = lot["url"].as_str().unwrap().strip_prefix("https://DEMO.EXAMPLE.VN").unwrap().to_owned();
    let told: Value = api.read(&path).await;
    assert_eq!(told["issuance"], "logged");
    let logged: Vec<&Value> = told["chain"].as_array().unwrap().iter().chain([&told["proof"]]).collect();
    assert!(logged.len() > 5);
    for one in logged {
        let (_, entry) = proved(one, log_key().verifier());
        if let Some(event) = one["event"].as_str() {
            assert_eq!(entry["body"]["event"], event);
        }
    }
    registry.stop().await;
}

/// A log in memory that the tests write as files, right or wrong.
#[derive(Clone, Default)]
pub(crate) struct Mirror {
    pub(crate) entries: Vec<Vec<u8>>,
    /// How many entries of each subject there are, and the hash of the last one.
    subjects: std::collections::BTreeMap<String, (u64, String)>,
}

impl Mirror {
    /// Entries as a registry writes them, of three keys and several subjects; among them runs of codes.
    pub(crate) fn sample(count: u64) -> Self {
        let mut mirror = Self::default();
        let mut runs = 0;
        mirror.add("key:k", "key.made", &json!({ "id": "b157996e", "key": "demo.example.vn/code/2026q4" }));
        for number in 1..count {
            let subject = format!("lot:{}", number % 11);
            if number % 5 == 0 {
                let body = json!({ "what": "run", "run": format!("r{runs}"), "product_number": "1000000014",
                    "key_id": "b157996e", "first_index": runs * 100, "count": 100 });
                mirror.add(&subject, "codes.issued", &body);
                let ranges = json!([{ "first_index": runs * 100, "count": 40 }, { "first_index": runs * 100 + 50, "count": 10 }]);
                mirror.add(
                    &subject,
                    "codes.activated",
                    &json!({ "run": format!("r{runs}"), "labels": 50, "ranges": ranges }),
                );
                runs += 1;
            } else {
                mirror.add(&subject, "event.recorded", &json!({ "number": number, "text": "Hoà" }));
            }
        }
        mirror
    }

    pub(crate) fn add(&mut self, subject: &str, kind: &str, body: &Value) {
        let at = format!("2026-11-23T02:00:00.{:06}Z", self.entries.len());
        self.add_at(&at, subject, kind, body);
    }

    pub(crate) fn add_at(&mut self, at: &str, subject: &str, kind: &str, body: &Value) {
        let (seq, prev) = match self.subjects.get(subject) {
            Some((count, last)) => (*count, Some(last.clone())),
            None => (0, None),
        };
        let entry = json!({ "v": 1, "type": kind, "subject": subject, "seq": seq, "prev": prev,
            "at": at, "actor": { "role": "officer" }, "body": body });
        let entry = nguongoc::kernel::canonical::canonical(&entry).unwrap();
        self.subjects.insert(subject.to_owned(), (seq + 1, leaf_hash(&entry).to_string()));
        self.entries.push(entry);
    }

    fn tree(
        &self,
    ) -> (Edge, std::collections::BTreeMap<nguongoc::log::tree::TileAt, Vec<nguongoc::kernel::Sha256Hash>>)
    {
        let (mut edge, mut grown) = (Edge::default(), Grown::new());
        edge.extend(self.entries.iter().map(|entry| leaf_hash(entry)), &mut grown);
        (edge, grown)
    }

    /// Writes the files, signed by `key` under `origin`.
    pub(crate) fn write(&self, folder: &Path, key: &nguongoc::keys::SecretKey, origin: &str) {
        let (_, tiles) = self.tree();
        let put = |path: PathBuf, bytes: Vec<u8>| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        let name = |kind: String, index: u64, width: usize| {
            let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
            folder.join(format!("tile/{kind}/{index:03}{partial}"))
        };
        for (at, hashes) in &tiles {
            let bytes = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
            put(name(at.level.to_string(), at.index, hashes.len()), bytes);
        }
        for (index, entries) in (0..).zip(self.entries.chunks(256)) {
            put(name("entries".to_owned(), index, entries.len()), bundle(entries.iter().map(Vec::as_slice)));
        }
        put(folder.join("checkpoint"), self.note(key, origin).into_bytes());
    }

    /// The checkpoint over all entries, signed by `key` under `origin`.
    pub(crate) fn note(&self, key: &nguongoc::keys::SecretKey, origin: &str) -> String {
        let (edge, _) = self.tree();
        let checkpoint = Checkpoint { origin: origin.to_owned(), size: edge.size(), root: edge.root() };
        Note::sign(&checkpoint.text(), &[key]).unwrap().to_string()
    }
}

/// Changes an entry and all that follows from it in the form, as one would who hopes that nobody looks.
pub(crate) fn edited(mirror: &Mirror, at: usize, change: impl Fn(&mut Value)) -> Mirror {
    let mut copy = mirror.clone();
    let mut entry: Value = serde_json::from_slice(&copy.entries[at]).unwrap();
    change(&mut entry);
    copy.entries[at] = nguongoc::kernel::canonical::canonical(&entry).unwrap();
    copy
}

/// A folder with a right log of so many entries that was audited, in which something is changed then.
struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    async fn audited(mirror: &Mirror) -> Self {
        let folder = tempfile::tempdir().unwrap();
        mirror.write(&folder.path().join("log"), &log_key(), "demo.example.vn/log");
        good(&audit(folder.path().join("log").to_str().unwrap(), folder.path(), true).await);
        Self { folder }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Audits again: it must fail, with these words, and leave evidence.
    async fn fails(&self, words: &str, what: &str) {
        let output = audit(&format!("file://{}", self.log().display()), self.folder.path(), true).await;
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{what} is not found: {said}");
        assert!(said.contains(words), "{what} is told otherwise: {said}");
        let evidence = self.folder.path().join("state/evidence-1");
        for file in ["checkpoint", "checkpoint-before", "why"] {
            assert!(evidence.join(file).exists(), "{what}: no {file}");
        }
    }

    /// The same, and again in Vietnamese.
    async fn fails_in_both(&self, words: &str, vietnamese: &str, what: &str) {
        self.fails(words, what).await;
        fails_in_vietnamese(
            &format!("file://{}", self.log().display()),
            self.folder.path(),
            true,
            vietnamese,
        )
        .await;
    }
}

/// Audits in Vietnamese: it must fail, with these words after those that say so.
async fn fails_in_vietnamese(log: &str, folder: &Path, state: bool, words: &str) {
    let mut command = audit_command_in("vi", log, folder, state);
    let output = tokio::task::spawn_blocking(move || command.output().expect("the program")).await.unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{words}: {said}");
    let why = said.lines().find_map(|line| line.strip_prefix("không khớp: "));
    assert!(why.is_some_and(|why| why.contains(words)), "{words}: {said}");
}

/// A note with one bit of what stands behind the name in its last line flipped: 32 bits that name the key, 512 of the signature.
fn flipped(note: &str, bit: usize) -> String {
    let (head, base64) = note.strip_suffix('\n').unwrap().rsplit_once(' ').unwrap();
    let mut blob = BASE64.decode(base64.as_bytes()).unwrap();
    assert_eq!(blob.len(), 4 + 64);
    blob[bit / 8] ^= 1 << (bit % 8);
    format!("{head} {}\n", BASE64.encode(&blob))
}

/// What somebody who reads all of the log for the first time is told of a file of it: with a flipped bit, cut short, removed. `size` is
/// that of the log.
fn told_anew(name: &str, number: usize, size: usize) -> String {
    match (number % 3, number) {
        (1, _) => format!("the file {name} is not as long as it has to be"),
        // Where a narrow tile is gone, the full one is asked for.
        (2, _) => {
            let full = name.split_once(".p/").map_or(name, |(full, _)| full);
            format!("there is no {full}, and the checkpoint covers it")
        }
        // The bit of a comma, and of a quotation mark, in the last entry of a file.
        (_, 18) => "entry 255: it cannot be read".to_owned(),
        (_, 9) => format!("entry {}: it cannot be read", size - 1),
        // That of a letter in a word: the entry can be read, and is not the one in the tree.
        (_, 3 | 33) => "the tile tile/0/000 is not that of the entries".to_owned(),
        (_, 24) => format!("the entries have not the root of the checkpoint of {size} entries"),
        _ => format!("the tile {name} is not that of the entries"),
    }
}

/// More than a hundred ways to tamper with a log, each found, each told in its own words; each kind of them in Vietnamese, too.
#[actix_web::test]
async fn every_tampering_is_found() {
    let old = Mirror::sample(300);
    let mut grown = old.clone();
    (0..40).for_each(|number| grown.add("lot:3", "event.recorded", &json!({ "later": number })));
    let key = log_key();
    let origin = "demo.example.vn/log";
    // Ordinary growth is no fault.
    let case = Case::audited(&old).await;
    grown.write(&case.log(), &key, origin);
    good(&audit(case.log().to_str().unwrap(), case.folder.path(), true).await);

    // What was audited is signed anew with something else in it: twenty places, three ways.
    for number in 0..20_usize {
        let at = number * 15 + 2;
        let changed = edited(&grown, at, |entry| entry["body"]["text"] = json!("khác"));
        let mut gone = grown.clone();
        gone.entries.remove(at);
        let mut swapped = grown.clone();
        swapped.entries.swap(at, at + 1);
        // Where there is one entry less, the first new one is not the one that is due; it is not to blame.
        for (mirror, what) in [(changed, "an edit"), (gone, "a removal"), (swapped, "a swap")] {
            let words = format!(
                "fit: the checkpoint of {} entries does not extend that of {}",
                mirror.entries.len(),
                old.entries.len()
            );
            let case = Case::audited(&old).await;
            mirror.write(&case.log(), &key, origin);
            let what = format!("{what} at {at}");
            if number == 0 {
                case.fails_in_both(&words, "mục không nối tiếp điểm kiểm", &what).await;
            } else {
                case.fails(&words, &what).await;
            }
        }
    }
    // New entries that are wrong by themselves.
    let last = grown.entries.len() - 1;
    let run = json!({ "what": "run", "run": "x", "product_number": "1000000014", "key_id": "b157996e", "first_index": 250, "count": 10 });
    let mut overlapping = grown.clone();
    overlapping.add("lot:3", "codes.issued", &run);
    let mut foreign = grown.clone();
    foreign.add("lot:3", "codes.issued", &json!({ "what": "lot", "key_id": "00000000" }));
    let mut ended = grown.clone();
    ended.add("key:k", "key.compromised", &json!({ "id": "b157996e" }));
    ended.add("lot:3", "codes.issued", &json!({ "what": "lot", "key_id": "b157996e" }));
    let mut twice = grown.clone();
    twice.add(
        "lot:3",
        "codes.activated",
        &json!({ "run": "r1", "labels": 20, "ranges": [{ "first_index": 130, "count": 20 }] }),
    );
    let mut beyond = grown.clone();
    beyond.add(
        "lot:3",
        "codes.activated",
        &json!({ "run": "r1", "labels": 20, "ranges": [{ "first_index": 190, "count": 20 }] }),
    );
    let labels = |labels: i64, first: i64, count: i64| json!({ "run": "r1", "labels": labels, "ranges": [{ "first_index": first, "count": count }] });
    let mut revived = grown.clone();
    revived.add("lot:3", "codes.voided", &labels(10, 140, 10));
    revived.add("lot:3", "codes.activated", &labels(5, 145, 5));
    let mut void_twice = grown.clone();
    void_twice.add("lot:3", "codes.voided", &labels(10, 100, 10));
    void_twice.add("lot:3", "codes.voided", &labels(10, 109, 10));
    let mut miscounted = grown.clone();
    miscounted.add("lot:3", "codes.activated", &labels(9, 140, 5));
    let mut backdated = grown.clone();
    let code = json!({ "what": "lot", "key_id": "b157996e" });
    backdated.add_at("2026-11-23T03:00:00Z", "key:k", "key.retired", &json!({ "id": "b157996e" }));
    backdated.add_at("2026-11-23T03:06:00Z", "lot:3", "event.recorded", &json!({ "number": 1 }));
    backdated.add_at("2026-11-23T02:59:00Z", "lot:3", "codes.issued", &code);
    let mut loose = grown.clone();
    loose.entries[last] = [b" ".as_slice(), &loose.entries[last]].concat();
    let skipped = edited(&grown, last, |entry| entry["seq"] = json!(999));
    let broken = edited(&grown, last, |entry| entry["prev"] = json!("00"));
    let more = edited(&grown, last, |entry| entry["more"] = json!(1));
    let version = edited(&grown, last, |entry| entry["v"] = json!(2));
    for (mirror, word, vietnamese) in [
        (overlapping, "serials that were issued before", "có số sê-ri đã cấp trước đó"),
        (foreign, "which the log does not know", "mà nhật ký không biết"),
        (ended, "which signed no more", "khóa này không còn được ký"),
        (twice, "are activated twice", "được kích hoạt hai lần"),
        (beyond, "labels that are not of the run", "nhãn không thuộc đợt mã"),
        (revived, "are activated after they were made void", "được kích hoạt sau khi đã hủy"),
        (void_twice, "are made void twice", "bị hủy hai lần"),
        (miscounted, "9 labels are told, and the ranges hold 5", "nói có 9 nhãn, còn các khoảng có 5"),
        (backdated, "which signed no more", "khóa này không còn được ký"),
        (loose, "not in canonical form", "không ở dạng chuẩn tắc"),
        (skipped, "stands where", "của đối tượng đứng ở chỗ lẽ ra là mục"),
        (broken, "is not the one that it names", "mục liền trước không phải mục được nêu tên"),
        (more, "members", "không có các thành phần của một mục"),
        (version, "version 2", "thuộc phiên bản 2"),
    ] {
        let case = Case::audited(&old).await;
        mirror.write(&case.log(), &key, origin);
        case.fails_in_both(word, vietnamese, word).await;
    }
    // A smaller tree, another one of the same size, another origin, another key, a signature with a flipped bit.
    let mut shorter = old.clone();
    shorter.entries.truncate(200);
    let case = Case::audited(&old).await;
    shorter.write(&case.log(), &key, origin);
    case.fails_in_both("the log has shrunk", "nhật ký đã ngắn lại: nay ký 200 mục", "a smaller tree").await;
    let case = Case::audited(&old).await;
    edited(&old, 7, |entry| entry["body"]["text"] = json!("khác")).write(&case.log(), &key, origin);
    case.fails_in_both("two histories are signed", "hai lịch sử cùng được ký", "a fork").await;
    let case = Case::audited(&old).await;
    grown.write(&case.log(), &key, "elsewhere.example.vn/log");
    case.fails("not signed by a log of the policy", "another origin").await;
    let case = Case::audited(&old).await;
    let stranger = test_key(&KeyName::parse("demo.example.vn/root").unwrap());
    grown.write(&case.log(), &stranger, origin);
    case.fails("not signed by a log of the policy", "another key").await;
    let wrong = "the note's signature by demo.example.vn/log is wrong";
    for (bit, why) in [(0, "the note is not signed by a known key"), (32, wrong), (32 + 511, wrong)] {
        let case = Case::audited(&old).await;
        grown.write(&case.log(), &key, origin);
        fs::write(case.log().join("checkpoint"), flipped(&grown.note(&key, origin), bit)).unwrap();
        let words = format!("the checkpoint is not signed by a log of the policy: {why}");
        let vietnamese = "điểm kiểm không do nhật ký nào trong chính sách ký";
        case.fails_in_both(&words, vietnamese, &format!("a flipped bit {bit}")).await;
    }
    // Single bits of files, and files that are too short or gone.
    let files = ["tile/0/000", "tile/0/001.p/", "tile/1/000.p/", "tile/entries/000", "tile/entries/001.p/"];
    for (number, file) in files.iter().cycle().take(35).enumerate() {
        let case = Case::audited(&old).await;
        fs::remove_dir_all(case.log()).unwrap();
        grown.write(&case.log(), &key, origin);
        let file = match file.strip_suffix('/') {
            Some(folder) => fs::read_dir(case.log().join(folder)).unwrap().next().unwrap().unwrap().path(),
            None => case.log().join(file),
        };
        let whole = fs::read(&file).unwrap();
        // Only what the audit still has to read: the tree's first tiles were read before, and are read again when that is asked for.
        let is_read = !file.ends_with("tile/0/000") && !file.ends_with("tile/entries/000");
        let mut bytes = whole.clone();
        match number % 3 {
            0 => {
                let at = whole.len() - 1 - (number * 7) % 30;
                bytes[at] ^= 1 << (number % 8);
            }
            1 => bytes.truncate(whole.len() - 1 - number),
            _ => bytes.clear(),
        }
        if bytes.is_empty() {
            fs::remove_file(&file).unwrap();
        } else {
            fs::write(&file, &bytes).unwrap();
        }
        let name = file.strip_prefix(case.log()).unwrap().display().to_string();
        if is_read {
            let words = match (number % 3, number) {
                (1, _) => "is not as long as it has to be",
                (2, _) => "there is no ",
                // The bit of a quotation mark, and that of a letter in a word.
                (_, 9) => "it cannot be read",
                (_, 24) => "the entries have not the root of the checkpoint",
                _ => "is not that of the entries",
            };
            case.fails(words, &format!("{name}, way {}", number % 3)).await;
            let served = case.folder.path().join("state/evidence-1/served").join(&name);
            assert!(
                number == 24 || number % 3 == 2 || fs::read(served).unwrap() == bytes,
                "{name}: what was served is kept"
            );
        } else {
            good(&audit(case.log().to_str().unwrap(), case.folder.path(), true).await);
        }
        let mut command = audit_command(case.log().to_str().unwrap(), case.folder.path(), true);
        let again = said(&command.arg("--again").output().unwrap());
        let words = told_anew(&name, number, grown.entries.len());
        assert!(
            again.starts_with("it does not fit: ") && again.contains(&words),
            "{number}: {words}: {again}"
        );
        // Whoever audits for the first time reads all of it.
        let anew = tempfile::tempdir().unwrap();
        let output = audit(case.log().to_str().unwrap(), anew.path(), false).await;
        assert_eq!(output.status.code(), Some(1), "{name}: {}", said(&output));
        assert!(said(&output).contains(&words), "{number}: {words}: {}", said(&output));
        let vietnamese = match number {
            0 => "ô tile/0/000 không phải của các mục",
            5 => "không có tile/0/000, trong khi điểm kiểm bao gồm nó",
            10 => "tệp tile/0/000 không đủ dài",
            18 => "mục 255: không đọc được: ",
            24 => "các mục không cho ra gốc của điểm kiểm",
            _ => "",
        };
        if !vietnamese.is_empty() {
            fails_in_vietnamese(case.log().to_str().unwrap(), anew.path(), false, vietnamese).await;
        }
        // Without a state the evidence lies where the auditor stands, named for the log.
        let kept =
            fs::read_dir(anew.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let kept: Vec<String> = kept.filter(|name| name.starts_with("audit-of-")).collect();
        assert!(kept.len() == 1 && anew.path().join(&kept[0]).join("evidence-1/why").exists(), "{kept:?}");
    }
}

#[actix_web::test]
async fn a_question_that_cannot_be_put_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    Mirror::sample(10).write(&folder.path().join("log"), &log_key(), "demo.example.vn/log");
    let log = folder.path().join("log");
    for (policy, word) in [
        ("", "there is no quorum line"),
        ("quorum none\n", "there is no log line"),
        ("quorum one\n", "one is not defined above"),
        ("log x\nquorum none\n", "line 1: log: a verifier key is written name+id+base64"),
        ("wintess a b\nquorum none\n", "wintess: write log, witness, group or quorum"),
        ("group g 2 a\nquorum none\n", "a group needs any, all, or a number of its members"),
        ("quorum none\nquorum none\n", "a second quorum line"),
    ] {
        let path = folder.path().join("policy");
        fs::write(&path, policy).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_nguongoc"))
            .args(["--lang", "en", "audit", "--log"])
            .arg(&log)
            .arg("--policy")
            .arg(&path)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{policy}: {}", said(&output));
        assert!(said(&output).contains(word), "{policy}: {}", said(&output));
    }
}

#[actix_web::test]
async fn what_a_key_signed_around_its_end_is_told() {
    let code = json!({ "what": "lot", "key_id": "b157996e" });
    let write = |mirror: &Mirror, folder: &Path| {
        mirror.write(&folder.join("log"), &log_key(), "demo.example.vn/log");
        folder.join("log").display().to_string()
    };
    // Another machine signed while the key was retired: that is no fault a few minutes long.
    let folder = tempfile::tempdir().unwrap();
    let mut mirror = Mirror::sample(50);
    let retired = json!({ "id": "b157996e" });
    mirror.add_at("2026-11-23T03:00:00Z", "key:k", "key.retired", &retired);
    mirror.add_at("2026-11-23T03:04:00Z", "lot:3", "codes.issued", &code);
    good(&audit(&write(&mirror, folder.path()), folder.path(), true).await);
    // What a compromised key signed beyond what is good of it is listed, as often as somebody audits.
    let good_up_to = mirror.entries.len() - 1;
    let body = json!({ "id": "b157996e", "last_good_log_size": good_up_to });
    mirror.add_at("2026-11-23T03:05:00Z", "key:k", "key.compromised", &body);
    for _ in 0..2 {
        let told = good(&audit(&write(&mirror, folder.path()), folder.path(), true).await);
        let doubt = format!(
            "b157996e is compromised and good up to {good_up_to} entries; entry {good_up_to} is later: lot:3"
        );
        assert!(told.contains(&doubt) && told.matches("is compromised").count() == 1, "{told}");
    }
}
