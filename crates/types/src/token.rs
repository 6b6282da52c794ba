//! Tokens: what a user's application and its services hold to show who is calling, in which tenant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::security_policy::SignInMethod;
use crate::validate::{Validate, Violations, address};
use crate::{OrganizationId, TenantId, TokenId, UserId};

/// How long an access token works unless asked otherwise, in seconds.
pub const DEFAULT_LIFETIME_SECONDS: u32 = 300;
/// How long a sign-in can be refreshed unless asked otherwise, in days.
pub const DEFAULT_REFRESH_DAYS: u32 = 30;

/// For whom to make tokens. The application has signed them in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// The user: an id, or `ext:42` for the application's own id.
    #[schemars(length(min = 1, max = 140))]
    pub user: String,
    /// The tenant in which they work: an id, `slug:acme` or `ext:42`.
    #[schemars(length(min = 1, max = 140))]
    pub tenant: String,
    /// The organization in which, for roles that are limited to one.
    #[serde(default)]
    pub organization_id: Option<OrganizationId>,
    /// Whether they signed in with a second factor; `false` when absent.
    #[serde(default)]
    pub mfa: Option<bool>,
    /// How they signed in; needed where the tenant's security policy names `sign_in_methods`.
    #[serde(default)]
    pub method: Option<SignInMethod>,
    /// Their address; needed where the tenant's security policy names `allowed_ips`.
    #[serde(default)]
    #[schemars(length(min = 2, max = 45))]
    pub ip: Option<String>,
    /// How long an access token works, in seconds, 60–3600; 300 when absent.
    #[serde(default)]
    #[schemars(range(min = 60, max = 3600))]
    pub lifetime_seconds: Option<u32>,
    /// How long the sign-in can be refreshed, in days, 1–90; 30 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 90))]
    pub refresh_days: Option<u32>,
}

/// Exchanges a refresh token.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshToken {
    /// The refresh token. It works once: the answer has the next one. Sent a second time it ends the sign-in.
    #[schemars(length(min = 1, max = 200))]
    pub refresh_token: String,
    /// The user's address; needed where the tenant's security policy names `allowed_ips`.
    #[serde(default)]
    #[schemars(length(min = 2, max = 45))]
    pub ip: Option<String>,
}

/// A pair of tokens, in the shape of [RFC 6749](https://www.rfc-editor.org/rfc/rfc6749#section-5.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenPair {
    /// What both hang on: revoked as one.
    pub token_id: TokenId,
    /// A JWT signed with EdDSA; its keys are at `/.well-known/jwks.json`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schemars(extend("const" = "Bearer"))]
    pub token_type: String,
    /// Seconds until the access token ends.
    pub expires_in: i64,
    /// What gets the next pair, once.
    pub refresh_token: String,
    /// Seconds until the sign-in can be refreshed no more.
    pub refresh_expires_in: i64,
}

impl std::fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenPair").field("token_id", &self.token_id).finish_non_exhaustive()
    }
}

/// A token to look at or to revoke: an access token or a refresh token.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenText {
    /// The token.
    #[schemars(length(min = 1, max = 16384))]
    pub token: String,
    /// Ignored: the token itself says what it is.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub token_type_hint: Option<String>,
    /// For introspection, the address from which the token came: with it, a tenant's `allowed_ips` are looked at too.
    #[serde(default)]
    #[schemars(length(min = 2, max = 45))]
    pub ip: Option<String>,
}

/// What a token is worth at the moment, in the shape of [RFC 7662](https://www.rfc-editor.org/rfc/rfc7662#section-2.2). All but
/// `active` is absent when it is worth nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Introspection {
    /// Whether it works now.
    pub active: bool,
    /// `access_token` or `refresh_token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_use: Option<String>,
    /// What it hangs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<TokenId>,
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<UserId>,
    /// The user's e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// The organization that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
    /// The permissions that hold now, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// The project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// When it was made, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// `Bearer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
}

/// The keys that check access tokens ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JsonWebKeySet {
    /// The keys in use, those that were, and the one that soon will be.
    pub keys: Vec<JsonWebKey>,
}

/// An Ed25519 public key ([RFC 8037](https://www.rfc-editor.org/rfc/rfc8037#section-2)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JsonWebKey {
    /// Always `OKP`.
    #[schemars(extend("const" = "OKP"))]
    pub kty: String,
    /// Always `Ed25519`.
    #[schemars(extend("const" = "Ed25519"))]
    pub crv: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    #[schemars(extend("const" = "sig"))]
    pub usage: String,
    /// Always `EdDSA`.
    #[schemars(extend("const" = "EdDSA"))]
    pub alg: String,
    /// Its id, which tokens name.
    pub kid: String,
    /// The key, URL-safe base64.
    pub x: String,
}

/// Nothing to say: it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {}

impl Validate for CreateToken {
    fn validate(&self, violations: &mut Violations) {
        address(violations, "/ip", self.ip.as_deref());
    }
}

impl Validate for RefreshToken {
    fn validate(&self, violations: &mut Violations) {
        address(violations, "/ip", self.ip.as_deref());
    }
}

impl Validate for TokenText {
    fn validate(&self, violations: &mut Violations) {
        address(violations, "/ip", self.ip.as_deref());
    }
}
