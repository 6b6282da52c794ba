//! SQL of lists of API keys.

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Result, Tx, Window, args};
use carcosa_types::key::{ApiKey, KeyStatus, ListKeys};
use carcosa_types::{KeyId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use super::model::{self, StoredKey};
use super::store::Row;
use crate::words;

const LIST: &str = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, credits_remaining, credits_refill, credits_epoch, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, last_used_at, created_at, updated_at, version
    FROM api_keys WHERE project_id = $1";
const LIST_OF_TENANT: &str = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, credits_remaining, credits_refill, credits_epoch, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, last_used_at, created_at, updated_at, version
    FROM api_keys WHERE project_id = $1 AND tenant_id = $2";

const NAMES: &str = "SELECT id, name, last4 FROM api_keys WHERE project_id = $1";
const NAMES_OF_TENANT: &str = "SELECT id, name, last4 FROM api_keys WHERE project_id = $1 AND tenant_id = $2";

/// Keys looked through at a time when words are searched for.
const LOOKED_THROUGH: i64 = 2_000;

/// A query of the keys of the tenant in focus; else of those of the project, or of the one tenant asked for; with the filters.
fn filtered(
    tx: &Tx,
    list: &ListKeys,
    now: Timestamp,
    name: &'static str,
    (of_project, of_tenant): (&'static str, &'static str),
) -> Assembled {
    let mut query = if tx.tenant().is_some() {
        Assembled::new(name, Reach::Tenant, of_tenant)
    } else {
        let mut query = Assembled::new(name, Reach::Project, of_project);
        match list.tenant_id {
            Some(tenant) => query.push(" AND tenant_id = ?", args![tenant]),
            None => query.push(" AND tenant_id IS NULL", args![]),
        }
        query
    };
    match list.status {
        Some(KeyStatus::Revoked) => query.push(" AND revoked_at IS NOT NULL", args![]),
        Some(KeyStatus::Disabled) => query.push(" AND revoked_at IS NULL AND NOT enabled", args![]),
        Some(KeyStatus::Expired) => {
            query.push(" AND revoked_at IS NULL AND enabled AND expires_at <= ?", args![now]);
        }
        Some(KeyStatus::Active) => query.push(
            " AND revoked_at IS NULL AND enabled AND (expires_at IS NULL OR expires_at > ?)",
            args![now],
        ),
        None => {}
    }
    if let Some(before) = list.expires_before {
        query.push(" AND expires_at < ?", args![before]);
    }
    query
}

/// Ends a query with the part of the list after (or before) a key.
fn travel(query: &mut Assembled, back: bool, start: Option<Uuid>, limit: i64) {
    if let Some(id) = start {
        query.push(if back { " AND id > ?" } else { " AND id < ?" }, args![id]);
    }
    query.push(if back { " ORDER BY id" } else { " ORDER BY id DESC" }, args![]);
    query.push_limit(limit);
}

/// Newest first: the keys of the tenant in focus; else those of the project, or of the one tenant asked for.
pub(super) async fn list(
    tx: &mut Tx,
    list: &ListKeys,
    now: Timestamp,
    window: &Window<(Uuid,)>,
) -> Result<Vec<ApiKey>> {
    let mut query = filtered(tx, list, now, "keys.list", (LIST, LIST_OF_TENANT));
    let (back, start) = (window.is_backward(), window.start().map(|(id,)| *id));
    match &list.q {
        None => travel(&mut query, back, start, window.fetch()),
        Some(text) => {
            let found = named(tx, list, now, text, window).await?;
            if found.is_empty() {
                return Ok(Vec::new());
            }
            query.push(" AND id IN ", args![]);
            query.push_list(found.into_iter().map(Value::from));
            travel(&mut query, back, None, window.fetch());
        }
    }
    let rows = tx.all_of::<Row>(query).await?;
    rows.into_iter().map(|row| StoredKey::try_from(row).map(|stored| stored.key)).collect()
}

#[derive(FromRow)]
struct NameRow {
    id: KeyId,
    name: String,
    last4: String,
}

/// The keys of one page that are called like this. They are looked through one by one: an owner has few, and nobody else's are touched.
async fn named(
    tx: &mut Tx,
    list: &ListKeys,
    now: Timestamp,
    text: &str,
    window: &Window<(Uuid,)>,
) -> Result<Vec<KeyId>> {
    let words = words::of_query(text);
    let (mut found, mut start) = (Vec::new(), window.start().map(|(id,)| *id));
    let wanted = usize::try_from(window.fetch()).unwrap_or_default();
    loop {
        let mut query = filtered(tx, list, now, "keys.names", (NAMES, NAMES_OF_TENANT));
        travel(&mut query, window.is_backward(), start, LOOKED_THROUGH);
        let rows = tx.all_of::<NameRow>(query).await?;
        let is_last = i64::try_from(rows.len()).unwrap_or(LOOKED_THROUGH) < LOOKED_THROUGH;
        start = rows.last().map(|row| row.id.uuid());
        let fits = |row: &NameRow| model::is_called(&row.name, &row.last4, text, &words);
        found.extend(rows.into_iter().filter(fits).map(|row| row.id));
        if is_last || found.len() >= wanted {
            found.truncate(wanted);
            return Ok(found);
        }
    }
}
