//! A mirror of a log: a folder with its files, served over HTTP/1.1 as well or as badly as a test wants.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is answered instead of a file: the path, and how often it was asked for before.
pub(crate) type Instead = fn(&str, usize) -> Option<u16>;

/// What it was asked.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) connections: usize,
    /// The paths, in order.
    pub(crate) paths: Vec<String>,
}

/// A server on a thread of its own; it ends with the test's process.
pub(crate) struct FileServer {
    pub(crate) url: String,
    pub(crate) asked: Arc<Mutex<Asked>>,
}

impl FileServer {
    pub(crate) fn start(folder: PathBuf, instead: Instead) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Asked::default()));
        let shared = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().take(1_000) {
                shared.lock().unwrap().connections += 1;
                let (folder, shared) = (folder.clone(), shared.clone());
                std::thread::spawn(move || drop(serve(&stream.unwrap(), &folder, instead, &shared)));
            }
        });
        Self { url, asked }
    }
}

fn serve(
    mut stream: &TcpStream,
    folder: &std::path::Path,
    instead: Instead,
    asked: &Mutex<Asked>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while let Some(first) = lines.next().transpose()? {
        let path = first.split(' ').nth(1).unwrap().trim_start_matches('/').to_owned();
        for line in lines.by_ref() {
            if line?.is_empty() {
                break;
            }
        }
        let before = {
            let mut asked = asked.lock().unwrap();
            asked.paths.push(path.clone());
            asked.paths.iter().filter(|known| **known == path).count() - 1
        };
        let (status, body) = match (instead(&path, before), std::fs::read(folder.join(&path))) {
            (Some(status), _) => (status, b"not now".to_vec()),
            (None, Ok(body)) => (200, body),
            (None, Err(_)) => (404, b"none".to_vec()),
        };
        // Some in one piece, some in several (RFC 9112 section 7.1), as servers please.
        if body.len() > 300 {
            write!(stream, "HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            for piece in body.chunks(1_000) {
                write!(stream, "{:x}\r\n", piece.len())?;
                stream.write_all(piece)?;
                stream.write_all(b"\r\n")?;
            }
            stream.write_all(b"0\r\n\r\n")?;
        } else {
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len())?;
            stream.write_all(&body)?;
        }
        stream.flush()?;
    }
    Ok(())
}
