//! What users may do: their memberships, roles and conditions, decided from memory.
//!
//! A membership reaches its own tenant, and those below it when it includes children. Its role gives permissions when the
//! membership is active, the role is not limited to another organization, and every condition of the role holds. What several
//! memberships give adds up; nothing takes away.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use carcosa_types::access::AccessReason;
use carcosa_types::permission::Permission;
use carcosa_types::role::{BUILT_IN, Circumstances};
use carcosa_types::security_policy::SignInFacts;
use carcosa_types::tenant::{MAX_DEPTH, TenantStatus};
use carcosa_types::user::UserStatus;
use carcosa_types::{Grants, OrganizationId, ProjectId, TenantId, UserId};

use super::caller::Caller;
use super::gate::{Found, Gate, Held};
use crate::directory::{MembershipRecord, RoleOwner, RoleRecord, TenantRecord, TenantRef, UserRecord};
use crate::error::PERMISSION_DENIED;
use crate::{Error, Result};

/// A question of access.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The permission asked about, of Carcosa's or of the application's.
    pub permission: &'a str,
    /// The organization in which.
    pub organization: Option<OrganizationId>,
    /// How, when and from where the user works.
    pub facts: SignInFacts,
}

/// The answer, and the membership that it rests on.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Why, or why not.
    pub reason: AccessReason,
    /// The membership that gives it, or that comes closest.
    pub membership: Option<MembershipRecord>,
    /// The condition that does not hold.
    pub unmet: Option<&'static str>,
}

/// What a user holds in a tenant.
#[derive(Debug, Clone)]
pub struct Holding {
    /// The user.
    pub user: Arc<UserRecord>,
    /// The tenant.
    pub tenant: Arc<TenantRecord>,
    /// The keys of the roles that give something.
    pub roles: Vec<String>,
    /// What they give.
    pub grants: Grants,
    /// What of it may be handed on: not what holds under conditions.
    pub gives: Grants,
}

/// What memberships add up to.
#[derive(Default)]
struct Sum {
    /// Whether any active one reaches the tenant.
    reaches: bool,
    roles: Vec<String>,
    grants: Grants,
    /// What of it may be handed on: not what holds under conditions.
    gives: Grants,
    /// A condition that kept a role back.
    unmet: Option<&'static str>,
}

impl Decision {
    fn refused(reason: AccessReason) -> Self {
        Self { reason, membership: None, unmet: None }
    }
}

/// The grants of the built-in roles.
static BUILT_IN_GRANTS: LazyLock<HashMap<&str, Arc<RoleRecord>>> = LazyLock::new(|| {
    BUILT_IN
        .iter()
        .map(|role| {
            let grants = Grants::of(role.permissions.iter().copied()).within_tenant();
            (role.key, Arc::new(RoleRecord { grants, conditions: None }))
        })
        .collect()
});

impl Gate {
    /// Whether a user may do something in a tenant, and why. Makes no round trip when warm.
    pub async fn decide(
        &self,
        project: ProjectId,
        user: Option<&UserRecord>,
        tenant: Option<&TenantRecord>,
        question: &Question<'_>,
    ) -> Result<Decision> {
        let Some(tenant) = tenant else { return Ok(Decision::refused(AccessReason::TenantNotFound)) };
        match tenant.status {
            TenantStatus::Active => {}
            TenantStatus::Suspended => return Ok(Decision::refused(AccessReason::TenantSuspended)),
            _ => return Ok(Decision::refused(AccessReason::TenantNotActive)),
        }
        let user = match user {
            None => return Ok(Decision::refused(AccessReason::UserNotFound)),
            Some(user) if user.status == UserStatus::Disabled => {
                return Ok(Decision::refused(AccessReason::UserDisabled));
            }
            Some(user) => user,
        };
        let mut best = Decision::refused(AccessReason::NotAMember);
        for membership in self.memberships_in(project, user, tenant).await? {
            let found = self.consider(project, membership, tenant, question).await?;
            if rank(found.reason) > rank(best.reason) {
                best = found;
            }
        }
        // Last, so that whoever is told to come with a second factor will then get in.
        if best.reason == AccessReason::Granted
            && let Some(refusal) = tenant.refuses(&question.facts, self.kernel.now())
        {
            best.reason = refusal;
        }
        Ok(best)
    }

