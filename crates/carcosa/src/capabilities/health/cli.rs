//! `carcosa doctor`: what is wrong, and how to mend it.

use std::path::Path;
use std::time::Duration;

use carcosa_kernel::db::Database;
use carcosa_kernel::random::SystemEntropy;
use carcosa_kernel::secrets::{Keyring, MasterKey};
use carcosa_kernel::{Clock, Error, Result, clock::SystemClock};
use serde::Serialize;
use tokio::time::timeout;

use super::disk::{LEAST_FREE, free_space, free_text};
use crate::app::{self, MIGRATIONS};
use crate::capabilities::mail;
use crate::settings::Settings;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Times before this are no clock's: the day of the first release.
const EARLIEST: &str = "2026-11-01T00:00:00Z";

/// One thing looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    /// What was looked at.
    check: &'static str,
    /// `ok`, `warning` or `problem`.
    state: &'static str,
    /// What was seen, and what to do about it.
    detail: String,
}

/// What the doctor found.
#[derive(Debug, Serialize)]
pub(crate) struct Findings {
    data: Vec<Finding>,
}

impl Findings {
    /// Whether nothing stops the server from working.
    #[must_use]
    pub(crate) fn is_healthy(&self) -> bool {
        self.data.iter().all(|finding| finding.state != "problem")
    }

    fn add(&mut self, check: &'static str, outcome: Result<(&'static str, String)>) -> bool {
        let (state, detail) = outcome.unwrap_or_else(|error| ("problem", explain(&error)));
        self.data.push(Finding { check, state, detail });
        state != "problem"
    }
}

fn explain(error: &Error) -> String {
    error.cause().map_or_else(|| error.detail().to_owned(), ToString::to_string)
}

/// Looks at everything. Changes nothing, except that an installation without keys gets its first ones.
pub(crate) async fn examine(settings: &Settings) -> Findings {
    let mut found = Findings { data: Vec::new() };
    found.add("clock", Ok(clock()));
    found.add("data folder", data_folder(&settings.data_dir));
    found.add("disk", disk(&settings.data_dir));
    found.add("mail", mail::cli::finding(settings).await);
    let options = settings.database_options();
    let mut is_new = false;
    let database = match timeout(PATIENCE, MIGRATIONS.status(&options)).await {
        Ok(Ok(status)) => {
            found.add("database", Ok(("ok", format!("{} answers", kind(&options.url)))));
            is_new = status.applied == 0 && status.unknown == 0;
            let migrated = if status.unknown > 0 {
                ("problem", "migrated by a newer Carcosa: use that version or a newer one".to_owned())
            } else if is_new {
                (
                    "warning",
                    "a new database: its tables are made by `carcosa bootstrap` or on first start".to_owned(),
                )
            } else if status.pending > 0 {
                ("problem", format!("{} migrations are missing: run `carcosa migrate`", status.pending))
            } else {
                ("ok", format!("{} migrations applied, none missing", status.applied))
            };
            (found.add("migrations", Ok(migrated)) && !is_new).then_some(())
        }
        Ok(Err(error)) => {
            let hint =
                format!("{}: check database.url, and that the server runs and lets you in", explain(&error));
            found.add("database", Ok(("problem", hint)));
            None
        }
        Err(_) => {
            found.add(
                "database",
                Ok(("problem", format!("no answer within {PATIENCE:?}: check database.url"))),
            );
            None
        }
    };
    let key = app::existing_master_key(settings);
    let secrets = match &key {
        Ok(_) => Ok(("ok", "the master key is there".to_owned())),
        Err(_) if is_new => Ok(("warning", "none yet: it is made on first start".to_owned())),
        Err(error) => Ok(("problem", explain(error))),
    };
    found.add("master key", secrets);
    if database.is_some() {
        match Database::open(&options).await {
            Ok(database) => examine_database(&mut found, &database, key.as_ref().ok()).await,
            Err(error) => {
                found.add("connection", Err(error));
            }
        }
    }
    found
}

fn disk(folder: &Path) -> Result<(&'static str, String)> {
    let free = free_space(folder)?;
    let detail = free_text(free);
    Ok(if free < LEAST_FREE {
        ("warning", format!("{detail}: make room before it is full"))
    } else {
        ("ok", detail)
    })
}

async fn skew(database: &Database) -> Result<(&'static str, String)> {
    let Some(theirs) = database.clock().await? else { return Ok(("ok", "one clock for all".to_owned())) };
    let ours = SystemClock.now();
    let skew = ours.since(theirs).max(theirs.since(ours));
    let detail = format!("{} ms from the database server's", skew.as_millis());
    let far = skew > Duration::from_secs(5);
    Ok(if far {
        ("warning", format!("{detail}: let both machines keep time by NTP"))
    } else {
        ("ok", detail)
    })
}

async fn examine_database(found: &mut Findings, database: &Database, key: Option<&MasterKey>) {
    let isolation = database.check_isolation().await.map(|()| match database.name() {
        "postgres" => ("ok", "the role in effect is subject to row-level security".to_owned()),
        _ => ("ok", "kept apart by the statements; SQLite has no roles".to_owned()),
    });
    found.add("isolation", isolation);
    let login = database.drops_privileges().await.map(|drops| match drops {
        true => {
            let hint = "the database URL's login may do more than the server needs; in production give one that is a \
                        member of the runtime role only, and migrate with the owner's";
            ("warning", hint.to_owned())
        }
        false => ("ok", "the login may do what the server needs, not more".to_owned()),
    });
    found.add("login", login);
    found.add("clock skew", skew(database).await);
    if let Some(key) = key {
        let opened = Keyring::load(database, key, &SystemEntropy::default(), SystemClock.now()).await;
        found.add(
            "secrets",
            opened.map(|_| ("ok", "the master key opens the installation's keys".to_owned())),
        );
    }
    database.close().await;
}

fn clock() -> (&'static str, String) {
    let now = SystemClock.now();
    if EARLIEST.parse().is_ok_and(|earliest| now < earliest) {
        return ("problem", format!("the machine says it is {now}: set its clock"));
    }
    ("ok", format!("the machine says it is {now}"))
}

fn data_folder(folder: &Path) -> Result<(&'static str, String)> {
    let unusable = |cause: std::io::Error| {
        Error::internal(format!(
            "{}: {cause}: set data_dir to a folder that can be written",
            folder.display()
        ))
    };
    if !folder.exists() {
        return Ok((
            "warning",
            format!("{} does not exist yet; it is made on first start", folder.display()),
        ));
    }
    let probe = folder.join(".doctor");
    std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe)).map_err(unusable)?;
    Ok(("ok", format!("{} can be written", folder.display())))
}

fn kind(url: &str) -> &'static str {
    if url.starts_with("postgres") { "PostgreSQL" } else { "SQLite" }
}
