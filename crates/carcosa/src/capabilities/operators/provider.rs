//! The provider of single sign-on: OpenID Connect, authorization code with PKCE.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_kernel::error::VALIDATION_FAILED;
use carcosa_kernel::{Error, Result};
use form_urlencoded::Serializer;
use jsonwebtoken::jwk::Jwk;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, RequestBuilder, StatusCode};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::error::{SINGLE_SIGN_ON_FAILED, SINGLE_SIGN_ON_UNAVAILABLE};
use super::id_token::{self, UserInfo};
use crate::settings::OidcSettings;

/// Longest time for one request to the provider.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer of the provider, in bytes: 1 MiB.
const MAX_ANSWER: usize = 1024 * 1024;
/// How long what the provider says of itself is believed.
const REMEMBERED: Duration = Duration::from_mins(10);
/// Where the provider sends the browser back to.
const RETURN_PATH: &str = "/v1/session/oidc/callback";

/// A provider, and how to reach it.
pub struct Provider {
    issuer: String,
    client_id: String,
    client_secret: String,
    name: String,
    return_url: String,
    http: Client,
    remembered: Mutex<Option<(Instant, Arc<Metadata>)>>,
}

/// What the provider says of itself.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// What a code stands for.
#[derive(Deserialize)]
pub struct Tokens {
    /// Says who someone is.
    pub id_token: String,
    /// Opens the UserInfo endpoint.
    #[serde(default)]
    access_token: String,
}

/// What the browser takes along to the provider.
#[derive(Debug, Clone, Copy)]
pub struct Journey<'a> {
    /// Names it.
    pub state: &'a str,
    /// Must stand in the ID token.
    pub nonce: &'a str,
    /// The secret whose hash goes along, and which itself follows with the code.
    pub verifier: &'a str,
}

impl Provider {
    /// The one that the settings name, if they name one.
    pub fn new(public_url: &str, settings: &OidcSettings) -> Result<Option<Self>> {
        if settings.issuer.is_empty() {
            return Ok(None);
        }
        let is_local = is_local(&settings.issuer);
        if !is_local && !settings.issuer.starts_with("https://") {
            let rule =
                "Settings: `oidc.issuer` must be an `https` address, as the provider itself writes it.";
            return Err(Error::new(VALIDATION_FAILED, rule));
        }
        if settings.client_id.is_empty() {
            return Err(Error::new(VALIDATION_FAILED, "Settings: `oidc.issuer` needs `oidc.client_id`."));
        }
        Ok(Some(Self {
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
            name: settings.name.clone(),
            return_url: format!("{public_url}{RETURN_PATH}"),
            http: client(is_local)?,
            remembered: Mutex::default(),
        }))
    }

    /// Its address, which is its name.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Our name at it.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the browser goes.
    pub async fn departure(&self, journey: &Journey<'_>) -> Result<String> {
        let metadata = self.metadata().await?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, journey.verifier.as_bytes()));
        let query = Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", self.client_id.as_str()),
                ("redirect_uri", self.return_url.as_str()),
                ("scope", "openid email profile"),
                ("state", journey.state),
                ("nonce", journey.nonce),
                ("code_challenge", challenge.as_str()),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        let endpoint = &metadata.authorization_endpoint;
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        Ok(format!("{endpoint}{joint}{query}"))
    }

    /// The tokens that the code stands for.
    pub async fn exchange(&self, code: &str, verifier: &str) -> Result<Tokens> {
        let metadata = self.metadata().await?;
        let request = self.token_request(&metadata, code, verifier);
        read(&fetch(request, "token endpoint").await?, "token endpoint")
    }

    /// What the UserInfo endpoint says, if there is one ([OpenID Connect Core 1.0, section 5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)).
    pub async fn user_info(&self, tokens: &Tokens) -> Result<Option<UserInfo>> {
        let metadata = self.metadata().await?;
        let Some(endpoint) = metadata.userinfo_endpoint.as_ref().filter(|_| !tokens.access_token.is_empty())
        else {
            return Ok(None);
        };
        let request =
            self.http.get(endpoint).bearer_auth(&tokens.access_token).header("accept", "application/json");
        read(&fetch(request, "UserInfo endpoint").await?, "UserInfo endpoint").map(Some)
    }

    fn token_request(&self, metadata: &Metadata, code: &str, verifier: &str) -> RequestBuilder {
        let mut form = Serializer::new(String::new());
        form.extend_pairs([
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.return_url.as_str()),
            ("code_verifier", verifier),
        ]);
        let methods = &metadata.token_endpoint_auth_methods_supported;
        let by_header = methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
        let mut request = self.http.post(&metadata.token_endpoint);
        if self.client_secret.is_empty() {
            form.append_pair("client_id", &self.client_id);
        } else if by_header {
            // RFC 6749, section 2.3.1: both are encoded before they are put together.
            request = request.basic_auth(encoded(&self.client_id), Some(encoded(&self.client_secret)));
        } else {
            form.append_pair("client_id", &self.client_id).append_pair("client_secret", &self.client_secret);
        }
        request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(form.finish())
    }

    /// The keys that it signs with now.
    pub async fn keys(&self) -> Result<Vec<Jwk>> {
        let metadata = self.metadata().await?;
        let set: Value = read(&fetch(self.http.get(&metadata.jwks_uri), "keys").await?, "keys")?;
        Ok(id_token::read_keys(&set))
    }

    /// What it says of itself. While one request asks, the others wait for its answer.
    async fn metadata(&self) -> Result<Arc<Metadata>> {
        let mut remembered = self.remembered.lock().await;
        if let Some((since, metadata)) = &*remembered
            && since.elapsed() < REMEMBERED
        {
            return Ok(Arc::clone(metadata));
        }
        let address = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let metadata: Metadata = read(&fetch(self.http.get(address), "discovery").await?, "discovery")?;
        if metadata.issuer != self.issuer {
            return Err(unavailable("discovery", &format!("it calls itself `{}`", metadata.issuer)));
        }
        let endpoints = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        let is_safe = |url: &String| url.starts_with("https://") || (is_local(&self.issuer) && is_local(url));
        if !endpoints.into_iter().chain(&metadata.userinfo_endpoint).all(is_safe) {
            return Err(unavailable("discovery", "one of its addresses is not `https`"));
        }
        let metadata = Arc::new(metadata);
        *remembered = Some((Instant::now(), Arc::clone(&metadata)));
        Ok(metadata)
    }
}

