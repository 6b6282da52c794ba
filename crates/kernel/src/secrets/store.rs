//! Where the keys are kept: the master key in a file, the data keys wrapped in the database.

use std::io::Write;
use std::path::Path;

use carcosa_types::Timestamp;
use sqlx::FromRow;

use super::{KEY_LEN, Keyring, MasterKey, Purpose};
use crate::db::{Database, Scope};
use crate::{Error, Random, Result, args};

crate::statements! {
    system ANY_KEY = "SELECT version FROM secret_keys LIMIT 1";
    system ALL_KEYS = "SELECT purpose, version, wrapped FROM secret_keys ORDER BY purpose, version";
    /// The first node's key wins; the others read it.
    system ADD_KEY = "INSERT INTO secret_keys (purpose, version, wrapped, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (purpose, version) DO NOTHING";
}

#[derive(FromRow)]
struct Row {
    purpose: String,
    version: i64,
    wrapped: Vec<u8>,
}

impl MasterKey {
    /// Reads the key file, or makes it, readable by its owner only, on first start.
    pub fn load_or_create(path: &Path, random: &dyn Random) -> Result<Self> {
        let unusable = |cause: std::io::Error| {
            Error::internal(format!("the master key file {}: {cause}", path.display()))
        };
        match std::fs::read_to_string(path) {
            Ok(text) => return Self::parse(&text),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => return Err(unusable(cause)),
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(unusable)?;
        }
        let key = Self::generate(random);
        // Written aside and then linked into place: nobody ever reads half a key.
        let mut name = [0; 8];
        random.fill(&mut name);
        let aside = path.with_extension(format!("{:016x}", u64::from_be_bytes(name)));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&aside).map_err(unusable)?;
        file.write_all(key.to_text().as_bytes()).and_then(|()| file.sync_all()).map_err(unusable)?;
        let linked = std::fs::hard_link(&aside, path);
        std::fs::remove_file(&aside).map_err(unusable)?;
        match linked {
            Ok(()) => Ok(key),
            // Another process made it in between: its key is the one.
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {
                Self::parse(&std::fs::read_to_string(path).map_err(unusable)?)
            }
            Err(cause) => Err(unusable(cause)),
        }
    }
}

#[derive(FromRow)]
struct AnyRow {
    #[expect(dead_code, reason = "only whether there is a row matters")]
    version: i64,
}

impl Keyring {
    /// Whether the installation has data keys, and so a master key that belongs to them.
    pub async fn exists(db: &Database) -> Result<bool> {
        Ok(db.begin_read(Scope::System).await?.optional::<AnyRow>(&ANY_KEY, args![]).await?.is_some())
    }

    /// Unwraps the installation's data keys, making those that are missing. Nodes that start together end up with
    /// the same keys. Fails when the master key is not this installation's.
    pub async fn load(
        db: &Database,
        master: &MasterKey,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<Self> {
        let ring = Self::read(db, master).await?;
        if Purpose::ALL.iter().all(|purpose| ring.0.contains_key(purpose)) {
            return Ok(ring);
        }
        let mut tx = db.begin_write(Scope::System).await?;
        for purpose in Purpose::ALL {
            let mut key = [0; KEY_LEN];
            random.fill(&mut key);
            let wrapped = master.wrap(purpose, 1, &key, random)?;
            tx.execute(&ADD_KEY, args![purpose.name(), 1, wrapped, now]).await?;
        }
        tx.commit().await?;
        Self::read(db, master).await
    }

    /// Adds a version of a purpose's key, which seals and hashes from the next start on.
    pub async fn rotate(
        db: &Database,
        master: &MasterKey,
        purpose: Purpose,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<u32> {
        let newest = Self::read(db, master).await?.current(purpose)?.0;
        let version = newest + 1;
        let mut key = [0; KEY_LEN];
        random.fill(&mut key);
        let wrapped = master.wrap(purpose, version, &key, random)?;
        let mut tx = db.begin_write(Scope::System).await?;
        tx.execute(&ADD_KEY, args![purpose.name(), version, wrapped, now]).await?;
        tx.commit().await?;
        Ok(version)
    }

    async fn read(db: &Database, master: &MasterKey) -> Result<Self> {
        let rows: Vec<Row> = db.begin_read(Scope::System).await?.all(&ALL_KEYS, args![]).await?;
        let mut ring = Self::default();
        for row in rows {
            let version = u32::try_from(row.version).map_err(Error::internal)?;
            // A purpose that only a newer server knows is left alone.
            if let Some(purpose) = Purpose::ALL.into_iter().find(|purpose| purpose.name() == row.purpose) {
                ring.add(purpose, version, master.unwrap(purpose, version, &row.wrapped)?);
            }
        }
        Ok(ring)
    }
}
