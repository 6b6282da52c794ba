//! SQL of deliveries: the cursor of the dispatcher, the queues, what waits, what was tried.

use std::collections::BTreeMap;

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::webhook::{DeliveryStatus, ListDeliveries, WebhookAttempt, WebhookDelivery};
use carcosa_types::{DeliveryId, EntryId, ProjectId, TenantId, Timestamp, WebhookEndpointId};
use sqlx::FromRow;
use uuid::Uuid;

use super::store::{by_id, confine, owned, scoped};
use crate::column::{read_json, read_word, write_json, write_word};

statements! {
    /// Takes the dispatcher's turn by locking its row.
    system TURN locking = "SELECT ordinal, endpoint_id FROM webhook_cursor WHERE id = 1";
    system ADVANCE = "UPDATE webhook_cursor SET ordinal = $1, endpoint_id = $2 WHERE id = 1";
    /// Whether there is anything behind the cursor: asked before taking the turn.
    system BEHIND = "SELECT o.ordinal > c.ordinal OR c.endpoint_id IS NOT NULL AS behind, o.ordinal
        FROM log_order o, webhook_cursor c WHERE o.id = 1 AND c.id = 1";
    /// Who hears which events after the cursor: endpoints of the project, and those of the event's tenant.
    system HEARD = "SELECT ordinal, position, endpoint_id, project_id, tenant_id, event_id, event_type FROM (
            SELECT e.ordinal, e.position, s.endpoint_id, e.project_id, s.tenant_id, e.id AS event_id, e.type AS event_type
                FROM log_entries e JOIN webhook_subscriptions s ON s.project_id = e.project_id AND s.tenant_id IS NULL
                WHERE e.ordinal >= $1 AND e.ordinal <= $2 AND e.recorded_at >= s.since AND e.type LIKE s.pattern ESCAPE '\\'
            UNION
            SELECT e.ordinal, e.position, s.endpoint_id, e.project_id, s.tenant_id, e.id AS event_id, e.type AS event_type
                FROM log_entries e JOIN webhook_subscriptions s ON s.project_id = e.project_id AND s.tenant_id = e.tenant_id
                WHERE e.ordinal >= $1 AND e.ordinal <= $2 AND e.recorded_at >= s.since AND e.type LIKE s.pattern ESCAPE '\\') h
        WHERE ordinal > $1 OR endpoint_id > $3 ORDER BY ordinal, endpoint_id LIMIT $4";
    /// Tells the other nodes. A hint: they look by themselves too.
    system NOTIFY = sqlite "SELECT 1 AS done WHERE $1 <> ''", postgres "SELECT 1::bigint AS done FROM (SELECT pg_notify('carcosa_webhooks', $1)) n";

    /// Takes queues in which something is due, and those whose node let the lease run out.
    system CLAIM = sqlite "UPDATE webhook_queues SET holder = $1, lease_until = $3 WHERE endpoint_id IN (
            SELECT endpoint_id FROM webhook_queues WHERE due_at <= $2 AND (lease_until IS NULL OR lease_until <= $2) ORDER BY due_at LIMIT $4)
        RETURNING project_id, tenant_id, endpoint_id, failures, failing_since",
        postgres "UPDATE webhook_queues SET holder = $1, lease_until = $3 WHERE endpoint_id IN (
            SELECT endpoint_id FROM webhook_queues WHERE due_at <= $2 AND (lease_until IS NULL OR lease_until <= $2) ORDER BY due_at LIMIT $4
            FOR UPDATE SKIP LOCKED)
        RETURNING project_id, tenant_id, endpoint_id, failures, failing_since";
    system HOLD_QUEUE locking = "SELECT project_id, tenant_id, endpoint_id, failures, failing_since FROM webhook_queues
        WHERE project_id = $1 AND endpoint_id = $2 AND holder = $3";
    system NEXT_DUE = "SELECT min(next_at) AS at FROM webhook_deliveries WHERE project_id = $1 AND endpoint_id = $2 AND status = 'pending'";
    system RELEASE = "UPDATE webhook_queues SET holder = NULL, lease_until = NULL, due_at = $4, rest_until = $5
        WHERE project_id = $1 AND endpoint_id = $2 AND holder = $3";
    system LET_GO = "UPDATE webhook_queues SET holder = NULL, lease_until = NULL, due_at = $2 WHERE holder = $1";
    system FARE = "UPDATE webhook_queues SET failures = $4, failing_since = $5
        WHERE project_id = $1 AND endpoint_id = $2 AND holder = $3";
    /// Should a queue ever not know of what waits in it.
    system REPAIR = "UPDATE webhook_queues SET due_at = $1 WHERE due_at IS NULL
        AND EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.project_id = webhook_queues.project_id AND w.id = webhook_queues.endpoint_id
            AND w.status = 'enabled')
        AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.project_id = webhook_queues.project_id
            AND d.endpoint_id = webhook_queues.endpoint_id AND d.status = 'pending')";
    system STATUS = "SELECT status FROM webhook_endpoints WHERE project_id = $1 AND id = $2";

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

