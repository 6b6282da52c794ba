//! Jobs: work enqueued in the transaction that causes it, done by any node, found again when a node dies.
//!
//! A job is claimed by a lease and done without holding a transaction, so it must be idempotent: a node that dies
//! after the work and before the note of it leaves the work to be done again.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use carcosa_types::{ProjectId, Timestamp};
use serde_json::Value as Json;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Kernel, Result, System, SystemTask, Tx, args};

/// How long a node may work on a job before another may take it over.
pub const LEASE: Duration = Duration::from_mins(1);
/// A claimed job is begun within this time or not at all, so that work of half a minute ends within the lease.
const BEGIN_WITHIN: Duration = Duration::from_secs(25);
/// A job that failed this often is given up: after about nine hours.
pub const MAX_FAILURES: i64 = 20;

/// Work to do.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Which handler does it.
    pub kind: &'static str,
    /// The project it concerns.
    pub project: ProjectId,
    /// What the handler needs to know.
    pub payload: Json,
    /// Not before this time.
    pub run_at: Timestamp,
}

/// A job that was claimed.
#[derive(Debug, Clone, FromRow)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// Which handler does it.
    pub kind: String,
    /// The project it concerns.
    pub project_id: ProjectId,
    /// What the handler needs to know.
    pub payload: Json,
    /// How often it has been claimed, this time included. Says which claim is the valid one.
    pub attempts: i64,
    /// How often it has failed.
    pub failures: i64,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done, or no longer needed.
    Done,
    /// Not yet: again at this time.
    Retry(Timestamp),
    /// Cannot be done; the reason is kept.
    Fail(String),
}

/// Does jobs of one kind.
pub trait Handler: Send + Sync + 'static {
    /// Does the job. An error counts as a try and is tried again later.
    fn run<'a>(
        &'a self,
        system: &'a System,
        job: &'a Job,
    ) -> Pin<Box<dyn Future<Output = Result<Outcome>> + Send + 'a>>;
}

