//! Files that people hand in or that the program draws from them: kept in the database by their hash, so that they are
//! written in the same unit of work as the row that names them, and a backup of the database is a backup of all.

use super::{StoreError, Tx, on, run};
use crate::kernel::{Moment, Sha256Hash};

/// What a stored file holds. Decided from its bytes when it was taken in, never from what the sender claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/pdf`
    Pdf,
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/webp`
    Webp,
    /// `text/csv`
    Csv,
    /// A workbook (ISO/IEC 29500)
    Xlsx,
}

impl MediaType {
    /// The registered name, as in a `Content-Type` header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Pdf, Self::Jpeg, Self::Png, Self::Webp, Self::Csv, Self::Xlsx]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// A stored file.
#[derive(Clone, Debug)]
pub struct File {
    /// What it holds.
    pub media_type: MediaType,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Stores `bytes` and returns their hash. Storing the same bytes twice stores them once.
///
/// # Errors
/// When the database fails.
pub async fn put_file(
    tx: &mut Tx,
    media_type: MediaType,
    bytes: &[u8],
    now: Moment,
) -> Result<Sha256Hash, StoreError> {
    let hash = Sha256Hash::of(bytes);
    run!(
        tx,
        sqlx::query(
            "INSERT INTO file (hash, media_type, size, bytes, stored_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (hash) DO NOTHING"
        )
        .bind(hash.as_bytes().as_slice())
        .bind(media_type.as_str())
        .bind(i64::try_from(bytes.len()).unwrap_or(i64::MAX))
        .bind(bytes)
        .bind(now.micros())
    )?;
    Ok(hash)
}

/// The file with `hash`, if it is stored.
///
/// # Errors
/// When the database fails, or the row names a media type that this program does not know.
pub async fn file(tx: &mut Tx, hash: &Sha256Hash) -> Result<Option<File>, StoreError> {
    let row: Option<(String, Vec<u8>)> =
        on!(tx, |conn| sqlx::query_as("SELECT media_type, bytes FROM file WHERE hash = $1")
            .bind(hash.as_bytes().as_slice())
            .fetch_optional(conn)
            .await)?;
    row.map(|(media_type, bytes)| {
        let media_type = MediaType::parse(&media_type)
            .ok_or_else(|| StoreError::misfit("file", "media_type", hash, &media_type))?;
        Ok(File { media_type, bytes })
    })
    .transpose()
}
