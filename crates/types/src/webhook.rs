//! Webhooks: where events are sent to, and what became of each.
//!
//! What is sent follows [Standard Webhooks](https://www.standardwebhooks.com): the event as the body, and the headers `webhook-id`,
//! `webhook-timestamp` and `webhook-signature`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::page::filters;
use crate::validate::{Validate, Violations, one_line};
use crate::{DeliveryId, EntryId, Patch, TenantId, Timestamp, WebhookEndpointId};

/// Most endpoints of the project itself, and of each tenant.
pub const MAX_ENDPOINTS: i64 = 100;
/// Most patterns of one endpoint.
pub const MAX_EVENT_TYPES: usize = 50;
/// Most custom headers of one endpoint.
pub const MAX_HEADERS: usize = 20;
/// Longest value of a custom header, in bytes.
pub const MAX_HEADER_VALUE: usize = 1024;
/// Most deliveries made by one replay.
pub const MAX_REPLAYED: i64 = 1000;

/// Where events are sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookEndpoint {
    /// Always `webhook_endpoint`.
    #[schemars(extend("const" = "webhook_endpoint"))]
    pub object: String,
    /// Its id.
    pub id: WebhookEndpointId,
    /// The tenant whose events it hears; `null` for those of the whole project.
    pub tenant_id: Option<TenantId>,
    /// The address.
    pub url: String,
    /// Free text.
    pub description: Option<String>,
    /// What it hears: types such as `tenant.created`, whole nouns such as `tenant.*`, or `*`.
    pub event_types: Vec<String>,
    /// The names of its custom headers. Their values are not shown.
    pub header_names: Vec<String>,
    /// Most deliveries in a second; any number when `null`.
    pub rate_limit: Option<u32>,
    /// Whether a delivery waits until all before it have succeeded or were given up.
    pub ordered: bool,
    /// Whether it is sent to.
    pub status: WebhookStatus,
    /// Why it is disabled; `null` unless it is.
    pub disabled_reason: Option<DisabledReason>,
    /// The Ed25519 key that checks signatures of version `v1a`: `whpk_` and base64.
    pub public_key: String,
    /// Until when the secret from before the last rotation signs too; `null` when there is none.
    pub previous_secret_expires_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// Whether an endpoint is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookStatus {
    /// It is.
    Enabled,
    /// Deliveries wait until it is resumed.
    Paused,
    /// Events from now on are not for it. What waited waits until it is resumed.
    Disabled,
}

/// Why an endpoint was disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// It answered 410 Gone.
    Gone,
    /// Nothing has reached it for five days.
    Failing,
}

/// An endpoint with its secret, which is shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookEndpointWithSecret {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: WebhookEndpoint,
    /// The secret that checks signatures of version `v1`: `whsec_` and base64.
    pub secret: String,
}

impl std::fmt::Debug for WebhookEndpointWithSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookEndpointWithSecret").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// What an endpoint's creator may say.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWebhookEndpoint {
    /// An `https` address of the public internet, at most 2,048 characters, without user, password and fragment. Where the operator opened
    /// networks with `outbound.allow`, also `http` into these.
    #[schemars(length(min = 1, max = 2048))]
    pub url: String,
    /// What to hear, 1–50 of: types such as `tenant.created`, whole nouns such as `tenant.*`, or `*`.
    #[schemars(length(min = 1, max = 50), inner(length(min = 1, max = 64)))]
    pub event_types: Vec<String>,
    /// Free text, at most 500 characters.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub description: Option<String>,
    /// Headers to send along, at most 20, with values of 1–1,024 visible ASCII characters. Not those that Carcosa or HTTP itself sets.
    #[serde(default)]
    pub headers: Option<BTreeMap<String, String>>,
    /// Most deliveries in a second, 1–10,000; any number when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000))]
    pub rate_limit: Option<u32>,
    /// Whether a delivery waits until all before it have succeeded or were given up; `false` when absent.
    #[serde(default)]
    pub ordered: Option<bool>,
}

/// A merge patch of an endpoint.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateWebhookEndpoint {
    /// New address. It counts for what waits, too.
    #[serde(default)]
    #[schemars(length(min = 1, max = 2048), with = "String")]
    pub url: Option<String>,
    /// What to hear. Replaces the list.
    #[serde(default)]
    #[schemars(length(min = 1, max = 50), inner(length(min = 1, max = 64)), with = "Vec<String>")]
    pub event_types: Option<Vec<String>>,
    /// Free text; `null` removes it.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub description: Patch<String>,
    /// Headers to send along. Replaces all; `null` removes them.
    #[serde(default)]
    pub headers: Patch<BTreeMap<String, String>>,
    /// Most deliveries in a second; `null` for any number.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000))]
    pub rate_limit: Patch<u32>,
    /// Whether a delivery waits for those before it.
    #[serde(default)]
    #[schemars(with = "bool")]
    pub ordered: Option<bool>,
}