crate::statements! {
    kernel INSERT = "INSERT INTO jobs (id, project_id, kind, payload, state, run_at, attempts, created_at)
        VALUES ($1, $2, $3, $4, 'queued', $5, 0, $6)";
    /// Takes due jobs, and those whose node let the lease run out.
    system CLAIM = sqlite "UPDATE jobs SET state = 'running', lease_until = $2, attempts = attempts + 1
        WHERE id IN (SELECT id FROM jobs WHERE (state = 'queued' AND run_at <= $1) OR (state = 'running' AND lease_until <= $1)
                     ORDER BY run_at, id LIMIT $3)
        RETURNING id, kind, project_id, payload, attempts, failures",
        postgres "UPDATE jobs SET state = 'running', lease_until = $2, attempts = attempts + 1
        WHERE id IN (SELECT id FROM jobs WHERE (state = 'queued' AND run_at <= $1) OR (state = 'running' AND lease_until <= $1)
                     ORDER BY run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING id, kind, project_id, payload, attempts, failures";
    /// Only by the node that still holds it: a job taken over has more attempts.
    system DONE = "DELETE FROM jobs WHERE id = $1 AND attempts = $2";
    system RETRY = "UPDATE jobs SET state = 'queued', run_at = $3, lease_until = NULL, last_error = $4, failures = $5
        WHERE id = $1 AND attempts = $2";
    system WAITING = "SELECT count(*) AS waiting, count(CASE WHEN run_at <= $1 THEN 1 END) AS due, min(run_at) AS oldest
        FROM jobs WHERE state = 'queued'";
    system FAILED = "SELECT count(*) AS count FROM jobs WHERE state = 'failed'";
    system FAIL = "UPDATE jobs SET state = 'failed', lease_until = NULL, last_error = $3 WHERE id = $1 AND attempts = $2";
}

pub(crate) async fn insert(kernel: &Kernel, tx: &mut Tx, job: &NewJob) -> Result<()> {
    let values =
        args![kernel.new_uuid(), job.project, job.kind, job.payload.clone(), job.run_at, kernel.now()];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

/// The handlers by the kind of job they do.
#[derive(Clone, Default)]
pub struct Worker(HashMap<&'static str, Arc<dyn Handler>>);

impl Worker {
    /// Adds a handler.
    #[must_use]
    pub fn with(mut self, kind: &'static str, handler: Arc<dyn Handler>) -> Self {
        self.0.insert(kind, handler);
        self
    }

    /// Claims up to `most` due jobs and does them one after another; how many it was.
    pub async fn run_due(&self, kernel: &Kernel, most: u32) -> Result<usize> {
        let system = System::new(kernel, SystemTask::Jobs);
        let now = kernel.now();
        let jobs: Vec<Job> =
            system.maintain(async |tx| tx.all(&CLAIM, args![now, now.plus(LEASE), most]).await).await?;
        for job in &jobs {
            // What was claimed and not begun by then is left for the next claim: another node may take it over soon, and a
            // mail must not be sent by both.
            if kernel.now().since(now) >= BEGIN_WITHIN {
                break;
            }
            self.run(&system, job).await?;
        }
        Ok(jobs.len())
    }

    async fn run(&self, system: &System, job: &Job) -> Result<()> {
        let now = system.kernel().now();
        let failures = job.failures + 1;
        let again = Outcome::Retry(now.plus(backoff(failures)));
        let (outcome, failures, error) = match self.0.get(job.kind.as_str()) {
            // Another version of the server may know it: leave it for that one.
            None => (again, job.failures, Some("unknown kind of job".to_owned())),
            Some(handler) => match handler.run(system, job).await {
                Ok(outcome) => (outcome, job.failures, None),
                Err(error) if failures >= MAX_FAILURES => (Outcome::Fail(error.to_string()), failures, None),
                Err(error) => {
                    tracing::warn!(job.kind, %job.id, failures, ?error, "job failed, will be tried again");
                    (again, failures, Some(error.to_string()))
                }
            },
        };
        if let Outcome::Fail(reason) = &outcome {
            tracing::error!(job.kind, %job.id, failures, reason, "job given up");
        }
        system
            .maintain(async |tx| match &outcome {
                Outcome::Done => tx.execute(&DONE, args![job.id, job.attempts]).await,
                Outcome::Retry(at) => {
                    tx.execute(&RETRY, args![job.id, job.attempts, *at, error, failures]).await
                }
                Outcome::Fail(reason) => tx.execute(&FAIL, args![job.id, job.attempts, reason]).await,
            })
            .await?;
        Ok(())
    }
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

/// Jobs that nobody works on.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Queued {
    /// How many, those for later included.
    pub waiting: i64,
    /// How many should have begun.
    pub due: i64,
    /// Since when the first of them should have begun, or when it shall.
    pub oldest: Option<Timestamp>,
}

/// The jobs that nobody works on.
pub async fn queued(tx: &mut Tx, now: Timestamp) -> Result<Queued> {
    tx.one(&WAITING, args![now]).await
}

/// How many jobs were given up.
pub async fn failed(system: &System) -> Result<i64> {
    count_failed(&mut system.read().await?).await
}

/// [`failed`], in a transaction that reads more.
pub async fn count_failed(tx: &mut Tx) -> Result<i64> {
    Ok(tx.one::<Count>(&FAILED, args![]).await?.count)
}

/// Twice as long after each failure: 1 s, 2 s, … at most an hour.
fn backoff(failures: i64) -> Duration {
    let doublings = u32::try_from(failures.clamp(1, 13) - 1).unwrap_or(0);
    Duration::from_secs(1 << doublings).min(Duration::from_hours(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_up_to_an_hour() {
        assert_eq!(backoff(1), Duration::from_secs(1));
        assert_eq!(backoff(5), Duration::from_secs(16));
        assert_eq!(backoff(12), Duration::from_secs(2048));
        assert_eq!(backoff(13), Duration::from_hours(1));
        assert_eq!(backoff(1000), Duration::from_hours(1));
    }
}
