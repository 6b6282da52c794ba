//! SQL of what counts once or is counted: recovery codes, links, failures, and journeys to the provider of single sign-on.

use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Result, Tx, args, statements};
use carcosa_types::{OperatorId, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::column::write_word;

statements! {
    system ADD_CODE = "INSERT INTO operator_recovery_codes (operator_id, code_hash, used_at) VALUES ($1, $2, NULL)";
    /// Of two who use it at the same time one finds it unused.
    system USE_CODE = "UPDATE operator_recovery_codes SET used_at = $3
        WHERE operator_id = $1 AND code_hash = $2 AND used_at IS NULL";
    system CODES_LEFT = "SELECT count(*) AS count FROM operator_recovery_codes WHERE operator_id = $1 AND used_at IS NULL";
    system FORGET_CODES = "DELETE FROM operator_recovery_codes WHERE operator_id = $1";
    system ADD_LINK = "INSERT INTO operator_tokens (token_hash, operator_id, kind, created_at, expires_at, used_at)
        VALUES ($1, $2, $3, $4, $5, NULL)";
    /// Of two who follow it at the same time one finds it unused.
    system USE_LINK = "UPDATE operator_tokens SET used_at = $3
        WHERE token_hash = $1 AND kind = $2 AND used_at IS NULL AND expires_at > $3 RETURNING operator_id";
    system OWNER_OF_LINK = "SELECT operator_id FROM operator_tokens
        WHERE token_hash = $1 AND kind = $2 AND used_at IS NULL AND expires_at > $3";
    system LINKS_THAT_WORK = "SELECT count(*) AS count FROM operator_tokens
        WHERE operator_id = $1 AND kind = $2 AND used_at IS NULL AND expires_at > $3";
    system FORGET_LINKS = "DELETE FROM operator_tokens WHERE operator_id = $1";
    system SWEEP_LINKS = "DELETE FROM operator_tokens WHERE expires_at <= $1";
    system LOOK = "SELECT failures, blocked_until, reported_at FROM sign_in_attempts WHERE key_hash = $1";
    /// Counts a failure, from one on when the window is over, and holds the row.
    system COUNT = "INSERT INTO sign_in_attempts (key_hash, window_start, failures, blocked_until, reported_at, unreported)
        VALUES ($1, $2, 1, NULL, NULL, 1)
        ON CONFLICT (key_hash) DO UPDATE SET
            failures = CASE WHEN sign_in_attempts.window_start <= $3 THEN 1 ELSE sign_in_attempts.failures + 1 END,
            window_start = CASE WHEN sign_in_attempts.window_start <= $3 THEN excluded.window_start
                ELSE sign_in_attempts.window_start END,
            unreported = sign_in_attempts.unreported + 1
        RETURNING failures, blocked_until, reported_at";
    system BLOCK = "UPDATE sign_in_attempts SET blocked_until = $2 WHERE key_hash = $1";
    /// What was no failure after all is not counted. The block that came of it goes; one that another caused stays.
    system UNCOUNT = "UPDATE sign_in_attempts SET failures = failures - 1, unreported = unreported - 1,
            blocked_until = CASE WHEN blocked_until = $2 THEN NULL ELSE blocked_until END
        WHERE key_hash = $1 AND failures > 0 AND unreported > 0";
    system FORGET_FAILURES = "DELETE FROM sign_in_attempts WHERE key_hash = $1";
    system UNREPORTED locking = "SELECT unreported AS count FROM sign_in_attempts
        WHERE key_hash = $1 AND (reported_at IS NULL OR reported_at <= $2) AND unreported > 0";
    system REPORTED = "UPDATE sign_in_attempts SET reported_at = $2, unreported = 0 WHERE key_hash = $1";
    system SWEEP_FAILURES = "DELETE FROM sign_in_attempts
        WHERE window_start <= $1 AND (blocked_until IS NULL OR blocked_until <= $2)";
    system ADD_STATE = "INSERT INTO oidc_states (state_hash, nonce, verifier, expires_at) VALUES ($1, $2, $3, $4)";
    /// Counts once.
    system TAKE_STATE = "DELETE FROM oidc_states WHERE state_hash = $1 RETURNING nonce, verifier, expires_at";
    system SWEEP_STATES = "DELETE FROM oidc_states WHERE expires_at <= $1";
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// Becoming an operator.
    Invitation,
    /// Choosing a new password.
    PasswordReset,
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

#[derive(FromRow)]
struct Owner {
    operator_id: OperatorId,
}

/// What is counted under one key.
#[derive(FromRow)]
pub(super) struct Attempts {
    pub(super) failures: i64,
    pub(super) blocked_until: Option<Timestamp>,
    pub(super) reported_at: Option<Timestamp>,
}

/// A journey to the provider of single sign-on.
#[derive(FromRow)]
pub(super) struct Journey {
    pub(super) nonce: String,
    pub(super) verifier: Vec<u8>,
    pub(super) expires_at: Timestamp,
}

/// Puts new recovery codes in the place of the old ones.
pub(super) async fn replace_codes(tx: &mut Tx, operator: OperatorId, hashes: &[KeyHash]) -> Result<()> {
    tx.execute(&FORGET_CODES, args![operator]).await?;
    for hash in hashes {
        tx.execute(&ADD_CODE, args![operator, *hash.as_bytes()]).await?;
    }
    Ok(())
}

/// Uses a recovery code; `false` when there is none with one of these hashes, or it was used.
pub(super) async fn use_code(
    tx: &mut Tx,
    operator: OperatorId,
    hashes: &[KeyHash],
    now: Timestamp,
) -> Result<bool> {
    for hash in hashes {
        if tx.execute(&USE_CODE, args![operator, *hash.as_bytes(), now]).await? == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many recovery codes are unused.
pub(super) async fn codes_left(tx: &mut Tx, operator: OperatorId) -> Result<i64> {
    Ok(tx.one::<Count>(&CODES_LEFT, args![operator]).await?.count)
}

/// Stores a link, in the place of all that the operator had.
pub(super) async fn replace_link(
    tx: &mut Tx,
    operator: OperatorId,
    (kind, hash): (LinkKind, &KeyHash),
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<()> {
    forget_links(tx, operator).await?;
    let values = args![*hash.as_bytes(), operator, write_word(kind)?, now, expires_at];
    tx.execute(&ADD_LINK, values).await.map(drop)
}

/// Whether the operator has a link of this kind that works.
pub(super) async fn has_link(
    tx: &mut Tx,
    operator: OperatorId,
    kind: LinkKind,
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.one::<Count>(&LINKS_THAT_WORK, args![operator, write_word(kind)?, now]).await?.count > 0)
}

/// Whose link it is, while it works.
pub(super) async fn owner_of_link(
    tx: &mut Tx,
    kind: LinkKind,
    hashes: &[KeyHash],
    now: Timestamp,
) -> Result<Option<OperatorId>> {
    let kind = write_word(kind)?;
    for hash in hashes {
        if let Some(row) = tx.optional::<Owner>(&OWNER_OF_LINK, args![*hash.as_bytes(), &kind, now]).await? {
            return Ok(Some(row.operator_id));
        }
    }
    Ok(None)
}

/// Uses a link; whose it is.
pub(super) async fn use_link(
    tx: &mut Tx,
    kind: LinkKind,
    hashes: &[KeyHash],
    now: Timestamp,
) -> Result<Option<OperatorId>> {
    let kind = write_word(kind)?;
    for hash in hashes {
        if let Some(row) = tx.optional::<Owner>(&USE_LINK, args![*hash.as_bytes(), &kind, now]).await? {
            return Ok(Some(row.operator_id));
        }
    }
    Ok(None)
}

/// Deletes an operator's links.
pub(super) async fn forget_links(tx: &mut Tx, operator: OperatorId) -> Result<()> {
    tx.execute(&FORGET_LINKS, args![operator]).await.map(drop)
}

/// Deletes an operator's recovery codes.
pub(super) async fn forget_codes(tx: &mut Tx, operator: OperatorId) -> Result<()> {
    tx.execute(&FORGET_CODES, args![operator]).await.map(drop)
}

/// What is counted under a key.
pub(super) async fn look(tx: &mut Tx, key: &KeyHash) -> Result<Option<Attempts>> {
    tx.optional(&LOOK, args![*key.as_bytes()]).await
}

/// Counts a failure. What began before `window` is forgotten.
pub(super) async fn count(tx: &mut Tx, key: &KeyHash, now: Timestamp, window: Timestamp) -> Result<Attempts> {
    tx.one(&COUNT, args![*key.as_bytes(), now, window]).await
}

/// Refuses further tries until then.
pub(super) async fn block(tx: &mut Tx, key: &KeyHash, until: Timestamp) -> Result<()> {
    tx.execute(&BLOCK, args![*key.as_bytes(), until]).await.map(drop)
}

/// Takes back a failure that was none, and the block that came of it.
pub(super) async fn uncount(tx: &mut Tx, key: &KeyHash, block: Option<Timestamp>) -> Result<()> {
    tx.execute(&UNCOUNT, args![*key.as_bytes(), block]).await.map(drop)
}

/// Forgets what was counted under a key.
pub(super) async fn forget_failures(tx: &mut Tx, key: &KeyHash) -> Result<()> {
    tx.execute(&FORGET_FAILURES, args![*key.as_bytes()]).await.map(drop)
}

/// Failures that no entry of the log tells of, if the last one was written by `before`.
pub(super) async fn unreported(tx: &mut Tx, key: &KeyHash, before: Timestamp) -> Result<Option<i64>> {
    let found = tx.optional::<Count>(&UNREPORTED, args![*key.as_bytes(), before]).await?;
    Ok(found.map(|row| row.count))
}

/// Notes that the log tells of all failures.
pub(super) async fn reported(tx: &mut Tx, key: &KeyHash, now: Timestamp) -> Result<()> {
    tx.execute(&REPORTED, args![*key.as_bytes(), now]).await.map(drop)
}

/// Keeps what must be known when the browser comes back from the provider.
pub(super) async fn add_state(tx: &mut Tx, hash: &KeyHash, journey: Journey) -> Result<()> {
    let values = args![*hash.as_bytes(), journey.nonce, journey.verifier, journey.expires_at];
    tx.execute(&ADD_STATE, values).await.map(drop)
}

/// The journey with one of these states, once.
pub(super) async fn take_state(tx: &mut Tx, hashes: &[KeyHash]) -> Result<Option<Journey>> {
    for hash in hashes {
        if let Some(found) = tx.optional(&TAKE_STATE, args![*hash.as_bytes()]).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Deletes what is over: links and journeys that expired, and failures whose window closed by `window`; how many it was.
pub(super) async fn sweep(tx: &mut Tx, now: Timestamp, window: Timestamp) -> Result<u64> {
    let links = tx.execute(&SWEEP_LINKS, args![now]).await?;
    let states = tx.execute(&SWEEP_STATES, args![now]).await?;
    Ok(links + states + tx.execute(&SWEEP_FAILURES, args![window, now]).await?)
}
