//! Where the keys are kept: the master key in a file, the data keys wrapped in the database.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use carcosa_types::Timestamp;
use sqlx::FromRow;

use super::{KEY_LEN, Keyring, MasterKey, Purpose};
use crate::db::{Database, Scope};
use crate::error::CONFLICTING_CHANGE;
use crate::{Error, Random, Result, args};

/// How long a new version of a key is known before it is used: every node must have looked in between.
pub const PUBLISHED_BEFORE_USE: Duration = Duration::from_mins(1);
/// How often a node looks for new versions.
pub const LOOK_EVERY: Duration = Duration::from_secs(10);

crate::statements! {
    system ANY_KEY = "SELECT version FROM secret_keys LIMIT 1";
    /// Held by whoever adds or wraps keys, so that none is wrapped with a master key that is being replaced.
    system ONE_AT_A_TIME locking = "SELECT version FROM secret_keys WHERE purpose = 'key_hash' AND version = 1";
    system ALL_KEYS = "SELECT purpose, version, wrapped, created_at FROM secret_keys ORDER BY purpose, version";
    /// The first node's key wins; the others read it.
    system ADD_KEY = "INSERT INTO secret_keys (purpose, version, wrapped, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (purpose, version) DO NOTHING";
    system REWRAP = "UPDATE secret_keys SET wrapped = $3 WHERE purpose = $1 AND version = $2";
}

#[derive(FromRow)]
struct Row {
    purpose: String,
    version: i64,
    wrapped: Vec<u8>,
    created_at: Timestamp,
}

/// A version of a data key, as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KeyVersion {
    /// What it is for.
    pub purpose: String,
    /// Its number.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is used to seal, hash or sign.
    pub used_from: Timestamp,
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
        let ring = Self::read(db, master, now).await?;
        if Purpose::ALL.iter().all(|purpose| ring.0.contains_key(purpose)) {
            return Ok(ring);
        }
        let mut tx = db.begin_write(Scope::System).await?;
        tx.optional::<AnyRow>(&ONE_AT_A_TIME, args![]).await?;
        for purpose in Purpose::ALL {
            let mut key = [0; KEY_LEN];
            random.fill(&mut key);
            let wrapped = master.wrap(purpose, 1, &key, random)?;
            tx.execute(&ADD_KEY, args![purpose.name(), 1, wrapped, now]).await?;
        }
        tx.commit().await?;
        Self::read(db, master, now).await
    }

    /// Adds a version of a purpose's key. Running nodes learn of it within [`LOOK_EVERY`] and use it from
    /// [`PUBLISHED_BEFORE_USE`] on.
    pub async fn rotate(
        db: &Database,
        master: &MasterKey,
        purpose: Purpose,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<KeyVersion> {
        let mut tx = db.begin_write(Scope::System).await?;
        tx.optional::<AnyRow>(&ONE_AT_A_TIME, args![]).await?;
        let rows: Vec<Row> = tx.all(&ALL_KEYS, args![]).await?;
        let of_purpose = rows.iter().filter(|row| row.purpose == purpose.name());
        let version = of_purpose.map(|row| row.version).max().unwrap_or(0) + 1;
        let mut key = [0; KEY_LEN];
        random.fill(&mut key);
        let wrapped = master.wrap(purpose, u32::try_from(version).map_err(Error::internal)?, &key, random)?;
        if tx.execute(&ADD_KEY, args![purpose.name(), version, wrapped, now]).await? == 0 {
            return Err(Error::new(
                CONFLICTING_CHANGE,
                "Another rotation happened at the same time; look at the list.",
            ));
        }
        tx.commit().await?;
        Ok(shown(purpose.name().to_owned(), version, now))
    }

    /// Wraps every data key with another master key, all or none; how many it was. From then on only the new one opens them.
    pub async fn rewrap(
        db: &Database,
        old: &MasterKey,
        new: &MasterKey,
        random: &dyn Random,
    ) -> Result<usize> {
        let mut tx = db.begin_write(Scope::System).await?;
        tx.optional::<AnyRow>(&ONE_AT_A_TIME, args![]).await?;
        let rows: Vec<Row> = tx.all(&ALL_KEYS, args![]).await?;
        for row in &rows {
            let version = u32::try_from(row.version).map_err(Error::internal)?;
            let purpose = Purpose::named(&row.purpose).ok_or_else(|| {
                Error::internal(format!("`{}` is a key of a newer Carcosa; use that version", row.purpose))
            })?;
            let key = old.unwrap(purpose, version, &row.wrapped)?;
            let wrapped = new.wrap(purpose, version, &key, random)?;
            tx.execute(&REWRAP, args![&row.purpose, row.version, wrapped]).await?;
        }
        tx.commit().await?;
        Ok(rows.len())
    }

    /// Every version there is.
    pub async fn versions(db: &Database) -> Result<Vec<KeyVersion>> {
        let rows: Vec<Row> = db.begin_read(Scope::System).await?.all(&ALL_KEYS, args![]).await?;
        Ok(rows.into_iter().map(|row| shown(row.purpose, row.version, row.created_at)).collect())
    }

    /// Unwraps what the database has now.
    pub async fn read(db: &Database, master: &MasterKey, now: Timestamp) -> Result<Self> {
        let rows: Vec<Row> = db.begin_read(Scope::System).await?.all(&ALL_KEYS, args![]).await?;
        let mut ring = Self::default();
        for row in rows {
            let version = u32::try_from(row.version).map_err(Error::internal)?;
            // A purpose that only a newer server knows is left alone.
            let Some(purpose) = Purpose::named(&row.purpose) else { continue };
            let key = master.unwrap(purpose, version, &row.wrapped)?;
            if row.version == 1 || used_from(row.version, row.created_at) <= now {
                ring.add(purpose, version, key);
            } else {
                ring.publish(purpose, version, key);
            }
        }
        Ok(ring)
    }
}

/// The first version is used at once: before it there was none.
fn used_from(version: i64, created_at: Timestamp) -> Timestamp {
    if version == 1 { created_at } else { created_at.plus(PUBLISHED_BEFORE_USE) }
}

fn shown(purpose: String, version: i64, created_at: Timestamp) -> KeyVersion {
    KeyVersion { purpose, version, created_at, used_from: used_from(version, created_at) }
}
