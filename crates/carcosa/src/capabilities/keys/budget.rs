//! Rules of credits: how a budget fills up and is leased, and how a node spends what it leased. No I/O.
//!
//! A budget has a number, its *epoch*, which grows whenever it is set anew or filled up. A lease is of one epoch: what is left of it
//! counts for nothing in another, so nothing of an old budget is ever spent from, or given back into, a new one.

use std::time::Duration;

use carcosa_types::Timestamp;
use carcosa_types::key::Refill;

/// How many credits a node leases at a time; more when one call costs more. A node that is killed loses at most this of each key.
pub(super) const LEASE: i64 = 100;
/// How long a node that found too little does not ask again.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the database has of a key's credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Budget {
    /// What nobody has leased.
    pub(super) remaining: i64,
    /// How it fills up.
    pub(super) refill: Option<Refill>,
    /// When it was set or filled up last.
    pub(super) refilled_at: Timestamp,
    /// Which budget it is.
    pub(super) epoch: i64,
}

impl Budget {
    /// Fills it up when a period has begun since it last was.
    pub(super) fn refill(&mut self, now: Timestamp) {
        let Some(refill) = &self.refill else { return };
        let (start, _) = refill.every.period(now);
        if self.refilled_at < start {
            self.remaining = refill.amount;
            self.refilled_at = now;
            self.epoch += 1;
        }
    }

    /// When it fills up next.
    pub(super) fn until(&self) -> Option<Timestamp> {
        self.refill.as_ref().map(|refill| refill.every.period(self.refilled_at).1)
    }

    /// Takes a portion out for a node that has `held` of this budget and must cover `cost`. Nothing when all together does not: it
    /// stays where a smaller cost can use it.
    pub(super) fn lease(&mut self, held: i64, cost: i64, portion: i64) -> i64 {
        if cost == 0 || self.remaining.saturating_add(held) < cost {
            return 0;
        }
        let granted = portion.min(self.remaining).max(0);
        self.remaining -= granted;
        granted
    }
}

/// What a node holds of a key's credits.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lease {
    /// Of which budget.
    pub(super) epoch: i64,
    /// What is not spent yet.
    pub(super) left: i64,
    /// What the database had besides, when it was asked last.
    pub(super) stored: i64,
    /// When the budget fills up, which ends the lease.
    pub(super) until: Option<Timestamp>,
    /// When the database was asked last.
    pub(super) asked_at: Option<Timestamp>,
    /// When it was last spent from.
    pub(super) used_at: Timestamp,
}

/// Whether a lease covers a cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cover {
    /// It was spent; this is left as far as is known.
    Covered(i64),
    /// It does not, nor does what the database has; this is left as far as is known.
    Short(i64),
    /// The database must be asked.
    Ask,
}

impl Lease {
    /// Spends, when it covers the cost. `budget` is the youngest epoch that the caller knows of.
    pub(super) fn spend(&mut self, budget: i64, cost: i64, now: Timestamp) -> Cover {
        let over = budget > self.epoch || self.until.is_some_and(|until| now >= until);
        if over {
            *self = Self { epoch: budget.max(self.epoch), ..Self::default() };
        }
        self.used_at = now;
        let Some(asked_at) = self.asked_at else { return Cover::Ask };
        if self.left >= cost {
            self.left -= cost;
            return Cover::Covered(self.left.saturating_add(self.stored));
        }
        let known = self.left.saturating_add(self.stored);
        if known < cost && now.since(asked_at) < PATIENCE { Cover::Short(known) } else { Cover::Ask }
    }

    /// Takes over what the database granted, and what it told.
    pub(super) fn take(&mut self, granted: i64, budget: &Budget, now: Timestamp) {
        let held = if budget.epoch == self.epoch { self.left } else { 0 };
        *self = Self {
            epoch: budget.epoch,
            left: held.saturating_add(granted),
            stored: budget.remaining,
            until: budget.until(),
            asked_at: Some(now),
            used_at: now,
        };
    }

    /// Takes back what was spent or given back in vain.
    pub(super) fn put_back(&mut self, epoch: i64, amount: i64) {
        if epoch == self.epoch {
            self.left = self.left.saturating_add(amount);
        }
    }
}

