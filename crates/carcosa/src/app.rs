//! The server's parts, put together.

use std::sync::Arc;

use carcosa_kernel::access::TokenRecord;
use carcosa_kernel::access::session::SessionRecord;
use carcosa_kernel::clock::SystemClock;
use carcosa_kernel::db::{Database, MigrationStatus, Migrations};
use carcosa_kernel::directory::{
    Answer, KeyRecord, ProjectRecord, RoleBook, RoleOwner, Source, TenantRecord, TenantRef, UserRecord,
};
use carcosa_kernel::random::SystemEntropy;
use carcosa_kernel::secrets::{KeyHash, Keyring, MasterKey};
use carcosa_kernel::{Clock, Error, Extensions, Kernel, Random, Result, System};
use carcosa_types::{ProjectId, TokenId, UserId};
use carcosa_web::session::Cookies;

use crate::capabilities::keys::state::KeysState;
use crate::capabilities::mail::MailState;
use crate::capabilities::operators::config::SignIn;
use crate::capabilities::operators::passwords::Passwords;
use crate::capabilities::sync::state::SyncState;
use crate::capabilities::webhooks::state::WebhookState;
use crate::capabilities::{keys, operators, projects, roles, tenants, tokens, users};
use crate::outbound::{Lookup, Outbound, SystemLookup};
use crate::settings::Settings;

static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/postgres");

/// The migrations of both databases.
pub const MIGRATIONS: Migrations = Migrations { sqlite: &SQLITE, postgres: &POSTGRES };

/// What to do about migrations that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    /// Apply them.
    Yes,
    /// Refuse to go on.
    Refuse,
}

/// Opens the installation that the settings describe.
pub async fn open(settings: &Settings, migrate: Migrate) -> Result<Kernel> {
    let random = Arc::new(SystemEntropy::default());
    let lookup: Arc<dyn Lookup> = Arc::new(SystemLookup);
    let outbound = Outbound::new(settings.outbound_allow()?, &lookup)?;
    let extensions = Extensions::default()
        .with(settings.clone())
        .with(MailState::of(settings)?)
        .with(WebhookState::new(outbound))
        .with(SyncState::new(settings.sync.snapshots_per_hour, settings.sync.requests_per_minute))
        .with(SignIn::new((&settings.public_url(), &settings.data_dir), &settings.sessions, &settings.oidc)?)
        .with(Cookies { secure: settings.public_url().starts_with("https://") });
    let options = settings.database_options();
    let status = match migrate {
        Migrate::Yes => MIGRATIONS.run(&options).await?,
        Migrate::Refuse => MIGRATIONS.status(&options).await?,
    };
    check_schema(status)?;
    let database = Database::open(&options).await?;
    let master = if Keyring::exists(&database).await? {
        existing_master_key(settings)?
    } else {
        master_key(settings, &*random)?
    };
    assemble(database, master, Arc::new(SystemClock), random, extensions).await
}

/// Puts a kernel together over an open database. `extensions` are what capabilities keep in memory.
pub async fn assemble(
    database: Database,
    master: MasterKey,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    extensions: Extensions,
) -> Result<Kernel> {
    database.check_isolation().await?;
    let keyring = Keyring::load(&database, &master, &*random, clock.now()).await?;
    let extensions = extensions.with(KeysState::default()).with(Passwords::default());
    Ok(Kernel::new(database, clock, random, (master, keyring), Arc::new(Tables), extensions))
}

/// The master key, from the settings or its file.
pub fn master_key(settings: &Settings, random: &dyn Random) -> Result<MasterKey> {
    if settings.secrets.master_key.is_empty() {
        return MasterKey::load_or_create(&settings.master_key_file(), random);
    }
    MasterKey::parse(&settings.secrets.master_key)
}

/// The master key of an installation that has one: never a new one.
pub fn existing_master_key(settings: &Settings) -> Result<MasterKey> {
    let file = settings.master_key_file();
    if settings.secrets.master_key.is_empty() && !file.exists() {
        return Err(Error::internal(format!(
            "the master key file {} is missing; put the installation's key back",
            file.display()
        )));
    }
    master_key(settings, &SystemEntropy::new())
}

fn check_schema(status: MigrationStatus) -> Result<()> {
    if status.unknown > 0 {
        return Err(Error::internal(
            "the database was migrated by a newer Carcosa; use that version or a newer one",
        ));
    }
    if status.pending > 0 {
        return Err(Error::internal(format!(
            "{} migrations are missing; run `carcosa migrate`",
            status.pending
        )));
    }
    Ok(())
}

/// Where the directory learns what it does not know: the capabilities that own the tables.
struct Tables;

impl Source for Tables {
    fn key<'a>(&'a self, system: &'a System, hash: &'a KeyHash) -> Answer<'a, KeyRecord> {
        Box::pin(keys::service::record_of(system, hash))
    }
    fn project<'a>(&'a self, system: &'a System, id: ProjectId) -> Answer<'a, ProjectRecord> {
        Box::pin(projects::service::record(system, id))
    }
    fn tenant<'a>(
        &'a self,
        system: &'a System,
        project: ProjectId,
        tenant: &'a TenantRef,
    ) -> Answer<'a, TenantRecord> {
        Box::pin(tenants::service::record(system, project, tenant))
    }
    fn user<'a>(&'a self, system: &'a System, project: ProjectId, id: UserId) -> Answer<'a, UserRecord> {
        Box::pin(users::service::record_of(system, project, id))
    }
    fn roles<'a>(&'a self, system: &'a System, owner: RoleOwner) -> Answer<'a, RoleBook> {
        Box::pin(roles::service::records_of(system, owner))
    }
    fn token<'a>(&'a self, system: &'a System, project: ProjectId, id: TokenId) -> Answer<'a, TokenRecord> {
        Box::pin(tokens::service::record_of(system, project, id))
    }
    fn session<'a>(&'a self, system: &'a System, hash: &'a KeyHash) -> Answer<'a, SessionRecord> {
        Box::pin(operators::sessions::record_of(system, hash))
    }
    fn project_named<'a>(&'a self, system: &'a System, name: &'a str) -> Answer<'a, ProjectId> {
        Box::pin(projects::service::id_of(system, name))
    }
    fn used(&self, kernel: &Kernel, key: &KeyRecord) {
        keys::state::used(kernel, key);
    }
}
