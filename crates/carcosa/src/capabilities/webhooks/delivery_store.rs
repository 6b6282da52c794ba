//! SQL of deliveries: what waits, what was tried, what is taken away.

use std::collections::BTreeMap;

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::webhook::{DeliveryStatus, ListDeliveries, WebhookAttempt, WebhookDelivery};
use carcosa_types::{DeliveryId, EntryId, ProjectId, TenantId, Timestamp, WebhookEndpointId};
use sqlx::FromRow;
use uuid::Uuid;

use super::queue_store::{self, Heard, Queue};
use super::store::{by_id, confine, owned, scoped};
use crate::column::{read_json, read_word, write_json, write_word};

statements! {
    /// The one that must go first, whether it is due or not.
    project FIRST = "SELECT id, event_id, payload, attempts, next_at FROM webhook_deliveries
        WHERE project_id = $1 AND endpoint_id = $2 AND status = 'pending' ORDER BY position, id LIMIT 1";
    system SWEEP = "DELETE FROM webhook_deliveries WHERE completed_at < $1 AND (project_id, id) IN (
        SELECT project_id, id FROM webhook_deliveries WHERE completed_at < $1 LIMIT $2)";
    system LEFTOVER = "SELECT project_id, endpoint_id FROM webhook_leftovers LIMIT 1";
    system SWEEP_LEFTOVER = "DELETE FROM webhook_deliveries WHERE project_id = $1 AND id IN (
        SELECT id FROM webhook_deliveries WHERE project_id = $1 AND endpoint_id = $2 LIMIT $3)";
    system FORGET_LEFTOVER = "DELETE FROM webhook_leftovers WHERE project_id = $1 AND endpoint_id = $2";
    tenant ERASE_DELIVERIES = "DELETE FROM webhook_deliveries WHERE project_id = $1 AND tenant_id = $2";
    tenant ERASE_LEFTOVERS = "DELETE FROM webhook_leftovers WHERE project_id = $1 AND tenant_id = $2";
}

/// Makes deliveries that are due now. Their queues are to be told.
pub(super) async fn make(tx: &mut Tx, made: &[(DeliveryId, Heard)], now: Timestamp) -> Result<()> {
    let start = "INSERT INTO webhook_deliveries (project_id, tenant_id, id, endpoint_id, event_id, event_type, position, replay, status, attempts,
        next_at, created_at) VALUES ";
    let mut insert = Assembled::new("webhooks.make", Reach::System, start);
    insert.push_rows(made.iter().map(|(id, heard)| {
        args![
            heard.project_id,
            heard.tenant_id,
            *id,
            heard.endpoint_id,
            heard.event_id,
            &heard.event_type,
            heard.position,
            false,
            "pending",
            0_i64,
            now,
            now
        ]
    }));
    tx.execute_all(insert).await.map(drop)
}

/// A delivery to attempt.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Waiting {
    pub(super) id: DeliveryId,
    pub(super) event_id: Uuid,
    /// The body, when it does not stand in the log.
    pub(super) payload: Option<String>,
    pub(super) attempts: i64,
    pub(super) next_at: Timestamp,
}

/// Up to `limit` deliveries that are due, the longest due first, without those under way.
pub(super) async fn due(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    now: Timestamp,
    under_way: impl Iterator<Item = DeliveryId>,
    limit: i64,
) -> Result<Vec<Waiting>> {
    let start =
        "SELECT id, event_id, payload, attempts, next_at FROM webhook_deliveries WHERE project_id = $1";
    let mut query = Assembled::new("webhooks.due_of_endpoint", Reach::Project, start);
    query.push(" AND endpoint_id = ? AND status = 'pending' AND next_at <= ?", args![endpoint, now]);
    let mut under_way = under_way.map(Value::from).peekable();
    if under_way.peek().is_some() {
        query.push(" AND id NOT IN ", args![]);
        query.push_list(under_way);
    }
    query.push(" ORDER BY next_at, position", args![]);
    query.push_limit(limit);
    tx.all_of(query).await
}

/// The delivery that must go first of a queue in strict order.
pub(super) async fn first(tx: &mut Tx, queue: &Queue) -> Result<Option<Waiting>> {
    tx.optional(&FIRST, args![queue.endpoint_id]).await
}

/// What became of an attempt.
pub(super) struct Outcome {
    pub(super) delivery: DeliveryId,
    pub(super) status: DeliveryStatus,
    pub(super) attempt: Option<WebhookAttempt>,
    pub(super) next_at: Option<Timestamp>,
    pub(super) error: Option<String>,
    pub(super) at: Timestamp,
}

