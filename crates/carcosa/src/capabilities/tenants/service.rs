//! Use cases of tenants.

use carcosa_kernel::directory::{ProjectRecord, TenantName, TenantRecord, TenantRef, Touched};
use carcosa_kernel::error::{PERMISSION_DENIED, TENANT_NOT_FOUND};
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Caller, Error, InTenant, Kernel, Result, System, Tx, Window, Write};
use carcosa_types::event::{TENANT_CREATED, TENANT_UPDATED};
use carcosa_types::page::Filters;
use carcosa_types::patch::Patch;
use carcosa_types::permission::{TenantCreate, TenantRead, TenantUpdate};
use carcosa_types::project::InitialStatus;
use carcosa_types::tenant::{
    CreateTenant, InheritanceMode, InheritanceModes, ListTenants, MAX_FORMER_SLUGS, Tenant, TenantCounts,
    TenantStatus, UpdateTenant,
};
use carcosa_types::{Page, ProjectId, TenantId, Timestamp};
use carcosa_web::IfMatch;
use serde_json::Value;

pub use super::lifecycle::{delete, transition};

use super::error::{EXTERNAL_ID_TAKEN, SLUG_TAKEN, TOO_MANY_SLUGS};
use super::hierarchy::{self, Applied};
use super::list_store::{self, Parent, Place};
use super::model::{self, StoredTenant};
use super::{search_store, store};
use crate::capabilities::projects;
use crate::{slugs, words};

/// Numbers tried one after another for a slug made from a name; after that they are drawn by lot.
const MAX_SLUG_TRIES: usize = 20;
/// Numbers drawn by lot for a slug.
const MAX_SLUG_DRAWS: usize = 20;

/// Creates a tenant.
pub async fn create(access: &Access<TenantCreate>, new: CreateTenant) -> Result<Tenant> {
    let kernel = access.kernel();
    let project = projects::service::settings(kernel, access.project()).await?;
    let (id, now) = (kernel.new_id(), kernel.now());
    if let Some(slug) = &new.slug {
        model::check_slug(slug, &project.settings)?;
    }
    let metadata = new.metadata.clone().unwrap_or_default();
    model::check_metadata(&metadata, &project.settings)?;
    let parent_id = match &new.parent_id {
        Some(parent) => Some(find_parent(kernel, access.project(), parent).await?),
        None => None,
    };
    let mut write = access.write().await?;
    let parent = match parent_id {
        Some(parent) => Some(lock_parent(&mut write, None, parent).await?),
        None => None,
    };
    write.focus(id)?;
    let slug = match &new.slug {
        Some(slug) => take_exactly(&mut write, slug, now).await?,
        None => take_generated(&mut write, &new.name, &project, now).await?,
    };
    let modes = initial_modes(&new);
    let mut stored = blank(id, slug, now, &project);
    stored.plan_own.clone_from(&new.plan);
    stored.branding_own.clone_from(&new.branding);
    let tenant = &mut stored.tenant;
    tenant.name = new.name;
    tenant.kind = new.kind.unwrap_or_default();
    tenant.description = new.description;
    tenant.parent_id = parent_id;
    tenant.region = new.region;
    tenant.external_id = new.external_id;
    tenant.metadata = metadata;
    Applied::settle(&mut stored, modes, parent.as_ref(), &project.settings);
    if !store::insert(&mut write, &stored).await? {
        return Err(external_id_taken());
    }
    store::insert_terms(&mut write, &stored.tenant).await?;
    let tenant = stored.tenant;
    let names = names(kernel, access.project(), [&tenant.slug], tenant.external_id.as_ref())?;
    let entry = Entry::new(TENANT_CREATED, id, &tenant)?.of_tenant(id).beginning_stream().touching(names);
    let receipt = write.record(entry);
    write.commit(receipt, tenant).await
}

