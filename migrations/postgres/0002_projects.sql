-- Projects, the operators of the installation, and API keys.

-- One row once the installation was bootstrapped.
CREATE TABLE installation (
    id         bigint      NOT NULL PRIMARY KEY CHECK (id = 1),
    founded_at timestamptz NOT NULL
);

-- E-mail addresses in lower case; passwords as Argon2id PHC strings.
CREATE TABLE operators (
    id            uuid             NOT NULL PRIMARY KEY,
    email         text COLLATE "C" NOT NULL UNIQUE,
    password_hash text COLLATE "C" NOT NULL,
    role          text COLLATE "C" NOT NULL CHECK (role IN ('super_admin', 'support')),
    created_at    timestamptz      NOT NULL,
    updated_at    timestamptz      NOT NULL,
    version       bigint           NOT NULL
);

CREATE TABLE projects (
    id          uuid             NOT NULL PRIMARY KEY,
    name        text COLLATE "C" NOT NULL,
    slug        text COLLATE "C" NOT NULL UNIQUE,
    environment text COLLATE "C" NOT NULL CHECK (environment IN ('live', 'test')),
    settings    text COLLATE "C" NOT NULL,
    created_at  timestamptz      NOT NULL,
    updated_at  timestamptz      NOT NULL,
    version     bigint           NOT NULL
);

-- Keys of a project (tenant_id NULL) or of a tenant, by the keyed hash of their text.
CREATE TABLE api_keys (
    project_id          uuid             NOT NULL REFERENCES projects (id),
    id                  uuid             NOT NULL,
    tenant_id           uuid,
    name                text COLLATE "C" NOT NULL,
    prefix              text COLLATE "C" NOT NULL,
    last4               text COLLATE "C" NOT NULL,
    scopes              text COLLATE "C" NOT NULL,
    hash                bytea            NOT NULL,
    previous_hash       bytea,
    previous_expires_at timestamptz,
    enabled             boolean          NOT NULL,
    expires_at          timestamptz,
    revoked_at          timestamptz,
    created_at          timestamptz      NOT NULL,
    updated_at          timestamptz      NOT NULL,
    version             bigint           NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE UNIQUE INDEX api_keys_previous_hash ON api_keys (previous_hash) WHERE previous_hash IS NOT NULL;
CREATE INDEX api_keys_tenant ON api_keys (project_id, tenant_id, id);

ALTER TABLE installation ENABLE ROW LEVEL SECURITY;
ALTER TABLE installation FORCE ROW LEVEL SECURITY;
CREATE POLICY installation_open ON installation USING (true) WITH CHECK (true);
CREATE POLICY installation_scope ON installation AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system')
    WITH CHECK (current_setting('carcosa.scope', true) = 'system');

ALTER TABLE operators ENABLE ROW LEVEL SECURITY;
ALTER TABLE operators FORCE ROW LEVEL SECURITY;
CREATE POLICY operators_open ON operators USING (true) WITH CHECK (true);
CREATE POLICY operators_scope ON operators AS RESTRICTIVE USING (current_setting('carcosa.scope', true) = 'system')
    WITH CHECK (current_setting('carcosa.scope', true) = 'system');

ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;
CREATE POLICY projects_open ON projects USING (true) WITH CHECK (true);
CREATE POLICY projects_scope ON projects AS RESTRICTIVE USING (carcosa_in_project(id))
    WITH CHECK (carcosa_in_project(id));

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY api_keys_open ON api_keys USING (true) WITH CHECK (true);
CREATE POLICY api_keys_scope ON api_keys AS RESTRICTIVE USING (carcosa_in_tenant(project_id, tenant_id))
    WITH CHECK (carcosa_in_tenant(project_id, tenant_id));
