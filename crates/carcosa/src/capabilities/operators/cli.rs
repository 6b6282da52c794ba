//! `carcosa bootstrap`.

use carcosa_kernel::Result;
use carcosa_types::project::Environment;

use super::service;
use crate::cli::Console;

/// Makes the first operator, project and API key. Works once.
#[derive(clap::Args)]
pub(crate) struct BootstrapCommand {
    /// E-mail address of the first operator.
    #[arg(long)]
    operator_email: String,
    /// Name of the first project.
    #[arg(long)]
    project_name: String,
    /// Make it a project for trying things out: its keys say `test`.
    #[arg(long)]
    test: bool,
}

impl BootstrapCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        let environment = if self.test { Environment::Test } else { Environment::Live };
        let made =
            service::bootstrap(console.kernel(), &self.operator_email, &self.project_name, environment)
                .await?;
        console.show(&made, &[]);
        console.hint("Keep these: the password and the secret are not shown again.");
        Ok(())
    }
}
