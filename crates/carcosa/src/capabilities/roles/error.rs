//! Error codes of roles.

carcosa_types::error_codes! {
    ROLE_KEY_TAKEN = "role_key_taken", 409, "Role key taken",
        "Carcosa, the project or a tenant has a role with this key. Choose another.";
    ROLE_BUILT_IN = "role_built_in", 409, "Built-in role",
        "Carcosa's own roles cannot be changed or deleted. Create a role with other permissions.";
    ROLE_IN_USE = "role_in_use", 409, "Role in use",
        "Memberships or pending invitations name the role. Give them another role first.";
    TOO_MANY_ROLES = "too_many_roles", 409, "Too many roles",
        "A project, and each of its tenants, makes at most 100 roles. Delete some first.";
    ROLE_EXCEEDED = "role_exceeded", 403, "Role exceeds your own permissions",
        "The role gives more than you have yourself, so you cannot make it, hand it on, or change who holds it.";
}
