//! What a node keeps in memory of sync: how often each project asks.

use std::sync::Arc;

use carcosa_kernel::{Error, Kernel, Result};
use carcosa_types::ProjectId;
use carcosa_types::id::kind;
use carcosa_types::key::RateLimit;

use super::error::SYNC_RATE_LIMITED;
use crate::limiter::Limiter;

const HOUR: u32 = 3600;
const MINUTE: u32 = 60;

/// How often a project may ask this node.
pub struct SyncState {
    snapshots: (RateLimit, Limiter<kind::Project>),
    requests: (RateLimit, Limiter<kind::Project>),
}

impl SyncState {
    /// At most so many snapshots an hour, and so many other requests a minute.
    #[must_use]
    pub fn new(snapshots_per_hour: u32, requests_per_minute: u32) -> Self {
        let limit = |limit, period_seconds| {
            (RateLimit { limit, period_seconds, burst: None }, Limiter::<kind::Project>::default())
        };
        Self { snapshots: limit(snapshots_per_hour, HOUR), requests: limit(requests_per_minute, MINUTE) }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Snapshot,
    Other,
}

/// Counts a request; refused when there were too many.
pub(super) fn admit(kernel: &Kernel, project: ProjectId, asked: Asked) -> Result<()> {
    let state: Arc<SyncState> = kernel
        .extension()
        .ok_or_else(|| Error::internal("this server was put together without the state of sync"))?;
    let ((rate, limiter), what) = match asked {
        Asked::Snapshot => (&state.snapshots, "snapshots"),
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
    }
}
