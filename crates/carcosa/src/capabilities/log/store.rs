//! SQL that reads the log, and takes away what retention and erasure ask for.

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Result, Tx, args, statements};
use carcosa_types::log::ActorKind;
use carcosa_types::log_integrity::LogExtent;
use carcosa_types::{TenantId, Timestamp, UntypedId};
use sqlx::FromRow;
use uuid::Uuid;

use super::model::{StoredEntry, hex};
use super::service::Target;

statements! {
    /// A batch of a project's entries, stream by stream.
    project BATCH = "SELECT id, stream_id, tenant_id, seq, type AS kind, actor_kind, actor_id, target_kind, target_id,
            body, body_salt, body_hash, recorded_at, hash, position
        FROM log_entries WHERE project_id = $1 AND (stream_id, seq) > ($2, $3) ORDER BY stream_id, seq LIMIT $4";
    project HEADS = "SELECT stream_id, seq, hash, first_seq, first_hash, first_proof FROM log_heads
        WHERE project_id = $1 ORDER BY stream_id";
    project HEAD = "SELECT stream_id, seq, hash, first_seq, first_hash, first_proof FROM log_heads
        WHERE project_id = $1 AND stream_id = $2";
    project OF_STREAM = "SELECT id, stream_id, tenant_id, seq, type AS kind, actor_kind, actor_id, target_kind, target_id,
            body, body_salt, body_hash, recorded_at, hash, position
        FROM log_entries WHERE project_id = $1 AND stream_id = $2 AND seq > $3 ORDER BY seq LIMIT $4";
    project EXTENT = "SELECT count(*) AS streams, CAST(coalesce(sum(seq - first_seq + 1), 0) AS bigint) AS entries,
            count(CASE WHEN first_seq > 1 THEN 1 END) AS cuts
        FROM log_heads WHERE project_id = $1";
    /// Positions are given out in the transaction that counts them here.
    project END = "SELECT position, first_position FROM log_positions WHERE project_id = $1";
    /// Entries from a position on.
    project RECORDED_AFTER = "SELECT recorded_at FROM log_entries WHERE project_id = $1 AND position > $2 ORDER BY position LIMIT 1";
    project KEPT = "SELECT count(*) AS count FROM log_entries WHERE project_id = $1 AND position >= $2";

    /// Streams that begin with an entry older than a time and do not end with it.
    project STALE = "SELECT h.stream_id AS id FROM log_heads h
        JOIN log_entries e ON e.project_id = h.project_id AND e.stream_id = h.stream_id AND e.seq = h.first_seq
        WHERE h.project_id = $1 AND h.stream_id > $2 AND h.first_seq < h.seq
          AND e.recorded_at < $3 AND e.position IS NOT NULL
        ORDER BY h.stream_id LIMIT $4";
    project LOCK_HEAD locking = "SELECT stream_id, seq, hash, first_seq, first_hash, first_proof FROM log_heads
        WHERE project_id = $1 AND stream_id = $2";
    /// The entries at the beginning of a stream that are older than a time, without its last one.
    project OLD = "SELECT id, stream_id, tenant_id, seq, type AS kind, actor_kind, actor_id, target_kind, target_id,
            body, body_salt, body_hash, recorded_at, hash, position
        FROM log_entries WHERE project_id = $1 AND stream_id = $2 AND seq >= $3 AND seq < $4
          AND recorded_at < $5 AND position IS NOT NULL ORDER BY seq LIMIT $6";
    project REMOVE = "DELETE FROM log_entries WHERE project_id = $1 AND stream_id = $2 AND seq < $3";
    project CUT = "UPDATE log_heads SET first_seq = $3, first_hash = $4, first_proof = $5
        WHERE project_id = $1 AND stream_id = $2";
    project BEGIN_AT = "UPDATE log_positions SET first_position = $2 WHERE project_id = $1 AND first_position < $2";

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
const LIST_OF_TENANT: &str =
    "SELECT id, stream_id, tenant_id, seq, type AS kind, actor_kind, actor_id, target_kind, target_id,
        body, body_salt, body_hash, recorded_at, hash, position
    FROM log_entries WHERE project_id = $1 AND tenant_id = $2 AND position IS NOT NULL";

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
    /// Only by actors of this kind.
    pub actor_kind: Option<ActorKind>,
    /// Only by this actor.
    pub actor: Option<UntypedId>,
    /// Only on this object.
    pub target: Option<UntypedId>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Up to this position.
    pub until: Option<i64>,
}

