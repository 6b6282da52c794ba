//! SQL of counted tenants.

use std::collections::BTreeMap;
use std::time::Duration;

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Result, Tx, args, statements};
use carcosa_types::tenant::{CreatedCounts, TenantStats};
use carcosa_types::tenant_history::MAX_PLANS;
use carcosa_types::{ProjectId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

/// Changes counted in one transaction.
const BATCH: i64 = 1_000;

statements! {
    system WAITING = "SELECT EXISTS (SELECT 1 FROM tenant_moves) AS waiting";
    /// In the order of their keys, so that two nodes wait for each other and not in a circle.
    system TAKE = "DELETE FROM tenant_moves WHERE (project_id, tenant_id, version) IN (
            SELECT project_id, tenant_id, version FROM tenant_moves ORDER BY project_id, tenant_id, version LIMIT $1)
        RETURNING project_id, day, from_status, from_plan, from_kind, to_status, to_plan, to_kind";

    project COUNTED_FROM = "SELECT day FROM tenant_counted_from WHERE project_id = $1";
    project TOTALS = "SELECT status, plan, kind, CAST(sum(count) AS bigint) AS count FROM (
            SELECT status, plan, kind, count FROM tenant_totals WHERE project_id = $1
            UNION ALL SELECT to_status, to_plan, to_kind, 1 FROM tenant_moves WHERE project_id = $1 AND to_status IS NOT NULL
            UNION ALL SELECT from_status, from_plan, from_kind, -1 FROM tenant_moves WHERE project_id = $1 AND from_status IS NOT NULL) t
        GROUP BY status, plan, kind HAVING sum(count) <> 0";
    /// The plans with most tenants and most changes since a day.
    project PLANS = "SELECT plan FROM (
            SELECT plan, count AS weight FROM tenant_totals WHERE project_id = $1 AND status <> 'deleted' AND count <> 0
            UNION ALL SELECT plan, abs(change) FROM tenant_days WHERE project_id = $1 AND day >= $2 AND status <> 'deleted'
            UNION ALL SELECT to_plan, 1 FROM tenant_moves WHERE project_id = $1 AND to_status IS NOT NULL AND to_status <> 'deleted'
            UNION ALL SELECT from_plan, 1 FROM tenant_moves WHERE project_id = $1 AND from_status IS NOT NULL AND from_status <> 'deleted') p
        GROUP BY plan ORDER BY sum(weight) DESC, plan LIMIT $3";
    project STEPS = "SELECT day, from_status, to_status, CAST(sum(count) AS bigint) AS count FROM (
            SELECT day, from_status, to_status, count FROM tenant_day_moves WHERE project_id = $1 AND day >= $2
            UNION ALL SELECT day, coalesce(from_status, ''), coalesce(to_status, ''), 1 FROM tenant_moves WHERE project_id = $1 AND day >= $2) s
        WHERE from_status <> to_status GROUP BY day, from_status, to_status";
    /// Ids begin with the time of creation, so a range of ids is a range of times.
    project CREATED = "SELECT count(CASE WHEN created_at > $3 THEN 1 END) AS last_24h,
            count(CASE WHEN created_at > $4 THEN 1 END) AS last_7d, count(*) AS last_30d
        FROM tenants WHERE project_id = $1 AND id > $2 AND created_at > $5 AND status <> 'deleted'";
}

#[derive(FromRow)]
struct Waiting {
    waiting: bool,
}

/// A change that is not counted yet.
#[derive(FromRow)]
struct Move {
    project_id: ProjectId,
    day: i64,
    from_status: Option<String>,
    from_plan: Option<String>,
    from_kind: Option<String>,
    to_status: Option<String>,
    to_plan: Option<String>,
    to_kind: Option<String>,
}

/// What some changes come to.
#[derive(Default)]
struct Sums {
    totals: BTreeMap<(ProjectId, String, String, String), i64>,
    days: BTreeMap<(ProjectId, i64, String, String), i64>,
    moves: BTreeMap<(ProjectId, i64, String, String), i64>,
}

