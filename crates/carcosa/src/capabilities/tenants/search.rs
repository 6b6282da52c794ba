//! What a tenant is found by.
//!
//! [Words](crate::words) are matched by their beginning; members of metadata exactly, by a hash of name and value.

use std::collections::BTreeSet;

use carcosa_types::tenant::Tenant;
use ring::digest::{SHA256, digest};
use serde_json::Value;

use crate::words::words;

/// Most words of one tenant that are searchable; name, slug and external id come first.
const MAX_WORDS: usize = 500;
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

/// The term of a metadata member.
pub(super) fn member(name: &str, value: &str) -> String {
    let hash = digest(&SHA256, format!("{name}\0{value}").as_bytes());
    let half: String = hash.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{MEMBER}{half}")
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
    fn members_do_not_mix() {
        assert_ne!(member("a", "b"), member("ab", ""));
        assert!(member("a", "b").starts_with('='));
        assert_eq!(member("a", "b").len(), 33);
    }
}
