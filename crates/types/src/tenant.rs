//! Tenants: the customers of a project.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::page::filters;
use crate::validate::{Validate, Violations, json_size, one_line};
use crate::{Patch, ShareId, TenantId, Timestamp, slug};

/// Largest `metadata`, in bytes of compact JSON.
pub const MAX_METADATA_BYTES: usize = 16 * 1024;
/// Most resources that one tenant can share at a time.
pub const MAX_SHARES: i64 = 10_000;
/// Most slugs that a tenant can have had before its present one.
pub const MAX_FORMER_SLUGS: usize = 20;
/// Deepest hierarchy: a tenant without a parent has depth 1.
pub const MAX_DEPTH: usize = 8;
/// Most descendants that one change of an inherited value may reach.
pub const MAX_DESCENDANTS: usize = 10_000;

/// Whether a tenant is a person or a company.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantKind {
    /// One person.
    Individual,
    /// A company, school, agency…
    #[default]
    Organization,
}

/// Where a tenant is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// Created, not yet in use.
    Pending,
    /// In use.
    Active,
    /// Stopped by the operator, for now.
    Suspended,
    /// Put away; kept for reference.
    Archived,
    /// Deleted; restorable until it is purged.
    Deleted,
}

/// The colours and logo shown to the tenant's people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branding {
    /// Address of the logo, `https`, at most 2048 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 2048),
        regex(pattern = r"^https://[^\s]+$"),
        example = &"https://example.com/logo.svg"
    )]
    pub logo_url: Option<String>,
    /// Main colour, `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^#[0-9a-fA-F]{6}$"), example = &"#3366cc")]
    pub primary_color: Option<String>,
    /// Second colour, `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^#[0-9a-fA-F]{6}$"), example = &"#3366cc")]
    pub accent_color: Option<String>,
}

/// How a tenant relates to its parent's value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InheritanceMode {
    /// The parent's value applies.
    Inherit,
    /// The tenant's own value applies.
    #[default]
    Override,
    /// The tenant's own value applies, to all its descendants too, whatever they have set.
    Lock,
}

/// Where one inheritable value of a tenant comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// What this tenant asks for.
    pub mode: InheritanceMode,
    /// The tenant whose value applies: this one or an ancestor.
    pub from: TenantId,
    /// Whether an ancestor's lock decides, so that the tenant's own value is kept but has no effect.
    pub locked: bool,
}

/// What a tenant has, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantCounts {
    /// People with a membership.
    pub members: i64,
    /// Stored files.
    pub files: i64,
    /// Bytes of stored files.
    pub bytes: i64,
}

/// A customer of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tenant {
    /// Always `tenant`.
    #[schemars(extend("const" = "tenant"))]
    pub object: String,
    /// Its id.
    pub id: TenantId,
    /// Display name, 1–200 characters.
    pub name: String,
    /// DNS label, unique in the project.
    pub slug: String,
    /// Person or company.
    pub kind: TenantKind,
    /// Free text.
    pub description: Option<String>,
    /// Where it is in its life.
    pub status: TenantStatus,
    /// The reason given with the last transition.
    pub status_reason: Option<String>,
    /// The plan that applies (own or inherited).
    pub plan: String,
    /// The tenant above it in the hierarchy.
    pub parent_id: Option<TenantId>,
    /// Where its data should live.
    pub region: Option<String>,
    /// The application's own id for it, unique in the project.
    pub external_id: Option<String>,
    /// The application's own data, validated by the project's JSON Schema.
    pub metadata: Map<String, Value>,
    /// The branding that applies (own or inherited).
    pub branding: Branding,
    /// Where `plan` and `branding` come from.
    pub inheritance: BTreeMap<String, Provenance>,
    /// What it has. Left out where tenants are synced: it changes without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<TenantCounts>,
    /// When it last became active.
    pub activated_at: Option<Timestamp>,
    /// When it was suspended; `null` unless suspended.
    pub suspended_at: Option<Timestamp>,
    /// When it was archived; `null` unless archived.
    pub archived_at: Option<Timestamp>,
    /// When it was deleted; `null` unless deleted.
    pub deleted_at: Option<Timestamp>,
    /// When a deleted tenant is purged for good.
    pub purge_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// What a tenant's creator may say.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTenant {
    /// Display name, 1–200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// DNS label of 1–63 of `a–z 0–9 -`. Made from the name when absent (`acme`, `acme-2`, …).
    #[serde(default)]
    pub slug: Option<String>,
    /// Person or company; `organization` when absent.
    #[serde(default)]
    pub kind: Option<TenantKind>,
    /// Free text, at most 2,000 characters.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub description: Option<String>,
    /// Plan; inherited from the parent, or the project's default, when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-z0-9][a-z0-9_-]*$"))]
    pub plan: Option<String>,
    /// The tenant above it: an id, `slug:acme` or `ext:42`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 140))]
    pub parent_id: Option<String>,
    /// Where its data should live, such as `eu-north`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-z0-9][a-z0-9-]*$"))]
    pub region: Option<String>,
    /// The application's own id for it, 1–128 characters, unique in the project.
    #[serde(default)]
    #[schemars(length(min = 1, max = 128))]
    pub external_id: Option<String>,
    /// The application's own data: a JSON object of at most 16 KiB.
    #[serde(default)]
    pub metadata: Option<Map<String, Value>>,
    /// Logo and colours; inherited from the parent when absent.
    #[serde(default)]
    pub branding: Option<Branding>,
    /// Per inheritable value (`plan`, `branding`): `inherit`, `override` or `lock`.
    #[serde(default)]
    pub inheritance: Option<InheritanceModes>,
}

