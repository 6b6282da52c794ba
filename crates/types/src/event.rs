//! The registry of event types: each with the Rust type of its data, so that nothing else can be recorded under its name, and a JSON
//! Schema that is true by construction.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::event_data::{
    AccessDenied, AuditPruned, Nothing, OperatorSessionsRevoked, OperatorSignInFailed, SignInFailed,
    TenantPurged, TokenFamily, WebhookReplayed,
};
use crate::key::ApiKey;
use crate::log::ExportAudit;
use crate::membership::{Invitation, Membership};
use crate::operator::{Operator, Session};
use crate::organization::Organization;
use crate::project::Project;
use crate::role::Role;
use crate::security_policy::SecurityPolicy;
use crate::sync::SyncClient;
use crate::tenant::{Share, Tenant};
use crate::user::User;
use crate::webhook::WebhookEndpoint;

/// One type of event.
#[derive(Clone, Copy)]
pub struct EventType {
    /// `noun.verb_past`.
    pub name: &'static str,
    /// When it is recorded.
    pub help: &'static str,
    /// The schema of its data.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

impl fmt::Debug for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A type of event whose data is a `T`.
pub struct EventOf<T> {
    /// `noun.verb_past`.
    pub name: &'static str,
    help: &'static str,
    data: PhantomData<fn() -> T>,
}

impl<T> Clone for EventOf<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for EventOf<T> {}
impl<T> fmt::Debug for EventOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<T: JsonSchema> EventOf<T> {
    const fn row(self) -> EventType {
        EventType { name: self.name, help: self.help, schema: SchemaGenerator::subschema_for::<T> }
    }
}

macro_rules! events {
    ($($name:ident($data:ty) = $text:literal, $help:literal;)+) => {
        $(
            #[doc = concat!("`", $text, "`: ", $help)]
            pub const $name: EventOf<$data> = EventOf { name: $text, help: $help, data: PhantomData };
        )+
        /// Every type of event there is.
        pub const REGISTRY: &[EventType] = &[$($name.row()),+];
    };
}

events! {
    PROJECT_CREATED(Project) = "project.created", "A project was created.";
    PROJECT_UPDATED(Project) = "project.updated", "A project's name or settings changed.";
    OPERATOR_CREATED(Operator) = "operator.created", "An operator was invited, or made at the first start.";
    OPERATOR_UPDATED(Operator) = "operator.updated", "An operator's name or roles changed, or they were disabled or enabled.";
    OPERATOR_DELETED(Operator) = "operator.deleted", "An operator was removed.";
    OPERATOR_JOINED(Operator) = "operator.joined", "An operator accepted the invitation and chose a password.";
    OPERATOR_LINKED(Operator) = "operator.linked", "An operator came by single sign-on for the first time.";
    OPERATOR_INVITATION_RESENT(Operator) = "operator.invitation_resent", "An operator's invitation was sent again, with a new link.";
    OPERATOR_LINK_SENT(Operator) = "operator.link_sent", "An operator was mailed a link to choose a password.";
    OPERATOR_PASSWORD_RESET_REQUESTED(Nothing) = "operator.password_reset_requested", "Someone asked for a new password. Whose, is not told.";
    OPERATOR_PASSWORD_CHANGED(Operator) = "operator.password_changed", "An operator has a new password.";
    OPERATOR_TOTP_STARTED(Operator) = "operator.totp_started", "An operator began to set up an authenticator app.";
    OPERATOR_TOTP_ENABLED(Operator) = "operator.totp_enabled", "An operator signs in with a second factor from now on.";
    OPERATOR_TOTP_DISABLED(Operator) = "operator.totp_disabled", "An operator signs in without a second factor from now on.";
    OPERATOR_RECOVERY_CODES_REPLACED(Operator) = "operator.recovery_codes_replaced", "An operator has new recovery codes; those before are void.";
    OPERATOR_SESSIONS_REVOKED(OperatorSessionsRevoked) = "operator.sessions_revoked", "All sessions of an operator, or all but the one they work in, were ended: so many.";
    OPERATOR_SIGN_IN_FAILED(OperatorSignInFailed) = "operator.sign_in_failed", "Sign-ins failed: so many since the last such entry, at most one a minute for an account and address.";
    SESSION_CREATED(Session) = "session.created", "An operator signed in.";
    SESSION_REVOKED(Session) = "session.revoked", "An operator signed out, or a session was ended.";
    USER_CREATED(User) = "user.created", "A user was created.";
    USER_UPDATED(User) = "user.updated", "A user's fields changed.";
    USER_DISABLED(User) = "user.disabled", "A user was disabled, in every tenant.";
    USER_ENABLED(User) = "user.enabled", "A disabled user was enabled again.";
    USER_DELETED(User) = "user.deleted", "A user and all memberships were deleted.";
    MEMBERSHIP_CREATED(Membership) = "membership.created", "A user became a member of a tenant.";
    MEMBERSHIP_UPDATED(Membership) = "membership.updated", "A membership's role, organization or status changed.";
    MEMBERSHIP_DELETED(Membership) = "membership.deleted", "A user is no longer a member of a tenant.";
    INVITATION_CREATED(Invitation) = "invitation.created", "Someone was invited to a tenant.";
    INVITATION_RESENT(Invitation) = "invitation.resent", "An invitation was sent again, with a new token.";
    INVITATION_ACCEPTED(Invitation) = "invitation.accepted", "An invitation was accepted.";
    INVITATION_DECLINED(Invitation) = "invitation.declined", "An invitation was declined.";
    INVITATION_REVOKED(Invitation) = "invitation.revoked", "An invitation was taken back.";
    ROLE_CREATED(Role) = "role.created", "A role was created.";
    ROLE_UPDATED(Role) = "role.updated", "A role's name, permissions or conditions changed.";
    ROLE_DELETED(Role) = "role.deleted", "A role was deleted.";
    TOKEN_CREATED(TokenFamily) = "token.created", "A user signed in to a tenant: tokens were made.";
    TOKEN_REVOKED(TokenFamily) = "token.revoked", "A sign-in was ended, with all its tokens.";
    KEY_CREATED(ApiKey) = "key.created", "An API key was created.";
    KEY_UPDATED(ApiKey) = "key.updated", "An API key's name, scopes, metadata, limits, expiry or state changed.";
    KEY_ROTATED(ApiKey) = "key.rotated", "An API key got a new secret.";
    KEY_IMPORTED(ApiKey) = "key.imported", "An API key that was made elsewhere was taken over by its hash.";
    KEY_REVOKED(ApiKey) = "key.revoked", "An API key was revoked for good; with the reason `leaked` when it was reported.";
    TENANT_CREATED(Tenant) = "tenant.created", "A tenant was created.";
    TENANT_UPDATED(Tenant) = "tenant.updated", "A tenant's fields changed, also by inheritance.";
    SECURITY_POLICY_UPDATED(SecurityPolicy) = "security_policy.updated", "What a tenant asks of its people and keys changed.";
    TENANT_ACTIVATED(Tenant) = "tenant.activated", "A tenant became active.";
    TENANT_SUSPENDED(Tenant) = "tenant.suspended", "A tenant was suspended.";
    TENANT_ARCHIVED(Tenant) = "tenant.archived", "A tenant was archived.";
    TENANT_DELETED(Tenant) = "tenant.deleted", "A tenant was deleted; it can be restored until it is purged.";
    TENANT_RESTORED(Tenant) = "tenant.restored", "A deleted or archived tenant was brought back.";
    TENANT_PURGED(TenantPurged) = "tenant.purged", "A deleted tenant and everything it had were erased for good.";
    ORGANIZATION_CREATED(Organization) = "organization.created", "An organization was created.";
    ORGANIZATION_UPDATED(Organization) = "organization.updated", "An organization changed.";
    ORGANIZATION_DELETED(Organization) = "organization.deleted", "An organization was deleted.";
    SHARE_CREATED(Share) = "share.created", "A tenant let another one use a resource.";
    SHARE_REVOKED(Share) = "share.revoked", "A tenant took back what it shared.";
    WEBHOOK_ENDPOINT_CREATED(WebhookEndpoint) = "webhook_endpoint.created", "An address was named to which events are sent.";
    WEBHOOK_ENDPOINT_UPDATED(WebhookEndpoint) = "webhook_endpoint.updated", "A webhook endpoint's address, types, headers or limits changed.";
    WEBHOOK_ENDPOINT_SECRET_ROTATED(WebhookEndpoint) = "webhook_endpoint.secret_rotated", "A webhook endpoint got a new secret.";
    WEBHOOK_ENDPOINT_PAUSED(WebhookEndpoint) = "webhook_endpoint.paused", "Deliveries to a webhook endpoint wait from now on.";
    WEBHOOK_ENDPOINT_RESUMED(WebhookEndpoint) = "webhook_endpoint.resumed", "A paused or disabled webhook endpoint is sent to again.";
    WEBHOOK_ENDPOINT_DISABLED(WebhookEndpoint) = "webhook_endpoint.disabled", "A webhook endpoint is sent to no more: it is gone, or nothing has reached it for days.";
    WEBHOOK_ENDPOINT_REPLAYED(WebhookReplayed) = "webhook_endpoint.replayed", "Events were sent to a webhook endpoint once more.";
    WEBHOOK_ENDPOINT_DELETED(WebhookEndpoint) = "webhook_endpoint.deleted", "A webhook endpoint was deleted, with all that waited for it.";
    SYNC_CLIENT_CREATED(SyncClient) = "sync_client.created", "A copy that someone keeps was registered.";
    SYNC_CLIENT_UPDATED(SyncClient) = "sync_client.updated", "A registered copy's name or types changed.";
    SYNC_CLIENT_DELETED(SyncClient) = "sync_client.deleted", "A copy is registered no longer.";
    ACCESS_DENIED(AccessDenied) = "access.denied", "Someone known was refused, once or more often: counted, at most one entry in ten seconds for the same.";
    SIGN_IN_FAILED(SignInFailed) = "sign_in.failed", "Someone did not get in, once or more often: counted, at most one entry in ten seconds for the same.";
    AUDIT_EXPORTED(ExportAudit) = "audit.exported", "The audit trail, or a part of it, was exported.";
    AUDIT_PRUNED(AuditPruned) = "audit.pruned", "Entries of the log were removed because the project's retention had passed.";
}

/// The types that a pattern means: one by its name, or all of a noun by `tenant.*`.
pub fn matching(pattern: &str) -> impl Iterator<Item = &'static str> {
    let noun = pattern.strip_suffix(".*");
    REGISTRY.iter().map(|event| event.name).filter(move |name| match noun {
        Some(noun) => name.strip_prefix(noun).is_some_and(|rest| rest.starts_with('.')),
        None => *name == pattern,
    })
}
