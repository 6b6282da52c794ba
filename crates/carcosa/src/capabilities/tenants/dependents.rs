//! What hangs on a tenant.

use carcosa_kernel::{Access, InTenant, Result, System, SystemTask};
use carcosa_types::page::TOTAL_CAP;
use carcosa_types::permission::TenantRead;
use carcosa_types::tenant_dependents::TenantDependents;

use super::store;
use crate::capabilities::{invitations, keys, memberships, organizations, shares, webhooks};

/// Counts it, in one snapshot.
pub(super) async fn count(access: &Access<TenantRead, InTenant>) -> Result<TenantDependents> {
    let (kernel, now, limit) = (access.kernel(), access.kernel().now(), TOTAL_CAP + 1);
    // The tenant's own transactions do not reach its children.
    let mut tx = System::new(kernel, SystemTask::Directory).read_project(access.project()).await?;
    tx.focus(access.tenant().id)?;
    let tx = &mut tx;
    let mut found = TenantDependents {
        object: "tenant_dependents".to_owned(),
        members: memberships::store::count_some(tx, limit).await?,
        keys_active: keys::store::count_active(tx, now, limit).await?,
        webhook_endpoints_enabled: webhooks::store::count_enabled(tx, limit).await?,
        invitations_pending: invitations::store::count_pending(tx, now, limit).await?,
        organizations: organizations::store::count_some(tx, limit).await?,
        children: store::count_children(tx, limit).await?,
        shares_given: shares::store::count_given(tx, now, limit).await?,
        shares_received: shares::store::count_received(tx, now, limit).await?,
        capped: Vec::new(),
    };
    cap(&mut found);
    Ok(found)
}

/// Names the counts that went beyond the cap, and sets them to it.
fn cap(found: &mut TenantDependents) {
    for (name, count) in [
        ("members", &mut found.members),
        ("keys_active", &mut found.keys_active),
        ("webhook_endpoints_enabled", &mut found.webhook_endpoints_enabled),
        ("invitations_pending", &mut found.invitations_pending),
        ("organizations", &mut found.organizations),
        ("children", &mut found.children),
        ("shares_given", &mut found.shares_given),
        ("shares_received", &mut found.shares_received),
    ] {
        if *count > TOTAL_CAP {
            *count = TOTAL_CAP;
            found.capped.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_beyond_the_cap_are_named() {
        let mut found = TenantDependents {
            object: "tenant_dependents".to_owned(),
            members: TOTAL_CAP,
            keys_active: TOTAL_CAP + 1,
            webhook_endpoints_enabled: 0,
            invitations_pending: 0,
            organizations: 0,
            children: TOTAL_CAP + 1,
            shares_given: 0,
            shares_received: 0,
            capped: Vec::new(),
        };
        cap(&mut found);
        assert_eq!((found.members, found.keys_active, found.children), (TOTAL_CAP, TOTAL_CAP, TOTAL_CAP));
        assert_eq!(found.capped, ["keys_active", "children"]);
    }
}
