//! Error codes of operators.

carcosa_types::error_codes! {
    ALREADY_BOOTSTRAPPED = "already_bootstrapped", 409, "Already bootstrapped",
        "The installation has its first operator, project and key. Make further keys with `carcosa keys create`.";
}
