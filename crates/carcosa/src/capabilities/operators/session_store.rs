//! SQL of sessions.

use carcosa_kernel::access::session::SessionRecord;
use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::operator::Session;
use carcosa_types::{OperatorId, SessionId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use super::store;
use crate::column::{read_word, write_word};

statements! {
    system INSERT = "INSERT INTO operator_sessions (id, operator_id, token_hash, method, mfa, ip, user_agent, created_at, last_seen_at,
            idle_seconds, idle_expires_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11)";
    /// Only one that counts, of an operator who is not kept out.
    system BY_HASH = "SELECT s.id, s.operator_id, s.mfa, s.last_seen_at, s.idle_seconds, s.expires_at, o.email, o.platform_role
        FROM operator_sessions s JOIN operators o ON o.id = s.operator_id
        WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.idle_expires_at > $2
            AND o.disabled_at IS NULL";
    /// Of two requests at the same time one notes it.
    system TOUCH = "UPDATE operator_sessions SET last_seen_at = $2, idle_expires_at = $3
        WHERE id = $1 AND last_seen_at < $2 AND revoked_at IS NULL";
    system FIND = "SELECT id, operator_id, method, mfa, ip, user_agent, created_at, last_seen_at, idle_expires_at, expires_at
        FROM operator_sessions WHERE id = $1 AND operator_id = $2 AND revoked_at IS NULL AND expires_at > $3 AND idle_expires_at > $3";
    system LOCK locking = "SELECT id, operator_id, method, mfa, ip, user_agent, created_at, last_seen_at, idle_expires_at, expires_at
        FROM operator_sessions WHERE id = $1 AND operator_id = $2 AND revoked_at IS NULL AND expires_at > $3 AND idle_expires_at > $3";
    /// The old token opens nothing any more.
    system ROTATE = "UPDATE operator_sessions SET token_hash = $2, mfa = $3 WHERE id = $1 AND revoked_at IS NULL";
    system REVOKE = "UPDATE operator_sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    system BY_TOKEN = "SELECT id, operator_id, method, mfa, ip, user_agent, created_at, last_seen_at, idle_expires_at, expires_at
        FROM operator_sessions WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2";
    system LIVE = "SELECT id, operator_id, method, mfa, ip, user_agent, created_at, last_seen_at, idle_expires_at, expires_at
        FROM operator_sessions WHERE operator_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY id";
    system FORGET = "DELETE FROM operator_sessions WHERE operator_id = $1";
    system SWEEP = "DELETE FROM operator_sessions WHERE expires_at <= $1";
}

const LIST: &str = "SELECT id, operator_id, method, mfa, ip, user_agent, created_at, last_seen_at, idle_expires_at, expires_at
    FROM operator_sessions WHERE revoked_at IS NULL";

#[derive(FromRow)]
struct Row {
    id: SessionId,
    operator_id: OperatorId,
    method: String,
    mfa: bool,
    ip: Option<String>,
    user_agent: Option<String>,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    idle_expires_at: Timestamp,
    expires_at: Timestamp,
}

impl TryFrom<Row> for Session {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            object: "session".to_owned(),
            id: row.id,
            operator_id: row.operator_id,
            method: read_word(&row.method)?,
            mfa: row.mfa,
            ip: row.ip,
            user_agent: row.user_agent,
            current: false,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            idle_expires_at: row.idle_expires_at,
            expires_at: row.expires_at,
        })
    }
}

#[derive(FromRow)]
struct RecordRow {
    id: SessionId,
    operator_id: OperatorId,
    mfa: bool,
    last_seen_at: Timestamp,
    idle_seconds: i64,
    expires_at: Timestamp,
    email: String,
    platform_role: Option<String>,
}

/// A session that counts, and what is needed to note that it was used.
pub(super) struct Used {
    pub(super) record: SessionRecord,
    pub(super) last_seen_at: Timestamp,
    pub(super) idle_seconds: i64,
    pub(super) expires_at: Timestamp,
}

pub(super) async fn insert(tx: &mut Tx, session: &Session, hash: &KeyHash, idle_seconds: i64) -> Result<()> {
    let values = args![
        session.id,
        session.operator_id,
        *hash.as_bytes(),
        write_word(session.method)?,
        session.mfa,
        session.ip.clone(),
        session.user_agent.clone(),
        session.created_at,
        idle_seconds,
        session.idle_expires_at,
        session.expires_at
    ];
    tx.execute(&INSERT, values).await.map(drop)
}

