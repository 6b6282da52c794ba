//! Sync: a copy of the project's tenants and people in the application's own database, made by a snapshot, kept by changes, and compared
//! by digests.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::membership::MembershipStatus;
use crate::page::filters;
use crate::validate::{Validate, Violations, one_line};
use crate::{MembershipId, OrganizationId, Patch, SyncClientId, SyncReportId, TenantId, Timestamp, UserId};

/// Most clients of a project.
pub const MAX_CLIENTS: i64 = 100;
/// Most events that one page of changes is made from.
pub const MAX_CHANGES: u32 = 1000;
/// Most ranges in one comparison.
pub const MAX_RANGES: usize = 100;
/// Most rows in one comparison, on either side.
pub const MAX_ROWS: usize = 10_000;
/// Most differences in one answer.
pub const MAX_DIFFERENCES: usize = 1000;

/// A type of object that is synced. In a snapshot they come in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncType {
    /// Tenants, also deleted ones until they are purged; without `counts`.
    Tenant,
    /// The users of the application.
    User,
    /// Roles of the project and of its tenants.
    Role,
    /// Organizations inside tenants.
    Organization,
    /// The places of users in tenants, with `user_id` in place of `user`.
    Membership,
}

impl SyncType {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::Tenant, Self::User, Self::Role, Self::Organization, Self::Membership];

    /// Its word on the wire; also its objects' `object`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::User => "user",
            Self::Role => "role",
            Self::Organization => "organization",
            Self::Membership => "membership",
        }
    }

    /// The type with this word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// A membership as it is synced: what belongs to the user changes with the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncedMembership {
    /// Always `membership`.
    #[schemars(extend("const" = "membership"))]
    pub object: String,
    /// Its id.
    pub id: MembershipId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The user.
    pub user_id: UserId,
    /// The key of the role.
    pub role: String,
    /// The organization that the role is limited to.
    pub organization_id: Option<OrganizationId>,
    /// Whether the role also holds in the tenant's children.
    pub includes_children: bool,
    /// Whether it counts.
    pub status: MembershipStatus,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change.
    pub version: i64,
}

/// Which snapshot.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotQuery {
    /// Only these types, separated by commas: `tenant`, `user`, `role`, `organization`, `membership`; all when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub types: Option<String>,
    /// Go on after the chunk that ended with this `resume`, with the same `types`.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub resume: Option<String>,
}

/// Which changes.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangesQuery {
    /// After this cursor, taken from `page.after` or from the end of a snapshot. It is the same as the feed's.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub since: Option<String>,
    /// Instead of `since`: from this time on, and a few minutes before it.
    #[serde(default)]
    pub last_synced: Option<Timestamp>,
    /// Only these types, separated by commas; all when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub types: Option<String>,
    /// Most events that a page is made from, 1–1,000; 100 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<u32>,
    /// Seconds to wait for a change when there is none, 0–25; 0 when absent.
    #[serde(default)]
    #[schemars(range(min = 0, max = 25))]
    pub wait: Option<u32>,
}

/// What to do to the copy of one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SyncChange {
    /// Always `change`.
    #[schemars(extend("const" = "change"))]
    pub object: String,
    /// Whether to write or to remove it.
    pub operation: SyncOperation,
    /// The object's type.
    #[serde(rename = "type")]
    pub kind: SyncType,
    /// The object's id.
    pub id: String,
    /// The object as it is now, maybe newer than the page; `null` when it is gone.
    pub data: Value,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncOperation {
    /// Insert it, or replace what is there.
    Upsert,
    /// Remove it; with a tenant all that has its `tenant_id`.
    Delete,
}

/// What a client has, to be compared.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncCompare {
    /// The type of the objects.
    #[serde(rename = "type")]
    pub kind: SyncType,
    /// The client's cursor: what changed after it is on its way, and no difference.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub since: Option<String>,
    /// Ranges of ids, at most 100.
    #[schemars(length(min = 1, max = 100))]
    pub ranges: Vec<SyncClientRange>,
}

