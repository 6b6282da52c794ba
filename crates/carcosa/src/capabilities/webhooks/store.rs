//! SQL of webhook endpoints. Those of the project have no tenant; the statements of a tenant reach only its own.

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::webhook::{ListWebhookEndpoints, WebhookEndpoint};
use carcosa_types::{TenantId, Timestamp, WebhookEndpointId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::column::{read_json, read_word, write_json, write_word};

statements! {
    project LOCK locking = "SELECT tenant_id, id, url, description, event_types, header_names, sealed, public_key, rate_limit, ordered, status, disabled_reason,
        previous_secret_expires_at, created_at, updated_at, version FROM webhook_endpoints WHERE project_id = $1 AND id = $2";
    tenant LOCK_OF_TENANT locking = "SELECT tenant_id, id, url, description, event_types, header_names, sealed, public_key, rate_limit, ordered, status, disabled_reason,
        previous_secret_expires_at, created_at, updated_at, version FROM webhook_endpoints WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant COUNT_ENABLED = "SELECT count(*) AS count FROM (SELECT 1 FROM webhook_endpoints
        WHERE project_id = $1 AND tenant_id = $2 AND status = 'enabled' LIMIT $3) few";
    tenant ERASE_OF_TENANT = "DELETE FROM webhook_endpoints WHERE project_id = $1 AND tenant_id = $2";
}

const SELECT: &str = "SELECT tenant_id, id, url, description, event_types, header_names, sealed, public_key, rate_limit, ordered, status, disabled_reason,
    previous_secret_expires_at, created_at, updated_at, version FROM webhook_endpoints WHERE project_id = $1";

/// An endpoint with what nobody is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredEndpoint {
    /// The endpoint.
    pub(super) endpoint: WebhookEndpoint,
    /// Secrets and headers, sealed.
    pub(super) sealed: Vec<u8>,
}

#[derive(FromRow)]
struct Row {
    tenant_id: Option<TenantId>,
    id: WebhookEndpointId,
    url: String,
    description: Option<String>,
    event_types: String,
    header_names: String,
    sealed: Vec<u8>,
    public_key: String,
    rate_limit: Option<i64>,
    ordered: bool,
    status: String,
    disabled_reason: Option<String>,
    previous_secret_expires_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

impl TryFrom<Row> for StoredEndpoint {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            sealed: row.sealed,
            endpoint: WebhookEndpoint {
                object: "webhook_endpoint".to_owned(),
                id: row.id,
                tenant_id: row.tenant_id,
                url: row.url,
                description: row.description,
                event_types: read_json(&row.event_types)?,
                header_names: read_json(&row.header_names)?,
                rate_limit: row.rate_limit.map(u32::try_from).transpose().map_err(Error::internal)?,
                ordered: row.ordered,
                status: read_word(&row.status)?,
                disabled_reason: row.disabled_reason.as_deref().map(read_word).transpose()?,
                public_key: row.public_key,
                previous_secret_expires_at: row.previous_secret_expires_at,
                created_at: row.created_at,
                updated_at: row.updated_at,
                version: row.version,
            },
        })
    }
}

/// A query or change of what the transaction reaches: the tenant in focus, else the project with its tenants. Put
/// [`confine`] after `WHERE project_id = $1`.
pub(super) fn scoped(tx: &Tx, name: &'static str, start: &'static str) -> Assembled {
    Assembled::new(name, if tx.tenant().is_some() { Reach::Tenant } else { Reach::Project }, start)
}

/// The tenant in focus, when there is one.
pub(super) fn confine(tx: &Tx, query: &mut Assembled) {
    if tx.tenant().is_some() {
        query.push(" AND tenant_id = $2", args![]);
    }
}

/// A row to insert: in the project's own name the column of the tenant is empty.
pub(super) fn owned(tx: &Tx, mut values: Vec<Value>) -> Vec<Value> {
    if tx.tenant().is_none() {
        values.insert(0, Value::Uuid(None));
    }
    values
}

/// How many the project itself has, or the tenant in focus.
pub(super) async fn count(tx: &mut Tx) -> Result<i64> {
    let mut query =
        scoped(tx, "webhooks.count", "SELECT count(*) AS count FROM webhook_endpoints WHERE project_id = $1");
    if tx.tenant().is_some() {
        confine(tx, &mut query);
    } else {
        query.push(" AND tenant_id IS NULL", args![]);
    }
    let rows = tx.all_of::<Count>(query).await?;
    Ok(rows.first().map_or(0, |row| row.count))
}

/// Stores a new one, with its subscriptions and an empty queue.
pub(super) async fn insert(tx: &mut Tx, stored: &StoredEndpoint, patterns: &[String]) -> Result<()> {
    let endpoint = &stored.endpoint;
    let start = "INSERT INTO webhook_endpoints (project_id, tenant_id, id, url, description, event_types, header_names, sealed, public_key, rate_limit,
        ordered, status, disabled_reason, previous_secret_expires_at, created_at, updated_at, version) VALUES ";
    let mut query = scoped(tx, "webhooks.insert", start);
    let values = args![
        endpoint.id,
        &endpoint.url,
        endpoint.description.clone(),
        write_json(&endpoint.event_types)?,
        write_json(&endpoint.header_names)?,
        stored.sealed.as_slice(),
        &endpoint.public_key,
        endpoint.rate_limit.map(i64::from),
        endpoint.ordered,
        write_word(endpoint.status)?,
        endpoint.disabled_reason.map(write_word).transpose()?,
        endpoint.previous_secret_expires_at,
        endpoint.created_at,
        endpoint.updated_at,
        endpoint.version
    ];
    query.push_rows([owned(tx, values)]);
    tx.execute_all(query).await?;
    let mut queue = scoped(
        tx,
        "webhooks.insert_queue",
        "INSERT INTO webhook_queues (project_id, tenant_id, endpoint_id) VALUES ",
    );
    queue.push_rows([owned(tx, args![endpoint.id])]);
    tx.execute_all(queue).await?;
    subscribe(tx, endpoint.id, patterns, endpoint.created_at).await
}

