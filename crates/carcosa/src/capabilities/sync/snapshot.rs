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

use carcosa_kernel::{Access, Kernel, Result, Tx, Window};
use carcosa_types::page::PageQuery;
use carcosa_types::permission::SyncRead;
use carcosa_types::sync::{Operation, SnapshotQuery, SyncType};
use carcosa_web::stream::{self, Accepts, Media, Sink};
use carcosa_web::{Again, Stream};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model;
use super::source::{self, Lines};
use super::state::{self, Asked};
use crate::capabilities::log;

/// Objects read at a time.
const CHUNK: i64 = 2000;
/// Entries of the log read at a time.
const PAGE: i64 = 1000;

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
    state::admit(&kernel, project, Asked::Snapshot)?;
    let opening = stream::open()?;
    let paging = PageQuery { after: query.resume, ..PageQuery::default() };
    let window = Window::<Place>::open(&kernel, "sync_snapshot", &types, &paging)?;
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
    log::service::check_kept(&kernel, &mut tx, place.position).await?;
    drop(tx);
    let file_name = format!("snapshot-{project}.ndjson");
    let snapshot = Snapshot { kernel, again, types, window, place };
    Ok(opening.stream("application/x-ndjson", file_name, accepts, move |sink| snapshot.send(sink)))
}

struct Snapshot {
    kernel: Kernel,
    again: Again,
    types: Vec<SyncType>,
    window: Window<Place>,
    place: Place,
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
        let cursor = log::service::cursor(&self.kernel, self.place.position)?;
        let mut lines = Lines::default();
        lines.add(&Mark::SnapshotEnd { cursor, sent: self.place.sent })?;
        sink.send(lines.text).await
    }

    /// The next objects of a type, and the mark after them.
    async fn chunk(&mut self, kind: SyncType) -> Result<Lines> {
        let mut tx = self.read().await?;
        let mut lines = source::lines(&mut tx, kind, self.place.after, CHUNK).await?;
        // Not kept while the reader takes its time.
        drop(tx);
        self.place.sent += u64::try_from(lines.count).unwrap_or(u64::MAX);
        self.place.after = lines.last;
        if i64::try_from(lines.count).unwrap_or(i64::MAX) < CHUNK {
            let next = self.types.iter().skip_while(|one| **one != kind).nth(1);
            (self.place.kind, self.place.after) = (next.copied(), None);
        }
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
        log::service::check_kept(&self.kernel, &mut tx, self.place.position).await?;
        let nouns = model::nouns(&self.types);
        let mut changed = log::service::changed(&mut tx, &nouns, self.place.position, PAGE).await?;
        if !changed.has_more {
            changed.targets.extend(log::service::waiting(&mut tx, &nouns).await?);
        }
        let current = source::current(&mut tx, model::targets(&changed.targets)).await?;
        drop(tx);
        let mut lines = Lines::default();
        for change in &current {
            match change.operation {
                Operation::Upsert => {
                    self.place.sent += 1;
                    lines.add(&change.data)?;
                }
                Operation::Delete => lines.add(&Mark::Deleted { r#type: change.kind, id: &change.id })?,
            }
        }
        self.place.position = changed.until;
        if changed.has_more {
            self.mark(&mut lines)?;
        }
        Ok((lines, changed.has_more))
    }
}
