//! `carcosa audit …`.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use carcosa_kernel::{Error, Result};
use carcosa_types::ProjectId;
use carcosa_types::log::ListAudit;
use carcosa_types::permission::{AuditRead, EventRead};
use serde_json::json;

use super::feed::Tail;
use super::verify::Report;
use super::{export, service, verify};
use crate::capabilities::projects;
use crate::cli::{Console, show};

/// What to do with the audit trail.
#[derive(clap::Subcommand)]
pub(crate) enum AuditCommand {
    /// Lists entries, newest first.
    List {
        /// The project, by id or slug; may be left out when there is only one.
        #[arg(long)]
        project: Option<String>,
        /// Only of this tenant: an id, `slug:acme` or `ext:42`.
        #[arg(long)]
        tenant: Option<String>,
        /// Only these actions, such as `tenant.suspended,key.*`.
        #[arg(long)]
        action: Option<String>,
        /// Only by this actor: the id of a key, an operator or a user.
        #[arg(long)]
        actor: Option<String>,
        /// At most this many, 1–100.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: Option<u32>,
        /// Goes on after this cursor, which the page before ended with.
        #[arg(long)]
        after: Option<String>,
    },
    /// Checks that nobody changed the log: that of the database, or an exported file without a database.
    ///
    /// Each stream (a tenant's, or the project's own) is a chain of hashes: every entry is checked against the one before, the
    /// last against the stream's head, and the positions against each other. A file is also checked against its signature, and
    /// with --public-key against the installation's key. Streams that retention has cut are checked from the cut on, which the
    /// installation must have made itself. Files of `GET /v1/audit/export` are for reading and cannot be checked.
    Verify {
        /// Only this project, by id or slug.
        #[arg(long)]
        project: Option<String>,
        /// A file written by `carcosa audit export`.
        #[arg(long, value_name = "FILE", conflicts_with = "project")]
        export: Option<PathBuf>,
        /// The key that the file must be signed with.
        #[arg(long, requires = "export")]
        public_key: Option<String>,
    },
    /// Writes the log of a project, signed, to a file or to standard output.
    Export {
        /// The project, by id or slug; may be left out when there is only one.
        #[arg(long)]
        project: Option<String>,
        /// The installation's own log instead of a project's.
        #[arg(long, conflicts_with = "project")]
        installation: bool,
        /// The file; standard output when left out.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

impl AuditCommand {
    /// The exported file to check, which needs no installation, and the key it must be signed with.
    pub(crate) fn offline(&self) -> Option<(&Path, Option<&str>)> {
        match self {
            Self::Verify { export: Some(file), public_key, .. } => Some((file, public_key.as_deref())),
            _ => None,
        }
    }

    /// Carries it out; `false` when the log is not whole.
    pub(crate) async fn run(self, console: &Console) -> Result<bool> {
        match self {
            Self::List { project, tenant, action, actor, limit, after } => {
                let access = console.access::<AuditRead>(project.as_deref()).await?;
                let query = ListAudit {
                    limit,
                    after,
                    action,
                    actor_id: actor,
                    tenant_id: tenant,
                    ..ListAudit::default()
                };
                let columns = ["created_at", "action", "actor", "target", "reason"];
                console.show(&service::audit(&access, query).await?, &columns);
                Ok(true)
            }
            Self::Verify { project, .. } => {
                let mut reports = Vec::new();
                for project in projects(console, project.as_deref()).await? {
                    reports.push(verify::database(console.kernel(), project).await?);
                }
                let whole = reports.iter().all(|report| report.problems.is_empty());
                console.show(&json!({ "data": reports }), COLUMNS);
                tell(|text| console.hint(text), &reports);
                Ok(whole)
            }
            Self::Export { project, installation, output } => {
                let project = match installation {
                    true => ProjectId::INSTALLATION,
                    false => projects::service::named(console.kernel(), project.as_deref()).await?.id,
                };
                match output {
                    None => {
                        export::write(console.kernel(), project, &mut std::io::stdout().lock()).await?;
                    }
                    Some(path) => {
                        let mut file =
                            BufWriter::new(create(&path).map_err(|cause| unusable(&path, &cause))?);
                        let entries = export::write(console.kernel(), project, &mut file).await?;
                        console.show(&json!({ "file": path, "entries": entries }), &[]);
                    }
                }
                Ok(true)
            }
        }
    }
}

const COLUMNS: &[&str] = &["project", "streams", "entries", "erased", "pruned"];

async fn projects(console: &Console, name: Option<&str>) -> Result<Vec<ProjectId>> {
    if let Some(name) = name {
        return Ok(vec![projects::service::named(console.kernel(), Some(name)).await?.id]);
    }
    let all = projects::service::all(console.kernel()).await?.into_iter().map(|project| project.id);
    // The installation has a log of its own.
    Ok(all.chain([ProjectId::INSTALLATION]).collect())
}

/// Checks an exported file; `false` when it is not whole.
pub(crate) fn check_file(json: bool, path: &Path, public_key: Option<&str>) -> Result<bool> {
    let file = File::open(path).map_err(|cause| unusable(path, &cause))?;
    let found = export::check(BufReader::new(file), public_key)?;
    show(json, &found, &[]);
    if !json && public_key.is_none() {
        show(false, &"Who signed it was not checked: give the installation's key with --public-key.", &[]);
    }
    Ok(found.report.problems.is_empty())
}

/// One line for each problem, or one that there is none.
fn tell(line: impl Fn(&str), reports: &[Report]) {
    for report in reports {
        for problem in &report.problems {
            let stream = problem.stream.map(|id| id.to_string()).unwrap_or_default();
            let seq = problem.sequence.map(|seq| seq.to_string()).unwrap_or_default();
            line(&format!("{} {stream} {seq}: {}", report.project, problem.detail));
        }
    }
    if reports.iter().all(|report| report.problems.is_empty()) {
        line("The log is whole.");
    }
}

/// A file that only its owner reads: the log holds personal data.
fn create(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn unusable(path: &Path, cause: &std::io::Error) -> Error {
    Error::internal(format!("{}: {cause}", path.display()))
}

/// What to do with the feed of events.
#[derive(clap::Subcommand)]
pub(crate) enum EventCommand {
    /// Prints events as they happen.
    Tail {
        /// The project, by id or slug; may be left out when there is only one.
        #[arg(long)]
        project: Option<String>,
        /// Only these types, separated by commas; `tenant.*` for a whole noun.
        #[arg(long)]
        types: Option<String>,
    },
}

impl EventCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        let Self::Tail { project, types } = self;
        let access = console.access::<EventRead>(project.as_deref()).await?;
        let mut tail = Tail::from_now(access, types.as_deref()).await?;
        console.hint("Waiting for events; stop with Ctrl-C.");
        loop {
            for event in tail.next().await? {
                let line = format!("{}  {}  {}  by {}", event.time, event.kind, event.subject, event.actor);
                console.tell(&event, &line);
            }
        }
    }
}
