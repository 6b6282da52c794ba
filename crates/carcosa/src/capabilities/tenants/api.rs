//! HTTP endpoints of tenants.

use carcosa_types::permission::{
    SecurityPolicyRead, SecurityPolicyUpdate, TenantCreate, TenantDelete, TenantRead, TenantTransition,
    TenantUpdate,
};
use carcosa_types::security_policy::{SecurityPolicy, UpdateSecurityPolicy};
use carcosa_types::slug_preview::{SlugPreview, SlugQuery};
use carcosa_types::tenant::{
    CreateTenant, DeleteTenant, ListTenants, Tenant, TenantStats, Transition as Reason, UpdateTenant,
};
use carcosa_types::tenant_dependents::TenantDependents;
use carcosa_types::tenant_history::{HistoryQuery, TenantHistory};
use carcosa_web::{
    Body, Created, Guard, IfMatch, Listed, Object, Plain, Query, Result, TenantGuard, endpoints,
};

use super::error::{
    EXTERNAL_ID_TAKEN, HIERARCHY_CYCLE, HIERARCHY_TOO_DEEP, HIERARCHY_TOO_LARGE, INVALID_TRANSITION,
    SLUG_RESERVED, SLUG_TAKEN, TENANT_DELETED, TENANT_HAS_CHILDREN, TOO_MANY_SLUGS,
};
use super::model::Transition;
use super::{counting, dependents, preview, security, service};
use crate::capabilities::projects::error::PROJECT_NOT_FOUND;

endpoints! { "tenants":
    /// Create a tenant
    ///
    /// The slug is made from the name unless given: `Åbo Akademi` becomes `abo-akademi`, a second one `abo-akademi-2`.
    /// The tenant is `active` at once, or `pending` when the project's `initial_status` says so.
    POST "/v1/tenants" => create [SLUG_TAKEN, SLUG_RESERVED, EXTERNAL_ID_TAKEN, HIERARCHY_TOO_DEEP, HIERARCHY_CYCLE,
        TENANT_DELETED, PROJECT_NOT_FOUND];
    /// List and search tenants
    ///
    /// Newest first unless `order` says otherwise. With `q`, tenants that have, for each word, a word beginning with it
    /// in name, slug, external id or a metadata text; the best match first. Deleted tenants only with `status=deleted`.
    GET "/v1/tenants" => list [];
    /// Count tenants
    ///
    /// By status, kind and plan, and those created recently.
    GET "/v1/tenants/stats" => stats [];
    /// Count tenants over time
    ///
    /// For every day in UTC what was created, activated, suspended, archived, deleted, restored and purged, and how many there were at
    /// its end by status and plan. Exact, also of today: every change is counted in the transaction that makes it.
    GET "/v1/tenants/stats/history" => history [];
    /// Preview a slug
    ///
    /// Which slug a tenant of this `name` would get now, or whether the `slug` given can be had, and if not, why and what could. Nothing is
    /// taken: someone else may have it by the time the tenant is created.
    GET "/v1/tenants/slug" => preview_slug [PROJECT_NOT_FOUND];
    /// Get a tenant
    GET "/v1/tenants/{tenant}" => get [];
    /// Update a tenant
    ///
    /// A JSON Merge Patch. A former slug keeps resolving to the tenant and is never given to another. What applies of
    /// plan and branding is worked out for all descendants, up to 10,000.
    PATCH "/v1/tenants/{tenant}" => update [SLUG_TAKEN, TOO_MANY_SLUGS, SLUG_RESERVED, EXTERNAL_ID_TAKEN, HIERARCHY_TOO_DEEP,
        HIERARCHY_CYCLE, HIERARCHY_TOO_LARGE, TENANT_DELETED, PROJECT_NOT_FOUND];
    /// Replace a tenant
    ///
    /// What is absent goes back to its default; a slug that is absent stays.
    PUT "/v1/tenants/{tenant}" => replace [SLUG_TAKEN, TOO_MANY_SLUGS, SLUG_RESERVED, EXTERNAL_ID_TAKEN, HIERARCHY_TOO_DEEP,
        HIERARCHY_CYCLE, HIERARCHY_TOO_LARGE, TENANT_DELETED, PROJECT_NOT_FOUND];
    /// Delete a tenant
    ///
    /// It stops working at once and can be restored until `purge_at`; then it is erased for good.
    DELETE "/v1/tenants/{tenant}" => delete [INVALID_TRANSITION, TENANT_HAS_CHILDREN, PROJECT_NOT_FOUND];
    /// Activate a tenant
    ///
    /// From `pending`, `suspended` or `archived`.
    POST "/v1/tenants/{tenant}/activate" => activate [INVALID_TRANSITION, PROJECT_NOT_FOUND];
    /// Suspend a tenant
    ///
    /// From `active`. Its keys stop working on every node within a second.
    POST "/v1/tenants/{tenant}/suspend" => suspend [INVALID_TRANSITION, PROJECT_NOT_FOUND];
    /// Archive a tenant
    ///
    /// From `active` or `suspended`.
    POST "/v1/tenants/{tenant}/archive" => archive [INVALID_TRANSITION, PROJECT_NOT_FOUND];
    /// Restore a tenant
    ///
    /// From `deleted` to the status before, until it is purged; from `archived` to `active`.
    POST "/v1/tenants/{tenant}/restore" => restore [INVALID_TRANSITION, TENANT_DELETED, PROJECT_NOT_FOUND];
    /// Count what hangs on a tenant
    ///
    /// Members, keys, webhook endpoints and more that are affected when the tenant is suspended, archived or deleted. Each count stops at
    /// 10,000; `capped` names those that did.
    GET "/v1/tenants/{tenant}/dependents" => count_dependents [];
    /// Get a tenant's security policy
    ///
    /// What it asks of its people and keys. One that never said anything asks nothing, and has version 0.
    GET "/v1/tenants/{tenant}/security-policy" => get_security_policy [];
    /// Update a tenant's security policy
    ///
    /// A JSON Merge Patch; lists are replaced. It holds on every node within a second: for the tenant's keys and people, their tokens,
    /// access checks and key verification. A person or key of the tenant cannot lock itself out.
    PATCH "/v1/tenants/{tenant}/security-policy" => update_security_policy [TENANT_DELETED];
}

