//! Keys found where they should not be.

use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Access, Result, Tx};
use carcosa_types::KeyId;
use carcosa_types::key_use::{LeakReport, ReportLeak};
use carcosa_types::permission::KeyDelete;

use super::{model, service, store};

/// Revokes the key whose secret was found, if it is one of the project's.
pub async fn report(access: &Access<KeyDelete>, report: &ReportLeak) -> Result<LeakReport> {
    let hashes = model::hashes(&access.kernel().secrets(), access.project(), &report.key);
    let mut tx = access.read().await?;
    let found = find(&mut tx, &hashes, access).await?;
    // Given back before another transaction is begun.
    drop(tx);
    let answer = LeakReport { object: "leak_report".to_owned(), revoked: found.is_some(), key_id: found };
    let Some(id) = found else { return Ok(answer) };
    let reason = model::leak_reason(report.reason.as_deref(), report.url.as_deref());
    service::revoke_because(access.write().await?, (id, None), Some(reason), answer).await
}

/// The key that works, or worked until it was revoked, with one of these. A secret that a rotation ended opens nothing any more.
async fn find(tx: &mut Tx, hashes: &[KeyHash], access: &Access<KeyDelete>) -> Result<Option<KeyId>> {
    let now = access.kernel().now();
    for hash in hashes {
        let Some(stored) = store::own_by_hash(tx, hash).await? else { continue };
        let works =
            stored.hash == *hash || stored.key.previous_secret_expires_at.is_some_and(|until| now < until);
        if works {
            return Ok(Some(stored.key.id));
        }
    }
    Ok(None)
}