/// What the endpoint hears, of what was recorded since a time; nothing when there are no patterns.
pub(super) async fn subscribe(
    tx: &mut Tx,
    id: WebhookEndpointId,
    patterns: &[String],
    since: Timestamp,
) -> Result<()> {
    let mut forget =
        scoped(tx, "webhooks.unsubscribe", "DELETE FROM webhook_subscriptions WHERE project_id = $1");
    confine(tx, &mut forget);
    forget.push(" AND endpoint_id = ?", args![id]);
    tx.execute_all(forget).await?;
    if patterns.is_empty() {
        return Ok(());
    }
    let start =
        "INSERT INTO webhook_subscriptions (project_id, tenant_id, endpoint_id, pattern, since) VALUES ";
    let mut insert = scoped(tx, "webhooks.subscribe", start);
    insert.push_rows(patterns.iter().map(|pattern| owned(tx, args![id, pattern, since])));
    tx.execute_all(insert).await.map(drop)
}

/// The endpoint of the tenant in focus; of the project or any of its tenants when none is in focus.
pub(super) async fn find(tx: &mut Tx, id: WebhookEndpointId) -> Result<Option<StoredEndpoint>> {
    let mut query = scoped(tx, "webhooks.find", SELECT);
    confine(tx, &mut query);
    query.push(" AND id = ?", args![id]);
    tx.all_of::<Row>(query).await?.into_iter().next().map(StoredEndpoint::try_from).transpose()
}

/// [`find`], to change it.
pub(super) async fn lock(tx: &mut Tx, id: WebhookEndpointId) -> Result<Option<StoredEndpoint>> {
    let statement = if tx.tenant().is_some() { &LOCK_OF_TENANT } else { &LOCK };
    tx.optional::<Row>(statement, args![id]).await?.map(StoredEndpoint::try_from).transpose()
}

/// Stores every column that can change. A tenant's endpoint needs its tenant in focus.
pub(super) async fn update(tx: &mut Tx, stored: &StoredEndpoint) -> Result<()> {
    let endpoint = &stored.endpoint;
    let mut query = scoped(tx, "webhooks.update", "UPDATE webhook_endpoints SET ");
    query.push(
        "url = ?, description = ?, event_types = ?, header_names = ?, sealed = ?, rate_limit = ?, ordered = ?, status = ?,
            disabled_reason = ?, previous_secret_expires_at = ?, updated_at = ?, version = ?",
        args![
            &endpoint.url,
            endpoint.description.clone(),
            write_json(&endpoint.event_types)?,
            write_json(&endpoint.header_names)?,
            stored.sealed.as_slice(),
            endpoint.rate_limit.map(i64::from),
            endpoint.ordered,
            write_word(endpoint.status)?,
            endpoint.disabled_reason.map(write_word).transpose()?,
            endpoint.previous_secret_expires_at,
            endpoint.updated_at,
            endpoint.version
        ],
    );
    query.push(" WHERE project_id = $1", args![]);
    confine(tx, &mut query);
    query.push(" AND id = ?", args![endpoint.id]);
    tx.execute_all(query).await.map(drop)
}

/// Deletes one with all that hangs on it.
pub(super) async fn delete(tx: &mut Tx, id: WebhookEndpointId) -> Result<()> {
    let mut query = scoped(tx, "webhooks.delete", "DELETE FROM webhook_endpoints WHERE project_id = $1");
    confine(tx, &mut query);
    query.push(" AND id = ?", args![id]);
    tx.execute_all(query).await.map(drop)
}

/// Newest first: the endpoints of the tenant in focus; else those of the project, or of the one tenant asked for.
pub(super) async fn list(
    tx: &mut Tx,
    list: &ListWebhookEndpoints,
    window: &Window<(Uuid,)>,
) -> Result<Vec<WebhookEndpoint>> {
    let mut query = scoped(tx, "webhooks.list", SELECT);
    match (tx.tenant(), list.tenant_id) {
        (Some(_), _) => confine(tx, &mut query),
        (None, Some(tenant)) => query.push(" AND tenant_id = ?", args![tenant]),
        (None, None) => query.push(" AND tenant_id IS NULL", args![]),
    }
    if let Some(status) = list.status {
        query.push(" AND status = ?", args![write_word(status)?]);
    }
    if let Some(failing) = list.failing {
        query.push(if failing { " AND (" } else { " AND NOT (" }, args![]);
        query.push(
            "disabled_reason IS NOT NULL OR EXISTS (SELECT 1 FROM webhook_queues q
                WHERE q.project_id = webhook_endpoints.project_id AND q.endpoint_id = webhook_endpoints.id AND q.failures > 0))",
            args![],
        );
    }
    by_id(&mut query, window);
    let rows = tx.all_of::<Row>(query).await?;
    rows.into_iter().map(|row| StoredEndpoint::try_from(row).map(|stored| stored.endpoint)).collect()
}

/// A page, newest first.
pub(super) fn by_id(query: &mut Assembled, window: &Window<(Uuid,)>) {
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
}

/// Erases the endpoints of the tenant in focus, with all that hangs on them.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE_OF_TENANT, args![]).await
}

/// How many endpoints of the tenant in focus are sent to, counted up to a limit.
pub(crate) async fn count_enabled(tx: &mut Tx, limit: i64) -> Result<i64> {
    Ok(tx.one::<Count>(&COUNT_ENABLED, args![limit]).await?.count)
}
