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
//!
//! async fn rename(access: &Access<ProjectUpdate>) -> Result<()> {
//!     let mut write = access.write().await?;
//!     let receipt = write.record(Entry::new(PROJECT_UPDATED, access.project(), &"…")?);
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
//!     let _ = kernel.database().begin_read(todo!()).await;
//! }
//! ```

use std::marker::PhantomData;
use std::sync::Arc;

use carcosa_types::permission::{Mutates, Permission};
use carcosa_types::{KeyId, PermissionSet, ProjectId, TenantId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::db::Scope;
use crate::directory::{TenantRecord, TenantRef};
use crate::error::{
    INVALID_KEY, KEY_DISABLED, KEY_EXPIRED, PERMISSION_DENIED, TENANT_NOT_ACTIVE, TENANT_NOT_FOUND,
    TENANT_SUSPENDED,
};
use crate::idempotency::{self, Claim};
use crate::jobs::NewJob;
use crate::log::{Entry, Recorder};
use crate::secrets::KeyHash;
use crate::{Error, Kernel, Result, Tx};

/// Where a request came from; recorded with every change.
#[derive(Debug, Clone, Default)]
pub struct RequestContext {
    /// The request's id.
    pub request_id: String,
    /// The caller's address.
    pub ip: Option<String>,
    /// What the caller says it is.
    pub user_agent: Option<String>,
}

/// What kind of caller this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// An API key.
    Key(KeyId),
    /// The operator at the machine's console.
    Cli,
    /// Background work.
    System,
}

/// Someone authenticated, and all they may do.
#[derive(Debug, Clone)]
pub struct Caller {
    kind: CallerKind,
    name: Option<String>,
    project: ProjectId,
    tenant: Option<TenantId>,
    permissions: PermissionSet,
    expires_at: Option<Timestamp>,
    context: RequestContext,
}

impl Caller {
    pub(crate) fn internal(kind: CallerKind, project: ProjectId) -> Self {
        let permissions = PermissionSet::all();
        let context = RequestContext::default();
        Self { kind, name: None, project, tenant: None, permissions, expires_at: None, context }
    }

    /// What kind of caller.
    #[must_use]
    pub const fn kind(&self) -> CallerKind {
        self.kind
    }
    /// A name for people.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
    /// The project it belongs to.
    #[must_use]
    pub const fn project(&self) -> ProjectId {
        self.project
    }
    /// The tenant it is confined to, if any.
    #[must_use]
    pub const fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }
    /// All it may do.
    #[must_use]
    pub const fn permissions(&self) -> PermissionSet {
        self.permissions
    }
    /// When its credential stops by itself.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }
    /// Where its request came from.
    #[must_use]
    pub const fn context(&self) -> &RequestContext {
        &self.context
    }
    fn id(&self) -> Uuid {
        match self.kind {
            CallerKind::Key(key) => key.uuid(),
            CallerKind::Cli | CallerKind::System => Uuid::nil(),
        }
    }
}

/// A place of access: the project as a whole.
#[derive(Debug, Clone, Copy)]
pub struct InProject;

/// A place of access: one tenant of the project.
#[derive(Debug, Clone)]
pub struct InTenant(Arc<TenantRecord>);

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

/// Decides access. The only maker of [`Access`] values.
#[derive(Clone)]
pub struct Gate {
    kernel: Kernel,
}

impl Gate {
    /// The gate of a server.
    #[must_use]
    pub fn new(kernel: &Kernel) -> Self {
        Self { kernel: kernel.clone() }
    }

