//! The follower: keeps this node's directory true to what any node committed.

use std::collections::HashMap;

use carcosa_types::ProjectId;
use sqlx::FromRow;

use crate::directory::Touched;
use crate::{Kernel, Result, System, Tx, args};

/// The PostgreSQL channel on which the sequencer gives hints.
pub const CHANNEL: &str = "carcosa_log";
/// Entries read at a time.
const BATCH: i64 = 1000;

crate::statements! {
    system END = "SELECT ordinal FROM log_order WHERE id = 1";
    /// What is committed and waits to be put in order.
    system WAITING = "SELECT touched FROM log_entries WHERE ordinal IS NULL ORDER BY recorded_at, stream_id, seq LIMIT $1";
    system AFTER = "SELECT ordinal, project_id, position, touched FROM log_entries WHERE ordinal > $1 ORDER BY ordinal LIMIT $2";
}

#[derive(FromRow)]
struct End {
    ordinal: i64,
}
#[derive(FromRow)]
struct Read {
    ordinal: i64,
    project_id: ProjectId,
    position: Option<i64>,
    touched: Option<String>,
}

#[derive(FromRow)]
struct Waiting {
    touched: Option<String>,
}

/// Where this node is in the log.
#[derive(Debug, Default)]
pub struct Follower {
    ordinal: Option<i64>,
}

impl Follower {
    /// Reads the log to its end and forgets what changed. The first call starts at the end with an empty directory.
    pub async fn catch_up(&mut self, system: &System) -> Result<()> {
        let kernel = system.kernel();
        // Taken before reading: what commits during the read is heard next time.
        let at = kernel.now();
        let mut tx = system.read().await?;
        let mut ordinal = match self.ordinal {
            Some(ordinal) => ordinal,
            None => {
                kernel.directory().clear();
                tx.one::<End>(&END, args![]).await?.ordinal
            }
        };
        loop {
            let entries: Vec<Read> = tx.all(&AFTER, args![ordinal, BATCH]).await?;
            for entry in &entries {
                ordinal = entry.ordinal;
                forget(kernel, entry.touched.as_deref())?;
            }
            tell(kernel, &entries);
            if entries.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
                break;
            }
        }
        self.ordinal = Some(ordinal);
        forget_waiting(kernel, &mut tx).await?;
        kernel.directory().heard(at);
        Ok(())
    }
}

/// Forgets what is committed and has no place in the order yet: a change must not work longer here because the sequencer is
/// behind. What is forgotten twice does no harm.
async fn forget_waiting(kernel: &Kernel, tx: &mut Tx) -> Result<()> {
    let waiting: Vec<Waiting> = tx.all(&WAITING, args![BATCH]).await?;
    if waiting.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX) {
        // More than can be looked at each time: until the sequencer has caught up, nothing is kept.
        kernel.directory().clear();
    }
    waiting.iter().try_for_each(|entry| forget(kernel, entry.touched.as_deref()))
}

/// Wakes those who wait for these projects, once each.
fn tell(kernel: &Kernel, entries: &[Read]) {
    let mut last = HashMap::new();
    for entry in entries {
        last.insert(entry.project_id, entry.position.unwrap_or_default());
    }
    for (project, position) in last {
        kernel.moves().moved(project, position);
    }
}

fn forget(kernel: &Kernel, touched: Option<&str>) -> Result<()> {
    if let Some(touched) = touched {
        kernel.directory().forget(&serde_json::from_str::<Vec<Touched>>(touched)?);
    }
    Ok(())
}
