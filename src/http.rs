//! Requests over HTTP: plain to a loopback or private address, else TLS. One for the command line ([`ask`]), one for the service, which
//! does other work meanwhile ([`ask_beside`]), and thousands over a connection that is kept ([`Line`]).
//!
//! A single request goes by HTTP/1.0 (RFC 1945), which asks for a body without chunks that ends with the connection, so nothing more than
//! this is needed. TLS is the one of the PostgreSQL driver.
//!
//! What must stay true: an answer is bounded in size, and the whole exchange of [`ask_beside`] and of a [`Line`] in time, whatever the other
//! side does.

mod line;

pub use line::{Answer, Line};

use crate::config::BaseUrl;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The largest answer that the command line reads.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A request.
#[derive(Debug)]
pub struct Ask<'a> {
    /// `GET`, `POST`.
    pub method: &'a str,
    /// The path with its query.
    pub path: &'a str,
    /// The language of the answer.
    pub lang: &'a str,
    /// A token to show.
    pub token: Option<&'a str>,
    /// What is sent, with its media type.
    pub body: Option<(&'static str, String)>,
    /// How long is waited: by [`ask`] for each step, by [`ask_beside`] for the whole exchange.
    pub patience: Duration,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is there, or the connection broke.
    #[error("{server}: {source}")]
    Connection {
        /// Who was asked.
        server: String,
        /// What the system said.
        source: io::Error,
    },
    /// The other side did not keep to HTTP, or broke off.
    #[error("{server}: {source}")]
    Broken {
        /// Who was asked.
        server: String,
        /// What was wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// TLS cannot be begun: the name is none, or the certificate is not of it.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The host is no name that a certificate could have.
    #[error("TLS: {0}")]
    Name(#[from] rustls::pki_types::InvalidDnsNameError),
    /// The time was over.
    #[error("no whole answer within {} s", .0.as_secs())]
    Late(Duration),
    /// The answer is larger than is read.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// The answer is not HTTP.
    #[error("the answer is not HTTP")]
    NotHttp,
    /// The answer broke off.
    #[error("the answer broke off: {found} of {length} bytes")]
    BrokenOff {
        /// How many bytes came.
        found: usize,
        /// How many were to come.
        length: usize,
    },
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Sends a request and reads the answer whole.
///
/// # Errors
/// [`Error`].
pub fn ask(server: &BaseUrl, asked: &Ask<'_>) -> Result<Reply, Error> {
    let broken = |source| Error::Connection { server: server.to_string(), source };
    let mut stream = connect(server, asked.patience)?;
    stream.write_all(request(server, asked).as_bytes()).map_err(broken)?;
    stream.flush().map_err(broken)?;
    let mut bytes = Vec::new();
    is_read(stream.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(broken)?;
    reply(&bytes, LARGEST)
}

/// Sends a request and reads the answer whole, up to `largest` bytes, while the caller's thread does other work. The time that
/// `asked` names is for all of it.
///
/// # Errors
/// [`Error`].
pub async fn ask_beside(server: &BaseUrl, asked: &Ask<'_>, largest: u64) -> Result<Reply, Error> {
    let exchange = async {
        let broken = |source| Error::Connection { server: server.to_string(), source };
        let (host, port) = endpoint(server);
        let tcp = tokio::net::TcpStream::connect((host, port)).await.map_err(broken)?;
        let outcome = if server.is_secure() {
            let name = ServerName::try_from(host.to_owned())?;
            let tls = tokio_rustls::TlsConnector::from(Arc::new(secure()?));
            talk(tls.connect(name, tcp).await.map_err(broken)?, server, asked, largest).await
        } else {
            talk(tcp, server, asked, largest).await
        };
        reply(&outcome.map_err(broken)?, largest)
    };
    tokio::time::timeout(asked.patience, exchange).await.unwrap_or(Err(Error::Late(asked.patience)))
}

async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    server: &BaseUrl,
    asked: &Ask<'_>,
    largest: u64,
) -> io::Result<Vec<u8>> {
    stream.write_all(request(server, asked).as_bytes()).await?;
    stream.flush().await?;
    let mut bytes = Vec::new();
    is_read(stream.take(largest + 1).read_to_end(&mut bytes).await)?;
    Ok(bytes)
}

/// A server may end TLS without saying goodbye: the length of the body tells whether all of it came.
fn is_read(outcome: io::Result<usize>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(()),
    }
}

fn endpoint(server: &BaseUrl) -> (&str, u16) {
    let port = server.port().unwrap_or(if server.is_secure() { 443 } else { 80 });
    (server.host().trim_matches(['[', ']']), port)
}

fn connect(server: &BaseUrl, patience: Duration) -> Result<Box<dyn Stream>, Error> {
    let broken = |source| Error::Connection { server: server.to_string(), source };
    let (host, port) = endpoint(server);
    let mut refused = None;
    for address in (host, port).to_socket_addrs().map_err(broken)? {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(tcp) => {
                tcp.set_read_timeout(Some(patience)).map_err(broken)?;
                tcp.set_write_timeout(Some(patience)).map_err(broken)?;
                return if server.is_secure() { secured(host, tcp) } else { Ok(Box::new(tcp)) };
            }
            Err(error) => refused = Some(error),
        }
    }
    Err(broken(refused.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into())))
}

fn secured(host: &str, tcp: TcpStream) -> Result<Box<dyn Stream>, Error> {
    let name = ServerName::try_from(host.to_owned())?;
    Ok(Box::new(StreamOwned::new(ClientConnection::new(Arc::new(secure()?), name)?, tcp)))
}

fn secure() -> Result<ClientConfig, rustls::Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn request(server: &BaseUrl, asked: &Ask<'_>) -> String {
    let port = server.port().map(|port| format!(":{port}")).unwrap_or_default();
    let token = asked.token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let (kind, body) = match &asked.body {
        Some((kind, body)) => (format!("Content-Type: {kind}\r\n"), body.as_str()),
        None => (String::new(), ""),
    };
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

fn reply(bytes: &[u8], largest: u64) -> Result<Reply, Error> {
    if bytes.len() as u64 > largest {
        return Err(Error::TooLarge(largest));
    }
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) =
        end.and_then(|end| Some((bytes.get(..end)?, bytes.get(end + 4..)?))).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let status = status.ok_or(Error::NotHttp)?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    match length {
        Some(length) if body.len() < length => Err(Error::BrokenOff { found: body.len(), length }),
        Some(length) => Ok(Reply { status, body: body.get(..length).unwrap_or(body).to_vec() }),
        None => Ok(Reply { status, body: body.to_vec() }),
    }
}
