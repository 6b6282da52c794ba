//! SQL of what users are found by.

use std::collections::BTreeSet;

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Result, Tx, Window, args, statements};
use carcosa_types::user::{ListUsers, User};
use carcosa_types::{ProjectId, UserId};
use sqlx::FromRow;

use super::store;
use crate::words::{Search, Spot, WordIndex, word_index, words};

const WORDS: &WordIndex = &word_index!("user_terms", "user_id");

/// Rows in one statement.
const ROWS: usize = 1_000;

statements! {
    project FORGET = "DELETE FROM user_terms WHERE project_id = $1 AND user_id = $2";
    /// Nothing is to be worked out any more of a user whom the transaction made or changed.
    project SETTLE = "DELETE FROM user_terms_due WHERE project_id = $1 AND user_id = $2";
    system WAITING = "SELECT EXISTS (SELECT 1 FROM user_terms_due) AS waiting";
    /// Users whom somebody changes, or another node works on, are left for later.
    system DUE = sqlite "SELECT u.project_id, u.id, u.email, u.name FROM user_terms_due d
        JOIN users u ON u.project_id = d.project_id AND u.id = d.user_id ORDER BY u.project_id, u.id LIMIT $1",
        postgres "SELECT u.project_id, u.id, u.email, u.name FROM user_terms_due d
        JOIN users u ON u.project_id = d.project_id AND u.id = d.user_id ORDER BY u.project_id, u.id LIMIT $1
        FOR UPDATE OF u, d SKIP LOCKED";
}

/// The words of a name and an address.
fn terms(name: Option<&str>, email: &str) -> BTreeSet<String> {
    words(name.unwrap_or_default()).chain(words(email)).collect()
}

/// Stores what a new user is found by.
pub(super) async fn insert(tx: &mut Tx, user: &User) -> Result<()> {
    let terms = terms(user.name.as_deref(), &user.email);
    if !terms.is_empty() {
        let start = "INSERT INTO user_terms (project_id, user_id, term) VALUES ";
        let mut query = Assembled::new("users.insert_terms", Reach::Project, start);
        query.push_rows(terms.into_iter().map(|term| args![user.id, term]));
        tx.execute_all(query).await?;
    }
    tx.execute(&SETTLE, args![user.id]).await.map(drop)
}

/// Stores anew what a user is found by.
pub(super) async fn replace(tx: &mut Tx, user: &User) -> Result<()> {
    tx.execute(&FORGET, args![user.id]).await?;
    insert(tx, user).await
}

#[derive(FromRow)]
struct Waiting {
    waiting: bool,
}

/// Whether the words of some users are still to be worked out.
pub(super) async fn waiting(tx: &mut Tx) -> Result<bool> {
    Ok(tx.one::<Waiting>(&WAITING, args![]).await?.waiting)
}

#[derive(FromRow)]
struct DueRow {
    project_id: ProjectId,
    id: UserId,
    email: String,
    name: Option<String>,
}

/// Works out the words of up to `limit` users; whether there may be more.
pub(super) async fn catch_up(tx: &mut Tx, limit: i64) -> Result<bool> {
    let due: Vec<DueRow> = tx.all(&DUE, args![limit]).await?;
    if due.is_empty() {
        return Ok(false);
    }
    for start in [
        "DELETE FROM user_terms WHERE (project_id, user_id) IN (VALUES ",
        "DELETE FROM user_terms_due WHERE (project_id, user_id) IN (VALUES ",
    ] {
        let mut query = Assembled::new("users.forget_terms", Reach::System, start);
        query.push_rows(due.iter().map(|row| args![row.project_id, row.id]));
        query.push(")", args![]);
        tx.execute_all(query).await?;
    }
    let rows: Vec<Vec<Value>> = due
        .iter()
        .flat_map(|row| {
            let terms = terms(row.name.as_deref(), &row.email).into_iter();
            terms.map(|term| args![row.project_id, row.id, term])
        })
        .collect();
    for some in rows.chunks(ROWS) {
        let start = "INSERT INTO user_terms (project_id, user_id, term) VALUES ";
        let mut query = Assembled::new("users.insert_all_terms", Reach::System, start);
        query.push_rows(some.iter().cloned());
        tx.execute_all(query).await?;
    }
    Ok(i64::try_from(due.len()).unwrap_or(limit) >= limit)
}

#[derive(FromRow)]
struct HitRow {
    user_id: UserId,
    term: String,
}

/// The users of one page of a search, in the direction of travel: those whose matching word is shortest and first in the alphabet come
/// first. The rarest word of the query leads. With where looking stopped, when there is more of it and the page is not full.
pub(super) async fn found(
    tx: &mut Tx,
    filter: &ListUsers,
    words: Vec<String>,
    window: &Window<Spot>,
) -> Result<(Vec<(User, Spot)>, Option<Spot>)> {
    let start = window.start().cloned();
    let Some(search) = Search::open(tx, WORDS, words, window.is_backward(), start).await? else {
        return Ok((Vec::new(), None));
    };
    let select = "SELECT s.user_id, s.term FROM user_terms s
        JOIN users u ON u.project_id = s.project_id AND u.id = s.user_id WHERE s.project_id = $1";
    let mut query = Assembled::new("users.search", Reach::Project, select);
    search.narrow(&mut query);
    store::filters(&mut query, filter)?;
    search.travel(&mut query);
    query.push_limit(window.fetch());
    let hits = tx.all_of::<HitRow>(query).await?;
    let stopped = search.stopped(hits.len(), window.fetch());
    let ids: Vec<UserId> = hits.iter().map(|hit| hit.user_id).collect();
    let mut users = store::by_ids(tx, &ids).await?;
    let found = hits.into_iter();
    let found = found.filter_map(|hit| Some((users.remove(&hit.user_id)?, (hit.term, hit.user_id.uuid()))));
    Ok((found.collect(), stopped))
}
