//! Tenants over time.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Validate;

/// Most days that one answer covers.
pub const MAX_DAYS: u32 = 366;
/// Days that an answer covers when `days` is not given.
pub const DEFAULT_DAYS: u32 = 30;
/// Most plans that an answer names.
pub const MAX_PLANS: u32 = 50;

/// Which days to tell of.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// How many days, 1–366, of which today is the last; 30 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 366))]
    pub days: Option<u32>,
}

impl Validate for HistoryQuery {}

/// The tenants of a project, day by day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantHistory {
    /// Always `tenant_history`.
    #[schemars(extend("const" = "tenant_history"))]
    pub object: String,
    /// The day on which counting began, when the project had tenants before: days before it are left out, and of the day itself
    /// only what happened after. `null` when every change of the project was counted.
    #[schemars(extend("format" = "date"))]
    pub counted_from: Option<String>,
    /// Every day in UTC, oldest first; the last is today as it is now.
    pub data: Vec<TenantDay>,
}

/// What became of a project's tenants on one day, and what there was at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantDay {
    /// The day in UTC, such as `2026-11-21`.
    #[schemars(extend("format" = "date"))]
    pub date: String,
    /// Tenants created, also those that are deleted or purged by now.
    pub created: i64,
    /// Tenants that became active from `pending`, `suspended` or `archived`.
    pub activated: i64,
    /// Tenants that were suspended.
    pub suspended: i64,
    /// Tenants that were archived.
    pub archived: i64,
    /// Tenants that were deleted.
    pub deleted: i64,
    /// Deleted tenants that were brought back, to whatever status.
    pub restored: i64,
    /// Deleted tenants that were erased for good.
    pub purged: i64,
    /// All that were not deleted at the end of the day.
    pub total: i64,
    /// By status at the end of the day, all five always present.
    pub by_status: BTreeMap<String, i64>,
    /// By plan at the end of the day, deleted ones left out: up to 50 plans, those with most tenants and most changes, the same on every day.
    pub by_plan: BTreeMap<String, i64>,
    /// Those of all other plans together.
    pub other_plans: i64,
}
