//! Memberships: the places of users in tenants.
//!
//! - **Tables:** `memberships`.
//! - **Permissions:** `member:read`, `member:create`, `member:update`, `member:delete`.
//! - **Events:** `membership.created`, `membership.updated`, `membership.deleted`, in the tenant's stream.
//! - **Invariants:** a user has at most one membership in a tenant as a whole and one in each of its organizations; a tenant
//!   that has owners keeps one who can sign in; nobody gives, changes or takes a role that gives more than they have, nor changes
//!   their own; a user is in at most as many tenants as the project allows. A change holds on every node within a second.
//! - **Order of locks:** tenants by id, then the user, then roles, then the membership.

pub mod api;
pub mod error;
pub mod service;
pub mod store;
