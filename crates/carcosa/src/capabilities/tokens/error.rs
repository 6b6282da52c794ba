//! Error codes of tokens.

carcosa_types::error_codes! {
    NO_ACCESS = "no_access", 409, "No access to the tenant",
        "The user cannot sign in to the tenant: the detail says why. Nothing was made.";
    INVALID_REFRESH_TOKEN = "invalid_refresh_token", 401, "Invalid refresh token",
        "The refresh token is malformed, expired, revoked or not of this project. Sign in again.";
    REFRESH_TOKEN_REUSED = "refresh_token_reused", 401, "Refresh token used before",
        "The refresh token was used before, so someone else may have it: the sign-in was ended. Sign in again.";
}
