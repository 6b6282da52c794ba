//! Checking that nobody changed the log: the chains of the database.
//!
//! A stream that retention has cut is checked from the cut on. That the installation itself made the cut, and at that place,
//! is proved by a keyed hash in the stream's head: whoever takes away one more entry, and moves the cut, cannot make it.

use std::collections::{BTreeMap, BTreeSet};

use carcosa_kernel::log::chain;
use carcosa_kernel::secrets::{Keyring, Purpose};
use carcosa_kernel::{Kernel, Result, System, SystemTask, Tx};
use carcosa_types::{ProjectId, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{StoredEntry, hex, unhex};
use super::store::{self, Head};
use crate::capabilities::tenants;

/// Entries read at a time.
const BATCH: i64 = 1000;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The stream: a tenant's id or the project's, as a UUID.
    pub stream: Option<Uuid>,
    /// The entry in it.
    pub sequence: Option<i64>,
    /// What is wrong.
    pub detail: String,
}

/// What was found in one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The project.
    pub project: ProjectId,
    /// Streams checked.
    pub streams: u64,
    /// Entries checked.
    pub entries: u64,
    /// Of them, those whose personal part was erased.
    pub erased: u64,
    /// Entries that retention has removed.
    pub pruned: i64,
    /// What is wrong; empty when all is well.
    pub problems: Vec<Problem>,
}

/// Where retention has cut a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Always `cut`, by which its line is known in a file.
    pub object: String,
    /// The stream.
    pub stream_id: Uuid,
    /// The first entry that is there.
    pub first_seq: i64,
    /// The hash before it, hexadecimal.
    pub hash: String,
    /// Whether the installation made the cut: its own word, in a file covered by its signature.
    pub proven: bool,
}

impl Cut {
    /// The cut that a head tells of, checked; `None` for a stream that is there from its beginning.
    #[must_use]
    pub(super) fn of(secrets: &Keyring, project: ProjectId, head: &Head) -> Option<Self> {
        if head.first_seq == 1 && head.first_hash.is_none() {
            return None;
        }
        let hash = head.first_hash.clone().unwrap_or_default();
        let text = chain::cut(project, head.stream_id, head.first_seq, &hash);
        let proof = head.first_proof.as_deref().unwrap_or_default();
        Some(Self {
            object: "cut".to_owned(),
            stream_id: head.stream_id,
            first_seq: head.first_seq,
            hash: hex(&hash),
            proven: secrets.verify(Purpose::Retention, &text, proof),
        })
    }
}

/// Walks the entries of a project, stream by stream in order, and notes what does not fit.
#[derive(Debug)]
pub struct Chain {
    report: Report,
    at: Option<(Uuid, i64, [u8; 32])>,
    /// Before which entry the streams that were cut begin, and the hash before it.
    cuts: BTreeMap<Uuid, (i64, [u8; 32])>,
    /// How many entries have a position, and the highest.
    positions: (i64, i64),
    /// The position of the stream's last entry that has one.
    position: i64,
    /// The streams of which something was erased.
    erased: BTreeSet<Uuid>,
    /// The ends of the streams walked, to be compared with the heads.
    ends: BTreeMap<Uuid, (i64, [u8; 32])>,
}

/// Problems kept; more say nothing new.
const MAX_PROBLEMS: usize = 100;

impl Chain {
    /// At the beginning.
    #[must_use]
    pub fn new(project: ProjectId) -> Self {
        let report = Report { project, streams: 0, entries: 0, erased: 0, pruned: 0, problems: Vec::new() };
        Self {
            report,
            at: None,
            cuts: BTreeMap::new(),
            positions: (0, 0),
            position: 0,
            erased: BTreeSet::new(),
            ends: BTreeMap::new(),
        }
    }

    /// Says where a stream begins. Before its entries.
    pub fn cut(&mut self, cut: &Cut) {
        let stream = Some(cut.stream_id);
        if !cut.proven {
            self.wrong(
                stream,
                Some(cut.first_seq),
                "the stream begins here, and it was not retention that cut it",
            );
        }
        let hash = unhex(&cut.hash).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let Some(hash) = hash.filter(|_| cut.first_seq > 1) else {
            return self.wrong(stream, Some(cut.first_seq), "the place where the stream was cut is damaged");
        };
        self.report.pruned = self.report.pruned.saturating_add(cut.first_seq - 1);
        if self.cuts.insert(cut.stream_id, (cut.first_seq - 1, hash)).is_some() {
            self.wrong(stream, Some(cut.first_seq), "the stream was cut twice");
        }
    }

    /// Begins a stream after an entry that has this hash. Before its entries.
    pub(super) fn start(&mut self, stream: Uuid, seq: i64, hash: [u8; 32]) {
        self.cuts.insert(stream, (seq, hash));
    }

    /// Whether something of the stream was erased, so far.
    pub(super) fn has_erased(&self, stream: Uuid) -> bool {
        self.erased.contains(&stream)
    }

    /// Notes a problem.
    pub(super) fn wrong(&mut self, stream: Option<Uuid>, sequence: Option<i64>, detail: impl Into<String>) {
        if self.report.problems.len() < MAX_PROBLEMS {
            self.report.problems.push(Problem { stream, sequence, detail: detail.into() });
        }
    }

