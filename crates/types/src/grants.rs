//! What a credential or role gives: permissions of Carcosa's own registry, and those that a project defines for its
//! application.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::permission::{PermissionRow, PermissionSet, row};

/// Most permissions that a project may define for its application.
pub const MAX_APPLICATION_PERMISSIONS: usize = 200;

/// A set of permissions, of Carcosa's and of the application's.
///
/// Scopes are `noun:verb`, `noun:*` or `*`. Those that the registry does not know speak of the application's permissions and
/// are kept as they are written: `invoice:*` also covers permissions of that noun that are defined later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    own: PermissionSet,
    application: Arc<BTreeSet<Box<str>>>,
}

impl Grants {
    /// Everything that a credential of a project can have.
    #[must_use]
    pub fn everything() -> Self {
        Self::of(["*"])
    }

    /// Everything there is, what only operators can have too.
    #[must_use]
    pub fn of_operators() -> Self {
        Self { own: PermissionSet::of_operators(), ..Self::everything() }
    }

    /// What these scopes give.
    #[must_use]
    pub fn of<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut own, mut application) = (PermissionSet::EMPTY, BTreeSet::new());
        for scope in scopes {
            let known = PermissionSet::parse([scope]).ok();
            own = own.union(known.unwrap_or_default());
            if known.is_none() || scope == "*" {
                application.insert(Box::from(scope));
            }
        }
        Self { own, application: Arc::new(application) }
    }

    /// Those of Carcosa's registry.
    #[must_use]
    pub const fn own(&self) -> PermissionSet {
        self.own
    }

    /// Whether it gives the permission of Carcosa's registry.
    #[must_use]
    pub const fn contains(&self, row: &PermissionRow) -> bool {
        self.own.contains(row)
    }

    /// Whether it gives the permission with this name, of Carcosa or of the application.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        match row(name) {
            Some(row) => self.own.contains(row),
            None => self.application.iter().any(|scope| covers(scope, name)),
        }
    }

    /// The scopes of `other` that go beyond this set.
    #[must_use]
    pub fn missing(&self, other: &Self) -> Vec<String> {
        let own = self.own.missing(other.own).names().map(str::to_owned).collect::<Vec<_>>();
        let beyond = other.application.iter().filter(|scope| {
            // Having everything of Carcosa says nothing of the application's: `*` covers only itself and more special ones.
            !self.application.iter().any(|mine| covers(mine, scope))
        });
        own.into_iter().chain(beyond.map(ToString::to_string)).collect()
    }

    /// Both together.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let application = if other.application.is_subset(&self.application) {
            Arc::clone(&self.application)
        } else {
            Arc::new(self.application.union(&other.application).cloned().collect())
        };
        Self { own: self.own.union(other.own), application }
    }

    /// What of it may be held inside one tenant.
    #[must_use]
    pub fn within_tenant(&self) -> Self {
        Self { own: self.own.within_tenant(), application: Arc::clone(&self.application) }
    }

    /// Only what reads.
    #[must_use]
    pub fn reading(&self) -> Self {
        Self { own: self.own.reading(), application: Arc::default() }
    }

    /// Whether it gives nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.application.is_empty()
    }

    /// What it gives, by name: Carcosa's permissions one by one, then the application's scopes as written.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.own.names().map(str::to_owned).chain(self.application.iter().map(ToString::to_string)).collect()
    }
}

/// Whether one scope gives all that the other one does.
fn covers(scope: &str, other: &str) -> bool {
    scope == "*"
        || scope == other
        || scope.strip_suffix('*').is_some_and(|noun| noun.ends_with(':') && other.starts_with(noun))
}

/// Whether a text has the form of an application's permission: `noun:verb`, each 1–32 of `a–z 0–9 _`, starting with a letter.
#[must_use]
pub fn is_permission_name(text: &str) -> bool {
    let word = |word: &str| {
        (1..=32).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            && word.as_bytes()[0].is_ascii_lowercase()
    };
    text.split_once(':').is_some_and(|(noun, verb)| word(noun) && word(verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_s_permissions_stand_beside_carcosa_s() {
        let grants = Grants::of(["tenant:read", "invoice:*", "report:view"]);
        for allowed in ["tenant:read", "invoice:approve", "report:view"] {
            assert!(grants.allows(allowed), "{allowed}");
        }
        for refused in ["tenant:create", "report:edit", "invoices:approve", "project:read", ""] {
            assert!(!grants.allows(refused), "{refused}");
        }
        assert!(Grants::everything().allows("invoice:approve"));
        assert!(Grants::everything().allows("tenant:create"));
        assert!(!Grants::default().allows("invoice:approve"));
    }

    #[test]
    fn missing_is_what_goes_beyond() {
        let own = Grants::of(["tenant:*", "invoice:*"]);
        assert_eq!(own.missing(&Grants::of(["tenant:read", "invoice:approve"])), Vec::<String>::new());
        assert_eq!(own.missing(&Grants::of(["key:read", "report:view"])), ["key:read", "report:view"]);
        assert!(own.missing(&Grants::everything()).contains(&"*".to_owned()));
        assert!(Grants::everything().missing(&Grants::everything()).is_empty());
        assert!(Grants::everything().missing(&own).is_empty());
        assert_eq!(Grants::of(["invoice:approve"]).missing(&Grants::of(["invoice:*"])), ["invoice:*"]);
    }

    #[test]
    fn nothing_of_the_installation_is_given_by_a_star() {
        assert!(!Grants::everything().allows("operator:create"));
        assert!(!Grants::everything().within_tenant().allows("tenant:create"));
        assert!(Grants::everything().within_tenant().allows("member:create"));
        assert!(!Grants::everything().reading().allows("member:create"));
    }

    #[test]
    fn names_of_permissions() {
        for good in ["a:b", "invoice:approve_all", &format!("{}:{}", "a".repeat(32), "b".repeat(32))] {
            assert!(is_permission_name(good), "{good}");
        }
        for bad in
            ["", "a", "a:", ":b", "A:b", "a:b:c", "1a:b", "a:*", "a b:c", &format!("{}:b", "a".repeat(33))]
        {
            assert!(!is_permission_name(bad), "{bad}");
        }
    }
}
