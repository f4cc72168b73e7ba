//! The keys' way: made, listed, exported, signed elsewhere, taken in; and everything that must be refused on it.

use crate::{Desk, chmod};

fn sign(desk: &Desk, list: &str) -> crate::Ran {
    let root = desk.find("root", "root-", ".key");
    desk.run(&["keys", "sign-list", "--root", &root, "--key-passphrase-file", "pass", list])
}

fn lines(out: &str, status: &str) -> usize {
    out.lines().filter(|line| line.contains(&format!("\t{status}"))).count()
}

#[test]
fn the_list_goes_to_the_root_and_back() {
    let desk = Desk::new();
    let root = desk.begun();
    assert!(root.starts_with("t.example.vn/root+"), "{root}");
    let listed = desk.registry(&["keys", "list"]).expect(0).out;
    assert_eq!((listed.lines().count(), lines(&listed, "active"), lines(&listed, "here")), (3, 3, 2));
    desk.registry(&["keys", "init", "--root", &root]).expect(1);

    let next = desk.registry(&["keys", "rotate"]).expect(0);
    assert!(next.out.contains("/code/") && next.err.contains("export-list"), "{next:?}");
    let twice = desk.registry(&["keys", "rotate"]).expect(1);
    assert!(twice.err.contains("made already"), "{twice:?}");
    let unsigned = desk.registry(&["keys", "export-list"]).expect(0).out;
    assert!(unsigned.contains("\nsequence 2\n"), "{unsigned}");
    desk.write("list", &unsigned, 0o644);
    let signed = sign(&desk, "list").expect(0).out;
    desk.write("signed", &signed, 0o644);
    // Changed after it was signed; signed by nobody.
    desk.write("tampered", &signed.replace("key log active", "key log retired"), 0o644);
    assert!(desk.registry(&["keys", "import-list", "tampered"]).expect(1).err.contains("changed after"));
    desk.registry(&["keys", "import-list", "list"]).expect(1);
    desk.registry(&["keys", "import-list", "signed"]).expect(0);
    let older = desk.registry(&["keys", "import-list", "signed"]).expect(1).err;
    assert!(older.contains("2 after 2"), "{older}");

    // Another root, though it has the same name, is not trusted; after the old one has signed it in, it is.
    let other = ["keys", "init", "--root-only", "--root-out", "new", "--root-passphrase-file", "pass"];
    let other = desk.run(&[&other[..], &["--code-host", "t.example.vn"]].concat()).expect(0).out;
    desk.write("list", &desk.registry(&["keys", "export-list"]).expect(0).out, 0o644);
    let new_root = desk.find("new", "root-", ".key");
    let sign_new = |list: &str| {
        desk.run(&["keys", "sign-list", "--root", &new_root, "--key-passphrase-file", "pass", list])
            .expect(0)
            .out
    };
    desk.write("foreign", &sign_new("list"), 0o644);
    let foreign = desk.registry(&["keys", "import-list", "foreign"]).expect(1).err;
    assert!(foreign.contains("not signed by a root"), "{foreign}");
    let with_new = desk.registry(&["keys", "export-list", "--new-root", other.trim()]).expect(0).out;
    desk.write("list", &with_new, 0o644);
    desk.write("signed", &sign(&desk, "list").expect(0).out, 0o644);
    desk.registry(&["keys", "import-list", "signed"]).expect(0);
    desk.write("list", &desk.registry(&["keys", "export-list"]).expect(0).out, 0o644);
    desk.write("foreign", &sign_new("list"), 0o644);
    desk.registry(&["keys", "import-list", "foreign"]).expect(0);
}

