//! The SQL of entries with what stands beside their bytes, by which the chains of their subjects are found.

use super::ROWS;
use super::tree::{Entries, stored};
use crate::kernel::Sha256Hash;
use crate::store::{Connection, StoreError, Tx, on};
use std::collections::BTreeSet;

/// What stands beside the bytes of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// What it is about.
    pub subject: String,
    /// Its number among the entries of its subject.
    pub seq: i64,
    /// The hash of the leaf; none where it is no hash.
    pub leaf: Option<Sha256Hash>,
}

/// Entries as they are stored, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Their exact bytes.
    pub entries: Entries,
    /// What stands beside the bytes of each.
    pub beside: Vec<Columns>,
}

impl Rows {
    /// The bytes of each, with what stands beside them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Columns)> {
        self.entries.iter().zip(&self.beside)
    }
}

/// The entries from `first` on, up to `most` of them, in order, with what stands beside their bytes.
///
/// # Errors
/// When the database fails, or one of them is not there before others that are.
pub async fn rows(tx: &mut Tx, first: u64, most: u64) -> Result<Rows, StoreError> {
    let from = stored(first)?;
    let to = from.saturating_add(stored(most)?);
    // All of them in one row, as where the bytes alone are read.
    match tx.connection() {
        Connection::Sqlite(conn) => {
            let (columns, leaves, bytes): (String, Option<Vec<u8>>, Option<Vec<u8>>) = sqlx::query_as(
                "SELECT json_group_array(json_array(idx, length(bytes), subject, seq, length(leaf))),
                 CAST(group_concat(CAST(leaf AS TEXT), '') AS BLOB), CAST(group_concat(CAST(bytes AS TEXT), '') AS BLOB)
                 FROM (SELECT idx, subject, seq, leaf, bytes FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx)",
            )
            .bind(from)
            .bind(to)
            .fetch_one(conn)
            .await?;
            let columns: Vec<(i64, i64, String, i64, usize)> = serde_json::from_str(&columns)
                .map_err(|error| StoreError::misfit("log_entry", "subject", first, error))?;
            let numbers = columns.iter().map(|(at, length, ..)| (*at, *length));
            let entries = Entries::of(from, numbers, bytes.unwrap_or_default())?;
            let leaves = leaves.unwrap_or_default();
            let mut leaves = leaves.as_slice();
            let beside = columns.into_iter().map(|(_, _, subject, seq, length)| {
                let (leaf, rest) = leaves.split_at_checked(length).unwrap_or((leaves, &[]));
                leaves = rest;
                Columns { subject, seq, leaf: leaf.try_into().ok().map(Sha256Hash::from_bytes) }
            });
            Ok(Rows { entries, beside: beside.collect() })
        }
        Connection::Postgres(conn) => {
            type Aggregates = (Vec<i64>, Vec<i64>, Vec<u8>, Vec<String>, Vec<i64>, Vec<Vec<u8>>);
            let columns: Option<Aggregates> = sqlx::query_as(
                "SELECT array_agg(idx), array_agg(length(bytes)::bigint), string_agg(bytes, ''::bytea),
                 array_agg(subject), array_agg(seq), array_agg(leaf)
                 FROM (SELECT idx, subject, seq, leaf, bytes FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx) AS part
                 HAVING COUNT(*) > 0",
            )
            .bind(from)
            .bind(to)
            .fetch_optional(conn)
            .await?;
            let (indices, lengths, bytes, subjects, numbers, leaves) = columns.unwrap_or_default();
            let entries = Entries::of(from, indices.into_iter().zip(lengths), bytes)?;
            let beside = subjects.into_iter().zip(numbers).zip(leaves).map(|((subject, seq), leaf)| {
                Columns { subject, seq, leaf: leaf.try_into().ok().map(Sha256Hash::from_bytes) }
            });
            Ok(Rows { entries, beside: beside.collect() })
        }
    }
}

/// An entry that stands last in the chain of its subject, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// Its place.
    pub index: i64,
    /// What stands beside its bytes.
    pub beside: Columns,
    /// Its exact bytes.
    pub bytes: Vec<u8>,
}

