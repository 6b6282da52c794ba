//! Use cases of sync clients: who keeps copies, and how they fare by their own reports.

use std::collections::BTreeMap;
use std::time::Duration;

use carcosa_kernel::error::NOT_FOUND;
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Error, Kernel, Result, System, Tx, Window};
use carcosa_types::event::{SYNC_CLIENT_CREATED, SYNC_CLIENT_DELETED, SYNC_CLIENT_UPDATED};
use carcosa_types::page::{Filters, PageQuery};
use carcosa_types::permission::{SyncCreate, SyncDelete, SyncRead, SyncUpdate};
use carcosa_types::sync::{
    CreateSyncClient, CreateSyncReport, ListSyncReports, MAX_CLIENTS, SyncClient, SyncClientWithHealth,
    SyncHealth, SyncLag, SyncOutcome, SyncProgress, SyncReport, SyncStatus, SyncType, SyncWork,
    UpdateSyncClient,
};
use carcosa_types::{Page, SyncClientId, Timestamp};
use carcosa_web::IfMatch;
use uuid::Uuid;

use super::error::{SYNC_CLIENT_NAME_TAKEN, TOO_MANY_SYNC_CLIENTS};
use super::model;
use super::state::{self, Asked};
use super::store::{self, StoredClient, Word};
use crate::capabilities::{log, projects};

/// After how many seconds without word something is wrong, unless the client says otherwise.
const SILENT_AFTER: u32 = 900;
/// How long reports are kept.
const KEPT: Duration = Duration::from_hours(24 * 30);
const DAY: Duration = Duration::from_hours(24);

