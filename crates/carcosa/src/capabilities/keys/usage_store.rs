//! SQL of how often keys are verified.

use std::collections::BTreeMap;

use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::{Result, Tx, args, statements};
use carcosa_types::key_usage::{BUSIEST, BusyKey};
use carcosa_types::{KeyId, ProjectId, TenantId, Timestamp};
use sqlx::FromRow;

use super::usage::Use;
use crate::column::write_word;

/// Rows in one statement: with five values each fewer than SQLite takes.
const ROWS: usize = 4_000;

statements! {
    project OF_KEY = "SELECT hour, code, count FROM key_usage_hours WHERE project_id = $1 AND key_id = $2 AND hour >= $3";
    tenant OF_KEY_OF_TENANT = "SELECT hour, code, count FROM key_usage_hours
        WHERE project_id = $1 AND tenant_id = $2 AND key_id = $3 AND hour >= $4";
    project OF_PROJECT = "SELECT hour, code, count FROM key_usage_totals WHERE project_id = $1 AND hour >= $2";
    project BUSIEST_KEYS = "SELECT u.key_id, k.name, k.tenant_id, u.valid, u.refused FROM (
            SELECT key_id, CAST(sum(CASE WHEN code = 'valid' THEN count ELSE 0 END) AS bigint) AS valid,
                CAST(sum(CASE WHEN code = 'valid' THEN 0 ELSE count END) AS bigint) AS refused
            FROM key_usage_hours WHERE project_id = $1 AND hour >= $2
            GROUP BY key_id ORDER BY sum(count) DESC, key_id LIMIT $3) u
        JOIN api_keys k ON k.project_id = $1 AND k.id = u.key_id
        ORDER BY u.valid + u.refused DESC, u.key_id";
    tenant ERASE = "DELETE FROM key_usage_hours WHERE project_id = $1 AND tenant_id = $2";
    /// A project that has hours from before a time.
    system STALE = "SELECT project_id FROM key_usage_totals WHERE hour < $1 LIMIT 1";
    system SWEEP = "DELETE FROM key_usage_hours WHERE (project_id, hour, key_id, code) IN (
            SELECT project_id, hour, key_id, code FROM key_usage_hours WHERE project_id = $1 AND hour < $2
            ORDER BY hour, key_id, code LIMIT $3)";
    system SWEEP_TOTALS = "DELETE FROM key_usage_totals WHERE project_id = $1 AND hour < $2";
}

/// Adds counts of keys that are still there.
pub(super) async fn count(tx: &mut Tx, uses: &[&Use]) -> Result<()> {
    let mut rows = Vec::new();
    for used in uses {
        for (hour, code, count) in used.counts() {
            rows.push(args![used.project, used.key, hour, write_word(code)?, count]);
        }
    }
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS));
        let start = "INSERT INTO key_usage_hours (project_id, tenant_id, key_id, hour, code, count)
            SELECT k.project_id, k.tenant_id, k.id, u.column3, u.column4, u.column5 FROM (VALUES ";
        let mut query = Assembled::new("keys.count", Reach::System, start);
        query.push_rows(std::mem::replace(&mut rows, rest));
        // In order, so that two nodes wait for each other and not in a circle.
        let end =
            ") AS u JOIN api_keys k ON k.project_id = u.column1 AND k.id = u.column2 WHERE k.id = u.column2
            ORDER BY k.project_id, k.id, u.column3, u.column4";
        query.push(end, args![]);
        // A key that a purge is erasing is waited for, or its counts would be written after the erasure.
        query.push_row_lock(" FOR KEY SHARE OF k");
        let end = " ON CONFLICT (project_id, hour, key_id, code) DO UPDATE SET count = key_usage_hours.count + excluded.count";
        query.push(end, args![]);
        tx.execute_all(query).await?;
    }
    Ok(())
}

/// Adds the same to what is counted of projects.
pub(super) async fn count_totals(tx: &mut Tx, uses: impl Iterator<Item = &Use>) -> Result<()> {
    let mut sums: BTreeMap<(ProjectId, Timestamp, String), i64> = BTreeMap::new();
    for used in uses {
        for (hour, code, count) in used.counts() {
            *sums.entry((used.project, hour, write_word(code)?)).or_default() += count;
        }
    }
    let mut rows: Vec<_> =
        sums.into_iter().map(|((project, hour, code), count)| args![project, hour, code, count]).collect();
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS));
        let start = "INSERT INTO key_usage_totals (project_id, hour, code, count) VALUES ";
        let mut query = Assembled::new("keys.count_totals", Reach::System, start);
        query.push_rows(std::mem::replace(&mut rows, rest));
        let end = " ON CONFLICT (project_id, hour, code) DO UPDATE SET count = key_usage_totals.count + excluded.count";
        query.push(end, args![]);
        tx.execute_all(query).await?;
    }
    Ok(())
}

/// How often a decision was made in an hour.
#[derive(FromRow)]
pub(super) struct CountRow {
    pub(super) hour: Timestamp,
    pub(super) code: String,
    pub(super) count: i64,
}

/// What was decided about a key from an hour on: of the tenant in focus, else of the project or any of its tenants.
pub(super) async fn of_key(tx: &mut Tx, id: KeyId, from: Timestamp) -> Result<Vec<CountRow>> {
    let statement = if tx.tenant().is_some() { &OF_KEY_OF_TENANT } else { &OF_KEY };
    tx.all(statement, args![id, from]).await
}

/// What was decided in the project from an hour on.
pub(super) async fn of_project(tx: &mut Tx, from: Timestamp) -> Result<Vec<CountRow>> {
    tx.all(&OF_PROJECT, args![from]).await
}

#[derive(FromRow)]
struct BusyRow {
    key_id: KeyId,
    name: String,
    tenant_id: Option<TenantId>,
    valid: i64,
    refused: i64,
}

/// The keys of the project and its tenants about which most was decided from an hour on.
pub(super) async fn busiest(tx: &mut Tx, from: Timestamp) -> Result<Vec<BusyKey>> {
    let rows = tx.all::<BusyRow>(&BUSIEST_KEYS, args![from, i64::from(BUSIEST)]).await?;
    Ok(rows
        .into_iter()
        .map(|BusyRow { key_id, name, tenant_id, valid, refused }| BusyKey {
            key_id,
            name,
            tenant_id,
            valid,
            refused,
        })
        .collect())
}

/// Forgets what was counted of the keys of the tenant in focus.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE, args![]).await
}

#[derive(FromRow)]
struct ProjectRow {
    project_id: ProjectId,
}

/// Forgets up to `limit` counts from before a time, of one project, and its totals with the last of them; whether there may be more.
pub(super) async fn sweep(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<bool> {
    let Some(stale) = tx.optional::<ProjectRow>(&STALE, args![before]).await? else { return Ok(false) };
    let swept = tx.execute(&SWEEP, args![stale.project_id, before, limit]).await?;
    if i64::try_from(swept).unwrap_or(limit) < limit {
        tx.execute(&SWEEP_TOTALS, args![stale.project_id, before]).await?;
    }
    Ok(true)
}
