//! HTTP endpoints of projects.

use carcosa_types::permission::{ProjectRead, ProjectUpdate};
use carcosa_types::project::{Project, UpdateProject};
use carcosa_web::{Body, Guard, IfMatch, Object, Result, endpoints};

use super::error::PROJECT_NOT_FOUND;
use super::service;

endpoints! { "project":
    /// Get the project
    ///
    /// The project that the API key belongs to.
    GET "/v1/project" => get [PROJECT_NOT_FOUND];
    /// Update the project
    ///
    /// A JSON Merge Patch. A new metadata schema applies to tenants when they are next created or changed.
    PATCH "/v1/project" => update [PROJECT_NOT_FOUND];
}

async fn get(Guard(access): Guard<ProjectRead>) -> Result<Object<Project>> {
    Ok(Object(service::get(&access).await?))
}

async fn update(
    Guard(access): Guard<ProjectUpdate>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateProject>,
) -> Result<Object<Project>> {
    Ok(Object(service::update(&access, version, patch).await?))
}
