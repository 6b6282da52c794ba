//! Snapshots: everything there is, as lines that are made while they are sent.
//!
//! Lines are objects (see [`SyncType`]), and marks, told apart by `object`:
//! - `snapshot_start`, first: the `types`.
//! - `snapshot_chunk`, after some objects: `resume`, with which a reader that is cut off goes on after them, and how many were `sent`.
//! - `deleted`, with `type` and `id`: what was sent before is gone.
//! - `snapshot_end`, last: the `cursor` to follow changes from, and how many were `sent`.
//!
//! Why the end is one moment: what changed since the snapshot began is sent last, in pages, each read with its part of the log in one
//! transaction. The last page also has what is committed and not in the log's order yet. So each object was last sent as it is in that
//! last transaction, or has not changed since.

use std::time::Duration;

use carcosa_kernel::{Access, Error, Kernel, Result, Tx, Window};
use carcosa_types::ProjectId;
use carcosa_types::page::PageQuery;
use carcosa_types::permission::SyncRead;
use carcosa_types::sync::{SnapshotQuery, SyncOperation, SyncType};
use carcosa_web::stream::{self, Accepts, Media, Sink};
use carcosa_web::{Again, Stream};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;
use uuid::Uuid;

use super::model;
use super::source::{self, Lines};
use super::state::{self, Asked};
use crate::capabilities::log;

/// Entries of the log read at a time.
const PAGE: i64 = 1000;
/// Most objects that may wait for their place in the log's order when a snapshot ends. Where there are more it lets the sequencer work.
const MOST_WAITING: i64 = 5000;
/// How long it does.
const PAUSE: Duration = Duration::from_millis(100);
/// How often, at most.
const MOST_PAUSES: u32 = 600;

/// A snapshot as lines of JSON.
pub(super) enum SnapshotFile {}

impl Media for SnapshotFile {
    const TYPES: &'static [&'static str] = &["application/x-ndjson"];
}

/// How far a snapshot has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    /// Where the project's order ended when it began; later, up to where changes were sent.
    position: i64,
    /// The type it is at; `None` when what is left are changes.
    kind: Option<SyncType>,
    /// The last object sent of it.
    after: Option<Uuid>,
    /// Objects sent.
    sent: u64,
}

