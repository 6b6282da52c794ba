//! Organizations: the sub-units inside a tenant, such as departments, offices and branches.
//!
//! - **Tables:** `organizations`.
//! - **Permissions:** `organization:read`, `organization:create`, `organization:update`, `organization:delete`.
//! - **Events:** `organization.created`, `organization.updated`, `organization.deleted`, in the tenant's stream.
//! - **Invariants:** a name is unique in its tenant; a tenant has at most 10,000; a deleted tenant's are not changed.

pub mod api;
pub(crate) mod cli;
pub mod error;
pub mod service;
pub mod store;
