-- The kernel's own tables: the log, idempotency, jobs, secrets. Ids are 16-byte UUIDs, times microseconds since 1970.

CREATE TABLE log_order (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    ordinal INTEGER NOT NULL
) STRICT;
INSERT INTO log_order (id, ordinal) VALUES (1, 0);

CREATE TABLE log_positions (
    project_id BLOB    NOT NULL PRIMARY KEY,
    position   INTEGER NOT NULL
) STRICT;

CREATE TABLE log_heads (
    project_id  BLOB    NOT NULL,
    stream_id   BLOB    NOT NULL,
    tenant_id   BLOB,
    seq         INTEGER NOT NULL,
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, stream_id)
) STRICT;

CREATE TABLE log_entries (
    id          BLOB    NOT NULL,
    project_id  BLOB    NOT NULL,
    stream_id   BLOB    NOT NULL,
    tenant_id   BLOB,
    seq         INTEGER NOT NULL,
    type        TEXT    NOT NULL,
    actor_kind  TEXT    NOT NULL,
    actor_id    BLOB,
    target_kind TEXT    NOT NULL,
    target_id   BLOB    NOT NULL,
    body        TEXT,
    body_salt   BLOB,
    body_hash   BLOB    NOT NULL,
    touched     TEXT,
    recorded_at INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    position    INTEGER,
    ordinal     INTEGER,
    PRIMARY KEY (project_id, stream_id, seq)
) STRICT;
CREATE UNIQUE INDEX log_entries_id ON log_entries (id);
CREATE INDEX log_entries_waiting ON log_entries (recorded_at, stream_id, seq) WHERE ordinal IS NULL;
CREATE UNIQUE INDEX log_entries_ordinal ON log_entries (ordinal) WHERE ordinal IS NOT NULL;
CREATE UNIQUE INDEX log_entries_position ON log_entries (project_id, position) WHERE position IS NOT NULL;
CREATE INDEX log_entries_tenant ON log_entries (project_id, tenant_id, position) WHERE position IS NOT NULL;
CREATE INDEX log_entries_actor ON log_entries (project_id, actor_id, position) WHERE position IS NOT NULL;

CREATE TABLE idempotency_keys (
    project_id  BLOB    NOT NULL,
    caller_id   BLOB    NOT NULL,
    key         TEXT    NOT NULL,
    tenant_id   BLOB,
    fingerprint BLOB    NOT NULL,
    status      INTEGER,
    body        BLOB,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (project_id, caller_id, key)
) STRICT;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

CREATE TABLE jobs (
    id          BLOB    NOT NULL PRIMARY KEY,
    project_id  BLOB    NOT NULL,
    kind        TEXT    NOT NULL,
    payload     TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'failed')),
    run_at      INTEGER NOT NULL,
    lease_until INTEGER,
    attempts    INTEGER NOT NULL,
    last_error  TEXT,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state = 'queued';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'running';

CREATE TABLE secret_keys (
    purpose    TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    wrapped    BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (purpose, version)
) STRICT;
