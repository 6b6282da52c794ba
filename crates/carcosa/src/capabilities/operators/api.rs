//! HTTP endpoints of operators: how they sign in, and what is their own.

use axum::extract::State;
use axum::http::HeaderValue;
use carcosa_kernel::access::session::INVALID_SESSION;
use carcosa_kernel::error::NOT_FOUND;
use carcosa_kernel::{Gate, Kernel};
use carcosa_types::id::kind;
use carcosa_types::operator::{
    AcceptOperatorInvitation, BeginTotp, ChangePassword, ConfirmPasswordReset, ConfirmTotp, CreateSession,
    CurrentSession, DisableTotp, Operator, RecoveryCodes, ReplaceRecoveryCodes, RequestPasswordReset,
    RevokeOtherSessions, RevokedSessions, Session, SignInMethods, SingleSignOnReturn, TotpEnrolment,
};
use carcosa_types::page::PageQuery;
use carcosa_types::setup::{CompleteSetup, Setup};
use carcosa_web::params::ForeignQuery;
use carcosa_web::reply::{Accepted, Done, Made, Redirected};
use carcosa_web::session::{Browser, Cookie, Cookies, SessionGuard, WithCookies};
use carcosa_web::{Body, Deleted, Listed, PathParam, Plain, Query, Result, endpoints};

use super::config::SignIn;
use super::error::{
    ALREADY_SET_UP, INVALID_CREDENTIALS, INVALID_LINK, INVALID_SETUP_TOKEN, MFA_REQUIRED, OPERATOR_DISABLED,
    OPERATOR_EXISTS, PASSWORD_NOT_SET, SINGLE_SIGN_ON_FAILED, SINGLE_SIGN_ON_OFF, SINGLE_SIGN_ON_UNAVAILABLE,
    SINGLE_SIGN_ON_UNKNOWN, TOO_MANY_ATTEMPTS, TOTP_ALREADY_ENABLED, TOTP_NOT_ENABLED, TOTP_NOT_STARTED,
};
use super::sessions::{self, Opened};
use super::sign_in::{self, Entered};
use super::throttle::DEVICE_LIFETIME;
use super::{recovery, second_factor, setup, single_sign_on};
use crate::capabilities::projects::error::PROJECT_SLUG_TAKEN;

