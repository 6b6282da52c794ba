//! The wire of Carcosa: what travels between a server and its callers.
//!
//! Ids, times, permissions, error codes, events, and the body of every request and response. Nothing here
//! does I/O, so an application can depend on these types without pulling in the server. The optional
//! `sqlx` feature adds the database codecs of [`Id`] and [`Timestamp`].

pub mod access;
pub mod error_code;
pub mod event;
pub mod event_data;
pub mod grants;
pub mod id;
pub mod installation;
pub mod key;
pub mod key_text;
pub mod key_usage;
pub mod key_use;
pub mod log;
pub mod log_integrity;
pub mod membership;
pub mod operator;
pub mod organization;
pub mod page;
pub mod patch;
pub mod permission;
pub mod problem;
pub mod project;
pub mod role;
pub mod security_policy;
pub mod setup;
pub mod slug;
pub mod slug_preview;
#[cfg(feature = "sqlx")]
mod sqlx_codec;
pub mod sync;
pub mod tenant;
pub mod tenant_dependents;
pub mod tenant_history;
pub mod timestamp;
pub mod token;
pub mod user;
pub mod validate;
pub mod webhook;

pub use error_code::ErrorCode;
pub use grants::Grants;
pub use id::{
    DeliveryId, EntryId, Id, IdKind, InvitationId, KeyId, MembershipId, OperatorId, OrganizationId,
    ProjectId, RoleId, SessionId, ShareId, SyncClientId, SyncReportId, TenantId, TokenId, UntypedId, UserId,
    WebhookEndpointId,
};
pub use page::Page;
pub use patch::Patch;
pub use permission::{Permission, PermissionSet};
pub use problem::Violation;
pub use timestamp::Timestamp;
pub use validate::{Validate, Violations};

/// An object with a version, which is also its `ETag`.
pub trait Versioned {
    /// Grows by one with each change.
    fn version(&self) -> i64;
}

macro_rules! versioned {
    ($($object:ty),+) => { $(
        impl Versioned for $object {
            fn version(&self) -> i64 { self.version }
        }
    )+ };
}
versioned!(
    key::ApiKey,
    membership::Invitation,
    membership::Membership,
    operator::Operator,
    organization::Organization,
    project::Project,
    role::Role,
    security_policy::SecurityPolicy,
    sync::SyncClient,
    tenant::Share,
    tenant::Tenant,
    user::User,
    webhook::WebhookEndpoint
);

impl Versioned for operator::InvitedOperator {
    fn version(&self) -> i64 {
        self.operator.version
    }
}

impl Versioned for project::OwnProject {
    fn version(&self) -> i64 {
        self.project.version
    }
}

impl Versioned for membership::InvitationWithToken {
    fn version(&self) -> i64 {
        self.invitation.version
    }
}

impl Versioned for key::ApiKeyWithSecret {
    fn version(&self) -> i64 {
        self.key.version
    }
}

impl Versioned for sync::SyncClientWithHealth {
    fn version(&self) -> i64 {
        self.client.version
    }
}

impl Versioned for webhook::WebhookEndpointWithSecret {
    fn version(&self) -> i64 {
        self.endpoint.version
    }
}
