//! Witnesses in the settings: what cannot be one is told at the start, by name.

use crate::Desk;

/// The key of a witness as it is written down in C2SP `tlog-cosignature`'s form.
fn key() -> String {
    let name = nguongoc::keys::KeyName::parse("witness.example/w1").unwrap();
    let secret =
        nguongoc::keys::SecretKey::from_seed(name.clone(), zeroize::Zeroizing::new([7; 32])).unwrap();
    nguongoc::keys::WitnessKey::new(name, secret.verifier().public()).unwrap().line()
}

#[test]
fn a_witness_that_cannot_be_one_is_told_at_the_start() {
    let desk = Desk::new();
    desk.begun();
    let key = key();
    let good = format!("{key} https://witness.example.vn/w1/");
    let shown = desk.registry(&["log", "show", "--witnesses", &good]).expect(0).out;
    assert!(shown.contains("witness witness.example/w1: not asked yet"), "{shown}");
    let log_key = "t.example.vn/log+839494d9+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
    let cases = [
        (key.clone(), "each witness is its key and its https address"),
        (format!("{key} witness.example.vn"), "it must begin with https://"),
        (format!("{key} http://witness.example.vn/w1"), "plain http is allowed only on a loopback"),
        (format!("{key} https://witness.example.vn/w1?x"), "no spaces, queries or fragments"),
        (format!("{good}, {good}"), "the key stands twice"),
        (format!("{log_key} https://witness.example.vn"), "the key is not an Ed25519 key"),
        (format!("{} https://witness.example.vn", key.replace("/w1", "/w2")), "the key id does not belong"),
        ("x https://witness.example.vn".to_owned(), "a verifier key is written name+id+base64"),
    ];
    for (setting, why) in cases {
        for command in ["serve", "doctor"] {
            let ran = desk.registry(&[command, "--witnesses", &setting]).expect(1);
            let said = ran.out + &ran.err;
            assert!(said.contains("witnesses: ") && said.contains(why), "{command} {setting}: {said}");
        }
    }
    // In a file they may stand on lines of their own.
    desk.write(
        "settings.toml",
        &format!("witnesses = \"\"\"\n{good}\n{}\n\"\"\"", key.replace('w', "v")),
        0o600,
    );
    let ran = desk.registry(&["log", "show", "--config", "settings.toml"]).expect(1);
    assert!(ran.err.contains("each witness is"), "{}", ran.err);
    desk.write("settings.toml", &format!("witnesses = \"\"\"\n{good}\n\"\"\""), 0o600);
    let vi = desk.registry(&["--lang", "vi", "log", "show", "--config", "settings.toml"]).expect(0).out;
    assert!(vi.contains("nhân chứng witness.example/w1: chưa hỏi"), "{vi}");
}
