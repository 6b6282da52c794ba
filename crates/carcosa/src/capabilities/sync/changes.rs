//! Changes: the objects that the events after a cursor are about, each once and as it is now.

use std::time::Duration;

use carcosa_kernel::{Access, Error, Kernel, Result};
use carcosa_types::page::PageInfo;
use carcosa_types::permission::SyncRead;
use carcosa_types::sync::{ChangesQuery, MAX_CHANGES, SyncChange, SyncType};
use carcosa_types::{Page, Timestamp};
use carcosa_web::Again;

use super::state::{self, Asked};
use super::{model, source};
use crate::capabilities::log;

/// Events of one page unless the caller says otherwise.
const PAGE: u32 = 100;
/// How long before the time of a last sync an event may have been recorded that was committed after it: a transaction's longest time, and
/// what clocks may differ by.
const LATE: Duration = Duration::from_mins(5);

/// A page of changes; one that would be empty comes when there is something, or the time is over.
pub(super) async fn list(
    access: Access<SyncRead>,
    again: Again,
    query: ChangesQuery,
) -> Result<Page<SyncChange>> {
    let (kernel, project) = (access.kernel(), access.project());
    if query.since.is_some() && query.last_synced.is_some() {
        return Err(Error::parameter("last_synced", "conflict", "must not be given together with since"));
    }
    let types = model::types(query.types.as_deref())?;
    state::admit(kernel, project, Asked::Other)?;
    let mut since = match (&query.since, query.last_synced) {
        (Some(cursor), _) => log::service::position(kernel, project, cursor)?,
        (None, Some(time)) => since_time(&access, time).await?,
        // From the beginning, if that is still there.
        (None, None) => 0,
    };
    let limit = i64::from(query.limit.unwrap_or(PAGE).clamp(1, MAX_CHANGES));
    let mut waiting = log::Waiting::new(kernel, project, query.wait);
    loop {
        let access = again.in_project::<SyncRead>().await?;
        let page = page(kernel, &access, &types, since, limit).await?;
        if !waiting.goes_on(&page.shown).await {
            return Ok(page.shown);
        }
        since = page.until;
    }
}

/// The position from which on everything is that was committed after a time.
async fn since_time(access: &Access<SyncRead>, time: Timestamp) -> Result<i64> {
    if time > access.kernel().now().plus(LATE) {
        return Err(Error::parameter(
            "last_synced",
            "future",
            "must not lie in the future: is your clock right?",
        ));
    }
    log::service::before(&mut access.read().await?, time.minus(LATE)).await
}

/// A page, and up to which position it goes.
struct Read {
    shown: Page<SyncChange>,
    until: i64,
}

async fn page(
    kernel: &Kernel,
    access: &Access<SyncRead>,
    types: &[SyncType],
    since: i64,
    limit: i64,
) -> Result<Read> {
    let mut tx = access.read().await?;
    log::service::check_kept(&mut tx, since).await?;
    let changed = log::service::changed(&mut tx, &model::nouns(types), since, limit).await?;
    let data = source::current(&mut tx, types, model::targets(&changed.targets)).await?;
    let after = Some(log::service::cursor(kernel, access.project(), changed.until)?);
    let page = PageInfo { after, has_more: changed.has_more, ..PageInfo::default() };
    Ok(Read { shown: Page { data, page }, until: changed.until })
}
