//! What applies to a tenant: its own values, or those of a tenant above it.

use std::collections::HashMap;

use carcosa_kernel::log::Entry;
use carcosa_kernel::{Error, Result, Write};
use carcosa_types::TenantId;
use carcosa_types::event::TENANT_UPDATED;
use carcosa_types::project::ProjectSettings;
use carcosa_types::tenant::{Branding, InheritanceMode, MAX_DEPTH, MAX_DESCENDANTS, Provenance};

use super::error::{HIERARCHY_CYCLE, HIERARCHY_TOO_DEEP, HIERARCHY_TOO_LARGE};
use super::model::StoredTenant;
use super::{service, store};

/// A value that applies to a tenant.
#[derive(Debug, Clone, PartialEq)]
struct Effective<T> {
    value: T,
    from: TenantId,
    /// An ancestor's lock decides here.
    locked: bool,
    /// It decides below, too.
    locks: bool,
}

/// What applies, given what the tenant says and what applies to its parent.
fn resolve<T: Clone>(
    id: TenantId,
    mode: InheritanceMode,
    own: T,
    parent: Option<&Effective<T>>,
) -> Effective<T> {
    match parent {
        Some(above) if above.locks => Effective { locked: true, ..above.clone() },
        Some(above) if mode == InheritanceMode::Inherit => Effective { locked: false, ..above.clone() },
        _ => Effective { value: own, from: id, locked: false, locks: mode == InheritanceMode::Lock },
    }
}

/// Plan and branding that apply to a tenant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Applied {
    plan: Effective<String>,
    branding: Effective<Branding>,
}

impl Applied {
    /// As stored with a tenant.
    pub(super) fn of(stored: &StoredTenant) -> Result<Self> {
        let tenant = &stored.tenant;
        let provenance = |value: &str| {
            tenant.inheritance.get(value).ok_or_else(|| Error::internal(format!("no provenance of {value}")))
        };
        let (plan, branding) = (provenance("plan")?, provenance("branding")?);
        let locks = |provenance: &Provenance| provenance.locked || provenance.mode == InheritanceMode::Lock;
        Ok(Self {
            plan: Effective {
                value: tenant.plan.clone(),
                from: plan.from,
                locked: plan.locked,
                locks: locks(plan),
            },
            branding: Effective {
                value: tenant.branding.clone(),
                from: branding.from,
                locked: branding.locked,
                locks: locks(branding),
            },
        })
    }

    /// Works out what applies to a tenant below `parent`, and writes it into the tenant. A tenant that goes by its own
    /// value and has none takes the parent's present one, or the project's default.
    pub(super) fn settle(
        stored: &mut StoredTenant,
        (plan_mode, branding_mode): (InheritanceMode, InheritanceMode),
        parent: Option<&Self>,
        settings: &ProjectSettings,
    ) -> Self {
        let id = stored.tenant.id;
        let needs = |mode| parent.is_none() || mode != InheritanceMode::Inherit;
        if stored.plan_own.is_none() && needs(plan_mode) {
            let plan = parent.map_or(&settings.default_plan, |above| &above.plan.value);
            stored.plan_own = Some(plan.clone());
        }
        if stored.branding_own.is_none() && needs(branding_mode) {
            stored.branding_own = Some(parent.map(|above| above.branding.value.clone()).unwrap_or_default());
        }
        let plan_own = stored.plan_own.clone().unwrap_or_default();
        let branding_own = stored.branding_own.clone().unwrap_or_default();
        let applied = Self {
            plan: resolve(id, plan_mode, plan_own, parent.map(|above| &above.plan)),
            branding: resolve(id, branding_mode, branding_own, parent.map(|above| &above.branding)),
        };
        let tenant = &mut stored.tenant;
        tenant.plan.clone_from(&applied.plan.value);
        tenant.branding.clone_from(&applied.branding.value);
        let plan = Provenance { mode: plan_mode, from: applied.plan.from, locked: applied.plan.locked };
        let branding =
            Provenance { mode: branding_mode, from: applied.branding.from, locked: applied.branding.locked };
        tenant.inheritance = [("plan".to_owned(), plan), ("branding".to_owned(), branding)].into();
        applied
    }
}

