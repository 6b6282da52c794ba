//! Two databases behind one face.
//!
//! Stores write one portable SQL text per statement; [`Tx`] runs it on whichever database the installation has.
//! The pools are private: a transaction comes only from an [`Access`](crate::Access) or the [`System`](crate::System).

mod connect;
mod list;
pub mod migrate;
mod statement;
mod tx;
mod value;

pub use connect::{Database, Options, Synchronous};
pub use list::Assembled;
pub use migrate::{MigrationStatus, Migrations, schema_version};
pub use statement::{Reach, Statement};
pub use tx::{Record, Tx};
pub use value::Value;

pub(crate) use tx::Scope;
