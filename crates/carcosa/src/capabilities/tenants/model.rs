//! Rules of tenants, without I/O.

use carcosa_kernel::{Error, Result};
use carcosa_types::event::{
    EventOf, TENANT_ACTIVATED, TENANT_ARCHIVED, TENANT_DELETED as DELETED_EVENT, TENANT_RESTORED,
    TENANT_SUSPENDED,
};
use carcosa_types::project::ProjectSettings;
use carcosa_types::tenant::{Branding, InheritanceMode, MAX_METADATA_BYTES, Tenant, TenantStatus};
use carcosa_types::{Timestamp, Violations, slug, validate};
use carcosa_web::schema;
use serde_json::{Map, Value};

use super::error::{INVALID_TRANSITION, SLUG_RESERVED, TENANT_DELETED};

/// A tenant with what is stored but not shown.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTenant {
    /// The tenant as shown: `plan`, `branding` and `inheritance` are what applies.
    pub tenant: Tenant,
    /// The plan the tenant itself asks for.
    pub plan_own: Option<String>,
    /// The branding the tenant itself asks for.
    pub branding_own: Option<Branding>,
    /// The status before it was deleted, which restoring gives back.
    pub status_before: Option<TenantStatus>,
}

impl StoredTenant {
    /// How the tenant relates to its parent's plan.
    #[must_use]
    pub fn plan_mode(&self) -> InheritanceMode {
        self.mode("plan")
    }
    /// How the tenant relates to its parent's branding.
    #[must_use]
    pub fn branding_mode(&self) -> InheritanceMode {
        self.mode("branding")
    }
    fn mode(&self, value: &str) -> InheritanceMode {
        self.tenant.inheritance.get(value).map(|provenance| provenance.mode).unwrap_or_default()
    }
}

/// What moves a tenant from one status to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// To `active`, from `pending`, `suspended` or `archived`.
    Activate,
    /// To `suspended`, from `active`.
    Suspend,
    /// To `archived`, from `active` or `suspended`.
    Archive,
    /// From `deleted` back to the status before; from `archived` to `active`.
    Restore,
    /// To `deleted`, from any other.
    Delete,
}

impl Transition {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Activate, Self::Suspend, Self::Archive, Self::Restore, Self::Delete];

    /// Its name in `allowed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Suspend => "suspend",
            Self::Archive => "archive",
            Self::Restore => "restore",
            Self::Delete => "delete",
        }
    }

    /// The event that tells of it.
    #[must_use]
    pub const fn event(self) -> EventOf<Tenant> {
        match self {
            Self::Activate => TENANT_ACTIVATED,
            Self::Suspend => TENANT_SUSPENDED,
            Self::Archive => TENANT_ARCHIVED,
            Self::Restore => TENANT_RESTORED,
            Self::Delete => DELETED_EVENT,
        }
    }

    /// The status it leads to; `None` when it is not allowed. `before` is the status before a deletion.
    #[must_use]
    pub const fn target(self, from: TenantStatus, before: Option<TenantStatus>) -> Option<TenantStatus> {
        use TenantStatus::{Active, Archived, Deleted, Pending, Suspended};
        match (self, from) {
            (Self::Activate, Pending | Suspended | Archived) | (Self::Restore, Archived) => Some(Active),
            (Self::Suspend, Active) => Some(Suspended),
            (Self::Archive, Active | Suspended) => Some(Archived),
            (Self::Restore, Deleted) => match before {
                Some(before) => Some(before),
                None => Some(Active),
            },
            (Self::Delete, Pending | Active | Suspended | Archived) => Some(Deleted),
            _ => None,
        }
    }

    /// Carries it out: status, reason, stamps.
    pub fn apply(
        self,
        stored: &mut StoredTenant,
        reason: Option<String>,
        now: Timestamp,
        purge_at: Timestamp,
    ) -> Result<()> {
        let from = stored.tenant.status;
        let to = self.target(from, stored.status_before).ok_or_else(|| self.refusal(from))?;
        let tenant = &mut stored.tenant;
        stored.status_before = (to == TenantStatus::Deleted).then_some(from);
        tenant.status = to;
        tenant.status_reason = reason;
        tenant.deleted_at = (to == TenantStatus::Deleted).then_some(now);
        tenant.purge_at = (to == TenantStatus::Deleted).then_some(purge_at);
        // A restored tenant keeps the stamp of the status that it returns to.
        let returns = self == Self::Restore && from == TenantStatus::Deleted;
        match to {
            TenantStatus::Active => {
                tenant.activated_at = if returns { tenant.activated_at } else { Some(now) };
                (tenant.suspended_at, tenant.archived_at) = (None, None);
            }
            TenantStatus::Suspended if !returns => tenant.suspended_at = Some(now),
            TenantStatus::Archived if !returns => {
                (tenant.suspended_at, tenant.archived_at) = (None, Some(now));
            }
            _ => {}
        }
        Ok(())
    }

    fn refusal(self, from: TenantStatus) -> Error {
        let allowed: Vec<String> = Self::ALL
            .into_iter()
            .filter(|other| other.target(from, None).is_some())
            .map(|other| other.name().to_owned())
            .collect();
        let status = status_word(from);
        let detail =
            format!("A tenant that is {status} cannot {}; allowed: {}.", self.name(), allowed.join(", "));
        Error::new(INVALID_TRANSITION, detail).allowing(allowed)
    }
}

