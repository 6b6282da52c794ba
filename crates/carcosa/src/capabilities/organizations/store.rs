//! SQL of organizations.

use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::organization::Organization;
use carcosa_types::{OrganizationId, TenantId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::column::{read_json, write_json};
use crate::span::Span;

statements! {
    /// Nothing happens when the name is taken.
    tenant INSERT = "INSERT INTO organizations (project_id, tenant_id, id, name, description, settings, created_at,
            updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (project_id, tenant_id, name) DO NOTHING";
    tenant FIND = "SELECT tenant_id, id, name, description, settings, created_at, updated_at, version
        FROM organizations WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant LOCK locking = "SELECT tenant_id, id, name, description, settings, created_at, updated_at, version
        FROM organizations WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant NAME_ELSEWHERE = "SELECT count(*) AS count FROM organizations
        WHERE project_id = $1 AND tenant_id = $2 AND name = $4 AND id <> $3";
    tenant UPDATE = "UPDATE organizations SET name = $4, description = $5, settings = $6, updated_at = $7, version = $8
        WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant DELETE = "DELETE FROM organizations WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant COUNT = "SELECT count(*) AS count FROM organizations WHERE project_id = $1 AND tenant_id = $2";
    tenant COUNT_SOME = "SELECT count(*) AS count FROM (SELECT 1 FROM organizations WHERE project_id = $1 AND tenant_id = $2 LIMIT $3) few";
    tenant ERASE = "DELETE FROM organizations WHERE project_id = $1 AND tenant_id = $2";
}

const LIST: &str = "SELECT tenant_id, id, name, description, settings, created_at, updated_at, version
    FROM organizations WHERE project_id = $1 AND tenant_id = $2";

#[derive(FromRow)]
struct Row {
    tenant_id: TenantId,
    id: OrganizationId,
    name: String,
    description: Option<String>,
    settings: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

impl TryFrom<Row> for Organization {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            object: "organization".to_owned(),
            id: row.id,
            tenant_id: row.tenant_id,
            name: row.name,
            description: row.description,
            settings: read_json(&row.settings)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// Whether it was stored: not when the name is taken.
pub(super) async fn insert(tx: &mut Tx, organization: &Organization) -> Result<bool> {
    let values = args![
        organization.id,
        &organization.name,
        organization.description.clone(),
        write_json(&organization.settings)?,
        organization.created_at,
        organization.updated_at,
        organization.version
    ];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

pub(super) async fn find(tx: &mut Tx, id: OrganizationId) -> Result<Option<Organization>> {
    tx.optional::<Row>(&FIND, args![id]).await?.map(Organization::try_from).transpose()
}

pub(super) async fn lock(tx: &mut Tx, id: OrganizationId) -> Result<Option<Organization>> {
    tx.optional::<Row>(&LOCK, args![id]).await?.map(Organization::try_from).transpose()
}

/// Whether another organization of the tenant has the name.
pub(super) async fn name_elsewhere(tx: &mut Tx, id: OrganizationId, name: &str) -> Result<bool> {
    Ok(tx.one::<Count>(&NAME_ELSEWHERE, args![id, name]).await?.count > 0)
}

pub(super) async fn update(tx: &mut Tx, organization: &Organization) -> Result<()> {
    let values = args![
        organization.id,
        &organization.name,
        organization.description.clone(),
        write_json(&organization.settings)?,
        organization.updated_at,
        organization.version
    ];
    tx.execute(&UPDATE, values).await.map(drop)
}

pub(super) async fn delete(tx: &mut Tx, id: OrganizationId) -> Result<()> {
    tx.execute(&DELETE, args![id]).await.map(drop)
}

/// How many the tenant has.
pub(super) async fn count(tx: &mut Tx) -> Result<i64> {
    Ok(tx.one::<Count>(&COUNT, args![]).await?.count)
}

const SYNCED: &str = "SELECT tenant_id, id, name, description, settings, created_at, updated_at, version
    FROM organizations WHERE project_id = $1";

/// What tells whether a copy is of now: ends with a [`Span`].
pub(crate) const VERSIONS: &str = "SELECT id, version FROM organizations WHERE project_id = $1";

/// Organizations of a span of ids, of all tenants, as they are synced.
pub(crate) async fn synced(tx: &mut Tx, span: &Span) -> Result<Vec<Organization>> {
    let mut query = Assembled::new("organizations.synced", Reach::Project, SYNCED);
    span.confine(&mut query);
    tx.all_of::<Row>(query).await?.into_iter().map(Organization::try_from).collect()
}

/// By name.
pub(super) async fn list(tx: &mut Tx, window: &Window<(String, Uuid)>) -> Result<Vec<Organization>> {
    let mut query = Assembled::new("organizations.list", Reach::Tenant, LIST);
    let back = window.is_backward();
    if let Some((name, id)) = window.start() {
        query.push(
            if back { " AND (name, id) < (?, ?)" } else { " AND (name, id) > (?, ?)" },
            args![name, *id],
        );
    }
    let order = if back { " ORDER BY name DESC, id DESC" } else { " ORDER BY name, id" };
    query.push(order, args![]);
    query.push_limit(window.fetch());
    tx.all_of::<Row>(query).await?.into_iter().map(Organization::try_from).collect()
}

/// Erases the organizations of the tenant in focus.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE, args![]).await
}

/// How many the tenant in focus has, counted up to a limit.
pub(crate) async fn count_some(tx: &mut Tx, limit: i64) -> Result<i64> {
    Ok(tx.one::<Count>(&COUNT_SOME, args![limit]).await?.count)
}
