//! HTTP endpoints of tokens.

use axum::extract::State;
use carcosa_kernel::Gate;
use carcosa_kernel::error::{NOT_FOUND, TENANT_NOT_FOUND};
use carcosa_types::permission::{TokenCreate, TokenRead, TokenRevoke};
use carcosa_types::token::{
    CreateToken, Done, Introspection, JsonWebKeySet, RefreshToken, TokenPair, TokenText,
};
use carcosa_web::{Body, FormBody, Guard, Plain, Result, endpoints};

use super::error::{INVALID_REFRESH_TOKEN, NO_ACCESS, REFRESH_TOKEN_REUSED};
use super::service;
use crate::capabilities::tenants::error::TENANT_DELETED;
use crate::capabilities::users::error::USER_DISABLED;

endpoints! { "tokens":
    /// Create tokens
    ///
    /// For a user whom your application has signed in: a short-lived access token with tenant, roles, permissions and plan, which your
    /// services check with the keys at `/.well-known/jwks.json`, and a refresh token.
    POST "/v1/tokens" => create [NO_ACCESS, USER_DISABLED, TENANT_DELETED, TENANT_NOT_FOUND, NOT_FOUND];
    /// Refresh tokens
    ///
    /// The next pair, with what the user may do now. A refresh token works once; one that comes a second time ends the sign-in.
    POST "/v1/tokens/refresh" => refresh [INVALID_REFRESH_TOKEN, REFRESH_TOKEN_REUSED, NO_ACCESS];
    /// Introspect a token
    ///
    /// What it is worth at the moment (RFC 7662): with what the user may do now, never older than a second. Takes JSON or a form.
    POST "/v1/tokens/introspect" => introspect [];
    /// Revoke a token
    ///
    /// Ends the sign-in it hangs on (RFC 7009): its access tokens and its refresh token. What is no token is no error. Takes JSON or a
    /// form.
    POST "/v1/tokens/revoke" => revoke [];
    /// Get the keys of access tokens
    ///
    /// A JSON Web Key Set (RFC 7517). A new key stands here a minute before it is used; old ones stay.
    GET "/.well-known/jwks.json" => keys [];
}

async fn create(Guard(access): Guard<TokenCreate>, Body(new): Body<CreateToken>) -> Result<Plain<TokenPair>> {
    Ok(Plain(service::create(&access, new).await?))
}

async fn refresh(
    Guard(access): Guard<TokenCreate>,
    Body(body): Body<RefreshToken>,
) -> Result<Plain<TokenPair>> {
    Ok(Plain(service::refresh(&access, &body).await?))
}

async fn introspect(
    Guard(access): Guard<TokenRead>,
    FormBody(body): FormBody<TokenText>,
) -> Result<Plain<Introspection>> {
    Ok(Plain(service::introspect(&access, &body).await?))
}

async fn revoke(
    Guard(access): Guard<TokenRevoke>,
    FormBody(body): FormBody<TokenText>,
) -> Result<Plain<Done>> {
    service::revoke(&access, &body.token).await?;
    Ok(Plain(Done {}))
}

async fn keys(State(gate): State<Gate>) -> Result<Plain<JsonWebKeySet>> {
    Ok(Plain(service::keys(gate.kernel())?))
}