/// A tenant with nothing but its identity and status.
fn blank(id: TenantId, slug: String, now: Timestamp, project: &ProjectRecord) -> StoredTenant {
    let active = project.settings.initial_status == InitialStatus::Active;
    let tenant = Tenant {
        object: "tenant".to_owned(),
        id,
        name: String::new(),
        slug,
        kind: carcosa_types::tenant::TenantKind::default(),
        description: None,
        status: if active { TenantStatus::Active } else { TenantStatus::Pending },
        status_reason: None,
        plan: String::new(),
        parent_id: None,
        region: None,
        external_id: None,
        metadata: serde_json::Map::new(),
        branding: carcosa_types::tenant::Branding::default(),
        inheritance: std::collections::BTreeMap::new(),
        counts: Some(TenantCounts::default()),
        activated_at: active.then_some(now),
        suspended_at: None,
        archived_at: None,
        deleted_at: None,
        purge_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    StoredTenant { tenant, plan_own: None, branding_own: None, status_before: None }
}

/// A tenant inherits what it does not say itself, also from a parent that it gets later.
fn initial_modes(new: &CreateTenant) -> (InheritanceMode, InheritanceMode) {
    let asked = new.inheritance.unwrap_or_default();
    let mode = |asked: Option<InheritanceMode>, says_itself: bool| {
        asked.unwrap_or(if says_itself { InheritanceMode::Override } else { InheritanceMode::Inherit })
    };
    (mode(asked.plan, new.plan.is_some()), mode(asked.branding, new.branding.is_some()))
}

async fn find_parent(kernel: &Kernel, project: ProjectId, parent: &str) -> Result<TenantId> {
    let found = match TenantRef::parse(parent) {
        Some(parent) => kernel.directory().tenant(kernel, project, &parent).await?,
        None => None,
    };
    found.map(|found| found.id).ok_or_else(|| {
        Error::field(
            "/parent_id",
            "tenant_not_found",
            "names no tenant of this project: use an id, slug:… or ext:…",
        )
    })
}

/// Takes the project's hierarchy for this transaction and gives what applies to the parent.
async fn lock_parent(write: &mut Write, tenant: Option<TenantId>, parent: TenantId) -> Result<Applied> {
    store::lock_hierarchy(write).await?;
    hierarchy::check_place(write, tenant, parent).await?;
    applied_to(write, parent).await
}

async fn applied_to(write: &mut Write, tenant: TenantId) -> Result<Applied> {
    write.focus(tenant)?;
    let stored = store::find(write).await?.ok_or_else(|| {
        Error::field("/parent_id", "tenant_not_found", "names a tenant that was purged just now")
    })?;
    model::check_not_deleted(stored.tenant.status).map_err(|error| error.at("/parent_id"))?;
    Applied::of(&stored)
}

async fn take_exactly(write: &mut Write, slug: &str, now: Timestamp) -> Result<String> {
    if store::take_slug(write, slug, now).await? {
        return Ok(slug.to_owned());
    }
    let detail = format!("Another tenant of the project has, or once had, the slug “{slug}”.");
    Err(Error::new(SLUG_TAKEN, detail).at("/slug"))
}

/// `acme`, or `acme-2`, `acme-3` … when that is taken or reserved.
async fn take_generated(
    write: &mut Write,
    name: &str,
    project: &ProjectRecord,
    now: Timestamp,
) -> Result<String> {
    let base = slugs::from_name(name, "tenant");
    let mut slug = base.clone();
    for _ in 0..MAX_SLUG_TRIES {
        if model::check_slug(&slug, &project.settings).is_ok() && store::take_slug(write, &slug, now).await? {
            return Ok(slug);
        }
        slug = slugs::numbered(&base, store::next_number(write, &base).await?);
    }
    // Someone holds the next numbers, perhaps on purpose.
    for _ in 0..MAX_SLUG_DRAWS {
        let mut lot = [0; 4];
        write.kernel().fill_random(&mut lot);
        let slug = slugs::numbered(&base, i64::from(u32::from_be_bytes(lot)));
        if model::check_slug(&slug, &project.settings).is_ok() && store::take_slug(write, &slug, now).await? {
            return Ok(slug);
        }
    }
    let detail = format!("Every slug like “{base}” is taken; give one.");
    Err(Error::new(SLUG_TAKEN, detail).at("/slug"))
}

fn external_id_taken() -> Error {
    Error::new(EXTERNAL_ID_TAKEN, "Another tenant of the project has this external id.").at("/external_id")
}

/// What directories must forget when these names come to mean something else.
fn names<'a>(
    kernel: &Kernel,
    project: ProjectId,
    slugs: impl IntoIterator<Item = &'a String>,
    external_id: Option<&String>,
) -> Result<Vec<Touched>> {
    let slugs = slugs.into_iter().map(|slug| TenantRef::Slug(slug.clone()));
    let all = slugs.chain(external_id.map(|id| TenantRef::External(id.clone())));
    all.map(|name| TenantName::of(kernel, project, &name).map(Touched::Tenant)).collect()
}

