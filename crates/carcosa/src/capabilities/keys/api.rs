//! HTTP endpoints of API keys: those of the project, those of each tenant, and keys in use.

use carcosa_kernel::error::NOT_FOUND;
use carcosa_types::id::kind;
use carcosa_types::key::{
    ApiKey, ApiKeyWithSecret, CreateKey, ListKeys, ListTenantKeys, RotateKey, UpdateKey,
};
use carcosa_types::key_usage::{KeyUsage, KeyUsageQuery, ProjectKeyUsage};
use carcosa_types::key_use::{ImportKeys, ImportReport, KeyVerification, LeakReport, ReportLeak, VerifyKey};
use carcosa_types::permission::{KeyCreate, KeyDelete, KeyImport, KeyRead, KeyRotate, KeyUpdate, KeyVerify};
use carcosa_web::{
    Body, Created, Deleted, Guard, IfMatch, Listed, Object, PathParam, Plain, Query, Result, TenantGuard,
    endpoints,
};

use super::error::{KEY_REVOKED, SCOPE_EXCEEDED};
use super::{import, leak, service, usage, verify};
use crate::capabilities::projects::error::PROJECT_NOT_FOUND;
use crate::capabilities::tenants::{self, error::TENANT_DELETED};

endpoints! { "keys":
    /// Create an API key
    ///
    /// A key of the project. The `secret` is in this answer and nowhere else.
    POST "/v1/keys" => create [SCOPE_EXCEEDED, PROJECT_NOT_FOUND];
    /// List API keys
    ///
    /// The keys of the project, or of the one tenant that `tenant_id` names; newest first, revoked ones too.
    GET "/v1/keys" => list [];
    /// Get an API key
    ///
    /// A key of the project or of any of its tenants.
    GET "/v1/keys/{api_key}" => get [];
    /// Update an API key
    ///
    /// A JSON Merge Patch, for a key of the project or of any of its tenants. Limits hold at once on the node that answers, within a
    /// second on others. A credential of a tenant cannot change limits.
    PATCH "/v1/keys/{api_key}" => update [KEY_REVOKED, SCOPE_EXCEEDED, PROJECT_NOT_FOUND];
    /// Rotate an API key
    ///
    /// Gives the key a new secret. The old one keeps working for `overlap_seconds`.
    POST "/v1/keys/{api_key}/rotate" => rotate [KEY_REVOKED, SCOPE_EXCEEDED, PROJECT_NOT_FOUND];
    /// Revoke an API key
    ///
    /// For good, on every node within a second. Revoking it again changes nothing.
    DELETE "/v1/keys/{api_key}" => revoke [];
    /// Verify an API key
    ///
    /// One decision about a key that someone presented to you: whether it may be used, by which tenant, for what. The answer is 200
    /// whatever the decision; switch on `code`. Answered from the node's memory, so revocations and changes hold within a second.
    ///
    /// Takes `cost` of the key's rate limit and credits; what is refused takes nothing. The rate limit is kept by each node for itself.
    /// Credits are never overspent: nodes lease them from the database, 100 at a time or what one call costs. A node that stops
    /// gives back what it did not spend; one that is killed loses it. At the start of each period a refill sets what is left to its amount.
    ///
    /// Not carried out once only: an `Idempotency-Key` has no effect.
    POST "/v1/keys/verify" => verify [];
    /// Report a leaked API key
    ///
    /// Revokes the key with this text, whoever in the project owns it, for the reason `leaked`. Answers alike for texts that are no key
    /// of the project.
    POST "/v1/keys/report-leak" => report_leak [NOT_FOUND];
    /// Count verifications of the project's API keys
    ///
    /// For every hour in UTC how often keys of the project and its tenants were verified, with what decision, and the ten
    /// busiest keys of these hours, at most of the last 24.
    /// Verifications with a `cost` of 0 are not counted. Nodes write what they counted every ten seconds; one that is killed forgets at
    /// most that much. Hours are kept for 31 days.
    GET "/v1/keys/usage" => usage_of_project [];
    /// Count verifications of an API key
    ///
    /// For every hour in UTC how often a key of the project or of any of its tenants was verified, with what decision. Verifications with a
    /// `cost` of 0 are not counted. Nodes write what they counted every ten seconds; one that is killed forgets at most that much. Hours
    /// are kept for 31 days.
    GET "/v1/keys/{api_key}/usage" => usage_of_key [];
    /// Create a tenant's API key
    ///
    /// A key that reaches this tenant and no other, and stops when the tenant is suspended.
    POST "/v1/tenants/{tenant}/keys" => create_of_tenant [SCOPE_EXCEEDED, PROJECT_NOT_FOUND, TENANT_DELETED];
    /// List a tenant's API keys
    GET "/v1/tenants/{tenant}/keys" => list_of_tenant [];
    /// Get a tenant's API key
    GET "/v1/tenants/{tenant}/keys/{api_key}" => get_of_tenant [NOT_FOUND];
    /// Update a tenant's API key
    PATCH "/v1/tenants/{tenant}/keys/{api_key}" => update_of_tenant [KEY_REVOKED, SCOPE_EXCEEDED, PROJECT_NOT_FOUND];
    /// Rotate a tenant's API key
    POST "/v1/tenants/{tenant}/keys/{api_key}/rotate" => rotate_of_tenant [KEY_REVOKED, SCOPE_EXCEEDED, PROJECT_NOT_FOUND];
    /// Revoke a tenant's API key
    DELETE "/v1/tenants/{tenant}/keys/{api_key}" => revoke_of_tenant [];
    /// Count verifications of a tenant's API key
    GET "/v1/tenants/{tenant}/keys/{api_key}/usage" => usage_of_tenant [NOT_FOUND];
    /// Import a tenant's API keys
    ///
    /// Takes over up to 1,000 keys that were made elsewhere, by SHA-256 of their texts, so that they are verified here without being
    /// issued anew. In one transaction; keys that break a rule or are there already are reported and do not stop the others. Imported
    /// keys can be verified, and do not work as credentials of this API. A text in the form of Carcosa's own keys must have a right checksum.
    POST "/v1/tenants/{tenant}/keys/import" => import_of_tenant [PROJECT_NOT_FOUND, TENANT_DELETED];
}

