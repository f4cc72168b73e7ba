//! A client that asks as fast as it is answered: so many connections kept open, one question at a time on each.
//!
//! It reads only what it must, the status and the length, so that the server and not the client is what is measured.

use super::ratio::{float, now};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The bytes of a request.
pub(crate) fn request(path: &str, accept: &str, encoding: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nhost: demo.example.vn\r\naccept: {accept}\r\naccept-language: vi\r\n\
         accept-encoding: {encoding}\r\n\r\n"
    )
    .into_bytes()
}

/// What came of a turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// Answers.
    pub(crate) count: usize,
    /// Answers a second.
    pub(crate) rate: f64,
    /// Bytes of the answers, heads and bodies.
    pub(crate) bytes: usize,
    /// Processor time that everything else in this process took for an answer, in microseconds: the server and its database
    /// threads. It says what an answer costs even while other programs take the cores away.
    pub(crate) cost: f64,
    /// The share of the turn that the client itself was busy: near 1 it was the client that was measured.
    pub(crate) client: f64,
}

/// Processor time of all threads of this process but the calling one, and of that one, in seconds.
fn spent() -> Result<(f64, f64)> {
    let seconds = |path: &Path| -> Result<f64> {
        let text = fs::read_to_string(path.join("schedstat"))?;
        Ok(float(text.split_whitespace().next().context("a number")?.parse()?) / 1e9)
    };
    let mut all = 0.0;
    for task in fs::read_dir("/proc/self/task")? {
        // A thread may end while the list is read.
        all += seconds(&task?.path()).unwrap_or_default();
    }
    let own = seconds(Path::new("/proc/thread-self"))?;
    Ok((all - own, own))
}

/// Sends `count` requests over `connections`, taking them in turn from the list, which begins again at its end. Each must be answered 200.
pub(crate) fn turn(
    address: SocketAddr,
    requests: &Arc<Vec<Vec<u8>>>,
    count: usize,
    connections: usize,
) -> Result<Turn> {
    let next = Arc::new(AtomicUsize::new(0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut streams = Vec::new();
        for _ in 0..connections {
            let stream = tokio::net::TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        let (others, own) = spent()?;
        let begun = now();
        let asking: Vec<_> = streams
            .into_iter()
            .map(|stream| tokio::spawn(ask(stream, Arc::clone(requests), Arc::clone(&next), count)))
            .collect();
        let mut bytes = 0;
        for one in asking {
            bytes += one.await??;
        }
        let taken = begun.elapsed().as_secs_f64();
        let (others, own) = spent().map(|(later, latest)| (later - others, latest - own))?;
        let cost = others * 1e6 / float(count);
        Ok(Turn { count, rate: float(count) / taken, bytes, cost, client: own / taken })
    })
}

async fn ask(
    mut stream: tokio::net::TcpStream,
    requests: Arc<Vec<Vec<u8>>>,
    next: Arc<AtomicUsize>,
    count: usize,
) -> Result<usize> {
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0;
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= count {
            return Ok(bytes);
        }
        stream.write_all(&requests[n % requests.len()]).await?;
        let mut filled = 0;
        let whole = loop {
            if filled == buffer.len() {
                buffer.resize(buffer.len() * 2, 0);
            }
            let read = stream.read(&mut buffer[filled..]).await?;
            ensure!(read > 0, "the server hung up");
            filled += read;
            if let Some(whole) = length(&buffer[..filled])?
                && filled >= whole
            {
                break whole;
            }
        };
        ensure!(filled == whole, "the server sent more than it said");
        bytes += whole;
    }
}

/// The length of the whole answer, once its head is there.
fn length(answer: &[u8]) -> Result<Option<usize>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = &answer[..end];
    if !head.starts_with(b"HTTP/1.1 200 ") {
        bail!("not answered 200: {}", String::from_utf8_lossy(&answer[..answer.len().min(600)]));
    }
    let head = str::from_utf8(head)?;
    let length = head
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("no content-length")?;
    Ok(Some(end + 4 + length.1.trim().parse::<usize>()?))
}

/// An answer taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Names and values.
    pub(crate) headers: Vec<(String, String)>,
    /// Bytes of head and body together.
    pub(crate) length: usize,
    /// The body as it came, compressed or not.
    pub(crate) body: Vec<u8>,
}

/// Asks once, and waits.
pub(crate) fn once(address: SocketAddr, request: &[u8]) -> Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    let mut part = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut part)?;
        ensure!(read > 0, "the server hung up");
        answer.extend_from_slice(&part[..read]);
        if let Some(whole) = length(&answer)?
            && answer.len() >= whole
        {
            break;
        }
    }
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").context("a head")?;
    let headers = str::from_utf8(&answer[..end])?
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(Answer { headers, length: answer.len(), body: answer[end + 4..].to_vec() })
}
