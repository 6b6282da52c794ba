//! Use cases of webhook endpoints. Each works on those of one owner, the project or one tenant; a credential of the project finds those of
//! its tenants too.

use std::time::Duration;

use carcosa_kernel::access::Receipt;
use carcosa_kernel::error::NOT_FOUND;
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Error, Kernel, Result, System, Tx, Window, Write};
use carcosa_types::event::{
    EventOf, WEBHOOK_ENDPOINT_CREATED, WEBHOOK_ENDPOINT_DELETED, WEBHOOK_ENDPOINT_DISABLED,
    WEBHOOK_ENDPOINT_PAUSED, WEBHOOK_ENDPOINT_RESUMED, WEBHOOK_ENDPOINT_SECRET_ROTATED,
    WEBHOOK_ENDPOINT_UPDATED,
};
use carcosa_types::page::Filters;
use carcosa_types::webhook::{
    CreateWebhookEndpoint, DisabledReason, ListWebhookEndpoints, MAX_ENDPOINTS, RotateWebhookSecret,
    UpdateWebhookEndpoint, WebhookEndpoint, WebhookEndpointWithSecret, WebhookStats, WebhookStatus,
};
use carcosa_types::{Page, Patch, ProjectId, WebhookEndpointId};
use carcosa_web::IfMatch;
use url::Url;
use uuid::Uuid;

use super::error::TOO_MANY_WEBHOOK_ENDPOINTS;
use super::signing::Sealed;
use super::store::{self, StoredEndpoint};
use super::{delivery_store, model, queue_store, state};
use crate::capabilities::mail::content::{Content, WebhookDisabled};
use crate::capabilities::mail::model::Recipient;
use crate::capabilities::mail::service::Mail;
use crate::capabilities::{log, mail, memberships, operators, projects, tenants};

/// Hours in which a rotated secret signs too, unless asked otherwise.
const OVERLAP_HOURS: u32 = 24;

