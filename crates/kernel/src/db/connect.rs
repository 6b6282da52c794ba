//! Opening the database, as the right role and with the right settings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use carcosa_types::ProjectId;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, Row, SqlitePool};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::tx::{Driver, Scope, Tx};
use crate::error::DATABASE_UNAVAILABLE;
use crate::{Error, Result};

/// How hard SQLite tries to keep what it acknowledged through a power cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// Wait for the disk at each commit: nothing acknowledged is lost.
    #[default]
    Full,
    /// Survives a crash of the process, but a power cut may lose the last commits.
    Normal,
}

/// How to open the database. Its URL may hold a password, so it is not printed.
#[derive(Clone)]
pub struct Options {
    /// `sqlite:path/to/file.db` or `postgres://user@host/name`.
    pub url: String,
    /// Connections for reading on SQLite; connections in all on PostgreSQL.
    pub max_connections: u32,
    /// How long to wait for a free connection before answering 503.
    pub acquire_timeout: Duration,
    /// Durability of SQLite.
    pub synchronous: Synchronous,
    /// The PostgreSQL role that owns the tables.
    pub owner_role: String,
    /// The PostgreSQL role that the server works as; subject to row-level security.
    pub runtime_role: String,
}

/// The database of the installation.
#[derive(Clone)]
pub struct Database(pub(super) Backend);

#[derive(Clone)]
pub(super) enum Backend {
    Sqlite { reader: SqlitePool, writer: SqlitePool, path: PathBuf },
    Postgres { pool: PgPool, background: PgPool, writes: Arc<Writes> },
}

