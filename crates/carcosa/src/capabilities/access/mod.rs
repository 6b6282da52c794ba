//! Questions of access: may this user do that in this tenant, and why?
//!
//! - **Permissions:** `access:check`.
//! - **Invariants:** the answer is the kernel's own decision, the one that guards Carcosa's endpoints; it comes from memory when warm
//!   and is never older than a second.

pub mod api;
pub mod service;