#[derive(FromRow)]
struct Done {
    #[expect(dead_code, reason = "the statement is run for its effect")]
    done: i64,
}

/// How far the dispatcher is.
#[derive(Debug, Clone, Copy, FromRow)]
pub(super) struct Cursor {
    pub(super) ordinal: i64,
    /// When the entry after it is done in part: the last endpoint.
    pub(super) endpoint_id: Option<WebhookEndpointId>,
}

#[derive(FromRow)]
struct Behind {
    behind: bool,
    ordinal: i64,
}

/// An event that an endpoint hears.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Heard {
    pub(super) ordinal: i64,
    /// Its place in the project's order.
    pub(super) position: i64,
    pub(super) endpoint_id: WebhookEndpointId,
    pub(super) project_id: ProjectId,
    pub(super) tenant_id: Option<TenantId>,
    pub(super) event_id: Uuid,
    pub(super) event_type: String,
}

/// The end of the log, when the dispatcher has not reached it.
pub(super) async fn behind(tx: &mut Tx) -> Result<Option<i64>> {
    let row = tx.one::<Behind>(&BEHIND, args![]).await?;
    Ok(row.behind.then_some(row.ordinal))
}

pub(super) async fn turn(tx: &mut Tx) -> Result<Cursor> {
    tx.one(&TURN, args![]).await
}

pub(super) async fn advance(tx: &mut Tx, to: Cursor) -> Result<()> {
    tx.execute(&ADVANCE, args![to.ordinal, to.endpoint_id]).await.map(drop)
}

/// Up to `limit` events with those who hear them, after the cursor and up to an ordinal.
pub(super) async fn heard(tx: &mut Tx, from: Cursor, to: i64, limit: i64) -> Result<Vec<Heard>> {
    tx.all(&HEARD, args![from.ordinal, to, from.endpoint_id, limit]).await
}

/// Makes deliveries that are due now, and tells the other nodes of the endpoints; `node` is who tells.
pub(super) async fn make(
    tx: &mut Tx,
    made: &[(DeliveryId, Heard)],
    now: Timestamp,
    node: Uuid,
) -> Result<()> {
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
    tx.execute_all(insert).await?;
    let mut queues = made.iter().map(|(_, heard)| heard.endpoint_id.uuid()).collect::<Vec<_>>();
    queues.sort_unstable();
    queues.dedup();
    // Each row is written, also when it says so already: a holder that is about to give it back must wait, and then see what was made.
    let mut due = Assembled::new("webhooks.due", Reach::System, "UPDATE webhook_queues SET due_at = CASE");
    due.push(
        " WHEN rest_until > ? THEN rest_until WHEN due_at IS NULL OR due_at > ? THEN ? ELSE due_at END WHERE endpoint_id IN ",
        args![now, now, now],
    );
    due.push_list(queues.iter().map(|id| Value::from(*id)));
    tx.execute_all(due).await?;
    tx.optional::<Done>(&NOTIFY, args![hint(node, &queues)]).await.map(drop)
}

/// Endpoints that fit into a hint; PostgreSQL takes less than 8,000 bytes.
const HINTED: usize = 200;

/// Who tells, and of which endpoints; of any when there are too many.
fn hint(node: Uuid, endpoints: &[Uuid]) -> String {
    let named = if endpoints.len() > HINTED { &[] } else { endpoints };
    let all: Vec<String> = [node].iter().chain(named).map(|id| id.simple().to_string()).collect();
    all.join(",")
}

/// A queue that this node holds.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Queue {
    pub(super) project_id: ProjectId,
    pub(super) tenant_id: Option<TenantId>,
    pub(super) endpoint_id: WebhookEndpointId,
    /// Attempts that failed one after another until now.
    pub(super) failures: i64,
    /// Since when.
    pub(super) failing_since: Option<Timestamp>,
}

