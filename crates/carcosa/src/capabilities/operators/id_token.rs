//! ID tokens of the provider of single sign-on ([OpenID Connect Core 1.0, section 3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation)).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_types::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

/// Algorithms that count: signatures only, with keys that only the provider has.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
/// Seconds by which the provider's clock may differ from ours.
const LEEWAY: f64 = 60.0;
/// Fewest bytes of an RSA key: 2048 bits.
const MIN_RSA_BYTES: usize = 256;
/// Bytes of an Ed25519 key.
const ED25519_BYTES: usize = 32;
/// How the provider says that it asked for several factors ([RFC 8176](https://www.rfc-editor.org/rfc/rfc8176)).
const MULTIPLE_FACTORS: &str = "mfa";

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who made it.
    pub issuer: &'a str,
    /// For whom.
    pub client_id: &'a str,
    /// For which journey.
    pub nonce: &'a str,
    /// The time.
    pub now: Timestamp,
}

/// Who someone is at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's own name for them, for good.
    pub subject: String,
    /// Whether an e-mail address was named at all.
    pub has_email: bool,
    /// It, if the provider made sure that it is theirs.
    pub verified_email: Option<String>,
    /// Whether the provider asked for a second factor.
    pub mfa: bool,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    #[serde(rename = "iss")]
    _iss: String,
    exp: f64,
    iat: f64,
    #[serde(default)]
    nbf: Option<f64>,
    aud: Value,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(flatten)]
    email: EmailClaims,
    #[serde(default)]
    amr: Vec<String>,
}

/// What the provider says of someone's address ([section 5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims)).
#[derive(Deserialize)]
struct EmailClaims {
    #[serde(default)]
    email: Option<String>,
    /// A boolean; some providers write it as text.
    #[serde(default)]
    email_verified: Value,
}

impl EmailClaims {
    fn verified(self) -> Option<String> {
        let is_verified = match &self.email_verified {
            Value::Bool(is) => *is,
            Value::String(text) => text == "true",
            _ => false,
        };
        self.email.filter(|_| is_verified)
    }
}

/// What the UserInfo endpoint says of whoever the access token is of.
#[derive(Deserialize)]
pub struct UserInfo {
    sub: String,
    #[serde(flatten)]
    email: EmailClaims,
}

impl Identity {
    /// Takes over the address from the UserInfo endpoint; only if it speaks of the same person (section 5.3.2).
    pub fn complete(&mut self, info: UserInfo) -> Result<(), String> {
        if info.sub != self.subject {
            return Err("the UserInfo endpoint speaks of someone else".to_owned());
        }
        self.has_email = info.email.email.is_some();
        self.verified_email = info.email.verified();
        Ok(())
    }
}

/// Reads a set of keys. Those of a kind that is not known are left out.
#[must_use]
pub fn read_keys(set: &Value) -> Vec<Jwk> {
    let keys = set.get("keys").and_then(Value::as_array).into_iter().flatten();
    keys.filter_map(|key| serde_json::from_value(key.clone()).ok()).collect()
}

