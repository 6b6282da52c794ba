//! Verification: may whoever presents this key do that? Decided from memory when warm.

use std::sync::Arc;

use carcosa_kernel::directory::{KeyRecord, TenantRecord, TenantRef};
use carcosa_kernel::{Access, Error, Kernel, Result};
use carcosa_types::key_use::{KeyVerification, RateLimitState, VerificationCode, VerifiedTenant, VerifyKey};
use carcosa_types::permission::KeyVerify;
use carcosa_types::role::is_within;
use carcosa_types::tenant::TenantStatus;
use carcosa_types::{ProjectId, TenantId, Timestamp};

use super::credits::Spent;
use super::model;
use super::state;
use crate::limiter::Quota;

/// Decides, and takes of the key's limits what a call costs when it may. What is refused takes nothing.
pub async fn verify(access: &Access<KeyVerify>, question: &VerifyKey) -> Result<KeyVerification> {
    let answer = decide(access, question).await?;
    if question.cost != Some(0) {
        state::decided(access.kernel(), access.project(), answer.key_id, answer.code);
    }
    Ok(answer)
}

async fn decide(access: &Access<KeyVerify>, question: &VerifyKey) -> Result<KeyVerification> {
    let (kernel, project) = (access.kernel(), access.project());
    let asked = question.tenant.as_deref().map(tenant_ref).transpose()?;
    if !model::may_be_key(&question.key) {
        return Ok(unknown(VerificationCode::Malformed));
    }
    let now = kernel.now();
    let Some(key) = find(kernel, project, &question.key, now).await? else {
        return Ok(unknown(VerificationCode::NotFound));
    };
    let tenant = owner(kernel, &key).await?;
    let standing = match standing(&key, tenant.as_deref(), now) {
        Some(refusal) => Some(refusal),
        None => mismatch(kernel, &key, asked.as_ref()).await?,
    };
    let refusal = standing.or_else(|| overreach(&key, tenant.as_deref(), question));
    let limits = match refusal {
        Some(code) => Limits { code, rate: peek(kernel, &key, now), credits: None },
        None => take(kernel, &key, question.cost.unwrap_or(1), now).await?,
    };
    let detail = match limits.code {
        VerificationCode::InsufficientPermissions => {
            format!("The key lacks: {}.", lacking(&key, question).collect::<Vec<_>>().join(", "))
        }
        code => code.detail().to_owned(),
    };
    Ok(known(&key, tenant.as_deref(), limits, detail))
}

fn tenant_ref(text: &str) -> Result<TenantRef> {
    let rule = "must be a tenant's id, slug:acme or ext:42";
    TenantRef::parse(text).ok_or_else(|| Error::field("/tenant", "tenant", rule))
}