/// Checks that a tenant may stand below `parent`: no cycle, not too deep. `tenant` is `None` for a new one.
pub(super) async fn check_place(write: &mut Write, tenant: Option<TenantId>, parent: TenantId) -> Result<()> {
    write.focus(parent)?;
    let above = store::ancestors(write).await?;
    if tenant.is_some_and(|tenant| tenant == parent || above.contains(&tenant)) {
        let detail = "The parent is the tenant itself or one of its descendants.";
        return Err(Error::new(HIERARCHY_CYCLE, detail).at("/parent_id"));
    }
    let below = match tenant {
        None => 0,
        Some(tenant) => {
            write.focus(tenant)?;
            store::height(write).await?
        }
    };
    // The ancestors of the parent, the parent, the tenant, and the levels below it.
    if above.len() + 2 + below > MAX_DEPTH {
        let detail = format!("With this parent the hierarchy would have more than {MAX_DEPTH} levels.");
        return Err(Error::new(HIERARCHY_TOO_DEEP, detail).at("/parent_id"));
    }
    Ok(())
}

/// Locks the tenant in focus and all below it.
pub(super) async fn lock_tree(write: &mut Write) -> Result<()> {
    // The tenant itself, as many as may be reached, and one too many.
    if store::lock_tree(write, MAX_DESCENDANTS + 2).await? > MAX_DESCENDANTS + 1 {
        let detail = format!("The change would reach more than {MAX_DESCENDANTS} descendants.");
        return Err(Error::new(HIERARCHY_TOO_LARGE, detail));
    }
    Ok(())
}

/// Works out anew what applies to every descendant of a tenant, all of which are locked; each one that differs is updated and recorded.
pub(super) async fn propagate(
    write: &mut Write,
    root: &StoredTenant,
    settings: &ProjectSettings,
) -> Result<()> {
    write.focus(root.tenant.id)?;
    let descendants = store::descendants(write, MAX_DESCENDANTS).await?;
    let mut applied = HashMap::from([(root.tenant.id, Applied::of(root)?)]);
    for before in descendants {
        let mut stored = before.clone();
        let parent = stored.tenant.parent_id.and_then(|parent| applied.get(&parent)).cloned();
        let modes = (before.plan_mode(), before.branding_mode());
        let now = Applied::settle(&mut stored, modes, parent.as_ref(), settings);
        applied.insert(stored.tenant.id, now);
        if stored == before {
            continue;
        }
        stored.tenant.updated_at = write.kernel().now();
        stored.tenant.version += 1;
        write.focus(stored.tenant.id)?;
        store::update(write, &stored).await?;
        let touched = service::touched(write, &stored.tenant).await?;
        let entry = Entry::new(TENANT_UPDATED, stored.tenant.id, &stored.tenant)?
            .before(&before.tenant)?
            .of_tenant(stored.tenant.id);
        let _ = write.record(entry.touching(touched));
    }
    write.focus(root.tenant.id)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn inherit_override_and_lock() {
        use InheritanceMode::{Inherit, Lock, Override};
        let root = resolve(id(1), Override, "pro", None);
        assert_eq!((root.value, root.from, root.locked, root.locks), ("pro", id(1), false, false));

        let child = resolve(id(2), Inherit, "", Some(&root));
        assert_eq!((child.value, child.from, child.locked), ("pro", id(1), false));

        let own = resolve(id(3), Override, "free", Some(&child));
        assert_eq!((own.value, own.from, own.locked), ("free", id(3), false));

        let lock = resolve(id(1), Lock, "pro", None);
        let locked = resolve(id(2), Override, "free", Some(&lock));
        assert_eq!((locked.value, locked.from, locked.locked), ("pro", id(1), true));
        let below = resolve(id(3), Lock, "free", Some(&locked));
        assert_eq!(
            (below.value, below.from, below.locked),
            ("pro", id(1), true),
            "a lock reaches all the way down"
        );

        let orphan = resolve(id(4), Inherit, "free", None);
        assert_eq!((orphan.value, orphan.from), ("free", id(4)), "a root has nothing to inherit");
    }
}
