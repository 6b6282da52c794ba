//! Error codes of sync.

use carcosa_types::error_codes;

error_codes! {
    SYNC_CLIENT_NAME_TAKEN = "sync_client_name_taken", 409, "Name taken",
        "Another sync client of the project has this name.";
    TOO_MANY_SYNC_CLIENTS = "too_many_sync_clients", 409, "Too many sync clients",
        "The project has 100 sync clients, which is the most. Delete one that is used no longer.";
    SYNC_RATE_LIMITED = "sync_rate_limited", 429, "Too many sync requests",
        "The project asks for snapshots, changes or comparisons more often than this node allows. `Retry-After` says when to come again.";
    ALREADY_COMPARING = "already_comparing", 503, "Comparing already",
        "This node compares as many copies as it can at a time. Try again in a few seconds.";
}
