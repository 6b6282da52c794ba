//! SQL of roles. Those of the project have no tenant; a tenant sees both, and changes its own.

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::role::Role;
use carcosa_types::{RoleId, TenantId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::column::{read_json, write_json};
use crate::span::Span;

statements! {
    project INSERT = "INSERT INTO roles (project_id, id, tenant_id, owner_id, key, name, description, permissions, conditions,
            created_at, updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    project FIND = "SELECT id, tenant_id, key, name, description, permissions, conditions, created_at, updated_at, version
        FROM roles WHERE project_id = $1 AND id = $2 AND tenant_id IS NULL";
    project LOCK locking = "SELECT id, tenant_id, key, name, description, permissions, conditions, created_at, updated_at, version
        FROM roles WHERE project_id = $1 AND id = $2 AND tenant_id IS NULL";
    tenant FIND_OF_TENANT = "SELECT id, tenant_id, key, name, description, permissions, conditions, created_at, updated_at, version
        FROM roles WHERE project_id = $1 AND id = $3 AND (tenant_id = $2 OR tenant_id IS NULL)";
    tenant LOCK_OF_TENANT locking = "SELECT id, tenant_id, key, name, description, permissions, conditions, created_at, updated_at, version
        FROM roles WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    project UPDATE = "UPDATE roles SET name = $3, description = $4, permissions = $5, conditions = $6, updated_at = $7, version = $8
        WHERE project_id = $1 AND id = $2 AND tenant_id IS NULL";
    tenant UPDATE_OF_TENANT = "UPDATE roles SET name = $4, description = $5, permissions = $6, conditions = $7, updated_at = $8, version = $9
        WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    project DELETE = "DELETE FROM roles WHERE project_id = $1 AND id = $2";
    /// Of the project and of all its tenants: a key that any of them has is taken for the project.
    project ANYWHERE = "SELECT count(*) AS count FROM roles WHERE project_id = $1 AND key = $2";
    /// Of the project and of this tenant.
    project IN_TENANT = "SELECT count(*) AS count FROM roles
        WHERE project_id = $1 AND key = $2 AND (tenant_id IS NULL OR tenant_id = $3)";
    project COUNT = "SELECT count(*) AS count FROM roles WHERE project_id = $1 AND owner_id = $2";
    project OF_PROJECT = "SELECT id, tenant_id, key, name, description, permissions, conditions, created_at, updated_at, version
        FROM roles WHERE project_id = $1 AND tenant_id IS NULL";
    tenant OF_TENANT = "SELECT id, tenant_id, key, name, description, permissions, conditions, created_at, updated_at, version
        FROM roles WHERE project_id = $1 AND tenant_id = $2";
    /// Held until commit: roles of a project and of its tenants change, and are given, one at a time.
    project LOCK_BOOK = "INSERT INTO role_books (project_id, changes) VALUES ($1, 1)
        ON CONFLICT (project_id) DO UPDATE SET changes = role_books.changes + 1";
    tenant ERASE = "DELETE FROM roles WHERE project_id = $1 AND tenant_id = $2";
}

const LIST: &str =
    "SELECT id, tenant_id, key, name, description, permissions, conditions, created_at, updated_at, version
    FROM roles WHERE project_id = $1 AND tenant_id IS NULL";
const LIST_OF_TENANT: &str =
    "SELECT id, tenant_id, key, name, description, permissions, conditions, created_at, updated_at, version
    FROM roles WHERE project_id = $1 AND (tenant_id = $2 OR tenant_id IS NULL)";

const SYNCED: &str =
    "SELECT id, tenant_id, key, name, description, permissions, conditions, created_at, updated_at, version
    FROM roles WHERE project_id = $1";

/// What tells whether a copy is of now: ends with a [`Span`].
pub(crate) const VERSIONS: &str = "SELECT id, version FROM roles WHERE project_id = $1";

/// Roles of a span of ids, of the project and of all tenants, as they are synced.
pub(crate) async fn synced(tx: &mut Tx, span: &Span) -> Result<Vec<Role>> {
    let mut query = Assembled::new("roles.synced", Reach::Project, SYNCED);
    span.confine(&mut query);
    tx.all_of::<Row>(query).await?.into_iter().map(Role::try_from).collect()
}

#[derive(FromRow)]
struct Row {
    id: RoleId,
    tenant_id: Option<TenantId>,
    key: String,
    name: String,
    description: Option<String>,
    permissions: String,
    conditions: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl TryFrom<Row> for Role {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            object: "role".to_owned(),
            id: row.id,
            tenant_id: row.tenant_id,
            key: row.key,
            name: row.name,
            description: row.description,
            permissions: read_json(&row.permissions)?,
            conditions: row.conditions.as_deref().map(read_json).transpose()?,
            built_in: false,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

fn mutable(role: &Role) -> Result<Vec<Value>> {
    Ok(args![
        &role.name,
        role.description.clone(),
        write_json(&role.permissions)?,
        role.conditions.as_ref().map(write_json).transpose()?
    ])
}

/// Whose roles they are: the tenant's, or the project's.
fn owner(tx: &Tx, tenant: Option<TenantId>) -> Result<Uuid> {
    Ok(tenant.map_or(tx.project()?.uuid(), carcosa_types::Id::uuid))
}

/// In a transaction of the project.
pub(super) async fn insert(tx: &mut Tx, role: &Role) -> Result<()> {
    let mut values = args![role.id, role.tenant_id, owner(tx, role.tenant_id)?, &role.key];
    values.extend(mutable(role)?);
    values.extend(args![role.created_at, role.updated_at, role.version]);
    tx.execute(&INSERT, values).await.map(drop)
}

/// One that the tenant in focus sees, or one of the project when there is none.
pub(super) async fn find(tx: &mut Tx, id: RoleId) -> Result<Option<Role>> {
    let statement = if tx.tenant().is_some() { &FIND_OF_TENANT } else { &FIND };
    tx.optional::<Row>(statement, args![id]).await?.map(Role::try_from).transpose()
}

/// One that the tenant in focus made, or one of the project when there is none.
pub(super) async fn lock(tx: &mut Tx, id: RoleId) -> Result<Option<Role>> {
    let statement = if tx.tenant().is_some() { &LOCK_OF_TENANT } else { &LOCK };
    tx.optional::<Row>(statement, args![id]).await?.map(Role::try_from).transpose()
}

pub(super) async fn update(tx: &mut Tx, role: &Role) -> Result<()> {
    let statement = if role.tenant_id.is_some() { &UPDATE_OF_TENANT } else { &UPDATE };
    let mut values = args![role.id];
    values.extend(mutable(role)?);
    values.extend(args![role.updated_at, role.version]);
    tx.execute(statement, values).await.map(drop)
}

/// In a transaction of the project.
pub(super) async fn delete(tx: &mut Tx, id: RoleId) -> Result<()> {
    tx.execute(&DELETE, args![id]).await.map(drop)
}

/// Whether a new role of this owner may not have the key.
pub(super) async fn is_key_taken(tx: &mut Tx, key: &str, tenant: Option<TenantId>) -> Result<bool> {
    match tenant {
        None => Ok(tx.one::<Count>(&ANYWHERE, args![key]).await?.count > 0),
        Some(tenant) => exists_in(tx, key, tenant).await,
    }
}

pub(super) async fn count(tx: &mut Tx, tenant: Option<TenantId>) -> Result<i64> {
    let owner = owner(tx, tenant)?;
    Ok(tx.one::<Count>(&COUNT, args![owner]).await?.count)
}

pub(super) async fn lock_book(tx: &mut Tx) -> Result<()> {
    tx.execute(&LOCK_BOOK, args![]).await.map(drop)
}

pub(super) async fn exists_in(tx: &mut Tx, key: &str, tenant: TenantId) -> Result<bool> {
    Ok(tx.one::<Count>(&IN_TENANT, args![key, tenant]).await?.count > 0)
}

/// By key: what the tenant in focus sees, or the project's when there is none.
pub(super) async fn list(tx: &mut Tx, window: &Window<(String, Uuid)>) -> Result<Vec<Role>> {
    let mut query = match tx.tenant() {
        Some(_) => Assembled::new("roles.list_of_tenant", Reach::Tenant, LIST_OF_TENANT),
        None => Assembled::new("roles.list", Reach::Project, LIST),
    };
    let back = window.is_backward();
    if let Some((key, id)) = window.start() {
        query.push(if back { " AND (key, id) < (?, ?)" } else { " AND (key, id) > (?, ?)" }, args![key, *id]);
    }
    query.push(if back { " ORDER BY key DESC, id DESC" } else { " ORDER BY key, id" }, args![]);
    query.push_limit(window.fetch());
    tx.all_of::<Row>(query).await?.into_iter().map(Role::try_from).collect()
}

/// All that the owner made, for the directory.
pub(super) async fn of_owner(tx: &mut Tx, tenant: Option<TenantId>) -> Result<Vec<Role>> {
    let rows = match tenant {
        None => tx.all::<Row>(&OF_PROJECT, args![]).await?,
        Some(tenant) => {
            tx.focus(tenant)?;
            tx.all::<Row>(&OF_TENANT, args![]).await?
        }
    };
    rows.into_iter().map(Role::try_from).collect()
}

/// Erases the roles that the tenant in focus made.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE, args![]).await
}
