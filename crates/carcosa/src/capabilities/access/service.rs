//! Use cases of access checks.

use carcosa_kernel::access::{self, Decision, Question};
use carcosa_kernel::directory::{TenantRef, UserRecord};
use carcosa_kernel::{Access, Caller, Error, Gate, InTenant, Kernel, Result};
use carcosa_types::access::{
    AccessDecision, AccessReason, CallerAccess, CallerKind, CheckAccess, MemberPermissions,
};
use carcosa_types::permission::{self, AccessCheck, MemberRead};
use carcosa_types::security_policy::SignInFacts;
use carcosa_types::tenant::TenantStatus;
use carcosa_types::user::UserStatus;
use carcosa_types::{MembershipId, TenantId};

use crate::capabilities::{memberships, projects, users};

/// Answers one question. `pointer` is where it stands in the request.
pub async fn check(
    access: &Access<AccessCheck>,
    question: &CheckAccess,
    pointer: &str,
) -> Result<AccessDecision> {
    let (kernel, project) = (access.kernel(), access.project());
    let known = permission::row(&question.permission).is_some()
        || projects::service::settings(kernel, project)
            .await?
            .settings
            .permissions
            .contains_key(&question.permission);
    if !known {
        let detail = format!(
            "“{}” is not a permission; see GET /v1/permissions",
            question.permission.escape_default()
        );
        return Err(Error::field(&format!("{pointer}/permission"), "unknown_permission", detail));
    }
    let user = user(access, &question.user).await?;
    let tenant = match TenantRef::parse(&question.tenant) {
        Some(name) => kernel.directory().tenant(kernel, project, &name).await?,
        None => None,
    };
    let asked = Question {
        permission: &question.permission,
        organization: question.organization_id,
        facts: SignInFacts {
            mfa: question.mfa,
            method: question.method,
            signed_in_at: question.signed_in_at,
            address: question.ip.as_deref().and_then(|ip| ip.parse().ok()),
        },
    };
    let decision = Gate::new(kernel).decide(project, user.as_deref(), tenant.as_deref(), &asked).await?;
    Ok(answer(&decision, user.as_deref(), tenant.as_deref().map(|tenant| tenant.id)))
}

/// A user by id, from memory, or by the application's own id, which needs a look.
async fn user(access: &Access<AccessCheck>, name: &str) -> Result<Option<std::sync::Arc<UserRecord>>> {
    let id = match name.parse() {
        Ok(id) => Some(id),
        Err(_) => users::service::named(&mut access.read().await?, name).await?,
    };
    match id {
        Some(id) => access.kernel().directory().user(access.kernel(), access.project(), id).await,
        None => Ok(None),
    }
}

fn answer(decision: &Decision, user: Option<&UserRecord>, tenant: Option<TenantId>) -> AccessDecision {
    AccessDecision {
        object: "access_decision".to_owned(),
        allowed: decision.reason == AccessReason::Granted,
        reason: decision.reason,
        detail: decision.reason.detail().to_owned(),
        user_id: user.map(|user| user.id),
        tenant_id: tenant,
        role: decision.membership.as_ref().map(|membership| membership.role.clone()),
        membership_id: decision.membership.as_ref().map(|membership| membership.id),
        via_tenant_id: decision.membership.as_ref().map(|membership| membership.tenant_id),
        condition: decision.unmet.map(str::to_owned),
    }
}

/// All that whoever asks may do, each permission by its name.
pub async fn of_caller(kernel: &Kernel, caller: &Caller) -> Result<CallerAccess> {
    let (kind, id) = match caller.kind() {
        access::CallerKind::Operator(id) => (CallerKind::Operator, id.to_string()),
        access::CallerKind::Key(id) => (CallerKind::Key, id.to_string()),
        access::CallerKind::User(id) => (CallerKind::User, id.to_string()),
        access::CallerKind::Cli | access::CallerKind::System => {
            return Err(Error::internal("neither the console nor the system has a credential"));
        }
    };
    let project = projects::service::settings(kernel, caller.project()).await?;
    let defined = project.settings.permissions.keys().filter(|name| caller.grants().allows(name));
    Ok(CallerAccess {
        object: "caller_access".to_owned(),
        kind,
        id,
        project_id: caller.project(),
        tenant_id: caller.tenant(),
        permissions: caller.grants().own().names().map(str::to_owned).chain(defined.cloned()).collect(),
    })
}

/// All that a membership gives at the moment.
pub async fn permissions_of(
    access: &Access<MemberRead, InTenant>,
    id: MembershipId,
) -> Result<MemberPermissions> {
    let (user, membership) = memberships::service::known(access, id).await?;
    let gate = Gate::new(access.kernel());
    let role = gate.role(access.project(), membership.tenant_id, &membership.role).await?;
    let reason = match (access.tenant().status, user.status, membership.active) {
        (TenantStatus::Suspended, ..) => AccessReason::TenantSuspended,
        (TenantStatus::Pending | TenantStatus::Archived | TenantStatus::Deleted, ..) => {
            AccessReason::TenantNotActive
        }
        (_, UserStatus::Disabled, _) => AccessReason::UserDisabled,
        (_, _, false) => AccessReason::MembershipDisabled,
        _ if role.is_none() => AccessReason::PermissionNotGranted,
        _ => AccessReason::Granted,
    };
    let conditions =
        role.as_ref().and_then(|role| role.conditions.as_ref()).map(serde_json::to_value).transpose()?;
    let conditions = conditions.as_ref().and_then(serde_json::Value::as_object);
    Ok(MemberPermissions {
        object: "member_permissions".to_owned(),
        membership_id: id,
        effective: reason == AccessReason::Granted,
        reason,
        role: membership.role,
        permissions: role.as_ref().map(|role| role.grants.names()).unwrap_or_default(),
        conditions: conditions.map(|all| all.keys().cloned().collect()).unwrap_or_default(),
    })
}
