//! The first start, from a browser.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::project::Environment;
use crate::user::email;
use crate::validate::{Validate, Violations, one_line};

/// Whether the installation waits for its first operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Setup {
    /// Always `setup`.
    #[schemars(extend("const" = "setup"))]
    pub object: String,
    /// Whether there is no operator yet.
    pub needed: bool,
}

/// The first operator and project.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteSetup {
    /// What the link that the server printed ends with.
    #[schemars(length(min = 1, max = 200))]
    pub token: String,
    /// The operator's e-mail address, at most 254 bytes.
    #[schemars(length(min = 3, max = 254))]
    pub email: String,
    /// The operator's display name, 1–200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// The password to sign in with: 12–256 characters, none of the commonest, without the e-mail address.
    #[schemars(length(min = 12, max = 256))]
    pub password: String,
    /// The first project's display name, 1–200 characters. Its slug is made of it.
    #[schemars(length(min = 1, max = 200))]
    pub project_name: String,
    /// Real customers (the default), or trying things out.
    #[serde(default)]
    pub environment: Environment,
}

impl Validate for CompleteSetup {
    fn validate(&self, violations: &mut Violations) {
        email(violations, "/email", &self.email);
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
        one_line(violations, "/project_name", &self.project_name);
    }
}
