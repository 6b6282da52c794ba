//! Tokens: signed access tokens that say who is calling in which tenant, and refresh tokens that get the next ones.
//!
//! - **Tables:** `tokens`, one row per sign-in, on which its access tokens and its refresh tokens hang.
//! - **Permissions:** `token:read`, `token:create`, `token:revoke`, held by credentials of the project, which signs people in.
//! - **Events:** `token.created`, `token.revoked`, in the tenant's stream. A refresh is no change and is not recorded.
//! - **Invariants:** an access token is signed with EdDSA by a key that every node and `/.well-known/jwks.json` knew before it was used;
//!   a refresh token works once, and one that comes a second time ends the sign-in; revoking, disabling the user and suspending the
//!   tenant stop introspection and Carcosa's own endpoints on every node within a second, and other services that only check
//!   signatures when the access token ends, after at most an hour.

pub mod api;
pub mod error;
pub mod model;
pub mod service;
pub mod store;
