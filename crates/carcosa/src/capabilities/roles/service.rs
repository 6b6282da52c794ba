//! Use cases of roles. Each works on the roles of one owner: the project, or one tenant.

use std::sync::Arc;

use carcosa_kernel::access::Receipt;
use carcosa_kernel::directory::{RoleBook, RoleOwner, RoleRecord, Touched};
use carcosa_kernel::error::NOT_FOUND;
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Error, Gate, InTenant, Kernel, Result, System, Tx, Window, Write};
use carcosa_types::access::PermissionInfo;
use carcosa_types::event::{EventOf, ROLE_CREATED, ROLE_DELETED, ROLE_UPDATED};
use carcosa_types::page::{PageInfo, PageQuery};
use carcosa_types::permission::{Mutates, Place, REGISTRY};
use carcosa_types::project::ProjectSettings;
use carcosa_types::role::{BUILT_IN, CreateRole, MAX_ROLES, Role, UpdateRole};
use carcosa_types::{Grants, Page, ProjectId, RoleId, TenantId};
use carcosa_web::IfMatch;
use uuid::Uuid;

use super::error::{ROLE_BUILT_IN, ROLE_IN_USE, ROLE_KEY_TAKEN, TOO_MANY_ROLES};
use super::{model, store};
use crate::capabilities::{invitations, memberships, projects, tenants};

/// A change of a tenant's roles. It sees those of the project too, for a key must not be one of theirs.
pub async fn write_of_tenant<P: Mutates>(access: &Access<P, InTenant>) -> Result<Write> {
    let mut write = access.write_across_tenants().await?;
    tenants::service::hold_undeleted(&mut write).await?;
    Ok(write)
}

