//! SQL of the search of tenants.

use std::collections::BTreeMap;

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Result, Tx, Window, args, statements};
use carcosa_types::TenantId;
use carcosa_types::page::TOTAL_CAP;
use carcosa_types::tenant::{ListTenants, Tenant};
use sqlx::FromRow;
use uuid::Uuid;

use super::list_store::{Parent, Place, Total, filters};
use super::model::StoredTenant;
use super::store::{Row, SELECT};
use crate::words::{self, COMMON, LOOKED_THROUGH};

statements! {
    /// How many tenants have a word in this range, counted up to a limit.
    project FREQUENCY = "SELECT count(*) AS count FROM (SELECT 1 FROM tenant_terms
        WHERE project_id = $1 AND term >= $2 AND term < $3 LIMIT $4) some_terms";
}

#[derive(FromRow)]
struct CountRow {
    count: i64,
}

#[derive(FromRow)]
struct HitRow {
    tenant_id: TenantId,
    term: String,
}

/// The word that leads, and the others. On later pages it is the one that led before, which the cursor's term begins with.
async fn choose_lead(
    tx: &mut Tx,
    words: Vec<String>,
    start: Option<&(String, Uuid)>,
) -> Result<Option<(String, Vec<String>)>> {
    let mut words = words::distinct(words);
    if words.is_empty() {
        return Ok(None);
    }
    let mut lead = 0;
    if let Some((term, _)) = start {
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

/// A part of what words find.
struct Search {
    /// The rarest word.
    lead: String,
    others: Vec<String>,
    back: bool,
    start: Option<(String, Uuid)>,
    /// Where looking stops, when there is more.
    horizon: Option<(String, Uuid)>,
}

impl Search {
    /// Chooses the word that leads, and finds how far it is looked; `None` when there are no words.
    async fn open(
        tx: &mut Tx,
        words: Vec<String>,
        back: bool,
        start: Option<(String, Uuid)>,
    ) -> Result<Option<Self>> {
        let Some((lead, others)) = choose_lead(tx, words, start.as_ref()).await? else { return Ok(None) };
        let mut search = Self { lead, others, back, start, horizon: None };
        let select = "SELECT s.tenant_id, s.term FROM tenant_terms s WHERE s.project_id = $1";
        let mut query = Assembled::new("tenants.search_horizon", Reach::Project, select);
        search.confine(&mut query);
        search.travel(&mut query);
        query.push(" LIMIT 2 OFFSET ?", args![LOOKED_THROUGH - 1]);
        let mut rows = tx.all_of::<HitRow>(query).await?;
        if rows.len() == 2 {
            let last = rows.swap_remove(0);
            search.horizon = Some((last.term, last.tenant_id.uuid()));
        }
        Ok(Some(search))
    }

    /// Narrows to words that begin with the leading one, on from the start.
    fn confine(&self, query: &mut Assembled) {
        query.push(" AND s.term >= ? AND s.term < ?", args![&self.lead, words::end_of(&self.lead)]);
        if let Some((term, id)) = &self.start {
            let back = " AND (s.term, s.tenant_id) < (?, ?)";
            query
                .push(if self.back { back } else { " AND (s.term, s.tenant_id) > (?, ?)" }, args![term, *id]);
        }
    }

    /// Narrows to the tenants that are found, each by the first of its words that match.
    fn narrow(&self, query: &mut Assembled, list: &ListTenants, parent: Option<&Parent>) -> Result<()> {
        self.confine(query);
        if let Some((term, id)) = &self.horizon {
            let back = " AND (s.term, s.tenant_id) >= (?, ?)";
            query.push(
                if self.back { back } else { " AND (s.term, s.tenant_id) <= (?, ?)" },
                args![term, *id],
            );
        }
        query.push(
            " AND (SELECT 1 FROM tenant_terms f WHERE f.project_id = s.project_id
                AND f.tenant_id = s.tenant_id AND f.term >= ? AND f.term < s.term LIMIT 1) IS NULL",
            args![&self.lead],
        );
        filters(query, list, parent)?;
        // Written so that the database asks it of one tenant after the other, and stops when the page is full; `EXISTS` it would
        // turn into a join of all.
        for word in &self.others {
            query.push(
                " AND (SELECT 1 FROM tenant_terms w WHERE w.project_id = t.project_id AND w.tenant_id = t.id
                    AND w.term >= ? AND w.term < ? LIMIT 1) IS NOT NULL",
                args![word, words::end_of(word)],
            );
        }
        Ok(())
    }

    fn travel(&self, query: &mut Assembled) {
        let back = " ORDER BY s.term DESC, s.tenant_id DESC";
        query.push(if self.back { back } else { " ORDER BY s.term, s.tenant_id" }, args![]);
    }
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
    let Some(search) = Search::open(tx, words, window.is_backward(), start).await? else {
        return Ok((Vec::new(), None));
    };
    let select = "SELECT s.tenant_id, s.term FROM tenant_terms s
        JOIN tenants t ON t.project_id = s.project_id AND t.id = s.tenant_id WHERE s.project_id = $1";
    let mut query = Assembled::new("tenants.search", Reach::Project, select);
    search.narrow(&mut query, list, parent)?;
    search.travel(&mut query);
    query.push_limit(window.fetch());
    let hits = tx.all_of::<HitRow>(query).await?;
    let is_full = i64::try_from(hits.len()).unwrap_or(i64::MAX) >= window.fetch();
    let mut tenants = by_ids(tx, hits.iter().map(|hit| Value::from(hit.tenant_id)).collect()).await?;
    let place =
        |hit: HitRow| Some((tenants.remove(&hit.tenant_id)?, Place::Term(hit.term, hit.tenant_id.uuid())));
    let found = hits.into_iter().filter_map(place).collect();
    Ok((found, search.horizon.filter(|_| !is_full).map(|(term, id)| Place::Term(term, id))))
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
    let Some(search) = Search::open(tx, words, false, None).await? else { return Ok(Total::default()) };
    let select = "SELECT count(*) AS count FROM (SELECT 1 FROM tenant_terms s
        JOIN tenants t ON t.project_id = s.project_id AND t.id = s.tenant_id WHERE s.project_id = $1";
    let mut query = Assembled::new("tenants.count_found", Reach::Project, select);
    search.narrow(&mut query, list, parent)?;
    query.push_limit(TOTAL_CAP + 1);
    query.push(") matches", args![]);
    let count = tx.all_of::<CountRow>(query).await?.first().map_or(0, |row| row.count);
    Ok(Total::up_to_cap(count, search.horizon.is_some()))
}
