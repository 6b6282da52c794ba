//! Mail: what Carcosa writes to people, by SMTP.
//!
//! - **Tables:** none of its own; a mail waits as a job in the kernel's `jobs`, sealed.
//! - **Permissions, events:** none. Whoever causes a mail records why.
//! - **Invariants:** a mail is sent if, and only if, the transaction that causes it commits; once, unless the server or the node dies
//!   between taking it and saying so, and then with the same `Message-ID`; not after it has become useless; never with a line
//!   break in a header. No link, no text and no address of a mail stands in the database in clear, in a log or in an error.
//!
//! `model.rs` has the rules of addresses, names and colours, `content.rs` the mails there are, `render.rs` their templates,
//! `message.rs` what goes over the wire, `server.rs` the mail server, `state.rs` what is kept in memory.

pub(crate) mod cli;
pub mod content;
pub mod error;
pub mod jobs;
mod message;
pub mod model;
mod render;
mod server;
pub mod service;
mod state;

pub use state::MailState;
