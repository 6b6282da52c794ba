//! Retention: taking away entries that a project does not keep any longer.
//!
//! Entries go from the beginning of a stream, never its last, and only those that verify: what someone has tampered with stays
//! to be found. The stream's head then says where it begins, with a proof that the installation cut it there, and
//! `audit.pruned` in the project's stream says how much was removed. All of a step is one transaction, so a node that dies
//! leaves a step done or not begun; two nodes at once wait for each other at the heads, which are locked in the order of their
//! ids like in every other transaction, and the second finds nothing to do. If a tenant is purged at the same moment, PostgreSQL
//! may refuse one of the two; both are background work, and are tried again.
//!
//! The feed begins where the project's order has no more gaps: a reader whose cursor lies before is told so, and does not
//! miss anything silently.

use std::collections::BTreeSet;
use std::time::Duration;

use carcosa_kernel::log::{Entry, chain};
use carcosa_kernel::secrets::Purpose;
use carcosa_kernel::{Kernel, Result, System, SystemTask, Write};
use carcosa_types::event::AUDIT_PRUNED;
use carcosa_types::event_data::AuditPruned;
use carcosa_types::{ProjectId, Timestamp};
use uuid::Uuid;

use super::model::unhex;
use super::store::{self, Head};
use super::verify::{Chain, Cut};
use crate::capabilities::projects;

/// How often to look.
pub const EVERY: Duration = Duration::from_hours(1);
/// Entries of one project removed in one run. When there may be more, [`Pruned::more`] says so.
pub const MOST_AT_A_TIME: i64 = 10_000;
/// Entries removed in one transaction: few, because it holds the project's head.
const IN_ONE_STEP: i64 = 1_000;
/// Streams looked at in one transaction.
const STREAMS_IN_ONE_STEP: i64 = 200;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Entries removed.
    pub entries: u64,
    /// Whether there may be more to remove at once.
    pub more: bool,
}

/// Removes what the projects do not keep any longer. A project that cannot be done does not hold up the others.
pub async fn prune(kernel: &Kernel) -> Result<Pruned> {
    let system = System::new(kernel, SystemTask::Jobs);
    let (mut all, mut failed) = (Pruned::default(), None);
    for project in projects::service::all(kernel).await? {
        let days = u64::from(project.settings.audit_retention_days);
        if days == 0 {
            continue;
        }
        let before = kernel.now().minus(Duration::from_hours(24 * days));
        match of_project(&system, project.id, before).await {
            Ok(pruned) => {
                all.entries += pruned.entries;
                all.more |= pruned.more;
            }
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(all), Err)
}

async fn of_project(system: &System, project: ProjectId, before: Timestamp) -> Result<Pruned> {
    let (mut done, mut after): (i64, Uuid) = (0, Uuid::nil());
    while done < MOST_AT_A_TIME {
        let mut tx = system.read_project(project).await?;
        let streams = store::stale(&mut tx, after, before, STREAMS_IN_ONE_STEP).await?;
        drop(tx);
        if streams.is_empty() {
            return Ok(Pruned { entries: done.unsigned_abs(), more: false });
        }
        let step = Step { before, left: IN_ONE_STEP.min(MOST_AT_A_TIME - done), ..Step::default() };
        let step = step.carry_out(system, project, streams).await?;
        done += i64::try_from(step.entries).unwrap_or(MOST_AT_A_TIME);
        after = step.after.unwrap_or(after);
    }
    Ok(Pruned { entries: done.unsigned_abs(), more: true })
}

/// One transaction.
#[derive(Debug, Default)]
struct Step {
    before: Timestamp,
    /// Entries that may still be removed.
    left: i64,
    entries: u64,
    streams: u64,
    /// The highest position removed.
    position: i64,
    /// The last stream that there is nothing more to do for.
    after: Option<Uuid>,
}

impl Step {
    async fn carry_out(mut self, system: &System, project: ProjectId, streams: Vec<Uuid>) -> Result<Self> {
        let mut write = system.write_project(project).await?;
        // The entry that records this goes into the project's stream, so its head is locked in its place among the others.
        let own = project.uuid();
        let streams: BTreeSet<Uuid> = streams.into_iter().collect();
        for stream in streams.iter().copied().chain([own]).collect::<BTreeSet<_>>() {
            let head = store::lock_head(&mut write, stream).await?;
            if !streams.contains(&stream) {
                continue;
            }
            if let Some(head) = head
                && !self.cut(&mut write, project, &head).await?
            {
                break;
            }
            self.after = Some(stream);
        }
        if self.entries == 0 {
            return Ok(self);
        }
        let first_position = self.position + 1;
        store::begin_at(&mut write, first_position).await?;
        let first_position = store::order(&mut write).await?.first_position;
        let removed =
            AuditPruned { entries: self.entries, streams: self.streams, before: self.before, first_position };
        let receipt = write.record(Entry::new(AUDIT_PRUNED, project, &removed)?);
        write.commit(receipt, ()).await?;
        Ok(self)
    }

    /// Removes from one stream; whether there is nothing more to do for it.
    async fn cut(&mut self, write: &mut Write, project: ProjectId, head: &Head) -> Result<bool> {
        if self.left == 0 {
            return Ok(false);
        }
        let old = store::old(write, head, self.before, self.left).await?;
        let Some(last) = old.last() else { return Ok(true) };
        let secrets = write.kernel().secrets();
        let mut found = Chain::new(project);
        if let Some(cut) = Cut::of(&secrets, project, head) {
            found.cut(&cut);
        }
        old.iter().for_each(|entry| found.take(entry));
        if let Some(problem) = found.problems().first() {
            let detail = &problem.detail;
            tracing::error!(
                %project, stream = %head.stream_id, %detail, "retention leaves a stream alone that does not verify: run `carcosa audit verify`"
            );
            return Ok(true);
        }
        let (first_seq, hash) = (last.seq + 1, unhex(&last.hash).unwrap_or_default());
        let proof =
            secrets.sign(Purpose::Retention, &chain::cut(project, head.stream_id, first_seq, &hash))?;
        let removed = store::cut(write, head.stream_id, first_seq, &hash, proof).await?;
        let count = i64::try_from(old.len()).unwrap_or(i64::MAX);
        let whole = count < self.left;
        self.left -= count;
        self.entries += removed;
        self.streams += 1;
        self.position = self.position.max(last.position.unwrap_or_default());
        Ok(whole)
    }
}