/// Writes down what became of attempts: in few statements, however many succeeded.
pub(super) async fn conclude(tx: &mut Tx, queue: &Queue, outcomes: &[Outcome]) -> Result<()> {
    let mut succeeded: BTreeMap<Option<i64>, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let code = outcome.attempt.as_ref().and_then(|attempt| attempt.status_code);
        if outcome.status == DeliveryStatus::Succeeded {
            succeeded.entry(code).or_default().push(outcome);
            continue;
        }
        let mut update =
            Assembled::new("webhooks.conclude", Reach::System, "UPDATE webhook_deliveries SET status = ");
        update.push(
            "?, next_at = ?, completed_at = ?, last_status = ?, last_error = ?, attempts = coalesce(?, attempts)
                WHERE project_id = ? AND id = ? AND status = 'pending'",
            args![
                write_word(outcome.status)?,
                outcome.next_at,
                outcome.next_at.is_none().then_some(outcome.at),
                code,
                outcome.error.clone(),
                outcome.attempt.as_ref().map(|attempt| attempt.number),
                queue.project_id,
                outcome.delivery
            ],
        );
        tx.execute_all(update).await?;
    }
    for (code, some) in succeeded {
        succeed(tx, queue, code, &some).await?;
    }
    note_attempts(tx, queue, outcomes).await
}

/// Notes deliveries as taken, with the same answer.
async fn succeed(tx: &mut Tx, queue: &Queue, code: Option<i64>, some: &[&Outcome]) -> Result<()> {
    let at = some.iter().map(|outcome| outcome.at).max();
    let start = "UPDATE webhook_deliveries SET status = 'succeeded', next_at = NULL, last_error = NULL, attempts = attempts + 1, ";
    let mut update = Assembled::new("webhooks.succeed", Reach::System, start);
    update.push(
        "completed_at = ?, last_status = ? WHERE project_id = ? AND status = 'pending' AND id IN ",
        args![at, code, queue.project_id],
    );
    update.push_list(some.iter().map(|outcome| Value::from(outcome.delivery)));
    tx.execute_all(update).await.map(drop)
}

/// Writes down what was tried.
async fn note_attempts(tx: &mut Tx, queue: &Queue, outcomes: &[Outcome]) -> Result<()> {
    let tried: Vec<Vec<Value>> = outcomes
        .iter()
        .filter_map(|outcome| Some((outcome, outcome.attempt.as_ref()?)))
        .map(|(outcome, attempt)| {
            Ok(args![
                queue.project_id,
                queue.tenant_id,
                outcome.delivery,
                attempt.number,
                attempt.started_at,
                attempt.duration_ms,
                attempt.status_code,
                attempt.error.clone(),
                write_json(&attempt.request_headers)?,
                attempt.response_headers.as_ref().map(write_json).transpose()?,
                attempt.response_body.clone()
            ])
        })
        .collect::<Result<_>>()?;
    if tried.is_empty() {
        return Ok(());
    }
    let start = "INSERT INTO webhook_attempts (project_id, tenant_id, delivery_id, number, started_at, duration_ms, status_code, error,
        request_headers, response_headers, response_body) VALUES ";
    let mut insert = Assembled::new("webhooks.attempts", Reach::System, start);
    insert.push_rows(tried);
    // An attempt that another node wrote down, which took over while this one was slow, stands.
    insert.push(" ON CONFLICT (project_id, delivery_id, number) DO NOTHING", args![]);
    tx.execute_all(insert).await.map(drop)
}

/// Forgets up to `limit` deliveries that ended before a time.
pub(super) async fn sweep(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64> {
    tx.execute(&SWEEP, args![before, limit]).await
}

#[derive(FromRow)]
struct Leftover {
    project_id: ProjectId,
    endpoint_id: WebhookEndpointId,
}

/// Takes away up to `limit` deliveries of an endpoint that was deleted; whether there may be more.
pub(super) async fn sweep_leftovers(tx: &mut Tx, limit: i64) -> Result<bool> {
    let Some(one) = tx.optional::<Leftover>(&LEFTOVER, args![]).await? else { return Ok(false) };
    let swept = tx.execute(&SWEEP_LEFTOVER, args![one.project_id, one.endpoint_id, limit]).await?;
    if swept == 0 {
        tx.execute(&FORGET_LEFTOVER, args![one.project_id, one.endpoint_id]).await?;
    }
    Ok(true)
}

/// Notes that the deliveries of an endpoint are to be taken away.
pub(super) async fn leave(tx: &mut Tx, id: WebhookEndpointId) -> Result<()> {
    let start = "INSERT INTO webhook_leftovers (project_id, tenant_id, endpoint_id) VALUES ";
    let mut query = scoped(tx, "webhooks.leave", start);
    query.push_rows([owned(tx, args![id])]);
    tx.execute_all(query).await.map(drop)
}

/// Erases the deliveries of the tenant in focus, with what was tried.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE_LEFTOVERS, args![]).await?;
    tx.execute(&ERASE_DELIVERIES, args![]).await
}

