//! The one error type: a stable code and a safe sentence for the caller, the cause for the log.

use std::fmt;

use carcosa_types::{ErrorCode, Violation, Violations, error_codes};

use crate::idempotency::Stored;

/// Shorthand for results of the server.
pub type Result<T, E = Error> = std::result::Result<T, E>;

error_codes! {
    INTERNAL = "internal_error", 500, "Internal error",
        "Something broke on our side. Nothing was changed. Retry; if it persists, report the request id.";
    DATABASE_UNAVAILABLE = "database_unavailable", 503, "Database unavailable",
        "The database cannot be reached or is busy. Nothing was changed. Retry after the time in `Retry-After`.";
    STORAGE_FULL = "storage_full", 503, "Storage full",
        "The disk of the database, or its quota, is full. Nothing was changed. Free space, then retry.";
    VALIDATION_FAILED = "validation_failed", 422, "Validation failed",
        "The request breaks one or more rules, each listed in `errors` with its place.";
    UNAUTHENTICATED = "unauthenticated", 401, "Not signed in",
        "Send an API key or an access token as `Authorization: Bearer …`, or sign in with `POST /v1/session`.";
    INVALID_KEY = "invalid_key", 401, "Invalid API key",
        "The key is malformed, unknown or revoked. Check for missing characters.";
    INVALID_TOKEN = "invalid_token", 401, "Invalid access token",
        "The access token is malformed, expired, revoked or not of this server. Get a new one with the refresh token, or sign in.";
    KEY_DISABLED = "key_disabled", 401, "API key disabled",
        "The key was turned off. Enable it or use another.";
    KEY_EXPIRED = "key_expired", 401, "API key expired",
        "The key's expiry has passed. Create or rotate one.";
    FORBIDDEN_IP = "forbidden_ip", 403, "Address not allowed",
        "The API key, or the tenant's security policy, has an allow-list of addresses, and the request did not come from one of them. Extend `allowed_ips`.";
    TENANT_REQUIRES_MFA = "tenant_requires_mfa", 403, "Second factor required",
        "The tenant's security policy wants people to sign in with a second factor. Ask for one and make new tokens with `mfa`.";
    SIGN_IN_METHOD_NOT_ALLOWED = "sign_in_method_not_allowed", 403, "Way of signing in not allowed",
        "The tenant's security policy names the `sign_in_methods` it allows. Sign in by one of them and make new tokens with `method`.";
    SESSION_TOO_OLD = "session_too_old", 401, "Session too old",
        "The tenant's security policy wants people to sign in again after `max_session_seconds`, which have passed.";
    PERMISSION_DENIED = "permission_denied", 403, "Permission denied",
        "The credential lacks the permission named in the detail.";
    TENANT_SUSPENDED = "tenant_suspended", 403, "Tenant suspended",
        "The tenant that owns the credential is suspended.";
    TENANT_NOT_ACTIVE = "tenant_not_active", 403, "Tenant not active",
        "The tenant that owns the credential is pending, archived or deleted.";
    TENANT_NOT_FOUND = "tenant_not_found", 404, "Tenant not found",
        "No tenant in this project has this id, slug or external id.";
    NOT_FOUND = "not_found", 404, "Not found", "There is no such object, or it is not yours to see.";
    VERSION_MISMATCH = "version_mismatch", 412, "Changed in the meantime",
        "The object's version is not the one in `If-Match`. Read it again and reapply the change.";
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused", 409, "Idempotency key reused",
        "The `Idempotency-Key` was used with another request in the last 24 hours. Use a new one.";
    INVALID_CURSOR = "invalid_cursor", 400, "Invalid cursor",
        "`after` and `before` take cursors from `page` of the same list with the same filters and order. Start over without.";
    CONFLICTING_CHANGE = "conflicting_change", 409, "Conflicting change",
        "Another request changed the same object at the same time. Read it again and retry.";
}

/// Why a request was not carried out. Nothing was changed.
pub struct Error(Box<Inner>);

struct Inner {
    code: ErrorCode,
    detail: String,
    errors: Vec<Violation>,
    allowed: Option<Vec<String>>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    replay: Option<Stored>,
    retry_after: Option<u64>,
}

