//! Words by which objects are found: folded (compatibility forms, accents and case removed) and matched by their beginning.

mod search_store;

pub(crate) use search_store::{Search, Spot, WordIndex, word_index};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a word that count.
const MAX_WORD_LEN: usize = 64;
/// Most words of a query that count.
const MAX_QUERY_WORDS: usize = 8;
/// A word more common than this is as good as any other to lead a search.
const COMMON: i64 = 2000;
/// Occurrences of the leading word that a search looks through for one page.
const LOOKED_THROUGH: i64 = 20_000;

/// The words of a text, folded.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    let folded: String =
        text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
    let split: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(MAX_WORD_LEN).collect())
        .collect();
    split.into_iter()
}

/// The words of a query that count.
pub(crate) fn of_query(text: &str) -> Vec<String> {
    words(text).take(MAX_QUERY_WORDS).collect()
}

/// The words of a query without those that another one implies: who has a word beginning with `acme` has one that begins
/// with `ac`.
pub(crate) fn distinct(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words.dedup();
    let all = words.clone();
    words.retain(|word| !all.iter().any(|other| other != word && other.starts_with(word.as_str())));
    words
}

/// Behind every term that begins with `prefix`, in byte order.
pub(crate) fn end_of(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
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
}
