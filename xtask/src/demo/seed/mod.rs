//! The sample: who might use CardVault, a place where people and shops keep track of their trading cards.
//!
//! Tenants come from the command line, before the server starts; all else through its API, as an application and as an operator
//! use it.

mod client;
mod keys;
mod operators;
mod people;
mod sync;
pub(super) mod tenants;
mod webhooks;

use serde_json::{Value, json};

use self::client::Client;
use super::Access;
use crate::shell::Result;

/// What the application's own permissions allow.
const PERMISSIONS: &[(&str, &str)] = &[
    ("card:read", "See the cards of a collection."),
    ("card:create", "Add cards to a collection."),
    ("card:grade", "Examine cards and rate them."),
    ("deck:publish", "Show a deck to everyone."),
    ("order:refund", "Give money back."),
];

/// Puts everything but the tenants into the project of the demo. Events go to the sink, which listens at a port.
pub(super) fn furnish(port: u16, access: &Access, sink: u16) -> Result {
    let project = Client::with_key(port, &access.key);
    settings(&project)?;
    webhooks::plant(&project, sink)?;
    let clients = sync::register(&project)?;
    people::plant(&project)?;
    keys::plant(&project)?;
    sharing(&project)?;
    operators::plant(port, access)?;
    sync::report(&project, &clients)
}

fn settings(project: &Client) -> Result {
    let permissions: serde_json::Map<String, Value> =
        PERMISSIONS.iter().map(|(name, help)| ((*name).to_owned(), (*help).into())).collect();
    let segments = ["retail", "education", "publisher", "club", "auction", "marketplace", "grading"];
    let schema = json!({
        "type": "object",
        "properties": {
            "segment": { "enum": segments, "description": "What they do with cards." },
            "seats": { "type": "integer", "minimum": 0 },
            "cards": { "type": "integer", "minimum": 0 },
            "country": { "type": "string", "pattern": "^[A-Z]{2}$" },
        },
        "additionalProperties": false,
    });
    let settings =
        json!({ "permissions": permissions, "metadata_schema": schema, "invitation_expiry_days": 14 });
    project.patch("/v1/project", &json!({ "settings": settings })).map(drop)
}

/// What tenants let others use, and what one asks of its people.
fn sharing(project: &Client) -> Result {
    for (owner, grantee, resource, role) in [
        ("slug:northwind", "ext:crm-1006", "collection/returns-2026", "grade"),
        ("ext:crm-1003", "slug:northwind", "proofs/spring-set", "read"),
        ("ext:crm-1006", "ext:crm-1004", "reports/lager-koeln", "read"),
    ] {
        let body = json!({ "grantee_id": grantee, "resource": resource, "role": role });
        project.post(&format!("/v1/tenants/{owner}/shares"), &body)?;
    }
    let policy = json!({ "mfa_required": true, "max_session_seconds": 43_200 });
    project.patch("/v1/tenants/ext:crm-1003/security-policy", &policy).map(drop)
}

/// A text in an answer.
fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("no {pointer} in {value}"))?)
}
