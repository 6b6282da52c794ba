//! Roles: named sets of permissions, built in or made by a project or a tenant.

use std::net::IpAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::validate::{Validate, Violations, one_line};
use crate::{Patch, RoleId, TenantId, Timestamp};

/// Most roles that a project, or one tenant, may make.
pub const MAX_ROLES: i64 = 100;

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Role {
    /// Always `role`.
    #[schemars(extend("const" = "role"))]
    pub object: String,
    /// Its id.
    pub id: RoleId,
    /// The tenant that made it; `null` for one that every tenant of the project has.
    pub tenant_id: Option<TenantId>,
    /// What memberships and invitations name it by, such as `admin` or `billing`.
    pub key: String,
    /// Display name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// What it gives: `noun:verb` or `noun:*`, of Carcosa's registry and of the project's own permissions.
    pub permissions: Vec<String>,
    /// When it gives it; always when absent.
    pub conditions: Option<Conditions>,
    /// Whether it is one of Carcosa's own, which cannot be changed.
    pub built_in: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// When a role gives its permissions: all that are named must hold. What is not known does not hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// The person signed in with a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<bool>,
    /// The tenant has one of these plans, 1–50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50))]
    pub plans: Option<Vec<String>>,
    /// The tenant is in one of these regions, 1–50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50))]
    pub regions: Option<Vec<String>>,
    /// The caller's address lies in one of these networks, 1–100, such as `203.0.113.0/24` or `2001:db8::/32`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub addresses: Option<Vec<String>>,
    /// Only at these hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Only from this time on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Only before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
}

/// Hours of the day and days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// From this time of day on, `HH:MM`.
    #[schemars(regex(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"), example = &"09:00")]
    pub from: String,
    /// Until before this time of day, `HH:MM`; earlier than `from` when it passes midnight.
    #[schemars(regex(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"), example = &"17:30")]
    pub to: String,
    /// Days on which the hours begin, 1 (Monday) to 7 (Sunday); every day when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 7), inner(range(min = 1, max = 7)))]
    pub days: Option<Vec<u8>>,
    /// Distance of the clock that is meant from UTC, in minutes: −720 to 840; 0 when absent. There is no summer time.
    #[serde(default)]
    #[schemars(range(min = -720, max = 840))]
    pub utc_offset_minutes: i32,
}

/// What is known of a caller when conditions are decided.
#[derive(Debug, Clone, Default)]
pub struct Circumstances<'a> {
    /// The time.
    pub now: Timestamp,
    /// Whether the person signed in with a second factor, when known.
    pub mfa: Option<bool>,
    /// The caller's address, when known.
    pub address: Option<IpAddr>,
    /// The tenant's plan.
    pub plan: &'a str,
    /// The tenant's region.
    pub region: Option<&'a str>,
}

