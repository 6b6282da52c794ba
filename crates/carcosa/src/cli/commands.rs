//! The verbs, and what carries them out.

use std::error::Error as _;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use carcosa_kernel::{Error, Result};
use clap::{Parser, Subcommand, ValueEnum};

use super::Console;
use crate::app::{self, MIGRATIONS, Migrate};
use crate::capabilities::health::cli as doctor;
use crate::capabilities::keys::cli::KeyCommand;
use crate::capabilities::log::cli::{AuditCommand, EventCommand, check_file};
use crate::capabilities::mail::cli::MailCommand;
use crate::capabilities::operators::cli::{BootstrapCommand, OperatorCommand};
use crate::capabilities::organizations::cli::OrganizationCommand;
use crate::capabilities::projects::cli::ProjectCommand;
use crate::capabilities::secrets::cli::SecretCommand;
use crate::capabilities::sync::cli::SyncCommand;
use crate::capabilities::tenants::cli::TenantCommand;
use crate::capabilities::users::cli::UserCommand;
use crate::capabilities::webhooks::cli::WebhookCommand;
use crate::settings::Settings;
use crate::{matrix, reference, router, serve};

/// The system of record for the tenants of your application.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Settings file; what it leaves out keeps its default.
    #[arg(long, global = true, env = "CARCOSA_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON instead of tables.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server.
    Serve {
        /// Leave the schema alone; refuse to start when migrations are missing.
        #[arg(long)]
        no_migrate: bool,
    },
    /// Brings the database's schema up to date.
    Migrate,
    /// Says what is wrong with the installation, and how to mend it.
    Doctor,
    /// Makes the first operator, project and API key. Works once.
    Bootstrap(BootstrapCommand),
    /// Works with operators.
    #[command(subcommand)]
    Operators(OperatorCommand),
    /// Works with tenants.
    #[command(subcommand)]
    Tenants(TenantCommand),
    /// Works with the organizations inside a tenant.
    #[command(subcommand)]
    Organizations(OrganizationCommand),
    /// Works with the users of the application.
    #[command(subcommand)]
    Users(UserCommand),
    /// Works with API keys.
    #[command(subcommand)]
    Keys(KeyCommand),
    /// Works with projects.
    #[command(subcommand)]
    Projects(ProjectCommand),
    /// Reads, checks and exports the audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Follows the feed of events.
    #[command(subcommand)]
    Events(EventCommand),
    /// Works with webhooks, and forwards them to a developer's machine.
    #[command(subcommand)]
    Webhooks(WebhookCommand),
    /// Shows who keeps copies of tenants and people.
    #[command(subcommand)]
    Sync(SyncCommand),
    /// Rotates the installation's own keys.
    #[command(subcommand)]
    Secrets(SecretCommand),
    /// Tries out the outgoing mail.
    #[command(subcommand)]
    Mail(MailCommand),
    /// Prints the OpenAPI document.
    Openapi,
    /// Prints a part of the reference, as Markdown.
    Reference {
        /// Which part.
        part: Part,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    Errors,
    Permissions,
    Events,
    Matrix,
    Settings,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => return failed(&Error::internal(cause)),
    };
    match runtime.block_on(run(cli)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failed(&error),
    }
}

/// At the console the cause is told too: whoever is there may know it.
fn failed(error: &Error) -> ExitCode {
    // What went wrong inside is here the operator's to know: a port in use, a file that is missing.
    let internal = error.code() == carcosa_kernel::error::INTERNAL;
    let mut cause = error.source();
    let mut text = match cause.filter(|_| internal) {
        Some(first) => {
            cause = first.source();
            format!("error: {first}\n")
        }
        None => format!("error: {error}\n"),
    };
    while let Some(inner) = cause {
        text.push_str(&format!("  because: {inner}\n"));
        cause = inner.source();
    }
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
    ExitCode::FAILURE
}

/// Carries out a command; `false` when it found something wrong.
async fn run(cli: Cli) -> Result<bool> {
    match &cli.command {
        Command::Openapi => return print(&format!("{:#}\n", router::openapi())),
        Command::Reference { part } => {
            return print(&match part {
                Part::Errors => reference::errors(),
                Part::Permissions => reference::permissions(),
                Part::Events => reference::events(),
                Part::Matrix => matrix::markdown(),
                Part::Settings => reference::settings(),
            });
        }
        _ => {}
    }
    if let Command::Audit(audit) = &cli.command
        && let Some((file, public_key)) = audit.offline()
    {
        return check_file(cli.json, file, public_key);
    }
    let settings = Settings::load(cli.config.as_deref(), environment())?;
    serve::start_logging(&settings)?;
    for (name, near) in Settings::misspelt(environment()) {
        tracing::warn!("{name} is not a setting; did you mean {near}?");
    }
    with_installation(cli.command, &settings, cli.json).await
}

async fn with_installation(command: Command, settings: &Settings, json: bool) -> Result<bool> {
    match command {
        Command::Serve { no_migrate } => {
            let migrate =
                if settings.database.migrate && !no_migrate { Migrate::Yes } else { Migrate::Refuse };
            let kernel = app::open(settings, migrate).await?;
            serve::serve(&kernel, settings).await?;
            return Ok(true);
        }
        Command::Migrate => {
            let status = MIGRATIONS.run(&settings.database_options()).await?;
            super::show(
                json,
                &serde_json::json!({ "applied": status.applied, "pending": status.pending }),
                &[],
            );
            return Ok(status.pending == 0);
        }
        Command::Doctor => {
            let findings = doctor::examine(settings).await;
            super::show(json, &findings, &["check", "state", "detail"]);
            return Ok(findings.is_healthy());
        }
        _ => {}
    }
    let first = matches!(command, Command::Bootstrap(_)) && settings.database.migrate;
    let kernel = app::open(settings, if first { Migrate::Yes } else { Migrate::Refuse }).await?;
    let console = Console::new(&kernel, json);
    let done = match command {
        Command::Bootstrap(command) => command.run(&console).await.map(|()| true),
        Command::Operators(command) => command.run(&console).await.map(|()| true),
        Command::Tenants(command) => command.run(&console).await.map(|()| true),
        Command::Organizations(command) => command.run(&console).await.map(|()| true),
        Command::Users(command) => command.run(&console).await.map(|()| true),
        Command::Keys(command) => command.run(&console).await.map(|()| true),
        Command::Projects(command) => command.run(&console).await.map(|()| true),
        Command::Secrets(command) => command.run(&console).await.map(|()| true),
        Command::Events(command) => command.run(&console).await.map(|()| true),
        Command::Webhooks(command) => command.run(&console).await.map(|()| true),
        Command::Sync(command) => command.run(&console).await.map(|()| true),
        Command::Mail(command) => command.run(&console).await.map(|()| true),
        Command::Audit(command) => command.run(&console).await,
        Command::Serve { .. }
        | Command::Migrate
        | Command::Doctor
        | Command::Openapi
        | Command::Reference { .. } => Ok(true),
    };
    kernel.database().close().await;
    done
}

fn print(text: &str) -> Result<bool> {
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(Error::internal)?;
    Ok(true)
}

fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
