//! HTTP endpoints of users.

use carcosa_types::id::kind;
use carcosa_types::membership::Membership;
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{UserCreate, UserDelete, UserRead, UserUpdate};
use carcosa_types::user::{CreateUser, ListUsers, UpdateUser, User, UserStatus};
use carcosa_web::{
    Body, Created, Deleted, Guard, IfMatch, Listed, Object, PathParam, Query, Result, endpoints,
};

use super::error::{EMAIL_TAKEN, USER_EXTERNAL_ID_TAKEN};
use super::service;
use crate::capabilities::memberships::{self, error::LAST_OWNER};

endpoints! { "users":
    /// Create a user
    ///
    /// Someone who uses the application. They may do nothing until they are a member of a tenant.
    POST "/v1/users" => create [EMAIL_TAKEN, USER_EXTERNAL_ID_TAKEN];
    /// List users
    ///
    /// Newest first. With `q`, users who have, for each word, a word beginning with it in name or e-mail address; the best match first.
    GET "/v1/users" => list [];
    /// Get a user
    GET "/v1/users/{user}" => get [];
    /// Update a user
    ///
    /// A JSON Merge Patch.
    PATCH "/v1/users/{user}" => update [EMAIL_TAKEN, USER_EXTERNAL_ID_TAKEN];
    /// Delete a user
    ///
    /// With all memberships and tokens. Refused for the last owner of a tenant.
    DELETE "/v1/users/{user}" => delete [LAST_OWNER];
    /// Disable a user
    ///
    /// They may do nothing in any tenant, on every node within a second. Memberships stay.
    POST "/v1/users/{user}/disable" => disable [];
    /// Enable a user
    POST "/v1/users/{user}/enable" => enable [];
    /// List a user's memberships
    ///
    /// In all tenants, oldest first.
    GET "/v1/users/{user}/memberships" => memberships_of [];
}

async fn create(Guard(access): Guard<UserCreate>, Body(new): Body<CreateUser>) -> Result<Created<User>> {
    Ok(Created(service::create(&access, new).await?))
}

async fn list(Guard(access): Guard<UserRead>, Query(query): Query<ListUsers>) -> Result<Listed<User>> {
    Ok(Listed(service::list(&access, query).await?))
}

async fn get(Guard(access): Guard<UserRead>, PathParam(id): PathParam<kind::User>) -> Result<Object<User>> {
    Ok(Object(service::get(&access, id).await?))
}

async fn update(
    Guard(access): Guard<UserUpdate>,
    PathParam(id): PathParam<kind::User>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateUser>,
) -> Result<Object<User>> {
    Ok(Object(service::update(&access, id, version, patch).await?))
}

async fn delete(
    Guard(access): Guard<UserDelete>,
    PathParam(id): PathParam<kind::User>,
    IfMatch(version): IfMatch,
) -> Result<Deleted> {
    service::delete(&access, id, version).await?;
    Ok(Deleted)
}

async fn disable(
    Guard(access): Guard<UserUpdate>,
    PathParam(id): PathParam<kind::User>,
    IfMatch(version): IfMatch,
) -> Result<Object<User>> {
    Ok(Object(service::set_status(&access, id, version, UserStatus::Disabled).await?))
}

async fn enable(
    Guard(access): Guard<UserUpdate>,
    PathParam(id): PathParam<kind::User>,
    IfMatch(version): IfMatch,
) -> Result<Object<User>> {
    Ok(Object(service::set_status(&access, id, version, UserStatus::Active).await?))
}

async fn memberships_of(
    Guard(access): Guard<UserRead>,
    PathParam(id): PathParam<kind::User>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<Membership>> {
    Ok(Listed(memberships::service::list_of_user(&access, id, &query).await?))
}