pub(super) async fn by_hash(tx: &mut Tx, hash: &KeyHash, now: Timestamp) -> Result<Option<Used>> {
    let Some(row) = tx.optional::<RecordRow>(&BY_HASH, args![*hash.as_bytes(), now]).await? else {
        return Ok(None);
    };
    let roles = store::roles(tx, row.operator_id).await?;
    let record = SessionRecord {
        id: row.id,
        hash: hash.clone(),
        operator_id: row.operator_id,
        email: row.email,
        platform_role: row.platform_role.as_deref().map(read_word).transpose()?,
        project_roles: roles.into_iter().map(|grant| (grant.project_id, grant.role)).collect(),
        mfa: row.mfa,
    };
    let (last_seen_at, idle_seconds, expires_at) = (row.last_seen_at, row.idle_seconds, row.expires_at);
    Ok(Some(Used { record, last_seen_at, idle_seconds, expires_at }))
}

/// Notes that a session was used.
pub(super) async fn touch(tx: &mut Tx, id: SessionId, now: Timestamp, until: Timestamp) -> Result<()> {
    tx.execute(&TOUCH, args![id, now, until]).await.map(drop)
}

/// An operator's session that counts.
pub(super) async fn find(
    tx: &mut Tx,
    id: SessionId,
    operator: OperatorId,
    now: Timestamp,
) -> Result<Option<Session>> {
    tx.optional::<Row>(&FIND, args![id, operator, now]).await?.map(Session::try_from).transpose()
}

/// [`find`], to change it.
pub(super) async fn lock(
    tx: &mut Tx,
    id: SessionId,
    operator: OperatorId,
    now: Timestamp,
) -> Result<Option<Session>> {
    tx.optional::<Row>(&LOCK, args![id, operator, now]).await?.map(Session::try_from).transpose()
}

/// The session with one of these tokens, idle or not.
pub(super) async fn by_token(tx: &mut Tx, hashes: &[KeyHash], now: Timestamp) -> Result<Option<Session>> {
    for hash in hashes {
        if let Some(row) = tx.optional::<Row>(&BY_TOKEN, args![*hash.as_bytes(), now]).await? {
            return Session::try_from(row).map(Some);
        }
    }
    Ok(None)
}

/// Gives a session another token.
pub(super) async fn rotate(tx: &mut Tx, id: SessionId, hash: &KeyHash, mfa: bool) -> Result<()> {
    tx.execute(&ROTATE, args![id, *hash.as_bytes(), mfa]).await.map(drop)
}

/// Whether it counted until now.
pub(super) async fn revoke(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&REVOKE, args![id, now]).await? == 1)
}

/// All of an operator that were not revoked and have not expired.
pub(super) async fn live(tx: &mut Tx, operator: OperatorId, now: Timestamp) -> Result<Vec<Session>> {
    tx.all::<Row>(&LIVE, args![operator, now]).await?.into_iter().map(Session::try_from).collect()
}

/// Those of an operator that count, newest first.
pub(super) async fn list(
    tx: &mut Tx,
    operator: OperatorId,
    now: Timestamp,
    window: &Window<(Uuid,)>,
) -> Result<Vec<Session>> {
    let mut query = Assembled::new("operators.list_sessions", Reach::System, LIST);
    query.push(" AND operator_id = ? AND expires_at > ? AND idle_expires_at > ?", args![operator, now, now]);
    let (after, order) = if window.is_backward() {
        (" AND id > ?", " ORDER BY id")
    } else {
        (" AND id < ?", " ORDER BY id DESC")
    };
    if let Some((id,)) = window.start() {
        query.push(after, args![*id]);
    }
    query.push(order, args![]);
    query.push_limit(window.fetch());
    tx.all_of::<Row>(query).await?.into_iter().map(Session::try_from).collect()
}

/// Deletes all of an operator.
pub(super) async fn forget(tx: &mut Tx, operator: OperatorId) -> Result<()> {
    tx.execute(&FORGET, args![operator]).await.map(drop)
}

/// Deletes those that expired by then; how many it was.
pub(super) async fn sweep(tx: &mut Tx, expired_by: Timestamp) -> Result<u64> {
    tx.execute(&SWEEP, args![expired_by]).await
}
