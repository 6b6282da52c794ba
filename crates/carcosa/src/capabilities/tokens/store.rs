//! SQL of tokens.

use std::net::IpAddr;

use carcosa_kernel::access::TokenRecord;
use carcosa_kernel::{Result, Tx, args, statements};
use carcosa_types::security_policy::SignInFacts;
use carcosa_types::{OrganizationId, TenantId, Timestamp, TokenId, UserId};
use sqlx::FromRow;

use crate::column::read_word;

statements! {
    tenant INSERT = "INSERT INTO tokens (project_id, tenant_id, id, user_id, organization_id, mfa, method, lifetime, generation, expires_at,
            revoked_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, $11)";
    project FIND = "SELECT id, tenant_id, user_id, organization_id, mfa, method, lifetime, generation, expires_at, revoked_at, created_at
        FROM tokens WHERE project_id = $1 AND id = $2";
    project LOCK locking = "SELECT id, tenant_id, user_id, organization_id, mfa, method, lifetime, generation, expires_at, revoked_at, created_at
        FROM tokens WHERE project_id = $1 AND id = $2";
    project SET_GENERATION = "UPDATE tokens SET generation = $3 WHERE project_id = $1 AND id = $2";
    project REVOKE = "UPDATE tokens SET revoked_at = $3 WHERE project_id = $1 AND id = $2 AND revoked_at IS NULL";
    project ERASE_USER = "DELETE FROM tokens WHERE project_id = $1 AND user_id = $2";
    tenant ERASE = "DELETE FROM tokens WHERE project_id = $1 AND tenant_id = $2";
    system SWEEP = "DELETE FROM tokens WHERE expires_at <= $1";
}

/// A sign-in.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct SignIn {
    /// Its id.
    pub id: TokenId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The user.
    pub user_id: UserId,
    /// The organization that it was made for.
    pub organization_id: Option<OrganizationId>,
    /// Whether a second factor was used.
    pub mfa: bool,
    /// How they signed in, when the application said.
    pub method: Option<String>,
    /// Seconds that its access tokens work.
    pub lifetime: i64,
    /// Which refresh token is the valid one.
    pub generation: i64,
    /// When it can be refreshed no more.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl SignIn {
    /// How and when the user signed in, and where they are now.
    pub fn facts(&self, address: Option<IpAddr>) -> Result<SignInFacts> {
        Ok(SignInFacts {
            mfa: Some(self.mfa),
            method: self.method.as_deref().map(read_word).transpose()?,
            signed_in_at: Some(self.created_at),
            address,
        })
    }
}

/// Stores one of the tenant in focus.
pub(super) async fn insert(tx: &mut Tx, new: &SignIn) -> Result<()> {
    let values = args![
        new.id,
        new.user_id,
        new.organization_id,
        new.mfa,
        new.method.clone(),
        new.lifetime,
        new.generation,
        new.expires_at,
        new.created_at
    ];
    tx.execute(&INSERT, values).await.map(drop)
}

pub(super) async fn find(tx: &mut Tx, id: TokenId) -> Result<Option<SignIn>> {
    tx.optional(&FIND, args![id]).await
}

pub(super) async fn lock(tx: &mut Tx, id: TokenId) -> Result<Option<SignIn>> {
    tx.optional(&LOCK, args![id]).await
}

pub(super) async fn set_generation(tx: &mut Tx, id: TokenId, generation: i64) -> Result<()> {
    tx.execute(&SET_GENERATION, args![id, generation]).await.map(drop)
}

/// Whether it was ended now, and not before.
pub(super) async fn revoke(tx: &mut Tx, id: TokenId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&REVOKE, args![id, now]).await? == 1)
}

/// What the directory keeps of one.
pub(super) async fn record(tx: &mut Tx, id: TokenId) -> Result<Option<TokenRecord>> {
    let Some(found) = find(tx, id).await? else { return Ok(None) };
    let (revoked, facts) = (found.revoked_at.is_some(), found.facts(None)?);
    Ok(Some(TokenRecord { revoked, expires_at: found.expires_at, facts }))
}

/// Erases the sign-ins of a user.
pub(super) async fn erase_user(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.execute(&ERASE_USER, args![user]).await.map(drop)
}

/// Erases the sign-ins of the tenant in focus.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE, args![]).await
}

/// Forgets those that can be refreshed no more.
pub(super) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(&SWEEP, args![now]).await
}
