//! A connection that is kept from question to question (HTTP/1.1, RFC 9112 §9.3), for whoever reads thousands of files.

use super::{Error, endpoint, secure};
use crate::config::BaseUrl;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, HOST, RETRY_AFTER};
use hyper::rt::{Read, Write};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How long the server asks to be left alone, when it says so in seconds.
    pub retry_after: Option<Duration>,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// A connection to a server, opened with the first question, and again when it was lost.
#[derive(Debug)]
pub struct Line {
    server: BaseUrl,
    open: Option<SendRequest<Empty<Bytes>>>,
}

impl Line {
    /// A line to this server.
    #[must_use]
    pub const fn to(server: BaseUrl) -> Self {
        Self { server, open: None }
    }

    /// Reads what is at `path`, up to `largest` bytes; `patience` is for all of it.
    ///
    /// # Errors
    /// [`Error`]; the next question opens a new connection.
    pub async fn get(&mut self, path: &str, largest: usize, patience: Duration) -> Result<Answer, Error> {
        let exchange = self.exchange(path, largest);
        tokio::time::timeout(patience, exchange).await.unwrap_or(Err(Error::Late(patience)))
    }

    async fn exchange(&mut self, path: &str, largest: usize) -> Result<Answer, Error> {
        // Taken out, and put back only when the answer was read to its end.
        let mut open = match self.open.take() {
            Some(open) if !open.is_closed() => open,
            _ => self.connect().await?,
        };
        let server = self.server.to_string();
        let broken = |source: Box<dyn std::error::Error + Send + Sync>| Error::Broken { server, source };
        let uri: Uri = match path.parse() {
            Ok(uri) => uri,
            Err(error) => return Err(broken(Box::new(error))),
        };
        let port = self.server.port().map(|port| format!(":{port}")).unwrap_or_default();
        let host = format!("{}{port}", self.server.host());
        let request = Request::get(uri).header(HOST, host).header(ACCEPT, "*/*").body(Empty::new());
        let request = match request {
            Ok(request) => request,
            Err(error) => return Err(broken(Box::new(error))),
        };
        let answer = match open.send_request(request).await {
            Ok(answer) => answer,
            Err(error) => return Err(broken(Box::new(error))),
        };
        let status = answer.status().as_u16();
        let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = match Limited::new(answer.into_body(), largest).collect().await {
            Ok(body) => body.to_bytes().to_vec(),
            Err(error) if error.is::<LengthLimitError>() => return Err(Error::TooLarge(largest as u64)),
            Err(error) => return Err(broken(error)),
        };
        self.open = open.ready().await.is_ok().then_some(open);
        Ok(Answer { status, retry_after: seconds.map(Duration::from_secs), body })
    }

    async fn connect(&self) -> Result<SendRequest<Empty<Bytes>>, Error> {
        let broken = |source| Error::Connection { server: self.server.to_string(), source };
        let (host, port) = endpoint(&self.server);
        let tcp = TcpStream::connect((host, port)).await.map_err(broken)?;
        tcp.set_nodelay(true).map_err(broken)?;
        if self.server.is_secure() {
            let name = ServerName::try_from(host.to_owned())?;
            let tls = tokio_rustls::TlsConnector::from(Arc::new(secure()?));
            return self.greet(TokioIo::new(tls.connect(name, tcp).await.map_err(broken)?)).await;
        }
        self.greet(TokioIo::new(tcp)).await
    }

    async fn greet(
        &self,
        stream: impl Read + Write + Unpin + Send + 'static,
    ) -> Result<SendRequest<Empty<Bytes>>, Error> {
        let greeted = http1::handshake(stream).await;
        let (open, connection) = greeted
            .map_err(|error| Error::Broken { server: self.server.to_string(), source: Box::new(error) })?;
        // It ends with the one who asks over it.
        tokio::spawn(connection);
        Ok(open)
    }
}
