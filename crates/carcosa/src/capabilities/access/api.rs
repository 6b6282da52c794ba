//! HTTP endpoints of access checks.

use carcosa_types::Page;
use carcosa_types::access::{AccessDecision, CheckAccess, CheckAccessBatch};
use carcosa_types::page::PageInfo;
use carcosa_types::permission::AccessCheck;
use carcosa_web::{Body, Guard, Listed, Plain, Result, endpoints};

use super::service;
use crate::capabilities::projects::error::PROJECT_NOT_FOUND;

endpoints! { "access":
    /// Check access
    ///
    /// Whether a user may do something in a tenant, and why: by memberships, roles, conditions and status. Answered from memory;
    /// never older than a second.
    POST "/v1/access/check" => check [PROJECT_NOT_FOUND];
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
