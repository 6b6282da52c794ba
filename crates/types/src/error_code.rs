//! Stable error codes.

/// A documented kind of failure: what a caller may switch on.
///
/// The code never changes once published; the sentence of one occurrence may. Each capability declares its
/// own as constants and lists them for the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    /// The `code` member of the problem document, `snake_case`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The `title` member: what kind of problem it is.
    pub title: &'static str,
    /// For the reference: when it happens and what to do.
    pub help: &'static str,
}

impl ErrorCode {
    /// Declares a code.
    #[must_use]
    pub const fn new(code: &'static str, status: u16, title: &'static str, help: &'static str) -> Self {
        Self { code, status, title, help }
    }
}

/// Declares a capability's error codes and the list of them.
#[macro_export]
macro_rules! error_codes {
    ($($name:ident = $code:literal, $status:literal, $title:literal, $help:literal;)*) => {
        $(
            #[doc = concat!("`", $code, "` (", stringify!($status), "): ", $help)]
            pub const $name: $crate::ErrorCode = $crate::ErrorCode::new($code, $status, $title, $help);
        )*
        /// Every code declared here.
        pub const ALL: &[$crate::ErrorCode] = &[$($name),*];
    };
}
