//! HTTP endpoints of webhooks.

use carcosa_kernel::error::INVALID_CURSOR;
use carcosa_types::id::kind;
use carcosa_types::permission::{WebhookCreate, WebhookDelete, WebhookRead, WebhookSend, WebhookUpdate};
use carcosa_types::webhook::{
    CreateWebhookEndpoint, ListDeliveries, ListTenantWebhookEndpoints, ListWebhookEndpoints, ReplayWebhook,
    RotateWebhookSecret, TestWebhook, UpdateWebhookEndpoint, WebhookDelivery, WebhookDeliveryWithAttempts,
    WebhookEndpoint, WebhookEndpointWithSecret, WebhookReplay, WebhookStats, WebhookTest,
};
use carcosa_web::{
    Body, Created, Deleted, Guard, IfMatch, Listed, Object, PathParam, Plain, Query, Result, TenantGuard,
    endpoints,
};

use super::error::{TOO_MANY_WEBHOOK_ENDPOINTS, WEBHOOK_NOT_ENABLED};
use super::{replay, service};
use crate::capabilities::tenants::error::TENANT_DELETED;

endpoints! { "webhooks":
    /// Create a webhook endpoint
    ///
    /// Events of the whole project that are committed from now on are sent to it: a POST with the event as a CloudEvent, signed by
    /// Standard Webhooks with the `secret` answered here, which is shown this once. Answer 2xx within 15 seconds. Anything else is
    /// tried again, ten times in about three days; 410 disables the endpoint, redirects are not followed. An event may come twice, with the same `webhook-id`.
    POST "/v1/webhook-endpoints" => create [TOO_MANY_WEBHOOK_ENDPOINTS];
    /// List webhook endpoints
    ///
    /// Those of the project itself, or with `tenant_id` those of a tenant; newest first.
    GET "/v1/webhook-endpoints" => list [];
    /// Get a webhook endpoint
    ///
    /// Of the project or of any of its tenants.
    GET "/v1/webhook-endpoints/{webhook_endpoint}" => get [];
    /// Update a webhook endpoint
    ///
    /// A JSON Merge Patch. `headers` and `event_types` are replaced.
    PATCH "/v1/webhook-endpoints/{webhook_endpoint}" => update [];
    /// Delete a webhook endpoint
    ///
    /// With all that waits for it, and the log of what was sent.
    DELETE "/v1/webhook-endpoints/{webhook_endpoint}" => delete [];
    /// Rotate a webhook endpoint's secret
    ///
    /// Deliveries are signed with both secrets for `overlap_hours`.
    POST "/v1/webhook-endpoints/{webhook_endpoint}/rotate-secret" => rotate_secret [];
    /// Pause a webhook endpoint
    ///
    /// What happens meanwhile waits for it.
    POST "/v1/webhook-endpoints/{webhook_endpoint}/pause" => pause [];
    /// Resume a webhook endpoint
    ///
    /// One that was paused or disabled. What waited is sent.
    POST "/v1/webhook-endpoints/{webhook_endpoint}/resume" => resume [];
    /// Test a webhook endpoint
    ///
    /// Sends `webhook_endpoint.tested` at once, and once. With `event_types` a sample of each of those types instead, or of all there are
    /// with `["*"]`: it has the type, data made up after [its schema](#get-/v1/event-types), and the attribute `sample: true`. See what became
    /// of them by their `id`.
    POST "/v1/webhook-endpoints/{webhook_endpoint}/test" => test [WEBHOOK_NOT_ENABLED];
    /// Send events again
    ///
    /// Deliveries by their ids, or what the endpoint hears of a range of time, with the same `webhook-id` as before. At most 1,000 at a time:
    /// `next` says how to go on.
    POST "/v1/webhook-endpoints/{webhook_endpoint}/replay" => replay_events [WEBHOOK_NOT_ENABLED, INVALID_CURSOR];
    /// List a webhook endpoint's deliveries
    ///
    /// Newest first. Those that ended are kept for 30 days.
    GET "/v1/webhook-endpoints/{webhook_endpoint}/deliveries" => deliveries [];
    /// Get a webhook endpoint's statistics
    GET "/v1/webhook-endpoints/{webhook_endpoint}/stats" => stats [];
    /// Get a delivery
    ///
    /// With the body that is sent, and each attempt: its request, its answer, how long it took.
    GET "/v1/deliveries/{webhook_delivery}" => delivery [];
    /// Create a tenant's webhook endpoint
    ///
    /// As [for the project](#post-/v1/webhook-endpoints), but it hears only this tenant's events.
    POST "/v1/tenants/{tenant}/webhook-endpoints" => create_of_tenant [TOO_MANY_WEBHOOK_ENDPOINTS, TENANT_DELETED];
    /// List a tenant's webhook endpoints
    GET "/v1/tenants/{tenant}/webhook-endpoints" => list_of_tenant [];
    /// Get a tenant's webhook endpoint
    GET "/v1/tenants/{tenant}/webhook-endpoints/{webhook_endpoint}" => get_of_tenant [];
    /// Update a tenant's webhook endpoint
    PATCH "/v1/tenants/{tenant}/webhook-endpoints/{webhook_endpoint}" => update_of_tenant [];
    /// Delete a tenant's webhook endpoint
    DELETE "/v1/tenants/{tenant}/webhook-endpoints/{webhook_endpoint}" => delete_of_tenant [];
    /// Rotate the secret of a tenant's webhook endpoint
    POST "/v1/tenants/{tenant}/webhook-endpoints/{webhook_endpoint}/rotate-secret" => rotate_secret_of_tenant [];
    /// Pause a tenant's webhook endpoint
    POST "/v1/tenants/{tenant}/webhook-endpoints/{webhook_endpoint}/pause" => pause_of_tenant [];
    /// Resume a tenant's webhook endpoint
    POST "/v1/tenants/{tenant}/webhook-endpoints/{webhook_endpoint}/resume" => resume_of_tenant [];
    /// Test a tenant's webhook endpoint
    POST "/v1/tenants/{tenant}/webhook-endpoints/{webhook_endpoint}/test" => test_of_tenant [WEBHOOK_NOT_ENABLED];
    /// Send a tenant's events again
    POST "/v1/tenants/{tenant}/webhook-endpoints/{webhook_endpoint}/replay" => replay_of_tenant [WEBHOOK_NOT_ENABLED, INVALID_CURSOR];
    /// List the deliveries of a tenant's webhook endpoint
    GET "/v1/tenants/{tenant}/webhook-endpoints/{webhook_endpoint}/deliveries" => deliveries_of_tenant [];
    /// Get the statistics of a tenant's webhook endpoint
    GET "/v1/tenants/{tenant}/webhook-endpoints/{webhook_endpoint}/stats" => stats_of_tenant [];
    /// Get a tenant's delivery
    GET "/v1/tenants/{tenant}/deliveries/{webhook_delivery}" => delivery_of_tenant [];
}

