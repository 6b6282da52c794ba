//! SQL of the first start.

use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Result, Tx, args, statements};
use carcosa_types::Timestamp;
use sqlx::FromRow;

statements! {
    /// Operators can be made at the console too, without this or a bootstrap.
    system FOUNDED = "SELECT EXISTS (SELECT 1 FROM installation) OR EXISTS (SELECT 1 FROM operators) AS founded";
    system PUT = "INSERT INTO setup_token (id, token_hash, created_at) VALUES (1, $1, $2)
        ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at";
    system FIND = "SELECT token_hash FROM setup_token WHERE id = 1 AND created_at > $1";
    /// Only the one that was looked at: another may have taken its place since.
    system TAKE = "DELETE FROM setup_token WHERE id = 1 AND token_hash = $1";
    system FORGET = "DELETE FROM setup_token WHERE id = 1";
}

#[derive(FromRow)]
struct Founded {
    founded: bool,
}

#[derive(FromRow)]
struct Hash {
    token_hash: Vec<u8>,
}

/// Whether the installation has its first operator.
pub(super) async fn is_founded(tx: &mut Tx) -> Result<bool> {
    Ok(tx.one::<Founded>(&FOUNDED, args![]).await?.founded)
}

/// Puts a token in the place of the one before.
pub(super) async fn put(tx: &mut Tx, hash: &KeyHash, now: Timestamp) -> Result<()> {
    tx.execute(&PUT, args![*hash.as_bytes(), now]).await.map(drop)
}

/// The hash of the token that works, if it was made after a time.
pub(super) async fn find(tx: &mut Tx, after: Timestamp) -> Result<Option<Vec<u8>>> {
    Ok(tx.optional::<Hash>(&FIND, args![after]).await?.map(|row| row.token_hash))
}

/// Uses up the token with this hash; `false` when it works no more.
pub(super) async fn take(tx: &mut Tx, hash: Vec<u8>) -> Result<bool> {
    Ok(tx.execute(&TAKE, args![hash]).await? == 1)
}

/// Makes the token void.
pub(super) async fn forget(tx: &mut Tx) -> Result<()> {
    tx.execute(&FORGET, args![]).await.map(drop)
}
