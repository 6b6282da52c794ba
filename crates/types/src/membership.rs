//! Memberships: the places of users in tenants; and invitations to them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::page::filters;
use crate::user::{UserStatus, email};
use crate::validate::{Validate, Violations, one_line};
use crate::{InvitationId, MembershipId, OrganizationId, Patch, TenantId, Timestamp, UserId};

/// Most invitations in one request.
pub const MAX_BULK_INVITATIONS: usize = 500;

/// A user's place in a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Membership {
    /// Always `membership`.
    #[schemars(extend("const" = "membership"))]
    pub object: String,
    /// Its id.
    pub id: MembershipId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The user, in brief.
    pub user: MemberUser,
    /// What they may do: the key of a built-in role, of the project's or of the tenant's.
    pub role: String,
    /// The organization to which the role is limited; `null` for the whole tenant.
    pub organization_id: Option<OrganizationId>,
    /// Whether the role holds in the tenants below this one too.
    pub includes_children: bool,
    /// Whether it counts.
    pub status: MembershipStatus,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// The user of a membership, in brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberUser {
    /// Its id.
    pub id: UserId,
    /// E-mail address.
    pub email: String,
    /// Display name.
    pub name: Option<String>,
    /// Whether they may do anything at all.
    pub status: UserStatus,
}

/// Whether a membership counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MembershipStatus {
    /// Its role holds.
    #[default]
    Active,
    /// Its role does not hold, for now.
    Disabled,
}

/// What whoever adds a member may say. Names the user by `user_id` or by `email`; a user with a new address is created.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateMembership {
    /// The user.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// E-mail address of the user, at most 254 bytes.
    #[serde(default)]
    #[schemars(length(min = 3, max = 254))]
    pub email: Option<String>,
    /// Display name of a user that is created, 1–200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// What they may do: the key of a role, `member` when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 40))]
    pub role: Option<String>,
    /// Limits the role to an organization of the tenant.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    /// Makes the role hold in the tenants below this one too; not together with `organization_id`.
    #[serde(default)]
    pub includes_children: Option<bool>,
}

/// A merge patch of a membership.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMembership {
    /// What they may do: the key of a role.
    #[serde(default)]
    #[schemars(length(min = 1, max = 40))]
    #[schemars(with = "String")]
    pub role: Option<String>,
    /// Limits the role to an organization; `null` makes it hold in the whole tenant.
    #[serde(default)]
    pub organization_id: Patch<OrganizationId>,
    /// Whether the role holds in the tenants below this one too.
    #[serde(default)]
    #[schemars(with = "bool")]
    pub includes_children: Option<bool>,
    /// Turn it off or on again.
    #[serde(default)]
    #[schemars(with = "MembershipStatus")]
    pub status: Option<MembershipStatus>,
}

filters! {
    /// Filters of the list of a tenant's members.
    pub struct ListMembers {
        /// Words, each the beginning of a word in the user's name or e-mail address, whatever case and accents; 1–200 characters, of which
        /// the first 8 words count.
        #[serde(default)]
        #[schemars(length(min = 1, max = 200))]
        pub q: Option<String>,
        /// Only those with this role.
        #[serde(default)]
        #[schemars(length(min = 1, max = 40))]
        pub role: Option<String>,
        /// Only those limited to this organization.
        #[serde(default)]
        pub organization_id: Option<OrganizationId>,
        /// Only those with this status.
        #[serde(default)]
        pub status: Option<MembershipStatus>,
        /// Only the memberships of this user.
        #[serde(default)]
        pub user_id: Option<UserId>,
    }
}

/// An offer of a membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Invitation {
    /// Always `invitation`.
    #[schemars(extend("const" = "invitation"))]
    pub object: String,
    /// Its id.
    pub id: InvitationId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The address it was sent to; `null` for one that is handed on as a link.
    pub email: Option<String>,
    /// The role offered.
    pub role: String,
    /// The organization to which the role will be limited.
    pub organization_id: Option<OrganizationId>,
    /// Where it is in its life.
    pub status: InvitationStatus,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
    /// How often it was sent.
    pub sent_count: i64,
    /// The membership that came of it.
    pub membership_id: Option<MembershipId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// Where an invitation is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    /// Waits for an answer.
    Pending,
    /// Was accepted.
    Accepted,
    /// Was declined.
    Declined,
    /// Was taken back.
    Revoked,
    /// Was not answered in time.
    Expired,
}

/// An invitation together with its token, which is never shown again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvitationWithToken {
    /// The invitation.
    #[serde(flatten)]
    pub invitation: Invitation,
    /// What accepts it, once. In the link that is mailed, or for you to hand on.
    pub token: String,
    /// Whether a mail with it is on its way.
    pub mailed: bool,
}

impl std::fmt::Debug for InvitationWithToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InvitationWithToken").field("invitation", &self.invitation).finish_non_exhaustive()
    }
}