/// How to change an endpoint's secret.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateWebhookSecret {
    /// Hours in which the old secret signs too, 0–168; 24 when absent.
    #[serde(default)]
    #[schemars(range(min = 0, max = 168))]
    pub overlap_hours: Option<u32>,
}

/// What to send again.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayWebhook {
    /// These deliveries of the endpoint, 1–100.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub delivery_ids: Option<Vec<DeliveryId>>,
    /// Events from this time on. Of a range, all that the endpoint hears now are sent, whether they were sent before or not.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Events before this time; until now when absent.
    #[serde(default)]
    pub to: Option<Timestamp>,
    /// Of a range, only what was given up.
    #[serde(default)]
    pub only_failed: Option<bool>,
    /// Of a range, after what was replayed before: the `next` of that answer.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub after: Option<String>,
}

/// What to send as a test.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestWebhook {
    /// Send a sample of each of these types: `tenant.created`, `tenant.*`, or `*` for all, whether the endpoint hears them or not.
    #[serde(default)]
    #[schemars(length(min = 1, max = 50), inner(length(min = 1, max = 64)))]
    pub event_types: Option<Vec<String>>,
}

/// What a test sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookTest {
    /// Always `webhook_test`.
    #[schemars(extend("const" = "webhook_test"))]
    pub object: String,
    /// The deliveries, one for each event.
    pub deliveries: Vec<WebhookDelivery>,
}

/// What a replay made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookReplay {
    /// Always `webhook_replay`.
    #[schemars(extend("const" = "webhook_replay"))]
    pub object: String,
    /// How many deliveries wait now because of it, at most 1,000.
    pub deliveries: i64,
    /// When the range has more: pass it as `after`, with the same range, to go on; else `null`.
    pub next: Option<String>,
}

/// One event on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookDelivery {
    /// Always `webhook_delivery`.
    #[schemars(extend("const" = "webhook_delivery"))]
    pub object: String,
    /// Its id.
    pub id: DeliveryId,
    /// The endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// The tenant of the endpoint.
    pub tenant_id: Option<TenantId>,
    /// The event, which is also the `webhook-id`: the same however often it is sent.
    pub event_id: EntryId,
    /// Its type.
    pub event_type: String,
    /// Whether it was asked for by a replay.
    pub replay: bool,
    /// What became of it.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next; `null` unless it waits.
    pub next_attempt_at: Option<Timestamp>,
    /// The last answer's HTTP status.
    pub last_status_code: Option<i64>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it succeeded or was given up.
    pub completed_at: Option<Timestamp>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It waits for its first or next attempt.
    Pending,
    /// The endpoint took it.
    Succeeded,
    /// It was given up after ten attempts.
    Failed,
    /// There is nothing more to send: retention removed the event.
    Canceled,
}

/// A delivery with all that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookDeliveryWithAttempts {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: WebhookDelivery,
    /// The body that is sent; `null` when the event is no longer there.
    pub request_body: Option<String>,
    /// The attempts, oldest first.
    pub attempt_log: Vec<WebhookAttempt>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookAttempt {
    /// The how-manieth, from 1.
    pub number: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// The answer's HTTP status; `null` when none came.
    pub status_code: Option<i64>,
    /// Why it failed; `null` when it did not.
    pub error: Option<String>,
    /// The headers that were sent; values of custom ones are masked.
    pub request_headers: BTreeMap<String, String>,
    /// The headers that were answered, at most 50.
    pub response_headers: Option<BTreeMap<String, String>>,
    /// The first 4 KiB of the answer.
    pub response_body: Option<String>,
}

/// How an endpoint fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookStats {
    /// Always `webhook_stats`.
    #[schemars(extend("const" = "webhook_stats"))]
    pub object: String,
    /// Deliveries that wait.
    pub pending: i64,
    /// When the oldest of them was made.
    pub oldest_pending_at: Option<Timestamp>,
    /// Deliveries that succeeded in the last 24 hours.
    pub succeeded_24h: i64,
    /// Deliveries that were given up in the last 24 hours.
    pub failed_24h: i64,
    /// Attempts that failed one after another until now.
    pub consecutive_failures: i64,
    /// Since when every attempt fails; `null` when the last one did not.
    pub failing_since: Option<Timestamp>,
}

