//! Use cases of the log.

use std::collections::HashMap;

use carcosa_kernel::directory::TenantRef;
use carcosa_kernel::error::TENANT_NOT_FOUND;
use carcosa_kernel::{
    Access, Error, InInstallation, InTenant, Kernel, Result, System, SystemTask, Tx, Window,
};
use carcosa_types::log::{AuditEntry, Event, ExportAudit, ListAudit, ListTenantAudit};
use carcosa_types::page::{Filters, PageQuery};
use carcosa_types::permission::{AuditRead, InstallationRead};
use carcosa_types::{Page, ProjectId, TenantId, Timestamp};
use uuid::Uuid;

use super::error::CURSOR_EXPIRED;
use super::model::{self, StoredEntry};
use super::store::{self, Filter, Order};

/// What a reader of the feed wants.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Only these types.
    pub(super) types: Option<Vec<&'static str>>,
    /// Only this tenant's.
    pub(super) tenant: Option<TenantId>,
    /// The tenant that reads, in its own name.
    pub(super) seen_by: Option<TenantId>,
}

impl Wanted {
    /// Reads the filters of a request.
    pub(super) async fn of(
        kernel: &Kernel,
        project: ProjectId,
        types: Option<&str>,
        tenant_id: Option<&str>,
    ) -> Result<Self> {
        Ok(Self {
            types: types.map(|filter| model::types("types", filter)).transpose()?,
            tenant: tenant(kernel, project, tenant_id).await?,
            seen_by: None,
        })
    }

    /// The same in a tenant's own name.
    pub(super) fn own(types: Option<&str>, tenant: TenantId) -> Result<Self> {
        let types = types.map(|filter| model::types("types", filter)).transpose()?;
        Ok(Self { types, tenant: None, seen_by: Some(tenant) })
    }
}

/// A place in the project's order as readers keep it. It is the same whatever the filter, so a reader may change its filter.
pub(super) fn window(
    kernel: &Kernel,
    project: ProjectId,
    seen_by: Option<TenantId>,
    paging: &PageQuery,
) -> Result<Window<(i64,)>> {
    Window::open(kernel, "events", &(project, seen_by), paging)
}

/// Where the project's order ends, for a tenant, whose own transactions do not reach it. Taken before what is read: all up to there is
/// seen by then.
pub(super) async fn order(kernel: &Kernel, project: ProjectId) -> Result<Order> {
    let system = System::new(kernel, SystemTask::Directory);
    store::order(&mut system.read_project(project).await?).await
}

/// Events in the project's order, from the cursor on. `tx` reaches the project, or the tenant that reads; of a tenant, `order` was taken
/// before.
pub(super) async fn events(
    kernel: &Kernel,
    mut tx: Tx,
    order: Option<Order>,
    wanted: &Wanted,
    paging: &PageQuery,
) -> Result<Page<Event>> {
    let project = tx.project()?;
    let filter = Filter { types: wanted.types.clone(), tenant: wanted.tenant, ..Filter::default() };
    let window = window(kernel, project, wanted.seen_by, paging)?;
    let order = match order {
        Some(order) => order,
        None => store::order(&mut tx).await?,
    };
    let start = start(kernel, &window, &order)?;
    let found = match wanted.seen_by {
        Some(_) => store::list_of_tenant(&mut tx, &filter, Some(start), false, window.fetch()).await?,
        None => store::list(&mut tx, &filter, Some(start), false, window.fetch()).await?,
    };
    let page = window.page(kernel, found, |entry| (entry.position.unwrap_or_default(),))?;
    let data = page.data.iter().map(|entry| entry.event_for(project, wanted.seen_by)).collect();
    let mut page = Page { data, page: page.page };
    page.page.before = None;
    // A reader of all there is goes on from the end, also when its filter found nothing there.
    if !page.page.has_more {
        let last = page.data.last().and_then(|event| event.position.parse().ok()).unwrap_or(start);
        page.page.after = Some(window.write(kernel, &(order.position.max(last),))?);
    }
    Ok(page)
}

