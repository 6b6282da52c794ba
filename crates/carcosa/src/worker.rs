//! Background work of a node: putting the log in order, keeping the directory true, running jobs, tidying up.

use std::sync::Arc;
use std::time::Duration;

use carcosa_kernel::jobs::Worker;
use carcosa_kernel::log::{self, CHANNEL, Follower};
use carcosa_kernel::{Kernel, Result, System, SystemTask, idempotency};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::capabilities::tenants;

/// How often the log is looked at without a hint. With [`carcosa_kernel::directory::MAX_STALENESS`] it bounds how long a
/// change on another node can go unnoticed.
const POLL: Duration = Duration::from_millis(200);
/// How often jobs are looked for without a hint.
const JOBS_POLL: Duration = Duration::from_secs(1);
/// Jobs claimed at a time: few, since they are done one after another within one lease.
const JOBS_AT_A_TIME: u32 = 4;
const SWEEP_EVERY: Duration = Duration::from_mins(10);
/// Pause after a failure, such as the database being away.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// The jobs this server can do.
#[must_use]
pub fn jobs() -> Worker {
    tenants::jobs::handlers(Worker::default())
}

/// Starts everything; it ends soon after `stop` becomes true.
pub fn start(kernel: &Kernel, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let ordered = Arc::new(Notify::new());
    tasks.spawn(until(stop.clone(), sequence(kernel.clone(), Arc::clone(&ordered))));
    tasks.spawn(until(stop.clone(), follow(kernel.clone(), ordered)));
    tasks.spawn(until(stop.clone(), run_jobs(kernel.clone())));
    tasks.spawn(until(stop.clone(), sweep(kernel.clone())));
    tasks
}

async fn until(mut stop: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Puts committed entries in order, as soon as this node commits some and now and then for the others.
async fn sequence(kernel: Kernel, ordered: Arc<Notify>) {
    let system = System::new(&kernel, SystemTask::Sequencer);
    loop {
        match sequence_all(&system).await {
            Ok(0) => {
                let _ = timeout(POLL, kernel.sequencer_woken()).await;
            }
            Ok(_) => ordered.notify_one(),
            Err(error) => pause("sequencer", &error).await,
        }
    }
}

/// Puts everything that waits in order; how much it was.
pub async fn sequence_all(system: &System) -> Result<usize> {
    let mut all = 0;
    loop {
        match log::sequence(system).await? {
            0 => return Ok(all),
            some => all += some,
        }
    }
}

/// Reads the log as it grows, and forgets what changed.
async fn follow(kernel: Kernel, ordered: Arc<Notify>) {
    let system = System::new(&kernel, SystemTask::Directory);
    let mut follower = Follower::default();
    let mut listener = None;
    loop {
        if let Err(error) = follower.catch_up(&system).await {
            pause("follower", &error).await;
            continue;
        }
        if listener.is_none() {
            listener = kernel.database().listen(CHANNEL).await.unwrap_or_default();
        }
        let heard = async {
            match &mut listener {
                Some(listener) => listener.recv().await.is_ok(),
                None => std::future::pending().await,
            }
        };
        let lost = tokio::select! {
            heard = heard => !heard,
            () = ordered.notified() => false,
            () = sleep(POLL) => false,
        };
        if lost {
            listener = None;
        }
    }
}

async fn run_jobs(kernel: Kernel) {
    let worker = jobs();
    loop {
        match worker.run_due(&kernel, JOBS_AT_A_TIME).await {
            Ok(0) => {
                let _ = timeout(JOBS_POLL, kernel.jobs_woken()).await;
            }
            Ok(_) => {}
            Err(error) => pause("jobs", &error).await,
        }
    }
}

async fn sweep(kernel: Kernel) {
    let system = System::new(&kernel, SystemTask::Jobs);
    loop {
        match idempotency::sweep(&system).await {
            Ok(swept) if swept > 0 => tracing::info!(swept, "forgot old idempotency keys"),
            Ok(_) => {}
            Err(error) => pause("sweeper", &error).await,
        }
        sleep(SWEEP_EVERY).await;
    }
}

async fn pause(task: &str, error: &carcosa_kernel::Error) {
    tracing::warn!(task, ?error, "background work failed, will be tried again");
    sleep(AFTER_FAILURE).await;
}
