//! `carcosa keys …`.

use std::io::BufRead;

use carcosa_kernel::{Error, Result, Tx, Write};
use carcosa_types::Timestamp;
use carcosa_types::key::{CreateKey, ListKeys, RotateKey};
use carcosa_types::key_usage::KeyUsageQuery;
use carcosa_types::key_use::VerifyKey;
use carcosa_types::permission::{KeyCreate, KeyDelete, KeyRead, KeyRotate, KeyVerify, Mutates};
use carcosa_web::Body;
use serde_json::{Value, json};

use super::{service, state, usage, verify};
use crate::cli::{Console, checked};

const COLUMNS: &[&str] =
    &["id", "name", "prefix", "last4", "scopes", "enabled", "expires_at", "revoked_at", "last_used_at"];

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

/// A key to make.
#[derive(clap::Args)]
pub(crate) struct NewKey {
    /// What people call it.
    #[arg(long)]
    name: String,
    /// A permission it gets, such as `tenant:read` or `tenant:*`; repeatable. Everything when left out.
    #[arg(long = "scope")]
    scopes: Vec<String>,
    /// When it stops by itself, RFC 3339.
    #[arg(long)]
    expires_at: Option<Timestamp>,
    /// An address or network it works from, such as 203.0.113.0/24; repeatable. Anywhere when left out.
    #[arg(long = "allowed-ip")]
    allowed_ips: Vec<String>,
    /// How often it may be verified: times per seconds, such as 100/60.
    #[arg(long, value_parser = rate_limit, value_name = "TIMES/SECONDS")]
    rate_limit: Option<Value>,
    /// How often at once; as often as in the whole period when left out.
    #[arg(long, requires = "rate_limit")]
    burst: Option<u32>,
    /// What it may spend, one for each verification unless that says more.
    #[arg(long)]
    credits: Option<i64>,
    /// What is left at the start of each period, such as 1000/month; of hour, day and month.
    #[arg(long, requires = "credits", value_parser = refill, value_name = "AMOUNT/PERIOD")]
    refill: Option<Value>,
}

/// A question about a key.
#[derive(clap::Args)]
pub(crate) struct Question {
    /// The project, by id or slug; may be left out when there is only one.
    #[arg(long)]
    project: Option<String>,
    /// The key's text; `-` reads it from standard input, out of sight of other users of the machine.
    #[arg(long)]
    key: String,
    /// What it must be allowed to do; repeatable.
    #[arg(long = "permission")]
    permissions: Vec<String>,
    /// The tenant that it must belong to: an id, `slug:acme` or `ext:42`.
    #[arg(long)]
    tenant: Option<String>,
    /// What to take of its credits. Rate limits are kept by each running server and not looked at here.
    #[arg(long, default_value_t = 0)]
    cost: u32,
    /// The address it was presented from.
    #[arg(long)]
    ip: Option<String>,
}

/// What to do with API keys.
#[derive(clap::Subcommand)]
pub(crate) enum KeyCommand {
    /// Lists keys, newest first.
    List {
        #[command(flatten)]
        owner: Owner,
        /// Words to search for in names, or the last four characters of a key.
        #[arg(long, short)]
        q: Option<String>,
        /// At most this many, 1–100.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: Option<u32>,
        /// Goes on after this cursor, which the page before ended with.
        #[arg(long)]
        after: Option<String>,
    },
    /// Counts verifications, of one key or all, hour by hour.
    Usage {
        #[command(flatten)]
        owner: Owner,
        /// The key's id; without it, those of all keys of the project.
        id: Option<String>,
        /// How many hours, 1–744.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=744))]
        hours: Option<u32>,
    },
    /// Makes a key and shows its secret, once.
    Create {
        #[command(flatten)]
        owner: Owner,
        #[command(flatten)]
        new: NewKey,
    },
    /// Says whether a key may be used, and why not.
    Verify(Question),
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
            Self::List { owner, q, limit, after } => {
                let query = ListKeys { q, limit, after, ..ListKeys::default() };
                let tx = owner.read(console).await?;
                console.show(&service::list(console.kernel(), tx, query).await?, COLUMNS);
            }
            Self::Usage { owner, id, hours } => {
                let (now, query) = (console.kernel().now(), KeyUsageQuery { hours });
                match id {
                    Some(id) => {
                        let tx = owner.read(console).await?;
                        console.show(&usage::of_key(tx, now, parse(&id)?, &query).await?, &[]);
                    }
                    None => {
                        let tx = console.access::<KeyRead>(owner.project.as_deref()).await?.read().await?;
                        console.show(&usage::of_project(tx, now, &query).await?, &[]);
                    }
                }
            }
            Self::Create { owner, new } => {
                let new = new.body()?;
                console.show(&service::create(owner.write::<KeyCreate>(console).await?, new).await?, &[]);
                console.hint("Keep the secret: it is not shown again.");
            }
            Self::Verify(question) => question.ask(console).await?,
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

impl NewKey {
    /// The body of the request that makes it, checked as one.
    fn body(self) -> Result<CreateKey> {
        let mut rate_limit = self.rate_limit;
        if let (Some(limit), Some(burst)) = (rate_limit.as_mut(), self.burst) {
            limit["burst"] = burst.into();
        }
        let credits = self.credits.map(|remaining| json!({ "remaining": remaining, "refill": self.refill }));
        let body = json!({
            "name": self.name,
            "scopes": (!self.scopes.is_empty()).then_some(self.scopes),
            "expires_at": self.expires_at,
            "allowed_ips": self.allowed_ips,
            "rate_limit": rate_limit,
            "credits": credits,
        });
        let Body(new) = Body::parse(&serde_json::to_vec(&body)?)?;
        Ok(new)
    }
}

impl Question {
    async fn ask(self, console: &Console) -> Result<()> {
        let mut key = self.key;
        if key == "-" {
            key.clear();
            std::io::stdin().lock().read_line(&mut key).map_err(Error::internal)?;
        }
        let body = json!({
            "key": key.trim(), "permissions": self.permissions, "tenant": self.tenant, "cost": self.cost, "ip": self.ip,
        });
        let Body(question) = Body::<VerifyKey>::parse(&serde_json::to_vec(&body)?)?;
        let access = console.access::<KeyVerify>(self.project.as_deref()).await?;
        let answer = verify::verify(&access, &question).await?;
        // This process ends now: what it leased and did not spend goes back.
        state::settle(console.kernel()).await?;
        console.show(&answer, &[]);
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

    async fn write<P: Mutates>(&self, console: &Console) -> Result<Write> {
        match &self.tenant {
            Some(tenant) => console.tenant_access::<P>(self.project.as_deref(), tenant).await?.write().await,
            None => console.access::<P>(self.project.as_deref()).await?.write().await,
        }
    }
}

fn parse(id: &str) -> Result<carcosa_types::KeyId> {
    id.parse().map_err(|cause: carcosa_types::id::InvalidId| Error::field("id", "invalid", cause.to_string()))
}

fn rate_limit(text: &str) -> std::result::Result<Value, String> {
    let parts = text.split_once('/').and_then(|(times, seconds)| Some((number(times)?, number(seconds)?)));
    let (limit, period_seconds) = parts.ok_or("must be times per seconds, such as 100/60")?;
    Ok(json!({ "limit": limit, "period_seconds": period_seconds }))
}

fn refill(text: &str) -> std::result::Result<Value, String> {
    let parts = text.split_once('/').and_then(|(amount, every)| Some((number(amount)?, every)));
    let (amount, every) = parts.ok_or("must be an amount per hour, day or month, such as 1000/month")?;
    Ok(json!({ "amount": amount, "every": every }))
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}
