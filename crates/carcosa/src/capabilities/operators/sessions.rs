//! Use cases of sessions: beginning one, and what its operator does with it.

use std::time::Duration;

use carcosa_kernel::access::session::{INVALID_SESSION, SessionRecord, csrf_token, grants_in_installation};
use carcosa_kernel::access::{Receipt, RequestContext};
use carcosa_kernel::error::NOT_FOUND;
use carcosa_kernel::log::Entry;
use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Access, Error, InInstallation, Kernel, Result, System, Tx, Window, Write};
use carcosa_types::event::{
    OPERATOR_PASSWORD_CHANGED, OPERATOR_SESSIONS_REVOKED, SESSION_CREATED, SESSION_REVOKED,
};
use carcosa_types::event_data::OperatorSessionsRevoked;
use carcosa_types::operator::{ChangePassword, CurrentSession, RevokedSessions, Session, SignInMethodKind};
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{OperatorUpdate, Place, REGISTRY};
use carcosa_types::{OperatorId, Page, SessionId};
use carcosa_web::session::SignedIn;
use uuid::Uuid;

use super::config::{SignIn, door};
use super::model::{self, Counted, StoredOperator, Token};
use super::notify::{self, Change};
use super::passwords::Turn;
use super::throttle::Counters;
use super::{service, session_store, store, token_store};

/// That a session was used is written down at most this often.
const TOUCH_EVERY: Duration = Duration::from_mins(1);

/// A session that was begun, or got a new token, and the token, which only the browser may have.
pub struct Opened {
    /// The session.
    pub session: CurrentSession,
    /// What its cookie says from now on.
    pub token: String,
}

/// Begins a session in a transaction that does more: the only way to one. The session that the browser had before ends, and
/// nothing of it is taken over.
pub(super) async fn open(
    write: &mut Write,
    operator: OperatorId,
    (method, mfa): (SignInMethodKind, bool),
    former: &[KeyHash],
) -> Result<(SessionId, Token, Receipt)> {
    let (kernel, now) = (write.kernel().clone(), write.kernel().now());
    let settings = SignIn::of(&kernel)?;
    if let Some(old) = session_store::by_token(write, former, now).await? {
        end(write, old).await?;
    }
    let context: RequestContext = write.caller().context().clone();
    let token = Token::generate(&kernel)?;
    let expires_at = now.plus(settings.lifetime());
    let session = Session {
        object: "session".to_owned(),
        id: kernel.new_id(),
        operator_id: operator,
        method,
        mfa,
        ip: context.ip.map(|ip| ip.to_string()),
        user_agent: context.user_agent,
        current: false,
        created_at: now,
        last_seen_at: now,
        idle_expires_at: settings.idle_end(now, expires_at),
        expires_at,
    };
    let idle = i64::try_from(settings.idle().as_secs()).map_err(Error::internal)?;
    session_store::insert(write, &session, &token.hash, idle).await?;
    store::signed_in(write, operator, now).await?;
    let entry = Entry::new(SESSION_CREATED, session.id, &session)?.in_installation();
    let receipt = write.record(entry);
    Ok((session.id, token, receipt))
}

/// Ends a session in a transaction that does more; `None` when it had ended.
async fn end(write: &mut Write, session: Session) -> Result<Option<Receipt>> {
    let now = write.kernel().now();
    if !session_store::revoke(write, session.id, now).await? {
        return Ok(None);
    }
    let entry = Entry::new(SESSION_REVOKED, session.id, &session)?.in_installation();
    Ok(Some(write.record(entry)))
}

/// Ends an operator's sessions, but for one, in a transaction that does more; how many of them counted.
pub(super) async fn end_all(write: &mut Write, operator: OperatorId, but: Option<SessionId>) -> Result<u64> {
    let (now, mut count) = (write.kernel().now(), 0);
    for session in session_store::live(write, operator, now).await? {
        if Some(session.id) != but {
            count += u64::from(session.idle_expires_at > now);
            end(write, session).await?;
        }
    }
    Ok(count)
}

/// Gives a session a new token in a transaction that changes what it is worth.
pub(super) async fn rotate(write: &mut Write, signed_in: &SignedIn, mfa: bool) -> Result<Token> {
    let (kernel, record) = (write.kernel().clone(), &signed_in.record);
    let found = session_store::lock(write, record.id, record.operator_id, kernel.now()).await?;
    found.ok_or_else(ended)?;
    let token = Token::generate(&kernel)?;
    session_store::rotate(write, record.id, &token.hash, mfa).await?;
    Ok(token)
}