/// What directories must forget when the tenant in focus changed.
pub(super) async fn touched(write: &mut Write, tenant: &Tenant) -> Result<Vec<Touched>> {
    let (project, slugs) = (write.project()?, store::slugs(write).await?);
    let mut touched = names(write.kernel(), project, &slugs, tenant.external_id.as_ref())?;
    touched.push(Touched::Tenant(TenantName::Id(project, tenant.id)));
    Ok(touched)
}

/// One tenant.
pub async fn get(access: &Access<TenantRead, InTenant>) -> Result<Tenant> {
    Ok(store::find(&mut access.read().await?).await?.ok_or_else(not_found)?.tenant)
}

/// A page of tenants.
pub async fn list(access: &Access<TenantRead>, mut query: ListTenants) -> Result<Page<Tenant>> {
    let (kernel, project) = (access.kernel(), access.project());
    if query.q.is_some() && query.order.is_some() {
        return Err(Error::parameter(
            "order",
            "conflict",
            "must not be given together with q: the best match comes first",
        ));
    }
    let parent = match query.parent_id.as_deref() {
        None => None,
        Some("none") => Some(Parent::None),
        Some(text) => Some(Parent::Is(named(kernel, project, text, "parent_id").await?)),
    };
    let paging = query.take_paging();
    let filters = ListTenants { total: None, ..query.clone() };
    let window = Window::<Place>::open(kernel, "tenants", &filters, &paging)?;
    let words = query.q.as_deref().map(words::of_query);
    let mut tx = access.read().await?;
    let (found, stopped) = match &words {
        None => (list_store::page(&mut tx, &query, parent.as_ref(), &window).await?, None),
        Some(words) => search_store::found(&mut tx, &query, parent.as_ref(), words.clone(), &window).await?,
    };
    let page = window.page_as_far_as(kernel, found, |(_, place)| place.clone(), stopped.as_ref())?;
    let mut page = Page { data: page.data.into_iter().map(|(tenant, _)| tenant).collect(), page: page.page };
    if query.total == Some(true) {
        let total = match words {
            None => list_store::count(&mut tx, &query, parent.as_ref()).await?,
            Some(words) => search_store::count(&mut tx, &query, parent.as_ref(), words).await?,
        };
        page.page.total = Some(total.count);
        page.page.total_is_capped = Some(total.is_capped);
    }
    Ok(page)
}

async fn named(kernel: &Kernel, project: ProjectId, text: &str, parameter: &str) -> Result<TenantId> {
    let found = match TenantRef::parse(text) {
        Some(tenant) => kernel.directory().tenant(kernel, project, &tenant).await?,
        None => None,
    };
    found
        .map(|found| found.id)
        .ok_or_else(|| Error::parameter(parameter, "tenant_not_found", "names no tenant of this project"))
}

/// Changes what the patch names.
pub async fn update(
    access: &Access<TenantUpdate, InTenant>,
    version: Option<i64>,
    patch: UpdateTenant,
) -> Result<Tenant> {
    change(access, version, patch, None).await
}

/// Replaces all that can be given: what is absent goes back to its default. A slug that is absent stays.
pub async fn replace(
    access: &Access<TenantUpdate, InTenant>,
    version: Option<i64>,
    new: CreateTenant,
) -> Result<Tenant> {
    let modes = initial_modes(&new);
    let patch = UpdateTenant {
        name: Some(new.name),
        slug: new.slug,
        kind: Some(new.kind.unwrap_or_default()),
        description: new.description.map_or(Patch::Clear, Patch::Set),
        plan: new.plan.map_or(Patch::Clear, Patch::Set),
        parent_id: new.parent_id.map_or(Patch::Clear, Patch::Set),
        region: new.region.map_or(Patch::Clear, Patch::Set),
        external_id: new.external_id.map_or(Patch::Clear, Patch::Set),
        metadata: Patch::Clear,
        branding: new.branding.map_or(Patch::Clear, Patch::Set),
        inheritance: Some(InheritanceModes { plan: Some(modes.0), branding: Some(modes.1) }),
    };
    change(access, version, patch, Some(new.metadata.unwrap_or_default())).await
}

/// A tenant's own credentials change what describes it, not what it pays for, who is above it, or what the application
/// knows it by.
fn check_own_credential(caller: &Caller, patch: &UpdateTenant) -> Result<()> {
    let own = reaches_others(patch) || patch.region != Patch::Keep || patch.external_id != Patch::Keep;
    if own { require_project_key(caller) } else { Ok(()) }
}

