//! Rules of API keys.

use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Error, Kernel, Result};
use carcosa_types::key::ApiKey;
use carcosa_types::project::Environment;
use carcosa_types::{Grants, Timestamp, key_text};

use super::error::{KEY_REVOKED, SCOPE_EXCEEDED};

/// A key and what is stored of its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The key as shown.
    pub key: ApiKey,
    /// The keyed hash of its text.
    pub hash: KeyHash,
    /// The keyed hash of its text before the last rotation.
    pub previous_hash: Option<KeyHash>,
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

/// The scopes to give: those asked for, or all that the giver has; never more.
pub fn scopes(giver: &Grants, asked: Option<Vec<String>>) -> Result<Vec<String>> {
    let Some(asked) = asked else {
        let all = giver.missing(&Grants::everything()).is_empty();
        return Ok(if all { vec!["*".to_owned()] } else { giver.names() });
    };
    within(giver, &asked)?;
    Ok(asked)
}

/// Refuses scopes beyond the giver's own.
pub fn within(giver: &Grants, scopes: &[String]) -> Result<()> {
    let missing = giver.missing(&grants(scopes));
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!("You cannot give what you do not have: {}.", missing.join(", "));
    Err(Error::new(SCOPE_EXCEEDED, detail).at("/scopes"))
}

/// What scopes stand for.
#[must_use]
pub fn grants(scopes: &[String]) -> Grants {
    Grants::of(scopes.iter().map(String::as_str))
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

/// Refuses to change a revoked key.
pub fn check_not_revoked(key: &ApiKey) -> Result<()> {
    match key.revoked_at {
        Some(_) => Err(Error::new(KEY_REVOKED, "The key was revoked for good; create a new one.")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gives_more_than_they_have() {
        let own = Grants::of(["tenant:read", "key:*"]);
        assert_eq!(scopes(&own, Some(vec!["tenant:read".into()])).unwrap(), ["tenant:read"]);
        assert_eq!(scopes(&own, Some(vec!["*".into()])).unwrap_err().code().code, "scope_exceeded");
        assert_eq!(scopes(&own, Some(vec!["tenant:*".into()])).unwrap_err().code().code, "scope_exceeded");
        assert_eq!(scopes(&Grants::everything(), None).unwrap(), ["*"]);
        assert_eq!(grants(&scopes(&own, None).unwrap()), own);
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
}
