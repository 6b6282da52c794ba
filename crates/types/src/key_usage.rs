//! How often keys are verified, hour by hour.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{KeyId, TenantId, Timestamp, Validate};

/// Most hours that one answer covers, which is how long they are kept: 31 days.
pub const MAX_HOURS: u32 = 744;
/// Hours that an answer covers when `hours` is not given.
pub const DEFAULT_HOURS: u32 = 24;
/// Most hours of which the busiest keys are told: the last day.
pub const BUSIEST_HOURS: u32 = 24;
/// How many keys are named as the busiest.
pub const BUSIEST: u32 = 10;

/// Which hours to tell of.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyUsageQuery {
    /// How many hours, 1–744 (31 days), of which the present one is the last; 24 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 744))]
    pub hours: Option<u32>,
}

impl Validate for KeyUsageQuery {}

/// How often a key was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyUsage {
    /// Always `key_usage`.
    #[schemars(extend("const" = "key_usage"))]
    pub object: String,
    /// The key.
    pub key_id: KeyId,
    /// All hours together.
    pub total: KeyUsageCounts,
    /// Every hour, oldest first, also those in which nothing happened; the last is the present one.
    pub buckets: Vec<KeyUsageHour>,
}

/// How often keys were verified in a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectKeyUsage {
    /// Always `project_key_usage`.
    #[schemars(extend("const" = "project_key_usage"))]
    pub object: String,
    /// All hours together, of all keys, and of what was no key (`malformed`, `not_found`).
    pub total: KeyUsageCounts,
    /// Every hour, oldest first, also those in which nothing happened; the last is the present one.
    pub buckets: Vec<KeyUsageHour>,
    /// The ten keys that were verified most often in these hours, or in the last 24 of them, whatever the decision; the busiest first.
    pub busiest: Vec<BusyKey>,
}

/// Verifications by their decision. Those with a `cost` of 0 only look and are not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyUsageCounts {
    /// How often the key might be used.
    pub valid: i64,
    /// How often not, by `code`; codes that did not occur are left out.
    pub refused: BTreeMap<String, i64>,
}

/// Verifications in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyUsageHour {
    /// When the hour began.
    pub start: Timestamp,
    /// What was decided.
    #[serde(flatten)]
    pub counts: KeyUsageCounts,
}

/// A key that is verified often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BusyKey {
    /// The key.
    pub key_id: KeyId,
    /// What people call it.
    pub name: String,
    /// The tenant that owns it; `null` for a key of the project.
    pub tenant_id: Option<TenantId>,
    /// How often it might be used.
    pub valid: i64,
    /// How often not.
    pub refused: i64,
}
