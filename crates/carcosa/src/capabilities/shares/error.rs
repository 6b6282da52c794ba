//! Error codes of shares.

carcosa_types::error_codes! {
    SHARE_EXISTS = "share_exists", 409, "Already shared",
        "The tenant shares this resource with that tenant already. Revoke the share to change it.";
    TOO_MANY_SHARES = "too_many_shares", 409, "Too many shares",
        "A tenant shares at most 10,000 resources at a time. Revoke some first.";
}
