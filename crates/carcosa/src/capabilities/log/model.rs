//! What an entry looks like from outside, and which types a filter means.

use carcosa_kernel::log::Body;
use carcosa_kernel::log::chain::{self, Fields};
use carcosa_kernel::{Error, Result};
use carcosa_types::event::{
    ACCESS_DENIED, AUDIT_EXPORTED, AUDIT_PRUNED, OPERATOR_SESSIONS_REVOKED, SIGN_IN_FAILED, matching,
};
use carcosa_types::log::{Actor, AuditEntry, Event, Target};
use carcosa_types::{EntryId, ProjectId, TenantId, Timestamp, UntypedId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Most types in one filter.
pub const MAX_TYPES: usize = 20;

/// Types of entries that are no change of an object: what there is to know of them stands in their data.
const OF_NO_OBJECT: [&str; 5] = [
    ACCESS_DENIED.name,
    SIGN_IN_FAILED.name,
    OPERATOR_SESSIONS_REVOKED.name,
    AUDIT_EXPORTED.name,
    AUDIT_PRUNED.name,
];

/// An entry as stored, with everything that its hash covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns of the log, named alike")]
pub struct StoredEntry {
    pub id: Uuid,
    pub stream_id: Uuid,
    pub tenant_id: Option<Uuid>,
    pub seq: i64,
    #[serde(rename = "type")]
    pub kind: String,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub target_kind: String,
    pub target_id: Uuid,
    /// JSON text, exactly as hashed; `None` once erased.
    pub body: Option<String>,
    /// Hexadecimal; erased with the body.
    pub body_salt: Option<String>,
    /// Hexadecimal.
    pub body_hash: String,
    /// Microseconds since 1970.
    pub recorded_at: i64,
    /// Hexadecimal.
    pub hash: String,
    pub position: Option<i64>,
}

impl StoredEntry {
    /// A body that cannot be read is shown as one that was erased: it must not stop those who read on.
    fn body(&self) -> Body {
        let read = self.body.as_deref().map(serde_json::from_str::<Body>).transpose();
        read.unwrap_or_else(|cause| {
            tracing::error!(entry = %self.id, %cause, "the body of a log entry cannot be read");
            None
        })
        .unwrap_or_default()
    }

    fn target(&self) -> String {
        id_text(&self.target_kind, self.target_id)
    }

    fn tenant(&self) -> Option<String> {
        self.tenant_id.map(|id| TenantId::from_uuid(id).to_string())
    }

    fn actor_id(&self) -> Option<String> {
        self.actor_id.map(|id| id_text(&self.actor_kind, id))
    }

    fn position(&self) -> String {
        self.position.unwrap_or_default().to_string()
    }

    /// As an event of the feed.
    pub fn event(&self, project: ProjectId) -> Event {
        Event {
            specversion: "1.0".to_owned(),
            id: EntryId::from_uuid(self.id),
            source: format!("/projects/{project}"),
            kind: self.kind.clone(),
            subject: self.target(),
            time: Timestamp::from_micros(self.recorded_at),
            datacontenttype: "application/json".to_owned(),
            data: self.body().data,
            position: self.position(),
            sequence: self.seq.to_string(),
            projectid: project.to_string(),
            tenantid: self.tenant(),
            actor: self.actor_id().unwrap_or_else(|| self.actor_kind.clone()),
            sample: None,
        }
    }

    /// As an event that the project sees, or one of its tenants: who of others did it is told by kind alone.
    #[must_use]
    pub fn event_for(&self, project: ProjectId, seen_by: Option<TenantId>) -> Event {
        let mut event = self.event(project);
        if seen_by.is_some_and(|tenant| self.body().actor_tenant != Some(tenant)) {
            event.actor.clone_from(&self.actor_kind);
        }
        event
    }

    /// As an entry of the audit trail.
    #[must_use]
    pub fn audit_entry(&self) -> AuditEntry {
        self.audit_entry_of(self.body())
    }

    /// As an entry of the audit trail that a tenant sees: who of others did it and what they are called, but neither which
    /// credential it was nor from where.
    #[must_use]
    pub fn audit_entry_for(&self, tenant: TenantId) -> AuditEntry {
        let body = self.body();
        let is_own = body.actor_tenant == Some(tenant);
        let mut entry = self.audit_entry_of(body);
        if !is_own {
            entry.actor.id = None;
            entry.ip = None;
            entry.user_agent = None;
            entry.request_id = None;
        }
        entry
    }

    fn audit_entry_of(&self, body: Body) -> AuditEntry {
        AuditEntry {
            object: "audit_entry".to_owned(),
            id: EntryId::from_uuid(self.id),
            action: self.kind.clone(),
            actor: Actor { kind: self.actor_kind.clone(), id: self.actor_id(), name: body.actor_name },
            target: Target { kind: self.target_kind.clone(), id: self.target() },
            tenant_id: self.tenant(),
            changes: if body.changes.is_null() {
                Value::Object(serde_json::Map::new())
            } else {
                body.changes
            },
            details: if OF_NO_OBJECT.contains(&self.kind.as_str()) { body.data } else { Value::Null },
            reason: body.reason,
            ip: body.ip,
            user_agent: body.user_agent,
            request_id: body.request_id,
            created_at: Timestamp::from_micros(self.recorded_at),
            position: self.position(),
            sequence: self.seq.to_string(),
            hash: self.hash.clone(),
            erased: self.body.is_none(),
        }
    }

    /// What the chain covers of it; `None` when a stored hash has not 32 bytes.
    #[must_use]
    pub fn fields(&self, project: ProjectId) -> Option<Fields> {
        Some(Fields {
            id: EntryId::from_uuid(self.id),
            project,
            stream: self.stream_id,
            tenant: self.tenant_id.map(TenantId::from_uuid),
            seq: self.seq,
            kind: self.kind.clone(),
            actor_kind: self.actor_kind.clone(),
            actor_id: self.actor_id,
            target_kind: self.target_kind.clone(),
            target_id: self.target_id,
            body_hash: unhex(&self.body_hash)?.try_into().ok()?,
            recorded_at: Timestamp::from_micros(self.recorded_at),
        })
    }

    /// Whether the body is the one that was hashed. An erased body is not there to be wrong.
    #[must_use]
    pub fn body_is_whole(&self) -> bool {
        match (&self.body, &self.body_salt) {
            (None, None) => true,
            (Some(body), Some(salt)) => {
                unhex(salt).is_some_and(|salt| hex(&chain::body_hash(&salt, body)) == self.body_hash)
            }
            _ => false,
        }
    }
}

/// The id of an object as text; the bare UUID of a kind that this version does not know.
fn id_text(noun: &str, uuid: Uuid) -> String {
    UntypedId::from_noun(noun, uuid).map_or_else(|| uuid.to_string(), |id| id.to_string())
}

/// The id of an actor that a filter names.
pub fn actor(text: &str) -> Result<UntypedId> {
    text.parse::<UntypedId>().ok().filter(|id| ACTORS.contains(&id.noun())).ok_or_else(|| {
        Error::parameter("actor_id", "invalid", "must be the id of an API key, an operator or a user")
    })
}

/// Kinds of actors that have ids.
const ACTORS: [&str; 3] = ["api_key", "operator", "user"];

/// Bytes as hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hexadecimal as bytes.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    // `from_str_radix` alone would take `+f` too.
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// The types that a filter such as `tenant.created,key.*` means.
pub fn types(parameter: &str, filter: &str) -> Result<Vec<&'static str>> {
    let wanted: Vec<&str> = filter.split(',').map(str::trim).collect();
    if wanted.len() > MAX_TYPES {
        return Err(Error::parameter(parameter, "too_many", format!("may name at most {MAX_TYPES} types")));
    }
    let mut found = Vec::new();
    for name in wanted {
        let before = found.len();
        found.extend(matching(name));
        if found.len() == before {
            let detail = format!("“{}” is no type of event; see /docs/events", name.escape_default());
            return Err(Error::parameter(parameter, "unknown_type", detail));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_name_types_and_whole_nouns() {
        assert_eq!(types("types", "tenant.created").unwrap(), ["tenant.created"]);
        assert_eq!(types("types", "share.*, key.revoked").unwrap().len(), 3);
        for bad in ["", "tenant", "tenant.*.x", "*", "ten.*", "tenant.created,", ".*"] {
            assert!(types("types", bad).is_err(), "{bad}");
        }
        assert!(types("types", &["tenant.created"; 20].join(",")).is_ok());
        assert!(types("types", &["tenant.created"; 21].join(",")).is_err());
    }

    #[test]
    fn actors_are_known_by_their_kind() {
        let uuid = Uuid::from_u128(7);
        for (noun, prefix) in [("api_key", "key_"), ("operator", "opr_"), ("user", "usr_")] {
            let text = id_text(noun, uuid);
            assert!(text.starts_with(prefix), "{text}");
            assert_eq!(actor(&text).unwrap(), UntypedId::from_noun(noun, uuid).unwrap());
        }
        assert_eq!(id_text("robot", uuid), uuid.to_string());
        for bad in ["", "x", "cli", &TenantId::from_uuid(uuid).to_string(), &uuid.to_string()] {
            assert!(actor(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hexadecimal_both_ways() {
        assert_eq!(unhex(&hex(&[0, 15, 255])).unwrap(), [0, 15, 255]);
        for bad in ["0", "zz", "0é", "+f"] {
            assert_eq!(unhex(bad), None);
        }
    }
}
