//! Problem documents ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Violation {
    /// Where in the body, as an RFC 6901 JSON Pointer: `/name`, `/metadata/colour`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Which query parameter or header, when it is not the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The rule that was broken, stable: `required`, `too_long`, `unknown_field`.
    pub code: String,
    /// The rule as a sentence.
    pub detail: String,
}

/// The body of every error: `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// The address of this code's documentation.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time and what to do about it.
    pub detail: String,
    /// The stable code to switch on.
    pub code: String,
    /// Everything wrong with the request, field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Violation>,
    /// The transitions that would have been allowed, for `invalid_transition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<String>>,
    /// The request's id, also in the `X-Request-Id` header and in the server's logs.
    pub request_id: String,
}