/// Makes one.
pub async fn create(mut write: Write, new: CreateWebhookEndpoint) -> Result<WebhookEndpointWithSecret> {
    let (kernel, now) = (write.kernel().clone(), write.kernel().now());
    model::check_url(&state::of(&kernel)?.outbound, &new.url)?;
    let patterns = model::patterns(&new.event_types)?;
    // Held, so that the count is exact.
    if write.tenant().is_some() {
        tenants::service::hold_undeleted(&mut write).await?;
    } else {
        projects::store::hold(&mut write).await?;
    }
    if store::count(&mut write).await? >= MAX_ENDPOINTS {
        let detail = format!("There are {MAX_ENDPOINTS} webhook endpoints, which is the most.");
        return Err(Error::new(TOO_MANY_WEBHOOK_ENDPOINTS, detail));
    }
    let id = kernel.new_id();
    let sealed = Sealed::generate(&kernel, new.headers.unwrap_or_default());
    let endpoint = WebhookEndpoint {
        object: "webhook_endpoint".to_owned(),
        id,
        tenant_id: write.tenant(),
        url: new.url,
        description: new.description,
        event_types: new.event_types,
        header_names: sealed.headers.keys().cloned().collect(),
        rate_limit: new.rate_limit,
        ordered: new.ordered.unwrap_or(false),
        status: WebhookStatus::Enabled,
        disabled_reason: None,
        public_key: sealed.public_key()?,
        previous_secret_expires_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let stored = StoredEndpoint { sealed: sealed.seal(&kernel, id)?, endpoint };
    store::insert(&mut write, &stored, &patterns).await?;
    let receipt = record(&mut write, WEBHOOK_ENDPOINT_CREATED, &stored.endpoint, None)?;
    let made = WebhookEndpointWithSecret { endpoint: stored.endpoint, secret: sealed.secret_text() };
    write.commit(receipt, made).await
}

/// One.
pub async fn get(mut tx: Tx, id: WebhookEndpointId) -> Result<WebhookEndpoint> {
    Ok(store::find(&mut tx, id).await?.ok_or_else(not_found)?.endpoint)
}

/// Those of the owner, newest first; with a credential of the project, those of one of its tenants when asked for.
pub async fn list(
    kernel: &Kernel,
    mut tx: Tx,
    mut query: ListWebhookEndpoints,
) -> Result<Page<WebhookEndpoint>> {
    let paging = query.take_paging();
    query.tenant_id = tx.tenant().or(query.tenant_id);
    let window = Window::<(Uuid,)>::open(kernel, "webhook_endpoints", &query, &paging)?;
    let found = store::list(&mut tx, &query, &window).await?;
    window.page(kernel, found, |endpoint| (endpoint.id.uuid(),))
}

/// How one fares.
pub async fn stats(kernel: &Kernel, mut tx: Tx, id: WebhookEndpointId) -> Result<WebhookStats> {
    store::find(&mut tx, id).await?.ok_or_else(not_found)?;
    let since = kernel.now().minus(Duration::from_hours(24));
    let counts = delivery_store::counts(&mut tx, id, since).await?;
    let (consecutive_failures, failing_since) = queue_store::fares(&mut tx, id).await?;
    Ok(WebhookStats {
        object: "webhook_stats".to_owned(),
        pending: counts.pending,
        oldest_pending_at: counts.oldest_pending,
        succeeded_24h: counts.succeeded,
        failed_24h: counts.failed,
        consecutive_failures,
        failing_since,
    })
}

/// Changes what the patch names.
pub async fn update(
    mut write: Write,
    id: WebhookEndpointId,
    version: Option<i64>,
    patch: UpdateWebhookEndpoint,
) -> Result<WebhookEndpoint> {
    let kernel = write.kernel().clone();
    if let Some(url) = &patch.url {
        model::check_url(&state::of(&kernel)?.outbound, url)?;
    }
    let patterns = patch.event_types.as_deref().map(model::patterns).transpose()?;
    let before = locked(&mut write, id, version).await?;
    let mut stored = before.clone();
    let endpoint = &mut stored.endpoint;
    endpoint.url = patch.url.unwrap_or_else(|| before.endpoint.url.clone());
    endpoint.event_types = patch.event_types.unwrap_or_else(|| before.endpoint.event_types.clone());
    endpoint.ordered = patch.ordered.unwrap_or(before.endpoint.ordered);
    patch.description.apply(&mut endpoint.description);
    patch.rate_limit.apply(&mut endpoint.rate_limit);
    let mut sealed = Sealed::open(&kernel, id, &before.sealed)?;
    let headers = sealed.headers.clone();
    if !headers.is_empty() && patch.headers == Patch::Keep && moves(&before.endpoint.url, &endpoint.url) {
        let rule = "must be given again when the address moves to another host: the present ones are meant for the old one";
        return Err(Error::field("/headers", "required", rule));
    }
    let mut wanted = Some(std::mem::take(&mut sealed.headers));
    patch.headers.apply(&mut wanted);
    sealed.headers = wanted.unwrap_or_default();
    if sealed.headers != headers {
        endpoint.header_names = sealed.headers.keys().cloned().collect();
        stored.sealed = sealed.seal(&kernel, id)?;
    }
    if stored == before {
        return Ok(before.endpoint);
    }
    if let Some(patterns) = patterns.filter(|_| stored.endpoint.status != WebhookStatus::Disabled) {
        // Not from now on: what is committed and not dispatched yet must not be lost to it.
        store::subscribe(&mut write, id, &patterns, before.endpoint.created_at).await?;
    }
    save(write, WEBHOOK_ENDPOINT_UPDATED, before, stored).await
}

/// Whether an address leads to another server. Whoever may change it must not learn what is sent along.
fn moves(from: &str, to: &str) -> bool {
    let origin = |text: &str| url::Url::parse(text).ok().map(|url| url.origin());
    origin(from) != origin(to)
}

/// Gives it a new secret; the old one signs too for a while.
pub async fn rotate_secret(
    mut write: Write,
    id: WebhookEndpointId,
    version: Option<i64>,
    options: RotateWebhookSecret,
) -> Result<WebhookEndpointWithSecret> {
    let kernel = write.kernel().clone();
    let before = locked(&mut write, id, version).await?;
    let hours = options.overlap_hours.unwrap_or(OVERLAP_HOURS);
    let until = (hours > 0).then(|| kernel.now().plus(Duration::from_hours(u64::from(hours))));
    let mut sealed = Sealed::open(&kernel, id, &before.sealed)?;
    sealed.rotate(&kernel, until);
    let mut stored = StoredEndpoint { sealed: sealed.seal(&kernel, id)?, ..before.clone() };
    stored.endpoint.previous_secret_expires_at = until;
    touch(&write, &mut stored.endpoint);
    store::update(&mut write, &stored).await?;
    let receipt =
        record(&mut write, WEBHOOK_ENDPOINT_SECRET_ROTATED, &stored.endpoint, Some(&before.endpoint))?;
    let made = WebhookEndpointWithSecret { endpoint: stored.endpoint, secret: sealed.secret_text() };
    write.commit(receipt, made).await
}

/// Lets deliveries wait. Pausing what is paused changes nothing.
pub async fn pause(mut write: Write, id: WebhookEndpointId, version: Option<i64>) -> Result<WebhookEndpoint> {
    let before = locked(&mut write, id, version).await?;
    if before.endpoint.status != WebhookStatus::Enabled {
        return Ok(before.endpoint);
    }
    let mut stored = before.clone();
    stored.endpoint.status = WebhookStatus::Paused;
    save(write, WEBHOOK_ENDPOINT_PAUSED, before, stored).await
}

/// Sends to it again, with what waited; what it failed before is forgotten. Resuming what is enabled changes nothing.
pub async fn resume(
    mut write: Write,
    id: WebhookEndpointId,
    version: Option<i64>,
) -> Result<WebhookEndpoint> {
    let before = locked(&mut write, id, version).await?;
    if before.endpoint.status == WebhookStatus::Enabled {
        return Ok(before.endpoint);
    }
    let mut stored = before.clone();
    (stored.endpoint.status, stored.endpoint.disabled_reason) = (WebhookStatus::Enabled, None);
    let now = write.kernel().now();
    if before.endpoint.status == WebhookStatus::Disabled {
        store::subscribe(&mut write, id, &model::patterns(&stored.endpoint.event_types)?, now).await?;
    }
    queue_store::forgive(&mut write, id).await?;
    queue_store::wake(&mut write, id, now).await?;
    let state = state::of(write.kernel())?;
    let resumed = save(write, WEBHOOK_ENDPOINT_RESUMED, before, stored).await?;
    state.ring(&[id]);
    Ok(resumed)
}

/// Deletes one, with all that waited for it.
pub async fn delete(mut write: Write, id: WebhookEndpointId, version: Option<i64>) -> Result<()> {
    let mut stored = locked(&mut write, id, version).await?;
    // The event is of a version of its own, so that nobody takes it for the one before.
    touch(&write, &mut stored.endpoint);
    store::delete(&mut write, id).await?;
    // Its deliveries may be many: they are taken away little by little.
    delivery_store::leave(&mut write, id).await?;
    let receipt = record(&mut write, WEBHOOK_ENDPOINT_DELETED, &stored.endpoint, None)?;
    write.commit(receipt, ()).await
}

/// Sends to it no more: nothing reaches it.
pub(super) async fn disable(
    system: &System,
    project: ProjectId,
    id: WebhookEndpointId,
    reason: DisabledReason,
) -> Result<()> {
    // Read before writing: a transaction that waits for a second connection could wait for ever.
    let runners = operators::notify::of_project(system, project, MOST_TOLD).await?;
    let mut write = system.write_project(project).await?;
    let Some(before) = store::lock(&mut write, id).await? else { return Ok(()) };
    if before.endpoint.status == WebhookStatus::Disabled {
        return Ok(());
    }
    if let Some(tenant) = before.endpoint.tenant_id {
        write.focus(tenant)?;
    }
    let mut stored = before.clone();
    (stored.endpoint.status, stored.endpoint.disabled_reason) = (WebhookStatus::Disabled, Some(reason));
    store::subscribe(&mut write, id, &[], stored.endpoint.created_at).await?;
    tracing::warn!(endpoint = %id, ?reason, "a webhook endpoint was disabled");
    tell(&mut write, &stored.endpoint, reason, runners).await?;
    save(write, WEBHOOK_ENDPOINT_DISABLED, before, stored).await.map(drop)
}

/// How long nobody is written to again about any endpoint of the same owner.
const TOLD_AGAIN_AFTER: Duration = Duration::from_hours(24);
/// Most people to write to about one endpoint.
const MOST_TOLD: i64 = 20;

/// Writes to the owners that it was disabled: the tenant's, or those who run the project.
async fn tell(
    write: &mut Write,
    endpoint: &WebhookEndpoint,
    reason: DisabledReason,
    runners: Vec<Recipient>,
) -> Result<()> {
    // One mail a day: whoever resumes and breaks an endpoint again and again must not have others written to each time.
    let since = write.kernel().now().minus(TOLD_AGAIN_AFTER);
    let types = vec![WEBHOOK_ENDPOINT_DISABLED.name];
    let before = log::service::entries_between(write, types, (since, None), None, 100).await?;
    if before.iter().any(|entry| entry.tenant_id == endpoint.tenant_id.map(carcosa_types::Id::uuid)) {
        return Ok(());
    }
    let told = match endpoint.tenant_id {
        Some(_) => {
            let emails = memberships::store::owners(write, MOST_TOLD).await?;
            emails.iter().filter_map(|email| Recipient::parse(email)).collect()
        }
        None => runners,
    };
    // The path may be a secret, as with many chat programs.
    let host = Url::parse(&endpoint.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let content = WebhookDisabled {
        host: host.unwrap_or_default(),
        endpoint: endpoint.id.to_string(),
        is_gone: reason == DisabledReason::Gone,
        at: write.kernel().now(),
    };
    for to in told {
        let content = Content::WebhookDisabled(content.clone());
        mail::service::enqueue(write, Mail { to, content, not_after: None })?;
    }
    Ok(())
}

/// The endpoint, locked, with its tenant in focus when it has one.
pub(super) async fn locked(
    write: &mut Write,
    id: WebhookEndpointId,
    version: Option<i64>,
) -> Result<StoredEndpoint> {
    let stored = store::lock(write, id).await?.ok_or_else(not_found)?;
    IfMatch::check(version, stored.endpoint.version)?;
    if let Some(tenant) = stored.endpoint.tenant_id {
        write.focus(tenant)?;
    }
    Ok(stored)
}

async fn save(
    mut write: Write,
    kind: EventOf<WebhookEndpoint>,
    before: StoredEndpoint,
    mut stored: StoredEndpoint,
) -> Result<WebhookEndpoint> {
    touch(&write, &mut stored.endpoint);
    store::update(&mut write, &stored).await?;
    let receipt = record(&mut write, kind, &stored.endpoint, Some(&before.endpoint))?;
    write.commit(receipt, stored.endpoint).await
}

fn touch(write: &Write, endpoint: &mut WebhookEndpoint) {
    endpoint.updated_at = write.kernel().now();
    endpoint.version += 1;
}

fn record(
    write: &mut Write,
    kind: EventOf<WebhookEndpoint>,
    endpoint: &WebhookEndpoint,
    before: Option<&WebhookEndpoint>,
) -> Result<Receipt> {
    let mut entry = Entry::new(kind, endpoint.id, endpoint)?;
    if let Some(before) = before {
        entry = entry.before(before)?;
    }
    if let Some(tenant) = endpoint.tenant_id {
        entry = entry.of_tenant(tenant);
    }
    Ok(write.record(entry))
}

pub(super) fn not_found() -> Error {
    Error::new(NOT_FOUND, "There is no such webhook endpoint.")
}
