//! Operators: the people who run the installation, what they may do, and how they sign in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::user::email;
use crate::validate::{Validate, Violations, one_line};
use crate::{OperatorId, Patch, ProjectId, SessionId, Timestamp};

/// Fewest characters of a password.
pub const MIN_PASSWORD_CHARS: usize = 12;
/// Most characters of a password.
pub const MAX_PASSWORD_CHARS: usize = 256;
/// Most projects in which one operator can have a role.
pub const MAX_PROJECT_ROLES: usize = 100;
/// Recovery codes that an operator gets at a time.
pub const RECOVERY_CODES: usize = 10;

/// What an operator may do in the installation as a whole, and so in every project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlatformRole {
    /// Everything.
    SuperAdmin,
    /// Reading everything.
    Support,
}

/// What an operator may do in one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectRole {
    /// Everything.
    Owner,
    /// Everything.
    Admin,
    /// Everything but to change the project's settings, to delete tenants, to change their status, and to give permissions of
    /// the application to others.
    Developer,
    /// Reading.
    Viewer,
}

/// A role in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectRoleGrant {
    /// The project.
    pub project_id: ProjectId,
    /// The role in it.
    pub role: ProjectRole,
}

/// Whether an operator can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperatorStatus {
    /// Not yet: the invitation was not accepted.
    Invited,
    /// Yes.
    Active,
    /// No, until enabled again.
    Disabled,
}

/// Something that an operator can prove to be themselves with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// A password.
    Password,
    /// One-time codes of an authenticator app, as a second factor beside the password.
    Totp,
    /// An account at the provider of single sign-on.
    SingleSignOn,
}

/// One way in which an operator proves to be themselves. More kinds may be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Credential {
    /// What it is.
    pub kind: CredentialKind,
    /// Since when they have it as it is.
    pub added_at: Timestamp,
}

/// Someone who runs the installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Operator {
    /// Always `operator`.
    #[schemars(extend("const" = "operator"))]
    pub object: String,
    /// Its id.
    pub id: OperatorId,
    /// E-mail address, in lower case; unique in the installation.
    pub email: String,
    /// Display name.
    pub name: Option<String>,
    /// Whether they can sign in.
    pub status: OperatorStatus,
    /// What they may do in the installation as a whole; `null` for nothing.
    pub platform_role: Option<PlatformRole>,
    /// What they may do in single projects.
    pub project_roles: Vec<ProjectRoleGrant>,
    /// How they sign in. Never the secrets themselves.
    pub credentials: Vec<Credential>,
    /// When they were disabled.
    pub disabled_at: Option<Timestamp>,
    /// When they last signed in. Makes no version.
    pub last_sign_in_at: Option<Timestamp>,
    /// When they were invited.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// An operator who was just invited, or sent the invitation again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvitedOperator {
    /// The operator.
    #[serde(flatten)]
    pub operator: Operator,
    /// Where to accept. `null` when it was sent by mail; else it is in this answer and nowhere else: hand it over.
    pub invitation_url: Option<String>,
    /// When it stops working.
    pub invitation_expires_at: Timestamp,
}

/// What the inviter of an operator may say. At least one role is needed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteOperator {
    /// E-mail address, at most 254 bytes; no other operator has it, whatever its case.
    #[schemars(length(min = 3, max = 254))]
    pub email: String,
    /// Display name, 1–200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// What they may do in the installation as a whole.
    #[serde(default)]
    pub platform_role: Option<PlatformRole>,
    /// What they may do in single projects, at most 100, each named once.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub project_roles: Vec<ProjectRoleGrant>,
}

/// A merge patch of an operator.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateOperator {
    /// Display name, 1–200 characters; `null` removes it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub name: Patch<String>,
    /// What they may do in the installation as a whole; `null` for nothing.
    #[serde(default)]
    pub platform_role: Patch<PlatformRole>,
    /// What they may do in single projects, at most 100, each named once. Replaces the list.
    #[serde(default)]
    #[schemars(length(max = 100))]
    #[schemars(with = "Vec<ProjectRoleGrant>")]
    pub project_roles: Option<Vec<ProjectRoleGrant>>,
    /// Keep them out, which ends their sessions, or let them in again.
    #[serde(default)]
    #[schemars(with = "bool")]
    pub disabled: Option<bool>,
}

