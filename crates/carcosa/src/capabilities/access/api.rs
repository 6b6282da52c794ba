//! HTTP endpoints of access checks.

use axum::extract::State;
use carcosa_kernel::Gate;
use carcosa_types::Page;
use carcosa_types::access::{AccessDecision, CallerAccess, CheckAccess, CheckAccessBatch};
use carcosa_types::page::PageInfo;
use carcosa_types::permission::AccessCheck;
use carcosa_web::{Body, CallerGuard, Guard, Listed, Plain, Result, endpoints};

use super::service;
use crate::capabilities::projects::error::PROJECT_NOT_FOUND;

endpoints! { "access":
    /// Check access
    ///
    /// Whether a user may do something in a tenant, and why: by memberships, roles, conditions and status. Answered from memory;
    /// never older than a second.
    POST "/v1/access/check" => check [PROJECT_NOT_FOUND];
    /// What may I do?
    ///
    /// All that the credential of the request may do in its project, or in the tenant that it is confined to: so that a page can leave
    /// out what would be refused.
    GET "/v1/access/self" => of_caller [PROJECT_NOT_FOUND];
    /// Check access, many at once
    ///
    /// Up to 100 questions, answered in their order.
    POST "/v1/access/check/batch" => check_batch [PROJECT_NOT_FOUND];
}

async fn check(
    Guard(access): Guard<AccessCheck>,
    Body(question): Body<CheckAccess>,
) -> Result<Plain<AccessDecision>> {
    Ok(Plain(service::check(&access, &question, "").await?))
}

async fn of_caller(
    State(gate): State<Gate>,
    CallerGuard(caller): CallerGuard,
) -> Result<Plain<CallerAccess>> {
    Ok(Plain(service::of_caller(gate.kernel(), &caller).await?))
}

async fn check_batch(
    Guard(access): Guard<AccessCheck>,
    Body(batch): Body<CheckAccessBatch>,
) -> Result<Listed<AccessDecision>> {
    let mut data = Vec::with_capacity(batch.checks.len());
    for (index, question) in batch.checks.iter().enumerate() {
        data.push(service::check(&access, question, &format!("/checks/{index}")).await?);
    }
    Ok(Listed(Page { data, page: PageInfo::default() }))
}
