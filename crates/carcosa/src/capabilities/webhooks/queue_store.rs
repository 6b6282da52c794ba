//! SQL of the dispatcher's cursor and of the endpoints' queues: when something is due, which node works on it, how it fares.

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Result, Tx, args, statements};
use carcosa_types::{ProjectId, TenantId, Timestamp, WebhookEndpointId};
use sqlx::FromRow;
use uuid::Uuid;

use super::store::{confine, scoped};

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
    /// Of a queue in strict order only the first one counts.
    system FIRST_DUE = "SELECT next_at AS at FROM webhook_deliveries WHERE project_id = $1 AND endpoint_id = $2 AND status = 'pending'
        ORDER BY position, id LIMIT 1";
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
    /// Of one that rests after failures, its deliveries are due no earlier than it is.
    system DUE = "SELECT count(*) AS deliveries, (SELECT min(due_at) FROM webhook_queues WHERE due_at <= $1) AS oldest FROM
        (SELECT 1 FROM webhook_deliveries d JOIN webhook_queues q ON q.project_id = d.project_id AND q.endpoint_id = d.endpoint_id
            WHERE q.due_at <= $1 AND d.status = 'pending' AND d.next_at <= $1 LIMIT $2) w";
    system STATUS = "SELECT status, ordered FROM webhook_endpoints WHERE project_id = $1 AND id = $2";
}

/// Deliveries that should be under way.
#[derive(Debug, Clone, Copy, FromRow)]
pub(crate) struct Due {
    /// How many, counted up to a limit.
    pub(crate) deliveries: i64,
    /// Since when the first should.
    pub(crate) oldest: Option<Timestamp>,
}

/// The deliveries that should be under way, counted up to `most`. In a system transaction.
pub(crate) async fn due(tx: &mut Tx, now: Timestamp, most: i64) -> Result<Due> {
    tx.one(&DUE, args![now, most]).await
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

/// Makes queues due in which deliveries were made, and tells the other nodes; `node` is who tells.
pub(super) async fn tell(
    tx: &mut Tx,
    endpoints: impl Iterator<Item = WebhookEndpointId>,
    now: Timestamp,
    node: Uuid,
) -> Result<()> {
    let mut queues: Vec<Uuid> = endpoints.map(WebhookEndpointId::uuid).collect();
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
    ordered: bool,
}

/// When the next delivery of an endpoint is due; never while it is not sent to.
pub(super) async fn next_due(tx: &mut Tx, queue: &Queue) -> Result<Option<Timestamp>> {
    let values = || args![queue.project_id, queue.endpoint_id];
    let endpoint = tx.optional::<StatusRow>(&STATUS, values()).await?;
    let Some(endpoint) = endpoint.filter(|row| row.status == "enabled") else { return Ok(None) };
    let next = if endpoint.ordered { &FIRST_DUE } else { &NEXT_DUE };
    Ok(tx.optional::<At>(next, values()).await?.and_then(|row| row.at))
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
