//! Background work of a node: putting the log in order, keeping the directory true, running jobs, tidying up.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use carcosa_kernel::jobs::{self, Worker};
use carcosa_kernel::log::{self, CHANNEL, Follower};
use carcosa_kernel::secrets::store::LOOK_EVERY;
use carcosa_kernel::{Kernel, Result, System, SystemTask, idempotency};
use metrics::gauge;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::capabilities::log::{denials, retention};
use crate::capabilities::{keys, mail, operators, sync, tenants, tokens, users, webhooks};

/// How often the sequencer looks for what other nodes committed.
const POLL: Duration = Duration::from_millis(200);
/// How often a node looks at the log without a hint. A revocation is obeyed this much later than it was committed, however the
/// hints fare; two small reads each time are cheap beside that.
const FOLLOW: Duration = Duration::from_millis(50);
/// How often jobs are looked for without a hint.
const JOBS_POLL: Duration = Duration::from_secs(1);
/// Jobs claimed at a time: few, since they are done one after another within one lease.
const JOBS_AT_A_TIME: u32 = 4;
/// How often users are looked for whose words are still to be worked out.
const WORDS_EVERY: Duration = Duration::from_secs(5);
/// Between many of them, so that there is room for other work.
const WORDS_PAUSE: Duration = Duration::from_millis(100);
const SWEEP_EVERY: Duration = Duration::from_mins(10);
/// Pause after a failure, such as the database being away.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// The jobs this server can do.
#[must_use]
pub fn handlers() -> Worker {
    operators::jobs::handlers(mail::jobs::handlers(tenants::jobs::handlers(Worker::default())))
}