impl Error {
    /// A failure with the sentence for this occurrence.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            allowed: None,
            source: None,
            replay: None,
            retry_after: None,
        }))
    }

    /// A failure on our side; the cause goes to the log, never to the caller.
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let mut error = Self::new(INTERNAL, "Something went wrong on our side; nothing was changed.");
        error.0.source = Some(cause.into());
        error
    }

    /// Everything wrong with a request, at once.
    #[must_use]
    pub fn invalid(errors: Vec<Violation>) -> Self {
        let detail = match errors.as_slice() {
            [one] => match one.pointer.as_deref().or(one.parameter.as_deref()) {
                Some(place) => format!("{place} {}", one.detail),
                None => one.detail.clone(),
            },
            many => format!("{} fields break a rule; see errors.", many.len()),
        };
        Self::new(VALIDATION_FAILED, detail).with_errors(errors)
    }

    /// One field that breaks one rule.
    #[must_use]
    pub fn field(pointer: &str, code: &str, detail: impl Into<String>) -> Self {
        let mut violations = Violations::default();
        violations.add(pointer, code, detail);
        Self::invalid(violations.into_vec())
    }

    /// One query parameter or header that breaks one rule.
    #[must_use]
    pub fn parameter(name: &str, code: &str, detail: impl Into<String>) -> Self {
        Self::invalid(vec![Violation {
            pointer: None,
            parameter: Some(name.to_owned()),
            code: code.to_owned(),
            detail: detail.into(),
        }])
    }

    /// Names the fields concerned.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<Violation>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Names the one field concerned.
    #[must_use]
    pub fn at(self, pointer: &str) -> Self {
        let (code, detail) = (self.0.code.code.to_owned(), self.0.detail.clone());
        self.with_errors(vec![Violation { pointer: Some(pointer.to_owned()), parameter: None, code, detail }])
    }

    /// Names the one query parameter or header concerned.
    #[must_use]
    pub fn at_parameter(self, name: &str) -> Self {
        let (code, detail) = (self.0.code.code.to_owned(), self.0.detail.clone());
        self.with_errors(vec![Violation { pointer: None, parameter: Some(name.to_owned()), code, detail }])
    }

    /// Names what would have been allowed.
    #[must_use]
    pub fn allowing(mut self, allowed: Vec<String>) -> Self {
        self.0.allowed = Some(allowed);
        self
    }

    /// Says after how many seconds it may be tried again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// After how many seconds it may be tried again, when that is known.
    #[must_use]
    pub fn retry_seconds(&self) -> Option<u64> {
        self.0.retry_after
    }

    /// Not a failure: the same request was carried out before, and this was its answer.
    pub(crate) fn replay(stored: Stored) -> Self {
        let mut error = Self::new(INTERNAL, "replayed");
        error.0.replay = Some(stored);
        error
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }
    /// The sentence for the caller.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }
    /// The fields concerned.
    #[must_use]
    pub fn errors(&self) -> &[Violation] {
        &self.0.errors
    }
    /// What would have been allowed.
    #[must_use]
    pub fn allowed(&self) -> Option<&[String]> {
        self.0.allowed.as_deref()
    }
    /// The answer to send again, when this is a replay.
    #[must_use]
    pub fn as_replay(&self) -> Option<&Stored> {
        self.0.replay.as_ref()
    }
    /// The cause, for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync)> {
        self.0.source.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.code, self.0.detail)?;
        for violation in &self.0.errors {
            let place = violation.pointer.as_deref().or(violation.parameter.as_deref()).unwrap_or("");
            write!(f, "\n  {place}: {}", violation.detail)?;
        }
        Ok(())
    }
}
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        self.0.source.as_ref().map_or(Ok(()), |source| write!(f, " (cause: {source:?})"))
    }
}
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// SQLite's code for a full disk.
const SQLITE_FULL: &str = "13";
/// SQLite's code for a write that the system refused otherwise: a quota, or a limit on the size of files.
const SQLITE_IOERR_WRITE: &str = "778";
/// SQLite: busy, locked and their extended codes end in these low bytes.
const SQLITE_BUSY: [u32; 2] = [5, 6];

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        let unavailable = "The database cannot be reached right now; nothing was changed.";
        let mut error = match &cause {
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Tls(_)
            // A connection that broke off in the middle of the handshake.
            | sqlx::Error::Protocol(_)
            | sqlx::Error::BeginFailed => Self::new(DATABASE_UNAVAILABLE, unavailable),
            sqlx::Error::Database(db) => match db.code().as_deref() {
                Some(SQLITE_FULL | SQLITE_IOERR_WRITE | "53100") => {
                    Self::new(STORAGE_FULL, "The database's disk or quota is full; nothing was changed.")
                }
                Some("40001" | "40P01") => {
                    Self::new(CONFLICTING_CHANGE, "Another request changed the same thing at the same time.")
                }
                // Two requests passed the same check at once; the constraint let one through.
                _ if db.is_unique_violation() || db.is_foreign_key_violation() => {
                    Self::new(CONFLICTING_CHANGE, "Another request changed the same thing at the same time.")
                }
                // Waited too long for another transaction's rows.
                Some("55P03") => Self::new(DATABASE_UNAVAILABLE, "The database is busy; nothing was changed."),
                // Connection exceptions, resources, operator intervention (shutdown, cannot_connect_now).
                Some(code) if code.len() == 5 && ["08", "53", "57"].iter().any(|c| code.starts_with(c)) => {
                    Self::new(DATABASE_UNAVAILABLE, unavailable)
                }
                // SQLSTATEs have five characters, SQLite's codes fewer.
                Some(code)
                    if code.len() < 5
                        && code.parse::<u32>().is_ok_and(|c| SQLITE_BUSY.contains(&(c & 0xff))) =>
                {
                    Self::new(DATABASE_UNAVAILABLE, "The database is busy; nothing was changed.")
                }
                _ => Self::internal("database error"),
            },
            _ => Self::internal("database error"),
        };
        error.0.source = Some(Box::new(cause));
        error
    }
}

impl From<serde_json::Error> for Error {
    fn from(cause: serde_json::Error) -> Self {
        Self::internal(cause)
    }
}
