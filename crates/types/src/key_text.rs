//! The text of an API key: `<prefix>_<live|test>_<secret><checksum>`.
//!
//! The secret is 32 base62 characters (190 bits), the checksum the CRC-32 of all before it as 6 base62 characters, so
//! that a typing error, a truncated copy or a random text is told from a key without looking anywhere.

use crate::project::Environment;

/// Random characters of a key: 32 × log₂ 62 = 190 bits.
pub const SECRET_LEN: usize = 32;
/// Characters of the checksum: 62⁶ > 2³².
const CHECKSUM_LEN: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes the text of a new key out of an endless source of random bytes.
pub fn make(prefix: &str, environment: Environment, mut random: impl FnMut() -> u8) -> String {
    let environment = match environment {
        Environment::Live => "live",
        Environment::Test => "test",
    };
    let mut text = format!("{prefix}_{environment}_");
    for _ in 0..SECRET_LEN {
        // Bytes from 248 on are drawn again: 248 is a multiple of 62, so that each character is as likely.
        let byte = std::iter::repeat_with(&mut random).find(|byte| *byte < 248).unwrap_or_default();
        text.push(char::from(BASE62[usize::from(byte % 62)]));
    }
    let checksum = checksum(&text);
    text.push_str(&checksum);
    text
}

/// Whether the text has the form of a key and its checksum is right. Says nothing of whether the key exists.
#[must_use]
pub fn is_well_formed(text: &str) -> bool {
    has_form(text) && checksum(&text[..text.len() - CHECKSUM_LEN]) == text[text.len() - CHECKSUM_LEN..]
}

/// Whether the text has the form of a key, be its checksum right or wrong.
#[must_use]
pub fn has_form(text: &str) -> bool {
    let mut parts = text.split('_');
    let (Some(prefix), Some(environment), Some(secret), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let prefix_ok = (2..=12).contains(&prefix.len())
        && prefix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && prefix.as_bytes()[0].is_ascii_lowercase();
    prefix_ok
        && matches!(environment, "live" | "test")
        && secret.len() == SECRET_LEN + CHECKSUM_LEN
        && secret.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, proptest};

    use super::*;

    fn key(seed: u64) -> String {
        let mut state = seed;
        make("ck", Environment::Live, || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
    }

    proptest! {
        #[test]
        fn every_key_is_well_formed_and_no_changed_one_is(seed in any::<u64>(), at in 0_usize..46, with in "[ -~]") {
            let key = key(seed);
            prop_assert!(is_well_formed(&key) && has_form(&key));
            let changed = format!("{}{with}{}", &key[..at], &key[at + 1..]);
            prop_assert!(changed == key || !is_well_formed(&changed), "{changed}");
            prop_assert!(!is_well_formed(&key[..at]), "truncated");
            prop_assert!(!is_well_formed(&format!("{key}{with}")), "lengthened");
        }

        #[test]
        fn other_texts_are_refused(text in ".{0,60}") {
            prop_assert!(!is_well_formed(&text));
        }
    }

    #[test]
    fn a_wrong_checksum_leaves_the_form() {
        let key = key(1);
        let last = if key.ends_with('0') { "1" } else { "0" };
        let mistyped = format!("{}{last}", &key[..key.len() - 1]);
        assert!(has_form(&mistyped) && !is_well_formed(&mistyped));
        assert!(!has_form("sk_live_51Habc") && !has_form("") && !has_form("ck_live_"));
    }

    #[test]
    fn bytes_that_would_favour_some_characters_are_drawn_again() {
        let mut bytes = std::iter::once(255).chain(std::iter::repeat(7));
        let key = make("stage", Environment::Test, || bytes.next().unwrap_or_default());
        assert!(key.starts_with("stage_test_7777"), "{key}");
        assert!(is_well_formed(&key));
    }
}
