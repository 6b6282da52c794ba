//! HTTP endpoints of invitations.

use carcosa_kernel::error::NOT_FOUND;
use carcosa_types::id::kind;
use carcosa_types::membership::{
    AcceptInvitation, CreateInvitation, CreateInvitations, DeclineInvitation, Invitation, InvitationReport,
    InvitationWithToken, ListInvitations, Membership,
};
use carcosa_types::permission::{InvitationAccept, InvitationCreate, InvitationRead, InvitationUpdate};
use carcosa_web::{
    Body, Created, Guard, IfMatch, Listed, Object, PathParam, Plain, Query, Result, TenantGuard, endpoints,
};

use super::error::{
    EMAIL_MISMATCH, INVITATION_EXPIRED, INVITATION_NOT_FOUND, INVITATION_NOT_PENDING, INVITATION_PENDING,
};
use super::service;
use crate::capabilities::memberships::error::{MEMBERSHIP_EXISTS, TOO_MANY_TENANTS};
use crate::capabilities::projects::error::PROJECT_NOT_FOUND;
use crate::capabilities::roles::error::ROLE_EXCEEDED;
use crate::capabilities::tenants::error::TENANT_DELETED;
use crate::capabilities::users::error::USER_DISABLED;

endpoints! { "invitations":
    /// Invite someone
    ///
    /// By mail when `email` is given and the server has mail; else hand on the `token` yourself, for instance in a link to your
    /// own page. The token is in this answer and nowhere else.
    POST "/v1/tenants/{tenant}/invitations" => create [INVITATION_PENDING, ROLE_EXCEEDED, TENANT_DELETED, PROJECT_NOT_FOUND];
    /// Invite many
    ///
    /// Up to 500. The report has a row for each; one that cannot be invited does not stop the others.
    POST "/v1/tenants/{tenant}/invitations/bulk" => create_many [TENANT_DELETED, PROJECT_NOT_FOUND];
    /// List invitations
    ///
    /// Newest first.
    GET "/v1/tenants/{tenant}/invitations" => list [];
    /// Get an invitation
    GET "/v1/tenants/{tenant}/invitations/{invitation}" => get [];
    /// Send an invitation again
    ///
    /// The same invitation with a new token and as many days again; the old token is dead.
    POST "/v1/tenants/{tenant}/invitations/{invitation}/resend" => resend [INVITATION_NOT_PENDING, INVITATION_PENDING,
        ROLE_EXCEEDED, TENANT_DELETED];
    /// Revoke an invitation
    ///
    /// Its token is dead at once.
    POST "/v1/tenants/{tenant}/invitations/{invitation}/revoke" => revoke [INVITATION_NOT_PENDING, TENANT_DELETED];
    /// Accept an invitation
    ///
    /// For the person whom your application has signed in. They become a member; a user with a new address is created. A token
    /// works once, also when it is sent twice at the same time.
    POST "/v1/invitations/accept" => accept [INVITATION_NOT_FOUND, INVITATION_NOT_PENDING, INVITATION_EXPIRED, EMAIL_MISMATCH,
        MEMBERSHIP_EXISTS, TOO_MANY_TENANTS, USER_DISABLED, TENANT_DELETED, PROJECT_NOT_FOUND, NOT_FOUND];
    /// Decline an invitation
    POST "/v1/invitations/decline" => decline [INVITATION_NOT_FOUND, INVITATION_NOT_PENDING, INVITATION_EXPIRED, TENANT_DELETED];
}

async fn create(
    TenantGuard(access): TenantGuard<InvitationCreate>,
    Body(new): Body<CreateInvitation>,
) -> Result<Created<InvitationWithToken>> {
    Ok(Created(service::create(&access, new).await?))
}

async fn create_many(
    TenantGuard(access): TenantGuard<InvitationCreate>,
    Body(new): Body<CreateInvitations>,
) -> Result<Plain<InvitationReport>> {
    Ok(Plain(service::create_many(&access, new.invitations).await?))
}

async fn list(
    TenantGuard(access): TenantGuard<InvitationRead>,
    Query(query): Query<ListInvitations>,
) -> Result<Listed<Invitation>> {
    Ok(Listed(service::list(&access, query).await?))
}

async fn get(
    TenantGuard(access): TenantGuard<InvitationRead>,
    PathParam(id): PathParam<kind::Invitation>,
) -> Result<Object<Invitation>> {
    Ok(Object(service::get(&access, id).await?))
}

async fn resend(
    TenantGuard(access): TenantGuard<InvitationUpdate>,
    PathParam(id): PathParam<kind::Invitation>,
    IfMatch(version): IfMatch,
) -> Result<Object<InvitationWithToken>> {
    Ok(Object(service::resend(&access, id, version).await?))
}

async fn revoke(
    TenantGuard(access): TenantGuard<InvitationUpdate>,
    PathParam(id): PathParam<kind::Invitation>,
    IfMatch(version): IfMatch,
) -> Result<Object<Invitation>> {
    Ok(Object(service::revoke(&access, id, version).await?))
}

async fn accept(
    Guard(access): Guard<InvitationAccept>,
    Body(answer): Body<AcceptInvitation>,
) -> Result<Created<Membership>> {
    Ok(Created(service::accept(&access, answer).await?))
}

async fn decline(
    Guard(access): Guard<InvitationAccept>,
    Body(answer): Body<DeclineInvitation>,
) -> Result<Object<Invitation>> {
    Ok(Object(service::decline(&access, &answer.token).await?))
}
