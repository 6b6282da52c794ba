//! A provider of single sign-on that says of people whatever the test wants.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use carcosa::settings::OidcSettings;
use carcosa_types::Timestamp;
use carcosa_types::patch::merge;
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const CLIENT_ID: &str = "carcosa";
/// Has characters that must be encoded in the header.
const CLIENT_SECRET: &str = "s:e/c r+e%t";
const ACCESS_TOKEN: &str = "at-1";
const KEY_ID: &str = "2026-11";

/// Whose signature an ID token has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// The provider's.
    Own,
    /// Somebody else's, under the name of the provider's key.
    Stranger,
    /// None: the token says `alg: none`.
    Missing,
}

/// A provider on a port of its own. Stops when dropped.
pub struct FakeProvider {
    address: SocketAddr,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Inner {
    issuer: Mutex<String>,
    consents: Mutex<HashMap<String, Consent>>,
    exchanges: Mutex<usize>,
    user_info: Mutex<Option<Value>>,
}

/// A code that was given out, and what it stands for.
struct Consent {
    challenge: String,
    return_url: String,
    token: String,
}

impl FakeProvider {
    /// One that knows the client of [`settings`](Self::settings).
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let (address, inner) = (listener.local_addr().expect("it is bound"), Arc::<Inner>::default());
        *lock(&inner.issuer) = format!("http://{address}");
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(async || Json(json!({ "keys": [public_key()] }))))
            .route("/token", post(token))
            .route("/userinfo", get(user_info))
            .with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Self { address, inner, task }
    }

    /// Its address, which is its name.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a server must be told of it.
    #[must_use]
    pub fn settings(&self) -> OidcSettings {
        OidcSettings {
            issuer: self.issuer(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            name: "Example".to_owned(),
        }
    }

    /// Someone arrives with a browser from `departure` and agrees to sign in; what the browser goes back with. `claims` are merged
    /// into those of a good token: `null` removes one.
    #[must_use]
    pub fn consent(&self, departure: &str, now: Timestamp, claims: &Value, by: Signature) -> String {
        let (start, query) = departure.split_once('?').expect("a query");
        assert_eq!(start, format!("{}/authorize", self.issuer()));
        let query: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], CLIENT_ID);
        assert_eq!(query["code_challenge_method"], "S256");
        assert!(query["scope"].split(' ').any(|scope| scope == "openid"));
        let seconds = now.micros() / 1_000_000;
        let mut all = json!({
            "iss": self.issuer(), "aud": CLIENT_ID, "nonce": query["nonce"], "iat": seconds, "exp": seconds + 300,
            "sub": "subject-1", "email_verified": true,
        });
        merge(&mut all, claims.clone());
        let mut consents = lock(&self.inner.consents);
        let code = format!("code-{}", consents.len());
        let (challenge, return_url) = (query["code_challenge"].clone(), query["redirect_uri"].clone());
        consents.insert(code.clone(), Consent { challenge, return_url, token: sign(&all, by) });
        format!("code={code}&state={}&session_state=not-ours", query["state"])
    }

    /// From now on there is a UserInfo endpoint, which says this.
    pub fn set_user_info(&self, claims: Value) {
        *lock(&self.inner.user_info) = Some(claims);
    }

    /// How often a code was exchanged for a token.
    #[must_use]
    pub fn exchanges(&self) -> usize {
        *lock(&self.inner.exchanges)
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn discovery(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let issuer = lock(&inner.issuer).clone();
    let user_info = lock(&inner.user_info).as_ref().map(|_| format!("{issuer}/userinfo"));
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "userinfo_endpoint": user_info,
    }))
}

/// Gives the token for a code, once, to whoever has the client's secret and the verifier.
async fn token(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let form: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let consent = lock(&inner.consents).remove(field("code"));
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, field("code_verifier").as_bytes()));
    let consent = consent.filter(|consent| {
        field("grant_type") == "authorization_code"
            && is_client(&headers)
            && consent.challenge == challenge
            && consent.return_url == field("redirect_uri")
    });
    match consent {
        Some(consent) => {
            *lock(&inner.exchanges) += 1;
            Json(json!({ "access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": consent.token }))
                .into_response()
        }
        None => (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response(),
    }
}

async fn user_info(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    let sent = headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok());
    let claims = lock(&inner.user_info).clone();
    match claims.filter(|_| sent == Some(&format!("Bearer {ACCESS_TOKEN}"))) {
        Some(claims) => Json(claims).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn is_client(headers: &HeaderMap) -> bool {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let expected = format!("{}:{}", encode(CLIENT_ID), encode(CLIENT_SECRET));
    let sent = headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok());
    let sent = sent.and_then(|text| text.strip_prefix("Basic "));
    sent.and_then(|text| BASE64_STANDARD.decode(text).ok()) == Some(expected.into_bytes())
}

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a seed has 32 bytes")
}

fn public_key() -> Value {
    let x = BASE64_URL_SAFE_NO_PAD.encode(pair(1).public_key());
    json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": KEY_ID, "x": x })
}

fn sign(claims: &Value, by: Signature) -> String {
    let algorithm = if by == Signature::Missing { "none" } else { "EdDSA" };
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text =
        format!("{}.{}", part(&json!({ "alg": algorithm, "kid": KEY_ID, "typ": "JWT" })), part(claims));
    let signature = match by {
        Signature::Own => BASE64_URL_SAFE_NO_PAD.encode(pair(1).sign(text.as_bytes())),
        Signature::Stranger => BASE64_URL_SAFE_NO_PAD.encode(pair(2).sign(text.as_bytes())),
        Signature::Missing => String::new(),
    };
    format!("{text}.{signature}")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
