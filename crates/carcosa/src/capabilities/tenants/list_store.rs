//! SQL of lists of tenants.

use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::{Result, Tx, Window, args};
use carcosa_types::page::TOTAL_CAP;
use carcosa_types::tenant::{ListTenants, Tenant, TenantOrder};
use carcosa_types::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use super::model::StoredTenant;
use super::search;
use super::store::{Row, SELECT};
use crate::column::write_word;

/// Tenants that are looked at to count those that match.
const LOOKED_AT: i64 = 50_000;
/// By the index of slugs, in which former ones are too.
const SLUG: &str = " AND t.slug = ? AND t.id = (SELECT g.tenant_id FROM tenant_slugs g WHERE g.project_id = $1 AND g.slug = ?)";

/// Where a tenant stands in a list: the value it is sorted by, if not the id, and the id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Place {
    Id(Uuid),
    Name(String, Uuid),
    Updated(Timestamp, Uuid),
    Term(String, Uuid),
}

/// Which parent to list the children of.
pub(super) enum Parent {
    None,
    Is(TenantId),
}

/// Adds the filters that a list, a search and a count share.
pub(super) fn filters(query: &mut Assembled, list: &ListTenants, parent: Option<&Parent>) -> Result<()> {
    match list.status {
        Some(status) => query.push(" AND t.status = ?", args![write_word(status)?]),
        None => query.push(" AND t.status <> 'deleted'", args![]),
    }
    if let Some(kind) = list.kind {
        query.push(" AND t.kind = ?", args![write_word(kind)?]);
    }
    for (piece, value) in [
        (" AND t.plan = ?", &list.plan),
        (" AND t.region = ?", &list.region),
        (" AND t.external_id = ?", &list.external_id),
    ] {
        if let Some(value) = value {
            query.push(piece, args![value]);
        }
    }
    if let Some(slug) = &list.slug {
        query.push(SLUG, args![slug, slug]);
    }
    match parent {
        Some(Parent::None) => query.push(" AND t.parent_id IS NULL", args![]),
        Some(Parent::Is(id)) => query.push(" AND t.parent_id = ?", args![*id]),
        None => {}
    }
    for (name, value) in list.metadata.iter().flatten() {
        query.push(
            " AND EXISTS (SELECT 1 FROM tenant_terms m
                WHERE m.project_id = t.project_id AND m.tenant_id = t.id AND m.term = ?)",
            args![search::member(name, value)],
        );
    }
    Ok(())
}

/// Adds one of the filters by which an index leads to tenants in the order of their ids.
fn leading_filter(query: &mut Assembled, list: &ListTenants, parent: Option<&Parent>) -> Result<()> {
    if let Some(id) = &list.external_id {
        query.push(" AND t.external_id = ?", args![id]);
    } else if let Some(slug) = &list.slug {
        query.push(SLUG, args![slug, slug]);
    } else if let Some(Parent::Is(id)) = parent {
        query.push(" AND t.parent_id = ?", args![*id]);
    } else if let Some(plan) = &list.plan {
        query.push(" AND t.plan = ?", args![plan]);
    } else if let Some(status) = list.status {
        query.push(" AND t.status = ?", args![write_word(status)?]);
    }
    Ok(())
}

