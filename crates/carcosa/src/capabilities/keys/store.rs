//! SQL of API keys. Those of the project have no tenant; the statements of a tenant reach only its own.

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Error, Result, Tx, args, statements};
use carcosa_types::key::{ApiKey, Credits};
use carcosa_types::{KeyId, ProjectId, TenantId, Timestamp};
use sqlx::FromRow;

use super::budget::Budget;
use super::model::StoredKey;
use crate::column::{read_json, write_json};

statements! {
    project INSERT = "INSERT INTO api_keys (project_id, tenant_id, id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, hash, previous_hash, previous_expires_at,
        enabled, expires_at, revoked_at, updated_at, version, created_at, credits_remaining, credits_refill, credits_refilled_at, credits_epoch)
        VALUES ($1, NULL, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)";
    tenant INSERT_OF_TENANT = "INSERT INTO api_keys (project_id, tenant_id, id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, hash, previous_hash, previous_expires_at,
        enabled, expires_at, revoked_at, updated_at, version, created_at, credits_remaining, credits_refill, credits_refilled_at, credits_epoch)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";
    /// Nothing happens when a key has the hash.
    tenant IMPORT = "INSERT INTO api_keys (project_id, tenant_id, id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, hash, previous_hash, previous_expires_at,
        enabled, expires_at, revoked_at, updated_at, version, created_at, credits_remaining, credits_refill, credits_refilled_at, credits_epoch)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
        ON CONFLICT (hash) DO NOTHING";
    /// Of the project or of any of its tenants.
    project FIND = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, credits_remaining, credits_refill, credits_epoch, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, last_used_at, created_at, updated_at, version
        FROM api_keys WHERE project_id = $1 AND id = $2";
    project LOCK locking = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, credits_remaining, credits_refill, credits_epoch, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, last_used_at, created_at, updated_at, version
        FROM api_keys WHERE project_id = $1 AND id = $2";
    tenant FIND_OF_TENANT = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, credits_remaining, credits_refill, credits_epoch, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, last_used_at, created_at, updated_at, version
        FROM api_keys WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant LOCK_OF_TENANT locking = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, credits_remaining, credits_refill, credits_epoch, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, last_used_at, created_at, updated_at, version
        FROM api_keys WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    project OWN_BY_HASH = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, credits_remaining, credits_refill, credits_epoch, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, last_used_at, created_at, updated_at, version
        FROM api_keys WHERE project_id = $1 AND (hash = $2 OR previous_hash = $2)";
    project UPDATE = "UPDATE api_keys SET name = $3, prefix = $4, last4 = $5, scopes = $6, metadata = $7, allowed_ips = $8, rate_limit = $9,
        hash = $10, previous_hash = $11, previous_expires_at = $12, enabled = $13, expires_at = $14, revoked_at = $15, updated_at = $16, version = $17
        WHERE project_id = $1 AND id = $2 AND tenant_id IS NULL";
    tenant UPDATE_OF_TENANT = "UPDATE api_keys SET name = $4, prefix = $5, last4 = $6, scopes = $7, metadata = $8, allowed_ips = $9, rate_limit = $10,
        hash = $11, previous_hash = $12, previous_expires_at = $13, enabled = $14, expires_at = $15, revoked_at = $16, updated_at = $17, version = $18
        WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    project SET_CREDITS = "UPDATE api_keys SET credits_remaining = $3, credits_refill = $4, credits_refilled_at = $5, credits_epoch = $6
        WHERE project_id = $1 AND id = $2 AND tenant_id IS NULL";
    tenant SET_CREDITS_OF_TENANT = "UPDATE api_keys SET credits_remaining = $4, credits_refill = $5, credits_refilled_at = $6, credits_epoch = $7
        WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant COUNT_ACTIVE = "SELECT count(*) AS count FROM (SELECT 1 FROM api_keys WHERE project_id = $1 AND tenant_id = $2
        AND revoked_at IS NULL AND enabled AND (expires_at IS NULL OR expires_at > $3) LIMIT $4) few";
    tenant ERASE_OF_TENANT = "DELETE FROM api_keys WHERE project_id = $1 AND tenant_id = $2";
    tenant HASHES_OF_TENANT = "SELECT hash, previous_hash FROM api_keys WHERE project_id = $1 AND tenant_id = $2";
    /// Before any access is decided: whose key is this?
    system BY_HASH = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, credits_remaining, credits_refill, credits_epoch, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, last_used_at, created_at, updated_at, version
        FROM api_keys WHERE hash = $1 OR previous_hash = $1";
    /// A node leases credits of a key whose use was decided: no caller is at work.
    system LOCK_BUDGET locking = "SELECT credits_remaining, credits_refill, credits_refilled_at, credits_epoch
        FROM api_keys WHERE project_id = $1 AND id = $2";
    system WRITE_BUDGET = "UPDATE api_keys SET credits_remaining = $3, credits_refilled_at = $4, credits_epoch = $5
        WHERE project_id = $1 AND id = $2";
    /// Only into the budget that it was leased from.
    system GIVE_BACK = "UPDATE api_keys SET credits_remaining = credits_remaining + $4
        WHERE project_id = $1 AND id = $2 AND credits_epoch = $3 AND credits_remaining IS NOT NULL";
}