const fn status_word(status: TenantStatus) -> &'static str {
    match status {
        TenantStatus::Pending => "pending",
        TenantStatus::Active => "active",
        TenantStatus::Suspended => "suspended",
        TenantStatus::Archived => "archived",
        TenantStatus::Deleted => "deleted",
    }
}

/// Refuses to change what hangs on a deleted tenant.
pub fn check_not_deleted(status: TenantStatus) -> Result<()> {
    if status == TenantStatus::Deleted {
        return Err(Error::new(TENANT_DELETED, "The tenant is deleted; restore it before changing it."));
    }
    Ok(())
}

/// Refuses a slug that is reserved everywhere or in the project.
pub fn check_slug(slug: &str, settings: &ProjectSettings) -> Result<()> {
    match slug::reserved(slug, &settings.reserved_slugs) {
        None => Ok(()),
        Some(name) if name == slug => {
            Err(Error::new(SLUG_RESERVED, format!("“{slug}” is reserved.")).at("/slug"))
        }
        Some(name) => {
            let detail = format!("“{slug}” reads like “{name}”, which is reserved.");
            Err(Error::new(SLUG_RESERVED, detail).at("/slug"))
        }
    }
}

/// Checks metadata against its limit and the project's schema.
pub fn check_metadata(metadata: &Map<String, Value>, settings: &ProjectSettings) -> Result<()> {
    let mut violations = Violations::default();
    validate::json_size(&mut violations, "/metadata", metadata, MAX_METADATA_BYTES);
    let mut wrong = violations.into_vec();
    if let Some(schema) = &settings.metadata_schema {
        let validator = schema::compile_foreign(schema).map_err(Error::internal)?;
        wrong.extend(schema::violations(&validator, &metadata.clone().into(), "/metadata"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}

#[cfg(test)]
mod tests {
    use carcosa_types::tenant::TenantStatus::{Active, Archived, Deleted, Pending, Suspended};

    use super::*;

    #[test]
    fn the_status_machine() {
        let allowed = |from| {
            Transition::ALL
                .into_iter()
                .filter_map(|transition| Some((transition.name(), transition.target(from, Some(Suspended))?)))
                .collect::<Vec<_>>()
        };
        assert_eq!(allowed(Pending), [("activate", Active), ("delete", Deleted)]);
        assert_eq!(allowed(Active), [("suspend", Suspended), ("archive", Archived), ("delete", Deleted)]);
        assert_eq!(allowed(Suspended), [("activate", Active), ("archive", Archived), ("delete", Deleted)]);
        assert_eq!(allowed(Archived), [("activate", Active), ("restore", Active), ("delete", Deleted)]);
        assert_eq!(allowed(Deleted), [("restore", Suspended)]);
    }

    #[test]
    fn metadata_has_a_limit_to_the_byte() {
        let settings = ProjectSettings::default();
        let of = |size: usize| Map::from_iter([("a".to_owned(), Value::from("x".repeat(size - 8)))]);
        assert!(check_metadata(&of(MAX_METADATA_BYTES), &settings).is_ok());
        assert!(check_metadata(&of(MAX_METADATA_BYTES + 1), &settings).is_err());
    }

    #[test]
    fn metadata_follows_the_project_s_schema() {
        let schema = serde_json::json!({ "properties": { "seats": { "type": "integer", "minimum": 1 } }, "required": ["seats"] });
        let settings =
            ProjectSettings { metadata_schema: schema.as_object().cloned(), ..ProjectSettings::default() };
        let of = |value: Value| Map::from_iter([("seats".to_owned(), value)]);
        assert!(check_metadata(&of(1.into()), &settings).is_ok());
        let error = check_metadata(&of(0.into()), &settings).unwrap_err();
        assert_eq!(error.errors()[0].pointer.as_deref(), Some("/metadata/seats"));
        let error = check_metadata(&Map::new(), &settings).unwrap_err();
        assert_eq!(error.errors()[0].code, "required");
    }
}
