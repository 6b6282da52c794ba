//! Bringing the schema up to date: once, however many nodes start at the same time.

use std::fs::File;
use std::str::FromStr;

use sqlx::migrate::{Migrate, Migrator};
use sqlx::postgres::PgConnectOptions;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, FromRow, PgConnection, Row, SqliteConnection,
};

use super::connect::{is_postgres, quote, sqlite_options, sqlite_path};
use super::{Options, Tx};
use crate::{Error, Result, args};

/// The migrations of both databases, numbered alike.
#[derive(Clone, Copy)]
pub struct Migrations {
    /// Those of SQLite.
    pub sqlite: &'static Migrator,
    /// Those of PostgreSQL.
    pub postgres: &'static Migrator,
}

/// How far the schema is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Migrations applied.
    pub applied: usize,
    /// Migrations this binary knows that are not applied.
    pub pending: usize,
    /// Migrations applied that this binary does not know: the database is newer.
    pub unknown: usize,
}

crate::statements! {
    system SCHEMA = "SELECT max(version) AS version FROM _sqlx_migrations";
}

#[derive(FromRow)]
struct Schema {
    version: i64,
}

/// The last migration that the database has.
pub async fn schema_version(tx: &mut Tx) -> Result<i64> {
    Ok(tx.one::<Schema>(&SCHEMA, args![]).await?.version)
}

const TABLE: &str = "_sqlx_migrations";

impl Migrations {
    /// Applies what is missing. Nodes that start together wait for the first, then find nothing to do.
    pub async fn run(&self, options: &Options) -> Result<MigrationStatus> {
        if is_postgres(&options.url) {
            let mut connection = PgConnectOptions::from_str(&options.url)?.connect().await?;
            let result = self.run_postgres(&mut connection, options).await;
            connection.close().await?;
            result
        } else {
            self.run_sqlite(options).await
        }
    }

    /// How far the schema is, without changing anything.
    pub async fn status(&self, options: &Options) -> Result<MigrationStatus> {
        if is_postgres(&options.url) {
            let mut connection = PgConnectOptions::from_str(&options.url)?.connect().await?;
            let exists: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
                .bind(TABLE)
                .fetch_one(&mut connection)
                .await?;
            if !exists {
                return Ok(compare(self.postgres, &[]));
            }
            status(self.postgres, &mut connection).await
        } else {
            let path = sqlite_path(&options.url)?;
            if !path.exists() {
                return Ok(compare(self.sqlite, &[]));
            }
            let mut connection = SqliteConnection::connect_with(&sqlite_options(options, &path)).await?;
            status(self.sqlite, &mut connection).await
        }
    }

    async fn run_sqlite(&self, options: &Options) -> Result<MigrationStatus> {
        let path = sqlite_path(&options.url)?;
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(Error::internal)?;
        }
        // SQLite has no advisory locks; the file lock is released when the process ends, however it ends.
        let lock = File::create(path.with_extension("migrate-lock")).map_err(Error::internal)?;
        let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
            .await
            .map_err(Error::internal)?
            .map_err(Error::internal)?;
        let mut connection = SqliteConnection::connect_with(&sqlite_options(options, &path)).await?;
        self.sqlite.run_direct(None, &mut connection, false).await.map_err(Error::internal)?;
        let done = status(self.sqlite, &mut connection).await;
        connection.close().await?;
        drop(lock);
        done
    }

    async fn run_postgres(
        &self,
        connection: &mut PgConnection,
        options: &Options,
    ) -> Result<MigrationStatus> {
        // Held to the end, so that nodes that start together migrate one after another.
        connection.execute("SELECT pg_advisory_lock(7217346921)").await?;
        let pending = match status(self.postgres, connection).await {
            Ok(status) => status.pending,
            Err(_) => self.postgres.iter().count(),
        };
        let is_complete = pending == 0 && runtime_role_exists(connection, options).await?;
        if !is_complete {
            create_roles_patiently(connection, options).await?;
        }
        // A start that finds nothing missing still grants: whoever migrated may have died before. A user who is not the
        // owner's has nothing to grant.
        if !is_complete || is_owner(connection, options).await? {
            connection.execute(AssertSqlSafe(format!("SET ROLE {}", quote(&options.owner_role)))).await?;
            grant_from_now_on(connection, options).await?;
            if !is_complete {
                self.postgres.run_direct(None, connection, false).await.map_err(Error::internal)?;
            }
            grant(connection, options).await?;
            connection.execute("RESET ROLE").await?;
        }
        let done = status(self.postgres, connection).await;
        connection.execute("SELECT pg_advisory_unlock(7217346921)").await?;
        done
    }
}

