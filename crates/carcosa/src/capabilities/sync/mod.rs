//! Sync: copies of a project's tenants and people in the application's own database.
//!
//! - **Tables:** `sync_clients`, `sync_reports`. The synced objects come from the stores of their capabilities.
//! - **Permissions:** `sync:read`, `sync:create`, `sync:update`, `sync:delete`; of the project, not of tenants.
//! - **Events:** `sync_client.created`, `sync_client.updated`, `sync_client.deleted`. Reports are bookkeeping and are not recorded: a client
//!   that follows the log and reports what it read would read of its reports for ever.
//!
//! How it works (ADR 9):
//! - A **snapshot** ([`snapshot`]) reads each table in the order of its ids, chunk by chunk, each in a short transaction, and then what
//!   changed meanwhile. Whoever writes its lines one after another, the later over the earlier, has in the end the state of one moment.
//!   So nothing is held open for a slow reader, and one that was cut off goes on after its last chunk.
//! - **Changes** ([`changes`]) are the objects that the events after a cursor are about, each once and as it is now. Asking again, from the
//!   same cursor or an older one, and applying what comes ends in the same state.
//! - A **comparison** ([`compare`]) finds the rows that differ by digests of ranges of ids, in a few requests however large the copy is, and
//!   answers how they should be.
//! - **Clients** ([`service`]) register, and report what they do; what they report is shown with how far they are behind.
//!
//! Invariants:
//! - Every change of a synced object has an entry in the log that names it, but for what goes with a purged tenant.
//! - A version grows with each change of what is synced: so a digest of ids and versions tells copies apart.

pub mod api;
pub mod changes;
pub(crate) mod cli;
pub mod compare;
pub mod error;
pub mod model;
pub mod service;
pub mod snapshot;
mod source;
pub(crate) mod source_store;
pub mod state;
pub(crate) mod store;
