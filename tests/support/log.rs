//! What was told to the log, whether it has its place there or waits for it.

use data_encoding::BASE64;
use nguongoc::keys::VerifierKey;
use nguongoc::log::tree::leaf_hash;
use nguongoc::log::{Checkpoint, Subject};
use nguongoc::store::{Connection, Store, StoreError};
use serde_json::Value;
use uuid::Uuid;

/// The entries of `subject`, oldest first: kind and body.
pub(crate) async fn told(store: &Store, subject: &Subject) -> Vec<(String, Value)> {
    let subject = subject.to_string();
    let read = store.read(async |tx| {
        type Rows = (Vec<(Vec<u8>,)>, Vec<(Uuid, String, String)>);
        let placed = "SELECT bytes FROM log_entry WHERE subject = $1 ORDER BY seq";
        let waiting = "SELECT id, type, body FROM log_waiting WHERE subject = $1 ORDER BY id";
        macro_rules! both {
            ($conn:expr) => {
                (
                    sqlx::query_as(placed).bind(&subject).fetch_all(&mut *$conn).await?,
                    sqlx::query_as(waiting).bind(&subject).fetch_all(&mut *$conn).await?,
                )
            };
        }
        let rows: Rows = match tx.connection() {
            Connection::Sqlite(conn) => both!(conn),
            Connection::Postgres(conn) => both!(conn),
        };
        Ok::<_, StoreError>(rows)
    });
    let (placed, waiting) = read.await.expect("the entries");
    let mut told = Vec::new();
    for (bytes,) in placed {
        let mut entry: Value = serde_json::from_slice(&bytes).expect("JSON");
        told.push((entry["type"].as_str().expect("a kind").to_owned(), entry["body"].take()));
    }
    for (_, kind, body) in waiting {
        told.push((kind, serde_json::from_str(&body).expect("JSON")));
    }
    told
}

/// All entries that have their place, in order.
pub(crate) async fn placed(store: &Store) -> Vec<Value> {
    let sql = "SELECT bytes FROM log_entry ORDER BY idx";
    let entries: Vec<Vec<u8>> = match store {
        Store::Sqlite { readers, .. } => sqlx::query_scalar(sql).fetch_all(readers).await.expect("entries"),
        Store::Postgres { pool, .. } => sqlx::query_scalar(sql).fetch_all(pool).await.expect("entries"),
    };
    entries.iter().map(|bytes| serde_json::from_slice(bytes).expect("JSON")).collect()
}

/// Checks by hand what a lookup tells of the log in one place, as tlog-proof and RFC 9162 §2.1.3.2 say: its checkpoint, and the entry.
#[track_caller]
pub(crate) fn proved(one: &Value, key: &VerifierKey) -> (Checkpoint, Value) {
    let index = one["log_index"].as_u64().unwrap_or_else(|| panic!("not logged: {one}"));
    let entry = BASE64.decode(one["log_entry"].as_str().unwrap().as_bytes()).unwrap();
    let proof = one["log_proof"].as_str().unwrap();
    let (head, note) = proof.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
    assert_eq!(lines.next(), Some(format!("index {index}").as_str()));
    let checkpoint = Checkpoint::open(note, std::slice::from_ref(key)).unwrap();
    let (mut at, mut last, mut hash) = (index, checkpoint.size - 1, *leaf_hash(&entry).as_bytes());
    for line in lines {
        let sibling: [u8; 32] = BASE64.decode(line.as_bytes()).unwrap().try_into().unwrap();
        let mut pair = vec![1];
        if at % 2 == 1 || at == last {
            pair.extend([sibling, hash].concat());
            while at % 2 == 0 && at > 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            pair.extend([hash, sibling].concat());
        }
        hash = *nguongoc::kernel::Sha256Hash::of(&pair).as_bytes();
        at /= 2;
        last /= 2;
    }
    assert_eq!(
        (last, hash),
        (0, *checkpoint.root.as_bytes()),
        "the proof of {index} does not lead to the root"
    );
    (checkpoint, serde_json::from_slice(&entry).unwrap())
}
