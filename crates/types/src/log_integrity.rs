//! Whether the log is as it was written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{TenantId, Validate};

/// Most entries that one answer checks.
pub const MAX_LAST: u32 = 10_000;
/// Entries that an answer checks when `last` is not given.
pub const DEFAULT_LAST: u32 = 1_000;

/// What to check.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegrityQuery {
    /// The stream of this tenant instead of the project's own: an id, `slug:acme` or `ext:42`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 140))]
    pub tenant_id: Option<String>,
    /// How many of the stream's newest entries to check, 1–10,000; 1,000 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000))]
    pub last: Option<u32>,
}

impl Validate for IntegrityQuery {}

/// What was found in one stream, and how the project's log stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogIntegrity {
    /// Always `log_integrity`.
    #[schemars(extend("const" = "log_integrity"))]
    pub object: String,
    /// The tenant whose stream was checked; `null` for the project's own.
    pub tenant_id: Option<TenantId>,
    /// Whether nothing is wrong.
    pub verified: bool,
    /// The first entry checked; `null` when the stream has none.
    pub from_sequence: Option<i64>,
    /// The last entry checked, the newest of the stream.
    pub to_sequence: Option<i64>,
    /// How many entries were checked.
    pub checked: i64,
    /// The end of the stream; `null` when it has none.
    pub head: Option<LogHead>,
    /// Where retention has cut the stream; `null` when it is there from its beginning.
    pub cut: Option<LogCut>,
    /// What is wrong; empty when all is well. At most 100.
    pub problems: Vec<LogProblem>,
    /// The whole log of the project.
    pub log: LogExtent,
}

/// The end of a stream, signed. Whoever keeps it can show later that the stream was not rewritten up to there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogHead {
    /// The number of the last entry.
    pub sequence: i64,
    /// Its hash, hexadecimal SHA-256, which follows from all before it.
    pub hash: String,
    /// A JSON text with project, stream, sequence, hash and the time of the answer, exactly as signed.
    pub record: String,
    /// The Ed25519 signature of the record, base64.
    pub signature: String,
    /// The installation's public key, base64.
    pub public_key: String,
}

/// Where retention has cut a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogCut {
    /// The first entry that is there.
    pub first_sequence: i64,
    /// Whether the installation made the cut.
    pub proven: bool,
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogProblem {
    /// The entry in the stream, when it is one.
    pub sequence: Option<i64>,
    /// What is wrong.
    pub detail: String,
}

/// How much a project's log holds, by its own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogExtent {
    /// Streams: one of each tenant there is or was, and the project's own.
    pub streams: i64,
    /// Entries that are there.
    pub entries: i64,
    /// Streams that retention has cut.
    pub cuts: i64,
    /// From this position on the project's order has no gaps.
    pub first_position: i64,
    /// The last position given out; 0 when there is none.
    pub last_position: i64,
}
