//! Security policies: what a tenant asks of the people and keys that work in it.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::AccessReason;
use crate::role::{is_within, networks};
use crate::validate::{Validate, Violations};
use crate::{Patch, TenantId, Timestamp};

/// Longest `allowed_ips` of a tenant.
pub const MAX_ALLOWED_IPS: usize = 200;

/// What a tenant asks of its people and keys, beyond what their roles and scopes say. The project's own keys and operators are not bound
/// by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityPolicy {
    /// Always `security_policy`.
    #[schemars(extend("const" = "security_policy"))]
    pub object: String,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Whether people must have signed in with a second factor.
    pub mfa_required: bool,
    /// How people may have signed in; any way when `null`.
    pub sign_in_methods: Option<Vec<SignInMethod>>,
    /// Seconds after which people must sign in again, however busy they are; as long as the tokens last when `null`.
    pub max_session_seconds: Option<i64>,
    /// From which addresses and networks people and the tenant's keys may come; any when empty.
    pub allowed_ips: Vec<String>,
    /// When it last changed; `null` when it never did.
    pub updated_at: Option<Timestamp>,
    /// Grows by one with each change, from 0; also the `ETag`.
    pub version: i64,
}

/// How the application signed someone in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// With a password.
    Password,
    /// With a link that was mailed.
    EmailLink,
    /// With a code that was mailed.
    EmailCode,
    /// With an account at a public provider.
    Social,
    /// With the single sign-on of their company.
    Sso,
    /// With a passkey.
    Passkey,
}

/// What is known of how, when and from where someone works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignInFacts {
    /// Whether they signed in with a second factor, when known.
    pub mfa: Option<bool>,
    /// How they signed in, when known.
    pub method: Option<SignInMethod>,
    /// When they signed in, when known.
    pub signed_in_at: Option<Timestamp>,
    /// The address they come from, when known.
    pub address: Option<IpAddr>,
}

impl SecurityPolicy {
    /// The policy of a tenant that never said anything: it asks nothing.
    #[must_use]
    pub fn open(tenant_id: TenantId) -> Self {
        Self {
            object: "security_policy".to_owned(),
            tenant_id,
            mfa_required: false,
            sign_in_methods: None,
            max_session_seconds: None,
            allowed_ips: Vec::new(),
            updated_at: None,
            version: 0,
        }
    }

    /// What a person lacks. What is not known is lacking, but for the time of the sign-in: who keeps no sessions here has none to end.
    #[must_use]
    pub fn refuses(&self, facts: &SignInFacts, now: Timestamp) -> Option<AccessReason> {
        self.refuses_sign_in(facts, now)
            .or_else(|| (!self.allows_address(facts.address)).then_some(AccessReason::AddressNotAllowed))
    }

    /// What a person's sign-in lacks, wherever they are now.
    #[must_use]
    pub fn refuses_sign_in(&self, facts: &SignInFacts, now: Timestamp) -> Option<AccessReason> {
        let of_allowed = |methods: &Vec<SignInMethod>| facts.method.is_some_and(|one| methods.contains(&one));
        if self.mfa_required && facts.mfa != Some(true) {
            Some(AccessReason::MfaRequired)
        } else if !self.sign_in_methods.as_ref().is_none_or(of_allowed) {
            Some(AccessReason::SignInMethodNotAllowed)
        } else if self.session_end(facts).is_some_and(|end| end <= now) {
            Some(AccessReason::SessionTooOld)
        } else {
            None
        }
    }

    /// When a session of this sign-in ends.
    #[must_use]
    pub fn session_end(&self, facts: &SignInFacts) -> Option<Timestamp> {
        let seconds = u64::try_from(self.max_session_seconds?).unwrap_or_default();
        Some(facts.signed_in_at?.plus(std::time::Duration::from_secs(seconds)))
    }

