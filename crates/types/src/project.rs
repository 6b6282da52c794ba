//! Projects: the applications being built.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::grants::{MAX_APPLICATION_PERMISSIONS, is_permission_name};
use crate::membership::is_page;
use crate::validate::{Validate, Violations, json_size, one_line};
use crate::{Patch, ProjectId, Timestamp, slug};

/// Largest `metadata_schema`, in bytes of compact JSON.
pub const MAX_SCHEMA_BYTES: usize = 64 * 1024;

/// Whether a project serves real customers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Real customers.
    #[default]
    Live,
    /// Trying things out.
    Test,
}

/// An application being built. Everything else belongs to exactly one project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Project {
    /// Always `project`.
    #[schemars(extend("const" = "project"))]
    pub object: String,
    /// Its id.
    pub id: ProjectId,
    /// Display name, 1–200 characters.
    pub name: String,
    /// Unique in the installation.
    pub slug: String,
    /// Real customers, or trying things out.
    pub environment: Environment,
    /// How it behaves.
    pub settings: ProjectSettings,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// What an operator is in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnRole {
    /// May do everything, by a role in the installation.
    SuperAdmin,
    /// Reads everything, by a role in the installation.
    Support,
    /// May do everything.
    Owner,
    /// May do everything.
    Admin,
    /// May do most things.
    Developer,
    /// Reads.
    Viewer,
}

/// A project, and what the operator who asks is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OwnProject {
    /// The project.
    #[serde(flatten)]
    pub project: Project,
    /// What the operator is in it; of several roles the one that gives most.
    pub role: OwnRole,
}

/// A new project.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProject {
    /// Display name, 1–200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Unique in the installation: 1–63 of `a–z 0–9 -`, and never changed. Made of the name when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 63))]
    pub slug: Option<String>,
    /// Real customers (the default), or trying things out.
    #[serde(default)]
    pub environment: Environment,
}

impl Validate for CreateProject {
    fn validate(&self, violations: &mut Violations) {
        one_line(violations, "/name", &self.name);
        if let Some(slug) = &self.slug {
            slug::check(violations, "/slug", slug);
        }
    }
}

/// How a project behaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProjectSettings {
    /// Plan of a new tenant that names none and has no parent.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-z0-9][a-z0-9_-]*$"))]
    pub default_plan: String,
    /// Status of a new tenant: `active`, or `pending` until it is activated.
    pub initial_status: InitialStatus,
    /// Slugs that no tenant may take, besides those reserved everywhere; at most 1,000.
    #[schemars(length(max = 1000))]
    pub reserved_slugs: Vec<String>,
    /// JSON Schema (draft 2020-12) that every tenant's metadata must satisfy; at most 64 KiB.
    pub metadata_schema: Option<Map<String, Value>>,
    /// Days a deleted tenant can be restored before it is purged, 0–3650.
    #[schemars(range(min = 0, max = 3650))]
    pub retention_days: u32,
    /// Permissions of the application itself, `noun:verb` with what each allows, for roles, key scopes and access checks; at most
    /// 200. Nouns of Carcosa's own permissions cannot be used.
    pub permissions: BTreeMap<String, String>,
    /// Tenants in which one user can be a member, 1–1000.
    #[schemars(range(min = 1, max = 1000))]
    pub max_tenants_per_user: u32,
    /// Days in which an invitation can be accepted unless it says otherwise, 1–365; the server's setting when `null`.
    #[schemars(range(min = 1, max = 365))]
    pub invitation_expiry_days: Option<u32>,
    /// The application's page that accepts invitations; the token is added as the query parameter `token`.
    #[schemars(length(max = 2048))]
    pub invitation_url: Option<String>,
    /// Days that entries of the log are kept, 1–3650; 0 (the default) keeps them for good. The last entry of a tenant, and of
    /// the project itself, always stays.
    #[schemars(range(min = 0, max = 3650))]
    pub audit_retention_days: u32,
    /// First part of API keys: 2–12 of `a–z 0–9`, starting with a letter.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9]{1,11}$"), example = &"ck")]
    pub key_prefix: String,
}

/// Status of a new tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InitialStatus {
    /// In use at once.
    #[default]
    Active,
    /// Waits to be activated.
    Pending,
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self {
            default_plan: "free".to_owned(),
            initial_status: InitialStatus::Active,
            reserved_slugs: Vec::new(),
            metadata_schema: None,
            retention_days: 30,
            permissions: BTreeMap::new(),
            max_tenants_per_user: 100,
            invitation_expiry_days: None,
            invitation_url: None,
            audit_retention_days: 0,
            key_prefix: "ck".to_owned(),
        }
    }
}

