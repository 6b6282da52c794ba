//! The registry of endpoints: what a handler's signature says, kept for routing, documentation and tests.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use carcosa_kernel::error::{
    CONFLICTING_CHANGE, DATABASE_UNAVAILABLE, IDEMPOTENCY_KEY_REUSED, INTERNAL, STORAGE_FULL,
    VALIDATION_FAILED,
};
use carcosa_kernel::{Error, Gate};
use carcosa_types::ErrorCode;
use carcosa_types::permission::PermissionRow;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use crate::error::{
    Failure, INVALID_IDEMPOTENCY_KEY, METHOD_NOT_ALLOWED, OVERLOADED, REQUEST_TIMEOUT, ROUTE_NOT_FOUND,
};
use crate::{idempotency, params};

/// Where an endpoint's permission is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Anyone may call it.
    Open,
    /// In the installation as a whole.
    Installation,
    /// In the project of the credential.
    Project,
    /// In the tenant that the path names.
    Tenant,
    /// For whoever has a credential of a project, whatever they may do.
    Caller,
    /// For whoever is signed in as an operator, whatever they may do.
    Session,
}

/// What an endpoint needs, takes, gives and may refuse with.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The permission it needs.
    pub permission: Option<&'static PermissionRow>,
    /// Where.
    pub place: Place,
    /// Every error it may answer with.
    pub errors: Vec<ErrorCode>,
    /// The status of success.
    pub status: u16,
    pub(crate) path: Vec<(String, String)>,
    pub(crate) query: Option<fn() -> Value>,
    pub(crate) body_required: bool,
    pub(crate) body: Option<fn(&mut SchemaGenerator) -> Schema>,
    pub(crate) reply: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// Media types of an answer that is no JSON.
    pub(crate) media: &'static [&'static str],
    pub(crate) if_match: bool,
    pub(crate) etag: bool,
}

impl Operation {
    fn new() -> Self {
        Self {
            permission: None,
            place: Place::Open,
            errors: vec![INTERNAL, DATABASE_UNAVAILABLE, STORAGE_FULL, OVERLOADED, REQUEST_TIMEOUT],
            status: 200,
            path: Vec::new(),
            query: None,
            body_required: false,
            body: None,
            reply: None,
            media: &[],
            if_match: false,
            etag: false,
        }
    }

    pub(crate) fn path_param(&mut self, name: &str, help: &str) {
        self.path.push((name.to_owned(), help.to_owned()));
    }

    pub(crate) fn answers(&mut self, status: u16, schema: fn(&mut SchemaGenerator) -> Schema) {
        self.status = status;
        self.reply = Some(schema);
    }

    pub(crate) fn streams(&mut self, media: &'static [&'static str]) {
        self.status = 200;
        self.media = media;
    }

    /// Whether it takes a body.
    #[must_use]
    pub const fn takes_body(&self) -> bool {
        self.body.is_some()
    }
}

/// Something a handler takes.
pub trait Input {
    /// Adds what it means for the operation.
    fn describe(operation: &mut Operation);
}

impl Input for axum::extract::State<Gate> {
    fn describe(_: &mut Operation) {}
}

/// Something a handler gives.
pub trait Output {
    /// Adds what it means for the operation.
    fn describe(operation: &mut Operation);
}

impl<T: Output> Output for Result<T, Failure> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

/// A handler whose signature can be read.
pub trait Documented<Args> {
    /// Reads it.
    fn describe(operation: &mut Operation);
}

macro_rules! documented {
    ($($input:ident)*) => {
        impl<F, Fut, $($input),*> Documented<($($input,)*)> for F
        where
            F: Fn($($input),*) -> Fut,
            Fut: Future,
            Fut::Output: Output,
            $($input: Input,)*
        {
            fn describe(operation: &mut Operation) {
                $($input::describe(operation);)*
                <Fut::Output as Output>::describe(operation);
            }
        }
    };
}
documented!();
documented!(A1);
documented!(A1 A2);
documented!(A1 A2 A3);
documented!(A1 A2 A3 A4);

