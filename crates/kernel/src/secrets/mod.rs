//! Secrets: envelope encryption, key hashes, and the keys behind them.
//!
//! One master key, in a file of the data folder or the environment, wraps the data keys, which stand wrapped in
//! `secret_keys`. Each purpose has versions: one seals and hashes, all open and recognise. A new version is known to every
//! node before any uses it, so rotation needs no downtime. A sealed text names its version.

pub mod store;

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Error, Kernel, Random, Result};

/// Length of the master key and of every data key, in bytes.
pub const KEY_LEN: usize = 32;
/// Bytes before the sealed text: the version of the data key, big-endian.
const VERSION_LEN: usize = 4;

/// What a data key is for. A key of one purpose is never used for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Hashing API keys: the pepper.
    KeyHash,
    /// Sealing the stored answers of idempotent requests.
    Idempotency,
    /// Authenticating list cursors.
    Cursor,
    /// Signing what leaves the installation as proof: log exports and erasure records (Ed25519).
    Signing,
    /// Hashing the names by which tenants are known, where the log must not keep them.
    Directory,
    /// Signing access tokens (Ed25519).
    Token,
    /// Authenticating refresh tokens and the tokens of invitations.
    Refresh,
    /// Sealing mails that wait to be sent: they hold links that let in whoever has them.
    Mail,
    /// Sealing what operators sign in with: secrets of one-time codes, and of journeys to the provider of single sign-on.
    OperatorSecret,
    /// Authenticating where retention cut the streams of the log.
    Retention,
    /// Sealing secrets and headers of webhook endpoints.
    Webhook,
}

impl Purpose {
    /// Every purpose: each must have a key before the server starts.
    pub const ALL: [Self; 11] = [
        Self::KeyHash,
        Self::Idempotency,
        Self::Cursor,
        Self::Signing,
        Self::Directory,
        Self::Token,
        Self::Refresh,
        Self::Mail,
        Self::OperatorSecret,
        Self::Retention,
        Self::Webhook,
    ];

    /// Whether its key may be replaced by a newer version. Nodes must agree on the names in the directory at every moment, so
    /// that key stays.
    #[must_use]
    pub const fn is_rotatable(self) -> bool {
        !matches!(self, Self::Directory)
    }

    /// Its name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeyHash => "key_hash",
            Self::Idempotency => "idempotency",
            Self::Cursor => "cursor",
            Self::Signing => "signing",
            Self::Directory => "directory",
            Self::Token => "token",
            Self::Refresh => "refresh",
            Self::Mail => "mail",
            Self::OperatorSecret => "operator_secret",
            Self::Retention => "retention",
            Self::Webhook => "webhook",
        }
    }

    /// The purpose with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// The keyed hash of a text that must not be kept, such as an API key's: what the database and the caches know of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Takes over a stored hash; `None` unless it has 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
    /// The bytes, as stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
    /// Base64url, as it is written to the log.
    #[must_use]
    pub fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }
}
impl From<[u8; 32]> for KeyHash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}
impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}
impl Serialize for KeyHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}
impl<'de> Deserialize<'de> for KeyHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes =
            BASE64_URL_SAFE_NO_PAD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)?;
        Self::from_bytes(&bytes).ok_or_else(|| de::Error::custom("a key hash has 32 bytes"))
    }
}

/// The key that wraps the others. Never stored in the database.
#[derive(Clone)]
pub struct MasterKey([u8; KEY_LEN]);

impl MasterKey {
    /// A new one.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; KEY_LEN];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads the text form: 43 characters of URL-safe base64.
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.trim()).unwrap_or_default();
        bytes.try_into().map(Self).map_err(|_| {
            Error::internal(
                "the master key must be 32 bytes as URL-safe base64 without padding (43 characters)",
            )
        })
    }

    /// The text form, for the key file.
    #[must_use]
    pub fn to_text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Wraps a data key for storage.
    pub fn wrap(
        &self,
        purpose: Purpose,
        version: u32,
        key: &[u8; KEY_LEN],
        random: &dyn Random,
    ) -> Result<Vec<u8>> {
        encrypt(&self.0, &wrap_context(purpose, version), key, random)
    }

    /// Unwraps a stored data key; fails with any other master key, purpose or version.
    pub fn unwrap(&self, purpose: Purpose, version: u32, wrapped: &[u8]) -> Result<[u8; KEY_LEN]> {
        decrypt(&self.0, &wrap_context(purpose, version), wrapped)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| {
                Error::internal(format!(
                    "the master key does not open the stored `{}` key: it is not this installation's master key",
                    purpose.name()
                ))
            })
    }
}

