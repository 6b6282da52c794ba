//! Questions of access: may this user do that in this tenant, and why?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::security_policy::SignInMethod;
use crate::validate::{Validate, Violations, address};
use crate::{MembershipId, OrganizationId, ProjectId, TenantId, Timestamp, UserId};

/// Most questions in one request.
pub const MAX_CHECKS: usize = 100;

/// One question.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckAccess {
    /// The user: an id, or `ext:42` for the application's own id.
    #[schemars(length(min = 1, max = 140))]
    pub user: String,
    /// The tenant: an id, `slug:acme` or `ext:42`.
    #[schemars(length(min = 1, max = 140))]
    pub tenant: String,
    /// What they want to do: a permission of the registry, or one that the project defines.
    #[schemars(length(min = 3, max = 65))]
    pub permission: String,
    /// The organization in which, for roles that are limited to one.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    /// Whether they signed in with a second factor, for roles with that condition and tenants that require it.
    #[serde(default)]
    pub mfa: Option<bool>,
    /// How they signed in, for tenants that allow only some ways.
    #[serde(default)]
    pub method: Option<SignInMethod>,
    /// When they signed in, for tenants that limit sessions.
    #[serde(default)]
    pub signed_in_at: Option<Timestamp>,
    /// Their address, for roles and tenants that allow only some.
    #[serde(default)]
    #[schemars(length(min = 2, max = 45))]
    pub ip: Option<String>,
}

/// What kind of credential asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallerKind {
    /// An operator who is signed in.
    Operator,
    /// An API key.
    Key,
    /// A user of the application, by access token.
    User,
}

/// Whoever asks, and all that they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallerAccess {
    /// Always `caller_access`.
    #[schemars(extend("const" = "caller_access"))]
    pub object: String,
    /// What they are.
    pub kind: CallerKind,
    /// The id of operator, key or user.
    pub id: String,
    /// The project.
    pub project_id: ProjectId,
    /// The tenant that they are confined to: of a tenant's key, or of a user's token.
    pub tenant_id: Option<TenantId>,
    /// The permissions that they hold, each by name: Carcosa's, then those that the project defines for its application. Of one
    /// confined to a tenant those that they hold there now.
    pub permissions: Vec<String>,
}

/// Many questions.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckAccessBatch {
    /// 1–100 of them.
    #[schemars(length(min = 1, max = 100))]
    pub checks: Vec<CheckAccess>,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccessDecision {
    /// Always `access_decision`.
    #[schemars(extend("const" = "access_decision"))]
    pub object: String,
    /// Whether they may.
    pub allowed: bool,
    /// Why, to switch on.
    pub reason: AccessReason,
    /// Why, as a sentence.
    pub detail: String,
    /// The user, when found.
    pub user_id: Option<UserId>,
    /// The tenant, when found.
    pub tenant_id: Option<TenantId>,
    /// The role that allows it, or that comes closest.
    pub role: Option<String>,
    /// The membership that has this role.
    pub membership_id: Option<MembershipId>,
    /// The tenant of that membership: the one asked about, or one above it.
    pub via_tenant_id: Option<TenantId>,
    /// The condition that does not hold, for `condition_not_met`.
    pub condition: Option<String>,
}

/// Why something is allowed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessReason {
    /// A role gives it.
    Granted,
    /// There is no such tenant.
    TenantNotFound,
    /// The tenant is suspended.
    TenantSuspended,
    /// The tenant is pending, archived or deleted.
    TenantNotActive,
    /// There is no such user.
    UserNotFound,
    /// The user is disabled.
    UserDisabled,
    /// The user has no membership that reaches the tenant.
    NotAMember,
    /// The user's memberships that reach the tenant are disabled.
    MembershipDisabled,
    /// The user's role is limited to another organization.
    OtherOrganization,
    /// A role would give it, but one of its conditions does not hold.
    ConditionNotMet,
    /// No role of the user gives it.
    PermissionNotGranted,
    /// The tenant asks for a second factor.
    MfaRequired,
    /// The tenant does not take this way of signing in.
    SignInMethodNotAllowed,
    /// The tenant asks people to sign in again after a time, which has passed.
    SessionTooOld,
    /// The tenant does not take this address.
    AddressNotAllowed,
}

impl AccessReason {
    /// Its sentence.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Granted => "A role of the user gives the permission.",
            Self::TenantNotFound => "There is no such tenant in this project.",
            Self::TenantSuspended => "The tenant is suspended.",
            Self::TenantNotActive => "The tenant is pending, archived or deleted.",
            Self::UserNotFound => "There is no such user in this project.",
            Self::UserDisabled => "The user is disabled.",
            Self::NotAMember => "The user is not a member of the tenant.",
            Self::MembershipDisabled => "The user's membership is disabled.",
            Self::OtherOrganization => "The user's role is limited to another organization.",
            Self::ConditionNotMet => "A role of the user would give it, but a condition does not hold.",
            Self::PermissionNotGranted => "No role of the user gives the permission.",
            Self::MfaRequired => "The tenant requires a second factor; ask for one and sign in again.",
            Self::SignInMethodNotAllowed => {
                "The tenant does not allow this way of signing in, or none was named."
            }
            Self::SessionTooOld => {
                "The tenant requires people to sign in again after a time that has passed."
            }
            Self::AddressNotAllowed => "The tenant does not allow this address, or none was named.",
        }
    }
}

/// All that a membership gives at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberPermissions {
    /// Always `member_permissions`.
    #[schemars(extend("const" = "member_permissions"))]
    pub object: String,
    /// The membership.
    pub membership_id: MembershipId,
    /// Whether anything of it holds now: the membership, its user and the tenant are active.
    pub effective: bool,
    /// Why not, or `granted`.
    pub reason: AccessReason,
    /// The role.
    pub role: String,
    /// What the role gives: permissions of the registry one by one, then the application's as the role names them.
    pub permissions: Vec<String>,
    /// The role's conditions, by name, which each call is checked against.
    pub conditions: Vec<String>,
}

/// One permission of the registry, or one that the project defines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PermissionInfo {
    /// Always `permission`.
    #[schemars(extend("const" = "permission"))]
    pub object: String,
    /// `noun:verb`.
    pub name: String,
    /// What it allows.
    pub description: String,
    /// `project`: held by credentials of the project only. `tenant`: also by roles and keys of tenants.
    pub held_in: String,
    /// Whether its holder may change something; `null` for the application's own.
    pub mutates: Option<bool>,
    /// Whether it is one of Carcosa's, rather than defined by the project.
    pub built_in: bool,
}

impl CheckAccess {
    /// What is wrong with it; `pointer` is where it stands.
    pub fn check(&self, pointer: &str, violations: &mut Violations) {
        address(violations, &format!("{pointer}/ip"), self.ip.as_deref());
    }
}

impl Validate for CheckAccess {
    fn validate(&self, violations: &mut Violations) {
        self.check("", violations);
    }
}

impl Validate for CheckAccessBatch {
    fn validate(&self, violations: &mut Violations) {
        for (index, check) in self.checks.iter().enumerate() {
            check.check(&format!("/checks/{index}"), violations);
        }
    }
}
