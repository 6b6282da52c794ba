//! Guards: who is calling, what the call is about, and whether it is allowed, decided in one act.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use carcosa_kernel::directory::TenantRef;
use carcosa_kernel::error::{
    INVALID_KEY, KEY_DISABLED, KEY_EXPIRED, PERMISSION_DENIED, TENANT_NOT_ACTIVE, TENANT_NOT_FOUND,
    TENANT_SUSPENDED, UNAUTHENTICATED,
};
use carcosa_kernel::idempotency::Claim;
use carcosa_kernel::{Access, Caller, Error, Gate, InProject, InTenant, RequestContext};
use carcosa_types::{ErrorCode, Permission, key_text};

use crate::endpoint::{Input, Operation, Place};
use crate::error::Failure;
use crate::params::path_text;
use crate::stack::RequestId;

/// The caller holds `P` in the project.
pub struct Guard<P>(pub Access<P, InProject>);

/// The caller holds `P` in the tenant named by `{tenant}` in the path.
pub struct TenantGuard<P>(pub Access<P, InTenant>);

const CREDENTIAL_ERRORS: &[ErrorCode] = &[
    UNAUTHENTICATED,
    INVALID_KEY,
    KEY_DISABLED,
    KEY_EXPIRED,
    PERMISSION_DENIED,
    TENANT_SUSPENDED,
    TENANT_NOT_ACTIVE,
];

impl<P: Permission> FromRequestParts<Gate> for Guard<P> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Failure> {
        let caller = authenticate(parts, gate).await?;
        let access = gate.in_project::<P>(caller).await?;
        Ok(Self(access.once(parts.extensions.get::<Claim>().cloned())))
    }
}

impl<P: Permission> FromRequestParts<Gate> for TenantGuard<P> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Failure> {
        let caller = authenticate(parts, gate).await?;
        let text = path_text(parts, gate, "tenant").await;
        let access = match text.as_deref().and_then(TenantRef::parse) {
            Some(tenant) => gate.in_tenant::<P>(caller, &tenant).await?,
            // Not the form of any tenant's name: no tenant has it. The permission is decided first all the same.
            None => {
                gate.in_tenant::<P>(caller, &TenantRef::Slug(String::new())).await?;
                return Err(Error::new(TENANT_NOT_FOUND, "There is no such tenant in this project.").into());
            }
        };
        Ok(Self(access.once(parts.extensions.get::<Claim>().cloned())))
    }
}

async fn authenticate(parts: &Parts, gate: &Gate) -> Result<Caller, Error> {
    let header = parts
        .headers
        .get(AUTHORIZATION)
        .ok_or_else(|| Error::new(UNAUTHENTICATED, "Send an API key as `Authorization: Bearer …`."))?;
    let key = header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim())
        .ok_or_else(|| {
            Error::new(UNAUTHENTICATED, "The `Authorization` header must be `Bearer` and an API key.")
        })?;
    // A mistyped or random text is refused before anything is looked up.
    if !key_text::is_well_formed(key) {
        return Err(Error::new(
            INVALID_KEY,
            "The API key is malformed: its checksum is wrong or part of it is missing.",
        ));
    }
    let hashes = gate.kernel().secrets().key_hashes(key);
    gate.authenticate(&hashes, context(parts)).await
}

fn context(parts: &Parts) -> RequestContext {
    let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.to_string()).unwrap_or_default();
    let ip =
        parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical().to_string());
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    RequestContext { request_id, ip, user_agent: agent.map(|agent| agent.chars().take(256).collect()) }
}

impl<P: Permission> Input for Guard<P> {
    fn describe(operation: &mut Operation) {
        operation.permission = Some(P::ROW);
        operation.place = Place::Project;
        operation.errors.extend_from_slice(CREDENTIAL_ERRORS);
    }
}

impl<P: Permission> Input for TenantGuard<P> {
    fn describe(operation: &mut Operation) {
        operation.permission = Some(P::ROW);
        operation.place = Place::Tenant;
        operation.errors.extend_from_slice(CREDENTIAL_ERRORS);
        operation.errors.push(TENANT_NOT_FOUND);
        operation
            .path_param("tenant", "The tenant: its id, `slug:acme` (a former slug works too) or `ext:42`.");
    }
}
