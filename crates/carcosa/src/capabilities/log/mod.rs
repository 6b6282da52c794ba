//! The log, read: the feed of events and the audit trail, which are the same entries.
//!
//! - **Tables:** `log_entries`, `log_heads`, `log_positions`, written by the kernel; read here, and shortened by [`retention`].
//! - **Permissions:** `event:read`, `audit:read`, `audit:export`.
//! - **Events:** `audit.exported` and `audit.pruned` in the project's stream; `access.denied` in the stream of the tenant
//!   concerned, else in the project's; `sign_in.failed` in the project's or the installation's.
//! - **Invariants:** an entry is shown once it has its place in the project's order, so a reader that goes on from a cursor never
//!   misses one that committed late, and is told when retention removed what it has not read. Each stream is a hash chain that
//!   [`verify`] and an exported file can be checked against, from its beginning or from where retention cut it; `integrity` checks
//!   the newest part of a stream on request. A tenant sees its own stream, and of others' doings in it neither credential nor
//!   address. However often someone is refused, entries stay few: [`denials`].

pub mod api;
pub(crate) mod cli;
pub mod denials;
mod download;
pub mod error;
pub(crate) mod event_types;
pub mod export;
mod feed;
mod integrity;
pub mod model;
pub mod retention;
pub mod service;
pub mod store;
pub mod verify;

pub(crate) use feed::{Tail, Waiting};
