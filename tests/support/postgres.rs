//! Real PostgreSQL for the tests: one throw-away cluster, one database a test.
//!
//! ```ignore
//! let database = postgres::database("app", async |url| migrate(&url).await).await;
//! let store = Store::open(&database.url).await?;
//! ```
//!
//! The cluster is the one that `scripts/test` names in `NGUONGOC_TEST_POSTGRES`, else the test process starts its own
//! through `scripts/throwaway-postgres` and holds it until it ends. Migrations run once for each text of
//! `migrations/postgres`: their result is kept as a template, and each test's database is a copy of it. A machine without
//! PostgreSQL fails the test and says what to install; no test is skipped.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, process, thread};

use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// The variable in which `scripts/test` hands over the URL of the cluster that all its test processes share.
const SHARED_CLUSTER: &str = "NGUONGOC_TEST_POSTGRES";

/// A database of one test, dropped with this value.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    /// Its address, of a superuser: `postgres://nguongoc@localhost/test_…?host=/tmp/…`.
    pub(crate) url: String,
    name: String,
}

/// A new database with everything that `migrate` made in it. `migrate` is given the address of an empty database; it must
/// close its connections, and is called by one test process only, however many ask at once. `label` sets apart callers
/// whose `migrate` differs: `"app"` for the application's own.
pub(crate) async fn database<M>(label: &str, migrate: M) -> TestDatabase
where
    M: AsyncFnOnce(String),
{
    let mut server = connect(&address("postgres")).await;
    let template = template(&mut server, label, migrate).await;
    let name = unique_name();
    run(&mut server, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    close(server).await;
    TestDatabase { url: address(&name), name }
}

impl Drop for TestDatabase {
    /// Gives the space back, at a failed test too. It needs a thread, because the test's own runtime is busy dropping this.
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let dropped = thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(
                async {
                    let mut server = connect(&address("postgres")).await;
                    run(&mut server, statement).await;
                    close(server).await;
                },
            );
        })
        .join();
        // A second panic while a test already fails would abort the process and hide the first.
        assert!(dropped.is_ok() || thread::panicking(), "the database {} could not be dropped", self.name);
    }
}

/// The name of the template for the migrations as they stand, made by whoever comes first.
async fn template<M>(server: &mut PgConnection, label: &str, migrate: M) -> String
where
    M: AsyncFnOnce(String),
{
    let fingerprint = fingerprint(label, &Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres"));
    let name = format!("template_{}", &fingerprint[..16]);
    let lock = i64::from_str_radix(&fingerprint[..15], 16).expect("a fingerprint is hexadecimal");

    if !exists(server, &name).await {
        run(server, format!("SELECT pg_advisory_lock({lock})")).await;
        if !exists(server, &name).await {
            // Renamed only when complete: a test process that dies here leaves no half template under the final name.
            let draft = format!("draft_{}", &fingerprint[..16]);
            run(server, format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await;
            run(server, format!("CREATE DATABASE {draft} TEMPLATE template0")).await;
            migrate(address(&draft)).await;
            run(server, format!("ALTER DATABASE {draft} RENAME TO {name}")).await;
        }
        run(server, format!("SELECT pg_advisory_unlock({lock})")).await;
    }
    name
}

/// SHA-256 of the label and of the names and bytes of all files of a directory, as hexadecimal.
fn fingerprint(label: &str, directory: &Path) -> String {
    let mut files: Vec<PathBuf> = fs::read_dir(directory)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("a directory entry").path())
        .collect();
    files.sort();
    let mut hash = Sha256::new();
    hash.update(label);
    hash.update([0]);
    for file in files {
        hash.update(file.file_name().expect("a file has a name").as_encoded_bytes());
        hash.update([0]);
        hash.update(fs::read(&file).expect("a migration can be read"));
        hash.update([0]);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

/// A name that no other test of any process on this cluster has.
fn unique_name() -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    format!("test_{}_{}", process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

/// The address of a database of the cluster.
#[expect(clippy::disallowed_methods, reason = "the tests' own variable, set by scripts/test")]
fn address(database: &str) -> String {
    static SHARED: OnceLock<Option<String>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| env::var(SHARED_CLUSTER).ok());
    let url = shared.as_deref().unwrap_or_else(|| &Cluster::of_this_process().url);
    let (server, parameters) = url.rsplit_once("/postgres?").unwrap_or_else(|| {
        panic!("{SHARED_CLUSTER} is not an address as scripts/throwaway-postgres prints it: {url}");
    });
    format!("{server}/{database}?{parameters}")
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap_or_else(|error| panic!("no connection to {url}: {error}"))
}

async fn close(connection: PgConnection) {
    connection.close().await.expect("a connection is closed in order");
}

async fn run(server: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement.clone()))
        .execute(server)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn exists(server: &mut PgConnection, database: &str) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(database)
        .fetch_one(server)
        .await
        .expect("the catalogue answers")
}

/// The cluster of this process alone. Never dropped: the end of the process, however it comes, closes the pipe, and
/// that ends the cluster.
struct Cluster {
    url: String,
    _held: (Child, ChildStdin),
}

impl Cluster {
    fn of_this_process() -> &'static Self {
        static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
        match CLUSTER.get_or_init(Self::start) {
            Ok(cluster) => cluster,
            Err(reason) => panic!("{reason}"),
        }
    }

    fn start() -> Result<Self, String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/throwaway-postgres");
        let mut command = Command::new(&script);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // In a group of its own, so that Ctrl-C and a killed group of tests leave it alive to clean up.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", script.display()))?;

        let held = child.stdin.take().ok_or("the script has no input")?;
        let mut url = String::new();
        let output = child.stdout.take().ok_or("the script has no output")?;
        BufReader::new(output).read_line(&mut url).map_err(|error| error.to_string())?;
        if url.is_empty() {
            let mut reason = String::new();
            if let Some(mut errors) = child.stderr.take() {
                errors.read_to_string(&mut reason).map_err(|error| error.to_string())?;
            }
            return Err(format!("the tests need PostgreSQL.\n{reason}"));
        }
        Ok(Self { url: url.trim_end().to_owned(), _held: (child, held) })
    }
}