    /// The server behind it.
    #[must_use]
    pub const fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// Who holds the key with this hash. Answered from memory when warm.
    pub async fn authenticate(&self, hashes: &[KeyHash], context: RequestContext) -> Result<Caller> {
        let now = self.kernel.now();
        let mut known = None;
        for hash in hashes {
            known = self.kernel.directory().key(&self.kernel, hash).await?;
            if known.is_some() {
                break;
            }
        }
        let key = known
            .filter(|key| key.usable_until.is_none_or(|until| now < until))
            .ok_or_else(|| Error::new(INVALID_KEY, "The API key is not known."))?;
        if !key.enabled {
            return Err(Error::new(KEY_DISABLED, "The API key is disabled."));
        }
        if key.expires_at.is_some_and(|at| at <= now) {
            return Err(Error::new(KEY_EXPIRED, "The API key has expired."));
        }
        Ok(Caller {
            kind: CallerKind::Key(key.id),
            name: Some(key.name.clone()),
            project: key.project_id,
            tenant: key.tenant_id,
            permissions: key.permissions,
            expires_at: key.expires_at,
            context,
        })
    }

    /// The operator at the machine's console, who may do everything in a project.
    #[must_use]
    pub fn console(&self, project: ProjectId) -> Caller {
        Caller::internal(CallerKind::Cli, project)
    }

    /// Access to the project as a whole.
    pub async fn in_project<P: Permission>(&self, caller: Caller) -> Result<Access<P>> {
        permit::<P>(&caller)?;
        if let Some(tenant) = caller.tenant {
            self.check_own_tenant(&caller, tenant).await?;
            return Err(Error::new(
                PERMISSION_DENIED,
                "This key belongs to one tenant and may not act on the project as a whole.",
            ));
        }
        Ok(self.access(caller, InProject))
    }

    /// Access to one tenant: finds it and decides, in one act. A tenant that is not the caller's to see is not
    /// found.
    pub async fn in_tenant<P: Permission>(
        &self,
        caller: Caller,
        tenant: &TenantRef,
    ) -> Result<Access<P, InTenant>> {
        permit::<P>(&caller)?;
        if let Some(own) = caller.tenant {
            self.check_own_tenant(&caller, own).await?;
        }
        let found = self
            .kernel
            .directory()
            .tenant(&self.kernel, caller.project, tenant)
            .await?
            .filter(|found| caller.tenant.is_none_or(|own| own == found.id))
            .ok_or_else(|| Error::new(TENANT_NOT_FOUND, "There is no such tenant in this project."))?;
        Ok(self.access(caller, InTenant(found)))
    }

    /// A tenant's own credentials stop with the tenant.
    async fn check_own_tenant(&self, caller: &Caller, own: TenantId) -> Result<()> {
        use carcosa_types::tenant::TenantStatus::{Active, Suspended};
        let record =
            self.kernel.directory().tenant(&self.kernel, caller.project, &TenantRef::Id(own)).await?;
        match record.map(|record| record.status) {
            Some(Active) => Ok(()),
            Some(Suspended) => {
                Err(Error::new(TENANT_SUSPENDED, "The tenant that owns this key is suspended."))
            }
            _ => Err(Error::new(TENANT_NOT_ACTIVE, "The tenant that owns this key is not active.")),
        }
    }

    fn access<P, At>(&self, caller: Caller, at: At) -> Access<P, At> {
        Access {
            kernel: self.kernel.clone(),
            caller: Arc::new(caller),
            at,
            claim: None,
            permission: PhantomData,
        }
    }
}

fn permit<P: Permission>(caller: &Caller) -> Result<()> {
    if caller.permissions.contains(P::ROW) {
        return Ok(());
    }
    Err(Error::new(PERMISSION_DENIED, format!("This needs the permission `{}`.", P::ROW.name)))
}

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
        idempotency::claim(kernel, &mut tx, caller.id(), claim).await?;
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

    /// Commits state, log, jobs and the stored answer as one.
    pub async fn commit<T: Serialize>(mut self, _receipt: Receipt, answer: T) -> Result<T> {
        let Self { kernel, caller, tx, recorder, claim, jobs } = &mut self;
        for job in jobs.iter() {
            crate::jobs::insert(kernel, tx, job).await?;
        }
        let touched = recorder.write(kernel, caller, tx).await?;
        if let Some(claim) = claim {
            let body = serde_json::to_vec(&answer)?;
            idempotency::complete(kernel, tx, caller.id(), claim, &body).await?;
        }
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