    /// Takes the next entry.
    pub fn take(&mut self, entry: &StoredEntry) {
        let (project, stream, seq) = (self.report.project, entry.stream_id, entry.seq);
        self.report.entries += 1;
        if entry.body.is_none() {
            self.report.erased += 1;
            // What a purged tenant shared is erased from the other tenant's stream too.
            if entry.target_kind != "share" {
                self.erased.insert(stream);
            }
        }
        if self.at.is_none_or(|(current, _, _)| current != stream) {
            self.end_stream();
            self.report.streams += 1;
            self.position = 0;
            let (before, hash) =
                self.cuts.get(&stream).copied().unwrap_or_else(|| (0, chain::genesis(project, stream)));
            self.at = Some((stream, before, hash));
        }
        let Some((_, before, hash)) = self.at else { return };
        if seq != before + 1 {
            self.wrong(
                Some(stream),
                Some(seq),
                format!("follows {before}: entries are missing or out of order"),
            );
        }
        if !entry.body_is_whole() {
            self.wrong(Some(stream), Some(seq), "the body is not the one that was recorded");
        }
        // The sequencer takes a stream's entries in their order.
        if entry.position.is_some_and(|position| position <= self.position) {
            self.wrong(Some(stream), Some(seq), "stands before its predecessor in the project's order");
        }
        if let Some(position) = entry.position {
            self.position = position;
            self.positions = (self.positions.0 + 1, self.positions.1.max(position));
        }
        let expected = entry.fields(project).map(|fields| chain::next(&hash, &fields));
        if expected.map(|expected| hex(&expected)) != Some(entry.hash.clone()) {
            self.wrong(Some(stream), Some(seq), "the hash does not follow from the entry and the one before");
        }
        // Goes on from what is stored, so that one change is told once.
        let stored = unhex(&entry.hash).and_then(|bytes| bytes.try_into().ok()).unwrap_or(hash);
        self.at = Some((stream, seq, stored));
    }

    fn end_stream(&mut self) {
        let Some((stream, seq, hash)) = self.at.take() else { return };
        if self.ends.insert(stream, (seq, hash)).is_some() {
            self.wrong(Some(stream), Some(seq), "the stream's entries do not stand together");
        }
    }

    /// Compares the ends of the streams with the heads, and gives the report.
    #[must_use]
    pub fn finish(mut self, heads: &[(Uuid, i64, String)]) -> Report {
        self.compare(heads);
        // No two entries have one position, so this many from 1 to the highest leave no gap but those of retention.
        let (count, highest) = self.positions;
        let pruned = self.report.pruned;
        if count.saturating_add(pruned) != highest {
            let detail = format!(
                "the project's order ends at {highest}, with {count} entries there and {pruned} removed by retention"
            );
            self.wrong(None, None, detail);
        }
        self.report
    }

    /// Compares the end of the one stream walked with its head, and gives the problems.
    pub(super) fn end(mut self, head: (Uuid, i64, String)) -> Vec<Problem> {
        self.compare(&[head]);
        self.report.problems
    }

    fn compare(&mut self, heads: &[(Uuid, i64, String)]) {
        self.end_stream();
        let mut ends = std::mem::take(&mut self.ends);
        for (stream, seq, hash) in heads {
            let Some((last, end)) = ends.remove(stream) else {
                self.wrong(Some(*stream), Some(*seq), "the stream's entries are gone");
                continue;
            };
            if last != *seq {
                let detail =
                    format!("the stream ends at {last}, its head says {seq}: entries at the end are missing");
                self.wrong(Some(*stream), Some(last), detail);
            } else if hex(&end) != *hash {
                self.wrong(Some(*stream), Some(last), "the stream's last hash is not the one of its head");
            }
        }
        for (stream, (last, _)) in ends {
            self.wrong(Some(stream), Some(last), "the stream has no head");
        }
    }

    /// What is wrong so far.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.report.problems
    }
}

/// Checks the log of a project in the database.
pub async fn database(kernel: &Kernel, project: ProjectId) -> Result<Report> {
    let mut tx = System::new(kernel, SystemTask::Console).read_project(project).await?;
    let heads = store::heads(&mut tx).await?;
    let mut chain = Chain::new(project);
    let secrets = kernel.secrets();
    for cut in heads.iter().filter_map(|head| Cut::of(&secrets, project, head)) {
        chain.cut(&cut);
    }
    walk(&mut tx, |entry| {
        chain.take(&entry);
        Ok(())
    })
    .await?;
    let purged: BTreeSet<TenantId> = tenants::store::erased(&mut tx).await?.into_iter().collect();
    for stream in std::mem::take(&mut chain.erased) {
        if !purged.contains(&TenantId::from_uuid(stream)) {
            chain.wrong(Some(stream), None, "bodies are gone, and no record says that they were erased");
        }
    }
    check_order(&mut tx, &mut chain).await?;
    let heads: Vec<_> = heads.into_iter().map(|head| (head.stream_id, head.seq, hex(&head.hash))).collect();
    Ok(chain.finish(&heads))
}

/// Compares the project's order with what the sequencer and retention remember of it.
async fn check_order(tx: &mut Tx, chain: &mut Chain) -> Result<()> {
    let order = store::order(tx).await?;
    let highest = chain.positions.1;
    if highest != order.position {
        let counter = order.position;
        chain.wrong(
            None,
            None,
            format!("the project's order ends at {highest}, the sequencer's counter is {counter}"),
        );
    }
    let (first, kept) = (order.first_position, store::kept(tx, order.first_position).await?);
    if kept != order.position - first + 1 {
        let detail =
            format!("from position {first} to {} there are {kept} entries: some are missing", order.position);
        chain.wrong(None, None, detail);
    }
    Ok(())
}

/// Gives every entry, stream by stream, out of the one snapshot that the transaction sees.
pub(super) async fn walk(tx: &mut Tx, mut each: impl FnMut(StoredEntry) -> Result<()>) -> Result<()> {
    let mut after = (Uuid::nil(), 0);
    loop {
        let batch = store::batch(tx, after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = (last.stream_id, last.seq);
        for entry in batch {
            each(entry)?;
        }
    }
}
