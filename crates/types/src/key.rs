//! API keys: the credentials of projects and tenants.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::{Date, Month};

use crate::page::filters;
use crate::role::networks;
use crate::validate::{Validate, Violations, json_size, one_line};
use crate::{KeyId, Patch, TenantId, Timestamp};

/// Longest overlap of a rotation: both secrets work for at most 30 days.
pub const MAX_OVERLAP_SECONDS: u32 = 30 * 24 * 3600;
/// Largest `metadata` of a key, in bytes of compact JSON.
pub const MAX_METADATA_BYTES: usize = 4 * 1024;

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
    /// The start of the secret, such as `ck_live_`. Empty for an imported key whose start was not told.
    pub prefix: String,
    /// The last four characters of the secret. Empty for an imported key whose end was not told.
    pub last4: String,
    /// What it may do: `noun:verb`, `noun:*` or `*`, of Carcosa's permissions and of the application's own.
    pub scopes: Vec<String>,
    /// The application's own data about it.
    pub metadata: Map<String, Value>,
    /// From where it works: IP addresses and networks. Empty for anywhere.
    pub allowed_ips: Vec<String>,
    /// How often it may be verified.
    pub rate_limit: Option<RateLimit>,
    /// What it may spend. As stored: without what nodes have leased and not spent yet, and before a refill that is due.
    pub credits: Option<Credits>,
    /// Whether it works (when it is neither expired nor revoked).
    pub enabled: bool,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// Until when the secret from before the last rotation still works.
    pub previous_secret_expires_at: Option<Timestamp>,
    /// When it was revoked, for good.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used with success, to about ten seconds. Neither this nor what is spent makes a version.
    pub last_used_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// How often something may happen: `limit` times in a period, evenly, with bursts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How often in a period, 1–1,000,000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub limit: u32,
    /// The period in seconds, 1–86,400.
    #[schemars(range(min = 1, max = 86_400))]
    pub period_seconds: u32,
    /// How often at once, 1–`limit`; `limit` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub burst: Option<u32>,
}

/// A budget. Each verification spends its cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credits {
    /// What is left, 0–1,000,000,000,000.
    #[schemars(range(min = 0, max = 1_000_000_000_000_i64))]
    pub remaining: i64,
    /// When and how far it fills up again; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refill: Option<Refill>,
}

/// At the start of each period, what is left is set to the amount, whatever was left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refill {
    /// What is left at the start of a period, 1–1,000,000,000,000.
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    pub amount: i64,
    /// How long a period is.
    pub every: Every,
}

/// A period of the calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From the first of a month to the first of the next.
    Month,
}

impl Every {
    /// The period that an instant lies in: its start, and the start of the next.
    #[must_use]
    pub fn period(self, at: Timestamp) -> (Timestamp, Timestamp) {
        const HOUR: i64 = 3_600_000_000;
        match self {
            Self::Hour => whole(at, HOUR),
            Self::Day => whole(at, 24 * HOUR),
            Self::Month => month(at),
        }
    }
}

fn whole(at: Timestamp, length: i64) -> (Timestamp, Timestamp) {
    let start = at.micros().div_euclid(length).saturating_mul(length);
    (Timestamp::from_micros(start), Timestamp::from_micros(start.saturating_add(length)))
}