/// One method of one path.
pub struct Endpoint {
    /// The method.
    pub method: Method,
    /// The path, with `{parameters}`.
    pub path: &'static str,
    /// The capability it belongs to.
    pub tag: &'static str,
    /// The name of its handler.
    pub name: &'static str,
    /// Its documentation: a title line, then text.
    pub doc: &'static str,
    /// What its handler's signature says.
    pub operation: Operation,
    handler: MethodRouter<Gate>,
}

impl Endpoint {
    /// An endpoint and its handler. `errors` are those the signature cannot tell.
    #[doc(hidden)]
    pub fn new<H, T, D>(
        (method, path): (Method, &'static str),
        (tag, name, doc): (&'static str, &'static str, &'static str),
        errors: &[ErrorCode],
        handler: H,
    ) -> Self
    where
        H: Handler<T, Gate> + Documented<D>,
        T: 'static,
    {
        let mut operation = Operation::new();
        <H as Documented<D>>::describe(&mut operation);
        operation.errors.extend_from_slice(errors);
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        let mut handler = on(filter, handler);
        let takes = params::Takes { query: operation.query.is_some(), body: operation.body.is_some() };
        if !takes.query || (!takes.body && method != Method::GET) {
            operation.errors.push(VALIDATION_FAILED);
            handler = handler.layer(from_fn_with_state(takes, params::refuse_what_is_not_taken));
        }
        if operation.permission.is_some_and(|row| row.mutates) {
            operation.errors.push(CONFLICTING_CHANGE);
        }
        if method == Method::POST {
            operation.errors.extend([IDEMPOTENCY_KEY_REUSED, INVALID_IDEMPOTENCY_KEY]);
            handler = handler.layer(from_fn_with_state(operation.status, idempotency::claim));
        }
        operation.errors.sort_by_key(|error| (error.status, error.code));
        operation.errors.dedup();
        Self { method, path, tag, name, doc, operation, handler }
    }
}

/// Declares the endpoints of a capability: documentation, method, path, handler, and the errors that the signature
/// cannot tell.
///
/// ```ignore
/// endpoints! { "tenants":
///     /// Create a tenant
///     ///
///     /// The slug is made from the name unless given.
///     POST "/v1/tenants" => create [SLUG_TAKEN];
/// }
/// ```
#[macro_export]
macro_rules! endpoints {
    ($tag:literal: $($(#[doc = $doc:literal])+ $method:ident $path:literal => $handler:ident [$($error:path),* $(,)?];)*) => {
        /// The endpoints of this capability.
        #[must_use]
        pub fn endpoints() -> Vec<$crate::Endpoint> {
            vec![$($crate::Endpoint::new(
                ($crate::Method::$method, $path),
                ($tag, stringify!($handler), concat!($($doc, "\n"),+)),
                &[$($error),*],
                $handler,
            )),*]
        }
    };
}

/// All endpoints of the server.
#[derive(Default)]
pub struct Api {
    endpoints: Vec<Endpoint>,
}

impl Api {
    /// Adds a capability's endpoints.
    #[must_use]
    pub fn with(mut self, endpoints: Vec<Endpoint>) -> Self {
        self.endpoints.extend(endpoints);
        self
    }

    /// The registry.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The routes. What is no route answers with a problem document too.
    pub fn router(self) -> Router<Gate> {
        let routes = self
            .endpoints
            .into_iter()
            .fold(Router::new(), |router, endpoint| router.route(endpoint.path, endpoint.handler));
        routes.fallback(async || no_route()).method_not_allowed_fallback(async || no_method())
    }
}

/// What is at an address that nothing is at.
#[must_use]
pub fn no_route() -> Failure {
    Failure(Error::new(ROUTE_NOT_FOUND, "There is nothing at this address; see /docs."))
}

/// What an address answers to a method that it does not take.
#[must_use]
pub fn no_method() -> Failure {
    Failure(Error::new(METHOD_NOT_ALLOWED, "This address does not take this method; see /docs."))
}
