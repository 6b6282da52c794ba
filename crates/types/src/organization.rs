//! Organizations: the sub-units of a tenant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::validate::{Validate, Violations, json_size, one_line};
use crate::{OrganizationId, Patch, TenantId, Timestamp};

/// Largest `settings`, in bytes of compact JSON.
pub const MAX_SETTINGS_BYTES: usize = 16 * 1024;
/// Most organizations in one tenant.
pub const MAX_PER_TENANT: i64 = 10_000;

/// A department, office or branch of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Organization {
    /// Always `organization`.
    #[schemars(extend("const" = "organization"))]
    pub object: String,
    /// Its id.
    pub id: OrganizationId,
    /// The tenant it belongs to.
    pub tenant_id: TenantId,
    /// Display name, 1–200 characters, unique in the tenant.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// The application's own settings for it.
    pub settings: Map<String, Value>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// What an organization's creator may say.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateOrganization {
    /// Display name, 1–200 characters, unique in the tenant.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Free text, at most 2,000 characters.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub description: Option<String>,
    /// A JSON object of at most 16 KiB.
    #[serde(default)]
    pub settings: Option<Map<String, Value>>,
}

/// A merge patch of an organization.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateOrganization {
    /// New display name, 1–200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// Free text; `null` removes it.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub description: Patch<String>,
    /// Merged into the settings member by member.
    #[serde(default)]
    pub settings: Patch<Map<String, Value>>,
}

impl Validate for CreateOrganization {
    fn validate(&self, violations: &mut Violations) {
        one_line(violations, "/name", &self.name);
        if let Some(settings) = &self.settings {
            json_size(violations, "/settings", settings, MAX_SETTINGS_BYTES);
        }
    }
}

impl Validate for UpdateOrganization {
    fn validate(&self, violations: &mut Violations) {
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
    }
}
