//! Error codes of invitations.

carcosa_types::error_codes! {
    INVITATION_NOT_FOUND = "invitation_not_found", 404, "Invitation not found",
        "No invitation of this project has this token. It may have been sent again since, with a new one.";
    INVITATION_PENDING = "invitation_pending", 409, "Already invited",
        "An invitation to this address waits already. Send it again, or revoke it.";
    INVITATION_NOT_PENDING = "invitation_not_pending", 409, "Invitation not pending",
        "The invitation was accepted, declined or revoked. Make a new one.";
    INVITATION_EXPIRED = "invitation_expired", 410, "Invitation expired",
        "The invitation was not answered in time. Ask for it to be sent again.";
    EMAIL_MISMATCH = "email_mismatch", 403, "Another e-mail address",
        "The invitation was sent to another address than that of the user who accepts it.";
}