/// The acceptance of an operator's invitation.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptOperatorInvitation {
    /// What the link of the invitation ends with.
    #[schemars(length(min = 1, max = 200))]
    pub token: String,
    /// Display name, 1–200 characters; the one of the invitation when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// The password to sign in with: 12–256 characters, none of the commonest, without the e-mail address.
    #[schemars(length(min = 12, max = 256))]
    pub password: String,
}

/// How someone signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethodKind {
    /// With e-mail address and password.
    Password,
    /// At the provider of single sign-on.
    SingleSignOn,
}

/// A way to sign in that this installation offers. More kinds may be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignInMethod {
    /// What it is.
    pub kind: SignInMethodKind,
    /// What people call it.
    pub name: String,
    /// The page to send the browser to, when it is not done with `POST /v1/session`.
    pub url: Option<String>,
}

/// The ways to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignInMethods {
    /// Always `sign_in_methods`.
    #[schemars(extend("const" = "sign_in_methods"))]
    pub object: String,
    /// Each of them.
    pub methods: Vec<SignInMethod>,
}

/// A sign-in of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    /// Always `session`.
    #[schemars(extend("const" = "session"))]
    pub object: String,
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub operator_id: OperatorId,
    /// How they signed in.
    pub method: SignInMethodKind,
    /// Whether with a second factor.
    pub mfa: bool,
    /// From which address.
    pub ip: Option<String>,
    /// With what software, as it calls itself.
    pub user_agent: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends unless it is used before.
    pub idle_expires_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
}

/// The session that asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CurrentSession {
    /// The session.
    #[serde(flatten)]
    pub session: Session,
    /// Who signed in.
    pub operator: Operator,
    /// What to send as `X-CSRF-Token` with every request of this session that is not a `GET`.
    pub csrf_token: String,
    /// What the operator may do in the installation as a whole: permissions such as `operator:create`. What they may do in a
    /// project, `GET /v1/access/self` says.
    pub installation_permissions: Vec<String>,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: i64,
}

/// How to sign in.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSession {
    /// E-mail address, in any case.
    #[schemars(length(min = 1, max = 254))]
    pub email: String,
    /// The password, at most 256 characters.
    #[schemars(length(min = 1, max = 256))]
    pub password: String,
    /// The six digits that the authenticator app shows, for those who have one.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[0-9]{6}$"))]
    pub totp_code: Option<String>,
    /// A recovery code instead. Each works once.
    #[serde(default)]
    #[schemars(length(min = 10, max = 32))]
    pub recovery_code: Option<String>,
}

/// A new password for whoever is signed in.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present one.
    #[schemars(length(min = 1, max = 256))]
    pub current_password: String,
    /// The new one: 12–256 characters, none of the commonest, without the e-mail address.
    #[schemars(length(min = 12, max = 256))]
    pub new_password: String,
}

/// The beginning of setting up an authenticator app. Nothing is to be said.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginTotp {}

/// What an authenticator app must know. In this answer and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TotpEnrolment {
    /// Always `totp_enrolment`.
    #[schemars(extend("const" = "totp_enrolment"))]
    pub object: String,
    /// The secret, base32, to type in.
    pub secret: String,
    /// The same as `otpauth://` address, to show as a QR code.
    pub url: String,
}

/// Proof that the authenticator app knows the secret.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmTotp {
    /// The six digits that it shows.
    #[schemars(regex(pattern = r"^[0-9]{6}$"))]
    pub code: String,
}

/// Codes for the day when the authenticator app is lost. In this answer and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryCodes {
    /// Always `recovery_codes`.
    #[schemars(extend("const" = "recovery_codes"))]
    pub object: String,
    /// Ten codes, each of which works once.
    pub codes: Vec<String>,
    /// The session, which has a new cookie and a new `csrf_token`.
    pub session: CurrentSession,
}

/// Consent to sign in without a second factor.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DisableTotp {
    /// The password.
    #[schemars(length(min = 1, max = 256))]
    pub password: String,
}

/// Consent to new recovery codes in the place of those before.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceRecoveryCodes {
    /// The password.
    #[schemars(length(min = 1, max = 256))]
    pub password: String,
}

/// The end of all other sessions. Nothing is to be said.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeOtherSessions {}

/// Sessions that were ended together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RevokedSessions {
    /// Always `revoked_sessions`.
    #[schemars(extend("const" = "revoked_sessions"))]
    pub object: String,
    /// How many there were.
    pub count: u64,
}