/// A range of ids, and what the client has there: a digest, or the rows themselves.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncClientRange {
    /// Ids greater than this; from the first when absent.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub after: Option<String>,
    /// Ids up to and with this; to the last when absent.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub until: Option<String>,
    /// How many rows the client has there. With `digest`.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub count: Option<i64>,
    /// The XOR of the SHA-256 of `id:version` of each, as 64 hexadecimal digits; zeros of none. With `count`.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub digest: Option<String>,
    /// Instead of both: the versions by id. At most 10,000 in all.
    #[serde(default)]
    pub rows: Option<BTreeMap<String, i64>>,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SyncComparison {
    /// Always `comparison`.
    #[schemars(extend("const" = "comparison"))]
    pub object: String,
    /// Whether nothing differs.
    pub equal: bool,
    /// What the server has in the parts of those ranges whose digests differ. Compare each with what the client has there; ask again with
    /// those that differ, with the rows where there are few.
    pub ranges: Vec<SyncServerRange>,
    /// Of ranges given with rows: each that differs, as it should be. Written or removed like a change, it is repaired.
    pub differences: Vec<SyncDifference>,
    /// There are more differences than fit here: repair these and ask again.
    pub has_more: bool,
}

/// A range of ids, and what the server has there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncServerRange {
    /// Ids greater than this.
    pub after: Option<String>,
    /// Ids up to and with this.
    pub until: Option<String>,
    /// How many rows there are.
    pub count: i64,
    /// Their digest.
    pub digest: String,
}

/// A row of the client's that is not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SyncDifference {
    /// What is wrong with it.
    pub problem: SyncProblem,
    /// What mends it.
    #[serde(flatten)]
    pub change: SyncChange,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncProblem {
    /// The client does not have it.
    Missing,
    /// The client has another version.
    Different,
    /// The client has it, and it is gone.
    Extra,
}

/// A copy that someone keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncClient {
    /// Always `sync_client`.
    #[schemars(extend("const" = "sync_client"))]
    pub object: String,
    /// Its id.
    pub id: SyncClientId,
    /// What it is called, unique in the project.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// What it keeps.
    pub types: Vec<SyncType>,
    /// After how many seconds without word from it something is wrong.
    pub silent_after_seconds: u32,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed; its reports do not count.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// A copy, and how it fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SyncClientWithHealth {
    /// The client.
    #[serde(flatten)]
    pub client: SyncClient,
    /// How it fares, by its own reports.
    pub health: SyncHealth,
}

/// How a copy fares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SyncHealth {
    /// In one word.
    pub status: SyncStatus,
    /// What it is at, while a snapshot or comparison runs.
    pub progress: Option<SyncProgress>,
    /// How far it is behind; `null` before its first cursor.
    pub lag: Option<SyncLag>,
    /// When it last reported anything.
    pub last_seen_at: Option<Timestamp>,
    /// When something last succeeded.
    pub last_succeeded_at: Option<Timestamp>,
    /// When something last failed.
    pub last_failed_at: Option<Timestamp>,
    /// Why.
    pub last_error: Option<String>,
    /// What succeeded in the last 24 hours.
    pub succeeded_24h: i64,
    /// What failed in the last 24 hours.
    pub failed_24h: i64,
    /// The part that succeeded in the last 24 hours, 0–1; `null` of nothing.
    pub success_rate_24h: Option<f64>,
    /// How long each kind takes, of its last 100 that succeeded.
    pub durations: BTreeMap<String, SyncDuration>,
    /// When it was last compared.
    pub compared_at: Option<Timestamp>,
    /// How many rows differed then.
    pub differences: Option<i64>,
}

/// How a copy fares, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncStatus {
    /// It has not reported yet.
    Registered,
    /// A snapshot or comparison runs.
    Running,
    /// It has all there is.
    Current,
    /// It has not got everything yet.
    Behind,
    /// What it last did failed.
    Failing,
    /// Nothing was heard of it for `silent_after_seconds`.
    Silent,
}

/// How far something has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncProgress {
    /// What runs.
    pub kind: SyncWork,
    /// Objects done.
    pub objects: i64,
    /// Objects in all, when that is known.
    pub total: Option<i64>,
}

/// How far a copy is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncLag {
    /// Events after its cursor.
    pub events: i64,
    /// How long ago the first of them was, in seconds.
    pub seconds: i64,
}

/// How long something takes, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncDuration {
    /// The last one.
    pub last: i64,
    /// Half of them take no longer.
    pub p50: i64,
    /// 95 % of them take no longer.
    pub p95: i64,
}

/// What a client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncWork {
    /// It takes a snapshot.
    Snapshot,
    /// It follows changes.
    Changes,
    /// It compares, and repairs.
    Compare,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncOutcome {
    /// It goes on.
    Running,
    /// It is done.
    Succeeded,
    /// It was given up.
    Failed,
}

