//! How the installation fares.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The installation, as the node that answers sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Installation {
    /// Always `installation`.
    #[schemars(extend("const" = "installation"))]
    pub object: String,
    /// The version of the server.
    pub version: String,
    /// The database: `sqlite` or `postgres`.
    pub database: String,
    /// The last migration that the database has.
    pub schema_version: i64,
    /// When this node started.
    pub started_at: Timestamp,
    /// How many seconds ago that was.
    pub uptime_seconds: u64,
    /// Where browsers reach the server.
    pub public_url: String,
    /// Whether mails are sent.
    pub mail: bool,
    /// Whether operators can sign in at a provider.
    pub single_sign_on: bool,
    /// Its parts. More may be added.
    pub components: Vec<Component>,
}

/// How a part fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComponentState {
    /// As it should.
    Ok,
    /// Works, but someone should look.
    Warning,
    /// Does not do its work.
    Problem,
}

/// A part of the installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Component {
    /// `database`, `directory`, `sequencer`, `jobs`, `webhooks`, and `disk` where the database is a file.
    pub name: String,
    /// How it fares.
    pub state: ComponentState,
    /// The same as a sentence.
    pub detail: String,
    /// What was measured, each number with its unit in the name, such as `waiting` (pieces, counted up to 10,000),
    /// `oldest_milliseconds` or `free_bytes`. More may be added.
    pub figures: BTreeMap<String, i64>,
}
