//! Use cases of shares.

use carcosa_kernel::access::Receipt;
use carcosa_kernel::directory::TenantRef;
use carcosa_kernel::error::NOT_FOUND;
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Error, InTenant, Result, Window, Write};
use carcosa_types::event::{EventOf, SHARE_CREATED, SHARE_REVOKED};
use carcosa_types::page::Filters;
use carcosa_types::permission::{ShareCreate, ShareDelete, ShareRead};
use carcosa_types::tenant::{CreateShare, ListShares, MAX_SHARES, Share, TenantStatus};
use carcosa_types::{Page, ShareId, TenantId};
use carcosa_web::IfMatch;
use uuid::Uuid;

use super::error::{SHARE_EXISTS, TOO_MANY_SHARES};
use super::store;
use crate::capabilities::tenants;

/// Lets another tenant use a resource of this one.
pub async fn create(access: &Access<ShareCreate, InTenant>, new: CreateShare) -> Result<Share> {
    let (kernel, own) = (access.kernel(), access.tenant().id);
    let now = kernel.now();
    if new.expires_at.is_some_and(|at| at <= now) {
        return Err(Error::field("/expires_at", "in_the_past", "must lie in the future"));
    }
    let grantee = find_grantee(access, &new.grantee_id).await?;
    let mut write = access.write_across_tenants().await?;
    // In the order of their ids, so that two tenants sharing with each other do not wait for each other.
    for tenant in if own < grantee { [own, grantee] } else { [grantee, own] } {
        write.focus(tenant)?;
        tenants::service::hold_undeleted(&mut write).await?;
    }
    write.focus(own)?;
    if store::count(&mut write).await? >= MAX_SHARES {
        let detail = format!("The tenant shares {MAX_SHARES} resources, which is the most it can.");
        return Err(Error::new(TOO_MANY_SHARES, detail));
    }
    let share = Share {
        object: "share".to_owned(),
        id: kernel.new_id(),
        tenant_id: own,
        grantee_id: grantee,
        resource: new.resource,
        role: new.role,
        expires_at: new.expires_at,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    if !store::insert(&mut write, &share).await? {
        let detail = format!("“{}” is shared with that tenant already.", share.resource);
        return Err(Error::new(SHARE_EXISTS, detail).at("/resource"));
    }
    let receipt = record_on_both_sides(&mut write, SHARE_CREATED, &share)?;
    write.commit(receipt, share).await
}

async fn find_grantee(access: &Access<ShareCreate, InTenant>, name: &str) -> Result<TenantId> {
    let (kernel, place) = (access.kernel(), "/grantee_id");
    let found = match TenantRef::parse(name) {
        // A tenant's own credentials learn nothing of who else is there: they must know the other one's id.
        Some(TenantRef::Slug(_) | TenantRef::External(_)) if access.caller().tenant().is_some() => {
            return Err(Error::field(place, "id_needed", "must be the other tenant's id, ten_…"));
        }
        Some(name) => kernel.directory().tenant(kernel, access.project(), &name).await?,
        None => None,
    };
    match found {
        None => Err(Error::field(place, "tenant_not_found", "names no tenant of this project")),
        Some(found) if found.id == access.tenant().id => {
            Err(Error::field(place, "own_tenant", "must be another tenant"))
        }
        Some(found) if found.status == TenantStatus::Deleted => {
            Err(Error::field(place, "tenant_not_found", "names no tenant of this project"))
        }
        Some(found) => Ok(found.id),
    }
}

/// Audited on both sides: one entry in each tenant's stream. The grantee need not know who at the other tenant it was.
fn record_on_both_sides(write: &mut Write, kind: EventOf<Share>, share: &Share) -> Result<Receipt> {
    let _ = write.record(Entry::new(kind, share.id, share)?.of_tenant(share.grantee_id).hiding_caller());
    Ok(write.record(Entry::new(kind, share.id, share)?.of_tenant(share.tenant_id)))
}

/// One, seen from either side.
pub async fn get(access: &Access<ShareRead, InTenant>, id: ShareId) -> Result<Share> {
    store::find(&mut access.read().await?, id).await?.ok_or_else(not_found)
}

/// What the tenant shares, or what is shared with it. Expired ones are left out.
pub async fn list(access: &Access<ShareRead, InTenant>, mut query: ListShares) -> Result<Page<Share>> {
    let (kernel, direction) = (access.kernel(), query.direction.unwrap_or_default());
    let paging = query.take_paging();
    let window = Window::<(Uuid,)>::open(kernel, "shares", &(access.tenant().id, direction), &paging)?;
    let found = store::list(&mut access.read().await?, direction, kernel.now(), &window).await?;
    window.page(kernel, found, |share| (share.id.uuid(),))
}

/// Takes it back. Only the tenant that shares can.
pub async fn revoke(access: &Access<ShareDelete, InTenant>, id: ShareId, version: Option<i64>) -> Result<()> {
    let mut write = access.write_across_tenants().await?;
    let mut share = store::lock(&mut write, id).await?.ok_or_else(not_found)?;
    IfMatch::check(version, share.version)?;
    // The event is of a version of its own, so that nobody takes it for the one before.
    share.updated_at = write.kernel().now();
    share.version += 1;
    store::delete(&mut write, id).await?;
    let receipt = record_on_both_sides(&mut write, SHARE_REVOKED, &share)?;
    write.commit(receipt, ()).await
}

fn not_found() -> Error {
    Error::new(NOT_FOUND, "There is no such share.")
}
