//! Erasing private values of a record: the log keeps its commitments, which say nothing once value and salt are gone.

use super::model::{Author, Entry, Kind, Subject};
use super::store;
use crate::app::App;
use crate::store::StoreError;
use serde_json::json;
use uuid::Uuid;

/// Why nothing was erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The record keeps no such value: never, or not any more.
    #[error("the record {record} keeps no private value {field}; it keeps: {}", kept.join(", "))]
    NotKept {
        /// The record.
        record: Uuid,
        /// The field asked for.
        field: String,
        /// Those that it keeps.
        kept: Vec<String>,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The names of the private values that a record keeps: a party, an event, an entry of a field book, a certificate, a test, a run of labels.
///
/// # Errors
/// When the database fails.
pub async fn private_fields(app: &App, record: Uuid) -> Result<Vec<String>, StoreError> {
    app.store.glance(async |tx| store::private_fields(tx, record).await).await
}

/// Erases these private values of a record, all or none of them, and puts an entry of that into the log, which names the record and the
/// fields.
///
/// # Errors
/// [`EraseError::NotKept`].
pub async fn erase(app: &App, record: Uuid, fields: &[String]) -> Result<(), EraseError> {
    app.store
        .write(async |tx| {
            let kept = store::private_fields(tx, record).await?;
            for field in fields {
                if !store::erase_private(tx, record, field).await? {
                    return Err(EraseError::NotKept { record, field: field.clone(), kept });
                }
            }
            let entry = Entry {
                id: app.id(),
                kind: Kind::Erasure,
                subject: Subject::Registry,
                at: app.clock.now(),
                actor: Author { party: None, role: "operator" },
                body: json!({ "record": record, "fields": fields }),
            };
            Ok(store::append(tx, &entry).await?)
        })
        .await
}
