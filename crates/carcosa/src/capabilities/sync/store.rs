//! SQL of sync clients and their reports.

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::sync::{CreateSyncReport, ListSyncReports, SyncClient, SyncOutcome, SyncReport, SyncWork};
use carcosa_types::{SyncClientId, SyncReportId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::column::{read_json, read_word, write_json, write_word};

statements! {
    /// Nothing happens when the name is taken.
    project INSERT = "INSERT INTO sync_clients (project_id, id, name, description, types, silent_after_seconds, created_at, updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (project_id, name) DO NOTHING";
    project FIND = "SELECT id, name, description, types, silent_after_seconds, created_at, updated_at, version, position, kind, outcome, objects,
            total, seen_at, succeeded_at, failed_at, last_error, compared_at, differences
        FROM sync_clients WHERE project_id = $1 AND id = $2";
    project LOCK locking = "SELECT id, name, description, types, silent_after_seconds, created_at, updated_at, version, position, kind, outcome,
            objects, total, seen_at, succeeded_at, failed_at, last_error, compared_at, differences
        FROM sync_clients WHERE project_id = $1 AND id = $2";
    project NAME_ELSEWHERE = "SELECT count(*) AS count FROM sync_clients WHERE project_id = $1 AND name = $3 AND id <> $2";
    project COUNT = "SELECT count(*) AS count FROM sync_clients WHERE project_id = $1";
    project UPDATE = "UPDATE sync_clients SET name = $3, description = $4, types = $5, silent_after_seconds = $6, updated_at = $7, version = $8
        WHERE project_id = $1 AND id = $2";
    project DELETE = "DELETE FROM sync_clients WHERE project_id = $1 AND id = $2";
    project HEAR = "UPDATE sync_clients SET position = $3, kind = $4, outcome = $5, objects = $6, total = $7, seen_at = $8, succeeded_at = $9,
            failed_at = $10, last_error = $11, compared_at = $12, differences = $13
        WHERE project_id = $1 AND id = $2";
    project KEEP = "INSERT INTO sync_reports (project_id, client_id, id, kind, outcome, objects, duration_ms, differences, error, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// Ids begin with the time they were made, so a range of ids is a range of times.
    project OUTCOMES = "SELECT outcome, count(*) AS count FROM sync_reports
        WHERE project_id = $1 AND client_id = $2 AND id >= $3 AND created_at >= $4 GROUP BY outcome";
    project DURATIONS = "SELECT duration_ms FROM sync_reports
        WHERE project_id = $1 AND client_id = $2 AND kind = $3 AND outcome = 'succeeded' AND duration_ms IS NOT NULL
        ORDER BY id DESC LIMIT 100";
    system SWEEP = "DELETE FROM sync_reports WHERE (project_id, client_id, id) IN (
        SELECT project_id, client_id, id FROM sync_reports WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
}

const SELECT: &str = "SELECT id, name, description, types, silent_after_seconds, created_at, updated_at, version, position, kind, outcome, objects,
        total, seen_at, succeeded_at, failed_at, last_error, compared_at, differences
    FROM sync_clients WHERE project_id = $1";
const REPORTS: &str =
    "SELECT client_id, id, kind, outcome, objects, duration_ms, differences, error, created_at
    FROM sync_reports WHERE project_id = $1";

/// A client and its last word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredClient {
    pub(super) client: SyncClient,
    pub(super) word: Word,
}

/// What was last heard of a client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Up to where it has everything.
    pub(super) position: Option<i64>,
    pub(super) kind: Option<SyncWork>,
    pub(super) outcome: Option<SyncOutcome>,
    pub(super) objects: Option<i64>,
    pub(super) total: Option<i64>,
    pub(super) seen_at: Option<Timestamp>,
    pub(super) succeeded_at: Option<Timestamp>,
    pub(super) failed_at: Option<Timestamp>,
    pub(super) last_error: Option<String>,
    pub(super) compared_at: Option<Timestamp>,
    pub(super) differences: Option<i64>,
}

