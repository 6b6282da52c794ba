//! API keys: the credentials of projects and tenants.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::validate::{Validate, Violations, one_line};
use crate::{KeyId, Patch, TenantId, Timestamp};

/// Longest overlap of a rotation: both secrets work for at most 30 days.
pub const MAX_OVERLAP_SECONDS: u32 = 30 * 24 * 3600;

/// A credential. Its secret is shown once, when it is created or rotated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApiKey {
    /// Always `api_key`.
    #[schemars(extend("const" = "api_key"))]
    pub object: String,
    /// Its id.
    pub id: KeyId,
    /// The tenant that owns it; `null` for a key of the project.
    pub tenant_id: Option<TenantId>,
    /// What people call it.
    pub name: String,
    /// The start of the secret, such as `ck_live_`.
    pub prefix: String,
    /// The last four characters of the secret.
    pub last4: String,
    /// What it may do: `noun:verb`, `noun:*` or `*`.
    pub scopes: Vec<String>,
    /// Whether it works (when it is neither expired nor revoked).
    pub enabled: bool,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// Until when the secret from before the last rotation still works.
    pub previous_secret_expires_at: Option<Timestamp>,
    /// When it was revoked, for good.
    pub revoked_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// A key together with its secret, which is never shown again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApiKeyWithSecret {
    /// The key.
    #[serde(flatten)]
    pub key: ApiKey,
    /// The text to send as `Authorization: Bearer …`.
    pub secret: String,
}

impl std::fmt::Debug for ApiKeyWithSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKeyWithSecret").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What a key's creator may say.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// What people call it, 1–200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// What it may do, at most what its creator may. All of that when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub scopes: Option<Vec<String>>,
    /// When it stops working by itself; in the future.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A merge patch of a key.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateKey {
    /// What people call it, 1–200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// What it may do, at most what the caller may.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(with = "Vec<String>")]
    pub scopes: Option<Vec<String>>,
    /// Turn it off or on again.
    #[serde(default)]
    #[schemars(with = "bool")]
    pub enabled: Option<bool>,
    /// When it stops working by itself; `null` for never.
    #[serde(default)]
    pub expires_at: Patch<Timestamp>,
}

/// How to rotate a key.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// How long the old secret keeps working beside the new one: 0 (default) to 2,592,000 (30 days).
    #[serde(default)]
    #[schemars(range(min = 0, max = 2_592_000))]
    pub overlap_seconds: Option<u32>,
}

impl Validate for CreateKey {
    fn validate(&self, violations: &mut Violations) {
        one_line(violations, "/name", &self.name);
        check_scopes(violations, self.scopes.as_deref());
    }
}

impl Validate for UpdateKey {
    fn validate(&self, violations: &mut Violations) {
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
        check_scopes(violations, self.scopes.as_deref());
    }
}

impl Validate for RotateKey {}

fn check_scopes(violations: &mut Violations, scopes: Option<&[String]>) {
    for (index, scope) in scopes.unwrap_or_default().iter().enumerate() {
        if crate::PermissionSet::parse([scope.as_str()]).is_err() {
            violations.add(
                format!("/scopes/{index}"),
                "unknown_permission",
                format!("`{}` is not a permission; see /docs/permissions", scope.escape_default()),
            );
        }
    }
}
