//! Tenants: the customers of a project.
//!
//! - **Tables:** `tenants`, `tenant_slugs`, `slug_counters`, `tenant_terms`, `erasures`; and [counts](counting): `tenant_moves`,
//!   `tenant_totals`, `tenant_days`, `tenant_day_moves`, `tenant_counted_from`.
//! - **Permissions:** `tenant:read`, `tenant:create`, `tenant:update`, `tenant:transition`, `tenant:delete`, `security_policy:read`,
//!   `security_policy:update`.
//! - **Events:** `tenant.created`, `tenant.updated`, `tenant.activated`, `tenant.suspended`, `tenant.archived`,
//!   `tenant.deleted`, `tenant.restored`, `security_policy.updated` in the tenant's stream; `tenant.purged` in the project's.
//!
//! Invariants:
//! - A slug belongs to the first tenant that has it, for as long as that tenant exists, also after it took another.
//! - Status changes only along [the machine](model::Transition); every change stamps its time and takes a reason.
//! - What applies of plan and branding is stored with the tenant and worked out again, in the same transaction, for
//!   every descendant it reaches. A project's hierarchy is changed by one transaction at a time.
//! - Every change of status, plan and kind is counted, and once.
//! - A deleted tenant is purged when its retention ends: nothing of it stays but entries of the log without their
//!   bodies, and a signed record of the erasure.

pub mod api;
pub(crate) mod cli;
pub(crate) mod count_store;
pub mod counting;
mod dependents;
pub mod error;
mod hierarchy;
pub mod jobs;
mod lifecycle;
mod list_store;
pub mod model;
mod preview;
mod search;
pub(crate) mod search_store;
mod security;
pub mod service;
pub mod store;