/// The mode of each inheritable value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InheritanceModes {
    /// Of `plan`.
    #[serde(default)]
    pub plan: Option<InheritanceMode>,
    /// Of `branding`.
    #[serde(default)]
    pub branding: Option<InheritanceMode>,
}

/// A merge patch of a tenant ([RFC 7396](https://www.rfc-editor.org/rfc/rfc7396)).
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTenant {
    /// New display name, 1–200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// New slug; the old one keeps resolving to this tenant and is never given to another.
    #[serde(default)]
    #[schemars(with = "String")]
    pub slug: Option<String>,
    /// Person or company.
    #[serde(default)]
    #[schemars(with = "TenantKind")]
    pub kind: Option<TenantKind>,
    /// Free text, at most 2,000 characters; `null` removes it.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub description: Patch<String>,
    /// Own plan; `null` goes back to the parent's, or the project's default.
    #[serde(default)]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-z0-9][a-z0-9_-]*$"))]
    pub plan: Patch<String>,
    /// The tenant above it: an id, `slug:acme` or `ext:42`; `null` makes it a root.
    #[serde(default)]
    #[schemars(length(min = 1, max = 140))]
    pub parent_id: Patch<String>,
    /// Where its data should live; `null` removes it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-z0-9][a-z0-9-]*$"))]
    pub region: Patch<String>,
    /// The application's own id for it; `null` removes it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 128))]
    pub external_id: Patch<String>,
    /// Merged into the metadata member by member; `null` members are removed, `null` empties it.
    #[serde(default)]
    pub metadata: Patch<Map<String, Value>>,
    /// Own branding; `null` goes back to the parent's.
    #[serde(default)]
    pub branding: Patch<Branding>,
    /// Per inheritable value: `inherit`, `override` or `lock`.
    #[serde(default)]
    #[schemars(with = "InheritanceModes")]
    pub inheritance: Option<InheritanceModes>,
}

/// The reason of a transition.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Why, for the audit trail and the tenant's `status_reason`; at most 500 characters.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub reason: Option<String>,
}

/// The tenants of a project, counted. Deleted ones count only under their status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantStats {
    /// Always `tenant_stats`.
    #[schemars(extend("const" = "tenant_stats"))]
    pub object: String,
    /// All that are not deleted.
    pub total: i64,
    /// By status, all five always present.
    pub by_status: BTreeMap<String, i64>,
    /// By kind, deleted ones left out.
    pub by_kind: BTreeMap<String, i64>,
    /// By plan that applies, deleted ones left out.
    pub by_plan: BTreeMap<String, i64>,
    /// Created in the last 24 hours, 7 days and 30 days, deleted ones left out.
    pub created: CreatedCounts,
}

/// Tenants created recently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreatedCounts {
    /// In the last 24 hours.
    pub last_24h: i64,
    /// In the last 7 × 24 hours.
    pub last_7d: i64,
    /// In the last 30 × 24 hours.
    pub last_30d: i64,
}

