//! Guards: who is calling, what the call is about, and whether it is allowed, decided in one act.

use axum::extract::{FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use carcosa_kernel::access::is_token;
use carcosa_kernel::directory::TenantRef;
use carcosa_kernel::error::{
    FORBIDDEN_IP, INVALID_KEY, INVALID_TOKEN, KEY_DISABLED, KEY_EXPIRED, PERMISSION_DENIED, SESSION_TOO_OLD,
    SIGN_IN_METHOD_NOT_ALLOWED, TENANT_NOT_ACTIVE, TENANT_NOT_FOUND, TENANT_REQUIRES_MFA, TENANT_SUSPENDED,
    UNAUTHENTICATED,
};
use carcosa_kernel::idempotency::Claim;
use carcosa_kernel::{Access, Caller, Error, Gate, InInstallation, InProject, InTenant, RequestContext};
use carcosa_types::id::kind;
use carcosa_types::{ErrorCode, IdKind, Permission, TenantId, key_text};

use crate::endpoint::{Input, Operation, Place};
use crate::error::Failure;
use crate::params::path_text;
use crate::session;
use crate::stack::{ClientAddress, RequestId};

/// The caller holds `P` in the project.
pub struct Guard<P>(pub Access<P, InProject>);

/// The caller, an operator, holds `P` in the installation as a whole.
pub struct InstallationGuard<P>(pub Access<P, InInstallation>);

/// Whoever has a credential of a project, with all that they may do.
pub struct CallerGuard(pub Caller);

/// Whoever asks, known or not.
pub struct Visitor(pub RequestContext);

/// The caller holds `P` in the tenant named by `{tenant}` in the path.
pub struct TenantGuard<P>(pub Access<P, InTenant>);

/// The credential of a request that takes long, to look again whether it still may.
pub struct Again {
    gate: Gate,
    parts: Parts,
}

impl Again {
    /// Whether the caller still holds `P` in the project.
    pub async fn in_project<P: Permission>(&self) -> std::result::Result<Access<P>, Error> {
        let caller = authenticate(&self.parts, &self.gate, Place::Project).await?;
        self.gate.in_project::<P>(caller).await
    }

    /// Whether the caller still holds `P` in a tenant.
    pub async fn in_tenant<P: Permission>(
        &self,
        tenant: TenantId,
    ) -> std::result::Result<Access<P, InTenant>, Error> {
        let caller = authenticate(&self.parts, &self.gate, Place::Tenant).await?;
        self.gate.in_tenant::<P>(caller, &TenantRef::Id(tenant), None).await
    }

    /// A header of the request.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl FromRequestParts<Gate> for Again {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Failure> {
        let (mut kept, ()) = Request::new(()).into_parts();
        kept.method.clone_from(&parts.method);
        kept.headers.clone_from(&parts.headers);
        kept.extensions.clone_from(&parts.extensions);
        Ok(Self { gate: gate.clone(), parts: kept })
    }
}

impl Input for Again {
    fn describe(_: &mut Operation) {}
}

const CREDENTIAL_ERRORS: &[ErrorCode] = &[
    UNAUTHENTICATED,
    INVALID_KEY,
    INVALID_TOKEN,
    KEY_DISABLED,
    KEY_EXPIRED,
    FORBIDDEN_IP,
    PERMISSION_DENIED,
    TENANT_SUSPENDED,
    TENANT_NOT_ACTIVE,
    TENANT_REQUIRES_MFA,
    SIGN_IN_METHOD_NOT_ALLOWED,
    SESSION_TOO_OLD,
];

impl<P: Permission> FromRequestParts<Gate> for Guard<P> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Failure> {
        let caller = authenticate(parts, gate, Place::Project).await?;
        let access = gate.in_project::<P>(caller).await?;
        Ok(Self(access.once(parts.extensions.get::<Claim>().cloned())))
    }
}

impl<P: Permission> FromRequestParts<Gate> for InstallationGuard<P> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Failure> {
        let caller = authenticate(parts, gate, Place::Installation).await?;
        let access = gate.in_installation::<P>(caller).await?;
        Ok(Self(access.once(parts.extensions.get::<Claim>().cloned())))
    }
}

impl FromRequestParts<Gate> for CallerGuard {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Failure> {
        let caller = authenticate(parts, gate, Place::Caller).await?;
        Ok(Self(gate.at_home(caller).await?))
    }
}

