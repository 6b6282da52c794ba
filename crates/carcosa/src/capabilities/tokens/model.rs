//! Rules of refresh tokens.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_kernel::Result;
use carcosa_kernel::secrets::{Keyring, Purpose};
use carcosa_types::TokenId;
use uuid::Uuid;

/// What a refresh token begins with, so that scanners know it.
const PREFIX: &str = "crt_";
/// Bytes of the id and the generation.
const PLAIN_LEN: usize = 16 + 8;

/// The text of a sign-in's refresh token of this generation: id, generation, and a tag that only this installation makes.
pub fn refresh_token(secrets: &Keyring, id: TokenId, generation: i64) -> Result<String> {
    let plain = plain(id, generation);
    let tag = secrets.sign(Purpose::Refresh, &plain)?;
    Ok(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode([plain.as_slice(), &tag].concat())))
}

/// The sign-in and the generation of a text that this installation made.
#[must_use]
pub fn read_refresh_token(secrets: &Keyring, text: &str) -> Option<(TokenId, i64)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
    let (plain, tag) = bytes.split_at_checked(PLAIN_LEN)?;
    if !secrets.verify(Purpose::Refresh, plain, tag) {
        return None;
    }
    let (id, generation) = plain.split_first_chunk::<16>()?;
    Some((TokenId::from_uuid(Uuid::from_bytes(*id)), i64::from_be_bytes(generation.try_into().ok()?)))
}

fn plain(id: TokenId, generation: i64) -> Vec<u8> {
    [id.uuid().as_bytes().as_slice(), &generation.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring() -> Keyring {
        let mut ring = Keyring::default();
        ring.add(Purpose::Refresh, 1, [7; 32]);
        ring
    }

    #[test]
    fn a_refresh_token_is_read_back_and_no_changed_one_is() {
        let id = TokenId::from_uuid(Uuid::from_u128(5));
        let text = refresh_token(&ring(), id, 3).unwrap();
        assert_eq!(read_refresh_token(&ring(), &text), Some((id, 3)));
        for at in 0..text.len() {
            let swapped = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
            let changed = format!("{}{swapped}{}", &text[..at], &text[at + 1..]);
            assert_ne!(read_refresh_token(&ring(), &changed), Some((id, 3)), "{changed}");
            assert_eq!(read_refresh_token(&ring(), &text[..at]), None, "cut at {at}");
        }
        assert_eq!(read_refresh_token(&ring(), ""), None);
    }
}
