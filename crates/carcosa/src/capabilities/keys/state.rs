//! What a node keeps in memory of keys in use.

use std::sync::Arc;
use std::time::Duration;

use carcosa_kernel::directory::KeyRecord;
use carcosa_kernel::{Error, Kernel, Result};
use carcosa_types::id::kind;
use carcosa_types::key_use::VerificationCode;
use carcosa_types::{KeyId, ProjectId};
use tokio::sync::Mutex;

use super::credits::{IDLE, Leases};
use super::usage::Usage;
use crate::limiter::Limiter;

/// How often a running node calls [`flush`].
pub const FLUSH_EVERY: Duration = Duration::from_secs(10);

/// What was taken of limits, leased of credits, and used.
#[derive(Default)]
pub struct KeysState {
    pub(super) limiter: Limiter<kind::Key>,
    pub(super) leases: Leases,
    pub(super) usage: Usage,
    /// Held while writing: whoever writes last waits for what is under way.
    writing: Mutex<()>,
}

/// What this node keeps.
pub(super) fn of(kernel: &Kernel) -> Result<Arc<KeysState>> {
    kernel
        .extension()
        .ok_or_else(|| Error::internal("this server was put together without the state of keys"))
}

/// Notes that a key was used with success, to be written later.
pub fn used(kernel: &Kernel, key: &KeyRecord) {
    if let Ok(state) = of(kernel) {
        state.usage.note(key.project_id, key.id, kernel.now());
    }
}

/// Counts a decision about a key, or about what is no key of the project, to be written later.
pub(super) fn decided(kernel: &Kernel, project: ProjectId, key: Option<KeyId>, code: VerificationCode) {
    if let Ok(state) = of(kernel) {
        state.usage.count(project, key, code, kernel.now());
    }
}

/// Writes how keys were used, gives back leases that lie idle, and forgets limits that are earned back. What cannot be written now is
/// written the next time.
pub async fn flush(kernel: &Kernel) -> Result<()> {
    let kernel = kernel.clone();
    // Of its own accord: whoever stops waiting must not stop it in the middle.
    tokio::spawn(async move { write(&kernel, IDLE).await }).await.map_err(Error::internal)?
}

/// [`flush`] that gives back every lease: for a node that stops, after its last request.
pub async fn settle(kernel: &Kernel) -> Result<()> {
    write(kernel, Duration::ZERO).await
}

async fn write(kernel: &Kernel, idle: Duration) -> Result<()> {
    let state = of(kernel)?;
    let _writing = state.writing.lock().await;
    state.limiter.sweep(kernel.now());
    let (noted, given) = (state.usage.write(kernel).await, state.leases.give_back(kernel, idle).await);
    noted.and(given)
}
