//! Error codes of projects.

carcosa_types::error_codes! {
    PROJECT_NOT_FOUND = "project_not_found", 404, "Project not found", "No project has this id or slug.";
    PROJECT_SLUG_TAKEN = "project_slug_taken", 409, "Project slug taken", "Another project has this slug. Choose another.";
}
