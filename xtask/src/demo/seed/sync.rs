//! Copies that the application keeps: one that has everything, one that is behind, one that fails.

use serde_json::{Value, json};

use super::client::Client;
use super::text;
use crate::shell::Result;

/// The copies, and up to where the one that is behind got.
pub(super) struct Clients {
    ids: [String; 3],
    early: String,
}

/// Registers them, and notes how far everything is.
pub(super) fn register(project: &Client) -> Result<Clients> {
    let make = |name: &str, description: &str| -> Result<String> {
        let body = json!({ "name": name, "description": description, "silent_after_seconds": 604_800 });
        Ok(text(&project.post("/v1/sync/clients", &body)?, "/id")?.to_owned())
    };
    let ids = [
        make("Shop database", "Tenants and people beside the shop's own tables")?,
        make("Search index", "Rebuilt at night")?,
        make("Data warehouse", "Reports for finance")?,
    ];
    Ok(Clients { ids, early: cursor(project)? })
}

/// Lets each say how it fares.
pub(super) fn report(project: &Client, clients: &Clients) -> Result {
    let [current, behind, failing] = &clients.ids;
    let say = |id: &str, body: Value| project.post(&format!("/v1/sync/clients/{id}/reports"), &body);
    for (id, objects) in [(current, 140), (behind, 38), (failing, 38)] {
        let body = json!({
            "kind": "snapshot", "outcome": "succeeded", "cursor": clients.early, "objects": objects, "duration_ms": 2_310,
        });
        say(id, body)?;
    }
    for took in [41, 38, 55] {
        say(behind, json!({ "kind": "changes", "outcome": "succeeded", "objects": 0, "duration_ms": took }))?;
    }
    let error = "relation \"customers\" is locked by a migration";
    say(failing, json!({ "kind": "changes", "outcome": "failed", "error": error, "duration_ms": 30_000 }))?;
    let now = cursor(project)?;
    say(current, json!({ "kind": "compare", "outcome": "succeeded", "differences": 0, "duration_ms": 640 }))?;
    let body = json!({
        "kind": "changes", "outcome": "succeeded", "cursor": now, "objects": 102, "duration_ms": 87,
    });
    say(current, body).map(drop)
}

/// What a snapshot of this moment ends with.
fn cursor(project: &Client) -> Result<String> {
    let lines = project.lines("/v1/sync/snapshot")?;
    Ok(text(lines.last().ok_or("an empty snapshot")?, "/cursor")?.to_owned())
}
