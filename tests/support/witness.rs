//! A small witness (C2SP `tlog-witness`), by code of its own: it keeps the last size and root, checks signature and proof, and cosigns; or
//! behaves as badly as it is told to.

use ct_merkle::{ConsistencyProof, RootHash};
use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use nguongoc::app::Clock;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As the specification says.
    Good,
    /// Takes the request and says nothing.
    Hangs,
    /// Says a byte now and then, without end.
    Trickles,
    /// Says more than anybody reads.
    Floods,
    /// Does not speak HTTP.
    Mumbles,
    /// Answers with something that is no signature line.
    Babbles,
    /// Signs with a key that is not its own.
    Swaps,
    /// Signs another checkpoint than the one that it was given.
    Strays,
    /// Sends a blank line, and behind it a cosignature of the whole note.
    Splits,
    /// Signs under a time that is so many seconds off.
    Off(i64),
    /// Answers so, whatever comes.
    Says(u16),
}

/// What it has seen, and what it was asked.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) manner: Manner,
    /// How many entries are under the last checkpoint that it cosigned.
    pub(crate) size: u64,
    pub(crate) root: [u8; 32],
    /// The old size of each request, with the answer's status.
    pub(crate) asked: Vec<(u64, u16)>,
}

/// A witness behind a port of its own.
pub(crate) struct TestWitness {
    /// Its submission prefix.
    pub(crate) url: String,
    /// The line of its key.
    pub(crate) key: String,
    pub(crate) seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Drop for TestWitness {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What answers need.
struct Desk {
    name: String,
    signing: SigningKey,
    log: VerifyingKey,
    clock: Clock,
    seen: Arc<Mutex<Seen>>,
}

impl TestWitness {
    /// A witness for the log with this public key; it tells the time by `clock`.
    pub(crate) async fn start(name: &str, log: &[u8; 32], clock: Clock, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/w", listener.local_addr().unwrap());
        let signing = SigningKey::from_bytes(&Sha256::digest(name.as_bytes()).into());
        let key = line(name, &signing);
        let seen = Arc::new(Mutex::new(Seen { manner, size: 0, root: [0; 32], asked: Vec::new() }));
        let log = VerifyingKey::from_bytes(log).unwrap();
        let desk = Arc::new(Desk { name: name.to_owned(), signing, log, clock, seen: seen.clone() });
        let task = actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let desk = desk.clone();
                // One that hangs must not keep the next one waiting.
                actix_web::rt::spawn(async move { drop(desk.serve(stream).await) });
            }
        });
        Self { url, key, seen, task }
    }

    pub(crate) fn behave(&self, manner: Manner) {
        self.seen.lock().unwrap().manner = manner;
    }

    /// The requests since the last time.
    pub(crate) fn asked(&self) -> Vec<(u64, u16)> {
        std::mem::take(&mut self.seen.lock().unwrap().asked)
    }

    /// As it stands in the settings.
    pub(crate) fn setting(&self) -> nguongoc::config::WitnessSetting {
        let address = nguongoc::config::Address::parse(&self.url).unwrap();
        nguongoc::config::WitnessSetting { key: self.key.clone(), address }
    }
}

/// A witness's key line, and its cosignature of a checkpoint's text at a time in seconds since the epoch, without a server.
pub(crate) fn cosigned(name: &str, time: u64, text: &str) -> (String, String) {
    let signing = SigningKey::from_bytes(&Sha256::digest(name.as_bytes()).into());
    (line(name, &signing), cosign(name, &signing, time, text))
}

fn id(name: &str, signing: &SigningKey) -> [u8; 4] {
    let public = signing.verifying_key();
    let hash = Sha256::new().chain_update(name).chain_update(b"\n\x04").chain_update(public.as_bytes());
    hash.finalize()[..4].try_into().unwrap()
}

fn line(name: &str, signing: &SigningKey) -> String {
    let key = [&[4][..], signing.verifying_key().as_bytes()].concat();
    format!("{name}+{}+{}", HEXLOWER.encode(&id(name, signing)), BASE64.encode(&key))
}

fn cosign(name: &str, signing: &SigningKey, time: u64, text: &str) -> String {
    let signature = signing.sign(format!("cosignature/v1\ntime {time}\n{text}").as_bytes());
    let blob = [&id(name, signing)[..], &time.to_be_bytes(), &signature.to_bytes()].concat();
    format!("\u{2014} {name} {}\n", BASE64.encode(&blob))
}

