//! Users: the people who use the application, one per e-mail address and project, in any number of tenants.
//!
//! - **Tables:** `users`, `user_terms`, `user_terms_due`.
//! - **Permissions:** `user:read`, `user:create`, `user:update`, `user:delete`, all held by credentials of the project only.
//! - **Events:** `user.created`, `user.updated`, `user.disabled`, `user.enabled`, `user.deleted`, in the project's stream.
//! - **Invariants:** an address belongs to one user, whatever its case; a disabled user may do nothing anywhere, on every node
//!   within a second; a user who is the last owner of a tenant is not deleted.

pub mod api;
pub(crate) mod cli;
pub mod error;
pub(crate) mod search_store;
pub mod service;
pub mod store;
