//! The capabilities, one folder each, with the same rooms in each.
//!
//! `mod.rs` says what it is for, `model.rs` has the rules without I/O, `store.rs` (or several `…_store.rs`) all SQL for its tables, `service.rs`
//! the use cases (the only door for others), `api.rs` the HTTP endpoints, `cli.rs` the operator's verbs, `jobs.rs` the
//! background work, `error.rs` the error codes.

pub mod access;
pub mod health;
pub mod invitations;
pub mod keys;
pub mod log;
pub mod mail;
pub mod memberships;
pub mod operators;
pub mod organizations;
pub mod projects;
pub mod roles;
pub(crate) mod secrets;
pub mod shares;
pub mod sync;
pub mod tenants;
pub mod tokens;
pub mod users;
pub mod webhooks;

use carcosa_kernel::db::Statement;
use carcosa_kernel::{Result, Tx};
use carcosa_types::{ErrorCode, Timestamp};
use carcosa_web::Api;

/// The tags of the reference: each capability and what it is about.
pub const TAGS: &[(&str, &str)] = &[
    ("tenants", "The customers of a project: their life, names, data and hierarchy."),
    ("organizations", "Sub-units inside a tenant: departments, offices, branches."),
    ("shares", "Resources that one tenant lets another one use."),
    ("members", "The places of users in tenants."),
    ("invitations", "Offers of memberships, by mail or as a link."),
    ("roles", "Named sets of permissions, and the registry of permissions."),
    ("users", "The people who use the application."),
    ("access", "May this user do that in this tenant, and why?"),
    ("tokens", "Signed tokens that say who is calling, in which tenant."),
    ("keys", "API keys of the project and of its tenants."),
    ("project", "The project that the credential belongs to, and its settings."),
    ("operators", "The people who run the installation: who they are, what they may do, how they sign in."),
    ("webhooks", "Events sent to addresses of the project's and its tenants'."),
    (
        "sync",
        "Copies of tenants and people in the application's own database: snapshots, changes, comparison.",
    ),
    ("log", "Every change in one order: the feed of events and the audit trail."),
    ("health", "Whether the server works."),
];

/// Every endpoint of the server.
#[must_use]
pub fn api() -> Api {
    Api::default()
        .with(tenants::api::endpoints())
        .with(organizations::api::endpoints())
        .with(shares::api::endpoints())
        .with(memberships::api::endpoints())
        .with(invitations::api::endpoints())
        .with(roles::api::endpoints())
        .with(users::api::endpoints())
        .with(access::api::endpoints())
        .with(tokens::api::endpoints())
        .with(keys::api::endpoints())
        .with(projects::api::endpoints())
        .with(operators::api::endpoints())
        .with(operators::administration_api::endpoints())
        .with(webhooks::api::endpoints())
        .with(sync::api::endpoints())
        .with(log::api::endpoints())
        .with(health::api::endpoints())
}

/// Every error code of the server, for the reference.
pub fn error_codes() -> impl Iterator<Item = &'static ErrorCode> {
    [
        carcosa_kernel::error::ALL,
        carcosa_kernel::access::session::ALL,
        carcosa_web::error::ALL,
        carcosa_web::session::ALL,
        carcosa_web::live::ALL,
        projects::error::ALL,
        operators::error::ALL,
        keys::error::ALL,
        tenants::error::ALL,
        organizations::error::ALL,
        shares::error::ALL,
        users::error::ALL,
        memberships::error::ALL,
        invitations::error::ALL,
        roles::error::ALL,
        tokens::error::ALL,
        mail::error::ALL,
        log::error::ALL,
        webhooks::error::ALL,
        sync::error::ALL,
    ]
    .into_iter()
    .flatten()
}

/// Every fixed statement of the capabilities, so that a test can prepare each on both databases.
pub fn statements() -> impl Iterator<Item = &'static Statement> {
    [
        projects::store::STATEMENTS,
        operators::store::STATEMENTS,
        operators::setup_store::STATEMENTS,
        operators::session_store::STATEMENTS,
        operators::token_store::STATEMENTS,
        keys::store::STATEMENTS,
        keys::usage_store::STATEMENTS,
        tenants::store::STATEMENTS,
        tenants::count_store::STATEMENTS,
        organizations::store::STATEMENTS,
        shares::store::STATEMENTS,
        log::store::STATEMENTS,
        users::store::STATEMENTS,
        users::search_store::STATEMENTS,
        memberships::store::STATEMENTS,
        invitations::store::STATEMENTS,
        roles::store::STATEMENTS,
        tokens::store::STATEMENTS,
        webhooks::store::STATEMENTS,
        webhooks::queue_store::STATEMENTS,
        webhooks::delivery_store::STATEMENTS,
        sync::store::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Erases what every capability has of the tenant in focus; the rows erased, by table. The tenant's own rows go last.
pub(crate) async fn erase_tenant(tx: &mut Tx, now: Timestamp) -> Result<Vec<(&'static str, u64)>> {
    let mut erased = vec![
        ("api_keys", keys::store::erase_tenant(tx).await?),
        ("key_usage_hours", keys::usage_store::erase_tenant(tx).await?),
        ("webhook_deliveries", webhooks::delivery_store::erase_tenant(tx).await?),
        ("webhook_endpoints", webhooks::store::erase_tenant(tx).await?),
        ("tokens", tokens::store::erase_tenant(tx).await?),
        ("invitations", invitations::store::erase_tenant(tx).await?),
        ("memberships", memberships::store::erase_tenant(tx).await?),
        ("roles", roles::store::erase_tenant(tx).await?),
        ("organizations", organizations::store::erase_tenant(tx).await?),
        ("shares", shares::store::erase_tenant(tx).await?),
        ("idempotency_keys", carcosa_kernel::idempotency::erase_tenant(tx).await?),
        ("log_bodies", log::store::erase_tenant(tx).await?),
    ];
    erased.extend(tenants::store::erase(tx, now).await?);
    Ok(erased)
}
