//! HTTP endpoints of shares.

use carcosa_types::id::kind;
use carcosa_types::permission::{ShareCreate, ShareDelete, ShareRead};
use carcosa_types::tenant::{CreateShare, ListShares, Share};
use carcosa_web::{
    Body, Created, Deleted, IfMatch, Listed, Object, PathParam, Query, Result, TenantGuard, endpoints,
};

use super::error::{SHARE_EXISTS, TOO_MANY_SHARES};
use super::service;
use crate::capabilities::tenants::error::TENANT_DELETED;

endpoints! { "shares":
    /// Share a resource
    ///
    /// Lets another tenant of the project use a resource of this one, until it is revoked or expires. Recorded in the
    /// streams of both.
    POST "/v1/tenants/{tenant}/shares" => create [SHARE_EXISTS, TOO_MANY_SHARES, TENANT_DELETED];
    /// List shares
    ///
    /// What the tenant shares (`direction=granted`), or what others share with it (`direction=received`). Expired ones
    /// are left out.
    GET "/v1/tenants/{tenant}/shares" => list [];
    /// Get a share
    ///
    /// Both tenants see it.
    GET "/v1/tenants/{tenant}/shares/{share}" => get [];
    /// Revoke a share
    ///
    /// Only the tenant that shares can.
    DELETE "/v1/tenants/{tenant}/shares/{share}" => revoke [];
}

async fn create(
    TenantGuard(access): TenantGuard<ShareCreate>,
    Body(new): Body<CreateShare>,
) -> Result<Created<Share>> {
    Ok(Created(service::create(&access, new).await?))
}

async fn list(
    TenantGuard(access): TenantGuard<ShareRead>,
    Query(query): Query<ListShares>,
) -> Result<Listed<Share>> {
    Ok(Listed(service::list(&access, query).await?))
}

async fn get(
    TenantGuard(access): TenantGuard<ShareRead>,
    PathParam(id): PathParam<kind::Share>,
) -> Result<Object<Share>> {
    Ok(Object(service::get(&access, id).await?))
}

async fn revoke(
    TenantGuard(access): TenantGuard<ShareDelete>,
    PathParam(id): PathParam<kind::Share>,
    IfMatch(version): IfMatch,
) -> Result<Deleted> {
    service::revoke(&access, id, version).await?;
    Ok(Deleted)
}
