//! Error codes of shares.

carcosa_types::error_codes! {
    SHARE_EXISTS = "share_exists", 409, "Already shared",
        "The tenant shares this resource with that tenant already. Revoke the share to change it.";
}