/// A session as its own browser sees it.
pub(super) async fn present(
    kernel: &Kernel,
    (id, operator): (SessionId, OperatorId),
    hash: &KeyHash,
) -> Result<CurrentSession> {
    let mut tx = door(kernel).read().await?;
    let session = session_store::find(&mut tx, id, operator, kernel.now()).await?.ok_or_else(ended)?;
    let stored = store::find(&mut tx, operator).await?.ok_or_else(ended)?;
    let in_installation = grants_in_installation(stored.operator.platform_role).own();
    let in_installation =
        REGISTRY.iter().filter(|row| row.place == Place::Installation && in_installation.contains(row));
    Ok(CurrentSession {
        installation_permissions: in_installation.map(|row| row.name.to_owned()).collect(),
        session: Session { current: true, ..session },
        operator: stored.operator,
        csrf_token: csrf_token(kernel, hash)?,
        recovery_codes_left: token_store::codes_left(&mut tx, operator).await?,
    })
}

/// The session that asks.
pub async fn current(kernel: &Kernel, signed_in: &SignedIn) -> Result<CurrentSession> {
    let record = &signed_in.record;
    present(kernel, (record.id, record.operator_id), &record.hash).await
}

/// The sessions of whoever asks, newest first.
pub async fn list(kernel: &Kernel, signed_in: &SignedIn, query: &PageQuery) -> Result<Page<Session>> {
    let (current, operator) = (signed_in.record.id, signed_in.record.operator_id);
    let mut page = list_in(kernel, &mut door(kernel).read().await?, operator, query).await?;
    for session in &mut page.data {
        session.current = session.id == current;
    }
    Ok(page)
}

/// The sessions of an operator, newest first.
pub async fn list_of(
    access: &Access<OperatorUpdate, InInstallation>,
    operator: OperatorId,
    query: &PageQuery,
) -> Result<Page<Session>> {
    let mut tx = access.read().await?;
    store::find(&mut tx, operator).await?.ok_or_else(service::not_found)?;
    list_in(access.kernel(), &mut tx, operator, query).await
}

async fn list_in(
    kernel: &Kernel,
    tx: &mut Tx,
    operator: OperatorId,
    query: &PageQuery,
) -> Result<Page<Session>> {
    let window = Window::<(Uuid,)>::open(kernel, "sessions", &operator, query)?;
    let found = session_store::list(tx, operator, kernel.now(), &window).await?;
    window.page(kernel, found, |session| (session.id.uuid(),))
}

/// Ends a session of whoever asks.
pub async fn revoke(kernel: &Kernel, signed_in: &SignedIn, id: SessionId) -> Result<()> {
    let not_found = || Error::new(NOT_FOUND, "There is no such session.");
    let mut write = door(kernel).write_installation(signed_in.caller()).await?;
    let found = session_store::lock(&mut write, id, signed_in.record.operator_id, kernel.now()).await?;
    let receipt = end(&mut write, found.ok_or_else(not_found)?).await?.ok_or_else(not_found)?;
    write.commit(receipt, ()).await
}

/// Ends the sessions of whoever asks, but for the one that does.
pub async fn revoke_others(kernel: &Kernel, signed_in: &SignedIn) -> Result<RevokedSessions> {
    let (session, operator) = (signed_in.record.id, signed_in.record.operator_id);
    let mut write = door(kernel).write_installation(signed_in.caller()).await?;
    store::lock(&mut write, operator).await?.ok_or_else(ended)?;
    // Of two sessions that end each other one comes too late.
    session_store::lock(&mut write, session, operator, kernel.now()).await?.ok_or_else(ended)?;
    revoke_in(write, operator, Some(session)).await
}

/// Ends all sessions of an operator.
pub async fn revoke_all(
    access: &Access<OperatorUpdate, InInstallation>,
    operator: OperatorId,
) -> Result<RevokedSessions> {
    let mut write = access.write().await?;
    store::lock(&mut write, operator).await?.ok_or_else(service::not_found)?;
    revoke_in(write, operator, None).await
}

async fn revoke_in(
    mut write: Write,
    operator: OperatorId,
    but: Option<SessionId>,
) -> Result<RevokedSessions> {
    let count = end_all(&mut write, operator, but).await?;
    let answer = RevokedSessions { object: "revoked_sessions".to_owned(), count };
    if count == 0 {
        return Ok(answer);
    }
    let data = OperatorSessionsRevoked { count };
    let receipt = write.record(Entry::new(OPERATOR_SESSIONS_REVOKED, operator, &data)?);
    write.commit(receipt, answer).await
}