type Endpoint = PathParam<kind::WebhookEndpoint>;
type Delivery = PathParam<kind::Delivery>;

async fn create(
    Guard(access): Guard<WebhookCreate>,
    Body(new): Body<CreateWebhookEndpoint>,
) -> Result<Created<WebhookEndpointWithSecret>> {
    Ok(Created(service::create(access.write().await?, new).await?))
}

async fn list(
    Guard(access): Guard<WebhookRead>,
    Query(query): Query<ListWebhookEndpoints>,
) -> Result<Listed<WebhookEndpoint>> {
    Ok(Listed(service::list(access.kernel(), access.read().await?, query).await?))
}

async fn create_of_tenant(
    TenantGuard(access): TenantGuard<WebhookCreate>,
    Body(new): Body<CreateWebhookEndpoint>,
) -> Result<Created<WebhookEndpointWithSecret>> {
    Ok(Created(service::create(access.write().await?, new).await?))
}

async fn list_of_tenant(
    TenantGuard(access): TenantGuard<WebhookRead>,
    Query(query): Query<ListTenantWebhookEndpoints>,
) -> Result<Listed<WebhookEndpoint>> {
    let ListTenantWebhookEndpoints { limit, after, before, status, failing } = query;
    let query = ListWebhookEndpoints { limit, after, before, tenant_id: None, status, failing };
    Ok(Listed(service::list(access.kernel(), access.read().await?, query).await?))
}