/// Refuses a tenant's own credentials.
pub(super) fn require_project_key(caller: &Caller) -> Result<()> {
    match caller.tenant() {
        None => Ok(()),
        Some(_) => {
            let detail = "A key that belongs to a tenant may not do this; use a key of the project.";
            Err(Error::new(PERMISSION_DENIED, detail))
        }
    }
}

/// Whether the patch may change what applies to other tenants.
fn reaches_others(patch: &UpdateTenant) -> bool {
    patch.plan != Patch::Keep
        || patch.parent_id != Patch::Keep
        || patch.branding != Patch::Keep
        || patch.inheritance.is_some()
}

async fn change(
    access: &Access<TenantUpdate, InTenant>,
    version: Option<i64>,
    patch: UpdateTenant,
    metadata: Option<serde_json::Map<String, Value>>,
) -> Result<Tenant> {
    check_own_credential(access.caller(), &patch)?;
    let project = projects::service::settings(access.kernel(), access.project()).await?;
    let new_parent = match &patch.parent_id {
        Patch::Set(parent) => Some(find_parent(access.kernel(), access.project(), parent).await?),
        Patch::Keep | Patch::Clear => None,
    };
    let reaches = reaches_others(&patch);
    // An external id must be compared with those of the other tenants.
    let across = reaches || patch.external_id != Patch::Keep;
    let mut write = if across { access.write_across_tenants().await? } else { access.write().await? };
    if reaches {
        store::lock_hierarchy(&mut write).await?;
        // What is inherited is written to all below, so none of them may change in between.
        hierarchy::lock_tree(&mut write).await?;
    }
    let before = store::lock(&mut write).await?.ok_or_else(not_found)?;
    IfMatch::check(version, before.tenant.version)?;
    model::check_not_deleted(before.tenant.status)?;
    let mut stored = before.clone();
    describe(&mut stored, &patch, metadata);
    if stored.tenant.metadata != before.tenant.metadata {
        model::check_metadata(&stored.tenant.metadata, &project.settings)?;
    }
    rename(&mut write, &mut stored, &patch, &project).await?;
    identify(&mut write, &mut stored, patch.external_id.clone()).await?;
    if reaches {
        place(&mut write, &mut stored, patch, new_parent, &project).await?;
    }
    if stored == before {
        // Nothing changes, so nothing is recorded. Dropping the transaction leaves no trace.
        return Ok(before.tenant);
    }
    save(write, before, stored, reaches, &project).await
}

/// What describes the tenant and concerns nobody else.
fn describe(
    stored: &mut StoredTenant,
    patch: &UpdateTenant,
    metadata: Option<serde_json::Map<String, Value>>,
) {
    let tenant = &mut stored.tenant;
    if let Some(name) = &patch.name {
        tenant.name.clone_from(name);
    }
    tenant.kind = patch.kind.unwrap_or(tenant.kind);
    patch.description.clone().apply(&mut tenant.description);
    patch.region.clone().apply(&mut tenant.region);
    match metadata {
        Some(metadata) => tenant.metadata = metadata,
        None => patch.metadata.clone().merge_into(&mut tenant.metadata),
    }
}

async fn rename(
    write: &mut Write,
    stored: &mut StoredTenant,
    patch: &UpdateTenant,
    project: &ProjectRecord,
) -> Result<()> {
    let Some(slug) = patch.slug.as_ref().filter(|slug| **slug != stored.tenant.slug) else { return Ok(()) };
    model::check_slug(slug, &project.settings)?;
    let known = store::slugs(write).await?;
    if known.len() > MAX_FORMER_SLUGS && !known.contains(slug) {
        let detail = format!(
            "The tenant has {MAX_FORMER_SLUGS} former slugs, which it keeps; it can go back to one of them."
        );
        return Err(Error::new(TOO_MANY_SLUGS, detail).at("/slug"));
    }
    stored.tenant.slug = take_exactly(write, slug, write.kernel().now()).await?;
    Ok(())
}

async fn identify(write: &mut Write, stored: &mut StoredTenant, patch: Patch<String>) -> Result<()> {
    let before = stored.tenant.external_id.clone();
    patch.apply(&mut stored.tenant.external_id);
    match &stored.tenant.external_id {
        Some(id) if before.as_ref() != Some(id) && store::external_id_elsewhere(write, id).await? => {
            Err(external_id_taken())
        }
        _ => Ok(()),
    }
}