impl Sums {
    fn add(&mut self, one: Move) {
        let Move { project_id, day, .. } = one;
        let (from, to) =
            (one.from_status.clone().unwrap_or_default(), one.to_status.clone().unwrap_or_default());
        if from != to {
            *self.moves.entry((project_id, day, from, to)).or_default() += 1;
        }
        let before = (one.from_status, one.from_plan, one.from_kind, -1);
        let after = (one.to_status, one.to_plan, one.to_kind, 1);
        for (status, plan, kind, change) in [before, after] {
            let (Some(status), Some(plan), Some(kind)) = (status, plan, kind) else { continue };
            *self.days.entry((project_id, day, status.clone(), plan.clone())).or_default() += change;
            *self.totals.entry((project_id, status, plan, kind)).or_default() += change;
        }
    }
}

/// Whether there are changes that are not counted.
pub(super) async fn waiting(tx: &mut Tx) -> Result<bool> {
    Ok(tx.one::<Waiting>(&WAITING, args![]).await?.waiting)
}

/// Counts some of them; whether there may be more.
pub(super) async fn fold(tx: &mut Tx) -> Result<bool> {
    let moves: Vec<Move> = tx.all(&TAKE, args![BATCH]).await?;
    let more = moves.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
    let mut sums = Sums::default();
    moves.into_iter().for_each(|one| sums.add(one));
    let totals = sums.totals.into_iter().map(|((p, a, b, c), n)| (n, args![p, a, b, c, n]));
    let start = "INSERT INTO tenant_totals (project_id, status, plan, kind, count) VALUES ";
    let end = " ON CONFLICT (project_id, status, plan, kind) DO UPDATE SET count = tenant_totals.count + excluded.count";
    add(tx, Assembled::new("tenants.count_totals", Reach::System, start), end, totals).await?;
    let days = sums.days.into_iter().map(|((p, day, a, b), n)| (n, args![p, day, a, b, n]));
    let start = "INSERT INTO tenant_days (project_id, day, status, plan, change) VALUES ";
    let end = " ON CONFLICT (project_id, day, status, plan) DO UPDATE SET change = tenant_days.change + excluded.change";
    add(tx, Assembled::new("tenants.count_days", Reach::System, start), end, days).await?;
    let moves = sums.moves.into_iter().map(|((p, day, a, b), n)| (n, args![p, day, a, b, n]));
    let start = "INSERT INTO tenant_day_moves (project_id, day, from_status, to_status, count) VALUES ";
    let end = " ON CONFLICT (project_id, day, from_status, to_status) DO UPDATE SET count = tenant_day_moves.count + excluded.count";
    add(tx, Assembled::new("tenants.count_moves", Reach::System, start), end, moves).await?;
    Ok(more)
}