impl Database {
    /// Opens the pools. Connections are made when first needed, so a database that is down shows at use.
    pub async fn open(options: &Options) -> Result<Self> {
        if is_postgres(&options.url) {
            return Ok(Self(Backend::Postgres {
                pool: postgres_pool(options, options.max_connections)?,
                background: postgres_pool(options, BACKGROUND_CONNECTIONS)?,
                writes: Arc::new(Writes::new(options)),
            }));
        }
        let path = sqlite_path(&options.url)?;
        let connect = sqlite_options(options, &path);
        // After some failures, such as a full disk, SQLite rolls back by itself and the driver still believes in the
        // transaction: such a connection is replaced.
        let pool = SqlitePoolOptions::new()
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }));
        // The writer comes first: it creates the file and switches it to WAL.
        let writer = pool.clone().max_connections(1).connect_with(connect.clone()).await?;
        let reader = pool
            .max_connections(options.max_connections)
            .connect_lazy_with(connect.create_if_missing(false).pragma("query_only", "ON"));
        Ok(Self(Backend::Sqlite { reader, writer, path }))
    }

    pub(crate) async fn begin_read(&self, scope: Scope) -> Result<Tx> {
        let driver = match &self.0 {
            Backend::Sqlite { reader, .. } => Driver::Sqlite(reader.begin().await?),
            Backend::Postgres { pool, .. } => {
                Driver::Postgres(pool.begin_with(AssertSqlSafe(begin(SNAPSHOT, scope))).await?)
            }
        };
        Ok(Tx::new(driver, scope, None))
    }

    pub(crate) async fn begin_write(&self, scope: Scope) -> Result<Tx> {
        Ok(match &self.0 {
            Backend::Sqlite { writer, .. } => {
                Tx::new(Driver::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?), scope, None)
            }
            Backend::Postgres { pool, writes, .. } => {
                let slot = writes.slot(scope).await?;
                let begin = AssertSqlSafe(begin(LATEST, scope));
                Tx::new(Driver::Postgres(pool.begin_with(begin).await?), scope, Some(slot))
            }
        })
    }

    /// Reads across the installation for the node's own upkeep, on connections that requests cannot take.
    pub(crate) async fn begin_background_read(&self) -> Result<Tx> {
        match &self.0 {
            Backend::Sqlite { .. } => self.begin_read(Scope::System).await,
            Backend::Postgres { background, .. } => {
                let begin = AssertSqlSafe(begin(SNAPSHOT, Scope::System));
                Ok(Tx::new(Driver::Postgres(background.begin_with(begin).await?), Scope::System, None))
            }
        }
    }

    /// Changes bookkeeping across the installation, on connections that requests cannot take.
    pub(crate) async fn begin_background_write(&self) -> Result<Tx> {
        match &self.0 {
            Backend::Sqlite { .. } => self.begin_write(Scope::System).await,
            Backend::Postgres { background, .. } => {
                let begin = AssertSqlSafe(begin(LATEST, Scope::System));
                Ok(Tx::new(Driver::Postgres(background.begin_with(begin).await?), Scope::System, None))
            }
        }
    }

    /// Whether it answers.
    pub async fn ping(&self) -> Result<()> {
        match &self.0 {
            Backend::Sqlite { reader, .. } => reader.execute("SELECT 1").await.map(drop)?,
            Backend::Postgres { pool, .. } => pool.execute("SELECT 1").await.map(drop)?,
        }
        Ok(())
    }

    /// `sqlite` or `postgres`, for reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.0 {
            Backend::Sqlite { .. } => "sqlite",
            Backend::Postgres { .. } => "postgres",
        }
    }

    /// The file, when the database is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Backend::Sqlite { path, .. } => Some(path),
            Backend::Postgres { .. } => None,
        }
    }

    /// Refuses to go on when the role in effect escapes row-level security. Nothing to check on SQLite.
    pub async fn check_isolation(&self) -> Result<()> {
        let Backend::Postgres { pool, .. } = &self.0 else { return Ok(()) };
        let row = pool
            .fetch_one(
                "SELECT current_user::text AS role, r.rolsuper OR r.rolbypassrls AS bypasses,
                        EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                                WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relowner = r.oid) AS owns
                 FROM pg_roles r WHERE r.rolname = current_user",
            )
            .await?;
        let role: String = row.try_get("role")?;
        if row.try_get::<bool, _>("bypasses")? {
            return Err(Error::internal(format!(
                "the database role `{role}` bypasses row-level security, so PostgreSQL could not keep tenants apart; \
                 connect as another role or run `carcosa migrate` with an owner's URL to create one"
            )));
        }
        if row.try_get::<bool, _>("owns")? {
            return Err(Error::internal(format!(
                "the database role `{role}` owns tables and could switch row-level security off; \
                 connect as a role that owns nothing"
            )));
        }
        Ok(())
    }

    /// Whether the URL's login can do more than the role in effect, which was dropped to. Always false on SQLite.
    pub async fn drops_privileges(&self) -> Result<bool> {
        let Backend::Postgres { pool, .. } = &self.0 else { return Ok(false) };
        Ok(pool.fetch_one("SELECT session_user <> current_user AS drops").await?.try_get("drops")?)
    }

    /// What time the database server says it is; `None` on SQLite, which has no clock of its own.
    pub async fn clock(&self) -> Result<Option<carcosa_types::Timestamp>> {
        let Backend::Postgres { pool, .. } = &self.0 else { return Ok(None) };
        Ok(Some(pool.fetch_one("SELECT clock_timestamp() AS now").await?.try_get("now")?))
    }

    /// Closes the connections after their work is done.
    pub async fn close(&self) {
        match &self.0 {
            Backend::Sqlite { reader, writer, .. } => {
                reader.close().await;
                writer.close().await;
            }
            Backend::Postgres { pool, background, .. } => {
                pool.close().await;
                background.close().await;
            }
        }
    }

    /// Listens for hints that the log moved on. `None` on SQLite, where polling is all there is.
    pub async fn listen(&self, channel: &'static str) -> Result<Option<sqlx::postgres::PgListener>> {
        let Backend::Postgres { background, .. } = &self.0 else { return Ok(None) };
        let mut listener = sqlx::postgres::PgListener::connect_with(background).await?;
        listener.listen(channel).await?;
        Ok(Some(listener))
    }

    /// Asks the database to prepare a text, for the test that every statement is valid on both.
    pub async fn prepare(&self, statement: &super::Statement) -> Result<()> {
        use sqlx::SqlSafeStr;
        match &self.0 {
            Backend::Sqlite { reader, .. } => {
                reader.acquire().await?.prepare(statement.sqlite.into_sql_str()).await?;
            }
            Backend::Postgres { pool, .. } => {
                pool.acquire().await?.prepare(statement.postgres.into_sql_str()).await?;
            }
        }
        Ok(())
    }
}

/// All statements of a read see the database at one moment, as they do on SQLite.
const SNAPSHOT: &str = "ISOLATION LEVEL REPEATABLE READ, READ ONLY";
/// Each statement of a write sees what was committed before it, also while it waited for a lock.
const LATEST: &str = "ISOLATION LEVEL READ COMMITTED, READ WRITE";

/// Connections of a node's own upkeep: the sequencer, the follower, jobs, and two that listen for hints.
const BACKGROUND_CONNECTIONS: u32 = 6;

/// How many writes may be under way at a time: writes that wait for each other's rows must not take every connection, and
/// those of one project not all of them.
pub(super) struct Writes {
    all: Arc<Semaphore>,
    of_project: usize,
    projects: Mutex<HashMap<ProjectId, Weak<Semaphore>>>,
    patience: Duration,
}

/// A write's place among those under way. Given back when the transaction ends.
pub(super) struct WriteSlot {
    _all: OwnedSemaphorePermit,
    _of_project: Option<OwnedSemaphorePermit>,
}

impl Writes {
    fn new(options: &Options) -> Self {
        let connections = usize::try_from(options.max_connections).unwrap_or(usize::MAX).min(10_000);
        Self {
            all: Arc::new(Semaphore::new((connections * 3 / 4).max(1))),
            of_project: (connections * 5 / 8).max(1),
            projects: Mutex::default(),
            patience: options.acquire_timeout,
        }
    }