/// Who the token says someone is. The error says why it proves nothing, for the server's own log.
pub fn verify(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Identity, String> {
    let header = decode_header(token).map_err(|cause| format!("its header cannot be read: {cause}"))?;
    if !ALGORITHMS.contains(&header.alg) || has_extensions(token) {
        return Err(format!("its algorithm ({:?}) or extensions are not taken", header.alg));
    }
    let key = pick(keys, header.kid.as_deref(), header.alg)?;
    let key = DecodingKey::from_jwk(key).map_err(|cause| format!("its key cannot be used: {cause}"))?;
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // By the server's clock, below.
    validation.validate_exp = false;
    let claims = decode::<Claims>(token, &key, &validation).map_err(|cause| cause.to_string())?.claims;
    check(&claims, expected)?;
    Ok(Identity {
        subject: claims.sub,
        has_email: claims.email.email.is_some(),
        verified_email: claims.email.verified(),
        mfa: claims.amr.iter().any(|how| how == MULTIPLE_FACTORS),
    })
}

/// Whether the header names extensions that must be understood (RFC 7515, section 4.1.11), none of which is.
fn has_extensions(token: &str) -> bool {
    let header = token.split('.').next().and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
    let header = header.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    header.is_none_or(|header| header.get("crit").is_some())
}

/// What the library does not check.
fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), String> {
    let now = (expected.now.micros() / 1_000_000) as f64;
    if claims.exp + LEEWAY <= now {
        return Err("it expired".to_owned());
    }
    if claims.iat - LEEWAY > now || claims.nbf.is_some_and(|from| from - LEEWAY > now) {
        return Err("it is of the future".to_owned());
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err("its nonce is of another journey".to_owned());
    }
    let several = claims.aud.as_array().is_some_and(|all| all.len() > 1);
    if (several && claims.azp.is_none())
        || claims.azp.as_deref().is_some_and(|party| party != expected.client_id)
    {
        return Err("it is for another party".to_owned());
    }
    if claims.sub.is_empty() || claims.sub.len() > 255 {
        return Err("its subject is none".to_owned());
    }
    Ok(())
}

/// The key that the token names; the only one that fits when it names none.
fn pick<'a>(keys: &'a [Jwk], id: Option<&str>, algorithm: Algorithm) -> Result<&'a Jwk, String> {
    let mut fitting = keys.iter().filter(|key| fits(key, algorithm)).filter(|key| match id {
        Some(id) => key.common.key_id.as_deref() == Some(id),
        None => true,
    });
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err("the provider has no such key".to_owned()),
        (Some(_), Some(_)) => Err("the provider has several such keys".to_owned()),
    }
}

/// Whether a key is for signatures of this algorithm, and strong enough.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let length = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).map_or(0, |bytes| bytes.len());
    let is_of_kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(rsa), Algorithm::RS256) => length(&rsa.n) >= MIN_RSA_BYTES,
        (AlgorithmParameters::EllipticCurve(curve), Algorithm::ES256) => curve.curve == EllipticCurve::P256,
        (AlgorithmParameters::OctetKeyPair(pair), Algorithm::EdDSA) => {
            pair.curve == EllipticCurve::Ed25519 && length(&pair.x) == ED25519_BYTES
        }
        _ => false,
    };
    let says = |named: &Option<jsonwebtoken::jwk::KeyAlgorithm>| {
        named.as_ref().is_none_or(|named| named.to_string() == format!("{algorithm:?}"))
    };
    is_of_kind
        && says(&key.common.key_algorithm)
        && matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature))
}

