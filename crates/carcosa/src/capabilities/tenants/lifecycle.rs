//! Transitions of tenants, and their end.

use std::time::Duration;

use carcosa_kernel::jobs::{NewJob, Outcome};
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Error, InTenant, Result, System, Write};
use carcosa_types::event::TENANT_PURGED;
use carcosa_types::event_data::{Erasure, TenantPurged};
use carcosa_types::permission::{Mutates, TenantDelete, TenantTransition};
use carcosa_types::tenant::{Tenant, TenantStatus};
use carcosa_types::{ProjectId, TenantId};
use carcosa_web::IfMatch;
use serde::{Deserialize, Serialize};

use super::error::{TENANT_DELETED, TENANT_HAS_CHILDREN};
use super::model::{StoredTenant, Transition};
use super::service::{not_found, require_project_key, touched};
use super::store;
use crate::capabilities::{erase_tenant, keys, memberships, projects};

/// The kind of the job that purges a deleted tenant.
pub(super) const PURGE: &str = "tenants.purge";
/// When a tenant cannot be purged because it still has children.
const PURGE_AGAIN: Duration = Duration::from_hours(1);

/// Which tenant to purge.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PurgeJob {
    tenant_id: TenantId,
}

/// Activates, suspends, archives or restores.
pub async fn transition(
    access: &Access<TenantTransition, InTenant>,
    version: Option<i64>,
    transition: Transition,
    reason: Option<String>,
) -> Result<Tenant> {
    carry_out(access, version, transition, reason).await
}

/// Deletes, restorable for the project's retention time.
pub async fn delete(
    access: &Access<TenantDelete, InTenant>,
    version: Option<i64>,
    reason: Option<String>,
) -> Result<Tenant> {
    carry_out(access, version, Transition::Delete, reason).await
}

async fn carry_out<P: Mutates>(
    access: &Access<P, InTenant>,
    version: Option<i64>,
    transition: Transition,
    reason: Option<String>,
) -> Result<Tenant> {
    require_project_key(access.caller())?;
    let project = projects::service::settings(access.kernel(), access.project()).await?;
    // Deleting and restoring depend on the tenants above and below.
    let of_hierarchy = matches!(transition, Transition::Delete | Transition::Restore);
    let mut write = if of_hierarchy { access.write_across_tenants().await? } else { access.write().await? };
    if of_hierarchy {
        store::lock_hierarchy(&mut write).await?;
    }
    let before = store::lock(&mut write).await?.ok_or_else(not_found)?;
    IfMatch::check(version, before.tenant.version)?;
    let now = write.kernel().now();
    let retention = Duration::from_hours(24 * u64::from(project.settings.retention_days));
    let mut stored = before.clone();
    transition.apply(&mut stored, reason.clone(), now, now.plus(retention))?;
    match transition {
        Transition::Delete => {
            check_childless(&mut write).await?;
            write.enqueue(purge_job(access.project(), &stored.tenant)?);
        }
        Transition::Restore => check_parent(&mut write, &stored).await?,
        _ => {}
    }
    stored.tenant.updated_at = now;
    stored.tenant.version += 1;
    store::update(&mut write, &stored).await?;
    let entry = Entry::new(transition.event(), stored.tenant.id, &stored.tenant)?
        .of_tenant(stored.tenant.id)
        .before(&before.tenant)?
        .because(reason)
        .touching(touched(&mut write, &stored.tenant).await?);
    let receipt = write.record(entry);
    write.commit(receipt, stored.tenant).await
}

async fn check_childless(write: &mut Write) -> Result<()> {
    if store::has_living_children(write).await? {
        let detail = "The tenant has children that are not deleted; move or delete them first.";
        return Err(Error::new(TENANT_HAS_CHILDREN, detail));
    }
    Ok(())
}

async fn check_parent(write: &mut Write, stored: &StoredTenant) -> Result<()> {
    let Some(parent) = stored.tenant.parent_id else { return Ok(()) };
    write.focus(parent)?;
    let parent = store::find(write).await?;
    write.focus(stored.tenant.id)?;
    if parent.is_some_and(|parent| parent.tenant.status == TenantStatus::Deleted) {
        return Err(Error::new(TENANT_DELETED, "The tenant's parent is deleted; restore it first."));
    }
    Ok(())
}

fn purge_job(project: ProjectId, tenant: &Tenant) -> Result<NewJob> {
    let payload = serde_json::to_value(PurgeJob { tenant_id: tenant.id })?;
    Ok(NewJob { kind: PURGE, project, payload, run_at: tenant.purge_at.unwrap_or_default() })
}

/// Erases a tenant whose retention has ended. A tenant that was restored, or is gone, is left alone.
pub(super) async fn purge(system: &System, project: ProjectId, job: &PurgeJob) -> Result<Outcome> {
    let mut write = system.write_project(project).await?;
    store::lock_hierarchy(&mut write).await?;
    write.focus(job.tenant_id)?;
    let Some(stored) = store::lock(&mut write).await? else { return Ok(Outcome::Done) };
    let now = write.kernel().now();
    match stored.tenant.purge_at {
        None => return Ok(Outcome::Done),
        Some(at) if at > now => return Ok(Outcome::Retry(at)),
        Some(_) => {}
    }
    if store::has_children(&mut write).await? {
        return Ok(Outcome::Retry(now.plus(PURGE_AGAIN)));
    }
    let mut forget = touched(&mut write, &stored.tenant).await?;
    forget.extend(keys::service::touched_of_tenant(&mut write).await?);
    forget.extend(memberships::service::touched_of_tenant(&mut write).await?);
    let rows = erase_tenant(&mut write, now).await?;
    let erasure = Erasure {
        object: "erasure".to_owned(),
        project_id: project,
        tenant_id: job.tenant_id,
        deleted_at: stored.tenant.deleted_at,
        erased_at: now,
        rows: rows.into_iter().map(|(table, count)| (table.to_owned(), count)).collect(),
    };
    let record = serde_json::to_string(&erasure)?;
    let proof = write.kernel().secrets().attest(record.as_bytes())?;
    store::insert_erasure(&mut write, &record, &proof, now).await?;
    let data = TenantPurged { record, signature: proof.signature, public_key: proof.public_key };
    let receipt = write.record(Entry::new(TENANT_PURGED, job.tenant_id, &data)?.touching(forget));
    write.commit(receipt, ()).await?;
    Ok(Outcome::Done)
}
