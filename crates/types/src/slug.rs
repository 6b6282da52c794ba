//! Slugs: the names that stand in host names and addresses.

use unicode_security::confusable_detection::skeleton;

use crate::Violations;

/// Longest slug: one DNS label ([RFC 1035](https://www.rfc-editor.org/rfc/rfc1035)).
pub const MAX_LEN: usize = 63;

/// Names that a tenant may not take in any project, because they mean something in host names and addresses.
pub const RESERVED: &[&str] = &[
    "about",
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "api",
    "app",
    "apps",
    "assets",
    "auth",
    "autoconfig",
    "autodiscover",
    "billing",
    "broadcasthost",
    "cdn",
    "config",
    "console",
    "dashboard",
    "docs",
    "download",
    "email",
    "ext",
    "files",
    "ftp",
    "help",
    "hostmaster",
    "id",
    "imap",
    "internal",
    "invite",
    "isatap",
    "localdomain",
    "localhost",
    "login",
    "logout",
    "mail",
    "media",
    "mta-sts",
    "mx",
    "noreply",
    "ns1",
    "ns2",
    "ns3",
    "ns4",
    "null",
    "oauth",
    "operator",
    "ops",
    "pop",
    "pop3",
    "portal",
    "postmaster",
    "privacy",
    "register",
    "root",
    "security",
    "server",
    "settings",
    "sftp",
    "signin",
    "signout",
    "signup",
    "slug",
    "smtp",
    "ssl",
    "sso",
    "ssladmin",
    "ssladministrator",
    "sslwebmaster",
    "static",
    "stats",
    "status",
    "subdomain",
    "support",
    "sysadmin",
    "system",
    "tenant",
    "tenants",
    "terms",
    "undefined",
    "user",
    "users",
    "usenet",
    "uucp",
    "webmail",
    "webmaster",
    "wpad",
    "www",
];

/// Checks the form of a slug: 1–63 of `a–z 0–9 -`, not starting or ending with a hyphen, no `--` in the third
/// and fourth place (which would read as punycode or another [RFC 5890](https://www.rfc-editor.org/rfc/rfc5890)
/// reserved label).
pub fn check(violations: &mut Violations, pointer: &str, slug: &str) {
    if slug.is_empty() || slug.chars().count() > MAX_LEN {
        violations.add(pointer, "slug_length", "a slug has 1 to 63 characters");
    }
    if let Some(odd) = slug.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        let seen = |c: char| if c.is_ascii() { c.to_string() } else { skeleton(&c.to_string()).collect() };
        let ascii: String = slug.chars().map(seen).collect();
        if !odd.is_ascii() && ascii.is_ascii() {
            violations.add(
                pointer,
                "slug_confusable",
                format!(
                    "“{odd}” (U+{:04X}) makes this look like “{ascii}”; use a–z, 0–9 and -",
                    u32::from(odd)
                ),
            );
        } else {
            violations.add(
                pointer,
                "slug_characters",
                format!("a slug may contain only a–z, 0–9 and -; found “{}”", odd.escape_default()),
            );
        }
    }
    if slug.starts_with('-') || slug.ends_with('-') {
        violations.add(pointer, "slug_hyphen", "a slug may not start or end with a hyphen");
    }
    if slug.as_bytes().get(2..4) == Some(b"--") {
        violations.add(
            pointer,
            "slug_punycode",
            "a slug may not have hyphens in both its third and fourth place (reserved for IDN)",
        );
    }
}

/// Whether `slug` is, or reads like, one of the names reserved everywhere or in `also`.
///
/// Returns the name it collides with. Digits that pass for letters count: `adm1n` is `admin`.
#[must_use]
pub fn reserved<'a>(slug: &str, also: &'a [String]) -> Option<&'a str>
where
    'static: 'a,
{
    let folded = fold(slug);
    RESERVED
        .iter()
        .copied()
        .chain(also.iter().map(String::as_str))
        .find(|name| *name == slug || (fold(name) == folded && !folded.is_empty()))
}

/// The ASCII part of the UTS 39 skeleton: letters and digits that are drawn alike become one.
fn fold(slug: &str) -> String {
    slug.replace("rn", "m")
        .replace("vv", "w")
        .chars()
        .filter(|c| *c != '-')
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn codes(slug: &str) -> Vec<String> {
        let mut violations = Violations::default();
        check(&mut violations, "/slug", slug);
        violations.into_vec().into_iter().map(|v| v.code).collect()
    }

    #[test]
    fn limits_and_forms() {
        assert!(codes("a").is_empty());
        assert!(codes(&"a".repeat(63)).is_empty());
        assert!(codes("a-1--b").is_empty());
        assert_eq!(codes(&"a".repeat(64)), ["slug_length"]);
        assert_eq!(codes(""), ["slug_length"]);
        assert_eq!(codes("Acme"), ["slug_characters"]);
        assert_eq!(codes("a_b"), ["slug_characters"]);
        assert_eq!(codes("-a"), ["slug_hyphen"]);
        assert_eq!(codes("a-"), ["slug_hyphen"]);
        assert_eq!(codes("xn--ls8h"), ["slug_punycode"]);
        assert_eq!(codes("аcme"), ["slug_confusable"]);
        assert_eq!(codes("åbo"), ["slug_characters"]);
    }

    #[test]
    fn reserved_names_and_their_look_alikes() {
        let project = vec!["acme".to_owned()];
        assert_eq!(reserved("www", &[]), Some("www"));
        assert_eq!(reserved("adm1n", &[]), Some("admin"));
        assert_eq!(reserved("log-in", &[]), Some("login"));
        assert_eq!(reserved("acrne", &project), Some("acme"));
        assert_eq!(reserved("acme", &project), Some("acme"));
        assert_eq!(reserved("acmes", &project), None);
        assert_eq!(reserved("w", &[]), None);
    }

    proptest! {
        #[test]
        fn well_formed_means_a_dns_label(slug in "\\PC{0,70}") {
            let label = !slug.is_empty()
                && slug.len() <= 63
                && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !slug.starts_with('-')
                && !slug.ends_with('-')
                && slug.as_bytes().get(2..4) != Some(b"--");
            prop_assert_eq!(codes(&slug).is_empty(), label);
        }

        #[test]
        fn every_reserved_name_is_reserved(index in 0..RESERVED.len()) {
            prop_assert!(reserved(RESERVED[index], &[]).is_some());
        }
    }
}
