//! Error codes of the log.

carcosa_types::error_codes! {
    CURSOR_EXPIRED = "cursor_expired", 410, "Cursor expired",
        "Events after this cursor were removed because the project's retention had passed. `allowed` has the oldest cursor that misses nothing from there on.";
}
