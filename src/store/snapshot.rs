//! Copies of the whole database, taken while it is used, and put into an empty one.
//!
//! SQLite writes a copy itself (`VACUUM INTO`), PostgreSQL has programs for it (`pg_dump`, `pg_restore`): nothing else knows how to copy all that a
//! database of theirs may hold. The programs lie in the folder that the caller names, else on the path; a password goes to them by the
//! environment, never on the command line, where others on the machine could read it.
//!
//! What must stay true: a copy is one moment of the database; copying keeps no writer waiting; what is restored into was empty.

use super::{Kind, Store, StoreError, sqlite_path};
use percent_encoding::percent_decode_str;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

/// Why a copy was not taken, or not restored.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A program of PostgreSQL could not be started.
    #[error(
        "cannot start {program}: {source} — install PostgreSQL's client programs, or name their folder: PG_BIN"
    )]
    Program {
        /// Its name.
        program: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {said}")]
    Failed {
        /// Its name.
        program: &'static str,
        /// What it said.
        said: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A copy is damaged.
    #[error("the copy of the database is damaged: {0}")]
    Damaged(String),
}

/// The name of the copy in the folder of a backup.
#[must_use]
pub const fn file_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "database.sqlite",
        Kind::Postgres => "database.dump",
    }
}

/// Writes a copy of the database that `url` names to a file that is not there yet; PostgreSQL's programs lie in `programs`, or on the path.
///
/// # Errors
/// [`SnapshotError`].
pub async fn take(url: &str, to: &Path, programs: Option<&Path>) -> Result<(), SnapshotError> {
    if Kind::of(url) == Some(Kind::Postgres) {
        let mut arguments: Vec<OsString> =
            ["--format=custom", "--no-owner", "--no-privileges"].map(OsString::from).into();
        arguments.extend(["--file".into(), to.as_os_str().to_owned()]);
        return program("pg_dump", programs, url, &arguments).await;
    }
    let mut connection = open(url).await?;
    sqlx::query("VACUUM INTO $1")
        .bind(to.display().to_string())
        .execute(&mut connection)
        .await
        .map_err(StoreError::from)?;
    connection.close().await.map_err(StoreError::from)?;
    Ok(())
}

/// Whether there is nothing yet in the database that `url` names.
///
/// # Errors
/// [`SnapshotError`].
pub async fn is_empty(url: &str) -> Result<bool, SnapshotError> {
    if let Some(path) = sqlite_path(url) {
        return match path.metadata() {
            Ok(file) => Ok(file.len() == 0),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
            Err(source) => Err(SnapshotError::File { path, source }),
        };
    }
    let store = Store::open(url).await?;
    let tables = store
        .glance(async |tx| {
            let count = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ANY (current_schemas(false))";
            super::on!(tx, |conn| sqlx::query_scalar::<_, i64>(count).fetch_one(conn).await)
        })
        .await;
    store.close().await;
    Ok(tables? == 0)
}

/// Files of an earlier database that SQLite would take for those of one that is put into the place of `url`: its log of writes, the index of
/// that, and its journal.
#[must_use]
pub fn leftovers(url: &str) -> Vec<PathBuf> {
    let Some(path) = sqlite_path(url) else { return Vec::new() };
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    ["-wal", "-shm", "-journal"].map(beside).into_iter().filter(|path| path.exists()).collect()
}

/// Puts a copy into the empty database that `url` names: all of it or nothing; PostgreSQL's programs lie in `programs`, or on the path.
///
/// # Errors
/// [`SnapshotError`].
pub async fn put(url: &str, from: &Path, programs: Option<&Path>) -> Result<(), SnapshotError> {
    let Some(path) = sqlite_path(url) else {
        let arguments = [
            "--exit-on-error".into(),
            "--single-transaction".into(),
            "--no-owner".into(),
            "--no-privileges".into(),
            from.as_os_str().to_owned(),
        ];
        return program("pg_restore", programs, url, &arguments).await;
    };
    // Beside its place first, and looked through there.
    let beside = path.with_extension("restoring");
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| SnapshotError::File { path, source }
    };
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(&beside)(error)),
        _ => {}
    }
    std::fs::copy(from, &beside).map_err(failed(&beside))?;
    let mut copy = open(&format!("sqlite:{}", beside.display())).await?;
    let said: Result<String, _> = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut copy).await;
    copy.close().await.map_err(StoreError::from)?;
    match said {
        Ok(said) if said == "ok" => {}
        Ok(said) => return Err(SnapshotError::Damaged(said)),
        Err(error) => return Err(SnapshotError::Damaged(error.to_string())),
    }
    let file = std::fs::File::open(&beside).map_err(failed(&beside))?;
    file.sync_all().map_err(failed(&beside))?;
    std::fs::rename(&beside, &path).map_err(failed(&path))?;
    // The name is to be there after a power cut, too.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let open = std::fs::File::open(folder).map_err(failed(folder))?;
    open.sync_all().map_err(failed(folder))
}

/// A connection that may write another file, unlike those of the readers; it neither makes nor changes this one.
async fn open(url: &str) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::from_str(url).map_err(StoreError::from)?;
    options.create_if_missing(false).connect().await.map_err(StoreError::from)
}

async fn program(
    name: &'static str,
    folder: Option<&Path>,
    url: &str,
    arguments: &[OsString],
) -> Result<(), SnapshotError> {
    let path = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
    let (url, password) = apart(url);
    let mut command = Command::new(path);
    command.arg("--dbname").arg(url).args(arguments).stdin(Stdio::null());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let output = tokio::task::spawn_blocking(move || command.output()).await.map_err(StoreError::task)?;
    let output = output.map_err(|source| SnapshotError::Program { program: name, source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(SnapshotError::Failed { program: name, said })
}

/// A URL without its password, and the password (RFC 3986 §3.2.1).
fn apart(url: &str) -> (String, Option<String>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), None) };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    match authority.rsplit_once('@').map(|(user, host)| (user.split_once(':'), host)) {
        Some((Some((user, password)), host)) => {
            let password = percent_decode_str(password).decode_utf8_lossy().into_owned();
            (format!("{scheme}://{user}@{host}{path}"), Some(password))
        }
        _ => (url.to_owned(), None),
    }
}