#[test]
fn a_compromise_counts_at_once_and_for_ever() {
    let desk = Desk::new();
    desk.begun();
    desk.write("before", &desk.registry(&["keys", "export-list"]).expect(0).out, 0o644);
    let listed = desk.registry(&["keys", "list"]).expect(0).out;
    let code = listed.lines().find(|line| line.starts_with("code\t")).unwrap();
    let id = code.split('\t').nth(5).unwrap();
    desk.registry(&["keys", "compromise", "nobody", "--last-good", "1"]).expect(1);
    desk.registry(&["keys", "compromise", "t.example.vn/root", "--last-good", "1"]).expect(1);
    desk.registry(&["keys", "compromise", id, "--last-good", "7"]).expect(0);
    let again = desk.registry(&["--lang", "vi", "keys", "compromise", id, "--last-good", "9"]).expect(1).err;
    assert!(again.contains("bị lộ"), "{again}");
    assert_eq!(lines(&desk.registry(&["keys", "list"]).expect(0).out, "compromised 7"), 1);
    // A list from before, though signed and newer, does not bring it back.
    desk.write("signed", &sign(&desk, "before").expect(0).out, 0o644);
    assert!(desk.registry(&["keys", "import-list", "signed"]).expect(1).err.contains("does not say"));
    // A key in its place, in the same quarter.
    let next = desk.registry(&["keys", "rotate"]).expect(0).out;
    assert_eq!(next.split('+').next(), code.split('\t').nth(4), "not the same quarter");
    desk.write("list", &desk.registry(&["keys", "export-list"]).expect(0).out, 0o644);
    desk.write("signed", &sign(&desk, "list").expect(0).out, 0o644);
    desk.registry(&["keys", "import-list", "signed"]).expect(0);
}

#[test]
fn the_key_of_the_log_is_replaced() {
    let desk = Desk::new();
    desk.begun();
    let publish = || {
        desk.write("list", &desk.registry(&["keys", "export-list"]).expect(0).out, 0o644);
        desk.write("signed", &sign(&desk, "list").expect(0).out, 0o644);
        desk.registry(&["keys", "import-list", "signed"]).expect(0);
    };
    let ids = |status: &str| -> Vec<String> {
        let listed = desk.registry(&["keys", "list"]).expect(0).out;
        let of_log = listed.lines().filter(|line| line.starts_with(&format!("log\t{status}\t")));
        of_log.map(|line| line.split('\t').nth(5).unwrap().to_owned()).collect()
    };
    let old = ids("active").pop().unwrap();
    let alone = desk.registry(&["keys", "retire", &old]).expect(1).err;
    assert!(alone.contains("No other key of the log is published yet"), "{alone}");
    let made = desk.registry(&["keys", "rotate", "--log"]).expect(0);
    assert!(made.out.starts_with("t.example.vn/log+") && !made.out.contains(&old), "{made:?}");
    assert!(made.err.contains("until that is retired") && made.err.contains("export-list"), "{made:?}");
    let new = made.out.split('+').nth(1).unwrap().to_owned();
    assert!(desk.find("d/keys", &format!("log-{new}"), ".key").contains("log-"));
    assert_eq!(ids("active").len(), 2);
    let third = desk.registry(&["keys", "rotate", "--log"]).expect(1).err;
    assert!(third.contains("made already"), "{third}");
    let early = desk.registry(&["--lang", "vi", "keys", "retire", &old]).expect(1).err;
    assert!(early.contains("Chưa có khóa nhật ký nào khác được công bố"), "{early}");
    publish();
    // Its name alone says not which; a key of codes ends by itself.
    let which = desk.registry(&["keys", "retire", "t.example.vn/log"]).expect(1).err;
    assert!(which.contains("give the id instead"), "{which}");
    let root = desk.registry(&["keys", "retire", "t.example.vn/root"]).expect(1).err;
    assert!(root.contains("Only an active key of the log"), "{root}");
    let retired = desk.registry(&["keys", "retire", &old]).expect(0);
    assert!(retired.err.contains(&format!("retired from now on: t.example.vn/log+{old}")), "{retired:?}");
    assert_eq!((ids("active"), ids("retired")), (vec![new.clone()], vec![old]));
    publish();
    // Condemned, though there is no other: it acts at once, and says what to do.
    let condemned = desk.registry(&["keys", "compromise", &new, "--last-good", "0"]).expect(0).err;
    assert!(condemned.contains("nguongoc keys rotate --log"), "{condemned}");
    let none = "no key of the log may sign";
    assert!(desk.registry(&["doctor"]).expect(1).out.contains(none));
    desk.registry(&["keys", "rotate", "--log"]).expect(0);
    publish();
    assert_eq!(ids("active").len(), 1);
    assert!(!desk.registry(&["doctor"]).out.contains(none));
}

