//! Rules of roles.

use carcosa_kernel::{Error, Result};
use carcosa_types::permission::{self, Place};
use carcosa_types::project::ProjectSettings;
use carcosa_types::role::{BUILT_IN, BuiltInRole, Role};
use carcosa_types::{Grants, PermissionSet, RoleId, Timestamp, Violations};
use uuid::Uuid;

use super::error::ROLE_EXCEEDED;

/// Refuses scopes that a role cannot give: unknown ones, and those that no tenant can hold.
pub fn check_permissions(scopes: &[String], settings: &ProjectSettings) -> Result<()> {
    let mut violations = Violations::default();
    for (index, scope) in scopes.iter().enumerate() {
        let pointer = format!("/permissions/{index}");
        if !is_known(scope, settings) {
            let detail = format!("“{}” is not a permission; see GET /v1/permissions", scope.escape_default());
            violations.add(pointer, "unknown_permission", detail);
        } else if !can_be_held(scope) {
            let detail = format!("“{scope}” cannot be held in a tenant, only by credentials of the project");
            violations.add(pointer, "not_in_tenants", detail);
        }
    }
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations.into_vec())) }
}

/// Whether a scope names permissions of Carcosa or of the application.
#[must_use]
pub fn is_known(scope: &str, settings: &ProjectSettings) -> bool {
    PermissionSet::parse([scope]).is_ok()
        || settings.permissions.contains_key(scope)
        || scope.strip_suffix('*').is_some_and(|noun| {
            noun.ends_with(':') && settings.permissions.keys().any(|name| name.starts_with(noun))
        })
}

/// Whether something of it can be held in a tenant. `*` and `noun:*` give what can be.
fn can_be_held(scope: &str) -> bool {
    match permission::row(scope) {
        Some(row) => row.place == Place::Tenant,
        None => !Grants::of([scope]).within_tenant().is_empty(),
    }
}

/// What a role's permissions give.
#[must_use]
pub fn grants(permissions: &[String]) -> Grants {
    Grants::of(permissions.iter().map(String::as_str)).within_tenant()
}

/// Refuses to hand on more than the giver has.
pub fn within(giver: &Grants, role: &Grants, pointer: &str) -> Result<()> {
    let missing = giver.missing(role);
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!("You cannot give what you do not have: {}.", missing.join(", "));
    Err(Error::new(ROLE_EXCEEDED, detail).at(pointer))
}

/// Carcosa's own roles, as they are shown. Their ids are the same everywhere.
#[must_use]
pub fn built_in() -> Vec<Role> {
    BUILT_IN.iter().enumerate().map(|(index, role)| shown(index, role)).collect()
}

fn shown(index: usize, role: &BuiltInRole) -> Role {
    Role {
        object: "role".to_owned(),
        id: RoleId::from_uuid(Uuid::from_u128(index as u128 + 1)),
        tenant_id: None,
        key: role.key.to_owned(),
        name: role.name.to_owned(),
        description: Some(role.description.to_owned()),
        permissions: role.permissions.iter().map(|name| (*name).to_owned()).collect(),
        conditions: None,
        built_in: true,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        version: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_role_can_give() {
        let settings = ProjectSettings {
            permissions: [("invoice:approve".to_owned(), String::new())].into(),
            ..ProjectSettings::default()
        };
        let check = |scope: &str| check_permissions(&[scope.to_owned()], &settings);
        for good in ["*", "tenant:read", "tenant:*", "member:*", "invoice:approve", "invoice:*"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for (bad, code) in [
            ("invoice:pay", "unknown_permission"),
            ("bill:*", "unknown_permission"),
            ("operator:read", "unknown_permission"),
            ("", "unknown_permission"),
            ("tenant:create", "not_in_tenants"),
            ("project:*", "not_in_tenants"),
            ("user:read", "not_in_tenants"),
        ] {
            assert_eq!(check(bad).unwrap_err().errors()[0].code, code, "{bad}");
        }
    }

    #[test]
    fn nobody_hands_on_more_than_they_have() {
        let admin = grants(&built_in()[1].permissions);
        assert!(within(&admin, &grants(&built_in()[2].permissions), "/role").is_ok());
        assert_eq!(
            within(&admin, &grants(&built_in()[0].permissions), "/role").unwrap_err().code(),
            ROLE_EXCEEDED
        );
        assert!(within(&Grants::everything(), &grants(&["*".to_owned()]), "/role").is_ok());
    }
}
