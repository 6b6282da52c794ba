//! Keys in use: verified, imported from elsewhere, reported as leaked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::grants::is_permission_name;
use crate::key::{Credits, MAX_METADATA_BYTES, RateLimit, check_burst};
use crate::permission::row;
use crate::role::networks;
use crate::tenant::TenantStatus;
use crate::validate::{Validate, Violations, address, json_size, one_line};
use crate::{KeyId, TenantId, Timestamp, Violation};

/// Longest text that can be a key, in bytes.
pub const MAX_TEXT_BYTES: usize = 512;
/// Most keys in one import.
pub const MAX_IMPORTED: usize = 1_000;

/// A question: may whoever presents this key do that?
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyKey {
    /// The text presented. Whatever cannot be a key is answered with `malformed`.
    pub key: String,
    /// What it must be allowed to do: at most 100 permissions of Carcosa or of the application, `noun:verb`.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(min = 3, max = 65)))]
    pub permissions: Option<Vec<String>>,
    /// The tenant that it must belong to: an id, `slug:acme` or `ext:42`. A key of the project itself belongs to none.
    #[serde(default)]
    #[schemars(length(min = 1, max = 140))]
    pub tenant: Option<String>,
    /// What it takes of rate limit and credits, 0–1000; 1 when absent. With 0 nothing is taken, only looked at.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1000))]
    pub cost: Option<u32>,
    /// The address it was presented from. A key with an allow-list is refused without.
    #[serde(default)]
    #[schemars(length(min = 2, max = 45))]
    pub ip: Option<String>,
}

impl std::fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifyKey").field("permissions", &self.permissions).finish_non_exhaustive()
    }
}

/// How a verification was decided. The first of these that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerificationCode {
    /// No text of a key: empty, longer than 512 bytes, not ASCII, or in Carcosa's form with a wrong checksum.
    Malformed,
    /// No key of this project has this secret, or no longer.
    NotFound,
    /// The key was revoked.
    Revoked,
    /// The key is turned off.
    Disabled,
    /// The key has expired.
    Expired,
    /// The tenant that owns the key is suspended.
    TenantSuspended,
    /// The tenant that owns the key is pending, archived or deleted.
    TenantNotActive,
    /// The key is not one of the tenant asked about.
    TenantMismatch,
    /// The key has an allow-list, and the address is not on it or was not told.
    ForbiddenIp,
    /// The key lacks a permission asked for.
    InsufficientPermissions,
    /// Too often in too short a time, or at a cost beyond the burst.
    RateLimited,
    /// The credits do not cover the cost.
    CreditsExhausted,
    /// It may.
    Valid,
}

impl VerificationCode {
    /// All of them, in their order.
    pub const ALL: [Self; 13] = [
        Self::Malformed,
        Self::NotFound,
        Self::Revoked,
        Self::Disabled,
        Self::Expired,
        Self::TenantSuspended,
        Self::TenantNotActive,
        Self::TenantMismatch,
        Self::ForbiddenIp,
        Self::InsufficientPermissions,
        Self::RateLimited,
        Self::CreditsExhausted,
        Self::Valid,
    ];

    /// Its sentence.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Malformed => "This is not the text of a key: part of it is missing or mistyped.",
            Self::NotFound => "No key of this project has this secret.",
            Self::Revoked => "The key was revoked.",
            Self::Disabled => "The key is turned off.",
            Self::Expired => "The key has expired.",
            Self::TenantSuspended => "The tenant that owns the key is suspended.",
            Self::TenantNotActive => "The tenant that owns the key is pending, archived or deleted.",
            Self::TenantMismatch => "The key does not belong to the tenant asked about.",
            Self::ForbiddenIp => "The key may not be used from this address.",
            Self::InsufficientPermissions => "The key lacks a permission asked for.",
            Self::RateLimited => "The key is used too often; see rate_limit.",
            Self::CreditsExhausted => "The key's credits do not cover the cost.",
            Self::Valid => "The key may be used.",
        }
    }
}

/// The answer. What it says of a key is `null` when the key is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyVerification {
    /// Always `key_verification`.
    #[schemars(extend("const" = "key_verification"))]
    pub object: String,
    /// Whether it may: the code is `valid`.
    pub valid: bool,
    /// The decision, to switch on.
    pub code: VerificationCode,
    /// The decision as a sentence.
    pub detail: String,
    /// The key.
    pub key_id: Option<KeyId>,
    /// What people call it.
    pub name: Option<String>,
    /// The tenant that owns it; `null` for a key of the project.
    pub tenant: Option<VerifiedTenant>,
    /// What it may do: Carcosa's permissions one by one, then the application's as its scopes name them.
    pub permissions: Option<Vec<String>>,
    /// The application's own data about it.
    pub metadata: Option<Map<String, Value>>,
    /// Where its rate limit stands on the node that answered; `null` when it has none.
    pub rate_limit: Option<RateLimitState>,
    /// What is left of its credits, as far as the node that answered knows; `null` when it has none, or when the decision fell
    /// before they were looked at.
    pub credits_remaining: Option<i64>,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
}

/// The tenant that owns a verified key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerifiedTenant {
    /// Its id.
    pub id: TenantId,
    /// Its slug.
    pub slug: String,
    /// Its status.
    pub status: TenantStatus,
    /// The plan that applies to it.
    pub plan: String,
}

