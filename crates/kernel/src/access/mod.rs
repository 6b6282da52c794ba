//! Access: who may do what, decided before any data can be touched.
//!
//! An [`Access<P, At>`] says that a caller holds permission `P` in a place: a project or one tenant of it. It
//! has private fields and is made only by the [`Gate`]. Transactions come only from it, and writing ones only
//! when `P` is a permission that [`Mutates`]. A [`Write`] can be committed only with the [`Receipt`] of a
//! recorded change.
//!
//! Whoever holds an access that may change something can:
//!
//! ```no_run
//! use carcosa_kernel::log::Entry;
//! use carcosa_kernel::{Access, Result};
//! use carcosa_types::event::PROJECT_UPDATED;
//! use carcosa_types::permission::ProjectUpdate;
//! use carcosa_types::project::Project;
//!
//! async fn rename(access: &Access<ProjectUpdate>, project: Project) -> Result<()> {
//!     let mut write = access.write().await?;
//!     let receipt = write.record(Entry::new(PROJECT_UPDATED, project.id, &project)?);
//!     write.commit(receipt, ()).await
//! }
//! ```
//!
//! A permission to read opens no writing transaction:
//!
//! ```compile_fail,E0599
//! use carcosa_kernel::{Access, Result};
//! use carcosa_types::permission::ProjectRead;
//!
//! async fn rename(access: &Access<ProjectRead>) -> Result<()> {
//!     let write = access.write().await?;
//!     Ok(())
//! }
//! ```
//!
//! Nothing is committed that was not recorded:
//!
//! ```compile_fail,E0061
//! use carcosa_kernel::{Access, Result};
//! use carcosa_types::permission::ProjectUpdate;
//!
//! async fn rename(access: &Access<ProjectUpdate>) -> Result<()> {
//!     let write = access.write().await?;
//!     write.commit(()).await
//! }
//! ```
//!
//! A receipt cannot be made up:
//!
//! ```compile_fail,E0423
//! let receipt = carcosa_kernel::access::Receipt(());
//! ```
//!
//! Nor an access:
//!
//! ```compile_fail,E0451
//! use carcosa_kernel::{Access, InProject, Kernel};
//! use carcosa_types::permission::ProjectUpdate;
//!
//! fn forge(kernel: Kernel, access: Access<ProjectUpdate>) -> Access<ProjectUpdate> {
//!     Access { kernel, ..access }
//! }
//! ```
//!
//! And the database opens no transaction by itself:
//!
//! ```compile_fail,E0624
//! async fn peek(kernel: carcosa_kernel::Kernel, scope: u8) {
//!     let _ = kernel.database().begin_read(scope).await;
//! }
//! ```

mod caller;
mod decide;
mod gate;
pub mod session;
mod token;
mod write;

use std::marker::PhantomData;
use std::sync::Arc;

use carcosa_types::ProjectId;
use carcosa_types::permission::{Mutates, Permission};

pub use caller::{Caller, CallerKind, RequestContext};
pub use decide::{Decision, Holding, Question};
pub use gate::{Gate, refused_by_policy};
pub use token::{Claims, MAX_TOKEN_LEN, TokenRecord, is_token, live};
pub(crate) use write::write_as;
pub use write::{Receipt, Write};

use crate::db::Scope;
use crate::directory::TenantRecord;
use crate::idempotency::Claim;
use crate::{Kernel, Result, Tx};

/// A place of access: the project as a whole.
#[derive(Debug, Clone, Copy)]
pub struct InProject;

/// A place of access: one tenant of the project.
#[derive(Debug, Clone)]
pub struct InTenant(Arc<TenantRecord>);

/// A place of access: the installation as a whole, where only operators may be.
#[derive(Debug, Clone, Copy)]
pub struct InInstallation;

/// A caller holds `P` here. Proof, not data: only the [`Gate`] makes one.
pub struct Access<P, At = InProject> {
    kernel: Kernel,
    caller: Arc<Caller>,
    at: At,
    claim: Option<Claim>,
    permission: PhantomData<fn() -> P>,
}

impl<P, At> Access<P, At> {
    /// The server.
    #[must_use]
    pub const fn kernel(&self) -> &Kernel {
        &self.kernel
    }
    /// Who.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }
    /// The project.
    #[must_use]
    pub fn project(&self) -> ProjectId {
        self.caller.project
    }
    /// Makes the next write happen at most once.
    #[must_use]
    pub fn once(mut self, claim: Option<Claim>) -> Self {
        self.claim = claim;
        self
    }
}

impl<P: Permission> Access<P, InProject> {
    /// Reads the project.
    pub async fn read(&self) -> Result<Tx> {
        self.kernel.database().begin_read(Scope::Project(self.project())).await
    }
}

impl<P: Mutates> Access<P, InProject> {
    /// Changes the project.
    pub async fn write(&self) -> Result<Write> {
        let scope = Scope::Project(self.project());
        write_as(&self.kernel, (*self.caller).clone(), scope, self.claim.clone()).await
    }
}

impl<P: Permission> Access<P, InInstallation> {
    /// Reads the installation.
    pub async fn read(&self) -> Result<Tx> {
        self.kernel.database().begin_read(Scope::System).await
    }

    /// Reads the installation's own log, as a project's is read.
    pub async fn read_log(&self) -> Result<Tx> {
        self.kernel.database().begin_read(Scope::Project(ProjectId::INSTALLATION)).await
    }
}

impl<P: Mutates> Access<P, InInstallation> {
    /// Changes the installation. What is recorded goes into the installation's own log.
    pub async fn write(&self) -> Result<Write> {
        let scope = Scope::Founding(ProjectId::INSTALLATION);
        write_as(&self.kernel, (*self.caller).clone(), scope, self.claim.clone()).await
    }

    /// Makes a project, in whose log stands what is recorded.
    pub async fn found_project(&self, project: ProjectId) -> Result<Write> {
        let scope = Scope::Founding(project);
        write_as(&self.kernel, (*self.caller).clone(), scope, self.claim.clone()).await
    }
}

impl<P> Access<P, InTenant> {
    /// The tenant, as the directory knows it.
    #[must_use]
    pub fn tenant(&self) -> &TenantRecord {
        &self.at.0
    }
}

impl<P: Permission> Access<P, InTenant> {
    /// Reads the tenant, and nothing of any other.
    pub async fn read(&self) -> Result<Tx> {
        self.kernel.database().begin_read(Scope::Tenant(self.project(), self.at.0.id)).await
    }
}

impl<P: Mutates> Access<P, InTenant> {
    /// Changes the tenant, and nothing of any other.
    pub async fn write(&self) -> Result<Write> {
        let scope = Scope::Tenant(self.project(), self.at.0.id);
        write_as(&self.kernel, (*self.caller).clone(), scope, self.claim.clone()).await
    }

    /// Changes this tenant and others of the project in one transaction, for what concerns several: the
    /// hierarchy, and sharing. Few places do; a test holds the list of them.
    pub async fn write_across_tenants(&self) -> Result<Write> {
        let scope = Scope::Project(self.project());
        let mut write = write_as(&self.kernel, (*self.caller).clone(), scope, self.claim.clone()).await?;
        write.focus(self.at.0.id)?;
        Ok(write)
    }
}
