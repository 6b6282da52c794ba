//! What the log shows: the feed of events and the audit trail.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::page::filters;
use crate::validate::Validate;
use crate::{EntryId, Timestamp};

/// One committed change as a [CloudEvents 1.0](https://github.com/cloudevents/spec) envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Always `1.0`.
    #[schemars(extend("const" = "1.0"))]
    pub specversion: String,
    /// The id of the event; the same wherever it is seen.
    pub id: EntryId,
    /// The project's address in this installation: `/projects/prj_…`.
    pub source: String,
    /// `noun.verb_past`, such as `tenant.suspended`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of the object that changed.
    pub subject: String,
    /// When it was committed.
    pub time: Timestamp,
    /// Always `application/json`.
    #[schemars(extend("const" = "application/json"))]
    pub datacontenttype: String,
    /// The object after the change; `null` once its personal data was erased.
    pub data: Value,
    /// Its place in the total order of the project, decimal.
    pub position: String,
    /// Its place in the stream of its tenant (or of the project itself), decimal, without gaps.
    pub sequence: String,
    /// The project.
    pub projectid: String,
    /// The tenant, unless it concerns the project itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenantid: Option<String>,
    /// Who did it: the id of a key, an operator or a user, or `cli`, `system`.
    pub actor: String,
    /// `true` of a sample that a test sends: nothing has happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<bool>,
}

/// One type of event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventTypeInfo {
    /// Always `event_type`.
    #[schemars(extend("const" = "event_type"))]
    pub object: String,
    /// `noun.verb_past`: the `type` of the events.
    pub name: String,
    /// When it is recorded.
    pub description: String,
    /// The JSON Schema (draft 2020-12) of the events' `data`. Members may be added; those that are there keep their meaning.
    pub schema: Value,
    /// Data made up after the schema: what a sample of this type has.
    pub sample: Value,
}

/// One committed change as an entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// Always `audit_entry`.
    #[schemars(extend("const" = "audit_entry"))]
    pub object: String,
    /// The id, the same as the event's.
    pub id: EntryId,
    /// What was done, the same as the event's type.
    pub action: String,
    /// Who did it.
    pub actor: Actor,
    /// What it was done to.
    pub target: Target,
    /// The tenant concerned.
    pub tenant_id: Option<String>,
    /// Each field that changed, before and after. Secrets never appear.
    pub changes: Value,
    /// Of an entry that is no change of an object, such as `access.denied`, what there is to know: the event's `data`. Else
    /// `null`.
    pub details: Value,
    /// The reason given.
    pub reason: Option<String>,
    /// Where the request came from.
    pub ip: Option<String>,
    /// What sent it.
    pub user_agent: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
    /// When it was committed.
    pub created_at: Timestamp,
    /// Its place in the total order of the project, decimal.
    pub position: String,
    /// Its place in its stream, decimal.
    pub sequence: String,
    /// The hash that chains it to its predecessor in the stream, hexadecimal SHA-256.
    pub hash: String,
    /// Whether its personal data was erased.
    pub erased: bool,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// `api_key`, `operator`, `user`, `cli` or `system`.
    pub kind: String,
    /// The id of the credential or person, when there is one.
    pub id: Option<String>,
    /// A name for people.
    pub name: Option<String>,
}

/// What something was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// `tenant`, `organization`, `api_key`, …
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// A kind of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// An API key.
    ApiKey,
    /// An operator of the installation.
    Operator,
    /// A user of the application.
    User,
    /// The console of the machine.
    Cli,
    /// Carcosa itself.
    System,
}

impl ActorKind {
    /// Its word, on the wire and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Operator => "operator",
            Self::User => "user",
            Self::Cli => "cli",
            Self::System => "system",
        }
    }
}

/// Filters of the feed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListEvents {
    /// Events per page, 1–100; 20 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<u32>,
    /// Start after this cursor, taken from `page.after`; from the beginning when absent.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub after: Option<String>,
    /// Only these types, separated by commas; `tenant.*` for a whole noun. At most 20.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    pub types: Option<String>,
    /// Only this tenant's: an id, `slug:acme` or `ext:42`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 140))]
    pub tenant_id: Option<String>,
    /// Seconds to wait for an event when there is none, 0–25; 0 when absent.
    #[serde(default)]
    #[schemars(range(min = 0, max = 25))]
    pub wait: Option<u32>,
}

