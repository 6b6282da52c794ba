//! Rate limits of whatever has an id, such as API keys: the generic cell rate algorithm (GCRA; ITU-T I.371, annex A), in the memory of each node.
//!
//! Of a key only one number is kept: when all that was taken will have been earned back (its *end*). An end that lies in the past is
//! the same as none, so what is idle costs nothing. At most [`CAPACITY`] ends are kept in each of 64 parts; beyond that the ends
//! that come soonest are forgotten, which forgives those keys what they would have earned back first.
//!
//! The quota is given with each call, so a changed limit holds at once. Nodes do not tell each other: with *n* nodes a key is let in at
//! most *n* times as often. A restart forgets what was taken.

use std::collections::HashMap;

use carcosa_types::key::RateLimit;
use carcosa_types::key_use::RateLimitState;
use carcosa_types::{Id, Timestamp};

use crate::shards::Sharded;

/// Most keys in each part of the map.
const CAPACITY: usize = 16 * 1024;
/// Nanoseconds in a second. Times are kept in nanoseconds, which reach to the year 2262.
const SECOND: i64 = 1_000_000_000;

/// How often something may happen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    /// Nanoseconds in which one is earned. Rounded up: the rate is at most 0.1 % below what was asked for, never above.
    interval: i64,
    /// How many at once.
    burst: u32,
}

impl From<&RateLimit> for Quota {
    fn from(rate: &RateLimit) -> Self {
        let limit = i64::from(rate.limit.max(1));
        let interval = (i64::from(rate.period_seconds) * SECOND + limit - 1) / limit;
        Self { interval: interval.max(1), burst: rate.burst.unwrap_or(rate.limit).max(1) }
    }
}

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Whether it may happen.
    pub(crate) allowed: bool,
    /// Where the limit stands afterwards.
    pub(crate) state: RateLimitState,
}

/// Decides on taking `cost` of a quota of which `used` nanoseconds are not earned back yet; what is used afterwards.
fn decide(quota: Quota, used: i64, cost: u32) -> (i64, Taken) {
    let depth = quota.interval.saturating_mul(i64::from(quota.burst));
    let wanted = quota.interval.saturating_mul(i64::from(cost));
    let after = used.saturating_add(wanted);
    let allowed = cost == 0 || after <= depth;
    let used = if allowed { after } else { used };
    let state = RateLimitState {
        limit: quota.burst,
        remaining: u32::try_from((depth - used).max(0) / quota.interval).unwrap_or(u32::MAX),
        reset_seconds: seconds(used),
        retry_after_seconds: (!allowed && wanted <= depth).then(|| seconds(after - depth)),
    };
    (used, Taken { allowed, state })
}

/// Rounded up.
fn seconds(nanoseconds: i64) -> u32 {
    u32::try_from(nanoseconds.max(0).saturating_add(SECOND - 1) / SECOND).unwrap_or(u32::MAX)
}

/// What was taken of the limits of each.
pub(crate) struct Limiter<K>(Sharded<K, i64>);

impl<K> Default for Limiter<K> {
    fn default() -> Self {
        Self(Sharded::default())
    }
}

impl<K> Limiter<K> {
    /// Takes, when it may.
    pub(crate) fn take(&self, key: Id<K>, quota: Quota, cost: u32, now: Timestamp) -> Taken {
        let now = now.micros().saturating_mul(1_000);
        let mut ends = self.0.of(key);
        let (used, taken) = decide(quota, used(&ends, key, now), cost);
        if taken.allowed && cost > 0 {
            if ends.len() >= CAPACITY && !ends.contains_key(&key) {
                make_room(&mut ends, now, CAPACITY);
            }
            ends.insert(key, now.saturating_add(used));
        }
        taken
    }

    /// What [`take`](Self::take) would decide. Takes nothing; the state is the present one unless it is refused.
    pub(crate) fn look(&self, key: Id<K>, quota: Quota, cost: u32, now: Timestamp) -> Taken {
        let now = now.micros().saturating_mul(1_000);
        let used = used(&self.0.of(key), key, now);
        let (_, taken) = decide(quota, used, cost);
        let (_, present) = decide(quota, used, 0);
        if taken.allowed { Taken { allowed: true, state: present.state } } else { taken }
    }

