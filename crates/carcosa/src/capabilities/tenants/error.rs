//! Error codes of tenants.

carcosa_types::error_codes! {
    INVALID_TRANSITION = "invalid_transition", 409, "Invalid transition",
        "The tenant's status does not allow this; `allowed` names the transitions it does.";
    TENANT_DELETED = "tenant_deleted", 409, "Tenant deleted",
        "A deleted tenant cannot be changed. Restore it first.";
    SLUG_TAKEN = "slug_taken", 409, "Slug taken",
        "Another tenant has, or once had, this slug. A slug stays with its tenant until that is purged. Choose another.";
    SLUG_RESERVED = "slug_reserved", 422, "Slug reserved",
        "The slug is, or reads like, a reserved name. Choose another.";
    TOO_MANY_SLUGS = "too_many_slugs", 409, "Too many slugs",
        "A tenant keeps its former slugs, at most 20 of them. Go back to one, or create another tenant.";
    EXTERNAL_ID_TAKEN = "external_id_taken", 409, "External id taken",
        "Another tenant of the project has this `external_id`.";
    HIERARCHY_CYCLE = "hierarchy_cycle", 409, "Cycle in the hierarchy",
        "A tenant cannot be below itself. Choose a parent that is not one of its descendants.";
    HIERARCHY_TOO_DEEP = "hierarchy_too_deep", 409, "Hierarchy too deep",
        "A hierarchy has at most 8 levels.";
    HIERARCHY_TOO_LARGE = "hierarchy_too_large", 409, "Hierarchy too large",
        "A change of an inherited value reaches at most 10,000 descendants.";
    TENANT_HAS_CHILDREN = "tenant_has_children", 409, "Tenant has children",
        "A tenant with children that are not deleted cannot be deleted. Move or delete them first.";
}