/// What an inviter may say.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvitation {
    /// The address to send it to, at most 254 bytes; without, it is a link that whoever has it can accept once.
    #[serde(default)]
    #[schemars(length(min = 3, max = 254))]
    pub email: Option<String>,
    /// The role offered, `member` when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 40))]
    pub role: Option<String>,
    /// Limits the role to an organization of the tenant.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    /// Days in which it can be accepted, 1–365; the project's `invitation_expiry_days` when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 365))]
    pub expires_in_days: Option<u32>,
    /// Whether to mail it, when the server has mail; `true` when absent.
    #[serde(default)]
    pub send_email: Option<bool>,
    /// The address of the application's page that accepts invitations, `https` (or `http` on localhost); the token is added as
    /// the query parameter `token`. The project's `invitation_url` when absent.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub accept_url: Option<String>,
}

/// Many invitations at once.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvitations {
    /// 1–500 of them. Each has its own result; one that cannot be made does not stop the others.
    #[schemars(length(min = 1, max = 500))]
    pub invitations: Vec<CreateInvitation>,
}

/// What became of each of many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InvitationReport {
    /// Always `invitation_report`.
    #[schemars(extend("const" = "invitation_report"))]
    pub object: String,
    /// How many were made.
    pub created: usize,
    /// How many could not be made.
    pub failed: usize,
    /// One row per invitation, in the order given.
    pub rows: Vec<InvitationRow>,
}

/// What became of one of many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InvitationRow {
    /// Its place in the request, from 0.
    pub index: usize,
    /// The invitation with its token, when it was made.
    pub invitation: Option<InvitationWithToken>,
    /// The error's code, when it was not.
    pub code: Option<String>,
    /// The error's sentence.
    pub detail: Option<String>,
}

filters! {
    /// Filters of the list of a tenant's invitations.
    pub struct ListInvitations {
        /// Only those with this status.
        #[serde(default)]
        pub status: Option<InvitationStatus>,
        /// Only those to this address, whatever its case.
        #[serde(default)]
        #[schemars(length(min = 1, max = 254))]
        pub email: Option<String>,
    }
}

/// Who accepts an invitation. The application has signed them in.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// The invitation's token.
    #[schemars(length(min = 1, max = 200))]
    pub token: String,
    /// The user who accepts. Must have the address that the invitation was sent to.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The address of the user who accepts; must be the one that the invitation was sent to. Needed, unless `user_id` is
    /// given, for an invitation that was handed on as a link.
    #[serde(default)]
    #[schemars(length(min = 3, max = 254))]
    pub email: Option<String>,
    /// Display name of a user that is created, 1–200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
}

/// Declines an invitation.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineInvitation {
    /// The invitation's token.
    #[schemars(length(min = 1, max = 200))]
    pub token: String,
}

impl Validate for ListMembers {}
impl Validate for ListInvitations {}
impl Validate for DeclineInvitation {}
impl Validate for UpdateMembership {}

impl Validate for CreateMembership {
    fn validate(&self, violations: &mut Violations) {
        match (&self.user_id, &self.email) {
            (None, None) => violations.add("/email", "required", "give email or user_id"),
            (Some(_), Some(_)) => violations.add("/email", "conflict", "give email or user_id, not both"),
            (None, Some(address)) => email(violations, "/email", address),
            (Some(_), None) => {}
        }
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
        if self.includes_children == Some(true) && self.organization_id.is_some() {
            let rule = "a role limited to an organization cannot hold in other tenants";
            violations.add("/includes_children", "conflict", rule);
        }
    }
}

impl CreateInvitation {
    /// What is wrong with it; `pointer` is where it stands.
    pub fn check(&self, pointer: &str, violations: &mut Violations) {
        if let Some(address) = &self.email {
            email(violations, &format!("{pointer}/email"), address);
        }
        if let Some(url) = &self.accept_url
            && !is_page(url)
        {
            let rule = "must be an https address without spaces (or http on localhost)";
            violations.add(format!("{pointer}/accept_url"), "url", rule);
        }
    }
}

/// Whether a text is the address of a page that people may be sent to with a token.
#[must_use]
pub fn is_page(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| {
        let rest = url.strip_prefix("http://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "localhost" | "127.0.0.1" | "[::1]").then_some(rest)
    });
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && !host.contains('@') && url.chars().all(|c| !c.is_whitespace() && !c.is_control())
    })
}

impl Validate for CreateInvitation {
    fn validate(&self, violations: &mut Violations) {
        self.check("", violations);
    }
}

impl Validate for CreateInvitations {}

impl Validate for AcceptInvitation {
    fn validate(&self, violations: &mut Violations) {
        if let Some(address) = &self.email {
            email(violations, "/email", address);
        }
        if self.email.is_some() && self.user_id.is_some() {
            violations.add("/email", "conflict", "give email or user_id, not both");
        }
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
    }
}