fn wrap_context(purpose: Purpose, version: u32) -> Vec<u8> {
    format!("carcosa/wrap/{}/{version}", purpose.name()).into_bytes()
}

/// An Ed25519 signature and the key that checks it, both as URL-safe base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// The public key.
    pub public_key: String,
    /// The signature.
    pub signature: String,
}

impl Attestation {
    /// Whether the signature is the public key's over this text. Whose key it is, is for the reader to know.
    #[must_use]
    pub fn is_of(&self, text: &[u8]) -> bool {
        let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        let key = UnparsedPublicKey::new(&ED25519, decode(&self.public_key));
        key.verify(text, &decode(&self.signature)).is_ok()
    }
}

/// The data keys of the installation, unwrapped, in memory: what one look at the database gave.
#[derive(Default)]
pub struct Keyring(BTreeMap<Purpose, Versions>);

/// The versions of one purpose's key.
#[derive(Default)]
struct Versions {
    keys: BTreeMap<u32, DataKey>,
    /// The version that seals, hashes and signs.
    current: u32,
}

struct DataKey {
    bytes: [u8; KEY_LEN],
    /// Made once: it costs two rounds of SHA-256, and every request authenticates.
    hmac: hmac::Key,
    /// The public half and its id, of keys that sign tokens. Made once: it costs more than checking a signature.
    public: Option<(String, Vec<u8>)>,
}

impl Versions {
    fn newest_first(&self) -> impl Iterator<Item = &DataKey> {
        self.keys.values().rev()
    }
}

impl Keyring {
    /// Adds a version of a purpose's key, for use from now on.
    pub fn add(&mut self, purpose: Purpose, version: u32, key: [u8; KEY_LEN]) {
        self.publish(purpose, version, key);
        if let Some(versions) = self.0.get_mut(&purpose) {
            versions.current = versions.current.max(version);
        }
    }

    /// Adds a version that opens and recognises, and is not used to seal yet.
    pub fn publish(&mut self, purpose: Purpose, version: u32, key: [u8; KEY_LEN]) {
        let public = (purpose == Purpose::Token).then(|| {
            let public = key_pair(&key).ok()?.public_key().as_ref().to_vec();
            Some((key_id(&public), public))
        });
        let key =
            DataKey { bytes: key, hmac: hmac::Key::new(hmac::HMAC_SHA256, &key), public: public.flatten() };
        self.0.entry(purpose).or_default().keys.insert(version, key);
    }

    /// The hash under the current pepper: what a new key is stored as.
    pub fn hash_key(&self, text: &str) -> Result<KeyHash> {
        let (_, pepper) = self.current(Purpose::KeyHash)?;
        Ok(hash(&pepper.hmac, text))
    }

    /// The hashes under every pepper, newest first: where a presented key may be found.
    #[must_use]
    pub fn key_hashes(&self, text: &str) -> Vec<KeyHash> {
        let peppers = self.0.get(&Purpose::KeyHash).into_iter().flat_map(Versions::newest_first);
        peppers.map(|pepper| hash(&pepper.hmac, text)).collect()
    }

    /// Authenticates a text, such as a cursor.
    pub fn sign(&self, purpose: Purpose, text: &[u8]) -> Result<[u8; 32]> {
        let (_, key) = self.current(purpose)?;
        let tag = hmac::sign(&key.hmac, text);
        tag.as_ref().try_into().map_err(|_| Error::internal("HMAC-SHA-256 has 32 bytes"))
    }

