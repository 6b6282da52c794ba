//! For applications on Carcosa.
//!
//! [`webhooks`] verifies what Carcosa sends, so that an application acts on nothing that someone else made up.

pub mod webhooks;