/// Starts everything; it ends soon after `stop` becomes true.
pub fn start(kernel: &Kernel, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let ordered = Arc::new(Notify::new());
    let (sequencer, dispatcher) = (Arc::clone(&ordered), Arc::new(Notify::new()));
    let dispatched = Arc::clone(&dispatcher);
    let mut start = |name, work: Box<dyn Fn(Kernel) -> Work + Send>| {
        tasks.spawn(until(stop.clone(), keep_going(name, kernel.clone(), work)));
    };
    start(
        "sequencer",
        Box::new(move |kernel| Box::pin(sequence(kernel, [Arc::clone(&sequencer), Arc::clone(&dispatched)]))),
    );
    start("follower", Box::new(move |kernel| Box::pin(follow(kernel, Arc::clone(&ordered)))));
    start("dispatcher", Box::new(move |kernel| Box::pin(dispatch(kernel, Arc::clone(&dispatcher)))));
    start("webhook hints", Box::new(|kernel| Box::pin(hear_of_deliveries(kernel))));
    start("jobs", Box::new(|kernel| Box::pin(run_jobs(kernel))));
    start("secrets", Box::new(|kernel| Box::pin(renew_secrets(kernel))));
    start("sweeper", Box::new(|kernel| Box::pin(sweep(kernel))));
    start("keys", Box::new(|kernel| Box::pin(flush_keys(kernel))));
    start("denials", Box::new(|kernel| Box::pin(flush_denials(kernel))));
    start("counts", Box::new(|kernel| Box::pin(count_tenants(kernel))));
    start("words", Box::new(|kernel| Box::pin(find_words(kernel))));
    start("retention", Box::new(|kernel| Box::pin(prune(kernel))));
    tasks.spawn(deliver(kernel.clone(), stop.clone()));
    tasks
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Begins the work anew when it ends, which it does only by a panic.
async fn keep_going(name: &'static str, kernel: Kernel, work: Box<dyn Fn(Kernel) -> Work + Send>) {
    loop {
        let mut task = JoinSet::new();
        task.spawn(work(kernel.clone()));
        if let Some(Err(cause)) = task.join_next().await {
            tracing::error!(name, %cause, "background work broke and begins anew");
        }
        sleep(AFTER_FAILURE).await;
    }
}

async fn until(mut stop: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Puts committed entries in order, as soon as this node commits some and now and then for the others.
async fn sequence(kernel: Kernel, ordered: [Arc<Notify>; 2]) {
    let system = System::new(&kernel, SystemTask::Sequencer);
    loop {
        match sequence_all(&system).await {
            Ok(0) => {
                let _ = timeout(POLL, kernel.sequencer_woken()).await;
            }
            Ok(_) => ordered.iter().for_each(|notify| notify.notify_one()),
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

/// Makes deliveries of webhooks out of what was put in order.
async fn dispatch(kernel: Kernel, ordered: Arc<Notify>) {
    let system = System::new(&kernel, SystemTask::Webhooks);
    loop {
        match webhooks::dispatch::dispatch_all(&system).await {
            Ok(_) => {
                let _ = timeout(POLL, ordered.notified()).await;
            }
            Err(error) => pause("dispatcher", &error).await,
        }
    }
}

/// Sends deliveries of webhooks; when the node stops, what is under way may end.
async fn deliver(kernel: Kernel, stop: watch::Receiver<bool>) {
    while let Err(error) = webhooks::deliver::run(kernel.clone(), stop.clone()).await {
        pause("webhooks", &error).await;
        if *stop.borrow() {
            return;
        }
    }
}

/// Hears from other nodes that there are deliveries.
async fn hear_of_deliveries(kernel: Kernel) {
    loop {
        match webhooks::dispatch::hear(&kernel).await {
            Ok(()) => return std::future::pending().await,
            Err(error) => pause("webhook hints", &error).await,
        }
    }
}

/// Reads the log as it grows, and forgets what changed.
async fn follow(kernel: Kernel, ordered: Arc<Notify>) {
    let system = System::new(&kernel, SystemTask::Follower);
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
            () = sleep(FOLLOW) => false,
        };
        if lost {
            listener = None;
        }
    }
}

async fn run_jobs(kernel: Kernel) {
    let worker = handlers();
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

/// Learns of new versions of the installation's keys before any node uses them.
async fn renew_secrets(kernel: Kernel) {
    loop {
        sleep(LOOK_EVERY).await;
        if let Err(error) = kernel.renew_secrets().await {
            pause("secrets", &error).await;
        }
    }
}

/// Writes what verifications counted, now and then; what is left is written when the node stops.
async fn flush_keys(kernel: Kernel) {
    loop {
        sleep(keys::state::FLUSH_EVERY).await;
        if let Err(error) = keys::state::flush(&kernel).await {
            pause("keys", &error).await;
        }
    }
}

/// Writes down who was refused what.
async fn flush_denials(kernel: Kernel) {
    loop {
        sleep(denials::FLUSH_EVERY).await;
        if let Err(error) = denials::flush(&kernel).await {
            pause("denials", &error).await;
        }
    }
}

/// Adds up what became of tenants, so that whoever asks has little to add.
async fn count_tenants(kernel: Kernel) {
    let system = System::new(&kernel, SystemTask::Jobs);
    loop {
        match tenants::counting::fold(&system).await {
            Ok(true) => {}
            Ok(false) => sleep(tenants::counting::FOLD_EVERY).await,
            Err(error) => pause("counts", &error).await,
        }
    }
}

/// Works out what users are found by whom nodes of an older version made or changed.
async fn find_words(kernel: Kernel) {
    let system = System::new(&kernel, SystemTask::Jobs);
    loop {
        match users::service::catch_up(&system).await {
            Ok(true) => sleep(WORDS_PAUSE).await,
            Ok(false) => sleep(WORDS_EVERY).await,
            Err(error) => pause("words", &error).await,
        }
    }
}

/// Removes entries of the log that a project keeps no longer.
async fn prune(kernel: Kernel) {
    loop {
        match retention::prune(&kernel).await {
            Ok(pruned) if pruned.more => sleep(Duration::from_secs(1)).await,
            Ok(_) => sleep(retention::EVERY).await,
            Err(error) => {
                pause("retention", &error).await;
                sleep(retention::EVERY).await;
            }
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
        if let Err(error) = operators::jobs::sweep(&system).await {
            pause("sweeper", &error).await;
        }
        if let Err(error) = tokens::service::sweep(&system).await {
            pause("sweeper", &error).await;
        }
        sweep_all(|| sync::service::sweep(&system)).await;
        sweep_all(|| webhooks::deliver::sweep(&system)).await;
        sweep_all(|| keys::usage::sweep(&system)).await;
        match jobs::failed(&system).await {
            Ok(failed) => {
                if failed > 0 {
                    tracing::error!(failed, "jobs were given up; see `last_error` in the table `jobs`");
                }
                gauge!("carcosa_jobs_failed").set(failed as f64);
            }
            Err(error) => pause("sweeper", &error).await,
        }
        sleep(SWEEP_EVERY).await;
    }
}

/// Sweeps until nothing is left, a part at a time.
async fn sweep_all<F: Future<Output = Result<bool>>>(sweep: impl Fn() -> F) {
    loop {
        match sweep().await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return pause("sweeper", &error).await,
        }
    }
}

async fn pause(task: &str, error: &carcosa_kernel::Error) {
    tracing::warn!(task, ?error, "background work failed, will be tried again");
    sleep(AFTER_FAILURE).await;
}