/// The position after which a reader goes on.
pub(super) fn start(kernel: &Kernel, window: &Window<(i64,)>, order: &Order) -> Result<i64> {
    // Before it there may be entries, but not all that there were.
    let oldest = order.first_position - 1;
    let start = window.start().map_or(oldest, |(position,)| *position);
    if start < oldest {
        return Err(expired(window.write(kernel, &(oldest,))?));
    }
    check_reached(start, order)?;
    Ok(start)
}

/// Refuses a position that the order has not reached: the reader knows of what is no longer there.
fn check_reached(position: i64, order: &Order) -> Result<()> {
    if position <= order.position {
        return Ok(());
    }
    let detail = "The cursor lies after the last event: the database was put back to an earlier state, and what you have of later times is gone. \
                  Take everything anew.";
    Err(Error::new(CURSOR_EXPIRED, detail))
}

pub(super) fn expired(oldest: String) -> Error {
    let detail = format!(
        "Events after this cursor were removed, since the project's retention had passed. The oldest cursor is {oldest}."
    );
    Error::new(CURSOR_EXPIRED, detail).allowing(vec![oldest])
}

/// An object that an entry names.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Target {
    /// `tenant`, `membership`, …
    pub(crate) kind: String,
    /// Its id.
    pub(crate) id: Uuid,
}

/// What a part of the project's order names.
pub(crate) struct Changed {
    /// The objects, as often as they are named.
    pub(crate) targets: Vec<Target>,
    /// Up to which position.
    pub(crate) until: i64,
    /// Whether the order goes on.
    pub(crate) has_more: bool,
}

/// Positions looked at for one page, so that kinds that are rare take no longer than others.
const LOOKED_AT: i64 = 20_000;

