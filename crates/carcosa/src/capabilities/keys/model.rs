//! Rules of API keys.

use std::fmt::Write;

use carcosa_kernel::secrets::{KeyHash, Keyring};
use carcosa_kernel::{Error, Kernel, Result};
use carcosa_types::key::{ApiKey, MAX_METADATA_BYTES};
use carcosa_types::key_use::MAX_TEXT_BYTES;
use carcosa_types::project::{Environment, ProjectSettings};
use carcosa_types::{Grants, Patch, PermissionSet, ProjectId, Timestamp, Violations, key_text, validate};
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};

use super::error::{KEY_REVOKED, SCOPE_EXCEEDED};
use crate::words;

/// A key and what is stored of its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The key as shown.
    pub key: ApiKey,
    /// The keyed hash of its text.
    pub hash: KeyHash,
    /// The keyed hash of its text before the last rotation.
    pub previous_hash: Option<KeyHash>,
    /// Which budget of credits it has. Grows each time the budget is set or filled up.
    pub epoch: i64,
}

/// A secret that was just made.
pub struct Secret {
    /// The text to give to the caller, once.
    pub text: String,
    /// What is stored of it.
    pub hash: KeyHash,
}

impl Secret {
    /// A new one.
    pub fn generate(kernel: &Kernel, prefix: &str, environment: Environment) -> Result<Self> {
        let text = key_text::make(prefix, environment, || {
            let mut byte = [0];
            kernel.fill_random(&mut byte);
            byte[0]
        });
        let hash = kernel.secrets().hash_key(&text)?;
        Ok(Self { text, hash })
    }

    /// The part that may be shown: what stands before the secret.
    #[must_use]
    pub fn prefix(&self) -> String {
        self.text.rsplit_once('_').map(|(prefix, _)| format!("{prefix}_")).unwrap_or_default()
    }

    /// The last four characters.
    #[must_use]
    pub fn last4(&self) -> String {
        self.text.chars().skip(self.text.chars().count().saturating_sub(4)).collect()
    }
}

/// Whether a text could be a key's, of Carcosa's making or another's. Asks nobody.
#[must_use]
pub fn may_be_key(text: &str) -> bool {
    let mistyped = || key_text::has_form(text) && !key_text::is_well_formed(text);
    !text.is_empty() && text.len() <= MAX_TEXT_BYTES && text.is_ascii() && !mistyped()
}

/// The hashes under which a presented text may be found, likeliest first: as a key of Carcosa's making, then as an imported one of
/// this project.
#[must_use]
pub fn hashes(secrets: &Keyring, project: ProjectId, text: &str) -> Vec<KeyHash> {
    let mut hashes = if key_text::is_well_formed(text) { secrets.key_hashes(text) } else { Vec::new() };
    hashes.extend(secrets.key_hashes(&imported(project, &sha256(text))));
    hashes
}

/// What stands for an imported key in place of its text, given SHA-256 of that in hexadecimal. No text of Carcosa's making looks like
/// it; the project is part of it, so that no project learns what another one imported.
#[must_use]
pub fn imported(project: ProjectId, sha256: &str) -> String {
    format!("sha256:{project}:{}", sha256.to_ascii_lowercase())
}

/// SHA-256 in lower-case hexadecimal.
fn sha256(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What scopes give to a key of a tenant, or of the project.
#[must_use]
pub fn held(scopes: &[String], of_tenant: bool) -> Grants {
    let grants = Grants::of(scopes.iter().map(String::as_str));
    if of_tenant { grants.within_tenant() } else { grants }
}

/// The scopes to give: those asked for, or all that the giver has; never more.
pub fn scopes(giver: &Grants, of_tenant: bool, asked: Option<Vec<String>>) -> Result<Vec<String>> {
    let Some(asked) = asked else {
        let everything = vec!["*".to_owned()];
        let has_all = giver.missing(&held(&everything, of_tenant)).is_empty();
        let own = if of_tenant { giver.within_tenant() } else { giver.clone() };
        return Ok(if has_all { everything } else { own.names() });
    };
    within(giver, of_tenant, &asked)?;
    Ok(asked)
}

/// Refuses scopes beyond the giver's own.
pub fn within(giver: &Grants, of_tenant: bool, scopes: &[String]) -> Result<()> {
    let missing = giver.missing(&held(scopes, of_tenant));
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!("You cannot give what you do not have: {}.", missing.join(", "));
    Err(Error::new(SCOPE_EXCEEDED, detail).at("/scopes"))
}

/// Refuses scopes that mean nothing: neither Carcosa's permissions nor those that the project defines.
pub fn check_scopes(settings: &ProjectSettings, scopes: &[String]) -> Result<()> {
    let mut violations = Violations::default();
    for (index, scope) in scopes.iter().enumerate() {
        if !is_known(settings, scope) {
            violations.add(
                format!("/scopes/{index}"),
                "unknown_permission",
                format!(
                    "“{}” is neither in /docs/permissions nor a permission that the project defines",
                    scope.escape_default()
                ),
            );
        }
    }
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations.into_vec())) }
}

