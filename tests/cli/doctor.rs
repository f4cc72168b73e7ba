//! `doctor` on registries in order and out of it.

use crate::{Desk, chmod};
use std::io::{Read, Write};
use std::net::TcpListener;

#[test]
fn it_finds_what_is_wrong_and_says_the_cure() {
    let desk = Desk::new();
    let empty = desk.registry(&["doctor"]).expect(1).out;
    assert!(empty.contains("bad   no database yet") && empty.contains("nguongoc migrate"), "{empty}");
    assert!(!desk.path("d").exists(), "a look leaves something behind");
    desk.registry(&["migrate"]).expect(0);
    let bare = desk.registry(&["doctor"]).expect(1).out;
    assert!(bare.contains("bad   no keys yet") && bare.contains("keys init"), "{bare}");

    desk.begun();
    let good = desk.registry(&["doctor"]).expect(0).out;
    assert!(good.lines().all(|line| line.starts_with("ok")), "{good}");
    let vi = desk.registry(&["--lang", "vi", "doctor"]).expect(0).out;
    assert!(vi.contains("danh sách khóa số 1 đã ký"), "{vi}");

    let log = desk.find("d/keys", "log-", ".key");
    chmod(&desk.path(&log), 0o640);
    let open = desk.registry(&["doctor"]).expect(1).out;
    assert!(open.contains("bad   private key t.example.vn/log cannot be opened"), "{open}");
    chmod(&desk.path(&log), 0o600);
    std::fs::rename(desk.path(&log), desk.path("away")).unwrap();
    assert!(desk.registry(&["doctor"]).expect(1).out.contains("private key is not here: t.example.vn/log"));
    std::fs::rename(desk.path("away"), desk.path(&log)).unwrap();
    chmod(&desk.path("d/keys"), 0o755);
    assert!(desk.registry(&["doctor"]).expect(1).out.contains("`chmod 0700`"));
    chmod(&desk.path("d/keys"), 0o700);
    desk.write("pass", "something else", 0o600);
    assert!(desk.registry(&["doctor"]).expect(1).out.contains("does not open"));
    desk.run(&["doctor", "--database", "mysql://x"]).expect(1);
}

#[test]
fn live_asks_the_running_service() {
    let desk = Desk::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let served = std::thread::spawn(move || {
        for status in ["200 OK", "503 Service Unavailable"] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 1024];
            let got = stream.read(&mut asked).unwrap();
            assert!(asked[..got].starts_with(b"GET /readyz HTTP/1.0\r\n"));
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}").unwrap();
        }
    });
    assert!(desk.run(&["doctor", "--live", "--listen", &address]).expect(0).out.starts_with("ok"));
    assert!(desk.run(&["doctor", "--live", "--listen", &address]).expect(1).out.contains("503"));
    served.join().unwrap();
    assert!(desk.run(&["doctor", "--live", "--listen", &address]).expect(1).out.starts_with("bad"));
}
