//! Use cases of projects.

use carcosa_kernel::access::Receipt;
use carcosa_kernel::access::session::SessionRecord;
use carcosa_kernel::directory::{ProjectRecord, Touched};
use carcosa_kernel::log::{self, Entry};
use carcosa_kernel::{Access, Error, InInstallation, Kernel, Result, System, SystemTask, Tx, Window, Write};
use carcosa_types::event::{PROJECT_CREATED, PROJECT_UPDATED};
use carcosa_types::operator::{PlatformRole, ProjectRole};
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{ProjectCreate, ProjectRead, ProjectUpdate};
use carcosa_types::project::{
    CreateProject, OwnProject, OwnRole, Project, ProjectSettings, UpdateProject, UpdateProjectSettings,
};
use carcosa_types::{Page, Patch, ProjectId};
use carcosa_web::{IfMatch, schema};
use uuid::Uuid;

use super::error::{PROJECT_NOT_FOUND, PROJECT_SLUG_TAKEN};
use super::store;
use crate::slugs;

/// The project of the credential.
pub async fn get(access: &Access<ProjectRead>) -> Result<Project> {
    store::find(&mut access.read().await?).await?.ok_or_else(not_found)
}

/// Changes name and settings.
pub async fn update(
    access: &Access<ProjectUpdate>,
    version: Option<i64>,
    patch: UpdateProject,
) -> Result<Project> {
    let mut write = access.write().await?;
    let before = store::lock(&mut write).await?.ok_or_else(not_found)?;
    IfMatch::check(version, before.version)?;
    let mut project = before.clone();
    if let Some(name) = patch.name {
        project.name = name;
    }
    if let Some(settings) = patch.settings {
        apply(&mut project.settings, settings)?;
    }
    if project == before {
        return Ok(before);
    }
    project.updated_at = write.kernel().now();
    project.version += 1;
    store::update(&mut write, &project).await?;
    let entry = Entry::new(PROJECT_UPDATED, project.id, &project)?.before(&before)?;
    let receipt = write.record(entry.touching([Touched::Project(project.id)]));
    write.commit(receipt, project).await
}

fn apply(settings: &mut ProjectSettings, patch: UpdateProjectSettings) -> Result<()> {
    if let Patch::Set(wanted) = &patch.metadata_schema {
        schema::compile_foreign(wanted).map_err(|cause| {
            Error::field(
                "/settings/metadata_schema",
                "invalid_schema",
                format!("is not a usable JSON Schema: {cause}"),
            )
        })?;
    }
    patch.metadata_schema.apply(&mut settings.metadata_schema);
    let UpdateProjectSettings {
        default_plan,
        initial_status,
        reserved_slugs,
        permissions,
        max_tenants_per_user,
        invitation_expiry_days,
        invitation_url,
        retention_days,
        audit_retention_days,
        key_prefix,
        ..
    } = patch;
    settings.permissions = permissions.unwrap_or_else(|| std::mem::take(&mut settings.permissions));
    settings.max_tenants_per_user = max_tenants_per_user.unwrap_or(settings.max_tenants_per_user);
    invitation_expiry_days.apply(&mut settings.invitation_expiry_days);
    invitation_url.apply(&mut settings.invitation_url);
    settings.default_plan = default_plan.unwrap_or_else(|| settings.default_plan.clone());
    settings.initial_status = initial_status.unwrap_or(settings.initial_status);
    settings.reserved_slugs = reserved_slugs.unwrap_or_else(|| std::mem::take(&mut settings.reserved_slugs));
    settings.retention_days = retention_days.unwrap_or(settings.retention_days);
    settings.audit_retention_days = audit_retention_days.unwrap_or(settings.audit_retention_days);
    settings.key_prefix = key_prefix.unwrap_or_else(|| std::mem::take(&mut settings.key_prefix));
    Ok(())
}

