//! HTTP endpoints of API keys: those of the project, and those of each tenant.

use carcosa_kernel::error::NOT_FOUND;
use carcosa_types::id::kind;
use carcosa_types::key::{ApiKey, ApiKeyWithSecret, CreateKey, RotateKey, UpdateKey};
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{KeyCreate, KeyDelete, KeyRead, KeyRotate, KeyUpdate};
use carcosa_web::{
    Body, Created, Deleted, Guard, IfMatch, Listed, Object, PathParam, Query, Result, TenantGuard, endpoints,
};

use super::error::{KEY_REVOKED, SCOPE_EXCEEDED};
use super::service;
use crate::capabilities::projects::error::PROJECT_NOT_FOUND;
use crate::capabilities::tenants::{self, error::TENANT_DELETED};

endpoints! { "keys":
    /// Create an API key
    ///
    /// A key of the project. The `secret` is in this answer and nowhere else.
    POST "/v1/keys" => create [SCOPE_EXCEEDED, PROJECT_NOT_FOUND];
    /// List API keys
    ///
    /// The keys of the project, newest first, revoked ones too.
    GET "/v1/keys" => list [];
    /// Get an API key
    GET "/v1/keys/{api_key}" => get [];
    /// Update an API key
    ///
    /// A JSON Merge Patch: rename, rescope, turn off or on, or change the expiry.
    PATCH "/v1/keys/{api_key}" => update [KEY_REVOKED, SCOPE_EXCEEDED];
    /// Rotate an API key
    ///
    /// Gives the key a new secret. The old one keeps working for `overlap_seconds`.
    POST "/v1/keys/{api_key}/rotate" => rotate [KEY_REVOKED, SCOPE_EXCEEDED, PROJECT_NOT_FOUND];
    /// Revoke an API key
    ///
    /// For good, on every node within a second.
    DELETE "/v1/keys/{api_key}" => revoke [KEY_REVOKED];
    /// Create a tenant's API key
    ///
    /// A key that reaches this tenant and no other, and stops when the tenant is suspended.
    POST "/v1/tenants/{tenant}/keys" => create_of_tenant [SCOPE_EXCEEDED, PROJECT_NOT_FOUND, TENANT_DELETED];
    /// List a tenant's API keys
    GET "/v1/tenants/{tenant}/keys" => list_of_tenant [];
    /// Get a tenant's API key
    GET "/v1/tenants/{tenant}/keys/{api_key}" => get_of_tenant [NOT_FOUND];
    /// Update a tenant's API key
    PATCH "/v1/tenants/{tenant}/keys/{api_key}" => update_of_tenant [KEY_REVOKED, SCOPE_EXCEEDED];
    /// Rotate a tenant's API key
    POST "/v1/tenants/{tenant}/keys/{api_key}/rotate" => rotate_of_tenant [KEY_REVOKED, SCOPE_EXCEEDED, PROJECT_NOT_FOUND];
    /// Revoke a tenant's API key
    DELETE "/v1/tenants/{tenant}/keys/{api_key}" => revoke_of_tenant [KEY_REVOKED];
}

async fn create(
    Guard(access): Guard<KeyCreate>,
    Body(new): Body<CreateKey>,
) -> Result<Created<ApiKeyWithSecret>> {
    Ok(Created(service::create(access.write().await?, new).await?))
}

async fn list(Guard(access): Guard<KeyRead>, Query(query): Query<PageQuery>) -> Result<Listed<ApiKey>> {
    Ok(Listed(service::list(access.kernel(), access.read().await?, &query).await?))
}

async fn get(Guard(access): Guard<KeyRead>, PathParam(id): PathParam<kind::Key>) -> Result<Object<ApiKey>> {
    Ok(Object(service::get(access.read().await?, id).await?))
}

async fn update(
    Guard(access): Guard<KeyUpdate>,
    PathParam(id): PathParam<kind::Key>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateKey>,
) -> Result<Object<ApiKey>> {
    Ok(Object(service::update(access.write().await?, id, version, patch).await?))
}

async fn rotate(
    Guard(access): Guard<KeyRotate>,
    PathParam(id): PathParam<kind::Key>,
    IfMatch(version): IfMatch,
    Body(options): Body<RotateKey>,
) -> Result<Object<ApiKeyWithSecret>> {
    Ok(Object(service::rotate(access.write().await?, id, version, options).await?))
}

async fn revoke(
    Guard(access): Guard<KeyDelete>,
    PathParam(id): PathParam<kind::Key>,
    IfMatch(version): IfMatch,
) -> Result<Deleted> {
    service::revoke(access.write().await?, id, version).await?;
    Ok(Deleted)
}

async fn create_of_tenant(
    TenantGuard(access): TenantGuard<KeyCreate>,
    Body(new): Body<CreateKey>,
) -> Result<Created<ApiKeyWithSecret>> {
    let mut write = access.write().await?;
    tenants::service::hold_undeleted(&mut write).await?;
    Ok(Created(service::create(write, new).await?))
}

async fn list_of_tenant(
    TenantGuard(access): TenantGuard<KeyRead>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<ApiKey>> {
    Ok(Listed(service::list(access.kernel(), access.read().await?, &query).await?))
}

async fn get_of_tenant(
    TenantGuard(access): TenantGuard<KeyRead>,
    PathParam(id): PathParam<kind::Key>,
) -> Result<Object<ApiKey>> {
    Ok(Object(service::get(access.read().await?, id).await?))
}

async fn update_of_tenant(
    TenantGuard(access): TenantGuard<KeyUpdate>,
    PathParam(id): PathParam<kind::Key>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateKey>,
) -> Result<Object<ApiKey>> {
    Ok(Object(service::update(access.write().await?, id, version, patch).await?))
}

async fn rotate_of_tenant(
    TenantGuard(access): TenantGuard<KeyRotate>,
    PathParam(id): PathParam<kind::Key>,
    IfMatch(version): IfMatch,
    Body(options): Body<RotateKey>,
) -> Result<Object<ApiKeyWithSecret>> {
    Ok(Object(service::rotate(access.write().await?, id, version, options).await?))
}

async fn revoke_of_tenant(
    TenantGuard(access): TenantGuard<KeyDelete>,
    PathParam(id): PathParam<kind::Key>,
    IfMatch(version): IfMatch,
) -> Result<Deleted> {
    service::revoke(access.write().await?, id, version).await?;
    Ok(Deleted)
}
