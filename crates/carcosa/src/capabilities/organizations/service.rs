//! Use cases of organizations.

use carcosa_kernel::error::NOT_FOUND;
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Error, InTenant, Result, Tx, Window};
use carcosa_types::event::{ORGANIZATION_CREATED, ORGANIZATION_DELETED, ORGANIZATION_UPDATED};
use carcosa_types::organization::{
    CreateOrganization, MAX_PER_TENANT, MAX_SETTINGS_BYTES, Organization, UpdateOrganization,
};
use carcosa_types::page::PageQuery;
use carcosa_types::patch::Patch;
use carcosa_types::permission::{
    OrganizationCreate, OrganizationDelete, OrganizationRead, OrganizationUpdate,
};
use carcosa_types::{OrganizationId, Page, Violations, validate};
use carcosa_web::IfMatch;
use serde_json::Value;
use uuid::Uuid;

use super::error::{ORGANIZATION_IN_USE, ORGANIZATION_NAME_TAKEN, TOO_MANY_ORGANIZATIONS};
use super::store;
use crate::capabilities::{invitations, memberships, tenants};

/// Creates one.
pub async fn create(
    access: &Access<OrganizationCreate, InTenant>,
    new: CreateOrganization,
) -> Result<Organization> {
    let mut write = access.write().await?;
    // Holding the tenant makes the count exact: organizations of one tenant are created one at a time.
    tenants::service::hold_undeleted(&mut write).await?;
    if store::count(&mut write).await? >= MAX_PER_TENANT {
        let detail = format!("The tenant has {MAX_PER_TENANT} organizations, which is the most it can have.");
        return Err(Error::new(TOO_MANY_ORGANIZATIONS, detail));
    }
    let now = write.kernel().now();
    let organization = Organization {
        object: "organization".to_owned(),
        id: write.kernel().new_id(),
        tenant_id: access.tenant().id,
        name: new.name,
        description: new.description,
        settings: new.settings.unwrap_or_default(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    if !store::insert(&mut write, &organization).await? {
        return Err(name_taken(&organization.name));
    }
    let entry =
        Entry::new(ORGANIZATION_CREATED, organization.id, &organization)?.of_tenant(access.tenant().id);
    let receipt = write.record(entry);
    write.commit(receipt, organization).await
}

/// One.
pub async fn get(access: &Access<OrganizationRead, InTenant>, id: OrganizationId) -> Result<Organization> {
    store::find(&mut access.read().await?, id).await?.ok_or_else(not_found)
}

/// Those of the tenant, by name.
pub async fn list(
    access: &Access<OrganizationRead, InTenant>,
    query: &PageQuery,
) -> Result<Page<Organization>> {
    let kernel = access.kernel();
    let window = Window::<(String, Uuid)>::open(kernel, "organizations", &access.tenant().id, query)?;
    let found = store::list(&mut access.read().await?, &window).await?;
    window.page(kernel, found, |organization| (organization.name.clone(), organization.id.uuid()))
}

/// Changes what the patch names.
pub async fn update(
    access: &Access<OrganizationUpdate, InTenant>,
    id: OrganizationId,
    version: Option<i64>,
    patch: UpdateOrganization,
) -> Result<Organization> {
    let mut write = access.write().await?;
    tenants::service::hold_undeleted(&mut write).await?;
    let before = store::lock(&mut write, id).await?.ok_or_else(not_found)?;
    IfMatch::check(version, before.version)?;
    let mut organization = before.clone();
    if let Some(name) = patch.name {
        organization.name = name;
    }
    patch.description.apply(&mut organization.description);
    merge_settings(&mut organization, patch.settings)?;
    if organization == before {
        return Ok(before);
    }
    // The tenant is held, so no other can take the name in between.
    if store::name_elsewhere(&mut write, id, &organization.name).await? {
        return Err(name_taken(&organization.name));
    }
    organization.updated_at = write.kernel().now();
    organization.version += 1;
    store::update(&mut write, &organization).await?;
    let entry = Entry::new(ORGANIZATION_UPDATED, id, &organization)?;
    let receipt = write.record(entry.of_tenant(access.tenant().id).before(&before)?);
    write.commit(receipt, organization).await
}

fn merge_settings(
    organization: &mut Organization,
    patch: Patch<serde_json::Map<String, Value>>,
) -> Result<()> {
    patch.merge_into(&mut organization.settings);
    let mut violations = Violations::default();
    validate::json_size(&mut violations, "/settings", &organization.settings, MAX_SETTINGS_BYTES);
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations.into_vec())) }
}

/// Deletes one, for good.
pub async fn delete(
    access: &Access<OrganizationDelete, InTenant>,
    id: OrganizationId,
    version: Option<i64>,
) -> Result<()> {
    let mut write = access.write().await?;
    tenants::service::hold_undeleted(&mut write).await?;
    let mut organization = store::lock(&mut write, id).await?.ok_or_else(not_found)?;
    IfMatch::check(version, organization.version)?;
    let named = memberships::service::is_in_organization(&mut write, id).await?
        || invitations::service::is_in_organization(&mut write, id).await?;
    if named {
        let detail =
            "Memberships or invitations are limited to the organization; change or remove them first.";
        return Err(Error::new(ORGANIZATION_IN_USE, detail));
    }
    // The event is of a version of its own, so that nobody takes it for the one before.
    organization.updated_at = write.kernel().now();
    organization.version += 1;
    invitations::service::leave_organization(&mut write, id).await?;
    store::delete(&mut write, id).await?;
    let entry = Entry::new(ORGANIZATION_DELETED, id, &organization)?.of_tenant(access.tenant().id);
    let receipt = write.record(entry);
    write.commit(receipt, ()).await
}

/// Whether the tenant in focus has it.
pub async fn exists(tx: &mut Tx, id: OrganizationId) -> Result<bool> {
    Ok(store::find(tx, id).await?.is_some())
}

fn name_taken(name: &str) -> Error {
    let detail = format!("Another organization of the tenant is called “{name}”.");
    Error::new(ORGANIZATION_NAME_TAKEN, detail).at("/name")
}

fn not_found() -> Error {
    Error::new(NOT_FOUND, "There is no such organization.")
}