#[derive(Serialize)]
#[serde(tag = "object", rename_all = "snake_case")]
enum Mark<'a> {
    SnapshotStart { types: &'a [SyncType] },
    SnapshotChunk { resume: String, sent: u64 },
    Deleted { r#type: SyncType, id: &'a str },
    SnapshotEnd { cursor: String, sent: u64 },
}

/// Starts to send one, or what is left of one.
pub(super) async fn start(
    access: Access<SyncRead>,
    again: Again,
    accepts: Accepts,
    query: SnapshotQuery,
) -> Result<Stream<SnapshotFile>> {
    let (kernel, project) = (access.kernel().clone(), access.project());
    let types = model::types(query.types.as_deref())?;
    let paging = PageQuery { after: query.resume, ..PageQuery::default() };
    let window = Window::<Place>::open(&kernel, "sync_snapshot", &(project, &types), &paging)?;
    let mut tx = access.read().await?;
    let place: Place = match window.start() {
        Some(place) => place.clone(),
        None => Place {
            position: log::service::end(&mut tx).await?,
            kind: types.first().copied(),
            after: None,
            sent: 0,
        },
    };
    log::service::check_kept(&mut tx, place.position).await?;
    drop(tx);
    let opening = stream::open(project)?;
    // Going on is no further snapshot.
    let asked = if window.start().is_some() { Asked::Other } else { Asked::Snapshot };
    state::admit(&kernel, project, asked)?;
    let chunk = state::of(&kernel)?.chunk;
    let file_name = format!("snapshot-{project}.ndjson");
    let snapshot = Snapshot { kernel, project, again, types, window, place, chunk, pauses: 0 };
    Ok(opening.stream("application/x-ndjson", file_name, accepts, move |sink| snapshot.send(sink)))
}

struct Snapshot {
    kernel: Kernel,
    project: ProjectId,
    again: Again,
    types: Vec<SyncType>,
    window: Window<Place>,
    place: Place,
    chunk: i64,
    /// How often it has waited.
    pauses: u32,
}

impl Snapshot {
    /// A short transaction, when the credential may still read.
    async fn read(&self) -> Result<Tx> {
        self.again.in_project::<SyncRead>().await?.read().await
    }

    async fn send(mut self, sink: Sink) -> Result<()> {
        let mut lines = Lines::default();
        lines.add(&Mark::SnapshotStart { types: &self.types })?;
        sink.send(lines.text).await?;
        while let Some(kind) = self.place.kind {
            let lines = self.chunk(kind).await?;
            sink.send(lines.text).await?;
        }
        loop {
            let (lines, has_more) = self.changes().await?;
            sink.send(lines.text).await?;
            if !has_more {
                break;
            }
        }
        let cursor = log::service::cursor(&self.kernel, self.project, self.place.position)?;
        let mut lines = Lines::default();
        lines.add(&Mark::SnapshotEnd { cursor, sent: self.place.sent })?;
        sink.send(lines.text).await
    }

    /// The next objects of a type, and the mark after them.
    async fn chunk(&mut self, kind: SyncType) -> Result<Lines> {
        let mut tx = self.read().await?;
        let mut lines = source::lines(&mut tx, kind, self.place.after, self.chunk).await?;
        // Not kept while the reader takes its time.
        drop(tx);
        self.place.sent += u64::try_from(lines.count).unwrap_or(u64::MAX);
        self.place.after = lines.last;
        if i64::try_from(lines.count).unwrap_or(i64::MAX) < self.chunk {
            let next = self.types.iter().skip_while(|one| **one != kind).nth(1);
            (self.place.kind, self.place.after) = (next.copied(), None);
        }
        self.mark(&mut lines)?;
        Ok(lines)
    }

    /// Lets the sequencer work. The mark tells whether anyone still reads.
    async fn wait(&mut self) -> Result<Lines> {
        self.pauses += 1;
        if self.pauses > MOST_PAUSES {
            return Err(Error::internal("what was committed is not put in order: is the sequencer stuck?"));
        }
        sleep(PAUSE).await;
        let mut lines = Lines::default();
        self.mark(&mut lines)?;
        Ok(lines)
    }

    fn mark(&self, lines: &mut Lines) -> Result<()> {
        let resume = self.window.write(&self.kernel, &self.place)?;
        lines.add(&Mark::SnapshotChunk { resume, sent: self.place.sent })
    }

    /// The next of what changed since, and whether there is more. The last lines bring the copy to one moment.
    async fn changes(&mut self) -> Result<(Lines, bool)> {
        let mut tx = self.read().await?;
        log::service::check_kept(&mut tx, self.place.position).await?;
        let nouns = model::nouns(&self.types);
        let mut changed = log::service::changed(&mut tx, &nouns, self.place.position, PAGE).await?;
        if !changed.has_more {
            let waiting = log::service::waiting(&mut tx, &nouns, MOST_WAITING).await?;
            if i64::try_from(waiting.len()).unwrap_or(i64::MAX) >= MOST_WAITING {
                drop(tx);
                return self.wait().await.map(|lines| (lines, true));
            }
            changed.targets.extend(waiting);
        }
        let current = source::current(&mut tx, &self.types, model::targets(&changed.targets)).await?;
        drop(tx);
        let mut lines = Lines::default();
        for change in &current {
            match change.operation {
                SyncOperation::Upsert => {
                    self.place.sent += 1;
                    lines.add(&change.data)?;
                }
                SyncOperation::Delete => lines.add(&Mark::Deleted { r#type: change.kind, id: &change.id })?,
            }
        }
        self.place.position = changed.until;
        if changed.has_more {
            self.mark(&mut lines)?;
        }
        Ok((lines, changed.has_more))
    }
}