endpoints! { "operators":
    /// Is there a first operator?
    ///
    /// `carcosa serve` prints a link, or the path of a file with it, as long as there is none.
    GET "/v1/setup" => setup_state [];
    /// Make the first operator
    ///
    /// With what the link of `carcosa serve` ends with, for 24 hours: makes a super admin and the first project, once, and signs the
    /// super admin in as `POST /v1/session` does. An `Idempotency-Key` means nothing here.
    POST "/v1/setup" => set_up [ALREADY_SET_UP, INVALID_SETUP_TOKEN, OPERATOR_EXISTS, PROJECT_SLUG_TAKEN, TOO_MANY_ATTEMPTS, INVALID_SESSION];
    /// Sign in
    ///
    /// With e-mail address and password, and the second factor of those who have one. The session is in the cookie
    /// `carcosa_session`, which no script sees; send its `csrf_token` as `X-CSRF-Token` with every request that is not a `GET`, and
    /// the project that a request is about as `X-Carcosa-Project`. An `Idempotency-Key` means nothing here: each sign-in is one.
    POST "/v1/session" => sign_in [INVALID_CREDENTIALS, MFA_REQUIRED, OPERATOR_DISABLED, TOO_MANY_ATTEMPTS, INVALID_SESSION];
    /// Get the session
    ///
    /// The one that the cookie stands for, with its operator and its `csrf_token`.
    GET "/v1/session" => current [];
    /// Sign out
    DELETE "/v1/session" => sign_out [NOT_FOUND];
    /// List the ways to sign in
    GET "/v1/session/methods" => methods [];
    /// Change the password
    ///
    /// The session gets a new cookie and a new `csrf_token`; all others end.
    POST "/v1/session/password" => change_password [TOO_MANY_ATTEMPTS];
    /// Begin to set up an authenticator app
    ///
    /// Shows the secret. Codes are asked for after `POST /v1/session/totp/confirm`.
    POST "/v1/session/totp" => begin_totp [TOTP_ALREADY_ENABLED, PASSWORD_NOT_SET];
    /// Confirm the authenticator app
    ///
    /// From now on its codes are asked for. The answer has ten recovery codes, shown once, and the session, which gets a new cookie
    /// and a new `csrf_token`.
    POST "/v1/session/totp/confirm" => confirm_totp [TOTP_ALREADY_ENABLED, TOTP_NOT_STARTED];
    /// Disable the authenticator app
    ///
    /// Forgets the recovery codes too. The session gets a new cookie and a new `csrf_token`.
    POST "/v1/session/totp/disable" => disable_totp [TOTP_NOT_ENABLED, TOO_MANY_ATTEMPTS];
    /// Replace the recovery codes
    ///
    /// Those before are void at once. The answer has ten new ones, shown once, and the session, which gets a new cookie and a new
    /// `csrf_token`.
    POST "/v1/session/totp/recovery-codes" => replace_codes [TOTP_NOT_ENABLED, TOO_MANY_ATTEMPTS];
    /// Sign in at the provider
    ///
    /// Sends the browser to the provider of single sign-on. What goes wrong here or on the way back is an answer 303 to the sign-in
    /// page, `…/sign-in#error=CODE`, for whoever accepts `text/html`, a problem for others.
    GET "/v1/session/oidc" => depart [SINGLE_SIGN_ON_OFF, SINGLE_SIGN_ON_FAILED, SINGLE_SIGN_ON_UNAVAILABLE, TOO_MANY_ATTEMPTS];
    /// Come back from the provider
    ///
    /// Begins a session and sends the browser to the dashboard. An operator must have the e-mail address, which the provider must
    /// have verified, or must have come that way before.
    GET "/v1/session/oidc/callback" => arrive [SINGLE_SIGN_ON_OFF, SINGLE_SIGN_ON_FAILED, SINGLE_SIGN_ON_UNKNOWN,
        SINGLE_SIGN_ON_UNAVAILABLE, OPERATOR_DISABLED, INVALID_SESSION];
    /// List one's sessions
    ///
    /// Those that count, newest first.
    GET "/v1/sessions" => list_sessions [];
    /// Revoke a session
    ///
    /// One of one's own. It ends at once.
    DELETE "/v1/sessions/{session}" => revoke_session [];
    /// Revoke all other sessions
    ///
    /// One's own but for the one that asks. They end at once.
    POST "/v1/sessions/revoke-others" => revoke_others [];
    /// Ask for a new password
    ///
    /// Sends a link that works for an hour, if an operator has the address; the answer is the same if none has.
    POST "/v1/operators/password-reset" => request_reset [TOO_MANY_ATTEMPTS];
    /// Choose a new password
    ///
    /// With the link from the mail. All sessions end. A second factor is asked for as before.
    POST "/v1/operators/password-reset/confirm" => confirm_reset [INVALID_LINK, INVALID_SESSION];
    /// Accept an invitation
    ///
    /// Chooses a password. Then sign in.
    POST "/v1/operators/invitations/accept" => accept [INVALID_LINK];
}

/// The cookie of a session that began or got a new token.
fn cookie_of(kernel: &Kernel, cookies: Cookies, opened: &Opened) -> carcosa_kernel::Result<HeaderValue> {
    cookies.set(Cookie::Session, &opened.token, SignIn::of(kernel)?.lifetime().as_secs())
}

fn cookies_of(
    kernel: &Kernel,
    cookies: Cookies,
    entered: &Entered,
) -> carcosa_kernel::Result<Vec<HeaderValue>> {
    let device = cookies.set(Cookie::Device, &entered.device, DEVICE_LIFETIME.as_secs())?;
    Ok(vec![cookie_of(kernel, cookies, &entered.opened)?, device])
}

async fn setup_state(State(gate): State<Gate>) -> Result<Plain<Setup>> {
    Ok(Plain(setup::state(gate.kernel()).await?))
}