/// The objects of these kinds that the next entries after a position name; at most `limit`.
pub(crate) async fn changed(tx: &mut Tx, kinds: &[&'static str], from: i64, limit: i64) -> Result<Changed> {
    let end = store::order(tx).await?.position;
    let looked = end.min(from.saturating_add(LOOKED_AT));
    let found = store::targets_after(tx, kinds, (from, looked), limit).await?;
    let is_full = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let until = found.last().filter(|_| is_full).map_or(looked, |last| last.position);
    let targets = found.into_iter().map(|row| Target { kind: row.kind, id: row.id }).collect();
    Ok(Changed { targets, until, has_more: until < end })
}

/// Up to `limit` objects of these kinds that entries name which are committed and not in the project's order yet.
pub(crate) async fn waiting(tx: &mut Tx, kinds: &[&'static str], limit: i64) -> Result<Vec<Target>> {
    store::targets_waiting(tx, kinds, limit).await
}

/// Those of these objects that entries after a position name.
pub(crate) async fn changed_of(tx: &mut Tx, ids: &[Uuid], from: i64) -> Result<Vec<Target>> {
    let mut found = Vec::new();
    for some in ids.chunks(1000) {
        found.extend(store::targets_among(tx, some, from).await?);
    }
    Ok(found)
}

/// Where the project's order ends.
pub(crate) async fn end(tx: &mut Tx) -> Result<i64> {
    Ok(store::order(tx).await?.position)
}

/// When the first entry after a position was recorded.
pub(crate) async fn recorded_after(tx: &mut Tx, position: i64) -> Result<Option<Timestamp>> {
    store::recorded_after(tx, position).await
}

/// A position before all that was recorded at a time or later; what was recorded within moments of it may lie on either side, since
/// entries stand in the order of their commits. Refused when retention may have removed some of that.
pub(crate) async fn before(tx: &mut Tx, time: Timestamp) -> Result<i64> {
    let order = store::order(tx).await?;
    let oldest = order.first_position - 1;
    let mut is_later = async |position| {
        Ok::<_, Error>(store::recorded_after(tx, position).await?.is_none_or(|recorded| recorded >= time))
    };
    if oldest > 0 && is_later(oldest).await? {
        return Err(removed());
    }
    // The first position after which it is that late.
    let (mut low, mut high) = (oldest, order.position.max(oldest));
    while low < high {
        let middle = low + (high - low) / 2;
        if is_later(middle).await? { high = middle } else { low = middle + 1 }
    }
    Ok(low)
}

/// Refuses a position from which on not every entry is there, or which is none of this order.
pub(crate) async fn check_kept(tx: &mut Tx, position: i64) -> Result<()> {
    let order = store::order(tx).await?;
    if position < order.first_position - 1 {
        return Err(removed());
    }
    check_reached(position, &order)
}

/// For those who keep a copy: going on from the oldest cursor, which readers of events are offered, would miss what was removed.
fn removed() -> Error {
    let detail = "Events after this were removed, since the project's retention had passed: take a snapshot.";
    Error::new(CURSOR_EXPIRED, detail)
}

/// A position as readers of the project's feed keep it.
pub(crate) fn cursor(kernel: &Kernel, project: ProjectId, position: i64) -> Result<String> {
    window(kernel, project, None, &PageQuery::default())?.write(kernel, &(position,))
}

/// The position of a cursor of the project's feed.
pub(crate) fn position(kernel: &Kernel, project: ProjectId, cursor: &str) -> Result<i64> {
    let paging = PageQuery { after: Some(cursor.to_owned()), ..PageQuery::default() };
    let window = window(kernel, project, None, &paging)?;
    window.start().map(|(position,)| *position).ok_or_else(|| Error::internal("a cursor without a position"))
}

/// Audit entries, newest first.
pub async fn audit(access: &Access<AuditRead>, mut query: ListAudit) -> Result<Page<AuditEntry>> {
    let (kernel, project) = (access.kernel(), access.project());
    let paging = query.take_paging();
    let window = Window::<(i64,)>::open(kernel, "audit", &query, &paging)?;
    let filter = Filter {
        actor_kind: query.actor_kind,
        from: query.from,
        to: query.to,
        tenant: tenant(kernel, project, query.tenant_id.as_deref()).await?,
        ..texts(query.action.as_deref(), query.actor_id.as_deref(), query.target_id.as_deref())?
    };
    let (start, descending) = travel(&window);
    let found = store::list(&mut access.read().await?, &filter, start, descending, window.fetch()).await?;
    shown(kernel, &window, found, StoredEntry::audit_entry)
}

/// Audit entries of a tenant's stream, newest first, as the tenant may see them.
pub async fn tenant_audit(
    access: &Access<AuditRead, InTenant>,
    mut query: ListTenantAudit,
) -> Result<Page<AuditEntry>> {
    let (kernel, tenant) = (access.kernel(), access.tenant().id);
    let paging = query.take_paging();
    let window = Window::<(i64,)>::open(kernel, "tenant_audit", &(tenant, &query), &paging)?;
    let filter = of_stream(&query)?;
    let (start, descending) = travel(&window);
    let mut tx = access.read().await?;
    let found = store::list_of_tenant(&mut tx, &filter, start, descending, window.fetch()).await?;
    shown(kernel, &window, found, |entry| entry.audit_entry_for(tenant))
}

/// Audit entries of the installation itself, newest first: what operators did to it, and how they signed in.
pub async fn installation_audit(
    access: &Access<InstallationRead, InInstallation>,
    mut query: ListTenantAudit,
) -> Result<Page<AuditEntry>> {
    let kernel = access.kernel();
    let paging = query.take_paging();
    let window = Window::<(i64,)>::open(kernel, "installation_audit", &query, &paging)?;
    let filter = of_stream(&query)?;
    let (start, descending) = travel(&window);
    let found =
        store::list(&mut access.read_log().await?, &filter, start, descending, window.fetch()).await?;
    shown(kernel, &window, found, StoredEntry::audit_entry)
}

/// The filters of one stream.
fn of_stream(query: &ListTenantAudit) -> Result<Filter> {
    Ok(Filter {
        actor_kind: query.actor_kind,
        from: query.from,
        to: query.to,
        ..texts(query.action.as_deref(), query.actor_id.as_deref(), query.target_id.as_deref())?
    })
}

/// Which entries an export has.
pub(super) async fn filter(kernel: &Kernel, project: ProjectId, query: &ExportAudit) -> Result<Filter> {
    Ok(Filter {
        actor_kind: query.actor_kind,
        from: query.from,
        to: query.to,
        tenant: tenant(kernel, project, query.tenant_id.as_deref()).await?,
        ..texts(query.action.as_deref(), query.actor_id.as_deref(), query.target_id.as_deref())?
    })
}

/// The filters that are read out of texts.
fn texts(action: Option<&str>, actor: Option<&str>, target: Option<&str>) -> Result<Filter> {
    let object = |text: &str| {
        text.parse().map_err(|_| Error::parameter("target_id", "invalid", "must be the id of an object"))
    };
    Ok(Filter {
        types: action.map(|filter| model::types("action", filter)).transpose()?,
        actor: actor.map(model::actor).transpose()?,
        target: target.map(object).transpose()?,
        ..Filter::default()
    })
}

/// Where a page of the audit trail starts, and whether it goes towards older entries.
fn travel(window: &Window<(i64,)>) -> (Option<i64>, bool) {
    (window.start().map(|(position,)| *position), !window.is_backward())
}

fn shown(
    kernel: &Kernel,
    window: &Window<(i64,)>,
    found: Vec<StoredEntry>,
    show: impl Fn(&StoredEntry) -> AuditEntry,
) -> Result<Page<AuditEntry>> {
    let page = window.page(kernel, found, |entry| (entry.position.unwrap_or_default(),))?;
    Ok(Page { data: page.data.iter().map(show).collect(), page: page.page })
}

/// The filter names a tenant that is not there.
pub(super) fn no_tenant() -> Error {
    Error::new(TENANT_NOT_FOUND, "There is no such tenant in this project.").at_parameter("tenant_id")
}

/// The tenant that a filter names. An id needs no look-up, so that a purged tenant's entries can still be found.
pub(super) async fn tenant(
    kernel: &Kernel,
    project: ProjectId,
    name: Option<&str>,
) -> Result<Option<TenantId>> {
    let Some(name) = name else { return Ok(None) };
    match TenantRef::parse(name).ok_or_else(no_tenant)? {
        TenantRef::Id(id) => Ok(Some(id)),
        other => {
            let found = kernel.directory().tenant(kernel, project, &other).await?;
            found.map(|found| Some(found.id)).ok_or_else(no_tenant)
        }
    }
}

/// Events with these ids that the transaction reaches, as the project sees them, or as one of its tenants does.
pub async fn events_with(
    tx: &mut Tx,
    ids: &[Uuid],
    seen_by: Option<TenantId>,
) -> Result<HashMap<Uuid, Event>> {
    let project = tx.project()?;
    let found = store::by_ids(tx, ids).await?;
    Ok(found.into_iter().map(|entry| (entry.id, entry.event_for(project, seen_by))).collect())
}

/// Up to `limit` entries of these types in a range of time that the transaction reaches, oldest first.
pub async fn entries_between(
    tx: &mut Tx,
    types: Vec<&'static str>,
    (from, to): (Timestamp, Option<Timestamp>),
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<StoredEntry>> {
    let filter = Filter { types: Some(types), from: Some(from), to, ..Filter::default() };
    if tx.tenant().is_some() {
        return store::list_of_tenant(tx, &filter, after, false, limit).await;
    }
    store::list(tx, &filter, after, false, limit).await
}
