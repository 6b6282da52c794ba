//! HTTP endpoints of roles: those of the project, and those of each tenant.

use carcosa_types::access::PermissionInfo;
use carcosa_types::id::kind;
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{RoleCreate, RoleDelete, RoleRead, RoleUpdate};
use carcosa_types::role::{CreateRole, Role, UpdateRole};
use carcosa_web::{
    Body, Created, Deleted, Guard, IfMatch, Listed, Object, PathParam, Query, Result, TenantGuard, endpoints,
};

use super::error::{ROLE_BUILT_IN, ROLE_EXCEEDED, ROLE_IN_USE, ROLE_KEY_TAKEN, TOO_MANY_ROLES};
use super::service;
use crate::capabilities::projects::error::PROJECT_NOT_FOUND;
use crate::capabilities::tenants::error::TENANT_DELETED;

endpoints! { "roles":
    /// List permissions
    ///
    /// Carcosa's own, and those that the project defines for its application in its settings.
    GET "/v1/permissions" => permissions [PROJECT_NOT_FOUND];
    /// Create a role
    ///
    /// Every tenant of the project has it.
    POST "/v1/roles" => create [ROLE_KEY_TAKEN, ROLE_EXCEEDED, TOO_MANY_ROLES, PROJECT_NOT_FOUND];
    /// List roles
    ///
    /// Carcosa's own first, then the project's by key.
    GET "/v1/roles" => list [];
    /// Get a role
    GET "/v1/roles/{role}" => get [];
    /// Update a role
    ///
    /// A JSON Merge Patch. Whoever holds the role has what it gives within a second, on every node.
    PATCH "/v1/roles/{role}" => update [ROLE_BUILT_IN, ROLE_EXCEEDED, PROJECT_NOT_FOUND];
    /// Delete a role
    ///
    /// One that no membership and no pending invitation names.
    DELETE "/v1/roles/{role}" => delete [ROLE_BUILT_IN, ROLE_IN_USE, ROLE_EXCEEDED];
    /// Create a tenant's role
    POST "/v1/tenants/{tenant}/roles" => create_of_tenant [ROLE_KEY_TAKEN, ROLE_EXCEEDED, TOO_MANY_ROLES, PROJECT_NOT_FOUND,
        TENANT_DELETED];
    /// List a tenant's roles
    ///
    /// All that can be given in the tenant: Carcosa's own, then the project's and the tenant's by key.
    GET "/v1/tenants/{tenant}/roles" => list_of_tenant [];
    /// Get a tenant's role
    GET "/v1/tenants/{tenant}/roles/{role}" => get_of_tenant [];
    /// Update a tenant's role
    PATCH "/v1/tenants/{tenant}/roles/{role}" => update_of_tenant [ROLE_BUILT_IN, ROLE_EXCEEDED, PROJECT_NOT_FOUND,
        TENANT_DELETED];
    /// Delete a tenant's role
    DELETE "/v1/tenants/{tenant}/roles/{role}" => delete_of_tenant [ROLE_BUILT_IN, ROLE_IN_USE, ROLE_EXCEEDED,
        TENANT_DELETED];
}

async fn permissions(Guard(access): Guard<RoleRead>) -> Result<Listed<PermissionInfo>> {
    Ok(Listed(service::permissions(access.kernel(), access.project()).await?))
}

async fn create(Guard(access): Guard<RoleCreate>, Body(new): Body<CreateRole>) -> Result<Created<Role>> {
    Ok(Created(service::create(access.write().await?, None, new).await?))
}

async fn list(Guard(access): Guard<RoleRead>, Query(query): Query<PageQuery>) -> Result<Listed<Role>> {
    Ok(Listed(service::list(access.kernel(), access.read().await?, &query).await?))
}

async fn get(Guard(access): Guard<RoleRead>, PathParam(id): PathParam<kind::Role>) -> Result<Object<Role>> {
    Ok(Object(service::get(access.read().await?, id).await?))
}

async fn update(
    Guard(access): Guard<RoleUpdate>,
    PathParam(id): PathParam<kind::Role>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateRole>,
) -> Result<Object<Role>> {
    Ok(Object(service::update(access.write().await?, id, version, patch).await?))
}

async fn delete(
    Guard(access): Guard<RoleDelete>,
    PathParam(id): PathParam<kind::Role>,
    IfMatch(version): IfMatch,
) -> Result<Deleted> {
    service::delete(access.write().await?, id, version).await?;
    Ok(Deleted)
}

async fn create_of_tenant(
    TenantGuard(access): TenantGuard<RoleCreate>,
    Body(new): Body<CreateRole>,
) -> Result<Created<Role>> {
    let write = service::write_of_tenant(&access).await?;
    Ok(Created(service::create(write, Some(access.tenant().id), new).await?))
}

async fn list_of_tenant(
    TenantGuard(access): TenantGuard<RoleRead>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<Role>> {
    Ok(Listed(service::list(access.kernel(), access.read().await?, &query).await?))
}

async fn get_of_tenant(
    TenantGuard(access): TenantGuard<RoleRead>,
    PathParam(id): PathParam<kind::Role>,
) -> Result<Object<Role>> {
    Ok(Object(service::get(access.read().await?, id).await?))
}

async fn update_of_tenant(
    TenantGuard(access): TenantGuard<RoleUpdate>,
    PathParam(id): PathParam<kind::Role>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateRole>,
) -> Result<Object<Role>> {
    let write = service::write_of_tenant(&access).await?;
    Ok(Object(service::update(write, id, version, patch).await?))
}

async fn delete_of_tenant(
    TenantGuard(access): TenantGuard<RoleDelete>,
    PathParam(id): PathParam<kind::Role>,
    IfMatch(version): IfMatch,
) -> Result<Deleted> {
    let write = service::write_of_tenant(&access).await?;
    service::delete(write, id, version).await?;
    Ok(Deleted)
}
