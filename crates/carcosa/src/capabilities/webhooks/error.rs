//! Error codes of webhooks.

use carcosa_types::error_codes;

error_codes! {
    TOO_MANY_WEBHOOK_ENDPOINTS = "too_many_webhook_endpoints", 409, "Too many webhook endpoints",
        "The project, or the tenant, has 100 endpoints, which is the most. Delete one, or let one hear more types.";
    WEBHOOK_NOT_ENABLED = "webhook_not_enabled", 409, "Webhook endpoint not enabled",
        "The endpoint is paused or disabled. Resume it first.";
}