/// The key of the project with this text, unless a rotation ended it.
async fn find(
    kernel: &Kernel,
    project: ProjectId,
    text: &str,
    now: Timestamp,
) -> Result<Option<Arc<KeyRecord>>> {
    for hash in model::hashes(&kernel.secrets(), project, text) {
        let found = kernel.directory().key(kernel, &hash).await?;
        let works = |key: &Arc<KeyRecord>| {
            key.project_id == project && key.usable_until.is_none_or(|until| now < until)
        };
        if let Some(key) = found.filter(works) {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

async fn owner(kernel: &Kernel, key: &KeyRecord) -> Result<Option<Arc<TenantRecord>>> {
    match key.tenant_id {
        Some(tenant) => kernel.directory().tenant(kernel, key.project_id, &TenantRef::Id(tenant)).await,
        None => Ok(None),
    }
}

/// Why the key does not work at all.
fn standing(key: &KeyRecord, tenant: Option<&TenantRecord>, now: Timestamp) -> Option<VerificationCode> {
    let status = tenant.map(|tenant| tenant.status);
    if key.revoked {
        Some(VerificationCode::Revoked)
    } else if !key.enabled {
        Some(VerificationCode::Disabled)
    } else if key.expires_at.is_some_and(|at| at <= now) {
        Some(VerificationCode::Expired)
    } else if status == Some(TenantStatus::Suspended) {
        Some(VerificationCode::TenantSuspended)
    } else if key.tenant_id.is_some() && status != Some(TenantStatus::Active) {
        Some(VerificationCode::TenantNotActive)
    } else {
        None
    }
}

/// Whether the key is another's than that of the tenant asked about.
async fn mismatch(
    kernel: &Kernel,
    key: &KeyRecord,
    asked: Option<&TenantRef>,
) -> Result<Option<VerificationCode>> {
    let id: Option<TenantId> = match asked {
        None => return Ok(None),
        Some(TenantRef::Id(id)) => Some(*id),
        Some(name) => kernel.directory().tenant(kernel, key.project_id, name).await?.map(|found| found.id),
    };
    Ok((id.is_none() || id != key.tenant_id).then_some(VerificationCode::TenantMismatch))
}

/// Why the key may not do this from there.
fn overreach(
    key: &KeyRecord,
    tenant: Option<&TenantRecord>,
    question: &VerifyKey,
) -> Option<VerificationCode> {
    let from = question.ip.as_deref().and_then(|ip| ip.parse().ok());
    let allowed_by_key = key.allowed_ips.is_empty() || is_within(&key.allowed_ips, from);
    if !allowed_by_key || tenant.is_some_and(|tenant| !tenant.allows_address(from)) {
        Some(VerificationCode::ForbiddenIp)
    } else if lacking(key, question).next().is_some() {
        Some(VerificationCode::InsufficientPermissions)
    } else {
        None
    }
}

fn lacking<'a>(key: &'a KeyRecord, question: &'a VerifyKey) -> impl Iterator<Item = &'a str> {
    question.permissions.iter().flatten().map(String::as_str).filter(|name| !key.grants.allows(name))
}

/// How limits decided.
#[derive(Clone, Copy)]
struct Limits {
    code: VerificationCode,
    rate: Option<RateLimitState>,
    credits: Option<i64>,
}

/// Where the rate limit stands.
fn peek(kernel: &Kernel, key: &KeyRecord, now: Timestamp) -> Option<RateLimitState> {
    let state = state::of(kernel).ok()?;
    key.rate_limit.as_ref().map(|rate| state.limiter.look(key.id, rate.into(), 0, now).state)
}

/// Takes of credits and rate limit, both or neither.
///
/// The rate limit is looked at first, so that a call too many spends no credits, and taken last: credits can be put back exactly, while of
/// the rate limit part may have been earned anew by then.
async fn take(kernel: &Kernel, key: &KeyRecord, cost: u32, now: Timestamp) -> Result<Limits> {
    let state = state::of(kernel)?;
    let quota = key.rate_limit.as_ref().map(Quota::from);
    let look = quota.map(|quota| state.limiter.look(key.id, quota, cost, now));
    if let Some(refused) = look.filter(|look| !look.allowed) {
        return Ok(Limits { code: VerificationCode::RateLimited, rate: Some(refused.state), credits: None });
    }
    let spent = match key.budget {
        Some(budget) => state.leases.spend(kernel, key, budget, i64::from(cost)).await?,
        None => Spent::Unmetered,
    };
    let credits = match spent {
        Spent::Exhausted { left } => {
            let rate = look.map(|look| look.state);
            return Ok(Limits { code: VerificationCode::CreditsExhausted, rate, credits: Some(left) });
        }
        Spent::Covered { left, .. } => Some(left),
        Spent::Unmetered => None,
    };
    let Some(quota) = quota else {
        return Ok(Limits { code: VerificationCode::Valid, rate: None, credits });
    };
    let taken = state.limiter.take(key.id, quota, cost, kernel.now());
    if taken.allowed {
        return Ok(Limits { code: VerificationCode::Valid, rate: Some(taken.state), credits });
    }
    // Another call took the last of it since it was looked at.
    if let Spent::Covered { epoch, .. } = spent {
        state.leases.undo(key.id, epoch, i64::from(cost));
    }
    Ok(Limits { code: VerificationCode::RateLimited, rate: Some(taken.state), credits: None })
}

fn unknown(code: VerificationCode) -> KeyVerification {
    KeyVerification {
        object: "key_verification".to_owned(),
        valid: false,
        code,
        detail: code.detail().to_owned(),
        key_id: None,
        name: None,
        tenant: None,
        permissions: None,
        metadata: None,
        rate_limit: None,
        credits_remaining: None,
        expires_at: None,
    }
}

fn known(key: &KeyRecord, tenant: Option<&TenantRecord>, limits: Limits, detail: String) -> KeyVerification {
    let tenant = tenant.map(|tenant| VerifiedTenant {
        id: tenant.id,
        slug: tenant.slug.clone(),
        status: tenant.status,
        plan: tenant.plan.clone(),
    });
    KeyVerification {
        valid: limits.code == VerificationCode::Valid,
        detail,
        key_id: Some(key.id),
        name: Some(key.name.clone()),
        tenant,
        permissions: Some(key.grants.names()),
        metadata: Some(key.metadata.clone()),
        rate_limit: limits.rate,
        credits_remaining: limits.credits,
        expires_at: key.expires_at,
        ..unknown(limits.code)
    }
}
