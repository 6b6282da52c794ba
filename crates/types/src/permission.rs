//! The registry of permissions.
//!
//! A permission is a type, so that a handler's signature says what it needs and the compiler checks that
//! only permissions that change something open write transactions.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

/// A permission as a type. Declared only by the registry below.
pub trait Permission: Copy + Send + Sync + 'static {
    /// Its row in the registry.
    const ROW: &'static PermissionRow;
}

/// A permission whose holder may change something.
pub trait Mutates: Permission {}

/// One row of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionRow {
    /// `noun:verb`, as it stands in key scopes and roles.
    pub name: &'static str,
    /// What it allows.
    pub help: &'static str,
    /// Whether it allows changing anything.
    pub mutates: bool,
    /// Where it can be held.
    pub place: Place,
    bit: u32,
}

/// Where a permission can be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// By operators, in the installation as a whole.
    Installation,
    /// By credentials of a project, in the project as a whole.
    Project,
    /// By credentials and people of one tenant too, in that tenant.
    Tenant,
}

macro_rules! permissions {
    ($($kind:ident $place:ident $name:ident = $text:literal, $help:literal;)+) => {
        permissions!(@bits 0; $($name)+);
        $(
            #[doc = concat!("`", $text, "`: ", $help)]
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}
            impl Permission for $name {
                const ROW: &'static PermissionRow = &PermissionRow {
                    name: $text,
                    help: $help,
                    mutates: permissions!(@mutates $kind),
                    place: permissions!(@place $place),
                    bit: bits::$name,
                };
            }
            permissions!(@marker $kind $name);
        )+
        /// Every permission there is, in the order of the documentation.
        pub const REGISTRY: &[&PermissionRow] = &[$(<$name as Permission>::ROW),+];
    };
    (@bits $n:expr; $($name:ident)+) => {
        #[expect(non_upper_case_globals, reason = "one constant per permission type, named alike")]
        mod bits { permissions!(@bit $n; $($name)+); }
    };
    (@bit $n:expr; $name:ident $($rest:ident)*) => {
        pub(super) const $name: u32 = $n;
        permissions!(@bit $n + 1; $($rest)*);
    };
    (@bit $n:expr;) => {};
    (@place installation) => { Place::Installation };
    (@place project) => { Place::Project };
    (@place tenant) => { Place::Tenant };
    (@mutates reads) => { false };
    (@mutates writes) => { true };
    (@marker reads $name:ident) => {};
    (@marker writes $name:ident) => { impl Mutates for $name {} };
}

