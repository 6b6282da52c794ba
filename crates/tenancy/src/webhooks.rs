//! Verifying webhooks, by [Standard Webhooks](https://www.standardwebhooks.com).
//!
//! ```
//! use carcosa_tenancy::webhooks::{Headers, Verifier};
//!
//! # fn handle(headers: &std::collections::HashMap<String, String>, body: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! // The secret of the endpoint (`whsec_…`), or its public key (`whpk_…`), with which nothing secret has to be kept.
//! let verifier = Verifier::new(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])?;
//! let header = |name: &str| headers.get(name).map(String::as_str);
//! // The body as it came: not parsed and written again.
//! let event = verifier.verify(&Headers::of(header)?, body)?;
//! // At least once: an event whose id you have seen needs no second look.
//! println!("{} {}", event.id, event.kind);
//! # Ok(())
//! # }
//! ```

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
pub use carcosa_types::log::Event;
use ring::hmac;
use ring::signature::{ED25519, UnparsedPublicKey};

/// How far the time of a webhook may lie from now, as the standard's own libraries have it.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// Signatures looked at. Carcosa sends at most three; each costs going through the body, for anyone who asks.
const MAX_SIGNATURES: usize = 10;

/// Why a webhook was not accepted. Answer 401 to all of them, and say no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// A header is not there: it is no webhook.
    #[error("the header `{0}` is missing")]
    MissingHeader(&'static str),
    /// The timestamp is no number of seconds.
    #[error("`webhook-timestamp` is no time")]
    BadTimestamp,
    /// It is older than the tolerance: it may be one that someone kept.
    #[error("`webhook-timestamp` is too old")]
    TooOld,
    /// It lies further in the future than the tolerance.
    #[error("`webhook-timestamp` is in the future")]
    TooNew,
    /// No signature is of any of the keys: someone else made it, or changed it.
    #[error("no signature fits")]
    WrongSignature,
    /// It is signed, and not a CloudEvent.
    #[error("the body is no event")]
    NotAnEvent,
    /// It is a sample that a test sent: nothing has happened. See [`Verifier::accepting_samples`].
    #[error("it is a sample, and this verifier takes none")]
    Sample,
}

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is `whsec_` or `whpk_`, and base64; at least one is needed")]
pub struct BadKey;

/// The three headers of a webhook.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a> {
    /// `webhook-id`: the event's id, the same however often it is sent.
    pub id: &'a str,
    /// `webhook-timestamp`: when it was sent, in seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: one or more, separated by spaces.
    pub signature: &'a str,
}

impl<'a> Headers<'a> {
    /// Reads them out of a request, by their lower-case names.
    pub fn of(header: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Rejected> {
        let get = |name: &'static str| header(name).ok_or(Rejected::MissingHeader(name));
        Ok(Self {
            id: get("webhook-id")?,
            timestamp: get("webhook-timestamp")?,
            signature: get("webhook-signature")?,
        })
    }
}

enum Key {
    Secret(hmac::Key),
    Public(Vec<u8>),
}

/// Accepts what was signed with one of its keys, a short while ago.
pub struct Verifier {
    keys: Vec<Key>,
    tolerance: Duration,
    accepts_samples: bool,
}

impl Verifier {
    /// Takes secrets (`whsec_…`) and public keys (`whpk_…`); several while one is rotated.
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a str>) -> Result<Self, BadKey> {
        let keys: Vec<Key> = keys.into_iter().map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(BadKey);
        }
        Ok(Self { keys, tolerance: TOLERANCE, accepts_samples: false })
    }

    /// With another tolerance than five minutes.
    #[must_use]
    pub const fn tolerating(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Takes samples too, which tests send: events that have not happened, of objects that do not exist, with
    /// [`sample`](Event::sample) set. For trying out what an application does with each type.
    #[must_use]
    pub const fn accepting_samples(mut self) -> Self {
        self.accepts_samples = true;
        self
    }

    /// The event, when the webhook is Carcosa's and of now.
    #[expect(clippy::disallowed_methods, reason = "an application has no kernel, and tests say the time")]
    pub fn verify(&self, headers: &Headers<'_>, body: &[u8]) -> Result<Event, Rejected> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.verify_at(headers, body, now)
    }

    /// The same at another time, in seconds since 1970: for tests.
    pub fn verify_at(&self, headers: &Headers<'_>, body: &[u8], now: u64) -> Result<Event, Rejected> {
        let sent: u64 = headers.timestamp.parse().map_err(|_| Rejected::BadTimestamp)?;
        if sent.saturating_add(self.tolerance.as_secs()) < now {
            return Err(Rejected::TooOld);
        }
        if now.saturating_add(self.tolerance.as_secs()) < sent {
            return Err(Rejected::TooNew);
        }
        let signed = [headers.id.as_bytes(), b".", headers.timestamp.as_bytes(), b".", body].concat();
        let mut signatures = headers.signature.split(' ').take(MAX_SIGNATURES);
        if !signatures.any(|one| self.keys.iter().any(|key| key.made(one, &signed))) {
            return Err(Rejected::WrongSignature);
        }
        let event: Event = serde_json::from_slice(body).map_err(|_| Rejected::NotAnEvent)?;
        if event.sample == Some(true) && !self.accepts_samples {
            return Err(Rejected::Sample);
        }
        Ok(event)
    }
}

impl Key {
    /// Whether a signature such as `v1,…` of this text was made with the key. Takes the same time wherever it differs.
    fn made(&self, signature: &str, text: &[u8]) -> bool {
        let Some((version, signature)) = signature.split_once(',') else { return false };
        let Ok(signature) = BASE64_STANDARD.decode(signature) else { return false };
        // What cannot be a signature is not worth going through the text for.
        match (self, version) {
            (Self::Secret(_), "v1") if signature.len() != 32 => false,
            (Self::Public(_), "v1a") if signature.len() != 64 => false,
            (Self::Secret(key), "v1") => hmac::verify(key, text, &signature).is_ok(),
            (Self::Public(key), "v1a") => {
                UnparsedPublicKey::new(&ED25519, key).verify(text, &signature).is_ok()
            }
            _ => false,
        }
    }
}

fn key(text: &str) -> Result<Key, BadKey> {
    if let Some(secret) = text.strip_prefix("whsec_") {
        let bytes = BASE64_STANDARD.decode(secret).map_err(|_| BadKey)?;
        if bytes.is_empty() {
            return Err(BadKey);
        }
        return Ok(Key::Secret(hmac::Key::new(hmac::HMAC_SHA256, &bytes)));
    }
    let public = text.strip_prefix("whpk_").ok_or(BadKey)?;
    let bytes = BASE64_STANDARD.decode(public).map_err(|_| BadKey)?;
    if bytes.len() == 32 { Ok(Key::Public(bytes)) } else { Err(BadKey) }
}