async fn create(
    Guard(access): Guard<KeyCreate>,
    Body(new): Body<CreateKey>,
) -> Result<Created<ApiKeyWithSecret>> {
    Ok(Created(service::create(access.write().await?, new).await?))
}

async fn list(Guard(access): Guard<KeyRead>, Query(query): Query<ListKeys>) -> Result<Listed<ApiKey>> {
    Ok(Listed(service::list(access.kernel(), access.read().await?, query).await?))
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

async fn verify(
    Guard(access): Guard<KeyVerify>,
    Body(question): Body<VerifyKey>,
) -> Result<Plain<KeyVerification>> {
    Ok(Plain(verify::verify(&access, &question).await?))
}

async fn report_leak(
    Guard(access): Guard<KeyDelete>,
    Body(report): Body<ReportLeak>,
) -> Result<Plain<LeakReport>> {
    Ok(Plain(leak::report(&access, &report).await?))
}

async fn usage_of_project(
    Guard(access): Guard<KeyRead>,
    Query(query): Query<KeyUsageQuery>,
) -> Result<Plain<ProjectKeyUsage>> {
    let now = access.kernel().now();
    Ok(Plain(usage::of_project(access.read().await?, now, &query).await?))
}

async fn usage_of_key(
    Guard(access): Guard<KeyRead>,
    PathParam(id): PathParam<kind::Key>,
    Query(query): Query<KeyUsageQuery>,
) -> Result<Plain<KeyUsage>> {
    let now = access.kernel().now();
    Ok(Plain(usage::of_key(access.read().await?, now, id, &query).await?))
}

async fn usage_of_tenant(
    TenantGuard(access): TenantGuard<KeyRead>,
    PathParam(id): PathParam<kind::Key>,
    Query(query): Query<KeyUsageQuery>,
) -> Result<Plain<KeyUsage>> {
    let now = access.kernel().now();
    Ok(Plain(usage::of_key(access.read().await?, now, id, &query).await?))
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
    Query(query): Query<ListTenantKeys>,
) -> Result<Listed<ApiKey>> {
    let ListTenantKeys { limit, after, before, status, expires_before, q } = query;
    let query = ListKeys { limit, after, before, tenant_id: None, status, expires_before, q };
    Ok(Listed(service::list(access.kernel(), access.read().await?, query).await?))
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

async fn import_of_tenant(
    TenantGuard(access): TenantGuard<KeyImport>,
    Body(body): Body<ImportKeys>,
) -> Result<Plain<ImportReport>> {
    Ok(Plain(import::import(&access, &body).await?))
}
