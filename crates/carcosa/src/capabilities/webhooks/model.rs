//! Rules of webhooks: which patterns there are, when to try again, when to stop.

use std::time::Duration;

use carcosa_kernel::{Error, Result};
use carcosa_types::Violations;
use carcosa_types::event::{REGISTRY, matching};

use crate::outbound::Outbound;

/// Pauses before each attempt of a delivery, the first one at once.
pub const SCHEDULE: [Duration; 10] = [
    Duration::ZERO,
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];
/// Longest wait that a receiver can ask for with `Retry-After`.
const LONGEST_WISH: Duration = Duration::from_hours(24);
/// An endpoint that failed this often in a row is only probed.
pub const BREAKS_AFTER: i64 = 5;
/// First and longest pause between probes.
const PROBE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(10));
/// An endpoint that nothing has reached for so long is disabled.
pub const GIVES_UP_AFTER: Duration = Duration::from_hours(5 * 24);

/// When to try again after `attempts` attempts; `None` when that was the last. A tenth earlier or later, so that what failed
/// together does not come back together: `chance` is any number, drawn anew each time.
#[must_use]
pub fn pause(attempts: i64, wish: Option<Duration>, chance: u16) -> Option<Duration> {
    let planned = *SCHEDULE.get(usize::try_from(attempts).ok()?)?;
    let jittered = planned.mul_f64(0.9 + 0.2 * f64::from(chance) / f64::from(u16::MAX));
    Some(wish.map_or(jittered, |wish| jittered.max(wish.min(LONGEST_WISH))))
}

/// How long an endpoint is left alone after it has failed this often in a row.
#[must_use]
pub fn rest(failures: i64) -> Option<Duration> {
    let over = u32::try_from(failures - BREAKS_AFTER).ok()?;
    Some((PROBE.0 * 2_u32.saturating_pow(over.min(10))).min(PROBE.1))
}

/// The patterns as the database matches them with `LIKE`, each once and none that another one includes.
pub fn patterns(event_types: &[String]) -> Result<Vec<String>> {
    let mut violations = Violations::default();
    for (index, name) in event_types.iter().enumerate() {
        let known = name == "*" || matching(name).next().is_some();
        if !known {
            let rule =
                "must be a type of event such as tenant.created, tenant.* or *; see GET /v1/event-types";
            violations.add(format!("/event_types/{index}"), "unknown_type", rule);
        }
    }
    if !violations.is_empty() {
        return Err(Error::invalid(violations.into_vec()));
    }
    let includes = |wide: &str, narrow: &str| {
        wide != narrow
            && (wide == "*" || wide.strip_suffix('*').is_some_and(|start| narrow.starts_with(start)))
    };
    let mut kept: Vec<&String> =
        event_types.iter().filter(|narrow| !event_types.iter().any(|wide| includes(wide, narrow))).collect();
    kept.sort_unstable();
    kept.dedup();
    Ok(kept.into_iter().map(|name| name.replace('_', "\\_").replace('*', "%")).collect())
}

/// The types that an endpoint with these patterns hears.
#[must_use]
pub fn heard(event_types: &[String]) -> Vec<&'static str> {
    if event_types.iter().any(|name| name == "*") {
        return REGISTRY.iter().map(|event| event.name).collect();
    }
    event_types.iter().flat_map(|name| matching(name)).collect()
}

/// Whether the address may be called at all.
pub fn check_url(outbound: &Outbound, url: &str) -> Result<()> {
    outbound.check(url).map(drop).map_err(|refusal| Error::field("/url", "url", refusal.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn patterns_are_those_of_the_registry() {
        assert_eq!(
            patterns(&names(&["tenant.*", "tenant.created", "key.revoked", "key.revoked"])).unwrap(),
            ["key.revoked", "tenant.%"]
        );
        assert_eq!(patterns(&names(&["*", "tenant.*"])).unwrap(), ["%"]);
        assert_eq!(patterns(&names(&["security_policy.updated"])).unwrap(), ["security\\_policy.updated"]);
        for bad in ["tenant", "ten.*", "%", "tenant.%", "TENANT.CREATED", ".*", "**", "tenant.*.x"] {
            assert!(patterns(&names(&[bad])).is_err(), "{bad}");
        }
    }

    #[test]
    fn attempts_follow_the_schedule() {
        for (attempts, planned) in SCHEDULE.iter().enumerate() {
            let attempts = i64::try_from(attempts).unwrap();
            let (soonest, latest) =
                (pause(attempts, None, 0).unwrap(), pause(attempts, None, u16::MAX).unwrap());
            assert_eq!(soonest.as_millis(), planned.as_millis() * 9 / 10, "{attempts}");
            assert!(latest.as_millis().abs_diff(planned.as_millis() * 11 / 10) <= 1, "{attempts}");
        }
        assert_eq!(pause(10, None, 0), None);
        assert_eq!(pause(1, Some(Duration::from_secs(120)), 0), Some(Duration::from_secs(120)));
        assert_eq!(pause(1, Some(Duration::MAX), 0), Some(LONGEST_WISH));
        assert_eq!(pause(2, Some(Duration::from_secs(1)), 0), Some(Duration::from_secs(270)), "no sooner");
    }

    #[test]
    fn failing_endpoints_rest_longer_and_longer() {
        assert_eq!(rest(4), None);
        assert_eq!(rest(5), Some(Duration::from_secs(30)));
        assert_eq!(rest(6), Some(Duration::from_secs(60)));
        assert_eq!(rest(10), Some(Duration::from_secs(600)));
        assert_eq!(rest(i64::MAX), None, "beyond what can happen");
        assert_eq!(rest(4_000_000_000), Some(Duration::from_secs(600)));
    }
}
