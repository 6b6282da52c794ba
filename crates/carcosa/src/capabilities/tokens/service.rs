//! Use cases of tokens.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_kernel::access::{Claims, Holding, TokenRecord, is_token, live, refused_by_policy};
use carcosa_kernel::directory::{TenantRef, Touched};
use carcosa_kernel::log::Entry;
use carcosa_kernel::secrets::Purpose;
use carcosa_kernel::{Access, Error, Gate, Kernel, Result, System, SystemTask, Tx, Write};
use carcosa_types::access::AccessReason;
use carcosa_types::event::{TOKEN_CREATED, TOKEN_REVOKED};
use carcosa_types::event_data::TokenFamily;
use carcosa_types::permission::{TokenCreate, TokenRead, TokenRevoke};
use carcosa_types::token::{
    CreateToken, DEFAULT_LIFETIME_SECONDS, DEFAULT_REFRESH_DAYS, Done, Introspection, JsonWebKey,
    JsonWebKeySet, RefreshToken, TokenPair, TokenText,
};
use carcosa_types::{ProjectId, TokenId, UserId};

use super::error::{INVALID_REFRESH_TOKEN, NO_ACCESS, REFRESH_TOKEN_REUSED};
use super::model;
use super::store::{self, SignIn};
use crate::capabilities::{tenants, users};
use crate::column::write_word;
use crate::settings::Settings;

const DAY: Duration = Duration::from_hours(24);

/// What the log says of a sign-in: never its tokens.
fn data(sign_in: &SignIn) -> TokenFamily {
    TokenFamily {
        object: "token".to_owned(),
        id: sign_in.id,
        user_id: sign_in.user_id,
        organization_id: sign_in.organization_id,
        mfa: sign_in.mfa,
        method: sign_in.method.clone(),
        expires_at: sign_in.expires_at,
    }
}

/// Makes tokens for a user whom the application has signed in.
pub async fn create(access: &Access<TokenCreate>, new: CreateToken) -> Result<TokenPair> {
    let (kernel, project) = (access.kernel(), access.project());
    let user = match new.user.parse() {
        Ok(id) => Some(id),
        Err(_) => users::service::named(&mut access.read().await?, &new.user).await?,
    };
    let user = user.ok_or_else(|| no_access(AccessReason::UserNotFound))?;
    let tenant = match TenantRef::parse(&new.tenant) {
        Some(name) => kernel.directory().tenant(kernel, project, &name).await?,
        None => None,
    };
    let tenant = tenant.ok_or_else(|| no_access(AccessReason::TenantNotFound))?;
    let now = kernel.now();
    let sign_in = SignIn {
        id: kernel.new_id(),
        tenant_id: tenant.id,
        user_id: user,
        organization_id: new.organization_id,
        mfa: new.mfa.unwrap_or(false),
        method: new.method.map(write_word).transpose()?,
        lifetime: i64::from(new.lifetime_seconds.unwrap_or(DEFAULT_LIFETIME_SECONDS)),
        generation: 1,
        expires_at: now.plus(DAY * new.refresh_days.unwrap_or(DEFAULT_REFRESH_DAYS)),
        revoked_at: None,
        created_at: now,
    };
    let pair = pair(kernel, project, &sign_in, address(new.ip.as_deref())).await?;
    let mut write = access.write().await?;
    write.focus(tenant.id)?;
    tenants::service::hold_undeleted(&mut write).await?;
    users::service::hold(&mut write, user).await?;
    store::insert(&mut write, &sign_in).await?;
    let entry = Entry::new(TOKEN_CREATED, sign_in.id, &data(&sign_in))?
        .of_tenant(tenant.id)
        .touching([Touched::Token(project, sign_in.id)]);
    let receipt = write.record(entry);
    write.commit(receipt, pair).await
}

fn no_access(reason: AccessReason) -> Error {
    Error::new(NO_ACCESS, reason.detail())
}

fn address(text: Option<&str>) -> Option<IpAddr> {
    text.and_then(|text| text.parse().ok())
}

