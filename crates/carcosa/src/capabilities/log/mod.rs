//! The log, read: the feed of events and the audit trail, which are the same entries.
//!
//! - **Tables:** `log_entries`, `log_heads`, `log_positions`, written by the kernel; read here.
//! - **Permissions:** `event:read`, `audit:read`.
//! - **Invariants:** an entry is shown once it has its place in the project's order, so a reader that goes on from a
//!   cursor never misses one that committed late. Each stream is a hash chain that [`verify`] and an exported file can
//!   be checked against.

pub mod api;
pub(crate) mod cli;
pub mod export;
pub mod model;
pub mod service;
pub mod store;
pub mod verify;
