//! SQL of lists of API keys.

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Result, Tx, Window, args};
use carcosa_types::key::{ApiKey, KeyStatus, ListKeys};
use carcosa_types::{KeyId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use super::model::{self, StoredKey};
use super::store::Row;
use crate::words;

const LIST: &str = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, credits_remaining, credits_refill, credits_epoch, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, last_used_at, created_at, updated_at, version
    FROM api_keys WHERE project_id = $1";
const LIST_OF_TENANT: &str = "SELECT project_id, id, tenant_id, name, prefix, last4, scopes, metadata, allowed_ips, rate_limit, credits_remaining, credits_refill, credits_epoch, hash, previous_hash, previous_expires_at, enabled, expires_at, revoked_at, last_used_at, created_at, updated_at, version
    FROM api_keys WHERE project_id = $1 AND tenant_id = $2";

const NAMES: &str = "SELECT id, name, last4 FROM api_keys WHERE project_id = $1";
const NAMES_OF_TENANT: &str = "SELECT id, name, last4 FROM api_keys WHERE project_id = $1 AND tenant_id = $2";

/// Keys looked through at a time when words are searched for.
const LOOKED_THROUGH: i64 = 2_000;
/// How often that is done for one page.
const ROUNDS: usize = 10;

/// A query of the keys of the tenant in focus; else of those of the project, or of the one tenant asked for; with the filters.
fn filtered(
    tx: &Tx,
    list: &ListKeys,
    now: Timestamp,
    name: &'static str,
    (of_project, of_tenant): (&'static str, &'static str),
) -> Assembled {
    let mut query = if tx.tenant().is_some() {
        Assembled::new(name, Reach::Tenant, of_tenant)
    } else {
        let mut query = Assembled::new(name, Reach::Project, of_project);
        match list.tenant_id {
            Some(tenant) => query.push(" AND tenant_id = ?", args![tenant]),
            None => query.push(" AND tenant_id IS NULL", args![]),
        }
        query
    };
    match list.status {
        Some(KeyStatus::Revoked) => query.push(" AND revoked_at IS NOT NULL", args![]),
        Some(KeyStatus::Disabled) => query.push(" AND revoked_at IS NULL AND NOT enabled", args![]),
        Some(KeyStatus::Expired) => {
            query.push(" AND revoked_at IS NULL AND enabled AND expires_at <= ?", args![now]);
        }
        Some(KeyStatus::Active) => query.push(
            " AND revoked_at IS NULL AND enabled AND (expires_at IS NULL OR expires_at > ?)",
            args![now],
        ),
        None => {}
    }
    if let Some(before) = list.expires_before {
        query.push(" AND expires_at < ?", args![before]);
    }
    query
}

/// Ends a query with the part of the list after (or before) a key.
fn travel(query: &mut Assembled, back: bool, start: Option<Uuid>, limit: i64) {
    if let Some(id) = start {
        query.push(if back { " AND id > ?" } else { " AND id < ?" }, args![id]);
    }
    query.push(if back { " ORDER BY id" } else { " ORDER BY id DESC" }, args![]);
    query.push_limit(limit);
}

/// Newest first: the keys of the tenant in focus; else those of the project, or of the one tenant asked for. With the key at which
/// looking through them stopped, when there are more of them and the page is not full.
pub(super) async fn list(
    tx: &mut Tx,
    list: &ListKeys,
    now: Timestamp,
    window: &Window<(Uuid,)>,
) -> Result<(Vec<ApiKey>, Option<Uuid>)> {
    let mut stopped = None;
    let mut query = filtered(tx, list, now, "keys.list", (LIST, LIST_OF_TENANT));
    let (back, start) = (window.is_backward(), window.start().map(|(id,)| *id));
    match &list.q {
        None => travel(&mut query, back, start, window.fetch()),
        Some(text) => {
            let found;
            (found, stopped) = named(tx, list, now, text, window).await?;
            if found.is_empty() {
                return Ok((Vec::new(), stopped));
            }
            query.push(" AND id IN ", args![]);
            query.push_list(found.into_iter().map(Value::from));
            travel(&mut query, back, None, window.fetch());
        }
    }
    let rows = tx.all_of::<Row>(query).await?;
    let keys = rows.into_iter().map(|row| StoredKey::try_from(row).map(|stored| stored.key));
    Ok((keys.collect::<Result<_>>()?, stopped))
}

#[derive(FromRow)]
struct NameRow {
    id: KeyId,
    name: String,
    last4: String,
}

/// The keys of one page that are called like this, and where looking stopped if not at the end. They are looked through one by
/// one: an owner has few, and nobody else's are touched.
async fn named(
    tx: &mut Tx,
    list: &ListKeys,
    now: Timestamp,
    text: &str,
    window: &Window<(Uuid,)>,
) -> Result<(Vec<KeyId>, Option<Uuid>)> {
    let words = words::of_query(text);
    let wanted = usize::try_from(window.fetch()).unwrap_or_default();
    let batch = usize::try_from(LOOKED_THROUGH).unwrap_or_default();
    let mut look = Look { found: Vec::new(), at: window.start().map(|(id,)| *id), rounds: 0 };
    loop {
        let mut query = filtered(tx, list, now, "keys.names", (NAMES, NAMES_OF_TENANT));
        travel(&mut query, window.is_backward(), look.at, LOOKED_THROUGH);
        let rows = tx.all_of::<NameRow>(query).await?;
        let fits = |row: &NameRow| model::is_called(&row.name, &row.last4, text, &words);
        if look.is_over(rows, (wanted, batch), fits) {
            return Ok((look.found, look.at));
        }
    }
}

/// Looking through keys, one batch after another.
struct Look {
    found: Vec<KeyId>,
    /// The last key looked at; `None` once nothing is left to go on with.
    at: Option<Uuid>,
    rounds: usize,
}

impl Look {
    /// Takes what fits from the next batch; whether there is enough, nothing more, or it was looked often enough.
    fn is_over(
        &mut self,
        rows: Vec<NameRow>,
        (wanted, batch): (usize, usize),
        fits: impl Fn(&NameRow) -> bool,
    ) -> bool {
        let is_last = rows.len() < batch;
        self.at = rows.last().map(|row| row.id.uuid());
        self.rounds += 1;
        self.found.extend(rows.into_iter().filter(fits).map(|row| row.id));
        if is_last || self.found.len() >= wanted {
            self.found.truncate(wanted);
            self.at = None;
            return true;
        }
        self.rounds >= ROUNDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks through keys from 1 to `count` in batches of three for the ninth and the last.
    fn look(count: u128, start: u128) -> (Vec<u128>, Option<u128>) {
        let fits = |row: &NameRow| [9, count].contains(&row.id.uuid().as_u128());
        let mut look = Look { found: Vec::new(), at: Some(Uuid::from_u128(start)), rounds: 0 };
        loop {
            let after = look.at.map_or(0, |id| id.as_u128());
            let ids = (after + 1..=count).take(3).map(|id| KeyId::from_uuid(Uuid::from_u128(id)));
            let rows = ids.map(|id| NameRow { id, name: String::new(), last4: String::new() }).collect();
            if look.is_over(rows, (2, 3), fits) {
                let found = look.found.iter().map(|id| id.uuid().as_u128()).collect();
                return (found, look.at.map(|id| id.as_u128()));
            }
        }
    }

    #[test]
    fn ten_batches_are_looked_through_and_the_next_page_goes_on() {
        assert_eq!(look(29, 0), (vec![9, 29], None));
        assert_eq!(look(30, 0), (vec![9, 30], None));
        assert_eq!(look(31, 0), (vec![9], Some(30)));
        assert_eq!(look(31, 30), (vec![31], None));
        assert_eq!(look(100, 30), (vec![], Some(60)));
    }
}
