//! Error codes of organizations.

carcosa_types::error_codes! {
    ORGANIZATION_NAME_TAKEN = "organization_name_taken", 409, "Organization name taken",
        "Another organization of the tenant has this name. Choose another.";
    ORGANIZATION_IN_USE = "organization_in_use", 409, "Organization in use",
        "Memberships or invitations are limited to the organization. Change or remove them first.";
    TOO_MANY_ORGANIZATIONS = "too_many_organizations", 409, "Too many organizations",
        "A tenant has at most 10,000 organizations. Delete some first.";
}