    /// Forgets what has been earned back.
    pub(crate) fn sweep(&self, now: Timestamp) {
        let now = now.micros().saturating_mul(1_000);
        self.0.each().for_each(|mut ends| ends.retain(|_, end| *end > now));
    }
}

fn used<K>(ends: &HashMap<Id<K>, i64>, key: Id<K>, now: i64) -> i64 {
    ends.get(&key).map_or(0, |end| end.saturating_sub(now).max(0))
}

/// Forgets what has been earned back, and if that is not enough the ends that come soonest, until an eighth is free. So the work is
/// done once for many keys.
fn make_room<K>(ends: &mut HashMap<Id<K>, i64>, now: i64, capacity: usize) {
    ends.retain(|_, end| *end > now);
    let keep = capacity - (capacity / 8).max(1);
    let Some(excess) = ends.len().checked_sub(keep).filter(|excess| *excess > 0) else { return };
    let mut all: Vec<i64> = ends.values().copied().collect();
    let (_, last, _) = all.select_nth_unstable(excess - 1);
    let last = *last;
    ends.retain(|_, end| *end > last);
}

#[cfg(test)]
mod tests {
    use carcosa_types::KeyId;
    use proptest::collection::vec;
    use proptest::prelude::{prop_assert, proptest};
    use uuid::Uuid;

    use super::*;

    fn rate(limit: u32, period_seconds: u32, burst: Option<u32>) -> Quota {
        Quota::from(&RateLimit { limit, period_seconds, burst })
    }

    fn key(n: u128) -> KeyId {
        KeyId::from_uuid(Uuid::from_u128(n))
    }