    /// What one membership says to the question.
    async fn consider(
        &self,
        project: ProjectId,
        membership: &MembershipRecord,
        tenant: &TenantRecord,
        question: &Question<'_>,
    ) -> Result<Decision> {
        let answer = |reason, unmet| Decision { reason, membership: Some(membership.clone()), unmet };
        if !membership.active {
            return Ok(answer(AccessReason::MembershipDisabled, None));
        }
        if membership.organization_id.is_some() && membership.organization_id != question.organization {
            return Ok(answer(AccessReason::OtherOrganization, None));
        }
        let role = self.role_of(project, membership, tenant).await?;
        let Some(role) = role.filter(|role| role.grants.allows(question.permission)) else {
            return Ok(answer(AccessReason::PermissionNotGranted, None));
        };
        let now = self.circumstances(tenant, question);
        Ok(match role.conditions.as_ref().and_then(|conditions| conditions.unmet(&now)) {
            Some(unmet) => answer(AccessReason::ConditionNotMet, Some(unmet)),
            None => answer(AccessReason::Granted, None),
        })
    }

    /// All that a calling user may do in a tenant now. A token made for one tenant reaches others only from there: the tenants
    /// below it, by memberships in it that include its children.
    pub(super) async fn held_by(
        &self,
        caller: &Caller,
        tenant: &Found,
        organization: Option<OrganizationId>,
    ) -> Result<Held> {
        let (project, Some(user), Some(home)) = (caller.project, caller.user(), caller.tenant) else {
            return Ok(Held::default());
        };
        let user = self.kernel.directory().user(&self.kernel, project, user).await?;
        let Some(user) = user.filter(|user| user.status == UserStatus::Active) else {
            return Ok(Held::default());
        };
        let question = Question { permission: "", organization, facts: caller.facts };
        let from = (tenant.id != home).then_some(home);
        let sum = self.add_up(project, &user, tenant, &question, from).await?;
        Ok(Held { grants: sum.reaches.then_some(sum.grants), gives: sum.gives, unmet: sum.unmet })
    }

    /// What a user holds in a tenant now, or why nothing. Whether the tenant's security policy lets them in is not asked: only the
    /// asker knows what is known.
    pub async fn holding(
        &self,
        project: ProjectId,
        user: UserId,
        tenant: TenantId,
        organization: Option<OrganizationId>,
        facts: SignInFacts,
    ) -> Result<std::result::Result<Holding, AccessReason>> {
        let directory = self.kernel.directory();
        let tenant = directory.tenant(&self.kernel, project, &TenantRef::Id(tenant)).await?;
        let user = directory.user(&self.kernel, project, user).await?;
        let (Some(tenant), Some(user)) = (tenant.clone(), user.clone()) else {
            let missing =
                if tenant.is_none() { AccessReason::TenantNotFound } else { AccessReason::UserNotFound };
            return Ok(Err(missing));
        };
        match (tenant.status, user.status) {
            (TenantStatus::Active, UserStatus::Active) => {}
            (TenantStatus::Active, UserStatus::Disabled) => return Ok(Err(AccessReason::UserDisabled)),
            (TenantStatus::Suspended, _) => return Ok(Err(AccessReason::TenantSuspended)),
            _ => return Ok(Err(AccessReason::TenantNotActive)),
        }
        let question = Question { permission: "", organization, facts };
        let sum = self.add_up(project, &user, &tenant, &question, None).await?;
        if !sum.reaches {
            let any = !self.memberships_in(project, &user, &tenant).await?.is_empty();
            return Ok(Err(if any { AccessReason::MembershipDisabled } else { AccessReason::NotAMember }));
        }
        Ok(Ok(Holding { user, tenant, roles: sum.roles, grants: sum.grants, gives: sum.gives }))
    }

    /// Adds up what the active memberships that reach a tenant give: all of them, or only those in one tenant.
    async fn add_up(
        &self,
        project: ProjectId,
        user: &UserRecord,
        tenant: &TenantRecord,
        question: &Question<'_>,
        from: Option<TenantId>,
    ) -> Result<Sum> {
        let now = self.circumstances(tenant, question);
        let mut sum = Sum::default();
        for membership in self.memberships_in(project, user, tenant).await? {
            if !membership.active || from.is_some_and(|from| from != membership.tenant_id) {
                continue;
            }
            sum.reaches = true;
            if membership.organization_id.is_some() && membership.organization_id != question.organization {
                continue;
            }
            let Some(role) = self.role_of(project, membership, tenant).await? else {
                continue;
            };
            match role.conditions.as_ref().and_then(|conditions| conditions.unmet(&now)) {
                Some(unmet) => sum.unmet = Some(unmet),
                None => {
                    sum.grants = sum.grants.union(&role.grants);
                    if role.conditions.is_none() {
                        sum.gives = sum.gives.union(&role.grants);
                    }
                    sum.roles.push(membership.role.clone());
                }
            }
        }
        Ok(sum)
    }

