//! The senders: each endpoint's queue is held by one node at a time, by a task of its own.
//!
//! A task loads what is due, has some requests under way, and writes down together what became of them. The node renews the leases of
//! all queues that are worked on; one that dies is replaced when they end, and what it had not written down is sent again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use carcosa_kernel::{Error, Kernel, Result, System, SystemTask};
use carcosa_types::webhook::{DeliveryStatus, DisabledReason, WebhookStatus};
use carcosa_types::{DeliveryId, EntryId, Timestamp};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::attempt::{self, Attempted, Message, Target};
use super::delivery_store::{self as store, Outcome, Waiting};
use super::queue_store::{self, Queue};
use super::state::{self, Hold, WebhookState};
use super::{model, service};
use crate::capabilities::log;

/// How long a queue is held without a word.
const LEASE: Duration = Duration::from_secs(30);
/// How often that word is given.
const RENEW: Duration = Duration::from_secs(10);
/// How long requests that are under way may take when the node stops.
const DRAIN: Duration = Duration::from_secs(17);
/// Pauses before what became of requests is written down once more.
const RETRIES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];
/// Deliveries taken away in one transaction.
const SWEPT: i64 = 1000;
/// How long a queue is kept in which nothing is due: the next event is sent without taking it up anew.
const LINGER: Duration = Duration::from_secs(2);
/// Most requests under way to one endpoint.
const UNDER_WAY: usize = 16;
/// How many there may be at first: one more with each that succeeds, so that a dead endpoint keeps few, which all time out together.
const AT_FIRST: usize = 2;
/// Queues held by one node.
const HELD: usize = 4096;
/// Queues taken up at a time.
const CLAIMED: usize = 64;
/// How often a node looks for queues without a hint.
const POLL: Duration = Duration::from_millis(500);
/// How long what became of deliveries is kept.
pub const KEPT: Duration = Duration::from_hours(30 * 24);

