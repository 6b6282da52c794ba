//! `carcosa sync …`.

use carcosa_kernel::Result;
use carcosa_types::page::PageQuery;
use carcosa_types::permission::SyncRead;

use super::service;
use crate::cli::Console;

const COLUMNS: &[&str] = &[
    "id",
    "name",
    "health.status",
    "health.lag.events",
    "health.lag.seconds",
    "health.success_rate_24h",
    "health.last_seen_at",
    "health.last_error",
];

/// What to do with sync.
#[derive(clap::Subcommand)]
pub(crate) enum SyncCommand {
    /// Lists who keeps copies, and how they fare.
    Clients {
        /// The project, by id or slug; may be left out when there is only one.
        #[arg(long)]
        project: Option<String>,
    },
}

impl SyncCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        let Self::Clients { project } = self;
        let access = console.access::<SyncRead>(project.as_deref()).await?;
        let paging = PageQuery { limit: Some(100), ..PageQuery::default() };
        console.show(&service::list(&access, &paging).await?, COLUMNS);
        Ok(())
    }
}