async fn get_security_policy(
    TenantGuard(access): TenantGuard<SecurityPolicyRead>,
) -> Result<Object<SecurityPolicy>> {
    Ok(Object(security::get(&access).await?))
}

async fn update_security_policy(
    TenantGuard(access): TenantGuard<SecurityPolicyUpdate>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateSecurityPolicy>,
) -> Result<Object<SecurityPolicy>> {
    Ok(Object(security::update(&access, version, patch).await?))
}

async fn create(
    Guard(access): Guard<TenantCreate>,
    Body(new): Body<CreateTenant>,
) -> Result<Created<Tenant>> {
    Ok(Created(service::create(&access, new).await?))
}

async fn list(Guard(access): Guard<TenantRead>, Query(query): Query<ListTenants>) -> Result<Listed<Tenant>> {
    Ok(Listed(service::list(&access, query).await?))
}

async fn stats(Guard(access): Guard<TenantRead>) -> Result<Plain<TenantStats>> {
    Ok(Plain(counting::stats(&access).await?))
}

async fn history(
    Guard(access): Guard<TenantRead>,
    Query(query): Query<HistoryQuery>,
) -> Result<Plain<TenantHistory>> {
    Ok(Plain(counting::history(&access, &query).await?))
}

async fn preview_slug(
    Guard(access): Guard<TenantCreate>,
    Query(query): Query<SlugQuery>,
) -> Result<Plain<SlugPreview>> {
    Ok(Plain(preview::slug(&access, &query).await?))
}

async fn count_dependents(TenantGuard(access): TenantGuard<TenantRead>) -> Result<Plain<TenantDependents>> {
    Ok(Plain(dependents::count(&access).await?))
}

async fn get(TenantGuard(access): TenantGuard<TenantRead>) -> Result<Object<Tenant>> {
    Ok(Object(service::get(&access).await?))
}

async fn update(
    TenantGuard(access): TenantGuard<TenantUpdate>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateTenant>,
) -> Result<Object<Tenant>> {
    Ok(Object(service::update(&access, version, patch).await?))
}

async fn replace(
    TenantGuard(access): TenantGuard<TenantUpdate>,
    IfMatch(version): IfMatch,
    Body(new): Body<CreateTenant>,
) -> Result<Object<Tenant>> {
    Ok(Object(service::replace(&access, version, new).await?))
}

async fn delete(
    TenantGuard(access): TenantGuard<TenantDelete>,
    IfMatch(version): IfMatch,
    Query(query): Query<DeleteTenant>,
) -> Result<Object<Tenant>> {
    Ok(Object(service::delete(&access, version, query.reason).await?))
}

async fn activate(
    TenantGuard(access): TenantGuard<TenantTransition>,
    IfMatch(version): IfMatch,
    Body(body): Body<Reason>,
) -> Result<Object<Tenant>> {
    Ok(Object(service::transition(&access, version, Transition::Activate, body.reason).await?))
}

async fn suspend(
    TenantGuard(access): TenantGuard<TenantTransition>,
    IfMatch(version): IfMatch,
    Body(body): Body<Reason>,
) -> Result<Object<Tenant>> {
    Ok(Object(service::transition(&access, version, Transition::Suspend, body.reason).await?))
}

async fn archive(
    TenantGuard(access): TenantGuard<TenantTransition>,
    IfMatch(version): IfMatch,
    Body(body): Body<Reason>,
) -> Result<Object<Tenant>> {
    Ok(Object(service::transition(&access, version, Transition::Archive, body.reason).await?))
}

async fn restore(
    TenantGuard(access): TenantGuard<TenantTransition>,
    IfMatch(version): IfMatch,
    Body(body): Body<Reason>,
) -> Result<Object<Tenant>> {
    Ok(Object(service::transition(&access, version, Transition::Restore, body.reason).await?))
}
