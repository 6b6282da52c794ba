//! Shares: a resource of one tenant that another one may use.
//!
//! - **Tables:** `shares`.
//! - **Permissions:** `share:read`, `share:create`, `share:delete`.
//! - **Events:** `share.created`, `share.revoked`, each in the streams of both tenants.
//! - **Invariants:** nothing is shared but by a row that says so; both tenants see it, only the one that shares makes and
//!   revokes it; a resource is shared with a tenant once.

pub mod api;
pub mod error;
pub mod service;
pub mod store;