    /// Whether people and keys may come from this address.
    #[must_use]
    pub fn allows_address(&self, address: Option<IpAddr>) -> bool {
        self.allowed_ips.is_empty() || is_within(&self.allowed_ips, address)
    }
}

/// A merge patch of a security policy.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSecurityPolicy {
    /// Whether people must have signed in with a second factor.
    #[serde(default)]
    #[schemars(with = "bool")]
    pub mfa_required: Option<bool>,
    /// How people may have signed in, 1–6 different ways; `null` for any. Replaces the list.
    #[serde(default)]
    #[schemars(length(min = 1, max = 6), extend("uniqueItems" = true))]
    pub sign_in_methods: Patch<Vec<SignInMethod>>,
    /// Seconds after which people must sign in again, 300 (5 minutes) to 7,776,000 (90 days); `null` for no such limit.
    #[serde(default)]
    #[schemars(range(min = 300, max = 7_776_000))]
    pub max_session_seconds: Patch<i64>,
    /// Addresses and networks, such as `203.0.113.0/24`, at most 200; `null` for any. Replaces the list.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub allowed_ips: Patch<Vec<String>>,
}

impl Validate for UpdateSecurityPolicy {
    fn validate(&self, violations: &mut Violations) {
        networks(violations, "/allowed_ips", self.allowed_ips.set().map_or(&[], Vec::as_slice));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000_000_000);

    fn policy() -> SecurityPolicy {
        SecurityPolicy::open(TenantId::from_uuid(uuid::Uuid::from_u128(1)))
    }

    #[test]
    fn an_open_policy_asks_nothing() {
        assert_eq!(policy().refuses(&SignInFacts::default(), NOW), None);
    }

    #[test]
    fn what_is_not_known_is_lacking() {
        let nothing = SignInFacts::default();
        let cases = [
            (SecurityPolicy { mfa_required: true, ..policy() }, AccessReason::MfaRequired),
            (
                SecurityPolicy { sign_in_methods: Some(vec![SignInMethod::Sso]), ..policy() },
                AccessReason::SignInMethodNotAllowed,
            ),
            (
                SecurityPolicy { allowed_ips: vec!["203.0.113.0/24".to_owned()], ..policy() },
                AccessReason::AddressNotAllowed,
            ),
        ];
        for (policy, reason) in cases {
            assert_eq!(policy.refuses(&nothing, NOW), Some(reason));
        }
    }

    #[test]
    fn each_rule_holds_at_its_edge() {
        let mut strict = SecurityPolicy {
            mfa_required: true,
            sign_in_methods: Some(vec![SignInMethod::Sso, SignInMethod::Passkey]),
            max_session_seconds: Some(300),
            allowed_ips: vec!["203.0.113.0/24".to_owned()],
            ..policy()
        };
        let good = SignInFacts {
            mfa: Some(true),
            method: Some(SignInMethod::Passkey),
            signed_in_at: Some(NOW),
            address: "::ffff:203.0.113.255".parse().ok(),
        };
        let later = |seconds| NOW.plus(Duration::from_secs(seconds));
        assert_eq!(strict.refuses(&good, later(299)), None);
        assert_eq!(strict.refuses(&good, later(300)), Some(AccessReason::SessionTooOld));
        let elsewhere = SignInFacts { address: "203.0.114.0".parse().ok(), ..good };
        assert_eq!(strict.refuses(&elsewhere, NOW), Some(AccessReason::AddressNotAllowed));
        assert_eq!(strict.refuses_sign_in(&elsewhere, NOW), None);
        let otherwise = SignInFacts { method: Some(SignInMethod::Password), ..good };
        assert_eq!(strict.refuses(&otherwise, NOW), Some(AccessReason::SignInMethodNotAllowed));
        let without = SignInFacts { mfa: Some(false), ..good };
        assert_eq!(strict.refuses(&without, NOW), Some(AccessReason::MfaRequired));
        strict.mfa_required = false;
        assert_eq!(strict.refuses(&without, NOW), None);
    }
}