/// A delivery to make on request.
pub(super) struct Asked {
    pub(super) id: DeliveryId,
    pub(super) event_id: Uuid,
    pub(super) event_type: String,
    pub(super) position: i64,
    pub(super) payload: Option<String>,
    pub(super) replay: bool,
}

/// Makes deliveries that someone asked for.
pub(super) async fn ask(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    asked: &[Asked],
    now: Timestamp,
) -> Result<()> {
    if asked.is_empty() {
        return Ok(());
    }
    let start = "INSERT INTO webhook_deliveries (project_id, tenant_id, id, endpoint_id, event_id, event_type, position, payload, replay, status,
        attempts, next_at, created_at) VALUES ";
    let mut insert = scoped(tx, "webhooks.ask", start);
    insert.push_rows(asked.iter().map(|one| {
        let values = args![
            one.id,
            endpoint,
            one.event_id,
            &one.event_type,
            one.position,
            one.payload.clone(),
            one.replay,
            "pending",
            0_i64,
            // A test goes before all that waits.
            if one.payload.is_some() { Timestamp::default() } else { now },
            now
        ];
        owned(tx, values)
    }));
    tx.execute_all(insert).await?;
    queue_store::wake(tx, endpoint, now).await
}

#[derive(FromRow)]
struct Row {
    id: DeliveryId,
    endpoint_id: WebhookEndpointId,
    tenant_id: Option<TenantId>,
    event_id: EntryId,
    event_type: String,
    position: i64,
    payload: Option<String>,
    replay: bool,
    status: String,
    attempts: i64,
    next_at: Option<Timestamp>,
    last_status: Option<i64>,
    last_error: Option<String>,
    created_at: Timestamp,
    completed_at: Option<Timestamp>,
}

/// A delivery, with its place in the log and its body when that does not stand there.
pub(super) struct StoredDelivery {
    pub(super) delivery: WebhookDelivery,
    pub(super) position: i64,
    pub(super) payload: Option<String>,
}

impl TryFrom<Row> for StoredDelivery {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            position: row.position,
            payload: row.payload,
            delivery: WebhookDelivery {
                object: "webhook_delivery".to_owned(),
                id: row.id,
                endpoint_id: row.endpoint_id,
                tenant_id: row.tenant_id,
                event_id: row.event_id,
                event_type: row.event_type,
                replay: row.replay,
                status: read_word(&row.status)?,
                attempts: row.attempts,
                // A test is due before everything, and not tried before it was made.
                next_attempt_at: row.next_at.map(|at| at.max(row.created_at)),
                last_status_code: row.last_status,
                last_error: row.last_error,
                created_at: row.created_at,
                completed_at: row.completed_at,
            },
        })
    }
}

const SELECT: &str = "SELECT id, endpoint_id, tenant_id, event_id, event_type, position, payload, replay, status, attempts, next_at, last_status,
    last_error, created_at, completed_at FROM webhook_deliveries WHERE project_id = $1";

/// A delivery that the transaction reaches.
pub(super) async fn find(tx: &mut Tx, id: DeliveryId) -> Result<Option<StoredDelivery>> {
    let mut query = scoped(tx, "webhooks.find_delivery", SELECT);
    confine(tx, &mut query);
    query.push(" AND id = ?", args![id]);
    tx.all_of::<Row>(query).await?.into_iter().next().map(StoredDelivery::try_from).transpose()
}

/// Those of the endpoint with these ids.
pub(super) async fn of_endpoint(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    ids: &[DeliveryId],
) -> Result<Vec<StoredDelivery>> {
    let mut query = scoped(tx, "webhooks.deliveries_by_id", SELECT);
    confine(tx, &mut query);
    query.push(" AND endpoint_id = ? AND id IN ", args![endpoint]);
    query.push_list(ids.iter().map(|id| Value::from(*id)));
    query.push(" ORDER BY position, id", args![]);
    tx.all_of::<Row>(query).await?.into_iter().map(StoredDelivery::try_from).collect()
}