async fn set_up(
    State(gate): State<Gate>,
    browser: Browser,
    Body(asked): Body<CompleteSetup>,
) -> Result<WithCookies<Made<CurrentSession>>> {
    let entered = setup::complete(gate.kernel(), &browser, &asked).await?;
    let cookies = cookies_of(gate.kernel(), browser.cookies, &entered)?;
    Ok(WithCookies(Made(entered.opened.session), cookies))
}

async fn sign_in(
    State(gate): State<Gate>,
    browser: Browser,
    Body(asked): Body<CreateSession>,
) -> Result<WithCookies<Made<CurrentSession>>> {
    let entered = sign_in::with_password(gate.kernel(), &browser, &asked).await?;
    let cookies = cookies_of(gate.kernel(), browser.cookies, &entered)?;
    Ok(WithCookies(Made(entered.opened.session), cookies))
}

async fn current(
    State(gate): State<Gate>,
    SessionGuard(signed_in): SessionGuard,
) -> Result<Plain<CurrentSession>> {
    Ok(Plain(sessions::current(gate.kernel(), &signed_in).await?))
}

async fn sign_out(
    State(gate): State<Gate>,
    SessionGuard(signed_in): SessionGuard,
) -> Result<WithCookies<Deleted>> {
    sessions::revoke(gate.kernel(), &signed_in, signed_in.record.id).await?;
    Ok(WithCookies(Deleted, vec![signed_in.cookies.clear(Cookie::Session)?]))
}

async fn methods(State(gate): State<Gate>) -> Result<Plain<SignInMethods>> {
    Ok(Plain(single_sign_on::methods(gate.kernel())?))
}

async fn change_password(
    State(gate): State<Gate>,
    SessionGuard(signed_in): SessionGuard,
    Body(asked): Body<ChangePassword>,
) -> Result<WithCookies<Plain<CurrentSession>>> {
    let opened = sessions::change_password(gate.kernel(), &signed_in, &asked).await?;
    let cookie = cookie_of(gate.kernel(), signed_in.cookies, &opened)?;
    Ok(WithCookies(Plain(opened.session), vec![cookie]))
}

async fn begin_totp(
    State(gate): State<Gate>,
    SessionGuard(signed_in): SessionGuard,
    Body(BeginTotp {}): Body<BeginTotp>,
) -> Result<Plain<TotpEnrolment>> {
    Ok(Plain(second_factor::begin(gate.kernel(), &signed_in).await?))
}

async fn confirm_totp(
    State(gate): State<Gate>,
    SessionGuard(signed_in): SessionGuard,
    Body(asked): Body<ConfirmTotp>,
) -> Result<WithCookies<Plain<RecoveryCodes>>> {
    let made = second_factor::confirm(gate.kernel(), &signed_in, &asked).await?;
    with_codes(gate.kernel(), signed_in.cookies, made)
}

async fn replace_codes(
    State(gate): State<Gate>,
    SessionGuard(signed_in): SessionGuard,
    Body(asked): Body<ReplaceRecoveryCodes>,
) -> Result<WithCookies<Plain<RecoveryCodes>>> {
    let made = second_factor::replace_codes(gate.kernel(), &signed_in, &asked).await?;
    with_codes(gate.kernel(), signed_in.cookies, made)
}

/// Recovery codes, and the cookie of the session that got them.
fn with_codes(
    kernel: &Kernel,
    cookies: Cookies,
    (codes, token): (RecoveryCodes, String),
) -> Result<WithCookies<Plain<RecoveryCodes>>> {
    let lifetime = SignIn::of(kernel)?.lifetime().as_secs();
    let cookie = cookies.set(Cookie::Session, &token, lifetime)?;
    Ok(WithCookies(Plain(codes), vec![cookie]))
}

async fn disable_totp(
    State(gate): State<Gate>,
    SessionGuard(signed_in): SessionGuard,
    Body(asked): Body<DisableTotp>,
) -> Result<WithCookies<Plain<CurrentSession>>> {
    let opened = second_factor::disable(gate.kernel(), &signed_in, &asked).await?;
    let cookie = cookie_of(gate.kernel(), signed_in.cookies, &opened)?;
    Ok(WithCookies(Plain(opened.session), vec![cookie]))
}

