//! The follower: keeps this node's directory true to what any node committed.

use sqlx::FromRow;

use crate::directory::Touched;
use crate::{Result, System, args};

/// The PostgreSQL channel on which the sequencer gives hints.
pub const CHANNEL: &str = "carcosa_log";
/// Entries read at a time.
const BATCH: i64 = 1000;

crate::statements! {
    system END = "SELECT ordinal FROM log_order WHERE id = 1";
    system AFTER = "SELECT ordinal, touched FROM log_entries WHERE ordinal > $1 ORDER BY ordinal LIMIT $2";
}

#[derive(FromRow)]
struct End {
    ordinal: i64,
}
#[derive(FromRow)]
struct Read {
    ordinal: i64,
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
                if let Some(touched) = &entry.touched {
                    kernel.directory().forget(&serde_json::from_str::<Vec<Touched>>(touched)?);
                }
            }
            if entries.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
                break;
            }
        }
        self.ordinal = Some(ordinal);
        kernel.directory().heard(at);
        Ok(())
    }
}
