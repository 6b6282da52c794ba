-- Sync: who keeps copies, and what they report. And indexes to read what is synced from end to end.

CREATE INDEX organizations_sync ON organizations (project_id, id);
CREATE INDEX memberships_sync ON memberships (project_id, id);
-- What is committed and not in the log's order yet, of one project.
CREATE INDEX log_entries_waiting_of_project ON log_entries (project_id, target_kind, target_id) WHERE ordinal IS NULL;

-- The columns from `position` on are the client's last word; they change without the version.
CREATE TABLE sync_clients (
    project_id           BLOB NOT NULL REFERENCES projects (id),
    id                   BLOB NOT NULL,
    name                 TEXT NOT NULL,
    description          TEXT,
    types                TEXT NOT NULL,
    silent_after_seconds INTEGER NOT NULL CHECK (silent_after_seconds >= 1),
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    version              INTEGER NOT NULL,
    position             INTEGER,
    kind                 TEXT CHECK (kind IN ('snapshot', 'changes', 'compare')),
    outcome              TEXT CHECK (outcome IN ('running', 'succeeded', 'failed')),
    objects              INTEGER,
    total                INTEGER,
    seen_at              INTEGER,
    succeeded_at         INTEGER,
    failed_at            INTEGER,
    last_error           TEXT,
    compared_at          INTEGER,
    differences          INTEGER,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, name)
) STRICT;

CREATE TABLE sync_reports (
    project_id  BLOB NOT NULL,
    client_id   BLOB NOT NULL,
    id          BLOB NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('snapshot', 'changes', 'compare')),
    outcome     TEXT NOT NULL CHECK (outcome IN ('succeeded', 'failed')),
    objects     INTEGER,
    duration_ms INTEGER,
    differences INTEGER,
    error       TEXT,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (project_id, client_id, id),
    FOREIGN KEY (project_id, client_id) REFERENCES sync_clients (project_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX sync_reports_kind ON sync_reports (project_id, client_id, kind, id);
CREATE INDEX sync_reports_old ON sync_reports (created_at);

