//! When keys were last used: noted in memory, written now and then.
//!
//! Writing makes no version and is not recorded: it says nothing that anyone decided, and there would be one entry for every few requests.
//! A node that is killed forgets the uses of the last ten seconds.

use carcosa_kernel::{Kernel, Result, System, SystemTask};
use carcosa_types::id::kind;
use carcosa_types::{KeyId, ProjectId, Timestamp};

use super::store;
use crate::shards::Sharded;

/// Most keys noted in each of 64 parts between two writings. Uses of more are not noted.
const CAPACITY: usize = 4 * 1024;
/// Keys written in one statement.
const BATCH: usize = 1_000;

/// A use that is not written yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    /// The key's project.
    pub(super) project: ProjectId,
    /// The key.
    pub(super) key: KeyId,
    /// When.
    pub(super) at: Timestamp,
}

/// The uses that are not written yet.
#[derive(Default)]
pub(super) struct Usage(Sharded<kind::Key, Use>);

impl Usage {
    /// Notes that a key was used with success.
    pub(super) fn note(&self, used: Use) {
        let mut uses = self.0.of(used.key);
        if uses.len() < CAPACITY || uses.contains_key(&used.key) {
            let noted = uses.entry(used.key).or_insert(used);
            noted.at = noted.at.max(used.at);
        }
    }

    /// Writes what was noted. What cannot be written now stays noted.
    pub(super) async fn write(&self, kernel: &Kernel) -> Result<()> {
        let mut uses: Vec<Use> = self
            .0
            .each()
            .flat_map(|mut uses| uses.drain().map(|(_, used)| used).collect::<Vec<_>>())
            .collect();
        uses.sort_unstable_by_key(|used| used.key);
        let system = System::new(kernel, SystemTask::Keys);
        let mut batches = uses.chunks(BATCH);
        while let Some(batch) = batches.next() {
            if let Err(error) = system.maintain(async |tx| store::note_uses(tx, batch).await).await {
                std::iter::once(batch).chain(batches).flatten().for_each(|used| self.note(*used));
                return Err(error);
            }
        }
        Ok(())
    }
}
