//! The product through its public surface, on both databases.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod audit;
mod bad_input;
mod boundary;
mod cli;
mod coverage;
mod crash;
mod escalation;
mod faults;
mod feed;
mod hierarchy;
mod idempotency;
mod invitations;
mod key_import;
mod key_limits;
mod key_verify;
mod keys;
mod lists;
mod log;
mod mail;
mod matrix;
mod nodes;
mod openapi;
mod operators;
mod organizations;
mod people;
mod program;
mod purge;
mod security_policies;
mod shares;
mod single_sign_on;
mod sql;
mod sync;
mod tenants;
mod tokens;
mod webhooks;
