//! Error codes of API keys.

carcosa_types::error_codes! {
    KEY_REVOKED = "key_revoked", 409, "API key revoked", "A revoked key cannot be changed. Create a new one.";
    SCOPE_EXCEEDED = "scope_exceeded", 403, "Scope exceeded",
        "A key can be given at most the permissions of the credential that makes, changes or rotates it.";
}