async fn add(
    tx: &mut Tx,
    mut query: Assembled,
    end: &'static str,
    rows: impl Iterator<Item = (i64, Vec<Value>)>,
) -> Result<()> {
    let rows: Vec<_> = rows.filter(|(count, _)| *count != 0).map(|(_, row)| row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    query.push_rows(rows);
    query.push(end, args![]);
    tx.execute_all(query).await.map(drop)
}

#[derive(FromRow)]
struct DayRow {
    day: i64,
}

/// The day on which counting began, when the project had tenants before.
pub(super) async fn counted_from(tx: &mut Tx) -> Result<Option<i64>> {
    Ok(tx.optional::<DayRow>(&COUNTED_FROM, args![]).await?.map(|row| row.day))
}

/// Tenants that have all three in common.
#[derive(FromRow)]
pub(super) struct Total {
    pub(super) status: String,
    pub(super) plan: String,
    kind: String,
    pub(super) count: i64,
}

/// How many tenants there are.
pub(super) async fn totals(tx: &mut Tx) -> Result<Vec<Total>> {
    tx.all(&TOTALS, args![]).await
}

#[derive(FromRow)]
struct PlanRow {
    plan: String,
}

/// The plans to name, when days from this one on are told of.
pub(super) async fn plans(tx: &mut Tx, first: i64) -> Result<Vec<String>> {
    let rows = tx.all::<PlanRow>(&PLANS, args![first, i64::from(MAX_PLANS)]).await?;
    Ok(rows.into_iter().map(|row| row.plan).collect())
}

/// By how much the tenants of a status and plan changed on a day.
#[derive(FromRow)]
pub(super) struct Changes {
    pub(super) day: i64,
    pub(super) status: String,
    /// `None` for all plans that are not named.
    pub(super) plan: Option<String>,
    pub(super) change: i64,
}

/// What changed from a day on, by these plans and all others together.
pub(super) async fn changes(tx: &mut Tx, first: i64, plans: &[String]) -> Result<Vec<Changes>> {
    let start = "SELECT day, status, plan, CAST(sum(change) AS bigint) AS change FROM (
        SELECT day, status, CASE WHEN plan IN ";
    let mut query = Assembled::new("tenants.changes", Reach::Project, start);
    // A list may not be empty, and no plan has an empty name.
    query.push_list(plans.iter().map(String::as_str).chain([""]).map(Value::from));
    query.push(
        " THEN plan END AS plan, change FROM (
            SELECT day, status, plan, change FROM tenant_days WHERE project_id = $1 AND day >= ?
            UNION ALL SELECT day, to_status, to_plan, 1 FROM tenant_moves WHERE project_id = $1 AND day >= ? AND to_status IS NOT NULL
            UNION ALL SELECT day, from_status, from_plan, -1 FROM tenant_moves WHERE project_id = $1 AND day >= ? AND from_status IS NOT NULL) a) c
        GROUP BY day, status, plan",
        args![first, first, first],
    );
    tx.all_of(query).await
}

/// How many tenants went from one status to another on a day; an empty text is not there.
#[derive(FromRow)]
pub(super) struct Step {
    pub(super) day: i64,
    pub(super) from_status: String,
    pub(super) to_status: String,
    pub(super) count: i64,
}

/// The steps from a day on.
pub(super) async fn steps(tx: &mut Tx, first: i64) -> Result<Vec<Step>> {
    tx.all(&STEPS, args![first]).await
}

#[derive(FromRow)]
struct CreatedRow {
    last_24h: i64,
    last_7d: i64,
    last_30d: i64,
}

/// The statistics of a project.
pub(super) async fn stats(tx: &mut Tx, now: Timestamp) -> Result<TenantStats> {
    let mut by_status: BTreeMap<String, i64> =
        ["pending", "active", "suspended", "archived", "deleted"].map(|status| (status.to_owned(), 0)).into();
    let (mut by_kind, mut by_plan, mut total) = (BTreeMap::new(), BTreeMap::new(), 0);
    for group in totals(tx).await? {
        let deleted = group.status == "deleted";
        *by_status.entry(group.status).or_default() += group.count;
        if !deleted {
            total += group.count;
            *by_kind.entry(group.kind).or_default() += group.count;
            *by_plan.entry(group.plan).or_default() += group.count;
        }
    }
    let ago = |days: u64| now.minus(Duration::from_hours(24 * days));
    let values = args![first_id_of(ago(30)), ago(1), ago(7), ago(30)];
    let created: CreatedRow = tx.one(&CREATED, values).await?;
    Ok(TenantStats {
        object: "tenant_stats".to_owned(),
        total,
        by_status,
        by_kind,
        by_plan,
        created: CreatedCounts {
            last_24h: created.last_24h,
            last_7d: created.last_7d,
            last_30d: created.last_30d,
        },
    })
}

/// No UUIDv7 of this time or later is smaller.
fn first_id_of(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.micros() / 1000).unwrap_or_default();
    Uuid::from_u128(u128::from(millis) << 80)
}