permissions! {
    reads  installation OperatorRead = "operator:read", "Read the operators of the installation.";
    writes installation OperatorCreate = "operator:create", "Invite operators.";
    writes installation OperatorUpdate = "operator:update", "Change, disable and enable operators, and what they may do.";
    writes installation OperatorDelete = "operator:delete", "Remove operators.";
    reads  installation InstallationRead = "installation:read", "Read how the installation fares, and its own audit trail.";
    writes installation ProjectCreate = "project:create", "Create projects.";
    reads  project ProjectRead = "project:read", "Read the project and its settings.";
    writes project ProjectUpdate = "project:update", "Change the project's name and settings.";
    reads  tenant TenantRead = "tenant:read", "Read tenants, list, search and count them.";
    writes project TenantCreate = "tenant:create", "Create tenants.";
    writes tenant TenantUpdate = "tenant:update", "Change a tenant's fields, slug, parent and inheritance.";
    reads  tenant SecurityPolicyRead = "security_policy:read", "Read what tenants ask of their people and keys.";
    writes tenant SecurityPolicyUpdate = "security_policy:update", "Change what a tenant asks of its people and keys.";
    writes project TenantTransition = "tenant:transition", "Activate, suspend, archive and restore tenants.";
    writes project TenantDelete = "tenant:delete", "Delete tenants (restorable until they are purged).";
    reads  tenant OrganizationRead = "organization:read", "Read the organizations inside tenants.";
    writes tenant OrganizationCreate = "organization:create", "Create organizations inside tenants.";
    writes tenant OrganizationUpdate = "organization:update", "Change organizations.";
    writes tenant OrganizationDelete = "organization:delete", "Delete organizations.";
    reads  tenant ShareRead = "share:read", "Read what tenants share with each other.";
    writes tenant ShareCreate = "share:create", "Let another tenant use a resource of this one.";
    writes tenant ShareDelete = "share:delete", "Revoke a share.";
    reads  project UserRead = "user:read", "Read the users of the project, list and search them.";
    writes project UserCreate = "user:create", "Create users.";
    writes project UserUpdate = "user:update", "Change, disable and enable users.";
    writes project UserDelete = "user:delete", "Delete users and their memberships.";
    reads  tenant MemberRead = "member:read", "Read the memberships of tenants.";
    writes tenant MemberCreate = "member:create", "Add members, with roles of at most one's own permissions.";
    writes tenant MemberUpdate = "member:update", "Change, disable and enable memberships of at most one's own permissions.";
    writes tenant MemberDelete = "member:delete", "Remove members of at most one's own permissions.";
    reads  tenant InvitationRead = "invitation:read", "Read invitations (never their tokens).";
    writes tenant InvitationCreate = "invitation:create", "Invite people, with roles of at most one's own permissions.";
    writes tenant InvitationUpdate = "invitation:update", "Send invitations again, and revoke them.";
    writes project InvitationAccept = "invitation:accept", "Accept and decline invitations for the people they were sent to.";
    reads  tenant RoleRead = "role:read", "Read roles and the registry of permissions.";
    writes tenant RoleCreate = "role:create", "Create roles of at most one's own permissions.";
    writes tenant RoleUpdate = "role:update", "Change roles of at most one's own permissions.";
    writes tenant RoleDelete = "role:delete", "Delete roles that nobody holds.";
    reads  project TokenRead = "token:read", "Introspect tokens.";
    writes project TokenCreate = "token:create", "Make and refresh tokens for users whom the application has signed in: with it one may do whatever any of them may.";
    writes project TokenRevoke = "token:revoke", "End sign-ins.";
    reads  tenant WebhookRead = "webhook:read", "Read webhook endpoints (never their secrets) and deliveries.";
    writes tenant WebhookCreate = "webhook:create", "Name addresses to which events are sent.";
    writes tenant WebhookUpdate = "webhook:update", "Change, pause and resume webhook endpoints, and rotate their secrets.";
    writes tenant WebhookDelete = "webhook:delete", "Delete webhook endpoints.";
    writes tenant WebhookSend = "webhook:send", "Send tests, and events again, to webhook endpoints.";
    reads  project AccessCheck = "access:check", "Ask whether a user may do something in a tenant.";
    reads  tenant KeyRead = "key:read", "Read API keys (never their secrets).";
    writes tenant KeyCreate = "key:create", "Create API keys with at most one's own permissions.";
    writes tenant KeyUpdate = "key:update", "Change, disable and enable API keys.";
    writes tenant KeyRotate = "key:rotate", "Give an API key a new secret.";
    writes tenant KeyDelete = "key:delete", "Revoke API keys.";
    reads  project KeyVerify = "key:verify", "Ask whether a key may be used, and spend of its limits.";
    writes project KeyImport = "key:import", "Take over keys that were made elsewhere, by their hashes.";
    reads  project SyncRead = "sync:read", "Take snapshots, follow changes, compare copies with them, and see who keeps copies.";
    writes project SyncCreate = "sync:create", "Register copies.";
    writes project SyncUpdate = "sync:update", "Change registered copies, and report how they fare.";
    writes project SyncDelete = "sync:delete", "Remove registered copies.";
    reads  tenant EventRead = "event:read", "Read the feed of events.";
    reads  tenant AuditRead = "audit:read", "Read the audit trail.";
    writes project AuditExport = "audit:export", "Export the audit trail, which is recorded.";
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u128);

impl PermissionSet {
    /// Nothing.
    pub const EMPTY: Self = Self(0);

    /// Everything in the registry, what only operators can hold too.
    #[must_use]
    pub fn of_operators() -> Self {
        REGISTRY.iter().fold(Self::EMPTY, |set, row| set.with(row))
    }

    /// Everything that a credential of a project can hold.
    #[must_use]
    pub fn all() -> Self {
        Self::filtered(|row| row.place != Place::Installation)
    }