#[derive(FromRow)]
pub(super) struct Row {
    project_id: ProjectId,
    id: KeyId,
    tenant_id: Option<TenantId>,
    name: String,
    prefix: String,
    last4: String,
    scopes: String,
    metadata: String,
    allowed_ips: String,
    rate_limit: Option<String>,
    credits_remaining: Option<i64>,
    credits_refill: Option<String>,
    credits_epoch: i64,
    hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    previous_expires_at: Option<Timestamp>,
    enabled: bool,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl TryFrom<Row> for StoredKey {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let hash = |bytes: &[u8]| {
            KeyHash::from_bytes(bytes).ok_or_else(|| Error::internal("a stored key hash has 32 bytes"))
        };
        let refill = row.credits_refill.as_deref().map(read_json).transpose()?;
        Ok(Self {
            hash: hash(&row.hash)?,
            previous_hash: row.previous_hash.as_deref().map(hash).transpose()?,
            epoch: row.credits_epoch,
            key: ApiKey {
                object: "api_key".to_owned(),
                id: row.id,
                tenant_id: row.tenant_id,
                name: row.name,
                prefix: row.prefix,
                last4: row.last4,
                scopes: read_json(&row.scopes)?,
                metadata: read_json(&row.metadata)?,
                allowed_ips: read_json(&row.allowed_ips)?,
                rate_limit: row.rate_limit.as_deref().map(read_json).transpose()?,
                credits: row.credits_remaining.map(|remaining| Credits { remaining, refill }),
                enabled: row.enabled,
                expires_at: row.expires_at,
                previous_secret_expires_at: row.previous_expires_at,
                revoked_at: row.revoked_at,
                last_used_at: row.last_used_at,
                created_at: row.created_at,
                updated_at: row.updated_at,
                version: row.version,
            },
        })
    }
}

/// The columns that a change writes, in the order of the statements.
fn mutable(stored: &StoredKey) -> Result<Vec<Value>> {
    let key = &stored.key;
    Ok(args![
        &key.name,
        &key.prefix,
        &key.last4,
        write_json(&key.scopes)?,
        write_json(&key.metadata)?,
        write_json(&key.allowed_ips)?,
        key.rate_limit.as_ref().map(write_json).transpose()?,
        *stored.hash.as_bytes(),
        stored.previous_hash.as_ref().map(|hash| hash.as_bytes().as_slice()),
        key.previous_secret_expires_at,
        key.enabled,
        key.expires_at,
        key.revoked_at,
        key.updated_at,
        key.version
    ])
}

/// The columns of the budget, in the order of the statements. It was set when the key last changed.
fn budget(stored: &StoredKey) -> Result<Vec<Value>> {
    let credits = stored.key.credits.as_ref();
    let refill = credits.and_then(|credits| credits.refill.as_ref()).map(write_json).transpose()?;
    let set_at = credits.map(|_| stored.key.updated_at);
    Ok(args![credits.map(|credits| credits.remaining), refill, set_at, stored.epoch])
}

/// Every column of a new key but its owner.
fn columns(stored: &StoredKey) -> Result<Vec<Value>> {
    let mut values = args![stored.key.id];
    values.extend(mutable(stored)?);
    values.extend(args![stored.key.created_at]);
    values.extend(budget(stored)?);
    Ok(values)
}

/// Stores a new key under its owner: the tenant in focus when the key has one, else the project.
pub(super) async fn insert(tx: &mut Tx, stored: &StoredKey) -> Result<()> {
    let statement = if stored.key.tenant_id.is_some() { &INSERT_OF_TENANT } else { &INSERT };
    tx.execute(statement, columns(stored)?).await.map(drop)
}

/// Stores a key of the tenant in focus that was made elsewhere. Whether it was stored: not when there is one with its hash.
pub(super) async fn import(tx: &mut Tx, stored: &StoredKey) -> Result<bool> {
    Ok(tx.execute(&IMPORT, columns(stored)?).await? == 1)
}

/// The key of the tenant in focus; of the project or any of its tenants when none is in focus.
pub(super) async fn find(tx: &mut Tx, id: KeyId) -> Result<Option<StoredKey>> {
    let statement = if tx.tenant().is_some() { &FIND_OF_TENANT } else { &FIND };
    tx.optional::<Row>(statement, args![id]).await?.map(StoredKey::try_from).transpose()
}

/// [`find`], to change it.
pub(super) async fn lock(tx: &mut Tx, id: KeyId) -> Result<Option<StoredKey>> {
    let statement = if tx.tenant().is_some() { &LOCK_OF_TENANT } else { &LOCK };
    tx.optional::<Row>(statement, args![id]).await?.map(StoredKey::try_from).transpose()
}

