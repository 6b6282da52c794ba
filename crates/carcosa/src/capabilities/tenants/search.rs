//! What a tenant is found by.
//!
//! Words are folded (compatibility forms, accents and case removed) and matched by their beginning. Members of metadata
//! are matched exactly, by a hash of name and value.

use std::collections::BTreeSet;

use carcosa_types::tenant::Tenant;
use ring::digest::{SHA256, digest};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Most words of one tenant that are searchable; name, slug and external id come first.
const MAX_WORDS: usize = 500;
/// Characters of a word that count.
const MAX_WORD_LEN: usize = 64;
/// Most words of a query that count.
pub(super) const MAX_QUERY_WORDS: usize = 8;
/// Before the hash of a metadata member; no word begins with it.
const MEMBER: char = '=';

/// Everything the tenant is found by.
pub(super) fn terms(tenant: &Tenant) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut texts = vec![tenant.name.as_str(), tenant.slug.as_str()];
    texts.extend(tenant.external_id.as_deref());
    tenant.metadata.values().for_each(|value| texts_of(value, &mut texts));
    for text in texts {
        found.extend(words(text).take(MAX_WORDS.saturating_sub(found.len())));
    }
    for (name, value) in &tenant.metadata {
        found.extend(scalar(value).map(|text| member(name, &text)));
    }
    found
}

/// The words of a text, folded.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    let folded: String =
        text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let split: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(MAX_WORD_LEN).collect())
        .collect();
    split.into_iter()
}

/// The words of a query without those that another one implies: who has a word beginning with `acme` has one that begins
/// with `ac`.
pub(super) fn distinct(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words.dedup();
    let all = words.clone();
    words.retain(|word| !all.iter().any(|other| other != word && other.starts_with(word.as_str())));
    words
}

/// The term of a metadata member.
pub(super) fn member(name: &str, value: &str) -> String {
    let hash = digest(&SHA256, format!("{name}\0{value}").as_bytes());
    let half: String = hash.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{MEMBER}{half}")
}

/// Behind every term that begins with `prefix`, in byte order.
pub(super) fn end_of(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn texts_of<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, texts)),
        Value::Object(members) => members.values().for_each(|member| texts_of(member, texts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded() {
        let fold = |text| words(text).collect::<Vec<_>>();
        assert_eq!(fold("Åbo Akademi, r.f."), ["abo", "akademi", "r", "f"]);
        assert_eq!(fold("STRAẞE ﬁn 東京 大学"), ["straße", "fin", "東京", "大学"]);
        assert_eq!(fold(" -- "), Vec::<String>::new());
        assert_eq!(fold(&"x".repeat(100)), ["x".repeat(64)]);
    }

    #[test]
    fn words_that_another_implies_are_left_out() {
        let of = |words: &[&str]| distinct(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(of(&["acme", "ac", "b", "acme"]), ["acme", "b"]);
        assert_eq!(of(&[]), Vec::<String>::new());
    }

    #[test]
    fn members_do_not_mix() {
        assert_ne!(member("a", "b"), member("ab", ""));
        assert!(member("a", "b").starts_with('='));
        assert_eq!(member("a", "b").len(), 33);
    }
}
