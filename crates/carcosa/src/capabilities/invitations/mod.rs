//! Invitations: offers of memberships, by e-mail or as a link.
//!
//! - **Tables:** `invitations`.
//! - **Permissions:** `invitation:read`, `invitation:create`, `invitation:update` in tenants; `invitation:accept` by credentials of
//!   the project, which have signed in the person who accepts.
//! - **Events:** `invitation.created`, `invitation.resent`, `invitation.accepted`, `invitation.declined`, `invitation.revoked`, in
//!   the tenant's stream; and those of the membership and user that come of it.
//! - **Invariants:** a token is kept as its keyed hash, works once, and only until the invitation expires, is revoked, or is sent
//!   again (which makes a new one); one invitation waits per tenant and address; it is accepted only by the address that it was
//!   sent to; nobody offers a role that gives more than they have. Joining by domain stays off until domains can be verified.

pub mod api;
pub mod error;
pub mod service;
pub mod store;
