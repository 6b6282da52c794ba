//! The gate: who is calling, and whether they may.

use std::marker::PhantomData;
use std::sync::Arc;

use carcosa_types::access::AccessReason;
use carcosa_types::permission::Permission;
use carcosa_types::role::is_within;
use carcosa_types::security_policy::SignInFacts;
use carcosa_types::tenant::TenantStatus;
use carcosa_types::{Grants, OrganizationId, ProjectId, TenantId};

use super::caller::{Caller, CallerKind, RequestContext};
use super::decide::refusal;
use super::{Access, InInstallation, InProject, InTenant};
use crate::directory::{TenantRecord, TenantRef};
use crate::error::{
    FORBIDDEN_IP, INVALID_KEY, KEY_DISABLED, KEY_EXPIRED, PERMISSION_DENIED, SESSION_TOO_OLD,
    SIGN_IN_METHOD_NOT_ALLOWED, TENANT_NOT_ACTIVE, TENANT_NOT_FOUND, TENANT_REQUIRES_MFA, TENANT_SUSPENDED,
};
use crate::log::Denial;
use crate::secrets::KeyHash;
use crate::{Error, Kernel, Result};

/// Decides access. The only maker of [`Access`] values.
#[derive(Clone)]
pub struct Gate {
    pub(super) kernel: Kernel,
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
            .filter(|key| !key.revoked && key.usable_until.is_none_or(|until| now < until))
            .ok_or_else(|| Error::new(INVALID_KEY, "The API key is not known."))?;
        if !key.enabled {
            return Err(Error::new(KEY_DISABLED, "The API key is disabled."));
        }
        if key.expires_at.is_some_and(|at| at <= now) {
            return Err(Error::new(KEY_EXPIRED, "The API key has expired."));
        }
        if !key.allowed_ips.is_empty() && !is_within(&key.allowed_ips, context.ip) {
            return Err(Error::new(FORBIDDEN_IP, "The API key may not be used from this address."));
        }
        self.kernel.directory().used(&self.kernel, &key);
        let grants = if key.tenant_id.is_some() { key.grants.within_tenant() } else { key.grants.clone() };
        Ok(Caller {
            kind: CallerKind::Key(key.id),
            name: Some(key.name.clone()),
            project: key.project_id,
            tenant: key.tenant_id,
            gives: grants.clone(),
            grants,
            expires_at: key.expires_at,
            facts: SignInFacts { address: context.ip, ..SignInFacts::default() },
            context,
        })
    }

    /// The operator at the machine's console, who may do everything in a project.
    #[must_use]
    pub fn console(&self, project: ProjectId) -> Caller {
        Caller::internal(CallerKind::Cli, project)
    }

    /// Whoever asks, with all that they may do where they are at home: a user, in the tenant of the token.
    pub async fn at_home(&self, mut caller: Caller) -> Result<Caller> {
        let Some(home) = caller.tenant else { return Ok(caller) };
        self.check_own_tenant(&caller, home).await?;
        if caller.user().is_some() {
            let tenant = TenantRef::Id(home);
            let found = self.kernel.directory().tenant(&self.kernel, caller.project, &tenant).await?;
            let held = self.held_by(&caller, &found.ok_or_else(no_tenant)?, None).await?;
            (caller.grants, caller.gives) = (held.grants.unwrap_or_default(), held.gives);
        }
        Ok(caller)
    }

    /// Access to the installation as a whole.
    pub async fn in_installation<P: Permission>(&self, caller: Caller) -> Result<Access<P, InInstallation>> {
        let decided = permit::<P>(&caller).and_then(|()| match caller.kind {
            CallerKind::Operator(_) | CallerKind::Cli => Ok(()),
            _ => Err(Error::new(PERMISSION_DENIED, "Only operators may do this.")),
        });
        match decided {
            Ok(()) => Ok(self.access(caller, InInstallation)),
            Err(error) => Err(self.refused::<P>(caller, None, error)),
        }
    }

    /// Access to the project as a whole.
    pub async fn in_project<P: Permission>(&self, caller: Caller) -> Result<Access<P>> {
        match self.decide_in_project::<P>(&caller).await {
            Ok(()) => Ok(self.access(caller, InProject)),
            Err(error) => Err(self.refused::<P>(caller, None, error)),
        }
    }

    async fn decide_in_project<P: Permission>(&self, caller: &Caller) -> Result<()> {
        let Some(tenant) = caller.tenant else { return permit::<P>(caller) };
        self.check_own_tenant(caller, tenant).await?;
        Err(Error::new(
            PERMISSION_DENIED,
            "This credential belongs to one tenant and may not act on the project as a whole.",
        ))
    }

    /// Access to one tenant: finds it and decides, in one act. A tenant that is not the caller's to see is not
    /// found. `organization` is the one that the request is about, for roles that are limited to one.
    pub async fn in_tenant<P: Permission>(
        &self,
        mut caller: Caller,
        tenant: &TenantRef,
        organization: Option<OrganizationId>,
    ) -> Result<Access<P, InTenant>> {
        let decided = if caller.user().is_some() {
            self.decide_of_user::<P>(&caller, tenant, organization).await
        } else {
            self.decide_in_tenant::<P>(&caller, tenant).await.map(|found| (found, None))
        };
        match decided {
            Ok((found, grants)) => {
                if let Some((grants, gives)) = grants {
                    (caller.grants, caller.gives) = (grants, gives);
                }
                Ok(self.access(caller, InTenant(found)))
            }
            Err(error) => Err(self.refused::<P>(caller, Some(tenant), error)),
        }
    }

    async fn decide_in_tenant<P: Permission>(&self, caller: &Caller, tenant: &TenantRef) -> Result<Found> {
        if let Some(own) = caller.tenant {
            self.check_own_tenant(caller, own).await?;
        }
        permit::<P>(caller)?;
        let found = self.kernel.directory().tenant(&self.kernel, caller.project, tenant).await?;
        found.filter(|found| caller.tenant.is_none_or(|own| own == found.id)).ok_or_else(no_tenant)
    }

    /// A user's access to a tenant: what their memberships give there now, whatever their token says.
    async fn decide_of_user<P: Permission>(
        &self,
        caller: &Caller,
        tenant: &TenantRef,
        organization: Option<OrganizationId>,
    ) -> Result<(Found, Option<(Grants, Grants)>)> {
        let Some(home) = caller.tenant else { return Err(no_tenant()) };
        self.check_own_tenant(caller, home).await?;
        let found = self
            .kernel
            .directory()
            .tenant(&self.kernel, caller.project, tenant)
            .await?
            .ok_or_else(no_tenant)?;
        let held = self.held_by(caller, &found, organization).await?;
        let Some(grants) = held.grants else {
            // The user has nothing there at all: it is not theirs to see.
            return Err(if found.id == home { refusal::<P>(held.unmet) } else { no_tenant() });
        };
        self.check_own_tenant(caller, found.id).await?;
        if !grants.contains(P::ROW) {
            return Err(refusal::<P>(held.unmet));
        }
        Ok((found, Some((grants, held.gives))))
    }

    /// Notes that someone known was refused what they may know of. A tenant that they do not find was not refused them: it is
    /// not there.
    fn refused<P: Permission>(&self, caller: Caller, named: Option<&TenantRef>, error: Error) -> Error {
        const NOTED: [&str; 7] = [
            PERMISSION_DENIED.code,
            TENANT_SUSPENDED.code,
            TENANT_NOT_ACTIVE.code,
            TENANT_REQUIRES_MFA.code,
            SIGN_IN_METHOD_NOT_ALLOWED.code,
            SESSION_TOO_OLD.code,
            FORBIDDEN_IP.code,
        ];
        let code = error.code().code;
        if NOTED.contains(&code) {
            let denial = Denial::of_access(Arc::new(caller), P::ROW.name, code, named.cloned());
            self.kernel.denials().note(self.kernel.now(), denial);
        }
        error
    }

    /// A tenant's own credentials and people stop with the tenant, and must be as its security policy asks.
    pub(super) async fn check_own_tenant(&self, caller: &Caller, own: TenantId) -> Result<()> {
        use TenantStatus::{Active, Suspended};
        let record =
            self.kernel.directory().tenant(&self.kernel, caller.project, &TenantRef::Id(own)).await?;
        match record.as_ref().map(|record| (record.status, record)) {
            Some((Active, record)) => self.check_policy(caller, record),
            Some((Suspended, _)) => Err(Error::new(TENANT_SUSPENDED, "The tenant is suspended.")),
            _ => Err(Error::new(TENANT_NOT_ACTIVE, "The tenant is not active.")),
        }
    }

    /// What the tenant asks of its people and keys.
    fn check_policy(&self, caller: &Caller, tenant: &TenantRecord) -> Result<()> {
        let refusal = match caller.user() {
            Some(_) => tenant.refuses(&caller.facts, self.kernel.now()),
            None if tenant.allows_address(caller.facts.address) => None,
            None => Some(AccessReason::AddressNotAllowed),
        };
        refusal.map_or(Ok(()), |reason| Err(refused_by_policy(reason)))
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

/// The refusal of someone who is not as a tenant's security policy asks.
#[must_use]
pub fn refused_by_policy(reason: AccessReason) -> Error {
    let code = match reason {
        AccessReason::MfaRequired => TENANT_REQUIRES_MFA,
        AccessReason::SignInMethodNotAllowed => SIGN_IN_METHOD_NOT_ALLOWED,
        AccessReason::SessionTooOld => SESSION_TOO_OLD,
        _ => FORBIDDEN_IP,
    };
    Error::new(code, reason.detail())
}

pub(super) fn no_tenant() -> Error {
    Error::new(TENANT_NOT_FOUND, "There is no such tenant in this project.")
}

fn permit<P: Permission>(caller: &Caller) -> Result<()> {
    if caller.grants.contains(P::ROW) {
        return Ok(());
    }
    Err(Error::new(PERMISSION_DENIED, format!("This needs the permission {}.", P::ROW.name)))
}

/// What a user may do in one tenant.
#[derive(Default)]
pub(super) struct Held {
    /// All of it; `None` when nothing of theirs reaches the tenant.
    pub(super) grants: Option<Grants>,
    /// What of it they may hand on.
    pub(super) gives: Grants,
    /// The condition that kept it smaller.
    pub(super) unmet: Option<&'static str>,
}

/// A tenant, for those who decide.
pub(super) type Found = Arc<TenantRecord>;