/// The present access token and refresh token of a sign-in, if the tenant lets its user in from there.
async fn pair(
    kernel: &Kernel,
    project: ProjectId,
    sign_in: &SignIn,
    address: Option<IpAddr>,
) -> Result<TokenPair> {
    let (now, facts) = (kernel.now(), sign_in.facts(address)?);
    let holding = holding(kernel, project, sign_in).await?;
    if let Some(refusal) = holding.tenant.refuses(&facts, now) {
        return Err(refused_by_policy(refusal));
    }
    let limit = holding.tenant.security_policy.as_ref().and_then(|policy| policy.session_end(&facts));
    let end = limit.map_or(sign_in.expires_at, |limit| limit.min(sign_in.expires_at));
    let seconds = now.seconds();
    let claims = Claims {
        iss: issuer(kernel),
        aud: project,
        client_id: project,
        sub: sign_in.user_id,
        iat: seconds,
        exp: (seconds + sign_in.lifetime).min(end.seconds()),
        auth_time: sign_in.created_at.seconds(),
        jti: kernel.new_uuid().simple().to_string(),
        sid: sign_in.id,
        tenant_id: sign_in.tenant_id,
        tenant_slug: holding.tenant.slug.clone(),
        plan: holding.tenant.plan.clone(),
        roles: holding.roles,
        permissions: holding.grants.names(),
        organization_id: sign_in.organization_id,
        amr: if sign_in.mfa { vec!["mfa".to_owned()] } else { Vec::new() },
    };
    let secrets = kernel.secrets();
    Ok(TokenPair {
        token_id: sign_in.id,
        access_token: claims.sign(&secrets)?,
        token_type: "Bearer".to_owned(),
        expires_in: claims.exp - seconds,
        refresh_token: model::refresh_token(&secrets, sign_in.id, sign_in.generation)?,
        refresh_expires_in: end.seconds() - seconds,
    })
}

/// What the user holds. Wherever they are: what a role gives at some addresses only is not for a token that travels.
async fn holding(kernel: &Kernel, project: ProjectId, sign_in: &SignIn) -> Result<Holding> {
    let (user, tenant, facts) = (sign_in.user_id, sign_in.tenant_id, sign_in.facts(None)?);
    let found = Gate::new(kernel).holding(project, user, tenant, sign_in.organization_id, facts).await?;
    found.map_err(no_access)
}

/// Who makes the tokens: the server's public address.
fn issuer(kernel: &Kernel) -> String {
    kernel
        .extension::<Settings>()
        .map_or_else(|| "http://127.0.0.1:7700".to_owned(), |settings| settings.public_url())
}

/// The next pair for a refresh token. One that was used before ends the sign-in.
pub async fn refresh(access: &Access<TokenCreate>, body: &RefreshToken) -> Result<TokenPair> {
    let (kernel, project) = (access.kernel(), access.project());
    let invalid = || Error::new(INVALID_REFRESH_TOKEN, "The refresh token is not valid; sign in again.");
    let (id, generation) =
        model::read_refresh_token(&kernel.secrets(), &body.refresh_token).ok_or_else(invalid)?;
    let mut write = access.write().await?;
    let mut sign_in = store::lock(&mut write, id).await?.ok_or_else(invalid)?;
    if sign_in.revoked_at.is_some() || sign_in.expires_at <= kernel.now() {
        return Err(invalid());
    }
    write.focus(sign_in.tenant_id)?;
    if generation != sign_in.generation {
        // Apart from this request, whose answer is a failure and not kept.
        drop(write);
        let mut write = System::new(kernel, SystemTask::Tokens).write_project(project).await?;
        write.focus(sign_in.tenant_id)?;
        end(write, &sign_in, "refresh token reused").await?;
        let detail = "The refresh token was used before; the sign-in was ended. Sign in again.";
        return Err(Error::new(REFRESH_TOKEN_REUSED, detail));
    }
    sign_in.generation += 1;
    let next = pair(kernel, project, &sign_in, address(body.ip.as_deref())).await?;
    store::set_generation(&mut write, id, sign_in.generation).await?;
    // Nothing that anyone follows has changed: the sign-in is the same.
    write.commit_unrecorded(next).await
}

async fn end(mut write: Write, sign_in: &SignIn, reason: &str) -> Result<()> {
    let (project, now) = (write.project()?, write.kernel().now());
    if !store::revoke(&mut write, sign_in.id, now).await? {
        return Ok(());
    }
    let entry = Entry::new(TOKEN_REVOKED, sign_in.id, &data(sign_in))?
        .of_tenant(sign_in.tenant_id)
        .because(Some(reason.to_owned()))
        .touching([Touched::Token(project, sign_in.id)]);
    let receipt = write.record(entry);
    write.commit(receipt, Done {}).await.map(drop)
}

