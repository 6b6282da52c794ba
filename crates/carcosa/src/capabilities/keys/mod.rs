//! API keys: the credentials of a project and of its tenants.
//!
//! - **Tables:** `api_keys`.
//! - **Permissions:** `key:read`, `key:create`, `key:update`, `key:rotate`, `key:delete`.
//! - **Events:** `key.created`, `key.updated`, `key.rotated`, `key.revoked`, in the stream of the tenant that owns the
//!   key, or the project's own.
//! - **Invariants:** the secret is shown once and kept only as a keyed hash; nobody makes, widens or rotates a key that
//!   may do more than they may; a revoked key never works again; a tenant's key stops with the tenant.

pub mod api;
pub(crate) mod cli;
pub mod error;
pub mod model;
pub mod service;
pub mod store;
