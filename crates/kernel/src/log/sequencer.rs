//! The sequencer: puts committed entries in one order.
//!
//! Every node runs it; the row of `log_order` lets one work at a time. Only committed entries are visible to it,
//! and the numbers it gives become visible together, so whoever reads up to a number has seen all before it.

use std::collections::BTreeMap;

use carcosa_types::{ProjectId, Timestamp};
use sqlx::FromRow;

use crate::{Result, System, Tx, args};

/// Entries put in order in one transaction.
const BATCH: i64 = 1000;

crate::statements! {
    /// Takes the sequencer's turn by locking its row.
    system TURN locking = "SELECT ordinal FROM log_order WHERE id = 1";
    /// Numbers waiting entries: `ordinal` across the installation (never shown), `position` within the project.
    system NUMBER = "UPDATE log_entries SET ordinal = $1 + n.nth, position = n.base + n.nth_of_project
        FROM (SELECT w.id, p.position AS base,
                row_number() OVER (ORDER BY w.recorded_at, w.stream_id, w.seq) AS nth,
                row_number() OVER (PARTITION BY w.project_id ORDER BY w.recorded_at, w.stream_id, w.seq) AS nth_of_project
              FROM (SELECT id, project_id, stream_id, seq, recorded_at FROM log_entries WHERE ordinal IS NULL
                    ORDER BY recorded_at, stream_id, seq LIMIT $2) w
              JOIN log_positions p ON p.project_id = w.project_id) n
        WHERE log_entries.id = n.id
        RETURNING log_entries.project_id, log_entries.position, log_entries.ordinal";
    system ADVANCE_PROJECT = "UPDATE log_positions SET position = $2 WHERE project_id = $1";
    system ADVANCE = "UPDATE log_order SET ordinal = $1 WHERE id = 1";
    /// Tells the other nodes. A hint: they look by themselves too.
    system NOTIFY = sqlite "SELECT 1 AS done", postgres "SELECT 1::bigint AS done FROM (SELECT pg_notify('carcosa_log', '')) n";
    system BACKLOG = "SELECT count(*) AS waiting, min(recorded_at) AS oldest FROM
        (SELECT recorded_at FROM log_entries WHERE ordinal IS NULL ORDER BY recorded_at, stream_id, seq LIMIT $1) w";
    system WAITING = "SELECT EXISTS (SELECT 1 FROM log_entries WHERE ordinal IS NULL) AS waiting";
}

#[derive(FromRow)]
struct Turn {
    ordinal: i64,
}
#[derive(FromRow)]
struct Numbered {
    project_id: ProjectId,
    position: i64,
    ordinal: i64,
}
#[derive(FromRow)]
struct Waiting {
    waiting: bool,
}
#[derive(FromRow)]
struct Done {
    #[expect(dead_code, reason = "the statement is run for its effect")]
    done: i64,
}

/// Committed entries that wait to be put in order.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Backlog {
    /// How many, counted up to a limit.
    pub waiting: i64,
    /// Since when the first does.
    pub oldest: Option<Timestamp>,
}

/// What waits to be put in order, counted up to `most`.
pub async fn backlog(tx: &mut Tx, most: i64) -> Result<Backlog> {
    tx.one(&BACKLOG, args![most]).await
}

/// Puts up to a thousand waiting entries in order; how many it was. Call again until it is none.
pub async fn sequence(system: &System) -> Result<usize> {
    let mut look = system.read().await?;
    if !look.one::<Waiting>(&WAITING, args![]).await?.waiting {
        return Ok(0);
    }
    drop(look);
    system.maintain(number).await
}

async fn number(tx: &mut Tx) -> Result<usize> {
    let turn: Turn = tx.one(&TURN, args![]).await?;
    let numbered: Vec<Numbered> = tx.all(&NUMBER, args![turn.ordinal, BATCH]).await?;
    let Some(last) = numbered.iter().map(|entry| entry.ordinal).max() else { return Ok(0) };
    let mut positions: BTreeMap<ProjectId, i64> = BTreeMap::new();
    for entry in &numbered {
        let position = positions.entry(entry.project_id).or_default();
        *position = entry.position.max(*position);
    }
    for (project, position) in positions {
        tx.execute(&ADVANCE_PROJECT, args![project, position]).await?;
    }
    tx.execute(&ADVANCE, args![last]).await?;
    tx.one::<Done>(&NOTIFY, args![]).await?;
    Ok(numbered.len())
}