#[cfg(test)]
mod tests {
    use carcosa_types::key::Every;
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn budget(remaining: i64, refill: Option<Refill>) -> Budget {
        Budget { remaining, refill, refilled_at: at("2026-11-21T09:30:00Z"), epoch: 1 }
    }

    #[test]
    fn it_fills_up_once_in_each_period_to_the_amount() {
        let mut day = budget(500, Some(Refill { amount: 100, every: Every::Day }));
        day.refill(at("2026-11-21T23:59:59Z"));
        assert_eq!((day.remaining, day.epoch), (500, 1), "not in the period in which it was set");
        day.refill(at("2026-11-22T00:00:00Z"));
        assert_eq!((day.remaining, day.epoch), (100, 2), "set to the amount, not added");
        day.remaining = 3;
        day.refill(at("2026-11-22T12:00:00Z"));
        assert_eq!((day.remaining, day.epoch), (3, 2));
        day.refill(at("2026-12-25T00:00:00Z"));
        assert_eq!((day.remaining, day.epoch), (100, 3), "once, however many periods went by");
        let mut never = budget(1, None);
        never.refill(at("2030-01-01T00:00:00Z"));
        assert_eq!((never.remaining, never.until()), (1, None));
    }

    #[test]
    fn what_cannot_cover_the_cost_is_not_leased() {
        let mut of = budget(150, None);
        assert_eq!((of.lease(0, 1, LEASE), of.remaining), (100, 50));
        assert_eq!((of.lease(0, 51, 51), of.remaining), (0, 50));
        assert_eq!((of.lease(1, 51, 51), of.remaining), (50, 0), "with what the node holds it does");
        assert_eq!(of.lease(0, 0, LEASE), 0, "looking takes nothing");
    }

    #[test]
    fn a_lease_is_of_one_budget_and_one_period() {
        let now = at("2026-11-21T10:00:00Z");
        let mut of = budget(500, Some(Refill { amount: 100, every: Every::Hour }));
        of.refilled_at = now;
        let mut lease = Lease::default();
        assert_eq!(lease.spend(1, 1, now), Cover::Ask);
        let granted = of.lease(lease.left, 1, LEASE);
        lease.take(granted, &of, now);
        assert_eq!(lease.spend(1, 1, now), Cover::Covered(499));
        assert_eq!(lease.spend(0, 1, now), Cover::Covered(498), "whoever knows of an older budget is behind");
        assert_eq!(lease.spend(1, 1, at("2026-11-21T11:00:00Z")), Cover::Ask, "the period is over");
        lease.take(100, &of, now);
        assert_eq!(lease.spend(2, 1, now), Cover::Ask, "the budget was set anew");
        lease.put_back(1, 50);
        assert_eq!(lease.left, 0, "nothing of the old one comes back");
    }

    #[test]
    fn whoever_found_too_little_does_not_ask_at_once() {
        let now = at("2026-11-21T10:00:00Z");
        let mut lease = Lease::default();
        lease.take(0, &budget(5, None), now);
        assert_eq!(lease.spend(1, 10, now), Cover::Short(5));
        assert_eq!(lease.spend(1, 5, now), Cover::Ask, "the database has that much");
        assert_eq!(lease.spend(1, 10, now.plus(PATIENCE)), Cover::Ask);
    }

    proptest! {
        /// Whatever nodes do, what was spent, is leased and is stored make up the budget.
        #[test]
        fn nothing_is_made_or_lost(start in 0_i64..2_000, calls in vec((any::<bool>(), 0_i64..300), 1..100)) {
            let now = at("2026-11-21T10:00:00Z");
            let mut of = budget(start, None);
            let mut nodes = [Lease::default(), Lease::default()];
            let mut spent = 0;
            for (second, cost) in calls {
                let lease = &mut nodes[usize::from(second)];
                let mut answer = lease.spend(1, cost, now);
                if answer == Cover::Ask {
                    let granted = of.lease(lease.left, cost, LEASE.max(cost));
                    lease.take(granted, &of, now);
                    answer = lease.spend(1, cost, now);
                }
                prop_assert!(answer != Cover::Ask, "one question is enough");
                if matches!(answer, Cover::Covered(_)) {
                    spent += cost;
                }
                prop_assert_eq!(spent + nodes[0].left + nodes[1].left + of.remaining, start);
                prop_assert!(of.remaining >= 0 && nodes.iter().all(|node| node.left >= 0));
            }
        }
    }
}