impl Conditions {
    /// The name of the first condition that does not hold.
    #[must_use]
    pub fn unmet(&self, now: &Circumstances<'_>) -> Option<&'static str> {
        let one_of = |allowed: &Option<Vec<String>>, found: Option<&str>| {
            allowed.as_ref().is_none_or(|all| found.is_some_and(|found| all.iter().any(|one| one == found)))
        };
        let checks = [
            ("mfa", self.mfa.is_none_or(|wanted| now.mfa == Some(wanted))),
            ("plans", one_of(&self.plans, Some(now.plan))),
            ("regions", one_of(&self.regions, now.region)),
            ("addresses", self.addresses.as_ref().is_none_or(|all| is_within(all, now.address))),
            ("hours", self.hours.as_ref().is_none_or(|hours| hours.include(now.now))),
            ("not_before", self.not_before.is_none_or(|at| now.now >= at)),
            ("not_after", self.not_after.is_none_or(|at| now.now < at)),
        ];
        checks.into_iter().find(|(_, holds)| !holds).map(|(name, _)| name)
    }

    /// Rules that the schema cannot say.
    pub fn validate(&self, pointer: &str, violations: &mut Violations) {
        networks(violations, &format!("{pointer}/addresses"), self.addresses.as_deref().unwrap_or_default());
        if let Some(hours) = &self.hours
            && hours.from == hours.to
        {
            violations.add(format!("{pointer}/hours/to"), "empty", "must differ from from");
        }
        if let (Some(from), Some(to)) = (self.not_before, self.not_after)
            && to <= from
        {
            violations.add(format!("{pointer}/not_after"), "empty", "must be later than not_before");
        }
    }
}

/// Checks that each text is a network, such as `10.0.0.0/8`, or one address.
pub fn networks(violations: &mut Violations, pointer: &str, texts: &[String]) {
    for (index, text) in texts.iter().enumerate() {
        if network(text).is_none() {
            let rule = "must be an IP address or a network such as 203.0.113.0/24";
            violations.add(format!("{pointer}/{index}"), "network", rule);
        }
    }
}

/// Whether the address lies in one of the networks. An IPv4 address written as IPv6 is the IPv4 address.
#[must_use]
pub fn is_within(networks: &[String], address: Option<IpAddr>) -> bool {
    let Some(address) = address.map(|address| address.to_canonical()) else { return false };
    networks.iter().filter_map(|text| network(text)).any(|network| network.contains(&address))
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

impl Hours {
    fn include(&self, now: Timestamp) -> bool {
        const DAY: i64 = 24 * 60;
        let minutes = now.micros().div_euclid(60_000_000) + i64::from(self.utc_offset_minutes);
        let (days, minute) = (minutes.div_euclid(DAY), minutes.rem_euclid(DAY));
        let (Some(from), Some(to)) = (minute_of_day(&self.from), minute_of_day(&self.to)) else {
            return false;
        };
        // 1970-01-01 was a Thursday.
        let weekday = |days: i64| u8::try_from((days + 3).rem_euclid(7) + 1).unwrap_or(0);
        let on = |days: i64| self.days.as_ref().is_none_or(|all| all.contains(&weekday(days)));
        if from < to {
            return on(days) && (from..to).contains(&minute);
        }
        (minute >= from && on(days)) || (minute < to && on(days - 1))
    }
}

fn minute_of_day(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    Some(hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?)
}

/// What a role's creator may say.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    /// What memberships name it by: 2–40 of `a–z 0–9 _`, starting with a letter; not that of a role that exists.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{1,39}$"))]
    pub key: String,
    /// Display name, 1–200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Free text, at most 2,000 characters.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub description: Option<String>,
    /// What it gives, at most what its creator has; 1–200 scopes that a tenant can hold.
    #[schemars(length(min = 1, max = 200))]
    pub permissions: Vec<String>,
    /// When it gives it; always when absent.
    #[serde(default)]
    pub conditions: Option<Conditions>,
}

/// A merge patch of a role. Its key stays.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRole {
    /// New display name, 1–200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// Free text; `null` removes it.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    pub description: Patch<String>,
    /// What it gives. Replaces the list.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(with = "Vec<String>")]
    pub permissions: Option<Vec<String>>,
    /// When it gives it. Replaces all conditions; `null` removes them.
    #[serde(default)]
    pub conditions: Patch<Conditions>,
}

impl Validate for CreateRole {
    fn validate(&self, violations: &mut Violations) {
        one_line(violations, "/name", &self.name);
        if let Some(conditions) = &self.conditions {
            conditions.validate("/conditions", violations);
        }
    }
}

impl Validate for UpdateRole {
    fn validate(&self, violations: &mut Violations) {
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
        if let Some(conditions) = self.conditions.set() {
            conditions.validate("/conditions", violations);
        }
    }
}

/// A role of Carcosa's own.
#[derive(Debug, Clone, Copy)]
pub struct BuiltInRole {
    /// What memberships name it by.
    pub key: &'static str,
    /// Display name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it gives.
    pub permissions: &'static [&'static str],
}