#[cfg(test)]
mod tests {
    use ring::signature::{Ed25519KeyPair, KeyPair};
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;
    const EXPECTED: Expected<'_> = Expected {
        issuer: "https://id.example.com",
        client_id: "carcosa",
        nonce: "n-1",
        now: Timestamp::from_micros(NOW * 1_000_000),
    };

    fn pair(seed: u8) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
    }

    fn key(pair: &Ed25519KeyPair, id: &str) -> Value {
        let x = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
        json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": id, "x": x })
    }

    fn claims() -> Value {
        json!({
            "iss": "https://id.example.com", "aud": "carcosa", "sub": "1815", "nonce": "n-1", "iat": NOW, "exp": NOW + 300,
            "email": "ada@example.com", "email_verified": true, "amr": ["pwd"],
        })
    }

    fn sign(pair: &Ed25519KeyPair, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(header), part(claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(pair.sign(text.as_bytes()));
        format!("{text}.{signature}")
    }

    fn try_with(change: &Value) -> Result<Identity, String> {
        let mut claims = claims();
        carcosa_types::patch::merge(&mut claims, change.clone());
        let keys = read_keys(&json!({ "keys": [key(&pair(1), "a")] }));
        verify(&sign(&pair(1), &json!({ "alg": "EdDSA", "kid": "a" }), &claims), &keys, &EXPECTED)
    }

    #[test]
    fn a_token_says_who_someone_is() {
        let ada = Identity {
            subject: "1815".to_owned(),
            has_email: true,
            verified_email: Some("ada@example.com".to_owned()),
            mfa: false,
        };
        assert_eq!(try_with(&json!({})).unwrap(), ada);
        assert!(try_with(&json!({ "amr": ["pwd", "mfa"] })).unwrap().mfa);
        assert_eq!(try_with(&json!({ "aud": ["carcosa", "x"], "azp": "carcosa" })).unwrap(), ada);
        assert_eq!(try_with(&json!({ "exp": NOW - 59 })).unwrap(), ada);
        for unverified in [json!(null), json!(false), json!("false"), json!(1)] {
            let found = try_with(&json!({ "email_verified": unverified })).unwrap();
            assert_eq!(found.verified_email, None);
        }
    }

    #[test]
    fn whatever_does_not_fit_proves_nothing() {
        for change in [
            json!({ "iss": "https://evil.example.com" }),
            json!({ "iss": ["https://id.example.com"] }),
            json!({ "iss": null }),
            json!({ "aud": "other" }),
            json!({ "aud": null }),
            json!({ "aud": ["carcosa", "x"] }),
            json!({ "azp": "other" }),
            json!({ "nonce": "n-2" }),
            json!({ "nonce": null }),
            json!({ "exp": NOW - 60 }),
            json!({ "exp": null }),
            json!({ "iat": NOW + 61 }),
            json!({ "nbf": NOW + 61 }),
            json!({ "sub": "" }),
            json!({ "sub": null }),
        ] {
            assert!(try_with(&change).is_err(), "{change}");
        }
    }

    #[test]
    fn only_the_provider_s_own_signature_counts() {
        let keys = read_keys(&json!({ "keys": [
            key(&pair(1), "a"), key(&pair(2), "b"),
            { "kty": "oct", "k": "c2VjcmV0", "kid": "c" }, { "kty": "new", "kid": "d" },
            { "kty": "OKP", "crv": "Ed25519", "kid": "short", "x": "AAAA" },
        ] }));
        let good = sign(&pair(1), &json!({ "alg": "EdDSA", "kid": "a" }), &claims());
        assert!(verify(&good, &keys, &EXPECTED).is_ok());
        for (seed, header) in [
            (2, json!({ "alg": "EdDSA", "kid": "a" })),
            (1, json!({ "alg": "EdDSA", "kid": "b" })),
            (1, json!({ "alg": "EdDSA", "kid": "x" })),
            (1, json!({ "alg": "EdDSA", "kid": "short" })),
            (1, json!({ "alg": "EdDSA" })),
            (1, json!({ "alg": "none" })),
            (1, json!({ "alg": "HS256", "kid": "c" })),
            (1, json!({ "alg": "RS256", "kid": "a" })),
            (1, json!({ "alg": "EdDSA", "kid": "a", "crit": ["exp"] })),
            (1, json!({ "kid": "a" })),
        ] {
            let token = sign(&pair(seed), &header, &claims());
            assert!(verify(&token, &keys, &EXPECTED).is_err(), "{header}");
        }
        let mut parts: Vec<&str> = good.split('.').collect();
        parts[2] = "";
        for bad in ["", "a.b", "a.b.c", "a.b.c.d", &parts.join(".")] {
            assert!(verify(bad, &keys, &EXPECTED).is_err(), "{bad}");
        }
        let unsigned = json!({ "alg": "none" }).to_string();
        let unsigned = format!(
            "{}.{}.",
            BASE64_URL_SAFE_NO_PAD.encode(unsigned),
            BASE64_URL_SAFE_NO_PAD.encode(claims().to_string())
        );
        assert!(verify(&unsigned, &keys, &EXPECTED).is_err());
    }

    #[test]
    fn a_token_that_names_no_key_needs_that_there_is_one() {
        let token = sign(&pair(1), &json!({ "alg": "EdDSA" }), &claims());
        let one = read_keys(&json!({ "keys": [key(&pair(1), "a")] }));
        assert!(verify(&token, &one, &EXPECTED).is_ok());
        assert!(verify(&token, &[], &EXPECTED).is_err());
    }
}