/// The key of the project or any of its tenants that has, or had before its last rotation, this secret.
pub(super) async fn own_by_hash(tx: &mut Tx, hash: &KeyHash) -> Result<Option<StoredKey>> {
    let row = tx.optional::<Row>(&OWN_BY_HASH, args![*hash.as_bytes()]).await?;
    row.map(StoredKey::try_from).transpose()
}

/// Stores all but the budget. A tenant's key needs its tenant in focus.
pub(super) async fn update(tx: &mut Tx, stored: &StoredKey) -> Result<()> {
    let statement = if tx.tenant().is_some() { &UPDATE_OF_TENANT } else { &UPDATE };
    let mut values = args![stored.key.id];
    values.extend(mutable(stored)?);
    tx.execute(statement, values).await.map(drop)
}

/// Stores the budget, which begins with this. A tenant's key needs its tenant in focus.
pub(super) async fn set_credits(tx: &mut Tx, stored: &StoredKey) -> Result<()> {
    let statement = if tx.tenant().is_some() { &SET_CREDITS_OF_TENANT } else { &SET_CREDITS };
    let mut values = args![stored.key.id];
    values.extend(budget(stored)?);
    tx.execute(statement, values).await.map(drop)
}

pub(super) async fn by_hash(tx: &mut Tx, hash: &KeyHash) -> Result<Option<(ProjectId, StoredKey)>> {
    let row = tx.optional::<Row>(&BY_HASH, args![*hash.as_bytes()]).await?;
    row.map(|row| Ok((row.project_id, StoredKey::try_from(row)?))).transpose()
}

#[derive(FromRow)]
struct BudgetRow {
    credits_remaining: Option<i64>,
    credits_refill: Option<String>,
    credits_refilled_at: Option<Timestamp>,
    credits_epoch: i64,
}

/// The budget of a key, to lease of it; `None` when it has none.
pub(super) async fn lock_budget(tx: &mut Tx, project: ProjectId, id: KeyId) -> Result<Option<Budget>> {
    let Some(row) = tx.optional::<BudgetRow>(&LOCK_BUDGET, args![project, id]).await? else {
        return Ok(None);
    };
    let Some(remaining) = row.credits_remaining else { return Ok(None) };
    Ok(Some(Budget {
        remaining,
        refill: row.credits_refill.as_deref().map(read_json).transpose()?,
        refilled_at: row.credits_refilled_at.unwrap_or_default(),
        epoch: row.credits_epoch,
    }))
}

/// Stores what is left of a budget that [`lock_budget`] locked.
pub(super) async fn write_budget(tx: &mut Tx, project: ProjectId, id: KeyId, budget: &Budget) -> Result<()> {
    let values = args![project, id, budget.remaining, budget.refilled_at, budget.epoch];
    tx.execute(&WRITE_BUDGET, values).await.map(drop)
}

/// Adds to a budget, unless it was set or filled up since.
pub(super) async fn give_back(
    tx: &mut Tx,
    project: ProjectId,
    id: KeyId,
    epoch: i64,
    amount: i64,
) -> Result<()> {
    tx.execute(&GIVE_BACK, args![project, id, epoch, amount]).await.map(drop)
}

/// Stores when keys were last used, of whatever project, in one statement.
pub(super) async fn note_uses(
    tx: &mut Tx,
    uses: impl Iterator<Item = (ProjectId, KeyId, Timestamp)>,
) -> Result<()> {
    let rows: Vec<_> = uses.map(|(project, key, at)| args![project, key, at]).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let start = "UPDATE api_keys SET last_used_at = used.column3 FROM (VALUES ";
    let mut query = Assembled::new("keys.note_uses", Reach::System, start);
    query.push_rows(rows);
    let end = ") AS used WHERE api_keys.project_id = used.column1 AND api_keys.id = used.column2
        AND (api_keys.last_used_at IS NULL OR api_keys.last_used_at < used.column3)";
    query.push(end, args![]);
    tx.execute_all(query).await.map(drop)
}

#[derive(FromRow)]
struct HashRow {
    hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
}

/// The hashes of the keys of the tenant in focus.
pub(crate) async fn hashes_of_tenant(tx: &mut Tx) -> Result<Vec<KeyHash>> {
    let rows = tx.all::<HashRow>(&HASHES_OF_TENANT, args![]).await?;
    let hashes = rows.iter().flat_map(|row| [Some(&row.hash), row.previous_hash.as_ref()]).flatten();
    Ok(hashes.filter_map(|hash| KeyHash::from_bytes(hash)).collect())
}

/// Erases the keys of the tenant in focus.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE_OF_TENANT, args![]).await
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

/// How many keys of the tenant in focus work, counted up to a limit.
pub(crate) async fn count_active(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<i64> {
    Ok(tx.one::<Count>(&COUNT_ACTIVE, args![now, limit]).await?.count)
}