/// The tenants of one page, in the direction of travel, each with its place.
pub(super) async fn page(
    tx: &mut Tx,
    list: &ListTenants,
    parent: Option<&Parent>,
    window: &Window<Place>,
) -> Result<Vec<(Tenant, Place)>> {
    let mut query = Assembled::new("tenants.list", Reach::Project, SELECT);
    filters(&mut query, list, parent)?;
    let order = list.order.unwrap_or_default();
    let down =
        matches!(order, TenantOrder::CreatedAtDesc | TenantOrder::NameDesc | TenantOrder::UpdatedAtDesc);
    // Against the list's order is the other direction.
    let down = down != window.is_backward();
    match window.start() {
        Some(Place::Id(id)) => query.push(if down { " AND t.id < ?" } else { " AND t.id > ?" }, args![*id]),
        Some(Place::Name(name, id)) => query.push(
            if down { " AND (t.name, t.id) < (?, ?)" } else { " AND (t.name, t.id) > (?, ?)" },
            args![name, *id],
        ),
        Some(Place::Updated(at, id)) => query.push(
            if down { " AND (t.updated_at, t.id) < (?, ?)" } else { " AND (t.updated_at, t.id) > (?, ?)" },
            args![*at, *id],
        ),
        Some(Place::Term(..)) | None => {}
    }
    let by = match (order, down) {
        (TenantOrder::CreatedAt | TenantOrder::CreatedAtDesc, true) => " ORDER BY t.id DESC",
        (TenantOrder::CreatedAt | TenantOrder::CreatedAtDesc, false) => " ORDER BY t.id",
        (TenantOrder::Name | TenantOrder::NameDesc, true) => " ORDER BY t.name DESC, t.id DESC",
        (TenantOrder::Name | TenantOrder::NameDesc, false) => " ORDER BY t.name, t.id",
        (TenantOrder::UpdatedAt | TenantOrder::UpdatedAtDesc, true) => {
            " ORDER BY t.updated_at DESC, t.id DESC"
        }
        (TenantOrder::UpdatedAt | TenantOrder::UpdatedAtDesc, false) => " ORDER BY t.updated_at, t.id",
    };
    query.push(by, args![]);
    query.push_limit(window.fetch());
    let place = |tenant: &Tenant| match order {
        TenantOrder::CreatedAt | TenantOrder::CreatedAtDesc => Place::Id(tenant.id.uuid()),
        TenantOrder::Name | TenantOrder::NameDesc => Place::Name(tenant.name.clone(), tenant.id.uuid()),
        TenantOrder::UpdatedAt | TenantOrder::UpdatedAtDesc => {
            Place::Updated(tenant.updated_at, tenant.id.uuid())
        }
    };
    let rows = tx.all_of::<Row>(query).await?;
    rows.into_iter()
        .map(|row| {
            let tenant = StoredTenant::try_from(row)?.tenant;
            let place = place(&tenant);
            Ok((tenant, place))
        })
        .collect()
}

/// How many match.
#[derive(Default)]
pub(super) struct Total {
    pub(super) count: i64,
    /// There may be more.
    pub(super) is_capped: bool,
}

impl Total {
    /// Of a count that went up to one beyond the cap, and perhaps not through everything.
    pub(super) fn up_to_cap(count: i64, there_is_more: bool) -> Self {
        Self { count: count.min(TOTAL_CAP), is_capped: there_is_more || count > TOTAL_CAP }
    }
}

#[derive(FromRow)]
struct CountRow {
    count: i64,
}

#[derive(FromRow)]
struct IdRow {
    id: TenantId,
}

/// The oldest tenant that is looked at to count, when there are older ones.
async fn horizon(tx: &mut Tx, list: &ListTenants, parent: Option<&Parent>) -> Result<Option<TenantId>> {
    let start = "SELECT t.id FROM tenants t WHERE t.project_id = $1";
    let mut query = Assembled::new("tenants.count_horizon", Reach::Project, start);
    leading_filter(&mut query, list, parent)?;
    query.push(" ORDER BY t.id DESC LIMIT 2 OFFSET ?", args![LOOKED_AT - 1]);
    let rows = tx.all_of::<IdRow>(query).await?;
    Ok(if rows.len() < 2 { None } else { rows.first().map(|row| row.id) })
}

/// How many match, among the newest.
pub(super) async fn count(tx: &mut Tx, list: &ListTenants, parent: Option<&Parent>) -> Result<Total> {
    let horizon = horizon(tx, list, parent).await?;
    let start = "SELECT count(*) AS count FROM (SELECT 1 FROM tenants t WHERE t.project_id = $1";
    let mut query = Assembled::new("tenants.count", Reach::Project, start);
    filters(&mut query, list, parent)?;
    if let Some(id) = horizon {
        query.push(" AND t.id >= ?", args![id]);
    }
    query.push(" ORDER BY t.id DESC", args![]);
    query.push_limit(TOTAL_CAP + 1);
    query.push(") matches", args![]);
    let count = tx.all_of::<CountRow>(query).await?.first().map_or(0, |row| row.count);
    Ok(Total::up_to_cap(count, horizon.is_some()))
}