fn is_known(settings: &ProjectSettings, scope: &str) -> bool {
    let defined = |noun: &str| settings.permissions.keys().any(|name| name.split(':').next() == Some(noun));
    PermissionSet::parse([scope]).is_ok()
        || settings.permissions.contains_key(scope)
        || scope.strip_suffix(":*").is_some_and(defined)
}

/// An expiry must lie ahead.
pub fn check_expiry(expires_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    match expires_at {
        Some(at) if at <= now => Err(Error::field("/expires_at", "in_the_past", "must lie in the future")),
        _ => Ok(()),
    }
}

/// Nobody gives for longer than they have it: the expiry asked for, or the giver's own; never later.
pub fn expiry(giver: Option<Timestamp>, asked: Option<Timestamp>) -> Result<Option<Timestamp>> {
    match (giver, asked) {
        (Some(own), Some(asked)) if asked > own => {
            let detail =
                format!("Your own credential stops at {own}; what it gives stops then at the latest.");
            Err(Error::new(SCOPE_EXCEEDED, detail).at("/expires_at"))
        }
        (Some(own), asked) => Ok(Some(asked.unwrap_or(own))),
        (None, asked) => Ok(asked),
    }
}

/// Whether what stops at `end` works for longer than a credential that stops at `giver`.
pub fn outlives(giver: Option<Timestamp>, end: Option<Timestamp>) -> bool {
    giver.is_some_and(|own| end.is_none_or(|end| end > own))
}

/// Merges a patch into the metadata.
pub fn merge_metadata(metadata: &mut Map<String, Value>, patch: Patch<Map<String, Value>>) -> Result<()> {
    patch.merge_into(metadata);
    let mut violations = Violations::default();
    validate::json_size(&mut violations, "/metadata", metadata, MAX_METADATA_BYTES);
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations.into_vec())) }
}

/// Refuses to change a revoked key.
pub fn check_not_revoked(key: &ApiKey) -> Result<()> {
    match key.revoked_at {
        Some(_) => Err(Error::new(KEY_REVOKED, "The key was revoked for good; create a new one.")),
        None => Ok(()),
    }
}

/// The reason recorded with a key that was reported as leaked.
#[must_use]
pub fn leak_reason(reason: Option<&str>, url: Option<&str>) -> String {
    let mut text = "leaked".to_owned();
    for (word, part) in [(": ", reason), (", found at ", url)] {
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            text.push_str(word);
            text.push_str(part);
        }
    }
    text
}

