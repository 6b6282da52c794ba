//! Failures on their way out: problem+json ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use carcosa_kernel::Error;
use carcosa_kernel::idempotency::Stored;
use carcosa_types::problem::Problem;
use carcosa_types::{ErrorCode, error_codes};

/// What a handler gives back.
pub type Result<T> = std::result::Result<T, Failure>;

error_codes! {
    ROUTE_NOT_FOUND = "route_not_found", 404, "No such address", "The path is not part of the API; see /docs.";
    METHOD_NOT_ALLOWED = "method_not_allowed", 405, "Method not allowed",
        "The path exists, but not with this method; see /docs.";
    INVALID_JSON = "invalid_json", 400, "Invalid JSON",
        "The body is not JSON (RFC 8259) in UTF-8, or nested deeper than 64 levels.";
    PAYLOAD_TOO_LARGE = "payload_too_large", 413, "Body too large", "A request body has at most 1 MiB.";
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415, "Unsupported media type",
        "Send the body as `Content-Type: application/json`.";
    INVALID_IDEMPOTENCY_KEY = "invalid_idempotency_key", 400, "Invalid Idempotency-Key",
        "An `Idempotency-Key` has 1 to 255 visible ASCII characters.";
    OVERLOADED = "overloaded", 503, "Overloaded",
        "The server has as much to do as it can. Nothing was changed. Retry after the time in `Retry-After`.";
    REQUEST_TIMEOUT = "request_timeout", 503, "Timed out",
        "The request took too long and was given up. Retry with the same `Idempotency-Key`: if it was carried out after all, its answer is given again.";
}

/// An [`Error`] that became an answer. Handlers make it with `?`.
#[derive(Debug)]
pub struct Failure(pub Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// The failure behind a response, for the outermost layer, which knows the request's id.
#[derive(Clone)]
pub(crate) struct Carried(pub(crate) Arc<Error>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Some(stored) = self.0.as_replay() {
            return replay(stored);
        }
        let mut response = status(self.0.code()).into_response();
        response.extensions_mut().insert(Carried(Arc::new(self.0)));
        response
    }
}

/// The answer of the first request with this idempotency key, once more.
fn replay(stored: &Stored) -> Response {
    let mut response = Response::new(Body::from(stored.body.clone()));
    *response.status_mut() = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let body: serde_json::Value = serde_json::from_slice(&stored.body).unwrap_or_default();
    if let Some(version) = body.get("version").and_then(serde_json::Value::as_i64) {
        headers.insert(ETAG, crate::reply::etag(version));
    }
    response
}

/// Puts the problem document into a response that carries a failure.
pub(crate) fn render(response: &mut Response, request_id: &str) {
    let Some(Carried(error)) = response.extensions_mut().remove::<Carried>() else { return };
    let body = serde_json::to_vec(&problem(&error, request_id)).unwrap_or_default();
    *response.body_mut() = Body::from(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    match error.code().status {
        401 => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        503 => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    if let Some(seconds) = error.retry_seconds() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if error.code().status >= 500 {
        tracing::error!(request.id = request_id, error.code = error.code().code, error = ?error, "request failed");
    }
}

/// The problem document of an error.
#[must_use]
pub fn problem(error: &Error, request_id: &str) -> Problem {
    let code = error.code();
    Problem {
        kind: format!("/docs/errors#{}", code.code),
        title: code.title.to_owned(),
        status: code.status,
        detail: error.detail().to_owned(),
        code: code.code.to_owned(),
        errors: error.errors().to_vec(),
        allowed: error.allowed().map(<[String]>::to_vec),
        request_id: request_id.to_owned(),
    }
}

fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