impl Desk {
    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        let body = loop {
            let mut some = [0; 4096];
            let count = stream.read(&mut some).await?;
            bytes.extend_from_slice(&some[..count]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                assert!(head.starts_with("POST /w/add-checkpoint HTTP/1."), "{head}");
                let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
                if body.len() >= length.parse::<usize>().unwrap() {
                    break body.to_owned();
                }
            }
            assert!(count > 0, "the request broke off: {text}");
        };
        let manner = self.seen.lock().unwrap().manner;
        let (status, answer) = self.answer(&body, manner);
        let old = body.lines().next().and_then(|line| line.strip_prefix("old ")).unwrap().parse().unwrap();
        self.seen.lock().unwrap().asked.push((old, status));
        match manner {
            Manner::Hangs => tokio::time::sleep(Duration::from_mins(1)).await,
            Manner::Trickles => {
                stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").await?;
                for _ in 0..600 {
                    stream.write_all(b"x").await?;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
            Manner::Floods => {
                stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").await?;
                for _ in 0..1_000 {
                    stream.write_all(&[b'x'; 4096]).await?;
                }
            }
            Manner::Mumbles => stream.write_all(b"220 mail.example ESMTP\r\n").await?,
            _ => {
                let kind = if status == 409 { "text/x.tlog.size" } else { "text/plain; charset=utf-8" };
                let head = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    answer.len()
                );
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(answer.as_bytes()).await?;
            }
        }
        stream.shutdown().await
    }

    fn answer(&self, body: &str, manner: Manner) -> (u16, String) {
        if let Manner::Says(status) = manner {
            return (status, "no\n".to_owned());
        }
        let Some((head, note)) = body.split_once("\n\n") else { return (400, String::new()) };
        let mut lines = head.lines();
        let Some(old) = lines.next().and_then(|line| line.strip_prefix("old ")?.parse::<u64>().ok()) else {
            return (400, String::new());
        };
        let hashes: Vec<[u8; 32]> =
            lines.map(|line| BASE64.decode(line.as_bytes()).unwrap().try_into().unwrap()).collect();
        let (text, signatures) = note.split_once("\n\n").unwrap();
        let text = format!("{text}\n");
        let told: Vec<&str> = text.lines().collect();
        let (origin, size) = (told[0], told[1].parse::<u64>().unwrap());
        let root: [u8; 32] = BASE64.decode(told[2].as_bytes()).unwrap().try_into().unwrap();
        let is_by_log = signatures.lines().any(|line| {
            let Some(blob) = line.strip_prefix(&format!("\u{2014} {origin} ")) else { return false };
            let blob = BASE64.decode(blob.as_bytes()).unwrap();
            let signature = Signature::from_slice(&blob[4..]).unwrap();
            self.log.verify_strict(text.as_bytes(), &signature).is_ok()
        });
        if !is_by_log {
            return (403, String::new());
        }
        let mut seen = self.seen.lock().unwrap();
        if old > size {
            return (400, String::new());
        }
        if old != seen.size {
            return (409, format!("{}\n", seen.size));
        }
        if old == size && root != seen.root {
            return (409, String::new());
        }
        if old > 0 && old < size {
            let hashes: Vec<_> = hashes.iter().map(|hash| (*hash).into()).collect();
            let proof = ConsistencyProof::<Sha256>::from_digests(hashes.iter());
            let (then, now) =
                (RootHash::new(seen.root.into(), old), RootHash::<Sha256>::new(root.into(), size));
            if now.verify_consistency(&then, &proof).is_err() {
                return (422, String::new());
            }
        } else if !hashes.is_empty() {
            return (422, String::new());
        }
        let now = u64::try_from(self.clock.now().micros() / 1_000_000).unwrap();
        let stranger = SigningKey::from_bytes(&[9; 32]);
        let mine = |time, text: &str| cosign(&self.name, &self.signing, time, text);
        let answer = match manner {
            Manner::Babbles => "all is well\n".to_owned(),
            Manner::Swaps => cosign(&self.name, &stranger, now, &text),
            Manner::Strays => mine(now, &text.replacen(&size.to_string(), &(size + 1).to_string(), 1)),
            Manner::Splits => format!("\n{}", mine(now, &format!("{note}\n"))),
            Manner::Off(seconds) => mine(now.saturating_add_signed(seconds), &text),
            // With the line of somebody else, which is to be passed over.
            _ => cosign("else.example/w9", &stranger, now, &text) + &mine(now, &text),
        };
        if manner == Manner::Good {
            (seen.size, seen.root) = (size, root);
        }
        (200, answer)
    }
}