    /// Whether [`sign`](Self::sign) made this tag, with any version of the purpose's key. Takes the same time
    /// wherever the tags differ.
    #[must_use]
    pub fn verify(&self, purpose: Purpose, text: &[u8], tag: &[u8]) -> bool {
        let mut keys = self.0.get(&purpose).into_iter().flat_map(Versions::newest_first);
        keys.any(|key| hmac::verify(&key.hmac, text, tag).is_ok())
    }

    /// The Ed25519 key that signs for a purpose, and the id by which its public half is known.
    pub fn signer(&self, purpose: Purpose) -> Result<(String, Ed25519KeyPair)> {
        let pair = key_pair(&self.current(purpose)?.1.bytes)?;
        Ok((key_id(pair.public_key().as_ref()), pair))
    }

    /// The public halves of a purpose's Ed25519 keys, each with its id, newest first: those in use, those that were, and the
    /// one that soon will be.
    pub fn public_keys(&self, purpose: Purpose) -> Result<Vec<(String, Vec<u8>)>> {
        let keys = self.0.get(&purpose).into_iter().flat_map(Versions::newest_first);
        keys.map(|key| {
            let public = key_pair(&key.bytes)?.public_key().as_ref().to_vec();
            Ok((key_id(&public), public))
        })
        .collect()
    }

    /// Whether the key with this id signed the text.
    #[must_use]
    pub fn verify_signature(&self, purpose: Purpose, id: &str, text: &[u8], signature: &[u8]) -> bool {
        let mut keys = self.0.get(&purpose).into_iter().flat_map(Versions::newest_first);
        let key = keys.find_map(|key| {
            let (known, public) = key.public.as_ref()?;
            (known == id).then_some(public)
        });
        key.is_some_and(|public| UnparsedPublicKey::new(&ED25519, public).verify(text, signature).is_ok())
    }

    /// Signs with the installation's Ed25519 key, so that anyone can check it with the public key.
    pub fn attest(&self, text: &[u8]) -> Result<Attestation> {
        let (_, seed) = self.current(Purpose::Signing)?;
        let pair = key_pair(&seed.bytes)?;
        Ok(Attestation {
            public_key: BASE64_URL_SAFE_NO_PAD.encode(pair.public_key()),
            signature: BASE64_URL_SAFE_NO_PAD.encode(pair.sign(text)),
        })
    }

    /// Encrypts for storage. `context` must be given again to open it.
    pub fn seal(&self, purpose: Purpose, context: &[u8], text: &[u8], kernel: &Kernel) -> Result<Vec<u8>> {
        self.seal_with(purpose, context, text, kernel.random())
    }

    fn seal_with(
        &self,
        purpose: Purpose,
        context: &[u8],
        text: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>> {
        let (version, key) = self.current(purpose)?;
        let mut sealed = version.to_be_bytes().to_vec();
        sealed.extend(encrypt(&key.bytes, context, text, random)?);
        Ok(sealed)
    }

    /// Decrypts what [`seal`](Self::seal) made with any version of the purpose's key.
    pub fn open(&self, purpose: Purpose, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let damaged = || Error::internal("a sealed text is damaged, or its key is gone");
        let (version, text) = sealed.split_first_chunk::<VERSION_LEN>().ok_or_else(damaged)?;
        let key = self.0.get(&purpose).and_then(|versions| versions.keys.get(&u32::from_be_bytes(*version)));
        decrypt(&key.ok_or_else(damaged)?.bytes, context, text)
    }

    fn current(&self, purpose: Purpose) -> Result<(u32, &DataKey)> {
        self.0
            .get(&purpose)
            .and_then(|versions| Some((versions.current, versions.keys.get(&versions.current)?)))
            .ok_or_else(|| Error::internal(format!("the installation has no `{}` key", purpose.name())))
    }
}

fn key_pair(seed: &[u8; KEY_LEN]) -> Result<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed)
        .map_err(|_| Error::internal("the signing key is not an Ed25519 seed"))
}

/// The first half of the public key's SHA-256: says nothing, and names it for good.
fn key_id(public: &[u8]) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, public);
    BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

