//! SQL of operators.

use carcosa_kernel::{Result, Tx, args, statements};
use carcosa_types::{OperatorId, Timestamp};

statements! {
    /// Of two bootstraps at the same time the second waits here, then finds that it is done.
    system FOUND = "INSERT INTO installation (id, founded_at) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
    system INSERT = "INSERT INTO operators (id, email, password_hash, role, created_at, updated_at, version)
        VALUES ($1, $2, $3, 'super_admin', $4, $4, 1)";
}

/// Whether this is the first time.
pub(super) async fn found(tx: &mut Tx, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&FOUND, args![now]).await? == 1)
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: OperatorId,
    email: &str,
    password_hash: &str,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&INSERT, args![id, email, password_hash, now]).await.map(drop)
}
