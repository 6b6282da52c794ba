//! What slug a tenant would get.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Validate;

/// For which tenant to ask.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlugQuery {
    /// The name of a tenant that would be given no slug, 1–200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// The slug that it would be given, 1–200 characters, of whatever form. When it is given, `name` only helps to suggest another.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub slug: Option<String>,
}

impl Validate for SlugQuery {}

/// Whether a slug can be had now. Nothing is kept: someone else may take it before it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlugPreview {
    /// Always `slug_preview`.
    #[schemars(extend("const" = "slug_preview"))]
    pub object: String,
    /// The slug asked about, or the one that a tenant of this name would get.
    pub slug: String,
    /// Whether it can be had.
    pub available: bool,
    /// Why not; `null` when it can.
    pub reason: Option<SlugRefusal>,
    /// One that can be had instead; `null` when `slug` itself can, or none was found.
    pub suggestion: Option<String>,
}

/// Why a slug cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlugRefusal {
    /// Another tenant has or once had it.
    Taken,
    /// It is reserved everywhere or in the project.
    Reserved,
    /// It reads like something else: a reserved name (`adm1n`), or has letters that look like others.
    Confusable,
    /// It is no slug: a DNS label of 1–63 of `a–z 0–9 -`.
    Invalid,
}
