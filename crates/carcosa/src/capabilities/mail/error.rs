//! Error codes of mail.

carcosa_types::error_codes! {
    MAIL_OFF = "mail_off", 409, "Mail is off",
        "This installation sends no mail. Its operator turns it on with the setting `mail.smtp_url`.";
    MAIL_NOT_SENT = "mail_not_sent", 503, "Mail not sent",
        "The mail server cannot be reached, or did not take the mail. `carcosa mail test` says more.";
}