#[derive(FromRow)]
struct Row {
    id: SyncClientId,
    name: String,
    description: Option<String>,
    types: String,
    silent_after_seconds: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
    position: Option<i64>,
    kind: Option<String>,
    outcome: Option<String>,
    objects: Option<i64>,
    total: Option<i64>,
    seen_at: Option<Timestamp>,
    succeeded_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    last_error: Option<String>,
    compared_at: Option<Timestamp>,
    differences: Option<i64>,
}

impl TryFrom<Row> for StoredClient {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let client = SyncClient {
            object: "sync_client".to_owned(),
            id: row.id,
            name: row.name,
            description: row.description,
            types: read_json(&row.types)?,
            silent_after_seconds: u32::try_from(row.silent_after_seconds).map_err(Error::internal)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        };
        let word = Word {
            position: row.position,
            kind: row.kind.as_deref().map(read_word).transpose()?,
            outcome: row.outcome.as_deref().map(read_word).transpose()?,
            objects: row.objects,
            total: row.total,
            seen_at: row.seen_at,
            succeeded_at: row.succeeded_at,
            failed_at: row.failed_at,
            last_error: row.last_error,
            compared_at: row.compared_at,
            differences: row.differences,
        };
        Ok(Self { client, word })
    }
}

#[derive(FromRow)]
struct ReportRow {
    client_id: SyncClientId,
    id: SyncReportId,
    kind: String,
    outcome: String,
    objects: Option<i64>,
    duration_ms: Option<i64>,
    differences: Option<i64>,
    error: Option<String>,
    created_at: Timestamp,
}

