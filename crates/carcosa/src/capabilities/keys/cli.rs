//! `carcosa keys …`.

use carcosa_kernel::{Error, Result, Tx, Write};
use carcosa_types::Timestamp;
use carcosa_types::key::{CreateKey, RotateKey};
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{KeyCreate, KeyDelete, KeyRead, KeyRotate};

use super::service;
use crate::cli::{Console, checked};

const COLUMNS: &[&str] = &["id", "name", "prefix", "last4", "scopes", "enabled", "expires_at", "revoked_at"];

/// Whose key.
#[derive(clap::Args)]
pub(crate) struct Owner {
    /// The project, by id or slug; may be left out when there is only one.
    #[arg(long)]
    project: Option<String>,
    /// The tenant that owns the key: an id, `slug:acme` or `ext:42`. The project itself when left out.
    #[arg(long)]
    tenant: Option<String>,
}

/// What to do with API keys.
#[derive(clap::Subcommand)]
pub(crate) enum KeyCommand {
    /// Lists keys, newest first.
    List {
        #[command(flatten)]
        owner: Owner,
        /// At most this many, 1–100.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: Option<u32>,
        /// Goes on after this cursor, which the page before ended with.
        #[arg(long)]
        after: Option<String>,
    },
    /// Makes a key and shows its secret, once.
    Create {
        #[command(flatten)]
        owner: Owner,
        /// What people call it.
        #[arg(long)]
        name: String,
        /// A permission it gets, such as `tenant:read` or `tenant:*`; repeatable. Everything when left out.
        #[arg(long = "scope")]
        scopes: Vec<String>,
        /// When it stops by itself, RFC 3339.
        #[arg(long)]
        expires_at: Option<Timestamp>,
    },
    /// Gives a key a new secret and shows it, once.
    Rotate {
        #[command(flatten)]
        owner: Owner,
        /// The key's id.
        id: String,
        /// How long the old secret keeps working, in seconds.
        #[arg(long, default_value_t = 0)]
        overlap_seconds: u32,
    },
    /// Ends a key for good.
    Revoke {
        #[command(flatten)]
        owner: Owner,
        /// The key's id.
        id: String,
    },
}

impl KeyCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        match self {
            Self::List { owner, limit, after } => {
                let query = PageQuery { limit, after, ..PageQuery::default() };
                console.show(
                    &service::list(console.kernel(), owner.read(console).await?, &query).await?,
                    COLUMNS,
                );
            }
            Self::Create { owner, name, scopes, expires_at } => {
                let scopes = (!scopes.is_empty()).then_some(scopes);
                let new = checked(CreateKey { name, scopes, expires_at })?;
                console.show(&service::create(owner.write::<KeyCreate>(console).await?, new).await?, &[]);
                console.hint("Keep the secret: it is not shown again.");
            }
            Self::Rotate { owner, id, overlap_seconds } => {
                let options = checked(RotateKey { overlap_seconds: Some(overlap_seconds) })?;
                let write = owner.write::<KeyRotate>(console).await?;
                console.show(&service::rotate(write, parse(&id)?, None, options).await?, &[]);
                console.hint("Keep the secret: it is not shown again.");
            }
            Self::Revoke { owner, id } => {
                service::revoke(owner.write::<KeyDelete>(console).await?, parse(&id)?, None).await?;
                console.hint("Revoked.");
            }
        }
        Ok(())
    }
}

impl Owner {
    async fn read(&self, console: &Console) -> Result<Tx> {
        match &self.tenant {
            Some(tenant) => {
                console.tenant_access::<KeyRead>(self.project.as_deref(), tenant).await?.read().await
            }
            None => console.access::<KeyRead>(self.project.as_deref()).await?.read().await,
        }
    }

    async fn write<P: carcosa_types::permission::Mutates>(&self, console: &Console) -> Result<Write> {
        match &self.tenant {
            Some(tenant) => console.tenant_access::<P>(self.project.as_deref(), tenant).await?.write().await,
            None => console.access::<P>(self.project.as_deref()).await?.write().await,
        }
    }
}

fn parse(id: &str) -> Result<carcosa_types::KeyId> {
    id.parse().map_err(|cause: carcosa_types::id::InvalidId| Error::field("id", "invalid", cause.to_string()))
}
