//! Webhook endpoints: two that are answered, and one that nobody listens at.

use serde_json::json;

use super::client::Client;
use crate::http::free_port;
use crate::shell::Result;

pub(super) fn plant(project: &Client, sink: u16) -> Result {
    let url = |port: u16, path: &str| format!("http://127.0.0.1:{port}/{path}");
    let all = json!({
        "url": url(sink, "hooks/carcosa"),
        "event_types": ["tenant.*", "user.*", "membership.*", "invitation.*"],
        "description": "The shop's own copy of who is who",
    });
    project.post("/v1/webhook-endpoints", &all)?;
    let own = json!({
        "url": url(sink, "northwind"),
        "event_types": ["membership.*", "tenant.updated"],
        "description": "Northwind's staff directory",
        "rate_limit": 50,
    });
    project.post("/v1/tenants/slug:northwind/webhook-endpoints", &own)?;
    let dead = json!({
        "url": url(free_port()?, "warehouse"),
        "event_types": ["tenant.updated", "role.*"],
        "description": "The old warehouse, which is being moved",
        "ordered": true,
    });
    project.post("/v1/webhook-endpoints", &dead)?;
    for (tenant, seats) in [("slug:northwind", 260), ("ext:crm-1006", 130), ("ext:crm-1002", 72)] {
        project.patch(&format!("/v1/tenants/{tenant}"), &json!({ "metadata": { "seats": seats } }))?;
    }
    Ok(())
}