/// The roles that every tenant has, from strong to weak.
pub const BUILT_IN: &[BuiltInRole] = &[
    BuiltInRole {
        key: OWNER,
        name: "Owner",
        description: "Everything in the tenant. A tenant that has owners keeps at least one.",
        permissions: &["*"],
    },
    BuiltInRole {
        key: "admin",
        name: "Admin",
        description: "People, roles, keys, organizations and settings.",
        permissions: &[
            "tenant:read",
            "tenant:update",
            "security_policy:*",
            "organization:*",
            "member:*",
            "invitation:*",
            "role:*",
            "key:read",
            "key:create",
            "key:update",
            "key:rotate",
            "key:delete",
            "share:*",
            "webhook:*",
            "audit:read",
        ],
    },
    BuiltInRole {
        key: "manager",
        name: "Manager",
        description: "Organizations and the people in them.",
        permissions: &[
            "tenant:read",
            "organization:read",
            "organization:create",
            "organization:update",
            "member:read",
            "member:create",
            "member:update",
            "invitation:*",
            "role:read",
            "key:read",
            "share:read",
        ],
    },
    BuiltInRole {
        key: "member",
        name: "Member",
        description: "Works in the tenant.",
        permissions: &["tenant:read", "organization:read", "member:read", "role:read", "share:read"],
    },
    BuiltInRole {
        key: "viewer",
        name: "Viewer",
        description: "Sees the tenant.",
        permissions: &["tenant:read", "organization:read"],
    },
];

/// The role of which a tenant keeps at least one holder.
pub const OWNER: &str = "owner";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grants::Grants;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn hours_pass_midnight_and_know_the_day() {
        let hours =
            Hours { from: "22:00".into(), to: "06:00".into(), days: Some(vec![5]), utc_offset_minutes: 60 };
        // 2026-11-20 is a Friday; the clock meant is one hour ahead of UTC.
        assert!(!hours.include(at("2026-11-20T20:59:59Z")));
        assert!(hours.include(at("2026-11-20T21:00:00Z")));
        assert!(hours.include(at("2026-11-21T04:59:59Z")), "Saturday morning belongs to Friday's night");
        assert!(!hours.include(at("2026-11-21T05:00:00Z")));
        assert!(!hours.include(at("2026-11-21T21:00:00Z")));
        let day = Hours { from: "09:00".into(), to: "17:00".into(), days: None, utc_offset_minutes: 0 };
        assert!(day.include(at("2026-11-21T09:00:00Z")) && !day.include(at("2026-11-21T17:00:00Z")));
    }

    #[test]
    fn what_is_not_known_does_not_hold() {
        let unknown = Circumstances { plan: "free", ..Circumstances::default() };
        let unmet = |conditions: Conditions| conditions.unmet(&unknown);
        assert_eq!(unmet(Conditions { mfa: Some(true), ..Conditions::default() }), Some("mfa"));
        assert_eq!(unmet(Conditions { mfa: Some(false), ..Conditions::default() }), Some("mfa"));
        assert_eq!(
            unmet(Conditions { regions: Some(vec!["eu".into()]), ..Conditions::default() }),
            Some("regions")
        );
        assert_eq!(
            unmet(Conditions { plans: Some(vec!["pro".into()]), ..Conditions::default() }),
            Some("plans")
        );
        assert_eq!(unmet(Conditions { plans: Some(vec!["free".into()]), ..Conditions::default() }), None);
        let addresses = Some(vec!["10.0.0.0/8".to_owned()]);
        assert_eq!(
            unmet(Conditions { addresses: addresses.clone(), ..Conditions::default() }),
            Some("addresses")
        );
        let mapped = Circumstances { address: "::ffff:10.1.2.3".parse().ok(), ..Circumstances::default() };
        assert_eq!(Conditions { addresses, ..Conditions::default() }.unmet(&mapped), None);
    }

    #[test]
    fn each_built_in_role_gives_all_that_the_weaker_one_gives() {
        let grants: Vec<Grants> = BUILT_IN
            .iter()
            .map(|role| Grants::of(role.permissions.iter().copied()).within_tenant())
            .collect();
        for pair in grants.windows(2) {
            assert_eq!(pair[0].missing(&pair[1]), Vec::<String>::new());
            assert!(!pair[1].missing(&pair[0]).is_empty());
        }
    }
}
