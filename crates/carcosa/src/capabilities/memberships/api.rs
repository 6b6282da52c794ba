//! HTTP endpoints of memberships.

use carcosa_types::access::MemberPermissions;
use carcosa_types::id::kind;
use carcosa_types::membership::{CreateMembership, ListMembers, Membership, UpdateMembership};
use carcosa_types::permission::{MemberCreate, MemberDelete, MemberRead, MemberUpdate};
use carcosa_web::{
    Body, Created, Deleted, IfMatch, Listed, Object, PathParam, Plain, Query, Result, TenantGuard, endpoints,
};

use super::error::{LAST_OWNER, MEMBERSHIP_EXISTS, OWN_MEMBERSHIP, TOO_MANY_TENANTS};
use super::service;
use crate::capabilities::access;
use crate::capabilities::projects::error::PROJECT_NOT_FOUND;
use crate::capabilities::roles::error::ROLE_EXCEEDED;
use crate::capabilities::tenants::error::TENANT_DELETED;
use crate::capabilities::users::error::USER_DISABLED;
use carcosa_kernel::error::NOT_FOUND;

endpoints! { "members":
    /// Add a member
    ///
    /// A user of the project, by id or by e-mail address; one with a new address is created.
    POST "/v1/tenants/{tenant}/members" => create [MEMBERSHIP_EXISTS, TOO_MANY_TENANTS, ROLE_EXCEEDED, USER_DISABLED,
        TENANT_DELETED, PROJECT_NOT_FOUND, NOT_FOUND];
    /// List members
    ///
    /// Oldest first.
    GET "/v1/tenants/{tenant}/members" => list [];
    /// Get a member
    GET "/v1/tenants/{tenant}/members/{membership}" => get [];
    /// Update a member
    ///
    /// A JSON Merge Patch. The tenant's last owner stays one, and nobody changes their own membership.
    PATCH "/v1/tenants/{tenant}/members/{membership}" => update [MEMBERSHIP_EXISTS, LAST_OWNER, OWN_MEMBERSHIP, ROLE_EXCEEDED,
        TENANT_DELETED];
    /// Remove a member
    ///
    /// Their access ends on every node within a second. The user stays.
    DELETE "/v1/tenants/{tenant}/members/{membership}" => delete [LAST_OWNER, OWN_MEMBERSHIP, ROLE_EXCEEDED, TENANT_DELETED];
    /// Get a member's permissions
    ///
    /// What the membership gives at the moment, and whether it holds.
    GET "/v1/tenants/{tenant}/members/{membership}/permissions" => permissions [];
}

async fn create(
    TenantGuard(access): TenantGuard<MemberCreate>,
    Body(new): Body<CreateMembership>,
) -> Result<Created<Membership>> {
    Ok(Created(service::create(&access, new).await?))
}

async fn list(
    TenantGuard(access): TenantGuard<MemberRead>,
    Query(query): Query<ListMembers>,
) -> Result<Listed<Membership>> {
    Ok(Listed(service::list(&access, query).await?))
}

async fn get(
    TenantGuard(access): TenantGuard<MemberRead>,
    PathParam(id): PathParam<kind::Membership>,
) -> Result<Object<Membership>> {
    Ok(Object(service::get(&access, id).await?))
}

async fn update(
    TenantGuard(access): TenantGuard<MemberUpdate>,
    PathParam(id): PathParam<kind::Membership>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateMembership>,
) -> Result<Object<Membership>> {
    Ok(Object(service::update(&access, id, version, patch).await?))
}

async fn delete(
    TenantGuard(access): TenantGuard<MemberDelete>,
    PathParam(id): PathParam<kind::Membership>,
    IfMatch(version): IfMatch,
) -> Result<Deleted> {
    service::delete(&access, id, version).await?;
    Ok(Deleted)
}

async fn permissions(
    TenantGuard(access): TenantGuard<MemberRead>,
    PathParam(id): PathParam<kind::Membership>,
) -> Result<Plain<MemberPermissions>> {
    Ok(Plain(access::service::permissions_of(&access, id).await?))
}