/// Makes a project in a transaction that founds it.
pub async fn create_in(write: &mut Write, new: &CreateProject) -> Result<(Project, Receipt)> {
    let now = write.kernel().now();
    let project = Project {
        object: "project".to_owned(),
        id: write.project()?,
        name: new.name.clone(),
        slug: new.slug.clone().unwrap_or_else(|| slugs::from_name(&new.name, "project")),
        environment: new.environment,
        settings: ProjectSettings::default(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    if !store::insert(write, &project).await? {
        let (pointer, what) =
            if new.slug.is_some() { ("/slug", "slug") } else { ("/name", "name, or a slug") };
        let taken =
            format!("The slug “{}” is taken by another project; choose another {what}.", project.slug);
        return Err(Error::new(PROJECT_SLUG_TAKEN, taken).at(pointer));
    }
    log::open_project(write).await?;
    let _ = write.record(Entry::new(PROJECT_CREATED, project.id, &project)?.in_installation());
    let receipt = write.record(Entry::new(PROJECT_CREATED, project.id, &project)?);
    Ok((project, receipt))
}

/// Makes a project for an operator who may do everything.
pub async fn create(
    access: &Access<ProjectCreate, InInstallation>,
    new: &CreateProject,
) -> Result<OwnProject> {
    let mut write = access.found_project(access.kernel().new_id()).await?;
    let (project, receipt) = create_in(&mut write, new).await?;
    write.commit(receipt, OwnProject { project, role: OwnRole::SuperAdmin }).await
}

/// The projects in which an operator has a role, newest first.
pub async fn of_operator(
    kernel: &Kernel,
    session: &SessionRecord,
    query: &PageQuery,
) -> Result<Page<OwnProject>> {
    let window = Window::<(Uuid,)>::open(kernel, "projects", &session.operator_id, query)?;
    let own: Vec<ProjectId> = session.project_roles.iter().map(|(id, _)| *id).collect();
    let among = session.platform_role.is_none().then_some(own.as_slice());
    let mut tx = System::new(kernel, SystemTask::SignIn).read().await?;
    let found = store::list(&mut tx, among, &window).await?;
    let found = found.into_iter().filter_map(|project| {
        let role = own_role(session, project.id)?;
        Some(OwnProject { project, role })
    });
    window.page(kernel, found.collect(), |own| (own.project.id.uuid(),))
}

/// What an operator is in a project: of several roles the one that gives most.
fn own_role(session: &SessionRecord, project: ProjectId) -> Option<OwnRole> {
    let in_project = session.project_roles.iter().find(|(id, _)| *id == project).map(|(_, role)| *role);
    match (session.platform_role, in_project) {
        (Some(PlatformRole::SuperAdmin), _) => Some(OwnRole::SuperAdmin),
        (_, Some(ProjectRole::Owner)) => Some(OwnRole::Owner),
        (_, Some(ProjectRole::Admin)) => Some(OwnRole::Admin),
        (_, Some(ProjectRole::Developer)) => Some(OwnRole::Developer),
        (Some(PlatformRole::Support), _) => Some(OwnRole::Support),
        (None, Some(ProjectRole::Viewer)) => Some(OwnRole::Viewer),
        (None, None) => None,
    }
}

/// Every project, for the operator at the console.
pub async fn all(kernel: &Kernel) -> Result<Vec<Project>> {
    store::all(&mut System::new(kernel, SystemTask::Console).read().await?).await
}

/// The project with this id or slug, for the operator at the console; the only one there is when not named.
pub async fn named(kernel: &Kernel, name: Option<&str>) -> Result<Project> {
    let mut tx = System::new(kernel, SystemTask::Console).read().await?;
    let Some(name) = name else {
        return match <[Project; 1]>::try_from(store::all(&mut tx).await?) {
            Ok([only]) => Ok(only),
            Err(none) if none.is_empty() => {
                Err(Error::new(PROJECT_NOT_FOUND, "There is no project yet; run `carcosa bootstrap` first."))
            }
            Err(several) => {
                let slugs: Vec<&str> = several.iter().map(|project| project.slug.as_str()).collect();
                let detail = format!("Say which project with --project: {}.", slugs.join(", "));
                Err(Error::new(PROJECT_NOT_FOUND, detail))
            }
        };
    };
    let found = match name.parse() {
        Ok(id) => store::by_id(&mut tx, id).await?,
        Err(_) => store::by_slug(&mut tx, name).await?,
    };
    found.ok_or_else(|| Error::new(PROJECT_NOT_FOUND, format!("There is no project “{name}”.")))
}

/// The id of the project with this id or slug.
pub async fn id_of(system: &System, name: &str) -> Result<Option<ProjectId>> {
    let mut tx = system.read().await?;
    let found = match name.parse() {
        Ok(id) => store::by_id(&mut tx, id).await?,
        Err(_) => store::by_slug(&mut tx, name).await?,
    };
    Ok(found.map(|project| project.id))
}

/// Whether there is such a project, for a transaction that reaches all of them.
pub async fn exists(tx: &mut Tx, id: ProjectId) -> Result<bool> {
    Ok(store::by_id(tx, id).await?.is_some())
}

/// What the directory keeps of a project.
pub async fn record(system: &System, id: ProjectId) -> Result<Option<ProjectRecord>> {
    let found = store::find(&mut system.read_project(id).await?).await?;
    Ok(found.map(|project| ProjectRecord {
        id,
        environment: project.environment,
        settings: project.settings,
    }))
}

/// How a project behaves, from memory.
pub async fn settings(kernel: &Kernel, id: ProjectId) -> Result<std::sync::Arc<ProjectRecord>> {
    kernel.directory().project(kernel, id).await?.ok_or_else(not_found)
}

fn not_found() -> Error {
    Error::new(PROJECT_NOT_FOUND, "The project of this credential does not exist any more.")
}
