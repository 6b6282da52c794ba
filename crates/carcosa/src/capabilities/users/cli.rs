//! `carcosa users …`.

use carcosa_kernel::{Error, Result};
use carcosa_types::UserId;
use carcosa_types::permission::{UserCreate, UserRead, UserUpdate};
use carcosa_types::user::{CreateUser, ListUsers, UserStatus};

use super::service;
use crate::cli::{Console, checked};

const COLUMNS: &[&str] = &["id", "email", "name", "external_id", "status", "created_at"];

/// What to do with users.
#[derive(clap::Subcommand)]
pub(crate) enum UserCommand {
    /// Lists users, newest first.
    List {
        /// The project, by id or slug; may be left out when there is only one.
        #[arg(long)]
        project: Option<String>,
        /// Words to search for in names and addresses.
        #[arg(long, short)]
        q: Option<String>,
        /// Only the one with this address.
        #[arg(long)]
        email: Option<String>,
        /// At most this many, 1–100.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: Option<u32>,
        /// Goes on after this cursor, which the page before ended with.
        #[arg(long)]
        after: Option<String>,
    },
    /// Creates one.
    Create {
        /// The project, by id or slug; may be left out when there is only one.
        #[arg(long)]
        project: Option<String>,
        /// E-mail address.
        #[arg(long)]
        email: String,
        /// Display name.
        #[arg(long)]
        name: Option<String>,
    },
    /// Stops a user everywhere.
    Disable {
        /// The project, by id or slug; may be left out when there is only one.
        #[arg(long)]
        project: Option<String>,
        /// The user's id.
        id: String,
    },
    /// Lets a disabled user in again.
    Enable {
        /// The project, by id or slug; may be left out when there is only one.
        #[arg(long)]
        project: Option<String>,
        /// The user's id.
        id: String,
    },
}

impl UserCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        match self {
            Self::List { project, q, email, limit, after } => {
                let query = ListUsers { q, limit, after, email, ..ListUsers::default() };
                let access = console.access::<UserRead>(project.as_deref()).await?;
                console.show(&service::list(&access, query).await?, COLUMNS);
            }
            Self::Create { project, email, name } => {
                let new = checked(CreateUser { email, name, external_id: None, metadata: None })?;
                let access = console.access::<UserCreate>(project.as_deref()).await?;
                console.show(&service::create(&access, new).await?, &[]);
            }
            Self::Disable { project, id } => {
                set(console, project.as_deref(), &id, UserStatus::Disabled).await?;
            }
            Self::Enable { project, id } => set(console, project.as_deref(), &id, UserStatus::Active).await?,
        }
        Ok(())
    }
}

async fn set(console: &Console, project: Option<&str>, id: &str, status: UserStatus) -> Result<()> {
    let id: UserId = id
        .parse()
        .map_err(|cause: carcosa_types::id::InvalidId| Error::field("id", "invalid", cause.to_string()))?;
    let access = console.access::<UserUpdate>(project).await?;
    console.show(&service::set_status(&access, id, None, status).await?, &[]);
    Ok(())
}
