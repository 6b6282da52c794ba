//! Use cases of security policies.

use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Caller, Error, InTenant, Result};
use carcosa_types::Timestamp;
use carcosa_types::access::AccessReason;
use carcosa_types::event::SECURITY_POLICY_UPDATED;
use carcosa_types::permission::{SecurityPolicyRead, SecurityPolicyUpdate};
use carcosa_types::security_policy::{SecurityPolicy, UpdateSecurityPolicy};
use carcosa_web::IfMatch;

use super::service::{face, hold_undeleted, touched};
use super::store;

/// What the tenant asks of its people and keys.
pub(super) async fn get(access: &Access<SecurityPolicyRead, InTenant>) -> Result<SecurityPolicy> {
    let stored = store::security_policy(&mut access.read().await?).await?;
    Ok(stored.unwrap_or_else(|| SecurityPolicy::open(access.tenant().id)))
}

/// Changes what the patch names. Nobody locks themselves out: a person or key of the tenant must be as the new policy asks.
pub(super) async fn update(
    access: &Access<SecurityPolicyUpdate, InTenant>,
    version: Option<i64>,
    patch: UpdateSecurityPolicy,
) -> Result<SecurityPolicy> {
    let id = access.tenant().id;
    let mut write = access.write().await?;
    hold_undeleted(&mut write).await?;
    let before = store::security_policy(&mut write).await?.unwrap_or_else(|| SecurityPolicy::open(id));
    IfMatch::check(version, before.version)?;
    let mut policy = before.clone();
    apply(&mut policy, patch);
    if policy == before {
        return Ok(before);
    }
    let now = write.kernel().now();
    check_own_place(&policy, access.caller(), now)?;
    policy.updated_at = Some(now);
    policy.version += 1;
    store::set_security_policy(&mut write, &policy).await?;
    let tenant = face(&mut write).await?;
    let entry = Entry::new(SECURITY_POLICY_UPDATED, id, &policy)?.of_tenant(id).before(&before)?;
    let entry = entry.touching(touched(&mut write, &tenant).await?);
    let receipt = write.record(entry);
    write.commit(receipt, policy).await
}

fn apply(policy: &mut SecurityPolicy, patch: UpdateSecurityPolicy) {
    policy.mfa_required = patch.mfa_required.unwrap_or(policy.mfa_required);
    patch.sign_in_methods.apply(&mut policy.sign_in_methods);
    patch.max_session_seconds.apply(&mut policy.max_session_seconds);
    let mut addresses = Some(std::mem::take(&mut policy.allowed_ips));
    patch.allowed_ips.apply(&mut addresses);
    policy.allowed_ips = addresses.unwrap_or_default();
}

fn check_own_place(policy: &SecurityPolicy, caller: &Caller, now: Timestamp) -> Result<()> {
    if caller.tenant().is_none() {
        return Ok(());
    }
    let refusal = match caller.user() {
        Some(_) => policy.refuses(caller.facts(), now),
        None => (!policy.allows_address(caller.facts().address)).then_some(AccessReason::AddressNotAllowed),
    };
    let (pointer, rule) = match refusal {
        None => return Ok(()),
        Some(AccessReason::MfaRequired) => {
            ("/mfa_required", "would lock you out: sign in with a second factor first")
        }
        Some(AccessReason::SignInMethodNotAllowed) => {
            ("/sign_in_methods", "would lock you out: include the way you signed in")
        }
        Some(AccessReason::SessionTooOld) => {
            ("/max_session_seconds", "would lock you out: your own session is older; sign in again first")
        }
        Some(_) => ("/allowed_ips", "would lock you out: include the address you come from"),
    };
    Err(Error::field(pointer, "locks_you_out", rule))
}
