//! Error codes of users.

carcosa_types::error_codes! {
    EMAIL_TAKEN = "email_taken", 409, "E-mail address taken",
        "Another user of the project has this address, perhaps in another case.";
    USER_EXTERNAL_ID_TAKEN = "user_external_id_taken", 409, "External id taken",
        "Another user of the project has this `external_id`.";
    USER_DISABLED = "user_disabled", 409, "User disabled",
        "The user is disabled and cannot become a member or sign in. Enable it first.";
}
