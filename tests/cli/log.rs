//! `log adopt`: why a checkpoint is not taken over, in one language.

use crate::Desk;
use nguongoc::kernel::Sha256Hash;
use nguongoc::keys::{Note, SecretKey};
use nguongoc::log::Checkpoint;
use secrecy::SecretString;
use zeroize::Zeroizing;

/// The key with which a desk's registry signs its log.
fn log_key(desk: &Desk) -> SecretKey {
    let sealed = std::fs::read(desk.path(&desk.find("d/keys", "log-", ".key"))).unwrap();
    let passphrase = SecretString::from("một cụm mật khẩu dài".to_owned());
    SecretKey::unseal(&sealed, &passphrase, SecretKey::WORK_FACTOR).unwrap()
}

#[test]
fn why_a_checkpoint_is_not_taken_over_is_told_in_one_language() {
    let desk = Desk::new();
    desk.begun();
    let key = log_key(&desk);
    let name = key.verifier().name().clone();
    let stranger = SecretKey::from_seed(name.clone(), Zeroizing::new([9; 32])).unwrap();
    let of = |origin: &str| Checkpoint {
        origin: origin.to_owned(),
        size: 5,
        root: Sha256Hash::of(b"another history"),
    };
    let own = of(name.as_str());
    let signed = |text: &str| Note::sign(text, &[&key]).unwrap().to_string();
    let adopt = |lang: &str, note: &str| {
        desk.write("note", note, 0o644);
        desk.registry(&["--lang", lang, "log", "adopt", "--checkpoint", "note"]).expect(1).err
    };
    // What is no checkpoint of this log.
    for (note, english, vietnamese) in [
        (
            "x\n".to_owned(),
            "the note has no signatures after a blank line",
            "văn bản không có chữ ký nào sau một dòng trống",
        ),
        (
            own.sign(&stranger).unwrap(),
            "the note is not signed by a known key",
            "không có chữ ký của khóa nào được biết ở đây",
        ),
        (
            own.sign(&key).unwrap().replacen("\n5\n", "\n6\n", 1),
            "the note's signature by t.example.vn/log is wrong",
            "chữ ký của t.example.vn/log không đúng",
        ),
        (
            signed("t.example.vn/log\nfive\n"),
            "line 2 of the checkpoint is not as tlog-checkpoint says",
            "dòng 2 của điểm kiểm không đúng dạng tlog-checkpoint",
        ),
        (
            signed(&of("t.example.vn/other").text()),
            "the checkpoint is of the log t.example.vn/other",
            "điểm kiểm này là của nhật ký t.example.vn/other",
        ),
    ] {
        assert_eq!(adopt("en", &note), format!("error: the checkpoint is not taken over: {english}\n"));
        assert_eq!(adopt("vi", &note), format!("error: không nhận điểm kiểm này: {vietnamese}\n"));
    }
    // One that the database does not reach.
    let own = own.sign(&key).unwrap();
    let english = "Reason: 5 entries were signed, and the database has only 0: it is an older backup. \
                   To do: put the newer database back.";
    let vietnamese = "Lý do: đã ký 5 mục mà cơ sở dữ liệu chỉ có 0: đó là một bản sao lưu cũ hơn. \
                      Cần làm: khôi phục cơ sở dữ liệu mới hơn.";
    assert_eq!(adopt("en", &own), format!("error: the checkpoint is not taken over. {english}\n"));
    assert_eq!(adopt("vi", &own), format!("error: không nhận điểm kiểm này. {vietnamese}\n"));
}
