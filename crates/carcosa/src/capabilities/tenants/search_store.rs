//! SQL of the search of tenants.

use std::collections::BTreeMap;

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Result, Tx, Window, args};
use carcosa_types::TenantId;
use carcosa_types::page::TOTAL_CAP;
use carcosa_types::tenant::{ListTenants, Tenant};
use sqlx::FromRow;

use super::list_store::{Parent, Place, Total, filters};
use super::model::StoredTenant;
use super::store::{Row, SELECT};
use crate::words::{Search, WordIndex, word_index};

const WORDS: &WordIndex = &word_index!("tenant_terms", "tenant_id");

#[derive(FromRow)]
struct CountRow {
    count: i64,
}

#[derive(FromRow)]
struct HitRow {
    tenant_id: TenantId,
    term: String,
}

/// The tenants of one page of a search, in the direction of travel: those whose matching word is shortest and first in
/// the alphabet come first. With where looking stopped, when there is more and the page is not full.
pub(super) async fn found(
    tx: &mut Tx,
    list: &ListTenants,
    parent: Option<&Parent>,
    words: Vec<String>,
    window: &Window<Place>,
) -> Result<(Vec<(Tenant, Place)>, Option<Place>)> {
    let start = match window.start() {
        Some(Place::Term(term, id)) => Some((term.clone(), *id)),
        _ => None,
    };
    let Some(search) = Search::open(tx, WORDS, words, window.is_backward(), start).await? else {
        return Ok((Vec::new(), None));
    };
    let select = "SELECT s.tenant_id, s.term FROM tenant_terms s
        JOIN tenants t ON t.project_id = s.project_id AND t.id = s.tenant_id WHERE s.project_id = $1";
    let mut query = Assembled::new("tenants.search", Reach::Project, select);
    search.narrow(&mut query);
    filters(&mut query, list, parent)?;
    search.travel(&mut query);
    query.push_limit(window.fetch());
    let hits = tx.all_of::<HitRow>(query).await?;
    let stopped = search.stopped(hits.len(), window.fetch()).map(|(term, id)| Place::Term(term, id));
    let mut tenants = by_ids(tx, hits.iter().map(|hit| Value::from(hit.tenant_id)).collect()).await?;
    let place =
        |hit: HitRow| Some((tenants.remove(&hit.tenant_id)?, Place::Term(hit.term, hit.tenant_id.uuid())));
    Ok((hits.into_iter().filter_map(place).collect(), stopped))
}

async fn by_ids(tx: &mut Tx, ids: Vec<Value>) -> Result<BTreeMap<TenantId, Tenant>> {
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

/// How many are found, looked through as far as for one page.
pub(super) async fn count(
    tx: &mut Tx,
    list: &ListTenants,
    parent: Option<&Parent>,
    words: Vec<String>,
) -> Result<Total> {
    let Some(search) = Search::open(tx, WORDS, words, false, None).await? else {
        return Ok(Total::default());
    };
    let select = "SELECT count(*) AS count FROM (SELECT 1 FROM tenant_terms s
        JOIN tenants t ON t.project_id = s.project_id AND t.id = s.tenant_id WHERE s.project_id = $1";
    let mut query = Assembled::new("tenants.count_found", Reach::Project, select);
    search.narrow(&mut query);
    filters(&mut query, list, parent)?;
    query.push_limit(TOTAL_CAP + 1);
    query.push(") matches", args![]);
    let count = tx.all_of::<CountRow>(query).await?.first().map_or(0, |row| row.count);
    Ok(Total::up_to_cap(count, search.is_partial()))
}
