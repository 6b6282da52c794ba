//! The data of events that are no change of an object with a type of its own.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DeliveryId, OrganizationId, ProjectId, TenantId, Timestamp, TokenId, UserId, WebhookEndpointId};

/// Nothing: who and when says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Nothing {}

/// Refusals that were counted together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccessDenied {
    /// The permission that was needed; `null` for refusals of several kinds.
    pub permission: Option<String>,
    /// Why it was refused; `null` for refusals of several kinds.
    pub code: Option<String>,
    /// How many there were.
    pub count: u64,
    /// When the first was.
    pub first_at: Timestamp,
    /// When the last was.
    pub last_at: Timestamp,
}

/// Failed sign-ins to the application that were counted together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignInFailed {
    /// The keyed hash of the account that was named: the same account has the same hash, and nobody reads it out of that.
    pub account: String,
    /// From where.
    pub ip: Option<String>,
    /// How many there were.
    pub count: u64,
    /// When the first was.
    pub first_at: Timestamp,
    /// When the last was.
    pub last_at: Timestamp,
}

/// Failed sign-ins of an operator that were counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OperatorSignInFailed {
    /// How many there were.
    pub count: i64,
    /// Whether there is an operator with that address.
    pub known: bool,
}

/// Sessions of an operator that were ended together, each with an entry of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OperatorSessionsRevoked {
    /// How many there were.
    pub count: u64,
}

/// A sign-in of a user to a tenant: all tokens that come of it, and none of their text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenFamily {
    /// Always `token`.
    #[schemars(extend("const" = "token"))]
    pub object: String,
    /// Its id.
    pub id: TokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// The organization that it is limited to.
    pub organization_id: Option<OrganizationId>,
    /// Whether with a second factor.
    pub mfa: bool,
    /// How the user signed in, as the application said.
    pub method: Option<String>,
    /// When it ends in any case.
    pub expires_at: Timestamp,
}

/// Proof that a tenant was purged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantPurged {
    /// An [`Erasure`] as JSON text, exactly as signed.
    pub record: String,
    /// The Ed25519 signature of the record, base64.
    pub signature: String,
    /// The installation's public key, base64.
    pub public_key: String,
}

/// What was erased of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Erasure {
    /// Always `erasure`.
    #[schemars(extend("const" = "erasure"))]
    pub object: String,
    /// The project.
    pub project_id: ProjectId,
    /// The tenant that was.
    pub tenant_id: TenantId,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// When it was purged.
    pub erased_at: Timestamp,
    /// Rows erased, by table; of `log_bodies`, entries whose personal part was erased.
    pub rows: BTreeMap<String, u64>,
}

/// Entries of the log that retention removed in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditPruned {
    /// Entries removed.
    pub entries: u64,
    /// Streams that they were removed from.
    pub streams: u64,
    /// What is older was to go.
    pub before: Timestamp,
    /// From this position on nothing is missing; the feed begins here.
    pub first_position: i64,
}

/// Events that were sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookReplayed {
    /// Always `webhook_replay`.
    #[schemars(extend("const" = "webhook_replay"))]
    pub object: String,
    /// The endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// How many deliveries it was.
    pub deliveries: u64,
    /// From which time on, of a range.
    pub from: Option<Timestamp>,
    /// Before which time.
    pub to: Option<Timestamp>,
    /// Which deliveries, when they were named.
    pub delivery_ids: Option<Vec<DeliveryId>>,
}
