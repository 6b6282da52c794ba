//! API keys: the credentials of a project and of its tenants, and the verification of keys that are presented to an application.
//!
//! - **Tables:** `api_keys`, `key_usage_hours`, `key_usage_totals`.
//! - **Permissions:** `key:read`, `key:create`, `key:update`, `key:rotate`, `key:delete`, `key:verify`, `key:import`.
//! - **Events:** `key.created`, `key.imported`, `key.updated`, `key.rotated`, `key.revoked`, in the stream of the tenant that owns the
//!   key, or the project's own.
//! - **Invariants:** the secret is shown once and kept only as a keyed hash; nobody makes, widens or rotates a key that
//!   may do more than they may; a revoked key never works again; a tenant's key stops with the tenant; a verification that is refused
//!   takes nothing; credits are never overspent.
//! - **In memory of each node** ([`state`]): what was taken of rate limits, leases of credits, uses not written yet. A graceful stop writes
//!   all but the rate limits. A crash loses what was taken of rate limits, the last uses of ten seconds, and of each key with credits at
//!   most one lease: 100 credits or what one call costs.

pub mod api;
mod budget;
pub(crate) mod cli;
mod credits;
pub mod error;
pub mod import;
pub mod leak;
mod list_store;
pub mod model;
pub mod service;
pub mod state;
pub mod store;
pub mod usage;
pub(crate) mod usage_store;
pub mod verify;