    fn circumstances<'a>(&self, tenant: &'a TenantRecord, question: &Question<'_>) -> Circumstances<'a> {
        Circumstances {
            now: self.kernel.now(),
            mfa: question.facts.mfa,
            address: question.facts.address,
            plan: &tenant.plan,
            region: tenant.region.as_deref(),
        }
    }

    /// The memberships of a user that reach a tenant. Those in tenants above it count only while these are active.
    async fn memberships_in<'u>(
        &self,
        project: ProjectId,
        user: &'u UserRecord,
        tenant: &TenantRecord,
    ) -> Result<Vec<&'u MembershipRecord>> {
        let mut found: Vec<&MembershipRecord> =
            user.memberships.iter().filter(|membership| membership.tenant_id == tenant.id).collect();
        if !user.memberships.iter().any(|membership| membership.includes_children) {
            return Ok(found);
        }
        let mut above = tenant.parent_id;
        for _ in 0..MAX_DEPTH {
            let Some(id) = above else { break };
            let record = self.kernel.directory().tenant(&self.kernel, project, &TenantRef::Id(id)).await?;
            let Some(record) = record.filter(|record| record.status == TenantStatus::Active) else { break };
            let reach =
                |membership: &&MembershipRecord| membership.includes_children && membership.tenant_id == id;
            found.extend(user.memberships.iter().filter(reach));
            above = record.parent_id;
        }
        Ok(found)
    }

    /// The role of a membership, as it holds in a tenant. In the tenants below its own only roles hold that its own tenant cannot
    /// change: Carcosa's and the project's.
    async fn role_of(
        &self,
        project: ProjectId,
        membership: &MembershipRecord,
        tenant: &TenantRecord,
    ) -> Result<Option<Arc<RoleRecord>>> {
        if membership.tenant_id == tenant.id {
            return self.role(project, tenant.id, &membership.role).await;
        }
        self.role_of_project(project, &membership.role).await
    }

    /// The role with this key that every tenant of the project has: built in, or the project's.
    pub async fn role_of_project(&self, project: ProjectId, key: &str) -> Result<Option<Arc<RoleRecord>>> {
        if let Some(role) = BUILT_IN_GRANTS.get(key) {
            return Ok(Some(Arc::clone(role)));
        }
        let roles = self.kernel.directory().roles(&self.kernel, RoleOwner { project, tenant: None }).await?;
        Ok(roles.and_then(|roles| roles.get(key).cloned()))
    }

    /// The role with this key, as seen from a tenant: built in, the project's, or its own.
    pub async fn role(
        &self,
        project: ProjectId,
        tenant: TenantId,
        key: &str,
    ) -> Result<Option<Arc<RoleRecord>>> {
        if let Some(role) = self.role_of_project(project, key).await? {
            return Ok(Some(role));
        }
        let owner = RoleOwner { project, tenant: Some(tenant) };
        let roles = self.kernel.directory().roles(&self.kernel, owner).await?;
        Ok(roles.and_then(|roles| roles.get(key).cloned()))
    }
}

/// How close a reason is to being granted: of several memberships the closest answers.
const fn rank(reason: AccessReason) -> u8 {
    match reason {
        AccessReason::Granted => 5,
        AccessReason::ConditionNotMet => 4,
        AccessReason::PermissionNotGranted => 3,
        AccessReason::OtherOrganization => 2,
        AccessReason::MembershipDisabled => 1,
        _ => 0,
    }
}

/// The refusal of a user who lacks a permission.
pub(super) fn refusal<P: Permission>(unmet: Option<&str>) -> Error {
    let name = P::ROW.name;
    Error::new(
        PERMISSION_DENIED,
        match unmet {
            None => format!("This needs the permission {name}."),
            Some(condition) => {
                format!("This needs the permission {name}; the role's condition {condition} does not hold.")
            }
        },
    )
}
