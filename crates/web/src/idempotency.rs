//! `Idempotency-Key`: what the key stands for is worked out here; the kernel claims it in the effect's transaction.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::IF_MATCH;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use carcosa_kernel::Error;
use carcosa_kernel::idempotency::{Claim, Fingerprint};
use ring::digest::{Context, SHA256};

use crate::error::{Failure, INVALID_IDEMPOTENCY_KEY};

/// Longest key.
pub const MAX_KEY_LEN: usize = 255;

/// Hands the claim of a request to its guard. Without the header nothing happens.
pub(crate) async fn claim(State(status): State<u16>, request: Request, next: Next) -> Response {
    match prepare(status, request) {
        Ok(request) => next.run(request).await,
        Err(error) => Failure(error).into_response(),
    }
}

fn prepare(status: u16, request: Request) -> Result<Request, Error> {
    let Some(header) = request.headers().get("idempotency-key") else { return Ok(request) };
    let key = header
        .to_str()
        .ok()
        .filter(|key| {
            (1..=MAX_KEY_LEN).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        })
        .map(str::to_owned)
        .ok_or_else(|| {
            let rule =
                format!("An Idempotency-Key has 1 to {MAX_KEY_LEN} visible ASCII characters without spaces.");
            Error::new(INVALID_IDEMPOTENCY_KEY, rule)
        })?;
    let (mut parts, body) = request.into_parts();
    let mut digest = Context::new(&SHA256);
    let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let precondition = parts.headers.get(IF_MATCH).map(HeaderValue::as_bytes).unwrap_or_default();
    for part in [parts.method.as_str().as_bytes(), target.as_bytes(), precondition] {
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let mut head = [0; 32];
    head.copy_from_slice(digest.finish().as_ref());
    // The body is taken in when it is read, after the caller is known: nobody unknown makes the server hold one.
    let fingerprint = Arc::new(Fingerprint::of_head(head));
    parts.extensions.insert(Claim { key, fingerprint, status });
    Ok(Request::from_parts(parts, body))
}
