//! API keys of the project and of tenants, and what was verified with them.

use serde_json::json;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::client::Client;
use super::text;
use crate::shell::Result;

/// How often a key of a tenant was shown to the application, and what for.
const USES: &[(&str, &str, usize)] = &[
    ("ext:crm-1006", "card:grade", 240),
    ("slug:northwind", "card:read", 180),
    ("ext:crm-1003", "order:refund", 12),
];

pub(super) fn plant(project: &Client) -> Result {
    let body = json!({ "name": "Storefront", "scopes": ["tenant:read", "key:verify", "access:check", "token:create"] });
    let made = project.post("/v1/keys", &body)?;
    // By the server's own clock.
    let now = OffsetDateTime::parse(text(&made, "/created_at")?, &Rfc3339)?;
    let soon = (now + Duration::days(5)).format(&Rfc3339)?;
    let export =
        json!({ "name": "Nightly export", "scopes": ["audit:export", "event:read"], "expires_at": soon });
    project.post("/v1/keys", &export)?;
    let disabled =
        project.post("/v1/keys", &json!({ "name": "Old importer", "scopes": ["tenant:create"] }))?;
    project.patch(&format!("/v1/keys/{}", text(&disabled, "/id")?), &json!({ "enabled": false }))?;
    let revoked =
        project.post("/v1/keys", &json!({ "name": "Leaked in a screenshot", "scopes": ["tenant:read"] }))?;
    project.delete(&format!("/v1/keys/{}", text(&revoked, "/id")?))?;
    for (tenant, permission, times) in USES {
        let body = json!({
            "name": "Integration",
            "scopes": ["card:*", "tenant:read"],
            "rate_limit": { "limit": 600, "period_seconds": 60, "burst": 300 },
            "credits": { "remaining": 5_000, "refill": { "amount": 10_000, "every": "month" } },
        });
        let made = project.post(&format!("/v1/tenants/{tenant}/keys"), &body)?;
        let question =
            json!({ "key": text(&made, "/secret")?, "tenant": tenant, "permissions": [permission] });
        for _ in 0..*times {
            project.post("/v1/keys/verify", &question)?;
        }
    }
    Ok(())
}
