-- The kernel's own tables: the log, idempotency, jobs, secrets. 

CREATE TABLE log_order (
    id          bigint NOT NULL PRIMARY KEY CHECK (id = 1),
    ordinal     bigint NOT NULL
);
INSERT INTO log_order (id, ordinal) VALUES (1, 0);

CREATE TABLE log_positions (
    project_id  uuid NOT NULL PRIMARY KEY,
    position    bigint NOT NULL
);

CREATE TABLE log_heads (
    project_id  uuid NOT NULL,
    stream_id   uuid NOT NULL,
    tenant_id   uuid,
    seq         bigint NOT NULL,
    hash        bytea NOT NULL CHECK (octet_length(hash) = 32),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, stream_id)
);

CREATE TABLE log_entries (
    id          uuid NOT NULL,
    project_id  uuid NOT NULL,
    stream_id   uuid NOT NULL,
    tenant_id   uuid,
    seq         bigint NOT NULL,
    type        text COLLATE "C" NOT NULL,
    actor_kind  text COLLATE "C" NOT NULL,
    actor_id    uuid,
    target_kind text COLLATE "C" NOT NULL,
    target_id   uuid NOT NULL,
    body        text COLLATE "C",
    body_salt   bytea,
    body_hash   bytea NOT NULL,
    touched     text COLLATE "C",
    recorded_at timestamptz NOT NULL,
    hash        bytea NOT NULL,
    position    bigint,
    ordinal     bigint,
    PRIMARY KEY (project_id, stream_id, seq)
);
CREATE UNIQUE INDEX log_entries_id ON log_entries (id);
CREATE INDEX log_entries_waiting ON log_entries (recorded_at, stream_id, seq) WHERE ordinal IS NULL;
CREATE UNIQUE INDEX log_entries_ordinal ON log_entries (ordinal) WHERE ordinal IS NOT NULL;
CREATE UNIQUE INDEX log_entries_position ON log_entries (project_id, position) WHERE position IS NOT NULL;
CREATE INDEX log_entries_tenant ON log_entries (project_id, tenant_id, position) WHERE position IS NOT NULL;
CREATE INDEX log_entries_actor ON log_entries (project_id, actor_id, position) WHERE position IS NOT NULL;

CREATE TABLE idempotency_keys (
    project_id  uuid NOT NULL,
    caller_id   uuid NOT NULL,
    key         text COLLATE "C" NOT NULL,
    tenant_id   uuid,
    fingerprint bytea NOT NULL,
    status      bigint,
    body        bytea,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (project_id, caller_id, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

CREATE TABLE jobs (
    id          uuid NOT NULL PRIMARY KEY,
    project_id  uuid NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    payload     jsonb NOT NULL,
    state       text COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'failed')),
    run_at      timestamptz NOT NULL,
    lease_until timestamptz,
    attempts    bigint NOT NULL,
    last_error  text COLLATE "C",
    created_at  timestamptz NOT NULL
);
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state = 'queued';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'running';

CREATE TABLE secret_keys (
    purpose     text COLLATE "C" NOT NULL,
    version     bigint NOT NULL,
    wrapped     bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (purpose, version)
);

-- What a transaction may see is told by three settings local to it; unset means nothing.
CREATE FUNCTION carcosa_in_project(row_project uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE NULLIF(current_setting('carcosa.scope', true), '')
        WHEN 'system' THEN true
        WHEN 'project' THEN row_project = NULLIF(current_setting('carcosa.project_id', true), '')::uuid
        WHEN 'tenant' THEN row_project = NULLIF(current_setting('carcosa.project_id', true), '')::uuid
        ELSE false
    END
$$;
CREATE FUNCTION carcosa_in_tenant(row_project uuid, row_tenant uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE NULLIF(current_setting('carcosa.scope', true), '')
        WHEN 'system' THEN true
        WHEN 'project' THEN row_project = NULLIF(current_setting('carcosa.project_id', true), '')::uuid
        WHEN 'tenant' THEN row_project = NULLIF(current_setting('carcosa.project_id', true), '')::uuid
            AND row_tenant = NULLIF(current_setting('carcosa.tenant_id', true), '')::uuid
        ELSE false
    END
$$;

ALTER TABLE log_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_order FORCE ROW LEVEL SECURITY;
CREATE POLICY log_order_open ON log_order USING (true) WITH CHECK (true);
CREATE POLICY log_order_scope ON log_order AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system') WITH CHECK (current_setting('carcosa.scope', true) = 'system');

ALTER TABLE secret_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE secret_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY secret_keys_open ON secret_keys USING (true) WITH CHECK (true);
CREATE POLICY secret_keys_scope ON secret_keys AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system') WITH CHECK (current_setting('carcosa.scope', true) = 'system');

ALTER TABLE log_positions ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_positions FORCE ROW LEVEL SECURITY;
CREATE POLICY log_positions_open ON log_positions USING (true) WITH CHECK (true);
CREATE POLICY log_positions_scope ON log_positions AS RESTRICTIVE USING (carcosa_in_project(project_id)) WITH CHECK (carcosa_in_project(project_id));

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY jobs_open ON jobs USING (true) WITH CHECK (true);
CREATE POLICY jobs_scope ON jobs AS RESTRICTIVE USING (carcosa_in_project(project_id)) WITH CHECK (carcosa_in_project(project_id));

ALTER TABLE log_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY log_heads_open ON log_heads USING (true) WITH CHECK (true);
CREATE POLICY log_heads_scope ON log_heads AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id)) WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE log_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_entries FORCE ROW LEVEL SECURITY;
CREATE POLICY log_entries_open ON log_entries USING (true) WITH CHECK (true);
CREATE POLICY log_entries_scope ON log_entries AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id)) WITH CHECK (carcosa_in_tenant(project_id, tenant_id));

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_open ON idempotency_keys USING (true) WITH CHECK (true);
CREATE POLICY idempotency_keys_scope ON idempotency_keys AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id)) WITH CHECK (carcosa_in_tenant(project_id, tenant_id));
