//! SQL of what users are found by.

use std::collections::BTreeSet;

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Result, Tx, Window, args, statements};
use carcosa_types::user::{ListUsers, User};
use carcosa_types::{ProjectId, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use super::store;
use crate::words::{self, COMMON, LOOKED_THROUGH, words};

/// Rows in one statement.
const ROWS: usize = 1_000;

statements! {
    project FORGET = "DELETE FROM user_terms WHERE project_id = $1 AND user_id = $2";
    /// Nothing is to be worked out any more of a user whom the transaction made or changed.
    project SETTLE = "DELETE FROM user_terms_due WHERE project_id = $1 AND user_id = $2";
    /// How many users have a word in this range, counted up to a limit.
    project FREQUENCY = "SELECT count(*) AS count FROM (SELECT 1 FROM user_terms
        WHERE project_id = $1 AND term >= $2 AND term < $3 LIMIT $4) some_terms";
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
struct CountRow {
    count: i64,
}

#[derive(FromRow)]
struct HitRow {
    user_id: UserId,
    term: String,
}

/// Where a user stands in what was found: the word that matches, and the id.
pub(super) type Place = (String, Uuid);

/// The word that leads, and the others. On later pages it is the one that led before, which the cursor's term begins with.
async fn choose_lead(
    tx: &mut Tx,
    words: Vec<String>,
    start: Option<&Place>,
) -> Result<Option<(String, Vec<String>)>> {
    let mut words = words::distinct(words);
    let (mut lead, mut rarest) = (0, i64::MAX);
    for (index, word) in words.iter().enumerate() {
        let count = match start {
            Some((term, _)) => i64::from(!term.starts_with(word.as_str())),
            None if words.len() == 1 => 0,
            None => tx.one::<CountRow>(&FREQUENCY, args![word, words::end_of(word), COMMON]).await?.count,
        };
        if count < rarest {
            (lead, rarest) = (index, count);
        }
    }
    Ok((!words.is_empty()).then(|| (words.swap_remove(lead), words)))
}

/// Confines to words that begin with the leading one, on from where the page starts.
fn span(query: &mut Assembled, lead: &str, window: &Window<Place>) {
    query.push(" AND s.term >= ? AND s.term < ?", args![lead, words::end_of(lead)]);
    if let Some((term, id)) = window.start() {
        let back = " AND (s.term, s.user_id) < (?, ?)";
        let piece = if window.is_backward() { back } else { " AND (s.term, s.user_id) > (?, ?)" };
        query.push(piece, args![term, *id]);
    }
}

fn travel(query: &mut Assembled, back: bool) {
    let piece = if back { " ORDER BY s.term DESC, s.user_id DESC" } else { " ORDER BY s.term, s.user_id" };
    query.push(piece, args![]);
}

/// The last word looked at for the page, when there are more.
async fn horizon(tx: &mut Tx, lead: &str, window: &Window<Place>) -> Result<Option<Place>> {
    let start = "SELECT s.user_id, s.term FROM user_terms s WHERE s.project_id = $1";
    let mut query = Assembled::new("users.search_horizon", Reach::Project, start);
    span(&mut query, lead, window);
    travel(&mut query, window.is_backward());
    query.push(" LIMIT 2 OFFSET ?", args![LOOKED_THROUGH - 1]);
    let rows = tx.all_of::<HitRow>(query).await?;
    Ok(if rows.len() < 2 { None } else { rows.into_iter().next().map(|row| (row.term, row.user_id.uuid())) })
}

/// The users of one page of a search, in the direction of travel: those whose matching word is shortest and first in the alphabet come
/// first. The rarest word of the query leads. With where looking stopped, when there is more of it and the page is not full.
pub(super) async fn found(
    tx: &mut Tx,
    filter: &ListUsers,
    words: Vec<String>,
    window: &Window<Place>,
) -> Result<(Vec<(User, Place)>, Option<Place>)> {
    let Some((lead, others)) = choose_lead(tx, words, window.start()).await? else {
        return Ok((Vec::new(), None));
    };
    let horizon = horizon(tx, &lead, window).await?;
    let start = "SELECT s.user_id, s.term FROM user_terms s
        JOIN users u ON u.project_id = s.project_id AND u.id = s.user_id WHERE s.project_id = $1";
    let mut query = Assembled::new("users.search", Reach::Project, start);
    span(&mut query, &lead, window);
    if let Some((term, id)) = &horizon {
        let back = " AND (s.term, s.user_id) >= (?, ?)";
        query.push(
            if window.is_backward() { back } else { " AND (s.term, s.user_id) <= (?, ?)" },
            args![term, *id],
        );
    }
    // A user is found once, by the first of the words that match.
    query.push(
        " AND (SELECT 1 FROM user_terms f WHERE f.project_id = s.project_id AND f.user_id = s.user_id
            AND f.term >= ? AND f.term < s.term LIMIT 1) IS NULL",
        args![&lead],
    );
    store::filters(&mut query, filter)?;
    for word in &others {
        query.push(
            " AND (SELECT 1 FROM user_terms w WHERE w.project_id = u.project_id AND w.user_id = u.id
                AND w.term >= ? AND w.term < ? LIMIT 1) IS NOT NULL",
            args![word, words::end_of(word)],
        );
    }
    travel(&mut query, window.is_backward());
    query.push_limit(window.fetch());
    let hits = tx.all_of::<HitRow>(query).await?;
    let is_full = i64::try_from(hits.len()).unwrap_or(i64::MAX) >= window.fetch();
    let ids: Vec<UserId> = hits.iter().map(|hit| hit.user_id).collect();
    let mut users = store::by_ids(tx, &ids).await?;
    let hits = hits.into_iter();
    let users = hits.filter_map(|hit| Some((users.remove(&hit.user_id)?, (hit.term, hit.user_id.uuid()))));
    Ok((users.collect(), horizon.filter(|_| !is_full)))
}
