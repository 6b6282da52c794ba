//! The trust boundary of Carcosa.
//!
//! Everything that must not be forgotten lives here, behind types that leave no other way: access to data
//! ([`access`]), transactions ([`db`]), the log that records every change ([`log`]), jobs ([`jobs`]), time and
//! randomness ([`clock`], [`random`]), secrets ([`secrets`]). The product is built on top and holds no
//! database pool of its own.

pub mod access;
pub mod clock;
pub mod db;
pub mod directory;
pub mod error;
mod extensions;
pub mod idempotency;
pub mod jobs;
pub mod log;
pub mod page;
pub mod random;
pub mod secrets;
mod system;

use std::any::Any;
use std::sync::{Arc, PoisonError, RwLock};

pub use access::{Access, Caller, Gate, InInstallation, InProject, InTenant, RequestContext, Write};
pub use clock::Clock;
pub use db::Tx;
pub use error::{Error, Result};
pub use extensions::Extensions;
pub use page::Window;
pub use random::Random;
pub use system::{System, SystemTask};

use carcosa_types::{Id, Timestamp};
use db::Database;
use directory::Directory;
use log::{Denials, Moves};
use secrets::{Keyring, MasterKey};
use tokio::sync::Notify;
use uuid::{Builder, Uuid};

/// Every statement of the kernel, so that a test can prepare each on both databases.
pub fn statements() -> impl Iterator<Item = &'static db::Statement> {
    [
        idempotency::STATEMENTS,
        db::migrate::STATEMENTS,
        jobs::STATEMENTS,
        log::STATEMENTS,
        log::follow::STATEMENTS,
        log::sequencer::STATEMENTS,
        secrets::store::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// What every part of the server shares: the database, the clock, randomness, secrets and the caches.
#[derive(Clone)]
pub struct Kernel(Arc<Inner>);

struct Inner {
    db: Database,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    master: MasterKey,
    secrets: RwLock<Arc<Keyring>>,
    directory: Directory,
    extensions: Extensions,
    denials: Denials,
    moves: Moves,
    sequencer_wake: Notify,
    jobs_wake: Notify,
    started_at: Timestamp,
}

impl Kernel {
    /// Puts the parts together. `source` answers what the directory does not know yet; `extensions` are what the
    /// capabilities keep in memory.
    #[must_use]
    pub fn new(
        db: Database,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        (master, secrets): (MasterKey, Keyring),
        source: Arc<dyn directory::Source>,
        extensions: Extensions,
    ) -> Self {
        let started_at = clock.now();
        Self(Arc::new(Inner {
            db,
            clock,
            random,
            master,
            secrets: RwLock::new(Arc::new(secrets)),
            directory: Directory::new(source),
            extensions,
            denials: Denials::default(),
            moves: Moves::default(),
            sequencer_wake: Notify::new(),
            jobs_wake: Notify::new(),
            started_at,
        }))
    }

    /// The time, from the injected clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// When this node started.
    #[must_use]
    pub fn started_at(&self) -> Timestamp {
        self.0.started_at
    }

    /// A new id: a UUIDv7 ([RFC 9562](https://www.rfc-editor.org/rfc/rfc9562)) of the clock's time.
    #[must_use]
    pub fn new_id<K>(&self) -> Id<K> {
        Id::from_uuid(self.new_uuid())
    }

    /// A new UUIDv7. The twelve bits after the milliseconds are the microseconds within (RFC 9562, section 6.2,
    /// method 3), so that ids made one after another sort that way.
    #[must_use]
    pub fn new_uuid(&self) -> Uuid {
        let mut random = [0; 10];
        self.0.random.fill(&mut random);
        let micros = u64::try_from(self.now().micros()).unwrap_or_default();
        let fraction = u16::try_from(micros % 1000 * 4096 / 1000).unwrap_or_default();
        random[..2].copy_from_slice(&fraction.to_be_bytes());
        Builder::from_unix_timestamp_millis(micros / 1000, &random).into_uuid()
    }

    pub(crate) fn random(&self) -> &dyn Random {
        &*self.0.random
    }

    /// Fills a buffer with unpredictable bytes.
    pub fn fill_random(&self, buffer: &mut [u8]) {
        self.0.random.fill(buffer);
    }

    /// The installation's secrets, as last looked at.
    #[must_use]
    pub fn secrets(&self) -> Arc<Keyring> {
        Arc::clone(&self.0.secrets.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks whether the installation's secrets have new versions, and takes them over.
    pub async fn renew_secrets(&self) -> Result<()> {
        let renewed = Arc::new(Keyring::read(&self.0.db, &self.0.master, self.now()).await?);
        *self.0.secrets.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(())
    }

    /// Adds a version of a purpose's key; see [`Keyring::rotate`].
    pub async fn rotate_secret(&self, purpose: secrets::Purpose) -> Result<secrets::store::KeyVersion> {
        let made = Keyring::rotate(&self.0.db, &self.0.master, purpose, self.random(), self.now()).await?;
        self.renew_secrets().await?;
        Ok(made)
    }

    /// Wraps the installation's keys with another master key; how many it was. See [`Keyring::rewrap`].
    pub async fn rewrap_secrets(&self, new: &MasterKey) -> Result<usize> {
        Keyring::rewrap(&self.0.db, &self.0.master, new, self.random()).await
    }

    /// The in-memory directory of keys and tenants.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.0.directory
    }

    /// What a capability keeps in memory, by its type; `None` when it was not put there at assembly.
    #[must_use]
    pub fn extension<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.extensions.get()
    }

    /// The refusals that wait to be written to the log.
    #[must_use]
    pub fn denials(&self) -> &Denials {
        &self.0.denials
    }

    /// Word for those who wait for the log to grow.
    #[must_use]
    pub fn moves(&self) -> &Moves {
        &self.0.moves
    }

    /// Which database this is, for reports such as `doctor` and metrics; never to branch on in a capability.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.0.db
    }

    pub(crate) fn wake_sequencer(&self) {
        self.0.sequencer_wake.notify_one();
    }

    pub(crate) fn wake_jobs(&self) {
        self.0.jobs_wake.notify_one();
    }

    /// Resolves when committed changes wait to be put in order.
    pub async fn sequencer_woken(&self) {
        self.0.sequencer_wake.notified().await;
    }

    /// Resolves when a job was enqueued by this node.
    pub async fn jobs_woken(&self) {
        self.0.jobs_wake.notified().await;
    }
}
