-- The link that makes the first operator: the keyed hash of what it ends with, until it is used or another takes its place.

CREATE TABLE setup_token (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    token_hash BLOB    NOT NULL CHECK (length(token_hash) = 32),
    created_at INTEGER NOT NULL
) STRICT;
