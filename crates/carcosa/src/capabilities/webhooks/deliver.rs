//! The senders: each endpoint's queue is held by one node at a time, by a task of its own.
//!
//! A task loads what is due, has some requests under way, and writes down together what became of them. While it holds the queue it
//! renews the lease; a node that dies is replaced when the lease ends, and what it had not written down is sent again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use carcosa_kernel::{Kernel, Result, System, SystemTask};
use carcosa_types::webhook::{DeliveryStatus, DisabledReason, WebhookStatus};
use carcosa_types::{DeliveryId, EntryId, Timestamp};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::attempt::{self, Attempted, Message, Target};
use super::delivery_store::{self as store, Outcome, Queue, Waiting};
use super::state::{self, WebhookState};
use super::{model, service};
use crate::capabilities::log;

/// How long a queue is held without a word.
const LEASE: Duration = Duration::from_secs(30);
/// How often that word is given.
const RENEW: Duration = Duration::from_secs(10);
/// How long a queue is kept in which nothing is due: the next event is sent without taking it up anew.
const LINGER: Duration = Duration::from_secs(2);
/// Requests under way to one endpoint.
const UNDER_WAY: usize = 8;
/// Queues held by one node.
const HELD: usize = 4096;
/// Queues taken up at a time.
const CLAIMED: usize = 64;
/// How often a node looks for queues without a hint.
const POLL: Duration = Duration::from_millis(500);
/// How long what became of deliveries is kept.
pub const KEPT: Duration = Duration::from_hours(30 * 24);

/// Takes up queues and works on them, for ever.
pub async fn run(kernel: Kernel) -> Result<()> {
    let state = state::of(&kernel)?;
    let holder = state.holder(&kernel);
    let system = System::new(&kernel, SystemTask::Webhooks);
    let mut tasks = JoinSet::new();
    loop {
        while tasks.try_join_next().is_some() {}
        let room = HELD.saturating_sub(state.held()).min(CLAIMED);
        let claimed = if room == 0 { Vec::new() } else { claim(&system, holder, room).await? };
        let full = claimed.len() == room;
        for queue in claimed {
            tasks.spawn(work(kernel.clone(), Arc::clone(&state), holder, queue));
        }
        if !full || room == 0 {
            let _ = timeout(POLL, state.bell.notified()).await;
        }
    }
}

/// Sends all that is due now, once; for tests and tools that have no time to wait.
pub async fn run_due(kernel: &Kernel) -> Result<usize> {
    let state = state::of(kernel)?;
    let holder = state.holder(kernel);
    let system = System::new(kernel, SystemTask::Webhooks);
    let mut done = 0;
    for queue in claim(&system, holder, HELD).await? {
        let mut line = Line::new(kernel, &state, holder, queue);
        line.lingers = false;
        done += line.run().await?;
    }
    Ok(done)
}

async fn claim(system: &System, holder: Uuid, most: usize) -> Result<Vec<Queue>> {
    let now = system.kernel().now();
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    system.maintain(async |tx| store::claim(tx, holder, now, now.plus(LEASE), most).await).await
}

/// Gives back all that this node holds, when it stops: others need not wait for the leases to end.
pub async fn let_go(kernel: &Kernel) -> Result<()> {
    let holder = state::of(kernel)?.holder(kernel);
    let now = kernel.now();
    let system = System::new(kernel, SystemTask::Webhooks);
    system.maintain(async |tx| store::let_go(tx, holder, now).await).await
}

/// Forgets deliveries that ended long ago; how many it was.
pub async fn sweep(system: &System) -> Result<u64> {
    let before = system.kernel().now().minus(KEPT);
    system.maintain(async |tx| store::sweep(tx, before, 1000).await).await
}

async fn work(kernel: Kernel, state: Arc<WebhookState>, holder: Uuid, queue: Queue) {
    let endpoint = queue.endpoint_id;
    if let Err(error) = Line::new(&kernel, &state, holder, queue).run().await {
        tracing::warn!(%endpoint, ?error, "work on a webhook endpoint failed; it is taken up again when the lease ends");
    }
}

/// The work on one endpoint's queue.
struct Line<'a> {
    kernel: &'a Kernel,
    state: &'a Arc<WebhookState>,
    system: System,
    holder: Uuid,
    queue: Queue,
    bell: Arc<Notify>,
    tasks: JoinSet<(Waiting, Option<Attempted>)>,
    under_way: HashSet<DeliveryId>,
    /// When the next request may begin, by the endpoint's rate.
    slot: Instant,
    renewed: Instant,
    lingers: bool,
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

impl<'a> Line<'a> {
    fn new(kernel: &'a Kernel, state: &'a Arc<WebhookState>, holder: Uuid, queue: Queue) -> Self {
        Self {
            kernel,
            state,
            system: System::new(kernel, SystemTask::Webhooks),
            holder,
            bell: state.hold(queue.endpoint_id),
            queue,
            tasks: JoinSet::new(),
            under_way: HashSet::new(),
            slot: Instant::now(),
            renewed: Instant::now(),
            lingers: true,
            done: 0,
        }
    }

