//! The SQL of what stands beside the bytes of entries: the next entries of their subjects are chained by it.

use super::ROWS;
use crate::kernel::Sha256Hash;
use crate::store::{Connection, StoreError, Tx, on};

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

/// What stands beside the bytes of the entries from `first` on, up to `most` of them, in order.
///
/// # Errors
/// When the database fails.
pub async fn columns(tx: &mut Tx, first: u64, most: u64) -> Result<Vec<Columns>, StoreError> {
    let misfit = |why: &str| StoreError::misfit("log_entry", "idx", first, why);
    let from = i64::try_from(first).map_err(|_| misfit("more entries than a log can have"))?;
    let to = from.saturating_add(i64::try_from(most).unwrap_or(i64::MAX));
    // All of them in one row, as the bytes are.
    Ok(match tx.connection() {
        Connection::Sqlite(conn) => {
            let rows: String = sqlx::query_scalar(
                "SELECT json_group_array(json_array(subject, seq, lower(hex(leaf))))
                 FROM (SELECT subject, seq, leaf FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx)",
            )
            .bind(from)
            .bind(to)
            .fetch_one(conn)
            .await?;
            let rows: Vec<(String, i64, String)> =
                serde_json::from_str(&rows).map_err(|error| misfit(&error.to_string()))?;
            let columns =
                |(subject, seq, leaf): (_, _, String)| Columns { subject, seq, leaf: leaf.parse().ok() };
            rows.into_iter().map(columns).collect()
        }
        Connection::Postgres(conn) => {
            type Rows = (Vec<String>, Vec<i64>, Vec<Vec<u8>>);
            let rows: Option<Rows> = sqlx::query_as(
                "SELECT array_agg(subject ORDER BY idx), array_agg(seq ORDER BY idx), array_agg(leaf ORDER BY idx)
                 FROM (SELECT idx, subject, seq, leaf FROM log_entry WHERE idx >= $1 AND idx < $2 ORDER BY idx) AS part
                 HAVING COUNT(*) > 0",
            )
            .bind(from)
            .bind(to)
            .fetch_optional(conn)
            .await?;
            let (subjects, numbers, leaves) = rows.unwrap_or_default();
            let leaves = leaves.into_iter().map(|leaf| leaf.try_into().ok().map(Sha256Hash::from_bytes));
            let rows = subjects.into_iter().zip(numbers).zip(leaves);
            rows.map(|((subject, seq), leaf)| Columns { subject, seq, leaf }).collect()
        }
    })
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