/// Makes a role of the tenant, or of the project when there is none. The transaction must reach the project: keys are compared
/// with those of others.
pub async fn create(mut write: Write, tenant: Option<TenantId>, new: CreateRole) -> Result<Role> {
    let (kernel, now) = (write.kernel().clone(), write.kernel().now());
    let project = projects::service::settings(&kernel, write.project()?).await?;
    check_gift(write.caller().gives(), &new.permissions, &project.settings)?;
    store::lock_book(&mut write).await?;
    let built_in = BUILT_IN.iter().any(|role| role.key == new.key);
    if built_in || store::is_key_taken(&mut write, &new.key, tenant).await? {
        let detail = format!("Another role has the key “{}”.", new.key);
        return Err(Error::new(ROLE_KEY_TAKEN, detail).at("/key"));
    }
    if store::count(&mut write, tenant).await? >= MAX_ROLES {
        let detail = format!("There are {MAX_ROLES} roles, which is the most there can be.");
        return Err(Error::new(TOO_MANY_ROLES, detail));
    }
    let role = Role {
        object: "role".to_owned(),
        id: kernel.new_id(),
        tenant_id: tenant,
        key: new.key,
        name: new.name,
        description: new.description,
        permissions: new.permissions,
        conditions: new.conditions,
        built_in: false,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    store::insert(&mut write, &role).await?;
    let receipt = record(&mut write, ROLE_CREATED, &role, None)?;
    write.commit(receipt, role).await
}

fn check_gift(giver: &Grants, permissions: &[String], settings: &ProjectSettings) -> Result<()> {
    model::check_permissions(permissions, settings)?;
    model::within(giver, &model::grants(permissions), "/permissions")
}

/// One: built in, of the project, or of the tenant in focus.
pub async fn get(mut tx: Tx, id: RoleId) -> Result<Role> {
    if let Some(role) = model::built_in().into_iter().find(|role| role.id == id) {
        return Ok(role);
    }
    store::find(&mut tx, id).await?.ok_or_else(not_found)
}

/// Carcosa's own on the first page, then the others by key.
pub async fn list(kernel: &Kernel, mut tx: Tx, query: &PageQuery) -> Result<Page<Role>> {
    let window = Window::<(String, Uuid)>::open(kernel, "roles", &tx.tenant(), query)?;
    let found = store::list(&mut tx, &window).await?;
    let page = window.page(kernel, found, |role| (role.key.clone(), role.id.uuid()))?;
    if window.start().is_some() {
        return Ok(page);
    }
    Ok(Page { data: model::built_in().into_iter().chain(page.data).collect(), page: page.page })
}

/// Changes what the patch names. Whoever does must have all that the role gave and all that it will give.
pub async fn update(mut write: Write, id: RoleId, version: Option<i64>, patch: UpdateRole) -> Result<Role> {
    let before = locked(&mut write, id, version).await?;
    let project = projects::service::settings(write.kernel(), write.project()?).await?;
    let giver = write.caller().gives().clone();
    model::within(&giver, &model::grants(&before.permissions), "/permissions")?;
    let mut role = before.clone();
    if let Some(name) = patch.name {
        role.name = name;
    }
    patch.description.apply(&mut role.description);
    if let Some(permissions) = patch.permissions {
        check_gift(&giver, &permissions, &project.settings)?;
        role.permissions = permissions;
    }
    patch.conditions.apply(&mut role.conditions);
    if role == before {
        return Ok(before);
    }
    role.updated_at = write.kernel().now();
    role.version += 1;
    store::update(&mut write, &role).await?;
    let receipt = record(&mut write, ROLE_UPDATED, &role, Some(&before))?;
    write.commit(receipt, role).await
}

/// Deletes one that nobody holds and nobody is offered. The transaction must reach the project.
pub async fn delete(mut write: Write, id: RoleId, version: Option<i64>) -> Result<()> {
    let mut role = locked(&mut write, id, version).await?;
    model::within(write.caller().gives(), &model::grants(&role.permissions), "/permissions")?;
    let held = memberships::service::holds_role(&mut write, &role.key, role.tenant_id).await?
        || invitations::service::offers_role(&mut write, &role.key, role.tenant_id).await?;
    if held {
        return Err(Error::new(ROLE_IN_USE, "Memberships or pending invitations name the role."));
    }
    // The event is of a version of its own, so that nobody takes it for the one before.
    role.updated_at = write.kernel().now();
    role.version += 1;
    store::delete(&mut write, id).await?;
    let receipt = record(&mut write, ROLE_DELETED, &role, None)?;
    write.commit(receipt, ()).await
}

async fn locked(write: &mut Write, id: RoleId, version: Option<i64>) -> Result<Role> {
    if model::built_in().iter().any(|role| role.id == id) {
        return Err(Error::new(ROLE_BUILT_IN, "Carcosa's own roles cannot be changed or deleted."));
    }
    // Whoever gives the role to someone at the same time waits here, or is waited for.
    store::lock_book(write).await?;
    let role = store::lock(write, id).await?.ok_or_else(not_found)?;
    IfMatch::check(version, role.version)?;
    Ok(role)
}

fn record(write: &mut Write, kind: EventOf<Role>, role: &Role, before: Option<&Role>) -> Result<Receipt> {
    let owner = RoleOwner { project: write.project()?, tenant: role.tenant_id };
    let mut entry = Entry::new(kind, role.id, role)?.touching([Touched::Roles(owner)]);
    if let Some(before) = before {
        entry = entry.before(before)?;
    }
    if let Some(tenant) = role.tenant_id {
        entry = entry.of_tenant(tenant);
    }
    Ok(write.record(entry))
}

/// Lets the caller give a role in a tenant: it must exist until this commits, and give no more than the caller has. The
/// transaction must reach the project.
pub async fn give(write: &mut Write, tenant: TenantId, key: &str) -> Result<()> {
    let role = hold(write, tenant, key).await?;
    model::within(write.caller().gives(), &role.grants, "/role")
}

/// The role with this key as seen from a tenant, which exists until this commits.
pub async fn hold(write: &mut Write, tenant: TenantId, key: &str) -> Result<Arc<RoleRecord>> {
    let (kernel, project) = (write.kernel().clone(), write.project()?);
    let unknown = || {
        let detail = format!("“{}” is not the key of a role; see the tenant's roles", key.escape_default());
        Error::field("/role", "unknown_role", detail)
    };
    if !BUILT_IN.iter().any(|role| role.key == key) {
        store::lock_book(write).await?;
        if !store::exists_in(write, key, tenant).await? {
            return Err(unknown());
        }
    }
    Gate::new(&kernel).role(project, tenant, key).await?.ok_or_else(unknown)
}

/// Refuses to change who holds a role that gives more than the caller has. One that is gone gives nothing.
pub async fn take(write: &Write, tenant: TenantId, key: &str) -> Result<()> {
    let role = Gate::new(write.kernel()).role(write.project()?, tenant, key).await?;
    role.map_or(Ok(()), |role| model::within(write.caller().gives(), &role.grants, "/role"))
}

/// What the directory keeps of an owner's roles.
pub async fn records_of(system: &System, owner: RoleOwner) -> Result<Option<RoleBook>> {
    let roles = store::of_owner(&mut system.read_project(owner.project).await?, owner.tenant).await?;
    let book = roles.into_iter().map(|role| {
        let record = RoleRecord { grants: model::grants(&role.permissions), conditions: role.conditions };
        (role.key, Arc::new(record))
    });
    Ok(Some(book.collect()))
}

/// The registry: Carcosa's permissions that credentials of the project can hold, and the project's own.
pub async fn permissions(kernel: &Kernel, project: ProjectId) -> Result<Page<PermissionInfo>> {
    let settings = projects::service::settings(kernel, project).await?;
    let own = REGISTRY.iter().filter(|row| row.place != Place::Installation).map(|row| PermissionInfo {
        object: "permission".to_owned(),
        name: row.name.to_owned(),
        description: row.help.to_owned(),
        held_in: if row.place == Place::Tenant { "tenant" } else { "project" }.to_owned(),
        mutates: Some(row.mutates),
        built_in: true,
    });
    let application = settings.settings.permissions.iter().map(|(name, help)| PermissionInfo {
        object: "permission".to_owned(),
        name: name.clone(),
        description: help.clone(),
        held_in: "tenant".to_owned(),
        mutates: None,
        built_in: false,
    });
    Ok(Page { data: own.chain(application).collect(), page: PageInfo::default() })
}

fn not_found() -> Error {
    Error::new(NOT_FOUND, "There is no such role.")
}
