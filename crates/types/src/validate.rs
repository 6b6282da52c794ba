//! Rules of request bodies that a JSON Schema cannot say.

use crate::Violation;

/// Everything found wrong so far.
#[derive(Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Adds a violation at a JSON Pointer of the body.
    pub fn add(&mut self, pointer: impl Into<String>, code: &str, detail: impl Into<String>) {
        self.0.push(Violation {
            pointer: Some(pointer.into()),
            parameter: None,
            code: code.to_owned(),
            detail: detail.into(),
        });
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The list, in the order found.
    #[must_use]
    pub fn into_vec(self) -> Vec<Violation> {
        self.0
    }
}

/// A body that checks itself beyond its schema, reporting everything at once.
pub trait Validate {
    /// Adds what is wrong to `violations`.
    fn validate(&self, violations: &mut Violations) {
        let _ = violations;
    }
}

/// Characters that show nothing or turn the text around: soft hyphen, zero-width ones but those that join (scripts and emoji
/// need them), bidirectional controls.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Checks a one-line text: something to see, no control characters, none that hide or turn around.
pub fn one_line(violations: &mut Violations, pointer: &str, text: &str) {
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c) || matches!(c, '\u{200c}' | '\u{200d}')) {
        violations.add(pointer, "blank", "must contain a visible character");
    }
    if let Some(control) = text.chars().find(|c| c.is_control() || is_invisible(*c)) {
        violations.add(
            pointer,
            "control_character",
            format!("must not contain control or invisible characters; found U+{:04X}", u32::from(control)),
        );
    }
}

/// Checks that a JSON value fits in `max` bytes when written without whitespace.
pub fn json_size(violations: &mut Violations, pointer: &str, value: &impl serde::Serialize, max: usize) {
    let size = serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len());
    if size > max {
        violations.add(
            pointer,
            "too_large",
            format!("must be at most {max} bytes as compact JSON; it is {size}"),
        );
    }
}

/// Checks that a text, when there is one, is an IP address.
pub fn address(violations: &mut Violations, pointer: &str, text: Option<&str>) {
    if text.is_some_and(|text| text.parse::<std::net::IpAddr>().is_err()) {
        violations.add(pointer, "address", "must be an IP address");
    }
}