impl Input for CallerGuard {
    fn describe(operation: &mut Operation) {
        operation.place = Place::Caller;
        operation.errors.extend_from_slice(session::PROJECT_ERRORS);
        operation.errors.extend_from_slice(CREDENTIAL_ERRORS);
        operation.errors.extend_from_slice(session::SESSION_ERRORS);
    }
}

impl<P: Permission> FromRequestParts<Gate> for TenantGuard<P> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Failure> {
        let caller = authenticate(parts, gate, Place::Tenant).await?;
        let text = path_text(parts, gate, "tenant").await;
        // A role may be limited to the organization that the request is about.
        let organization = path_text(parts, gate, kind::Organization::NOUN).await;
        let organization = organization.and_then(|text| text.parse().ok());
        let access = match text.as_deref().and_then(TenantRef::parse) {
            Some(tenant) => gate.in_tenant::<P>(caller, &tenant, organization).await?,
            // Not the form of any tenant's name: no tenant has it. The permission is decided first all the same.
            None => {
                gate.in_tenant::<P>(caller, &TenantRef::Slug(String::new()), None).await?;
                return Err(Error::new(TENANT_NOT_FOUND, "There is no such tenant in this project.").into());
            }
        };
        Ok(Self(access.once(parts.extensions.get::<Claim>().cloned())))
    }
}

impl FromRequestParts<Gate> for Visitor {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &Gate) -> Result<Self, Failure> {
        Ok(Self(context(parts)))
    }
}

impl Input for Visitor {
    fn describe(_: &mut Operation) {}
}

async fn authenticate(parts: &Parts, gate: &Gate, place: Place) -> Result<Caller, Error> {
    // What is sent on purpose goes before what a browser adds by itself.
    let Some(header) = parts.headers.get(AUTHORIZATION) else {
        let caller = session::caller(parts, gate, place).await?;
        return caller.ok_or_else(|| {
            let rule = "Send an API key or an access token as Authorization: Bearer …, or sign in.";
            Error::new(UNAUTHENTICATED, rule)
        });
    };
    let credential = header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, credential)| credential.trim())
        .ok_or_else(|| {
            let rule = "The Authorization header must be Bearer and an API key or an access token.";
            Error::new(UNAUTHENTICATED, rule)
        })?;
    if is_token(credential) {
        return gate.authenticate_token(credential, context(parts)).await;
    }
    // A mistyped or random text is refused before anything is looked up.
    if !key_text::is_well_formed(credential) {
        return Err(Error::new(
            INVALID_KEY,
            "The API key is malformed: its checksum is wrong or part of it is missing.",
        ));
    }
    let hashes = gate.kernel().secrets().key_hashes(credential);
    gate.authenticate(&hashes, context(parts)).await
}

pub(crate) fn context(parts: &Parts) -> RequestContext {
    let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.to_string()).unwrap_or_default();
    let ip = parts.extensions.get::<ClientAddress>().map(|address| address.0);
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    RequestContext { request_id, ip, user_agent: agent.map(|agent| agent.chars().take(256).collect()) }
}

impl<P: Permission> Input for Guard<P> {
    fn describe(operation: &mut Operation) {
        operation.permission = Some(P::ROW);
        operation.place = Place::Project;
        operation.errors.extend_from_slice(session::PROJECT_ERRORS);
        operation.errors.extend_from_slice(CREDENTIAL_ERRORS);
        operation.errors.extend_from_slice(session::SESSION_ERRORS);
    }
}

impl<P: Permission> Input for InstallationGuard<P> {
    fn describe(operation: &mut Operation) {
        operation.permission = Some(P::ROW);
        operation.place = Place::Installation;
        operation.errors.extend_from_slice(CREDENTIAL_ERRORS);
        operation.errors.extend_from_slice(session::SESSION_ERRORS);
    }
}

impl<P: Permission> Input for TenantGuard<P> {
    fn describe(operation: &mut Operation) {
        operation.permission = Some(P::ROW);
        operation.place = Place::Tenant;
        operation.errors.extend_from_slice(session::PROJECT_ERRORS);
        operation.errors.extend_from_slice(CREDENTIAL_ERRORS);
        operation.errors.extend_from_slice(session::SESSION_ERRORS);
        operation.errors.push(TENANT_NOT_FOUND);
        operation
            .path_param("tenant", "The tenant: its id, `slug:acme` (a former slug works too) or `ext:42`.");
    }
}
