//! Sessions in cookies: reading and setting them, and the guard against pages of other sites that use them.

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use carcosa_kernel::access::session::{INVALID_SESSION, PROJECT_NEEDED, PROJECT_NOT_FOUND, SessionRecord};
use carcosa_kernel::error::{CONFLICTING_CHANGE, UNAUTHENTICATED};
use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Caller, Error, Gate, Kernel, RequestContext};
use carcosa_types::{ErrorCode, error_codes};

use crate::endpoint::{Input, Operation, Output, Place};
use crate::error::Failure;
use crate::guard::context;

error_codes! {
    CSRF_TOKEN_MISSING = "csrf_token_missing", 403, "CSRF token missing",
        "A request with a session cookie that is not a `GET` needs the session's `csrf_token` as the header `X-CSRF-Token`.";
    CSRF_TOKEN_INVALID = "csrf_token_invalid", 403, "CSRF token invalid",
        "`X-CSRF-Token` is not this session's. It changes when the session's cookie does: see `GET /v1/session`.";
    CROSS_SITE_REQUEST = "cross_site_request", 403, "Request of another site",
        "The browser says that a page of another site sent this. Sessions work for Carcosa's own pages only.";
}

/// What a request with a session may be refused with, before any permission is looked at.
pub(crate) const SESSION_ERRORS: &[ErrorCode] =
    &[INVALID_SESSION, CSRF_TOKEN_MISSING, CSRF_TOKEN_INVALID, CROSS_SITE_REQUEST];
/// What a request of an operator about a project may be refused with.
pub(crate) const PROJECT_ERRORS: &[ErrorCode] = &[PROJECT_NEEDED, PROJECT_NOT_FOUND];

/// The header that names the project an operator's request is about.
pub const PROJECT_HEADER: &str = "x-carcosa-project";
const CSRF_HEADER: &str = "x-csrf-token";
/// Set by the browser, out of reach of the page: from where a request comes.
const FETCH_SITE: &str = "sec-fetch-site";

/// A cookie of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// Who is signed in.
    Session,
    /// That an operator signed in from this browser before.
    Device,
    /// That this browser went to the provider of single sign-on.
    SingleSignOn,
}

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Self::Session => "carcosa_session",
            Self::Device => "carcosa_device",
            Self::SingleSignOn => "carcosa_oidc",
        }
    }
}

/// How cookies are set and read. Kept by the kernel as an extension.
#[derive(Debug, Clone, Copy)]
pub struct Cookies {
    /// Whether browsers reach the server by https. Then names begin with `__Host-`, which a browser takes from this host
    /// alone, over https alone: no neighbouring host can put a cookie of its own in place.
    pub secure: bool,
}

impl Cookies {
    /// Those of a server. One that was put together without them takes none.
    pub fn of(kernel: &Kernel) -> Result<Self, Error> {
        kernel
            .extension::<Self>()
            .map(|cookies| *cookies)
            .ok_or_else(|| Error::internal("the server was put together without cookies"))
    }

    fn name(self, cookie: Cookie) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}{}", cookie.name())
    }

    /// The `Set-Cookie` that gives the browser a value for so many seconds. No page's script sees it, and it does not travel
    /// with what other sites send, but for links followed here.
    pub fn set(self, cookie: Cookie, value: &str, seconds: u64) -> Result<HeaderValue, Error> {
        let (name, secure) = (self.name(cookie), if self.secure { "; Secure" } else { "" });
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::try_from(text).map_err(Error::internal)
    }

    /// The `Set-Cookie` that takes it away.
    pub fn clear(self, cookie: Cookie) -> Result<HeaderValue, Error> {
        self.set(cookie, "", 0)
    }

    /// What the browser sent. Two different values mean that someone put one of them there: then it is none.
    fn read(self, headers: &HeaderMap, cookie: Cookie) -> Option<String> {
        let wanted = self.name(cookie);
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut found = lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, value)| *name == wanted && !value.is_empty())
            .map(|(_, value)| value);
        let first = found.next()?;
        found.all(|other| other == first).then(|| first.to_owned())
    }
}

/// Whoever asks, with what their browser brings. A page of another site is refused when it would change something.
pub struct Browser {
    /// Where the request comes from.
    pub context: RequestContext,
    /// How cookies are set.
    pub cookies: Cookies,
    headers: HeaderMap,
}

impl Browser {
    /// A cookie that it sent.
    #[must_use]
    pub fn cookie(&self, cookie: Cookie) -> Option<String> {
        self.cookies.read(&self.headers, cookie)
    }

    /// Whether it is a page that it wants to show.
    #[must_use]
    pub fn wants_page(&self) -> bool {
        let wanted = self.headers.get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
        wanted.into_iter().any(|accept| accept.contains("text/html"))
    }

    /// What the session that it sent is known by; empty when it sent none.
    #[must_use]
    pub fn session_hashes(&self, kernel: &Kernel) -> Vec<KeyHash> {
        self.cookie(Cookie::Session).map(|token| kernel.secrets().key_hashes(&token)).unwrap_or_default()
    }
}

impl FromRequestParts<Gate> for Browser {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Failure> {
        refuse_cross_site(parts)?;
        let cookies = Cookies::of(gate.kernel())?;
        Ok(Self { context: context(parts), cookies, headers: parts.headers.clone() })
    }
}