#[test]
fn what_is_refused_is_told_in_one_language() {
    let desk = Desk::new();
    desk.begun();
    let refused = |lang: &str, command: &[&str]| {
        desk.registry(&[&["--lang", lang, "keys"][..], command].concat()).expect(1).err
    };
    let fingerprint =
        |lang: &str, key: &str| desk.run(&["--lang", lang, "keys", "fingerprint", key]).expect(1).err;
    for (key, english, vietnamese) in [
        (
            "x",
            "a verifier key is written name+id+base64",
            "khóa kiểm tra phải viết theo dạng tên+số hiệu+base64",
        ),
        (
            "+839494d9+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
            "the key's name is not allowed: the name is empty",
            "tên của khóa không dùng được: chưa có tên",
        ),
        (
            "t.example.vn/log+00000000+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
            "the key id does not belong to this name and key",
            "số hiệu không phải của tên và khóa này",
        ),
    ] {
        assert_eq!(fingerprint("en", key), format!("error: This is no verifier key: {english}\n"));
        assert_eq!(fingerprint("vi", key), format!("error: Đây không phải là khóa kiểm tra: {vietnamese}\n"));
    }
    let root = desk.find("root", "root-", ".key");
    let sign = |lang: &str| {
        let sign = ["keys", "sign-list", "--root", &root, "--key-passphrase-file", "pass", "list"];
        desk.run(&[&["--lang", lang][..], &sign].concat()).expect(1).err
    };
    desk.write("list", "T.EXAMPLE.VN/keys\n", 0o644);
    for (lang, told) in [
        (
            "en",
            "This is no key list: the key list does not begin with its host: \
             the host is not a lower-case domain name",
        ),
        (
            "vi",
            "Đây không phải là danh sách khóa: danh sách khóa không mở đầu bằng tên miền của mình: \
             tên miền không phải là tên miền viết thường",
        ),
    ] {
        assert_eq!(sign(lang), format!("error: {told}\n"));
    }
    let list = desk.registry(&["keys", "export-list"]).expect(0).out;
    desk.write("unsigned", &list, 0o644);
    for (lang, told) in [
        ("en", "This is no key list: the note has no signatures after a blank line"),
        ("vi", "Đây không phải là danh sách khóa: văn bản không có chữ ký nào sau một dòng trống"),
    ] {
        assert_eq!(refused(lang, &["import-list", "unsigned"]), format!("error: {told}\n"));
    }
    // A key file of which little is left.
    desk.write(&root, "age-encryption.org/v1\n", 0o600);
    let why = "đây không phải là tệp được niêm phong bằng cụm mật khẩu, hoặc tệp đã hỏng";
    assert_eq!(sign("vi"), format!("error: {root}: {why}\n"));
}

#[test]
fn a_trial_keeps_its_root_and_says_so() {
    let desk = Desk::new();
    let service = ["--data", "d", "--code-host", "t.example.vn"];
    let trial = desk.run(&[&["keys", "init", "--with-root"][..], &service].concat()).expect(0);
    assert!(trial.err.contains("WARNING") && trial.err.contains("Key list 1 is published"), "{trial:?}");
    let rotated = desk.run(&[&["keys", "rotate"][..], &service].concat()).expect(0);
    assert!(rotated.err.contains("Key list 2 is published"), "{rotated:?}");
}

#[test]
fn files_that_others_may_read_and_wrong_passphrases_are_refused() {
    let desk = Desk::new();
    desk.begun();
    desk.write("list", &desk.registry(&["keys", "export-list"]).expect(0).out, 0o644);
    let root = desk.find("root", "root-", ".key");
    chmod(&desk.path(&root), 0o644);
    let open = sign(&desk, "list").expect(1).err;
    assert!(open.contains("0644") && open.contains("chmod 600"), "{open}");
    chmod(&desk.path(&root), 0o600);
    desk.write("wrong", "another phrase", 0o600);
    let wrong = desk.run(&["keys", "sign-list", "--root", &root, "--key-passphrase-file", "wrong", "list"]);
    assert!(wrong.expect(1).err.contains("does not open"));
    chmod(&desk.path("pass"), 0o604);
    sign(&desk, "list").expect(1);
    // Nothing typed, no terminal, no file: it says what to do.
    let none = desk.run(&["keys", "sign-list", "--root", &root, "list"]).expect(1).err;
    assert!(none.contains("--key-passphrase-file"), "{none}");
    desk.run(&["keys", "init"]).expect(2);
    // A bare private key is no key file.
    desk.write("bare", "PRIVATE+KEY+t.example.vn/root+00000000+AAAA\n", 0o600);
    chmod(&desk.path("pass"), 0o600);
    let bare = desk.run(&["keys", "sign-list", "--root", "bare", "--key-passphrase-file", "pass", "list"]);
    assert!(bare.expect(1).err.contains("not sealed"));
}