/// Who is above it, and what applies because of that.
async fn place(
    write: &mut Write,
    stored: &mut StoredTenant,
    patch: UpdateTenant,
    new_parent: Option<TenantId>,
    project: &ProjectRecord,
) -> Result<()> {
    let id = stored.tenant.id;
    match (&patch.parent_id, new_parent) {
        (Patch::Set(_), Some(parent)) if stored.tenant.parent_id != Some(parent) => {
            hierarchy::check_place(write, Some(id), parent).await?;
            stored.tenant.parent_id = Some(parent);
        }
        (Patch::Clear, _) => stored.tenant.parent_id = None,
        _ => {}
    }
    let asked = patch.inheritance.unwrap_or_default();
    let plan = mode(asked.plan, &patch.plan, stored.plan_mode());
    let branding = mode(asked.branding, &patch.branding, stored.branding_mode());
    patch.plan.apply(&mut stored.plan_own);
    patch.branding.apply(&mut stored.branding_own);
    let parent = match stored.tenant.parent_id {
        Some(parent) => Some(applied_to(write, parent).await?),
        None => None,
    };
    Applied::settle(stored, (plan, branding), parent.as_ref(), &project.settings);
    write.focus(id)
}

/// Saying a value oneself overrides the parent's; taking it back inherits again.
fn mode<T>(asked: Option<InheritanceMode>, patch: &Patch<T>, present: InheritanceMode) -> InheritanceMode {
    match (asked, patch) {
        (Some(asked), _) => asked,
        (None, Patch::Set(_)) if present == InheritanceMode::Inherit => InheritanceMode::Override,
        (None, Patch::Clear) => InheritanceMode::Inherit,
        (None, _) => present,
    }
}

async fn save(
    mut write: Write,
    before: StoredTenant,
    mut stored: StoredTenant,
    reaches: bool,
    project: &ProjectRecord,
) -> Result<Tenant> {
    stored.tenant.updated_at = write.kernel().now();
    stored.tenant.version += 1;
    store::update(&mut write, &stored).await?;
    store::update_terms(&mut write, &before.tenant, &stored.tenant).await?;
    let mut forget = Vec::new();
    if shown_by_directory(&before.tenant) != shown_by_directory(&stored.tenant) {
        forget = touched(&mut write, &stored.tenant).await?;
        let project = write.project()?;
        forget.extend(names(write.kernel(), project, [], before.tenant.external_id.as_ref())?);
    }
    let entry = Entry::new(TENANT_UPDATED, stored.tenant.id, &stored.tenant)?
        .of_tenant(stored.tenant.id)
        .before(&before.tenant)?;
    let receipt = write.record(entry.touching(forget));
    if reaches {
        hierarchy::propagate(&mut write, &stored, &project.settings).await?;
    }
    write.commit(receipt, stored.tenant).await
}

/// What the directory answers from.
fn shown_by_directory(tenant: &Tenant) -> (&str, Option<&str>, &str, Option<TenantId>, Option<&str>) {
    let (external_id, region) = (tenant.external_id.as_deref(), tenant.region.as_deref());
    (&tenant.slug, external_id, &tenant.plan, tenant.parent_id, region)
}

/// Holds the tenant in focus for the rest of the transaction, for changes of what hangs on it. Refused when it is
/// deleted.
pub async fn hold_undeleted(tx: &mut Tx) -> Result<()> {
    let status = store::hold(tx).await?.ok_or_else(not_found)?;
    model::check_not_deleted(status)
}

/// The tenant in focus, as its people see it.
pub async fn face(tx: &mut Tx) -> Result<Tenant> {
    Ok(store::find(tx).await?.ok_or_else(not_found)?.tenant)
}

/// Holds the tenant in focus for the rest of the transaction, whatever its status; whether there is one.
pub async fn hold(tx: &mut Tx) -> Result<bool> {
    Ok(store::hold(tx).await?.is_some())
}

/// What the directory keeps of a tenant.
pub async fn record(system: &System, project: ProjectId, tenant: &TenantRef) -> Result<Option<TenantRecord>> {
    store::record(&mut system.read_project(project).await?, tenant).await
}

pub(super) fn not_found() -> Error {
    Error::new(TENANT_NOT_FOUND, "There is no such tenant in this project.")
}
