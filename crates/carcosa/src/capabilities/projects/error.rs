//! Error codes of projects.

pub use carcosa_kernel::access::session::PROJECT_NOT_FOUND;

carcosa_types::error_codes! {
    PROJECT_SLUG_TAKEN = "project_slug_taken", 409, "Project slug taken", "Another project has this slug. Choose another.";
}