async fn depart(State(gate): State<Gate>, browser: Browser) -> Result<WithCookies<Redirected>> {
    let (url, state) = match single_sign_on::depart(gate.kernel(), &browser).await {
        Ok(departure) => departure,
        Err(error) => return explained(gate.kernel(), &browser, error),
    };
    let cookie = browser.cookies.set(Cookie::SingleSignOn, &state, single_sign_on::JOURNEY.as_secs())?;
    Ok(WithCookies(Redirected::to(url), vec![cookie]))
}

async fn arrive(
    State(gate): State<Gate>,
    browser: Browser,
    ForeignQuery(returned): ForeignQuery<SingleSignOnReturn>,
) -> Result<WithCookies<Redirected>> {
    let entered = match single_sign_on::arrive(gate.kernel(), &browser, returned).await {
        Ok(entered) => entered,
        Err(error) => return explained(gate.kernel(), &browser, error),
    };
    let mut cookies = cookies_of(gate.kernel(), browser.cookies, &entered)?;
    cookies.push(browser.cookies.clear(Cookie::SingleSignOn)?);
    Ok(WithCookies(Redirected::to(SignIn::of(gate.kernel())?.url("/")), cookies))
}

/// Where the dashboard tells a person what went wrong; a program gets the problem itself.
fn explained(
    kernel: &Kernel,
    browser: &Browser,
    error: carcosa_kernel::Error,
) -> Result<WithCookies<Redirected>> {
    if !browser.wants_page() {
        return Err(error.into());
    }
    let code = error.code();
    if code.status >= 500 {
        tracing::error!(
            request.id = browser.context.request_id,
            error.code = code.code,
            ?error,
            "request failed"
        );
    }
    let place = SignIn::of(kernel)?.url(&format!("/sign-in#error={}", code.code));
    Ok(WithCookies(Redirected::to_explanation(place), Vec::new()))
}

async fn list_sessions(
    State(gate): State<Gate>,
    SessionGuard(signed_in): SessionGuard,
    Query(query): Query<PageQuery>,
) -> Result<Listed<Session>> {
    Ok(Listed(sessions::list(gate.kernel(), &signed_in, &query).await?))
}

async fn revoke_session(
    State(gate): State<Gate>,
    SessionGuard(signed_in): SessionGuard,
    PathParam(id): PathParam<kind::Session>,
) -> Result<Deleted> {
    sessions::revoke(gate.kernel(), &signed_in, id).await?;
    Ok(Deleted)
}

async fn revoke_others(
    State(gate): State<Gate>,
    SessionGuard(signed_in): SessionGuard,
    Body(RevokeOtherSessions {}): Body<RevokeOtherSessions>,
) -> Result<Plain<RevokedSessions>> {
    Ok(Plain(sessions::revoke_others(gate.kernel(), &signed_in).await?))
}

async fn request_reset(
    State(gate): State<Gate>,
    browser: Browser,
    Body(asked): Body<RequestPasswordReset>,
) -> Result<Accepted> {
    recovery::request_reset(gate.kernel(), &browser, &asked).await?;
    Ok(Accepted)
}

async fn confirm_reset(
    State(gate): State<Gate>,
    browser: Browser,
    Body(asked): Body<ConfirmPasswordReset>,
) -> Result<WithCookies<Done>> {
    let device = recovery::confirm_reset(gate.kernel(), &browser, &asked).await?;
    let cookie = browser.cookies.set(Cookie::Device, &device, DEVICE_LIFETIME.as_secs())?;
    Ok(WithCookies(Done, vec![cookie]))
}

async fn accept(
    State(gate): State<Gate>,
    browser: Browser,
    Body(asked): Body<AcceptOperatorInvitation>,
) -> Result<Plain<Operator>> {
    Ok(Plain(recovery::accept(gate.kernel(), &browser, asked).await?))
}
