//! `carcosa bootstrap` and `carcosa operators …`.

use carcosa_kernel::{Access, Error, Gate, InInstallation, Result};
use carcosa_types::operator::{
    InviteOperator, InvitedOperator, PlatformRole, ProjectRole, ProjectRoleGrant, UpdateOperator,
};
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{OperatorRead, OperatorUpdate};
use carcosa_types::project::Environment;
use carcosa_types::{OperatorId, Permission, ProjectId};

use super::{service, sessions};
use crate::capabilities::projects;
use crate::cli::{Console, checked};

const COLUMNS: &[&str] = &["id", "email", "name", "status", "platform_role", "last_sign_in_at", "created_at"];

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

/// What to do with operators.
#[derive(clap::Subcommand)]
pub(crate) enum OperatorCommand {
    /// Lists operators, newest first.
    List {
        /// At most this many, 1–100.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: Option<u32>,
        /// Goes on after this cursor, which the page before ended with.
        #[arg(long)]
        after: Option<String>,
    },
    /// Invites someone. Shows the link when mail is off.
    Invite {
        /// Their e-mail address.
        #[arg(long)]
        email: String,
        /// What they may do in the installation: `super_admin` or `support`.
        #[arg(long)]
        platform_role: Option<String>,
        /// What they may do in a project, as `project=role`: its id or slug, and `owner`, `admin`, `developer` or `viewer`;
        /// repeatable.
        #[arg(long = "project-role")]
        project_roles: Vec<String>,
    },
    /// Sends someone's invitation again, with a new link; the one before is dead. Shows the link when mail is off.
    ResendInvitation {
        /// Their e-mail address.
        #[arg(long)]
        email: String,
    },
    /// Ends all sessions of someone.
    EndSessions {
        /// Their e-mail address.
        #[arg(long)]
        email: String,
    },
    /// Keeps someone out, and ends their sessions.
    Disable {
        /// Their e-mail address.
        #[arg(long)]
        email: String,
        /// Let them in again instead.
        #[arg(long)]
        undo: bool,
    },
    /// Gives someone a new password and shows it, once. Ends their sessions.
    ResetPassword {
        /// Their e-mail address.
        #[arg(long)]
        email: String,
        /// Ask for no second factor any more: for those who lost their authenticator app and their recovery codes.
        #[arg(long)]
        remove_second_factor: bool,
    },
}

impl OperatorCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        match self {
            Self::List { limit, after } => {
                let query = PageQuery { limit, after, ..PageQuery::default() };
                let access = access::<OperatorRead>(console).await?;
                console.show(&service::list(&access, &query).await?, COLUMNS);
            }
            Self::Invite { email, platform_role, project_roles } => {
                let platform_role = platform_role.as_deref().map(platform).transpose()?;
                let project_roles = grants(console, &project_roles).await?;
                let new = checked(InviteOperator { email, name: None, platform_role, project_roles })?;
                show(console, &service::invite(&access(console).await?, new).await?);
            }
            Self::ResendInvitation { email } => {
                let id = named(console, &email).await?;
                show(console, &service::resend_invitation(&access(console).await?, id, None).await?);
            }
            Self::EndSessions { email } => {
                let id = named(console, &email).await?;
                console.show(&sessions::revoke_all(&access(console).await?, id).await?, &[]);
            }
            Self::Disable { email, undo } => {
                let id = named(console, &email).await?;
                let patch = UpdateOperator { disabled: Some(!undo), ..UpdateOperator::default() };
                let access = access::<OperatorUpdate>(console).await?;
                console.show(&service::update(&access, id, None, patch).await?, &[]);
            }
            Self::ResetPassword { email, remove_second_factor } => {
                let access = access::<OperatorUpdate>(console).await?;
                console.show(&service::reset_password(&access, &email, remove_second_factor).await?, &[]);
                console.hint("Keep the password: it is not shown again.");
            }
        }
        Ok(())
    }
}

fn show(console: &Console, invited: &InvitedOperator) {
    console.show(invited, &[]);
    console.hint(match invited.invitation_url {
        Some(_) => "Hand the link over: it is not shown again.",
        None => "The invitation was sent.",
    });
}

async fn named(console: &Console, email: &str) -> Result<OperatorId> {
    Ok(service::named(&access::<OperatorRead>(console).await?, email).await?.id)
}

/// The operator at the console, who may do everything in the installation.
async fn access<P: Permission>(console: &Console) -> Result<Access<P, InInstallation>> {
    let gate = Gate::new(console.kernel());
    let caller = gate.console(ProjectId::INSTALLATION);
    gate.in_installation(caller).await
}

fn platform(text: &str) -> Result<PlatformRole> {
    word(text, "--platform-role", "must be `super_admin` or `support`")
}

/// Reads `project=role`, each.
async fn grants(console: &Console, texts: &[String]) -> Result<Vec<ProjectRoleGrant>> {
    let mut grants = Vec::with_capacity(texts.len());
    for text in texts {
        let (project, role) = text
            .split_once('=')
            .ok_or_else(|| Error::parameter("--project-role", "invalid", "must be `project=role`"))?;
        let project_id = projects::service::named(console.kernel(), Some(project)).await?.id;
        let rule = "must be `owner`, `admin`, `developer` or `viewer`";
        let role: ProjectRole = word(role, "--project-role", rule)?;
        grants.push(ProjectRoleGrant { project_id, role });
    }
    Ok(grants)
}

fn word<T: serde::de::DeserializeOwned>(text: &str, option: &str, rule: &str) -> Result<T> {
    crate::column::read_word(text).map_err(|_| Error::parameter(option, "enum", rule))
}
