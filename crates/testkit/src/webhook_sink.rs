//! An application that takes webhooks, and behaves as badly as a test wants.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A webhook that came.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The path that it was sent to.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Webhook {
    /// The event.
    #[must_use]
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("a webhook's body is JSON")
    }

    /// A header's text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// How many of its signatures are this secret's (`whsec_…`), or this public key's (`whpk_…`).
    #[must_use]
    pub fn signatures_of(&self, key: &str) -> usize {
        let signed =
            format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let bytes = |text: &str| BASE64_STANDARD.decode(text).expect("base64");
        let is_of = |part: &&str| match (key.strip_prefix("whsec_"), part.strip_prefix("v1,")) {
            (Some(secret), Some(tag)) => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, &bytes(secret));
                hmac::verify(&secret, signed.as_bytes(), &bytes(tag)).is_ok()
            }
            (None, None) => {
                let public = bytes(key.strip_prefix("whpk_").expect("a secret or a public key"));
                let tag = bytes(part.strip_prefix("v1a,").expect("a signature of a known version"));
                UnparsedPublicKey::new(&ED25519, public).verify(signed.as_bytes(), &tag).is_ok()
            }
            _ => false,
        };
        self.header("webhook-signature").split(' ').filter(is_of).count()
    }
}

#[derive(Default)]
struct Inner {
    taken: Mutex<Vec<Webhook>>,
    script: Mutex<VecDeque<u16>>,
}

/// A server on a port of its own. Stops when dropped.
///
/// What it answers stands in the path: `/ok`, `/status/503`, `/script` (what [`then`](Self::then) said), `/later` (503 and come back in 100
/// seconds), `/slow` (after 600 milliseconds), `/hang` (never), `/redirect` (to the metadata service of a cloud), `/endless` (200 and a body without end).
pub struct WebhookSink {
    address: SocketAddr,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

impl WebhookSink {
    /// Starts one.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner::default());
        let app = Router::new().route("/{*path}", any(take)).with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Self { address, inner, task }
    }

    /// The address of one of its paths.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What came since the last time this was asked.
    #[must_use]
    pub fn take(&self) -> Vec<Webhook> {
        std::mem::take(&mut *self.inner.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What `/script` answers next, one after another, and 200 from then on.
    pub fn then(&self, statuses: &[u16]) {
        self.inner.script.lock().unwrap_or_else(PoisonError::into_inner).extend(statuses);
    }
}

impl Drop for WebhookSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(
    State(inner): State<Arc<Inner>>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = String::from_utf8(body.to_vec()).expect("text");
    let webhook = Webhook { path: format!("/{path}"), headers, body };
    inner.taken.lock().unwrap_or_else(PoisonError::into_inner).push(webhook);
    match path.as_str() {
        "script" => {
            let next = inner.script.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            (status(next.unwrap_or(200)), "as you wish").into_response()
        }
        "later" => (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "100")]).into_response(),
        "slow" => {
            tokio::time::sleep(Duration::from_millis(600)).await;
            "ok".into_response()
        }
        "hang" => std::future::pending().await,
        "redirect" => {
            (StatusCode::FOUND, [(LOCATION, "http://169.254.169.254/latest/meta-data")]).into_response()
        }
        "endless" => {
            let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
            tokio::spawn(async move {
                while sender.send(Bytes::from(vec![b'x'; 4096])).await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            });
            let chunks = Chunks(receiver);
            ([(CONTENT_TYPE, "text/plain")], Body::new(chunks)).into_response()
        }
        other => match other.strip_prefix("status/").and_then(|code| code.parse().ok()) {
            Some(code) => status(code).into_response(),
            None => "ok".into_response(),
        },
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("a status")
}

/// A body that ends when nobody listens.
struct Chunks(tokio::sync::mpsc::Receiver<Bytes>);

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|bytes| Ok(http_body::Frame::data(bytes))))
    }
}
