//! HTTP endpoints of operators: who they are, and what they may do.

use carcosa_types::id::kind;
use carcosa_types::operator::{
    InviteOperator, InvitedOperator, Operator, RevokedSessions, Session, UpdateOperator,
};
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{OperatorCreate, OperatorDelete, OperatorRead, OperatorUpdate};
use carcosa_web::{
    Body, Created, Deleted, IfMatch, InstallationGuard, Listed, Object, PathParam, Plain, Query, Result,
    endpoints,
};

use super::error::{LAST_SUPER_ADMIN, OPERATOR_EXISTS, OPERATOR_NOT_INVITED, TOO_MANY_ATTEMPTS};
use super::{service, sessions};

endpoints! { "operators":
    /// Invite an operator
    ///
    /// By mail; where mail is off, the answer has the link, once. It works for seven days.
    POST "/v1/operators" => invite [OPERATOR_EXISTS];
    /// Send an operator's invitation again
    ///
    /// With a new link, which works for seven days; the one before is dead. By mail; where mail is off, the answer has the link,
    /// once.
    POST "/v1/operators/{operator}/invitation/resend" => resend_invitation [OPERATOR_NOT_INVITED, TOO_MANY_ATTEMPTS];
    /// List operators
    ///
    /// Newest first.
    GET "/v1/operators" => list [];
    /// Get an operator
    GET "/v1/operators/{operator}" => get [];
    /// Update an operator
    ///
    /// A JSON Merge Patch: name and roles, which count from the next request on; `disabled` keeps them out at once. Some enabled
    /// super admin is always left.
    PATCH "/v1/operators/{operator}" => update [LAST_SUPER_ADMIN];
    /// Delete an operator
    ///
    /// For good. What they did stays in the audit trail.
    DELETE "/v1/operators/{operator}" => delete [LAST_SUPER_ADMIN];
    /// List an operator's sessions
    ///
    /// Those that count, newest first, with addresses and programs: for whoever may end them. Which of one's own is the one that
    /// asks, `GET /v1/sessions` says.
    GET "/v1/operators/{operator}/sessions" => list_sessions_of [];
    /// Revoke all sessions of an operator
    ///
    /// They end at once; also the one that asks, if it is theirs.
    POST "/v1/operators/{operator}/sessions/revoke" => revoke_sessions_of [];
}

async fn invite(
    InstallationGuard(access): InstallationGuard<OperatorCreate>,
    Body(new): Body<InviteOperator>,
) -> Result<Created<InvitedOperator>> {
    Ok(Created(service::invite(&access, new).await?))
}

async fn resend_invitation(
    InstallationGuard(access): InstallationGuard<OperatorCreate>,
    PathParam(id): PathParam<kind::Operator>,
    IfMatch(version): IfMatch,
) -> Result<Object<InvitedOperator>> {
    Ok(Object(service::resend_invitation(&access, id, version).await?))
}

async fn list(
    InstallationGuard(access): InstallationGuard<OperatorRead>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<Operator>> {
    Ok(Listed(service::list(&access, &query).await?))
}

async fn get(
    InstallationGuard(access): InstallationGuard<OperatorRead>,
    PathParam(id): PathParam<kind::Operator>,
) -> Result<Object<Operator>> {
    Ok(Object(service::get(&access, id).await?))
}

async fn update(
    InstallationGuard(access): InstallationGuard<OperatorUpdate>,
    PathParam(id): PathParam<kind::Operator>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateOperator>,
) -> Result<Object<Operator>> {
    Ok(Object(service::update(&access, id, version, patch).await?))
}

async fn delete(
    InstallationGuard(access): InstallationGuard<OperatorDelete>,
    PathParam(id): PathParam<kind::Operator>,
    IfMatch(version): IfMatch,
) -> Result<Deleted> {
    service::delete(&access, id, version).await?;
    Ok(Deleted)
}

async fn list_sessions_of(
    InstallationGuard(access): InstallationGuard<OperatorUpdate>,
    PathParam(id): PathParam<kind::Operator>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<Session>> {
    Ok(Listed(sessions::list_of(&access, id, &query).await?))
}

async fn revoke_sessions_of(
    InstallationGuard(access): InstallationGuard<OperatorUpdate>,
    PathParam(id): PathParam<kind::Operator>,
) -> Result<Plain<RevokedSessions>> {
    Ok(Plain(sessions::revoke_all(&access, id).await?))
}
