//! Everything served over HTTP, in one tree.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use carcosa_kernel::{Gate, Kernel};
use carcosa_web::endpoint::no_method;
use carcosa_web::openapi::Info;
use carcosa_web::stack::{self, Stack};
use ipnet::IpNet;
use serde_json::Value;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::capabilities::{self, TAGS};
use crate::{dashboard, reference};

/// The OpenAPI document of this version.
#[must_use]
pub fn openapi() -> Value {
    capabilities::api().openapi(&Info {
        title: "Carcosa",
        version: env!("CARGO_PKG_VERSION"),
        description: include_str!("openapi.md"),
        tags: TAGS,
    })
}

/// Limits of the server.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests worked on at a time.
    pub max_in_flight: usize,
    /// Longest time of one.
    pub timeout: Duration,
    /// Whose word on a client's address is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// The API, its reference, the health checks and the dashboard.
pub fn router(kernel: &Kernel, limits: Limits) -> Router {
    let document: Arc<str> = openapi().to_string().into();
    let stack = Stack::new(kernel, limits.max_in_flight, limits.timeout, limits.trusted_proxies);
    let reference: Router<Gate> =
        Router::from(SwaggerUi::new("/docs").config(Config::new(["/openapi.json"])))
            .route("/docs/errors", get(async || html(&reference::errors_page())))
            .route("/docs/permissions", get(async || html(&reference::permissions_page())))
            .route("/docs/events", get(async || html(&reference::events_page())))
            .layer(from_fn(secure_page));
    capabilities::api()
        .router()
        .merge(reference)
        .route("/", get(dashboard::serve).fallback(async || no_method()))
        .route("/assets/{*file}", get(dashboard::serve).fallback(async || no_method()))
        .fallback(dashboard::serve)
        .route("/openapi.json", get(async move || json(&document)))
        .layer(from_fn_with_state(stack, stack::outer))
        .with_state(Gate::new(kernel))
}

fn json(document: &str) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")];
    (headers, document.to_string()).into_response()
}

fn html(page: &str) -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], page.to_owned()).into_response()
}

/// Pages take nothing from elsewhere, and nobody frames them. The reference page brings inline styles and icons.
async fn secure_page(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let mut response = next.run(request).await;
    let policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
