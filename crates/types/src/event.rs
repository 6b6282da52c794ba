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
    OPERATOR_CREATED = "operator.created", "An operator was given access to the installation.";
    KEY_CREATED = "key.created", "An API key was created.";
    KEY_UPDATED = "key.updated", "An API key was renamed, rescoped, enabled, disabled or given another expiry.";
    KEY_ROTATED = "key.rotated", "An API key got a new secret.";
    KEY_REVOKED = "key.revoked", "An API key was revoked for good.";
    TENANT_CREATED = "tenant.created", "A tenant was created.";
    TENANT_UPDATED = "tenant.updated", "A tenant's fields changed, also by inheritance.";
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
}
