//! Error codes of memberships.

carcosa_types::error_codes! {
    MEMBERSHIP_EXISTS = "membership_exists", 409, "Already a member",
        "The user has a membership in this tenant, or in this organization of it, already. Change that one.";
    LAST_OWNER = "last_owner", 409, "Last owner",
        "The tenant would be left without an owner. Make someone else an owner first.";
    OWN_MEMBERSHIP = "own_membership", 403, "Your own membership",
        "Nobody changes their own membership. Ask someone else who may.";
    TOO_MANY_TENANTS = "too_many_tenants", 409, "Too many tenants",
        "The user is in as many tenants as the project's `max_tenants_per_user` allows.";
}