/// Takes up to `limit` queues until the lease ends.
pub(super) async fn claim(
    tx: &mut Tx,
    holder: Uuid,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<Queue>> {
    tx.all(&CLAIM, args![holder, now, lease_until, limit]).await
}

/// Keeps these queues of a holder until then. Not all that it has: one whose work broke must become free.
pub(super) async fn renew(
    tx: &mut Tx,
    holder: Uuid,
    endpoints: &[WebhookEndpointId],
    until: Timestamp,
) -> Result<()> {
    let mut query =
        Assembled::new("webhooks.renew", Reach::System, "UPDATE webhook_queues SET lease_until = ");
    query.push("? WHERE holder = ? AND endpoint_id IN ", args![until, holder]);
    query.push_list(endpoints.iter().map(|id| Value::from(*id)));
    tx.execute_all(query).await.map(drop)
}

/// Makes due what waits in queues that do not know of it; how many there were.
pub(super) async fn repair(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(&REPAIR, args![now]).await
}

/// The queue, locked; `None` when it is not this holder's any more.
pub(super) async fn hold_queue(tx: &mut Tx, queue: &Queue, holder: Uuid) -> Result<Option<Queue>> {
    tx.optional(&HOLD_QUEUE, args![queue.project_id, queue.endpoint_id, holder]).await
}

#[derive(FromRow)]
struct At {
    at: Option<Timestamp>,
}

#[derive(FromRow)]
struct StatusRow {
    status: String,
}

/// When the next delivery of an endpoint is due; never while it is not sent to.
pub(super) async fn next_due(tx: &mut Tx, queue: &Queue) -> Result<Option<Timestamp>> {
    let values = || args![queue.project_id, queue.endpoint_id];
    let status = tx.optional::<StatusRow>(&STATUS, values()).await?;
    if status.is_none_or(|row| row.status != "enabled") {
        return Ok(None);
    }
    Ok(tx.one::<At>(&NEXT_DUE, values()).await?.at)
}

/// Gives a held queue back.
pub(super) async fn release(
    tx: &mut Tx,
    queue: &Queue,
    holder: Uuid,
    due_at: Option<Timestamp>,
    rest_until: Option<Timestamp>,
) -> Result<()> {
    let values = args![queue.project_id, queue.endpoint_id, holder, due_at, rest_until];
    tx.execute(&RELEASE, values).await.map(drop)
}

/// Gives back all that a node holds; what is in it is looked at anew.
pub(super) async fn let_go(tx: &mut Tx, holder: Uuid, now: Timestamp) -> Result<()> {
    tx.execute(&LET_GO, args![holder, now]).await.map(drop)
}

/// Notes how the endpoint fares. Whether the queue is still this holder's.
pub(super) async fn fare(tx: &mut Tx, queue: &Queue, holder: Uuid) -> Result<bool> {
    let values = args![queue.project_id, queue.endpoint_id, holder, queue.failures, queue.failing_since];
    Ok(tx.execute(&FARE, values).await? == 1)
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

/// Takes away up to `limit` deliveries of endpoints that were deleted; how many, and whether there may be more.
pub(super) async fn sweep_leftovers(tx: &mut Tx, limit: i64) -> Result<(u64, bool)> {
    let Some(one) = tx.optional::<Leftover>(&LEFTOVER, args![]).await? else { return Ok((0, false)) };
    let swept = tx.execute(&SWEEP_LEFTOVER, args![one.project_id, one.endpoint_id, limit]).await?;
    if swept == 0 {
        tx.execute(&FORGET_LEFTOVER, args![one.project_id, one.endpoint_id]).await?;
    }
    Ok((swept, true))
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

/// Makes something due at once in the queue of an endpoint that the transaction reaches, also when it rests.
pub(super) async fn wake(tx: &mut Tx, id: WebhookEndpointId, now: Timestamp) -> Result<()> {
    let mut query = scoped(tx, "webhooks.wake", "UPDATE webhook_queues SET ");
    query.push("due_at = ?, rest_until = NULL WHERE project_id = $1", args![now]);
    confine(tx, &mut query);
    query.push(" AND endpoint_id = ?", args![id]);
    tx.execute_all(query).await.map(drop)
}

/// Forgets how the endpoint fared, and who works on it with that in mind: it is given another chance.
pub(super) async fn forgive(tx: &mut Tx, id: WebhookEndpointId) -> Result<()> {
    let mut query = scoped(
        tx,
        "webhooks.forgive",
        "UPDATE webhook_queues SET failures = 0, failing_since = NULL, holder = NULL, lease_until = NULL",
    );
    query.push(" WHERE project_id = $1", args![]);
    confine(tx, &mut query);
    query.push(" AND endpoint_id = ?", args![id]);
    tx.execute_all(query).await.map(drop)
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
    wake(tx, endpoint, now).await
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
                next_attempt_at: row.next_at,
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

#[derive(FromRow)]
struct FareRow {
    failures: i64,
    failing_since: Option<Timestamp>,
}

/// How an endpoint that the transaction reaches fares: failures in a row, and since when.
pub(super) async fn fares(tx: &mut Tx, endpoint: WebhookEndpointId) -> Result<(i64, Option<Timestamp>)> {
    let start = "SELECT failures, failing_since FROM webhook_queues WHERE project_id = $1";
    let mut query = scoped(tx, "webhooks.fares", start);
    confine(tx, &mut query);
    query.push(" AND endpoint_id = ?", args![endpoint]);
    let row = tx.all_of::<FareRow>(query).await?.into_iter().next();
    Ok(row.map_or((0, None), |row| (row.failures, row.failing_since)))
}

/// Deliveries of an endpoint that were made in a range of time and given up, oldest first.
pub(super) async fn failed_between(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    (from, to): (Timestamp, Option<Timestamp>),
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
    query.push(" ORDER BY created_at, id", args![]);
    query.push_limit(limit);
    tx.all_of::<Row>(query).await?.into_iter().map(StoredDelivery::try_from).collect()
}
