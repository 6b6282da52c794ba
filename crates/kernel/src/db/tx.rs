//! Transactions. The one place that chooses between the two drivers.

use carcosa_types::{ProjectId, TenantId};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite};

use super::connect::WriteSlot;
use super::{Assembled, Reach, Statement, Value};
use crate::{Error, Result};

/// A row that both drivers can read; `#[derive(sqlx::FromRow)]` makes one.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// What a transaction may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    System,
    /// The whole installation, in the course of making this project.
    Founding(ProjectId),
    Project(ProjectId),
    Tenant(ProjectId, TenantId),
}

/// An open transaction, confined to a scope.
///
/// On PostgreSQL the scope also stands in transaction-local settings that row-level security reads. On both
/// databases the project and tenant of a statement are bound from the scope, so a store cannot name others.
pub struct Tx {
    pub(super) driver: Driver,
    scope: Scope,
    focus: Option<TenantId>,
    /// Declared last, so that the place is given back after the connection.
    _slot: Option<WriteSlot>,
}

pub(super) enum Driver {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Runs a sqlx call on whichever driver the transaction has.
macro_rules! on_driver {
    ($self:ident, $sql:expr, $values:expr, |$query_sql:ident, $arguments:ident, $connection:ident| $call:expr) => {
        match &mut $self.driver {
            Driver::Sqlite(transaction) => {
                let ($query_sql, $connection) = ($sql, &mut **transaction);
                let mut $arguments = SqliteArguments::default();
                for value in $values {
                    value.add_to(&mut $arguments).map_err(sqlx::Error::Encode)?;
                }
                $call
            }
            Driver::Postgres(transaction) => {
                let ($query_sql, $connection) = ($sql, &mut **transaction);
                let mut $arguments = PgArguments::default();
                for value in $values {
                    value.add_to(&mut $arguments).map_err(sqlx::Error::Encode)?;
                }
                $call
            }
        }
    };
}

impl Tx {
    pub(super) fn new(driver: Driver, scope: Scope, slot: Option<WriteSlot>) -> Self {
        let focus = match scope {
            Scope::Tenant(_, tenant) => Some(tenant),
            Scope::System | Scope::Founding(_) | Scope::Project(_) => None,
        };
        Self { driver, scope, focus, _slot: slot }
    }

    /// The project the transaction is confined to; an error in a system transaction.
    pub fn project(&self) -> Result<ProjectId> {
        match self.scope {
            Scope::Founding(project) | Scope::Project(project) | Scope::Tenant(project, _) => Ok(project),
            Scope::System => Err(Error::internal("a system transaction has no project")),
        }
    }

    /// The installation as the owner of a log; an error in a transaction that does not reach it.
    pub(crate) fn installation(&self) -> Result<ProjectId> {
        match self.scope {
            Scope::Founding(_) | Scope::System => Ok(ProjectId::INSTALLATION),
            Scope::Project(_) | Scope::Tenant(..) => {
                Err(Error::internal("a transaction of one project does not reach the installation's log"))
            }
        }
    }

    /// The tenant in focus.
    #[must_use]
    pub const fn tenant(&self) -> Option<TenantId> {
        self.focus
    }

    /// Chooses the tenant that tenant statements are about. In a tenant's own transaction only that tenant can
    /// be chosen.
    pub fn focus(&mut self, tenant: TenantId) -> Result<()> {
        match self.scope {
            Scope::Project(_) => self.focus = Some(tenant),
            Scope::Tenant(_, own) if own == tenant => {}
            Scope::Tenant(..) | Scope::System | Scope::Founding(_) => {
                return Err(Error::internal("a transaction of one tenant cannot turn to another"));
            }
        }
        Ok(())
    }

    /// All rows.
    pub async fn all<T: Record>(&mut self, statement: &Statement, values: Vec<Value>) -> Result<Vec<T>> {
        let (sql, values) = self.prepare(statement, values)?;
        Ok(on_driver!(self, sql, values, |sql, arguments, connection| {
            sqlx::query_as_with(sql, arguments).fetch_all(connection).await?
        }))
    }

