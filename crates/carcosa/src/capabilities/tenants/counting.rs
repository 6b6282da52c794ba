//! How many tenants there are, now and over time.
//!
//! Every change of a tenant's status, plan or kind leaves a row in `tenant_moves`, written by triggers in the transaction that makes the
//! change: it costs a create one insert into a small table in which nobody waits for anybody, and no round trip. Being triggers, they count
//! what nodes of an older version do, too. A loop on every node takes these rows away and adds them to the counts: [`fold`]. Readers add
//! what is not folded yet, in one snapshot, so what they say is exact whenever the loop runs, and costs as much as there are statuses,
//! plans and days, not tenants.
//!
//! Counts are kept of now (`tenant_totals`) and of what changed on a day; the state at the end of a day is worked out backwards from now.
//! Changes are added, so their order does not matter, and a row is counted once, because the transaction that counts it takes it away.

use std::collections::BTreeMap;

use carcosa_kernel::{Access, Error, Result, System};
use carcosa_types::permission::TenantRead;
use carcosa_types::tenant::TenantStats;
use carcosa_types::tenant_history::{DEFAULT_DAYS, HistoryQuery, TenantDay, TenantHistory};
use time::OffsetDateTime;
use time::macros::format_description;

use super::count_store::{self, Changes, Step};

/// How often a running node looks for what is not counted yet.
pub const FOLD_EVERY: std::time::Duration = std::time::Duration::from_secs(2);

const DAY_MICROS: i64 = 86_400_000_000;
const DELETED: &str = "deleted";

/// Adds a part of what is not counted yet to the counts; whether there may be more.
pub async fn fold(system: &System) -> Result<bool> {
    let mut look = system.read().await?;
    if !count_store::waiting(&mut look).await? {
        return Ok(false);
    }
    drop(look);
    system.maintain(count_store::fold).await
}

/// The tenants of the project, counted.
pub async fn stats(access: &Access<TenantRead>) -> Result<TenantStats> {
    count_store::stats(&mut access.read().await?, access.kernel().now()).await
}

/// The tenants of the project, day by day.
pub async fn history(access: &Access<TenantRead>, query: &HistoryQuery) -> Result<TenantHistory> {
    let today = access.kernel().now().micros().div_euclid(DAY_MICROS);
    let days = i64::from(query.days.unwrap_or(DEFAULT_DAYS));
    let mut tx = access.read().await?;
    let counted_from = count_store::counted_from(&mut tx).await?;
    let first = counted_from.map_or(i64::MIN, |day| day.min(today)).max(today - days + 1);
    let plans = count_store::plans(&mut tx, first).await?;
    let totals = count_store::totals(&mut tx).await?;
    let changes = count_store::changes(&mut tx, first, &plans).await?;
    let steps = count_store::steps(&mut tx, first).await?;
    let mut now = State::default();
    for total in &totals {
        now.add(&total.status, plans.iter().find(|plan| **plan == total.plan), total.count);
    }
    Ok(TenantHistory {
        object: "tenant_history".to_owned(),
        counted_from: counted_from.map(date).transpose()?,
        data: days_of((first, today), now, changes, &steps, &plans)?,
    })
}

/// How many tenants there are at the end of a day.
#[derive(Debug, Clone, Default)]
struct State {
    by_status: BTreeMap<String, i64>,
    /// Of those that are not deleted; `None` is all plans without a name.
    by_plan: BTreeMap<Option<String>, i64>,
}

impl State {
    fn add(&mut self, status: &str, plan: Option<&String>, count: i64) {
        *self.by_status.entry(status.to_owned()).or_default() += count;
        if status != DELETED {
            *self.by_plan.entry(plan.cloned()).or_default() += count;
        }
    }

    fn day(&self, plans: &[String]) -> TenantDay {
        let by_status = ["pending", "active", "suspended", "archived", DELETED]
            .map(|status| (status.to_owned(), self.by_status.get(status).copied().unwrap_or_default()));
        let of_plan = |plan: Option<String>| self.by_plan.get(&plan).copied().unwrap_or_default();
        TenantDay {
            total: self.by_plan.values().sum(),
            by_status: by_status.into(),
            by_plan: plans.iter().map(|plan| (plan.clone(), of_plan(Some(plan.clone())))).collect(),
            other_plans: of_plan(None),
            ..TenantDay::default()
        }
    }
}

/// The days from first to last, which ends as it is now. What a clock that is ahead put on a later day counts as of the last.
fn days_of(
    (first, last): (i64, i64),
    now: State,
    changes: Vec<Changes>,
    steps: &[Step],
    plans: &[String],
) -> Result<Vec<TenantDay>> {
    let mut by_day: BTreeMap<i64, Vec<Changes>> = BTreeMap::new();
    for change in changes {
        by_day.entry(change.day.min(last)).or_default().push(change);
    }
    let (mut days, mut state) = (BTreeMap::new(), now);
    for number in (first..=last).rev() {
        days.insert(number, TenantDay { date: date(number)?, ..state.day(plans) });
        for change in by_day.remove(&number).unwrap_or_default() {
            state.add(&change.status, change.plan.as_ref(), -change.change);
        }
    }
    for step in steps {
        if let Some(day) = days.get_mut(&step.day.min(last)) {
            take(day, step);
        }
    }
    Ok(days.into_values().collect())
}

/// Counts what a step from one status to another is called.
fn take(day: &mut TenantDay, step: &Step) {
    let of = match (step.from_status.as_str(), step.to_status.as_str()) {
        ("", _) => &mut day.created,
        (_, "") => &mut day.purged,
        (DELETED, _) => &mut day.restored,
        (_, DELETED) => &mut day.deleted,
        (_, "active") => &mut day.activated,
        (_, "suspended") => &mut day.suspended,
        (_, "archived") => &mut day.archived,
        _ => return,
    };
    *of += step.count;
}

fn date(day: i64) -> Result<String> {
    let at = OffsetDateTime::from_unix_timestamp(day.saturating_mul(86_400)).map_err(Error::internal)?;
    at.format(format_description!("[year]-[month]-[day]")).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_day_is_worked_out_backwards() {
        let mut now = State::default();
        now.add("active", Some(&"pro".to_owned()), 3);
        now.add("deleted", None, 1);
        let change = |day, status: &str, plan: Option<&str>, change| Changes {
            day,
            status: status.to_owned(),
            plan: plan.map(str::to_owned),
            change,
        };
        let changes = vec![
            change(11, "active", Some("pro"), 2),
            change(11, "active", None, -1),
            change(11, "deleted", None, 1),
            // A node whose clock is ahead.
            change(14, "active", Some("pro"), 1),
        ];
        let step = |day, from: &str, to: &str, count| Step {
            day,
            from_status: from.to_owned(),
            to_status: to.to_owned(),
            count,
        };
        let steps = [step(11, "", "active", 2), step(11, "active", "deleted", 1), step(14, "", "active", 1)];
        let days = days_of((10, 12), now, changes, &steps, &["pro".to_owned()]).unwrap();
        let shown: Vec<_> = days
            .iter()
            .map(|day| {
                (day.date.as_str(), day.created, day.deleted, day.total, day.by_plan["pro"], day.other_plans)
            })
            .collect();
        assert_eq!(
            shown,
            [("1970-01-11", 0, 0, 1, 0, 1), ("1970-01-12", 2, 1, 2, 2, 0), ("1970-01-13", 1, 0, 3, 3, 0),]
        );
        assert_eq!((days[0].by_status["deleted"], days[1].by_status["deleted"]), (0, 1));
    }
}
