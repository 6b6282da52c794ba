//! Carcosa: the system of record for the tenants of multi-tenant applications.
//!
//! One binary. [`app`] puts the parts together, [`router`] serves them, [`worker`] does the background work, [`cli`] is the
//! operator's console; the product itself is in [`capabilities`].

pub mod app;
pub mod capabilities;
pub mod cli;
mod column;
mod dashboard;
mod limiter;
pub mod matrix;
pub mod outbound;
pub mod reference;
pub mod router;
pub mod serve;
pub mod settings;
mod shards;
mod slugs;
mod span;
mod words;
pub mod worker;
