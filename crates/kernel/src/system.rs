//! Work that belongs to no caller: background tasks, start-up, and the operator's own console.

use carcosa_types::{ProjectId, TenantId};

use crate::access::{CallerKind, write_as};
use crate::db::Scope;
use crate::{Caller, Kernel, Result, Tx, Write};

/// Why system access is taken. A checked-in list of the call sites keeps them few.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemTask {
    /// Finding the key or tenant that a request names, before any access is decided.
    Directory,
    /// Reading the log as it grows, to forget what changed.
    Follower,
    /// Putting committed changes in order and telling the other nodes.
    Sequencer,
    /// Running jobs and tidying up.
    Jobs,
    /// First start: the first operator, project and key.
    Bootstrap,
    /// The operator at the machine's own console, and health checks.
    Console,
    /// Ending sign-ins of users that someone else may have taken.
    Tokens,
    /// Signing operators in and out, before and beside any access.
    SignIn,
    /// Reading and writing the installation's wrapped keys.
    Secrets,
    /// Leasing credits of API keys, and noting when keys were used.
    Keys,
    /// Making and sending deliveries of webhooks.
    Webhooks,
}

/// Access to the installation as a whole, for one task.
pub struct System {
    kernel: Kernel,
    task: SystemTask,
}

impl System {
    /// Takes system access for a task.
    #[must_use]
    pub fn new(kernel: &Kernel, task: SystemTask) -> Self {
        Self { kernel: kernel.clone(), task }
    }

    /// The server.
    #[must_use]
    pub const fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// Reads across the installation.
    pub async fn read(&self) -> Result<Tx> {
        match self.task {
            SystemTask::Sequencer | SystemTask::Follower | SystemTask::Jobs => {
                self.kernel.database().begin_background_read().await
            }
            _ => self.kernel.database().begin_read(Scope::System).await,
        }
    }

    /// Reads one project.
    pub async fn read_project(&self, project: ProjectId) -> Result<Tx> {
        self.kernel.database().begin_read(Scope::Project(project)).await
    }

    /// Changes bookkeeping across the installation: order numbers, leases. State of projects is changed by
    /// [`write_project`](Self::write_project), which records it.
    pub async fn maintain<T, F>(&self, work: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut Tx) -> Result<T>,
    {
        let database = self.kernel.database();
        // Many endpoints at a time would keep the node's own upkeep waiting for its few connections.
        let mut tx = match self.task {
            SystemTask::Webhooks => database.begin_write(Scope::System).await?,
            _ => database.begin_background_write().await?,
        };
        let value = work(&mut tx).await?;
        tx.commit().await?;
        Ok(value)
    }

    /// Changes one project in the name of the system; must be recorded like any other change.
    pub async fn write_project(&self, project: ProjectId) -> Result<Write> {
        let kind = match self.task {
            SystemTask::Bootstrap | SystemTask::Console => CallerKind::Cli,
            _ => CallerKind::System,
        };
        write_as(&self.kernel, Caller::internal(kind, project), Scope::Project(project), None).await
    }

    /// Makes a project, and what the installation needs before its first: an operator.
    pub async fn found_project(&self, project: ProjectId) -> Result<Write> {
        write_as(&self.kernel, Caller::internal(CallerKind::Cli, project), Scope::Founding(project), None)
            .await
    }

    /// Changes one tenant in the name of the system.
    pub async fn write_tenant(&self, project: ProjectId, tenant: TenantId) -> Result<Write> {
        let caller = Caller::internal(CallerKind::System, project);
        write_as(&self.kernel, caller, Scope::Tenant(project, tenant), None).await
    }
}
