//! Operators: the people who run the installation.
//!
//! - **Tables:** `operators`, `installation`.
//! - **Events:** `operator.created`, in the stream of the project that was made with them.
//! - **Invariants:** an installation is bootstrapped once; a password is kept only as an Argon2id hash and shown once.
//!
//! Signing in belongs to the dashboard; today operators are made by `carcosa bootstrap` and act at the console.

pub(crate) mod cli;
pub mod error;
pub mod service;
pub mod store;
