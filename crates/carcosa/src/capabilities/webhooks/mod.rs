//! Webhooks: events sent to addresses that the project or a tenant names, at least once each.
//!
//! - **Tables:** `webhook_endpoints`, `webhook_subscriptions`, `webhook_queues`, `webhook_deliveries`, `webhook_attempts`,
//!   `webhook_leftovers`, `webhook_cursor`.
//! - **Permissions:** `webhook:read`, `webhook:create`, `webhook:update`, `webhook:delete`, `webhook:send`.
//! - **Events:** `webhook_endpoint.created`, `webhook_endpoint.updated`, `webhook_endpoint.secret_rotated`, `webhook_endpoint.paused`,
//!   `webhook_endpoint.resumed`, `webhook_endpoint.disabled`, `webhook_endpoint.replayed`, `webhook_endpoint.deleted`, in the stream of its
//!   owner. Deliveries are bookkeeping and are not recorded: they would call for deliveries.
//!
//! How it works:
//! - [`dispatch`] reads the log in its order and makes a delivery for each endpoint that hears an event, in one transaction with the
//!   cursor: none is left out or made twice, whatever node works and whenever it dies.
//! - An endpoint's deliveries are a queue, which one node at a time holds by a lease ([`deliver`]). So the order, the rate and the
//!   circuit breaker of an endpoint are kept in one place, and a dead endpoint delays no other.
//! - No transaction is open while a request is under way. What became of it is written afterwards; a node that dies in between sends
//!   again, with the same `webhook-id`.
//!
//! Invariants:
//! - Secrets and values of custom headers are sealed at rest and shown to nobody; a new secret is shown once.
//! - Every call goes through [`crate::outbound`].
//! - A tenant's endpoint hears its own stream, and of others' doings in it not which credential it was.

pub mod api;
mod attempt;
pub(crate) mod cli;
pub mod deliver;
pub(crate) mod delivery_store;
pub mod dispatch;
pub mod error;
pub mod model;
pub(crate) mod queue_store;
pub mod replay;
pub mod service;
pub mod signing;
pub mod state;
pub(crate) mod store;
