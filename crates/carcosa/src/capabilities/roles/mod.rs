//! Roles: named sets of permissions, built in or made by a project or one of its tenants; and the registry of permissions.
//!
//! - **Tables:** `roles`.
//! - **Permissions:** `role:read`, `role:create`, `role:update`, `role:delete`.
//! - **Events:** `role.created`, `role.updated`, `role.deleted`, in the stream of the tenant that made it, or the project's.
//! - **Invariants:** a role gives only what can be held in a tenant; nobody makes, changes or hands on a role that gives more
//!   than they have; a key names one role in a tenant: a tenant's roles take no key of the project's or of Carcosa's, nor the
//!   other way round; a role that a membership or invitation names is not deleted; at most 100 per owner.

pub mod api;
pub mod error;
pub mod model;
pub mod service;
pub mod store;