    const fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000 + micros)
    }

    #[test]
    fn a_burst_then_one_per_interval() {
        let (limiter, quota) = (Limiter::default(), rate(10, 10, Some(3)));
        let take = |micros, cost| limiter.take(key(1), quota, cost, at(micros));
        for left in [2, 1, 0] {
            let taken = take(0, 1);
            assert!(taken.allowed);
            assert_eq!(
                (taken.state.limit, taken.state.remaining, taken.state.retry_after_seconds),
                (3, left, None)
            );
        }
        let refused = take(0, 1);
        assert!(!refused.allowed);
        assert_eq!((refused.state.retry_after_seconds, refused.state.reset_seconds), (Some(1), 3));
        assert!(!take(999_999, 1).allowed);
        assert!(take(1_000_000, 1).allowed);
        assert!(!take(1_000_000, 1).allowed);
        assert!(limiter.take(key(2), quota, 3, at(0)).allowed, "each key has its own");
        assert!(take(60_000_000, 3).allowed, "no more than the burst was saved up");
        assert!(!take(60_000_000, 1).allowed);
    }

    #[test]
    fn a_cost_beyond_the_burst_is_never_allowed_and_takes_nothing() {
        let (limiter, quota) = (Limiter::default(), rate(5, 1, None));
        let refused = limiter.take(key(1), quota, 6, at(0));
        assert_eq!(
            (refused.allowed, refused.state.remaining, refused.state.retry_after_seconds),
            (false, 5, None)
        );
        assert!(limiter.take(key(1), quota, 5, at(0)).allowed);
    }

    #[test]
    fn looking_takes_nothing() {
        let (limiter, quota) = (Limiter::default(), rate(2, 100, None));
        for _ in 0..10 {
            assert_eq!(limiter.take(key(1), quota, 0, at(0)).state.remaining, 2);
            let seen = limiter.look(key(1), quota, 2, at(0));
            assert_eq!((seen.allowed, seen.state.remaining), (true, 2));
        }
        limiter.take(key(1), quota, 2, at(0));
        assert!(!limiter.look(key(1), quota, 1, at(0)).allowed);
        assert!(limiter.take(key(1), quota, 0, at(0)).allowed, "a look is never refused");
    }

    #[test]
    fn a_changed_limit_holds_at_once() {
        let limiter = Limiter::default();
        assert!(limiter.take(key(1), rate(1_000, 3_600, None), 1_000, at(0)).allowed);
        let narrow = limiter.take(key(1), rate(1, 60, None), 1, at(0));
        assert_eq!((narrow.allowed, narrow.state.remaining), (false, 0));
    }

    #[test]
    fn extreme_quotas_neither_overflow_nor_let_everything_through() {
        for quota in [rate(1, 86_400, None), rate(1_000_000, 1, None), rate(1_000_000, 86_400, Some(1))] {
            let limiter = Limiter::default();
            let taken = (0..2_000_000).take_while(|_| limiter.take(key(1), quota, 1, at(0)).allowed).count();
            assert_eq!(taken, usize::try_from(quota.burst).unwrap());
        }
        let late = Limiter::default().take(key(1), rate(1, 1, None), 2, Timestamp::from_micros(i64::MAX));
        assert!(!late.allowed);
    }

    #[test]
    fn what_is_earned_back_is_forgotten_and_room_is_made_by_what_ends_soonest() {
        let limiter = Limiter::default();
        limiter.take(key(1), rate(1, 1, None), 1, at(0));
        limiter.take(key(2), rate(1, 60, None), 1, at(0));
        let kept = |limiter: &Limiter<carcosa_types::id::kind::Key>| {
            limiter.0.each().map(|ends| ends.len()).sum::<usize>()
        };
        limiter.sweep(at(2_000_000));
        assert_eq!(kept(&limiter), 1);

        let mut ends: HashMap<KeyId, i64> =
            (0..80).map(|n| (key(n), 1_000 + i64::try_from(n).unwrap())).collect();
        make_room(&mut ends, 1_009, 80);
        assert_eq!(ends.len(), 70, "ten were over, which was enough");
        make_room(&mut ends, 1_009, 72);
        assert_eq!(ends.len(), 63);
        assert_eq!(ends.values().min(), Some(&1_017), "those that ended soonest went");
    }

    proptest! {
        /// In every stretch of time at most the burst and what was earned in it is let in.
        #[test]
        fn never_more_than_burst_and_rate(
            limit in 1_u32..2_000, period in 1_u32..100, part in 1_u32..=100, steps in vec((0_i64..3_000_000, 0_u32..12), 1..80),
        ) {
            let quota = rate(limit, period, Some((limit * part / 100).max(1)));
            let limiter = Limiter::default();
            let (mut now, mut admitted) = (0, Vec::new());
            for (pause, cost) in steps {
                now += pause;
                let taken = limiter.take(key(1), quota, cost, at(now));
                prop_assert!(cost <= quota.burst || !taken.allowed);
                prop_assert!(taken.state.remaining <= quota.burst);
                if taken.allowed {
                    admitted.push((now, i64::from(cost)));
                }
            }
            for from in 0..admitted.len() {
                let mut sum = 0;
                for (then, cost) in &admitted[from..] {
                    sum += cost;
                    let earned = (then - admitted[from].0) * 1_000 / quota.interval + i64::from(quota.burst);
                    prop_assert!(sum <= earned, "{sum} let in where {earned} may be");
                }
            }
        }

        /// What is refused is allowed after the time that the refusal names.
        #[test]
        fn retry_after_is_true(limit in 1_u32..1_000, period in 1_u32..1_000, cost in 1_u32..50) {
            let (limiter, quota) = (Limiter::default(), rate(limit, period, None));
            while limiter.take(key(1), quota, 1, at(0)).allowed {}
            let refused = limiter.take(key(1), quota, cost, at(0));
            if let Some(after) = refused.state.retry_after_seconds {
                prop_assert!(limiter.take(key(1), quota, cost, at(i64::from(after) * 1_000_000)).allowed);
            } else {
                prop_assert!(cost > quota.burst);
            }
        }
    }
}