/// Whether a key has this for its name, by words that begin its own, or for its last four characters.
pub(super) fn is_called(name: &str, last4: &str, text: &str, query: &[String]) -> bool {
    if text.trim().eq_ignore_ascii_case(last4) {
        return true;
    }
    let own: Vec<String> = words::words(name).collect();
    let fits =
        |word: &String| word.eq_ignore_ascii_case(last4) || own.iter().any(|one| one.starts_with(word));
    !query.is_empty() && query.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scopes: &[&str]) -> Vec<String> {
        scopes.iter().map(|scope| (*scope).to_owned()).collect()
    }

    #[test]
    fn nobody_gives_more_than_they_have() {
        let own = Grants::of(["tenant:read", "key:*"]);
        let refusal = |asked: &[&str]| scopes(&own, false, Some(texts(asked))).unwrap_err().code().code;
        assert_eq!(scopes(&own, false, Some(texts(&["tenant:read"]))).unwrap(), ["tenant:read"]);
        assert_eq!(refusal(&["*"]), "scope_exceeded");
        assert_eq!(refusal(&["tenant:*"]), "scope_exceeded");
        assert_eq!(refusal(&["invoice:approve"]), "scope_exceeded");
        assert_eq!(scopes(&Grants::everything(), false, None).unwrap(), ["*"]);
        assert_eq!(held(&scopes(&own, false, None).unwrap(), false), own);
    }

    #[test]
    fn all_of_a_tenant_s_is_given_in_the_tenant_alone() {
        let own = Grants::everything().within_tenant();
        assert_eq!(scopes(&own, true, None).unwrap(), ["*"]);
        assert!(within(&own, true, &texts(&["*"])).is_ok());
        assert!(within(&own, false, &texts(&["*"])).is_err());
        assert!(!held(&texts(&["*"]), true).allows("tenant:create"));
    }

    #[test]
    fn scopes_name_what_there_is() {
        let mut settings = ProjectSettings::default();
        settings.permissions.insert("invoice:approve".to_owned(), "Approve invoices.".to_owned());
        assert!(
            check_scopes(&settings, &texts(&["*", "tenant:read", "key:*", "invoice:approve", "invoice:*"]))
                .is_ok()
        );
        let unknown = texts(&["tenant:fly", "invoice:pay", "invoices:*", "invoice", "", ":*"]);
        let error = check_scopes(&settings, &unknown).unwrap_err();
        let places: Vec<_> = error.errors().iter().filter_map(|one| one.pointer.clone()).collect();
        assert_eq!(places, ["/scopes/0", "/scopes/1", "/scopes/2", "/scopes/3", "/scopes/4", "/scopes/5"]);
        assert!(error.errors().iter().all(|one| one.code == "unknown_permission"));
    }

    #[test]
    fn nobody_gives_for_longer_than_they_have_it() {
        let at = |micros| Some(Timestamp::from_micros(micros));
        assert_eq!(expiry(None, None).unwrap(), None);
        assert_eq!(expiry(None, at(5)).unwrap(), at(5));
        assert_eq!(expiry(at(5), None).unwrap(), at(5));
        assert_eq!(expiry(at(5), at(5)).unwrap(), at(5));
        assert_eq!(expiry(at(5), at(6)).unwrap_err().code().code, "scope_exceeded");
    }

    #[test]
    fn expiry_lies_ahead() {
        let now = Timestamp::from_micros(10);
        assert!(check_expiry(None, now).is_ok());
        assert!(check_expiry(Some(Timestamp::from_micros(11)), now).is_ok());
        assert!(check_expiry(Some(now), now).is_err());
    }

    #[test]
    fn texts_that_may_be_keys() {
        let key = key_text::make("ck", Environment::Live, || 7);
        for good in [key.as_str(), "sk_live_51Habc", "x", &"x".repeat(512)] {
            assert!(may_be_key(good), "{good}");
        }
        let mistyped = format!("{}0", &key[..key.len() - 1]);
        for bad in ["", "clé", mistyped.as_str(), &"x".repeat(513)] {
            assert!(!may_be_key(bad), "{bad}");
        }
    }

    #[test]
    fn an_imported_key_is_found_by_the_hash_of_its_text_in_its_project_alone() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256("abc"), abc, "FIPS 180-2, appendix B.1");
        let project = |n| ProjectId::from_uuid(uuid::Uuid::from_u128(n));
        assert_eq!(imported(project(1), &abc.to_uppercase()), imported(project(1), abc));
        assert_ne!(imported(project(1), abc), imported(project(2), abc));
        let mut ring = Keyring::default();
        ring.add(carcosa_kernel::secrets::Purpose::KeyHash, 1, [1; 32]);
        let found = hashes(&ring, project(1), "abc");
        assert_eq!(found, ring.key_hashes(&imported(project(1), abc)));
        let own = key_text::make("ck", Environment::Live, || 7);
        assert_eq!(hashes(&ring, project(1), &own).first(), ring.key_hashes(&own).first());
    }

    #[test]
    fn reasons_of_leaks() {
        assert_eq!(leak_reason(None, None), "leaked");
        assert_eq!(
            leak_reason(Some(""), Some("https://x.example/y")),
            "leaked, found at https://x.example/y"
        );
        assert_eq!(leak_reason(Some("in a log"), None), "leaked: in a log");
    }
}