/// Whether an address is on this machine, where tests have their provider: the one place that needs no encryption.
fn is_local(url: &str) -> bool {
    ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"].iter().any(|start| url.starts_with(start))
}

/// Follows no redirect: a provider does not redirect those who speak to it.
fn client(is_local: bool) -> Result<Client> {
    // The choice is the whole process's. Where it was made before, it was made alike.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("carcosa/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .timeout(PATIENCE)
        .https_only(!is_local);
    // Without encryption there is nobody's certificate to trust.
    let builder = if is_local { builder.tls_certs_only(std::iter::empty::<Certificate>()) } else { builder };
    builder.build().map_err(Error::internal)
}

async fn fetch(request: RequestBuilder, what: &str) -> Result<Vec<u8>> {
    let broken = |cause: reqwest::Error| unavailable(what, &format!("{:?}", cause.without_url()));
    let mut response = request.send().await.map_err(broken)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(unavailable(what, "its answer is larger than 1 MiB"));
        }
        body.extend_from_slice(&chunk);
    }
    match status {
        StatusCode::OK => Ok(body),
        // What it refuses is the code: expired, used, or of another client.
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            tracing::warn!(what, %status, "the provider of single sign-on refused");
            Err(Error::new(
                SINGLE_SIGN_ON_FAILED,
                "The provider of single sign-on did not confirm the sign-in.",
            ))
        }
        other => Err(unavailable(what, &format!("it answered {other}"))),
    }
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8], what: &str) -> Result<T> {
    serde_json::from_slice(body).map_err(|cause| unavailable(what, &cause.to_string()))
}

fn unavailable(what: &str, cause: &str) -> Error {
    tracing::warn!(what, cause, "the provider of single sign-on does not answer as it should");
    Error::new(SINGLE_SIGN_ON_UNAVAILABLE, "The provider of single sign-on does not answer as it should.")
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: &str, client_id: &str) -> OidcSettings {
        OidcSettings {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: String::new(),
            name: "Example".to_owned(),
        }
    }

    #[test]
    fn a_provider_is_reached_by_https_only() {
        assert!(Provider::new("", &settings("", "")).unwrap().is_none());
        for issuer in ["http://id.example.com", "id.example.com", "ftp://x", "http://127.0.0.1.example.com"] {
            assert!(Provider::new("", &settings(issuer, "carcosa")).is_err(), "{issuer}");
        }
        assert!(Provider::new("", &settings("http://127.0.0.1:9", "")).is_err());
        let local = Provider::new("https://c.example.com", &settings("http://127.0.0.1:9", "carcosa"));
        assert_eq!(local.unwrap().unwrap().return_url, "https://c.example.com/v1/session/oidc/callback");
    }

    #[test]
    fn secrets_are_encoded_before_they_are_put_together() {
        assert_eq!(encoded("a:b c/å"), "a%3Ab+c%2F%C3%A5");
    }
}
