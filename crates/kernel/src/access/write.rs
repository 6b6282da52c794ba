//! Transactions that change something, and what their commit needs.

use serde::Serialize;

use super::Caller;
use crate::db::Scope;
use crate::idempotency::{self, Claim};
use crate::jobs::NewJob;
use crate::log::{Entry, Recorder};
use crate::{Error, Kernel, Result, Tx};

/// A transaction that changes something. Dropping it undoes everything.
pub struct Write {
    kernel: Kernel,
    caller: Caller,
    tx: Tx,
    recorder: Recorder,
    claim: Option<Claim>,
    jobs: Vec<NewJob>,
}

/// Proof that a change was recorded in the log. Needed to commit.
#[must_use = "commit with it"]
pub struct Receipt(());

pub(crate) async fn write_as(
    kernel: &Kernel,
    caller: Caller,
    scope: Scope,
    claim: Option<Claim>,
) -> Result<Write> {
    let mut tx = kernel.database().begin_write(scope).await?;
    if let Some(claim) = &claim {
        idempotency::claim(kernel, &mut tx, (caller.project, caller.id()), claim).await?;
    }
    Ok(Write { kernel: kernel.clone(), caller, tx, recorder: Recorder::default(), claim, jobs: Vec::new() })
}

impl std::ops::Deref for Write {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        &self.tx
    }
}
impl std::ops::DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}

impl Write {
    /// The server.
    #[must_use]
    pub const fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// Who is writing.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Records a change in the log: at once event and audit entry.
    pub fn record(&mut self, entry: Entry) -> Receipt {
        self.recorder.add(entry);
        Receipt(())
    }

    /// Adds work that is done if, and only if, this commits.
    pub fn enqueue(&mut self, job: NewJob) {
        self.jobs.push(job);
    }

    /// Commits what nobody follows, such as which refresh token comes next. Few places do; a test holds the list of them.
    pub async fn commit_unrecorded<T: Serialize>(mut self, answer: T) -> Result<T> {
        let Self { kernel, caller, tx, recorder, claim, jobs } = &mut self;
        if !recorder.is_empty() || !jobs.is_empty() {
            return Err(Error::internal("what was recorded must be committed with its receipt"));
        }
        keep_answer(kernel, caller, tx, claim.as_ref(), &answer).await?;
        self.tx.commit().await?;
        Ok(answer)
    }

    /// Commits state, log, jobs and the stored answer as one.
    pub async fn commit<T: Serialize>(mut self, _receipt: Receipt, answer: T) -> Result<T> {
        let Self { kernel, caller, tx, recorder, claim, jobs } = &mut self;
        for job in jobs.iter() {
            crate::jobs::insert(kernel, tx, job).await?;
        }
        let touched = recorder.write(kernel, caller, tx).await?;
        keep_answer(kernel, caller, tx, claim.as_ref(), &answer).await?;
        let (kernel, woken) = (self.kernel, !self.jobs.is_empty());
        self.tx.commit().await?;
        kernel.directory().forget(&touched);
        kernel.wake_sequencer();
        if woken {
            kernel.wake_jobs();
        }
        Ok(answer)
    }
}

/// Stores the answer of a request that asked to be carried out at most once.
async fn keep_answer<T: Serialize>(
    kernel: &Kernel,
    caller: &Caller,
    tx: &mut Tx,
    claim: Option<&Claim>,
    answer: &T,
) -> Result<()> {
    let Some(claim) = claim else { return Ok(()) };
    let whose = (caller.project, caller.id());
    idempotency::complete(kernel, tx, whose, claim, &serde_json::to_vec(answer)?).await
}