/// Filters of a tenant's feed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTenantEvents {
    /// Events per page, 1–100; 20 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<u32>,
    /// Start after this cursor, taken from `page.after`; from the beginning when absent.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub after: Option<String>,
    /// Only these types, separated by commas; `tenant.*` for a whole noun. At most 20.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    pub types: Option<String>,
    /// Seconds to wait for an event when there is none, 0–25; 0 when absent.
    #[serde(default)]
    #[schemars(range(min = 0, max = 25))]
    pub wait: Option<u32>,
}

/// What a stream of events has.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamEvents {
    /// Start after this cursor, taken from `page.after` or the `id` of an event; from now on when absent. The header `Last-Event-ID`, which
    /// browsers send by themselves, goes before it.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub after: Option<String>,
    /// Only these types, separated by commas; `tenant.*` for a whole noun. At most 20.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    pub types: Option<String>,
    /// Only this tenant's: an id, `slug:acme` or `ext:42`. Not in a tenant's own stream.
    #[serde(default)]
    #[schemars(length(min = 1, max = 140))]
    pub tenant_id: Option<String>,
}

filters! {
    /// Filters of the audit trail, newest first.
    pub struct ListAudit {
        /// Only these actions, separated by commas; `tenant.*` for a whole noun. At most 20.
        #[serde(default)]
        #[schemars(length(min = 1, max = 1000))]
        pub action: Option<String>,
        /// Only by actors of this kind.
        #[serde(default)]
        pub actor_kind: Option<ActorKind>,
        /// Only by this actor: the id of a key, an operator or a user.
        #[serde(default)]
        #[schemars(length(max = 64))]
        pub actor_id: Option<String>,
        /// Only on this object: an id of any kind.
        #[serde(default)]
        #[schemars(length(max = 64))]
        pub target_id: Option<String>,
        /// Only this tenant's: an id, `slug:acme` or `ext:42`.
        #[serde(default)]
        #[schemars(length(min = 1, max = 140))]
        pub tenant_id: Option<String>,
        /// Only from this time on.
        #[serde(default)]
        pub from: Option<Timestamp>,
        /// Only before this time.
        #[serde(default)]
        pub to: Option<Timestamp>,
    }
}

filters! {
    /// Filters of one tenant's audit trail, newest first.
    pub struct ListTenantAudit {
        /// Only these actions, separated by commas; `organization.*` for a whole noun. At most 20.
        #[serde(default)]
        #[schemars(length(min = 1, max = 1000))]
        pub action: Option<String>,
        /// Only by actors of this kind.
        #[serde(default)]
        pub actor_kind: Option<ActorKind>,
        /// Only by this actor: the id of a key, an operator or a user.
        #[serde(default)]
        #[schemars(length(max = 64))]
        pub actor_id: Option<String>,
        /// Only on this object: an id of any kind.
        #[serde(default)]
        #[schemars(length(max = 64))]
        pub target_id: Option<String>,
        /// Only from this time on.
        #[serde(default)]
        pub from: Option<Timestamp>,
        /// Only before this time.
        #[serde(default)]
        pub to: Option<Timestamp>,
    }
}

/// What an export is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// One `AuditEntry` per line, as JSON.
    #[default]
    Ndjson,
    /// RFC 4180, with a line of column names first.
    Csv,
}

/// What to export, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportAudit {
    /// `ndjson` (default) or `csv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<ExportFormat>,
    /// Only these actions, separated by commas; `tenant.*` for a whole noun. At most 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    pub action: Option<String>,
    /// Only by actors of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_kind: Option<ActorKind>,
    /// Only by this actor: the id of a key, an operator or a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub actor_id: Option<String>,
    /// Only on this object: an id of any kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub target_id: Option<String>,
    /// Only this tenant's: an id, `slug:acme` or `ext:42`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 140))]
    pub tenant_id: Option<String>,
    /// Only from this time on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

impl Validate for ListEvents {}
impl Validate for ListTenantEvents {}
impl Validate for StreamEvents {}
impl Validate for ListAudit {}
impl Validate for ListTenantAudit {}
impl Validate for ExportAudit {}
