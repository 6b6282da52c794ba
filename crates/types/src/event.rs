//! The registry of event types.

/// One type of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventType {
    /// `noun.verb_past`.
    pub name: &'static str,
    /// When it is recorded.
    pub help: &'static str,
}

macro_rules! events {
    ($($name:ident = $text:literal, $help:literal;)+) => {
        $(
            #[doc = concat!("`", $text, "`: ", $help)]
            pub const $name: EventType = EventType { name: $text, help: $help };
        )+
        /// Every type of event there is.
        pub const REGISTRY: &[EventType] = &[$($name),+];
    };
}

events! {
    PROJECT_CREATED = "project.created", "A project was created.";
    PROJECT_UPDATED = "project.updated", "A project's name or settings changed.";
    OPERATOR_CREATED = "operator.created", "An operator was invited, or made at the first start.";
    OPERATOR_UPDATED = "operator.updated", "An operator's name or roles changed, or they were disabled or enabled.";
    OPERATOR_DELETED = "operator.deleted", "An operator was removed.";
    OPERATOR_JOINED = "operator.joined", "An operator accepted the invitation and chose a password.";
    OPERATOR_LINKED = "operator.linked", "An operator came by single sign-on for the first time.";
    OPERATOR_LINK_SENT = "operator.link_sent", "An operator was mailed a link to choose a password.";
    OPERATOR_PASSWORD_RESET_REQUESTED = "operator.password_reset_requested", "Someone asked for a new password. Whose, is not told.";
    OPERATOR_PASSWORD_CHANGED = "operator.password_changed", "An operator has a new password.";
    OPERATOR_TOTP_STARTED = "operator.totp_started", "An operator began to set up an authenticator app.";
    OPERATOR_TOTP_ENABLED = "operator.totp_enabled", "An operator signs in with a second factor from now on.";
    OPERATOR_TOTP_DISABLED = "operator.totp_disabled", "An operator signs in without a second factor from now on.";
    OPERATOR_SIGN_IN_FAILED = "operator.sign_in_failed", "Sign-ins failed: so many since the last such entry, at most one a minute for an account and address.";
    SESSION_CREATED = "session.created", "An operator signed in.";
    SESSION_REVOKED = "session.revoked", "An operator signed out, or a session was ended.";
    USER_CREATED = "user.created", "A user was created.";
    USER_UPDATED = "user.updated", "A user's fields changed.";
    USER_DISABLED = "user.disabled", "A user was disabled, in every tenant.";
    USER_ENABLED = "user.enabled", "A disabled user was enabled again.";
    USER_DELETED = "user.deleted", "A user and all memberships were deleted.";
    MEMBERSHIP_CREATED = "membership.created", "A user became a member of a tenant.";
    MEMBERSHIP_UPDATED = "membership.updated", "A membership's role, organization or status changed.";
    MEMBERSHIP_DELETED = "membership.deleted", "A user is no longer a member of a tenant.";
    INVITATION_CREATED = "invitation.created", "Someone was invited to a tenant.";
    INVITATION_RESENT = "invitation.resent", "An invitation was sent again, with a new token.";
    INVITATION_ACCEPTED = "invitation.accepted", "An invitation was accepted.";
    INVITATION_DECLINED = "invitation.declined", "An invitation was declined.";
    INVITATION_REVOKED = "invitation.revoked", "An invitation was taken back.";
    ROLE_CREATED = "role.created", "A role was created.";
    ROLE_UPDATED = "role.updated", "A role's name, permissions or conditions changed.";
    ROLE_DELETED = "role.deleted", "A role was deleted.";
    TOKEN_CREATED = "token.created", "A user signed in to a tenant: tokens were made.";
    TOKEN_REVOKED = "token.revoked", "A sign-in was ended, with all its tokens.";
    KEY_CREATED = "key.created", "An API key was created.";
    KEY_UPDATED = "key.updated", "An API key's name, scopes, metadata, limits, expiry or state changed.";
    KEY_ROTATED = "key.rotated", "An API key got a new secret.";
    KEY_IMPORTED = "key.imported", "An API key that was made elsewhere was taken over by its hash.";
    KEY_REVOKED = "key.revoked", "An API key was revoked for good; with the reason `leaked` when it was reported.";
    TENANT_CREATED = "tenant.created", "A tenant was created.";
    TENANT_UPDATED = "tenant.updated", "A tenant's fields changed, also by inheritance.";
    SECURITY_POLICY_UPDATED = "security_policy.updated", "What a tenant asks of its people and keys changed.";
    TENANT_ACTIVATED = "tenant.activated", "A tenant became active.";
    TENANT_SUSPENDED = "tenant.suspended", "A tenant was suspended.";
    TENANT_ARCHIVED = "tenant.archived", "A tenant was archived.";
    TENANT_DELETED = "tenant.deleted", "A tenant was deleted; it can be restored until it is purged.";
    TENANT_RESTORED = "tenant.restored", "A deleted or archived tenant was brought back.";
    TENANT_PURGED = "tenant.purged", "A deleted tenant and everything it had were erased for good.";
    ORGANIZATION_CREATED = "organization.created", "An organization was created.";
    ORGANIZATION_UPDATED = "organization.updated", "An organization changed.";
    ORGANIZATION_DELETED = "organization.deleted", "An organization was deleted.";
    SHARE_CREATED = "share.created", "A tenant let another one use a resource.";
    SHARE_REVOKED = "share.revoked", "A tenant took back what it shared.";
    WEBHOOK_ENDPOINT_CREATED = "webhook_endpoint.created", "An address was named to which events are sent.";
    WEBHOOK_ENDPOINT_UPDATED = "webhook_endpoint.updated", "A webhook endpoint's address, types, headers or limits changed.";
    WEBHOOK_ENDPOINT_SECRET_ROTATED = "webhook_endpoint.secret_rotated", "A webhook endpoint got a new secret.";
    WEBHOOK_ENDPOINT_PAUSED = "webhook_endpoint.paused", "Deliveries to a webhook endpoint wait from now on.";
    WEBHOOK_ENDPOINT_RESUMED = "webhook_endpoint.resumed", "A paused or disabled webhook endpoint is sent to again.";
    WEBHOOK_ENDPOINT_DISABLED = "webhook_endpoint.disabled", "A webhook endpoint is sent to no more: it is gone, or nothing has reached it for days.";
    WEBHOOK_ENDPOINT_REPLAYED = "webhook_endpoint.replayed", "Events were sent to a webhook endpoint once more.";
    WEBHOOK_ENDPOINT_DELETED = "webhook_endpoint.deleted", "A webhook endpoint was deleted, with all that waited for it.";
    ACCESS_DENIED = "access.denied", "Someone known was refused, once or more often: counted, at most one entry in ten seconds for the same.";
    SIGN_IN_FAILED = "sign_in.failed", "Someone did not get in, once or more often: counted, at most one entry in ten seconds for the same.";
    AUDIT_EXPORTED = "audit.exported", "The audit trail, or a part of it, was exported.";
    AUDIT_PRUNED = "audit.pruned", "Entries of the log were removed because the project's retention had passed.";
}

/// The types that a pattern means: one by its name, or all of a noun by `tenant.*`.
pub fn matching(pattern: &str) -> impl Iterator<Item = &'static str> {
    let noun = pattern.strip_suffix(".*");
    REGISTRY.iter().map(|event| event.name).filter(move |name| match noun {
        Some(noun) => name.strip_prefix(noun).is_some_and(|rest| rest.starts_with('.')),
        None => *name == pattern,
    })
}