fn hash(pepper: &hmac::Key, text: &str) -> KeyHash {
    let tag = hmac::sign(pepper, text.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    KeyHash(bytes)
}

fn cipher(key: &[u8; KEY_LEN]) -> Result<LessSafeKey> {
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| Error::internal("AES-256 takes 32 bytes"))?;
    Ok(LessSafeKey::new(key))
}

/// AES-256-GCM with a random nonce in front. A key seals far fewer than 2³² texts before it is rotated.
fn encrypt(key: &[u8; KEY_LEN], context: &[u8], text: &[u8], random: &dyn Random) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut nonce);
    let mut body = text.to_vec();
    cipher(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body)
        .map_err(|_| Error::internal("the text is too long to seal"))?;
    Ok([nonce.as_slice(), &body].concat())
}

fn decrypt(key: &[u8; KEY_LEN], context: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
    let damaged = || Error::internal("a sealed text is damaged, or was sealed for something else");
    let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
    let mut body = body.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let text = cipher(key)?.open_in_place(nonce, Aad::from(context), &mut body).map_err(|_| damaged())?;
    Ok(text.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemEntropy;

    fn ring() -> Keyring {
        let mut ring = Keyring::default();
        ring.add(Purpose::KeyHash, 1, [1; 32]);
        ring.add(Purpose::Idempotency, 1, [2; 32]);
        ring
    }

    #[test]
    fn what_is_sealed_opens_only_in_its_context_and_purpose() {
        let (ring, entropy) = (ring(), SystemEntropy::new());
        let sealed = ring.seal_with(Purpose::Idempotency, b"a", b"text", &entropy).unwrap();
        assert_eq!(ring.open(Purpose::Idempotency, b"a", &sealed).unwrap(), b"text");
        assert!(ring.open(Purpose::Idempotency, b"b", &sealed).is_err());
        assert!(ring.open(Purpose::KeyHash, b"a", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut tampered = sealed.clone();
            tampered[at] ^= 1;
            assert!(ring.open(Purpose::Idempotency, b"a", &tampered).is_err(), "byte {at}");
            assert!(ring.open(Purpose::Idempotency, b"a", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn rotation_keeps_the_old_readable() {
        let (mut ring, entropy) = (ring(), SystemEntropy::new());
        let sealed = ring.seal_with(Purpose::Idempotency, b"", b"old", &entropy).unwrap();
        let old = ring.hash_key("ck_live_x").unwrap();
        ring.publish(Purpose::KeyHash, 2, [4; 32]);
        assert_eq!(ring.hash_key("ck_live_x").unwrap(), old, "published, not yet in use");
        assert_eq!(ring.key_hashes("ck_live_x").len(), 2, "but recognised");
        ring.add(Purpose::Idempotency, 2, [3; 32]);
        ring.add(Purpose::KeyHash, 2, [4; 32]);
        assert_eq!(ring.open(Purpose::Idempotency, b"", &sealed).unwrap(), b"old");
        assert_ne!(ring.hash_key("ck_live_x").unwrap(), old);
        assert_eq!(ring.key_hashes("ck_live_x"), [ring.hash_key("ck_live_x").unwrap(), old]);
    }

    #[test]
    fn a_wrapped_key_opens_only_with_its_master_purpose_and_version() {
        let entropy = SystemEntropy::new();
        let master = MasterKey::generate(&entropy);
        let wrapped = master.wrap(Purpose::Cursor, 1, &[9; 32], &entropy).unwrap();
        let again = MasterKey::parse(&master.to_text()).unwrap();
        assert_eq!(again.unwrap(Purpose::Cursor, 1, &wrapped).unwrap(), [9; 32]);
        assert!(again.unwrap(Purpose::Cursor, 2, &wrapped).is_err());
        assert!(again.unwrap(Purpose::KeyHash, 1, &wrapped).is_err());
        assert!(MasterKey::generate(&entropy).unwrap(Purpose::Cursor, 1, &wrapped).is_err());
        assert!(MasterKey::parse("short").is_err());
    }
}
