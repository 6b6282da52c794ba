//! SQL of API keys. Those of the project have no tenant; the statements of a tenant reach only its own.

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::key::ApiKey;
use carcosa_types::{KeyId, ProjectId, TenantId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use super::model::StoredKey;
use crate::column::{read_json, write_json};

statements! {
    project INSERT = "INSERT INTO api_keys (project_id, id, tenant_id, name, prefix, last4, scopes, hash, previous_hash,
        previous_expires_at, enabled, expires_at, revoked_at, created_at, updated_at, version)
        VALUES ($1, $2, NULL, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    tenant INSERT_OF_TENANT = "INSERT INTO api_keys (project_id, tenant_id, id, name, prefix, last4, scopes, hash, previous_hash,
        previous_expires_at, enabled, expires_at, revoked_at, created_at, updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    project FIND = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, created_at, updated_at, version
        FROM api_keys WHERE project_id = $1 AND id = $2 AND tenant_id IS NULL";
    project LOCK locking = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, created_at, updated_at, version
        FROM api_keys WHERE project_id = $1 AND id = $2 AND tenant_id IS NULL";
    tenant FIND_OF_TENANT = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, created_at, updated_at, version
        FROM api_keys WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant LOCK_OF_TENANT locking = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, created_at, updated_at, version
        FROM api_keys WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    project UPDATE = "UPDATE api_keys SET name = $3, prefix = $4, last4 = $5, scopes = $6, hash = $7, previous_hash = $8, previous_expires_at = $9,
        enabled = $10, expires_at = $11, revoked_at = $12, updated_at = $13, version = $14
        WHERE project_id = $1 AND id = $2 AND tenant_id IS NULL";
    tenant UPDATE_OF_TENANT = "UPDATE api_keys SET name = $4, prefix = $5, last4 = $6, scopes = $7, hash = $8, previous_hash = $9, previous_expires_at = $10,
        enabled = $11, expires_at = $12, revoked_at = $13, updated_at = $14, version = $15
        WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant ERASE_OF_TENANT = "DELETE FROM api_keys WHERE project_id = $1 AND tenant_id = $2";
    tenant HASHES_OF_TENANT = "SELECT hash, previous_hash FROM api_keys WHERE project_id = $1 AND tenant_id = $2 AND revoked_at IS NULL";
    /// Before any access is decided: whose key is this?
    system BY_HASH = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, created_at, updated_at, version
        FROM api_keys WHERE hash = $1 OR previous_hash = $1";
}

const LIST: &str = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, created_at, updated_at, version
    FROM api_keys WHERE project_id = $1 AND tenant_id IS NULL";
const LIST_OF_TENANT: &str = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, created_at, updated_at, version
    FROM api_keys WHERE project_id = $1 AND tenant_id = $2";

#[derive(FromRow)]
struct Row {
    project_id: ProjectId,
    id: KeyId,
    tenant_id: Option<TenantId>,
    name: String,
    prefix: String,
    last4: String,
    scopes: String,
    hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    previous_expires_at: Option<Timestamp>,
    enabled: bool,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
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
        Ok(Self {
            hash: hash(&row.hash)?,
            previous_hash: row.previous_hash.as_deref().map(hash).transpose()?,
            key: ApiKey {
                object: "api_key".to_owned(),
                id: row.id,
                tenant_id: row.tenant_id,
                name: row.name,
                prefix: row.prefix,
                last4: row.last4,
                scopes: read_json(&row.scopes)?,
                enabled: row.enabled,
                expires_at: row.expires_at,
                previous_secret_expires_at: row.previous_expires_at,
                revoked_at: row.revoked_at,
                created_at: row.created_at,
                updated_at: row.updated_at,
                version: row.version,
            },
        })
    }
}

