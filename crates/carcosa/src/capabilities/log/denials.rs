//! Writing the refusals that the kernel counted to the log.
//!
//! Those of a tenant stand in its stream, where the tenant finds them; those of a tenant that is not of the project, or gone,
//! stand in the project's. What cannot be written now is counted on and written later. What a node has counted and not written
//! is lost when it crashes: at most [`FLUSH_EVERY`] of refusals. They are no part of any change, so nothing else depends on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use carcosa_kernel::error::{DATABASE_UNAVAILABLE, STORAGE_FULL};
use carcosa_kernel::log::Entry;
pub use carcosa_kernel::log::denials::FLUSH_EVERY;
use carcosa_kernel::log::{Counted, Denial};
use carcosa_kernel::{Error, Kernel, Result, System, SystemTask, Write};
use carcosa_types::event::{ACCESS_DENIED, SIGN_IN_FAILED};
use carcosa_types::event_data::{AccessDenied, SignInFailed};
use carcosa_types::{ProjectId, TenantId, UntypedId};

use crate::capabilities::tenants;

/// Writes all that was counted; how many entries it was.
pub async fn flush(kernel: &Kernel) -> Result<u64> {
    let mut streams: BTreeMap<(ProjectId, Option<TenantId>), Vec<Counted>> = BTreeMap::new();
    let mut taken = kernel.denials().take().into_iter();
    while let Some(counted) = taken.next() {
        match stream(kernel, &counted).await {
            Ok(tenant) => streams.entry((counted.project, tenant)).or_default().push(counted),
            Err(error) => {
                kernel.denials().add(streams.into_values().flatten().chain([counted]).chain(taken));
                return Err(error);
            }
        }
    }
    let system = System::new(kernel, SystemTask::Jobs);
    let (mut written, mut failed): (u64, Option<Error>) = (0, None);
    for ((project, tenant), counted) in streams {
        // When the database is away it is away for all of them.
        if failed.as_ref().is_some_and(is_away) {
            kernel.denials().add(counted);
            continue;
        }
        match write(&system, project, tenant, &counted).await {
            Ok(()) => written += u64::try_from(counted.len()).unwrap_or(u64::MAX),
            Err(error) => {
                kernel.denials().add(counted);
                failed = Some(error);
            }
        }
    }
    failed.map_or(Ok(written), Err)
}

fn is_away(error: &Error) -> bool {
    [DATABASE_UNAVAILABLE, STORAGE_FULL].contains(&error.code())
}

/// The tenant in whose stream it belongs; `None` for the project's own.
async fn stream(kernel: &Kernel, counted: &Counted) -> Result<Option<TenantId>> {
    let Some(Denial::Access { tenant: Some(tenant), .. }) = &counted.first else { return Ok(None) };
    let found = kernel.directory().tenant(kernel, counted.project, tenant).await?;
    Ok(found.map(|found| found.id))
}

/// Writes those of one stream in one transaction.
async fn write(system: &System, project: ProjectId, tenant: Option<TenantId>, all: &[Counted]) -> Result<()> {
    if let Some(tenant) = tenant {
        let mut write = system.write_tenant(project, tenant).await?;
        // Held, so that nothing is written into a stream whose tenant is being purged.
        if tenants::service::hold(&mut write).await? {
            return record(write, project, Some(tenant), all).await;
        }
    }
    record(system.write_project(project).await?, project, None, all).await
}

async fn record(
    mut write: Write,
    project: ProjectId,
    tenant: Option<TenantId>,
    all: &[Counted],
) -> Result<()> {
    let mut receipt = None;
    for counted in all {
        receipt = Some(write.record(entry(counted, project, tenant)?));
    }
    match receipt {
        Some(receipt) => write.commit(receipt, ()).await,
        None => Ok(()),
    }
}

fn entry(counted: &Counted, project: ProjectId, tenant: Option<TenantId>) -> Result<Entry> {
    let Counted { first, count, first_at, last_at, .. } = counted;
    let (count, first_at, last_at) = (*count, *first_at, *last_at);
    let target = tenant.map_or_else(|| UntypedId::from(project), UntypedId::from);
    let entry = match first {
        Some(Denial::SignInFailed { account, ip, .. }) => {
            let ip = ip.map(|ip| ip.to_string());
            let account = account.text();
            Entry::new(SIGN_IN_FAILED, target, &SignInFailed { account, ip, count, first_at, last_at })?
        }
        Some(Denial::Access { caller, permission, code, .. }) => {
            let (permission, code) = (Some((*permission).to_owned()), Some((*code).to_owned()));
            let data = AccessDenied { permission, code, count, first_at, last_at };
            Entry::new(ACCESS_DENIED, target, &data)?.by(Arc::clone(caller))
        }
        None => {
            let data = AccessDenied { permission: None, code: None, count, first_at, last_at };
            Entry::new(ACCESS_DENIED, target, &data)?
        }
    };
    Ok(match tenant {
        Some(tenant) => entry.of_tenant(tenant),
        None => entry,
    })
}
