//! The registry of permissions.
//!
//! A permission is a type, so that a handler's signature says what it needs and the compiler checks that
//! only permissions that change something open write transactions.

use std::fmt;

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
    bit: u32,
}

macro_rules! permissions {
    ($($kind:ident $name:ident = $text:literal, $help:literal;)+) => {
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
    (@mutates reads) => { false };
    (@mutates writes) => { true };
    (@marker reads $name:ident) => {};
    (@marker writes $name:ident) => { impl Mutates for $name {} };
}

permissions! {
    reads  ProjectRead = "project:read", "Read the project and its settings.";
    writes ProjectUpdate = "project:update", "Change the project's name and settings.";
    reads  TenantRead = "tenant:read", "Read tenants, list, search and count them.";
    writes TenantCreate = "tenant:create", "Create tenants.";
    writes TenantUpdate = "tenant:update", "Change a tenant's fields, slug, parent and inheritance.";
    writes TenantTransition = "tenant:transition", "Activate, suspend, archive and restore tenants.";
    writes TenantDelete = "tenant:delete", "Delete tenants (restorable until they are purged).";
    reads  OrganizationRead = "organization:read", "Read the organizations inside tenants.";
    writes OrganizationCreate = "organization:create", "Create organizations inside tenants.";
    writes OrganizationUpdate = "organization:update", "Change organizations.";
    writes OrganizationDelete = "organization:delete", "Delete organizations.";
    reads  ShareRead = "share:read", "Read what tenants share with each other.";
    writes ShareCreate = "share:create", "Let another tenant use a resource of this one.";
    writes ShareDelete = "share:delete", "Revoke a share.";
    reads  KeyRead = "key:read", "Read API keys (never their secrets).";
    writes KeyCreate = "key:create", "Create API keys with at most one's own permissions.";
    writes KeyUpdate = "key:update", "Change, disable and enable API keys.";
    writes KeyRotate = "key:rotate", "Give an API key a new secret.";
    writes KeyDelete = "key:delete", "Revoke API keys.";
    reads  EventRead = "event:read", "Read the feed of events.";
    reads  AuditRead = "audit:read", "Read the audit trail.";
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u128);

impl PermissionSet {
    /// Nothing.
    pub const EMPTY: Self = Self(0);

    /// Everything in the registry.
    #[must_use]
    pub fn all() -> Self {
        REGISTRY.iter().fold(Self::EMPTY, |set, row| set.with(row))
    }

    /// Reads scopes: `noun:verb`, `noun:*` or `*`. The error is the first scope that matches nothing.
    pub fn parse<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        scopes.into_iter().try_fold(Self::EMPTY, |set, scope| {
            let before = set;
            let after =
                REGISTRY.iter().filter(|row| matches(scope, row.name)).fold(set, |set, row| set.with(row));
            let known = REGISTRY.iter().any(|row| matches(scope, row.name));
            if known { Ok(Self(before.0 | after.0)) } else { Err(scope) }
        })
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
        assert_eq!(PermissionSet::all().names().count(), REGISTRY.len());
        assert!(REGISTRY.len() <= 128);
        for row in REGISTRY {
            let (noun, verb) = row.name.split_once(':').unwrap();
            assert!(noun.bytes().chain(verb.bytes()).all(|b| b.is_ascii_lowercase()), "{}", row.name);
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
