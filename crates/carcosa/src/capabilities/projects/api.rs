//! HTTP endpoints of projects.

use axum::extract::State;
use carcosa_kernel::Gate;
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{ProjectCreate, ProjectRead, ProjectUpdate};
use carcosa_types::project::{CreateProject, OwnProject, Project, UpdateProject};
use carcosa_web::session::SessionGuard;
use carcosa_web::{
    Body, Created, Guard, IfMatch, InstallationGuard, Listed, Object, Query, Result, endpoints,
};

use super::error::{PROJECT_NOT_FOUND, PROJECT_SLUG_TAKEN};
use super::service;

endpoints! { "project":
    /// Get the project
    ///
    /// The project that the API key belongs to.
    GET "/v1/project" => get [PROJECT_NOT_FOUND];
    /// List one's projects
    ///
    /// Those in which the operator who is signed in has a role, and which; all of them for those with a role in the installation.
    /// Newest first.
    GET "/v1/projects" => list [];
    /// Create a project
    ///
    /// For super admins, who need no further role in it. Make a key for it with `POST /v1/keys`.
    POST "/v1/projects" => create [PROJECT_SLUG_TAKEN];
    /// Update the project
    ///
    /// A JSON Merge Patch. A new metadata schema applies to tenants when they are next created or changed.
    PATCH "/v1/project" => update [PROJECT_NOT_FOUND];
}

async fn get(Guard(access): Guard<ProjectRead>) -> Result<Object<Project>> {
    Ok(Object(service::get(&access).await?))
}

async fn list(
    State(gate): State<Gate>,
    SessionGuard(signed_in): SessionGuard,
    Query(query): Query<PageQuery>,
) -> Result<Listed<OwnProject>> {
    Ok(Listed(service::of_operator(gate.kernel(), &signed_in.record, &query).await?))
}

async fn create(
    InstallationGuard(access): InstallationGuard<ProjectCreate>,
    Body(new): Body<CreateProject>,
) -> Result<Created<OwnProject>> {
    Ok(Created(service::create(&access, &new).await?))
}

async fn update(
    Guard(access): Guard<ProjectUpdate>,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateProject>,
) -> Result<Object<Project>> {
    Ok(Object(service::update(&access, version, patch).await?))
}