async fn status<C: Migrate>(migrator: &Migrator, connection: &mut C) -> Result<MigrationStatus> {
    let applied = connection.list_applied_migrations(TABLE).await.map_err(Error::internal)?;
    Ok(compare(migrator, &applied.iter().map(|m| m.version).collect::<Vec<_>>()))
}

fn compare(migrator: &Migrator, applied: &[i64]) -> MigrationStatus {
    MigrationStatus {
        applied: applied.len(),
        pending: migrator.iter().filter(|m| !applied.contains(&m.version)).count(),
        unknown: applied.iter().filter(|v| !migrator.version_exists(**v)).count(),
    }
}

async fn runtime_role_exists(connection: &mut PgConnection, options: &Options) -> Result<bool> {
    let row = connection
        .fetch_one(
            sqlx::query("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1) AS made")
                .bind(&options.runtime_role),
        )
        .await?;
    Ok(row.try_get("made")?)
}

async fn is_owner(connection: &mut PgConnection, options: &Options) -> Result<bool> {
    let text = "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1 AND pg_has_role(current_user, oid, 'MEMBER')) AS owner";
    let row = connection.fetch_one(sqlx::query(text).bind(&options.owner_role)).await?;
    Ok(row.try_get("owner")?)
}

/// Roles belong to the whole cluster, advisory locks to one database: another installation on the same server may be
/// making the same roles at this moment, which PostgreSQL answers with an error that passes.
async fn create_roles_patiently(connection: &mut PgConnection, options: &Options) -> Result<()> {
    for _ in 0..4 {
        if create_roles(connection, options).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    create_roles(connection, options).await
}

/// Makes the owner and runtime roles if they are missing, and lets this connection act as both.
async fn create_roles(connection: &mut PgConnection, options: &Options) -> Result<()> {
    for role in [&options.owner_role, &options.runtime_role] {
        let missing: bool =
            sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)")
                .bind(role)
                .fetch_one(&mut *connection)
                .await?;
        let quoted = quote(role);
        if missing {
            let create =
                format!("CREATE ROLE {quoted} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE");
            connection.execute(AssertSqlSafe(create.clone())).await.map_err(|cause| {
                Error::internal(format!(
                    "cannot create the database role {role}: {cause}. Have an administrator run: \
                     {create}; GRANT {quoted} TO <the user of the database URL>;"
                ))
            })?;
        }
        let member: bool = sqlx::query_scalar("SELECT pg_has_role(current_user, $1, 'MEMBER')")
            .bind(role)
            .fetch_one(&mut *connection)
            .await?;
        if !member {
            connection.execute(AssertSqlSafe(format!("GRANT {quoted} TO CURRENT_USER"))).await?;
        }
    }
    let schema = format!("GRANT USAGE, CREATE ON SCHEMA public TO {}", quote(&options.owner_role));
    connection.execute(AssertSqlSafe(schema)).await?;
    Ok(())
}

/// What migrations make is the runtime role's to use from the moment they are committed: triggers of theirs run in nodes that
/// serve meanwhile.
async fn grant_from_now_on(connection: &mut PgConnection, options: &Options) -> Result<()> {
    let role = quote(&options.runtime_role);
    let grants = format!(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {role}"
    );
    connection.execute(AssertSqlSafe(grants)).await?;
    Ok(())
}

/// The runtime role reads and writes rows; it changes no table and owns none. All at once, so that it never may write what
/// was migrated.
async fn grant(connection: &mut PgConnection, options: &Options) -> Result<()> {
    let role = quote(&options.runtime_role);
    let grants = format!(
        "GRANT USAGE ON SCHEMA public TO {role};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
        REVOKE INSERT, UPDATE, DELETE ON {TABLE} FROM {role};
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}"
    );
    connection.execute(AssertSqlSafe(grants)).await?;
    Ok(())
}
