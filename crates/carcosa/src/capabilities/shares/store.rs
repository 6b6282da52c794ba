//! SQL of shares.

use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::{Result, Tx, Window, args, statements};
use carcosa_types::tenant::{Share, ShareDirection};
use carcosa_types::{ShareId, TenantId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

statements! {
    /// Nothing happens when the resource is shared with the tenant already.
    tenant INSERT = "INSERT INTO shares (project_id, tenant_id, grantee_id, id, resource, role, expires_at, created_at,
            updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (project_id, tenant_id, grantee_id, resource) DO NOTHING";
    /// An expired share makes room for a new one.
    tenant DELETE_EXPIRED = "DELETE FROM shares
        WHERE project_id = $1 AND tenant_id = $2 AND grantee_id = $3 AND resource = $4 AND expires_at <= $5";
    tenant FIND = "SELECT id, tenant_id, grantee_id, resource, role, expires_at, created_at, updated_at, version
        FROM shares WHERE project_id = $1 AND (tenant_id = $2 OR grantee_id = $2) AND id = $3";
    tenant LOCK locking = "SELECT id, tenant_id, grantee_id, resource, role, expires_at, created_at, updated_at, version
        FROM shares WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant COUNT = "SELECT count(*) AS count FROM shares WHERE project_id = $1 AND tenant_id = $2";
    tenant COUNT_GIVEN = "SELECT count(*) AS count FROM (SELECT 1 FROM shares
        WHERE project_id = $1 AND tenant_id = $2 AND (expires_at IS NULL OR expires_at > $3) LIMIT $4) few";
    tenant COUNT_RECEIVED = "SELECT count(*) AS count FROM (SELECT 1 FROM shares
        WHERE project_id = $1 AND grantee_id = $2 AND (expires_at IS NULL OR expires_at > $3) LIMIT $4) few";
    tenant DELETE = "DELETE FROM shares WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant ERASE = "DELETE FROM shares WHERE project_id = $1 AND (tenant_id = $2 OR grantee_id = $2)";
}

const GRANTED: &str =
    "SELECT id, tenant_id, grantee_id, resource, role, expires_at, created_at, updated_at, version
    FROM shares WHERE project_id = $1 AND tenant_id = $2";
const RECEIVED: &str =
    "SELECT id, tenant_id, grantee_id, resource, role, expires_at, created_at, updated_at, version
    FROM shares WHERE project_id = $1 AND grantee_id = $2";

#[derive(FromRow)]
struct Count {
    count: i64,
}

/// How many the tenant in focus has granted.
pub(super) async fn count(tx: &mut Tx) -> Result<i64> {
    Ok(tx.one::<Count>(&COUNT, args![]).await?.count)
}

#[derive(FromRow)]
struct Row {
    id: ShareId,
    tenant_id: TenantId,
    grantee_id: TenantId,
    resource: String,
    role: String,
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl From<Row> for Share {
    fn from(row: Row) -> Self {
        Self {
            object: "share".to_owned(),
            id: row.id,
            tenant_id: row.tenant_id,
            grantee_id: row.grantee_id,
            resource: row.resource,
            role: row.role,
            expires_at: row.expires_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }
}

/// Whether it was stored: not when the resource is shared with that tenant already.
pub(super) async fn insert(tx: &mut Tx, share: &Share) -> Result<bool> {
    let expired = args![share.grantee_id, &share.resource, share.created_at];
    tx.execute(&DELETE_EXPIRED, expired).await?;
    let values = args![
        share.grantee_id,
        share.id,
        &share.resource,
        &share.role,
        share.expires_at,
        share.created_at,
        share.updated_at,
        share.version
    ];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

/// The share, seen from either side.
pub(super) async fn find(tx: &mut Tx, id: ShareId) -> Result<Option<Share>> {
    Ok(tx.optional::<Row>(&FIND, args![id]).await?.map(Share::from))
}

/// The share, held by the tenant that granted it.
pub(super) async fn lock(tx: &mut Tx, id: ShareId) -> Result<Option<Share>> {
    Ok(tx.optional::<Row>(&LOCK, args![id]).await?.map(Share::from))
}

pub(super) async fn delete(tx: &mut Tx, id: ShareId) -> Result<()> {
    tx.execute(&DELETE, args![id]).await.map(drop)
}

/// Those that have not expired, oldest first.
pub(super) async fn list(
    tx: &mut Tx,
    direction: ShareDirection,
    now: Timestamp,
    window: &Window<(Uuid,)>,
) -> Result<Vec<Share>> {
    let start = match direction {
        ShareDirection::Granted => GRANTED,
        ShareDirection::Received => RECEIVED,
    };
    let mut query = Assembled::new("shares.list", Reach::Tenant, start);
    query.push(" AND (expires_at IS NULL OR expires_at > ?)", args![now]);
    let back = window.is_backward();
    if let Some((id,)) = window.start() {
        query.push(if back { " AND id < ?" } else { " AND id > ?" }, args![*id]);
    }
    query.push(if back { " ORDER BY id DESC" } else { " ORDER BY id" }, args![]);
    query.push_limit(window.fetch());
    Ok(tx.all_of::<Row>(query).await?.into_iter().map(Share::from).collect())
}

/// Erases what the tenant in focus shares, and what is shared with it.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE, args![]).await
}

/// How many the tenant in focus has granted that have not ended, counted up to a limit.
pub(crate) async fn count_given(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<i64> {
    Ok(tx.one::<Count>(&COUNT_GIVEN, args![now, limit]).await?.count)
}

/// The same of those that were granted to it.
pub(crate) async fn count_received(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<i64> {
    Ok(tx.one::<Count>(&COUNT_RECEIVED, args![now, limit]).await?.count)
}