/// Those of an endpoint, newest first.
pub(super) async fn list(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    filter: &ListDeliveries,
    window: &Window<(Uuid,)>,
) -> Result<Vec<WebhookDelivery>> {
    let mut query = scoped(tx, "webhooks.list_deliveries", SELECT);
    confine(tx, &mut query);
    query.push(" AND endpoint_id = ?", args![endpoint]);
    if let Some(status) = filter.status {
        query.push(" AND status = ?", args![write_word(status)?]);
    }
    if let Some(kind) = &filter.event_type {
        query.push(" AND event_type = ?", args![kind]);
    }
    if let Some(event) = filter.event_id {
        query.push(" AND event_id = ?", args![event]);
    }
    by_id(&mut query, window);
    let rows = tx.all_of::<Row>(query).await?;
    rows.into_iter().map(|row| StoredDelivery::try_from(row).map(|stored| stored.delivery)).collect()
}

#[derive(FromRow)]
struct AttemptRow {
    number: i64,
    started_at: Timestamp,
    duration_ms: i64,
    status_code: Option<i64>,
    error: Option<String>,
    request_headers: String,
    response_headers: Option<String>,
    response_body: Option<String>,
}

/// What was tried of a delivery, oldest first.
pub(super) async fn attempts(tx: &mut Tx, id: DeliveryId) -> Result<Vec<WebhookAttempt>> {
    let start = "SELECT number, started_at, duration_ms, status_code, error, request_headers, response_headers, response_body
        FROM webhook_attempts WHERE project_id = $1";
    let mut query = scoped(tx, "webhooks.list_attempts", start);
    confine(tx, &mut query);
    query.push(" AND delivery_id = ? ORDER BY number", args![id]);
    let rows = tx.all_of::<AttemptRow>(query).await?;
    rows.into_iter()
        .map(|row| {
            Ok(WebhookAttempt {
                number: row.number,
                started_at: row.started_at,
                duration_ms: row.duration_ms,
                status_code: row.status_code,
                error: row.error,
                request_headers: read_json(&row.request_headers)?,
                response_headers: row.response_headers.as_deref().map(read_json).transpose()?,
                response_body: row.response_body,
            })
        })
        .collect()
}

#[derive(FromRow)]
struct StatsRow {
    status: String,
    count: i64,
    oldest: Option<Timestamp>,
}

/// By status: how many wait, and how many ended since a time.
pub(super) struct Counts {
    pub(super) pending: i64,
    pub(super) oldest_pending: Option<Timestamp>,
    pub(super) succeeded: i64,
    pub(super) failed: i64,
}

pub(super) async fn counts(tx: &mut Tx, endpoint: WebhookEndpointId, since: Timestamp) -> Result<Counts> {
    let start = "SELECT status, count(*) AS count, min(created_at) AS oldest FROM webhook_deliveries WHERE project_id = $1";
    let mut query = scoped(tx, "webhooks.counts", start);
    confine(tx, &mut query);
    query.push(
        " AND endpoint_id = ? AND (completed_at IS NULL OR completed_at >= ?) GROUP BY status",
        args![endpoint, since],
    );
    let mut counts = Counts { pending: 0, oldest_pending: None, succeeded: 0, failed: 0 };
    for row in tx.all_of::<StatsRow>(query).await? {
        match row.status.as_str() {
            "pending" => (counts.pending, counts.oldest_pending) = (row.count, row.oldest),
            "succeeded" => counts.succeeded = row.count,
            "failed" => counts.failed = row.count,
            _ => {}
        }
    }
    Ok(counts)
}

/// Deliveries of an endpoint that were made in a range of time and given up, oldest first.
pub(super) async fn failed_between(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    (from, to): (Timestamp, Option<Timestamp>),
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<StoredDelivery>> {
    let mut query = scoped(tx, "webhooks.failed_between", SELECT);
    confine(tx, &mut query);
    query.push(
        " AND endpoint_id = ? AND status = 'failed' AND payload IS NULL AND created_at >= ?",
        args![endpoint, from],
    );
    if let Some(to) = to {
        query.push(" AND created_at < ?", args![to]);
    }
    if let Some((at, id)) = after {
        query.push(" AND (created_at, id) > (?, ?)", args![at, id]);
    }
    query.push(" ORDER BY created_at, id", args![]);
    query.push_limit(limit);
    tx.all_of::<Row>(query).await?.into_iter().map(StoredDelivery::try_from).collect()
}