/// Gives whoever asks another password. Their other sessions end, and this one gets a new token.
pub async fn change_password(
    kernel: &Kernel,
    signed_in: &SignedIn,
    asked: &ChangePassword,
) -> Result<Opened> {
    let record = &signed_in.record;
    model::check_password("/new_password", &asked.new_password, &record.email)?;
    let before = confirm_password(kernel, signed_in, ("/current_password", &asked.current_password)).await?;
    let hash = Turn::take(kernel).await?.hash(kernel, &asked.new_password).await?;
    let mut write = door(kernel).write_installation(signed_in.caller()).await?;
    lock_unchanged(&mut write, &before).await?;
    let token = rotate(&mut write, signed_in, record.mfa).await?;
    let receipt = set_password(&mut write, record.operator_id, &hash, Some(record.id)).await?;
    write.commit(receipt, ()).await?;
    let session = present(kernel, (record.id, record.operator_id), &token.hash).await?;
    Ok(Opened { session, token: token.text })
}

/// Stores a new password in a transaction that does more: links that were mailed, and all sessions but one, end with the old
/// one, and the operator hears of it.
pub(super) async fn set_password(
    write: &mut Write,
    operator: OperatorId,
    hash: &str,
    but: Option<SessionId>,
) -> Result<Receipt> {
    let now = write.kernel().now();
    store::set_password(write, operator, hash, now).await?;
    token_store::forget_links(write, operator).await?;
    end_all(write, operator, but).await?;
    let after = store::find(write, operator).await?.ok_or_else(ended)?.operator;
    notify::changed(write, &after, Change::Password)?;
    Ok(write.record(Entry::new(OPERATOR_PASSWORD_CHANGED, operator, &after)?))
}

/// Makes sure that whoever is signed in knows the password too. Guessing it is slowed down.
pub(super) async fn confirm_password(
    kernel: &Kernel,
    signed_in: &SignedIn,
    (pointer, password): (&str, &str),
) -> Result<StoredOperator> {
    let (system, operator) = (door(kernel), signed_in.record.operator_id);
    let counters = Counters::of(kernel, vec![Counted::Session(operator.to_string())])?;
    counters.look(&mut system.read().await?, kernel.now()).await?;
    let turn = Turn::take(kernel).await?;
    let counted = system.maintain(async |tx| counters.count(tx, kernel.now()).await).await?;
    let stored = store::find(&mut system.read().await?, operator).await?.ok_or_else(ended)?;
    if !turn.verify(password, &stored.password_hash).await? {
        counted.failed(kernel, Some(operator), signed_in.context.clone());
        return Err(Error::field(pointer, "wrong_password", "is not your password"));
    }
    system.maintain(async |tx| counted.succeeded(tx).await).await?;
    Ok(stored)
}

/// Locks an operator whose password was just checked; refused when it, or whether they may sign in, changed since.
pub(super) async fn lock_unchanged(write: &mut Write, before: &StoredOperator) -> Result<StoredOperator> {
    let found = store::lock(write, before.operator.id).await?;
    found
        .filter(|now| now.password_hash == before.password_hash && now.operator.disabled_at.is_none())
        .ok_or_else(ended)
}

/// What a request with a session needs to know of it. Notes now and then that it was used.
pub async fn record_of(system: &System, hash: &KeyHash) -> Result<Option<SessionRecord>> {
    let now = system.kernel().now();
    let Some(used) = session_store::by_hash(&mut system.read().await?, hash, now).await? else {
        return Ok(None);
    };
    if now.since(used.last_seen_at) >= TOUCH_EVERY {
        let idle = Duration::from_secs(u64::try_from(used.idle_seconds).unwrap_or_default());
        let (id, until) = (used.record.id, now.plus(idle).min(used.expires_at));
        let noted = system.maintain(async |tx| session_store::touch(tx, id, now, until).await).await;
        if let Err(error) = noted {
            // The request itself may well work: a full disk still reads.
            tracing::warn!(?error, "the use of a session could not be noted");
        }
    }
    Ok(Some(used.record))
}

pub(super) fn ended() -> Error {
    Error::new(INVALID_SESSION, "The session ended; sign in again.")
}
