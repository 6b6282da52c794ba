//! Use cases of the log.

use carcosa_kernel::directory::TenantRef;
use carcosa_kernel::error::TENANT_NOT_FOUND;
use carcosa_kernel::{Access, Error, Kernel, Result, Window};
use carcosa_types::log::{AuditEntry, Event, ListAudit, ListEvents};
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{AuditRead, EventRead};
use carcosa_types::{KeyId, Page, ProjectId, TenantId};

use super::model;
use super::store::{self, Filter};

/// Events in the project's order, from the cursor on.
pub async fn events(access: &Access<EventRead>, query: ListEvents) -> Result<Page<Event>> {
    let (kernel, project) = (access.kernel(), access.project());
    let filter = Filter {
        types: query.types.as_deref().map(|filter| model::types("types", filter)).transpose()?,
        tenant: tenant(kernel, project, query.tenant_id.as_deref()).await?,
        ..Filter::default()
    };
    let paging = PageQuery { limit: query.limit, after: query.after, before: None };
    // A place in the project's order is the same whatever the filter, so a reader may change its filter.
    let window = Window::<(i64,)>::open(kernel, "events", &(), &paging)?;
    let start = window.start().map_or(0, |(position,)| *position);
    let mut tx = access.read().await?;
    let found = store::list(&mut tx, &filter, Some(start), false, window.fetch()).await?;
    let end = store::end(&mut tx).await?;
    let page = window.page(kernel, found, |entry| (entry.position.unwrap_or_default(),))?;
    let data = page.data.iter().map(|entry| entry.event(project)).collect();
    let mut page = Page { data, page: page.page };
    page.page.before = None;
    // A reader of all there is goes on from the end, also when its filter found nothing there.
    if !page.page.has_more {
        page.page.after = Some(window.write(kernel, &(end.max(start),))?);
    }
    Ok(page)
}

/// Audit entries, newest first.
pub async fn audit(access: &Access<AuditRead>, query: ListAudit) -> Result<Page<AuditEntry>> {
    let (kernel, project) = (access.kernel(), access.project());
    let paging = PageQuery { limit: query.limit, after: query.after.clone(), before: query.before.clone() };
    let filters = ListAudit { limit: None, after: None, before: None, ..query.clone() };
    let window = Window::<(i64,)>::open(kernel, "audit", &filters, &paging)?;
    let id = |text: &str| {
        text.parse::<KeyId>().map_err(|cause| Error::parameter("actor_id", "invalid", cause.to_string()))
    };
    let object = |text: &str| {
        text.parse().map_err(|_| Error::parameter("target_id", "invalid", "must be the id of an object"))
    };
    let filter = Filter {
        types: query.action.as_deref().map(|filter| model::types("action", filter)).transpose()?,
        tenant: tenant(kernel, project, query.tenant_id.as_deref()).await?,
        actor: query.actor_id.as_deref().map(id).transpose()?.map(carcosa_types::Id::uuid),
        target: query.target_id.as_deref().map(object).transpose()?,
        from: query.from,
        to: query.to,
    };
    let start = window.start().map(|(position,)| *position);
    let descending = !window.is_backward();
    let found = store::list(&mut access.read().await?, &filter, start, descending, window.fetch()).await?;
    let page = window.page(kernel, found, |entry| (entry.position.unwrap_or_default(),))?;
    let data = page.data.iter().map(model::StoredEntry::audit_entry).collect();
    Ok(Page { data, page: page.page })
}

/// The tenant that a filter names. An id needs no look-up, so that a purged tenant's entries can still be found.
async fn tenant(kernel: &Kernel, project: ProjectId, name: Option<&str>) -> Result<Option<TenantId>> {
    let Some(name) = name else { return Ok(None) };
    let not_found = || Error::new(TENANT_NOT_FOUND, "`tenant_id` names no tenant of this project.");
    match TenantRef::parse(name).ok_or_else(not_found)? {
        TenantRef::Id(id) => Ok(Some(id)),
        other => {
            let found = kernel.directory().tenant(kernel, project, &other).await?;
            found.map(|found| Some(found.id)).ok_or_else(not_found)
        }
    }
}
