//! `carcosa projects …`.

use carcosa_kernel::{Result, System, SystemTask};
use carcosa_types::project::{CreateProject, Environment};
use serde_json::json;

use super::service;
use crate::cli::{Console, checked};

/// What to do with projects.
#[derive(clap::Subcommand)]
pub(crate) enum ProjectCommand {
    /// Lists the projects of the installation.
    List,
    /// Makes a project. Make a key for it with `carcosa keys create --project`.
    Create {
        /// Its name.
        #[arg(long)]
        name: String,
        /// Its slug; made of the name when absent.
        #[arg(long)]
        slug: Option<String>,
        /// A project for trying things out: its keys say `test`.
        #[arg(long)]
        test: bool,
    },
}

impl ProjectCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        match self {
            Self::List => {
                let projects = service::all(console.kernel()).await?;
                console
                    .show(&json!({ "data": projects }), &["id", "slug", "name", "environment", "created_at"]);
            }
            Self::Create { name, slug, test } => {
                let environment = if test { Environment::Test } else { Environment::Live };
                let new = checked(CreateProject { name, slug, environment })?;
                let kernel = console.kernel();
                let mut write =
                    System::new(kernel, SystemTask::Console).found_project(kernel.new_id()).await?;
                let (project, receipt) = service::create_in(&mut write, &new).await?;
                console.show(&write.commit(receipt, project).await?, &[]);
            }
        }
        Ok(())
    }
}
