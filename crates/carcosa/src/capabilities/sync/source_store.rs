//! SQL of ids and versions, of whatever is synced.

use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::{Result, Tx, args};
use carcosa_types::sync::SyncType;
use sqlx::FromRow;
use uuid::Uuid;

/// An object's id and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub(super) struct Versioned {
    pub(super) id: Uuid,
    pub(super) version: i64,
}

/// Up to `limit` objects of a range of ids, `after` exclusive and `until` inclusive, in their order.
pub(super) async fn versions(
    tx: &mut Tx,
    kind: SyncType,
    (after, until): (Option<Uuid>, Option<Uuid>),
    limit: i64,
) -> Result<Vec<Versioned>> {
    let start = match kind {
        SyncType::Tenant => "SELECT id, version FROM tenants WHERE project_id = $1",
        SyncType::User => "SELECT id, version FROM users WHERE project_id = $1",
        SyncType::Role => "SELECT id, version FROM roles WHERE project_id = $1",
        SyncType::Organization => "SELECT id, version FROM organizations WHERE project_id = $1",
        SyncType::Membership => "SELECT id, version FROM memberships WHERE project_id = $1",
    };
    let mut query = Assembled::new("sync.versions", Reach::Project, start);
    if let Some(after) = after {
        query.push(" AND id > ?", args![after]);
    }
    if let Some(until) = until {
        query.push(" AND id <= ?", args![until]);
    }
    query.push(" ORDER BY id", args![]);
    query.push_limit(limit);
    tx.all_of(query).await
}