/// Declares a handler for the project and the same one for a tenant: they differ in nothing but the guard.
macro_rules! both {
    ($($project:ident, $tenant:ident: $permission:ident, ($($argument:pat_param => $type:ty),*) -> $reply:ty, |$access:ident| $answer:expr;)+) => { $(
        async fn $project(Guard($access): Guard<$permission>, $($argument: $type),*) -> Result<$reply> {
            Ok($answer)
        }
        async fn $tenant(TenantGuard($access): TenantGuard<$permission>, $($argument: $type),*) -> Result<$reply> {
            Ok($answer)
        }
    )+ };
}

both! {
    get, get_of_tenant: WebhookRead, (PathParam(id) => Endpoint) -> Object<WebhookEndpoint>,
        |access| Object(service::get(access.read().await?, id).await?);
    update, update_of_tenant: WebhookUpdate, (PathParam(id) => Endpoint, IfMatch(version) => IfMatch, Body(patch) => Body<UpdateWebhookEndpoint>)
        -> Object<WebhookEndpoint>, |access| Object(service::update(access.write().await?, id, version, patch).await?);
    delete, delete_of_tenant: WebhookDelete, (PathParam(id) => Endpoint, IfMatch(version) => IfMatch) -> Deleted,
        |access| { service::delete(access.write().await?, id, version).await?; Deleted };
    rotate_secret, rotate_secret_of_tenant: WebhookUpdate,
        (PathParam(id) => Endpoint, IfMatch(version) => IfMatch, Body(options) => Body<RotateWebhookSecret>) -> Object<WebhookEndpointWithSecret>,
        |access| Object(service::rotate_secret(access.write().await?, id, version, options).await?);
    pause, pause_of_tenant: WebhookUpdate, (PathParam(id) => Endpoint, IfMatch(version) => IfMatch) -> Object<WebhookEndpoint>,
        |access| Object(service::pause(access.write().await?, id, version).await?);
    resume, resume_of_tenant: WebhookUpdate, (PathParam(id) => Endpoint, IfMatch(version) => IfMatch) -> Object<WebhookEndpoint>,
        |access| Object(service::resume(access.write().await?, id, version).await?);
    test, test_of_tenant: WebhookSend, (PathParam(id) => Endpoint, Body(what) => Body<TestWebhook>) -> Plain<WebhookTest>,
        |access| Plain(replay::test(access.write().await?, id, what).await?);
    replay_events, replay_of_tenant: WebhookSend, (PathParam(id) => Endpoint, Body(what) => Body<ReplayWebhook>) -> Plain<WebhookReplay>,
        |access| Plain(replay::replay(access.write().await?, id, what).await?);
    deliveries, deliveries_of_tenant: WebhookRead, (PathParam(id) => Endpoint, Query(query) => Query<ListDeliveries>) -> Listed<WebhookDelivery>,
        |access| Listed(replay::list(access.kernel(), access.read().await?, id, query).await?);
    stats, stats_of_tenant: WebhookRead, (PathParam(id) => Endpoint) -> Plain<WebhookStats>,
        |access| Plain(service::stats(access.kernel(), access.read().await?, id).await?);
    delivery, delivery_of_tenant: WebhookRead, (PathParam(id) => Delivery) -> Plain<WebhookDeliveryWithAttempts>,
        |access| Plain(replay::get(access.read().await?, id).await?);
}