/// A client's word on what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SyncReport {
    /// Always `sync_report`.
    #[schemars(extend("const" = "sync_report"))]
    pub object: String,
    /// Its id.
    pub id: SyncReportId,
    /// Whose.
    pub client_id: SyncClientId,
    /// What it did.
    pub kind: SyncWork,
    /// What became of it. What is still running is not kept.
    pub outcome: SyncOutcome,
    /// Objects written or removed.
    pub objects: Option<i64>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// Of a comparison: rows that differed.
    pub differences: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it came.
    pub created_at: Timestamp,
}

/// What a new client says of itself.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSyncClient {
    /// What it is called, 1–100 characters, unique in the project.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// Free text, at most 500 characters.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub description: Option<String>,
    /// What it keeps; all when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 5))]
    pub types: Option<Vec<SyncType>>,
    /// After how many seconds without word from it something is wrong, 10–604,800; 900 when absent.
    #[serde(default)]
    #[schemars(range(min = 10, max = 604_800))]
    pub silent_after_seconds: Option<u32>,
}

/// What to change of a client.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSyncClient {
    /// New name.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// New text; `null` removes it.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub description: Patch<String>,
    /// What it keeps.
    #[serde(default)]
    #[schemars(length(min = 1, max = 5))]
    pub types: Option<Vec<SyncType>>,
    /// After how many seconds without word from it something is wrong.
    #[serde(default)]
    #[schemars(range(min = 10, max = 604_800))]
    pub silent_after_seconds: Option<u32>,
}

/// What a client reports.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSyncReport {
    /// What it did.
    pub kind: SyncWork,
    /// What became of it; `running` says how far it has come.
    pub outcome: SyncOutcome,
    /// The cursor up to which it has everything.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub cursor: Option<String>,
    /// Objects written or removed.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub objects: Option<i64>,
    /// Objects in all, while it runs.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub total: Option<i64>,
    /// How long it took, in milliseconds.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub duration_ms: Option<i64>,
    /// Of a comparison: rows that differed.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub differences: Option<i64>,
    /// Why it failed, at most 1,000 characters; only with `failed`.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub error: Option<String>,
}

filters! {
    /// Filters of the list of reports, newest first.
    pub struct ListSyncReports {
        /// Only of this kind.
        #[serde(default)]
        pub kind: Option<SyncWork>,
        /// Only with this outcome.
        #[serde(default)]
        pub outcome: Option<SyncOutcome>,
    }
}

fn check_types(violations: &mut Violations, types: Option<&[SyncType]>) {
    let Some(types) = types else { return };
    let repeated = types.iter().enumerate().any(|(at, one)| types[..at].contains(one));
    if repeated {
        violations.add("/types", "duplicate", "must not name a type twice");
    }
}

impl Validate for CreateSyncClient {
    fn validate(&self, violations: &mut Violations) {
        one_line(violations, "/name", &self.name);
        check_types(violations, self.types.as_deref());
    }
}

impl Validate for UpdateSyncClient {
    fn validate(&self, violations: &mut Violations) {
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
        check_types(violations, self.types.as_deref());
    }
}

impl Validate for CreateSyncReport {
    fn validate(&self, violations: &mut Violations) {
        if self.error.is_some() && self.outcome != SyncOutcome::Failed {
            violations.add("/error", "conflict", "is only of what failed");
        }
        if self.differences.is_some() && self.kind != SyncWork::Compare {
            violations.add("/differences", "conflict", "are only of a comparison");
        }
        if self.total.is_some() && self.outcome != SyncOutcome::Running {
            violations.add("/total", "conflict", "is only of what is running");
        }
    }
}

impl Validate for ChangesQuery {}

impl Validate for SyncCompare {
    fn validate(&self, violations: &mut Violations) {
        let mut rows = 0_usize;
        for (index, range) in self.ranges.iter().enumerate() {
            let pointer = format!("/ranges/{index}");
            rows += range.rows.as_ref().map_or(0, BTreeMap::len);
            match (&range.rows, &range.digest, range.count) {
                (Some(_), None, None) | (None, Some(_), Some(_)) => {}
                _ => violations.add(&pointer, "form", "must have count and digest, or rows"),
            }
        }
        if rows > MAX_ROWS {
            violations.add("/ranges", "too_many", format!("must have at most {MAX_ROWS} rows in all"));
        }
    }
}

impl Validate for SnapshotQuery {}
impl Validate for ListSyncReports {}