/// The last entry of each of `subjects` that has one.
///
/// # Errors
/// When the database fails.
pub async fn chain_ends(tx: &mut Tx, subjects: &BTreeSet<&str>) -> Result<Vec<Last>, StoreError> {
    // One probe of the index (subject, seq) for each subject; what differs is how the set is given and the answer read.
    match tx.connection() {
        Connection::Sqlite(conn) => {
            let (ends, bytes): (String, Option<Vec<u8>>) = sqlx::query_as(
                "SELECT json_group_array(json_array(entry.idx, entry.subject, entry.seq, lower(hex(entry.leaf)), length(entry.bytes))),
                 CAST(group_concat(CAST(entry.bytes AS TEXT), '') AS BLOB)
                 FROM json_each($1) AS asked JOIN log_entry AS entry
                   ON entry.idx = (SELECT idx FROM log_entry WHERE subject = asked.value ORDER BY seq DESC LIMIT 1)",
            )
            .bind(serde_json::json!(subjects).to_string())
            .fetch_one(conn)
            .await?;
            let ends: Vec<(i64, String, i64, String, usize)> = serde_json::from_str(&ends)
                .map_err(|error| StoreError::misfit("log_entry", "subject", "", error))?;
            let bytes = bytes.unwrap_or_default();
            let mut bytes = bytes.as_slice();
            let ends = ends.into_iter().map(|(index, subject, seq, leaf, length)| {
                let (own, rest) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
                bytes = rest;
                let beside = Columns { subject, seq, leaf: leaf.parse().ok() };
                Last { index, beside, bytes: own.to_vec() }
            });
            Ok(ends.collect())
        }
        Connection::Postgres(conn) => {
            type Aggregates = (Vec<i64>, Vec<String>, Vec<i64>, Vec<Vec<u8>>, Vec<Vec<u8>>);
            let columns: Option<Aggregates> = sqlx::query_as(
                "SELECT array_agg(entry.idx), array_agg(entry.subject), array_agg(entry.seq), array_agg(entry.leaf),
                 array_agg(entry.bytes)
                 FROM unnest($1::text[]) AS asked (value), LATERAL
                 (SELECT idx, subject, seq, leaf, bytes FROM log_entry WHERE subject = asked.value ORDER BY seq DESC LIMIT 1) AS entry
                 HAVING COUNT(*) > 0",
            )
            .bind(subjects.iter().map(|subject| (*subject).to_owned()).collect::<Vec<String>>())
            .fetch_optional(conn)
            .await?;
            let (indices, subjects, numbers, leaves, bytes) = columns.unwrap_or_default();
            let rows = indices.into_iter().zip(subjects).zip(numbers).zip(leaves).zip(bytes);
            let ends = rows.map(|((((index, subject), seq), leaf), bytes)| {
                let leaf = leaf.try_into().ok().map(Sha256Hash::from_bytes);
                Last { index, beside: Columns { subject, seq, leaf }, bytes }
            });
            Ok(ends.collect())
        }
    }
}

/// The bytes of the entries that stand at these numbers of their subjects, as far as they are there: subject, number, bytes.
///
/// # Errors
/// When the database fails.
pub async fn links(tx: &mut Tx, asked: &[(String, i64)]) -> Result<Vec<(String, i64, Vec<u8>)>, StoreError> {
    let mut found = Vec::with_capacity(asked.len());
    for some in asked.chunks(ROWS) {
        let rows: Vec<(String, i64, Vec<u8>)> = on!(tx, |conn| {
            let mut statement = sqlx::QueryBuilder::new(
                "SELECT subject, seq, bytes FROM log_entry WHERE (subject, seq) IN (",
            );
            statement.push_values(some, |mut row, (subject, seq)| {
                row.push_bind(subject.as_str()).push_bind(*seq);
            });
            statement.push(")").build_query_as().persistent(some.len() == ROWS).fetch_all(conn).await
        })?;
        found.extend(rows);
    }
    Ok(found)
}
