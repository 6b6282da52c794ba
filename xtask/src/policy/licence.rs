//! SPDX licence expressions: `MIT OR (Apache-2.0 WITH LLVM-exception AND ISC)`.
//!
//! `WITH` binds closest, then `AND`, then `OR`. Cargo's old `MIT/Apache-2.0` means `OR`.

use std::collections::BTreeSet;

type Outcome = Result<bool, String>;

/// Whether somebody who accepts only the `allowed` licences may use what is under `expression`.
///
/// `X WITH Y` counts as a licence of its own, as it does for cargo-deny: it is in the list or it is not.
pub(super) fn is_satisfied(expression: &str, allowed: &BTreeSet<String>) -> Outcome {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    let satisfied = reader.any()?;
    match reader.words.first() {
        None => Ok(satisfied),
        Some(word) => Err(format!("unexpected `{word}`")),
    }
}

/// Reads words from the front.
struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a BTreeSet<String>,
}

impl<'a> Reader<'a> {
    /// `all OR all OR …`
    fn any(&mut self) -> Outcome {
        let mut satisfied = self.all()?;
        while self.take("OR") {
            satisfied |= self.all()?;
        }
        Ok(satisfied)
    }

    /// `one AND one AND …`
    fn all(&mut self) -> Outcome {
        let mut satisfied = self.one()?;
        while self.take("AND") {
            satisfied &= self.one()?;
        }
        Ok(satisfied)
    }

    /// A licence, with its exception if it has one, or an expression in parentheses.
    fn one(&mut self) -> Outcome {
        if self.take("(") {
            let satisfied = self.any()?;
            return if self.take(")") { Ok(satisfied) } else { Err("a `)` is missing".to_owned()) };
        }
        let licence = self.name()?;
        if self.take("WITH") {
            let exception = self.name()?;
            return Ok(self.allowed.contains(&format!("{licence} WITH {exception}")));
        }
        Ok(self.allowed.contains(licence))
    }

    fn name(&mut self) -> Result<&'a str, String> {
        match self.words.split_first() {
            Some((word, rest)) if !["OR", "AND", "WITH", "(", ")"].contains(word) => {
                self.words = rest;
                Ok(word)
            }
            Some((word, _)) => Err(format!("expected a licence, found `{word}`")),
            None => Err("expected a licence, found the end".to_owned()),
        }
    }

    fn take(&mut self, expected: &str) -> bool {
        match self.words.split_first() {
            Some((word, rest)) if *word == expected => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(expression: &str) -> Outcome {
        let allowed = ["MIT", "Apache-2.0", "ISC", "Apache-2.0 WITH LLVM-exception"];
        is_satisfied(expression, &allowed.map(str::to_owned).into())
    }

    #[test]
    fn one_licence() {
        assert_eq!(evaluate("MIT"), Ok(true));
        assert_eq!(evaluate("GPL-3.0-only"), Ok(false));
        assert_eq!(evaluate("mit"), Ok(false));
    }

    #[test]
    fn a_choice_needs_one_and_a_sum_needs_all() {
        assert_eq!(evaluate("GPL-3.0-only OR MIT"), Ok(true));
        assert_eq!(evaluate("GPL-3.0-only/MIT"), Ok(true));
        assert_eq!(evaluate("MIT / GPL-3.0-only"), Ok(true));
        assert_eq!(evaluate("GPL-3.0-only OR MPL-2.0"), Ok(false));
        assert_eq!(evaluate("MIT AND ISC"), Ok(true));
        assert_eq!(evaluate("MIT AND GPL-3.0-only"), Ok(false));
    }

    #[test]
    fn and_binds_closer_than_or_unless_in_parentheses() {
        assert_eq!(evaluate("MIT OR ISC AND GPL-3.0-only"), Ok(true));
        assert_eq!(evaluate("(MIT OR ISC) AND GPL-3.0-only"), Ok(false));
        assert_eq!(evaluate("GPL-3.0-only AND MIT OR ISC"), Ok(true));
        assert_eq!(evaluate("GPL-3.0-only AND (MIT OR ISC)"), Ok(false));
        assert_eq!(evaluate("((MIT) AND (MPL-2.0 OR (ISC)))"), Ok(true));
    }

    #[test]
    fn a_licence_with_an_exception_is_another_licence() {
        assert_eq!(evaluate("Apache-2.0 WITH LLVM-exception"), Ok(true));
        assert_eq!(evaluate("MIT WITH LLVM-exception"), Ok(false));
        assert_eq!(evaluate("GPL-3.0-only WITH Classpath-exception-2.0 OR MIT"), Ok(true));
    }

    #[test]
    fn nonsense_is_an_error_and_not_an_answer() {
        for expression in
            ["", "()", "MIT ISC", "MIT OR", "AND MIT", "(MIT", "MIT)", "MIT WITH", "MIT WITH (ISC)"]
        {
            assert!(evaluate(expression).is_err(), "{expression}");
        }
    }
}