    /// The row, or none.
    pub async fn optional<T: Record>(
        &mut self,
        statement: &Statement,
        values: Vec<Value>,
    ) -> Result<Option<T>> {
        let (sql, values) = self.prepare(statement, values)?;
        Ok(on_driver!(self, sql, values, |sql, arguments, connection| {
            sqlx::query_as_with(sql, arguments).fetch_optional(connection).await?
        }))
    }

    /// The row; an internal error when there is none.
    pub async fn one<T: Record>(&mut self, statement: &Statement, values: Vec<Value>) -> Result<T> {
        self.optional(statement, values)
            .await?
            .ok_or_else(|| Error::internal(format!("{} gave no row", statement.name)))
    }

    /// Runs it; the number of rows touched.
    pub async fn execute(&mut self, statement: &Statement, values: Vec<Value>) -> Result<u64> {
        let (sql, values) = self.prepare(statement, values)?;
        Ok(on_driver!(self, sql, values, |sql, arguments, connection| {
            sqlx::query_with(sql, arguments).execute(connection).await?.rows_affected()
        }))
    }

    /// All rows of an assembled query.
    pub async fn all_of<T: Record>(&mut self, mut query: Assembled) -> Result<Vec<T>> {
        let is_postgres = matches!(self.driver, Driver::Postgres(_));
        let values = self.bound(query.name, query.reach, std::mem::take(&mut query.values))?;
        let sql = AssertSqlSafe(query.into_sql(is_postgres)).into_sql_str();
        Ok(on_driver!(self, sql, values, |sql, arguments, connection| {
            sqlx::query_as_with(sql, arguments).fetch_all(connection).await?
        }))
    }

    /// Runs an assembled statement; the number of rows touched.
    pub async fn execute_all(&mut self, mut query: Assembled) -> Result<u64> {
        let is_postgres = matches!(self.driver, Driver::Postgres(_));
        let values = self.bound(query.name, query.reach, std::mem::take(&mut query.values))?;
        let sql = AssertSqlSafe(query.into_sql(is_postgres)).into_sql_str();
        Ok(on_driver!(self, sql, values, |sql, arguments, connection| {
            sqlx::query_with(sql, arguments).execute(connection).await?.rows_affected()
        }))
    }

    pub(crate) async fn commit(self) -> Result<()> {
        match self.driver {
            Driver::Sqlite(transaction) => transaction.commit().await?,
            Driver::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    fn prepare(&self, statement: &Statement, values: Vec<Value>) -> Result<(SqlStr, Vec<Value>)> {
        let text = match self.driver {
            Driver::Sqlite(_) => statement.sqlite,
            Driver::Postgres(_) => statement.postgres,
        };
        Ok((text.into_sql_str(), self.bound(statement.name, statement.reach, values)?))
    }

    /// Puts the values that only the scope may give before the caller's. A statement that reaches further than
    /// the transaction is refused.
    fn bound(&self, name: &str, reach: Reach, values: Vec<Value>) -> Result<Vec<Value>> {
        let first: Vec<Value> = match (reach, self.scope) {
            (Reach::Kernel, _) | (Reach::System, Scope::System | Scope::Founding(_)) => return Ok(values),
            (Reach::Project, Scope::Founding(project) | Scope::Project(project)) => vec![project.into()],
            (Reach::Tenant, Scope::Project(project) | Scope::Tenant(project, _)) => {
                let tenant =
                    self.focus.ok_or_else(|| Error::internal(format!("{name} needs a tenant in focus")))?;
                vec![project.into(), tenant.into()]
            }
            _ => return Err(Error::internal(format!("{name} reaches beyond its transaction's scope"))),
        };
        Ok(first.into_iter().chain(values).collect())
    }
}
