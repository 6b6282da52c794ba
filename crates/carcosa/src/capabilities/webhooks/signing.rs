//! Secrets and signatures, by [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
//!
//! Each delivery is signed with `v1` (HMAC-SHA-256) by the present secret, and by the one before while that still counts, and with
//! `v1a` (Ed25519), whose public key anyone may have.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use carcosa_kernel::secrets::Purpose;
use carcosa_kernel::{Error, Kernel, Result};
use carcosa_types::{Timestamp, WebhookEndpointId};
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};

/// What secrets begin with.
const SECRET_PREFIX: &str = "whsec_";
/// What public keys begin with.
const PUBLIC_PREFIX: &str = "whpk_";
/// Bytes of a secret.
const SECRET_LEN: usize = 32;

/// What an endpoint has that nobody is shown: stored as one, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Sealed {
    /// The present secret, base64.
    secret: String,
    /// The one before, and until when it signs too.
    previous: Option<(String, Timestamp)>,
    /// The seed of the Ed25519 key, base64.
    seed: String,
    /// Custom headers.
    pub headers: BTreeMap<String, String>,
}

impl Sealed {
    /// New secrets.
    #[must_use]
    pub fn generate(kernel: &Kernel, headers: BTreeMap<String, String>) -> Self {
        Self { secret: random(kernel), previous: None, seed: random(kernel), headers }
    }

    /// The same with a secret that someone chose; `None` when it is none.
    #[must_use]
    pub fn with_secret(mut self, text: &str) -> Option<Self> {
        text.strip_prefix(SECRET_PREFIX)?.clone_into(&mut self.secret);
        let length = bytes(&self.secret).ok()?.len();
        (24..=64).contains(&length).then_some(self)
    }

    /// The secret, as its owner has to write it.
    #[must_use]
    pub fn secret_text(&self) -> String {
        format!("{SECRET_PREFIX}{}", self.secret)
    }

    /// The public key, as its owner has to write it.
    pub fn public_key(&self) -> Result<String> {
        let public = BASE64_STANDARD.encode(self.key_pair()?.public_key());
        Ok(format!("{PUBLIC_PREFIX}{public}"))
    }

    /// Takes a new secret; the old one signs too until then.
    pub fn rotate(&mut self, kernel: &Kernel, until: Option<Timestamp>) {
        let old = std::mem::replace(&mut self.secret, random(kernel));
        self.previous = until.map(|until| (old, until));
    }

    /// Encrypts all of it, for this endpoint alone.
    pub fn seal(&self, kernel: &Kernel, endpoint: WebhookEndpointId) -> Result<Vec<u8>> {
        kernel.secrets().seal(
            Purpose::Webhook,
            endpoint.uuid().as_bytes(),
            &serde_json::to_vec(self)?,
            kernel,
        )
    }

    /// What [`seal`](Self::seal) made.
    pub fn open(kernel: &Kernel, endpoint: WebhookEndpointId, sealed: &[u8]) -> Result<Self> {
        let text = kernel.secrets().open(Purpose::Webhook, endpoint.uuid().as_bytes(), sealed)?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// What signs.
    pub fn signer(&self, now: Timestamp) -> Result<Signer> {
        let previous = self.previous.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        let secrets = [Some(&self.secret), previous].into_iter().flatten();
        let keys = secrets.map(|secret| Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes(secret)?)));
        Ok(Signer { keys: keys.collect::<Result<_>>()?, pair: self.key_pair()? })
    }

    fn key_pair(&self) -> Result<Ed25519KeyPair> {
        Ed25519KeyPair::from_seed_unchecked(&bytes(&self.seed)?)
            .map_err(|_| Error::internal("an endpoint's seed is no Ed25519 seed"))
    }
}

fn random(kernel: &Kernel) -> String {
    let mut secret = [0; SECRET_LEN];
    kernel.fill_random(&mut secret);
    BASE64_STANDARD.encode(secret)
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    BASE64_STANDARD.decode(text).map_err(Error::internal)
}

/// The keys of an endpoint, ready to sign.
pub struct Signer {
    keys: Vec<hmac::Key>,
    pair: Ed25519KeyPair,
}

impl Signer {
    /// The value of `webhook-signature` for a message sent at this time, in seconds since 1970.
    #[must_use]
    pub fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let content = format!("{id}.{seconds}.{body}");
        let tags = self
            .keys
            .iter()
            .map(|key| format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(key, content.as_bytes()))));
        let mut signatures: Vec<String> = tags.collect();
        signatures.push(format!("v1a,{}", BASE64_STANDARD.encode(self.pair.sign(content.as_bytes()))));
        signatures.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> Sealed {
        Sealed {
            secret: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
            previous: Some((BASE64_STANDARD.encode([7; 32]), Timestamp::from_micros(5))),
            seed: BASE64_STANDARD.encode([9; 32]),
            headers: BTreeMap::new(),
        }
    }

    /// The example of the specification's own libraries.
    #[test]
    fn signs_as_the_standard_does() {
        let signer = sealed().signer(Timestamp::from_micros(5)).unwrap();
        let text = signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        let mut parts = text.split(' ');
        assert_eq!(parts.next(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert!(parts.next().unwrap().starts_with("v1a,"));
        assert_eq!(parts.next(), None, "the previous secret has ended");
    }

    #[test]
    fn both_secrets_sign_while_they_overlap() {
        let signer = sealed().signer(Timestamp::from_micros(4)).unwrap();
        assert_eq!(
            signer.sign("evt_1", 1, "{}").split(' ').filter(|part| part.starts_with("v1,")).count(),
            2
        );
    }
}
