//! What an entry looks like from outside, and which types a filter means.

use carcosa_kernel::log::Body;
use carcosa_kernel::log::chain::{self, Fields};
use carcosa_kernel::{Error, Result};
use carcosa_types::event::REGISTRY;
use carcosa_types::log::{Actor, AuditEntry, Event, Target};
use carcosa_types::{EntryId, KeyId, ProjectId, TenantId, Timestamp, UntypedId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Most types in one filter.
pub const MAX_TYPES: usize = 20;

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
        UntypedId::from_noun(&self.target_kind, self.target_id)
            .map_or_else(|| self.target_id.to_string(), |id| id.to_string())
    }

    fn tenant(&self) -> Option<String> {
        self.tenant_id.map(|id| TenantId::from_uuid(id).to_string())
    }

    fn actor_id(&self) -> Option<String> {
        self.actor_id.map(|id| KeyId::from_uuid(id).to_string())
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
        }
    }

    /// As an entry of the audit trail.
    pub fn audit_entry(&self) -> AuditEntry {
        let body = self.body();
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
        let noun = name.strip_suffix(".*");
        let before = found.len();
        found.extend(REGISTRY.iter().map(|event| event.name).filter(|event| match noun {
            Some(noun) => event.strip_prefix(noun).is_some_and(|rest| rest.starts_with('.')),
            None => *event == name,
        }));
        if found.len() == before {
            let detail = format!("`{}` is no type of event; see /docs/events", name.escape_default());
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
    fn hexadecimal_both_ways() {
        assert_eq!(unhex(&hex(&[0, 15, 255])).unwrap(), [0, 15, 255]);
        for bad in ["0", "zz", "0é", "+f"] {
            assert_eq!(unhex(bad), None);
        }
    }
}