    async fn slot(&self, scope: Scope) -> Result<WriteSlot> {
        let own = match scope {
            Scope::Project(project) | Scope::Tenant(project, _) => Some(self.of(project)),
            Scope::System | Scope::Founding(_) => None,
        };
        let slot = async {
            let _of_project = match own {
                Some(own) => Some(own.acquire_owned().await.map_err(Error::internal)?),
                None => None,
            };
            let _all = Arc::clone(&self.all).acquire_owned().await.map_err(Error::internal)?;
            Ok(WriteSlot { _all, _of_project })
        };
        tokio::time::timeout(self.patience, slot).await.unwrap_or_else(|_| {
            Err(Error::new(DATABASE_UNAVAILABLE, "The database is busy; nothing was changed."))
        })
    }

    fn of(&self, project: ProjectId) -> Arc<Semaphore> {
        let mut projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = projects.get(&project).and_then(Weak::upgrade) {
            return known;
        }
        projects.retain(|_, weak| weak.strong_count() > 0);
        let new = Arc::new(Semaphore::new(self.of_project));
        projects.insert(project, Arc::downgrade(&new));
        new
    }
}

/// `BEGIN` and the settings that row-level security reads, in one round trip. Ids print as hexadecimal and
/// hyphens only, so they need no quoting.
fn begin(mode: &str, scope: Scope) -> String {
    match scope {
        Scope::System | Scope::Founding(_) => format!("BEGIN {mode}; SET LOCAL carcosa.scope = 'system'"),
        Scope::Project(project) => format!(
            "BEGIN {mode}; SET LOCAL carcosa.scope = 'project'; SET LOCAL carcosa.project_id = '{}'",
            project.uuid()
        ),
        Scope::Tenant(project, tenant) => format!(
            "BEGIN {mode}; SET LOCAL carcosa.scope = 'tenant'; SET LOCAL carcosa.project_id = '{}'; \
             SET LOCAL carcosa.tenant_id = '{}'",
            project.uuid(),
            tenant.uuid()
        ),
    }
}

pub(super) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

pub(super) fn sqlite_path(url: &str) -> Result<PathBuf> {
    let rest = url.strip_prefix("sqlite:").ok_or_else(|| {
        Error::internal(format!(
            "`{}` is not a database URL: use `sqlite:path/to/file.db` or `postgres://…`",
            url.split(':').next().unwrap_or_default()
        ))
    })?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() || path.contains(":memory:") {
        return Err(Error::internal("SQLite needs a file: `sqlite:path/to/file.db`"));
    }
    Ok(PathBuf::from(path.split('?').next().unwrap_or(path)))
}

pub(super) fn sqlite_options(options: &Options, path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match options.synchronous {
            Synchronous::Full => SqliteSynchronous::Full,
            Synchronous::Normal => SqliteSynchronous::Normal,
        })
        .foreign_keys(true)
        .busy_timeout(options.acquire_timeout)
        .statement_cache_capacity(256)
        // For each connection, in KiB; most pages come through the memory map, which all share.
        .pragma("cache_size", "-4000")
        .pragma("mmap_size", "268435456")
}

fn postgres_pool(options: &Options, connections: u32) -> Result<PgPool> {
    let connect =
        PgConnectOptions::from_str(&options.url)?.application_name("carcosa").statement_cache_capacity(256);
    let runtime_role = options.runtime_role.clone();
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.acquire_timeout)
        // A connection is tested when it comes back, so a dead one costs one request, which answers 503.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let role = runtime_role.clone();
            Box::pin(async move {
                connection.execute(SHORT_QUERIES).await?;
                drop_privileges(connection, &role).await
            })
        })
        .connect_lazy_with(connect))
}

/// Ours are many short queries: workers for one of them take the processors from the others, and compiling it takes longer
/// than running it. None waits for another's rows, or keeps its own, for long: a node that stops in the middle of a
/// transaction must not stop the others.
const SHORT_QUERIES: &str = "SET max_parallel_workers_per_gather = 0; SET jit = off; SET lock_timeout = '3s'; \
    SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '10s'";

/// SQLSTATE of a role that does not exist.
const UNDEFINED_OBJECT: &str = "42704";

/// An owner's or superuser's connection gives up its rights as soon as it is made; a runtime role's has none.
async fn drop_privileges(connection: &mut PgConnection, role: &str) -> sqlx::Result<()> {
    let row = connection
        .fetch_one(
            sqlx::query(
                "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1) AND current_user <> $1
                        AND pg_has_role(current_user, $1, 'MEMBER') AS can_drop",
            )
            .bind(role),
        )
        .await;
    // `pg_has_role` raises when the role does not exist: then there is nothing to drop to, and the start-up
    // check decides whether the connection's own role is acceptable.
    let can_drop = match row {
        Ok(row) => row.try_get("can_drop")?,
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(UNDEFINED_OBJECT) => false,
        Err(error) => return Err(error),
    };
    if can_drop {
        connection.execute(AssertSqlSafe(format!("SET ROLE {}", quote(role)))).await?;
    }
    connection.ping().await
}

/// A PostgreSQL identifier, quoted.
pub(super) fn quote(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
