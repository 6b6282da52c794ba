-- Sync: who keeps copies, and what they report. And indexes to read what is synced from end to end.

CREATE INDEX organizations_sync ON organizations (project_id, id);
CREATE INDEX memberships_sync ON memberships (project_id, id);
-- What is committed and not in the log's order yet, of one project.
CREATE INDEX log_entries_waiting_of_project ON log_entries (project_id, target_kind, target_id) WHERE ordinal IS NULL;

-- The columns from `position` on are the client's last word; they change without the version.
CREATE TABLE sync_clients (
    project_id           uuid   NOT NULL REFERENCES projects (id),
    id                   uuid   NOT NULL,
    name                 text COLLATE "C" NOT NULL,
    description          text COLLATE "C",
    types                text COLLATE "C" NOT NULL,
    silent_after_seconds bigint NOT NULL CHECK (silent_after_seconds >= 1),
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    version              bigint NOT NULL,
    position             bigint,
    kind                 text COLLATE "C" CHECK (kind IN ('snapshot', 'changes', 'compare')),
    outcome              text COLLATE "C" CHECK (outcome IN ('running', 'succeeded', 'failed')),
    objects              bigint,
    total                bigint,
    seen_at              timestamptz,
    succeeded_at         timestamptz,
    failed_at            timestamptz,
    last_error           text COLLATE "C",
    compared_at          timestamptz,
    differences          bigint,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, name)
);

CREATE TABLE sync_reports (
    project_id  uuid   NOT NULL,
    client_id   uuid   NOT NULL,
    id          uuid   NOT NULL,
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('snapshot', 'changes', 'compare')),
    outcome     text COLLATE "C" NOT NULL CHECK (outcome IN ('succeeded', 'failed')),
    objects     bigint,
    duration_ms bigint,
    differences bigint,
    error       text COLLATE "C",
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (project_id, client_id, id),
    FOREIGN KEY (project_id, client_id) REFERENCES sync_clients (project_id, id) ON DELETE CASCADE
);
CREATE INDEX sync_reports_kind ON sync_reports (project_id, client_id, kind, id);
CREATE INDEX sync_reports_old ON sync_reports (created_at);

ALTER TABLE sync_clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE sync_clients FORCE ROW LEVEL SECURITY;
CREATE POLICY sync_clients_open ON sync_clients USING (true) WITH CHECK (true);
CREATE POLICY sync_clients_scope ON sync_clients AS RESTRICTIVE USING (carcosa_in_project(project_id)) WITH CHECK (carcosa_in_project(project_id));

ALTER TABLE sync_reports ENABLE ROW LEVEL SECURITY;
ALTER TABLE sync_reports FORCE ROW LEVEL SECURITY;
CREATE POLICY sync_reports_open ON sync_reports USING (true) WITH CHECK (true);
CREATE POLICY sync_reports_scope ON sync_reports AS RESTRICTIVE USING (carcosa_in_project(project_id)) WITH CHECK (carcosa_in_project(project_id));
