//! What the program makes of answers over HTTP: each is whole, or refused.

use crate::{Desk, Ran};
use std::io::{Read, Write};
use std::net::TcpListener;

/// Asks a server that answers with these bytes, whatever it is asked.
fn ask(desk: &Desk, answer: &str) -> Ran {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let answer = answer.to_owned();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        let mut byte = [0];
        while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
            asked.extend(byte);
        }
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let lot = "01936f5e-0000-7000-8000-000000000001";
    desk.run(&["issue", lot, "--server", &server, "--token-file", "token"])
}

#[test]
fn an_answer_is_whole_or_refused() {
    let desk = Desk::new();
    desk.write("token", "ng_mau\n", 0o600);
    // Of its own length, whatever comes after.
    let body = r#"{"detail":"no such lot"}"#;
    let sized = format!("HTTP/1.1 409 Conflict\r\ncontent-LENGTH: {}\r\nx: y\r\n\r\n{body}", body.len());
    for answer in [sized.clone(), format!("{sized} and more")] {
        let refused = ask(&desk, &answer).expect(1);
        assert!(refused.err.contains("The registry refused: no such lot"), "{refused:?}");
    }
    // Without a length, up to the end of the connection.
    let ran = ask(&desk, "HTTP/1.0 200 OK\r\n\r\n{\"url\":\"https://T.EXAMPLE.VN/1/A\"}").expect(0);
    assert_eq!(ran.out, "https://T.EXAMPLE.VN/1/A\n");
    for (broken, why) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"url\":\"https://T.EXAMPLE.VN/1/A\"}",
            "34 of 99 bytes",
        ),
        ("SSH-2.0\r\n\r\n", "not HTTP"),
        ("", "not HTTP"),
        ("HTTP/1.1 200 OK", "not HTTP"),
    ] {
        let refused = ask(&desk, broken).expect(1);
        assert!(refused.out.is_empty() && refused.err.contains(why), "{broken:?}: {refused:?}");
    }
}
