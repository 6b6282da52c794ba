-- Projects, the operators of the installation, and API keys.

-- One row once the installation was bootstrapped.
CREATE TABLE installation (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    founded_at INTEGER NOT NULL
) STRICT;

-- E-mail addresses in lower case; passwords as Argon2id PHC strings.
CREATE TABLE operators (
    id            BLOB    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('super_admin', 'support')),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    version       INTEGER NOT NULL
) STRICT;

CREATE TABLE projects (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    slug        TEXT    NOT NULL UNIQUE,
    environment TEXT    NOT NULL CHECK (environment IN ('live', 'test')),
    settings    TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT;

-- Keys of a project (tenant_id NULL) or of a tenant, by the keyed hash of their text.
CREATE TABLE api_keys (
    project_id          BLOB    NOT NULL REFERENCES projects (id),
    id                  BLOB    NOT NULL,
    tenant_id           BLOB,
    name                TEXT    NOT NULL,
    prefix              TEXT    NOT NULL,
    last4               TEXT    NOT NULL,
    scopes              TEXT    NOT NULL,
    hash                BLOB    NOT NULL,
    previous_hash       BLOB,
    previous_expires_at INTEGER,
    enabled             INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    expires_at          INTEGER,
    revoked_at          INTEGER,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    version             INTEGER NOT NULL,
    PRIMARY KEY (project_id, id)
) STRICT;
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE UNIQUE INDEX api_keys_previous_hash ON api_keys (previous_hash) WHERE previous_hash IS NOT NULL;
CREATE INDEX api_keys_tenant ON api_keys (project_id, tenant_id, id);
