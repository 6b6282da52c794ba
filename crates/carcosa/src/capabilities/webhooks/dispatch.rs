//! The dispatcher: makes a delivery for each endpoint that hears an event.
//!
//! It reads the log in its order. The deliveries and the cursor are written by one transaction, whose turn one node at a time has, so
//! a node that dies leaves nothing half made. Fan-out is bounded: an event that thousands hear is dispatched in parts.

use carcosa_kernel::{Kernel, Result, System, Tx};
use carcosa_types::WebhookEndpointId;
use uuid::Uuid;

use super::queue_store::{self as store, Cursor};
use super::{delivery_store, state};

/// Deliveries made in one transaction.
const AT_A_TIME: i64 = 1000;
/// Entries of the log looked at in one transaction: fewer where many hear them.
const SPAN: i64 = 2000;
/// The PostgreSQL channel on which the dispatcher gives hints.
pub const CHANNEL: &str = "carcosa_webhooks";

/// One step of the dispatcher.
#[derive(Debug, Default)]
pub struct Step {
    /// Deliveries made.
    pub made: usize,
    /// Whether the end of the log is reached.
    pub at_end: bool,
    /// Entries that it took to make them, when there were more to make.
    sufficed: Option<i64>,
    endpoints: Vec<WebhookEndpointId>,
}

/// Dispatches what was put in order since the last time: up to a thousand deliveries, of up to `span` entries.
async fn dispatch(system: &System, span: i64) -> Result<Step> {
    let mut look = system.read().await?;
    if store::behind(&mut look).await?.is_none() {
        return Ok(Step { at_end: true, ..Step::default() });
    }
    drop(look);
    let kernel = system.kernel();
    let state = state::of(kernel)?;
    let node = state.node(kernel);
    let step = system.maintain(async |tx| step(kernel, tx, node, span).await).await?;
    state.ring(&step.endpoints);
    Ok(step)
}

/// Dispatches all that is in order; how many deliveries it made.
pub async fn dispatch_all(system: &System) -> Result<usize> {
    let (mut made, mut span) = (0, SPAN);
    loop {
        let step = dispatch(system, span).await?;
        made += step.made;
        span = step.sufficed.map_or((span * 2).min(SPAN), |sufficed| sufficed.max(1));
        if step.at_end {
            return Ok(made);
        }
    }
}

/// Wakes this node's senders when another node has made deliveries, for ever. Ends at once where there are no other nodes.
pub async fn hear(kernel: &Kernel) -> Result<()> {
    let Some(mut listener) = kernel.database().listen(CHANNEL).await? else { return Ok(()) };
    let state = state::of(kernel)?;
    loop {
        let hint = listener.recv().await?;
        let mut ids = hint.payload().split(',').map(|text| text.parse::<Uuid>().unwrap_or_default());
        if ids.next() == Some(state.node(kernel)) {
            continue;
        }
        let endpoints: Vec<_> = ids.map(WebhookEndpointId::from_uuid).collect();
        if endpoints.is_empty() { state.ring_all() } else { state.ring(&endpoints) }
    }
}

async fn step(kernel: &Kernel, tx: &mut Tx, node: Uuid, span: i64) -> Result<Step> {
    let cursor = store::turn(tx).await?;
    // Another node may have had its turn while this one waited.
    let Some(end) = store::behind(tx).await? else { return Ok(Step { at_end: true, ..Step::default() }) };
    let to = end.min(cursor.ordinal + span);
    let heard = store::heard(tx, cursor, to, AT_A_TIME).await?;
    let is_part = heard.len() >= usize::try_from(AT_A_TIME).unwrap_or(usize::MAX);
    let next = match heard.last() {
        Some(last) if is_part => Cursor { ordinal: last.ordinal, endpoint_id: Some(last.endpoint_id) },
        _ => Cursor { ordinal: to, endpoint_id: None },
    };
    let made: Vec<_> = heard.into_iter().map(|heard| (kernel.new_id(), heard)).collect();
    if !made.is_empty() {
        let now = kernel.now();
        delivery_store::make(tx, &made, now).await?;
        store::tell(tx, made.iter().map(|(_, heard)| heard.endpoint_id), now, node).await?;
    }
    store::advance(tx, next).await?;
    let endpoints = made.iter().map(|(_, heard)| heard.endpoint_id).collect();
    let sufficed = is_part.then_some(next.ordinal - cursor.ordinal);
    Ok(Step { made: made.len(), at_end: !is_part && to == end, sufficed, endpoints })
}
