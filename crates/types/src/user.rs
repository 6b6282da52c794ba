//! Users: the people who use the application.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::page::filters;
use crate::validate::{Validate, Violations, json_size, one_line};
use crate::{Patch, Timestamp, UserId};

/// Largest `metadata`, in bytes of compact JSON.
pub const MAX_METADATA_BYTES: usize = 4 * 1024;
/// Longest e-mail address, in bytes ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1)).
pub const MAX_EMAIL_LEN: usize = 254;

/// A person who uses the application: one per e-mail address and project, in any number of tenants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// Always `user`.
    #[schemars(extend("const" = "user"))]
    pub object: String,
    /// Its id.
    pub id: UserId,
    /// E-mail address, as given.
    pub email: String,
    /// Display name.
    pub name: Option<String>,
    /// The application's own id for them, unique in the project.
    pub external_id: Option<String>,
    /// Whether they may do anything at all.
    pub status: UserStatus,
    /// The application's own data.
    pub metadata: Map<String, Value>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Grows by one with each change; also the `ETag`.
    pub version: i64,
}

/// Whether a user may do anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// As their memberships say.
    #[default]
    Active,
    /// Nothing, in any tenant.
    Disabled,
}

/// What a user's creator may say.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// E-mail address, at most 254 bytes; no other user of the project has it, whatever its case.
    #[schemars(length(min = 3, max = 254))]
    pub email: String,
    /// Display name, 1–200 characters.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// The application's own id for them, 1–128 characters, unique in the project.
    #[serde(default)]
    #[schemars(length(min = 1, max = 128))]
    pub external_id: Option<String>,
    /// A JSON object of at most 4 KiB.
    #[serde(default)]
    pub metadata: Option<Map<String, Value>>,
}

/// A merge patch of a user.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    /// New e-mail address.
    #[serde(default)]
    #[schemars(length(min = 3, max = 254))]
    #[schemars(with = "String")]
    pub email: Option<String>,
    /// Display name; `null` removes it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub name: Patch<String>,
    /// The application's own id; `null` removes it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 128))]
    pub external_id: Patch<String>,
    /// Merged member by member; `null` empties it.
    #[serde(default)]
    pub metadata: Patch<Map<String, Value>>,
}

filters! {
    /// Filters of the list of users.
    pub struct ListUsers {
        /// Words, each the beginning of a word in name or e-mail address, whatever case and accents; 1–200 characters, of which the first
        /// 8 words count. The best match comes first. Up to 20,000 occurrences of the rarest word are looked through for
        /// one answer: it may hold less than `limit`, or nothing, and have more after it.
        #[serde(default)]
        #[schemars(length(min = 1, max = 200))]
        pub q: Option<String>,
        /// Only the user with this e-mail address, whatever its case.
        #[serde(default)]
        #[schemars(length(min = 1, max = 254))]
        pub email: Option<String>,
        /// Only the user with this external id.
        #[serde(default)]
        #[schemars(length(min = 1, max = 128))]
        pub external_id: Option<String>,
        /// Only users with this status.
        #[serde(default)]
        pub status: Option<UserStatus>,
    }
}

impl Validate for ListUsers {}

impl Validate for CreateUser {
    fn validate(&self, violations: &mut Violations) {
        email(violations, "/email", &self.email);
        if let Some(name) = &self.name {
            one_line(violations, "/name", name);
        }
        if let Some(id) = &self.external_id {
            one_line(violations, "/external_id", id);
        }
        if let Some(metadata) = &self.metadata {
            json_size(violations, "/metadata", metadata, MAX_METADATA_BYTES);
        }
    }
}

impl Validate for UpdateUser {
    fn validate(&self, violations: &mut Violations) {
        if let Some(address) = &self.email {
            email(violations, "/email", address);
        }
        for (pointer, text) in [("/name", &self.name), ("/external_id", &self.external_id)] {
            if let Some(text) = text.set() {
                one_line(violations, pointer, text);
            }
        }
    }
}

/// Checks an e-mail address: one `@` with something on both sides, nothing invisible, at most 254 bytes. Whether someone reads
/// what is sent there, only sending tells.
pub fn email(violations: &mut Violations, pointer: &str, text: &str) {
    if normal_email(text).is_none() {
        violations.add(
            pointer,
            "email",
            "must be an e-mail address such as ada@example.com, of at most 254 bytes",
        );
    }
}

/// The form in which addresses are compared: lower case, NFC, the domain as Unicode. `None` when it is no address.
///
/// The local part's case is folded too: that two mailboxes differ by case alone is allowed by RFC 5321 and done by nobody,
/// while people do type their address in either case.
#[must_use]
pub fn normal_email(text: &str) -> Option<String> {
    use unicode_normalization::UnicodeNormalization;
    let text: String = text.trim().nfc().collect();
    let (local, domain) = text.rsplit_once('@')?;
    let hidden = |c: char| {
        c.is_whitespace() || c.is_control() || crate::validate::is_invisible(c) || "<>()[],;:\\\"".contains(c)
    };
    let plausible = !local.is_empty()
        && local.len() <= 64
        && !local.contains('@')
        && !local.contains(hidden)
        && is_domain(domain)
        && text.len() <= MAX_EMAIL_LEN;
    plausible.then(|| text.to_lowercase())
}

/// Labels of letters, digits and hyphens of any script, separated by dots.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.chars().count())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || is_combining(c))
    };
    !text.is_empty() && text.split('.').all(label)
}

/// Marks that stand on a letter before them: many scripts write words with them.
fn is_combining(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_case() {
        for (text, normal) in [
            (" Ada@Example.COM ", "ada@example.com"),
            ("ada+x@example.com", "ada+x@example.com"),
            ("ADA@localhost", "ada@localhost"),
            ("jo\u{308}rg@müller.de", "jörg@müller.de"),
            ("用户@例子.广告", "用户@例子.广告"),
        ] {
            assert_eq!(normal_email(text).as_deref(), Some(normal), "{text}");
        }
    }

    #[test]
    fn what_is_no_address() {
        let long = format!("{}@{}.com", "a".repeat(64), "b".repeat(190));
        for text in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c.d",
            "a@b c",
            "a@-b.c",
            "a@b..c",
            "a\r\nBcc: x@y.z",
            "a\u{200b}@b.c",
            "<a@b.c>",
            "a@b.c, d@e.f",
            "a@\u{202e}b.c",
            &long,
            &format!("{}@b.c", "a".repeat(65)),
        ] {
            assert_eq!(normal_email(text), None, "{text}");
        }
        assert!(normal_email(&format!("{}@b.c", "a".repeat(64))).is_some());
    }
}