/// Registers a copy.
pub async fn create(access: &Access<SyncCreate>, new: CreateSyncClient) -> Result<SyncClientWithHealth> {
    let mut write = access.write().await?;
    projects::store::hold(&mut write).await?;
    if store::count(&mut write).await? >= MAX_CLIENTS {
        let detail = format!("The project has {MAX_CLIENTS} sync clients, which is the most it can have.");
        return Err(Error::new(TOO_MANY_SYNC_CLIENTS, detail));
    }
    let now = write.kernel().now();
    let client = SyncClient {
        object: "sync_client".to_owned(),
        id: write.kernel().new_id(),
        name: new.name,
        description: new.description,
        types: new.types.map_or_else(|| SyncType::ALL.to_vec(), in_order),
        silent_after_seconds: new.silent_after_seconds.unwrap_or(SILENT_AFTER),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    if !store::insert(&mut write, &client).await? {
        return Err(name_taken(&client.name));
    }
    let receipt = write.record(Entry::new(SYNC_CLIENT_CREATED, client.id, &client)?);
    let stored = StoredClient { client, word: Word::default() };
    let shown = Look::at(access.kernel(), &mut write).await?.shown(&mut write, stored).await?;
    write.commit(receipt, shown).await
}

/// One.
pub async fn get(access: &Access<SyncRead>, id: SyncClientId) -> Result<SyncClientWithHealth> {
    let mut tx = access.read().await?;
    let stored = store::find(&mut tx, id).await?.ok_or_else(not_found)?;
    Look::at(access.kernel(), &mut tx).await?.shown(&mut tx, stored).await
}

/// All, oldest first.
pub async fn list(access: &Access<SyncRead>, paging: &PageQuery) -> Result<Page<SyncClientWithHealth>> {
    let kernel = access.kernel();
    let window = Window::<(Uuid,)>::open(kernel, "sync_clients", &(), paging)?;
    let mut tx = access.read().await?;
    let found = store::list(&mut tx, &window).await?;
    let look = Look::at(kernel, &mut tx).await?;
    let mut shown = Vec::with_capacity(found.len());
    for stored in found {
        shown.push(look.shown(&mut tx, stored).await?);
    }
    window.page(kernel, shown, |one| (one.client.id.uuid(),))
}

/// Changes what the patch names.
pub async fn update(
    access: &Access<SyncUpdate>,
    id: SyncClientId,
    version: Option<i64>,
    patch: UpdateSyncClient,
) -> Result<SyncClientWithHealth> {
    let mut write = access.write().await?;
    let stored = store::lock(&mut write, id).await?.ok_or_else(not_found)?;
    IfMatch::check(version, stored.client.version)?;
    let look = Look::at(access.kernel(), &mut write).await?;
    let mut client = stored.client.clone();
    if let Some(name) = patch.name {
        client.name = name;
        if store::name_elsewhere(&mut write, id, &client.name).await? {
            return Err(name_taken(&client.name));
        }
    }
    patch.description.apply(&mut client.description);
    client.types = patch.types.map_or(client.types, in_order);
    client.silent_after_seconds = patch.silent_after_seconds.unwrap_or(client.silent_after_seconds);
    if client == stored.client {
        return look.shown(&mut write, stored).await;
    }
    client.updated_at = write.kernel().now();
    client.version += 1;
    store::update(&mut write, &client).await?;
    let receipt = write.record(Entry::new(SYNC_CLIENT_UPDATED, id, &client)?.before(&stored.client)?);
    let shown = look.shown(&mut write, StoredClient { client, word: stored.word }).await?;
    write.commit(receipt, shown).await
}

/// Removes one, with its reports.
pub async fn delete(access: &Access<SyncDelete>, id: SyncClientId, version: Option<i64>) -> Result<()> {
    let mut write = access.write().await?;
    let stored = store::lock(&mut write, id).await?.ok_or_else(not_found)?;
    IfMatch::check(version, stored.client.version)?;
    store::delete(&mut write, id).await?;
    let receipt = write.record(Entry::new(SYNC_CLIENT_DELETED, id, &stored.client)?);
    write.commit(receipt, ()).await
}

/// Takes a client's word on what it did.
pub async fn report(
    access: &Access<SyncUpdate>,
    id: SyncClientId,
    new: CreateSyncReport,
) -> Result<SyncClientWithHealth> {
    let kernel = access.kernel();
    let project = access.project();
    state::admit(kernel, project, Asked::Report)?;
    let position =
        new.cursor.as_deref().map(|cursor| log::service::position(kernel, project, cursor)).transpose()?;
    let mut write = access.write().await?;
    let mut stored = store::lock(&mut write, id).await?.ok_or_else(not_found)?;
    let look = Look::at(kernel, &mut write).await?;
    // One beyond the end is of a state that was undone, and says nothing of how far the copy is.
    let position = position.filter(|position| *position <= look.end);
    let (report, now) = (write.kernel().new_id(), write.kernel().now());
    stored.word = heard(stored.word, &new, position, now);
    store::hear(&mut write, id, &stored.word).await?;
    if new.outcome != SyncOutcome::Running {
        store::keep(&mut write, id, report, &new, now).await?;
    }
    let shown = look.shown(&mut write, stored).await?;
    // A client that follows the log and reports what it read must not read of its reports.
    write.commit_unrecorded(shown).await
}

/// What is known of a client after its word.
fn heard(before: Word, new: &CreateSyncReport, position: Option<i64>, now: Timestamp) -> Word {
    let mut word = Word {
        // A full copy may be made anew from an older backup: the cursor goes where the client says.
        position: position.or(before.position),
        kind: Some(new.kind),
        outcome: Some(new.outcome),
        objects: new.objects,
        total: new.total,
        seen_at: Some(now),
        ..before
    };
    match new.outcome {
        SyncOutcome::Running => {}
        SyncOutcome::Succeeded => {
            word.succeeded_at = Some(now);
            if new.kind == SyncWork::Compare {
                (word.compared_at, word.differences) = (Some(now), Some(new.differences.unwrap_or(0)));
            }
        }
        SyncOutcome::Failed => {
            word.failed_at = Some(now);
            word.last_error.clone_from(&new.error);
        }
    }
    word
}

/// A client's reports, newest first.
pub async fn reports(
    access: &Access<SyncRead>,
    id: SyncClientId,
    mut query: ListSyncReports,
) -> Result<Page<SyncReport>> {
    let kernel = access.kernel();
    let paging = query.take_paging();
    let window = Window::<(Uuid,)>::open(kernel, "sync_reports", &(id, &query), &paging)?;
    let mut tx = access.read().await?;
    store::find(&mut tx, id).await?.ok_or_else(not_found)?;
    let found = store::reports(&mut tx, id, &query, &window).await?;
    window.page(kernel, found, |report| (report.id.uuid(),))
}

/// What is needed to say how clients fare, at one moment.
struct Look {
    now: Timestamp,
    end: i64,
}

impl Look {
    async fn at(kernel: &Kernel, tx: &mut Tx) -> Result<Self> {
        Ok(Self { now: kernel.now(), end: log::service::end(tx).await? })
    }

    async fn shown(&self, tx: &mut Tx, stored: StoredClient) -> Result<SyncClientWithHealth> {
        let StoredClient { client, word } = stored;
        let lag = match word.position {
            Some(position) => Some(self.lag(tx, position).await?),
            None => None,
        };
        let (succeeded_24h, failed_24h) = store::outcomes(tx, client.id, self.now.minus(DAY)).await?;
        let all = succeeded_24h + failed_24h;
        let mut durations = BTreeMap::new();
        for (name, kind) in
            [("snapshot", SyncWork::Snapshot), ("changes", SyncWork::Changes), ("compare", SyncWork::Compare)]
        {
            if let Some(duration) = model::duration(&store::durations(tx, client.id, kind).await?) {
                durations.insert(name.to_owned(), duration);
            }
        }
        let running = word.outcome == Some(SyncOutcome::Running);
        let progress = word.kind.filter(|_| running).map(|kind| SyncProgress {
            kind,
            objects: word.objects.unwrap_or(0),
            total: word.total,
        });
        #[expect(clippy::cast_precision_loss, reason = "counts of reports are far below 2^52")]
        let success_rate_24h = (all > 0).then(|| succeeded_24h as f64 / all as f64);
        let health = SyncHealth {
            status: self.status(&client, &word, lag),
            progress,
            lag,
            last_seen_at: word.seen_at,
            last_succeeded_at: word.succeeded_at,
            last_failed_at: word.failed_at,
            last_error: word.last_error,
            succeeded_24h,
            failed_24h,
            success_rate_24h,
            durations,
            compared_at: word.compared_at,
            differences: word.differences,
        };
        Ok(SyncClientWithHealth { client, health })
    }

    async fn lag(&self, tx: &mut Tx, position: i64) -> Result<SyncLag> {
        let events = (self.end - position).max(0);
        let seconds = match events {
            0 => 0,
            _ => log::service::recorded_after(tx, position)
                .await?
                .map_or(0, |first| model::seconds_since(first, self.now)),
        };
        Ok(SyncLag { events, seconds })
    }

    fn status(&self, client: &SyncClient, word: &Word, lag: Option<SyncLag>) -> SyncStatus {
        let Some((seen, outcome)) = word.seen_at.zip(word.outcome) else { return SyncStatus::Registered };
        if self.now.since(seen) > Duration::from_secs(u64::from(client.silent_after_seconds)) {
            return SyncStatus::Silent;
        }
        match outcome {
            SyncOutcome::Failed => SyncStatus::Failing,
            SyncOutcome::Running => SyncStatus::Running,
            SyncOutcome::Succeeded if lag.is_some_and(|lag| lag.events == 0) => SyncStatus::Current,
            SyncOutcome::Succeeded => SyncStatus::Behind,
        }
    }
}

/// Reports removed at a time.
const SWEPT: u32 = 1000;

/// Removes some old reports; whether there may be more.
pub async fn sweep(system: &System) -> Result<bool> {
    state::sweep(system.kernel());
    let before = system.kernel().now().minus(KEPT);
    let swept = system.maintain(async |tx| store::sweep(tx, before, i64::from(SWEPT)).await).await?;
    Ok(swept >= u64::from(SWEPT))
}

fn in_order(mut types: Vec<SyncType>) -> Vec<SyncType> {
    types.sort_unstable();
    types
}

fn not_found() -> Error {
    Error::new(NOT_FOUND, "There is no such sync client.")
}

fn name_taken(name: &str) -> Error {
    Error::new(SYNC_CLIENT_NAME_TAKEN, format!("The sync client “{name}” exists already.")).at("/name")
}