filters! {
    /// Filters of the list of endpoints.
    pub struct ListWebhookEndpoints {
        /// Those of this tenant instead of the project's own.
        #[serde(default)]
        pub tenant_id: Option<TenantId>,
        /// Only those with this status.
        #[serde(default)]
        pub status: Option<WebhookStatus>,
        /// `true`: only those that were disabled for failing or being gone, or whose last attempt failed; `false`: only the others.
        #[serde(default)]
        pub failing: Option<bool>,
    }
}

filters! {
    /// Filters of the list of a tenant's endpoints.
    pub struct ListTenantWebhookEndpoints {
        /// Only those with this status.
        #[serde(default)]
        pub status: Option<WebhookStatus>,
        /// `true`: only those that were disabled for failing or being gone, or whose last attempt failed; `false`: only the others.
        #[serde(default)]
        pub failing: Option<bool>,
    }
}

filters! {
    /// Filters of the list of deliveries, newest first.
    pub struct ListDeliveries {
        /// Only these.
        #[serde(default)]
        pub status: Option<DeliveryStatus>,
        /// Only of this type.
        #[serde(default)]
        #[schemars(length(min = 1, max = 64))]
        pub event_type: Option<String>,
        /// Only of this event.
        #[serde(default)]
        pub event_id: Option<EntryId>,
    }
}

/// Headers that Carcosa or HTTP itself sets.
const RESERVED: [&str; 17] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
];

fn check_headers(violations: &mut Violations, headers: Option<&BTreeMap<String, String>>) {
    let Some(headers) = headers else { return };
    if headers.len() > MAX_HEADERS {
        violations.add("/headers", "too_many", format!("must be at most {MAX_HEADERS}"));
    }
    let mut seen = std::collections::BTreeSet::new();
    for (name, value) in headers {
        let pointer = format!("/headers/{}", name.replace('~', "~0").replace('/', "~1"));
        let lower = name.to_ascii_lowercase();
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || name.len() > 100 || !name.bytes().all(is_token) {
            violations.add(&pointer, "header_name", "must be named by 1–100 of letters, digits and -_.");
        } else if RESERVED.contains(&lower.as_str())
            || lower.starts_with("webhook-")
            || lower.starts_with("ce-")
        {
            violations.add(&pointer, "reserved", "is set by Carcosa or by HTTP itself");
        } else if !seen.insert(lower) {
            violations.add(&pointer, "duplicate", "is given twice");
        }
        let visible = |b: u8| b == b' ' || b.is_ascii_graphic();
        if value.is_empty()
            || value.len() > MAX_HEADER_VALUE
            || !value.bytes().all(visible)
            || value.trim() != value
        {
            let rule = "must have 1–1024 visible ASCII characters, without spaces around";
            violations.add(&pointer, "header_value", rule);
        }
    }
}

impl Validate for CreateWebhookEndpoint {
    fn validate(&self, violations: &mut Violations) {
        if let Some(text) = self.description.as_deref().filter(|text| !text.is_empty()) {
            one_line(violations, "/description", text);
        }
        check_headers(violations, self.headers.as_ref());
    }
}

impl Validate for UpdateWebhookEndpoint {
    fn validate(&self, violations: &mut Violations) {
        if let Some(text) = self.description.set().filter(|text| !text.is_empty()) {
            one_line(violations, "/description", text);
        }
        check_headers(violations, self.headers.set());
    }
}

impl Validate for ReplayWebhook {
    fn validate(&self, violations: &mut Violations) {
        match (&self.delivery_ids, self.from) {
            (Some(_), Some(_)) => {
                violations.add("/from", "conflict", "must not be given together with delivery_ids");
            }
            (None, None) => violations.add("/from", "required", "is needed, or delivery_ids"),
            _ => {}
        }
        if self.delivery_ids.is_some() && self.after.is_some() {
            violations.add("/after", "conflict", "must not be given together with delivery_ids");
        }
        if self.to.zip(self.from).is_some_and(|(to, from)| to <= from) {
            violations.add("/to", "empty", "must be later than from");
        }
    }
}

impl Validate for RotateWebhookSecret {}
impl Validate for TestWebhook {}
impl Validate for ListWebhookEndpoints {}
impl Validate for ListTenantWebhookEndpoints {}
impl Validate for ListDeliveries {}
