//! SQL of users.

use std::collections::BTreeMap;

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::user::{ListUsers, User, normal_email};
use carcosa_types::{Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use super::search_store;
use crate::column::{read_json, read_word, write_json, write_word};
use crate::span::Span;

statements! {
    /// Nothing happens when the address or the external id is taken.
    project INSERT = "INSERT INTO users (project_id, id, email, email_normal, name, external_id, status, metadata, created_at,
            updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    project FIND = "SELECT id, email, name, external_id, status, metadata, created_at, updated_at, version
        FROM users WHERE project_id = $1 AND id = $2";
    project LOCK locking = "SELECT id, email, name, external_id, status, metadata, created_at, updated_at, version
        FROM users WHERE project_id = $1 AND id = $2";
    project BY_EMAIL = "SELECT id, email, name, external_id, status, metadata, created_at, updated_at, version
        FROM users WHERE project_id = $1 AND email_normal = $2";
    project BY_EXTERNAL_ID = "SELECT id, email, name, external_id, status, metadata, created_at, updated_at, version
        FROM users WHERE project_id = $1 AND external_id = $2";
    project EMAIL_ELSEWHERE = "SELECT count(*) AS count FROM users WHERE project_id = $1 AND email_normal = $3 AND id <> $2";
    project EXTERNAL_ID_ELSEWHERE = "SELECT count(*) AS count FROM users
        WHERE project_id = $1 AND external_id = $3 AND id <> $2";
    project UPDATE = "UPDATE users SET email = $3, email_normal = $4, name = $5, external_id = $6, status = $7, metadata = $8,
            updated_at = $9, version = $10
        WHERE project_id = $1 AND id = $2";
    project DELETE = "DELETE FROM users WHERE project_id = $1 AND id = $2";
}

const LIST: &str =
    "SELECT u.id, u.email, u.name, u.external_id, u.status, u.metadata, u.created_at, u.updated_at, u.version
    FROM users u WHERE u.project_id = $1";
const SYNCED: &str = "SELECT id, email, name, external_id, status, metadata, created_at, updated_at, version
    FROM users WHERE project_id = $1";

#[derive(FromRow)]
struct Row {
    id: UserId,
    email: String,
    name: Option<String>,
    external_id: Option<String>,
    status: String,
    metadata: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl TryFrom<Row> for User {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            object: "user".to_owned(),
            id: row.id,
            email: row.email,
            name: row.name,
            external_id: row.external_id,
            status: read_word(&row.status)?,
            metadata: read_json(&row.metadata)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

/// The address in the form by which addresses are compared. That it is one was checked at the door.
fn normal(email: &str) -> Result<String> {
    normal_email(email).ok_or_else(|| Error::internal("a user's e-mail address is none"))
}

fn mutable(user: &User) -> Result<Vec<Value>> {
    Ok(args![
        &user.email,
        normal(&user.email)?,
        user.name.clone(),
        user.external_id.clone(),
        write_word(user.status)?,
        write_json(&user.metadata)?
    ])
}

/// Whether it was stored: not when its address or external id is taken.
pub(super) async fn insert(tx: &mut Tx, user: &User) -> Result<bool> {
    let mut values = args![user.id];
    values.extend(mutable(user)?);
    values.extend(args![user.created_at, user.updated_at, user.version]);
    let stored = tx.execute(&INSERT, values).await? == 1;
    if stored {
        search_store::insert(tx, user).await?;
    }
    Ok(stored)
}

pub(super) async fn find(tx: &mut Tx, id: UserId) -> Result<Option<User>> {
    tx.optional::<Row>(&FIND, args![id]).await?.map(User::try_from).transpose()
}

pub(super) async fn lock(tx: &mut Tx, id: UserId) -> Result<Option<User>> {
    tx.optional::<Row>(&LOCK, args![id]).await?.map(User::try_from).transpose()
}

pub(super) async fn by_email(tx: &mut Tx, email: &str) -> Result<Option<User>> {
    tx.optional::<Row>(&BY_EMAIL, args![normal(email)?]).await?.map(User::try_from).transpose()
}

pub(super) async fn by_external_id(tx: &mut Tx, id: &str) -> Result<Option<User>> {
    tx.optional::<Row>(&BY_EXTERNAL_ID, args![id]).await?.map(User::try_from).transpose()
}

pub(super) async fn email_elsewhere(tx: &mut Tx, id: UserId, email: &str) -> Result<bool> {
    Ok(tx.one::<Count>(&EMAIL_ELSEWHERE, args![id, normal(email)?]).await?.count > 0)
}

pub(super) async fn external_id_elsewhere(tx: &mut Tx, id: UserId, external_id: &str) -> Result<bool> {
    Ok(tx.one::<Count>(&EXTERNAL_ID_ELSEWHERE, args![id, external_id]).await?.count > 0)
}

/// Stores all that can change, and what the user is found by.
pub(super) async fn update(tx: &mut Tx, user: &User, before: &User) -> Result<()> {
    let mut values = args![user.id];
    values.extend(mutable(user)?);
    values.extend(args![user.updated_at, user.version]);
    tx.execute(&UPDATE, values).await?;
    if (&user.name, &user.email) != (&before.name, &before.email) {
        search_store::replace(tx, user).await?;
    }
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, id: UserId) -> Result<()> {
    tx.execute(&DELETE, args![id]).await.map(drop)
}

/// What tells whether a copy is of now: ends with a [`Span`].
pub(crate) const VERSIONS: &str = "SELECT id, version FROM users WHERE project_id = $1";

/// Users of a span of ids, as they are synced.
pub(crate) async fn synced(tx: &mut Tx, span: &Span) -> Result<Vec<User>> {
    let mut query = Assembled::new("users.synced", Reach::Project, SYNCED);
    span.confine(&mut query);
    tx.all_of::<Row>(query).await?.into_iter().map(User::try_from).collect()
}

/// Newest first.
pub(super) async fn list(tx: &mut Tx, filter: &ListUsers, window: &Window<(Uuid,)>) -> Result<Vec<User>> {
    let mut query = Assembled::new("users.list", Reach::Project, LIST);
    filters(&mut query, filter)?;
    let back = window.is_backward();
    if let Some((id,)) = window.start() {
        query.push(if back { " AND u.id > ?" } else { " AND u.id < ?" }, args![*id]);
    }
    query.push(if back { " ORDER BY u.id" } else { " ORDER BY u.id DESC" }, args![]);
    query.push_limit(window.fetch());
    tx.all_of::<Row>(query).await?.into_iter().map(User::try_from).collect()
}

/// Those with these ids.
pub(super) async fn by_ids(tx: &mut Tx, ids: &[UserId]) -> Result<BTreeMap<UserId, User>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut query = Assembled::new("users.by_ids", Reach::Project, LIST);
    query.push(" AND u.id IN ", args![]);
    query.push_list(ids.iter().map(|id| Value::from(*id)));
    let rows = tx.all_of::<Row>(query).await?;
    rows.into_iter().map(|row| User::try_from(row).map(|user| (user.id, user))).collect()
}

/// Adds the filters that a list and a search share.
pub(super) fn filters(query: &mut Assembled, filter: &ListUsers) -> Result<()> {
    if let Some(email) = &filter.email {
        // What is no address is nobody's.
        query.push(" AND u.email_normal = ?", args![normal_email(email).unwrap_or_default()]);
    }
    if let Some(id) = &filter.external_id {
        query.push(" AND u.external_id = ?", args![id]);
    }
    if let Some(status) = filter.status {
        query.push(" AND u.status = ?", args![write_word(status)?]);
    }
    Ok(())
}