    fn filtered(keep: impl Fn(&PermissionRow) -> bool) -> Self {
        REGISTRY.iter().filter(|row| keep(row)).fold(Self::EMPTY, |set, row| set.with(row))
    }

    /// Reads scopes of a credential of a project: `noun:verb`, `noun:*` or `*`. The error is the first scope that matches
    /// nothing.
    pub fn parse<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        scopes.into_iter().try_fold(Self::EMPTY, |set, scope| {
            let found = Self::filtered(|row| row.place != Place::Installation && matches(scope, row.name));
            if found.is_empty() { Err(scope) } else { Ok(set.union(found)) }
        })
    }

    /// Both together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What of it can be held in one tenant.
    #[must_use]
    pub fn within_tenant(self) -> Self {
        Self(self.0 & Self::filtered(|row| row.place == Place::Tenant).0)
    }

    /// What of it only reads.
    #[must_use]
    pub fn reading(self) -> Self {
        // Verifying spends of the key's limits: that is no looking on.
        Self(self.0 & Self::filtered(|row| !row.mutates && row.bit != bits::KeyVerify).0)
    }

    /// This set and one more.
    #[must_use]
    pub const fn with(self, row: &PermissionRow) -> Self {
        Self(self.0 | 1 << row.bit)
    }

    /// Whether it holds the permission.
    #[must_use]
    pub const fn contains(self, row: &PermissionRow) -> bool {
        self.0 & 1 << row.bit != 0
    }

    /// The permissions of `other` that this set lacks.
    #[must_use]
    pub const fn missing(self, other: Self) -> Self {
        Self(other.0 & !self.0)
    }

    /// Whether it holds nothing.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names it holds, in the order of the registry.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        REGISTRY.iter().filter(move |row| self.contains(row)).map(|row| row.name)
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// The permission with this name.
#[must_use]
pub fn row(name: &str) -> Option<&'static PermissionRow> {
    static BY_NAME: LazyLock<HashMap<&str, &PermissionRow>> =
        LazyLock::new(|| REGISTRY.iter().map(|row| (row.name, *row)).collect());
    BY_NAME.get(name).copied()
}

/// Whether Carcosa's own permissions use the noun.
#[must_use]
pub fn is_own_noun(noun: &str) -> bool {
    REGISTRY.iter().any(|row| row.name.split(':').next() == Some(noun))
}

fn matches(scope: &str, name: &str) -> bool {
    scope == "*"
        || scope == name
        || scope
            .strip_suffix(":*")
            .is_some_and(|noun| name.strip_prefix(noun).is_some_and(|rest| rest.starts_with(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_expand() {
        let tenants = PermissionSet::parse(["tenant:*"]).unwrap();
        assert!(tenants.contains(TenantRead::ROW) && tenants.contains(TenantDelete::ROW));
        assert!(!tenants.contains(KeyRead::ROW));
        assert_eq!(PermissionSet::parse(["*"]).unwrap(), PermissionSet::all());
        assert_eq!(PermissionSet::parse(["tenant:read", "tenant:fly"]), Err("tenant:fly"));
        for bad in ["", "tenant", "ten:*", ":*", "TENANT:READ", "tenant:", "**"] {
            assert!(PermissionSet::parse([bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_row_has_its_own_bit_and_a_plain_name() {
        assert_eq!(PermissionSet::of_operators().names().count(), REGISTRY.len());
        assert!(REGISTRY.len() <= 128);
        for row in REGISTRY {
            let (noun, verb) = row.name.split_once(':').unwrap();
            assert!(
                noun.bytes().chain(verb.bytes()).all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{}",
                row.name
            );
            assert!(!row.help.is_empty());
        }
    }

    #[test]
    fn missing_is_what_one_would_be_given_beyond_one_s_own() {
        let own = PermissionSet::parse(["tenant:read"]).unwrap();
        let wanted = PermissionSet::parse(["tenant:read", "key:read"]).unwrap();
        assert_eq!(own.missing(wanted).names().collect::<Vec<_>>(), ["key:read"]);
        assert!(wanted.missing(own).is_empty());
    }
}
