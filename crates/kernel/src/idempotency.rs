//! Idempotency keys: the answer is stored in the transaction of the effect.
//!
//! A key is claimed as the first statement of the write. Of two concurrent requests with one key the second
//! waits for the first on the claim's row (PostgreSQL) or for the one writer (SQLite), then finds the answer.
//! If the first fails, its claim disappears with its effect and the second runs.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use carcosa_types::{ProjectId, Timestamp};
use ring::digest::{Context, SHA256};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::IDEMPOTENCY_KEY_REUSED;
use crate::secrets::Purpose;
use crate::{Error, Kernel, Result, Tx, args};

/// How long an answer is kept.
pub const RETENTION: Duration = Duration::from_hours(24);

/// A request that asked to be carried out at most once.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The caller's key.
    pub key: String,
    /// What the key stands for.
    pub fingerprint: Arc<Fingerprint>,
    /// The status a success answers with.
    pub status: u16,
}

/// SHA-256 over all that a request asks for. Its head is known before its caller is, its body only after.
#[derive(Debug)]
pub struct Fingerprint {
    head: [u8; 32],
    whole: OnceLock<[u8; 32]>,
}

impl Fingerprint {
    /// Of a request whose head (method, address, precondition) has this hash.
    #[must_use]
    pub const fn of_head(head: [u8; 32]) -> Self {
        Self { head, whole: OnceLock::new() }
    }

    /// Takes in the body. What was taken in first stays.
    pub fn take_body(&self, body: &[u8]) {
        let mut context = Context::new(&SHA256);
        context.update(&self.head);
        context.update(body);
        let mut whole = [0; 32];
        whole.copy_from_slice(context.finish().as_ref());
        let _ = self.whole.set(whole);
    }

    /// The hash. Of the head alone when there is no body.
    #[must_use]
    pub fn get(&self) -> [u8; 32] {
        self.whole.get().copied().unwrap_or(self.head)
    }
}

/// The answer of a request carried out before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
}

crate::statements! {
    /// Takes the key; takes over an expired one. No row when it is in use.
    kernel CLAIM = "INSERT INTO idempotency_keys
        (project_id, caller_id, key, tenant_id, fingerprint, status, body, expires_at)
        VALUES ($1, $2, $3, $4, $5, NULL, NULL, $6)
        ON CONFLICT (project_id, caller_id, key) DO UPDATE
        SET tenant_id = excluded.tenant_id, fingerprint = excluded.fingerprint, status = NULL, body = NULL,
            expires_at = excluded.expires_at
        WHERE idempotency_keys.expires_at <= $7
        RETURNING expires_at";
    kernel FIND = "SELECT fingerprint, status, body FROM idempotency_keys
        WHERE project_id = $1 AND caller_id = $2 AND key = $3";
    /// An answer about a tenant goes when the tenant does.
    kernel COMPLETE = "UPDATE idempotency_keys SET status = $4, body = $5, tenant_id = COALESCE($6, tenant_id)
        WHERE project_id = $1 AND caller_id = $2 AND key = $3";
    tenant ERASE = "DELETE FROM idempotency_keys WHERE project_id = $1 AND tenant_id = $2";
    system SWEEP = "DELETE FROM idempotency_keys WHERE expires_at <= $1";
}

#[derive(FromRow)]
struct Found {
    fingerprint: Vec<u8>,
    status: Option<i64>,
    body: Option<Vec<u8>>,
}

#[derive(FromRow)]
struct Taken {
    #[expect(dead_code, reason = "only whether there is a row matters")]
    expires_at: Timestamp,
}

/// Claims the key of a caller, or answers with the replay. Where the caller makes a project, the key stands with those of the
/// installation: each try would make another one.
pub(crate) async fn claim(
    kernel: &Kernel,
    tx: &mut Tx,
    (project, caller): (ProjectId, Uuid),
    claim: &Claim,
) -> Result<()> {
    let (tenant, now) = (tx.tenant(), kernel.now());
    let fingerprint = claim.fingerprint.get();
    let values = args![project, caller, &claim.key, tenant, fingerprint, now.plus(RETENTION), now];
    if tx.optional::<Taken>(&CLAIM, values).await?.is_some() {
        return Ok(());
    }
    let found = tx.optional::<Found>(&FIND, args![project, caller, &claim.key]).await?;
    match found {
        Some(Found { fingerprint: found, status: Some(status), body: Some(body) })
            if found == fingerprint =>
        {
            let body = kernel.secrets().open(Purpose::Idempotency, &fingerprint, &body)?;
            Err(Error::replay(Stored { status: u16::try_from(status).unwrap_or(200), body }))
        }
        _ => Err(Error::new(
            IDEMPOTENCY_KEY_REUSED,
            "This Idempotency-Key was used with another request; use a new key for a new request.",
        )),
    }
}

/// Stores the answer, encrypted: it may hold a secret that is shown once.
pub(crate) async fn complete(
    kernel: &Kernel,
    tx: &mut Tx,
    (project, caller): (ProjectId, Uuid),
    claim: &Claim,
    body: &[u8],
) -> Result<()> {
    let sealed = kernel.secrets().seal(Purpose::Idempotency, &claim.fingerprint.get(), body, kernel)?;
    let values = args![project, caller, &claim.key, u32::from(claim.status), sealed, tx.tenant()];
    tx.execute(&COMPLETE, values).await?;
    Ok(())
}

/// Forgets answers that are older than the retention.
pub async fn sweep(system: &crate::System) -> Result<u64> {
    let now = system.kernel().now();
    system.maintain(async |tx| tx.execute(&SWEEP, args![now]).await).await
}

/// Erases the answers kept for the credentials of the tenant in focus, and those about it alone.
pub async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE, args![]).await
}