/// Where a rate limit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RateLimitState {
    /// How much can be taken at once.
    pub limit: u32,
    /// How much can be taken now.
    pub remaining: u32,
    /// In how many seconds, rounded up, all of it can be taken again.
    pub reset_seconds: u32,
    /// In how many seconds, rounded up, what was refused would be allowed; `null` when it was not refused, or never would be.
    pub retry_after_seconds: Option<u32>,
}

/// Keys that were made elsewhere.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportKeys {
    /// 1–1,000 keys, each checked by itself: `hash` (SHA-256 of the key's text, 64 hexadecimal digits), `name`, `scopes`, and
    /// optionally `prefix` (at most 20 visible ASCII characters), `last4` (at most 4), `expires_at`, `metadata`, `allowed_ips`,
    /// `rate_limit` and `credits` as for a new key.
    #[schemars(length(min = 1, max = 1000))]
    pub keys: Vec<Map<String, Value>>,
}

/// One key that was made elsewhere.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportKey {
    /// SHA-256 of the key's text, 64 hexadecimal digits.
    #[schemars(regex(pattern = r"^[0-9a-fA-F]{64}$"))]
    pub hash: String,
    /// What people call it, 1–200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// How the key's text starts, for people to know it by: at most 20 visible ASCII characters.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[!-~]{0,20}$"))]
    pub prefix: Option<String>,
    /// How the key's text ends: at most 4 visible ASCII characters.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[!-~]{0,4}$"))]
    pub last4: Option<String>,
    /// What it may do, at most what the caller may; 1–100, each at most 70 characters.
    #[schemars(length(min = 1, max = 100), inner(length(min = 1, max = 70)))]
    pub scopes: Vec<String>,
    /// When it stops working by itself; in the future.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// The application's own data: a JSON object of at most 4 KiB.
    #[serde(default)]
    pub metadata: Option<Map<String, Value>>,
    /// From where it works: at most 100 IP addresses and networks.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(min = 2, max = 50)))]
    pub allowed_ips: Option<Vec<String>>,
    /// How often it may be verified.
    #[serde(default)]
    pub rate_limit: Option<RateLimit>,
    /// What it may spend.
    #[serde(default)]
    pub credits: Option<Credits>,
}

/// What became of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportReport {
    /// Always `key_import`.
    #[schemars(extend("const" = "key_import"))]
    pub object: String,
    /// How many keys were made.
    pub created: u32,
    /// How many the project had already.
    pub duplicates: u32,
    /// How many break a rule.
    pub invalid: u32,
    /// Each of them, in the order of the request.
    pub rows: Vec<ImportedRow>,
}

/// What became of one key of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportedRow {
    /// Its place in the request, from 0.
    pub index: u32,
    /// What became of it.
    pub status: ImportStatus,
    /// The key that was made.
    pub id: Option<KeyId>,
    /// Everything wrong with it; pointers start at the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Violation>,
}

/// What became of one key of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportStatus {
    /// The key was made.
    Created,
    /// The project has a key with this hash; nothing was changed.
    Duplicate,
    /// It breaks a rule; see `errors`.
    Invalid,
}

/// A key that was found where it should not be.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportLeak {
    /// The text found, at most 512 characters.
    #[schemars(length(min = 1, max = 512))]
    pub key: String,
    /// What happened, at most 500 characters; recorded.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub reason: Option<String>,
    /// Where it was found: an `https` or `http` address of at most 2,000 characters; recorded.
    #[serde(default)]
    #[schemars(length(max = 2000), regex(pattern = r"^https?://[!-~]+$"))]
    pub url: Option<String>,
}

impl std::fmt::Debug for ReportLeak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReportLeak").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What was done about a leak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeakReport {
    /// Always `leak_report`.
    #[schemars(extend("const" = "leak_report"))]
    pub object: String,
    /// Whether it is the secret of a key of this project, which is revoked now.
    pub revoked: bool,
    /// That key.
    pub key_id: Option<KeyId>,
}

impl Validate for VerifyKey {
    fn validate(&self, violations: &mut Violations) {
        for (index, name) in self.permissions.iter().flatten().enumerate() {
            if row(name).is_none() && !is_permission_name(name) {
                let rule = "must be one permission such as tenant:read";
                violations.add(format!("/permissions/{index}"), "permission_name", rule);
            }
        }
        address(violations, "/ip", self.ip.as_deref());
    }
}

impl Validate for ImportKeys {}

impl Validate for ImportKey {
    fn validate(&self, violations: &mut Violations) {
        one_line(violations, "/name", &self.name);
        if let Some(metadata) = &self.metadata {
            json_size(violations, "/metadata", metadata, MAX_METADATA_BYTES);
        }
        networks(violations, "/allowed_ips", self.allowed_ips.as_deref().unwrap_or_default());
        check_burst(violations, self.rate_limit.as_ref());
    }
}

impl Validate for ReportLeak {
    fn validate(&self, violations: &mut Violations) {
        if let Some(reason) = self.reason.as_deref().filter(|reason| !reason.is_empty()) {
            one_line(violations, "/reason", reason);
        }
    }
}
