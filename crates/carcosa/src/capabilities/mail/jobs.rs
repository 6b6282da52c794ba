//! Background work of mail.

use std::pin::Pin;
use std::sync::Arc;

use carcosa_kernel::jobs::{Handler, Job, Outcome, Worker};
use carcosa_kernel::{Result, System};

use super::service::{self, SEND};

/// Adds the handlers of this capability.
#[must_use]
pub fn handlers(worker: Worker) -> Worker {
    worker.with(SEND, Arc::new(SendMail))
}

struct SendMail;

impl Handler for SendMail {
    fn run<'a>(
        &'a self,
        system: &'a System,
        job: &'a Job,
    ) -> Pin<Box<dyn Future<Output = Result<Outcome>> + Send + 'a>> {
        Box::pin(service::deliver(system.kernel(), job))
    }
}
