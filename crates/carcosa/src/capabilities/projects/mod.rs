//! Projects: the applications being built. Everything else belongs to exactly one.
//!
//! - **Tables:** `projects`.
//! - **Permissions:** `project:read`, `project:update`; `project:create` in the installation.
//! - **Events:** `project.created`, `project.updated`, in the project's own stream; the former in the installation's log too.
//! - **Invariants:** the settings are a complete [`ProjectSettings`](carcosa_types::project::ProjectSettings); a
//!   metadata schema that is stored compiles. A key sees no other project than its own, an operator only those that
//!   they have a role in.

pub mod api;
pub(crate) mod cli;
pub mod error;
pub mod service;
pub mod store;
