//! Error codes of operators.

carcosa_types::error_codes! {
    ALREADY_BOOTSTRAPPED = "already_bootstrapped", 409, "Already bootstrapped",
        "The installation has its first operator, project and key. Make further keys with `carcosa keys create`.";
    ALREADY_SET_UP = "already_set_up", 409, "Already set up",
        "The installation has its first operator. Sign in, or ask a super admin for an invitation.";
    INVALID_SETUP_TOKEN = "invalid_setup_token", 403, "Wrong setup link",
        "`carcosa serve` prints the link when it starts and there is no operator yet; each start makes the links before it void, and a link works for 24 hours.";
    INVALID_CREDENTIALS = "invalid_credentials", 401, "Not signed in",
        "E-mail address, password or second factor is wrong; which, is not told. A code counts once: wait for the next one.";
    MFA_REQUIRED = "mfa_required", 401, "Second factor required",
        "The operator signs in with a second factor. Send `totp_code` or `recovery_code` too.";
    OPERATOR_DISABLED = "operator_disabled", 403, "Operator disabled",
        "The operator was disabled. A super admin can enable them again.";
    TOO_MANY_ATTEMPTS = "too_many_attempts", 429, "Too many attempts",
        "Too many attempts for this account or from this address. Wait as long as `Retry-After` says.";
    OPERATOR_EXISTS = "operator_exists", 409, "Operator exists", "Another operator has this e-mail address.";
    OPERATOR_NOT_INVITED = "operator_not_invited", 409, "No invitation waits",
        "The operator accepted the invitation, or is disabled. Whoever forgot the password asks for a new one; whoever is disabled is enabled first.";
    LAST_SUPER_ADMIN = "last_super_admin", 409, "Last super admin",
        "Nobody else could give access any more. Make another operator a super admin who can sign in, then try again.";
    INVALID_LINK = "invalid_link", 410, "Link used up",
        "The link expired, was used, or was replaced by a newer one. Ask for another.";
    TOTP_ALREADY_ENABLED = "totp_already_enabled", 409, "Authenticator app in use",
        "One-time codes are already asked for. Disable them first to use another app.";
    TOTP_NOT_STARTED = "totp_not_started", 409, "No authenticator app to confirm",
        "Begin with `POST /v1/session/totp`.";
    TOTP_NOT_ENABLED = "totp_not_enabled", 409, "No authenticator app in use",
        "One-time codes are not asked for.";
    PASSWORD_NOT_SET = "password_not_set", 409, "No password",
        "The operator signs in by single sign-on alone, where passwords and second factors are the provider's.";
    SINGLE_SIGN_ON_OFF = "single_sign_on_off", 404, "No single sign-on",
        "The installation has no provider of single sign-on: see `[oidc]` in its settings.";
    SINGLE_SIGN_ON_FAILED = "single_sign_on_failed", 401, "Single sign-on failed",
        "The provider's answer proves nothing. Begin again from the sign-in page.";
    SINGLE_SIGN_ON_UNKNOWN = "single_sign_on_unknown", 403, "Nobody here",
        "The provider knows who this is, but no operator is. Ask a super admin for an invitation.";
    SINGLE_SIGN_ON_UNAVAILABLE = "single_sign_on_unavailable", 503, "Provider unavailable",
        "The provider of single sign-on cannot be reached or does not speak OpenID Connect as it should. Try again later.";
}