impl Input for Browser {
    fn describe(operation: &mut Operation) {
        operation.errors.extend([CROSS_SITE_REQUEST, CONFLICTING_CHANGE]);
    }
}

/// An operator who is signed in, whatever they may do: for what concerns only themselves.
pub struct SessionGuard(pub SignedIn);

/// A session that asks, and from where.
pub struct SignedIn {
    /// The session.
    pub record: SessionRecord,
    /// Where the request comes from.
    pub context: RequestContext,
    /// How cookies are set.
    pub cookies: Cookies,
}

impl SignedIn {
    /// The operator, as whom changes are recorded.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller::operator_in_installation(&self.record, self.context.clone())
    }
}

impl FromRequestParts<Gate> for SessionGuard {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Failure> {
        let found = signed_in(parts, gate).await?;
        Ok(Self(found.ok_or_else(|| Error::new(UNAUTHENTICATED, "Sign in first."))?))
    }
}

impl Input for SessionGuard {
    fn describe(operation: &mut Operation) {
        operation.place = Place::Session;
        operation.errors.extend([UNAUTHENTICATED, CONFLICTING_CHANGE]);
        operation.errors.extend_from_slice(SESSION_ERRORS);
    }
}

/// The session of a request, if it has one.
async fn signed_in(parts: &Parts, gate: &Gate) -> Result<Option<SignedIn>, Error> {
    let kernel = gate.kernel();
    let Ok(cookies) = Cookies::of(kernel) else { return Ok(None) };
    let Some(token) = cookies.read(&parts.headers, Cookie::Session) else { return Ok(None) };
    refuse_cross_site(parts)?;
    let record = gate.session(&kernel.secrets().key_hashes(&token)).await?;
    if changes_something(&parts.method) {
        let sent =
            parts.headers.get(CSRF_HEADER).and_then(|header| header.to_str().ok()).ok_or_else(|| {
                Error::new(CSRF_TOKEN_MISSING, "Send the session's csrf_token as the header X-CSRF-Token.")
            })?;
        if !record.is_csrf_token(kernel, sent) {
            return Err(Error::new(CSRF_TOKEN_INVALID, "The header X-CSRF-Token is not this session's."));
        }
    }
    Ok(Some(SignedIn { record, context: context(parts), cookies }))
}

/// The operator whose session a request has, at work in `place`; `None` without a session.
pub(crate) async fn caller(parts: &Parts, gate: &Gate, place: Place) -> Result<Option<Caller>, Error> {
    let Some(signed_in) = signed_in(parts, gate).await? else { return Ok(None) };
    if place == Place::Installation {
        return Ok(Some(signed_in.caller()));
    }
    let project = parts.headers.get(PROJECT_HEADER).and_then(|header| header.to_str().ok());
    gate.operator_in_project(&signed_in.record, project, signed_in.context).await.map(Some)
}

fn changes_something(method: &Method) -> bool {
    *method != Method::GET && *method != Method::HEAD
}

/// Browsers tell what they let other sites' pages send. Programs, and browsers that do not tell, say nothing.
fn refuse_cross_site(parts: &Parts) -> Result<(), Error> {
    let site = parts.headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
    if site == Some(b"cross-site") && changes_something(&parts.method) {
        return Err(Error::new(CROSS_SITE_REQUEST, "A page of another site sent this request."));
    }
    Ok(())
}

/// An answer that sets cookies.
pub struct WithCookies<R>(pub R, pub Vec<HeaderValue>);

impl<R: IntoResponse> IntoResponse for WithCookies<R> {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        for cookie in self.1 {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }
}

impl<R: Output> Output for WithCookies<R> {
    fn describe(operation: &mut Operation) {
        R::describe(operation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(secure: bool, lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_str(line).unwrap());
        }
        Cookies { secure }.read(&headers, Cookie::Session)
    }

    #[test]
    fn a_cookie_is_found_by_its_name() {
        assert_eq!(read(false, &["a=1; carcosa_session=x; b=2"]).as_deref(), Some("x"));
        assert_eq!(read(false, &["a=1", "carcosa_session=x="]).as_deref(), Some("x="));
        assert_eq!(read(false, &["carcosa_session=x;carcosa_session=x"]).as_deref(), Some("x"));
        for none in ["", "carcosa_session", "carcosa_session=", "xcarcosa_session=x", "carcosa_session =x"] {
            assert_eq!(read(false, &[none]), None, "{none}");
        }
    }

    #[test]
    fn a_cookie_that_was_put_beside_ours_makes_both_worthless() {
        assert_eq!(read(false, &["carcosa_session=x; carcosa_session=y"]), None);
        assert_eq!(read(false, &["carcosa_session=x", "carcosa_session=y"]), None);
    }

    #[test]
    fn over_https_only_cookies_of_this_host_count() {
        assert_eq!(read(true, &["carcosa_session=x"]), None);
        assert_eq!(read(true, &["__Host-carcosa_session=x; carcosa_session=y"]).as_deref(), Some("x"));
        let set = Cookies { secure: true }.set(Cookie::Session, "x", 60).unwrap();
        let expected = "__Host-carcosa_session=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(set.to_str().unwrap(), expected);
        assert!(
            !Cookies { secure: false }
                .set(Cookie::Device, "x", 60)
                .unwrap()
                .to_str()
                .unwrap()
                .contains("Secure")
        );
    }
}
