//! What a node keeps in memory of sync: how often each project asks.

use std::sync::Arc;

use carcosa_kernel::{Error, Kernel, Result};
use carcosa_types::ProjectId;
use carcosa_types::id::kind;
use carcosa_types::key::RateLimit;
use carcosa_web::places::{Full, Place, Places};

use super::error::{ALREADY_COMPARING, SYNC_RATE_LIMITED};
use crate::limiter::Limiter;

const HOUR: u32 = 3600;
const MINUTE: u32 = 60;

/// How often a project may ask this node.
pub struct SyncState {
    snapshots: (RateLimit, Limiter<kind::Project>),
    requests: (RateLimit, Limiter<kind::Project>),
    reports: (RateLimit, Limiter<kind::Project>),
    /// Objects that a snapshot reads at a time.
    pub(super) chunk: i64,
    /// The projects whose copies are being compared.
    comparing: Arc<Places<ProjectId>>,
}

/// Objects that a snapshot reads at a time.
const CHUNK: u32 = 500;
/// Comparisons of a node at a time: each may read a whole table.
const COMPARISONS: usize = 4;
/// Of the requests of a minute, one in so many may be a report: each is kept.
const REPORTS: u32 = 10;

impl SyncState {
    /// At most so many snapshots an hour, and so many other requests a minute.
    #[must_use]
    pub fn new(snapshots_per_hour: u32, requests_per_minute: u32) -> Self {
        let limit = |limit, period_seconds| {
            (RateLimit { limit, period_seconds, burst: None }, Limiter::<kind::Project>::default())
        };
        Self {
            snapshots: limit(snapshots_per_hour, HOUR),
            requests: limit(requests_per_minute, MINUTE),
            reports: limit((requests_per_minute / REPORTS).max(1), MINUTE),
            chunk: i64::from(CHUNK),
            comparing: Arc::new(Places::new(COMPARISONS, 1)),
        }
    }

    /// With chunks of this many objects, so that tests need few.
    #[must_use]
    pub fn with_chunks_of(mut self, objects: u32) -> Self {
        self.chunk = i64::from(objects);
        self
    }
}

/// What this node keeps.
pub(super) fn of(kernel: &Kernel) -> Result<Arc<SyncState>> {
    kernel
        .extension()
        .ok_or_else(|| Error::internal("this server was put together without the state of sync"))
}

/// Takes a place among the comparisons of this node: one for each project, and only so many in all.
pub(super) fn begin_comparing(state: &SyncState, project: ProjectId) -> Result<Comparing> {
    Places::take(Arc::clone(&state.comparing), project).map_err(|full| {
        let detail = match full {
            Full::Own => "This node compares a copy of the project already.",
            Full::All => "This node compares as many copies as it can at a time.",
        };
        Error::new(ALREADY_COMPARING, detail).retry_after(2)
    })
}

/// A place among the comparisons, given back when it is dropped.
pub(super) type Comparing = Place<Arc<Places<ProjectId>>, ProjectId>;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Snapshot,
    Report,
    Other,
}

/// Counts a request; refused when there were too many.
pub(super) fn admit(kernel: &Kernel, project: ProjectId, asked: Asked) -> Result<()> {
    let state = of(kernel)?;
    let ((rate, limiter), what) = match asked {
        Asked::Snapshot => (&state.snapshots, "snapshots"),
        Asked::Report => (&state.reports, "reports"),
        Asked::Other => (&state.requests, "sync requests"),
    };
    let taken = limiter.take(project, rate.into(), 1, kernel.now());
    if taken.allowed {
        return Ok(());
    }
    let detail = format!(
        "The project asked for more than {} {what} in {} seconds on this node.",
        rate.limit, rate.period_seconds
    );
    let seconds = taken.state.retry_after_seconds.unwrap_or(1);
    Err(Error::new(SYNC_RATE_LIMITED, detail).retry_after(u64::from(seconds)))
}

/// Forgets what has been earned back.
pub(crate) fn sweep(kernel: &Kernel) {
    if let Some(state) = kernel.extension::<SyncState>() {
        state.snapshots.1.sweep(kernel.now());
        state.requests.1.sweep(kernel.now());
        state.reports.1.sweep(kernel.now());
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_project_compares_one_copy_at_a_time_and_a_node_four() {
        let state = SyncState::new(1, 1);
        let begin = |n| begin_comparing(&state, ProjectId::from_uuid(Uuid::from_u128(n)));
        let first = begin(1).ok().unwrap();
        assert_eq!(begin(1).err().unwrap().code(), ALREADY_COMPARING);
        let others: Vec<_> = (2..=4).map(|n| begin(n).ok().unwrap()).collect();
        assert_eq!(begin(5).err().unwrap().retry_seconds(), Some(2));
        drop(first);
        assert!(begin(5).is_ok());
        drop(others);
    }
}
