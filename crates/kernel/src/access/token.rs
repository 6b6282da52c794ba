//! Access tokens: compact JWS ([RFC 7515](https://www.rfc-editor.org/rfc/rfc7515)) signed with EdDSA
//! ([RFC 8037](https://www.rfc-editor.org/rfc/rfc8037)), with the claims of RFC 7519 and RFC 9068.
//!
//! There is one algorithm and one kind of key, both ours, so a token cannot choose how it is checked. What a token says of
//! permissions is for the application; Carcosa itself looks them up at each call.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_types::security_policy::SignInFacts;
use carcosa_types::{OrganizationId, ProjectId, TenantId, Timestamp, TokenId, UserId};
use serde::{Deserialize, Serialize};

use super::caller::{Caller, CallerKind, RequestContext};
use super::gate::Gate;
use crate::error::INVALID_TOKEN;
use crate::secrets::{Keyring, Purpose};
use crate::{Error, Kernel, Result};

/// Longest access token, in bytes.
pub const MAX_TOKEN_LEN: usize = 16 * 1024;
/// The `typ` of an access token (RFC 9068).
const TYP: &str = "at+jwt";

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it: the server's public address.
    pub iss: String,
    /// Whom it is for: the project.
    pub aud: ProjectId,
    /// Who asked for it (RFC 9068, section 2.2): the application, which is the project's.
    pub client_id: ProjectId,
    /// The user.
    pub sub: UserId,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// Its own id.
    pub jti: String,
    /// What it hangs on: revoked as one.
    pub sid: TokenId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The tenant's slug.
    pub tenant_slug: String,
    /// The plan that applies to the tenant.
    pub plan: String,
    /// The roles that hold in the tenant.
    pub roles: Vec<String>,
    /// What they give: permissions of the registry, and the application's as the roles name them.
    pub permissions: Vec<String>,
    /// The organization that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
    /// When the user signed in (OpenID Connect Core, section 2), in seconds since 1970.
    #[serde(default)]
    pub auth_time: i64,
    /// How the user signed in (RFC 8176): `mfa` when with a second factor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// What the directory knows of what tokens hang on.
#[derive(Debug, Clone)]
pub struct TokenRecord {
    /// Whether it was revoked.
    pub revoked: bool,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// How and when the user signed in.
    pub facts: SignInFacts,
}

impl Claims {
    /// The signed text.
    pub fn sign(&self, secrets: &Keyring) -> Result<String> {
        let (kid, signer) = secrets.signer(Purpose::Token)?;
        let header = Header { alg: "EdDSA".to_owned(), typ: TYP.to_owned(), kid };
        let part = |value: Vec<u8>| BASE64_URL_SAFE_NO_PAD.encode(value);
        let text = format!("{}.{}", part(serde_json::to_vec(&header)?), part(serde_json::to_vec(self)?));
        let signature = part(signer.sign(text.as_bytes()).as_ref().to_vec());
        Ok(format!("{text}.{signature}"))
    }

    /// Reads a text that this installation signed. Says nothing of whether it is still good.
    #[must_use]
    pub fn read(secrets: &Keyring, token: &str) -> Option<Self> {
        if token.len() > MAX_TOKEN_LEN {
            return None;
        }
        let (text, signature) = token.rsplit_once('.')?;
        let (header, claims) = text.split_once('.')?;
        let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        let header: Header = serde_json::from_slice(&bytes(header)?).ok()?;
        let ours = header.alg == "EdDSA" && header.typ == TYP;
        if !ours
            || !secrets.verify_signature(Purpose::Token, &header.kid, text.as_bytes(), &bytes(signature)?)
        {
            return None;
        }
        serde_json::from_slice(&bytes(claims)?).ok()
    }

    /// Whether it has begun and not ended.
    #[must_use]
    pub fn is_current(&self, now: Timestamp) -> bool {
        let seconds = now.seconds();
        // The clocks of two nodes may differ a little.
        self.iat <= seconds + 30 && seconds < self.exp
    }
}

/// Whether a credential has the form of an access token rather than of an API key.
#[must_use]
pub fn is_token(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'.').count() == 2
}

impl Gate {
    /// The user who holds an access token. Answered from memory when warm.
    pub async fn authenticate_token(&self, token: &str, context: RequestContext) -> Result<Caller> {
        let refused = |why| Error::new(INVALID_TOKEN, why);
        let claims = Claims::read(&self.kernel.secrets(), token)
            .ok_or_else(|| refused("The access token is malformed, or was not signed by this server."))?;
        if !claims.is_current(self.kernel.now()) {
            return Err(refused("The access token has expired; use the refresh token."));
        }
        let Some(sign_in) = live(&self.kernel, claims.aud, claims.sid).await? else {
            return Err(refused("The access token was revoked."));
        };
        let user = self.kernel.directory().user(&self.kernel, claims.aud, claims.sub).await?;
        let Some(user) = user else {
            return Err(refused("The user of the access token does not exist any more."));
        };
        Ok(Caller {
            kind: CallerKind::User(claims.sub),
            name: Some(user.email.clone()),
            project: claims.aud,
            tenant: Some(claims.tenant_id),
            grants: carcosa_types::Grants::default(),
            gives: carcosa_types::Grants::default(),
            // The token ends soon, what the user may do does not.
            expires_at: None,
            facts: SignInFacts { address: context.ip, ..sign_in.facts },
            context,
        })
    }
}

/// What a token hangs on, if that is neither revoked nor over.
pub async fn live(kernel: &Kernel, project: ProjectId, id: TokenId) -> Result<Option<Arc<TokenRecord>>> {
    let record = kernel.directory().token(kernel, project, id).await?;
    Ok(record.filter(|record| !record.revoked && kernel.now() < record.expires_at))
}
