//! Background work of operators.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use carcosa_kernel::jobs::{Handler, Job, Outcome, Worker};
use carcosa_kernel::{Result, System};

use super::recovery::{self, SEND_RESET};
use super::throttle::LONGEST_WINDOW;
use super::{session_store, token_store};

/// How long sessions that expired are kept.
const KEPT: Duration = Duration::from_hours(24 * 30);

/// Adds the handlers of this capability.
#[must_use]
pub fn handlers(worker: Worker) -> Worker {
    worker.with(SEND_RESET, Arc::new(SendReset))
}

struct SendReset;

impl Handler for SendReset {
    fn run<'a>(
        &'a self,
        system: &'a System,
        job: &'a Job,
    ) -> Pin<Box<dyn Future<Output = Result<Outcome>> + Send + 'a>> {
        Box::pin(async {
            let asked = serde_json::from_value(job.payload.clone())?;
            recovery::send_reset(system, &asked).await
        })
    }
}

/// Deletes what is over: failures, links, journeys to the provider of single sign-on, and sessions; how much it was.
pub async fn sweep(system: &System) -> Result<u64> {
    let now = system.kernel().now();
    system
        .maintain(async |tx| {
            let sessions = session_store::sweep(tx, now.minus(KEPT)).await?;
            Ok(sessions + token_store::sweep(tx, now, now.minus(LONGEST_WINDOW)).await?)
        })
        .await
}
