-- Operators sign in: names, roles, second factors, single sign-on, sessions, and what guards the door.

ALTER TABLE operators ADD COLUMN name TEXT;
-- What an operator may do in the installation as a whole; NULL when only in projects.
ALTER TABLE operators ADD COLUMN platform_role TEXT CHECK (platform_role IN ('super_admin', 'support'));
UPDATE operators SET platform_role = role;
ALTER TABLE operators DROP COLUMN role;
ALTER TABLE operators ADD COLUMN disabled_at INTEGER;
-- password_hash is empty until a password is chosen.
ALTER TABLE operators ADD COLUMN password_changed_at INTEGER;
-- Sealed. Counts from totp_enabled_at on; before that it is being set up.
ALTER TABLE operators ADD COLUMN totp_secret BLOB;
ALTER TABLE operators ADD COLUMN totp_enabled_at INTEGER;
-- The time step of the last code that was taken: it and those before it are taken no more.
ALTER TABLE operators ADD COLUMN totp_last_step INTEGER;
ALTER TABLE operators ADD COLUMN oidc_issuer TEXT;
ALTER TABLE operators ADD COLUMN oidc_subject TEXT;
ALTER TABLE operators ADD COLUMN oidc_linked_at INTEGER;
CREATE UNIQUE INDEX operators_oidc ON operators (oidc_issuer, oidc_subject) WHERE oidc_subject IS NOT NULL;

CREATE TABLE operator_roles (
    operator_id BLOB NOT NULL REFERENCES operators (id),
    project_id  BLOB NOT NULL REFERENCES projects (id),
    role        TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
    PRIMARY KEY (operator_id, project_id)
) STRICT;
CREATE INDEX operator_roles_project ON operator_roles (project_id);

-- A session is known by the keyed hash of its token, which only the browser has.
CREATE TABLE operator_sessions (
    id              BLOB    NOT NULL PRIMARY KEY,
    operator_id     BLOB    NOT NULL REFERENCES operators (id),
    token_hash      BLOB    NOT NULL CHECK (length(token_hash) = 32),
    method          TEXT    NOT NULL CHECK (method IN ('password', 'single_sign_on')),
    mfa             INTEGER NOT NULL CHECK (mfa IN (0, 1)),
    ip              TEXT,
    user_agent      TEXT,
    created_at      INTEGER NOT NULL,
    last_seen_at    INTEGER NOT NULL,
    idle_seconds    INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    revoked_at      INTEGER
) STRICT;
CREATE UNIQUE INDEX operator_sessions_token ON operator_sessions (token_hash);
CREATE INDEX operator_sessions_operator ON operator_sessions (operator_id, id);
CREATE INDEX operator_sessions_expiry ON operator_sessions (expires_at);

CREATE TABLE operator_recovery_codes (
    operator_id BLOB    NOT NULL REFERENCES operators (id),
    code_hash   BLOB    NOT NULL,
    used_at     INTEGER,
    PRIMARY KEY (operator_id, code_hash)
) STRICT;

-- Links that were mailed: they let in whoever has them, once.
CREATE TABLE operator_tokens (
    token_hash  BLOB    NOT NULL PRIMARY KEY,
    operator_id BLOB    NOT NULL REFERENCES operators (id),
    kind        TEXT    NOT NULL CHECK (kind IN ('invitation', 'password_reset')),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER
) STRICT;
CREATE INDEX operator_tokens_operator ON operator_tokens (operator_id, kind);
CREATE INDEX operator_tokens_expiry ON operator_tokens (expires_at);

-- Failures by the keyed hash of what they are counted for: an account, an address, both together, a device.
CREATE TABLE sign_in_attempts (
    key_hash      BLOB    NOT NULL PRIMARY KEY,
    window_start  INTEGER NOT NULL,
    failures      INTEGER NOT NULL,
    blocked_until INTEGER,
    reported_at   INTEGER,
    unreported    INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_attempts_window ON sign_in_attempts (window_start);

-- Sign-ins that are at the provider of single sign-on.
CREATE TABLE oidc_states (
    state_hash BLOB    NOT NULL PRIMARY KEY,
    nonce      TEXT    NOT NULL,
    verifier   BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX oidc_states_expiry ON oidc_states (expires_at);
