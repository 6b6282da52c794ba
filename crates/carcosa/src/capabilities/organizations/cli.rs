//! `carcosa organizations …`.

use carcosa_kernel::{Error, Result};
use carcosa_types::organization::CreateOrganization;
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{OrganizationCreate, OrganizationDelete, OrganizationRead};

use super::service;
use crate::cli::{Console, checked};

/// The tenant whose organizations these are.
#[derive(clap::Args)]
pub(crate) struct Of {
    /// The project, by id or slug; may be left out when there is only one.
    #[arg(long)]
    project: Option<String>,
    /// The tenant: an id, `slug:acme` or `ext:42`.
    #[arg(long)]
    tenant: String,
}

/// What to do with organizations.
#[derive(clap::Subcommand)]
pub(crate) enum OrganizationCommand {
    /// Lists them by name.
    List {
        #[command(flatten)]
        of: Of,
        /// At most this many, 1–100.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: Option<u32>,
        /// Goes on after this cursor, which the page before ended with.
        #[arg(long)]
        after: Option<String>,
    },
    /// Creates one.
    Create {
        #[command(flatten)]
        of: Of,
        /// Its name, unique in the tenant.
        #[arg(long)]
        name: String,
        /// Free text.
        #[arg(long)]
        description: Option<String>,
    },
    /// Deletes one, for good.
    Delete {
        #[command(flatten)]
        of: Of,
        /// Its id.
        id: String,
    },
}

impl OrganizationCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        match self {
            Self::List { of, limit, after } => {
                let access =
                    console.tenant_access::<OrganizationRead>(of.project.as_deref(), &of.tenant).await?;
                let query = PageQuery { limit, after, ..PageQuery::default() };
                console.show(
                    &service::list(&access, &query).await?,
                    &["id", "name", "description", "created_at"],
                );
            }
            Self::Create { of, name, description } => {
                let new = checked(CreateOrganization { name, description, settings: None })?;
                let access =
                    console.tenant_access::<OrganizationCreate>(of.project.as_deref(), &of.tenant).await?;
                console.show(&service::create(&access, new).await?, &[]);
            }
            Self::Delete { of, id } => {
                let access =
                    console.tenant_access::<OrganizationDelete>(of.project.as_deref(), &of.tenant).await?;
                let id = id.parse().map_err(|cause: carcosa_types::id::InvalidId| {
                    Error::field("id", "invalid", cause.to_string())
                })?;
                service::delete(&access, id, None).await?;
                console.hint("Deleted.");
            }
        }
        Ok(())
    }
}
