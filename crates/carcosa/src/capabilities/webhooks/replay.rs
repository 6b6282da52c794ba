//! Use cases of deliveries: what became of them, tests, and sending again.

use carcosa_kernel::error::NOT_FOUND;
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Error, Kernel, Result, Tx, Window, Write};
use carcosa_types::event::{REGISTRY, WEBHOOK_ENDPOINT_REPLAYED};
use carcosa_types::event_data::WebhookReplayed;
use carcosa_types::log::Event;
use carcosa_types::page::{Filters, PageQuery};
use carcosa_types::webhook::{
    DeliveryStatus, ListDeliveries, MAX_REPLAYED, ReplayWebhook, TestWebhook, WebhookDelivery,
    WebhookDeliveryWithAttempts, WebhookEndpoint, WebhookReplay, WebhookStatus, WebhookTest,
};
use carcosa_types::{DeliveryId, Page, Timestamp, WebhookEndpointId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::delivery_store::{self as store, Asked};
use super::error::WEBHOOK_NOT_ENABLED;
use super::service::{locked, not_found};
use super::{model, state};
use crate::capabilities::log;

/// The type of a test. It stands in no log.
const TEST: &str = "webhook_endpoint.tested";

/// The deliveries of an endpoint, newest first.
pub async fn list(
    kernel: &Kernel,
    mut tx: Tx,
    id: WebhookEndpointId,
    mut query: ListDeliveries,
) -> Result<Page<WebhookDelivery>> {
    super::store::find(&mut tx, id).await?.ok_or_else(not_found)?;
    let paging = query.take_paging();
    let window = Window::<(Uuid,)>::open(kernel, "webhook_deliveries", &(id, &query), &paging)?;
    let found = store::list(&mut tx, id, &query, &window).await?;
    window.page(kernel, found, |delivery| (delivery.id.uuid(),))
}

/// One delivery, with what is sent and all that was tried.
pub async fn get(mut tx: Tx, id: DeliveryId) -> Result<WebhookDeliveryWithAttempts> {
    let no_delivery = || Error::new(NOT_FOUND, "There is no such delivery.");
    let stored = store::find(&mut tx, id).await?.ok_or_else(no_delivery)?;
    // Those of a deleted endpoint are on their way out.
    super::store::find(&mut tx, stored.delivery.endpoint_id).await?.ok_or_else(no_delivery)?;
    let event = stored.delivery.event_id.uuid();
    let seen_by = stored.delivery.tenant_id;
    let mut events = log::service::events_with(&mut tx, &[event], seen_by).await?;
    let request_body = match stored.payload {
        Some(payload) => Some(payload),
        None => events.remove(&event).map(|event| serde_json::to_string(&event)).transpose()?,
    };
    let attempt_log = store::attempts(&mut tx, id).await?;
    Ok(WebhookDeliveryWithAttempts { delivery: stored.delivery, request_body, attempt_log })
}

/// Sends a test at once, or samples of types of events, each tried once.
pub async fn test(mut write: Write, id: WebhookEndpointId, what: TestWebhook) -> Result<WebhookTest> {
    let stored = locked(&mut write, id, None).await?;
    check_enabled(&stored.endpoint)?;
    let (kernel, now) = (write.kernel().clone(), write.kernel().now());
    let events = match what.event_types {
        None => vec![test_event(&write, &stored.endpoint)?],
        Some(patterns) => {
            model::patterns(&patterns)?;
            let wanted = model::heard(&patterns);
            let types = REGISTRY.iter().map(|event| event.name).filter(|name| wanted.contains(name));
            types.map(|name| sample(&write, &stored.endpoint, name)).collect::<Result<_>>()?
        }
    };
    let asked = events.iter().map(|event| {
        Ok(Asked {
            id: kernel.new_id(),
            event_id: event.id.uuid(),
            event_type: event.kind.clone(),
            position: 0,
            payload: Some(serde_json::to_string(event)?),
            replay: false,
        })
    });
    let asked = asked.collect::<Result<Vec<_>>>()?;
    store::ask(&mut write, id, &asked, now).await?;
    let mut deliveries = Vec::with_capacity(asked.len());
    for one in &asked {
        let stored = store::find(&mut write, one.id).await?;
        deliveries.push(stored.ok_or_else(|| Error::internal("a test was not stored"))?.delivery);
    }
    // Nothing of what anyone follows has changed.
    let answer = WebhookTest { object: "webhook_test".to_owned(), deliveries };
    let answer = write.commit_unrecorded(answer).await?;
    state::of(&kernel)?.ring(&[id]);
    Ok(answer)
}

fn test_event(write: &Write, endpoint: &WebhookEndpoint) -> Result<Event> {
    let data = json!({"object": "webhook_test", "endpoint_id": endpoint.id, "message": "Your endpoint can be reached."});
    Ok(Event { sample: None, subject: endpoint.id.to_string(), ..made_up(write, endpoint, TEST, data)? })
}

/// What an event of this type looks like. Its ids are nobody's.
fn sample(write: &Write, endpoint: &WebhookEndpoint, name: &str) -> Result<Event> {
    let known = log::event_types::find(name);
    let data = known.map(|known| known.sample.clone()).ok_or_else(|| Error::internal("an unknown type"))?;
    let subject = data["id"].as_str().map_or_else(|| endpoint.id.to_string(), str::to_owned);
    Ok(Event { subject, ..made_up(write, endpoint, name, data)? })
}

/// An event that stands in no log.
fn made_up(write: &Write, endpoint: &WebhookEndpoint, kind: &str, data: Value) -> Result<Event> {
    let (kernel, project) = (write.kernel(), write.project()?);
    Ok(Event {
        specversion: "1.0".to_owned(),
        id: kernel.new_id(),
        source: format!("/projects/{project}"),
        kind: kind.to_owned(),
        subject: endpoint.id.to_string(),
        time: kernel.now(),
        datacontenttype: "application/json".to_owned(),
        data,
        position: "0".to_owned(),
        sequence: "0".to_owned(),
        projectid: project.to_string(),
        tenantid: endpoint.tenant_id.map(|tenant| tenant.to_string()),
        actor: "system".to_owned(),
        sample: Some(true),
    })
}

/// Sends events again: deliveries that are named, or a range of time.
pub async fn replay(mut write: Write, id: WebhookEndpointId, what: ReplayWebhook) -> Result<WebhookReplay> {
    let stored = locked(&mut write, id, None).await?;
    check_enabled(&stored.endpoint)?;
    let (kernel, now) = (write.kernel().clone(), write.kernel().now());
    let (asked, next) = match &what.delivery_ids {
        Some(ids) => (named(&mut write, id, ids).await?, None),
        None => ranged(&mut write, &stored.endpoint, &what).await?,
    };
    if asked.is_empty() {
        return write.commit_unrecorded(answer(0, next)).await;
    }
    store::ask(&mut write, id, &asked, now).await?;
    let data = WebhookReplayed {
        object: "webhook_replay".to_owned(),
        endpoint_id: id,
        deliveries: u64::try_from(asked.len()).unwrap_or(u64::MAX),
        from: what.from,
        to: what.to,
        delivery_ids: what.delivery_ids,
    };
    let mut entry = Entry::new(WEBHOOK_ENDPOINT_REPLAYED, id, &data)?;
    if let Some(tenant) = stored.endpoint.tenant_id {
        entry = entry.of_tenant(tenant);
    }
    let receipt = write.record(entry);
    let answer = write.commit(receipt, answer(asked.len(), next)).await?;
    state::of(&kernel)?.ring(&[id]);
    Ok(answer)
}

fn answer(deliveries: usize, next: Option<String>) -> WebhookReplay {
    let deliveries = i64::try_from(deliveries).unwrap_or(i64::MAX);
    WebhookReplay { object: "webhook_replay".to_owned(), deliveries, next }
}

fn check_enabled(endpoint: &WebhookEndpoint) -> Result<()> {
    if endpoint.status == WebhookStatus::Enabled {
        return Ok(());
    }
    Err(Error::new(WEBHOOK_NOT_ENABLED, "The webhook endpoint is paused or disabled."))
}

async fn named(write: &mut Write, endpoint: WebhookEndpointId, ids: &[DeliveryId]) -> Result<Vec<Asked>> {
    let found = store::of_endpoint(write, endpoint, ids).await?;
    if let Some((index, _)) =
        ids.iter().enumerate().find(|(_, id)| found.iter().all(|stored| stored.delivery.id != **id))
    {
        let rule = "is no delivery of this endpoint";
        return Err(Error::field(&format!("/delivery_ids/{index}"), "not_found", rule));
    }
    let kernel = write.kernel().clone();
    // What waits is sent anyway.
    let ended = found.into_iter().filter(|stored| stored.delivery.status != DeliveryStatus::Pending);
    Ok(ended
        .map(|stored| Asked {
            id: kernel.new_id(),
            event_id: stored.delivery.event_id.uuid(),
            event_type: stored.delivery.event_type,
            position: stored.position,
            payload: stored.payload,
            replay: true,
        })
        .collect())
}

/// Events of a range that the endpoint hears now, at most a thousand, and where to go on.
async fn ranged(
    write: &mut Write,
    endpoint: &WebhookEndpoint,
    what: &ReplayWebhook,
) -> Result<(Vec<Asked>, Option<String>)> {
    let from = what.from.unwrap_or_default();
    let kernel = write.kernel().clone();
    let asked = |event_id, event_type: &str, position| Asked {
        id: kernel.new_id(),
        event_id,
        event_type: event_type.to_owned(),
        position,
        payload: None,
        replay: true,
    };
    let (only_failed, range) = (what.only_failed == Some(true), (from, what.to));
    // Of events a position, of deliveries a time and an id.
    let paging = PageQuery { after: what.after.clone(), ..PageQuery::default() };
    let bound = (endpoint.id, range, only_failed);
    let window = Window::<(i64, Uuid)>::open(&kernel, "webhook_replay", &bound, &paging)?;
    let next = |last: Option<(i64, Uuid)>| last.map(|last| window.write(&kernel, &last)).transpose();
    if only_failed {
        let after = window.start().map(|(micros, id)| (Timestamp::from_micros(*micros), *id));
        let failed = store::failed_between(write, endpoint.id, range, after, MAX_REPLAYED + 1).await?;
        let last = last_of(&failed).map(|one| (one.delivery.created_at.micros(), one.delivery.id.uuid()));
        let some = failed.iter().take(most());
        let again =
            some.map(|one| asked(one.delivery.event_id.uuid(), &one.delivery.event_type, one.position));
        return Ok((again.collect(), next(last)?));
    }
    let types = model::heard(&endpoint.event_types);
    let after = window.start().map(|(position, _)| *position);
    let entries = log::service::entries_between(write, types, range, after, MAX_REPLAYED + 1).await?;
    let last = last_of(&entries).map(|entry| (entry.position.unwrap_or_default(), Uuid::nil()));
    let some = entries.iter().take(most());
    let again = some.map(|one| asked(one.id, &one.kind, one.position.unwrap_or_default()));
    Ok((again.collect(), next(last)?))
}

fn most() -> usize {
    usize::try_from(MAX_REPLAYED).unwrap_or(usize::MAX)
}

/// The last of those that are sent, when some are left out.
fn last_of<T>(found: &[T]) -> Option<&T> {
    found.get(most()).and_then(|_| found.get(most() - 1))
}
