//! SQL of lists and search of tenants.

use std::collections::BTreeMap;

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
use crate::words::{self, COMMON};

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
fn filters(query: &mut Assembled, list: &ListTenants, parent: Option<&Parent>) -> Result<()> {
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
        (" AND t.slug = ?", &list.slug),
        (" AND t.external_id = ?", &list.external_id),
    ] {
        if let Some(value) = value {
            query.push(piece, args![value]);
        }
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

/// Narrows to tenants that have a word beginning with each of these. Written so that the database asks it of one tenant
/// after the other, in the list's order, and stops when the page is full; `EXISTS` it would turn into a join of all.
fn matching(query: &mut Assembled, words: &[String]) {
    for word in words {
        query.push(
            " AND (SELECT 1 FROM tenant_terms w WHERE w.project_id = t.project_id AND w.tenant_id = t.id
                AND w.term >= ? AND w.term < ? LIMIT 1) IS NOT NULL",
            args![word, words::end_of(word)],
        );
    }
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

/// The word that leads, and the others. On later pages it is the one that led before, which the cursor's term begins with.
async fn choose_lead(
    tx: &mut Tx,
    words: Vec<String>,
    start: Option<&Place>,
) -> Result<Option<(String, Vec<String>)>> {
    let mut words = words::distinct(words);
    if words.is_empty() {
        return Ok(None);
    }
    let mut lead = 0;
    if let Some(Place::Term(term, _)) = start {
        lead = words.iter().position(|word| term.starts_with(word.as_str())).unwrap_or(0);
    } else if words.len() > 1 {
        let mut rarest = i64::MAX;
        for (index, word) in words.iter().enumerate() {
            let count = tx.one::<CountRow>(&FREQUENCY, args![word, words::end_of(word), COMMON]).await?.count;
            if count < rarest {
                (lead, rarest) = (index, count);
            }
        }
    }
    Ok(Some((words.swap_remove(lead), words)))
}

#[derive(FromRow)]
struct HitRow {
    tenant_id: TenantId,
    term: String,
}

/// The tenants of one page of a search, in the direction of travel: those whose matching word is shortest and first in
/// the alphabet come first. The rarest word of the query leads.
pub(super) async fn found(
    tx: &mut Tx,
    list: &ListTenants,
    parent: Option<&Parent>,
    words: Vec<String>,
    window: &Window<Place>,
) -> Result<Vec<(Tenant, Place)>> {
    let Some((lead, others)) = choose_lead(tx, words, window.start()).await? else { return Ok(Vec::new()) };
    let start = "SELECT s.tenant_id, s.term FROM tenant_terms s
        JOIN tenants t ON t.project_id = s.project_id AND t.id = s.tenant_id
        WHERE s.project_id = $1";
    let mut query = Assembled::new("tenants.search", Reach::Project, start);
    query.push(" AND s.term >= ? AND s.term < ?", args![&lead, words::end_of(&lead)]);
    // A tenant is found once, by the first of its words that match.
    query.push(
        " AND (SELECT 1 FROM tenant_terms f WHERE f.project_id = s.project_id
            AND f.tenant_id = s.tenant_id AND f.term >= ? AND f.term < s.term LIMIT 1) IS NULL",
        args![&lead],
    );
    filters(&mut query, list, parent)?;
    matching(&mut query, &others);
    let back = window.is_backward();
    if let Some(Place::Term(term, id)) = window.start() {
        let piece =
            if back { " AND (s.term, s.tenant_id) < (?, ?)" } else { " AND (s.term, s.tenant_id) > (?, ?)" };
        query.push(piece, args![term, *id]);
    }
    let by = if back { " ORDER BY s.term DESC, s.tenant_id DESC" } else { " ORDER BY s.term, s.tenant_id" };
    query.push(by, args![]);
    query.push_limit(window.fetch());
    let hits = tx.all_of::<HitRow>(query).await?;
    let mut tenants = by_ids(tx, hits.iter().map(|hit| hit.tenant_id)).await?;
    Ok(hits
        .into_iter()
        .filter_map(|hit| {
            Some((tenants.remove(&hit.tenant_id)?, Place::Term(hit.term, hit.tenant_id.uuid())))
        })
        .collect())
}

async fn by_ids(tx: &mut Tx, ids: impl Iterator<Item = TenantId>) -> Result<BTreeMap<TenantId, Tenant>> {
    let ids: Vec<_> = args_of(ids);
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut query = Assembled::new("tenants.by_ids", Reach::Project, SELECT);
    query.push(" AND t.id IN ", args![]);
    query.push_list(ids);
    let rows = tx.all_of::<Row>(query).await?;
    rows.into_iter()
        .map(|row| StoredTenant::try_from(row).map(|stored| (stored.tenant.id, stored.tenant)))
        .collect()
}

fn args_of(ids: impl Iterator<Item = TenantId>) -> Vec<carcosa_kernel::db::Value> {
    ids.map(Into::into).collect()
}

#[derive(FromRow)]
struct CountRow {
    count: i64,
}

/// How many match in all, counted up to one beyond the cap.
pub(super) async fn count(
    tx: &mut Tx,
    list: &ListTenants,
    parent: Option<&Parent>,
    words: &[String],
) -> Result<i64> {
    let start = "SELECT count(*) AS count FROM (SELECT 1 FROM tenants t WHERE t.project_id = $1";
    let mut query = Assembled::new("tenants.count", Reach::Project, start);
    filters(&mut query, list, parent)?;
    matching(&mut query, words);
    query.push_limit(TOTAL_CAP + 1);
    query.push(") matches", args![]);
    Ok(tx.all_of::<CountRow>(query).await?.first().map_or(0, |row| row.count))
}

carcosa_kernel::statements! {
    /// How many tenants have a word in this range, counted up to a limit.
    project FREQUENCY = "SELECT count(*) AS count FROM (SELECT 1 FROM tenant_terms
        WHERE project_id = $1 AND term >= $2 AND term < $3 LIMIT $4) some_terms";
}
