//! Secrets: the installation's own keys, at the operator's console only.
//!
//! - **Tables:** the kernel's `secret_keys`.
//! - **Invariants:** a new version is known to every node before any uses it; wrapping with another master key is all or
//!   nothing; no key is ever shown.

pub(crate) mod cli;
