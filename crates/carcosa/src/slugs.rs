//! Slugs out of names in any script.

use carcosa_types::slug::MAX_LEN;

/// The slug that a name suggests: transliterated, in lower case, everything else as single hyphens, at most 63
/// characters. `otherwise` when nothing is left of the name.
#[must_use]
pub(crate) fn from_name(name: &str, otherwise: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for c in deunicode::deunicode(name).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') && c != '\'' {
            slug.push('-');
        }
        if slug.len() == MAX_LEN {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { otherwise.to_owned() } else { slug.to_owned() }
}

/// The slug with a number: `acme-2`, shortened so that both fit.
#[must_use]
pub(crate) fn numbered(base: &str, number: i64) -> String {
    let suffix = format!("-{number}");
    let room = MAX_LEN.saturating_sub(suffix.len());
    format!("{}{suffix}", base[..base.len().min(room)].trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use carcosa_types::{Violations, slug};
    use proptest::prelude::{prop_assert, proptest};

    use super::*;

    #[test]
    fn names_of_the_world() {
        for (name, slug) in [
            ("Åbo Akademi", "abo-akademi"),
            ("Müller & Söhne GmbH", "muller-sohne-gmbh"),
            ("株式会社", "zhu-shi-hui-she"),
            ("Ärzte e.V.", "arzte-e-v"),
            ("O'Reilly", "oreilly"),
            ("  --  ", "tenant"),
            ("Acme", "acme"),
        ] {
            assert_eq!(from_name(name, "tenant"), slug, "{name}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_name_the_slug_is_well_formed(name in "\\PC{0,200}", number in 2_i64..100_000) {
            for slug in [from_name(&name, "tenant"), numbered(&from_name(&name, "tenant"), number)] {
                let mut violations = Violations::default();
                slug::check(&mut violations, "/slug", &slug);
                prop_assert!(violations.is_empty(), "{slug}: {violations:?}");
            }
        }
    }
}
