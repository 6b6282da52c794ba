//! SQL that reads the log.

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Result, Tx, args, statements};
use carcosa_types::{TenantId, Timestamp, UntypedId};
use sqlx::FromRow;
use uuid::Uuid;

use super::model::{StoredEntry, hex};

statements! {
    /// A batch of a project's entries, stream by stream.
    project BATCH = "SELECT id, stream_id, tenant_id, seq, type AS kind, actor_kind, actor_id, target_kind, target_id,
            body, body_salt, body_hash, recorded_at, hash, position
        FROM log_entries WHERE project_id = $1 AND (stream_id, seq) > ($2, $3) ORDER BY stream_id, seq LIMIT $4";
    project HEADS = "SELECT stream_id, seq, hash FROM log_heads WHERE project_id = $1 ORDER BY stream_id";
    project ORDER = "SELECT (SELECT count(*) FROM log_entries WHERE project_id = $1 AND position IS NOT NULL) AS entries,
        COALESCE((SELECT min(position) FROM log_entries WHERE project_id = $1), 1) AS lowest,
        COALESCE((SELECT max(position) FROM log_entries WHERE project_id = $1), 0) AS highest,
        COALESCE((SELECT position FROM log_positions WHERE project_id = $1), 0) AS counter";
    /// Positions are given out in the transaction that counts them here.
    project END = "SELECT position FROM log_positions WHERE project_id = $1";
    /// What may be personal of a tenant's stream goes; the chain stays whole.
    tenant ERASE = "UPDATE log_entries SET body = NULL, body_salt = NULL
        WHERE project_id = $1 AND tenant_id = $2 AND body IS NOT NULL";
    tenant SHARES = "SELECT DISTINCT target_id AS id FROM log_entries
        WHERE project_id = $1 AND tenant_id = $2 AND target_kind = 'share'";
}

const LIST: &str =
    "SELECT id, stream_id, tenant_id, seq, type AS kind, actor_kind, actor_id, target_kind, target_id,
        body, body_salt, body_hash, recorded_at, hash, position
    FROM log_entries WHERE project_id = $1 AND position IS NOT NULL";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    stream_id: Uuid,
    tenant_id: Option<Uuid>,
    seq: i64,
    kind: String,
    actor_kind: String,
    actor_id: Option<Uuid>,
    target_kind: String,
    target_id: Uuid,
    body: Option<String>,
    body_salt: Option<Vec<u8>>,
    body_hash: Vec<u8>,
    recorded_at: Timestamp,
    hash: Vec<u8>,
    position: Option<i64>,
}

impl From<Row> for StoredEntry {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            stream_id: row.stream_id,
            tenant_id: row.tenant_id,
            seq: row.seq,
            kind: row.kind,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            target_kind: row.target_kind,
            target_id: row.target_id,
            body: row.body,
            body_salt: row.body_salt.as_deref().map(hex),
            body_hash: hex(&row.body_hash),
            recorded_at: row.recorded_at.micros(),
            hash: hex(&row.hash),
            position: row.position,
        }
    }
}

/// Which entries to list.
#[derive(Debug, Default)]
pub struct Filter {
    /// Only these types.
    pub types: Option<Vec<&'static str>>,
    /// Only of this tenant.
    pub tenant: Option<TenantId>,
    /// Only by this actor.
    pub actor: Option<Uuid>,
    /// Only on this object.
    pub target: Option<UntypedId>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
}

/// Entries after (or, descending, before) a position, in that direction.
pub(super) async fn list(
    tx: &mut Tx,
    filter: &Filter,
    start: Option<i64>,
    descending: bool,
    limit: i64,
) -> Result<Vec<StoredEntry>> {
    let mut query = Assembled::new("log.list", Reach::Project, LIST);
    if let Some(position) = start {
        query.push(if descending { " AND position < ?" } else { " AND position > ?" }, args![position]);
    }
    if let Some(types) = &filter.types {
        query.push(" AND type IN ", args![]);
        query.push_list(types.iter().map(|name| Value::from(*name)));
    }
    if let Some(tenant) = filter.tenant {
        query.push(" AND tenant_id = ?", args![tenant]);
    }
    if let Some(actor) = filter.actor {
        query.push(" AND actor_id = ?", args![actor]);
    }
    if let Some(target) = filter.target {
        query.push(" AND target_kind = ? AND target_id = ?", args![target.noun(), target.uuid()]);
    }
    if let Some(from) = filter.from {
        query.push(" AND recorded_at >= ?", args![from]);
    }
    if let Some(to) = filter.to {
        query.push(" AND recorded_at < ?", args![to]);
    }
    query.push(if descending { " ORDER BY position DESC" } else { " ORDER BY position" }, args![]);
    query.push_limit(limit);
    Ok(tx.all_of::<Row>(query).await?.into_iter().map(StoredEntry::from).collect())
}

/// Up to `limit` entries after a place in a stream, stream by stream.
pub(super) async fn batch(tx: &mut Tx, after: (Uuid, i64), limit: i64) -> Result<Vec<StoredEntry>> {
    let rows = tx.all::<Row>(&BATCH, args![after.0, after.1, limit]).await?;
    Ok(rows.into_iter().map(StoredEntry::from).collect())
}

/// The end of a stream, as its head row says.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(super) struct Head {
    pub(super) stream_id: Uuid,
    pub(super) seq: i64,
    pub(super) hash: Vec<u8>,
}

pub(super) async fn heads(tx: &mut Tx) -> Result<Vec<Head>> {
    tx.all(&HEADS, args![]).await
}

/// How many entries of a project have a position, the lowest (1 when there is none), the highest, and the one that the
/// sequencer remembers.
#[derive(Debug, FromRow)]
pub(super) struct Order {
    pub(super) entries: i64,
    pub(super) lowest: i64,
    pub(super) highest: i64,
    pub(super) counter: i64,
}

pub(super) async fn order(tx: &mut Tx) -> Result<Order> {
    tx.one(&ORDER, args![]).await
}

#[derive(FromRow)]
struct End {
    position: i64,
}

/// The last position given out in the project.
pub(super) async fn end(tx: &mut Tx) -> Result<i64> {
    Ok(tx.optional::<End>(&END, args![]).await?.map_or(0, |end| end.position))
}

#[derive(FromRow)]
struct IdRow {
    id: Uuid,
}

/// Erases the bodies of the stream of the tenant in focus, and what other tenants' streams say of shares with it.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    let shares = tx.all::<IdRow>(&SHARES, args![]).await?;
    let mut erased = tx.execute(&ERASE, args![]).await?;
    for some in shares.chunks(SHARES_AT_A_TIME) {
        let start = "UPDATE log_entries SET body = NULL, body_salt = NULL
            WHERE project_id = $1 AND target_kind = 'share' AND body IS NOT NULL AND target_id IN ";
        let mut update = Assembled::new("log.erase_shares", Reach::Project, start);
        update.push_list(some.iter().map(|row| Value::from(row.id)));
        erased += tx.execute_all(update).await?;
    }
    Ok(erased)
}

/// Shares erased in one statement.
const SHARES_AT_A_TIME: usize = 1000;