/// The columns that may change, in the order of the statements.
fn mutable(stored: &StoredKey) -> Result<Vec<Value>> {
    let key = &stored.key;
    Ok(args![
        &key.name,
        &key.prefix,
        &key.last4,
        write_json(&key.scopes)?,
        *stored.hash.as_bytes(),
        stored.previous_hash.as_ref().map(|hash| *hash.as_bytes()),
        key.previous_secret_expires_at,
        key.enabled,
        key.expires_at,
        key.revoked_at
    ])
}

/// Stores a new key under its owner: the tenant in focus when the key has one, else the project.
pub(super) async fn insert(tx: &mut Tx, stored: &StoredKey) -> Result<()> {
    let key = &stored.key;
    let statement = if key.tenant_id.is_some() { &INSERT_OF_TENANT } else { &INSERT };
    let mut values = args![key.id];
    values.extend(mutable(stored)?);
    values.extend(args![key.created_at, key.updated_at, key.version]);
    tx.execute(statement, values).await.map(drop)
}

/// The key of the tenant in focus, or of the project when there is none.
pub(super) async fn find(tx: &mut Tx, id: KeyId) -> Result<Option<StoredKey>> {
    let statement = if tx.tenant().is_some() { &FIND_OF_TENANT } else { &FIND };
    tx.optional::<Row>(statement, args![id]).await?.map(StoredKey::try_from).transpose()
}

/// [`find`], to change it.
pub(super) async fn lock(tx: &mut Tx, id: KeyId) -> Result<Option<StoredKey>> {
    let statement = if tx.tenant().is_some() { &LOCK_OF_TENANT } else { &LOCK };
    tx.optional::<Row>(statement, args![id]).await?.map(StoredKey::try_from).transpose()
}

pub(super) async fn update(tx: &mut Tx, stored: &StoredKey) -> Result<()> {
    let statement = if tx.tenant().is_some() { &UPDATE_OF_TENANT } else { &UPDATE };
    let mut values = args![stored.key.id];
    values.extend(mutable(stored)?);
    values.extend(args![stored.key.updated_at, stored.key.version]);
    tx.execute(statement, values).await.map(drop)
}

/// Newest first.
pub(super) async fn list(tx: &mut Tx, window: &Window<(Uuid,)>) -> Result<Vec<ApiKey>> {
    let mut query = if tx.tenant().is_some() {
        Assembled::new("keys.list_of_tenant", Reach::Tenant, LIST_OF_TENANT)
    } else {
        Assembled::new("keys.list", Reach::Project, LIST)
    };
    let (after, order) = if window.is_backward() {
        (" AND id > ?", " ORDER BY id")
    } else {
        (" AND id < ?", " ORDER BY id DESC")
    };
    if let Some((id,)) = window.start() {
        query.push(after, args![*id]);
    }
    query.push(order, args![]);
    query.push_limit(window.fetch());
    let rows = tx.all_of::<Row>(query).await?;
    rows.into_iter().map(|row| StoredKey::try_from(row).map(|stored| stored.key)).collect()
}

pub(super) async fn by_hash(tx: &mut Tx, hash: &KeyHash) -> Result<Option<(ProjectId, StoredKey)>> {
    let row = tx.optional::<Row>(&BY_HASH, args![*hash.as_bytes()]).await?;
    row.map(|row| Ok((row.project_id, StoredKey::try_from(row)?))).transpose()
}

#[derive(FromRow)]
struct HashRow {
    hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
}

/// The hashes of the working keys of the tenant in focus.
pub(crate) async fn hashes_of_tenant(tx: &mut Tx) -> Result<Vec<KeyHash>> {
    let rows = tx.all::<HashRow>(&HASHES_OF_TENANT, args![]).await?;
    let hashes = rows.iter().flat_map(|row| [Some(&row.hash), row.previous_hash.as_ref()]).flatten();
    Ok(hashes.filter_map(|hash| KeyHash::from_bytes(hash)).collect())
}

/// Erases the keys of the tenant in focus.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE_OF_TENANT, args![]).await
}