/// Entries of the project after (or, descending, before) a position, in that direction.
pub(super) async fn list(
    tx: &mut Tx,
    filter: &Filter,
    start: Option<i64>,
    descending: bool,
    limit: i64,
) -> Result<Vec<StoredEntry>> {
    read(tx, Assembled::new("log.list", Reach::Project, LIST), filter, start, descending, limit).await
}

/// The same of the stream of the tenant in focus.
pub(super) async fn list_of_tenant(
    tx: &mut Tx,
    filter: &Filter,
    start: Option<i64>,
    descending: bool,
    limit: i64,
) -> Result<Vec<StoredEntry>> {
    let query = Assembled::new("log.list_of_tenant", Reach::Tenant, LIST_OF_TENANT);
    read(tx, query, filter, start, descending, limit).await
}

async fn read(
    tx: &mut Tx,
    mut query: Assembled,
    filter: &Filter,
    start: Option<i64>,
    descending: bool,
    limit: i64,
) -> Result<Vec<StoredEntry>> {
    if let Some(position) = start {
        query.push(if descending { " AND position < ?" } else { " AND position > ?" }, args![position]);
    }
    if let Some(until) = filter.until {
        query.push(" AND position <= ?", args![until]);
    }
    if let Some(types) = &filter.types {
        query.push(" AND type IN ", args![]);
        query.push_list(types.iter().map(|name| Value::from(*name)));
    }
    if let Some(tenant) = filter.tenant {
        query.push(" AND tenant_id = ?", args![tenant]);
    }
    if let Some(kind) = filter.actor_kind {
        query.push(" AND actor_kind = ?", args![kind.name()]);
    }
    if let Some(actor) = filter.actor {
        query.push(" AND actor_kind = ? AND actor_id = ?", args![actor.noun(), actor.uuid()]);
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

/// Entries with these ids that the transaction reaches: of the tenant in focus, else of the project.
pub(super) async fn by_ids(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<StoredEntry>> {
    let mut query = match tx.tenant() {
        Some(_) => Assembled::new("log.by_ids_of_tenant", Reach::Tenant, LIST_OF_TENANT),
        None => Assembled::new("log.by_ids", Reach::Project, LIST),
    };
    query.push(" AND id IN ", args![]);
    query.push_list(ids.iter().map(|id| Value::from(*id)));
    Ok(tx.all_of::<Row>(query).await?.into_iter().map(StoredEntry::from).collect())
}

/// What an entry names, and where it stands.
#[derive(FromRow)]
pub(super) struct TargetRow {
    pub(super) position: i64,
    pub(super) kind: String,
    pub(super) id: Uuid,
}

/// What entries of a part of the project's order name, of these kinds.
pub(super) async fn targets_after(
    tx: &mut Tx,
    kinds: &[&'static str],
    (from, until): (i64, i64),
    limit: i64,
) -> Result<Vec<TargetRow>> {
    let start =
        "SELECT position, target_kind AS kind, target_id AS id FROM log_entries WHERE project_id = $1";
    let mut query = Assembled::new("log.targets_after", Reach::Project, start);
    query.push(" AND position > ? AND position <= ? AND target_kind IN ", args![from, until]);
    query.push_list(kinds.iter().map(|kind| Value::from(*kind)));
    query.push(" ORDER BY position", args![]);
    query.push_limit(limit);
    tx.all_of(query).await
}

/// What entries name, of these kinds, that wait to be put in order.
pub(super) async fn targets_waiting(tx: &mut Tx, kinds: &[&'static str], limit: i64) -> Result<Vec<Target>> {
    let start = "SELECT DISTINCT target_kind AS kind, target_id AS id FROM log_entries
        WHERE project_id = $1 AND ordinal IS NULL AND target_kind IN ";
    let mut query = Assembled::new("log.targets_waiting", Reach::Project, start);
    query.push_list(kinds.iter().map(|kind| Value::from(*kind)));
    query.push_limit(limit);
    tx.all_of(query).await
}

/// Which of these objects entries after a position name.
pub(super) async fn targets_among(tx: &mut Tx, ids: &[Uuid], from: i64) -> Result<Vec<Target>> {
    let start = "SELECT DISTINCT target_kind AS kind, target_id AS id FROM log_entries
        WHERE project_id = $1 AND position > ";
    let mut query = Assembled::new("log.targets_among", Reach::Project, start);
    query.push("? AND target_id IN ", args![from]);
    query.push_list(ids.iter().map(|id| Value::from(*id)));
    tx.all_of(query).await
}

/// When the first entry after a position was recorded.
pub(crate) async fn recorded_after(tx: &mut Tx, position: i64) -> Result<Option<Timestamp>> {
    Ok(tx.optional::<RecordedRow>(&RECORDED_AFTER, args![position]).await?.map(|row| row.recorded_at))
}

#[derive(FromRow)]
struct RecordedRow {
    recorded_at: Timestamp,
}

/// Up to `limit` entries after a place in a stream, stream by stream.
pub(super) async fn batch(tx: &mut Tx, after: (Uuid, i64), limit: i64) -> Result<Vec<StoredEntry>> {
    let rows = tx.all::<Row>(&BATCH, args![after.0, after.1, limit]).await?;
    Ok(rows.into_iter().map(StoredEntry::from).collect())
}

/// The ends of a stream, as its head row says.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(super) struct Head {
    pub(super) stream_id: Uuid,
    /// The last entry.
    pub(super) seq: i64,
    pub(super) hash: Vec<u8>,
    /// The first entry that is there.
    pub(super) first_seq: i64,
    /// The hash before it; `None` for a stream that is there from its beginning.
    pub(super) first_hash: Option<Vec<u8>>,
    /// What proves that the installation cut the stream there.
    pub(super) first_proof: Option<Vec<u8>>,
}

/// A stream's head.
pub(super) async fn head(tx: &mut Tx, stream: Uuid) -> Result<Option<Head>> {
    tx.optional(&HEAD, args![stream]).await
}

/// Up to `limit` entries of a stream after one.
pub(super) async fn of_stream(tx: &mut Tx, stream: Uuid, after: i64, limit: i64) -> Result<Vec<StoredEntry>> {
    let rows = tx.all::<Row>(&OF_STREAM, args![stream, after, limit]).await?;
    Ok(rows.into_iter().map(StoredEntry::from).collect())
}

#[derive(FromRow)]
struct ExtentRow {
    streams: i64,
    entries: i64,
    cuts: i64,
}

/// How much the project's log holds.
pub(super) async fn extent(tx: &mut Tx) -> Result<LogExtent> {
    let ExtentRow { streams, entries, cuts } = tx.one(&EXTENT, args![]).await?;
    let Order { position, first_position } = order(tx).await?;
    Ok(LogExtent { streams, entries, cuts, first_position, last_position: position })
}

pub(super) async fn heads(tx: &mut Tx) -> Result<Vec<Head>> {
    tx.all(&HEADS, args![]).await
}

/// Where the project's order ends, and from where on it has no gaps.
#[derive(Debug, Clone, Copy, FromRow)]
pub(super) struct Order {
    /// The last position given out.
    pub(super) position: i64,
    /// From this position on every entry is there.
    pub(super) first_position: i64,
}

pub(super) async fn order(tx: &mut Tx) -> Result<Order> {
    let nothing = Order { position: 0, first_position: 1 };
    Ok(tx.optional(&END, args![]).await?.unwrap_or(nothing))
}

#[derive(FromRow)]
struct CountRow {
    count: i64,
}

/// How many entries have this position or a later one.
pub(super) async fn kept(tx: &mut Tx, from: i64) -> Result<i64> {
    Ok(tx.one::<CountRow>(&KEPT, args![from]).await?.count)
}

/// Up to `limit` streams after one, by id, whose beginning is older than a time.
pub(super) async fn stale(tx: &mut Tx, after: Uuid, before: Timestamp, limit: i64) -> Result<Vec<Uuid>> {
    let rows = tx.all::<IdRow>(&STALE, args![after, before, limit]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// A stream's head, which nobody changes before this transaction ends.
pub(super) async fn lock_head(tx: &mut Tx, stream: Uuid) -> Result<Option<Head>> {
    tx.optional(&LOCK_HEAD, args![stream]).await
}

/// Up to `limit` entries at the beginning of a stream that are older than a time, never its last.
pub(super) async fn old(tx: &mut Tx, head: &Head, before: Timestamp, limit: i64) -> Result<Vec<StoredEntry>> {
    let values = args![head.stream_id, head.first_seq, head.seq, before, limit];
    Ok(tx.all::<Row>(&OLD, values).await?.into_iter().map(StoredEntry::from).collect())
}

/// Takes the entries before `first_seq` away from a stream; how many it was.
pub(super) async fn cut(
    tx: &mut Tx,
    stream: Uuid,
    first_seq: i64,
    hash: &[u8],
    proof: [u8; 32],
) -> Result<u64> {
    let removed = tx.execute(&REMOVE, args![stream, first_seq]).await?;
    tx.execute(&CUT, args![stream, first_seq, hash, proof]).await?;
    Ok(removed)
}

/// Notes from where on the project's order has no gaps.
pub(super) async fn begin_at(tx: &mut Tx, first_position: i64) -> Result<()> {
    tx.execute(&BEGIN_AT, args![first_position]).await.map(drop)
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