fn month(at: Timestamp) -> (Timestamp, Timestamp) {
    let date = at.date_time().date();
    let next_year = date.year() + i32::from(date.month() == Month::December);
    let first = |year: i32, month: Month| {
        let first = Date::from_calendar_date(year, month, 1).unwrap_or(Date::MAX);
        Timestamp::from(first.midnight().assume_utc())
    };
    (first(date.year(), date.month()), first(next_year, date.month().next()))
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
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateKey {
    /// What people call it, 1–200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// What it may do, at most what its creator may. All of that when absent. Carcosa's permissions and those that the project
    /// defines; 1–100, each at most 70 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100), inner(length(min = 1, max = 70)))]
    pub scopes: Option<Vec<String>>,
    /// When it stops working by itself; in the future.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// The application's own data: a JSON object of at most 4 KiB.
    #[serde(default)]
    pub metadata: Option<Map<String, Value>>,
    /// From where it works: at most 100 IP addresses and networks such as `203.0.113.0/24`. Anywhere when empty or absent.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(min = 2, max = 50)))]
    pub allowed_ips: Option<Vec<String>>,
    /// How often it may be verified; any number of times when absent.
    #[serde(default)]
    pub rate_limit: Option<RateLimit>,
    /// What it may spend; any amount when absent.
    #[serde(default)]
    pub credits: Option<Credits>,
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
    /// What it may do, at most what the caller may; 1–100, each at most 70 characters. Replaces the list.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100), inner(length(min = 1, max = 70)))]
    #[schemars(with = "Vec<String>")]
    pub scopes: Option<Vec<String>>,
    /// Turn it off or on again.
    #[serde(default)]
    #[schemars(with = "bool")]
    pub enabled: Option<bool>,
    /// When it stops working by itself; `null` for never.
    #[serde(default)]
    pub expires_at: Patch<Timestamp>,
    /// Merged into the metadata member by member; `null` empties it.
    #[serde(default)]
    pub metadata: Patch<Map<String, Value>>,
    /// From where it works: at most 100 IP addresses and networks. Replaces the list; `null` for anywhere.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(min = 2, max = 50)))]
    pub allowed_ips: Patch<Vec<String>>,
    /// How often it may be verified. Replaces the limit; `null` for any number of times.
    #[serde(default)]
    pub rate_limit: Patch<RateLimit>,
    /// What it may spend from now on. Replaces the budget, also what nodes have leased of it; `null` for any amount.
    #[serde(default)]
    pub credits: Patch<Credits>,
}

filters! {
    /// Which keys to list.
    pub struct ListKeys {
        /// The keys of this tenant, by its id, instead of the project's own.
        #[serde(default)]
        pub tenant_id: Option<TenantId>,
        /// Only those of this status.
        #[serde(default)]
        pub status: Option<KeyStatus>,
        /// Only those that stop by themselves before this time, also those that did already.
        #[serde(default)]
        pub expires_before: Option<Timestamp>,
        /// Words, each the beginning of a word in the name, whatever case and accents, or the last four characters of the key; 1–200
        /// characters, of which the first 8 words count. The owner's keys are looked through one by one, up to 20,000 for one answer: it may
        /// hold less than `limit`, or nothing, and have more after it.
        #[serde(default)]
        #[schemars(length(min = 1, max = 200))]
        pub q: Option<String>,
    }
}

filters! {
    /// Which keys of a tenant to list.
    pub struct ListTenantKeys {
        /// Only those of this status.
        #[serde(default)]
        pub status: Option<KeyStatus>,
        /// Only those that stop by themselves before this time, also those that did already.
        #[serde(default)]
        pub expires_before: Option<Timestamp>,
        /// Words, each the beginning of a word in the name, whatever case and accents, or the last four characters of the key; 1–200
        /// characters, of which the first 8 words count. The owner's keys are looked through one by one, up to 20,000 for one answer: it may
        /// hold less than `limit`, or nothing, and have more after it.
        #[serde(default)]
        #[schemars(length(min = 1, max = 200))]
        pub q: Option<String>,
    }
}

/// Whether a key works, as far as it depends on the key. Of several that apply, the first in the order `revoked`, `disabled`, `expired`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyStatus {
    /// It works.
    Active,
    /// It is turned off.
    Disabled,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
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
        if let Some(metadata) = &self.metadata {
            json_size(violations, "/metadata", metadata, MAX_METADATA_BYTES);
        }
        networks(violations, "/allowed_ips", self.allowed_ips.as_deref().unwrap_or_default());
        check_burst(violations, self.rate_limit.as_ref());
    }
}

impl Validate for UpdateKey {
    fn validate(&self, violations: &mut Violations) {
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
        networks(violations, "/allowed_ips", self.allowed_ips.set().map(Vec::as_slice).unwrap_or_default());
        check_burst(violations, self.rate_limit.set());
    }
}

impl Validate for ListKeys {}
impl Validate for ListTenantKeys {}
impl Validate for RotateKey {}

/// More at once than in a whole period would be no limit.
pub(crate) fn check_burst(violations: &mut Violations, rate_limit: Option<&RateLimit>) {
    if let Some(RateLimit { limit, burst: Some(burst), .. }) = rate_limit
        && burst > limit
    {
        violations.add("/rate_limit/burst", "maximum", format!("must be at most limit, which is {limit}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(every: Every, at: &str) -> (String, String) {
        let (start, end) = every.period(at.parse().unwrap());
        (start.to_string(), end.to_string())
    }

    #[test]
    fn periods_are_those_of_the_calendar_in_utc() {
        let day =
            |from: &str, to: &str| (format!("{from}T00:00:00.000000Z"), format!("{to}T00:00:00.000000Z"));
        assert_eq!(period(Every::Day, "2026-11-21T09:30:00Z"), day("2026-11-21", "2026-11-22"));
        assert_eq!(period(Every::Day, "2026-11-21T00:00:00Z"), day("2026-11-21", "2026-11-22"));
        assert_eq!(period(Every::Day, "1969-12-31T23:59:59Z"), day("1969-12-31", "1970-01-01"));
        assert_eq!(period(Every::Month, "2028-02-29T23:59:59.999999Z"), day("2028-02-01", "2028-03-01"));
        assert_eq!(period(Every::Month, "2026-12-31T23:59:59Z"), day("2026-12-01", "2027-01-01"));
        let hour = period(Every::Hour, "2026-11-21T09:59:59.999999Z");
        assert_eq!(hour, ("2026-11-21T09:00:00.000000Z".into(), "2026-11-21T10:00:00.000000Z".into()));
    }

    #[test]
    fn a_burst_is_at_most_the_limit() {
        let wrong = |burst| {
            let mut violations = Violations::default();
            check_burst(&mut violations, Some(&RateLimit { limit: 5, period_seconds: 1, burst }));
            !violations.is_empty()
        };
        assert!(!wrong(None) && !wrong(Some(5)) && wrong(Some(6)));
    }
}
