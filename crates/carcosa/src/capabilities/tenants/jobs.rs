//! Background work of tenants.

use std::pin::Pin;
use std::sync::Arc;

use carcosa_kernel::jobs::{Handler, Job, Outcome, Worker};
use carcosa_kernel::{Result, System};

use super::lifecycle::{self, PURGE};

/// Adds the handlers of this capability.
#[must_use]
pub fn handlers(worker: Worker) -> Worker {
    worker.with(PURGE, Arc::new(Purge))
}

struct Purge;

impl Handler for Purge {
    fn run<'a>(
        &'a self,
        system: &'a System,
        job: &'a Job,
    ) -> Pin<Box<dyn Future<Output = Result<Outcome>> + Send + 'a>> {
        Box::pin(async {
            let payload = serde_json::from_value(job.payload.clone())?;
            lifecycle::purge(system, job.project_id, &payload).await
        })
    }
}