/// Who forgot a password.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestPasswordReset {
    /// E-mail address, in any case.
    #[schemars(length(min = 1, max = 254))]
    pub email: String,
}

/// The new password of someone who forgot the old one.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmPasswordReset {
    /// What the link in the mail ends with.
    #[schemars(length(min = 1, max = 200))]
    pub token: String,
    /// 12–256 characters, none of the commonest, without the e-mail address.
    #[schemars(length(min = 12, max = 256))]
    pub new_password: String,
}

/// What the provider of single sign-on sends the browser back with. What else it adds is left alone.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct SingleSignOnReturn {
    /// What stands for the sign-in at the provider, once.
    #[serde(default)]
    pub code: Option<String>,
    /// What this server gave the browser on the way there.
    #[serde(default)]
    pub state: Option<String>,
    /// What went wrong at the provider.
    #[serde(default)]
    pub error: Option<String>,
}

impl Validate for InviteOperator {
    fn validate(&self, violations: &mut Violations) {
        email(violations, "/email", &self.email);
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
        if self.platform_role.is_none() && self.project_roles.is_empty() {
            violations.add("/platform_role", "required", "or a role in a project is required");
        }
        once_each(violations, &self.project_roles);
    }
}

impl Validate for UpdateOperator {
    fn validate(&self, violations: &mut Violations) {
        if let Some(name) = self.name.set() {
            one_line(violations, "/name", name);
        }
        once_each(violations, self.project_roles.as_deref().unwrap_or_default());
    }
}

impl Validate for AcceptOperatorInvitation {
    fn validate(&self, violations: &mut Violations) {
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
    }
}

impl Validate for CreateSession {
    fn validate(&self, violations: &mut Violations) {
        if self.totp_code.is_some() && self.recovery_code.is_some() {
            violations.add("/recovery_code", "conflict", "must not be given together with totp_code");
        }
    }
}

impl Validate for BeginTotp {}
impl Validate for ChangePassword {}
impl Validate for ConfirmTotp {}
impl Validate for DisableTotp {}
impl Validate for ReplaceRecoveryCodes {}
impl Validate for RevokeOtherSessions {}
impl Validate for RequestPasswordReset {}
impl Validate for ConfirmPasswordReset {}
impl Validate for SingleSignOnReturn {}

fn once_each(violations: &mut Violations, roles: &[ProjectRoleGrant]) {
    for (index, grant) in roles.iter().enumerate() {
        if roles[..index].iter().any(|other| other.project_id == grant.project_id) {
            let pointer = format!("/project_roles/{index}/project_id");
            violations.add(pointer, "not_unique", "must be named once");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(body: &impl Validate) -> Vec<(String, String)> {
        let mut violations = Violations::default();
        body.validate(&mut violations);
        violations.into_vec().into_iter().map(|one| (one.pointer.unwrap_or_default(), one.code)).collect()
    }

    #[test]
    fn an_invitation_gives_something_and_names_a_project_once() {
        let project_id: ProjectId = "prj_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        let grant = |role| ProjectRoleGrant { project_id, role };
        let mut invite = InviteOperator {
            email: "a".to_owned(),
            name: None,
            platform_role: None,
            project_roles: Vec::new(),
        };
        let expected = [("/email", "email"), ("/platform_role", "required")];
        assert_eq!(wrong(&invite), expected.map(|(place, code)| (place.to_owned(), code.to_owned())));
        invite.email = "a@b.c".to_owned();
        invite.project_roles = vec![grant(ProjectRole::Owner), grant(ProjectRole::Viewer)];
        assert_eq!(wrong(&invite), [("/project_roles/1/project_id".to_owned(), "not_unique".to_owned())]);
        invite.project_roles.pop();
        assert!(wrong(&invite).is_empty());
    }

    #[test]
    fn one_second_factor_at_a_time() {
        let sign_in = |totp: Option<&str>, recovery: Option<&str>| CreateSession {
            email: "a@b.c".to_owned(),
            password: "x".to_owned(),
            totp_code: totp.map(str::to_owned),
            recovery_code: recovery.map(str::to_owned),
        };
        assert!(wrong(&sign_in(Some("123456"), None)).is_empty());
        assert!(wrong(&sign_in(None, Some("abcde-fghij"))).is_empty());
        assert_eq!(wrong(&sign_in(Some("123456"), Some("abcde-fghij"))).len(), 1);
    }
}