    /// Works until nothing is due, the endpoint needs rest, or another node has taken over; how many deliveries ended or were put off.
    async fn run(mut self) -> Result<usize> {
        let worked = self.work().await;
        self.state.let_go(self.queue.endpoint_id);
        worked.map(|()| self.done)
    }

    async fn work(&mut self) -> Result<()> {
        loop {
            if self.renewed.elapsed() >= RENEW && !self.renew().await? {
                return Ok(());
            }
            let look = if self.under_way.len() < self.width() { self.look().await? } else { Look::Busy };
            match look {
                Look::Stopped if self.under_way.is_empty() => return self.release(None).await,
                Look::Idle if self.under_way.is_empty() => {
                    if !self.lingers || timeout(LINGER, self.bell.notified()).await.is_err() {
                        return self.release(None).await;
                    }
                }
                _ => {
                    if let Some(rest) = self.settle().await? {
                        return self.release(Some(rest)).await;
                    }
                }
            }
        }
    }

    /// Requests that may be under way: one, as long as the endpoint fails.
    fn width(&self) -> usize {
        if self.queue.failures > 0 { 1 } else { UNDER_WAY }
    }

    async fn renew(&mut self) -> Result<bool> {
        let until = self.kernel.now().plus(LEASE);
        let (queue, holder) = (&self.queue, self.holder);
        let held = self.system.maintain(async |tx| store::renew(tx, queue, holder, until).await).await?;
        self.renewed = Instant::now();
        Ok(held)
    }

    /// Begins what is due.
    async fn look(&mut self) -> Result<Look> {
        let _turn = self.state.database.acquire().await;
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
            let room = i64::try_from(self.width() - self.under_way.len()).unwrap_or(0);
            store::due(&mut tx, self.queue.endpoint_id, now, self.under_way.iter().copied(), room).await?
        };
        if waiting.is_empty() {
            return Ok(if self.under_way.is_empty() { Look::Idle } else { Look::Busy });
        }
        let ids: Vec<Uuid> = waiting.iter().map(|one| one.event_id).collect();
        let events = log::service::events_with(&mut tx, &ids, self.queue.tenant_id).await?;
        drop(tx);
        let target = Arc::new(Target::of(self.kernel, &stored)?);
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
        let (kernel, state, target) = (self.kernel.clone(), Arc::clone(self.state), Arc::clone(target));
        let failing = self.queue.failures > 0;
        self.tasks.spawn(async move {
            let Some(body) = body else { return (one, None) };
            sleep(begins.saturating_duration_since(Instant::now())).await;
            // Those who fail wait for each other, not for the places of the others.
            let _place =
                if failing { state.failing_places.acquire().await } else { state.places.acquire().await };
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
            joined = self.tasks.join_next() => ended.extend(joined.and_then(std::result::Result::ok)),
            () = self.bell.notified(), if self.under_way.len() < self.width() => {}
            () = sleep(RENEW.saturating_sub(self.renewed.elapsed())) => {}
        }
        while let Some(joined) = self.tasks.try_join_next() {
            ended.extend(joined.ok());
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
            if let Some(attempted) = &attempted {
                last_failed = !attempted.succeeded();
                gone |= attempted.is_gone();
                if last_failed {
                    self.queue.failures += 1;
                    self.queue.failing_since.get_or_insert(attempted.log.started_at);
                } else {
                    (self.queue.failures, self.queue.failing_since) = (0, None);
                }
            }
            outcomes.push(self.outcome(&one, attempted, now));
        }
        self.done += outcomes.len();
        let _turn = self.state.database.acquire().await;
        let (queue, holder) = (&self.queue, self.holder);
        let write = async |tx: &mut carcosa_kernel::Tx| {
            // Whether or not the queue is still ours: these requests were made.
            store::fare(tx, queue, holder).await?;
            store::conclude(tx, queue, &outcomes).await
        };
        self.system.maintain(write).await?;
        self.stop_if_hopeless(gone, now).await?;
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
            ended.extend(joined.ok());
        }
        if !ended.is_empty() {
            self.conclude(ended).await?;
        }
        let _turn = self.state.database.acquire().await;
        let (queue, holder, now) = (&self.queue, self.holder, self.kernel.now());
        let give_back = async |tx: &mut carcosa_kernel::Tx| {
            // Locked first: what is made due from now on finds the queue free.
            if store::hold_queue(tx, queue, holder).await?.is_none() {
                return Ok(());
            }
            let due = store::next_due(tx, queue).await?;
            let due = due.map(|due| rest.map_or(due, |rest| due.max(now.plus(rest))));
            store::release(tx, queue, holder, due).await
        };
        self.system.maintain(give_back).await
    }
}