/// A merge patch of a project.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateProject {
    /// New display name, 1–200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// Settings to change; members not named stay.
    #[serde(default)]
    #[schemars(with = "UpdateProjectSettings")]
    pub settings: Option<UpdateProjectSettings>,
}

/// A merge patch of a project's settings.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateProjectSettings {
    /// Plan of a new tenant that names none and has no parent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-z0-9][a-z0-9_-]*$"))]
    #[schemars(with = "String")]
    pub default_plan: Option<String>,
    /// Status of a new tenant.
    #[serde(default)]
    #[schemars(with = "InitialStatus")]
    pub initial_status: Option<InitialStatus>,
    /// Slugs that no tenant may take; at most 1,000. Replaces the list.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    #[schemars(with = "Vec<String>")]
    pub reserved_slugs: Option<Vec<String>>,
    /// JSON Schema that every tenant's metadata must satisfy; replaces the old one, `null` removes it.
    /// Tenants that exist keep their metadata until they next change it.
    #[serde(default)]
    pub metadata_schema: Patch<Map<String, Value>>,
    /// Days a deleted tenant can be restored, 0–3650.
    #[serde(default)]
    #[schemars(range(min = 0, max = 3650))]
    #[schemars(with = "u32")]
    pub retention_days: Option<u32>,
    /// Permissions of the application itself. Replaces them all; one that a role or key names stays named there and means
    /// nothing any more.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub permissions: Option<BTreeMap<String, String>>,
    /// Tenants in which one user can be a member, 1–1000. Users who are in more keep their memberships.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    #[schemars(with = "u32")]
    pub max_tenants_per_user: Option<u32>,
    /// Days in which an invitation can be accepted, 1–365; `null` for the server's setting.
    #[serde(default)]
    #[schemars(range(min = 1, max = 365))]
    pub invitation_expiry_days: Patch<u32>,
    /// The application's page that accepts invitations: an `https` address; `null` removes it.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub invitation_url: Patch<String>,
    /// Days that entries of the log are kept, 1–3650; 0 keeps them for good. What is older is removed within hours, and cannot be
    /// brought back.
    #[serde(default)]
    #[schemars(range(min = 0, max = 3650))]
    #[schemars(with = "u32")]
    pub audit_retention_days: Option<u32>,
    /// First part of API keys made from now on.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9]{1,11}$"))]
    #[schemars(with = "String")]
    pub key_prefix: Option<String>,
}

impl Validate for UpdateProject {
    fn validate(&self, violations: &mut Violations) {
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
        let Some(settings) = &self.settings else { return };
        for (index, reserved) in settings.reserved_slugs.iter().flatten().enumerate() {
            slug::check(violations, &format!("/settings/reserved_slugs/{index}"), reserved);
        }
        permissions(violations, settings.permissions.as_ref());
        if let Some(url) = settings.invitation_url.set()
            && !is_page(url)
        {
            let rule = "must be an https address without spaces (or http on localhost)";
            violations.add("/settings/invitation_url", "url", rule);
        }
        if let Some(schema) = settings.metadata_schema.set() {
            json_size(violations, "/settings/metadata_schema", schema, MAX_SCHEMA_BYTES);
        }
    }
}

/// Checks the application's own permissions.
fn permissions(violations: &mut Violations, permissions: Option<&BTreeMap<String, String>>) {
    let Some(permissions) = permissions else { return };
    if permissions.len() > MAX_APPLICATION_PERMISSIONS {
        let rule = format!("must have at most {MAX_APPLICATION_PERMISSIONS} permissions");
        violations.add("/settings/permissions", "too_many", rule);
    }
    for (name, help) in permissions {
        let pointer = format!("/settings/permissions/{}", name.replace('~', "~0").replace('/', "~1"));
        let noun = name.split(':').next().unwrap_or_default();
        if !is_permission_name(name) {
            let rule = "must be noun:verb, each 1–32 of a–z 0–9 _, starting with a letter";
            violations.add(&pointer, "permission_name", rule);
        } else if crate::permission::is_own_noun(noun) {
            violations.add(&pointer, "reserved", format!("“{noun}” is a noun of Carcosa's own permissions"));
        }
        if help.chars().count() > 500 {
            violations.add(&pointer, "too_long", "must be described in at most 500 characters");
        }
    }
}
