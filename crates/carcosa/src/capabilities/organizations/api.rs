//! HTTP endpoints of organizations.

use carcosa_types::id::kind;
use carcosa_types::organization::{CreateOrganization, Organization, UpdateOrganization};
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{
    OrganizationCreate, OrganizationDelete, OrganizationRead, OrganizationUpdate,
};
use carcosa_web::{
    Body, Created, Deleted, IfMatch, Listed, Object, PathParam, Query, Result, TenantGuard, endpoints,
};

use super::error::{ORGANIZATION_IN_USE, ORGANIZATION_NAME_TAKEN, TOO_MANY_ORGANIZATIONS};
use super::service;
use crate::capabilities::tenants::error::TENANT_DELETED;

endpoints! { "organizations":
    /// Create an organization
    ///
    /// The name is unique in the tenant.
    POST "/v1/tenants/{tenant}/organizations" => create [ORGANIZATION_NAME_TAKEN, TOO_MANY_ORGANIZATIONS, TENANT_DELETED];
    /// List a tenant's organizations
    ///
    /// By name.
    GET "/v1/tenants/{tenant}/organizations" => list [];
    /// Get an organization
    GET "/v1/tenants/{tenant}/organizations/{organization}" => get [];
    /// Update an organization
    ///
    /// A JSON Merge Patch; `settings` are merged member by member.
    PATCH "/v1/tenants/{tenant}/organizations/{organization}" => update [ORGANIZATION_NAME_TAKEN, TENANT_DELETED];
    /// Delete an organization
    ///
    /// For good.
    DELETE "/v1/tenants/{tenant}/organizations/{organization}" => delete [ORGANIZATION_IN_USE, TENANT_DELETED];
}

async fn create(
    TenantGuard(access): TenantGuard<OrganizationCreate>,
    Body(new): Body<CreateOrganization>,
) -> Result<Created<Organization>> {
    Ok(Created(service::create(&access, new).await?))
}

async fn list(
    TenantGuard(access): TenantGuard<OrganizationRead>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<Organization>> {
    Ok(Listed(service::list(&access, &query).await?))
}

async fn get(
    TenantGuard(access): TenantGuard<OrganizationRead>,
    PathParam(id): PathParam<kind::Organization>,
) -> Result<Object<Organization>> {
    Ok(Object(service::get(&access, id).await?))
}

async fn update(
    TenantGuard(access): TenantGuard<OrganizationUpdate>,
    PathParam(id): PathParam<kind::Organization>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateOrganization>,
) -> Result<Object<Organization>> {
    Ok(Object(service::update(&access, id, version, patch).await?))
}

async fn delete(
    TenantGuard(access): TenantGuard<OrganizationDelete>,
    PathParam(id): PathParam<kind::Organization>,
    IfMatch(version): IfMatch,
) -> Result<Deleted> {
    service::delete(&access, id, version).await?;
    Ok(Deleted)
}
