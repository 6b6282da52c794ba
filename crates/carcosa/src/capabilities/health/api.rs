//! HTTP endpoints of health.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use carcosa_kernel::error::DATABASE_UNAVAILABLE;
use carcosa_kernel::{Error, Gate};
use carcosa_types::installation::Installation;
use carcosa_types::permission::InstallationRead;
use carcosa_web::{InstallationGuard, Plain, Result, endpoints};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::timeout;

/// Longest wait for the database before the server counts as not ready.
const PATIENCE: Duration = Duration::from_secs(2);

endpoints! { "health":
    /// Get the installation
    ///
    /// Version, settings that matter to operators, and how its parts fare, as the node that answers sees them.
    GET "/v1/installation" => installation [];
    /// Is the process alive?
    ///
    /// 200 as long as it answers at all. For liveness probes.
    GET "/health/live" => live [];
    /// Can requests be served?
    ///
    /// 200 when the database answers and this node has heard from the log; else 503. For readiness probes and load
    /// balancers.
    GET "/health/ready" => ready [DATABASE_UNAVAILABLE];
}

/// How the server is.
#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    /// `ok`
    status: String,
    /// The parts looked at.
    components: BTreeMap<String, String>,
}

fn healthy(components: &[(&str, &str)]) -> Health {
    let owned = components.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned()));
    Health { status: "ok".to_owned(), components: owned.collect() }
}

async fn installation(
    InstallationGuard(access): InstallationGuard<InstallationRead>,
) -> Result<Plain<Installation>> {
    Ok(Plain(super::installation::look(&access).await?))
}

async fn live(State(_): State<Gate>) -> Result<Plain<Health>> {
    Ok(Plain(healthy(&[])))
}

async fn ready(State(gate): State<Gate>) -> Result<Plain<Health>> {
    let kernel = gate.kernel();
    match timeout(PATIENCE, kernel.database().ping()).await {
        Ok(answer) => answer?,
        Err(_) => {
            return Err(Error::new(DATABASE_UNAVAILABLE, "The database does not answer.").into());
        }
    }
    if !kernel.directory().is_fresh(kernel) {
        return Err(Error::new(DATABASE_UNAVAILABLE, "This node has not heard from the log yet.").into());
    }
    Ok(Plain(healthy(&[("database", kernel.database().name()), ("directory", "fresh")])))
}
