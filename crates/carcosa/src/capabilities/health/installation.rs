//! How the installation fares, for those who run it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use carcosa_kernel::db::schema_version;
use carcosa_kernel::log::sequencer;
use carcosa_kernel::{Access, InInstallation, Kernel, Result, Tx, jobs};
use carcosa_types::Timestamp;
use carcosa_types::installation::{Component, ComponentState, Installation};
use carcosa_types::permission::InstallationRead;

use super::disk::{LEAST_FREE, free_space, free_text};
use crate::capabilities::operators::config::SignIn;
use crate::capabilities::{mail, webhooks};

/// What waits is counted up to this many.
const MOST: i64 = 10_000;
/// The database answers faster than this.
const SLOW_DATABASE: Duration = Duration::from_millis(250);
/// The sequencer looks every 200 ms.
const SLOW_SEQUENCER: Duration = Duration::from_secs(5);
/// What is due is begun within this time, unless there is more than the nodes can do.
const LATE: Duration = Duration::from_mins(1);

/// The installation and its parts, as this node sees them.
pub async fn look(access: &Access<InstallationRead, InInstallation>) -> Result<Installation> {
    let (kernel, now) = (access.kernel(), access.kernel().now());
    let database = database(kernel).await?;
    let mut tx = access.read().await?;
    let sign_in = SignIn::of(kernel)?;
    let mut components = vec![
        database,
        directory(kernel, now),
        sequencer(&mut tx, now).await?,
        jobs(&mut tx, now).await?,
        webhooks(&mut tx, now).await?,
    ];
    components.extend(kernel.database().file().map(disk));
    Ok(Installation {
        object: "installation".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: kernel.database().name().to_owned(),
        schema_version: schema_version(&mut tx).await?,
        started_at: kernel.started_at(),
        uptime_seconds: now.since(kernel.started_at()).as_secs(),
        public_url: sign_in.url(""),
        mail: mail::service::is_on(kernel),
        single_sign_on: sign_in.provider().is_some(),
        components,
    })
}

fn component(name: &str, state: ComponentState, detail: String, figures: &[(&str, i64)]) -> Component {
    let figures: BTreeMap<String, i64> =
        figures.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    Component { name: name.to_owned(), state, detail, figures }
}

const fn warning_if(bad: bool) -> ComponentState {
    if bad { ComponentState::Warning } else { ComponentState::Ok }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

async fn database(kernel: &Kernel) -> Result<Component> {
    let start = Instant::now();
    kernel.database().ping().await?;
    let took = start.elapsed();
    let detail = format!("{} answered in {} ms.", kernel.database().name(), millis(took));
    let micros = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
    Ok(component("database", warning_if(took > SLOW_DATABASE), detail, &[("ping_microseconds", micros)]))
}

fn directory(kernel: &Kernel, now: Timestamp) -> Component {
    let fresh = kernel.directory().is_fresh(kernel);
    match kernel.directory().heard_at().map(|at| millis(now.since(at))) {
        Some(age) if fresh => {
            let detail = format!("Heard from the log {age} ms ago; answers from memory.");
            component("directory", ComponentState::Ok, detail, &[("age_milliseconds", age)])
        }
        Some(age) => {
            let detail = format!("Heard from the log {age} ms ago: too long to answer from memory.");
            component("directory", ComponentState::Problem, detail, &[("age_milliseconds", age)])
        }
        None => {
            let detail = "Has not heard from the log yet.".to_owned();
            component("directory", ComponentState::Problem, detail, &[])
        }
    }
}

/// How long ago it was; not at all when it is to come.
fn age(oldest: Option<Timestamp>, now: Timestamp) -> Duration {
    oldest.map(|at| now.since(at)).unwrap_or_default()
}

async fn sequencer(tx: &mut Tx, now: Timestamp) -> Result<Component> {
    let backlog = sequencer::backlog(tx, MOST).await?;
    let age = age(backlog.oldest, now);
    let detail = match backlog.waiting {
        0 => "All entries of the log are in order.".to_owned(),
        waiting => format!("{waiting} entries wait for their position, the first for {} ms.", millis(age)),
    };
    let figures = [("waiting", backlog.waiting), ("oldest_milliseconds", millis(age))];
    Ok(component("sequencer", warning_if(age > SLOW_SEQUENCER), detail, &figures))
}

async fn jobs(tx: &mut Tx, now: Timestamp) -> Result<Component> {
    let (queued, failed) = (jobs::queued(tx, now).await?, jobs::count_failed(tx).await?);
    let age = age(queued.oldest, now);
    let detail = format!("{} wait, of which {} are due; {failed} were given up.", queued.waiting, queued.due);
    let figures = [
        ("waiting", queued.waiting),
        ("due", queued.due),
        ("failed", failed),
        ("oldest_milliseconds", millis(age)),
    ];
    Ok(component("jobs", warning_if(failed > 0 || age > LATE), detail, &figures))
}

async fn webhooks(tx: &mut Tx, now: Timestamp) -> Result<Component> {
    let due = webhooks::queue_store::due(tx, now, MOST).await?;
    let age = age(due.oldest, now);
    let detail = match due.deliveries {
        0 => "No delivery is due.".to_owned(),
        deliveries => format!("{deliveries} deliveries are due, the first for {} ms.", millis(age)),
    };
    let figures = [("due", due.deliveries), ("oldest_milliseconds", millis(age))];
    Ok(component("webhooks", warning_if(age > LATE), detail, &figures))
}

fn disk(file: &Path) -> Component {
    match free_space(file) {
        Ok(free) => {
            let detail = format!("{} where the database is.", free_text(free));
            let bytes = i64::try_from(free).unwrap_or(i64::MAX);
            component("disk", warning_if(free < LEAST_FREE), detail, &[("free_bytes", bytes)])
        }
        Err(error) => component("disk", ComponentState::Warning, error.detail().to_owned(), &[]),
    }
}