/// Takes up queues and works on them until told to stop; then lets what is under way end, and gives back the rest.
pub async fn run(kernel: Kernel, mut stop: watch::Receiver<bool>) -> Result<()> {
    let state = state::of(&kernel)?;
    let system = System::new(&kernel, SystemTask::Webhooks);
    let mut tasks = JoinSet::new();
    tokio::select! {
        () = take_up(&system, &state, &mut tasks) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
    state.stop();
    let ended = async { while tasks.join_next().await.is_some() {} };
    if timeout(DRAIN, ended).await.is_err() {
        tracing::warn!("some webhooks were broken off and will be sent again");
    }
    drop(tasks);
    let (node, now) = (state.node(&kernel), kernel.now());
    system.maintain(async |tx| queue_store::let_go(tx, node, now).await).await
}

async fn take_up(system: &System, state: &Arc<WebhookState>, tasks: &mut JoinSet<()>) {
    let kernel = system.kernel();
    let mut renewed = Instant::now();
    loop {
        while let Some(ended) = tasks.try_join_next() {
            if let Err(cause) = ended {
                tracing::error!(%cause, "work on a webhook endpoint broke; it is taken up again when its lease ends");
            }
        }
        let room = HELD.saturating_sub(state.held()).min(CLAIMED);
        let mut full = false;
        match keep_and_claim(system, state, &mut renewed, room).await {
            Ok(claimed) => {
                full = room > 0 && claimed.len() == room;
                for queue in claimed {
                    // One that is held here already, whose lease had lapsed, is worked on as before.
                    if let Some(line) = Line::new(kernel, state, queue) {
                        tasks.spawn(work(line));
                    }
                }
            }
            Err(error) => tracing::warn!(?error, "webhooks cannot be taken up, will be tried again"),
        }
        if !full {
            let _ = timeout(POLL, state.bell.notified()).await;
        }
    }
}

/// Gives a word for all that this node holds, when it is time, and takes up some more.
async fn keep_and_claim(
    system: &System,
    state: &WebhookState,
    renewed: &mut Instant,
    room: usize,
) -> Result<Vec<Queue>> {
    let (node, held) = (state.node(system.kernel()), state.endpoints());
    if renewed.elapsed() >= RENEW && !held.is_empty() {
        let until = system.kernel().now().plus(LEASE);
        system.maintain(async |tx| queue_store::renew(tx, node, &held, until).await).await?;
        *renewed = Instant::now();
    }
    if room == 0 { Ok(Vec::new()) } else { claim(system, node, room).await }
}

/// Sends all that is due now, once; for tests and tools that have no time to wait.
pub async fn run_due(kernel: &Kernel) -> Result<usize> {
    let state = state::of(kernel)?;
    let system = System::new(kernel, SystemTask::Webhooks);
    let mut done = 0;
    for queue in claim(&system, state.node(kernel), HELD).await? {
        if let Some(mut line) = Line::new(kernel, &state, queue) {
            line.linger = Duration::ZERO;
            line.work().await?;
            done += line.done;
        }
    }
    Ok(done)
}

async fn claim(system: &System, node: Uuid, most: usize) -> Result<Vec<Queue>> {
    let now = system.kernel().now();
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    system.maintain(async |tx| queue_store::claim(tx, node, now, now.plus(LEASE), most).await).await
}

/// Forgets some deliveries that ended long ago or whose endpoint was deleted, and looks after queues; whether there may be more to do.
pub async fn sweep(system: &System) -> Result<bool> {
    let now = system.kernel().now();
    let old = system.maintain(async |tx| store::sweep(tx, now.minus(KEPT), SWEPT).await).await?;
    let more = system.maintain(async |tx| store::sweep_leftovers(tx, SWEPT).await).await?;
    let repaired = system.maintain(async |tx| queue_store::repair(tx, now).await).await?;
    if repaired > 0 {
        tracing::error!(repaired, "queues of webhooks did not know what waited in them");
    }
    Ok(old > 0 || more)
}

async fn work(mut line: Line) {
    if let Err(error) = line.work().await {
        let endpoint = line.queue.endpoint_id;
        tracing::warn!(%endpoint, ?error, "work on a webhook endpoint failed; it is taken up again when its lease ends");
    }
}

/// The work on one endpoint's queue.
struct Line {
    kernel: Kernel,
    state: Arc<WebhookState>,
    system: System,
    node: Uuid,
    queue: Queue,
    hold: Hold,
    /// The places of the endpoint's owner.
    own: Arc<Semaphore>,
    tasks: JoinSet<(Waiting, Option<Attempted>)>,
    under_way: HashSet<DeliveryId>,
    /// How many requests may be under way, as long as all succeed.
    window: usize,
    /// When the next request may begin, by the endpoint's rate.
    slot: Instant,
    /// Since when there is nothing to do.
    idle_since: Option<Instant>,
    linger: Duration,
    /// Whether another node has the queue now.
    lost: bool,
    done: usize,
}

/// What is to be done after a look at the queue.
enum Look {
    /// Requests are under way, or others may be begun.
    Busy,
    /// Nothing is due.
    Idle,
    /// The endpoint is not sent to.
    Stopped,
}

impl Line {
    /// The line of a queue that was claimed; `None` when this node works on it already.
    fn new(kernel: &Kernel, state: &Arc<WebhookState>, queue: Queue) -> Option<Self> {
        Some(Self {
            kernel: kernel.clone(),
            state: Arc::clone(state),
            system: System::new(kernel, SystemTask::Webhooks),
            node: state.node(kernel),
            hold: state.hold(queue.endpoint_id)?,
            own: state.places_of(queue.project_id, queue.tenant_id),
            queue,
            tasks: JoinSet::new(),
            under_way: HashSet::new(),
            window: AT_FIRST,
            slot: Instant::now(),
            idle_since: None,
            linger: LINGER,
            lost: false,
            done: 0,
        })
    }

    /// Works until nothing is due, the endpoint needs rest, or another node has taken over.
    async fn work(&mut self) -> Result<()> {
        loop {
            let stops = self.lost || self.state.is_stopping();
            let look = if stops {
                Look::Stopped
            } else if self.under_way.len() < self.width() {
                self.look().await?
            } else {
                Look::Busy
            };
            match look {
                Look::Stopped if self.under_way.is_empty() => return self.release(None).await,
                Look::Idle if self.under_way.is_empty() => {
                    let since = *self.idle_since.get_or_insert_with(Instant::now);
                    // However often the bell rings for nothing, an idle queue is given back in the end.
                    let left = self.linger.saturating_sub(since.elapsed());
                    if left.is_zero() || timeout(left, self.hold.bell.notified()).await.is_err() {
                        return self.release(None).await;
                    }
                }
                _ => {
                    self.idle_since = None;
                    if let Some(rest) = self.settle().await? {
                        return self.release(Some(rest)).await;
                    }
                }
            }
        }
    }

    /// Requests that may be under way: one, as long as the endpoint fails.
    fn width(&self) -> usize {
        if self.queue.failures > 0 { 1 } else { self.window }
    }

    /// Begins what is due.
    async fn look(&mut self) -> Result<Look> {
        let state = Arc::clone(&self.state);
        let turn = state.database.acquire().await;
        let mut tx = self.system.read_project(self.queue.project_id).await?;
        let Some(stored) = super::store::find(&mut tx, self.queue.endpoint_id).await? else {
            return Ok(Look::Stopped);
        };
        if stored.endpoint.status != WebhookStatus::Enabled {
            return Ok(Look::Stopped);
        }
        let ordered = stored.endpoint.ordered;
        if ordered && !self.under_way.is_empty() {
            return Ok(Look::Busy);
        }
        let now = self.kernel.now();
        let waiting = if ordered {
            let first = store::first(&mut tx, &self.queue).await?;
            first.into_iter().filter(|first| first.next_at <= now).collect()
        } else {
            let room = i64::try_from(self.width().saturating_sub(self.under_way.len())).unwrap_or(0);
            store::due(&mut tx, self.queue.endpoint_id, now, self.under_way.iter().copied(), room).await?
        };
        if waiting.is_empty() {
            return Ok(if self.under_way.is_empty() { Look::Idle } else { Look::Busy });
        }
        let ids: Vec<Uuid> = waiting.iter().map(|one| one.event_id).collect();
        let events = log::service::events_with(&mut tx, &ids, self.queue.tenant_id).await?;
        drop(tx);
        drop(turn);
        let target = Arc::new(Target::of(&self.kernel, &stored)?);
        for one in waiting {
            let event = events.get(&one.event_id).map(serde_json::to_string).transpose()?;
            let body = one.payload.clone().or(event);
            self.begin(&target, one, body, stored.endpoint.rate_limit);
        }
        Ok(Look::Busy)
    }

    fn begin(&mut self, target: &Arc<Target>, one: Waiting, body: Option<String>, rate: Option<u32>) {
        self.under_way.insert(one.id);
        let begins = self.slot.max(Instant::now());
        if let Some(rate) = rate {
            self.slot = begins + Duration::from_secs(1) / rate.max(1);
        }
        let (kernel, state, target) = (self.kernel.clone(), Arc::clone(&self.state), Arc::clone(target));
        let (failing, own) = (self.queue.failures > 0, Arc::clone(&self.own));
        self.tasks.spawn(async move {
            let Some(body) = body else { return (one, None) };
            sleep(begins.saturating_duration_since(Instant::now())).await;
            let _own = own.acquire().await;
            let _place = state.place(failing).await;
            let message = Message { event: EntryId::from_uuid(one.event_id), number: one.attempts + 1, body };
            let attempted = attempt::send(&kernel, &state.outbound, &target, message).await;
            (one, Some(attempted))
        });
    }

    /// Waits until something ends, or until there may be something to begin, and writes down what ended. How long the endpoint is left
    /// alone, if it is.
    async fn settle(&mut self) -> Result<Option<Duration>> {
        let mut ended = Vec::new();
        tokio::select! {
            joined = self.tasks.join_next() => ended.extend(joined.transpose().map_err(Error::internal)?),
            () = self.hold.bell.notified(), if self.under_way.len() < self.width() => {}
        }
        while let Some(joined) = self.tasks.try_join_next() {
            ended.push(joined.map_err(Error::internal)?);
        }
        if ended.is_empty() {
            return Ok(None);
        }
        self.conclude(ended).await
    }

    async fn conclude(&mut self, ended: Vec<(Waiting, Option<Attempted>)>) -> Result<Option<Duration>> {
        let now = self.kernel.now();
        let (mut gone, mut last_failed) = (false, false);
        let mut outcomes = Vec::with_capacity(ended.len());
        for (one, attempted) in ended {
            self.under_way.remove(&one.id);
            // What a test meets says nothing of the events: whoever looks for trouble must not make some.
            let counts = |attempted: &&Attempted| one.payload.is_none() || attempted.succeeded();
            if let Some(attempted) = attempted.as_ref().filter(counts) {
                last_failed = !attempted.succeeded();
                gone |= attempted.is_gone();
                if last_failed {
                    self.queue.failures += 1;
                    self.window = AT_FIRST;
                    self.queue.failing_since.get_or_insert(attempted.log.started_at);
                } else {
                    (self.queue.failures, self.queue.failing_since) = (0, None);
                    self.window = (self.window + 1).min(UNDER_WAY);
                }
            }
            outcomes.push(self.outcome(&one, attempted, now));
        }
        self.done += outcomes.len();
        let _turn = self.state.database.acquire().await;
        let (queue, node) = (&self.queue, self.node);
        let write = async |tx: &mut carcosa_kernel::Tx| {
            let held = queue_store::fare(tx, queue, node).await?;
            // Whether or not the queue is still ours: these requests were made.
            store::conclude(tx, queue, &outcomes).await?;
            Ok(held)
        };
        let mut written = self.system.maintain(write).await;
        for pause in RETRIES {
            let Err(error) = &written else { break };
            // What is not written down is sent again.
            tracing::warn!(?error, "what became of webhooks cannot be written down, will be tried again");
            sleep(pause).await;
            written = self.system.maintain(write).await;
        }
        self.lost = !written?;
        if !self.lost {
            self.stop_if_hopeless(gone, now).await?;
        }
        Ok(if last_failed { model::rest(self.queue.failures) } else { None })
    }

    fn outcome(&self, one: &Waiting, attempted: Option<Attempted>, at: Timestamp) -> Outcome {
        let ended =
            |status| Outcome { delivery: one.id, status, attempt: None, next_at: None, error: None, at };
        let Some(attempted) = attempted else {
            let error = Some("the event is no longer there: retention removed it".to_owned());
            return Outcome { error, ..ended(DeliveryStatus::Canceled) };
        };
        let (succeeded, gone) = (attempted.succeeded(), attempted.is_gone());
        let (error, wish) = (attempted.log.error.clone(), attempted.wish);
        let number = attempted.log.number;
        let attempt = Some(attempted.log);
        if succeeded {
            return Outcome { attempt, ..ended(DeliveryStatus::Succeeded) };
        }
        // A test is tried once: whoever asked for it looks at it now.
        let again =
            if gone || one.payload.is_some() { None } else { model::pause(number, wish, self.chance()) };
        match again {
            Some(pause) => {
                Outcome { attempt, error, next_at: Some(at.plus(pause)), ..ended(DeliveryStatus::Pending) }
            }
            None => Outcome { attempt, error, ..ended(DeliveryStatus::Failed) },
        }
    }

    fn chance(&self) -> u16 {
        let mut bytes = [0; 2];
        self.kernel.fill_random(&mut bytes);
        u16::from_be_bytes(bytes)
    }

    async fn stop_if_hopeless(&self, gone: bool, now: Timestamp) -> Result<()> {
        let failing = self.queue.failing_since.is_some_and(|since| now.since(since) >= model::GIVES_UP_AFTER);
        let reason = match (gone, failing) {
            (true, _) => DisabledReason::Gone,
            (_, true) => DisabledReason::Failing,
            _ => return Ok(()),
        };
        service::disable(&self.system, self.queue.project_id, self.queue.endpoint_id, reason).await
    }

    /// Gives the queue back, and says when it is due again.
    async fn release(&mut self, rest: Option<Duration>) -> Result<()> {
        // What is still under way is told apart from what waits only by this task.
        let mut ended = Vec::new();
        while let Some(joined) = self.tasks.join_next().await {
            ended.push(joined.map_err(Error::internal)?);
        }
        if !ended.is_empty() {
            self.conclude(ended).await?;
        }
        let _turn = self.state.database.acquire().await;
        let (queue, node) = (&self.queue, self.node);
        let rest_until = rest.map(|rest| self.kernel.now().plus(rest));
        let give_back = async |tx: &mut carcosa_kernel::Tx| {
            // Locked first: whoever makes something due waits, and then finds the queue free.
            if queue_store::hold_queue(tx, queue, node).await?.is_none() {
                return Ok(());
            }
            let due = queue_store::next_due(tx, queue).await?;
            let due = due.map(|due| rest_until.map_or(due, |rest| due.max(rest)));
            queue_store::release(tx, queue, node, due, rest_until).await
        };
        self.system.maintain(give_back).await
    }
}
