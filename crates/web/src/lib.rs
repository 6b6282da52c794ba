//! The axum kit: what every endpoint of Carcosa has in common.
//!
//! A handler's signature says all there is to know of it: [`Guard`] or [`TenantGuard`] which permission it needs and
//! where, [`Body`], [`Query`], [`PathParam`] and [`IfMatch`] what it takes, its answer what it gives. [`endpoints!`]
//! turns signatures into routes, the OpenAPI document, and the registry that the coverage tests walk. A handler that is
//! not documented does not compile.

pub mod body;
pub mod endpoint;
pub mod error;
pub mod guard;
pub mod idempotency;
pub mod live;
pub mod openapi;
pub mod params;
pub mod places;
pub mod reply;
pub mod sample;
pub mod schema;
pub mod session;
pub mod stack;
pub mod stream;

pub use body::{Body, FormBody};
pub use endpoint::{Api, Endpoint, Place};
pub use error::{Failure, Result};
pub use guard::{Again, CallerGuard, Guard, InstallationGuard, TenantGuard, Visitor};
pub use live::Live;
pub use params::{IfMatch, PathParam, Query};
pub use reply::{Created, Deleted, Listed, Object, Plain};
pub use stream::Stream;

/// Largest request body, in bytes: 1 MiB.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

#[doc(hidden)]
pub use axum::http::Method;
