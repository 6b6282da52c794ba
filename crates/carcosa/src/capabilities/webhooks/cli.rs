//! `carcosa webhooks …`.

use std::collections::BTreeMap;
use std::sync::Arc;

use carcosa_kernel::{Error, Result};
use carcosa_types::permission::{EventRead, WebhookRead, WebhookSend};
use carcosa_types::webhook::{ListWebhookEndpoints, ReplayWebhook};
use carcosa_types::{Timestamp, WebhookEndpointId};

use super::attempt::{self, Message, Target};
use super::signing::Sealed;
use super::{replay, service};
use crate::capabilities::log::Tail;
use crate::cli::{Console, checked};
use crate::outbound::{Lookup, Outbound, SystemLookup};

/// What to do with webhooks.
#[derive(clap::Subcommand)]
pub(crate) enum WebhookCommand {
    /// Lists the project's endpoints, or a tenant's.
    List {
        /// The project, by id or slug; may be left out when there is only one.
        #[arg(long)]
        project: Option<String>,
        /// The tenant whose endpoints to list: its id.
        #[arg(long)]
        tenant: Option<String>,
        /// Only those that fail.
        #[arg(long)]
        failing: bool,
    },
    /// Sends events to an address on this machine as they happen, signed like webhooks: for developers. Nothing is tried twice.
    Listen {
        /// The project, by id or slug; may be left out when there is only one.
        #[arg(long)]
        project: Option<String>,
        /// Where to send them, such as http://localhost:3000/hooks.
        #[arg(long)]
        forward: String,
        /// Only these types, separated by commas; `tenant.*` for a whole noun.
        #[arg(long)]
        types: Option<String>,
        /// The secret to sign with (`whsec_…`); a new one, which is printed, when left out.
        #[arg(long)]
        secret: Option<String>,
    },
    /// Sends events again to an endpoint: what it hears of a range of time.
    Replay {
        /// The project, by id or slug; may be left out when there is only one.
        #[arg(long)]
        project: Option<String>,
        /// The endpoint's id.
        endpoint: String,
        /// From this time on, such as 2026-11-21T09:30:00Z.
        #[arg(long)]
        from: Timestamp,
        /// Until before this time.
        #[arg(long)]
        to: Option<Timestamp>,
        /// Only what was given up.
        #[arg(long)]
        only_failed: bool,
    },
}

impl WebhookCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        match self {
            Self::List { project, tenant, failing } => {
                let access = console.access::<WebhookRead>(project.as_deref()).await?;
                let tenant_id = tenant.as_deref().map(|text| id("tenant", text)).transpose()?;
                let (limit, failing) = (Some(100), failing.then_some(true));
                let query =
                    ListWebhookEndpoints { limit, tenant_id, failing, ..ListWebhookEndpoints::default() };
                let found = service::list(access.kernel(), access.read().await?, query).await?;
                console.show(&found, &["id", "status", "url", "event_types"]);
                Ok(())
            }
            Self::Listen { project, forward, types, secret } => {
                listen(console, project.as_deref(), &forward, types.as_deref(), secret.as_deref()).await
            }
            Self::Replay { project, endpoint, from, to, only_failed } => {
                let endpoint: WebhookEndpointId = id("endpoint", &endpoint)?;
                let access = console.access::<WebhookSend>(project.as_deref()).await?;
                let mut after = None;
                loop {
                    let (from, only_failed) = (Some(from), Some(only_failed));
                    let what = ReplayWebhook { from, to, only_failed, delivery_ids: None, after };
                    let done = replay::replay(access.write().await?, endpoint, checked(what)?).await?;
                    console.show(&done, &[]);
                    after = done.next;
                    if after.is_none() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

fn id<T: std::str::FromStr<Err = carcosa_types::id::InvalidId>>(name: &str, text: &str) -> Result<T> {
    text.parse()
        .map_err(|cause: carcosa_types::id::InvalidId| Error::field(name, "invalid", cause.to_string()))
}

async fn listen(
    console: &Console,
    project: Option<&str>,
    forward: &str,
    types: Option<&str>,
    secret: Option<&str>,
) -> Result<()> {
    let kernel = console.kernel();
    // The operator's own word: any address will do.
    let lookup: Arc<dyn Lookup> = Arc::new(SystemLookup);
    let everywhere = ["0.0.0.0/0", "::/0"].map(str::parse).into_iter().collect::<std::result::Result<_, _>>();
    let outbound = Outbound::new(everywhere.map_err(Error::internal)?, &lookup)?;
    outbound.check(forward).map_err(|refusal| Error::field("forward", "url", refusal.to_string()))?;
    let mut sealed = Sealed::generate(kernel, BTreeMap::new());
    if let Some(secret) = secret {
        sealed = sealed.with_secret(secret).ok_or_else(|| {
            Error::field("secret", "invalid", "must be `whsec_` and 24 to 64 bytes in base64")
        })?;
    }
    let target = Target::new(forward, &sealed, kernel.now())?;
    let mut tail = Tail::from_now(console.access::<EventRead>(project).await?, types).await?;
    console.hint(&format!("Secret: {}\nWaiting for events; stop with Ctrl-C.", sealed.secret_text()));
    loop {
        for event in tail.next().await? {
            let message = Message { event: event.id, number: 1, body: serde_json::to_string(&event)? };
            let sent = attempt::send(kernel, &outbound, &target, message).await.log;
            let outcome = sent.error.unwrap_or_else(|| format!("{}", sent.status_code.unwrap_or_default()));
            console.tell(
                &serde_json::json!({"id": event.id, "type": event.kind, "outcome": outcome, "duration_ms": sent.duration_ms}),
                &format!("{}  {}  {}  {outcome} ({} ms)", event.time, event.kind, event.id, sent.duration_ms),
            );
        }
    }
}
