//! One request over HTTP/1.0, for `issue` and `doctor --live`: plain to a loopback or private address, else TLS.
//!
//! HTTP/1.0 (RFC 1945) asks for a body without chunks that ends with the connection, so nothing more than this is needed, and
//! no HTTP client with its runtime is linked in for a single request. TLS is the one of the PostgreSQL driver.

use crate::config::BaseUrl;
use anyhow::{Context, Result, anyhow, bail};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

/// The largest answer that is read.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A request.
pub(super) struct Ask<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) lang: &'a str,
    pub(super) token: Option<&'a str>,
    /// A JSON body.
    pub(super) body: Option<String>,
    pub(super) patience: Duration,
}

/// An answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Sends a request and reads the answer whole.
pub(super) fn ask(server: &BaseUrl, asked: &Ask<'_>) -> Result<Reply> {
    let mut stream = connect(server, asked.patience)?;
    stream.write_all(request(server, asked).as_bytes())?;
    stream.flush()?;
    let mut bytes = Vec::new();
    match stream.take(LARGEST).read_to_end(&mut bytes) {
        Ok(_) => {}
        // A server may end TLS without saying goodbye: the length of the body tells whether all of it came.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
        Err(error) => return Err(error.into()),
    }
    reply(&bytes)
}

fn connect(server: &BaseUrl, patience: Duration) -> Result<Box<dyn Stream>> {
    let host = server.host().trim_matches(['[', ']']);
    let port = server.port().unwrap_or(if server.is_secure() { 443 } else { 80 });
    let mut refused = None;
    for address in (host, port).to_socket_addrs().with_context(|| server.to_string())? {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(tcp) => {
                tcp.set_read_timeout(Some(patience))?;
                tcp.set_write_timeout(Some(patience))?;
                return if server.is_secure() { secured(host, tcp) } else { Ok(Box::new(tcp)) };
            }
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.map_or_else(|| anyhow!("no address"), anyhow::Error::from))
        .with_context(|| server.to_string())
}

fn secured(host: &str, tcp: TcpStream) -> Result<Box<dyn Stream>> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned())?;
    Ok(Box::new(StreamOwned::new(ClientConnection::new(Arc::new(config), name)?, tcp)))
}

fn request(server: &BaseUrl, asked: &Ask<'_>) -> String {
    let port = server.port().map(|port| format!(":{port}")).unwrap_or_default();
    let token = asked.token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let body = asked.body.as_deref().unwrap_or_default();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    format!(
        "{} {} HTTP/1.0\r\nHost: {}{port}\r\nAccept: application/json\r\nAccept-Language: {}\r\n{token}\
         {kind}Content-Length: {}\r\n\r\n{body}",
        asked.method,
        asked.path,
        server.host(),
        asked.lang,
        body.len(),
    )
}

fn reply(bytes: &[u8]) -> Result<Reply> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) =
        end.and_then(|end| Some((bytes.get(..end)?, bytes.get(end + 4..)?))).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let Some(status) = status else { bail!("no HTTP") };
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    match length {
        Some(length) if body.len() < length => bail!("HTTP: {} < {length}", body.len()),
        Some(length) => Ok(Reply { status, body: body.get(..length).unwrap_or(body).to_vec() }),
        None => Ok(Reply { status, body: body.to_vec() }),
    }
}