/// Ends the sign-in that a token hangs on. What is no token of the project is no error (RFC 7009, section 2.2).
pub async fn revoke(access: &Access<TokenRevoke>, text: &str) -> Result<()> {
    let Some(id) = sign_in_of(access.kernel(), access.project(), text) else { return Ok(()) };
    let mut write = access.write().await?;
    let Some(sign_in) = store::lock(&mut write, id).await? else { return Ok(()) };
    write.focus(sign_in.tenant_id)?;
    end(write, &sign_in, "revoked").await
}

fn sign_in_of(kernel: &Kernel, project: ProjectId, text: &str) -> Option<TokenId> {
    let secrets = kernel.secrets();
    if is_token(text) {
        return Claims::read(&secrets, text).filter(|claims| claims.aud == project).map(|claims| claims.sid);
    }
    model::read_refresh_token(&secrets, text).map(|(id, _)| id)
}

/// What a token is worth at the moment: the user's status, the tenant's and the roles are those of now.
pub async fn introspect(access: &Access<TokenRead>, question: &TokenText) -> Result<Introspection> {
    let (kernel, project, text) = (access.kernel(), access.project(), question.token.as_str());
    let nothing = Introspection::default();
    let Some(id) = sign_in_of(kernel, project, text) else { return Ok(nothing) };
    if live(kernel, project, id).await?.is_none() {
        return Ok(nothing);
    }
    let claims = Claims::read(&kernel.secrets(), text);
    if claims.as_ref().is_some_and(|claims| !claims.is_current(kernel.now())) {
        return Ok(nothing);
    }
    let Some(sign_in) = store::find(&mut access.read().await?, id).await? else { return Ok(nothing) };
    let generation = model::read_refresh_token(&kernel.secrets(), text).map(|(_, generation)| generation);
    if generation.is_some_and(|generation| generation != sign_in.generation) {
        return Ok(nothing);
    }
    let (from, facts) = (address(question.ip.as_deref()), sign_in.facts(None)?);
    let found = Gate::new(kernel)
        .holding(project, sign_in.user_id, sign_in.tenant_id, sign_in.organization_id, facts)
        .await?;
    let Ok(holding) = found else { return Ok(nothing) };
    let refused = holding.tenant.security_policy.as_ref().is_some_and(|policy| {
        // RFC 7662 has no address: whoever asks without one looks at addresses themselves.
        let elsewhere = from.is_some() && !policy.allows_address(from);
        elsewhere || policy.refuses_sign_in(&facts, kernel.now()).is_some()
    });
    if refused {
        return Ok(nothing);
    }
    Ok(Introspection {
        active: true,
        token_use: Some(if claims.is_some() { "access_token" } else { "refresh_token" }.to_owned()),
        sid: Some(id),
        sub: Some(sign_in.user_id),
        username: Some(holding.user.email.clone()),
        tenant_id: Some(sign_in.tenant_id),
        organization_id: sign_in.organization_id,
        scope: Some(holding.grants.names().join(" ")),
        iss: Some(issuer(kernel)),
        aud: Some(project.to_string()),
        iat: Some(claims.as_ref().map_or_else(|| sign_in.created_at.seconds(), |claims| claims.iat)),
        exp: Some(claims.as_ref().map_or_else(|| sign_in.expires_at.seconds(), |claims| claims.exp)),
        token_type: Some("Bearer".to_owned()),
    })
}

/// The keys that check access tokens.
pub fn keys(kernel: &Kernel) -> Result<JsonWebKeySet> {
    let keys = kernel.secrets().public_keys(Purpose::Token)?;
    let keys = keys.into_iter().map(|(kid, public)| JsonWebKey {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        usage: "sig".to_owned(),
        alg: "EdDSA".to_owned(),
        kid,
        x: BASE64_URL_SAFE_NO_PAD.encode(public),
    });
    Ok(JsonWebKeySet { keys: keys.collect() })
}

/// What the directory keeps of a sign-in.
pub async fn record_of(system: &System, project: ProjectId, id: TokenId) -> Result<Option<TokenRecord>> {
    store::record(&mut system.read_project(project).await?, id).await
}

/// Forgets sign-ins that can be refreshed no more.
pub async fn sweep(system: &System) -> Result<u64> {
    let now = system.kernel().now();
    system.maintain(async |tx| store::sweep(tx, now).await).await
}

/// Erases the sign-ins of a user, who is being deleted.
pub async fn erase_user(tx: &mut Tx, user: UserId) -> Result<()> {
    store::erase_user(tx, user).await
}
