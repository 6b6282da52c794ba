//! Fresh databases, copied from a template that is migrated once per test program.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use carcosa::app::MIGRATIONS;
use carcosa_kernel::db::{Options, Synchronous};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, Row};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A database of the cluster that the test command started.
    Postgres,
}

/// A migrated database of one test.
pub struct TestDatabase {
    /// Where it is.
    pub url: String,
    folder: TempDir,
    dropped: Option<String>,
}

static SQLITE_TEMPLATE: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
static POSTGRES_TEMPLATE: OnceCell<String> = OnceCell::const_new();
static NEXT: AtomicU64 = AtomicU64::new(0);

impl TestDatabase {
    /// A fresh one.
    pub async fn create(backend: Backend) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        match backend {
            Backend::Sqlite => {
                let (_, template) = SQLITE_TEMPLATE.get_or_init(sqlite_template).await;
                let file = folder.path().join("carcosa.db");
                std::fs::copy(template, &file).expect("the template can be copied");
                Self { url: format!("sqlite:{}", file.display()), folder, dropped: None }
            }
            Backend::Postgres => {
                let template = POSTGRES_TEMPLATE.get_or_init(postgres_template).await;
                let name = fresh_name();
                administer(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
                Self { url: url_of(&name), folder, dropped: Some(name) }
            }
        }
    }

    /// A folder that lives as long as the database.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// How to open it.
    #[must_use]
    pub fn options(&self) -> Options {
        options(&self.url)
    }

    /// Changes it behind the server's back, as someone with the file or a superuser could.
    pub async fn execute(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match self.backend() {
            Backend::Sqlite => {
                let options: SqliteConnectOptions = self.url.parse().expect("a URL");
                options.connect().await.expect("a connection").execute(statement).await.expect("it works");
            }
            Backend::Postgres => {
                let options: PgConnectOptions = self.url.parse().expect("a URL");
                options.connect().await.expect("a connection").execute(statement).await.expect("it works");
            }
        }
    }

    /// The texts that a query answers with, one column, past the server and row-level security.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query.to_owned());
        match self.backend() {
            Backend::Sqlite => {
                let options: SqliteConnectOptions = self.url.parse().expect("a URL");
                let mut connection = options.connect().await.expect("a connection");
                let rows = sqlx::query(query).fetch_all(&mut connection).await.expect("it works");
                rows.iter().map(|row| row.get(0)).collect()
            }
            Backend::Postgres => {
                let options: PgConnectOptions = self.url.parse().expect("a URL");
                let mut connection = options.connect().await.expect("a connection");
                let rows = sqlx::query(query).fetch_all(&mut connection).await.expect("it works");
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    /// Which it is.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        if self.dropped.is_some() { Backend::Postgres } else { Backend::Sqlite }
    }
}

impl Drop for TestDatabase {
    /// A database of the cluster would stay for as long as the cluster, which holds many tests.
    fn drop(&mut self) {
        let Some(name) = self.dropped.take() else { return };
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
            }
        });
        let _ = dropping.join();
    }
}

fn options(url: &str) -> Options {
    Options {
        url: url.to_owned(),
        max_connections: 8,
        acquire_timeout: Duration::from_secs(30),
        synchronous: Synchronous::Normal,
        owner_role: "carcosa_owner".to_owned(),
        runtime_role: "carcosa_runtime".to_owned(),
    }
}

async fn sqlite_template() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("template.db");
    MIGRATIONS.run(&options(&format!("sqlite:{}", file.display()))).await.expect("the template migrates");
    (folder, file)
}

async fn postgres_template() -> String {
    let name = fresh_name();
    administer(&format!("CREATE DATABASE {name}")).await;
    MIGRATIONS.run(&options(&url_of(&name))).await.expect("the template migrates");
    name
}

fn fresh_name() -> String {
    format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn base_url() -> String {
    std::env::var("CARCOSA_TEST_POSTGRES_URL").unwrap_or_else(|_| {
        panic!("CARCOSA_TEST_POSTGRES_URL is not set: run `cargo xtask test`, or `cargo xtask postgres`")
    })
}

fn url_of(database: &str) -> String {
    let base = base_url();
    let server = base.rsplit_once('/').map_or(base.as_str(), |(server, _)| server);
    format!("{server}/{database}")
}

/// Runs a statement as the cluster's superuser.
async fn administer(statement: &str) {
    let options: PgConnectOptions = base_url().parse().expect("CARCOSA_TEST_POSTGRES_URL is a URL");
    let mut connection = options.connect().await.expect("PostgreSQL answers");
    connection.execute(AssertSqlSafe(statement.to_owned())).await.expect("the statement works");
}
