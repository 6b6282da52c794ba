//! Checking the newest part of one stream, for whoever looks at the log. `carcosa audit verify` checks all of it.

use carcosa_kernel::{Access, Error, Result, Tx};
use carcosa_types::log_integrity::{DEFAULT_LAST, IntegrityQuery, LogCut, LogHead, LogIntegrity, LogProblem};
use carcosa_types::permission::AuditRead;
use carcosa_types::{ProjectId, TenantId};
use serde_json::json;
use uuid::Uuid;

use super::model::{hex, unhex};
use super::service;
use super::store::{self, Head};
use super::verify::{Chain, Cut};
use crate::capabilities::tenants;

/// Entries read at a time.
const BATCH: i64 = 500;

/// Checks the newest entries of the project's own stream, or of a tenant's.
pub(super) async fn check(access: &Access<AuditRead>, query: &IntegrityQuery) -> Result<LogIntegrity> {
    let (kernel, project) = (access.kernel(), access.project());
    let tenant_id = service::tenant(kernel, project, query.tenant_id.as_deref()).await?;
    let stream = tenant_id.map_or(project.uuid(), TenantId::uuid);
    let mut tx = access.read().await?;
    let log = store::extent(&mut tx).await?;
    let head = store::head(&mut tx, stream).await?;
    if head.is_none() && tenant_id.is_some() {
        return Err(service::no_tenant());
    }
    let mut found = LogIntegrity {
        object: "log_integrity".to_owned(),
        tenant_id,
        verified: true,
        from_sequence: None,
        to_sequence: None,
        checked: 0,
        head: None,
        cut: None,
        problems: Vec::new(),
        log,
    };
    let Some(head) = head else { return Ok(found) };
    let cut = Cut::of(&kernel.secrets(), project, &head);
    walk(&mut tx, &mut found, (project, &head, cut.as_ref()), i64::from(query.last.unwrap_or(DEFAULT_LAST)))
        .await?;
    found.cut = cut.map(|cut| LogCut { first_sequence: cut.first_seq, proven: cut.proven });
    found.head = Some(signed(access, stream, &head)?);
    found.verified = found.problems.is_empty();
    Ok(found)
}

/// Checks the last entries of a stream. The hash of the one before the first of them is taken as it stands.
async fn walk(
    tx: &mut Tx,
    found: &mut LogIntegrity,
    (project, head, cut): (ProjectId, &Head, Option<&Cut>),
    last: i64,
) -> Result<()> {
    let after = head.seq - last;
    let mut chain = Chain::new(project);
    let mut at = 0;
    if after >= head.first_seq {
        let anchor = store::of_stream(tx, head.stream_id, after - 1, 1).await?;
        // Should the one before be gone, nothing follows from this.
        let anchor = anchor.first().filter(|entry| entry.seq == after);
        let hash = anchor.and_then(|entry| unhex(&entry.hash)).and_then(|bytes| bytes.try_into().ok());
        chain.start(head.stream_id, after, hash.unwrap_or_default());
        at = after;
    } else if let Some(cut) = cut {
        chain.cut(cut);
    }
    // One more than asked for, to see what stands after the head.
    let mut left = last + 1;
    while left > 0 {
        let entries = store::of_stream(tx, head.stream_id, at, left.min(BATCH)).await?;
        let Some(newest) = entries.last() else { break };
        at = newest.seq;
        found.from_sequence = found.from_sequence.or(entries.first().map(|entry| entry.seq));
        found.to_sequence = Some(at);
        let count = i64::try_from(entries.len()).map_err(Error::internal)?;
        found.checked += count;
        left -= count;
        entries.iter().for_each(|entry| chain.take(entry));
    }
    let is_erased = chain.has_erased(head.stream_id);
    if is_erased && !tenants::store::is_erased(tx, TenantId::from_uuid(head.stream_id)).await? {
        chain.wrong(Some(head.stream_id), None, "bodies are gone, and no record says that they were erased");
    }
    let problems = chain.end((head.stream_id, head.seq, hex(&head.hash)));
    found.problems = problems
        .into_iter()
        .map(|problem| LogProblem { sequence: problem.sequence, detail: problem.detail })
        .collect();
    Ok(())
}

fn signed(access: &Access<AuditRead>, stream: Uuid, head: &Head) -> Result<LogHead> {
    let kernel = access.kernel();
    let (sequence, hash) = (head.seq, hex(&head.hash));
    let record = json!({
        "object": "log_head", "project_id": access.project(), "stream": stream, "sequence": sequence, "hash": hash,
        "at": kernel.now(),
    })
    .to_string();
    let proof = kernel.secrets().attest(record.as_bytes())?;
    Ok(LogHead { sequence, hash, record, signature: proof.signature, public_key: proof.public_key })
}