filters! {
    /// Filters of the list of tenants.
    pub struct ListTenants {
        /// `-created_at` (default), `created_at`, `name`, `-name`, `updated_at`, `-updated_at`.
        /// With `q`, the best match comes first and `order` may not be given.
        #[serde(default)]
        pub order: Option<TenantOrder>,
        /// Count the matches: `page.total`. Up to 10,000 are counted, among the 50,000 newest tenants or, with `q`, 20,000 occurrences of
        /// the rarest word; `page.total_is_capped` says that there may be more. Of a parent, plan or status the newest are its own.
        #[serde(default)]
        pub total: Option<bool>,
        /// Words, each the beginning of a word in name, slug, external id or a metadata text; 1–200 characters. Up to 20,000 occurrences of
        /// the rarest word are looked through for one answer: it may hold less than `limit`, or nothing, and have more after it.
        #[serde(default)]
        #[schemars(length(min = 1, max = 200))]
        pub q: Option<String>,
        /// Only this status. Deleted tenants are listed only when asked for.
        #[serde(default)]
        pub status: Option<TenantStatus>,
        /// Only this kind.
        #[serde(default)]
        pub kind: Option<TenantKind>,
        /// Only this plan (the one that applies).
        #[serde(default)]
        #[schemars(length(max = 64))]
        pub plan: Option<String>,
        /// Only this region.
        #[serde(default)]
        #[schemars(length(max = 64))]
        pub region: Option<String>,
        /// Only the children of this tenant: an id, `slug:acme` or `ext:42`; `none` for roots.
        #[serde(default)]
        #[schemars(length(max = 140))]
        pub parent_id: Option<String>,
        /// Only the tenant with this slug.
        #[serde(default)]
        #[schemars(length(max = 63))]
        pub slug: Option<String>,
        /// Only the tenant with this external id.
        #[serde(default)]
        #[schemars(length(max = 128))]
        pub external_id: Option<String>,
        /// `metadata[key]=value`: only tenants whose top-level metadata member has this text, number or boolean. At most 8.
        #[serde(default)]
        #[schemars(extend("maxProperties" = 8))]
        pub metadata: Option<BTreeMap<String, String>>,
    }
}

/// How tenants are ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TenantOrder {
    /// Oldest first.
    #[serde(rename = "created_at")]
    CreatedAt,
    /// Newest first.
    #[default]
    #[serde(rename = "-created_at")]
    CreatedAtDesc,
    /// By name, byte order.
    #[serde(rename = "name")]
    Name,
    /// By name, reversed.
    #[serde(rename = "-name")]
    NameDesc,
    /// Longest unchanged first.
    #[serde(rename = "updated_at")]
    UpdatedAt,
    /// Last changed first.
    #[serde(rename = "-updated_at")]
    UpdatedAtDesc,
}

/// A resource that one tenant lets another one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// Always `share`.
    #[schemars(extend("const" = "share"))]
    pub object: String,
    /// Its id.
    pub id: ShareId,
    /// The tenant that shares.
    pub tenant_id: TenantId,
    /// The tenant that may use the resource.
    pub grantee_id: TenantId,
    /// The application's name for the resource.
    pub resource: String,
    /// What the grantee may do with it, in the application's terms.
    pub role: String,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was granted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change.
    pub version: i64,
}

/// What to share with whom.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateShare {
    /// The tenant to share with: an id, `slug:acme` or `ext:42`, in the same project.
    #[schemars(length(min = 1, max = 140))]
    pub grantee_id: String,
    /// The application's name for the resource, 1–200 characters, such as `folder/designs`.
    #[schemars(length(min = 1, max = 200))]
    pub resource: String,
    /// What the grantee may do with it, 1–64 of `a–z 0–9 _ -`.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-z0-9][a-z0-9_-]*$"))]
    pub role: String,
    /// When it ends by itself; in the future.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

filters! {
    /// Filters of the list of shares.
    pub struct ListShares {
        /// `granted` (default): what this tenant shares; `received`: what others share with it.
        #[serde(default)]
        pub direction: Option<ShareDirection>,
    }
}

/// Which side of a share a tenant is on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareDirection {
    /// It shares.
    #[default]
    Granted,
    /// It may use.
    Received,
}

impl Validate for ListShares {}

/// Why a tenant is deleted.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteTenant {
    /// Why, for the audit trail and the tenant's `status_reason`; at most 500 characters.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub reason: Option<String>,
}

impl Validate for DeleteTenant {}

impl Validate for CreateTenant {
    fn validate(&self, violations: &mut Violations) {
        one_line(violations, "/name", &self.name);
        if let Some(slug) = &self.slug {
            slug::check(violations, "/slug", slug);
        }
        if let Some(external_id) = &self.external_id {
            one_line(violations, "/external_id", external_id);
        }
        if let Some(metadata) = &self.metadata {
            json_size(violations, "/metadata", metadata, MAX_METADATA_BYTES);
        }
    }
}

impl Validate for UpdateTenant {
    fn validate(&self, violations: &mut Violations) {
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
        if let Some(slug) = &self.slug {
            slug::check(violations, "/slug", slug);
        }
        if let Some(external_id) = self.external_id.set() {
            one_line(violations, "/external_id", external_id);
        }
    }
}

impl Validate for Transition {}
impl Validate for ListTenants {}

impl Validate for CreateShare {
    fn validate(&self, violations: &mut Violations) {
        one_line(violations, "/resource", &self.resource);
    }
}