impl TryFrom<ReportRow> for SyncReport {
    type Error = Error;
    fn try_from(row: ReportRow) -> Result<Self> {
        Ok(Self {
            object: "sync_report".to_owned(),
            id: row.id,
            client_id: row.client_id,
            kind: read_word(&row.kind)?,
            outcome: read_word(&row.outcome)?,
            objects: row.objects,
            duration_ms: row.duration_ms,
            differences: row.differences,
            error: row.error,
            created_at: row.created_at,
        })
    }
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

#[derive(FromRow)]
struct OutcomeRow {
    outcome: String,
    count: i64,
}

#[derive(FromRow)]
struct DurationRow {
    duration_ms: i64,
}

fn mutable(client: &SyncClient) -> Result<Vec<Value>> {
    Ok(args![
        &client.name,
        client.description.clone(),
        write_json(&client.types)?,
        client.silent_after_seconds
    ])
}

/// How many the project has.
pub(super) async fn count(tx: &mut Tx) -> Result<i64> {
    Ok(tx.one::<Count>(&COUNT, args![]).await?.count)
}

/// Whether it was stored: not when the name is taken.
pub(super) async fn insert(tx: &mut Tx, client: &SyncClient) -> Result<bool> {
    let mut values = args![client.id];
    values.extend(mutable(client)?);
    values.extend(args![client.created_at, client.updated_at, client.version]);
    Ok(tx.execute(&INSERT, values).await? == 1)
}

pub(super) async fn find(tx: &mut Tx, id: SyncClientId) -> Result<Option<StoredClient>> {
    tx.optional::<Row>(&FIND, args![id]).await?.map(StoredClient::try_from).transpose()
}

pub(super) async fn lock(tx: &mut Tx, id: SyncClientId) -> Result<Option<StoredClient>> {
    tx.optional::<Row>(&LOCK, args![id]).await?.map(StoredClient::try_from).transpose()
}

/// Whether another one has the name.
pub(super) async fn name_elsewhere(tx: &mut Tx, id: SyncClientId, name: &str) -> Result<bool> {
    Ok(tx.one::<Count>(&NAME_ELSEWHERE, args![id, name]).await?.count > 0)
}

pub(super) async fn update(tx: &mut Tx, client: &SyncClient) -> Result<()> {
    let mut values = args![client.id];
    values.extend(mutable(client)?);
    values.extend(args![client.updated_at, client.version]);
    tx.execute(&UPDATE, values).await.map(drop)
}

/// With its reports.
pub(super) async fn delete(tx: &mut Tx, id: SyncClientId) -> Result<()> {
    tx.execute(&DELETE, args![id]).await.map(drop)
}

/// Oldest first.
pub(super) async fn list(tx: &mut Tx, window: &Window<(Uuid,)>) -> Result<Vec<StoredClient>> {
    let mut query = Assembled::new("sync.list", Reach::Project, SELECT);
    let back = window.is_backward();
    if let Some((id,)) = window.start() {
        query.push(if back { " AND id < ?" } else { " AND id > ?" }, args![*id]);
    }
    query.push(if back { " ORDER BY id DESC" } else { " ORDER BY id" }, args![]);
    query.push_limit(window.fetch());
    tx.all_of::<Row>(query).await?.into_iter().map(StoredClient::try_from).collect()
}

/// Notes a client's last word.
pub(super) async fn hear(tx: &mut Tx, id: SyncClientId, word: &Word) -> Result<()> {
    let values = args![
        id,
        word.position,
        word.kind.map(write_word).transpose()?,
        word.outcome.map(write_word).transpose()?,
        word.objects,
        word.total,
        word.seen_at,
        word.succeeded_at,
        word.failed_at,
        word.last_error.clone(),
        word.compared_at,
        word.differences
    ];
    tx.execute(&HEAR, values).await.map(drop)
}

/// Keeps a report.
pub(super) async fn keep(
    tx: &mut Tx,
    client: SyncClientId,
    id: SyncReportId,
    new: &CreateSyncReport,
    now: Timestamp,
) -> Result<()> {
    let values = args![
        client,
        id,
        write_word(new.kind)?,
        write_word(new.outcome)?,
        new.objects,
        new.duration_ms,
        new.differences,
        new.error.clone(),
        now
    ];
    tx.execute(&KEEP, values).await.map(drop)
}

/// How often a client succeeded and failed since a time.
pub(super) async fn outcomes(tx: &mut Tx, client: SyncClientId, since: Timestamp) -> Result<(i64, i64)> {
    let millis = u64::try_from(since.micros() / 1000).unwrap_or_default();
    let first = Uuid::from_u128(u128::from(millis) << 80);
    let mut counts = (0, 0);
    for row in tx.all::<OutcomeRow>(&OUTCOMES, args![client, first, since]).await? {
        match read_word(&row.outcome)? {
            SyncOutcome::Succeeded => counts.0 += row.count,
            SyncOutcome::Failed => counts.1 += row.count,
            SyncOutcome::Running => {}
        }
    }
    Ok(counts)
}

/// How long the last hundred of a kind took, newest first.
pub(super) async fn durations(tx: &mut Tx, client: SyncClientId, kind: SyncWork) -> Result<Vec<i64>> {
    let rows = tx.all::<DurationRow>(&DURATIONS, args![client, write_word(kind)?]).await?;
    Ok(rows.into_iter().map(|row| row.duration_ms).collect())
}

/// A client's reports, newest first.
pub(super) async fn reports(
    tx: &mut Tx,
    client: SyncClientId,
    filter: &ListSyncReports,
    window: &Window<(Uuid,)>,
) -> Result<Vec<SyncReport>> {
    let mut query = Assembled::new("sync.reports", Reach::Project, REPORTS);
    query.push(" AND client_id = ?", args![client]);
    if let Some(kind) = filter.kind {
        query.push(" AND kind = ?", args![write_word(kind)?]);
    }
    if let Some(outcome) = filter.outcome {
        query.push(" AND outcome = ?", args![write_word(outcome)?]);
    }
    let back = window.is_backward();
    if let Some((id,)) = window.start() {
        query.push(if back { " AND id > ?" } else { " AND id < ?" }, args![*id]);
    }
    query.push(if back { " ORDER BY id" } else { " ORDER BY id DESC" }, args![]);
    query.push_limit(window.fetch());
    tx.all_of::<ReportRow>(query).await?.into_iter().map(SyncReport::try_from).collect()
}

/// Removes up to `limit` reports from before a time; how many it was.
pub(super) async fn sweep(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64> {
    tx.execute(&SWEEP, args![before, limit]).await
}
