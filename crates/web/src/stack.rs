//! The layer around everything: request id, load shedding, time limit, problem documents, logs and metrics.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use carcosa_kernel::{Error, Kernel};
use ipnet::IpNet;
use tokio::sync::Semaphore;

use crate::error::{Failure, OVERLOADED, REQUEST_TIMEOUT, render};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id taken over from the caller.
const MAX_REQUEST_ID_LEN: usize = 64;

/// The id of a request: the caller's `X-Request-Id` when it is harmless, else a new one.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

/// Where a request really came from: the peer, or whom a trusted proxy names.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// What the layer needs.
pub struct Stack {
    kernel: Kernel,
    trusted_proxies: Vec<IpNet>,
    in_flight: Semaphore,
    timeout: Duration,
}

impl Stack {
    /// At most `max_in_flight` requests at a time, each for at most `timeout`. What `trusted_proxies` say of a client is believed.
    #[must_use]
    pub fn new(
        kernel: &Kernel,
        max_in_flight: usize,
        timeout: Duration,
        trusted_proxies: Vec<IpNet>,
    ) -> Arc<Self> {
        let in_flight = Semaphore::new(max_in_flight.min(Semaphore::MAX_PERMITS));
        Arc::new(Self { kernel: kernel.clone(), trusted_proxies, in_flight, timeout })
    }

    fn client(&self, request: &Request) -> Option<ClientAddress> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip();
        Some(ClientAddress(client(peer, request.headers(), &self.trusted_proxies)))
    }

    fn request_id(&self, request: &Request) -> RequestId {
        let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
        let harmless = |id: &&str| {
            (1..=MAX_REQUEST_ID_LEN).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        match given.filter(harmless) {
            Some(id) => RequestId(id.into()),
            None => RequestId(self.kernel.new_uuid().simple().to_string().into()),
        }
    }
}

/// The nearest address that is not a trusted proxy's. What stands before it in `X-Forwarded-For` anyone can write.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let headers = headers.get_all(FORWARDED_FOR).iter();
    let named: Vec<&str> =
        headers.filter_map(|header| header.to_str().ok()).flat_map(|text| text.split(',')).collect();
    let mut nearest = peer.to_canonical();
    for text in named.into_iter().rev() {
        if !is_trusted(&nearest) {
            break;
        }
        let Ok(address) = text.trim().parse::<IpAddr>() else { break };
        nearest = address.to_canonical();
    }
    nearest
}

/// Carries out a request within the limits and finishes its answer.
pub async fn outer(State(stack): State<Arc<Stack>>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = stack.request_id(&request);
    if let Some(client) = stack.client(&request) {
        request.extensions_mut().insert(client);
    }
    request.extensions_mut().insert(id.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    // A busy node is alive: whoever restarts it makes things worse.
    let permit = stack.in_flight.try_acquire();
    let admitted = permit.is_ok() || request.uri().path().starts_with("/health/");
    let mut response = match admitted {
        true => match tokio::time::timeout(stack.timeout, next.run(request)).await {
            Ok(response) => response,
            Err(_) => {
                let detail = format!("The request took longer than {:?} and was given up.", stack.timeout);
                Failure(Error::new(REQUEST_TIMEOUT, detail)).into_response()
            }
        },
        false => Failure(Error::new(OVERLOADED, "Too many requests are being worked on.")).into_response(),
    };
    render(&mut response, &id.0);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    note(&method, route.as_ref().map_or("unmatched", MatchedPath::as_str), &id, &response, start);
    response
}

/// Metrics for every request; a log line for those that change something or fail.
fn note(method: &Method, route: &str, id: &RequestId, response: &Response, start: Instant) {
    let (status, took) = (response.status().as_u16(), start.elapsed());
    let labels =
        [("method", method.as_str().to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
    metrics::histogram!("carcosa_http_request_duration_seconds", &labels).record(took.as_secs_f64());
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if method == Method::GET && status < 400 {
        tracing::debug!(http.method = %method, http.route = route, http.status = status, request.id = %id.0, took.us = micros, "request");
    } else {
        tracing::info!(http.method = %method, http.route = route, http.status = status, request.id = %id.0, took.us = micros, "request");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        for (peer, forwarded, expected) in [
            ("203.0.113.7", &["198.51.100.1"][..], "203.0.113.7"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["192.0.2.66, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
            ("10.0.0.1", &["192.0.2.66", "198.51.100.1", "10.9.9.9"], "198.51.100.1"),
            ("2001:db8::1", &["198.51.100.1, nonsense, 10.9.9.9"], "10.9.9.9"),
            ("10.0.0.1", &["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for text in forwarded {
                headers.append(FORWARDED_FOR, text.parse().unwrap());
            }
            let found = client(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!(found.to_string(), expected, "{peer} {forwarded:?}");
        }
    }
}
